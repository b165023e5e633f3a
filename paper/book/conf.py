"""Configuration of the book. The press copies this folder beside the pages that it generates and runs Sphinx there."""

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

project = "Localised production systems"
html_title = "Localised production systems"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "matplotlib.sphinxext.plot_directive"]
autodoc_preserve_defaults = True  # a default that is a path is shown by its name, never as the path it has here
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types, shapes and units
numpydoc_show_class_members = False
plot_formats = [("svg", 100)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = True
plot_pre_code = """
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import slpi
from slpi.figures import finish, theme

theme()
"""
plot_rcparams = {"svg.hashsalt": "slpi"}
exclude_patterns: list[str] = []
nb_execution_mode = "off"  # the press runs the chapters; the book only shows what they gave
nb_output_stderr = "remove"
nb_code_prompt_show = "Code"
nb_code_prompt_hide = "Code"
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_dmath_double_inline = True
myst_dmath_allow_space = False  # "US$ and €" is prose
myst_dmath_allow_digits = False  # "$30" is money
myst_heading_anchors = 3
myst_update_mathjax = False
suppress_warnings = ["mystnb.unknown_mime_type"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["compendium.css"]
html_math_renderer = "mathml"
html_last_updated_fmt = None
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {"color-brand-primary": "#1b3a57", "color-brand-content": "#1f5a8a", "color-brand-visited": "#1f5a8a"},
    "dark_css_variables": {"color-brand-primary": "#a9c9e8", "color-brand-content": "#8fbce6", "color-brand-visited": "#8fbce6"},
}
pygments_style = "friendly"
pygments_dark_style = "native"


def _mathml(writer, node: nodes.Node, *, block: bool) -> None:
    """Formulas as MathML: the browser sets them itself, with no script and nothing to load."""
    try:
        inner = tex2mathml(node.astext(), as_block=block)
    except Exception as error:  # the parser raises whatever it stumbles over
        logging.getLogger(__name__).warning("the formula %r cannot be set: %s", node.astext(), error, location=node)
        raise nodes.SkipNode from None
    writer.body.append(f'<div class="math">{inner}</div>' if block else inner)
    raise nodes.SkipNode


def setup(app) -> dict[str, bool]:
    app.add_html_math_renderer(
        "mathml",
        (lambda writer, node: _mathml(writer, node, block=False), None),
        (lambda writer, node: _mathml(writer, node, block=True), None),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
