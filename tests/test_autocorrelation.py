"""Whether like areas lie side by side: published values, brute-force twins, and what is refused."""

from itertools import combinations, permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from shapely.geometry import Point, box

from slpi import autocorrelation
from slpi.autocorrelation import CLUSTERS, Neighbours, contiguity, joined, local_moran, moran, nearest, rate_deviates

# Ten cells of de Smith, Goodchild & Longley, Geospatial Analysis, as the documentation of PySAL gives them (desmith.gal, desmith.txt).
LINKS = {1: "24", 2: "15", 3: "47", 4: "1358", 5: "2469", 6: ["5", "10"], 7: "38", 8: "479", 9: ["5", "8", "10"], 10: "69"}
CELLS = pd.Series([2.24, 3.10, 4.55, -5.15, -4.39, 0.46, 5.54, 9.02, -2.09, -3.06], range(1, 11))


def linked(links: dict[int, list[str] | str]) -> Neighbours:
    ties = np.zeros((len(links), len(links)))
    for one, others in links.items():
        ties[one - 1, [int(other) - 1 for other in others]] = 1
    return Neighbours(pd.RangeIndex(1, len(links) + 1), csr_array(ties))


TEN = linked(LINKS)


def grid(rows: int, columns: int, size: float = 1000.0) -> gpd.GeoDataFrame:
    name = "0123456789abcdefghij"
    cells = {name[i] + name[j]: box(size * j, size * i, size * (j + 1), size * (i + 1)) for i in range(rows) for j in range(columns)}
    return gpd.GeoDataFrame(index=list(cells), geometry=list(cells.values()), crs=2154)


# Neighbours.


def test_cells_of_a_grid_touch_at_borders_and_corners():
    found = contiguity(grid(3, 3))
    assert np.diff(found.ties.indptr).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert (found.ties != found.ties.T).nnz == 0 and found.ties.diagonal().sum() == 0


def test_an_island_has_no_neighbour_by_contiguity_and_some_by_distance():
    shapes = grid(2, 2)
    shapes.loc["far"] = box(9e5, 9e5, 9.1e5, 9.1e5)
    assert np.diff(contiguity(shapes).ties.indptr).tolist() == [3, 3, 3, 3, 0]
    assert np.diff(nearest(shapes.set_geometry(shapes.centroid), 2).ties.indptr).tolist() == [2] * 5


def test_outlines_that_are_missing_twice_or_in_degrees_are_refused():
    with pytest.raises(ValueError, match="shapes: label twice: 00"):
        contiguity(pd.concat([grid(1, 1), grid(1, 1)]))
    with pytest.raises(ValueError, match="no outline: 01"):
        contiguity(gpd.GeoDataFrame(index=["00", "01"], geometry=[box(0, 0, 1, 1), None], crs=2154))
    with pytest.raises(ValueError, match="in degrees"):
        contiguity(grid(1, 2).to_crs(4326))


def test_the_nearest_areas_are_those_of_a_sorted_table_of_distances():
    xy = np.random.default_rng(3).uniform(0, 1e5, (30, 2))
    found = nearest(pd.DataFrame(xy, columns=["x", "y"]), 4).ties.toarray()
    apart = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) + np.diag([np.inf] * 30)
    for row, distances in zip(found, apart, strict=True):
        assert {*np.flatnonzero(row)} == {*np.argsort(distances)[:4]}


@pytest.mark.parametrize("k", [0, 4])
def test_a_number_of_nearest_areas_that_cannot_be_is_refused(k):
    with pytest.raises(ValueError, match="from 1 to 3 for 4 areas"):
        nearest(pd.DataFrame({"x": [0, 1e3, 2e3, 3e3], "y": 0.0}), k)


def test_nearest_areas_on_one_point_are_neighbours_and_never_their_own():
    found = nearest(pd.DataFrame({"x": [1e3, 1e3, 1e3, 9e3], "y": 0.0}), 2).ties.toarray()
    assert found.diagonal().sum() == 0 and found.sum(axis=1).tolist() == [2, 2, 2, 2]


def test_larger_areas_touch_where_their_parts_do():
    columns = pd.Series({cell: cell[1] for cell in grid(2, 4).index})
    found = joined(contiguity(grid(2, 4)), columns)
    assert [*found.areas] == list("0123")
    assert found.ties.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    with pytest.raises(ValueError, match="no larger area for 00"):
        joined(contiguity(grid(2, 4)), columns.drop("00"))


# Moran's I.


def test_moran_is_that_of_pysal_for_ten_cells():
    # esda 2.9.0, row-standardised weights: I and its variance under randomisation.
    found = moran(CELLS, TEN)
    assert found.I == pytest.approx(0.07361243111060224, abs=1e-14)
    assert found.sd**2 == pytest.approx(0.06296699883493342, abs=1e-14)
    assert found.expected == -1 / 9 and found.z == pytest.approx(0.7361490412723061)
    assert (found.n, found.links, found.left_out) == (10, 26, 0)


def test_mean_and_spread_of_moran_are_those_of_all_exchanges():
    some = linked({1: "2", 2: "134", 3: "24", 4: "15", 5: "6", 6: "25"})
    values = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6])
    weights = some.ties.toarray() / some.ties.toarray().sum(axis=1, keepdims=True)
    z = values - values.mean()
    every = [order @ weights @ order / (z @ z) for order in map(np.array, permutations(z))]
    found = moran(pd.Series(values, some.areas), some, simulations=9999)
    assert found.expected == pytest.approx(np.mean(every)) and found.sd == pytest.approx(np.std(every))
    exact = np.mean(np.abs(np.array(every) - found.expected) >= abs(found.I - found.expected) - 1e-12)
    assert found.p == pytest.approx(exact, abs=0.02)
    assert found.low == pytest.approx(np.quantile(every, 0.025), abs=0.02)


def test_a_chessboard_differs_and_halves_are_alike():
    squares = grid(6, 6)
    rook = contiguity(squares).ties.toarray()
    centres = np.array([(shape.centroid.x, shape.centroid.y) for shape in squares.geometry])
    rook *= np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1)) <= 1000
    sides = Neighbours(squares.index, csr_array(rook))
    chess = pd.Series([(int(cell[0]) + int(cell[1])) % 2 for cell in squares.index], squares.index)
    assert moran(chess, sides).I == -1
    halves = moran(pd.Series([int(cell[0]) > 2 for cell in squares.index], squares.index), sides)
    assert halves.I > 0.7 and halves.p == 0.001 and halves.low < 0 < halves.high < halves.I


def test_moran_knows_neither_unit_nor_order_and_gives_the_same_twice():
    found = moran(CELLS, TEN, rng=4)
    assert moran(CELLS, TEN, rng=4) == found
    assert moran(1000 * CELLS[::-1] + 5, TEN).I == pytest.approx(found.I)


def test_areas_without_a_value_or_a_neighbour_with_one_are_counted_out():
    holes = CELLS.copy()
    holes[[2, 4]] = np.nan  # which leaves the first cell alone
    found = moran(holes, TEN)
    assert (found.n, found.left_out) == (7, 3)
    assert local_moran(holes, TEN, draws=99).index.tolist() == [3, 5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("measure", [moran, local_moran])
def test_values_that_are_alike_infinite_too_few_or_of_no_area_are_refused(measure):
    with pytest.raises(ValueError, match="all alike"):
        measure(CELLS * 0, TEN)
    with pytest.raises(ValueError, match="3, value = inf"):
        measure(CELLS.mask(CELLS == 4.55, np.inf), TEN)
    with pytest.raises(ValueError, match="values: none for 10"):
        measure(CELLS.drop(10), TEN)
    with pytest.raises(ValueError, match="2 areas have a value and a neighbour with one"):
        measure(CELLS.where(CELLS.index < 4), TEN)
    with pytest.raises(ValueError, match="label twice: 1"):
        measure(pd.concat([CELLS, CELLS.head(1)]), TEN)


# Its local parts.


def test_local_moran_has_the_published_quadrants_and_sums_to_the_whole():
    found = local_moran(CELLS, TEN, draws=999)
    quadrant = {"high-high": 1, "low-high": 2, "low-low": 3, "high-low": 4}
    kind = np.where(found["deviate"] > 0, "high", "low") + np.where(found["lag"] > 0, "-high", "-low").astype(object)
    assert [quadrant[one] for one in kind] == [4, 4, 4, 2, 3, 3, 1, 4, 3, 3]  # documentation of esda.Moran_Local
    assert found["I"].mean() == pytest.approx(moran(CELLS, TEN).I)


def test_local_p_is_twice_the_tail_over_every_set_of_other_cells():
    found = local_moran(CELLS, TEN, draws=200_000, rng=1)
    z = (CELLS - CELLS.mean()) / CELLS.std(ddof=0)
    for cell, row in found.iterrows():
        means = np.array([z[list(others)].mean() for others in combinations([c for c in CELLS.index if c != cell], int(row["neighbours"]))])
        tail = min((means >= row["lag"] - 1e-9).mean(), (means <= row["lag"] + 1e-9).mean())
        assert row["p"] == pytest.approx(min(1, 2 * tail), abs=0.01), cell


def test_clusters_are_found_where_they_were_put_and_seldom_elsewhere():
    squares = grid(20, 20)
    rng = np.random.default_rng(2)
    value = pd.Series(rng.normal(size=400), squares.index)
    inside = [cell for cell, shape in squares.geometry.items() if shape.centroid.x < 5e3 and shape.centroid.y < 5e3]
    noise = local_moran(value, contiguity(squares))
    assert (noise["cluster"] != CLUSTERS[-1]).mean() < 0.02
    value[inside] += 5
    found = local_moran(value, contiguity(squares))
    high = found.index[found["cluster"] == "high-high"]
    assert len(high) >= 15 and {*high} <= {*inside} | {*contiguity(squares).areas[contiguity(squares).ties[[*range(400)]].indices]}
    assert (found.loc[[*{*found.index} - {*inside}], "cluster"] == "high-high").sum() <= 3


def test_local_moran_gives_the_same_twice_and_refuses_a_level_that_is_none():
    pd.testing.assert_frame_equal(local_moran(CELLS, TEN, draws=999, rng=7), local_moran(CELLS, TEN, draws=999, rng=7))
    with pytest.raises(ValueError, match="level = 1 must lie between 0 and 1"):
        local_moran(CELLS, TEN, level=1)


@pytest.mark.parametrize(("n", "k"), [(7, 3), (50, 3)])
def test_every_set_of_neighbours_is_drawn_as_often_as_any_other(n, k):
    sets = np.sort(autocorrelation._subsets(n, k, 50_000, np.random.default_rng(0)), axis=1)
    assert (np.diff(sets, axis=1) > 0).all()
    assert np.ptp(np.bincount(sets.ravel(), minlength=n) / (50_000 * k / n)) < 0.15


# Rates.


def test_rate_deviates_are_those_of_pysal():
    # esda 2.9.0, smoothing.assuncao_rate, on these counts.
    events = pd.Series([2, 5, 7, 1, 9, 4, 3, 8, 6, 2.0], range(1, 11))
    base = pd.Series([20, 60, 50, 30, 70, 65, 25, 90, 44, 31.0], range(1, 11))
    expected = [0.04970304, -0.53582696, 1.38737543, -1.33821658, 1.56186425, -1.55476451, 0.42860736, -0.78866724, 1.12546441, -0.6981326]
    assert rate_deviates(events, base).tolist() == pytest.approx(expected, abs=1e-7)
    assert moran(rate_deviates(events, base), TEN).I == pytest.approx(-0.2778510091766936)


def test_the_same_rate_says_more_of_a_city_than_of_a_village_and_nothing_of_an_empty_one():
    found = rate_deviates(
        pd.Series({"city": 60, "village": 3, "plain": 20, "empty": 0}), pd.Series({"city": 200, "village": 10, "plain": 190, "empty": 0})
    )
    assert found["city"] > found["village"] > 0 > found["plain"] and np.isnan(found["empty"])


def test_counts_that_cannot_make_rates_are_refused():
    base = pd.Series({"a": 10, "b": 0})
    with pytest.raises(ValueError, match="base: 0, yet events, in b"):
        rate_deviates(pd.Series({"a": 1, "b": 1}), base)
    with pytest.raises(ValueError, match="in one of both only: b, c"):
        rate_deviates(pd.Series({"a": 1, "c": 1}), base)
    with pytest.raises(ValueError, match="a, events = -1"):
        rate_deviates(pd.Series({"a": -1, "b": 0}), base)


def test_points_in_degrees_are_refused():
    with pytest.raises(ValueError, match="degrees"):
        nearest(gpd.GeoSeries([Point(2, 48), Point(3, 48), Point(4, 48)], crs=4326), 1)
