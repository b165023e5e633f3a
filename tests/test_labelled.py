import geopandas as gpd
import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from published import FAMILIES, MARRIAGES, ties_of
from scipy.sparse import coo_array, csr_array
from shapely.geometry import LineString, Point

from slpi.compiled import compiled, in_threads, threads
from slpi.labelled import aligned, grouping, planar, require_finite, square, ties

MARRIAGE = ties_of(MARRIAGES)


def test_columns_in_another_order_are_put_in_the_order_of_the_rows():
    shuffled = MARRIAGE[FAMILIES[::-1]]
    assert (square(shuffled).values == MARRIAGE.to_numpy()).all()


def test_one_order_for_all_is_that_of_the_first_with_labels():
    found = aligned({"a": MARRIAGE.to_numpy(), "b": MARRIAGE.iloc[::-1, ::-1], "c": MARRIAGE})
    assert list(found["a"].labels) == FAMILIES[::-1] == list(found["c"].labels)
    assert (found["b"].values == found["c"].values).all()


def test_weights_of_graphs_are_read():
    graph = nx.DiGraph()
    graph.add_edge("f1", "f2", weight=2.5)
    graph.add_edge("f2", "f3")
    read = square(graph)
    assert read.dense().tolist() == [[0, 2.5, 0], [0, 0, 1], [0, 0, 0]]
    assert not read.symmetric()
    weighted = igraph.Graph([(0, 1), (1, 1)], n=3)
    weighted.es["weight"] = [3.0, 4.0]
    assert square(weighted).dense().tolist() == [[0, 3, 0], [3, 4, 0], [0, 0, 0]]


def test_sparse_matrices_stay_sparse_and_keep_their_sums():
    read = square(coo_array(([1.0, 1.0, 2.0], ([0, 0, 1], [1, 1, 2])), shape=(4, 4)))
    assert read.values.nnz == 2 and read.dense()[0, 1] == 2
    assert square(csr_array((3, 3))).symmetric()


def test_a_missing_diagonal_is_no_fault():
    values = MARRIAGE.astype(float).to_numpy(copy=True)
    np.fill_diagonal(values, np.nan)
    assert (square(values).dense().diagonal() == 0).all()
    assert np.isnan(values.diagonal()).all()  # what was given stays as it was


@pytest.mark.parametrize(
    ("matrix", "match"),
    [
        (MARRIAGE.where(MARRIAGE == 0), "values must be finite: Acciaiuoli, Medici = nan, Albizzi, Ginori = nan.* and 35 more"),
        (csr_array([[0, np.inf, 0], [0, 0, 1], [0, 0, 0]]), "values must be finite: 0, 1"),
        (pd.concat([MARRIAGE, MARRIAGE.iloc[:1]]), "row label twice: Acciaiuoli"),
        (pd.concat([MARRIAGE, MARRIAGE.iloc[:, :1]], axis=1), "column label twice: Acciaiuoli"),
        (np.ones(3), "shape 3;"),
        (np.ones((2, 2)), "2 actors"),
    ],
)
def test_square_refuses(matrix, match):
    with pytest.raises(ValueError, match=match):
        square(matrix)


def test_asymmetry_given_as_undirected_is_named_with_both_values():
    matrix = MARRIAGE.copy()
    matrix.loc["Medici", "Strozzi"] = 3
    with pytest.raises(ValueError, match="Medici, Strozzi = 3 but 0 the other way"):
        square(matrix, directed=False)


@pytest.mark.parametrize("form", [pd.DataFrame, csr_array])
@pytest.mark.parametrize(("cell", "value", "match"), [((1, 1), 1, "tied to itself: 1"), ((0, 2), -1, "ties: .*0, 2")])
def test_ties_refuse_loops_and_negative_weights(form, cell, value, match):
    matrix = np.zeros((3, 3))
    matrix[cell] = value
    with pytest.raises(ValueError, match=match):
        ties(form(matrix))


def test_groups_are_read_by_label_wherever_they_have_one():
    labels = pd.Index(["f1", "f2", "f3"])
    for given in (
        pd.Series({"f3": "coop", "f1": "sa", "f2": "sa"}),
        {"f1": "sa", "f2": "sa", "f3": "coop"},
        ["sa", "sa", "coop"],
        pd.Series(["sa", "sa", "coop"]),
    ):
        codes, classes = grouping(given, labels)
        assert codes.tolist() == [0, 0, 1] and list(classes) == ["sa", "coop"]


def test_whole_numbers_as_labels_are_labels_and_not_places():
    labels = pd.Index([2, 0, 1])
    for given in ({0: "a", 1: "b", 2: "c"}, pd.Series(["a", "b", "c"])):
        assert [grouping(given, labels)[1][i] for i in grouping(given, labels)[0]] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        ({"f1": "sa"}, "no class for f2, f3"),
        (["sa"], "1 classes for 3 actors"),
        (["sa", None, "sa"], "no class for f2"),
        (pd.Series(["a", "b", "c", "d"], ["f1", "f1", "f2", "f3"]), "twice: f1"),
    ],
)
def test_groups_refuse(groups, match):
    with pytest.raises(ValueError, match=match):
        grouping(groups, pd.Index(["f1", "f2", "f3"]))


PARIS, THIERS = (652_000.0, 6_862_000.0), (745_000.0, 6_529_000.0)


def test_points_are_read_from_frames_arrays_and_geodata():
    frame = pd.DataFrame([PARIS, THIERS], ["p", "t"], ["x", "y"])
    geo = gpd.GeoSeries([Point(PARIS), Point(THIERS)], ["p", "t"], crs=2154)
    for given in (frame, geo, geo.to_frame("geometry"), np.array([PARIS, THIERS])):
        values, labels = planar(given)
        assert values.tolist() == [list(PARIS), list(THIERS)] and len(labels) == 2


def test_a_small_site_in_metres_is_taken_where_its_crs_says_so():
    assert planar(gpd.GeoSeries([Point(1, 2), Point(30, 40)], crs=2154))[0].max() == 40
    assert planar(np.array([[0.1, 0.9], [0.5, 1.0]]))[0].max() == 1  # a unit square is no place on earth


@pytest.mark.parametrize(
    ("points", "match"),
    [
        (gpd.GeoSeries([Point(3.5, 45.8)], crs=4326), "coordinates are degrees .EPSG:4326.; project them"),
        (gpd.GeoSeries([Point(3.5, 45.8)], crs=2249), "US survey foot, metres are needed"),
        (gpd.GeoSeries([Point(PARIS), None, LineString([PARIS, THIERS])], ["a", "b", "c"], crs=2154), "not a point: b, c"),
        (pd.DataFrame({"lon": [3.5], "lat": [45.8]}), "no column x and y; degrees must be projected"),
        (pd.DataFrame({"x": [3.5]}), "no column y$"),
        (np.array([[3.5, 45.8], [2.3, 48.9]]), "from 2.3 to 48.9 look like degrees"),
        (np.array([1.0, 2.0]), "shape 2; one row a point"),
        (np.array([[np.nan, 1e6]]), "finite: 0, x = nan"),
        (pd.DataFrame([PARIS, THIERS], ["p", "p"], ["x", "y"]), "twice: p"),
    ],
)
def test_points_refuse(points, match):
    with pytest.raises(ValueError, match=match):
        planar(points)


def test_cells_below_the_lowest_are_named():
    with pytest.raises(ValueError, match=r"at least 0: b, jobs = -1"):
        require_finite(np.array([[1.0], [-1.0]]), ["a", "b"], ["jobs"], "plants", lowest=0)


def test_work_is_done_in_order_whatever_the_threads(monkeypatch):
    for asked, most in (("1", 1), ("2", 2), ("many", None)):
        monkeypatch.setenv("SLPI_THREADS", asked)
        assert most is None or threads() <= most
        assert in_threads(lambda a: a * 2, [(i,) for i in range(9)]) == [2 * i for i in range(9)]


def test_an_error_in_a_thread_is_raised():
    def fail(value):
        raise ValueError(f"no {value}")

    with pytest.raises(ValueError, match="no 1"):
        in_threads(fail, [(1,), (2,)])


def test_a_compiled_function_keeps_its_name_and_its_plain_form():
    def twice(x):
        """Double."""
        return 2 * x

    fast = compiled(twice)
    assert fast(2.5) == fast.plain(2.5) == 5.0
    assert (fast.__name__, fast.__doc__) == ("twice", "Double.")
