"""Running chapters: only the stale ones, each with papermill, and a failure on one screen."""

import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from compendium.parameters import Parameter, checked, declared
from compendium.project import BadInput, Failure, Project, canonical_json, sha256_of, write_atomically

_importing = threading.Lock()
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Chapter:
    """A chapter's notebook, read and checked."""

    name: str
    path: Path
    notebook: dict

    @property
    def code_cells(self) -> list[dict]:
        return [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]

    @property
    def parameters(self) -> dict[str, Parameter]:
        cells = [cell for cell in self.code_cells if "parameters" in cell["metadata"].get("tags", [])]
        if len(cells) != 1:
            raise BadInput(f"{self.path.name}: {len(cells)} cells are tagged 'parameters'; a chapter has exactly one (it may be empty)")
        return declared(source_of(cells[0]), self.path.name)

    @property
    def minutes(self) -> float:
        """How long it may run: ``compendium.minutes`` in the notebook's metadata, or half an hour."""
        return float(self._settings.get("minutes", 30))

    @property
    def quick(self) -> dict[str, object]:
        """The small parameters of ``make quick``: ``compendium.quick`` in the notebook's metadata."""
        return checked(self._settings.get("quick", {}).items(), self.parameters, f"{self.path.name}, metadata compendium.quick")

    @property
    def needs(self) -> list[str]:
        """Files below ``data/raw`` without which it cannot run: ``compendium.needs`` in the notebook's metadata."""
        return self._settings.get("needs", [])

    def missing(self, project: Project) -> list[str]:
        """Those of them that are not there."""
        return [file for file in self.needs if not (project.root / "data" / "raw" / file).exists()]

    def bytes_needed(self, project: Project) -> int:
        """How large they are together."""
        return sum((project.root / "data" / "raw" / file).stat().st_size for file in self.needs)

    @property
    def _settings(self) -> dict:
        return self.notebook["metadata"].get("compendium", {})


@dataclass(frozen=True)
class Run:
    """A chapter, the parameters that differ from its defaults, and the folder of its stored run."""

    chapter: Chapter
    values: dict[str, object]
    folder: Path


def source_of(cell: dict) -> str:
    """A cell's text, which a notebook may hold by lines."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def read_chapter(project: Project, name: str) -> Chapter:
    """Read a chapter's notebook.

    Raises
    ------
    BadInput
        If there is no such chapter or its file is no notebook of format 4.5.
    """
    path = project.chapter(name)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.relative_to(project.root)} is no notebook: {error}") from None
    fault = _fault(notebook)
    if fault:
        raise BadInput(f"{path.relative_to(project.root)} {fault}")
    return Chapter(name, path, notebook)


def _fault(notebook: object) -> str:
    """What keeps a file's content from being a chapter; empty where nothing does."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        return "is no notebook: it has no cells"
    version = [notebook.get("nbformat"), notebook.get("nbformat_minor")]
    if not all(isinstance(part, int) for part in version) or version < [4, 5]:
        return f"is of notebook format {version[0]}.{version[1]}; open and save it in JupyterLab (4.5)"
    ids = set()
    for i, cell in enumerate(notebook["cells"], 1):
        if not isinstance(cell, dict) or {"cell_type", "id", "metadata", "source"} - cell.keys():
            return f"cell {i} is no cell: it must have cell_type, id, metadata and source; open and save it in JupyterLab"
        if cell["id"] in ids:
            return f"cell {i} has the id of an earlier cell, {cell['id']!r}; open and save it in JupyterLab"
        ids.add(cell["id"])
    metadata = notebook.get("metadata", {})
    if not metadata.get("kernelspec", {}).get("name"):
        return "names no kernel; open it in JupyterLab, choose Python 3 and save it"
    settings = metadata.get("compendium", {})
    if not isinstance(settings, dict) or not isinstance(settings.get("quick", {}), dict):
        return 'has metadata compendium that is none; write compendium.quick as in  "compendium": {"quick": {"draws": 50}}'
    needs = settings.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(file, str) and file for file in needs):
        return 'has metadata compendium.needs that is no list of files below data/raw; write it as in  "needs": ["national/plants.csv"]'
    minutes = settings.get("minutes", 30)
    if type(minutes) not in (int, float) or not 0 < minutes < 1e6:
        return f"has metadata compendium.minutes of {minutes!r}; write a number above nought, as in 30"
    return ""


def run_key(project: Project, chapter: Chapter, values: dict[str, object]) -> dict[str, object]:
    """What the outputs of a chapter depend on before it runs; what it read is added after. Prose cells are not among it."""
    return {
        "code": sha256_of(json.dumps([source_of(cell) for cell in chapter.code_cells]).encode()),
        "parameters": {name: values.get(name, p.default) for name, p in chapter.parameters.items()},
        "environment": project.environment,
        "press": project.press_version,
    }


def why_stale(project: Project, chapter: Chapter, values: dict[str, object], folder: Path) -> str:
    """Empty when the stored run is good; else what changed since it, in words."""
    try:
        stored = json.loads((folder / "key.json").read_text(encoding="utf-8"))
        executed = (folder / "executed.ipynb").read_bytes()
    except (OSError, ValueError):
        return "never run to its end"
    if not isinstance(stored, dict) or stored.pop("executed", None) != sha256_of(executed):
        return "its stored run was altered"
    key = run_key(project, chapter, values)
    for part, words in (
        ("code", "its code cells"),
        ("parameters", "its parameters"),
        ("environment", "the environment"),
        ("press", "the press"),
    ):
        if stored.get(part) != key[part]:
            return f"{words} changed"
    changed = [path for path, digest in stored.get("inputs", {}).items() if digest != project.digest(path)]
    return ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "") + " changed" if changed else ""


def inputs_of(folder: Path) -> dict[str, str]:
    """What a stored run read and imported, each path with its digest; a folder that it listed ends in a slash."""
    return json.loads((folder / "key.json").read_text(encoding="utf-8"))["inputs"]


def run_chapter(project: Project, chapter: Chapter, values: dict[str, object], folder: Path) -> None:
    """Execute a chapter and store its run in ``folder``: ``executed.ipynb`` first, then the key that vouches for it.

    Within `kernels` several threads may run chapters at a time.

    Raises
    ------
    Failure
        If a cell fails: one screen that names chapter, cell, parameters, error, line and the next command.
    """
    with _without("pyarrow", "rfc3987_syntax"):  # a store and a syntax of addresses that no chapter needs: half the time of the import
        import nbformat
        import papermill  # takes seconds: only once a chapter must run
        from papermill.exceptions import PapermillExecutionError

    folder.mkdir(parents=True, exist_ok=True)
    key = run_key(project, chapter, values)
    (folder / "key.json").unlink(missing_ok=True)
    scratch, traced, began = folder / "running.ipynb", folder / "trace.json", time.time_ns()
    traced.unlink(missing_ok=True)
    start = f"__import__('compendium.trace').trace.start({str(project.root)!r}, {str(traced)!r}, {chapter.minutes})"
    with _private_sockets(start) as transport:
        try:
            papermill.execute_notebook(
                str(chapter.path), str(scratch), parameters=values, progress_bar=False, request_save_on_cell_execute=False, **transport
            )
        except PapermillExecutionError as error:
            shutil.move(scratch, folder / "failed.ipynb")
            raise Failure(_one_screen(chapter, key["parameters"], _command(chapter, values), error)) from None
        except Exception as error:  # the kernel died, or could not start
            raise Failure(f"chapter {chapter.name} failed: {type(error).__name__}: {error}\n  then: {_command(chapter, values)}") from None
    executed = _clean(nbformat.read(scratch, as_version=4))
    text = canonical_json(executed)
    write_atomically(folder / "executed.ipynb", text)
    seen = json.loads(traced.read_text(encoding="utf-8"))
    write_atomically(_libraries_of(project, chapter), canonical_json(seen["libraries"]))
    inputs = _inputs(project, seen, began)
    write_atomically(folder / "key.json", canonical_json({**key, "inputs": inputs, "executed": sha256_of(text.encode())}))
    traced.unlink()
    scratch.unlink()
    (folder / "failed.ipynb").unlink(missing_ok=True)


@contextmanager
def _without(*modules: str) -> Iterator[None]:
    """Let imports in this block go without optional modules, unless these are loaded already."""
    kept_out = [name for name in modules if name not in sys.modules]
    with _importing:  # one thread at a time: others would miss what is kept out
        sys.modules.update(dict.fromkeys(kept_out))
        try:
            yield
        finally:
            for name in kept_out:
                sys.modules.pop(name, None)


def _inputs(project: Project, traced: dict, began: int) -> dict[str, str]:
    """Digests of what a run read. What changed under its hands has none that will do: the run is stale from the start."""

    def changed_since(path: str) -> bool:
        try:
            return path not in traced["written"] and (project.root / path).stat().st_mtime_ns > began
        except OSError:
            return False

    fresh = Project(project.root)  # with no digest from before the run
    return {path: "changed while it ran" if changed_since(path) else fresh.digest(path) for path in traced["inputs"]}


def render(chapter: Chapter, executed: dict) -> dict:
    """The executed notebook with the prose that its source has now; what papermill injected stays."""
    cells, outputs = [], {cell["id"]: cell for cell in executed["cells"]}
    for cell in chapter.notebook["cells"]:
        if cell["cell_type"] != "code":
            cells.append({**cell, "source": source_of(cell)})
            continue
        cells.append(outputs[cell["id"]])
        if "parameters" in cell["metadata"].get("tags", []):
            cells += [c for c in executed["cells"] if "injected-parameters" in c["metadata"].get("tags", [])]
    return {**executed, "cells": cells}


def _clean(notebook: dict) -> dict:
    """Drop what differs from run to run: times, papermill's notes, random cell ids."""
    notebook["metadata"] = {"kernelspec": notebook["metadata"].get("kernelspec", {}), "language_info": {"name": "python"}}
    for cell in notebook["cells"]:
        cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in ("papermill", "execution")}
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["id"] = "injected-parameters"
    return notebook


def _command(chapter: Chapter, values: dict[str, object]) -> str:
    """What to type to run it again as it was run."""
    words = [f"{name}={','.join(value) if isinstance(value, list) else value}" for name, value in values.items()]
    return f"make chapter CHAPTER={chapter.name}" + (f' PARAMS="{shlex.join(words)}"' if words else "")


def _one_screen(chapter: Chapter, parameters: dict[str, object], command: str, error: Exception) -> str:
    frames = [line.strip() for line in (_ANSI.sub("", part) for part in error.traceback)]
    arrow = re.findall(r"^-+>\s*\d+\s(.*)$", "\n".join(frames), flags=re.MULTILINE)
    source = _ANSI.sub("", error.source or "").splitlines()
    named = re.search(r"^Cell In\[\d+\], line (\d+)$", "\n".join(frames), flags=re.MULTILINE)  # what is no Python has no arrow
    line = (arrow[0] if arrow else source[int(named[1]) - 1] if named else next(filter(str.strip, reversed(source)), "")).strip()
    code = [i for i, cell in enumerate(chapter.notebook["cells"], 1) if cell["cell_type"] == "code" and source_of(cell) == error.source]
    cell = code[0] if code else error.cell_index + 1
    message = _ANSI.sub("", f"{error.ename}: {error.evalue}").strip().splitlines()
    shown = message[:12] + ([f"… {len(message) - 12} more lines"] if len(message) > 12 else [])
    given = "  ".join(f"{name} = {json.dumps(value)}" for name, value in parameters.items())
    return "\n".join(
        filter(
            None,
            [
                f"chapter {chapter.name} failed in cell {cell}",
                f"  {given}" if given else "",
                "  " + "\n    ".join(shown),
                f"  › {line}",
                f"  look into it with make reopen CHAPTER={chapter.name}; mend it, then: {command}",
            ],
        )
    )


def stop_kernels() -> None:
    """End every kernel of this process, so that whoever waits for one goes on."""
    import logging

    import psutil

    from compendium import warm

    logging.disable()  # those who waited for a kernel would tell that it died
    warm.stop_all()
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it may be gone already
            if "ipykernel_launcher" in " ".join(child.cmdline()):
                child.kill()


def libraries(project: Project, chapters: Iterable[Chapter]) -> list[str]:
    """What these chapters and the modules of ``src/`` import from elsewhere, and what the chapters' last runs had loaded at their end."""
    from compendium import warm

    known = [file for chapter in chapters if (file := _libraries_of(project, chapter)).exists()]

    src = project.root / "src"
    sources = ["\n".join(map(source_of, chapter.code_cells)) for chapter in chapters]
    sources += [path.read_text(encoding="utf-8", errors="replace") for path in sorted(src.rglob("*.py"))]
    own = {path.stem for path in src.iterdir()} if src.is_dir() else set()
    return sorted({*warm.imported(sources, own | {"compendium"}), *(name for file in known for name in json.loads(file.read_text()))})


def _libraries_of(project: Project, chapter: Chapter) -> Path:
    return project.scratch / f"{chapter.name}.libraries.json"


@contextmanager
def kernels(project: Project, chapters: Iterable[Chapter], at_once: int) -> Iterator[None]:
    """What the kernels of these chapters need while the block lasts: environment, working folder, and a warm server to fork them from."""
    environment = project.kernel_environment(at_once)
    from compendium import warm

    # Kernels start where this process is. papermill can change folders too, but a process has one for all its threads.
    with chdir(project.root / "notebooks"):
        if warm.available():
            with warm.fork_server(libraries(project, chapters), environment):
                yield
            return
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def _private_sockets(*lines: str) -> Iterator[dict]:
    """Let a kernel talk over sockets in a folder of its own instead of TCP, where the system has such sockets; it runs ``lines`` first."""
    from traitlets.config import Config

    # A kernel that is stopped in a cell writes a screen of its own troubles, as itself and as tornado.
    first = ["__import__('logging').getLogger('tornado').setLevel('CRITICAL')", *lines]
    quiet = {"extra_arguments": ["--log-level=CRITICAL", *(f"--IPKernelApp.exec_lines={line}" for line in first)]}
    config = Config({"NotebookClient": quiet, "AsyncKernelManager": {"client_factory": "compendium.provisioner.Client"}})
    if os.name == "nt":
        yield {"config": config}
        return
    with tempfile.TemporaryDirectory(prefix="slpi") as folder:  # a short path: sockets allow about a hundred characters
        config.KernelManager = Config({"transport": "ipc", "ip": f"{folder}/k"})
        yield {"config": config}
