"""The press: runs the chapters of a compendium, collects their numbers, makes the book and the paper.

It knows nothing of the subject of the chapters: it runs on any folder that has ``notebooks/``, ``src/`` and ``data/raw/``.
In a chapter, ``from compendium import figure, raw, record, reference, table`` gives all that is needed.
"""

from compendium.show import figure, raw, record, reference, table

__all__ = ["figure", "raw", "record", "reference", "table"]
