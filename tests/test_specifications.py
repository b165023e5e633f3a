"""Every declared choice at once: one row a specification, each what the one-choice-at-a-time measures give."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import specifications as spec
from slpi import typology
from slpi.corpus import Corpus


@pytest.fixture(scope="module")
def table(corpus: Corpus) -> pd.DataFrame:
    return spec.specifications(corpus.codes, corpus.codebook, corpus.forms)


def test_each_combination_has_one_row_with_every_choice_in_a_column(table, corpus):
    levels = spec.choices(corpus.codebook)
    assert list(levels) == list(spec.CHOICES) and len(table) == np.prod([len(of) for of in levels.values()])
    assert not table.duplicated(list(spec.CHOICES)).any()
    assert {name: set(table[name]) for name in levels} == {name: set(of) for name, of in levels.items()}
    main = table.iloc[0][list(spec.CHOICES)]
    assert main.to_dict() == {name: of[0] for name, of in levels.items()}, "the main specification comes first"


def found(table: pd.DataFrame, **given: str) -> pd.Series:
    main = dict(zip(spec.CHOICES, ("strict", "value", "mean_absolute", "dimensions", "none", "all_texts", "families"), strict=True))
    (row,) = table[(table[list(main)] == pd.Series(main | given)).all(axis=1)].index
    return table.loc[row]


@pytest.mark.parametrize(
    ("given", "options", "alike"),
    [
        ({}, {}, False),
        ({"filter": "loose"}, {"filter": "loose"}, False),
        ({"weights": "families"}, {}, True),
        ({"left_out": "knowledge"}, {"leave_out": ["knowledge"]}, False),
        ({"comparators": "gianfaldoni"}, {"documents": {"clusters/PdC": ["gianfaldoni"], "districts/SPL": ["gianfaldoni"]}}, False),
    ],
)
def test_a_specification_is_what_nearer_gives_under_the_same_choice(table, corpus, given, options, alike):
    family = typology.family_units(corpus.forms)
    units = {"PTCE": family["ptce"], "clusters/PdC": family["clusters_pdc"], "districts/SPL": family["districts_spl"]}
    told = typology.profiles(corpus.codes, corpus.codebook, units, **options)
    result = typology.nearer(told, "PTCE", "clusters/PdC", "districts/SPL", draws=1, equal_families=alike)
    row = found(table, **given)
    assert (row["gap"], row["n_dimensions"]) == (pytest.approx(result.gap), result.n_dimensions)
    assert row["codes"] == result.codes and row["to_nearest"] == pytest.approx(min(result.distance_a, result.distance_b))


def test_steps_apart_counts_dimensions_at_least_a_step_away_and_the_root_mean_square_is_no_smaller_than_the_mean(table, corpus):
    steps = found(table, distance="steps_apart")
    assert steps["to_nearest"] * steps["n_dimensions"] == pytest.approx(round(steps["to_nearest"] * steps["n_dimensions"]))
    wide = table.pivot(index=[c for c in spec.CHOICES if c != "distance"], columns="distance", values="between").dropna()
    assert len(wide) and (wide["root_mean_square"] >= wide["mean_absolute"] - 1e-12).all()


def test_the_other_reading_takes_the_alternative_of_a_row_where_it_has_one(table, corpus):
    turned = corpus.codes.copy()
    with_one = turned["alt_value"].notna() & (turned["alt_value"].astype(str).str.strip() != "")
    turned.loc[with_one, ["value", "alt_value"]] = turned.loc[with_one, ["alt_value", "value"]].to_numpy()
    one = {name: [of[0]] for name, of in spec.choices(corpus.codebook).items()}
    again = spec.specifications(turned, corpus.codebook, corpus.forms, one)
    assert with_one.any() and again["gap"].iloc[0] == pytest.approx(found(table, reading="alt_value")["gap"])
    assert again["gap"].iloc[0] != pytest.approx(found(table)["gap"])


def test_chosen_levels_give_the_same_rows_as_all(table, corpus):
    chosen = {"filter": ["loose"], "distance": ["steps_apart", "mean_absolute"], "left_out": ["territory", "none"]}
    some = spec.specifications(corpus.codes, corpus.codebook, corpus.forms, chosen)
    kept = table[table["filter"].eq("loose") & table["distance"].isin(chosen["distance"]) & table["left_out"].isin(chosen["left_out"])]
    names = list(spec.CHOICES)
    pd.testing.assert_frame_equal(
        some.sort_values(names).reset_index(drop=True), kept.sort_values(names).reset_index(drop=True), check_like=True
    )


def test_choices_and_levels_that_are_none_are_all_told(corpus):
    with pytest.raises(ValueError, match="choices that are none: filters, wheight; there are filter, reading"):
        spec.specifications(corpus.codes, corpus.codebook, corpus.forms, {"filters": ["strict"], "wheight": []})
    with pytest.raises(ValueError, match="levels that are none: filter = 'soft', forms = 'sPL'; there are"):
        spec.specifications(corpus.codes, corpus.codebook, corpus.forms, {"filter": ["soft"], "forms": ["sPL", "families"]})


# Variance by choice.


def factorial(effects: dict[str, list[float]]) -> pd.DataFrame:
    table = pd.DataFrame(index=pd.MultiIndex.from_product([range(len(e)) for e in effects.values()], names=list(effects))).reset_index()
    return table.assign(gap=sum(table[name].map(dict(enumerate(effect))) for name, effect in effects.items()))


def test_without_interaction_the_shares_add_up_to_one_and_alone_is_in_all():
    shares = spec.variance_by_choice(factorial({"a": [0, 3], "b": [0, 1, 2], "c": [5, 5]}), "gap", ["a", "b", "c"])
    assert list(shares.index) == ["a", "b", "c"] and shares["alone"].sum() == pytest.approx(1)
    assert shares["alone"].to_numpy() == pytest.approx(shares["in_all"].to_numpy()) and shares.loc["c", "in_all"] == pytest.approx(0)
    assert shares.loc["a", ["levels", "largest", "smallest"]].to_list() == [2, 1, 0]
    # The variance of {0, 3} is 9/4, of {0, 1, 2} 2/3.
    assert shares.loc["a", "alone"] == pytest.approx(2.25 / (2.25 + 2 / 3))


def test_a_pure_interaction_is_in_all_and_nothing_alone():
    table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "gap": [1.0, 0, 0, 1]})
    shares = spec.variance_by_choice(table, "gap", ["a", "b"])
    assert shares["alone"].to_list() == [0, 0] and shares["in_all"].to_list() == [1, 1]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=12, max_size=12).filter(lambda x: np.var(x) > 1e-3), st.floats(0.5, 3), st.floats(-2, 2))
def test_shares_do_not_move_with_scale_or_level_and_a_full_table_keeps_alone_below_in_all(values, scale, level):
    table = factorial({"a": [0, 0], "b": [0, 0, 0], "c": [0, 0]}).assign(gap=values)
    shares = spec.variance_by_choice(table, "gap", ["a", "b", "c"])
    moved = spec.variance_by_choice(table.assign(gap=table["gap"] * scale + level), "gap", ["a", "b", "c"])
    assert shares[["alone", "in_all"]].to_numpy() == pytest.approx(moved.loc[shares.index, ["alone", "in_all"]].to_numpy(), abs=1e-6)
    assert (shares["alone"] <= shares["in_all"] + 1e-9).all() and (shares["in_all"] <= 1 + 1e-9).all()


def test_what_cannot_be_shared_out_is_refused():
    table = pd.DataFrame({"a": [0, 1], "gap": [np.nan, 1.0]})
    with pytest.raises(ValueError, match="gap: 1 specifications, variance 0: nothing to share out"):
        spec.variance_by_choice(table, "gap", ["a"])
