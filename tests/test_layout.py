"""Labels overlap nothing, ties run to the right, and the same input gives the same answer."""

import doctest
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import layout


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def boxes(centres, sizes):
    return np.hstack([centres - sizes / 2, centres + sizes / 2])


def test_doctests():
    assert doctest.testmod(layout).failed == 0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 25))
def test_labels_overlap_neither_each_other_nor_what_is_blocked(seed, n):
    rng = np.random.default_rng(seed)
    anchors, sizes = rng.uniform(100, 700, (n, 2)), np.column_stack([rng.uniform(20, 90, n), rng.uniform(8, 24, n)])
    blocked = np.hstack([anchors - 5, anchors + 5])
    found = boxes(layout.place_labels(anchors, sizes, blocked=blocked, frame=(0, 0, 800, 800)), sizes)
    assert not any(overlap(a, b) for a, b in combinations(found, 2))
    assert not any(overlap(a, b) for a in found for b in blocked)
    assert (found[:, :2] >= 0).all() and (found[:, 2:] <= 800).all()


def test_labels_go_to_the_same_places_twice():
    rng = np.random.default_rng(3)
    given = {"anchors": rng.uniform(0, 300, (20, 2)), "sizes": np.full((20, 2), (40.0, 10.0)), "blocked": np.zeros((0, 4))}
    np.testing.assert_array_equal(*(layout.place_labels(**given, frame=(-200, -200, 500, 500)) for _ in range(2)))


def test_a_lone_label_stays_beside_its_point():
    (place,) = layout.place_labels(np.array([[50.0, 50.0]]), np.array([[20.0, 8.0]]), blocked=np.zeros((0, 4)), frame=(0, 0, 100, 100))
    assert np.hypot(*(place - 50)) < 25


def test_a_label_without_room_is_refused():
    with pytest.raises(ValueError, match="label 0 finds no free place"):
        layout.place_labels(np.array([[5.0, 5.0]]), np.array([[50.0, 50.0]]), blocked=np.zeros((0, 4)), frame=(0, 0, 10, 10))


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), min_size=1))
def test_directed_ties_without_circles_run_to_the_right(pairs):
    ties = pd.DataFrame(sorted(pairs), columns=["source", "target"]).map(str).assign(directed="yes")
    columns = layout.layered(ties, ties["source"].iloc[0])
    reached = ties[ties["source"].isin(columns.index)]
    assert (columns[reached["source"]].to_numpy() < columns[reached["target"]].to_numpy()).all()
    assert columns.min() == 0


def test_a_circle_is_drawn_and_not_refused():
    ties = pd.DataFrame({"source": ["a", "b", "c"], "target": ["b", "c", "a"], "directed": "yes"})
    assert layout.layered(ties, "a").to_dict() == {"a": 0, "b": 1, "c": 2}


def test_undirected_ties_among_equals_share_a_column():
    ties = pd.DataFrame({"source": ["r", "r", "a"], "target": ["a", "b", "b"], "directed": "no"})
    assert layout.layered(ties, "r").to_dict() == {"r": 0, "a": 1, "b": 1}


def test_ordering_undoes_a_crossing():
    nodes = {"a": 0, "b": 0, "x": 1, "y": 1}
    order = layout.ordered(nodes, [[("a", 0), ("y", 1)], [("b", 0), ("x", 1)]])
    assert [sorted(column) for column in order] == [["a", "b"], ["x", "y"]]
    assert (order[0] == ["a", "b"]) == (order[1] == ["y", "x"])
