"""The figures of concentration: each mark stands for what the table says, and nothing is cut or hidden."""

import geopandas as gpd
import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from shapely.geometry import box
from test_concentration_words import DOWN, FLAT, NAF, NONE, UP, curves, gammas

from slpi import concentration_figures as figures
from slpi.maps import LISA

TOP = {"title": "A finding", "status": "measured"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def words_of(fig) -> list[str]:
    return [text.get_text() for text in fig.findobj(matplotlib.text.Text) if text.get_text()]


def marks(ax) -> list[tuple[float, float]]:
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in ax.lines if line.get_marker() == "o"]


def test_each_industry_has_a_full_and_a_hollow_mark_with_intervals_and_its_ranks():
    found = gammas([0.4, 0.3, -0.2, 0.1], [0.1, 0.3, 0.2, 0.4]).assign(low=0.05, high=0.5)
    fig = figures.gamma_pairs(found, {"top": ["a", "b"], "moved": ["c"]}, NAF, first="industry", second="people", **TOP)
    assert [x for x, _ in marks(fig.axes[0])] == [0.4, 0.1, 0.3, 0.3, 0.001, 0.2]  # what is below the axis stands at its end
    faces = [to_hex(line.get_markerfacecolor()) for line in fig.axes[0].lines if line.get_marker() == "o"]
    assert faces == ["#222222", "#ffffff"] * 3
    said = words_of(fig)
    assert {"1 → 4", "2 → 2", "4 → 3", "top", "moved", "against industry", "against people", "measured", "alpha (A)"} <= {*said}


def test_lines_by_distance_count_upwards_and_downwards_and_are_told_apart_in_grey():
    fig = figures.localised_by_distance(curves({"M": {"a": UP, "b": UP}, "K, 10 km": {"a": FLAT, "b": DOWN}}), **TOP)
    drawn = [line for line in fig.axes[0].lines if len(line.get_xdata()) == 3]
    assert [line.get_ydata().tolist() for line in drawn] == [[2, 2, 0], [0, 0, 0], [0, 0, 0], [-1, 0, 0]]
    assert len({str(line.get_linestyle()) for line in drawn[::2]}) == 2
    ends = [text for text in fig.axes[0].texts if text.get_text().strip() in ("M", "K, 10 km")]
    assert len(ends) == 2 and abs(ends[0].get_position()[1] - ends[1].get_position()[1]) >= 0.19


def test_each_panel_of_m_has_its_band_its_curve_and_its_plants():
    shown = ["b", "a", "c", "d"]
    fig = figures.m_curves(curves({"M": {name: UP for name in "abcd"}}), shown, NAF, **TOP)
    panels = [ax for ax in fig.axes if ax.axison]
    assert [ax.get_title("left") for ax in panels] == [
        "Beta (B): 30 plants",
        "Alpha (A): 30 plants",
        "Gamma (C): 30 plants",
        "Delta (D): 30 plants",
    ]
    assert all(any(isinstance(part, PolyCollection) for part in ax.collections) for ax in panels)
    assert all(ax.lines[1].get_ydata().tolist() == UP for ax in panels)
    assert not [ax for ax in figures.m_curves(curves({"M": {"a": FLAT}}), [], NAF, **TOP).axes if ax.axison]


def test_rows_of_moran_show_both_scales_and_the_areas():
    row = {
        "level": "zones",
        "counted": "all industry",
        "neighbours": "contiguity",
        "expected": 0,
        "p": 0.01,
        "low": -0.1,
        "high": 0.1,
        "n": 34_666,
    }
    rows = pd.DataFrame([row | {"scale": "share", "I": 0.3}, row | {"scale": "deviate", "I": 0.4}])
    fig = figures.moran_rows(rows, **TOP)
    assert sorted(x for x, _ in marks(fig.axes[0])) == [0.3, 0.4]
    assert {"34,666", "zones, all industry, touching", "plain shares", "rates made comparable", "95 % of chance"} <= {*words_of(fig)}


def zones() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    names = [f"z{i}" for i in range(9)]
    shapes = [box(2e5 + 2e5 * (i % 3), 6.2e6 + 2e5 * (i // 3), 4e5 + 2e5 * (i % 3), 6.4e6 + 2e5 * (i // 3)) for i in range(9)]
    table = pd.DataFrame({"cluster": NONE, "alone": NONE, "share": np.linspace(0.09, 0.01, 9), "name": names}, names)
    table.loc["z8", ["cluster", "alone"]] = "low-low"
    table.loc["z1", "alone"] = "high-high"
    return gpd.GeoDataFrame(index=names, geometry=shapes, crs=2154), table


def test_the_map_fills_what_is_found_alone_and_marks_what_stays():
    shapes, table = zones()
    fig = figures.cluster_map(shapes, table, figures.zone_places(shapes, table, 2), **TOP)
    filled = {to_hex(colour) for part in fig.axes[0].collections for colour in part.get_facecolor()}
    assert {LISA["high-high"].colour.lower(), LISA["low-low"].colour.lower()} <= filled
    said = " ".join(words_of(fig))
    assert "stays after the correction" in said and "high-low" not in said
    none = table.assign(cluster=NONE)
    assert "stays" not in " ".join(words_of(figures.cluster_map(shapes, none, figures.zone_places(shapes, none, 2), **TOP)))


def test_places_named_are_those_that_stay_and_the_highest_shares_each_once():
    shapes, table = zones()
    named = figures.zone_places(shapes, table, 2)
    assert named["label"].tolist() == ["z8 1 %", "z0 9 %", "z1 8 %"]
    assert named["kind"].tolist() == ["stays after the correction", "among the highest shares", "among the highest shares"]
    assert all(
        shapes.geometry[zone].contains(point) for zone, point in zip(named.index, gpd.points_from_xy(named["x"], named["y"]), strict=True)
    )
    table.loc["z0", "cluster"] = "high-high"
    assert figures.zone_places(shapes, table, 2)["label"].tolist() == ["z0 9 %", "z8 1 %", "z1 8 %"]
