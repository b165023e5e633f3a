"""The coded rows that results stand on: any table below ``data/raw/corpus`` with an id, a document and a locator."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from compendium.project import Failure, Project


@dataclass(frozen=True)
class Row:
    """One coded row, as its file holds it."""

    id: str
    file: str
    line: int
    document: str
    locator: str
    fields: dict[str, str]


def read_rows(project: Project) -> list[Row]:
    """Every coded row, table by table; the id is its first column. Empty where the compendium has no corpus."""
    return [
        Row(next(iter(fields.values())), path.name, line, fields["document_id"], fields["locator"], fields)
        for path in sorted((project.root / "data" / "raw" / "corpus").glob("*.csv"))
        if path.stem not in ("locators", "documents")
        for line, fields in _read(path)
        if fields.get("document_id") and fields.get("locator")
    ]


def read_evidence(project: Project) -> dict[str, Row]:
    """Every coded row by its id.

    Raises
    ------
    Failure
        If one id stands in two rows, so that a result could not say which it rests on; lists every such id.
    """
    found: dict[str, Row] = {}
    twice = []
    for row in read_rows(project):
        if row.id in found:
            twice.append(f"{row.id}: {found[row.id].file} row {found[row.id].line} and {row.file} row {row.line}")
        found[row.id] = row
    if twice:
        raise Failure("coded rows share an id; give each its own:\n  " + "\n  ".join(twice))
    return found


def read_passages(project: Project) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The documents and the paragraphs of each, in order."""
    corpus = project.root / "data" / "raw" / "corpus"
    return [row for _, row in _read(corpus / "documents.csv")], [row for _, row in _read(corpus / "locators.csv")]


def _read(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows with their line: UTF-8 or the old Windows encoding, comma or semicolon, as users' tables come."""
    if not path.exists():
        return []
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    return [(reader.line_num, {k: v or "" for k, v in row.items() if k}) for row in reader]
