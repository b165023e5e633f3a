"""The book: chapters, paper, numbers and the passages behind them as pages that need no network."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from urllib.parse import quote

from compendium.evidence import Row, read_passages, read_rows
from compendium.numbers import harvest
from compendium.project import Failure, Project
from compendium.show import format_value, table_html
from compendium.text import anchor, built_among, chapter_link, escape_markdown, fill

_WORDS = 60  # characters of a sentence that are shown beside its name
FIGURES = "_static/figures"  # where the book keeps every figure, seen from its root


@dataclass(frozen=True)
class Place:
    """What the links of a page start with."""

    root: str = ""  # the book's or the page's own root
    evidence: str = "evidence/"


def make_book(
    project: Project,
    filled: dict[str, dict],
    numbers: dict,
    paper_html: str,
    paper_pdf: bytes,
    claims: list[tuple[str, list[str]]],
    left_out: dict[str, list[str]],
) -> None:
    """Write ``reports/book``: the new book replaces the old one whole, or not at all.

    Parameters
    ----------
    project : Project
        The compendium; ``paper/book`` holds the book's configuration and style, ``paper/pages`` its written pages.
    filled : dict of str to dict
        Executed chapters by name, values in place.
    numbers : dict
        The content of ``numbers.json``.
    paper_html : str
        The paper as HTML whose first heading is its title.
    paper_pdf : bytes
        The same as PDF, for readers to take away.
    claims : list of (str, list of str)
        Each sentence of the paper that holds a computed value, with the names of its numbers.
    left_out : dict of str to list of str
        Chapters that were not built, by name, and the files below ``data/raw`` that each lacks: a page says so in the place of each.

    Raises
    ------
    Failure
        If Sphinx warns of anything, or a page would ask something of another host.
    """
    source = _source_folder(project, project.press / "book-src")
    rows, results = read_rows(project), results_of(filled)
    passages = {row.id: row for row in rows}
    pages = _written_pages(project, numbers)
    for name, notebook in filled.items():
        _write_figures(source, notebook)
        note = head_note(numbers["chapters"][name], f"../numbers.html#{_chapter_id(name)}", "its numbers, data and code version")
        _write(source / "chapters" / f"{name}.ipynb", json.dumps(chapter_page(notebook, passages, Place("../", "../evidence/"), note)))
    for name, missing in left_out.items():
        _write(source / "chapters" / f"{name}.md", left_out_page(project.chapter(name), missing))
    _write(source / "paper.md", paper_page(paper_html))
    _write(source / "numbers.md", numbers_page(filled, numbers))
    _write(source / "claims.md", claims_page(claims, numbers["numbers"], passages))
    documents = _write_evidence(project, source, rows, results)
    front = pages.pop("index", "# Contents\n") + contents(sorted({*filled, *left_out}), documents, pages)
    if (project.root / "paper" / "pages").is_dir():
        shutil.copytree(project.root / "paper" / "pages", source, dirs_exist_ok=True)  # with the tables and pictures that lie beside them
    for name, text in {**pages, "index": front}.items():
        _write(source / f"{name}.md", text)
    built = _sphinx(project, source, project.press / "book-new")
    (built / "paper.pdf").write_bytes(paper_pdf)
    _swap(built, project.reports / "book", project.press / "book-old")
    shutil.rmtree(project.press / "book-new")


def make_page(project: Project, filled: dict, numbers: dict, page: Path) -> None:
    """Write one chapter that ran with other parameters as a page of its own, under a banner that says so.

    Parameters
    ----------
    project : Project
        The compendium.
    filled : dict
        The executed chapter, values in place.
    numbers : dict
        What this run recorded, in the form of ``numbers.json``.
    page : Path
        The ``index.html`` to write; what else the page needs goes beside it.
    """
    source = _source_folder(project, page.parent / ".page-src")
    (chapter,) = numbers["chapters"].values()
    up = os.path.relpath(project.reports, page.parent).replace(os.sep, "/")
    _write_figures(source, filled)
    notebook = chapter_page(
        filled,
        {row.id: row for row in read_rows(project)},
        Place("", f"{up}/book/evidence/"),
        head_note(chapter, "numbers.json", "its numbers"),
    )
    _write(source / "index.ipynb", json.dumps(notebook))
    given = html.escape(", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in chapter["parameters"].items()))
    built = _sphinx(
        project,
        source,
        page.parent / ".page-new",
        f"run with other parameters: <b>{given}</b>; not part of the <a href='{up}/book/paper.html'>paper</a>",
    )
    for new in sorted(built.iterdir(), key=lambda path: path.name == page.name):  # the page last: what it needs is there before it
        old = page.parent / new.name
        if old.is_dir():
            shutil.rmtree(old)
        os.replace(new, old)
    shutil.rmtree(page.parent / ".page-new")
    shutil.rmtree(source)


# Pieces of HTML. Everything that comes from data is escaped here and nowhere else.


def badge(status: str) -> str:
    """The mark of what kind of result it is."""
    return f'<span class="status status-{status}">{status}</span>'


def count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def evidence_html(ids: Iterable[str], rows: dict[str, Row], prefix: str) -> str:
    """The coded passages behind a result: one link for each distinct passage."""
    behind = [rows[key] for key in ids]
    if not behind:
        return ""
    passages: dict[tuple[str, str], Row] = {}
    for row in sorted(behind, key=lambda row: (row.document, _lines(row.locator), row.locator)):
        passages.setdefault((row.document, row.locator), row)
    links = " ".join(
        f'<li><a href="{html.escape(prefix)}{quote(row.document)}.html#{quote(row.id)}">{html.escape(f"{document} {locator}")}</a></li>'
        for (document, locator), row in passages.items()
    )
    summary = f"{count(len(behind), 'coded row')} in {count(len(passages), 'passage')}"
    return f'<details class="evidence"><summary>{summary}</summary><ul>{links}</ul></details>'


def shown_html(entry: dict, output: dict, rows: dict[str, Row], place: Place) -> str:
    """A number as a chip; a table or a figure with caption, badge and what stands behind it."""
    behind, mark, where = evidence_html(entry["evidence"], rows, place.evidence), badge(entry["status"]), anchor(entry["name"])
    if entry["kind"] == "number":
        return f'<li id="{where}"><code>{html.escape(entry["name"])}</code> <b>{_short(entry)}</b> {mark} {behind}</li>'
    caption = f"<figcaption>{html.escape(entry['caption'])} {mark}{behind}</figcaption>"
    if entry["kind"] == "table":
        linked = _ID.sub(lambda found: _passage_link(found[0], rows, place), table_html(entry))
        return f'<figure class="shown" id="{where}">{caption}<div class="scroll">{linked}</div></figure>'
    return f'<figure class="shown" id="{where}">{image_html(entry, svg_of(output), place.root)}{caption}</figure>'


def _short(entry: dict) -> str:
    """A number's value, or the beginning of a sentence: prose has it whole."""
    return html.escape(shorten(format_value(entry["value"], entry["unit"], entry["digits"]), _WORDS, placeholder=" …"))


_ID = re.compile(r"(?<![\w-])\w+(?:-\w+)+(?![\w-])")


def _passage_link(word: str, rows: dict[str, Row], place: Place) -> str:
    """An id of a coded row as a link to its passage; any other word as it is."""
    if word not in rows:
        return word
    return f'<a href="{html.escape(place.evidence)}{quote(rows[word].document)}.html#{quote(word)}">{word}</a>'


def image_html(entry: dict, svg: str, root: str = "", width: str = "") -> str:
    """A figure's picture, as wide as it was drawn unless told."""
    wide = f'style="width: {html.escape(width)}"' if width else f'width="{_pixels(svg)}"'
    return f'<img src="{root}{FIGURES}/{entry["name"]}.svg" alt="{html.escape(entry["alt"])}" {wide}>'


def svg_of(output: dict) -> str:
    """The drawing of a shown figure."""
    return "".join(output["data"]["image/svg+xml"])


def head_note(chapter: dict, link: str, words: str) -> str:
    """With which parameters a chapter ran, and where its numbers and data are listed."""
    values = chapter["parameters"].items()
    given = ", ".join(f"<code>{html.escape(name)} = {html.escape(json.dumps(value, ensure_ascii=False))}</code>" for name, value in values)
    return f'<p class="headnote">Parameters: {given or "none"} · <a href="{html.escape(link)}">{html.escape(words)}</a></p>'


def results_of(filled: dict[str, dict]) -> dict[str, list[dict]]:
    """For each coded row the results that rest on it, each with its chapter."""
    resting = defaultdict(list)
    for name, notebook in filled.items():
        for entry in harvest(notebook):
            for key in entry["evidence"]:
                resting[key].append({**entry, "chapter": name})
    return resting


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], numeric: frozenset[int] = frozenset()) -> str:
    """A table of cells that are HTML already."""

    def line(cells: Iterable[str], tag: str) -> str:
        return "".join(f"<{tag}{' class=num' if i in numeric else ''}>{cell}</{tag}>" for i, cell in enumerate(cells))

    body = "\n".join(f"<tr>{line(cells, 'td')}</tr>" for cells in rows)
    return f'<div class="scroll"><table><thead><tr>{line(head, "th")}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def _pixels(svg: str) -> int:
    points = re.search(r'<svg\b[^>]*?\bwidth="([\d.]+)pt"', svg)
    return round(float(points[1]) * 4 / 3) if points else 640


def _lines(locator: str) -> tuple[int, int]:
    """First and last line of a locator such as ``§2.1 L257-260``, of its first passage if it names more; (0, 0) where it names none."""
    found = re.search(r"\bL(\d+)(?:[-–](\d+))?\s*$", locator.partition(";")[0])
    return (int(found[1]), int(found[2] or found[1])) if found else (0, 0)


# Pages, each as the text of its source file.


def chapter_page(notebook: dict, rows: dict[str, Row], place: Place, note: str) -> dict:
    """A chapter whose results are HTML, its code folded away, its parameters cell open."""
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            cells.append(cell)
            continue
        tags = cell["metadata"].get("tags", [])
        folded = [] if {"parameters", "injected-parameters"} & set(tags) else ["hide-input"]
        cells.append({**cell, "metadata": {"tags": [*tags, *folded]}, "outputs": _outputs(cell.get("outputs", []), rows, place)})
    first = next((i for i, cell in enumerate(cells) if cell["cell_type"] == "markdown"), None)
    if first is not None:
        title, _, rest = cells[first]["source"].partition("\n")
        cells[first] = {
            **cells[first],
            "source": f"{title}\n\n{note}\n\n{rest}" if title.startswith("# ") else f"{note}\n\n{title}\n{rest}",
        }
    return {**notebook, "cells": cells}


def left_out_page(path: Path, missing: Iterable[str]) -> str:
    """What stands in the place of a chapter whose data are missing: that it was left out, and how to get them."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]
    files = "\n".join(f"- `data/raw/{file}`" for file in missing)
    return (
        _heading(1, title_of({"cells": cells}) or path.stem)
        + ":::{warning}\nThis chapter was not built: its data are missing.\n:::\n\n"
        + f"It reads these files, which are downloaded and not part of the compendium:\n\n{files}\n\n"
        + "`make data` fetches them and checks each; `make` then builds the chapter, and the book and the paper with it.\n"
    )


def _outputs(outputs: list[dict], rows: dict[str, Row], place: Place) -> list[dict]:
    """Outputs for the page: runs of numbers become one list, tables and figures stand alone, others pass."""
    made, chips = [], []

    def show(text: str) -> None:
        made.append({"output_type": "display_data", "metadata": {}, "data": {"text/html": text}})

    def flush() -> None:
        if chips:
            show(f'<ul class="chips">{"".join(chips)}</ul>')
            chips.clear()

    for output in outputs:
        entry = output.get("metadata", {}).get("compendium")
        if entry and entry["kind"] == "number":
            chips.append(shown_html(entry, output, rows, place))
            continue
        flush()
        show(shown_html(entry, output, rows, place)) if entry else made.append(output)
    flush()
    return made


def paper_page(paper_html: str) -> str:
    """The paper: its headings as the book's own, so that menus and search know them; the rest as it is."""
    parts = re.split(r'<h([1-6])[^>]*?id="([^"]+)"[^>]*>(.*?)</h\1>', paper_html, flags=re.DOTALL)
    text = _raw(parts[0])
    for level, where, title, body in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
        text += _heading(int(level), html.unescape(re.sub(r"<[^>]+>", "", title)), where) + _raw(body)
    return text


def numbers_page(filled: dict[str, dict], numbers: dict) -> str:
    """Every recorded number, and the code, the environment and the data that it comes from."""
    text = _heading(1, "Numbers")
    text += "Every number of the book and the paper comes from this list; a name leads to the cell that computed it.\n\n"
    for chapter, notebook in filled.items():
        entries = {name: e for name, e in numbers["numbers"].items() if e["chapter"] == chapter}
        lines = [
            (
                f'<a href="chapters/{chapter}.html#{anchor(name)}"><code>{html.escape(name)}</code></a>',
                html.escape(format_value(e["value"], e["unit"], e["digits"])),
                badge(e["status"]),
                f'<span class="cell-number">cell {e["cell"]}</span>',
                f"{len(e['evidence']):,}" if e["evidence"] else "–",
            )
            for name, e in sorted(entries.items(), key=lambda item: item[1]["cell"])
        ]
        text += _heading(2, title_of(notebook) or chapter, _chapter_id(chapter))
        text += _raw(_table(("name", "value", "status", "cell", "coded rows"), lines, frozenset([4]))) if lines else "No number.\n\n"
    text += _heading(2, "Code, environment and data", "lineage")
    facts = {"code version": numbers["code_version"], "environment": numbers["environment"]}
    text += _raw("<dl class=facts>" + "".join(f"<dt>{k}</dt><dd><code>{html.escape(v)}</code></dd>" for k, v in facts.items()) + "</dl>")
    files = [(f"<code>{html.escape(path)}</code>", f"<code class=hash>{digest}</code>") for path, digest in sorted(numbers["data"].items())]
    return text + _raw(_table(("data file", "sha256"), files))


def claims_page(claims: Iterable[tuple[str, list[str]]], numbers: dict[str, dict], rows: dict[str, Row]) -> str:
    """Every claim of the paper with the numbers in it, the cell behind each and the coded passages behind that."""
    text = _heading(1, "Claims")
    text += "Every sentence of the [paper](paper.md) that holds a computed value, in the paper's order, with what it stands on.\n\n"
    for i, (sentence, names) in enumerate(claims, 1):
        lines = []
        for name in names:
            entry = numbers[name]
            link = f'<a href="chapters/{entry["chapter"]}.html#{anchor(name)}"><code>{html.escape(name)}</code></a>'
            behind = evidence_html(entry["evidence"], rows, "evidence/")
            lines.append(f"<li>{link} <b>{_short(entry)}</b> {badge(entry['status'])} {behind}</li>")
        text += f"**{i}.** {sentence}\n\n" + _raw(f'<ul class="chips">{"".join(lines)}</ul>')
    return text


def evidence_page(document: dict[str, str], paragraphs: list[dict[str, str]], rows: list[Row], results: dict[str, list[dict]]) -> str:
    """What was coded in one text, paragraph by paragraph."""
    key = document["document_id"]
    written = ", ".join(
        filter(None, (document.get("author"), document.get("title"), document.get("year_published") or document.get("year_written")))
    )
    facts = {
        "source": document.get("citation") or written,
        "author’s stake": document.get("author_stake"),
        "sha256 of the text that the line numbers refer to": document.get("sha256"),
        "coded": f"{count(len(rows), 'row')}, {sum(row.id in results for row in rows):,} of them behind results",
    }
    listing = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items() if value)
    text = _heading(1, document.get("title") or key) + _raw(f"<dl class=facts>{listing}</dl>")
    section, placed = None, by_paragraph(paragraphs, rows)
    for paragraph, found in zip([*paragraphs, {"section": "elsewhere"}], placed, strict=True):
        if not found:
            continue
        if paragraph["section"] != section:
            section = paragraph["section"]
            text += _heading(2, section[:1].upper() + section[1:] or key)
        name = f"{paragraph['locator']}, {_span(paragraph)}" if "locator" in paragraph else "in no paragraph"
        blocks = "\n".join(_row_html(row, results.get(row.id, [])) for row in found)
        text += _raw(f'<p class="passage">{html.escape(name)}</p>\n{blocks}')
    silent = [paragraph["locator"] for paragraph, found in zip(paragraphs, placed, strict=False) if not found]
    return text + (_raw(f'<p class="silent">Nothing is coded in {html.escape(", ".join(silent))}.</p>') if silent else "")


def _span(paragraph: dict[str, str]) -> str:
    first, last = paragraph["line_from"], paragraph["line_to"]
    return f"line {first}" if first == last else f"lines {first}–{last}"


def by_paragraph(paragraphs: list[dict[str, str]], rows: list[Row]) -> list[list[Row]]:
    """The rows of each paragraph, in the order of their lines; last, those that lie in none."""
    placed: list[list[Row]] = [[] for _ in range(len(paragraphs) + 1)]
    for row in sorted(rows, key=lambda row: (_lines(row.locator), row.file, row.line)):
        first, last = _lines(row.locator)
        label = re.sub(r"\s*\bL\d+(?:[-–]\d+)?\s*$", "", row.locator.partition(";")[0])

        def holds(p: dict[str, str], label: str = label, first: int = first, last: int = last) -> bool:
            return p["locator"] == label and (not first or int(p["line_from"]) <= last) and (not last or first <= int(p["line_to"]))

        placed[next((i for i, p in enumerate(paragraphs) if holds(p)), len(paragraphs))].append(row)
    return placed


def _row_html(row: Row, results: list[dict]) -> str:
    """A coded row: what was judged, why, and what rests on it. Sentences stand as prose, short fields as pairs."""
    skipped = {"document_id", "locator", next(iter(row.fields))}
    fields = {name: value for name, value in row.fields.items() if value and name not in skipped}
    said = [name for name, value in fields.items() if len(value.split()) > 4]
    prose = "".join(f"<p>{html.escape(fields[name])}</p>" for name in said)
    pairs = " ".join(f"<span><i>{html.escape(k)}</i> {html.escape(v)}</span>" for k, v in fields.items() if k not in said)
    links = " ".join(
        f'<li><a href="../chapters/{r["chapter"]}.html#{anchor(r["name"])}">{html.escape(r["name"])}</a></li>' for r in results
    )
    verb = "rests" if len(results) == 1 else "rest"
    resting = (
        f"<details class=evidence><summary>{count(len(results), 'result')} {verb} on it</summary><ul>{links}</ul></details>"
        if results
        else ""
    )
    head = f"<b>{html.escape(row.id)}</b> <code>{html.escape(row.file)}</code> <span>{html.escape(row.locator)}</span>"
    return f'<div class="row" id="{html.escape(row.id)}"><p class="rowhead">{head}</p>{prose}<p class="fields">{pairs}</p>{resting}</div>'


def contents(filled: Iterable[str], documents: Iterable[str], pages: Iterable[str]) -> str:
    """The front page's table of contents, from which the menus are made too."""
    parts = {
        "Chapters": [f"chapters/{name}" for name in filled],
        "Paper and numbers": ["paper", "claims", "numbers"],
        "Evidence": [f"evidence/{name}" for name in documents],
    }
    for name in sorted(pages, key=lambda name: ("/" not in name, name)):  # a folder of pages is a part of its own, by its name
        parts.setdefault(name.split("/")[0].capitalize() if "/" in name else "More", []).append(name)
    trees = [
        f"```{{toctree}}\n:caption: {caption}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n" for caption, names in parts.items() if names
    ]
    return "\n\n" + "\n".join(trees)


def title_of(notebook: dict) -> str:
    """The first heading of a chapter."""
    found = (re.search(r"^# +(.+)$", cell["source"], re.MULTILINE) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return next((match[1].strip() for match in found if match), "")


def _chapter_id(name: str) -> str:
    return "chapter-" + name.replace("_", "-")  # Sphinx takes no id that begins with a digit


def _raw(text: str) -> str:
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{{raw}} html\n{text.strip()}\n{fence}\n\n" if text.strip() else ""


def _heading(level: int, text: str, where: str = "") -> str:
    title = escape_markdown(" ".join(text.split()))
    return (f"({where})=\n" if where else "") + f"{'#' * level} {title}\n\n"


# Files: the source folder, Sphinx, and the exchange of old and new.


def _source_folder(project: Project, folder: Path) -> Path:
    style = project.root / "paper" / "book"
    if not (style / "conf.py").exists():
        raise Failure(f"paper/book/conf.py is missing: it holds the book's theme and style ({style})")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(style, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_figures(source: Path, notebook: dict) -> None:
    for output in (output for cell in notebook["cells"] for output in cell.get("outputs", [])):
        entry = output.get("metadata", {}).get("compendium", {})
        if entry.get("kind") == "figure":
            _write(source / FIGURES / f"{entry['name']}.svg", svg_of(output))


def _written_pages(project: Project, numbers: dict) -> dict[str, str]:
    """The pages that people wrote, values in place, by their path without suffix."""
    values, folder = numbers["numbers"], project.root / "paper" / "pages"
    built = built_among(project.chapters, values)
    taken = [name for name in ("paper", "claims", "numbers", "chapters", "evidence") if list(folder.glob(f"{name}*"))]
    if taken:
        raise Failure(f"paper/pages/{taken[0]}: the book makes pages of this name itself; give yours another")
    found = {}
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        link = chapter_link(lambda number: values[number]["chapter"], "", "../" * name.count("/") + "chapters/")
        found[name] = fill(path.read_text(encoding="utf-8"), f"paper/pages/{name}.md", values, link, built=built)
    return found


def _write_evidence(project: Project, source: Path, rows: list[Row], results: dict[str, list[dict]]) -> list[str]:
    documents, places = read_passages(project)
    known = {document["document_id"]: document for document in documents}
    known |= {row.document: {"document_id": row.document} for row in rows if row.document not in known}
    for key, document in known.items():
        paragraphs = [place for place in places if place["document_id"] == key]
        page = evidence_page(document, paragraphs, [row for row in rows if row.document == key], results)
        _write(source / "evidence" / f"{key}.md", page)
    return list(known)


def _sphinx(project: Project, source: Path, work: Path, announcement: str = "") -> Path:
    """Build the HTML of a source folder in ``work`` and return its folder.

    A process of its own: Sphinx leaves traces in the one it runs in, and the hash seed must be fixed before a start.
    """
    shutil.rmtree(work, ignore_errors=True)
    out = work / "html"
    command = [sys.executable, "-P", "-m", "sphinx", "-b", "html", "-E", "-q", "-W", "--keep-going", "-d", str(work / "doctrees")]
    command += ["-D", f"html_theme_options.announcement={announcement}"] if announcement else []
    fixed = {
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "agg",
        "SOURCE_DATE_EPOCH": "0",  # drawings of the written pages carry no date of the day
    }
    done = subprocess.run(
        [*command, str(source), str(out)],
        env={**project.kernel_environment(), **fixed},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).replace(f"{source}{os.sep}", "").splitlines() if line.strip()]
        told = [line for line in lines if re.search(r"WARNING|ERROR|Error\b|Exception", line)] or lines
        raise Failure("the book was not built; Sphinx says:\n  " + "\n  ".join(told[:20]) + "\n  the last good book stands")
    for leftover in (".buildinfo", ".buildinfo.bak"):
        (out / leftover).unlink(missing_ok=True)
    shutil.rmtree(out / "_sources", ignore_errors=True)
    asked = requests_elsewhere(out)
    if asked:
        raise Failure("the book must work without network, but asks of other hosts:\n  " + "\n  ".join(asked[:10]))
    return out


_ASKS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\b(?:src|srcset|data)\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]+
    |<link\b(?![^>]*\brel=["'](?:author|license|canonical|search)["'])[^>]*?\bhref\s*=\s*["']?\s*(?:https?:)?//[^"'\s>]+
    |@import\s+(?:url\()?\s*["']?(?:https?:)?//[^"')\s]+|url\(\s*["']?(?:https?:)?//[^"')\s]+""",
    re.IGNORECASE | re.VERBOSE,
)


def requests_elsewhere(folder: Path) -> list[str]:
    """What the pages and styles of a folder would load from other hosts. A link that a reader follows is none."""
    files = (path for path in sorted(folder.rglob("*")) if path.suffix in (".html", ".css"))
    return [f"{path.relative_to(folder)}: {match[0]}" for path in files for match in _ASKS.finditer(path.read_text(encoding="utf-8"))]


def _swap(new: Path, target: Path, aside: Path) -> None:
    """Put ``new`` in the place of ``target``; if the second rename fails, the old one comes back."""
    shutil.rmtree(aside, ignore_errors=True)
    if target.exists():
        os.replace(target, aside)
    try:
        os.replace(new, target)
    except BaseException:
        if aside.exists():
            os.replace(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
