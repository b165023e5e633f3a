"""The figures of the chapter on policy draw what they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from slpi import policy_figures as figures
from slpi.labelling import LabelTest, Overlap
from slpi.policy import STATES


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def said(fig) -> list[str]:
    return [text.get_text() for ax in fig.axes for text in ax.texts]


def test_the_states_of_an_area_differ_in_grey_or_by_hatch():
    assert tuple(figures.FILLS) == STATES
    grey = {name: np.dot(to_rgb(fill.colour), [0.299, 0.587, 0.114]) for name, fill in figures.FILLS.items()}
    for one in STATES:
        for other in STATES:
            assert one == other or abs(grey[one] - grey[other]) > 0.15 or figures.FILLS[one].hatch != figures.FILLS[other].hatch


def test_each_rule_has_its_point_two_bars_and_its_numbers():
    within = LabelTest(Overlap(100, 40, 20, 15), 10.0, 8.0, 12.0, 0.01, 0.01, 0.5, 9, 8, 6.0, 0.2, 0.0, 99, np.array([]))
    free = LabelTest(Overlap(100, 40, 20, 15), 6.0, 4.0, 9.0, 0.25, 0.01, 0.6, 9, 8, 6.0, 0.2, 0.0, 99, np.array([]))
    fig = figures.null_ranges({"one": (within, free), "two": (free, within)}, title="Finding", status="measured")
    (ax,) = fig.axes
    assert [(round(bar.get_x(), 2), round(bar.get_width(), 2)) for bar in ax.patches[:2]] == [(0.4, 0.2), (0.2, 0.25)]
    assert said(fig) == ["15 of 20   p 0.01 (size kept), 0.25 (free)", "15 of 20   p 0.25 (size kept), 0.01 (free)"]
    assert "share of the detected" in ax.get_xlabel()


def test_the_timeline_writes_every_event_in_its_lane_and_marks_disputes():
    rows = [
        ("SPL", "call", "districts_spl", 1994.0, 1994.0, "1999 in trink", False),
        ("SPL", "policy " + "of many words " * 9 + "(bounds chosen)", "districts_spl", 1990.0, 1999.0, "", False),
        ("basins", "action", "other", 1967.0, 1967.0, "", True),
        ("poles", "call of unknown date", "clusters_pdc", np.nan, np.nan, "", False),
    ]
    events = pd.DataFrame(rows, columns=["lane", "label", "family", "start", "end", "conflict", "open"])
    fig = figures.policy_timeline(events, title="Finding", status="documented")
    texts = said(fig)
    assert [lane for lane in texts if lane in ("SPL", "basins", "poles")] == ["SPL", "basins", "poles"]
    assert "call   ⚠ 1999 in trink" in texts and "no date: call of unknown date" in texts
    assert any(text.endswith(" …") and len(text) <= 98 for text in texts)
    hollow = [line for line in fig.axes[0].lines if line.get_marker() == "o" and line.get_markerfacecolor() == "white"]
    assert len(hollow) == 1 and hollow[0].get_xdata()[0] == 1994
