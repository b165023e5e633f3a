"""Claims of places against where industries are."""

import itertools

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from slpi import recovery as module
from slpi.recovery import CLAIM, hits, recovery, register_claims


def drawn(areas: int = 12, industries: int = 6, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    labels = [f"d{i:02}" for i in range(areas)], [f"n{j}" for j in range(industries)]
    return pd.DataFrame(random.integers(1, 60, (areas, industries)).astype(float), *labels)


def claimed(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=CLAIM)


THREE = claimed(
    ("c1", "s1", "n0", "d01"), ("c2", "s2", "n1", "d02"), ("c2", "s2", "n1", "d03"), ("c3", "s3", "n2", "d05"), ("c4", "s3", "n4", "d05")
)


def test_the_percentile_is_the_share_of_areas_below():
    measure = drawn()
    found = recovery(measure, measure, THREE, draws=9).claims
    column = measure["n0"]
    below, alike = (column < column["d01"]).sum(), (column == column["d01"]).sum()
    assert found.loc["c1", "percentile"] == pytest.approx((below + alike / 2) / 12)
    assert found.loc["c1", ["rank", "of"]].tolist() == [12 - below - (alike - 1) / 2, 12]
    one, two = (recovery(measure, measure, claimed(("c", "s", "n1", d)), draws=9).percentile for d in ("d02", "d03"))
    assert found.loc["c2", "percentile"] == pytest.approx((one + two) / 2)


def test_exchanged_areas_give_the_mean_over_every_exchange():
    measure = drawn()
    found = recovery(measure, measure, THREE, draws=20000)
    heights = measure.rank().sub(0.5) / 12
    areas = {"s1": ["d01"], "s2": ["d02", "d03"], "s3": ["d05"]}
    claims = {"c1": ("s1", "n0"), "c2": ("s2", "n1"), "c3": ("s3", "n2"), "c4": ("s3", "n4")}
    every = []
    for order in itertools.permutations(areas):
        taken = dict(zip(areas, order, strict=True))
        every.append(np.mean([heights.loc[areas[taken[system]], industry].mean() for system, industry in claims.values()]))
    assert found.permuted.expected == pytest.approx(np.mean(every), abs=0.01)
    assert found.permuted.p == pytest.approx(np.mean(np.array(every) >= found.percentile - 1e-9), abs=0.02)


def test_drawn_areas_follow_the_establishments():
    measure = drawn()
    counts = measure * 0 + 1.0
    counts["n0"] = [97.0, 1, 1, 1] + [0.0] * 8
    found = recovery(measure, counts, claimed(("c", "s", "n0", "d07")), draws=20000)
    heights = measure["n0"].rank().sub(0.5) / 12
    assert found.drawn.expected == pytest.approx((heights * counts["n0"] / 100).sum(), abs=0.01)
    two = claimed(("c", "s", "n0", "d07"), ("c", "s", "n0", "d08"))
    pairs = recovery(measure, counts, two, draws=20000).drawn.expected  # nearly always the first area and one of three
    assert pairs == pytest.approx((heights.iloc[0] + heights.iloc[1:4].mean()) / 2, abs=0.02)


def test_choosing_the_best_of_several_codes_is_done_in_every_draw():
    random, claims = np.random.default_rng(1), []
    measure = pd.DataFrame(random.random((40, 60)), [f"d{i}" for i in range(40)], [f"n{j}" for j in range(60)])
    for system in range(30):
        claims += [(f"c{system}", f"s{system}", f"n{code}", f"d{random.integers(40)}") for code in (2 * system, 2 * system + 1)]
    frame = claimed(*claims)
    frame["areas"] = frame.groupby("claim")["areas"].transform("first")
    found = recovery(measure, measure * 0 + 1, frame, draws=2000)
    assert found.permuted.expected == pytest.approx(2 / 3, abs=0.05) and found.drawn.expected == pytest.approx(2 / 3, abs=0.02)
    best = measure.rank().sub(0.5).div(40)
    assert found.claims.loc["c3", "percentile"] == pytest.approx(
        best.loc[frame.set_index("claim").loc["c3", "areas"].iloc[0], ["n6", "n7"]].max()
    )


def test_claims_without_meaning_are_found_true_as_often_as_the_level_says():
    random, p = np.random.default_rng(2), []
    for seed in range(100):
        measure = drawn(30, 20, seed)
        claims = claimed(*((f"c{s}", f"s{s}", f"n{random.integers(20)}", f"d{random.integers(30):02}") for s in range(12)))
        found = recovery(measure, measure * 0 + 1, claims, draws=199, rng=seed)
        p.append((found.permuted.p, found.drawn.p))
    low = (np.array(p) <= 0.1).mean(axis=0)
    assert (low > 0.03).all() and (low < 0.19).all()


def test_the_same_seed_gives_the_same_result_and_order_of_tables_does_not_matter():
    measure = drawn()
    found = recovery(measure, measure, THREE, draws=199, rng=5)
    assert recovery(measure, measure, THREE, draws=199, rng=5).drawn.p == found.drawn.p
    assert recovery(measure, measure, THREE.iloc[::-1], draws=199).percentile == pytest.approx(found.percentile)


def test_the_register_becomes_claims_within_industry():
    register = pd.read_csv(ROOT / "data" / "raw" / "corpus" / "recovery_register.csv", dtype=str)
    primary, whole = register_claims(register), register_claims(register, alternates=True)
    inside = register[register["industry"] == "yes"]
    assert set(primary["claim"]) == set(whole["claim"]) == set(inside.drop_duplicates(["system_id", "naf"])["register_id"])
    assert primary.groupby("claim")["industry"].nunique().max() == 1 and whole.groupby("claim")["industry"].nunique().max() > 1
    assert (whole.groupby("claim")["industry"].first() == primary.groupby("claim")["industry"].first()).all()
    thiers = whole[whole["claim"] == "rr-013"]
    assert thiers.to_numpy().tolist() == [["rr-013", "thiers", "25.71Z", "63"], ["rr-013", "thiers", "25.99A", "63"]]
    assert primary["areas"].str.fullmatch(r"\d[\dAB]").all() and whole["industry"].str.fullmatch(r"\d\d\.\d\d[A-Z]").all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"claims": claimed(("c", "s", "n0", "d99"))}, "areas that the measure lacks: d99"),
        ({"claims": claimed(("c", "s", "n9", "d01"))}, "industries that the measure lacks: n9"),
        ({"claims": claimed(("c", "s", "n0", "d01"), ("c", "t", "n0", "d01"))}, "of two systems: c"),
        ({"claims": claimed().drop(columns="areas")}, "no column areas"),
        ({"claims": claimed()}, "there is none"),
        ({"counts": drawn().iloc[1:]}, "other labels"),
        ({"counts": drawn() * 0}, "an industry is in 0 areas, a claim names 1"),
        ({"measure": drawn() * np.nan}, "no area of these has a measure: c1, c2, c3, c4"),
        ({"draws": 0}, "at least 1"),
        ({"measure": pd.concat([drawn(), drawn()])}, "label twice"),
    ],
)
def test_recovery_refuses(change, match):
    given = {"measure": drawn(), "counts": drawn(), "claims": THREE, **change}
    with pytest.raises(ValueError, match=match):
        module.recovery(**given)


# Claims that are met.


def met(counts: pd.DataFrame) -> pd.DataFrame:
    return counts > counts.quantile(0.6)


def test_hits_count_the_claims_of_which_any_area_meets_the_condition():
    measure = drawn()
    some = met(measure)
    found = hits(some, measure, THREE, draws=9)
    expected = {
        "c1": some.loc["d01", "n0"],
        "c2": some.loc[["d02", "d03"], "n1"].any(),
        "c3": some.loc["d05", "n2"],
        "c4": some.loc["d05", "n4"],
    }
    assert found.claims.to_dict() == expected and found.share == np.mean(list(expected.values()))
    every = hits(some | True, measure, THREE, draws=9)
    assert every.share == 1 and every.permuted.p == every.drawn.p == 1


def test_exchanged_hits_have_the_mean_over_every_exchange():
    measure = drawn()
    some = met(measure)
    areas = {"s1": ["d01"], "s2": ["d02", "d03"], "s3": ["d05"]}
    claims = {"c1": ("s1", "n0"), "c2": ("s2", "n1"), "c3": ("s3", "n2"), "c4": ("s3", "n4")}
    every = []
    for order in itertools.permutations(areas):
        taken = dict(zip(areas, order, strict=True))
        every.append(np.mean([some.loc[areas[taken[system]], industry].any() for system, industry in claims.values()]))
    assert hits(some, measure, THREE, draws=20000).permuted.expected == pytest.approx(np.mean(every), abs=0.01)


def test_drawn_hits_of_one_area_are_the_industrys_share_where_the_condition_holds():
    counts = drawn()
    some = met(counts)
    found = hits(some, counts, claimed(("c", "s", "n3", "d04")), draws=20000).drawn
    assert found.expected == pytest.approx(counts.loc[some["n3"], "n3"].sum() / counts["n3"].sum(), abs=0.01)


def test_drawn_hits_of_two_areas_are_drawn_without_replacement():
    counts = drawn(areas=5)
    some = met(counts)
    share = (counts["n0"] / counts["n0"].sum()).to_dict()
    none = sum(
        share[a] * share[b] / (1 - share[a]) for a, b in itertools.permutations(share, 2) if not (some.loc[a, "n0"] or some.loc[b, "n0"])
    )
    found = hits(some, counts, claimed(("c", "s", "n0", "d01"), ("c", "s", "n0", "d02")), draws=20000).drawn
    assert found.expected == pytest.approx(1 - none, abs=0.01)


def test_a_null_says_the_middle_of_its_draws():
    measure = drawn(areas=40)
    claims = claimed(*((f"c{i}", f"s{i}", f"n{i % 6}", f"d{i:02}") for i in range(30)))
    for found in (recovery(measure, measure, claims, draws=1999), hits(met(measure), measure, claims, draws=1999)):
        for null in (found.permuted, found.drawn):
            assert 0 < null.low < null.expected < null.high < 1 and 0 <= null.error < 0.02


def test_hits_refuse_what_recovery_refuses():
    measure = drawn()
    with pytest.raises(ValueError, match="claims: areas that the measure lacks: d99"):
        hits(met(measure), measure, claimed(("c", "s", "n0", "d99")))
