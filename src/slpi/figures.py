"""The figures of the book: one theme, one colour and one marker a form family, the badge in the corner."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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


def literal(text: object) -> str:
    """Text as it stands: a dollar sign in a name is no formula."""
    return str(text).replace("$", r"\$")


def finish(fig: Figure, title: str, status: str, *, width: int = 88) -> Figure:
    """Put the finding on top and the badge in the corner."""
    fig.suptitle(textwrap.fill(literal(title), width), x=0.01, y=1.0, ha="left", va="bottom", fontsize=11, fontweight="bold")
    badge = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": "#888888", "linewidth": 0.8}
    fig.text(0.995, -0.005, status, ha="right", va="top", fontsize=7.5, color="#444444", bbox=badge)
    return fig


def coverage(counts: pd.DataFrame, *, units: Sequence[str], title: str, status: str) -> Figure:
    """Small multiples, one a document: families of dimensions × units, the number of distinct passages written in each cell."""
    documents = list(counts.index.get_level_values("document_id").unique())
    families = list(counts.columns)
    fig, axes = plt.subplots(
        1, len(documents), figsize=(2.05 * len(documents) + 1.4, 0.34 * len(families) + 1.3), sharey=True, layout="constrained"
    )
    for ax, document in zip(np.atleast_1d(axes), documents, strict=True):
        grid = counts.xs(document, level="document_id").reindex(list(units)).T.reindex(families)
        shown = grid.fillna(0).to_numpy(float)
        ax.imshow(np.sqrt(shown), cmap="Greys", vmin=0, vmax=np.sqrt(40), aspect="auto")
        for (i, j), n in np.ndenumerate(shown):
            if n:
                ax.text(j, i, f"{n:.0f}", ha="center", va="center", fontsize=7.5, color="white" if n > 16 else _INK)
        ax.set_xticks(range(len(units)), [literal(u) for u in units], rotation=60, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(families)), [plain(f) for f in families])
        ax.set_title(literal(document), fontsize=9)
        ax.tick_params(length=0)
        sns.despine(ax=ax, left=True, bottom=True)
    return finish(fig, title, status, width=30 * len(documents))


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
    ax.set_yticks([])
    ax.set_xlabel("year", loc="left")
    sns.despine(ax=ax, left=True)
    families = [f for f in COLOURS if f in set(events["family"])]
    _family_legend(ax, families, loc="lower left")
    return finish(fig, title, status, width=96)


def _family_legend(ax: Axes, families: Sequence[str], names: Mapping[str, str] = FAMILY_NAMES, **options: object) -> None:
    handles = [Line2D([], [], marker=MARKERS[f], color=COLOURS[f], linestyle="none", markersize=6, label=names[f]) for f in families]
    ax.legend(handles=handles, frameon=False, **options)


def profile_dots(table: pd.DataFrame, families: pd.Series, units: Mapping[str, str], *, title: str, status: str) -> Figure:
    """Each unit's place on each dimension, with the range from its lowest to its highest reading.

    ``table`` is ``Profiles.table``; ``units`` maps a unit to its form family (its colour and marker).
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
    fig, ax = plt.subplots(figsize=(7.6, 0.2 * y + 0.9), layout="constrained")
    shift = dict(zip(units, np.linspace(-0.27, 0.27, len(units)), strict=True))
    for unit, family in units.items():
        for dimension, at in rows.items():
            if (unit, dimension) in table.index:
                entry = table.loc[(unit, dimension)]
                ax.plot([entry["low"], entry["high"]], [at + shift[unit]] * 2, color=COLOURS[family], linewidth=1.3, alpha=0.55)
                ax.plot(entry["value"], at + shift[unit], MARKERS[family], color=COLOURS[family], markersize=5)
    for at, head in heads:
        ax.text(-0.02, at, head, ha="right", va="center", fontsize=8, fontweight="bold", transform=ax.get_yaxis_transform())
    for at, _ in labels:
        ax.axhline(at, color="#E4E4E4", linewidth=0.7, zorder=0)
    ax.set_yticks([at for at, _ in labels], [label for _, label in labels])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y, -0.6)
    ax.set_xlim(-0.03, 1.03)
    ax.set_xticks([0, 0.33, 0.67, 1], ["0", "0.33", "0.67", "1"])
    ax.set_xlabel("place on the scale of the codebook (each dimension has anchors of its own)")
    _family_legend(
        ax, list(units.values()), names={f: u for u, f in units.items()}, loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=len(units)
    )
    sns.despine(ax=ax, left=True)
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
        colour = COLOURS["districts_spl"] if row.gap > 0 else COLOURS["clusters_pdc"]
        marker = MARKERS["districts_spl"] if row.gap > 0 else MARKERS["clusters_pdc"]
        ax.plot([row.low, row.high], [at, at], color=colour, linewidth=1.6, alpha=0.6)
        ax.plot(row.gap, at, marker, color=colour, markersize=5.5)
    span = np.nanmax(np.abs(rows[["gap", "low", "high"]].to_numpy(float))) * 1.08
    ax.set_xlim(-span, span)
    for at, head in heads:
        ax.text(-0.02, at, head, ha="right", va="center", fontsize=8, fontweight="bold", transform=ax.get_yaxis_transform())
    for at, row in places:
        ax.text(1.01, at, f"{int(row.n_dimensions)}", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.text(1.01, -0.2, "dims", va="center", fontsize=7, style="italic", transform=ax.get_yaxis_transform())
    ax.set_yticks([at for at, _ in places], [literal(row.label) for _, row in places])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(y, -0.7)
    ax.set_xlabel(f"← nearer to {far}      distance to {far} − distance to {near}      nearer to {near} →")
    sns.despine(ax=ax, left=True)
    return finish(fig, title, status, width=84)


def contributions(parts: pd.Series, *, near: str, far: str, most: int, title: str, status: str) -> Figure:
    """What each dimension adds to the gap: the largest on either side."""
    parts = parts[parts.abs() > 1e-9]
    shown = parts[parts.abs().sort_values(ascending=False, kind="stable").index[:most]].sort_values(kind="stable")
    fig, ax = plt.subplots(figsize=(7.2, 0.23 * len(shown) + 0.8), layout="constrained")
    colours = [COLOURS["districts_spl"] if v > 0 else COLOURS["clusters_pdc"] for v in shown]
    ax.barh(range(len(shown)), shown, color=colours, height=0.7)
    ax.axvline(0, color="#888888", linewidth=1)
    ax.set_yticks(range(len(shown)), [plain(d) for d in shown.index])
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(f"← towards {far}      part of the gap      towards {near} →")
    sns.despine(ax=ax, left=True)
    return finish(fig, title, status, width=84)


def distance_strip(rows: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Distances to several others side by side: label, distance, low, high, n_dimensions, family."""
    fig, ax = plt.subplots(figsize=(7.2, 0.4 * len(rows) + 0.8), layout="constrained")
    for y, row in enumerate(rows.itertuples()):
        ax.plot([row.low, row.high], [y, y], color=COLOURS[row.family], linewidth=2, alpha=0.55)
        ax.plot(row.distance, y, MARKERS[row.family], color=COLOURS[row.family], markersize=7)
        ax.text(1.01, y, f"{row.n_dimensions} dims", va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(rows)), [literal(label) for label in rows["label"]])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, max(0.6, float(rows["high"].max()) * 1.05))
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("mean absolute difference on the shared dimensions (0 alike, 1 opposite)")
    sns.despine(ax=ax, left=True)
    return finish(fig, title, status, width=84)
