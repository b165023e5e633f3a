"""What the chapter on proximities says: titles, alt texts and verdicts, each computed from its tables by a written rule.

A cross-section never concludes on what Colletis & Pecqueur call specification, the reuse of coordination for another problem: it can show
an association compatible with it, in these words. Dated ties can conclude.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from slpi.financing import LAYER_NAMES, OUTCOMES
from slpi.territory import Territory
from slpi.verdicts import count, listing

LEVEL = 0.05
FEWEST_TIES = 10  # of the outcome; fewer bear no verdict
COMPATIBLE = "an association compatible with specification"
QUESTIONS = {
    "equity": "equity on production",
    "funder": "common funders on production",
    "later equity": "later equity on earlier production",
    "later production": "later production on earlier equity",
}


def p_words(p: float) -> str:
    """A p-value in words of the reader.

    Examples
    --------
    >>> p_words(0.0004), p_words(0.0312), p_words(0.4)
    ('p < 0.001', 'p = 0.031', 'p = 0.40')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def odds_words(row: pd.Series) -> str:
    """An odds ratio with its interval."""
    return f"odds ratio {_amount(row['odds'])}, {_amount(row['low'])} to {_amount(row['high'])}"


def _amount(value: float) -> str:
    return "unbounded" if np.isinf(value) else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _km(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def found(row: pd.Series) -> bool:
    """Whether a declared test finds an association: tested, on ten ties or more, and p after Holm's correction at most 0.05."""
    return bool(not row["why"] and row["ties"] >= FEWEST_TIES and row["p_holm"] <= LEVEL)


def verdict_words(row: pd.Series) -> str:
    """The verdict on one declared cross-section.

    The rule: *cannot be tested* with the reason; *bears no verdict* on fewer than ten ties; *an association compatible with
    specification* where p after Holm's correction is at most 0.05; else *no association is found*.
    """
    if row["why"]:
        return f"cannot be tested: {row['why']}"
    if row["ties"] < FEWEST_TIES:
        return f"bears no verdict on {count(int(row['ties']), 'tie')}"
    return COMPATIBLE if found(row) else "no association is found"


def dated_words(tests: pd.DataFrame) -> str:
    """The verdict on dated ties.

    The rule: later equity on earlier production is found, and later production on earlier equity is not: *reuse of coordination*; both:
    *the layers follow each other both ways*, and which came first is open; only the second: *production follows equity*; none: *no reuse
    of coordination is found*. Without dates, or on too few ties, nothing is concluded.
    """
    if "later equity" not in tests.index:
        return "no equity tie is dated, so that the reuse of coordination can be neither found nor ruled out"
    row = tests.loc["later equity"]
    if row["why"] or row["ties"] < FEWEST_TIES:
        return f"the dated ties bear no verdict on the reuse of coordination ({row['why'] or count(int(row['ties']), 'later equity tie')})"
    forward, back = found(row), "later production" in tests.index and found(tests.loc["later production"])
    if forward and back:
        return "the layers follow each other both ways, and which came first is open"
    if forward:
        return "reuse of coordination is found: later equity ties follow earlier productive ties"
    return (
        "production follows equity, which is not the reuse that was asked for"
        if back
        else "no reuse of coordination is found in the dated ties"
    )


def texts_sentence(told: pd.DataFrame) -> str:
    """What the texts know of financing among firms."""
    ties, judged = told[told["what"] == "tie"], told[told["what"] == "financial coordination"]
    known = ties["status"].value_counts()
    shares = listing(f"{known[status]} {status}" for status in ("existing", "planned", "inferred") if status in known)
    open_ = int((judged["status"] == "hypothesised").sum())
    stated = f"The texts name {count(len(ties), 'financial tie')}" + (f" ({shares})" if shares else "")
    guess = "is a conjecture" if open_ == 1 else "are conjectures"
    return f"{stated}, and of their {count(len(judged), 'judgement')} on financial coordination {open_} {guess}."


def territory_sentence(territory: Territory, whole: Territory) -> str:
    """Who is asked about."""
    others = len(whole.firms) - len(territory.firms)
    apart = f"; {count(others, 'financier or public body', 'financiers and public bodies')} stand aside" if others else ""
    made = "A simulated territory" if territory.status == "simulated" else "A territory"
    return f"{made} of {count(len(territory.firms), 'firm')}: {territory.name}{apart}."


def origin_sentence(territory: Territory, assumed: pd.DataFrame) -> str:
    """Where the firms come from: a register that someone kept, or a model, and what of the model a text documents."""
    if territory.status != "simulated":
        source = f" ({territory.source})" if territory.source else ""
        return f"Its firms and ties are real{source}; its results say measured."
    made = "Its firms and ties are made by a model whose every number stands in its folder"
    if assumed.empty:
        return f"{made}; what of it is assumed is not listed."
    number = {status: int((assumed["status"] == status).sum()) for status in ("documented", "assumed")}
    listed = f"{count(number['documented'], 'line is', 'lines are')} documented by a text, {number['assumed']} assumed"
    return f"{made}. Of what the model takes for granted {listed}, as the table says."


def notes_sentence(notes: Sequence[str], set_aside: pd.DataFrame) -> str:
    """What was filled in, left out or set aside."""
    told = [*notes, *(f"{row['what']}: {row['why']} ({row['count']})" for _, row in set_aside.iterrows())]
    return f"What to know of the data: {'; '.join(told)}." if told else "Nothing was filled in, left out or set aside."


def answer_sentence(tests: pd.DataFrame) -> str:
    """Question 2 of the compendium, answered for one territory."""
    row = tests.loc["equity"]
    said = verdict_words(row)
    if row["why"]:
        return f"Whether equity ties follow productive ties {said}."
    if row["ties"] < FEWEST_TIES:
        return f"Whether equity ties follow productive ties: the territory {said}."
    told = f"{odds_words(row)}, {p_words(row['p_holm'])} after Holm's correction"
    joint = (
        f"{row['joint']:.0f} of {count(int(row['ties']), 'equity tie')} lie on a productive tie where {row['expected']:.1f} are expected"
    )
    return f"Between equity and productive ties {'there is ' if found(row) else ''}{said}: {joint} ({told})."


def funder_sentence(tests: pd.DataFrame) -> str:
    """Whether firms with a common funder are partners in production."""
    row = tests.loc["funder"]
    if row["why"] or row["ties"] < FEWEST_TIES:
        why = row["why"] or count(int(row["ties"]), "pair with a common funder", "pairs with a common funder")
        return f"Whether common funders go with production cannot be said: {why}."
    what = "go with productive ties" if found(row) else "are not found to go with productive ties"
    return f"Common funders {what} ({odds_words(row)}, {p_words(row['p_holm'])} after Holm's correction)."


def dated_sentence(tests: pd.DataFrame, year: float) -> str:
    """What dated ties allow to conclude."""
    said = dated_words(tests)
    if "later equity" not in tests.index:
        return f"{said[0].upper()}{said[1:]}."
    row = tests.loc["later equity"]
    told = f" ({odds_words(row)}, {p_words(row['p_holm'])})" if not row["why"] and row["ties"] >= FEWEST_TIES else ""
    return f"Of ties parted at {year:.0f}, {said}{told}."


def sure_sentence(tests: pd.DataFrame, choices: pd.DataFrame, status: str) -> str:
    """How sure the answer is: what the interval leaves open, under how many other choices it stands, and on what kind of data."""
    row = tests.loc["equity"]
    made = (
        "; the territory is simulated, so that this shows what the chapter can find and nothing about firms"
        if status == "simulated"
        else ""
    )
    if row["why"] or row["ties"] < FEWEST_TIES:
        return f"Nothing is sure{made}."
    known = choices[choices["why"] == ""]
    same = int(((known["p"] <= LEVEL) == found(row)).sum())
    beyond = "any strength" if np.isinf(row["high"]) else f"an odds ratio up to {_amount(row['high'])}"
    leaves = f"the interval begins at {_amount(row['low'])}" if found(row) else f"the interval leaves {beyond} possible"
    stands = f"the reading stands under {same} of {count(len(known), 'other choice')}"
    return f"How sure: {leaves}, and {stands}{made}."


def agreement_sentence(tests: pd.DataFrame, others: pd.DataFrame) -> str:
    """Whether the usual tests read the same as the primary one."""
    if others.empty:
        return "The usual tests cannot be run either."
    usual = others.xs("productive", level="term")["p"]
    alike = [name for name in usual.index if (usual[name] <= LEVEL) == (tests.loc["equity", "p"] <= LEVEL)]
    each = listing(f"{name} {p_words(usual[name])}" for name in usual.index)
    read = "all read as the primary test" if len(alike) == len(usual) else f"{count(len(alike), 'reads', 'read')} as the primary test"
    return f"Beside it: {each}; {read}."


def proximity_sentence(others: pd.DataFrame) -> str:
    """Which proximities go with equity, production held fixed; dyadic-robust, Holm over the declared terms."""
    if others.empty or "dyadic-robust" not in others.index.get_level_values("test"):
        return "Which proximities go with equity cannot be said."
    terms = others.xs("dyadic-robust", level="test").drop(index="productive")
    kept = [f"{term} ({p_words(row['p_holm'])})" for term, row in terms.iterrows() if row["p_holm"] <= LEVEL and row["estimate"] > 0]
    if not len(terms):
        return "No other proximity than distance tells pairs of firms apart."
    return (
        f"Beyond production, equity goes with {listing(kept)} proximity."
        if kept
        else "Beyond production and distance, no proximity is found to go with equity."
    )


def collinearity_sentence(vif: pd.Series | None) -> str:
    """Whether the proximities can be told apart: a variance inflation factor above 10 is too much, above 5 a warning."""
    if vif is None or len(vif) < 2:
        return "There are not two proximities to be told apart."
    worst, value = vif.idxmax(), vif.max()
    said = (
        "cannot be told from the others"
        if value > 10
        else "is hard to tell from the others"
        if value > 5
        else "can be told from the others, and so can the rest"
    )
    return f"The most entangled, {worst} proximity (variance inflation {_amount(float(value))}), {said}."


def read_at(reach: pd.DataFrame, radius_km: float) -> float:
    """The radius, or half the distance of the farthest pair where the radius holds every pair and would tell no layer from another."""
    farthest = float(reach["km"].max())
    return radius_km if radius_km < farthest else float(f"{farthest / 2:.2g}")


def reach_sentence(reach: pd.DataFrame, radius_km: float) -> str:
    """Which share of each layer lies within the radius, or within the smaller one that :func:`read_at` takes, and why."""
    read_km = read_at(reach, radius_km)
    shares = [f"{LAYER_NAMES.get(name, name)} {100 * share:.0f} %" for name, share in within(reach, read_km).items()]
    every = f"The radius of {radius_km:g} km holds every pair of firms, so that half the distance of the farthest pair is taken. "
    return f"{every * (read_km != radius_km)}Within {read_km:g} km lie, of each layer's ties: {listing(shares)}."


def weight_sentence(shares: pd.Series, radius_km: float) -> str:
    """Which share of the weight of each layer lies within the radius, where ties have weights."""
    told = listing(f"{LAYER_NAMES.get(str(name), str(name))} {100 * share:.0f} %" for name, share in shares.items())
    return f"By weight: {told} within {radius_km:g} km." if len(shares) else "No layer has weights of its own."


def overlap_sentence(multiplex: pd.DataFrame) -> str:
    """How equity lies on production."""
    if multiplex.empty or ("productive", "equity") not in multiplex.index:
        return "Equity and production cannot be held against each other: one of them has no tie."
    row, own = multiplex.loc[("productive", "equity")], multiplex.loc[("equity", "equity")]
    side = "oftener" if row["lift"] > 1 else "not oftener"
    told = (
        f"Equity lies on a productive tie, the same way round, {side} than if the layers ignored each other (lift {_amount(row['lift'])})"
    )
    return f"{told}; {100 * own['reciprocity']:.0f} % of the holdings are answered by a holding the other way."


def within(reach: pd.DataFrame, radius_km: float) -> pd.Series:
    """The share of each layer within a radius, between two that were computed."""
    return pd.Series({name: float(np.interp(radius_km, rows["km"], rows["share"])) for name, rows in reach.groupby("layer", sort=False)})


def perimeter_sentence(perimeters: pd.DataFrame) -> str:
    """Whether funders draw a wider territory than producers do.

    The rule: *wider* (*narrower*) where the funders' median lies above (below) the producers' quartiles; else *as wide as*; fewer than five
    perimeters of either bear no verdict.
    """
    funders, producers = perimeters.loc["funders"], perimeters.loc["producers"]
    if min(funders["perimeters"], producers["perimeters"]) < 5:
        number = f"funders ({funders['perimeters']:.0f}) and producers ({producers['perimeters']:.0f})"
        return f"The perimeters of {number} are too few to be compared."
    middle = funders["median_km"]
    word = "wider than" if middle > producers["high_km"] else "narrower than" if middle < producers["low_km"] else "about as wide as"
    told = f"its firms lie {_km(middle)} km from their middle, a producer and its partners {_km(producers['median_km'])} km (medians)"
    return f"A funder's territory is {word} a producer's: {told}."


# Titles and alt texts.


def map_title(layers: Mapping[str, int], firms: int) -> str:
    """How many firms and ties are drawn."""
    ties = listing(f"{LAYER_NAMES.get(name, name)} ({number:,} pairs)" for name, number in layers.items())
    return f"{count(firms, 'firm')}, bound by {ties if layers else 'nothing'}"


def map_alt(layers: Mapping[str, int], firms: pd.DataFrame) -> str:
    """The maps in words."""
    wide = (firms[["x", "y"]].max() - firms[["x", "y"]].min()) / 1000
    said = "; ".join(f"{LAYER_NAMES.get(name, name)}, {number:,} lines" for name, number in layers.items())
    frame = f"{wide['x']:.0f} by {wide['y']:.0f} km"
    return f"Maps of {len(firms)} firms as dots in a frame {frame}, one a layer, ties as lines: {said or 'none'}."


def proximities_title(correlations: pd.DataFrame | None) -> str:
    """Which two proximities are most alike."""
    if correlations is None:
        return "There are not two proximities to compare"
    lower = correlations.where(np.tril(np.ones(correlations.shape, bool), -1)).stack().dropna()
    (a, b), value = lower.abs().idxmax(), lower[lower.abs().idxmax()]
    return (
        f"No two proximities tell the same story: the most alike are {b} and {a} (r = {value:.2f})"
        if abs(value) < 0.5
        else f"{b} and {a} proximity overlap (r = {value:.2f})"
    )


def proximities_alt(correlations: pd.DataFrame | None) -> str:
    """Every correlation in words."""
    if correlations is None:
        return "An empty frame: there are not two proximities that tell pairs of firms apart."
    lower = correlations.where(np.tril(np.ones(correlations.shape, bool), -1)).stack().dropna()
    return (
        f"Triangular table of correlations over pairs of firms: {'; '.join(f'{a} and {b} {value:.2f}' for (a, b), value in lower.items())}."
    )


def reach_title(reach: pd.DataFrame, radius_km: float) -> str:
    """Which layer is the most local."""
    shares = within(reach, radius_km).drop("all pairs")
    if shares.empty:
        return "No layer has a tie"
    most, least = shares.idxmax(), shares.idxmin()
    told = f"{100 * shares[most]:.0f} % of {LAYER_NAMES.get(most, most)} lies within {radius_km:g} km"
    return told if most == least else f"{told}, {100 * shares[least]:.0f} % of {LAYER_NAMES.get(least, least)}"


def reach_alt(reach: pd.DataFrame) -> str:
    """Median distances in words."""
    medians = reach.groupby("layer", sort=False)["median_km"].first()
    said = "; ".join(f"{LAYER_NAMES.get(name, name)} {_km(value)} km" for name, value in medians.items())
    drawn = "Rising curves of the share of ties within a distance, one a layer with a band, and a dotted one for all pairs"
    return f"{drawn}. Half of each lies within: {said}."


def fit_title(bands: pd.DataFrame) -> str:
    """Whether the model follows the decay of production: no band off by more than two of its standard deviations, or how many are."""
    if bands.empty:
        return "There is no model of productive ties"
    off = int(((bands["ties"] - bands["expected"]).abs() > 2 * bands["sd"]).sum())
    return (
        "The model follows the decay of production at every distance"
        if not off
        else f"The model misses the decay of production in {off} of {len(bands)} bands"
    )


def fit_alt(bands: pd.DataFrame) -> str:
    """Bands in words."""
    if bands.empty:
        return "An empty frame: no logit of productive ties could be fitted on this territory."
    said = "; ".join(f"{_km(row.km)} km {row.ties:.0f} ties, model {row.expected:.0f}" for row in bands.itertuples())
    return f"Share of pairs tied in production by distance, as dots, on a band of the model. {said}."


def tests_title(tests: pd.DataFrame) -> str:
    """How many of the declared tests find an association."""
    known = tests[tests["why"] == ""]
    which = [QUESTIONS.get(str(name), str(name)) for name, row in known.iterrows() if found(row)]
    if known.empty:
        return "Nothing can be tested on this territory"
    return f"Of {count(len(known), 'declared test')}, {len(which)} {'finds' if len(which) == 1 else 'find'} an association" + (
        f": {listing(which)}" if which else ""
    )


def tests_alt(rows: pd.DataFrame) -> str:
    """Every odds ratio in words."""
    known = rows[rows["why"] == ""]
    said = "; ".join(f"{QUESTIONS.get(str(name), name)}: {odds_words(row)}" for name, row in known.iterrows())
    return f"Forest plot of odds ratios on a logarithmic axis, a line at 1 for none. {said or 'Nothing could be tested'}."


def choices_title(rows: pd.DataFrame) -> str:
    """Under how many choices the odds ratio stays apart from 1."""
    known = rows[rows["why"] == ""]
    apart = int((known["low"] > 1).sum())
    return (
        f"Under {apart} of {count(len(known), 'choice')} the interval lies above 1" if len(known) else "No choice leaves anything to test"
    )


def labels_of(names: Iterable[str]) -> list[str]:
    """What questions and choices are called in a figure."""
    return [QUESTIONS.get(name, name) for name in names]


def outcome_name(outcome: str) -> str:
    """What an outcome is called."""
    return OUTCOMES[outcome]
