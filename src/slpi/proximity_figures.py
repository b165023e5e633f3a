"""The figures of the chapter on proximities: maps, tables of correlations, curves of reach, the fit by distance, odds ratios."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from slpi.figures import finish, literal
from slpi.financing import LAYER_NAMES
from slpi.labelled import Square

#: A layer keeps its colour, dash and mark wherever it is drawn; the darkest is production. None is a colour of a form family.
LAYERS = {
    "productive": ("#1A1A1A", "-", "o"),
    "equity": ("#B8860B", "--", "D"),
    "funder": ("#56B4E9", "-.", "s"),
    "finance": ("#8C6D9E", (0, (1, 1)), "v"),
    "institutional": ("#7A9E3B", (0, (5, 1)), "P"),
    "knowledge": ("#C06A6A", (0, (3, 1, 1, 1)), "X"),
    "thematic": ("#9A9A9A", (0, (1, 2)), "h"),
}
MOST_VECTORS = 3000  # ties that are drawn as lines; more are drawn as pixels


def _nothing(title: str, status: str, said: str) -> Figure:
    fig, ax = plt.subplots(figsize=(7.2, 1.2), layout="constrained")
    ax.set_axis_off()
    ax.text(0.5, 0.5, said, ha="center", va="center", style="italic", color="#555555")
    return finish(fig, title, status, width=84)


def layer_maps(firms: pd.DataFrame, layers: Mapping[str, Square], *, title: str, status: str) -> Figure:
    """Firms as dots and ties as lines, a map a layer, all in one frame."""
    if not layers:
        return _nothing(title, status, "no layer has a tie")
    xy = firms[["x", "y"]].to_numpy(float) / 1000
    xy = xy - xy.min(axis=0)
    names = list(layers)
    across = min(3, len(names))
    down = -(-len(names) // across)
    wide, high = np.maximum(np.ptp(xy, axis=0), 1e-3)
    panel = 8.4 / across
    tall = float(np.clip(panel * high / wide, 1.2, 4.6))
    fig, axes = plt.subplots(down, across, figsize=(8.4, (tall + 0.35) * down + 0.25), layout="constrained", squeeze=False)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    for ax, name in zip(axes.flat, names, strict=False):
        colour, dash, _ = LAYERS[name]
        rows, columns = layers[name].values.tocoo().coords
        many = len(rows) > MOST_VECTORS
        strength = float(np.clip(120 / np.sqrt(len(rows) + 1), 2, 10)) / 10
        lines = LineCollection(np.stack([xy[rows], xy[columns]], axis=1), colors=colour, linestyles="-" if many else dash)
        lines.set(linewidth=0.3 + 0.6 * strength, alpha=0.15 + 0.7 * strength, rasterized=many)
        ax.add_collection(lines)
        ax.plot(
            *xy.T,
            "o",
            color="#555555",
            markersize=1.6 if len(xy) < 500 else 0.8,
            markeredgewidth=0,
            zorder=3,
            rasterized=len(xy) > MOST_VECTORS,
        )
        ax.set_title(LAYER_NAMES.get(name, name), fontsize=9, loc="left")
        ax.set_aspect("equal")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.set_xlim(-0.03 * wide, 1.03 * wide)
        ax.set_ylim(-0.06 * high, 1.03 * high)
    bar = _round_length(wide / 4)
    ax = axes.flat[0]
    ax.plot([0, bar], [-0.03 * high] * 2, color="#222222", linewidth=2, solid_capstyle="butt")
    ax.text(bar * 1.06, -0.03 * high, f"{bar:g} km", va="center", fontsize=7.5)
    return finish(fig, title, status, width=92)


def _round_length(km: float) -> float:
    power = 10 ** np.floor(np.log10(km))
    return float(power * max(step for step in (1, 2, 5) if step * power <= km))


def correlation_table(correlations: pd.DataFrame | None, vif: pd.Series | None, *, title: str, status: str) -> Figure:
    """Correlations of proximities over pairs, lower triangle, and the variance inflation factor of each at the end of its row."""
    if correlations is None or vif is None:
        return _nothing(title, status, "fewer than two proximities tell pairs of firms apart")
    names, n = list(correlations), len(correlations)
    fig, ax = plt.subplots(figsize=(1.0 * n + 2.4, 0.5 * n + 0.7), layout="constrained")
    shown = correlations.where(np.tril(np.ones((n, n), bool), -1)).to_numpy()
    ax.imshow(np.abs(shown), cmap="Greys", vmin=0, vmax=1.2, aspect="auto")
    for i in range(n):
        for j in range(i):
            dark = abs(shown[i, j]) > 0.6
            ax.text(
                j, i, f"{shown[i, j]:.2f}".replace("-", "−"), ha="center", va="center", fontsize=9, color="white" if dark else "#222222"
            )
        ax.text(n - 0.3, i, "∞" if np.isinf(vif[names[i]]) else f"{vif[names[i]]:.2f}", ha="center", va="center", fontsize=9)
    ax.text(n - 0.3, -0.75, "VIF", ha="center", va="center", fontsize=8, style="italic")
    ax.set_xticks(range(n - 1), names[:-1])
    ax.set_yticks(range(n), names)
    ax.set_xlim(-0.5, n + 0.1)
    ax.set_ylim(n - 0.5, -1.0)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return finish(fig, title, status, width=int(9.6 * n + 18))


def reach_curves(reach: pd.DataFrame, radius_km: float, *, title: str, status: str) -> Figure:
    """Share of each layer's ties within r km, with the range over redrawn firms; all pairs of firms as a dotted line."""
    fig, ax = plt.subplots(figsize=(7.6, 3.7), layout="constrained")
    ends = []
    for name, rows in reach.groupby("layer", sort=False):
        colour, dash, _ = LAYERS.get(str(name), ("#8A8A8A", ":", "."))
        km = rows["km"].to_numpy()
        if name != "all pairs":
            ax.fill_between(km, rows["low"], rows["high"], color=colour, alpha=0.13, linewidth=0)
        ax.plot(km, rows["share"], color=colour, linestyle=dash, linewidth=1.8 if name != "all pairs" else 1.3)
        ends.append((str(name), colour, km, rows["share"].to_numpy(), int(rows["ties"].iloc[0])))
    ax.axvline(radius_km, color="#BBBBBB", linewidth=0.9, zorder=0)
    ax.text(radius_km, 1.03, f"{radius_km:g} km", ha="center", fontsize=7.5, color="#666666")
    # Labels stand right of the frame at the heights where the curves part most, spread so that none overlaps.
    at = float(reach["km"].max())
    ordered = sorted(ends, key=lambda end: float(np.interp(radius_km, end[2], end[3])))
    heights = _spread([float(np.interp(radius_km, end[2], end[3])) for end in ordered], 0.085)
    for (name, colour, km, share, ties), height in zip(ordered, heights, strict=True):
        where = float(np.interp(radius_km, km, share))
        ax.plot([radius_km, at * 1.02], [where, height], color=colour, linewidth=0.5, alpha=0.6, clip_on=False)
        label = f"{LAYER_NAMES.get(name, name)} ({ties:,}): {100 * where:.0f} %"
        ax.text(at * 1.03, height, label, va="center", fontsize=8, color="#222222")
    ax.set_xlim(0, at)
    ax.set_ylim(0, 1.01)
    ax.set_yticks(np.arange(0, 1.01, 0.25), ["0", "25", "50", "75", "100"])
    ax.set_xlabel("distance between the two firms, km")
    ax.set_ylabel("ties within, per cent")
    return finish(fig, title, status, width=92)


def _spread(heights: Sequence[float], apart: float) -> list[float]:
    """Rising heights, moved as little as needed to be so far apart, within 0 and 1."""
    found: list[float] = []
    for height in heights:
        found.append(max(height, found[-1] + apart) if found else height)
    over = max(0.0, (found[-1] if found else 0.0) - 1.0)
    for i in range(len(found) - 1, -1, -1):
        found[i] = min(found[i], 1.0 if i == len(found) - 1 else found[i + 1] - apart) if over else found[i]
    return found


def fit_bands(bands: pd.DataFrame, *, title: str, status: str) -> Figure:
    """Share of pairs with a productive tie by distance: seen, and as the model has it with two standard deviations."""
    if bands.empty:
        return _nothing(title, status, "no model of productive ties could be fitted")
    fig, ax = plt.subplots(figsize=(7.2, 3.0), layout="constrained")
    share, spread = bands["expected"] / bands["pairs"], 2 * bands["sd"] / bands["pairs"]
    ax.fill_between(bands["km"], np.maximum(share - spread, 0) * 100, (share + spread) * 100, color="#C9C9C9", linewidth=0)
    ax.plot(bands["km"], share * 100, color="#777777", linewidth=1.3)
    ax.plot(bands["km"], bands["ties"] / bands["pairs"] * 100, "o", color=LAYERS["productive"][0], markersize=5)
    last = bands.iloc[-1]
    ax.annotate(
        "seen",
        (bands["km"].iloc[0], bands["ties"].iloc[0] / bands["pairs"].iloc[0] * 100),
        xytext=(8, 2),
        textcoords="offset points",
        fontsize=8,
    )
    ax.annotate(
        "model, two standard deviations either way",
        (last["km"], 100 * last["expected"] / last["pairs"]),
        xytext=(0, 14),
        textcoords="offset points",
        ha="right",
        fontsize=8,
    )
    ax.set_ylim(bottom=0)
    ax.set_xlabel("distance between the two firms, km (middle of the band)")
    ax.set_ylabel("pairs tied, per cent")
    return finish(fig, title, status, width=84)


def odds_forest(rows: pd.DataFrame, labels: Sequence[str], *, title: str, status: str) -> Figure:
    """Odds ratios with their intervals on a logarithmic axis, 1 for none; what could not be tested says why."""
    known = rows["why"] == ""
    fig, ax = plt.subplots(figsize=(7.8, 0.34 * len(rows) + 0.95), layout="constrained")
    ends = rows.loc[known, ["odds", "low", "high"]].to_numpy(float).ravel()
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = (max(ends.min() / 1.3, 0.05), min(ends.max() * 1.3, 60.0)) if len(ends) else (0.5, 2.0)
    low, high = min(low, 0.7), max(high, 1.5)
    ax.axvline(1, color="#888888", linewidth=1)
    for y, ((_, row), seen) in enumerate(zip(rows.iterrows(), known, strict=True)):
        if not seen:
            ax.text(1, y, f"  {literal(row['why'])}", va="center", fontsize=7.5, style="italic", color="#666666")
            continue
        _interval(ax, y, row, low, high)
        told = f"{row['joint']:.0f} joint, {row['expected']:.1f} expected"
        ax.text(1.01, y, told, va="center", fontsize=7.5, transform=ax.get_yaxis_transform())
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= tick <= high]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels([f"{tick:g}" for tick in ticks])
    ax.set_yticks(range(len(rows)), [literal(label) for label in labels])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlabel("odds ratio of a financial tie where there is a productive one (95 %), logarithmic axis")
    return finish(fig, title, status, width=92)


def _interval(ax: Axes, y: float, row: pd.Series, low: float, high: float) -> None:
    """A line from end to end, with an arrow where an end lies beyond the axis."""
    left, right = max(row["low"], low), min(row["high"], high)
    ax.plot([left, right], [y, y], color=LAYERS["equity"][0], linewidth=2, alpha=0.75)
    for end, beyond, mark in ((left, row["low"] < low, "<"), (right, row["high"] > high, ">")):
        if beyond:
            ax.plot(end, y, mark, color=LAYERS["equity"][0], markersize=5, clip_on=False)
    if low <= row["odds"] <= high:
        ax.plot(row["odds"], y, "D", color="#1A1A1A", markersize=5)
