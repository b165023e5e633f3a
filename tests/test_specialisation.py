"""Claims against counts: which cells are specialised, which claims are met, what nobody names."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from slpi import specialisation as measures
from slpi.concentration import location_quotient_test
from slpi.national import prepared
from slpi.recovery import recovery

MIRROR = Path(os.environ.get("SLPI_MIRROR") or ROOT.parent / "shared" / "mirror")
FILE = "urssaf_ape_departement.json"


def counts() -> pd.DataFrame:
    """Four départements and three industries; cutlery sits in 63, lace in 62, and 75 has nothing but bread."""
    rows = {"63": [60, 40, 1], "62": [1, 50, 30], "75": [2, 300, 2], "69": [4, 100, 3]}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["25.71Z", "10.71C", "13.99Z"])


REGISTER = pd.DataFrame(
    [
        ("r1", "thiers", "cutlery", "25.71Z", "25.50A", "63", "outside", "high", "yes"),
        ("r2", "calais", "lace", "13.99Z", "", "62; 69", "text", "high", "yes"),
        ("r3", "paris", "knives", "25.71Z", "13.99Z; 62.01Z", "75", "text", "low", "yes"),
        ("r4", "calais", "bread", "10.71C", "", "62", "text", "medium", "yes"),
        ("r5", "ambert", "knives too", "25.71Z", "", "63", "text", "medium", "yes"),
        ("r6", "sentier", "software", "62.01Z", "", "75", "text", "high", "no"),
    ],
    columns=["register_id", "system_id", "activity", "naf", "alternates", "departements", "activity_from", "certainty", "industry"],
)


def quotients(**settings) -> pd.DataFrame:
    return location_quotient_test(counts(), prior=(2, 2), **settings)


def found(**changed):
    table, claims = quotients(**changed), measures.readings(REGISTER, counts().columns)["primary codes"]
    return recovery(measures.grid(table, "shrunken"), counts(), claims, draws=99), claims, table


def outcomes(level: float = 0.95, top: float = 0.9, **changed) -> pd.DataFrame:
    one, claims, table = found(**changed)
    return measures.outcomes(one, claims, table, REGISTER, level=level, top=top)


# Counts.


def test_counts_keep_metropolitan_manufacturing_and_fill_what_the_source_leaves_out():
    rows = [("63", "25.71Z", 60), ("2A", "10.71C", 3), ("63", "62.01Z", 9), ("974", "25.71Z", 1), ("63", "09.90Z", 2), ("63", "33.20D", 5)]
    source = pd.DataFrame(rows, columns=["departement", "naf", "establishments"])
    table = measures.counts_table(source)
    assert table.columns.to_list() == ["10.71C", "25.71Z", "33.20D"] and table.index.to_list() == ["2A", "63"]
    assert table.loc["2A"].to_list() == [3, 0, 0] and table.dtypes.eq(int).all()
    assert measures.counts_table(source, divisions=None).to_numpy().sum() == 79


def test_trades_lose_the_word_with_which_most_begin_and_no_other():
    labels = ["Fabrication de vis et de boulons", "Fabrication d'huiles", "Réparation de machines et d'équipements"]
    rows = pd.DataFrame({"naf": ["a", "b", "c"], "label": labels})
    assert measures.trades(pd.concat([rows, rows])).to_dict() == {
        "a": "vis et boulons",
        "b": "huiles",
        "c": "réparation de machines et d'équipements",
    }


def test_a_grid_has_the_labels_and_values_of_the_cells():
    table = quotients()
    lq = measures.grid(table, "lq")
    assert lq.shape == (4, 3) and set(lq.index) == set(counts().index)
    for row in table.itertuples():
        assert lq.loc[row.area, row.industry] == row.lq


# What counts as specialised.


def test_each_rule_passes_the_cells_that_a_count_by_hand_finds():
    table = quotients(threshold=2.0)
    rules = measures.rules(table, threshold=2.0, level=0.95)
    by_hand = [table["lq"] > 1, table["p_bh"] <= 0.05, table["lq"] > 2, table["p_above"] >= 0.95]
    assert rules["cells"].to_list() == [some.sum() for some in by_hand]
    assert rules["low"].to_list() == [(some & (table["lq"] < 2)).sum() for some in by_hand]
    assert rules["smallest"].to_list() == [table.loc[some, "lq"].min() for some in by_hand]
    assert rules.index[1] == "false-discovery rate 5% on quotient > 1" and rules.index[-1] == "P(quotient > 2) at least 0.95"


def test_higher_thresholds_leave_fewer_cells_and_never_more_claims_met():
    _, claims, _ = found()
    table = measures.by_threshold(counts(), claims, [1.2, 2.0, 6.0], level=0.95, draws=99)
    assert table["cells"].is_monotonic_decreasing and table["met"].is_monotonic_decreasing
    assert table.index.to_list() == [1.2, 2.0, 6.0] and table["permuted_p"].between(0, 1).all()
    assert (table["permuted_expected"] <= 4).all()


# The register.


def test_the_declared_reading_comes_first_and_the_others_keep_what_they_say():
    read = measures.readings(REGISTER, counts().columns)
    first, *others = read
    assert first == "primary codes" and read[first]["claim"].unique().tolist() == ["r1", "r2", "r3", "r4", "r5"]
    assert set(read["primary or alternate codes"].query("claim == 'r3'")["industry"]) == {"25.71Z", "13.99Z"}
    assert set(read["activity from a text, primary codes"]["claim"]) == {"r2", "r3", "r4", "r5"}
    assert read["first activity of each system"].groupby("system")["claim"].nunique().eq(1).all()
    assert {"r4"}.isdisjoint(read["first activity of each system"]["claim"]) and len(others) == 5


def test_readings_tried_later_are_kept_apart_from_the_declared_ones():
    later = measures.later_readings(REGISTER)
    assert {name: set(claims["claim"]) for name, claims in later.items()} == {
        "codes of high or medium certainty": {"r1", "r2", "r4", "r5"},
        "codes of high certainty": {"r1", "r2"},
        "activity from outside knowledge": {"r1"},
    }
    assert {*later}.isdisjoint(measures.readings(REGISTER, counts().columns))


def test_each_departement_and_code_is_one_claim_however_many_systems_name_it():
    pairs = measures.readings(REGISTER, counts().columns)["each département and code once"]
    assert sorted(pairs["claim"]) == ["62 10.71C", "62 13.99Z", "63 25.71Z", "69 13.99Z", "75 25.71Z"]
    assert (pairs["system"] == pairs["areas"]).all()


def test_alternates_that_are_not_counted_are_listed_and_such_a_primary_code_is_refused():
    assert measures.left_out(REGISTER, counts().columns) == ["25.50A", "62.01Z"]
    odd = REGISTER.assign(naf=REGISTER["naf"].replace("10.71C", "19.10Z"))
    with pytest.raises(ValueError, match=r"register: primary codes that are not counted: 19\.10Z"):
        measures.readings(odd, counts().columns)


def test_readings_are_compared_in_their_order_with_both_nulls():
    one, _, _ = found()
    table = measures.compare({"a": one, "b": one})
    assert table.index.to_list() == ["a", "b"] and table.loc["a", ["claims", "systems"]].to_list() == [5, 4]
    assert table.loc["b", "percentile"] == one.percentile and table.loc["b", "drawn_low"] == one.drawn.low
    assert table.loc["a", "permuted_p"] == one.permuted.p and table.loc["a", "permuted_high"] == one.permuted.high


# Outcomes.


def test_a_claim_is_specialised_where_one_of_its_areas_is_sure_to_exceed_the_threshold():
    table = outcomes()
    assert table.loc[["r1", "r2", "r5"], "outcome"].eq("specialised").all()  # lace: 62 is, 69 is not
    assert table.loc["r2", "lowest"] < table.loc["r2", "percentile"] < table.loc["r2", "highest"] and table.loc["r2", "count"] == 33
    assert table.loc["r3", "outcome"] == "not found" and table.loc["r1", "count"] == 60


def test_a_claim_that_is_not_sure_is_high_from_the_chosen_percentile_on():
    sure = outcomes(level=0.95, threshold=50.0)  # nothing exceeds that
    assert "specialised" not in set(sure["outcome"])
    height = sure.loc["r1", "percentile"]
    assert outcomes(threshold=50.0, top=height).loc["r1", "outcome"] == "high"
    assert outcomes(threshold=50.0, top=height + 0.01).loc["r1", "outcome"] == "not found"


def test_outcomes_stand_highest_first_with_what_was_claimed():
    table = outcomes()
    assert table["percentile"].is_monotonic_decreasing and len(table) == 5
    assert table.loc["r2", ["system", "activity", "areas", "activity_from"]].to_list() == ["calais", "lace", "62; 69", "text"]
    assert np.allclose(table["percentile"], (table["lowest"] + table["highest"]) / 2)


# What nobody names, what everyone knows.


def test_specialised_cells_say_which_systems_name_them():
    table = measures.standing_out(quotients(), found()[1], {"25.71Z": "knives", "13.99Z": "lace", "10.71C": "bread"}, level=0.95)
    assert table[["area", "industry", "label", "systems"]].to_numpy().tolist() == [
        ["62", "13.99Z", "lace", "calais"],  # 6.1 as counted
        ["63", "25.71Z", "knives", "thiers, ambert"],  # 5.3
    ]
    nobody = measures.standing_out(quotients(), found()[1].query("system == 'paris'"), {}, level=0.95)
    assert nobody["systems"].eq("").all() and table["shrunken"].is_monotonic_decreasing


def test_known_trades_are_ranked_among_the_areas():
    ranks = measures.known_ranks(quotients(), {"25.71Z": ("cutlery", "63"), "13.99Z": ("lace", "69")})
    assert ranks.loc["cutlery", ["area", "count", "rank", "of"]].to_list() == ["63", 60, 1, 4]
    assert ranks.loc["lace", "rank"] == 2


def test_a_place_has_one_mark_with_the_best_outcome_of_its_systems():
    systems = pd.DataFrame(
        [
            ("thiers", "Thiers", "thiers", "Thiers (town)", 3.55, 45.85),
            ("ambert", "Ambert", "thiers", "Thiers (town)", 3.55, 45.85),
            ("calais", "Calais", "calais", "Calais", 1.85, 50.95),
            ("paris", "Sentier", np.nan, np.nan, np.nan, np.nan),
            ("other", "Elsewhere", "else", "Elsewhere", 2.0, 48.0),
        ],
        columns=["system_id", "label", "place_id", "place", "lon", "lat"],
    )
    marks = measures.marks(outcomes(), systems).set_index("place_id")
    assert marks.index.to_list() == ["calais", "thiers"] and marks["label"].to_list() == ["Calais", "Thiers (2)"]
    assert marks["kind"].eq("specialised").all() and marks.loc["thiers", "n"] == 2
    lost = measures.marks(outcomes(threshold=50.0, top=0.99), systems)
    assert set(lost["kind"]) == {"not found"} and lost["x"].between(1e5, 1.3e6).all()


# The real data.


@pytest.fixture(scope="module")
def national(tmp_path_factory) -> pd.DataFrame:
    folder = next((folder for folder in (ROOT / "data" / "raw" / "national", MIRROR) if (folder / FILE).is_file()), None)
    if folder is None:
        pytest.skip("no national data here")
    raw = tmp_path_factory.mktemp("data") / "raw"
    (raw / "national").mkdir(parents=True)
    (raw / "national" / FILE).write_bytes((folder / FILE).read_bytes())
    return prepared("establishments", raw).table


def test_the_national_counts_have_their_published_total(national):
    assert national["establishments"].sum() == 1_885_359
    assert measures.counts_table(national).shape == (96, 258)


def test_trades_known_to_be_at_home_in_a_departement_stand_first_there(national):
    ranks = measures.known_ranks(location_quotient_test(measures.counts_table(national)))
    assert len(ranks) == 8 and ranks["rank"].le(2).all() and (ranks["rank"] == 1).sum() >= 7


def test_the_register_is_as_it_was_written_and_all_of_its_primary_codes_are_counted(national):
    register = pd.read_csv(ROOT / "data" / "raw" / "corpus" / "recovery_register.csv", dtype=str)
    read = measures.readings(register, measures.counts_table(national).columns)
    assert read["primary codes"]["claim"].nunique() == (register["industry"] == "yes").sum()
    assert register["written"].notna().all()
