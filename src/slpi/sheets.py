"""Tables as people hand them in: CSV of any French or English make, workbooks, and a list of what is wrong with them.

What a cell says is text here; which text is right, each reader says for its own tables.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple

import numpy as np

INVENTED = "Invented, to show the columns"  # the source that the templates name


class Fault(NamedTuple):
    """One fault: the file, the row (its line in the file; 0 for the file as a whole), the column, and the sentence that says it."""

    file: str
    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"{self.file} row {self.row}: {self.what}" if self.row else f"{self.file}: {self.what}"


class SheetError(ValueError):
    """Tables cannot be taken; the message lists every fault, one a line. ``faults`` holds them as a tuple of :class:`Fault`."""

    def __init__(self, faults: Collection[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Cells(NamedTuple):
    """A sheet as it stands: the header, then the rows that are not blank, each with its row in the file. Cells are text, ends trimmed."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    decimal_comma: bool = False  # where something else than a comma separates, 2,5 is a number


def decode(data: bytes) -> str:
    """The text of UTF-8 (with or without BOM), else of Windows-1252 or Latin-1."""
    for encoding in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    return data.decode("latin-1")


def _break(data: bytes) -> int | None:
    """The line where a file that holds UTF-8 and Latin-1 leaves UTF-8; None for a file of one encoding."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start) + 1 if re.search(rb"[\xc2\xc3][\x80-\xbf]|\xe2\x80[\x80-\xbf]", data) else None
    return None


def csv_cells(path: Path) -> Cells:
    """Read a CSV file: UTF-8 or Latin-1, any line ends, separated by the sign that its header holds most of: comma, semicolon, tab.

    An empty file has an empty header.

    Raises
    ------
    SheetError
        If the file is no text, mixes encodings or has a quote too many; one fault.
    """

    def fault(what: str, row: int = 0) -> SheetError:
        return SheetError([Fault(path.name, row, "", what)])

    data = path.read_bytes()
    text = decode(data)
    if "\0" in text:
        raise fault("is no text; save it as CSV, UTF-8")
    if line := _break(data):
        raise fault("is UTF-8 before this row and Latin-1 here; save it as CSV, UTF-8", line)
    sign = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    start, rows = 1, []
    try:
        for cells in lines:
            line, start = start, lines.line_num + 1
            cells = [cell.strip().replace("\r\n", "\n") for cell in cells]
            if any(cells):
                rows.append((line, cells))
    except csv.Error as error:
        raise fault(f"cannot be read: {error}; look for a quote too many or too few", start) from None
    return Cells(rows[0][1], rows[1:], sign != ",") if rows else Cells([], [])


def workbook_cells(path: Path) -> dict[str, Cells]:
    """Read every sheet of a workbook (.xlsx, .xls, .ods): numbers as they are, days as YYYY-MM-DD, yes and no as 1 and 0.

    Raises
    ------
    SheetError
        If the file is no workbook or is locked by a password.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise SheetError(
            [Fault(path.name, 0, "", "needs python-calamine to be read; install it, or save each sheet as CSV, UTF-8")]
        ) from None
    try:
        book = CalamineWorkbook.from_path(path)
        return {name: _sheet_cells(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names}
    except CalamineError as error:
        raise SheetError([Fault(path.name, 0, "", f"cannot be read as a workbook ({error}); save it anew as .xlsx")]) from None


def _sheet_cells(values: Iterable[Iterable[object]]) -> Cells:
    rows = [(i, [_text(value) for value in row]) for i, row in enumerate(values, 1)]
    rows = [(i, cells) for i, cells in rows if any(cells)]
    if not rows:
        return Cells([], [])
    header = rows[0][1]
    width = max(i for i, name in enumerate(header, 1) if name)
    return Cells(header[:width], [(i, cells[:width] + [cell for cell in cells[width:] if cell]) for i, cells in rows[1:]], True)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def as_float(text: str) -> float:
    """The number that plain digits write, with a decimal point; NaN for anything else."""
    return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else np.nan


def number(text: str) -> float:
    """The number that a cell writes, also with spaces between thousands or an exponent; ValueError with what is wrong with any other text.

    Examples
    --------
    >>> number("1 250.5")
    1250.5
    """
    plain = re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))", "", text)
    if comma := re.fullmatch(r"([+-]?\d+),(\d+)", plain):
        raise ValueError(f"is no number; write {comma[1]}.{comma[2]} (a decimal comma is read only where a semicolon or a tab separates)")
    if re.fullmatch(r"\d{4}-\d\d-\d\d.*", text):
        raise ValueError("is no number; a spreadsheet has made a date of it")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?(E[+-]?\d+)?", plain, re.ASCII | re.IGNORECASE) or not np.isfinite(float(plain)):
        raise ValueError("is no number")
    return float(plain)


def with_point(text: str) -> str:
    """A number with its decimal comma made a point; any other text as it is."""
    return re.sub(r"^([+-]?[\d\s\u00a0\u202f]+),(\d+\s*%?)$", r"\1.\2", text) if "," in text else text


def shown(value: str) -> str:
    """A cell as a message shows it: numbers bare, words in quotes, cut where long."""
    return value if not np.isnan(as_float(value)) else repr(value if len(value) <= 60 else value[:57] + "...")


def name_like(name: str) -> str:
    """``; did you mean …?`` with a name for a folder that is made of another name, or nothing."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    like = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].lstrip("0123456789_")
    return f"; did you mean {like!r}?" if like else ""


def begun(name: str, among: Path, what: str, error: type[SheetError], *, like: str) -> Path:
    """Copy ``template`` to a new folder beside it, a territory or a pole, and name it in ``what.toml``; nothing is written over."""
    folder, template = among / name, among / "template"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
        said = f"is no name for a {what}{name_like(name)}; write a-z, 0-9 and _, a letter first, as in {like}"
        raise error([Fault(name or "NAME", 0, "", said)])
    if folder.exists():
        raise error([Fault(name, 0, "", "is there already and is left as it is; choose another name, or delete it first")])
    if not template.is_dir():
        raise error([Fault("template", 0, "", f"is missing in {among.name}: there is nothing to copy")])
    sheets = {path.name: path.read_text(encoding="utf-8") for path in sorted(template.iterdir()) if path.suffix in (".toml", ".csv")}
    title = name.replace("_", " ").capitalize()
    sheets[f"{what}.toml"] = re.sub(r'(?m)^name = "[^"]*"', f'name = "{title}"', sheets[f"{what}.toml"])
    folder.mkdir()
    for file, text in sheets.items():
        (folder / file).write_text(text, encoding="utf-8", newline="\n")
    return folder


def no_folder(folder: Path, what: str) -> str:
    """What is wrong with a folder that is not there, ``what`` being a territory or a pole."""
    if not folder.parent.is_dir():
        return f"{shortly(folder.parent)} is no folder; one elsewhere is given by its whole path"
    beside = sorted(path.parent.name for path in folder.parent.glob(f"*/{what}.toml"))
    there = f"; there are {', '.join(beside)}" if beside else ""
    return f"is no {what} in {folder.parent.name}{near(folder.name, beside) or there}; one elsewhere is given by its whole path"


def shortly(path: Path) -> str:
    """A path as seen from the folder in which a command is given, where it lies in it."""
    with suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return path.as_posix()


def ordered(chapter: str, parameter: str, folder: str, source: str) -> str:
    """The last lines of a check without fault: what of the template is left, and the command that runs the chapter."""
    kept = "  the source is still the template's: write yours, and whether the data are measured\n" if source == INVENTED else ""
    named = f"'{parameter}={folder}'" if re.search(r"\s", folder) else f"{parameter}={folder}"
    return f'{kept}  in order; now: make chapter CHAPTER={chapter} PARAMS="{named}"'


def near(value: str, words: Collection[str] | None, *, cutoff: float = 0.6) -> str:
    """``; did you mean …?`` with the word that looks most like the value, or nothing."""
    close = difflib.get_close_matches(value.lower(), sorted(words or ()), n=1, cutoff=cutoff)
    return f"; did you mean {close[0]!r}?" if close else ""
