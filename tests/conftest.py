"""What several test files share."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from slpi.corpus import Corpus, load_corpus

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "late: waits for a process that was started earlier, and so comes last")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("late") is not None)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The real corpus, read once; tests change copies of its tables."""
    return load_corpus(ROOT / "data" / "raw" / "corpus")


def run_press(*arguments: object, root: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m compendium ARGUMENTS`` on the compendium at ``root``, with this repository's press."""
    command = [sys.executable, "-m", "compendium", *map(str, arguments), *(["--root", str(root)] if root else [])]
    return subprocess.run(command, env=press_environment(**environment), capture_output=True, encoding="utf-8", timeout=400)


def press_environment(**more: str) -> dict[str, str]:
    """The environment of a person who has this repository's press and no compendium's settings."""
    inherited = {key: value for key, value in os.environ.items() if key != "COMPENDIUM_ROOT"}
    return {**inherited, "PYTHONPATH": str(ROOT / "src"), **more}


def tree(folder: Path, *, times: bool = False) -> dict[str, tuple]:
    """Every file below a folder with a digest of its content and, if asked, the time of its last change."""
    return {
        path.relative_to(folder).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns if times else None,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def notebook(prose: str, parameters: str, *code: str) -> dict:
    """A notebook of one prose cell, the parameters cell and code cells."""

    def cell(kind: str, name: str, source: str, **more: object) -> dict:
        return {"cell_type": kind, "id": name, "metadata": {}, "source": textwrap.dedent(source).strip("\n"), **more}

    run = {"outputs": [], "execution_count": None}
    cells = [cell("markdown", "prose", prose), cell("code", "parameters", parameters, **run) | {"metadata": {"tags": ["parameters"]}}]
    cells += [cell("code", f"code-{i}", source, **run) for i, source in enumerate(code, 1)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}


_COUNT_THE_RUN = 'import os\nwith open(os.environ["TOY_LOG"], "a") as log:\n    print({name!r}, file=log)\n'
_TOY = {
    "src/toy/__init__.py": '"""A measure."""\n\nFACTOR = 2  # the measure\'s factor\n\n\ndef times(value):\n'
    '    """Multiply by the factor."""\n    return FACTOR * value\n',
    "data/raw/one.csv": "x\n3\n",
    "data/raw/corpus/codes.csv": "code_id,document_id,locator,value\nt-001,doc,P1 L1,0.67\nt-002,doc,P2 L3-4,1\n",
    "data/raw/corpus/documents.csv": "document_id,author,title\ndoc,Nobody,A toy text\n",
    "data/raw/corpus/locators.csv": "document_id,locator,section,paragraph,line_from,line_to\n"
    "doc,P1,toy,1,1,2\ndoc,P2,toy,2,3,5\ndoc,P3,toy,3,6,7\n",
}


@dataclass
class Toy:
    """A compendium small enough to build in seconds: two chapters, one module, one table, two coded rows."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> "Toy":
        toy = cls(root)
        for path, text in _TOY.items():
            toy.write(path, text)
        toy.chapter(
            "01_one",
            notebook(
                """
                # One

                The value is [[ n("one.value") ]], the word [[ n("two.word") ]].
                """,
                """
                k: int = 1  # what the value is multiplied by; 1 to 5
                tone: str = "plain"  # how it is said; one of plain, loud
                """,
                _COUNT_THE_RUN.format(name="01_one"),
                """
                from compendium import raw, record
                from toy import times

                x = int(raw("one.csv").read_text().split()[1])
                record("one.value", times(x) * k, status="coded", evidence=["t-001"])
                """,
            ),
        )
        toy.chapter(
            "02_two",
            notebook(
                "# Two\n\nThe word is [[ n('two.word') ]].",
                "",
                _COUNT_THE_RUN.format(name="02_two"),
                """
                from compendium import record

                record("two.word", "a word", status="documented", evidence=["t-002"])
                """,
            ),
        )
        return toy

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def log(self) -> Path:
        return self.root.with_name(self.root.name + ".log")

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def add_book(self) -> None:
        """Give it this repository's style of book and paper."""
        shutil.copytree(ROOT / "paper" / "book", self.root / "paper" / "book", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "paper" / "template.typ", self.root / "paper")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace what stands once in a file."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, (path, old)
        self.write(path, text.replace(old, new))

    def chapter(self, name: str, content: dict) -> None:
        self.write(f"notebooks/{name}.ipynb", json.dumps(content, indent=1))

    def notebook(self, name: str) -> dict:
        return json.loads((self.root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))

    def press(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return run_press(*arguments, root=self.root, **{"TOY_LOG": str(self.log), **environment})

    def build(self) -> subprocess.CompletedProcess[str]:
        """Build, and insist that it goes well."""
        done = self.press("build")
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def ran(self) -> list[str]:
        """The chapters whose code was run since this was last asked, by name: they run side by side."""
        names = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(names)

    def numbers(self) -> dict[str, dict]:
        return json.loads((self.reports / "numbers.json").read_text(encoding="utf-8"))["numbers"]

    def shown(self, name: str) -> str:
        """The text of an executed chapter."""
        return (self.reports / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8")


@pytest.fixture
def new_toy(tmp_path: Path) -> Toy:
    """A toy that was never built."""
    return Toy.at(tmp_path / "toy")


@pytest.fixture(scope="session")
def _toy_built_once(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    toy = Toy.at(tmp_path_factory.mktemp("once") / "toy")
    toy.build()
    assert toy.ran() == ["01_one", "02_two"]
    return toy


@pytest.fixture
def toy(_toy_built_once: Toy, tmp_path: Path) -> Toy:
    """A toy that was built, in a folder of the test's own."""
    shutil.copytree(_toy_built_once.root, tmp_path / "toy")
    return Toy(tmp_path / "toy")


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict, dict]]:
    """What chapter code shows while the test runs: its representations and its metadata."""
    import IPython.display

    shown: list[tuple[dict, dict]] = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw, metadata: shown.append((bundle, metadata)))
    return shown
