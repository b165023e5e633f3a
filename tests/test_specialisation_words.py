"""The sentences on specialisation follow the numbers: other numbers, other sentences."""

import numpy as np
import pandas as pd
import pytest

from slpi import specialisation_words as words
from slpi.recovery import Hits, Null, Recovery

NAMES = {"63": "Puy-de-Dôme", "74": "Haute-Savoie", "08": "Ardennes"}
LABELS = {"thiers": "Thiers", "arve": "Arve"}
BOTH = "stand out under both nulls"
EXCHANGED = "stand out against places exchanged among systems, but not against places drawn where their industry is"
DRAWN = "stand out against places drawn where their industry is, but not against places exchanged among systems"
NEITHER = "do not stand out"


def null(p: float, expected: float = 0.5) -> Null:
    return Null(expected, expected - 0.1, expected + 0.1, p, 0.001)


def recovered(permuted: float, drawn: float) -> Recovery:
    return Recovery(pd.DataFrame({"system": ["thiers"]}), 0.81, null(permuted), null(drawn, 0.77), 9999)


def hit(*met: bool, permuted: float = 0.01, drawn: float = 0.4) -> Hits:
    return Hits(pd.Series(met), float(np.mean(met)), null(permuted, 0.25), null(drawn, 0.5), 9999)


def compared(*p: tuple[float, float], claims: int = 64) -> pd.DataFrame:
    names = [
        "primary codes",
        "primary or alternate codes",
        "activity from a text, primary codes",
        "codes of high or medium certainty",
        "pairs",
    ]
    rows = [
        {"claims": claims, "systems": 44, "percentile": 0.8 - 0.01 * i}
        | {f"{name}_{part}": at for name in ("permuted", "drawn") for part, at in (("expected", 0.6), ("low", 0.5), ("high", 0.7))}
        | {"permuted_p": one, "drawn_p": other}
        for i, (one, other) in enumerate(p)
    ]
    return pd.DataFrame(rows, index=names[: len(p)])


def outcomes(*kinds: str, counts: tuple[int, ...] = (60, 2)) -> pd.DataFrame:
    rows = [("thiers", "cutlery", 0.99), ("arve", "bar turning", 0.4)]
    table = pd.DataFrame(rows, columns=["system", "activity", "percentile"], index=["r1", "r2"])
    return table.assign(outcome=kinds, count=counts, highest=[0.99, 0.95], lowest=[0.99, 0.1])


# Verdicts.


@pytest.mark.parametrize(
    ("permuted", "drawn", "said"), [(0.01, 0.05, BOTH), (0.05, 0.051, EXCHANGED), (0.2, 0.01, DRAWN), (0.06, 0.06, NEITHER)]
)
def test_the_verdict_follows_both_p_values(permuted, drawn, said):
    assert words.recovery_words(permuted, drawn) == said
    assert words.recovery_words(np.float64(permuted), np.float64(drawn)) == said
    assert said in words.answer_sentence(recovered(permuted, drawn), hit(True, False))


def test_the_answer_says_percentile_nulls_and_claims_met():
    said = words.answer_sentence(recovered(0.0001, 0.0925), hit(True, False, True))
    for part in (
        "percentile 81",
        "50 if systems exchanged départements (p = 0.0001, the smallest that the draws can give)",
        "(p = 0.092)",
        "2 of 3 claims",
    ):
        assert part in said


def test_how_sure_it_is_depends_on_whether_the_readings_agree():
    same, apart = compared((0.01, 0.2), (0.01, 0.3)), compared((0.01, 0.2), (0.01, 0.01), (0.5, 0.5))
    assert "the verdict is the same under all" in words.sure_sentence(
        same
    ) and "0 leave both nulls behind and 2 only" in words.sure_sentence(same)
    assert "the verdict depends on the reading" in words.sure_sentence(apart)
    assert "Of 3 declared readings of the register, 1 leave both nulls behind and 1 only the exchange" in words.sure_sentence(apart)


def test_the_verdict_turns_on_alternates_only_where_they_change_it():
    differ, alike = compared((0.01, 0.2), (0.01, 0.01), (0.01, 0.5)), compared((0.01, 0.2), (0.01, 0.2), (0.01, 0.01))
    assert words.codes_sentence(differ).startswith("The verdict turns on") and EXCHANGED in words.codes_sentence(differ)
    assert words.codes_sentence(alike).startswith("The verdict does not turn on") and BOTH in words.codes_sentence(alike)
    assert "no higher than all together (percentile 78)" in words.codes_sentence(differ)
    higher = differ.assign(percentile=[0.7, 0.7, 0.9])
    assert "stand higher than all together (percentile 90)" in words.codes_sentence(higher)


def test_readings_tried_afterwards_confirm_nothing_whatever_they_find():
    said = words.later_sentence(compared((0.01, 0.2), (0.01, 0.003)))
    assert said.startswith("2 more subsets of the register were tried after these results were seen: primary codes, percentile 80")
    assert "(second null: p = 0.003). 1 of them leave both nulls behind; chosen afterwards, they suggest and confirm nothing." in said
    assert words.later_sentence(compared((0.5, 0.5))).startswith("1 more subset of the register was tried")


def test_claims_met_stand_beside_what_chance_would_meet():
    said = words.hits_sentence(hit(True, True, False, False))
    assert (
        said.startswith("2 of 4 claims meet a specialised département; by chance it would be 1.0 if")
        and "(2 to 2). By" in said
        and EXCHANGED in said
    )
    assert NEITHER in words.hits_sentence(hit(True, permuted=0.5))


def test_thresholds_with_one_verdict_share_a_phrase():
    table = pd.DataFrame({"permuted_p": [0.01, 0.01, 0.01], "drawn_p": [0.03, 0.2, 0.5]}, index=[1.5, 2.0, 3.0])
    assert (
        words.thresholds_sentence(table)
        == f"By claims met, the named systems {BOTH} at a threshold of 1.5; {EXCHANGED} at a threshold of 2 and 3."
    )
    assert (
        words.thresholds_sentence(table.assign(drawn_p=0.5))
        == f"By claims met, the named systems {EXCHANGED} at a threshold of 1.5, 2 and 3."
    )


@pytest.mark.parametrize(("correlation", "said"), [(0.9, "mostly"), (0.69, "in part"), (0.3, "in part"), (0.1, "hardly"), (-0.5, "hardly")])
def test_size_explains_as_much_as_its_correlation(correlation, said):
    assert f"goes {said} with" in words.size_sentence(correlation)


def test_known_trades_are_as_expected_only_where_all_are_near_the_top():
    ranks = pd.DataFrame({"rank": [1, 3]}, index=["cutlery", "lace"])
    assert words.known_words(ranks) == "as expected: 1 of 2 stand first and all among the first three"
    assert words.known_words(ranks + 1) == "not as expected: lace are not among the first three"


@pytest.mark.parametrize(("low", "said"), [(400, "most of them (400)"), (71, "a part of them (71)"), (0, "none of them (0)")])
def test_false_discovery_control_is_judged_by_what_it_passes_below_the_threshold(low, said):
    table = pd.DataFrame({"cells": [900, 539, 700, 156], "low": [0, low, 0, 0], "smallest": [1.0, 1.15, 2.0, 2.4]})
    assert said in words.rules_sentence(table) and "539 cells" in words.rules_sentence(table) and "156 cells" in words.rules_sentence(table)


# Titles and lists.


def test_the_titles_count_what_is_drawn():
    assert words.strip_title(outcomes("specialised", "not found")) == (
        "1 of 2 claims meet a specialised département, 0 more stand high, 1 neither"
    )
    assert words.strip_title(outcomes("high", "high")).startswith("0 of 2 claims meet a specialised département, 2 more")
    title = words.readings_title(compared((0.01, 0.2), (0.01, 0.01), (0.5, 0.5)))
    assert title == "Named places stand above exchanged places in 2 of 3 readings, above places drawn where their industry is in 1"


def test_alt_texts_name_every_claim_and_every_reading():
    said = words.strip_alt(outcomes("specialised", "not found"), LABELS)
    assert "Thiers, cutlery: 99 (specialised); Arve, bar turning: 40 (not found)" in said
    said = words.readings_alt(compared((0.01, 0.2), (0.01, 0.01)))
    assert "primary codes, 64 claims: 80 (exchanged 50 to 70, p 0.01; drawn 50 to 70, p 0.2)" in said and "primary or alternate" in said


def test_misses_are_told_by_what_they_have_in_common():
    said = words.misses_sentence(outcomes("specialised", "not found"), {"r1": "low", "r2": "low"}, LABELS)
    assert "Of the 1 claim not found, 1 rest on a code of low certainty, 1 name" in said and "lowest stands Arve for bar turning" in said
    other = words.misses_sentence(outcomes("specialised", "not found", counts=(60, 50)), {"r1": "low", "r2": "high"}, LABELS)
    assert "0 rest on a code of low certainty, 0 name" in other and "and 1 name several départements of which one" in other
    alone = outcomes("specialised", "not found").assign(lowest=[0.99, 0.95])
    assert "and 0 name several" in words.misses_sentence(alone, {}, LABELS)
    assert words.misses_sentence(outcomes("specialised", "high"), {}, LABELS) == "Every claim is met or high."


def cells(*systems: str) -> pd.DataFrame:
    rows = [("74", "25.62A", "décolletage", 247, 7.0, 27.0), ("08", "25.94Z", "vis", 27, 0.6, 10.7)]
    return pd.DataFrame(rows, columns=["area", "industry", "label", "count", "expected", "shrunken"]).assign(systems=systems)


def test_what_nobody_names_is_counted_and_the_strongest_named():
    assert words.unnamed_sentence(cells("arve", ""), NAMES) == (
        "The register names 1 of 2 specialised cells (50 %); highest among the others stand vis in Ardennes."
    )
    assert "names 0 of 2 specialised cells (0 %)" in words.unnamed_sentence(cells("", ""), NAMES)
    assert "stand décolletage in Haute-Savoie and vis in Ardennes" in words.unnamed_sentence(cells("", ""), NAMES)


def test_the_fan_says_how_many_cells_are_beyond_chance_and_how_many_sure():
    table = cells("", "").assign(p_bh=[0.001, 0.02], p_above=[0.99, 0.5])
    assert words.fan_title(table, threshold=2, level=0.95) == (
        "2 cells hold more establishments than chance allows; 1 of them surely have more than 2 times their share"
    )
    said = words.fan_alt(table, {"25.62A": "décolletage"}, NAMES, threshold=2, level=0.95)
    assert "1 dark dots" in said and "1 hollow" in said and "décolletage in Haute-Savoie, 247 where 7.0 are expected" in said
    assert "0 of them" in words.fan_title(table.assign(p_above=0.1), threshold=2, level=0.95)


def test_the_map_names_the_first_departements_and_every_place_by_its_kind():
    numbers, places = (
        pd.Series({"63": 2, "74": 5, "08": 0}),
        pd.DataFrame({"kind": ["specialised", "not found"], "label": ["Thiers", "Arve"]}),
    )
    title = words.map_title(numbers, NAMES, places)
    assert title.startswith(
        "Specialised industries are most numerous in Haute-Savoie (5) and Puy-de-Dôme (2); a claim is met at 1 of 2 named places"
    )
    said = words.map_alt(numbers, NAMES, places)
    assert "Haute-Savoie 5, Puy-de-Dôme 2" in said and "none in 1" in said
    assert "named, and a claim is met: Thiers; named, and a claim is high: none; named, and neither: Arve" in said
    assert "Puy-de-Dôme (9)" in words.map_title(numbers.replace(2, 9), NAMES, places)
