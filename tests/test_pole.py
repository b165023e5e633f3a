"""A governance sheet turned into figures: against enumeration, published games and known networks; begun and checked by commands."""

import doctest
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from published import FAMILIES, MARRIAGES

from slpi import pole as module
from slpi.pole import PoleError, centre, classes, described, indicators, load_pole, main, members_printed, new, power, tied, volunteers

POLES = ROOT / "data" / "raw" / "poles"


@pytest.fixture(scope="module")
def example():
    return load_pole(POLES / "exemple")


@pytest.fixture(scope="module")
def measured(example):
    return indicators(example, draws=99)


def test_doctests():
    assert doctest.testmod(module).failed == 0


def with_votes(pole, votes, quota, colleges=None):
    """The first members of a pole, with these votes in these colleges."""
    members = pole.members.iloc[: len(votes)].assign(votes=[str(v) for v in votes])
    if colleges is not None:
        members["college"] = colleges
    about = pole.about | {"quota": quota, "total_votes": float(sum(map(Fraction, members["votes"])))}
    return replace(pole, about=about, members=members, ties=pole.ties.iloc[:0])


# Power.


def test_blocs_have_the_power_of_the_council_of_the_six(example):
    # European Economic Community, 1958: votes 4 4 4 2 2 1, quota 12; Banzhaf 5 5 5 3 3 0 of 21, Shapley-Shubik 14 14 14 9 9 0 of 60
    # (Brams & Affuso 1976). Here each country is a college of two members who share its votes.
    votes = [f"{v}/2" for v in (4, 4, 4, 2, 2, 1) for _ in range(2)]
    found = power(with_votes(example, votes, 12, [c for c in "abcdef" for _ in range(2)]))
    assert (found["bloc_banzhaf"] * 21).to_list() == pytest.approx([5, 5, 5, 3, 3, 0])
    assert (found["bloc_shapley"] * 60).to_list() == pytest.approx([14, 14, 14, 9, 9, 0])
    assert found["bloc_dummy"].to_list() == [False] * 5 + [True]
    assert (found["free_banzhaf"] > 0).all()  # the two of Luxembourg decide now and then once nobody votes as a bloc


def test_power_of_colleges_is_that_of_all_coalitions_and_all_orders(example):
    votes, quota = {"social enterprises": 40, "firms": 25, "local authorities": 20, "training and research": 10, "users": 5}, 60
    swings = dict.fromkeys(votes, 0)
    for size in range(5):
        for some in combinations(votes, size):
            held = sum(votes[one] for one in some)
            for one in set(votes) - set(some):
                swings[one] += held < quota <= held + votes[one]
    tips = dict.fromkeys(votes, 0)
    for order in permutations(votes):
        reached = np.cumsum([votes[one] for one in order])
        tips[order[int(np.argmax(reached >= quota))]] += 1
    found = power(example)
    assert found["bloc_banzhaf"].to_dict() == pytest.approx({one: n / sum(swings.values()) for one, n in swings.items()})
    assert found["bloc_shapley"].to_dict() == pytest.approx({one: n / 120 for one, n in tips.items()})


def test_shares_add_up_and_the_college_with_most_votes_comes_first(example):
    found = power(example)
    shares = ["member_share", "vote_share", "bloc_banzhaf", "bloc_shapley", "free_banzhaf", "free_shapley"]
    assert found[shares].sum().to_list() == pytest.approx([1] * 6)
    assert found["vote_share"].is_monotonic_decreasing and found["members"].sum() == len(example.members)


def test_a_college_of_one_has_the_power_of_its_member_where_each_votes_for_itself(example):
    found = power(with_votes(example, [3, 2, 2], 4, list("abc")))
    assert found["free_banzhaf"].to_list() == pytest.approx(found["bloc_banzhaf"].to_list())
    assert found["free_shapley"].to_list() == pytest.approx(found["bloc_shapley"].to_list())


# Ties.


def marriages(example):
    """The families of Florence as a pole, one vote each."""
    ties = pd.DataFrame([pair.split("-") for pair in MARRIAGES], columns=["source", "target"]).assign(kind="marriage")
    row = example.members.iloc[[0]].assign(votes="1")
    members = pd.concat([row] * len(FAMILIES)).set_axis(pd.Index(FAMILIES, name="member_id"))
    members["college"] = members["legal_class"] = members["actor"] = ["Medici" if f == "Medici" else "others" for f in FAMILIES]
    return replace(example, about=example.about | {"quota": 9, "total_votes": 16, "rule": "member"}, members=members, ties=ties)


def test_the_families_of_florence_have_their_published_centralisations(example):
    # Wasserman & Faust 1994, ch. 5: degree 0.267, betweenness 0.383.
    found = indicators(marriages(example), draws=9)
    assert found.loc["degree_centralisation", "value"] == pytest.approx(0.2666667)
    assert found.loc["betweenness_centralisation", "value"] == pytest.approx(0.3834921, abs=1e-6)
    held = centre(marriages(example))
    assert held[["tied", "ties", "strongest_power", "veto"]].to_list() == ["Medici", 6, pytest.approx(1 / 16), False]
    assert held["as_strong"] == 15
    assert held["centralisation"] == pytest.approx(found.loc["degree_centralisation", "value"])


def test_several_kinds_of_tie_between_two_count_once(example):
    twice = pd.concat([example.ties, example.ties.rename(columns={"source": "target", "target": "source"}).assign(kind="again")])
    pd.testing.assert_frame_equal(tied(replace(example, ties=twice)), tied(example))
    assert (tied(example).to_numpy() == tied(example).T.to_numpy()).all() and tied(example).to_numpy().trace() == 0


def test_each_figure_of_the_ties_names_what_it_is_set_against(measured):
    ties = measured[measured["group"] == "ties"]
    assert (ties["against"] != "").all() and ties["p"].between(0, 1).all() and ties["expected"].notna().all()
    assert ties.loc["degree_centralisation", "against"] == "networks of as many members and ties"


def test_the_order_of_members_and_ties_changes_no_figure(example, measured):
    mixed = replace(example, members=example.members.iloc[::-1], ties=example.ties.sample(frac=1, random_state=0))
    other = indicators(mixed, draws=9)
    pd.testing.assert_series_equal(other["value"], measured["value"])


def test_without_ties_nothing_is_measured_and_the_reason_is_told(example):
    bare = replace(example, ties=example.ties.iloc[:0])
    rows = indicators(bare, draws=9).query("group == 'ties'")
    assert rows["value"].isna().all() and set(rows["remark"]) == {"the sheet gives no ties"}
    assert pd.isna(centre(bare)["tied"]) and centre(bare)["strongest"] == "social enterprises"


def test_a_network_too_even_for_a_measure_says_why(example):
    three = replace(
        example, members=example.members.iloc[:3], ties=example.ties.query("source in ['m01', 'm02'] and target in ['m02', 'm03']")
    )
    three = replace(three, about=three.about | {"quota": 13, "total_votes": 24}, members=three.members.assign(college=list("abc")))
    rows = indicators(three, draws=9)
    assert "every pair is tied" in rows.loc["core_periphery_fit", "remark"]
    assert np.isnan(rows.loc["core_periphery_fit", "value"])


# Members, volunteers, resources.


def test_shares_of_legal_classes_are_counted_exactly(example):
    shares, _ = classes(example)
    assert shares["fraction"].to_dict() == {"association": "4/15", "cooperative": "2/15", "company": "5/15", "public body": "4/15"}


def test_the_classes_of_one_kind_of_actor_are_counted_among_themselves(example):
    found = module.legal_shares(example, "ess")
    assert found["fraction"].to_dict() == {"association": "3/6", "cooperative": "2/6", "company": "1/6"}
    assert found["value"].sum() == pytest.approx(1) and module.legal_shares(example, "support").empty


def test_p_of_the_ties_is_corrected_for_those_side_by_side(measured):
    ties = measured[measured["group"] == "ties"]
    assert (ties["p_holm"] >= ties["p"]).all() and ties["p_holm"].min() == pytest.approx(min(1, 6 * ties["p"].min()))
    assert measured.loc[measured["group"] != "ties", "p_holm"].isna().all()


def test_a_page_prints_the_corrected_p_and_one_note(example, measured):
    page = module.printed(measured)
    assert page.loc["degree_centralisation", "p"] == measured.loc["degree_centralisation", "p_holm"]
    assert page.loc["highest_banzhaf_of_a_college", "note"] == "its share of the votes"
    bare = module.printed(indicators(replace(example, ties=example.ties.iloc[:0]), draws=2))
    assert bare.loc["core_periphery_fit", "note"] == "the sheet gives no ties"


def test_concentration_and_effective_numbers_of_equal_votes_are_those_of_equals(example):
    rows = indicators(with_votes(example, [1] * 10, 6, list("aabbccddee")), draws=9)
    assert rows.loc["concentration_of_votes", ["value", "expected"]].to_list() == pytest.approx([0.1, 0.1])
    assert rows.loc["effective_holders_of_power_of_colleges", ["value", "expected"]].to_list() == pytest.approx([5, 5])


def test_volunteers_are_counted_by_hand(example):
    found = volunteers(example)["value"]
    assert found["board_seats"] == pytest.approx(4 / 14)
    assert found["hours"] == pytest.approx((640 + 410) / (640 + 410 + 6400))
    assert found["user_hours"] == pytest.approx(410 / (640 + 410 + 6400))
    assert found["user_seats"] == pytest.approx(7 / 51) and found["user_seats_deciding"] == pytest.approx(2 / 34)


def test_votes_of_founders_of_private_members_and_of_the_ess_are_counted_by_hand(example, measured):
    rows = measured.loc[["votes_of_founders", "votes_of_private_members", "votes_of_ess"]]
    assert rows["value"].to_list() == pytest.approx([0.34, 0.70, 0.45])
    assert rows["expected"].to_list() == pytest.approx([4 / 15, 11 / 15, 6 / 15])
    members = example.members.copy()
    members.loc["m11", "founder"] = np.nan
    row = indicators(replace(example, members=members), draws=2).loc["votes_of_founders"]
    assert row[["low", "high", "remark"]].to_list() == [pytest.approx(0.24), pytest.approx(0.34), "blanks leave it open"] and np.isnan(
        row["value"]
    )


def test_a_blank_bounds_what_it_may_hide_and_an_unknown_whole_gives_nothing(example):
    members = example.members.copy()
    members.loc["m01", "volunteer_seats"] = np.nan
    row = volunteers(replace(example, members=members)).loc["board_seats"]
    assert row[["low", "high"]].to_list() == pytest.approx([3 / 14, 5 / 14]) and np.isnan(row["value"])
    members.loc["m01", "seats"] = np.nan
    assert volunteers(replace(example, members=members)).loc["board_seats"].isna().all()
    unpaid = replace(example, about=example.about | {"paid_hours": None})
    assert volunteers(unpaid).loc[["hours", "user_hours"]].isna().all(axis=None)
    assert indicators(unpaid, draws=2).loc["volunteer_hours", "remark"] == "the sheet does not say"


def test_resources_are_those_of_the_budget_and_move_with_the_rate(example, measured):
    hours = 520 + 640 + 410
    money, mixed = 38000 + 27000 + 52000, 45000 + 30000 + 12000
    total = money + mixed + 9000 + 15 * hours
    assert measured.loc["market_share", "value"] == pytest.approx(money / total)
    assert measured.loc["non_market_share", "value"] == pytest.approx(mixed / total)
    assert measured.loc["non_monetary_share", "low"] == pytest.approx((9000 + 7.5 * hours) / (total - 7.5 * hours))
    none = indicators(replace(example, resources=example.resources.iloc[:0]), draws=2)
    assert none.loc["non_market_share", "remark"] == "the sheet gives no resources"


def test_a_sheet_says_what_it_holds_and_knows_no_other_attribute(example):
    assert repr(example) == "Pole('Pôle des Trois Vallons', simulated: 15 members, 10 resources, 28 ties, 5 bodies)"
    with pytest.raises(AttributeError):
        _ = example.colour
    members = example.members.assign(founder=np.nan)
    bare = replace(example, members=members, ties=example.ties.iloc[:0], about=example.about | {"paid_hours": None})
    assert described(bare).endswith("not said: founder of 15 members, paid_hours in pole.toml, ties.csv")
    assert described(example).endswith("not said: nothing")


# The commands.


@pytest.fixture
def among(tmp_path):
    """A folder of sheets with the template in it."""
    import shutil

    shutil.copytree(POLES / "template", tmp_path / "poles" / "template")
    return tmp_path / "poles"


def test_a_new_sheet_is_the_template_under_its_own_name_and_in_order(among, capsys):
    assert main(["--among", str(among), "new", "my_pole"]) == 0
    assert capsys.readouterr().out.endswith("my_pole: write your pole over the example in it, then: make pole CHECK=my_pole\n")
    assert load_pole(among / "my_pole").name == "My pole"
    assert main(["--among", str(among), "check", "my_pole"]) == 0
    kept, command = capsys.readouterr().out.splitlines()[-2:]
    assert "source is still the template's" in kept and command.endswith('CHAPTER=07_governance PARAMS="pole=my_pole"')


def test_nothing_is_written_over_and_a_bad_name_is_refused(among, capsys):
    new("my_pole", among=among)
    for name, said in (("my_pole", "is there already"), ("Ma Vallée", "did you mean 'ma_vallee'?"), ("", "NAME: is no name")):
        assert main(["--among", str(among), "new", name]) == 2
        told = capsys.readouterr().err
        assert said in told and told.endswith("1 fault; nothing was written\n")
    (among / "template").rename(among / "gone")
    with pytest.raises(PoleError, match="there is nothing to copy"):
        new("other", among=among)


def test_a_check_lists_the_faults_and_counts_them(among, capsys):
    folder = new("my_pole", among=among)
    text = (folder / "pole.toml").read_text(encoding="utf-8")
    (folder / "pole.toml").write_text(text.replace("quota = 6 ", "quota = 60 ").replace('"facilitator"', '"facilitatr"'), encoding="utf-8")
    assert main(["--among", str(among), "check", "my_pole"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "2 faults"


def test_forms_are_those_of_the_corpus_beside_the_sheets(among):
    assert module._forms(POLES) and module._forms(among) == []


def test_members_are_printed_in_words_and_not_in_identifiers(example):
    table = members_printed(example)
    assert list(table.columns) == ["college", "actor", "legal status", "votes", "seats", "volunteer seats", "founder"]
    assert {"SCOP", "public body", "SAS"} <= set(table["legal status"]) and {"ESS", "training research"} <= set(table["actor"])
