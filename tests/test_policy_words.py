"""What is said of labels, weights and dates follows from the numbers: other numbers, other sentences."""

import numpy as np
import pandas as pd
import pytest

from slpi import policy_words as words
from slpi.labelling import LabelTest, Overlap
from slpi.policy import CONVERTED, PLANNING, STATES


def test_of(both: float, expected: float, p: float, *, labelled: float = 40, detected: float = 20) -> LabelTest:
    excess = (both - expected) / (min(labelled, detected) - expected)
    found = Overlap(100, labelled, detected, both)
    return LabelTest(found, expected, expected - 2, expected + 2, p, 0.01, excess, 10, 8, 6.0, 0.2, 0.0, 99, np.array([]))


test_of.__test__ = False  # type: ignore[attr-defined]


# Labels.


@pytest.mark.parametrize(
    ("within", "free", "verdict"),
    [
        (0.01, 0.01, "better than contiguous sets of the same industrial size"),
        (0.05, 0.9, "better than contiguous sets of the same industrial size"),
        (0.06, 0.01, "no better than their industrial size explains"),
        (0.06, 0.06, "no better than chance"),
    ],
)
def test_the_verdict_on_labels_turns_with_the_two_p(within, free, verdict):
    pair = test_of(15, 10, within), test_of(15, 10, free)
    assert words.match_words(*pair) == verdict and verdict in words.match_sentence(*pair)


def test_a_wide_label_tells_little():
    assert words.width_words(0.44).startswith("little") and words.width_words(0.2).startswith("something")


@pytest.mark.parametrize(("both", "degree"), [(15, "closely"), (14, "in part"), (12, "in part"), (11, "loosely"), (8, "loosely")])
def test_the_degree_is_the_excess_of_what_the_sizes_allow(both, degree):
    assert words.degree_words(test_of(both, 10, 0.01)) == degree
    sentence = words.match_sentence(test_of(both, 10, 0.01), test_of(both, 8, 0.01))
    assert sentence.startswith(f"Labelled territories match detected zones {degree}, better")
    assert f"{both} EPCI are both, where 10 would be by chance among sets of the same industrial size and 8 among any" in sentence


def test_a_degree_is_not_said_of_what_chance_would_give():
    found = Overlap(10, 10, 9, 9)
    test = LabelTest(found, 8.5, 8.0, 9.0, 0.4, 0.0, 1.0, 1, 1, 1.0, 1.0, 0.0, 9, np.array([]))
    assert words.match_sentence(test, test).startswith("Labelled territories match detected zones no better than chance: 9 EPCI")


def test_a_label_beside_no_detection_says_so():
    nothing = LabelTest(Overlap(10, 4, 0, 0), 0.0, 0.0, 0.0, 1.0, 0.0, float("nan"), 1, 0, 0.0, 1.0, 0.0, 9, np.array([]))
    assert words.match_sentence(nothing, nothing).endswith("and 0 among any; no EPCI is detected.")


def test_the_parts_are_said_of_both_sides():
    assert words.parts_words(Overlap(100, 40, 20, 15)) == "a minority of the labelled EPCI are detected, most of the detected are labelled"
    assert words.parts_words(Overlap(100, 20, 40, 19)) == "most of the labelled EPCI are detected, about half of the detected are labelled"


def test_the_rules_that_fail_are_named():
    passed, failed = test_of(15, 10, 0.01), test_of(11, 10, 0.4)
    assert words.robust_sentence({"one": passed, "two": failed}).endswith("under 1 of 2 rules of detection; not under two.")
    assert words.robust_sentence({"one": passed}).endswith("under 1 of 1 rule of detection.")
    assert words.robust_sentence({"one": failed}).endswith("under 0 of 1 rule of detection.")


def test_a_rule_is_said_with_its_settings():
    said = "EPCI whose quotient of industry exceeds 1.25 with a probability of at least 90 %"
    assert words.rule_words("share", threshold=1.25, certainty=0.9) == said
    assert words.rule_words("share", threshold=2, certainty=0.999).endswith("at least 99.9 %")
    assert "most industrial establishments" in words.rule_words("size", threshold=2, certainty=0.9)


@pytest.mark.parametrize(("drawn", "said"), [(104, "about as many"), (106, "more"), (80, "fewer")])
def test_drawn_sets_are_compared_with_the_labelled(drawn, said):
    assert f"have {said} industrial establishments in sum" in words.drawn_sentence(100, drawn, 0)
    assert words.drawn_sentence(100, drawn, 0).endswith("all of the class asked for.")
    assert words.drawn_sentence(100, drawn, 0.012).endswith("1.2 % of their areas of another class than asked for.")


def test_the_map_counts_its_states_by_quarter():
    state, x, y = (
        pd.Series([STATES[0], STATES[1], STATES[2], STATES[3]]),
        pd.Series([6e5, 8e5, 6e5, 8e5]),
        pd.Series([6.8e6, 6.8e6, 6.3e6, 6.3e6]),
    )
    assert words.map_title(state) == "1 of 2 EPCI that stand out as industrial are labelled, and so is 1 other"
    alt = words.map_alt(state, x, y, pd.DataFrame({"label": ["Thiers"]}))
    assert "north-west: 1 labelled and detected, 0 labelled only" in alt and alt.endswith("marked: Thiers.")


def test_the_ranges_are_told_with_both_nulls():
    tests = {"one": (test_of(15, 10, 0.01), test_of(15, 6, 0.01)), "two": (test_of(11, 10, 0.4), test_of(11, 10, 0.01))}
    assert words.ranges_title(tests).endswith("under 1 of 2 rules of detection")
    assert "one: 75 %, by chance 40 to 60 % within classes of size and 20 to 40 % without" in words.ranges_alt(tests)


# Places.


@pytest.mark.parametrize(("yes", "said"), [(9, "more often than"), (5, "about as often as"), (1, "less often than")])
def test_places_are_set_beside_the_country(yes, said):
    places = pd.DataFrame({"labelled": ["yes"] * yes + ["no"] * (12 - yes)})
    chosen, jobs = pd.Series([True, True, False, False, False]), pd.Series([40.0, 5, 20, 20, 15])
    sentence = words.places_sentence(places, "labelled", chosen, jobs)
    assert sentence == f"{yes} of 12 places are labelled, {said} the country at large (40 % of EPCI, with 45 % of jobs)."


def test_a_few_places_bear_no_comparison():
    places = pd.DataFrame({"detected": ["yes"] * 9})
    assert (
        words.places_sentence(places, "detected", pd.Series([True]), pd.Series([1.0]))
        == "9 of 9 places are detected, too few to set beside the country."
    )


# Selection and weights.


@pytest.mark.parametrize(
    ("labelled", "said"), [(67, "most of them (64 %)"), (40, "a minority of them (38 %)"), (100, "nearly all of them (95 %)")]
)
def test_the_selection_is_sized(labelled, said):
    assert words.selection_sentence(105, labelled) == f"Of 105 proposals for pôles de compétitivité {labelled} were labelled, {said}."


def test_a_weight_compares_when_unit_and_population_are_alike():
    rows = pd.DataFrame(
        [(True, True, False), (False, False, True), (False, True, False), (False, False, False)],
        columns=["alike_unit", "alike_field", "share"],
    )
    assert rows.apply(words.comparable_words, axis=1).to_list() == [
        "compares",
        "as a share only",
        "no: another unit",
        "no: another unit and population",
    ]
    assert words.weights_sentence(rows) == (
        "Of 4 weights in the texts, 1 can be set beside a number of the same unit and population, "
        "1 beside a share, and 2 beside nothing alike."
    )
    assert "2 can be set beside a number" in words.weights_sentence(rows.assign(alike_unit=True))


@pytest.mark.parametrize(
    ("measured", "said"), [(0.18, "smaller"), (0.34, "of the same order"), (0.74, "of the same order"), (0.8, "larger")]
)
def test_two_shares_are_of_one_order_within_a_factor(measured, said):
    assert words.agglomeration_words(0.5, measured) == said


@pytest.mark.parametrize(("counted", "said"), [(330, "the number is borne out"), (300, "near it, 8 % below"), (250, "23 % below it")])
def test_a_floor_is_held_against_a_later_count(counted, said):
    assert words.ageme_words(325, counted) == said


def test_the_means_are_counted_by_item():
    means = pd.DataFrame({"territory": ["a; b; c", "d"], "firm": ["e", "f; g"]}, index=["actions", "tools"])
    assert words.means_sentence(means) == (
        "Counted by the items of its cells, the table has 4 for territory and 3 for firm; "
        "the longest cell is that of actions for territory."
    )
    swapped = means.assign(firm=["e; f; g; h", "i"])
    assert words.means_sentence(swapped).endswith("the longest cell is that of actions for firm.")


# Dates.


def test_the_timeline_says_span_disputes_and_what_has_no_date():
    rows = [("SPL", "call", 1994.0, 1994.0, "1999 in trink", False), ("SPL", "policy", 1990.0, 1999.0, "", False)]
    rows += [("basins", "action", 1967.0, 1967.0, "", True), ("poles", "call", np.nan, np.nan, "", False)]
    events = pd.DataFrame(rows, columns=["lane", "label", "start", "end", "conflict", "open"])
    assert words.timeline_title(events) == "3 events of policy and conversion from 1967 to 1999, 1 with a rival date; 1 more has no date"
    assert "none with a rival date" in words.timeline_title(events.assign(conflict=""))
    alt = words.timeline_alt(events)
    assert "SPL: 1994 call (but 1999 in trink); 1990–1999 policy" in alt and "1967 on action" in alt and "poles: no date: call" in alt
    assert words.silent_lanes(events) == "poles" and words.silent_lanes(events.fillna({"start": 2005.0})) == "none"


@pytest.mark.parametrize(
    ("converted", "said"), [(1967.0, "in 1967, before the"), (1990.0, "in 1990, in the same year as"), (1995.0, "in 1995, after the")]
)
def test_the_order_of_conversion_and_policies_follows_their_dates(converted, said):
    rows = [(CONVERTED, converted), (PLANNING, 1945.0), ("SPL", 1994.0), ("SPL", 1990.0), ("poles", np.nan)]
    events = pd.DataFrame(rows, columns=["lane", "start"])
    assert said in words.order_sentence(events) and words.order_sentence(events).endswith("(SPL, 1990).")
    assert words.order_sentence(events[1:]).endswith("cannot be said.")
    assert words.order_sentence(events[:2]).endswith("cannot be said.")
