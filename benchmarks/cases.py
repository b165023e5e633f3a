"""What is timed: for each piece of work our measure, its peers, the bar, and how the values of both are compared.

Each side gives its result as one flat vector of numbers. Where a peer is right, the vectors must be equal to a tolerance; where it is
wrong, the case says why, and the check shows that it is. What only a peer needs is loaded where the peer runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from slpi.agreement import alpha
from slpi.association import mrqap, qap
from slpi.distance import gower
from slpi.networks import brokerage, centralisation
from slpi.point_concentration import envelope, k_density, m_function

Inputs = dict[str, Any]
Maker = Callable[[int, np.random.Generator], Inputs]


@dataclass(frozen=True)
class Side:
    """One way to do the work.

    Attributes
    ----------
    name : str
        As in the table; of an R peer the first word is the script in ``peers``.
    run : callable of (inputs, draws)
        What is timed; None for R and for references.
    read : callable of its result
        The values to compare, not timed.
    needs : str
        Module or, for R, package without which it cannot run.
    draws : int, optional
        Permutations or simulations that it takes; fewer than the case's are scaled.
    sizes : tuple of int, optional
        Where a peer runs; at the case's first and last, if not given.
    bar : float, optional
        How many times as fast as this side ours must be.
    seconds : float, optional
        Of a reference that is not run.
    wrong : str
        Why its values are not ours.
    tolerance : float
        Largest difference of values, relative to the largest value where that is above 1.
    """

    name: str
    run: Callable[[Inputs, int], Any] | None = None
    read: Callable[[Any], Any] = np.asarray
    needs: str = "numpy"
    draws: int | None = None
    sizes: tuple[int, ...] | None = None
    bar: float | None = None
    seconds: float | None = None
    wrong: str = ""
    tolerance: float = 1e-12

    @property
    def script(self) -> str:
        """Of an R peer."""
        return f"{self.name.split()[0]}.R" if self.run is None and self.seconds is None else ""

    @property
    def file(self) -> str:
        """Of its values."""
        return f"{'-'.join(self.name.split())}.bin"


@dataclass(frozen=True)
class Case:
    """A piece of work.

    Attributes
    ----------
    name, what : str
    make : callable of (size, generator)
        The inputs: arrays and frames by name.
    ours : Side
    sizes : tuple of int
        For the growth of time; the last is the one of the table.
    peers : tuple of Side
    quick : int
        The size of ``--quick`` and of the call that warms up.
    draws : int
    power : int
        Work grows as size to this power: to scale a peer that runs at a smaller size only.
    bars : tuple of (float, unit)
        The most that ours may take: seconds, then MiB.
    """

    name: str
    what: str
    make: Maker
    ours: Side
    sizes: tuple[int, ...]
    peers: tuple[Side, ...] = ()
    quick: int = 40
    draws: int = 1
    power: int = 2
    bars: tuple[tuple[float, str], ...] = ()

    def at(self, quick: bool) -> tuple[int, ...]:
        return (self.quick,) if quick else self.sizes


# Matrices of actors.


def matrices(*names: str, density: float = 1.0) -> Maker:
    def make(n: int, rng: np.random.Generator) -> Inputs:
        below = {name: np.tril(rng.random((n, n)) * (rng.random((n, n)) < density), -1) for name in names}
        return {name: half + half.T for name, half in below.items()}

    return make


def tie_lists(density: float) -> Maker:
    """Sparse matrices, whole for those who need them so, and as lists of ties."""

    def make(n: int, rng: np.random.Generator) -> Inputs:
        whole = matrices("y", "x", density=density)(n, rng)
        return whole | {f"{name}_ties": np.column_stack([*np.nonzero(one), one[np.nonzero(one)]]) for name, one in whole.items()}

    return make


def from_ties(ties: np.ndarray, n: int) -> csr_array:
    return csr_array((ties[:, 2], ties[:, :2].astype(int).T), shape=(n, n))


def statsmodels_loop(inputs: Inputs, draws: int) -> np.ndarray:
    """As a user writes it: each permutation a regression, with its design built anew."""
    from statsmodels.api import OLS

    rows, columns = np.tril_indices(len(inputs["y"]), -1)
    y, *xs = (inputs[name][rows, columns] for name in "yabc")
    fit = OLS(y, np.column_stack([np.ones_like(y), *xs])).fit()
    rng, beyond = np.random.default_rng(1), np.zeros(len(xs))
    for k in range(len(xs)):
        others = np.column_stack([np.ones_like(y), *xs[:k], *xs[k + 1 :]])
        left = np.zeros_like(inputs["y"])
        left[rows, columns] = OLS(xs[k], others).fit().resid
        left += left.T
        for _ in range(draws):
            order = rng.permutation(len(left))
            moved = left[np.ix_(order, order)][rows, columns]
            beyond[k] += abs(OLS(y, np.column_stack([others, moved])).fit().tvalues[-1]) >= abs(fit.tvalues[k + 1])
    return np.concatenate([fit.params, fit.tvalues])


def scikit_bio(inputs: Inputs, draws: int) -> float:
    from skbio.stats.distance import mantel

    return mantel(inputs["y"], inputs["x"], permutations=draws, seed=1)[0]


# Units on scales of many kinds: a column is named for its kind; classes are text, all others numbers.

ATTRIBUTES = {"numeric": 8, "nominal": 4, "ordinal": 4, "symmetric": 2, "asymmetric": 2}


def attributes(gaps: float, counts: dict[str, int]) -> Maker:
    def make(n: int, rng: np.random.Generator) -> Inputs:
        draw = {
            "numeric": lambda: rng.lognormal(size=n),
            "nominal": lambda: rng.choice(list("abcdef"), n),
            "ordinal": lambda: rng.integers(1, 6, n).astype(float),
            "symmetric": lambda: rng.integers(0, 2, n).astype(float),
            "asymmetric": lambda: (rng.random(n) < 0.2).astype(float),
        }
        frame = pd.DataFrame({f"{kind}{k}": draw[kind]() for kind, count in counts.items() for k in range(count)})
        return {"frame": frame.mask(rng.random(frame.shape) < gaps)}

    return make


def gower_package(inputs: Inputs, draws: int) -> np.ndarray:
    from gower import gower_matrix

    frame = inputs["frame"].astype({column: object for column in inputs["frame"] if column.startswith("nominal")})
    return gower_matrix(frame, cat_features=[not column.startswith(("numeric", "ordinal")) for column in frame])


def pairs(matrix: Any) -> np.ndarray:
    """Each pair once, row by row above the diagonal, as R's dist has them."""
    matrix = np.asarray(matrix)
    return matrix[np.triu_indices(len(matrix), 1)]


# Points in a square of 100, some of them cases.

RADII = np.arange(1.0, 26.0)


def points(share: float) -> Maker:
    return lambda n, rng: {"xy": rng.uniform(0, 100, (n, 2)), "cases": rng.permutation(n) < share * n}


def our_envelope(measure: Callable[..., pd.DataFrame]) -> Callable[[Inputs, int], pd.Series]:
    return lambda i, draws: envelope(measure, i["xy"], i["cases"], r=RADII, simulations=draws).table["observed"]


def tree_m(inputs: Inputs, draws: int) -> np.ndarray:
    """M of the cases, and of as many drawn ones, by SciPy's tree: who is near, radius by radius."""
    from scipy.spatial import cKDTree

    def measured(cases: np.ndarray) -> np.ndarray:
        at, everyone, alike = xy[cases], cKDTree(xy), cKDTree(xy[cases])
        near = [[tree.query_ball_point(at, r, return_length=True, workers=2) - 1 for r in RADII] for tree in (alike, everyone)]
        of_cases, of_all = np.array(near)
        shares = np.divide(of_cases, of_all, out=np.zeros(of_all.shape), where=of_all > 0)
        return shares.sum(axis=1) / (of_all > 0).sum(axis=1) * (len(xy) - 1) / (len(at) - 1)

    xy, rng = inputs["xy"], np.random.default_rng(1)
    for _ in range(draws):
        measured(rng.permutation(inputs["cases"]))
    return measured(inputs["cases"])


def summed_kernels(inputs: Inputs, draws: int) -> np.ndarray:
    """K-density of the cases, and of as many drawn ones, over all pairs, each with its own kernel."""
    from scipy.spatial.distance import pdist

    def measured(cases: np.ndarray) -> np.ndarray:
        d = pdist(inputs["xy"][cases])
        h = 0.9 * min(d.std(ddof=1), np.subtract(*np.quantile(d, [0.75, 0.25])) / 1.34) * len(d) ** -0.2
        near = d[d < RADII[-1] + 8 * h]
        kernels = [np.exp(-(((r - near) / h) ** 2) / 2).sum() + np.exp(-(((r + near) / h) ** 2) / 2).sum() for r in RADII]
        return np.array(kernels) / (len(d) * h * np.sqrt(2 * np.pi))

    rng = np.random.default_rng(1)
    for _ in range(draws):
        measured(rng.permutation(inputs["cases"]))
    return measured(inputs["cases"])


# Networks and coders.


def directed_ties(n: int, rng: np.random.Generator) -> Inputs:
    ties = (rng.random((n, n)) < 10 / n) * 1.0
    np.fill_diagonal(ties, 0.0)
    return {"ties": ties, "groups": rng.integers(1, 5, (n, 1)).astype(float)}


def networkx_betweenness(inputs: Inputs, draws: int) -> float:
    import networkx as nx

    found = list(nx.betweenness_centrality(nx.from_numpy_array(inputs["ties"], create_using=nx.DiGraph)).values())
    return sum(max(found) - one for one in found) / (len(found) - 1)


def judgements(n: int, rng: np.random.Generator) -> Inputs:
    truth = rng.integers(1, 6, (n, 1))
    coded = pd.DataFrame(np.where(rng.random((n, 4)) < 0.7, truth, rng.integers(1, 6, (n, 4)))).astype(float)
    return {"units": coded.mask(rng.random((n, 4)) < 0.1)}


OUR_MRQAP = Side(
    "ours",
    lambda i, draws: mrqap(i["y"], {name: i[name] for name in "abc"}, permutations=draws),
    read=lambda found: found.table[["b", "t"]].to_numpy().T.ravel(),
)
OUR_QAP = Side("ours", lambda i, draws: qap(i["y"], i["x"], permutations=draws), read=lambda found: [found.r])
OUR_SPARSE_QAP = Side(
    "ours",
    lambda i, draws: qap(*(from_ties(i[f"{name}_ties"], len(i["y"])) for name in "yx"), permutations=draws),
    read=lambda found: [found.r],
)
OUR_GOWER = Side("ours", lambda i, _: gower(i["frame"], kinds={name: name.rstrip("0123456789") for name in i["frame"]}), read=pairs)
SKBIO = {"run": scikit_bio, "needs": "skbio"}
PYPI_GOWER = {"run": gower_package, "read": pairs, "needs": "gower"}

CASES = (
    Case(
        *("mrqap", "MRQAP-DSP, n = 1,000, 3 covariates, 1,000 permutations", matrices(*"yabc"), OUR_MRQAP, (250, 500, 1000)),
        peers=(
            Side("statsmodels loop", statsmodels_loop, needs="statsmodels", draws=20, bar=150, tolerance=1e-8),
            Side("netlm (R sna)", needs="sna", draws=20, bar=2500, tolerance=1e-8),
        ),
        draws=1000,
    ),
    Case(
        *("mrqap_2000", "MRQAP-DSP, n = 2,000, 3 covariates, 1,000 permutations", matrices(*"yabc"), OUR_MRQAP, (500, 1000, 2000)),
        draws=1000,
        bars=((12, "s"), (1024, "MiB")),
    ),
    Case(
        *("qap", "QAP, n = 1,000, dense, 999 permutations", matrices("y", "x"), OUR_QAP, (250, 500, 1000)),
        peers=(Side("scikit-bio mantel", bar=1.5, **SKBIO), Side("mantel (R vegan)", needs="vegan")),
        draws=999,
    ),
    Case(
        *("qap_sparse", "QAP, n = 1,000, 1 % of ties, 999 permutations", tie_lists(0.01), OUR_SPARSE_QAP, (250, 500, 1000)),
        peers=(Side("scikit-bio mantel", bar=20, **SKBIO),),
        draws=999,
    ),
    Case(
        *("gower", "Gower, n = 5,000 × 20 mixed, 5 % missing", attributes(0.05, ATTRIBUTES), OUR_GOWER, (1250, 2500, 5000)),
        peers=(
            Side("daisy (R cluster)", needs="cluster", bar=20),
            Side("gower (PyPI)", bar=150, wrong="gaps are not left out, two absences are alike", **PYPI_GOWER),
        ),
    ),
    Case(
        *("gower_complete", "Gower, n = 2,000 × 18 mixed, none missing", attributes(0, ATTRIBUTES | {"asymmetric": 0}), OUR_GOWER),
        sizes=(500, 1000, 2000),
        peers=(Side("daisy (R cluster)", needs="cluster"), Side("gower (PyPI)", tolerance=1e-6, **PYPI_GOWER)),
    ),
    Case(
        *("m", "M, 100,000 points, 5 % cases, 25 radii to a quarter of the window", points(0.05)),
        Side("ours", lambda i, _: m_function(i["xy"], i["cases"], r=RADII)["observed"]),
        sizes=(25_000, 50_000, 100_000),
        peers=(Side("SciPy cKDTree", lambda i, _: tree_m(i, 0), needs="scipy"), Side("dbmss (R)", seconds=4.7, bar=8)),
        quick=1000,
    ),
    Case(
        *("m_envelope", "M, 100 simulations, 50,000 points, 5 % cases, 25 radii to a quarter of the window", points(0.05)),
        Side("ours", our_envelope(m_function)),
        sizes=(12_500, 25_000, 50_000),
        peers=(Side("SciPy cKDTree", tree_m, needs="scipy", draws=20), Side("dbmss (R)", seconds=195, bar=15)),
        quick=1000,
        draws=100,
    ),
    Case(
        *("k_envelope", "K-density, 100 simulations, 50,000 points, 7,000 cases", points(0.14)),
        Side("ours", our_envelope(k_density)),
        sizes=(12_500, 25_000, 50_000),
        peers=(
            Side("sum of kernels", summed_kernels, needs="scipy", draws=20, sizes=(12_500,), tolerance=1e-6),
            Side("dbmss, exact (R)", seconds=324, bar=80),
        ),
        quick=1000,
        draws=100,
    ),
    Case(
        *("brokerage", "Brokerage, n = 1,000, 10 ties out of each, 2 drawn networks", directed_ties),
        Side("ours", lambda i, draws: brokerage(i["ties"], i["groups"][:, 0], directed=True, draws=draws)[1]["count"]),
        sizes=(250, 500, 1000),
        peers=(Side("brokerage (R sna)", needs="sna"),),
        draws=2,
    ),
    Case(
        *("betweenness", "Centralisation by betweenness, n = 1,000, 10 ties out of each, 2 drawn networks", directed_ties),
        Side("ours", lambda i, draws: [centralisation(i["ties"], "betweenness", directed=True, draws=draws).value]),
        sizes=(250, 500, 1000),
        peers=(Side("networkx", networkx_betweenness, needs="networkx"),),
        draws=2,
    ),
    Case(
        *("alpha", "Krippendorff's alpha, 5,000 units × 4 coders, ordinal, 1,000 draws of units", judgements),
        Side("ours", lambda i, draws: [alpha(i["units"], level="ordinal", bootstrap=draws).alpha]),
        sizes=(1250, 2500, 5000),
        draws=1000,
    ),
)
