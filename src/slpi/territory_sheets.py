"""The sheets of a territory as people hand them in: what each column may hold, what rows say together, and every fault in them.

:func:`read_sheets` takes CSV files or a workbook, :func:`check` says what is wrong and gives SIREN and SIRET their zeros back. What can be
read but not kept is noted, never dropped in silence.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import pandas as pd

from slpi.labelled import listed
from slpi.sheets import Cells, Fault, SheetError, csv_cells, decode, near, number, shown, with_point, workbook_cells

LAYERS = ("productive", "financial", "institutional", "knowledge", "thematic")
ROLES = ("firm", "financier", "public")
#: Kinds of membership that the chapters know; another one is taken as it is, unless it looks like one of these, mistyped or in French.
KINDS = ("board", "association", "training", "charter", "cluster", "chamber", "union", "funder")
#: What French lists call them.
FRENCH = {
    "conseil": "board",
    "administrateur": "board",
    "formation": "training",
    "charte": "charter",
    "label": "charter",
    "pole": "cluster",
    "grappe": "cluster",
    "chambre": "chamber",
    "syndicat": "union",
    "financeur": "funder",
    "banque": "funder",
    "fonds": "funder",
}
_HINTS = 50  # unknown firms to which the nearest known one is told: to look for it takes time


class TerritoryError(SheetError):
    """A territory cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple."""


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


def frame_named(crs: str) -> _Frame | None:
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
    if kind not in KINDS and (meant := near(FRENCH.get(kind, kind), KINDS, cutoff=0.8)):
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


COLUMNS: dict[str, dict[str, _Column]] = {
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
#: What other registers call the columns.
_ELSEWHERE = {"lon": "x", "longitude": "x", "lat": "y", "latitude": "y", "siren": "firm_id", "siret": "firm_id", "id": "firm_id"}
_ELSEWHERE |= {"nom": "name", "raison_sociale": "name", "denomination": "name", "effectif": "jobs", "effectifs": "jobs", "emplois": "jobs"}
_ELSEWHERE |= {"ape": "naf", "code_ape": "naf", "code_naf": "naf", "statut": "legal_form", "forme_juridique": "legal_form"}
_ELSEWHERE |= {"groupe": "group_id", "from": "source", "to": "target", "couche": "layer", "poids": "weight", "body": "body_id"}
_DECIMAL = ("x", "y", "jobs", "weight")
#: What a blank cell is taken for, where it is not left blank.
_TAKEN = {("firms", "role"): "a firm", ("firms", "ess"): "no", ("ties", "weight"): "1"}


class Sheet:
    """A table as it was handed in, in one file or several: text by column, the file and row of each; what is wrong, what was done to it."""

    def __init__(self, table: str, parts: Iterable[tuple[str, Cells]]) -> None:
        self.table, self.columns = table, COLUMNS[table]
        self.faults, self.aside, self.at = list[Fault](), list[tuple[str, str, list[str]]](), list[tuple[str, int]]()
        self.missing = set[str]()  # columns without which it is refused
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
            elif name not in self.columns and (meant := _meant(name, missing)):
                self.faults.append(Fault(file, 0, name, f"column {name!r} is unknown{meant}"))
        for name in missing:
            if self.columns[name].needed:
                self.faults.append(Fault(file, 0, name, f"column {name!r} is missing; the columns are {', '.join(self.columns)}"))
        place = {name: i for i, name in reversed([*enumerate(header)])}
        kept = [line for _, line in cells.rows if len(line) == len(header)]
        for row, line in cells.rows:
            if len(line) == len(header):
                self.at.append((file, row))
                continue
            what = f"has {len(line)} fields where the header has {len(header)}; a text with a separator needs quotes"
            self.faults.append(Fault(file, row, "", what))
            self.unread.append(line[0])
        for column, held in self.text.items():
            texts = [line[place[column]] for line in kept] if column in place else [""] * len(kept)
            held += map(with_point, texts) if cells.decimal_comma and column in _DECIMAL else texts
        self.missing |= {column for column in missing if self.columns[column].needed}
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
                    if column not in self.missing:
                        self.cells(np.flatnonzero(codes == code), column, str(error))
            values[column] = pd.Series([found[code] for code in codes], dtype=dtype)
        return pd.DataFrame(values)

    def note_blanks(self, keys: Iterable[object]) -> None:
        """Note the blanks that were taken for something."""
        for (table, column), taken in _TAKEN.items():
            blank = [str(key) for key, text in zip(keys, self.text[column], strict=True) if not text] if table == self.table else []
            if blank:
                self.aside.append((f"blank {column} in the {self.table}", f"taken for {taken}", blank))


def _meant(name: str, missing: Collection[str]) -> str:
    """Which of the missing columns an unknown one may be."""
    other = _ELSEWHERE.get(name)
    return f"; did you mean {other!r}?" if other in missing else near(name, missing)


def read_sheets(folder: Path, tables: Collection[str]) -> tuple[dict[str, Sheet], list[Fault]]:
    """The tables of a folder: TABLE.csv, TABLE_more.csv, and the sheets so named of a workbook; memberships may be left out."""
    parts: dict[str, list[tuple[str, Cells]]] = {table: [] for table in tables}
    faults, unread = list[Fault](), set[str]()
    for path in sorted([*folder.glob("*.csv"), *folder.glob("*.xlsx")]):
        if path.name.startswith(("~", ".")):
            continue  # the lock of a workbook that is open
        try:
            sheets = workbook_cells(path) if path.suffix == ".xlsx" else {path.stem: csv_cells(path)} if _table(path.stem) in tables else {}
        except SheetError as error:
            faults += error.faults
            unread |= {_table(path.stem)} if path.suffix == ".csv" else set(tables)
            continue
        for name, cells in sheets.items():
            if (table := _table(name)) in tables:
                parts[table].append((f"{path.name}, sheet {name}" if path.suffix == ".xlsx" else path.name, cells))
    found = {}
    for table, held in parts.items():
        plain = [file for file, _ in held if re.search(rf"^{table}\.csv|sheet \W*{table}\W*$", file, re.IGNORECASE)]
        if len(plain) > 1:
            faults.append(Fault(plain[0], 0, "", f"holds the {table}, and {listed(plain[1:])} too; delete all but one"))
        if not held and table not in unread:
            others = [path.name for path in folder.glob("*.csv") if _table(path.stem) not in COLUMNS]
            meant = near(f"{table}.csv", others)
            if table != "memberships" or meant:
                faults.append(Fault(f"{table}.csv", 0, "", f"is missing in {folder.name}, and no workbook has a sheet {table!r}{meant}"))
        for file, cells in held:
            if not cells.header or (table == "firms" and not cells.rows):
                faults.append(
                    Fault(file, 0, "", f"is empty; its first row is {','.join(COLUMNS[table])}, and a row for each of them follows")
                )
        if filled := [(file, cells) for file, cells in held if cells.header]:
            found[table] = Sheet(table, filled)
    return found, faults


def _table(name: str) -> str:
    """The table that a file or sheet holds by its name: of ties_ownership, ties."""
    return name.strip().casefold().partition("_")[0]


# Identifiers.


def _sums(digits: str, width: int) -> bool:
    """Whether the check digit of a SIREN (9 digits) or SIRET (14) fits; those of La Poste have a rule of their own."""
    if len(digits) != width or not digits.isdecimal():
        return False
    doubled = [int(digit) * (2 - i % 2) for i, digit in enumerate(reversed(digits), 1)]
    return sum(n - 9 * (n > 9) for n in doubled) % 10 == 0 or (digits[:9] == "356000000" and sum(map(int, digits)) % 5 == 0)


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
        right = sum(_sums(text, width) for text in plain)
        if any(len(re.sub(r"\D", "", text)) == width for text in ids) and right >= 0.9 * len(plain):
            return width
    return 0


def _restore(sheet: Sheet, frame: pd.DataFrame, column: str, width: int) -> None:
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


def _check_ids(sheet: Sheet, frame: pd.DataFrame, width: int) -> None:
    ids = frame["firm_id"]
    first = {key: i for i, key in reversed([*enumerate(ids)])}
    for i in np.flatnonzero(ids.notna() & ids.duplicated()):
        sheet.cells([i], "firm_id", f"stands already in {sheet.row(first[ids[i]], i)}; a firm has one row")
    if width:
        wrong = [bool(isinstance(text, str) and not _sums(text, width)) for text in ids]
        remedy = 'look for a digit mistyped, or write firm_ids = "own" in territory.toml'
        sheet.cells(wrong, "firm_id", f"is no SIRE{'N' if width == 9 else 'T'}: its check digit does not fit; {remedy}")


def _check_places(sheet: Sheet, frame: pd.DataFrame, stated: _Frame) -> None:
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
            said = (
                f"{told}, are outside {stated.x[0]:.12g}–{stated.x[1]:.12g} and {stated.y[0]:.12g}–{stated.y[1]:.12g} ({where}); {remedy}"
            )
            sheet.faults.append(Fault(sheet.at[least][0], 0, "x", said))
            continue
        for i in (i for i, said in looks.items() if said == remedy):
            for column, value, span in (("x", x[i], stated.x), ("y", y[i], stated.y)):
                if not span[0] <= value <= span[1]:
                    said = remedy or "a firm elsewhere has no place here: leave x and y blank"
                    sheet.cells([i], column, f"is outside {span[0]:.12g}–{span[1]:.12g} ({where}); {said}")


def _looks(x: float, y: float, stated: _Frame) -> str:
    """What coordinates outside the stated frame look like."""
    if stated.holds(y, x):
        return "x and y look swapped"
    for frame in _FRAMES:
        if frame.holds(x, y) or frame.holds(y, x):
            swapped = "" if frame.holds(x, y) else " swapped"
            return f'x and y look like {frame.name}{swapped}: write crs = "EPSG:{frame.epsg}" in territory.toml'
    return ""


def _check_known(sheet: Sheet, frame: pd.DataFrame, column: str, firms: Mapping[str, str]) -> None:
    """A fault for each cell that names no firm; ``firms`` has their names, by identifier."""
    unknown = frame.loc[frame[column].notna() & ~frame[column].isin(list(firms)), column]
    sites = {firm[:9]: firm for firm in reversed([*firms]) if len(firm) == 14}
    known, named = {firm.lower(): firm for firm in firms}, {name.lower(): firm for firm, name in firms.items()}
    for n, (key, rows) in enumerate(unknown.groupby(unknown, sort=False).groups.items()):
        if key in sites:
            meant = f"; firms.csv has its establishment {sites[key]!r}: name firms in one way"
        elif firm := known.get(key.lower()) or named.get(key.lower()):
            meant = f"; did you mean {firm!r}?"
        else:
            meant = re.sub(r"'(.*)'", lambda found: repr(known[found[1]]), near(key, known)) if n < _HINTS else ""
        sheet.cells(np.asarray(rows), column, f"is no firm of the sheet firms{meant or '; give it a row there, or leave this one out'}")


def _check_ties(sheet: Sheet, ties: pd.DataFrame) -> None:
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


def _check_twice(sheet: Sheet, ties: pd.DataFrame) -> None:
    """The same tie in two rows; without direction it is the same whichever end comes first, and a tie with direction is no tie without.

    Ties that began in different years are different ties; of one with a year and one without nobody can say.
    """
    ends = np.sort(ties[["source", "target"]].fillna("").to_numpy(str), axis=1)
    whole = ties["source"].notna() & ties["target"].notna() & (ties["source"] != ties["target"])

    def drawn_as(columns: list[str]) -> tuple[pd.Series, pd.Series]:
        alike = ties[columns].assign(a=ends[:, 0], b=ends[:, 1])
        group = alike.groupby(list(alike), sort=False, dropna=False).ngroup()
        loose = group.isin(group[~ties["directed"]])
        return group, group.astype(str) + ties["source"].where(~loose, "")

    group, drawn = drawn_as(["layer", "kind", "date_from", "date_to"])
    first = drawn.map(drawn.drop_duplicates().reset_index().set_index(0)["index"] if len(drawn) else {})
    for i in np.flatnonzero(drawn.duplicated() & whole):
        mixed = ", of which one is directed and one is not" if ties["directed"][group == group[i]].nunique() > 1 else ""
        sheet.fault(i, "", f"draws the same tie as {sheet.row(int(first[i]), i)}{mixed}; keep one, with the weight of both")
    undated, (_, drawn) = ties[["date_from", "date_to"]].isna().all(axis=1), drawn_as(["layer", "kind"])
    dated = {drawn[i]: int(i) for i in np.flatnonzero(~undated & whole)[::-1]}
    for i in np.flatnonzero(undated & whole & drawn.isin(dated)):
        said = f"draws without a date the tie that {sheet.row(dated[drawn[i]], i)} dates"
        sheet.fault(i, "", f"{said}; keep that one, or say when this one began")


def _check_memberships(sheet: Sheet, memberships: pd.DataFrame) -> None:
    first = dict[tuple[object, ...], int]()
    for i, row in enumerate(memberships.itertuples(index=False, name=None)):
        if first.setdefault(row, i) != i and not any(part != part for part in row):
            sheet.fault(i, "", f"says the same as {sheet.row(first[row], i)}; keep one")


# territory.toml.


_HEAD = ("name", "status", "source", "licence", "crs", "firm_ids", "simulate")
_STATUSES = ("measured", "simulated")
_INVENTED = "Invented, to show the columns"  # what the template says of its source


def read_head(folder: Path) -> tuple[dict[str, Any], list[Fault]]:
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
    if about["status"] == "measured" and about["source"] == _INVENTED:
        faults.append(Fault(file, 0, "source", f"source = {_INVENTED!r} is that of the template; write where the data come from"))
    if about["firm_ids"] not in ("", "siren", "siret", "own"):
        faults.append(Fault(file, 0, "firm_ids", f"firm_ids = {about['firm_ids']!r} is none of siren, siret, own"))
    if "simulate" not in about and frame_named(about["crs"]) is None:
        choices = " or ".join(f"EPSG:{frame.epsg} ({frame.name})" for frame in _FRAMES)
        faults.append(Fault(file, 0, "crs", f"crs = {about['crs']!r} is not known; write {choices}"))
    if "simulate" in about and about["status"] == "measured":
        faults.append(Fault(file, 0, "status", "status = 'measured', but [simulate] makes the firms; write simulated"))
    return about, faults


def check(sheets: Mapping[str, Sheet], frames: Mapping[str, pd.DataFrame], about: Mapping[str, str]) -> None:
    """All that rows say only together; identifiers get their zeros back."""
    firms = frames["firms"]
    width = _width(list(firms["firm_id"].dropna()), about.get("firm_ids", ""))
    named = {"firms": ["firm_id"], "ties": ["source", "target"], "memberships": ["firm_id"]}
    for table, frame in frames.items():
        for column in named[table]:
            _restore(sheets[table], frame, column, width)
    _check_ids(sheets["firms"], firms, width)
    if (stated := frame_named(about.get("crs", ""))) and not sheets["firms"].missing & {"x", "y"}:
        _check_places(sheets["firms"], firms, stated)
    unread = [restored(text, width) for text in sheets["firms"].unread]
    names = firms.dropna(subset="firm_id").fillna({"name": ""})
    known = dict(zip(names["firm_id"], names["name"], strict=True)) | dict.fromkeys(unread, "")
    for table in ("ties", "memberships"):
        for column in named[table] if table in frames else ():
            _check_known(sheets[table], frames[table], column, known)
    if "ties" in frames:
        _check_ties(sheets["ties"], frames["ties"])
    if "memberships" in frames:
        _check_memberships(sheets["memberships"], frames["memberships"])
