"""Maps of metropolitan France: areas filled by class or category, places marked and labelled on them.

One way for all chapters: few classes and no continuous bar, one hue that darkens with the value (colours are kept for the families of
forms), hatches where categories have no order, Corsica in its place, Paris and its neighbours again in a larger inset.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.typing import LineStyleType

from slpi.figures import apart, finish, label_points, literal
from slpi.labelled import refuse, require, require_unique

#: The lightest and the darkest fill; classes lie between.
LIGHT, DARK = "#EEF1F4", "#1F3A52"
#: West, south, east, north of Paris and its neighbours, and of the box in which they are drawn again; Lambert-93, metres.
PARIS, INSET = (632e3, 6838e3, 674e3, 6876e3), (95e3, 6925e3, 305e3, 7115e3)
_INK, _THIN, _NONE = "#222222", "#8A8A8A", "no data"
_STYLES: tuple[LineStyleType, ...] = ("-", (0, (4, 2)), (0, (1, 1.2)))


class Fill(NamedTuple):
    """How the areas of a category are filled; ``hatch`` as in matplotlib."""

    colour: str
    hatch: str = ""


class Mark(NamedTuple):
    """How the places of a kind are marked; ``face`` white makes it hollow, none fills it; ``size`` in points."""

    marker: str = "o"
    colour: str = _INK
    face: str | None = None
    size: float = 5.5


#: Categories of local association (LISA): dark where like meets like, hatched where the value is low, so that they also differ in grey.
LISA = {
    "high-high": Fill("#1F3A52"),
    "high-low": Fill("#7C93A6"),
    "low-high": Fill("#D9CDBB", "////"),
    "low-low": Fill("#B39B77", "xxxx"),
    "not significant": Fill("#F6F6F6"),
}


def classed(values: pd.Series, edges: Sequence[float], *, digits: int = 0) -> pd.Series:
    """Values in classes with names that a legend can bear.

    Parameters
    ----------
    values : Series
        Numbers; a missing one stays missing.
    edges : sequence of float
        Where a class ends and the next begins, one to five of them, rising. A value on an edge belongs to the class above.
    digits : int
        Decimals in the names.

    Returns
    -------
    Series of ordered categories, indexed as ``values``

    Raises
    ------
    ValueError
        If edges do not rise, or are none or more than five.

    Examples
    --------
    >>> classed(pd.Series([0, 4, 12]), [1, 5, 10]).to_list()
    ['0', '1 to 4', '10 and more']
    """
    require(1 <= len(edges) <= 5 and all(a < b for a, b in pairwise(edges)), f"edges: {list(edges)}; one to five that rise are needed")
    whole = bool((values.dropna() % 1 == 0).all()) and all(edge % 1 == 0 for edge in edges)
    said = [f"{edge:,.{digits}f}" for edge in edges]
    names = [_span(a, b, low, high, whole) for (a, b), (low, high) in zip(pairwise(edges), pairwise(said), strict=True)]
    lowest = _span(0, edges[0], "0", said[0], whole) if whole and values.min() >= 0 else f"under {said[0]}"
    bins = [-np.inf, *map(float, edges), np.inf]
    return pd.Series(pd.cut(values, bins, right=False, labels=[lowest, *names, f"{said[-1]} and more"]), values.index)


def _span(a: float, b: float, low: str, high: str, whole: bool) -> str:
    if whole:
        return f"{a:,.0f}" if b - a == 1 else f"{a:,.0f} to {b - 1:,.0f}"
    return f"{low} to {high}"


def shades(names: Sequence[str]) -> dict[str, Fill]:
    """A fill for each class, from light to dark."""
    ramp = LinearSegmentedColormap.from_list("shades", [LIGHT, DARK])
    return {name: Fill(to_hex(ramp(at))) for name, at in zip(names, np.linspace(0, 1, len(names)), strict=True)}


def choropleth(
    shapes: Any,
    values: pd.Series,
    *,
    legend: str,
    title: str,
    status: str,
    classes: Sequence[float] | Mapping[str, Fill] = (),
    digits: int = 0,
    borders: Any = None,
    outlines: Mapping[str, Any] | None = None,
    places: pd.DataFrame | None = None,
    marks: Mapping[str, Mark] | None = None,
    inset: bool = True,
) -> Figure:
    """Draw areas of metropolitan France by the class or category of a value.

    Parameters
    ----------
    shapes : GeoDataFrame, indexed by area
        Outlines in Lambert-93 (EPSG:2154).
    values : Series, indexed by area
        Numbers, ordered categories as :func:`classed` gives them, or names of categories. An area without a value is dotted as *no data*.
    legend : str
        What the value is, with its unit: the head of the legend.
    classes : sequence of float, or mapping
        Of numbers, where classes end (see :func:`classed`); of categories, the :class:`Fill` of each, in the legend's order.
    digits : int
        Decimals in the names of classes.
    borders : GeoDataFrame, optional
        Thin lines on top, as those of the départements under smaller areas.
    outlines : mapping, optional
        Thick lines on top: what the legend says, and a GeoDataFrame; the first is solid, the second dashed, the third dotted.
    places : DataFrame, optional
        x, y (metres, Lambert-93), label (blank for none), and kind where ``marks`` tells several apart.
    marks : mapping, optional
        The :class:`Mark` of each kind of place, in the legend's order; the kind's name is what the legend says.
    inset : bool
        Whether Paris and its neighbours are drawn again, larger. Places there are marked in the inset only.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a value is of an area without an outline or of no category, shapes are not in Lambert-93, or a place is of no kind; names the
        first five.
    """
    require(shapes.crs is not None and shapes.crs.to_epsg() == 2154, f"shapes: in {shapes.crs}; EPSG:2154 is needed (to_crs)")
    require_unique(shapes.index, "shapes")
    shapes = shapes[shapes.geometry.notna() & ~shapes.geometry.is_empty]
    refuse([area for area in values.index if area not in shapes.index], "values: areas without an outline: ", "; leave overseas areas out")
    if isinstance(classes, Mapping):
        fills = dict(classes)
    else:
        values = values if isinstance(values.dtype, pd.CategoricalDtype) else classed(values, classes, digits=digits)
        fills = shades([str(name) for name in values.cat.categories])
    category = values.astype(object).reindex(shapes.index)
    refuse(sorted({str(name) for name in category.dropna()} - {*fills}), "values: categories without a fill: ")
    if category.isna().any():
        category, fills = category.fillna(_NONE), {**fills, _NONE: Fill("#FFFFFF", "....")}
    marks = marks or {"": Mark()}
    spots = pd.DataFrame(columns=["x", "y", "label", "kind"]) if places is None else places.reset_index(drop=True)
    spots = spots if "kind" in spots else spots.assign(kind=next(iter(marks)))
    refuse(sorted({*spots["kind"]} - {*marks}), "places: kinds without a mark: ")

    lines = list(zip((outlines or {}).items(), _STYLES, strict=False))
    require(len(lines) == len(outlines or {}), f"outlines: {len(outlines or {})}; at most {len(_STYLES)} can be told apart")
    west, south, east, north = shapes.total_bounds + np.array([-90e3, -10e3, 60e3, 30e3])
    fig = plt.figure(figsize=(8.4, 8.4 * (north - south) / (east - west)))
    ax = fig.add_axes((0, 0, 1, 1), xlim=(west, east), ylim=(south, north))
    ax.set_axis_off()
    _fill(ax, _simple(shapes), category, fills)
    if borders is not None:
        _simple(borders).boundary.plot(ax=ax, color=_INK, linewidth=0.5, aspect=None, zorder=2)
    for (_, drawn), style in lines:
        _simple(drawn).boundary.plot(ax=ax, color=_INK, linewidth=1.4, linestyle=style, aspect=None, zorder=2)
    near = _inset(ax) if inset else ax
    if inset:
        _fill(near, shapes.cx[PARIS[0] : PARIS[2], PARIS[1] : PARIS[3]], category, fills)

    sizes, kinds = category.value_counts(), [kind for kind in marks if kind and kind in set(spots["kind"])]
    handles: list[Any] = [
        Patch(facecolor=fill.colour, edgecolor=_edge(fill), hatch=fill.hatch or None, label=f"{literal(name)}  ({sizes.get(name, 0)})")
        for name, fill in fills.items()
    ]
    handles += [Line2D([], [], color=_INK, linewidth=1.4, linestyle=style, label=literal(name)) for (name, _), style in lines]
    handles += [Line2D([], [], linestyle="none", label=literal(kind), **_look(marks[kind])) for kind in kinds]
    key = ax.legend(
        handles=handles, title=literal(legend), loc="lower left", frameon=False, fontsize=7.5, title_fontsize=7.5, alignment="left"
    )
    key.get_title().set_fontweight("bold")
    taken = [key.get_window_extent().extents, *_scale(ax), *([near.get_window_extent().extents] if inset else [])]
    _mark(ax, near, spots, marks, taken)
    return finish(fig, title, status, width=92)


def _simple(shapes: Any) -> Any:
    """Outlines with the corners that a page can show; neighbours still share theirs."""
    import shapely

    return shapes.set_geometry(shapely.coverage_simplify(shapes.geometry.to_numpy(), 1500))


def _fill(ax: Axes, shapes: Any, category: pd.Series, fills: Mapping[str, Fill]) -> None:
    width = 0.5 if len(category) < 150 else 0.3
    for name, fill in fills.items():
        some = shapes[(category[shapes.index] == name).to_numpy()]
        if len(some):
            some.plot(ax=ax, facecolor=fill.colour, edgecolor=_edge(fill), linewidth=width, hatch=fill.hatch or None, aspect=None)
    ax.set(xlabel="", ylabel="")


def _edge(fill: Fill) -> str:
    """The colour of an outline, which is also that of a hatch."""
    return "#5E5E5E" if fill.hatch else _THIN


def _inset(ax: Axes) -> Axes:
    """A box with Paris in it, and lines to where it lies."""
    west, south, east, north = PARIS
    left, low, right, high = INSET
    near = ax.inset_axes((left, low, right - left, high - low), transform=ax.transData, xlim=(west, east), ylim=(south, north), zorder=2.4)
    near.set(xticks=[], yticks=[], facecolor="white")
    near.spines[:].set(visible=True, color=_INK, linewidth=0.8)
    ax.add_patch(Rectangle((west, south), east - west, north - south, fill=False, edgecolor=_INK, linewidth=0.8, zorder=2.3))
    for a, b in ((low, south), (high, north)):
        ax.plot([right, west], [a, b], color=_THIN, linewidth=0.6, zorder=2.3)
    return near


def _look(mark: Mark) -> dict[str, Any]:
    return {"marker": mark.marker, "color": mark.colour, "markerfacecolor": mark.face or mark.colour, "markersize": mark.size}


def _scale(ax: Axes) -> list[Any]:
    """A bar of 100 km in the south, and the boxes that it takes."""
    (_, east), (south, _) = ax.get_xlim(), ax.get_ylim()
    (bar,) = ax.plot([east - 330e3, east - 230e3], [south + 45e3] * 2, color=_INK, linewidth=2, solid_capstyle="butt")
    said = ax.text(east - 280e3, south + 52e3, "100 km", ha="center", va="bottom", fontsize=7.5)
    return [artist.get_window_extent().extents for artist in (bar, said)]


def _mark(ax: Axes, near: Axes, places: pd.DataFrame, marks: Mapping[str, Mark], taken: list[Any]) -> None:
    """Marks of the places, those around Paris in the inset, and labels that overlap nothing."""
    if places.empty:
        return
    x, y = places["x"].to_numpy(float), places["y"].to_numpy(float)
    inside = (x > PARIS[0]) & (x < PARIS[2]) & (y > PARIS[1]) & (y < PARIS[3]) & (near is not ax)
    at = np.where(inside[:, None], near.transData.transform(np.column_stack([x, y])), ax.transData.transform(np.column_stack([x, y])))
    named = places["label"].fillna("").ne("").to_numpy()
    at[named] = apart(at[named])
    seen = ax.transData.inverted().transform(at)
    for kind, mark in marks.items():
        some = seen[(places["kind"] == kind).to_numpy()]
        ring = [withStroke(linewidth=mark.size / 2.2, foreground="white")]
        ax.plot(*some.T, linestyle="none", path_effects=ring, zorder=3, **_look(mark))
    label_points(ax, at[named], places.loc[named, "label"], taken=taken)
