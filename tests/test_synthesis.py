"""What the synthesis says its answers rest on is what is coded, and moves with it."""

from dataclasses import replace

import pandas as pd
import pytest

from slpi import synthesis
from slpi.corpus import Corpus


def test_every_question_counts_rows_that_are_there(corpus):
    basis = synthesis.basis(corpus)
    assert list(basis.index) == list(synthesis.QUESTIONS)
    known = {*corpus.codes["code_id"], *corpus.relations["relation_id"], *corpus.motives["motive_id"]}
    for name, row in basis.iterrows():
        assert len(row["evidence"]) == row["rows"] and set(row["evidence"]) <= known, name
        assert 0 < row["texts"] <= row["passages"] <= row["rows"], name
    assert basis.loc["nearer", "texts"] == basis.loc["governance", "texts"] == 1, "one author speaks of the PTCE"


def without(corpus: Corpus, table: str, column: str, ids: list[str]) -> Corpus:
    frame = getattr(corpus, table)
    return replace(corpus, **{table: frame[~frame[column].isin(ids)]})


@pytest.mark.parametrize(("name", "table", "column"), [("nearer", "codes", "code_id"), ("motives", "motives", "motive_id")])
def test_a_row_struck_from_the_corpus_is_counted_no_more(corpus, name, table, column):
    before = synthesis.basis(corpus).loc[name]
    after = synthesis.basis(without(corpus, table, column, before["evidence"][:1])).loc[name]
    assert after["rows"] == before["rows"] - 1 and before["evidence"][0] not in after["evidence"]


def test_rows_that_prescribe_or_lean_on_the_hypotheses_are_not_behind_the_answer_on_governance(corpus):
    behind = synthesis.basis(corpus).loc["governance", "evidence"]
    rows = corpus.codes.set_index("code_id").loc[behind]
    assert not rows["status"].isin(["prescribed", "hypothesised"]).any() and (rows["rests_on_hypothesis"] != "yes").all()


def test_silences_decide_until_every_system_has_its_motive(corpus):
    assert synthesis.silences_decide(corpus)
    systems = corpus.motives["system_id"].unique()
    said = corpus.motives.iloc[[0] * len(systems)].assign(system_id=systems, motive="culture", kind="non_economic", value=1)
    assert not synthesis.silences_decide(replace(corpus, motives=pd.concat([corpus.motives, said], ignore_index=True)))


def test_ties_that_are_planned_and_judgements_that_are_inferred_are_told_from_what_is_stated(corpus):
    rows = corpus.codes[corpus.codes["dimension"] == "financial_coordination"]
    stated = rows.loc[rows["status"].isin(["asserted", "reported"]), "code_id"].to_list()
    tie = corpus.relations.loc[corpus.relations["status"] == "planned", "relation_id"].iloc[0]
    guess = rows.loc[rows["status"] == "hypothesised", "code_id"].iloc[0]
    assert stated and synthesis.supposed(corpus, stated) == 0 and synthesis.supposed(corpus, [*stated, tie, guess]) == 2


def test_the_poles_with_a_public_role_are_those_of_the_rows_given(corpus):
    number, rows = synthesis.poles_with_a_role(corpus)
    units = corpus.codes.set_index("code_id").loc[rows, "unit_id"]
    assert number == units.nunique() == 4 and set(rows)
    gone = units.index[units == units.iloc[0]]
    assert synthesis.poles_with_a_role(without(corpus, "codes", "code_id", list(gone)))[0] == 3
