"""Distances of units with gaps in what is known of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.distance import mean_absolute_difference, require_profiles

UNITS, DIMENSIONS = ["district", "cluster", "pole"], ["trust", "size", "state", "export"]
#: Each cell an anchor or silence.
CELLS = st.lists(st.sampled_from([0.0, 0.33, 0.67, 1.0, np.nan]), min_size=12, max_size=12)


def frame(cells: list[float]) -> pd.DataFrame:
    return pd.DataFrame(np.reshape(cells, (3, 4)), index=UNITS, columns=DIMENSIONS)


def by_hand(profiles: pd.DataFrame, a: str, b: str, weights: dict[str, float]) -> tuple[float, int]:
    gaps = [
        (abs(profiles.loc[a, d] - profiles.loc[b, d]), weights[d])
        for d in profiles
        if not np.isnan(profiles.loc[a, d] + profiles.loc[b, d])
    ]
    return (sum(g * w for g, w in gaps) / sum(w for _, w in gaps) if gaps else np.nan), len(gaps)


def test_gowers_coefficient_leaves_out_what_is_not_known_of_one_of_the_pair():
    # After Gower (1971, eq. 1): s = sum of scores over the comparable characters; distance = 1 - s.
    profiles = frame([0, 0.33, np.nan, 1, 1, 0.33, 0.67, np.nan, np.nan, 1, 0.67, 0])
    distances, shared = mean_absolute_difference(profiles)
    assert distances.loc["district", "cluster"] == pytest.approx(0.5)  # trust 1, size 0
    assert distances.loc["cluster", "pole"] == pytest.approx(0.335)  # size 0.67, state 0
    assert distances.loc["district", "pole"] == pytest.approx(0.835)  # size 0.67, export 1
    assert shared.loc["district"].tolist() == [3, 2, 2]


def test_common_puts_every_pair_on_the_dimensions_that_all_share():
    profiles = frame([0, 0.33, np.nan, 1, 1, 0.33, 0.67, np.nan, np.nan, 1, 0.67, 0])
    distances, shared = mean_absolute_difference(profiles, common=True)
    assert (shared == 1).all(axis=None)
    assert distances.loc["district", "cluster"] == 0
    assert distances.loc["district", "pole"] == distances.loc["cluster", "pole"] == pytest.approx(0.67)


def test_weights_pull_the_distance_to_the_heavier_dimension():
    profiles = pd.DataFrame({"trust": [0.0, 1.0], "size": [0.0, 0.0]}, index=["a", "b"])
    assert mean_absolute_difference(profiles, weights=pd.Series({"trust": 3, "size": 1}))[0].loc["a", "b"] == pytest.approx(0.75)
    assert mean_absolute_difference(profiles, weights=pd.Series({"trust": 0, "size": 1}))[0].loc["a", "b"] == 0


def test_a_pair_without_a_shared_dimension_has_no_distance():
    distances, shared = mean_absolute_difference(pd.DataFrame({"trust": [0, np.nan], "size": [np.nan, 1]}, index=["a", "b"]))
    assert np.isnan(distances.loc["a", "b"]) and shared.loc["a", "b"] == 0


def test_silence_is_not_read_as_zero():
    distances, _ = mean_absolute_difference(pd.DataFrame({"trust": [1.0, np.nan], "size": [1.0, 1.0]}, index=["a", "b"]))
    assert distances.loc["a", "b"] == 0


@settings(max_examples=25, deadline=None)
@given(CELLS, st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=4, max_size=4))
def test_distances_agree_with_a_loop_over_pairs(cells, weights):
    profiles, weights = frame(cells), dict(zip(DIMENSIONS, weights, strict=True))
    distances, shared = mean_absolute_difference(profiles, weights=pd.Series(weights))
    for a in UNITS:
        for b in UNITS:
            distance, n = by_hand(profiles, a, b, weights)
            assert distances.loc[a, b] == pytest.approx(distance, nan_ok=True)
            assert shared.loc[a, b] == n


@settings(max_examples=25, deadline=None)
@given(CELLS)
def test_distances_are_symmetric_between_zero_and_one_and_zero_to_oneself(cells):
    for common in (False, True):
        distances, shared = mean_absolute_difference(frame(cells), common=common)
        np.testing.assert_array_equal(distances, distances.T)
        np.testing.assert_array_equal(shared, shared.T)
        known = distances.to_numpy()[~np.isnan(distances)]
        assert ((known >= 0) & (known <= 1)).all()
        assert (np.diag(distances)[np.diag(shared) > 0] == 0).all()
        assert (distances.isna() == (shared == 0)).all(axis=None)


@settings(max_examples=25, deadline=None)
@given(CELLS, st.permutations(UNITS), st.permutations(DIMENSIONS))
def test_order_and_names_of_units_and_dimensions_change_nothing(cells, units, dimensions):
    profiles = frame(cells)
    distances, shared = mean_absolute_difference(profiles)
    moved = mean_absolute_difference(profiles.loc[units, dimensions].rename(index=str.upper, columns=str.upper))
    pd.testing.assert_frame_equal(moved[0].rename(str.lower).rename(columns=str.lower).loc[UNITS, UNITS], distances)
    pd.testing.assert_frame_equal(moved[1].rename(str.lower).rename(columns=str.lower).loc[UNITS, UNITS], shared)


@settings(max_examples=25, deadline=None)
@given(CELLS, st.sampled_from([0.001, 7.0]))
def test_reversing_the_scales_or_scaling_all_weights_changes_no_distance(cells, scale):
    profiles = frame(cells)
    distances, _ = mean_absolute_difference(profiles)
    pd.testing.assert_frame_equal(mean_absolute_difference(1 - profiles)[0], distances)
    pd.testing.assert_frame_equal(mean_absolute_difference(profiles, weights=pd.Series(scale, DIMENSIONS))[0], distances)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.33, 0.67, 1.0]), min_size=12, max_size=12))
def test_without_gaps_a_detour_is_never_shorter(cells):
    distances, _ = mean_absolute_difference(frame(cells))
    assert distances.loc["district", "pole"] <= distances.loc["district", "cluster"] + distances.loc["cluster", "pole"] + 1e-12


def test_values_outside_the_scale_are_refused_with_their_cells():
    profiles = pd.DataFrame({"trust": [1.2, 0], "size": [0, -0.1]}, index=["spl", "pdc"])
    with pytest.raises(ValueError, match=r"outside 0–1: spl, trust = 1\.2; pdc, size = -0\.1"):
        mean_absolute_difference(profiles)
    with pytest.raises(ValueError, match="spl, trust = inf"):
        require_profiles(pd.DataFrame({"trust": [np.inf]}, index=["spl"]))


def test_at_most_five_wrong_cells_are_named():
    with pytest.raises(ValueError) as error:
        require_profiles(pd.DataFrame({"trust": [2.0] * 8}, index=list("abcdefgh")))
    assert str(error.value).count("= 2") == 5


def test_duplicate_labels_are_refused_by_name():
    with pytest.raises(ValueError, match="unit twice: spl"):
        mean_absolute_difference(pd.DataFrame({"trust": [0, 1]}, index=["spl", "spl"]))
    with pytest.raises(ValueError, match="dimension twice: trust"):
        mean_absolute_difference(pd.DataFrame([[0, 1]], index=["spl"], columns=["trust", "trust"]))


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
def test_a_weight_that_cannot_weigh_is_refused_by_name(weight):
    profiles = pd.DataFrame({"trust": [0, 1], "size": [0, 1]}, index=["a", "b"])
    with pytest.raises(ValueError, match=r"weights: .* for size$"):
        mean_absolute_difference(profiles, weights=pd.Series({"trust": 1, "size": weight}))


def test_a_missing_weight_is_refused_by_name():
    with pytest.raises(ValueError, match="missing for trust"):
        mean_absolute_difference(pd.DataFrame({"trust": [0, 1]}, index=["a", "b"]), weights=pd.Series({"size": 1}))
