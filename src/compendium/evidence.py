"""The coded rows that results stand on: any table below ``data/raw/corpus`` with an id, a document and a locator."""

import csv
from dataclasses import dataclass
from pathlib import Path

from compendium.project import Project


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
    """Every coded row by its id."""
    return {row.id: row for row in read_rows(project)}


def read_passages(project: Project) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The documents and the paragraphs of each, in order."""
    corpus = project.root / "data" / "raw" / "corpus"
    return [row for _, row in _read(corpus / "documents.csv")], [row for _, row in _read(corpus / "locators.csv")]


def _read(path: Path) -> list[tuple[int, dict[str, str]]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return [(reader.line_num, {k: v or "" for k, v in row.items() if k}) for row in reader]
