"""How often tests of association reject a null that is true, when what is compared depends on space.

Sixty places in a square; two attributes drawn independently of one another, each a Gaussian field with exponential covariance whose range
is 0, 0.1 or 0.3 of the square's side. The matrices are the attributes' absolute differences: nothing binds them but the space under both.
A test at 5 % should reject one time in twenty.

    python benchmarks/nulls.py [REPLICATIONS]
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ["SLPI_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one process a core instead

import numpy as np
import pandas as pd

from slpi.association import dyadic_robust, mrqap, qap

ACTORS, PERMUTATIONS, LEVEL, RANGES = 60, 499, 0.05, (0.0, 0.1, 0.3)
RESULTS = Path(__file__).parents[1] / "paper" / "pages" / "measures" / "nulls.csv"  # the book prints it


def differences(values: np.ndarray) -> np.ndarray:
    return np.abs(values[:, None] - values)


def p_values(reach: float, seed: int) -> dict[str, float]:
    """The p of each test on one drawn territory."""
    random = np.random.default_rng([int(reach * 100), seed])
    places = random.random((ACTORS, 2)) * 100_000
    distance = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    covariance = np.exp(-distance / (reach * 100_000)) if reach else np.eye(ACTORS)
    fields = np.linalg.cholesky(covariance + 1e-9 * np.eye(ACTORS)) @ random.normal(size=(ACTORS, 3))
    y, x, other = (differences(field) for field in fields.T)
    drawn = {"permutations": PERMUTATIONS, "rng": seed}
    near = {"x": x, "distance": distance}
    return {
        "QAP": qap(y, x, **drawn).p,
        "DSP": mrqap(y, {"x": x, "other": other}, **drawn).table.loc["x", "p"],
        "DSP with distance": mrqap(y, near, **drawn).table.loc["x", "p"],
        "MSR with distance": mrqap(y, near, null="msr", places=places, **drawn).table.loc["x", "p"],
        "dyadic-robust with distance": dyadic_robust(y, near).table.loc["x", "p"],
    }


def rejection_rates(replications: int) -> pd.DataFrame:
    """Share of replications with p at most 0.05, one row a test, one column a spatial range."""
    rates = {}
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for reach in RANGES:
            found = pd.DataFrame(pool.map(p_values, [reach] * replications, range(replications), chunksize=10))
            rates[reach] = (found <= LEVEL).mean()
    return pd.DataFrame(rates).rename_axis("test").rename_axis("range", axis=1)


def main() -> None:
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rates = rejection_rates(replications)
    error = np.sqrt(rates * (1 - rates) / replications)
    shown = (100 * rates).round(1).astype(str) + " ± " + (100 * error).round(1).astype(str)
    shown.columns = [f"range {reach:g}" for reach in RANGES]
    print(
        f"Rejections of a true null at 5 %, per cent ± standard error ({replications} replications, n = {ACTORS}, {PERMUTATIONS} draws)\n"
    )
    print(shown.to_string())
    if replications >= 1000:  # a shorter run is a look, not a result
        shown.to_csv(RESULTS, lineterminator="\n")
        print(f"\n→ {RESULTS}")


if __name__ == "__main__":
    main()
