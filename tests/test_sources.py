"""Open data: whole and as listed, or not there at all, whatever hosts, mirrors, disks and people do."""

import gzip
import hashlib
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import ROOT

from slpi import sources
from slpi.sources import SourceError, credits, fetch, fetch_all, listed, missing

CONTENT = bytes(range(256)) * 1200  # 307,200 bytes: several pieces of a download
PAGE = b"<!-- proxy -->\n<!DOCTYPE html>\n<html><title>Please sign in</title></html>\n"
SHARED = Path(os.environ.get("SLPI_MIRROR") or ROOT.parent / "shared" / "mirror")


class Host(BaseHTTPRequestHandler):
    """Misbehaves as the first part of the path says, and counts what it is asked."""

    asked: list[str]
    release: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.path)
        way = self.path.split("/")[1]
        if way in ("404", "403", "429", "500"):
            return self.send_error(int(way))
        if way == "reset":
            return self.reset()
        body = {"html": PAGE, "long_html": PAGE + b" " * 2 * len(CONTENT), "wrong": CONTENT[::-1]}.get(way, CONTENT)
        if way == "moved":
            self.send_response(302)
            self.send_header("Location", "/gzip/plants")
            return self.end_headers()
        self.send_response(200)
        if way == "gzip":
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if way not in ("unmeasured", "long"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if way in ("truncated", "unmeasured", "broken", "stall_within"):
            body = body[:200_000]
        if way == "stall":
            body = b""
        if way == "slow":
            self.wfile.write(body[:100_000])
            self.release.wait(20)
            body = body[100_000:]
        try:
            for _ in range(400 if way == "long" else 1):
                self.wfile.write(body)
        except OSError:
            self.asked.append("hung up")
        if way == "broken":
            self.reset()
        if way in ("stall", "stall_within"):
            self.release.wait(20)

    def reset(self) -> None:
        """End the connection the rude way, with a packet that says so."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RD)
        os.close(self.connection.detach())

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[ThreadingHTTPServer]:
    handler = type("Counting", (Host,), {"asked": [], "release": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.asked, server.release = handler.asked, handler.release
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """No mirror, and no proxy on the way to this machine."""
    monkeypatch.delenv("SLPI_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def listing(tmp_path) -> Callable[..., Path]:
    """Writes a list of sources with these addresses, each of CONTENT."""

    def write(**urls: str) -> Path:
        entry = f'sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"\nsize = {len(CONTENT)}\n'
        entry += "".join(f'{key} = "{value}"\n' for key, value in {"licence": "L", "producer": "P", "credit": "C", "holds": "H"}.items())
        path = tmp_path / "raw" / "sources.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f'[{name}]\nfile = "{name}.bin"\nurl = "{url}"\n{entry}' for name, url in urls.items()), encoding="utf-8")
        return path

    return write


def files(listing: Path) -> list[str]:
    """Everything that lies where downloads go, notes of unreachable hosts excepted."""
    folder = listing.parent / "national"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.name.startswith(".unreachable-"))


def notes(listing: Path) -> list[Path]:
    return sorted((listing.parent / "national").glob(".unreachable-*"))


def refusal(*arguments: str, **options: object) -> str:
    """The message of the one fault: it is one line and came within seconds."""
    begun = time.monotonic()
    with pytest.raises(SourceError) as caught:
        fetch_all(*arguments, **options)
    assert time.monotonic() - begun < 5
    (fault,) = caught.value.faults
    assert str(caught.value) == fault and "\n" not in fault
    return fault


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# The list.


def test_the_list_names_seven_files_with_all_that_is_to_be_known_of_each():
    assert len(listed()) == 7
    for source in listed().values():
        assert re.fullmatch(r"[\w.-]+", source.file) and re.fullmatch(r"[0-9a-f]{64}", source.sha256) and source.size > 100_000
        assert re.match(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/", source.url)  # pinned to a commit
        assert source.licence in ("ODbL-1.0", "etalab-2.0") and re.match("URSSAF|INSEE|IGN|ANCT|Géorisques", source.producer)
        assert source.credit.startswith(source.producer.partition(",")[0]) and len(source.holds) > 60
    assert len({source.file for source in listed().values()}) == 7
    assert sum(source.size for source in listed().values()) == pytest.approx(16.2e6, rel=0.01)  # what make help says


@pytest.mark.skipif("SLPI_MIRROR" not in os.environ and not SHARED.is_dir(), reason="no mirror is named, and none is beside this checkout")
def test_the_list_agrees_with_that_of_the_mirror():
    theirs = tomllib.loads((SHARED / "sources.toml").read_text(encoding="utf-8"))
    ours = {source.name: (source.file, source.url, source.sha256, source.licence) for source in listed().values()}
    assert ours == {name: tuple(entry[key] for key in ("file", "url", "sha256", "licence")) for name, entry in theirs.items()}


@pytest.mark.skipif("SLPI_MIRROR" not in os.environ and not SHARED.is_dir(), reason="no mirror is named, and none is beside this checkout")
@pytest.mark.parametrize("as_url", [False, True])
def test_all_seven_files_come_from_the_mirror_with_the_right_hashes(tmp_path, monkeypatch, as_url):
    monkeypatch.setenv("SLPI_MIRROR", SHARED.resolve().as_uri() if as_url else os.path.relpath(SHARED))
    paths = fetch_all(folder=tmp_path / "national")
    assert list(paths) == list(listed()) and missing(folder=tmp_path / "national") == []
    for name, path in paths.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed()[name].sha256 and path.stat().st_mode & 0o777 == 0o644


def test_credits_name_the_producer_and_the_licence_of_each_source():
    assert credits()["urssaf_establishments"].startswith("URSSAF") and credits()["communes"].endswith("licence ODbL-1.0")
    assert list(credits()) == list(listed())


@pytest.mark.parametrize(
    ("text", "what"), [(None, "No such file"), ("[a\n", "line 1"), ("[a]\nfile = 'x'\n", "missing"), ("a = 1", "mapping")]
)
def test_a_list_that_cannot_be_read_says_so(tmp_path, text, what):
    path = tmp_path / "sources.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    message = refusal(listing=path)
    assert str(path) in message and what in message and "mend it" in message


def test_unknown_names_are_refused_before_anything_is_asked(host, listing):
    path = listing(plants=f"{host.address}/good/plants", zones=f"{host.address}/good/zones")
    assert refusal(["plants", "plant"], listing=path) == f"plant: {path} lists no such source; it lists plants, zones"
    assert host.asked == [] and not (path.parent / "national").exists()


# A host that does as it should.


def test_a_file_is_downloaded_once_and_then_read_from_the_disk(host, listing, capsys):
    path = listing(plants=f"{host.address}/good/plants")
    assert missing(listing=path) == ["plants"]
    got = fetch("plants", listing=path)
    assert got == path.parent / "national" / "plants.bin" and got.read_bytes() == CONTENT
    assert got.stat().st_mode & 0o777 == 0o644 and files(path) == ["plants.bin"] and missing(listing=path) == []
    assert capsys.readouterr().err == f"plants: plants.bin, 0.3 MB, from {host.address}/good/plants\n"
    assert fetch("plants", listing=path) == got and capsys.readouterr().err == ""
    assert host.asked == ["/good/plants"]


def test_only_what_is_named_is_fetched_into_the_folder_that_is_named(host, listing, tmp_path):
    path = listing(plants=f"{host.address}/good/plants", zones=f"{host.address}/good/zones")
    assert fetch_all(["zones", "zones"], listing=path, folder=tmp_path / "a" / "b") == {"zones": tmp_path / "a" / "b" / "zones.bin"}
    assert host.asked == ["/good/zones"] and missing(listing=path, folder=tmp_path / "a" / "b") == ["plants"]


@pytest.mark.parametrize("way", ["gzip", "moved"])
def test_a_host_may_compress_what_it_sends_or_send_elsewhere(host, listing, way):
    assert fetch("plants", listing=listing(plants=f"{host.address}/{way}/plants")).read_bytes() == CONTENT


def test_a_terminal_shows_a_bar_with_sizes(host, listing, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fetch("plants", listing=listing(plants=f"{host.address}/good/plants"))
    seen = capsys.readouterr().err.split("\r")
    assert any(re.match(r"plants █+░+ 0\.[12] of 0\.3 MB", line) for line in seen) and "█" * 20 + " 0.3 of 0.3 MB" in "".join(seen)
    assert seen[-1].startswith("\x1b[Kplants: plants.bin") and seen[-1].endswith("\n")


@pytest.mark.parametrize("change", [lambda data: data[:-1] + b"x", lambda data: data[:1000], lambda data: b""])
def test_an_altered_file_is_fetched_again_whatever_its_time_and_size(host, listing, change, capsys):
    path = listing(plants=f"{host.address}/good/plants")
    got = fetch("plants", listing=path)
    before = got.stat()
    got.write_bytes(change(CONTENT))
    os.utime(got, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert missing(listing=path) == ["plants"]
    capsys.readouterr()
    assert fetch("plants", listing=path).read_bytes() == CONTENT and files(path) == ["plants.bin"]
    assert f"({got}: was altered)" in capsys.readouterr().err


# Hosts that do not.


FAULTS = {
    "404": ("HTTP 404 Not Found", "Mend its url in sources.toml"),
    "403": ("HTTP 403 Forbidden", "Open the address in a browser"),
    "429": ("HTTP 429 Too Many Requests", "run make data later"),
    "500": ("HTTP 500 Internal Server Error", "run make data later"),
    "html": ("an HTML page in place of the file", "Open the address in a browser"),
    "long_html": ("an HTML page in place of the file", "Open the address in a browser"),
    "wrong": ("not the listed content", "Run make data again"),
    "long": ("goes on after 307,200 bytes", "Run make data again"),
    "truncated": ("broke off", "Run make data again"),
    "unmeasured": ("ends after 200,000 of 307,200 bytes", "Run make data again"),
    "broken": ("broke off (Connection reset by peer)", "Run make data again"),
    "stall": ("stalled, no byte for 0.4 s", "Check the connection"),
    "stall_within": ("stalled, no byte for 0.4 s", "Check the connection"),
    "reset": ("out of reach (Connection reset by peer)", "Check the connection"),
}


@pytest.mark.parametrize("way", FAULTS)
def test_a_misbehaving_host_gives_one_clear_line_and_leaves_nothing(host, listing, way):
    address = f"{host.address}/{way}/plants"
    path = listing(plants=address)
    message = refusal(listing=path, timeout=0.4)
    what, remedy = FAULTS[way]
    assert message.startswith(f"plants: plants.bin: {address}: {what}") and remedy in message
    assert message.endswith("set SLPI_MIRROR to a folder that holds a copy.")
    assert files(path) == [] and missing(listing=path) == ["plants"]
    assert bool(notes(path)) == (way in ("stall", "stall_within", "reset"))


def test_a_host_that_sends_without_end_is_cut_short(host, listing):
    path = listing(plants=f"{host.address}/long/plants")
    refusal(listing=path)
    until(lambda: len(host.asked) == 2)
    assert host.asked == ["/long/plants", "hung up"] and files(path) == []


def test_what_fails_leaves_the_good_and_the_altered_file_alone(host, listing):
    path = listing(plants=f"{host.address}/wrong/plants", zones=f"{host.address}/good/zones")
    altered = path.parent / "national" / "plants.bin"
    altered.parent.mkdir()
    altered.write_bytes(b"mine")
    message = refusal(listing=path)
    assert f"plants: plants.bin: {altered}: was altered; {host.address}/wrong/plants: not the listed content" in message
    assert altered.read_bytes() == b"mine" and files(path) == ["plants.bin", "zones.bin"] and missing(listing=path) == ["plants"]


def test_every_fault_of_every_source_is_listed_at_once(host, listing):
    path = listing(**{f"s{way}": f"{host.address}/{way}/x" for way in ("404", "html", "good", "wrong")})
    with pytest.raises(SourceError) as caught:
        fetch_all(listing=path)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["s404", "shtml", "swrong"]
    assert str(caught.value).count("\n") == 2 and files(path) == ["sgood.bin"]


# No network.


def test_a_host_out_of_reach_is_asked_once_an_hour_or_when_told_to(listing, host):
    address = closed_port()
    path = listing(plants=f"{address}/plants", zones=f"{address}/zones", other=f"{host.address}/good/other")
    with pytest.raises(SourceError) as caught:
        fetch_all(listing=path)
    first, second = caught.value.faults
    assert f"{address}/plants: out of reach (Connection refused). Check the connection" in first
    assert (
        f"{address}/zones: not asked, its host was out of reach within the last hour. Once there is a connection, run make data" in second
    )
    assert files(path) == ["other.bin"]
    (note,) = notes(path)

    assert "not asked" in refusal(["plants"], listing=path)
    assert "Connection refused" in refusal(["plants"], listing=path, retry=True)
    os.utime(note, (time.time() - 3700,) * 2)
    assert "Connection refused" in refusal(["plants"], listing=path)
    os.utime(note, (time.time() + 86400,) * 2)  # a clock that was wrong
    assert "Connection refused" in refusal(["plants"], listing=path)


def test_a_host_that_comes_back_is_asked_again_when_told_to(host, listing):
    path = listing(plants=f"{host.address}/stall/plants")
    refusal(listing=path, timeout=0.2)
    listing(plants=f"{host.address}/good/plants")
    assert "not asked" in refusal(listing=path)
    assert fetch("plants", listing=path, retry=True).read_bytes() == CONTENT and notes(path) == []


def test_a_name_that_no_server_knows_is_out_of_reach(listing, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    path = listing(plants="http://nowhere.invalid/plants")
    assert "nowhere.invalid/plants: out of reach (Name or service not known)" in refusal(listing=path)
    assert [note.name for note in notes(path)] == [".unreachable-nowhere.invalid"]


def test_a_host_that_takes_no_connection_is_given_up(listing):
    with socket.socket() as deaf, socket.socket() as waiting:  # one connection fills the queue
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting.connect(deaf.getsockname())
        message = refusal(listing=listing(plants=f"http://127.0.0.1:{deaf.getsockname()[1]}/x"), timeout=0.4)
    assert "no connection within 0.2 s" in message or "stalled" in message


# Mirrors.


@pytest.fixture
def mirror(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("SLPI_MIRROR", str(folder))
    return folder


def test_a_mirror_is_asked_before_the_original_host(host, listing, mirror):
    (mirror / "plants.bin").write_bytes(CONTENT)
    path = listing(plants=f"{host.address}/good/plants")
    assert fetch("plants", listing=path).read_bytes() == CONTENT and host.asked == [] and files(path) == ["plants.bin"]


def test_a_mirror_may_be_an_address(host, listing, monkeypatch):
    monkeypatch.setenv("SLPI_MIRROR", f"{host.address}/good/")
    assert fetch("plants", listing=listing(plants=f"{host.address}/404/x")).exists() and host.asked == ["/good/plants.bin"]


def test_a_mirror_that_is_not_there_is_said_once_and_passed_over(host, listing, mirror, monkeypatch, capsys):
    monkeypatch.setenv("SLPI_MIRROR", str(mirror / "absent"))
    path = listing(plants=f"{host.address}/good/plants", zones=f"{host.address}/good/zones")
    assert len(fetch_all(listing=path)) == 2
    said = capsys.readouterr().err
    assert said.count(f"SLPI_MIRROR: {mirror / 'absent'} is no folder; going on to the original hosts\n") == 1
    fetch_all(listing=path)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "No such file or directory"),
        (PAGE, "an HTML page in place of the file"),
        (CONTENT[:-1], "ends after 307,199 of 307,200 bytes"),
        (CONTENT[::-1], "not the listed content"),
    ],
)
def test_a_mirror_with_a_bad_file_is_said_and_passed_over(host, listing, mirror, content, what, capsys):
    if content is not None:
        (mirror / "plants.bin").write_bytes(content)
    assert fetch("plants", listing=listing(plants=f"{host.address}/good/plants")).read_bytes() == CONTENT
    assert f"from {host.address}/good/plants ({mirror / 'plants.bin'}: {what}" in capsys.readouterr().err
    path = listing(zones=f"{host.address}/404/zones")
    if content is not None:
        (mirror / "zones.bin").write_bytes(content)
    message = refusal(listing=path)
    assert f"zones: zones.bin: {mirror / 'zones.bin'}: {what}" in message and f"{host.address}/404/zones: HTTP 404" in message
    assert files(path) == ["plants.bin"]


# Disks and people.


def run(*arguments: object, before: str = "", **popen: object) -> subprocess.Popen[str]:
    """``python -m slpi.sources ARGUMENTS`` in a process of its own, after the lines ``before``."""
    words = [str(word) for word in arguments]
    code = f"{before}\nimport runpy, sys\nsys.argv[1:] = {words!r}\nrunpy.run_module('slpi.sources', run_name='__main__')"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment, **popen
    )


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file sizes")
@pytest.mark.parametrize("from_mirror", [False, True])
def test_a_disk_that_takes_no_more_gives_one_clear_line_and_leaves_nothing(host, listing, mirror, from_mirror):
    if from_mirror:
        (mirror / "plants.bin").write_bytes(CONTENT)
    path = listing(plants=f"{host.address}/good/plants")
    process = run("--listing", path, before=FULL)
    out, err = process.communicate(timeout=20)
    *_, line = err.splitlines()
    assert process.returncode == 1 and out == ""
    assert (
        f"cannot be written to {path.parent / 'national'} (File too large)" in line and "that 0.3 MB are free, then run make data" in line
    )
    assert (str(mirror) if from_mirror else host.address) in line and files(path) == [] and bool(host.asked) != from_mirror


def test_a_full_disk_is_called_by_its_name(host, listing, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    path = listing(plants=f"{host.address}/good/plants")
    assert "(No space left on device). See that " in refusal(listing=path) and files(path) == []


def test_a_folder_that_cannot_be_made_is_said(host, listing, tmp_path):
    (tmp_path / "file").write_text("")
    message = refusal(listing=listing(plants=f"{host.address}/good/x"), folder=tmp_path / "file" / "national")
    assert "(Not a directory). See that " in message and host.asked == []


def test_what_a_killed_download_left_goes_after_an_hour(host, listing):
    path = listing(plants=f"{host.address}/good/plants")
    for name, age in {"old": 4000, "young": 10}.items():
        left = path.parent / "national" / f".download-{name}"
        left.mkdir(parents=True)
        (left / "tmp").write_bytes(b"half")
        os.utime(left, (time.time() - age,) * 2)
    fetch("plants", listing=path)
    assert files(path) == [".download-young", ".download-young/tmp", "plants.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signals")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_download_leaves_nothing(host, listing, sign):
    path = listing(plants=f"{host.address}/slow/plants")
    process = run("--listing", path)
    until(lambda: any(Path(path.parent, "national", name).stat().st_size for name in files(path) if name.count("/")))
    process.send_signal(sign)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1 and err == "interrupted; files that were whole are there, nothing else is left\n" and files(path) == []


def test_two_processes_at_once_both_end_well(host, listing):
    path = listing(plants=f"{host.address}/slow/plants", zones=f"{host.address}/good/zones")
    both = [run("--listing", path) for _ in range(2)]
    until(lambda: host.asked.count("/slow/plants") == 2)
    host.release.set()
    for process in both:
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0 and "each file as listed: plants, zones" in out, err
    assert files(path) == ["plants.bin", "zones.bin"] and missing(listing=path) == []


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


# The command.


def test_the_command_lists_fetches_and_says_what_is_wrong(host, listing, capsys):
    path = listing(plants=f"{host.address}/good/plants", zones=f"{host.address}/good/zones", gone=f"{host.address}/404/gone")
    assert sources.main(["plants", "zones", "--listing", str(path)]) == 0
    assert capsys.readouterr().out == f"open data in {path.parent / 'national'}, each file as listed: plants, zones\n"
    (path.parent / "national" / "zones.bin").write_bytes(b"")
    assert sources.main(["--list", "--listing", str(path)]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["plants", "there"],
        ["zones", "altered"],
        ["gone", "missing"],
    ]
    assert sources.main(["--listing", str(path), "--retry"]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.splitlines()[-1].startswith("gone: gone.bin: ")


def test_the_command_ends_quietly_when_interrupted(listing, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sources, "_download", interrupted)
    assert sources.main(["--listing", str(listing(plants="http://x"))]) == 1
    assert capsys.readouterr().err.startswith("interrupted")


def test_without_pooch_the_line_says_how_to_install_it(listing, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert "pooch is needed to download. Install it with: pip install 'slpi[data]'." in refusal(listing=listing(plants="http://x"))


def test_the_module_loads_neither_pooch_nor_a_library_of_the_network():
    code = "import sys, slpi.sources; print({'pooch', 'requests', 'urllib3', 'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
    )
    assert done.stdout == "set()\n"


def test_quietly_only_what_was_fetched_is_said_and_of_faults_the_first(host, listing, capsys):
    path = listing(plants=f"{host.address}/good/plants", gone=f"{host.address}/404/a", lost=f"{host.address}/404/b")
    arguments = ["--quiet", "--listing", str(path)]
    assert sources.main([*arguments, "plants"]) == 0
    assert sources.main([*arguments, "plants"]) == 0
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith("plants: plants.bin")
    assert sources.main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("gone: ") and said.err.endswith("(and 1 more; make data lists all)\n")
