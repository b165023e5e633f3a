"""The coded corpus: what the texts say, row by row, checked at the door.

:func:`load_corpus` reads the tables of ``data/raw/corpus`` and ``data/raw/places.csv`` and refuses them with a list of every fault
in them. Blank means that a text is silent: it stays missing and is never a zero.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from slpi.french_numbers import folded, numbers_in
from slpi.sheets import Fault, SheetError, as_float, csv_cells, decode, near, shown

__all__ = ["ANCHORS", "FAMILIES", "Corpus", "CorpusError", "Fault", "check_against_texts", "load_corpus", "passages"]

FAMILIES = ("clusters_pdc", "districts_spl", "ptce", "grappe", "other")
ANCHORS = (0.0, 0.33, 0.67, 1.0)


class CorpusError(SheetError):
    """The tables cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple of :class:`Fault`."""


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


class _Kind(NamedTuple):
    wrong: str  # what a message says of a value that fails the test
    test: Callable[[str], bool] = lambda text: True
    number: bool = False
    blank: bool = False
    silence: str = "every row needs one"  # what a message says of a forbidden blank
    words: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()  # where the value must be an identifier


def _words(*words: str) -> _Kind:
    return _Kind(f"is none of {', '.join(words)}", words=words)


def _pattern(regex: str, wrong: str) -> _Kind:
    return _Kind(wrong, lambda text: re.fullmatch(regex, text) is not None)


def _number(low: float, high: float = np.inf, whole: bool = False) -> _Kind:
    reach = f"from {low:g} to {high:g}" if np.isfinite([low, high]).all() else f"from {low:g} on" if np.isfinite(low) else ""
    wrong = f"is no {'whole ' * whole}number {reach}".rstrip()
    return _Kind(wrong, lambda text: low <= as_float(text) <= high and not (whole and as_float(text) % 1), number=True)


def _in(*tables: str) -> _Kind:
    nouns = [_ONE.get(table, table.removesuffix("s")) + f" in {table}.csv" * (table in _TABLES) for table in tables]
    return _Kind(f"is no {' or '.join(nouns)}", tables=tables)


def _maybe(kind: _Kind) -> _Kind:
    return kind._replace(blank=True)


_ONE = {"codebook": "dimension", "families": "family", "hypotheses": "hypothesis"}  # of the others, the name without its s
_TABLES = tuple(field.name for field in fields(Corpus) if field.name != "misses")
_TEXT = _Kind("holds a control or replacement character; retype it", lambda text: not re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]", text))
_KEY = _pattern(r"[a-z0-9]+(_[a-z0-9]+)*", "is no identifier; write a-z, 0-9 and _, as in pole_sud")
_ID = _pattern(r"[A-Za-z0-9]+([_-][A-Za-z0-9]+)*", "is no identifier; write letters, digits, - and _, as in pom-001")
_PARTIAL_DATE = _Kind("is no date; write YYYY, YYYY-MM or YYYY-MM-DD", lambda text: _is_date(text), blank=True)
_WRITTEN = _maybe(_pattern(r"\d{4}([-/]\d{4})?", "is no year; write YYYY or YYYY-YYYY"))
_YES_NO = _words("yes", "no")
_CERTAINTY = _words("high", "medium", "low")
_FAMILY = _words(*FAMILIES)
_COUNT = _maybe(_number(0, whole=True))
_LINE = _number(1, whole=True)
_WHY = _TEXT._replace(silence="say in a sentence what the passage says")
_VALUE = _TEXT._replace(silence="a silent text has no row; 0 means that the text denies")
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
    | {**_AT, "rationale": _WHY},
    "motives": {"motive_id": _ID, "system_id": _in("systems"), "motive": _KEY, "kind": _words("economic", "non_economic")}
    | {"value": _number(0, 1, whole=True)._replace(wrong="is none of 0, 1", silence=_VALUE.silence), "certainty": _CERTAINTY}
    | {**_AT, "rationale": _WHY},
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
_CITING = tuple(table for table in _TABLES if table != "locators" and "locator" in _SCHEMA[table])


# Reading.


_Row = Mapping[str, str]


class _Sheet(NamedTuple):
    """A file as read: its rows by line number, every cell text; ids is None where its keys could not be read."""

    file: str
    columns: tuple[str, ...]
    rows: dict[int, _Row]
    ids: frozenset[str] | None


_Sheets = Mapping[str, _Sheet]
_NO_FILE = {"families": _Sheet("", (), {}, frozenset(FAMILIES))}


def _read(path: Path, kinds: Mapping[str, _Kind]) -> tuple[_Sheet, list[Fault]]:
    file, rows, faults, key = path.name, dict[int, _Row](), list[Fault](), next(iter(kinds))

    def fail(*found: Fault) -> tuple[_Sheet, list[Fault]]:
        return _Sheet(file, (), {}, None), list(found)

    if not path.is_file():
        beside = sorted(other.name for other in path.parent.glob("*.csv") if other.stem not in _TABLES) if path.parent.is_dir() else []
        return fail(Fault(file, 0, "", f"is missing in {path.parent}{near(file, beside)}"))
    try:
        columns, lines, decimal_comma = csv_cells(path)
    except SheetError as error:
        return fail(*error.faults)
    if not columns:
        return fail(Fault(file, 0, "", f"is empty; its first line is {','.join(kinds)}"))
    ids = {cell for _, cells in lines for column, cell in zip(columns, cells, strict=False) if column == key}
    for line, cells in lines:
        if len(cells) != len(columns):
            what = f"has {len(cells)} fields where the header has {len(columns)}; a text with a separator needs quotes"
            faults.append(Fault(file, line, "", what))
            continue
        row = dict(zip(reversed(columns), reversed(cells), strict=True))  # of two columns with one name the first stays
        if decimal_comma:
            decimals = {c for c in row if c in kinds and (kinds[c].number or c in ("value", "alt_value"))}
            row |= {c: re.sub(r"^([+-]?\d+),(\d+)$", r"\1.\2", row[c]) for c in decimals}
        rows[line] = dict.fromkeys(kinds, "") | row
    twice = sorted({column for column in columns if columns.count(column) > 1})
    faults += [Fault(file, 0, column, f"column {column!r} stands twice") for column in twice]
    return _Sheet(file, tuple(dict.fromkeys(columns)), rows, frozenset(ids) if key in columns else None), faults


def _frame(sheet: _Sheet, kinds: Mapping[str, _Kind]) -> pd.DataFrame:
    """The sheet as a frame indexed by line: text, NaN where blank; the kinds that are numbers float64."""
    columns = {column: [row[column] for row in sheet.rows.values()] for column in sheet.columns}
    frame = pd.DataFrame(columns, index=pd.Index(sheet.rows, dtype=int), dtype=object)
    numbers = {column: frame[column].map(as_float).astype(float) for column, kind in kinds.items() if kind.number}
    return frame.astype(str).where(frame != "").assign(**numbers)


# Faults of one table.


def _cell(sheet: _Sheet, row: int, column: str, wrong: str, words: Collection[str] | None = None) -> Fault:
    value = sheet.rows[row][column]
    decimal = re.fullmatch(r"([+-]?\d+),(\d+)", value)
    hint = f"; write {decimal[1]}.{decimal[2]} (a decimal comma is read only where ; separates)" if decimal else near(value, words)
    said = f"{column} = {shown(value)} {wrong}{hint}" if value else f"{column} is blank; {wrong}"
    return Fault(sheet.file, row, column, said)


def _column_faults(table: str, sheets: _Sheets) -> Iterator[Fault]:
    """What a schema can see: columns, blanks, numbers, words, patterns, identifiers that nothing else knows."""
    import pandera.pandas as pa

    sheet, kinds, columns = sheets[table], _SCHEMA[table], {}
    allowed = {name: _allowed(kind, sheets) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        check = pa.Check(getattr(allowed[name], "__contains__", kind.test), element_wise=True, error=kind.wrong)
        unique = table != "locators" and name == next(iter(kinds))
        columns[name] = pa.Column(str, check, nullable=kind.blank, unique=unique, report_duplicates="exclude_first")
    try:
        pa.DataFrameSchema(columns, strict=True).validate(_frame(sheet, {}), lazy=True)
    except pa.errors.SchemaErrors as errors:
        for case in errors.failure_cases.itertuples():
            name = case.column
            if case.check == "column_in_dataframe":
                yield Fault(sheet.file, 0, case.failure_case, f"column {case.failure_case!r} is missing")
            elif case.check == "column_in_schema":
                meant = near(case.failure_case, set(kinds) - set(sheet.columns))
                yield Fault(sheet.file, 0, case.failure_case, f"column {case.failure_case!r} is unknown{meant}")
            elif case.check == "not_nullable":
                yield _cell(sheet, case.index, name, kinds[name].silence)
            elif case.check == "field_uniqueness":
                first = next(line for line, row in sheet.rows.items() if row[name] == case.failure_case)
                yield _cell(sheet, case.index, name, f"stands already in row {first}")
            else:
                yield _cell(sheet, case.index, name, case.check, allowed[name])


def _allowed(kind: _Kind, sheets: _Sheets) -> frozenset[str] | None:
    """The words or identifiers a column may hold; None where it is free or a table it points to could not be read."""
    sets = [ids for table in kind.tables if (ids := sheets[table].ids) is not None]
    complete = len(sets) == len(kind.tables)
    return frozenset(kind.words).union(*sets) if complete and (sets or kind.words) else None


def _repeated(sheet: _Sheet, columns: Collection[str], what: str, also: Callable[[_Row], object] = lambda row: "") -> Iterator[Fault]:
    """A fault in each row that is alike to an earlier one in these columns, and in what ``also`` makes of both."""
    first: dict[object, int] = {}
    for line, row in sheet.rows.items():
        if (before := first.setdefault((*(row[column] for column in columns), also(row)), line)) != line:
            yield Fault(sheet.file, line, "", f"{what} as row {before}; keep one")


def _is_date(text: str) -> bool:
    with suppress(ValueError):
        return re.fullmatch(r"\d{4}(-\d\d){0,2}", text) is not None and bool(date.fromisoformat(text + "0001-01-01"[len(text) :]))
    return False


def _where(sheet: _Sheet, column: str, wrong: str, test: Callable[[_Row], bool]) -> Iterator[Fault]:
    """A fault of the column in each row that meets the test; ``{names}`` in the message are the row's cells."""
    return (_cell(sheet, line, column, wrong.format_map(row)) for line, row in sheet.rows.items() if test(row))


def _unordered(sheet: _Sheet, low: str, high: str) -> Iterator[Fault]:
    return _where(sheet, low, f"is more than {high} = {{{high}}}", lambda row: as_float(row[low]) > as_float(row[high]))


# Faults between tables: each function takes all sheets and yields what only they together show.


def _code_faults(sheets: _Sheets) -> Iterator[Fault]:
    sheet = sheets["codes"]
    scales = {row["dimension"]: row["scale"] for row in sheets["codebook"].rows.values()}
    units = {"family": _in("families"), "form": _in("forms"), "system": _in("systems")}
    for line, row in sheet.rows.items():
        unit = units.get(row["unit_kind"], _TEXT)
        ids = sheets[unit.tables[0]].ids if unit.tables else None
        if row["unit_id"] and ids is not None and row["unit_id"] not in ids:
            yield _cell(sheet, line, "unit_id", unit.wrong, ids)
        scale = scales.get(row["dimension"])
        for column in ("value", "alt_value"):
            if row[column] and scale == "ordinal" and as_float(row[column]) not in ANCHORS:
                yield _cell(sheet, line, column, f"is none of {', '.join(f'{anchor:g}' for anchor in ANCHORS)}")
            if row[column] and scale == "category" and not re.search(r"[^\W\d_]", row[column]):
                yield _cell(sheet, line, column, f"is no word; {row['dimension']} is a category")
        if row["alt_value"] and (row["alt_value"] == row["value"] or as_float(row["alt_value"]) == as_float(row["value"])):
            yield _cell(sheet, line, "alt_value", "is the value itself; leave it blank or give the next defensible one")
    columns = ("unit_kind", "unit_id", "dimension", "document_id", "locator")
    what = "judges the same unit, dimension and passage"
    yield from _repeated(sheet, columns, what, lambda row: scales.get(row["dimension"]) == "category" and row["value"].casefold())


def _hypothesis_faults(sheets: _Sheets) -> Iterator[Fault]:
    sheet, dimensions = sheets["hypotheses"], sheets["codebook"].ids
    parents = {row["parent_id"] for row in sheet.rows.values()}
    yield from _where(sheet, "parent_id", "is the row itself", lambda row: "" != row["parent_id"] == row["hypothesis_id"])
    for line, row in sheet.rows.items():
        for dimension in _parts(row["dimensions"]):
            if dimensions is not None and dimension not in dimensions:
                yield _cell(sheet, line, "dimensions", f"names {dimension!r}, no dimension in codebook.csv{near(dimension, dimensions)}")
        if not row["relation"] and row["hypothesis_id"] not in parents:
            yield _cell(sheet, line, "relation", "only a hypothesis with parts may leave it so")
        needed = ("unit_a", "unit_b", "dimensions") + ("unit_c",) * (row["relation"] == "nearer")
        for column in needed if row["relation"] else ():
            if not row[column]:
                yield _cell(sheet, line, column, f"the relation {row['relation']!r} needs it")


def _table_faults(sheets: _Sheets) -> Iterator[Fault]:
    """Rules within single tables that no column can see alone."""
    anchored = "an ordinal dimension says what 0, 0.33, 0.67 and 1 mean"
    yield from _where(sheets["codebook"], "anchors", anchored, lambda row: row["scale"] == "ordinal" and not row["anchors"])
    yield from _repeated(sheets["motives"], ("system_id", "motive", "document_id", "locator"), "judges the same motive and passage")
    relations = sheets["relations"]
    yield from _where(relations, "target", "is the source itself", lambda row: "" != row["target"] == row["source"])
    columns = ("layer", "status", "document_id", "locator")
    yield from _repeated(relations, columns, "draws the same tie from the same passage", _ends)
    yield from _unordered(sheets["systems"], "n_units_min", "n_units_max")
    quantities, some = sheets["quantities"], "a quantity needs value_min, value_max or both"
    yield from _unordered(quantities, "value_min", "value_max")
    yield from _where(quantities, "value_min", some, lambda row: not row["value_min"] and not row["value_max"])
    yield from _where(sheets["events"], "date_from", "is after date_to = {date_to!r}", _ends_early)


def _ends(tie: _Row) -> tuple[str, ...]:
    """Source and target; of a tie without direction the same whichever comes first."""
    ends = (tie["source"], tie["target"])
    return ends if tie["directed"] == "yes" else tuple(sorted(ends))


def _ends_early(event: _Row) -> bool:
    start, end = event["date_from"], event["date_to"]
    return _is_date(start) and _is_date(end) and start[: len(end)] > end[: len(start)]


def _place_faults(sheets: _Sheets) -> Iterator[Fault]:
    sheet = sheets["places"]
    for line, row in sheet.rows.items():
        lon, lat = as_float(row["lon"]), as_float(row["lat"])
        if np.isnan(lon) != np.isnan(lat) and not (row["lon"] and row["lat"]):
            yield _cell(sheet, line, "lon" if row["lat"] else "lat", "a point needs lon and lat")
        if row["country"] != "FR" or row["departement"].startswith("97"):
            continue
        swapped = "; lon and lat look swapped" if -5.5 <= lat <= 10 and 41 <= lon <= 51.5 else ""
        overseas = "" if swapped else " (overseas, give its département)"
        for column, value, low, high in (("lon", lon, -5.5, 10), ("lat", lat, 41, 51.5)):
            if value < low or value > high:
                yield _cell(sheet, line, column, f"is outside {low:g} to {high:g}, metropolitan France{overseas}{swapped}")


# Locators.


class _Passage(NamedTuple):
    """Lines of a document under a label; row is where locators.csv says so."""

    label: str
    low: int
    high: int
    row: int = 0


def _passage(locator: str) -> _Passage:
    """``§2.1 L257-260`` as its label and lines."""
    if not (found := re.fullmatch(r"(.+) L(\d+)(?:-(\d+))?", locator)):
        raise ValueError("is not written LABEL Lfrom-to, as in '§2.1 L257-260'")
    return _Passage(found[1], int(found[2]), int(found[3] or found[2]))


def _citations(table: str, row: _Row) -> list[tuple[str, str, str]]:
    """Column, document and locator of each passage that a row cites; a concept may cite several, also in other documents."""
    if table != "concepts":
        return [("locator", row["document_id"], row["locator"])]
    own = [("locator", row["document_id"], locator) for locator in _parts(row["locator"]) or [row["locator"]]]
    return own + [("also_in", *citation.partition(" ")[::2]) for citation in _parts(row["also_in"])]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _misplaced(locator: str, document: str, passages: list[_Passage]) -> str:
    """What is wrong with a locator in a document of these passages; blank where nothing is."""
    try:
        label, low, high, _ = _passage(locator)
    except ValueError as error:
        return str(error)
    if low > high:
        return f"runs backwards; write L{high}-{low}"
    holders = [passage.label for passage in passages if passage.label and passage.low <= low and high <= passage.high]
    if label in holders:
        return ""
    there = f"; these lines lie in {holders[0]!r}" if holders else ""
    own = [passage for passage in passages if passage.label == label]
    if not own:
        return f"names no passage of {document} in locators.csv{there or near(label, {passage.label for passage in passages})}"
    nearest = min(own, key=lambda passage: abs(passage.low - low) + abs(passage.high - high))
    return f"leaves {label!r}, which has lines {nearest.low} to {nearest.high} of {document}{there}"


def _locator_faults(sheets: _Sheets) -> Iterator[Fault]:
    sheet, known, passages = sheets["locators"], sheets["documents"].ids, dict[str, list[_Passage]]()
    for line, row in sheet.rows.items():
        low, high = as_float(row["line_from"]), as_float(row["line_to"])
        if low <= high < np.inf:
            passages.setdefault(row["document_id"], []).append(_Passage(row["locator"], int(low), int(high), line))
    yield from _unordered(sheet, "line_from", "line_to")
    for document, found in passages.items():
        for before, after in pairwise(sorted(found, key=lambda passage: passage[1:])):
            if after.low <= before.high:
                wrong = f"overlaps row {before.row} of {document}, which ends at line {before.high}"
                yield _cell(sheet, after.row, "line_from", wrong)
    for table in _CITING if sheet.ids is not None else ():
        for line, row in sheets[table].rows.items():
            for column, document, locator in _citations(table, row):
                if known is None or document in known:
                    wrong = _misplaced(locator, document, passages.get(document, [])) if row[column] else ""
                else:  # a wrong document_id is said where columns are checked
                    wrong = f"names {document!r}, no document{near(document, known)}" if column == "also_in" else ""
                if wrong:
                    yield _cell(sheets[table], line, column, wrong)


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
    sheets, faults = dict(_NO_FILE), list[Fault]()
    for table in _TABLES:
        sheets[table], found = _read((folder.resolve().parent if table == "places" else folder) / f"{table}.csv", _SCHEMA[table])
        faults += found
    for table in _TABLES:
        if sheets[table].columns:
            faults += _column_faults(table, sheets)
    for check in (_code_faults, _hypothesis_faults, _table_faults, _place_faults, _locator_faults):
        faults += check(sheets)
    if faults:
        order = {f"{table}.csv": rank for rank, table in enumerate(_TABLES)}
        raise CorpusError(sorted(dict.fromkeys(faults), key=lambda fault: (order[fault.file], fault.row)))
    corpus = Corpus(**{table: _frame(sheets[table], _SCHEMA[table]).reset_index(drop=True) for table in _TABLES})
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
        (table, row[next(iter(_SCHEMA[table]))], document, locator, *_passage(locator)[:3])
        for table in _CITING
        for row in getattr(corpus, table).astype(object).fillna("").to_dict("records")
        for _, document, locator in _citations(table, row)
    ]
    return pd.DataFrame(rows, columns=["table", "id", "document_id", "locator", "label", "line_from", "line_to"])


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
    texts = {document: decode(files[sha]).split("\n") for document, sha in shas.items() if sha in files}
    misses = [f"documents.csv {document}: no file in {folder} has its sha256" for document in shas if document not in texts]
    systems, quantities = corpus.systems.fillna({"aliases": ""}).set_index("system_id"), corpus.quantities.set_index("quantity_id")
    cited = passages(corpus)
    for at in cited[cited["table"].isin(["systems", "quantities"]) & cited["document_id"].isin(texts)].itertuples():
        text = "\n".join(texts[at.document_id][at.line_from - 1 : at.line_to])
        row = (systems if at.table == "systems" else quantities).loc[at.id]
        if at.table == "systems":
            names = [row["name"], *_parts(row["aliases"])]
            found, sought = any(folded(name) in folded(text) for name in names), repr(row["name"])
        else:
            values = [value for value in (row["value_min"], row["value_max"]) if not np.isnan(value)]
            found, sought = bool(numbers_in(text).intersection(values)), " or ".join(f"{value:.15g}" for value in dict.fromkeys(values))
        if not found:
            misses.append(f"{at.table}.csv {at.id}: {sought} is not in {at.document_id} {at.locator}")
    return misses
