"""What each answer from the texts rests on: how many texts, coded rows and passages."""

from collections.abc import Iterable

import pandas as pd

from slpi.corpus import Corpus
from slpi.systems import passages, share_bounds
from slpi.typology import DESCRIBING, family_units, profiles

#: The questions that texts answer, by a short name.
QUESTIONS = {
    "nearer": "the PTCE among the forms",
    "finance": "financing within a territory",
    "motives": "why firms join",
    "governance": "the governance of PTCE",
}


def basis(corpus: Corpus) -> pd.DataFrame:
    """Texts, coded rows and passages behind the answer to each question.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    DataFrame
        Index: the names of `QUESTIONS`. texts, rows, passages (counts), evidence (ids of the rows). Rows that prescribe or suppose do
        not count, nor for the PTCE those that rest on the hypotheses of their author; for money, suppositions count, since little else
        is said of it.
    """
    codes, ptce = corpus.codes, family_units(corpus.forms)["ptce"]
    described = codes[codes["status"].isin(DESCRIBING)]
    governing = corpus.codebook.loc[corpus.codebook["family"] == "governance", "dimension"]
    behind = profiles(codes, corpus.codebook, {"PTCE": ptce}).evidence("PTCE")
    of_governance = described["dimension"].isin([*governing, "public_actor_role"]) & described["unit_id"].isin(ptce)
    found = {
        "nearer": codes[codes["code_id"].isin(behind)],
        "finance": pd.concat([codes[codes["dimension"] == "financial_coordination"], corpus.relations.query("layer == 'financial'")]),
        "motives": corpus.motives,
        "governance": described[of_governance & (described["rests_on_hypothesis"] != "yes")],
    }
    rows = {name: _counted(some) for name, some in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("question")


def _counted(rows: pd.DataFrame) -> dict[str, object]:
    ids = rows[[column for column in ("code_id", "relation_id", "motive_id") if column in rows]].bfill(axis=1).iloc[:, 0]
    return {"texts": rows["document_id"].nunique(), "rows": len(rows), "passages": passages(rows), "evidence": ids.to_list()}


def supposed(corpus: Corpus, evidence: Iterable[str]) -> int:
    """How many of the rows, judgements or ties, are inferred by the coder, supposed by the author, or only planned."""
    rows = pd.concat([corpus.codes.set_index("code_id")["status"], corpus.relations.set_index("relation_id")["status"]])
    return int(rows[list(evidence)].isin(["inferred", "hypothesised", "planned"]).sum())


def silences_decide(corpus: Corpus) -> bool:
    """Whether the share of systems with a non-economic motive could be a minority or a majority, by how silences are read."""
    named = corpus.motives["system_id"].unique()
    low, high = share_bounds(corpus.motives, named).loc["non_economic", ["low", "high"]]
    return bool(low <= 0.5 <= high)


def poles_with_a_role(corpus: Corpus) -> tuple[int, list[str]]:
    """How many named PTCE have a public role in the texts, and the rows that say so."""
    ptce = corpus.forms.loc[corpus.forms["family"] == "ptce", "form_id"]
    named = corpus.systems.loc[corpus.systems["form_id"].isin(ptce), "system_id"]
    rows = corpus.codes[corpus.codes["unit_id"].isin(named) & corpus.codes["dimension"].isin(["public_actor_role", "public_role_type"])]
    return rows["unit_id"].nunique(), rows["code_id"].to_list()
