"""What is said of governance follows from the tables: other codes, another sheet, other sentences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from slpi import governance_texts as texts
from slpi import governance_words as words
from slpi.pole import indicators, load_pole

POLES = ROOT / "data" / "raw" / "poles"
DECIDES, TIES = "governance_decentralisation", "coordination_horizontality"


def found(*rows: tuple) -> pd.DataFrame:
    """Readings: unit, dimension, value, low, high, and the mode where it is not stated."""
    full = [(*row[:5], row[5] if len(row) > 5 else "stated", 1, [f"c{i}"]) for i, row in enumerate(rows)]
    columns = ["unit", "dimension", "value", "low", "high", "mode", "n_documents", "evidence"]
    return pd.DataFrame(full, columns=columns)


@pytest.fixture(scope="module")
def example():
    return load_pole(POLES / "exemple")


@pytest.fixture(scope="module")
def measured(example):
    return indicators(example, draws=19)


# Forms.


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(0.67, 1.0, "networked"), (0.0, 0.33, "hierarchical"), (0.33, 0.67, "between the two"), (0.5, 1.0, "between the two")],
)
def test_a_model_is_named_only_where_the_whole_range_lies_on_one_side(low, high, word):
    assert words.model_words(found(("a", DECIDES, low, low, high)), "a", DECIDES) == word
    assert words.model_words(found(("a", DECIDES, low, low, high, "prescribed")), "a", DECIDES) == "not said"


def test_the_answer_turns_with_the_codes():
    group, network = ("group-led PTCE", DECIDES, 0.0, 0.0, 0.33), ("network PTCE", DECIDES, 0.83, 0.67, 1.0)
    spl = ("districts and SPL", DECIDES, 1.0, 0.67, 1.0)
    said = words.answer_sentence(found(group, network, spl), ["clusters and PdC", "districts and SPL"])
    assert said == (
        "On who decides, the PTCE follows no single model; governance is hierarchical for the group-led PTCE, "
        "networked for the network PTCE and for districts and SPL; not stated for clusters and PdC."
    )
    turned = words.answer_sentence(found(("group-led PTCE", DECIDES, 1.0, 0.67, 1.0), network), ["districts and SPL"])
    assert turned.startswith(
        "On who decides, the PTCE follows one model; governance is networked for the group-led PTCE and for the network PTCE"
    )
    assert "follows no model that is stated; governance is not stated" in words.answer_sentence(found(spl), [])


def test_where_only_ties_between_firms_are_told_the_sentence_says_so():
    rows = [("clusters and PdC", TIES, 0.33, 0.0, 0.67), ("districts and SPL", TIES, 1.0, 0.67, 1.0)]
    said = words.ties_sentence(
        found(*rows, ("districts and SPL", DECIDES, 1.0, 0.67, 1.0)), ["clusters and PdC", "districts and SPL"], "the model"
    )
    assert said.endswith("For the clusters and PdC, the model is told of their production and not of the bodies that decide.")
    both = [*rows, ("districts and SPL", DECIDES, 1.0, 0.67, 1.0), ("clusters and PdC", DECIDES, 0.0, 0.0, 0.33)]
    assert "is told of" not in words.ties_sentence(found(*both), ["clusters and PdC", "districts and SPL"], "the model")


def test_silent_cells_are_counted_and_prescription_breaks_a_silence_without_stating_anything():
    rows = found(("PTCE", DECIDES, 1.0, 1.0, 1.0), ("SPL", TIES, 1.0, 1.0, 1.0, "prescribed"))
    said = words.sure_sentence(rows, ["PTCE", "SPL"], [DECIDES, TIES])
    assert said.startswith("Of 4 cells of forms and dimensions 2 are silent and 1 hold only what ought to be")
    assert (
        words.matrix_title(rows, ["PTCE", "SPL"], [DECIDES, TIES])
        == "The texts are silent in 2 of 4 cells; most is stated of the PTCE (1 of 2 dimensions)"
    )
    assert "PTCE: who decides 1.00; SPL: ties between firms 1.00 (prescribed); nobody: nothing" in words.matrix_alt(
        rows, ["PTCE", "SPL", "nobody"]
    )


def test_what_ought_to_be_is_set_against_what_is_only_where_the_ranges_part():
    stated, ought = ("a", DECIDES, 0.0, 0.0, 0.33), ("a", DECIDES, 0.67, 0.33, 0.67, "prescribed")
    codes = pd.DataFrame({"status": ["prescribed", "asserted"]})
    said = words.ought_sentence(found(stated, ought, ("b", "trust", 1.0, 0.67, 1.0, "prescribed")), codes)
    assert said == (
        "1 of the rows used here says what ought to be. Nothing else is said on trust (b). "
        "What ought to be stands against what is stated on who decides of the a (0.00 stated, 0.67 called for)."
    )
    assert "stands against" not in words.ought_sentence(found(("a", DECIDES, 0.67, 0.67, 1.0), ought), codes)


def test_names_of_governance_are_counted():
    assert words.names_sentence("partnership [c1]; collective [c2]", 1) == "The governance of PTCE bears 2 names in one text."
    assert words.names_sentence("partnership [c1]", 2) == "The governance of PTCE bears 1 name in 2 texts."
    cells = pd.Series({"a": "heterarchic [c1]; collective [c2]", "b": "–"})
    assert (
        words.likened_sentence(cells)
        == "The governance of the a is heterarchic [c1] and collective [c2]; the governance of the b is not named."
    )
    assert words.names_sentence("–", 1) == "The texts give the governance of PTCE no name."


def test_the_title_of_two_kinds_names_where_they_part_and_where_they_do_not():
    rows = found(
        ("a", DECIDES, 0.0, 0.0, 0.33), ("b", DECIDES, 1.0, 0.67, 1.0), ("a", "trust", 0.67, 0.67, 1.0), ("b", "trust", 0.67, 0.33, 0.67)
    )
    assert words.two_title(rows, "a", "b") == "The two kinds of PTCE part most on who decides (0.00 and 1.00); they do not part on trust"
    rows.loc[2, "value"] = 0.0
    assert words.two_title(rows, "a", "b") == "The two kinds of PTCE part most on who decides (0.00 and 1.00)"
    assert words.two_title(rows[rows["unit"] == "a"], "a", "b") == "Nothing is stated of both the a and the b"
    assert "a on who decides 0.00 (0.00 to 0.33)" in words.two_alt(rows, "a", "b")


# Roles, compositions, marks, conditions.


def roles(*rows: tuple) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["unit", "group", "value", "role"])
    return frame.assign(low=frame["value"], high=frame["value"], evidence=[[]] * len(frame))


def test_roles_are_counted_where_the_text_speaks():
    table = roles(
        ("f", "form", 0.5, ""),
        ("g", "form", 0.67, ""),
        ("x", "named", 0.33, "marginal"),
        ("y", "named", 1.0, "carrier"),
        ("z", "named", np.nan, ""),
    )
    labels = dict(zip("fgxyz", "FGXYZ", strict=True))
    assert words.roles_title(table, labels) == "2 public roles in 2 named PTCE, from 0.33 to 1.00 on the scale; on Z the text is silent"
    assert "the named PTCE differ more among themselves (0.67 of the scale) than the forms do (0.17 of the scale)" in words.roles_sentence(
        table
    )
    near = table.assign(value=[0.0, 1.0, 0.33, 0.67, np.nan])
    assert "the forms differ at least as much among themselves (1.00 of the scale) as the named PTCE do" in words.roles_sentence(near)
    assert "the named PTCE differ more" not in words.roles_sentence(near)
    assert words.roles_sentence(table[table["group"] == "form"]) == "Forms and named PTCE cannot be set side by side."
    assert "Z nothing stated" in words.roles_alt(table, labels) and "X 0.33 (0.33 to 0.33), marginal" in words.roles_alt(table, labels)


def test_the_largest_class_of_each_pole_heads_its_figure(corpus):
    shares = texts.compositions(corpus.quantities, ["domb_innov"])
    assert words.compositions_title(shares, {"domb_innov": "Domb'Innov"}).startswith(
        "The largest class: 8 of 13 in Domb'Innov (association)"
    )
    assert words.range_words(shares.iloc[0]) == "58 to 67 %"


def test_more_marks_are_told_only_of_those_who_have_more():
    marks = pd.DataFrame({"unit_id": ["o", "o", "p"], "trait": ["a", "b", "a"]})
    assert words.marks_sentence(marks, ["p"], ["o"]).endswith("(1.0 each): the texts do not keep these marks for the label.")
    assert words.marks_sentence(marks, ["o"], ["p"]).startswith("Fewer marks") and "keep" not in words.marks_sentence(marks, ["o"], ["p"])
    assert words.marks_sentence(marks[:0], ["p"], ["o"]).startswith(
        "As many marks of the ESS are told of the 1 system under other labels (0.0 each), chosen for such passages, as of"
    )


def test_a_single_case_without_a_condition_would_change_the_sentence():
    rows = pd.DataFrame(
        [("1", "trust", "joining", "asserted", "none", "a"), ("2", "trust", "success", "asserted", "none", "b")],
        columns=["condition_id", "condition", "outcome", "status", "contrary", "document_id"],
    )
    said = words.conditions_sentence(rows, texts.conditions_by_name(rows))
    assert said.startswith("2 claims in 2 texts name 1 condition of success; trust is named in both, and no text tells of a named case")
    rows.loc[1, ["contrary", "condition"]] = ["case", "time"]
    said = words.conditions_sentence(rows, texts.conditions_by_name(rows))
    assert said.endswith("none is named in both, and 1 claim tell of a case that lacked one.")


# A sheet.


def test_the_example_stands_between_the_two_kinds(example):
    assert words.structure_words(example) == "between the two kinds of PTCE (ties turn around one, authority lies with none)"
    said = words.structure_sentence(example)
    assert "the college of social enterprises holds 48 % of the Banzhaf power, Les Ateliers du Vallon is tied to 71 %" in said


def test_authority_and_pivot_turn_the_verdict(example):
    veto = replace(example, about=example.about | {"quota": 61})
    assert words.structure_words(veto) == "like the group-led PTCE as described" and "and a veto" in words.structure_sentence(veto)
    ring = pd.DataFrame({"source": example.members.index, "target": np.roll(example.members.index, 1), "kind": "tie"})
    assert words.structure_words(replace(example, ties=ring)) == "like the network PTCE as described"
    assert words.structure_words(replace(veto, ties=ring)).endswith("(authority lies with one, ties do not turn around one)")
    bare = replace(example, ties=ring[:0])
    assert words.structure_sentence(bare).startswith("Pôle des Trois Vallons is neither (the sheet gives no ties); ")


def test_where_each_votes_for_itself_the_strongest_is_a_member(example):
    own = replace(example, about=example.about | {"rule": "member"})
    assert "holds 10 %" in words.structure_sentence(own) and "the college" not in words.structure_sentence(own)


def test_the_strongest_is_said_not_to_be_alone_where_others_have_as_much(example):
    assert "holds 48 % of the Banzhaf power" in words.structure_sentence(example)
    alike = example.members.assign(votes="1")
    own = replace(example, members=alike, about=example.about | {"rule": "member", "quota": 8, "total_votes": 15})
    assert ", as much as 14 others, of the Banzhaf power" in words.structure_sentence(own)


def test_a_measured_pole_is_not_called_invented(example):
    assert "the sheet is invented" in words.limits_sentence(example)
    measured = words.limits_sentence(replace(example, about=example.about | {"status": "measured"}))
    assert measured.startswith("One pole is measured here, Pôle des Trois Vallons") and "invented" not in measured


def test_the_title_on_power_names_the_college_farthest_from_its_votes(example):
    assert words.power_title(example) == "Social enterprises: 40 % of the votes, 48 % of the power"
    free = replace(example, about=example.about | {"rule": "member"})
    assert words.power_title(free) == "Each college has the power that its votes suggest"
    assert "firms: members 33 %, votes 25 %, Banzhaf and Shapley–Shubik power 22 and 22 % as a bloc" in words.power_alt(example)


def test_only_figures_with_a_small_p_are_said_to_differ(example, measured):
    none = measured.assign(p_holm=0.5)
    assert words.ties_title(example, none) == "None of 6 figures of the ties differs from drawn networks"
    one = measured.assign(p_holm=np.where(measured.index == "degree_centralisation", 0.05, 0.5))
    assert words.ties_title(example, one) == "Degree centralisation differs from drawn networks; 5 of 6 figures do not"
    assert words.ties_title(example, none[none["group"] != "ties"]) == "The sheet gives no ties that could be measured"
    assert "Les Ateliers du Vallon 10" in words.ties_alt(example, measured)


def test_resources_say_how_far_the_rate_moves_them(example, measured):
    assert words.resources_sentence(example, measured) == (
        "Resources are 49 % market, 37 % non-market and 14 % non-monetary; "
        "at half or once and a half the rate of 15 euros an hour the last would be 9 to 18 %."
    )
    money = replace(example, resources=example.resources[example.resources["hours"].isna()])
    assert "rate" not in words.resources_sentence(money, indicators(money, draws=2))
    none = replace(example, resources=example.resources[:0])
    assert words.resources_sentence(none, indicators(none, draws=2)) == "The sheet gives no resources."


def test_volunteers_are_told_as_bounds_where_blanks_hide_some(example):
    members = example.members.copy()
    members.loc["m01", "volunteer_seats"] = np.nan
    assert words.volunteers_sentence(replace(example, members=members)).startswith("Volunteers hold 21 to 36 % of the board's seats, ")
    bare = replace(example, members=members.assign(seats=np.nan), levels=example.levels[:0], about=example.about | {"paid_hours": None})
    assert words.volunteers_sentence(bare) == "The sheet says too little of volunteers and users."


def test_the_commonest_class_is_named_on_both_sides_ties_included(corpus):
    own = pd.DataFrame(
        {"count": [2, 2, 1], "fraction": ["2/5", "2/5", "1/5"], "value": [0.4, 0.4, 0.2]}, ["association", "company", "person"]
    )
    pole = load_pole(POLES / "template")
    said = words.beside_title(own, texts.compositions(corpus.quantities, ["domb_innov"]), pole, "Domb'Innov")
    both = "association and company in A pole to copy (simulated), 2 of 5 each"
    assert said == f"The commonest legal status of members of the ESS: {both}; association in Domb'Innov (documented), 8 of 13"
    assert "A pole to copy (simulated) has none; association in" in words.beside_title(
        own[:0], texts.compositions(corpus.quantities, ["domb_innov"]), pole, "Domb'Innov"
    )
    assert "person 20 %" in words.bars_alt({"own": own["value"]})
