"""The measures of the chapter on policy: bodies and labels from small made-up communes, weights and events from the corpus."""

import os
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from shapely.geometry import box

from slpi import labelling, policy, systems
from slpi.national import prepared
from slpi.systems import lambert93

MIRROR = Path(os.environ.get("SLPI_MIRROR") or ROOT.parent / "shared" / "mirror")


@pytest.fixture
def communes() -> gpd.GeoDataFrame:
    """Six communes in a row: an EPCI of two, one divided into two EPT, one overseas, an island without."""
    rows = [
        ("01001", True, "Aa", "E1", "Community One", None, 10, 4),
        ("01002", True, "Bb", "E1", "Community One", None, 10, 12),
        ("75001", True, "Cc", "M", "Metropolis", "T1", 80, 2),
        ("75002", True, "Dd", "M", "Metropolis", "T1", 90, 2),
        ("75003", True, "Ee", "M", "Metropolis", None, 99, 1),
        ("29083", True, "Island", None, None, None, 5, 1),
        ("97101", False, "Far", "E9", "Far", None, 5, 1),
    ]
    table = pd.DataFrame(rows, columns=["commune", "metropolitan", "name", "epci", "epci_name", "ept", "jobs", policy.INDUSTRY])
    table = table.assign(population=100.0, establishments=20.0, **{sector: 4.0 for sector in policy.SECTORS if sector != policy.INDUSTRY})
    x, y = lambert93([3.0] * 7, [46.0] * 7)
    shapes = [box(x[0] + 30e3 * i, y[0], x[0] + 30e3 * (i + 1), y[0] + 30e3) for i in range(7)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=2154)


# Bodies and labels.


def test_a_divided_epci_is_taken_in_parts_named_after_their_largest_commune(communes):
    table, members = policy.bodies(communes)
    assert table["name"].to_dict() == {"E1": "Community One", "M": "Ee", "T1": "Dd"}
    assert table["communes"].to_dict() == {"E1": 2, "M": 1, "T1": 2} and table.loc["E1", policy.INDUSTRY] == 16
    assert {*members["commune"]} == {"01001", "01002", "75001", "75002", "75003"}
    assert table.geometry.area.round().to_dict() == {"E1": 1.8e9, "M": 0.9e9, "T1": 1.8e9}


def test_bodies_keep_the_sums_of_their_communes(communes):
    table, members = policy.bodies(communes)
    inside = communes[communes["commune"].isin(members["commune"])]
    assert table[["jobs", *policy.SECTORS]].sum().to_dict() == inside[["jobs", *policy.SECTORS]].sum().to_dict()


def test_a_body_is_labelled_where_the_majority_of_its_industry_lies_in_a_territory(communes):
    _, members = policy.bodies(communes)
    inside = pd.DataFrame({"territory": ["ti-1", "ti-2"], "commune": ["01002", "75001"]})
    found = policy.labels(members, inside, communes, majority=0.75)
    assert found["part"].to_dict() == {"E1": 0.75, "M": 0.0, "T1": 0.5}
    assert found["territory"].dropna().to_dict() == {"E1": "ti-1"}
    assert policy.labels(members, inside, communes, majority=0.5)["territory"].dropna().to_dict() == {"E1": "ti-1", "T1": "ti-2"}
    with pytest.raises(ValueError, match=r"majority = 0"):
        policy.labels(members, inside, communes, majority=0)


def test_of_two_territories_the_one_with_more_industry_has_the_body(communes):
    _, members = policy.bodies(communes)
    both = pd.DataFrame({"territory": ["ti-1", "ti-2"], "commune": ["01001", "01002"]})
    found = policy.labels(members, both, communes).loc["E1"]
    assert found["territory"] == "ti-2" and found["part"] == 1


def test_partial_bodies_are_listed_with_what_became_of_them(communes):
    table, members = policy.bodies(communes)
    label = policy.labels(members, pd.DataFrame({"territory": ["ti-1"], "commune": ["01001"]}), communes)
    shown = policy.partial(table, label)
    assert shown.reset_index().to_numpy().tolist() == [["Community One", 16, 25.0, "no"]]


# Detection.


def counts(industry: list[int], rest: int = 400) -> pd.DataFrame:
    table = pd.DataFrame({sector: rest // 4 for sector in policy.SECTORS}, index=[f"b{i}" for i in range(len(industry))])
    return table.assign(**{policy.INDUSTRY: industry})


def test_the_rule_of_share_asks_for_certainty_and_the_ranks_for_a_number():
    table = pd.concat([counts([10, 40, 40, 300]), counts([3], 4).set_axis(["small"])])
    shares = policy.detected(table, threshold=1.25)
    assert shares["detected"].to_dict() == {"b0": False, "b1": False, "b2": False, "b3": True, "small": False}
    assert shares.loc["small", "lq"] > 1.25  # a high share of few, which certainty does not let through
    assert list(table.index[policy.detected(table, rule="size", number=3)["detected"]]) == ["b1", "b2", "b3"]
    assert policy.detected(table, rule="ranked", number=2)["detected"].sum() == 2
    assert policy.detected(table, threshold=1.25, certainty=0.5)["detected"].sum() >= 1


def test_a_higher_threshold_never_detects_more():
    table = counts(list(np.random.default_rng(0).integers(5, 200, 40)))
    found = [policy.detected(table, threshold=above)["detected"] for above in (0.8, 1, 1.25, 2)]
    assert all((low | ~high).all() for low, high in pairwise(found))
    rules = policy.detections(table, number=7, thresholds=(1, 2))
    assert list(rules) == ["quotient above 1", "quotient above 2", "highest quotients", "most establishments"]
    assert rules["most establishments"].sum() == rules["highest quotients"].sum() == 7
    pd.testing.assert_series_equal(rules["quotient above 2"], found[3])


def test_unknown_rules_and_numbers_are_refused():
    with pytest.raises(ValueError, match="rule = 'jobs' is none of share, ranked, size"):
        policy.detected(counts([1, 2]), rule="jobs")
    with pytest.raises(ValueError, match="number = 9 is no number of areas up to 2"):
        policy.detected(counts([1, 2]), rule="size", number=9)
    with pytest.raises(ValueError, match="step = 1"):
        policy.size_classes(pd.Series([1]), 1)


def test_states_are_the_four_ways_of_being_labelled_and_detected():
    flags = pd.MultiIndex.from_product([[True, False]] * 2).to_frame(index=False)
    assert policy.states(flags[0], flags[1]).to_list() == list(policy.STATES)


def test_classes_of_size_begin_at_powers_of_the_step():
    assert policy.size_classes(pd.Series([0, 1, 2, 3, 4, 7, 8, 1023, 1024])).to_list() == [0, 0, 1, 1, 2, 2, 3, 9, 10]
    assert policy.size_classes(pd.Series([1, 9, 10, 99, 100, 1000]), 10).to_list() == [0, 0, 1, 1, 2, 3]


def test_the_numbers_say_none_where_nothing_is_detected(communes):
    table, members = policy.bodies(communes)
    near = labelling.touching(table)
    label = policy.labels(members, pd.DataFrame({"territory": ["ti-1"], "commune": ["01002"]}), communes)
    territories = pd.DataFrame({"metropolitan": [True, True, False]})
    wide = {name: said["value"] for name, said in policy.label_numbers(table, label, territories, near).items()}
    assert (wide["bodies"], wide["territories"], wide["overseas"], wide["kept"], wide["partial"]) == (3, 2, 1, 1, 1)
    assert wide["labelled_share"] == pytest.approx(1 / 3) and wide["labelled_establishments"] == pytest.approx(16 / 21)
    labelled = label["territory"].notna()
    none = policy.detection_numbers(table, labelled, pd.Series(False, labelled.index), near)
    assert none["recall"]["value"] == "none" and none["precision"]["value"] == 0 and none["zones"]["value"] == 0
    some = policy.detection_numbers(table, labelled, labelled, near)
    assert some["recall_establishments"]["value"] == 1 and none["recall_establishments"]["value"] == "none"
    assert some["zones_labelled"]["value"] == some["zones"]["value"] == some["both"]["value"] == 1


def test_the_numbers_of_the_nulls_are_those_of_the_tests(communes):
    table, _ = policy.bodies(communes)
    near, labelled = labelling.touching(table), pd.Series([True, False, False], table.index)
    sets = pd.Series(["t", None, None], table.index)
    drawn = labelling.contiguous_sets(sets, near, draws=99)
    test = labelling.label_test(sets, labelled, near, drawn=drawn)
    said = {name: number["value"] for name, number in policy.null_numbers(test, test, drawn, table, labelled).items()}
    assert said["size"] == table.loc["E1", policy.INDUSTRY] and said["p_within"] == said["p_free"] == test.p
    assert said["size_within"] == pytest.approx(((drawn.sets >= 0) * table[policy.INDUSTRY].to_numpy()).sum() / 99)
    rows = policy.rules_table({"one": (test, test)})
    assert rows.loc["one", "both"] == 1 and rows.loc["one", "p, free"] == test.p


# Places.


def test_a_place_near_a_border_is_said_to_be_so(communes):
    table, _ = policy.bodies(communes)
    flags = pd.DataFrame({"labelled": [True, False, False]}, table.index)
    west, south, *_ = table.total_bounds
    back = gpd.GeoSeries.from_xy([west + 20e3, west + 58e3, west + 62e3, west - 15e3], [south + 15e3] * 4, crs=2154).to_crs(4326)
    kinds = ["commune", "commune", "commune", "region"]
    named = pd.DataFrame(
        {"system_id": list("abcd"), "label": list("ABCD"), "family": "other", "place_id": list("pqrs"), "precision": "point"}
    )
    named = named.assign(kind="system", country="FR", lon=back.x, lat=back.y)
    places = pd.DataFrame({"place_id": list("pqrs"), "kind": kinds})
    found = policy.placed(named, places, table, flags)
    assert found[["system_id", "body", "labelled"]].to_numpy().tolist() == [
        ["a", "E1", "yes"],
        ["b", "E1", "yes, at a border"],
        ["c", "T1", "no, at a border"],
    ]
    assert policy.settled(found, "labelled")["system_id"].to_list() == ["a"]
    assert policy.body_at(named, table).to_list() == ["E1", "E1", "T1", "E1"]  # the last lies 15 km off the coast
    assert policy.body_at(named.assign(lon=-5.0), table).isna().all()


def test_systems_at_one_place_share_a_row():
    spots = pd.DataFrame({"place_id": ["p", "q", "p"], "label": ["A", "B", "C"], "precision": "point", "body": ["E1", "T1", "E1"]})
    found = policy.by_place(spots.assign(labelled="yes", detected="no"), pd.Series({"E1": "One", "T1": "Two"}))
    assert found.reset_index()[["systems", "EPCI"]].to_numpy().tolist() == [["A; C", "One"], ["B", "Two"]]


def test_towns_are_counted_once_and_areas_not():
    spots = pd.DataFrame({"place_id": ["p", "p", "q", "r"], "precision": ["point", "point", "area", "point"]})
    spots["labelled"] = ["yes", "yes", "yes", "no, at a border"]
    assert len(policy.settled(spots, "labelled")) == 1


# Weights.


def test_own_industries_count_each_pair_once_and_manufacturing_only():
    register = pd.DataFrame({"system_id": ["s", "t", "s", "u"], "naf": ["25.71Z", "25.71Z", "62.01Z", "25.71Z"], "departements": "63; 42"})
    register["industry"] = ["yes", "yes", "no", "yes"]
    system = pd.DataFrame({"system_id": ["s", "t", "u"], "family": ["districts_spl", "districts_spl", "ptce"]})
    rows = [("25.71Z", "63", 9), ("25.71Z", "42", 1), ("25.71Z", "01", 5), ("10.71C", "63", 85), ("62.01Z", "63", 7), ("35.11Z", "63", 50)]
    found = policy.own_industries(register, pd.DataFrame(rows, columns=["naf", "departement", "establishments"]), system)
    assert found == {"named": 10, "pairs": 2, "manufacturing": 100}
    assert policy.artisan_share(pd.DataFrame(rows, columns=["naf", "departement", "establishments"])) == 0.85


def test_weights_of_the_corpus_stand_beside_what_is_measured(corpus):
    table = counts([10, 30]).assign(population=[100.0, 50.0], jobs=[90.0, 30.0], establishments=[40.0, 20.0])
    measured = policy.measured_weights(table, pd.Series([False, True], table.index), {"named": 2.0, "manufacturing": 8.0}, ["b0", "b0"])
    assert measured == {
        "ageme": 100,
        "industry": 40,
        "gathered_count": 30,
        "gathered": 0.75,
        "named": 0.25,
        "named_count": 2,
        "jobs_each": 2,
    }
    found = policy.weights_beside(corpus.quantities, measured)
    # Pommier ¶19 and note 6: 500 000 employees in 18 000 firms, 1.5 million in agglomerations, 3 million in industry.
    assert found["value"].round(3).to_dict() == {
        "ageme": 325_000,
        "gathered": 0.5,
        "named": 0.167,
        "industry": 3_000_000,
        "gathered_count": 1_500_000,
        "named_count": 18_000,
        "jobs_each": 27.778,
    }
    assert found.loc["gathered", "measured"] == "75 %" and found.loc["ageme", "said"] == "at least 325,000 inhabitants"
    assert found["share"].to_dict() == {key: key in ("gathered", "named") for key in found.index}


# Means and events.


def test_the_table_of_means_has_two_axes_and_four_kinds(corpus):
    found = policy.means(corpus.codes)
    assert found.shape == (4, 2) and list(found.index) == ["actions", "methods", "tools", "skills"] and found.notna().all(axis=None)
    assert len(found.attrs["evidence"]) == 8
    others = corpus.codes[~corpus.codes["code_id"].isin(found.attrs["evidence"])]
    pd.testing.assert_frame_equal(policy.means(pd.concat([others.iloc[:9], corpus.codes])).drop_duplicates(), found)


def test_events_of_policy_stand_in_lanes_with_their_rival_dates(corpus):
    found = policy.policy_events(corpus.events, corpus.quantities).set_index("event_id")
    assert found["lane"].nunique() == 6 and found.loc["tri-e004", "lane"] == "conversion of the basins" and found.loc["tri-e004", "open"]
    assert found.loc["tri-e014", "lane"] == "State and spatial planning" and found.loc["gia-e005", "start"] == pytest.approx(2014.5)
    assert set(found.index[found["conflict"] != ""]) == {"pom-e016", "tri-e003"}  # the second call: 1994 or 1999
    assert np.isnan(found.loc["tri-e001", "start"]) and not found.loc["tri-e001", "open"]
    assert "pom-e011" not in found.index and "gra-e006" not in found.index  # a deputy's project, a news item


# The national data.


@pytest.fixture(scope="module")
def national(tmp_path_factory) -> dict:
    """The tables, from the data of this checkout where they are, else from the mirror."""
    raw, processed = ROOT / "data" / "raw", ROOT / "data" / "processed"
    if not (raw / "national" / "COMMUNES.RData").is_file():
        if "SLPI_MIRROR" not in os.environ and not (MIRROR / "COMMUNES.RData").is_file():  # one that is named must be there
            pytest.skip("the open data are not at hand; SLPI_MIRROR names their folder")
        folder = tmp_path_factory.mktemp("national")
        (folder / "raw").mkdir()
        (folder / "raw" / "national").symlink_to(MIRROR.resolve())
        (folder / "raw" / "commune_changes.csv").symlink_to(raw / "commune_changes.csv")
        raw, processed = folder / "raw", folder / "processed"
    return {name: prepared(name, raw, processed).table for name in ("communes", "territoires_industrie", "territory_communes")}


def test_every_establishment_of_metropolitan_france_is_in_a_body_but_four_islands(national):
    communes = national["communes"]
    table, members = policy.bodies(communes)
    without = communes[communes["metropolitan"] & communes["epci"].isna()]
    assert len(without) == 4 and len(members) == communes["metropolitan"].sum() - 4
    inside = communes.loc[communes["metropolitan"], policy.INDUSTRY].sum()
    assert table[policy.INDUSTRY].sum() == inside - without[policy.INDUSTRY].sum()
    assert len(table) == 1243 and table["name"].notna().all()


def test_141_territories_are_metropolitan_and_two_hold_no_whole_body(national):
    communes = national["communes"]
    table, members = policy.bodies(communes)
    label = policy.labels(members, national["territory_communes"], communes)
    assert national["territoires_industrie"]["metropolitan"].sum() == 141 and label["territory"].nunique() == 139
    assert {"Métropole Nice Côte d'Azur", "Saint-Etienne Métropole"} <= {*policy.partial(table, label).index}


def test_thiers_oyonnax_and_cluses_are_found_industrial_and_paris_is_not(national):
    table, _ = policy.bodies(national["communes"])
    found = policy.detected(table)["detected"]
    by_name = table.assign(found=found).set_index("name")["found"]
    assert by_name[["CC Thiers Dore et Montagne", "CA Haut - Bugey Agglomération", "CC Cluses-Arve et Montagnes"]].all()
    assert not by_name[["Paris", "Métropole de Lyon", "Métropole Nice Côte d'Azur"]].any()


def test_named_towns_lie_in_their_bodies(national, corpus):
    table, _ = policy.bodies(national["communes"])
    flags = pd.DataFrame({"labelled": np.ones(len(table), bool)}, table.index)
    found = policy.placed(systems.described(corpus.systems, corpus.forms, corpus.places), corpus.places, table, flags)
    assert table.loc[found.set_index("system_id").loc[["thiers", "oyonnax", "cholet", "calais"], "body"], "name"].to_list() == [
        "CC Thiers Dore et Montagne",
        "CA Haut - Bugey Agglomération",
        "CA Agglomération du Choletais",
        "CA Grand Calais Terres et Mers",
    ]
