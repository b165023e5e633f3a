"""The figures of the chapter on specialisation: cells against what is expected, claims one by one, readings of the register."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from slpi.figures import finish, label_points, literal
from slpi.maps import DARK
from slpi.specialisation import OUTCOMES

_PALE, _NAMED = "#8A8A8A", 8
_FACE = {"specialised": DARK, "high": "#A9B8C6", "not found": "white"}


def fan(tested: pd.DataFrame, labels: pd.Series, names: pd.Series, *, threshold: float, level: float, title: str, status: str) -> Figure:
    """The cells beyond chance by what is expected: dark where surely above the threshold, hollow where not; the highest have names.

    ``tested`` is that of :func:`slpi.concentration.location_quotient_test`, ``labels`` and ``names`` say what is written for industries and
    areas.
    """
    sure, beyond = tested["p_above"] >= level, tested["p_bh"] <= 1 - level
    fig, ax = plt.subplots(figsize=(8.4, 5.2), layout="constrained")
    ax.set(
        xscale="log", yscale="log", xlabel="establishments expected at the industry's national share", ylabel="location quotient as counted"
    )
    drawn = {f"only beyond chance ({(beyond & ~sure).sum()})": beyond & ~sure, f"surely above {threshold:g} ({sure.sum()})": sure}
    for (name, some), face in zip(drawn.items(), ("white", DARK), strict=True):
        ax.plot(
            tested.loc[some, "expected"], tested.loc[some, "lq"], "o", color=DARK, markerfacecolor=face, markersize=4, label=name, alpha=0.8
        )
    ax.axhline(threshold, color=_PALE, linewidth=0.8, linestyle="--")
    ax.axhline(1, color=_PALE, linewidth=0.8)
    ax.set_yticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    ax.set_xticks([0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300], ["0.03", "0.1", "0.3", "1", "3", "10", "30", "100", "300"])
    ax.minorticks_off()
    key = ax.legend(frameon=False, loc="upper right")
    fig.canvas.draw()
    fig.set_layout_engine("none")
    top = tested[sure].nlargest(_NAMED, "shrunken")
    taken = ax.transData.transform(tested.loc[sure | beyond, ["expected", "lq"]])
    at = ax.transData.transform(top[["expected", "lq"]])
    others = taken[(np.abs(taken[:, None] - at[None]).sum(axis=2) > 1).all(axis=1)]
    boxes = [key.get_window_extent().extents, *np.hstack([others - 3, others + 3])]
    label_points(ax, at, labels[top["industry"]].to_numpy() + ", " + names[top["area"]].to_numpy(), taken=boxes)
    return finish(fig, title, status)


def claims_strip(found: pd.DataFrame, labels: Mapping[str, str], *, top: float, title: str, status: str) -> Figure:
    """One line a claim: the percentile of its départements, a bar from the lowest to the highest of them, and the means of both nulls.

    ``found`` is that of :func:`slpi.specialisation.outcomes`; a dotted line marks ``top``, from which on a claim is high.
    """
    fig, ax = plt.subplots(figsize=(8.4, 0.165 * len(found) + 1.0), layout="constrained")
    at = np.arange(len(found))
    ax.hlines(at, found["lowest"], found["highest"], color=_PALE, linewidth=1.6, zorder=1)
    ax.plot(found["expected_permuted"], at, "|", color="#555555", markersize=6, zorder=1)
    ax.plot(found["expected_drawn"], at, "x", color="#555555", markersize=4, zorder=1)
    for outcome, face in _FACE.items():
        some = (found["outcome"] == outcome).to_numpy()
        ax.plot(found.loc[some, "percentile"], at[some], "o", color=DARK, markerfacecolor=face, markersize=5.5, zorder=2)
    for y, row in enumerate(found.itertuples()):
        ax.text(1.02, y, f"{row.industry}  {row.count:,}", va="center", fontsize=6.5, transform=ax.get_yaxis_transform())
    ax.text(1.02, -1.1, "code, establishments", va="center", fontsize=6.5, fontstyle="italic", transform=ax.get_yaxis_transform())
    names = [f"{labels[row.system]}: {row.activity}" for row in found.itertuples()]
    ax.set_yticks(
        range(len(found)), [literal(name if len(name) < 62 else name[:60].rsplit(" ", 1)[0] + " …") for name in names], fontsize=6.5
    )
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(found) - 0.4, -1.7)
    ax.set_xlim(-0.01, 1.01)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 0.9, 1], ["0", "25", "50", "75", "90", "100"])
    ax.axvline(top, color=_PALE, linewidth=0.6, linestyle=":", zorder=0)
    ax.set_xlabel("percentile among the metropolitan départements, by shrunken location quotient in the industry")
    sns.despine(ax=ax, left=True)
    handles = [
        Line2D([], [], marker="o", linestyle="none", color=DARK, markerfacecolor=_FACE[o], markersize=5.5, label=o) for o in OUTCOMES
    ]
    handles += [Line2D([], [], color=_PALE, linewidth=1.6, label="range of its départements")]
    handles += [Line2D([], [], marker="|", linestyle="none", color="#555555", markersize=6, label="mean if exchanged")]
    handles += [Line2D([], [], marker="x", linestyle="none", color="#555555", markersize=4, label="mean if drawn where the industry is")]
    fig.legend(handles=handles, frameon=False, loc="outside lower center", ncols=3, columnspacing=1.4)
    return finish(fig, title, status, width=84)


def readings_forest(table: pd.DataFrame, *, title: str, status: str) -> Figure:
    """The mean percentile under each reading over the middle 95 % of either null, the declared reading first."""
    fig, ax = plt.subplots(figsize=(8.4, 0.46 * len(table) + 1.2), layout="constrained")
    for y, (_, row) in enumerate(table.iterrows()):
        for null, shift, marker in (("permuted", 0.16, "|"), ("drawn", -0.16, "x")):
            ax.plot(
                [row[f"{null}_low"], row[f"{null}_high"]], [y + shift] * 2, color=_PALE, linewidth=3.5, alpha=0.55, solid_capstyle="butt"
            )
            ax.plot(row[f"{null}_expected"], y + shift, marker, color="#555555", markersize=6)
        ax.plot(row["percentile"], y, "o", color=DARK, markersize=7, zorder=3)
        said = f"{row['claims']:.0f} claims\np {row['permuted_p']:.2g} exchanged, {row['drawn_p']:.2g} drawn"
        ax.text(1.01, y, said, va="center", fontsize=7, transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(table)), [literal(name) for name in table.index])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.axvline(0.5, color=_PALE, linewidth=0.6, linestyle=":")
    ticks = np.arange(np.floor(10 * table.filter(regex="low|percentile").min().min() - 0.5) / 10, 1.01, 0.1)
    ax.set_xlim(ticks[0], 1)
    ax.set_xticks(ticks, [f"{100 * tick:.0f}" for tick in ticks])
    ax.set_xlabel("mean percentile of the named départements in their industries")
    sns.despine(ax=ax, left=True)
    handles = [Line2D([], [], marker="o", linestyle="none", color=DARK, markersize=7, label="found")]
    handles += [
        Line2D(
            [], [], color=_PALE, alpha=0.55, linewidth=3.5, marker="|", markeredgecolor="#555555", label="if départements were exchanged"
        )
    ]
    handles += [
        Line2D(
            [], [], color=_PALE, alpha=0.55, linewidth=3.5, marker="x", markeredgecolor="#555555", label="if drawn where the industry is"
        )
    ]
    fig.legend(handles=handles, frameon=False, loc="outside lower center", ncols=3)
    return finish(fig, title, status, width=92)
