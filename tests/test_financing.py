"""Questions to a territory: whoever is asked, whatever is missing, and what no proximity may hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from slpi import financing
from slpi.financing import (
    beside,
    co_funded,
    collapsed,
    declared,
    fit_by_distance,
    industrial,
    layers,
    model_of,
    pairs,
    parting,
    perimeters,
    proximities,
    questions,
    reach,
    tied_pairs,
    told_by_texts,
    variants,
)
from slpi.simulate import EQUITY, PRODUCTIVE, simulate
from slpi.territory import Territory, load_territory

TEMPLATE = ROOT / "data" / "raw" / "territories" / "template"


def made(**changed) -> Territory:
    given = {
        "firms": 90,
        "productive": PRODUCTIVE | {"ties": 300},
        "equity": EQUITY | {"odds": 8.0},
        "waves": [2000, 2010, 2020],
        "seed": 3,
    }
    frames = simulate(**given | changed)
    return Territory("Made", "simulated", "a model", "none", *frames, pd.DataFrame(columns=["what", "why", "count", "keys"]))


@pytest.fixture(scope="module")
def territory() -> Territory:
    return made()


@pytest.fixture(scope="module")
def near(territory):
    return proximities(territory, decay_km=15)[0]


def test_financiers_and_public_bodies_stand_aside_with_their_ties():
    whole = load_territory(TEMPLATE)
    firms = industrial(whole)
    assert set(firms.firms["role"]) == {"firm"} and len(firms.firms) == len(whole.firms) - 2
    assert not {"B01", "P01"} & {*firms.ties["source"], *firms.ties["target"], *firms.memberships["firm_id"]}


def test_neither_groups_nor_holdings_nor_funders_enter_a_proximity(territory, near):
    changed = replace(
        territory,
        firms=territory.firms.assign(group_id=None),
        ties=territory.ties[territory.ties["layer"] == "productive"],
        memberships=territory.memberships[territory.memberships["kind"] != "funder"],
    )
    again, _ = proximities(changed, decay_km=15)
    for name, one in near.items():
        pd.testing.assert_frame_equal(one, again[name])


def test_pairs_within_a_group_are_set_aside_in_both_layers(territory, near):
    asked = pairs(territory, near)
    group = territory.firms["group_id"]
    same = (group.to_numpy()[:, None] == group.to_numpy()) & group.notna().to_numpy()
    np.fill_diagonal(same, False)
    assert np.array_equal(asked.aside, same)
    assert not asked.outcome.dense()[same].any() and not asked.productive.dense()[same].any()
    assert asked.set_aside == same.sum() // 2 > 0


def test_a_group_as_one_actor_keeps_the_ties_that_leave_it(territory):
    merged = collapsed(territory)
    groups = territory.firms["group_id"].dropna()
    assert len(merged.firms) == len(territory.firms) - len(groups) + groups.nunique()
    assert merged.firms["jobs"].sum() == territory.firms["jobs"].sum() and merged.firms["group_id"].isna().all()
    assert (merged.ties["source"] != merged.ties["target"]).all()
    inside = territory.ties["source"].map(groups).eq(territory.ties["target"].map(groups))
    assert len(merged.ties) == len(territory.ties) - inside.sum()


def test_firms_with_a_common_funder_are_those_with_a_common_row(territory):
    shared = co_funded(territory).dense()
    rows = territory.memberships[territory.memberships["kind"] == "funder"].groupby("firm_id")["body_id"].agg(set)
    labels = territory.firms.index
    for a in labels[:25]:
        for b in labels[25:50]:
            expected = bool(rows.get(a, set()) & rows.get(b, set()))
            assert shared[labels.get_loc(a), labels.get_loc(b)] == expected


def test_layers_are_those_that_have_ties(territory):
    assert [*layers(territory)] == ["productive", "equity", "funder"]
    assert tied_pairs(layers(territory))["equity"] == 40
    assert [*layers(industrial(load_territory(TEMPLATE)))] == ["productive", "equity", "finance", "funder", "knowledge", "thematic"]


def test_the_association_that_was_put_in_is_found_and_so_is_its_order(territory, near):
    asked = questions(territory, near, year=2010)
    found = declared(financing.tested(asked, draws=999, model=model_of(asked["equity"])))
    assert found.loc["equity", "p_holm"] <= 0.05 and found.loc["equity", "low"] > 1
    assert found.loc["equity", "low"] < 8 < found.loc["equity", "high"]
    assert found.loc["later equity", "p_holm"] <= 0.05 < found.loc["later production", "p_holm"]
    assert (found["p_holm"] >= found["p"]).all()


def test_one_model_serves_questions_on_the_same_production(territory, near):
    asked = questions(territory, near, year=2010)
    same = {name: one.same_production(asked["equity"]) for name, one in asked.items()}
    assert same == {"equity": True, "funder": True, "later equity": False, "later production": False}
    once = financing.tested(asked, draws=99, model=model_of(asked["equity"]))
    pd.testing.assert_frame_equal(once, financing.tested(asked, draws=99))


def test_dates_part_the_layers(territory, near):
    asked = pairs(territory, near, parted=2010.0)
    equity = territory.ties[(territory.ties["kind"] == "equity")]
    early = equity[equity["date_from"] < 2010].iloc[0]
    pair = [territory.firms.index.get_loc(early[end]) for end in ("source", "target")]
    assert asked.aside[*pair] and asked.aside[*pair[::-1]] and not asked.outcome.dense()[*pair]
    ended = replace(territory, ties=territory.ties.assign(date_to=np.where(territory.ties["layer"] == "productive", 2005.0, np.nan)))
    ended = replace(ended, ties=ended.ties.assign(date_from=np.where(ended.ties["layer"] == "productive", 2001.0, ended.ties["date_from"])))
    assert pairs(ended, near, parted=2010.0).why_not() == "no productive tie"


def test_the_year_that_parts_is_the_median_or_the_one_asked_for(territory):
    assert 2000 <= parting(territory) <= 2020 and parting(territory, year=2007) == 2007
    assert np.isnan(parting(made(waves=())))


def test_every_variant_is_tested_and_far_pairs_are_set_aside(territory, near):
    choices = financing.tested(variants(territory, near, radius_km=20, decay_km=15), draws=99)
    assert len(choices) == 7 and (choices["why"] == "").all()
    assert choices.loc["pairs within 20 km", "set_aside"] > choices.loc["pairs within 40 km", "set_aside"] > 0
    near_ones = [name for name, _ in variants(territory, near, radius_km=199, decay_km=15) if name.startswith("pairs within")]
    assert not near_ones  # a radius that holds every pair is no other choice
    whole = industrial(load_territory(TEMPLATE))
    assert "financial ties of any kind" in [
        name for name, _ in variants(whole, proximities(whole, decay_km=15)[0], radius_km=20, decay_km=15)
    ]


def test_the_usual_tests_stand_beside(territory, near):
    asked = pairs(territory, near)
    found = beside(asked, model_of(asked), draws=99)
    assert found.loc[("double semi-partialling", "productive"), "p"] == 0.01
    assert {"productive", "belonging", "institutional", "cognitive", "similarity"} <= set(found.xs("dyadic-robust").index)
    assert beside(asked, None, draws=99).empty


def test_the_model_has_as_many_ties_as_production_in_all_bands_together(territory, near):
    asked = pairs(territory, near)
    bands = fit_by_distance(asked, model_of(asked))
    assert bands["ties"].sum() == asked.ties[1] == pytest.approx(bands["expected"].sum(), rel=0.01)
    assert bands["pairs"].sum() == 90 * 89 / 2 - asked.set_aside and bands["km"].is_monotonic_increasing
    assert fit_by_distance(asked, None).empty


def test_reach_rises_to_one_and_its_band_holds_it(territory):
    found = reach(territory, draws=50)
    for _, rows in found.groupby("layer"):
        assert rows["share"].is_monotonic_increasing and rows["share"].iloc[-1] == 1
    own = found.dropna(subset="low")
    assert ((own["low"] <= own["share"] + 1e-9) & (own["share"] <= own["high"] + 1e-9)).mean() > 0.95
    medians = found.groupby("layer")["median_km"].first()
    assert medians["productive"] < medians["all pairs"]
    assert found.loc[found["layer"] == "funder", "weight_share"].isna().all()


def test_a_perimeter_is_the_mean_distance_from_its_middle():
    firms = pd.DataFrame({"x": [0.0, 4000, 0, 1e5], "y": [0.0, 0, 3000, 0]}, index=list("abcd")) + 6e5
    members = pd.DataFrame({"firm_id": ["a", "b", "d"], "body_id": ["bank", "bank", "fund"], "kind": "funder"})
    ties = pd.DataFrame({"source": ["a"], "target": ["c"], "layer": "productive", "kind": "supply", "weight": 1.0, "directed": True})
    small = Territory("t", "measured", "", "", firms, ties, members, pd.DataFrame())
    found = perimeters(small)
    assert found.loc["funders"].tolist() == [1, 2.0, 2.0, 2.0]
    assert found.loc["producers"].tolist() == [2, 1.5, 1.5, 1.5]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"equity": {"ties": 0}}, "no tie to be explained"),
        ({"productive": {"ties": 0}}, "no productive tie"),
        ({"firms": 8, "productive": {"ties": 9}, "equity": {"ties": 4}, "funders": 0, "funding": {"ties": 0}}, "fewer than 10 firms"),
        ({"funders": 0, "funding": {"ties": 0}, "waves": ()}, ""),
    ],
)
def test_what_a_territory_lacks_is_said_and_nothing_fails(changed, why):
    poor = made(**changed)
    near, _ = proximities(poor, decay_km=15)
    asked = questions(poor, near, year=parting(poor))
    model = model_of(asked["equity"])
    found = declared(financing.tested(asked, draws=19, model=model))
    assert found.loc["equity", "why"] == why and len(reach(poor, draws=5)) >= 60
    if "funders" in changed and not why:
        assert found.loc["funder", "why"] == "no tie to be explained" and "later equity" not in found.index
    financing.tested(variants(poor, near, radius_km=20, decay_km=15), draws=19)
    beside(asked["equity"], model, draws=19)
    assert len(perimeters(poor)) == 2


def test_unknown_jobs_industries_and_bodies_are_filled_in_or_left_out_in_words(territory):
    firms = territory.firms.copy()
    firms.loc[firms.index[:3], "jobs"] = np.nan
    firms.loc[firms.index[:2], "naf"] = np.nan
    firms["legal_form"] = np.nan
    bare = replace(territory, firms=firms, memberships=territory.memberships.iloc[:0])
    near, notes = proximities(bare, decay_km=15)
    assert [*near] == ["geographic", "similarity", "cognitive"]
    assert notes[0].startswith("jobs are unknown of 3 of 90 firms") and notes[1].startswith("the industry is unknown of 2 of 90")
    assert "belonging proximity is left out: nothing is known that it could be measured on" in notes
    assert financing.tested({"equity": pairs(bare, near)}, draws=19)["why"].tolist() == [""]
    flat, notes = proximities(replace(bare, firms=firms.assign(naf="25.62B")), decay_km=15)
    assert "cognitive" not in flat and "cognitive proximity is the same for all pairs, and left out" in notes


def test_an_unknown_outcome_is_refused(territory, near):
    with pytest.raises(ValueError, match="outcome = 'debt'"):
        pairs(territory, near, outcome="debt")


def test_the_texts_are_asked_first(corpus):
    told = told_by_texts(corpus.relations, corpus.codes)
    assert (told["what"] == "tie").sum() == (corpus.relations["layer"] == "financial").sum()
    assert told.index.is_unique and told["locator"].notna().all()
    assert set(financing.OUTCOMES) == {"equity", "finance", "funder"}
