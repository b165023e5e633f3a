"""The words of the synthesis: what all specifications together allow to be said, and how strongly an answer stands."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from slpi.specifications import CHOICES, FAR, NEAR, UNIT
from slpi.verdicts import FEWEST_DIMENSIONS, count, listing, plain

CHOICE_NAMES = {
    "filter": "which rows speak",
    "reading": "value or alternative",
    "distance": "distance",
    "weights": "weights",
    "left_out": "dimensions left out",
    "comparators": "whose comparators",
    "forms": "which forms",
}
#: The same in a sentence.
_PHRASES = {
    "filter": "which rows may speak",
    "reading": "whether rows are read at their value or their alternative",
    "distance": "how distance is measured",
    "weights": "what weighs alike",
    "left_out": "which dimensions are left out",
    "comparators": "whose text describes the comparators",
    "forms": "which forms stand for the two families",
}
#: A level that was changed, in a sentence.
_CHANGED = {
    "reading": "{} throughout",
    "distance": "distance as {}",
    "left_out": "{} left out",
    "comparators": "the comparators {}",
    "forms": "{} in place of the families",
}
#: The choices that are arithmetic; the others say which rows are compared and how they are read.
ARITHMETIC = {"distance", "weights"}
_LEVELS = {
    "strict": "no row on a hypothesis",
    "strict_dimensions": "nor dimensions that they name",
    "loose": "every describing row",
    "value": "main reading",
    "alt_value": "alternative readings",
    "mean_absolute": "mean absolute",
    "root_mean_square": "root mean square",
    "steps_apart": "share a step apart",
    "dimensions": "each dimension alike",
    "families": "each family alike",
    "none": "nothing left out",
    "all_texts": "all texts",
    "gianfaldoni": "both of Gianfaldoni",
    "trink_pommier": "PdC of Trink, SPL of Pommier",
    "gianfaldoni_pommier": "PdC of Gianfaldoni, SPL of Pommier",
    "trink_gianfaldoni": "PdC of Trink, SPL of Gianfaldoni",
    "cluster_district": "cluster and district",
    "cluster_spl": "cluster and SPL",
    "pdc_district": "PdC and district",
    "pdc_spl": "PdC and SPL",
}


def level_names(levels: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Every level of every choice with its words."""
    return {choice: {level: level_name(choice, level) for level in of} for choice, of in levels.items()}


def level_name(choice: str, level: str) -> str:
    """A level of a choice in words."""
    return "whole families" if (choice, level) == ("forms", "families") else _LEVELS.get(level, plain(level))


def outcome(specification: pd.Series, name: str) -> float | str:
    """A number of one specification; words where it leaves too few shared dimensions for a verdict, or the number is not defined."""
    value = float(specification[name])
    return value if specification["n_dimensions"] >= FEWEST_DIMENSIONS and np.isfinite(value) else "not assessable"


def assessable(table: pd.DataFrame) -> pd.DataFrame:
    """The specifications with enough shared dimensions for a verdict."""
    return table[table["n_dimensions"] >= FEWEST_DIMENSIONS]


def sides(table: pd.DataFrame) -> tuple[int, int, int]:
    """How many assessable specifications lie nearer to the one family, nearer to the other, and as near to both."""
    signs = np.sign(assessable(table)["gap"].round(9))
    return int((signs > 0).sum()), int((signs < 0).sum()), int((signs == 0).sum())


def nearer_sentence(table: pd.DataFrame) -> str:
    """On which side the specifications fall; a count of choices, no probability."""
    near, far, tied = sides(table)
    total = near + far + tied
    if not total:
        return f"None of {count(len(table), 'specification')} leaves enough shared dimensions to be assessed."
    fall = f"in {near:,} of them the {UNIT} lies nearer to {NEAR}, in {far:,} nearer to {FAR}, and in {tied:,} as near to both"
    return f"Of {count(len(table), 'specification')} {total:,} can be assessed; {fall}: {order_words(table)}."


def order_words(table: pd.DataFrame) -> str:
    """The rule: an order *holds throughout* where every specification gives it; it *depends on the choices* where any gives another."""
    near, far, tied = sides(table)
    if near and not far + tied:
        return f"the order holds throughout, towards {NEAR}"
    if far and not near + tied:
        return f"the order holds throughout, towards {FAR}"
    return "the order depends on the choices"


def none_like_sentence(table: pd.DataFrame) -> str:
    """Under how many specifications it is an original form, a variant, or between, by the rule of `verdicts.originality_words`."""
    kept = assessable(table)
    ratio = kept["ratio"].dropna().round(9)
    if ratio.empty:
        return "Under no specification can originality be assessed."
    original, variant = int((ratio >= 1).sum()), int((ratio <= 0.5).sum())
    between = len(ratio) - original - variant
    said = f"in {original:,} it is an original form, in {variant:,} a variant of its nearest neighbour, in {between:,} a form apart in part"
    words = "its originality depends on the choices" if max(original, variant, between) < len(ratio) else "the choices do not matter"
    undefined = f" ({len(kept) - len(ratio):,} more set the two families at no distance)" if len(kept) > len(ratio) else ""
    return f"By the rule on distances, over {count(len(ratio), 'specification')}{undefined}, {said}: {words}."


def variance_sentence(shares: pd.DataFrame, what: str) -> str:
    """Which choices an outcome hangs on most."""
    first, second = (
        f"{_PHRASES[name]} ({100 * row.in_all:.0f} % of its variance, {100 * row.alone:.0f} % alone)"
        for name, row in zip(shares.index[:2], shares.head(2).itertuples(), strict=True)
    )
    return f"What moves {what} most is {first}, then {second}."


def doubt_sentence(*shares: pd.DataFrame) -> str:
    """Whether the doubt is about arithmetic: *not* where neither distance nor weights is among the first two choices of any outcome."""
    if not any(ARITHMETIC & {*one.index[:2]} for one in shares):
        return "What weighs most is thus not the arithmetic of distances and weights, but which rows are compared and how they are read."
    return "Part of the doubt is thus the arithmetic of distances and weights, and not only which rows are compared and how they are read."


def turning_words(table: pd.DataFrame, main: pd.Series) -> str:
    """The choices that, changed alone from the main specification, turn or annul the order."""
    kept = assessable(table)
    same = pd.concat([kept[choice] == main[choice] for choice in CHOICES], axis=1)
    alone = kept[same.sum(axis=1) == len(CHOICES) - 1]
    turned = alone[np.sign(alone["gap"].round(9)) != np.sign(round(float(main["gap"]), 9))]
    changed = [next((choice, row[choice]) for choice in CHOICES if row[choice] != main[choice]) for _, row in turned.iterrows()]
    if not changed:
        return f"none of {count(len(alone), 'choice')}, changed alone, turns it"
    names = [_CHANGED.get(choice, "{}").format(level_name(choice, level)) for choice, level in changed]
    return f"{len(names)} of {count(len(alone), 'choice')}, changed alone, turn{'s' * (len(names) == 1)} it: {listing(names)}"


def curve_title(table: pd.DataFrame) -> str:
    """On which sides the specifications fall."""
    near, far, tied = sides(table)
    return f"Nearer to {NEAR} under {near:,} of {near + far + tied:,} specifications, nearer to {FAR} under {far:,}"


def ratio_title(table: pd.DataFrame) -> str:
    """How far the form lies from its nearest neighbour, measured by the distance of the two families."""
    ratio = assessable(table)["ratio"].dropna().round(9)
    return f"An original form under {(ratio >= 1).sum():,} of {len(ratio):,} specifications, a variant under {(ratio <= 0.5).sum():,}"


def curve_alt(table: pd.DataFrame, outcome: str, shares: pd.DataFrame) -> str:
    """What the curve and the strips below it show."""
    values = assessable(table)[outcome].dropna()
    middle = values.quantile([0, 0.25, 0.5, 0.75, 1]).round(2).to_list()
    moved = "; ".join(
        f"{CHOICE_NAMES[name]}: highest mean with {level_name(name, row.largest)}, lowest with {level_name(name, row.smallest)}"
        for name, row in zip(shares.index[:4], shares.head(4).itertuples(), strict=True)
    )
    quarters = f"from {middle[0]} by {middle[1]}, {middle[2]} and {middle[3]} at the quarters to {middle[4]}".replace("-", "−")
    strips = "a strip for each level of each choice, the darker the more frequent the level is there"
    return f"Specification curve of {len(values):,} points in rising order, {quarters}; below it, {strips}. {moved}."


def coded_strength(n_texts: int, turned: bool, *, silences: bool = False) -> str:
    """How strongly an answer from coded texts stands.

    The rule: *strong* with three texts or more behind it and no declared choice that turns it; *moderate* with two; *weak* where a choice
    turns it, one text stands behind it, or silences decide.
    """
    reasons = []
    if n_texts < 2:
        reasons.append("one text stands behind it" if n_texts else "no text speaks of it")
    if turned:
        reasons.append("a declared choice turns it")
    if silences:
        reasons.append("silences decide")
    if reasons:
        return f"weak: {listing(reasons)}"
    return "strong within the texts" if n_texts >= 3 else "moderate: two texts stand behind it"
