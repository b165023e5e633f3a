"""Maps: every area in its class, every place once, nothing over anything else."""

import itertools

import geopandas as gpd
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb
from shapely.geometry import box

from slpi import maps
from slpi.maps import LISA, PARIS, Fill, Mark, choropleth, classed, shades

TOP = {"legend": "plants", "title": "A finding of some length", "status": "measured"}
KM = 1000.0


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def squares() -> gpd.GeoDataFrame:
    """A hundred squares over France, one of them around Paris, by the names of their rows and columns."""
    cells = {
        f"{i}{j}": box(100e3 + 114e3 * i, 6050e3 + 106e3 * j, 214e3 + 114e3 * i, 6156e3 + 106e3 * j) for i in range(10) for j in range(10)
    }
    return gpd.GeoDataFrame(index=list(cells), geometry=list(cells.values()), crs=2154)


def values() -> pd.Series:
    return pd.Series(np.arange(100) % 12, squares().index)


def filled(ax) -> dict[str, int]:
    """How many areas have each colour."""
    found: dict[str, int] = {}
    for drawn in ax.collections:
        faces = drawn.get_facecolor()
        if len(faces):
            colour = to_hex(faces[0])
            found[colour] = found.get(colour, 0) + len(drawn.get_paths())
    return found


def key(fig) -> list[str]:
    legend = fig.axes[0].get_legend()
    return [legend.get_title().get_text(), *(text.get_text() for text in legend.get_texts())]


# Classes.


def test_classes_of_whole_numbers_are_named_by_the_numbers_in_them():
    found = classed(pd.Series([0, 1, 2, 4, 5, 99, np.nan]), [1, 2, 5])
    assert found.cat.categories.to_list() == ["0", "1", "2 to 4", "5 and more"]
    assert found.to_list()[:6] == ["0", "1", "2 to 4", "2 to 4", "5 and more", "5 and more"] and pd.isna(found.iloc[6])


def test_classes_of_other_numbers_are_named_by_their_ends():
    found = classed(pd.Series([-0.5, 0.25, 0.5, 1200.0]), [0.25, 0.5], digits=2)
    assert found.to_list() == ["under 0.25", "0.25 to 0.50", "0.50 and more", "0.50 and more"]
    assert classed(pd.Series([-3, 1]), [0, 5]).to_list() == ["under 0", "0 to 4"]
    assert classed(pd.Series([999, 5000]), [1000]).to_list() == ["0 to 999", "1,000 and more"]


@pytest.mark.parametrize("edges", [[], [2, 1], [1, 1], [1, 2, 3, 4, 5, 6]])
def test_edges_that_do_not_rise_or_are_too_many_are_refused(edges):
    with pytest.raises(ValueError, match="one to five that rise"):
        classed(pd.Series([1.0]), edges)


def test_shades_darken_with_the_class():
    grey = [np.dot(to_rgb(fill.colour), (0.2126, 0.7152, 0.0722)) for fill in shades(list("abcdef")).values()]
    assert (np.diff(grey) < -0.08).all()


def test_categories_of_local_association_differ_in_grey_or_by_their_hatch():
    for (_, a), (_, b) in itertools.combinations(LISA.items(), 2):
        apart = abs(np.dot(np.subtract(to_rgb(a.colour), to_rgb(b.colour)), (0.2126, 0.7152, 0.0722)))
        assert apart > 0.1 or a.hatch != b.hatch


# Areas.


def test_every_area_is_filled_by_its_class_and_the_legend_counts_them():
    fig = choropleth(squares(), values(), classes=[1, 4, 8], **TOP)
    sizes = classed(values(), [1, 4, 8]).value_counts(sort=False)
    fills = shades(list(sizes.index))
    assert filled(fig.axes[0]) == {fills[name].colour: n for name, n in sizes.items()}
    assert key(fig) == ["plants", *(f"{name}  ({n})" for name, n in sizes.items())]
    assert fig.get_suptitle() == TOP["title"] and "measured" in [text.get_text() for text in fig.texts]


def test_categories_have_their_fill_and_hatch_and_an_area_without_one_says_no_data():
    kinds = pd.Series([name for name, _ in zip(itertools.cycle(LISA), range(90), strict=False)], squares().index[:90])
    fig = choropleth(squares(), kinds, classes=LISA, **TOP)
    assert key(fig)[1:] == [*(f"{name}  (18)" for name in LISA), "no data  (10)"]
    hatches = {drawn.get_hatch() for drawn in fig.axes[0].collections}
    assert {fill.hatch for fill in LISA.values() if fill.hatch} | {"...."} <= hatches
    assert sum(filled(fig.axes[0]).values()) == 100


def test_classes_made_before_are_drawn_as_they_are():
    made = classed(values(), [6])
    assert key(choropleth(squares(), made, **TOP)) == key(choropleth(squares(), values(), classes=[6], **TOP))


def test_outlines_and_borders_lie_on_top_and_outlines_are_in_the_legend():
    some, more = squares().iloc[:3], squares().iloc[50:54]
    fig = choropleth(squares(), values(), classes=[6], borders=squares(), outlines={"labelled": some, "detected": more}, **TOP)
    assert key(fig)[3:] == ["labelled", "detected"]
    lines = [drawn for drawn in fig.axes[0].collections if not len(drawn.get_facecolor())]
    assert len(lines) == 3 and len({str(drawn.get_linestyle()) for drawn in lines}) == 2
    assert min(drawn.get_zorder() for drawn in lines) > 1


def test_areas_without_an_outline_are_left_out_and_their_values_refused():
    overseas = pd.concat([squares(), gpd.GeoDataFrame(index=["971"], geometry=[None], crs=2154)])
    assert sum(filled(choropleth(overseas, values(), classes=[6], **TOP).axes[0]).values()) == 100
    with pytest.raises(ValueError, match="values: areas without an outline: 971; leave overseas areas out"):
        choropleth(overseas, pd.Series({"971": 3}), classes=[6], **TOP)


def test_what_a_map_cannot_draw_is_refused_by_name():
    with pytest.raises(ValueError, match="shapes: in EPSG:4326; EPSG:2154 is needed"):
        choropleth(squares().to_crs(4326), values(), classes=[6], **TOP)
    with pytest.raises(ValueError, match="shapes: in None"):
        choropleth(gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), values(), classes=[6], **TOP)
    with pytest.raises(ValueError, match="shapes: label twice: 00"):
        choropleth(pd.concat([squares(), squares().head(1)]), values(), classes=[6], **TOP)
    with pytest.raises(ValueError, match="values: categories without a fill: odd"):
        choropleth(squares(), pd.Series({"00": "odd"}), classes={"even": Fill("#FFFFFF")}, **TOP)
    with pytest.raises(ValueError, match="places: kinds without a mark: guess"):
        choropleth(squares(), values(), classes=[6], places=places().assign(kind="guess"), marks={"hit": Mark()}, **TOP)
    with pytest.raises(ValueError, match="outlines: 4; at most 3"):
        choropleth(squares(), values(), classes=[6], outlines=dict.fromkeys("abcd", squares()), **TOP)


# Places.


def places() -> pd.DataFrame:
    """Thirty places, three of them around Paris, some near one another."""
    random = np.random.default_rng(3)
    x, y = random.uniform(250e3, 1000e3, 27), random.uniform(6200e3, 6850e3, 27)
    x, y = [*x, *(PARIS[0] + 10e3 * np.arange(1, 4))], [*y, *[PARIS[1] + 20e3] * 3]
    return pd.DataFrame({"x": x, "y": y, "label": [f"Place {i}" for i in range(30)], "kind": ["hit", "miss"] * 15})


def test_labels_overlap_neither_one_another_nor_legend_scale_and_inset():
    fig = choropleth(squares(), values(), classes=[6], places=places(), marks={"hit": Mark(), "miss": Mark(face="white")}, **TOP)
    fig.canvas.draw()
    ax = fig.axes[0]
    texts = [text for text in ax.texts if text.get_text()]
    assert sorted(text.get_text() for text in texts) == sorted([*places()["label"], "100 km"])
    boxes = [text.get_window_extent() for text in texts] + [ax.get_legend().get_window_extent(), ax.child_axes[0].get_window_extent()]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    assert key(fig)[3:] == ["hit", "miss"]


def test_places_around_paris_are_marked_in_the_inset_and_nowhere_else():
    fig = choropleth(
        squares(), values(), classes=[6], places=places(), **TOP | {"legend": "plants"}, marks={"hit": Mark(), "miss": Mark("s")}
    )
    ax = fig.axes[0]
    spots = np.vstack([line.get_xydata() for line in ax.lines if line.get_marker() in ("o", "s")])
    (west, south), (east, north) = maps.INSET[:2], maps.INSET[2:]
    inside = (spots[:, 0] > west) & (spots[:, 0] < east) & (spots[:, 1] > south) & (spots[:, 1] < north)
    assert len(spots) == 30 and inside.sum() == 3
    assert not ((abs(spots[:, 0] - 650e3) < 20e3) & (abs(spots[:, 1] - 6858e3) < 18e3)).any()
    flat = choropleth(squares(), values(), classes=[6], places=places().drop(columns="kind"), inset=False, **TOP).axes[0]
    assert flat.child_axes == [] and len(flat.get_legend().get_texts()) == 2
    assert np.isclose(np.vstack([line.get_xydata() for line in flat.lines if line.get_marker() == "o"])[-3:, 1], PARIS[1] + 20e3).all()


def test_places_without_a_label_are_marked_where_they_are():
    plants = pd.DataFrame({"x": [3e5, 3e5, 3.01e5], "y": [6.3e6, 6.3e6, 6.3e6], "label": ["", None, ""]})
    ax = choropleth(squares(), values(), classes=[6], places=plants, marks={"": Mark("+", size=2)}, **TOP).axes[0]
    (line,) = [line for line in ax.lines if line.get_marker() == "+"]
    assert np.allclose(line.get_xydata(), plants[["x", "y"]]) and [text.get_text() for text in ax.texts] == ["100 km"]


def test_the_whole_of_france_is_in_the_frame():
    ax = choropleth(squares(), values(), classes=[6], **TOP).axes[0]
    west, south, east, north = squares().total_bounds
    assert ax.get_xlim()[0] < west and ax.get_xlim()[1] > east and ax.get_ylim()[0] < south and ax.get_ylim()[1] > north
    width, height = ax.figure.get_size_inches()
    assert (ax.get_xlim()[1] - ax.get_xlim()[0]) / width == pytest.approx((ax.get_ylim()[1] - ax.get_ylim()[0]) / height)
