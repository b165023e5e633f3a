"""How thickly the texts speak, where they disagree, and what each calls what."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

_USAGE = {"umbrella": "covers others", "distinct": "a form of its own", "synonym": "same as another"}
_USAGE |= {"instance": "named cases", "family": "paired"}


def passages(codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Distinct passages by document and unit, in each family of dimensions.

    One sentence that feeds several rows is one passage.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a unit to the unit_ids that it pools.

    Returns
    -------
    DataFrame, shape (documents × units, families)
        Index (document_id, unit); 0 where a text is silent. Documents and families in the order of their tables.
    """
    rows = _named(codes, units).merge(codebook[["dimension", "family"]], on="dimension")
    counts = rows.groupby(["document_id", "unit", "family"])["locator"].nunique().unstack("family", fill_value=0)
    full = pd.MultiIndex.from_product([codes["document_id"].unique(), list(units)], names=["document_id", "unit"])
    return counts.reindex(index=full, columns=list(codebook["family"].unique()), fill_value=0).astype(int)


def _named(codes: pd.DataFrame, units: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """The passages on each unit and dimension, in the order of the codes; what is said of a unit_id that two units pool stands twice."""
    named = pd.DataFrame([(name, unit_id) for name, members in units.items() for unit_id in members], columns=["unit", "unit_id"])
    return codes.merge(named, on="unit_id").drop_duplicates(["unit", "dimension", "document_id", "locator"])


def by_dimension(codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """Who speaks of which dimension of which unit: dimensions × units, each cell the documents with their numbers of passages."""
    counts = _named(codes, units).groupby(["unit", "dimension", "document_id"], sort=False).size().reset_index(name="n")
    said = (counts["document_id"] + " " + counts["n"].astype(str)).groupby([counts["dimension"], counts["unit"]])
    ordinal = codebook.loc[codebook["scale"] == "ordinal", "dimension"]
    return said.agg(", ".join).unstack(fill_value="").reindex(index=ordinal, columns=list(units), fill_value="").rename_axis(columns=None)


def thickness(codes: pd.DataFrame, codebook: pd.DataFrame, units: Mapping[str, Iterable[str]], *, thick: int = 2) -> pd.DataFrame:
    """For each unit, on how many ordinal dimensions the texts are silent, thin (fewer than ``thick`` passages) or more than thin.

    Returns
    -------
    DataFrame, shape (units, 5)
        silent, thin, thick (these three add up to dimensions), several_documents, dimensions.
    """
    ordinal = codebook.loc[codebook["scale"] == "ordinal", "dimension"]
    told = _named(codes[codes["dimension"].isin(ordinal)], units).groupby(["unit", "dimension"])["document_id"].agg(["size", "nunique"])
    flags = pd.DataFrame({"thin": told["size"] < thick, "thick": told["size"] >= thick, "several_documents": told["nunique"] > 1})
    table = flags.groupby("unit").sum().reindex(list(units), fill_value=0).rename_axis(None)
    table.insert(0, "silent", len(ordinal) - table["thin"] - table["thick"])
    return table.assign(dimensions=len(ordinal))


def crosswalk(labels: pd.DataFrame, forms: pd.DataFrame, form_ids: Iterable[str]) -> pd.DataFrame:
    """What each document does with each form's label: rows forms, columns documents, blank where it never uses one."""
    names = forms.set_index("form_id")["name_fr"]
    chosen = labels[labels["form_id"].isin(list(form_ids))]
    words = chosen.assign(words=chosen["usage"].map(_USAGE)).groupby(["form_id", "document_id"])["words"]
    joined = words.agg(lambda found: ", ".join(dict.fromkeys(found))).unstack("document_id", fill_value="")
    table = joined.reindex(index=list(form_ids), columns=list(labels["document_id"].unique()), fill_value="")
    return table.set_axis([names.get(form, form) for form in table.index]).rename_axis("label")


def conflicts(quantities: pd.DataFrame) -> pd.DataFrame:
    """Numbers that two documents give differently: same subject and quantity, other values.

    Returns
    -------
    DataFrame
        Index (subject, quantity); one column a document with its values as text; ``quantity_ids``.

    Examples
    --------
    >>> given = pd.DataFrame({"quantity_id": ["a-1", "b-1"], "subject": "spl", "quantity": "calls_year", "value_min": [1994, 1999.0],
    ...     "value_max": [1994, 1999.0], "document_id": ["a", "b"]})
    >>> conflicts(given)[["a", "b"]].values.tolist()
    [['1994', '1999']]
    """
    rows = []
    for key, group in quantities.groupby(["subject", "quantity"], sort=False):
        said = {d: _values(part) for d, part in group.groupby("document_id", sort=False)}
        if len(set(said.values())) > 1:
            rows.append({"key": key, **said, "quantity_ids": tuple(group["quantity_id"])})
    index = pd.MultiIndex.from_tuples([row.pop("key") for row in rows], names=["subject", "quantity"])
    documents = [d for d in quantities["document_id"].unique() if any(d in row for row in rows)]
    return pd.DataFrame(rows, index=index, columns=[*documents, "quantity_ids"])


def _values(part: pd.DataFrame) -> str:
    spans = part[["value_min", "value_max"]].sort_values("value_min").to_numpy()
    return ", ".join(dict.fromkeys(_span(low, high) for low, high in spans))


def _span(low: float, high: float) -> str:
    words = [f"{v:.12g}" if v < 10_000 else f"{v:,.12g}" if v % 1 else f"{v:,.0f}" for v in (low, high)]
    if np.isnan(low) or np.isnan(high):
        return f"at most {words[1]}" if np.isnan(low) else f"at least {words[0]}"
    return words[0] if low == high else "–".join(words)


def dated(events: pd.DataFrame, quantities: pd.DataFrame, speakers: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Events in years, each marked where another document dates it otherwise.

    An event is in conflict when the year that its document prints for it, in the same passage, is among the :func:`conflicts`.
    ``speakers`` gives documents their names in print.

    Returns
    -------
    DataFrame
        event_id, start, end (years, fractions for months), label, family, document_id, conflict (text; blank for none). Undated events are
        left out; count them apart.
    """
    differing = conflicts(quantities)
    rival: dict[tuple[str, str, int], str] = {}
    for _, row in differing.iterrows():
        group = quantities[quantities["quantity_id"].isin(row["quantity_ids"])]
        for quantity in group.dropna(subset="value_min").itertuples():
            others = group[group["document_id"] != quantity.document_id]
            if quantity.value_min not in others[["value_min", "value_max"]].to_numpy():
                said = "; ".join(
                    f"{row[document]} in {(speakers or {}).get(document, document)}" for document in others["document_id"].unique()
                )
                rival[quantity.document_id, quantity.locator, int(quantity.value_min)] = said
    known = events.dropna(subset=["date_from"])
    start = known["date_from"].map(_year)
    end = known["date_to"].where(known["date_to"].notna(), known["date_from"]).map(_year)
    keys = zip(known["document_id"], known["locator"], start.astype(int), strict=True)
    found = known.rename(columns={"event": "label"}).assign(start=start, end=np.maximum(start, end))
    found["conflict"] = [rival.get(key, "") for key in keys]
    return found[["event_id", "start", "end", "label", "family", "document_id", "conflict"]]


def _year(date: str) -> float:
    year, *rest = str(date).split("-")
    return int(year) + ((int(rest[0]) - 1) / 12 if rest else 0)


_COUNTED = ("firm", "employee", "job", "system", "pole", "project", "enterprise", "miner", "member", "cost", "calls_year", "share")


def oddities(quantities: pd.DataFrame) -> pd.DataFrame:
    """The remarked numbers that count systems, firms, people or money: subject, quantity, printed, document, remark.

    ``attrs["evidence"]`` holds their quantity_ids.
    """
    remarked = quantities[quantities["note"].notna() & quantities["quantity"].str.contains("|".join(_COUNTED))]
    values = [_values(remarked.loc[[i]]) for i in remarked.index]
    table = remarked[["subject", "quantity"]].apply(lambda column: column.str.replace("_", " "))
    table["printed"] = (pd.Series(values, remarked.index, dtype=str) + " " + remarked["unit"].fillna("")).str.strip()
    table["document"], table["remark"] = remarked["document_id"], remarked["note"]
    table.attrs["evidence"] = list(remarked["quantity_id"])
    return table


def title(counts: pd.DataFrame, unit: str) -> str:
    """Who speaks most, and of what; and how many speak of a unit."""
    by = counts.sum(axis=1)
    document, most = by.idxmax()
    voices = int((by.xs(unit, level="unit") > 0).sum())
    texts = counts.index.get_level_values(0).nunique()
    return f"{document} on {most} is the thickest of the corpus; {voices} of {texts} texts speak{'s' * (voices == 1)} of {unit}"


def alt(counts: pd.DataFrame) -> str:
    """The coverage figure in words."""
    by = counts.sum(axis=1)
    said = "; ".join(f"{document} on {unit} {n}" for (document, unit), n in by[by > 0].items())
    return f"Small tables, one a document, families of dimensions by units. Passages summed over families: {said}."


def timeline_title(events: pd.DataFrame) -> str:
    """Over how long the dated events reach, and how many are disputed."""
    last = events[events["start"] >= 1960]
    disputed = last[last["conflict"] != ""]
    said = f"{len(disputed)} of them with a rival date" if len(disputed) else "none with a rival date"
    return f"{len(last)} dated events from {int(last['start'].min())} to {int(last['end'].max())}, {said}"


def timeline_alt(events: pd.DataFrame) -> str:
    """The timeline in words."""
    shown = events[events["start"] >= 1960].sort_values(["start", "end"], kind="stable")
    said = "; ".join(f"{int(e.start)}: {e.label}" + (f" (but {e.conflict})" if e.conflict else "") for e in shown.itertuples())
    return f"Timeline, one line an event. {said}."
