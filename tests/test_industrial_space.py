"""Industry by area: what is counted where, and the real data that the chapter stands on."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from shapely.geometry import box

from slpi import industrial_space as space
from slpi.autocorrelation import CLUSTERS, moran
from slpi.national import prepared


def communes() -> gpd.GeoDataFrame:
    """Six by six communes of a kilometre in nine zones and three départements, and one overseas."""
    cells = [(i, j) for i in range(6) for j in range(6)]
    table = {
        "commune": [f"{i}{j}" for i, j in cells] + ["97"],
        "zone": [f"z{i // 2}{j // 2}" for i, j in cells] + ["z97"],
        "departement": [f"0{j // 2 + 1}" for _, j in cells] + ["971"],
        "metropolitan": [True] * 36 + [False],
        "establishments_industry": [float(10 - i - j) for i, j in cells] + [5.0],
        "establishments": [20.0] * 36 + [9.0],
        "population": [100.0] * 36 + [50.0],
        "area_km2": [1.0] * 36 + [2.0],
    }
    return gpd.GeoDataFrame(
        table, geometry=[box(1000 * j, 1000 * i, 1000 * j + 1000, 1000 * i + 1000) for i, j in cells] + [None], crs=2154
    )


COUNTS = pd.DataFrame({"10.71C": [12, 24, 36], "25.71Z": [3, 0, 1], "47.11F": [9, 9, 9]}, index=["01", "02", "03"])


def test_establishments_become_a_table_of_metropolitan_departements():
    long = pd.DataFrame(
        {"departement": ["01", "2A", "971", "01"], "naf": ["25.71Z", "25.71Z", "25.71Z", "47.11F"], "establishments": [3, 1, 9, 2]}
    )
    assert space.departement_counts(long).to_dict("index") == {"01": {"25.71Z": 3, "47.11F": 2}, "2A": {"25.71Z": 1, "47.11F": 0}}


def test_artisan_food_is_part_of_manufacturing_or_is_not():
    assert [*space.manufacturing(COUNTS)] == ["10.71C", "25.71Z"] and [*space.manufacturing(COUNTS, artisan_food=False)] == ["25.71Z"]
    assert space.shares_of(space.manufacturing(COUNTS), COUNTS).loc["01"].tolist() == [15, 24]


def test_sums_are_those_of_metropolitan_communes():
    found = space.area_counts(communes(), "departement")
    assert found.index.tolist() == ["01", "02", "03"] and found.loc["01"].tolist() == [84, 240, 1200]
    assert space.area_counts(communes(), "zone")["base"].tolist() == [80.0] * 9


def test_food_that_follows_population_leaves_both_counts_and_never_goes_below_zero():
    before, after = space.area_counts(communes(), "commune"), space.without_food(communes(), COUNTS, "commune")
    taken = before["events"] - after["events"]
    pd.testing.assert_series_equal(taken, before["base"] - after["base"], check_names=False)
    assert taken["00"] == pytest.approx(1) and taken["04"] == pytest.approx(3) and taken["55"] == 0 and (after["events"] >= 0).all()
    assert space.without_food(communes(), COUNTS, "departement").loc["01", "events"] == pytest.approx(84 - 12)


def test_areas_of_every_level_have_neighbours_and_the_nearest_are_by_their_middles():
    found = space.neighbourhoods(communes(), 2)
    assert {*found} == {(level, kind) for level in space.LEVELS for kind in ("contiguity", "nearest")}
    assert found["départements", "contiguity"].ties.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    assert np.diff(found["zones", "contiguity"].ties.indptr).tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]
    assert found["zones", "nearest"].ties.sum() == 18 and len(found["communes", "contiguity"].areas) == 36
    bare = communes()
    bare.loc[3, "geometry"] = None
    with pytest.raises(ValueError, match="no outline: 03"):
        space.neighbourhoods(bare, 2)


def test_rows_of_autocorrelation_are_morans_of_shares_and_deviates():
    around = space.neighbourhoods(communes(), 2)
    counts = {("communes", "all industry"): space.area_counts(communes(), "commune")}
    rows = space.share_autocorrelation(counts, around, simulations=99)
    assert rows[["neighbours", "scale"]].to_numpy().tolist() == [[k, s] for k in ("contiguity", "nearest") for s in ("share", "deviate")]
    table = counts["communes", "all industry"]
    assert rows.loc[0, "I"] == moran(table["events"] / table["base"], around["communes", "contiguity"], simulations=99).I > 0.5


def test_clusters_have_shares_and_what_they_would_be_alone():
    found = space.share_clusters({"communes": space.area_counts(communes(), "commune")}, space.neighbourhoods(communes(), 2), draws=9999)[
        "communes"
    ]
    assert found.loc["00", "share"] == 0.5 and found.loc["00", "alone"] == "high-high" and found.loc["55", "alone"] == "low-low"
    assert ((found["cluster"] == CLUSTERS[-1]) | (found["cluster"] == found["alone"])).all()


def test_a_plant_has_the_area_of_the_commune_under_it_or_of_the_nearest():
    table = communes()
    table.loc[0, "area_km2"] = 7.0
    plants = pd.DataFrame({"x": [3500.0, -50.0, 500.0], "y": [500.0, 300.0, 500.0]}, index=["here", "beside", "first"])
    assert space.commune_area(plants, table).to_dict() == {"here": 1e6, "beside": 7e6, "first": 7e6}


# The real data.


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    mirror = Path(os.environ.get("SLPI_MIRROR") or ROOT.parent / "shared" / "mirror")
    if (ROOT / "data" / "raw" / "national" / "COMMUNES.RData").is_file():
        return lambda name: prepared(name, ROOT / "data" / "raw").table
    if "SLPI_MIRROR" not in os.environ and not (mirror / "COMMUNES.RData").is_file():  # one that is named must be there
        pytest.skip("the open data are not at hand; SLPI_MIRROR names their folder")
    folder = tmp_path_factory.mktemp("national")
    (folder / "raw").mkdir()
    (folder / "raw" / "national").symlink_to(mirror.resolve())
    (folder / "raw" / "commune_changes.csv").symlink_to(ROOT / "data" / "raw" / "commune_changes.csv")
    return lambda name: prepared(name, folder / "raw").table


def test_real_counts_hold_119_831_manufacturing_establishments_of_which_bakers_are_more_than_a_fifth(real):
    counts = space.departement_counts(real("establishments"))
    industry = space.manufacturing(counts)
    assert len(counts) == 96 and industry.to_numpy().sum() == 119_831
    assert 0.2 < industry["10.71C"].sum() / industry.to_numpy().sum() < 0.25
    assert 0.25 < 1 - space.manufacturing(counts, artisan_food=False).to_numpy().sum() / industry.to_numpy().sum() < 0.3


def test_real_neighbourhoods_are_symmetric_and_cover_france(real):
    around = space.neighbourhoods(real("communes"), 6)
    for level, areas, mean in (("départements", 96, 5), ("zones", 287, 5.3), ("communes", 34_803, 6)):
        ties = around[level, "contiguity"].ties
        assert ties.shape == (areas, areas) and (ties != ties.T).nnz == 0 and ties.nnz / areas == pytest.approx(mean, abs=0.1)
        assert around[level, "nearest"].ties.nnz == 6 * areas


def test_real_zones_are_alike_side_by_side_and_oyonnax_has_the_highest_share(real):
    table = real("communes")
    zones = space.area_counts(table, "zone")
    share = zones["events"] / zones["base"]
    assert table.drop_duplicates("zone").set_index("zone").loc[share.idxmax(), "zone_name"] == "Oyonnax"
    # esda 2.9.0 on the same neighbours: 0.28595356660978133.
    assert moran(share, space.neighbourhoods(table, 6)["zones", "contiguity"], simulations=99).I == pytest.approx(
        0.28595356660978133, abs=1e-12
    )
