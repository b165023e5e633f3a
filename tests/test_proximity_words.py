"""Verdicts on proximities: flip the data and read the sentence; only dated ties conclude on specification."""

import numpy as np
import pandas as pd
import pytest

from slpi import proximity_figures as figures
from slpi import proximity_words as words
from slpi.financing import fit_by_distance, layers, model_of, pairs, proximities, reach
from slpi.proximity import collinearity
from slpi.simulate import simulate
from slpi.territory import Territory

ROW = {
    "why": "",
    "firms": 100,
    "ties": 40,
    "productive_ties": 300,
    "set_aside": 4,
    "joint": 9.0,
    "expected": 3.0,
    "p": 0.001,
    "p_error": 0.0,
}
ROW |= {"odds": 3.0, "low": 1.5, "high": 6.0, "auc": 0.8, "ratio": 3.0, "p_holm": 0.004}


def results(**rows: dict) -> pd.DataFrame:
    return pd.DataFrame({name.replace("_", " "): ROW | changed for name, changed in rows.items()}).T.infer_objects()


NONE = {"p": 0.4, "p_holm": 0.8, "low": 0.7}
UNTESTED = {"why": "no productive tie", "p": np.nan, "p_holm": np.nan, "odds": np.nan, "low": np.nan, "high": np.nan}


@pytest.fixture(scope="module")
def made() -> Territory:
    frames = simulate(firms=60, seed=1, productive={"ties": 150, "near": 3.0})
    return Territory("Made", "simulated", "", "", *frames, pd.DataFrame(columns=["what", "why", "count", "keys"]))


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "an association compatible with specification"),
        (NONE, "no association is found"),
        ({"ties": 9}, "bears no verdict on 9 ties"),
        (UNTESTED, "cannot be tested: no productive tie"),
        ({"p": 0.02, "p_holm": 0.06}, "no association is found"),
    ],
)
def test_a_cross_section_is_at_most_compatible_with_specification(changed, verdict):
    tests = results(equity=changed)
    assert words.verdict_words(tests.loc["equity"]) == verdict
    answer = words.answer_sentence(tests)
    assert verdict in answer and answer.endswith(".")
    assert "reuse of coordination is found" not in answer


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ({}, "no equity tie is dated, so that the reuse of coordination can be neither found nor ruled out"),
        (
            {"later_equity": {}, "later_production": NONE},
            "reuse of coordination is found: later equity ties follow earlier productive ties",
        ),
        ({"later_equity": {}, "later_production": {}}, "the layers follow each other both ways, and which came first is open"),
        ({"later_equity": NONE, "later_production": {}}, "production follows equity, which is not the reuse that was asked for"),
        ({"later_equity": NONE, "later_production": NONE}, "no reuse of coordination is found in the dated ties"),
        ({"later_equity": {"ties": 3}}, "the dated ties bear no verdict on the reuse of coordination (3 later equity ties)"),
        ({"later_equity": UNTESTED}, "the dated ties bear no verdict on the reuse of coordination (no productive tie)"),
        (
            {"later_equity": {}, "later_production": UNTESTED},
            "reuse of coordination is found: later equity ties follow earlier productive ties",
        ),
    ],
)
def test_only_dated_ties_conclude(rows, verdict):
    tests = results(equity={}, **rows)
    assert words.dated_words(tests) == verdict
    assert verdict[1:] in words.dated_sentence(tests, 2014.0)


def test_common_funders_are_found_or_not_or_cannot_be_said():
    assert words.funder_sentence(results(funder={})).startswith("Common funders go with productive ties")
    assert words.funder_sentence(results(funder=NONE)).startswith("Common funders are not found to go")
    assert "cannot be said: no productive tie" in words.funder_sentence(results(funder=UNTESTED))
    assert "cannot be said: 4 pairs with a common funder" in words.funder_sentence(results(funder={"ties": 4}))


def test_how_sure_depends_on_the_choices_and_on_the_status():
    tests, choices = results(equity={}), results(a={}, b=NONE, c=UNTESTED)
    said = words.sure_sentence(tests, choices, "simulated")
    assert "begins at 1.5" in said and "under 1 of 2 other choices" in said and "nothing about firms" in said
    said = words.sure_sentence(results(equity=NONE), choices, "measured")
    assert "leaves an odds ratio up to 6.0 possible" in said and "simulated" not in said
    assert "any strength" in words.sure_sentence(results(equity=NONE | {"high": np.inf}), choices, "measured")
    assert words.sure_sentence(results(equity=UNTESTED), choices, "measured") == "Nothing is sure."


def beside(dsp: float, terms: dict[str, float]) -> pd.DataFrame:
    rows = [("double semi-partialling", "productive", 0.1, dsp, dsp), ("Moran spectral", "productive", 0.1, 0.2, 0.2)]
    rows += [("dyadic-robust", "productive", 0.1, 0.01, 0.01), *(("dyadic-robust", term, 0.1, p, p) for term, p in terms.items())]
    return pd.DataFrame(rows, columns=["test", "term", "estimate", "p", "p_holm"]).set_index(["test", "term"])


def test_the_usual_tests_agree_or_do_not():
    assert "2 read as the primary test" in words.agreement_sentence(results(equity={}), beside(0.001, {}))
    assert "1 reads as the primary test" in words.agreement_sentence(results(equity=NONE), beside(0.001, {}))
    assert words.agreement_sentence(results(equity={}), beside(0.1, {}).iloc[:0]).startswith("The usual tests cannot")


def test_proximities_that_go_with_equity_are_named():
    assert "goes with belonging (p = 0.020) proximity" in words.proximity_sentence(beside(0.1, {"belonging": 0.02, "cognitive": 0.3}))
    assert "no proximity is found" in words.proximity_sentence(beside(0.1, {"cognitive": 0.3}))
    assert words.proximity_sentence(beside(0.1, {})).startswith("No other proximity")
    assert "cannot be said" in words.proximity_sentence(beside(0.1, {}).iloc[:0])


@pytest.mark.parametrize(("vif", "said"), [(1.2, "can be told"), (7.0, "is hard to tell"), (12.0, "cannot be told"), (np.inf, "unbounded")])
def test_entangled_proximities_are_called_so(vif, said):
    assert said in words.collinearity_sentence(pd.Series({"belonging": vif, "cognitive": 1.0}))
    assert words.collinearity_sentence(None).startswith("There are not two")


def test_a_funders_territory_is_wider_narrower_or_alike():
    def said(funders: float, number: int = 6) -> str:
        rows = {"funders": (number, funders, funders, funders), "producers": (50, 20.0, 15.0, 25.0)}
        return words.perimeter_sentence(pd.DataFrame.from_dict(rows, "index", columns=["perimeters", "median_km", "low_km", "high_km"]))

    assert "wider than" in said(30.0) and "narrower than" in said(10.0) and "about as wide as" in said(22.0)
    assert "too few" in said(30.0, 4)


def test_what_the_texts_say_is_counted_by_status():
    rows = [("tie", "existing"), ("tie", "planned"), ("financial coordination", "hypothesised"), ("financial coordination", "asserted")]
    rows.append(("specification", "hypothesised"))  # of another dimension, which is not counted
    told = pd.DataFrame(rows, columns=["what", "status"])
    assert words.texts_sentence(told) == (
        "The texts name 2 financial ties (1 existing and 1 planned), and of their 2 judgements on financial coordination 1 is a conjecture."
    )
    assert "2 are conjectures" in words.texts_sentence(told.assign(status="hypothesised"))


def test_who_is_asked_and_what_was_set_aside_is_said(made):
    assert words.territory_sentence(made, made) == "A simulated territory of 60 firms: Made."
    some = Territory("T", "measured", "", "", made.firms.iloc[:57], made.ties, made.memberships, made.set_aside)
    assert words.territory_sentence(some, made).startswith("A territory of 57 firms: T; 3 financiers and public bodies stand aside")
    assumed = pd.DataFrame({"status": ["documented", "assumed", "assumed"]})
    assert "1 line is documented by a text, 2 assumed" in words.origin_sentence(made, assumed)
    assert words.origin_sentence(made, assumed.iloc[:0]).endswith("what of it is assumed is not listed.")
    assert words.origin_sentence(some, assumed.iloc[:0]) == "Its firms and ties are real; its results say measured."
    aside = pd.DataFrame([("firms", "without a place", 2, "")], columns=["what", "why", "count", "keys"])
    assert words.notes_sentence(["jobs are unknown"], aside) == "What to know of the data: jobs are unknown; firms: without a place (2)."
    assert words.notes_sentence([], made.set_aside).startswith("Nothing was filled in")


def test_overlap_is_oftener_or_not_than_by_chance():
    index = pd.MultiIndex.from_tuples([("productive", "equity"), ("equity", "equity")], names=["a", "b"])
    rows = pd.DataFrame({"lift": [2.0, 50.0], "reciprocity": [0.1, 0.25]}, index)
    assert "oftener than" in words.overlap_sentence(rows) and "25 %" in words.overlap_sentence(rows)
    assert "not oftener" in words.overlap_sentence(rows.assign(lift=0.5))
    assert "cannot be held" in words.overlap_sentence(rows.iloc[:0])


def test_a_radius_that_holds_every_pair_gives_way_to_half_of_the_farthest():
    rows = [
        (layer, km, share)
        for layer, shares in {"equity": (0, 0.9, 1), "all pairs": (0, 0.4, 1)}.items()
        for km, share in zip((0, 4, 8), shares, strict=True)
    ]
    small = pd.DataFrame(rows, columns=["layer", "km", "share"])
    assert words.read_at(small, 30) == 4 and words.read_at(small, 6) == 6
    assert words.reach_sentence(small, 30).startswith("The radius of 30 km holds every pair of firms, so that half")
    assert words.reach_sentence(small, 30).endswith("Within 4 km lie, of each layer's ties: equity 90 % and all pairs 40 %.")
    assert words.reach_sentence(small, 6).startswith("Within 6 km lie")
    assert "equity 3.4 km" in words.reach_alt(small.assign(median_km=3.4)) and "equity 34 km" in words.reach_alt(
        small.assign(median_km=34.2)
    )


def test_figures_of_a_territory_have_their_badge_and_their_words(made):
    near, _ = proximities(made, decay_km=15)
    alike, found = collinearity(near), reach(made, draws=20)
    asked = pairs(made, near)
    bands = fit_by_distance(asked, model_of(asked))
    tests = results(equity={}, funder=NONE, later_equity=UNTESTED, later_production={"low": 0.0, "high": np.inf})
    drawn = [
        figures.layer_maps(made.firms, layers(made), title="t", status="simulated"),
        figures.layer_maps(made.firms, {}, title="t", status="simulated"),
        figures.correlation_table(alike.correlations, alike.vif, title="t", status="simulated"),
        figures.correlation_table(None, None, title="t", status="simulated"),
        figures.reach_curves(found, 30.0, title="t", status="simulated"),
        figures.fit_bands(bands, title="t", status="simulated"),
        figures.fit_bands(bands.iloc[:0], title="t", status="simulated"),
        figures.odds_forest(tests, words.labels_of(tests.index), title="t", status="simulated"),
        figures.odds_forest(tests.loc[["later equity"]], ["a"], title="t", status="simulated"),
    ]
    assert all(fig.texts[-1].get_text() == "simulated" for fig in drawn)
    assert figures._spread([0.1, 0.12, 0.99, 1.0], 0.1) == pytest.approx([0.1, 0.2, 0.9, 1.0])
    assert words.map_title({"productive": 12}, 60) == "60 firms, bound by production (12 pairs)"
    assert words.map_title({}, 5) == "5 firms, bound by nothing" and "60 firms" in words.map_alt({"equity": 3}, made.firms)
    assert words.proximities_title(alike.correlations).startswith("No two proximities") and "nan" not in words.proximities_alt(
        alike.correlations
    )
    close = pd.DataFrame([[1, 0.9], [0.9, 1]], index=["a", "b"], columns=["a", "b"])
    assert words.proximities_title(close) == "a and b proximity overlap (r = 0.90)"
    assert words.proximities_title(None) == "There are not two proximities to compare" and "empty" in words.proximities_alt(None)
    assert "within 30 km" in words.reach_title(found, 30.0) and "all pairs" in words.reach_alt(found)
    only = found[found["layer"] == "all pairs"]
    assert words.reach_title(only, 30.0) == "No layer has a tie" and "all pairs" in words.reach_sentence(only, 30.0)
    assert words.reach_title(found[found["layer"].isin(["equity", "all pairs"])], 30.0).count("%") == 1
    assert words.weight_sentence(pd.Series({"equity": 0.5}), 30) == "By weight: equity 50 % within 30 km."
    assert words.weight_sentence(pd.Series(dtype=float), 30).startswith("No layer")
    assert words.fit_title(bands).startswith("The model") and words.fit_title(bands.iloc[:0]).startswith("There is no model")
    assert "misses" in words.fit_title(bands.assign(expected=bands["ties"] + 9 * bands["sd"]))
    assert "model" in words.fit_alt(bands) and "empty" in words.fit_alt(bands.iloc[:0])
    assert words.tests_title(tests).startswith("Of 3 declared tests, 2 find an association: equity on production")
    assert words.tests_title(tests.loc[["later equity"]]) == "Nothing can be tested on this territory"
    assert "Nothing could be tested" in words.tests_alt(tests.loc[["later equity"]]) and "unbounded" in words.tests_alt(tests)
    assert words.choices_title(tests) == "Under 1 of 3 choices the interval lies above 1"
    assert words.choices_title(tests.loc[["later equity"]]).startswith("No choice") and words.outcome_name("equity") == "equity ties"
