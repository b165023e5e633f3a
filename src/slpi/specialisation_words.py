"""What the chapter on specialisation says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from slpi.recovery import Hits, Null, Recovery
from slpi.specialisation import OUTCOMES
from slpi.verdicts import count, listing

#: A null is left behind at this p or below.
LEVEL = 0.05
#: Fewer establishments than this in all its départements, and a claim is one of a few plants, which counts cannot speak to.
FEW = 5
#: What the outcomes of a claim are called in the legend of the map.
LEGEND = {
    "specialised": "named, and a claim is met",
    "high": "named, and a claim is high",
    "not found": "named, and neither",
}


def recovery_words(permuted: float, drawn: float) -> str:
    """Whether the named places stand out, from the p of each null.

    The rule: at 0.05 or below a null is left behind. Both left behind: *stand out under both nulls*; one: *against* that one, *but not
    against* the other; none: *do not stand out*.
    """
    if (permuted <= LEVEL) == (drawn <= LEVEL):
        return "stand out under both nulls" if drawn <= LEVEL else "do not stand out"
    places = "places exchanged among systems", "places drawn where their industry is"
    left, other = places if permuted <= LEVEL else places[::-1]
    return f"stand out against {left}, but not against {other}"


def p_said(p: float, draws: int) -> str:
    """A p-value in print, and whether so many draws could have given a smaller one."""
    return f"p = {p:.2g}" + (", the smallest that the draws can give" if p <= 1.5 / (draws + 1) else "")


def answer_sentence(found: Recovery, met: Hits) -> str:
    """Do the named systems stand out: the verdict, the percentile under both nulls, the claims met."""
    said = f"it would be {percent(found.permuted.expected)} if systems exchanged départements ({p_said(found.permuted.p, found.draws)})"
    said += f" and {percent(found.drawn.expected)} if these were drawn as each industry's establishments lie"
    said += f" ({p_said(found.drawn.p, found.draws)})"
    number, total = int(met.claims.sum()), len(met.claims)
    verdict = recovery_words(found.permuted.p, found.drawn.p)
    return (
        f"By the declared reading the named systems {verdict}. In the trades for which they are named, their départements stand at "
        f"percentile {percent(found.percentile)} on average; {said}. {number} of {count(total, 'claim')} meet a département that is "
        "surely specialised."
    )


def sure_sentence(table: pd.DataFrame) -> str:
    """How far the verdict survives the readings of the register."""
    verdicts = [recovery_words(row["permuted_p"], row["drawn_p"]) for _, row in table.iterrows()]
    both, exchanged = (verdicts.count(recovery_words(0, drawn)) for drawn in (0, 1))
    extent = "the verdict is the same under all" if len(set(verdicts)) == 1 else "the verdict depends on the reading"
    claims, systems, pairs = table["claims"].iloc[0], table["systems"].iloc[0], table["claims"].iloc[-1]
    return (
        f"How sure: {extent}. Of {count(len(table), 'declared reading')} of the register, {both} leave both nulls behind and {exchanged} "
        f"only the exchange of places; {count(claims, 'claim')} rest on {count(systems, 'system')} and "
        f"{count(pairs, 'distinct pair')} of département and code."
    )


def hits_sentence(met: Hits) -> str:
    """How many claims meet a specialised département, and how many would by chance."""
    total, nulls = len(met.claims), {"exchanged": met.permuted, "drawn where the industry is": met.drawn}
    said = listing(
        f"{null.expected * total:.1f} if départements were {how} ({null.low * total:.0f} to {null.high * total:.0f})"
        for how, null in nulls.items()
    )
    verdict = recovery_words(met.permuted.p, met.drawn.p)
    found = f"{int(met.claims.sum())} of {count(total, 'claim')} meet a specialised département; by chance it would be"
    return f"{found} {said}. By this count the named systems {verdict}."


def rules_sentence(table: pd.DataFrame) -> str:
    """Why false-discovery control alone is no rule for specialised."""
    rate, chosen = table.iloc[1], table.iloc[-1]
    share = rate["low"] / max(rate["cells"], 1)
    weak = "most of them" if share > 0.5 else "a part of them" if share > 0 else "none of them"
    return (
        f"False-discovery control passes {count(int(rate['cells']), 'cell')}, {weak} ({rate['low']:,.0f}) below the threshold as counted, "
        f"the lowest at a quotient of {rate['smallest']:.2f}; the chosen rule passes {count(int(chosen['cells']), 'cell')}."
    )


def fan_title(tested: pd.DataFrame, *, threshold: float, level: float) -> str:
    """How many cells are beyond chance and how many of these surely above the threshold."""
    beyond, sure = tested["p_bh"] <= 1 - level, tested["p_above"] >= level
    cells = f"{count(int(beyond.sum()), 'cell')} hold more establishments than chance allows"
    return f"{cells}; {count(int((beyond & sure).sum()), 'of them', 'of them')} surely have more than {threshold:g} times their share"


def fan_alt(tested: pd.DataFrame, labels: Mapping[str, str], names: Mapping[str, str], *, threshold: float, level: float) -> str:
    """The fan in words."""
    beyond = tested[(tested["p_bh"] <= 1 - level) & (tested["p_above"] < level)]
    sure = tested[tested["p_above"] >= level].sort_values("shrunken", ascending=False)
    top = "; ".join(
        f"{labels[row.industry]} in {names[row.area]}, {row.count} where {row.expected:.1f} are expected" for row in _rows(sure.head(5))
    )
    return (
        "Scatter of cells of a département and an industry: establishments expected, from a few hundredths to some hundreds, against "
        f"the location quotient as counted, both on logarithmic axes. {len(sure)} dark dots are surely above {threshold:g}; "
        f"{len(beyond)} hollow ones are only beyond chance and sink towards 1 to the right, where much is expected. Highest: {top}."
    )


def strip_title(found: pd.DataFrame) -> str:
    """How many claims meet a specialised département, are high, or are not found."""
    sizes = found["outcome"].value_counts().reindex(list(OUTCOMES), fill_value=0)
    return (
        f"{sizes['specialised']} of {count(len(found), 'claim')} meet a specialised département, {sizes['high']} more stand high, "
        f"{sizes['not found']} neither"
    )


def strip_alt(found: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Every claim in words."""
    said = "; ".join(f"{labels[row.system]}, {row.activity}: {percent(row.percentile)} ({row.outcome})" for row in _rows(found))
    return f"Claims from the highest to the lowest percentile of their départements in their industry, with the mean of each null. {said}."


def readings_title(table: pd.DataFrame) -> str:
    """Under how many readings the named places stand out against each null."""
    exchanged, drawn = (int((table[f"{null}_p"] <= LEVEL).sum()) for null in ("permuted", "drawn"))
    said = f"Named places stand above exchanged places in {exchanged} of {count(len(table), 'reading')}"
    return f"{said}, above places drawn where their industry is in {drawn}"


def readings_alt(table: pd.DataFrame) -> str:
    """Every reading in words."""

    def span(row: "pd.Series[float]", null: str) -> str:
        return f"{percent(row[f'{null}_low'])} to {percent(row[f'{null}_high'])}, p {row[f'{null}_p']:.2g}"

    said = "; ".join(
        f"{name}, {row['claims']:.0f} claims: {percent(row['percentile'])} (exchanged {span(row, 'permuted')}; drawn {span(row, 'drawn')})"
        for name, row in table.iterrows()
    )
    return f"Mean percentile under each reading, beside the middle 95 per cent of two nulls. {said}."


def codes_sentence(table: pd.DataFrame) -> str:
    """Whether the verdict turns on the alternate codes, and whether the activities that a text gives do better.

    The rule: it *turns* on them where the verdicts with and without alternates are not the same.
    """
    said = [recovery_words(row["permuted_p"], row["drawn_p"]) for _, row in table.iterrows()]
    verdicts = dict(zip(table.index, said, strict=True))
    turns = "does not turn" if verdicts["primary codes"] == verdicts["primary or alternate codes"] else "turns"
    text = "activity from a text, primary codes"
    higher = "higher" if table.loc[text, "percentile"] > table.loc["primary codes", "percentile"] else "no higher"
    return (
        f"The verdict {turns} on whether alternate codes may speak. Where a text gives the activity, the claims stand {higher} than all "
        f"together (percentile {percent(table.loc[text, 'percentile'])}), and {verdicts[text]}."
    )


def later_sentence(table: pd.DataFrame) -> str:
    """What the readings that were tried afterwards suggest."""
    both = [recovery_words(row["permuted_p"], row["drawn_p"]).endswith("both nulls") for _, row in table.iterrows()]
    said = "; ".join(
        f"{name}, percentile {percent(row['percentile'])} (second null: p = {row['drawn_p']:.2g})" for name, row in table.iterrows()
    )
    tried = f"{count(len(table), 'more subset')} of the register {'was' if len(table) == 1 else 'were'} tried after these results were seen"
    return f"{tried}: {said}. {sum(both)} of them leave both nulls behind; chosen afterwards, they suggest and confirm nothing."


def thresholds_sentence(table: pd.DataFrame) -> str:
    """Whether the verdict on the claims met depends on the threshold."""
    verdicts = {at: recovery_words(row["permuted_p"], row["drawn_p"]) for at, row in table.iterrows()}
    parts = [(said, [f"{at:g}" for at in verdicts if verdicts[at] == said]) for said in dict.fromkeys(verdicts.values())]
    return "By claims met, the named systems " + "; ".join(f"{said} at a threshold of {listing(ats)}" for said, ats in parts) + "."


def size_sentence(correlation: float) -> str:
    """How far the number of specialised industries is a matter of size: *mostly* from a rank correlation of 0.7 on, *in part* from 0.3."""
    extent = "mostly" if correlation >= 0.7 else "in part" if correlation >= 0.3 else "hardly"
    return f"The number of specialised industries goes {extent} with the number of establishments (rank correlation {correlation:.2f})."


def misses_sentence(found: pd.DataFrame, certainty: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """What the claims that are not found have in common."""
    missed = found[found["outcome"] == OUTCOMES[2]]
    if missed.empty:
        return "Every claim is met or high."
    low, few = (missed.index.map(certainty) == "low").sum(), int((missed["count"] < FEW).sum())
    wide = int(((missed["highest"] >= 0.9) & (missed["lowest"] < missed["highest"])).sum())
    last = missed.iloc[-1]
    return (
        f"Of the {count(len(missed), 'claim')} not found, {low} rest on a code of low certainty, {few} name départements with fewer "
        f"than {FEW} establishments of the industry in all (a few plants, which counts hardly see), and {wide} name several départements "
        f"of which one at least is in the upper tenth; lowest stands {labels[last['system']]} for {last['activity']}."
    )


def unnamed_sentence(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """How many specialised cells the register names, and the strongest that it does not."""
    named, free = cells[cells["systems"] != ""], cells[cells["systems"] == ""]
    strongest = listing(f"{row.label} in {names[row.area]}" for row in _rows(free.head(3)))
    share = percent(len(named) / max(len(cells), 1))
    return (
        f"The register names {len(named)} of {count(len(cells), 'specialised cell')} ({share} %); highest among the others stand "
        f"{strongest}."
    )


def map_title(numbers: pd.Series, names: Mapping[str, str], marks: pd.DataFrame) -> str:
    """Which départements have most specialised industries, and at how many named places a claim is met."""
    most = numbers.sort_values(ascending=False, kind="stable")
    said = listing(f"{names[area]} ({n})" for area, n in most.head(2).items())
    met = (marks["kind"] == OUTCOMES[0]).sum()
    return f"Specialised industries are most numerous in {said}; a claim is met at {met} of {count(len(marks), 'named place')}"


def map_alt(numbers: pd.Series, names: Mapping[str, str], marks: pd.DataFrame) -> str:
    """The map in words: the départements with most, and the places of each kind."""
    most = numbers.sort_values(ascending=False, kind="stable").head(8)
    areas = ", ".join(f"{names[area]} {n}" for area, n in most.items())
    places = "; ".join(f"{LEGEND[kind]}: {listing(marks.loc[marks['kind'] == kind, 'label'])}" for kind in OUTCOMES)
    return (
        f"Map of the {len(numbers)} metropolitan départements, darker with the number of industries in which they are specialised: "
        f"{areas}; none in {(numbers == 0).sum()}. Marks for named places. {places}."
    )


def known_words(ranks: pd.DataFrame) -> str:
    """Whether the software puts known trades where they are known to be: *as expected* where all are among the first three."""
    first, near = int((ranks["rank"] == 1).sum()), int((ranks["rank"] <= 3).sum())
    if near == len(ranks):
        return f"as expected: {first} of {len(ranks)} stand first and all among the first three"
    return f"not as expected: {listing(ranks.index[ranks['rank'] > 3])} are not among the first three"


def null_words(null: Null) -> str:
    """A null's mean and the middle of its draws, in per cent."""
    return f"{percent(null.expected)} ({percent(null.low)} to {percent(null.high)})"


def percent(share: float) -> str:
    """A share as a whole number of hundredths."""
    return f"{100 * share:.0f}"


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples()
