"""Profiles of units from coded rows, and which of two a unit lies nearer to."""

from dataclasses import asdict, astuple

import numpy as np
import pandas as pd
import pytest
from coded import ANCHORS, code, codebook, codes
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from slpi.typology import (
    FILTERS,
    Profiles,
    distance_range,
    distance_rows,
    family_units,
    family_weights,
    like_none,
    nearer,
    nearer_under_choices,
    profiles,
)
from slpi.verdicts import nearer_sentence

quick = settings(max_examples=10, deadline=None)
thorough = settings(max_examples=25, deadline=None)
BOOK = codebook(coordination="trust ties", sector="size export", territory="roots lone")
UNITS = {"pole": ["ptce", "ptce_group"], "cluster": ["pdc"], "district": ["spl"]}
SHARED = ["trust", "ties", "size", "export", "roots"]

_row = {
    "unit": st.sampled_from(["ptce", "ptce_group", "pdc", "spl"]),
    "dimension": st.sampled_from(SHARED),
    "value": st.sampled_from(ANCHORS),
    "alt": st.sampled_from([None, *ANCHORS]),
    "certainty": st.sampled_from(["high", "medium", "low"]),
    "document_id": st.sampled_from(["one", "two"]),
    "locator": st.sampled_from(["P1", "P2", "P3"]),
}
rows = st.builds(code, **_row)
#: Rows that no comparison of the three may see: of another unit, prescribed, on a hypothesis, or where the cluster is silent.
unseen = st.one_of(
    st.builds(code, **_row | {"unit": st.just("grappe")}),
    st.builds(code, **_row, status=st.just("prescribed")),
    st.builds(code, **_row, rests_on_hypothesis=st.just("yes")),
    st.builds(code, **_row | {"unit": st.sampled_from(["ptce", "spl"]), "dimension": st.just("lone")}),
)
#: Every unit described on two dimensions at least, then anything.
_first = [code(unit, dimension, "0.33") for unit in ("ptce", "pdc", "spl") for dimension in ("trust", "size")]
corpora = st.builds(
    lambda seen, hidden: codes(*_first, *seen, *hidden), st.lists(rows, min_size=4, max_size=20), st.lists(unseen, min_size=1, max_size=8)
)


def three(table: pd.DataFrame, **options) -> Profiles:
    return profiles(table, BOOK, UNITS, **options)


def ask(table: pd.DataFrame, draws: int = 40, **options):
    return nearer(three(table), "pole", "cluster", "district", draws=draws, **options)


def bits(result) -> str:
    """Everything a result holds, to its last bit."""
    return repr([part.to_dict() if isinstance(part, pd.Series) else part for part in astuple(result)])


# Profiles.


def test_a_value_is_the_mean_over_documents_of_the_mean_over_passages():
    table = codes(
        code("spl", "trust", "0", document_id="one", locator="P1"),
        code("spl", "trust", "1", document_id="one", locator="P2"),
        code("spl", "trust", "1", document_id="two"),
    )
    assert three(table).values.loc["district", "trust"] == pytest.approx(0.75)  # and not 2/3, the mean over rows


def test_low_and_high_read_every_row_at_its_lower_and_at_its_higher_end():
    table = codes(
        code("spl", "trust", "0.67", "1", certainty="low"),
        code("spl", "trust", "0.33", "0", locator="P2"),
        code("spl", "trust", "1", locator="P3"),
    )
    found = three(table).table.loc[("district", "trust")]
    assert found["value"] == pytest.approx(2 / 3)
    assert found["low"] == pytest.approx(1.67 / 3)
    assert found["high"] == pytest.approx(2.33 / 3)
    assert found["certainty"] == "low"


def test_passages_of_two_documents_are_two_though_their_locators_read_alike():
    table = codes(code("spl", "trust", "0"), code("spl", "trust", "1"), code("spl", "trust", "1", document_id="other"))
    found = three(table).table.loc[("district", "trust")]
    assert (found["n_passages"], found["n_documents"]) == (2, 2)


def test_silence_is_missing_and_a_denial_is_zero():
    values = three(codes(code("spl", "trust", "0"), code("pdc", "size", "1"))).values
    assert values.loc["district", "trust"] == 0
    assert np.isnan(values.loc["cluster", "trust"]) and np.isnan(values.loc["district", "size"])


def test_a_unit_of_which_nothing_is_said_is_there_and_empty():
    described = three(codes(code("spl", "trust", "0")))
    assert list(described.values.index) == ["pole", "cluster", "district"]
    assert described.values.loc["pole"].isna().all()
    assert described.shared("pole", "district") == [] and described.evidence("pole") == []
    assert three(codes()).values.shape == (3, 0)


@quick
@given(corpora)
def test_values_agree_with_a_loop_over_documents_and_passages(table):
    described = three(table)
    seen = table[(table["status"] == "asserted") & (table["rests_on_hypothesis"] == "no")]
    for unit, members in UNITS.items():
        for dimension in BOOK["dimension"]:
            part = seen[seen["unit_id"].isin(members) & (seen["dimension"] == dimension)]
            means = [np.mean([float(value) for value in one["value"]]) for _, one in part.groupby("document_id")]
            found = described.values.loc[unit, dimension] if dimension in described.values else np.nan
            assert found == pytest.approx(np.mean(means) if means else np.nan, nan_ok=True)


@quick
@given(corpora)
def test_values_lie_between_their_low_and_high_and_on_the_scale(table):
    found = three(table).table
    assert (found["low"] <= found["value"] + 1e-12).all() and (found["value"] <= found["high"] + 1e-12).all()
    assert found["low"].ge(-1e-12).all() and found["high"].le(1 + 1e-12).all()


@quick
@given(corpora, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_profile(table, random):
    order = random.sample(range(len(table)), len(table))
    pd.testing.assert_frame_equal(three(table.iloc[order]).values, three(table).values)


@quick
@given(corpora)
def test_names_of_units_documents_and_codes_change_no_profile(table):
    renamed = table.assign(unit_id="x_" + table["unit_id"], document_id="x_" + table["document_id"], code_id="x_" + table["code_id"])
    units = {f"the {name}": [f"x_{member}" for member in members] for name, members in UNITS.items()}
    found = profiles(renamed, BOOK, units).values.rename(index=lambda name: name.removeprefix("the "))
    pd.testing.assert_frame_equal(found, three(table).values)


def test_strict_drops_rows_on_hypotheses_and_loose_keeps_them():
    table = codes(
        code("spl", "trust", "0"),
        code("spl", "trust", "1", rests_on_hypothesis="yes", locator="P2"),
        code("spl", "size", "1", status="hypothesised"),
    )
    loose, strict = three(table, filter="loose").values, three(table).values
    assert loose.loc["district", "trust"] == 0.5 and loose.loc["district", "size"] == 1
    assert strict.loc["district", "trust"] == 0 and "size" not in strict


def test_strict_dimensions_drops_the_dimensions_that_hypotheses_name():
    table = codes(code("spl", "trust", "0"), code("spl", "size", "1"), code("spl", "size", "1", rests_on_hypothesis="yes", locator="P2"))
    book = BOOK.assign(from_hypothesis=np.where(BOOK["dimension"] == "size", "yes", "no"))
    assert list(profiles(table, book, UNITS, filter="strict").values) == ["trust", "size"]
    assert list(profiles(table, book, UNITS, filter="strict_dimensions").values) == ["trust"]


@pytest.mark.parametrize("filter", FILTERS)
def test_what_a_text_prescribes_enters_no_profile(filter):
    table = codes(
        code("spl", "trust", "0"),
        code("spl", "trust", "1", status="prescribed", locator="P2"),
        code("spl", "size", "1", status="prescribed"),
    )
    described = three(table, filter=filter)
    assert described.values.loc["district"].to_dict() == {"trust": 0}
    assert described.evidence("district") == ["c1"]


@pytest.mark.parametrize("status", ["asserted", "reported", "inferred"])
def test_what_a_text_describes_enters_the_strict_profile(status):
    assert three(codes(code("spl", "trust", "1", status=status))).values.loc["district", "trust"] == 1


def test_a_dispersion_within_a_form_and_a_category_enter_no_profile():
    book = pd.concat([BOOK, codebook(population="variety", category="purpose").assign(scale=["ordinal", "category"])])
    table = codes(code("spl", "trust", "0"), code("spl", "variety", "1"), code("spl", "purpose", "growth"))
    assert list(profiles(table, book, UNITS).values) == ["trust"]


def test_documents_restrict_who_speaks_of_one_unit_only():
    table = codes(
        *(code(unit, "trust", value, document_id=document) for unit in ("spl", "pdc") for value, document in (("0", "one"), ("1", "two")))
    )
    values = three(table, documents={"district": ["two"]}).values
    assert values.loc["district", "trust"] == 1 and values.loc["cluster", "trust"] == 0.5


def test_only_one_coders_rows_are_taken_when_one_is_named():
    table = codes(code("spl", "trust", "0"), code("spl", "trust", "1", coder="second"))
    assert three(table, coder="second").values.loc["district", "trust"] == 1
    assert three(table).values.loc["district", "trust"] == 0.5


@quick
@given(corpora)
def test_leaving_a_family_out_is_the_same_before_and_after(table):
    before, after = three(table, leave_out=["sector"]), three(table).without("sector")
    pd.testing.assert_frame_equal(before.values, after.values)
    assert before.evidence(*UNITS) == after.evidence(*UNITS)
    assert not {"size", "export"} & set(before.values)


def test_evidence_names_the_rows_of_the_units_and_dimensions_asked_for():
    described = three(codes(code("spl", "trust", "0"), code("spl", "size", "0"), code("pdc", "trust", "1"), code("grappe", "trust", "1")))
    assert described.evidence("district") == ["c1", "c2"]
    assert described.evidence("district", "cluster", dimensions=["trust"]) == ["c1", "c3"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": "hard"}, "filter = 'hard' is none of loose, strict, strict_dimensions"),
        ({"leave_out": ["sectors", "sector"]}, "leave_out: sectors is no family of dimensions; there are coordination, sector, territory"),
        ({"documents": {"SPL": ["doc"]}}, "documents: SPL is no unit; there are pole, cluster, district"),
        ({"documents": {"district": ["pomier"]}}, "documents: no code comes from pomier; there are doc"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        three(codes(code("spl", "trust", "0")), **options)


@pytest.mark.parametrize(
    ("value", "alt", "named"),
    [(None, None, "value = "), ("yes", None, "value = yes"), ("2", None, "value = 2"), ("1", "x", "alt_value = x")],
)
def test_a_reading_that_is_no_place_on_the_scale_is_refused_with_its_code(value, alt, named):
    with pytest.raises(ValueError, match=f"c2: {named}"):
        three(codes(code("spl", "trust", "0"), code("spl", "trust", value, alt, locator="P2")))


def test_a_strange_reading_that_enters_no_profile_is_let_be():
    assert three(codes(code("spl", "trust", "0"), code("grappe", "trust", "yes"))).values.loc["district", "trust"] == 0


def test_a_family_of_forms_pools_its_own_rows_with_those_of_its_forms():
    forms = pd.DataFrame({"form_id": ["spl", "ptce", "district"], "family": ["districts_spl", "ptce", "districts_spl"]})
    assert family_units(forms) == {"districts_spl": ["districts_spl", "spl", "district"], "ptce": ["ptce"]}


def test_family_weights_give_every_family_the_same_weight():
    families = pd.Series({"trust": "coordination", "ties": "coordination", "size": "sector"})
    assert family_weights(families).to_dict() == {"trust": 0.5, "ties": 0.5, "size": 1}
    assert (family_weights(families).groupby(families).sum() == 1).all()


# Nearer.

#: The pole with the cluster on trust, with the district on ties and size.
HAND = codes(
    *(code("ptce", d, v) for d, v in (("trust", "1"), ("ties", "0.33"), ("size", "0"))),
    *(code("pdc", d, v) for d, v in (("trust", "0.67"), ("ties", "1"), ("size", "1"))),
    *(code("spl", d, v) for d, v in (("trust", "0"), ("ties", "0.33"), ("size", "0.33"))),
)


def test_a_positive_gap_means_nearer_to_the_second():
    # To the cluster 0.33 + 0.67 + 1 = 2, to the district 1 + 0 + 0.33 = 1.33, each over three dimensions.
    found = ask(HAND)
    assert found.distance_a == pytest.approx(2 / 3) and found.distance_b == pytest.approx(1.33 / 3)
    assert found.gap == pytest.approx(0.67 / 3)
    assert found.contributions.round(9).to_dict() == {"ties": 0.223333333, "size": 0.223333333, "trust": -0.223333333}
    assert found.dimensions == ("trust", "ties", "size") and found.n_dimensions == 3


def test_equal_families_weigh_a_family_of_one_dimension_like_a_family_of_two():
    # Coordination: (-0.67 + 0.67) / 2 = 0; sector: 0.67; their mean 0.335.
    assert ask(HAND, equal_families=True).gap == pytest.approx(0.335)


def test_the_gap_without_a_family_is_that_of_its_other_dimensions():
    assert ask(HAND).left_out.round(9).to_dict() == {"coordination": 0.67, "sector": 0}


@quick
@given(corpora, st.booleans())
def test_swapping_the_two_flips_the_gap_and_its_range(table, equal):
    one = ask(table, equal_families=equal)
    other = nearer(three(table), "pole", "district", "cluster", draws=40, equal_families=equal)
    assert other.gap == pytest.approx(-one.gap, abs=1e-12)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=1e-12)
    assert one.share + other.share <= 1
    assert (one.distance_a, one.codes) == (other.distance_b, other.codes)


@quick
@given(corpora, st.booleans())
def test_contributions_sum_to_the_gap_and_the_gap_is_the_difference_of_distances(table, equal):
    found = ask(table, equal_families=equal)
    assert found.contributions.sum() == pytest.approx(found.gap, abs=1e-12)
    assert found.distance_a - found.distance_b == pytest.approx(found.gap, abs=1e-12)
    assert set(found.contributions.index) == set(found.dimensions)
    assert found.contributions.is_monotonic_decreasing


@quick
@given(corpora, st.booleans())
def test_left_out_is_what_comes_out_without_the_family(table, equal):
    described = three(table)
    for family, gap in ask(table, equal_families=equal).left_out.items():
        again = nearer(described.without(family), "pole", "cluster", "district", draws=1, equal_families=equal)
        assert gap == pytest.approx(again.gap, nan_ok=True, abs=1e-12)


@quick
@given(corpora, st.integers(0, 2**32 - 1))
def test_the_same_seed_draws_the_same(table, seed):
    assert bits(ask(table, rng=seed)) == bits(ask(table, rng=seed))


def test_another_seed_draws_another_range_around_the_same_gap():
    one, other = ask(HAND, rng=1), ask(HAND, rng=2)
    assert one.gap == other.gap and (one.low, one.high) != (other.low, other.high)


@thorough
@given(corpora, st.data())
def test_editing_adding_or_removing_codes_outside_the_evidence_moves_nothing_at_all(table, data):
    before = ask(table)
    outside = ~table["code_id"].isin(before.codes)
    fates = data.draw(st.lists(st.sampled_from(["keep", "edit", "remove"]), min_size=len(table), max_size=len(table)))
    edited = table.copy()
    for i, fate in enumerate(fates):
        if fate == "edit" and outside[i]:
            new = data.draw(st.tuples(st.sampled_from(ANCHORS), st.sampled_from([None, *ANCHORS]), st.sampled_from(["high", "low"])))
            edited.loc[i, ["value", "alt_value", "certainty"]] = new
    kept = edited[~(outside & (np.array(fates) == "remove"))]
    first, last = (codes(*data.draw(st.lists(unseen, max_size=4))) for _ in range(2))
    changed = pd.concat([first.assign(code_id="new-" + first["code_id"]), kept, last.assign(code_id="late-" + last["code_id"])])
    assert bits(ask(changed)) == bits(before)


@quick
@given(corpora, st.data())
def test_turning_a_code_of_the_evidence_about_moves_the_result(table, data):
    before = ask(table)
    i = data.draw(st.sampled_from(list(np.flatnonzero(table["code_id"].isin(before.codes)))))
    # A comparator's row, read at the far end from the pole: its distance must grow unless it stood there before.
    assume(table["unit_id"][i] in ("pdc", "spl"))
    pole = three(table).values.loc["pole", table["dimension"][i]]
    far = "1" if pole < 0.5 else "0"
    assume(float(table["value"][i]) != float(far))
    side = three(table).values.loc["cluster" if table["unit_id"][i] == "pdc" else "district", table["dimension"][i]]
    assume((side >= pole) == (far == "1"))
    after = ask(table.assign(value=table["value"].where(table.index != i, far)))
    assert after.codes == before.codes
    assert abs(after.gap - before.gap) > 1e-6


def test_an_alternative_reading_of_a_code_of_the_evidence_moves_the_range_and_not_the_gap():
    doubted = HAND.assign(alt_value=HAND["alt_value"].where(HAND["code_id"] != "c2", "1"), certainty="low")
    plain, wide = ask(HAND, draws=400), ask(doubted, draws=400)
    assert wide.gap == plain.gap
    assert wide.low < plain.low - 0.05


def test_without_alternatives_the_range_is_that_of_rubins_bayesian_bootstrap():
    # Rubin (1981): weights of n values are uniform on the simplex; of two values, the one's weight is uniform on 0 to 1.
    table = codes(
        *(code("ptce", d, "1") for d in ("trust", "ties")),
        *(code("pdc", d, v) for d, v in (("trust", "0"), ("ties", "0.67"))),
        *(code("spl", d, v) for d, v in (("trust", "1"), ("ties", "0.33"))),
    )  # trust pulls by 1, ties by -0.34
    found = ask(table, draws=20_000)
    assert found.low == pytest.approx(-0.34 + 1.34 * 0.05, abs=0.015)
    assert found.high == pytest.approx(-0.34 + 1.34 * 0.95, abs=0.015)
    assert found.share == pytest.approx(1 - 0.34 / 1.34, abs=0.015)


@pytest.mark.parametrize(("certainty", "often"), [("low", 0.5), ("medium", 0.35), ("high", 0.2)])
def test_a_draw_takes_the_alternative_as_often_as_the_certainty_says(certainty, often):
    table = codes(code("ptce", "trust", "0.33", "0.67", certainty=certainty), code("pdc", "trust", "1"), code("spl", "trust", "0"))
    assert ask(table, draws=20_000).share == pytest.approx(1 - often, abs=0.015)


@quick
@given(corpora, st.sampled_from(["high", "medium", "low"]))
def test_without_alternatives_certainty_changes_nothing_and_the_range_stays_within_the_pulls(table, certainty):
    bare = table.assign(alt_value=None)
    found = ask(bare)
    assert bits(ask(bare.assign(certainty=certainty))) == bits(found)
    pulls = found.contributions * found.n_dimensions
    assert pulls.min() - 1e-9 <= found.low <= found.high <= pulls.max() + 1e-9


def test_one_dimension_without_alternatives_leaves_no_range():
    found = ask(codes(code("ptce", "trust", "1"), code("pdc", "trust", "0.33"), code("spl", "trust", "0.67")))
    assert found.low == pytest.approx(found.gap) and found.high == pytest.approx(found.gap)
    assert found.share == 1


@quick
@given(corpora)
def test_a_single_draw_is_a_range_of_no_width(table):
    found = ask(table, draws=1)
    assert found.low == found.high and found.share in (0, 1)


def test_a_tie_counts_for_neither_side():
    # In binary the mean of three passages at 0.67 misses 0.67 by its last bit.
    thrice = [code("spl", d, "0.67", locator=p) for d in SHARED for p in ("P1", "P2", "P3")]
    once = [code(unit, d, value) for unit, value in (("ptce", "1"), ("pdc", "0.67")) for d in SHARED]
    for a, b in (("cluster", "district"), ("district", "cluster")):
        found = nearer(three(codes(*once, *thrice)), "pole", a, b, draws=40)
        assert (round(found.gap, 12), found.low, found.high, found.share) == (0, 0, 0, 0)


@quick
@given(corpora)
def test_a_unit_against_itself_twice_lies_nearer_to_neither(table):
    found = nearer(three(table), "pole", "pole", "pole", draws=5)
    assert (found.gap, found.low, found.high, found.distance_a) == (0, 0, 0, 0)


def test_three_without_a_shared_dimension_have_no_gap_and_a_sentence_that_says_so():
    found = ask(codes(code("ptce", "trust", "1"), code("pdc", "trust", "1"), code("spl", "size", "1")))
    assert np.isnan([found.gap, found.low, found.high, found.share, found.distance_a]).all()
    assert (found.dimensions, found.codes, len(found.left_out)) == ((), (), 0)
    assert nearer_sentence(found) == "Whether the pole lies nearer to cluster or to district cannot be said: the three share 0 dimensions."


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="draws = 0; at least 1"):
        ask(HAND, draws=0)


def test_a_unit_that_was_never_asked_for_is_refused_by_name():
    with pytest.raises(KeyError, match="districts"):
        nearer(three(HAND), "pole", "cluster", "districts")


# Distances with their range.


def test_distance_rows_stand_each_on_the_dimensions_of_its_pair():
    table = pd.concat([HAND, codes(code("ptce", "export", "1"), code("spl", "export", "1"))])
    table["code_id"] = [f"c{i}" for i in range(len(table))]
    found = distance_rows(three(table), "pole", {"cluster": "clusters_pdc", "district": "districts_spl"}, draws=50)
    assert found["label"].tolist() == ["cluster", "district"] and found["family"].tolist() == ["clusters_pdc", "districts_spl"]
    assert found["distance"].tolist() == pytest.approx([2 / 3, 1.33 / 4])
    assert found["n_dimensions"].tolist() == [3, 4]
    assert (found["low"] <= found["high"]).all()


@quick
@given(corpora)
def test_the_range_of_a_distance_does_not_depend_on_who_is_asked(table):
    described = three(table)
    assert distance_range(described, "pole", "cluster", draws=20) == distance_range(described, "cluster", "pole", draws=20)


def test_a_pair_that_shares_nothing_has_no_distance_in_its_row():
    found = distance_rows(three(codes(code("ptce", "trust", "1"), code("spl", "size", "1"))), "pole", {"district": "districts_spl"})
    assert found[["distance", "low", "high"]].isna().all(axis=None) and found["n_dimensions"].tolist() == [0]


# Like none.


def test_like_none_finds_the_dimensions_on_which_a_unit_stands_a_step_from_every_other():
    found = like_none(three(HAND), "pole", ["cluster", "district"])
    assert set(found.index) == {"trust", "size"}  # on ties the district stands where the pole stands
    assert found.loc["trust"].to_dict() == pytest.approx(
        {"value": 1, "nearest": "cluster", "nearest_value": 0.67, "distance": 0.33, "n_others": 2}
    )


def test_like_none_asks_for_two_others_that_are_described():
    table = HAND[HAND["code_id"] != "c4"]  # the cluster falls silent on trust
    assert like_none(three(table), "pole", ["cluster", "district"]).index.tolist() == ["size"]
    assert like_none(three(codes(code("spl", "trust", "1"))), "pole", ["cluster", "district"]).empty


@quick
@given(corpora)
def test_on_a_dimension_of_like_none_no_other_stands_within_the_step(table):
    described = three(table)
    for dimension, row in like_none(described, "pole", ["cluster", "district"], step=0.5).iterrows():
        away = (described.values.loc[["cluster", "district"], dimension] - described.values.loc["pole", dimension]).abs()
        assert away.min() == pytest.approx(row["distance"]) and row["distance"] >= 0.5 - 1e-9


# One choice at a time.


def choices(table: pd.DataFrame = HAND, **options) -> pd.DataFrame:
    pairings = {"district of two": {"district": ["two"]}}
    splits = {"the group": ("group", "cluster", "district")}
    units = UNITS | {"group": ["ptce_group"]}
    return nearer_under_choices(
        table, BOOK, units, "pole", "cluster", "district", pairings=pairings, splits=splits, draws=30, rng=7, **options
    )


#: Also: a second document on the district, a row on the group, a row that rests on a hypothesis.
DOUBTED = codes(
    *HAND.to_dict("records"),
    code("spl", "trust", "1", document_id="two", code_id="d1"),
    code("ptce_group", "size", "1", code_id="d2"),
    code("ptce", "ties", "1", rests_on_hypothesis="yes", code_id="d3"),
)


def test_the_first_choice_is_the_chosen_specification():
    first = choices(DOUBTED).iloc[0]
    chosen = asdict(nearer(three(DOUBTED), "pole", "cluster", "district", draws=30, rng=7))
    assert first["group"] == "as chosen" and first["label"] == "strict rows, all documents"
    assert {key: first[key] for key in ("gap", "low", "high", "share", "codes")} == {
        key: chosen[key] for key in ("gap", "low", "high", "share", "codes")
    }


def test_every_declared_choice_is_there_once():
    found = choices(DOUBTED)
    assert found.groupby("group", sort=False).size().to_dict() == {
        "as chosen": 1,
        "which rows": 2,
        "weights": 1,
        "family of dimensions left out": 3,
        "whose comparators": 1,
        "forms taken apart": 1,
    }
    assert found["label"].is_unique


def test_each_choice_gives_what_the_comparison_gives_under_it():
    found = choices(DOUBTED).set_index("label")
    chosen = nearer(three(DOUBTED), "pole", "cluster", "district", draws=30, rng=7)
    assert found.loc[["coordination", "sector"], "gap"].tolist() == pytest.approx(chosen.left_out.tolist())
    assert found.loc["territory", "gap"] == chosen.gap  # nothing is described there
    assert (
        found.loc["loose", "gap"]
        == nearer(three(DOUBTED, filter="loose"), "pole", "cluster", "district", draws=30, rng=7).gap
        != chosen.gap
    )
    alike = nearer(three(DOUBTED), "pole", "cluster", "district", draws=30, rng=7, equal_families=True)
    assert found.loc["each family of dimensions alike", ["gap", "low", "high"]].tolist() == [alike.gap, alike.low, alike.high]
    assert alike.gap != chosen.gap
    assert found.loc["district of two", "n_dimensions"] == 1
    assert found.loc["the group", "n_dimensions"] == 1 and "d2" in found.loc["the group", "codes"]


def test_the_other_filters_are_asked_whatever_was_chosen():
    found = choices(DOUBTED, filter="loose", leave_out=["territory"])
    assert set(found.loc[found["group"] == "which rows", "label"]) == {"strict", "strict dimensions"}
    assert found.loc[found["group"] == "family of dimensions left out", "label"].tolist() == ["coordination", "sector"]


# The real corpus.


def test_the_real_profiles_hold_no_prescribed_row_and_no_dispersion(corpus):
    units = {"all": corpus.codes["unit_id"].unique()}
    for filter in FILTERS:
        described = profiles(corpus.codes, corpus.codebook, units, filter=filter)
        used = corpus.codes[corpus.codes["code_id"].isin(described.evidence("all"))]
        assert len(used) and "prescribed" not in set(used["status"])
        assert "heterogeneity_within_form" not in described.values
        if filter != "loose":
            assert set(used["rests_on_hypothesis"]) == {"no"}


def test_codes_outside_the_real_evidence_move_nothing(corpus):
    family = family_units(corpus.forms)
    units = {"PTCE": family["ptce"], "clusters/PdC": family["clusters_pdc"], "districts/SPL": family["districts_spl"]}

    def result(table):
        return nearer(profiles(table, corpus.codebook, units), "PTCE", "clusters/PdC", "districts/SPL", draws=50, rng=20)

    before = result(corpus.codes)
    ordinal = corpus.codes["dimension"].isin(corpus.codebook.query("scale == 'ordinal'")["dimension"])
    outside = ~corpus.codes["code_id"].isin(before.codes)
    turned = corpus.codes.assign(
        value=corpus.codes["value"].where(~(outside & ordinal), "1"), alt_value=corpus.codes["alt_value"].mask(outside)
    )
    assert bits(result(turned)) == bits(before)
    assert bits(result(corpus.codes[~outside])) == bits(before)
