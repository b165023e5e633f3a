"""A compendium's folder: where things lie, and the hashes that say whether something changed."""

import ast
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

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


def code_hash(source: bytes) -> str:
    """Hash of a module's syntax tree without docstrings: comments and layout do not count."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return sha256_of(source)  # a chapter that imports it will say what is wrong
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                first.value.value = ""
    return sha256_of(ast.dump(tree).encode())


def _documented(path: Path) -> str:
    """The syntax tree of a module, docstrings included: layout and comments do not count."""
    try:
        return ast.dump(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):
        return ""


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
    def data(self) -> dict[str, str]:
        """Every input file with the sha256 of its content."""
        raw = self.root / "data" / "raw"
        files = (path for path in raw.rglob("*") if path.is_file() and not path.name.startswith("."))
        return {path.relative_to(self.root).as_posix(): sha256_of(path.read_bytes()) for path in sorted(files)}

    @cached_property
    def code_version(self) -> str:
        """One hash of the syntax trees of everything in ``src/``."""
        src = self.root / "src"
        files = sorted(path for path in src.rglob("*.py") if "egg-info" not in str(path))
        parts = [(path.relative_to(src).as_posix(), code_hash(path.read_bytes())) for path in files]
        return sha256_of(json.dumps(parts).encode())

    @cached_property
    def docstrings(self) -> str:
        """One hash of what ``src/`` says of itself, which the book's written pages may show."""
        files = sorted((self.root / "src").rglob("*.py"))
        return sha256_of(json.dumps([_documented(path) for path in files]).encode())

    @cached_property
    def environment(self) -> str:
        """The Python in use and the lock file: either one changed re-runs everything."""
        lock = self.root / "requirements.lock"
        return f"python {sys.version.split()[0]}, lock {sha256_of(lock.read_bytes())[:16] if lock.exists() else 'none'}"

    def kernel_environment(self) -> dict[str, str]:
        """Environment variables of every process that runs chapter code: this folder's ``src`` and one BLAS thread."""
        path = os.pathsep.join(filter(None, [str(self.root / "src"), os.environ.get("PYTHONPATH", "")]))
        one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        return {**os.environ, **one_thread, "PYTHONPATH": path, "COMPENDIUM_ROOT": str(self.root), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
