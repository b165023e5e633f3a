"""The press's bench: it counts kernels, finds stale results, says bars met or not, and leaves nothing behind."""

import csv
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT, press_environment

BENCH = ROOT / "benchmarks" / "press.py"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH.parent))
    import press

    return press


@pytest.fixture
def toy(bench, tmp_path):
    made = bench.Toy(tmp_path / "toy")
    made.write()
    return made


def results(bench, toy, tool, **other: int) -> None:
    """Results as the tool would leave them, the third with another number if one is given."""
    truth = toy.truth() | {bench.EDITED: other.get("third", toy.truth()[bench.EDITED])}
    for name, value in truth.items():
        bench.put(toy.root / tool.results.format(name), f"edition {toy.edition if name == bench.EDITED else 1}\ntold {value}\n")


def runs(bench, *seconds, kernels=6, stale=False, faults=()):
    return bench.Runs(list(seconds), [kernels] * len(seconds), [stale] * len(seconds), list(faults))


def case(bench, name):
    return next(case for case in bench.CASES if case.name == name)


@pytest.mark.late
def test_the_press_does_nothing_when_there_is_nothing_to_do_and_what_is_absent_is_said(tmp_path):
    command = [sys.executable, BENCH, "nothing", "prose", "--quick", "--peers", tmp_path, "--results", tmp_path / "results"]
    before = set(Path(tempfile.gettempdir()).glob("slpi-press-*"))
    done = subprocess.run(command, env=press_environment(), capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every check held." in done.stdout and "Snakemake is not installed" in done.stdout
    with (tmp_path / "results" / "press.csv").open(encoding="utf-8") as table:
        rows = {row["case"]: row for row in csv.DictReader(table)}
    assert {name: (row["tool"], row["kernels"], row["stale"]) for name, row in rows.items()} == {
        "nothing": ("press", "0", "no"),
        "prose": ("press", "0", "no"),
    }
    assert (tmp_path / "results" / "press.md").read_text(encoding="utf-8").count("\n| ") == 4
    assert set(Path(tempfile.gettempdir()).glob("slpi-press-*")) <= before


def test_the_toy_is_what_the_press_takes_and_no_two_notebooks_are_alike(bench, toy):
    from compendium.project import Project
    from compendium.run import read_chapter

    project = Project(toy.root)
    assert list(project.chapters) == list(bench.NAMES) and len(set(toy.truth().values())) == 6
    assert all(read_chapter(project, name).parameters.keys() == {"seed", "draws"} for name in bench.NAMES)


def test_an_edit_of_the_toy_writes_the_edited_file_alone(bench, toy):
    before = {path: path.stat().st_mtime_ns for path in toy.root.rglob("*.*")}
    undo = bench.rescaled(toy)
    toy.write()
    assert [path.name for path, time in before.items() if path.stat().st_mtime_ns != time] == ["scales.py"]
    undo()
    assert toy.truth() == bench.Toy(toy.root).truth()


def test_each_edit_that_counts_changes_what_a_notebook_must_tell_and_the_others_nothing(bench, toy):
    for one in bench.CASES:
        before = toy.truth()
        one.change(toy)
        moved = [name for name, value in toy.truth().items() if value != before[name]]
        counts = {"code": [bench.EDITED], "module": list(bench.NAMES), "data": list(bench.NAMES)}
        assert moved == counts.get(one.name, []), one.name


def test_results_of_another_state_are_stale_and_old_prose_is_amiss(bench, toy):
    results(bench, toy, bench.MAKE)
    assert bench.wrong(toy, bench.MAKE) == (False, "")
    results(bench, toy, bench.MAKE, third=1)
    assert bench.wrong(toy, bench.MAKE) == (True, "")
    toy.edition += 1
    assert bench.wrong(toy, bench.MAKE) == (True, "its prose is of edition 1, not 2")
    (toy.root / bench.MAKE.results.format("05_five")).unlink()
    toy.edition -= 1
    assert bench.wrong(toy, bench.MAKE) == (True, "no result of 05_five")


def test_every_rule_names_what_it_declares_and_nothing_else(bench):
    for tool in (bench.MAKE, bench.SNAKEMAKE, *(tool for tool in bench.TOOLS if tool.name == "DVC")):
        rules = "".join(tool.rules(bench.NAMES, bench.DECLARED).values())
        assert all(path in rules for path in bench.DECLARED) and not re.search("scales|weights", rules)


@pytest.mark.parametrize(
    ("kernels", "stale", "told"),
    [(1, False, ""), (2, False, "2 kernels started where 1 should"), (0, True, "stale; what it has made did not change; 0 kernels")],
)
def test_a_press_that_starts_too_many_kernels_or_prints_what_is_stale_fails(bench, toy, monkeypatch, tmp_path, kernels, stale, told):
    place = bench.Place(tmp_path, tmp_path)
    (tmp_path / "tmp").mkdir()
    results(bench, toy, bench.PRESS)

    def run(self, command, root, package=""):
        if not stale:
            results(bench, toy, bench.PRESS)
        return 1.0, kernels, "", []

    monkeypatch.setattr(bench.Place, "run", run)
    found = bench.Runs()
    bench.once(place, case(bench, "code"), bench.PRESS, toy, found)
    assert found.stale == [stale] and all(part in "; ".join(found.faults) for part in told.split("; ")) and bool(found.faults) == bool(told)


def test_a_run_that_fails_is_told_without_the_folders_of_this_machine_and_not_timed(bench, toy, tmp_path):
    place = bench.Place(tmp_path, tmp_path / "peers")
    place.prepare()
    broken = bench.Tool("broken", "", dict, (sys.executable, "-c", f"raise SystemExit('no {toy.root}')"), "out/{}", ())
    found = bench.Runs()
    bench.once(place, case(bench, "nothing"), broken, toy, found)
    assert found.faults == ["failed with exit code 1: no …/toy"] * 2 and not found.seconds
    row = bench.Row(case(bench, "nothing"), {"press": found})
    assert row.faults == ["nothing, press: failed with exit code 1: no …/toy (2 times)"]
    assert bench.shown("press", row) == "FAILED" and {met for _, _, met in row.bars()} == {""}
    assert len(list(bench.kept(row))) == 1


def test_a_peer_may_be_stale_where_its_rules_do_not_look_and_nowhere_else(bench, toy, monkeypatch, tmp_path):
    place = bench.Place(tmp_path, tmp_path)
    monkeypatch.setattr(bench.Place, "run", lambda *_: (1.0, 0, "", []))
    results(bench, toy, bench.MAKE)
    found = bench.Runs()
    bench.once(place, case(bench, "module"), bench.MAKE, toy, found)
    assert found.stale == [True] and not found.faults
    bench.once(place, case(bench, "code"), bench.MAKE, toy, found)
    assert found.faults == ["its results are stale"]


def test_bars_are_held_against_medians_and_say_when_they_are_not_met(bench):
    taken = {"press": runs(bench, 2, 3, 9), "Snakemake": runs(bench, 10, 10, 1), "papermill loop": runs(bench, 6)}
    assert bench.Row(case(bench, "everything"), taken).bars() == [
        ("≤ 0.5 × Snakemake", "0.3 ×", "met"),
        ("≤ 0.35 × papermill loop", "0.5 ×", "NOT MET"),
    ]
    nothing = bench.Row(case(bench, "nothing"), {"press": runs(bench, 0.3, kernels=1)}).bars()
    assert [(value, met) for _, value, met in nothing] == [("0.3 s", "NOT MET"), ("not compared", ""), ("1 started", "NOT MET")]
    assert bench.Row(case(bench, "data"), {"press": runs(bench, 1, 1)}).bars() == [("runs again, always", "0 of 2 stale", "met")]


def test_the_floor_is_the_longest_chapter_or_an_even_share_and_one_import(bench):
    floor = bench.Floor({"a": [1.0], "b": [2.0], "c": [2.0]}, [0.5, 9.0, 0.5])
    assert (floor.seconds, floor.whole) == (3.0, 3.5)
    assert bench.Floor({"a": [1.0], "b": [7.0, 5.0, 6.0]}, [0.5]).seconds == 6.5
    row = bench.Row(bench.CHAPTERS, {"press": runs(bench, 3.6, kernels=3)}, floor)
    assert row.bars() == [("≤ 1.3 × floor", "1.2 ×", "met")] and "1.20 × the floor" in bench.notes([row], [], False)


def test_a_chapters_own_cells_are_timed_without_the_libraries_that_were_loaded_before(bench, tmp_path):
    cells = [{"cell_type": "code", "source": ["import colorsys\n", "import statsmodels.api\n"]}, {"cell_type": "markdown", "source": ""}]
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")

    def worker(modules):
        done = subprocess.run([sys.executable, BENCH, "--step", "cells", path, modules], capture_output=True, encoding="utf-8", check=True)
        return json.loads(done.stdout)

    cold = worker("")
    libraries = list(filter(bench.is_a_library, cold["loaded"]))
    assert "statsmodels.api" in libraries and "colorsys" not in libraries
    warm = worker(",".join(libraries))
    assert warm["seconds"] < cold["seconds"] / 3 and "statsmodels.api" not in warm["loaded"]


def test_a_process_that_is_left_is_found_named_and_ended(bench, tmp_path):
    place = bench.Place(tmp_path, tmp_path)
    place.prepare()
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)"
    child = subprocess.Popen([sys.executable, "-c", code], env={**press_environment(), bench.MARK: str(tmp_path)})
    child.wait()
    (name,) = place.end(0.2)
    assert "time.sleep(60)" in name
    assert place.end(5) == []


def test_the_runs_take_turns_at_being_first_and_slow_ones_are_repeated_less(bench):
    assert bench.turned(["a", "b", "c"], 4) == ["b", "c", "a"]
    assert [bench.more(runs(bench, 25.0), repeat) for repeat in (2, 3)] == [True, False] and bench.more(runs(bench, 1.0), 4)


def test_a_check_that_fails_is_told_and_kept_and_ends_with_exit_code_1(bench, monkeypatch, capsys, tmp_path):
    def found(place, cases, tools, quick):
        return {one.name: {"press": runs(bench, 1.0, faults=["its results are stale"])} for one in cases}

    monkeypatch.setattr(bench, "on_the_toy", found)
    assert bench.bench(["code"], True, tmp_path / "kept", tmp_path) == 1
    assert "CHECK FAILED: code, press: its results are stale" in capsys.readouterr().out
    assert "its results are stale" in (tmp_path / "kept" / "press.csv").read_text(encoding="utf-8")


def test_peers_run_the_notebooks_with_the_versions_of_the_lock_file():
    pin = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
    lock = dict(pin.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    pins = dict(pin.findall((BENCH.parent / "requirements-press.txt").read_text(encoding="utf-8")))
    ours = {name: version for name, version in pins.items() if name not in ("dvc", "jupyter-book", "snakemake")}
    assert len(ours) > 10 and ours == {name: lock[name] for name in ours}


def test_a_case_that_is_not_there_is_refused_with_those_that_are():
    done = subprocess.run([sys.executable, BENCH, "speed"], env=press_environment(), capture_output=True, encoding="utf-8")
    assert done.returncode == 2 and "no case speed" in done.stderr and "everything" in done.stderr
