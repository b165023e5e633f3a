"""What is said of territories follows from the coded rows by rule: other numbers, other sentences."""

import numpy as np
import pandas as pd
import pytest

from slpi import territoriality_words as words

WHO = {"a": "Ann", "b": "Bea", "c": "Cleo"}
FAMILIES = {"clusters_pdc": "clusters", "districts_spl": "districts", "ptce": "PTCE"}


def cells(*rows: tuple) -> pd.DataFrame:
    """``("SPL", "x", 0.67, 0.33, 1)`` and, if told, passages and documents."""
    full = [(*row, 1, ("a",))[:7] if len(row) == 5 else row for row in rows]
    frame = pd.DataFrame(full, columns=["unit", "panel", "value", "low", "high", "passages", "documents"])
    return frame.assign(named=frame["value"].isna(), evidence=[(f"c{i}",) for i in range(len(frame))])


# Strength.


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.5, 1, "strongly"),
        (0.5 - 1e-12, 1, "strongly"),
        (0.33, 0.49, "weakly"),
        (0.33, 0.5, "weakly or strongly, as it is read"),
        (0, 0.165, "denied"),
        (0, 0.33, "weakly"),
        (np.nan, np.nan, "without a strength"),
    ],
)
def test_the_word_for_a_strength_follows_from_the_whole_range(low, high, said):
    assert words.strength(low, high) == said


def test_a_cell_says_its_strength_its_range_and_how_many_authors_it_has():
    rows = cells(("S", "x", 0.67, 0.5, 1, 3, ("a", "b")), ("T", "x", np.nan, np.nan, np.nan, 1, ("a",)), ("U", "x", 0, 0, 0))
    assert words.cell_words(words.cell(rows, "S", "x")) == "described strongly (0.67, 0.50 to 1.00; 3 passages of 2 authors)"
    assert words.cell_words(words.cell(rows, "T", "x")) == "named without a strength (1 passage of one author alone)"
    assert words.cell_words(words.cell(rows, "U", "x")).startswith("denied (0.00")
    assert words.cell_words(words.cell(rows, "V", "x")) == "silent"


def test_silence_is_said_beside_what_is_described():
    rows = cells(("S", "rooting", 1, 1, 1))
    assert words.panel_sentence(rows, "rooting", ["S", "T", "U"]) == (
        "Rooting is described strongly for S (1.00, 1.00 to 1.00; 1 passage of one author alone); on T and U the texts are silent."
    )
    assert words.panel_sentence(rows, "rooting", ["S"], on=("trust", "-exports")).startswith(
        "Rooting (read on trust and no exports) is described strongly for S"
    )
    assert words.panel_sentence(rows, "rooting", ["S"], on=("rooting",)).startswith("Rooting is described")
    assert words.panel_sentence(rows, "other", ["S"]) == "Other: on S the texts are silent."
    assert words.unit_sentence(rows, "S", ["rooting", "other"]).endswith("on other the texts are silent.")
    mixed = cells(("S", "x", 0.5, 0.33, 0.67))
    assert "weakly or strongly, as it is read, for S (0.50" in words.panel_sentence(mixed, "x", ["S"])


# What tells forms apart.


def test_a_trait_tells_two_units_apart_only_when_their_ranges_do_not_meet():
    near = cells(("S", "x", 0.67, 0.5, 0.7), ("T", "x", 0.9, 0.7, 1), ("U", "x", np.nan, np.nan, np.nan))
    far = cells(("S", "x", 0.67, 0.5, 0.69), ("T", "x", 0.9, 0.7, 1))
    assert words.apart_words(near, "x", ["S", "T", "U"]) == "tells none of them apart"
    assert words.apart_words(far, "x", ["S", "T"]) == "tells apart S from T"
    assert words.apart_words(far, "x", ["S", "U"]) == "cannot be compared"


def test_the_answer_changes_when_a_range_moves():
    near, far = cells(("S", "x", 0.7, 0.5, 0.8), ("T", "x", 0.9, 0.7, 1)), cells(("S", "x", 0.3, 0, 0.33), ("T", "x", 0.9, 0.7, 1))
    assert "tell none of S and T apart" in words.answer_sentence(near, ["x"], ["S", "T"])
    assert words.answer_sentence(far, ["x"], ["S", "T"]) == "As the texts describe S and T: x tells apart S from T."
    assert words.processes_title(near, near, ["x"], 2, ["S", "T"]).startswith(
        "No process tells the families apart; the texts are silent on 0 of 2"
    )
    assert words.processes_title(far, far, ["x"], 3, ["S", "T"]) == (
        "X tells families apart; the texts are silent on 1 of 3 pairs of form and process; 2 of the 2 described rest on one author"
    )


def test_how_sure_counts_lone_authors_and_silences_and_names_who_carries_the_last_process():
    rows = cells(("S", "x", 1, 1, 1, 2, ("a", "b")), ("S", "y", 1, 1, 1, 1, ("b",)), ("else", "y", 1, 1, 1, 1, ("c",)))
    assert words.sure_sentence(rows, ["x", "y"], ["S", "T"], WHO) == (
        "How sure: of 2 descriptions of a family by a process, 1 rests on one author alone, and on 2 more pairs of a family and a process "
        "the texts are silent; y is told by Bea alone."
    )
    both = cells(("S", "x", 1, 1, 1, 2, ("a", "b")))
    assert words.sure_sentence(both, ["x"], ["S"], WHO).endswith("and no pair is silence; x is told by Ann and Bea.")
    assert words.sure_sentence(both, ["x", "z"], ["S"], WHO).endswith("on 1 more pair of a family and a process the texts are silent.")


def test_what_another_choice_changes_is_listed_and_what_it_drops_is_said_to_be_dropped():
    first = cells(("S", "x", 1, 1, 1), ("T", "x", 1, 1, 1), ("S", "y", 1, 1, 1))
    other = cells(("S", "x", 0.33, 0.33, 0.33))
    assert words.moved_sentence(first, first, ["x", "y"], ["S", "T"], "That") == "That changes none of these words."
    assert words.moved_sentence(first, other, ["x", "y"], ["S", "T"], "That") == (
        "That changes the words: nothing is left of y; x of S goes from “strongly” to “weakly”; x of T goes from “strongly” to “silent”."
    )


def test_titles_and_alt_texts_tell_silence_from_description():
    rows = cells(("S", "x", 1, 0.67, 1), ("S", "y", np.nan, np.nan, np.nan), ("T", "y", 0.33, 0, 0.33, 2, ("a", "b")))
    assert (
        words.panels_title(rows, 3, 2, "trait")
        == "The texts are silent on 3 of 6 pairs of form and trait; 2 of the 3 described rest on one author"
    )
    said = words.panels_alt(rows, {"S": "Systems", "T": "Towns", "U": "Unions"}, ["x", "y"])
    assert "Systems: x 1.00 (0.67 to 1.00), y named; Towns: y 0.33 (0.00 to 0.33); Unions: silence." in said
    assert words.told_words(rows, 5) == "of 5: y of 2, x of 1" and words.told_words(rows.iloc[:0], 5) == "of 5: nothing of any"


def test_the_list_of_cells_names_who_tells_each_and_its_rows():
    table = words.listed(cells(("S", "x", 0.67, 0.5, 1, 3, ("a", "b"))), {"S": "Systems"}, WHO)
    assert table.loc["Systems"].to_list() == ["x", "strongly", "0.67 (0.50 to 1.00)", 3, "Ann and Bea", "c0"]


# Resources and assets.


def entries(*rows: tuple) -> pd.DataFrame:
    """``("ptce", "specific", "resource")`` and, if told, status, alt and document."""
    full = [(*row, "asserted", None, "a")[:6] if len(row) == 3 else (*row, None, "a")[:6] if len(row) == 4 else row for row in rows]
    frame = pd.DataFrame(full, columns=["family", "kind", "column", "status", "alt", "document_id"])
    return frame.assign(unit_id=frame["family"], locator="P1", certainty="high", id=[f"c{i}" for i in range(len(frame))])


TWO = entries(("districts_spl", "specific", "resource"), ("clusters_pdc", "specific", "asset"), ("other", "generic", "asset"))


def test_families_are_told_apart_only_when_one_has_resources_alone_and_another_assets_alone():
    assert words.orientation_sentence(TWO, FAMILIES) == (
        "The contrast of specific resources with specific assets tells the families apart: resources alone are placed with districts; "
        "assets alone are placed with clusters."
    )
    mixed = pd.concat([TWO, entries(("clusters_pdc", "specific", "resource"))])
    assert "does not tell the families apart: resources alone are placed with districts; both with clusters" in words.orientation_sentence(
        mixed, FAMILIES
    )
    assert words.orientation_sentence(TWO.iloc[2:], FAMILIES) == "No family is given specific resources or assets."


@pytest.mark.parametrize("doubt", [("inferred", None, "a"), ("asserted", "resource of unsaid kind", "a")])
def test_a_verdict_that_rests_on_inference_or_on_another_reading_says_so(doubt):
    guessed = entries(("districts_spl", "specific", "resource", *doubt), ("clusters_pdc", "specific", "asset"))
    assert words.orientation_sentence(guessed, FAMILIES).endswith("; but on firm statements alone it does not tell the families apart.")


def test_which_side_the_families_stand_on_is_said_with_how_many_authors_say_it():
    assert words.resources_sentence(TWO, FAMILIES) == (
        "Of the four families one author alone says whether they live on specific or generic means: specific resources of districts; "
        "specific assets of clusters; generic resources of none of them; generic assets of none of them."
    )
    more = pd.concat([TWO, entries(("ptce", "generic", "resource", "asserted", None, "b"))])
    assert "families 2 authors say" in words.resources_sentence(more, FAMILIES)
    assert "generic resources of PTCE" in words.resources_sentence(more, FAMILIES)
    assert "families no author says" in words.resources_sentence(entries(("ptce", "unsaid", "resource")), FAMILIES)


def test_who_stands_on_the_generic_side_is_said_with_how_it_is_held():
    names = {"ptce": "PTCE", "other": "basin"}
    assert words.generic_sentence(TWO, names) == "On the generic side stand basin (asserted, high certainty); of the four families, none."
    more = pd.concat([entries(("ptce", "generic", "resource")), entries(("other", "generic", "asset", "defined")).assign(id="K1")])
    assert words.generic_sentence(more, names) == "On the generic side stand 1 definition; of the four families, PTCE."
    assert words.generic_sentence(more.iloc[:1], names) == "Nothing else stands on the generic side; of the four families, PTCE."


def test_the_title_of_the_grid_changes_when_a_family_is_placed_on_the_generic_side():
    assert words.resources_title(TWO).startswith("The texts place nothing of the four families on the generic side")
    generic = pd.concat([TWO, entries(("ptce", "generic", "resource"), ("ptce", "generic", "resource"))])
    assert (
        words.resources_title(generic)
        == "The texts place 2 entries on one of the four families on the generic side; most entries are generic resources (2)"
    )
    assert words.quadrant_counts(generic)["generic", "asset"] == 1


def test_the_alt_text_of_the_grid_names_every_entry():
    defined = entries(("other", "generic", "resource", "defined")).assign(unit_id="")
    said = words.resources_alt(pd.concat([TWO, defined]), {"districts_spl": "districts", "clusters_pdc": "clusters", "other": "basin"})
    assert "specific resource: districts (asserted, P1)" in said and "generic resource: a definition (defined, P1)" in said


# Native firms and endogenous growth.


def whence(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["about", "unit_id", "value", "alt", "status"])


def test_where_firms_come_from_is_said_with_its_inferences():
    rows = whence(("firms", "spl", "native", "both", "inferred"), ("firms", "pdc", "non-native", None, "asserted"))
    assert words.origins_sentence(rows, {"spl": "SPL", "pdc": "PdC"}) == (
        "Firms are read as native in SPL; non-native in PdC (of 2 judgements, 1 inferred by the coder and 1 open to another reading)."
    )
    assert words.origins_sentence(rows.iloc[:0], {}) == "Of no form do the texts say where firms come from."


def test_a_word_used_of_every_family_tells_none_apart():
    units = {"clusters": ["pdc", "cluster"], "districts": ["spl"]}
    both = whence(("development", "pdc", "endogenous", None, "asserted"), ("development", "spl", "endogenous", None, "asserted"))
    assert words.endogenous_words(both, units) == "does not tell the families apart: the texts use it of clusters and districts alike"
    one = both.assign(value=["exogenous", "endogenous"])
    assert words.endogenous_words(one, units) == "sets districts against clusters"
    assert words.endogenous_words(both.iloc[:1], units).startswith("cannot be compared")
    assert (
        words.endogenous_words(both.assign(value="exogenous"), units)
        == "is used of no family, though the texts say where growth comes from"
    )


def test_coded_rows_are_listed_once_with_their_other_reading_and_who_says_it_where():
    rows = TWO.iloc[:1].assign(value="specific resource", alt="resource of unsaid kind", said="Said so.")
    defined = rows.assign(id="K1", unit_id="", alt=None, status="defined")
    table = words.listed_rows(pd.concat([rows, rows, defined]), {"districts_spl": "districts"}, WHO)
    assert table.reset_index().values.tolist() == [
        ["districts", "specific resource; or resource of unsaid kind", "asserted, high certainty", "Ann P1: Said so.", "c0"],
        ["a definition", "specific resource", "defined", "Ann P1: Said so.", "K1"],
    ]


# Voices.


def readings(*rows: tuple) -> pd.DataFrame:
    """``("a", "trust", "open", 1, 0.67, 1)``: Ann tells that SPL are open, on the dimension of trust."""
    frame = pd.DataFrame(rows, columns=["document_id", "dimension", "told", "value", "low", "high"])
    return frame.assign(unit="SPL", locator="P1", firm=True)


OPEN, SHUT, SOME = (("trust", "open", 1, 0.67, 1), ("roots", "closed", 1, 0.67, 1), ("trust", "open in some cases", 0.33, 0.33, 0.33))


@pytest.mark.parametrize(
    ("ann", "bea", "verdict"),
    [
        ([OPEN], [SHUT], "disagree"),
        ([OPEN], [OPEN, SOME], "agree"),
        ([OPEN, SHUT], [SHUT], "differ"),
        ([SOME], [SHUT], "differ"),
    ],
)
def test_texts_disagree_when_one_tells_openness_alone_and_another_closure_alone(ann, bea, verdict):
    rows = readings(*[("a", *row) for row in ann], *[("b", *row) for row in bea])
    assert words.voices_words(rows, "SPL", WHO).startswith(f"on SPL the texts {verdict}: Ann tells ")
    assert words.voices_title(rows, ["SPL"], WHO).startswith(f"Open or closed: the texts {verdict} on SPL")


def test_a_disagreement_that_rests_on_readings_that_are_not_firm_says_so():
    rows = readings(("a", *OPEN), ("b", *SHUT)).assign(firm=[True, False])
    said = words.voices_words(rows, "SPL", WHO)
    assert said == "on SPL the texts disagree (on firm readings alone they differ): Ann tells openness and Bea tells closure"
    assert words.voices_title(rows, ["SPL"], WHO) == "Open or closed: the texts disagree on SPL (not on firm readings)"


def test_one_voice_and_no_voice_are_said_to_be_so():
    one = readings(("a", *OPEN), ("a", *SHUT))
    assert words.voices_words(one, "SPL", WHO) == "on SPL Ann tells openness and closure, and no other text speaks"
    assert words.voices_sentence(one, ["PdC", "SPL"], WHO).startswith("On PdC no text speaks; on SPL Ann tells")
    assert words.voices_title(one, ["SPL"], WHO) == "Open or closed: Ann tells both sides of one family"
    assert words.voices_title(readings(("a", *OPEN)), ["SPL"], WHO) == "Open or closed: one voice a family"


def test_texts_that_speak_of_different_things_are_told_from_texts_that_differ():
    same = readings(("a", "trust", "open", 1, 0.67, 1), ("b", "trust", "closed", 0, 0, 0.33), ("b", "exports", "open", 1, 1, 1))
    assert words.shared_words(same, "SPL", WHO) == "Ann and Bea differ on trust"
    assert words.shared_words(same.assign(low=0.0), "SPL", WHO) == "Ann and Bea agree on trust"
    third = readings(("a", "trust", "open", 1, 0, 1), ("b", "trust", "open", 1, 0, 1), ("c", "trust", "open", 0, 0, 0))
    who = WHO | {"c": "Cid"}
    assert words.shared_words(third, "SPL", who) == "Ann, Bea and Cid agree on trust"
    apart = third.assign(low=[0.67, 0, 0])
    assert words.shared_words(apart, "SPL", who) == "Ann and Bea agree on trust; Ann and Cid differ on trust; Bea and Cid agree on trust"
    assert words.shared_words(same.iloc[[0, 2]], "SPL", WHO) == "no two texts speak of the same dimension of SPL"
    assert words.shared_words(same.assign(dimension="openness"), "SPL", WHO).startswith("no two texts")


def test_the_alt_text_on_openness_tells_each_passage_with_its_range_and_side():
    rows = readings(("a", *OPEN), ("b", "openness", "closed", np.nan, np.nan, np.nan))
    said = words.voices_alt(rows, WHO)
    assert "SPL in Ann: trust 1.00, 0.67 to 1.00, told as open (P1); SPL in Bea: in words closed (P1)." in said


# Indicators.


def test_what_is_measured_is_counted_and_groups_without_a_measure_are_named():
    rows = pd.DataFrame({"about": ["x", "x", "y"], "measured": ["yes", "no", "not yet"]})
    assert words.indicators_sentence(rows) == (
        "Of 3 concepts, 1 are measured in another chapter, 1 not yet, and 1 need data that the compendium has not."
    )
    assert words.unmeasured_sentence(rows) == "No concept is measured yet under y."
    done = rows.assign(measured="yes")
    assert words.unmeasured_sentence(
        done
    ) == "Every group of concepts has a measured indicator." and "not yet" not in words.indicators_sentence(done)


def test_the_table_of_indicators_says_where_each_is_measured_or_why_not():
    rows = pd.DataFrame({"about": ["x"], "concept": ["trust"], "indicator": ["a score"], "data_needed": ["a survey"], "measured": ["no"]})
    table = words.indicator_table(rows.assign(where="needs a survey", document_id="a", locator="P1"), WHO)
    assert table.loc["x"].to_list() == ["trust", "a score (a survey)", "no: needs a survey", "Ann P1"]
    placed = words.indicator_table(rows.assign(measured="yes", where="05_proximity, on ties", document_id="a", locator="P1"), WHO)
    assert placed.loc["x", "measured"] == "yes: the chapter on proximity, on ties"
