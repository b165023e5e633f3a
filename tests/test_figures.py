"""The figures: what they draw of the real corpus can be read, and each mark stands for what the table says."""

import doctest
from collections import Counter
from itertools import combinations
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text

from slpi import coverage, figures, layout, networks, systems, typology, verdicts
from slpi import systems_words as words
from slpi.corpus import Corpus
from slpi.distance import mean_absolute_difference

ROOT = Path(__file__).resolve().parents[1]
TOP = {"title": "A finding", "status": "coded"}
FAMILIES = {"clusters/PdC": "clusters_pdc", "districts/SPL": "districts_spl", "PTCE": "ptce"}
FORMS = {"cluster": "clusters_pdc", "PdC": "clusters_pdc", "district": "districts_spl", "SPL": "districts_spl"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


# What is drawn.


def marks(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_marker() not in ("None", "none", "", None)]


def bars(ax: Axes) -> list[Line2D]:
    """Ranges: lines without a mark in data coordinates."""
    return [line for line in ax.lines if line not in marks(ax) and line.get_transform() == ax.transData]


def read(fig: Figure) -> list[Text]:
    """Every text that is seen; a tick beyond the limits of its axis is not."""
    beyond = set()
    for ax in fig.axes:
        for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
            beyond |= {
                label for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high for label in (tick.label1, tick.label2)
            }
    return [text for text in fig.findobj(Text) if text not in beyond and text.get_visible() and text.get_text().strip()]


def said(fig: Figure) -> Counter[str]:
    return Counter(" ".join(text.get_text().split()) for text in read(fig))


def legend(fig: Figure) -> set[str]:
    return {text.get_text() for box in (*fig.legends, *(ax.get_legend() for ax in fig.axes)) if box for text in box.get_texts()}


# Every figure of the book.


def named(corpus: Corpus) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    everyone = systems.described(corpus.systems, corpus.forms, corpus.places)
    found = everyone[everyone["kind"] == "system"]
    return found, everyone.set_index("system_id")["label"], found.set_index("system_id")["family"]


def units(corpus: Corpus) -> dict[str, list[str]]:
    family = typology.family_units(corpus.forms)
    pooled = {name: family[key] for name, key in FAMILIES.items()} | {"grappe": family["grappe"], "ESS ideal type": ["ess_ideal"]}
    return pooled | {form: [form.lower()] for form in FORMS}


def described(corpus: Corpus) -> typology.Profiles:
    return typology.profiles(corpus.codes, corpus.codebook, units(corpus))


def draw_coverage(corpus):
    counts = coverage.passages(corpus.codes, corpus.codebook, {name: units(corpus)[name] for name in FAMILIES})
    alt = coverage.alt(counts)
    return figures.coverage(counts, units=list(FAMILIES), title=coverage.title(counts, "PTCE"), status="coded"), alt, list(FAMILIES)


def draw_timeline(corpus):
    events = coverage.dated(corpus.events, corpus.quantities)
    shown = events[events["start"] >= 1960]
    return figures.timeline(shown, title=coverage.timeline_title(events), status="coded"), coverage.timeline_alt(events), shown["label"]


def draw_families(corpus):
    profiles = described(corpus)
    fig = figures.profile_dots(
        profiles.table, profiles.families, FAMILIES, title=verdicts.profile_title(profiles, FAMILIES), status="coded"
    )
    return fig, verdicts.profile_alt(profiles, FAMILIES), FAMILIES


def draw_forms(corpus):
    profiles = described(corpus)
    fig = figures.profile_dots(profiles.table, profiles.families, FORMS, title=verdicts.form_title(profiles, FORMS), status="coded")
    return fig, verdicts.form_alt(profiles, FORMS), FORMS


def draw_distances(corpus):
    wide = described(corpus).values.loc[[*FAMILIES, "grappe", "ESS ideal type"]]
    own, common = mean_absolute_difference(wide), mean_absolute_difference(wide.loc[list(FAMILIES)], common=True)
    fig = figures.distance_matrices({"own": own, "common": common}, title=verdicts.distance_title(own[0]), status="coded")
    return fig, verdicts.distance_alt(*own), wide.index


def draw_contributions(corpus):
    result = typology.nearer(described(corpus), "PTCE", "clusters/PdC", "districts/SPL", draws=20)
    fig = figures.contributions(
        result.contributions, near="SPL", far="PdC", most=20, title=verdicts.contribution_title(result), status="coded"
    )
    return fig, verdicts.contribution_alt(result), [verdicts.plain(result.contributions.index[0])]


def draw_gaps(corpus):
    ours = {"clusters/PdC": ["gianfaldoni"], "districts/SPL": ["gianfaldoni"]}
    choices = typology.nearer_under_choices(
        *(corpus.codes, corpus.codebook, units(corpus), "PTCE", "clusters/PdC", "districts/SPL"),
        pairings={"his own text": ours},
        splits={"cluster and SPL": ("PTCE", "cluster", "SPL")},
        draws=20,
    )
    fig = figures.gap_forest(choices, near="SPL", far="PdC", title=verdicts.choices_title(choices), status="coded")
    return fig, verdicts.choices_alt(choices), choices["label"]


def draw_strip(corpus):
    others = {"clusters/PdC": "clusters_pdc", "districts/SPL": "districts_spl", "ESS ideal type": "ess"}
    rows = typology.distance_rows(described(corpus), "PTCE", others, draws=20)
    return figures.distance_strip(rows, title=verdicts.strip_title("PTCE", rows), status="coded"), verdicts.strip_alt("PTCE", rows), others


def draw_map(corpus):
    found, _, _ = named(corpus)
    outline = pd.read_csv(ROOT / "data" / "raw" / "outline_france.csv")
    outline["x"], outline["y"] = systems.lambert93(outline["lon"], outline["lat"])
    frame = systems.frame_around(outline)
    placed, beyond = systems.marks(found, frame=frame)
    fig = figures.systems_map(placed, outline, frame, beyond=beyond, title=words.map_title(found), status="coded")
    return fig, words.map_alt(placed, beyond), [*placed["label"], *beyond]


def draw_sizes(corpus):
    found, _, _ = named(corpus)
    rows = systems.sizes(found, corpus.quantities)
    return figures.size_ranges(rows, title=words.sizes_title(rows, len(found)), status="coded"), words.sizes_alt(rows), rows["label"]


def draw_motives(corpus):
    found, label, family = named(corpus)
    spoken = corpus.motives[corpus.motives["system_id"].isin(found["system_id"])]
    cells, order, columns = systems.motive_matrix(spoken)
    title = words.motives_title(systems.share_bounds(spoken, order))
    fig = figures.dot_matrix(cells, label[order], columns, family, links=True, title=title, status="coded")
    return fig, words.motives_alt(spoken, label), label[order]


def draw_bounds(corpus):
    bounds = systems.share_bounds(corpus.motives, corpus.motives["system_id"].unique())
    panels = {
        "systems with a motive": bounds,
        "those of the first ten rows": systems.share_bounds(corpus.motives, corpus.motives["system_id"][:10]),
    }
    return figures.bound_ranges(panels, title=words.bounds_title(bounds), status="coded"), words.bounds_alt(panels), panels


def draw_traits(corpus):
    found, label, family = named(corpus)
    traits = systems.ess_traits(corpus.codes, corpus.codebook, found["system_id"])
    cells, order, columns = systems.trait_matrix(traits, family)
    title = words.traits_title(traits, family, threshold=0.67)
    fig = figures.dot_matrix(cells, label[order], columns, family, graded=True, title=title, status="coded")
    return fig, words.traits_alt(traits, label), label[order]


def draw_ties(corpus):
    _, label, family = named(corpus)
    coal = networks.merged_leaves(networks.within(corpus.relations, "charbonnages_de_france", 3))
    text = networks.node_labels([*coal["source"], *coal["target"]], label)
    title = words.ties_title(coal, "charbonnages_de_france", label)
    fig = figures.ties_diagram(coal, layout.layered(coal, "charbonnages_de_france"), text, family, title=title, status="coded")
    return fig, words.ties_alt(coal, text), text.values()


DRAWN = [
    *(draw_coverage, draw_timeline, draw_families, draw_forms, draw_distances, draw_contributions, draw_gaps, draw_strip),
    *(draw_map, draw_sizes, draw_motives, draw_bounds, draw_traits, draw_ties),
]


@pytest.fixture(scope="module", params=DRAWN, ids=lambda draw: draw.__name__)
def drawn(request, corpus) -> tuple[Figure, str, list[str]]:
    """A figure, its alt text, and the labels that both must hold."""
    fig, alt, labels = request.param(corpus)
    return fig, alt, list(labels)


def test_a_figure_of_the_corpus_can_be_read(drawn):
    fig, _, _ = drawn
    fig.canvas.draw()
    page = fig.get_tightbbox().padded(0.02).transformed(fig.dpi_scale_trans)
    texts = read(fig)
    boxes = {text: text.get_window_extent() for text in texts}
    assert [text.get_text() for text, box in boxes.items() if not (page.contains(*box.p0) and page.contains(*box.p1))] == []
    level = [text for text in texts if text.get_rotation() % 90 == 0]  # the box of a slanted text holds more than the text
    assert [(a.get_text(), b.get_text()) for a, b in combinations(level, 2) if boxes[a].overlaps(boxes[b])] == []
    assert page.width / fig.dpi < 9.5 and page.height / fig.dpi < 13  # a page of the book
    assert min(text.get_fontsize() for text in texts) > 5


def test_title_badge_and_alt_text_say_what_a_figure_shows(drawn):
    fig, alt, labels = drawn
    assert len(fig.get_suptitle().split()) > 5
    assert "coded" in [text.get_text() for text in fig.texts]
    assert [label for label in labels if label not in alt] == []
    everything = "".join("".join(text.split()) for text in said(fig))  # long labels are broken over lines
    assert [label for label in labels if "".join(figures.literal(label).split()) not in everything] == []


def test_only_the_colours_of_the_families_are_colours(drawn):
    fig, _, _ = drawn
    used = [line.get_color() for ax in fig.axes for line in ax.lines] + [text.get_color() for text in read(fig)]
    used += [patch.get_edgecolor() for ax in fig.axes for patch in ax.patches]
    assert {to_hex(colour).upper() for colour in used if np.ptp(to_rgb(colour)) > 0.1} <= set(figures.COLOURS.values())


def test_the_families_differ_in_colour_in_marker_and_in_grey():
    assert len(set(figures.COLOURS.values())) == len(set(figures.MARKERS.values())) == len(figures.FAMILY_NAMES)
    assert set(figures.COLOURS) == set(figures.MARKERS) == set(figures.FAMILY_NAMES)
    grey = sorted(np.dot(to_rgb(figures.COLOURS[family]), (0.2126, 0.7152, 0.0722)) for family in FAMILIES.values())
    assert np.diff(grey).min() > 0.02


# What each mark stands for.


def test_coverage_writes_every_count_and_nothing_for_silence():
    index = pd.MultiIndex.from_product([["doc1", "doc2"], ["SPL", "PdC"]], names=["document_id", "unit"])
    counts = pd.DataFrame({"sector": [3, 0, 20, 1], "category": [0, 0, 0, 5]}, index=index)
    fig = figures.coverage(counts, units=["SPL", "PdC"], **TOP)
    assert [sorted(text.get_text() for text in ax.texts) for ax in fig.axes] == [["3"], ["1", "20", "5"]]
    assert [ax.get_title() for ax in fig.axes] == ["doc1", "doc2"]
    assert {"SPL", "PdC", "sector", "in words"} <= set(said(fig))


def test_timeline_runs_down_in_time_and_hollows_what_is_disputed():
    events = pd.DataFrame(
        [
            *[(1998.0, 1998.0, "later", "ptce", ""), (1970.0, 1975.0, "first", "districts_spl", "")],
            (1980.0, 1980.0, "rival", "nobody", "1981 in b"),
        ],
        columns=["start", "end", "label", "family", "conflict"],
    )
    fig = figures.timeline(events, **TOP)
    (ax,) = fig.axes
    places = [(mark.get_xdata()[0], mark.get_ydata()[0], mark.get_markerfacecolor() == "white") for mark in marks(ax)]
    assert places == [(1970, 0, False), (1980, 1, True), (1998, 2, False)] and ax.yaxis_inverted()
    assert [list(bar.get_xdata()) for bar in bars(ax)] == [[1970, 1975]]
    assert [text.get_text() for text in ax.texts] == ["first", "rival   ⚠ 1981 in b", "later"]
    assert legend(fig) == {figures.FAMILY_NAMES[family] for family in ("districts_spl", "ptce")}


def test_profile_dots_mark_each_reading_with_its_range_and_leave_out_what_one_unit_alone_has():
    rows = [
        ("SPL", "trust", 0.5, 0.33, 1),
        ("district", "trust", 1.0, 1, 1),
        ("SPL", "size", 0.0, 0, 0.33),
        ("district", "size", 1.0, 0.67, 1),
    ]
    rows += [("SPL", "ties", 0.33, 0.33, 0.33)]
    table = pd.DataFrame(rows, columns=["unit", "dimension", "value", "low", "high"]).set_index(["unit", "dimension"])
    families = pd.Series({"trust": "coordination", "ties": "coordination", "size": "sector"})
    fig = figures.profile_dots(table, families, {"SPL": "districts_spl", "district": "districts_spl"}, **TOP)
    (ax,) = fig.axes
    assert [mark.get_xdata()[0] for mark in marks(ax)] == [0.5, 0.0, 1.0, 1.0]
    assert [mark.get_markerfacecolor() for mark in marks(ax)] == [figures.COLOURS["districts_spl"]] * 2 + ["white"] * 2
    assert [list(bar.get_xdata()) for bar in bars(ax)] == [[0.33, 1], [0, 0.33], [1, 1], [0.67, 1]]
    assert {"coordination", "trust", "sector", "size"} <= set(said(fig)) and "ties" not in said(fig)
    assert legend(fig) == {"SPL", "district"}


def test_distance_matrices_write_each_pair_once_with_its_dimensions():
    names = ["a", "b", "c"]
    distances = pd.DataFrame([[0, 0.2, np.nan], [0.2, 0, 0.5], [np.nan, 0.5, 0]], names, names)
    shared = pd.DataFrame([[9, 4, 0], [4, 9, 7], [0, 7, 9]], names, names)
    fig = figures.distance_matrices({"one way": (distances, shared)}, **TOP)
    (ax,) = fig.axes
    assert sorted(text.get_text() for text in ax.texts) == ["0.20\n(4)", "0.50\n(7)", "–\n(0)"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "c"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]


def test_gap_forest_draws_each_choice_on_its_side_and_says_what_cannot_be_assessed():
    rows = pd.DataFrame(
        [("as chosen", "all", 0.1, -0.1, 0.2, 12), ("forms", "some", -0.3, -0.4, -0.2, 7), ("forms", "few", np.nan, np.nan, np.nan, 0)],
        columns=["group", "label", "gap", "low", "high", "n_dimensions"],
    )
    fig = figures.gap_forest(rows, near="SPL", far="PdC", **TOP)
    (ax,) = fig.axes
    assert [(mark.get_xdata()[0], mark.get_marker()) for mark in marks(ax)] == [(0.1, "o"), (-0.3, "s")]
    assert [list(bar.get_xdata()) for bar in bars(ax) if len(set(bar.get_xdata())) == 2] == [[-0.1, 0.2], [-0.4, -0.2]]
    assert said(fig)["not assessable"] == 1 and {"12", "7", "0", "as chosen", "forms"} <= set(said(fig))
    assert ax.get_xlim()[0] == -ax.get_xlim()[1] < -0.4 and "nearer to SPL →" in ax.get_xlabel()


def test_contributions_show_the_largest_parts_by_their_side():
    parts = pd.Series({"trust": 0.2, "ties": 0.05, "size": -0.1, "nothing": 0.0})
    fig = figures.contributions(parts, near="SPL", far="PdC", most=2, **TOP)
    (ax,) = fig.axes
    drawn = [(patch.get_width(), to_hex(patch.get_facecolor()).upper()) for patch in ax.patches]
    assert drawn == [(-0.1, figures.COLOURS["clusters_pdc"]), (0.2, figures.COLOURS["districts_spl"])]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["size", "trust"]


def test_distance_strip_marks_each_distance_in_its_range_and_keeps_all_on_the_axis():
    rows = pd.DataFrame(
        {"label": ["PdC", "ESS"], "family": ["clusters_pdc", "ess"], "distance": [0.3, 0.5], "low": [0.2, 0.1], "high": [0.4, 0.9]}
    )
    fig = figures.distance_strip(rows.assign(n_dimensions=[30, 4]), **TOP)
    (ax,) = fig.axes
    assert [(mark.get_xdata()[0], mark.get_marker()) for mark in marks(ax)] == [(0.3, "s"), (0.5, "*")]
    assert [list(bar.get_xdata()) for bar in bars(ax)] == [[0.2, 0.4], [0.1, 0.9]]
    assert ax.get_xlim()[0] == 0 and ax.get_xlim()[1] > 0.9 and {"30 dims", "4 dims"} <= set(said(fig))


def test_the_map_shifts_marks_of_one_place_apart_and_lists_what_lies_beyond():
    outline = pd.DataFrame({"part": "land", "x": [0, 9e5, 9e5, 0], "y": [0, 0, 9e5, 9e5]})
    here = {"x": 5e5, "y": 5e5, "precision": ["point", "area"], "family": ["ptce", "other"], "label": ["A pole", "An area"]}
    fig = figures.systems_map(pd.DataFrame(here), outline, (-1e5, -1e5, 1e6, 1e6), beyond=["Elsewhere (IT)"], **TOP)
    (ax,) = fig.axes
    first, second = (ax.transData.transform((mark.get_xdata()[0], mark.get_ydata()[0])) for mark in marks(ax))
    assert np.hypot(*(first - second)) >= 8
    assert [mark.get_markerfacecolor() for mark in marks(ax)] == [figures.COLOURS["ptce"], "white"]
    assert {"A pole", "An area", "100 km", "Beyond the frame: Elsewhere (IT)"} <= set(said(fig))
    assert legend(fig) == {"PTCE", "other", "a place", "an area, at its middle"}


def test_the_scale_bar_of_the_map_is_a_hundred_kilometres_long():
    outline = pd.DataFrame({"part": "land", "x": [0, 9e5, 9e5], "y": [0, 0, 9e5]})
    none = pd.DataFrame({"x": [4e5], "y": [4e5], "family": ["ptce"], "precision": ["point"], "label": ["One"]})
    (ax,) = figures.systems_map(none, outline, (-1e5, -1e5, 1e6, 1e6), **TOP).axes
    assert np.ptp(ax.lines[0].get_xdata()) == 100e3


def test_sizes_show_a_floor_as_an_arrow_and_a_long_remark_cut_short():
    rows = pd.DataFrame(
        [
            ("One", "ptce", "firms", 60.0, 70.0, "60 to 70", "a remark"),
            ("Two", "other", "firms", 200.0, np.nan, "at least 200", "long " * 60),
            ("Two", "other", "jobs", 9000.0, 9000.0, "9,000", np.nan),
        ],
        columns=["label", "family", "measure", "low", "high", "said", "note"],
    )
    fig = figures.size_ranges(rows, **TOP)
    (ax,) = fig.axes
    assert [mark.get_xdata()[0] for mark in marks(ax)] == [60, 200, 9000] and ax.get_xscale() == "log"
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [arrow.xyann[0] for arrow in arrows] == [200]
    assert {"firms", "jobs", "60 to 70", "at least 200", "9,000", "a remark"} <= set(said(fig))
    assert any(text.endswith("long …") and len(text) <= 150 for text in said(fig))


CELLS = pd.DataFrame({"row": ["x", "x", "y"], "column": ["costs", "trust", "trust"], "value": [1, 0, 1], "passage": ["a", "b", "b"]})
ROWS, COLUMNS = pd.Series({"x": "System X", "y": "System Y"}), pd.Series({"costs": "economic", "trust": "non-economic"})


def test_a_dot_matrix_dots_what_is_stated_crosses_what_is_denied_and_leaves_silence_blank():
    fig = figures.dot_matrix(CELLS, ROWS, COLUMNS, {"x": "ptce", "y": "other"}, links=True, **TOP)
    (ax,) = fig.axes
    inside = [mark for mark in marks(ax) if mark.get_transform() == ax.transData]
    stated = {(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in inside if mark.get_marker() == "o"}
    denied = {(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in inside if mark.get_marker() == "x"}
    at = dict(zip((label.get_text() for label in ax.get_xticklabels()), ax.get_xticks(), strict=True))
    assert stated == {(at["costs"], 0), (at["trust"], 1)} and denied == {(at["trust"], 0)}
    joined = [list(line.get_ydata()) for line in bars(ax) if line.get_color() == "#555555"]
    assert joined == [[0, 0], [0, 1]]
    assert {"economic", "non-economic", "System X", "System Y"} <= set(said(fig)) and legend(fig) == {"PTCE", "other"}
    assert sum(isinstance(lines, LineCollection) for lines in ax.collections) == 2


def test_a_graded_dot_fills_in_proportion_to_its_strength():
    graded = CELLS.assign(value=[1.0, 0.25, 0.0])
    (ax,) = figures.dot_matrix(graded, ROWS, COLUMNS, {"x": "ptce", "y": "other"}, graded=True, **TOP).axes
    full = [mark.get_markersize() for mark in marks(ax) if mark.get_markeredgewidth() == 0]
    hollow = [mark.get_markersize() for mark in marks(ax) if mark.get_markerfacecolor() == "white"]
    assert len(set(hollow)) == 1
    assert np.square(full) / np.square(hollow) == pytest.approx([1, 0.25, 0], abs=0.001)


def test_bounds_are_dark_to_the_lower_and_hatched_to_the_upper():
    bounds = pd.DataFrame(
        {"low": [0.25, 0.0], "high": [0.75, 0.5], "yes": [1, 0], "no": [1, 2], "silent": [2, 2]}, index=["economic", "both"]
    )
    fig = figures.bound_ranges({"four systems": bounds, "others": bounds}, **TOP)
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["four systems", "others"]
    for ax in fig.axes:
        drawn = [(patch.get_x(), patch.get_x() + patch.get_width(), bool(patch.get_hatch())) for patch in ax.patches]
        assert drawn == [(0, 0.25, False), (0.25, 0.75, True), (0, 0.0, False), (0.0, 0.5, True)]
    assert said(fig)["1 yes, 1 no, 2 silent"] == said(fig)["0 yes, 2 no, 2 silent"] == 2


def test_ties_are_dashed_by_status_headed_by_direction_and_lettered_by_layer():
    rows = [
        ("a", "b", "financial", "yes", "existing"),
        ("b", "c", "knowledge", "no", "planned"),
        ("a", "c", "institutional", "yes", "inferred"),
    ]
    ties = pd.DataFrame([*rows, ("b", "d", "thematic", "no", "existing"), ("c", "d", "productive", "no", "existing")])
    ties.columns = ["source", "target", "layer", "directed", "status"]
    columns = pd.Series({"a": 0, "b": 1, "c": 2, "d": 2})
    fig = figures.ties_diagram(ties, columns, dict(zip("abcd", ("Alpha", "Beta", "Gamma", "Delta"), strict=True)), {"c": "ptce"}, **TOP)
    (ax,) = fig.axes
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    lines = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(boxes) == 4 and [to_hex(box.get_edgecolor()).upper() for box in boxes].count(figures.COLOURS["ptce"]) == 1
    assert [line.get_linestyle() == "-" for line in lines] == [True, False, False, True, True]
    assert lines[0].get_linewidth() > lines[1].get_linewidth() and len({str(line.get_linestyle()) for line in lines}) == 3
    assert {"Alpha", "Beta", "▲ Gamma", "Delta"} <= set(said(fig))
    assert [text.get_text() for text in ax.texts if len(text.get_text()) == 1] == ["F", "K", "T", "P"]
    told = {"existing", "planned", "inferred", "F financial", "knowledge", "thematic", "productive", "no letter: institutional", "PTCE"}
    assert legend(fig) == told


def test_a_tie_that_passes_a_column_runs_beside_its_boxes():
    ties = pd.DataFrame(
        {"source": ["a", "b", "a"], "target": ["b", "c", "c"], "layer": "institutional", "directed": "yes", "status": "existing"}
    )
    (ax,) = figures.ties_diagram(ties, layout.layered(ties, "a"), dict(zip("abc", "ABC", strict=True)), {}, **TOP).axes
    boxes = sorted((patch.get_bbox() for patch in ax.patches if isinstance(patch, Rectangle)), key=lambda box: box.x0)
    _, _, passing = [patch.get_path().interpolated(20).vertices for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert passing[:, 0].min() < boxes[1].x0 < boxes[1].x1 < passing[:, 0].max()
    assert not any(boxes[1].contains(*point) for point in passing)


def test_ties_within_a_column_bow_to_its_right():
    ties = pd.DataFrame(
        {"source": ["a", "a", "b"], "target": ["b", "c", "c"], "layer": "knowledge", "directed": "no", "status": "existing"}
    )
    (ax,) = figures.ties_diagram(ties, pd.Series({"a": 0, "b": 1, "c": 1}), dict(zip("abc", "ABC", strict=True)), {}, **TOP).axes
    right = max(patch.get_bbox().x1 for patch in ax.patches if isinstance(patch, Rectangle))
    reach = [patch.get_path().vertices[:, 0].max() for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert [x > right for x in reach] == [False, False, True] and reach[2] < ax.get_xlim()[1]


def test_doctests():
    assert doctest.testmod(figures).failed == 0
