"""Which industries are localised, and at what distances: many industries of one map, each against plants dealt anew to all places.

The measures are those of :mod:`slpi.point_concentration`. Where points are those of communes, many plants stand on one; distances between
the few thousand places are taken once, and serve every industry and every draw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slpi.compiled import compiled, in_threads
from slpi.inference import benjamini_hochberg, global_band, holm
from slpi.labelled import Floats, Ints, generator, planar, refuse, require
from slpi.point_concentration import REACH

STEP = 250.0  # metres: radii are whole steps, and K-density knows a distance to one
BLOCK = 512  # places whose distances to all are taken at once


@dataclass(frozen=True)
class Localisation:
    """What many industries' curves say beside chance.

    Attributes
    ----------
    tests : DataFrame, one row a measure and industry
        ``plants``, ``p`` of the whole curve (two-sided), ``p_fdr`` and ``p_holm`` over the industries of a measure; ``verdict``:
        *localised* where p_fdr is at most 1 - level and the curve passes above the global band, *dispersed* where it is and the curve only
        passes below, else *like chance*; ``first`` and ``last`` r (metres) at which it lies beyond the band on that side.
    curves : DataFrame, one row a measure, industry and r
        ``observed``, ``expected``, ``low``, ``high`` (global band).
    simulations : int
    level : float
    """

    tests: pd.DataFrame
    curves: pd.DataFrame
    simulations: int
    level: float


def localisation(
    points: Any,
    industry: pd.Series,
    *,
    r: Sequence[float],
    bandwidths: Mapping[str, float],
    fewest: int = 20,
    same_place: bool = True,
    simulations: int = 499,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> Localisation:
    """Test every industry with enough plants by M and by K-density of several bandwidths.

    Parameters
    ----------
    points : GeoSeries, GeoDataFrame, DataFrame with x and y, or array of shape (n, 2)
        All plants, projected, in metres.
    industry : Series by plant
    r : sequence of float
        Distances, multiples of 250 m, increasing.
    bandwidths : mapping
        Name of each K-density and its bandwidth in metres, at least 1000.
    fewest : int
        Industries with fewer plants are not tested.
    same_place : bool
        Whether pairs of plants on one point count, in the industry and among all; False leaves them out.
    simulations : int
        Draws of as many plants from all places; industries of the same size share them.
    rng : Generator or int
    level : float
        Of the global bands.

    Returns
    -------
    Localisation
        The same for any number of threads.

    Raises
    ------
    ValueError
        If points are degrees, a plant has no industry, r are no rising multiples of 250 m, a bandwidth is too narrow, simulations are too
        few for the level, or no industry has enough plants.

    Notes
    -----
    M is exact. K-density, per kilometre, takes each distance as the middle of its 250 m, which moves the curve by at most 76 m / bandwidth
    of its kernel's height and mostly by far less; pairs at distance 0 stay there. What is left out when ``same_place`` is False is left
    out under the null too.

    References
    ----------
    Duranton, G. & Overman, H. G. (2005). Testing for localization using micro-geographic data. *Review of Economic Studies*, 72,
    1077–1106. Marcon, E. & Puech, F. (2010). Measures of the geographic concentration of industries: improving distance-based methods.
    *Journal of Economic Geography*, 10, 745–762.
    """
    xy, labels = planar(points)
    named = industry.reindex(labels)
    refuse(labels[named.isna()], "industry: none for ")
    radii = np.asarray(r, dtype=float)
    rising = radii.ndim == 1 and len(radii) > 0 and (radii % STEP == 0).all() and radii[0] > 0 and (np.diff(radii) > 0).all()
    require(rising, f"r: multiples of {STEP:g} m, each greater than the last, are needed")
    refuse(
        [f"{name} = {h}" for name, h in bandwidths.items() if not h >= 4 * STEP], "bandwidths: ", f"; at least {4 * STEP:g} m are needed"
    )
    enough = 0 < level < 1 and (simulations + 1) * (1 - level) >= 1 - 1e-9
    require(enough, f"simulations: {simulations} are too few for level {level:g} (between 0 and 1)")
    sizes = named.value_counts()
    sizes = sizes[sizes >= max(fewest, 2)].sort_index()
    require(len(sizes), f"industry: none has {fewest} plants")
    measured = _measure(xy, radii, bandwidths, same_place)
    seed = int(generator(rng).integers(2**63))
    names = ["M", *bandwidths]
    nulls = in_threads(partial(_null, measured, len(xy), simulations, seed), [(int(n),) for n in sorted(set(sizes))])
    null = dict(zip(sorted(set(sizes)), nulls, strict=True))
    rows, curves = [], []
    for name, n in sizes.items():
        (observed,) = measured(np.flatnonzero((named == name).to_numpy())[None])
        for at, measure in enumerate(names):
            low, high, p = global_band(observed[at], null[n][:, at], level)
            rows.append((measure, name, int(n), p))
            table = {"observed": observed[at], "expected": null[n][:, at].mean(axis=0), "low": low, "high": high}
            curves.append(pd.DataFrame({"measure": measure, "industry": name, "r": radii} | table))
    drawn = pd.concat(curves, ignore_index=True)
    return Localisation(
        _judged(pd.DataFrame(rows, columns=["measure", "industry", "plants", "p"]), drawn, level), drawn, simulations, level
    )


def _judged(tests: pd.DataFrame, curves: pd.DataFrame, level: float) -> pd.DataFrame:
    by_measure = tests.groupby("measure", sort=False)["p"]
    tests = tests.assign(p_fdr=by_measure.transform(benjamini_hochberg), p_holm=by_measure.transform(holm))
    keys = ["measure", "industry"]
    above, below = (
        curves[curves["observed"] > curves["high"]].groupby(keys)["r"],
        curves[curves["observed"] < curves["low"]].groupby(keys)["r"],
    )
    spans = [part.agg(["min", "max"]).reindex(pd.MultiIndex.from_frame(tests[keys])).to_numpy(float) for part in (above, below)]
    told = (tests["p_fdr"] <= 1 - level + 1e-12).to_numpy()
    up, down = (told & ~np.isnan(span[:, 0]) for span in spans)
    verdict = np.select([up, down], ["localised", "dispersed"], "like chance")
    span = np.where(up[:, None], spans[0], np.where(down[:, None], spans[1], np.nan))
    return tests.assign(verdict=verdict, first=span[:, 0], last=span[:, 1])


_Measure = Callable[[Ints], Floats]


def _measure(xy: Floats, radii: Floats, bandwidths: Mapping[str, float], same_place: bool) -> _Measure:
    """The curves of sets of plants given by position, shape (sets, measures, r)."""
    places, at = np.unique(xy, axis=0, return_inverse=True)
    at, many = at.ravel(), np.bincount(at.ravel()).astype(float)
    beyond = int((radii[-1] + REACH * max(bandwidths.values(), default=0)) / STEP) + 2  # farther than that adds nothing
    steps, ends, first = _steps(places, beyond), (radii / STEP).astype(np.int64), 0 if same_place else 1
    ring = np.searchsorted(ends, np.arange(beyond + 1))  # the first r that a distance lies within
    away = np.where(np.arange(len(ring)) < first, len(ends), ring)  # or none
    rows = [np.bincount(away[row], many, len(ends) + 1)[:-1].cumsum() for row in steps]
    around = np.array(rows)[at] - same_place  # all plants within each r of a plant, itself left out
    middle = np.maximum(np.arange(len(ring)) - 0.5, 0) * STEP
    kernels = [_kernel(radii, middle, h) for h in bandwidths.values()]

    def measured(sets: Ints) -> Floats:
        found, pairs = _near(at[sets], around[sets], steps, ring, first)
        known = (around[sets] > 0).sum(axis=1)
        expected = known * (sets.shape[1] - 1) / (len(xy) - 1)
        m = np.divide(found, expected, out=np.full(found.shape, np.nan), where=expected > 0)
        density = pairs / np.maximum(pairs.sum(axis=1, keepdims=True), 1)
        return np.stack([m, *(density @ kernel.T for kernel in kernels)], axis=1)

    return measured


@compiled
def _near(at: Ints, around: Floats, steps: NDArray[np.uint16], ring: Ints, first: int) -> tuple[Floats, Floats]:
    """For each set of plants: the sum over plants of own neighbours within r over all neighbours, and pairs by distance."""
    sets, n, radii = around.shape
    shares, pairs = np.zeros((sets, radii)), np.zeros((sets, len(ring)))
    for s in range(sets):
        own = np.zeros((n, radii + 1))
        for i in range(n):
            for j in range(i):
                step = steps[at[s, i], at[s, j]]
                if step >= first:
                    pairs[s, step] += 1
                    own[i, ring[step]] += 1
                    own[j, ring[step]] += 1
        for i in range(n):
            near = 0.0
            for k in range(radii):
                near += own[i, k]
                if around[s, i, k] > 0:
                    shares[s, k] += near / around[s, i, k]
    return shares, pairs


def _null(measured: _Measure, plants: int, simulations: int, seed: int, n: int) -> Floats:
    """The curves of as many plants drawn from all places."""
    rng = np.random.default_rng([seed, n])
    return measured(np.array([rng.choice(plants, n, replace=False, shuffle=False) for _ in range(simulations)]))


def _steps(places: Floats, beyond: int) -> NDArray[np.uint16]:
    """Distances of all places in whole steps, rounded up, so that those at just r are within r."""
    blocks = (np.hypot(*(places[i : i + BLOCK, None] - places).transpose(2, 0, 1)) for i in range(0, len(places), BLOCK))
    return np.concatenate([np.ceil(block / STEP - 1e-9).clip(0, beyond).astype(np.uint16) for block in blocks])


def _kernel(radii: Floats, middle: Floats, h: float) -> Floats:
    """What a pair at each distance adds to the density at each r, reflected at 0; per kilometre."""
    bell = np.exp(-0.5 * ((radii[:, None] - middle) / h) ** 2) + np.exp(-0.5 * ((radii[:, None] + middle) / h) ** 2)
    return np.asarray(1000 * bell / (h * np.sqrt(2 * np.pi)))


def scattered(points: pd.DataFrame, area: pd.Series, rng: np.random.Generator | int = 0) -> pd.DataFrame:
    """Points moved anywhere within a circle as large as their commune: what is not known of the places of plants.

    Parameters
    ----------
    points : DataFrame with x and y, by plant
        Metres.
    area : Series by plant
        Of its commune, square metres.
    rng : Generator or int

    Returns
    -------
    DataFrame
        x and y, indexed as ``points``.
    """
    source = generator(rng)
    away = np.sqrt(area.reindex(points.index) / np.pi * source.random(len(points)))
    angle = 2 * np.pi * source.random(len(points))
    return pd.DataFrame({"x": points["x"] + away * np.cos(angle), "y": points["y"] + away * np.sin(angle)}, points.index)
