"""Many industries against one null: the same curves as the measures of single industries, and verdicts that follow the plants."""

import numpy as np
import pandas as pd
import pytest

from slpi import localisation as module
from slpi.localisation import localisation, scattered
from slpi.point_concentration import k_density, m_function

R = np.arange(5_000.0, 60_001.0, 5_000.0)
BANDS = {"narrow": 5_000.0, "wide": 15_000.0}


def map_of_plants(seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Plants on the points of communes: one industry gathered, one kept apart, others anywhere."""
    rng = np.random.default_rng(seed)
    communes = rng.uniform(0, 200_000, (150, 2)).round(-2)
    at = rng.integers(0, 150, 600)
    xy, industry = communes[at], np.array(["anywhere"] * 560 + ["gathered"] * 40)
    near = np.argsort(np.hypot(*(communes - communes[0]).T))[:12]
    xy[560:] = communes[rng.choice(near, 40)]
    industry[:60] = "too"
    industry[:10] = "few"
    labels = [f"p{i}" for i in range(600)]
    return pd.DataFrame(xy, labels, ["x", "y"]), pd.Series(industry, labels)


POINTS, INDUSTRY = map_of_plants()


def curve(found, measure: str, industry: str) -> pd.DataFrame:
    return found.curves[(found.curves["measure"] == measure) & (found.curves["industry"] == industry)].set_index("r")


@pytest.fixture(scope="module")
def found():
    return localisation(POINTS, INDUSTRY, r=R, bandwidths=BANDS, simulations=199)


def test_m_is_that_of_the_single_industry(found):
    for name in ("gathered", "too", "anywhere"):
        alone = m_function(POINTS, INDUSTRY == name, r=R)["observed"]
        np.testing.assert_allclose(curve(found, "M", name)["observed"], alone, rtol=1e-12)


def test_k_is_that_of_the_single_industry_within_its_step(found):
    for name, h in BANDS.items():
        alone = 1000 * k_density(POINTS, INDUSTRY == "gathered", bandwidth=h, r=R)["observed"]
        apart = np.abs(curve(found, name, "gathered")["observed"] - alone)
        assert apart.max() <= 76 / h * 1000 / (h * np.sqrt(2 * np.pi))  # of the height of the kernel, per km
        assert apart.max() < 0.005 * alone.max()


def test_what_was_gathered_is_localised_and_what_lies_anywhere_is_not(found):
    m = found.tests[found.tests["measure"] == "M"].set_index("industry")
    assert m.loc["gathered", "verdict"] == "localised" and m.loc["gathered", "first"] == R[0] and m.loc["gathered", "plants"] == 40
    assert m.loc["too", "verdict"] == "like chance" and np.isnan(m.loc["too", "first"])
    assert {*m.index} == {"anywhere", "gathered", "too"}  # one has too few plants


def test_an_industry_that_keeps_its_plants_apart_is_dispersed():
    side = np.arange(0, 200_000, 10_000.0)
    grid = pd.DataFrame([(x, y) for x in side for y in side], columns=["x", "y"])
    apart = (grid // 10_000 % 4 == 0).all(axis=1).map({True: "apart", False: "rest"})
    found = localisation(grid, apart, r=[10_000, 20_000, 30_000], bandwidths={"K": 5_000}, simulations=199)
    tests = found.tests.set_index(["measure", "industry"])
    assert tests.loc[("M", "apart"), "verdict"] == "dispersed" and tests.loc[("M", "apart"), "first"] == 20_000


def test_verdicts_need_the_corrected_p_and_a_side_of_the_band():
    curves = pd.DataFrame(
        {"measure": "M", "industry": list("aabb"), "r": [1.0, 2.0] * 2, "observed": [3, 1, 0, 1], "low": 0.5, "high": 2.0}
    )
    tests = pd.DataFrame({"measure": "M", "industry": list("ab"), "plants": 20, "p": [0.01, 0.04]})
    assert module._judged(tests, curves, 0.95)["verdict"].tolist() == ["localised", "dispersed"]
    assert module._judged(tests.assign(p=[0.01, 0.2]), curves, 0.95)["verdict"].tolist() == ["localised", "like chance"]
    assert module._judged(tests.assign(p=[0.03, 0.04]), curves, 0.965)["verdict"].tolist() == ["like chance"] * 2
    both = curves.assign(observed=[3, 0, 0, 1])
    assert module._judged(tests, both, 0.95)["verdict"].tolist() == ["localised", "dispersed"]  # above anywhere is localised


def test_the_null_rejects_as_often_as_it_says():
    rng = np.random.default_rng(5)
    names = [f"i{i}" for i in range(20)]
    p = []
    for seed in range(10):
        drawn = pd.Series(rng.permutation(np.repeat(names, 30)), POINTS.index)
        p += localisation(POINTS, drawn, r=R, bandwidths={}, simulations=99, rng=seed).tests["p"].tolist()
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.1


def test_pairs_on_one_point_can_be_left_out():
    alone = localisation(POINTS, INDUSTRY, r=R, bandwidths={"K": 5_000}, simulations=19, same_place=False)
    xy, mine = POINTS.to_numpy(), (INDUSTRY == "too").to_numpy()
    apart = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    near = (apart > 0) & (apart <= R[3])
    own, every = near[mine][:, mine].sum(axis=1), near[mine].sum(axis=1)
    known = every > 0
    expected = (own[known] / every[known]).sum() / (known.sum() * (mine.sum() - 1) / (len(xy) - 1))
    assert curve(alone, "M", "too").loc[R[3], "observed"] == pytest.approx(expected)
    assert curve(alone, "K", "gathered").loc[R[0], "observed"] != curve(alone, "K", "too").loc[R[0], "observed"]


def test_the_result_is_the_same_for_any_number_of_threads_and_twice(found, monkeypatch):
    monkeypatch.setenv("SLPI_THREADS", "1")
    again = localisation(POINTS, INDUSTRY, r=R, bandwidths=BANDS, simulations=199)
    pd.testing.assert_frame_equal(again.curves, found.curves)
    pd.testing.assert_frame_equal(again.tests, found.tests)


def test_the_order_of_plants_changes_no_observed_curve(found):
    turned = localisation(POINTS[::-1], INDUSTRY, r=R, bandwidths=BANDS, simulations=19)
    np.testing.assert_allclose(turned.curves["observed"], found.curves["observed"], rtol=1e-12)


def test_the_compiled_loop_does_what_python_does():
    rng = np.random.default_rng(1)
    steps = rng.integers(0, 6, (8, 8)).astype(np.uint16)
    steps = np.maximum(steps, steps.T)
    task = (rng.integers(0, 8, (3, 5)), rng.integers(0, 4, (3, 5, 2)).astype(float), steps, np.array([0, 0, 1, 1, 2, 2, 2]), 1)
    for plain, fast in zip(module._near.plain(*task), module._near(*task), strict=True):
        np.testing.assert_allclose(plain, fast, rtol=1e-12)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"r": [100, 200]}, "multiples of 250 m"),
        ({"r": [5000, 5000]}, "multiples of 250 m"),
        ({"bandwidths": {"K": 900}}, "bandwidths: K = 900; at least 1000 m"),
        ({"simulations": 18}, "18 are too few for level 0.95"),
        ({"fewest": 601}, "none has 601 plants"),
        ({"industry": INDUSTRY.drop("p3")}, "industry: none for p3"),
    ],
)
def test_what_cannot_be_tested_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        localisation(POINTS, **({"industry": INDUSTRY, "r": R, "bandwidths": BANDS} | changed))


def test_scattered_plants_stay_within_a_circle_as_large_as_their_commune():
    area = pd.Series(np.pi * 2_000.0**2, POINTS.index)
    moved = scattered(POINTS, area, 3)
    away = np.hypot(*(moved - POINTS).to_numpy().T)
    assert away.max() <= 2_000 and np.mean(away < 1_000) == pytest.approx(0.25, abs=0.06)  # a quarter of the circle's area
    pd.testing.assert_frame_equal(moved, scattered(POINTS, area, 3))
