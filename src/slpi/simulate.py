"""A territory of firms made by a model that is written down: sites, sizes, sectors, groups, bodies, ties of production, equity, funders.

What is found in such a territory is known to be there, or known not to be: that is what it is for. Ties follow laws (`TieLaw`) in which
every coefficient is a logarithm of odds, so that a law says what a study would have to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from slpi.labelled import Bools, Floats, Ints, generator, refuse, require

BLOCK = 4_000_000  # pairs of firms that are held at a time
CALIBRATED_ON = 400_000  # pairs on which the constant of a law is found
CENTRE = (650_000.0, 6_390_000.0)  # of sites that are drawn: metres of Lambert-93, inland
SECTORS = {"25.62B": 0.34, "25.50A": 0.1, "25.73A": 0.14, "28.41Z": 0.12, "30.30Z": 0.12, "22.29A": 0.08, "71.12B": 0.1}
BODIES = {"cluster": [0.5], "board": [0.06, 0.06, 0.06], "association": [0.15, 0.1], "charter": [0.15], "training": [0.12]}
FORMS = {"SAS": 0.5, "SARL": 0.38, "SA": 0.08, "SCOP": 0.04}
TIES = ("source", "target", "layer", "kind", "weight", "directed", "date_from", "date_to")
PRODUCTIVE = {"ties": 450, "near": 3.0, "decay_km": 15.0, "size": 0.5, "sector": 0.8, "group": 1.5, "body": 0.4}
EQUITY = {"ties": 40, "near": 1.5, "decay_km": 30.0, "size": 0.3, "group": 2.0, "odds": 1.0}
FUNDERS = {"ties": 60, "near": 1.0, "decay_km": 60.0, "size": 0.3, "odds": 1.0}


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
    body_shares: Sequence[float] = tuple(chain.from_iterable(BODIES.values())),
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


def draw_funders(firms: Firms, law: TieLaw, funders: int, productive: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Who is funded by whom: the firm and the funder of ``law.ties`` two-mode ties.

    Each funder starts with a firm and goes on, each next firm in proportion to the odds of the law: nearness to the firms funded before
    (the nearest counts), size, and its odds ratio if the firm has a productive tie to one of them. How many firms a funder has is chance.
    """
    require(funders > 0 or not law.ties, f"{law.ties} ties to no funder")
    require(law.ties <= funders * firms.n, f"{law.ties} ties of {funders} funders to {firms.n} firms")
    numbers = np.minimum(np.bincount(random.integers(0, max(1, funders), law.ties), minlength=funders), firms.n)
    rows, columns = pair_ends(productive)
    starts, ends = np.concatenate([rows, columns]), np.concatenate([columns, rows])
    found: list[tuple[int, int]] = []
    for funder, number in enumerate(numbers):
        tied, nearest, free = np.zeros(firms.n, bool), np.full(firms.n, np.inf), np.ones(firms.n, bool)
        for _ in range(number):
            closeness = np.exp(-nearest / (1000 * law.decay_km)) if np.isfinite(nearest[0]) else 0.0
            key = law.near * closeness + law.size * firms.size + np.log(law.odds) * tied + random.gumbel(size=firms.n)
            firm = int(np.where(free, key, -np.inf).argmax())
            found.append((firm, funder))
            free[firm] = False
            tied[ends[starts == firm]] = True
            nearest = np.minimum(nearest, np.hypot(*(firms.xy - firms.xy[firm]).T))
    return tuple(np.array(found, dtype=np.int64).reshape(-1, 2).T)  # type: ignore[return-value]


def simulate(
    *,
    firms: int = 150,
    seed: int = 0,
    sites: Sequence[Mapping[str, Any]] = (),
    n_sites: int = 8,
    extent_km: float = 80.0,
    spread_km: float = 3.0,
    jobs_median: float = 18.0,
    jobs_sigma: float = 1.2,
    sectors: Mapping[str, float] = SECTORS,
    legal_forms: Mapping[str, float] = FORMS,
    in_groups: float = 0.2,
    group_size: float = 3.0,
    bodies: Mapping[str, Sequence[float]] = BODIES,
    productive: Mapping[str, float] = PRODUCTIVE,
    equity: Mapping[str, float] = EQUITY,
    funders: int = 12,
    funding: Mapping[str, float] = FUNDERS,
    waves: Sequence[float] = (),
    later: float = 0.5,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The firms, ties and memberships of a territory that does not exist.

    Parameters
    ----------
    firms, seed : int
        The same seed makes the same territory.
    sites : sequence of mappings, optional
        name, x, y (metres, Lambert-93), weight, spread_km of each place where firms lie. Drawn, if not given: ``n_sites`` within a square
        of ``extent_km``.
    spread_km : float
        How far firms scatter around a site (standard deviation on each axis).
    jobs_median, jobs_sigma : float
        Of the lognormal number of jobs.
    sectors, legal_forms : mapping
        NAF code and legal form to their shares. A SCOP belongs to the social and solidarity economy.
    in_groups, group_size : float
        Share of the firms that belong to a group, and how many firms a group has.
    bodies : mapping
        Kind of body to the share of firms in each body of that kind.
    productive, equity, funding : mapping
        The fields of `TieLaw`. Productive ties are independent given the firms; of equity ties, and of firms funded (kind ``funder``),
        there are exactly as many as said.
    funders : int
    waves : sequence of three years, optional
        Begin, parting, end: ties begin between the first two, a share ``later`` of equity and a fifth of production between the last two.
        Later equity ties have the odds ratio on the earlier productive ties. Blank dates, if not given.
    later : float

    Returns
    -------
    firms, ties, memberships : DataFrame
        As ``slpi.territory.Territory`` has them.

    Raises
    ------
    ValueError
        If a share is outside 0-1, a law has an unknown or impossible coefficient, or there are more ties than pairs; names them all.

    Examples
    --------
    >>> firms, ties, memberships = simulate(firms=60, seed=1, productive=PRODUCTIVE | {"ties": 120})
    >>> len(firms), int((ties["kind"] == "equity").sum()), sorted(memberships["kind"].unique())
    (60, 40, ['association', 'board', 'charter', 'cluster', 'funder', 'training'])
    """
    laws = _laws(productive=productive, equity=equity, funding=funding)
    kinds = [kind for kind, shares in bodies.items() for _ in shares]
    body_shares = [*chain.from_iterable(bodies.values())]
    _require_shares({"in_groups": [in_groups], "later": [later], "sectors": [*sectors.values()], "bodies": body_shares})
    require(firms >= 3, f"firms = {firms}; at least three are needed")
    require(len(waves) in (0, 3) and list(waves) == sorted(waves), f"waves = {list(waves)}; three years in order are needed, or none")
    random = generator(seed)
    drawn = draw_firms(
        firms,
        random,
        sites=sites,
        n_sites=n_sites,
        extent_km=extent_km,
        spread_km=spread_km,
        n_sectors=len(sectors),
        sector_shares=[*sectors.values()],
        in_groups=in_groups,
        group_size=group_size,
        body_shares=body_shares,
    )
    produced = draw_ties(drawn, laws["productive"], random)
    early = np.ones(len(produced), bool) if not len(waves) else random.random(len(produced)) >= 0.2
    held = choose_ties(drawn, laws["equity"], produced[early], random)
    funded, funder = draw_funders(drawn, laws["funding"], funders, produced[early], random)
    labels = pd.Index([f"F{i + 1:0{len(str(firms))}}" for i in range(firms)], name="firm_id")
    frame = _firm_frame(drawn, labels, random, jobs_median, jobs_sigma, sectors, legal_forms, sites)
    ties = pd.concat([_productive_frame(drawn, produced, labels, random), _equity_frame(drawn, held, labels, random)], ignore_index=True)
    if len(waves):
        late = np.concatenate([~early, random.random(len(held)) < later])
        begin = np.where(late, random.uniform(waves[1], waves[2], len(ties)), random.uniform(waves[0], waves[1], len(ties)))
        ties["date_from"] = np.round(begin, 2)
    return frame, ties[[*TIES]], _membership_frame(drawn, kinds, labels, funded, funder)


def _laws(**written: Mapping[str, float]) -> dict[str, TieLaw]:
    known = {one.name for one in fields(TieLaw)}
    faults = [f"{name}.{key}" for name, law in written.items() for key in law if key not in known]
    faults += [f"{name}.ties is missing" for name, law in written.items() if "ties" not in law]
    refuse(faults, "simulate: no coefficient ", f"; a law has {', '.join(sorted(known))}")
    return {name: TieLaw(**law) for name, law in written.items()}  # type: ignore[arg-type]


def _require_shares(shares: Mapping[str, Sequence[float]]) -> None:
    refuse(
        [f"{name} {share!r}" for name, some in shares.items() for share in some if not 0 <= share <= 1], "simulate: a share outside 0–1: "
    )


def _firm_frame(
    drawn: Firms,
    labels: pd.Index,
    random: np.random.Generator,
    jobs_median: float,
    jobs_sigma: float,
    sectors: Mapping[str, float],
    legal_forms: Mapping[str, float],
    sites: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    share = np.array([*legal_forms.values()], dtype=float)
    form = np.array([*legal_forms])[random.choice(len(share), drawn.n, p=share / share.sum())]
    frame = pd.DataFrame({"name": "simulated firm " + labels.str[1:], "role": "firm"}, index=labels)
    frame["x"], frame["y"] = drawn.xy.round(0).T
    frame["naf"], frame["legal_form"], frame["ess"] = np.array([*sectors])[drawn.sector], form, form == "SCOP"
    frame["jobs"] = np.maximum(1, np.round(jobs_median * np.exp(jobs_sigma * drawn.size)))
    frame["group_id"] = pd.Series([f"G{code + 1}" if code >= 0 else None for code in drawn.group], labels, dtype=object)
    return frame


def _productive_frame(drawn: Firms, index: Ints, labels: pd.Index, random: np.random.Generator) -> pd.DataFrame:
    """Two ties in three are supply, from the smaller firm to the larger; the others are joint contracting, which goes both ways."""
    rows, columns = pair_ends(index)
    upward = drawn.size[rows] < drawn.size[columns]
    supply = random.random(len(index)) < 2 / 3
    frame = pd.DataFrame({"source": labels[np.where(upward, rows, columns)], "target": labels[np.where(upward, columns, rows)]})
    frame["layer"], frame["kind"] = "productive", np.where(supply, "supply", "joint_contracting")
    frame["weight"], frame["directed"] = np.maximum(1, np.round(40 * np.exp(random.normal(size=len(index))))), supply
    return frame.assign(date_from=np.nan, date_to=np.nan)


def _equity_frame(drawn: Firms, index: Ints, labels: pd.Index, random: np.random.Generator) -> pd.DataFrame:
    """The larger firm holds a share of the smaller; no firm is held for more than nine tenths."""
    rows, columns = pair_ends(index)
    upward = drawn.size[rows] > drawn.size[columns]
    holder, owned = np.where(upward, rows, columns), np.where(upward, columns, rows)
    share = np.round(random.uniform(0.05, 0.6, len(index)) / np.maximum(1, 0.75 * np.bincount(owned, minlength=drawn.n)[owned]), 3)
    frame = pd.DataFrame({"source": labels[holder], "target": labels[owned], "layer": "financial", "kind": "equity", "weight": share})
    return frame.assign(directed=True, date_from=np.nan, date_to=np.nan)


def _membership_frame(drawn: Firms, kinds: Sequence[str], labels: pd.Index, funded: Ints, funder: Ints) -> pd.DataFrame:
    member, body = np.nonzero(drawn.bodies)
    names = np.array([f"{kind} {i + 1}" for i, kind in enumerate(kinds)], dtype=object)
    rows = pd.DataFrame({"firm_id": labels[member], "body_id": names[body], "kind": np.array(kinds, dtype=object)[body]})
    given = pd.DataFrame({"firm_id": labels[funded], "body_id": "funder " + pd.Series(funder + 1).astype(str), "kind": "funder"})
    return pd.concat([rows, given], ignore_index=True)


def assumptions(folder: Path | str) -> pd.DataFrame:
    """What the model of a territory takes from a text and what it assumes: ``assumptions.csv`` of its folder, or an empty table.

    Parameters
    ----------
    folder : path
        Of the territory.

    Returns
    -------
    DataFrame
        what, value, status (documented, assumed), document_id, locator.

    Raises
    ------
    ValueError
        If a row has another status, or is documented without a document and a locator.
    """
    columns = ["what", "value", "status", "document_id", "locator"]
    path = Path(folder) / "assumptions.csv"
    if not path.exists():
        return pd.DataFrame(columns=columns)
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    refuse([column for column in columns if column not in rows], f"{path.name}: no column ")
    numbered = [(number, row) for number, row in enumerate(rows.to_dict("records"), 2)]
    faults = [f"row {n}: status = {row['status']!r}" for n, row in numbered if row["status"] not in ("documented", "assumed")]
    faults += [
        f"row {n}: no document or locator"
        for n, row in numbered
        if row["status"] == "documented" and not (row["document_id"] and row["locator"])
    ]
    refuse(faults, f"{path.name}: ", "; status is documented (with document_id and locator) or assumed")
    return rows[columns]
