"""Propositions held against profiles: what holds, what holds at the worst reading, and what cannot be compared."""

import numpy as np
import pandas as pd
import pytest
from coded import ANCHORS, code, codebook, codes
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.hypotheses import by_hypothesis, hold_hypotheses, hold_part
from slpi.typology import family_units, profiles

BOOK = codebook(coordination="trust ties", sector="size")
UNITS = {"PTCE": ["ptce"], "PdC": ["pdc"], "SPL": ["spl"]}
NAMES = {"ptce": "PTCE", "pdc": "PdC", "spl": "SPL"}


def hold(relation: str, *rows: dict, dimensions: str = "trust", b: str = "spl", c: str = "") -> dict:
    part = {"statement": "a claim", "relation": relation, "unit_a": "ptce", "unit_b": b, "unit_c": c, "dimensions": dimensions}
    return hold_part(profiles(codes(*rows), BOOK, UNITS), part, NAMES)


def at(ptce: str, spl: str, *, alt: str | None = None, dimension: str = "trust") -> list[dict]:
    return [code("ptce", dimension, ptce, alt), code("spl", dimension, spl)]


# One comparison.


@pytest.mark.parametrize(
    ("relation", "ptce", "spl", "verdict"),
    [
        ("similar", "0.67", "0.67", "coherent"),
        ("similar", "0.67", "0.33", "incoherent"),
        ("a>b", "1", "0.67", "coherent"),
        ("a>b", "0.67", "0.67", "incoherent"),
        ("a>b", "0.33", "1", "incoherent"),
        ("a<b", "0", "0.33", "coherent"),
        ("a<b", "0.33", "0.33", "incoherent"),
        ("a<b", "1", "0", "incoherent"),
    ],
)
def test_a_single_comparison_holds_or_does_not(relation, ptce, spl, verdict):
    assert hold(relation, *at(ptce, spl))["verdict"] == verdict


@pytest.mark.parametrize(
    ("relation", "ptce", "alt", "spl"), [("similar", "0.67", "1", "0.67"), ("a>b", "1", "0.33", "0.33"), ("a<b", "0", "0.67", "0.33")]
)
def test_what_holds_but_not_at_its_worst_reading_is_mixed(relation, ptce, alt, spl):
    found = hold(relation, *at(ptce, spl, alt=alt))
    assert (found["verdict"], found["held"], found["robust"], found["compared"]) == ("mixed", 1, 0, 1)


@pytest.mark.parametrize(("relation", "ptce", "alt", "spl"), [("a>b", "0.67", "1", "0.33"), ("a<b", "0.33", "0", "0.67")])
def test_an_alternative_that_serves_the_statement_leaves_it_coherent(relation, ptce, alt, spl):
    assert hold(relation, *at(ptce, spl, alt=alt))["verdict"] == "coherent"


def test_an_alternative_cannot_rescue_what_does_not_hold():
    found = hold("a>b", *at("0.33", "0.33", alt="1"))
    assert (found["verdict"], found["held"], found["robust"]) == ("incoherent", 0, 0)


@pytest.mark.parametrize(
    ("first", "second", "other"), [("0.67", "1", "0.67"), ("0.67", "1", "1"), ("0", "0.33", "0"), ("0", "0.33", "0.33")]
)
def test_exactly_half_a_step_is_a_difference_whatever_its_last_bits(first, second, other):
    # The mean of two neighbouring anchors lies half a step from each; in binary a little more or a little less.
    half = [code("ptce", "trust", first), code("ptce", "trust", second, locator="P2"), code("spl", "trust", other)]
    higher = float(other) == float(first)
    assert hold("similar", *half)["verdict"] == "incoherent"
    assert hold("a>b" if higher else "a<b", *half)["verdict"] == "coherent"
    assert hold("a<b" if higher else "a>b", *half)["verdict"] == "incoherent"


def test_over_several_dimensions_some_that_hold_make_it_mixed():
    rows = at("1", "0.33") + at("0", "0.33", dimension="ties")
    found = hold("a>b", *rows, dimensions="trust; ties")
    assert (found["verdict"], found["held"], found["robust"], found["compared"]) == ("mixed", 1, 1, 2)
    assert found["values"] == "trust: PTCE 1.00, SPL 0.33; ties: PTCE 0.00, SPL 0.33"


def test_against_two_comparators_it_must_hold_for_both():
    rows = [*at("0.67", "0.67"), code("pdc", "trust", "1")]
    assert hold("similar", *rows, b="pdc", c="spl")["verdict"] == "mixed"
    assert hold("similar", *rows[:2], code("pdc", "trust", "0.67"), b="pdc", c="spl")["verdict"] == "coherent"


# Nearer.


@pytest.mark.parametrize(
    ("ptce", "spl", "pdc", "verdict"),
    [
        ("0", "0", "1", "coherent"),
        ("0", "0.33", "0.67", "coherent"),
        ("0.33", "0", "0.67", "incoherent"),  # nearer by 0.01 of the scale only
        ("0.33", "0.67", "0.67", "incoherent"),
        ("1", "0", "1", "incoherent"),
    ],
)
def test_nearer_holds_where_the_first_comparator_is_nearer_by_half_a_step(ptce, spl, pdc, verdict):
    found = hold("nearer", *at(ptce, spl), code("pdc", "trust", pdc), b="spl", c="pdc")
    assert found["verdict"] == verdict and found["compared"] == 1


def test_nearer_at_its_worst_reading_only_is_mixed():
    found = hold("nearer", *at("0", "0", alt="0.67"), code("pdc", "trust", "1"), b="spl", c="pdc")
    assert (found["verdict"], found["held"], found["robust"]) == ("mixed", 1, 0)


def test_nearer_needs_all_three_on_a_dimension():
    found = hold("nearer", *at("0", "0"), *at("0", "0", dimension="ties"), code("pdc", "ties", "1"), dimensions="trust;ties", c="pdc")
    assert (found["verdict"], found["compared"]) == ("coherent", 1)
    assert found["evidence"] == ["c3", "c4", "c5"]


# What cannot be compared, and evidence.


@pytest.mark.parametrize("relation", ["similar", "a>b", "a<b", "nearer"])
def test_a_silent_comparator_is_not_assessable(relation):
    found = hold(relation, code("ptce", "trust", "1"), code("spl", "size", "1"), c="pdc" if relation == "nearer" else "")
    assert (found["verdict"], found["held"], found["compared"], found["evidence"]) == ("not assessable", 0, 0, [])
    assert found["values"] == "the texts leave nothing to compare"


def test_a_denial_is_compared_and_is_no_silence():
    assert hold("a>b", *at("1", "0"))["verdict"] == "coherent"


def test_evidence_lists_exactly_the_codes_that_were_compared():
    rows = [
        *at("1", "0"),  # c1, c2
        code("ptce", "trust", "0.67", locator="P2"),  # c3
        code("ptce", "ties", "1"),  # the SPL is silent there
        code("ptce", "size", "1"),  # not asked
        code("spl", "size", "1"),
        code("pdc", "trust", "1"),  # not asked
        code("spl", "trust", "1", status="prescribed", locator="P3"),
    ]
    assert hold("a>b", *rows, dimensions="trust;ties")["evidence"] == ["c1", "c2", "c3"]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["trust", "size"]), st.sampled_from(["ptce", "spl", "pdc"]), st.sampled_from(ANCHORS)), max_size=8),
    st.data(),
)
def test_codes_outside_the_evidence_move_no_verdict(seen, data):
    rows = [code(unit, dimension, value, locator=f"P{i}") for i, (dimension, unit, value) in enumerate(seen)]
    relation = data.draw(st.sampled_from(["similar", "a>b", "a<b", "nearer"]))
    c = "pdc" if relation == "nearer" else ""
    before = hold(relation, *rows, c=c)
    for i, row in enumerate(rows, 1):
        if f"c{i}" not in before["evidence"]:
            row["value"] = data.draw(st.sampled_from(ANCHORS))
    assert hold(relation, *rows, c=c) == before


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(ANCHORS), min_size=4, max_size=4), st.booleans())
def test_greater_of_a_and_b_is_smaller_of_b_and_a(values, doubted):
    (a, b, alt_a, alt_b) = values
    one = [code("ptce", "trust", a, alt_a if doubted else None), code("spl", "trust", b, alt_b if doubted else None)]
    other = [row | {"unit_id": {"ptce": "spl", "spl": "ptce"}[row["unit_id"]]} for row in one]
    kept = ("verdict", "held", "robust", "compared")
    assert [hold("a>b", *one)[key] for key in kept] == [hold("a<b", *other)[key] for key in kept]
    assert [hold("similar", *one)[key] for key in kept] == [hold("similar", *other)[key] for key in kept]


def test_an_unknown_relation_is_refused_by_name():
    with pytest.raises(ValueError, match="relation = 'alike' is none of similar, a>b, a<b, nearer"):
        hold("alike", *at("1", "0"))


def test_a_unit_without_a_profile_is_refused_by_name():
    with pytest.raises(ValueError, match="'a claim' speaks of ess_ideal, no profile; there are PTCE, PdC, SPL"):
        hold("similar", *at("1", "0"), b="ess_ideal")


# Whole hypotheses and pairings.

HYPOTHESES = pd.DataFrame(
    [
        ("h1", None, "near", None, None, None, None, None),
        ("h1a", "h1", "more trust", "ptce", "spl", None, "trust", "a>b"),
        ("h1b", "h1", "as small", "ptce", "spl", None, "size", "similar"),
        ("h2", None, "apart", None, None, None, None, None),
        ("h2a", "h2", "fewer ties", "ptce", "spl", None, "ties", "a<b"),
    ],
    columns=["hypothesis_id", "parent_id", "statement", "unit_a", "unit_b", "unit_c", "dimensions", "relation"],
)
TABLE = codes(
    code("ptce", "trust", "1"),
    code("spl", "trust", "0", document_id="his"),
    code("spl", "trust", "1", document_id="hers"),
    code("ptce", "size", "0"),
    code("spl", "size", "0", document_id="hers"),
)
PAIRINGS = {"his": {"SPL": ["his"]}, "hers": {"SPL": ["hers"]}, "all": {}}


def held() -> pd.DataFrame:
    return hold_hypotheses(TABLE, BOOK, HYPOTHESES, UNITS, NAMES, PAIRINGS)


def test_every_part_is_held_once_under_every_pairing():
    parts = held()
    assert parts.groupby("pairing", sort=False)["hypothesis_id"].agg(list).to_dict() == {
        pairing: ["h1a", "h1b", "h2a"] for pairing in PAIRINGS
    }


def test_a_pairing_restricts_who_describes_the_comparator():
    verdict = held().pivot(index="hypothesis_id", columns="pairing", values="verdict")
    assert verdict.loc["h1a", list(PAIRINGS)].tolist() == ["coherent", "incoherent", "coherent"]
    assert verdict.loc["h1b", list(PAIRINGS)].tolist() == ["not assessable", "coherent", "coherent"]
    evidence = held().set_index(["hypothesis_id", "pairing"])["evidence"]
    assert evidence["h1a", "his"] == ["c1", "c2"] and evidence["h1a", "all"] == ["c1", "c2", "c3"]


def test_the_whole_hypothesis_is_told_by_its_parts_in_the_order_of_the_pairings():
    whole = by_hypothesis(held())
    assert list(whole.columns) == ["his", "hers", "all"]
    assert whole.loc["h1"].tolist() == ["coherent (1 of 2)", "mixed", "coherent"]
    assert whole.loc["h2"].tolist() == ["not assessable"] * 3


def test_what_rests_on_the_hypothesis_itself_holds_nothing_under_strict():
    circular = TABLE.assign(rests_on_hypothesis=np.where(TABLE["unit_id"] == "ptce", "yes", "no"))
    strict = hold_hypotheses(circular, BOOK, HYPOTHESES, UNITS, NAMES, PAIRINGS)
    assert set(strict["verdict"]) == {"not assessable"}
    assert set(hold_hypotheses(circular, BOOK, HYPOTHESES, UNITS, NAMES, PAIRINGS, filter="loose")["verdict"]) > {"coherent"}


# The real corpus.


def test_turning_the_real_codes_turns_the_verdict_on_a_hypothesis(corpus):
    family = family_units(corpus.forms)
    units = {"PTCE": family["ptce"], "PdC": family["clusters_pdc"], "SPL": family["districts_spl"], "ESS": ["ess_ideal"]}
    names = {"ptce": "PTCE", "clusters_pdc": "PdC", "districts_spl": "SPL", "ess_ideal": "ESS"}

    def verdict(ptce: str, pdc: str) -> str:
        on = corpus.codes["dimension"] == "sector_value_added"
        value = corpus.codes["value"].mask(on & corpus.codes["unit_id"].isin(units["PTCE"]), ptce)
        value = value.mask(on & corpus.codes["unit_id"].isin(units["PdC"]), pdc)
        table = corpus.codes.assign(value=value, alt_value=corpus.codes["alt_value"].mask(on), rests_on_hypothesis="no")
        parts = hold_hypotheses(table, corpus.codebook, corpus.hypotheses, units, names, {"all": {}})
        part = parts.set_index("hypothesis_id").loc["h2b"]  # a lower value added than clusters and PdC
        used = table[table["code_id"].isin(part["evidence"])]
        assert set(used["dimension"]) == {"sector_value_added"} and "prescribed" not in set(used["status"])
        return part["verdict"]

    assert verdict("0", "1") == "coherent"
    assert verdict("1", "0") == "incoherent"
