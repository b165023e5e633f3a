"""The bench: every row runs and its values agree, and it says plainly what is wrong, slow or not there."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT, press_environment

BENCH = ROOT / "benchmarks" / "bench.py"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH.parent))
    import bench

    return bench


@pytest.fixture
def case(bench):
    """Ten draws more than twenty times as many as the peer's, of which one is for what was observed."""
    peer = bench.Side("peer", lambda inputs, draws: draws, draws=20, bar=4)
    return bench.Case("case", "work", lambda n, rng: {}, bench.Side("ours", peer.run), (10, 20, 40), peers=(peer,), draws=41)


def taking(bench, **seconds):
    """What `measured` gives where a side takes so long at size 40 and its time grows with the square of size."""

    def measured(case, sides, quick):
        def runs(name, size):
            return bench.Runs([seconds[name] * (size / 40) ** 2], [100.0], [60.0], [1.5])

        return {side.name: {size: runs(side.name, size) for size in case.sizes} for side in sides}, {
            side.name: [(True, "equal")] for side in sides
        }

    return measured


@pytest.mark.late
def test_every_row_runs_and_its_values_agree_with_its_peer(tmp_path):
    command = [sys.executable, BENCH, "--quick", "--results", tmp_path]
    done = subprocess.run(command, env=press_environment(), capture_output=True, encoding="utf-8", timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr and "Error" not in done.stderr
    with (tmp_path / "speed.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert {"mrqap", "qap", "qap_sparse", "gower", "m", "m_envelope", "k_envelope", "brokerage", "import"} <= {row["work"] for row in rows}
    compared = [row for row in rows if row["check"].startswith("equal")]
    assert {"statsmodels loop", "SciPy cKDTree", "sum of kernels", "networkx"} <= {row["peer"] for row in compared}
    for row in rows:
        assert row["check"].split(":")[0] in ("equal", "the peer is wrong", "not installed", "R not installed", "slowest", ""), row
        assert row["peer"] == "" or row["check"] or row["work"] == "import", row
        assert row["met"] == "" and float(row["ours_s"]) > 0, row
    assert json.loads((tmp_path / "machine.json").read_text(encoding="utf-8"))["python"].startswith("3.")


def test_a_run_is_timed_in_a_process_of_its_own(bench, tmp_path):
    cache = tmp_path / "compiled"
    bench.worker(cache, "make", "alpha", "50", str(tmp_path))
    found = bench.worker(cache, "run", "alpha", "ours", str(tmp_path))
    assert found["seconds"] > 0 and 30 < found["loaded_mib"] <= found["mib"] < 1000
    assert len(np.fromfile(tmp_path / "ours.bin")) == 1


def test_a_step_that_fails_is_told_and_the_other_rows_go_on(bench, monkeypatch, capsys, case):
    with pytest.raises(subprocess.CalledProcessError):
        bench.process(sys.executable, "-c", "raise SystemExit(3)")

    def rows(one, quick):
        if one.name == "mrqap":
            raise subprocess.CalledProcessError(3, ["python", "mrqap"])
        yield bench.Row(one.name, one.what)

    monkeypatch.setattr(bench, "rows", rows)
    assert bench.bench(["mrqap", "qap"], True, None) == 1
    told = capsys.readouterr().out
    assert "FAILED: exit 3 of mrqap" in told and "2 rows" in told


def test_values_that_differ_fail_the_bench(bench, monkeypatch, capsys):
    monkeypatch.setattr(bench, "rows", lambda case, quick: [bench.Row(case.name, case.what, check="FAILED", ok=False)])
    assert bench.bench(["qap"], True, None) == 1
    monkeypatch.setattr(bench, "rows", lambda case, quick: [bench.Row(case.name, case.what, check="equal")])
    assert bench.bench(["qap"], True, None) == 0


@pytest.mark.parametrize(
    ("ours", "theirs", "wrong", "right", "said"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-10], "", True, "equal: 2 values, at most 5e-11 apart"),
        ([1.0, 2.0], [1.0, 2.1], "", False, "FAILED: 2 values"),
        ([1.0, 2.0], [1.0, np.nan], "", False, "FAILED: 2 values"),
        ([1.0, np.nan], [1.0, np.nan], "", False, "1 not finite"),
        ([1.0, 2.0], [1.0], "", False, "2 values of ours"),
        ([], [], "", False, "0 values of ours"),
        ([1.0, 2.0], [1.0, np.nan], "it skips", True, "the peer is wrong (it skips): NaN in 50 %"),
        ([1.0, 2.0], [1.0, 2.0], "it skips", False, "FAILED: the peer is said to be wrong (it skips) and is not"),
    ],
)
def test_a_check_tells_equal_from_wrong_and_a_peer_that_is_wrong_from_one_that_no_longer_is(
    bench, tmp_path, ours, theirs, wrong, right, said
):
    for name, values in (("ours", ours), ("theirs", theirs)):
        np.array(values).tofile(tmp_path / name)
    found = bench.check(tmp_path / "ours", tmp_path / "theirs", bench.Side("peer", wrong=wrong, tolerance=1e-9))
    assert found[0] is right and said in found[1]


def test_a_peer_with_fewer_draws_is_scaled_and_a_bar_that_is_not_met_is_said(bench, monkeypatch, case):
    monkeypatch.setattr(bench, "measured", taking(bench, ours=2.0, peer=3.0))
    (row,) = bench.rows(case, False)
    # 42 passes over the data against 21: twice three seconds beside two.
    assert (row.peer_s, row.ratio, row.met) == (6.0, 3.0, "not met: 3×")
    assert row.peer_measured == "3 s for 20 draws at n = 40"
    assert row.ours_growth == pytest.approx(2) and row.ours_over_import_mib == 40
    monkeypatch.setattr(bench, "measured", taking(bench, ours=1.5, peer=3.0))
    assert [row.met for row in bench.rows(case, False)] == ["yes"]


def test_a_peer_that_runs_at_a_smaller_size_only_is_scaled_by_the_work(bench, monkeypatch, case):
    smaller = replace(case, sizes=(10, 20, 80))
    monkeypatch.setattr(bench, "measured", lambda *_: taking(bench, ours=1.0, peer=1.0)(smaller, [case.ours, *case.peers], False))
    found = bench.measured()
    del found[0]["peer"][80]
    monkeypatch.setattr(bench, "measured", lambda *_: found)
    (row,) = bench.rows(smaller, False)
    # A quarter of a second at 20, twice the passes, and 80 actors have sixteen times the dyads.
    assert row.peer_s == pytest.approx(8.0) and row.peer_measured == "0.25 s for 20 draws at n = 20"


def test_bars_of_our_own_time_and_memory_are_said(bench, monkeypatch, case):
    monkeypatch.setattr(bench, "measured", taking(bench, ours=2.0))
    alone = replace(case, peers=(), bars=((1, "s"), (90, "MiB")))
    (row,) = bench.rows(alone, False)
    assert (row.bar, row.met) == ("≤ 1 s, ≤ 90 MiB", "not met: 2 s, 100 MiB")
    (row,) = bench.rows(replace(alone, bars=((3, "s"), (900, "MiB"))), False)
    assert row.met == "yes"


def test_a_reference_measured_elsewhere_is_compared_and_called_so(bench, monkeypatch, case):
    monkeypatch.setattr(bench, "measured", taking(bench, ours=2.0))
    (row,) = bench.rows(replace(case, peers=(bench.Side("dbmss (R)", seconds=20.0, bar=8),)), False)
    assert (row.ratio, row.met, row.check) == (10.0, "yes", "measured once on a machine of this size, not run here")


def test_peers_that_are_not_there_are_told_with_the_remedy(bench, monkeypatch, case):
    monkeypatch.setattr(bench, "measured", taking(bench, ours=2.0))
    monkeypatch.setattr(bench.shutil, "which", lambda name: None)
    absent = (bench.Side("peer", lambda inputs, draws: 0, needs="no_such_module"), bench.Side("netlm (R sna)", needs="sna"))
    found = list(bench.rows(replace(case, peers=absent), False))
    assert [row.check for row in found] == [
        "not installed: benchmarks/requirements.txt",
        "R not installed: apt install r-cran-sna r-cran-vegan r-recommended",
    ]
    assert all(row.ratio is None and row.ok for row in found)


def test_slow_runs_are_repeated_three_times_and_others_five_in_turn(bench, monkeypatch, tmp_path, case):
    order = []

    def answer(kind, name, side, folder):
        order.append(side)
        return {"seconds": 25.0 if side == "peer" else 1.0}

    found = bench.in_turn(case, [case.ours, *case.peers], tmp_path, 5, answer)
    assert order == ["ours", "peer"] * 3 + ["ours"] * 2
    assert {name: len(runs.seconds) for name, runs in found.items()} == {"ours": 5, "peer": 3}


def test_every_peer_in_r_has_its_script_and_every_script_its_peer(bench):
    scripts = {side.script for case in bench.CASES for side in case.peers if side.script}
    assert scripts | {"io.R"} == {path.name for path in (BENCH.parent / "peers").glob("*.R")}


def test_slow_peers_take_twenty_permutations_at_least(bench):
    taken = [side.draws for case in bench.CASES for side in case.peers if side.draws]
    assert len(taken) > 3 and min(taken) >= 20


def test_a_row_that_is_not_there_is_refused_with_those_that_are():
    done = subprocess.run([sys.executable, BENCH, "speed"], env=press_environment(), capture_output=True, encoding="utf-8")
    assert done.returncode == 2 and "no row speed" in done.stderr and "m_envelope" in done.stderr


def test_the_table_says_ours_once_for_all_its_peers(bench):
    told = bench.table([bench.Row("qap", "QAP", ours_s=1.5, peer=peer, peer_s=3.0, ratio=2.0) for peer in ("first", "second")])
    head, rule, *lines = told.splitlines()
    assert head.startswith("work") and set(rule) <= set("-| ")
    assert [line.count("1.5 s") for line in lines] == [1, 0] and all("2×" in line for line in lines)
