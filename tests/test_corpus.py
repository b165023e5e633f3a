"""The door of the corpus: what it takes, what it refuses, and what it says."""

import csv
import doctest
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import slpi.corpus
from slpi.corpus import CorpusError, check_against_texts, load_corpus, passages

ROOT = Path(__file__).resolve().parents[1]
TEXT = "Les SPL de l’Arve\n\nune soixantaine d'entre-\nprises de la VALLEE de l’Arve\n\nenviron 500\u00a0000 salariés en 1998\n"

VALID = {
    "documents": """document_id,author,title,year_written,year_published,kind,author_stake,language,citation,where_to_find,sha256
pommier,Pommier,Réseaux,2004,2012,article,ran the policy,fr,"Pommier, 2012",OpenEdition,SHA
trink,Trink,Pôles,,2006,article,,fr,"Trink, 2006",Annales,0000000000000000000000000000000000000000000000000000000000000000
""",
    "codebook": """dimension,family,scale,anchors,definition,from_hypothesis
trust,coordination,ordinal,0 unnecessary; 1 key condition,,no
unit_size,sector,ordinal,0 small; 1 large,,yes
purpose,category,category,,declared aim,no
""",
    "forms": """form_id,family,name_fr,name_en,definition,document_id,locator
cluster,clusters_pdc,cluster,cluster,firms in one field,pommier,¶1 L1
spl,districts_spl,système productif local,local productive system,firms of one place,pommier,¶1 L1-2
ptce,ptce,pôle territorial,territorial pole,actors that cooperate,pommier,¶2 L3
""",
    "labels": """label_id,document_id,label,form_id,usage,locator,note
pom-l01,pommier,SPL,spl,umbrella,¶1 L1,
pom-l02,pommier,districts et SPL,districts_spl,family,¶1 L1,
""",
    "systems": "system_id,name,aliases,kind,form_id,place_id,country,sector,naf,n_units_min,n_units_max,jobs,labelled,"
    """document_id,locator,note
arve,Vallée de l'Arve,Arve; décolletage savoyard,system,spl,cluses,FR,,,60,70,,yes,pommier,¶2 L3-4,
datar,DATAR,,organisation,,,FR,,,,,0,,pommier,¶1 L1,"two
lines"
""",
    "codes": (
        "code_id,coder,unit_kind,unit_id,dimension,value,alt_value,certainty,status,rests_on_hypothesis,document_id,locator,rationale\n"
        "pom-001,first_reader,form,spl,trust,0.67,1,high,asserted,no,pommier,¶1 L1,Trust is said to matter.\n"
        "pom-002,first_reader,form,spl,unit_size,0,,high,asserted,no,pommier,¶1 L1,The title says small.\n"
        "pom-003,first_reader,family,districts_spl,purpose,growth,,low,inferred,no,pommier,¶2 L3-4,One aim.\n"
        "pom-004,first_reader,family,districts_spl,purpose,jobs,,low,inferred,no,pommier,¶2 L3-4,Another aim.\n"
        "pom-005,first_reader,system,arve,trust,1,0.67,medium,reported,yes,pommier,¶2 L4,Trust is the key.\n"
    ),
    "motives": """motive_id,system_id,motive,kind,value,certainty,document_id,locator,rationale
pom-m01,arve,cost_sharing,economic,1,high,pommier,¶2 L3-4,Costs are shared.
""",
    "hypotheses": """hypothesis_id,parent_id,document_id,locator,statement,unit_a,unit_b,unit_c,dimensions,relation
h1,,pommier,¶1 L1,The pole is near to the district.,,,,,
h1a,h1,pommier,¶1 L1,Nearer in trust and size.,ptce,districts_spl,clusters_pdc,trust;unit_size,nearer
h1b,h1,pommier,¶1 L1,Less trust than clusters.,ptce,cluster,,trust,a<b
""",
    "relations": """relation_id,source,target,layer,directed,status,document_id,locator,note
pom-r01,datar,arve,institutional,yes,existing,pommier,¶2 L3,
""",
    "quantities": """quantity_id,subject,quantity,value_min,value_max,unit,year,precision,document_id,locator,note
pom-q01,arve,firms,60,60,entreprises,,about,pommier,¶2 L3-4,
pom-q02,spl,employees,500000,,salariés,1998,at_least,pommier,¶3 L6,
""",
    "events": """event_id,date_from,date_to,event,family,actor,place_id,document_id,locator
pom-e01,1997,1997-05,policy starts,districts_spl,datar,cluses,pommier,¶1 L1
pom-e02,0001,,iron is worked,other,,,pommier,¶1 L1
""",
    "locators": """document_id,locator,section,paragraph,line_from,line_to
pommier,¶1,intro,1,1,2
pommier,¶2,intro,2,3,4
pommier,¶3,intro,3,6,6
trink,De bas en haut,De bas en haut,,1,9
""",
    "concepts": """concept_id,concept,authors,meaning,indicator,data_needed,module,document_id,locator,also_in
K01,trust,Becattini,expecting good,share,survey,none: no survey,pommier,¶1 L1; ¶2 L3-4,
K02,filière,,chain of trades,,,,pommier,¶1 L1,trink De bas en haut L2; pommier ¶3 L6
""",
    "places": """place_id,name,kind,departement,region,country,lon,lat,precision,note
cluses,Cluses,commune,74,Auvergne-Rhône-Alpes,FR,6.58,46.06,point,
bourg,Bourg-en-Bresse,commune,01,Auvergne-Rhône-Alpes,FR,5.23,46.2,point,
saint_denis,Saint-Denis,commune,974,La Réunion,FR,55.45,-20.88,point,
maghreb,Maghreb,region,,,,,,area,
""",
}


def path(folder: Path, table: str) -> Path:
    return (folder.parent if table == "places" else folder) / f"{table}.csv"


def write(parent: Path) -> Path:
    folder = parent / "raw" / "corpus"
    folder.mkdir(parents=True)
    for table, text in VALID.items():
        path(folder, table).write_text(text.replace("SHA", hashlib.sha256(TEXT.encode()).hexdigest()), encoding="utf-8", newline="")
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path)


def put(folder: Path, table: str, line: int, **cells: str) -> None:
    """Write cells into the row that begins at a line (no row of the tables changed here holds a line end)."""
    with path(folder, table).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for column, value in cells.items():
        rows[line - 1][rows[0].index(column)] = value
    with path(folder, table).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def append(folder: Path, table: str, row: str) -> None:
    with path(folder, table).open("a", encoding="utf-8", newline="") as file:
        file.write(row + "\n")


def faults(folder: Path) -> list[str]:
    with pytest.raises(CorpusError) as error:
        load_corpus(folder)
    assert str(error.value).splitlines() == [str(fault) for fault in error.value.faults]
    return str(error.value).splitlines()


def rewrite(folder: Path, table: str, change, encoding="utf-8") -> None:
    file = path(folder, table)
    file.write_bytes(change(file.read_text(encoding="utf-8")).encode(encoding))


# What it takes.


def test_a_valid_corpus_loads_with_rows_in_the_order_of_the_file(folder):
    corpus = load_corpus(folder)
    assert list(corpus.codes["code_id"]) == ["pom-001", "pom-002", "pom-003", "pom-004", "pom-005"]
    assert list(corpus.codes.columns) == VALID["codes"].splitlines()[0].split(",")
    assert repr(corpus).startswith("Corpus(2 documents, 3 codebook, 3 forms")
    assert corpus.families["spl"] == "districts_spl"
    assert corpus.misses == ()


def test_blank_numbers_stay_missing_and_zero_stays_zero(folder):
    systems = load_corpus(folder).systems.set_index("system_id")
    assert systems["jobs"].dtype == np.float64
    assert np.isnan(systems.loc["arve", "jobs"]) and systems.loc["datar", "jobs"] == 0
    assert pd.isna(systems.loc["datar", "place_id"])


def test_a_departement_keeps_its_zero(folder):
    assert load_corpus(folder).places.set_index("place_id").loc["bourg", "departement"] == "01"


def test_a_quoted_cell_may_hold_line_ends_and_later_rows_are_still_counted_right(folder):
    append(folder, "systems", "Bad Id,Name,,system,,,,,,,,,,pommier,¶1 L1,")
    assert load_corpus_notes(write_beside(folder)) == "two\nlines"
    assert faults(folder)[0].startswith("systems.csv row 5: system_id = 'Bad Id' is no identifier")


def write_beside(folder: Path) -> Path:
    return write(folder.parent.parent / "beside")


def load_corpus_notes(folder: Path) -> str:
    return load_corpus(folder).systems["note"].dropna().iloc[0]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8-sig"])
def test_latin_1_and_a_byte_order_mark_are_read_right(folder, encoding):
    rewrite(folder, "forms", str, encoding)
    rewrite(folder, "documents", str, encoding)
    rewrite(folder, "places", str, encoding)
    corpus = load_corpus(folder)
    assert corpus.forms["name_fr"].tolist() == ["cluster", "système productif local", "pôle territorial"]
    assert corpus.places["name"].tolist()[0] == "Cluses" and corpus.places["region"].tolist()[0] == "Auvergne-Rhône-Alpes"


def test_curly_quotes_of_windows_are_read_right(folder):
    rewrite(folder, "documents", lambda text: text.replace("Pôles", "L’œuvre à 5 €"), "cp1252")
    assert load_corpus(folder).documents["title"].tolist() == ["Réseaux", "L’œuvre à 5 €"]


def test_a_byte_that_no_encoding_prints_is_refused_where_it_stands(folder):
    rewrite(folder, "forms", lambda text: text.replace("è", "\x81"), "latin-1")
    assert faults(folder) == [
        "forms.csv row 3: name_fr = 'syst\\x81me productif local' holds a control or replacement character; retype it"
    ]


def test_a_file_of_two_encodings_is_refused_where_they_meet(folder):
    file = path(folder, "forms")
    file.write_bytes(file.read_bytes().replace("pôle".encode(), "pôle".encode("latin-1")))
    assert faults(folder)[0].startswith("forms.csv row 4: is UTF-8 before this row and Latin-1 here; save it as CSV, UTF-8")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_taken(folder, end):
    for table in ("codes", "events", "places"):
        rewrite(folder, table, lambda text: text.replace("\n", end))
    assert len(load_corpus(folder).codes) == 5


def with_semicolons(text: str) -> str:
    rows = csv.reader(text.splitlines())
    return "\r\n".join(";".join(f'"{cell}"' if ";" in cell else cell for cell in row) for row in rows) + "\r\n"


def test_semicolons_and_decimal_commas_are_read_right(folder):
    rewrite(folder, "codes", lambda text: with_semicolons(text).replace("0.67", "0,67"), "cp1252")
    rewrite(folder, "places", lambda text: with_semicolons(text).replace("46.06", "46,06"), "cp1252")
    rewrite(folder, "hypotheses", with_semicolons)
    corpus = load_corpus(folder)
    assert corpus.codes["value"].tolist() == ["0.67", "0", "growth", "jobs", "1"]
    assert corpus.places["lat"].tolist()[0] == 46.06
    assert corpus.hypotheses["dimensions"].dropna().tolist() == ["trust;unit_size", "trust"]


def test_markup_and_formulae_in_a_name_are_text_and_stay_as_they_are(folder):
    put(folder, "forms", 2, name_en="<script>alert('x')</script>", name_fr="=1+1")
    forms = load_corpus(folder).forms
    assert forms["name_en"].tolist()[0] == "<script>alert('x')</script>" and forms["name_fr"].tolist()[0] == "=1+1"


def test_blank_lines_are_no_rows_but_count_as_lines(folder):
    rewrite(folder, "events", lambda text: text.replace("pom-e02,0001", "\n,,,,,,,,\npom-e02,1"))
    assert faults(folder) == ["events.csv row 5: date_from = 1 is no date; write YYYY, YYYY-MM or YYYY-MM-DD"]


def test_columns_may_stand_in_any_order(folder):
    rewrite(folder, "forms", lambda text: "".join(",".join(reversed(line.split(","))) + "\n" for line in text.splitlines()))
    assert load_corpus(folder).families.to_dict() == {"cluster": "clusters_pdc", "spl": "districts_spl", "ptce": "ptce"}


def test_a_table_without_rows_is_taken(folder):
    path(folder, "motives").write_text(VALID["motives"].splitlines()[0], encoding="utf-8")
    motives = load_corpus(folder).motives
    assert len(motives) == 0 and motives["value"].dtype == np.float64


# What it refuses: files and columns.


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CorpusError, match="nowhere: is no folder"):
        load_corpus(tmp_path / "nowhere")


def test_empty_and_missing_files_are_all_named_and_hide_no_other_fault(folder):
    path(folder, "forms").write_text("\n \n", encoding="utf-8")
    path(folder, "events").unlink()
    path(folder, "places").rename(folder.parent / "place.csv")
    put(folder, "codes", 2, value="1.5")
    said = faults(folder)
    assert said == [
        "forms.csv: is empty; its first line is form_id,family,name_fr,name_en,definition,document_id,locator",
        "codes.csv row 2: value = 1.5 is none of 0, 0.33, 0.67, 1",
        f"events.csv: is missing in {folder}",
        f"places.csv: is missing in {folder.parent.resolve()}; did you mean 'place.csv'?",
    ]


def test_a_file_that_is_no_text_is_refused(folder):
    rewrite(folder, "forms", str, "utf-16")
    assert faults(folder) == ["forms.csv: is no text; save it as CSV, UTF-8"]


def test_missing_unknown_and_double_columns_are_named(folder):
    rewrite(
        folder,
        "motives",
        lambda text: text.replace(",rationale", ",rationnale").replace(",certainty", ",certainty").replace("kind", "motive"),
    )
    said = faults(folder)
    assert "motives.csv: column 'motive' stands twice" in said
    assert "motives.csv: column 'kind' is missing" in said
    assert "motives.csv: column 'rationale' is missing" in said
    assert "motives.csv: column 'rationnale' is unknown; did you mean 'rationale'?" in said


def test_rows_with_too_few_or_too_many_fields_are_named_and_their_ids_still_count(folder):
    rewrite(folder, "forms", lambda text: text.replace("spl,districts_spl,", "spl,districts_spl,surplus,").replace("ptce,ptce,", "ptce,"))
    assert [line[:45] for line in faults(folder)] == [
        "forms.csv row 3: has 8 fields where the heade",
        "forms.csv row 4: has 6 fields where the heade",
    ]


def test_a_quote_that_never_closes_is_a_fault_with_the_row_where_it_opens(folder):
    rewrite(folder, "codes", lambda text: text.replace("Trust is said", '"Trust is said'))
    assert faults(folder)[0].startswith("codes.csv row 2: cannot be read: ")


# What it refuses: cells. (table, line, cells, beginning of the message)

CELLS = [
    ("codes", 2, {"value": "1.5"}, "value = 1.5 is none of 0, 0.33, 0.67, 1"),
    ("codes", 2, {"value": ""}, "value is blank; a silent text has no row; 0 means that the text denies"),
    (
        "codes",
        2,
        {"value": "0,67"},
        "value = '0,67' is none of 0, 0.33, 0.67, 1; write 0.67 (a decimal comma is read only where ; separates)",
    ),
    ("codes", 2, {"value": "much"}, "value = 'much' is none of 0, 0.33, 0.67, 1"),
    ("codes", 2, {"alt_value": "0.67"}, "alt_value = 0.67 is the value itself"),
    ("codes", 2, {"alt_value": "0.670"}, "alt_value = 0.670 is the value itself"),
    ("codes", 2, {"alt_value": "0.5"}, "alt_value = 0.5 is none of"),
    ("codes", 4, {"value": "0.67"}, "value = 0.67 is no word; purpose is a category"),
    ("codes", 2, {"unit_id": "clustr"}, "unit_id = 'clustr' is no form in forms.csv; did you mean 'cluster'?"),
    ("codes", 4, {"unit_id": "district_spl"}, "unit_id = 'district_spl' is no family; did you mean 'districts_spl'?"),
    ("codes", 6, {"unit_id": "arves"}, "unit_id = 'arves' is no system in systems.csv; did you mean 'arve'?"),
    ("codes", 2, {"unit_kind": "forms"}, "unit_kind = 'forms' is none of family, form, system; did you mean 'form'?"),
    ("codes", 2, {"dimension": "thrust"}, "dimension = 'thrust' is no dimension in codebook.csv; did you mean 'trust'?"),
    ("codes", 2, {"document_id": "pomier"}, "document_id = 'pomier' is no document in documents.csv; did you mean 'pommier'?"),
    ("codes", 3, {"code_id": "pom-001"}, "code_id = 'pom-001' stands already in row 2"),
    ("codes", 2, {"status": "existing"}, "status = 'existing' is none of asserted"),
    ("codes", 2, {"certainty": "sure"}, "certainty = 'sure' is none of high, medium, low"),
    ("codes", 2, {"rests_on_hypothesis": ""}, "rests_on_hypothesis is blank; every row needs one"),
    ("codes", 2, {"rationale": " "}, "rationale is blank; say in a sentence what the passage says"),
    ("codes", 2, {"rationale": "a\x07b"}, "rationale = 'a\\x07b' holds a control or replacement character"),
    ("codes", 2, {"locator": "¶1 line 1"}, "locator = '¶1 line 1' is not written LABEL Lfrom-to"),
    ("codes", 2, {"locator": "¶1 L2-1"}, "locator = '¶1 L2-1' runs backwards; write L1-2"),
    ("codes", 2, {"locator": "¶1 L3-4"}, "locator = '¶1 L3-4' leaves '¶1', which has lines 1 to 2 of pommier; these lines lie in '¶2'"),
    ("codes", 2, {"locator": "¶2 L3-6"}, "locator = '¶2 L3-6' leaves '¶2', which has lines 3 to 4 of pommier"),
    ("codes", 2, {"locator": "§1 L3"}, "locator = '§1 L3' names no passage of pommier in locators.csv; these lines lie in '¶2'"),
    ("codes", 2, {"document_id": "trink", "locator": "De bas en bas L30"}, "locator = 'De bas en bas L30' names no passage of trink"),
    ("forms", 2, {"family": "clusters"}, "family = 'clusters' is none of clusters_pdc"),
    ("forms", 2, {"definition": ""}, "definition is blank"),
    ("labels", 2, {"form_id": "spll"}, "form_id = 'spll' is no form in forms.csv or family; did you mean 'spl'?"),
    ("labels", 2, {"usage": "main"}, "usage = 'main' is none of umbrella"),
    ("systems", 2, {"form_id": "districts_spl"}, "form_id = 'districts_spl' is no form in forms.csv"),
    ("systems", 2, {"place_id": "cluse"}, "place_id = 'cluse' is no place in places.csv; did you mean 'cluses'?"),
    ("systems", 2, {"n_units_min": "71"}, "n_units_min = 71 is more than n_units_max = 70"),
    ("systems", 2, {"jobs": "-1"}, "jobs = -1 is no whole number from 0 on"),
    ("systems", 2, {"jobs": "12.5"}, "jobs = 12.5 is no whole number from 0 on"),
    ("systems", 2, {"jobs": "9" * 400}, "jobs = 999"),
    ("systems", 2, {"jobs": "many"}, "jobs = 'many' is no whole number from 0 on"),
    ("systems", 2, {"jobs": "nan"}, "jobs = 'nan' is no whole number"),
    ("systems", 2, {"country": "France"}, "country = 'France' is no ISO country code"),
    ("motives", 2, {"value": "2"}, "value = 2 is none of 0, 1"),
    ("motives", 2, {"value": ""}, "value is blank; a silent text has no row; 0 means that the text denies"),
    ("motives", 2, {"system_id": "arv"}, "system_id = 'arv' is no system in systems.csv; did you mean 'arve'?"),
    ("hypotheses", 3, {"parent_id": "h2"}, "parent_id = 'h2' is no hypothesis in hypotheses.csv"),
    ("hypotheses", 3, {"parent_id": "h1a"}, "parent_id = 'h1a' is the row itself"),
    (
        "hypotheses",
        3,
        {"dimensions": "trust;unit_sise"},
        "dimensions = 'trust;unit_sise' names 'unit_sise', no dimension in codebook.csv; did you",
    ),
    ("hypotheses", 3, {"unit_c": ""}, "unit_c is blank; the relation 'nearer' needs it"),
    ("hypotheses", 3, {"unit_b": "district_spl"}, "unit_b = 'district_spl' is no form in forms.csv or family; did you mean"),
    ("hypotheses", 3, {"relation": "nearest"}, "relation = 'nearest' is none of similar, a>b, a<b, nearer; did you mean 'nearer'?"),
    ("hypotheses", 4, {"relation": ""}, "relation is blank; only a hypothesis with parts may leave it so"),
    ("relations", 2, {"target": "arv"}, "target = 'arv' is no system in systems.csv; did you mean 'arve'?"),
    ("relations", 2, {"target": "datar"}, "target = 'datar' is the source itself"),
    ("relations", 2, {"status": "asserted"}, "status = 'asserted' is none of existing, planned, inferred"),
    ("quantities", 2, {"value_min": "61"}, "value_min = 61 is more than value_max = 60"),
    ("quantities", 3, {"value_min": ""}, "value_min is blank; a quantity needs value_min, value_max or both"),
    ("quantities", 3, {"value_min": "500 000"}, "value_min = '500 000' is no number"),
    ("events", 2, {"date_from": "1998"}, "date_from = 1998 is after date_to = '1997-05'"),
    ("events", 2, {"date_to": "1997-02-30"}, "date_to = '1997-02-30' is no date; write YYYY, YYYY-MM or YYYY-MM-DD"),
    ("events", 2, {"date_to": "0000"}, "date_to = 0000 is no date"),
    ("events", 2, {"place_id": "paris"}, "place_id = 'paris' is no place in places.csv"),
    ("locators", 3, {"line_from": "2"}, "line_from = 2 overlaps row 2 of pommier, which ends at line 2"),
    ("locators", 4, {"line_from": "7"}, "line_from = 7 is more than line_to = 6"),
    ("concepts", 2, {"locator": "¶1 L1; ¶2 L9"}, "locator = '¶1 L1; ¶2 L9' leaves '¶2', which has lines 3 to 4 of pommier"),
    (
        "concepts",
        3,
        {"also_in": "trink De bas en haut L10"},
        "also_in = 'trink De bas en haut L10' leaves 'De bas en haut', which has lines",
    ),
    ("concepts", 3, {"also_in": "trink"}, "also_in = 'trink' is not written LABEL Lfrom-to"),
    ("concepts", 3, {"locator": ";"}, "locator = ';' is not written LABEL Lfrom-to"),
    ("concepts", 3, {"also_in": "trinc ¶1 L1"}, "also_in = 'trinc ¶1 L1' names 'trinc', no document; did you mean 'trink'?"),
    ("concepts", 3, {"document_id": "trinc"}, "document_id = 'trinc' is no document in documents.csv; did you mean 'trink'?"),
    ("codebook", 2, {"anchors": ""}, "anchors is blank; an ordinal dimension says what 0, 0.33, 0.67 and 1 mean"),
    ("codebook", 3, {"scale": "Ordinal"}, "scale = 'Ordinal' is none of ordinal, category; did you mean 'ordinal'?"),
    ("documents", 2, {"sha256": "abc"}, "sha256 = 'abc' is no SHA-256; write its 64 hexadecimal digits"),
    ("documents", 2, {"year_written": "about 2004"}, "year_written = 'about 2004' is no year"),
    ("places", 3, {"departement": "1"}, "departement = 1 is no département; write its two characters, as in 01 or 2A"),
    ("places", 2, {"lat": "95"}, "lat = 95 is no number from -90 to 90"),
    ("places", 2, {"lat": ""}, "lat is blank; a point needs lon and lat"),
    ("places", 2, {"lat": "52.1"}, "lat = 52.1 is outside 41 to 51.5, metropolitan France (overseas, give its département)"),
    ("places", 2, {"kind": "town"}, "kind = 'town' is none of commune"),
]


@pytest.mark.parametrize(
    ("table", "line", "cells", "message"), CELLS, ids=lambda value: str(value)[:40] if isinstance(value, str) else None
)
def test_a_wrong_cell_is_named_with_row_column_value_and_what_is_right(folder, table, line, cells, message):
    put(folder, table, line, **cells)
    assert any(said.startswith(f"{table}.csv row {line}: {message}") for said in faults(folder)), faults(folder)


def test_a_line_number_without_end_is_a_fault_and_no_crash(folder):
    put(folder, "locators", 4, line_from="9" * 400, line_to="9" * 400)
    assert faults(folder)[1].startswith("locators.csv row 4: line_from = 999")


def test_swapped_coordinates_are_recognised(folder):
    put(folder, "places", 2, lon="46.06", lat="6.58")
    assert faults(folder) == [
        "places.csv row 2: lon = 46.06 is outside -5.5 to 10, metropolitan France; lon and lat look swapped",
        "places.csv row 2: lat = 6.58 is outside 41 to 51.5, metropolitan France; lon and lat look swapped",
    ]


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        (
            "codes",
            "pom-006,me,form,spl,trust,1,,high,asserted,no,pommier,¶1 L1,Again.",
            "row 7: judges the same unit, dimension and passage as row 2",
        ),
        ("codes", "pom-006,me,family,districts_spl,purpose,Jobs,,high,asserted,no,pommier,¶2 L3-4,Again.", "row 7: judges the same unit"),
        (
            "motives",
            "pom-m02,arve,cost_sharing,economic,0,low,pommier,¶2 L3-4,No.",
            "row 3: judges the same motive and passage as row 2",
        ),
        (
            "relations",
            "pom-r02,datar,arve,institutional,yes,existing,pommier,¶2 L3,x",
            "row 3: draws the same tie from the same passage as row 2",
        ),
    ],
)
def test_what_is_said_twice_is_refused(folder, table, row, message):
    append(folder, table, row)
    assert faults(folder)[0].startswith(f"{table}.csv {message}")


def test_an_undirected_tie_may_not_stand_twice_turned_round(folder):
    append(
        folder,
        "relations",
        "pom-r02,datar,arve,knowledge,no,existing,pommier,¶2 L3,\npom-r03,arve,datar,knowledge,no,existing,pommier,¶2 L3,",
    )
    assert [line.split(":")[0] for line in faults(folder)] == ["relations.csv row 4"]


def test_faults_of_all_files_are_listed_at_once_in_the_order_of_files_and_rows(folder):
    put(folder, "codes", 5, locator="¶9 L900", certainty="sure")
    put(folder, "codes", 2, value="1.5")
    put(folder, "documents", 3, title="")
    put(folder, "places", 2, lon="abc")
    put(folder, "events", 2, date_from="97")
    append(folder, "locators", "trink,note,,,9,12")
    places = [line.split(":")[0] for line in faults(folder)]
    assert places == [
        *["documents.csv row 3", "codes.csv row 2", "codes.csv row 5", "codes.csv row 5"],
        *["events.csv row 2", "locators.csv row 6", "places.csv row 2"],
    ]


def test_a_table_without_its_key_column_raises_no_cascade_of_dangling_identifiers(folder):
    rewrite(folder, "systems", lambda text: text.replace("system_id", "id"))
    assert sorted(faults(folder)) == ["systems.csv: column 'id' is unknown", "systems.csv: column 'system_id' is missing"]


def test_an_unreadable_table_raises_no_cascade_of_dangling_identifiers(folder):
    path(folder, "systems").unlink()
    assert [line.split(":")[0] for line in faults(folder)] == ["systems.csv"]


WRONG = {
    "codes": {
        **{"code_id": "not an id", "unit_kind": "firm", "unit_id": "nobody", "dimension": "luck", "value": "", "alt_value": "9"},
        **{
            "certainty": "?",
            "status": "planned",
            "rests_on_hypothesis": "perhaps",
            "document_id": "nowhere",
            "locator": "L1",
            "rationale": "",
        },
    },
    "forms": {"form_id": "Ö", "family": "spl", "name_fr": "", "document_id": "x", "locator": "¶1 L7"},
    "quantities": {"quantity_id": "-", "value_min": "six", "value_max": "1", "year": "19988", "precision": "sharp", "locator": "¶7 L1"},
    "events": {"date_from": "May 1997", "date_to": "0000-01", "family": "", "place_id": "atlantis"},
    "places": {"place_id": "", "lon": "400", "lat": "-91", "precision": "vague", "kind": ""},
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_single_corrupted_cell_is_reported_with_its_row_and_column(data):
    table = data.draw(st.sampled_from(sorted(WRONG)))
    column = data.draw(st.sampled_from(sorted(WRONG[table])))
    line = data.draw(st.integers(2, len(VALID[table].splitlines())))
    if (table, column, line) == ("quantities", "value_max", 3):
        line = 2
    with tempfile.TemporaryDirectory() as parent:
        folder = write(Path(parent))
        put(folder, table, line, **{column: WRONG[table][column]})
        with pytest.raises(CorpusError) as error:
            load_corpus(folder)
    reported = {(fault.file, fault.row, fault.column) for fault in error.value.faults}
    low = "value_min" if column == "value_max" else column  # which of two bounds is wrong no one can know
    assert (f"{table}.csv", line, low) in reported


# Passages and texts.


def test_every_citation_is_a_passage_and_a_concept_has_several(folder):
    found = passages(load_corpus(folder))
    assert set(found["table"]) == set(VALID) - {"documents", "codebook", "locators", "places"}
    concept = found[found["id"] == "K02"]
    assert concept["document_id"].tolist() == ["pommier", "trink", "pommier"] and concept["line_from"].tolist() == [1, 2, 6]
    assert found[found["id"] == "pom-003"][["label", "line_from", "line_to"]].values.tolist() == [["¶2", 3, 4]]


def test_a_citation_that_is_not_written_as_one_is_refused_and_not_dropped(folder):
    corpus = load_corpus(folder)
    with pytest.raises(ValueError, match="is not written LABEL Lfrom-to"):
        passages(replace(corpus, forms=corpus.forms.assign(locator="somewhere")))


def test_numbers_and_names_are_found_in_the_text_whatever_accents_digits_and_line_ends(folder, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "any_name.txt").write_bytes(TEXT.encode())
    misses = load_corpus(folder, texts=texts).misses
    assert misses == (
        f"documents.csv trink: no file in {texts} has its sha256",
        "systems.csv datar: 'DATAR' is not in pommier ¶1 L1",
    )


def test_a_number_that_the_lines_do_not_hold_is_a_miss_and_no_fault(folder, tmp_path):
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "any_name.txt").write_bytes(TEXT.encode())
    put(folder, "quantities", 2, value_min="63", value_max="64")
    assert "quantities.csv pom-q01: 63 or 64 is not in pommier ¶2 L3-4" in check_against_texts(load_corpus(folder), texts)


def test_a_folder_of_texts_that_is_not_there_is_named(folder, tmp_path):
    with pytest.raises(CorpusError, match="texts: is no folder"):
        load_corpus(folder, texts=tmp_path / "texts")


# The module.


def test_importing_slpi_loads_nothing_heavy():
    code = (
        "import sys, slpi; assert not {'numpy', 'pandas', 'pandera'} & set(sys.modules); slpi.corpus; assert 'pandera' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_module_that_slpi_does_not_have_is_no_attribute():
    import slpi as package

    assert "corpus" in dir(package)
    with pytest.raises(AttributeError, match="corpsus"):
        package.corpsus  # noqa: B018


def test_the_examples_in_the_docstrings_are_true():
    result = doctest.testmod(slpi.corpus)
    assert result.attempted and not result.failed


def test_the_corpus_of_this_compendium_is_valid():
    corpus = load_corpus(ROOT / "data" / "raw" / "corpus")
    assert len(corpus.documents) == 5


if "SLPI_TEXTS" in os.environ:  # the texts are not ours to ship: whoever has them can check names and numbers against their lines

    def test_names_and_numbers_stand_in_the_lines_that_are_given_for_them():
        corpus = load_corpus(ROOT / "data" / "raw" / "corpus")
        misses = pd.Series(check_against_texts(corpus, Path(os.environ["SLPI_TEXTS"])), dtype=str)
        assert not misses.str.startswith("documents.csv").any(), misses.to_list()
        # What is left: unnamed groups that the coder named, and bounds that the coder chose for vague periods.
        assert misses.str.startswith("quantities.csv").sum() <= 0.05 * len(corpus.quantities), misses.to_list()
        assert misses.str.startswith("systems.csv").sum() <= 0.15 * len(corpus.systems), misses.to_list()
