"""The synthesis speaks by written rules: other numbers, another sentence."""

import numpy as np
import pandas as pd
import pytest

from slpi import specifications as spec
from slpi import synthesis_words as words

MAIN = dict(zip(spec.CHOICES, ("strict", "value", "mean_absolute", "dimensions", "none", "all_texts", "families"), strict=True))


def table(*gaps: float, n: int = 20, ratio: float | list[float] = 0.8, **columns: list[str]) -> pd.DataFrame:
    """Specifications that differ from the main one in the named columns only."""
    frame = pd.DataFrame({"gap": gaps, "ratio": ratio, "n_dimensions": n})
    return frame.assign(**(MAIN | columns))


def test_an_order_that_every_specification_gives_holds_throughout():
    said = words.nearer_sentence(table(0.1, 0.2, 0.3))
    assert said.startswith("Of 3 specifications 3 can be assessed; in 3 of them the PTCE lies nearer to districts/SPL")
    assert said.endswith("the order holds throughout, towards districts/SPL.")
    assert words.nearer_sentence(table(-0.1, -0.2)).endswith("the order holds throughout, towards clusters/PdC.")


@pytest.mark.parametrize("other", [-0.1, 0.0])
def test_one_specification_to_the_contrary_makes_it_depend_on_the_choices(other):
    said = words.nearer_sentence(table(0.1, 0.2, other))
    assert said.endswith("the order depends on the choices.") and "in 2 of them" in said


def test_specifications_on_few_dimensions_are_counted_and_not_assessed():
    few = pd.concat([table(0.1), table(-0.5, n=4)])
    assert words.sides(few) == (1, 0, 0) and words.nearer_sentence(few).startswith("Of 2 specifications 1 can be assessed")
    assert words.nearer_sentence(table(-0.5, n=4)) == "None of 1 specification leaves enough shared dimensions to be assessed."


def test_a_number_without_verdict_is_words():
    one = pd.Series({"gap": 0.25, "ratio": np.nan, "n_dimensions": 5})
    assert words.outcome(one, "gap") == 0.25 and words.outcome(one, "ratio") == "not assessable"
    assert words.outcome(one.replace({5: 4}), "gap") == "not assessable"


def test_originality_is_counted_by_the_rule_on_distances():
    said = words.none_like_sentence(table(*[0.1] * 5, ratio=[1.0, 0.5, 0.7, 0.8, np.nan]))
    assert "over 4 specifications (1 more set the two families at no distance)" in said
    assert "in 1 it is an original form, in 1 a variant of its nearest neighbour, in 2 a form apart in part" in said
    assert said.endswith("its originality depends on the choices.")
    assert words.none_like_sentence(table(0.1, 0.1, ratio=1.2)).endswith("the choices do not matter.")
    assert words.none_like_sentence(table(0.1, n=3)) == "Under no specification can originality be assessed."
    assert words.ratio_title(table(*[0.1] * 3, ratio=[1.0, 0.5, 2.0])) == "An original form under 2 of 3 specifications, a variant under 1"


def test_choices_that_turn_the_order_alone_are_named():
    both = table(
        0.1, -0.1, -0.2, 0.3, reading=["value", "alt_value", "value", "value"], forms=["families", "families", "pdc_spl", "cluster_spl"]
    )
    assert words.turning_words(both, both.iloc[0]) == (
        "2 of 3 choices, changed alone, turn it: alternative readings throughout and PdC and SPL in place of the families"
    )
    assert words.turning_words(both.drop(index=[1, 2]), both.iloc[0]) == "none of 1 choice, changed alone, turns it"
    two_at_once = table(0.1, -0.1, reading=["value", "alt_value"], weights=["dimensions", "families"])
    assert words.turning_words(two_at_once, two_at_once.iloc[0]) == "none of 0 choices, changed alone, turns it"


def test_the_choice_that_moves_the_outcome_most_is_named_first():
    made = table(0.0, 1.0, 0.1, 1.1, reading=["value", "alt_value"] * 2, weights=["dimensions"] * 2 + ["families"] * 2)
    said = words.variance_sentence(spec.variance_by_choice(made, "gap", ["reading", "weights"]), "the gap")
    first = "What moves the gap most is whether rows are read at their value or their alternative (99 % of its variance, 99 % alone)"
    assert said.startswith(f"{first}, then what weighs alike (1 %")


def test_the_doubt_is_arithmetic_where_distance_or_weights_move_an_outcome():
    read, counted = pd.DataFrame(index=["reading", "forms", "weights"]), pd.DataFrame(index=["reading", "distance", "forms"])
    assert words.doubt_sentence(read, read).startswith("What weighs most is thus not the arithmetic")
    assert words.doubt_sentence(read, counted).startswith("Part of the doubt is thus the arithmetic")


def test_the_title_and_the_alt_text_follow_the_numbers():
    made = table(0.1, -0.2, 0.4, reading=["value", "alt_value", "value"])
    assert words.curve_title(made) == "Nearer to districts/SPL under 2 of 3 specifications, nearer to clusters/PdC under 1"
    said = words.curve_alt(made, "gap", spec.variance_by_choice(made, "gap", ["reading", "weights"]))
    assert "3 points in rising order, from −0.2" in said and "lowest with alternative readings" in said


def test_every_level_of_every_choice_has_words(corpus):
    named = words.level_names(spec.choices(corpus.codebook))
    assert set(named) == set(spec.CHOICES) == set(words.CHOICE_NAMES)
    said = [name for levels in named.values() for name in levels.values()]
    assert not [name for name in said if "_" in name]
    assert named["forms"]["families"] == "whole families" and named["weights"]["families"] == "each family alike"


@pytest.mark.parametrize(
    ("texts", "turned", "silences", "said"),
    [
        (3, False, False, "strong within the texts"),
        (2, False, False, "moderate: two texts stand behind it"),
        (1, False, False, "weak: one text stands behind it"),
        (0, False, False, "weak: no text speaks of it"),
        (1, True, True, "weak: one text stands behind it, a declared choice turns it and silences decide"),
        (5, True, False, "weak: a declared choice turns it"),
    ],
)
def test_an_answer_from_texts_is_as_strong_as_its_texts_and_its_choices(texts, turned, silences, said):
    assert words.coded_strength(texts, turned, silences=silences) == said
