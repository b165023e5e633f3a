"""Where industries are concentrated and areas specialised, from tables of counts by area and from lists of establishments."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import pandas as pd

from slpi.inference import benjamini_hochberg, extreme
from slpi.labelled import Floats, generator, grouping, refuse, require, require_finite, require_unique
from slpi.point_concentration import envelope, k_density, m_function

__all__ = ["coagglomeration", "count_concentration", "ellison_glaeser", "location_quotient", "location_quotient_test"]
__all__ += ["maurel_sedillot", "specialisation"]
__all__ += ["envelope", "k_density", "m_function"]  # the measures on points

Prior = Literal["empirical bayes"] | tuple[float, float]


def location_quotient(counts: pd.DataFrame) -> pd.DataFrame:
    """Specialisation of each area in each industry, relative to the whole.

    Parameters
    ----------
    counts : DataFrame, shape (areas, industries)
        Establishments or jobs, non-negative.

    Returns
    -------
    DataFrame, shape (areas, industries)
        1 is the share of the whole table; 2 is twice it. NaN where an area is empty, and where an industry is.

    Raises
    ------
    ValueError
        If a count is negative, missing or not finite, a label stands twice, or fewer than two areas or industries hold anything (every
        quotient would be 1); names the first five.

    Notes
    -----
    (n_ij / n_i) / (n_j / n). The whole includes the area itself: an area with the share p of all cannot go above 1 / p.

    References
    ----------
    Florence, P. S. (1939). *Report on the Location of Industry*. Political and Economic Planning.

    Examples
    --------
    >>> counts = pd.DataFrame({"cutlery": [9, 1], "bakery": [1, 9]}, index=["Thiers", "Lyon"])
    >>> location_quotient(counts).loc["Thiers", "cutlery"]
    np.float64(1.8)
    """
    counts = _counted(counts)
    share_in_area = counts.div(counts.sum(axis=1), axis=0)
    share_overall = counts.sum() / counts.to_numpy().sum()
    return share_in_area / share_overall


def location_quotient_test(
    counts: pd.DataFrame, *, prior: Prior = "empirical bayes", threshold: float = 2.0, level: float = 0.95
) -> pd.DataFrame:
    """Which location quotients stand on enough establishments to be believed.

    Parameters
    ----------
    counts : DataFrame, shape (areas, industries)
        Establishments, in whole numbers. Jobs are no independent draws: a test on them would find everything significant.
    prior : "empirical bayes" or (shape, rate)
        Gamma distribution of the true quotients. "empirical bayes": mean 1, its spread estimated from the whole table.
    threshold : float
        The quotient that ``p_above`` asks about.
    level : float
        Posterior probability of the interval, between 0 and 1.

    Returns
    -------
    DataFrame, one row an area and industry
        ``area, industry, count, expected`` (establishments if every area had the industry's overall share), ``lq`` as counted, ``shrunken``
        (posterior mean), ``low`` and ``high`` (equal-tailed interval), ``p_above`` (posterior probability that the quotient exceeds
        the threshold), ``p`` (of so many establishments or more if location were random) and ``p_bh`` (the same, corrected
        for all cells after Benjamini & Hochberg). NaN from ``lq`` on where the area or the industry is empty. ``attrs["prior"]`` is the
        (shape, rate) that was used.

    Raises
    ------
    ValueError
        As ``location_quotient``; and if counts are no whole numbers or a setting is out of range.

    Notes
    -----
    The count is Poisson with mean expected · θ, θ is Gamma(shape, rate), so θ given the count is Gamma(shape + count, rate + expected), and
    counts are negative binomial, from which the prior is estimated by maximum likelihood. One prior serves the whole table:
    an industry of three establishments cannot tell its own.

    The expected count holds the cell's own establishments. Given the industry's total n_j and the area's share q of all establishments,
    the count is exactly Binomial(n_j, q θ), of which the Poisson is the limit where q θ is small; where one area holds much of an
    industry the interval is too wide, the shrinkage too strong, and the interval can pass 1 / q, which no quotient can. The
    column ``p`` takes exact account of it: it is that of Fisher's test, hypergeometric given the totals of area and industry.

    References
    ----------
    Clayton, D. & Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks for use in disease mapping.
    *Biometrics*, 43, 671–681.

    Examples
    --------
    >>> counts = pd.DataFrame({"cutlery": [9, 1, 0], "bakery": [11, 99, 80]}, index=["Thiers", "Lyon", "Roanne"])
    >>> tested = location_quotient_test(counts, prior=(2, 2)).set_index(["area", "industry"])
    >>> tested.loc[("Thiers", "cutlery"), ["lq", "shrunken", "low", "high"]].astype(float).round(2).to_dict()
    {'lq': 9.0, 'shrunken': 3.67, 'low': 1.83, 'high': 6.13}
    """
    from scipy.stats import gamma, hypergeom

    k = _counted(counts).to_numpy()
    parts = [f"{counts.index[i]}, {counts.columns[j]} = {k[i, j]:g}" for i, j in np.argwhere(k % 1 > 0)]
    refuse(parts, "counts: no whole numbers: ", "; establishments are needed, not jobs or shares")
    require(0 < level < 1 and 0 < threshold < np.inf, f"level = {level} must lie between 0 and 1, threshold = {threshold} be positive")
    known = prior == "empirical bayes" or (np.shape(prior) == (2,) and all(0 < value < np.inf for value in prior))
    require(known, f"prior: {prior!r} is neither 'empirical bayes' nor a positive (shape, rate)")
    in_area, in_industry = np.repeat(k.sum(axis=1), k.shape[1]), np.tile(k.sum(axis=0), k.shape[0])
    expected = in_area * in_industry / k.sum()
    count = np.where(expected > 0, k.ravel(), np.nan)  # an empty area or industry tells nothing
    shape, rate = (_fitted_shape(count, expected),) * 2 if prior == "empirical bayes" else prior
    posterior = gamma(shape + count, scale=1 / (rate + expected))
    low, high = posterior.interval(level)
    quotient = count / np.where(expected > 0, expected, np.nan)
    p = pd.Series(hypergeom.sf(count - 1, k.sum(), in_industry, in_area))
    table = pd.MultiIndex.from_product([counts.index, counts.columns], names=["area", "industry"]).to_frame(index=False)
    table = table.assign(count=k.ravel().astype(int), expected=expected, lq=quotient, shrunken=posterior.mean(), low=low, high=high)
    table = table.assign(p_above=posterior.sf(threshold), p=p, p_bh=benjamini_hochberg(p))
    table.attrs["prior"] = (float(shape), float(rate))
    return table


def _fitted_shape(count: Floats, expected: Floats) -> float:
    from scipy.optimize import minimize_scalar
    from scipy.stats import nbinom

    def misfit(log_shape: float) -> float:
        shape = np.exp(log_shape)
        return -float(np.nansum(nbinom.logpmf(count, shape, shape / (shape + expected))))

    return float(np.exp(minimize_scalar(misfit, bounds=np.log([1e-4, 1e6]), method="bounded").x))


@dataclass(frozen=True)
class Specialisation:
    """How far areas differ from the others in their industries, and industries from the others in their areas.

    Attributes
    ----------
    areas, industries : DataFrame
        One row each; NaN where it is empty. ``share`` of the whole table; ``krugman`` (0–2) against all others together; ``gini`` (0–1)
        against the whole; ``herfindahl`` (0–1) of its own shares.
    """

    areas: pd.DataFrame
    industries: pd.DataFrame


def specialisation(counts: pd.DataFrame) -> Specialisation:
    """Specialisation of areas and concentration of industries: Krugman's index, locational Gini, Herfindahl.

    Parameters
    ----------
    counts : DataFrame, shape (areas, industries)
        Establishments or jobs, non-negative.

    Returns
    -------
    Specialisation
        ``areas``, ``industries``: frames with ``share, krugman, gini, herfindahl``.

    Raises
    ------
    ValueError
        As ``location_quotient``.

    Notes
    -----
    Of an area with industry shares s_j: Krugman's index is ``Σ |s_j - r_j|`` with r the shares in all other areas together, the area left
    out, so that 2 (no industry in common) is reached; against the whole, itself included, it is that times (1 - share). The Gini is twice
    the surface between the diagonal and the Lorenz curve that adds up s_j over the whole's shares x_j, industries ordered by location
    quotient; it reaches 1 - share (some packages print the surface itself, or the Gini of the quotients with every industry weighing the
    same, which changes when an industry is split in two alike). The Herfindahl index is Σ s_j². The same for an industry over areas.

    References
    ----------
    Krugman, P. (1991). *Geography and Trade*. MIT Press, chapter 2 and appendix B.

    Examples
    --------
    >>> counts = pd.DataFrame({"cutlery": [9, 1], "bakery": [1, 9]}, index=["Thiers", "Lyon"])
    >>> specialisation(counts).areas.loc["Thiers"].round(2).to_dict()
    {'share': 0.5, 'krugman': 1.6, 'gini': 0.4, 'herfindahl': 0.82}
    """
    counts = _counted(counts)
    return Specialisation(_unevenness(counts), _unevenness(counts.T))


def _unevenness(table: pd.DataFrame) -> pd.DataFrame:
    held = table.loc[table.sum(axis=1) > 0, table.sum() > 0]
    counts = held.to_numpy(float)
    size, overall, total = counts.sum(axis=1, keepdims=True), counts.sum(axis=0), counts.sum()
    own, rest, whole = counts / size, (overall - counts) / (total - size), overall / total
    by_quotient = np.argsort(own / whole, axis=1)
    steps, rises = whole[by_quotient], np.take_along_axis(own, by_quotient, axis=1)
    gini = 1 - (steps * (2 * rises.cumsum(axis=1) - rises)).sum(axis=1)
    measures = {"share": size[:, 0] / total, "krugman": abs(own - rest).sum(axis=1), "gini": gini, "herfindahl": (own**2).sum(axis=1)}
    return pd.DataFrame(measures, held.index).reindex(table.index).fillna({"share": 0.0})


@dataclass(frozen=True)
class Concentration:
    """Geographic concentration of one industry beyond what its few large establishments make by chance.

    Attributes
    ----------
    gamma : float
        0: as if establishments chose areas at random; 1: all would choose the same. Above 0.05 counts as much, below 0.02 as little.
    G : float
        Raw concentration: Σ (s - x)² (Ellison & Glaeser), Σ s² - Σ x² (Maurel & Sédillot).
    H : float
        Herfindahl index of the establishments' sizes.
    z : float
        G less its mean under random location, in standard deviations. G is skewed to the right: z is no normal deviate where there are
        few establishments.
    n_plants, n_areas : int
        Establishments, and areas that have one.
    baseline : str
        Which distribution x was random location; another one can turn the sign of gamma.
    """

    gamma: float
    G: float
    H: float
    z: float
    n_plants: int
    n_areas: int
    baseline: str


def ellison_glaeser(plants: pd.DataFrame, *, baseline: pd.Series | None = None) -> Concentration | pd.DataFrame:
    """Geographic concentration of an industry against random location (Ellison & Glaeser's γ).

    Parameters
    ----------
    plants : DataFrame, one row an establishment
        ``area``; ``size`` (jobs, above 0); with several industries also ``industry``.
    baseline : Series by area, optional
        Activity x of every area, also of those without an establishment of the industry (jobs in manufacturing, population); scaled
        to sum 1. If not given: the size of all establishments given where there are several industries, equal shares of the areas with
        an establishment where there is one. That is seldom what is wanted, and the result says it.

    Returns
    -------
    Concentration, or DataFrame with its fields as columns and one row an industry if plants have an industry
        In the frame, gamma and z are NaN for an industry of one establishment.

    Raises
    ------
    ValueError
        If a size is missing, a size class, infinite, 0 or negative; an area or industry is missing; the baseline lacks an area that
        has establishments, or is 0 there; all activity lies in one area; or the only industry has one establishment. Names the first five.

    Notes
    -----
    γ = (G - (1 - Σx²) H) / ((1 - Σx²)(1 - H)), G = Σ (s - x)² over areas, s the industry's shares, H = Σ z² over establishments' shares.
    With establishments placed at random with chances x, the mean of G is (1 - Σx²) H and its variance
    2 {H² [Σx² - 2 Σx³ + (Σx²)²] - Σz⁴ [Σx² - 4 Σx³ + 3 (Σx²)²]}.

    References
    ----------
    Ellison, G. & Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a dartboard approach. *Journal of
    Political Economy*, 105, 889–927.

    Examples
    --------
    >>> plants = pd.DataFrame({"area": ["Thiers", "Thiers", "Thiers", "Lyon"], "size": [30, 20, 10, 40]})
    >>> found = ellison_glaeser(plants, baseline=pd.Series({"Thiers": 20, "Lyon": 60, "Roanne": 20}, name="jobs"))
    >>> round(found.gamma, 3), found.baseline
    (0.184, 'given: jobs, 3 areas')
    """
    return _concentration(plants, baseline, around_baseline=True)


def maurel_sedillot(plants: pd.DataFrame, *, baseline: pd.Series | None = None) -> Concentration | pd.DataFrame:
    """Geographic concentration of an industry against random location (Maurel & Sédillot's γ).

    Parameters and results are those of ``ellison_glaeser``.

    Parameters
    ----------
    plants : DataFrame, one row an establishment
        ``area``; ``size`` (jobs, above 0); with several industries also ``industry``.
    baseline : Series by area, optional
        Activity x of every area, scaled to sum 1.

    Returns
    -------
    Concentration, or DataFrame with its fields as columns and one row an industry if plants have an industry
        In the frame, gamma and z are NaN for an industry of one establishment.

    Raises
    ------
    ValueError
        As ``ellison_glaeser``.

    Notes
    -----
    γ = ((Σs² - Σx²) / (1 - Σx²) - H) / (1 - H): the chance that two establishments share an area, corrected for chance. It has the same
    expectation as Ellison & Glaeser's, but an industry concentrated in areas of much activity has the higher one here. The variance of
    Σs² under random location is that of their G plus 4 (Σx³ - (Σx²)²)(H - 2 Σz³).

    References
    ----------
    Maurel, F. & Sédillot, B. (1999). A measure of the geographic concentration in French manufacturing industries. *Regional Science and
    Urban Economics*, 29, 575–604.

    Examples
    --------
    >>> plants = pd.DataFrame({"area": ["Thiers", "Thiers", "Thiers", "Lyon"], "size": [30, 20, 10, 40]})
    >>> round(maurel_sedillot(plants, baseline=pd.Series({"Thiers": 20, "Lyon": 60, "Roanne": 20}, name="jobs")).gamma, 3)
    -0.224
    """
    return _concentration(plants, baseline, around_baseline=False)


def _concentration(plants: pd.DataFrame, baseline: pd.Series | None, around_baseline: bool) -> Concentration | pd.DataFrame:
    found = _located(plants, baseline)
    x2, x3 = (found.x**2).sum(), (found.x**3).sum()
    n_plants, _, herfindahl, z3, z4 = found.moments
    h = np.where(herfindahl < 1, herfindahl, np.nan)
    raw = found.shares.power(2).sum(axis=1) - x2
    variance = 2 * (h**2 * (x2 - 2 * x3 + x2**2) - z4 * (x2 - 4 * x3 + 3 * x2**2))
    if around_baseline:
        raw = raw - 2 * (found.shares @ found.x - x2)
    else:
        variance = variance + 4 * (x3 - x2**2) * (h - 2 * z3)
    excess = raw - (1 - x2) * h
    figures = {"gamma": excess / ((1 - x2) * (1 - h)), "G": raw, "H": herfindahl, "z": excess / np.sqrt(variance)}
    counts = {"n_plants": n_plants.astype(int), "n_areas": np.diff(found.shares.indptr)}
    table = pd.DataFrame(figures | counts | {"baseline": found.baseline}, found.industries)
    if "industry" in plants:
        return table
    require(not np.isnan(h).any(), "plants: only one establishment counts; at least two are needed")
    return Concentration(**table.to_dict("records")[0])


def count_concentration(
    counts: pd.DataFrame,
    baselines: Mapping[str, pd.Series],
    *,
    fewest: int = 20,
    draws: int = 499,
    rng: np.random.Generator | int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Geographic concentration of industries of which only the establishments are counted, against several baselines.

    Parameters
    ----------
    counts : DataFrame, shape (areas, industries)
        Establishments, in whole numbers.
    baselines : mapping
        Name of each baseline and its activity by area, as for ``ellison_glaeser``.
    fewest : int
        Industries with fewer establishments (or one) are left out.
    draws : int
        Random locations drawn for the tests, and for the intervals.
    rng : Generator or int
    level : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame, one row a baseline and industry
        ``baseline, industry, establishments``; ``gamma`` (Ellison & Glaeser), ``low`` and ``high`` (its interval if establishments had
        chosen anew with the industry's own shares, centred on gamma), ``rank`` (1: the highest of the baseline), ``p`` (two-sided, of
        random location), ``p_fdr`` (after Benjamini & Hochberg), ``gamma_ms`` (Maurel & Sédillot), ``verdict``: *concentrated* above 0
        and *spread* below 0 where p_fdr is at most 1 - level, else *like the baseline*.

    Raises
    ------
    ValueError
        As ``ellison_glaeser``; or if counts are no whole numbers, the level is out of range, or no industry has enough establishments.

    Notes
    -----
    Every establishment counts 1, so that H = 1 / n. What one large plant makes of an industry's jobs is not in it, and establishments of
    one firm count as choosing each for itself. Maurel & Sédillot's γ then is (P - Σx²) / (1 - Σx²), with P the share of the industry's
    pairs of establishments that stand in one area: its ranks are those of P under any baseline. Ellison & Glaeser's asks area by area,
    and its ranks can change.

    References
    ----------
    Ellison & Glaeser (1997), as for ``ellison_glaeser``; Maurel & Sédillot (1999), as for ``maurel_sedillot``.

    Examples
    --------
    >>> counts = pd.DataFrame({"cutlery": [9, 1, 0], "bakery": [30, 60, 30]}, index=["Thiers", "Lyon", "Roanne"])
    >>> found = count_concentration(counts, {"people": pd.Series([30, 60, 30], counts.index)}, fewest=2)
    >>> found.set_index("industry")["gamma"].round(2).to_dict()
    {'cutlery': 1.04, 'bakery': -0.01}
    """
    require(0 < level < 1, f"level = {level} must lie between 0 and 1")
    counts = _counted(counts)
    parts = [f"{area}, {name} = {n:g}" for name, column in counts.items() for area, n in column[column % 1 > 0].items()]
    refuse(parts, "counts: no whole numbers: ", "; establishments are needed, not jobs or shares")
    kept = counts.loc[:, counts.sum() >= max(fewest, 2)].astype(int)
    require(kept.shape[1], f"counts: no industry has {max(fewest, 2)} establishments")
    long = kept.rename_axis(index="area", columns="industry").stack()
    plants = long.index.repeat(long).to_frame(index=False).assign(size=1)
    n, source = kept.sum(), generator(rng)
    tables = []
    for baseline, activity in baselines.items():
        around = activity.rename(baseline)
        tried = [cast(pd.DataFrame, measure(plants, baseline=around)) for measure in (ellison_glaeser, maurel_sedillot)]
        gamma, gamma_ms = (table["gamma"].reindex(kept.columns) for table in tried)
        x = activity / activity.sum()
        null = [_drawn_gamma(x, x, size, draws, source) for size in n]
        own = [_drawn_gamma((kept[name] / size).reindex(x.index, fill_value=0), x, size, draws, source) for name, size in n.items()]
        beyond = [[extreme(value, row, "greater"), extreme(value, row, "less")] for value, row in zip(gamma, null, strict=True)]
        p = pd.Series(2 * (np.min(beyond, axis=1) + 1) / (draws + 1)).clip(upper=1.0)
        table = pd.DataFrame({"baseline": baseline, "industry": kept.columns, "establishments": n.to_numpy(), "gamma": gamma.to_numpy()})
        table["low"], table["high"] = (
            np.quantile([g - g.mean() for g in own], [(1 - level) / 2, (1 + level) / 2], axis=1) + gamma.to_numpy()
        )
        table = table.assign(rank=table["gamma"].rank(ascending=False, method="first").astype(int), p=p, p_fdr=benjamini_hochberg(p))
        side, told = np.where(table["gamma"] > 0, "concentrated", "spread"), table["p_fdr"] <= 1 - level + 1e-12
        tables.append(table.assign(gamma_ms=gamma_ms.to_numpy(), verdict=np.where(told, side, "like the baseline")))
    return pd.concat(tables, ignore_index=True)


def _drawn_gamma(chances: pd.Series, x: pd.Series, n: int, draws: int, rng: np.random.Generator) -> Floats:
    """Ellison & Glaeser's γ of n establishments that choose with these chances, drawn many times."""
    shares, free = rng.multinomial(n, chances, size=draws) / n, 1 - float((x**2).sum())
    return np.asarray((((shares - x.to_numpy()) ** 2).sum(axis=1) / free - 1 / n) / (1 - 1 / n))


@dataclass(frozen=True)
class Coagglomeration:
    """How far industries are drawn to the same areas.

    Attributes
    ----------
    pairs : DataFrame, shape (industries, industries)
        Ellison, Glaeser & Kerr's index of each pair; NaN on the diagonal.
    z : DataFrame, shape (industries, industries)
        The index in its standard deviations if both industries' establishments were placed at random and independently; its mean is 0.
    gamma : float
        Ellison & Glaeser's index of the whole group of industries.
    baseline : str
        Which distribution was random location.
    """

    pairs: pd.DataFrame
    z: pd.DataFrame
    gamma: float
    baseline: str


def coagglomeration(plants: pd.DataFrame, *, baseline: pd.Series | None = None) -> Coagglomeration:
    """Whether pairs of industries, and a group as a whole, are concentrated in the same areas.

    Parameters
    ----------
    plants : DataFrame, one row an establishment
        ``area``, ``size`` (jobs, above 0), ``industry``.
    baseline : Series by area, optional
        Activity x of every area, scaled to sum 1. If not given: the size of all establishments given; with few industries they then are
        their own yardstick, and pairs come out negative.

    Returns
    -------
    Coagglomeration
        ``pairs``, ``z``, ``gamma`` of the group, ``baseline``.

    Raises
    ------
    ValueError
        As ``ellison_glaeser``; and if there are fewer than two industries.

    Notes
    -----
    A pair's index is Σ (s_i - x)(s_j - x) / (1 - Σx²), with variance H_i H_j [Σx² - 2 Σx³ + (Σx²)²] / (1 - Σx²)² under random location.

    The index of a group with weights w (shares of industries in its size) is
    (G / (1 - Σx²) - H - Σ γ_i w_i² (1 - H_i)) / (1 - Σ w²), with G of all establishments together and H = Σ w_i² H_i. As
    G_i / (1 - Σx²) = H_i + γ_i (1 - H_i), all that concerns one industry cancels, and the group's index is the mean of its pairs
    weighted by w_i w_j.

    References
    ----------
    Ellison, G., Glaeser, E. L. & Kerr, W. R. (2010). What causes industry agglomeration? Evidence from coagglomeration patterns. *American
    Economic Review*, 100, 1195–1213 (the pair).

    Ellison, G. & Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a dartboard approach. *Journal of
    Political Economy*, 105, 889–927 (the group).

    Examples
    --------
    >>> plants = pd.DataFrame({"area": ["Thiers", "Thiers", "Lyon"], "size": [30, 20, 50], "industry": ["cutlery", "moulds", "bakery"]})
    >>> found = coagglomeration(plants, baseline=pd.Series({"Thiers": 10, "Lyon": 90}, name="jobs"))
    >>> found.pairs.loc["cutlery"].round(2).to_dict()
    {'cutlery': nan, 'moulds': 9.0, 'bakery': -1.0}
    """
    found = _located(plants, baseline)
    require(len(found.industries) > 1, "plants: one industry; a column industry with at least two is needed")
    x2, own, along, herfindahl = (found.x**2).sum(), found.shares, found.shares @ found.x, found.moments[2]
    index = ((own @ own.T).toarray() - (along[:, None] + along) + x2) / (1 - x2)
    np.fill_diagonal(index, np.nan)
    spread = np.sqrt(np.outer(herfindahl, herfindahl) * (x2 - 2 * (found.x**3).sum() + x2**2)) / (1 - x2)
    group = np.nansum(np.outer(found.weights, found.weights) * index) / (1 - (found.weights**2).sum())
    pairs, z = (pd.DataFrame(values, found.industries, found.industries.rename(None)) for values in (index, index / spread))
    return Coagglomeration(pairs, z, float(group), found.baseline)


class _Located(NamedTuple):
    """Industries' shares by area, and what random location would take them from."""

    industries: pd.Index
    shares: Any  # SciPy sparse array, industries x areas
    x: Floats
    moments: Floats  # row p: each industry's sum of its establishments' shares to the power p
    weights: Floats
    baseline: str


def _located(plants: pd.DataFrame, baseline: pd.Series | None) -> _Located:
    from scipy.sparse import csr_array

    lacking = " and ".join(column for column in ("area", "size") if column not in plants)
    require(not lacking, f"plants: no column {lacking}; one row an establishment with area and size is needed")
    size = _numbers(plants[["size"]], "plants")[:, 0]
    refuse(plants.index[size == 0], "plants: size 0: ", "; leave establishments without jobs out, or count each as 1")
    area, areas = grouping(plants["area"], plants.index, "area of plants")
    industry, industries = grouping(plants.get("industry", np.zeros(len(plants))), plants.index, "industry of plants")
    if baseline is not None:
        activity, label = _numbers(baseline.to_frame("activity"), "baseline")[:, 0], f"given: {baseline.name or 'without a name'}"
        absent = areas[~areas.isin(baseline.index[activity > 0])]
        refuse(absent, "baseline: no activity, yet establishments, in ", "; it must cover every area of plants")
        area = baseline.index.get_indexer(areas)[area]
    elif len(industries) > 1:
        activity, label = np.bincount(area, size).astype(float), f"size of all {len(industries)} industries given"
    else:
        activity, label = np.ones(len(areas)), "equal shares of areas with establishments"
    active = (activity > 0).sum()
    require(active > 1, "baseline: all activity lies in one area; at least two are needed")
    total = np.bincount(industry, size)
    share = size / total[industry]
    shares = csr_array((share, (industry, area)), shape=(len(total), len(activity)))
    moments = np.array([np.bincount(industry, share**power) for power in range(5)])
    said = f"{label}, {active} areas"
    return _Located(industries.rename("industry"), shares, activity / activity.sum(), moments, total / total.sum(), said)


def _counted(counts: pd.DataFrame) -> pd.DataFrame:
    values = pd.DataFrame(_numbers(counts, "counts"), counts.index, counts.columns)
    several = all((values.sum(axis=axis) > 0).sum() > 1 for axis in (0, 1))
    require(several, "counts: at least two areas and two industries with establishments are needed")
    return values


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    require(isinstance(frame, pd.DataFrame) and not frame.empty, f"{name}: a DataFrame with at least one row is needed")
    require_unique(frame.index, name, "row")
    require_unique(frame.columns, name, "column")
    # INSEE's size classes look like numbers ("12" is 20 to 49 jobs): text is refused, never read as one.
    odd = frame.infer_objects().select_dtypes(exclude="number")
    words = [f"{row}, {column} = {value!r}" for column in odd for row, value in odd[column].items() if not isinstance(value, Number)]
    refuse(words, f"{name}: not a number: ")
    values: Floats = frame.to_numpy(float, na_value=np.nan)
    require_finite(values, frame.index, frame.columns, name, lowest=0.0)
    return values
