"""Open data of the national chapters: each file whole and as listed, or not there at all.

``data/raw/sources.toml`` lists the files. :func:`fetch` gives the path of one, and downloads it where it is missing or was altered:
first from the folder or address in ``SLPI_MIRROR``, then from its own address. ``python -m slpi.sources`` (``make data``) does so for all.
A host that cannot be reached is left alone for an hour, so that work without network waits once.
"""

import argparse
import difflib
import hashlib
import os
import re
import shutil
import signal
import sys
import time
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    import requests

__all__ = ["Fault", "Source", "SourceError", "credits", "fetch", "fetch_all", "listed", "missing"]

LISTING = Path(__file__).resolve().parents[2] / "data" / "raw" / "sources.toml"
TIMEOUT = 6.0  # seconds
_HOUR = 3600.0
_AGAIN = "Run make data again"
_LOOK = "Open the address in a browser to see what it asks for, then run make data"
_COPY = "or set SLPI_MIRROR to a folder that holds a copy"
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Source:
    """One file of open data, as ``sources.toml`` lists it: ``size`` is in bytes, ``credit`` is how the licence asks it to be named."""

    name: str
    file: str
    url: str
    sha256: str
    size: int
    licence: str
    producer: str
    credit: str
    holds: str


class Fault(NamedTuple):
    """Why a source could not be had: its name, its file, each address tried with what happened there, and what to do."""

    source: str
    file: str
    tried: tuple[tuple[str, str], ...]
    remedy: str

    def __str__(self) -> str:
        return f"{self.source}: {self.file}: {'; '.join(f'{address}: {what}' for address, what in self.tried)}. {self.remedy}."


class SourceError(RuntimeError):
    """Open data cannot be had; the message lists every fault of every source, one a line. ``faults`` holds them."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class _Refused(Exception):
    """An address did not give the file as listed: what happened, what to do, and whether its host is out of reach."""

    def __init__(self, what: str, remedy: str, *, unreachable: bool = False):
        super().__init__(what)
        self.what, self.remedy, self.unreachable = what, remedy, unreachable


def listed(*, listing: Path | str = LISTING) -> dict[str, Source]:
    """All sources by name, in the order of the list.

    Parameters
    ----------
    listing : Path or str
        The list of sources, ``data/raw/sources.toml`` of this project if not given.

    Raises
    ------
    SourceError
        If the list is not there or cannot be read.

    Examples
    --------
    >>> listed()["irep_plants"].licence
    'etalab-2.0'
    """
    listing = Path(listing)
    try:
        return {name: Source(name, **entry) for name, entry in tomllib.loads(listing.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError) as error:
        what = f"cannot be read ({_plain(error)})"
        raise SourceError([Fault("sources", listing.name, ((str(listing), what),), "Mend it, or name the list with listing=…")]) from None


def missing(*, folder: Path | str | None = None, listing: Path | str = LISTING) -> list[str]:
    """Names of the sources whose file is not there or was altered: every file is read and its sha256 compared.

    Parameters
    ----------
    folder : Path or str, optional
        Holds the files: ``national`` beside the list if not given.
    listing : Path or str
        The list of sources.
    """
    return [source.name for source in listed(listing=listing).values() if not _sound(_folder(folder, listing) / source.file, source)]


def credits(*, listing: Path | str = LISTING) -> dict[str, str]:
    """How each source asks to be named, with its licence.

    Parameters
    ----------
    listing : Path or str
        The list of sources.

    Returns
    -------
    dict
        Name of the source to one sentence.

    Examples
    --------
    >>> credits()["insee_comparateur"]
    'INSEE, Comparateur de territoires (communes of 2021, data of 2018); licence etalab-2.0'
    """
    return {source.name: f"{source.credit}; licence {source.licence}" for source in listed(listing=listing).values()}


def fetch(
    name: str, *, folder: Path | str | None = None, listing: Path | str = LISTING, timeout: float = TIMEOUT, retry: bool = False
) -> Path:
    """The path of one source's file, downloaded if it is not there as listed; see :func:`fetch_all`.

    Parameters
    ----------
    name : str
        As in the list.
    folder, listing, timeout, retry
        As in :func:`fetch_all`.

    Returns
    -------
    Path
        The file. Its sha256 was compared just now.

    Raises
    ------
    SourceError
        If it cannot be had.
    """
    return fetch_all([name], folder=folder, listing=listing, timeout=timeout, retry=retry)[name]


def fetch_all(
    names: Iterable[str] = (),
    *,
    folder: Path | str | None = None,
    listing: Path | str = LISTING,
    timeout: float = TIMEOUT,
    retry: bool = False,
) -> dict[str, Path]:
    """The paths of all files, or of those named, each downloaded if it is not there as listed.

    A file appears in the folder once it is whole and its sha256 is right, never before.

    Parameters
    ----------
    names : iterable of str
        As in the list; all if empty.
    folder : Path or str, optional
        Where the files lie: ``national`` beside the list if not given.
    listing : Path or str
        The list of sources.
    timeout : float
        Seconds without a byte after which a host is given up; half of it for each of its addresses while connecting.
    retry : bool
        Ask hosts again that were out of reach within the last hour.

    Returns
    -------
    dict
        Name to path.

    Raises
    ------
    SourceError
        Lists every fault of every source: file, addresses, what happened there, and what to do.
    """
    sources = listed(listing=listing)
    folder = _folder(folder, listing)
    names = list(dict.fromkeys(names)) or list(sources)
    if unknown := [name for name in names if name not in sources]:
        near = {name: difflib.get_close_matches(name, sources, 1) or list(sources) for name in unknown}
        raise SourceError(
            Fault(name, "?", ((str(listing), "lists no such source"),), f"Name {' or '.join(near[name])}") for name in unknown
        )
    if lacking := {name for name in names if not _sound(folder / sources[name].file, sources[name])}:
        _sweep(folder, retry)
        mirror = _mirror()
    faults: list[Fault] = []
    for name in names:
        if name in lacking:
            try:
                _fetch(sources[name], folder, mirror, timeout)
            except SourceError as error:
                faults += error.faults
    if faults:
        raise SourceError(faults)
    return {name: folder / sources[name].file for name in names}


def _folder(folder: Path | str | None, listing: Path | str) -> Path:
    return Path(listing).parent / "national" if folder is None else Path(folder)


def _sound(path: Path, source: Source) -> bool:
    """Whether the file is there and is what the list says, by content."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size == source.size and hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
    except OSError:
        return False


def _sweep(folder: Path, retry: bool) -> None:
    """Remove what a killed download left more than an hour ago, and what is known of hosts if they are to be asked again."""
    for old in [*folder.glob(".download-*"), *folder.glob(".unreachable-*")]:
        with suppress(OSError):
            if old.is_dir() and time.time() - old.stat().st_mtime > _HOUR:
                shutil.rmtree(old)
            elif retry and not old.is_dir():
                old.unlink()


def _mirror() -> str | Path | None:
    """What SLPI_MIRROR says is asked first: a folder, the start of an address, or nothing."""
    from urllib.request import url2pathname

    place = os.environ.get("SLPI_MIRROR", "").strip()
    if urlsplit(place).scheme in ("http", "https"):
        return place.rstrip("/")
    path = Path(url2pathname(urlsplit(place).path) if place.startswith("file:") else place).expanduser()
    path = path.parent if path.is_file() else path
    if place and not path.is_dir():
        _say(f"SLPI_MIRROR: {place} is no folder; going on to the original hosts")
    return path if place and path.is_dir() else None


def _fetch(source: Source, folder: Path, mirror: str | Path | None, timeout: float) -> None:
    """Ask the mirror, then the original host; what is wrong with the first is said and does not stop the second."""
    addresses: list[str | Path] = [source.url]
    if mirror is not None:
        addresses.insert(0, mirror / source.file if isinstance(mirror, Path) else f"{mirror}/{quote(source.file)}")
    tried = [(str(folder / source.file), "was altered")] if (folder / source.file).exists() else []
    for address in addresses:
        marker = folder / f".unreachable-{re.sub(r'[^a-zA-Z0-9.-]', '_', urlsplit(str(address)).netloc)}"
        try:
            if not isinstance(address, Path):
                _leave_alone_for_an_hour(marker)
            folder.mkdir(parents=True, exist_ok=True)
            _download(source, address, folder, timeout)
        except _Refused as refused:
            if refused.unreachable:
                with suppress(OSError):
                    marker.touch()
            tried.append((str(address), refused.what))
            remedy = refused.remedy
        except OSError as error:
            tried.append((str(address), f"cannot be written to {folder} ({_plain(error)})"))
            remedy = f"Make {folder} a folder that can be written, with {_megabytes(source.size)} free, then run make data"
            break
        else:
            before = "".join(f" ({place}: {what})" for place, what in tried)
            _say(f"{source.name}: {source.file}, {_megabytes(source.size)}, from {address}{before}")
            return
    raise SourceError([Fault(source.name, source.file, tuple(tried), remedy)])


def _leave_alone_for_an_hour(marker: Path) -> None:
    with suppress(FileNotFoundError):
        asked = marker.stat().st_mtime
        if 0 <= time.time() - asked < _HOUR:
            what = f"not asked, its host was out of reach at {time.strftime('%H:%M', time.localtime(asked))}"
            raise _Refused(what, f"When there is a connection, make data asks again at once, {_COPY}")


def _download(source: Source, address: str | Path, folder: Path, timeout: float) -> None:
    """Download into a folder of its own beside the target, compare, and only then put the file in its place."""
    try:
        import pooch
        import requests
    except ImportError as error:
        raise _Refused(f"{error.name} is needed to download", "Install it with: pip install 'slpi[data]'") from None

    def take(place: str, target: str, _: object) -> None:
        if isinstance(address, Path):
            _check(address, source)
            shutil.copyfile(address, target)
        else:
            progress = _Progress(source, Path(target))
            pooch.HTTPDownloader(progress, chunk_size=2**16, timeout=(timeout / 2, timeout))(place, target, None)
            _check(Path(target), source)

    pooch.get_logger().setLevel("WARNING")
    try:
        with TemporaryDirectory(prefix=".download-", dir=folder) as beside:
            whole = pooch.retrieve(str(address), source.sha256, source.file, beside, downloader=take)
            os.chmod(whole, 0o644)  # pooch's are for their owner alone
            os.replace(whole, folder / source.file)
    except requests.RequestException as error:
        raise _refused(error, timeout) from None
    except ValueError:
        raise _Refused("not the listed content (its sha256 is another)", f"{_AGAIN}; if it stays so, {_COPY}") from None


def _check(path: Path, source: Source) -> None:
    """Refuse, by its first bytes and its size, what cannot be the file; the sha256 is pooch's to compare."""
    try:
        with path.open("rb") as file:
            start, size = file.read(1024), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise _Refused(_plain(error), f"Put {source.file} there, or unset SLPI_MIRROR") from None
    if size == source.size:
        return
    if _HTML.match(start):
        raise _Refused("an HTML page in place of the file (a login, a proxy, an error)", f"{_LOOK}, {_COPY}")
    what = f"ends after {size:,} of {source.size:,} bytes" if size < source.size else f"longer than the {source.size:,} bytes listed"
    raise _Refused(what, f"{_AGAIN}; if it stays so, {_COPY}")


class _Progress:
    """What pooch reports to while it downloads: a bar on a terminal; an end to what is longer than listed."""

    total = 0

    def __init__(self, source: Source, target: Path):
        self.source, self.target = source, target

    def update(self, _: int) -> None:
        size = self.target.stat().st_size
        if size > self.source.size:
            _check(self.target, self.source)
        if sys.stderr.isatty():
            done = 20 * size // self.source.size
            bar = "█" * done + "░" * (20 - done)
            sys.stderr.write(f"\r{self.source.name} {bar} {size / 1e6:.1f} of {_megabytes(self.source.size)}\x1b[K")
            sys.stderr.flush()

    def reset(self) -> None:
        """Asked for by pooch."""

    def close(self) -> None:
        """Asked for by pooch."""


def _refused(error: "requests.RequestException", timeout: float) -> _Refused:
    """In plain words, what went wrong on the way."""
    import requests

    chain: list[BaseException] = [error]
    while below := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(below)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        code, reason = error.response.status_code, error.response.reason
        later, gone = "The host is in trouble: run make data later", "The file is no longer given out there: mend url in the list"
        remedy = later if code >= 500 or code == 429 else gone if code in (404, 410) else _LOOK
        return _Refused(f"HTTP {code} {reason}", f"{remedy}, {_COPY}")
    if isinstance(error, requests.ConnectTimeout):
        what = f"no connection within {timeout / 2:g} s"
    elif any(isinstance(below, TimeoutError) for below in chain):
        what = f"stalled, no byte for {timeout:g} s"
    elif isinstance(error, requests.ConnectionError):
        what = f"out of reach ({_plain(chain[-1])})"
    else:
        return _Refused(f"broke off ({_plain(chain[-1])})", f"{_AGAIN}, {_COPY}")
    return _Refused(what, f"Check the connection, then run make data again, {_COPY}", unreachable=True)


def _plain(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _say(line: str) -> None:
    print(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.sources``: fetch the files that are missing or altered, or list all; exit code 1 if one cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m slpi.sources", description="Fetch open data and check each file.")
    parser.add_argument("names", nargs="*", help="sources to fetch (all if none is named)")
    parser.add_argument("--list", action="store_true", help="list the sources and the state of their files; fetch nothing")
    parser.add_argument("--folder", type=Path, help="where the files go (national/ beside the list if not given)")
    parser.add_argument("--listing", type=Path, default=LISTING, help="the list of sources (data/raw/sources.toml)")
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT, help="seconds without a byte after which a host is given up (%(default)g)"
    )
    parser.add_argument("--retry", action="store_true", help="ask again hosts that were out of reach within the last hour")
    options = parser.parse_args(arguments)
    folder = _folder(options.folder, options.listing)
    try:
        if options.list:
            lacking = missing(folder=folder, listing=options.listing)
            for source in listed(listing=options.listing).values():
                state = "there" if source.name not in lacking else "altered" if (folder / source.file).exists() else "missing"
                print(f"{source.name:22} {state:8} {_megabytes(source.size):>7}  {source.licence:11} {source.producer}: {source.file}")
        else:
            paths = fetch_all(options.names, folder=folder, listing=options.listing, timeout=options.timeout, retry=options.retry)
            print(f"{len(paths)} files of open data are in {folder}, each as listed")
    except SourceError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        _say("interrupted; files that were whole are there, nothing else is left")
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it, too, leaves nothing half-written
    sys.exit(main())
