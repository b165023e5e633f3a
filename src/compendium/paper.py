"""The paper: one Markdown text with computed values, as HTML for the book and as PDF."""

import difflib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from compendium.book import badge, image_html, svg_of
from compendium.evidence import Row, read_evidence
from compendium.project import BadInput, Failure, Project, canonical_json, sha256_of
from compendium.show import format_value, table_html
from compendium.text import anchor, built_among, escape_markdown, fill, sentences

# ascii_identifiers: Sphinx takes no other ids. The document's own metadata go before these.
_READ = "markdown+ascii_identifiers"
_HEAD = """<h1 id="the-paper">$title$</h1>
<div class="paper-head">
$for(author)$<p class="author">$if(author.name)$$author.name$$if(author.affiliation)$, $author.affiliation$$endif$$else$$author$$endif$</p>
$endfor$$if(abstract)$<div class="abstract">$abstract$</div>
$endif$$if(keywords)$<p class="keywords">Keywords: $for(keywords)$$keywords$$sep$, $endfor$</p>
$endif$<p class="download"><a href="paper.pdf">The paper as PDF</a></p>
</div>
$body$
"""
_DEFAULTS = {"link-citations": True, "reference-section-title": "References", "lang": "en-GB"}


@dataclass
class _Filling:
    """What a text asks for while it is filled: the results that it shows and the numbers that it prints, in their order."""

    numbers: dict[str, dict]
    shown: dict[str, dict]
    placed: dict[str, dict] = field(default_factory=dict)
    printed: dict[str, None] = field(default_factory=dict)

    def link(self, name: str, value: str) -> str:
        self.printed[name] = None
        text = escape_markdown(re.sub(r" (?=%)", "\u00a0", " ".join(value.split())))
        return f"[{text}](#{anchor(name)}){{.number}}"

    def figure(self, name: str, width: str = "") -> str:
        return self._place("figure", name, {"width": width})

    def table(self, name: str, columns: list[str] | None = None) -> str:
        return self._place("table", name, select(self._find("table", name), columns) if columns else {})

    def ref(self, name: str) -> str:
        if name not in self.shown:
            raise BadInput(_unknown("figure or table", name, self.shown))
        return f"[{name}](#{anchor(name)}){{.ref}}"

    def _find(self, kind: str, name: str) -> dict:
        known = {key: entry for key, entry in self.shown.items() if entry["kind"] == kind}
        if name not in known:
            raise BadInput(_unknown(kind, name, known))
        return known[name]

    def _place(self, kind: str, name: str, more: dict) -> str:
        if name in self.placed:
            raise BadInput(f"paper/paper.md: {name} is shown twice; name it the second time with [[ ref({name!r}) ]]")
        self.placed[name] = {**self._find(kind, name), **more}
        caption = escape_markdown(" ".join(self.placed[name]["caption"].split()))
        return f"\n\n::: {{.shown name={name}}}\n[{caption}]{{}}\n:::\n\n"  # in a span: a caption that begins with "1." is no list


def make_paper(project: Project, executed: dict[str, dict], numbers: dict) -> tuple[str, bytes]:
    """The paper as HTML and as PDF.

    Parameters
    ----------
    project : Project
        The compendium, with ``paper/paper.md``, its bibliography and ``paper/template.typ``.
    executed : dict of str to dict
        Executed chapters by name: their figures and tables can be shown in the paper.
    numbers : dict
        The content of ``numbers.json``.

    Returns
    -------
    page : str
        HTML from the title on; links to numbers and pictures are those of a page at the book's root.
    pdf : bytes

    Raises
    ------
    BadInput
        If the text asks for a number, figure, table or column that no chapter has.
    Failure
        If pandoc or Typst warns of anything, such as a citation that the bibliography does not hold.
    """
    filling = _Filling(numbers["numbers"], _shown(executed))
    written = (project.root / "paper" / "paper.md").read_text(encoding="utf-8")
    built = built_among(project.chapters, filling.numbers)
    functions = {"figure": filling.figure, "table": filling.table, "ref": filling.ref, "built": built}
    text = fill(written, "paper/paper.md", filling.numbers, filling.link, **functions)
    work = project.press / "paper"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name, entry in filling.placed.items():
        if entry["kind"] == "figure":
            (work / f"{name}.svg").write_text(entry["svg"], encoding="utf-8", newline="\n")
    document = _parse(project, text, work)
    return _html(project, document, filling), _pdf(project, document, filling, numbers, work)


def claims(project: Project, numbers: dict) -> list[tuple[str, list[str]]]:
    """Every sentence of the paper that holds a computed value, in plain words, with the names of its numbers."""
    values, printed = numbers["numbers"], list[tuple[str, str]]()

    def keep(name: str, shown: str) -> str:
        """A mark in the place of a value, which may itself be sentences; their last stop stays outside."""
        words = escape_markdown(" ".join(shown.split()))
        stop = words[-1:] if words.endswith((".", "!", "?")) else ""
        printed.append((name, words.removesuffix(stop)))
        return f"\x02{len(printed) - 1}\x03{stop}"

    functions = {"figure": lambda *_, **__: "", "table": lambda *_, **__: "", "ref": lambda name: f"`{name}`"}
    written = (project.root / "paper" / "paper.md").read_text(encoding="utf-8")
    text = fill(written, "paper/paper.md", values, keep, built=built_among(project.chapters, values), **functions)
    found = []
    for sentence in sentences(re.sub(r" ?\[[^\]]*@[^\]]*\]", "", text), "\x02"):  # citations apart
        inside = [printed[int(i)] for i in re.findall(r"\x02(\d+)\x03", sentence)]
        plain = re.sub(r"\x02(\d+)\x03", lambda mark: printed[int(mark[1])][1], sentence)
        found.append((plain, list(dict.fromkeys(name for name, _ in inside))))
    return found


def select(entry: dict, columns: list[str]) -> dict:
    """The named columns of a shown table, in the order of the names."""
    unknown = [column for column in columns if column not in entry["head"]]
    if unknown:
        raise BadInput(f"paper/paper.md: table {entry['name']} has no column {', '.join(unknown)}; it has: {', '.join(entry['head'])}")
    at = [entry["head"].index(column) for column in columns]
    return {"head": columns, "rows": [[row[i] for i in at] for row in entry["rows"]], "numeric": [entry["numeric"][i] for i in at]}


def _shown(executed: dict[str, dict]) -> dict[str, dict]:
    found = {}
    for notebook in executed.values():
        for output in (output for cell in notebook["cells"] for output in cell.get("outputs", [])):
            entry = output.get("metadata", {}).get("compendium", {})
            if entry.get("kind") in ("figure", "table"):
                found[entry["name"]] = {**entry, "svg": svg_of(output) if entry["kind"] == "figure" else ""}
    return found


def _unknown(kind: str, name: str, known: dict) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"paper/paper.md: no chapter shows a {kind} {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


# Pandoc: once from Markdown to its syntax tree, citations resolved; from the tree to HTML and to Typst.


def _pandoc(text: str, *arguments: str, cwd: Path) -> str:
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--fail-if-warnings", "--wrap=preserve", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", cwd=cwd, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "Failing because" not in line]
        raise Failure("the paper was not made; pandoc says:\n  " + "\n  ".join(lines[:20]))
    return done.stdout


def _parse(project: Project, text: str, work: Path) -> dict:
    defaults = work / "defaults.json"
    defaults.write_text(json.dumps(_DEFAULTS), encoding="utf-8")
    arguments = (f"--from={_READ}", "--to=json", "--citeproc", f"--metadata-file={defaults}")
    return json.loads(_pandoc(text, *arguments, cwd=project.root / "paper"))


def _map(node: object, change: Callable[[dict], dict]) -> object:
    """The tree with every element changed, innermost first."""
    if isinstance(node, list):
        return [_map(item, change) for item in node]
    if isinstance(node, dict):
        node = {key: _map(value, change) for key, value in node.items()}
        return change(node) if "t" in node else node
    return node


def _elements(node: object) -> Iterator[dict]:
    if isinstance(node, dict) and "t" in node:
        yield node
    for item in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        yield from _elements(item)


def _plain(node: object) -> str:
    """The words of a piece of the tree."""
    if isinstance(node, list):
        return "".join(map(_plain, node))
    if not isinstance(node, dict):
        return ""
    content = node.get("c", "")
    if node["t"] in ("Str", "MetaString"):
        return content
    if node["t"] == "Quoted":
        return "“" + _plain(content) + "”" if content[0]["t"] == "DoubleQuote" else "‘" + _plain(content) + "’"
    return " " if node["t"] in ("Space", "SoftBreak", "LineBreak") else _plain(content)


def _kind(element: dict) -> tuple[str, str]:
    """Whether an element is a figure or a table with a number of its own, and its name if a chapter made it."""
    if element["t"] == "Div" and "shown" in element["c"][0][1]:
        return "shown", dict(element["c"][0][2])["name"]
    captioned = element["t"] in ("Figure", "Table") and element["c"][1][1]
    return (element["t"].lower(), "") if captioned else ("", "")


def _surround(before: str, inlines: list, after: str, language: str) -> dict:
    raw = [{"t": "RawInline", "c": [language, text]} for text in (before, after)]
    return {"t": "Plain", "c": [raw[0], *inlines, raw[1]]}


def _caption(div: dict) -> list:
    """The caption's words: within a Div, within its paragraph, within a span."""
    return div["c"][1][0]["c"]


def _html(project: Project, document: dict, filling: _Filling) -> str:
    labels, counts = {}, {"Figure": 0, "Table": 0}
    for element in _elements(document["blocks"]):
        kind, name = _kind(element)
        if kind:
            word = (filling.placed[name]["kind"] if name else kind).capitalize()
            counts[word] += 1
            element["label"] = f"{word} {counts[word]}"
            labels[anchor(name)] = element["label"]

    def change(element: dict) -> dict:
        if element["t"] == "Link":
            attributes, words, (target, title) = element["c"]
            if "number" in attributes[1]:
                name = next(name for name in filling.printed if f"#{anchor(name)}" == target)
                return {"t": "Link", "c": [attributes, words, [f"chapters/{filling.numbers[name]['chapter']}.html{target}", title]]}
            if "ref" in attributes[1]:
                where = target[1:]
                if where not in labels:
                    raise BadInput(f"paper/paper.md refers to {_plain(words)}, which it does not show")
                words = [{"t": "Str", "c": labels[where].replace(" ", "\u00a0")}]
                return {"t": "Link", "c": [["", ["reference"], []], words, [target, ""]]}
        kind, name = _kind(element)
        if kind == "shown":
            entry = filling.placed[name]
            label = f'<figcaption><span class="caption-number">{element["label"]}.</span> '
            opening, ending = f'<figure class="shown" id="{anchor(name)}">', f" {badge(entry['status'])}</figcaption>"
            if entry["kind"] == "table":
                ending += f'<div class="scroll">{table_html(entry)}</div></figure>'
                return _surround(opening + label, _caption(element), ending, "html")
            picture = image_html(entry, entry["svg"], width=entry.get("width", ""))
            return _surround(opening + picture + label, _caption(element), f"{ending}</figure>", "html")
        if kind:
            first = element["c"][1][1][0]
            label = {"t": "RawInline", "c": ["html", f'<span class="caption-number">{element["label"]}.</span> ']}
            element["c"][1][1][0] = {**first, "c": [label, *first["c"]]}
        return {key: value for key, value in element.items() if key in ("t", "c")}

    tree = json.dumps({**document, "blocks": _map(document["blocks"], change), "meta": _map(document["meta"], change)})
    template = project.press / "paper" / "page.html"
    template.write_text(_HEAD, encoding="utf-8")
    write = ("--from=json", "--to=html5", "--mathml", "--shift-heading-level-by=1", "--email-obfuscation=none", f"--template={template}")
    return _pandoc(tree, *write, cwd=project.root / "paper")


# Typst. How things look is the template's affair; it defines the functions `status`, `shown-table` and `lineage`.


def typst_string(text: str) -> str:
    """A Typst string literal: what it holds is never read as markup."""
    clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _array(items: list[str]) -> str:
    return "(" + "".join(f"{item}, " for item in items) + ")"


def _pdf(project: Project, document: dict, filling: _Filling, numbers: dict, work: Path) -> bytes:
    def change(element: dict) -> dict:
        if element["t"] == "Link" and "ref" in element["c"][0][1]:
            return {"t": "RawInline", "c": ["typst", f"#ref(<{element['c'][2][0][1:]}>)"]}
        kind, name = _kind(element)
        if kind == "shown":
            entry = filling.placed[name]
            before = f"#figure({_typst_content(entry)}, kind: {'image' if entry['kind'] == 'figure' else 'table'}, caption: ["
            return _surround(before, _caption(element), f" #status({typst_string(entry['status'])})]) <{anchor(name)}>", "typst")
        return element

    appendix = {"t": "RawBlock", "c": ["typst", lineage_typst(filling, numbers, read_evidence(project))]}
    blocks, meta = _map(document["blocks"], change), document["meta"]
    authors = [_plain(a["c"].get("name", "") if a["t"] == "MetaMap" else a) for a in _listed(meta.get("author"))]
    about = f"title: {typst_string(_plain(meta.get('title')))}, author: {_array([typst_string(a) for a in authors])}"
    about += f", keywords: {_array([typst_string(_plain(word)) for word in _listed(meta.get('keywords'))])}"
    information = {"t": "MetaInlines", "c": [{"t": "RawInline", "c": ["typst", about]}]}
    document = {**document, "blocks": [*blocks, appendix], "meta": {**meta, "document-information": information}}
    source = _pandoc(
        json.dumps(document),
        "--from=json",
        "--to=typst-citations",  # citations are text already
        f"--template={project.root / 'paper' / 'template.typ'}",
        cwd=project.root / "paper",
    )
    (work / "paper.typ").write_text(source, encoding="utf-8", newline="\n")
    import typst

    try:
        made, warnings = typst.compile_with_warnings(str(work / "paper.typ"), root=str(work), ignore_system_fonts=True, format="pdf")
    except typst.TypstError as error:
        raise Failure(f"the paper was not made; Typst says: {error}") from None
    if warnings:
        raise Failure("the paper was not made; Typst warns:\n  " + "\n  ".join(map(str, warnings)))
    return made


def _listed(meta: dict | None) -> list:
    return [] if meta is None else meta["c"] if meta["t"] == "MetaList" else [meta]


def _typst_content(entry: dict) -> str:
    if entry["kind"] == "figure":
        return f"image({typst_string(entry['name'] + '.svg')}, alt: {typst_string(entry['alt'])}, width: {entry.get('width') or 'auto'})"
    cells = ", ".join(typst_string(cell) for row in [entry["head"], *entry["rows"]] for cell in row)
    numeric = _array([str(bool(n)).lower() for n in entry["numeric"]])
    return f"shown-table({numeric}, {cells})"


def lineage_typst(filling: _Filling, numbers: dict, rows: dict[str, Row]) -> str:
    """The appendix: each number that the paper prints, and where it comes from."""
    lines = []
    for name in sorted(filling.printed):
        entry = filling.numbers[name]
        value = format_value(entry["value"], entry["unit"], entry["digits"])
        cells = (name, value, entry["status"], f"{entry['chapter']}, cell {entry['cell']}")
        passages = {(rows[key].document, rows[key].locator) for key in entry["evidence"] if key in rows}
        behind = f"{len(entry['evidence'])} in {len(passages)}" if entry["evidence"] else "–"
        lines.append(f"(label: <{anchor(name)}>, cells: {_array([typst_string(cell) for cell in (*cells, behind)])})")
    data = sha256_of(canonical_json(numbers["data"]).encode())
    return f"#lineage(code: {typst_string(numbers['code_version'])}, data: {typst_string(data)}, {_array(lines)})\n"
