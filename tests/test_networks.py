"""Ties as rows: components, steps and hubs, against SciPy where it has the same."""

import doctest

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path

from slpi import networks

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=20)


def ties(pairs, **columns):
    frame = pd.DataFrame(pairs, columns=["source", "target"]).map(lambda node: f"n{node}")
    defaults = {"layer": "thematic", "directed": "no", "status": "existing", "document_id": "a", "locator": "L1"}
    return frame.assign(**(defaults | columns))


def matrix(frame):
    nodes = sorted({*frame["source"], *frame["target"]})
    at = {node: i for i, node in enumerate(nodes)}
    shape = (len(nodes), len(nodes))
    return nodes, coo_array((np.ones(len(frame)), (frame["source"].map(at), frame["target"].map(at))), shape=shape).tocsr()


def test_doctests():
    assert doctest.testmod(networks).failed == 0


@given(PAIRS)
def test_components_are_those_of_scipy_the_largest_first(pairs):
    frame = ties(pairs)
    nodes, adjacency = matrix(frame)
    found = networks.components(frame)
    n, labels = connected_components(adjacency, directed=False)
    assert found.nunique() == n
    assert pd.Series(labels, nodes).groupby(found).nunique().eq(1).all()
    assert found.value_counts().sort_index().is_monotonic_decreasing


@given(PAIRS)
def test_distances_are_those_of_scipy(pairs):
    frame = ties(pairs)
    nodes, adjacency = matrix(frame)
    root = frame["source"].iloc[0]
    expected = pd.Series(shortest_path(adjacency, directed=False, unweighted=True, indices=nodes.index(root)), nodes)
    pd.testing.assert_series_equal(
        networks.distances(frame, root).sort_index().astype(float), expected[np.isfinite(expected)].sort_index(), check_names=False
    )


def test_within_keeps_only_ties_among_near_nodes():
    chain = ties([(0, 1), (1, 2), (2, 3)])
    assert networks.within(chain, "n0", 2)[["source", "target"]].to_numpy().tolist() == [["n0", "n1"], ["n1", "n2"]]


def test_hubs_count_each_neighbour_and_each_passage_once():
    found = networks.hubs(ties([(0, 1), (1, 0), (0, 2)], locator=["L1", "L1", "L2"]))
    assert found.loc["n0"].to_dict() == {"neighbours": 2, "passages": 2}
    assert found.index[0] == "n0"


def test_merged_leaves_leaves_the_rest_alone():
    star = ties([(i, 9) for i in range(5)] + [(9, 7), (7, 8)])
    merged = networks.merged_leaves(star)
    assert merged[["source", "target"]].to_numpy().tolist() == [["5 others→n9", "n9"], ["n9", "n7"], ["n7", "n8"]]
    assert len(networks.merged_leaves(star, fewest=6)) == len(star)


def test_leaves_tied_in_different_ways_are_not_merged():
    star = ties([(i, 9) for i in range(4)], status=["existing", "existing", "planned", "inferred"])
    assert len(networks.merged_leaves(star)) == 4
