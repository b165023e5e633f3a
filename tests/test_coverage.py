"""How thickly the texts speak, and where they disagree."""

import numpy as np
import pandas as pd
import pytest
from coded import code, codebook, codes
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import coverage

BOOK = codebook(coordination="trust ties", sector="size", category="purpose").assign(scale=["ordinal"] * 3 + ["category"])
UNITS = {"SPL": ["spl", "district"], "PTCE": ["ptce"]}
_rows = st.lists(
    st.builds(
        code,
        st.sampled_from(["spl", "district", "ptce", "grappe"]),
        st.sampled_from(list(BOOK["dimension"])),
        st.sampled_from(["0", "1"]),
        document_id=st.sampled_from(["one", "two"]),
        locator=st.sampled_from(["P1", "P2", "P3"]),
    ),
    min_size=1,
    max_size=20,
)


# Passages and thickness.


def test_one_sentence_with_two_rows_of_a_family_is_one_passage():
    table = codes(
        code("spl", "trust", "1"), code("district", "ties", "1"), code("spl", "trust", "0", locator="P2"), code("spl", "size", "0")
    )
    counts = coverage.passages(table, BOOK, UNITS)
    assert counts.loc[("doc", "SPL")].to_dict() == {"coordination": 2, "sector": 1, "category": 0}


def test_a_silent_text_counts_zero_and_stays_in_the_table():
    table = codes(code("spl", "trust", "1"), code("grappe", "size", "1", document_id="other"))
    counts = coverage.passages(table, BOOK, UNITS)
    assert counts.index.tolist() == [("doc", "SPL"), ("doc", "PTCE"), ("other", "SPL"), ("other", "PTCE")]
    assert counts.to_numpy().sum() == 1 and all(counts.dtypes == "int64")


def test_the_same_locator_in_two_documents_is_two_passages():
    table = codes(code("spl", "trust", "1"), code("spl", "trust", "1", document_id="other"))
    assert coverage.passages(table, BOOK, UNITS)["coordination"].xs("SPL", level="unit").tolist() == [1, 1]
    assert coverage.thickness(table, BOOK, UNITS).loc["SPL", ["thin", "thick", "several_documents"]].tolist() == [0, 1, 1]


@settings(max_examples=25, deadline=None)
@given(_rows)
def test_passages_agree_with_a_set_of_places(rows):
    table = codes(*rows)
    family = dict(zip(BOOK["dimension"], BOOK["family"], strict=True))
    counts = coverage.passages(table, BOOK, UNITS)
    for (document, unit), row in counts.iterrows():
        for name, n in row.items():
            places = {
                r["locator"]
                for r in rows
                if r["document_id"] == document and r["unit_id"] in UNITS[unit] and family[r["dimension"]] == name
            }
            assert n == len(places)


@settings(max_examples=25, deadline=None)
@given(_rows, st.integers(1, 4), st.randoms(use_true_random=False))
def test_silent_thin_and_thick_add_up_whatever_the_order_of_rows(rows, thick, random):
    table = codes(*rows)
    found = coverage.thickness(table, BOOK, UNITS, thick=thick)
    assert (found[["silent", "thin", "thick"]].sum(axis=1) == found["dimensions"]).all()
    assert (found["dimensions"] == 3).all()
    assert (found["several_documents"] <= found["dimensions"] - found["silent"]).all()
    moved = table.iloc[random.sample(range(len(table)), len(table))]
    pd.testing.assert_frame_equal(coverage.thickness(moved, BOOK, UNITS, thick=thick), found)


def test_thickness_turns_at_its_threshold():
    table = codes(code("spl", "trust", "1"), code("spl", "trust", "1", locator="P2"), code("spl", "ties", "0"), code("spl", "ties", "1"))
    assert coverage.thickness(table, BOOK, UNITS).loc["SPL"].tolist() == [1, 1, 1, 0, 3]
    assert coverage.thickness(table, BOOK, UNITS, thick=3).loc["SPL", ["thin", "thick"]].tolist() == [2, 0]
    assert coverage.thickness(table, BOOK, UNITS, thick=1).loc["SPL", ["thin", "thick"]].tolist() == [0, 2]


def test_by_dimension_names_who_speaks_of_what_and_leaves_silence_blank():
    table = codes(
        code("spl", "trust", "1"),
        code("district", "trust", "0"),  # the same sentence
        code("spl", "trust", "0", locator="P2"),
        code("spl", "trust", "0", document_id="other"),
        code("ptce", "purpose", "growth"),
    )
    found = coverage.by_dimension(table, BOOK, UNITS)
    assert found["SPL"].to_dict() == {"trust": "doc 2, other 1", "ties": "", "size": ""}
    assert (found["PTCE"] == "").all()


@settings(max_examples=15, deadline=None)
@given(_rows)
def test_by_dimension_is_blank_exactly_where_thickness_counts_silence(rows):
    table = codes(*rows)
    assert (coverage.by_dimension(table, BOOK, UNITS) == "").sum().to_dict() == coverage.thickness(table, BOOK, UNITS)["silent"].to_dict()


def test_the_coverage_title_names_the_thickest_and_counts_the_voices():
    table = codes(code("spl", "trust", "1"), code("spl", "size", "1"), code("ptce", "trust", "1", document_id="other"))
    counts = coverage.passages(table, BOOK, UNITS)
    assert coverage.title(counts, "PTCE") == "doc on SPL is the thickest of the corpus; 1 of 2 texts speaks of PTCE"
    assert coverage.alt(counts).endswith("doc on SPL 2; other on PTCE 1.")


def test_the_real_coverage_counts_every_passage_of_the_corpus(corpus):
    everything = {"all": corpus.codes["unit_id"].unique()}
    book = corpus.codebook.assign(family="any")
    counts = coverage.passages(corpus.codes, book, everything)["any"].droplevel("unit")
    places = {document: len(set(part["locator"])) for document, part in corpus.codes.groupby("document_id")}
    assert counts.to_dict() == places


# Labels.


def test_the_crosswalk_says_what_each_text_does_with_a_label_and_leaves_the_rest_blank():
    labels = pd.DataFrame(
        [
            ("one", "spl", "umbrella"),
            ("one", "spl", "instance"),
            ("one", "spl", "umbrella"),
            ("two", "ptce", "synonym"),
            ("two", "grappe", "family"),
        ],
        columns=["document_id", "form_id", "usage"],
    )
    forms = pd.DataFrame({"form_id": ["spl", "ptce", "filiere"], "name_fr": ["système productif local", "pôle", "filière"]})
    table = coverage.crosswalk(labels, forms, ["ptce", "spl", "filiere"])
    assert table.index.tolist() == ["pôle", "système productif local", "filière"]
    assert table.loc["système productif local"].to_dict() == {"one": "covers others, named cases", "two": ""}
    assert table.loc["pôle"].to_dict() == {"one": "", "two": "same as another"}
    assert (table.loc["filière"] == "").all()


def test_every_usage_of_the_real_labels_has_words(corpus):
    forms = list(corpus.labels["form_id"].dropna().unique())
    table = coverage.crosswalk(corpus.labels, corpus.forms, forms)
    said = set(corpus.labels.dropna(subset="form_id").groupby(["form_id", "document_id"]).groups)
    assert (table != "").to_numpy().sum() == len(said)


# Numbers.


def quantities(*rows: tuple) -> pd.DataFrame:
    """Rows (document, subject, quantity, low, high) with ids q1, q2, ... and a locator P1."""
    frame = pd.DataFrame(rows, columns=["document_id", "subject", "quantity", "value_min", "value_max"])
    frame[["value_min", "value_max"]] = frame[["value_min", "value_max"]].astype(float)
    return frame.assign(quantity_id=[f"q{i}" for i in range(1, len(rows) + 1)], locator="P1", unit=None, note=None)


CALLS = quantities(
    ("his", "spl", "calls_year", 1994, 1994),
    ("his", "spl", "calls_year", 1998, 1998),
    ("hers", "spl", "calls_year", 1999, 1999),
    ("hers", "spl", "calls_year", 1998, 1998),
    ("his", "spl", "firms", 18_000, np.nan),
    ("hers", "ptce", "firms", 9, 9),
)


def test_two_documents_that_give_other_values_are_in_conflict():
    found = coverage.conflicts(CALLS)
    assert found.index.tolist() == [("spl", "calls_year")]
    assert found.iloc[0].to_dict() == {"his": "1994, 1998", "hers": "1998, 1999", "quantity_ids": ("q1", "q2", "q3", "q4")}


@pytest.mark.parametrize(
    "rows",
    [
        [("his", "spl", "firms", 9, 9), ("hers", "spl", "firms", 9, 9)],
        [("his", "spl", "firms", 9, 9), ("his", "spl", "firms", 10, 10)],
        [("his", "spl", "firms", 9, 9), ("hers", "pdc", "firms", 10, 10)],
        [("his", "spl", "firms", 9, 9), ("hers", "spl", "jobs", 10, 10)],
        [("his", "spl", "firms", 9, 9), ("his", "spl", "firms", 9, 9), ("hers", "spl", "firms", 9, 9)],
    ],
)
def test_agreement_one_voice_and_repetition_are_no_conflict(rows):
    assert coverage.conflicts(quantities(*rows)).empty


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1994, 1994, "1994"),
        (18_000, 18_000, "18,000"),
        (500_000, np.nan, "at least 500,000"),
        (np.nan, 30, "at most 30"),
        (15, 40, "15–40"),
        (0.5, 0.5, "0.5"),
        (12_345.5, 12_345.5, "12,345.5"),
    ],
)
def test_a_number_is_written_as_a_text_would(low, high, said):
    found = coverage.conflicts(quantities(("his", "spl", "x", low, high), ("hers", "spl", "x", 7, 7)))
    assert found["his"].tolist() == [said]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["his", "hers", "its"]), st.just("spl"), st.just("firms"), st.sampled_from([1.0, 2.0])),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_whether_texts_conflict_does_not_depend_on_order_or_repetition(rows, random):
    rows = [(*row, row[-1]) for row in rows]
    said = {document: frozenset(row[3] for row in rows if row[0] == document) for document, *_ in rows}
    expected = len(set(said.values())) > 1
    assert len(coverage.conflicts(quantities(*rows))) == expected
    assert len(coverage.conflicts(quantities(*random.sample(rows, len(rows)), *rows))) == expected


def test_the_real_texts_date_the_calls_for_spl_differently(corpus):
    found = coverage.conflicts(corpus.quantities)
    calls = found.loc[("spl", "calls_year")]
    assert calls["pommier"] == "1994, 1998" and calls["trink"] == "1998, 1999"
    given = corpus.quantities.set_index("quantity_id").loc[list(calls["quantity_ids"])]
    assert set(given["quantity"]) == {"calls_year"} and set(given["subject"]) == {"spl"}


# Events.


def events(*rows: tuple) -> pd.DataFrame:
    """Rows (document, date_from, date_to) with ids e1, e2, ... and a locator P1."""
    frame = pd.DataFrame(rows, columns=["document_id", "date_from", "date_to"])
    return frame.assign(event_id=[f"e{i}" for i in range(1, len(rows) + 1)], locator="P1", event="a call", family="districts_spl")


@pytest.mark.parametrize(("date", "year"), [("1994", 1994), ("1994-01", 1994), ("1994-07", 1994.5), ("1994-12-31", 1994 + 11 / 12)])
def test_a_date_is_a_year_and_its_months_are_fractions(date, year):
    assert coverage.dated(events(("his", date, None)), CALLS)["start"].tolist() == pytest.approx([year])


def test_an_event_ends_where_it_begins_or_later():
    found = coverage.dated(events(("his", "1990", "1999"), ("his", "1990-06", "1990"), ("his", "1990", None)), CALLS)
    assert found["end"].tolist() == [1999, found["start"][1], 1990]


def test_an_undated_event_is_left_out():
    assert coverage.dated(events(("his", None, None), ("his", "1990", None)), CALLS)["event_id"].tolist() == ["e2"]


def test_an_event_is_marked_where_another_document_dates_it_otherwise():
    found = coverage.dated(events(("his", "1994", None), ("hers", "1999", None), ("his", "1998", None), ("hers", "1994", None)), CALLS)
    assert found["conflict"].tolist() == ["1998, 1999 in hers", "1994, 1998 in his", "", ""]
    named = coverage.dated(events(("his", "1994", None)), CALLS, {"hers": "Hers"})
    assert named["conflict"].tolist() == ["1998, 1999 in Hers"]


def test_an_event_of_another_passage_is_not_marked():
    assert coverage.dated(events(("his", "1994", None)).assign(locator="P9"), CALLS)["conflict"].tolist() == [""]


def test_a_year_in_the_name_of_a_document_or_in_a_longer_number_is_no_agreement():
    rivals = quantities(("his", "spl", "calls_year", 2013, 2013), ("grappe_2013", "spl", "calls_year", 2010, 2010))
    assert coverage.dated(events(("his", "2013", None)), rivals)["conflict"].tolist() == ["2010 in grappe_2013"]
    rivals = quantities(("his", "spl", "found_year", 199, 199), ("hers", "spl", "found_year", 1999, 1999))
    assert coverage.dated(events(("his", "0199", None)), rivals)["conflict"].tolist() == ["1999 in hers"]


def test_a_conflict_between_numbers_without_a_lower_bound_marks_nothing():
    rivals = quantities(("his", "spl", "firms", np.nan, 30), ("hers", "spl", "firms", 40, 40))
    assert coverage.dated(events(("his", "1994", None)), rivals)["conflict"].tolist() == [""]


def test_the_real_events_on_the_calls_for_spl_are_marked_on_both_sides(corpus):
    found = coverage.dated(corpus.events, corpus.quantities)
    marked = found[found["conflict"] != ""].set_index(["document_id", "start"])["conflict"]
    assert marked["pommier", 1994] == "1998, 1999 in trink"
    assert marked["trink", 1999] == "1994, 1998 in pommier"
    assert len(found) == corpus.events["date_from"].notna().sum()


def test_the_timeline_title_counts_the_disputed_among_those_it_shows():
    found = coverage.dated(events(("his", "1994", "1996"), ("his", "1970", None), ("his", "1900", None)), CALLS)
    assert coverage.timeline_title(found) == "2 dated events from 1970 to 1996, 1 of them with a rival date"
    assert (
        coverage.timeline_title(found.assign(conflict=["", "", "1901 in hers"]))
        == "2 dated events from 1970 to 1996, none with a rival date"
    )
    assert "1994: a call (but 1998, 1999 in hers)" in coverage.timeline_alt(found) and "1900" not in coverage.timeline_alt(found)


# Oddities.


def test_oddities_are_the_remarked_numbers_that_count_firms_people_or_money():
    table = quantities(("his", "mecanic_vallee", "member_firms", 15, 40), ("his", "spl", "firms", 9, 9), ("hers", "spl", "rank", 1, 1))
    table = table.assign(unit=["%", None, None], note=["base not said", None, "an ordinal word"])
    found = coverage.oddities(table)
    assert found.to_dict("records") == [
        {"subject": "mecanic vallee", "quantity": "member firms", "printed": "15–40 %", "document": "his", "remark": "base not said"}
    ]
    assert found.attrs["evidence"] == ["q1"]


def test_the_real_oddities_all_carry_a_remark_and_their_evidence(corpus):
    found = coverage.oddities(corpus.quantities)
    given = corpus.quantities.set_index("quantity_id").loc[found.attrs["evidence"]]
    assert found["remark"].tolist() == given["note"].tolist() and found["remark"].str.len().gt(0).all()
    assert found["printed"].str.len().gt(0).all()
