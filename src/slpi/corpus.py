"""The coded corpus: what the texts say, row by row, checked at the door.

:func:`load_corpus` reads the tables of ``data/raw/corpus`` and ``data/raw/places.csv`` and refuses them with a list of every fault
in them. Blank means that a text is silent: it stays missing and is never a zero.
"""

import csv
import difflib
import hashlib
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["ANCHORS", "FAMILIES", "Corpus", "CorpusError", "Fault", "check_against_texts", "load_corpus", "numbers_in", "passages"]

FAMILIES = ("clusters_pdc", "districts_spl", "ptce", "grappe", "other")
ANCHORS = (0.0, 0.33, 0.67, 1.0)


class Fault(NamedTuple):
    """One fault: the file, the row (its line in the file; 0 for the file as a whole), the column, and the sentence that says it."""

    file: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"{self.file} row {self.row}: {self.what}" if self.row else f"{self.file}: {self.what}"


class CorpusError(ValueError):
    """The tables cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple of :class:`Fault`."""

    def __init__(self, faults: Collection[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """The tables of a corpus, each with the columns and in the order of its file.

    Text columns are text, NaN where blank (INSEE codes keep their zeros); numeric columns are float64, NaN where blank.
    ``codes.value`` stays text, since it holds anchors (``0.67``) and categories alike.
    ``misses`` is what :func:`check_against_texts` found when the texts were at hand.
    """

    documents: pd.DataFrame
    codebook: pd.DataFrame
    forms: pd.DataFrame
    labels: pd.DataFrame
    systems: pd.DataFrame
    codes: pd.DataFrame
    motives: pd.DataFrame
    hypotheses: pd.DataFrame
    relations: pd.DataFrame
    quantities: pd.DataFrame
    events: pd.DataFrame
    locators: pd.DataFrame
    concepts: pd.DataFrame
    places: pd.DataFrame
    misses: tuple[str, ...] = ()

    @property
    def families(self) -> pd.Series:
        """The family of each form: text, indexed by form_id."""
        return self.forms.set_index("form_id")["family"]

    def __repr__(self) -> str:
        return "Corpus(" + ", ".join(f"{len(getattr(self, name))} {name}" for name in _TABLES) + ")"


# What a column holds.


@dataclass(frozen=True)
class _Kind:
    wrong: str  # what a message says of a value that fails the test
    test: Callable[[str | float], bool] = lambda value: True
    number: bool = False
    blank: bool = False
    silence: str = "every row needs one"  # what a message says of a forbidden blank
    words: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()  # where the value must be an identifier


def _words(*words: str) -> _Kind:
    return _Kind(f"is none of {', '.join(words)}", lambda value: value in words, words=words)


def _pattern(regex: str, wrong: str) -> _Kind:
    return _Kind(wrong, lambda value: re.fullmatch(regex, value) is not None)


def _number(low: float, high: float = np.inf, whole: bool = False) -> _Kind:
    reach = f"from {low:g} to {high:g}" if np.isfinite([low, high]).all() else f"from {low:g} on" if np.isfinite(low) else ""
    wrong = f"is no {'whole ' * whole}number {reach}".rstrip()
    return _Kind(wrong, lambda value: low <= value <= high and not (whole and value % 1), number=True)


def _in(*tables: str) -> _Kind:
    nouns = " or ".join(f"{_NOUNS[table]} in {table}.csv" if table in _TABLES else _NOUNS[table] for table in tables)
    return _Kind(f"is no {nouns}", tables=tables)


def _maybe(kind: _Kind) -> _Kind:
    return replace(kind, blank=True)


_NOUNS = {
    "documents": "document",
    "codebook": "dimension",
    "forms": "form",
    "families": "family",
    "systems": "system",
    "places": "place",
    "hypotheses": "hypothesis",
}
_TABLES = tuple(field.name for field in fields(Corpus) if field.name != "misses")
_TEXT = _Kind("holds a control or replacement character; retype it", lambda v: not re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]", v))
_KEY = _pattern(r"[a-z0-9]+(_[a-z0-9]+)*", "is no identifier; write a-z, 0-9 and _, as in pole_sud")
_ID = _pattern(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*", "is no identifier; write letters, digits, - and _, as in pom-001")
_PARTIAL_DATE = _Kind("is no date; write YYYY, YYYY-MM or YYYY-MM-DD", lambda value: _is_date(value), blank=True)
_WRITTEN = _maybe(_pattern(r"\d{4}([-/]\d{4})?", "is no year; write YYYY or YYYY-YYYY"))
_YES_NO = _words("yes", "no")
_CERTAINTY = _words("high", "medium", "low")
_FAMILY = _words(*FAMILIES)
_COUNT = _maybe(_number(0, whole=True))
_LINE = _number(1, whole=True)
_WHY = replace(_TEXT, silence="say in a sentence what the passage says")
_VALUE = replace(_TEXT, silence="a silent text has no row; 0 means that the text denies")
_COUNTRY = _maybe(_pattern(r"[A-Z]{2}(; ?[A-Z]{2})*", "is no ISO country code; write two capitals, as in FR"))
_AT = {"document_id": _in("documents"), "locator": _TEXT}
_SPANS = {"n_units_min": _COUNT, "n_units_max": _COUNT, "jobs": _COUNT}
_UNIT = _in("forms", "families")

_SCHEMA: dict[str, dict[str, _Kind]] = {
    "documents": {"document_id": _KEY, "author": _maybe(_TEXT), "title": _TEXT, "year_written": _WRITTEN, "year_published": _WRITTEN}
    | {"kind": _TEXT, "author_stake": _maybe(_TEXT), "language": _TEXT, "citation": _TEXT, "where_to_find": _TEXT}
    | {"sha256": _pattern("[0-9A-Fa-f]{64}", "is no SHA-256; write its 64 hexadecimal digits")},
    "codebook": {"dimension": _KEY, "family": _KEY, "scale": _words("ordinal", "category"), "anchors": _maybe(_TEXT)}
    | {"definition": _maybe(_TEXT), "from_hypothesis": _YES_NO},
    "forms": {"form_id": _KEY, "family": _FAMILY, "name_fr": _TEXT, "name_en": _TEXT, "definition": _TEXT} | _AT,
    "labels": {"label_id": _ID, "document_id": _in("documents"), "label": _TEXT, "form_id": _maybe(_UNIT)}
    | {"usage": _words("umbrella", "distinct", "synonym", "instance", "family"), "locator": _TEXT, "note": _maybe(_TEXT)},
    "systems": {"system_id": _KEY, "name": _TEXT, "aliases": _maybe(_TEXT), "kind": _words("system", "organisation")}
    | {"form_id": _maybe(_in("forms")), "place_id": _maybe(_in("places")), "country": _COUNTRY, "sector": _maybe(_TEXT)}
    | {"naf": _maybe(_TEXT), **_SPANS, "labelled": _maybe(_YES_NO), **_AT, "note": _maybe(_TEXT)},
    "codes": {"code_id": _ID, "coder": _KEY, "unit_kind": _words("family", "form", "system"), "unit_id": _KEY, "dimension": _in("codebook")}
    | {"value": _VALUE, "alt_value": _maybe(_TEXT), "certainty": _CERTAINTY}
    | {"status": _words("asserted", "reported", "inferred", "hypothesised", "prescribed"), "rests_on_hypothesis": _YES_NO}
    | _AT
    | {"rationale": _WHY},
    "motives": {"motive_id": _ID, "system_id": _in("systems"), "motive": _KEY, "kind": _words("economic", "non_economic")}
    | {"value": replace(_number(0, 1, whole=True), wrong="is none of 0, 1", silence=_VALUE.silence), "certainty": _CERTAINTY}
    | _AT
    | {"rationale": _WHY},
    "hypotheses": {"hypothesis_id": _ID, "parent_id": _maybe(_in("hypotheses")), **_AT, "statement": _TEXT}
    | {"unit_a": _maybe(_UNIT), "unit_b": _maybe(_UNIT), "unit_c": _maybe(_UNIT), "dimensions": _maybe(_TEXT)}
    | {"relation": _maybe(_words("similar", "a>b", "a<b", "nearer"))},
    "relations": {"relation_id": _ID, "source": _in("systems"), "target": _in("systems")}
    | {"layer": _words("productive", "financial", "institutional", "knowledge", "thematic"), "directed": _YES_NO}
    | {"status": _words("existing", "planned", "inferred"), **_AT, "note": _maybe(_TEXT)},
    "quantities": {"quantity_id": _ID, "subject": _TEXT, "quantity": _KEY, "value_min": _maybe(_number(-np.inf))}
    | {"value_max": _maybe(_number(-np.inf)), "unit": _maybe(_TEXT), "year": _maybe(_number(1, 2100, whole=True))}
    | {"precision": _words("exact", "about", "at_least", "at_most", "range", "ordinal"), **_AT, "note": _maybe(_TEXT)},
    "events": {"event_id": _ID, "date_from": _PARTIAL_DATE, "date_to": _PARTIAL_DATE, "event": _TEXT, "family": _FAMILY}
    | {"actor": _maybe(_TEXT), "place_id": _maybe(_in("places")), **_AT},
    "locators": {**_AT, "section": _maybe(_TEXT), "paragraph": _maybe(_TEXT), "line_from": _LINE, "line_to": _LINE},
    "concepts": {"concept_id": _ID, "concept": _TEXT, "authors": _maybe(_TEXT), "meaning": _TEXT, "indicator": _maybe(_TEXT)}
    | {"data_needed": _maybe(_TEXT), "module": _maybe(_TEXT), **_AT, "also_in": _maybe(_TEXT)},
    "places": {"place_id": _KEY, "name": _TEXT}
    | {"kind": _words("commune", "valley", "basin", "departement", "region", "country", "agglomeration", "coast", "quarter")}
    | {"departement": _maybe(_pattern(r"\d\d|2A|2B|97\d", "is no département; write its two characters, as in 01 or 2A"))}
    | {"region": _maybe(_TEXT), "country": _COUNTRY, "lon": _maybe(_number(-180, 180)), "lat": _maybe(_number(-90, 90))}
    | {"precision": _words("point", "area"), "note": _maybe(_TEXT)},
}


# Reading.


class _Sheet(NamedTuple):
    """A file as read: its rows by line number, every cell text; ids is None where its keys could not be read."""

    file: str
    columns: tuple[str, ...]
    rows: dict[int, dict[str, str]]
    ids: frozenset[str] | None


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1")


def _break(data: bytes) -> int | None:
    """The line where a file that holds UTF-8 and Latin-1 leaves UTF-8; None for a file of one encoding."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1 if re.search(rb"[\xc2\xc3][\x80-\xbf]|\xe2\x80[\x80-\xbf]", data) else None
    return None


def _as_float(text: str) -> float:
    return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else np.nan


def _read(path: Path, kinds: dict[str, _Kind]) -> tuple[_Sheet, list[Fault]]:
    file, rows, faults = path.name, {}, []

    def fail(what: str, row: int = 0) -> tuple[_Sheet, list[Fault]]:
        return _Sheet(file, (), {}, None), [Fault(file, row, "", what)]

    if not path.is_file():
        beside = sorted(other.name for other in path.parent.glob("*.csv") if other.stem not in _TABLES) if path.parent.is_dir() else []
        return fail(f"is missing in {path.parent}{_near(file, beside)}")
    data = path.read_bytes()
    text = _decode(data)
    if not text.strip():
        return fail(f"is empty; its first line is {','.join(kinds)}")
    if "\0" in text:
        return fail("is no text; save it as CSV, UTF-8")
    if line := _break(data):
        return fail("is UTF-8 before this row and Latin-1 here; save it as CSV, UTF-8", line)

    header = text.lstrip().partition("\n")[0]
    semicolons = header.count(";") > header.count(",")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True)
    columns, ids, start, key = (), set(), 1, next(iter(kinds))
    try:
        for cells in lines:
            line, start = start, lines.line_num + 1
            cells = [cell.strip().replace("\r\n", "\n") for cell in cells]
            if not any(cells):
                continue
            if not columns:
                columns = tuple(cells)
                continue
            ids.update(cell for column, cell in zip(columns, cells, strict=False) if column == key)
            if len(cells) != len(columns):
                what = f"has {len(cells)} fields where the header has {len(columns)}; a text with a separator needs quotes"
                faults.append(Fault(file, line, "", what))
                continue
            row = dict(zip(reversed(columns), reversed(cells), strict=True))  # of two columns with one name the first stays
            if semicolons:
                decimals = {c for c in row if c in kinds and (kinds[c].number or c in ("value", "alt_value"))}
                row |= {c: re.sub(r"^([+-]?\d+),(\d+)$", r"\1.\2", row[c]) for c in decimals}
            rows[line] = dict.fromkeys(kinds, "") | row
    except csv.Error as error:
        return fail(f"cannot be read: {error}; look for a quote too many or too few", start)
    twice = sorted({column for column in columns if columns.count(column) > 1})
    faults += [Fault(file, 0, column, f"column {column!r} stands twice") for column in twice]
    return _Sheet(file, tuple(dict.fromkeys(columns)), rows, frozenset(ids) if key in columns else None), faults


def _frame(sheet: _Sheet, kinds: dict[str, _Kind]) -> pd.DataFrame:
    """The sheet as a frame indexed by line: numbers float64, the rest text, blanks (and what is no number) NaN."""
    columns = {column: [row[column] for row in sheet.rows.values()] for column in sheet.columns}
    frame = pd.DataFrame(columns, index=pd.Index(sheet.rows, dtype=int), columns=list(sheet.columns), dtype=object)
    text = frame.astype(str).where(frame != "")
    return text.assign(**{c: frame[c].map(_as_float).astype(float) for c in frame if c in kinds and kinds[c].number})


# Faults of one table.


def _show(value: str) -> str:
    return value if not np.isnan(_as_float(value)) else repr(value if len(value) <= 60 else value[:57] + "...")


def _near(value: str, words: Collection[str] | None) -> str:
    near = difflib.get_close_matches(value.lower(), sorted(words or ()), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _cell(sheet: _Sheet, row: int, column: str, wrong: str, words: Collection[str] | None = None) -> Fault:
    value = sheet.rows[row][column]
    decimal = re.fullmatch(r"([+-]?\d+),(\d+)", value)
    hint = f"; write {decimal[1]}.{decimal[2]} (a decimal comma is read only where ; separates)" if decimal else _near(value, words)
    said = f"{column} = {_show(value)} {wrong}{hint}" if value else f"{column} is blank; {wrong}"
    return Fault(sheet.file, row, column, said)


def _column_faults(table: str, sheet: _Sheet, known: dict[str, frozenset[str] | None]) -> Iterator[Fault]:
    """What a schema can see: columns, blanks, numbers, words, patterns, identifiers that nothing else knows."""
    import pandera.pandas as pa

    kinds = _SCHEMA[table]
    keys = () if table == "locators" else (next(iter(kinds)),)
    allowed = {column: _allowed(kind, known) for column, kind in kinds.items()}

    def column(name: str, kind: _Kind) -> pa.Column:
        checks = [pa.Check(kind.test, element_wise=True, error=kind.wrong)]
        if kind.tables and allowed[name] is not None:
            checks = [pa.Check.isin(allowed[name], error=kind.wrong)]
        unique = {"unique": name in keys, "report_duplicates": "exclude_first"}
        return pa.Column(float if kind.number else str, checks, nullable=kind.blank, **unique)

    for name in sheet.columns:
        if name in kinds and kinds[name].number:
            lines = [line for line, row in sheet.rows.items() if row[name] and np.isnan(_as_float(row[name]))]
            yield from (_cell(sheet, line, name, kinds[name].wrong) for line in lines)
    schema = pa.DataFrameSchema({name: column(name, kind) for name, kind in kinds.items()}, strict=True)
    try:
        schema.validate(_frame(sheet, kinds), lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.itertuples():
            name = case.column
            if case.check == "column_in_dataframe":
                yield Fault(sheet.file, 0, case.failure_case, f"column {case.failure_case!r} is missing")
            elif case.check == "column_in_schema":
                near = _near(case.failure_case, set(kinds) - set(sheet.columns))
                yield Fault(sheet.file, 0, case.failure_case, f"column {case.failure_case!r} is unknown{near}")
            elif case.check == "not_nullable":
                if not sheet.rows[case.index][name]:  # what is no number was said above
                    yield _cell(sheet, case.index, name, kinds[name].silence)
            elif case.check == "field_uniqueness":
                first = next(line for line, row in sheet.rows.items() if row[name] == case.failure_case)
                yield _cell(sheet, case.index, name, f"stands already in row {first}")
            else:
                yield _cell(sheet, case.index, name, case.check, kinds[name].words or allowed[name])


def _allowed(kind: _Kind, known: dict[str, frozenset[str] | None]) -> frozenset[str] | None:
    """The identifiers a column may hold; None where it is free or a table it points to could not be read."""
    sets = [known[table] for table in kind.tables]
    return frozenset().union(*sets) if sets and None not in sets else None


def _repeated(sheet: _Sheet, key: Callable[[dict[str, str]], tuple], what: str) -> Iterator[Fault]:
    first: dict[tuple, int] = {}
    for line, row in sheet.rows.items():
        if (before := first.setdefault(key(row), line)) != line:
            yield Fault(sheet.file, line, "", f"{what} as row {before}; keep one")


def _unordered(sheet: _Sheet, low: str, high: str) -> Iterator[Fault]:
    for line, row in sheet.rows.items():
        if _as_float(row[low]) > _as_float(row[high]):
            yield _cell(sheet, line, low, f"is more than {high} = {row[high]}")


def _is_date(text: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}(-\d\d){0,2}", text) is not None and bool(date.fromisoformat(text + "0001-01-01"[len(text) :]))
    except ValueError:
        return False


# Faults between tables: each function takes all sheets and yields what only they together show.


def _code_faults(sheets: dict[str, _Sheet]) -> Iterator[Fault]:
    sheet = sheets["codes"]
    scales = {row["dimension"]: row["scale"] for row in sheets["codebook"].rows.values()}
    tables = {"family": "families", "form": "forms", "system": "systems"}
    units = {"families": frozenset(FAMILIES), "forms": sheets["forms"].ids, "systems": sheets["systems"].ids}
    for line, row in sheet.rows.items():
        table = tables.get(row["unit_kind"])
        if row["unit_id"] and table and units[table] is not None and row["unit_id"] not in units[table]:
            yield _cell(sheet, line, "unit_id", _in(table).wrong, units[table])
        scale = scales.get(row["dimension"])
        for column in ("value", "alt_value"):
            if row[column] and scale == "ordinal" and _as_float(row[column]) not in ANCHORS:
                yield _cell(sheet, line, column, f"is none of {', '.join(f'{anchor:g}' for anchor in ANCHORS)}")
            if row[column] and scale == "category" and not re.search(r"[^\W\d_]", row[column]):
                yield _cell(sheet, line, column, f"is no word; {row['dimension']} is a category")
        if row["alt_value"] and (row["alt_value"] == row["value"] or _as_float(row["alt_value"]) == _as_float(row["value"])):
            yield _cell(sheet, line, "alt_value", "is the value itself; leave it blank or give the next defensible one")
    columns = ("unit_kind", "unit_id", "dimension", "document_id", "locator")
    yield from _repeated(
        sheet,
        lambda row: (*(row[column] for column in columns), row["value"].casefold() * (scales.get(row["dimension"]) == "category")),
        "judges the same unit, dimension and passage",
    )


def _hypothesis_faults(sheets: dict[str, _Sheet]) -> Iterator[Fault]:
    sheet, dimensions = sheets["hypotheses"], sheets["codebook"].ids
    parents = {row["parent_id"] for row in sheet.rows.values()}
    for line, row in sheet.rows.items():
        if row["parent_id"] and row["parent_id"] == row["hypothesis_id"]:
            yield _cell(sheet, line, "parent_id", "is the row itself")
        for dimension in _parts(row["dimensions"]):
            if dimensions is not None and dimension not in dimensions:
                wrong = f"names {dimension!r}, no dimension in codebook.csv{_near(dimension, dimensions)}"
                yield _cell(sheet, line, "dimensions", wrong)
        if not row["relation"] and row["hypothesis_id"] not in parents:
            yield _cell(sheet, line, "relation", "only a hypothesis with parts may leave it so")
        needed = ("unit_a", "unit_b", "dimensions") + ("unit_c",) * (row["relation"] == "nearer")
        for column in needed if row["relation"] else ():
            if not row[column]:
                yield _cell(sheet, line, column, f"the relation {row['relation']!r} needs it")


def _table_faults(sheets: dict[str, _Sheet]) -> Iterator[Fault]:
    """Rules within single tables that no column can see alone."""
    for line, row in sheets["codebook"].rows.items():
        if row["scale"] == "ordinal" and not row["anchors"]:
            yield _cell(sheets["codebook"], line, "anchors", "an ordinal dimension says what 0, 0.33, 0.67 and 1 mean")
    motive = ("system_id", "motive", "document_id", "locator")
    yield from _repeated(sheets["motives"], lambda row: tuple(row[column] for column in motive), "judges the same motive and passage")
    relations = sheets["relations"]
    for line, row in relations.rows.items():
        if row["source"] and row["source"] == row["target"]:
            yield _cell(relations, line, "target", "is the source itself")
    yield from _repeated(
        relations,
        lambda row: (
            *((row["source"], row["target"]) if row["directed"] == "yes" else sorted((row["source"], row["target"]))),
            *(row[column] for column in ("layer", "status", "document_id", "locator")),
        ),
        "draws the same tie from the same passage",
    )
    yield from _unordered(sheets["systems"], "n_units_min", "n_units_max")
    yield from _unordered(sheets["quantities"], "value_min", "value_max")
    for line, row in sheets["quantities"].rows.items():
        if not row["value_min"] and not row["value_max"]:
            yield _cell(sheets["quantities"], line, "value_min", "a quantity needs value_min, value_max or both")
    for line, row in sheets["events"].rows.items():
        common = min(len(row["date_from"]), len(row["date_to"]))
        if _is_date(row["date_from"]) and _is_date(row["date_to"]) and row["date_from"][:common] > row["date_to"][:common]:
            yield _cell(sheets["events"], line, "date_from", f"is after date_to = {row['date_to']!r}")


def _place_faults(sheets: dict[str, _Sheet]) -> Iterator[Fault]:
    sheet = sheets["places"]
    for line, row in sheet.rows.items():
        lon, lat = _as_float(row["lon"]), _as_float(row["lat"])
        if np.isnan(lon) != np.isnan(lat) and not (row["lon"] and row["lat"]):
            yield _cell(sheet, line, "lon" if row["lat"] else "lat", "a point needs lon and lat")
        if row["country"] != "FR" or row["departement"].startswith("97"):
            continue
        swapped = "; lon and lat look swapped" if -5.5 <= lat <= 10 and 41 <= lon <= 51.5 else ""
        for column, value, low, high in (("lon", lon, -5.5, 10), ("lat", lat, 41, 51.5)):
            if value < low or value > high:
                overseas = "" if swapped else " (overseas, give its département)"
                yield _cell(sheet, line, column, f"is outside {low:g} to {high:g}, metropolitan France{overseas}{swapped}")


# Locators.


def _locator(text: str) -> tuple[str, int, int] | None:
    """``§2.1 L257-260`` as its label and lines."""
    found = re.fullmatch(r"(.+) L(\d+)(?:-(\d+))?", text)
    return found and (found[1], int(found[2]), int(found[3] or found[2]))


def _citations(table: str, row: dict[str, str]) -> list[tuple[str, str, str]]:
    """Column, document and locator of each passage that a row cites; a concept may cite several, also in other documents."""
    if table != "concepts":
        return [("locator", row["document_id"], row["locator"])]
    own = [("locator", row["document_id"], locator) for locator in _parts(row["locator"]) or [row["locator"]]]
    return own + [("also_in", *citation.partition(" ")[::2]) for citation in _parts(row["also_in"])]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _misplaced(locator: str, document: str, spans: list[tuple[str, int, int]]) -> str | None:
    """What is wrong with a locator in a document whose passages are spans, or None."""
    if not (found := _locator(locator)):
        return "is not written LABEL Lfrom-to, as in '§2.1 L257-260'"
    label, low, high = found
    if low > high:
        return f"runs backwards; write L{high}-{low}"
    own = [(first, last) for name, first, last in spans if name == label]
    if any(first <= low and high <= last for first, last in own):
        return None
    holder = next((name for name, first, last in spans if first <= low and high <= last), None)
    there = f"; these lines lie in {holder!r}" if holder else ""
    if not own:
        return f"names no passage of {document} in locators.csv{there or _near(label, {name for name, _, _ in spans})}"
    first, last = min(own, key=lambda span: abs(span[0] - low) + abs(span[1] - high))
    return f"leaves {label!r}, which has lines {first} to {last} of {document}{there}"


def _locator_faults(sheets: dict[str, _Sheet]) -> Iterator[Fault]:
    passages, spans = sheets["locators"], {}
    for line, row in passages.rows.items():
        low, high = _as_float(row["line_from"]), _as_float(row["line_to"])
        if low <= high:
            spans.setdefault(row["document_id"], []).append((row["locator"], int(low), int(high), line))
    yield from _unordered(passages, "line_from", "line_to")
    for document, found in spans.items():
        for (_, _, end, before), (_, start, _, line) in pairwise(sorted(found, key=lambda span: span[1:])):
            if start <= end:
                yield _cell(passages, line, "line_from", f"overlaps row {before} of {document}, which ends at line {end}")
    for table, sheet in sheets.items():
        if table == "locators" or "locator" not in _SCHEMA[table] or passages.ids is None:
            continue
        known = sheets["documents"].ids
        for line, row in sheet.rows.items():
            for column, document, locator in _citations(table, row):
                if known is None or document in known:
                    wrong = _misplaced(locator, document, [span[:3] for span in spans.get(document, ())]) if row[column] else None
                else:  # a wrong document_id is said where columns are checked
                    wrong = f"names {document!r}, no {_NOUNS['documents']}{_near(document, known)}" if column == "also_in" else None
                if wrong:
                    yield _cell(sheet, line, column, wrong)


# The door.


def load_corpus(folder: Path | str, *, texts: Path | str | None = None) -> Corpus:
    """Read and check a coded corpus.

    Files may be UTF-8 (with or without BOM) or Latin-1, separated by commas or semicolons, with any line ends. In a
    semicolon-separated file a decimal comma is read as such.

    Parameters
    ----------
    folder : Path or str
        Holds the thirteen tables of the corpus; ``places.csv`` lies in its parent folder.
    texts : Path or str, optional
        Folder with the texts that were coded. Names and numbers are looked for in them; see ``Corpus.misses``.

    Returns
    -------
    Corpus
        Fourteen frames, rows in the order of the files.

    Raises
    ------
    CorpusError
        Lists every fault in every file: file, row, column, value, and what would be right.

    References
    ----------
    Krippendorff, K. (2018). *Content Analysis: An Introduction to Its Methodology*, 4th ed., on units, codes and what silence means.

    Examples
    --------
    >>> load_corpus("no/such/folder")
    Traceback (most recent call last):
    ...
    slpi.corpus.CorpusError: no/such/folder: is no folder
    """
    folder = Path(folder)
    if absent := [place for place in (folder, texts) if place is not None and not Path(place).is_dir()]:
        raise CorpusError([Fault(Path(place).as_posix(), 0, "", "is no folder") for place in absent])
    sheets, faults = {}, []
    for table in _TABLES:
        sheets[table], found = _read((folder.resolve().parent if table == "places" else folder) / f"{table}.csv", _SCHEMA[table])
        faults += found
    known = {table: sheet.ids for table, sheet in sheets.items()} | {"families": frozenset(FAMILIES)}
    for table, sheet in sheets.items():
        if sheet.columns:
            faults += _column_faults(table, sheet, known)
    for check in (_code_faults, _hypothesis_faults, _table_faults, _place_faults, _locator_faults):
        faults += check(sheets)
    if faults:
        order = {f"{table}.csv": rank for rank, table in enumerate(_TABLES)}
        raise CorpusError(sorted(dict.fromkeys(faults), key=lambda fault: (order[fault.file], fault.row)))
    corpus = Corpus(**{table: _frame(sheet, _SCHEMA[table]).reset_index(drop=True) for table, sheet in sheets.items()})
    return replace(corpus, misses=tuple(check_against_texts(corpus, texts))) if texts is not None else corpus


def passages(corpus: Corpus) -> pd.DataFrame:
    """Every citation of a passage.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    DataFrame, shape (citations, 7)
        table, id (of the row that cites), document_id, locator, label, line_from, line_to (lines of the text, whole numbers). A concept
        with several locators has a row for each.
    """
    rows = [
        (table, row[next(iter(_SCHEMA[table]))], document, locator, *_locator(locator))
        for table in _TABLES
        if table != "locators" and "locator" in _SCHEMA[table]
        for row in getattr(corpus, table).astype(object).fillna("").to_dict("records")
        for _, document, locator in _citations(table, row)
    ]
    return pd.DataFrame(rows, columns=["table", "id", "document_id", "locator", "label", "line_from", "line_to"])


# The texts, where they are at hand.

_NUMBER_WORDS = {
    **{word: i for i, word in enumerate("zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze".split())},
    **{"quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "septante": 70},
    **{"huitante": 80, "nonante": 90, "cent": 100, "mille": 1000, "millier": 1000, "million": 10**6, "milliard": 10**9},
    **{"une": 1, "premier": 1, "premiere": 1, "second": 2, "seconde": 2, "double": 2, "triple": 3, "cinqu": 5, "neuv": 9, "diz": 10},
}


def _plain(text: str) -> str:
    """Lower case without accents, typographic apostrophes or line ends; words cut at a line's end are joined."""
    text = re.sub(r"(?<=\w)-\s*\n\s*(?=\w)", "", text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(text.replace("’", "'").replace("œ", "oe").replace("-", " ").replace("*", "").split())


def _word_number(word: str) -> float | None:
    stem = word.removesuffix("s").removesuffix("ment")
    stems = (word, stem, *(stem.removesuffix(end) + e for end in ("ieme", "aine") for e in ("", "e")))
    return next((_NUMBER_WORDS[stem] for stem in stems if stem in _NUMBER_WORDS), None)


def _whole(run: list[float]) -> float:
    """4, 20, 10 is 90; 1.5, 1000000 is 1500000."""
    total = part = 0.0
    for value in run:
        if value >= 1000 and value in _NUMBER_WORDS.values():
            total, part = total + (part or 1) * value, 0.0
        elif value == 100:
            part = (part or 1) * 100
        else:
            part += 76 if value == 20 and part % 100 == 4 else value
    return total + part


def numbers_in(text: str) -> set[float]:
    """The numbers that a French text may be read to print, in digits or in words.

    Generous: parts of a number count as well, ``une`` is 1, and ``années 90`` is both 90 and 1990.

    Parameters
    ----------
    text : str

    Returns
    -------
    set of float

    Examples
    --------
    >>> 500000.0 in numbers_in("environ 500 000 salariés"), 1500000.0 in numbers_in("1,5 million")
    (True, True)
    >>> sorted(numbers_in("une soixantaine, et quatre-vingt-dix"))
    [1.0, 4.0, 10.0, 20.0, 60.0, 90.0]
    """
    numbers, run = set(), []
    for token in re.findall(r"(?<!\d)\d{1,3}(?:[ .]\d{3})+(?!\d)|\d+(?:[.,]\d+)?|[a-z]+|[^\sa-z\d]", _plain(text) + " ."):
        if token[0].isdigit():
            grouped = re.fullmatch(r"\d{1,3}([ .]\d{3})+", token)
            value = float(re.sub(r"[ .]", "", token) if grouped else token.replace(",", "."))
            numbers |= {float(piece) for piece in re.findall(r"\d+", token)}
            numbers |= {1900 + value} if value < 100 and value % 10 == 0 else set()
        else:
            value = _word_number(token)
        if value is not None:
            numbers.add(float(value))
            run += [] if token in ("un", "une") and not run else [value]  # an article
        elif token not in ("et", "de") and run:
            numbers.add(_whole(run))
            run = []
    return numbers


def check_against_texts(corpus: Corpus, folder: Path | str) -> list[str]:
    """Look for the corpus's numbers and names in the lines that it cites.

    A text is known by its SHA-256. A quantity is found if value_min or value_max is printed in its lines, in digits or French words; a
    system if its name or an alias is, whatever the case and the accents. A miss is a question to the coder, no fault: systems without a
    name of their own, or numbers that a text implies, are missed rightly.

    Parameters
    ----------
    corpus : Corpus
    folder : Path or str
        Folder of the texts; other files in it do no harm.

    Returns
    -------
    list of str
        One line for each text that is not there, then one for each miss.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    files = {hashlib.sha256(data := path.read_bytes()).hexdigest(): data for path in sorted(Path(folder).iterdir()) if path.is_file()}
    shas = dict(zip(corpus.documents["document_id"], corpus.documents["sha256"].str.lower(), strict=True))
    texts = {document: _decode(files[sha]).split("\n") for document, sha in shas.items() if sha in files}
    misses = [f"documents.csv {document}: no file in {folder} has its sha256" for document in shas if document not in texts]
    rows = {
        "systems": corpus.systems.fillna({"aliases": ""}).set_index("system_id"),
        "quantities": corpus.quantities.set_index("quantity_id"),
    }
    cited = passages(corpus)
    for at in cited[cited["table"].isin(rows) & cited["document_id"].isin(texts)].itertuples():
        row, text = rows[at.table].loc[at.id], "\n".join(texts[at.document_id][at.line_from - 1 : at.line_to])
        if at.table == "systems":
            names = [row["name"], *_parts(row["aliases"])]
            found, sought = any(_plain(name) in _plain(text) for name in names), repr(row["name"])
        else:
            values = [value for value in (row["value_min"], row["value_max"]) if not np.isnan(value)]
            found, sought = bool(numbers_in(text).intersection(values)), " or ".join(f"{value:.15g}" for value in dict.fromkeys(values))
        if not found:
            misses.append(f"{at.table}.csv {at.id}: {sought} is not in {at.document_id} {at.locator}")
    return misses
