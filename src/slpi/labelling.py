"""Do areas that were labelled match areas that data detect? Overlap, and what contiguous sets drawn at random would give."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from slpi.compiled import compiled
from slpi.inference import extreme, p_value
from slpi.labelled import Bools, Floats, Ints, generator, refuse, require, require_unique

#: How many seeds a set tries with its strata kept before a neighbouring stratum may stand in, and how often a draw begins anew.
TRIES, RESTARTS = 60, 20


@dataclass(frozen=True)
class Overlap:
    """How far two choices among the same areas coincide.

    Attributes
    ----------
    areas, labelled, detected, both : float
        How many; with weights, how much they weigh.
    precision : float
        Part of the labelled that is detected, 0–1; NaN where nothing is labelled.
    recall : float
        Part of the detected that is labelled; NaN where nothing is detected.
    jaccard : float
        Both over either.
    """

    areas: float
    labelled: float
    detected: float
    both: float

    @property
    def precision(self) -> float:
        return _ratio(self.both, self.labelled)

    @property
    def recall(self) -> float:
        return _ratio(self.both, self.detected)

    @property
    def jaccard(self) -> float:
        return _ratio(self.both, self.labelled + self.detected - self.both)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def overlap(labelled: pd.Series, detected: pd.Series, *, weights: pd.Series | None = None) -> Overlap:
    """How far labelled and detected areas coincide: precision, recall, Jaccard.

    Parameters
    ----------
    labelled, detected : Series of bool, indexed by area
        The same areas, in any order.
    weights : Series, indexed by area, optional
        What an area counts (establishments, jobs); 1 each if not given.

    Returns
    -------
    Overlap

    Raises
    ------
    ValueError
        If areas differ or stand twice, a value is no yes or no, or a weight is missing, negative or infinite; names the first five.

    References
    ----------
    Jaccard, P. (1901). Étude comparative de la distribution florale dans une portion des Alpes et des Jura. *Bulletin de la Société
    vaudoise des sciences naturelles*, 37, 547–579.

    Examples
    --------
    >>> labelled = pd.Series([True, True, True, False], ["Thiers", "Oyonnax", "Nice", "Cluses"])
    >>> found = overlap(labelled, pd.Series([True, True, False, True], labelled.index))
    >>> round(found.precision, 2), round(found.recall, 2), found.jaccard
    (0.67, 0.67, 0.5)
    """
    a, b = _flags(labelled, labelled.index, "labelled"), _flags(detected, labelled.index, "detected")
    w = np.ones(len(a)) if weights is None else _on(weights, labelled.index, "weights").to_numpy(float, na_value=np.nan)
    refuse(labelled.index[~(np.isfinite(w) & (w >= 0))], "weights: missing, negative or infinite: ")
    return Overlap(float(w.sum()), float(w[a].sum()), float(w[b].sum()), float(w[a & b].sum()))


def touching(shapes: Any) -> pd.DataFrame:
    """Pairs of areas that share a border or a corner.

    Parameters
    ----------
    shapes : GeoDataFrame, indexed by area

    Returns
    -------
    DataFrame
        area, neighbour: each pair both ways.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import box
    >>> row = gpd.GeoDataFrame(index=["a", "b", "c"], geometry=[box(i, 0, i + 1, 1) for i in range(3)])
    >>> touching(row).to_numpy().tolist()
    [['a', 'b'], ['b', 'a'], ['b', 'c'], ['c', 'b']]
    """
    require_unique(shapes.index, "shapes")
    one, other = shapes.sindex.query(shapes.geometry, predicate="intersects", sort=True)
    apart = one != other
    return pd.DataFrame({"area": shapes.index[one[apart]], "neighbour": shapes.index[other[apart]]})


def zones(chosen: pd.Series, neighbours: pd.DataFrame) -> pd.Series:
    """The contiguous zones that chosen areas form.

    Parameters
    ----------
    chosen : Series of bool, indexed by area
    neighbours : DataFrame
        area, neighbour, as :func:`touching` returns them.

    Returns
    -------
    Series, indexed by the chosen areas
        Number of the zone, from 0; the largest first.

    Examples
    --------
    >>> pairs = pd.DataFrame({"area": ["a", "b"], "neighbour": ["b", "c"]})
    >>> zones(pd.Series([True, False, True], ["a", "b", "c"]), pairs).to_dict()
    {'a': 0, 'c': 1}
    """
    from scipy.sparse.csgraph import connected_components

    inside = np.flatnonzero(_flags(chosen, chosen.index, "chosen"))
    _, found = connected_components(_adjacency(neighbours, chosen.index)[inside][:, inside], directed=False)
    order = np.argsort(-np.bincount(found), kind="stable")
    return pd.Series(np.argsort(order)[found], chosen.index[inside], name="zone")


def pieces(sets: pd.Series, neighbours: pd.DataFrame) -> pd.Series:
    """In how many contiguous pieces each set of areas lies.

    Parameters
    ----------
    sets : Series, indexed by area
        The set that an area belongs to; missing where none.
    neighbours : DataFrame
        area, neighbour.

    Returns
    -------
    Series, indexed by set

    Examples
    --------
    >>> pairs = pd.DataFrame({"area": ["a", "b"], "neighbour": ["b", "c"]})
    >>> pieces(pd.Series(["x", "y", "x"], ["a", "b", "c"]), pairs).to_dict()
    {'x': 2, 'y': 1}
    """
    from scipy.sparse.csgraph import connected_components

    member, names = _members(sets)
    near = _adjacency(neighbours, sets.index)
    inside = [np.flatnonzero(member == s) for s in range(len(names))]
    return pd.Series([connected_components(near[own][:, own], directed=False)[0] for own in inside], names, name="pieces")


class Drawn(NamedTuple):
    """Sets drawn at random: ``sets`` draws × areas, the position of a set or -1; ``outside`` the share of areas of another stratum."""

    sets: Ints
    outside: float


def contiguous_sets(
    sets: pd.Series, neighbours: pd.DataFrame, *, strata: pd.Series | None = None, draws: int = 999, rng: np.random.Generator | int = 0
) -> Drawn:
    """Contiguous sets of areas, as many and as large as those given, each with as many areas of every stratum.

    Parameters
    ----------
    sets : Series, indexed by area
        The set that an area belongs to; missing where none.
    neighbours : DataFrame
        area, neighbour, as :func:`touching` returns them; one way is enough.
    strata : Series of whole numbers, indexed by area, optional
        Ordered classes, such as fifths of industrial size. If not given, all areas are of one.
    draws : int
    rng : Generator or int

    Returns
    -------
    Drawn
        Sets in the order of their first area.

    Raises
    ------
    ValueError
        If areas differ, stand twice or are unknown, there is no set, or sets find no room.

    Notes
    -----
    The sets are placed one after the other, the largest first, and never overlap. Each begins at a free area drawn from the highest stratum
    that it holds (its most industrial area is its seed), then goes on across a border drawn at random among those that lead to a free area
    of a stratum still wanted. Where it is hemmed in, it begins anew elsewhere; after ``TRIES`` failures the nearest stratum at hand may
    stand in, and ``outside`` counts how often. All such configurations are possible, but not equally likely: areas with many borders are
    reached more often, and sets placed late fit into what is left.

    Examples
    --------
    >>> pairs = pd.DataFrame({"area": list("abcde"), "neighbour": list("bcdef")})
    >>> drawn = contiguous_sets(pd.Series(["x", "x", None, None, None, None], list("abcdef")), pairs, draws=200)
    >>> sorted({"".join(np.array(list("abcdef"))[row >= 0]) for row in drawn.sets})
    ['ab', 'bc', 'cd', 'de', 'ef']
    """
    require(draws >= 1, f"draws: {draws}; at least 1 is needed")
    member, names = _members(sets)
    stratum = np.zeros(len(sets), dtype=np.int64)
    if strata is not None:
        stratum = np.unique(_on(strata, sets.index, "strata").to_numpy(), return_inverse=True)[1].astype(np.int64)
    wanted = np.zeros((len(names), stratum.max() + 1), dtype=np.int64)
    np.add.at(wanted, (member[member >= 0], stratum[member >= 0]), 1)
    order = np.argsort(-wanted.sum(axis=1), kind="stable").astype(np.int64)
    near, random = _adjacency(neighbours, sets.index), generator(rng)
    found, outside = np.empty((draws, len(sets)), dtype=np.int64), 0
    for row in found:
        for _ in range(RESTARTS):
            row[:] = -1
            moved = _grow(near.indptr.astype(np.int64), near.indices.astype(np.int64), stratum, wanted, order, TRIES, random, row)
            if moved >= 0:
                break
        else:
            raise ValueError(
                f"sets: {len(names)}, with {(member >= 0).sum()} of {len(sets)} areas, find no room side by side; give fewer or smaller"
            )
        outside += moved
    return Drawn(found, outside / (draws * int(wanted.sum())))


@compiled
def _grow(starts: Ints, ends: Ints, stratum: Ints, wanted: Ints, order: Ints, tries: int, random: np.random.Generator, taken: Ints) -> int:
    """Place every set in ``taken``; how many areas are of another stratum than asked for, or -1 where one finds no room."""
    moved = 0
    members = np.empty(len(stratum), dtype=np.int64)
    for s in order:
        placed = False
        for attempt in range(2 * tries):
            left = wanted[s].copy()
            total, size, outside = left.sum(), 0, 0
            while size < total:
                # One pass keeps one of the best candidates at random: free, and of the nearest stratum that is still wanted.
                best, count, choice, fills = len(left), 0, -1, -1
                highest = len(left) - 1
                while left[highest] == 0:
                    highest -= 1
                for m in range(max(size, 1)):
                    first, last = (starts[members[m]], starts[members[m] + 1]) if size > 0 else (0, len(stratum))
                    for at in range(first, last):
                        area = ends[at] if size > 0 else at
                        if taken[area] >= 0:
                            continue
                        gap, fill = len(left), -1
                        for c in range(highest if size == 0 else 0, highest + 1):
                            if left[c] > 0 and abs(c - stratum[area]) < gap:
                                gap, fill = abs(c - stratum[area]), c
                        if gap > 0 and attempt < tries:
                            continue
                        if gap < best:
                            best, count = gap, 0
                        if gap == best:
                            count += 1
                            if random.random() * count < 1:
                                choice, fills = area, fill
                if choice < 0:
                    break
                taken[choice] = s
                members[size] = choice
                left[fills] -= 1
                size += 1
                outside += best > 0
            if size == total:
                moved += outside
                placed = True
                break
            for m in range(size):
                taken[members[m]] = -1
        if not placed:
            return -1
    return moved


@dataclass(frozen=True)
class LabelTest:
    """Labelled sets of areas against detected areas, and against contiguous sets drawn at random.

    Attributes
    ----------
    overlap : Overlap
        Of areas. All draws label as many areas, so that one p serves precision, recall and Jaccard alike.
    expected, low, high : float
        Mean of ``both`` over the draws, and the middle 95 % of them.
    p, p_error : float
        Of an overlap as large or larger, and its Monte-Carlo standard error.
    excess : float
        (both - expected) / (the most that the two sizes allow - expected): 0 as the draws, 1 as close as can be.
    sets, touched : int
        Labelled sets, and those that hold a detected area.
    touched_expected, touched_p : float
    outside : float
        Share of drawn areas whose stratum is not the one asked for.
    draws : int
    null : ndarray, length draws
        ``both`` of each draw.
    """

    overlap: Overlap
    expected: float
    low: float
    high: float
    p: float
    p_error: float
    excess: float
    sets: int
    touched: int
    touched_expected: float
    touched_p: float
    outside: float
    draws: int
    null: Floats = field(repr=False)


def label_test(sets: pd.Series, detected: pd.Series, neighbours: pd.DataFrame, *, drawn: Drawn | None = None, **options: Any) -> LabelTest:
    """Do labelled sets of areas hold more detected areas than contiguous sets drawn at random?

    Parameters
    ----------
    sets : Series, indexed by area
        The labelled set that an area belongs to; missing where none.
    detected : Series of bool, indexed by area
    neighbours : DataFrame
        area, neighbour.
    drawn : Drawn, optional
        Of :func:`contiguous_sets` on the same sets, to be used for several detections; drawn here with ``options`` if not given.
    **options
        strata, draws, rng of :func:`contiguous_sets`.

    Returns
    -------
    LabelTest

    Raises
    ------
    ValueError
        As :func:`contiguous_sets`; and if ``detected`` is no yes or no, or ``drawn`` has other areas.

    Notes
    -----
    The draws keep how many sets there are, their sizes and (with strata) how many areas of each stratum each holds; they are contiguous
    even where the given sets are not (see :func:`pieces`). Free are their places among the detected areas, clustered as these are. A
    choice that looked at the same industry passes the test by that alone.

    Examples
    --------
    >>> pairs = pd.DataFrame({"area": list("abcde"), "neighbour": list("bcdef")})
    >>> sets = pd.Series(["x", "x", None, None, None, None], list("abcdef"))
    >>> found = label_test(sets, sets.notna(), pairs, draws=499)
    >>> found.overlap.both, found.excess, 0.1 < found.p < 0.3
    (2.0, 1.0, True)
    """
    member, names = _members(sets)
    flags = _flags(detected, sets.index, "detected")
    drawn = drawn or contiguous_sets(sets, neighbours, **options)
    require(drawn.sets.shape[1] == len(sets), f"drawn: of {drawn.sets.shape[1]} areas, {len(sets)} are given")
    found = overlap(sets.notna(), detected)
    null = ((drawn.sets >= 0) & flags).sum(axis=1).astype(float)
    draws = len(null)
    touched = [len(np.unique(row[flags & (row >= 0)])) for row in (member, *drawn.sets)]
    expected, most = float(null.mean()), min(found.labelled, found.detected)
    low, high = np.quantile(null, [0.025, 0.975])
    return LabelTest(
        found,
        expected,
        float(low),
        float(high),
        *p_value(extreme(found.both, null, "greater"), draws),
        (found.both - expected) / (most - expected) if most > expected else float("nan"),
        len(names),
        touched[0],
        float(np.mean(touched[1:])),
        p_value(extreme(touched[0], np.array(touched[1:], float), "greater"), draws)[0],
        drawn.outside,
        draws,
        null,
    )


def _on(values: pd.Series, areas: pd.Index, name: str) -> pd.Series:
    """The values in the order of the areas, which they must be of."""
    require_unique(values.index, name, "area")
    refuse(areas.symmetric_difference(values.index), f"{name}: areas of one table only: ")
    return values.reindex(areas)


def _flags(values: pd.Series, areas: pd.Index, name: str) -> Bools:
    values = _on(values, areas, name)
    require(values.dtype == bool, f"{name}: {values.dtype}; yes or no (bool) is needed for each area")
    flags: Bools = values.to_numpy()
    return flags


def _members(sets: pd.Series) -> tuple[Ints, pd.Index]:
    """The position of each area's set, -1 for none, and the sets in the order of their first area."""
    require_unique(sets.index, "sets", "area")
    codes, names = pd.factorize(sets)
    require(len(names), "sets: none of the areas belongs to one")
    return codes.astype(np.int64), pd.Index(names)


def _adjacency(neighbours: pd.DataFrame, areas: pd.Index) -> Any:
    from scipy.sparse import csr_array

    refuse([column for column in ("area", "neighbour") if column not in neighbours], "neighbours: no column ")
    start, end = (areas.get_indexer(neighbours[column]) for column in ("area", "neighbour"))
    unknown = (start < 0) | (end < 0)
    pairs = neighbours.loc[unknown, ["area", "neighbour"]].itertuples(index=False, name=None)
    refuse((f"{one}, {other}" for one, other in pairs), "neighbours: areas that are not given: ")
    near = csr_array((np.ones(len(start)), (start, end)), shape=(len(areas), len(areas)))
    near = near + near.T
    near.setdiag(0)
    near.eliminate_zeros()
    near.sort_indices()
    return near
