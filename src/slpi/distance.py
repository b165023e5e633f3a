"""Distances between units described on ordinal scales, with gaps."""

import numpy as np
import pandas as pd


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
    w = pd.Series(1.0, used.columns) if weights is None else weights.reindex(used.columns)
    wrong = ~np.isfinite(w) | (w < 0)
    if wrong.any():
        raise ValueError(f"weights: negative, infinite or missing for {', '.join(map(str, w.index[wrong][:5]))}")
    x, present = used.to_numpy(float), used.notna().to_numpy(bool)
    both = present[:, None, :] & present[None, :, :]
    difference = np.where(both, np.abs(x[:, None, :] - x[None, :, :]), 0.0)
    total = both @ w.to_numpy(float)
    with np.errstate(invalid="ignore"):
        distance = np.where(total > 0, (difference @ w.to_numpy(float)) / np.where(total > 0, total, 1), np.nan)
    labels = {"index": profiles.index, "columns": profiles.index}
    return pd.DataFrame(distance, **labels), pd.DataFrame(both.sum(axis=2), **labels)


def require_profiles(profiles: pd.DataFrame) -> None:
    """Refuse a profile frame with duplicate labels or values outside 0–1."""
    for axis, labels in (("unit", profiles.index), ("dimension", profiles.columns)):
        if labels.has_duplicates:
            raise ValueError(f"profiles: {axis} twice: {', '.join(map(str, labels[labels.duplicated()].unique()[:5]))}")
    wrong = (profiles < 0) | (profiles > 1)
    if wrong.to_numpy().any():
        cells = [f"{unit}, {dimension} = {profiles.loc[unit, dimension]:g}" for unit, dimension in wrong.stack()[lambda s: s].index[:5]]
        raise ValueError(f"profiles: outside 0–1: {'; '.join(cells)}")
