"""Small coded tables to test with, written the way the corpus is: values are text, blank where nothing is said."""

import pandas as pd

ANCHORS = ("0", "0.33", "0.67", "1")


def codebook(**families: str) -> pd.DataFrame:
    """``codebook(coordination="trust size")``: two ordinal dimensions of one family."""
    rows = [(dimension, family) for family, dimensions in families.items() for dimension in dimensions.split()]
    return pd.DataFrame(rows, columns=["dimension", "family"]).assign(scale="ordinal", from_hypothesis="no")


def code(unit: str, dimension: str, value: str, alt: str | None = None, **other: str) -> dict[str, str | None]:
    """One row of codes.csv; ``other`` changes what is not usual in it."""
    usual = {
        "coder": "first",
        "certainty": "high",
        "status": "asserted",
        "rests_on_hypothesis": "no",
        "document_id": "doc",
        "locator": "P1",
    }
    return usual | {"unit_id": unit, "dimension": dimension, "value": value, "alt_value": alt} | other


def codes(*rows: dict[str, str | None]) -> pd.DataFrame:
    """Rows numbered c1, c2, ... unless they bring their own code_id."""
    columns = ["code_id", "coder", "unit_id", "dimension", "value", "alt_value", "certainty", "status", "rests_on_hypothesis"]
    numbered = [{"code_id": f"c{i}"} | row for i, row in enumerate(rows, 1)]
    return pd.DataFrame(numbered, columns=[*columns, "document_id", "locator"])
