"""What is said of the forms' territories is what coded rows say: nothing without a row, another row another result."""

import doctest
import json
from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
import pytest
from coded import code, codebook, codes

from compendium import show
from slpi import territoriality, territoriality_figures, territoriality_words
from slpi.corpus import Corpus
from slpi.territoriality import (
    CHAPTERS,
    CONCEPTS,
    NAMED,
    ORIGINS,
    PROCESSES,
    PROXIMITIES,
    SIDES,
    apart,
    described,
    evidence,
    families,
    form_units,
    indicators,
    labels,
    openness,
    origins,
    resources,
    side_by_side,
    speakers,
    voices,
)

ROOT = Path(__file__).resolve().parents[1]
BOOK = codebook(territory="geographic_proximity specification resource_transferability growth_localisation external_linkages")
FORMS = pd.DataFrame(
    [("spl", "districts_spl"), ("ptce", "ptce"), ("ptce_new", "ptce"), ("filiere", "other")], columns=["form_id", "family"]
).assign(name_en=["local system", "pole", "newest pole", "chain"])


def book(*categories: str) -> pd.DataFrame:
    words = pd.DataFrame({"dimension": list(categories), "family": "category", "scale": "category", "from_hypothesis": "no"})
    return pd.concat([BOOK, words], ignore_index=True)


def told(*rows: dict) -> pd.DataFrame:
    """Coded rows with the columns that this module reads beside the usual ones."""
    frame = codes(*rows)
    kinds = {"spl": "form", "ptce": "form", "filiere": "form", "ptce_new": "form"}
    return frame.assign(unit_kind=frame["unit_id"].map(kinds).fillna("family"), rationale="Said so.")


def test_the_examples_hold():
    for module in (territoriality, territoriality_words):
        result = doctest.testmod(module)
        assert result.attempted and not result.failed


# Strengths.


def test_a_unit_on_which_no_text_speaks_has_no_row():
    found = described(told(code("spl", "specification", "1")), BOOK, {"a": ["spl"], "b": ["ptce"]}, {"x": ["specification"]})
    assert list(found["unit"]) == ["a"] and found["evidence"][0] == ("c1",)


def test_a_strength_is_the_mean_over_documents_of_the_mean_over_passages_with_its_range_of_readings():
    rows = told(
        code("spl", "specification", "1", "0.67", locator="P1"),
        code("spl", "specification", "0.33", locator="P2"),
        code("spl", "specification", "0.33", "0", document_id="other"),
    )
    cell = described(rows, BOOK, {"a": ["spl"]}, {"x": ["specification"]}).iloc[0]
    assert cell[["value", "low", "high"]].to_list() == pytest.approx([(0.665 + 0.33) / 2, (0.5 + 0) / 2, (0.665 + 0.33) / 2])
    assert (cell["passages"], cell["documents"]) == (3, ("doc", "other"))


def test_a_minus_turns_a_dimension_and_its_range_round():
    rows = told(code("spl", "specification", "1", "0.67"), code("spl", "resource_transferability", "0.33", "0"))
    cell = described(rows, BOOK, {"a": ["spl"]}, {"x": ["specification", "-resource_transferability"]}).iloc[0]
    assert cell[["value", "low", "high"]].to_list() == pytest.approx([(1 + 0.67) / 2, (0.67 + 0.67) / 2, (1 + 1) / 2])


def test_what_is_only_named_has_evidence_and_no_strength():
    rows = told(code("ptce", "proximity_kinds", "relational"))
    cell = described(rows, book("proximity_kinds"), {"a": ["ptce"]}, {"relational": ()}).iloc[0]
    assert np.isnan(cell["value"]) and cell["named"] and cell["evidence"] == ("c1",)


@pytest.mark.parametrize("more", [{"status": "prescribed"}, {"status": "hypothesised"}, {"rests_on_hypothesis": "yes"}])
@pytest.mark.parametrize("row", [("specification", "1"), ("proximity_kinds", "relational")])
def test_what_is_prescribed_or_rests_on_a_hypothesis_does_not_speak_under_the_strict_filter(row, more):
    rows, panels = told(code("ptce", *row, **more)), {"x": ["specification"], "relational": ()}
    found = described(rows, book("proximity_kinds"), {"a": ["ptce"]}, panels)
    assert found.empty and list(found.columns)[:3] == ["unit", "panel", "value"]
    loose = described(rows, book("proximity_kinds"), {"a": ["ptce"]}, panels, filter="loose")
    assert len(loose) == (more != {"status": "prescribed"})


def test_the_strictest_filter_drops_categories_that_the_hypotheses_name_too():
    rows, dictionary = told(code("ptce", "proximity_kinds", "relational")), book("proximity_kinds").assign(from_hypothesis="yes")
    assert described(rows, dictionary, {"a": ["ptce"]}, {"relational": ()}, filter="strict_dimensions").empty


def test_a_dimension_that_the_codebook_has_not_is_refused_by_name():
    with pytest.raises(ValueError, match=r"panels: agglomration is no dimension of the codebook"):
        described(told(), BOOK, {}, {"x": ["agglomration"], "y": ["-specification"]})
    with pytest.raises(ValueError, match="filter"):
        described(told(), BOOK, {}, {}, filter="lax")


# Who is spoken of.


def test_forms_stand_by_family_and_a_form_spoken_of_is_added_under_its_own_name():
    rows = told(code("ptce_new", "specification", "1"), code("districts_spl", "specification", "1"), code("filiere", "specification", "1"))
    found = form_units(rows, FORMS, ["specification"])
    assert found["label"].to_dict() == {
        "spl": "SPL",
        "districts_spl": "district and SPL together",
        "ptce": "PTCE in general",
        "ptce_new": "newest pole",
    }
    assert list(form_units(rows, FORMS, ["trust"]).index) == ["spl", "ptce"]
    assert labels(FORMS)["filiere"] == "chain"


def test_rows_on_forms_outside_the_families_are_kept_apart_and_not_lost():
    rows = told(code("filiere", "specification", "1"), code("spl", "specification", "1"), code("ptce", "trust", "1"))
    assert list(apart(rows, FORMS, ["-specification"])["code_id"]) == ["c1"]


def test_families_pool_their_forms():
    assert families(FORMS) == {"districts/SPL": ["districts_spl", "spl"], "PTCE": ["ptce", "ptce_new"]}


# Resources, origins.


def concepts(*names: str) -> pd.DataFrame:
    frame = pd.DataFrame({"concept_id": [f"K{i}" for i in range(len(names))], "concept": list(names)})
    return frame.assign(meaning="A meaning.", document_id="doc", locator="P9")


def test_a_passage_on_resources_and_assets_stands_in_both_columns_and_a_definition_in_its_own():
    rows = told(
        code("ptce", "resource_kind", "specific resource and asset"), code("districts_spl", "resource_kind", "resource of unsaid kind")
    )
    found = resources(rows, book("resource_kind"), concepts("generic resource / asset", "specific resource", "resource vs asset"), FORMS)
    placed = found[["id", "kind", "column", "family"]].values.tolist()
    assert placed == [
        ["c1", "specific", "resource", "ptce"],
        ["c1", "specific", "asset", "ptce"],
        ["c2", "unsaid", "resource", "districts_spl"],
        ["K0", "generic", "resource", "other"],
        ["K0", "generic", "asset", "other"],
        ["K1", "specific", "resource", "other"],
    ]
    assert set(found.loc[found["unit_id"] == "", "status"]) == {"defined"}


def test_origins_are_the_coded_rows_of_firms_and_of_development():
    rows = told(code("ptce", "firm_origin", "native"), code("spl", "development_origin", "endogenous"), code("spl", "trust", "1"))
    found = origins(rows, book(*ORIGINS))
    assert found[["about", "unit_id", "value", "id"]].values.tolist() == [
        ["firms", "ptce", "native", "c1"],
        ["development", "spl", "endogenous", "c2"],
    ]


# Openness.


OPEN = book("openness")
ROWS = told(
    code("spl", "external_linkages", "0.67", "0.33", locator="P1"),
    code("spl", "growth_localisation", "1", "0.67", document_id="other", locator="P2"),
    code("spl", "openness", "closed: to outsiders", locator="P3", certainty="low"),
)


def test_no_dimension_is_turned_round_and_each_passage_tells_a_side():
    found = openness(ROWS, OPEN, {"SPL": ["spl"]}).set_index("dimension")
    assert found[["axis", "told", "firm"]].T.to_dict("list") == {
        "external_linkages": ["open", "open", False],
        "growth_localisation": ["closed", "closed", True],
        "openness": ["closed", "closed", False],
    }
    assert found.loc["growth_localisation", ["value", "low", "high"]].to_list() == [1, 0.67, 1] and np.isnan(found.loc["openness", "value"])
    assert "growth_localisation" not in set(openness(ROWS, OPEN, {"SPL": ["spl"]}, bounded=False)["dimension"])


@pytest.mark.parametrize(
    ("dimension", "value", "alt", "side", "firm"),
    [
        ("external_linkages", "0", None, "closed", True),
        ("external_linkages", "0.33", None, "open in some cases", True),
        ("external_linkages", "0.33", "0", "open in some cases", False),
        ("growth_localisation", "0", "0.33", "open", False),
        ("growth_localisation", "0.33", None, "closed in some cases", True),
    ],
)
def test_to_deny_one_side_is_to_tell_the_other_and_a_third_of_the_scale_is_some_cases(dimension, value, alt, side, firm):
    row = openness(told(code("spl", dimension, value, alt)), OPEN, {"SPL": ["spl"]}).iloc[0]
    assert (row["told"], row["firm"]) == (side, firm)


def test_a_voice_tells_its_sides_in_full_before_some_cases_and_firmly_only_what_cannot_be_read_otherwise():
    more = told(code("spl", "external_linkages", "0.33"), code("spl", "external_linkages", "1"), code("spl", "growth_localisation", "0.33"))
    passages = openness(more, OPEN, {"SPL": ["spl"]})
    assert voices(passages).to_dict() == {("SPL", "doc"): ("open", "closed in some cases")}
    passages = openness(ROWS, OPEN, {"SPL": ["spl"]})
    assert voices(passages).to_dict() == {("SPL", "doc"): ("open", "closed"), ("SPL", "other"): ("closed",)}
    assert voices(passages, firm=True).to_dict() == {("SPL", "doc"): (), ("SPL", "other"): ("closed",)}


def test_open_and_closed_stand_side_by_side_with_who_and_where():
    both = side_by_side(openness(ROWS, OPEN, {"SPL": ["spl"]}), {"doc": "Ann", "other": "Bea"}, {"spl": "SPL"})
    assert both.values.tolist() == [
        ["Ann of SPL, P1: Said so.", "", "Bea of SPL, P2: Said so."],
        ["", "", "Ann of SPL, P3: Said so."],
    ]


# Indicators and the real corpus.


def test_each_concept_is_measured_in_a_chapter_or_says_why_not(corpus: Corpus):
    found = indicators(corpus.concepts)
    none = found["module"].str.startswith("none")
    assert (found["measured"][none] == "no").all() and not found["where"].str.startswith("none").any()
    assert set(found.index[~none]) == set(CHAPTERS) and (found["locator"] != "").all()
    changed = corpus.concepts.assign(module=corpus.concepts["module"].where(corpus.concepts["concept_id"] != "K01", "none: needs a map"))
    assert indicators(changed).loc["K01", ["measured", "where"]].to_list() == ["no", "needs a map"]
    there = corpus.concepts.assign(module=corpus.concepts["module"].str.removesuffix(" (to come)"))
    assert not (indicators(there)["measured"] == "not yet").any()
    with pytest.raises(ValueError, match="KT1"):
        indicators(corpus.concepts[corpus.concepts["concept_id"] != "KT1"])


def test_every_dimension_and_word_that_the_chapter_reads_is_in_the_corpus(corpus: Corpus):
    every = [name for panels in (*PROCESSES.values(), PROXIMITIES) for names in panels.values() for name in names]
    wanted = {name.removeprefix("-") for name in every} | {name for names in SIDES.values() for name in names}
    wanted |= {*ORIGINS, "openness", "resource_kind"}
    assert wanted <= set(corpus.codebook["dimension"])
    rows = set(corpus.codes[["dimension", "value"]].itertuples(index=False, name=None))
    assert set(NAMED.values()) <= rows
    assert sum(map(len, CONCEPTS.values())) == len({concept for ids in CONCEPTS.values() for concept in ids})


def test_each_author_wrote_one_text_so_that_counting_texts_counts_authors(corpus: Corpus):
    names = speakers(corpus.documents)
    assert len(set(names.values())) == len(names) == corpus.documents["author"].nunique()


def test_rows_added_for_this_chapter_enter_no_profile(corpus: Corpus):
    added = corpus.codes[corpus.codes["coder"] == "territory_reader"]
    scale = corpus.codebook.set_index("dimension")["scale"]
    assert len(added) and (added["dimension"].map(scale) == "category").all()


# The chapter.


def run(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, **parameters: str) -> dict[str, dict]:
    """What the chapter's cells record on a corpus, by name."""
    monkeypatch.setenv("COMPENDIUM_ROOT", str(ROOT))
    monkeypatch.setattr("slpi.corpus.load_corpus", lambda folder: corpus)
    monkeypatch.setattr(show, "_collected", None)
    for name in ("strength_panels", "resource_grid", "voice_strips"):  # drawn in the tests of the figures
        monkeypatch.setattr(territoriality_figures, name, lambda *_, **__: None)
    found, space = show.collect(), dict[str, object]()
    notebook = json.loads((ROOT / "notebooks" / "04_territoriality.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
            space |= parameters if cell["id"] == "parameters" else {}
    return {entry["name"]: entry for entry in found}


FLIP = {"0": "1", "0.33": "0.67", "0.67": "0.33", "1": "0", "native": "non-native", "non-native": "both", "both": "native"}
FLIP |= {"endogenous": "exogenous", "exogenous": "endogenous"}


def flip(value: str) -> str:
    """Another word or the opposite anchor."""
    if value in FLIP or not isinstance(value, str):
        return FLIP.get(value, value)
    return value.replace("specific", "generic") if "specific" in value else value + " indeed"


def turned(corpus: Corpus, chosen: pd.Series) -> Corpus:
    """The corpus with the chosen codes turned round."""
    rows = corpus.codes.copy()
    for column in ("value", "alt_value"):
        rows.loc[chosen, column] = rows.loc[chosen, column].map(flip)
    return replace(corpus, codes=rows)


@pytest.fixture(scope="module")
def recorded(corpus: Corpus) -> dict[str, dict]:
    with pytest.MonkeyPatch.context() as patch:
        return run(corpus, patch)


@pytest.fixture(scope="module")
def used(corpus: Corpus, recorded) -> pd.Series:
    """Whether a code stands behind anything that the chapter records."""
    return corpus.codes["code_id"].isin({code for entry in recorded.values() for code in entry["evidence"]})


#: Verdicts that need not change when every reading is turned round; each is flipped in the tests of its words.
SYMMETRIC = ("elsewhere_forms", "_apart", "shared_", "moved_", "answer", "sure", "endogenous", "measured", "near_belonging", "poles_traits")


def test_every_record_leads_to_coded_rows(recorded, corpus: Corpus):
    known = {*corpus.codes["code_id"], *corpus.concepts["concept_id"]}
    for name, entry in recorded.items():
        assert set(entry["evidence"]) <= known and (entry["evidence"] or entry["value"] == 0), name


def test_turning_the_codes_round_changes_every_sentence_on_a_form(recorded, used, corpus: Corpus, monkeypatch):
    changed = run(turned(corpus, used), monkeypatch)
    assert used.sum() > 100
    for name, entry in recorded.items():
        if isinstance(entry["value"], str) and not any(part in name for part in SYMMETRIC):
            assert changed[name]["value"] != entry["value"], name


def test_codes_outside_the_evidence_move_nothing(recorded, used, corpus: Corpus, monkeypatch):
    again = run(turned(corpus, ~used), monkeypatch)
    assert {name: entry["value"] for name, entry in again.items()} == {name: entry["value"] for name, entry in recorded.items()}


@pytest.mark.parametrize(
    "parameters",
    [{"filter": "loose", "bounded": "neither"}, {"filter": "strict_dimensions", "reading": "wide"}],
    ids=lambda parameters: "-".join(parameters.values()),
)
def test_the_chapter_records_the_same_names_under_every_choice(parameters, recorded, corpus: Corpus, monkeypatch):
    assert set(run(corpus, monkeypatch, **parameters)) == set(recorded)


def test_one_changed_code_changes_the_sentence_that_rests_on_it_and_names_it(recorded, corpus: Corpus, monkeypatch):
    changed = run(turned(corpus, corpus.codes["code_id"] == "gia-283"), monkeypatch)["territoriality.ptce_group"]
    before = recorded["territoriality.ptce_group"]
    assert changed["evidence"] == before["evidence"] == ["gia-283"] and changed["value"] != before["value"]


def test_evidence_of_cells_is_each_code_once():
    assert evidence(pd.DataFrame({"evidence": [("b", "a"), ("a",)]})) == ["a", "b"]
