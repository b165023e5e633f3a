"""The whole way on the real compendium: built once in a folder of its own, read as a reader would, and built again on changed codes."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pypdf
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, press_environment, tree

from compendium.evidence import read_evidence
from compendium.project import STATUSES, Project
from compendium.run import read_chapter
from compendium.show import format_value
from slpi import typology
from slpi.corpus import Corpus

# Those whose data are there: national data are fetched, and a compendium without them is one without their chapters.
CHAPTERS = [name for name in Project(ROOT).chapters if not read_chapter(Project(ROOT), name).missing(Project(ROOT))]


@dataclass
class Job:
    """A process that runs while other tests do."""

    process: subprocess.Popen
    folder: Path

    @classmethod
    def start(cls, folder: Path, *arguments: object, environment: dict[str, str] | None = None) -> "Job":
        output = (folder.parent / f"{folder.name}.txt").open("w")
        return cls(
            subprocess.Popen(
                [sys.executable, "-m", *map(str, arguments)],
                cwd=folder,
                env=environment or press_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            ),
            folder,
        )

    def finish(self) -> tuple[int, str]:
        code = self.process.wait(timeout=400)
        return code, (self.folder.parent / f"{self.folder.name}.txt").read_text(encoding="utf-8")


def copied(source: Path, target: Path, *names: str) -> Path:
    target.mkdir()
    for name in names:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copy2(source / name, target / name)
    return target


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real compendium, built once from nothing."""
    folder = tmp_path_factory.mktemp("whole") / "compendium"
    copied(ROOT, folder, "notebooks", "src", "paper", "requirements.lock", "reports/reference")
    copied(
        ROOT / "data", folder / "data", *("raw", "processed")[: 1 + (ROOT / "data" / "processed").is_dir()]
    )  # processed: half a minute less
    code, output = Job.start(folder, "compendium", "build", "--root", folder).finish()
    assert code == 0, output
    return folder


def numbers_of(folder: Path) -> dict[str, dict]:
    return json.loads((folder / "reports" / "numbers.json").read_text(encoding="utf-8"))["numbers"]


@pytest.fixture(scope="session")
def numbers(built: Path) -> dict[str, dict]:
    return numbers_of(built)


def edited_codes(folder: Path, *edits: tuple[str, str, str]) -> None:
    """Change fields of codes.csv and nothing else in it: (code_id, column, new text)."""
    path = folder / "data" / "raw" / "corpus" / "codes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    for code, column, text in edits:
        (row,) = [row for row in rows if row[0] == code]
        row[head.index(column)] = text
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


def gap(corpus: Corpus, codes) -> float:
    family = typology.family_units(corpus.forms)
    units = {"c": family["clusters_pdc"], "d": family["districts_spl"], "p": family["ptce"]}
    return typology.nearer(typology.profiles(codes, corpus.codebook, units, filter="strict"), "p", "c", "d", draws=1).gap


@dataclass(frozen=True)
class Flip:
    code: str
    gap: float


@pytest.fixture(scope="session")
def flip(corpus: Corpus, numbers: dict[str, dict]) -> Flip:
    """The first code behind the gap that says 0.67 of the PTCE and moves the gap when it says 0.33."""
    family = typology.family_units(corpus.forms)["ptce"]
    codes = corpus.codes
    behind = codes[codes["code_id"].isin(numbers["forms.gap"]["evidence"]) & codes["unit_id"].isin(family)]
    for code in behind[behind["value"].eq("0.67") & behind["alt_value"].ne("0.33")]["code_id"]:
        moved = gap(corpus, codes.assign(value=codes["value"].mask(codes["code_id"].eq(code), "0.33")))
        if abs(moved - numbers["forms.gap"]["value"]) > 0.001:
            return Flip(code, moved)
    pytest.fail("no code behind forms.gap moves it")


@dataclass
class Afterwards:
    nbval: Job
    flipped: Job
    spoilt: Job
    again: Job


BAD = {"value": "1.5", "unit_id": "nowhere"}


@pytest.fixture(scope="session")
def afterwards(built: Path, flip: Flip) -> Iterator[Afterwards]:
    """What is done with the built compendium, at the same time: nbval, builds on a flipped code, on bad codes, from nothing again."""
    flipped, spoilt = built.with_name("flipped"), built.with_name("spoilt")
    again = copied(built, built.with_name("elsewhere"), "notebooks", "src", "paper", "data", "requirements.lock", "reports/reference")
    unlike = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "7", "COLUMNS": "40", "COMPENDIUM_WARM": "0"}
    for folder in (flipped, spoilt):
        shutil.copytree(built, folder)
    edited_codes(flipped, (flip.code, "value", "0.33"))
    edited_codes(spoilt, ("gia-004", "value", BAD["value"]), ("pom-001", "unit_id", BAD["unit_id"]))
    chapters = [built / "reports" / "chapters" / f"{name}.ipynb" for name in CHAPTERS]
    nbval = ["pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider", "--rootdir", built, *chapters]
    inside = built.with_name("nbval")
    inside.mkdir()
    jobs = Afterwards(
        Job.start(inside, *nbval, environment=Project(built).kernel_environment()),
        Job.start(flipped, "compendium", "impact", "--root", flipped),
        Job.start(spoilt, "compendium", "build", "--root", spoilt),
        Job.start(again, "compendium", "build", "--root", again, "--jobs", 1, environment=press_environment(**unlike)),
    )
    yield jobs
    for job in (jobs.nbval, jobs.flipped, jobs.spoilt, jobs.again):
        job.process.kill()
        job.process.wait()


class Book:
    """The pages of a book, each read once, and the ids that links may point to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages = {
            path.relative_to(folder).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            for path in sorted(folder.rglob("*.html"))
        }
        self.ids = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in self.pages.items()}

    def target(self, page: str, href: str) -> tuple[str, str]:
        """The page and the id that a link leads to."""
        parts = urlsplit(href)
        path = (self.folder / page).parent / unquote(parts.path) if parts.path else self.folder / page
        return path.resolve().relative_to(self.folder.resolve()).as_posix(), unquote(parts.fragment)

    def broken(self, page: str, select: str) -> tuple[int, list[str]]:
        """How many links of a page a selector finds, and those that lead nowhere."""
        links = [tag["href"] for tag in self.pages[page].select(select)]
        targets = [self.target(page, href) for href in links]
        lost = [href for href, (to, where) in zip(links, targets, strict=True) if where not in self.ids.get(to, set())]
        return len(links), lost


@pytest.fixture(scope="session")
def book(built: Path, afterwards: Afterwards) -> Book:
    return Book(built / "reports" / "book")


# What is there.


def test_there_are_three_chapters_or_more():
    assert CHAPTERS[:3] == ["01_corpus", "02_forms", "03_systems"]


@pytest.mark.parametrize("path", ["book/index.html", "book/paper.html", "book/paper.pdf", "book/numbers.html", "paper.pdf", "numbers.json"])
def test_the_build_makes(built, path):
    assert (built / "reports" / path).stat().st_size > 1000


def test_the_reports_hold_what_the_press_makes_and_no_more(built):
    assert sorted(path.name for path in (built / "reports").iterdir()) == [
        ".press",
        "book",
        "chapters",
        "numbers.json",
        "paper.pdf",
        "reference",
    ]


def test_the_build_leaves_the_inputs_as_they_were(built):
    for folder in ("notebooks", "paper", "data/raw"):
        kept = {name: made for name, made in tree(ROOT / folder).items() if "__pycache__" not in name and ".ipynb_checkpoints" not in name}
        assert tree(built / folder) == kept


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_chapter_is_executed_from_its_first_cell_to_its_last(built, book, name):
    executed = json.loads((built / "reports" / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert outputs and not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert "[[" not in "".join(cell["source"] for cell in executed["cells"] if cell["cell_type"] == "markdown")
    assert f"chapters/{name}.html" in book.pages


def test_every_number_has_a_value_a_status_a_cell_and_rows_that_exist(built, numbers):
    rows = read_evidence(Project(built))
    assert len(numbers) > 80
    for name, entry in numbers.items():
        assert isinstance(entry["value"], str | int | float) and entry["value"] != "", name
        assert entry["status"] in STATUSES, name
        assert entry["chapter"] in CHAPTERS, name
        executed = json.loads((built / "reports" / "chapters" / f"{entry['chapter']}.ipynb").read_text(encoding="utf-8"))
        cell = executed["cells"][entry["cell"] - 1]
        recorded = [o["metadata"]["compendium"]["name"] for o in cell["outputs"] if "compendium" in o["metadata"]]
        assert cell["id"] == entry["cell_id"] and name in recorded
        assert not set(entry["evidence"]) - rows.keys(), name
    of_texts = [entry for entry in numbers.values() if entry["status"] in ("documented", "coded")]
    assert sum(bool(entry["evidence"]) for entry in of_texts) > 0.8 * len(of_texts) > 100


def test_numbers_json_says_from_which_data_code_and_environment(built):
    whole = json.loads((built / "reports" / "numbers.json").read_text(encoding="utf-8"))
    project = Project(built)
    assert len(whole["data"]) > 10 and all(digest == project.digest(path) for path, digest in whole["data"].items())
    assert len(whole["code_version"]) == 64 and whole["environment"] == project.environment
    assert sorted(whole["chapters"]) == CHAPTERS


def test_no_run_left_anything_of_this_machine_in_what_is_published(built):
    """Other folders, other bytes: a path of the machine in a page would differ from one build to the next."""
    for path in sorted((built / "reports").rglob("*")):
        if path.is_file() and ".press" not in path.parts and path.suffix in (".html", ".ipynb", ".json", ".svg", ".js", ".css"):
            assert str(built.parent) not in path.read_text(encoding="utf-8"), path


# The book, read as a reader does.


def test_every_number_of_the_paper_leads_to_its_cell(book, numbers):
    count, lost = book.broken("paper.html", "a.number")
    assert count > 60 and lost == []
    known = {f"n-{name.replace('.', '-')}": name for name in numbers}
    for link in book.pages["paper.html"].select("a.number"):
        page, where = book.target("paper.html", link["href"])
        assert page == f"chapters/{numbers[known[where]]['chapter']}.html"


def test_a_number_of_the_paper_is_printed_as_it_was_recorded(book, numbers):
    known = {f"n-{name.replace('.', '-')}": entry for name, entry in numbers.items()}
    spelled = dict(enumerate("no one two three four five six seven eight nine ten eleven twelve".split()))
    for link in book.pages["paper.html"].select("a.number"):
        entry = known[link["href"].partition("#")[2]]
        printed = " ".join(format_value(entry["value"], entry["unit"], entry["digits"]).split())
        shown = " ".join(link.get_text().replace("’", "'").split())
        assert shown in (printed.replace("’", "'"), spelled.get(entry["value"]) if isinstance(entry["value"], int) else None)


def test_the_claims_page_has_every_number_of_the_paper_with_its_cell_and_passages(book, numbers):
    page = book.pages["claims.html"]
    named = {code.get_text() for code in page.select("ul.chips li > a > code")}
    printed = {book.target("paper.html", link["href"])[1] for link in book.pages["paper.html"].select("a.number")}
    assert {f"n-{name.replace('.', '-')}" for name in named} == printed
    for selector in ("ul.chips li > a", "details.evidence a"):
        count, lost = book.broken("claims.html", selector)
        assert count > 60 and lost == []
    assert "\x02" not in page.get_text() and "[@" not in page.get_text()


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_number_of_a_chapter_leads_to_its_cell(book, name):
    count, lost = book.broken(f"chapters/{name}.html", "a.number")
    assert count > 4 and lost == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_coded_passage_behind_a_chapter_has_its_place(book, numbers, name):
    count, lost = book.broken(f"chapters/{name}.html", "details.evidence a")
    assert lost == []
    assert count > 100 or any(entry["status"] in ("measured", "simulated") for entry in numbers.values() if entry["chapter"] == name)


def test_ids_of_coded_rows_in_a_table_lead_to_their_passages(book):
    count, lost = book.broken("chapters/07_governance.html", "figure.shown .scroll a")
    assert count > 20 and lost == []


def test_every_result_on_a_passage_leads_back_to_its_cell(book):
    counts = []
    for page in (page for page in book.pages if page.startswith("evidence/")):
        count, lost = book.broken(page, "details.evidence a")
        assert lost == []
        counts.append(count)
    assert len(counts) >= 5 and sum(counts) > 1000


def test_no_link_within_the_book_is_broken(book):
    lost, count = [], 0
    for name, page in book.pages.items():
        for link in page.find_all("a", href=True):
            if urlsplit(link["href"]).scheme or link["href"] in ("", "#"):
                continue
            count += 1
            to, where = book.target(name, link["href"])
            if not (book.folder / to).is_file() or (where and to.endswith(".html") and where not in book.ids[to]):
                lost.append((name, link["href"]))
    assert count > 2000 and lost == []


def test_no_id_stands_twice_on_a_page(book):
    for name, page in book.pages.items():
        ids = [tag["id"] for tag in page.find_all(id=True) if not tag.find_parent("svg")]
        assert sorted(set(ids)) == sorted(ids), name


ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
LOADED = {
    "src": True,
    "srcset": True,
    "poster": True,
    "data": ("object",),
    "href": ("link", "use", "image", "base"),
    "xlink:href": ("use", "image", "script"),
    "action": ("form",),
    "background": True,
}
PASSIVE = {"canonical", "author", "license", "next", "prev", "help"}
IN_STYLE = re.compile(r"@import\s+(?:url\()?\s*[\"']?\s*([^\"');\s]+)|url\(\s*[\"']?\s*([^\"')]+)", re.IGNORECASE)
IN_SCRIPT = re.compile(
    r"""(?:\bfetch|\bimport|\bimportScripts|\bopen|\bsendBeacon|\bnew\s+(?:Worker|SharedWorker|WebSocket|EventSource|URL))\s*\(\s*(?:["'][A-Z]+["']\s*,\s*)?["'`]"""
    r"""\s*((?:https?:|wss?:)?//[^"'`]+)|\.(?:src|href|action)\s*=\s*["'`]\s*((?:https?:|wss?:)?//[^"'`]+)|\bfrom\s*["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)


def asked_in_style(text: str) -> list[str]:
    return [one or other for one, other in IN_STYLE.findall(text) if ELSEWHERE.match(one or other)]


def asked_in_script(text: str) -> list[str]:
    return ["".join(found) for found in IN_SCRIPT.findall(text)]


def asked_in_page(page: BeautifulSoup) -> list[str]:
    asked = []
    for tag in page.find_all(True):
        for name, tags in LOADED.items():
            value = tag.get(name)
            if value and (tags is True or tag.name in tags) and not (tag.name == "link" and PASSIVE & set(tag.get("rel", []))):
                asked += [part for part in ([value] if name != "srcset" else value.split(",")) if ELSEWHERE.match(part)]
        asked += asked_in_style(tag.get("style", "")) + [
            call for key, value in tag.attrs.items() if key.startswith("on") for call in asked_in_script(value)
        ]
        if tag.name == "meta" and tag.get("http-equiv", "").lower() == "refresh" and "//" in tag.get("content", ""):
            asked.append(tag["content"])
        if tag.name == "style":
            asked += asked_in_style(tag.get_text())
        if tag.name == "script":
            asked += asked_in_script(tag.get_text())
    return asked


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        "<img src=//example.org/x.png>",
        '<img srcset="a.png 1x, https://example.org/b.png 2x">',
        '<link rel="stylesheet" href="https://fonts.example.org/css">',
        '<link rel="preload" href="//example.org/x">',
        '<link rel="icon" href="http://example.org/x.ico">',
        "<style>@import 'https://example.org/x.css';</style>",
        "<style>a { background: url(//example.org/x.png) }</style>",
        '<p style="background: url(https://example.org/x.png)">',
        "<script>fetch('https://example.org/x')</script>",
        "<script>x.open('GET', 'https://example.org/x')</script>",
        "<script>import('https://example.org/x.js')</script>",
        "<script>image.src = 'https://example.org/x.png'</script>",
        '<iframe src="https://example.org">',
        '<form action="https://example.org/x">',
        '<svg><image xlink:href="https://example.org/x.png"/></svg>',
        '<meta http-equiv="refresh" content="0; url=https://example.org">',
        "<a onclick=\"fetch('//example.org')\">",
    ],
)
def test_the_search_for_requests_finds_one(text):
    assert asked_in_page(BeautifulSoup(text, "html.parser"))


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.org">a link that a reader follows</a>',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#svg-menu"></use></svg>',
        '<link rel="next" href="03_systems.html">',
        "<style>a { background: url(data:image/png;base64,//8=) }</style>",
        "<script>document.createElementNS('http://www.w3.org/2000/svg', 'g'); fetch('searchindex.js')</script>",
    ],
)
def test_the_search_for_requests_lets_links_and_names_pass(text):
    assert asked_in_page(BeautifulSoup(text, "html.parser")) == []


def test_no_page_style_script_or_picture_asks_anything_of_another_host(built, book):
    asked = [(name, what) for name, page in book.pages.items() for what in asked_in_page(page)]
    seen = {".html"}
    for path in sorted(book.folder.rglob("*")):
        if path.suffix in (".css", ".js", ".svg"):
            seen.add(path.suffix)
            text = path.read_text(encoding="utf-8")
            search = {
                ".css": asked_in_style,
                ".js": asked_in_script,
                ".svg": lambda text: asked_in_page(BeautifulSoup(text[text.index("<svg") :], "html.parser")),
            }
            asked += [(path.name, what) for what in search[path.suffix](text)]
    assert seen == {".html", ".css", ".js", ".svg"} and asked == []


def test_every_picture_is_there_and_can_be_listened_to(book):
    pictures = [(name, tag) for name, page in book.pages.items() for tag in page.find_all("img")]
    assert len(pictures) > 10
    for name, tag in pictures:
        assert len(tag.get("alt", "").strip()) >= 40, (name, tag)
        assert ((book.folder / name).parent / unquote(tag["src"])).is_file(), (name, tag["src"])


def test_no_text_of_the_data_became_markup(book):
    """The scripts of the pages are those of the theme; data hold tags in no page."""
    for name, page in book.pages.items():
        written = [script for script in page.find_all("script") if not script.get("src")]
        assert all(
            re.match(r"\s*(document\.body\.dataset\.theme|Search\.|window\.)", script.get_text())
            for script in written
            if script.get_text().strip()
        ), name
        assert not page.find(attrs={"onerror": True}) and not page.find(attrs={"onclick": True})


def test_no_template_is_left_in_prose(book):
    blocks = 0
    for name, page in book.pages.items():
        for text in page.find_all(string=re.compile(r"\[\[|\[%|\]\]|%\]")):
            assert text.find_parent(["pre", "code", "script"]), (name, text)
        blocks += len(page.find_all(["p", "li", "td"]))
    assert blocks > 1000


# The paper in print.


@pytest.fixture(scope="session")
def pdf(built: Path) -> pypdf.PdfReader:
    return pypdf.PdfReader(built / "reports" / "paper.pdf")


@pytest.fixture(scope="session")
def printed(pdf: pypdf.PdfReader) -> list[str]:
    """The text of each page."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


def test_the_pdf_has_pages_of_a4_with_text_on_each(pdf, printed):
    assert len(pdf.pages) > 5 and all(len(text) > 100 for text in printed)
    for page in pdf.pages:
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (595, 842)


def test_the_pdf_says_its_title_on_the_first_page_and_in_its_metadata(pdf, printed):
    written = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")
    title = re.search(r'^title: "(.+)"$', written, re.MULTILINE)[1]
    assert printed[0].startswith(title[:30])
    assert pdf.metadata.title == title


def test_the_pdf_prints_the_numbers_of_this_build_and_no_template(printed, numbers):
    text = " ".join(printed)
    assert "[[" not in text and "[%" not in text
    assert format_value(numbers["corpus.codes"]["value"]) in text
    assert format_value(numbers["forms.gap"]["value"]) in text


def test_the_numbers_of_the_pdf_are_links_to_places_within_it(pdf):
    inner = 0
    for page in pdf.pages:
        for annotation in page.get("/Annots", []):
            link = annotation.get_object()
            inner += link.get("/Subtype") == "/Link" and ("/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo")
    assert inner > 60


def test_the_pdf_carries_no_date_and_is_the_one_of_the_book(built, pdf):
    assert pdf.metadata.creation_date is None and pdf.metadata.modification_date is None
    assert (built / "reports" / "book" / "paper.pdf").read_bytes() == (built / "reports" / "paper.pdf").read_bytes()


# Again, with nothing changed.


def test_a_second_build_changes_no_file(built, book):
    before = tree(built, times=True)
    code, output = Job.start(built, "compendium", "build", "--root", built).finish()
    assert code == 0 and output == "everything is up to date\n"
    assert tree(built, times=True) == before


# A code is flipped.


@pytest.fixture(scope="session")
def flipped(afterwards: Afterwards) -> tuple[dict[str, dict], str]:
    code, output = afterwards.flipped.finish()
    assert code == 0, output
    return numbers_of(afterwards.flipped.folder), output


@pytest.mark.late
def test_a_flipped_code_moves_the_gap_to_what_the_measure_gives(numbers, flipped, flip):
    after, _ = flipped
    assert after["forms.gap"]["value"] == pytest.approx(flip.gap, abs=1e-12)
    assert after["forms.gap"]["value"] != numbers["forms.gap"]["value"]


@pytest.mark.late
def test_a_number_moves_only_if_the_flipped_code_stands_behind_it(numbers, flipped, flip):
    after, _ = flipped
    assert after.keys() == numbers.keys()
    behind = {name for name in numbers if flip.code in {*numbers[name]["evidence"], *after[name]["evidence"]}}
    moved = {name for name in numbers if numbers[name]["value"] != after[name]["value"]}
    assert "forms.gap" in moved and len(moved) > 3
    assert moved - behind == set()
    assert len(numbers.keys() - behind) > 40


@pytest.mark.late
def test_the_impact_lists_the_moved_numbers_and_no_other(numbers, flipped):
    after, output = flipped

    def shown(entry: dict) -> str:
        return format_value(entry["value"], entry["unit"], entry["digits"])

    lines = output.splitlines()
    moved = sorted(name for name in numbers if numbers[name]["value"] != after[name]["value"])
    start = lines.index(f"{len(moved)} of {len(numbers)} numbers moved")
    told = lines[start + 1 : start + 1 + len(moved)]
    expected = []
    for name in moved:
        old, new = shown(numbers[name]), shown(after[name])
        expected.append(f"  {name}: {old} → {new}" + (" (moved below the digits printed)" if old == new else ""))
    assert told == expected
    assert re.fullmatch(r"\d+ of \d+ sentences moved", lines[start + 1 + len(moved)])


@pytest.mark.late
def test_the_impact_lists_the_sentences_of_the_paper_that_moved_before_and_now(numbers, flipped):
    after, output = flipped
    sentences = re.findall(r"^  (\S+)\n    before: (.*)\n    now:    (.*)$", output, re.MULTILINE)
    assert len(sentences) == int(re.search(r"^(\d+) of \d+ sentences moved$", output, re.MULTILINE)[1]) > 0
    assert all(before != now for _, before, now in sentences)
    of_paper = [(before, now) for where, before, now in sentences if where == "paper/paper.md"]
    old, new = (format_value(found["forms.gap"]["value"]) for found in (numbers, after))
    assert old != new and any(old in before and new in now for before, now in of_paper)


@pytest.mark.late
def test_the_book_of_the_flipped_code_prints_the_new_gap(afterwards, flipped):
    after, _ = flipped
    page = BeautifulSoup((afterwards.flipped.folder / "reports/book/paper.html").read_text(encoding="utf-8"), "html.parser")
    printed = {link.get_text() for link in page.select("a.number[href$='#n-forms-gap']")}
    assert printed == {format_value(after["forms.gap"]["value"])}


# Codes that are wrong.


@pytest.mark.late
def test_bad_codes_are_told_one_by_one_and_leave_the_book(built, afterwards):
    code, output = afterwards.spoilt.finish()
    assert code == 1
    with (afterwards.spoilt.folder / "data/raw/corpus/codes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    line = {row[0]: i for i, row in enumerate(rows, 1)}
    chapters = json.loads((built / "reports" / "numbers.json").read_text(encoding="utf-8"))["chapters"]
    loading = [name for name, chapter in chapters.items() if "data/raw/corpus/codes.csv" in chapter["data"]]
    assert len(loading) >= 6 and all((f"chapter {name} failed in cell " in output) == (name in loading) for name in chapters)
    assert f"codes.csv row {line['gia-004']}: value = {BAD['value']} is none of 0, 0.33, 0.67, 1" in output
    assert re.search(rf"codes\.csv row {line['pom-001']}: unit_id = '{BAD['unit_id']}' is no ", output)
    assert "numbers, book and paper are left as the last good build made them" in output and "Traceback" not in output
    good, left = tree(built / "reports"), tree(afterwards.spoilt.folder / "reports")
    assert {k: v for k, v in left.items() if not k.startswith(".press/runs")} == {
        k: v for k, v in good.items() if not k.startswith(".press/runs")
    }


# The same bytes from nothing: another folder, clock, language and hash seed, plain kernels one after the other.


@pytest.mark.late
def test_chapters_numbers_book_and_paper_are_the_same_bytes_from_another_build(built, afterwards):
    code, output = afterwards.again.finish()
    assert code == 0, output
    made = {name: entry for name, entry in tree(built / "reports").items() if not name.startswith(".press")}
    assert {Path(name).suffix for name in made} >= {".html", ".ipynb", ".json", ".pdf", ".svg", ".png", ".js"}
    assert {name: entry for name, entry in tree(afterwards.again.folder / "reports").items() if not name.startswith(".press")} == made


# The executed chapters, run once more cell by cell.


@pytest.mark.late
def test_nbval_finds_the_same_output_in_every_cell(afterwards):
    code, output = afterwards.nbval.finish()
    assert code == 0, output[-3000:]
    (passed,) = re.findall(r"^(\d+) passed", output, re.MULTILINE)
    assert int(passed) > 30 and not re.search(r"failed|error|skipped", output)
