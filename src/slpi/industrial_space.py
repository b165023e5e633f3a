"""Industry by area from the national open data: counts by département, zone and commune, artisan food apart, and who is whose neighbour."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from slpi.areas import is_metropolitan
from slpi.autocorrelation import CLUSTERS, Neighbours, contiguity, joined, local_moran, moran, nearest, rate_deviates
from slpi.labelled import refuse

#: Shops that make food and count as industry: butchers' delicatessen, terminal baking, bakeries, pastry.
ARTISAN_FOOD = ("10.13B", "10.71B", "10.71C", "10.71D")
#: From the largest areas to the smallest: the column of a commune that names its area.
LEVELS = {"départements": "departement", "zones": "zone", "communes": "commune"}


def departement_counts(establishments: pd.DataFrame) -> pd.DataFrame:
    """Establishments of metropolitan départements × NAF sub-classes, from the long table of :func:`slpi.national.establishments`."""
    here = establishments[is_metropolitan(establishments["departement"])]
    return here.pivot_table(index="departement", columns="naf", values="establishments", aggfunc="sum", fill_value=0)


def manufacturing(counts: pd.DataFrame, *, artisan_food: bool = True) -> pd.DataFrame:
    """The columns of NAF 10 to 33, with or without artisan food.

    Examples
    --------
    >>> counts = pd.DataFrame([[1, 2, 3]], columns=["10.71C", "25.71Z", "47.11F"])
    >>> [*manufacturing(counts)], [*manufacturing(counts, artisan_food=False)]
    (['10.71C', '25.71Z'], ['25.71Z'])
    """
    kept = counts.columns[counts.columns.str[:2].to_series().between("10", "33").to_numpy()]
    return counts[kept if artisan_food else kept.difference(ARTISAN_FOOD)]


def area_counts(communes: pd.DataFrame, by: str) -> pd.DataFrame:
    """Establishments in industry (``events``), of all sectors (``base``), and population of metropolitan areas.

    Parameters
    ----------
    communes : DataFrame
        As :func:`slpi.areas.communes` returns it.
    by : str
        ``commune``, ``zone`` or ``departement``.
    """
    here = communes[communes["metropolitan"]]
    sums = here.groupby(by)[["establishments_industry", "establishments", "population"]].sum()
    return sums.set_axis(["events", "base", "population"], axis=1)


def without_food(communes: pd.DataFrame, counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Counts as :func:`area_counts` gives them, if artisan food of each département lay as its population does: an assumption.

    Its establishments (of another source and year) are taken out of industry and of all, commune by commune and not below 0.
    """
    here = communes[communes["metropolitan"]]
    food = counts[[code for code in ARTISAN_FOOD if code in counts]].sum(axis=1)
    share = here["population"] / here.groupby("departement")["population"].transform("sum")
    taken = np.minimum(share * here["departement"].map(food).fillna(0), here["establishments_industry"]).fillna(0)
    columns = ["establishments_industry", "establishments"]
    return area_counts(here.assign(**{column: here[column] - taken for column in columns}), by)


def neighbourhoods(communes: Any, k: int) -> dict[tuple[str, str], Neighbours]:
    """Neighbours by level and kind: areas touch where communes of theirs do; the k nearest are so by the middles of areas.

    Parameters
    ----------
    communes : GeoDataFrame
        As :func:`slpi.areas.communes` returns it.
    k : int
        How many are nearest.

    Returns
    -------
    dict
        (level of ``LEVELS``, ``contiguity`` or ``nearest``) to Neighbours of metropolitan areas. The middle of an area is the mean of its
        communes' middles, weighted by their area.
    """
    here = communes[communes["metropolitan"]].set_index("commune", drop=False)
    refuse(here.index[here.geometry.isna()], "communes: no outline: ")
    touching, centre = contiguity(here), here.geometry.centroid
    weighed = pd.DataFrame({"x": centre.x, "y": centre.y}).mul(here.area, axis=0).assign(area=here.area)
    found = {}
    for level, column in LEVELS.items():
        sums = weighed.groupby(here[column].to_numpy()).sum()
        found[level, "contiguity"] = touching if column == "commune" else joined(touching, here[column])
        found[level, "nearest"] = nearest(sums[["x", "y"]].div(sums["area"], axis=0), k)
    return found


def share_autocorrelation(
    counts: Mapping[tuple[str, str], pd.DataFrame],
    neighbours: Mapping[tuple[str, str], Neighbours],
    *,
    simulations: int = 999,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Moran's I of the share of establishments in industry, plain and as rate deviates, under every kind of neighbours.

    Parameters
    ----------
    counts : mapping
        (level, what is counted) to ``events`` and ``base`` by area.
    neighbours : mapping
        As :func:`neighbourhoods` returns it.
    simulations, rng
        As for :func:`slpi.autocorrelation.moran`.

    Returns
    -------
    DataFrame, one row a level, what is counted, kind of neighbours and scale (``share``, ``deviate``)
        And the fields of :class:`slpi.autocorrelation.Moran`.
    """
    rows = []
    for (level, counted), table in counts.items():
        scales = {
            "share": table["events"] / table["base"].where(table["base"] > 0),
            "deviate": rate_deviates(table["events"], table["base"]),
        }
        for kind in ("contiguity", "nearest"):
            for scale, values in scales.items():
                found = moran(values, neighbours[level, kind], simulations=simulations, rng=rng)
                rows.append({"level": level, "counted": counted, "neighbours": kind, "scale": scale} | asdict(found))
    return pd.DataFrame(rows)


def share_clusters(
    counts: Mapping[str, pd.DataFrame],
    neighbours: Mapping[tuple[str, str], Neighbours],
    *,
    draws: int = 99_999,
    rng: np.random.Generator | int = 0,
    level: float = 0.05,
) -> dict[str, pd.DataFrame]:
    """Local Moran of rate deviates on contiguous areas, for each level; ``alone`` is the cluster without correction for many tests."""
    found = {}
    for name, table in counts.items():
        local = local_moran(
            rate_deviates(table["events"], table["base"]), neighbours[name, "contiguity"], draws=draws, rng=rng, level=level
        )
        kind = np.where(local["deviate"] > 0, "high", "low") + np.where(local["lag"] > 0, "-high", "-low").astype(object)
        share = (table["events"] / table["base"]).reindex(local.index)
        found[name] = local.assign(share=share, alone=np.where(local["p"] <= level, kind, CLUSTERS[-1]))
    return found


def commune_area(plants: pd.DataFrame, communes: Any) -> pd.Series:
    """Square metres of the commune on whose point each plant stands (of the nearest, where the simplified outline misses it).

    Parameters
    ----------
    plants : DataFrame with x and y
        Lambert-93, metres.
    communes : GeoDataFrame
        As :func:`slpi.areas.communes` returns it.
    """
    import geopandas as gpd

    here = communes.loc[communes["metropolitan"], ["area_km2", "geometry"]]
    at = gpd.GeoSeries(gpd.points_from_xy(plants["x"], plants["y"]), index=plants.index, crs=here.crs)
    nearest_of = pd.Series(*here.sindex.nearest(at, return_all=False)[::-1])
    return pd.Series(1e6 * here["area_km2"].to_numpy()[nearest_of.sort_index().to_numpy()], plants.index)


def shares_of(part: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Some industries (``events``) among all (``base``) by area, from tables of counts."""
    return pd.DataFrame({"events": part.sum(axis=1), "base": counts.sum(axis=1)})
