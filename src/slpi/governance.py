"""Who sits in a pole, who can decide in it, and on what it lives."""

from fractions import Fraction
from math import factorial, gcd, lcm
from typing import Any

import numpy as np
import pandas as pd

from slpi.labelled import Floats, listed, refuse, require, require_finite, require_unique

KINDS = ["market", "non-market", "non-monetary"]
NUMBER = r"\d+(\.\d*)?([eE][+-]?\d+)?|\d+/[1-9]\d*"  # not negative, as a whole number, a decimal or a Fraction is written
CELLS = 5_000_000  # voters × votes up to the quota that the exact count may take: a few hundred megabytes


def composition(members: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares of the classes (colleges, legal statuses) among the members of a body, and how diverse it is.

    Parameters
    ----------
    members : Series by member
        The class of each. A categorical Series also counts the classes that no member is in: a college that nobody joined has share 0.

    Returns
    -------
    shares : DataFrame, indexed by class
        count; fraction, the exact share written as count over total; value, the same share as a number; low and high, its range if any
        one member were left out.
    indices : DataFrame
        Rows shannon (in nats), evenness (Shannon over its maximum, 0–1), simpson (chance that two draws with replacement differ), pairs
        (chance that two different members differ) and effective (number of equally large classes with the same Simpson); columns value,
        low, high as above.

    Raises
    ------
    ValueError
        If a member stands twice or has no class, there are fewer than three members, or there is one class only.

    Notes
    -----
    The members of a pole are all of them and no sample, so there is no sampling interval: the range says how far one departure can move a
    figure. Where every departure moves an index the same way, its value lies outside the range.

    With shares p of K classes, n members and counts c: Shannon −Σ p ln p, evenness that over ln K, Simpson 1 − Σ p², pairs
    1 − Σ c(c − 1) / n(n − 1), effective 1 / Σ p². For a census, pairs is the natural one of the two: members are not drawn twice.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. *Bell System Technical Journal*, 27, 379–423.
    Simpson, E. H. (1949). Measurement of diversity. *Nature*, 163, 688.
    Pielou, E. C. (1966). The measurement of diversity in different types of biological collections. *Journal of Theoretical Biology*, 13.

    Examples
    --------
    >>> shares, indices = composition(pd.Series(["firm", "firm", "association", "commune"], index=list("abcd")))
    >>> shares.round(3)
                 count fraction  value    low   high
    firm             2      2/4   0.50  0.333  0.667
    association      1      1/4   0.25  0.000  0.333
    commune          1      1/4   0.25  0.000  0.333
    >>> round(float(indices.loc["pairs", "value"]), 4)
    0.8333
    """
    from scipy.stats import entropy

    require_unique(members.index, "members", "member")
    counts = members.value_counts(sort=False)
    refuse(members.index[members.isna()], "members: no class for ", "; write the class, or a word such as 'unknown'")
    enough = len(members) > 2 and len(counts) > 1
    require(enough, f"members: {len(members)} members, classes {listed(counts.index)}; at least three and two are needed")
    tables = np.vstack([counts, counts.to_numpy() - np.eye(len(counts))[counts > 0]])  # all members, then one of a class less
    total = tables.sum(axis=1, keepdims=True)
    shares = tables / total
    shannon, same = entropy(shares, axis=1), (shares**2).sum(axis=1)
    pairs = 1 - (shares * (tables - 1) / (total - 1)).sum(axis=1)
    indices = {"shannon": shannon, "evenness": shannon / np.log(len(counts)), "simpson": 1 - same, "pairs": pairs, "effective": 1 / same}
    found = pd.DataFrame({"count": counts, "fraction": [f"{count}/{len(members)}" for count in counts]})
    return found.join(_range(pd.DataFrame(shares, columns=counts.index))), _range(pd.DataFrame(indices))


def _range(figures: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"value": figures.loc[0], "low": figures[1:].min(), "high": figures[1:].max()})


def voting_power(weights: pd.Series, quota: Any) -> pd.DataFrame:
    """How often each voter decides, which is not its share of the votes.

    Parameters
    ----------
    weights : Series, shape (voters,)
        Votes of each, non-negative: whole numbers, decimals or Fractions, taken as they are written (0.1 is one tenth).
    quota : number
        The votes that carry a decision (``>=``), in the unit of the weights: more than 0, at most all of them. At half of the votes or
        less, two opposed coalitions can both carry theirs, and the indices must be read with that in mind.

    Returns
    -------
    DataFrame, indexed by voter
        weight_share; banzhaf (share of all swings); banzhaf_absolute (chance that the voter decides where the others vote yes or
        no with equal chance); shapley_shubik (share of the orders of voters in which it tips the vote); dummy (never decides); veto
        (nothing passes without it); dictator (decides alone).

    Raises
    ------
    ValueError
        If a weight is negative, missing or no finite number, a voter stands twice, there are fewer than two voters, the quota is out of
        range, or the weights are written so finely that the exact count does not fit in memory.

    Notes
    -----
    Coalitions are counted exactly by their size and votes (generating functions), never enumerated nor sampled: voters are added one by
    one to the table of counts, and each is taken out of it again to count the coalitions that it would tip.

    References
    ----------
    Shapley, L. S. & Shubik, M. (1954). A method for evaluating the distribution of power in a committee system. *American Political
    Science Review*, 48, 787–792.
    Banzhaf, J. F. (1965). Weighted voting doesn't work. *Rutgers Law Review*, 19, 317–343.
    Brams, S. J. & Affuso, P. J. (1976). Power and size: a new paradox. *Theory and Decision*, 7, 29–56 (generating functions).

    Examples
    --------
    >>> voting_power(pd.Series({"a": 50, "b": 49, "c": 1}), 51)["shapley_shubik"].round(4).to_dict()
    {'a': 0.6667, 'b': 0.1667, 'c': 0.1667}
    """
    *votes, needed = _whole(weights, quota)
    n, total = len(votes), sum(votes)
    counts = _swings(votes, needed)
    swings = np.array([counts[vote] for vote in votes], dtype=object)  # Python's whole numbers know no largest one
    tipped, tipped_orders = swings.sum(axis=1), swings @ [factorial(size) * factorial(n - size - 1) for size in range(n)]
    indices = {"weight_share": np.array(votes, dtype=object) / total, "banzhaf": tipped / tipped.sum()}
    indices |= {"banzhaf_absolute": tipped / 2 ** (n - 1), "shapley_shubik": tipped_orders / factorial(n)}
    found = pd.DataFrame(indices, weights.index, dtype=float)
    return found.assign(dummy=tipped == 0, veto=[total - vote < needed for vote in votes], dictator=tipped == tipped.sum())


def _whole(weights: pd.Series, quota: Any) -> list[int]:
    """The weights and, last, the quota, as the smallest whole numbers in the same proportions."""
    require_unique(weights.index, "weights", "voter")
    written = pd.Series([*weights, quota], [*weights.index, "the quota"], dtype=object).map(str)
    wrong = written[~written.str.fullmatch(NUMBER)]
    refuse([f"{voter} = {number}" for voter, number in wrong.items()], "weights: not finite or below 0: ")
    *votes, needed = read = written.map(Fraction)
    carried = len(votes) > 1 and 0 < needed <= sum(votes)
    require(carried, f"quota: {quota} of {sum(votes)} votes of {len(votes)} voters; above 0, up to all, of two or more, is needed")
    unit = Fraction(gcd(*(value.numerator for value in read)), lcm(*(value.denominator for value in read)))
    fits = len(votes) * needed / unit <= CELLS
    require(fits, f"weights: {len(votes)} voters and a quota of {needed / unit} units; write the weights in a coarser unit")
    return [int(value / unit) for value in read]


def _swings(votes: list[int], quota: int) -> dict[int, list[int]]:
    """By weight of a voter: how many coalitions of each size of the others lose without it and win with it."""
    n = len(votes)
    losing = np.zeros((n + 1, quota), np.int64 if n < 63 else object)  # coalitions by size and by votes: up to n over n / 2 of them
    losing[0, 0] = 1
    for vote in votes:
        losing[1:, vote:] += losing[:-1, : max(quota - vote, 0)]
    found = {}
    for vote in set(votes):
        without = losing[:n].copy()
        for size in range(1, n):
            without[size, vote:] -= without[size - 1, : max(quota - vote, 0)]
        found[vote] = [int(count) for count in without[:, max(quota - vote, 0) :].sum(axis=1)]
    return found


def resource_mix(budget: pd.DataFrame, *, hourly_rate: float | None = None, spread: float = 0.5) -> pd.DataFrame:
    """Shares of market, non-market and non-monetary resources, and how far they hybridise.

    Parameters
    ----------
    budget : DataFrame, one row a line
        kind: ``market`` (sales), ``non-market`` (grants, public money) or ``non-monetary`` (volunteering, secondments, loans in kind);
        amount: euros, at least 0; hours, where non-monetary lines are counted in hours. Each line has either an amount or hours.
    hourly_rate : float, optional
        Euros for which an hour stands; needed as soon as a line has hours. There is no neutral rate: state it with the result.
    spread : float
        How far the rate may be off: the figures are also given at ``(1 - spread)`` and ``(1 + spread)`` times the rate; 0 to 1.

    Returns
    -------
    DataFrame
        Rows stated, low and high, for the three rates; alike where no hour was counted. Columns: market, non-market and non-monetary,
        shares of all resources; hybridity, 0 (one kind only) to 1 (three equal parts); reciprocity, the non-market share of the money (NaN
        where there is no money); hourly_rate, in euros (NaN where no hour was counted).

    Raises
    ------
    ValueError
        If a kind is unknown, a line has both or neither of amount and hours, hours stand on a line of money, a number is negative or not
        finite, all is 0, hours stand without a rate, or the rate or the spread is out of range.

    Notes
    -----
    Hybridity is Shannon's entropy of the three shares over ln 3.

    References
    ----------
    Polanyi, K. (1944). *The Great Transformation*. New York: Farrar & Rinehart (market, redistribution, reciprocity).
    Laville, J.-L. (1994). *L'économie solidaire: une perspective internationale*. Paris: Desclée de Brouwer.

    Examples
    --------
    >>> budget = pd.DataFrame({"kind": ["market", "non-market", "non-monetary"], "amount": [600, 300, None], "hours": [None, None, 10]})
    >>> resource_mix(budget, hourly_rate=10).round(3)
            market  non-market  non-monetary  hybridity  reciprocity  hourly_rate
    stated   0.600       0.300         0.100      0.817        0.333         10.0
    low      0.632       0.316         0.053      0.737        0.333          5.0
    high     0.571       0.286         0.143      0.870        0.333         15.0
    """
    from scipy.stats import entropy

    euros, hours = _lines(budget)
    rate = (hourly_rate or 0.0) if hours.any() else 0.0
    stated = not hours.any() or (0 < rate < np.inf and 0 < spread < 1)
    require(stated, f"hourly_rate: {hourly_rate}, spread {spread}, for {hours.sum():g} hours; state how many euros an hour stands for")
    rates = pd.Series([1, 1 - spread, 1 + spread], ["stated", "low", "high"]) * rate
    values = euros + rates.to_numpy()[:, None] * hours
    shares = values / values.sum(axis=1, keepdims=True)
    found = pd.DataFrame(shares, rates.index, KINDS).assign(hybridity=entropy(shares, axis=1) / np.log(3))
    reciprocity = found["non-market"] / (found["market"] + found["non-market"])
    return found.assign(reciprocity=reciprocity, hourly_rate=rates if hours.any() else np.nan)


def _lines(budget: pd.DataFrame) -> tuple[Floats, Floats]:
    """Euros and hours of each kind, of a budget whose lines are in order."""
    require_unique(budget.index, "budget", "line")
    read = budget.reindex(columns=["kind", "amount", "hours"])
    kinds, numbers = read["kind"], read[["amount", "hours"]].astype(float)
    require_finite(numbers.to_numpy(), budget.index, numbers.columns, "budget", lowest=0.0, missing=True)
    wrong = ~kinds.isin(KINDS) | (numbers.notna().sum(axis=1) != 1) | (numbers["hours"].notna() & (kinds != "non-monetary"))
    faults = list(budget.index[wrong]) if wrong.any() or numbers.sum(axis=None) else ["the whole"]
    needed = f"each line a kind ({', '.join(KINDS)}) and either an amount or, if non-monetary, hours, not all 0"
    refuse(faults, f"budget: {needed}; not so: ")
    sums = numbers.groupby(kinds).sum().reindex(KINDS, fill_value=0.0)
    return sums["amount"].to_numpy(), sums["hours"].to_numpy()
