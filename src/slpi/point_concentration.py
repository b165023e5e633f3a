"""Concentration of establishments in continuous space: how near each other those of an industry stand, whatever the borders of areas."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import Any, Literal

import numpy as np
import pandas as pd

from slpi.compiled import compiled, in_threads
from slpi.inference import drawn_permutations, global_band
from slpi.labelled import Bools, Floats, Ints, listed, planar, refuse, require, require_finite, require_unique

BINS = 1 << 16  # of a histogram of distances: as many as stay in the processor's second cache
FRACTION = 14  # bits of the place of a distance in its bin: with the bin's own number they fit in 32
PAIR = np.int64(1 << 38)  # one pair in a packed bin; the bits below hold the sum of the places of 2 ** 24 pairs
FINE = 256  # bins a bandwidth: a kernel then errs by less than a millionth of its height
REACH = 7.0  # bandwidths after which a Gaussian kernel is 2e-11 of its height
CELLS = 4096  # of the table that tells a squared distance its place in r


@dataclass(frozen=True)
class Envelope:
    """A measure beside what it would be if chance alone had placed the cases.

    Attributes
    ----------
    table : DataFrame by r
        Columns ``observed``, ``expected`` (mean of the simulations), ``low`` and ``high``; NaN at an r where the measure of a simulation
        is not defined. For ``k_density`` the observed bandwidth is in ``table.attrs``.
    p : float
        Of the whole curve, two-sided, by extreme rank length, whichever band is drawn: a pointwise band has no p of its own.
    null, band : str
    level : float
    simulations : int
    """

    table: pd.DataFrame
    p: float
    null: str
    band: str
    level: float
    simulations: int


# Who is marked (a column for the cases, for M one for the neighbours), what all weigh, and the measure: of these, or of others given.
_Prepared = tuple[Bools, Floats, Callable[..., pd.DataFrame]]


def k_density(points: Any, cases: Any, *, bandwidth: float | Literal["nrd0"] = "nrd0", weights: Any = None, r: Any = None) -> pd.DataFrame:
    """Density of the distances between the establishments of an industry (Duranton and Overman's K-density).

    Parameters
    ----------
    points : GeoSeries, GeoDataFrame, DataFrame with x and y, or array of shape (n, 2)
        All establishments, projected, in metres.
    cases : Series of bool by point, array of n bool, or list of labels
        The establishments of the industry, at least two.
    bandwidth : float or "nrd0"
        Of the Gaussian kernel, in metres; "nrd0" is Silverman's rule of thumb.
    weights : Series by point or array of n, optional
        Non-negative, as jobs: a pair then counts by the product of its weights (their K-employment).
    r : sequence of float, optional
        Distances in metres, increasing. By default 257 from 0 to the median distance between all points (between 10,000 of them evenly
        spaced from west to east, where there are more).

    Returns
    -------
    DataFrame by r
        Column ``observed``, per metre; it integrates to one over all distances. ``attrs["bandwidth"]`` is in metres.

    Raises
    ------
    ValueError
        If coordinates are degrees; a case or weight has no point; there are fewer than two cases (with a weight); a weight is negative,
        missing or infinite; r is negative or not increasing; all distances are equal, which leaves no bandwidth; or the bandwidth is
        less than about r / 250,000.

    Notes
    -----
    With the distance :math:`d_{ij}`, the bandwidth h and the Gaussian density :math:`\\varphi`,

    .. math:: K(r) = \\frac{\\sum_{i<j} w_i w_j\\,[\\varphi((r - d_{ij})/h) + \\varphi((r + d_{ij})/h)]}{h \\sum_{i<j} w_i w_j}

    The second term reflects at 0 what the kernel puts below it. Silverman's rule is 0.9 min(s, IQR / 1.34) N^(-1/5) over the N distances
    of all pairs of cases, unweighted, and s where IQR is 0 (or less than a millionth of s). At any number of cases all N distances count, s
    to 1e-6 and quartiles to a billionth of the longest distance; dbmss leaves out those beyond twice the largest r, and with 10,000
    points or more takes the steps of a grid for them. Distances are summed in bins of at most h/256 by their number and mean, which
    leaves the curve within 1e-6 of its peak from the sum over pairs.

    References
    ----------
    Duranton, G. & Overman, H. G. (2005). Testing for localization using micro-geographic data. *Review of Economic Studies*, 72,
    1077–1106. Silverman, B. W. (1986). *Density Estimation for Statistics and Data Analysis*, eq. 3.31 and section 2.10.

    Examples
    --------
    >>> points = pd.DataFrame({"x": [0, 300, 0, 900.0], "y": [0, 400, 500, 0.0]}, index=["f1", "f2", "f3", "f4"])
    >>> k_density(points, ["f1", "f2"], bandwidth=100, r=[0, 500])["observed"].round(6).tolist()
    [0.0, 0.003989]
    """
    return _prepare_k(points, cases, bandwidth=bandwidth, weights=weights, r=r)[2]()


def m_function(points: Any, cases: Any, *, r: Any, neighbours: Any = None, weights: Any = None) -> pd.DataFrame:
    """Share of an industry around its establishments, relative to its share of all (Marcon and Puech's M).

    Parameters
    ----------
    points : GeoSeries, GeoDataFrame, DataFrame with x and y, or array of shape (n, 2)
        All establishments, projected, in metres.
    cases : Series of bool by point, array of n bool, or list of labels
        The establishments around which is looked, at least two.
    r : sequence of float
        Distances in metres, increasing; a neighbour at just that distance counts.
    neighbours : as cases, optional
        The establishments that are looked for; the cases themselves if not given.
    weights : Series by point or array of n, optional
        Non-negative, as jobs; 1 each if not given.

    Returns
    -------
    DataFrame by r
        ``observed``: 1 where the industry is as frequent around its own as everywhere, 2 where it is twice so; NaN where no case has a
        point within r. ``with_neighbours``: how many cases have any point (with a weight) within r; the others are left out.

    Raises
    ------
    ValueError
        If coordinates are degrees; a case, neighbour or weight has no point; there are fewer than two cases or no neighbours; a weight is
        negative, missing or infinite; fewer than two points or no neighbours have any; or r is negative or not increasing.

    Notes
    -----
    With :math:`n_i(r)` the weight of the neighbours and :math:`a_i(r)` that of all points within r of the case i, itself left out,

    .. math:: M(r) = \\frac{\\sum_i n_i(r) / a_i(r)}{\\sum_i (W_n - w_i 1_{i \\in n}) / (W - w_i)}

    Both sums run over the cases with :math:`a_i(r) > 0`, as in dbmss.

    References
    ----------
    Marcon, E. & Puech, F. (2010). Measures of the geographic concentration of industries: improving distance-based methods. *Journal of
    Economic Geography*, 10, 745–762. Marcon, E., Traissac, S., Puech, F. & Lang, G. (2015). Tools to characterize point patterns: dbmss for
    R. *Journal of Statistical Software*, 67(3).

    Examples
    --------
    >>> points = pd.DataFrame({"x": [0, 100, 500, 600.0], "y": [0, 0, 500, 500.0]}, index=["f1", "f2", "f3", "f4"])
    >>> m_function(points, ["f1", "f2"], r=[100, 1000])["observed"].tolist()
    [3.0, 1.0]
    """
    return _prepare_m(points, cases, r=r, neighbours=neighbours, weights=weights)[2]()


def envelope(
    measure: Callable[..., pd.DataFrame],
    points: Any,
    cases: Any,
    *,
    null: Literal["location", "label"] = "location",
    simulations: int = 999,
    rng: np.random.Generator | int = 0,
    band: Literal["global", "pointwise"] = "global",
    level: float = 0.95,
    **options: Any,
) -> Envelope:
    """Whether establishments of an industry stand nearer each other than chance would have it.

    Parameters
    ----------
    measure : k_density or m_function
    points, cases, **options
        As the measure takes them.
    null : "location" or "label"
        "location": establishments keep industry and weight together and are dealt anew to all places, so that an industry's plants, with
        their jobs, draw as many places without replacement (Duranton and Overman; RandomLocation of dbmss). "label": weights stay where
        they are and the industry alone is dealt anew (RandomLabeling). Without weights both are the same.
    simulations : int
    rng : Generator or int
    band : "global" or "pointwise"
        A curve of the null leaves the global band anywhere with probability 1 - level; the pointwise one, quantiles at each r, far more
        often.
    level : float
        Between 0 and 1.

    Returns
    -------
    Envelope
        The same for any number of threads.

    Raises
    ------
    ValueError
        As the measure; or if the measure, null or band is unknown, simulations are too few for the level, or all points are cases.

    References
    ----------
    Duranton & Overman (2005), section 3; Marcon & Puech (2010); for the global band Myllymäki et al. (2017), see
    ``slpi.inference.global_band``.

    Examples
    --------
    >>> points = np.random.default_rng(1).uniform(0, 1000, (60, 2))
    >>> near = envelope(m_function, points, points[:, 0] < 300, r=[100, 200], simulations=99)
    >>> near.p, bool((near.table["observed"] > near.table["high"]).all())
    (0.01, True)
    """
    prepare: Callable[..., _Prepared] = _prepare_k if measure is k_density else _prepare_m
    known = measure in (k_density, m_function) and null in ("location", "label") and band in ("global", "pointwise")
    choices = "one of k_density, m_function; location, label; global, pointwise"
    require(known, f"measure {measure!r}, null {null!r}, band {band!r}: {choices}")
    enough = 0 < level < 1 and (simulations + 1) * (1 - level) >= 1 - 1e-9
    require(enough, f"simulations: {simulations} are too few for level {level:g} (between 0 and 1); at least 1 / (1 - level) - 1")
    still = null == "label" or options.get("weights") is None
    marked, weighed, measured = prepare(points, cases, **options, still=still)
    require(not marked[:, 0].all(), "cases: all points are cases; a null draws their places among more points")
    table = measured()
    orders = drawn_permutations(np.zeros(len(marked), dtype=np.int64), simulations, rng, block=16)
    deals = ([(marked[order], weighed if still else weighed[order]) for order in draw()] for draw in orders)
    run = in_threads if marked[:, 0].sum() > 1000 else starmap  # threads of short work wait for each other
    curves = np.array([one["observed"] for deal in deals for one in run(measured, deal)])
    low, high, p = global_band(table["observed"].to_numpy(), curves, level)
    require(not np.isnan(p), "r: at no distance is the measure defined in every simulation; take larger ones")
    if band == "pointwise":
        low, high = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Envelope(table[["observed"]].assign(expected=curves.mean(axis=0), low=low, high=high), p, null, band, level, simulations)


def _by_point(values: Any, labels: pd.Index, name: str) -> Any:
    """A Series by its labels, anything else by position."""
    if isinstance(values, pd.Series):
        require_unique(values.index, name)
        others = labels.symmetric_difference(values.index, sort=False)
        refuse(others, f"{name}: not labels of points, or a point without: ", "; one value for each point is needed")
        values = values.reindex(labels)
    require(np.shape(values) == labels.shape, f"{name}: shape {np.shape(values)}; one value for each of {len(labels)} points is needed")
    return np.asarray(values)


def _mark(chosen: Any, labels: pd.Index, name: str, fewest: int) -> Bools:
    """True for the chosen points, by mask or by labels."""
    given = pd.Index(chosen if isinstance(chosen, pd.Series) else list(chosen))
    if given.dtype != bool:
        require_unique(given, name)
        chosen = pd.Series(True, given).reindex(labels.union(given, sort=False), fill_value=False)
    mark = _by_point(chosen, labels, name)
    require(mark.sum() >= fewest, f"{name}: {mark.sum()} of {len(labels)} points; at least {fewest} are needed")
    return np.asarray(mark)


def _read(points: Any, cases: Any, weights: Any) -> tuple[Floats, pd.Index, Bools, Floats]:
    """Places, labels, who is a case, and weights."""
    xy, labels = planar(points)
    weighed = np.ones(len(xy)) if weights is None else np.asarray(pd.to_numeric(_by_point(weights, labels, "weights"), "coerce"), float)
    require_finite(weighed[:, None], labels, ["weight"], "weights", lowest=0.0)
    return np.ascontiguousarray(xy), labels, _mark(cases, labels, "cases", 2), weighed


def _radii(r: Any) -> Floats:
    values = np.asarray(r, dtype=float)
    rising = values.ndim == 1 and len(values) > 0 and np.isfinite(values).all() and values[0] >= 0 and (np.diff(values) > 0).all()
    require(rising, f"r: {listed(values.ravel())}; finite distances in metres, not negative, each greater than the last, are needed")
    return values


def _prepare_m(points: Any, cases: Any, *, r: Any, neighbours: Any = None, weights: Any = None, still: bool = False) -> _Prepared:
    """M of any marks and weights; ``still``: the weights stay where they are, and what is near each point is summed but once."""
    xy, labels, around, weighed = _read(points, cases, weights)
    sought = around if neighbours is None else _mark(neighbours, labels, "neighbours", 1)
    both = np.column_stack([around, sought])
    weighty = (weighed > 0).sum() > 1 and weighed[sought].any()
    require(weighty, "weights: fewer than two points, or none of the neighbours, have a positive weight")
    everyone, radii = np.arange(len(xy)), _radii(r)
    once = _weight_near(xy, everyone, everyone, weighed, radii) if still else None

    def measured(marked: Bools = both, weights: Floats = weighed) -> pd.DataFrame:
        at, wanted = np.flatnonzero(marked[:, 0]), marked[:, 1]
        of_all = _weight_near(xy, at, everyone, weights, radii) if once is None else once[at]
        known = of_all > 0
        share = np.divide(_weight_near(xy, at, np.flatnonzero(wanted), weights, radii), of_all, out=np.zeros(of_all.shape), where=known)
        overall = (weights[wanted].sum() - weights[at] * wanted[at]) / (weights.sum() - weights[at])
        expected = (known * overall[:, None]).sum(axis=0)
        observed = np.divide(share.sum(axis=0), expected, out=np.full(len(radii), np.nan), where=expected > 0)
        return pd.DataFrame({"observed": observed, "with_neighbours": known.sum(axis=0)}, index=pd.Index(radii, name="r"))

    return both, weighed, measured


def _weight_near(xy: Floats, centres: Ints, members: Ints, weights: Floats, r: Floats) -> Floats:
    """Weight of the members, but for the centre itself, within each r of each centre; shape (centres, r)."""
    reach = r[-1] + 1e-9 * (1 + np.abs(xy).max())  # no pair at just the last r is lost to rounding
    bottom = xy[:, 1].min()
    height = max(reach / 8, np.ptp(xy[:, 1]) / CELLS) or 1.0
    strip = ((xy[members, 1] - bottom) / height).astype(np.int64)
    starts = np.cumsum(np.bincount(strip + 1))
    members = members[np.lexsort((xy[members, 0], strip))]
    shared = (xy, np.vstack([xy[members].T, weights[members]]).copy(), members, starts, r * r, (bottom, height, reach))
    tasks = [(block, *shared) for block in np.array_split(centres, _blocks(len(centres) * len(members)))]
    return np.cumsum(np.concatenate(in_threads(_near, tasks)), axis=1)


@compiled
def _near(centres: Ints, xy: Floats, of: Floats, members: Ints, starts: Ints, squares: Floats, strips: tuple[float, ...]) -> Floats:
    """Weight by r, not yet cumulated; the members' x, y and weight stand in strips from south to north, in each from west to east."""
    (x, y, weights), (bottom, height, reach) = of, strips
    found = np.zeros((len(centres), len(squares)))
    scale = CELLS / max(squares[-1], 1e-300)
    place = np.searchsorted(squares, (np.arange(CELLS + 1) - 1) / scale)  # of the cell before, so that rounding never skips an r
    for c in range(len(centres)):
        own_x, own_y = xy[centres[c]]
        lowest, highest = max(0.0, (own_y - reach - bottom) / height), min(len(starts) - 2.0, (own_y + reach - bottom) / height)
        for strip in range(int(lowest), int(highest) + 1):
            ends = np.searchsorted(x[starts[strip] : starts[strip + 1]], np.array([own_x - reach, own_x + reach])) + starts[strip]
            for j in range(ends[0], ends[1]):
                square = (x[j] - own_x) ** 2 + (y[j] - own_y) ** 2
                if square <= squares[-1] and (square > 0 or members[j] != centres[c]):
                    k = place[int(square * scale)]
                    while square > squares[k]:
                        k += 1
                    found[c, k] += weights[j]
    return found


def _prepare_k(points: Any, cases: Any, *, bandwidth: Any = "nrd0", weights: Any = None, r: Any = None, still: bool = False) -> _Prepared:
    """K-density of any marks and weights; ``still`` says nothing to it."""
    xy, _, around, weighed = _read(points, cases, weights)
    usable = bandwidth == "nrd0" if isinstance(bandwidth, str) else 0 < bandwidth < np.inf
    require(usable, f"bandwidth: {bandwidth!r}; 'nrd0' or a positive number of metres is needed")
    radii = np.linspace(0, _median(xy), 257) if r is None else _radii(r)

    def measured(marked: Bools = around[:, None], weights_now: Floats = weighed) -> pd.DataFrame:
        of_cases = xy[marked[:, 0]].T.copy()
        h, seen, scale = _nrd0(of_cases) if bandwidth == "nrd0" else (float(bandwidth), np.empty((2, 0)), 0.0)
        curve = _smoothed(of_cases, None if weights is None else weights_now[marked[:, 0]], radii, h, seen, scale)
        frame = pd.DataFrame({"observed": curve}, index=pd.Index(radii, name="r"))
        frame.attrs["bandwidth"] = h
        return frame

    return around[:, None], weighed, measured


def _median(xy: Floats) -> float:
    few = xy[np.lexsort(xy.T[::-1])][:: -(-len(xy) // 10_000)].T.copy()
    mass, at = _seen(few)[0]
    middle = np.searchsorted(np.cumsum(mass), [(mass.sum() - 1) // 2, mass.sum() // 2], side="right")
    require(middle[1] > 1, "r: half of the pairs of points stand in one place, which leaves no default; give distances in metres")
    return float(at[middle].mean())


def _seen(xy: Floats) -> tuple[Floats, float]:
    """The distances of all pairs in bins, the longest in the last, and the bins a metre."""
    span = np.hypot(*np.ptp(xy, axis=1))
    require(span > 0, "points: the cases, or all points, stand in one place, which leaves no distance to measure")
    scale = float(BINS / (span * (1 + 1e-9)))
    return _binned(xy, None, scale, 0), scale


def _nrd0(xy: Floats) -> tuple[float, Floats, float]:
    """Silverman's bandwidth of the distances of all pairs, and those in bins."""
    seen, scale = _seen(xy)
    pairs = seen[0].sum()
    mean = (seen[0] * seen[1]).sum() / pairs
    # The sum of squared distances is n² times the variance of the places.
    spread = np.sqrt(max(0.0, xy.shape[1] ** 2 * xy.var(axis=1).sum() - pairs * mean**2) / max(1, pairs - 1))
    equal = "bandwidth: the distances between the cases are all equal, which leaves no bandwidth; give one in metres"
    require(spread >= 1e-4 * mean, equal)
    # Quartiles as in R, between the two distances on either side of place (N - 1) / 4 and 3 (N - 1) / 4.
    place = (pairs - 1) * np.array([0.25, 0.75])
    rank = np.floor(place) + np.array([[0], [1]])
    coarse = np.searchsorted(np.cumsum(seen[0]), rank, side="right") - 1
    if (coarse[0, 1] - coarse[1, 0] - 1) / scale < 1.34 * spread:
        around, closer = np.empty(rank.shape), scale * BINS
        for offset in np.unique(coarse) * BINS:
            inside = _binned(xy, None, closer, offset)
            at = inside[1, np.searchsorted(np.cumsum(inside[0]), rank, side="right")]
            around = np.where(coarse * BINS == offset, at, around)
        low, high = around[0] + place % 1 * (around[1] - around[0])
        spread = (high - low) / 1.34 if 1e-6 * spread < (high - low) / 1.34 < spread else spread
    return float(0.9 * spread * pairs**-0.2), seen, scale


def _smoothed(xy: Floats, weights: Floats | None, r: Floats, h: float, seen: Floats, scale: float) -> Floats:
    """The density at r, from the histogram that was seen where it is fine enough, or a finer one."""
    w = np.ones(xy.shape[1]) if weights is None else weights
    require((w > 0).sum() > 1, "weights: fewer than two cases have a positive weight; leave out points without any")
    if weights is not None or scale * h < FINE:
        scale = FINE / h
        last = scale * min(r[-1] + REACH * h, np.hypot(*np.ptp(xy, axis=1)))
        narrow = f"bandwidth: {h:g} m is too narrow for r up to {r[-1]:g} m; give a wider one, or look less far"
        require(last <= 1000 * BINS, narrow)
        seen = np.hstack([_binned(xy, weights, scale, offset)[:, 1:-1] for offset in range(0, int(last) + 1, BINS)])
    mass, at = seen[:, (seen[0] > 0) & (seen[1] < r[-1] + REACH * h)]
    mass, at = np.concatenate([mass[::-1], mass]), np.concatenate([-at[::-1], at]) / h
    near = np.searchsorted(at, [r / h - REACH, r / h + REACH])
    curve = [(np.exp(-0.5 * (one - at[low:high]) ** 2) * mass[low:high]).sum() for one, low, high in zip(r / h, *near, strict=True)]
    return np.asarray(np.array(curve) / (h * np.sqrt(2 * np.pi) * (w.sum() ** 2 - (w**2).sum()) / 2))


def _binned(xy: Floats, weights: Floats | None, scale: float, offset: int) -> Floats:
    """Distances of all pairs in bins: weight and mean distance (of none, nothing); the first and last bin hold what lies outside."""
    n = xy.shape[1]
    upto = np.cumsum(np.arange(n - 1, 0, -1))
    blocks = _blocks(upto[-1])
    ends = [0, *np.searchsorted(upto, upto[-1] * np.arange(1, blocks) / blocks), n - 1]
    tasks = [(*xy, weights is not None, np.ones(0) if weights is None else weights, *rows, scale, float(offset)) for rows in pairwise(ends)]
    mass, places = np.asarray(sum(in_threads(_distances, tasks)))
    inside = (places / np.maximum(mass, 1e-300) + 0.5) / (1 << FRACTION)
    return np.array([mass, (offset + np.arange(-1, BINS + 1) + inside) / scale])


def _blocks(pairs: int) -> int:
    """Tasks for so many pairs: never by the number of threads, so that a sum is the same for any."""
    return int(np.clip(pairs >> 22, 1, 8))


@compiled
def _distances(x: Floats, y: Floats, weighted: bool, w: Floats, first: int, last: int, scale: float, offset: float) -> Floats:
    found, packed, held = np.zeros((2, BINS + 2)), np.zeros(BINS + 2, dtype=np.int64), 0
    place = np.empty(len(x), dtype=np.int32)
    for i in range(first, last):
        own_x, own_y = x[i], y[i]
        for j in range(i + 1, len(x)):  # apart from the sums below, so that the processor takes several at once
            distance = np.sqrt((x[j] - own_x) ** 2 + (y[j] - own_y) ** 2)
            place[j] = np.int32(np.floor(min(max(distance * scale - offset, -1.0), BINS * 1.0) * (1 << FRACTION)))
        if weighted:
            for j in range(i + 1, len(x)):
                found[0, (place[j] >> FRACTION) + 1] += w[i] * w[j]
                found[1, (place[j] >> FRACTION) + 1] += w[i] * w[j] * (place[j] & (1 << FRACTION) - 1)
            continue
        for at in place[i + 1 :]:
            packed[(at >> FRACTION) + 1] += PAIR + (at & (1 << FRACTION) - 1)
        held += len(x)
        if held > (1 << 24) - len(x) or i == last - 1:
            found[0] += packed >> 38
            found[1] += packed & (PAIR - 1)
            packed[:] = held = 0
    return found
