"""Distances of units with gaps in what is known of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.distance import _gower_rows, gower, mean_absolute_difference, require_profiles

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


#: Attributes of every kind, with gaps, of made-up firms.
FIRMS = pd.DataFrame(
    {
        "jobs": [12, 250, np.nan, 40, 7, 90],
        "year": [1950, 1988, 2001, np.nan, 1967, 1999],
        "form": ["scop", "sarl", "sa", None, "sarl", "sa"],
        "tech": pd.Categorical(["low", "mid", "high", "mid", None, "top"], ["none", "low", "mid", "high", "top"], ordered=True),
        "board": [1, 0, 0, np.nan, 1, 0],
        "fund": [0, 0, 1, 1, 0, 0],
    },
    index=list("abcdef"),
)


def lower(distances: pd.DataFrame) -> list[float]:
    """Below the diagonal, column by column, as R prints a dist."""
    return distances.to_numpy().T[np.triu_indices(len(distances), 1)].tolist()


def test_gower_meets_the_published_example_with_gaps():
    # Four units, numeric and nominal, one gap each in c and d: the values of R's cluster::daisy.
    frame = pd.DataFrame(
        {"a": [0, 0, 5, 10], "b": ["big", "small"] * 2, "c": [None, "first", "second", "first"], "d": [1, np.nan, 3, 2]},
        index=[1, 2, 3, 4],
    )
    found = gower(frame)
    pairs = {(2, 1): 0.5, (3, 1): 0.5, (4, 1): 0.8333333, (3, 2): 0.8333333, (4, 2): 0.3333333, (4, 3): 0.75}
    assert {pair: found.loc[pair] for pair in pairs} == pytest.approx(pairs, abs=1e-7)
    assert (np.diag(found) == 0).all()


def test_gower_equals_r_on_every_kind_of_attribute():
    # R 4, cluster::daisy(x, metric = "gower", type = list(asymm = "board", symm = "fund")).
    expected = [0.6763092068, 0.9333333333, 0.4828532236, 0.2707818930, 0.7136286613, 0.6470588235, 0.6213991770, 0.4823529412]
    expected += [0.5081578310, 0.1666666667, 0.9166666667, 0.3431372549, 0.5679012346, 0.6241426612, 0.5938029533]
    assert lower(gower(FIRMS, kinds={"board": "asymmetric", "fund": "symmetric"})) == pytest.approx(expected, abs=1e-9)


def test_gower_equals_r_with_weights_and_two_asymmetric_columns():
    # R 4, the same with type = list(asymm = c("board", "fund")), weights = c(1, 2, 0.5, 1, 3, 1).
    expected = [0.8403937707, 0.9555555556, 0.4828532236, 0.1826527382, 0.8990075042, 0.5206971678, 0.6213991770, 0.7420814480]
    expected += [0.5014389844, 0.1666666667, 0.8974358974, 0.3137254902, 0.5679012346, 0.6241426612, 0.7840716534]
    weights = {"jobs": 1, "year": 2, "form": 0.5, "tech": 1, "board": 3, "fund": 1}
    found = gower(FIRMS, kinds={"board": "asymmetric", "fund": "asymmetric"}, weights=weights)
    assert lower(found) == pytest.approx(expected, abs=1e-9)


def test_gower_equals_r_on_ranked_numbers_and_constant_columns():
    # R 4, daisy of ordered(c(10, 20, 40, 20)) with 1:4, and of ordered(lo, hi, mid, hi) with a constant and 1, 2, 4, NA.
    ranked = pd.DataFrame({"g": [10, 20, 40, 20], "z": [1, 2, 3, 4]})
    expected = [0.4166666667, 0.8333333333, 0.75, 0.4166666667, 0.3333333333, 0.4166666667]
    assert lower(gower(ranked, kinds={"g": "ordinal"})) == pytest.approx(expected, abs=1e-9)
    levels = pd.Categorical(["lo", "hi", "mid", "hi"], ["none", "lo", "mid", "hi", "top"], ordered=True)
    constant = pd.DataFrame({"o": levels, "k": 3, "x": [1, 2, 4, None]})
    assert lower(gower(constant)) == pytest.approx([0.4444444444, 0.5, 0.5, 0.3888888889, 0, 0.25], abs=1e-9)


def test_gower_equals_r_where_two_absences_are_all_that_is_known():
    # R 4, daisy(data.frame(p = c(1, 0, 0, 1, NA), q = c(0, 0, 1, 1, 0)), metric = "gower", type = list(asymm = c("p", "q"))).
    frame = pd.DataFrame({"p": [1, 0, 0, 1, None], "q": [0, 0, 1, 1, 0]})
    found = lower(gower(frame, kinds=dict.fromkeys(frame, "asymmetric")))
    assert found == pytest.approx([1, 1, 0.5, np.nan, 1, 1, np.nan, 0.5, 1, 1], nan_ok=True)


ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.5, 1e6, np.nan]),
        st.sampled_from(["sa", "scop", None]),
        st.sampled_from([True, False, None]),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=8,
)
KINDS = {"jobs": "numeric", "form": "nominal", "board": "asymmetric", "tech": "ordinal"}


def attributes(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(KINDS), index=[f"f{i}" for i in range(len(rows))])


def pair_by_hand(frame: pd.DataFrame, a: str, b: str) -> float:
    steps = {level: i for i, level in enumerate(sorted(set(frame["tech"])))}
    spread = (frame["jobs"].max() - frame["jobs"].min()) or 1
    jobs = abs(frame["jobs"][a] - frame["jobs"][b]) / spread
    scores = [] if np.isnan(jobs) else [jobs]
    scores += [float(frame["form"][a] != frame["form"][b])] if frame["form"][[a, b]].notna().all() else []
    scores += (
        [float(frame["board"][a] != frame["board"][b])] if frame["board"][[a, b]].notna().all() and frame["board"][[a, b]].any() else []
    )
    scores += [abs(steps[frame["tech"][a]] - steps[frame["tech"][b]]) / max(len(steps) - 1, 1)]
    return sum(scores) / len(scores) if a != b else 0.0


@settings(max_examples=20, deadline=None)
@given(ATTRIBUTES)
def test_gower_agrees_with_a_loop_over_pairs(rows):
    frame = attributes(rows)
    found = gower(frame, kinds=KINDS)
    expected = [[pair_by_hand(frame, a, b) for b in frame.index] for a in frame.index]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(ATTRIBUTES, st.randoms(use_true_random=False), st.sampled_from([0.01, 3.0]))
def test_gower_does_not_depend_on_order_names_units_of_measurement_or_the_sum_of_the_weights(rows, random, scale):
    frame = attributes(rows)
    found = gower(frame, kinds=KINDS)
    units, columns = random.sample(list(frame.index), len(frame)), random.sample(list(KINDS), 4)
    moved = frame.loc[units, columns].replace({"form": {"sa": "B", "scop": "A"}}).assign(jobs=lambda f: f["jobs"] * scale - 7)
    again = gower(moved, kinds=KINDS, weights=dict.fromkeys(columns, scale)).loc[frame.index, frame.index]
    pd.testing.assert_frame_equal(again, found, atol=1e-9)
    np.testing.assert_array_equal(found, found.T)
    known = found.to_numpy()[found.notna()]
    assert ((known >= 0) & (known <= 1)).all()


def many(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=n), "g": rng.choice(list("abc"), n), "b": rng.integers(0, 2, n).astype(float)})
    return frame.mask(rng.random((n, 3)) < 0.1)


def test_gower_is_the_same_for_any_number_of_threads_and_any_blocks(monkeypatch):
    frame, kinds = many(300), {"b": "asymmetric"}
    monkeypatch.setenv("SLPI_THREADS", "1")
    one = gower(frame, kinds=kinds)
    monkeypatch.setenv("SLPI_THREADS", "2")
    pd.testing.assert_frame_equal(gower(frame, kinds=kinds), one, check_exact=True)
    width = frame["x"].max() - frame["x"].min()
    part = gower(frame.iloc[140:], kinds=kinds, ranges={"x": width})
    pd.testing.assert_frame_equal(part, one.iloc[140:, 140:], atol=1e-12)


def test_the_compiled_loop_does_what_python_does():
    rng = np.random.default_rng(0)
    x, known = rng.integers(0, 2, (3, 7)).astype(float), (rng.random((3, 7)) > 0.2).astype(float)
    given = x * known, known, np.array([1.0, 2.0, 0.5]), np.array([False, True, True])
    plain, fast = np.zeros((7, 7)), np.zeros((7, 7))
    with np.errstate(invalid="ignore"):
        for start, stop in ((0, 3), (3, 6), (6, 7)):
            _gower_rows.plain(*given, start, stop, plain)
            _gower_rows(*given, start, stop, fast)
    np.testing.assert_array_equal(plain, fast)


def test_a_range_given_keeps_distances_of_a_part_as_they_are_in_the_whole():
    frame = pd.DataFrame({"jobs": [0, 10, 100], "tech": pd.Categorical(["a", "b", "d"], list("abcd"), ordered=True)})
    part = gower(frame.iloc[:2], ranges={"jobs": 100, "tech": 3})
    assert part.loc[0, 1] == pytest.approx((0.1 + 1 / 3) / 2)
    assert gower(frame.iloc[:2]).loc[0, 1] == 1


def test_columns_take_the_kind_of_their_values():
    ordered = pd.Categorical(["b", "a", "c"], list("abc"), ordered=True)
    frame = pd.DataFrame({"n": [1, 2, 4], "t": ["x", "y", "x"], "b": [True, False, False], "o": ordered, "c": pd.Categorical(list("xyy"))})
    said = {"n": "numeric", "t": "nominal", "b": "symmetric", "o": "ordinal", "c": "nominal"}
    pd.testing.assert_frame_equal(gower(frame), gower(frame, kinds=said))
    pd.testing.assert_frame_equal(gower(frame), gower(frame, kinds=pd.Series(said), weights=pd.Series(2.0, frame.columns)))
    pd.testing.assert_frame_equal(gower(frame.astype({"n": object, "b": "boolean", "t": "string"})), gower(frame))
    assert gower(pd.DataFrame({"b": [False, False], "n": [0, 1]})).loc[0, 1] == 0.5  # two absences are alike unless said otherwise


def test_an_attribute_unknown_of_all_adds_nothing_and_a_unit_unknown_in_all_has_no_distance():
    frame = pd.DataFrame({"n": [1.0, 2.0, np.nan], "nothing": [None] * 3})
    found = gower(frame)
    assert found.loc[0, 1] == 1 and found.loc[2, [0, 1]].isna().all() and found.loc[2, 2] == 0


@pytest.mark.parametrize(
    ("frame", "asked", "message"),
    [
        ({"n": [1.0]}, {}, "1 units and 1 columns; at least two units"),
        ({}, {}, "0 units and 0 columns"),
        ({"n": [1, 2]}, {"kinds": {"m": "numeric"}}, r"no column m \(kinds\)"),
        ({"n": [1, 2]}, {"weights": {"n": 1, "m": 1}, "ranges": {"k": 1}}, r"no column m \(weights\), k \(ranges\)"),
        ({"n": [1, 2]}, {"kinds": {"n": "binary"}}, r"name one of numeric, ordinal, nominal, symmetric, asymmetric for n \(binary\)"),
        ({"when": pd.to_datetime(["2001-01-01", "2002-01-01"])}, {}, r"name one of .* for when \(datetime64\)"),
        ({"t": ["low", "high"]}, {"kinds": {"t": "ordinal"}}, "not a number: 0, t = 'low', 1, t = 'high'; text with an order comes as"),
        ({"n": [1, np.inf]}, {}, "1, n = inf"),
        ({"b": [0, 2]}, {"kinds": {"b": "asymmetric"}}, "hold 0 and 1 or bool: 1, b = 2; others are nominal"),
        ({"n": [1, 2]}, {"weights": {"n": -1}}, "negative, infinite or missing for n"),
        ({"n": [1, 2], "m": [1, 2]}, {"weights": {"n": 1}}, "negative, infinite or missing for m"),
        ({"n": [1, 2]}, {"weights": {"n": 0}}, "weights: all are 0"),
        ({"n": [0, 10]}, {"ranges": {"n": 5}}, "no smaller than what the units span: n = 5, spanned 10"),
        ({"n": [0, 10]}, {"ranges": {"n": np.inf}}, "finite, no smaller"),
        ({"n": [-1.7e308, 1.7e308]}, {}, "finite, no smaller than what the units span: n = inf"),
        ({"t": ["a", "b"]}, {"ranges": {"t": 5}}, "for numeric and ordinal columns.* t = 5"),
    ],
)
def test_gower_refuses_what_has_no_distance(frame, asked, message):
    with pytest.raises(ValueError, match=message):
        gower(pd.DataFrame(frame), **asked)


def test_gower_refuses_a_unit_or_a_column_that_stands_twice():
    with pytest.raises(ValueError, match="unit twice: f1"):
        gower(pd.DataFrame({"n": [1, 2]}, index=["f1", "f1"]))
    with pytest.raises(ValueError, match="column twice: n"):
        gower(pd.DataFrame([[1, 2], [3, 4]], columns=["n", "n"]))
