"""What the texts say of governance: each cell from its rows, silence kept, nothing said of a pole that no text says."""

import doctest
import json
import re

import numpy as np
import pandas as pd
import pytest
from coded import code, codebook, codes
from conftest import ROOT

from compendium import show
from slpi import governance_texts as texts
from slpi.corpus import _misplaced, _Passage
from slpi.pole import load_pole

RAW = ROOT / "data" / "raw"
NAMED = ("pole_sud_archer", "pole_sud_aquitaine", "domb_innov", "ecotransfaire", "re_sources")
BOOK = codebook(governance="who trust").assign(anchors="0 one centre; 0.33 some; 0.67 several; 1 all (money aside)")


def test_doctests():
    assert doctest.testmod(texts).failed == 0


# Readings.


def test_what_ought_to_be_is_kept_apart_from_what_is():
    rows = codes(
        code("ptce", "who", "0.67", "1"),
        code("ptce", "who", "0", "0.33", status="prescribed"),
        code("ptce", "trust", "1", status="hypothesised"),
    )
    found = texts.readings(rows, BOOK, {"PTCE": ["ptce"]}, ["who", "trust"]).set_index(["dimension", "mode"])
    assert found["value"].to_dict() == {("who", "stated"): 0.67, ("trust", "supposed"): 1.0, ("who", "prescribed"): 0.0}
    assert found.loc[("who", "stated"), ["low", "high"]].to_list() == [0.67, 1.0]
    assert found.loc[("who", "prescribed"), "evidence"] == ["c2"]


def test_documents_weigh_alike_however_many_rows_each_has():
    rows = codes(code("a", "who", "1"), code("a", "who", "1", locator="P2"), code("a", "who", "0", document_id="other"))
    found = texts.readings(rows, BOOK, {"A": ["a"]}, ["who"])
    assert found["value"].to_list() == [0.5] and found["n_documents"].to_list() == [2]


def test_rows_that_rest_on_the_hypotheses_stay_out_unless_asked_for():
    rows = codes(code("a", "who", "1", rests_on_hypothesis="yes"))
    assert texts.readings(rows, BOOK, {"A": ["a"]}, ["who"]).empty
    assert texts.readings(rows, BOOK, {"A": ["a"]}, ["who"], rests="in")["value"].to_list() == [1.0]
    with pytest.raises(ValueError, match="rests = 'both' is none of out, in"):
        texts.readings(rows, BOOK, {"A": ["a"]}, ["who"], rests="both")


def test_silence_is_counted_and_what_ought_to_be_breaks_none():
    rows = codes(code("a", "who", "1"), code("a", "trust", "1", status="prescribed"))
    found = texts.readings(rows, BOOK, {"A": ["a"], "B": ["b"]}, ["who", "trust"])
    assert texts.silences(found, ["A", "B"], ["who", "trust"]).to_dict() == {"A": 1, "B": 2}


def test_rows_outside_the_dimensions_asked_for_move_nothing(corpus):
    units = {label: [form] for form, label in texts.LABELS.items()}
    before = texts.readings(corpus.codes, corpus.codebook, units, texts.DIMENSIONS)
    others = corpus.codes.assign(value=corpus.codes["value"].mask(~corpus.codes["dimension"].isin([*texts.DIMENSIONS]), "0"))
    pd.testing.assert_frame_equal(texts.readings(others, corpus.codebook, units, texts.DIMENSIONS), before)


def test_each_dimension_of_governance_is_in_the_codebook_with_words_for_its_ends(corpus):
    scales = corpus.codebook.set_index("dimension")["scale"]
    assert {scales[d] for d in texts.DIMENSIONS} == {"ordinal"} and {scales[d] for d in texts.IN_WORDS} == {"category"}
    ends = texts.ends(corpus.codebook, texts.DIMENSIONS)
    assert list(ends) == list(texts.DIMENSIONS) and ends["governance_decentralisation"][0] == "one hierarchical centre"
    assert set(texts.FORMS) <= {*corpus.forms["form_id"], *corpus.forms["family"]}


# Words, definitions, roles.


def test_words_carry_their_code_and_say_whether_they_describe():
    rows = codes(code("a", "kind", "polyarchic", status="prescribed"), code("a", "kind", "central"), code("b", "other", "x"))
    table, ids = texts.in_words(rows, {"a": "A", "b": "B"}, {"kind": "governance is"})
    assert table.loc["A", "governance is"] == "polyarchic (ought to be) [c1]; central [c2]"
    assert table.loc["B", "governance is"] == "–" and ids == ["c1", "c2"]


def test_only_rows_that_touch_the_lines_of_the_definition_are_defining():
    forms = pd.DataFrame({"form_id": ["a"], "document_id": ["doc"], "locator": ["§2 L10-12"]})
    lines = ("§2 L12-14", "§2 L13-14", "§2 L9", "§1 L11", "§2 L8-20")
    rows = codes(*(code("a", "who", "1", locator=at) for at in lines), code("a", "who", "1", locator="§2 L11", document_id="other"))
    found = texts.definitional(rows, forms, ["a"]).loc["a"]
    assert found["evidence"] == ["c1", "c5"] and found[["rows", "defining", "documents"]].to_list() == [6, 2, 2]


def test_a_named_pole_without_a_word_of_its_own_takes_that_of_the_anchor_and_silence_stays(corpus):
    found = texts.public_roles(corpus.codes, corpus.codebook, {"ptce": "form"} | dict.fromkeys(NAMED, "named")).set_index("unit")
    assert found.loc["pole_sud_archer", "role"] == "marginal" and found.loc["domb_innov", "role"] == "delegator of public service"
    assert (
        np.isnan(found.loc["re_sources", "value"]) and found.loc["re_sources", "role"] == "" and found.loc["re_sources", "evidence"] == []
    )
    assert list(found.index) == ["ptce", *NAMED]


# Compositions, marks, conditions.


def test_the_composition_of_domb_innov_is_that_of_its_note(corpus):
    found = texts.compositions(corpus.quantities, ["domb_innov", "re_sources"])
    shares = found[found["system"] == "domb_innov"].set_index("class")["fraction"].to_dict()
    assert shares == {"association": "8/13", "cooperative": "3/13", "company": "2/13"}
    assert found[found["system"] == "re_sources"]["count"].sum() == 9


def test_parts_that_do_not_add_up_to_the_total_are_refused(corpus):
    wrong = corpus.quantities.copy()
    wrong.loc[wrong["quantity_id"] == "gia-q041", "value_min"] = 3
    with pytest.raises(ValueError, match="domb_innov: 14 members in parts, 13 in all"):
        texts.compositions(wrong, ["domb_innov"])
    with pytest.raises(ValueError, match="no members of ecotransfaire are counted"):
        texts.counted_members(corpus.quantities, "ecotransfaire")


def test_marks_are_rows_of_the_codes_with_the_words_of_their_anchor(corpus):
    marks = texts.ess_marks(corpus.codes, corpus.codebook, ["cite_initiative_roubaix", *NAMED])
    assert marks.loc["pom-180", "said"] == "union of social economy" and marks.loc["pom-183", "said"] == "non-profit"
    assert set(marks.index) <= set(corpus.codes["code_id"])
    narrow = texts.ess_marks(corpus.codes, corpus.codebook, ["cite_initiative_roubaix"], traits="narrow")
    assert "pom-177" not in narrow.index and "pom-180" in narrow.index


@pytest.fixture(scope="module")
def conditions():
    return pd.read_csv(RAW / "corpus" / "conditions.csv", dtype=str)


def test_conditions_are_counted_by_how_they_are_put_forward():
    rows = pd.DataFrame(
        [
            ("1", "trust", "joining", "asserted", "none", "a"),
            ("2", "trust", "success", "prescribed", "case", "b"),
            ("3", "time", "success", "hypothesised", "none", "a"),
        ],
        columns=["condition_id", "condition", "outcome", "status", "contrary", "document_id"],
    )
    found = texts.conditions_by_name(rows)
    assert found.loc["trust", ["claims", "stated", "supposed", "prescribed", "texts", "cases"]].to_list() == [2, 1, 0, 1, "a; b", 1]
    assert found.loc["time", "evidence"] == ["3"] and found.index[0] == "trust"
    printed = texts.conditions_printed(found, {"a": "Ann", "b": "Bob"})
    assert printed.loc["trust", ["put forward", "of what", "rows"]].to_list() == ["1 stated, 1 prescribed", "joining; success", "1, 2"]


def test_a_claim_says_whether_anything_without_the_condition_is_told(conditions):
    printed = texts.claims_printed(conditions, {"pommier": "Pommier", "trink": "Trink"})
    assert printed.loc["pom-c09", "how"] == "favourable for duration, asserted; networks without it are spoken of, none is named"
    assert printed.loc["tri-c12", ["how", "passage"]].to_list() == ["necessary for success, reported", "Trink Anticip-action L237-239"]


def test_each_claim_on_success_cites_a_passage_that_exists_and_units_that_are_known(conditions, corpus):
    known = {*corpus.forms["form_id"], *corpus.systems["system_id"], *corpus.forms["family"]}
    passages = {
        document: [_Passage(row.locator, int(row.line_from), int(row.line_to)) for row in part.itertuples()]
        for document, part in corpus.locators.groupby("document_id")
    }
    wrong = {row.condition_id: _misplaced(row.locator, row.document_id, passages[row.document_id]) for row in conditions.itertuples()}
    assert not {key: said for key, said in wrong.items() if said}
    assert conditions["condition_id"].is_unique and conditions["coder"].isin(corpus.codes["coder"]).all()
    named = {name.strip() for names in conditions["illustrated_by"].dropna() for name in names.split(";")}
    assert set(conditions["unit_id"]) | named <= known
    words = {
        "status": {"asserted", "reported", "inferred", "hypothesised", "prescribed"},
        "strength": {"key", "necessary", "favourable"},
        "contrary": {"none", "general", "case"},
        "certainty": {"high", "medium", "low"},
    }
    for column, allowed in words.items():
        assert set(conditions[column]) <= allowed, column
    assert conditions.drop(columns="illustrated_by").notna().all(axis=None)


# A pole's own sheet beside the texts.


def test_the_sheet_stands_in_a_row_of_its_own_and_every_row_says_its_status(corpus):
    pole = load_pole(RAW / "poles" / "exemple")
    table, ids = texts.beside(pole, corpus.codes, corpus.codebook, {"ptce_group": "group-led PTCE", "pole_sud_archer": "Pôle Sud Archer"})
    assert list(table.index) == ["Pôle des Trois Vallons (simulated)", "group-led PTCE (documented)", "Pôle Sud Archer (documented)"]
    said = "one hierarchical centre (0.00) [gia-289]; several centres (0.67) (ought to be) [gia-294]"
    assert table.loc["group-led PTCE (documented)", "who decides"] == said
    assert table.loc["Pôle Sud Archer (documented)"].eq("–").all() and set(ids) <= set(corpus.codes["code_id"])
    assert not re.search(r"\[\w", " ".join(table.iloc[0]))


# The chapter.


@pytest.fixture(scope="module")
def shown(request):
    """What the chapter shows with few draws: its numbers, tables and figures, with their evidence."""
    import matplotlib.pyplot as plt

    entries, patch = [], pytest.MonkeyPatch()
    patch.setattr("matplotlib.figure.Figure.savefig", lambda *ignored, **more: None)  # what is drawn is tested with the figures
    patch.setattr(show, "_display", lambda bundle, metadata: entries.append(metadata["compendium"]))
    patch.setenv("COMPENDIUM_ROOT", str(ROOT))
    notebook = json.loads((ROOT / "notebooks" / "07_governance.ipynb").read_text(encoding="utf-8"))
    state: dict = {}
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        exec("".join(cell["source"]), state)
        if cell["id"] == "parameters":
            state["draws"] = 19
    patch.undo()
    plt.close("all")
    return {entry["name"]: entry for entry in entries}


def rows_by_id(corpus, conditions) -> dict[str, str]:
    """Every coded row's id with what it speaks of."""
    tables = [
        (corpus.codes, "code_id", "unit_id"),
        (corpus.quantities, "quantity_id", "subject"),
        (corpus.systems, "system_id", "system_id"),
        (corpus.forms, "form_id", "form_id"),
        (conditions, "condition_id", "unit_id"),
    ]
    return {key: about for table, key_of, of in tables for key, about in zip(table[key_of], table[of], strict=True)}


def test_everything_said_of_the_texts_stands_on_coded_rows_that_exist(shown, corpus, conditions):
    known = rows_by_id(corpus, conditions)
    for name, entry in shown.items():
        if name.startswith("governance."):
            assert entry["evidence"] and entry["status"] in ("documented", "coded"), name
        assert set(entry["evidence"]) <= set(known), name


def test_nothing_is_said_of_a_named_pole_that_no_row_on_it_says(shown, corpus, conditions):
    known, names = rows_by_id(corpus, conditions), corpus.systems.set_index("system_id")["name"]
    looked = 0
    for name, entry in shown.items():
        text = json.dumps([entry.get(key) for key in ("value", "alt", "caption", "rows")], ensure_ascii=False)
        for system in (*NAMED, "cite_initiative_roubaix", "saveurs_senteurs", "initiatives_et_cite"):
            author = name == "governance.stakes_sentence" and system == "initiatives_et_cite"  # there it speaks, and is not spoken of
            if names[system] in text and f"{names[system]} nothing stated" not in text and not author:
                looked += 1
                assert system in {known[key] for key in entry["evidence"]}, (name, system)
    assert looked > 10


def test_the_codes_printed_in_a_table_are_those_of_its_evidence(shown):
    for name in ("governance.in_words", "governance.marks", "pole.beside", "governance.conditions"):
        printed = set(re.findall(r"\b(?:gia|pom|tri|gra|fin)-[cq]?\d{2,3}\b", json.dumps(shown[name]["rows"])))
        assert printed and printed == set(shown[name]["evidence"]), name


def test_a_sheet_is_never_shown_as_documented(shown):
    assert {entry["status"] for name, entry in shown.items() if name.startswith("pole.")} == {"simulated"}
