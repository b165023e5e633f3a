"""The named systems: bounds against every completion of the silences, traits, sizes, places, and the figures' boxes."""

import doctest
from itertools import combinations, product
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slpi import figures, layout, networks, systems
from slpi import systems_words as words
from slpi.corpus import load_corpus

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("economic", "non_economic")
ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(KINDS), st.sampled_from([0, 1])), max_size=12)


@pytest.fixture(scope="module")
def corpus():
    return load_corpus(ROOT / "data" / "raw" / "corpus")


@pytest.fixture(scope="module")
def named(corpus):
    everyone = systems.described(corpus.systems, corpus.forms, corpus.places)
    return everyone[everyone["kind"] == "system"]


def motives(rows):
    frame = pd.DataFrame(rows, columns=["system_id", "kind", "value"])
    return frame.assign(motive_id=[f"m{i}" for i in range(len(frame))])


def every_completion(rows, names, denials):
    """Shares of yes under each way of answering what the text leaves open."""
    open_, fixed = [], {}
    for name, kind in product(names, KINDS):
        values = [v for s, k, v in rows if (s, k) == (name, kind)]
        if 1 in values:
            fixed[name, kind] = 1
        elif 0 in values and denials == "kind":
            fixed[name, kind] = 0
        else:
            open_.append((name, kind))
    for answers in product([0, 1], repeat=len(open_)):
        said = fixed | dict(zip(open_, answers, strict=True))
        yes = {kind: np.mean([said[name, kind] for name in names]) for kind in KINDS}
        yield yes | {"both": np.mean([said[name, KINDS[0]] * said[name, KINDS[1]] for name in names])}


def test_doctests():
    assert doctest.testmod(systems, extraglobs={"np": np, "pd": pd}).failed == 0


@settings(deadline=None)
@given(ROWS, st.sampled_from(["kind", "motive"]))
def test_bounds_are_the_extremes_over_every_completion_of_the_silences(rows, denials):
    names = list("abcd")
    shares = pd.DataFrame(every_completion(rows, names, denials))
    found = systems.share_bounds(motives(rows), names, denials=denials)
    np.testing.assert_allclose(found["low"], shares.min()[found.index])
    np.testing.assert_allclose(found["high"], shares.max()[found.index])


@settings(deadline=None)
@given(ROWS.filter(len), st.data())
def test_more_silence_never_narrows_the_bounds(rows, data):
    system, kind, _ = data.draw(st.sampled_from(rows))
    before = systems.share_bounds(motives(rows), "abcd")
    after = systems.share_bounds(motives([row for row in rows if row[:2] != (system, kind)]), "abcd")
    assert (before["low"] <= before["high"]).all()
    assert (after["low"] <= before["low"] + 1e-12).all() and (after["high"] >= before["high"] - 1e-12).all()


@settings(deadline=None)
@given(ROWS, st.permutations(range(12)))
def test_neither_order_nor_other_systems_move_the_bounds(rows, order):
    frame = motives([*rows, ("elsewhere", "economic", 1)])
    shuffled = frame.iloc[[i for i in order if i < len(frame)] + list(range(12, len(frame)))]
    pd.testing.assert_frame_equal(systems.share_bounds(frame, "abcd"), systems.share_bounds(shuffled, "abcd"))
    assert "m" + str(len(rows)) not in systems.share_bounds(frame, "abcd").loc["both", "evidence"]


def test_bounds_over_no_system_are_unknown():
    assert systems.share_bounds(motives([]), [])[["low", "high"]].isna().all(axis=None)


def test_bounds_refuse_an_unknown_reading_of_denials():
    with pytest.raises(ValueError, match="denials = 'all' is none of kind, motive"):
        systems.share_bounds(motives([]), "a", denials="all")


CODEBOOK = pd.DataFrame(
    {
        "dimension": ["lucrativity", "reciprocity", "non_economic_motives", "mutualisation", "legal_carrier_type", "trust"],
        "family": ["social_economy"] * 3 + ["coordination", "category", "coordination"],
    }
)


def codes(*rows):
    frame = pd.DataFrame(rows, columns=["unit_id", "dimension", "value", "alt_value"])
    return frame.assign(
        code_id=[f"c{i}" for i in range(len(frame))], status="asserted", rests_on_hypothesis="no", document_id="a", locator="L1"
    )


def test_profit_orientation_is_turned_round_and_its_doubt_with_it():
    (trait,) = systems.ess_traits(codes(("x", "lucrativity", "0", "0.33")), CODEBOOK, ["x"]).to_dict("records")
    assert (trait["trait"], trait["strength"], trait["lower"]) == ("no_or_limited_profit", 1.0, 0.67)


def test_only_a_carrier_of_the_ess_is_a_trait():
    rows = codes(("x", "legal_carrier_type", "cooperative company", None), ("x", "legal_carrier_type", "association", None))
    assert systems.ess_traits(rows, CODEBOOK, ["x"])["code_id"].to_list() == ["c0"]


def test_what_is_prescribed_or_rests_on_a_hypothesis_is_no_trait():
    rows = codes(*[("x", "reciprocity", "1", None)] * 3)
    rows["status"], rows["rests_on_hypothesis"] = ["prescribed", "hypothesised", "asserted"], ["no", "no", "yes"]
    assert systems.ess_traits(rows, CODEBOOK, ["x"]).empty


def test_the_narrow_reading_leaves_out_what_any_firm_may_have():
    rows = codes(*(("x", dimension, "1", None) for dimension in CODEBOOK["dimension"][1:4]))
    assert systems.ess_traits(rows, CODEBOOK, ["x"], traits="narrow")["trait"].to_list() == ["reciprocity"]
    assert len(systems.ess_traits(rows, CODEBOOK, ["x"])) == 3
    with pytest.raises(ValueError, match="traits = 'all'"):
        systems.ess_traits(rows, CODEBOOK, ["x"], traits="all")


def test_changed_codes_change_the_verdict_on_traits():
    families = dict(zip("abcdef", ["ptce", "ptce", "other", "other", "other", "grappe"], strict=True))
    firm = systems.ess_traits(codes(*((unit, "reciprocity", "1", None) for unit in families)), CODEBOOK, families)
    assert words.trait_words(firm, families) == "cut across the labels"
    doubtful = firm.assign(lower=[1, 1, 0.33, 0.33, 0.33, 0.33])
    assert words.trait_words(doubtful, families) == "cut across the labels at the main reading only"
    assert words.trait_words(firm, dict.fromkeys(families, "ptce")) == "keep to the PTCE label"
    assert "no verdict" in words.trait_words(firm[:4], families)


def test_changed_motives_change_the_verdict_on_their_order():
    clear = systems.share_bounds(motives([(s, "economic", 1) for s in "abcd"] + [("a", "non_economic", 0)]), "abcd")
    assert words.kind_words(clear).startswith("economic motives")
    assert words.kind_words(systems.share_bounds(motives([("a", "economic", 1)]), "abcd")).endswith("the silences decide")


def test_a_floor_is_no_exact_number():
    one = pd.DataFrame({"system_id": ["x"], "label": "X", "family": "other", "n_units_min": 200.0, "n_units_max": np.nan, "jobs": np.nan})
    number = pd.DataFrame({"quantity_id": ["q"], "subject": "x", "value_min": 200.0, "precision": "at_least", "note": ["several"]})
    (row,) = systems.sizes(one.assign(note="odd"), number).to_dict("records")
    assert np.isnan(row["high"]) and (row["said"], row["note"], row["evidence"]) == ("at least 200", "several", "q")


def test_sizes_of_the_corpus_carry_existing_evidence(corpus, named):
    found = systems.sizes(named, corpus.quantities)
    assert set(found["evidence"]) <= {*corpus.quantities["quantity_id"], *named["system_id"]}
    assert found["system_id"].nunique() == named[["n_units_min", "jobs"]].notna().any(axis=1).sum()


def test_systems_of_one_place_and_family_share_a_mark(named):
    marks, outside = systems.marks(named, frame=(-np.inf, -np.inf, np.inf, np.inf))
    assert marks["n"].sum() == named["lon"].notna().sum() and outside == []
    none, all_outside = systems.marks(named, frame=(0, 0, 1, 1))
    assert none.empty and len(all_outside) == named["lon"].notna().sum()


def outline():
    frame = pd.read_csv(ROOT / "data" / "raw" / "outline_france.csv")
    frame["x"], frame["y"] = systems.lambert93(frame["lon"], frame["lat"])
    return frame


def test_the_outline_encloses_as_much_land_as_france_has():
    # IGN: 543,000 km² on the mainland and 8,722 in Corsica, to 2 %.
    area = {
        part: 0.5 * abs(np.dot(p["x"], np.roll(p["y"], 1)) - np.dot(p["y"], np.roll(p["x"], 1))) / 1e6
        for part, p in outline().groupby("part")
    }
    assert area == pytest.approx({"mainland": 543_000, "corsica": 8_722}, rel=0.02)


def test_no_two_texts_of_the_map_overlap(named):
    frame = systems.frame_around(outline())
    marks, outside = systems.marks(named, frame=frame)
    fig = figures.systems_map(marks, outline(), frame, beyond=outside, title="A title", status="documented")
    fig.canvas.draw()
    drawn = [*fig.axes[0].texts, fig.axes[0].get_legend()]
    extents = [text.get_window_extent() for text in drawn]
    plt.close(fig)
    clashes = [(a, b) for a, b in combinations(range(len(drawn)), 2) if extents[a].overlaps(extents[b])]
    assert clashes == []


@pytest.mark.parametrize("root", ["charbonnages_de_france", "textile_network", "scs"])
def test_no_two_boxes_of_a_diagram_overlap(corpus, named, root):
    ties = networks.merged_leaves(networks.within(corpus.relations, root, 3))
    names = corpus.systems.set_index("system_id")["name"]
    text = networks.node_labels([*ties["source"], *ties["target"]], names)
    family = named.set_index("system_id")["family"]
    fig = figures.ties_diagram(ties, layout.layered(ties, root), text, family, title="A title", status="coded")
    boxes = [patch.get_bbox() for patch in fig.axes[0].patches if isinstance(patch, plt.Rectangle)]
    plt.close(fig)
    assert len(boxes) == len(text)
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_a_dollar_sign_in_a_name_is_no_formula(named):
    marks = pd.DataFrame({"x": [7e5], "y": [6.6e6], "family": ["spl"], "precision": ["point"], "label": [r"a $\frac{ b$"]})
    frame = systems.frame_around(outline())
    fig = figures.systems_map(marks.assign(family="other"), outline(), frame, title=r"$\x", status="coded")
    fig.canvas.draw()
    plt.close(fig)


def test_the_alt_text_of_a_diagram_tells_its_ties(corpus):
    ties = corpus.relations
    alt = words.ties_alt(ties.head(2), corpus.systems.set_index("system_id")["name"])
    assert "existing" in alt and len(alt) > 40
