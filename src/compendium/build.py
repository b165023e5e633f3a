"""The whole way: stale chapters, numbers, book and paper."""

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from compendium.numbers import collect, keep_state, state_of
from compendium.parameters import parse
from compendium.project import Failure, Project, canonical_json, sha256_of, write_atomically
from compendium.run import Chapter, Run, inputs_of, kernels, read_chapter, render, run_chapter, stop_kernels, why_stale
from compendium.text import built_among, chapter_link, fill

Say = Callable[[str], None]


def build(project: Project, say: Say, jobs: int = 0) -> None:
    """Run what is stale, ``jobs`` chapters at a time (0: one more than cores), then make numbers, chapters, book and paper.

    What fails leaves the last good build as it was. Chapters whose data are missing are left out, and told last.
    """
    chapters, left_out = readable(project)
    run_stale(project, [Run(chapter, {}, project.press / "runs" / chapter.name) for chapter in chapters], say, jobs)
    publish(project, chapters, left_out, say)
    say_left_out(left_out, say)


def readable(project: Project) -> tuple[list[Chapter], dict[str, list[str]]]:
    """The chapters that can run, and of each other one the files that it lacks; every fault of every notebook before a kernel starts.

    Raises
    ------
    Failure
        If a chapter lacks data and ``STRICT=1`` is set.
    """
    chapters = [read_chapter(project, name) for name in project.chapters]
    for chapter in chapters:
        _ = chapter.parameters
    left_out = {chapter.name: missing for chapter in chapters if (missing := chapter.missing(project))}
    if left_out and os.environ.get("STRICT", "0") not in ("", "0"):
        raise Failure("\n".join(["STRICT is set, and data are missing:", *map(lacks, left_out, left_out.values())]))
    return [chapter for chapter in chapters if chapter.name not in left_out], left_out


def lacks(name: str, missing: Sequence[str]) -> str:
    """Which data a chapter lacks, and how to get them."""
    return f"{name}  not built, data missing: {', '.join(f'data/raw/{file}' for file in missing)}; to get them: make data"


def require_data(project: Project, chapter: Chapter) -> None:
    """Refuse to run a chapter without its data."""
    if missing := chapter.missing(project):
        raise Failure(lacks(chapter.name, missing))


def say_left_out(left_out: dict[str, list[str]], say: Say) -> None:
    """The last lines of a build."""
    for name, missing in left_out.items():
        say(lacks(name, missing))


def quick(project: Project, say: Say, jobs: int = 0) -> None:
    """Run every chapter with the small parameters of its own metadata, to see in short time that all of it still runs.

    Each goes where a run with these parameters always goes, as a notebook and its numbers, without a page; numbers, book and paper stay as
    they are.
    """
    chapters, left_out = readable(project)
    runs = [run_with(project, chapter, chapter.quick) for chapter in chapters]
    run_stale(project, runs, say, jobs)
    for run in runs:
        if run.values:
            say(f"→ {show(project, run, page=False).relative_to(project.root)}")
    say_left_out(left_out, say)


def run_stale(project: Project, runs: Sequence[Run], say: Say, jobs: int = 0) -> None:
    """Run again what no longer stands, the longest first; tell each on one line.

    Raises
    ------
    Failure
        After all chapters were tried, if any failed.
    """
    reasons = [why_stale(project, run.chapter, run.values, run.folder) for run in runs]
    stale = [(run, reason) for run, reason in zip(runs, reasons, strict=True) if reason]
    if not stale:
        return
    times = project.scratch / "seconds.json"  # of each chapter's last run
    took = json.loads(times.read_text(encoding="utf-8")) if times.exists() else {}
    # Of those that never ran here the one with most data to read is taken for the longest.
    stale.sort(key=lambda one: -took.get(one[0].chapter.name, 1e9 + one[0].chapter.bytes_needed(project)))
    failed = []

    def timed(run: Run) -> float:
        began = time.monotonic()
        run_chapter(project, run.chapter, run.values, run.folder)
        return time.monotonic() - began

    at_once = min(jobs or cores() + 1, len(stale))
    with kernels(project, [run.chapter for run, _ in stale], at_once), ThreadPoolExecutor(at_once) as pool:
        running = {pool.submit(timed, run): (run, reason) for run, reason in stale}
        try:
            for done in as_completed(running):
                run, reason = running[done]
                name = run.chapter.name
                try:
                    took[name] = round(done.result(), 1)
                except Failure as failure:
                    if len(runs) == 1 and run.values:  # it alone was asked for, and nothing else is at stake
                        raise
                    failed.append(name)
                    say(str(failure))
                else:
                    given = ", ".join(f"{parameter} = {value!r}" for parameter, value in run.values.items())
                    say(f"{name}  ran in {took[name]:.1f} s  ({given or reason})")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_kernels()
            raise
    write_atomically(times, canonical_json(took))
    if failed:
        raise Failure(f"{', '.join(sorted(failed))} failed: numbers, book and paper are left as the last good build made them")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gather(project: Project, chapters: Iterable[Chapter]) -> tuple[dict[str, dict], dict]:
    """The executed chapters with their present prose, and what they recorded."""
    executed, keys = {}, {}
    for chapter in chapters:
        folder = project.press / "runs" / chapter.name
        executed[chapter.name] = render(chapter, json.loads((folder / "executed.ipynb").read_text(encoding="utf-8")))
        keys[chapter.name] = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    return executed, collect(project, executed, keys)


def fill_chapter(project: Project, name: str, notebook: dict, numbers: dict[str, dict], others: str = "") -> dict:
    """A chapter whose prose has its values in place; ``others`` is the way to the pages of the other chapters."""
    link, built = chapter_link(lambda number: numbers[number]["chapter"], name, others), built_among(project.chapters, numbers)
    cells = [
        cell if cell["cell_type"] == "code" else {**cell, "source": fill(cell["source"], f"{name} cell {i}", numbers, link, built=built)}
        for i, cell in enumerate(notebook["cells"], 1)
    ]
    return {**notebook, "cells": cells}


def _made_from(project: Project, chapters: Sequence[Chapter], left_out: dict[str, list[str]]) -> str:
    """One hash of all that numbers, chapters, book and paper are made from."""
    files = [path for chapter in chapters for path in (chapter.path, project.press / "runs" / chapter.name / "key.json")]
    files += [project.chapter(name) for name in left_out]
    for folder in (project.root / "paper", project.root / "data" / "raw" / "corpus"):
        files += [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contents = {path.relative_to(project.root).as_posix(): sha256_of(path.read_bytes()) for path in files}
    return sha256_of(canonical_json([contents, project.modules, left_out]).encode())


def publish(project: Project, chapters: list[Chapter], left_out: dict[str, list[str]], say: Say) -> None:
    """Write numbers.json, the chapters, the book and the paper, unless they stand as they should."""
    paper, stamp = project.root / "paper" / "paper.md", project.press / "published.json"
    outputs = [project.reports / "numbers.json", *(project.reports / "chapters" / f"{chapter.name}.ipynb" for chapter in chapters)]
    if paper.exists():
        outputs += [project.reports / "book" / "index.html", project.reports / "paper.pdf"]
    key = _made_from(project, chapters, left_out)
    if stamp.exists() and json.loads(stamp.read_text()) == {"key": key, "outputs": _digests(outputs)}:
        say("everything is up to date")
        return
    executed, numbers = gather(project, chapters)
    values = numbers["numbers"]
    filled = {name: canonical_json(fill_chapter(project, name, notebook, values)) for name, notebook in executed.items()}
    stamp.unlink(missing_ok=True)
    made = {project.reports / "numbers.json": canonical_json(numbers)}
    made |= {project.reports / "chapters" / f"{name}.ipynb": text for name, text in filled.items()}
    prose = {}
    if paper.exists():
        from compendium.book import make_book
        from compendium.paper import claims, make_paper

        prose |= written_texts(project)
        began = time.monotonic()
        page, pdf = make_paper(project, executed, numbers)
        say(f"paper  made in {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        make_book(
            project, {name: json.loads(text) for name, text in filled.items()}, numbers, page, pdf, claims(project, numbers), left_out
        )
        say(f"book  made in {time.monotonic() - began:.1f} s")
        write_atomically(project.reports / "paper.pdf", pdf)
    for path, text in made.items():
        write_atomically(path, text)
    for path in (project.reports / "chapters").glob("*.ipynb"):
        if path not in made:
            path.unlink()  # a chapter that is no more
    for chapter in chapters:
        cells = [c for c in chapter.notebook["cells"] if c["cell_type"] == "markdown"]
        prose[f"notebooks/{chapter.name}.ipynb"] = "\n\n".join(
            c["source"] if isinstance(c["source"], str) else "".join(c["source"]) for c in cells
        )
    keep_state(project, state_of(numbers, prose, built_among(project.chapters, values)))
    write_atomically(stamp, canonical_json({"key": key, "outputs": _digests(outputs)}))
    for path in outputs:
        if path.suffix != ".ipynb":
            say(f"→ {path.relative_to(project.root)}")


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    return {path.name: sha256_of(path.read_bytes()) if path.exists() else "missing" for path in paths}


def run_one(project: Project, name: str, parameters: str, say: Say) -> None:
    """One chapter. With parameters of its own it goes to ``reports/runs/NAME/HASH/`` and never into the numbers or the paper."""
    chapter = read_chapter(project, name)
    require_data(project, chapter)
    run = run_with(project, chapter, parse(parameters, chapter.parameters, name))
    run_stale(project, [run], say)
    if run.values:
        say(f"→ {show(project, run).relative_to(project.root)}")
    else:
        executed = run.folder / "executed.ipynb"
        say(f"{name} is up to date: {executed.relative_to(project.root)}; make builds the book and the paper with it")


def run_with(project: Project, chapter: Chapter, values: dict[str, object]) -> Run:
    """The run of a chapter with these parameters, in a folder of its own where they are not the defaults."""
    if not values:
        return Run(chapter, {}, project.press / "runs" / chapter.name)
    return Run(chapter, values, project.reports / "runs" / chapter.name / sha256_of(canonical_json(values).encode())[:12])


def show(project: Project, run: Run, page: bool = True) -> Path:
    """Write a run with other parameters as a notebook, its numbers, and a page where the compendium has a book; which of them to open."""
    name, executed = run.chapter.name, render(run.chapter, json.loads((run.folder / "executed.ipynb").read_text(encoding="utf-8")))
    numbers = collect(project, {name: executed}, {name: json.loads((run.folder / "key.json").read_text(encoding="utf-8"))})
    published = project.reports / "numbers.json"  # for numbers of other chapters that its prose names
    others = json.loads(published.read_text(encoding="utf-8"))["numbers"] if published.exists() else {}
    filled = fill_chapter(project, name, executed, {**others, **numbers["numbers"]}, "../../../book/chapters/")
    write_atomically(run.folder / f"{name}.ipynb", canonical_json(filled))
    write_atomically(run.folder / "numbers.json", canonical_json(numbers))
    if not page or not (project.root / "paper" / "book" / "conf.py").exists():  # none is asked for, or the compendium has no book
        return run.folder / f"{name}.ipynb"
    from compendium.book import make_page

    make_page(project, filled, numbers, run.folder / "index.html")
    return run.folder / "index.html"


def why(project: Project, name: str) -> str:
    """All that a chapter's stored run read and imported, and what of it has changed since."""
    chapter, folder = read_chapter(project, name), project.press / "runs" / name
    reason = why_stale(project, chapter, {}, folder)
    lines = [f"{name}  {'stale: ' + reason if reason else 'fresh'}"]
    inputs = inputs_of(folder) if (folder / "key.json").exists() else {}
    for path, digest in sorted(inputs.items()):
        lines.append(f"  {'same' if digest == project.digest(path) else 'CHANGED':8}{path}")
    return "\n".join(lines)


def lint(project: Project) -> list[str]:
    """Every result typed into prose, and every figure without alt text, as ``file line: what``."""
    from compendium.text import typed_results

    words = verdict_words(project)
    faults = []
    for place, text in written_texts(project).items():
        faults += [f"{place} line {line}: {what!r} is typed" for line, what in typed_results(_body(text), words)]
    for name in project.chapters:
        for i, cell in enumerate(read_chapter(project, name).notebook["cells"], 1):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                faults += [f"notebooks/{name}.ipynb cell {i} line {line}: {what!r} is typed" for line, what in typed_results(source, words)]
            elif "plt.show" in source or "savefig" in source:
                faults.append(f"notebooks/{name}.ipynb cell {i}: show figures with compendium.figure, which asks for alt text")
    return faults


def written_texts(project: Project) -> dict[str, str]:
    """The paper and the book's written pages, by their path."""
    files = [project.root / "paper" / "paper.md", *sorted((project.root / "paper" / "pages").rglob("*.md"))]
    return {path.relative_to(project.root).as_posix(): path.read_text(encoding="utf-8") for path in files if path.exists()}


def verdict_words(project: Project) -> tuple[str, ...]:
    """Words that only a computed verdict may pronounce: one a line in ``paper/verdict_words.txt``."""
    path = project.root / "paper" / "verdict_words.txt"
    return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()) if path.exists() else ()


def _body(text: str) -> str:
    """A paper without its metadata block, the abstract excepted, its lines kept in place."""
    header = re.match(r"---\n.*?^(?:---|\.\.\.)$", text, re.DOTALL | re.MULTILINE)
    if not header:
        return text
    lines, abstract = [], False
    for line in header[0].split("\n"):
        abstract = line.startswith("abstract:") or (abstract and line[:1] in ("", " "))
        lines.append(line if abstract else "")
    return "\n".join(lines) + text[header.end() :]
