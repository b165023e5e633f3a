"""Profiles of forms from coded judgements, and which form lies nearer to which.

Few units and no sample: what is drawn here are *sensitivity ranges* over the coder's doubt and over the choice of dimensions, never
confidence intervals.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from slpi.distance import mean_absolute_difference
from slpi.labelled import Floats, refuse, require, require_one_of

FILTERS = ("loose", "strict", "strict_dimensions")
#: What a text prescribes is no description; it enters no profile.
DESCRIBING = ("asserted", "reported", "inferred", "hypothesised")
#: A dispersion within a form is no place of the form on a scale.
NOT_A_POSITION = "population"
_CERTAINTY = {"low": 0, "medium": 1, "high": 2}
#: How often a draw takes a row's alternative reading, by the certainty that the coder gave it.
ALTERNATIVE = {"low": 0.5, "medium": 0.35, "high": 0.2}


@dataclass(frozen=True)
class Profiles:
    """Units described on dimensions, with the coded rows behind each value.

    Attributes
    ----------
    rows : DataFrame
        One coded row a line: unit, dimension, code_id, value, alt_value, certainty, document_id, locator, weight. The value of a unit on a
        dimension is the mean over documents of the mean over passages; ``weight`` is a row's part in it.
    families : Series
        Family of each dimension, in the order of the codebook.
    units : tuple of str
        Every unit that was asked for, also one of which nothing is said.
    """

    rows: pd.DataFrame
    families: pd.Series
    units: tuple[str, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """Index (unit, dimension); value, low and high (every row at its lower or higher reading), n_passages, n_documents, certainty."""
        rows, readings = self.rows, self.rows[["value", "alt_value"]]
        parts = pd.DataFrame({"value": rows["value"], "low": readings.min(axis=1), "high": readings.max(axis=1)})
        parts = parts.mul(rows["weight"], axis=0)
        parts["n_passages"], parts["n_documents"] = rows["document_id"] + " " + rows["locator"], rows["document_id"]
        parts["certainty"] = rows["certainty"].map(_CERTAINTY)
        how = dict.fromkeys(("value", "low", "high"), "sum") | {"n_passages": "nunique", "n_documents": "nunique", "certainty": "min"}
        table = parts.groupby([rows["unit"], rows["dimension"]], sort=False).agg(how)
        return table.assign(certainty=table["certainty"].map(dict(enumerate(_CERTAINTY))))

    @cached_property
    def values(self) -> pd.DataFrame:
        """Units × dimensions; NaN where the texts are silent."""
        wide = self.table["value"].unstack("dimension")
        return wide.reindex(index=list(self.units), columns=[d for d in self.families.index if d in wide.columns])

    def shared(self, *units: str) -> list[str]:
        """The dimensions on which all these units are described; refuses a unit that was not asked for."""
        known = self.values.loc[list(units)]
        return list(known.columns[known.notna().all()])

    def evidence(self, *units: str, dimensions: Iterable[str] | None = None) -> list[str]:
        """The code_ids behind these units, on these dimensions."""
        rows = self.rows[self.rows["unit"].isin(units)]
        if dimensions is not None:
            rows = rows[rows["dimension"].isin(list(dimensions))]
        return sorted(rows["code_id"].unique())

    def without(self, *families: str) -> "Profiles":
        """The same without some families of dimensions."""
        kept = self.families[~self.families.isin(families)]
        return Profiles(self.rows[self.rows["dimension"].isin(kept.index)], kept, self.units)


def profiles(
    codes: pd.DataFrame,
    codebook: pd.DataFrame,
    units: Mapping[str, Iterable[str]],
    *,
    filter: str = "strict",
    coder: str | None = None,
    documents: Mapping[str, Iterable[str]] | None = None,
    leave_out: Iterable[str] = (),
) -> Profiles:
    """Describe units by the coded judgements on them.

    Parameters
    ----------
    codes, codebook : DataFrame
        Tables of the corpus.
    units : mapping
        Name of a unit to the unit_ids whose rows it pools: ``{"PTCE": ["ptce", "ptce_group", "ptce_network"]}``.
    filter : {"loose", "strict", "strict_dimensions"}
        ``strict`` drops each row that rests on a hypothesis; ``strict_dimensions`` also each dimension that the hypotheses name.
    coder : str, optional
        Only this coder's rows.
    documents : mapping, optional
        Unit to the only documents that may speak of it.
    leave_out : iterable of str
        Families of dimensions to leave out.

    Returns
    -------
    Profiles

    Raises
    ------
    ValueError
        If the filter, a unit of ``documents``, one of its documents or a family of dimensions does not exist; or a value that would enter
        is no number from 0 to 1.

    Examples
    --------
    >>> codebook = pd.DataFrame({"dimension": ["trust"], "family": ["coordination"], "scale": ["ordinal"], "from_hypothesis": ["no"]})
    >>> codes = pd.DataFrame({"code_id": ["a-1", "a-2"], "coder": "x", "unit_id": "spl", "dimension": "trust", "value": ["1", "0.67"],
    ...     "alt_value": ["", "0.33"], "certainty": "high", "status": "asserted", "rests_on_hypothesis": "no",
    ...     "document_id": ["a", "b"], "locator": ["P1", "P2"]})
    >>> profiles(codes, codebook, {"SPL": ["spl"]}).table.round(3).iloc[0].to_dict()
    {'value': 0.835, 'low': 0.665, 'high': 0.835, 'n_passages': 2, 'n_documents': 2, 'certainty': 'high'}
    """
    require_one_of(filter, "filter", FILTERS)
    ordinal = codebook[(codebook["scale"] == "ordinal") & (codebook["family"] != NOT_A_POSITION)]
    families = ", ".join(ordinal["family"].unique())
    refuse(sorted(set(leave_out) - set(ordinal["family"])), "leave_out: ", f" is no family of dimensions; there are {families}")
    ordinal = ordinal[~ordinal["family"].isin(list(leave_out))]
    if filter == "strict_dimensions":
        ordinal = ordinal[ordinal["from_hypothesis"] != "yes"]
    documents, written = documents or {}, codes["document_id"].unique()
    refuse(sorted(set(documents) - set(units)), "documents: ", f" is no unit; there are {', '.join(units)}")
    strange = {document for allowed in documents.values() for document in allowed} - set(written)
    refuse(sorted(strange), "documents: no code comes from ", f"; there are {', '.join(written)}")
    rows = codes[codes["dimension"].isin(ordinal["dimension"]) & codes["status"].isin(DESCRIBING)]
    if filter != "loose":
        rows = rows[(rows["rests_on_hypothesis"] != "yes") & (rows["status"] != "hypothesised")]
    if coder is not None:
        rows = rows[rows["coder"] == coder]
    told = {unit: rows["document_id"].isin(list(documents.get(unit, written))) for unit in units}
    parts = [rows[rows["unit_id"].isin(list(members)) & told[unit]].assign(unit=unit) for unit, members in units.items()]
    chosen = _numbers(pd.concat(parts or [rows.assign(unit="")]))
    per_document = chosen.groupby(["unit", "dimension", "document_id"])["code_id"].transform("size")
    n_documents = chosen.groupby(["unit", "dimension"])["document_id"].transform("nunique")
    chosen = chosen.assign(weight=1 / (per_document * n_documents))
    columns = ["unit", "dimension", "code_id", "value", "alt_value", "certainty", "document_id", "locator", "weight"]
    return Profiles(chosen[columns].reset_index(drop=True), ordinal.set_index("dimension")["family"], tuple(units))


def _numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their readings as numbers; a blank value would else sum to a zero that no text says."""
    wrong = []
    for column in ("value", "alt_value"):
        number = pd.to_numeric(rows[column], errors="coerce").astype(float)
        blank = rows[column].isna() | (rows[column].astype(str).str.strip() == "")
        bad = ~number.between(0, 1) & (~blank | (column == "value"))
        wrong += [f"{code}: {column} = {value}" for code, value in zip(rows["code_id"][bad], rows[column][bad], strict=True)]
        rows = rows.assign(**{column: number})
    require(not wrong, f"codes: no number from 0 to 1: {'; '.join(dict.fromkeys(wrong[:5]))}")
    return rows


def family_units(forms: pd.DataFrame) -> dict[str, list[str]]:
    """The unit_ids that speak of each family: its own id and those of its forms.

    Examples
    --------
    >>> family_units(pd.DataFrame({"form_id": ["spl", "pdc"], "family": ["districts_spl", "clusters_pdc"]}))
    {'districts_spl': ['districts_spl', 'spl'], 'clusters_pdc': ['clusters_pdc', 'pdc']}
    """
    grouped = forms.groupby("family", sort=False)["form_id"]
    return {family: list(dict.fromkeys([family, *form_ids])) for family, form_ids in grouped}


def nearer_under_choices(
    codes: pd.DataFrame,
    codebook: pd.DataFrame,
    units: Mapping[str, Iterable[str]],
    unit: str,
    a: str,
    b: str,
    *,
    pairings: Mapping[str, Mapping[str, Iterable[str]]],
    splits: Mapping[str, tuple[str, str, str]],
    filter: str = "strict",
    draws: int = 2000,
    rng: int = 0,
    leave_out: Iterable[str] = (),
) -> pd.DataFrame:
    """Ask :func:`nearer` again, with one declared choice changed at a time.

    Parameters
    ----------
    codes, codebook, units
        As in :func:`profiles`.
    unit, a, b : str
        Units compared.
    pairings : mapping
        Name of a choice of documents to its ``documents``.
    splits : mapping
        Name of a choice of forms to the units that stand for (unit, a, b).
    filter, draws, rng, leave_out
        The choices from which one at a time departs.

    Returns
    -------
    DataFrame
        group, label, gap, low, high, share, n_dimensions, codes; the first row is the chosen specification itself.
    """

    def ask(group: str, label: str, of: Profiles, three: tuple[str, str, str] = (unit, a, b), alike: bool = False) -> dict[str, Any]:
        result = nearer(of, *three, draws=draws, rng=rng, equal_families=alike)
        kept = {key: getattr(result, key) for key in ("gap", "low", "high", "share", "n_dimensions", "codes")}
        return {"group": group, "label": label, **kept}

    told = partial(profiles, codes, codebook, units, leave_out=leave_out)
    chosen = told(filter=filter)
    found = [ask("as chosen", f"{filter.replace('_', ' ')} rows, all documents", chosen)]
    found += [ask("which rows", other.replace("_", " "), told(filter=other)) for other in FILTERS if other != filter]
    found += [ask("weights", "each family of dimensions alike", chosen, alike=True)]
    for family in chosen.families.unique():
        found.append(ask("family of dimensions left out", family.replace("_", " "), chosen.without(family)))
    found += [ask("whose comparators", label, told(filter=filter, documents=those)) for label, those in pairings.items()]
    found += [ask("forms taken apart", label, chosen, three) for label, three in splits.items()]
    return pd.DataFrame(found)


def family_weights(families: pd.Series) -> pd.Series:
    """Weights by dimension that give every family of dimensions the same weight in all."""
    return 1 / families.groupby(families).transform("size")


@dataclass(frozen=True)
class Nearer:
    """Is ``unit`` nearer to ``b`` than to ``a``?

    ``gap`` = distance to a − distance to b: positive, nearer to b. ``low`` and ``high`` bound the middle 90 % of the draws; ``share`` is
    the part of draws with a positive gap. It is a sensitivity to choices, not a probability that the statement is true.
    """

    unit: str
    a: str
    b: str
    gap: float = np.nan
    low: float = np.nan
    high: float = np.nan
    share: float = np.nan
    distance_a: float = np.nan
    distance_b: float = np.nan
    dimensions: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    contributions: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    left_out: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))

    @property
    def n_dimensions(self) -> int:
        return len(self.dimensions)


def nearer(profiles: Profiles, unit: str, a: str, b: str, *, draws: int = 2000, rng: int = 0, equal_families: bool = False) -> Nearer:
    """Compare the distance of a unit to two others, with its sensitivity.

    Both distances stand on the dimensions that the three share. Each draw reads every coded row at its value or, as often as its
    certainty warrants (``ALTERNATIVE``), at its alternative, and weights the dimensions at random (Bayesian bootstrap). The random
    numbers of a row and of a dimension depend on its name and on ``rng`` only, so a row that is not used, added or edited moves nothing.

    Parameters
    ----------
    profiles : Profiles
    unit, a, b : str
        Units of the profiles.
    draws : int
    rng : int
        Seed.
    equal_families : bool
        Give each family of dimensions the same weight, instead of each dimension.

    Returns
    -------
    Nearer
        ``contributions``: by dimension, its part of the gap (they sum to it). ``left_out``: the gap without each family of dimensions.

    Raises
    ------
    ValueError
        If ``draws`` is not positive.

    References
    ----------
    Rubin, D. B. (1981). The Bayesian bootstrap. *Annals of Statistics*, 9, 130–134.
    """
    require(draws > 0, f"draws = {draws}; at least 1")
    dimensions = profiles.shared(unit, a, b)
    if not dimensions:
        return Nearer(unit, a, b)
    families = profiles.families.reindex(dimensions)
    weights = family_weights(families) if equal_families else pd.Series(1.0, dimensions)
    share = (weights / weights.sum()).to_numpy()
    to_a, to_b = (np.abs(np.subtract(*profiles.values.loc[[unit, other], dimensions].to_numpy())) for other in (a, b))
    parts = (to_a - to_b) * share
    contributions = pd.Series(parts, dimensions).sort_values(ascending=False, kind="stable")
    kept = {family: (families != family).to_numpy() for family in families.unique()}
    left_out = {family: parts[keep].sum() / share[keep].sum() if keep.any() else np.nan for family, keep in kept.items()}
    (of_unit, of_a, of_b), drawn_weights = _drawn(profiles, (unit, a, b), dimensions, draws, rng)
    gaps = _weighed(np.abs(of_unit - of_a) - np.abs(of_unit - of_b), drawn_weights * share)
    gaps = gaps.round(12)  # a tie counts for neither side, whatever its last bits
    low, high = np.quantile(gaps, [0.05, 0.95])
    figures = {"gap": contributions.sum(), "low": low, "high": high, "share": (gaps > 0).mean()}
    figures |= {"distance_a": (to_a * share).sum(), "distance_b": (to_b * share).sum()}
    said: dict[str, Any] = {name: float(figure) for name, figure in figures.items()}
    said |= {"dimensions": tuple(dimensions), "codes": tuple(profiles.evidence(unit, a, b, dimensions=dimensions))}
    return Nearer(unit, a, b, **said, contributions=contributions, left_out=pd.Series(left_out, dtype=float))


def distance_range(profiles: Profiles, unit: str, other: str, *, draws: int = 2000, rng: int = 0) -> tuple[float, float, float]:
    """Distance of two units on their shared dimensions, with the middle 90 % over readings and dimensions: (distance, low, high)."""
    dimensions = profiles.shared(unit, other)
    if not dimensions:
        return (np.nan, np.nan, np.nan)
    distances, _ = mean_absolute_difference(profiles.values.loc[[unit, other], dimensions])
    (of_unit, of_other), weights = _drawn(profiles, (unit, other), dimensions, draws, rng)
    low, high = np.quantile(_weighed(np.abs(of_unit - of_other), weights), [0.05, 0.95])
    return (float(distances.loc[unit, other]), float(low), float(high))


def distance_rows(profiles: Profiles, unit: str, others: Mapping[str, str], *, draws: int = 2000, rng: int = 0) -> pd.DataFrame:
    """Distances of a unit to several others, each pair on its own dimensions.

    ``others`` maps a unit to its form family. Columns: label, family, distance, low, high, n_dimensions.
    """
    rows = []
    for other, family in others.items():
        distance, low, high = distance_range(profiles, unit, other, draws=draws, rng=rng)
        rows.append((other, family, distance, low, high, len(profiles.shared(unit, other))))
    return pd.DataFrame(rows, columns=["label", "family", "distance", "low", "high", "n_dimensions"])


def like_none(profiles: Profiles, unit: str, others: Iterable[str], *, step: float = 0.33) -> pd.DataFrame:
    """The dimensions on which a unit stands at least ``step`` away from every other unit described there.

    Returns
    -------
    DataFrame
        Index dimension; value, nearest (unit), nearest_value, distance, n_others. Only dimensions on which two others or more are
        described.
    """
    values = profiles.values
    others = [other for other in others if other in values.index]
    found = []
    for dimension in values.columns[values.loc[unit].notna()]:
        described = values.loc[others, dimension].dropna()
        away = (described - values.loc[unit, dimension]).abs()
        if len(described) >= 2 and away.min() >= step - 1e-9:
            nearest = away.idxmin()
            found.append((dimension, values.loc[unit, dimension], nearest, described[nearest], away.min(), len(described)))
    columns = ["dimension", "value", "nearest", "nearest_value", "distance", "n_others"]
    return pd.DataFrame(found, columns=columns).set_index("dimension").sort_values("distance", ascending=False, kind="stable")


def _drawn(profiles: Profiles, units: tuple[str, ...], dimensions: list[str], draws: int, rng: int) -> tuple[list[Floats], Floats]:
    """Values of each unit, and weights of the dimensions (Bayesian bootstrap, up to their sum), in each draw: shape (draws, dimensions)."""
    drawn = {unit: np.zeros((draws, len(dimensions))) for unit in units}
    rows = profiles.rows[profiles.rows["unit"].isin(drawn) & profiles.rows["dimension"].isin(dimensions)]
    for row in rows.itertuples(index=False):
        reading = np.full(draws, row.value)
        if not np.isnan(row.alt_value):
            other = _generator(rng, "code", row.code_id).random(draws) < ALTERNATIVE[row.certainty]
            reading[other] = row.alt_value
        drawn[row.unit][:, dimensions.index(row.dimension)] += reading * row.weight
    weights = np.column_stack([_generator(rng, "dimension", dimension).exponential(size=draws) for dimension in dimensions])
    return [drawn[unit] for unit in units], weights


def _weighed(values: Floats, weights: Floats) -> Floats:
    """The weighted mean over dimensions, in each draw."""
    return np.asarray((values * weights).sum(axis=1) / weights.sum(axis=1))


def _generator(seed: int, *names: str) -> np.random.Generator:
    """A stream of random numbers that belongs to a name, whatever else is drawn."""
    digest = hashlib.sha256("\0".join([str(seed), *names]).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
