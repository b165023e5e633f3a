"""The figures on territoriality: each mark stands for what the table says, hollow where one author speaks, and silence is written."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from slpi import territoriality as measures
from slpi import territoriality_figures as drawings
from slpi.corpus import Corpus
from slpi.figures import COLOURS, MARKERS

TOP = {"title": "A finding", "status": "coded"}
ROWS = pd.DataFrame({"label": ["SPL", "PTCE $"], "family": ["districts_spl", "ptce"]}, index=["spl", "ptce"])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def cells(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit", "panel", "value", "low", "high", "passages", "documents"])


def marks(ax: plt.Axes) -> list[Line2D]:
    return [line for line in ax.lines if line.get_marker() in MARKERS.values()]


def said(fig: Figure) -> list[str]:
    return [text.get_text() for ax in fig.axes for text in ax.texts]


def test_a_mark_stands_at_its_value_and_is_hollow_where_one_author_speaks():
    rows = cells(("spl", "x", 0.67, 0.33, 1, 3, ("a", "b")), ("ptce", "x", 1, 1, 1, 1, ("a",)))
    ax = drawings.strength_panels(rows, ROWS, {"x": "read on x", "y": ""}, **TOP).axes[0]
    full, hollow = marks(ax)
    assert (full.get_xdata()[0], full.get_ydata()[0], full.get_markerfacecolor()) == (0.67, 0, COLOURS["districts_spl"])
    assert (hollow.get_xdata()[0], hollow.get_ydata()[0], hollow.get_markerfacecolor()) == (1, 1, "white")
    assert any(list(line.get_xdata()) == [0.33, 1] for line in ax.lines)


def test_silence_and_what_is_only_named_are_written_out():
    rows = cells(("spl", "x", np.nan, np.nan, np.nan, 1, ("a",)))
    words = said(drawings.strength_panels(rows, ROWS, {"x": "read on x", "y": ""}, **TOP))
    assert words.count("silent") == 3 and words.count("named, no strength") == 1


def test_kinds_that_are_only_named_have_a_column_each():
    rows = cells(("spl", "x", 1, 1, 1, 1, ("a",)), ("ptce", "n2", np.nan, np.nan, np.nan, 2, ("a", "b")))
    ax = drawings.strength_panels(rows, ROWS, {"x": ""}, named=["n1", "n2"], **TOP).axes[-1]
    (mark,) = marks(ax)
    assert (mark.get_xdata()[0], mark.get_ydata()[0], mark.get_markerfacecolor()) == (1, 1, COLOURS["ptce"])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["n1", "n2"]


def test_the_grid_writes_each_entry_with_its_author_place_and_doubt():
    columns = ["unit_id", "family", "kind", "column", "alt", "certainty", "status", "document_id", "locator"]
    rows = [
        ("spl", "districts_spl", "specific", "resource", None, "high", "asserted", "a", "P1"),
        ("ptce", "ptce", "specific", "asset", "asset of unsaid kind", "high", "inferred", "a", "P2"),
        ("", "other", "generic", "asset", None, "high", "defined", "b", "P3"),
    ]
    fig = drawings.resource_grid(pd.DataFrame(rows, columns=columns), {"spl": "SPL", "ptce": "PTCE"}, {"a": "Ann", "b": "Bea"}, **TOP)
    words = said(fig)
    assert {"SPL, Ann P1", "PTCE, Ann P2 ?", "by definition, Bea P3"} <= set(words) and words.count("no passage") == 3
    assert [mark.get_markerfacecolor() for mark in marks(fig.axes[0])] == [COLOURS["districts_spl"], "white"]


def test_every_passage_on_openness_has_a_mark_of_its_own_on_its_side(corpus: Corpus):
    units = measures.families(corpus.forms)
    passages, family = measures.openness(corpus.codes, corpus.codebook, units), dict(zip(units, measures.FAMILIES, strict=True))
    drawn = {unit: family[unit] for unit in passages["unit"].unique()}
    (ax,) = drawings.voice_strips(passages, drawn, measures.speakers(corpus.documents), **TOP).axes
    places = [(float(mark.get_xdata()[0]), float(mark.get_ydata()[0])) for mark in marks(ax)]
    assert len(places) == len(set(places)) == len(passages)
    assert sum(x > 0 for x, _ in places) == ((passages["axis"] == "open") & (passages["value"] != 0)).sum()
    hollow = sum(mark.get_markerfacecolor() == "white" for mark in marks(ax))
    assert hollow == passages["value"].isna().sum()


def test_no_two_lines_of_text_overlap_in_the_figures_of_the_real_corpus(corpus: Corpus):
    codes, book = corpus.codes, corpus.codebook
    units = measures.form_units(codes, corpus.forms, ["geographic_proximity", "organised_proximity", "proximity_kinds", "specification"])
    near = measures.described(codes, book, {unit: [unit] for unit in units.index}, measures.PROXIMITIES)
    labels = measures.labels(corpus.forms)
    grid = measures.resources(codes, book, corpus.concepts, corpus.forms)
    figures = [
        drawings.strength_panels(
            near, units, {"geographic": "read on places", "organised": ""}, named=["belonging", "similarity", "relational"], **TOP
        ),
        drawings.resource_grid(grid, labels, measures.speakers(corpus.documents), **TOP),
    ]
    for fig in figures:
        fig.canvas.draw()
        for ax in fig.axes:
            boxes = [text.get_window_extent() for text in ax.texts if text.get_text().strip()]
            assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.shrunk(0.9, 0.9).overlaps(b.shrunk(0.9, 0.9))]
