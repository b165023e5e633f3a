"""The press on a toy: what is run and what is not, what a failure leaves, what is refused before anything starts."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from bs4 import BeautifulSoup
from conftest import Toy, notebook, press_environment, run_press, tree

RECORD = 'record("one.value", times(x) * k, status="coded", evidence=["t-001"])'


def edit_cell(toy: Toy, chapter: str, cell: str, old: str, new: str) -> None:
    """Replace what stands once in the source of a chapter's cell."""
    content = toy.notebook(chapter)
    (found,) = [one for one in content["cells"] if one["id"] == cell]
    assert found["source"].count(old) == 1
    found["source"] = found["source"].replace(old, new)
    toy.chapter(chapter, content)


def status(toy: Toy) -> dict[str, str]:
    done = toy.press("status")
    assert done.returncode == 0 and not done.stderr
    return dict(line.split("  ", 1) for line in done.stdout.splitlines())


def stored_run(toy: Toy, chapter: str) -> Path:
    return toy.reports / ".press" / "runs" / chapter


# A build, and the next one.


def test_a_build_needs_no_paper_and_makes_numbers_and_chapters(toy):
    assert sorted(path.name for path in toy.reports.iterdir()) == [".press", "chapters", "numbers.json"]
    assert toy.numbers()["one.value"] == {
        "value": 6,
        "unit": "",
        "digits": None,
        "status": "coded",
        "evidence": ["t-001"],
        "chapter": "01_one",
        "cell": 4,
        "cell_id": "code-2",
    }
    whole = json.loads((toy.reports / "numbers.json").read_text())
    assert whole["chapters"]["01_one"]["parameters"] == {"k": 1, "tone": "plain"}
    assert "data/raw/one.csv" in whole["chapters"]["01_one"]["data"] and len(whole["data"]["data/raw/one.csv"]) == 64
    executed = json.loads(toy.shown("01_one"))
    assert [cell.get("execution_count") for cell in executed["cells"]] == [None, 1, 2, 3]
    assert '<a class="number" href="#n-one-value">6</a>' in executed["cells"][0]["source"]
    assert '<a class="number" href="02_two.html#n-two-word">a word</a>' in executed["cells"][0]["source"]


def test_a_second_build_runs_nothing_and_touches_no_file(toy):
    before = tree(toy.root, times=True)
    assert toy.build().stdout == "everything is up to date\n"
    assert toy.ran() == [] and tree(toy.root, times=True) == before


def test_a_build_from_nothing_gives_the_same_bytes_elsewhere_at_another_time_and_in_another_locale(toy, tmp_path):
    elsewhere = Toy.at(tmp_path / "a longer name with spaces é" / "toy")
    done = elsewhere.press("build", TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="7", COLUMNS="40")
    assert done.returncode == 0, done.stderr
    assert elsewhere.ran() == ["01_one", "02_two"]
    assert tree(elsewhere.reports) == tree(toy.reports)


def test_edited_prose_is_shown_without_a_run(toy):
    kept = {name: tree(stored_run(toy, name), times=True) for name in ("01_one", "02_two")}
    numbers = tree(toy.reports, times=True)["numbers.json"][0]
    edit_cell(toy, "01_one", "prose", "The value is", "So we find")
    assert status(toy) == {"01_one": "fresh", "02_two": "fresh"}
    toy.build()
    assert toy.ran() == []
    assert {name: tree(stored_run(toy, name), times=True) for name in kept} == kept
    assert "So we find <a class" in toy.shown("01_one").replace('\\"', '"') and "The value is" not in toy.shown("01_one")
    assert tree(toy.reports)["numbers.json"][0] == numbers


def test_a_prose_cell_that_is_added_or_taken_away_is_followed_without_a_run(toy):
    content = toy.notebook("01_one")
    content["cells"] = [*content["cells"][1:], {"cell_type": "markdown", "id": "last", "metadata": {}, "source": ["A last ", "word."]}]
    toy.chapter("01_one", content)
    toy.build()
    executed = json.loads(toy.shown("01_one"))
    assert toy.ran() == [] and [cell["id"] for cell in executed["cells"]] == ["parameters", "code-1", "code-2", "last"]
    assert executed["cells"][-1]["source"] == "A last word." and toy.numbers()["one.value"]["cell"] == 3


MODULE = "src/toy/__init__.py"


def test_a_helper_beside_the_notebooks_is_followed_and_a_new_chapter_makes_no_other_stale(toy):
    toy.write("notebooks/helper.py", "FACTOR = 1\n")
    edit_cell(toy, "01_one", "code-2", "from toy import times", "from helper import FACTOR\nfrom toy import times")
    toy.build()
    toy.write("notebooks/helper.py", "FACTOR = 1  # a comment\n")
    toy.chapter("03_three", toy.notebook("02_two"))
    assert status(toy) == {"01_one": "fresh", "02_two": "fresh", "03_three": "stale: never run to its end"}
    toy.write("notebooks/helper.py", "FACTOR = 2\n")
    assert status(toy)["01_one"] == "stale: notebooks/helper.py changed"


@pytest.mark.parametrize(
    ("edit", "reasons"),
    [
        (lambda toy: edit_cell(toy, "01_one", "code-2", "* k", "+ k"), {"01_one": "stale: its code cells changed", "02_two": "fresh"}),
        (
            lambda toy: edit_cell(toy, "01_one", "parameters", "k: int = 1", "k: int = 2"),
            {"01_one": "stale: its code cells changed", "02_two": "fresh"},
        ),
        (lambda toy: toy.edit(MODULE, "FACTOR = 2", "FACTOR = 5"), {"01_one": f"stale: {MODULE} changed", "02_two": "fresh"}),
        (lambda toy: toy.edit("data/raw/one.csv", "3", "4"), {"01_one": "stale: data/raw/one.csv changed", "02_two": "fresh"}),
        (
            lambda toy: (toy.root / "data" / "raw" / "one.csv").unlink(),
            {"01_one": "stale: data/raw/one.csv changed", "02_two": "fresh"},
        ),
        (
            lambda toy: toy.write("requirements.lock", "numpy==2.4.6\n"),
            dict.fromkeys(("01_one", "02_two"), "stale: the environment changed"),
        ),
    ],
    ids=["code cell", "default of a parameter", "module", "data", "data gone", "lock file"],
)
def test_what_a_chapter_stands_on_makes_it_stale_when_it_changes(toy, edit, reasons):
    assert status(toy) == {"01_one": "fresh", "02_two": "fresh"}
    edit(toy)
    assert status(toy) == reasons
    assert toy.ran() == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda toy: toy.edit(MODULE, "# the measure's factor", "# something else is said"),
        lambda toy: toy.edit(MODULE, '"""Multiply by the factor."""', '"""Say it in\n    other words."""'),
        lambda toy: toy.edit(MODULE, '"""A measure."""', '"""A better measure."""'),
        lambda toy: toy.edit(MODULE, "FACTOR * value", "(\n        FACTOR\n        * value\n    )"),
        lambda toy: os.utime(toy.root / "data" / "raw" / "one.csv", (1, 1)),
        lambda toy: os.utime(toy.root / MODULE, (1, 1)),
        lambda toy: toy.write("data/raw/.hidden", "x"),
        lambda toy: toy.write("README.md", "x"),
        lambda toy: toy.write("src/toy/more.py", "X = 1\n"),
        lambda toy: toy.write("data/raw/two.csv", "x\n"),
        lambda toy: edit_cell(toy, "01_one", "prose", "The value is", "So we find"),
    ],
    ids=[
        "comment",
        "docstring",
        "docstring of the module",
        "layout",
        "touched data",
        "touched module",
        "hidden file",
        "other file",
        "a module that no chapter imports",
        "a table that no chapter reads",
        "prose",
    ],
)
def test_what_changes_no_result_makes_nothing_stale(toy, edit):
    edit(toy)
    assert status(toy) == {"01_one": "fresh", "02_two": "fresh"}


def test_an_edit_of_a_cell_runs_its_chapter_only(toy):
    edit_cell(toy, "02_two", "code-2", '"a word"', '"another word"')
    done = toy.build()
    assert toy.ran() == ["02_two"] and "(its code cells changed)" in done.stdout
    assert toy.numbers()["two.word"]["value"] == "another word"
    assert "another word</a>" in toy.shown("01_one")  # its prose tells a number of the other chapter


def test_edits_of_module_data_and_parameter_reach_the_numbers(toy):
    toy.edit(MODULE, "FACTOR = 2", "FACTOR = 5")
    toy.edit("data/raw/one.csv", "3", "7")
    edit_cell(toy, "01_one", "parameters", "k: int = 1", "k: int = 4")
    toy.build()
    assert toy.ran() == ["01_one"]
    assert toy.numbers()["one.value"]["value"] == 5 * 7 * 4
    assert status(toy) == {"01_one": "fresh", "02_two": "fresh"}


def test_a_chapter_that_is_no_more_leaves_the_reports(toy):
    edit_cell(toy, "01_one", "prose", ', the word [[ n("two.word") ]]', "")
    (toy.root / "notebooks" / "02_two.ipynb").unlink()
    toy.build()
    assert toy.ran() == [] and list(toy.numbers()) == ["one.value"]
    assert [path.name for path in (toy.reports / "chapters").iterdir()] == ["01_one.ipynb"]


@pytest.mark.parametrize("name", ["numbers.json", "chapters/01_one.ipynb"])
def test_a_report_that_was_altered_or_lost_is_made_again_without_a_run(toy, name):
    good = tree(toy.reports)
    (toy.reports / name).write_text("{}")
    toy.build()
    assert tree(toy.reports) == good
    (toy.reports / name).unlink()
    toy.build()
    assert tree(toy.reports) == good and toy.ran() == []


# Stored runs that are not to be trusted.


def alter_value(folder: Path) -> None:
    stored = (folder / "executed.ipynb").read_text(encoding="utf-8")
    assert stored.count('"value": 6') == 1
    (folder / "executed.ipynb").write_text(stored.replace('"value": 6', '"value": 7'), encoding="utf-8")


@pytest.mark.parametrize(
    ("alter", "reason"),
    [
        (alter_value, "its stored run was altered"),
        (lambda folder: (folder / "executed.ipynb").write_text(""), "its stored run was altered"),
        (lambda folder: (folder / "key.json").write_text("[]"), "its stored run was altered"),
        (lambda folder: (folder / "key.json").write_text("{}"), "its stored run was altered"),
        (lambda folder: (folder / "key.json").write_text('{"code": "'), "never run to its end"),
        (lambda folder: (folder / "key.json").unlink(), "never run to its end"),
        (lambda folder: (folder / "executed.ipynb").unlink(), "never run to its end"),
    ],
    ids=["value", "emptied", "key a list", "key empty", "key torn", "key gone", "run gone"],
)
def test_a_stored_run_that_was_altered_is_stale(toy, alter, reason):
    alter(stored_run(toy, "01_one"))
    assert status(toy) == {"01_one": f"stale: {reason}", "02_two": "fresh"}


def test_a_stored_run_that_was_altered_by_hand_is_not_taken_for_good(toy):
    good = tree(toy.reports)
    alter_value(stored_run(toy, "01_one"))
    toy.build()
    assert toy.ran() == ["01_one"] and tree(toy.reports) == good and toy.numbers()["one.value"]["value"] == 6


# A cell that fails.


def test_a_failing_cell_gives_one_screen_and_leaves_the_last_good_build(toy):
    good = {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")}
    edit_cell(toy, "01_one", "code-2", RECORD, f'rates = {{"a": 1}}\n{RECORD}\nrates["b"]  # which is not there')
    edit_cell(toy, "02_two", "code-2", '"a word"', '"another word"')
    done = toy.press("build")
    assert done.returncode == 1
    assert toy.ran() == ["01_one", "02_two"], "the other chapters still run"
    lines = done.stdout.splitlines()
    (other,) = [line for line in lines if line.startswith("02_two  ran in ")]
    lines.remove(other)
    assert lines == [
        "chapter 01_one failed in cell 4",
        '  k = 1  tone = "plain"',
        "  KeyError: 'b'",
        '  › rates["b"]  # which is not there',
        "  look into it with make reopen CHAPTER=01_one; mend it, then: make chapter CHAPTER=01_one",
    ]
    assert done.stderr == "01_one failed: numbers, book and paper are left as the last good build made them\n"
    assert {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")} == good
    assert status(toy) == {"01_one": "stale: never run to its end", "02_two": "fresh"}

    edit_cell(toy, "01_one", "code-2", '\nrates["b"]  # which is not there', "")
    toy.build()
    assert toy.ran() == ["01_one"]
    assert toy.numbers()["two.word"]["value"] == "another word" and toy.numbers()["one.value"]["value"] == 6
    assert not [path for path in tree(toy.reports) if "failed" in path or "running" in path]


@pytest.fixture(scope="module")
def failures(tmp_path_factory) -> dict[str, list[str]]:
    """The screens of chapters that fail each in a way of its own, by chapter."""
    toy = Toy.at(tmp_path_factory.mktemp("failures") / "toy")
    ways = {
        "03_module": "from toy import times\n\nx = 1\ntimes(object())\ny = 2",
        "04_syntax": "\nx = 1\nif True print(1)\ny = 2",
        "05_long": 'raise ValueError("\\n".join(f"row {i} is wrong" for i in range(90)))',
        "06_dead": "import os\n\nos._exit(3)",
        "07_kernel": "pass",
        "08_quiet": "import logging\nimport sys\n\nlogging.getLogger('tornado.general').error('its troubles')\nsys.exit('enough')",
    }
    for name, code in ways.items():
        toy.chapter(name, notebook("# It fails", "k: int = 1", code))
    spoilt = toy.notebook("07_kernel")
    spoilt["metadata"]["kernelspec"]["name"] = "julia-9"
    toy.chapter("07_kernel", spoilt)
    done = toy.press("build")
    assert done.returncode == 1 and sorted(path.name for path in toy.reports.iterdir()) == [".press"]
    *noise, last = done.stderr.splitlines()
    assert noise == ["Kernel died while waiting for execute reply."]
    assert last == f"{', '.join(ways)} failed: numbers, book and paper are left as the last good build made them"
    assert toy.ran() == ["01_one", "02_two"], "the chapters that are well run"
    screens: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if line.startswith("chapter "):
            screens[line.split()[1]] = []
        if not line.startswith("0"):
            screens[list(screens)[-1]].append(line)
    assert sorted(screens) == list(ways)
    return screens


@pytest.mark.parametrize(
    ("chapter", "screen"),
    [
        (
            "03_module",
            ["  k = 1", "  TypeError: unsupported operand type(s) for *: 'int' and 'object'", "  › times(object())"],
        ),
        ("08_quiet", ["  k = 1", "  SystemExit: enough", "  › sys.exit('enough')"]),
    ],
)
def test_a_screen_names_cell_parameters_error_and_line(failures, chapter, screen):
    assert failures[chapter] == [
        f"chapter {chapter} failed in cell 3",
        *screen,
        f"  look into it with make reopen CHAPTER={chapter}; mend it, then: make chapter CHAPTER={chapter}",
    ]


def test_a_screen_says_how_to_run_it_again_with_the_same_parameters(new_toy):
    new_toy.chapter("03_asked", notebook("# It fails", 'k: int = 1\nwho: str = "a"', "raise ValueError(who)"))
    done = new_toy.press("chapter", "03_asked", "k=2", "who=a place")
    assert done.returncode == 1 and "ValueError: a place" in done.stderr
    assert done.stderr.endswith("""then: make chapter CHAPTER=03_asked PARAMS="k=2 'who=a place'"\n""")


def test_a_cell_that_is_no_python_is_told_with_its_line(failures):
    screen = failures["04_syntax"]
    assert screen[0] == "chapter 04_syntax failed in cell 3" and screen[2].startswith("  SyntaxError: ")
    assert screen[-2:] == [
        "  › if True print(1)",
        "  look into it with make reopen CHAPTER=04_syntax; mend it, then: make chapter CHAPTER=04_syntax",
    ]


def test_a_long_error_is_cut_to_a_screen(failures):
    screen = failures["05_long"]
    assert screen[2:4] == ["  ValueError: row 0 is wrong", "    row 1 is wrong"] and screen[-3] == "    … 78 more lines"
    assert len(screen) == 2 + 12 + 1 + 2


def test_a_kernel_that_dies_fails_its_chapter_in_two_lines(failures):
    first, last = failures["06_dead"]
    assert first.startswith("chapter 06_dead failed: ") and "Kernel died" in first
    assert last == "  then: make chapter CHAPTER=06_dead"


def test_a_kernel_that_is_not_there_is_named(failures):
    first, last = failures["07_kernel"]
    assert first.startswith("chapter 07_kernel failed: ") and "julia-9" in first
    assert last == "  then: make chapter CHAPTER=07_kernel"


def test_numbers_that_do_not_hold_together_leave_the_last_good_build(toy):
    good = {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")}
    edit_cell(toy, "02_two", "code-2", "t-002", "t-999")
    edit_cell(toy, "02_two", "code-2", "record(", "record('one.value', 1, status='coded')\nrecord(")
    done = toy.press("build")
    assert done.returncode == 1 and done.stderr.splitlines() == [
        "the numbers do not hold together:",
        "  one.value is recorded twice: 01_one cell 4 and 02_two cell 4",
        "  two.word (02_two cell 4) rests on coded rows that no table holds: t-999",
    ]
    assert {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")} == good


def test_prose_that_asks_for_a_number_that_nobody_records_is_refused_with_its_place(toy):
    good = tree(toy.reports, times=True)
    edit_cell(toy, "01_one", "prose", 'n("one.value")', 'n("one.valeu")')
    done = toy.press("build")
    assert done.returncode == 2
    assert done.stderr == "01_one cell 1 line 3: no chapter records 'one.valeu'; did you mean 'one.value'?\n"
    assert tree(toy.reports, times=True) == good and toy.ran() == []


# A run that is broken off.


def until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_kernel_and_nothing_that_is_taken_for_good(toy, stop):
    good = {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")}
    edit_cell(toy, "01_one", "code-2", RECORD, f'open(os.environ["TOY_LOG"] + ".pid", "w").write(f"{{os.getpid()}} ")\n{RECORD}')
    edit_cell(toy, "01_one", "code-2", RECORD, f"{RECORD}\nimport time\ntime.sleep(300)")
    pid = Path(f"{toy.log}.pid")
    short = Path(tempfile.mkdtemp(prefix="t", dir="/tmp"))  # sockets allow about a hundred characters
    press = subprocess.Popen(
        [sys.executable, "-m", "compendium", "build", "--root", str(toy.root)],
        env=press_environment(TOY_LOG=str(toy.log), TMPDIR=str(short)),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        assert until(lambda: pid.exists() and pid.read_text().endswith(" "), 60)
        kernel = psutil.Process(int(pid.read_text()))
        assert any(short.iterdir())
        os.killpg(press.pid, stop)
        output, _ = press.communicate(timeout=60)
    finally:
        press.kill()
        press.wait()
    assert press.returncode == 1
    assert output == "interrupted; the last good build stands\n"
    assert until(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE, 10)
    assert not [path for path in short.iterdir() if not path.name.startswith("compendium-")], "no socket stays behind"
    shutil.rmtree(short)
    assert toy.ran() == ["01_one"], "the chapters after it are not begun"
    assert {name: made for name, made in tree(toy.reports, times=True).items() if not name.startswith(".press/runs")} == good
    assert status(toy) == {"01_one": "stale: never run to its end", "02_two": "fresh"}

    edit_cell(toy, "01_one", "code-2", "\nimport time\ntime.sleep(300)", "")
    toy.build()
    assert toy.ran() == ["01_one"] and toy.numbers()["one.value"]["value"] == 6
    assert not [path for path in tree(toy.reports) if "failed" in path or "running" in path]


# Parameters given by hand.


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["kk=2"], "'kk' is no parameter of 01_one; did you mean 'k'?"),
        (["k=9"], "k = '9' is not right: int, 1 to 5"),
        (["k=nan"], "k = 'nan' is not right: int, 1 to 5"),
        (["tone=shrill"], "tone = 'shrill' is not right: one of plain, loud"),
        (["tone=plain and loud"], "tone = 'plain and loud' is not right: one of plain, loud"),
        (["k"], "'k' is not of the form name=value"),
        (["k=2", "k=3"], "'k' is given twice"),
    ],
)
def test_bad_parameters_are_refused_before_a_kernel_starts(toy, given, told):
    before = tree(toy.reports, times=True)
    done = toy.press("chapter", "01_one", *given)
    assert done.returncode == 2 and done.stdout == ""
    assert told in done.stderr.splitlines() and "  parameters of 01_one:" in done.stderr.splitlines()
    assert tree(toy.reports, times=True) == before and toy.ran() == []


def test_every_bad_parameter_is_told_at_once(toy):
    done = toy.press("chapter", "01_one", "kk=2", "k=0", "tone=shrill")
    assert done.returncode == 2
    assert [line.split(" ")[0] for line in done.stderr.splitlines()[:3]] == ["'kk'", "k", "tone"]


def test_a_run_with_other_parameters_has_a_folder_of_its_own_and_leaves_the_numbers(toy):
    before = tree(toy.reports, times=True)
    done = toy.press("chapter", "01_one", "k=3")
    assert done.returncode == 0, done.stderr
    assert toy.ran() == ["01_one"]
    (folder,) = (toy.reports / "runs" / "01_one").iterdir()
    after = tree(toy.reports, times=True)
    assert {name: made for name, made in after.items() if not name.startswith("runs/")} == before
    assert done.stdout.splitlines()[-1] == f"→ reports/runs/01_one/{folder.name}/01_one.ipynb"
    own = json.loads((folder / "numbers.json").read_text())
    assert own["numbers"]["one.value"]["value"] == 18 and own["chapters"]["01_one"]["parameters"] == {"k": 3, "tone": "plain"}
    assert ">18</a>" in (folder / "01_one.ipynb").read_text() and "a word</a>" in (folder / "01_one.ipynb").read_text()

    assert toy.press("chapter", "01_one", "tone=plain", "k=3").returncode == 0
    assert toy.ran() == [], "the same choices are not run again"
    assert toy.build().stdout == "everything is up to date\n"


def test_parameters_that_are_the_defaults_are_the_chapter_itself(toy):
    before = tree(toy.reports, times=True)
    done = toy.press("chapter", "01_one", "k=1", "tone=plain")
    assert done.returncode == 0 and "01_one is up to date: reports/.press/runs/01_one/executed.ipynb" in done.stdout
    assert tree(toy.reports, times=True) == before and toy.ran() == []


def test_data_outside_the_compendium_are_watched_and_enter_nothing_that_is_published(toy, tmp_path):
    private = tmp_path / "private"
    private.mkdir()
    (private / "one.csv").write_text("x\n5\n")
    edit_cell(toy, "01_one", "parameters", 'tone: str = "plain"', 'where: str = "."  # folder of the table\ntone: str = "plain"')
    edit_cell(toy, "01_one", "code-2", 'raw("one.csv")', 'raw(where, "one.csv")')
    toy.build()
    toy.ran()
    published = {path: what for path, what in tree(toy.root).items() if not path.startswith("reports/runs/")}

    def run(*, ran: bool, value: int) -> Path:
        done = toy.press("chapter", "01_one", f"where={private}")
        assert done.returncode == 0 and toy.ran() == ["01_one"] * ran, done.stderr
        folder = toy.root / done.stdout.splitlines()[-1].removeprefix("→ ")
        assert json.loads((folder.parent / "numbers.json").read_text())["numbers"]["one.value"]["value"] == value
        return folder.parent

    folder = run(ran=True, value=10)
    assert str(private / "one.csv") in json.loads((folder / "key.json").read_text())["inputs"]
    run(ran=False, value=10)
    (private / "one.csv").write_text("x\n7\n")
    assert run(ran=True, value=14) == folder and folder.is_relative_to(toy.reports / "runs")
    assert {path: what for path, what in tree(toy.root).items() if not path.startswith("reports/runs/")} == published
    assert toy.build().stdout == "everything is up to date\n" and toy.ran() == []
    assert [path.name for path in private.iterdir()] == ["one.csv"]


def test_a_run_with_other_parameters_that_fails_is_not_taken_for_good(toy):
    edit_cell(toy, "01_one", "code-2", RECORD, f"1 / (k - 4)\n{RECORD}")
    done = toy.press("chapter", "01_one", "k=4")
    assert done.returncode == 1 and toy.ran() == ["01_one"]
    assert done.stderr.splitlines()[:4] == [
        "chapter 01_one failed in cell 4",
        '  k = 4  tone = "plain"',
        "  ZeroDivisionError: division by zero",
        "  › 1 / (k - 4)",
    ]
    assert toy.press("chapter", "01_one", "k=4").returncode == 1
    assert toy.ran() == ["01_one"]


# Folders and notebooks that are no compendium.


def change(toy: Toy, **parts: object) -> None:
    toy.chapter("02_two", toy.notebook("02_two") | parts)


def change_cell(toy: Toy, position: int, **parts: object) -> None:
    content = toy.notebook("02_two")
    content["cells"][position] = {key: value for key, value in (content["cells"][position] | parts).items() if value is not None}
    toy.chapter("02_two", content)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda toy: toy.write("notebooks/02_two.ipynb", '{"cells": ['), "notebooks/02_two.ipynb is no notebook: "),
        (lambda toy: toy.write("notebooks/02_two.ipynb", ""), "notebooks/02_two.ipynb is no notebook: "),
        (lambda toy: (toy.root / "notebooks/02_two.ipynb").write_bytes(b"\xff\xfe{}"), "notebooks/02_two.ipynb is no notebook: "),
        (lambda toy: toy.write("notebooks/02_two.ipynb", "[1]"), "notebooks/02_two.ipynb is no notebook: it has no cells"),
        (lambda toy: change(toy, cells={}), "notebooks/02_two.ipynb is no notebook: it has no cells"),
        (lambda toy: change(toy, nbformat=3), "notebooks/02_two.ipynb is of notebook format 3.5; open and save it in JupyterLab (4.5)"),
        (lambda toy: change(toy, nbformat_minor=4), "notebooks/02_two.ipynb is of notebook format 4.4; open and save it"),
        (lambda toy: change(toy, nbformat=None), "notebooks/02_two.ipynb is of notebook format None.5; open and save it"),
        (lambda toy: change(toy, metadata={}), "notebooks/02_two.ipynb names no kernel; open it in JupyterLab, choose Python 3"),
        (lambda toy: change(toy, metadata={"kernelspec": {}}), "notebooks/02_two.ipynb names no kernel"),
        (lambda toy: change_cell(toy, 2, id=None), "notebooks/02_two.ipynb cell 3 is no cell: it must have cell_type, id"),
        (lambda toy: change_cell(toy, 1, metadata=None), "notebooks/02_two.ipynb cell 2 is no cell: it must have cell_type, id"),
        (lambda toy: change_cell(toy, 3, id="code-1"), "notebooks/02_two.ipynb cell 4 has the id of an earlier cell, 'code-1'"),
        (lambda toy: change_cell(toy, 1, metadata={}), "02_two.ipynb: 0 cells are tagged 'parameters'; a chapter has exactly one"),
        (lambda toy: change_cell(toy, 2, metadata={"tags": ["parameters"]}), "02_two.ipynb: 2 cells are tagged 'parameters'"),
        (lambda toy: change_cell(toy, 1, source="k: int = = 1"), "02_two.ipynb: the parameters cell is no Python: line 1"),
    ],
    ids=[
        *("torn", "empty", "not utf-8", "a list", "cells no list", "format 3", "format 4.4", "no format", "no metadata", "no kernel"),
        *("no id", "no cell metadata", "same id", "no parameters", "two parameters", "parameters no python"),
    ],
)
def test_a_notebook_that_is_no_chapter_is_refused_in_one_line_before_any_run(toy, spoil, told):
    before = tree(toy.reports, times=True)
    edit_cell(toy, "01_one", "code-2", "* k", "+ k")  # stale, and still it must not run
    spoil(toy)
    done = toy.press("build")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(told) and len(done.stderr.splitlines()) == 1
    assert tree(toy.reports, times=True) == before and toy.ran() == []


@pytest.mark.parametrize("command", [["build"], ["impact"], ["status"], ["lint"], ["chapter", "01_one"]])
def test_a_folder_without_chapters_is_refused(new_toy, command):
    for path in (new_toy.root / "notebooks").iterdir():
        path.rename(path.with_name(f"draft_{path.name}"))
    done = new_toy.press(*command)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == f"{new_toy.root / 'notebooks'} holds no chapter; a chapter is named NN_topic.ipynb\n"
    assert not new_toy.reports.exists()


def test_outside_of_a_compendium_nothing_is_done(tmp_path):
    command = [sys.executable, "-m", "compendium", "build"]
    done = subprocess.run(command, cwd=tmp_path, env=press_environment(), capture_output=True, encoding="utf-8")
    assert done.returncode == 2 and done.stderr.startswith(f"no compendium here: neither {tmp_path} nor a folder above it")
    assert list(tmp_path.iterdir()) == []


def test_the_compendium_is_found_upwards_from_a_folder_within_it(toy):
    command = [sys.executable, "-m", "compendium", "status"]
    done = subprocess.run(command, cwd=toy.root / "data" / "raw", env=press_environment(), capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and done.stdout == "01_one  fresh\n02_two  fresh\n"


@pytest.mark.parametrize("name", ["01_onne", "", "01_one.ipynb", "../01_one"])
def test_an_unknown_chapter_is_refused_with_those_there_are(toy, name):
    before = tree(toy.reports, times=True)
    done = toy.press("chapter", name)
    assert done.returncode == 2 and done.stderr == f"there is no chapter {name!r}; there are: 01_one, 02_two\n"
    assert tree(toy.reports, times=True) == before


@pytest.mark.parametrize("arguments", [[], ["bild"], ["chapter"], ["build", "--fast"]])
def test_a_command_that_is_none_is_refused(arguments):
    done = run_press(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("usage: compendium")


# Other commands.


def test_status_of_what_was_never_built_says_so_and_makes_nothing(new_toy):
    assert status(new_toy) == dict.fromkeys(("01_one", "02_two"), "stale: never run to its end")
    assert not new_toy.reports.exists()


def test_lint_finds_nothing_in_the_toy_and_then_what_was_typed(toy):
    toy.write("paper/verdict_words.txt", "clearly nearer\n")
    done = toy.press("lint")
    assert (done.returncode, done.stdout) == (0, "no result is typed in prose\n")

    edit_cell(toy, "01_one", "prose", "The value is", "Some 43 km, and the value is")
    edit_cell(toy, "02_two", "prose", "# Two", "# It is clearly nearer")
    edit_cell(toy, "02_two", "code-2", "record(", "plt.show()\nrecord(")
    toy.write("paper/paper.md", "---\ntitle: Five of 7\nabstract: |\n  We find 12.\nlang: en\n---\n\n# One\n\nHalf of it, 87 %.\n")
    done = toy.press("lint")
    assert done.returncode == 1 and done.stdout.splitlines() == [
        "paper/paper.md line 4: '12' is typed",
        "paper/paper.md line 10: '87' is typed",
        "paper/paper.md line 10: 'Half of' is typed",
        "notebooks/01_one.ipynb cell 1 line 3: '43' is typed",
        "notebooks/02_two.ipynb cell 1 line 1: 'clearly nearer' is typed",
        "notebooks/02_two.ipynb cell 4: show figures with compendium.figure, which asks for alt text",
    ]


def test_impact_builds_and_tells_what_moved(toy):
    assert toy.press("impact").stdout.splitlines()[-1] == "there is one build only: nothing to compare it with"
    edit_cell(toy, "01_one", "parameters", "k: int = 1", "k: int = 5")
    done = toy.press("impact")
    assert done.returncode == 0 and toy.ran() == ["01_one"]
    assert done.stdout.splitlines()[-6:] == [
        "1 of 2 numbers moved",
        "  one.value: 6 → 30",
        "1 of 2 sentences moved",
        "  notebooks/01_one.ipynb",
        "    before: The value is 6, the word a word.",
        "    now:    The value is 30, the word a word.",
    ]


def test_a_run_with_other_parameters_of_a_compendium_with_a_book_gets_a_page_that_says_so(toy):
    toy.add_book()
    done = toy.press("chapter", "01_one", "k=3")
    assert done.returncode == 0, done.stderr
    (folder,) = (toy.reports / "runs" / "01_one").iterdir()
    assert done.stdout.splitlines()[-1] == f"→ reports/runs/01_one/{folder.name}/index.html"
    page = BeautifulSoup((folder / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert "run with other parameters: k = 3" in page.select_one(".announcement").get_text()
    assert page.select_one("p a.number[href='#n-one-value']").get_text() == "18"
    assert page.select_one("li#n-one-value b").get_text() == "18"
    assert not list(folder.glob(".page-*"))
