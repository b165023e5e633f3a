"""Collecting what chapters recorded, and telling what moved."""

from pathlib import Path

import pytest

from compendium.numbers import collect, harvest, impact, keep_state, state_of
from compendium.project import Failure, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    corpus = tmp_path / "data" / "raw" / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "codes.csv").write_text("\ufeffcode_id,document_id,locator,value\nc-1,doc,P1,1\nc-2,doc,P2,0\nc-3,doc,,0\n", encoding="utf-8")
    (corpus / "motives.csv").write_text("motive_id,document_id,locator\nm-1,doc,P1\n", encoding="utf-8")
    (corpus / "locators.csv").write_text("document_id,locator\ndoc,P1\n", encoding="utf-8")
    (corpus / "codebook.csv").write_text("dimension,scale\ntrust,ordinal\n", encoding="utf-8")
    return Project(tmp_path)


def output(name: str, value: object = 1, kind: str = "number", evidence: tuple[str, ...] = (), **more) -> dict:
    entry = {"kind": kind, "name": name, "status": "coded", "evidence": list(evidence), "value": value, "unit": "", "digits": None, **more}
    return {"output_type": "display_data", "metadata": {"compendium": entry}, "data": {}}


def chapter(*cells: list[dict]) -> dict:
    prose = {"cell_type": "markdown", "id": "prose", "metadata": {}, "source": "x"}
    return {
        "cells": [
            prose,
            *({"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": "", "outputs": out} for i, out in enumerate(cells)),
        ]
    }


KEY = {
    "parameters": {"k": 1},
    "inputs": {"data/raw/b.csv": "2", "data/raw/a.csv": "1", "data/raw/": "3", "src/m.py": "4"},
    "environment": "python 3",
}


def collected(project: Project, **chapters: dict) -> dict:
    return collect(project, chapters, {name: KEY for name in chapters})


# Collecting.


def test_a_number_is_kept_with_its_chapter_its_cell_and_what_it_stands_on(project):
    printed = {"output_type": "stream", "name": "stdout", "text": "x"}
    found = collected(project, one=chapter([printed], [output("a.b", 0.5, evidence=("c-1", "m-1"), unit="share", digits=1)]))
    assert found["numbers"] == {
        "a.b": {
            "value": 0.5,
            "unit": "share",
            "digits": 1,
            "status": "coded",
            "evidence": ["c-1", "m-1"],
            "cell": 3,
            "cell_id": "c1",
            "chapter": "one",
        }
    }
    assert found["chapters"] == {"one": {"parameters": {"k": 1}, "data": ["data/raw/a.csv", "data/raw/b.csv"]}}
    assert found["environment"] == "python 3" and found["data"] == {"data/raw/a.csv": "1", "data/raw/b.csv": "2"}


def test_the_code_version_is_of_the_modules_that_chapters_loaded(project):
    versions = []
    for inputs in ({"src/m.py": "4"}, {"src/m.py": "4", "data/raw/a.csv": "1"}, {"src/m.py": "5"}):
        versions.append(collect(project, {"one": chapter()}, {"one": {**KEY, "inputs": inputs}})["code_version"])
    assert versions[0] == versions[1] != versions[2]


def test_figures_and_tables_are_harvested_and_are_no_numbers(project):
    notebook = chapter([output("a.figure", kind="figure"), output("a.b")], [output("a.table", kind="table")])
    assert [(entry["name"], entry["cell"]) for entry in harvest(notebook)] == [("a.figure", 2), ("a.b", 2), ("a.table", 3)]
    assert list(collected(project, one=notebook)["numbers"]) == ["a.b"]


def test_every_fault_of_every_chapter_is_listed_in_one_failure(project):
    one = chapter([output("a.b"), output("a.b")], [output("a.c", evidence=("c-1", "c-9", "c-8"))])
    two = chapter([output("a.c", kind="table")], [output("a.figure", kind="figure", evidence=("trust",))])
    with pytest.raises(Failure) as caught:
        collected(project, one=one, two=two)
    assert str(caught.value).splitlines() == [
        "the numbers do not hold together:",
        "  a.b is recorded twice: one cell 2 and one cell 2",
        "  a.c (one cell 3) rests on coded rows that no table holds: c-9, c-8",
        "  a.c is recorded twice: one cell 3 and two cell 2",
        "  a.figure (two cell 3) rests on coded rows that no table holds: trust",
    ]


def test_of_many_dangling_ids_the_first_five_are_named(project):
    with pytest.raises(Failure, match=r"x-0, x-1, x-2, x-3, x-4$"):
        collected(project, one=chapter([output("a.b", evidence=[f"x-{i}" for i in range(9)])]))


def test_a_row_without_locator_is_no_evidence(project):
    with pytest.raises(Failure, match=r"a\.b \(one cell 2\) rests on coded rows that no table holds: c-3"):
        collected(project, one=chapter([output("a.b", evidence=("c-3",))]))


def test_a_compendium_without_corpus_needs_no_evidence(tmp_path):
    assert list(collected(Project(tmp_path), one=chapter([output("a.b")]))["numbers"]) == ["a.b"]


# What moved.


def state(prose: str = "", **values: object) -> dict:
    numbers = {f"x.{name}": {"value": value, "unit": "", "digits": None} for name, value in values.items()}
    return state_of({"numbers": numbers}, {"paper/paper.md": prose}, lambda chapter: True)


def told(project: Project, *states: dict) -> list[str]:
    for one in states:
        keep_state(project, one)
    return impact(project).splitlines()


def test_before_any_build_there_is_nothing_to_tell(project):
    assert told(project) == ["nothing is built yet; run make first"]


def test_one_build_has_nothing_to_be_compared_with(project):
    assert told(project, state(gap=0.1)) == ["there is one build only: nothing to compare it with"]


def test_a_moved_a_new_a_gone_and_a_word_are_each_told(project):
    before, after = state(gap=0.125, old=3, word="near", same=1), state(gap=-0.5, new=4, word="far", same=1)
    assert told(project, before, after) == [
        "4 of 5 numbers moved",
        "  x.gap: 0.12 → −0.50",
        "  x.new: (new) → 4",
        "  x.old: 3 → (gone)",
        "  x.word: near → far",
        "0 of 0 sentences moved",
    ]


def test_a_move_below_the_printed_digits_is_told_as_such(project):
    prose = 'It is [[ n("x.gap") ]].'
    assert told(project, state(prose, gap=0.1201), state(prose, gap=0.1202)) == [
        "1 of 1 numbers moved",
        "  x.gap: 0.12 → 0.12 (moved below the digits printed)",
        "0 of 1 sentences moved",
    ]


def test_sentences_that_moved_are_told_as_read_before_and_now(project):
    prose = 'First. The gap is [[ n("x.gap") ]]. The other is [[ n("x.other") ]].'
    assert told(project, state(prose, gap=0.1, other=2), state(prose, gap=0.3, other=2)) == [
        "1 of 2 numbers moved",
        "  x.gap: 0.10 → 0.30",
        "1 of 2 sentences moved",
        "  paper/paper.md",
        "    before: The gap is 0.10.",
        "    now:    The gap is 0.30.",
    ]


def test_a_sentence_that_was_written_anew_is_told_as_gone_and_new(project):
    lines = told(project, state('It is [[ n("x.gap") ]].', gap=1), state('It was [[ n("x.gap") ]].', gap=1))
    assert lines[:2] == ["0 of 1 numbers moved", "2 of 2 sentences moved"]
    assert [line.strip() for line in lines if "none" in line] == ["now:    (none)", "before: (none)"]
    assert {"    before: It is 1.", "    now:    It was 1."} < set(lines)


def test_a_build_that_changes_nothing_keeps_the_comparison(project):
    first, second = state(gap=1), state(gap=2)
    assert told(project, first, second, second, second) == told(project)
    assert told(project)[1] == "  x.gap: 1 → 2"


def test_a_condition_within_a_sentence_is_told_by_what_it_says(project):
    prose = "It is [% if v('x.gap') > 1 %]more[% else %]less[% endif %] than [[ n('x.one') ]]."
    lines = told(project, state(prose, gap=2, one=1), state(prose, gap=0, one=1))
    assert lines[-2:] == ["    before: It is more than 1.", "    now:    It is less than 1."]
