"""Simulated territories: what a law says is in them, the same from the same seed, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from slpi import simulate as module
from slpi.simulate import (
    EQUITY,
    FUNDERS,
    PRODUCTIVE,
    TieLaw,
    assumptions,
    attraction,
    choose_ties,
    draw_firms,
    draw_funders,
    draw_ties,
    pair_ends,
    pairs,
    simulate,
)

MECANIC = ROOT / "data" / "raw" / "territories" / "mecanic_vallee"


def test_the_same_seed_makes_the_same_territory_and_another_another():
    for one, same, other in zip(simulate(seed=4), simulate(seed=4), simulate(seed=5), strict=True):
        pd.testing.assert_frame_equal(one, same)
        assert not one.equals(other)


def test_places_in_the_lower_triangle_are_those_of_numpy():
    rows, columns = np.tril_indices(40, -1)
    for found in (pairs(1, 40), pair_ends(np.arange(len(rows)))):
        assert np.array_equal(found[0], rows) and np.array_equal(found[1], columns)
    far = pair_ends(np.array([4999 * 4998 // 2 + 17]))
    assert (far[0][0], far[1][0]) == (4999, 17)


def test_blocks_of_pairs_change_nothing_but_memory(monkeypatch):
    firms = draw_firms(60, np.random.default_rng(0))
    whole = draw_ties(firms, TieLaw(**PRODUCTIVE | {"ties": 150}), np.random.default_rng(1))
    monkeypatch.setattr(module, "BLOCK", 100)
    assert np.array_equal(whole, draw_ties(firms, TieLaw(**PRODUCTIVE | {"ties": 150}), np.random.default_rng(1)))
    chosen = choose_ties(firms, TieLaw(30, near=2.0), whole, np.random.default_rng(2))
    assert len(chosen) == len(set(chosen)) == 30


def test_productive_ties_are_as_many_as_expected_and_nearer_than_pairs():
    firms = draw_firms(150, np.random.default_rng(0))
    numbers = [len(draw_ties(firms, TieLaw(**PRODUCTIVE), np.random.default_rng(seed))) for seed in range(20)]
    assert np.mean(numbers) == pytest.approx(450, abs=20)
    rows, columns = pair_ends(draw_ties(firms, TieLaw(**PRODUCTIVE), np.random.default_rng(0)))
    tied, every = (np.hypot(*(firms.xy[a] - firms.xy[b]).T).mean() for a, b in ((rows, columns), np.tril_indices(150, -1)))
    assert tied < 0.7 * every


def test_a_sample_of_pairs_finds_the_constant_as_well(monkeypatch):
    firms = draw_firms(150, np.random.default_rng(0))
    monkeypatch.setattr(module, "CALIBRATED_ON", 8000)
    assert np.mean([len(draw_ties(firms, TieLaw(**PRODUCTIVE), np.random.default_rng(s))) for s in range(10)]) == pytest.approx(450, abs=45)


@pytest.mark.parametrize("odds", [1.0, 5.0])
def test_equity_has_the_chosen_odds_ratio_on_production(odds):
    firms = draw_firms(120, np.random.default_rng(0))
    productive = draw_ties(firms, TieLaw(700), np.random.default_rng(1))
    joint = [
        np.isin(choose_ties(firms, TieLaw(100, odds=odds), productive, np.random.default_rng(9 + s)), productive).sum() for s in range(60)
    ]
    share = len(productive) / (120 * 119 / 2)
    assert np.mean(joint) == pytest.approx(100 * odds * share / (1 + (odds - 1) * share), rel=0.12)


def test_chosen_ties_keep_out_of_groups_and_of_pairs_that_are_taken():
    firms = draw_firms(40, np.random.default_rng(0), in_groups=0.9, group_size=4)
    none = np.zeros(0, dtype=int)
    first = choose_ties(firms, TieLaw(50, group=5.0), none, np.random.default_rng(1))
    rows, columns = pair_ends(first)
    assert (firms.group[rows] == firms.group[columns]).mean() > 0.5
    second = choose_ties(firms, TieLaw(50, group=5.0), none, np.random.default_rng(1), beside=first, apart=True)
    rows, columns = pair_ends(second)
    assert not set(first) & set(second) and not ((firms.group[rows] == firms.group[columns]) & (firms.group[rows] >= 0)).any()


def test_each_term_of_a_law_adds_what_it_says():
    firms = draw_firms(30, np.random.default_rng(3))
    rows, columns = np.tril_indices(30, -1)
    assert np.allclose(attraction(firms, TieLaw(1, size=2.0), rows, columns), 2 * (firms.size[rows] + firms.size[columns]))
    assert set(attraction(firms, TieLaw(1, sector=1.5), rows, columns)) == {0.0, 1.5}
    shared = (firms.bodies[rows] & firms.bodies[columns]).any(axis=1)
    assert np.array_equal(attraction(firms, TieLaw(1, body=0.5), rows, columns) > 0, shared)


def test_funders_go_with_production_where_their_odds_say_so():
    firms = draw_firms(100, np.random.default_rng(0))
    productive = draw_ties(firms, TieLaw(500), np.random.default_rng(1))
    tied = np.zeros((100, 100), bool)
    tied[pair_ends(productive)] = True
    tied |= tied.T

    def joint(odds: float) -> float:
        found = []
        for seed in range(15):
            firm, funder = draw_funders(firms, TieLaw(80, odds=odds), 10, productive, np.random.default_rng(seed))
            assert len(firm) == 80 == len(set(zip(firm, funder, strict=True)))
            same = funder[:, None] == funder
            found.append(tied[np.ix_(firm, firm)][same].mean())
        return float(np.mean(found))

    assert joint(30.0) > 2 * joint(1.0)


def test_frames_are_those_of_a_territory_and_waves_have_dates():
    firms, ties, memberships = simulate(firms=80, waves=[2000, 2010, 2020], productive=PRODUCTIVE | {"ties": 200})
    assert [*ties] == ["source", "target", "layer", "kind", "weight", "directed", "date_from", "date_to"]
    assert [*firms] == ["name", "role", "x", "y", "naf", "legal_form", "ess", "jobs", "group_id"] and firms.index.name == "firm_id"
    assert set(memberships["firm_id"]) <= set(firms.index) and {*ties["source"], *ties["target"]} <= set(firms.index)
    assert ties["date_from"].between(2000, 2020).all() and (ties.loc[ties["kind"] == "equity", "date_from"] >= 2010).mean() > 0.2
    held = ties[ties["kind"] == "equity"].groupby("target")["weight"].sum()
    assert held.max() <= 1 and (firms["jobs"] >= 1).all()


def test_five_thousand_firms_are_made_in_seconds():
    firms, ties, _ = simulate(firms=5000, productive=PRODUCTIVE | {"ties": 50_000}, equity=EQUITY | {"ties": 1000})
    assert len(firms) == 5000 and len(ties) == pytest.approx(51_000, rel=0.05)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"productive": {"ties": 5, "nearness": 1, "odd": 2}}, "productive.nearness, productive.odd"),
        ({"equity": {"near": 1}}, "equity.ties is missing"),
        ({"equity": {"ties": 5, "odds": 0}}, "odds = 0"),
        ({"equity": {"ties": 2.5}}, "ties = 2.5"),
        ({"in_groups": 1.5, "bodies": {"board": [2.0]}}, "in_groups 1.5, bodies 2.0"),
        ({"firms": 2}, "at least three"),
        ({"firms": 5, "productive": {"ties": 10}}, "10 ties among 5 firms"),
        ({"firms": 5, "productive": {"ties": 3}, "equity": {"ties": 11}}, "11 ties to be chosen among 10 pairs"),
        ({"waves": [2010, 2000, 2020]}, "three years in order"),
        ({"funders": 0}, "60 ties to no funder"),
        ({"funders": 1, "firms": 30, "productive": {"ties": 60}}, "60 ties of 1 funders to 30 firms"),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(given, said):
    with pytest.raises(ValueError, match=said):
        simulate(**given)


def test_territories_without_funders_equity_or_groups_can_be_made():
    none = {"ties": 0}
    firms, ties, memberships = simulate(funders=0, funding=FUNDERS | none, equity=EQUITY | none, in_groups=0.0)
    assert firms["group_id"].isna().all() and set(ties["layer"]) == {"productive"} and "funder" not in set(memberships["kind"])


def test_every_documented_assumption_has_a_passage_of_the_corpus():
    rows = assumptions(MECANIC)
    locators = pd.read_csv(ROOT / "data" / "raw" / "corpus" / "locators.csv", dtype=str)
    known = set(zip(locators["document_id"], locators["locator"], strict=True))
    documented = rows[rows["status"] == "documented"]
    assert len(documented) and all((row.document_id, row.locator.rsplit(" ", 1)[0]) in known for row in documented.itertuples())
    assert assumptions(MECANIC / "nowhere").empty


def test_an_assumption_without_a_passage_or_of_another_status_is_refused(tmp_path):
    head = "what,value,status,document_id,locator\n"
    (tmp_path / "assumptions.csv").write_text(head + "a,1,documented,,\nb,2,guessed,,\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"row 3: status = 'guessed', row 2: no document"):
        assumptions(tmp_path)
