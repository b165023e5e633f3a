"""JupyterLab's kernel beside the build's, failed runs opened again, and quick runs of every chapter."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import psutil
import pytest
from conftest import ROOT, Toy, notebook, press_environment, tree

from compendium.__main__ import main
from compendium.lab import lab_environment, reopened
from compendium.project import BadInput, Project, canonical_json
from compendium.run import _clean, read_chapter

# Executes notebooks as any Jupyter client does, each in its own folder, and says how each ended.
CLIENT = """
import asyncio, json, sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


async def execute(path):
    read = nbformat.read(path, as_version=4)
    client = NotebookClient(read, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    try:
        await client.async_execute()
        failed = None
    except CellExecutionError as error:
        failed = f"{error.ename}: {error.evalue}"
    return {"failed": failed, "notebook": read}


async def every():
    return await asyncio.gather(*(execute(Path(path)) for path in sys.argv[1:]))


json.dump(asyncio.run(every()), sys.stdout)
"""


def executed(project: Project, *paths: Path) -> list[dict]:
    """What a Jupyter client with the lab's environment makes of notebooks: each as executed, and the error that it met."""
    with mock.patch.dict(os.environ, press_environment(), clear=True):
        environment = lab_environment(project)
    command = [sys.executable, "-c", CLIENT, *map(str, paths)]
    done = subprocess.run(command, env=environment, cwd=project.root, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def outputs(made: dict) -> list[str]:
    """Of each code cell, as the press keeps them."""
    return [canonical_json(cell["outputs"]) for cell in _clean(made)["cells"] if cell["cell_type"] == "code"]


def press(root: Path, *arguments: object, log: Path) -> tuple[int, str, str]:
    """The press in this process: exit code, what it said, what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    own = {**press_environment(), "TOY_LOG": str(log)}
    with mock.patch.dict(os.environ, own, clear=True), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([arguments[0], "--root", str(root), *map(str, arguments[1:])])
    return code, out.getvalue(), err.getvalue()


# The kernel.

SHOWN = """
    import os
    import sys

    import matplotlib.pyplot as plt
    import pandas as pd

    from compendium import figure, raw, record, table
    from toy import times

    fig, ax = plt.subplots()
    ax.plot([1, times(2)], gid="line")
    figure("it.figure", fig, alt="A line that rises from one on the left to four on the right.", caption="It rises.", status="measured")
    table("it.table", pd.DataFrame({"x": [1.5, 2]}, index=["a", "b"]), caption="Two rows.", status="measured")
    print(sorted(name for name in os.environ if name.endswith("_NUM_THREADS")), os.environ["TZ"], sys.flags.hash_randomization)
    print(hash("a word"), Path("../data/raw/one.csv").read_text(), raw("one.csv").relative_to(os.environ["COMPENDIUM_ROOT"]))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """A compendium with a chapter that shows all that a chapter can show, built."""
    toy = Toy.at(tmp_path_factory.mktemp("lab") / "toy")
    toy.chapter("03_shown", notebook("# It", "k: int = 1", "from pathlib import Path\n\n1 + k", SHOWN))
    toy.build()
    return toy


@pytest.fixture(scope="module")
def by_hand(built: Toy) -> tuple[dict[str, dict], dict[str, tuple], dict[str, tuple]]:
    """Chapters executed with the lab's kernel, one of them harmful; the reports before and after."""
    harm = notebook("# Harm", "", "from compendium import raw\n\nraw('one.csv').write_text('spoilt')", "raw('one.csv').unlink()")
    built.write("notebooks/harm.ipynb", json.dumps(harm))
    before = tree(built.reports, times=True)
    names = ("01_one", "03_shown", "harm")
    with mock.patch.dict(os.environ, {"TOY_LOG": str(built.log)}):
        made = executed(Project(built.root), *(built.root / "notebooks" / f"{name}.ipynb" for name in names))
    return dict(zip(names, made, strict=True)), before, tree(built.reports, times=True)


@pytest.mark.parametrize("name", ["01_one", "03_shown"])
def test_a_chapter_run_by_hand_shows_the_same_bytes_as_in_the_build(built, by_hand, name):
    stored = json.loads((built.reports / ".press" / "runs" / name / "executed.ipynb").read_text(encoding="utf-8"))
    made = by_hand[0][name]
    assert made["failed"] is None and outputs(made["notebook"]) == outputs(stored)
    assert name == "01_one" or ("image/svg+xml" in outputs(stored)[2] and "UTC" in outputs(stored)[2])


def test_raw_data_is_kept_from_work_by_hand_as_from_the_build(built, by_hand):
    assert by_hand[0]["harm"]["failed"].startswith("PermissionError: data/raw/one.csv is raw data, which no chapter writes or removes")
    assert (built.root / "data" / "raw" / "one.csv").read_text() == "x\n3\n"


def test_work_by_hand_changes_nothing_in_the_reports(by_hand):
    _, before, after = by_hand
    assert before == after


def test_the_kernel_stands_before_any_other_of_its_name(tmp_path):
    toy = Toy.at(tmp_path / "toy")
    other = tmp_path / "share" / "kernels" / "python3" / "kernel.json"
    other.parent.mkdir(parents=True)
    other.write_text(json.dumps({"argv": ["other"], "display_name": "Other", "language": "python"}))
    with mock.patch.dict(os.environ, {**press_environment(), "JUPYTER_PATH": str(tmp_path / "share")}, clear=True):
        environment = lab_environment(Project(toy.root))
    listed = "from jupyter_client.kernelspec import KernelSpecManager as M; print(M().get_kernel_spec('python3').display_name)"
    done = subprocess.run([sys.executable, "-c", listed], env=environment, capture_output=True, encoding="utf-8")
    assert done.stdout == "Python 3 (compendium)\n", done.stderr
    assert str(tmp_path / "share") in environment["JUPYTER_PATH"].split(os.pathsep)
    assert tree(toy.root).keys() == tree(Toy.at(tmp_path / "new").root).keys(), "nothing of it lies in the compendium"


# JupyterLab itself.


@pytest.fixture(scope="module")
def lab(built: Toy, by_hand: tuple, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen, str]]:
    """A real JupyterLab on the compendium, and its address."""
    runtime = tmp_path_factory.mktemp("jupyter")
    options = ["--no-browser", "--port=0", "--allow-root", "--IdentityProvider.token=shibboleth", "--ServerApp.port_retries=0"]
    folders = {f"JUPYTER_{kind}_DIR": str(runtime / kind.lower()) for kind in ("RUNTIME", "CONFIG", "DATA")}
    said = runtime / "said.txt"
    process = subprocess.Popen(
        [sys.executable, "-m", "compendium", "lab", "--root", str(built.root), *options],
        env=press_environment(**folders),
        stdin=subprocess.DEVNULL,
        stdout=said.open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    family: list[psutil.Process] = []
    try:
        end = time.monotonic() + 60
        while not (found := list((runtime / "runtime").glob("jpserver-*.json"))):
            assert process.poll() is None and time.monotonic() < end, said.read_text()
            time.sleep(0.1)
        family = psutil.Process(process.pid).children(recursive=True)
        yield process, json.loads(found[0].read_text())["url"]
    finally:
        with contextlib.suppress(psutil.Error):
            family += psutil.Process(process.pid).children(recursive=True)
        for one in (*family, process):
            with contextlib.suppress(psutil.Error):
                one.kill()
        process.wait()


def ask(url: str, path: str, **data: object) -> bytes:
    body = json.dumps(data).encode() if data else None
    request = urllib.request.Request(url + path, body, headers={"Authorization": "token shibboleth"})
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_jupyterlab_opens_with_the_compendiums_kernel_and_its_folder(built, lab):
    _, url = lab
    specs = json.loads(ask(url, "api/kernelspecs"))
    ours = specs["kernelspecs"]["python3"]["spec"]
    assert specs["default"] == "python3" and ours["display_name"] == "Python 3 (compendium)"
    assert any("compendium.trace" in part and str(built.root) in part for part in ours["argv"])
    assert b"JupyterLab" in ask(url, "lab")
    listed = {entry["name"] for entry in json.loads(ask(url, "api/contents/notebooks"))["content"]}
    assert {"01_one.ipynb", "02_two.ipynb"} <= listed


def test_an_interrupt_ends_jupyterlab_and_its_kernels(lab):
    process, url = lab
    assert json.loads(ask(url, "api/kernels", name="python3"))["name"] == "python3"
    family = psutil.Process(process.pid).children(recursive=True)
    assert any("ipykernel_launcher" in " ".join(one.cmdline()) for one in family)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it
    assert process.wait(30) in (0, 1)
    assert not psutil.wait_procs(family, 15)[1]


# Failed runs opened again.

FAILS = (
    "with open(os.environ['TOY_LOG'], 'a') as log:\n    print('03_fails', file=log)\n\n"
    "held = Path('../data/raw/one.csv').read_text()\nprint('before')",
    "rates = {'a': k}\nrates['b' if k < 3 else 'a' + tone]",
    "print('after')",
)


def failing(root: Path) -> Toy:
    toy = Toy.at(root)
    parameters = 'k: int = 5  # 1 to 9\ntone: str = ""  # how'
    made = notebook("# It", parameters, f"import os\nfrom pathlib import Path\n\n{FAILS[0]}", *FAILS[1:])
    toy.chapter("03_fails", made)
    return toy


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Toy, list[str]]:
    """A chapter that failed with two sets of parameters, and what the press told of each."""
    toy = failing(tmp_path_factory.mktemp("failed") / "toy")
    told = []
    for given in (["k=1"], ["k=2", "tone=low"]):
        code, _, err = press(toy.root, "chapter", "03_fails", *given, log=toy.log)
        assert code == 1, err
        told.append(err)
    return toy, told


def test_the_newest_failed_run_is_opened_again_with_its_parameters_in_place(failed):
    toy, told = failed
    assert all("KeyError: 'b'" in one and "make reopen CHAPTER=03_fails" in one for one in told)
    copy = reopened(Project(toy.root), "03_fails")
    assert copy == toy.reports / "reopened" / "03_fails.ipynb"
    cells = json.loads(copy.read_text(encoding="utf-8"))["cells"]
    (injected,) = [cell for cell in cells if "injected-parameters" in cell["metadata"].get("tags", [])]
    source = injected["source"] if isinstance(injected["source"], str) else "".join(injected["source"])
    assert re.findall(r"^(\w+ = .*)$", source, re.MULTILINE) == ["k = 2", 'tone = "low"']
    (older,) = [path for path in (toy.reports / "runs" / "03_fails").glob("*/failed.ipynb") if path.read_bytes() != copy.read_bytes()]
    os.utime(older)
    assert reopened(Project(toy.root), "03_fails").read_bytes() == older.read_bytes()


def test_a_failed_run_that_is_opened_again_fails_with_the_same_error_at_the_same_cell(failed):
    toy, _ = failed
    copy = reopened(Project(toy.root), "03_fails")
    before = json.loads(copy.read_text(encoding="utf-8"))
    with mock.patch.dict(os.environ, {"TOY_LOG": str(toy.log)}):
        (made,) = executed(Project(toy.root), copy)

    def ends(cells: list[dict]) -> list[tuple]:
        found = []
        for cell in cells:
            kinds = [output.get("ename") or "".join(output.get("text", "")) for output in cell.get("outputs", [])]
            found.append((cell["id"], kinds)) if cell["cell_type"] == "code" else None
        return found

    assert made["failed"].startswith("KeyError: ") and ends(made["notebook"]["cells"]) == ends(before["cells"])
    assert ("code-2", ["KeyError"]) in ends(before["cells"])


def test_the_chapter_and_its_reports_are_left_as_they_were_by_opening_a_failed_run(failed):
    toy, _ = failed
    before = {path: made for path, made in tree(toy.root, times=True).items() if "reopened" not in path}
    reopened(Project(toy.root), "03_fails")
    assert {path: made for path, made in tree(toy.root, times=True).items() if "reopened" not in path} == before


def test_once_a_chapter_is_mended_and_ran_well_no_failed_run_of_it_is_kept(tmp_path):
    toy = failing(tmp_path / "toy")
    assert press(toy.root, "chapter", "03_fails", "k=1", log=toy.log)[0] == 1
    content = toy.notebook("03_fails")
    content["cells"][3]["source"] = "rates = {'a': k}"
    toy.chapter("03_fails", content)
    assert press(toy.root, "chapter", "03_fails", "k=1", log=toy.log)[0] == 0
    with pytest.raises(BadInput, match="no failed run of 03_fails is kept; open the chapter itself with make lab"):
        reopened(Project(toy.root), "03_fails")
    assert not list(toy.reports.rglob("failed.ipynb"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("02_two", "no failed run of 02_two is kept; open the chapter itself with make lab\n"),
        ("02_tow", "there is no chapter '02_tow'; there are: 01_one, 02_two, 03_fails\n"),
    ],
)
def test_what_cannot_be_opened_again_is_refused_with_what_can_be_done(failed, name, told):
    toy, _ = failed
    assert press(toy.root, "reopen", name, "--no-browser", log=toy.log) == (2, "", told)
    assert not (toy.reports / "reopened" / f"{name}.ipynb").exists()


# Quick runs.


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Toy, dict, dict, str]:
    """A compendium with a book, built, and then run quickly: its reports before and after, and what was said."""
    toy = Toy.at(tmp_path_factory.mktemp("quick") / "toy")
    content = toy.notebook("01_one")
    content["metadata"]["compendium"] = {"quick": {"k": 4, "tone": "loud"}}
    toy.chapter("01_one", content)
    toy.add_book()
    toy.write("paper/pages/index.md", "# Toy\n\nA book.\n")
    toy.write("paper/paper.md", "---\ntitle: Toy\nauthor: Nobody\n---\n\n# One\n\nThe value is [[ n('one.value') ]].\n")
    toy.build()
    assert toy.ran() == ["01_one", "02_two"]
    before = tree(toy.reports, times=True)
    code, out, err = press(toy.root, "quick", log=toy.log)
    assert (code, err) == (0, "")
    return toy, before, tree(toy.reports, times=True), out


def test_a_quick_run_takes_the_parameters_of_a_chapters_metadata(quick):
    toy, _, _, out = quick
    (folder,) = (toy.reports / "runs" / "01_one").iterdir()
    numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["chapters"]["01_one"]["parameters"] == {"k": 4, "tone": "loud"}
    assert numbers["numbers"]["one.value"]["value"] == 24 and "(k = 4, tone = 'loud')" in out
    assert not (toy.reports / "runs" / "02_two").exists()
    assert out.endswith(f"→ reports/runs/01_one/{folder.name}/01_one.ipynb\n") and not (folder / "index.html").exists(), (
        "a page would take longest"
    )


def test_a_quick_run_leaves_numbers_book_and_paper_as_they_were(quick):
    _, before, after, _ = quick
    assert {"numbers.json", "paper.pdf", "book/index.html"} <= before.keys()
    assert {path: made for path, made in after.items() if not path.startswith("runs/")} == before


def test_a_second_quick_run_and_the_next_build_run_nothing(quick):
    toy, *_ = quick
    assert toy.ran() == ["01_one"]
    code, out, _ = press(toy.root, "quick", log=toy.log)
    assert code == 0 and "ran in" not in out
    assert press(toy.root, "build", log=toy.log)[:2] == (0, "everything is up to date\n")
    assert toy.ran() == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"quick": {"kk": 1}}, ["'kk' is no parameter of 01_one.ipynb, metadata compendium.quick; did you mean 'k'?"]),
        ({"quick": {"k": 9, "tone": "shrill"}}, ["k = 9 is not right: int, 1 to 5", "tone = 'shrill' is not right: one of plain, loud"]),
        ({"quick": {"k": 1.5}}, ["k = 1.5 is not right: int, 1 to 5", "metadata compendium.quick"]),
        ({"quick": ["k"]}, ["01_one.ipynb", "compendium.quick"]),
        ({"quick": None}, ["01_one.ipynb", "compendium.quick"]),
        ({"minutes": "soon"}, ["01_one.ipynb", "compendium.minutes"]),
        ({"minutes": -1}, ["01_one.ipynb", "compendium.minutes"]),
        ([1], ["01_one.ipynb", "metadata compendium"]),
    ],
    ids=["unknown", "out of range", "type", "list", "null", "words for minutes", "minutes below nought", "no mapping"],
)
def test_quick_parameters_that_are_none_are_refused_with_their_notebook_before_anything_runs(new_toy, settings, told):
    content = new_toy.notebook("01_one")
    content["metadata"]["compendium"] = settings
    new_toy.chapter("01_one", content)
    code, out, err = press(new_toy.root, "quick", log=new_toy.log)
    assert (code, out) == (2, "") and all(part in err for part in told), err
    assert new_toy.ran() == [] and not new_toy.reports.exists()


@pytest.mark.parametrize("name", list(Project(ROOT).chapters))
def test_the_quick_parameters_of_a_chapter_of_the_compendium_are_right(name):
    chapter = read_chapter(Project(ROOT), name)
    settings = chapter.notebook["metadata"].get("compendium", {}).get("quick", {})
    assert chapter.quick == settings, "each is another than the default"
    assert settings or not {"draws", "permutations"} & chapter.parameters.keys(), "a chapter that draws has few draws when run quickly"
