"""Sweeps on a small compendium: what a point sees, what runs again, what a failure leaves, what is refused, and what is drawn."""

import contextlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pandas as pd
import psutil
import pytest
from conftest import ROOT, Toy, notebook, press_environment

from compendium.__main__ import main
from compendium.points import _Server
from compendium.project import BadInput, Project
from compendium.run import read_chapter
from compendium.sweep import _job, _svg, read_grid, specification_curve, tabulate

PARAMETERS = """
    k: int = 1  # what the value is multiplied by; 1 to 5000
    rate: float = 0.5  # and once more; 0 to 10
    tone: str = "plain"  # how it is said; one of plain, loud, mute
    leave: list[str] = []  # what is left out; one of a, b, c
"""
NOTE = 'with open(os.environ["TOY_LOG"], "a") as log:\n    print("{0}", file=log)\n'
BEGIN = "import os\nimport random\nimport time\n\nfrom compendium import raw, record\n\n" + NOTE.format("shared")


class Swept(Toy):
    """A toy whose chapters are swept; the press runs in this process, its servers and points in their own."""

    @classmethod
    def with_chapters(cls, root: Path, **chapters: tuple[str, ...]) -> "Swept":
        """A chapter for each name, of the cells given; one that begins with ``# show`` is tagged so."""
        toy = cls.at(root)
        for path in (root / "notebooks").iterdir():
            path.unlink()
        for i, (name, cells) in enumerate(chapters.items(), 1):
            made = notebook(f"# {name}", PARAMETERS, *cells)
            for cell in made["cells"]:
                if cell["source"].startswith("# show"):
                    cell["metadata"] = {"tags": ["show"]}
            toy.chapter(f"{i:02}_{name}", made)
        return toy

    def grid(self, name: str, text: str) -> Path:
        path = self.root.with_name(f"{self.root.name}-grids") / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def sweep(self, chapter: str, grid: Path, *options: object, **environment: str) -> "Done":
        out, err = io.StringIO(), io.StringIO()
        own = {**press_environment(), "TOY_LOG": str(self.log), **environment}
        with mock.patch.dict(os.environ, own, clear=True), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["sweep", chapter, *map(str, (grid, *options)), "--root", str(self.root)])
        return Done(code, out.getvalue(), err.getvalue())

    def start(self, chapter: str, grid: Path, *options: object, cwd: Path | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", "compendium", "sweep", chapter, *map(str, (grid, *options)), "--root", str(self.root)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
        return subprocess.Popen(command, env=press_environment(TOY_LOG=str(self.log)), cwd=cwd, start_new_session=True, **pipes)

    def made(self, chapter: str, grid: str) -> Path:
        return self.reports / "sweeps" / chapter / f"{grid}.parquet"

    def store(self, chapter: str, grid: str) -> Path:
        return self.reports / ".press" / "sweeps" / chapter / f"{grid}.jsonl"

    def counted(self) -> Counter:
        """How often each kind of cell ran since this was last asked."""
        return Counter(self.ran())


@dataclass
class Done:
    """How a sweep ended."""

    code: int
    out: str
    err: str

    @property
    def to_run(self) -> int:
        return int(self.out.split(" to run")[0].split()[-1])

    def well(self) -> "Done":
        assert (self.code, self.err) == (0, ""), self.out + self.err
        return self


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def servers() -> list[psutil.Process]:
    """Those that run points, and the points themselves, below this process and the workers that it started."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found += [child] if "compendium.points" in child.cmdline() else []
    return found


LIGHT = (
    BEGIN + "from toy import times\n\nrandom.seed(5)\nx = int(raw('one.csv').read_text().split()[1]) + random.random()",
    "# show\n" + NOTE.format("show"),
    NOTE.format("point") + "\nrecord('light.value', times(x) * k * rate + random.random(), status='measured')\n"
    "record('light.k', k, status='measured')\nrecord('light.tone', tone, status='measured')\n"
    "record('light.left', len(leave), status='measured')\n"
    "record('light.either', 'too many' if k > 2 else k, status='measured')\nif k == 1:\n    record('light.first', 7, status='measured')",
    "# show\n" + NOTE.format("show") + "tone.made_up",
)
GRID = """
outcome: light.value
grid:
  k: [1, 2, 3]
  tone: [plain, loud]
  leave: [[], [a, b]]
"""
LIST = "outcome: light.value\nlist:\n" + "".join(
    f"  - {{leave: [{left}], tone: {tone}, k: {k}}}\n" for k, tone, left in itertools.product((1, 2, 3), ("plain", "loud"), ("", "a, b"))
)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Swept, Counter]:
    """A chapter of which the last cell would fail if it ran, swept over one grid on two cores; and how often its cells ran."""
    toy = Swept.with_chapters(tmp_path_factory.mktemp("light") / "toy", light=LIGHT)
    done = toy.sweep("01_light", toy.grid("grid", GRID), "--jobs", 2).well()
    assert done.to_run == 12
    return toy, toy.counted()


@pytest.fixture
def light(swept: tuple[Swept, Counter]) -> Swept:
    """The chapter that was swept, of whose cells none has run since."""
    swept[0].counted()
    return swept[0]


# A table.


def test_a_table_has_a_row_a_point_in_the_order_of_the_grid_and_a_column_a_parameter_and_a_number(light):
    table = pd.read_parquet(light.made("01_light", "grid"))
    rows = list(itertools.product((1, 2, 3), ("plain", "loud"), ("", "a, b")))
    assert list(table[["k", "tone", "leave"]].itertuples(index=False, name=None)) == rows
    assert list(table.columns) == [
        *("k", "tone", "leave"),
        *("light.either", "light.either.words", "light.first", "light.k", "light.left", "light.tone", "light.value"),
    ]
    kinds = {name: kind.kind for name, kind in table.dtypes.items()}
    assert kinds["k"] == kinds["light.k"] == kinds["light.left"] == "i" and kinds["light.value"] == kinds["light.first"] == "f"
    assert all(isinstance(value, str) for name in ("tone", "leave", "light.tone") for value in table[name])
    assert list(table["light.k"]) == list(table["k"]) and list(table["light.tone"]) == list(table["tone"])
    assert list(table["light.left"]) == [0, 2] * 6


def test_a_name_that_holds_numbers_here_and_words_there_has_two_columns(light):
    table = pd.read_parquet(light.made("01_light", "grid"))
    assert (
        list(table["light.either"].dropna()) == [1, 1, 1, 1, 2, 2, 2, 2] and list(table["light.either"].isna()) == [False] * 8 + [True] * 4
    )
    assert list(table["light.either.words"].dropna()) == ["too many"] * 4 and table["light.either.words"].isna().sum() == 8
    assert list(table["light.first"].dropna()) == [7] * 4


def test_shared_cells_run_once_a_server_the_others_once_a_point_and_those_tagged_show_never(swept):
    assert swept[1] == {"shared": 2, "point": 12}


def test_a_list_of_the_same_points_on_one_core_gives_the_same_bytes(light):
    done = light.sweep("01_light", light.grid("list", LIST), "--jobs", 1).well()
    assert done.to_run == 12 and light.counted() == {"shared": 1, "point": 12}
    for kind in (".parquet", ".svg"):
        assert (
            light.made("01_light", "list").with_suffix(kind).read_bytes() == light.made("01_light", "grid").with_suffix(kind).read_bytes()
        )


def test_values_are_typed_as_declared_and_defaults_filled_in(light):
    text = "list:\n  - {k: '3', rate: 1}\n  - {rate: '2.5', leave: 'b, c'}\n  - {k: 4, leave: [a]}\n"
    light.sweep("01_light", light.grid("typed", text), "--jobs", 1).well()
    table = pd.read_parquet(light.made("01_light", "typed"))
    assert list(table[["k", "rate", "leave"]].itertuples(index=False, name=None)) == [(3, 1.0, ""), (1, 2.5, "b, c"), (4, 0.5, "a")]
    assert "tone" not in table and table["rate"].dtype.kind == "f" and table["k"].dtype.kind == "i"
    assert list(table["light.left"]) == [0, 2, 1]
    assert not light.made("01_light", "typed").with_suffix(".svg").exists(), "no outcome, no curve"


def test_what_a_point_records_is_what_the_chapter_records_with_the_same_parameters(light):
    given = {"k": 3, "rate": 2.5, "tone": "loud", "leave": ["a", "c"]}
    light.sweep("01_light", light.grid("one", f"list:\n  - {json.dumps(given)}\n")).well()
    row = pd.read_parquet(light.made("01_light", "one")).iloc[0]
    whole = light.notebook("01_light")
    light.chapter("01_light", whole | {"cells": whole["cells"][:-1]})  # the last would fail
    try:
        done = light.press("chapter", "01_light", "k=3", "rate=2.5", "tone=loud", "leave=a,c")
    finally:
        light.chapter("01_light", whole)
    assert done.returncode == 0, done.stderr
    (made,) = (light.reports / "runs" / "01_light").glob("*/numbers.json")
    numbers = {name: entry["value"] for name, entry in json.loads(made.read_text())["numbers"].items()}
    assert {name.removesuffix(".words"): row[name] for name in row.index if name not in given} == numbers


def test_no_server_is_left_after_a_sweep(light):
    light.sweep("01_light", light.grid("few", "grid: {k: [1, 2]}"), "--jobs", 2).well()
    assert light.counted()["shared"] == 2 and not servers()


def test_a_thousand_points_need_as_many_servers_as_jobs(light):
    grid = light.grid("thousand", f"outcome: light.value\ngrid:\n  k: {list(range(1, 1001))}\n")
    light.sweep("01_light", grid, "--jobs", 2).well()
    assert light.counted() == {"shared": 2, "point": 1000}
    table = pd.read_parquet(light.made("01_light", "thousand"))
    assert list(table["k"]) == list(table["light.k"]) == list(range(1, 1001)) and table["light.value"].is_monotonic_increasing


# What a point sees.

STATE = (
    BEGIN + "import numpy\nimport toy\n\nnumpy.random.seed(3)\nrandom.seed(3)\nkept = []",
    """
    found = [toy.FACTOR, len(kept), "leaked" in dir(), os.environ.get("LEAKED"), os.path.basename(os.getcwd()), k]
    record("state.found", str(found), status="measured")
    record("state.random", random.random(), status="measured")
    record("state.numpy", float(numpy.random.random()), status="measured")
    toy.FACTOR, leaked = k, 1
    kept.append(k)
    os.environ["LEAKED"] = "1"
    os.chdir("/")
    os.closerange(0, 3)
    """,
)


def test_a_point_sees_nothing_of_another(tmp_path):
    toy = Swept.with_chapters(tmp_path / "toy", state=STATE)
    toy.sweep("01_state", toy.grid("grid", "grid: {k: [1, 2, 3]}"), "--jobs", 1).well()
    table = pd.read_parquet(toy.made("01_state", "grid"))
    assert list(table["state.found"]) == [f"[2, 0, False, None, 'notebooks', {k}]" for k in (1, 2, 3)]
    assert table["state.random"].nunique() == table["state.numpy"].nunique() == 1


def test_a_file_that_a_shared_cell_opened_is_read_by_each_point_from_where_that_cell_left_it(tmp_path):
    cells = (BEGIN + "held = open(raw('one.csv'))", "record('it.read', held.read(), status='measured')\nheld.close()\nk")
    toy = Swept.with_chapters(tmp_path / "toy", it=cells)
    toy.sweep("01_it", toy.grid("grid", "grid: {k: [1, 2, 3]}"), "--jobs", 1).well()
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.read"]) == ["x\n3\n"] * 3


def test_a_point_that_reads_what_is_typed_finds_nothing_typed(tmp_path):
    toy = Swept.with_chapters(
        tmp_path / "toy", it=(BEGIN, "import sys\n\nrecord('it.typed', sys.stdin.read() + str(k), status='measured')")
    )
    minutes(toy, "01_it", 0.1)
    toy.sweep("01_it", toy.grid("grid", "grid: {k: [1, 2]}"), "--jobs", 1).well()
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.typed"]) == ["1", "2"]


def test_cells_are_the_main_module_as_they_are_in_a_kernel(tmp_path):
    shared = BEGIN + "import __main__\nimport pickle\n\n\nclass Held:\n    pass\n"
    toy = Swept.with_chapters(
        tmp_path / "toy", it=(shared, "record('it.k', pickle.loads(pickle.dumps(Held)) is Held and __main__.k, status='measured')\nk")
    )
    toy.sweep("01_it", toy.grid("grid", "grid: {k: [2]}")).well()
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.k"]) == [2]


def test_a_point_that_leaves_processes_behind_ends_nevertheless_and_they_with_it(tmp_path):
    cells = (
        BEGIN,
        """
        from multiprocessing import get_context

        get_context("fork").Process(target=time.sleep, args=(600,), daemon=True).start()
        record("it.k", k, status="measured")
        """,
    )
    toy = Swept.with_chapters(tmp_path / "toy", it=cells)
    sweep = toy.start("01_it", toy.grid("grid", "grid: {k: [1, 2]}"), "--jobs", 1)
    assert ended(sweep, 30) == 0
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.k"]) == [1, 2]


def test_a_point_that_writes_into_the_compendium_is_refused_since_another_would_read_it(tmp_path):
    cells = (
        BEGIN,
        """
        out = raw().parent / "processed" / "out.txt"
        out.write_text(str(k))
        record("it.read", int(out.read_text()), status="measured")
        """,
    )
    toy = Swept.with_chapters(tmp_path / "toy", it=cells)
    (toy.root / "data" / "processed").mkdir()
    done = toy.sweep("01_it", toy.grid("grid", "grid: {k: [1, 2]}"))
    assert done.code == 1 and "2 × cell 4 line 2: PermissionError: data/processed/out.txt" in done.err
    assert "in a sweep" in done.err and not list((toy.root / "data" / "processed").iterdir())


def test_a_point_that_writes_raw_data_is_refused_as_in_the_build(tmp_path):
    toy = Swept.with_chapters(tmp_path / "toy", it=(BEGIN, "raw('one.csv').write_text(str(k))"))
    done = toy.sweep("01_it", toy.grid("grid", "grid: {k: [1, 2]}"))
    assert done.code == 1 and "2 × cell 4 line 1: PermissionError: data/raw/one.csv is raw data" in done.err
    assert (toy.root / "data" / "raw" / "one.csv").read_text() == "x\n3\n"


def test_modules_are_found_from_the_notebooks_folder_as_in_the_build_and_not_from_where_the_sweep_is_started(tmp_path):
    toy = Swept.with_chapters(
        tmp_path / "toy", it=(BEGIN + "from beside import Y\nfrom toy import times", "record('it.value', times(Y) * k, status='measured')")
    )
    toy.write("notebooks/beside.py", "Y = 10\n")
    decoy = tmp_path / "elsewhere"
    for name, text in (("toy.py", "def times(value):\n    return 99\n"), ("beside.py", "Y = 77\n")):
        decoy.mkdir(exist_ok=True)
        (decoy / name).write_text(text)
    sweep = toy.start("01_it", toy.grid("grid", "grid: {k: [1]}"), cwd=decoy)
    assert ended(sweep, 30) == 0
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.value"]) == [20]


def test_every_answer_tells_all_that_its_server_has_read(light):
    project = Project(light.root)
    job = _job(project, read_chapter(project, "01_light"), ["k"])
    own = {**press_environment(), "TOY_LOG": str(light.log)}
    with mock.patch.dict(os.environ, own, clear=True), contextlib.closing(_Server(job)) as server:
        first, second = server.ask({"k": 1}), server.ask({"k": 2})
    assert first["inputs"] == second["inputs"] and {"data/raw/one.csv", "src/toy/__init__.py"} <= first["inputs"].keys()


def test_where_a_worker_does_not_have_the_compendium_its_points_say_so(light, tmp_path):
    project = Project(light.root)
    job = _job(project, read_chapter(project, "01_light"), ["k"]) | {"root": str(tmp_path / "none")}
    with mock.patch.dict(os.environ, press_environment(), clear=True), contextlib.closing(_Server(job)) as server:
        assert str(tmp_path / "none") in server.ask({"k": 1})["error"]


# What runs again.


def edit_cell(toy: Toy, name: str, cell: int, old: str, new: str) -> None:
    content = toy.notebook(name)
    assert content["cells"][cell]["source"].count(old) == 1
    content["cells"][cell]["source"] = content["cells"][cell]["source"].replace(old, new)
    toy.chapter(name, content)


def minutes(toy: Toy, name: str, most: float) -> None:
    content = toy.notebook(name)
    content["metadata"]["compendium"] = {"minutes": most}
    toy.chapter(name, content)


def test_only_points_that_are_missing_run_and_all_of_them_once_what_they_stand_on_is_edited(tmp_path):
    toy = Swept.with_chapters(tmp_path / "toy", light=LIGHT)
    made, values = toy.made("01_light", "grid"), []

    def to_run(ks: list[int], rates: list[float]) -> int:
        grid = toy.grid("grid", f"outcome: light.value\ngrid:\n  k: {ks}\n  rate: {rates}\n")
        done = toy.sweep("01_light", grid, "--jobs", 1).well()
        assert toy.counted()["point"] == done.to_run
        table = pd.read_parquet(made)
        assert list(zip(table["k"], table["rate"], strict=True)) == list(itertools.product(ks, rates))
        values.append(table["light.value"].iloc[0])
        return done.to_run

    assert to_run([1, 2], [0.5, 1.0]) == 4
    first = made.read_bytes()
    assert to_run([1, 2], [0.5, 1.0]) == 0 and made.read_bytes() == first
    made.unlink()
    assert to_run([1, 2], [0.5, 1.0]) == 0 and made.read_bytes() == first, "a lost table is written from what is kept"
    assert to_run([2, 1, 3], [1.0, 0.5, 2.0]) == 5, "new values"
    assert to_run([2], [1.0]) == 0 and len(pd.read_parquet(made)) == 1, "removed values"
    toy.edit("src/toy/__init__.py", "# the measure's factor", "# something else is said")
    toy.write("data/raw/two.csv", "unread")
    edit_cell(toy, "01_light", 0, "# light", "# Other prose")
    edit_cell(toy, "01_light", 3, "# show", "# show\n1 / 0")
    assert to_run([2], [1.0]) == 0, "a comment, a file that nobody reads, prose, a cell tagged show"
    before = len(values)
    toy.edit("src/toy/__init__.py", "FACTOR = 2", "FACTOR = 5")
    assert to_run([2], [1.0]) == 1
    toy.edit("data/raw/one.csv", "3", "4")
    assert to_run([1, 2], [1.0]) == 2, "what an edit made stale does not come back"
    edit_cell(toy, "01_light", 4, "times(x)", "times(times(x))")
    assert to_run([1, 2], [1.0]) == 2
    edit_cell(toy, "01_light", 2, "+ random.random()", "+ 1")
    assert to_run([1, 2], [1.0]) == 2
    assert len(set(values[before - 1 :])) == 5
    edit_cell(toy, "01_light", 1, "rate: float = 0.5", "rate: float = 0.25")
    assert to_run([1, 2], [1.0]) == 2


def test_points_run_again_once_data_outside_the_compendium_are_edited(tmp_path):
    outside = tmp_path / "private"
    outside.mkdir()
    (outside / "one.csv").write_text("3")
    toy = Swept.with_chapters(
        tmp_path / "toy", outside=(BEGIN, f'record("outside.value", k * int(raw({str(outside)!r}, "one.csv").read_text()), status="coded")')
    )
    grid = toy.grid("two", "outcome: outside.value\ngrid:\n  k: [1, 2]\n")
    assert toy.sweep("01_outside", grid).well().to_run == 2 and toy.sweep("01_outside", grid).well().to_run == 0
    (outside / "one.csv").write_text("4")
    assert toy.sweep("01_outside", grid).well().to_run == 2
    assert pd.read_parquet(toy.made("01_outside", "two"))["outside.value"].tolist() == [4, 8]


def test_a_curve_whose_outcome_is_no_longer_asked_for_is_taken_away(light):
    curve = light.made("01_light", "curve").with_suffix(".svg")
    light.sweep("01_light", light.grid("curve", "outcome: light.k\ngrid: {k: [1, 2]}"), "--jobs", 1).well()
    assert curve.exists()
    light.sweep("01_light", light.grid("curve", "grid: {k: [1, 2]}"), "--jobs", 1).well()
    assert not curve.exists()


def test_what_changes_between_its_reading_and_the_first_answer_is_not_taken_for_what_was_read(tmp_path):
    wait = "go = os.environ['TOY_LOG'] + '.go'\nwhile not os.path.exists(go):\n    time.sleep(0.02)"
    cells = (
        BEGIN + "x = int(raw('one.csv').read_text().split()[1])\n" + NOTE.format("read") + wait,
        "record('it.value', x * k, status='measured')",
    )
    toy = Swept.with_chapters(tmp_path / "toy", it=cells)
    grid = toy.grid("grid", "grid: {k: [1, 2]}")
    sweep = toy.start("01_it", grid, "--jobs", 1)
    until(lambda: toy.log.exists() and "read" in toy.log.read_text())
    toy.edit("data/raw/one.csv", "3", "4")
    Path(f"{toy.log}.go").touch()
    assert ended(sweep, 30) == 1
    assert "data/raw/one.csv" in sweep.stderr.read() and not toy.made("01_it", "grid").exists()
    assert toy.sweep("01_it", grid, "--jobs", 1).well().to_run == 2
    assert list(pd.read_parquet(toy.made("01_it", "grid"))["it.value"]) == [4, 8]


# A sweep that is broken off.

SLOW = (BEGIN, NOTE.format("point") + "time.sleep(0.1 if k < 100 else 600)\nrecord('slow.k', k, status='measured')")


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    return Swept.with_chapters(tmp_path_factory.mktemp("slow") / "toy", slow=SLOW)


@pytest.fixture(scope="module")
def uninterrupted(slow: Swept) -> bytes:
    slow.sweep("01_slow", slow.grid("whole", f"grid: {{k: {list(range(1, 17))}}}"), "--jobs", 2).well()
    slow.ran()
    return slow.made("01_slow", "whole").read_bytes()


def ended(process: subprocess.Popen, seconds: float) -> int:
    """The exit code; one that does not end in time is killed with all that it started, and fails the test."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            with contextlib.suppress(OSError):  # each server has a group with its points
                os.killpg(os.getpgid(one.pid), signal.SIGKILL)
        process.wait()
        raise AssertionError(f"it did not end in {seconds} seconds") from None


@contextlib.contextmanager
def midway(toy: Swept, name: str, ks: list[int], *options: object) -> Iterator[tuple[subprocess.Popen, list[psutil.Process], Path]]:
    """A sweep of which some points are done, its family of processes, and its grid; nothing of the family outlives the test."""
    grid = toy.grid(name, f"grid: {{k: {ks}}}")
    process, family = toy.start("01_slow", grid, "--jobs", 2, *options), []
    store = toy.store("01_slow", name)
    try:
        until(lambda: store.exists() and store.read_text().count('"point"') >= 4)
        family = psutil.Process(process.pid).children(recursive=True)
        assert process.poll() is None
        yield process, family, grid
    finally:
        for one in (*family, process):
            with contextlib.suppress(psutil.Error):
                one.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def stored(store: Path) -> set[int]:
    lines = (json.loads(line) for line in store.read_text().splitlines()[1:])
    return {line["point"]["k"] for line in lines if "point" in line}


def test_a_sweep_that_was_killed_goes_on_where_it_stood_and_half_a_line_does_no_harm(slow, uninterrupted):
    slow.ran()
    with midway(slow, "killed", list(range(1, 17))) as (process, family, grid):
        process.kill()
        process.wait()
        assert len(family) >= 2
        assert not psutil.wait_procs(family, 10)[1], "its servers end by themselves"
    slow.ran()
    store = slow.store("01_slow", "killed")
    kept = stored(store)
    store.write_text(store.read_text()[:-9])  # the last line is torn
    assert not slow.made("01_slow", "killed").exists()
    done = slow.sweep("01_slow", grid, "--jobs", 2).well()
    assert done.to_run == slow.counted()["point"] == 16 - (len(kept) - 1) < 16
    assert slow.made("01_slow", "killed").read_bytes() == uninterrupted


def test_a_sweep_that_is_interrupted_leaves_no_process_and_goes_on_where_it_stood(slow, uninterrupted):
    slow.ran()
    with midway(slow, "interrupted", list(range(1, 17))) as (process, family, grid):
        os.kill(process.pid, signal.SIGINT)
        assert ended(process, 20) == 1 and len(family) >= 2
        assert not psutil.wait_procs(family, 5)[1]
        assert process.stderr.read().splitlines() == ["interrupted; the last good build stands"]
    slow.ran()
    kept = stored(slow.store("01_slow", "interrupted"))
    done = slow.sweep("01_slow", grid, "--jobs", 2).well()
    assert done.to_run == slow.counted()["point"] == 16 - len(kept) < 16
    assert slow.made("01_slow", "interrupted").read_bytes() == uninterrupted


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_points_that_would_go_on_for_long_end_with_their_sweep(slow, stop):
    slow.ran()
    with midway(slow, f"long-{stop.name}", [1, 2, 3, 4, 100, 101, 102]) as (process, _, _):
        until(lambda: slow.log.read_text().split().count("point") == 6)  # both servers are in a long one
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(stop)
        assert ended(process, 20) == (1 if stop == signal.SIGINT else -9)
        gone = not psutil.wait_procs(family, 10)[1]
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
        assert gone


# Points that fail.

FAULTS = (
    BEGIN,
    NOTE.format("point")
    + """
mine = k if "FAULTS" in os.environ else 1
if mine == 2:
    rates = {"a": 1}
    rates["b"]
if mine == 3:
    os._exit(3)
if mine == 4:
    os.kill(os.getpid(), 9)
if mine == 5:
    bytearray(3 * 2**30)
if mine == 6:
    time.sleep(600)
if mine == 7:
    os.kill(os.getppid(), 9)
record("faults.k", k, status="measured")
""",
)


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> tuple[Swept, Done, Counter]:
    """A sweep that went well once, and then over an edited module failed in many ways."""
    toy = Swept.with_chapters(tmp_path_factory.mktemp("faults") / "toy", faults=(FAULTS[0] + "import toy", FAULTS[1]))
    minutes(toy, "01_faults", 0.02)
    grid = toy.grid("grid", f"outcome: faults.k\ngrid: {{k: {list(range(1, 11))}}}")
    toy.sweep("01_faults", grid).well()
    assert toy.made("01_faults", "grid").exists() and toy.counted()["point"] == 10
    toy.edit("src/toy/__init__.py", "FACTOR = 2", "FACTOR = 3")
    done = toy.sweep("01_faults", grid, "--jobs", 2, FAULTS="1", COMPENDIUM_MEMORY_GIB="1")
    return toy, done, toy.counted()


def test_points_that_fail_are_told_by_kind_with_their_number_and_the_first_of_them(faults):
    _, done, _ = faults
    assert done.code == 1 and "Traceback" not in done.err
    first, *told = done.err.splitlines()
    assert first == "6 of 10 points failed; the others are kept, and make sweep goes on with these"
    kinds = {line.split(" × ", 1)[1]: (line.split(" × ")[0].strip(), told[i + 1].strip()) for i, line in enumerate(told) if " × " in line}
    assert kinds["cell 4 line 7: KeyError: 'b'"] == ("1", 'first with {"k": 2}')
    assert kinds["cell 4 line 13: MemoryError: "] == ("1", 'first with {"k": 5}')
    (died,) = [kind for kind in kinds if "its process died" in kind]
    assert kinds[died][0] == "2" and kinds[died][1] in ('first with {"k": 3}', 'first with {"k": 4}')
    (server,) = [kind for kind in kinds if "the process of its points died" in kind]
    assert kinds[server] == ("1", 'first with {"k": 7}')
    (late,) = [kind for kind in kinds if "longer than its 0.02 minutes" in kind]
    assert kinds[late] == ("1", 'first with {"k": 6}') and "metadata compendium.minutes of the notebook" in late


def test_a_point_that_hangs_is_told_with_its_cell_and_line_and_one_that_dies_with_its_cell(faults):
    _, done, _ = faults
    assert "× cell 4 line 15: TimeoutError: " in done.err
    assert "× cell 4: its process died" in done.err


def test_after_a_failure_no_table_of_an_earlier_sweep_is_left_and_only_what_failed_runs_again(faults):
    toy, _, ran = faults
    assert ran["point"] == 10, "all points are tried"
    made = toy.made("01_faults", "grid")
    assert not made.exists() and not made.with_suffix(".svg").exists()
    assert stored(toy.store("01_faults", "grid")) == {1, 8, 9, 10}
    done = toy.sweep("01_faults", toy.root.with_name("toy-grids") / "grid.yml", "--jobs", 2).well()
    assert done.to_run == toy.counted()["point"] == 6
    assert list(pd.read_parquet(made)["faults.k"]) == list(range(1, 11))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\n{}['b']", "3 × cell 3 line 10: KeyError: 'b'"),
        ("if True print(1)", "3 × cell 3"),
        ("time.sleep(600)", "3 × cell 3 line 9: TimeoutError: "),
        ("import sys\n\nsys.exit('enough')", "3 × cell 3 line 11: SystemExit: enough"),
    ],
    ids=["error", "no python", "hangs", "ends"],
)
def test_a_shared_cell_that_fails_fails_every_point_with_one_message(tmp_path, code, told):
    toy = Swept.with_chapters(tmp_path / "toy", it=(BEGIN + code, "k"))
    minutes(toy, "01_it", 0.02)
    sweep = toy.start("01_it", toy.grid("grid", "grid: {k: [1, 2, 3]}"), "--jobs", 1)
    assert ended(sweep, 20) == 1
    lines = sweep.stderr.read().splitlines()
    assert lines[0].startswith("3 of 3 points failed") and lines[1].strip().startswith(told) and lines[2] == '    first with {"k": 1}'
    assert len(lines) == 3


# Grids that are none.


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "grid: {kk: [1]}",
            ["'kk' is no parameter of 01_light; did you mean 'k'?", "  parameters of 01_light:", "    k: int, 1 to 5000 (default 1)"],
        ),
        ("grid: {on: [1]}", ["True is no parameter of 01_light", "  parameters of 01_light:"]),
        ("grid: {7: [1]}", ["7 is no parameter of 01_light", "  parameters of 01_light:"]),
        ("grid: {k: [1, many]}", ["k = 'many' is not right: int, 1 to 5000"]),
        ("grid: {k: [1.5]}", ["k = 1.5 is not right: int, 1 to 5000"]),
        ("grid: {k: [true]}", ["k = True is not right: int, 1 to 5000"]),
        ("grid: {k: [null]}", ["k = None is not right: int, 1 to 5000"]),
        ("grid: {k: [0, 5001]}", ["k = 0 is not right: int, 1 to 5000", "k = 5001 is not right: int, 1 to 5000"]),
        ("grid: {rate: [.nan, .inf]}", ["rate = nan is not right: float, 0 to 10", "rate = inf is not right: float, 0 to 10"]),
        ("grid: {tone: [shrill, 2020-02-03]}", ["tone = 'shrill' is not right: one of plain, loud, mute"]),
        ("grid: {leave: [[a], [z]]}", ["leave = ['z'] is not right: any of a, b, c"]),
        ("list: [{k: {a: 1}}]", ["k = {'a': 1} is not right: int, 1 to 5000"]),
        (
            "grid: {kk: [1], k: [0, 1], tone: [shrill], rate: [-1]}",
            ["'kk' is no parameter", "k = 0 is", "tone = 'shrill' is", "rate = -1 is", "  parameters of 01_light:"],
        ),
        ("list: [{kk: 1}, {k: 0}, {k: 0, tone: shrill}]", ["'kk' is no parameter", "k = 0 is", "tone = 'shrill' is"]),
        ("grid: {k: [2, 2]}", ['points stand twice: {"k": 2}']),
        ("grid: {rate: [1, 1.0, '1']}", ['points stand twice: {"rate": 1.0}']),
        ("list: [{k: 1, rate: 2}, {rate: 2}]", ['points stand twice: {"k": 1, "rate": 2.0}']),
        ("grid: {k: [1]}\nlist: [{k: 1}]", ["write either 'grid' (parameter: list of values) or 'list' (points), and 'outcome'"]),
        ("outcome: light.value", ["write either 'grid'"]),
        ("", ["write either 'grid'"]),
        ("[1, 2]", ["write either 'grid'"]),
        ("grid: {k: [1]}\ngird: 1", ["write either 'grid'"]),
        ("grid: {k: []}", ["'grid' has a list of at least one value for each parameter, as in  draws: [100, 200]"]),
        ("grid: {k: 1}", ["'grid' has a list of at least one value"]),
        ("grid: {}", ["'grid' has a list of at least one value"]),
        ("grid: [k]", ["'grid' has a list of at least one value"]),
        ("list: []", ["'list' has points such as  - {draws: 100, seed: 1}"]),
        ("list: [{}]", ["'list' has points such as"]),
        ("list: {k: 1}", ["'list' has points such as"]),
        ("grid: {k: [1}", ["cannot be read as YAML: "]),
        ("grid: {k: [1], k: [2]}", ["cannot be read as YAML: 'k' stands twice, line 1"]),
        ("grid: {k: [1]}\ngrid: {k: [2]}", ["cannot be read as YAML: 'grid' stands twice"]),
        ("grid: {k: [{{draws}}]}", ["cannot be read as YAML: "]),
        ("grid: {[k]: [1]}", ["cannot be read as YAML: "]),
        ("grid: {k: [2020-13-45]}", ["cannot be read as YAML: "]),
        ("grid: {k: [!!python/name:os.system x]}", ["cannot be read as YAML: "]),
        ("outcome: [a, b]\ngrid: {k: [1]}", ["'outcome' is one name"]),
    ],
)
def test_a_grid_that_is_none_is_refused_with_every_fault_before_a_point_runs(light, text, told):
    done = light.sweep("01_light", light.grid("bad", text))
    assert done.code == 2 and done.out == "", done.out
    lines = done.err.splitlines()
    assert lines[0].startswith(str(light.grid("bad", text)) + ":")
    assert all(any(part in line for line in lines) for part in told), done.err
    assert light.counted() == {} and not light.made("01_light", "bad").exists()


def test_a_grid_that_is_no_text_or_no_file_is_refused(light, tmp_path):
    latin = tmp_path / "latin.yml"
    latin.write_bytes("grid: {tone: [é]}".encode("latin-1"))
    for path in (tmp_path / "none.yml", tmp_path, latin):
        done = light.sweep("01_light", path)
        assert done.code == 2 and done.err.startswith(f"{path}: cannot be read as YAML: ") and len(done.err.splitlines()) == 1


def test_an_unknown_chapter_is_refused_with_those_there_are(light):
    done = light.sweep("01_lihgt", light.grid("grid", GRID))
    assert (done.code, done.err) == (2, "there is no chapter '01_lihgt'; there are: 01_light\n")


@pytest.mark.parametrize(
    ("outcome", "remedy"),
    [
        ("light.vlaue", "there are light.value"),
        ("light.tone", "there are light."),
        ("light.either.words", "there are light."),
        ("something.else", "there are light."),
        ("k", "there are light."),
    ],
)
def test_an_outcome_that_is_no_recorded_number_is_refused_with_those_there_are_and_the_table_kept(light, outcome, remedy):
    grid = light.grid("outcome", f"outcome: {outcome}\ngrid: {{k: [1, 3]}}")
    done = light.sweep("01_light", grid, "--jobs", 1)
    assert done.code == 2 and done.err.startswith(f"{grid}: outcome '{outcome}' is no number that the chapter records")
    assert remedy in done.err and len(done.err.splitlines()) == 1
    assert not light.made("01_light", "outcome").with_suffix(".svg").exists()
    light.sweep("01_light", light.grid("outcome", "outcome: light.value\ngrid: {k: [1, 3]}"), "--jobs", 1).well()
    assert light.counted()["point"] <= 2, "no point runs again for a name mended"


# Dask.


@pytest.fixture(scope="module")
def cluster(swept: tuple[Swept, Counter]) -> Iterator[str]:
    """Two workers of one thread each, in processes of their own."""
    from distributed import LocalCluster

    with (
        mock.patch.dict(os.environ, {**press_environment(), "TOY_LOG": str(swept[0].log)}, clear=True),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made,
    ):
        yield made.scheduler_address


def test_a_cluster_gives_the_same_bytes_keeps_no_server_and_takes_the_next_sweep(light, cluster):
    press = light.start("01_light", light.grid("dask", GRID), "--dask", cluster)
    assert ended(press, 60) == 0, press.stderr.read()
    assert "12 to run" in press.stdout.read() and press.stderr.read() == ""
    assert light.counted() == {"shared": 2, "point": 12}
    assert light.made("01_light", "dask").read_bytes() == light.made("01_light", "grid").read_bytes()
    assert not servers()
    done = light.sweep("01_light", light.grid("next", LIST), "--dask", cluster)
    assert done.well().to_run == 12 and not servers()
    assert light.made("01_light", "next").read_bytes() == light.made("01_light", "grid").read_bytes()


def test_a_worker_with_two_threads_gives_the_same_bytes(light):
    from distributed import LocalCluster

    own = {**press_environment(), "TOY_LOG": str(light.log)}
    with (
        mock.patch.dict(os.environ, own, clear=True),
        LocalCluster(n_workers=1, threads_per_worker=2, processes=True, dashboard_address=":0") as made,
    ):
        light.sweep("01_light", light.grid("threads", GRID), "--dask", made.scheduler_address).well()
    assert light.counted() == {"shared": 2, "point": 12}
    assert light.made("01_light", "threads").read_bytes() == light.made("01_light", "grid").read_bytes()


def test_a_point_that_fails_on_a_cluster_is_told_as_one_that_fails_here(tmp_path, cluster):
    toy = Swept.with_chapters(tmp_path / "toy", it=(BEGIN, "1 / (k - 2)\nrecord('it.k', k, status='measured')"))
    done = toy.sweep("01_it", toy.grid("grid", "grid: {k: [1, 2, 3]}"), "--dask", cluster)
    assert done.code == 1 and "1 × cell 4 line 1: ZeroDivisionError: division by zero" in done.err and "Traceback" not in done.err
    assert stored(toy.store("01_it", "grid")) == {1, 3}


def test_a_sweep_that_is_interrupted_leaves_no_server_on_its_workers(slow, cluster):
    with midway(slow, "cluster", [*range(1, 25), *range(100, 124)], "--dask", cluster) as (process, _, _):
        until(lambda: len(servers()) >= 2)
        os.kill(process.pid, signal.SIGINT)
        assert ended(process, 20) == 1
        assert process.stderr.read().splitlines() == ["interrupted; the last good build stands"]
        until(lambda: not servers(), 10)
        time.sleep(1)
        assert not servers(), "the workers begin no other"


@pytest.fixture(scope="module", autouse=True)
def to_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen, float]]:
    """A sweep sent to where no scheduler answers, begun before all else because it waits for an answer."""
    toy = Swept.with_chapters(tmp_path_factory.mktemp("nobody") / "toy", light=LIGHT)
    began = time.monotonic()
    process = toy.start("01_light", toy.grid("grid", GRID), "--dask", "tcp://127.0.0.1:9")
    yield process, began
    process.kill()
    process.wait()


def test_an_address_where_no_scheduler_answers_is_refused_in_one_line(to_nobody):
    process, began = to_nobody
    assert ended(process, max(1.0, 30 - (time.monotonic() - began))) == 2
    (line,) = process.stderr.read().splitlines()
    assert line.startswith("DASK=tcp://127.0.0.1:9: no scheduler answers there")


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "xyz://127.0.0.1:8786", "tls://127.0.0.1:9", "127.0.0.1:port", ":::"])
def test_an_address_that_is_none_is_refused_in_one_line(light, address):
    press = light.start("01_light", light.grid("nowhere", GRID), "--dask", address)
    assert ended(press, 30) == 2
    (line,) = press.stderr.read().splitlines()
    assert line.startswith(f"DASK={address}: ")


# A curve.


def specifications() -> pd.DataFrame:
    choices = [{"k": k, "rate": rate, "tone": tone, "seed": 4} for k in (1, 2) for rate in (0.5, 2.5) for tone in ("", "loud")]
    return tabulate(choices, [{"it.value": float((7 * i) % 8) - 2.5, "it.word": "w"} for i in range(8)])


CHOICES = ["k", "rate", "tone", "seed"]


@pytest.fixture
def axes() -> Iterator[tuple]:
    import matplotlib.pyplot as plt

    figure = specification_curve(specifications(), "it.value", CHOICES)
    yield tuple(figure.axes)
    plt.close(figure)


def test_the_numbers_drawn_are_those_of_the_table_from_lowest_to_highest(axes):
    top, _ = axes
    drawn = top.lines[0]
    assert list(drawn.get_ydata()) == sorted(specifications()["it.value"]) == [i - 2.5 for i in range(8)]
    assert list(drawn.get_xdata()) == list(range(1, 9))
    assert top.get_ylabel() == "it.value"
    assert top.get_title(loc="left") == "8 specifications: from -2.5 to 4.5, half below 1"


def test_below_each_number_stand_the_choices_that_led_to_it(axes):
    _, below = axes
    table = specifications().sort_values("it.value").reset_index(drop=True)
    rows = {label.get_text(): y for label, y in zip(below.get_yticklabels(), below.get_yticks(), strict=True)}
    assert set(rows) == {"k = 1", "k = 2", "rate = 0.5", "rate = 2.5", "tone = none", "tone = loud"}
    marks = {line.get_ydata()[0]: list(line.get_xdata()) for line in below.lines if line.get_marker() == "|"}
    assert marks[rows["tone = none"]] == list(1 + table.index[table["tone"] == ""])
    assert marks[rows["rate = 2.5"]] == list(1 + table.index[table["rate"] == 2.5])
    assert sorted(marks[rows["k = 1"]] + marks[rows["k = 2"]]) == list(range(1, 9))


def test_a_parameter_that_never_varies_is_not_drawn(axes):
    assert not [label for label in axes[1].get_yticklabels() if "seed" in label.get_text()]


def test_a_line_at_nought_is_drawn_only_where_the_numbers_lie_on_both_sides(axes):
    import matplotlib.pyplot as plt

    assert [list(line.get_ydata()) for line in axes[0].lines[1:]] == [[0, 0]]
    above = specifications().assign(**{"it.value": range(1, 9)})
    figure = specification_curve(above, "it.value", CHOICES)
    assert len(figure.axes[0].lines) == 1
    plt.close(figure)


def test_a_curve_has_the_same_bytes_twice():
    first, second = (_svg(specification_curve(specifications(), "it.value", CHOICES)) for _ in range(2))
    assert first == second and first.lstrip().startswith("<?xml")


def test_a_curve_leaves_out_points_without_a_number():
    import matplotlib.pyplot as plt

    gaps = specifications()
    gaps.loc[[0, 3], "it.value"] = float("nan")
    figure = specification_curve(gaps, "it.value", CHOICES)
    assert figure.axes[0].get_title(loc="left").startswith("6 specifications: ")
    assert len(figure.axes[0].lines[0].get_ydata()) == 6
    plt.close(figure)


def test_a_curve_of_truth_values_and_one_of_few_points_can_be_drawn():
    truths = specifications().assign(**{"it.value": [True, False] * 4})
    assert _svg(specification_curve(truths, "it.value", CHOICES))
    assert _svg(specification_curve(specifications().iloc[:1], "it.value", CHOICES))


def test_a_curve_of_words_is_refused():
    with pytest.raises(BadInput, match=r"outcome 'it\.word' is no number"):
        specification_curve(specifications(), "it.word", CHOICES)


def test_a_parameter_of_many_values_is_named_and_not_drawn():
    import matplotlib.pyplot as plt

    choices = [{"k": k, "seed": seed} for k in (1, 2) for seed in range(40)]
    table = tabulate(choices, [{"it.value": i} for i in range(80)])
    _, below = specification_curve(table, "it.value", ["k", "seed"]).axes
    assert "not drawn: seed (40 values)" in below.get_xlabel()
    assert {label.get_text() for label in below.get_yticklabels()} == {"k = 1", "k = 2"}
    plt.close(below.figure)


# The grids that come with the compendium.


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks" / "grids").glob("*.yml")), ids=lambda path: path.stem)
def test_a_grid_of_the_compendium_is_one_of_a_chapter(path):
    project = Project(ROOT)
    fitting = []
    for name in project.chapters:
        with contextlib.suppress(BadInput):
            fitting.append(read_grid(path, read_chapter(project, name)))
    assert fitting and all(grid.outcome and len(grid.points) > 1 for grid in fitting)
