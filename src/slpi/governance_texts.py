"""What the texts say of governance: by form, by named pole, stated or only prescribed, and where they are silent.

Every table says on which coded rows it stands; what no row says is left blank.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from slpi.corpus import _passage
from slpi.governance import composition
from slpi.labelled import require, require_one_of
from slpi.pole import Pole, centre, volunteers
from slpi.systems import ess_traits
from slpi.typology import profiles
from slpi.verdicts import count, plain

#: The forms set side by side: what is printed, and the family.
FORMS = {
    "clusters_pdc": ("clusters/PdC together", "clusters_pdc"),
    "cluster": ("cluster", "clusters_pdc"),
    "pdc": ("PdC", "clusters_pdc"),
    "districts_spl": ("districts/SPL together", "districts_spl"),
    "district": ("district", "districts_spl"),
    "spl": ("SPL", "districts_spl"),
    "ptce": ("PTCE", "ptce"),
    "ptce_group": ("group-led PTCE", "ptce"),
    "ptce_network": ("network PTCE", "ptce"),
    "grappe": ("grappe", "grappe"),
    "ess_ideal": ("ESS ideal type", "ess"),
}
LABELS = {form: label for form, (label, _) in FORMS.items()}
FAMILIES = {form: family for form, (_, family) in FORMS.items()}
#: The ordinal dimensions of governance, with the words of a figure.
DIMENSIONS = {
    "governance_decentralisation": "who decides",
    "coordination_horizontality": "ties between\nfirms",
    "democratic_governance": "democracy",
    "multi_stakeholder_diversity": "kinds of\nstakeholder",
    "legal_carrier_required": "legal\ncarrier",
    "public_actor_role": "public\nactors",
    "facilitator_leadership": "leaders,\nfacilitators",
    "trust": "trust",
    "volunteering_political": "volunteers\nin boards",
    "volunteering_user": "users as\nvolunteers",
}
#: The dimensions that hold words.
IN_WORDS = {"governance_type": "governance is", "core_actor": "at the centre", "initiator": "who starts it"}
IN_WORDS |= {"legal_carrier_type": "carried by", "public_role_type": "public actors"}
#: How a text speaks: of what is, of what might be, of what ought to be.
MODES = {"stated": ("asserted", "reported", "inferred"), "supposed": ("hypothesised",), "prescribed": ("prescribed",)}
MARKS = {"stated": "", "supposed": " (supposed)", "prescribed": " (ought to be)"}
RESTS = ("out", "in")


def in_use(codes: pd.DataFrame, rests: str = "out") -> pd.DataFrame:
    """The codes with the mode in which each speaks; those that rest on the hypotheses left ``out`` or kept ``in``."""
    require_one_of(rests, "rests", RESTS)
    modes = {status: mode for mode, statuses in MODES.items() for status in statuses}
    kept = codes if rests == "in" else codes[codes["rests_on_hypothesis"] != "yes"]
    return kept.assign(mode=kept["status"].map(modes))


def anchors(codebook: pd.DataFrame, dimension: str) -> dict[float, str]:
    """What each step of a dimension stands for.

    Examples
    --------
    >>> anchors(pd.DataFrame({"dimension": ["a"], "anchors": ["BODIES: 0 one centre; 1 self-organised (money aside)"]}), "a")
    {0.0: 'one centre', 1.0: 'self-organised'}
    """
    text = codebook.set_index("dimension").loc[dimension, "anchors"]
    return {float(step): said.strip() for step, said in re.findall(r"(?:^|[;:] )(0|0\.33|0\.67|1) ([^;(]+)", text)}


def ends(codebook: pd.DataFrame, dimensions: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The words for 0 and for 1 on each dimension."""
    return {dimension: (found[0.0], found[1.0]) for dimension in dimensions if (found := anchors(codebook, dimension))}


def readings(
    codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, Iterable[str]], dimensions: Iterable[str], *, rests: str = "out"
) -> pd.DataFrame:
    """Where the texts place each unit on each dimension, what is stated apart from what is supposed or prescribed.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a unit to the unit_ids whose rows it pools.
    dimensions : iterable of str
    rests : {"out", "in"}
        Whether rows that rest on the hypotheses are kept.

    Returns
    -------
    DataFrame
        unit, dimension, mode; value (mean over documents of the mean over rows), low and high (every row at its lower or higher reading),
        n_documents, evidence (code_ids). No row where the texts are silent.

    Examples
    --------
    >>> codebook = pd.DataFrame({"dimension": ["trust"], "family": ["coordination"], "scale": ["ordinal"], "from_hypothesis": ["no"]})
    >>> codes = pd.DataFrame({"code_id": ["c1"], "coder": "x", "unit_id": "pdc", "dimension": "trust", "value": ["1"],
    ...     "alt_value": ["0.67"], "certainty": "high", "status": "prescribed", "rests_on_hypothesis": "no", "document_id": "a",
    ...     "locator": "P1"})
    >>> readings(codes, codebook, {"PdC": ["pdc"]}, ["trust"])[["unit", "mode", "value", "low", "evidence"]].to_numpy().tolist()
    [['PdC', 'prescribed', 1.0, 0.67, ['c1']]]
    """
    dimensions, used = list(dimensions), in_use(codes, rests)
    found = []
    for mode in MODES:
        rows = used[(used["mode"] == mode) & used["dimension"].isin(dimensions)].assign(status="asserted")
        said = profiles(rows, codebook, units, filter="loose")
        ids = said.rows.groupby(["unit", "dimension"], sort=False)["code_id"].agg(list).rename("evidence")
        found.append(said.table.join(ids).reset_index().assign(mode=mode))
    columns = ["unit", "dimension", "mode", "value", "low", "high", "n_documents", "evidence"]
    return pd.concat(found, ignore_index=True)[columns]


def silences(found: pd.DataFrame, units: Iterable[str], dimensions: Iterable[str]) -> pd.Series:
    """By unit, on how many of the dimensions nothing is stated; what is only supposed or prescribed counts as nothing."""
    stated = found[found["mode"] == "stated"].groupby("unit")["dimension"].nunique()
    return len(list(dimensions)) - stated.reindex(list(units), fill_value=0)


def in_words(
    codes: pd.DataFrame, units: Mapping[str, str], dimensions: Mapping[str, str], *, rests: str = "out"
) -> tuple[pd.DataFrame, list[str]]:
    """What the texts say of units in words, each with its code, and all these codes.

    Parameters
    ----------
    codes : DataFrame
        Table of the corpus.
    units, dimensions : mapping
        unit_id and dimension to what is printed for them; their order is kept.

    Returns
    -------
    (DataFrame, list of str)
        Units × dimensions, ``private collective [gia-266]``, several parted by semicolons, "–" for silence; the code_ids.
    """
    used = in_use(codes, rests)
    rows = used[used["unit_id"].isin(list(units)) & used["dimension"].isin(list(dimensions))]
    said = rows["value"].map(_capitals) + rows["mode"].map(MARKS) + " [" + rows["code_id"] + "]"
    wide = said.groupby([rows["unit_id"], rows["dimension"]], sort=False).agg("; ".join).unstack("dimension")
    wide = wide.reindex(index=list(units), columns=list(dimensions)).astype(object).fillna("–")
    return wide.rename(index=units, columns=dimensions).rename_axis(index=None, columns=None), sorted(rows["code_id"])


def _capitals(said: str) -> str:
    """Words of a code with their acronyms as they are printed."""
    return re.sub(r"\b(ess|gie|sa)\b", lambda found: found[0].upper(), said)


def definitional(codes: pd.DataFrame, forms: pd.DataFrame, units: Iterable[str]) -> pd.DataFrame:
    """How far what is said of a form stands in the passage that defines it.

    Returns
    -------
    DataFrame, indexed by unit
        rows: its codes; defining: those whose lines touch the paragraph of the definition; documents; defined_at; evidence (the defining
        code_ids).
    """
    found = []
    for unit in units:
        form, own = forms.set_index("form_id").loc[unit], codes[codes["unit_id"] == unit]
        at = _passage(form["locator"])
        lines = own["locator"].map(_passage)
        near = lines.map(lambda one, at=at: one.label == at.label and one.low <= at.high and at.low <= one.high)
        touching = own[near.astype(bool) & (own["document_id"] == form["document_id"])]
        place = f"{form['document_id']} {form['locator']}"
        found.append((unit, len(own), len(touching), own["document_id"].nunique(), place, sorted(touching["code_id"])))
    return pd.DataFrame(found, columns=["unit", "rows", "defining", "documents", "defined_at", "evidence"]).set_index("unit")


def public_roles(codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, str], *, rests: str = "out") -> pd.DataFrame:
    """The part that public actors play in each unit: its place on the scale of the codebook, and the words of the texts.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        unit_id to its group; the order is kept.

    Returns
    -------
    DataFrame, one row a unit
        unit, group; value, low, high of what is stated (NaN: silence); role, the words of the texts, or of the anchor where they have none
        of their own for a named system; evidence.
    """
    scale = readings(codes, codebook, {unit: [unit] for unit in units}, ["public_actor_role"], rests=rests)
    scale = scale[scale["mode"] == "stated"].set_index("unit")
    used, steps = in_use(codes, rests), anchors(codebook, "public_actor_role")
    words = used[(used["dimension"] == "public_role_type") & (used["mode"] == "stated")]
    found = []
    for unit, group in units.items():
        own = words[words["unit_id"] == unit]
        row = scale.loc[unit] if unit in scale.index else pd.Series({"evidence": []}, dtype=object)
        role = "; ".join(own["value"]) or (steps.get(row["value"], "") if group == "named" and "value" in row else "")
        found.append((unit, group, row.get("value"), row.get("low"), row.get("high"), role, sorted([*row["evidence"], *own["code_id"]])))
    columns = ["unit", "group", "value", "low", "high", "role", "evidence"]
    return pd.DataFrame(found, columns=columns).astype({"value": float, "low": float, "high": float})


#: How a text counts the members of a pole: quantity to class. Re-Sources is told by activity, one member by what it is.
COUNTED = {
    "domb_innov": {
        "social_enterprises_large_association": "association",
        "social_enterprises_other_association": "association",
        "social_enterprises_scop": "cooperative",
        "social_enterprises_sas": "company",
    },
    "re_sources": {
        "founders_work_integration": "work integration",
        "founders_transport_mobility": "transport mobility",
        "founders_training": "training",
        "founders_solidarity_grocery": "solidarity grocery",
        "founders_groups_of_social_enterprises": "group of social enterprises",
        "added_trading_firms": "trade in recyclables",
    },
}
TOTALS = {"domb_innov": "social_enterprises"}


def counted_members(quantities: pd.DataFrame, system: str) -> tuple[pd.Series, list[str]]:
    """The members of a pole one by one, with the class that its text counts them under, and the quantity_ids.

    Raises
    ------
    ValueError
        If the text gives a total that the parts do not add up to, or counts nothing of the pole.
    """
    own = quantities[quantities["subject"] == system].set_index("quantity")
    parts = own[own.index.isin(COUNTED.get(system, {}))]
    require(len(parts), f"quantities: no members of {system} are counted")
    names = parts.index.map(COUNTED[system])
    members = [name for name, n in zip(names, parts["value_min"], strict=True) for _ in range(int(n))]
    ids = list(parts["quantity_id"])
    if system in TOTALS:
        total = own.loc[TOTALS[system]]
        require(total["value_min"] == len(members), f"quantities: {system}: {len(members)} members in parts, {total['value_min']:g} in all")
        ids.append(total["quantity_id"])
    return pd.Series(members, [f"{system}_{i}" for i in range(1, len(members) + 1)]), sorted(ids)


def compositions(quantities: pd.DataFrame, systems: Iterable[str]) -> pd.DataFrame:
    """The exact composition of each pole whose members are counted.

    Returns
    -------
    DataFrame
        system, and class, count, fraction, value, low, high of :func:`slpi.governance.composition`; evidence.
    """
    found = []
    for system in systems:
        members, ids = counted_members(quantities, system)
        shares = composition(members)[0].reset_index(names="class")
        found.append(shares.assign(system=system, evidence=[ids] * len(shares)))
    return pd.concat(found, ignore_index=True)


def ess_marks(codes: pd.DataFrame, codebook: pd.DataFrame, systems: Iterable[str], *, traits: str = "wide") -> pd.DataFrame:
    """Marks of the ESS in named systems, one row a code, with what the text says and where.

    Returns
    -------
    DataFrame, indexed by code_id
        unit_id, trait, said (words of the category, or the anchor), strength (0 to 1), document_id, locator.
    """
    found = ess_traits(codes, codebook, systems, traits=traits).set_index("code_id")
    own = codes.set_index("code_id").loc[found.index]
    said = [
        _capitals(row.value) if row.dimension == "legal_carrier_type" else anchors(codebook, row.dimension)[float(row.value)]
        for row in own.itertuples()
    ]
    return found.assign(said=said)[["unit_id", "trait", "said", "strength", "document_id", "locator"]]


def conditions_by_name(conditions: pd.DataFrame) -> pd.DataFrame:
    """What the texts hold to be conditions of success, one row a condition.

    Parameters
    ----------
    conditions : DataFrame
        condition_id, condition, outcome, strength, status, contrary, document_id.

    Returns
    -------
    DataFrame, indexed by condition, the one with most claims first
        claims; stated, supposed, prescribed: how many of them; texts; of_what (outcomes); cases: claims that tell of a case without the
        condition; evidence.
    """
    modes = {status: mode for mode, statuses in MODES.items() for status in statuses}
    rows = conditions.assign(mode=conditions["status"].map(modes))
    counts = pd.crosstab(rows["condition"], rows["mode"]).reindex(columns=list(MODES), fill_value=0)
    grouped = rows.groupby("condition", sort=False)
    found = grouped.agg(claims=("condition_id", "size"), texts=("document_id", lambda ids: "; ".join(dict.fromkeys(ids))))
    found = found.join(counts).assign(of_what=grouped["outcome"].agg(lambda words: "; ".join(dict.fromkeys(words))))
    found["cases"] = grouped["contrary"].agg(lambda words: int((words == "case").sum()))
    found["evidence"] = grouped["condition_id"].agg(list)
    return found.sort_values("claims", ascending=False, kind="stable")


def conditions_printed(by_name: pd.DataFrame, speakers: Mapping[str, str]) -> pd.DataFrame:
    """The same for a page: how the claims are put forward in one column, their ids in another."""
    forward = [", ".join(f"{row[mode]} {mode}" for mode in MODES if row[mode]) for _, row in by_name.iterrows()]
    found = pd.DataFrame({"claims": by_name["claims"], "put forward": forward, "of what": by_name["of_what"].map(plain)}, by_name.index)
    found["texts"] = [", ".join(speakers[text] for text in texts.split("; ")) for texts in by_name["texts"]]
    return found.assign(rows=by_name["evidence"].str.join(", ")).rename(index=plain)


def claims_printed(conditions: pd.DataFrame, speakers: Mapping[str, str]) -> pd.DataFrame:
    """Each claim for a page: in paraphrase, of what, how it is put forward, and where; a contrast that the text tells stands beside it."""
    contrast = {"none": "", "general": "; networks without it are spoken of, none is named", "case": "; a case without it is named"}
    how = conditions["strength"] + " for " + conditions["outcome"].map(plain) + ", " + conditions["status"]
    found = conditions.assign(
        how=how + conditions["contrary"].map(contrast), passage=conditions["document_id"].map(speakers) + " " + conditions["locator"]
    )
    return found.set_index("condition_id")[["statement", "how", "passage"]].rename_axis("row")


def beside(
    pole: Pole, codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, str], *, rests: str = "out"
) -> tuple[pd.DataFrame, list[str]]:
    """A pole's own sheet in the first row, what the texts say of forms and poles in the others; each row says its status.

    Parameters
    ----------
    pole : Pole
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        unit_id to what is printed for it.

    Returns
    -------
    (DataFrame, list of str)
        Bodies × aspects of governance, "–" for silence; the code_ids of the documented rows.
    """
    worded, ids = in_words(codes, units, {key: key for key in ("legal_carrier_type", "public_role_type")}, rests=rests)
    scaled = ["multi_stakeholder_diversity", "governance_decentralisation", "volunteering_political", "volunteering_user"]
    found = readings(codes, codebook, {unit: [unit] for unit in units}, scaled, rests=rests)
    table = pd.DataFrame("–", ["legal_carrier_type", "public_role_type", *scaled], list(units.values()))
    table.loc[worded.columns] = worded.T
    for (unit, dimension), part in found.groupby(["unit", "dimension"], sort=False):
        said = [_placed(row, anchors(codebook, str(dimension))) for row in part.itertuples()]
        table.loc[str(dimension), units[str(unit)]] = "; ".join(said)
    table.insert(0, f"{pole.name} ({pole.status})", pd.Series(_own(pole)))
    names = {"legal_carrier_type": "carried by", "public_role_type": "public actors"}
    names |= {key: DIMENSIONS[key].replace("\n", " ") for key in scaled}
    table.columns = [table.columns[0], *(f"{name} (documented)" for name in table.columns[1:])]
    return table.rename(index=names).T, sorted({*ids, *(key for keys in found["evidence"] for key in keys)})


def _placed(row: Any, steps: Mapping[float, str]) -> str:
    """The nearest anchor of a reading, its value and its codes."""
    step = min(steps, key=lambda step: abs(step - row.value))
    return f"{steps[step]} ({row.value:.2f}){MARKS[row.mode]} [{', '.join(row.evidence)}]"


def _own(pole: Pole) -> dict[str, str]:
    found, share = centre(pole), {name: _share(value) for name, value in volunteers(pole)["value"].items()}
    deciding, actors = int((pole.levels["decides"] == "yes").sum()), pole.members["actor"].nunique()
    strongest = pole.members["name"].get(found["strongest"], found["strongest"])
    said = {"legal_carrier_type": pole.carrier.replace("_", " "), "public_role_type": pole.public_role}
    said |= {"multi_stakeholder_diversity": f"{actors} kinds of actor among {len(pole.members)} members"}
    alike = f" and as much with {count(found['as_strong'], 'other')}" if found["as_strong"] else ""
    held = f"{100 * found['strongest_power']:.0f} % of the power with {strongest}{alike}"
    said |= {"governance_decentralisation": f"{deciding} bodies decide; {held}" if len(pole.levels) else held}
    said |= {"volunteering_political": f"seats of the board: {share['board_seats']}"}
    return said | {"volunteering_user": f"hours worked: {share['user_hours']}; seats of all bodies: {share['user_seats']}"}


def _share(value: float) -> str:
    return "not said" if pd.isna(value) else f"{100 * value:.0f} %"
