"""Time the press beside its peers, check what each prints, and say which bars are met.

``python benchmarks/press.py [CASE …] [--quick] [--results FOLDER]``; ``make bench`` runs it where the peers are installed, each in an
environment of its own. Press and peers take turns on a toy of six notebooks (``press_toy.py``), then on the compendium's own chapters.
A time is that of the whole command, the median of five runs (three where a run takes over 20 s). A kernel that starts counts itself:
IPython runs a file at each start, and the file leaves a mark. Exit code 1 where a check fails, never for a bar.
"""

import argparse
import csv
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from press_toy import CORES, DECLARED, EDITED, LOOP, MAKE, NAMES, PRESS, SNAKEMAKE, TOOLS, Tool, Toy, put, told

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
REPEATS, SLOW_REPEATS, SLOW = 5, 3, 20.0  # a run that takes so many seconds is repeated less often
PACKAGES = "papermill ipykernel pandas seaborn statsmodels snakemake dvc jupyter-book".split()
MARK = "SLPI_PRESS_BENCH"  # in the environment of every process that is started here, so that none stays behind unseen
FLOOR, FAILED = "floor", "failed with exit code"


@dataclass(frozen=True)
class Bar:
    """What is asked of the press: at most so many times what a peer takes; of ``s`` and ``kernels``, at most so many."""

    of: str
    most: float

    def said(self) -> str:
        if self.of == "stale":
            return "runs again, always"
        if self.of == "kernels":
            return "no kernel starts" if self.most == 0 else f"≤ {self.most:g} kernels"
        return f"≤ {self.most:g} s" if self.of == "s" else f"≤ {self.most:g} × {self.of}"


@dataclass
class Runs:
    """What was measured of one tool in one case, by repetition."""

    seconds: list[float] = field(default_factory=list)
    kernels: list[int] = field(default_factory=list)
    stale: list[bool] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def took(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Case:
    """A state to start from, and what is asked of the press there. ``change`` edits the toy; what it gives back undoes the edit."""

    name: str
    what: str
    bars: tuple[Bar, ...]
    change: Callable[[Toy], Callable[[], None] | None] = lambda toy: None
    clean: bool = False
    declared: bool = True  # whether the rules know of what changed, so that every peer must get it right


def touched(toy: Toy) -> None:
    os.utime(toy.root / "notebooks" / f"{EDITED}.ipynb")


def reworded(toy: Toy) -> None:
    toy.edition += 1


def recoded(toy: Toy) -> None:
    toy.added[EDITED] += 1


def rescaled(toy: Toy) -> Callable[[], None]:
    def undo() -> None:
        toy.scale -= 1

    toy.scale += 1
    return undo


def reweighted(toy: Toy) -> Callable[[], None]:
    def undo() -> None:
        toy.weights["pole"] -= 1

    toy.weights["pole"] += 1
    return undo


NOTHING = (Bar("s", 0.25), Bar(SNAKEMAKE.name, 0.25))
CASES = (
    Case("everything", "everything, from a clean state", (Bar(SNAKEMAKE.name, 0.5), Bar(LOOP.name, 0.35)), clean=True),
    Case("nothing", "nothing to do", (*NOTHING, Bar("kernels", 0))),
    Case("touch", "a notebook touched", (*NOTHING, Bar("kernels", 0)), touched),
    Case("prose", "prose of a notebook edited", (Bar("kernels", 0),), reworded),
    Case("code", "a code cell edited", (Bar(MAKE.name, 0.8), Bar(SNAKEMAKE.name, 0.4)), recoded),
    Case("module", "a module edited that no rule declares", (Bar("stale", 0),), rescaled, declared=False),
    Case("data", "a table edited that no rule declares", (Bar("stale", 0),), reweighted, declared=False),
)
CHAPTERS = Case("chapters", "the compendium's own chapters, from a clean state", (Bar(FLOOR, 1.3),), clean=True)


# How a command is run, and what it leaves.


@dataclass(frozen=True)
class Place:
    """A folder that holds all that is written here, a home among it, and the peers' environments."""

    top: Path
    peers: Path

    @property
    def log(self) -> Path:
        return self.top / "kernels.log"

    def prepare(self) -> None:
        startup = self.top / "home" / ".ipython" / "profile_default" / "startup"
        (self.top / "tmp").mkdir()
        put(startup / "00-mark.py", f"with open({str(self.log)!r}, 'a') as log:\n    print('kernel', file=log)\n")
        put(self.log, "")

    def lacks(self, tool: Tool) -> str:
        """What is to be said of a peer that cannot run."""
        there = not tool.package or (self.peers / tool.package / ".ready").exists()
        return "" if there else "not installed: make bench does it"

    def environment(self, root: Path, package: str = "") -> dict[str, str]:
        """That of a person with a home of their own; one thread for linear algebra for all, because the press gives a chapter one."""
        dropped = ("PYTHON", "JUPYTER", "IPYTHON", "COMPENDIUM", "SLPI", "VIRTUAL_ENV", "MAKE", "MFLAGS", "MPL", "XDG", "DVC", "CONDA")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        bin = self.peers / package / "bin" if package else Path(sys.executable).parent
        return {
            **kept,
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
            "PATH": os.pathsep.join([str(bin), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(root / "src"),
            "HOME": str(self.top / "home"),
            "TMPDIR": str(self.top / "tmp"),
            "DVC_SITE_CACHE_DIR": str(root / ".dvc-site"),
            "LC_ALL": "C.UTF-8",
            MARK: str(self.top),
        }

    def left(self) -> list[psutil.Process]:
        """Processes that were started here and still live."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(MARK) == str(self.top) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def end(self, seconds: float = 5.0) -> list[str]:
        """Wait for what still runs, kill what does not end by itself, and name that."""
        until = time.monotonic() + seconds
        while (left := self.left()) and time.monotonic() < until:
            time.sleep(0.05)
        names = []
        for process in left:
            with suppress(psutil.Error):
                names.append(" ".join(process.cmdline())[:80])
                process.kill()
        return names

    def unplaced(self, text: str) -> str:
        """What a command prints, on one line, without the folders of this machine."""
        for folder in (self.top, self.peers, ROOT, Path(sys.prefix), Path(sys.base_prefix), Path.home()):
            text = text.replace(str(folder), "…")
        return " | ".join(line.strip() for line in text.splitlines() if line.strip())

    def run(self, command: Sequence[str], root: Path, package: str = "") -> tuple[float, int, str, list[str]]:
        """Seconds and kernels that a command takes in a folder, what it prints, and what went wrong."""
        environment, before = self.environment(root, package), len(self.log.read_text().splitlines())
        with tempfile.TemporaryFile(dir=self.top) as out:
            began = time.perf_counter()
            child = subprocess.Popen(
                list(command),
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = child.wait()
            seconds = time.perf_counter() - began
            out.seek(0)
            text = out.read().decode("utf-8", "replace")
        faults = [f"left a process: {name}" for name in self.end()]
        if code:
            faults.append(f"{FAILED} {code}: {self.unplaced(text)[-600:]}")
        return seconds, len(self.log.read_text().splitlines()) - before, text, faults


@contextmanager
def a_place(peers: Path) -> Iterator[Place]:
    """A place that is gone afterwards with all that ran in it."""
    with tempfile.TemporaryDirectory(prefix="slpi-press-") as top:
        place = Place(Path(top).resolve(), peers.resolve())
        place.prepare()
        try:
            yield place
        finally:
            place.end(0)


def printed(root: Path, tool: Tool) -> dict[str, str]:
    """Digests of what a tool has made for readers."""
    paths = sorted(root.glob(tool.results.format("*")))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


# The toy.


def at_start(place: Place, tool: Tool) -> tuple[Toy, list[str]]:
    """The toy in a folder of the tool's own, built once: what a first run compiles is there for all."""
    toy = Toy(place.top / re.sub(r"\W+", "-", tool.name.lower()))
    toy.write()
    for path, text in tool.rules(NAMES, DECLARED).items():
        put(toy.root / path, text)
    faults = []
    for command in (*tool.setup, tool.command):
        faults += place.run(command, toy.root, tool.package)[3]
    return toy, faults


def wrong(toy: Toy, tool: Tool) -> tuple[bool, str]:
    """Whether results are of another state of the inputs; and what a reader finds amiss, in words."""
    found, truth = told(tool, toy.root), toy.truth()
    off = [name for name in NAMES if found[name][0] != truth[name]]
    if found[EDITED][1] != toy.edition:
        return bool(off), f"its prose is of edition {found[EDITED][1]}, not {toy.edition}"
    missing = [name for name in NAMES if found[name][0] is None]
    return bool(off), f"no result of {', '.join(missing)}" if missing else ""


def once(place: Place, case: Case, tool: Tool, toy: Toy, runs: Runs) -> None:
    """One timed run of a case, with every check; what it edits where no rule looks is put back."""
    if case.clean:
        tool.clean(toy.root)
        for path in (place.top / "tmp").iterdir():
            shutil.rmtree(path, ignore_errors=True)
    before, truth = printed(toy.root, tool), toy.truth()
    undo = case.change(toy)
    toy.write()
    seconds, kernels, _, faults = place.run(tool.command, toy.root, tool.package)
    if failed(faults):  # it is told, not timed; a second attempt leaves the next case its state to start from
        runs.faults += [*faults, *place.run(tool.command, toy.root, tool.package)[3]]
    else:
        runs.faults += faults
        judge(case, tool, toy, runs, seconds, kernels, before, truth)
    if undo:
        undo()
        toy.write()
        runs.faults += place.run(tool.command, toy.root, tool.package)[3]
        if wrong(toy, tool)[0]:
            runs.faults.append("its results are not those from before once the edit is undone")


def failed(faults: Sequence[str]) -> bool:
    return any(fault.startswith(FAILED) for fault in faults)


def judge(
    case: Case, tool: Tool, toy: Toy, runs: Runs, seconds: float, kernels: int, before: dict[str, str], truth: dict[str, int]
) -> None:
    """Check what a run has made; ``before`` and ``truth`` are of the state before the edit."""
    stale, amiss = wrong(toy, tool)
    faults = runs.faults
    faults += [amiss] if amiss else []
    if stale and (case.declared or tool is PRESS):
        faults.append("its results are stale")
    if tool is PRESS:
        same = printed(toy.root, tool) == before
        if same != (case.name in ("nothing", "touch")):
            faults.append("what it has made did not change" if same else "what it has made changed")
        ran = len(NAMES) if case.clean or not case.declared else int(toy.truth() != truth)
        if kernels != ran:
            faults.append(f"{kernels} kernels started where {ran} should")
    runs.seconds.append(seconds)
    runs.kernels.append(kernels)
    runs.stale.append(stale)


def on_the_toy(place: Place, cases: Sequence[Case], tools: Sequence[Tool], quick: bool) -> dict[str, dict[str, Runs]]:
    """What was measured of each tool in each case. The tools take turns, and each round another one begins."""
    toys, found = {}, {case.name: {tool.name: Runs() for tool in tools if tool.looks or case.clean} for case in cases}
    for tool in tools:
        say(f"{tool.name} on the toy, first run …")
        toys[tool.name], faults = at_start(place, tool)
        for runs in (by_tool[tool.name] for by_tool in found.values() if tool.name in by_tool):
            runs.faults += faults
    for case in cases:
        say(f"{case.what} …")
        for repeat in range(1 if quick else REPEATS):
            for tool in turned(tools, repeat):
                runs = found[case.name].get(tool.name)
                if runs and more(runs, repeat):
                    once(place, case, tool, toys[tool.name], runs)
    return found


def turned(tools: Sequence[Tool], by: int) -> list[Tool]:
    return [*tools[by % len(tools) :], *tools[: by % len(tools)]]


def more(runs: Runs, repeat: int) -> bool:
    return repeat < SLOW_REPEATS or not runs.seconds or runs.took < SLOW


# The compendium itself.

REFERENCE = "reports/reference"  # what chapters read of it, as opposed to all else below reports


@dataclass
class Floor:
    """What no press can be faster than: the chapters' own cells on these cores, after one import of what they all load."""

    cells: dict[str, list[float]] = field(default_factory=dict)
    imports: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        each = [median(times) for times in self.cells.values()]
        return max(max(each), sum(each) / int(CORES)) + median(self.imports)

    @property
    def whole(self) -> float:
        """The same where no chapter is cut in two: the best of all ways to share the chapters out."""
        each = [median(times) for times in self.cells.values()]
        shared = product(range(int(CORES)), repeat=len(each))
        longest = min(max(sum(t for t, core in zip(each, cores, strict=True) if core == k) for k in range(int(CORES))) for cores in shared)
        return longest + median(self.imports)

    def said(self) -> str:
        each = ", ".join(f"{name} {median(times):.2f} s" for name, times in self.cells.items())
        return (
            f"{self.seconds:.2f} s = max(longest, sum / {CORES}) of the own cells ({each}) + {median(self.imports):.2f} s of imports; "
            f"whole chapters on {CORES} cores take {self.whole:.2f} s at best"
        )


def own_cells(notebook: str, modules: Sequence[str]) -> dict[str, Any]:
    """In a worker: the seconds of a chapter's code cells in this process, which has loaded ``modules``; and what else they loaded."""
    from contextlib import redirect_stdout
    from importlib import import_module

    import matplotlib
    from IPython.core.interactiveshell import InteractiveShell

    matplotlib.use("agg")
    os.environ["SLPI_THREADS"] = "1"  # their sum is divided by the cores: what took both of them would count half
    for name in modules:
        with suppress(Exception):
            import_module(name)
    cells = [cell for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    shell, before, seconds = InteractiveShell.instance(), set(sys.modules), 0.0
    os.chdir(Path(notebook).parent)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        for cell in cells:
            began = time.perf_counter()
            result = shell.run_cell("".join(cell["source"]))
            seconds += time.perf_counter() - began
            result.raise_error()
    return {"seconds": seconds, "loaded": [name for name in sys.modules if name not in before]}


def imports(modules: Sequence[str]) -> float:
    """In a worker: the seconds of loading ``modules`` from nothing."""
    from importlib import import_module

    began = time.perf_counter()
    for name in modules:
        with suppress(Exception):
            import_module(name)
    return time.perf_counter() - began


def is_a_library(name: str) -> bool:
    top = name.partition(".")[0]
    return top not in sys.stdlib_module_names and top not in ("slpi", "compendium", "__mp_main__")


def recorded(path: Path) -> dict[str, Any]:
    """The numbers that an executed chapter recorded."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    entries = [
        output["metadata"]["compendium"]
        for cell in cells
        for output in cell.get("outputs", [])
        if "compendium" in output.get("metadata", {})
    ]
    return {entry["name"]: entry["value"] for entry in entries if entry["kind"] == "number"}


def on_the_chapters(place: Place, quick: bool) -> tuple[dict[str, Runs], Floor]:
    """What was measured of press, papermill loop and make over the compendium's own chapters, and the floor."""
    names = tuple(sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")))
    tools = [tool for tool in (PRESS, LOOP, MAKE) if tool is PRESS or not place.lacks(LOOP)]
    found: dict[str, Runs] = {tool.name: Runs() for tool in tools}
    roots: dict[str, Path] = {}
    floor, values = Floor({name: [] for name in names}), {}

    def run(tool: Tool) -> tuple[float, int, str, list[str]]:
        command = tool.command[:-2] if tool is PRESS else tool.command  # as make calls it: one chapter more than cores at a time
        return place.run(command, roots[tool.name])  # all in the environment of the press, which has papermill and the measures

    def worker(*asked: object) -> Any:
        command = [sys.executable, str(HERE / "press.py"), "--step", *map(str, asked)]
        text, faults = place.run(command, roots[PRESS.name])[2:]
        if faults:
            raise RuntimeError("; ".join(faults))
        return json.loads(text.splitlines()[-1])

    def notebook(name: str) -> Path:
        return roots[PRESS.name] / "notebooks" / f"{name}.ipynb"

    say("the compendium's chapters, first run …")
    for tool in tools:
        roots[tool.name] = root = place.top / f"compendium-{tool.command[0].rpartition('/')[2]}"
        for part in ("notebooks", "data", "src", REFERENCE):
            shutil.copytree(
                ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "processed", ".ipynb_checkpoints")
            )
        shutil.copy(ROOT / "requirements.lock", root)
        needed = [
            path.relative_to(root).as_posix()
            for part in ("src/slpi", "data/raw", REFERENCE)
            for path in sorted((root / part).rglob("*"))
            if path.is_file()
        ]
        for path, text in tool.rules(names, tuple(needed)).items():
            put(root / path, text)
        found[tool.name].faults += run(tool)[3]
    loaded: dict[str, None] = {}
    for name in names:
        loaded |= dict.fromkeys(filter(is_a_library, worker("cells", notebook(name), "")["loaded"]))
    libraries = ",".join(loaded)
    for repeat in range(1 if quick else REPEATS):
        say(f"the compendium's chapters, {repeat + 1} …")
        for tool in turned(tools, repeat):
            runs = found[tool.name]
            if not more(runs, repeat):
                continue
            made = [path for path in (roots[tool.name] / "reports").glob("*") if path.name != "reference"]
            for path in (*made, roots[tool.name] / "out", *(place.top / "tmp").iterdir()):
                shutil.rmtree(path, ignore_errors=True)
            seconds, kernels, _, faults = run(tool)
            runs.faults += faults
            if failed(faults):
                continue
            runs.seconds.append(seconds)
            runs.kernels.append(kernels)
            runs.stale.append(False)
            values[tool.name] = {k: v for name in names for k, v in recorded(roots[tool.name] / tool.results.format(name)).items()}
            if not values[tool.name] or values[tool.name] != values[next(iter(values))]:
                runs.faults.append(f"it recorded {len(values[tool.name])} numbers that are not those of {next(iter(values))}")
            if kernels != len(names):
                runs.faults.append(f"{kernels} kernels started for {len(names)} chapters")
        if repeat < SLOW_REPEATS or sum(map(median, floor.cells.values())) < SLOW:
            floor.imports.append(worker("imports", libraries))
            for name in names:
                floor.cells[name].append(worker("cells", notebook(name), libraries)["seconds"])
    return found, floor


# What is printed and kept.


@dataclass(frozen=True)
class Row:
    """A line of the table: a case, what each tool took, and how the press stands to its bars."""

    case: Case
    runs: dict[str, Runs]
    floor: Floor | None = None

    def value(self, bar: Bar) -> float | None:
        """What is held against a bar; None where the peer was not there."""
        ours = self.runs[PRESS.name]
        if not ours.seconds:
            return None
        if bar.of == "stale":
            return float(sum(ours.stale))
        if bar.of == "kernels":
            return float(max(ours.kernels))
        if bar.of == "s":
            return ours.took
        if bar.of == FLOOR:
            return ours.took / self.floor.seconds if self.floor else None
        return ours.took / self.runs[bar.of].took if bar.of in self.runs and self.runs[bar.of].seconds else None

    def bars(self) -> list[tuple[str, str, str]]:
        """Each bar, what is held against it, and whether it is met."""
        told = []
        for bar in self.case.bars:
            value = self.value(bar)
            unit = {"s": " s", "kernels": " started", "stale": f" of {len(self.runs[PRESS.name].stale)} stale"}.get(bar.of, " ×")
            met = "" if value is None else "met" if value <= bar.most else "NOT MET"
            told.append((bar.said(), "not compared" if value is None else f"{value:.2g}{unit}", met))
        return told

    @property
    def faults(self) -> list[str]:
        return [
            f"{self.case.name}, {name}: {fault}{f' ({times} times)' if times > 1 else ''}"
            for name, runs in self.runs.items()
            for fault, times in Counter(runs.faults).items()
        ]


def shown(tool: str, row: Row) -> str:
    """Seconds, kernels started, and whether what is printed is stale."""
    runs = row.runs.get(tool)
    if runs is None:
        return "all again" if tool == LOOP.name and row.case is not CHAPTERS else "–"
    if not runs.seconds:
        return "FAILED"
    stale = ", stale" if any(runs.stale) else ""
    return f"{runs.took:.3g} s ({max(runs.kernels)}{stale}){' FAILED' if runs.faults else ''}"


def table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """One table in Markdown that is as readable where it is printed."""
    head = ["case", *names, "bars of the press"]
    lines = [
        [row.case.what, *(shown(name, row) for name in names), "; ".join(f"{bar}: {value} {met}".strip() for bar, value, met in row.bars())]
        for row in rows
    ]
    wide = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    lines = [head, ["-" * width for width in wide], *lines]
    return "\n".join("| " + " | ".join(part.ljust(width) for part, width in zip(line, wide, strict=True)) + " |" for line in lines)


def processor() -> str:
    with suppress(OSError):
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def machine(place: Place) -> str:
    """Date, processor and versions in a paragraph."""
    code = "import sys, importlib.metadata as m\nfor n in sys.argv[1:]:\n  for d in m.distributions(name=n): print(n, d.version)"
    versions: dict[str, None] = {}
    for python in [Path(sys.executable), *sorted(place.peers.glob("*/bin/python"))]:
        done = subprocess.run([str(python), "-c", code, *PACKAGES], capture_output=True, encoding="utf-8")
        versions |= dict.fromkeys(done.stdout.splitlines())
    made = subprocess.run(["make", "--version"], capture_output=True, encoding="utf-8").stdout.partition("\n")[0]
    load = f"load {os.getloadavg()[0]:.1f} at the start"
    return (
        f"{datetime.now(UTC).date().isoformat()}; {os.cpu_count()} × {processor()}; {platform.system()} {platform.release()}; {load}; "
        f"Python {platform.python_version()}; {made}; {', '.join(versions)}."
    )


NOTES = f"""\
Medians of the seconds of the whole command; in brackets, the kernels that started.
On the toy the press runs with --jobs {CORES}, make with -j{CORES}
and Snakemake with -c{CORES}; the papermill loop, dvc repro and jupyter-book build run one notebook at a time, and the loop runs all of
them whatever changed. All make executed notebooks, the press its numbers.json as well, Jupyter Book HTML pages in their stead.
"""
FLOOR_NOTE = """\
The compendium's chapters run in the environment of the press for all. Their floor: the code cells of each run one after another in a plain
Python process with an IPython shell and no kernel, on one thread, which before the clock starts has loaded every library module that any
chapter loads; modules of slpi and of the press load while it runs. To this comes one import: the seconds in which a new process loads
those libraries.
"""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def bench(chosen: Sequence[str], quick: bool, results: Path | None, peers: Path) -> int:
    began, rows, faults = time.perf_counter(), [], []
    with a_place(peers) as place:
        about = machine(place)
        print(about, flush=True)
        tools = [tool for tool in TOOLS if not place.lacks(tool)]
        absent = [f"{tool.name} is {place.lacks(tool)}." for tool in TOOLS if place.lacks(tool)]
        cases = [case for case in CASES if not chosen or case.name in chosen]
        if cases:
            found = on_the_toy(place, cases, tools, quick)
            rows += [Row(case, found[case.name]) for case in cases]
        if not chosen or CHAPTERS.name in chosen:
            rows.append(Row(CHAPTERS, *on_the_chapters(place, quick)))
    names = [tool.name for tool in tools]
    faults = [fault for row in rows for fault in row.faults]
    text = notes(rows, absent, quick)
    minutes = f"{(time.perf_counter() - began) / 60:.0f} minutes; load {os.getloadavg()[0]:.1f} at the end."
    print(f"\n{table(rows, names)}\n\n{text}{minutes}")
    checks = "\n".join(f"CHECK FAILED: {fault}" for fault in faults) or "Every check held."
    print(checks)
    if results:
        results.mkdir(parents=True, exist_ok=True)
        (results / "press.md").write_text(
            f"# The press beside its peers\n\n{about}\n\n{table(rows, names)}\n\n{text}{checks}\n", encoding="utf-8"
        )
        with (results / "press.csv").open("w", encoding="utf-8", newline="") as to:
            writer = csv.writer(to, lineterminator="\n")
            writer.writerow(["case", "tool", "seconds", "runs", "kernels", "stale", "ratio", "bar", "met", "faults"])
            writer.writerows(line for row in rows for line in kept(row))
    return 1 if faults else 0


def notes(rows: Sequence[Row], absent: Sequence[str], quick: bool) -> str:
    parts = [NOTES]
    for row in rows:
        if row.floor and row.runs[PRESS.name].seconds:
            ours = row.runs[PRESS.name].took
            others = {name: runs for name, runs in row.runs.items() if name != PRESS.name and runs.seconds}
            said = [f"{ours / row.floor.seconds:.2f} × the floor", *(f"{ours / runs.took:.2f} × {name}" for name, runs in others.items())]
            parts.append(f"{FLOOR_NOTE}Floor: {row.floor.said()}. The press takes {', '.join(said)}.\n")
    parts += [f"{line}\n" for line in absent]
    if quick:
        parts.append("Each ran once: the bars are held against single runs.\n")
    return "\n".join(parts) + "\n"


def kept(row: Row) -> Iterator[list[object]]:
    """The lines of a case in the CSV file: one a tool, then one a part of the floor."""
    bars = {bar.of: said for bar, said in zip(row.case.bars, row.bars(), strict=True)}
    own = [said for of, said in bars.items() if of not in row.runs]
    ours = row.runs[PRESS.name]
    for name, runs in row.runs.items():
        against = own if name == PRESS.name else [bars[name]] if name in bars else []
        ratio = round(ours.took / runs.took, 3) if runs.seconds and ours.seconds and name != PRESS.name else ""
        each = " ".join(f"{seconds:.3f}" for seconds in runs.seconds)
        bar, met = ("; ".join(said[i] for said in against) for i in (0, 2))
        yield [
            row.case.name,
            name,
            round(runs.took, 3) if runs.seconds else "",
            each,
            max(runs.kernels, default=""),
            "yes" if any(runs.stale) else "no",
            ratio,
            bar,
            met,
            "; ".join(runs.faults),
        ]
    if row.floor:
        parts = {f"floor: cells of {name}": times for name, times in row.floor.cells.items()} | {"floor: imports": row.floor.imports}
        for name, times in parts.items():
            yield [row.case.name, name, round(median(times), 3), " ".join(f"{t:.3f}" for t in times), *[""] * 6]
        ratio = round(ours.took / row.floor.seconds, 3) if ours.seconds else ""
        yield [row.case.name, FLOOR, round(row.floor.seconds, 3), "", "", "", ratio, *[""] * 3]


def step(kind: str, *rest: str) -> object:
    """What a worker does."""
    modules = [name for name in rest[-1].split(",") if name]
    return own_cells(rest[0], modules) if kind == "cells" else imports(modules)


if __name__ == "__main__":
    names = [case.name for case in (*CASES, CHAPTERS)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", metavar="CASE", nargs="*", help=f"cases to run, all if none is named: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="each once")
    parser.add_argument("--results", type=Path, help="where press.csv and press.md go; benchmarks/results for a whole run")
    parser.add_argument("--peers", type=Path, default=ROOT / ".venv-bench-press", help="where the peers' environments lie")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(*given.step)))
        sys.exit()
    if set(given.names) - set(names):
        parser.error(f"no case {', '.join(sorted(set(given.names) - set(names)))}; there are {', '.join(names)}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an orderly stop: no process and no folder stays behind
    whole = not given.quick and not given.names
    sys.exit(bench(given.names, given.quick, given.results or (HERE / "results" if whole else None), given.peers))
