"""Figures of the chapter on territoriality: strengths side by side, the 2 × 2 of resources and assets, voices on openness."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from slpi.figures import COLOURS, FAMILY_NAMES, MARKERS, finish, literal

_GREY = "#777777"


def strength_panels(
    cells: pd.DataFrame, rows: pd.DataFrame, panels: Mapping[str, str], *, named: Sequence[str] = (), title: str, status: str
) -> Figure:
    """Forms in rows, one panel a trait: a mark at the reading, a line for its range, hollow where one text alone speaks.

    Parameters
    ----------
    cells : DataFrame
        As :func:`slpi.territoriality.described` returns them.
    rows : DataFrame
        label and family, indexed by unit; their order is kept. A row without a mark is silence.
    panels : mapping
        Traits with a scale, and what each is read on.
    named : sequence of str
        Traits that are only named: a last panel has a column for each.
    """
    widths = [1.0] * len(panels) + [0.42 * len(named)] * bool(named)
    shape = ((1.4 if named else 1.75) * sum(widths) + 2.5, 0.29 * len(rows) + 1.35)
    fig, axes = plt.subplots(1, len(widths), figsize=shape, sharey=True, width_ratios=widths, layout="constrained")
    at = {unit: y for y, unit in enumerate(rows.index)}
    under = {panel: textwrap.fill(text, 34) for panel, text in panels.items()}
    pad = max(6 + 9 * (text.count("\n") + 1) * bool(text) for text in under.values())
    for ax, panel in zip(axes, panels, strict=False):
        _ground(ax, rows)
        here = cells[cells["panel"] == panel].set_index("unit")
        for unit, y in at.items():
            family = rows["family"][unit]
            if unit not in here.index:
                ax.text(0.5, y, "silent", ha="center", va="center", fontsize=7, style="italic", color="#9A9A9A")
            elif np.isnan((cell := here.loc[unit])["value"]):
                ax.text(0.5, y, "named, no strength", ha="center", va="center", fontsize=7, color="#444444")
            else:
                ax.plot([cell["low"], cell["high"]], [y, y], color=COLOURS[family], linewidth=2, alpha=0.55, zorder=2)
                face = "white" if len(cell["documents"]) == 1 else COLOURS[family]
                ax.plot(cell["value"], y, MARKERS[family], color=COLOURS[family], markerfacecolor=face, markersize=6.5, zorder=3)
                ax.annotate(f"{cell['passages']}", (1.06, y), va="center", ha="left", fontsize=7, color=_GREY, annotation_clip=False)
        ax.set_title(panel, fontsize=9, pad=pad)
        ax.annotate(under[panel], (0, 1), (0, 3), "axes fraction", "offset points", fontsize=6.8, color="#444444")
        ax.set_xlim(-0.06, 1.06)
        ax.set_xticks([0, 0.33, 0.67, 1], ["0", "⅓", "⅔", "1"])
    if named:
        _named_panel(axes[-1], cells, rows, named, pad)
    axes[0].set_yticks(range(len(rows)), [literal(label) for label in rows["label"]])
    axes[0].set_ylim(len(rows) - 0.5, -0.6)
    scale = "strength on the scale of the codebook: 0 denied, ⅓ in some cases, ⅔ frequent or important, 1 constitutive"
    drawn = rows["family"][cells["unit"].unique()]
    _legend(fig, drawn, [("o", _GREY, "two authors or more"), ("o", "white", "one author alone")], scale)
    return finish(fig, title, status, width=round(11 * shape[0]))


def _ground(ax: Axes, rows: pd.DataFrame) -> None:
    """A thin line a row, and a stronger one between families."""
    families = list(rows["family"])
    for y, family in enumerate(families):
        ax.axhline(y, color="#ECECEC", linewidth=0.7, zorder=0)
        if y and family != families[y - 1]:
            ax.axhline(y - 0.5, color="#B5B5B5", linewidth=0.8, zorder=0)
    ax.tick_params(axis="y", length=0)
    sns.despine(ax=ax, left=True)


def _named_panel(ax: Axes, cells: pd.DataFrame, rows: pd.DataFrame, named: Sequence[str], pad: float) -> None:
    _ground(ax, rows)
    at = {unit: y for y, unit in enumerate(rows.index)}
    for cell in cells[cells["panel"].isin(named)].itertuples():
        family = rows["family"][cell.unit]
        face = "white" if len(cell.documents) == 1 else COLOURS[family]
        ax.plot(named.index(cell.panel), at[cell.unit], MARKERS[family], color=COLOURS[family], markerfacecolor=face, markersize=6.5)
    ax.set_title("only named", fontsize=9, pad=pad)
    ax.set_xlim(-0.5, len(named) - 0.5)
    ax.set_xticks(range(len(named)), list(named), rotation=35, ha="right", rotation_mode="anchor")


def _legend(fig: Figure, families: Iterable[str], marks: Iterable[tuple[str, str, str]], title: str | None = None) -> None:
    """Families and marks below the axes, under what the axes measure."""
    families = set(families)
    handles = [
        Line2D([], [], marker=MARKERS[f], color=COLOURS[f], linestyle="none", markersize=6, label=FAMILY_NAMES[f])
        for f in COLOURS
        if f in families
    ]
    handles += [
        Line2D([], [], marker=m, color=_GREY, markerfacecolor=face, linestyle="none", markersize=6, label=la) for m, face, la in marks
    ]
    fig.legend(
        handles=handles, frameon=False, loc="outside lower center", ncols=3, columnspacing=1.4, fontsize=7.5, title=title, title_fontsize=8
    )


def resource_grid(entries: pd.DataFrame, labels: Mapping[str, str], speakers: Mapping[str, str], *, title: str, status: str) -> Figure:
    """Resources and assets in columns, specific, of unsaid kind and generic in rows; each entry a coded passage with its locator.

    ``entries`` is what :func:`slpi.territoriality.resources` returns. A full mark is stated or reported, a hollow one inferred or
    supposed by the author, a question mark stands where certainty is low or another reading open; a definition that names no form has a
    dash.
    """
    kinds, columns = ["specific", "unsaid", "generic"], ["resource", "asset"]
    heads = {"specific": "specific", "unsaid": "kind not said", "generic": "generic"}
    under = {"resource": "resource\n(latent reserve)", "asset": "asset\n(in use, exchanged)"}
    step, tall = 0.235, {}
    said = {(k, c): _entries(entries[(entries["kind"] == k) & (entries["column"] == c)], labels, speakers) for k in kinds for c in columns}
    for kind in kinds:
        tall[kind] = step * max(1, *(len(said[kind, column]) for column in columns)) + 0.22
    fig = plt.figure(figsize=(8.6, sum(tall.values()) + 0.75))
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, 8.6), ylim=(-0.1, sum(tall.values()) + 0.65))
    ax.set_axis_off()
    left = {"resource": 1.15, "asset": 4.95}
    y = sum(tall.values())
    for column, x in left.items():
        ax.text(x, y + 0.08, under[column], fontsize=9, fontweight="bold", va="bottom")
    for kind in kinds:
        ax.plot([0, 8.6], [y, y], color="#888888", linewidth=1 if kind == "specific" else 0.6)
        ax.text(0.05, y - tall[kind] / 2, heads[kind], fontsize=9, fontweight="bold", va="center")
        for column, x in left.items():
            for i, (text, family, full) in enumerate(said[kind, column]):
                line = y - 0.2 - i * step
                if family:
                    face = COLOURS[family] if full else "white"
                    ax.plot(x + 0.06, line, MARKERS[family], color=COLOURS[family], markerfacecolor=face, markersize=6)
                else:
                    ax.plot([x, x + 0.12], [line, line], color=_GREY, linewidth=1.4)
                ax.text(x + 0.22, line, literal(text), fontsize=7.6, va="center")
            if not said[kind, column]:
                ax.text(x + 0.22, y - 0.2, "no passage", fontsize=7.6, va="center", style="italic", color="#9A9A9A")
        y -= tall[kind]
    ax.plot([4.78, 4.78], [0, sum(tall.values())], color="#BBBBBB", linewidth=0.6)
    ax.plot([0, 8.6], [0, 0], color="#888888", linewidth=1)
    handles = [
        Line2D([], [], marker=MARKERS[f], color=COLOURS[f], linestyle="none", markersize=6, label=FAMILY_NAMES[f])
        for f in COLOURS
        if f in set(entries.loc[entries["status"] != "defined", "family"])
    ]
    for face, label in ((_GREY, "full: stated or reported"), ("white", "hollow: inferred or supposed")):
        handles.append(Line2D([], [], marker="o", color=_GREY, markerfacecolor=face, linestyle="none", markersize=6, label=label))
    handles.append(Line2D([], [], color=_GREY, linewidth=1.4, label="a definition, of no form"))
    handles.append(Line2D([], [], marker="$?$", color=_GREY, linestyle="none", markersize=6, label="low certainty, or another reading"))
    fig.legend(handles=handles, frameon=False, loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=3, fontsize=7.5)
    return finish(fig, title, status, width=98)


def _entries(part: pd.DataFrame, labels: Mapping[str, str], speakers: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """What is written for each passage, its family (blank: a definition), and whether a text says it."""
    found = []
    for row in part.sort_values("family", key=lambda f: f.map(list(COLOURS).index), kind="stable").itertuples():
        where = f"{speakers[row.document_id]} {row.locator}"
        doubt = " ?" if row.certainty == "low" or isinstance(row.alt, str) else ""
        text = f"by definition, {where}" if row.status == "defined" else f"{labels[row.unit_id]}, {where}{doubt}"
        found.append((text, "" if row.status == "defined" else row.family, row.status in ("asserted", "reported")))
    return found


def voice_strips(passages: pd.DataFrame, families: Mapping[str, str], speakers: Mapping[str, str], *, title: str, status: str) -> Figure:
    """A strip for each family and text: passages that tell closure on the left, openness on the right, each with its range.

    Parameters
    ----------
    passages : DataFrame
        As :func:`slpi.territoriality.openness` returns them. A row in words stands hollow at the end of its side.
    families : mapping
        Form family of each unit.
    speakers : mapping
        Who speaks in each text.
    """
    strips = [(*key, part, _levels(part)) for key, part in passages.groupby(["unit", "document_id"], sort=False)]
    tall = sum(max(levels) + 1.9 for *_, levels in strips)
    fig, ax = plt.subplots(figsize=(8.4, 0.19 * tall + 1.4), layout="constrained")
    y, at, last = 0.0, [], ""
    for unit, document, part, levels in strips:
        if last:
            ax.axhline(y, color="#888888" if unit != last else "#E0E0E0", linewidth=0.8, zorder=0)
        last, colour, marker = unit, COLOURS[families[unit]], MARKERS[families[unit]]
        for row, level in zip(part.itertuples(), levels, strict=True):
            sign, line = 1 if row.axis == "open" else -1, y + 0.95 + level
            if np.isnan(row.value):
                ax.plot(sign * _IN_WORDS, line, marker, color=colour, markerfacecolor="white", markersize=6)
            else:
                ax.plot([sign * row.low, sign * row.high], [line, line], color=colour, linewidth=2, alpha=0.5, zorder=2)
                ax.plot(sign * row.value, line, marker, color=colour, markersize=6, zorder=3)
        at.append((y + 0.95 + max(levels) / 2, f"{unit}: {speakers[document]}"))
        y += max(levels) + 1.9
    ax.axvline(0, color="#888888", linewidth=1, zorder=1)
    ax.set_yticks([place for place, _ in at], [literal(label) for _, label in at])
    ax.tick_params(axis="y", length=0)
    sns.despine(ax=ax, left=True)
    ax.set_ylim(y, 0)
    ax.set_xlim(-_IN_WORDS - 0.08, _IN_WORDS + 0.08)
    scale = {0.33: "⅓", 0.67: "⅔", 1: "1", _IN_WORDS: "in\nwords"}
    ticks = {-place: name for place, name in scale.items()} | {0: "0"} | scale
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.set_xlabel("← closure: growth stays in a bounded area      strength      openness: links, exports, several territories →")
    _legend(fig, families.values(), [("o", _GREY, "a passage, with its range of readings"), ("o", "white", "a passage in words")])
    return finish(fig, title, status, width=94)


#: Where passages without a strength stand, left and right.
_IN_WORDS = 1.3


def _levels(part: pd.DataFrame) -> list[int]:
    """A line for each passage of a strip; both sides fill from the top."""
    return list(part.groupby("axis").cumcount())
