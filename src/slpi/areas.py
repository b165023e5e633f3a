"""Communes of several vintages counted in one, and the areas that are made of them.

Communes merge, split and change their number; sources of 2021, 2022 and 2024 speak of different ones. Here they are counted in the smallest
areas that are whole communes in every vintage: a merged commune is one from the start, a split one stays whole. So nothing is shared out
by guess, and sums are the same before and after.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

#: The largest share of areas that may lack a counterpart in another vintage.
MOST_UNMATCHED = 0.002


def aside(*rows: tuple[str, str, Iterable[str]]) -> pd.DataFrame:
    """What was set aside: what, why, how many, and the keys.

    Examples
    --------
    >>> aside(("arrondissements", "counted with their city", ["75101", "75102"]))
                  what                      why  count          keys
    0  arrondissements  counted with their city      2  75101, 75102
    """
    kept = [(what, why, list(keys)) for what, why, keys in rows]
    return pd.DataFrame([(what, why, len(keys), ", ".join(keys)) for what, why, keys in kept], columns=["what", "why", "count", "keys"])


def is_metropolitan(codes: pd.Series) -> pd.Series:
    """Whether communes or départements lie in metropolitan France, Corsica included, by their INSEE codes.

    Examples
    --------
    >>> is_metropolitan(pd.Series(["01001", "2A004", "97411"])).tolist()
    [True, True, False]
    """
    return ~codes.str.startswith(("97", "98"))


def commune_of(siren: pd.Series) -> pd.Series:
    """The INSEE code of the commune that a SIREN belongs to; missing where it is another body's.

    Examples
    --------
    >>> commune_of(pd.Series(["210600334", "200067700"])).tolist()
    ['06033', nan]
    """
    return (siren.str[2:4] + siren.str[5:8]).where(siren.str.startswith("21"))


def common_codes(codes: pd.Series, changes: pd.DataFrame) -> pd.Series:
    """The area of each commune that every vintage knows: where it merged into, what it split from, its last number.

    Parameters
    ----------
    codes : Series of str
        INSEE codes of communes, of any vintage.
    changes : DataFrame
        old, new (INSEE codes), kind: ``merged`` (old into new), ``renumbered`` (old is now new), ``split`` (new comes out of old).

    Returns
    -------
    Series of str
        With the index of ``codes``.

    Raises
    ------
    ValueError
        If a commune changes twice in one way, or changes lead round in a circle.

    Examples
    --------
    >>> changes = pd.DataFrame({"old": ["01039", "85084"], "new": ["01138", "85165"], "kind": ["merged", "split"]})
    >>> common_codes(pd.Series(["01039", "01138", "85165", "85084"]), changes).tolist()
    ['01138', '01138', '85084', '85084']
    """
    split = changes["kind"].eq("split")
    steps = pd.Series(changes["old"].mask(split, changes["new"]).to_numpy())
    twice = steps[steps.duplicated()]
    if len(twice):
        raise ValueError(f"changes: {', '.join(twice.unique())} can go into one commune only")
    into = dict(zip(steps, changes["new"].mask(split, changes["old"]), strict=True))
    for _ in range(len(into) + 1):
        moving = codes.isin(into)
        if not moving.any():
            return codes
        codes = codes.mask(moving, codes.map(into))
    raise ValueError(f"changes: {', '.join(sorted(codes[moving].unique()))} lead round in a circle")


def communes(counts: pd.DataFrame, geography: pd.DataFrame, shapes: Any, changes: pd.DataFrame) -> tuple[Any, pd.DataFrame]:
    """One row an area that is whole communes in every vintage: counts, the areas that it belongs to, outline.

    Parameters
    ----------
    counts, geography, shapes
        As :func:`slpi.national.communes_2021`, :func:`slpi.national.geography_2022` and :func:`slpi.national.commune_shapes` return them.
    changes : DataFrame
        As :func:`slpi.national.commune_changes` returns it.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        commune (the area's code), name, departement, region, epci, zone with their names (all as of the commune of that code in 2022), ept
        (2024), metropolitan, the columns of ``counts`` (sums; missing where every part is), geometry (Lambert-93; none overseas). What was
        set aside: changes applied, areas over two zones or EPCI, areas unmatched in a vintage.

    Raises
    ------
    ValueError
        If more than ``MOST_UNMATCHED`` of the areas lack a counterpart in another vintage.
    """
    import geopandas as gpd

    counted = counts.assign(commune=common_codes(counts["commune"], changes)).groupby("commune").sum(min_count=1)
    placed = geography.assign(area=common_codes(geography["commune"], changes))
    namesakes = (
        placed.sort_values("commune", key=lambda code: code != placed["area"], kind="stable").drop_duplicates("area").set_index("area")
    )
    drawn = shapes[["commune", "ept", "geometry"]].assign(commune=common_codes(shapes["commune"], changes))
    several = drawn["commune"].duplicated(keep=False)
    drawn = pd.concat([drawn[~several], drawn[several].dissolve("commune").reset_index()]).set_index("commune")

    table = namesakes.drop(columns="commune").join([counted, drawn], how="outer").rename_axis("commune").sort_index().reset_index()
    table.insert(1, "metropolitan", is_metropolitan(table["commune"]))
    missing = {
        year: table.loc[~table["commune"].isin(of.index), "commune"] for year, of in ((2021, counted), (2022, namesakes), (2024, drawn))
    }
    unmatched = sorted(set[str]().union(*missing.values()))
    if len(unmatched) > MOST_UNMATCHED * len(table):
        raise ValueError(
            f"{len(unmatched)} of {len(table)} communes have no counterpart in another vintage, more than {MOST_UNMATCHED:.1%}: "
            f"{', '.join(unmatched[:20])}; name their changes in commune_changes.csv"
        )
    over = {"zones": "zone", "EPCI": "epci"}
    straddling = {name: sorted(placed.groupby("area")[column].nunique().loc[lambda n: n > 1].index) for name, column in over.items()}
    why = {"merged": "as one from the start", "split": "as one still", "renumbered": "under the last number"}
    return gpd.GeoDataFrame(table, crs=shapes.crs), aside(
        *((f"communes {kind}", f"counted {why[kind]}", rows["old"] + " > " + rows["new"]) for kind, rows in changes.groupby("kind")),
        *((f"communes over two {name}", "placed with the one whose code they bear", keys) for name, keys in straddling.items()),
        *((f"communes unmatched in {year}", "no change is known that leads to them", sorted(keys)) for year, keys in missing.items()),
    )


def zone_shapes(communes: Any) -> tuple[Any, pd.DataFrame]:
    """One row an employment zone (zone d'emploi 2020): sums and outline of its communes.

    Parameters
    ----------
    communes : GeoDataFrame
        As :func:`communes` returns it.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        zone, name, metropolitan, communes (how many), the sums of the communes' counts, geometry (Lambert-93; none overseas). What was set
        aside: communes without a zone, zones without an outline.
    """
    import geopandas as gpd

    zones = communes.groupby("zone")
    table = pd.DataFrame({"name": zones["zone_name"].first(), "metropolitan": zones["metropolitan"].all(), "communes": zones.size()})
    table = table.join(zones[list(communes.select_dtypes(np.number))].sum(min_count=1))
    table["geometry"] = communes[communes["metropolitan"]].dissolve("zone")["geometry"].reindex(table.index)
    return gpd.GeoDataFrame(table.reset_index(), crs=communes.crs), aside(
        ("communes without a zone", "in no sum", communes.loc[communes["zone"].isna(), "commune"]),
        ("zones overseas", "their outlines are not to scale or place", table.index[~table["metropolitan"]]),
    )


def territory_communes(territories: Any, communes: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a commune of a territory of industry, by the SIREN of the EPCI, EPT or commune that is its member.

    Parameters
    ----------
    territories : GeoDataFrame
        territory, members (SIREN, separated by a comma and a space).
    communes : GeoDataFrame
        As :func:`communes` returns it.

    Returns
    -------
    (DataFrame, DataFrame)
        territory, commune. What was set aside: members that no commune belongs to.
    """
    members = territories[["territory", "members"]].assign(member=territories["members"].str.split(", ")).explode("member")
    by = [communes[["commune", key]].set_axis(["commune", "member"], axis=1) for key in ("epci", "ept")]
    own = communes[["commune"]].assign(member=communes["commune"])
    members["member"] = commune_of(members["member"]).fillna(members["member"])
    found = members.merge(pd.concat([*by, own]).dropna(), on="member", how="left")[["territory", "member", "commune"]]
    lost = found["commune"].isna()
    table = found.loc[~lost, ["territory", "commune"]].drop_duplicates().sort_values(["territory", "commune"], ignore_index=True)
    return table, aside(("members without communes", "known neither as EPCI of 2022, EPT nor commune", found.loc[lost, "member"]))
