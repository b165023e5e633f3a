"""The figures of the chapter on governance; what is stated, what only ought to be and what is silent look different in each."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from slpi import networks
from slpi.figures import COLOURS, MARKERS, finish, literal
from slpi.governance_texts import DIMENSIONS
from slpi.pole import Pole, power, tied
from slpi.verdicts import plain

_GREY, _PALE, _INK = "#888888", "#E4E4E4", "#222222"
#: Legal classes, light to dark in grey too; they are no form families, whose colours they do not take.
_CLASSES = {
    "association": "#F0E442",
    "cooperative": "#C7A76C",
    "mutual or foundation": "#DDDDDD",
    "company": "#8C8CA8",
    "public body": "#4D4D4D",
    "person": "#FFFFFF",
}
_HALO = [withStroke(linewidth=2.2, foreground="white")]
_SHAPES = {"association": "o", "cooperative": "D", "mutual or foundation": "v", "company": "s", "public body": "^", "person": "P"}


def scale_matrix(found: pd.DataFrame, units: Mapping[str, str], ends: Mapping[str, tuple[str, str]], *, title: str, status: str) -> Figure:
    """One small scale from 0 to 1 for each unit and dimension: full marks state, hollow ones prescribe, an empty cell is silent.

    Parameters
    ----------
    found : DataFrame
        As :func:`slpi.governance_texts.readings` gives it.
    units : mapping
        Unit to its form family; the order is kept.
    ends : mapping
        Dimension to the words for 0 and 1; the order is kept.
    """
    rows, columns = list(units), list(ends)
    fig, ax = plt.subplots(figsize=(0.84 * len(columns) + 1.1, 0.34 * len(rows) + 1.75), layout="constrained")
    cells = {key: part for key, part in found.groupby(["unit", "dimension"], sort=False)}
    for y, unit in enumerate(rows):
        colour, marker = COLOURS[units[unit]], MARKERS[units[unit]]
        for x, dimension in enumerate(columns):
            part = cells.get((unit, dimension))
            if part is None:
                ax.add_patch(Rectangle((x + 0.06, y - 0.42), 0.88, 0.84, facecolor="#F4F4F4", edgecolor="none"))
                continue
            ax.plot([x + 0.12, x + 0.88], [y, y], color=_PALE, linewidth=1, zorder=1)
            for row in part.itertuples():
                at, ends_of = x + 0.12 + 0.76 * row.value, x + 0.12 + 0.76 * np.array([row.low, row.high])
                stated = row.mode == "stated"
                shift = 0 if len(part) == 1 else (-0.17 if stated else 0.17)
                ax.plot(ends_of, [y + shift] * 2, color=colour, linewidth=1.6, alpha=0.6, linestyle="-" if stated else ":", zorder=2)
                face = colour if stated else "white"
                ax.plot(at, y + shift, marker, color=colour, markerfacecolor=face, markersize=6, markeredgewidth=1.2, zorder=3)
    for x, dimension in enumerate(columns):
        low, high = (textwrap.fill(word, 9, break_long_words=False) for word in ends[dimension])
        ax.text(x + 0.08, len(rows) - 0.35, low, ha="left", va="top", fontsize=7, color="#555555")
        ax.text(x + 0.94, len(rows) + 0.7, high, ha="right", va="top", fontsize=7, color="#555555")
        ax.text(x + 0.5, -0.62, DIMENSIONS.get(dimension, plain(dimension)), ha="center", va="bottom", fontsize=8.3, fontweight="bold")
    ax.vlines(range(len(columns) + 1), -0.5, len(rows) - 0.5, color="#CCCCCC", linewidth=0.6)
    for y in range(1, len(rows)):
        family = units[rows[y]] != units[rows[y - 1]]
        ax.axhline(y - 0.5, color=_GREY if family else "#EEEEEE", linewidth=0.8 if family else 0.5)
    ax.set_yticks(range(len(rows)), [literal(unit) for unit in rows])
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows) + 1.55, -1.5)
    sns.despine(ax=ax, left=True, bottom=True)
    fig.legend(handles=_mode_handles(), frameon=False, loc="outside lower center", ncols=4, fontsize=7.5)
    return finish(fig, title, status, width=100)


def _mode_handles() -> list[Any]:
    stated = Line2D([], [], marker="o", color="#555555", linewidth=1.6, markersize=6, label="stated, with its range")
    ought = Line2D([], [], marker="o", color="#555555", linestyle=":", linewidth=1.6, markerfacecolor="white", markersize=6)
    ought.set_label("what ought to be, or is supposed")
    return [stated, ought, Rectangle((0, 0), 1, 1, facecolor="#EBEBEB", edgecolor="none", label="the texts are silent")]


def two_units(found: pd.DataFrame, defining: Sequence[str], a: str, b: str, *, title: str, status: str) -> Figure:
    """Two units on every dimension on which both are described; a ring where a row stands in the passage that defines the unit."""
    rows = found[found["unit"].isin([a, b])]
    stated = rows[rows["mode"] == "stated"].pivot(index="dimension", columns="unit", values="value").reindex(columns=[a, b])
    both = stated.dropna()
    order = list((both[a] - both[b]).abs().sort_values(ascending=False, kind="stable").index)
    fig, ax = plt.subplots(figsize=(7, 0.46 * max(len(order), 1) + 1.4), layout="constrained")
    looks = {a: ("s", "#00664A"), b: ("o", "#4FC3A1")}
    for y, dimension in enumerate(order):
        ax.plot(both.loc[dimension], [y, y], color="#BBBBBB", linewidth=2.5, zorder=1)
        for row in rows[rows["dimension"] == dimension].itertuples():
            marker, colour = looks[row.unit]
            shift = (-0.09 if row.unit == a else 0.09) + (0.2 if row.mode != "stated" else 0)
            stated_here = row.mode == "stated"
            ax.plot([row.low, row.high], [y + shift] * 2, color=colour, linewidth=1.4, linestyle="-" if stated_here else ":", zorder=2)
            ax.plot(row.value, y + shift, marker, color=colour, markerfacecolor=colour if stated_here else "white", markersize=7, zorder=3)
            if stated_here and set(row.evidence) & set(defining):
                ax.plot(row.value, y + shift, "o", color=_INK, markerfacecolor="none", markersize=13, markeredgewidth=0.9, zorder=4)
    ax.set_yticks(range(len(order)), [DIMENSIONS.get(d, plain(d)).replace("\n", " ") for d in order])
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([0, 0.33, 0.67, 1], ["0", "0.33", "0.67", "1"])
    ax.set_xlim(-0.06, 1.06)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlabel("place on the scale of the codebook (each dimension has anchors of its own)")
    sns.despine(ax=ax, left=True)
    handles = [Line2D([], [], marker=m, color=c, linestyle="none", markersize=7, label=name) for name, (m, c) in looks.items()]
    handles.append(Line2D([], [], marker="o", color="#555555", markerfacecolor="white", linestyle=":", markersize=7, label="ought to be"))
    handles.append(
        Line2D([], [], marker="o", color=_INK, markerfacecolor="none", linestyle="none", markersize=12, label="from the definition")
    )
    fig.legend(handles=handles, frameon=False, loc="outside lower center", ncols=4, fontsize=7.8)
    return finish(fig, title, status, width=84)


def public_roles(
    roles: pd.DataFrame, labels: Mapping[str, str], families: Mapping[str, str], steps: Mapping[float, str], *, title: str, status: str
) -> Figure:
    """Forms above, named poles below in the order of their text: the place on the scale, its range, and the words of the texts."""
    fig, ax = plt.subplots(figsize=(8.2, 0.36 * len(roles) + 1.3), layout="constrained")
    at, y = [], 0.0
    for group, part in roles.groupby("group", sort=False):
        ax.text(-0.045, y - 0.1, {"form": "forms", "named": "named PTCE"}[group], ha="left", va="center", fontsize=8, fontweight="bold")
        y += 0.75
        for row in part.itertuples():
            colour, marker = COLOURS[families[row.unit]], MARKERS[families[row.unit]]
            ax.plot([0, 1], [y, y], color=_PALE, linewidth=0.7, zorder=0)
            if np.isnan(row.value):
                ax.text(0.0, y, "the texts are silent", va="center", fontsize=7.3, style="italic", color="#777777", backgroundcolor="white")
            else:
                ax.plot([row.low, row.high], [y, y], color=colour, linewidth=2, alpha=0.6)
                ax.plot(row.value, y, marker, color=colour, markersize=7)
            words = textwrap.fill(row.role, 58, max_lines=3, placeholder=" …")
            ax.text(1.06, y, literal(words), va="center", fontsize=7)
            at.append((y, labels[row.unit]))
            y += 1.15
        y += 0.35
    ax.set_yticks([place for place, _ in at], [literal(label) for _, label in at])
    ax.tick_params(axis="y", length=0)
    ax.set_xticks(list(steps), [textwrap.fill(f"{step:g} {word}", 13) for step, word in steps.items()])
    ax.set_xlim(-0.05, 2.15)
    ax.set_ylim(y - 0.6, -0.7)
    ax.spines["bottom"].set_bounds(0, 1)
    ax.set_xlabel("part of public actors (scale of the codebook)            and in the words of the texts", loc="left")
    sns.despine(ax=ax, left=True)
    return finish(fig, title, status, width=84)


def member_squares(shares: pd.DataFrame, labels: Mapping[str, str], what: Mapping[str, str], *, title: str, status: str) -> Figure:
    """One square a member, a row a class, one panel a pole: counts, not a sample."""
    systems = list(dict.fromkeys(shares["system"]))
    tallest = max((shares["system"] == system).sum() for system in systems)
    fig, axes = plt.subplots(1, len(systems), figsize=(4.1 * len(systems), 0.42 * tallest + 1), layout="constrained")
    for ax, system in zip(np.atleast_1d(axes), systems, strict=True):
        part = shares[shares["system"] == system].reset_index(drop=True)
        for y, row in part.iterrows():
            for x in range(int(row["count"])):
                ax.add_patch(Rectangle((x + 0.06, y - 0.36), 0.88, 0.72, facecolor=COLOURS["ptce"], edgecolor="none"))
            ax.text(row["count"] + 0.25, y, row["fraction"], va="center", fontsize=8)
        ax.set_yticks(range(len(part)), [textwrap.fill(name, 18) for name in part["class"]])
        ax.set_xticks([])
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, shares["count"].max() + 2)
        ax.set_ylim(tallest - 0.4, -0.6)
        ax.set_title(f"{labels[system]}: {what[system]}", fontsize=8.8, fontweight="normal")
        sns.despine(ax=ax, left=True, bottom=True)
    return finish(fig, title, status, width=90)


# A pole's own sheet.


def shares_of_power(pole: Pole, *, title: str, status: str) -> Figure:
    """By college: its part of the members, of the votes, and of the power under both ways of voting."""
    found = power(pole)
    fig, ax = plt.subplots(figsize=(7, 0.62 * len(found) + 1.5), layout="constrained")
    looks = {
        "member_share": ("|", _GREY, "members"),
        "vote_share": ("D", "white", "votes"),
        "bloc_banzhaf": ("o", _INK, "power, colleges as blocs (Banzhaf)"),
        "bloc_shapley": ("x", _INK, "the same (Shapley–Shubik)"),
        "free_banzhaf": ("o", "#B0B0B0", "power, member by member (Banzhaf)"),
    }
    for y, name in enumerate(found.index):
        values = found.loc[name, [*looks]].astype(float)
        ax.plot([values.min(), values.max()], [y, y], color=_PALE, linewidth=3, zorder=0)
        for column, (marker, face, _) in looks.items():
            shift = 0.22 if column == "free_banzhaf" else -0.18 if column in ("member_share", "bloc_shapley") else 0
            edge = {"|": _GREY, "x": _INK}.get(marker, _INK)
            ax.plot(values[column], y + shift, marker, color=edge, markerfacecolor=face, markersize=8, markeredgewidth=1.3, zorder=2)
    ax.set_yticks(range(len(found)), [literal(f"{name} ({n})") for name, n in found["members"].items()])
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(left=-0.02)
    ax.set_ylim(len(found) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel(f"share; {pole.quota:g} of {pole.total_votes:g} votes carry, votes are cast by {pole.rule}")
    sns.despine(ax=ax, left=True)
    handles = [
        Line2D([], [], marker=m, color=_GREY if m == "|" else _INK, markerfacecolor=f, linestyle="none", markersize=7, label=said)
        for m, f, said in looks.values()
    ]
    fig.legend(handles=handles, frameon=False, loc="outside lower center", ncols=2, fontsize=7.8)
    return finish(fig, title, status, width=84)


def ties_and_nulls(pole: Pole, found: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Left, the members and their ties; right, each figure of the ties in standard deviations from its null.

    A mark is larger the more ties a member has, and the names of the core are bold.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 4.3), width_ratios=[1.15, 1], layout="constrained")
    _draw_ties(left, pole)
    rows = found[found["group"] == "ties"].dropna(subset="value")
    far = ((rows["value"] - rows["expected"]) / rows["sd"]).where(rows["sd"] > 1e-9)
    for y, (name, z) in enumerate(far.items()):
        row = rows.loc[name]
        said = f"{plain(str(name))}: {row['value']:.2f}, "
        if np.isnan(z):
            said += "and no other in any network drawn"
        else:
            right.plot([0, z], [y, y], color="#BBBBBB", linewidth=2, zorder=1)
            right.plot(z, y, "o", color=_INK, markersize=6, zorder=2)
            said += f"expected {row['expected']:.2f}, p {row['p_holm']:.3f}"
        said = said.replace("-", "−")
        right.text(0, y - 0.3, said, transform=right.get_yaxis_transform(), fontsize=7.3, va="center", path_effects=_HALO)
    right.axvspan(-2, 2, color="#EFEFEF", zorder=0)
    right.axvline(0, color=_GREY, linewidth=1)
    span = max(3.0, 1.1 * float(far.abs().max())) if far.notna().any() else 3.0
    right.set_xlim(-span, span)
    right.set_ylim(max(len(far), 1) - 0.4, -0.8)
    right.set_yticks([])
    right.set_xlabel("standard deviations from the mean of drawn networks")
    if far.empty:
        right.text(0.5, 0.5, "nothing to measure", transform=right.transAxes, ha="center", fontsize=8, style="italic", color="#777777")
    sns.despine(ax=right, left=True)
    return finish(fig, title, status, width=92)


def _draw_ties(ax: Axes, pole: Pole) -> None:
    import igraph

    matrix = tied(pole)
    ends = np.argwhere(np.triu(matrix.to_numpy(), 1))
    graph = igraph.Graph(len(matrix), ends.tolist())
    start = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, len(matrix), endpoint=False)]
    places = np.array(graph.layout_kamada_kawai(seed=start).coords)
    degrees, kinds = matrix.sum(axis=1), pole.members["legal_class"]
    core = networks.core_periphery(matrix, draws=2).core if 0 < len(ends) < len(matrix) * (len(matrix) - 1) / 2 else degrees < 0
    for a, b in ends:
        ax.plot(*places[[a, b]].T, color="#BDBDBD", linewidth=1, zorder=1)
    for (x, y), member in zip(places, matrix.index, strict=True):
        kind = kinds[member]
        size = 5 + 1.6 * np.sqrt(degrees[member]) * 1.6
        ax.plot(x, y, _SHAPES[kind], color=_INK, markerfacecolor=_CLASSES[kind], markersize=size, markeredgewidth=0.9, zorder=2)
        ax.annotate(
            literal(textwrap.fill(pole.members["name"][member], 16)),
            (x, y),
            xytext=(0, -size / 2 - 3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=6,
            fontweight="bold" if core[member] else "normal",
            path_effects=_HALO,
            zorder=3,
        )
    shown = [kind for kind in _CLASSES if kind in set(kinds)]
    handles = [
        Line2D([], [], marker=_SHAPES[k], color=_INK, markerfacecolor=_CLASSES[k], linestyle="none", markersize=6, label=k) for k in shown
    ]
    ax.legend(handles=handles, frameon=False, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, fontsize=7.3)
    ax.margins(0.12)
    ax.set_axis_off()


def class_bars(rows: Mapping[str, pd.Series], *, title: str, status: str) -> Figure:
    """Shares of the legal classes, one bar a body; each label says whether the body is documented, measured or simulated."""
    fig, ax = plt.subplots(figsize=(7.6, 0.62 * len(rows) + 1.1), layout="constrained")
    for y, (_, shares) in enumerate(rows.items()):
        left = 0.0
        for kind in [kind for kind in _CLASSES if shares.get(kind, 0) > 0]:
            ax.barh(y, shares[kind], left=left, color=_CLASSES[kind], edgecolor=_INK, linewidth=0.8, height=0.6)
            dark = kind in ("public body", "company")
            ax.text(
                left + shares[kind] / 2,
                y,
                f"{kind}\n{100 * shares[kind]:.0f} %",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if dark else _INK,
            )
            left += shares[kind]
    ax.set_yticks(range(len(rows)), [literal(label) for label in rows])
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.set_xlabel("share of the members, by legal status")
    sns.despine(ax=ax, left=True)
    return finish(fig, title, status, width=88)
