"""The named systems: where they lie, how large they are said to be, why firms join, which traits they carry, how they are tied.

A text that names a system without a word on its size or its motives is silent, and silence is no zero: shares are given as bounds.
Rows that stand on one sentence are one observation; beside the rows, passages are counted.
"""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.labelled import require_one_of
from slpi.typology import DESCRIBING

TRAITS = ("wide", "narrow")
#: Traits that firms of any kind may have for business's sake; the narrow reading leaves them out.
AMBIGUOUS = ("mutualisation", "non_economic_motives", "sustainable_development")
#: Legal carriers proper to the social and solidarity economy, as the codes word them; an association carries firms of any kind.
ESS_CARRIER = "cooperative|social economy|mutual"


def passages(rows: pd.DataFrame) -> int:
    """How many distinct passages rows stand on.

    Examples
    --------
    >>> passages(pd.DataFrame({"document_id": ["a", "a", "b"], "locator": ["¶1 L2", "¶1 L2", "¶1 L2"]}))
    2
    """
    return len(rows[["document_id", "locator"]].drop_duplicates())


def short_name(name: str, aliases: str | float, longest: int = 24) -> str:
    """A name that fits a label: the shortest alias that is a name, where the name is long.

    Examples
    --------
    >>> short_name("Solutions communicantes sécurisées", "SCS"), short_name("Thiers", float("nan"))
    ('SCS', 'Thiers')
    """
    if len(name) <= longest or not isinstance(aliases, str):
        return name
    return min([name, *(alias.strip() for alias in aliases.split(";") if alias.strip()[:1].isupper())], key=len)


def described(systems: pd.DataFrame, forms: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The systems with the family of their form (``other`` where the text names none), a short label, and their place.

    Parameters
    ----------
    systems, forms, places : DataFrame
        Tables of the corpus. Organisations among the systems are kept: ``kind`` tells them apart.

    Returns
    -------
    DataFrame
        ``systems`` with family, label, place, region, precision, lon and lat (degrees); a place as wide as a country has no coordinates.
    """
    narrow = places[places["kind"] != "country"].rename(columns={"name": "place"})
    found = systems.merge(narrow[["place_id", "place", "region", "precision", "lon", "lat"]], on="place_id", how="left", validate="m:1")
    found["family"] = found["form_id"].map(forms.set_index("form_id")["family"]).fillna("other")
    found["label"] = [short_name(*pair) for pair in zip(found["name"], found["aliases"], strict=True)]
    return found


def lambert93(lon: Iterable[float], lat: Iterable[float]) -> tuple[np.ndarray, np.ndarray]:
    """Degrees to metres in Lambert-93 (EPSG:2154).

    Examples
    --------
    >>> x, y = lambert93([3.0], [46.5])
    >>> round(float(x[0])), round(float(y[0]))
    (700000, 6600000)
    """
    from pyproj import Transformer

    return Transformer.from_crs(4326, 2154, always_xy=True).transform(np.asarray(lon, float), np.asarray(lat, float))


def frame_around(outline: pd.DataFrame) -> tuple[float, float, float, float]:
    """West, south, east and north of a map of the outline, in metres, with room for labels."""
    x, y = outline["x"], outline["y"]
    return (x.min() - 90e3, y.min() - 10e3, x.max() + 60e3, y.max() + 30e3)


def marks(systems: pd.DataFrame, *, frame: tuple[float, float, float, float]) -> tuple[pd.DataFrame, list[str]]:
    """One mark a place and family, for a map; and the placed systems that lie outside its frame.

    Parameters
    ----------
    systems : DataFrame
        As :func:`described` returns them.
    frame : tuple
        West, south, east, north in metres, Lambert-93.

    Returns
    -------
    (DataFrame, list of str)
        Marks: x, y (metres), family, precision, n, label (the system's, or the place's with their number). Labels of those outside, with
        their countries.
    """
    placed = systems.dropna(subset=["lon", "lat"]).copy()
    placed["x"], placed["y"] = lambert93(placed["lon"], placed["lat"])
    inside = placed["x"].between(frame[0], frame[2]) & placed["y"].between(frame[1], frame[3])
    grouped = placed[inside].groupby(["place_id", "family"], sort=False)
    found = grouped[["x", "y", "precision", "place", "label"]].first().assign(n=grouped.size()).reset_index()
    together = found["place"].str.replace(r" \(.*\)", "", regex=True) + " (" + found["n"].astype(str) + ")"
    found["label"] = found["label"].where(found["n"] == 1, together)
    outside = placed[~inside]
    return found[["x", "y", "family", "precision", "n", "label"]], list(outside["label"] + " (" + outside["country"] + ")")


def sizes(systems: pd.DataFrame, quantities: pd.DataFrame) -> pd.DataFrame:
    """The firms and jobs that a text gives for a system, with what the coder noted on the number.

    Parameters
    ----------
    systems : DataFrame
        With system_id, label, family, n_units_min, n_units_max, jobs, note.
    quantities : DataFrame
        Table of the corpus: a number of the same subject and value lends its precision, its note and its id.

    Returns
    -------
    DataFrame
        system_id, label, family, measure (firms, jobs), low, high (NaN: at least ``low``), said (the number as the text gives it), note,
        evidence; largest first.

    Examples
    --------
    >>> one = pd.DataFrame({"system_id": ["x"], "label": "X", "family": "other", "n_units_min": 60.0, "n_units_max": 60.0,
    ...     "jobs": np.nan, "note": ["No place. core: 60"]})
    >>> none = pd.DataFrame(columns=["quantity_id", "subject", "value_min", "precision", "note"])
    >>> sizes(one, none)[["measure", "low", "high", "said", "note", "evidence"]].values.tolist()
    [['firms', 60.0, 60.0, '60', 'core: 60', 'x']]
    """
    found = []
    for measure, least, most in (("firms", "n_units_min", "n_units_max"), ("jobs", "jobs", "jobs")):
        for system in systems.dropna(subset=[least]).to_dict("records"):
            low, high, precision = system[least], system[most], "exact"
            note, evidence = ". ".join(part for part in str(system["note"]).split(". ") if re.search(r"\d", part)), system["system_id"]
            same = quantities[(quantities["subject"] == system["system_id"]) & (quantities["value_min"] == low)]
            if len(same):
                note, evidence, precision = same.iloc[0][["note", "quantity_id", "precision"]]
            high = np.nan if precision == "at_least" else high
            said = {"at_least": "at least ", "about": "about "}.get(precision, "") + f"{low:,.0f}" + f" to {high:,.0f}" * (high > low)
            found.append((system["system_id"], system["label"], system["family"], measure, low, high, said, note, evidence))
    columns = ["system_id", "label", "family", "measure", "low", "high", "said", "note", "evidence"]
    return pd.DataFrame(found, columns=columns).sort_values(["measure", "low"], ascending=[True, False], kind="stable", ignore_index=True)


def share_bounds(motives: pd.DataFrame, systems: Iterable[str], *, denials: str = "kind") -> pd.DataFrame:
    """Bounds on the share of systems that have an economic motive, a non-economic one, or both.

    A system is a *yes* where the text states a motive of the kind. The lower bound counts every other system as a no, the upper one
    every silence as a yes.

    Parameters
    ----------
    motives : DataFrame
        system_id, kind (economic, non_economic), value (1 present, 0 denied), motive_id.
    systems : iterable of str
        The systems over which the share is taken.
    denials : {"kind", "motive"}
        What a denied motive rules out where no other of its kind is stated: the whole kind, or itself alone (then silence may hide others,
        and the upper bound is one).

    Returns
    -------
    DataFrame, index economic, non_economic, both
        low, high (shares, 0 to 1; NaN without systems), yes, no, silent (systems), evidence (motive_ids).

    Raises
    ------
    ValueError
        If ``denials`` is neither.

    References
    ----------
    Manski, C. F. (2003). *Partial Identification of Probability Distributions*. Springer, ch. 1.

    Examples
    --------
    >>> motives = pd.DataFrame({"motive_id": ["m1", "m2"], "system_id": ["a", "b"], "kind": ["economic", "non_economic"], "value": [1, 1]})
    >>> share_bounds(motives, ["a", "b"])[["low", "high"]].to_dict("index")["both"]
    {'low': 0.0, 'high': 1.0}
    """
    require_one_of(denials, "denials", ("kind", "motive"))
    systems = list(dict.fromkeys(systems))
    used = motives[motives["system_id"].isin(systems)]
    answer = used.groupby(["system_id", "kind"])["value"].max().unstack("kind").reindex(index=systems, columns=["economic", "non_economic"])
    if denials == "motive":
        answer = answer.where(answer != 0)
    answer["both"] = answer.min(axis=1).where(answer.notna().all(axis=1) | answer.eq(0).any(axis=1))
    yes, no, total = (answer == 1).sum(), (answer == 0).sum(), len(systems) or np.nan
    counts = pd.DataFrame({"low": yes / total, "high": 1 - no / total, "yes": yes, "no": no, "silent": answer.isna().sum()})
    behind = [["economic"], ["non_economic"], ["economic", "non_economic"]]
    counts["evidence"] = [sorted(used.loc[used["kind"].isin(kinds), "motive_id"]) for kinds in behind]
    return counts.rename_axis(index=None, columns=None)


def ess_traits(codes: pd.DataFrame, codebook: pd.DataFrame, systems: Iterable[str], *, traits: str = "wide") -> pd.DataFrame:
    """How strongly systems carry traits of the social and solidarity economy (ESS), whatever their label.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus. Rows that rest on a hypothesis, and what a text prescribes or supposes, are left out.
    systems : iterable of str
        unit_ids looked at.
    traits : {"wide", "narrow"}
        ``wide``: the dimensions of the family social_economy, mutualisation, and a legal carrier of the ESS. ``narrow`` leaves out those
        that any firm may have (``AMBIGUOUS``).

    Returns
    -------
    DataFrame
        One row a code: unit_id, trait, strength (0 to 1; profit orientation is turned round), lower (at the less favourable reading),
        code_id, document_id, locator.

    Raises
    ------
    ValueError
        If ``traits`` is neither.
    """
    require_one_of(traits, "traits", TRAITS)
    wanted = {*codebook.loc[codebook["family"] == "social_economy", "dimension"], "mutualisation", "legal_carrier_type"}
    wanted -= set(AMBIGUOUS) if traits == "narrow" else set()
    speaks = codes["status"].isin(set(DESCRIBING) - {"hypothesised"}) & (codes["rests_on_hypothesis"] != "yes")
    rows = codes[codes["dimension"].isin(wanted) & codes["unit_id"].isin(list(systems)) & speaks]
    rows = rows[(rows["dimension"] != "legal_carrier_type") | rows["value"].str.contains(ESS_CARRIER, case=False)]
    legal, profit = rows["dimension"] == "legal_carrier_type", rows["dimension"] == "lucrativity"
    readings = pd.DataFrame({key: pd.to_numeric(rows[key].mask(legal), errors="coerce") for key in ("value", "alt_value")})
    readings = readings.where(~profit, 1 - readings)
    readings.loc[legal, "value"] = 1.0
    found = rows[["unit_id", "code_id", "document_id", "locator"]].copy()
    found["trait"] = rows["dimension"].mask(legal, "legal form").mask(profit, "no_or_limited_profit")
    return found.assign(strength=readings["value"].round(2), lower=readings.min(axis=1).round(2))


def tie_numbers(relations: pd.DataFrame, hubs: pd.DataFrame, parts: pd.Series, labels: Mapping[str, str]) -> dict[str, float | str]:
    """Ties and their passages, the shares inferred and planned, the hub, and the parts that the network falls into.

    Parameters
    ----------
    relations : DataFrame
        Table of the corpus.
    hubs, parts
        As :func:`slpi.networks.hubs` and :func:`slpi.networks.components` return them.
    labels : mapping
        Name of each node.
    """
    found: dict[str, float | str] = {"ties": len(relations), "tie_passages": passages(relations)}
    found |= {f"{status}_share": float((relations["status"] == status).mean()) for status in ("inferred", "planned")}
    found |= {"hub": labels[hubs.index[0]]} | {f"hub_{column}": int(hubs[column].iloc[0]) for column in ("neighbours", "passages")}
    return found | {"components": int(parts.nunique()), "largest_share": float((parts == 0).mean())}


def motive_matrix(motives: pd.DataFrame) -> tuple[pd.DataFrame, list[str], pd.Series]:
    """Cells, rows and columns of systems × motives, ordered so that those who share motives stand together.

    Systems with economic motives only come first, then both kinds, then the others; a motive stands at the mean of its systems.

    Returns
    -------
    (DataFrame, list, Series)
        row, column, value, passage; systems; the kind of each motive.
    """
    economic = motives["kind"].eq("economic").groupby(motives["system_id"]).mean().sort_values(ascending=False, kind="stable")
    at = motives["system_id"].map({system: i for i, system in enumerate(economic.index)})
    kinds = at.groupby([motives["kind"], motives["motive"]]).mean().reset_index(name="at").sort_values(["kind", "at"], kind="stable")
    cells = motives.rename(columns={"system_id": "row", "motive": "column"})[["row", "column", "value"]]
    cells["passage"] = motives["document_id"] + " " + motives["locator"]
    return cells, list(economic.index), kinds.set_index("motive")["kind"].str.replace("_", "-")


def trait_matrix(traits: pd.DataFrame, families: Mapping[str, str]) -> tuple[pd.DataFrame, list[str], pd.Series]:
    """Cells, rows and columns of systems × ESS traits: systems by family, each trait at its strongest passage.

    Returns
    -------
    (DataFrame, list, Series)
        row, column, value; systems; whether a trait is proper to the ESS, the commonest first.
    """
    cells = traits.groupby(["unit_id", "trait"], sort=False)["strength"].max().reset_index().set_axis(["row", "column", "value"], axis=1)
    rows = sorted(cells["row"].unique(), key=lambda system: families[system])
    common = cells["column"].value_counts(sort=False).sort_values(ascending=False, kind="stable").index
    kind = pd.Series({trait: "any firm may have" if trait in AMBIGUOUS else "proper to the ESS" for trait in common})
    return cells, rows, kind.sort_values(ascending=False, kind="stable")
