"""What is said of concentration follows from the tables: other tables, other sentences."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from slpi import concentration_words as words
from slpi.autocorrelation import CLUSTERS
from slpi.localisation import Localisation

NONE = CLUSTERS[-1]
NAF = {"a": "alpha (A)", "b": "beta (B)", "c": "gamma (C)", "d": "delta (D)"}


def gammas(first: list[float], second: list[float], verdicts: list[str] | None = None) -> pd.DataFrame:
    """Industries a, b, … against two baselines."""
    parts = []
    for baseline, values in {"industry": first, "people": second}.items():
        part = pd.DataFrame(
            {"baseline": baseline, "industry": list("abcd")[: len(values)], "establishments": 50, "gamma": values, "gamma_ms": values}
        )
        part["rank"] = part["gamma"].rank(ascending=False, method="first").astype(int)
        parts.append(part.assign(verdict=verdicts or np.where(part["gamma"] > 0, "concentrated", "spread")))
    return pd.concat(parts, ignore_index=True)


def both(first: list[float], second: list[float], **more: list[str]) -> pd.DataFrame:
    return words.side_by_side(gammas(first, second, **more), "industry", "people")


def curves(
    observed: dict[str, dict[str, list[float]]], verdicts: dict[str, list[str]] | None = None, simulations: int = 999
) -> Localisation:
    """Curves at 10, 20 and 30 km of each measure and industry beside a band from 0.5 to 2, and their verdicts."""
    rows, tests = [], []
    for measure, industries in observed.items():
        for at, (name, values) in enumerate(industries.items()):
            rows.append(
                pd.DataFrame(
                    {
                        "measure": measure,
                        "industry": name,
                        "r": [1e4, 2e4, 3e4],
                        "observed": values,
                        "expected": 1.0,
                        "low": 0.5,
                        "high": 2.0,
                    }
                )
            )
            high = "localised" if max(values) > 2 else "dispersed" if min(values) < 0.5 else "like chance"
            tests.append((measure, name, 30, 0.001, 0.01, 0.02, verdicts[measure][at] if verdicts else high, 1e4, 3e4))
    columns = ["measure", "industry", "plants", "p", "p_fdr", "p_holm", "verdict", "first", "last"]
    return Localisation(pd.DataFrame(tests, columns=columns), pd.concat(rows, ignore_index=True), simulations, 0.95)


UP, FLAT, DOWN = [5.0, 3.0, 1.0], [1.0, 1.0, 1.0], [0.1, 1.0, 1.0]


def zones(*kinds: tuple[str, str]) -> pd.DataFrame:
    """Zones with their cluster after the correction and alone, the first with the highest share."""
    frame = pd.DataFrame(kinds, columns=["cluster", "alone"], index=[f"z{i}" for i in range(len(kinds))])
    return frame.assign(
        share=np.linspace(0.3, 0.1, len(kinds)), p=np.linspace(0.001, 0.9, len(kinds)), name=[f"Zone {i}" for i in range(len(kinds))]
    )


def morans(*values: float, p: float = 0.001) -> pd.DataFrame:
    rows = [
        {
            "level": level,
            "counted": "all industry",
            "neighbours": "contiguity",
            "scale": "deviate",
            "I": value,
            "expected": -0.01,
            "p": p,
            "low": -0.1,
            "high": 0.1,
        }
        for level, value in zip(("départements", "zones", "communes"), values, strict=False)
    ]
    return pd.DataFrame(rows)


# Titles of industries.


def test_titles_lose_their_first_words_and_whole_letters_come_back():
    assert words.naf_label("Fabrication d'autres outillages") == "autres outillages"
    assert words.naf_label("Fabrication de vêtements de dessus") == "vêtements de dessus"
    assert words.naf_label("Structures fl ottantes au profil froid") == "structures flottantes au profil froid"
    assert words.naf_label("Transformation et conservation de la viande de boucherie", 30).endswith(" …")
    table = pd.DataFrame({"naf": ["2", "1", "1"], "label": ["Fabrication de coutellerie", "Horlogerie", "Horlogerie"]})
    assert words.naf_labels(table).to_dict() == {"1": "horlogerie (1)", "2": "coutellerie (2)"}


# Two baselines.


def test_the_order_changes_by_the_correlation_of_ranks():
    assert words.order_words(both([4, 3, 2, 1], [4, 3, 2, 1])) == "little"
    assert words.order_words(both([4, 3, 2, 1], [4, 3, 1, 2])) == "in part"
    assert words.order_words(both([4, 3, 2, 1], [1, 2, 3, 4])) == "much"


def test_title_and_sentence_follow_the_leader_the_order_and_the_signs():
    same, other = both([0.4, 0.3, 0.2, 0.1], [0.5, 0.3, 0.2, 0.1]), both([0.4, 0.3, 0.2, 0.1], [-0.1, 0.3, 0.2, 0.1])
    assert (
        words.gamma_title(same, "industry", "people", NAF)
        == "Alpha (A) leads against both; against people the order changes little, and 0 signs turn"
    )
    assert words.gamma_title(other, "industry", "people", NAF).startswith(
        "Alpha (A) leads against industry only; against people the order changes much, and 1 sign turns"
    )
    assert words.areas_sentence(other, "industry", "people") == (
        "Between départements, 4 of 4 industries are more concentrated than chance against industry, 3 against people; "
        "the choice of baseline changes the order much and turns the sign of 1 industry."
    )
    assert other["flips"].tolist() == [True, False, False, False] and other["moved"].tolist() == [3, -1, -1, -1]


def test_every_row_of_the_figure_is_in_its_alt_text():
    found = gammas([0.4, 0.3, 0.2, 0.1], [0.1, 0.3, 0.2, 0.4])
    said = words.gamma_alt(found, both([0.4, 0.3, 0.2, 0.1], [0.1, 0.3, 0.2, 0.4]).head(2), "industry", "people", NAF)
    assert "2 of 4 industries" in said and "alpha (A) 0.400 and 0.100 (ranks 1 and 4)" in said and "gamma (C)" not in said


def test_numbers_count_verdicts_signs_and_what_is_high():
    found = gammas([0.4, 0.03, -0.2, 0.1], [0.4, -0.03, -0.2, 0.1])
    numbers = words.gamma_numbers(found, both([0.4, 0.03, -0.2, 0.1], [0.4, -0.03, -0.2, 0.1]), both([4, 3, 2, 1], [4, 3, 2, 1]))
    assert (numbers["concentrated_first"], numbers["concentrated_second"], numbers["spread_first"], numbers["spread_second"]) == (
        3,
        2,
        1,
        2,
    )
    assert (numbers["high_first"], numbers["flips_number"], numbers["flips_ms"], numbers["food_words"]) == (2, 1, 1, "little")
    assert numbers["rank_correlation"] == pytest.approx(1) and numbers["food_correlation"] == pytest.approx(1)


def test_places_are_those_with_the_most_establishments():
    counts = pd.DataFrame({"a": [40, 5], "b": [1, 9]}, index=["63", "69"])
    names = {"63": "Puy-de-Dôme", "69": "Rhône"}
    assert words.leading_places(counts, ["a", "b"], NAF, names) == "alpha (A) in Puy-de-Dôme (40 of 45) and beta (B) in Rhône (9 of 10)"
    moved = words.movers_words(counts, pd.Index(["b"]), counts.sum(axis=1), pd.Series({"63": 75, "69": 25}), names)
    assert moved == "Rhône holds 90 % of their establishments, 25 % of the first baseline and 25 % of the second"
    assert words.register_words(counts, pd.Series(["a", "a"]), ["a", "b"], NAF).endswith(
        "the register holds 2 of alpha (A) beside 45 employers and 0 of beta (B) beside 10 employers"
    )


# By distance.


def test_who_is_localised_and_by_how_many_measures_follows_the_verdicts():
    found = curves({"M": {"a": UP, "b": FLAT, "c": UP}, "K": {"a": UP, "b": DOWN, "c": FLAT}})
    assert words.localised(found, "M") == ["a", "c"] and words.everywhere(found) == ["a"]
    assert words.distance_sentence(found) == (
        "By distance, most of the 3 industries with enough registered plants (2) are localised by M beyond chance and the correction "
        "for many tests, 1 by every measure used."
    )
    none = curves({"M": {"a": FLAT, "b": FLAT, "c": DOWN}, "K": {"a": FLAT, "b": FLAT, "c": FLAT}})
    assert words.distance_sentence(none).startswith("By distance, none of the 3 industries with enough registered plants (0)")


def test_a_curve_beyond_its_band_counts_only_where_its_industry_is_told_from_chance():
    verdicts = {"M": ["localised", "like chance"]}
    counted = words.by_distance(curves({"M": {"a": UP, "b": UP}}, verdicts))
    assert counted["above"].tolist() == [1, 1, 0] and counted["below"].tolist() == [0, 0, 0]
    assert words.by_distance(curves({"M": {"a": DOWN}}))["below"].tolist() == [1, 0, 0]


def test_the_title_by_distance_counts_at_both_ends_and_the_alt_text_between():
    found = curves({"M": {"a": UP, "b": UP}, "K": {"a": FLAT, "b": DOWN}})
    assert (
        words.distance_title(found)
        == "Within 10 km 2 of 2 industries lie above their band by M, and 0 within 30 km; by K, 0 at 10 km and 0 at 30 km"
    )
    assert "K: 0 above and 1 below at 10 km, 0 above and 0 below at 20 km" in words.distance_alt(found)


def test_the_strongest_are_localised_and_ordered_by_m():
    found = curves({"M": {"a": [9, 3, 1], "b": [9, 8, 1], "c": [9, 90, 1]}}, {"M": ["localised", "localised", "like chance"]})
    shown = words.strongest(found, 2e4)
    assert shown == ["b", "a"]
    assert (
        words.curves_title(found, shown, 2e4, NAF)
        == "Within 20 km of its own plants, beta (B) is 8 times as frequent as among all registered plants"
    )
    assert words.curves_title(found, [], 2e4, NAF) == "No industry is localised by M"
    assert "beta (B): 9.0 at 10 km (band to 2.0), 1.0 at 30 km (band to 2.0)" in words.curves_alt(found, shown, NAF)


@pytest.mark.parametrize(("n", "said"), [(0, "nearly all verdicts stay"), (3, "most verdicts stay"), (9, "many verdicts change")])
def test_verdicts_are_steady_by_how_many_change(n, said):
    assert words.steady_words(n, 20) == said
    assert f"in the commune {said} ({n} of 20 change)" in words.sure_sentence(n, 0, 20, 0.27)
    assert f"in one commune {said} ({n} change)" in words.sure_sentence(0, n, 20, 0.27) and "27 %" in words.sure_sentence(0, n, 20, 0.27)


def test_treatments_are_counted_with_what_they_change():
    found, other = curves({"M": {"a": UP, "b": FLAT}, "K": {"a": FLAT, "b": FLAT}}), curves({"M": {"a": UP, "b": DOWN}})
    table = words.treatment_table(found, {"moved": other})
    assert table["differ from M"].to_dict() == {"M": 0, "K": 1, "M, moved": 1}
    assert table.loc["M, moved", ["localised", "dispersed", "like chance"]].tolist() == [1, 1, 0]
    assert words.changed(found, other) == 1 and words.changed(found, found) == 0


def test_holm_speaks_only_with_draws_enough():
    industries = {f"i{k}": UP for k in range(20)}
    assert words.holm_words(curves({"M": industries}, simulations=399)) == "leaves 20 of those that M finds"
    assert words.holm_words(curves({"M": industries}, simulations=99)) == "cannot speak here: 20 tests would need 399 draws or more"


def test_numbers_by_distance_are_those_of_the_verdicts():
    numbers = words.distance_numbers(curves({"M": {"a": UP, "b": FLAT}, "K, 1": {"a": UP, "b": DOWN}, "K, 2": {"a": FLAT, "b": UP}}))
    assert (
        numbers["tested"],
        numbers["localised_m"],
        numbers["dispersed_narrow"],
        numbers["localised_wide"],
        numbers["localised_all"],
    ) == (2, 1, 1, 1, 0)


def test_the_smallest_distance_is_twice_the_radius_of_nearly_all_communes():
    plants = pd.DataFrame({"naf": ["a", "a", "a", "b"], "x": [0.0, 0, 1, 1], "y": 0.0})
    area = pd.Series(np.pi * 5_000.0**2, plants.index)
    numbers = words.place_numbers(plants, area, 10)
    assert numbers["smallest_km"] == pytest.approx(10) and numbers["points"] == 2 and numbers["sharing_share"] == 1
    assert numbers["one_point_share"] == pytest.approx(1 / 3)  # of the three pairs within an industry
    kept = [words.place_numbers(plants, area, km)["smallest_words"] for km in (12, 9.5, 5)]
    assert kept == ["keeps to", "keeps to within a kilometre", "does not keep to"]


# Side by side.


def test_neighbours_are_alike_by_p_and_side():
    assert words.alike_words(morans(0.4, 0.3, 0.1)) == "at every choice"
    assert words.alike_words(morans(0.4, -0.3, 0.1)) == "at some choices only"
    assert words.alike_words(morans(0.4, 0.3, 0.1, p=0.2)) == "at no choice"


def test_how_i_changes_with_areas_is_read_from_them():
    assert words.size_words(morans(0.4, 0.3, 0.1)) == "falls" and words.size_words(morans(0.1, 0.3, 0.4)) == "rises"
    assert words.size_words(morans(0.4, 0.1, 0.3)) == "does not fall steadily"
    assert (
        words.moran_title(morans(0.4, 0.3, 0.1))
        == "Neighbours are alike at every choice of areas and neighbours; I falls from large areas to small"
    )
    assert "zones, all industry, contiguity, deviate: 0.30 (chance -0.10 to 0.10)" in words.moran_alt(morans(0.4, 0.3, 0.1))


def test_the_sentence_on_space_counts_zones_with_and_without_the_correction():
    clusters = {"zones": zones(("high-high", "high-high"), (NONE, "low-low"), (NONE, NONE))}
    assert words.space_sentence(morans(0.4, 0.3, 0.1), clusters) == (
        "Neighbours are alike in their share of industry at every choice of areas (Moran's I 0.40 among départements, 0.30 among zones and "
        "0.10 among communes); 1 of 3 zones stand in a cluster after the correction for many tests, 2 without it."
    )


@pytest.mark.parametrize(("after", "how"), [(0.42, "hardly moves"), (0.6, "raises"), (0.2, "lowers")])
def test_what_artisan_food_does_is_read_from_both(after, how):
    rows = pd.DataFrame(
        {"neighbours": "contiguity", "scale": "share", "counted": ["with artisan food", "without artisan food"], "I": [0.44, after]}
    )
    assert words.food_sentence(rows) == f"Leaving artisan food out {how} Moran's I between départements, from 0.44 to {after:.2f}"


@pytest.mark.parametrize(
    ("first", "where"),
    [
        (("high-high", "high-high"), "in a cluster that stays"),
        ((NONE, "high-high"), "in one that does not stay"),
        ((NONE, NONE), "in none"),
    ],
)
def test_the_title_of_the_map_says_where_the_highest_share_stands(first, where):
    table = zones(first, ("low-low", "low-low"), (NONE, NONE))
    kept, alone = ((table[column] != NONE).sum() for column in ("cluster", "alone"))
    count = "1 zone" if alone == 1 else f"{alone} zones"
    said = f"{count} in clusters where each is tested alone, {kept} after the correction for many tests"
    assert words.clusters_title(table) == f"{said}; Zone 0, of the highest share, is {where}"


def test_the_map_in_words_names_kinds_and_what_stays():
    said = words.clusters_alt(zones(("high-high", "high-high"), (NONE, "low-low"), (NONE, NONE)), pd.DataFrame({"label": ["Zone 0 30 %"]}))
    assert "Map of 3 employment zones" in said and "high-high 1, as Zone 0; low-low 1, as Zone 1" in said
    assert "Marked full, after the correction: Zone 0. Labelled: Zone 0 30 %." in said
    assert "filled by kind of cluster: none. Marked full, after the correction: none." in words.clusters_alt(
        zones((NONE, NONE)), pd.DataFrame({"label": []})
    )


def test_clusters_are_counted_by_level():
    table = words.cluster_table({"zones": zones(("high-high", "high-high"), (NONE, "low-low")), "communes": zones((NONE, NONE))})
    assert table.loc["zones"].to_dict() == {
        "high-high": 1,
        "low-low": 0,
        "high-low": 0,
        "low-high": 0,
        "areas": 2,
        "without the correction": 2,
    }
    assert table.loc["communes", ["areas", "without the correction"]].tolist() == [1, 0]


def test_numbers_of_space_tell_levels_the_reach_of_the_draws_and_what_zones_and_communes_share():
    communes = zones(("high-high", "high-high"), ("high-high", "high-high"), (NONE, NONE))
    clusters = {"zones": zones((NONE, "high-high"), (NONE, NONE)), "communes": communes}
    where = pd.Series({"z0": "z0", "z1": "z1", "z2": "z1"})
    numbers = words.space_numbers(morans(0.4, 0.3, 0.1), clusters, where, draws=99, level=0.05)
    assert (numbers["moran_departements"], numbers["zones_alone"], numbers["zones_kept"], numbers["communes_kept"]) == (0.4, 1, 0, 2)
    assert numbers["communes_floor"] == 2 and numbers["shared_share"] == 0.5  # 2 / 100 * 3 / 0.05 communes
    assert numbers["top_words"].startswith("none of them") and numbers["top_zones_words"] == "Zone 0 and Zone 1"
    clusters["zones"] = zones(("high-high", "high-high"), (NONE, NONE))
    assert words.space_numbers(morans(0.4, 0.3, 0.1), clusters, where, draws=99, level=0.05)["top_words"].startswith("some of them")
    clusters["communes"] = zones((NONE, NONE))
    assert words.space_numbers(morans(0.4, 0.3, 0.1), clusters, where, draws=99, level=0.05)["shared_share"] == 0


def test_sources_are_counted_whole_and_as_looked_at():
    tables = {
        "establishments": pd.DataFrame({"departement": ["01", "971"]}),
        "communes": pd.DataFrame({"metropolitan": [True, True, False]}),
        "zone_shapes": pd.DataFrame({"metropolitan": [True, False]}),
        "plants": pd.DataFrame({"x": [1, 2, 3]}),
    }
    data = {name: SimpleNamespace(table=table, producer="P") for name, table in tables.items()}
    assert words.source_table(data, tables["plants"].head(2))["looked at"].to_dict() == {
        "employers": 1,
        "communes": 2,
        "outlines of employment zones": 1,
        "registered plants": 2,
    }


def test_the_table_of_the_highest_zones_has_heads_that_a_reader_knows():
    top = pd.DataFrame({"share": [0.2], "deviate": [6.0], "lag": [1.0], "alone": ["high-high"], "cluster": [NONE], "p": [0.1]}, ["Oyonnax"])
    said = words.top_table(top)
    assert said.index.name == "zone" and said.loc["Oyonnax", "neighbours' deviation"] == 1 and "p" not in said
    assert said.loc["Oyonnax", ["tested alone", "after the correction"]].to_list() == ["high-high", NONE]
