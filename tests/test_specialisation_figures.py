"""The figures on specialisation: a mark for every claim, cell and reading, and nothing over anything else."""

from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from slpi import specialisation_figures as figures
from slpi.maps import DARK

TOP = {"title": "A finding of some length", "status": "measured"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def claims() -> pd.DataFrame:
    outcome = ["specialised", "high", "not found"] * 8
    table = pd.DataFrame({"system": [f"s{i}" for i in range(24)], "activity": "a long activity " * 5, "industry": "25.71Z", "count": 1200})
    height = np.linspace(0.99, 0.05, 24)
    return table.assign(percentile=height, lowest=height - 0.04, highest=height, expected_permuted=0.5, expected_drawn=0.7, outcome=outcome)


def cells() -> pd.DataFrame:
    random = np.random.default_rng(0)
    expected = 10 ** random.uniform(-1.5, 2.5, 200)
    table = pd.DataFrame({"area": [f"{i:02}" for i in range(200)], "industry": "25.71Z", "expected": expected})
    table["lq"] = 1 + random.exponential(6, 200) / expected**0.3
    return table.assign(shrunken=table["lq"] / 2, p_bh=np.where(table["lq"] > 2, 0.01, 0.5), p_above=np.where(table["lq"] > 5, 0.99, 0.3))


def readings() -> pd.DataFrame:
    row = {"claims": 64, "systems": 44, "percentile": 0.8, "permuted_expected": 0.5, "permuted_low": 0.43, "permuted_high": 0.57}
    row |= {"permuted_p": 0.0001, "drawn_expected": 0.77, "drawn_low": 0.72, "drawn_high": 0.82, "drawn_p": 0.09}
    return pd.DataFrame([row] * 3, index=["primary codes", "all codes", "each once"])


def draw_fan():
    names = pd.Series({f"{i:02}": f"Département {i}" for i in range(200)})
    return figures.fan(cells(), pd.Series({"25.71Z": "coutellerie"}), names, threshold=2.0, level=0.95, **TOP)


def draw_claims():
    return figures.claims_strip(claims(), {f"s{i}": f"System {i}" for i in range(24)}, top=0.9, **TOP)


def draw_readings():
    return figures.readings_forest(readings(), **TOP)


@pytest.mark.parametrize("draw", [draw_fan, draw_claims, draw_readings])
def test_a_figure_can_be_read(draw):
    fig = draw()
    fig.canvas.draw()
    page = fig.get_tightbbox().padded(0.02).transformed(fig.dpi_scale_trans)
    (ax,) = fig.axes
    labels = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts, *fig.texts]
    boxes = [text.get_window_extent() for text in labels if text.get_text()]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    assert all(page.contains(*box.p0) and page.contains(*box.p1) for box in boxes) and page.width / fig.dpi < 9.5
    assert fig.get_suptitle() == TOP["title"] and "measured" in [text.get_text() for text in fig.texts]
    assert min(text.get_fontsize() for text in labels) > 5


def test_the_fan_draws_cells_beyond_chance_and_fills_the_sure_ones():
    ax, table = draw_fan().axes[0], cells()
    hollow, full = ax.lines[:2]
    assert len(full.get_xdata()) == (table["p_above"] > 0.95).sum() and to_hex(full.get_markerfacecolor()) == DARK.lower()
    assert len(hollow.get_xdata()) == ((table["p_bh"] < 0.05) & (table["p_above"] < 0.95)).sum()
    assert len(ax.texts) == 8 and all("coutellerie, Département" in " ".join(text.get_text().split()) for text in ax.texts)


def test_every_claim_has_its_line_its_face_and_its_nulls():
    ax, table = draw_claims().axes[0], claims()
    circles = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(np.concatenate([line.get_xdata() for line in circles])) == sorted(table["percentile"])
    assert [len(line.get_xdata()) for line in circles] == [8, 8, 8] and len({to_hex(line.get_markerfacecolor()) for line in circles}) == 3
    assert {line.get_marker(): len(line.get_xdata()) for line in ax.lines if line.get_marker() in "|x"} == {"|": 24, "x": 24}
    assert len(ax.collections[0].get_paths()) == 24 and all(label.get_text().endswith("…") for label in ax.get_yticklabels())


def test_every_reading_has_its_value_between_two_nulls():
    ax = draw_readings().axes[0]
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"] == [0.8] * 3
    bars = [tuple(line.get_xdata()) for line in ax.lines if line.get_linewidth() > 3]
    assert bars == [(0.43, 0.57), (0.72, 0.82)] * 3
    assert [label.get_text() for label in ax.get_yticklabels()] == list(readings().index)
    low = figures.readings_forest(readings().assign(permuted_low=0.1), **TOP).axes[0]
    assert low.get_xlim()[0] < 0.1
