"""Sweeps: one chapter over a grid of parameters, on this machine's cores or a Dask cluster; a table and a specification curve.

A point runs the chapter's code cells that are not tagged ``show``, as plain Python, and gives what they record.
"""

import io
import itertools
import json
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compendium import points
from compendium.build import Say, cores, require_data
from compendium.parameters import checked
from compendium.project import BadInput, Failure, Project, canonical_json, sha256_of, write_atomically
from compendium.run import Chapter, libraries, read_chapter, source_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Values = dict[str, object]
MOST_LEVELS = 12  # of a parameter, for each to have a line of its own under the curve
INK = "#1f4e79"


@dataclass(frozen=True)
class Grid:
    """The points of a sweep in their order, each with a value for the same parameters, and the recorded number to draw."""

    points: tuple[Values, ...]
    outcome: str


def read_grid(path: Path, chapter: Chapter) -> Grid:
    """Read a grid: ``grid`` (lists to combine) or ``list`` (points written out), and ``outcome``, the number that the curve shows.

    Raises
    ------
    BadInput
        If it is no such file, or a parameter is unknown, of a wrong type or out of range, or a point stands twice; lists every fault.
    """
    import yaml

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
            names = [key.value for key, _ in node.value]
            for name in {name for name in names if names.count(name) > 1}:
                raise yaml.YAMLError(f"{name!r} stands twice, line {node.start_mark.line + 1} and after")
            return super().construct_mapping(node, deep)

    try:
        read = yaml.load(path.read_text(encoding="utf-8"), Strict)
    except (OSError, ValueError, yaml.YAMLError) as error:  # a ValueError: no UTF-8, or a day that is none
        raise BadInput(f"{path}: cannot be read as YAML: {error}") from None
    if not isinstance(read, dict) or set(read) - {"grid", "list", "outcome"} or ("grid" in read) == ("list" in read):
        raise BadInput(f"{path}: write either 'grid' (parameter: list of values) or 'list' (points), and 'outcome', and nothing else")
    if not isinstance(read.get("outcome", ""), str):
        raise BadInput(f"{path}: 'outcome' is one name of a recorded number, not {read['outcome']!r}")
    if "grid" in read:
        lists = read["grid"]
        if not isinstance(lists, dict) or not all(isinstance(values, list) and values for values in lists.values()) or not lists:
            raise BadInput(f"{path}: 'grid' has a list of at least one value for each parameter, as in  draws: [100, 200]")
        written = [dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values())]
        singly = [{name: value} for name, values in lists.items() for value in values]  # each fault once
    else:
        written = singly = read["list"]
        if not isinstance(written, list) or not written or not all(isinstance(point, dict) and point for point in written):
            raise BadInput(f"{path}: 'list' has points such as  - {{draws: 100, seed: 1}}")
    _check(singly, chapter, path)
    parameters = chapter.parameters
    names = [name for name in parameters if any(name in point for point in written)]
    found = [{n: parameters[n].take(point[n]) if n in point else parameters[n].default for n in names} for point in written]
    keys = [canonical_json(point) for point in found]
    if (
        twice := sorted({json.dumps(point) for point, key in zip(found, keys, strict=True) if keys.count(key) > 1})
        if len(set(keys)) < len(keys)
        else []
    ):
        raise BadInput(f"{path}: points stand twice: {'; '.join(twice[:5])}")
    return Grid(tuple(found), read.get("outcome", ""))


def _check(written: Sequence[Values], chapter: Chapter, path: Path) -> None:
    faults: dict[str, None] = {}
    listing = ""
    for point in written:
        try:
            checked(point.items(), chapter.parameters, chapter.name)
        except BadInput as error:
            said, _, listing = str(error).partition("\n  parameters of ")
            faults.update(dict.fromkeys(said.splitlines()))
    if faults:
        raise BadInput("\n".join([f"{path}:", *faults]) + f"\n  parameters of {listing}")


def sweep(project: Project, name: str, grid_file: Path, say: Say, jobs: int = 0, dask: str = "", keep: Path | None = None) -> None:
    """Run the points that no earlier sweep has run, then write ``reports/sweeps/NAME/GRID.parquet`` and the curve beside it.

    The table is also written to ``keep``, as CSV.

    Raises
    ------
    Failure
        If a point failed (the others are kept), or what they read changed meanwhile or differs from machine to machine.
    """
    chapter = read_chapter(project, name)
    require_data(project, chapter)
    grid = read_grid(grid_file, chapter)
    made = project.reports / "sweeps" / name / f"{grid_file.stem}.parquet"
    job = _job(project, chapter, list(grid.points[0]))
    store = _Store(
        project,
        project.press / "sweeps" / name / f"{grid_file.stem}.jsonl",
        sha256_of(canonical_json([job, project.environment, project.press_version]).encode()),
    )
    todo = [point for point in grid.points if canonical_json(point) not in store.numbers]
    if todo or not made.exists():
        made.unlink(missing_ok=True)
        made.with_suffix(".svg").unlink(missing_ok=True)
    say(f"{name}  {len(grid.points)} points of {grid_file.name}, {len(todo)} to run")
    faults: dict[str, list[Values]] = {}
    this = uuid.uuid4().hex
    try:
        for point, answer in (_on_dask(dask, job, todo, this) if dask else _on_cores(job, todo, jobs, this)) if todo else ():
            if error := answer.get("error") or store.add(point, answer):
                faults.setdefault(error, []).append(point)
    finally:
        points.close_all(this)
        store.file.close()
    if faults:
        told = [f"  {len(where)} × {error}\n    first with {json.dumps(where[0])}" for error, where in list(faults.items())[:5]]
        number = sum(map(len, faults.values()))
        raise Failure(
            "\n".join([f"{number} of {len(grid.points)} points failed; the others are kept, and make sweep goes on with these", *told])
        )
    if changed := store.changed():
        raise Failure(f"{', '.join(changed[:3])} changed while the sweep ran; run it again")
    table = tabulate(grid.points, [store.numbers[canonical_json(point)] for point in grid.points])
    data = io.BytesIO()
    table.to_parquet(data, index=False)
    write_atomically(made, data.getvalue())
    say(f"→ {made.relative_to(project.root)}")
    if keep:
        write_atomically(keep, table.to_csv(index=False, lineterminator="\n"))
        say(f"→ {keep}")
    made.with_suffix(".svg").unlink(missing_ok=True)
    if grid.outcome:
        try:
            curve = specification_curve(table, grid.outcome, list(grid.points[0]))
        except BadInput as error:
            raise BadInput(f"{grid_file}: {error}") from None
        write_atomically(made.with_suffix(".svg"), _svg(curve))
        say(f"→ {made.with_suffix('.svg').relative_to(project.root)}")


def _job(project: Project, chapter: Chapter, varying: list[str]) -> dict:
    """What a server of points needs to know."""
    cells = [
        (i, source_of(cell))
        for i, cell in enumerate(chapter.notebook["cells"], 1)
        if cell["cell_type"] == "code" and "show" not in cell["metadata"].get("tags", [])
    ]
    declared = next(i for i, cell in enumerate(chapter.notebook["cells"], 1) if "parameters" in cell["metadata"].get("tags", []))
    before = [cell for cell in cells if cell[0] <= declared]
    shared = len(before) + points.count_shared(cells[len(before) :], varying)
    return {
        "root": str(project.root),
        "cells": cells,
        "shared": shared,
        "minutes": chapter.minutes,
        "preload": libraries(project, [chapter]),
    }


class _Store:
    """What the points gave, a line each as soon as they are done; it serves as long as neither the cells nor what they read change."""

    def __init__(self, project: Project, path: Path, key: str) -> None:
        self.project, self.numbers, self.inputs = project, dict[str, Values](), dict[str, str]()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        with suppress(ValueError):  # an interruption may have left half a line
            for line in lines[1:] if lines and lines[0] == json.dumps(key) else []:
                self._take(json.loads(line))
        if self.changed():
            self.numbers, self.inputs = {}, {}
        kept = [{"point": json.loads(point), "numbers": numbers} for point, numbers in self.numbers.items()]
        write_atomically(path, "".join(json.dumps(line) + "\n" for line in (key, {"inputs": self.inputs}, *kept)))
        self.file = path.open("a", encoding="utf-8")

    def _take(self, line: dict) -> None:
        self.inputs |= line.get("inputs", {})
        if "point" in line:
            self.numbers[canonical_json(line["point"])] = line["numbers"]

    def add(self, point: Values, answer: dict) -> str:
        """Keep an answer; what is wrong with it, or nothing."""
        here = {path: self.project.digest(path) for path in answer["inputs"]}
        if other := [path for path, digest in answer["inputs"].items() if digest != here[path]]:
            changed = "changed" in answer["inputs"].values()
            return f"{', '.join(other[:3])}: {'changed while the sweep ran' if changed else 'where the point ran this has another content'}"
        new = {path: digest for path, digest in answer["inputs"].items() if path not in self.inputs}
        line = {"point": point, "numbers": answer["numbers"], "inputs": new}
        self._take(line)
        print(json.dumps(line), file=self.file, flush=True)
        return ""

    def changed(self) -> list[str]:
        now = Project(self.project.root)
        return [path for path, digest in self.inputs.items() if now.digest(path) != digest]


def _on_cores(job: dict, todo: Sequence[Values], jobs: int, this: str) -> Iterator[tuple[Values, dict]]:
    with ThreadPoolExecutor(min(jobs or cores(), len(todo))) as pool:
        running = {pool.submit(points.answer, job, [point], this): point for point in todo}
        try:
            for done in as_completed(running):
                yield running[done], done.result()[0]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            points.close_all(this)
            raise


def _on_dask(address: str, job: dict, todo: Sequence[Values], this: str) -> Iterator[tuple[Values, dict]]:
    try:
        from distributed import Client
        from distributed import as_completed as as_gathered
    except ImportError:
        raise BadInput(f"DASK={address}: the package distributed is not installed") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError, TypeError) as error:  # a TypeError where tls:// has no certificate
        raise BadInput(f"DASK={address}: no scheduler answers there: {error}") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise BadInput(f"DASK={address}: the scheduler has no worker")
        size = max(1, min(25, len(todo) // (4 * threads)))
        batches = [todo[start : start + size] for start in range(0, len(todo), size)]
        futures = [client.submit(points.answer, job, batch, this, pure=False) for batch in batches]
        batch_of = {future.key: batch for future, batch in zip(futures, batches, strict=True)}
        try:
            for future, answers in as_gathered(futures, with_results=True):
                yield from zip(batch_of[future.key], answers, strict=True)
        finally:
            client.cancel(futures)
            client.run(points.close_all, this)


def tabulate(values: Sequence[Values], numbers: Sequence[Values]) -> "pd.DataFrame":
    """A row a point: its parameters, then what it recorded, names in order.

    A list of words is one text. Where a name holds numbers in some points and words in others, the words have a column ``NAME.words``.
    """
    import pandas as pd

    columns: dict[str, list] = {name: [] for name in values[0]}
    for name in columns:
        columns[name] = [", ".join(point[name]) if isinstance(point[name], list) else point[name] for point in values]
    for name in sorted({name for one in numbers for name in one}):
        column = [one.get(name) for one in numbers]
        words = [value if isinstance(value, str) else None for value in column]
        if any(not isinstance(value, str) and value is not None for value in column):
            columns[name] = [None if isinstance(value, str) else value for value in column]
        if any(words):
            columns[f"{name}.words" if name in columns else name] = words
    return pd.DataFrame(columns)


def specification_curve(table: "pd.DataFrame", outcome: str, choices: Sequence[str]) -> "Figure":
    """The outcome of every specification, from the lowest to the highest, over the choices that led to it.

    Parameters
    ----------
    table : DataFrame
        A row a specification, as a sweep writes it.
    outcome : str
        The column to draw; numbers.
    choices : sequence of str
        Columns of parameters; those that never vary are left out, those with more than a dozen values are named only.

    Raises
    ------
    BadInput
        If there is no such column, or it holds words.

    References
    ----------
    Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. *Nature Human Behaviour*, 4, 1208–1214.
    """
    import difflib

    import matplotlib.pyplot as plt
    import numpy as np

    numbers = [column for column in table if column not in choices and table[column].dtype.kind in "iufb"]
    if outcome not in numbers:
        near = difflib.get_close_matches(outcome, numbers, n=3) or numbers[:5]
        raise BadInput(f"outcome {outcome!r} is no number that the chapter records" + (f"; there are {', '.join(near)}" if near else ""))
    ordered = table.dropna(subset=outcome).sort_values(outcome, kind="stable")
    place, values = np.arange(1, len(ordered) + 1), ordered[outcome].astype(float)
    varied = {name: sorted(ordered[name].unique()) for name in choices if ordered[name].nunique() > 1}
    rows = [(name, level) for name, levels in varied.items() if len(levels) <= MOST_LEVELS for level in levels]
    high = max(1.0, 0.24 * len(rows))
    fig, (top, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 3 + high), height_ratios=[3, high], layout="constrained")
    top.plot(place, values, "o", ms=np.clip(600 / len(ordered), 1.0, 5.0), mew=0, color=INK)
    if values.min() < 0 < values.max():
        top.axhline(0, color="0.4", lw=0.8)
    top.set_ylabel(outcome)
    title = f"{len(ordered):,} specifications: from {values.min():.3g} to {values.max():.3g}, half below {values.median():.3g}"
    top.set_title(title, loc="left", fontsize=10)
    for y, (name, level) in enumerate(rows):
        at = place[ordered[name] == level]
        below.plot(at, np.full(len(at), -y), "|", ms=9, mew=np.clip(300 / len(ordered), 0.3, 2.0), color=INK)
        if y and rows[y - 1][0] != name:
            below.axhline(0.5 - y, color="0.8", lw=0.6)
    named = [f"{name} = {'none' if level == '' else level}" for name, level in rows]
    below.set_yticks(-np.arange(len(rows)), named, fontsize=8)
    undrawn = [f"{name} ({len(levels):,} values)" for name, levels in varied.items() if len(levels) > MOST_LEVELS]
    below.set_xlabel("specifications in the order of their outcome" + (f"; not drawn: {', '.join(undrawn)}" if undrawn else ""))
    for axis in (top, below):
        axis.spines[["top", "right"]].set_visible(False)
    return fig


def _svg(fig: "Figure") -> str:
    import matplotlib.pyplot as plt

    drawn = io.StringIO()
    with plt.rc_context({"svg.hashsalt": "specification curve", "svg.fonttype": "path"}):
        fig.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)
    return drawn.getvalue()
