"""What the chapter on the named systems says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.verdicts import count, listing, plain

#: Fewer carriers of a trait bear no verdict.
FEWEST_SYSTEMS = 5


def carriers(traits: pd.DataFrame, *, threshold: float = 0.67, reading: str = "strength") -> list[str]:
    """The systems with a trait at the threshold or above, at the main reading (``strength``) or the less favourable (``lower``)."""
    return list(dict.fromkeys(traits.loc[traits[reading] >= threshold, "unit_id"]))


def trait_words(traits: pd.DataFrame, families: Mapping[str, str], *, threshold: float = 0.67) -> str:
    """Whether ESS traits cut across the labels.

    The rule: *no verdict* with fewer than five carriers; ESS traits *cut across the labels* when more than half of the carriers bear
    another label than PTCE, at the main and at the less favourable reading alike; *at the main reading only*, when at that alone; else they
    *keep to the label*.
    """
    found = [carriers(traits, threshold=threshold, reading=reading) for reading in ("strength", "lower")]
    if len(found[0]) < FEWEST_SYSTEMS:
        return "bear no verdict on so few systems"
    beyond = [sum(families[s] != "ptce" for s in some) > len(some) / 2 for some in found]
    return "cut across the labels" + ("" if beyond[1] else " at the main reading only") if beyond[0] else "keep to the PTCE label"


def kind_words(bounds: pd.DataFrame) -> str:
    """Which of the two kinds of motive is the commoner: only bounds that do not touch bear an order."""
    (a, b), (c, d) = (bounds.loc[kind, ["low", "high"]] for kind in ("economic", "non_economic"))
    if not (a > d or c > b):
        return "which kind is the commoner, the silences decide"
    return f"{'economic' if a > d else 'non-economic'} motives are the commoner, whatever the silences hide"


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
    said = "; ".join(f"{row.label}, {row.said} {row.measure}" for row in rows.itertuples())
    return f"Ranges of firms and of jobs on a logarithmic axis, with remarks. {said}."


def motives_title(bounds: pd.DataFrame) -> str:
    """How many systems have motives of each kind, and of both."""
    economic, other, both = bounds.loc[["economic", "non_economic", "both"], "yes"]
    return f"An economic motive is stated for {count(economic, 'system')}, a non-economic one for {other}, both for {both}"


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
    said = []
    for panel, bounds in panels.items():
        spans = [f"{plain(kind)} {100 * row['low']:.0f} to {100 * row['high']:.0f} %" for kind, row in bounds.iterrows()]
        said.append(f"{panel}: {', '.join(spans)}")
    return f"Bars between the lowest and the highest share that the silences allow. {'; '.join(said)}."


def traits_title(traits: pd.DataFrame, families: Mapping[str, str], *, threshold: float) -> str:
    """How many systems carry an ESS trait, how many of them under another label, and the verdict."""
    found = carriers(traits, threshold=threshold)
    others = sum(families[s] != "ptce" for s in found)
    return f"ESS traits {trait_words(traits, families, threshold=threshold)}: {others} of {count(len(found), 'carrier')} are no PTCE"


def traits_alt(traits: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Who carries which trait how strongly, in words."""
    strengths = traits["trait"].map(plain) + traits["strength"].map(" {:.2f}".format)
    said = "; ".join(f"{labels[unit]}: {', '.join(part)}" for unit, part in strengths.groupby(traits["unit_id"], sort=False))
    return f"Matrix of systems and ESS traits, a dot the fuller the stronger the trait; a blank is silence. {said}."


def ties_title(relations: pd.DataFrame, root: str, labels: Mapping[str, str]) -> str:
    """What is drawn, and how much of it exists."""
    status = relations["status"].value_counts()
    rest = [f"{status[s]} {s}" for s in ("planned", "inferred") if s in status]
    stated = f"{status.get('existing', 0)} of {count(len(relations), 'tie')} around {labels[root]} are stated as existing"
    return stated + (f", {listing(rest)}" if rest else "")


def ties_alt(relations: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every tie in words."""
    to = relations["target"].map(labels.__getitem__) + " (" + relations["layer"] + ", " + relations["status"] + ")"
    said = "; ".join(f"{labels[source]} to {listing(part)}" for source, part in to.groupby(relations["source"], sort=False))
    return f"Diagram of boxes in columns, joined from left to right. {said}."


def silence_sentence(rows: pd.DataFrame, n: int) -> str:
    """For how many systems any size is given."""
    return f"For {rows['system_id'].nunique()} of {n} a number of firms or jobs is given."


def motives_sentence(bounds: pd.DataFrame, among: str) -> str:
    """The bounds on the share with a non-economic motive, and the order of the two kinds."""
    low, high = bounds.loc["non_economic", ["low", "high"]]
    which = "with which Pommier illustrates a motive" if among == "illustrated" else "that Pommier names"
    return f"Of the systems {which}, between {100 * low:.0f} and {100 * high:.0f} % have a non-economic one; {kind_words(bounds)}."


def traits_sentence(traits: pd.DataFrame, narrow: pd.DataFrame, families: Mapping[str, str], *, threshold: float) -> str:
    """The verdict on ESS traits, with its numbers; beside it the narrow reading."""
    carry = [carriers(some, threshold=threshold) for some in (traits, narrow)]
    others = [sum(families[s] != "ptce" for s in found) for found in carry]
    verdicts = [trait_words(some, families, threshold=threshold) for some in (traits, narrow)]
    told = f"{others[0]} of the {count(len(carry[0]), 'system')} that carry one are no PTCE"
    beside = f"{others[1]} of {len(carry[1])} are no PTCE, and the traits {verdicts[1]}"
    return f"ESS traits {verdicts[0]}: {told}. On the narrow reading {beside}."


def ties_sentence(relations: pd.DataFrame, hubs: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """How many ties exist, and who has most."""
    existing, first = (relations["status"] == "existing").sum(), hubs.iloc[0]
    most = f"{labels[hubs.index[0]]} has most neighbours ({first['neighbours']}, from {count(int(first['passages']), 'passage')})"
    return f"Of {len(relations)} ties, {existing} are stated as existing; {most}."


def component_words(relations: pd.DataFrame, parts: pd.Series, documents: pd.DataFrame) -> str:
    """Whose text tells of the largest component."""
    inside = relations[relations["source"].map(parts) == 0]
    authors = documents.set_index("document_id")["author"]
    told = inside["document_id"].value_counts()
    part = "all" if told.iloc[0] == len(inside) else f"{told.iloc[0]}"
    return f"{part} of its {count(len(inside), 'tie')} are told by {authors[told.index[0]]}"
