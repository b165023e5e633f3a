"""The rules that turn numbers into words.

A verdict is never typed: each function states its rule and applies it, so that changed codes change the sentence. All thresholds
stand here.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from slpi.typology import Nearer, Profiles

#: Half a step of the anchors (0, 0.33, 0.67, 1): values closer than this are read as the same anchor.
SAME = 0.165
#: Distances on fewer shared dimensions carry no verdict.
FEWEST_DIMENSIONS = 5
VERDICTS = ("coherent", "mixed", "incoherent", "not assessable")


def count(n: int, thing: str, things: str | None = None) -> str:
    """A counted noun: ``count(1, "row")`` is "1 row", ``count(2, "row")`` "2 rows"."""
    return f"{n:,d} {thing if n == 1 else things or thing + 's'}"


def listing(words: Iterable[str]) -> str:
    """Words in a row, the last after "and"."""
    words = list(words)
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "none"


def nearer_words(result: Nearer) -> str:
    """Which of the two the unit lies nearer to, and how firmly.

    The rule: not assessable on fewer than five shared dimensions; *clearly* when the gap and its whole sensitivity range lie on one side of
    zero and no single family of dimensions, left out, turns the sign; *on balance* when gap and range lie on one side only; otherwise no
    ranking.
    """
    if result.n_dimensions < FEWEST_DIMENSIONS:
        return "not assessable against the two"
    side = result.b if result.gap > 0 else result.a
    ends = np.sign(np.round([result.gap, result.low, result.high], 9))
    if not (ends == ends[0]).all() or ends[0] == 0:
        return "not clearly nearer to either"
    return f"nearer to {side} on balance" if turning_families(result) else f"clearly nearer to {side}"


def turning_families(result: Nearer) -> list[str]:
    """The families of dimensions without which the gap vanishes, changes sign or has nothing left to stand on."""
    left = result.left_out.fillna(0)
    return list(left.index[np.sign(left.round(9)) != np.sign(round(result.gap, 9))])


def nearer_sentence(result: Nearer) -> str:
    """One sentence with the verdict, the gap, its range and what it rests on."""
    if result.n_dimensions < FEWEST_DIMENSIONS:
        shared = count(result.n_dimensions, "dimension")
        return f"Whether the {result.unit} lies nearer to {result.a} or to {result.b} cannot be said: the three share {shared}."
    rests = "no single family of dimensions, left out, changes the order"
    if turned := turning_families(result):
        rests = f"the order would not hold without the {listing(map(plain, turned))} dimensions"
    spread = f"sensitivity range {signed(result.low)} to {signed(result.high)}, {count(result.n_dimensions, 'dimension')}"
    gap = f"{signed(result.gap)} of the scale separates the two distances ({spread})"
    return f"The {result.unit} is {nearer_words(result)}: {gap}, and {rests}."


def signed(value: float) -> str:
    """A number with its sign and a true minus."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def plain(name: str) -> str:
    """An identifier as words, in the field's own where the identifier is stiff."""
    return _SAID.get(name, name.replace("_and_", " and ").replace("_", " "))


_SAID = {
    "activity_creation_relocation": "creation and relocation of activities",
    "coordination_horizontality": "horizontal coordination",
    "core_periphery_fit": "core–periphery fit",
    "ess": "ESS",
    "export_internationalisation": "exports and foreign bases",
    "family_friendship_ties": "family and friendship ties",
    "governance_decentralisation": "decentralised governance",
    "highest_banzhaf_of_a_college": "highest Banzhaf power of a college",
    "highest_shapley_of_a_college": "highest Shapley–Shubik power of a college",
    "initiative_bottom_up": "bottom-up initiative",
    "innovation_radicality": "radical innovation",
    "innovation_social_organisational": "social and organisational innovation",
    "innovation_technological": "technological innovation",
    "lucrativity": "profit orientation",
    "multi_stakeholder_diversity": "diversity of stakeholders",
    "multi_territoriality": "multi-territoriality",
    "non_economic": "non-economic",
    "non_economic_motives": "non-economic motives",
    "non_market_share": "non-market share",
    "non_monetary_share": "non-monetary share",
    "r_and_d_intensity": "R&D intensity",
    "research_training_actors": "research and training actors",
    "specification": "territorial specification",
    "volunteering_political": "volunteers in the boards",
    "volunteering_user": "volunteering users",
    "votes_of_ess": "votes of the ESS",
}


def sensitivity_words(gaps: pd.Series) -> str:
    """Whether the sign of a gap survives the declared choices: *every*, *most of*, or *part of* them; no probability is meant."""
    known = gaps.dropna()
    if known.empty:
        return "under none of the declared choices can the order be assessed"
    share = max((known > 0).mean(), (known < 0).mean())
    extent = "every one" if share == 1 else "most" if share >= 0.8 else "only part"
    return f"the order is the same under {extent} of the declared choices ({round(share * len(known))} of {len(known)})"


def originality_words(to_nearest: float, between_families: float, n_dimensions: int) -> str:
    """Is a form original? It is, when it lies as far from its nearest neighbour as the two historic families lie from each other.

    The rule: *an original form* at a ratio of 1 or more; *a variant* of its neighbour at 0.5 or less; *a form apart in part* between.
    Dimensions on which it is like none are said beside the ratio, they do not enter the rule.
    """
    if n_dimensions < FEWEST_DIMENSIONS or not between_families > 0 or np.isnan(to_nearest):
        return "not assessable"
    ratio = round(to_nearest / between_families, 9)
    if ratio >= 1:
        return "an original form"
    return "a variant of its nearest neighbour" if ratio <= 0.5 else "a form apart in part"


def overall(verdicts: Iterable[str]) -> str:
    """The verdict on a hypothesis from those on its parts: all alike, that one; else mixed. In brackets, how many could be assessed."""
    verdicts = list(verdicts)
    assessed = [v for v in verdicts if v != "not assessable"]
    if not assessed:
        return "not assessable"
    word = assessed[0] if len(set(assessed)) == 1 else "mixed"
    return word + (f" ({len(assessed)} of {len(verdicts)})" if len(assessed) < len(verdicts) else "")


def bounds_words(low: float, high: float) -> str:
    """What a share bounded by silence allows: *most* or *few* only where both bounds agree."""
    if low > 0.5:
        return "most, whatever the silences hide"
    if high < 0.5:
        return "less than half, whatever the silences hide"
    return "anything from a minority to a majority: the silences decide"


def tested_strength(main: Iterable[float], variants: Iterable[float]) -> str:
    """How strongly a tested answer stands, by the p-values of the main test under each null and of its variants.

    The rule: *strong* when all are at most 0.01; *moderate* when those of the main test are at most 0.05; else *weak*.
    """
    main, variants = list(main), list(variants)
    if max([*main, *variants]) <= 0.01:
        return "strong: no null and no variant of the test could give it"
    if max(main) <= 0.05:
        return "moderate: the main test rejects every null, not every variant does so clearly"
    return "weak: chance under a stated null could give it"


def hypothesis_words(verdicts: pd.Series) -> str:
    """The verdict on one hypothesis, and whether it depends on whose text describes the comparators."""
    bare = verdicts.str.replace(r" \(.*", "", regex=True)
    if bare.nunique() == 1:
        return f"{bare.iloc[0]}, whoever describes the comparators"
    return "; ".join(f"{verdict} against {listing(bare.index[bare == verdict])}" for verdict in bare.unique())


def absence_share(result: Nearer, profiles: Profiles, *, low: float = 0.335) -> float:
    """Part of the pull towards ``b`` from dimensions on which both stand in the lower third of the scale: a likeness by absence."""
    pull = result.contributions[result.contributions > 0]
    both_low = (profiles.values.loc[[result.unit, result.b], pull.index] <= low).all()
    return float(pull[both_low].sum() / pull.sum()) if len(pull) else 0.0


def largest_move(choices: pd.DataFrame) -> str:
    """The declared choice that moves the gap farthest from the first row; none, when nothing moves it or there is no first gap."""
    moved = (choices["gap"] - choices["gap"].iloc[0]).abs()
    if not moved.max() > 0:
        return "none of them"
    row = choices.loc[moved.idxmax()]
    return f"“{row['group']}: {row['label']}” (a gap of {signed(row['gap'])})"


# Titles say the finding and alt texts what a listener would draw: both are computed, like every verdict.


def profile_title(profiles: Profiles, units: Iterable[str]) -> str:
    """Where the units lie widest apart and where closest."""
    spread = _spread(profiles, units)
    if len(spread) < 3:
        return f"The families are described together on {count(len(spread), 'dimension')} only: {listing(map(plain, spread.index))}"
    return f"The families part most on {plain(spread.index[0])} and {plain(spread.index[1])}, and agree most on {plain(spread.index[-1])}"


def profile_alt(profiles: Profiles, units: Iterable[str]) -> str:
    """What the profile figure shows."""
    units = list(units)
    spread, values = _spread(profiles, units), profiles.values.loc[units]
    widest = "; ".join(f"{plain(d)}: {', '.join(values[d].index + values[d].map(' {:.2f}'.format))}" for d in spread.index[:5])
    return (
        f"Dot plot of {len(units)} units on the dimensions of the codebook, a mark for the mean reading and a line for its range. "
        f"On {count(len(spread), 'dimension')} all of them are described. They lie widest apart on {widest or 'none'}."
    )


def _spread(profiles: Profiles, units: Iterable[str]) -> pd.Series:
    values = profiles.values.loc[list(units)].dropna(axis="columns")
    return (values.max() - values.min()).sort_values(ascending=False, kind="stable")


def form_title(profiles: Profiles, forms: Mapping[str, str]) -> str:
    """Which two forms of one family lie farthest apart, on the dimensions on which both are described."""
    apart = _within_families(profiles, forms)
    if apart.empty:
        return "No two forms of a family are described on the same dimension"
    a, b, mean, n = apart.iloc[0]
    return f"Within a family, {a} and {b} lie farthest apart: {mean:.2f} on {count(int(n), 'shared dimension')}"


def form_alt(profiles: Profiles, forms: Mapping[str, str]) -> str:
    """The forms taken apart, in words."""
    apart = _within_families(profiles, forms)
    said = "; ".join(f"{row.a} and {row.b} {row.mean:.2f} on {count(int(row.n), 'dimension')}" for row in apart.itertuples())
    told = ", ".join(f"{form} on {profiles.values.loc[form].notna().sum()}" for form in forms if form in profiles.values.index)
    return f"Dot plot of single forms on the dimensions of the codebook. Described: {told}. Mean differences within families: {said}."


def _within_families(profiles: Profiles, forms: Mapping[str, str]) -> pd.DataFrame:
    pairs = [(a, b) for a, b in combinations([form for form in forms if form in profiles.values.index], 2) if forms[a] == forms[b]]
    apart = [(profiles.values.loc[a] - profiles.values.loc[b]).abs() for a, b in pairs]
    rows = [(*pair, one.mean(), one.count()) for pair, one in zip(pairs, apart, strict=True) if one.count()]
    return pd.DataFrame(rows, columns=["a", "b", "mean", "n"]).sort_values("mean", ascending=False, kind="stable")


def distance_title(distances: pd.DataFrame) -> str:
    """Which pair is closest and which farthest."""
    pairs = _pairs(distances).sort_values(kind="stable")
    if pairs.empty:
        return "No two of them are described on the same dimension"
    (a, b), (c, d) = pairs.index[0], pairs.index[-1]
    return f"{a} and {b} lie closest, {c} and {d} farthest apart"


def distance_alt(distances: pd.DataFrame, shared: pd.DataFrame) -> str:
    """Every distance in words."""
    said = "; ".join(f"{a} to {b} {value:.2f} on {shared.loc[a, b]}" for (a, b), value in _pairs(distances).items())
    return f"Triangular tables of distances with the number of shared dimensions. Each pair on its own: {said}."


def _pairs(distances: pd.DataFrame) -> pd.Series:
    return distances.where(np.tril(np.ones(distances.shape, bool), -1)).stack().dropna()


def contribution_title(result: Nearer) -> str:
    """What the gap rests on most."""
    gap, parts = round(result.gap, 9), result.contributions
    if not abs(gap) > 0:
        return f"Nothing draws {result.unit} towards {result.a} rather than {result.b}"
    side, towards = (result.b, parts) if gap > 0 else (result.a, -parts[::-1])
    return f"What draws {result.unit} towards {side} most: {listing(map(plain, towards[towards > 1e-9].index[:2]))}"


def contribution_alt(result: Nearer) -> str:
    """The parts of the gap in words."""
    parts = result.contributions
    said = [f"Bar chart of what each dimension adds to the gap of {signed(result.gap)}."]
    for side, drawn in ((result.b, parts[parts > 0.0005]), (result.a, parts[parts < -0.0005][::-1])):
        said.append(f"Towards {side}: {', '.join(f'{plain(d)} {signed(v)}' for d, v in drawn.head(6).items())}.")
    return " ".join(said)


def choices_title(choices: pd.DataFrame) -> str:
    """How far the order survives the choices."""
    gaps = choices["gap"]
    same, firm = max((gaps > 0).sum(), (gaps < 0).sum()), ((choices["low"] > 0) | (choices["high"] < 0)).sum()
    return f"The sign holds under {same} of {gaps.count()} choices; the range leaves out zero under {firm}"


def choices_alt(choices: pd.DataFrame) -> str:
    """The gap under each choice in words."""
    gaps = [f"{signed(row.gap)} ({signed(row.low)} to {signed(row.high)})" for row in choices.itertuples()]
    said = "; ".join(choices["label"] + " " + np.where(choices["gap"].isna(), "not assessable", gaps))
    return f"Forest plot of the gap with its range under each choice: {said}."


def strip_title(unit: str, rows: pd.DataFrame) -> str:
    """Which of several a unit lies nearest to, each on its own dimensions."""
    ordered = rows.dropna(subset="distance").sort_values("distance", kind="stable")
    if ordered.empty:
        return f"{unit} shares no dimension with any of them"
    return f"Each on its own dimensions, {unit} lies nearest to {ordered['label'].iloc[0]} and farthest from {ordered['label'].iloc[-1]}"


def strip_alt(unit: str, rows: pd.DataFrame) -> str:
    """Distances of a unit to several others in words."""
    said = "; ".join(f"{r.label} {r.distance:.2f} ({r.low:.2f} to {r.high:.2f}, {r.n_dimensions} dimensions)" for r in rows.itertuples())
    return f"Points with ranges: distance of {unit} to {said}."


def ess_sentence(rows: pd.DataFrame) -> str:
    """What a distance to the ideal type allows: nothing on too few dimensions, no order where its range covers the others."""
    ideal, others = rows.iloc[-1], rows.iloc[:-1]
    if ideal["n_dimensions"] < FEWEST_DIMENSIONS:
        return "on so few, the two cannot be ranked."
    if ((ideal["low"] <= others["distance"]) & (others["distance"] <= ideal["high"])).any():
        return "its sensitivity range covers the distance to a historic family, so that no order between them can be read from it."
    farther = "farther" if (ideal["distance"] > others["distance"]).all() else "not farther"
    return f"that is {farther} than the historic families, each on its own dimensions."
