"""The figures of the chapter on power: rejection rates, power over the odds ratio, the smallest odds ratio by design."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from slpi.figures import finish
from slpi.power import ODDS, TESTS, WANTED
from slpi.power_words import HIGH, LOW, NULL_NAMES, odds_word, smallest

#: Each test keeps its colour and mark; none is that of a form family.
TEST_LOOK = {"crt": ("#1A1A1A", "o"), "crt_plain": ("#8A8A8A", "x"), "dsp": ("#B8860B", "D"), "msr": ("#56B4E9", "s")}
WAYS = ((0.0, "random", "complete register"), (0.3, "random", "30 % lost at random"), (0.3, "small_first", "30 % lost, small first"),
        (0.6, "random", "60 % lost at random"), (0.6, "small_first", "60 % lost, small first"))  # fmt: skip
DASHES = {20: ":", 40: "-.", 50: "--", 100: "-"}


def null_rates(rates: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Rejection rates of true nulls with their exact intervals, one row a null; the grey band is where a test at 5 % should lie."""
    names = [name for name in NULL_NAMES if name in rates.index.get_level_values("null")]
    tests = [test for test in TEST_LOOK if test in rates.index.get_level_values("test")]
    fig, ax = plt.subplots(figsize=(7.8, 0.62 * len(names) + 1.0), layout="constrained")
    ax.axvspan(100 * LOW, 100 * HIGH, color="#ECECEC", zorder=0)
    ax.axvline(5, color="#999999", linewidth=0.9)
    shift = dict(zip(tests, np.linspace(-0.27, 0.27, len(tests)) if len(tests) > 1 else [0.0], strict=True))
    for y, name in enumerate(names):
        for test in tests:
            if (name, test) in rates.index:
                row, (colour, mark) = rates.loc[(name, test)], TEST_LOOK[test]
                ax.plot([100 * row["low"], 100 * row["high"]], [y + shift[test]] * 2, color=colour, linewidth=1.6, alpha=0.7)
                label = TESTS[test] if y == 0 else None
                ax.plot(100 * row["rate"], y + shift[test], mark, color=colour, markersize=5.5, label=label, linestyle="none")
    ax.set_yticks(range(len(names)), [NULL_NAMES[name] for name in names])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.set_xlim(left=0)
    ax.set_xlabel("true nulls rejected at 5 %, per cent (exact 95 % interval)")
    ax.legend(frameon=False, loc="lower right", fontsize=8)
    return finish(fig, title, status, width=90)


def power_curves(powers: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Power over the odds ratio with a complete register, a panel a number of firms, a line a number of equity ties."""
    rows = powers[powers["lost"] == 0]
    sizes = sorted(rows["firms"].unique())
    fig, axes = plt.subplots(1, len(sizes), figsize=(2.75 * len(sizes) + 0.4, 3.0), sharey=True, layout="constrained", squeeze=False)
    for ax, size in zip(axes[0], sizes, strict=True):
        ax.axhline(100 * WANTED, color="#AAAAAA", linewidth=0.9)
        for _, row in rows[rows["firms"] == size].sort_values("equity_ties").iterrows():
            share = np.array([row[f"power.at_{ratio:g}"] for ratio in ODDS])
            error = 1.96 * np.sqrt(share * (1 - share) / row["replications"])
            ax.fill_between(
                ODDS, 100 * np.clip(share - error, 0, 1), 100 * np.clip(share + error, 0, 1), color="#1A1A1A", alpha=0.09, linewidth=0
            )
            dash = DASHES.get(int(row["equity_ties"]), "-")
            ax.plot(ODDS, 100 * share, color="#1A1A1A", linestyle=dash, linewidth=1.5, label=f"{row['equity_ties']:.0f}")
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator([1.5, 2, 3, 5, 10, 20]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticklabels(["1.5", "2", "3", "5", "10", "20"])
        ax.set_title(f"{size:.0f} firms", fontsize=9)
        ax.set_ylim(0, 102)
    axes[0][0].set_ylabel("territories in which it is found, %")
    axes[0][len(sizes) // 2].set_xlabel("odds ratio of an equity tie where there is a productive one")
    axes[0][-1].legend(frameon=False, title="equity ties", title_fontsize=8, loc="lower right")
    return finish(fig, title, status, width=92)


def smallest_tables(powers: pd.DataFrame, *, title: str, status: str) -> Figure:
    """The smallest odds ratio found with power 0.8: firms by equity ties, a table a way in which the register is incomplete."""
    found = smallest(powers)
    ways = [way for way in WAYS if ((found["lost"] == way[0]) & (found["loss"] == way[1])).any()]
    fig, axes = plt.subplots(1, len(ways), figsize=(1.68 * len(ways) + 0.9, 2.2), sharey=True, layout="constrained", squeeze=False)
    for ax, (lost, loss, name) in zip(axes[0], ways, strict=True):
        grid = found[(found["lost"] == lost) & (found["loss"] == loss)].pivot(index="firms", columns="equity_ties", values="smallest")
        grid = grid[[ties for ties in grid if ties in (20, 50, 100)]]
        shade = np.log(grid.fillna(2 * max(ODDS)).to_numpy(float))
        ax.imshow(shade, cmap="Greys", vmin=np.log(1.2), vmax=np.log(6 * max(ODDS)), aspect="auto")
        for (i, j), value in np.ndenumerate(grid.to_numpy(float)):
            dark = np.isnan(value) or value > 12
            said = odds_word(value).replace(" up to ", "\n≤ ") if np.isnan(value) else odds_word(value)
            ax.text(j, i, said, ha="center", va="center", fontsize=8.5 if not np.isnan(value) else 7, color="white" if dark else "#222222")
        ax.set_xticks(range(grid.shape[1]), [f"{ties}" for ties in grid])
        ax.set_yticks(range(len(grid)), [f"{firms}" for firms in grid.index])
        ax.set_title(name, fontsize=8, loc="center")
        ax.tick_params(length=0)
        for side in ax.spines.values():
            side.set_visible(False)
    axes[0][0].set_ylabel("firms")
    axes[0][len(ways) // 2].set_xlabel("equity ties")
    return finish(fig, title, status, width=94)
