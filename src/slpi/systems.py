"""The named systems: where they lie, how large they are said to be, why firms join, which traits they carry, how they are tied.

A text that names a system without a word on its size or its motives is silent, and silence is no zero: shares are given as bounds.
Rows that stand on one sentence are one observation; beside the rows, passages are counted.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.typology import DESCRIBING
from slpi.verdicts import count, listing, plain

TRAITS = ("wide", "narrow")
#: Traits that firms of any kind may have for business's sake; the narrow reading leaves them out.
AMBIGUOUS = ("mutualisation", "non_economic_motives", "sustainable_development")
#: Legal carriers proper to the social and solidarity economy, as the codes word them; an association carries firms of any kind.
ESS_CARRIER = "cooperative|social economy|mutual"
#: Fewer carriers of a trait bear no verdict.
FEWEST_SYSTEMS = 5


def passages(rows: pd.DataFrame) -> int:
    """How many distinct passages rows stand on.

    Examples
    --------
    >>> passages(pd.DataFrame({"document_id": ["a", "a", "b"], "locator": ["¶1 L2", "¶1 L2", "¶1 L2"]}))
    2
    """
    return len(rows[["document_id", "locator"]].drop_duplicates())


def short_name(name: str, aliases: str | float, longest: int = 24) -> str:
    """A name that fits a label: the shortest alias where the name is long.

    Examples
    --------
    >>> short_name("Solutions communicantes sécurisées", "SCS"), short_name("Thiers", float("nan"))
    ('SCS', 'Thiers')
    """
    if len(name) <= longest or not isinstance(aliases, str):
        return name
    return min([name, *(alias.strip() for alias in aliases.split(";"))], key=len)


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


def marks(systems: pd.DataFrame, *, frame: tuple[float, float, float, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One mark a place and family, for a map; and the placed systems that lie outside its frame.

    Parameters
    ----------
    systems : DataFrame
        As :func:`described` returns them.
    frame : tuple
        West, south, east, north in metres, Lambert-93.

    Returns
    -------
    (DataFrame, DataFrame)
        Marks: x, y (metres), family, precision, n, label (the system's, or the place's with their number). Rows of ``systems`` outside.
    """
    placed = systems.dropna(subset=["lon", "lat"]).copy()
    placed["x"], placed["y"] = lambert93(placed["lon"], placed["lat"])
    inside = placed["x"].between(frame[0], frame[2]) & placed["y"].between(frame[1], frame[3])
    grouped = placed[inside].groupby(["place_id", "family"], sort=False)
    found = grouped[["x", "y", "precision", "place", "label"]].first().assign(n=grouped.size()).reset_index()
    several = found["n"] > 1
    found.loc[several, "label"] = found["place"].str.replace(r" \(.*\)", "", regex=True) + " (" + found["n"].astype(str) + ")"
    return found[["x", "y", "family", "precision", "n", "label"]], placed[~inside]


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
        system_id, label, family, measure (firms, jobs), low, high (NaN: at least ``low``), note, evidence; largest first.

    Examples
    --------
    >>> one = pd.DataFrame({"system_id": ["x"], "label": "X", "family": "other", "n_units_min": 60.0, "n_units_max": 60.0,
    ...     "jobs": np.nan, "note": ["core"]})
    >>> none = pd.DataFrame(columns=["quantity_id", "subject", "value_min", "precision", "note"])
    >>> sizes(one, none)[["measure", "low", "high", "note", "evidence"]].values.tolist()
    [['firms', 60.0, 60.0, 'core', 'x']]
    """
    found = []
    for measure, low, high in (("firms", "n_units_min", "n_units_max"), ("jobs", "jobs", "jobs")):
        for system in systems.dropna(subset=[low]).to_dict("records"):
            same = quantities[(quantities["subject"] == system["system_id"]) & (quantities["value_min"] == system[low])]
            kept = {key: system[key] for key in ("system_id", "label", "family")} | {"measure": measure, "low": system[low]}
            kept |= {"high": system[high], "note": system["note"], "evidence": system["system_id"]}
            if len(same):
                number = same.iloc[0]
                kept |= {"note": number["note"], "evidence": number["quantity_id"]}
                kept["high"] = np.nan if number["precision"] == "at_least" else kept["high"]
            found.append(kept)
    columns = ["system_id", "label", "family", "measure", "low", "high", "note", "evidence"]
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
    if denials not in ("kind", "motive"):
        raise ValueError(f"denials = {denials!r} is none of kind, motive")
    systems = list(dict.fromkeys(systems))
    used = motives[motives["system_id"].isin(systems)]
    answer = used.groupby(["system_id", "kind"])["value"].max().unstack("kind").reindex(index=systems, columns=["economic", "non_economic"])
    if denials == "motive":
        answer = answer.where(answer != 0)
    answer["both"] = answer.min(axis=1).where(answer.notna().all(axis=1) | answer.eq(0).any(axis=1))
    counts = pd.DataFrame({"yes": (answer == 1).sum(), "no": (answer == 0).sum(), "silent": answer.isna().sum()})
    total = len(systems) or np.nan
    counts.insert(0, "low", counts["yes"] / total)
    counts.insert(1, "high", 1 - counts["no"] / total)
    evidence = {kind: sorted(used.loc[used["kind"] == kind, "motive_id"]) for kind in ("economic", "non_economic")}
    counts["evidence"] = [evidence["economic"], evidence["non_economic"], sorted(used["motive_id"])]
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
    if traits not in TRAITS:
        raise ValueError(f"traits = {traits!r} is none of {', '.join(TRAITS)}")
    wanted = {*codebook.loc[codebook["family"] == "social_economy", "dimension"], "mutualisation", "legal_carrier_type"}
    wanted -= set(AMBIGUOUS) if traits == "narrow" else set()
    speaks = codes["status"].isin(set(DESCRIBING) - {"hypothesised"}) & (codes["rests_on_hypothesis"] != "yes")
    rows = codes[codes["dimension"].isin(wanted) & codes["unit_id"].isin(list(systems)) & speaks]
    legal, profit = rows["dimension"] == "legal_carrier_type", rows["dimension"] == "lucrativity"
    rows = rows[~legal | rows["value"].str.contains(ESS_CARRIER, case=False)]
    legal, profit = legal[rows.index], profit[rows.index]
    readings = pd.DataFrame({key: pd.to_numeric(rows[key].mask(legal), errors="coerce") for key in ("value", "alt_value")})
    readings = readings.where(~profit, 1 - readings)
    readings.loc[legal, "value"] = 1.0
    trait = rows["dimension"].mask(legal, "legal form").mask(profit, "no_or_limited_profit")
    return rows[["unit_id", "code_id", "document_id", "locator"]].assign(
        trait=trait, strength=readings["value"].round(2), lower=readings.min(axis=1).round(2)
    )


# Words, computed from the tables above.


def carriers(traits: pd.DataFrame, *, threshold: float = 0.67, reading: str = "strength") -> list[str]:
    """The systems with a trait at the threshold or above, at the main reading (``strength``) or the less favourable (``lower``)."""
    return list(dict.fromkeys(traits.loc[traits[reading] >= threshold, "unit_id"]))


def trait_words(traits: pd.DataFrame, families: Mapping[str, str], *, threshold: float = 0.67) -> str:
    """Whether ESS traits cut across the labels.

    The rule: *not assessable* with fewer than five carriers; ESS traits *cut across the labels* when more than half of the carriers bear
    another label than PTCE, at the main and at the less favourable reading alike; *at the main reading only*, when at that alone; else they
    *keep to the label*.
    """
    found = [carriers(traits, threshold=threshold, reading=reading) for reading in ("strength", "lower")]
    if len(found[0]) < FEWEST_SYSTEMS:
        return "not assessable on so few systems"
    beyond = [sum(families[s] != "ptce" for s in some) > len(some) / 2 for some in found]
    return "cut across the labels" + ("" if beyond[1] else " at the main reading only") if beyond[0] else "keep to the PTCE label"


def kind_words(bounds: pd.DataFrame) -> str:
    """Which of the two kinds of motive is the commoner: only bounds that do not touch bear an order."""
    (a, b), (c, d) = (bounds.loc[kind, ["low", "high"]] for kind in ("economic", "non_economic"))
    if a > d:
        return "economic motives are the commoner, whatever the silences hide"
    return (
        "non-economic motives are the commoner, whatever the silences hide" if c > b else "which kind is the commoner, the silences decide"
    )


def map_title(systems: pd.DataFrame) -> str:
    """How many systems have a place, and where most of them lie."""
    regions = systems["region"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
    most = listing(f"{region} ({n})" for region, n in regions.head(2).items())
    return f"{systems['lon'].notna().sum()} of {len(systems)} named systems have a place; most often it lies in {most}"


def map_alt(marks: pd.DataFrame, beyond: Iterable[str]) -> str:
    """The map in words: what lies in the north-west, north-east, south-west and south-east."""
    side = np.where(marks["y"] >= 6.65e6, "north", "south") + np.where(marks["x"] >= 7e5, "-east", "-west").astype(object)
    said = "; ".join(f"{name}: {listing(part['label'])}" for name, part in marks.groupby(side))
    drawn = count(len(marks), "mark")
    return f"Map of metropolitan France with {drawn}, one a place and form family. {said}. Beyond its frame: {listing(beyond)}."


def sizes_title(rows: pd.DataFrame, n: int) -> str:
    """How many systems have any size, and how far the numbers of firms spread."""
    firms = rows.loc[rows["measure"] == "firms", "low"]
    spread = f"; the firms counted run from {firms.min():,.0f} to {firms.max():,.0f}" if len(firms) else ""
    return f"A size is given for {rows['system_id'].nunique()} of {n} named systems{spread}"


def sizes_alt(rows: pd.DataFrame) -> str:
    """Every size in words."""

    def reach(row: object) -> str:
        if np.isnan(row.high):
            return f"at least {row.low:,.0f}"
        return f"{row.low:,.0f}" + (f" to {row.high:,.0f}" if row.high > row.low else "")

    said = "; ".join(f"{row.label}, {reach(row)} {row.measure}" for row in rows.itertuples())
    return f"Ranges of firms and of jobs on a logarithmic axis, with remarks. {said}."


def motives_title(bounds: pd.DataFrame) -> str:
    """How many systems have motives of each kind, and of both."""
    economic, other, both = bounds.loc[["economic", "non_economic", "both"], "yes"]
    return f"An economic motive is stated for {count(economic, 'system')}, a non-economic one for {other}, both for {both}; the rest is silence"


def motives_alt(motives: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Who has which motive, in words."""
    words = motives["motive"].map(plain) + motives["value"].map({0: " (denied)", 1: ""})
    said = "; ".join(f"{labels[system]}: {listing(part)}" for system, part in words.groupby(motives["system_id"], sort=False))
    return f"Matrix of systems and motives, economic on the left, non-economic on the right; a cross denies, a blank is silence. {said}."


def bounds_title(bounds: pd.DataFrame) -> str:
    """The bounds on the share with a non-economic motive, and which kind is the commoner."""
    low, high = bounds.loc["non_economic", ["low", "high"]]
    return f"Between {100 * low:.0f} and {100 * high:.0f} % have a non-economic motive; {kind_words(bounds)}"


def bounds_alt(panels: Mapping[str, pd.DataFrame]) -> str:
    """Every bound in words."""
    said = [
        f"{panel}: " + ", ".join(f"{plain(kind)} {100 * row['low']:.0f} to {100 * row['high']:.0f} %" for kind, row in bounds.iterrows())
        for panel, bounds in panels.items()
    ]
    return f"Bars between the lowest and the highest share that the silences allow. {'; '.join(said)}."


def traits_title(traits: pd.DataFrame, families: Mapping[str, str], *, threshold: float) -> str:
    """How many systems carry an ESS trait, how many of them under another label, and the verdict."""
    found = carriers(traits, threshold=threshold)
    others = sum(families[s] != "ptce" for s in found)
    return f"ESS traits {trait_words(traits, families, threshold=threshold)}: {others} of {count(len(found), 'carrier')} are no PTCE"


def traits_alt(traits: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Who carries which trait how strongly, in words."""
    said = "; ".join(
        f"{labels[unit]}: " + ", ".join(f"{plain(t)} {v:.2f}" for t, v in zip(part["trait"], part["strength"], strict=True))
        for unit, part in traits.groupby("unit_id", sort=False)
    )
    return f"Matrix of systems and ESS traits, a dot the fuller the stronger the trait; a blank is silence. {said}."


def ties_title(relations: pd.DataFrame, root: str, labels: Mapping[str, str]) -> str:
    """What is drawn, and how much of it exists."""
    status = relations["status"].value_counts()
    rest = [f"{status[s]} {s}" for s in ("planned", "inferred") if s in status]
    return f"Around {labels[root]}: {count(int(status.get('existing', 0)), 'existing tie')}" + (f", {listing(rest)}" if rest else "")


def ties_alt(relations: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every tie in words."""
    said = []
    for source, part in relations.groupby("source", sort=False):
        to = [f"{labels[row.target]} ({row.layer}, {row.status})" for row in part.itertuples()]
        said.append(f"{labels[source]} to {listing(to)}")
    return f"Diagram of boxes in columns, joined from left to right. {'; '.join(said)}."


def silence_sentence(rows: pd.DataFrame, n: int) -> str:
    """For how many systems any size is given."""
    return f"For {rows['system_id'].nunique()} of {n} a number of firms or jobs is given."


def motives_sentence(bounds: pd.DataFrame, among: str) -> str:
    """The bounds on the share with a non-economic motive, and the order of the two kinds."""
    low, high = bounds.loc["non_economic", ["low", "high"]]
    which = "with which Pommier illustrates a motive" if among == "illustrated" else "that Pommier names"
    return f"Of the systems {which}, between {100 * low:.0f} and {100 * high:.0f} % have a non-economic one; {kind_words(bounds)}."


def traits_sentence(traits: pd.DataFrame, families: Mapping[str, str], *, threshold: float) -> str:
    """The verdict on ESS traits, with its numbers."""
    found = carriers(traits, threshold=threshold)
    others = sum(families[s] != "ptce" for s in found)
    verdict = trait_words(traits, families, threshold=threshold)
    return f"ESS traits {verdict}: {others} of the {count(len(found), 'system')} that carry one are no PTCE."


def ties_sentence(relations: pd.DataFrame, hubs: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """How many ties exist, and who has most."""
    existing = int((relations["status"] == "existing").sum())
    first = hubs.iloc[0]
    return (
        f"Of {len(relations)} ties, {existing} are stated as existing; {labels[hubs.index[0]]} has most neighbours "
        f"({first['neighbours']}, from {count(int(first['passages']), 'passage')})."
    )


def component_words(relations: pd.DataFrame, parts: pd.Series, documents: pd.DataFrame) -> str:
    """Whose text tells of the largest component."""
    inside = relations[relations["source"].map(parts) == 0]
    authors = documents.set_index("document_id")["author"]
    told = inside["document_id"].value_counts()
    return f"{told.iloc[0]} of its {count(len(inside), 'tie')} are told by {authors[told.index[0]]}"
