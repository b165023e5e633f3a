"""Proximities, one kind at a time, and whether they can be told apart."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi.distance import gower
from slpi.proximity import (
    SECTION_OF,
    belonging,
    cognitive,
    collinearity,
    decay,
    geographic,
    institutional,
    kinds,
    ownership,
    similarity,
)

#: Which of 14 social events each of 18 women attended; Davis, Gardner & Gardner (1941), Deep South, p. 148.
DAVIS = {
    "Evelyn": "1 2 3 4 5 6 8 9",
    "Laura": "1 2 3 5 6 7 8",
    "Theresa": "2 3 4 5 6 7 8 9",
    "Brenda": "1 3 4 5 6 7 8",
    "Charlotte": "3 4 5 7",
    "Frances": "3 5 6 8",
    "Eleanor": "5 6 7 8",
    "Pearl": "6 8 9",
    "Ruth": "5 7 8 9",
    "Verne": "7 8 9 12",
    "Myra": "8 9 10 12",
    "Katherine": "8 9 10 12 13 14",
    "Sylvia": "7 8 9 10 12 13 14",
    "Nora": "6 7 9 10 11 12 13 14",
    "Helen": "7 8 10 11 12",
    "Dorothy": "8 9",
    "Olivia": "9 11",
    "Flora": "9 11",
}
WOMEN = pd.DataFrame([(woman, f"E{event}") for woman, events in DAVIS.items() for event in events.split()], columns=["firm_id", "body_id"])
TOWNS = pd.DataFrame(
    {"lon": [2.3522, 4.8357, -1.5536, 7.7521], "lat": [48.8566, 45.7640, 47.2184, 48.5734]}, index=["Paris", "Lyon", "Nantes", "Strasbourg"]
)


def points(towns: pd.DataFrame, crs: int | None = 4326) -> gpd.GeoSeries:
    return gpd.GeoSeries(gpd.points_from_xy(towns["lon"], towns["lat"]), index=towns.index, crs=crs)


def frame(values: list, labels: str = "abc") -> pd.DataFrame:
    return pd.DataFrame(values, index=list(labels), columns=list(labels), dtype=float)


# --- kinds


def test_the_table_of_kinds_names_functions_of_this_module_and_the_words_of_the_schools():
    import slpi.proximity

    table = kinds()
    assert all(callable(getattr(slpi.proximity, name)) for name in table.index)
    assert set(table["rallet_torre"]) == {"geographic", "organised: belonging", "organised: similarity"}
    named = {word for cell in table["boschma"] for word in cell.split(", ") if word}
    assert named == {"geographic", "cognitive", "organisational", "social", "institutional"}
    assert set(table["institutional_school"]) == {"geographic", "organisational", "institutional"}


# --- geographic


def test_geodesic_distance_from_wellington_to_salamanca_is_the_published_one():
    # Karney's GeographicLib documentation: (-41.32, 174.81) to (40.96, -5.50) is 19,959,679.267 m on WGS84.
    places = pd.DataFrame({"lon": [174.81, -5.50], "lat": [-41.32, 40.96]}, index=["Wellington", "Salamanca"])
    assert geographic(places, metric="geodesic").loc["Wellington", "Salamanca"] == pytest.approx(19_959_679.267, abs=0.01)


def test_both_metrics_agree_within_two_per_mille_in_france_and_keep_the_labels():
    geodesic = geographic(TOWNS, metric="geodesic")
    plane = geographic(points(TOWNS))
    assert list(plane.index) == list(plane.columns) == list(TOWNS.index)
    np.testing.assert_allclose(plane, geodesic, rtol=0.002)
    assert not np.allclose(plane, geodesic, rtol=1e-5)
    pd.testing.assert_frame_equal(geographic(points(TOWNS).to_crs(2154), metric="geodesic"), geodesic, atol=1e-3)
    pd.testing.assert_frame_equal(geographic(points(TOWNS).to_crs(3857)), plane, atol=1e-3)
    pd.testing.assert_frame_equal(geographic(points(TOWNS).to_frame("geometry"), metric="geodesic"), geodesic)


def test_distances_of_bare_metres_are_those_of_the_plane():
    square_of_km = pd.DataFrame({"x": [0, 3000, 0], "y": [0, 0, 4000]}, index=["f1", "f2", "f3"])
    distances = geographic(square_of_km)
    assert distances.loc["f2", "f3"] == pytest.approx(5000)
    assert (np.diag(distances) == 0).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(-4, 8), st.floats(42, 51)), min_size=3, max_size=6), st.sampled_from(["lambert93", "geodesic"]))
def test_distances_are_symmetric_and_a_detour_is_never_shorter(where, metric):
    places = points(pd.DataFrame(where, columns=["lon", "lat"]))
    d = geographic(places, metric=metric)
    np.testing.assert_array_equal(d, d.T)
    for k in d:
        assert (d.to_numpy() <= d[[k]].to_numpy() + d.loc[[k]].to_numpy() + 1e-6).all()
    again = geographic(places.iloc[::-1], metric=metric).loc[d.index, d.columns]
    np.testing.assert_allclose(again, d, atol=1e-6)


@pytest.mark.parametrize(
    ("places", "metric", "message"),
    [
        (TOWNS, "lambert93", "degrees must be projected first"),
        (TOWNS.rename(columns={"lon": "x", "lat": "y"}), "lambert93", "look like degrees"),
        (TOWNS.rename(columns={"lon": "x", "lat": "y"}), "geodesic", "lon and lat in degrees are needed"),
        (TOWNS * 1000, "geodesic", "no longitude and latitude: Paris, Lyon, Nantes, Strasbourg; metres go with"),
        (TOWNS, "flat", "'flat' is none of 'lambert93', 'geodesic'"),
        (TOWNS.assign(lat=[np.nan, 45, 47, 48]), "geodesic", "Paris, lat = nan"),
        (TOWNS.assign(lat=["north", 45, 47, 48]), "geodesic", "not a number: Paris, lat = 'north'"),
        (TOWNS.rename({"Lyon": "Paris"}), "geodesic", "label twice: Paris"),
        (TOWNS.iloc[:1], "geodesic", "1 places; at least two"),
        (points(TOWNS, None), "geodesic", "no CRS"),
        (points(TOWNS).buffer(0).set_crs(4326), "geodesic", "not a point: Paris"),
        (
            points(TOWNS.assign(lon=[2.3, 4.8, 55.5, 7.7], lat=[48.8, 45.7, -21.1, 48.5])),
            "lambert93",
            "outside metropolitan France.*: Nantes;",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_places_that_the_metric_cannot_measure_are_refused(places, metric, message):
    with pytest.raises(ValueError, match=message):
        geographic(places, metric=metric)


# --- decay


def test_closeness_falls_with_distance_as_each_kind_says():
    d = frame([[0, 10_000, 20_000], [10_000, 0, 30_000], [20_000, 30_000, 0]])
    assert decay(d, "exponential", scale_km=10).loc["a"].tolist() == pytest.approx([1, 0.36787944, 0.13533528])
    assert decay(d, "inverse", scale_km=10).loc["a"].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert decay(d, "threshold", scale_km=20).loc["a"].tolist() == [1, 1, 1]
    assert decay(d, "threshold", scale_km=20).loc["b"].tolist() == [1, 1, 0]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["exponential", "inverse", "threshold"]), st.floats(0.1, 500))
def test_closeness_lies_between_zero_and_one_never_rises_with_distance_and_has_no_unit(kind, scale):
    d = geographic(TOWNS, metric="geodesic")
    near = decay(d, kind, scale_km=scale)
    assert ((near >= 0) & (near <= 1)).all(axis=None) and (np.diag(near) == 1).all()
    order = np.argsort(d.to_numpy().ravel())
    assert (np.diff(near.to_numpy().ravel()[order]) <= 0).all()
    pd.testing.assert_frame_equal(decay(2 * d, kind, scale_km=2 * scale), near)


@pytest.mark.parametrize(
    ("d", "asked", "message"),
    [
        (frame([[0, -1, 2], [-1, 0, 3], [2, 3, 0]]), {"scale_km": 1}, "a, b = -1"),
        (frame([[0, 1, 2], [5, 0, 3], [2, 3, 0]]), {"scale_km": 1}, "a, b = 1 but 5 the other way"),
        (frame([[0, np.nan, 2], [np.nan, 0, 3], [2, 3, 0]]), {"scale_km": 1}, "a, b = nan"),
        (frame([[0, 1], [1, 0]], "ab"), {"scale_km": 0}, "scale_km = 0: a positive number"),
        (frame([[0, 1], [1, 0]], "ab"), {"scale_km": np.nan}, "scale_km = nan"),
        (frame([[0, 1], [1, 0]], "ab"), {"scale_km": 1, "kind": "linear"}, "'linear' is none of"),
    ],
)
def test_distances_and_scales_that_give_no_closeness_are_refused(d, asked, message):
    with pytest.raises(ValueError, match=message):
        decay(d, **asked)


# --- belonging


def test_davis_southern_women_have_the_published_counts():
    # 18 women, 14 events, 89 attendances: density 0.3531746; 139 pairs of women met at an event.
    assert (WOMEN["firm_id"].nunique(), WOMEN["body_id"].nunique(), len(WOMEN)) == (18, 14, 89)
    assert len(WOMEN) / (18 * 14) == pytest.approx(0.3531746, abs=1e-7)
    met = belonging(WOMEN, weight="count")
    assert (met.to_numpy()[np.triu_indices(18, 1)] > 0).sum() == 139
    assert list(met.index) == list(DAVIS)
    # Breiger (1974), table 1: Evelyn and Laura met six times, Evelyn and Flora once.
    assert met.loc["Evelyn", "Laura"] == 6 and met.loc["Evelyn", "Flora"] == 1


def test_newmans_weights_are_those_of_networkx():
    graph = nx.Graph(list(WOMEN.itertuples(index=False, name=None)))
    projected = nx.bipartite.collaboration_weighted_projected_graph(graph, list(DAVIS))
    expected = nx.to_pandas_adjacency(projected, nodelist=list(DAVIS))
    pd.testing.assert_frame_equal(belonging(WOMEN, weight="newman"), expected, check_names=False, atol=1e-12)


def test_jaccard_is_shared_over_either_and_nothing_where_nobody_belongs():
    near = belonging(WOMEN, firms=[*DAVIS, "Hermit", "Recluse"])
    sets = {woman: set(events.split()) for woman, events in DAVIS.items()} | {"Hermit": set(), "Recluse": set()}
    for a in sets:
        for b in sets:
            expected = len(sets[a] & sets[b]) / (len(sets[a] | sets[b]) or 1) if a != b else 1
            assert near.loc[a, b] == pytest.approx(expected)
    assert near.loc["Hermit", "Recluse"] == 0
    assert belonging(WOMEN.iloc[:0], weight="newman", firms=["Hermit", "Recluse"]).eq(0).all(axis=None)


MEMBERS = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["b1", "b2", "b3"])), min_size=2, max_size=12)


@settings(max_examples=30, deadline=None)
@given(MEMBERS, st.sampled_from(["jaccard", "count", "newman"]), st.randoms(use_true_random=False))
def test_belonging_does_not_depend_on_order_names_repeats_or_the_form_of_the_table(rows, weight, random):
    long = pd.DataFrame(rows, columns=["firm_id", "body_id"])
    near = belonging(long, weight=weight, firms=list("abcde"))
    shuffled = random.sample(rows, len(rows)) + rows[:1]
    again = pd.DataFrame([(firm.upper(), f"x{body}") for firm, body in shuffled], columns=["firm_id", "body_id"])
    back = belonging(again, weight=weight, firms=list("EDCBA")).rename(str.lower).rename(columns=str.lower)
    pd.testing.assert_frame_equal(back.loc[near.index, near.columns], near)
    incidence = (pd.crosstab(long["firm_id"], long["body_id"]) > 0).reindex(list("abcde"), fill_value=False)
    pd.testing.assert_frame_equal(belonging(incidence, weight=weight), near)
    np.testing.assert_array_equal(near, near.T)


@settings(max_examples=20, deadline=None)
@given(MEMBERS)
def test_newmans_weights_of_a_firm_sum_to_its_bodies_with_another_member(rows):
    long = pd.DataFrame(rows, columns=["firm_id", "body_id"]).drop_duplicates()
    near = belonging(long, weight="newman", firms=list("abcde"))
    company = long[long.groupby("body_id")["firm_id"].transform("size") > 1].groupby("firm_id").size()
    np.testing.assert_allclose(near.sum(axis=1), company.reindex(near.index, fill_value=0))


@pytest.mark.parametrize(
    ("memberships", "asked", "message"),
    [
        (WOMEN, {"weight": "cosine"}, "'cosine' is none of"),
        (WOMEN.drop(columns="body_id"), {}, "no column body_id; each row has firm_id, body_id"),
        (WOMEN.assign(body_id=["", None, *WOMEN["body_id"][2:]]), {}, "blank firm_id or body_id in row 0, 1"),
        (WOMEN, {"firms": ["Evelyn", "Laura"]}, "does not name Brenda, Charlotte, Dorothy, Eleanor, Flora and 11 more"),
        (WOMEN, {"firms": [*DAVIS, "Flora"]}, "firms: label twice: Flora"),
        (WOMEN.head(1), {}, "1 firms; at least two"),
        (pd.DataFrame({"b1": [1, 2], "b2": [0, 1]}, index=["f1", "f2"]), {}, "0 and 1 only, not so for f2"),
        (pd.DataFrame({"b1": [1, None]}, index=["f1", "f2"]), {}, "0 and 1 only, not so for f2"),
        (pd.DataFrame({"b1": [1, 1]}, index=["f1", "f1"]), {}, "firm twice: f1"),
        (pd.DataFrame([[1, 1], [0, 1]], index=["f1", "f2"], columns=["b1", "b1"]), {}, "body twice: b1"),
    ],
)
def test_memberships_that_cannot_be_read_are_refused(memberships, asked, message):
    with pytest.raises(ValueError, match=message):
        belonging(memberships, **asked)


# --- ownership


def holdings(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["owner", "owned", "share"])


def test_shares_multiply_along_a_chain_and_add_over_chains():
    # A pyramid: the family owns 51 % of a holding that owns 51 % of the plant, and 10 % of the plant itself.
    found = ownership(holdings([("family", "holding", 0.51), ("holding", "plant", 0.51), ("family", "plant", 0.1)]))
    assert found.direct.loc["family", "plant"] == 0.1
    assert found.integrated.loc["family", "plant"] == pytest.approx(0.3601)
    assert list(found.integrated.index) == ["family", "holding", "plant"]


def test_cross_holdings_are_counted_once():
    # a and b own half and a fifth of one another; p and q own the rest: of a, p owns 0.8 out of the 0.9 not held in a circle.
    found = ownership(holdings([("a", "b", 0.5), ("b", "a", 0.2), ("p", "a", 0.8), ("q", "b", 0.5)])).integrated
    assert found.loc["p", "a"] == pytest.approx(0.8 / 0.9)
    assert found.loc["q", "a"] == pytest.approx(0.1 / 0.9)
    assert found.loc["p", "b"] == pytest.approx(0.4 / 0.9)
    assert found.loc["a", "b"] == pytest.approx(0.5)
    assert found.loc["a", "a"] == pytest.approx(0.1)


def test_what_a_firm_holds_of_itself_belongs_to_its_other_owners():
    found = ownership(holdings([("owner", "firm", 0.6), ("firm", "firm", 0.4)])).integrated
    assert found.loc["owner", "firm"] == pytest.approx(1)
    assert found.loc["firm", "firm"] == pytest.approx(0.4)


SHARES = st.lists(st.floats(0, 1), min_size=20, max_size=20)


def wholly_owned(shares: list[float]) -> pd.DataFrame:
    """Four firms that own parts of one another, two owners who hold at least a tenth of each and with them all that there is."""
    parts = np.array(shares[:16]).reshape(4, 4) / 5
    rest = 1 - parts.sum(axis=0)
    cut = np.array(shares[16:])
    rows = [(f"f{i}", f"f{j}", parts[i, j]) for i in range(4) for j in range(4)]
    return holdings(
        rows + [("p", f"f{j}", rest[j] * cut[j]) for j in range(4)] + [("q", f"f{j}", rest[j] * (1 - cut[j])) for j in range(4)]
    )


@settings(max_examples=30, deadline=None)
@given(SHARES)
def test_in_the_end_all_of_a_firm_belongs_to_those_whom_no_one_owns(shares):
    found = ownership(wholly_owned(shares)).integrated
    np.testing.assert_allclose(found.loc[["p", "q"], ["f0", "f1", "f2", "f3"]].sum(), 1)
    assert ((found >= -1e-12) & (found <= 1 + 1e-12)).all(axis=None)


@settings(max_examples=15, deadline=None)
@given(SHARES)
def test_integrated_shares_are_the_sum_over_chains_that_do_not_come_back_to_the_owner(shares):
    found = ownership(wholly_owned(shares))
    a = found.direct.to_numpy()
    for i, owner in enumerate(found.direct.index):
        step, total = a[i].copy(), np.zeros(len(a))
        while step.sum() > 1e-14:
            total += step
            step = np.where(np.arange(len(a)) == i, 0, step) @ a
        np.testing.assert_allclose(found.integrated.loc[owner], total, atol=1e-10)


@settings(max_examples=10, deadline=None)
@given(SHARES, st.randoms(use_true_random=False))
def test_the_order_of_the_holdings_changes_nothing(shares, random):
    rows = wholly_owned(shares)
    found = ownership(rows).integrated
    again = ownership(rows.iloc[random.sample(range(len(rows)), len(rows))]).integrated
    pd.testing.assert_frame_equal(again.loc[found.index, found.columns], found, atol=1e-12)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("a", "b", 0.6), ("c", "b", 0.6), ("a", "d", 0.9), ("c", "d", 0.2)], r"more than all is owned of b \(1\.2\), d \(1\.1\)"),
        ([("a", "b", 51)], "share outside 0–1: a of b = 51; per cent are divided by 100"),
        ([("a", "b", -0.1)], "a of b = -0.1"),
        ([("a", "b", None)], "blank owner or owned or share in row 0"),
        ([("a", "", 0.5)], "blank owner or owned or share in row 0"),
        ([("a", "b", "half")], "not a number: 0, share = 'half'"),
        ([("a", "b", 0.2), ("a", "b", 0.3)], r"holding twice: \('a', 'b'\)"),
        ([("a", "b", 1.0), ("b", "a", 1.0), ("b", "c", 1.0), ("d", "e", 0.5)], "by no one in the end: a, b, c"),
        ([("a", "a", 0.5)], "1 actors; at least two"),
    ],
)
def test_holdings_that_cannot_be_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        ownership(holdings(rows))


def test_holdings_without_their_columns_are_refused():
    with pytest.raises(ValueError, match="no column owned, share; each row has owner, owned, share"):
        ownership(pd.DataFrame({"owner": ["a"]}))


# --- similarity, institutional


def test_similarity_is_one_for_firms_alike_and_falls_with_gowers_distance():
    firms = pd.DataFrame({"jobs": [10, 10, 50], "form": ["scop", "scop", "sarl"], "old": [True, True, None]}, index=["f1", "f2", "f3"])
    near = similarity(firms, weights={"jobs": 2, "form": 1, "old": 1})
    assert near.loc["f1"].tolist() == [1, 1, 0]
    pd.testing.assert_frame_equal(near + gower(firms, weights={"jobs": 2, "form": 1, "old": 1}), near * 0 + 1)
    assert similarity(firms, kinds={"old": "asymmetric"}).loc["f1", "f2"] == 1
    with pytest.raises(ValueError, match="unit twice: f1"):
        similarity(firms.rename({"f2": "f1"}))


RULES = pd.DataFrame(
    [
        ("f1", "iso", "label"),
        ("f1", "metal", "agreement"),
        ("f2", "iso", "label"),
        ("f2", "iso", "charter"),
        ("f3", "metal", "agreement"),
        ("f3", "pole", "board"),
        ("f4", "pole", "board"),
    ],
    columns=["firm_id", "body_id", "kind"],
)


def test_institutional_proximity_counts_rules_and_nothing_else():
    near = institutional(RULES, ("label", "agreement", "charter"))
    assert near.loc["f1"].tolist() == pytest.approx([1, 1 / 3, 1 / 2, 0])
    assert near.loc["f3", "f4"] == 0  # one board, no rule
    assert institutional(RULES, "label").loc["f1", "f2"] == 1
    assert list(institutional(RULES, "label", firms=["f9", "f4", "f3", "f2", "f1"]).index) == ["f9", "f4", "f3", "f2", "f1"]


def test_a_label_and_a_charter_of_one_name_are_two_rules():
    assert institutional(RULES, ("label", "charter")).loc["f1", "f2"] == 0.5


def test_rules_that_do_not_occur_are_refused():
    with pytest.raises(ValueError, match="rules: charte, lable asked for; memberships are label, agreement, charter, board"):
        institutional(RULES, ("charte", "lable", "label"))
    with pytest.raises(ValueError, match="rules: none asked for"):
        institutional(RULES, ())
    with pytest.raises(ValueError, match="no column kind"):
        institutional(RULES.drop(columns="kind"), ("label",))


# --- cognitive


def test_naf_codes_share_the_levels_of_the_hierarchy():
    codes = pd.Series({"a": "25.62B", "b": "2562b", "c": "25.62A", "d": "25.61Z", "e": "25.50A", "f": "10.71C", "g": "01.11Z"})
    assert cognitive(codes).loc["a"].tolist() == pytest.approx([1, 1, 0.8, 0.6, 0.4, 0.2, 0])
    assert cognitive(codes.drop("b").str[:5]).loc["a"].tolist() == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0])
    assert cognitive(codes.str[:2]).loc["a", "f"] == 0.5


def test_naf_has_88_divisions_in_21_sections():
    # Insee, NAF rev. 2, 2008: 21 sections, 88 divisions.
    assert len(SECTION_OF) == 88 and len(set(SECTION_OF.values())) == 21


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["25.62B", "25.62A", "25.61Z", "28.11Z", "01.11Z", "62.01Z"]), min_size=3, max_size=8))
def test_nearness_in_the_hierarchy_is_that_of_a_tree(codes):
    near = cognitive(pd.Series(codes)).to_numpy()
    np.testing.assert_array_equal(near, near.T)
    assert (np.diag(near) == 1).all()
    for k in range(len(near)):  # of three firms the two nearest to one another are no nearer to the third than it is to both
        assert (near >= np.minimum(near[:, [k]], near[[k]]) - 1e-12).all()


def test_a_relatedness_matrix_takes_the_place_of_the_hierarchy():
    related = pd.DataFrame([[1, 0.4], [0.3, 1]], index=["steel", "tools"], columns=["steel", "tools"])
    codes = pd.Series({"f1": "tools", "f2": "steel", "f3": "tools"})
    near = cognitive(codes, related.loc[["tools", "steel"]])
    assert near.loc["f1"].tolist() == [1, 0.3, 1] and near.loc["f2", "f1"] == 0.4


@pytest.mark.parametrize(
    ("codes", "relatedness", "message"),
    [
        ([25.61, 25.62], None, r"text is needed, for the leading zeros \(read with dtype=str\): 0 = 25.61, 1 = 25.62"),
        (["25.61Z", None], None, "text is needed.*: 1 = "),
        (["25.61Z"], None, "1 firms; at least two"),
        (["25.61Z", "2"], None, "not in NAF rev. 2: 1 = 2"),
        (["25.61Z", "34.10Z"], None, "not in NAF rev. 2: 1 = 34.10Z"),
        (["25.61Z", "25.61", "25"], None, "of unequal depth: 25.61Z, 25.61, 25; cut them all to the shortest"),
        (["tools", "wood"], frame([[1]], ["tools"]), "no industry wood"),
        (["tools", "tools"], frame([[np.nan]], ["tools"]), "tools, itself = nan"),
    ],
)
def test_industries_that_cannot_be_placed_are_refused(codes, relatedness, message):
    with pytest.raises(ValueError, match=message):
        cognitive(pd.Series(codes), relatedness)
    with pytest.raises(ValueError, match="firm twice: f1"):
        cognitive(pd.Series(["25", "25"], index=["f1", "f1"]))


# --- collinearity


def random_proximities(seed: int, n: int = 12, symmetric: bool = True) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    raw = {name: rng.random((n, n)) for name in ("near", "alike", "together")}
    raw["alike"] += raw["near"]
    return {name: pd.DataFrame((m + m.T) / 2 if symmetric else m) for name, m in raw.items()}


@pytest.mark.parametrize("symmetric", [True, False])
def test_vif_and_correlations_are_those_of_statsmodels_and_numpy(symmetric):
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    proximities = random_proximities(1, symmetric=symmetric)
    found = collinearity(proximities)
    dyads = np.tril_indices(12, -1) if symmetric else np.nonzero(~np.eye(12, dtype=bool))
    x = np.column_stack([m.to_numpy()[dyads] for m in proximities.values()])
    design = np.column_stack([np.ones(len(x)), x])
    assert found.n_dyads == len(x)
    assert found.vif.tolist() == pytest.approx([variance_inflation_factor(design, k) for k in (1, 2, 3)])
    np.testing.assert_allclose(found.correlations, np.corrcoef(x.T), atol=1e-12)
    assert collinearity(proximities, directed=True).n_dyads == 132


def test_a_proximity_made_of_others_has_an_infinite_vif_and_the_rest_keeps_its_own():
    proximities = random_proximities(2)
    others = collinearity({name: proximities[name] for name in ("near", "together")}).vif
    made = collinearity({"near": proximities["near"], "again": 3 * proximities["near"] + 1, "together": proximities["together"]})
    assert made.vif[["near", "again"]].tolist() == [np.inf, np.inf]
    assert made.vif["together"] == pytest.approx(others["together"])
    total = proximities | {"sum": sum(proximities.values())}
    assert np.isinf(collinearity(total).vif).all()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.randoms(use_true_random=False))
def test_collinearity_does_not_depend_on_the_order_of_the_actors_or_the_scale(seed, random):
    proximities = random_proximities(seed)
    order = random.sample(range(12), 12)
    moved = {name: 5 * m.loc[order, order] - 2 for name, m in proximities.items()} | {"near": proximities["near"]}
    pd.testing.assert_series_equal(collinearity(moved).vif[list(proximities)], collinearity(proximities).vif)
    assert (collinearity(proximities).vif >= 1).all()


def test_proximities_that_cannot_be_compared_are_refused():
    proximities = random_proximities(3)
    with pytest.raises(ValueError, match="1 given; at least two"):
        collinearity({"near": proximities["near"]})
    with pytest.raises(ValueError, match="the same for all dyads: flat; leave out"):
        collinearity(proximities | {"flat": proximities["near"] * 0 + 0.1})
    with pytest.raises(ValueError, match="not symmetric: lopsided"):
        collinearity(proximities | {"lopsided": random_proximities(3, symmetric=False)["near"]}, directed=False)
    with pytest.raises(ValueError, match="short lacks 11"):
        collinearity(proximities | {"short": proximities["near"].iloc[:11, :11]})
    gap = proximities["near"].copy()
    gap.loc[2, 3] = np.nan
    with pytest.raises(ValueError, match="2, 3 = nan"):
        collinearity(proximities | {"gap": gap})
