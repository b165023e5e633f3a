"""Labelled areas against detected ones: overlaps as others count them, and sets drawn at random that keep what they promise."""

from collections import Counter

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from sklearn.metrics import jaccard_score, precision_score, recall_score

from slpi import labelling
from slpi.labelling import contiguous_sets, label_test, overlap, pieces, touching, zones

PATH = pd.DataFrame({"area": list("abcde"), "neighbour": list("bcdef")})
PAIR = pd.Series(["x", "x", None, None, None, None], list("abcdef"))


def grid(side: int) -> gpd.GeoDataFrame:
    cells = [(i, j) for i in range(side) for j in range(side)]
    return gpd.GeoDataFrame(index=[f"{i}-{j}" for i, j in cells], geometry=[box(i, j, i + 1, j + 1) for i, j in cells])


def graph(neighbours: pd.DataFrame) -> nx.Graph:
    return nx.from_pandas_edgelist(neighbours, "area", "neighbour")


@pytest.fixture(scope="module")
def country() -> tuple[pd.Series, pd.DataFrame, pd.Series]:
    """Twelve by twelve areas, nine contiguous sets in them, and three strata."""
    near, rng = touching(grid(12)), np.random.default_rng(3)
    areas = grid(12).index
    sets = pd.Series(None, areas, dtype=object)
    for name, size in enumerate([12, 9, 7, 5, 4, 3, 2, 1, 1]):
        free = sets.index[sets.isna()]
        found = [free[rng.integers(len(free))]]
        while len(found) < size:
            around = near.loc[near["area"].isin(found), "neighbour"]
            around = [a for a in around if pd.isna(sets[a]) and a not in found]
            found.append(around[rng.integers(len(around))])
        sets[found] = f"t{name}"
    return sets, near, pd.Series(rng.integers(0, 3, len(areas)), areas)


# Overlap.


def test_overlap_is_what_scikit_learn_counts():
    rng = np.random.default_rng(0)
    label, data = (pd.Series(rng.random(80) < share, range(80)) for share in (0.4, 0.2))
    weights = pd.Series(rng.integers(1, 50, 80), range(80))
    for by in (None, weights):
        found = overlap(label, data, weights=by)
        assert found.precision == pytest.approx(precision_score(data, label, sample_weight=by))
        assert found.recall == pytest.approx(recall_score(data, label, sample_weight=by))
        assert found.jaccard == pytest.approx(jaccard_score(data, label, sample_weight=by))


def test_overlap_matches_areas_by_name_and_not_by_place():
    label, data = pd.Series([True, False, True], list("abc")), pd.Series([True, True, False], list("abc"))
    assert overlap(label, data[::-1]) == overlap(label, data) and overlap(label, data).both == 1


def test_an_empty_label_has_no_precision_and_an_empty_detection_no_recall():
    none, some = pd.Series([False, False], list("ab")), pd.Series([True, False], list("ab"))
    assert np.isnan(overlap(none, some).precision) and np.isnan(overlap(some, none).recall) and np.isnan(overlap(none, none).jaccard)


def test_overlap_refuses_other_areas_numbers_and_odd_weights():
    label = pd.Series([True, False], list("ab"))
    with pytest.raises(ValueError, match="detected: areas of one table only: c"):
        overlap(label, pd.Series([True, False, True], list("abc")))
    with pytest.raises(ValueError, match="detected: int64; yes or no"):
        overlap(label, pd.Series([1, 0], list("ab")))
    with pytest.raises(ValueError, match="weights: missing, negative or infinite: a, b"):
        overlap(label, label, weights=pd.Series([-1, np.nan], list("ab")))
    with pytest.raises(ValueError, match="labelled: area twice: a"):
        overlap(pd.Series([True, True], list("aa")), label)


# Neighbours, zones, pieces.


def test_neighbours_on_a_grid_are_those_of_the_queen():
    near = touching(grid(5))
    assert len(near) == 2 * (2 * 5 * 4 + 2 * 4 * 4)  # both ways: borders of 4 a row and column, and two diagonals a square
    assert set(near.loc[near["area"] == "0-0", "neighbour"]) == {"0-1", "1-0", "1-1"}


def test_zones_are_the_components_of_the_chosen_and_the_largest_comes_first():
    near, rng = touching(grid(9)), np.random.default_rng(1)
    chosen = pd.Series(rng.random(81) < 0.35, grid(9).index)
    found = zones(chosen, near)
    components = list(nx.connected_components(graph(near).subgraph(chosen.index[chosen])))
    assert {frozenset(part.index) for _, part in found.groupby(found)} == set(map(frozenset, components))
    assert found.value_counts().sort_index().is_monotonic_decreasing and (found == 0).sum() == max(map(len, components))
    assert zones(pd.Series(False, chosen.index), near).empty


def test_pieces_count_the_components_of_every_set(country):
    sets, near, _ = country
    assert (pieces(sets, near) == 1).all()
    scattered = pd.Series(np.where(np.arange(len(sets)) % 3 == 0, "s", None), sets.index)
    assert pieces(scattered, near)["s"] == nx.number_connected_components(graph(near).subgraph(sets.index[::3]))


# Drawn sets.


@pytest.mark.parametrize("stratified", [True, False])
def test_drawn_sets_are_contiguous_apart_and_of_the_given_sizes_and_strata(country, stratified):
    sets, near, strata = country
    drawn, ties, names = (
        contiguous_sets(sets, near, strata=strata if stratified else None, draws=40, rng=5),
        graph(near),
        pd.factorize(sets)[1],
    )
    for row in drawn.sets:
        for s, name in enumerate(names):
            own = sets.index[row == s]
            assert len(own) == (sets == name).sum() and nx.is_connected(ties.subgraph(own))
            if stratified and drawn.outside == 0:
                assert Counter(strata[own]) == Counter(strata[sets.index[sets == name]])
    assert not stratified or drawn.outside < 0.02
    assert len({tuple(row) for row in drawn.sets}) == 40


def test_strata_are_kept_exactly_where_that_can_be(country):
    sets, near, strata = country
    coarse = (strata > 0).astype(int)
    drawn = contiguous_sets(sets, near, strata=coarse, draws=30, rng=1)
    kept = [Counter(zip(row[row >= 0], coarse[row >= 0], strict=True)) for row in drawn.sets]
    assert drawn.outside == 0 and len(set(map(frozenset, (counter.items() for counter in kept)))) == 1


def test_a_pair_on_a_path_is_drawn_as_often_as_seed_and_step_say():
    # By hand: a seed of six, then one of its neighbours: the end pairs 1/6 + 1/12, the others 1/12 + 1/12.
    drawn = contiguous_sets(PAIR, PATH, draws=6000, rng=2)
    found = pd.Series(["".join(PAIR.index[row >= 0]) for row in drawn.sets]).value_counts(normalize=True)
    assert found.to_dict() == pytest.approx({"ab": 1 / 4, "bc": 1 / 6, "cd": 1 / 6, "de": 1 / 6, "ef": 1 / 4}, abs=0.02)


def test_the_compiled_loop_draws_what_the_plain_one_does(country):
    sets, near, strata = country
    fast = contiguous_sets(sets, near, strata=strata, draws=3, rng=11)
    slow_loop = labelling._grow.plain
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labelling, "_grow", slow_loop)
        slow = contiguous_sets(sets, near, strata=strata, draws=3, rng=11)
    assert np.array_equal(fast.sets, slow.sets) and fast.outside == slow.outside


def test_the_same_seed_draws_the_same_sets_whatever_the_order_of_pairs(country):
    sets, near, _ = country
    one = contiguous_sets(sets, near, draws=5, rng=7)
    other = contiguous_sets(sets, near.sample(frac=1, random_state=0), draws=5, rng=np.random.default_rng(7))
    assert np.array_equal(one.sets, other.sets)
    assert not np.array_equal(one.sets, contiguous_sets(sets, near, draws=5, rng=8).sets)


def test_a_stratum_that_cannot_be_kept_is_counted_as_outside():
    # The two areas of stratum 1 lie at the ends: no contiguous pair holds both.
    sets, strata = pd.Series(["x", None, None, None, None, "x"], PAIR.index), pd.Series([1, 0, 0, 0, 0, 1], PAIR.index)
    assert pieces(sets, PATH)["x"] == 2
    assert contiguous_sets(sets, PATH, strata=strata, draws=20).outside == 0.5


def test_sets_without_room_are_refused_with_their_numbers():
    sets = pd.Series(["x", "x", "x", None], list("abcd"))
    with pytest.raises(ValueError, match="sets: 1, with 3 of 4 areas, find no room side by side"):
        contiguous_sets(sets, pd.DataFrame({"area": ["a", "c"], "neighbour": ["b", "d"]}))


def test_drawn_sets_refuse_unknown_neighbours_and_empty_sets():
    with pytest.raises(ValueError, match="neighbours: areas that are not given: e, z"):
        contiguous_sets(PAIR, pd.DataFrame({"area": ["a", "e"], "neighbour": ["b", "z"]}))
    with pytest.raises(ValueError, match="neighbours: areas that are not given: 2, 9"):
        contiguous_sets(pd.Series(["x", None, None]), pd.DataFrame({"area": [0, 2], "neighbour": [1, 9]}))
    with pytest.raises(ValueError, match="neighbours: no column neighbour"):
        contiguous_sets(PAIR, PATH[["area"]])
    with pytest.raises(ValueError, match="sets: none of the areas"):
        contiguous_sets(pd.Series([None, None], list("ab"), dtype=object), PATH)
    with pytest.raises(ValueError, match="draws: 0"):
        contiguous_sets(PAIR, PATH, draws=0)
    with pytest.raises(ValueError, match="strata: areas of one table only: f"):
        contiguous_sets(PAIR, PATH, strata=pd.Series(0, list("abcde")))


# The test.


def test_the_p_of_a_pair_is_its_chance_on_the_path():
    found = label_test(PAIR, PAIR.notna(), PATH, draws=4000, rng=1)
    assert found.p == pytest.approx(1 / 4, abs=0.03) and found.p_error == pytest.approx(np.sqrt(found.p * (1 - found.p) / 4000))
    # E[both]: two of ab, one of bc.
    assert found.expected == pytest.approx(2 / 4 + 1 / 6, abs=0.05) and found.excess == 1 and (found.sets, found.touched) == (1, 1)
    assert found.touched_expected == pytest.approx(1 / 4 + 1 / 6, abs=0.03)


def test_strata_take_away_what_they_explain(country):
    sets, near, _ = country
    detected = sets.notna() & (np.random.default_rng(0).random(len(sets)) < 0.8)
    free = label_test(sets, detected, near, draws=199, rng=0)
    within = label_test(sets, detected, near, strata=sets.notna().astype(int), draws=199, rng=0)
    assert free.p == 0.005 < 0.05 < within.p and free.expected < free.overlap.both / 2 < within.expected


def test_unrelated_detection_is_not_found_to_match(country):
    sets, near, _ = country
    drawn = contiguous_sets(sets, near, draws=199)
    p = [label_test(sets, pd.Series(np.random.default_rng(k).random(len(sets)) < 0.3, sets.index), near, drawn=drawn).p for k in range(60)]
    assert 0.3 < np.mean(p) < 0.7 and np.mean(np.array(p) <= 0.05) < 0.2


def test_all_or_nothing_detected_leaves_nothing_to_exceed(country):
    sets, near, _ = country
    for everywhere in (True, False):
        found = label_test(sets, pd.Series(everywhere, sets.index), near, draws=20)
        assert found.p == 1 and np.isnan(found.excess) and found.low == found.high == found.overlap.both


def test_drawn_sets_of_other_areas_are_refused(country):
    sets, near, _ = country
    with pytest.raises(ValueError, match="drawn: of 6 areas, 144 are given"):
        label_test(sets, sets.notna(), near, drawn=contiguous_sets(PAIR, PATH, draws=2))
