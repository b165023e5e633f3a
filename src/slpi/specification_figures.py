"""The specification curve: every specification in the order of its outcome, over strips that say which choices lie where."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from slpi.figures import finish, literal

_BINS = 80  # ranks that share a cell of a strip
_INK = "#222222"


def specification_curve(
    table: pd.DataFrame,
    outcome: str,
    levels: Mapping[str, Mapping[str, str]],
    names: Mapping[str, str],
    *,
    main: float,
    lines: Mapping[float, str],
    label: str,
    bounds: tuple[float, float] | None = None,
    title: str,
    status: str,
) -> Figure:
    """Draw the outcomes in rising order; below, for each level of each choice, how often the specifications there use it.

    Parameters
    ----------
    table : DataFrame
        A row a specification; those without the outcome are left aside.
    outcome : str
        Column of numbers.
    levels : mapping
        Column of a choice to its levels and their names in print.
    names : mapping
        Column of a choice to its name in print.
    main : float
        Outcome of the main specification, which is marked.
    lines : mapping
        Values to draw a line at, and what each means.
    label : str
        What the outcome is, with its unit.
    bounds : (float, float), optional
        Range of the axis; what lies beyond is drawn at its edge as a triangle.
    title, status : str

    Returns
    -------
    Figure
        Strips are mid-grey where a level is as frequent as overall, white where it is absent, black where it is twice as frequent.

    References
    ----------
    Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. *Nature Human Behaviour*, 4, 1208–1214.
    """
    ordered = table.dropna(subset=outcome).sort_values(outcome, kind="stable")
    values, n = ordered[outcome].to_numpy(float), len(ordered)
    low, high = bounds or (values.min(), values.max())
    rows = [(choice, level, name) for choice, named in levels.items() for level, name in named.items()]
    heads = [i for i, (choice, _, _) in enumerate(rows) if i == 0 or rows[i - 1][0] != choice]
    height = 0.17 * (len(rows) + len(heads))
    fig, (top, below) = plt.subplots(2, 1, figsize=(7.6, 2.3 + height), height_ratios=[2.1, height], layout="constrained", sharex=True)
    place, beyond = np.arange(n), (values < low) | (values > high)
    top.plot(place[~beyond], values[~beyond], ".", ms=2.2, mew=0, color=_INK)
    if beyond.any():
        top.plot(place[beyond], np.clip(values[beyond], low, high), "^", ms=3, mew=0, color=_INK, clip_on=False)
    margin = 0.04 * (high - low)
    top.set_ylim(low - margin, high + margin)
    for at, what in lines.items():
        top.axhline(at, color="#888888", lw=0.9, zorder=0)
        top.annotate(what, (0, at), xytext=(3, 3), textcoords="offset points", fontsize=7.5, color="#555555")
    rank = float(np.searchsorted(values, main))
    top.plot(rank, np.clip(main, low, high), "o", ms=8, mfc="none", mec="#D55E00", mew=1.6)
    right = rank < 0.6 * n
    top.annotate(
        f"main specification: {main:.2f}".replace("-", "−"),
        (rank, np.clip(main, low, high)),
        xytext=(10 if right else -10, -16 if right else 14),
        textcoords="offset points",
        ha="left" if right else "right",
        fontsize=8,
        color="#B34700",
    )
    top.set_ylabel(literal(label), fontsize=8.5)
    ticks, y, previous = [], 0.0, ""
    for choice, level, name in rows:
        if choice != previous:
            y += 0.9 if previous else 0.0
            below.text(
                -0.012,
                y,
                literal(names[choice]),
                ha="right",
                va="center",
                fontsize=8,
                fontweight="bold",
                transform=below.get_yaxis_transform(),
            )
            y, previous = y + 1, choice
        uses = (ordered[choice] == level).to_numpy()
        often = np.array([part.mean() for part in np.array_split(uses, min(_BINS, n))]) / (uses.mean() or 1)
        below.imshow(often[None], cmap="Greys", vmin=0, vmax=2, aspect="auto", extent=(0, n, y + 0.42, y - 0.42), interpolation="nearest")
        ticks.append((y, name))
        y += 1
    below.set_ylim(y - 0.4, -0.6)
    below.set_yticks([at for at, _ in ticks], [literal(name) for _, name in ticks], fontsize=7.5)
    below.tick_params(axis="y", length=0)
    below.set_xlim(0, n)
    below.spines["left"].set_visible(False)
    below.set_xlabel(f"{n:,} specifications in rising order; darker: the level is more frequent there than overall")
    return finish(fig, title, status, width=84)
