"""The rules that turn numbers into words: each at and around its thresholds, and on the real corpus with codes turned."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from coded import code, codebook, codes
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import verdicts
from slpi.corpus import Corpus
from slpi.distance import mean_absolute_difference
from slpi.typology import Nearer, Profiles, family_units, nearer, nearer_under_choices, profiles


def result(
    gap: float = 0.1, low: float = 0.05, high: float = 0.2, *, n: int = 6, left: dict[str, float] | None = None, **parts: float
) -> Nearer:
    """A comparison of the pole with the cluster (a) and the district (b), of whose numbers a test changes some."""
    left = {"trust_and_ties": 0.1, "sector": 0.1} if left is None else left
    contributions = pd.Series(parts or {"trust": gap}, dtype=float).sort_values(ascending=False, kind="stable")
    dimensions = tuple(f"d{i}" for i in range(n))
    share = float(gap > 0)
    return Nearer(
        "pole", "cluster", "district", gap, low, high, share, 0.4, 0.3, dimensions, ("c1",), contributions, pd.Series(left, dtype=float)
    )


# Words.


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")])
def test_a_counted_noun_agrees_with_its_number(n, said):
    assert verdicts.count(n, "row") == said


def test_a_counted_noun_takes_its_own_plural():
    assert verdicts.count(2, "body", "bodies") == "2 bodies"


@pytest.mark.parametrize(
    ("words", "said"), [([], "none"), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (iter("ab"), "a and b")]
)
def test_a_listing_puts_and_before_its_last_word(words, said):
    assert verdicts.listing(words) == said


@pytest.mark.parametrize(("value", "said"), [(0.126, "+0.13"), (-0.126, "−0.13"), (0, "+0.00"), (1, "+1.00")])
def test_a_signed_number_has_its_sign_and_a_true_minus(value, said):
    assert verdicts.signed(value) == said


def test_an_identifier_becomes_words():
    assert verdicts.plain("initiative_and_public_role") == "initiative and public role"


# Nearer.


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "clearly nearer to district"),
        ({"gap": -0.1, "low": -0.2, "high": -0.05, "left": {"sector": -0.1}}, "clearly nearer to cluster"),
        ({"n": 5}, "clearly nearer to district"),
        ({"n": 4}, "not assessable against the two"),
        ({"low": 0.001}, "clearly nearer to district"),
        ({"low": 0.0}, "not clearly nearer to either"),
        ({"low": 1e-15}, "not clearly nearer to either"),
        ({"low": -0.05}, "not clearly nearer to either"),
        ({"gap": -0.1, "low": -0.2, "high": 0.0}, "not clearly nearer to either"),
        ({"left": {"sector": -0.01, "trust": 0.2}}, "nearer to district on balance"),
        ({"left": {"sector": 0.0, "trust": 0.2}}, "nearer to district on balance"),
        ({"left": {"sector": np.nan}}, "nearer to district on balance"),
        ({"low": -0.05, "left": {"sector": -0.01}}, "not clearly nearer to either"),
    ],
)
def test_nearer_words_turn_at_their_thresholds(changed, word):
    assert verdicts.nearer_words(result(**changed)) == word


def test_a_gap_that_its_own_range_contradicts_ranks_nothing():
    # Alternatives that all point one way can carry the whole range past zero.
    assert verdicts.nearer_words(result(gap=0.01, low=-0.2, high=-0.05)) == "not clearly nearer to either"


def test_equal_distances_without_any_range_rank_nothing():
    assert verdicts.nearer_words(result(gap=1e-17, low=1e-17, high=1e-17, left={"sector": 0})) == "not clearly nearer to either"


def test_turning_families_are_those_without_which_the_gap_vanishes_turns_or_stands_on_nothing():
    left = {"kept": 0.02, "turned": -0.02, "vanished": 1e-12, "alone": np.nan}
    assert verdicts.turning_families(result(left=left)) == ["turned", "vanished", "alone"]
    assert verdicts.turning_families(result(gap=-0.1, left={"kept": -0.02, "turned": 0.02})) == ["turned"]


def test_the_sentence_gives_the_word_the_gap_the_range_and_what_it_rests_on():
    assert verdicts.nearer_sentence(result()) == (
        "The pole is clearly nearer to district: +0.10 of the scale separates the two distances "
        "(sensitivity range +0.05 to +0.20, 6 dimensions), and no single family of dimensions, left out, changes the order."
    )
    assert verdicts.nearer_sentence(result(left={"trust_and_ties": -0.1, "sector": 0})).endswith(
        "and the order would not hold without the trust and ties and sector dimensions."
    )


def test_the_sentence_on_too_few_dimensions_gives_no_gap():
    assert verdicts.nearer_sentence(result(n=1)).endswith(
        "lies nearer to cluster or to district cannot be said: the three share 1 dimension."
    )


@settings(max_examples=25, deadline=None)
@given(*[st.integers(-20, 20)] * 3, st.lists(st.integers(-20, 20), min_size=2, max_size=2), st.integers(0, 8))
def test_the_verdict_on_the_swapped_two_names_the_same_side(gap, low, width, left, n):
    low, high = low / 100, (low + abs(width)) / 100
    one = result(gap / 100, low, high, n=n, left={"sector": left[0] / 100, "trust": left[1] / 100})
    other = replace(one, a=one.b, b=one.a, gap=-one.gap, low=-one.high, high=-one.low, left_out=-one.left_out)
    assert verdicts.nearer_words(one) == verdicts.nearer_words(other)


# The other rules.


@pytest.mark.parametrize(
    ("nearest", "between", "n", "word"),
    [
        (0.3, 0.3, 5, "an original form"),
        (0.3, 0.1 + 0.2, 5, "an original form"),  # equal but for the last bit
        (0.31, 0.3, 5, "an original form"),
        (0.29, 0.3, 5, "a form apart in part"),
        (0.16, 0.3, 5, "a form apart in part"),
        (0.15, 0.3, 5, "a variant of its nearest neighbour"),
        ((0.1 + 0.2) / 2, 0.3, 5, "a variant of its nearest neighbour"),
        (0.0, 0.3, 5, "a variant of its nearest neighbour"),
        (0.3, 0.3, 4, "not assessable"),
        (0.3, 0.0, 5, "not assessable"),
        (0.3, np.nan, 5, "not assessable"),
        (np.nan, 0.3, 5, "not assessable"),
    ],
)
def test_originality_turns_at_its_thresholds(nearest, between, n, word):
    assert verdicts.originality_words(nearest, between, n) == word


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["coherent", "coherent"], "coherent"),
        (["incoherent"], "incoherent"),
        (["coherent", "incoherent"], "mixed"),
        (["coherent", "mixed"], "mixed"),
        (["mixed", "mixed"], "mixed"),
        (["coherent", "not assessable"], "coherent (1 of 2)"),
        (["coherent", "incoherent", "not assessable"], "mixed (2 of 3)"),
        (["not assessable", "not assessable"], "not assessable"),
        ([], "not assessable"),
    ],
)
def test_the_whole_says_what_its_parts_say_alike_and_how_many_could_be_assessed(parts, whole):
    assert verdicts.overall(parts) == whole


@pytest.mark.parametrize(
    ("low", "high", "start"),
    [
        (0.51, 0.9, "most"),
        (0.5, 0.9, "anything"),
        (0.1, 0.5, "anything"),
        (0.1, 0.49, "less than half"),
        (0.4, 0.6, "anything"),
        (0, 0, "less"),
    ],
)
def test_bounds_say_most_or_few_only_where_both_agree(low, high, start):
    assert verdicts.bounds_words(low, high).startswith(start)


def test_a_hypothesis_says_whose_comparators_its_verdict_depends_on():
    alike = pd.Series({"his own": "mixed (3 of 4)", "theirs": "mixed"})
    assert verdicts.hypothesis_words(alike) == "mixed, whoever describes the comparators"
    unlike = pd.Series({"his own": "coherent", "theirs": "mixed (1 of 2)", "all": "coherent (1 of 2)"})
    assert verdicts.hypothesis_words(unlike) == "coherent against his own and all; mixed against theirs"


@pytest.mark.parametrize(
    ("gaps", "said"),
    [
        ([0.1, 0.2, np.nan], "every one of the declared choices (2 of 2)"),
        ([-0.1, -0.2], "every one of the declared choices (2 of 2)"),
        ([0.1] * 4 + [-0.1], "most of the declared choices (4 of 5)"),
        ([0.1] * 7 + [-0.1] * 2, "only part of the declared choices (7 of 9)"),
        ([-0.1, -0.1, 0.0], "only part of the declared choices (2 of 3)"),
        ([0.1, -0.1], "only part of the declared choices (1 of 2)"),
        ([np.nan], "under none of the declared choices can the order be assessed"),
    ],
)
def test_sensitivity_says_under_how_many_choices_the_order_is_the_same(gaps, said):
    assert verdicts.sensitivity_words(pd.Series(gaps)).endswith(said)


LOW = profiles(
    codes(
        *(code("pole", d, v) for d, v in (("trust", "0"), ("size", "0.33"), ("state", "0.67"))),
        *(code("district", d, v) for d, v in (("trust", "0.33"), ("size", "0.67"), ("state", "0.33"))),
    ),
    codebook(any="trust size state"),
    {"pole": ["pole"], "district": ["district"], "cluster": ["cluster"]},
)


@pytest.mark.parametrize(
    ("parts", "share"),
    [
        ({"trust": 0.3, "size": 0.1}, 0.75),  # on trust both stand low, on size the district does not
        ({"trust": 0.3, "size": -0.1}, 1),
        ({"trust": -0.3, "state": 0.1}, 0),
        ({"trust": -0.3}, 0),
    ],
)
def test_absence_share_is_the_part_of_the_pull_from_where_both_stand_low(parts, share):
    assert verdicts.absence_share(result(**parts), LOW) == pytest.approx(share)


def test_absence_share_without_any_dimension_is_none():
    nothing = replace(result(n=0), contributions=pd.Series(dtype=float))
    assert verdicts.absence_share(nothing, LOW) == 0


CHOICES = pd.DataFrame(
    {
        "group": ["as chosen", "weights", "which rows"],
        "label": ["strict rows", "alike", "loose"],
        "gap": [0.1, -0.05, np.nan],
        "low": [0.05, -0.1, np.nan],
        "high": [0.2, 0.1, np.nan],
    }
)


def test_the_largest_move_is_the_choice_farthest_from_the_first():
    assert verdicts.largest_move(CHOICES) == "“weights: alike” (a gap of −0.05)"


@pytest.mark.parametrize("gaps", [[0.1, 0.1, np.nan], [np.nan, 0.1, 0.2], [np.nan] * 3])
def test_there_is_no_largest_move_where_nothing_moves_or_nothing_can_be_compared(gaps):
    assert verdicts.largest_move(CHOICES.assign(gap=gaps)) == "none of them"


@pytest.mark.parametrize(
    ("ideal", "said"),
    [
        ((0.5, 0.45, 0.6, 5), "farther than"),
        ((0.5, 0.3, 0.6, 5), "covers the distance"),
        ((0.5, 0.4, 0.6, 5), "covers the distance"),
        ((0.2, 0.1, 0.25, 5), "not farther"),
        ((0.35, 0.33, 0.39, 5), "not farther"),
        ((0.5, 0.45, 0.6, 4), "cannot be ranked"),
        ((np.nan, np.nan, np.nan, 0), "cannot be ranked"),
    ],
)
def test_the_ideal_type_is_ranked_only_where_its_range_covers_no_other(ideal, said):
    rows = pd.DataFrame([(0.3, 0.2, 0.4, 20), (0.4, 0.3, 0.5, 20), ideal], columns=["distance", "low", "high", "n_dimensions"])
    assert said in verdicts.ess_sentence(rows)
    assert ("that is farther" in verdicts.ess_sentence(rows)) == (said == "farther than")


# Titles and alt texts.


def test_choices_are_counted_in_the_title_and_said_one_by_one_in_the_alt():
    assert verdicts.choices_title(CHOICES) == "The sign holds under 1 of 2 choices; the range leaves out zero under 1"
    alt = verdicts.choices_alt(CHOICES)
    assert "strict rows +0.10 (+0.05 to +0.20); alike −0.05 (−0.10 to +0.10); loose not assessable" in alt


def test_the_distance_title_names_the_closest_and_the_farthest_pair():
    table = pd.DataFrame({"trust": [0, 0.33, 1]}, index=["spl", "pdc", "ptce"])
    distances, shared = mean_absolute_difference(table)
    assert verdicts.distance_title(distances) == "pdc and spl lie closest, ptce and spl farthest apart"
    assert "ptce to pdc 0.67 on 1" in verdicts.distance_alt(distances, shared)


def test_the_contribution_title_names_only_what_pulls_to_its_side():
    both = result(0.1, trust=0.2, size=-0.09, state=-0.01)
    assert verdicts.contribution_title(both) == "What draws pole towards district most: trust"
    other = result(-0.1, trust=-0.2, size=-0.1, state=0.2)
    assert verdicts.contribution_title(other) == "What draws pole towards cluster most: trust and size"
    assert "Towards district: state +0.20. Towards cluster: trust −0.20, size −0.10." in verdicts.contribution_alt(other)


@pytest.mark.parametrize("gap", [0.0, np.nan])
def test_without_a_gap_no_side_is_named(gap):
    assert verdicts.contribution_title(result(gap)).startswith("Nothing draws pole")


def test_the_profile_title_names_where_units_part_and_where_they_agree():
    units = {"pole": ["pole"], "district": ["district"]}
    values = {"trust": "01", "size": ("0.33", "0.67"), "state": "11"}
    table = codes(*(code(unit, d, v) for d, pair in values.items() for unit, v in zip(units, pair, strict=True)))
    described = profiles(table, codebook(any="trust size state lone"), units)
    assert verdicts.profile_title(described, units) == "The families part most on trust and size, and agree most on state"
    assert "trust: pole 0.00, district 1.00; size" in verdicts.profile_alt(described, units)


def test_the_form_title_names_the_two_of_one_family_that_lie_farthest_apart():
    forms = {"spl": "districts", "district": "districts", "pdc": "clusters", "cluster": "clusters", "grappe": "grappe"}
    rows = {"spl": ("1", "1"), "district": ("0", "0.67"), "pdc": ("0", None), "cluster": (None, "1"), "grappe": ("0", "0")}
    table = codes(*(code(form, d, v) for form, pair in rows.items() for d, v in zip(("trust", "size"), pair, strict=True) if v))
    described = profiles(table, codebook(any="trust size"), {form: [form] for form in forms})
    # The grappe lies farther from the SPL, but is of another family; PdC and cluster share no dimension.
    assert verdicts.form_title(described, forms) == "Within a family, spl and district lie farthest apart: 0.67 on 2 shared dimensions"
    alt = verdicts.form_alt(described, forms)
    assert "spl and district 0.67 on 2 dimensions" in alt and "pdc and cluster" not in alt
    assert all(f"{form} on {n}" in alt for form, n in zip(forms, (2, 2, 1, 1, 2), strict=True))
    assert verdicts.form_title(described, {"pdc": "clusters", "cluster": "clusters"}).startswith("No two forms")


def test_the_profile_title_on_fewer_than_three_dimensions_ranks_nothing():
    title = verdicts.profile_title(LOW, ["pole", "cluster"])
    assert title == "The families are described together on 0 dimensions only: none"


def test_the_strip_title_names_the_nearest_and_the_farthest_that_can_be_measured():
    rows = pd.DataFrame(
        [("SPL", 0.2, 0.1, 0.3, 9), ("PdC", 0.4, 0.3, 0.5, 9), ("ESS", np.nan, np.nan, np.nan, 0)],
        columns=["label", "distance", "low", "high", "n_dimensions"],
    )
    assert verdicts.strip_title("PTCE", rows).endswith("PTCE lies nearest to SPL and farthest from PdC")
    assert "SPL 0.20 (0.10 to 0.30, 9 dimensions)" in verdicts.strip_alt("PTCE", rows)


# The real corpus, with codes turned in memory.

THREE = ("PTCE", "clusters/PdC", "districts/SPL")


@pytest.fixture(scope="module")
def units(corpus: Corpus) -> dict[str, list[str]]:
    family = family_units(corpus.forms)
    return {"PTCE": family["ptce"], "clusters/PdC": family["clusters_pdc"], "districts/SPL": family["districts_spl"]}


def compare(corpus: Corpus, units: dict[str, list[str]], table: pd.DataFrame) -> tuple[Nearer, Profiles]:
    described = profiles(table, corpus.codebook, units)
    return nearer(described, *THREE, draws=200, rng=20), described


def turned(corpus: Corpus, units: dict[str, list[str]], towards: str, dimensions: list[str] | None = None) -> pd.DataFrame:
    """The codes with every row on the PTCE read as the named family is read, away from the other one, on the shared dimensions."""
    before, described = compare(corpus, units, corpus.codes)
    other = next(unit for unit in THREE[1:] if unit != towards)
    codes = corpus.codes.copy()
    for dimension in before.dimensions if dimensions is None else dimensions:
        rows = codes["unit_id"].isin(units["PTCE"]) & (codes["dimension"] == dimension)
        higher = described.values.loc[towards, dimension] > described.values.loc[other, dimension]
        codes.loc[rows, ["value", "alt_value"]] = ["1" if higher else "0", None]
    return codes


def test_turning_the_codes_to_one_family_or_the_other_turns_the_sentence(corpus, units):
    for family in THREE[1:]:
        after, _ = compare(corpus, units, turned(corpus, units, family))
        sentence = verdicts.nearer_sentence(after)
        assert sentence.startswith(f"The PTCE is clearly nearer to {family}: {verdicts.signed(after.gap)} of the scale")
        assert sentence != verdicts.nearer_sentence(compare(corpus, units, corpus.codes)[0])
        assert (after.gap > 0) == (family == "districts/SPL")


def test_turning_codes_one_dimension_at_a_time_passes_from_the_one_verdict_to_the_other(corpus, units):
    start, end = (turned(corpus, units, family) for family in ("districts/SPL", "clusters/PdC"))
    order, words = compare(corpus, units, start)[0].dimensions, []
    for n in range(0, len(order) + 1, 2):
        there = corpus.codes["dimension"].isin(order[:n]) if n < len(order) - 1 else True
        after, _ = compare(corpus, units, start.where(~pd.Series(there, start.index), end))
        sentence, families = verdicts.nearer_sentence(after), verdicts.turning_families(after)
        assert verdicts.nearer_words(after) in sentence and verdicts.signed(after.gap) in sentence
        assert ("no single family" in sentence) == (not families)
        assert all(verdicts.plain(family) in sentence for family in families)
        words.append(verdicts.nearer_words(after))
    assert words[0] == "clearly nearer to districts/SPL"
    assert "not clearly nearer to either" in words
    assert words[-1] == "clearly nearer to clusters/PdC"


def test_turning_the_codes_of_one_dimension_changes_the_numbers_of_the_sentence(corpus, units):
    before, _ = compare(corpus, units, corpus.codes)
    widest = before.contributions.index[0]
    after, _ = compare(corpus, units, turned(corpus, units, "clusters/PdC", [widest]))
    assert after.gap < before.gap and after.codes == before.codes
    assert verdicts.nearer_sentence(after) != verdicts.nearer_sentence(before)
    assert verdicts.signed(after.gap) in verdicts.nearer_sentence(after)


def test_taking_all_but_four_dimensions_from_the_ptce_leaves_nothing_to_say(corpus, units):
    before, _ = compare(corpus, units, corpus.codes)
    gone = corpus.codes["dimension"].isin(before.dimensions[4:]) & corpus.codes["unit_id"].isin(units["PTCE"])
    after, _ = compare(corpus, units, corpus.codes.assign(status=corpus.codes["status"].mask(gone, "prescribed")))
    assert verdicts.nearer_sentence(after) == (
        "Whether the PTCE lies nearer to clusters/PdC or to districts/SPL cannot be said: the three share 4 dimensions."
    )


def test_turning_the_codes_turns_the_originality_too(corpus, units):
    def word(table):
        _, described = compare(corpus, units, table)
        shared = described.shared(*THREE)
        alike, _ = mean_absolute_difference(described.values[shared])
        return verdicts.originality_words(alike.loc["PTCE", list(THREE[1:])].min(), alike.loc[THREE[1], THREE[2]], len(shared))

    _, described = compare(corpus, units, corpus.codes)
    ptce = corpus.codes["code_id"].isin(described.evidence("PTCE"))
    nearest_to_spl = corpus.codes["dimension"].map(described.values.loc["districts/SPL"].round(2).astype(str))
    same = corpus.codes.assign(
        value=corpus.codes["value"].mask(ptce & corpus.codes["dimension"].isin(described.shared(*THREE)), nearest_to_spl)
    )
    opposite = same.assign(
        value=same["value"].mask(ptce, (corpus.codes["dimension"].map(described.values.mean()) < 0.5).astype(int).astype(str))
    )
    assert word(same) == "a variant of its nearest neighbour"
    assert word(opposite) == "an original form"


def test_titles_and_alts_of_the_real_corpus_name_the_units_they_show(corpus, units):
    found, described = compare(corpus, units, corpus.codes)
    distances, shared = mean_absolute_difference(described.values)
    choices = nearer_under_choices(corpus.codes, corpus.codebook, units, *THREE, pairings={"his own": {}}, splits={}, draws=5)
    for text in (
        verdicts.distance_title(distances),
        verdicts.distance_alt(distances, shared),
        verdicts.profile_alt(described, units),
    ):
        assert all(unit in text for unit in THREE), text
    assert "PTCE" in verdicts.nearer_sentence(found)
    assert "PTCE" in verdicts.contribution_title(found) and any(unit in verdicts.contribution_title(found) for unit in THREE[1:])
    assert all(unit in verdicts.contribution_alt(found) for unit in THREE[1:])
    assert verdicts.profile_title(described, units).startswith("The families part most on ")
    assert all(label in verdicts.choices_alt(choices) for label in choices["label"])
    assert f"of {choices['gap'].notna().sum()} choices" in verdicts.choices_title(choices)


def test_a_tested_answer_is_as_strong_as_its_weakest_test():
    assert verdicts.tested_strength([0.001, 0.002], [0.01]).startswith("strong")
    assert verdicts.tested_strength([0.001, 0.04], [0.2]).startswith("moderate")
    assert verdicts.tested_strength([0.001, 0.06], [0.001]).startswith("weak")
