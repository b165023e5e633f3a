"""Time a sweep of a thousand specifications on one and on two Dask workers, and on this machine's cores without Dask.

``python benchmarks/sweeps.py [POINTS] [--results FOLDER]``; ``make bench`` runs it. The chapter draws a null of a correlation at each
point, a few hundredths of a second. Every table must be the same bytes. Times are of whole commands, medians of three; a point on Dask
counts what Dask itself takes for it. Exit code 1 where a check fails, never for a bar.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REPEATS, BAR = 3, 1.7
CELLS = (
    (
        ["parameters"],
        "size: int = 40  # actors; 10 to 1000\nspread: float = 1.0  # of the noise; 0 to 10\nseed: int = 0  # of the draws; 0 to 100000\n",
    ),
    ([], "import numpy as np\n\nfrom compendium import record\n"),
    ([], "random = np.random.default_rng(seed)\none, noise = random.normal(size=(2, size, size))\nother = one + spread * noise\n"),
    (
        [],
        "orders = [random.permutation(size) for _ in range(600)]\nmoved = (other[np.ix_(o, o)].ravel() for o in orders)\n"
        "null = [np.corrcoef(one.ravel(), m)[0, 1] for m in moved]\n",
    ),
    ([], 'record("null.mean", float(np.mean(null)), status="simulated")\nrecord("null.sd", float(np.std(null)), status="simulated")\n'),
)


def toy(root: Path, points: int) -> None:
    """A compendium of one chapter, and its grid."""
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {"tags": tags}, "source": source, "outputs": [], "execution_count": None}
        for i, (tags, source) in enumerate(CELLS)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    for folder in ("notebooks", "data/raw", "src"):
        (root / folder).mkdir(parents=True)
    (root / "notebooks" / "01_null.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    grid = {"outcome": "null.sd", "grid": {"size": [30, 40], "spread": [0.5, 1.0, 1.5, 2.0, 2.5], "seed": list(range(points // 10))}}
    (root / "grid.yml").write_text(json.dumps(grid), encoding="utf-8")  # JSON is YAML


def swept(points: int, *options: str) -> tuple[float, bytes]:
    """Seconds of a sweep from nothing, and its table."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "toy"
        toy(root, points)
        command = [sys.executable, "-m", "compendium", "sweep", "--root", str(root), "01_null", str(root / "grid.yml"), *options]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start, (root / "reports" / "sweeps" / "01_null" / "grid.parquet").read_bytes()


def on_dask(points: int, workers: int) -> tuple[float, bytes]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        return swept(points, "--dask", cluster.scheduler_address)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=int, nargs="?", default=1000)
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    ways = {
        "Dask, one worker": lambda: on_dask(options.points, 1),
        "Dask, two workers": lambda: on_dask(options.points, 2),
        "one process": lambda: swept(options.points, "--jobs", "1"),
        "two processes": lambda: swept(options.points, "--jobs", "2"),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    tables: set[bytes] = set()
    for _ in range(REPEATS):
        for way, run in ways.items():
            took, table = run()
            seconds[way].append(took)
            tables.add(table)
            print(f"{way}: {took:.1f} s", flush=True)
    took = {way: median(runs) for way, runs in seconds.items()}
    gain = took["Dask, one worker"] / took["Dask, two workers"]
    rows = [
        (way, f"{took[way]:.1f}", f"{1000 * took[way] / options.points:.1f}", f"{took['Dask, one worker'] / took[way]:.2f}") for way in ways
    ]
    header = ("way", "seconds", "milliseconds a point", "times as fast as one Dask worker")
    for row in (header, *rows):
        print("  ".join(f"{cell:>20}" for cell in row))
    print(f"two Dask workers against one: {gain:.2f} times as fast; asked at least {BAR}: {'met' if gain >= BAR else 'NOT MET'}")
    print(f"tables of all {len(ways) * REPEATS} sweeps: {'the same bytes' if len(tables) == 1 else 'DIFFERENT'}")
    if options.points == 1000:
        options.results.mkdir(parents=True, exist_ok=True)
    with (options.results / "sweeps.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows((header, *rows))
    return 0 if len(tables) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
