"""Concentration of establishments by the distances between them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist
from scipy.stats import norm

from slpi import point_concentration
from slpi.inference import drawn_permutations
from slpi.point_concentration import envelope, k_density, m_function

# Twelve establishments in metres; the figures that R 4.2.2 gives for them stand in the tests.
TOWN = pd.DataFrame(
    {"x": [0, 100, 250, 300, 900, 1000, 1100, 400, 700, 50, 620, 880], "y": [0, 50, 0, 400, 900, 950, 800, 300, 100, 700, 610, 140]},
    index=list("abcdefghijkl"),
).astype(float)
CUTLERS, FORGES = list("abefgj"), list("cdhk")
JOBS = pd.Series([5, 10, 1, 20, 3, 8, 2, 12, 7, 4, 30, 6.0], index=TOWN.index)
SEEDS = st.integers(0, 10**6)


def scattered(seed: int, n: int = 40, share: float = 0.4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places in metres, who is a case, and jobs."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 1e4, (n, 2)), rng.permutation(n) < max(2, share * n), rng.integers(0, 50, n) + 1.0


def brute_m(xy, cases, neighbours, weights, r):
    near = (cdist(xy, xy)[:, :, None] <= r) & ~np.eye(len(xy), dtype=bool)[:, :, None]
    around = np.einsum("ijr,j->ir", near, weights)[cases]
    sought = np.einsum("ijr,j->ir", near, weights * neighbours)[cases]
    overall = ((weights @ neighbours - weights * neighbours) / (weights.sum() - weights))[cases]
    with np.errstate(invalid="ignore"):
        return [(s[a > 0] / a[a > 0]).sum() / overall[a > 0].sum() for s, a in zip(sought.T, around.T, strict=True)]


def brute_k(xy, weights, h, r):
    distances, pairs = pdist(xy), np.outer(weights, weights)[np.triu_indices(len(xy), 1)]
    return [np.average(norm.pdf(one, distances, h) + norm.pdf(one, -distances, h), weights=pairs) for one in r]


# -- Published and computed elsewhere


def test_k_density_is_that_of_r():
    # R: d <- dist(cases); h <- bw.nrd0(d); mean(dnorm(r, d, h) + dnorm(r, -d, h)); with jobs weighted.mean by outer(w, w).
    found = k_density(TOWN, CUTLERS, r=[0, 200, 500, 1000])
    assert found.attrs["bandwidth"] == pytest.approx(250.690813148, rel=1e-8)
    assert found["observed"].tolist() == pytest.approx(
        [0.000702634658633, 0.000607591417676, 0.000416435442316, 0.000735716882996], rel=1e-6
    )
    weighted = k_density(TOWN, CUTLERS, weights=JOBS, r=[0, 200, 500, 1000])["observed"]
    assert weighted.tolist() == pytest.approx([0.000672739300582, 0.000566612629192, 0.000380678069200, 0.000713551992672], rel=1e-6)


def test_k_density_is_that_of_dbmss_but_for_its_interpolation():
    # The lines of dbmss's Kdhat (reflection, stats::density, renormalisation, approx) run in R 4.2.2 on the same cases.
    found = k_density(TOWN, CUTLERS, r=[0, 200, 500, 1000])["observed"]
    assert found.tolist() == pytest.approx([0.000703053686451, 0.000607991248036, 0.000416757128683, 0.000736201494348], rel=1e-3)


def test_the_default_distances_end_at_the_median_of_all_points():
    # R: median(dist(points)) = 698.742263809.
    grid = k_density(TOWN, CUTLERS).index
    assert grid[0] == 0 and len(grid) == 257 and grid[-1] == pytest.approx(698.742263809, rel=1e-4)


def test_m_is_that_of_dbmss():
    # The lines of dbmss's Mhat (local over global ratio, points without neighbours left out of both sums) run in R 4.2.2.
    r = [0, 120, 250, 600, 2000]
    own = m_function(TOWN, CUTLERS, r=r, weights=JOBS)
    assert own["observed"].tolist() == pytest.approx([np.nan, 3.988766856959, 3.688205728118, 0.659320584284, 1], rel=1e-11, nan_ok=True)
    other = m_function(TOWN, CUTLERS, neighbours=FORGES, r=r, weights=JOBS)["observed"]
    assert other.tolist() == pytest.approx([np.nan, 0, 0.0836598040054, 1.3501304985237, 1], rel=1e-11, nan_ok=True)
    plain = m_function(TOWN, CUTLERS, r=r)
    assert plain["observed"].tolist() == pytest.approx([np.nan, 2.2, 1.76, 0.916666666667, 1], nan_ok=True)
    assert plain["with_neighbours"].tolist() == own["with_neighbours"].tolist() == [0, 4, 5, 6, 6]


def test_m_of_two_pairs_of_neighbours_is_counted_by_hand():
    # Each case has its fellow as only neighbour (1 of 1) where the industry is 1 of the other 3.
    points = np.array([[0, 0], [300, 0], [5000, 0], [5300, 0]])
    assert m_function(points, [0, 1], r=[300])["observed"].tolist() == [3.0]
    assert m_function(points, [0, 2], r=[300])["observed"].tolist() == [0.0]


# -- Twins


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([3, 12, 60]), st.booleans())
def test_m_is_the_sum_over_all_pairs(seed, n, lattice):
    xy, cases, weights = scattered(seed, n)
    xy, r = (np.round(xy, -3), np.arange(8) * 1000.0) if lattice else (xy, np.array([10.0, 700.0, 2500.0, 20000.0]))
    neighbours = np.random.default_rng(seed).random(n) < 0.5
    neighbours[0] = True
    for sought in (cases, neighbours):
        found = m_function(xy, cases, neighbours=sought, weights=weights, r=r)["observed"]
        np.testing.assert_allclose(found, brute_m(xy, cases, sought, weights, r), rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(["scattered", "towns", "lattice", "far away"]))
def test_k_density_is_the_sum_over_all_pairs(seed, kind):
    xy, cases, weights = scattered(seed, 120)
    if kind == "towns":
        xy = xy / 50 + np.repeat([[6e5, 6.8e6], [6.5e5, 6.83e6]], [100, 20], axis=0)
    if kind == "lattice":
        xy = np.round(xy, -3)
    if kind == "far away":
        xy[np.flatnonzero(cases)[0]] = [4e6, 1e6]
    r = np.linspace(0, 8000, 41)
    for given_weights in (None, weights):
        found = k_density(xy, cases, weights=given_weights, r=r)
        expected = brute_k(xy[cases], np.ones(len(xy))[cases] if given_weights is None else weights[cases], found.attrs["bandwidth"], r)
        np.testing.assert_allclose(found["observed"], expected, atol=1e-6 * max(expected))


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([3, 5, 30, 200]), st.booleans())
def test_the_bandwidth_is_silvermans_of_all_distances(seed, n, one_far):
    xy = scattered(seed, n)[0]
    if one_far:
        xy[0] = [2e6, 0]
    distances = pdist(xy)
    low, high = np.quantile(distances, [0.25, 0.75])
    expected = 0.9 * min(distances.std(ddof=1), (high - low) / 1.34) * len(distances) ** -0.2
    assert k_density(xy, range(n), r=[0]).attrs["bandwidth"] == pytest.approx(expected, rel=1e-6)


def test_the_bandwidth_keeps_its_rule_where_other_packages_begin_to_round():
    xy = np.random.default_rng(0).normal(0, 5000, (1500, 2))  # 1,124,250 distances
    distances = pdist(xy)
    found = k_density(xy, np.ones(1500, dtype=bool), r=[0, 5000])
    assert found.attrs["bandwidth"] == pytest.approx(0.9 * distances.std(ddof=1) * len(distances) ** -0.2, rel=1e-6)
    np.testing.assert_allclose(found["observed"], brute_k(xy, np.ones(1500), found.attrs["bandwidth"], [0, 5000]), rtol=1e-6)


def test_where_the_middle_half_of_the_distances_is_one_distance_the_spread_of_all_is_taken():
    # As R's bw.nrd0, which takes sd where IQR is 0.
    xy = np.repeat([[0, 0], [9000, 0]], [1, 9], axis=0)
    distances = pdist(xy)
    assert np.subtract(*np.quantile(distances, [0.75, 0.25])) == 0
    expected = 0.9 * distances.std(ddof=1) * 45**-0.2
    assert k_density(xy, range(10), r=[0, 9000]).attrs["bandwidth"] == pytest.approx(expected, rel=1e-6)


def test_the_compiled_loops_do_what_python_does():
    xy, cases, weights = scattered(3, 14)
    x, y = np.ascontiguousarray(xy.T)
    for weighted in (False, True):
        loop = (x, y, weighted, weights, 0, 13, point_concentration.BINS / 15_000, 0.0)
        np.testing.assert_array_equal(point_concentration._distances.plain(*loop), point_concentration._distances(*loop))
    seen = []

    def both(*task):
        seen.append((point_concentration._near.plain(*task), point_concentration._near(*task)))
        return seen[-1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(point_concentration, "in_threads", lambda _, tasks: [both(*task) for task in tasks])
        m_function(xy, cases, weights=weights, r=np.sort(pdist(xy))[::9] * (1 - 1e-6))
    for plain, fast in seen:
        np.testing.assert_array_equal(plain, fast)


# -- Properties


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_neither_the_order_of_the_points_nor_moving_or_turning_the_map_changes_anything(seed):
    xy, cases, weights = scattered(seed)
    points = pd.DataFrame(xy, columns=["x", "y"], index=[f"f{i}" for i in range(len(xy))])
    cases, weights = pd.Series(cases, points.index), pd.Series(weights, points.index)
    shuffled = points.sample(frac=1, random_state=seed)
    moved = pd.DataFrame({"x": 6e5 - points["y"], "y": 6.8e6 + points["x"]})
    r = [333.3, 1500, 4000]
    for measure in (k_density, m_function):
        found = measure(points, cases, weights=weights, r=r)
        for other in (shuffled, moved):
            pd.testing.assert_frame_equal(measure(other, cases, weights=weights, r=r), found, rtol=1e-6)
        pd.testing.assert_frame_equal(measure(points, cases[cases].index.tolist(), weights=weights.to_numpy(), r=r), found)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from([0.5, 4.0, 1024.0]))
def test_a_larger_map_is_the_same_at_larger_distances(seed, times):
    xy, cases, weights = scattered(seed)
    r = np.array([500.0, 1500, 4000])
    m, k = (measure(xy, cases, weights=weights, r=r)["observed"].to_numpy() for measure in (m_function, k_density))
    larger = (measure(xy * times, cases, weights=weights * 3, r=r * times)["observed"].to_numpy() for measure in (m_function, k_density))
    for found, expected in zip(larger, (m, k / times), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.booleans())
def test_m_of_all_establishments_is_just_one(seed, weighted):
    xy, _, weights = scattered(seed)
    found = m_function(xy, range(len(xy)), weights=weights if weighted else None, r=[3000, 20000])["observed"]
    assert found.tolist() == [1, 1]


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.booleans())
def test_k_density_integrates_to_one(seed, weighted):
    xy, cases, weights = scattered(seed)
    found = k_density(xy, cases, weights=weights if weighted else None, r=np.linspace(0, 40000, 4001))["observed"]
    assert np.trapezoid(found, found.index) == pytest.approx(1, abs=1e-6)


def test_m_beyond_the_whole_map_is_one_and_around_a_cluster_above_it():
    xy, _, _ = scattered(5, 300)
    found = m_function(xy, xy[:, 0] < 3000, r=[1000, 20000])["observed"]
    assert found.iloc[0] > 2 and found.iloc[1] == pytest.approx(1)


def test_m_of_industries_dealt_at_random_is_one_on_average():
    xy, cases, _ = scattered(6, 300)
    found = envelope(m_function, xy, cases, r=[1000, 3000], simulations=199).table["expected"]
    np.testing.assert_allclose(found, 1, atol=0.02)


def test_a_pair_weighs_what_its_weights_multiply_to():
    points = np.array([[0, 0], [1000, 0], [0, 3000], [5000, 5000]])
    alone = k_density(points, [0, 1], bandwidth=50, r=[1000])["observed"].iloc[0]
    weighted = k_density(points, [0, 1, 2], weights=[6, 2, 1, 9], bandwidth=50, r=[1000])["observed"].iloc[0]
    assert weighted == pytest.approx(alone * 12 / (12 + 6 + 2))


def test_a_point_without_weight_counts_as_none():
    xy, cases, weights = scattered(8)
    weights[::3] = 0
    kept = weights > 0
    for measure, options in ((k_density, {"bandwidth": 800}), (m_function, {})):
        all_points = measure(xy, cases, weights=weights, r=[9000, 20000], **options)["observed"]
        if measure is k_density:
            np.testing.assert_allclose(
                all_points, measure(xy[kept], cases[kept], weights=weights[kept], r=[9000, 20000], **options)["observed"]
            )
        else:
            np.testing.assert_allclose(all_points, brute_m(xy, cases, cases, weights, np.array([9000, 20000])))


# -- Envelopes


@pytest.mark.parametrize("measure", [k_density, m_function])
@pytest.mark.parametrize("null", ["location", "label"])
def test_an_envelope_is_the_measure_of_points_dealt_anew(measure, null):
    xy, cases, weights = scattered(9)
    r = [2000, 4000]
    found = envelope(measure, xy, cases, weights=weights, r=r, null=null, simulations=19, rng=4, band="pointwise", level=0.9)
    orders = np.concatenate([draw() for draw in drawn_permutations(np.zeros(40, dtype=int), 19, 4, block=16)])
    curves = [measure(xy, cases[o], weights=weights[o] if null == "location" else weights, r=r)["observed"] for o in orders]
    np.testing.assert_allclose(found.table["expected"], np.mean(curves, axis=0))
    np.testing.assert_allclose(found.table["low"], np.quantile(curves, 0.05, axis=0))
    np.testing.assert_allclose(found.table["high"], np.quantile(curves, 0.95, axis=0))
    pd.testing.assert_series_equal(found.table["observed"], measure(xy, cases, weights=weights, r=r)["observed"])
    assert (found.null, found.band, found.level, found.simulations) == (null, "pointwise", 0.9, 19)


@pytest.mark.parametrize("measure", [k_density, m_function])
def test_an_envelope_is_the_same_for_any_number_of_threads(measure, monkeypatch):
    xy, cases, weights = scattered(10, 6000, 0.75)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("SLPI_THREADS", threads)
        found.append(envelope(measure, xy, cases, weights=weights, r=[500, 2000], simulations=3, level=0.5, rng=1))
    pd.testing.assert_frame_equal(found[0].table, found[1].table, check_exact=True)
    assert found[0].p == found[1].p


@pytest.mark.parametrize("measure", [k_density, m_function])
def test_a_cluster_leaves_the_global_band_and_a_random_industry_does_not(measure):
    xy, cases, _ = scattered(11, 200, 0.2)
    cluster = envelope(measure, xy, np.hypot(*(xy - 5000).T) < 2500, r=np.arange(500, 3000, 250), simulations=99)
    assert cluster.p == pytest.approx(0.01) and (cluster.table["observed"] > cluster.table["high"]).any()
    chance = envelope(measure, xy, cases, r=np.arange(500, 3000, 250), simulations=99)
    assert chance.p > 0.05 and chance.table["observed"].between(chance.table["low"], chance.table["high"]).all()


def test_the_global_band_holds_its_level_and_is_wider_than_the_pointwise_one():
    xy, _, _ = scattered(12, 60)
    rng = np.random.default_rng(0)
    out = []
    for seed in range(50):
        found = envelope(m_function, xy, rng.permutation(60) < 20, r=[2000, 3000], simulations=19, level=0.9, rng=seed)
        out.append(found.p <= 0.1)
    assert 0 < np.mean(out) < 0.25
    bands = [envelope(m_function, xy, range(20), r=[1500, 2000, 3000], simulations=99, band=b).table for b in ("global", "pointwise")]
    assert (bands[0]["high"] - bands[0]["low"] >= bands[1]["high"] - bands[1]["low"]).all()


def test_neighbours_are_dealt_anew_with_the_cases():
    xy, cases, _ = scattered(13)
    found = envelope(m_function, xy, cases, neighbours=~cases, r=[20000], simulations=19)
    assert found.table.to_numpy() == pytest.approx(1) and found.p == 1


def test_a_table_keeps_its_bandwidth():
    xy, cases, _ = scattered(14)
    found = envelope(k_density, xy, cases, bandwidth=700, r=[0, 1000], simulations=19)
    assert found.table.attrs["bandwidth"] == 700


# -- What is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": gpd.GeoSeries.from_xy([2.3, 2.4, 2.5], [48, 48.1, 48], crs=4326)}, "degrees"),
        ({"points": TOWN.rename(index={"b": "a"})}, "points: label twice: a"),
        ({"cases": ["a"]}, "cases: 1 of 12 points; at least 2"),
        ({"cases": []}, "cases: 0 of 12 points"),
        ({"cases": ["a", "z", "y"]}, "cases: not labels of points, or a point without: z, y"),
        ({"cases": ["a", "b", "a"]}, "cases: label twice: a"),
        ({"cases": [True, False]}, r"cases: shape \(2,\); one value for each of 12 points"),
        ({"cases": (TOWN["x"] < 500).rename({"a": "z"})}, "cases: not labels of points, or a point without: a, z"),
        ({"cases": (TOWN["x"] < 500).iloc[[0, 0, 1]]}, "cases: label twice: a"),
        ({"weights": JOBS.replace(7, -7)}, "weights: .*at least 0: i, weight = -7"),
        ({"weights": JOBS.replace(7, np.nan)}, "weights: .*i, weight = nan"),
        ({"weights": JOBS.replace(7, np.inf)}, "weights: .*i, weight = inf"),
        ({"weights": JOBS.astype(object).replace(7, "many")}, "weights: .*i, weight = nan"),
        ({"weights": JOBS.iloc[:5]}, "weights: not labels of points, or a point without: f, g, h, i, j and 2 more"),
        ({"weights": [1, 2]}, "weights: shape"),
        ({"weights": JOBS * 0}, "weights: fewer than two"),
        ({"weights": (JOBS.index == "a") * 5.0}, "weights: fewer than two"),
        ({"r": []}, "r: "),
        ({"r": [-1, 5]}, "r: -1.0, 5.0; finite"),
        ({"r": [5, 5]}, "r: 5.0, 5.0"),
        ({"r": [9, 5]}, "r: 9.0, 5.0"),
        ({"r": [5, np.inf]}, "r: 5.0, inf"),
        ({"r": [5, np.nan]}, "r: 5.0, nan"),
        ({"r": 5}, "r: 5.0; finite"),
    ],
)
@pytest.mark.parametrize("measure", [k_density, m_function])
def test_what_makes_no_sense_is_refused_by_name(measure, change, message):
    with pytest.raises(ValueError, match=message):
        measure(**{"points": TOWN, "cases": CUTLERS, "weights": JOBS, "r": [100, 500], **change})


@pytest.mark.parametrize("bandwidth", [0, -5, np.nan, np.inf, "SJ"])
def test_a_bandwidth_that_is_none_is_refused(bandwidth):
    with pytest.raises(ValueError, match=r"bandwidth: .*'nrd0' or a positive number of metres"):
        k_density(TOWN, CUTLERS, bandwidth=bandwidth)


def test_a_lattice_that_was_turned_has_the_bandwidth_of_the_lattice():
    # Equal distances then differ in their last bits, and IQR is next to 0 but not 0.
    xy = np.repeat([[0, 0], [9000, 0]], [1, 9], axis=0) + np.random.default_rng(0).uniform(-1e-9, 1e-9, (10, 2))
    expected = k_density(np.round(xy), range(10), r=[0, 9000])
    assert k_density(xy, range(10), r=[0, 9000]).attrs["bandwidth"] == pytest.approx(expected.attrs["bandwidth"], rel=1e-6)


def test_distances_that_leave_no_bandwidth_are_refused():
    same = np.full((5, 2), 1000.0)
    with pytest.raises(ValueError, match="stand in one place"):
        k_density(same, [0, 1, 2], r=[0, 10])
    with pytest.raises(ValueError, match="stand in one place"):
        k_density(same, [0, 1, 2], bandwidth=5)
    with pytest.raises(ValueError, match=r"bandwidth: the distances between the cases are all equal.*give one in metres"):
        k_density(TOWN, ["a", "e"], r=[0, 10])
    with pytest.raises(ValueError, match=r"bandwidth: 0\.001 m is too narrow for r up to 1000 m"):
        k_density(TOWN, ["a", "e"], bandwidth=0.001, r=[0, 1000])
    with pytest.raises(ValueError, match="r: half of the pairs of points stand in one place"):
        k_density(np.vstack([same, [[0, 0]]]), [0, 5], bandwidth=5)


def test_neighbours_that_are_none_are_refused():
    with pytest.raises(ValueError, match="neighbours: 0 of 12 points; at least 1"):
        m_function(TOWN, CUTLERS, neighbours=[], r=[100])
    with pytest.raises(ValueError, match="none of the neighbours, have a positive weight"):
        m_function(TOWN, CUTLERS, neighbours=["c"], weights=JOBS.where(JOBS.index != "c", 0), r=[100])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": np.mean}, "measure .*: one of k_density, m_function"),
        ({"null": "csr"}, "null 'csr'.*location, label"),
        ({"band": "both"}, "band 'both'.*global, pointwise"),
        ({"simulations": 18}, "simulations: 18 are too few for level 0.95"),
        ({"level": 1}, "level 1 "),
        ({"level": 0}, "level 0 "),
        ({"cases": TOWN["x"] >= 0}, "all points are cases"),
        ({"r": [0, 1]}, "at no distance is the measure defined"),
    ],
)
def test_an_envelope_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        envelope(**{"measure": m_function, "points": TOWN, "cases": CUTLERS, "r": [500], "simulations": 19, **change})


def test_an_envelope_says_nothing_where_a_simulation_has_no_neighbours():
    found = envelope(m_function, TOWN, CUTLERS, r=[1, 600], simulations=19).table
    assert found.loc[1].isna().all() and found.loc[600].notna().all()
