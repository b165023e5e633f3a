"""Error rates and power of the tests: a smaller version of the committed runs, and what stands around them."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT

from slpi import power
from slpi.power import (
    NULLS,
    blocks,
    clopper_pearson,
    counted,
    detected,
    null_trial,
    rates,
    rejections,
    remaining,
    reproduced,
    smallest_odds,
)
from slpi.simulate import draw_firms


def test_the_primary_test_keeps_its_level_under_shared_geography_and_relabelling_does_not():
    counts = rejections("geography", range(60), firms=80, equity_ties=40, draws=99)
    assert counts["crt"] <= 9  # three errors above 5 % of 60
    assert counts["dsp"] > counts["crt"] and counts["crt_plain"] <= counts["crt"] + 1


def test_shared_size_that_nobody_recorded_misleads_the_usual_tests():
    counts = rejections("size", range(20), firms=80, equity_ties=40, draws=99)
    assert counts["dsp"] >= 8 and counts["msr"] >= 8 and counts["crt"] <= 6


def test_a_strong_association_is_found_and_more_so_the_stronger():
    shares = power.power(range(25), firms=60, equity_ties=50, odds=(1.0, 4.0, 20.0), draws=99)
    assert shares[1.0] <= 0.25 < shares[20.0] and shares.is_monotonic_increasing and shares[20.0] >= 0.9


def test_a_trial_is_the_same_from_the_same_seed():
    assert null_trial("groups", 3, firms=40, equity_ties=15, draws=49) == null_trial("groups", 3, firms=40, equity_ties=15, draws=49)
    settings = {"firms": 40, "equity_ties": 15, "lost": 0.3, "loss": "small_first", "draws": 49, "odds": (2.0, 5.0)}
    assert detected(7, **settings).equals(detected(7, **settings))


def test_a_register_that_lost_the_small_first_keeps_the_large():
    firms = draw_firms(200, np.random.default_rng(0))
    kept = remaining(firms, 0.6, "small_first", np.random.default_rng(1))
    assert kept.sum() == 80 and firms.size[kept].mean() > firms.size[~kept].mean() + 1
    at_random = remaining(firms, 0.6, "random", np.random.default_rng(1))
    assert at_random.sum() == 80 and abs(firms.size[at_random].mean() - firms.size.mean()) < 0.5
    with pytest.raises(ValueError, match="lost = 1"):
        remaining(firms, 1.0, "random", np.random.default_rng(1))


def test_where_too_little_is_left_nothing_is_found():
    p = [detected(seed, firms=20, equity_ties=5, lost=0.85, draws=19, odds=(2.0,)) for seed in range(6)]
    assert max(one[2.0] for one in p) == 1.0


def test_the_smallest_odds_ratio_lies_between_those_tried_and_is_none_where_none_was_enough():
    assert smallest_odds(pd.Series({2.0: 0.4, 8.0: 0.8})) == 8.0
    assert smallest_odds(pd.Series({2.0: 0.9, 4.0: 1.0})) == 2.0
    assert smallest_odds(pd.Series({2.0: 0.6, 4.0: 0.5, 8.0: 1.0})) == pytest.approx(2 ** (2 + 0.5), abs=0.01)
    assert np.isnan(smallest_odds(pd.Series({2.0: 0.1, 20.0: 0.7})))


def test_the_exact_interval_is_that_of_clopper_and_pearson():
    # Brown, Cai & DasGupta (2001), Interval estimation for a binomial proportion: none of ten gives 0 to 0.308.
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(0.3085, abs=1e-4))
    assert clopper_pearson(10, 10) == (pytest.approx(0.6915, abs=1e-4), 1.0)


def swept(tests: list[str]) -> pd.DataFrame:
    """A sweep of two blocks of territories, in which each null is rejected once more often than the one before."""
    rows = [{"nulls": 25, "seed": first} for first in (0, 25)]
    for k, name in enumerate(NULLS):
        for row in rows:
            row |= {f"power.again_{name}_{test}": k + bool(row["seed"]) for test in tests}
    return pd.DataFrame(rows)


def test_rates_sum_the_blocks_of_a_sweep_and_count_the_tests_that_were_run():
    found = rates(blocks(swept(["crt", "dsp"])))
    assert list(found.index.unique("test")) == ["crt", "dsp"] and list(found.index.unique("null")) == list(NULLS)
    assert found.loc[("geography", "crt"), ["territories", "rate"]].tolist() == [50, 3 / 50]
    assert list(rates(blocks(swept(["crt"]))).index.unique("test")) == ["crt"]


def test_what_is_run_again_stands_beside_what_is_committed_of_the_same_territories():
    again, committed = counted(range(25, 27), beside=True, firms=40, equity_ties=15, draws=19), blocks(swept(["crt"]))
    found = reproduced(again, committed, first=25, territories=25)
    assert found.xs("crt", level="test")["committed"].tolist() == [1, 2, 3, 4, 5, 6]
    assert (
        found.xs("dsp", level="test")["committed"].isna().all()
        and reproduced(again, committed, first=7, territories=25)["committed"].isna().all()
    )
    assert reproduced(again, committed, first=25, territories=2)["committed"].isna().all()  # a block of another number
    assert found["again"].equals(again.rename("again")) and again["size"]["dsp"] <= 2
    assert counted(range(0)).empty and power.power(range(0)).empty and np.isnan(smallest_odds(power.power(range(0))))


def test_the_committed_counts_are_those_of_their_grids():
    for name, of in (("nulls", ["nulls", "seed"]), ("power", ["firms", "equity_ties", "lost", "loss", "replications", "seed"])):
        grid = yaml.safe_load((ROOT / "notebooks" / "grids" / f"{name}.yml").read_text(encoding="utf-8"))
        points = grid.get("list") or [dict(zip(grid["grid"], values, strict=True)) for values in product(*grid["grid"].values())]
        pd.testing.assert_frame_equal(pd.DataFrame(points)[of], pd.read_csv(ROOT / "reports" / "reference" / f"{name}.csv")[of])


def test_an_unknown_null_is_refused():
    with pytest.raises(ValueError, match="null = 'sizes' is none of independent"):
        null_trial("sizes", 0)
    assert all(null.says for null in NULLS.values())
