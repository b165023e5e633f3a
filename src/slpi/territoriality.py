"""How the texts bind the forms to their territory: processes, resources, proximities, native firms, openness, and what would measure them.

Every measure selects coded rows and returns their ids; where no text speaks there is no row, and silence stays silence. A strength is
the mean over documents of the mean over passages, with the range over the coder's alternative readings.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import zip_longest

import numpy as np
import pandas as pd

from slpi.labelled import refuse, require_one_of
from slpi.typology import DESCRIBING, FILTERS, family_units, profiles

#: Form families of which the texts describe territories, in the order of the book.
FAMILIES = ("clusters_pdc", "districts_spl", "ptce", "grappe")
READINGS = ("core", "wide")
#: The dimensions on which each process is read. *Wide* adds what the literature counts with it; no text gives agglomeration a scale of
#: its own, co-location stands in. A minus turns a dimension round.
PROCESSES = {
    "core": {
        "agglomeration": ("geographic_proximity",),
        "specialisation": ("specialisation",),
        "territorial specification": ("specification",),
    },
    "wide": {
        "agglomeration": ("geographic_proximity", "qualified_labour_pool", "spillovers", "critical_mass_seeking"),
        "specialisation": ("specialisation",),
        "territorial specification": ("specification", "-resource_transferability"),
    },
}
PROXIMITIES = {
    "geographic": ("geographic_proximity",),
    "organised": ("organised_proximity",),
    "institutional": ("institutional_proximity",),
    "belonging": (),
    "similarity": (),
    "relational": (),
}
#: Words in which a text names a process or a kind of proximity without a strength: (category dimension, value).
NAMED = {
    "agglomeration": ("territorial_process", "agglomeration"),
    "geographic": ("proximity_kinds", "geographic"),
    "organised": ("proximity_kinds", "organised"),
    "belonging": ("proximity_kinds", "organised: belonging"),
    "similarity": ("proximity_kinds", "organised: similarity"),
    "relational": ("proximity_kinds", "relational"),
}
#: Dimensions whose strength is openness, and those whose strength is closure.
SIDES = {
    "open": ("external_linkages", "export_internationalisation", "multi_territoriality"),
    "closed": ("growth_localisation",),
}
#: From here on a passage tells its side; below it, in some cases only.
STRONG = 0.5
ORIGINS = ("firm_origin", "development_origin")
#: Concepts by what they would tell of a territory.
CONCEPTS = {
    "agglomeration": ("KT1", "K36", "K37"),
    "specialisation": ("KT2", "K61"),
    "territorial specification": ("K12", "K16", "K17"),
    "resources": ("K13", "K14", "K15", "K52"),
    "proximity": ("K01", "K02", "K03", "K04", "K05"),
    "reuse of coordination": ("K11",),
    "milieu": ("K41", "K42", "K35", "K45"),
    "native firms": ("K43", "K44"),
    "openness": ("KT3", "K08", "K40"),
}
#: Where in the book a concept is measured, and on what.
CHAPTERS = dict.fromkeys(("K01", "K02", "K03", "K04", "K08", "K11", "KT3"), ("05_proximity", "the firms and ties of a territory")) | {
    "K05": ("07_governance", "the ties between the members of a pole"),
    "KT1": ("09_concentration", "national data on establishments and plants"),
    "KT2": ("08_specialisation", "national data on establishments"),
}
_LABELS = {
    "cluster": "cluster",
    "pdc": "PdC",
    "clusters_pdc": "cluster and PdC together",
    "district": "district",
    "spl": "SPL",
    "districts_spl": "district and SPL together",
    "ptce": "PTCE in general",
    "ptce_group": "group-led PTCE",
    "ptce_network": "network PTCE",
    "ptce_green": "green-industry PTCE",
    "ptce_service": "social-services PTCE",
    "grappe": "grappe",
}
_FAMILY_LABELS = {"clusters_pdc": "clusters/PdC", "districts_spl": "districts/SPL", "ptce": "PTCE", "grappe": "grappes"}


def form_units(codes: pd.DataFrame, forms: pd.DataFrame, dimensions: Iterable[str]) -> pd.DataFrame:
    """The forms of the four families of which the texts say anything on these dimensions, and the families spoken of as one.

    Parameters
    ----------
    codes, forms : DataFrame
        Tables of the corpus.
    dimensions : iterable of str
        Only units with a row on one of these; a form that the families are known by (cluster, PdC, …) is kept although silent.

    Returns
    -------
    DataFrame, index unit_id
        label, family; forms before what is said of a family as a whole.
    """
    spoken = set(codes.loc[codes["dimension"].isin(list(dimensions)), "unit_id"])
    names = forms.set_index("form_id")["name_en"]
    found = []
    for family in FAMILIES:
        members = forms.loc[forms["family"] == family, "form_id"].to_list()
        known = [unit for unit in _LABELS if unit in members]
        others = [unit for unit in members if unit not in known and unit in spoken]
        together = [family] if family in spoken and family not in members else []
        found += [(unit, _LABELS.get(unit, names.get(unit, unit)), family) for unit in known + others + together]
    return pd.DataFrame(found, columns=["unit_id", "label", "family"]).set_index("unit_id")


def labels(forms: pd.DataFrame) -> dict[str, str]:
    """A short label for every form, and for the families spoken of as one."""
    return dict(zip(forms["form_id"], forms["name_en"], strict=True)) | _LABELS


def families(forms: pd.DataFrame) -> dict[str, list[str]]:
    """The unit_ids that speak of each of the four families, by the name of the family in print."""
    members = family_units(forms)
    return {_FAMILY_LABELS[family]: members[family] for family in FAMILIES if family in members}


def apart(codes: pd.DataFrame, forms: pd.DataFrame, dimensions: Iterable[str]) -> pd.DataFrame:
    """The rows on these dimensions that speak of a form outside the four families, so that none is dropped silently."""
    inside = {unit for family, units in family_units(forms).items() if family in FAMILIES for unit in units}
    chosen = codes["dimension"].isin([d.removeprefix("-") for d in dimensions]) & codes["unit_kind"].isin(["form", "family"])
    return codes[chosen & ~codes["unit_id"].isin(inside)]


def described(
    codes: pd.DataFrame,
    codebook: pd.DataFrame,
    units: Mapping[str, Iterable[str]],
    panels: Mapping[str, Iterable[str]],
    *,
    filter: str = "strict",
) -> pd.DataFrame:
    """How strongly the texts give each unit each trait, on how many passages of how many texts; nothing where they are silent.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a unit to the unit_ids whose rows it pools.
    panels : mapping
        Name of a trait to the ordinal dimensions it is read on (a minus turns one round); several are averaged. Without one, a trait is
        only named. Names that ``NAMED`` knows count the passages that name the trait, too.
    filter : {"loose", "strict", "strict_dimensions"}
        As in :func:`slpi.typology.profiles`; it holds for named traits likewise.

    Returns
    -------
    DataFrame
        unit, panel; value, low, high (0 to 1; NaN where the trait is named only); passages, documents (tuple of ids), named (bool),
        evidence (tuple of code_ids). No row where nothing is said.

    Raises
    ------
    ValueError
        If a dimension is none of the codebook's, or the filter does not exist.

    Examples
    --------
    >>> codebook = pd.DataFrame({"dimension": ["trust"], "family": ["coordination"], "scale": ["ordinal"], "from_hypothesis": ["no"]})
    >>> codes = pd.DataFrame({"code_id": ["a-1", "a-2"], "coder": "x", "unit_id": "spl", "dimension": "trust", "value": ["1", "0.67"],
    ...     "alt_value": ["", "0.33"], "certainty": "high", "status": "asserted", "rests_on_hypothesis": "no",
    ...     "document_id": ["a", "b"], "locator": ["P1", "P2"]})
    >>> found = described(codes, codebook, {"SPL": ["spl"], "PTCE": ["ptce"]}, {"trust": ["trust"]})
    >>> found[["unit", "value", "low", "high", "documents", "evidence"]].round(3).values.tolist()
    [['SPL', 0.835, 0.665, 0.835, ('a', 'b'), ('a-1', 'a-2')]]
    """
    wanted = [dimension.removeprefix("-") for dimensions in panels.values() for dimension in dimensions]
    refuse(sorted(set(wanted) - set(codebook["dimension"])), "panels: ", " is no dimension of the codebook")
    spoken = codes[_speaks(codes, codebook, filter) & codes["dimension"].isin([*wanted, *(dimension for dimension, _ in NAMED.values())])]
    heard = set(spoken["unit_id"])
    units = {unit: inside for unit, members in units.items() if not heard.isdisjoint(inside := list(members))}
    read = profiles(spoken, codebook, units, filter=filter)
    scored = {key: part for key, part in read.rows.groupby(["unit", "dimension"], sort=False)}
    table = {key: entry.to_numpy(float) for key, entry in read.table[["value", "low", "high"]].iterrows()}
    found = []
    for unit, members in units.items():
        for panel, dimensions in panels.items():
            dimension, word = NAMED.get(panel, ("", ""))
            rows = spoken[(spoken["dimension"] == dimension) & (spoken["value"] == word) & spoken["unit_id"].isin(members)]
            parts, readings = [rows], []
            for name in dimensions:
                if (key := (unit, name.removeprefix("-"))) in scored:
                    readings.append(1 - table[key][[0, 2, 1]] if name.startswith("-") else table[key])
                    parts.append(scored[key])
            behind = pd.concat(parts)[["code_id", "document_id", "locator"]]
            if len(behind):
                value, low, high = np.mean(readings, axis=0) if readings else [np.nan] * 3
                passages = len(behind[["document_id", "locator"]].drop_duplicates())
                documents = tuple(sorted(behind["document_id"].unique()))
                found.append((unit, panel, value, low, high, passages, documents, len(rows) > 0, tuple(sorted(behind["code_id"]))))
    columns = ["unit", "panel", "value", "low", "high", "passages", "documents", "named", "evidence"]
    return pd.DataFrame(found, columns=columns)


def _speaks(codes: pd.DataFrame, codebook: pd.DataFrame, filter: str) -> pd.Series:
    """Which rows may speak under a filter, as :func:`slpi.typology.profiles` chooses ordinal ones."""
    require_one_of(filter, "filter", FILTERS)
    speaks = codes["status"].isin(DESCRIBING)
    if filter != "loose":
        speaks &= (codes["rests_on_hypothesis"] != "yes") & (codes["status"] != "hypothesised")
    if filter == "strict_dimensions":
        speaks &= ~codes["dimension"].isin(codebook.loc[codebook["from_hypothesis"] == "yes", "dimension"])
    return speaks


def evidence(cells: pd.DataFrame) -> list[str]:
    """The code_ids behind cells of :func:`described`."""
    return sorted({code for codes in cells["evidence"] for code in codes})


def resources(
    codes: pd.DataFrame, codebook: pd.DataFrame, concepts: pd.DataFrame, forms: pd.DataFrame, *, filter: str = "loose"
) -> pd.DataFrame:
    """What the texts place as resource or asset, generic or specific: one row a coded passage or concept and column of the 2 × 2.

    Parameters
    ----------
    codes, codebook, concepts, forms : DataFrame
        Tables of the corpus. A concept counts when its name says generic or specific, and resource or asset.
    filter : {"loose", "strict", "strict_dimensions"}
        Which codes may speak; concepts are definitions and stay.

    Returns
    -------
    DataFrame
        id, unit_id (blank for a concept), family, value (as coded), kind (specific, generic, unsaid), column (resource, asset), alt (the
        next defensible reading), certainty, status (*defined* for a concept), document_id, locator, said.
    """
    rows = codes[(codes["dimension"] == "resource_kind") & _speaks(codes, codebook, filter)]
    coded = rows.rename(columns={"code_id": "id", "alt_value": "alt", "rationale": "said"})[
        ["id", "unit_id", "value", "alt", "certainty", "status", "document_id", "locator", "said"]
    ]
    named = concepts["concept"].str.contains("specific|generic", case=False) & concepts["concept"].str.contains(
        "resource|asset", case=False
    )
    defined = concepts[named].rename(columns={"concept_id": "id", "concept": "value", "meaning": "said"})
    defined = defined.assign(unit_id="", alt=None, certainty="high", status="defined")[coded.columns]
    both = pd.concat([coded, defined], ignore_index=True)
    family = forms.set_index("form_id")["family"].to_dict()
    both["family"] = [unit if unit in FAMILIES else family.get(unit, "other") for unit in both["unit_id"]]
    kinds = both["value"].str.extract("(specific|generic|unsaid)", flags=re.IGNORECASE)[0].str.lower()
    both["kind"], both["column"] = kinds, both["value"].str.findall("resource|asset")
    found = both.explode("column").drop_duplicates(["id", "column"])
    return found[
        ["id", "unit_id", "family", "value", "kind", "column", "alt", "certainty", "status", "document_id", "locator", "said"]
    ].reset_index(drop=True)


def origins(codes: pd.DataFrame, codebook: pd.DataFrame, *, filter: str = "loose") -> pd.DataFrame:
    """What the texts say of where firms and development come from.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    filter : {"loose", "strict", "strict_dimensions"}
        Which rows may speak.

    Returns
    -------
    DataFrame
        id, about (firms, development), unit_id, value, alt (the next defensible reading), certainty, status, document_id, locator, said.
    """
    rows = codes[codes["dimension"].isin(ORIGINS) & _speaks(codes, codebook, filter)]
    rows = rows.rename(columns={"code_id": "id", "alt_value": "alt", "rationale": "said"})
    rows = rows.assign(about=rows["dimension"].str.removesuffix("_origin").replace("firm", "firms"))
    return rows[["id", "about", "unit_id", "value", "alt", "certainty", "status", "document_id", "locator", "said"]].reset_index(drop=True)


def openness(
    codes: pd.DataFrame,
    codebook: pd.DataFrame,
    units: Mapping[str, Iterable[str]],
    *,
    filter: str = "strict",
    bounded: bool = True,
) -> pd.DataFrame:
    """Each passage on whether a unit is open or closed, on the scale of its own dimension: none is turned round.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a unit to the unit_ids whose rows it pools.
    filter : {"loose", "strict", "strict_dimensions"}
        Which rows may speak.
    bounded : bool
        Whether growth that stays in a bounded area counts as closure.

    Returns
    -------
    DataFrame
        unit, form (the unit_id that the passage speaks of), document_id, dimension, axis (open, closed: what the dimension's strength
        is), value, low, high (that strength, 0 to 1; NaN for a row in words), told (open, closed, or the same *in some cases*; to deny
        one is to tell the other), firm (bool: no defensible reading tells anything else; a row in words is firm unless its certainty is
        low), locator, code_id, said.
    """
    axes = {name: side for side, names in SIDES.items() for name in names if bounded or side == "open"}
    units = {unit: list(members) for unit, members in units.items()}
    rows = profiles(codes, codebook, units, filter=filter).rows
    rows = rows[rows["dimension"].isin(list(axes))]
    readings = rows[["value", "alt_value"]]
    rows = rows.assign(low=readings.min(axis=1), high=readings.max(axis=1), axis=rows["dimension"].map(axes))
    told = {end: [_told(*pair) for pair in zip(rows["axis"], rows[end], strict=True)] for end in ("value", "low", "high")}
    rows = rows.assign(told=told["value"], firm=[a == b for a, b in zip(told["low"], told["high"], strict=True)])
    spoken = codes[(codes["dimension"] == "openness") & _speaks(codes, codebook, filter)]
    words = pd.concat([spoken[spoken["unit_id"].isin(members)].assign(unit=unit) for unit, members in units.items()])
    side = words["value"].str.extract("^(open|closed)")[0]
    words = words.assign(value=np.nan, low=np.nan, high=np.nan, axis=side, told=side, firm=words["certainty"] != "low")
    both, coded = pd.concat([rows.astype({"value": float}), words]), codes.set_index("code_id")
    both["form"], both["said"] = both["code_id"].map(coded["unit_id"]), both["code_id"].map(coded["rationale"])
    columns = ["unit", "form", "document_id", "dimension", "axis", "value", "low", "high", "told", "firm", "locator", "code_id", "said"]
    return both[columns].reset_index(drop=True)


def _told(axis: str, strength: float) -> str:
    """Which side a strength on an axis tells."""
    if strength == 0:
        return "closed" if axis == "open" else "open"
    return axis if strength >= STRONG else f"{axis} in some cases"


def voices(passages: pd.DataFrame, *, firm: bool = False) -> pd.Series:
    """What each text tells of each unit's openness.

    Parameters
    ----------
    passages : DataFrame
        As :func:`openness` returns them.
    firm : bool
        Count only passages of which no defensible reading tells anything else.

    Returns
    -------
    Series of tuples of str, index (unit, document_id)
        Sides in the order open, open in some cases, closed, closed in some cases; a side *in some cases* is left out beside the full one.
        Every text that speaks is there, also one of which nothing is firm.
    """
    keys = ["unit", "document_id"]
    kept = passages["told"].where(passages["firm"] | (not firm))
    return kept.groupby([passages[key] for key in keys], sort=False).agg(_sides)


def _sides(told: pd.Series) -> tuple[str, ...]:
    found = set(told.dropna())
    found -= {f"{side} in some cases" for side in SIDES if side in found}
    return tuple(sorted(found, key=["open", "open in some cases", "closed", "closed in some cases"].index))


def indicators(concepts: pd.DataFrame) -> pd.DataFrame:
    """What would measure each concept of territoriality, where in the book it is measured and on what, or why it is not.

    Parameters
    ----------
    concepts : DataFrame
        Table of the corpus.

    Returns
    -------
    DataFrame, index concept_id
        about, concept, indicator, data_needed, module, measured (yes, not yet, no), where (chapter and data, or the reason why not),
        document_id, locator.

    Raises
    ------
    ValueError
        If a concept of this list is not in the table.
    """
    about = {concept: group for group, ids in CONCEPTS.items() for concept in ids}
    refuse(sorted(set(about) - set(concepts["concept_id"])), "concepts: no row has the concept_id ", "")
    found = concepts.set_index("concept_id").loc[list(about)].assign(about=pd.Series(about))
    module = found["module"]
    none = module.str.startswith("none")
    placed = pd.Series({concept: f"{chapter}, on {data}" for concept, (chapter, data) in CHAPTERS.items()}).reindex(found.index)
    found["measured"] = np.select([none, module.str.endswith("(to come)") | placed.isna()], ["no", "not yet"], "yes")
    found["where"] = module.str.removeprefix("none: ").where(none, placed.fillna("no chapter measures it"))
    return found[["about", "concept", "indicator", "data_needed", "module", "measured", "where", "document_id", "locator"]]


def speakers(documents: pd.DataFrame) -> dict[str, str]:
    """Each text by the name of who speaks in it.

    Examples
    --------
    >>> speakers(pd.DataFrame({"document_id": ["a", "b"], "author": ["Claude Trink", "not named"]}))
    {'a': 'Trink', 'b': 'the unsigned proposal'}
    """
    authors = documents.set_index("document_id")["author"]
    return {text: "the unsigned proposal" if author == "not named" else author.split()[-1] for text, author in authors.items()}


def side_by_side(passages: pd.DataFrame, voices_of: Mapping[str, str], names: Mapping[str, str]) -> pd.DataFrame:
    """What is told as open beside what is told as closed, unit by unit.

    Parameters
    ----------
    passages : DataFrame
        As :func:`openness` returns them.
    voices_of : mapping
        Who speaks in each text.
    names : mapping
        Label of each form.

    Returns
    -------
    DataFrame, index unit
        open, in some cases, closed: who, of which form, where and what, a passage a row; blank where a side has fewer.
    """
    found = []
    columns = {"open": ("open",), "in some cases": ("open in some cases", "closed in some cases"), "closed": ("closed",)}
    for unit, part in passages.groupby("unit", sort=False):
        who = part["document_id"].map(voices_of.__getitem__) + " of " + part["form"].map(names.__getitem__)
        said = who + ", " + part["locator"] + ": " + part["said"]
        sides = [list(said[part["told"].isin(told)]) for told in columns.values()]
        found += [(unit, *row) for row in zip_longest(*sides, fillvalue="")]
    return pd.DataFrame(found, columns=["unit", *columns]).set_index("unit")
