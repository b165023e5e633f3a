"""Do coders agree? Krippendorff's alpha, and what one coder found and the other did not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from slpi.labelled import Floats, Ints, filled, generator, listed, numbers, refuse, require, require_finite, require_one_of, require_unique

Level = Literal["nominal", "ordinal", "interval", "ratio"]
#: What a judgement is on; coders are matched by it.
KEY = ["unit_kind", "unit_id", "dimension", "document_id"]


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha.

    Attributes
    ----------
    alpha : float
        1 - observed / expected: 1 is perfect agreement, 0 what chance gives, below 0 systematic disagreement.
    low, high : float
        Bounds of the 95 % bootstrap interval; NaN where no bootstrap was asked for.
    observed, expected : float
        Disagreement within units, and between any two values.
    level : str
    n_units : int
        Units that at least two coders coded; the others say nothing about agreement.
    n_coders : int
        Coders with a value in these units.
    undefined : int
        Bootstrap draws in which only one value occurred, so that alpha is not defined; the interval is that of the others.
    """

    alpha: float
    low: float
    high: float
    observed: float
    expected: float
    level: Level
    n_units: int
    n_coders: int
    undefined: int


def alpha(units: pd.DataFrame, *, level: Level, bootstrap: int = 0, rng: np.random.Generator | int = 0) -> Alpha:
    """How far coders agree beyond chance, whatever their number and the gaps in what they coded.

    Parameters
    ----------
    units : DataFrame, shape (units, coders)
        One row a unit, one column a coder; NaN, None or NA where a coder gave no value. Any labels for ``nominal``; for ``ordinal``
        numbers, or ordered Categoricals with the same categories; for the others numbers.
    level : {"nominal", "ordinal", "interval", "ratio"}
        How two values differ: not at all or wholly; by the values ranked between them; squared difference; squared difference relative to
        the sum.
    bootstrap : int
        How many times units are drawn with replacement for the interval; 0: no interval.
    rng : Generator or int

    Returns
    -------
    Alpha

    Raises
    ------
    ValueError
        If there are fewer than two coders, no unit with two values, only one value (no disagreement can be expected, so alpha is not
        defined), a value that does not fit the level, or a label twice.

    Notes
    -----
    alpha = 1 - D_o / D_e with D_o = Σ_u Σ_{i≠j in u} δ²(v_i, v_j) / (m_u - 1) / n and D_e the mean of δ² over all pairs of the n pairable
    values; m_u values in unit u. The bootstrap draws units and computes alpha anew (Zapf et al.), which keeps a unit's values together;
    drawing pairs with a fixed D_e takes them for independent. With few units the interval is too narrow.

    References
    ----------
    Krippendorff, K. (2011). *Computing Krippendorff's Alpha-Reliability*. University of Pennsylvania.
    Zapf, A., Castell, S., Morawietz, L. & Karch, A. (2016). Measuring inter-rater reliability for nominal data: which coefficients and
    confidence intervals are appropriate? *BMC Medical Research Methodology*, 16, article 93.

    Examples
    --------
    >>> units = pd.DataFrame({"first": [1, 2, 3, 3], "second": [1, 2, 3, 2]})
    >>> round(alpha(units, level="nominal").alpha, 3)
    0.667
    """
    require_one_of(level, "level", get_args(Level))
    require(bootstrap >= 0, f"bootstrap = {bootstrap}: a number of draws is needed, or 0")
    require_unique(units.index, "units", "unit")
    require_unique(units.columns, "units", "coder")
    codes, values = _coded(units, level)
    pairable = (codes >= 0).sum(axis=1) > 1
    codes, n_units = codes[pairable], int(pairable.sum())
    require(n_units, f"units: no unit has values of two coders ({len(units)} units, {len(units.columns)} coders)")
    observed, expected = _disagreement(codes, values, level, np.ones(n_units))
    first = units.to_numpy()[pairable][codes >= 0][0]
    require(expected > 0, f"units: every value is {first}; with no disagreement to expect, alpha is not defined")
    random, even = generator(rng), np.full(n_units, 1 / n_units)
    drawn = [_disagreement(codes, values, level, random.multinomial(n_units, even).astype(float)) for _ in range(bootstrap)]
    alphas = [1 - within / between for within, between in drawn if between > 0]
    low, high = np.quantile(alphas, [0.025, 0.975]) if alphas else (np.nan, np.nan)
    n_coders, undefined = int((codes >= 0).any(axis=0).sum()), bootstrap - len(alphas)
    return Alpha(1 - observed / expected, float(low), float(high), observed, expected, level, n_units, n_coders, undefined)


def _coded(units: pd.DataFrame, level: Level) -> tuple[Ints, Floats]:
    """The values as numbers from 0, -1 where missing, and where each stands on its scale."""
    if level == "nominal":
        codes, found = pd.factorize(units.astype(object).to_numpy().ravel())
        return codes.reshape(units.shape), np.arange(len(found), dtype=float)
    if level == "ordinal" and len(set(units.dtypes)) == 1 and getattr(units.dtypes.iloc[0], "ordered", False):
        units = units.apply(lambda coder: coder.cat.codes.where(coder.notna()))
    table = numbers(units, "units", f"; '{level}' needs numbers" + ", or ordered Categoricals of the same levels" * (level == "ordinal"))
    require_finite(table.to_numpy(), table.index, table.columns, "units", missing=True, lowest=0.0 if level == "ratio" else None)
    codes, found = pd.factorize(table.to_numpy().ravel(), sort=True)
    return codes.reshape(units.shape), found


def _disagreement(codes: Ints, values: Floats, level: Level, times: Floats) -> tuple[float, float]:
    """Within units, each counted so many times, and between any two values."""
    known = codes >= 0
    unit, one, other = np.nonzero(known[:, :, None] & known[:, None, :] & ~np.eye(codes.shape[1], dtype=bool))
    first, second = codes[unit, one], codes[unit, other]
    weight = (times / (known.sum(axis=1) - 1))[unit]
    counts = np.bincount(first, weight, len(values))
    place = counts.cumsum() - counts / 2 if level == "ordinal" else values  # squared differences of mid-ranks are the ordinal metric
    gap = np.subtract.outer(place, place)
    if level == "nominal":
        gap = (gap != 0).astype(float)
    elif level == "ratio":
        total = np.add.outer(place, place)
        gap = np.divide(gap, total, out=np.zeros_like(gap), where=total > 0)
    difference, n = gap**2, counts.sum()
    return float(weight @ difference[first, second] / n), float((np.outer(counts, counts) * difference).sum() / (n * (n - 1)))


@dataclass(frozen=True)
class Comparison:
    """Two coders' judgements side by side.

    Attributes
    ----------
    dimensions : DataFrame, one row a dimension
        level; n_both, judgements that both made; alpha; mean_absolute_difference (ordinal only); n_agree; n_agree_admitting, where an
        alternative reading of either counts too; n_only_a, n_only_b. alpha is NaN where both gave one and the same value throughout.
    matched : DataFrame, one row a judgement that both made
        unit_kind, unit_id, dimension, document_id; of each coder value, readings (values and alternatives) and code_ids; difference,
        agree, agree_admitting.
    only_a, only_b : DataFrame
        The rows of what one coder found and the other did not.
    alpha : float
        Ordinal alpha over the judgements on all ordinal dimensions, which share one scale; NaN where it is not defined.
    """

    dimensions: pd.DataFrame
    matched: pd.DataFrame
    only_a: pd.DataFrame
    only_b: pd.DataFrame
    alpha: float

    @property
    def disagreements(self) -> pd.DataFrame:
        """The matched judgements on which the coders differ, the widest apart first."""
        return self.matched[~self.matched["agree"]].sort_values("difference", ascending=False, kind="stable")


def compare(codes_a: pd.DataFrame, codes_b: pd.DataFrame) -> Comparison:
    """Where two coders of the same texts agree, differ, or one was silent.

    Parameters
    ----------
    codes_a, codes_b : DataFrame
        Rows of codes.csv, one coder each: code_id, coder, unit_kind, unit_id, dimension, value, alt_value, document_id. Filter the status
        before.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If a table is empty, lacks a column, holds several coders or has a blank; or if a dimension has numbers and words; names the first
        five codes.

    Notes
    -----
    A judgement is what a coder says of a unit on a dimension from a document. From several passages an ordinal judgement is the mean of
    their values, a categorical one the set of them. A dimension is ordinal where all values are numbers.

    Examples
    --------
    >>> a = pd.DataFrame({"code_id": ["a-1", "a-2"], "coder": "a", "unit_kind": "form", "unit_id": ["spl", "pdc"], "dimension": "trust",
    ...     "value": ["1", "0.67"], "alt_value": ["", "0.33"], "document_id": "d"})
    >>> b = a.assign(code_id=["b-1", "b-2"], coder="b", value=["1", "0.33"], alt_value="")
    >>> found = compare(a, b)
    >>> found.dimensions.loc["trust", ["n_both", "n_agree", "n_agree_admitting"]].tolist()
    [2, 1, 2]
    """
    given = {"a": _checked(codes_a, "codes_a"), "b": _checked(codes_b, "codes_b")}
    level = _levels(pd.concat(given.values(), ignore_index=True))
    made = {side: _judgements(codes, level) for side, codes in given.items()}
    matched = made["a"].merge(made["b"], on=KEY, suffixes=("_a", "_b"))
    pairs = matched[["value_a", "value_b"]]
    ordinal = matched["dimension"].map(level) == "ordinal"
    matched["difference"] = (pairs["value_a"].where(ordinal) - pairs["value_b"].where(ordinal)).abs().astype(float)
    matched["agree"] = (matched["difference"] < 1e-9) | (pairs["value_a"] == pairs["value_b"])
    common = [not a.isdisjoint(b) for a, b in zip(matched["readings_a"], matched["readings_b"], strict=True)]
    matched["agree_admitting"] = matched["agree"] | np.array(common, dtype=bool)
    keys = {side: pd.MultiIndex.from_frame(codes[KEY]) for side, codes in given.items()}
    only_a, only_b = codes_a[~keys["a"].isin(keys["b"])], codes_b[~keys["b"].isin(keys["a"])]
    here = matched.groupby("dimension")
    alphas = pd.Series({d: _alpha_or_nan(pairs.loc[rows], level[d]) for d, rows in here.groups.items()}, dtype=float)
    table = pd.DataFrame({"level": level, "n_both": here.size(), "alpha": alphas}, index=level.index)
    table["mean_absolute_difference"] = here["difference"].mean()
    table[["n_agree", "n_agree_admitting"]] = here[["agree", "agree_admitting"]].sum()
    for side, rows in (("a", only_a), ("b", only_b)):
        table[f"n_only_{side}"] = rows.drop_duplicates(KEY)["dimension"].value_counts()
    counts = [column for column in table if column.startswith("n_")]
    table[counts] = table[counts].fillna(0).astype(int)
    return Comparison(table, matched, only_a, only_b, _alpha_or_nan(pairs[ordinal], "ordinal"))


def _checked(codes: pd.DataFrame, name: str) -> pd.DataFrame:
    filled(codes.set_axis(codes.get("code_id", codes.index)), name, ["code_id", "coder", *KEY, "value"])
    require("alt_value" in codes, f"{name}: no column alt_value; it may be blank")
    require_unique(pd.Index(codes["code_id"]), name, "code_id")
    coders = codes["coder"].unique()
    require(len(coders) == 1, f"{name}: one coder is needed; there are {listed(coders) or 'none'}")
    return codes


def _levels(codes: pd.DataFrame) -> pd.Series:
    """Of each dimension: ordinal where its values are numbers, else nominal."""
    number, alternative = (np.isfinite(pd.to_numeric(codes[column], errors="coerce")) for column in ("value", "alt_value"))
    ordinal = number.groupby(codes["dimension"], sort=False).any()
    wrong = codes["dimension"].map(ordinal) & ~(number & (alternative | codes["alt_value"].isna() | (codes["alt_value"] == "")))
    rows = [f"{row.code_id} ({row.dimension})" for row in codes[wrong].itertuples()]
    refuse(rows, "codes: no number where other values of the dimension are numbers: ")
    return ordinal.map({True: "ordinal", False: "nominal"})


def _judgements(codes: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """One row a judgement: its value, every reading that it admits, and the codes behind it."""
    made = []
    for key, rows in codes.groupby(KEY, sort=False):
        ordinal = level[key[KEY.index("dimension")]] == "ordinal"
        read: Callable[[str], Any] = float if ordinal else str
        values, others = ([read(v) for v in rows[column] if pd.notna(v) and v != ""] for column in ("value", "alt_value"))
        value = round(np.mean(values), 9) if ordinal else " | ".join(sorted(set(values)))  # the order of a sum makes no other value
        made.append((*key, value, frozenset(values + others), list(rows["code_id"])))
    return pd.DataFrame(made, columns=[*KEY, "value", "readings", "code_ids"])


def _alpha_or_nan(pairs: pd.DataFrame, level: Level) -> float:
    return alpha(pairs, level=level).alpha if len(pd.unique(pairs.to_numpy().ravel())) > 1 else np.nan
