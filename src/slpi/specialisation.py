"""Which industries départements are specialised in, and whether a register of claims names them.

Counts of establishments by area and industry become tested location quotients (:mod:`slpi.concentration`); claims that were written down
before the counts were looked at are set against them (:mod:`slpi.recovery`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from slpi.areas import is_metropolitan
from slpi.concentration import location_quotient_test
from slpi.labelled import refuse
from slpi.recovery import Recovery, hits, register_claims
from slpi.systems import lambert93

#: First and last division of industry in the NAF; mining, energy, water and waste are left out, as services are.
MANUFACTURING = ("10", "33")
#: Where trades are known to be at home, from general knowledge: a check of the software, no evidence.
KNOWN = {
    "25.94Z": ("screws and bolts", "08"),
    "11.02A": ("sparkling wine", "51"),
    "15.11Z": ("tanning", "81"),
    "25.71Z": ("cutlery", "63"),
    "25.62A": ("bar turning", "74"),
    "26.52Z": ("watches", "25"),
    "32.50B": ("spectacles", "39"),
    "20.53Z": ("natural essences", "06"),
}
OUTCOMES = ("specialised", "high", "not found")


def counts_table(establishments: pd.DataFrame, *, divisions: tuple[str, str] | None = MANUFACTURING) -> pd.DataFrame:
    """Establishments of metropolitan départements by NAF sub-class, zero where the source has no row.

    Parameters
    ----------
    establishments : DataFrame
        departement, naf, establishments, as :func:`slpi.national.establishments` returns them.
    divisions : tuple, optional
        First and last two digits of the NAF that are kept; None keeps all.

    Returns
    -------
    DataFrame, shape (départements, sub-classes)

    Examples
    --------
    >>> rows = [("63", "25.71Z", 60), ("63", "62.01Z", 9), ("974", "25.71Z", 1), ("69", "10.71C", 5)]
    >>> counts_table(pd.DataFrame(rows, columns=["departement", "naf", "establishments"])).to_dict("index")
    {'63': {'10.71C': 0, '25.71Z': 60}, '69': {'10.71C': 5, '25.71Z': 0}}
    """
    kept = establishments[is_metropolitan(establishments["departement"])]
    if divisions:
        kept = kept[kept["naf"].str[:2].between(*divisions)]
    table = kept.pivot(index="departement", columns="naf", values="establishments").fillna(0).astype(int)
    return table.rename_axis(index=None, columns=None)


def trades(establishments: pd.DataFrame) -> pd.Series:
    """What each NAF sub-class is called in the source, without the *Fabrication de* with which most begin.

    Examples
    --------
    >>> rows = [("25.71Z", "Fabrication de coutellerie"), ("20.53Z", "Fabrication d'huiles essentielles"), ("26.52Z", "Horlogerie")]
    >>> trades(pd.DataFrame(rows, columns=["naf", "label"])).to_list()
    ['coutellerie', 'huiles essentielles', 'horlogerie']
    """
    labels = establishments.drop_duplicates("naf").set_index("naf")["label"]
    made = labels.str.contains("^Fabrication d", regex=True)
    bare = labels.str.replace(r"^Fabrication (de |d'|des |du )", "", regex=True).str.replace(r" et (de |d')", " et ", regex=True)
    labels = bare.where(made, labels)
    return labels.str[:1].str.lower() + labels.str[1:]


def grid(tested: pd.DataFrame, column: str) -> pd.DataFrame:
    """A column of :func:`slpi.concentration.location_quotient_test` as areas × industries, in the order of its counts."""
    table = tested.pivot(index="area", columns="industry", values=column).rename_axis(index=None, columns=None)
    return table.reindex(index=tested["area"].unique(), columns=tested["industry"].unique())


def rules(tested: pd.DataFrame, *, threshold: float, level: float) -> pd.DataFrame:
    """How many cells several rules would call specialised, the chosen one last.

    Parameters
    ----------
    tested : DataFrame
        As :func:`slpi.concentration.location_quotient_test` returns it for that threshold.
    threshold, level : float
        A cell is specialised where its quotient exceeds the threshold with this posterior probability.

    Returns
    -------
    DataFrame, one row a rule
        cells, of which the quotient as counted is below the threshold (low), and the smallest quotient as counted that passes.
    """
    chosen = f"P(quotient > {threshold:g}) at least {level:g}"
    passed = {
        "quotient as counted above 1": tested["lq"] > 1,
        f"false-discovery rate {1 - level:.0%} on quotient > 1": tested["p_bh"] <= 1 - level,
        f"quotient as counted above {threshold:g}": tested["lq"] > threshold,
        chosen: tested["p_above"] >= level,
    }
    rows = {name: tested.loc[some, "lq"] for name, some in passed.items()}
    found = {name: {"cells": len(lq), "low": int((lq < threshold).sum()), "smallest": lq.min()} for name, lq in rows.items()}
    return pd.DataFrame(found).T.astype({"cells": int, "low": int}).rename_axis("rule")


def by_threshold(
    counts: pd.DataFrame, claims: pd.DataFrame, thresholds: Sequence[float], *, level: float, draws: int, rng: int = 0
) -> pd.DataFrame:
    """What other thresholds would call specialised, and how many claims would meet it.

    Parameters
    ----------
    counts : DataFrame, shape (areas, industries)
    claims : DataFrame
        claim, system, industry, areas.
    thresholds : sequence of float
        Location quotients.
    level : float
        Posterior probability with which they are exceeded.
    draws, rng
        As in :func:`slpi.recovery.hits`; every threshold has the same draws.

    Returns
    -------
    DataFrame, indexed by threshold
        cells, met (claims), and of each null (permuted, drawn) the number expected and its p.
    """
    rows = {}
    for threshold in thresholds:
        sure = grid(location_quotient_test(counts, threshold=threshold), "p_above") >= level
        found = hits(sure, counts, claims, draws=draws, rng=rng)
        row: dict[str, float] = {"cells": int(sure.to_numpy().sum()), "met": int(found.claims.sum())}
        for name, null in (("permuted", found.permuted), ("drawn", found.drawn)):
            row |= {f"{name}_expected": null.expected * len(found.claims), f"{name}_p": null.p}
        rows[threshold] = row
    return pd.DataFrame(rows).T.astype({"cells": int, "met": int}).rename_axis("threshold")


def readings(register: pd.DataFrame, industries: pd.Index) -> dict[str, pd.DataFrame]:
    """The claims of a register read in the ways that were declared before any was computed, the main one first.

    Parameters
    ----------
    register : DataFrame
        As :func:`slpi.recovery.register_claims` takes it, with activity_from and certainty.
    industries : Index
        What is counted. Alternate codes outside are left out (:func:`left_out` lists them); a primary code outside is an error.

    Returns
    -------
    dict of DataFrame
        Claims by the name of the reading. *each département and code once* makes a claim of every pair, its département in the place of
        the system; *first activity of each system* leaves a system one claim.

    Raises
    ------
    ValueError
        If a primary code is not among the industries.
    """
    primary, every = register_claims(register), register_claims(register, alternates=True)
    refuse(sorted({*primary["industry"]} - {*industries}), "register: primary codes that are not counted: ")
    every = every[every["industry"].isin(industries)]
    said = register.loc[register["activity_from"] == "text", "register_id"]
    pairs = primary.assign(claim=primary["areas"] + " " + primary["industry"], system=primary["areas"]).drop_duplicates("claim")
    first = primary.drop_duplicates("system")["claim"]
    return {
        "primary codes": primary,
        "primary or alternate codes": every,
        "activity from a text, primary codes": primary[primary["claim"].isin(said)],
        "activity from a text, all codes": every[every["claim"].isin(said)],
        "first activity of each system": primary[primary["claim"].isin(first)],
        "each département and code once": pairs,
    }


def later_readings(register: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Readings, with primary codes, that were tried after the declared ones had been seen: they suggest, and confirm nothing.

    Parameters
    ----------
    register : DataFrame
        As :func:`readings` takes it.

    Returns
    -------
    dict of DataFrame
        Claims by the name of the reading: every subset that was tried, none left out for its result; those that no claim is in are empty.
    """
    primary = register_claims(register)
    subsets = {
        "codes of high or medium certainty": register["certainty"] != "low",
        "codes of high certainty": register["certainty"] == "high",
        "activity from outside knowledge": register["activity_from"] == "outside",
    }
    return {name: primary[primary["claim"].isin(register.loc[some, "register_id"])] for name, some in subsets.items()}


def left_out(register: pd.DataFrame, industries: pd.Index) -> list[str]:
    """The alternate codes of industrial rows that are not counted: services, trade, or without any establishment.

    Examples
    --------
    >>> row = {"register_id": "r1", "system_id": "s", "naf": "26.11Z", "alternates": "62.01Z", "departements": "38", "industry": "yes"}
    >>> left_out(pd.DataFrame([row]), pd.Index(["26.11Z"]))
    ['62.01Z']
    """
    return sorted({*register_claims(register, alternates=True)["industry"]} - {*industries})


def compare(found: Mapping[str, Recovery]) -> pd.DataFrame:
    """The results of several readings side by side.

    Returns
    -------
    DataFrame, one row a reading
        claims, systems, percentile, and of each null (permuted, drawn) its expected, low, high and p: ``permuted_p``.
    """
    rows = {
        name: {"claims": len(one.claims), "systems": one.claims["system"].nunique(), "percentile": one.percentile}
        | {
            f"{null}_{part}": getattr(getattr(one, null), part)
            for null in ("permuted", "drawn")
            for part in ("expected", "low", "high", "p")
        }
        for name, one in found.items()
    }
    return pd.DataFrame(rows).T.astype({"claims": int, "systems": int}).rename_axis("reading")


def outcomes(
    found: Recovery, claims: pd.DataFrame, tested: pd.DataFrame, register: pd.DataFrame, *, level: float, top: float = 0.9
) -> pd.DataFrame:
    """What the counts say of each claim.

    The rule: *specialised* where the quotient exceeds the threshold with the chosen probability in at least one of the claim's areas;
    *high* where that does not hold and the mean percentile is ``top`` or more; else *not found*.

    Parameters
    ----------
    found : Recovery
        Of the claims, under the reading with primary codes.
    claims : DataFrame
        claim, system, industry, areas.
    tested : DataFrame
        As :func:`slpi.concentration.location_quotient_test` returns it.
    register : DataFrame
        register_id, activity, activity_from.
    level : float
        Posterior probability from which on a cell is specialised.
    top : float
        Percentile from which on a claim is high.

    Returns
    -------
    DataFrame, indexed by claim, highest percentile first
        system, activity, industry, areas (parted by ``;``), count (establishments in all its areas), shrunken and p_above (of the best
        area), lowest and highest (percentile of single areas), percentile, rank, of, expected_permuted, expected_drawn, activity_from,
        outcome.
    """
    cells = tested.assign(height=tested.groupby("industry")["shrunken"].transform(lambda x: (x.rank() - 0.5) / x.count()))
    own = claims.merge(cells, left_on=["areas", "industry"], right_on=["area", "industry"], how="left").groupby("claim", sort=False)
    table = found.claims.join(register.set_index("register_id")[["activity", "activity_from"]])
    table = table.join(
        own.agg(areas=("areas", "; ".join), count=("count", "sum"), shrunken=("shrunken", "max"), p_above=("p_above", "max"))
    )
    table = table.join(own.agg(lowest=("height", "min"), highest=("height", "max")))
    outcome = np.select([table["p_above"] >= level, table["percentile"] >= top], OUTCOMES[:2], OUTCOMES[2])
    return table.assign(outcome=outcome).sort_values(["percentile", "p_above"], ascending=False, kind="stable")


def standing_out(tested: pd.DataFrame, named: pd.DataFrame, labels: Mapping[str, str], *, level: float) -> pd.DataFrame:
    """The specialised cells, highest shrunken quotient first, and whether claims name them.

    Parameters
    ----------
    tested : DataFrame
        As :func:`slpi.concentration.location_quotient_test` returns it.
    named : DataFrame
        Claims with their alternates: industry, areas, system.
    labels : mapping
        What each industry is called.
    level : float
        Posterior probability from which on a cell is specialised.

    Returns
    -------
    DataFrame
        area, industry, label, count, expected, lq, shrunken, low, high, p_above, systems (those that name it, parted by a comma; blank for
        none).
    """
    by = named.groupby(["areas", "industry"])["system"].agg(lambda systems: ", ".join(dict.fromkeys(systems)))
    found = tested[tested["p_above"] >= level].sort_values(["shrunken", "area"], ascending=[False, True])
    keys = pd.MultiIndex.from_frame(found[["area", "industry"]])
    found = found.assign(label=found["industry"].map(labels), systems=by.reindex(keys).fillna("").to_numpy())
    columns = ["area", "industry", "label", "count", "expected", "lq", "shrunken", "low", "high", "p_above", "systems"]
    return found[columns].reset_index(drop=True)


def known_ranks(tested: pd.DataFrame, known: Mapping[str, tuple[str, str]] = KNOWN) -> pd.DataFrame:
    """The rank that areas known for a trade have in it, by shrunken quotient.

    Parameters
    ----------
    tested : DataFrame
        As :func:`slpi.concentration.location_quotient_test` returns it.
    known : mapping
        Industry to what it is called and the area.

    Returns
    -------
    DataFrame, indexed by trade
        industry, area, count, shrunken, rank (1 the highest; the worst of ties), of (areas).
    """
    ranks = tested.groupby("industry")["shrunken"].rank(ascending=False, method="max")
    cells = tested.assign(rank=ranks, of=tested.groupby("industry")["shrunken"].transform("count")).set_index(["industry", "area"])
    rows = [
        (trade, industry, area, *cells.loc[(industry, area), ["count", "shrunken", "rank", "of"]])
        for industry, (trade, area) in known.items()
    ]
    table = pd.DataFrame(rows, columns=["trade", "industry", "area", "count", "shrunken", "rank", "of"]).set_index("trade")
    return table.astype({"count": int, "rank": int, "of": int})


def marks(found: pd.DataFrame, systems: pd.DataFrame) -> pd.DataFrame:
    """One mark a place for a map: the systems there, and the best outcome that a claim of theirs has.

    Parameters
    ----------
    found : DataFrame
        As :func:`outcomes` returns it.
    systems : DataFrame
        As :func:`slpi.systems.described` returns them: system_id, label, place_id, place, lon, lat.

    Returns
    -------
    DataFrame
        place_id, x, y (metres, Lambert-93), kind (the outcome), n (systems), label (the system's, or the place's with their number).
        Systems without a place are left out.
    """
    best = found["outcome"].map(OUTCOMES.index).groupby(found["system"]).min().rename("best")
    placed = systems.dropna(subset=["lon"]).merge(best, left_on="system_id", right_index=True)
    grouped = placed.groupby("place_id", sort=True)
    table = grouped[["label", "place", "lon", "lat"]].first().assign(n=grouped.size(), best=grouped["best"].min()).reset_index()
    table["x"], table["y"] = lambert93(table["lon"], table["lat"])
    several = table["place"].str.replace(r" \(.*\)", "", regex=True) + " (" + table["n"].astype(str) + ")"
    table["label"], table["kind"] = table["label"].where(table["n"] == 1, several), [OUTCOMES[best] for best in table["best"]]
    return table[["place_id", "x", "y", "kind", "n", "label"]]
