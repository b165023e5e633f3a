"""Do places that texts name for an activity stand out in it? Claims against where an industry is found, under two nulls."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from slpi.inference import extreme, p_value
from slpi.labelled import Bools, Floats, generator, refuse, require, require_unique

CLAIM = ["claim", "system", "industry", "areas"]


def register_claims(register: pd.DataFrame, *, alternates: bool = False) -> pd.DataFrame:
    """The claims of a register within industry, as `recovery` takes them.

    Parameters
    ----------
    register : DataFrame
        A row an activity of a system: register_id, system_id, naf, alternates and departements (several parted by ``;``), industry (yes,
        no).
    alternates : bool
        Whether the alternate codes of a row may speak for it too.

    Returns
    -------
    DataFrame
        claim (register_id), system, industry (a code; the primary one first), areas (a département). Rows outside industry are left out,
        and of two rows with one system and one primary code the second.

    Examples
    --------
    >>> row = {"register_id": "r1", "system_id": "thiers", "naf": "25.71Z", "alternates": "25.99A", "departements": "63; 42"}
    >>> register_claims(pd.DataFrame([{**row, "industry": "yes"}]), alternates=True).to_numpy().tolist()[:2]
    [['r1', 'thiers', '25.71Z', '63'], ['r1', 'thiers', '25.71Z', '42']]
    """
    kept = register[register["industry"] == "yes"].drop_duplicates(["system_id", "naf"])
    codes = kept["naf"] + (";" + kept["alternates"].fillna("") if alternates else "")
    claims = pd.DataFrame({"claim": kept["register_id"], "system": kept["system_id"], "industry": codes, "areas": kept["departements"]})
    for column in ("industry", "areas"):
        claims = claims.assign(**{column: claims[column].str.split(";")}).explode(column)
        claims[column] = claims[column].str.strip()
    return claims[claims["industry"] != ""].drop_duplicates().reset_index(drop=True)


@dataclass(frozen=True)
class Null:
    """What chance would give: its mean, the middle 95 % of its draws (``low``, ``high``), p and p's Monte-Carlo standard error."""

    expected: float
    low: float
    high: float
    p: float
    error: float


@dataclass(frozen=True)
class Recovery:
    """How high the claimed areas stand in the claimed industries.

    Attributes
    ----------
    claims : DataFrame, one row a claim
        system, industry (the one that was read: with alternates, the best), percentile, rank (1 the highest; the mean over areas), of (how
        many areas have the industry's measure), expected_permuted and expected_drawn (means of the percentile under each null).
    percentile : float
        Mean over claims, 0–1; one half is chance where every area is as likely as any other.
    permuted, drawn : Null
        Under exchange of areas between systems, and under areas drawn in proportion to where the industry is.
    draws : int
    """

    claims: pd.DataFrame = field(repr=False)
    percentile: float
    permuted: Null
    drawn: Null
    draws: int


def recovery(
    measure: pd.DataFrame, counts: pd.DataFrame, claims: pd.DataFrame, *, draws: int = 9999, rng: np.random.Generator | int = 0
) -> Recovery:
    """Test claims of the kind *this system, in these areas, stands out in this industry*.

    Parameters
    ----------
    measure : DataFrame, shape (areas, industries)
        What standing out is read from: shrunken location quotients. NaN where an area has none.
    counts : DataFrame, shape (areas, industries)
        Establishments, on the same labels: where the second null draws from.
    claims : DataFrame
        One row an area that a claim names, or an alternate industry in it: columns claim (label), system, industry, areas (label of one
        area). A claim with several areas has their mean percentile; with several industries, that of the best.
    draws : int
        Of each null.
    rng : Generator or int

    Returns
    -------
    Recovery

    Raises
    ------
    ValueError
        If a claim names an area or an industry that the measure lacks, or belongs to two systems; or the tables differ in labels.

    Notes
    -----
    The percentile of an area is its mid-rank among the areas of that industry, less a half, over their number. The first null exchanges
    the sets of areas between systems, so that what they have in common (being industrial, being in the South) cannot count; a system
    keeps its claims together. The second draws as many areas as the claim has, without replacement, in proportion to the establishments
    of its first industry: that an industry is where it is cannot count either. Where a claim has alternates the best is chosen anew in
    every draw: choosing the best of several codes alone lifts a percentile.

    Examples
    --------
    >>> measure = pd.DataFrame({"cutlery": [9.0, 1, 1, 0], "glass": [0.5, 4, 1, 0]}, index=["63", "76", "69", "75"])
    >>> claims = pd.DataFrame([("c1", "Thiers", "cutlery", "63"), ("c2", "Bresle", "glass", "76")], columns=CLAIM)
    >>> found = recovery(measure, measure * 10, claims, draws=999)
    >>> found.percentile, round(found.permuted.expected, 2)
    (0.875, 0.65)
    """
    _checked(measure, counts, claims, draws)
    heights, ranks = measure.rank().sub(0.5).div(measure.notna().sum()), measure.rank(ascending=False)
    drawing = _against(heights, counts, claims, draws, generator(rng))
    refuse([claim for claim, found in drawing.observed.items() if found.isna().all()], "claims: no area of these has a measure: ")
    rows = [
        (
            drawing.systems[claim],
            found.idxmax(),
            found.max(),
            ranks.loc[drawing.own[claim], found.idxmax()].mean(),
            measure[found.idxmax()].count(),
        )
        for claim, found in drawing.observed.items()
    ]
    index = pd.Index(drawing.observed, name="claim")
    table = pd.DataFrame(rows, index=index, columns=["system", "industry", "percentile", "rank", "of"])
    table = table.assign(expected_permuted=np.nanmean(drawing.permuted, axis=0), expected_drawn=np.nanmean(drawing.drawn, axis=0))
    mean = float(table["percentile"].mean())
    return Recovery(table, mean, _null(mean, drawing.permuted), _null(mean, drawing.drawn), draws)


@dataclass(frozen=True)
class Hits:
    """How many claims are met.

    Attributes
    ----------
    claims : Series of bool, indexed by claim
    share : float
        Of the claims.
    permuted, drawn : Null
        Of the share, under the nulls of :func:`recovery`.
    draws : int
    """

    claims: pd.Series = field(repr=False)
    share: float
    permuted: Null
    drawn: Null
    draws: int


def hits(met: pd.DataFrame, counts: pd.DataFrame, claims: pd.DataFrame, *, draws: int = 9999, rng: np.random.Generator | int = 0) -> Hits:
    """Count the claims of which at least one area, in one of the industries, meets a condition: is specialised, say.

    Parameters
    ----------
    met : DataFrame of bool, shape (areas, industries)
        Where the condition holds.
    counts, claims, draws, rng
        As in :func:`recovery`.

    Returns
    -------
    Hits

    Raises
    ------
    ValueError
        As in :func:`recovery`.

    Notes
    -----
    A claim with many areas is met more easily; both nulls give it as many.

    Examples
    --------
    >>> counts = pd.DataFrame({"cutlery": [9.0, 1, 1, 1], "glass": [1, 9, 1, 1]}, index=["63", "76", "69", "75"])
    >>> claims = pd.DataFrame([("c1", "Thiers", "cutlery", "63"), ("c2", "Bresle", "glass", "69")], columns=CLAIM)
    >>> hits(counts > 5, counts, claims, draws=99).share
    0.5
    """
    _checked(met, counts, claims, draws)
    drawing = _against(met.astype(float), counts, claims, draws, generator(rng))
    found = pd.Series({claim: bool((heights > 0).any()) for claim, heights in drawing.observed.items()}).rename_axis("claim")
    share = float(found.mean())
    return Hits(found, share, _null(share, drawing.permuted > 0), _null(share, drawing.drawn > 0), draws)


def _checked(measure: pd.DataFrame, counts: pd.DataFrame, claims: pd.DataFrame, draws: int) -> None:
    require(draws >= 1, f"draws: {draws}; at least 1 is needed")
    for name, labels in (("areas", measure.index), ("industries", measure.columns)):
        require_unique(labels, f"measure, {name}")
    alike = measure.index.equals(counts.index) and measure.columns.equals(counts.columns)
    require(alike, "counts: other labels, or another order, than measure's")
    refuse([column for column in CLAIM if column not in claims], "claims: no column ")
    require(len(claims), "claims: there is none")
    refuse([a for a in claims["areas"].unique() if a not in measure.index], "claims: areas that the measure lacks: ")
    refuse([i for i in claims["industry"].unique() if i not in measure.columns], "claims: industries that the measure lacks: ")
    refuse(claims.groupby("claim")["system"].nunique().loc[lambda n: n > 1].index, "claims: of two systems: ")


class _Drawing(NamedTuple):
    """Claims and what the nulls make of them: draws × claims, the best industry's mean height over the areas."""

    systems: pd.Series
    own: dict[str, Any]  # the areas of each claim
    observed: dict[str, pd.Series]  # by industry
    permuted: Floats
    drawn: Floats


def _against(heights: pd.DataFrame, counts: pd.DataFrame, claims: pd.DataFrame, draws: int, random: np.random.Generator) -> _Drawing:
    grouped = claims.groupby("claim", sort=False)
    systems = grouped["system"].first()
    industries = {claim: rows["industry"].unique() for claim, rows in grouped}
    areas = {system: rows["areas"].unique() for system, rows in claims.groupby("system", sort=False)}
    own = {claim: rows["areas"].unique() for claim, rows in grouped}
    observed = {claim: heights.loc[own[claim], industries[claim]].mean() for claim in own}
    names = list(areas)
    elsewhere = pd.DataFrame({system: heights.loc[where].mean() for system, where in areas.items()}).T
    exchanged = np.column_stack([elsewhere[industries[claim]].max(axis=1) for claim in own])  # systems by claims
    home = np.array([names.index(system) for system in systems])
    orders = random.permuted(np.tile(np.arange(len(names)), (draws, 1)), axis=1)
    permuted = exchanged[orders[:, home], np.arange(len(home))]
    drawn = [
        _drawn(heights[industries[claim]].to_numpy(), counts[industries[claim][0]].to_numpy(), len(own[claim]), draws, random)
        for claim in own
    ]
    return _Drawing(systems, own, observed, permuted, np.column_stack(drawn))


def _null(observed: float, drawn: Floats | Bools) -> Null:
    means = np.nanmean(drawn, axis=1)
    p, error = p_value(extreme(observed, means, "greater"), len(means))
    low, high = np.quantile(means, [0.025, 0.975])
    return Null(float(means.mean()), float(low), float(high), p, error)


def _drawn(heights: Floats, weights: Floats, size: int, draws: int, random: np.random.Generator) -> Floats:
    """The best industry's mean height over ``size`` areas, drawn without replacement in proportion to the weights."""
    there = weights > 0
    require(there.sum() >= size, f"counts: an industry is in {there.sum()} areas, a claim names {size}")
    if size == 1:
        chosen = random.choice(int(there.sum()), (draws, 1), p=weights[there] / weights[there].sum())
    else:  # the smallest of exponential times are a draw without replacement
        times = random.standard_exponential((draws, int(there.sum()))) / weights[there]
        chosen = np.argpartition(times, size - 1, axis=1)[:, :size]
    best: Floats = heights[there][chosen].mean(axis=1).max(axis=1)
    return best
