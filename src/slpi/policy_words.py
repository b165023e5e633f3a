"""What the chapter on policy says: titles, alt texts and verdicts, each computed from its tables by a written rule."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from slpi.labelling import LabelTest, Overlap
from slpi.policy import CONVERTED, PLANNING, STATES, share_in
from slpi.verdicts import count, listing

#: Fewer systems bear no comparison with a share of the country.
FEWEST_PLACES = 10
RULE_NAMES = {
    "share": "EPCI whose quotient of industry exceeds {threshold:g} with a probability of at least {certainty:g} %",
    "ranked": "as many EPCI as are labelled, those with the highest quotients of industry",
    "size": "as many EPCI as are labelled, those with most industrial establishments",
}


def rule_words(rule: str, *, threshold: float, certainty: float) -> str:
    """The rule by which an EPCI counts as detected."""
    return RULE_NAMES[rule].format(threshold=threshold, certainty=100 * certainty)


def width_words(share: float) -> str:
    """What a label of that share of areas can tell: *little by itself* from one third on, else *something by itself*."""
    return "little by itself, so wide is it" if share >= 1 / 3 else "something by itself, so narrow is it"


def match_words(within: LabelTest, free: LabelTest, *, level: float = 0.05) -> str:
    """Whether labels match detection beyond chance.

    The rule: *better than contiguous sets of the same industrial size* when p within strata is at the level or below; *no better than their
    size explains* when only p without strata is; else *no better than chance*.
    """
    if within.p <= level:
        return "better than contiguous sets of the same industrial size"
    return "no better than their industrial size explains" if free.p <= level else "no better than chance"


def degree_words(test: LabelTest) -> str:
    """How closely, by the excess over the null of what is possible: *closely* from one half, *in part* from one fifth, else *loosely*."""
    return "closely" if test.excess >= 0.5 else "in part" if test.excess >= 0.2 else "loosely"


def parts_words(found: Overlap) -> str:
    """What part of the labelled is detected, and the reverse: *about half* within 0.05 of it, *most* above, else *a minority*."""
    if not found.detected:
        return "no EPCI is detected"
    words = [
        "about half" if abs(part - 0.5) <= 0.05 else "most" if part > 0.5 else "a minority" for part in (found.precision, found.recall)
    ]
    return f"{words[0]} of the labelled EPCI are detected, {words[1]} of the detected are labelled"


def match_sentence(within: LabelTest, free: LabelTest, *, level: float = 0.05) -> str:
    """The answer in one sentence; how closely is said only where the null within strata is passed."""
    chance = f"{within.expected:.0f} would be by chance among sets of the same industrial size and {free.expected:.0f} among any"
    degree = f"{degree_words(within)}, " if within.p <= level else ""
    said = f"Labelled territories match detected zones {degree}{match_words(within, free, level=level)}"
    return f"{said}: {within.overlap.both:.0f} EPCI are both, where {chance}; {parts_words(within.overlap)}."


def robust_sentence(tests: Mapping[str, LabelTest], *, level: float = 0.05) -> str:
    """Under how many of the rules of detection the overlap passes the null within strata."""
    passed = [name for name, test in tests.items() if test.p <= level]
    lost = [name for name in tests if name not in passed]
    said = f"The overlap exceeds the null within strata under {len(passed)} of {count(len(tests), 'rule')} of detection"
    return said + (f"; not under {listing(lost)}." if lost and passed else ".")


def drawn_sentence(labelled: float, drawn: float, outside: float) -> str:
    """Whether the sets drawn within strata are as industrial in sum: *about as many* within a twentieth, else *more* or *fewer*."""
    ratio = drawn / labelled
    word = "about as many" if abs(ratio - 1) <= 0.05 else "more" if ratio > 1 else "fewer"
    kept = "all of the class asked for" if outside == 0 else f"{100 * outside:.1f} % of their areas of another class than asked for"
    sums = f"{drawn:,.0f} on average, the labelled areas {labelled:,.0f}"
    return f"The sets drawn within strata have {word} industrial establishments in sum ({sums}), {kept}."


def map_title(state: pd.Series) -> str:
    """How many of the detected are labelled, and of the labelled detected."""
    n = state.value_counts().reindex(STATES, fill_value=0)
    both, labelled, detected = n[STATES[0]], n[STATES[0]] + n[STATES[1]], n[STATES[0]] + n[STATES[2]]
    verb = "is" if labelled - both == 1 else "are"
    return f"{both} of {detected} EPCI that stand out as industrial are labelled, and so {verb} {count(labelled - both, 'other')}"


def map_alt(state: pd.Series, x: pd.Series, y: pd.Series, spots: pd.DataFrame) -> str:
    """The map in words: the four states by quarter of the country, and the named places."""
    side = np.where(y >= 6.65e6, "north", "south") + np.where(x >= 7e5, "-east", "-west").astype(object)
    table = pd.crosstab(side, state.to_numpy()).reindex(columns=STATES, fill_value=0)
    said = "; ".join(f"{name}: {', '.join(f'{n} {state}' for state, n in row.items())}" for name, row in table.iterrows())
    marked = f"Named in the texts and marked: {listing(spots['label'])}"
    return f"Map of metropolitan France, each EPCI filled by one of four states. {said}. {marked}."


def ranges_title(tests: Mapping[str, tuple[LabelTest, LabelTest]], *, level: float = 0.05) -> str:
    """Under how many rules the overlap leaves the null within strata."""
    passed = sum(within.p <= level for within, _ in tests.values())
    under = f"under {passed} of {count(len(tests), 'rule')} of detection"
    return f"Labelled areas hold more detected ones than sets of the same industrial size, {under}"


def ranges_alt(tests: Mapping[str, tuple[LabelTest, LabelTest]]) -> str:
    """Every overlap with both nulls in words."""
    said = [
        f"{name}: {100 * within.overlap.recall:.0f} %, by chance {_band(within)} within classes of size and {_band(free)} without"
        for name, (within, free) in tests.items()
    ]
    head = "A row for each rule of detection: the share of detected EPCI that are labelled as a point, and two bars for chance"
    return f"{head}. {'; '.join(said)}."


def _band(test: LabelTest) -> str:
    return f"{100 * test.low / test.overlap.detected:.0f} to {100 * test.high / test.overlap.detected:.0f} %"


def places_sentence(places: pd.DataFrame, flag: str, chosen: pd.Series, jobs: pd.Series) -> str:
    """How often named places are labelled (or detected), beside the country.

    The rule: with fewer than ten places no comparison; *more often* or *less often* than the country when the share of places differs by
    more than ten points, on the same side, from the share of areas that are so and from their share of jobs; else *about as often*.

    Parameters
    ----------
    places : DataFrame
        A row a place; the column ``flag`` holds yes or no.
    chosen, jobs : Series, indexed by area
        Whether an area is labelled (or detected), and its jobs.
    """
    n, yes = len(places), int((places[flag] == "yes").sum())
    said = f"{yes} of {count(n, 'place')} are {flag}"
    if n < FEWEST_PLACES:
        return f"{said}, too few to set beside the country."
    country = chosen.mean(), share_in(jobs, chosen)
    apart = [yes / n - share for share in country]
    word = "more often than" if min(apart) > 0.1 else "less often than" if max(apart) < -0.1 else "about as often as"
    return f"{said}, {word} the country at large ({100 * country[0]:.0f} % of EPCI, with {100 * country[1]:.0f} % of jobs)."


def selection_sentence(submitted: float, labelled: float) -> str:
    """What share of the proposals was selected: *most* above one half, else *a minority*."""
    share = labelled / submitted
    size = "nearly all" if share >= 0.9 else "most" if share > 0.5 else "a minority"
    return f"Of {submitted:.0f} proposals for pôles de compétitivité {labelled:.0f} were labelled, {size} of them ({100 * share:.0f} %)."


def comparable_words(row: pd.Series) -> str:
    """Whether a documented weight compares with a measured one.

    The rule: *compares* when unit and population are alike; *as a share only* when each can be had as a share of its own whole; else *no*,
    with what differs.
    """
    if row["alike_unit"] and row["alike_field"]:
        return "compares"
    lacking = [name for name, alike in (("unit", row["alike_unit"]), ("population", row["alike_field"])) if not alike]
    return "as a share only" if row["share"] else f"no: another {listing(lacking)}"


def weights_sentence(rows: pd.DataFrame) -> str:
    """How many of the weights compare, as numbers or as shares."""
    words = rows.apply(comparable_words, axis=1)
    full, part = (words == "compares").sum(), (words == "as a share only").sum()
    rest = f"{part} beside a share, and {len(rows) - full - part} beside nothing alike"
    return f"Of {count(len(rows), 'weight')} in the texts, {full} can be set beside a number of the same unit and population, {rest}."


def agglomeration_words(documented: float, measured: float) -> str:
    """Two shares of industry, in different units: *of the same order* within a factor of 1.5, else *larger* or *smaller*."""
    ratio = measured / documented
    return "of the same order" if 1 / 1.5 <= ratio <= 1.5 else "larger" if ratio > 1 else "smaller"


def ageme_words(said: float, counted: float) -> str:
    """A floor in a text beside a later count: *borne out* at or above it, *near it* down to a tenth below, else *below it*."""
    if counted >= said:
        return "the number is borne out"
    return (
        f"near it, {1 - counted / said:.0%} below".replace("%", " %")
        if counted >= 0.9 * said
        else f"{1 - counted / said:.0%} below it".replace("%", " %")
    )


def means_sentence(means: pd.DataFrame) -> str:
    """How many means each axis has, and on which the table is longest."""
    n = means.map(lambda cell: len(cell.split("; ")))
    total = n.sum()
    by = listing(f"{total[axis]} for {axis}" for axis in means)
    kind, axis = n.stack().idxmax()
    return f"Counted by the items of its cells, the table has {by}; the longest cell is that of {kind} for {axis}."


def timeline_title(events: pd.DataFrame) -> str:
    """How many events of policy have a date, how far they reach, and how many dates are disputed."""
    known = events.dropna(subset="start")
    disputed = (known["conflict"] != "").sum()
    rival = f"{disputed} with a rival date" if disputed else "none with a rival date"
    span = f"{int(known['start'].min())} to {int(known['end'].max())}"
    more = len(events) - len(known)
    return (
        f"{count(len(known), 'event')} of policy and conversion from {span}, {rival}; {more} more {'has' if more == 1 else 'have'} no date"
    )


def timeline_alt(events: pd.DataFrame) -> str:
    """The timeline in words, lane by lane."""
    said = []
    for lane, rows in events.groupby("lane", sort=False):
        told = [f"{_years(row)} {row.label}" + (f" (but {row.conflict})" if row.conflict else "") for row in rows.itertuples()]
        said.append(f"{lane}: {'; '.join(told)}")
    return f"Timeline in lanes, one line an event. {'. '.join(said)}."


def _years(row: Any) -> str:
    if np.isnan(row.start):
        return "no date:"
    start, end = int(row.start), int(row.end)
    return f"{start} on" if row.open else f"{start}" if start == end else f"{start}–{end}"


def order_sentence(events: pd.DataFrame) -> str:
    """Whether the conversion of the basins began before the first dated policy of a form."""
    starts = events.groupby("lane", sort=False)["start"].min()
    forms = starts.drop([CONVERTED, PLANNING], errors="ignore").dropna()
    if forms.empty or np.isnan(starts.get(CONVERTED, np.nan)):
        return "Which came first, the conversion of the basins or the policies of forms, cannot be said."
    converted, form = int(starts[CONVERTED]), int(forms.min())
    order = "before" if converted < form else "in the same year as" if converted == form else "after"
    return f"The conversion of the basins began in {converted}, {order} the first dated policy of a form ({forms.idxmin()}, {form})."


def silent_lanes(events: pd.DataFrame) -> str:
    """The lanes of which no event has a date."""
    known = events.groupby("lane", sort=False)["start"].count()
    return listing(known.index[known == 0])
