"""Whether like areas lie side by side: neighbours, Moran's I and its local parts, rates of areas of unequal size made comparable.

``esda`` 2.9 gives the same values and is not called: with numba 0.68 its local test compiles in every process anew, which takes 13 s of
processor time and is kept in no cache, and then 11 s for 9,999 draws on the 34,666 communes that have establishments and a neighbour,
where :func:`local_moran` takes 0.2 s; for 99,999, the default here, it had not ended after two minutes (ours: 1.4 s). Its global test
takes 0.5 s there for 499 draws (:func:`moran`: 0.3 s) and draws from NumPy's global state, having no seed of its own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from slpi.inference import benjamini_hochberg, drawn_permutations, extreme, p_value
from slpi.labelled import Floats, Ints, generator, planar, refuse, require, require_finite, require_unique

#: What an area and its neighbours are to each other; the last where a test cannot tell.
CLUSTERS = ("high-high", "high-low", "low-high", "low-low", "not significant")


@dataclass(frozen=True)
class Neighbours:
    """Which areas are neighbours of which.

    Attributes
    ----------
    areas : Index, length n
    ties : SciPy sparse array, shape (n, n)
        1 where the area of the column is a neighbour of that of the row; empty diagonal.
    """

    areas: pd.Index
    ties: Any

    def within(self, kept: pd.Index) -> "Neighbours":
        """The same among some of the areas, less those that have no neighbour left."""
        at = self.areas.get_indexer(kept)
        ties = self.ties[at][:, at]
        linked = np.diff(ties.indptr) > 0
        return Neighbours(kept[linked], ties[linked][:, linked])


def contiguity(shapes: Any) -> Neighbours:
    """Areas that share a border or a corner (queen contiguity).

    Parameters
    ----------
    shapes : GeoSeries or GeoDataFrame, indexed by area
        Outlines whose borders fit together, projected.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        If an area stands twice, has no outline, or coordinates are degrees.
    """
    from scipy.sparse import csr_array

    require_unique(shapes.index, "shapes")
    outlines = shapes.geometry
    refuse(shapes.index[outlines.isna() | outlines.is_empty], "shapes: no outline: ")
    require(shapes.crs is None or not shapes.crs.is_geographic, f"shapes: in degrees ({shapes.crs}); project them, as to EPSG:2154")
    one, other = outlines.sindex.query(outlines, predicate="intersects")
    apart = one != other
    ties = csr_array((np.ones(apart.sum()), (one[apart], other[apart])), shape=(len(shapes), len(shapes)))
    return Neighbours(shapes.index, ties)


def nearest(points: Any, k: int) -> Neighbours:
    """The k areas whose points are nearest to each, however far.

    Parameters
    ----------
    points : GeoSeries, GeoDataFrame, DataFrame with x and y, or array of shape (n, 2)
        One point an area, projected, in metres.
    k : int
        From 1 to n - 1. Of points at one distance those that stand first are taken.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        If k is out of range, or as ``slpi.concentration.m_function`` says of points.

    Examples
    --------
    >>> points = pd.DataFrame({"x": [0, 100, 300.0], "y": [0, 0, 0.0]}, index=["a", "b", "c"])
    >>> nearest(points, 1).ties.toarray().astype(int).tolist()
    [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    """
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    xy, areas = planar(points)
    n = len(xy)
    require(0 < k < n, f"k = {k}; from 1 to {n - 1} for {n} areas")
    found = KDTree(xy).query(xy, min(k + 2, n))[1]
    others = [row[row != i][:k] for i, row in enumerate(found)]
    return Neighbours(areas, csr_array((np.ones(n * k), (np.repeat(np.arange(n), k), np.concatenate(others))), shape=(n, n)))


def joined(neighbours: Neighbours, of: pd.Series) -> Neighbours:
    """Neighbours of larger areas: two touch where a part of one touches a part of the other.

    Parameters
    ----------
    neighbours : Neighbours
        Of the parts.
    of : Series by part
        The larger area that each part belongs to.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        If a part belongs to no area.

    Examples
    --------
    >>> points = pd.DataFrame({"x": [0, 100, 300.0], "y": [0, 0, 0.0]}, index=["a", "b", "c"])
    >>> joined(nearest(points, 1), pd.Series({"a": "west", "b": "west", "c": "east"})).ties.toarray().astype(int).tolist()
    [[0, 1], [0, 0]]
    """
    from scipy.sparse import csr_array

    belongs = of.reindex(neighbours.areas)
    refuse(neighbours.areas[belongs.isna()], "of: no larger area for ")
    code, areas = pd.factorize(belongs, sort=True)
    member = csr_array((np.ones(len(code)), (np.arange(len(code)), code)))
    ties = (member.T @ neighbours.ties @ member).tocoo()
    apart = ties.row != ties.col
    return Neighbours(pd.Index(areas), csr_array((np.ones(apart.sum()), (ties.row[apart], ties.col[apart])), shape=ties.shape))


def rate_deviates(events: pd.Series, base: pd.Series) -> pd.Series:
    """Rates of areas of unequal size, each in the standard deviations of a rate on so large a base.

    Parameters
    ----------
    events, base : Series by area
        Counts, as of establishments in industry and of all; the rate is their quotient.

    Returns
    -------
    Series by area
        Missing where the base is 0.

    Raises
    ------
    ValueError
        If a count is negative, missing or infinite, an area is in one of both only, or an event has no base.

    Notes
    -----
    (p_i - b) / sqrt(a + b / n_i), with b the rate of all areas together, and a the variance of rates between areas less what chance
    adds: Σ n_i (p_i - b)² / Σ n_i less b over the mean n_i. Where a + b / n_i is not positive, b / n_i takes its place.

    References
    ----------
    Assunção, R. M. & Reis, E. A. (1999). A new proposal to adjust Moran's I for population density. *Statistics in Medicine*, 18,
    2147–2162.

    Examples
    --------
    >>> industry = pd.Series({"village": 1, "town": 20, "city": 100})
    >>> rate_deviates(industry, pd.Series({"village": 2, "town": 100, "city": 1000})).round(2).to_dict()
    {'village': 1.65, 'town': 2.07, 'city': -0.32}
    """
    for counts, name in ((events, "events"), (base, "base")):
        require_unique(counts.index, name)
        require_finite(counts.to_numpy(float)[:, None], counts.index, [name], name, lowest=0.0)
    refuse(events.index.symmetric_difference(base.index), "events and base: areas in one of both only: ")
    size = base.reindex(events.index).astype(float)
    refuse(events.index[(events > 0) & (size == 0)], "base: 0, yet events, in ")
    held = size > 0
    rate, n = (events / size.where(held)), size[held]
    overall = float(events.sum() / n.sum())
    between = float((n * (rate[held] - overall) ** 2).sum() / n.sum() - overall * len(n) / n.sum())
    chance = overall / size.where(held)
    return (rate - overall) / np.sqrt((between + chance).where(between + chance > 0, chance))


@dataclass(frozen=True)
class Moran:
    """How alike neighbours are, over all areas.

    Attributes
    ----------
    I : float
        1 would be neighbours all alike, ``expected`` (a little below 0) is chance, below it neighbours differ.
    expected, sd : float
        Mean and standard deviation under random exchange of the values, exact.
    z : float
    p : float
        Two-sided, of drawn exchanges: how often I lies as far from ``expected``.
    low, high : float
        Between these the middle 95 % of the drawn exchanges lie.
    n, links : int
        Areas that have a value and a neighbour with one, and the ties between them.
    left_out : int
        Areas without a value, or without such a neighbour.
    """

    I: float  # noqa: E741
    expected: float
    sd: float
    z: float
    p: float
    low: float
    high: float
    n: int
    links: int
    left_out: int


def moran(values: pd.Series, neighbours: Neighbours, *, simulations: int = 999, rng: np.random.Generator | int = 0) -> Moran:
    """Moran's I: whether areas with high values have neighbours with high values.

    Parameters
    ----------
    values : Series by area
        One for each area of ``neighbours``; areas where it is missing are left out.
    neighbours : Neighbours
        Each area's neighbours weigh the same and sum to 1.
    simulations : int
        Exchanges drawn, all areas being exchangeable.
    rng : Generator or int

    Returns
    -------
    Moran

    Raises
    ------
    ValueError
        If values are infinite, all alike, or not of the areas; or if fewer than four areas are left.

    References
    ----------
    Cliff, A. D. & Ord, J. K. (1981). *Spatial Processes: Models and Applications*. Pion, chapter 2.

    Examples
    --------
    >>> line = pd.DataFrame({"x": [0, 1000, 2000, 3000, 4000.0], "y": 0.0}, index=list("abcde"))
    >>> round(moran(pd.Series([1, 2, 3, 4, 5.0], line.index), nearest(line, 1)).I, 3)
    0.6
    """
    z, some = _deviates(values, neighbours)
    weights = _shared(some)
    n, squares = len(z), float(z @ z)
    observed = float(z @ (weights @ z)) / squares
    expected, sd = -1 / (n - 1), _spread(weights, n, float(n * (z**4).sum() / squares**2))
    draws = drawn_permutations(np.zeros(n, dtype=np.int64), simulations, rng)
    null = np.concatenate([((moved := z[draw().T]) * (weights @ moved)).sum(axis=0) for draw in draws]) / squares
    p = p_value(extreme(observed - expected, null - expected), simulations)[0]
    low, high = map(float, np.quantile(null, [0.025, 0.975]))
    counts = (n, int(some.ties.nnz), len(neighbours.areas) - n)
    return Moran(observed, expected, sd, (observed - expected) / sd, p, low, high, *counts)


def local_moran(
    values: pd.Series, neighbours: Neighbours, *, draws: int = 99_999, rng: np.random.Generator | int = 0, level: float = 0.05
) -> pd.DataFrame:
    """Local Moran's I: where areas of high values lie among their like, and where among others (LISA).

    Parameters
    ----------
    values, neighbours
        As for ``moran``.
    draws : int
        Sets of neighbours drawn for each number of neighbours.
    rng : Generator or int
    level : float
        Share of false findings among the areas that are given a cluster.

    Returns
    -------
    DataFrame, one row an area left
        ``value``; ``deviate`` of it, ``lag`` (mean deviate of the neighbours), ``I`` (their product), ``neighbours``, ``p`` (two-sided, the
        area held in place and any others its neighbours), ``p_fdr`` (after Benjamini & Hochberg), ``cluster`` (one of ``CLUSTERS``).

    Raises
    ------
    ValueError
        As ``moran``; or if the level is not between 0 and 1.

    Notes
    -----
    With the area held in place, its I under chance hangs on the mean of as many other areas drawn without replacement as it has neighbours.
    One set of draws therefore serves all areas with that number of neighbours: for each, the draws without itself. p is twice the
    smaller tail, at most 1: the p-value that GeoDa and esda print is one tail. Of n areas a first one is found at a p of about level / n,
    which few draws cannot reach: then none is found before 2 n / ((draws + 1) level) areas have the smallest p that there is.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association – LISA. *Geographical Analysis*, 27, 93–115. Caldas de Castro, M. & Singer,
    B. H. (2006). Controlling the false discovery rate. *Geographical Analysis*, 38, 180–208.
    """
    require(0 < level < 1, f"level = {level} must lie between 0 and 1")
    z, some = _deviates(values, neighbours)
    z = z / np.sqrt((z**2).mean())
    counts, lag = np.diff(some.ties.indptr), np.round(_shared(some) @ z, 12)
    source, p = generator(rng), np.ones(len(z))
    for k in np.unique(counts):
        at = np.flatnonzero(counts == k)
        chosen = _subsets(len(z), int(k), draws, source)
        means = np.round(z[chosen].mean(axis=1), 12)
        ranked = np.sort(means)
        own = np.bincount(chosen.ravel(), minlength=len(z))[at]  # draws that hold the area itself count for the others only
        tails = []
        for as_far, many in (
            (means[:, None] >= lag[chosen], draws - np.searchsorted(ranked, lag[at], "left")),
            (means[:, None] <= lag[chosen], np.searchsorted(ranked, lag[at], "right")),
        ):
            tails.append((many - np.bincount(chosen[as_far], minlength=len(z))[at] + 1) / (draws - own + 1))
        p[at] = np.minimum(1.0, 2 * np.minimum(*tails))
    found = pd.DataFrame(
        {"value": values.reindex(some.areas), "deviate": z, "lag": lag, "I": z * lag, "neighbours": counts, "p": p}, some.areas
    )
    found["p_fdr"] = benjamini_hochberg(found["p"])
    kind = np.where(z > 0, "high", "low") + np.where(lag > 0, "-high", "-low").astype(object)
    return found.assign(cluster=np.where(found["p_fdr"] <= level, kind, CLUSTERS[-1]))


def _deviates(values: pd.Series, neighbours: Neighbours) -> tuple[Floats, Neighbours]:
    """Deviations from the mean of the areas that have a value and a neighbour with one."""
    require_unique(values.index, "values")
    refuse(neighbours.areas.difference(values.index), "values: none for ", "; one for each area is needed, which may be missing")
    there = values.reindex(neighbours.areas).astype(float)
    require_finite(there.to_numpy()[:, None], there.index, ["value"], "values", missing=True)
    some = neighbours.within(there.index[there.notna()])
    require(len(some.areas) > 3, f"values: {len(some.areas)} areas have a value and a neighbour with one; at least four are needed")
    held = there[some.areas].to_numpy()
    require(np.ptp(held) > 0, "values: all alike")
    return held - held.mean(), some


def _shared(neighbours: Neighbours) -> Any:
    """Weights of the neighbours, which sum to 1."""
    ties = neighbours.ties.tocsr(copy=True)
    ties.data = np.repeat(1 / np.diff(ties.indptr), np.diff(ties.indptr))
    return ties


def _spread(weights: Any, n: int, kurtosis: float) -> float:
    """Standard deviation of I under random exchange; weights sum to n."""
    s1 = ((weights + weights.T).power(2)).sum() / 2
    s2 = ((weights.sum(axis=1) + weights.sum(axis=0)) ** 2).sum()
    s0 = n * n  # the square of the sum of weights
    first = n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0) - kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0)
    return float(np.sqrt(first / ((n - 1) * (n - 2) * (n - 3) * s0) - 1 / (n - 1) ** 2))


def _subsets(n: int, k: int, draws: int, rng: np.random.Generator) -> Ints:
    """Sets of k different numbers below n, shape (draws, k), each set as likely as any other."""
    if k * k > n:
        return np.argsort(rng.random((draws, n)), axis=1)[:, :k]
    chosen = rng.integers(n, size=(draws, k))
    while len(again := np.flatnonzero((np.diff(np.sort(chosen, axis=1), axis=1) == 0).any(axis=1))):
        chosen[again] = rng.integers(n, size=(len(again), k))
    return chosen
