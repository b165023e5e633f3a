"""Who sits in a pole, who can decide in it, on what it lives: against published figures and enumeration."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations, product
from math import log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.governance import composition, resource_mix, voting_power

CLASSES = st.lists(st.sampled_from(["firm", "association", "commune", "school"]), min_size=3, max_size=15).filter(lambda c: len(set(c)) > 1)
VOTES = st.lists(st.integers(0, 9), min_size=2, max_size=7).filter(sum)


def series(values):
    return pd.Series(values, [f"m{i}" for i in range(len(values))])


# --- composition ------------------------------------------------------------------------------------------------------------------------


def test_indices_of_three_counts_are_those_of_vegan():
    # vegan 2.6: diversity(c(5, 3, 2), "shannon" | "simpson" | "invsimpson") and, for pairs, simpson.unb(c(5, 3, 2)).
    _, indices = composition(series(list("aaaaabbbcc")))
    expected = {"shannon": 1.0296530, "simpson": 0.62, "effective": 2.6315789, "pairs": 0.6888889}
    assert indices["value"].drop("evenness").to_dict() == pytest.approx(expected, abs=5e-8)


def test_equal_classes_are_as_even_as_can_be():
    _, indices = composition(series(list("abcabc")))
    assert indices.loc["evenness", "value"] == pytest.approx(1)
    assert indices.loc["effective", "value"] == pytest.approx(3)
    assert (indices.loc[["shannon", "evenness", "simpson"], "high"] < indices.loc[["shannon", "evenness", "simpson"], "value"]).all()


@settings(max_examples=30, deadline=None)
@given(CLASSES)
def test_the_range_is_that_of_the_bodies_with_one_member_fewer(classes):
    members = series(classes).astype(pd.CategoricalDtype(sorted(set(classes))))
    shares, indices = composition(members)
    fewer = [members.drop(member) for member in members.index]
    for name in members.cat.categories:
        left = [(one == name).mean() for one in fewer]
        assert shares.loc[name, ["value", "low", "high"]].to_list() == pytest.approx([(members == name).mean(), min(left), max(left)])
    differ = [np.mean([a != b for a, b in combinations(one, 2)]) for one in (members, *fewer)]
    assert indices.loc["pairs"].to_list() == pytest.approx([differ[0], min(differ[1:]), max(differ[1:])])


@settings(max_examples=20, deadline=None)
@given(CLASSES, st.randoms())
def test_the_order_and_the_names_of_members_do_not_matter(classes, shuffler):
    mixed = list(classes)
    shuffler.shuffle(mixed)
    _, one = composition(series(classes))
    shares, other = composition(pd.Series(mixed, range(len(mixed))))
    pd.testing.assert_frame_equal(one, other)
    assert shares["value"].sum() == pytest.approx(1)
    assert [Fraction(fraction) for fraction in shares["fraction"]] == [Fraction(int(n), len(mixed)) for n in shares["count"]]


def test_a_college_that_nobody_joined_is_counted():
    members = series(list("aab")).astype(pd.CategoricalDtype(list("abc")))
    shares, indices = composition(members)
    assert shares.loc["c", ["fraction", "value", "low", "high"]].to_list() == ["0/3", 0, 0, 0]
    assert indices.loc["evenness", "value"] < composition(series(list("aab")))[1].loc["evenness", "value"]
    alone = composition(series(list("aaa")).astype(pd.CategoricalDtype(list("ab"))))[1]
    assert alone["value"].to_list() == pytest.approx([0, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (pd.Series(["a", "b", "c"], ["x", "x", "y"]), "members: member twice: x"),
        (series(["a", None, "b"]), "members: no class for m1"),
        (series(["a", "b"]), "2 members, classes a, b; at least three and two"),
        (series(["a"] * 4), "4 members, classes a; at least three and two"),
        (series([]), "0 members"),
    ],
)
def test_composition_refuses(members, message):
    with pytest.raises(ValueError, match=message):
        composition(members)


# --- voting power -----------------------------------------------------------------------------------------------------------------------


def test_security_council():
    # Shapley & Shubik (1954) method for the council of fifteen: 421/2145 = 0.1963 a permanent member, 4/2145 = 0.001865 another.
    power = voting_power(series([7] * 5 + [1] * 10), 39)
    assert power["shapley_shubik"].to_list() == pytest.approx([421 / 2145] * 5 + [4 / 2145] * 10, abs=1e-15)
    # Banzhaf of a permanent member: C = 848 of 5,080 swings.
    assert power["banzhaf"].to_list() == pytest.approx([848 / 5080] * 5 + [84 / 5080] * 10, abs=1e-15)
    assert power["veto"].to_list() == [True] * 5 + [False] * 10
    assert not power["dictator"].any()


def test_council_of_the_six_in_which_luxembourg_never_decided():
    # Brams & Affuso (1976): European Economic Community of 1958, 4, 4, 4, 2, 2, 1 votes, 12 needed.
    votes = pd.Series({"Germany": 4, "France": 4, "Italy": 4, "Belgium": 2, "Netherlands": 2, "Luxembourg": 1})
    power = voting_power(votes, 12)
    assert power["shapley_shubik"].to_list() == pytest.approx([14 / 60] * 3 + [9 / 60] * 2 + [0])
    assert power["banzhaf"].to_list() == pytest.approx([5 / 21] * 3 + [3 / 21] * 2 + [0])
    assert power.index[power["dummy"]].to_list() == ["Luxembourg"]


def enumerated(votes, quota):
    n = len(votes)
    tips = [
        [sum(v for v, y in zip(votes, yes, strict=True) if y) < quota <= sum(v for v, y in zip(votes, yes, strict=True) if y) + votes[i]
         for yes in product([0, 1], repeat=n) if not yes[i]]
        for i in range(n)
    ]  # fmt: skip
    pivots = [0] * n
    for order in permutations(range(n)):
        running = np.cumsum([votes[i] for i in order])
        pivots[order[int(np.argmax(running >= quota))]] += 1
    return [sum(one) / 2 ** (n - 1) for one in tips], [count / sum(pivots) for count in pivots]


@settings(max_examples=30, deadline=None)
@given(VOTES, st.data())
def test_power_is_that_of_all_coalitions_and_all_orders(votes, data):
    quota = data.draw(st.integers(1, sum(votes)))
    power, (swings, pivots) = voting_power(series(votes), quota), enumerated(votes, quota)
    assert power["banzhaf_absolute"].to_list() == pytest.approx(swings)
    assert power["banzhaf"].to_list() == pytest.approx([one / sum(swings) for one in swings])
    assert power["shapley_shubik"].to_list() == pytest.approx(pivots)
    assert power["dummy"].to_list() == [one == 0 for one in pivots]
    assert power["dictator"].to_list() == [one == 1 for one in pivots]
    assert power["veto"].to_list() == [sum(votes) - one < quota for one in votes]


@settings(max_examples=20, deadline=None)
@given(VOTES, st.sampled_from([3, Fraction(1, 3), Decimal("0.1"), 0.25]), st.data())
def test_the_unit_of_the_votes_does_not_matter(votes, unit, data):
    quota = data.draw(st.integers(1, sum(votes)))
    scaled = pd.Series([vote * unit for vote in votes], series(votes).index, dtype=object)
    pd.testing.assert_frame_equal(voting_power(scaled, quota * unit), voting_power(series(votes), quota))


def test_decimals_are_taken_as_written():
    # In binary 0.1 + 0.2 lies above 0.3, and 0.1 + 0.7 below 0.8.
    assert voting_power(series([0.1, 0.2, 0.7]), 0.3)["banzhaf_absolute"].to_list() == [0.25, 0.25, 0.75]
    assert voting_power(series([0.1, 0.7, 0.2]), 0.8)["veto"].to_list() == [False, True, False]


def test_many_equal_voters_share_power_equally():
    power = voting_power(series([1] * 101), 51)  # more coalitions than 64 bits can count
    assert power["shapley_shubik"].to_list() == pytest.approx([1 / 101] * 101, rel=1e-14)
    assert power["banzhaf_absolute"].iloc[0] == pytest.approx(0.0795892373871787, rel=1e-13)  # dbinom(50, 100, 0.5) of R


@pytest.mark.parametrize(
    ("weights", "quota", "message"),
    [
        (series([1, -2, 3]), 2, "weights: not finite or below 0: m1 = -2"),
        (series([1, np.nan, np.inf]), 1, "m1 = nan, m2 = inf"),
        (series([1, "many"]), 1, "m1 = many"),
        (series([1, 2]), np.nan, "the quota = nan"),
        (pd.Series([1, 2], ["x", "x"]), 2, "weights: voter twice: x"),
        (series([1, 2]), 4, "quota: 4 of 3 votes of 2 voters"),
        (series([1, 2]), 0, "quota: 0 of 3 votes"),
        (series([5]), 3, "of 1 voters"),
        (series([0, 0]), 1, "quota: 1 of 0 votes"),
        (series([1234567.89, 1]), 1234567, "write the weights in a coarser unit"),
    ],
)
def test_voting_power_refuses(weights, quota, message):
    with pytest.raises(ValueError, match=message):
        voting_power(weights, quota)


# --- resources --------------------------------------------------------------------------------------------------------------------------


def budget(*lines):
    return pd.DataFrame(lines, columns=["kind", "amount", "hours"])


def test_three_equal_parts_are_fully_hybrid_and_one_kind_not_at_all():
    even = resource_mix(budget(("market", 100, None), ("non-market", 100, None), ("non-monetary", None, 5)), hourly_rate=20)
    assert even.loc["stated", ["market", "non-market", "non-monetary", "hybridity"]].to_list() == pytest.approx([1 / 3] * 3 + [1])
    assert (even.loc[["low", "high"], "hybridity"] < 1).all()
    assert resource_mix(budget(("market", 7, None)))["hybridity"].to_list() == [0, 0, 0]


def test_two_equal_kinds_are_hybrid_by_the_share_of_their_logs():
    assert resource_mix(budget(("market", 1, None), ("non-market", 1, None)))["hybridity"].to_list() == pytest.approx([log(2) / log(3)] * 3)


def test_the_rate_moves_only_what_is_counted_in_hours():
    lines = budget(("market", 600, None), ("non-market", 200, None), ("non-monetary", None, 10), ("non-monetary", 100, None))
    found = resource_mix(lines, hourly_rate=10, spread=0.2)
    assert found["hourly_rate"].to_dict() == {"stated": 10, "low": 8, "high": 12}
    assert found["non-monetary"].to_list() == pytest.approx([200 / 1000, 180 / 980, 220 / 1020])
    assert found["reciprocity"].to_list() == [0.25] * 3
    money = resource_mix(lines.drop(columns="hours").dropna(), hourly_rate=10)
    assert money["hourly_rate"].isna().all() and money["market"].nunique() == 1


def test_without_money_there_is_no_reciprocity_to_speak_of():
    found = resource_mix(budget(("non-monetary", None, 10)), hourly_rate=10)
    assert found["non-monetary"].eq(1).all() and found["reciprocity"].isna().all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=3, max_size=3), st.floats(0.1, 50))
def test_shares_know_no_unit_and_splitting_a_line_changes_nothing(values, unit):
    kinds = ["market", "non-market", "non-monetary"]
    once = resource_mix(pd.DataFrame({"kind": kinds, "amount": values}))
    halves = resource_mix(pd.DataFrame({"kind": kinds * 2, "amount": np.tile(values, 2) * unit / 2}))
    pd.testing.assert_frame_equal(once, halves)
    assert once[kinds].sum(axis=1).to_list() == pytest.approx([1] * 3) and once["hybridity"].between(0, 1 + 1e-12).all()


@pytest.mark.parametrize(
    ("lines", "keywords", "message"),
    [
        (budget(("grants", 5, None)), {}, "a kind .market, non-market, non-monetary.*not so: 0"),
        (budget(("market", 5, 3)), {"hourly_rate": 1}, "either an amount or, if non-monetary, hours.*not so: 0"),
        (budget(("market", 5, None), ("market", None, None)), {}, "not so: 1"),
        (budget(("market", None, 5)), {"hourly_rate": 1}, "not so: 0"),
        (budget(("market", -5, None)), {}, "at least 0 or missing: 0, amount = -5"),
        (budget(("market", np.inf, None)), {}, "0, amount = inf"),
        (budget(("market", 0, None)), {}, "not all 0; not so: the whole"),
        (budget(), {}, "not so: the whole"),
        (pd.DataFrame({"amount": [1.0]}), {}, "a kind"),
        (budget(("market", 1, None), ("market", 1, None)).set_axis(["x", "x"]), {}, "budget: line twice: x"),
        (budget(("non-monetary", None, 5)), {}, "hourly_rate: None.*for 5 hours; state"),
        (budget(("non-monetary", None, 5)), {"hourly_rate": -1}, "hourly_rate: -1"),
        (budget(("non-monetary", None, 5)), {"hourly_rate": np.nan}, "hourly_rate: nan"),
        (budget(("non-monetary", None, 5)), {"hourly_rate": 10, "spread": 1}, "hourly_rate: 10, spread 1"),
    ],
)
def test_resource_mix_refuses(lines, keywords, message):
    with pytest.raises(ValueError, match=message):
        resource_mix(lines, **keywords)
