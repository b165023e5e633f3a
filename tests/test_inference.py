import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from slpi import inference
from slpi.inference import all_permutations, arrangements, benjamini_hochberg, drawn_permutations, extreme, global_band, holm, p_value

few = settings(max_examples=40, deadline=None)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=8, deadline=None)
@given(p_values)
def test_corrections_are_those_of_statsmodels(p):
    given = pd.Series(p, [f"t{i}" for i in range(len(p))])
    for correct, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        found = correct(given)
        assert found.index.equals(given.index)
        assert found.to_numpy() == pytest.approx(multipletests(p, method=method)[1], abs=1e-12)


def test_a_missing_p_stays_missing_and_counts_for_nothing():
    assert holm(pd.Series({"a": 0.01, "b": np.nan, "c": 0.03})).to_dict() == pytest.approx({"a": 0.02, "b": np.nan, "c": 0.03}, nan_ok=True)
    assert holm(pd.Series({"a": np.nan})).isna().all()


def test_p_outside_0_to_1_is_refused_by_name():
    with pytest.raises(ValueError, match="outside 0–1: b, c"):
        benjamini_hochberg(pd.Series({"a": 0.5, "b": 1.2, "c": -0.1}))


def test_equal_statistics_summed_in_another_order_count_as_ties():
    parts = np.random.default_rng(0).random(1000)
    forward, backward = float(parts.sum()), float(np.cumsum(parts[::-1])[-1])
    assert extreme(max(forward, backward), np.array([min(forward, backward)])) == 1


def test_undefined_draws_are_not_extreme():
    assert extreme(1.0, np.array([np.nan, np.inf, 2.0])) == 1


def test_an_exact_p_has_no_error():
    assert p_value(6, 24, exact=True) == (0.25, 0.0)


def test_all_permutations_within_strata_are_all_and_each_once():
    strata = np.array([0, 1, 0, 1, 0])
    found = all_permutations(strata)
    assert arrangements(strata) == len(found) == len({tuple(row) for row in found}) == 12
    assert (strata[found] == strata).all()
    assert (found[0] == np.arange(5)).all()


@few
@given(st.integers(1, 40), st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_drawn_permutations_keep_strata_and_their_number(n, count, seed):
    strata = np.random.default_rng(seed).integers(0, 3, n)
    found = np.concatenate([draw() for draw in drawn_permutations(strata, count, seed)])
    assert found.shape == (count, n)
    assert (np.sort(found, axis=1) == np.arange(n)).all()
    assert (strata[found] == strata).all()


def test_permutations_are_equally_likely():
    found = np.concatenate([draw() for draw in drawn_permutations(np.zeros(3, dtype=int), 6000, 0)])
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert len(counts) == 6
    assert abs(counts - 1000).max() < 4 * np.sqrt(1000)


def test_a_block_draws_the_same_each_time_and_the_loop_is_that_of_its_plain_form():
    blocks = drawn_permutations(np.array([1, 0, 1, 0, 1, 1]), 70, 3)
    assert (blocks[1]() == blocks[1]()).all() and not (blocks[0]() == blocks[1]()).all()
    given = np.array([1, 3, 0, 2, 4, 5], dtype=np.uint32), np.array([2, 6]), 40
    one, two = (loop(*given, np.random.default_rng(5)) for loop in (inference._shuffled, inference._shuffled.plain))
    assert (one == two).all()


def test_a_global_band_is_left_anywhere_as_often_as_its_level_says():
    random = np.random.default_rng(0)
    p, outside = [], []
    for _ in range(400):
        curves = random.normal(size=(100, 30)).cumsum(axis=1)
        low, high, one = global_band(curves[0], curves[1:], level=0.9)
        p.append(one)
        outside.append(((curves[0] < low) | (curves[0] > high)).any())
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 400))
    assert np.mean(outside) == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 400))
    # Pointwise quantiles would be left somewhere far more often than one time in ten.
    assert (np.array(p) <= 0.1).tolist() == outside


def test_a_curve_far_off_has_the_smallest_p():
    null = np.random.default_rng(0).normal(size=(99, 5))
    assert global_band(np.full(5, 9.0), null)[2] == 1 / 100


def test_points_where_nothing_is_defined_have_no_band():
    null = np.random.default_rng(0).normal(size=(19, 3))
    null[:, 1] = np.nan
    low, high, _ = global_band(np.zeros(3), null)
    assert np.isnan([low[1], high[1]]).all() and np.isfinite(low[[0, 2]]).all()
    assert np.isnan(global_band(np.full(3, np.nan), null)[2])


def test_an_unknown_alternative_is_refused():
    with pytest.raises(ValueError, match="'both' is none of"):
        extreme(1.0, np.zeros(3), "both")  # type: ignore[arg-type]
