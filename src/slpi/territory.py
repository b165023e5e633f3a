"""A territory of firms: where they lie, what ties them, which bodies they share.

:func:`load_territory` reads a folder as ``data/README.md`` describes it, CSV or workbook, and refuses it with a list of every fault.
Coordinates become metres of Lambert-93, dates years with decimals: a tie of 2019 begins at 2019.0 and ends at 2020.0, NaN where the date
is blank. What is read and not kept, or not as it was written, is counted in ``set_aside``.

``python -m slpi.territory new NAME`` copies the template, ``check NAME`` tells what a territory holds or all that is wrong with it,
``adapt KIND FILE --to NAME`` turns an export into ties or memberships (see :mod:`slpi.adapters`).
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import pandas as pd

from slpi.areas import aside
from slpi.labelled import Square, listed, refuse, require_one_of, require_unique
from slpi.sheets import Cells, Fault, SheetError, csv_cells, decode, near, number, shown, with_point, workbook_cells

LAYERS = ("productive", "financial", "institutional", "knowledge", "thematic")
ROLES = ("firm", "financier", "public")
#: Kinds of membership that the chapters know; another one is taken as it is, unless it looks like one of these mistyped.
KINDS = ("board", "association", "training", "charter", "cluster", "chamber", "union", "funder")
_HINTS = 50  # unknown firms to which the nearest known one is told: to look for it takes time


class TerritoryError(SheetError):
    """A territory cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple."""


@dataclass(frozen=True, eq=False, repr=False)
class Territory:
    """Firms, their ties and their memberships.

    Attributes
    ----------
    name, status, source, licence : str
        As territory.toml says them; status is ``measured`` or ``simulated``.
    firms : DataFrame, index firm_id
        name, role (firm, financier, public), x, y (metres, Lambert-93), naf (25.62B), legal_form, ess (bool), jobs (float), group_id. Text
        and numbers are NaN where blank.
    ties : DataFrame
        source, target, layer, kind, weight (float; of equity a share from 0 to 1), directed (bool), date_from, date_to (float: years with
        decimals, the end exclusive, NaN where blank).
    memberships : DataFrame
        firm_id, body_id, kind.
    set_aside : DataFrame
        what, why, count, keys: all that was read and is not in the frames, or not as it was written.
    """

    name: str
    status: str
    source: str
    licence: str
    firms: pd.DataFrame
    ties: pd.DataFrame
    memberships: pd.DataFrame
    set_aside: pd.DataFrame

    def __repr__(self) -> str:
        held = f"{len(self.firms)} firms, {len(self.ties)} ties, {len(self.memberships)} memberships"
        return f"Territory({self.name!r}, {self.status}: {held})"


# Where firms lie.


class _Frame(NamedTuple):
    """A way of writing coordinates: its EPSG number, its names, and what metropolitan France spans in it."""

    epsg: int
    name: str
    names: str  # as users write them, letters and digits alone
    x: tuple[float, float]
    y: tuple[float, float]

    def holds(self, x: float, y: float) -> bool:
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]


_FRAMES = (
    _Frame(4326, "longitude and latitude", "wgs84 lonlat gps", (-5.5, 10.0), (41.0, 51.5)),
    _Frame(2154, "Lambert-93", "lambert93 l93 rgf93lambert93", (0.0, 1.3e6), (6.0e6, 7.2e6)),
    _Frame(27572, "Lambert II étendu", "lambertiiétendu lambertiietendu lambert2étendu lambert2etendu l2e", (0.0, 1.3e6), (1.6e6, 2.7e6)),
)


def _frame_named(crs: str) -> _Frame | None:
    plain = re.sub(r"[\W_]", "", crs.casefold())
    return next((frame for frame in _FRAMES if plain in (str(frame.epsg), f"epsg{frame.epsg}", *frame.names.split())), None)


# What a cell may say: each function gives its value or raises ValueError with what is wrong.


def _text(text: str, needed: str = "") -> str | float:
    if not text:
        if needed:
            raise ValueError(needed)
        return np.nan
    if re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]", text):
        raise ValueError("holds a control or replacement character; retype it")
    return text


def _identifier(text: str, needed: str) -> str | float:
    if re.fullmatch(r"\d([.,]\d+)?E\+?\d+", text, re.IGNORECASE):
        raise ValueError("is a number that a spreadsheet cut short; make the column text there, enter it anew and save again")
    return _text(text, needed)


def _word(text: str, words: tuple[str, ...], blank: str = "") -> str:
    if text.casefold() in words or (blank and not text):
        return text.casefold() or blank
    raise ValueError(f"is none of {', '.join(words)}{near(text, words)}" if text else f"write one of {', '.join(words)}")


def _kind(text: str) -> str:
    kind = text.casefold()
    if not kind:
        raise ValueError(f"write what the body is: {', '.join(KINDS)} or another word")
    if kind not in KINDS and (meant := near(kind, KINDS)):
        raise ValueError(f"is not known{meant}")
    return kind


def _yes(text: str, blank: bool | None = None) -> bool:
    if not text and blank is not None:
        return blank
    words = dict.fromkeys(("1", "yes", "oui", "true", "vrai"), True) | dict.fromkeys(("0", "no", "non", "false", "faux"), False)
    if text.casefold() not in words:
        raise ValueError("is neither 1 nor 0" if text else "write 1 or 0")
    return words[text.casefold()]


def _number(text: str, lowest: float = -np.inf, wrong: str = "") -> float:
    value = number(text) if text else np.nan
    if value < lowest:
        raise ValueError(wrong)
    return value


def _weight(text: str) -> float:
    weight = number(text) if text else 1.0
    if weight <= 0:
        raise ValueError("is not above 0; a tie that is none has no row")
    return weight


def _naf(text: str) -> str | float:
    from slpi.proximity import SECTION_OF

    if not text:
        return np.nan
    plain = re.sub(r"[\s.]", "", text).upper()
    if not re.fullmatch(r"\d\d(\d(\d[A-Z]?)?)?", plain, re.ASCII) or plain[:2] not in SECTION_OF:
        raise ValueError("is not in NAF rev. 2; write it as 25.62B, or its first two to four digits, zeros included")
    return f"{plain[:2]}.{plain[2:]}" if plain[2:] else plain


def _when(text: str, end: bool) -> float:
    """A date as a year with decimals: where it begins, or (``end``) where it is over."""
    if not text:
        return np.nan
    french = re.fullmatch(r"(?:(\d\d?)/)?(\d\d?)/(\d{4})", text)
    parts = [int(part) for part in reversed(french.groups()) if part] if french else []
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII):
        parts = [int(part) for part in text.split("-")]
    with suppress(ValueError, TypeError):
        year, month, day = (*parts, 1, 1)[:3]
        first, whole = date(year, 1, 1).toordinal(), 366 if date(year, 12, 31).timetuple().tm_yday == 366 else 365
        at = date(year, month, day).toordinal()
        if end:
            after = {1: (year + 1, 1, 1), 2: (year + month // 12, month % 12 + 1, 1)}
            at = date(*after[len(parts)]).toordinal() if len(parts) < 3 else at + 1
        return year + (at - first) / whole
    raise ValueError("is no date; write 2019, 2019-07 or 2019-07-31")


# Sheets.


class _Column(NamedTuple):
    """How a column is read; a sheet without a ``needed`` one is refused, any other is taken for blank."""

    read: Callable[..., Any]
    dtype: object = "str"
    needed: bool = False


def _id(needed: str) -> _Column:
    return _Column(partial(_identifier, needed=needed), needed=bool(needed))


_COLUMNS: dict[str, dict[str, _Column]] = {
    "firms": {
        "firm_id": _id("every firm needs one of its own"),
        "name": _Column(_text),
        "role": _Column(partial(_word, words=ROLES, blank="firm")),
        "x": _Column(_number, float, needed=True),
        "y": _Column(_number, float, needed=True),
        "naf": _Column(_naf),
        "legal_form": _Column(_text),
        "ess": _Column(partial(_yes, blank=False), bool),
        "jobs": _Column(partial(_number, lowest=0, wrong="is negative; leave it blank where jobs are not known"), float),
        "group_id": _id(""),
    },
    "ties": {
        "source": _id("write the firm that the tie comes from"),
        "target": _id("write the firm that the tie goes to"),
        "layer": _Column(partial(_word, words=LAYERS), needed=True),
        "kind": _Column(_text),
        "weight": _Column(_weight, float),
        "directed": _Column(_yes, bool, needed=True),
        "date_from": _Column(partial(_when, end=False), float),
        "date_to": _Column(partial(_when, end=True), float),
    },
    "memberships": {
        "firm_id": _id("write the firm that is a member"),
        "body_id": _id("write the body that it is a member of"),
        "kind": _Column(_kind, needed=True),
    },
}
_DECIMAL = ("x", "y", "jobs", "weight")
#: What a blank cell is taken for, where it is not left blank.
_TAKEN = {("firms", "role"): "a firm", ("firms", "ess"): "no", ("ties", "weight"): "1"}


class _Sheet:
    """A table as it was handed in, in one file or several: text by column, the file and row of each; what is wrong, what was done to it."""

    def __init__(self, table: str, parts: Iterable[tuple[str, Cells]]) -> None:
        self.table, self.columns = table, _COLUMNS[table]
        self.faults, self.aside, self.at = list[Fault](), list[tuple[str, str, list[str]]](), list[tuple[str, int]]()
        self.unread = list[str]()  # first cells of rows that could not be told apart
        self.text: dict[str, list[str]] = {column: [] for column in self.columns}
        for file, cells in parts:
            self._take(file, cells)

    def _take(self, file: str, cells: Cells) -> None:
        header = [re.sub(r"[\s-]+", "_", name.casefold()) for name in cells.header]
        missing = [column for column in self.columns if column not in header]
        for name, times in Counter(header).items():
            if name in self.columns and times > 1:
                self.faults.append(Fault(file, 0, name, f"column {name!r} stands twice"))
            elif name not in self.columns and (meant := near(name, missing)):
                self.faults.append(Fault(file, 0, name, f"column {name!r} is unknown{meant}"))
        for name in missing:
            if self.columns[name].needed:
                self.faults.append(Fault(file, 0, name, f"column {name!r} is missing; the columns are {', '.join(self.columns)}"))
        place = {name: i for i, name in reversed([*enumerate(header)])}
        for row, line in cells.rows:
            if len(line) != len(header):
                what = f"has {len(line)} fields where the header has {len(header)}; a text with a separator needs quotes"
                self.faults.append(Fault(file, row, "", what))
                self.unread.append(line[0])
                continue
            self.at.append((file, row))
            for column, held in self.text.items():
                cell = line[place[column]] if column in place else ""
                held.append(with_point(cell) if cells.decimal_comma and column in _DECIMAL else cell)
        if extra := [name or "(no heading)" for name, plain in zip(cells.header, header, strict=True) if plain not in self.columns]:
            self.aside.append((f"columns of {file}", "not known here, not read", extra))
        if absent := [column for column in missing if not self.columns[column].needed]:
            self.aside.append((f"columns of {file}", "not there, taken for blank", absent))

    def fault(self, i: SupportsIndex, column: str, what: str) -> None:
        file, row = self.at[i]
        self.faults.append(Fault(file, row, column, what))

    def cells(self, wrong: Any, column: str, said: str) -> None:
        """A fault of the column in each row that is wrong, by position or by truth: its value and what is said of it."""
        wrong = np.asarray(wrong)
        for i in np.flatnonzero(wrong) if wrong.dtype == bool else wrong:
            value = self.text[column][i]
            self.fault(i, column, f"{column} = {shown(value)} {said}" if value else f"{column} is blank; {said}")

    def row(self, i: SupportsIndex, seen_from: SupportsIndex) -> str:
        """How a message in one row names another."""
        file, row = self.at[i]
        return f"row {row}" + (f" of {file}" if file != self.at[seen_from][0] else "")

    def frame(self) -> pd.DataFrame:
        """Every column as its values; what cannot be read is a fault, and blank."""
        values = {}
        for column, (read, dtype, _) in self.columns.items():
            codes, texts = pd.factorize(pd.Series(self.text[column], dtype=object))
            found = []
            for code, text in enumerate(texts):
                try:
                    found.append(read(text))
                except ValueError as error:
                    found.append(False if dtype is bool else np.nan)
                    self.cells(np.flatnonzero(codes == code), column, str(error))
            values[column] = pd.Series([found[code] for code in codes], dtype=dtype)
        return pd.DataFrame(values)

    def note_blanks(self, keys: Iterable[object]) -> None:
        """Note the blanks that were taken for something."""
        for (table, column), taken in _TAKEN.items():
            blank = [str(key) for key, text in zip(keys, self.text[column], strict=True) if not text] if table == self.table else []
            if blank:
                self.aside.append((f"blank {column} of {self.table}", f"taken for {taken}", blank))


def _sheets(folder: Path, tables: Collection[str]) -> tuple[dict[str, _Sheet], list[Fault]]:
    """The tables of a folder: TABLE.csv, TABLE_more.csv, and the sheets so named of a workbook; memberships may be left out."""
    parts: dict[str, list[tuple[str, Cells]]] = {table: [] for table in tables}
    faults = list[Fault]()
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.xlsx")]):
        if path.name.startswith(("~", ".")):
            continue  # the lock of a workbook that is open
        try:
            sheets = workbook_cells(path) if path.suffix == ".xlsx" else {path.stem: csv_cells(path)} if _table(path.stem) in tables else {}
        except SheetError as error:
            faults += error.faults
            continue
        for name, cells in sheets.items():
            if (table := _table(name)) in tables:
                parts[table].append((f"{path.name}, sheet {name}" if path.suffix == ".xlsx" else path.name, cells))
    found = {}
    for table, held in parts.items():
        plain = [file for file, _ in held if re.search(rf"^{table}\.csv|sheet \W*{table}\W*$", file, re.IGNORECASE)]
        if len(plain) > 1:
            faults.append(Fault(plain[0], 0, "", f"holds the {table}, and {listed(plain[1:])} too; delete all but one"))
        if not held and not faults:
            others = [path.name for path in folder.glob("*.csv") if _table(path.stem) not in _COLUMNS]
            meant = near(f"{table}.csv", others)
            if table != "memberships" or meant:
                faults.append(Fault(f"{table}.csv", 0, "", f"is missing in {folder.name}, and no workbook has a sheet {table!r}{meant}"))
        for file, cells in held:
            if not cells.header or (table == "firms" and not cells.rows):
                faults.append(
                    Fault(file, 0, "", f"is empty; its first row is {','.join(_COLUMNS[table])}, and a row for each of them follows")
                )
        if filled := [(file, cells) for file, cells in held if cells.header]:
            found[table] = _Sheet(table, filled)
    return found, faults


def _table(name: str) -> str:
    """The table that a file or sheet holds by its name: of ties_ownership, ties."""
    return name.strip().casefold().partition("_")[0]


# Identifiers.


def _sums(digits: str, width: int) -> bool:
    """Whether the check digit of a SIREN (9 digits) or SIRET (14) fits; those of La Poste have a rule of their own."""
    doubled = [int(digit) * (2 - i % 2) for i, digit in enumerate(reversed(digits), 1)]
    return len(digits) == width and (
        sum(n - 9 * (n > 9) for n in doubled) % 10 == 0 or (digits[:9] == "356000000" and sum(map(int, digits)) % 5 == 0)
    )


def restored(text: str, digits: int) -> str:
    """An identifier of so many digits without the spaces of print and with its leading zeros; any other text as it is.

    Examples
    --------
    >>> restored("5 420 120", 9), restored("F1", 9), restored("F1", 0)
    ('005420120', 'F1', 'F1')
    """
    plain = re.sub(r"[\s.\u00a0\u202f]", "", text)
    return plain.zfill(digits) if digits and re.fullmatch(rf"[0-9]{{{digits - 4},{digits}}}", plain) else text


def digits_of(firms: Iterable[str]) -> int:
    """How many digits the identifiers of checked firms have: 9 of SIREN, 14 of SIRET, 0 of any other."""
    lengths = {len(firm) if firm.isdecimal() else 0 for firm in firms}
    return lengths.pop() if lengths in ({9}, {14}) else 0


def _width(ids: Collection[str], told: str) -> int:
    """How many digits the firms' identifiers have: as told, or 9 or 14 where nearly all are SIREN or SIRET by their check digit."""
    if told:
        return {"siren": 9, "siret": 14}.get(told, 0)
    for width in (9, 14):
        plain = [restored(text, width) for text in ids]
        if plain and sum(_sums(text, width) for text in plain if text.isdecimal()) >= 0.9 * len(plain):
            return width
    return 0


def _restore(sheet: _Sheet, frame: pd.DataFrame, column: str, width: int) -> None:
    """Give SIREN and SIRET their leading zeros back, and say so."""
    if not width:
        return
    written = frame[column]
    frame[column] = written.map({text: restored(text, width) for text in written.dropna().unique()}, na_action="ignore").astype("str")
    lost = written.str.replace(r"\D", "", regex=True).str.len() < frame[column].str.len()
    if (lost & written.notna()).any():
        keys = list(dict.fromkeys(frame.loc[lost & written.notna(), column]))
        sheet.aside.append((f"{column} of the {sheet.table}", f"leading zeros of SIRE{'N' if width == 9 else 'T'} given back", keys))


# What rows say together.


def _check_ids(sheet: _Sheet, frame: pd.DataFrame, width: int) -> None:
    ids = frame["firm_id"]
    first = {key: i for i, key in reversed([*enumerate(ids)])}
    for i in np.flatnonzero(ids.notna() & ids.duplicated()):
        sheet.cells([i], "firm_id", f"stands already in {sheet.row(first[ids[i]], i)}; a firm has one row")
    if width:
        wrong = [bool(isinstance(text, str) and not _sums(text, width)) for text in ids]
        remedy = 'look for a digit mistyped, or write firm_ids = "own" in territory.toml'
        sheet.cells(wrong, "firm_id", f"is no SIRE{'N' if width == 9 else 'T'}: its check digit does not fit; {remedy}")


def _check_places(sheet: _Sheet, frame: pd.DataFrame, stated: _Frame) -> None:
    x, y = frame["x"].to_numpy(), frame["y"].to_numpy()
    written = {c: np.array([bool(text) for text in sheet.text[c]]) for c in "xy"}
    for one, other in ("xy", "yx"):
        sheet.cells(written[other] & ~written[one], one, "a place needs x and y; a firm whose place is not known has neither")
    outside = ~np.isnan(x) & ~np.isnan(y)
    outside &= ~((stated.x[0] <= x) & (x <= stated.x[1]) & (stated.y[0] <= y) & (y <= stated.y[1]))
    looks = {i: _looks(x[i], y[i], stated) for i in np.flatnonzero(outside)}
    alike = Counter(looks.values())
    for remedy, rows in alike.items():
        where = f"metropolitan France, EPSG:{stated.epsg}"
        if remedy and rows > 5 and rows > len(frame) / 2:  # a whole file in another frame is one fault, not one a firm
            least = next(i for i, said in looks.items() if said == remedy)
            told = f"x = {sheet.text['x'][least]} and y = {sheet.text['y'][least]} in row {sheet.at[least][1]}, and {rows - 1} rows more"
            said = f"{told}, are outside {stated.x[0]:g}–{stated.x[1]:g} and {stated.y[0]:g}–{stated.y[1]:g} ({where}); {remedy}"
            sheet.faults.append(Fault(sheet.at[least][0], 0, "x", said))
            continue
        for i in (i for i, said in looks.items() if said == remedy):
            for column, value, span in (("x", x[i], stated.x), ("y", y[i], stated.y)):
                if not span[0] <= value <= span[1]:
                    said = remedy or "a firm elsewhere has no place here: leave x and y blank"
                    sheet.cells([i], column, f"is outside {span[0]:g}–{span[1]:g} ({where}); {said}")


def _looks(x: float, y: float, stated: _Frame) -> str:
    """What coordinates outside the stated frame look like."""
    if stated.holds(y, x):
        return "x and y look swapped"
    for frame in _FRAMES:
        if frame.holds(x, y) or frame.holds(y, x):
            swapped = "" if frame.holds(x, y) else " swapped"
            return f'x and y look like {frame.name}{swapped}: write crs = "EPSG:{frame.epsg}" in territory.toml'
    return ""


def _check_known(sheet: _Sheet, frame: pd.DataFrame, column: str, firms: pd.Index) -> None:
    unknown = frame.loc[frame[column].notna() & ~frame[column].isin(firms), column]
    sites = {firm[:9]: firm for firm in reversed(firms) if len(firm) == 14}
    known = {firm.lower(): firm for firm in firms}
    for n, (key, rows) in enumerate(unknown.groupby(unknown, sort=False).groups.items()):
        meant = near(key, known) if n < _HINTS else ""
        meant = f"; did you mean {known[key.lower()]!r}?" if key.lower() in known else re.sub(r"'(.*)'", lambda m: repr(known[m[1]]), meant)
        meant = f"; firms.csv has its establishment {sites[key]!r}: name firms in one way" if key in sites else meant
        sheet.cells(np.asarray(rows), column, f"is no firm of the sheet firms{meant}")


def _check_ties(sheet: _Sheet, ties: pd.DataFrame) -> None:
    sheet.cells(ties["source"].notna() & (ties["source"] == ties["target"]), "target", "is the source itself")
    early = ties["date_to"] <= ties["date_from"]
    for i in np.flatnonzero(early):
        sheet.cells([i], "date_to", f"ends before it begins, date_from = {sheet.text['date_from'][i]!r}")
    equity = ties["kind"] == "equity"
    sheet.cells(equity & (ties["weight"] > 1), "weight", "is more than 1, the whole of a firm; per cent are divided by 100")
    undirected = equity & ~ties["directed"] & pd.Series([bool(text) for text in sheet.text["directed"]])
    sheet.cells(undirected, "directed", "but equity goes from owner to owned; write 1")
    _check_twice(sheet, ties)
    held = ties[equity & ties["date_to"].isna() & ties["target"].notna()]
    total = held.groupby("target")["weight"].sum()
    for firm, share in total[(total > 1 + 1e-6) & (held.groupby("target")["weight"].max() <= 1)].items():
        last = held.index[held["target"] == firm][-1]
        sheet.fault(int(last), "weight", f"the owners of {firm} hold {share:g} of it together; the shares of one firm sum to 1 at most")


def _check_twice(sheet: _Sheet, ties: pd.DataFrame) -> None:
    """The same tie in two rows; without direction it is the same whichever end comes first, and a tie with direction is no tie without."""
    ends = np.sort(ties[["source", "target"]].fillna("").to_numpy(str), axis=1)
    alike = ties[["layer", "kind", "date_from", "date_to"]].assign(a=ends[:, 0], b=ends[:, 1])
    group = alike.groupby(list(alike), sort=False, dropna=False).ngroup()
    loose = group.isin(group[~ties["directed"]])
    drawn = group.astype(str) + ties["source"].where(~loose, "")
    first = drawn.map(drawn.drop_duplicates().reset_index().set_index(0)["index"] if len(drawn) else {})
    whole = ties["source"].notna() & ties["target"].notna() & (ties["source"] != ties["target"])
    for i in np.flatnonzero(drawn.duplicated() & whole):
        mixed = ", of which one is directed and one is not" if ties["directed"][group == group[i]].nunique() > 1 else ""
        sheet.fault(i, "", f"draws the same tie as {sheet.row(int(first[i]), i)}{mixed}; keep one, with the weight of both")


def _check_memberships(sheet: _Sheet, memberships: pd.DataFrame) -> None:
    first = dict[tuple[object, ...], int]()
    for i, row in enumerate(memberships.itertuples(index=False, name=None)):
        if first.setdefault(row, i) != i and not any(part != part for part in row):
            sheet.fault(i, "", f"says the same as {sheet.row(first[row], i)}; keep one")


# territory.toml.


_HEAD = ("name", "status", "source", "licence", "crs", "firm_ids", "simulate")
_STATUSES = ("measured", "simulated")


def _head(folder: Path) -> tuple[dict[str, Any], list[Fault]]:
    file, faults = "territory.toml", list[Fault]()
    try:
        about = tomllib.loads(decode((folder / file).read_bytes()))
    except FileNotFoundError:
        return {}, [Fault(file, 0, "", f"is missing in {folder.name}; copy it from the territory 'template'")]
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return {}, [
            Fault(file, int(line[1]) if line else 0, "", f'cannot be read: {error}; a text stands in quotes, as in name = "My valley"')
        ]
    for key in about:
        if key not in _HEAD:
            faults.append(Fault(file, 0, key, f"{key} is unknown{near(key, _HEAD) or '; there are ' + ', '.join(_HEAD)}"))
    for key in _HEAD[:6]:
        value = about.setdefault(key, "")
        if not isinstance(value, str):
            about[key] = str(value)
        if not about[key].strip() and key in ("name", "source", "licence"):
            remedy = {
                "name": "what the territory is called",
                "source": "where the data come from",
                "licence": 'who may see them, as in "private"',
            }
            faults.append(Fault(file, 0, key, f"{key} is missing or blank; write {remedy[key]}"))
    if about["status"] not in _STATUSES:
        faults.append(
            Fault(file, 0, "status", f"status = {about['status']!r} is none of {', '.join(_STATUSES)}{near(about['status'], _STATUSES)}")
        )
    if about["firm_ids"] not in ("", "siren", "siret", "own"):
        faults.append(Fault(file, 0, "firm_ids", f"firm_ids = {about['firm_ids']!r} is none of siren, siret, own"))
    if "simulate" not in about and _frame_named(about["crs"]) is None:
        choices = " or ".join(f"EPSG:{frame.epsg} ({frame.name})" for frame in _FRAMES)
        faults.append(Fault(file, 0, "crs", f"crs = {about['crs']!r} is not known; write {choices}"))
    if "simulate" in about and about["status"] == "measured":
        faults.append(Fault(file, 0, "status", "status = 'measured', but [simulate] makes the firms; write simulated"))
    return about, faults


# The door.


def load_territory(folder: Path | str, *, processed: Path | str | None = None) -> Territory:
    """Read and check a territory.

    Sheets are CSV (UTF-8 or Latin-1; comma, semicolon or tab; a decimal comma where none separates) or one workbook (.xlsx) with sheets of
    the same names. SIREN and SIRET get lost leading zeros back. Firms without a place are set aside with their ties and memberships.

    Parameters
    ----------
    folder : Path or str
        Holds territory.toml and firms, ties and memberships; a ``[simulate]`` table in territory.toml takes the place of these. It may lie
        anywhere.
    processed : Path or str, optional
        Where the sheets of a simulated territory are written, for people to look at.

    Returns
    -------
    Territory

    Raises
    ------
    TerritoryError
        Lists every fault in every file: file, row, column, value, and what would be right.

    Examples
    --------
    >>> load_territory("no/such/valley")
    Traceback (most recent call last):
    ...
    slpi.territory.TerritoryError: valley: no/such is no folder
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise TerritoryError([Fault(folder.name, 0, "", _no_folder(folder))])
    about, faults = _head(folder)
    if "simulate" in about:
        return _simulated(folder, about, faults, processed)
    return _settled(*_checked(folder, about, faults, _COLUMNS), about)


def load_firms(folder: Path | str) -> pd.DataFrame:
    """The firms of a territory, checked like a whole one, while its ties are still to come; those without a place among them.

    Raises
    ------
    TerritoryError
        Lists every fault in territory.toml and the sheet firms.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise TerritoryError([Fault(folder.name, 0, "", _no_folder(folder))])
    about, faults = _head(folder)
    _, frames = _checked(folder, about, faults, ["firms"])
    return frames["firms"].set_index("firm_id")


def _checked(
    folder: Path, about: Mapping[str, Any], faults: list[Fault], tables: Collection[str]
) -> tuple[dict[str, _Sheet], dict[str, pd.DataFrame]]:
    """The tables as sheets and as frames, if they have no fault."""
    sheets, more = _sheets(folder, tables)
    frames = {table: sheet.frame() for table, sheet in sheets.items()}
    if "firms" in frames:
        _check(sheets, frames, about)
    faults = [*faults, *more, *(fault for sheet in sheets.values() for fault in sorted(sheet.faults, key=lambda fault: fault[:2]))]
    if faults:
        raise TerritoryError(dict.fromkeys(faults))
    return sheets, frames


def _no_folder(folder: Path) -> str:
    if not folder.parent.is_dir():
        return f"{folder.parent.as_posix()} is no folder"
    beside = sorted(path.parent.name for path in folder.parent.glob("*/territory.toml"))
    there = f"; there are {', '.join(beside)}" if beside else ""
    return f"is no territory in {folder.parent.name}{near(folder.name, beside) or there}; one elsewhere is given by its whole path"


def _check(sheets: Mapping[str, _Sheet], frames: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> None:
    """All that rows say only together; identifiers get their zeros back."""
    firms = frames["firms"]
    width = _width(list(firms["firm_id"].dropna()), about.get("firm_ids", ""))
    named = {"firms": ["firm_id"], "ties": ["source", "target"], "memberships": ["firm_id"]}
    for table, frame in frames.items():
        for column in named[table]:
            _restore(sheets[table], frame, column, width)
    _check_ids(sheets["firms"], firms, width)
    if stated := _frame_named(about.get("crs", "")):
        _check_places(sheets["firms"], firms, stated)
    unread = [restored(text, width) for text in sheets["firms"].unread]
    known = pd.Index(firms["firm_id"].dropna()).append(pd.Index(unread, dtype="str")).unique()
    for table in ("ties", "memberships"):
        for column in named[table] if table in frames else ():
            _check_known(sheets[table], frames[table], column, known)
    if "ties" in frames:
        _check_ties(sheets["ties"], frames["ties"])
    if "memberships" in frames:
        _check_memberships(sheets["memberships"], frames["memberships"])


def _settled(sheets: Mapping[str, _Sheet], frames: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> Territory:
    """The territory of sheets without fault."""
    from pyproj import Transformer

    firms, ties = frames["firms"].set_index("firm_id"), frames["ties"]
    memberships = frames.get("memberships", pd.DataFrame({column: pd.Series(dtype="str") for column in _COLUMNS["memberships"]}))
    sheets["firms"].note_blanks(firms.index)
    sheets["ties"].note_blanks(ties["source"] + " – " + ties["target"])
    firms["name"] = firms["name"].fillna(firms.index.to_series())
    done = [row for sheet in sheets.values() for row in sheet.aside]
    if "memberships" not in sheets:
        done.append(("memberships", "no such sheet: none are known", []))
    placeless = firms.index[firms["x"].isna()]
    lost = {"ties": ties[["source", "target"]].isin(placeless).any(axis=1), "memberships": memberships["firm_id"].isin(placeless)}
    if len(placeless):
        done.append(("firms", "x and y are blank", list(placeless)))
        done.append(("ties", "one end is a firm without a place", list((ties["source"] + " – " + ties["target"])[lost["ties"]])))
        member = memberships["firm_id"] + " – " + memberships["body_id"]
        done.append(("memberships", "of a firm without a place", list(member[lost["memberships"]])))
    firms = firms[firms["x"].notna()]
    stated = _frame_named(about["crs"])
    if stated is not None and stated.epsg != 2154:
        x, y = Transformer.from_crs(stated.epsg, 2154, always_xy=True).transform(firms["x"].to_numpy(), firms["y"].to_numpy())
        firms = firms.assign(x=x, y=y)
    return Territory(
        **{key: about[key] for key in ("name", "status", "source", "licence")},
        firms=firms,
        ties=ties[~lost["ties"]].reset_index(drop=True),
        memberships=memberships[~lost["memberships"]].reset_index(drop=True),
        set_aside=aside(*done),
    )


def _simulated(folder: Path, about: dict[str, Any], faults: list[Fault], processed: Path | str | None) -> Territory:
    """The territory that the [simulate] table of territory.toml asks for."""
    import inspect

    simulate = import_module("slpi.simulate").simulate
    known, table = inspect.signature(simulate).parameters, about["simulate"]
    faults += [
        Fault("territory.toml", 0, key, f"[simulate] has no {key!r}{near(key, known) or '; it takes ' + ', '.join(known)}")
        for key in table
        if key not in known
    ]
    faults += [Fault(path.name, 0, "", "is there, but [simulate] makes the firms; delete one") for path in sorted(folder.glob("firms.*"))]
    if faults:
        raise TerritoryError(faults)
    try:
        firms, ties, memberships = simulate(**table)
    except (ValueError, TypeError) as error:
        raise TerritoryError([Fault("territory.toml", 0, "simulate", f"[simulate]: {error}")]) from error
    if processed is not None:
        Path(processed).mkdir(parents=True, exist_ok=True)
        for name, frame in {"firms": firms.reset_index(), "ties": ties, "memberships": memberships}.items():
            frame.to_csv(Path(processed) / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    head = {key: about[key] for key in ("name", "status", "source", "licence")}
    return Territory(**head, firms=firms, ties=ties, memberships=memberships, set_aside=aside())


def layer(
    territory: Territory,
    name: str,
    *,
    firms: Iterable[str] | None = None,
    kinds: Iterable[str] | None = None,
    at: float | None = None,
    weighted: bool = False,
    directed: bool = True,
) -> Square:
    """One layer of ties as a sparse matrix with the firms as labels, which every measure of this package takes.

    Parameters
    ----------
    territory : Territory
    name : str
        A layer: productive, financial, institutional, knowledge, thematic.
    firms : iterable of str, optional
        The firms to keep, in this order; all if not given. Ties to others are left out.
    kinds : iterable of str, optional
        The kinds of tie to keep, such as equity; all if not given.
    at : float, optional
        A moment in years: only ties that had begun by then and not ended. A blank date is open on its side.
    weighted : bool
        The sum of the ties' weights in place of 1.
    directed : bool
        False: a tie either way counts for both. True: a directed tie counts from source to target, any other both ways.

    Returns
    -------
    Square
        ``.values`` sparse, ``.labels``; ``.dense()`` gives an array. A layer without ties is all zeros.

    Raises
    ------
    ValueError
        If there is no such layer, or a firm is unknown or stands twice; names the first five.
    """
    from scipy.sparse import coo_array

    require_one_of(name, "layer", LAYERS)
    labels = territory.firms.index if firms is None else pd.Index(list(firms), name="firm_id")
    require_unique(labels, "firms", "firm")
    refuse(labels.difference(territory.firms.index), "firms: not in the territory: ")
    ties = territory.ties[territory.ties["layer"] == name]
    if kinds is not None:
        ties = ties[ties["kind"].isin(list(kinds))]
    if at is not None:
        ties = ties[~(ties["date_from"] > at) & ~(ties["date_to"] <= at)]
    ends = np.array([labels.get_indexer(ties["source"]), labels.get_indexer(ties["target"])])
    inside = (ends >= 0).all(axis=0)
    ends, ties = ends[:, inside], ties[inside]
    back = np.ones(len(ties), bool) if not directed else ~ties["directed"].to_numpy(bool)
    weights = ties["weight"].to_numpy(float)
    ends, weights = np.hstack([ends, ends[::-1, back]]), np.concatenate([weights, weights[back]])
    matrix = coo_array((weights, (ends[0], ends[1])), shape=(len(labels),) * 2).tocsr()
    if not weighted:
        matrix.data[:] = 1.0
    return Square(matrix, labels, True)


# The command line.

TERRITORIES = Path(__file__).resolve().parents[2] / "data" / "raw" / "territories"


def new(name: str, *, among: Path | str = TERRITORIES) -> Path:
    """Copy the template to a new territory; its folder.

    Raises
    ------
    TerritoryError
        If the name is no name for a folder, or there is a territory of that name: nothing is written over.
    """
    folder, template = Path(among) / name, Path(among) / "template"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        said = f"is no name for a territory{_name_like(name)}; write a-z, 0-9 and _, a letter first, as in my_valley"
        raise TerritoryError([Fault(name or "NAME", 0, "", said)])
    if folder.exists():
        raise TerritoryError([Fault(name, 0, "", "is there already and is left as it is; choose another name, or delete it first")])
    if not template.is_dir():
        raise TerritoryError([Fault("template", 0, "", f"is missing in {Path(among).name}: there is nothing to copy")])
    sheets = {path.name: path.read_text(encoding="utf-8") for path in sorted(template.iterdir()) if path.suffix in (".toml", ".csv")}
    title = name.replace("_", " ").capitalize()
    sheets["territory.toml"] = re.sub(r'(?m)^name = "[^"]*"', f'name = "{title}"', sheets["territory.toml"])
    folder.mkdir()
    for file, text in sheets.items():
        (folder / file).write_text(text, encoding="utf-8", newline="\n")
    return folder


def _name_like(name: str) -> str:
    import unicodedata

    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    like = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].lstrip("0123456789_")
    return f"; did you mean {like!r}?" if like else ""


def described(territory: Territory) -> str:
    """What a territory holds, a line each: firms by role, ties by layer and kind, memberships by kind, and what was set aside."""
    firms, ties, memberships = territory.firms, territory.ties, territory.memberships
    known = {"with jobs": firms["jobs"].notna(), "with an industry": firms["naf"].notna(), "in a group": firms["group_id"].notna()}
    lines = [f"{territory.name} ({territory.status}; {territory.source}; {territory.licence})"]
    lines.append(f"  {len(firms):,} firms: {_counted(firms['role'])}; " + ", ".join(f"{n.sum():,} {what}" for what, n in known.items()))
    lines.append(f"    {firms['ess'].sum():,} of the social and solidarity economy")
    lines.append(f"  {len(ties):,} ties" + (f", {ties['date_from'].notna().sum():,} with a beginning" if len(ties) else ""))
    lines += [f"    {name}: {len(some):,} ({_counted(some['kind'].fillna('no kind'))})" for name, some in ties.groupby("layer")]
    bodies = memberships["body_id"].nunique()
    lines.append(f"  {len(memberships):,} memberships in {bodies:,} bodies" + (f": {_counted(memberships['kind'])}" if bodies else ""))
    lines += _set_aside(territory.set_aside)
    return "\n".join(lines)


def _counted(words: pd.Series) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in words.value_counts().sort_index().items())


def _set_aside(rows: pd.DataFrame) -> list[str]:
    said = [
        f"{row.what}: {row.count:,}, {row.why}" + (f" ({listed(row.keys.split(', '))})" if row.keys else "")
        for row in rows.itertuples(name="Row")
    ]
    return ["  noted:", *(f"    {line}" for line in said)] if said else []


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.territory``: 0 where all is well, 2 where what was given cannot be taken."""
    import argparse
    import sys

    from slpi import adapters

    parser = argparse.ArgumentParser(prog="python -m slpi.territory", description="Begin, check and fill a territory of firms.")
    commands = parser.add_subparsers(dest="command", required=True)
    place = "a name below data/raw/territories, or the path of a folder elsewhere"
    commands.add_parser("new", help="copy the template").add_argument("name")
    commands.add_parser("check", help="tell what a territory holds, or all that is wrong with it").add_argument("folder", help=place)
    adapt = commands.add_parser("adapt", help="turn an export into ties or memberships")
    adapt.add_argument("kind", choices=("ownership", "board", "members"), help="owner, owned, share; firm, person; firm, body, kind")
    adapt.add_argument("file", help="CSV or workbook")
    adapt.add_argument("--to", required=True, metavar="FOLDER", help=place)
    adapt.add_argument("--body", default="", help="of a list of the members of one body: which")
    adapt.add_argument("--kind", dest="body_kind", default="", help=f"and what it is: {', '.join(KINDS)}")
    parser.add_argument("--among", default=TERRITORIES, metavar="FOLDER", help="where territories lie, if not in data/raw/territories")
    given = parser.parse_args(arguments)
    try:
        if given.command == "new":
            folder = new(given.name, among=given.among)
            print(f"→ {_shortly(folder)}: write your firms over those of the example, then: make territory CHECK={given.name}")
        elif given.command == "check":
            print(described(load_territory(Path(given.among) / Path(given.folder).expanduser())))
        else:
            folder = Path(given.among) / Path(given.to).expanduser()
            print(adapters.adapt(given.kind, given.file, folder, body=given.body, body_kind=given.body_kind))
    except SheetError as error:
        faults = len(error.faults)
        print(error, file=sys.stderr)
        print(
            f"{faults} fault{'s' * (faults > 1)}; nothing was written"
            if given.command != "check"
            else f"{faults} fault{'s' * (faults > 1)}",
            file=sys.stderr,
        )
        return 2
    return 0


def _shortly(path: Path) -> str:
    with suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return path.as_posix()


if __name__ == "__main__":
    import sys

    from slpi.territory import main as run  # under its own name: adapters import this module too

    sys.exit(run())
