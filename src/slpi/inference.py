"""p-values of drawn nulls, said with their own error; permutations, corrections for many tests, bands."""

from collections.abc import Callable
from functools import partial
from itertools import permutations as every_order
from itertools import product
from math import factorial, prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slpi.compiled import compiled
from slpi.labelled import Alternative, Floats, Ints, generator, listed

ENUMERATED = factorial(9)  # up to so many permutations all are taken, none drawn
BLOCK = 32  # permutations that one thread takes at a time: one row of every fixed matrix then serves them all from the cache
TIE = 1e-9  # two statistics this near, relative to the null's spread, are equal: sums in another order differ in their last bits


def extreme(observed: float, null: Floats, alternative: Alternative = "two-sided") -> int:
    """How many of the null's values are as far out as the observed one, ties counted.

    Examples
    --------
    >>> extreme(2.0, np.array([2.0, -2.0, 1.0, 3.0])), extreme(2.0, np.array([2.0, -2.0, 1.0, 3.0]), "greater")
    (3, 2)
    """
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"alternative: {alternative!r} is none of 'two-sided', 'greater', 'less'")
    values = null[np.isfinite(null)]
    room = TIE * max(float(np.abs(values).max(initial=0.0)), abs(observed), 1e-300)
    if alternative == "two-sided":
        return int((np.abs(values) >= abs(observed) - room).sum())
    return int((values >= observed - room).sum() if alternative == "greater" else (values <= observed + room).sum())


def p_value(exceeding: int, draws: int, *, exact: bool = False) -> tuple[float, float]:
    """p of a drawn null and its Monte-Carlo standard error.

    Parameters
    ----------
    exceeding : int
        How many draws were as extreme as what was observed.
    draws : int
        How many draws there were.
    exact : bool
        True where the draws are all that there are, the observed one among them: p is their share, without error.

    Returns
    -------
    p : float
        (exceeding + 1) / (draws + 1), so never 0: what was observed is one of the arrangements that the null allows.
    error : float
        sqrt(p (1 - p) / draws).

    References
    ----------
    Phipson, B. & Smyth, G. K. (2010). Permutation p-values should never be zero. *Statistical Applications in Genetics and Molecular
    Biology*, 9, article 39.

    Examples
    --------
    >>> p, error = p_value(0, 999)
    >>> p, round(error, 6)
    (0.001, 0.001)
    """
    if exact:
        return exceeding / draws, 0.0
    p = (exceeding + 1) / (draws + 1)
    return p, float(np.sqrt(p * (1 - p) / draws))


def holm(p: pd.Series) -> pd.Series:
    """p-values corrected so that the chance of any false finding stays below the level; missing ones stay missing.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. *Scandinavian Journal of Statistics*, 6, 65–70.

    Examples
    --------
    >>> holm(pd.Series({"a": 0.01, "b": 0.04, "c": 0.03})).to_dict()
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    ordered = _ordered(p)
    times = np.arange(len(ordered), 0, -1)
    return (ordered * times).cummax().clip(upper=1.0).reindex(p.index)


def benjamini_hochberg(p: pd.Series) -> pd.Series:
    """p-values corrected so that the expected share of false findings stays below the level; missing ones stay missing.

    References
    ----------
    Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. *Journal of the Royal Statistical Society B*, 57, 289–300.

    Examples
    --------
    >>> benjamini_hochberg(pd.Series({"a": 0.01, "b": 0.04, "c": 0.03})).round(6).to_dict()
    {'a': 0.03, 'b': 0.04, 'c': 0.04}
    """
    ordered = _ordered(p)
    times = len(ordered) / np.arange(1, len(ordered) + 1)
    return (ordered * times)[::-1].cummin()[::-1].clip(upper=1.0).reindex(p.index)


def _ordered(p: pd.Series) -> pd.Series:
    # statsmodels has both corrections, but takes seconds to load and sweeps all memory at each call.
    wrong = p.index[(p < 0) | (p > 1)]
    if len(wrong):
        raise ValueError(f"p outside 0–1: {listed(wrong)}")
    return p.dropna().astype(float).sort_values(kind="stable")


def arrangements(strata: Ints) -> int:
    """How many permutations keep every actor in its stratum."""
    return prod(factorial(int(size)) for size in np.bincount(strata))


def all_permutations(strata: Ints) -> Ints:
    """Every permutation that keeps each actor in its stratum, shape (permutations, n); the first leaves all in place."""
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    found = []
    for orders in product(*(every_order(part) for part in members)):
        row = np.empty(len(strata), dtype=np.int64)
        for part, order in zip(members, orders, strict=True):
            row[part] = order
        found.append(row)
    return np.array(found)


def drawn_permutations(
    strata: Ints, count: int, rng: np.random.Generator | int, block: int = BLOCK
) -> list[Callable[[], NDArray[np.uint32]]]:
    """``count`` random permutations within strata, in blocks of shape (up to ``block``, n) that are drawn when they are called.

    A block draws the same each time, in whichever thread: its seed is its own. Its size is part of what is drawn and never depends on the
    number of threads.

    Examples
    --------
    >>> [draw().shape for draw in drawn_permutations(np.zeros(5, dtype=int), 40, 0)]
    [(32, 5), (8, 5)]
    """
    members = np.argsort(strata, kind="stable").astype(np.uint32)
    ends = np.cumsum(np.unique(strata, return_counts=True)[1])
    seed = int(generator(rng).integers(2**63))

    def draw(start: int) -> NDArray[np.uint32]:
        return _shuffled(members, ends, min(block, count - start), np.random.default_rng([seed, start]))

    return [partial(draw, start) for start in range(0, count, block)]


@compiled
def _shuffled(members: NDArray[np.uint32], ends: Ints, count: int, rng: np.random.Generator) -> NDArray[np.uint32]:
    """Fisher–Yates within each stretch of ``members`` that ends at ``ends``: who stands in whose place."""
    out = np.empty((count, len(members)), np.uint32)
    for p in range(count):
        order, start = members.copy(), 0
        for end in ends:
            for last in range(end - 1, start, -1):
                other = start + int(rng.random() * (last + 1 - start))
                order[last], order[other] = order[other], order[last]
            start = end
        for i in range(len(members)):
            out[p, members[i]] = order[i]
    return out


def global_band(observed: Floats, simulated: Floats, level: float = 0.95) -> tuple[Floats, Floats, float]:
    """A band that a curve of the null leaves anywhere with probability 1 - ``level``, and the p of the observed curve.

    Parameters
    ----------
    observed : ndarray, shape (points,)
    simulated : ndarray, shape (simulations, points)
    level : float

    Returns
    -------
    low, high : ndarray, shape (points,)
    p : float
        (k + 1) / (simulations + 1), with k the simulated curves at least as extreme as the observed one.

    Notes
    -----
    Curves are ordered by extreme rank length: at each point a curve has a two-sided rank among all; a curve is more extreme the lower its
    lowest rank, ties broken by how often it has it, and so on. A pointwise band is left somewhere far more often than its level says.

    References
    ----------
    Myllymäki, M., Mrkvička, T., Grabarnik, P., Seijo, H. & Hahn, U. (2017). Global envelope tests for spatial processes. *Journal of the
    Royal Statistical Society B*, 79, 381–404.
    """
    curves = np.vstack([observed, simulated])
    seen = np.isfinite(curves).all(axis=0)  # where a measure is not defined it says nothing
    if not seen.any():
        return np.full(observed.shape, np.nan), np.full(observed.shape, np.nan), np.nan
    used = curves[:, seen]
    ordered = np.sort(used, axis=0)
    low = np.array([np.searchsorted(ordered[:, j], used[:, j], "right") for j in range(used.shape[1])]).T
    high = len(used) + 1 - np.array([np.searchsorted(ordered[:, j], used[:, j], "left") + 1 for j in range(used.shape[1])]).T
    ranks = np.sort(np.minimum(low, high), axis=1)
    _, place, alike = np.unique(
        ranks, axis=0, return_inverse=True, return_counts=True
    )  # rows in lexical order: the first is the most extreme
    at_least_as_extreme = np.cumsum(alike)[place.ravel()]
    kept = used[at_least_as_extreme > (1 - level) * len(used) + 1e-9]  # 1 - 0.9 is a little less than a tenth
    bands = np.full((2, curves.shape[1]), np.nan)
    bands[:, seen] = kept.min(axis=0), kept.max(axis=0)
    return bands[0], bands[1], float(at_least_as_extreme[0] / len(used))
