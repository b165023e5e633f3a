"""What the chapter on territoriality says: verdicts, titles, alt texts and sentences, each computed from its tables by a written rule."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from slpi.territoriality import voices
from slpi.verdicts import SAME, count, listing, plain

#: The middle of the scale, between *in some cases* (0.33) and *frequent or important* (0.67).
MIDDLE = 0.5


def strength(low: float, high: float) -> str:
    """How strongly a trait is described.

    The rule: *denied* when even the highest reading is nearest to nought; *strongly* when the whole range of readings lies in the upper
    half of the scale, *weakly* when in the lower; *weakly or strongly, as it is read* when it lies in both; *without a strength* where
    the text only names the trait.

    Examples
    --------
    >>> strength(0.67, 1), strength(0.33, 0.67), strength(0, 0)
    ('strongly', 'weakly or strongly, as it is read', 'denied')
    """
    if np.isnan([low, high]).any():
        return "without a strength"
    low, high = round(low, 9), round(high, 9)
    if high <= SAME:
        return "denied"
    if low >= MIDDLE:
        return "strongly"
    return "weakly" if high < MIDDLE else "weakly or strongly, as it is read"


def cell(cells: pd.DataFrame, unit: str, panel: str) -> pd.Series | None:
    """One unit's row on one trait; None where the texts are silent."""
    found = cells[(cells["unit"] == unit) & (cells["panel"] == panel)]
    return found.iloc[0] if len(found) else None


def support(row: pd.Series) -> str:
    """On how many passages of how many authors a cell stands; one author alone is said to be alone. Each text has an author of its own.

    Examples
    --------
    >>> support(pd.Series({"passages": 3, "documents": ("trink",)}))
    '3 passages of one author alone'
    """
    n = len(row["documents"])
    return f"{count(row['passages'], 'passage')} of {'one author alone' if n == 1 else f'{n} authors'}"


def cell_words(row: pd.Series | None) -> str:
    """A cell in words: its strength with value, range and support, or that the texts are silent."""
    if row is None:
        return "silent"
    return f"{_told(row)} ({_stands_on(row)})"


def _told(row: pd.Series) -> str:
    said = strength(row["low"], row["high"])
    if np.isnan(row["value"]):
        return f"named {said}"
    return "denied" if said == "denied" else f"described {said}"


def _stands_on(row: pd.Series) -> str:
    return support(row) if np.isnan(row["value"]) else f"{row['value']:.2f}, {_span(row)}; {support(row)}"


def _span(row: pd.Series) -> str:
    return f"{row['low']:.2f} to {row['high']:.2f}"


def read_on(dimensions: Iterable[str]) -> str:
    """The dimensions on which a trait is read, in words; one that is turned round is denied.

    Examples
    --------
    >>> read_on(["specification", "-resource_transferability"])
    'territorial specification and no resource transferability'
    """
    said = {name: plain(name.removeprefix("-")) for name in dimensions}
    return listing(f"no {word}" if name.startswith("-") else word for name, word in said.items())


def panel_sentence(cells: pd.DataFrame, panel: str, units: Sequence[str], *, on: Iterable[str] = ()) -> str:
    """What the texts say of one trait over several units, silence included; ``on`` names the dimensions where they bear another name."""
    rows = {unit: cell(cells, unit, panel) for unit in units}
    silent = [unit for unit, row in rows.items() if row is None]
    told: dict[str, list[str]] = {}
    for unit, row in rows.items():
        if row is not None:
            told.setdefault(_told(row), []).append(f"{unit} ({_stands_on(row)})")
    parts = [f"{said}{',' * (',' in said)} for {listing(named)}" for said, named in told.items()]
    parts += [f"on {listing(silent)} the texts are silent"] if silent else []
    dimensions = f" (read on {read_on(on)})" if on and read_on(on) != panel else ""
    return f"{panel[0].upper()}{panel[1:]}{dimensions}{' is' if told else ':'} {'; '.join(parts)}."


def unit_sentence(cells: pd.DataFrame, unit: str, panels: Sequence[str]) -> str:
    """What the texts say of one unit over several traits, silence included."""
    rows = {panel: cell(cells, unit, panel) for panel in panels}
    silent = [panel for panel, row in rows.items() if row is None]
    parts = [f"{panel} is {_told(row)} ({_stands_on(row)})" for panel, row in rows.items() if row is not None]
    parts += [f"on {listing(silent)} the texts are silent"] if silent else []
    return f"{unit[0].upper()}{unit[1:]}: {'; '.join(parts)}."


def apart_words(cells: pd.DataFrame, panel: str, units: Sequence[str]) -> str:
    """Which of the units a trait tells apart: those whose ranges of readings do not meet.

    The rule is over pairs of units that are both described with a strength; with fewer than two there is nothing to tell apart.
    """
    known = {unit: row for unit in units if (row := cell(cells, unit, panel)) is not None and not np.isnan(row["value"])}
    if len(known) < 2:
        return "cannot be compared"
    pairs = [(a, b) for a, b in combinations(known, 2) if not _meet(known[a], known[b])]
    if not pairs:
        return "tells none of them apart"
    return f"tells apart {listing(f'{a} from {b}' for a, b in pairs)}"


def _meet(a: pd.Series, b: pd.Series) -> bool:
    return bool(max(a["low"], b["low"]) <= min(a["high"], b["high"]) + 1e-9)


def answer_sentence(cells: pd.DataFrame, panels: Sequence[str], units: Sequence[str]) -> str:
    """Whether the processes tell the units apart, and which."""
    verdicts = {panel: apart_words(cells, panel, units) for panel in panels}
    if set(verdicts.values()) == {"tells none of them apart"}:
        told = f"{listing(panels)} tell none of {listing(units)} apart"
        return f"As the texts describe them, {told}: the ranges of readings meet for every pair."
    said = "; ".join(f"{panel} {verdict}" for panel, verdict in verdicts.items())
    return f"As the texts describe {listing(units)}: {said}."


def sure_sentence(cells: pd.DataFrame, panels: Sequence[str], units: Sequence[str], speakers: Mapping[str, str]) -> str:
    """How much of that is told by one text, how much is silence, and whose voice carries the last process."""
    inside = cells[cells["unit"].isin(units) & cells["panel"].isin(panels)]
    alone = (inside["documents"].map(len) == 1).sum()
    last = inside.loc[inside["panel"] == panels[-1], "documents"]
    voices = sorted({document for documents in last for document in documents})
    told = f"; {panels[-1]} is told by {listing(speakers[v] for v in voices)}{' alone' if len(voices) == 1 else ''}" if voices else ""
    silent = len(units) * len(panels) - len(inside)
    rest = f"on {count(int(silent), 'more pair')} of a family and a process the texts are silent" if silent else "no pair is silence"
    first = f"Of {count(len(inside), 'description')} of a family by a process, {alone} rest{'s' if alone == 1 else ''} on one author alone"
    return f"How sure: {first[0].lower()}{first[1:]}, and {rest}{told}."


def moved_sentence(cells: pd.DataFrame, others: pd.DataFrame, panels: Sequence[str], units: Sequence[str], choice: str) -> str:
    """Which verdict words another choice changes."""
    lost = [panel for panel in panels if panel in set(cells["panel"]) and panel not in set(others["panel"])]
    moved = [f"nothing is left of {panel}" for panel in lost]
    for unit in units:
        for panel in [panel for panel in panels if panel not in lost]:
            a, b = (_word(cell(some, unit, panel)) for some in (cells, others))
            moved += [f"{panel} of {unit} goes from “{a}” to “{b}”"] if a != b else []
    if not moved:
        return f"{choice} changes none of these words."
    return f"{choice} changes the words: {'; '.join(moved)}."


def _word(row: pd.Series | None) -> str:
    return "silent" if row is None else strength(row["low"], row["high"])


def panels_title(cells: pd.DataFrame, n_units: int, n_panels: int, what: str) -> str:
    """How much of what could be said is silence, and how much of the rest is one author's."""
    silent, alone = n_units * n_panels - len(cells), (cells["documents"].map(len) == 1).sum()
    pairs = f"The texts are silent on {silent} of {n_units * n_panels} pairs of form and {what}"
    return f"{pairs}; {alone} of the {len(cells)} described rest on one author"


def processes_title(cells: pd.DataFrame, pooled: pd.DataFrame, panels: Sequence[str], n_units: int, units: Sequence[str]) -> str:
    """Which processes tell the families apart, before how much is silence."""
    telling = [panel for panel in panels if apart_words(pooled, panel, units).startswith("tells apart")]
    first = (
        f"{listing(telling)} tell{'s' if len(telling) == 1 else ''} families apart" if telling else "No process tells the families apart"
    )
    silence = panels_title(cells, n_units, len(panels), "process")
    return f"{first[0].upper()}{first[1:]}; {silence[0].lower()}{silence[1:]}"


def told_words(cells: pd.DataFrame, n_units: int) -> str:
    """Of how many units each trait is told at all, the commonest first."""
    told = cells.groupby("panel", sort=False)["unit"].nunique().sort_values(ascending=False, kind="stable")
    return f"of {n_units}: {', '.join(f'{panel} of {n}' for panel, n in told.items())}" if len(told) else f"of {n_units}: nothing of any"


def panels_alt(cells: pd.DataFrame, labels: Mapping[str, str], panels: Sequence[str]) -> str:
    """Every cell in words, unit by unit; what is missing is silence."""
    said = []
    for unit, label in labels.items():
        words = [f"{panel} {_short(row)}" for panel in panels if (row := cell(cells, unit, panel)) is not None]
        said.append(f"{label}: {', '.join(words) if words else 'silence'}")
    return (
        f"Panels side by side, one each for {listing(panels)}, with the forms in rows; a mark on a scale from nought to one with a line "
        f"for its range, hollow where one author alone speaks, a word where no strength is said. {'; '.join(said)}."
    )


def _short(row: pd.Series) -> str:
    if np.isnan(row["value"]):
        return "named"
    return f"{row['value']:.2f} ({_span(row)})"


# Resources and assets.


def quadrant_counts(entries: pd.DataFrame) -> pd.Series:
    """How many coded passages lie in each cell of the 2 × 2; definitions are no passages on a form."""
    placed = entries[entries["status"] != "defined"]
    index = pd.MultiIndex.from_product([["specific", "generic", "unsaid"], ["resource", "asset"]])
    return placed.groupby(["kind", "column"]).size().reindex(index, fill_value=0)


def resources_title(entries: pd.DataFrame) -> str:
    """Whether any form is placed on the generic side, and where most entries lie."""
    counts, forms = quadrant_counts(entries), _on_families(entries)
    generic = forms[forms["kind"] == "generic"]
    side = f"{count(len(generic), 'entry', 'entries')} on one of the four families" if len(generic) else "nothing of the four families"
    kind, column = counts.loc[["specific", "generic"]].idxmax()
    return f"The texts place {side} on the generic side; most entries are {kind} {column}s ({counts.max()})"


def _on_families(entries: pd.DataFrame) -> pd.DataFrame:
    return entries[(entries["status"] != "defined") & (entries["family"] != "other")]


def resources_sentence(entries: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Of which families each cell of the 2 × 2 is said, and by how many texts."""
    forms = _on_families(entries)
    said = []
    for kind in ("specific", "generic"):
        for column in ("resource", "asset"):
            part = forms[(forms["kind"] == kind) & (forms["column"] == column)]
            who = [names[family] for family in names if family in set(part["family"])]
            said.append(f"{kind} {column}s of {listing(who)}" if who else f"{kind} {column}s of none of them")
    texts = forms.loc[forms["kind"] != "unsaid", "document_id"].nunique()
    alone = "one author alone says" if texts == 1 else f"{texts} authors say" if texts else "no author says"
    return f"Of the four families {alone} whether they live on specific or generic means: {'; '.join(said)}."


def generic_sentence(entries: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Who and what stands on the generic side, and whether any of the four families does."""
    generic = entries[entries["kind"] == "generic"]
    defined = generic.loc[generic["status"] == "defined", "id"].nunique()
    forms = generic[generic["status"] != "defined"].drop_duplicates("id")
    others, inside = (forms[(forms["family"] == "other") == outside] for outside in (True, False))
    here = [count(defined, "definition")] * (defined > 0)
    here += [f"{labels[row.unit_id]} ({row.status}, {row.certainty} certainty)" for row in others.itertuples()]
    first = f"On the generic side stand {listing(here)}" if here else "Nothing else stands on the generic side"
    return f"{first}; of the four families, {listing(dict.fromkeys(labels[unit] for unit in inside['unit_id']))}."


def orientation_sentence(entries: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Whether resources are kept to one family and assets to another, as the argument of the 2 × 2 would have it.

    The rule: the families are *told apart* when some family has specific resources and no specific assets, and another the reverse. It is
    asked again of what the texts state or report with no other reading; where the answer is another, the sentence says so.
    """
    every, firm = (_orientation(_on_families(some), names) for some in (entries, firm_entries(entries)))
    if not any(every.values()):
        return "No family is given specific resources or assets."
    parts = [f"{column}s alone are placed with {listing(every[column])}" for column in ("resource", "asset") if every[column]]
    parts += [f"both with {listing(every['both'])}"] if every["both"] else []
    verdicts = [
        "tells the families apart" if some["resource"] and some["asset"] else "does not tell the families apart" for some in (every, firm)
    ]
    doubt = "" if verdicts[0] == verdicts[1] else f"; but on firm statements alone it {verdicts[1]}"
    return f"The contrast of specific resources with specific assets {verdicts[0]}: {'; '.join(parts)}{doubt}."


def firm_entries(entries: pd.DataFrame) -> pd.DataFrame:
    """The entries that a text states or reports, and that have no other defensible reading."""
    return entries[entries["status"].isin(["asserted", "reported"]) & entries["alt"].isna()]


def _orientation(forms: pd.DataFrame, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Which families have specific resources only, assets only, both."""
    specific = forms[forms["kind"] == "specific"].groupby("family")["column"].agg(set)
    kinds = {"resource": {"resource"}, "asset": {"asset"}, "both": {"resource", "asset"}}
    return {kind: [names[f] for f in names if specific.get(f) == columns] for kind, columns in kinds.items()}


def resources_alt(entries: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every entry of the 2 × 2 in words."""
    said = []
    for (kind, column), part in entries.groupby(["kind", "column"], sort=False):
        who = [f"{labels.get(row.unit_id, 'a definition')} ({row.status}, {row.locator})" for row in part.itertuples()]
        said.append(f"{kind} {column}: {listing(who)}")
    grid = "Grid of resources and assets in columns, specific, of unsaid kind and generic in rows, each entry a coded passage."
    return f"{grid} {'. '.join(said)}."


# Native firms, endogenous development.


def origins_sentence(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Of which forms firms are read as native or not, with the inferences and the other readings counted."""
    firms = rows[rows["about"] == "firms"]
    if firms.empty:
        return "Of no form do the texts say where firms come from."
    said = [f"{value} in {listing(labels[u] for u in part['unit_id'])}" for value, part in firms.groupby("value", sort=False)]
    guessed, open_to = (firms["status"] == "inferred").sum(), firms["alt"].notna().sum()
    doubt = f"of {count(len(firms), 'judgement')}, {guessed} inferred by the coder and {open_to} open to another reading"
    return f"Firms are read as {'; '.join(said)} ({doubt})."


def endogenous_words(rows: pd.DataFrame, families: Mapping[str, Iterable[str]]) -> str:
    """Whether the word endogenous tells the families apart: not when every family whose origin of growth is told is called so."""
    growth = rows[rows["about"] == "development"]
    told = {name: set(growth.loc[growth["unit_id"].isin(list(units)), "value"]) for name, units in families.items()}
    told = {name: values for name, values in told.items() if values}
    inside = [name for name, values in told.items() if "endogenous" in values]
    if len(told) < 2:
        return "cannot be compared, for the texts say of fewer than two families where their growth comes from"
    if len(inside) == len(told):
        return f"does not tell the families apart: the texts use it of {listing(inside)} alike"
    if not inside:
        return "is used of no family, though the texts say where growth comes from"
    rest = [name for name in told if name not in inside]
    return f"sets {listing(inside)} against {listing(rest)}"


# Openness against closure.


def voices_words(passages: pd.DataFrame, unit: str, speakers: Mapping[str, str]) -> str:
    """What each text tells of a unit's openness, and whether the texts agree.

    The rule looks at the sides told in full, not *in some cases*: texts *disagree* when one tells openness alone and another closure alone;
    they *agree* when all tell the same; else they *differ*. It is asked again of firm readings alone; where the answer is another, the
    sentence says so.
    """
    told, firm = (_voices(passages[passages["unit"] == unit], firm=firm) for firm in (False, True))
    if not told:
        return f"on {unit} no text speaks"
    said = listing(f"{speakers[document]} tells {listing(_NOUNS[side] for side in sides)}" for document, sides in told.items())
    if len(told) == 1:
        return f"on {unit} {said}, and no other text speaks"
    verdicts = [_agreement(some.values()) for some in (told, firm)]
    doubt = "" if verdicts[0] == verdicts[1] else f" (on firm readings alone they {verdicts[1]})"
    return f"on {unit} the texts {verdicts[0]}{doubt}: {said}"


_NOUNS = {
    "open": "openness",
    "closed": "closure",
    "open in some cases": "openness in some cases",
    "closed in some cases": "closure in some cases",
}


def _voices(passages: pd.DataFrame, *, firm: bool = False) -> dict[str, tuple[str, ...]]:
    return voices(passages, firm=firm).droplevel("unit").to_dict() if len(passages) else {}


def _agreement(told: Iterable[tuple[str, ...]]) -> str:
    full = [frozenset(sides) & {"open", "closed"} for sides in told]
    if {"open"} in full and {"closed"} in full:
        return "disagree"
    return "agree" if len(set(full)) == 1 else "differ"


def voices_sentence(passages: pd.DataFrame, units: Iterable[str], speakers: Mapping[str, str]) -> str:
    """The verdict on each unit in one sentence."""
    said = "; ".join(voices_words(passages, unit, speakers) for unit in units)
    return f"{said[0].upper()}{said[1:]}."


def shared_words(passages: pd.DataFrame, unit: str, speakers: Mapping[str, str]) -> str:
    """Whether two texts differ on the same dimension, or only because they speak of different ones.

    The rule: on each dimension of which two texts speak, they *differ* when their mean ranges do not meet, else they *agree*.
    """
    here = passages[(passages["unit"] == unit) & (passages["dimension"] != "openness")]
    each = here.groupby(["dimension", "document_id"], sort=False)[["low", "high"]].mean()
    said = []
    for dimension, part in each.groupby(level="dimension", sort=False):
        rows = part.droplevel("dimension")
        pairs = {(a, b): "agree" if _meet(rows.loc[a], rows.loc[b]) else "differ" for a, b in combinations(rows.index, 2)}
        if len(pairs) > 1 and set(pairs.values()) == {"agree"}:
            pairs = {tuple(rows.index): "agree"}
        said += [f"{listing(speakers[one] for one in some)} {verdict} on {plain(str(dimension))}" for some, verdict in pairs.items()]
    return "; ".join(said) if said else f"no two texts speak of the same dimension of {unit}"


def voices_title(passages: pd.DataFrame, units: Iterable[str], speakers: Mapping[str, str]) -> str:
    """On which units the texts disagree, differ or agree, and who tells both sides."""
    verdicts = {unit: voices_words(passages, unit, speakers) for unit in units}
    parts: list[str] = []
    for verdict in ("disagree", "differ", "agree"):
        of = [unit + " (not on firm readings)" * ("(on firm" in said) for unit, said in verdicts.items() if f"the texts {verdict}" in said]
        parts += [f"{'' if parts else 'the texts '}{verdict} on {listing(of)}"] if of else []
    told = voices(passages)
    both = told.index.get_level_values("document_id")[[{"open", "closed"} <= {*sides} for sides in told]]
    torn = [name for document, name in speakers.items() if document in both]
    parts += [f"{listing(torn)} tell{'s' if len(torn) == 1 else ''} both sides of one family"] if torn else []
    return f"Open or closed: {'; '.join(parts) or 'one voice a family'}"


def voices_alt(passages: pd.DataFrame, speakers: Mapping[str, str]) -> str:
    """Every passage on openness in words, by family and text."""
    said = []
    for (unit, document), part in passages.groupby(["unit", "document_id"], sort=False):
        readings = [_reading(row.dimension, row.told, row.value, row.low, row.high, row.locator) for row in part.itertuples()]
        said.append(f"{unit} in {speakers[document]}: {', '.join(readings)}")
    return (
        "Strips, one for each family and text, with nought in the middle: marks to the right tell openness, the farther the stronger, "
        "marks to the left closure, each with a line for its range; a hollow mark at either end is a passage in words. "
        f"{'; '.join(said)}."
    )


def _reading(dimension: str, told: str, value: float, low: float, high: float, locator: str) -> str:
    if np.isnan(value):
        return f"in words {told} ({locator})"
    return f"{plain(dimension)} {value:.2f}, {low:.2f} to {high:.2f}, told as {told} ({locator})"


# What would measure it.


def indicators_sentence(rows: pd.DataFrame) -> str:
    """How many of the concepts are measured in the book."""
    n = rows["measured"].value_counts().reindex(["yes", "not yet", "no"], fill_value=0)
    later = f", {n['not yet']} not yet" if n["not yet"] else ""
    measured = f"{n['yes']} are measured in another chapter{later}"
    return f"Of {count(len(rows), 'concept')}, {measured}, and {n['no']} need data that the compendium has not."


def unmeasured_sentence(rows: pd.DataFrame) -> str:
    """Which groups of concepts have no measured indicator at all."""
    none = [group for group, part in rows.groupby("about", sort=False) if not (part["measured"] == "yes").any()]
    return f"No concept is measured yet under {listing(none)}." if none else "Every group of concepts has a measured indicator."


def listed(cells: pd.DataFrame, labels: Mapping[str, str], speakers: Mapping[str, str]) -> pd.DataFrame:
    """Cells as a table to read: unit, trait, how strongly with value and range, on how many passages, told by whom, code_ids."""
    told = [(labels[row.unit], row.panel, strength(row.low, row.high), _short(cells.loc[row.Index])) for row in cells.itertuples()]
    frame = pd.DataFrame(told, columns=["unit", "trait", "described", "reading"])
    frame["passages"] = cells["passages"].to_numpy()
    frame["told by"] = [listing(speakers[document] for document in documents) for documents in cells["documents"]]
    frame["rows"] = [", ".join(codes) for codes in cells["evidence"]]
    return frame.set_index("unit")


def listed_rows(rows: pd.DataFrame, labels: Mapping[str, str], speakers: Mapping[str, str]) -> pd.DataFrame:
    """Coded rows as a table to read: of what, read as what (or what else), how it is held, who says what where, the row.

    ``rows`` has the columns id, unit_id (blank: a definition), value, alt, certainty, status, document_id, locator, said.
    """
    one = rows.drop_duplicates("id")
    frame = pd.DataFrame({"of": [labels.get(unit, "a definition") for unit in one["unit_id"]]})
    frame["read as"] = [
        value if not isinstance(alt, str) else f"{value}; or {alt}" for value, alt in zip(one["value"], one["alt"], strict=True)
    ]
    frame["held"] = [s if s == "defined" else f"{s}, {c} certainty" for s, c in zip(one["status"], one["certainty"], strict=True)]
    frame["what is said, and where"] = [f"{speakers[row.document_id]} {row.locator}: {row.said}" for row in one.itertuples()]
    frame["row"] = one["id"].to_list()
    return frame.set_index("of")


def indicator_table(rows: pd.DataFrame, speakers: Mapping[str, str]) -> pd.DataFrame:
    """The concepts as a table to read: indicator and data, whether measured and where or why not, and the passage."""
    frame = pd.DataFrame({"of": rows["about"].to_list(), "concept": rows["concept"].to_list()})
    frame["indicator (data)"] = [f"{row.indicator} ({row.data_needed})" for row in rows.itertuples()]
    frame["measured"] = [f"{row.measured}: {re.sub(r'^[0-9]+_', 'the chapter on ', row.where)}" for row in rows.itertuples()]
    frame["told in"] = [f"{speakers[row.document_id]} {row.locator}" for row in rows.itertuples()]
    return frame.set_index("of")
