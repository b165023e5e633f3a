"""Distances between units described on scales of any kind, with gaps."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from slpi.compiled import compiled, in_threads
from slpi.labelled import Bools, Floats, numbers, refuse, require, require_unique

Kinds = Mapping[Hashable, str]
Amounts = Mapping[Hashable, float]
#: What a column can hold, and so how two of its values differ.
KINDS = ("numeric", "ordinal", "nominal", "symmetric", "asymmetric")
_INFERRED = dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal", "empty"), "numeric")
_INFERRED |= {"boolean": "symmetric", "string": "nominal", "categorical": "nominal"}
_BLOCK = 128  # rows a task and columns a tile: two columns of a tile and its sums stay in the nearest cache


def mean_absolute_difference(
    profiles: pd.DataFrame, *, common: bool = False, weights: pd.Series | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How far units lie apart on the dimensions on which both are described.

    Parameters
    ----------
    profiles : DataFrame, shape (units, dimensions)
        Values from 0 to 1; NaN where nothing is said.
    common : bool
        True: every pair on the dimensions that all units share. False: each pair on its own shared dimensions.
    weights : Series, shape (dimensions,), optional
        Non-negative weights by dimension; equal if not given.

    Returns
    -------
    distances : DataFrame, shape (units, units)
        From 0 (alike) to 1; NaN where a pair shares no dimension.
    shared : DataFrame, shape (units, units)
        On how many dimensions each distance stands.

    Raises
    ------
    ValueError
        If a value lies outside 0–1, a label is duplicated or a weight is negative, infinite or missing; names the first five.

    References
    ----------
    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. *Biometrics*, 27, 857–871. With
    one scale 0–1 for every dimension his distance is this mean.

    Examples
    --------
    >>> profiles = pd.DataFrame({"trust": [1, 0.67], "size": [0, 1.0]}, index=["spl", "pdc"])
    >>> distances, shared = mean_absolute_difference(profiles)
    >>> round(float(distances.loc["spl", "pdc"]), 3), int(shared.loc["spl", "pdc"])
    (0.665, 2)
    """
    require_profiles(profiles)
    used = profiles.dropna(axis="columns") if common else profiles
    w = _weights(weights, used.columns)
    x, present = used.to_numpy(float), used.notna().to_numpy(bool)
    both = present[:, None, :] & present[None, :, :]
    difference = np.where(both, np.abs(x[:, None, :] - x[None, :, :]), 0.0)
    total = both @ w
    distance = np.divide(difference @ w, total, out=np.full(total.shape, np.nan), where=total > 0)
    units = profiles.index
    return pd.DataFrame(distance, units, units), pd.DataFrame(both.sum(axis=2), units, units)


def require_profiles(profiles: pd.DataFrame) -> None:
    """Refuse a profile frame with duplicate labels or values outside 0–1."""
    require_unique(profiles.index, "profiles", "unit")
    require_unique(profiles.columns, "profiles", "dimension")
    values = profiles.stack()
    cells = [f"{unit}, {dimension} = {value:g}" for (unit, dimension), value in values[(values < 0) | (values > 1)].items()]
    require(not cells, f"profiles: outside 0–1: {'; '.join(cells[:5])}")


def gower(
    frame: pd.DataFrame, *, kinds: Kinds | None = None, weights: Amounts | None = None, ranges: Amounts | None = None
) -> pd.DataFrame:
    """How far units lie apart on attributes of mixed kinds, each pair on what is known of both.

    Parameters
    ----------
    frame : DataFrame, shape (units, attributes)
        Missing values (NaN, None, NA) are left out pair by pair.
    kinds : mapping from column to kind, optional
        ``numeric``; ``ordinal`` (an ordered Categorical, or numbers that are ranked first); ``nominal``; ``symmetric`` (0/1 or bool, two
        absences are alike); ``asymmetric`` (0/1 or bool, two absences say nothing). A column that is not named takes the kind of its
        values: numbers are numeric, bool is symmetric, an ordered Categorical is ordinal, text and other Categoricals are nominal.
    weights : mapping from column to weight, optional
        Not negative, one for each column; equal if not given.
    ranges : mapping from column to range, optional
        Highest minus lowest value of the population from which the units come, for numeric columns; for ordinal ones the number of steps
        from lowest to highest level. A column that is not named takes the range found in ``frame``.

    Returns
    -------
    DataFrame, shape (units, units)
        From 0 (alike) to 1; NaN where a pair shares no attribute; 0 to oneself.

    Raises
    ------
    ValueError
        If a label stands twice, there is no attribute or fewer than two units, a kind is unknown or does not fit the values, a value is
        infinite, a weight is negative, infinite or missing, or a range is smaller than what the column spans; names the first five.

    Notes
    -----
    d_ij = Σ_k w_k δ_ijk d_ijk / Σ_k w_k δ_ijk, with d_ijk = abs(x_ik - x_jk) / range_k for numbers and for the places of levels, 0 or 1
    for the others; δ_ijk is 1 where the pair is comparable on k and 0 otherwise. A constant column makes every pair more alike. It equals
    ``daisy(metric = "gower")`` of R's package cluster, but that bool is symmetric here unless it is said to be asymmetric.

    References
    ----------
    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. *Biometrics*, 27, 857–871.
    Kaufman, L. & Rousseeuw, P. J. (1990). *Finding Groups in Data*. Wiley, section 1.2.6.

    Examples
    --------
    >>> firms = pd.DataFrame({"jobs": [10, 30, 50], "form": ["scop", "sarl", None]}, index=["f1", "f2", "f3"])
    >>> gower(firms).loc["f1"].tolist()
    [0.0, 0.75, 1.0]
    """
    require_unique(frame.index, "frame", "unit")
    require_unique(frame.columns, "frame", "column")
    n = len(frame)
    enough = n > 1 and len(frame.columns) > 0
    require(enough, f"frame: {n} units and {len(frame.columns)} columns; at least two units and one column are needed")
    asked = {"kinds": kinds, "weights": weights, "ranges": ranges}
    said: dict[str, dict[Hashable, Any]] = {name: {} if given is None else dict(given) for name, given in asked.items()}
    refuse([f"{column} ({name})" for name, given in said.items() for column in given if column not in frame], "frame: no column ")
    kind_of = pd.Series({column: _inferred_kind(frame[column]) for column in frame} | said["kinds"])
    unknown = [f"{column} ({kind})" for column, kind in kind_of.items() if kind not in KINDS]
    refuse(unknown, f"kinds: name one of {', '.join(KINDS)} for ")
    x = _standardised(_coded(frame, kind_of), kind_of, said["ranges"])
    w = _weights(pd.Series(said["weights"], dtype=float) if said["weights"] else None, frame.columns)
    require(w.any(), "weights: all are 0")
    known, asymmetric = np.isfinite(x).astype(float), (kind_of == "asymmetric").to_numpy()
    x, distances = np.nan_to_num(x), np.empty((n, n))
    blocks = [(start, min(start + _BLOCK, n)) for start in range(0, n, _BLOCK)]
    in_threads(_gower_rows, [(x, known, w, asymmetric, *block, distances) for block in blocks])
    np.fill_diagonal(distances, 0.0)
    return pd.DataFrame(distances, frame.index, frame.index, copy=False)


def _weights(weights: pd.Series | None, columns: pd.Index) -> Floats:
    w = pd.Series(1.0, columns) if weights is None else weights.reindex(columns)
    refuse(w.index[~np.isfinite(w) | (w < 0)], "weights: negative, infinite or missing for ")
    return np.asarray(w, dtype=float)


def _inferred_kind(column: pd.Series) -> str:
    held = pd.api.types.infer_dtype(column, skipna=True)
    return "ordinal" if _has_levels(column) else _INFERRED.get(held, held)


def _has_levels(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered


def _coded(frame: pd.DataFrame, kinds: pd.Series) -> pd.DataFrame:
    """Each column as floats: numbers, places of levels, numbers of classes, 0 and 1; NaN where missing."""
    codes = {column: pd.factorize(frame[column])[0] for column in frame if kinds[column] == "nominal"}
    codes |= {column: frame[column].cat.codes for column in frame if kinds[column] == "ordinal" and _has_levels(frame[column])}
    raw = {column: pd.Series(codes[column], frame.index).replace(-1, np.nan) if column in codes else frame[column] for column in frame}
    coded = numbers(pd.DataFrame(raw), "frame", "; text with an order comes as an ordered Categorical, other text is nominal")
    ranked = [column for column in frame if kinds[column] == "ordinal" and column not in codes]
    coded[ranked] = coded[ranked].rank(method="dense")
    binary = coded[kinds.index[kinds.isin(["symmetric", "asymmetric"])]]
    wrong = np.argwhere((binary.notna() & ~binary.isin([0, 1])).to_numpy())
    cells = [f"{binary.index[i]}, {binary.columns[j]} = {binary.iat[i, j]:g}" for i, j in wrong]
    refuse(cells, "frame: symmetric and asymmetric columns hold 0 and 1 or bool: ", "; others are nominal")
    return coded


def _standardised(coded: pd.DataFrame, kinds: pd.Series, ranges: Mapping[Hashable, float]) -> Floats:
    """Columns as rows: numbers and levels from 0 to 1 over their range, classes as they are."""
    x = coded.to_numpy().T
    scaled = kinds.isin(["numeric", "ordinal"]).to_numpy()
    lowest = np.fmin.reduce(x, axis=1)
    with np.errstate(over="ignore"):
        span = np.fmax.reduce(x, axis=1) - lowest
    width = np.array([ranges.get(column, own) for column, own in zip(coded, span, strict=True)], dtype=float)
    fits = np.isnan(span) | (np.isfinite(width) & (width >= span * (1 - 1e-12)))
    wrong = ~np.where(scaled, fits, ~coded.columns.isin(list(ranges)))
    faults = [f"{column} = {w:g}, spanned {s:g}" for column, w, s in zip(coded.columns[wrong], width[wrong], span[wrong], strict=True)]
    refuse(faults, "ranges: for numeric and ordinal columns, finite, no smaller than what the units span: ")
    width = np.where(width > 0, width, 1.0)[:, None]
    return np.ascontiguousarray(np.where(scaled[:, None], (x - lowest[:, None]) / width, x))


@compiled
def _gower_rows(x: Floats, known: Floats, weights: Floats, asymmetric: Bools, start: int, stop: int, distances: Floats) -> None:
    """Fill the distances of the units from ``start`` to ``stop`` to these and all later ones, both ways."""
    n_columns, n = x.shape
    tile = stop - start
    gap, weight = np.empty(tile), np.empty(tile)
    for first in range(start, n, tile):
        width = min(tile, n - first)
        for i in range(start, stop):
            gap[:] = 0.0
            weight[:] = 0.0
            for k in range(n_columns):
                own, own_weight = x[k, i], weights[k] * known[k, i]
                if own_weight == 0.0:
                    continue
                theirs, there = x[k, first : first + width], known[k, first : first + width]
                counted = theirs if asymmetric[k] and own == 0.0 else there  # what one lacks only tells it from those that have it
                for j in range(width):
                    shared = own_weight * counted[j]
                    weight[j] += shared
                    gap[j] += shared * min(abs(own - theirs[j]), 1.0)
            for j in range(width):
                distances[i, first + j] = gap[j] / weight[j]
        for j in range(first, first + width):
            for i in range(start, stop):
                distances[j, i] = distances[i, j]
