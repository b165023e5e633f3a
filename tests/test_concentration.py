"""Location quotients, specialisation and the indices of geographic concentration."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.concentration import (
    coagglomeration,
    count_concentration,
    ellison_glaeser,
    location_quotient,
    location_quotient_test,
    maurel_sedillot,
    specialisation,
)

AREAS, INDUSTRIES = ["Thiers", "Lyon", "Roanne", "Riom"], ["cutlery", "bakery", "moulds"]
TABLE = pd.DataFrame([[30, 10, 5], [4, 60, 40], [2, 25, 80], [0, 12, 33]], AREAS, INDUSTRIES)
#: Counts of which every area and every industry holds some.
TABLES = st.lists(st.integers(1, 40), min_size=12, max_size=12).map(lambda v: pd.DataFrame(np.reshape(v, (4, 3)), AREAS, INDUSTRIES))
#: Farhauer & Kröll (2014), Standorttheorien: ten plants in three cities, and the cities' jobs.
PLANTS = pd.DataFrame({"area": ["Wien"] * 5 + ["Linz"] * 4 + ["Graz"], "size": [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000]})
JOBS = pd.Series({"Wien": 500_000, "Linz": 400_000, "Graz": 100_000}, name="jobs")
INDICES = [ellison_glaeser, maurel_sedillot]
#: One industry's establishments by area and size, in areas of unequal activity.
SITES = st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1.0, 2.0, 7.5])), min_size=2, max_size=6)
ACTIVITY = pd.Series({"a": 5.0, "b": 3.0, "c": 2.0, "d": 1.0}, name="activity")


def sites(drawn: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(drawn, columns=["area", "size"])


def placed_at_random(sizes: list[float], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares of areas under every placement of the establishments, and the placement's probability."""
    where = np.array(list(product(range(len(x)), repeat=len(sizes))))
    shares = (np.eye(len(x))[where] * (np.array(sizes) / sum(sizes))[:, None]).sum(axis=1)
    return shares, x[where].prod(axis=1)


def many_industries(rng: np.random.Generator, industries: int, x: pd.Series) -> pd.DataFrame:
    """Establishments of industries that all chose their areas at random."""
    n = industries * 12
    return pd.DataFrame(
        {"industry": np.arange(n) % industries, "area": rng.choice(x.index, n, p=x / x.sum()), "size": rng.lognormal(2, 1, n)}
    )


def test_location_quotient_is_the_published_one_of_goettingen():
    # Farhauer & Kröll (2013), as in R package REAT, locq(1714, 79006, 879213, 15593224) = 0.3847623.
    rest = 15_593_224 - 79_006 - 879_213 + 1714
    counts = pd.DataFrame({"industry": [1714, 879_213 - 1714], "others": [79_006 - 1714, rest]}, index=["Göttingen", "elsewhere"])
    assert location_quotient(counts).loc["Göttingen", "industry"] == pytest.approx(0.3847623, abs=5e-8)


@settings(max_examples=25, deadline=None)
@given(TABLES, st.permutations(AREAS), st.permutations(INDUSTRIES))
def test_location_quotients_keep_when_all_is_doubled_reordered_or_an_area_is_split_in_two_alike(counts, areas, industries):
    found = location_quotient(counts)
    pd.testing.assert_frame_equal(location_quotient(2 * counts), found)
    pd.testing.assert_frame_equal(location_quotient(counts.loc[areas, industries]).loc[AREAS, INDUSTRIES], found)
    split = location_quotient(pd.concat([2 * counts, counts.loc[["Thiers"]].rename({"Thiers": "Ambert"})]).drop("Thiers"))
    twice = location_quotient(pd.concat([2 * counts.drop("Thiers"), counts.loc[["Thiers"]]]))
    pd.testing.assert_series_equal(split.loc["Ambert"], twice.loc["Thiers"], check_names=False)
    np.testing.assert_allclose((found.T * counts.sum(axis=1)).sum(axis=1) / counts.to_numpy().sum(), 1)  # the areas' mean


def test_location_quotient_of_a_uniform_table_is_one():
    np.testing.assert_allclose(location_quotient(pd.DataFrame(np.outer([1, 2, 5], [3, 4]))), 1)


def test_an_empty_area_or_industry_has_no_location_quotient_and_moves_no_other():
    wider = TABLE.assign(mining=0)
    wider.loc["Ambert"] = 0
    found = location_quotient(wider)
    assert found["mining"].isna().all() and found.loc["Ambert"].isna().all()
    pd.testing.assert_frame_equal(found.loc[AREAS, INDUSTRIES], location_quotient(TABLE))
    tested = location_quotient_test(wider).set_index(["area", "industry"])
    assert (tested["count"] == wider.stack()).all()
    empty = (tested.index.get_level_values(0) == "Ambert") | (tested.index.get_level_values(1) == "mining")
    assert (tested["expected"] == 0).tolist() == empty.tolist()
    told = tested.drop(columns=["count", "expected"])
    assert told[empty].isna().all(axis=None) and told[~empty].notna().all(axis=None)
    pd.testing.assert_frame_equal(tested[~empty], location_quotient_test(TABLE).set_index(["area", "industry"]))


@pytest.mark.parametrize("measure", [location_quotient, location_quotient_test, specialisation])
def test_faulty_counts_are_refused_by_cell(measure):
    def changed(row: str, column: str, value: object) -> pd.DataFrame:
        table = TABLE.astype(object)
        table.loc[row, column] = value
        return table

    with pytest.raises(ValueError, match=r"counts: .* at least 0: Lyon, bakery = -1"):
        measure(changed("Lyon", "bakery", -1))
    with pytest.raises(ValueError, match="Lyon, bakery = nan"):
        measure(changed("Lyon", "bakery", np.nan))
    with pytest.raises(ValueError, match="Lyon, bakery = inf"):
        measure(changed("Lyon", "bakery", np.inf))
    with pytest.raises(ValueError, match="counts: not a number: Lyon, bakery = '12'"):
        measure(changed("Lyon", "bakery", "12"))
    with pytest.raises(ValueError, match="counts: row twice: Thiers"):
        measure(pd.concat([TABLE, TABLE.loc[["Thiers"]]]))
    with pytest.raises(ValueError, match="counts: column twice: bakery"):
        measure(TABLE.rename(columns={"moulds": "bakery"}))
    with pytest.raises(ValueError, match="at least one row"):
        measure(TABLE.iloc[:0])
    with pytest.raises(ValueError, match="a DataFrame"):
        measure(TABLE.to_numpy())
    for one in (TABLE[["bakery"]], TABLE.loc[["Lyon"]], 0 * TABLE):
        with pytest.raises(ValueError, match="at least two areas and two industries"):
            measure(one)


def test_shrunken_quotients_agree_with_r():
    # R 4: optimize() over sum(dnbinom(k, size, mu, log = TRUE)) gives size 1.0573972141, as MASS::theta.ml; then qgamma and pgamma;
    # fisher.test(alternative = "greater") of each cell against the rest, p.adjust(method = "BH").
    tested = location_quotient_test(TABLE)
    assert tested.attrs["prior"] == pytest.approx((1.0573972141,) * 2, rel=1e-4)
    cutlery = tested.set_index(["area", "industry"]).loc[("Thiers", "cutlery")]
    assert cutlery["expected"] == pytest.approx(5.382059801)
    assert cutlery[["shrunken", "low", "high", "p_above"]].tolist() == pytest.approx(
        [4.8229838545, 3.2782688824, 6.6611815967, 0.9999875999], rel=1e-5
    )
    fisher = [2.502073919e-24, 9.879733449e-01, 1, 9.998564654e-01, 7.159556759e-09, 9.998802889e-01]
    fisher += [9.999990535e-01, 9.997339626e-01, 5.398959327e-09, 1, 9.379310502e-01, 1.755731295e-03]
    np.testing.assert_allclose(tested["p"], fisher, rtol=1e-6)
    corrected = [3.002488703e-23, 1, 1, 1, 2.863822704e-08, 1, 1, 1, 2.863822704e-08, 1, 1, 5.267193886e-03]
    np.testing.assert_allclose(tested["p_bh"], corrected, rtol=1e-6)


def test_a_prior_level_and_threshold_of_ones_own_are_used():
    # R 4: (1.5 + 30) / (2.5 + 5.382), qgamma(c(.05, .95), ...), pgamma(3, ..., lower = FALSE).
    tested = location_quotient_test(TABLE, prior=(1.5, 2.5), level=0.9, threshold=3)
    assert tested.attrs["prior"] == (1.5, 2.5)
    assert tested.loc[0, ["shrunken", "low", "high", "p_above"]].tolist() == pytest.approx(
        [3.9964172813, 2.9016131569, 5.2352258565, 0.9299496395]
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), min_size=6, max_size=9))
def test_p_is_the_share_of_arrangements_with_as_many_establishments(drawn):
    counts = pd.crosstab(*map(np.array, zip(*(*drawn, ("a", "x"), ("b", "y"), ("a", "y")), strict=True)))
    everyone = [industry == "x" for industry in ["x"] * counts["x"].sum() + ["y"] * counts["y"].sum()]
    draws = [sum(chosen) for chosen in combinations(everyone, int(counts.loc["a"].sum()))]
    expected = np.mean([draw >= counts.loc["a", "x"] for draw in draws])
    assert location_quotient_test(counts, prior=(1, 1))["p"][0] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(TABLES, st.sampled_from([0.3, 2.0, 30.0]))
def test_shrinkage_pulls_towards_one_and_less_the_more_establishments_there_are(counts, shape):
    few, many = (location_quotient_test(factor * counts, prior=(shape, shape)) for factor in (1, 100))
    assert (abs(few["shrunken"] - 1) <= abs(few["lq"] - 1) + 1e-12).all()
    assert (abs(many["shrunken"] - 1) >= abs(few["shrunken"] - 1) - 1e-12).all()
    assert ((many["high"] - many["low"]) < (few["high"] - few["low"])).all()
    assert ((few["low"] < few["shrunken"]) & (few["shrunken"] < few["high"])).all()
    np.testing.assert_allclose(few["lq"], location_quotient(counts).to_numpy().ravel())


def test_the_prior_is_found_again_in_a_simulated_table():
    rng = np.random.default_rng(4)
    expected = np.outer(rng.uniform(1, 5, 60), rng.uniform(0.1, 3, 100))
    counts = pd.DataFrame(rng.poisson(expected * rng.gamma(0.8, 1 / 0.8, expected.shape)))
    shape, rate = location_quotient_test(counts).attrs["prior"]
    # Standard error 0.02; areas hold part of what they are compared with, which makes it 0.025 too high.
    assert shape == rate == pytest.approx(0.8, rel=0.1)


def test_where_nothing_but_chance_tells_areas_apart_every_quotient_shrinks_to_one():
    tested = location_quotient_test(pd.DataFrame(np.outer([20, 40, 60], [1, 2, 3]), list("abc"), list("xyz")))
    np.testing.assert_allclose(tested["shrunken"], 1, atol=1e-3)
    assert (tested["p_above"] < 1e-9).all()


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"level": 1.0}, "level = 1.0 must lie between 0 and 1"),
        ({"threshold": 0.0}, "threshold = 0.0 be positive"),
        ({"prior": "flat"}, "prior: 'flat' is neither"),
        ({"prior": (1.0,)}, "prior: .* positive"),
        ({"prior": (1.0, -1.0)}, "prior: .* positive"),
    ],
)
def test_settings_of_the_test_out_of_range_are_refused(settings_, message):
    with pytest.raises(ValueError, match=message):
        location_quotient_test(TABLE, **settings_)


def test_a_test_on_shares_is_refused():
    with pytest.raises(ValueError, match=r"no whole numbers: Thiers, cutlery = 7.5, .* and 1 more; establishments are needed"):
        location_quotient_test(TABLE / 4)


def test_krugmans_index_is_the_published_one_of_two_regions_and_of_sweden():
    # Farhauer & Kröll (2013), as in R package REAT: krugman.spec 2; krugman.spec2 0.1595, where the other countries count alike.
    apart = pd.DataFrame([[20, 10, 70, 0, 0], [0, 0, 0, 60, 40]], index=["j", "l"])
    assert specialisation(apart).areas["krugman"].tolist() == pytest.approx([2, 2])
    jobs = {"Sweden": [45000, 15000, 32000, 10000, 30000], "Norway": [35000, 12000, 30000, 8000, 22000]}
    jobs |= {"Denmark": [40000, 10000, 25000, 9000, 18000], "Finland": [30000, 11000, 18000, 3000, 13000]}
    table = pd.DataFrame(jobs | {"Iceland": [40000, 6000, 11000, 2000, 12000]}).T
    alike = table.div(table.sum(axis=1), axis=0)
    assert specialisation(alike).areas.loc["Sweden", "krugman"] == pytest.approx(0.1595, abs=5e-5)


def test_locational_gini_is_twice_the_surface_that_r_gives():
    # R package EconGeo, locational.Gini: the surface between diagonal and Lorenz curve (Krugman 1991, chapter 2); here doubled.
    found = specialisation(TABLE)
    assert found.industries["gini"].tolist() == pytest.approx([0.7290513104, 0.2246716552, 0.2385718491])
    assert found.areas["gini"].tolist() == pytest.approx([0.6242155777, 0.2472527473, 0.2440463253, 0.2403100775])


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_specialisation_agrees_with_sums_over_pairs_of_quotients(counts):
    found, quotient, n = specialisation(counts).areas, location_quotient(counts), counts.to_numpy().sum()
    for area in AREAS:
        pairs = [(counts[i].sum() * counts[j].sum() / n**2, quotient.loc[area, i], quotient.loc[area, j]) for i in counts for j in counts]
        assert found.loc[area, "gini"] == pytest.approx(sum(w * abs(a - b) for w, a, b in pairs) / 2, abs=1e-12)
        against_whole = sum(counts[i].sum() / n * abs(quotient.loc[area, i] - 1) for i in counts)
        assert found.loc[area, "krugman"] * (1 - counts.loc[area].sum() / n) == pytest.approx(against_whole, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(TABLES, st.permutations(AREAS), st.permutations(INDUSTRIES))
def test_specialisation_keeps_when_reordered_transposed_scaled_or_an_industry_is_split_in_two_alike(counts, areas, industries):
    found = specialisation(counts)
    moved = specialisation(7 * counts.loc[areas, industries].T)
    pd.testing.assert_frame_equal(moved.industries.loc[AREAS], found.areas)
    pd.testing.assert_frame_equal(moved.areas.loc[INDUSTRIES], found.industries)
    split = specialisation(counts.assign(cutlery=counts["cutlery"] / 2, knives=counts["cutlery"] / 2)).areas
    columns = ["share", "krugman", "gini"]
    pd.testing.assert_frame_equal(split[columns], found.areas[columns])


def test_specialisation_runs_from_none_to_all_ones_own():
    none = specialisation(pd.DataFrame(np.outer([1, 2, 5], [3, 3]))).areas
    np.testing.assert_allclose(none[["krugman", "gini"]], 0, atol=1e-12)
    np.testing.assert_allclose(none["herfindahl"], 0.5)
    all_own = specialisation(pd.DataFrame(np.diag([1, 2, 5]))).areas
    np.testing.assert_allclose(all_own["krugman"], 2)
    np.testing.assert_allclose(all_own["gini"], [7 / 8, 6 / 8, 3 / 8])
    np.testing.assert_allclose(all_own["herfindahl"], 1)


def test_an_empty_area_is_not_specialised_in_anything_and_changes_no_other():
    wider = TABLE.assign(mining=0)
    wider.loc["Ambert"] = 0
    found = specialisation(wider)
    assert found.areas.loc["Ambert", "share"] == 0 and found.areas.loc["Ambert"].isna().tolist() == [False, True, True, True]
    pd.testing.assert_frame_equal(found.areas.drop("Ambert"), specialisation(TABLE).areas)
    pd.testing.assert_frame_equal(found.industries.drop("mining"), specialisation(TABLE).industries)


def test_ellison_glaeser_index_is_the_published_one():
    # Farhauer & Kröll (2014), as in R package REAT, ellison.a = 0.05990628.
    found = ellison_glaeser(PLANTS, baseline=JOBS)
    assert (found.G, found.H, found.gamma) == pytest.approx((0.1681633, 0.2446888, 0.0599063), abs=5e-8)
    assert (found.n_plants, found.n_areas, found.baseline) == (10, 3, "given: jobs, 3 areas")


@pytest.mark.parametrize("index", INDICES)
def test_raw_concentration_mean_and_spread_are_those_of_all_placements(index):
    x = (JOBS / JOBS.sum()).to_numpy()
    shares, chance = placed_at_random(PLANTS["size"].tolist(), x)
    raw = ((shares - x) ** 2).sum(axis=1) if index is ellison_glaeser else (shares**2).sum(axis=1) - (x**2).sum()
    mean = (raw * chance).sum()
    sd = np.sqrt(((raw - mean) ** 2 * chance).sum())
    found = index(PLANTS, baseline=JOBS)
    assert found.z == pytest.approx((found.G - mean) / sd)


@pytest.mark.parametrize("index", INDICES)
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.sampled_from([1.0, 3.0, 8.0]), min_size=2, max_size=4))
def test_over_all_placements_gamma_is_zero_in_the_mean(index, sizes):
    areas, x = list("abc"), np.array([0.6, 0.3, 0.1])
    _, chance = placed_at_random(sizes, x)
    every = [sites(list(zip(where, sizes, strict=True))).assign(industry=i) for i, where in enumerate(product(areas, repeat=len(sizes)))]
    found = index(pd.concat(every, ignore_index=True), baseline=pd.Series(x, areas))
    assert (found["gamma"] * chance).sum() == pytest.approx(0, abs=1e-12)
    assert (found["z"] ** 2 * chance).sum() == pytest.approx(1)


@pytest.mark.parametrize("index", INDICES)
def test_randomly_placed_industries_show_no_concentration(index):
    x = pd.Series(np.arange(1.0, 31), [f"zone {i}" for i in range(30)])
    found = index(many_industries(np.random.default_rng(1), 1500, x), baseline=x)
    for value, true in ((found["gamma"], 0.0), (found["z"], 0.0), (found["z"] ** 2, 1.0)):
        assert abs(value.mean() - true) < 4 * value.std() / np.sqrt(len(value))


def test_all_establishments_in_one_of_many_areas_make_gamma_one():
    together = pd.DataFrame({"area": ["z7"] * 5, "size": [1, 2, 3, 4, 5]})
    x = pd.Series(1.0, [f"z{i}" for i in range(2000)])
    assert maurel_sedillot(together, baseline=x.iloc[:10]).gamma == pytest.approx(1)
    assert ellison_glaeser(together, baseline=x).gamma == pytest.approx(1, abs=0.001)


def test_establishments_spread_like_the_baseline_have_less_than_chance():
    spread = pd.DataFrame({"area": list("abcd"), "size": [1, 1, 1, 1]})
    for index in INDICES:
        found = index(spread, baseline=pd.Series(1, list("abcd")))
        assert found.G == pytest.approx(0) and found.gamma == pytest.approx(-1 / 3)  # -H / (1 - H) with H = 1/4


def test_the_baseline_can_turn_the_sign_and_is_told():
    plants = pd.DataFrame({"area": ["Lyon"] * 4 + ["Thiers"], "size": [1, 1, 1, 1, 1]})
    people = pd.Series({"Lyon": 80, "Thiers": 10, "Riom": 10}, name="population")
    by_people, by_equal, by_default = (ellison_glaeser(plants, baseline=x) for x in (people, 0 * people + 1, None))
    assert by_people.gamma < 0 < by_equal.gamma
    assert by_people.baseline == "given: population, 3 areas"
    assert by_equal.baseline == "given: population, 3 areas"
    assert by_default.baseline == "equal shares of areas with establishments, 2 areas"
    equal = ellison_glaeser(plants, baseline=pd.Series(1, ["Lyon", "Thiers"]))
    assert (by_default.gamma, by_default.z) == (equal.gamma, equal.z)


def test_of_several_industries_all_together_are_the_default_baseline():
    two = pd.concat([PLANTS.assign(industry="steel"), PLANTS.iloc[3:8].assign(industry="glass")], ignore_index=True)
    found = ellison_glaeser(two)
    assert found["baseline"].unique().tolist() == ["size of all 2 industries given, 3 areas"]
    own = ellison_glaeser(two, baseline=two.groupby("area")["size"].sum())
    pd.testing.assert_frame_equal(found.drop(columns="baseline"), own.drop(columns="baseline"))
    assert own["baseline"].iloc[0] == "given: size, 3 areas"


@pytest.mark.parametrize("index", INDICES)
@settings(max_examples=20, deadline=None)
@given(drawn=SITES, shuffle=st.randoms(use_true_random=False))
def test_labels_order_and_units_of_size_change_no_index(index, drawn, shuffle):
    plants = sites(drawn)
    found = index(plants, baseline=ACTIVITY)
    order = shuffle.sample(range(len(plants)), len(plants))
    moved = plants.iloc[order].assign(area=lambda f: f["area"].str.upper(), size=lambda f: 12 * f["size"])
    again = index(moved, baseline=3 * ACTIVITY.rename(str.upper).iloc[::-1])
    assert [*vars(again).values()][:-1] == pytest.approx([*vars(found).values()][:-1])


@pytest.mark.parametrize("index", INDICES)
def test_an_industry_has_the_same_index_alone_and_among_others(index):
    among = pd.concat(
        [PLANTS.assign(industry="steel"), PLANTS.iloc[3:8].assign(industry="glass"), PLANTS.iloc[:1].assign(industry="felt")],
        ignore_index=True,
    )
    found = index(among, baseline=JOBS)
    assert list(found.index) == ["steel", "glass", "felt"] and found.index.name == "industry"
    for industry, plants in (("steel", PLANTS), ("glass", PLANTS.iloc[3:8])):
        assert found.loc[industry].to_dict() == pytest.approx(vars(index(plants, baseline=JOBS)))
    assert found.loc["felt", ["gamma", "z"]].isna().all()  # one establishment
    assert found.loc["felt", ["H", "n_plants", "n_areas"]].tolist() == [1, 1, 1]
    categories = index(among.astype({"area": "category", "industry": "category"}), baseline=JOBS)
    assert categories["gamma"].tolist() == pytest.approx(found["gamma"].tolist(), nan_ok=True)


@pytest.mark.parametrize("index", [*INDICES, coagglomeration])
def test_faulty_establishments_and_baselines_are_refused_by_name(index):
    plants = PLANTS.set_axis([f"f{i}" for i in range(10)]).assign(industry=["steel", "glass"] * 5)

    def refused(match: str, baseline: pd.Series = JOBS, **columns: object) -> None:
        with pytest.raises(ValueError, match=match):
            index(plants.assign(**columns), baseline=baseline)

    sizes = plants["size"].astype(object)
    refused(r"plants: not a number: f2, size = '12', f4, size = None", size=sizes.mask(sizes.index == "f2", "12").mask(sizes == 50, None))
    refused(r"plants: .*f0, size = -200", size=sizes.replace(200, -200))
    refused(r"plants: .*f1, size = inf", size=sizes.replace(650, np.inf))
    refused(r"plants: .*f1, size = nan", size=sizes.replace(650, np.nan).astype(float))
    refused(r"plants: size 0: f0, f1; leave", size=sizes.replace({200: 0, 650: 0}))
    refused(r"area of plants: no class for f9", area=plants["area"].where(plants["area"] != "Graz"))
    refused(r"industry of plants: no class for f3", industry=plants["industry"].mask(plants.index == "f3"))
    refused(r"no activity, yet establishments, in Wien, Graz", baseline=JOBS.drop("Wien").replace(100_000, 0))
    refused(r"baseline: .*Linz, activity = nan", baseline=JOBS.replace(400_000, np.nan))
    refused(r"baseline: .*Linz, activity = -1", baseline=JOBS.replace(400_000, -1))
    refused(r"baseline: row twice: Wien", baseline=pd.concat([JOBS, JOBS.iloc[:1]]))
    refused(r"all activity lies in one area", baseline=pd.Series({"Wien": 1, "Linz": 0}), area="Wien")
    for faulty, match in (
        (plants.drop(columns=["area", "size"]), "plants: no column area and size"),
        (plants.iloc[:0], "plants: .* at least one row"),
        (pd.concat([plants, plants.loc[["f3"]]]), "plants: row twice: f3"),
    ):
        with pytest.raises(ValueError, match=match):
            index(faulty, baseline=JOBS)


def test_one_establishment_or_one_industry_is_too_few():
    for index in INDICES:
        with pytest.raises(ValueError, match="one establishment counts; at least two"):
            index(PLANTS.iloc[:1], baseline=JOBS)
    for one in (PLANTS, PLANTS.assign(industry="steel")):
        with pytest.raises(ValueError, match="one industry"):
            coagglomeration(one, baseline=JOBS)


#: Establishments of three industries.
GROUPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1.0, 2.0, 7.5]), st.sampled_from(["steel", "glass", "felt"])),
    min_size=3,
    max_size=9,
).map(lambda rows: pd.DataFrame([*rows, *[("d", 2.0, i) for i in ("steel", "glass", "felt")]], columns=["area", "size", "industry"]))


@settings(max_examples=25, deadline=None)
@given(GROUPS)
def test_index_of_a_group_is_the_weighted_mean_of_its_pairs(plants):
    # Ellison & Glaeser (1997), equation for a group of industries, from each industry's own gamma; its identity with the pairs of
    # Ellison, Glaeser & Kerr (2010) is derived in the docstring of coagglomeration. A lone plant adds G/(1 - x2) - H as its gamma (1 - H).
    x2 = ((ACTIVITY / ACTIVITY.sum()) ** 2).sum()
    each = ellison_glaeser(plants, baseline=ACTIVITY)
    together = ellison_glaeser(plants.drop(columns="industry"), baseline=ACTIVITY)
    w = (plants.groupby("industry")["size"].sum() / plants["size"].sum()).loc[each.index]
    gamma_times = (each["gamma"] * (1 - each["H"])).fillna(each["G"] / (1 - x2) - each["H"])
    group = (together.G / (1 - x2) - (w**2 * each["H"]).sum() - (w**2 * gamma_times).sum()) / (1 - (w**2).sum())
    found = coagglomeration(plants, baseline=ACTIVITY)
    assert found.gamma == pytest.approx(group, abs=1e-10)
    assert found.baseline == "given: activity, 4 areas"


@settings(max_examples=25, deadline=None)
@given(GROUPS)
def test_pairs_agree_with_a_loop_over_areas(plants):
    x = ACTIVITY / ACTIVITY.sum()
    shares = {
        i: own.groupby("area")["size"].sum().reindex(x.index, fill_value=0) / own["size"].sum() for i, own in plants.groupby("industry")
    }
    found = coagglomeration(plants, baseline=ACTIVITY)
    for i, j in product(found.pairs.index, found.pairs.columns):
        by_hand = sum((shares[i][m] - x[m]) * (shares[j][m] - x[m]) for m in x.index) / (1 - sum(v * v for v in x))
        assert found.pairs.loc[i, j] == pytest.approx(np.nan if i == j else by_hand, nan_ok=True, abs=1e-12)
    np.testing.assert_array_equal(found.pairs, found.pairs.T)
    assert (found.z.isna() == found.pairs.isna()).all(axis=None)


def test_z_of_a_pair_counts_in_spreads_over_all_placements_of_both():
    sizes, x = {"steel": [5.0, 2.0, 2.0], "glass": [4.0, 1.0]}, np.array([0.6, 0.3, 0.1])
    (steel, p_steel), (glass, p_glass) = (placed_at_random(own, x) for own in sizes.values())
    covariation, chance = (steel - x) @ (glass - x).T, np.outer(p_steel, p_glass)
    assert (covariation * chance).sum() == pytest.approx(0, abs=1e-12)
    plants = pd.DataFrame(
        [(a, s, i) for i, own in sizes.items() for a, s in zip("aab", own, strict=False)], columns=["area", "size", "industry"]
    )
    found = coagglomeration(plants, baseline=pd.Series(x, list("abc")))
    observed = found.pairs.loc["steel", "glass"] * (1 - (x**2).sum())
    assert found.z.loc["steel", "glass"] == pytest.approx(observed / np.sqrt((covariation**2 * chance).sum()))


def test_industries_in_the_same_small_area_are_drawn_together_and_those_apart_are_not():
    plants = pd.DataFrame(
        {"area": ["d", "d", "d", "d", "a", "a"], "size": 1, "industry": ["steel", "steel", "glass", "glass", "felt", "felt"]}
    )
    found = coagglomeration(plants, baseline=ACTIVITY)
    assert found.pairs.loc["steel", "glass"] > 0.9 and found.z.loc["steel", "glass"] > 1.5
    assert found.pairs.loc["steel", "felt"] < 0
    assert coagglomeration(plants).baseline == "size of all 3 industries given, 2 areas"


# Counts without sizes.

SHOPS = pd.DataFrame(
    {"cutlery": [40, 5, 3, 2], "bakery": [33, 31, 70, 66], "moulds": [1, 1, 0, 0], "odd": [19, 21, 40, 40]},
    index=["Thiers", "Lyon", "Lille", "Brest"],
)
PEOPLE, EVEN = pd.Series([30, 30, 70, 70], SHOPS.index), pd.Series(1, SHOPS.index)


def test_counts_give_the_gammas_of_plants_of_one_size():
    found = count_concentration(SHOPS, {"people": PEOPLE, "even": EVEN}, draws=99).set_index(["baseline", "industry"])
    long = SHOPS.rename_axis(index="area", columns="industry").stack()
    plants = long.index.repeat(long).to_frame(index=False).assign(size=1)
    for name, x in {"people": PEOPLE, "even": EVEN}.items():
        for column, measure in {"gamma": ellison_glaeser, "gamma_ms": maurel_sedillot}.items():
            expected = measure(plants, baseline=x)["gamma"]
            pd.testing.assert_series_equal(found.loc[name][column], expected[found.loc[name].index], check_names=False)


def test_gamma_of_pairs_is_the_share_of_pairs_in_one_area_and_keeps_its_ranks_under_every_baseline():
    found = count_concentration(SHOPS, {"people": PEOPLE, "even": EVEN}, draws=19).set_index(["baseline", "industry"])
    n = SHOPS["cutlery"].sum()
    pairs = (SHOPS["cutlery"] * (SHOPS["cutlery"] - 1)).sum() / (n * (n - 1))
    assert found.loc[("even", "cutlery"), "gamma_ms"] == pytest.approx((pairs - 0.25) / 0.75)
    ranks = [found.loc[name, "gamma_ms"].rank().tolist() for name in ("people", "even")]
    assert ranks[0] == ranks[1]


def test_verdicts_follow_the_baseline_and_few_establishments_are_left_out():
    found = count_concentration(SHOPS, {"people": PEOPLE, "even": EVEN}, draws=999).set_index(["baseline", "industry"])
    assert "moulds" not in found.index.get_level_values("industry")
    assert found.loc[("people", "cutlery"), "verdict"] == found.loc[("even", "cutlery"), "verdict"] == "concentrated"
    assert found.loc[("people", "bakery"), "verdict"] == "like the baseline" and found.loc[("even", "bakery"), "verdict"] == "concentrated"
    assert (found["low"] < found["gamma"]).all() and (found["gamma"] < found["high"]).all()
    assert found.loc["people", "rank"].to_dict() == {"cutlery": 1, "bakery": 2, "odd": 3}


def test_an_industry_that_copies_the_baseline_too_well_is_spread():
    many = pd.DataFrame({"copy": [30, 30, 70, 70], "other": [60, 0, 0, 1]}, SHOPS.index)
    found = count_concentration(many, {"people": PEOPLE}, draws=1999).set_index("industry")
    assert found.loc["copy", "gamma"] < 0 and found.loc["copy", "verdict"] == "spread"


def test_random_location_against_counts_rejects_as_often_as_it_says():
    counts = pd.DataFrame(np.random.default_rng(3).multinomial(50, PEOPLE / PEOPLE.sum(), 200).T, SHOPS.index)
    found = count_concentration(counts, {"people": PEOPLE}, draws=499)
    assert 0.01 <= (found["p"] <= 0.05).mean() <= 0.09 and found["gamma"].mean() == pytest.approx(0, abs=0.004)


def test_counts_that_cannot_be_judged_are_refused():
    with pytest.raises(ValueError, match=r"no whole numbers: Thiers, cutlery = 0\.5"):
        count_concentration(SHOPS.astype(float).replace(40, 0.5), {"people": PEOPLE})
    with pytest.raises(ValueError, match="no industry has 500 establishments"):
        count_concentration(SHOPS, {"people": PEOPLE}, fewest=500)
    with pytest.raises(ValueError, match="baseline: no activity, yet establishments, in Brest"):
        count_concentration(SHOPS, {"people": PEOPLE.drop("Brest")})
    with pytest.raises(ValueError, match="level = 2"):
        count_concentration(SHOPS, {"people": PEOPLE}, level=2)
