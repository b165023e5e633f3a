"""What a chapter really read and imported while it ran, seen from inside its kernel.

Python tells its audit hooks of every file that it opens and every folder that it lists. Libraries that read by other means (GDAL) are not
seen: a thin wrapper around them says it itself with ``sys.audit("open", path, "r", 0)``. Data that lie outside the compendium are seen
from when ``compendium.raw`` has given their place, with ``sys.audit("compendium.outside", path)``; they are noted by their whole path.
"""

import json
import os
import signal
import sys
from functools import cache
from pathlib import Path

_CHANGING = {"os.remove": (0,), "os.rename": (0, 1), "os.rmdir": (0,), "os.mkdir": (0,), "os.truncate": (0,)}

AnyPath = str | bytes | os.PathLike


_folder = cache(os.path.realpath)


def _real(file: str) -> str:
    """Where a module lies; by its folder, since there are thousands of modules and each cell asks."""
    folder, name = os.path.split(file)
    return os.path.join(_folder(folder), name)


def _made(parts: list[str]) -> bool:
    """Whether a path is of what the press makes itself, and so no input: reports, the committed reference values apart."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
    return hidden or (parts[0] == "reports" and parts[1:2] != ["reference"])


class Trace:
    """The files under ``root`` that this process read or wrote, the folders that it listed, the modules that it loaded from there.

    So too of data outside it that were asked for by their place.
    """

    def __init__(self, root: str, target: str, writes: bool = True) -> None:
        self.root, self.target = os.path.realpath(root), Path(target)
        # Which parts of the press are loaded depends on how the kernel started; an environment may lie in the compendium's folder.
        apart = (os.path.dirname(os.path.realpath(__file__)), os.path.realpath(sys.prefix))
        self.foreign = tuple(folder + os.sep for folder in apart if folder.startswith(self.root + os.sep))
        self.writes = writes
        self.raw = os.path.join(self.root, "data", "raw") + os.sep
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.outside: set[str] = set()
        self._stored: tuple[int, ...] = ()

    def hook(self, event: str, args: tuple) -> None:
        """Take notice of an audit event; refuse what would change the raw data."""
        if event == "open":
            path, mode, flags = args
            writing = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & (os.O_WRONLY | os.O_RDWR))
            self._note(path, self.written if writing else self.read)
        elif event in ("os.listdir", "os.scandir"):
            # Where Python looks for modules is no input: those that it finds are, by their own content.
            if "importlib" not in sys._getframe(1).f_code.co_filename:
                self._note("." if args[0] is None else args[0], self.read, "/")
        elif event == "compendium.outside":
            self.outside.add(os.path.realpath(args[0]))
        elif event in _CHANGING:
            for place in _CHANGING[event]:
                self._note(args[place], self.written)

    def _note(self, path: object, where: set[str], end: str = "") -> None:
        if not isinstance(path, AnyPath):
            return  # a file descriptor: what it stands for was opened before
        full = os.path.realpath(os.fsdecode(path))
        inside, of = self._inside(full)
        if not inside:  # a link in the compendium to what lies elsewhere is known by its own place
            full = os.path.abspath(os.fsdecode(path))
            inside, of = self._inside(full)
        if not inside:
            return
        named = inside if of == self.root else full.replace(os.sep, "/")
        if where is self.written and (of != self.root or full.startswith(self.raw)):
            raise PermissionError(f"{named} is raw data, which no chapter writes or removes; results go to data/processed/")
        parts = inside.split("/")
        if end and of == self.root and parts[0] == "src":
            return  # nor is what stands beside them: compiled code comes and goes there
        if of != self.root:
            where.add(named + end)
        elif not (_made(parts) or full.startswith(self.foreign)):
            if where is self.written and not self.writes:
                raise PermissionError(f"{inside} is written by each point in a sweep, and read by others; tag such a cell show")
            where.add(inside + end)

    def _inside(self, full: str) -> tuple[str, str]:
        """A path from the compendium's folder, or from one outside that is watched, and that folder; empty where it is in none."""
        for folder in (self.root, *self.outside):
            if full == folder and folder != self.root:
                return os.path.basename(full), folder
            if full.startswith(folder + os.sep):
                return full[len(folder) + 1 :].replace(os.sep, "/"), folder
        return "", ""

    def modules(self) -> set[str]:
        """The files from which modules of the compendium are loaded now, as ``src/…`` or wherever in it they are."""
        files = {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
        real = {_real(file) for file in files if file.endswith(".py")}
        return {inside for file in real if (inside := self._own(file))}

    def _own(self, file: str) -> str:
        """A module's place in the compendium; empty for libraries and the press."""
        if not file.startswith(self.root + os.sep) or file.startswith(self.foreign):
            return ""
        inside = file[len(self.root) + 1 :].replace(os.sep, "/")
        return "" if _made(inside.split("/")) else inside

    def libraries(self) -> set[str]:
        """The modules that are loaded from outside ``src/`` and the standard library, to the second dot."""
        files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
        foreign = [name.split(".") for name, file in files.items() if file and not self._own(_real(file))]
        return {
            ".".join(parts[:2])
            for parts in foreign
            if not parts[0].startswith("_") and parts[0] not in {*sys.stdlib_module_names, "compendium"}
        }

    def store(self, *_: object) -> None:
        """Write what was seen so far, the whole file each time: a kernel that dies leaves the last one."""
        now = len(sys.modules), len(self.read), len(self.written)
        if now == self._stored:
            return
        self._stored = now
        seen = {"inputs": sorted(self.read | self.modules()), "written": sorted(self.written), "libraries": sorted(self.libraries())}
        part = self.target.with_suffix(".part")
        with open(part, "w", encoding="utf-8") as file:
            json.dump(seen, file)
        os.replace(part, self.target)


def bound_memory() -> None:
    """Let a chapter that asks for more memory than its share fail by itself, before the machine does."""
    if gibibytes := os.environ.get("COMPENDIUM_MEMORY_GIB"):
        import resource

        most = int(float(gibibytes) * 2**30)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def guard(root: str) -> None:
    """Have this kernel work in the notebooks' folder and keep it from changing the raw data, as the build does: for work by hand."""
    os.chdir(os.path.join(root, "notebooks"))
    sys.addaudithook(Trace(root, "").hook)


def start(root: str, target: str, minutes: float) -> None:
    """Trace this kernel from now on, and stop it in its cell when its time is over; each kernel calls this before the first cell."""
    from IPython import get_ipython

    trace = Trace(root, target)
    sys.addaudithook(trace.hook)
    get_ipython().events.register("post_run_cell", trace.store)
    if hasattr(signal, "SIGALRM"):

        def over(*_: object) -> None:
            raise TimeoutError(f"the chapter ran longer than its {minutes:g} minutes (metadata compendium.minutes of the notebook)")

        signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
