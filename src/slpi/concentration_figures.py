"""The figures of the chapter on concentration: two baselines, curves by distance, Moran's I by areas, zones in clusters."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from slpi.autocorrelation import CLUSTERS
from slpi.concentration_words import by_distance
from slpi.figures import finish, literal
from slpi.localisation import Localisation
from slpi.maps import LISA, Mark, choropleth

_KINDS = {"contiguity": "touching", "nearest": "nearest"}
_MARKS = {"stays after the correction": Mark(), "among the highest shares": Mark(face="white")}
_INK, _GREY, _PALE = "#222222", "#8A8A8A", "#DCDCDC"
#: Of the first measure, the second and the third, told apart by dashes before greys.
_LINES: tuple[tuple[str, Any], ...] = (("#111111", "-"), ("#555555", (0, (5, 1.6))), ("#8A8A8A", (0, (1.2, 1.2))))


def gamma_pairs(
    found: pd.DataFrame, groups: Mapping[str, Sequence[str]], labels: Mapping[str, str], *, first: str, second: str, title: str, status: str
) -> Figure:
    """Two marks an industry, full against the first baseline and hollow against the second, with intervals, and how its rank moves.

    ``found`` is as :func:`slpi.concentration.count_concentration` returns it; ``groups`` maps a heading to industries.
    """
    by = {name: found[found["baseline"] == name].set_index("industry") for name in (first, second)}
    rows = sum(len(part) for part in groups.values())
    fig, ax = plt.subplots(figsize=(8.4, 0.27 * (rows + 1.4 * len(groups)) + 1.0), layout="constrained")
    floor, y, ticks = 1e-3, 0.0, []
    for head, part in groups.items():
        ax.text(floor, y, head, fontsize=8.5, fontweight="bold", va="center")
        for name in part:
            y += 1
            ticks.append((y, literal(labels[name])))
            ax.axhline(y, color="#EDEDED", linewidth=0.7, zorder=0)
            for shift, face, (_, table) in zip((-0.16, 0.16), (_INK, "white"), by.items(), strict=True):
                row = table.loc[name]
                ax.plot(
                    np.maximum([row["low"], row["high"]], floor),
                    [y + shift] * 2,
                    color=_INK if face == _INK else _GREY,
                    linewidth=1.2,
                    zorder=1,
                )
                ax.plot(max(row["gamma"], floor), y + shift, "o", color=_INK, markerfacecolor=face, markersize=5, zorder=2)
            ranks = [int(table.loc[name, "rank"]) for table in by.values()]
            ax.text(1.01, y, f"{ranks[0]} → {ranks[1]}", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
        y += 1.6
    ax.text(1.01, 0, "rank", va="center", fontsize=7.5, style="italic", transform=ax.get_yaxis_transform())
    ax.axvline(0.05, color=_GREY, linewidth=0.8, linestyle=":")
    ax.set_xscale("log")
    ax.set_xlim(floor, 1)
    ax.set_xticks([0.001, 0.01, 0.05, 0.1, 1], ["0.001 or less", "0.01", "0.05", "0.1", "1"])
    ax.minorticks_off()
    ax.set_ylim(y - 0.8, -0.7)
    ax.set_yticks([at for at, _ in ticks], [label for _, label in ticks])
    ax.tick_params(axis="y", length=0)
    sns.despine(ax=ax, left=True)
    ax.set_xlabel("Ellison and Glaeser's γ, no unit, logarithmic axis; dotted: high in their terms", loc="left")
    marks = [Line2D([], [], marker="o", color=_INK, markerfacecolor=face, linestyle="none", markersize=5) for face in (_INK, "white")]
    ax.legend(marks, [f"against {first}", f"against {second}"], frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return finish(fig, title, status, width=92)


def localised_by_distance(found: Localisation, *, title: str, status: str) -> Figure:
    """How many industries lie above their band (upwards) and below it (downwards) at each distance, a line a measure."""
    counted = by_distance(found)
    fig, ax = plt.subplots(figsize=(7.6, 3.4), layout="constrained")
    ends = []
    for i, measure in enumerate(found.tests["measure"].unique()):
        colour, dash = _LINES[i % len(_LINES)]
        curve = counted.loc[measure]
        ax.plot(curve.index / 1000, curve["above"], color=colour, linestyle=dash, linewidth=2)
        ax.plot(curve.index / 1000, -curve["below"], color=colour, linestyle=dash, linewidth=1.2)
        ends.append((float(curve["above"].iloc[-1]), measure, colour, curve.index[-1] / 1000))
    last = -np.inf
    for at, measure, colour, x in sorted(ends):
        last = max(at, last + 0.1 * counted["above"].max())
        ax.text(x, last, f"  {measure}", color=colour, va="center", fontsize=8.5, fontweight="bold")
    ax.axhline(0, color=_GREY, linewidth=0.8)
    below = int(counted["below"].max())
    ax.set_ylim(-max(below * 1.3, 2), counted["above"].max() * 1.12 + 1)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    ax.set_xlim(0, None)
    ax.set_xlabel("distance, km (M: within; K: at)")
    ax.set_ylabel(f"industries, of {found.tests['industry'].nunique()}\n← below band      above band →")
    return finish(fig, title, status, width=84)


def m_curves(found: Localisation, shown: Sequence[str], labels: Mapping[str, str], *, title: str, status: str) -> Figure:
    """M by distance of a few industries, a panel each, with the global band of chance."""
    rows = max(1, -(-len(shown) // 3))
    fig, axes = plt.subplots(rows, 3, figsize=(8.4, 2.1 * rows), sharex=True, sharey=True, layout="constrained", squeeze=False)
    part = found.curves[found.curves["measure"] == "M"].set_index("industry")
    plants = found.tests[found.tests["measure"] == "M"].set_index("industry")["plants"]
    for ax, name in zip(axes.ravel(), shown, strict=False):
        one = part.loc[name]
        at = one["r"] / 1000
        ax.fill_between(at, one["low"].clip(lower=0.05), one["high"], color=_PALE, linewidth=0)
        ax.axhline(1, color=_GREY, linewidth=0.8)
        ax.plot(at, one["observed"], color=_INK, linewidth=1.8, marker="o", markersize=2.5)
        ax.set_title(literal(textwrap.fill(f"{labels[name][:1].upper()}{labels[name][1:]}: {plants[name]} plants", 36)), fontsize=8)
        ax.set_yscale("log")
        ax.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        ax.minorticks_off()
    for ax in axes.ravel()[len(shown) :]:
        ax.set_axis_off()
    fig.supxlabel("within so many km", fontsize=9)
    fig.supylabel("M (1: as frequent as everywhere)", fontsize=9)
    return finish(fig, title, status, width=92)


def moran_rows(rows: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Moran's I by areas, what is counted and neighbours: full for rate deviates, hollow for plain shares, grey bars for chance."""
    keys = ["level", "counted", "neighbours"]
    blocks = list(rows.groupby(keys, sort=False))
    fig, ax = plt.subplots(figsize=(8.0, 0.3 * len(blocks) + 1.2), layout="constrained")
    for y, (_, part) in enumerate(blocks):
        by = part.set_index("scale")
        ax.plot(by.loc["deviate", ["low", "high"]].astype(float), [y, y], color=_PALE, linewidth=8, solid_capstyle="butt", zorder=0)
        ax.plot([by.loc["share", "I"], by.loc["deviate", "I"]], [y, y], color=_GREY, linewidth=1)
        ax.plot(by.loc["share", "I"], y, "o", color=_INK, markerfacecolor="white", markersize=6)
        ax.plot(by.loc["deviate", "I"], y, "o", color=_INK, markersize=5)
        ax.text(1.01, y, f"{by.loc['deviate', 'n']:,}", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.text(1.01, -0.8, "areas", va="center", fontsize=7.5, style="italic", transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(blocks)), [literal(f"{level}, {counted}, {_KINDS[kind]}") for (level, counted, kind), _ in blocks])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(blocks) - 0.5, -1.1)
    ax.axvline(0, color=_GREY, linewidth=0.8)
    sns.despine(ax=ax, left=True)
    ax.set_xlabel("Moran's I of the share of establishments in industry (0: chance, 1: neighbours all alike)")
    marks = [Line2D([], [], marker="o", color=_INK, markerfacecolor=face, linestyle="none", markersize=5) for face in (_INK, "white")]
    chance = Line2D([], [], color=_PALE, linewidth=7)
    ax.legend(
        [*marks, chance],
        ["rates made comparable", "plain shares", "95 % of chance"],
        frameon=False,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
    )
    return finish(fig, title, status, width=88)


def cluster_map(shapes: Any, zones: pd.DataFrame, places: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Zones by kind of cluster, each tested alone; full marks for those that stay after the correction for many tests."""
    kinds = {name: LISA[name] for name in LISA if name in set(zones["alone"])}
    marks = {kind: mark for kind, mark in _MARKS.items() if kind in set(places["kind"])}
    legend = "share of industry, and that of\nthe neighbours, each zone alone"
    drawn = {"classes": kinds, "places": places, "marks": marks, "title": title, "status": status}
    return choropleth(shapes, zones["alone"], legend=legend, inset=False, **drawn)


def zone_places(shapes: Any, zones: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """The zones that the map names: those in a cluster after the correction, and the highest shares; x, y, label, kind."""
    kept = zones.index[zones["cluster"] != CLUSTERS[-1]]
    top = zones["share"].sort_values(ascending=False, kind="stable").index[:most]
    at = shapes.geometry.loc[list(dict.fromkeys([*kept, *top]))].representative_point()
    labels = [f"{zones.loc[zone, 'name']} {100 * zones.loc[zone, 'share']:.0f} %" for zone in at.index]
    stays, high = _MARKS
    return pd.DataFrame({"x": at.x, "y": at.y, "label": labels, "kind": np.where(at.index.isin(kept), stays, high)}, at.index)
