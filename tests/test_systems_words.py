"""What is said of the named systems follows from the tables: other tables, other sentences."""

import pandas as pd
import pytest

from slpi import networks, systems
from slpi import systems_words as words

LABELS = {"h": "Hub", "a": "Alpha", "b": "Beta", "x": "Xi", "y": "Ypsilon"}


def ties(*pairs: str, status: str = "existing", document: str = "doc") -> pd.DataFrame:
    """``ties("ha")``: a tie from h to a, each pair from a passage of its own."""
    frame = pd.DataFrame([(*pair, f"P{i}") for i, pair in enumerate(pairs)], columns=["source", "target", "locator"])
    return frame.assign(layer="productive", status=status, document_id=document)


def bounds(economic: tuple[float, float], other: tuple[float, float]) -> pd.DataFrame:
    rows = [(*economic, 4), (*other, 3), (0.0, 1.0, 2)]
    return pd.DataFrame(rows, columns=["low", "high", "yes"], index=["economic", "non_economic", "both"])


def carried(*units: str, strength: float = 1.0, lower: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": list(units), "trait": "reciprocity", "strength": strength, "lower": lower})


# Motives and sizes.


@pytest.mark.parametrize(
    ("economic", "other", "verdict"),
    [
        ((0.6, 0.9), (0.1, 0.5), "economic motives are the commoner, whatever the silences hide"),
        ((0.1, 0.4), (0.5, 0.9), "non-economic motives are the commoner, whatever the silences hide"),
        ((0.1, 0.5), (0.5, 0.9), "which kind is the commoner, the silences decide"),
        ((0.5, 0.9), (0.1, 0.5), "which kind is the commoner, the silences decide"),
    ],
)
def test_only_bounds_that_do_not_touch_bear_an_order(economic, other, verdict):
    assert words.kind_words(bounds(economic, other)) == verdict
    assert verdict in words.bounds_title(bounds(economic, other)) and verdict in words.motives_sentence(bounds(economic, other), "named")


def test_the_sentence_on_motives_says_over_which_systems_the_share_is_taken():
    some = bounds((0.6, 0.9), (0.1, 0.5))
    assert words.motives_sentence(some, "illustrated").startswith(
        "Of the systems with which Pommier illustrates a motive, between 10 and 50 %"
    )
    assert words.motives_sentence(some, "named").startswith("Of the systems that Pommier names, between 10 and 50 %")
    assert words.motives_title(some) == "An economic motive is stated for 4 systems, a non-economic one for 3, both for 2"


def test_sizes_are_counted_by_system_and_spread_over_the_firms_alone():
    rows = pd.DataFrame({"system_id": ["a", "a", "b"], "measure": ["firms", "jobs", "firms"], "low": [60.0, 9000.0, 1200.0]})
    assert words.sizes_title(rows, 10) == "A size is given for 2 of 10 named systems; the firms counted run from 60 to 1,200"
    assert words.sizes_title(rows[rows["measure"] == "jobs"], 10) == "A size is given for 1 of 10 named systems"
    assert words.silence_sentence(rows, 10) == "For 2 of 10 a number of firms or jobs is given."


# Traits.


def test_the_verdict_on_traits_and_its_numbers_follow_the_labels_of_the_carriers():
    families = dict(zip("abcdef", ["ptce", "ptce", "other", "other", "other", "grappe"], strict=True))
    some, few = carried(*families), carried("a", "b", "c")
    assert words.traits_title(some, families, threshold=0.67) == "ESS traits cut across the labels: 4 of 6 carriers are no PTCE"
    told = words.traits_sentence(some, few, families, threshold=0.67)
    assert told.startswith("ESS traits cut across the labels: 4 of the 6 systems that carry one are no PTCE.")
    assert told.endswith("On the narrow reading 1 of 3 are no PTCE, and the traits bear no verdict on so few systems.")
    kept = words.traits_sentence(some, some, dict.fromkeys(families, "ptce"), threshold=0.67)
    assert kept.startswith("ESS traits keep to the PTCE label: 0 of the 6")


def test_a_carrier_reaches_the_threshold_at_the_reading_that_is_asked():
    doubtful = carried("a", "a", "b", strength=0.67, lower=0.33)
    assert words.carriers(doubtful) == ["a", "b"] and words.carriers(doubtful, reading="lower") == []
    assert words.carriers(doubtful, threshold=0.68) == []


# Ties.


def test_the_title_of_a_diagram_counts_what_exists_and_what_does_not():
    mixed = pd.concat([ties("ha", "hb"), ties("xy", status="planned"), ties("xa", "xb", status="inferred")])
    assert words.ties_title(mixed, "h", LABELS) == "2 of 5 ties around Hub are stated as existing, 1 planned and 2 inferred"
    assert words.ties_title(ties("ha", "hb"), "h", LABELS) == "2 of 2 ties around Hub are stated as existing"
    assert words.ties_title(ties("ha", "hb", status="planned"), "h", LABELS) == "0 of 2 ties around Hub are stated as existing, 2 planned"


def test_the_hub_its_passages_and_the_largest_part_are_those_of_the_network():
    relations = pd.concat([ties("ha", "hb"), ties("xy", status="planned", document="other")])
    hubs, parts = networks.hubs(relations), networks.components(relations)
    numbers = systems.tie_numbers(relations, hubs, parts, LABELS)
    assert numbers == {
        **{"ties": 3, "tie_passages": 3, "inferred_share": 0.0, "planned_share": pytest.approx(1 / 3)},
        **{"hub": "Hub", "hub_neighbours": 2, "hub_passages": 2, "components": 2, "largest_share": pytest.approx(3 / 5)},
    }
    assert words.ties_sentence(relations, hubs, LABELS) == (
        "Of 3 ties, 2 are stated as existing; Hub has most neighbours (2, from 2 passages)."
    )


def test_whose_text_tells_of_the_largest_part_is_said_with_how_much_of_it():
    documents = pd.DataFrame({"document_id": ["doc", "other"], "author": ["Pommier", "Trink"]})
    alone = pd.concat([ties("ha", "hb"), ties("xy", document="other")])
    assert words.component_words(alone, networks.components(alone), documents) == "all of its 2 ties are told by Pommier"
    shared = pd.concat([ties("ha", "hb"), ties("ax", document="other")])
    assert words.component_words(shared, networks.components(shared), documents) == "2 of its 3 ties are told by Pommier"
