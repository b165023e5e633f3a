"""Agreement of coders: alpha, and two coders side by side."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from slpi.agreement import KEY, alpha, compare

N = np.nan
#: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: 4 observers, 12 units, with missing values.
PUBLISHED = pd.DataFrame(
    {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
        "C": [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
    }
)
#: The same paper, section A: two observers, ten units, binary.
BINARY = pd.DataFrame({"Meg": [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], "Owen": [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]})
#: And section B: two observers, twelve units, five categories.
NOMINAL = pd.DataFrame({"Ben": list("aabbdcccedda"), "Gerry": list("babbbccceddd")})
LEVELS = ("nominal", "ordinal", "interval", "ratio")


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)])
def test_alpha_of_four_coders_with_gaps_is_the_published_one(level, published):
    found = alpha(PUBLISHED, level=level)
    assert found.alpha == pytest.approx(published, abs=5e-4)
    assert (found.n_units, found.n_coders, found.level) == (11, 4, level)  # the twelfth unit has one value, which pairs with none
    assert found.alpha == pytest.approx(1 - found.observed / found.expected)
    assert np.isnan([found.low, found.high]).all()


def test_alpha_of_two_coders_is_the_published_one():
    # Krippendorff (2011): 0.095 for the binary data, 0.692 for the nominal data.
    assert alpha(BINARY, level="nominal").alpha == pytest.approx(0.095, abs=5e-4)
    assert alpha(NOMINAL, level="nominal").alpha == pytest.approx(0.692, abs=5e-4)


def test_two_values_make_all_levels_but_the_ratio_alike():
    assert len({round(alpha(BINARY, level=level).alpha, 12) for level in LEVELS}) == 1


UNITS = st.lists(st.lists(st.sampled_from([0.0, 0.33, 0.67, 1.0, N]), min_size=3, max_size=3), min_size=2, max_size=8)


def disagreeing(rows: list[list[float]]) -> pd.DataFrame:
    units = pd.DataFrame(rows, columns=["A", "B", "C"], index=[f"u{i}" for i in range(len(rows))])
    values = units[units.notna().sum(axis=1) > 1].stack().dropna()
    assume(values.nunique() > 1)
    return units


def squared(a: float, b: float, level: str, values: list[float]) -> float:
    """Krippendorff's metrics as he writes them, the ordinal one as a sum over the values from one to the other."""
    if level == "ordinal":
        between = sum(values.count(g) for g in set(values) if min(a, b) <= g <= max(a, b))
        return (between - (values.count(a) + values.count(b)) / 2) ** 2
    return {"nominal": float(a != b), "interval": (a - b) ** 2, "ratio": ((a - b) / (a + b)) ** 2 if a + b else 0.0}[level]


@settings(max_examples=30, deadline=None)
@given(UNITS, st.sampled_from(LEVELS))
def test_alpha_agrees_with_a_loop_over_pairs_of_values(rows, level):
    units = disagreeing(rows)
    coded = [unit.dropna().tolist() for _, unit in units.iterrows() if unit.notna().sum() > 1]
    values = [value for unit in coded for value in unit]
    within = sum(squared(a, b, level, values) / (len(unit) - 1) for unit in coded for a in unit for b in unit) / len(values)
    between = sum(squared(a, b, level, values) for a in values for b in values) / (len(values) * (len(values) - 1))
    assert alpha(units, level=level).alpha == pytest.approx(1 - within / between)


@settings(max_examples=20, deadline=None)
@given(UNITS, st.sampled_from(LEVELS), st.randoms(use_true_random=False))
def test_alpha_does_not_depend_on_the_order_or_names_of_units_and_coders(rows, level, random):
    units = disagreeing(rows)
    found = alpha(units, level=level).alpha
    moved = units.loc[random.sample(list(units.index), len(units)), random.sample(["A", "B", "C"], 3)].add_prefix("x")
    assert alpha(moved, level=level).alpha == pytest.approx(found)
    silent = pd.concat([units, pd.DataFrame(N, ["new"], units.columns)]).assign(absent=N)
    assert alpha(silent, level=level).alpha == pytest.approx(found)
    assert found <= 1


@settings(max_examples=20, deadline=None)
@given(UNITS)
def test_each_level_bears_the_changes_of_scale_that_it_allows(rows):
    units = disagreeing(rows)
    names = {0.0: "denied", 0.33: "marginal", 0.67: "frequent", 1.0: "constitutive"}
    words = units.astype(object).replace(names)
    assert alpha(words, level="nominal").alpha == pytest.approx(alpha(units, level="nominal").alpha)
    order = pd.CategoricalDtype(list(names.values()), ordered=True)
    for other in (np.exp(units), words.astype(order)):
        assert alpha(other, level="ordinal").alpha == pytest.approx(alpha(units, level="ordinal").alpha)
    assert alpha(3 * units - 1, level="interval").alpha == pytest.approx(alpha(units, level="interval").alpha)
    assert alpha(7 * units, level="ratio").alpha == pytest.approx(alpha(units, level="ratio").alpha)


def test_perfect_agreement_is_one_and_systematic_disagreement_below_zero():
    same = pd.DataFrame({"A": [1, 2, 3], "B": [1, 2, 3]})
    for level in LEVELS:
        assert alpha(same, level=level, bootstrap=50).alpha == 1
        assert alpha(same.assign(B=[3, 1, 2]), level=level).alpha < 0


def test_the_bootstrap_interval_holds_alpha_repeats_itself_and_narrows_with_the_units():
    found = alpha(PUBLISHED, level="ordinal", bootstrap=400, rng=1)
    assert found.low < found.alpha < found.high <= 1
    assert alpha(PUBLISHED, level="ordinal", bootstrap=400, rng=1) == found
    assert alpha(PUBLISHED, level="ordinal", bootstrap=400, rng=2) != found
    assert alpha(PUBLISHED, level="ordinal", bootstrap=400, rng=np.random.default_rng(1)) == found
    fourfold = alpha(pd.concat([PUBLISHED] * 4, ignore_index=True), level="ordinal", bootstrap=400, rng=1)
    assert (fourfold.high - fourfold.low) < 0.7 * (found.high - found.low)


def test_draws_in_which_only_one_value_occurs_are_counted():
    found = alpha(pd.DataFrame({"A": [1, 1, 2], "B": [1, 1, 2]}), level="nominal", bootstrap=300)
    # Of 27 draws of three units, 8 have the first two alone and 1 the last alone.
    assert 300 * 0.22 < found.undefined < 300 * 0.45
    assert (found.low, found.high) == (1, 1)


@pytest.mark.parametrize(
    ("units", "asked", "message"),
    [
        (PUBLISHED, {"level": "rank"}, "'rank' is none of"),
        (PUBLISHED, {"bootstrap": -1}, "bootstrap = -1: a number of draws"),
        (PUBLISHED[["A"]], {}, r"no unit has values of two coders \(12 units, 1 coders\)"),
        (pd.DataFrame({"A": [1, N], "B": [N, 2]}), {}, "no unit has values of two coders"),
        (pd.DataFrame({"A": [], "B": []}), {}, "no unit has values of two coders"),
        (pd.DataFrame({"A": [3, 3, 1], "B": [3, 3, N]}), {}, "every value is 3.0; with no disagreement to expect, alpha is not defined"),
        (pd.DataFrame({"A": list("xx"), "B": list("xx")}), {"level": "nominal"}, "every value is x"),
        (pd.DataFrame({"A": list("xy"), "B": list("xx")}), {}, "not a number: 0, A = 'x', 1, A = 'y', 0, B = 'x'|not a number: 0, A = 'x'"),
        (pd.DataFrame({"A": [1, -2], "B": [1, 2]}), {"level": "ratio"}, "at least 0 or missing: 1, A = -2"),
        (pd.DataFrame({"A": [1, np.inf], "B": [1, 2]}), {"level": "interval"}, "1, A = inf"),
        (PUBLISHED.rename({1: 0}), {}, "unit twice: 0"),
        (PUBLISHED.set_axis(list("AABC"), axis=1), {}, "coder twice: A"),
    ],
)
def test_units_without_a_defined_alpha_are_refused(units, asked, message):
    with pytest.raises(ValueError, match=message):
        alpha(units, **{"level": "ordinal"} | asked)


def test_categories_of_unlike_order_have_no_common_ranks():
    units = pd.DataFrame(
        {coder: pd.Categorical(["low", "high"], order, ordered=True) for coder, order in (("A", ["low", "high"]), ("B", ["high", "low"]))}
    )
    with pytest.raises(ValueError, match="'ordinal' needs numbers, or ordered Categoricals of the same levels"):
        alpha(units, level="ordinal")


# --- two coders of a corpus


def codes(coder: str, rows: list[tuple]) -> pd.DataFrame:
    """Rows of unit, dimension, value, alternative, document."""
    table = pd.DataFrame(rows, columns=["unit_id", "dimension", "value", "alt_value", "document_id"])
    return table.assign(coder=coder, unit_kind="form", code_id=[f"{coder}-{i}" for i in range(len(table))])


FIRST = codes(
    "first",
    [
        ("spl", "trust", "1", "0.67", "pommier"),
        ("pdc", "trust", "0.33", None, "pommier"),
        ("ptce", "trust", "0.67", "", "pommier"),
        ("ptce", "trust", "0.33", "", "pommier"),
        ("spl", "initiator", "the state", "", "pommier"),
        ("pdc", "initiator", "firms", "the state", "pommier"),
        ("spl", "size", "0", "", "pommier"),
        ("spl", "trust", "1", "", "trink"),
    ],
)
SECOND = codes(
    "second",
    [
        ("spl", "trust", "0.67", "", "pommier"),
        ("pdc", "trust", "0.33", "", "pommier"),
        ("ptce", "trust", "0.5", "", "pommier"),
        ("spl", "initiator", "the state", "", "pommier"),
        ("pdc", "initiator", "the state", "", "pommier"),
        ("pdc", "size", "1", "", "pommier"),
        ("pdc", "size", "0.67", "", "pommier"),
    ],
)


def test_judgements_are_matched_by_unit_dimension_and_document():
    found = compare(FIRST, SECOND)
    trust, initiator, size = (found.dimensions.loc[name] for name in ("trust", "initiator", "size"))
    assert trust[["level", "n_both", "n_agree", "n_agree_admitting", "n_only_a", "n_only_b"]].tolist() == ["ordinal", 3, 2, 3, 1, 0]
    assert trust["mean_absolute_difference"] == pytest.approx(0.11)
    assert trust["alpha"] == pytest.approx(alpha(pd.DataFrame({"a": [1, 0.33, 0.5], "b": [0.67, 0.33, 0.5]}), level="ordinal").alpha)
    assert initiator[["level", "n_both", "n_agree", "n_agree_admitting"]].tolist() == ["nominal", 2, 1, 2]
    assert initiator["alpha"] == 0 and np.isnan(initiator["mean_absolute_difference"])
    assert size[["n_both", "n_agree", "n_only_a", "n_only_b"]].tolist() == [0, 0, 1, 1] and np.isnan(size["alpha"])
    assert found.only_a["code_id"].tolist() == ["first-6", "first-7"]
    assert found.only_b["code_id"].tolist() == ["second-5", "second-6"]
    assert found.alpha == trust["alpha"]


def test_every_judgement_names_the_codes_behind_it():
    found = compare(FIRST, SECOND)
    row = found.matched.set_index(KEY).loc[("form", "ptce", "trust", "pommier")]
    assert row["value_a"] == 0.5 and row["code_ids_a"] == ["first-2", "first-3"] and row["code_ids_b"] == ["second-2"]
    assert row["agree"] and row["readings_a"] == {0.33, 0.67}
    assert found.disagreements[["unit_id", "dimension"]].to_numpy().tolist() == [["spl", "trust"], ["pdc", "initiator"]]


def test_what_is_matched_and_what_is_alone_are_all_that_was_coded():
    found = compare(FIRST, SECOND)
    for side, table in (("a", FIRST), ("b", SECOND)):
        named = [*found.matched[f"code_ids_{side}"].explode(), *getattr(found, f"only_{side}")["code_id"]]
        assert sorted(named) == sorted(table["code_id"])


def test_a_coder_agrees_with_himself_and_turning_the_coders_turns_the_sides():
    same = compare(FIRST, FIRST)
    assert same.matched["agree"].all() and same.only_a.empty and same.only_b.empty and same.alpha == 1
    assert (same.dimensions["n_agree"] == same.dimensions["n_both"]).all()
    one, other = compare(FIRST, SECOND), compare(SECOND, FIRST)
    sides = {"n_only_a": "n_only_b", "n_only_b": "n_only_a"}
    pd.testing.assert_frame_equal(other.dimensions.rename(columns=sides).loc[one.dimensions.index, one.dimensions.columns], one.dimensions)


def test_the_order_of_rows_and_of_passages_changes_nothing():
    one, other = compare(FIRST, SECOND), compare(FIRST.iloc[::-1], SECOND.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(other.dimensions.loc[one.dimensions.index], one.dimensions)
    thirds = codes("a", [("spl", "trust", value, "", "d") for value in ("0.33", "0.67", "0.33")])
    assert compare(thirds, thirds.iloc[[1, 0, 2]].assign(coder="b")).matched["agree"].all()


def test_coders_who_share_no_judgement_have_nothing_to_agree_on():
    found = compare(FIRST, SECOND.assign(document_id="other"))
    assert found.matched.empty and np.isnan(found.alpha) and found.dimensions["alpha"].isna().all()
    assert len(found.only_a) == len(FIRST) and len(found.only_b) == len(SECOND)
    assert found.dimensions[["n_both", "n_agree", "n_agree_admitting"]].eq(0).all(axis=None)


def test_the_corpus_can_be_compared(corpus):
    table = corpus.codes[corpus.codes["coder"] == "first_reader"]
    found = compare(table, table.assign(coder="second"))
    assert found.matched["agree"].all() and found.alpha == 1
    assert set(found.dimensions.index) == set(table["dimension"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.drop(columns=["code_id", "unit_id"]), "codes_b: no column code_id, unit_id; each row has code_id, coder"),
        (lambda c: c.drop(columns="alt_value"), "codes_b: no column alt_value; it may be blank"),
        (lambda c: c.assign(code_id="x"), "codes_b: code_id twice: x"),
        (lambda c: c.assign(value=["", None, *c["value"][2:]]), "codes_b: blank .* in row second-0, second-1"),
        (lambda c: c.assign(coder=["third", *c["coder"][1:]]), "codes_b: one coder is needed; there are third, second"),
        (lambda c: c.iloc[:0], "codes_b: one coder is needed; there are none"),
        (lambda c: c.assign(value=["high", "inf", *c["value"][2:]]), r"no number where .*: second-0 \(trust\), second-1 \(trust\)$"),
        (lambda c: c.assign(alt_value=["0,33", *c["alt_value"][1:]]), r"no number where .*: second-0 \(trust\)$"),
    ],
)
def test_codes_that_cannot_be_compared_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        compare(FIRST, change(SECOND))
