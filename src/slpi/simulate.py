"""A territory of firms made by a model that is written down: sites, sizes, sectors, groups, bodies, ties of production, equity, funders.

What is found in such a territory is known to be there, or known not to be: that is what it is for. Ties follow laws (`TieLaw`) in which
every coefficient is a logarithm of odds, so that a law says what a study would have to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from slpi.labelled import Bools, Floats, Ints, generator, refuse, require

BLOCK = 4_000_000  # pairs of firms that are held at a time
CALIBRATED_ON = 400_000  # pairs on which the constant of a law is found
CENTRE = (650_000.0, 6_390_000.0)  # of sites that are drawn: metres of Lambert-93, inland
SECTORS = {"25.62B": 0.34, "25.50A": 0.1, "25.73A": 0.14, "28.41Z": 0.12, "30.30Z": 0.12, "22.29A": 0.08, "71.12B": 0.1}
BODIES = {"cluster": 0.5, "board": 0.08, "association": 0.2, "charter": 0.15, "training": 0.12}
FORMS = {"SAS": 0.5, "SARL": 0.38, "SA": 0.08, "SCOP": 0.04}
FIRM_COLUMNS = ("name", "role", "x", "y", "naf", "legal_form", "ess", "jobs", "group_id")
TIE_COLUMNS = ("source", "target", "layer", "kind", "weight", "directed", "date_from", "date_to")


@dataclass(frozen=True)
class TieLaw:
    """What draws two firms together, in logarithms of odds.

    Attributes
    ----------
    ties : int
        How many ties there are, or are to be expected.
    near : float
        What a firm next door adds; it fades with distance as exp(-d / decay_km).
    decay_km : float
    size : float
        What each of the two firms adds by a standard deviation of its logarithmic jobs.
    sector, group, body : float
        What a common industry, a common group, a common body adds.
    odds : float
        Equity and funders only: the odds ratio of the tie where there is a productive one. 1 is none.
    """

    ties: int
    near: float = 0.0
    decay_km: float = 20.0
    size: float = 0.0
    sector: float = 0.0
    group: float = 0.0
    body: float = 0.0
    odds: float = 1.0

    def __post_init__(self) -> None:
        faults = [f"{one.name} = {value!r}" for one in fields(self) if not np.isfinite(value := getattr(self, one.name))]
        faults += [f"{name} = {getattr(self, name)!r}" for name in ("decay_km", "odds") if not getattr(self, name) > 0]
        refuse(dict.fromkeys(faults), "a law of ties: ", "; numbers are needed, decay_km and odds above 0")
        require(self.ties >= 0 and self.ties == int(self.ties), f"a law of ties: ties = {self.ties!r}; a whole number is needed")


class Firms(NamedTuple):
    """Firms as arrays: metres, logarithmic jobs as scores, codes of sector and group (-1: none), firms × bodies."""

    xy: Floats
    size: Floats
    sector: Ints
    group: Ints
    bodies: Bools

    @property
    def n(self) -> int:
        return len(self.size)


@dataclass(frozen=True)
class Simulated:
    """The frames of a territory (see ``slpi.territory``), and the productive ties and equity ties as pairs, for who tests a test."""

    firms: pd.DataFrame
    ties: pd.DataFrame
    memberships: pd.DataFrame
    arrays: Firms = field(repr=False)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return iter((self.firms, self.ties, self.memberships))


def pairs(first: int, last: int) -> tuple[Ints, Ints]:
    """The pairs (i, j) with j < i of the rows from ``first`` to before ``last``, in the order of the lower triangle."""
    counts = np.arange(first, last)
    rows = np.repeat(counts, counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def pair_ends(index: Ints) -> tuple[Ints, Ints]:
    """The pair (i, j) at a place in the lower triangle.

    Examples
    --------
    >>> [ends.tolist() for ends in pair_ends(np.arange(4))]
    [[1, 2, 2, 3], [0, 0, 1, 0]]
    """
    rows = ((1 + np.sqrt(1 + 8 * index.astype(float))) // 2).astype(np.int64)
    rows -= rows * (rows - 1) // 2 > index
    rows += rows * (rows + 1) // 2 <= index
    return rows, index - rows * (rows - 1) // 2


def draw_firms(
    n: int,
    random: np.random.Generator,
    *,
    sites: Sequence[Mapping[str, Any]] = (),
    n_sites: int = 8,
    extent_km: float = 80.0,
    spread_km: float = 3.0,
    n_sectors: int = len(SECTORS),
    sector_shares: Sequence[float] = tuple(SECTORS.values()),
    in_groups: float = 0.2,
    group_size: float = 3.0,
    body_shares: Sequence[float] = tuple(BODIES.values()),
) -> Firms:
    """Firms on clustered sites, with sizes, sectors, groups and bodies that know nothing of one another."""
    if sites:
        centres = np.array([(site["x"], site["y"]) for site in sites], dtype=float)
        weight = np.array([site.get("weight", 1.0) for site in sites], dtype=float)
        spread = np.array([site.get("spread_km", spread_km) for site in sites], dtype=float)
    else:
        centres = np.array(CENTRE) + 1000 * extent_km * (random.random((n_sites, 2)) - 0.5)
        weight, spread = random.gamma(2.0, size=n_sites), np.full(n_sites, spread_km)
    at = random.choice(len(centres), n, p=weight / weight.sum())
    xy = centres[at] + 1000 * spread[at, None] * random.normal(size=(n, 2))
    share = np.asarray(sector_shares, dtype=float)
    group = np.full(n, -1)
    members = random.permutation(n)[: round(in_groups * n)]
    group[members] = np.arange(len(members)) // group_size
    bodies = random.random((n, len(body_shares))) < np.asarray(body_shares)
    return Firms(xy, random.normal(size=n), random.choice(n_sectors, n, p=share / share.sum()), group.astype(np.int64), bodies)


def attraction(firms: Firms, law: TieLaw, rows: Ints, columns: Ints) -> Floats:
    """What a law adds up to on pairs of firms, its constant apart."""
    found = np.zeros(len(rows))
    if law.near:
        x, y = firms.xy.T
        found += law.near * np.exp(-np.hypot(x[rows] - x[columns], y[rows] - y[columns]) / (1000 * law.decay_km))
    if law.size:
        found += law.size * (firms.size[rows] + firms.size[columns])
    if law.sector:
        found += law.sector * (firms.sector[rows] == firms.sector[columns])
    if law.group:
        found += law.group * ((firms.group[rows] == firms.group[columns]) & (firms.group[rows] >= 0))
    if law.body:
        held = firms.bodies @ (1 << np.arange(firms.bodies.shape[1]))
        found += law.body * ((held[rows] & held[columns]) > 0)
    return found


def _blocks(n: int) -> Iterator[tuple[int, int]]:
    first = 1
    while first < n:
        last = min(n, max(first + 1, int(np.sqrt(first**2 + 2 * BLOCK))))
        yield first, last
        first = last


def draw_ties(firms: Firms, law: TieLaw, random: np.random.Generator) -> Ints:
    """Ties that are independent given the firms, each by the logit of its law; places in the lower triangle.

    The constant is such that ``law.ties`` are expected (on a sample of pairs, where there are many).
    """
    n = firms.n
    total = n * (n - 1) // 2
    require(law.ties < total, f"{law.ties} ties among {n} firms, that have {total} pairs")
    rows, columns = pairs(1, n) if total <= CALIBRATED_ON else pair_ends(np.sort(random.integers(0, total, CALIBRATED_ON)))
    sample = attraction(firms, law, rows, columns)
    low, high = -60.0, 60.0
    for _ in range(60):
        constant = (low + high) / 2
        low, high = (constant, high) if (1 / (1 + np.exp(-sample - constant))).mean() * total < law.ties else (low, constant)
    found, start = [], 0
    for first, last in _blocks(n):
        rows, columns = pairs(first, last)
        chance = 1 / (1 + np.exp(-attraction(firms, law, rows, columns) - constant))
        found.append(start + np.flatnonzero(random.random(len(rows)) < chance))
        start += len(rows)
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def choose_ties(
    firms: Firms, law: TieLaw, productive: Ints, random: np.random.Generator, *, beside: Ints | None = None, apart: bool = False
) -> Ints:
    """Exactly ``law.ties`` ties, drawn one after another in proportion to the odds of their law, with its odds ratio on productive ties.

    ``beside`` are pairs that are taken already; ``apart`` leaves out pairs within a group.
    """
    best: list[tuple[Ints, Floats]] = []
    start = 0
    for first, last in _blocks(firms.n):
        rows, columns = pairs(first, last)
        key = attraction(firms, law, rows, columns) + random.gumbel(size=len(rows))
        inside = productive[(productive >= start) & (productive < start + len(rows))] - start
        key[inside] += np.log(law.odds)
        if beside is not None:
            key[beside[(beside >= start) & (beside < start + len(rows))] - start] = -np.inf
        if apart:
            key[(firms.group[rows] == firms.group[columns]) & (firms.group[rows] >= 0)] = -np.inf
        top = np.argpartition(-key, law.ties)[: law.ties] if law.ties < len(key) else np.arange(len(key))
        best.append((start + top, key[top]))
        start += len(rows)
    index, keys = (np.concatenate(part) for part in zip(*best, strict=True))
    allowed = np.isfinite(keys).sum()
    require(law.ties <= allowed, f"{law.ties} ties to be chosen among {allowed} pairs of firms")
    return np.sort(index[np.argsort(-keys, kind="stable")[: law.ties]])
