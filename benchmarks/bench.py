"""Time the measures beside their peers, compare the values of both, and say which bars are met.

``python benchmarks/bench.py [NAME …] [--quick] [--results FOLDER]``; ``make bench`` runs it where the peers are installed. Ours and each
peer take turns on the same inputs, every timing in a process of its own, so that its peak of memory is its own. A process first does the
work on a tiny input: what the very first call takes longer, compiling or loading what was compiled, is told apart. Times are medians.
"""

import argparse
import csv
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from cases import CASES, Case, Side

HERE = Path(__file__).resolve().parent
THREADS = 2
REPEATS, SLOW_REPEATS, SLOW = 5, 3, 20.0  # a run that takes so many seconds is repeated less often
IMPORT, IMPORT_BAR = "import", 0.3  # seconds that slpi may add to loading NumPy and pandas
NO_MODULE, NO_R = "not installed: benchmarks/requirements.txt", "R not installed: apt install r-cran-sna r-cran-vegan r-recommended"
PACKAGES = "numpy scipy pandas numba statsmodels igraph networkx scikit-bio gower".split()
R_PACKAGES = "sna vegan cluster".split()


@dataclass
class Runs:
    """What was measured of one side at one size, by repetition."""

    seconds: list[float] = field(default_factory=list)
    mib: list[float] = field(default_factory=list)  # peak
    loaded_mib: list[float] = field(default_factory=list)  # peak before the inputs came: of what is imported
    first: list[float] = field(default_factory=list)  # seconds that the first call of all took longer

    @property
    def took(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class Row:
    """A line of the table: ours alone, or beside one peer. Seconds and MiB are medians; growth is the a of time ~ n^a."""

    work: str
    what: str = ""
    size: int | None = None
    ours_s: float | None = None
    ours_runs: str = ""
    ours_mib: float | None = None
    ours_over_import_mib: float | None = None
    ours_growth: float | None = None
    compiling_s: float | None = None
    cached_s: float | None = None
    peer: str = ""
    peer_s: float | None = None
    peer_measured: str = ""
    peer_mib: float | None = None
    peer_growth: float | None = None
    ratio: float | None = None
    bar: str = ""
    met: str = ""
    check: str = ""
    ok: bool = True


# In the workers.


def make(case: Case, size: int, folder: Path) -> None:
    for name, value in case.make(size, np.random.default_rng(0)).items():
        if isinstance(value, pd.DataFrame):
            value.to_pickle(folder / f"{name}.pkl")
            value.to_csv(folder / f"{name}.csv", index=False)
        else:
            np.save(folder / f"{name}.npy", value)


def run(case: Case, side: Side, folder: Path) -> dict[str, float]:
    import resource

    def clocked(inputs: dict[str, Any], draws: int) -> tuple[float, Any]:
        start = time.perf_counter()
        result = side.run(inputs, draws)
        return time.perf_counter() - start, result

    tiny, few = case.make(case.quick, np.random.default_rng(0)), min(20, case.draws)
    first, again = clocked(tiny, few)[0], clocked(tiny, few)[0]
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read = {".npy": np.load, ".pkl": pd.read_pickle}
    inputs = {path.stem: read[path.suffix](path) for path in folder.iterdir() if path.suffix in read}
    seconds, result = clocked(inputs, side.draws or case.draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.asarray(side.read(result), dtype=float).tofile(folder / side.file)
    return {"seconds": seconds, "first": max(0.0, first - again), "loaded_mib": in_mib(loaded), "mib": in_mib(peak)}


def check(ours: Path, theirs: Path, side: Side) -> tuple[bool, str]:
    """Whether the peer's values are ours; where it is said to be wrong, whether they are not."""
    a, b = np.fromfile(ours), np.fromfile(theirs)
    if a.shape != b.shape or not len(a) or not np.isfinite(a).all():
        return False, f"FAILED: {len(a)} values of ours, {int((~np.isfinite(a)).sum())} not finite, and {len(b)} of the peer"
    known = np.isfinite(b)
    apart = float(np.abs(a - b)[known].max(initial=0.0) / max(1.0, np.abs(a).max()))
    if side.wrong:
        differs = not known.all() or apart > side.tolerance
        said = f"the peer is wrong ({side.wrong}): NaN in {100 * (~known).mean():.0f} % of its values, up to {apart:.2g} off in the others"
        return differs, said if differs else f"FAILED: the peer is said to be wrong ({side.wrong}) and is not"
    equal = bool(known.all()) and apart <= side.tolerance
    return equal, f"{'equal' if equal else 'FAILED'}: {len(a)} values, at most {apart:.0e} apart ({side.tolerance:.0e} allowed)"


# In the process that starts them. It holds no data: the peak of a process is never told lower than that of the one that starts it.


def in_mib(peak: float) -> float:
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def process(*command: object, cache: Path | None = None) -> tuple[str, float]:
    """What a command prints, and its peak of memory in MiB."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SLPI_THREADS"), str(THREADS))
    environment = {**os.environ, **limits, **({"NUMBA_CACHE_DIR": str(cache)} if cache else {})}
    with subprocess.Popen([*map(str, command)], env=environment, cwd=HERE / "peers", stdout=subprocess.PIPE, encoding="utf-8") as child:
        told = child.stdout.read() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, [*map(str, command)])
    return told, in_mib(usage.ru_maxrss)


def worker(cache: Path, *asked: str) -> Any:
    """The answer of a step in a Python process of its own; ``cache`` holds what was compiled before."""
    return json.loads(process(sys.executable, HERE / "bench.py", "--step", *asked, cache=cache)[0])


def lacking(side: Side) -> str:
    """What is to be said of a peer that cannot run."""
    if not side.script:
        return "" if side.seconds or find_spec(side.needs) else NO_MODULE
    if not shutil.which("Rscript"):
        return NO_R
    return "" if process("Rscript", "-e", f"cat(requireNamespace('{side.needs}', quietly = TRUE))")[0] == "TRUE" else NO_R


def in_turn(case: Case, sides: Sequence[Side], folder: Path, repeats: int, answer: Callable[..., Any]) -> dict[str, Runs]:
    found = {side.name: Runs() for side in sides}
    for repeat in range(repeats):
        for side in sides:
            runs = found[side.name]
            if repeat >= SLOW_REPEATS and runs.took >= SLOW:
                continue
            if side.script:
                told, mib = process("Rscript", side.script, folder, side.file, side.draws or case.draws)
                one = {"seconds": float(told), "mib": mib}
            else:
                one = answer("run", case.name, side.name, str(folder))
            for name, value in one.items():
                getattr(runs, name).append(value)
    return found


def measured(case: Case, sides: Sequence[Side], quick: bool) -> tuple[dict[str, dict[int, Runs]], dict[str, list[tuple[bool, str]]]]:
    """What was measured of each side by size, and how its values compare with ours."""
    found: dict[str, dict[int, Runs]] = {side.name: {} for side in sides}
    checks: dict[str, list[tuple[bool, str]]] = {side.name: [] for side in sides}
    with tempfile.TemporaryDirectory(prefix="slpi-bench-") as top:
        answer = step if quick else partial(worker, Path(top) / "compiled")  # empty at first, so that compiling shows
        for size in case.at(quick):
            folder = Path(top) / str(size)
            folder.mkdir()
            answer("make", case.name, str(size), str(folder))
            here = [sides[0], *(side for side in sides[1:] if quick or size in (side.sizes or (case.sizes[0], case.sizes[-1])))]
            repeats = 1 if quick else REPEATS if size == case.sizes[-1] else SLOW_REPEATS
            for name, runs in in_turn(case, here, folder, repeats, answer).items():
                found[name][size] = runs
            for side in here[1:]:
                checks[side.name].append(answer("check", case.name, side.name, str(folder)))
            shutil.rmtree(folder)
    return found, checks


def growth(runs: dict[int, Runs]) -> float | None:
    return float(np.polyfit(np.log(list(runs)), np.log([one.took for one in runs.values()]), 1)[0]) if len(runs) > 1 else None


def rows(case: Case, quick: bool) -> Iterator[Row]:
    """Ours alone where it has a bar of its own or no peer, then ours beside each peer. Tiny sizes are measured by no bar."""
    peers = {side: lacking(side) for side in case.peers if not (quick and side.seconds)}
    found, checks = measured(case, [case.ours, *(side for side, why in peers.items() if not (why or side.seconds))], quick)
    by_size, last = found[case.ours.name], case.at(quick)[-1]
    ours = by_size[last]
    row = Row(
        case.name,
        f"{case.name}, tiny (n = {last})" if quick else case.what,
        size=last,
        ours_s=ours.took,
        ours_runs=" ".join(f"{seconds:.3f}" for seconds in ours.seconds),
        ours_mib=median(ours.mib),
        ours_over_import_mib=median(ours.mib) - median(ours.loaded_mib),
        ours_growth=growth(by_size),
        compiling_s=None if quick else by_size[case.sizes[0]].first[0],
        cached_s=median(ours.first),
    )
    if case.bars or not case.peers:
        taken = (ours.took, median(ours.mib))
        broken = [f"{value:.3g} {unit}" for (most, unit), value in zip(case.bars, taken, strict=False) if value > most]
        met = "" if quick or not case.bars else f"not met: {', '.join(broken)}" if broken else "yes"
        yield replace(row, bar=", ".join(f"≤ {most:g} {unit}" for most, unit in case.bars), met=met)
    for side, why in peers.items():
        beside = replace(row, peer=side.name, bar=f"≥ {side.bar:g}×" if side.bar else "")
        if why:
            yield replace(beside, check=why)
            continue
        seconds = side.seconds
        if seconds is not None:
            beside = replace(beside, check="measured once on a machine of this size, not run here")
        else:
            size, theirs = max(found[side.name].items())
            draws = side.draws or case.draws
            # What a peer does once, for the observed values, costs about as much as one draw.
            scale = (case.draws + 1) / (draws + 1) * (last / size) ** case.power
            seconds = theirs.took * scale
            beside = replace(
                beside,
                peer_measured=f"{theirs.took:.3g} s for {draws} draws at n = {size}" if scale != 1 else "",
                peer_mib=median(theirs.mib),
                peer_growth=growth(found[side.name]),
                check=min(checks[side.name])[1],  # of all sizes, one that failed if any did
                ok=min(checks[side.name])[0],
            )
        ratio = seconds / ours.took
        met = "" if quick or not side.bar else "yes" if ratio >= side.bar else f"not met: {ratio:.3g}×"
        yield replace(beside, peer_s=seconds, ratio=ratio, met=met)


def import_rows(quick: bool) -> Iterator[Row]:
    """What slpi, and then every module of it, adds to loading NumPy and pandas."""
    code = """
import importlib, json, time
at = [time.perf_counter()]
tick = lambda: at.append(time.perf_counter())
import numpy, pandas; tick()
import slpi; tick()
for name in dir(slpi): importlib.import_module(f"slpi.{name}"); tick()
print(json.dumps([later - sooner for sooner, later in zip(at, at[1:])] + dir(slpi)))
"""
    runs = [json.loads(process(sys.executable, "-c", code)[0]) for _ in range(1 if quick else 2 * REPEATS + 1)]
    count = (len(runs[0]) - 2) // 2
    base, alone, *each = (median(run[k] for run in runs) for k in range(count + 2))
    slowest = sorted(zip(each, runs[0][count + 2 :], strict=True), reverse=True)[:3]
    row = Row(IMPORT, "Importing slpi, beyond NumPy and pandas", peer="numpy, pandas", peer_s=base)
    met = "" if quick else "yes" if alone < IMPORT_BAR else f"not met: {alone:.2g} s"
    yield replace(row, ours_s=alone, bar=f"< {IMPORT_BAR} s", met=met)
    said = ", ".join(f"{name} {seconds:.2g} s" for seconds, name in slowest)
    yield replace(row, what="Importing each module of slpi as well", ours_s=alone + sum(each), check=f"slowest: {said}")


# What is printed and kept.


def cells(row: Row) -> dict[str, str]:
    def shown(value: float | None, form: str) -> str:
        return "" if value is None else form.format(value)

    peer_takes = shown(row.peer_s, "{:.3g} s") + (f" ({row.peer_measured})" if row.peer_measured else "")
    return {
        "work": row.what,
        "ours": shown(row.ours_s, "{:.3g} s"),
        "peer": f"{row.peer} {peer_takes}".strip() or "–",
        "ratio": shown(row.ratio, "{:.3g}×"),
        "bar": row.bar,
        "met?": row.met,
        "peak MiB": shown(row.ours_mib, "{:.0f}") + shown(row.ours_over_import_mib, " (+{:.0f})") + shown(row.peer_mib, "; {:.0f}"),
        "growth": shown(row.ours_growth, "n^{:.1f}") + shown(row.peer_growth, "; n^{:.1f}"),
        "first call": shown(row.compiling_s, "{:.1f} s, ") + shown(row.cached_s, "cached {:.1f} s"),
        "check": row.check,
    }


def table(found: Sequence[Row]) -> str:
    names = list(cells(Row("")))
    lines, before = [dict(zip(names, names, strict=True))], Row("")
    for row in found:
        line = cells(row)
        if row.what == before.what:  # ours is told once
            line |= dict.fromkeys(("work", "ours", "first call"), "")
        lines.append(line)
        before = row
    wide = {name: max(len(line[name]) for line in lines) for name in names}
    lines.insert(1, {name: "-" * wide[name] for name in names})
    return "\n".join(" | ".join(line[name].ljust(wide[name]) for name in names).rstrip() for line in lines)


def machine() -> dict[str, Any]:
    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "not installed"

    def in_r(code: str) -> str:
        return process("Rscript", "-e", f"cat({code})")[0] if shutil.which("Rscript") else "not installed"

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "threads": THREADS,
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "packages": {name: installed(name) for name in PACKAGES},
        "r": in_r("R.version.string"),
        "r_packages": {name: in_r(f"if (nzchar(system.file(package = '{name}'))) format(packageVersion('{name}'))") for name in R_PACKAGES},
    }


def bench(names: Sequence[str], quick: bool, results: Path | None) -> int:
    start, here, found = time.perf_counter(), machine(), []
    print(json.dumps(here, indent=1, ensure_ascii=False))
    for case in CASES:
        if not names or case.name in names:
            print(f"{case.name} …", file=sys.stderr, flush=True)
            try:
                found += rows(case, quick)
            except subprocess.CalledProcessError as error:  # what it said stands above; the other rows go on
                found.append(Row(case.name, case.what, check=f"FAILED: exit {error.returncode} of {' '.join(error.cmd[1:])}", ok=False))
    if not names or IMPORT in names:
        found += import_rows(quick)
    print(table(found))
    if here["load"] > 1 and not quick:
        print(f"The machine was busy (load {here['load']}): this slows ours beside figures that were measured elsewhere.")
    minutes = (time.perf_counter() - start) / 60
    print(f"{len(found)} rows in {minutes:.1f} minutes; load {here['load']} before, {os.getloadavg()[0]:.1f} after")
    if results:
        results.mkdir(parents=True, exist_ok=True)
        (results / "machine.json").write_text(json.dumps(here, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        with (results / "speed.csv").open("w", encoding="utf-8", newline="") as to:
            writer = csv.DictWriter(to, [one.name for one in fields(Row)], lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(row).items()} for row in found)
        if results == HERE / "results":
            page(found)
    return 0 if all(row.ok for row in found) else 1


def page(found: Sequence[Row]) -> None:
    """Write the table that the book prints."""
    shown = ("work", "ours", "peer", "ratio", "bar", "met?", "growth", "check")
    with (HERE.parent / "paper" / "pages" / "measures" / "speed.csv").open("w", encoding="utf-8", newline="") as to:
        writer = csv.DictWriter(to, shown, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(cells(row) for row in found)


def step(kind: str, name: str, *rest: str) -> object:
    """What a worker does."""
    case = next(case for case in CASES if case.name == name)
    if kind == "make":
        return make(case, int(rest[0]), Path(rest[1]))
    side, folder = next(side for side in (case.ours, *case.peers) if side.name == rest[0]), Path(rest[1])
    return run(case, side, folder) if kind == "run" else check(folder / case.ours.file, folder / side.file, side)


if __name__ == "__main__":
    names = [case.name for case in CASES] + [IMPORT]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"rows to run, all if none is named: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, once: do all rows run, and do their values agree?")
    parser.add_argument("--results", type=Path, help="where speed.csv and machine.json go; benchmarks/results for a whole run")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(*given.step)))
        sys.exit()
    if set(given.names) - set(names):
        parser.error(f"no row {', '.join(sorted(set(given.names) - set(names)))}; there are {', '.join(names)}")
    whole = not given.quick and not given.names
    sys.exit(bench(given.names, given.quick, given.results or (HERE / "results" if whole else None)))
