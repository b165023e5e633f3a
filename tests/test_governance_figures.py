"""The figures of governance: each mark stands for what the table says, silence is drawn as silence, statuses are written."""

from dataclasses import replace

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT
from matplotlib.patches import Rectangle

from slpi import governance_figures as figures
from slpi import governance_texts as texts
from slpi.pole import classes, indicators, load_pole

POLES = ROOT / "data" / "raw" / "poles"
TOP = {"title": "A finding", "status": "coded"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def example():
    return load_pole(POLES / "exemple")


def words_of(fig) -> list[str]:
    return [text.get_text() for ax in fig.axes for text in ax.texts] + [text.get_text() for text in fig.texts]


def test_each_reading_is_a_mark_hollow_where_it_does_not_state_and_each_silence_a_grey_cell(corpus):
    labels = dict(texts.FORMS.values())
    found = texts.readings(corpus.codes, corpus.codebook, {label: [form] for form, label in texts.LABELS.items()}, texts.DIMENSIONS)
    fig = figures.scale_matrix(found, labels, texts.ends(corpus.codebook, texts.DIMENSIONS), **TOP)
    ax = fig.axes[0]
    marks = [line for line in ax.lines if line.get_marker() not in ("None", None, "")]
    hollow = [line for line in marks if line.get_markerfacecolor() == "white"]
    assert len(marks) == len(found) and len(hollow) == (found["mode"] != "stated").sum()
    told = found[["unit", "dimension"]].drop_duplicates()
    assert sum(isinstance(patch, Rectangle) for patch in ax.patches) == len(labels) * len(texts.DIMENSIONS) - len(told)
    first = found.iloc[0]
    x, y = list(texts.DIMENSIONS).index(first["dimension"]), list(labels).index(first["unit"])
    assert any(np.allclose([line.get_xdata()[0], line.get_ydata()[0]], [x + 0.12 + 0.76 * first["value"], y], atol=0.18) for line in marks)


def test_a_ring_marks_what_stands_in_the_definition(corpus):
    pair = {"group-led PTCE": ["ptce_group"], "network PTCE": ["ptce_network"]}
    found = texts.readings(corpus.codes, corpus.codebook, pair, ["competition_intensity", "cooperation_intensity"])
    rings = [
        sum(line.get_markersize() == 13 for line in figures.two_units(found, defining, *pair, **TOP).axes[0].lines)
        for defining in ([], ["gia-287"], list(found["evidence"].explode()))
    ]
    assert rings == [0, 1, 4]
    assert figures.two_units(found[found["unit"] == "network PTCE"], [], *pair, **TOP).axes[0].get_yticks().size == 0


def test_a_pole_of_which_no_role_is_told_is_written_silent(corpus):
    roles = texts.public_roles(corpus.codes, corpus.codebook, {"ptce": "form", "domb_innov": "named", "re_sources": "named"})
    labels = {"ptce": "PTCE", "domb_innov": "Domb'Innov", "re_sources": "Re-Sources"}
    steps = texts.anchors(corpus.codebook, "public_actor_role")
    fig = figures.public_roles(roles, labels, dict.fromkeys(labels, "ptce"), steps, **TOP)
    assert words_of(fig).count("the texts are silent") == 1 and "delegator of public service" in words_of(fig)


def test_one_square_a_member(corpus):
    shares = texts.compositions(corpus.quantities, ["domb_innov", "re_sources"])
    fig = figures.member_squares(
        shares, {"domb_innov": "D", "re_sources": "R"}, {"domb_innov": "by status", "re_sources": "by activity"}, **TOP
    )
    assert [len(ax.patches) for ax in fig.axes] == [13, 9] and "8/13" in words_of(fig)


def test_each_college_has_its_five_marks_and_the_axis_says_the_rule(example):
    fig = figures.shares_of_power(example, title="A finding", status="simulated")
    ax = fig.axes[0]
    assert sum(line.get_marker() not in ("None", None, "") for line in ax.lines) == 5 * 5
    assert ax.get_xlabel() == "share; 60 of 100 votes carry, votes are cast by college" and "simulated" in words_of(fig)


def test_every_member_and_every_measured_figure_is_named(example):
    fig = figures.ties_and_nulls(example, indicators(example, draws=19), title="A finding", status="simulated")
    said = " ".join(words_of(fig)).replace("\n", " ")
    assert all(name in said for name in example.members["name"]) and "core–periphery fit: 0." in said
    assert len([text for text in fig.axes[0].texts if text.get_fontweight() == "bold"]) >= 1


def test_a_sheet_without_ties_gives_a_figure_that_says_so(example):
    bare = replace(example, ties=example.ties[:0])
    fig = figures.ties_and_nulls(bare, indicators(bare, draws=2), title="A finding", status="simulated")
    assert "nothing to measure" in words_of(fig)


def test_where_no_other_network_has_these_degrees_no_distance_is_drawn(example):
    star = replace(example, ties=example.ties[:0].reindex(range(14)).assign(source="m01", target=example.members.index[1:], kind="tie"))
    said = " ".join(words_of(figures.ties_and_nulls(star, indicators(star, draws=9), title="A finding", status="simulated")))
    assert "betweenness centralisation: 1.00, and no other in any network drawn" in said


def test_bars_add_up_and_their_labels_say_the_status(example):
    fig = figures.class_bars({"Mine (simulated)": classes(example)[0]["value"]}, title="A finding", status="simulated and documented")
    assert sum(patch.get_width() for patch in fig.axes[0].patches) == pytest.approx(1)
    assert [tick.get_text() for tick in fig.axes[0].get_yticklabels()] == ["Mine (simulated)"] and "company\n33 %" in words_of(fig)
