"""The specification curve shows every specification, the main one, and where each level is frequent."""

import numpy as np
import pandas as pd

from slpi.specification_figures import specification_curve

LEVELS = {"weights": {"d": "each dimension alike", "f": "each family alike"}, "forms": {"w": "whole families", "s": "split"}}
NAMES = {"weights": "weights", "forms": "which forms"}


def drawn(**more):
    table = pd.DataFrame({"gap": [0.3, -0.2, 0.1, np.nan, 9.0], "weights": list("dfdff"), "forms": list("wwsww")})
    told = {"main": 0.1, "lines": {0: "as near to both"}, "label": "gap", "title": "A finding", "status": "coded"}
    return specification_curve(table, "gap", LEVELS, NAMES, **told | more)


def test_points_rise_and_what_lies_beyond_the_axis_is_drawn_at_its_edge():
    top, below = drawn(bounds=(-1, 1)).axes
    inside, beyond, *_, main = [line for line in top.lines if len(line.get_xdata())]
    assert list(inside.get_ydata()) == [-0.2, 0.1, 0.3] and list(beyond.get_ydata()) == [1.0] and beyond.get_marker() == "^"
    assert list(main.get_xdata()) == [1.0] and "main specification: 0.10" in [text.get_text() for text in top.texts]
    assert "4 specifications" in below.get_xlabel()


def test_each_level_has_a_strip_that_is_dark_where_it_is_frequent():
    _, below = drawn().axes
    strips = dict(
        zip([label.get_text() for label in below.get_yticklabels()], [image.get_array()[0] for image in below.images], strict=True)
    )
    assert list(strips) == ["each dimension alike", "each family alike", "whole families", "split"]
    assert list(strips["each dimension alike"]) == [0, 2, 2, 0] and list(strips["split"]) == [0, 4, 0, 0]
    assert below.images[0].get_clim() == (0, 2)
    assert {"weights", "which forms"} <= {text.get_text() for text in below.texts}
