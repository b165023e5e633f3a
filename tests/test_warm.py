"""Whole builds with forked kernels: what they share, what they do not, and what stops them."""

import asyncio
import os
import subprocess
import sys
import time
from queue import Empty

import psutil
import pytest
from conftest import Toy, notebook, press_environment

from compendium import warm
from compendium.provisioner import Client


def test_third_party_modules_are_found_and_own_and_standard_ones_left_out():
    sources = [
        "import numpy as np\nimport os, pandas.api\nfrom toy import x\nfrom . import y",
        "%matplotlib inline",
        "def f():\n    import scipy",
    ]
    assert warm.imported(sources, {"toy"}) == ["numpy", "pandas.api"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Toy:
    """Two chapters that each leave a mark on a library and say what marks they found."""
    toy = Toy.at(tmp_path_factory.mktemp("pair") / "toy")
    code = """
        import os

        import numpy
        from compendium import record

        record("{0}.found", str(getattr(numpy, "mark", "none")), status="measured")
        record("{0}.parent", str(os.getppid()), status="measured")
        record("{0}.threads", os.environ["OMP_NUM_THREADS"], status="measured")
        numpy.mark = "{0}"
        leaked = 1
        record("{0}.random", float(numpy.random.default_rng(0).random()), status="simulated")
    """
    for name in ("one", "two"):
        toy.chapter(
            f"0{'one two'.split().index(name) + 1}_{name}", notebook(f"# {name}", "", code.format(name), "assert 'os' in globals()")
        )
    toy.build()
    return toy


def test_one_chapter_sees_nothing_of_another(pair):
    numbers = pair.numbers()
    assert numbers["one.found"]["value"] == numbers["two.found"]["value"] == "none"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_kernels_are_forked_from_one_server(pair):
    numbers = pair.numbers()
    assert numbers["one.parent"]["value"] == numbers["two.parent"]["value"]


def test_each_kernel_has_one_thread_for_linear_algebra(pair):
    assert pair.numbers()["one.threads"]["value"] == "1"


def test_forked_and_plain_kernels_one_and_two_at_a_time_give_the_same_bytes(tmp_path):
    made = []
    for place, warmth, jobs in (("a", "1", "1"), ("b/c", "0", "1"), ("d", "1", "2")):
        toy = Toy.at(tmp_path / place / "toy")
        done = toy.press("build", "--jobs", jobs, COMPENDIUM_WARM=warmth, PYTHONHASHSEED=str(len(made)), TZ="Asia/Tokyo", LC_ALL="C")
        assert done.returncode == 0, done.stderr
        made.append({path.name: path.read_bytes() for path in toy.reports.rglob("*.*") if ".press" not in path.parts})
    assert made[0] == made[1] == made[2] and {"numbers.json", "01_one.ipynb"} <= made[0].keys()


def with_chapter(toy: Toy, code: str, **metadata: object) -> Toy:
    made = notebook("# It", "", code)
    made["metadata"] |= metadata
    toy.chapter("03_it", made)
    return toy


def test_an_undeclared_module_and_file_make_a_chapter_stale(toy):
    toy.write("src/helper.py", "X = 1\n")
    toy.write("extra.txt", "1")
    toy.write("data/raw/set/a.csv", "1")
    with_chapter(
        toy,
        """
        from importlib import import_module
        from pathlib import Path

        import_module("helper")
        Path("../extra.txt").read_text()
        sorted(Path("../data/raw/set").glob("*.csv"))
        """,
    ).build()
    assert "03_it  fresh" in toy.press("status").stdout
    shown = toy.press("why", "03_it").stdout
    assert all(f"same    {path}\n" in shown + "\n" for path in ("src/helper.py", "extra.txt", "data/raw/set/"))
    for path, text, told in (
        ("src/helper.py", "X = 2\n", "src/helper.py"),
        ("extra.txt", "2", "extra.txt"),
        ("data/raw/set/b.csv", "", "data/raw/set/"),
    ):
        toy.write(path, text)
        assert told in toy.press("status").stdout.splitlines()[2]
        assert f"CHANGED {told}" in toy.press("why", "03_it").stdout


def test_a_chapter_that_writes_raw_data_fails_in_one_screen_and_changes_nothing(toy):
    done = with_chapter(toy, "from compendium import raw\n\nraw('one.csv').write_text('spoilt')").press("build")
    assert done.returncode == 1 and "PermissionError: data/raw/one.csv is raw data" in done.stdout
    assert (toy.root / "data" / "raw" / "one.csv").read_text() == "x\n3\n"


def test_a_chapter_that_hangs_is_stopped_where_it_hangs(toy):
    done = with_chapter(toy, "import time\n\ntime.sleep(600)", compendium={"minutes": 0.03}).press("build")
    assert done.returncode == 1
    assert "TimeoutError: the chapter ran longer than its 0.03 minutes" in done.stdout and "› time.sleep(600)" in done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_chapter_that_asks_for_too_much_memory_fails_alone(toy):
    done = with_chapter(toy, "held = bytearray(3 * 2**30)").press("build", COMPENDIUM_MEMORY_GIB="2")
    assert done.returncode == 1 and "MemoryError" in done.stdout and "chapter 03_it failed in cell 3" in done.stdout


def test_a_chapter_may_start_processes(toy):
    with_chapter(
        toy,
        """
        from multiprocessing import get_context

        with get_context("fork").Pool(2) as pool:
            assert pool.map(abs, [-1, -2]) == [1, 2]
        """,
    ).build()


def started(toy: Toy) -> subprocess.Popen:
    command = [sys.executable, "-m", "compendium", "build", "--root", str(toy.root)]
    return subprocess.Popen(
        command,
        env=press_environment(TOY_LOG=str(toy.log)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def wait_for(happened, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_second_build_says_who_is_first_and_waits(toy):
    with_chapter(toy, "import time\nfrom pathlib import Path\n\nPath('../begun').touch()\ntime.sleep(3)")
    first = started(toy)
    wait_for((toy.root / "begun").exists)
    second = toy.press("build")
    assert f"another build is at work here (process {first.pid}, since " in second.stdout and second.returncode == 0
    assert first.wait(30) == 0 and "everything is up to date" in second.stdout
    first.communicate()


def test_an_interrupted_build_leaves_no_process_and_the_last_good_reports(toy):
    before = (toy.reports / "numbers.json").read_bytes()
    with_chapter(toy, "import time\nfrom pathlib import Path\n\nPath('../begun').touch()\ntime.sleep(600)")
    build = started(toy)
    wait_for((toy.root / "begun").exists)
    family = psutil.Process(build.pid).children(recursive=True)
    assert family
    os.kill(build.pid, 2)
    assert build.wait(30) == 1
    assert build.communicate()[1].splitlines()[-1] == "interrupted; the last good build stands"
    _, alive = psutil.wait_procs(family, 10)
    assert not alive
    assert (toy.reports / "numbers.json").read_bytes() == before and not list((toy.reports / "chapters").glob("03*"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kernels are forked where the system can")
def test_a_kernel_whose_streams_are_closed_when_it_ends_ends_without_a_traceback(tmp_path, monkeypatch, capfd):
    from multiprocessing import get_context

    from ipykernel.kernelapp import IPKernelApp

    class Closed:
        def flush(self):
            raise OSError("closed")

    def ended(argv):
        sys.stdout = sys.stderr = Closed()

    monkeypatch.setattr(IPKernelApp, "launch_instance", ended)
    process = get_context("fork").Process(target=warm.kernel, args=([], str(tmp_path), dict(os.environ)))
    process.start()
    process.join()
    assert process.exitcode == 0 and "Traceback" not in capfd.readouterr().err


def client_of(answers: list[object], monkeypatch: pytest.MonkeyPatch) -> tuple[Client, list[dict]]:
    """A client that hears these one after the other, on the shell and to all in turn; Empty is silence."""
    client, taken = Client(), []

    async def hear(timeout: float) -> dict:
        if not answers:
            raise Empty
        heard = answers.pop(0)
        if isinstance(heard, Exception):
            raise heard
        return heard

    async def alive() -> bool:
        return bool(answers)

    for name, instead in {
        "is_alive": alive,
        "get_shell_msg": hear,
        "get_iopub_msg": hear,
        "kernel_info": lambda: None,
        "_handle_kernel_info_reply": taken.append,
    }.items():
        monkeypatch.setattr(client, name, instead)
    return client, taken


def test_a_client_is_ready_once_its_kernel_answered_and_was_heard_by_all(monkeypatch):
    reply, other = {"msg_type": "kernel_info_reply"}, {"msg_type": "status"}
    client, taken = client_of([other, reply, Empty(), reply, other, other], monkeypatch)
    asyncio.run(client.wait_for_ready(timeout=60))
    assert taken == [reply]


def test_a_client_says_that_its_kernel_died_or_is_silent(monkeypatch):
    with pytest.raises(RuntimeError, match="died before it responded"):
        asyncio.run(client_of([], monkeypatch)[0].wait_for_ready(timeout=60))
    with pytest.raises(RuntimeError, match="did not respond in 0 seconds"):
        asyncio.run(client_of([Empty(), Empty()], monkeypatch)[0].wait_for_ready(timeout=0))
