"""The figures of the chapter on policy."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from slpi.figures import COLOURS, MARKERS, finish, literal
from slpi.labelling import LabelTest
from slpi.maps import Fill, Mark

#: The four states of an area: dark where both, two middle tones that a hatch tells apart, light where neither.
FILLS = {
    "labelled and detected": Fill("#1F3A52"),
    "labelled only": Fill("#9DB2C4"),
    "detected only": Fill("#F1D9A9", "//////"),
    "neither": Fill("#F6F6F6"),
}
NAMED = {"named in a text (documented)": Mark("o", "#222222", "white", 4.5)}
_WITHIN, _FREE = "#7C93A6", "#D5DCE2"


def null_ranges(tests: Mapping[str, tuple[LabelTest, LabelTest]], *, title: str, status: str) -> Figure:
    """For each rule of detection the share of detected areas that is labelled, above what two nulls give.

    ``tests`` maps the name of a rule to the test within strata and the one without.
    """
    fig, ax = plt.subplots(figsize=(7.8, 0.62 * len(tests) + 1.3), layout="constrained")
    for y, (within, free) in enumerate(tests.values()):
        n = within.overlap.detected
        for test, shift, colour in ((within, 0.16, _WITHIN), (free, -0.16, _FREE)):
            ax.barh(y + shift, (test.high - test.low) / n, left=test.low / n, height=0.24, color=colour, edgecolor="#555555", linewidth=0.6)
            ax.plot([test.expected / n] * 2, [y + shift - 0.12, y + shift + 0.12], color="#222222", linewidth=1.2)
        ax.plot(within.overlap.recall, y, "D", color="#222222", markersize=6.5, zorder=3)
        said = f"{within.overlap.both:.0f} of {n:.0f}   p {_p(within)} (size kept), {_p(free)} (free)"
        ax.text(1.02, y, said, va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.set_yticks(range(len(tests)), [literal(name) for name in tests])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(tests) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    ax.set_xlabel("share of the detected EPCI that are labelled")
    handles = [
        Line2D([], [], marker="D", color="#222222", linestyle="none", markersize=6, label="observed"),
        Patch(facecolor=_FREE, edgecolor="#555555", linewidth=0.6, label="by chance, contiguous sets"),
        Patch(facecolor=_WITHIN, edgecolor="#555555", linewidth=0.6, label="and of the same industrial size"),
    ]
    ax.legend(handles=handles, frameon=False, loc="lower center", bbox_to_anchor=(0.55, 1.0), ncols=3, columnspacing=1.4)
    return finish(fig, title, status, width=92)


def _p(test: LabelTest) -> str:
    return f"{test.p:.3f}".rstrip("0") if test.p < 0.1 else f"{test.p:.2f}"


def policy_timeline(events: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Events in lanes, one line each: a bar where it lasts, an arrow where no end is said, a hollow mark where texts disagree on the date.

    ``events`` has the columns lane, label, family, start, end (years, missing where undated), conflict (text, blank for none), open.
    """
    low, high = events["start"].min(), events["end"].max()
    fig, ax = plt.subplots(figsize=(8.6, 0.2 * (len(events) + 1.9 * events["lane"].nunique()) + 0.7), layout="constrained")
    y = 0.0
    for lane, part in events.groupby("lane", sort=False):
        ax.text(low - 1, y, literal(lane), ha="left", va="center", fontsize=8.2, fontweight="bold")
        ax.axhline(y + 0.5, color="#DDDDDD", linewidth=0.7, zorder=0)
        for event in part.itertuples():
            y += 1
            _draw_event(ax, y, event, high)
        y += 1.3
    ax.set_ylim(y - 0.4, -0.7)
    ax.set_xlim(low - 2, low + (high - low) * 2.35)
    ax.set_xticks(np.arange(np.ceil(low / 10) * 10, high + 1, 10))
    ax.set_xlabel("year", loc="left")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_bounds(low, high)
    return finish(fig, title, status, width=96)


def _draw_event(ax: Axes, y: float, event: Any, high: float) -> None:
    note = f"   ⚠ {event.conflict}" if event.conflict else ""
    label = event.label if len(event.label + note) <= 96 else _cut(event.label, 96 - len(note))
    if np.isnan(event.start):
        label = _cut(event.label, 92)
        ax.text(high + 3, y, literal(f"no date: {label}"), va="center", fontsize=7, fontstyle="italic", color="#555555")
        return
    colour, end = COLOURS.get(event.family, COLOURS["other"]), event.end
    if event.open:
        end = event.start + 6
        ax.annotate("", (end, y), (event.start, y), arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.6})
    elif event.end > event.start:
        ax.plot([event.start, event.end], [y, y], color=colour, linewidth=3, solid_capstyle="round", alpha=0.7)
    face = "white" if event.conflict else colour
    ax.plot(event.start, y, MARKERS.get(event.family, "X"), color=colour, markerfacecolor=face, markersize=5.5)
    ax.annotate(literal(label + note), (end, y), xytext=(7, 0), textcoords="offset points", va="center", fontsize=7)


def _cut(text: str, longest: int) -> str:
    """The text without its last brackets, or cut at a word."""
    bare = text.split(" (")[0]
    return bare if len(bare) <= longest else bare[:longest].rsplit(" ", 1)[0] + " …"
