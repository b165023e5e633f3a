"""Propositions of a text held against the profiles that the coded passages give.

One author states the propositions and argues for them, so a verdict speaks of the *coherence* of a text with itself, or with another
text; it is no test against facts.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from slpi.typology import Profiles, profiles
from slpi.verdicts import SAME, overall, plain


def hold_hypotheses(
    codes: pd.DataFrame,
    codebook: pd.DataFrame,
    hypotheses: pd.DataFrame,
    units: Mapping[str, Iterable[str]],
    names: Mapping[str, str],
    pairings: Mapping[str, Mapping[str, Iterable[str]]],
    *,
    filter: str = "strict",
) -> pd.DataFrame:
    """Hold every part of every hypothesis against the profiles, once for each pairing of documents.

    Parameters
    ----------
    codes, codebook, hypotheses : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a profile to the unit_ids that it pools.
    names : mapping
        unit_id as the hypotheses write it to the name of a profile.
    pairings : mapping
        Name of a pairing to its ``documents``, as in :func:`slpi.typology.profiles`.
    filter : str
        As in :func:`slpi.typology.profiles`.

    Returns
    -------
    DataFrame
        One row a part and pairing: hypothesis_id, parent_id, statement, pairing, verdict, held, robust, compared, values, evidence.
    """
    found = []
    for pairing, documents in pairings.items():
        described = profiles(codes, codebook, units, filter=filter, documents=documents)
        for part in hypotheses[hypotheses["relation"].fillna("") != ""].fillna("").to_dict("records"):
            kept = {key: part[key] for key in ("hypothesis_id", "parent_id", "statement")}
            found.append({**kept, "pairing": pairing, **hold_part(described, part, names)})
    return pd.DataFrame(found)


def by_hypothesis(parts: pd.DataFrame) -> pd.DataFrame:
    """Verdicts on the whole hypotheses: parent_id × pairing."""
    return parts.groupby(["parent_id", "pairing"], sort=False)["verdict"].agg(overall).unstack("pairing")[list(parts["pairing"].unique())]


def hold_part(profiles: Profiles, part: Mapping[str, str], names: Mapping[str, str]) -> dict:
    """Hold one part of a hypothesis against the profiles.

    The rule, on each dimension and comparator that can be compared: the part *holds* when the values differ as it says (similar: by less
    than half a step of the anchors; greater or smaller: by at least that). *Coherent*: all hold, and still do when each value is read at
    whichever end of its range serves the statement least. *Incoherent*: none holds. *Mixed*: anything between. *Not assessable*: nothing
    to compare.

    Parameters
    ----------
    profiles : Profiles
        Holding the units that ``names`` points to.
    part : mapping
        A row of hypotheses.csv: relation, unit_a, unit_b, unit_c, dimensions.
    names : mapping
        unit_id of the hypothesis to the name of its profile.

    Returns
    -------
    dict
        verdict, held, compared, robust, evidence (code_ids), values (text: what was compared).

    Raises
    ------
    ValueError
        If the relation is unknown, or a unit has no profile (a profile without rows is silent, and not assessable).
    """
    dimensions = [d for d in part["dimensions"].split(";") if d.strip()]
    dimensions = [d.strip() for d in dimensions]
    a, *others = [names.get(part[key], part[key]) for key in ("unit_a", "unit_b", "unit_c") if part[key]]
    strange = [unit for unit in (a, *others) if unit not in profiles.units]
    if strange:
        raise ValueError(f"{part['statement']!r} speaks of {', '.join(strange)}, no profile; there are {', '.join(profiles.units)}")
    if part["relation"] == "nearer":
        checks = _nearer_checks(profiles, a, others, dimensions)
    else:
        checks = [c for d in dimensions for other in others if (c := _check(profiles, a, other, d, part["relation"])) is not None]
    held, robust = sum(c["holds"] for c in checks), sum(c["robust"] for c in checks)
    if not checks:
        verdict = "not assessable"
    elif held == 0:
        verdict = "incoherent"
    else:
        verdict = "coherent" if robust == len(checks) else "mixed"
    used = sorted({d for c in checks for d in c["dimensions"]})
    return {
        "verdict": verdict,
        "held": held,
        "robust": robust,
        "compared": len(checks),
        "evidence": profiles.evidence(a, *others, dimensions=used) if checks else [],
        "values": "; ".join(c["text"] for c in checks) or "the texts leave nothing to compare",
    }


def _check(profiles: Profiles, a: str, b: str, dimension: str, relation: str) -> dict | None:
    table = profiles.table
    if (a, dimension) not in table.index or (b, dimension) not in table.index:
        return None
    x, y = table.loc[(a, dimension)], table.loc[(b, dimension)]
    if relation == "similar":
        holds = not _apart(abs(x["value"] - y["value"]))
        robust = not _apart(max(abs(x["high"] - y["low"]), abs(y["high"] - x["low"])))
    elif relation == "a>b":
        holds, robust = _apart(x["value"] - y["value"]), _apart(x["low"] - y["high"])
    elif relation == "a<b":
        holds, robust = _apart(y["value"] - x["value"]), _apart(y["low"] - x["high"])
    else:
        raise ValueError(f"relation = {relation!r} is none of similar, a>b, a<b, nearer")
    text = f"{plain(dimension)}: {a} {x['value']:.2f}, {b} {y['value']:.2f}"
    return {"holds": holds, "robust": holds and robust, "dimensions": [dimension], "text": text}


def _apart(difference: float) -> bool:
    """At least half a step; a mean of anchors may miss it by its last bits."""
    return bool(round(difference, 9) >= SAME)


def _nearer_checks(profiles: Profiles, a: str, others: list[str], dimensions: list[str]) -> list[dict]:
    """One check a dimension: a lies nearer to the first comparator than to the second, by half a step at least."""
    table, checks = profiles.table, []
    near, far = others
    for d in dimensions:
        if all((unit, d) in table.index for unit in (a, near, far)):
            x, n, f = (table.loc[(unit, d)] for unit in (a, near, far))
            best = abs(x["value"] - f["value"]) - abs(x["value"] - n["value"])
            worst = min(
                abs(u - w) - abs(u - v) for u in (x["low"], x["high"]) for v in (n["low"], n["high"]) for w in (f["low"], f["high"])
            )
            text = f"{plain(d)}: {a} {x['value']:.2f}, {near} {n['value']:.2f}, {far} {f['value']:.2f}"
            checks.append({"holds": _apart(best), "robust": _apart(min(best, worst)), "dimensions": [d], "text": text})
    return checks
