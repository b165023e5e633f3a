"""The figures of the book: one theme, one colour and one marker a form family, the badge in the corner."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import offset_copy
from matplotlib.typing import LineStyleType

from slpi import layout
from slpi.labelled import Floats
from slpi.verdicts import plain

#: Okabe and Ito's colours, ordered so that they also differ in grey; each family keeps its marker for readers without colour.
COLOURS = {
    "clusters_pdc": "#0072B2",
    "districts_spl": "#D55E00",
    "ptce": "#009E73",
    "grappe": "#AA4499",
    "other": "#6B6B6B",
    "ess": "#000000",
}
MARKERS = {"clusters_pdc": "s", "districts_spl": "o", "ptce": "^", "grappe": "D", "other": "X", "ess": "*"}
FAMILY_NAMES = {
    "clusters_pdc": "clusters and pôles de compétitivité",
    "districts_spl": "districts and SPL",
    "ptce": "PTCE",
    "grappe": "grappes",
    "other": "other",
    "ess": "ESS ideal type",
}
_INK = "#222222"


def theme() -> None:
    """Set the one look of every figure; importing this module does it too."""
    sns.set_theme(
        context="notebook",
        style="ticks",
        font="DejaVu Sans",
        rc={
            "font.size": 9,
            "axes.titlesize": 10.5,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelsize": 9,
            "xtick.labelsize": 8,
            "ytick.labelsize": 8,
            "legend.fontsize": 8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#888888",
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "xtick.color": _INK,
            "ytick.color": _INK,
            "figure.dpi": 100,
            "savefig.bbox": "tight",
            "savefig.pad_inches": 0.08,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
        },
    )


theme()


def literal(text: object) -> str:
    """Text as it stands: a dollar sign in a name is no formula."""
    return str(text).replace("$", r"\$")


def finish(fig: Figure, title: str, status: str, *, width: int = 88) -> Figure:
    """Put the finding on top and the badge in the corner."""
    fig.suptitle(
        textwrap.fill(literal(title), width),
        x=0.01,
        y=1 + 0.07 / fig.get_figheight(),
        ha="left",
        va="bottom",
        fontsize=11,
        fontweight="bold",
    )
    badge = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "#888888", "linewidth": 0.8}
    fig.text(0.995, -0.005, status, ha="right", va="top", fontsize=7.5, color="#444444", bbox=badge)
    return fig


def _handle(marker: str, colour: str, label: str, *, face: str | None = None, size: float = 6) -> Line2D:
    return Line2D([], [], marker=marker, color=colour, markerfacecolor=face, linestyle="none", markersize=size, label=label)


def _family_handles(families: Iterable[str], size: float = 6) -> list[Line2D]:
    """A mark and a name for each family that is drawn, in the order of the colours."""
    drawn = set(families)
    return [_handle(MARKERS[family], colour, FAMILY_NAMES[family], size=size) for family, colour in COLOURS.items() if family in drawn]


def _name_rows(ax: Axes, at: Sequence[float] | range, labels: Sequence[str]) -> None:
    ax.set_yticks(at, labels)
    ax.tick_params(axis="y", length=0)
    sns.despine(ax=ax, left=True)


def _head(ax: Axes, y: float, group: str) -> None:
    """The name of a group of rows, left of the axis."""
    ax.text(-0.02, y, group, ha="right", va="center", fontsize=8, fontweight="bold", transform=ax.get_yaxis_transform())


def coverage(counts: pd.DataFrame, *, units: Sequence[str], title: str, status: str) -> Figure:
    """Small multiples, one a document: families of dimensions × units, the number of distinct passages written in each cell."""
    documents = list(counts.index.get_level_values("document_id").unique())
    families = list(counts.columns)
    fig, axes = plt.subplots(
        1, len(documents), figsize=(1.3 * len(documents) + 1.6, 0.27 * len(families) + 1.1), sharey=True, layout="constrained"
    )
    for ax, document in zip(np.atleast_1d(axes), documents, strict=True):
        grid = counts.xs(document, level="document_id").reindex(list(units)).T.reindex(families)
        shown = grid.fillna(0).to_numpy(float)
        ax.imshow(np.sqrt(shown), cmap="Greys", vmin=0, vmax=np.sqrt(40), aspect="auto")
        for (i, j), n in np.ndenumerate(shown):
            if n:
                ax.text(j, i, f"{n:.0f}", ha="center", va="center", fontsize=7.5, color="white" if n > 16 else _INK)
        ax.set_xticks(range(len(units)), [literal(u) for u in units], rotation=90)
        ax.set_yticks(range(len(families)), ["in words" if f == "category" else plain(f) for f in families])
        ax.set_title(literal(textwrap.fill(document, 14)), fontsize=8.5, loc="center")
        ax.tick_params(length=0)
        sns.despine(ax=ax, left=True, bottom=True)
        for x in np.arange(-0.5, len(units)):
            ax.axvline(x, color="#E4E4E4", linewidth=0.6)
    return finish(fig, title, status, width=18 * len(documents))


def timeline(events: pd.DataFrame, *, title: str, status: str) -> Figure:
    """One line an event, in order of its date; a bar where it lasts, a hollow mark and the rival date where texts disagree.

    ``events`` has the columns start, end (years), label, family, conflict (text, blank for none).
    """
    events = events.sort_values(["start", "end"], kind="stable").reset_index(drop=True)
    fig, ax = plt.subplots(figsize=(8.6, 0.215 * len(events) + 0.9), layout="constrained")
    for y, event in events.iterrows():
        colour = COLOURS.get(event["family"], COLOURS["other"])
        marker = MARKERS.get(event["family"], MARKERS["other"])
        if event["end"] > event["start"]:
            ax.plot([event["start"], event["end"]], [y, y], color=colour, linewidth=3, solid_capstyle="round", alpha=0.7)
        face = "white" if event["conflict"] else colour
        ax.plot(event["start"], y, marker, color=colour, markerfacecolor=face, markersize=5.5)
        note = f"   ⚠ {event['conflict']}" if event["conflict"] else ""
        ax.annotate(literal(event["label"] + note), (event["end"], y), xytext=(7, 0), textcoords="offset points", va="center", fontsize=7.2)
    ax.set_ylim(len(events) - 0.3, -0.7)
    low = events["start"].min()
    ax.set_xlim(low - 2, low + (events["end"].max() - low) * 2.0)
    ticks = np.arange(np.ceil(low / 10) * 10, events["end"].max() + 1, 10)
    ax.set_xticks(ticks)
    ax.set_xlabel("year", loc="left")
    _name_rows(ax, [], [])
    ax.legend(handles=_family_handles(events["family"]), frameon=False, loc="lower left")
    return finish(fig, title, status, width=96)


def profile_dots(table: pd.DataFrame, families: pd.Series, units: Mapping[str, str], *, title: str, status: str) -> Figure:
    """Each unit's place on each dimension, with the range from its lowest to its highest reading.

    ``table`` is ``Profiles.table``; ``units`` maps a unit to its form family (its colour and marker; a second unit of a family is hollow).
    """
    described = table.reset_index().pivot(index="dimension", columns="unit", values="value").reindex(columns=list(units))
    dimensions = [d for d in families.index if d in described.index and described.loc[d].notna().sum() >= 2]
    rows, labels, heads, y = {}, [], [], 0.0
    for family in families[dimensions].unique():
        heads.append((y, plain(family)))
        y += 0.85
        for dimension in [d for d in dimensions if families[d] == family]:
            rows[dimension] = y
            labels.append((y, plain(dimension)))
            y += 1.0
        y += 0.25
    fig, ax = plt.subplots(figsize=(7.6, (0.2 if len(units) <= 4 else 0.25) * y + 0.9), layout="constrained")
    shift = dict(zip(units, np.linspace(-0.27, 0.27, len(units)), strict=True))
    seen: set[str] = set()
    handles = []
    for unit, family in units.items():
        face = "white" if family in seen else COLOURS[family]  # the second form of a family is drawn hollow
        seen.add(family)
        handles.append(_handle(MARKERS[family], COLOURS[family], unit, face=face))
        for dimension, at in rows.items():
            if (unit, dimension) in table.index:
                entry = table.loc[(unit, dimension)]
                ax.plot([entry["low"], entry["high"]], [at + shift[unit]] * 2, color=COLOURS[family], linewidth=1.3, alpha=0.55)
                ax.plot(entry["value"], at + shift[unit], MARKERS[family], color=COLOURS[family], markerfacecolor=face, markersize=5)
    for at, head in heads:
        _head(ax, at, head)
    for at, _ in labels:
        ax.axhline(at, color="#E4E4E4", linewidth=0.7, zorder=0)
    _name_rows(ax, [at for at, _ in labels], [label for _, label in labels])
    ax.set_ylim(y, -0.6)
    ax.set_xlim(-0.03, 1.03)
    ax.set_xticks([0, 0.33, 0.67, 1], ["0", "0.33", "0.67", "1"])
    ax.set_xlabel("place on the scale of the codebook (each dimension has anchors of its own)")
    ax.legend(handles=handles, frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3)
    return finish(fig, title, status, width=80)


def distance_matrices(panels: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]], *, title: str, status: str) -> Figure:
    """Distances of all pairs, lower triangle; under each, on how many dimensions it stands. One panel a way of choosing them."""
    sizes = [len(distances) for distances, _ in panels.values()]
    shape = (0.66 * sum(sizes) + 1.6, 0.55 * max(sizes) + 0.6)
    fig, axes = plt.subplots(1, len(panels), figsize=shape, width_ratios=[n - 1 for n in sizes], layout="constrained")
    for ax, n, (name, (distances, shared)) in zip(np.atleast_1d(axes), sizes, panels.items(), strict=True):
        shown = distances.to_numpy(float).copy()
        shown[np.triu_indices(n)] = np.nan
        ax.imshow(shown[1:, :-1], cmap="Greys", vmin=0, vmax=0.6)
        for i in range(1, n):
            for j in range(i):
                value, number = shown[i, j], int(shared.iloc[i, j])
                text = "–\n(0)" if np.isnan(value) else f"{value:.2f}\n({number})"
                ax.text(j, i - 1, text, ha="center", va="center", fontsize=7, color="white" if value > 0.33 else _INK)
        ax.set_xticks(range(n - 1), [literal(u) for u in distances.columns[:-1]], rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(n - 1), [literal(u) for u in distances.index[1:]])
        ax.set_title(name, fontsize=9)
        ax.tick_params(length=0)
        sns.despine(ax=ax, left=True, bottom=True)
    return finish(fig, title, status, width=96)


def gap_forest(rows: pd.DataFrame, *, near: str, far: str, title: str, status: str) -> Figure:
    """The gap under each declared choice, with its sensitivity range: right of zero is nearer to ``near``.

    ``rows`` has the columns group, label, gap, low, high, n_dimensions.
    """
    y, places, heads = 0.0, [], []
    for group, part in rows.groupby("group", sort=False):
        heads.append((y, group))
        y += 0.9
        for row in part.itertuples():
            places.append((y, row))
            y += 0.85
        y += 0.3
    fig, ax = plt.subplots(figsize=(7.6, 0.235 * y + 0.8), layout="constrained")
    ax.axvline(0, color="#888888", linewidth=1)
    for at, row in places:
        if np.isnan(row.gap):
            ax.text(0, at, "  not assessable", va="center", fontsize=7.5, color="#777777", style="italic")
            continue
        family = "districts_spl" if row.gap > 0 else "clusters_pdc"
        ax.plot([row.low, row.high], [at, at], color=COLOURS[family], linewidth=1.6, alpha=0.6)
        ax.plot(row.gap, at, MARKERS[family], color=COLOURS[family], markersize=5.5)
    span = np.nanmax(np.abs(rows[["gap", "low", "high"]].to_numpy(float))) * 1.08
    ax.set_xlim(-span, span)
    for at, head in heads:
        _head(ax, at, head)
    for at, row in places:
        ax.text(1.01, at, f"{int(row.n_dimensions)}", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.text(1.01, -0.2, "dims", va="center", fontsize=7, style="italic", transform=ax.get_yaxis_transform())
    _name_rows(ax, [at for at, _ in places], [literal(row.label) for _, row in places])
    ax.set_ylim(y, -0.7)
    ax.set_xlabel(f"← nearer to {far}      distance to {far} − distance to {near}      nearer to {near} →")
    return finish(fig, title, status, width=84)


def contributions(parts: pd.Series, *, near: str, far: str, most: int, title: str, status: str) -> Figure:
    """What each dimension adds to the gap: the largest on either side."""
    parts = parts[parts.abs() > 1e-9]
    shown = parts[parts.abs().sort_values(ascending=False, kind="stable").index[:most]].sort_values(kind="stable")
    fig, ax = plt.subplots(figsize=(7.2, 0.23 * len(shown) + 0.8), layout="constrained")
    colours = [COLOURS["districts_spl"] if v > 0 else COLOURS["clusters_pdc"] for v in shown]
    ax.barh(range(len(shown)), shown, color=colours, height=0.7)
    ax.axvline(0, color="#888888", linewidth=1)
    _name_rows(ax, range(len(shown)), [plain(d) for d in shown.index])
    ax.set_xlabel(f"← towards {far}      part of the gap      towards {near} →")
    return finish(fig, title, status, width=84)


def distance_strip(rows: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Distances to several others side by side: label, distance, low, high, n_dimensions, family."""
    fig, ax = plt.subplots(figsize=(7.2, 0.4 * len(rows) + 0.8), layout="constrained")
    for y, row in enumerate(rows.itertuples()):
        ax.plot([row.low, row.high], [y, y], color=COLOURS[row.family], linewidth=2, alpha=0.55)
        ax.plot(row.distance, y, MARKERS[row.family], color=COLOURS[row.family], markersize=7)
        ax.text(1.01, y, f"{row.n_dimensions} dims", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    _name_rows(ax, range(len(rows)), [literal(label) for label in rows["label"]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, max(0.6, float(rows["high"].max()) * 1.05))
    ax.set_xlabel("mean absolute difference on the shared dimensions (0 alike, 1 opposite)")
    return finish(fig, title, status, width=84)


# The named systems: a map with labels, matrices of dots, ties from left to right.


def systems_map(
    marks: pd.DataFrame,
    outline: pd.DataFrame,
    frame: tuple[float, float, float, float],
    *,
    beyond: Sequence[str] = (),
    title: str,
    status: str,
) -> Figure:
    """Marks on an outline, in metres; each with a label that overlaps nothing, at the end of a line where it stands apart.

    ``marks`` has the columns x, y, family, precision (point, area), label; ``outline`` part, x, y. What lies beyond the frame is listed.
    """
    west, south, east, north = frame
    fig = plt.figure(figsize=(8.4, 8.4 * (north - south) / (east - west)))
    ax = fig.add_axes((0, 0, 1, 1), xlim=(west, east), ylim=(south, north))
    ax.set_axis_off()
    for _, part in outline.groupby("part", sort=False):
        ax.fill(part["x"], part["y"], facecolor="#F3F1EC", edgecolor="#A9A49A", linewidth=0.8, zorder=0)
    bar = ax.plot([east - 330e3, east - 230e3], [south + 45e3] * 2, color=_INK, linewidth=2, solid_capstyle="butt")
    said = [ax.text(east - 280e3, south + 52e3, "100 km", ha="center", va="bottom", fontsize=7.5)]
    handles = [*_family_handles(marks["family"]), _handle("o", "#777777", "a place")]
    handles.append(_handle("o", "#777777", "an area, at its middle", face="white"))
    legend = ax.legend(handles=handles, frameon=False, loc="lower left", fontsize=7.5, borderaxespad=0.2)
    if beyond:
        far = "Beyond the frame:\n" + "\n".join(textwrap.fill(literal(name), 34, subsequent_indent="  ") for name in beyond)
        said.append(ax.text(east - 5e3, north - 5e3, far, ha="right", va="top", fontsize=7, linespacing=1.35))
    at = apart(ax.transData.transform(marks[["x", "y"]].to_numpy(float)))
    back = ax.transData.inverted().transform
    for (x, y), mark in zip(back(at), marks.itertuples(), strict=True):
        colour = COLOURS[mark.family]
        face, wide = (colour, 5.2) if mark.precision == "point" else ("white", 6.4)
        ax.plot(x, y, MARKERS[mark.family], color=colour, markerfacecolor=face, markeredgewidth=1.3, markersize=wide, zorder=3)
    label_points(ax, at, marks["label"], taken=[artist.get_window_extent().extents for artist in (legend, *said, *bar)])
    return finish(fig, title, status, width=92)


def apart(at: Floats) -> Floats:
    """Points in pixels, those too near an earlier one moved to the right."""
    at = at.copy()
    for i in range(1, len(at)):
        while (np.hypot(*(at[:i] - at[i]).T) < 8.5).any():
            at[i, 0] += 8.5
    return at


def label_points(ax: Axes, at: Floats, labels: Iterable[str], *, taken: Sequence[Any]) -> None:
    """Write labels beside points given in pixels so that none overlaps another, a point or a box ``taken``; far off, with a line."""
    words = [literal(textwrap.fill(label, 20, break_on_hyphens=False)) for label in labels]
    halo = [withStroke(linewidth=2.6, foreground="white")]
    texts = [ax.text(0, 0, word, fontsize=6.8, ha="center", va="center", zorder=4, path_effects=halo) for word in words]
    sizes = np.array([text.get_window_extent().size for text in texts]).reshape(-1, 2)
    blocked = np.vstack([*taken, np.hstack([at - 5.5, at + 5.5])])
    back = ax.transData.inverted().transform
    places = layout.place_labels(at, sizes + 2, blocked=blocked, frame=(ax.bbox.x0, ax.bbox.y0, ax.bbox.x1, ax.bbox.y1))
    for text, anchor, place, size in zip(texts, at, places, sizes, strict=True):
        text.set(position=back(place))
        end = np.clip(anchor, place - size / 2, place + size / 2)
        if np.hypot(*(anchor - end)) > 9:
            ax.plot(*back(np.array([anchor, end])).T, color="#777777", linewidth=0.6, zorder=2.6, path_effects=halo)


def size_ranges(rows: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Firms and jobs on a logarithmic axis, an arrow where the text gives a floor only, and beside each what the coder noted.

    ``rows`` has the columns label, family, measure, low, high (NaN: at least), said, note.
    """
    fig, ax = plt.subplots(figsize=(8.4, 0.36 * len(rows) + 1.1), layout="constrained")
    top = rows[["low", "high"]].max().max()
    y, ticks = 0.0, []
    for measure, part in rows.groupby("measure", sort=False):
        _head(ax, y, measure)
        for row in part.itertuples():
            y += 1
            ticks.append((y, literal(row.label)))
            colour, high = COLOURS[row.family], row.high if np.isfinite(row.high) else row.low * 1.7
            ax.axhline(y, xmax=0.47, color="#E4E4E4", linewidth=0.7, zorder=0)
            if np.isnan(row.high):
                ax.annotate("", (high, y), (row.low, y), arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.4})
            ax.plot([row.low, row.high], [y, y], color=colour, linewidth=3, alpha=0.6)
            ax.plot(row.low, y, MARKERS[row.family], color=colour, markersize=6)
            note = textwrap.shorten(row.note if isinstance(row.note, str) else "", 150, placeholder=" …")
            beside, note = ax.get_yaxis_transform(), literal(textwrap.fill(note, 60))
            ax.text(0.49, y, row.said, fontsize=7.5, fontweight="bold", va="center", transform=beside)
            ax.text(0.645, y, note, fontsize=6.3, linespacing=1.05, va="center", transform=beside)
        y += 1.2
    _name_rows(ax, [at for at, _ in ticks], [label for _, label in ticks])
    ax.set_ylim(y - 0.5, -0.6)
    ax.set_xscale("log")
    ax.set_xlim(2, (top / 2) ** (1 / 0.45) * 2)
    decades = [10.0**k for k in range(1, int(np.log10(top)) + 2) if 10.0**k <= top * 2]
    ax.set_xticks(decades, [f"{d:,.0f}" for d in decades])
    ax.minorticks_off()
    ax.set_xlabel("firms or jobs, logarithmic axis", loc="left")
    ax.spines["bottom"].set_bounds(2, decades[-1])
    ax.legend(handles=_family_handles(rows["family"]), frameon=False, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=4)
    return finish(fig, title, status, width=92)


def dot_matrix(
    cells: pd.DataFrame,
    rows: pd.Series,
    columns: pd.Series,
    families: Mapping[str, str],
    *,
    graded: bool = False,
    links: bool = False,
    title: str,
    status: str,
) -> Figure:
    """Rows × columns in their groups: a full dot for one, a cross for zero, nothing for silence; graded, a hollow dot fills up.

    Parameters
    ----------
    cells : DataFrame
        row, column, value (0 to 1), and passage where ``links`` joins the dots of a column that stand on one passage.
    rows : Series
        Label of each row, indexed by row; its order is kept.
    columns : Series
        Group of each column, indexed by column; its order is kept.
    families : mapping
        Form family of each row.
    """
    at_row = {row: i for i, row in enumerate(rows.index)}
    at_column: dict[str, float] = {}
    x, heads = 0.0, []
    for group, part in columns.groupby(columns, sort=False):
        heads.append((x, x + len(part) - 1, group))
        at_column |= {column: x + i for i, column in enumerate(part.index)}
        x += len(part) + 0.8
    size = ((0.205 if len(columns) > 16 else 0.36) * x + 2.4, 0.205 * len(rows) + 2.5)
    fig, ax = plt.subplots(figsize=size, layout="constrained")
    ax.hlines(range(len(rows)), -0.6, x - 1.2, color="#E9E9E9", linewidth=0.7, zorder=0)
    ax.vlines(list(at_column.values()), -0.6, len(rows) - 0.4, color="#E9E9E9", linewidth=0.7, zorder=0)
    if links:
        for (column, _), part in cells.groupby(["column", "passage"], sort=False):
            ys = [at_row[row] for row in part["row"]]
            ax.plot([at_column[column]] * 2, [min(ys), max(ys)], color="#555555", linewidth=1.6, zorder=1)
    for cell in cells.itertuples():
        place, colour = (at_column[cell.column], at_row[cell.row]), COLOURS[families[cell.row]]
        if not graded and cell.value == 0:
            ax.plot(*place, "x", color=colour, markersize=5.5, markeredgewidth=1.6)
            continue
        ax.plot(*place, "o", color=colour, markerfacecolor="white", markersize=7, markeredgewidth=1, zorder=2)
        ax.plot(*place, "o", color=colour, markersize=max(7 * cell.value**0.5, 0.1) if graded else 7, markeredgewidth=0, zorder=3)
    for start, end, head in heads:
        ax.plot([start - 0.4, end + 0.4], [-0.95] * 2, color="#888888", linewidth=1, clip_on=False)
        ax.text(start - 0.4, -1.15, plain(head), ha="left", va="bottom", fontsize=8.5, fontweight="bold")
    beside = offset_copy(ax.transData, fig=fig, x=-8, units="points")
    for row, y in at_row.items():
        colour = COLOURS[families[row]]
        ax.plot(-0.7, y, MARKERS[families[row]], color=colour, markersize=4.5, clip_on=False, transform=beside)
    ax.set_yticks(range(len(rows)), [literal(label) for label in rows])
    ax.tick_params(axis="y", length=0, pad=14)
    ax.set_xticks(list(at_column.values()), [plain(c) for c in at_column], rotation=55, ha="right", rotation_mode="anchor")
    ax.tick_params(axis="x", length=0)
    ax.set_xlim(-0.7, x - 1.1)
    ax.set_ylim(len(rows) - 0.4, -1.6)
    sns.despine(ax=ax, left=True, bottom=True)
    handles = _family_handles(families[row] for row in rows.index)
    fig.legend(handles=handles, frameon=False, loc="outside lower center", ncols=5 if size[0] > 8 else 3, columnspacing=1.2)
    return finish(fig, title, status, width=round(11 * size[0]))


def bound_ranges(panels: Mapping[str, pd.DataFrame], *, title: str, status: str) -> Figure:
    """Shares between the bound at which every silence is a no and that at which it is a yes, for several sets of systems.

    ``panels`` maps the name of a set to a frame with low, high, yes, no, silent, indexed by what the share is of.
    """
    names = list(next(iter(panels.values())).index)
    fig, axes = plt.subplots(len(panels), 1, figsize=(7.6, 0.36 * len(names) * len(panels) + 1.1), sharex=True, layout="constrained")
    for ax, (panel, bounds) in zip(np.atleast_1d(axes), panels.items(), strict=True):
        for y, row in enumerate(bounds.itertuples()):
            ax.barh(y, row.low, color="#444444", height=0.55)
            ax.barh(y, row.high - row.low, left=row.low, color="white", edgecolor="#444444", hatch="////", height=0.55, linewidth=0.8)
            ax.text(1.02, y, f"{row.yes} yes, {row.no} no, {row.silent} silent", va="center", fontsize=7.5)
        ax.axvline(0.5, color="#888888", linewidth=0.8, linestyle=":")
        _name_rows(ax, range(len(names)), [plain(name).replace("non ", "non-") for name in names])
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_title(literal(panel), fontsize=9)
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    ax.set_xlabel("share of systems: dark, stated; hatched, open to silence")
    return finish(fig, title, status, width=84)


#: How a tie's status is drawn, and the letter of its layer; institutional ties, the commonest, bear none.
DASHES: dict[str, LineStyleType] = {"existing": "-", "planned": (0, (5, 2)), "inferred": (0, (1, 1.4))}
LETTERS = {"productive": "P", "financial": "F", "knowledge": "K", "thematic": "T"}
_GLYPHS = {"clusters_pdc": "■", "districts_spl": "●", "ptce": "▲", "grappe": "◆", "other": "✖"}


def ties_diagram(
    relations: pd.DataFrame, columns: pd.Series, labels: Mapping[str, str], families: Mapping[str, str], *, title: str, status: str
) -> Figure:
    """Ties from left to right: solid lines exist, dashed are planned, dotted inferred; a letter tells the layer.

    Parameters
    ----------
    relations : DataFrame
        source, target, layer, directed, status.
    columns : Series
        As :func:`slpi.layout.layered` returns them.
    labels : mapping
        What is written for a node.
    families : mapping
        Form family of the nodes that are systems; the others are organisations.
    """
    ties = relations.drop_duplicates(["source", "target", "layer", "status"])
    chains = [(row, layout.chain(row.source, row.target, columns, i)) for i, row in enumerate(ties.itertuples())]
    nodes = {node: columns.get(node, at) for _, chain in chains for node, at in chain}
    order = layout.ordered(nodes, [chain for _, chain in chains])
    said = {
        node: textwrap.fill(f"{_GLYPHS[families[node]]} {labels[node]}" if node in families else labels[node], 21)
        for node in nodes
        if isinstance(node, str)
    }
    height = {node: 0.2 + 0.125 * (said[node].count("\n") + 1) if isinstance(node, str) else 0.07 for node in nodes}
    tall = max(sum(height[node] for node in column) for column in order)
    fig = plt.figure(figsize=(1.0, 1.0))
    wide: dict[layout.Node, float] = {}
    for name, text in said.items():
        drawn = fig.text(0, 0, literal(text), fontsize=6.8)
        wide[name] = drawn.get_window_extent().width / fig.dpi + 0.12
        drawn.remove()
    widths = [max((wide.get(node, 0) for node in column), default=0) for column in order]
    gap = max(0.55, min(1.4, (8.4 - sum(widths)) / max(len(widths) - 1, 1)))
    lefts = np.cumsum([0, *[w + gap for w in widths[:-1]]])
    total = float(lefts[-1] + widths[-1])
    bows = any(columns[row.source] == columns[row.target] for row in ties.itertuples())
    west, east = -0.06 - max(8.4 - total, 0) / 2, total + max(0.06 + 0.8 * bows, (8.4 - total) / 2)
    fig.set_size_inches(east - west, tall + 0.65)
    ax = fig.add_axes((0, 0, 1, 1), xlim=(west, east), ylim=(-0.6, tall + 0.05))
    ax.set_axis_off()
    boxes: dict[layout.Node, _Box] = {}
    for column, left, width in zip(order, lefts, widths, strict=True):
        spare = (tall - sum(height[node] for node in column)) / len(column)
        y = tall
        for node in column:
            boxes[node] = (left + width / 2, y - (height[node] + spare) / 2, wide.get(node, width))
            y -= height[node] + spare
    for row, chain in chains:
        _draw_tie(ax, row, [boxes[node] for node, _ in chain])
    for name, text in said.items():
        x, y, width = boxes[name]
        edge, weight = (COLOURS[families[name]], 1.4) if name in families else ("#9A9A9A", 0.7)
        corner, tall_box = (x - width / 2, y - height[name] / 2 + 0.065), height[name] - 0.13
        ax.add_patch(Rectangle(corner, width, tall_box, facecolor="white", edgecolor=edge, linewidth=weight, zorder=3))
        ax.text(x, y, literal(text), ha="center", va="center", fontsize=6.8, linespacing=1.15, zorder=4)
    _ties_legend(ax, ties, [families[name] for name in said if name in families])
    return finish(fig, title, status, width=round(11 * (east - west)))


#: The middle (x, y) of a node, and its width.
_Box = tuple[float, float, float]


class _Tie(Protocol):
    layer: str
    status: str
    directed: str


def _draw_tie(ax: Axes, tie: _Tie, boxes: Sequence[_Box]) -> None:
    """A line from box to box; a bow on the right where both ends stand in one column."""
    (x0, y0, w0), *between, (x1, y1, w1) = boxes
    if x0 == x1:
        start, end = (x0 + w0 / 2, y0), (x1 + w1 / 2, y1)
        bow = max(start[0], end[0]) + 0.25 + 0.3 * abs(y1 - y0)
        points, codes = [start, (bow, y0), (bow, y1), end], [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        letter = (0.125 * (start[0] + end[0]) + 0.75 * bow, (y0 + y1) / 2)
    else:
        way = 1 if x1 > x0 else -1
        passed = [(x + side * w / 2, y) for x, y, w in between for side in (-way, way)]
        stops = [(x0 + way * w0 / 2, y0), *passed, (x1 - way * w1 / 2, y1)]
        points, codes = [stops[0]], [Path.MOVETO]
        for (ax0, ay0), (ax1, ay1) in pairwise(stops):
            flat = ay0 == ay1
            points += [(ax1, ay1)] if flat else [((ax0 + ax1) / 2, ay0), ((ax0 + ax1) / 2, ay1), (ax1, ay1)]
            codes += [Path.LINETO] if flat else [Path.CURVE4] * 3
        (ax0, ay0), (ax1, ay1) = stops[-2:]
        letter = ((ax0 + ax1) / 2, (ay0 + ay1) / 2)
    colour, width = (_INK, 2.2) if tie.layer == "financial" else ("#777777", 1.0)
    head = "-|>,head_length=3.2,head_width=1.7" if tie.directed == "yes" else "-"
    line, dashes = Path(points, codes), DASHES[tie.status]
    ax.add_patch(FancyArrowPatch(path=line, arrowstyle=head, color=colour, linewidth=width, linestyle=dashes, zorder=1))
    if tie.layer in LETTERS:
        bead = {"boxstyle": "circle,pad=0.12", "facecolor": "white", "edgecolor": "#777777", "linewidth": 0.5}
        ax.text(*letter, LETTERS[tie.layer], fontsize=5.4, ha="center", va="center", bbox=bead, zorder=2)


def _ties_legend(ax: Axes, ties: pd.DataFrame, families: Sequence[str]) -> None:
    handles = [Line2D([], [], color="#777777", linestyle=DASHES[s], linewidth=1.2, label=s) for s in DASHES if s in set(ties["status"])]
    if "financial" in set(ties["layer"]):
        handles.append(Line2D([], [], color="#222222", linewidth=2.4, label="F financial"))
    lettered = [layer for layer in LETTERS if layer in set(ties["layer"]) and layer != "financial"]
    handles += [_handle(f"${LETTERS[layer]}$", "#444444", layer, size=5) for layer in lettered]
    if "institutional" in set(ties["layer"]):
        handles.append(Line2D([], [], linestyle="none", label="no letter: institutional"))
    handles += _family_handles(families, size=5)
    ax.legend(handles=handles, frameon=False, loc="lower center", ncols=6, fontsize=7, handlelength=2.2, borderaxespad=0, columnspacing=1.4)
