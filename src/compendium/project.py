"""A compendium's folder: where things lie, and the hashes that say whether something changed."""

import ast
import hashlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

_parsed: dict[str, tuple[str, str]] = {}  # by the hash of the content, so it holds for any folder
_parsing = threading.Lock()  # Python 3.11 can fail where two threads parse at a time
STATUSES = ("documented", "coded", "measured", "simulated")


class BadInput(Exception):
    """What a person typed or wrote cannot be taken; the message says what would be right. Exit code 2."""


class Failure(Exception):
    """Something went wrong while building; the message is one screen. Exit code 1."""


def find_root(start: Path) -> Path:
    """The nearest folder upwards from ``start`` that has ``notebooks/`` and ``data/raw/``."""
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and (folder / "data" / "raw").is_dir():
            return folder
    raise BadInput(f"no compendium here: neither {start} nor a folder above it has notebooks/ and data/raw/")


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> str:
    """JSON with sorted keys: the same text for the same content."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write beside the target, then rename: a reader sees the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8") if isinstance(text, str) else text
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def syntax_hashes(source: bytes) -> tuple[str, str]:
    """Hashes of a module's syntax tree without its docstrings, and with them: comments and layout do not count."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return sha256_of(source), sha256_of(source)  # a chapter that imports it will say what is wrong
    documented = sha256_of(ast.dump(tree).encode())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                first.value.value = ""
    return sha256_of(ast.dump(tree).encode()), documented


@contextmanager
def alone(project: "Project", say: Callable[[str], None]) -> Iterator[None]:
    """Keep others from building in the same folder; one who comes second says who is first, and waits."""
    try:
        import fcntl
    except ImportError:  # Windows has other locks; there, builds are trusted to come one at a time
        yield
        return
    with (project.scratch / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            say(f"another build is at work here ({lock.read().strip()}); waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {datetime.now().strftime('%H:%M:%S')}")
        lock.flush()
        yield


@dataclass(frozen=True)
class Project:
    """The folder of a compendium."""

    root: Path

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def press(self) -> Path:
        """What the press keeps for itself from one build to the next."""
        return self.reports / ".press"

    @cached_property
    def scratch(self) -> Path:
        """Outside the compendium, for what may be lost at any time and is no part of a build: its lock, how long chapters took."""
        user = os.getuid() if hasattr(os, "getuid") else "user"
        folder = Path(tempfile.gettempdir()) / f"compendium-{user}-{sha256_of(os.fsencode(self.root.resolve()))[:12]}"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @cached_property
    def chapters(self) -> dict[str, Path]:
        """Name to notebook, in the reader's order."""
        found = {path.stem: path for path in sorted((self.root / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
        if not found:
            raise BadInput(f"{self.root / 'notebooks'} holds no chapter; a chapter is named NN_topic.ipynb")
        return found

    def chapter(self, name: str) -> Path:
        if name not in self.chapters:
            raise BadInput(f"there is no chapter {name!r}; there are: {', '.join(self.chapters)}")
        return self.chapters[name]

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    def digest(self, inside: str) -> str:
        """Of what a run took from this path: a module's syntax tree, a folder's names (``data/raw/``), any other file's content."""
        if inside not in self._digests:
            path = self.root / inside
            try:
                if inside.endswith("/"):
                    names = sorted(entry.name for entry in path.iterdir() if not entry.name.startswith((".", "__pycache__")))
                    self._digests[inside] = sha256_of("\n".join(names).encode())
                else:
                    content = path.read_bytes()
                    self._digests[inside] = self._syntax_of(content)[0] if inside.endswith(".py") else sha256_of(content)
            except OSError:
                self._digests[inside] = "missing"
        return self._digests[inside]

    @cached_property
    def modules(self) -> str:
        """One hash of ``src/`` with its docstrings, which the book's written pages may show, and of the press that makes the pages."""
        files = [*sorted((self.root / "src").rglob("*.py")), *sorted(Path(__file__).parent.glob("*.py"))]
        found = sha256_of(canonical_json([self._syntax_of(path.read_bytes())[1] for path in files]).encode())
        write_atomically(self.scratch / "syntax.json", canonical_json(_parsed))
        return found

    def _syntax_of(self, content: bytes) -> tuple[str, str]:
        """What `syntax_hashes` gives, or gave in an earlier build: parsing takes longer than all else when nothing is to do."""
        key = f"{sys.version_info[:2]} {sha256_of(content)}"
        with _parsing:
            if not _parsed:
                with suppress(OSError, ValueError):
                    _parsed.update(json.loads((self.scratch / "syntax.json").read_text(encoding="utf-8")))
            if key not in _parsed:
                _parsed[key] = syntax_hashes(content)
            return _parsed[key]

    @cached_property
    def environment(self) -> str:
        """The Python in use and the lock file: either one changed re-runs everything."""
        lock = self.root / "requirements.lock"
        return f"python {sys.version.split()[0]}, lock {sha256_of(lock.read_bytes())[:16] if lock.exists() else 'none'}"

    @cached_property
    def press_version(self) -> str:
        """Of the part of the press that chapters call."""
        return self._syntax_of((Path(__file__).parent / "show.py").read_bytes())[0][:16]

    def kernel_environment(self, at_once: int = 0) -> dict[str, str]:
        """Environment of every process that runs chapter code: this folder's ``src``, one BLAS thread, one clock, one language.

        ``at_once`` of them share the memory; one more than cores, if not given.
        """
        path = os.pathsep.join(filter(None, [str(self.root / "src"), os.environ.get("PYTHONPATH", "")]))
        same = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        same |= {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        if "COMPENDIUM_MEMORY_GIB" not in os.environ and hasattr(os, "sysconf"):
            whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
            share = 0.8 * whole / (at_once or (os.cpu_count() or 1) + 1)  # so that all kernels together leave some
            same["COMPENDIUM_MEMORY_GIB"] = f"{share:.2f}"
        return {**os.environ, **same, "PYTHONPATH": path, "COMPENDIUM_ROOT": str(self.root)}
