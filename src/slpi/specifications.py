"""Every declared choice at once: is the PTCE nearer to one family than to the other, and is it like none, in each specification?"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from slpi.labelled import Floats, refuse, require, require_one_of
from slpi.typology import FILTERS, NOT_A_POSITION, Profiles, family_units, family_weights, profiles

#: How far two positions on a dimension count as apart: one step of the scale of four anchors.
STEP = 0.33

UNIT, FAR, NEAR = "PTCE", "clusters/PdC", "districts/SPL"

#: Whose text describes the comparators: documents by unit; an empty one takes all.
COMPARATORS: dict[str, dict[str, list[str]]] = {
    "all_texts": {},
    "gianfaldoni": {FAR: ["gianfaldoni"], NEAR: ["gianfaldoni"]},
    "trink_pommier": {FAR: ["trink"], NEAR: ["pommier"]},
    "gianfaldoni_pommier": {FAR: ["gianfaldoni"], NEAR: ["pommier"]},
    "trink_gianfaldoni": {FAR: ["trink"], NEAR: ["gianfaldoni"]},
}

#: Which forms stand for the two historic families: the whole families, or one form of each.
FORMS: dict[str, tuple[str, str]] = {
    "families": ("clusters_pdc", "districts_spl"),
    "cluster_district": ("cluster", "district"),
    "cluster_spl": ("cluster", "spl"),
    "pdc_district": ("pdc", "district"),
    "pdc_spl": ("pdc", "spl"),
}

READINGS = ("value", "alt_value")
DISTANCES = ("mean_absolute", "root_mean_square", "steps_apart")
WEIGHTS = ("dimensions", "families")
CHOICES = ("filter", "reading", "distance", "weights", "left_out", "comparators", "forms")


def choices(codebook: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The levels of each declared choice, the first of each the main one.

    Parameters
    ----------
    codebook : DataFrame
        Table of the corpus: its families of dimensions can be left out, one at a time.

    Returns
    -------
    dict of str to tuple of str
        filter, reading, distance, weights, left_out (``none`` or a family of dimensions), comparators, forms.
    """
    ordinal = codebook[(codebook["scale"] == "ordinal") & (codebook["family"] != NOT_A_POSITION)]
    filters = ("strict", *(name for name in FILTERS if name != "strict"))
    left_out = ("none", *ordinal["family"].unique())
    return dict(zip(CHOICES, (filters, READINGS, DISTANCES, WEIGHTS, left_out, tuple(COMPARATORS), tuple(FORMS)), strict=True))


def specifications(
    codes: pd.DataFrame, codebook: pd.DataFrame, forms: pd.DataFrame, chosen: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame:
    """Ask under every combination of declared choices how far the PTCE lies from the two historic families, and these from each other.

    Parameters
    ----------
    codes, codebook, forms : DataFrame
        Tables of the corpus.
    chosen : mapping, optional
        Levels to combine, by choice; those of a choice that is not named are all of :func:`choices`.

    Returns
    -------
    DataFrame
        A row a specification. Its choices, a column each; gap (distance to clusters/PdC less distance to districts/SPL: positive, nearer
        to the latter), to_nearest, between (distance of the two historic families from each other), ratio (to_nearest / between; NaN where
        between is zero), n_dimensions (on which all three are described; distances are NaN where there is none), codes (their ids).

    Raises
    ------
    ValueError
        If a choice or one of its levels does not exist; lists all.

    Notes
    -----
    ``mean_absolute`` is Gower's distance where all scales are alike, ``root_mean_square`` lets large differences count for more, and
    ``steps_apart`` is the share of dimensions on which two units stand at least one step apart, which takes the anchors for no more than
    an order. ``alt_value`` reads every row at its alternative where it has one.

    References
    ----------
    Simonsohn, U., Simmons, J. P. & Nelson, L. D. (2020). Specification curve analysis. *Nature Human Behaviour*, 4, 1208–1214.
    """
    levels = choices(codebook)
    chosen = dict(chosen or {})
    refuse([name for name in chosen if name not in levels], "choices that are none: ", f"; there are {', '.join(levels)}")
    wrong = [f"{name} = {level!r}" for name, of in chosen.items() for level in of if level not in levels[name]]
    refuse(wrong, "levels that are none: ", f"; there are {levels}")
    levels |= {name: tuple(of) for name, of in chosen.items()}
    read = {"value": codes, "alt_value": codes.assign(value=codes["alt_value"].where(_written(codes["alt_value"]), codes["value"]))}
    family = family_units(forms)
    sides = {FAR: [FORMS[name][0] for name in levels["forms"]], NEAR: [FORMS[name][1] for name in levels["forms"]]}
    units = {UNIT: family["ptce"]} | {form: family.get(form, [form]) for form in (*sides[FAR], *sides[NEAR])}
    rows: list[dict[str, object]] = []
    for filter, reading, whose in product(levels["filter"], levels["reading"], levels["comparators"]):
        documents = {form: told for side, told in COMPARATORS[whose].items() for form in sides[side]}
        described = profiles(read[reading], codebook, units, filter=filter, documents=documents)
        for name, left_out in product(levels["forms"], levels["left_out"]):
            given = {"filter": filter, "reading": reading, "left_out": left_out, "comparators": whose, "forms": name}
            rows += [given | found for found in _distances(described, FORMS[name], left_out, levels["distance"], levels["weights"])]
    table = pd.DataFrame(rows)
    order = [table[name].map({level: i for i, level in enumerate(levels[name])}) for name in CHOICES]
    outcomes = ["gap", "to_nearest", "between", "ratio", "n_dimensions", "codes"]
    return table.loc[pd.concat(order, axis=1).sort_values(list(CHOICES)).index, [*CHOICES, *outcomes]].reset_index(drop=True)


def _written(column: pd.Series) -> pd.Series:
    return column.notna() & (column.astype(str).str.strip() != "")


def _distances(
    described: Profiles, pair: tuple[str, str], left_out: str, distances: Iterable[str], weights: Iterable[str]
) -> list[dict[str, object]]:
    """The outcomes under each distance and weighting, on the dimensions that the three share."""
    families = described.families[described.families != left_out]
    shared = [dimension for dimension in described.shared(UNIT, *pair) if dimension in families]
    unit, far, near = described.values.loc[[UNIT, *pair], shared].to_numpy()
    codes = tuple(described.evidence(UNIT, *pair, dimensions=shared))
    shares = {"families": family_weights(families.reindex(shared)).to_numpy(), "dimensions": np.ones(len(shared))}
    found = []
    for distance, weight in product(distances, weights):
        share = shares[weight]
        to_far, to_near, between = (_distance(pair, share, distance) for pair in (unit - far, unit - near, far - near))
        nearest = min(to_far, to_near)
        found.append(
            {"distance": distance, "weights": weight, "gap": to_far - to_near, "to_nearest": nearest, "between": between}
            | {"ratio": nearest / between if between > 0 else np.nan, "n_dimensions": len(shared), "codes": codes}
        )
    return found


def _distance(difference: Floats, weights: Floats, how: str) -> float:
    require_one_of(how, "distance", DISTANCES)
    if not len(difference):
        return float("nan")
    away = np.abs(difference)
    if how == "root_mean_square":
        return float(np.sqrt(np.average(away**2, weights=weights)))
    return float(np.average(away >= STEP - 1e-9 if how == "steps_apart" else away, weights=weights))


def variance_by_choice(table: pd.DataFrame, outcome: str, choices: Iterable[str] = CHOICES) -> pd.DataFrame:
    """How much of an outcome's variance over the specifications each choice accounts for.

    Parameters
    ----------
    table : DataFrame
        A row a specification; those without the outcome are left aside.
    outcome : str
        A column of numbers.
    choices : iterable of str
        Columns of choices.

    Returns
    -------
    DataFrame
        Index choice, the largest total first; alone (share of the variance that lies between the means of its levels), in_all (share that
        lies within the sets of specifications that differ in this choice only), levels, largest, smallest (levels with the largest and
        smallest mean).

    Raises
    ------
    ValueError
        If fewer than two specifications have the outcome, or it does not vary.

    Notes
    -----
    With every combination assessable these are Sobol's first-order and total indices of a uniform choice of levels; where some
    combinations are not, the sets are unequal and the shares need not bracket each other.

    References
    ----------
    Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. *Computer Physics Communications*, 181, 259–270.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "gap": [0.0, 0.0, 1.0, 1.0]})
    >>> variance_by_choice(table, "gap", ["a", "b"])[["alone", "in_all"]].to_numpy().tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """
    choices = list(choices)
    kept = table.dropna(subset=outcome)
    values = kept[outcome].astype(float)
    whole = values.var(ddof=0)
    require(len(kept) >= 2 and whole > 0, f"{outcome}: {len(kept)} specifications, variance {whole:g}: nothing to share out")
    rows = {}
    for choice in choices:
        means = values.groupby(kept[choice], sort=False).mean()
        between = (means.reindex(kept[choice]).to_numpy() - values.mean()) ** 2
        others = [kept[other] for other in choices if other != choice]
        within = values - (values.groupby(others, sort=False).transform("mean") if others else values.mean())
        rows[choice] = {
            "alone": between.mean() / whole,
            "in_all": (within**2).mean() / whole,
            "levels": len(means),
            "largest": means.idxmax(),
            "smallest": means.idxmin(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("choice").sort_values("in_all", ascending=False, kind="stable")
