"""Propositions of a text held against the profiles that the coded passages give.

One author states the propositions and argues for them, so a verdict speaks of the *coherence* of a text with itself, or with another
text; it is no test against facts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import pandas as pd

from slpi.labelled import refuse, require_one_of
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


def hold_part(profiles: Profiles, part: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str | int | list[str]]:
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
    dimensions = [d.strip() for d in part["dimensions"].split(";") if d.strip()]
    a, *others = [names.get(part[key], part[key]) for key in ("unit_a", "unit_b", "unit_c") if part[key]]
    strange, relation = [unit for unit in (a, *others) if unit not in profiles.units], part["relation"]
    refuse(strange, f"{part['statement']!r} speaks of ", f", no profile; there are {', '.join(profiles.units)}")
    require_one_of(relation, "relation", _SAYS)
    compared = [(a, *others)] if relation == "nearer" else [(a, other) for other in others]
    checks = [check for d in dimensions for units in compared if (check := _check(profiles, units, d, _SAYS[relation])) is not None]
    held, robust = sum(check.holds for check in checks), sum(check.robust for check in checks)
    verdict = "incoherent" if held == 0 else "coherent" if robust == len(checks) else "mixed"
    evidence = profiles.evidence(a, *others, dimensions={check.dimension for check in checks})
    values = "; ".join(check.text for check in checks) or "the texts leave nothing to compare"
    numbers = {"held": held, "robust": robust, "compared": len(checks)}
    return {"verdict": verdict if checks else "not assessable", **numbers, "evidence": evidence, "values": values}


def _apart(difference: float) -> bool:
    """At least half a step; a mean of anchors may miss it by its last bits."""
    return bool(round(difference, 9) >= SAME)


#: What each relation says of the values of its units, in their order.
_SAYS: dict[str, Callable[..., bool]] = {
    "similar": lambda x, y: not _apart(abs(x - y)),
    "a>b": lambda x, y: _apart(x - y),
    "a<b": lambda x, y: _apart(y - x),
    "nearer": lambda x, near, far: _apart(abs(x - far) - abs(x - near)),
}


class _Check(NamedTuple):
    dimension: str
    holds: bool
    robust: bool
    text: str


def _check(profiles: Profiles, units: Sequence[str], dimension: str, says: Callable[..., bool]) -> _Check | None:
    """Whether a relation holds on a dimension, and at every combination of the ends of the units' ranges; None where one is silent."""
    rows = profiles.table.reindex([(unit, dimension) for unit in units])
    if rows["value"].isna().any():
        return None
    holds = says(*rows["value"])
    text = f"{plain(dimension)}: " + ", ".join(f"{unit} {value:.2f}" for unit, value in zip(units, rows["value"], strict=True))
    return _Check(dimension, holds, holds and all(says(*ends) for ends in product(*rows[["low", "high"]].to_numpy())), text)
