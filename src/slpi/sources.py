"""Open data of the national chapters: each file whole and as listed, or not there at all.

``data/raw/sources.toml`` lists the files. :func:`fetch` gives the path of one, and downloads it where it is missing or was altered:
first from the folder or address in ``SLPI_MIRROR``, then from its own address. ``python -m slpi.sources`` (``make data``) does so for all.
A host that cannot be reached is left alone for an hour, so that work without network waits once.
"""

import argparse
import hashlib
import math
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
from urllib.parse import urlsplit

__all__ = ["Source", "SourceError", "credits", "fetch", "fetch_all", "listed", "missing"]

LISTING = Path(__file__).resolve().parents[2] / "data" / "raw" / "sources.toml"
TIMEOUT = 6.0  # seconds
_HOUR = 3600.0
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*|<\?xml.*?\?>\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_COPY = "or set SLPI_MIRROR to a folder that holds a copy"
_AGAIN = f"Run make data again; if it stays so, look whether the address serves another file now, {_COPY}"
_LOOK = f"Open the address in a browser to see what it asks for, then run make data, {_COPY}"


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

    @property
    def megabytes(self) -> str:
        """The size in print."""
        return f"{self.size / 1e6:.1f} MB"


class SourceError(RuntimeError):
    """Open data cannot be had; the message lists every fault of every source, one a line. ``faults`` holds them as a tuple."""

    def __init__(self, faults: Iterable[str]):
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class _Refused(Exception):
    """An address did not give the file as listed; its arguments are what happened and what to do."""


class _OutOfReach(_Refused):
    """Nor is its host likely to give another file within the hour."""


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
    try:
        return {name: Source(name, **entry) for name, entry in tomllib.loads(Path(listing).read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError) as error:
        raise SourceError([f"{listing}: the list of sources cannot be read ({_plain(error)}); mend it or name another"]) from None


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
    """The path of one source's file, downloaded if it is not there as listed.

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
    sources, folder = listed(listing=listing), _folder(folder, listing)
    names = list(dict.fromkeys(names)) or list(sources)
    if unknown := [name for name in names if name not in sources]:
        raise SourceError(f"{name}: {listing} lists no such source; it lists {', '.join(sources)}" for name in unknown)
    if lacking := [sources[name] for name in names if not _sound(folder / sources[name].file, sources[name])]:
        _sweep(folder, retry)
        mirror = _mirror()
        if faults := [fault for source in lacking if (fault := _fetch(source, folder, mirror, timeout))]:
            raise SourceError(faults)
    return {name: folder / sources[name].file for name in names}


def _folder(folder: Path | str | None, listing: Path | str) -> Path:
    return Path(listing).parent / "national" if folder is None else Path(folder)


def _sound(path: Path, source: Source) -> bool:
    """Whether the file is there and is what the list says, by content."""
    with suppress(OSError), path.open("rb") as file:
        return os.fstat(file.fileno()).st_size == source.size and hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
    return False


def _age(path: Path) -> float:
    """Seconds since something was changed; not a number if it is gone."""
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return math.nan


def _sweep(folder: Path, retry: bool) -> None:
    """Remove what a killed download left more than an hour ago, and what is noted of hosts if they are to be asked again."""
    for old in folder.glob(".download-*"):
        if _age(old) > _HOUR:
            shutil.rmtree(old, ignore_errors=True)
    for note in folder.glob(".unreachable-*") if retry else ():
        with suppress(OSError):
            note.unlink()


def _mirror() -> str:
    """What SLPI_MIRROR says is asked first: a folder, the start of an address, or nothing."""
    mirror = os.environ.get("SLPI_MIRROR", "").strip().rstrip("/")
    if not mirror or mirror.startswith(("http://", "https://")):
        return mirror
    from urllib.request import url2pathname

    folder = Path(url2pathname(urlsplit(mirror).path) if mirror.startswith("file:") else mirror).expanduser()
    if folder.is_dir():
        return str(folder)
    _say(f"SLPI_MIRROR: {mirror} is no folder; going on to the original hosts")
    return ""


def _fetch(source: Source, folder: Path, mirror: str, timeout: float) -> str:
    """Ask the mirror, then the original host; nothing if one of them gave the file, else the fault in one line."""
    tried = [f"{folder / source.file}: was altered"] if (folder / source.file).exists() else []
    for address in [f"{mirror}/{source.file}", source.url] if mirror else [source.url]:
        note = folder / f".unreachable-{re.sub('[^a-zA-Z0-9.-]', '_', urlsplit(address).netloc)}"
        try:
            if 0 <= _age(note) < _HOUR:
                raise _Refused(
                    "not asked, its host was out of reach within the last hour", f"Once there is a connection, run make data, {_COPY}"
                )
            folder.mkdir(parents=True, exist_ok=True)
            _download(source, address, folder, timeout)
        except _Refused as refused:
            what, remedy = refused.args
            tried.append(f"{address}: {what}")
            if isinstance(refused, _OutOfReach):
                with suppress(OSError):
                    note.touch()
        except OSError as error:
            tried.append(f"{address}: cannot be written to {folder} ({_plain(error)})")
            remedy = f"See that the folder can be written and that {source.megabytes} are free, then run make data"
            break
        else:
            _say(f"{source.name}: {source.file}, {source.megabytes}, from {address}" + "".join(f" ({fault})" for fault in tried))
            return ""
    return f"{source.name}: {source.file}: {'; '.join(tried)}. {remedy}."


def _download(source: Source, address: str, folder: Path, timeout: float) -> None:
    """Download into a folder of its own beside the target, compare, and only then put the file in its place."""
    try:
        import pooch
        import requests
    except ImportError as error:
        raise _Refused(f"{error.name} is needed to download", "Install it with: pip install 'slpi[data]'") from None

    def take(place: str, target: str, _: object) -> None:
        if place.startswith(("http://", "https://")):
            pooch.HTTPDownloader(_Progress(source, target), chunk_size=2**16, timeout=(timeout / 2, timeout))(place, target, None)
            _check(target, source)
        else:
            _check(place, source)
            shutil.copyfile(place, target)

    pooch.get_logger().setLevel("WARNING")
    try:
        with TemporaryDirectory(prefix=".download-", dir=folder) as beside:
            whole = pooch.retrieve(address, source.sha256, source.file, beside, downloader=take)
            os.chmod(whole, 0o644)  # pooch's are for their owner alone
            os.replace(whole, folder / source.file)
    except requests.RequestException as error:
        raise _in_plain_words(error, timeout) from None
    except ValueError:
        raise _Refused("not the listed content (its sha256 is another)", _AGAIN) from None


def _check(path: str, source: Source) -> None:
    """Refuse, by its first bytes and its size, what cannot be the file; the sha256 is pooch's to compare."""
    try:
        with open(path, "rb") as file:
            start, size = file.read(1024), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise _Refused(_plain(error), f"Put {source.file} there, or unset SLPI_MIRROR") from None
    if size != source.size and _HTML.match(start):
        raise _Refused("an HTML page in place of the file (a login, a proxy, an error)", _LOOK)
    if size != source.size:
        raise _Refused(f"{'goes on after' if size > source.size else f'ends after {size:,} of'} {source.size:,} bytes", _AGAIN)


class _Progress:
    """What pooch reports to while it downloads: a bar on a terminal; an end to what is longer than listed."""

    total = 0  # set by pooch to what the host says, which may be the size as compressed

    def __init__(self, source: Source, target: str):
        self.source, self.target = source, target

    def update(self, _: int) -> None:
        if (size := os.path.getsize(self.target)) > self.source.size:
            _check(self.target, self.source)
        if sys.stderr.isatty():
            bar = "█" * (20 * size // self.source.size)
            print(f"\r{self.source.name} {bar:░<20} {size / 1e6:.1f} of {self.source.megabytes}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Asked for by pooch."""

    reset = close


def _in_plain_words(error: OSError, timeout: float) -> _Refused:
    """What went wrong between here and the host, from the innermost of the errors that requests wraps."""
    import requests

    chain: list[BaseException] = [error]
    while inner := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(inner)
    if isinstance(error, requests.HTTPError) and error.response is not None:
        code = error.response.status_code
        remedy = "The host is in trouble: run make data later" if code >= 500 or code == 429 else "Mend its url in sources.toml"
        return _Refused(f"HTTP {code} {error.response.reason}", f"{remedy}, {_COPY}" if code not in (401, 403, 407) else _LOOK)
    if isinstance(error, requests.ConnectTimeout):
        what = f"no connection within {timeout / 2:g} s"
    elif any(isinstance(inner, TimeoutError) for inner in chain):
        what = f"stalled, no byte for {timeout:g} s"
    elif isinstance(error, requests.ConnectionError):
        what = f"out of reach ({_plain(chain[-1])})"
    else:
        return _Refused(f"broke off ({_plain(chain[-1])})", _AGAIN)
    return _OutOfReach(what, f"Check the connection, then run make data again, {_COPY}")


def _plain(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0]


def _say(line: str) -> None:
    print(f"\r\x1b[K{line}" if sys.stderr.isatty() else line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """``python -m slpi.sources``: fetch the files that are missing or altered, or list all; exit code 1 if one cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m slpi.sources", description="Fetch open data and check each file.")
    parser.add_argument("names", nargs="*", help="sources to fetch (all if none is named)")
    parser.add_argument("--list", action="store_true", help="list the sources and the state of their files; fetch nothing")
    parser.add_argument("--folder", type=Path, help="where the files go (national/ beside the list if not given)")
    parser.add_argument("--listing", type=Path, default=LISTING, help="the list of sources (data/raw/sources.toml)")
    parser.add_argument("--quiet", action="store_true", help="say only what was fetched; on a fault, its first line and that it is one")
    parser.add_argument("--retry", action="store_true", help="ask again hosts that were out of reach within the last hour")
    options = parser.parse_args(arguments)
    folder = _folder(options.folder, options.listing)
    try:
        if options.list:
            lacking = missing(folder=folder, listing=options.listing)
            for source in listed(listing=options.listing).values():
                state = "there" if source.name not in lacking else "altered" if (folder / source.file).exists() else "missing"
                print(f"{source.name:22} {state:8} {source.megabytes:>7}  {source.licence:11} {source.producer}: {source.file}")
        else:
            there = fetch_all(options.names, folder=folder, listing=options.listing, retry=options.retry)
            if not options.quiet:
                print(f"open data in {folder}, each file as listed: {', '.join(there)}")
    except SourceError as error:
        more = f"\n(and {len(error.faults) - 1} more; make data lists all)" if len(error.faults) > 1 else ""
        _say(f"{error.faults[0]}{more}" if options.quiet else str(error))
        return 1
    except KeyboardInterrupt:
        _say("interrupted; files that were whole are there, nothing else is left")
        return 1
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it, too, leaves nothing half-written
    sys.exit(main())
