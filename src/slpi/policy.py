"""Policy of places: which bodies the State labelled, which the data detect, what the texts say of weights, tools and dates.

The areas are the bodies of inter-municipal co-operation (EPCI), of which the labelled territories are made; Greater Paris, a single one, is
taken by its établissements publics territoriaux (EPT).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from slpi.concentration import location_quotient_test
from slpi.coverage import dated
from slpi.labelled import require, require_one_of
from slpi.labelling import Drawn, LabelTest, overlap, pieces, zones
from slpi.systems import lambert93

SECTORS = [f"establishments_{sector}" for sector in ("agriculture", "industry", "construction", "services", "public")]
INDUSTRY = "establishments_industry"
RULES = ("share", "ranked", "size")
STATES = ("labelled and detected", "labelled only", "detected only", "neither")
#: Places are known to about five kilometres.
REACH = 5e3

Rule = Literal["share", "ranked", "size"]


def bodies(communes: Any) -> tuple[Any, pd.DataFrame]:
    """One row an EPCI of metropolitan France, Greater Paris by its EPT: counts and outline.

    Parameters
    ----------
    communes : GeoDataFrame
        As :func:`slpi.areas.communes` returns it.

    Returns
    -------
    (GeoDataFrame, DataFrame)
        Indexed by body (SIREN): name, communes (how many), population, jobs, establishments, those of the five sectors, geometry. A part of
        a divided EPCI is named after its commune with most jobs. Then: commune, body, of the communes that belong to one.
    """
    inside = communes[communes["metropolitan"]].assign(body=lambda all_of: all_of["ept"].fillna(all_of["epci"]))
    inside = inside.dropna(subset="body")
    groups = inside.groupby("body")
    table = groups[["population", "jobs", "establishments", *SECTORS]].sum()
    table.insert(0, "communes", groups.size())
    largest = inside.sort_values("jobs", ascending=False, kind="stable").drop_duplicates("body").set_index("body")
    divided = inside[inside["ept"].notna()]["epci"].unique()
    table.insert(0, "name", largest["epci_name"].where(~largest["epci"].isin(divided), largest["name"]))
    outlines = inside[["body", "geometry"]].dissolve("body", method="coverage")
    return outlines.join(table)[[*table, "geometry"]], inside[["commune", "body"]].reset_index(drop=True)


def labels(members: pd.DataFrame, territory_communes: pd.DataFrame, communes: pd.DataFrame, *, majority: float = 0.5) -> pd.DataFrame:
    """The labelled territory of each body, and how much of its industry lies in it.

    Parameters
    ----------
    members : DataFrame
        commune, body, as :func:`bodies` returns them.
    territory_communes : DataFrame
        territory, commune.
    communes : DataFrame
        commune, establishments_industry.
    majority : float
        Share of a body's industrial establishments from which on it counts as labelled, above 0.

    Returns
    -------
    DataFrame, indexed by body
        territory (missing where none reaches the majority; where two do, the larger part), part (0–1, of all territories together).
    """
    require(0 < majority <= 1, f"majority = {majority} is outside 0–1 or 0")
    counted = members.merge(communes[["commune", INDUSTRY]], on="commune").merge(territory_communes, on="commune", how="left")
    whole = counted.groupby("body")[INDUSTRY].sum()
    by = counted.groupby(["body", "territory"])[INDUSTRY].sum().reset_index(name="within")
    most = by.sort_values("within", ascending=False, kind="stable").drop_duplicates("body").set_index("body")
    part = (by.groupby("body")["within"].sum() / whole).reindex(whole.index).fillna(0.0)
    return pd.DataFrame({"territory": most["territory"].reindex(whole.index).where(part >= majority), "part": part})


def detected(
    table: pd.DataFrame, *, rule: Rule = "share", threshold: float = 1.25, certainty: float = 0.95, number: int = 0
) -> pd.DataFrame:
    """Which areas stand out as industrial, by their employer establishments of five sectors.

    Parameters
    ----------
    table : DataFrame, indexed by area
        Establishments of the five ``SECTORS``.
    rule : "share", "ranked" or "size"
        *share*: the location quotient of industry exceeds the threshold with the posterior probability ``certainty``. *ranked*: the
        ``number`` areas with the highest shrunken quotient. *size*: the ``number`` areas with most industrial establishments.
    threshold, certainty : float
        Of the rule *share*.
    number : int
        Of the other two.

    Returns
    -------
    DataFrame, indexed by area
        lq, shrunken, p_above (as :func:`slpi.concentration.location_quotient_test`), detected.
    """
    require_one_of(rule, "rule", RULES)
    require(rule == "share" or 0 < number <= len(table), f"number = {number} is no number of areas up to {len(table)}")
    tested = location_quotient_test(pd.DataFrame(table[SECTORS]).astype(int), threshold=threshold)
    found = tested[tested["industry"] == INDUSTRY].set_index("area")[["lq", "shrunken", "p_above"]].loc[table.index]
    if rule == "share":
        return found.assign(detected=found["p_above"] >= certainty)
    by = found["shrunken"] if rule == "ranked" else table[INDUSTRY]
    return found.assign(detected=by.rank(ascending=False, method="first") <= number)


def detections(
    table: pd.DataFrame, *, number: int, thresholds: Sequence[float] = (1, 1.25, 1.5), certainty: float = 0.95
) -> dict[str, pd.Series]:
    """Which areas stand out by each of the declared rules: quotients above several thresholds, and the two ranked by ``number``."""
    rules = {f"quotient above {above:g}": detected(table, threshold=above, certainty=certainty) for above in thresholds}
    rules |= {
        "highest quotients": detected(table, rule="ranked", number=number),
        "most establishments": detected(table, rule="size", number=number),
    }
    return {name: found["detected"] for name, found in rules.items()}


def states(labelled: pd.Series, found: pd.Series) -> pd.Series:
    """One of the four ``STATES`` for each area."""
    chosen = np.select([labelled & found, labelled, found], STATES[:3], STATES[3])
    return pd.Series(chosen, labelled.index)


def size_classes(sizes: pd.Series, step: float = 2.0) -> pd.Series:
    """Classes of size, each beginning at ``step`` times the one below; nothing and one are of the lowest.

    Examples
    --------
    >>> size_classes(pd.Series([0, 1, 3, 4, 1000])).to_list()
    [0, 0, 1, 2, 9]
    """
    require(step > 1, f"step = {step} must exceed 1")
    return np.floor(np.log(sizes.clip(lower=1)) / np.log(step) + 1e-9).astype(int)


def partial(table: pd.DataFrame, label: pd.DataFrame) -> pd.DataFrame:
    """The bodies of which a part lies in a labelled territory: name, industrial establishments, per cent of them, and whether labelled."""
    some = label[label["part"].between(0, 1, inclusive="neither")]
    chosen = some["territory"].notna().map({True: "yes", False: "no"})
    shown = pd.DataFrame(table.loc[some.index, ["name", INDUSTRY]]).astype({INDUSTRY: int}).assign(part=100 * some["part"], labelled=chosen)
    return shown.set_index("name").rename(columns={INDUSTRY: "industrial establishments", "part": "% of them in a territory"})


Said = dict[str, dict[str, Any]]


def label_numbers(table: pd.DataFrame, label: pd.DataFrame, territories: pd.DataFrame, neighbours: pd.DataFrame) -> Said:
    """How wide the label is: numbers by name, each with its unit."""
    labelled, by = label["territory"].notna(), pieces(label["territory"], neighbours)
    counts = {"bodies": len(table), "territories": territories["metropolitan"].sum(), "overseas": (~territories["metropolitan"]).sum()}
    counts |= {"kept": len(by), "labelled": labelled.sum(), "apart": (by > 1).sum()}
    counts["partial"] = label["part"].between(0, 1, inclusive="neither").sum()
    shares = {"labelled_share": labelled.mean()}
    shares |= {f"labelled_{name}": share_in(table[of], labelled) for name, of in (("establishments", INDUSTRY), ("jobs", "jobs"))}
    return _counts(counts) | _shares(shares)


def share_in(sizes: pd.Series, chosen: pd.Series) -> float:
    """The part of a sum that the chosen areas hold."""
    return float(sizes[chosen].sum() / sizes.sum())


def detection_numbers(table: pd.DataFrame, labelled: pd.Series, found: pd.Series, neighbours: pd.DataFrame) -> Said:
    """How many areas and zones are detected, and how far they coincide with the labelled."""
    both, clusters = overlap(labelled, found), zones(found, neighbours)
    counts = {"detected": both.detected, "both": both.both, "zones": clusters.nunique(), "largest_zone": (clusters == 0).sum()}
    counts["zones_labelled"] = clusters[labelled[clusters.index]].nunique()
    weighed = overlap(labelled, found, weights=table[INDUSTRY])
    shares = {"precision": both.precision, "recall": both.recall, "recall_establishments": weighed.recall}
    return _counts(counts) | _shares(shares) | {"jaccard": {"value": _said(both.jaccard), "digits": 2}}


def null_numbers(within: LabelTest, free: LabelTest, drawn: Drawn, table: pd.DataFrame, labelled: pd.Series) -> Said:
    """What the two nulls give: within strata and without; ``drawn`` are the sets within strata."""
    sizes = {"size": table.loc[labelled, INDUSTRY].sum(), "size_within": ((drawn.sets >= 0) @ table[INDUSTRY].to_numpy()).mean()}
    said = {name: {"value": float(size), "unit": "establishments", "digits": 0} for name, size in sizes.items()}
    for name, test in (("within", within), ("free", free)):
        said |= {f"expected_{name}": {"value": test.expected, "digits": 0}, f"p_{name}": {"value": test.p, "digits": 3}}
    said |= {"touched_expected": {"value": within.touched_expected, "digits": 0}, "touched_p": {"value": within.touched_p, "digits": 3}}
    said |= {"excess": {"value": _said(within.excess)}, "outside": {"value": within.outside, "unit": "share", "digits": 1}}
    return said | _counts({"sets": within.sets, "touched": within.touched, "draws": within.draws})


def rules_table(tests: Mapping[str, tuple[LabelTest, LabelTest]]) -> pd.DataFrame:
    """The overlap under each rule of detection, beside the null within strata and the one without."""
    rows = {}
    for name, (within, free) in tests.items():
        found = within.overlap
        rows[name] = {"detected": int(found.detected), "both": int(found.both), "recall": found.recall}
        rows[name] |= {"chance, size kept": round(within.expected), "p, size kept": within.p, "excess": within.excess}
        rows[name] |= {"chance, free": round(free.expected), "p, free": free.p}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule")


def _said(number: float) -> float | str:
    """The number, or that there is none: nothing is detected, or nothing could exceed the draws."""
    return "none" if np.isnan(number) else float(number)


def _counts(numbers: dict[str, Any]) -> Said:
    return {name: {"value": int(number)} for name, number in numbers.items()}


def _shares(numbers: dict[str, Any]) -> Said:
    return {name: {"value": _said(number), "unit": "share"} for name, number in numbers.items()}


def body_at(places: pd.DataFrame, outlines: Any) -> pd.Series:
    """The body in which each place lies, or the nearest within 20 km: a point of the coast may lie off a simplified outline.

    Parameters
    ----------
    places : DataFrame
        lon, lat (WGS84 degrees).
    outlines : GeoDataFrame, indexed by body

    Returns
    -------
    Series, with the index of ``places``
        Missing where none is so near.
    """
    points = _points(places, outlines)
    place, body = outlines.sindex.nearest(points, return_all=False, max_distance=4 * REACH)
    return pd.Series(outlines.index[body], places.index[place]).reindex(places.index)


def _points(places: pd.DataFrame, outlines: Any) -> Any:
    import geopandas as gpd

    x, y = lambert93(places["lon"], places["lat"])
    return gpd.GeoSeries(gpd.points_from_xy(x, y), crs=outlines.crs)


def placed(systems: pd.DataFrame, places: pd.DataFrame, outlines: Any, flags: pd.DataFrame) -> pd.DataFrame:
    """In which body each named system lies, and whether every body within reach is labelled or detected alike.

    Parameters
    ----------
    systems : DataFrame
        As :func:`slpi.systems.described` returns them. Left out are organisations, what lies abroad, and places as wide as a région.
    places : DataFrame
        place_id, kind.
    outlines : GeoDataFrame, indexed by body
    flags : DataFrame of bool, indexed by body
        labelled, detected.

    Returns
    -------
    DataFrame, one row a system
        system_id, label, family, place_id, precision (an area stands for its middle), x, y (metres, Lambert-93), body, and for each flag
        *yes* or *no* where all bodies within ``REACH`` agree, else *yes, at a border* or *no, at a border*.
    """
    kinds = places.set_index("place_id")["kind"]
    wide = systems["place_id"].map(kinds).isin(["region", "departement", "country"])
    kept = systems[(systems["kind"] == "system") & (systems["country"] == "FR") & systems["lon"].notna() & ~wide].reset_index(drop=True)
    points = _points(kept, outlines)
    table = kept[["system_id", "label", "family", "place_id", "precision"]].assign(x=points.x, y=points.y, body=body_at(kept, outlines))
    table = table.dropna(subset="body")
    one, near = outlines.sindex.query(points.buffer(REACH), predicate="intersects")
    for flag in flags:
        around = pd.Series(flags[flag].loc[outlines.index[near]].to_numpy(), one).groupby(level=0)
        alike = (around.min() == around.max()).reindex(table.index, fill_value=True)
        said = table["body"].map(flags[flag]).map({True: "yes", False: "no"})
        table[flag] = said.where(alike, said + ", at a border")
    return table


def by_place(spots: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """The placed systems, a row a place: systems, precision, the body by its name, labelled, detected."""
    rows = spots.assign(EPCI=spots["body"].map(names)).groupby("place_id", sort=False)
    table = rows[["precision", "EPCI", "labelled", "detected"]].first()
    return table.set_axis(rows["label"].agg("; ".join).rename("systems"), axis=0)


def settled(spots: pd.DataFrame, flag: str) -> pd.DataFrame:
    """The towns of which the flag can be told: points, one row a place, not at a border."""
    towns = spots[spots["precision"] == "point"].drop_duplicates("place_id")
    return towns[towns[flag].isin(["yes", "no"])]


#: Butchers, bakers and pastry-cooks, who work for their neighbourhood everywhere.
ARTISAN_FOOD = ("10.13B", "10.71B", "10.71C", "10.71D")


def artisan_share(establishments: pd.DataFrame) -> float:
    """The part of manufacturing establishments (NAF 10–33) that is artisan food."""
    inside = establishments[establishments["naf"].str[:2].between("10", "33")]
    return share_in(inside["establishments"], inside["naf"].isin(ARTISAN_FOOD))


def own_industries(register: pd.DataFrame, establishments: pd.DataFrame, systems: pd.DataFrame) -> dict[str, float]:
    """Establishments of the industries that the register gives the named districts and SPL, in their départements; and of manufacturing.

    Parameters
    ----------
    register : DataFrame
        register_id, system_id, naf, departements (``;``), industry (yes, no).
    establishments : DataFrame
        naf, departement, establishments.
    systems : DataFrame
        system_id, family.

    Returns
    -------
    dict
        named (each pair of an industry and a département once), pairs, manufacturing (NAF 10–33).
    """
    kept = register[
        register["industry"].eq("yes") & register["system_id"].isin(systems.loc[systems["family"] == "districts_spl", "system_id"])
    ]
    pairs = kept.assign(departement=kept["departements"].str.split("; ?")).explode("departement")[["naf", "departement"]].drop_duplicates()
    inside = establishments[establishments["naf"].str[:2].between("10", "33")]
    named = inside.merge(pairs, on=["naf", "departement"])["establishments"].sum()
    return {"named": float(named), "pairs": float(len(pairs)), "manufacturing": float(inside["establishments"].sum())}


def measured_weights(table: pd.DataFrame, found: pd.Series, own: dict[str, float], founders: Sequence[str]) -> dict[str, float]:
    """The open data that stand nearest to the weights in the texts.

    Parameters
    ----------
    table : DataFrame, indexed by body
        As :func:`bodies` returns it.
    found : Series of bool, indexed by body
    own : dict
        As :func:`own_industries` returns it.
    founders : sequence of str
        Bodies around the towns that founded Ageme.
    """
    industry = table[INDUSTRY]
    return {
        "ageme": float(table.loc[list(dict.fromkeys(founders)), "population"].sum()),
        "industry": float(industry.sum()),
        "gathered_count": float(industry[found].sum()),
        "gathered": share_in(industry, found),
        "named": own["named"] / own["manufacturing"],
        "named_count": own["named"],
        "jobs_each": float(table["jobs"].sum() / table["establishments"].sum()),
    }


def weights_beside(quantities: pd.DataFrame, measured: dict[str, float]) -> pd.DataFrame:
    """Weights that the texts give, beside the nearest that open data of a later year hold.

    Parameters
    ----------
    quantities : DataFrame
        Of the corpus.
    measured : dict
        As :func:`measured_weights` returns it.

    Returns
    -------
    DataFrame, indexed by what is measured
        documented (what the text weighs), value (number), said (the number with its unit), nearest, counted (number), measured (with its
        unit), alike_unit, alike_field (bool: same unit, same population), share (bool: each is a share of its own whole), evidence.
    """
    given = quantities.set_index("quantity_id")
    rows = {}
    for what, ids, unit, nearest, key, kind, alike_unit, alike_field in _BESIDE:
        values = given.loc[[*ids], "value_min"].to_numpy(float)
        value = float(values[0] / values[1] if len(ids) > 1 else values[0])
        floor = "at least " if given.loc[ids[0], "precision"] == "at_least" else ""
        said = floor + _printed(value, unit), _printed(measured[key], kind)
        rows[key] = (what, value, said[0], nearest, measured[key], said[1], alike_unit, alike_field, unit == kind == "share", ids)
    columns = ["documented", "value", "said", "nearest", "counted", "measured", "alike_unit", "alike_field", "share", "evidence"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _printed(value: float, unit: str) -> str:
    return f"{100 * value:.0f} %" if unit == "share" else f"{value:,.1f} {unit}" if value < 100 else f"{value:,.0f} {unit}"


#: What a text says; its quantity_ids, the second dividing the first; unit; the nearest open data; key and unit of these; then whether unit
#: and population are alike. That judgement is the project's own, made row by row.
_BESIDE: tuple[tuple[str, tuple[str, ...], str, str, str, str, bool, bool], ...] = (
    (
        "inhabitants of the five communities that founded Ageme (Trink)",
        ("tri-q015",),
        "inhabitants",
        "inhabitants of the EPCI that hold the five towns",
        "ageme",
        "inhabitants",
        True,
        True,
    ),
    (
        "industrial agglomerations in industry's employees (Pommier)",
        ("pom-q039", "pom-q038"),
        "share",
        "detected EPCI in industrial establishments",
        "gathered",
        "share",
        False,
        False,
    ),
    (
        "SPL in industry's employees (Pommier)",
        ("pom-q010", "pom-q038"),
        "share",
        "industries of the named SPL, in their départements, in manufacturing establishments",
        "named",
        "share",
        False,
        False,
    ),
    (
        "employees in French industry (Pommier)",
        ("pom-q038",),
        "employees",
        "industrial establishments",
        "industry",
        "establishments",
        False,
        True,
    ),
    (
        "employees in industrial agglomerations (Pommier)",
        ("pom-q039",),
        "employees",
        "industrial establishments of detected EPCI",
        "gathered_count",
        "establishments",
        False,
        False,
    ),
    (
        "firms in SPL (Pommier)",
        ("pom-q011",),
        "firms",
        "establishments in the industries of the named SPL, in their départements",
        "named_count",
        "establishments",
        False,
        False,
    ),
    (
        "employees for each firm of SPL (Pommier)",
        ("pom-q010", "pom-q011"),
        "employees",
        "jobs for each establishment of any sector",
        "jobs_each",
        "jobs",
        False,
        False,
    ),
)


def means(codes: pd.DataFrame) -> pd.DataFrame:
    """The two axes of support as a table: rows actions, methods, tools, skills; ``attrs["evidence"]`` holds the code_ids."""
    axes = {"territory_support_means": "strengthening the territory", "firm_support_means": "supporting the firm"}
    found = codes[codes["dimension"].isin(axes)]
    parts = found["value"].str.split(": ", n=1, expand=True)
    table = pd.DataFrame({"kind": parts[0], "axis": found["dimension"].map(axes), "what": parts[1]})
    table = table.pivot(index="kind", columns="axis", values="what").reindex(parts[0].unique())[[*axes.values()]]
    table.columns.name = None
    table.attrs["evidence"] = list(found["code_id"])
    return table


#: The towns whose communities of communes founded Ageme; Creutzwald, which joined later, is not in the number of inhabitants.
FOUNDERS = ("faulquemont", "forbach", "freyming_merlebach", "saint_avold", "sarreguemines")
#: Who makes policy, and who converted the basins.
_STATE = ("etat", "datar", "ciact", "legislator", "labo_ess")
_CONVERSION = ("charbonnages_de_france", "ageme", "cc_creutzwald", "ales_myriapolis", "adirac", "microelectronique_provence")
PLANNING, CONVERTED = "State and spatial planning", "conversion of the basins"
_LANES = {
    "other": PLANNING,
    "converted": CONVERTED,
    "districts_spl": "systèmes productifs locaux (SPL)",
    "clusters_pdc": "pôles de compétitivité (PdC)",
    "grappe": "grappes",
    "ptce": "pôles territoriaux de coopération économique (PTCE)",
}


def policy_events(events: pd.DataFrame, quantities: pd.DataFrame, speakers: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Events of policy and of the conversion of basins, each in its lane, those without a date last.

    ``speakers`` gives documents their names in print.

    Returns
    -------
    DataFrame
        event_id, lane, label, family, document_id, start, end (years; missing where undated), conflict (text; blank for none), open (it
        began, and no end is said).
    """
    converted = events["actor"].isin(_CONVERSION) | events["place_id"].fillna("").str.startswith("bassin_")
    called = events["family"].isin(["clusters_pdc", "districts_spl"]) & events["actor"].isna()
    kept = events[converted | called | events["actor"].isin(_STATE)].rename(columns={"event": "label"})
    kept = kept.assign(
        lane=kept["family"].mask(converted, "converted").map(_LANES), open=kept["date_from"].notna() & kept["date_to"].isna()
    )
    known = dated(kept.rename(columns={"label": "event"}), quantities, speakers)[["event_id", "start", "end", "conflict"]]
    found = kept.merge(known, on="event_id", how="left").fillna({"conflict": ""}).sort_values(["start", "end"], kind="stable")
    found = found.sort_values("lane", key=lambda lanes: lanes.map([*_LANES.values()].index), kind="stable")
    return found[["event_id", "lane", "label", "family", "document_id", "start", "end", "conflict", "open"]].reset_index(drop=True)
