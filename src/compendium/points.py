"""Points of a sweep: a chapter's cells run as plain Python, each point in a fork of one process that has done what all points share.

``python -m compendium.points`` reads a job (a line of JSON) and then parameters (a line each), and answers each with a line: what the
cells recorded and the digests of what they read, or their error.
"""

import contextlib
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO

from compendium.project import Project
from compendium.trace import Trace, bound_memory

_REACHES_ALL = ("globals", "locals", "vars", "eval", "exec")  # a cell with one of these may read a parameter without naming it
_DIED = "the process of its points died; is there enough memory?"
_LATE = "ran longer than its {0:g} minutes (metadata compendium.minutes of the notebook)"
_GRACE = 5  # seconds more before one that does not heed its time is killed

Cells = Sequence[tuple[int, str]]
_mine = threading.local()
_open: set["_Server"] = set()
_over: set[str] = set()
_one_at_a_time = threading.Lock()


def count_shared(cells: Cells, varying: Sequence[str]) -> int:
    """How many of the first cells name no varying parameter, so that they can run once for all points."""
    named = re.compile(rf"\b({'|'.join(map(re.escape, (*varying, *_REACHES_ALL)))})\b")
    return next((i for i, (_, source) in enumerate(cells) if named.search(source)), len(cells))


def answer(job: dict, batch: Sequence[dict[str, object]], sweep: str) -> list[dict]:
    """What the points of a batch give, from a server of this thread's own that stays for the next batch of this sweep."""
    answers = []
    for values in batch:
        server = _server(job, sweep)
        answers.append(server.ask(values) if server else {"error": _DIED})
        if answers[-1].get("error") == _DIED:
            _mine.sweep = None  # the next point gets a new one
    return answers


def _server(job: dict, sweep: str) -> "_Server | None":
    """This thread's own server for a sweep; none once the sweep is over."""
    with _one_at_a_time:
        if sweep in _over:
            return None
        if getattr(_mine, "sweep", None) != sweep:
            if hasattr(_mine, "server"):
                _mine.server.close()
            _mine.sweep, _mine.server = sweep, _Server(job)
        return _mine.server


def close_all(sweep: str) -> None:
    """End every server of this process; none is begun for this sweep any more."""
    with _one_at_a_time:
        _over.add(sweep)
        for server in list(_open):
            server.close()


class _Server:
    """The process that forks a point for each set of parameters it is asked for."""

    def __init__(self, job: dict) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "compendium.points"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**Project(Path(job["root"])).kernel_environment(), "MPLBACKEND": "agg"},
            start_new_session=True,  # it and its forks end together
        )
        self._inputs: dict[str, str] = {}
        _open.add(self)
        self._say(job)

    def _say(self, message: dict) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):  # it is gone: told where its answer is missed
            print(json.dumps(message), file=self._process.stdin, flush=True)

    def ask(self, values: dict[str, object]) -> dict:
        self._say(values)
        try:
            answer = json.loads(self._process.stdout.readline())
        except ValueError:
            return {"error": _DIED}
        self._inputs |= answer["inputs"]
        return {**answer, "inputs": self._inputs}

    def close(self) -> None:
        if self not in _open:  # its number may be another process's by now
            return
        _open.discard(self)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def serve(questions: IO[str], answers: IO[str]) -> None:
    """Answer each line of parameters until there are no more."""
    job = json.loads(questions.readline())
    project, began = Project(Path(job["root"])), time.time_ns()
    bound_memory()
    for name in job["preload"]:
        with contextlib.suppress(Exception):  # the cell that imports it will say what is wrong
            import_module(name)
    try:
        os.chdir(project.root / "notebooks")
    except OSError as error:
        for _ in iter(questions.readline, ""):
            print(json.dumps({"error": f"where the point ran there is no such folder: {error}", "inputs": {}}), file=answers, flush=True)
        return
    sys.path.insert(0, "")  # the notebooks' folder, as in a kernel
    sys.modules["__main__"] = ModuleType("__main__")
    trace, told, namespace = Trace(str(project.root), "", writes=False), set[str](), vars(sys.modules["__main__"])
    sys.addaudithook(trace.hook)
    from compendium import show

    recorded = show.collect()
    with _bounded(job["minutes"]):
        broken = _run(job["cells"][: job["shared"]], namespace)
    left = _Left.now()
    trace.modules()  # their places are known to every fork then
    for line in iter(questions.readline, ""):
        point = {"error": broken} if broken else _in_fork(json.loads(line), job, namespace, recorded, trace, left, questions)
        new = set(point.pop("paths", ())) - told
        told |= new
        inputs = {path: "changed" if _changed_since(began, project.root / path) else project.digest(path) for path in sorted(new)}
        print(json.dumps({**point, "inputs": inputs}), file=answers, flush=True)


def _changed_since(began: int, path: Path) -> bool:
    try:
        return path.stat().st_mtime_ns > began
    except OSError:
        return False


@contextlib.contextmanager
def _bounded(minutes: float) -> Iterator[None]:
    """Stop what runs in this block in its cell when its time is over."""

    def over(*_: object) -> None:
        raise TimeoutError(_LATE.format(minutes))

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _run(cells: Cells, namespace: dict[str, object], begin: Callable[[int], None] = lambda cell: None) -> str:
    """Run cells one after the other, and tell ``begin`` which; the error of the first that fails, or nothing."""
    for position, source in cells:
        begin(position)
        name = f"<cell {position}>"
        try:
            exec(compile(source, name, "exec"), namespace)
        except (Exception, SystemExit) as error:
            lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
            return f"cell {position}{f' line {lines[-1]}' if lines else ''}: {type(error).__name__}: {error}"
    return ""


@dataclass(frozen=True)
class _Left:
    """What the shared cells left that a fork does not keep by itself."""

    drawn: tuple[object, ...]  # a fork seeds ``random`` anew
    places: dict[int, int]  # forks share how far an open file is read

    @classmethod
    def now(cls) -> "_Left":
        places = {}
        for descriptor in map(int, os.listdir("/dev/fd")):
            with contextlib.suppress(OSError):  # a pipe has no place
                places[descriptor] = os.lseek(descriptor, 0, os.SEEK_CUR)
        return cls(random.getstate(), places)

    def restore(self) -> None:
        random.setstate(self.drawn)
        for descriptor, place in self.places.items():
            with contextlib.suppress(OSError):
                os.lseek(descriptor, place, os.SEEK_SET)


def _in_fork(
    values: dict[str, object],
    job: dict,
    namespace: dict[str, object],
    recorded: list[dict],
    trace: Trace,
    left: _Left,
    questions: IO[str],
) -> dict:
    """Run a point in a fork, whose memory and names nobody else sees; one that hangs is killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            left.restore()
            namespace.update(values)
            with open(writing, "w", encoding="utf-8") as pipe:
                with _bounded(job["minutes"]):
                    error = _run(job["cells"][job["shared"] :], namespace, lambda cell: print(cell, file=pipe, flush=True))
                numbers = {entry["name"]: entry["value"] for entry in recorded if entry["kind"] == "number"}
                answer = {"error": error} if error else {"numbers": numbers, "paths": sorted(trace.read | trace.modules())}
                print(json.dumps(answer), file=pipe)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        return _answer_of(child, reading, questions, job["minutes"])
    finally:
        os.close(reading)


def _answer_of(child: int, reading: int, questions: IO[str], minutes: float) -> dict:
    """What a point writes: the number of each cell that it begins, a line each, and then its answer."""
    text, end = b"", time.monotonic() + 60 * minutes + _GRACE
    while not text.endswith(b"}\n"):
        ready = select.select([reading, questions], [], [], max(0.0, end - time.monotonic()))[0]
        if questions in ready:  # whoever asked is gone: nobody asks before the answer
            os.killpg(0, signal.SIGKILL)
        new = os.read(reading, 2**16) if ready else b""
        text += new
        if not new:
            break
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if not select.select([reading], [], [], 0)[0]:  # a process that it forked still holds the other end
        _kill_others()
    if text.endswith(b"}\n"):
        return json.loads(text.splitlines()[-1])
    cell = text.splitlines()[-1].decode() if text else "none"
    late = time.monotonic() > end
    return {"error": f"cell {cell}: {_LATE.format(minutes) if late else 'its process died; is there enough memory?'}"}


def _kill_others() -> None:
    """End every process that points have left behind."""
    import psutil

    for process in psutil.pids():
        with contextlib.suppress(OSError):  # it is gone, or not ours
            if process != os.getpid() and os.getpgid(process) == os.getpgrp():
                os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    asked, out = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what cells print is no answer
    os.dup2(2, 0)  # and what they read is no question: 2 is the null device
    serve(asked, out)
