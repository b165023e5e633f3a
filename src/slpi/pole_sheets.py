"""The sheets of a pole as people hand them in: what each column may hold, what the tables say together, and every fault in them."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from slpi.governance import KINDS, NUMBER
from slpi.sheets import Cells, Fault, SheetError, csv_cells, decode, near, number, shown, with_point, workbook_cells

#: Legal statuses that a sheet may hold, by class. Whether a company meets the conditions of the law on the ESS is said by ``actor``.
LEGAL = {
    "association": ("association",),
    "cooperative": ("scop", "scic", "cae", "cooperative"),
    "mutual or foundation": ("mutual", "foundation"),
    "company": ("sas", "sarl", "sa", "sole_trader", "gie"),
    "public body": ("state", "region", "department", "intermunicipality", "municipality", "university", "chamber", "public_body"),
    "person": ("person",),
}
CLASSES = {status: name for name, statuses in LEGAL.items() for status in statuses}
ACTORS = ("ess", "firm", "authority", "training_research", "support", "citizen")
PUBLIC_ROLES = ("none", "marginal", "facilitator", "delegator", "carrier")
RULES = ("member", "college")
LEVELS = ("strategic", "operational", "technical")
GIVERS = ("board", "users", "members")
_YES = dict.fromkeys(("yes", "oui", "1", "true", "vrai"), "yes") | dict.fromkeys(("no", "non", "0", "false", "faux"), "no")


class PoleError(SheetError):
    """A sheet cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple."""


# What a cell may say: each function gives its value or raises ValueError with what is wrong.


def _text(text: str) -> str:
    if re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]", text):
        raise ValueError("holds a control or replacement character; retype it")
    return text


def _word(text: str, words: Collection[str]) -> str:
    if text.casefold() not in words:
        raise ValueError(f"is none of {', '.join(words)}{near(text, words)}")
    return text.casefold()


def _number(text: str, lowest: float = 0, whole: bool = False) -> float:
    value = number(text)
    if value < lowest:
        raise ValueError(f"is below {lowest:g}" + ("; leave it blank where it is not known" if not lowest else ""))
    if whole and value % 1:
        raise ValueError("is no whole number")
    return value


def _votes(text: str) -> str:
    if re.fullmatch(NUMBER, text):
        return text
    return f"{_number(text):.15g}"


class _Column(NamedTuple):
    """How a cell is read, and what a message says of a blank one (nothing: a blank is not known)."""

    read: Callable[[str], Any]
    needed: str = ""


_PART = _Column(partial(_number, whole=True))
TABLES: dict[str, dict[str, _Column]] = {
    "members": {
        "member_id": _Column(_text, "every member needs one of its own"),
        "name": _Column(_text, "write how figures shall call the member"),
        "college": _Column(_text, "every member sits in a college; where the statutes know none, write the actor's kind"),
        "actor": _Column(partial(_word, words=ACTORS), f"write one of {', '.join(ACTORS)}"),
        "legal_status": _Column(partial(_word, words=CLASSES), "write the legal status"),
        "votes": _Column(_votes, "write 0 for a member without a vote"),
        "seats": _PART,
        "volunteer_seats": _PART,
        "founder": _Column(lambda text: _YES[_word(text, _YES)]),
    },
    "resources": {
        "line": _Column(_text, "every line needs a name of its own"),
        "kind": _Column(partial(_word, words=KINDS), f"write one of {', '.join(KINDS)}"),
        "given_by": _Column(partial(_word, words=GIVERS)),
        "amount": _Column(_number),
        "hours": _Column(_number),
    },
    "ties": {
        "source": _Column(_text, "write the member_id of one end"),
        "target": _Column(_text, "write the member_id of the other end"),
        "kind": _Column(_text, "write what the tie is, as in shared_staff"),
    },
    "levels": {
        "body": _Column(_text, "every body needs a name of its own"),
        "level": _Column(partial(_word, words=LEVELS), f"write one of {', '.join(LEVELS)}"),
        "decides": _Column(lambda text: _YES[_word(text, _YES)], "write yes where the body decides, no where it advises"),
        "seats": _Column(partial(_number, lowest=1, whole=True), "write how many sit in the body"),
        "user_seats": _PART,
    },
}
_DECIMAL = ("votes", "amount", "hours")
_KEYED = ("members", "resources", "levels")
_Row = dict[str, str]


class Table(NamedTuple):
    """A table as handed in: text by row of its file, and what could be read of each cell."""

    file: str
    text: dict[int, _Row]
    read: dict[int, dict[str, Any]]
    complete: bool  # every column is there

    def fault(self, row: int, column: str, wrong: str) -> Fault:
        value = self.text[row][column]
        return Fault(self.file, row, column, f"{column} = {shown(value)} {wrong}" if value else f"{column} is blank; {wrong}")


Tables = Mapping[str, Table]


def read_tables(folder: Path) -> tuple[dict[str, Table], list[Fault]]:
    """Every table of a folder, from NAME.csv or else from the sheet of that name in pole.xlsx, and what is wrong cell by cell."""
    found, faults, book = dict[str, Table](), list[Fault](), dict[str, Cells]()
    workbook = next(iter(sorted(folder.glob("pole.[xo][ld]s*"))), None)
    try:
        book = workbook_cells(workbook) if workbook else {}
    except SheetError as error:
        faults += error.faults
    for name, columns in TABLES.items():
        path, cells = folder / f"{name}.csv", book.get(name)
        file = path.name if cells is None or path.is_file() or not workbook else f"{workbook.name}, sheet {name}"
        try:
            cells = csv_cells(path) if path.is_file() else cells
        except SheetError as error:
            faults += error.faults
            cells = Cells([""], [])
        if cells is None:
            faults.append(Fault(file, 0, "", f"is missing; its first line is {','.join(columns)}"))
        elif not cells.header:
            faults.append(Fault(file, 0, "", f"is empty; its first line is {','.join(columns)}"))
        found[name], wrong = _table(name, file, cells or Cells([""], []))
        faults += wrong
    return found, faults


def _table(name: str, file: str, cells: Cells) -> tuple[Table, list[Fault]]:
    columns, header, faults = TABLES[name], cells.header, list[Fault]()
    unknown = [column for column in header if column and column not in columns]
    absent = [column for column in columns if column not in header]
    if set(header) != {""} and header:
        faults += [Fault(file, 1, column, f"column {column!r} is missing{near(column, unknown)}") for column in absent]
        faults += [Fault(file, 1, column, f"column {column!r} is unknown{near(column, absent)}") for column in unknown]
        twice = sorted({column for column in header if column and header.count(column) > 1})
        faults += [Fault(file, 1, column, f"column {column!r} stands twice") for column in twice]
    table, first = Table(file, {}, {}, not absent), dict[str, int]()
    for row, values in cells.rows if header != [""] else []:
        if len(values) > len(header):
            said = f"has {len(values)} fields where the header has {len(header)}; a text with a separator needs quotes"
            faults.append(Fault(file, row, "", said))
            continue
        text = dict.fromkeys(columns, "") | dict(zip(header, values, strict=False))
        if cells.decimal_comma:
            text |= {column: with_point(text[column]) for column in _DECIMAL if column in text}
        table.text[row], table.read[row] = text, {}
        for column in [column for column in columns if column in header]:
            try:
                if text[column]:
                    table.read[row][column] = columns[column].read(text[column])
                elif columns[column].needed:
                    raise ValueError(columns[column].needed)
            except ValueError as error:
                faults.append(table.fault(row, column, str(error)))
        key = next(iter(columns))
        if name in _KEYED and text[key] and first.setdefault(text[key], row) != row:
            faults.append(table.fault(row, key, f"stands already in row {first[text[key]]}"))
    return table, faults


# The head.


def _is_number(value: object, lowest: float = 0, also_lowest: bool = False) -> bool:
    finite = isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))
    return finite and (value > lowest or (also_lowest and value == lowest))  # type: ignore[operator]


_HEAD_WORDS: dict[str, Collection[str]] = {
    "status": ("measured", "simulated"),
    "carrier": tuple(CLASSES),
    "public_role": PUBLIC_ROLES,
    "rule": RULES,
}
_HEAD = ("name", "status", "form", "year", "source", "licence", "carrier", "public_role", "rule", "total_votes", "quota")
OPTIONAL = ("hourly_rate", "paid_hours")


def read_head(path: Path, forms: Collection[str]) -> tuple[dict[str, Any], list[Fault]]:
    """What pole.toml says, and what is wrong with it."""
    if not path.is_file():
        return {}, [Fault(path.name, 0, "", "is missing; copy it from the template")]
    text = decode(path.read_bytes())
    try:
        head = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [Fault(path.name, 0, "", f"cannot be read: {error}; texts stand between quotes, numbers have a point and no quotes")]
    rows = {key: i for i, line in enumerate(text.splitlines(), 1) for key in re.findall(r"^\s*([\w-]+)\s*=", line)}
    faults = [Fault(path.name, 0, key, f"has no line for {key}") for key in _HEAD if key not in head]
    for key, value in head.items():
        if wrong := _wrong_head(key, value, forms):
            faults.append(
                Fault(
                    path.name, rows.get(key, 0), key, f"{key} {wrong}" if wrong.startswith("is unknown") else f"{key} = {value!r} {wrong}"
                )
            )
    quota, total = head.get("quota"), head.get("total_votes")
    if _is_number(quota) and _is_number(total) and float(str(quota)) > float(str(total)):
        said = f"quota = {quota} is above total_votes = {total}; nothing could pass"
        faults.append(Fault(path.name, rows["quota"], "quota", said))
    return head, faults


def _wrong_head(key: str, value: Any, forms: Collection[str]) -> str:
    """What is wrong with one line of pole.toml; blank where nothing is."""
    if key not in (*_HEAD, *OPTIONAL):
        return f"is unknown{near(key, (*_HEAD, *OPTIONAL))}"
    if key == "year":
        return "" if type(value) is int and 1800 <= value <= 2100 else "is no year; write it as in 2025"
    if key in ("total_votes", "quota", "hourly_rate"):
        return "" if _is_number(value) else "is no number above 0"
    if key == "paid_hours":
        return "" if _is_number(value, also_lowest=True) else "is no number from 0 on"
    if not isinstance(value, str) or not value.strip():
        return "is blank or no text; write it between quotes"
    if key == "form" and forms and value not in forms:
        return f"is no form of the corpus's forms.csv{near(value, forms)}"
    if key in _HEAD_WORDS and value not in _HEAD_WORDS[key]:
        return f"is none of {', '.join(_HEAD_WORDS[key])}{near(value, _HEAD_WORDS[key])}"
    return ""


# What the tables say together.


def faults_together(head: Mapping[str, Any], tables: Tables) -> Iterator[Fault]:
    """What only several cells, rows or files together show."""
    for name, check in (("members", _members), ("resources", _resources), ("ties", _ties), ("levels", _levels)):
        if tables[name].complete:
            yield from check(tables[name], head, tables["members"])


def _members(table: Table, head: Mapping[str, Any], _: Table) -> Iterator[Fault]:
    rows = table.text.values()
    if len(rows) < 3:
        yield Fault(table.file, 0, "", f"has {len(rows)} members; a pole has three or more")
    elif len({row["college"] for row in rows if row["college"]}) < 2:
        yield Fault(table.file, 0, "college", "has one college only; where the statutes know none, write the actor's kind")
    yield from _part_above(table, "volunteer_seats")
    votes, total = [str(row.get("votes", "")) for row in table.read.values()], head.get("total_votes")
    if votes and all(votes) and _is_number(total):
        held = sum(map(Fraction, votes), Fraction(0))
        if held != Fraction(str(total)):
            remedy = "correct one of them; a part of a college's votes may be written as a fraction, such as 25/3"
            yield Fault(table.file, 0, "votes", f"votes add up to {float(held):.12g}, pole.toml has total_votes = {total}; {remedy}")


def _part_above(table: Table, part: str) -> Iterator[Fault]:
    for row, cells in table.read.items():
        unread = "seats" not in cells and table.text[row]["seats"]
        if not unread and cells.get(part, 0) > cells.get("seats", 0):
            yield table.fault(row, part, f"is more than seats = {table.text[row]['seats'] or 'blank'}")


def _resources(table: Table, head: Mapping[str, Any], _: Table) -> Iterator[Fault]:
    for row, cells in table.text.items():
        money = cells["kind"].casefold() in KINDS[:2]
        if bool(cells["amount"]) == bool(cells["hours"]):
            both = "both amount and hours" if cells["amount"] else "neither amount nor hours"
            yield Fault(table.file, row, "amount", f"line {cells['line']!r} has {both}; write one of them")
        for column, remedy in (("hours", "hours are non-monetary"), ("given_by", "it is for non-monetary ones")):
            if money and cells[column]:
                yield table.fault(row, column, f"stands on a {cells['kind']} line; {remedy}")
        if cells["hours"] and not cells["given_by"] and not money:
            yield table.fault(row, "given_by", f"hours are given by someone: {', '.join(GIVERS)}")
    if any(cells["hours"] for cells in table.text.values()) and head and head.get("hourly_rate") is None:
        said = "has no line for hourly_rate; resources.csv has hours, say how many euros one stands for"
        yield Fault("pole.toml", 0, "hourly_rate", said)
    if table.text and not any(sum(cells.get(c, 0) for c in ("amount", "hours")) for cells in table.read.values()):
        yield Fault(table.file, 0, "amount", "holds nothing but zeros; strike the rows where nothing is known")


def _ties(table: Table, _: Mapping[str, Any], members: Table) -> Iterator[Fault]:
    known = {row["member_id"] for row in members.text.values()} if members.complete else None
    first: dict[tuple[str, ...], int] = {}
    for row, cells in table.text.items():
        for end in ("source", "target"):
            if known is not None and cells[end] and cells[end] not in known:
                yield table.fault(row, end, f"is no member of members.csv{near(cells[end], known)}")
        if cells["source"] and cells["source"] == cells["target"]:
            yield table.fault(row, "target", "is tied to itself; strike the row")
        pair = (*sorted((cells["source"], cells["target"])), cells["kind"])
        if first.setdefault(pair, row) != row:
            yield Fault(table.file, row, "source", f"{pair[0]} and {pair[1]} have this tie already in row {first[pair]}; keep one")


def _levels(table: Table, _: Mapping[str, Any], members: Table) -> Iterator[Fault]:
    yield from _part_above(table, "user_seats")
    seats = [cells.get("seats", np.nan) for cells in members.read.values()]
    for row, cells in table.read.items():
        if cells.get("body") == "board" and seats and "seats" in cells and not np.isnan(sum(seats)) and sum(seats) != cells["seats"]:
            yield table.fault(row, "seats", f"is not the {sum(seats):g} seats that members.csv gives; correct one of them")
