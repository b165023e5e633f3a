"""Is the productive territory a financial one? Layers, proximities and tests of a territory of firms, whatever of it is known.

No holding and no group enters a proximity here, since equity is the outcome. Pairs of one group are set aside (`Pairs`), or groups are made
one actor each (`collapsed`). What cannot be tested says why, in the column ``why`` of what `tested` gives.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from slpi.association import TieModel, crt, dyadic_robust_beside, mrqap, odds_ratio, partialled, qap, tie_model
from slpi.inference import holm
from slpi.labelled import Bools, Floats, Ints, Square, generator, require_one_of
from slpi.proximity import belonging, cognitive, decay, geographic, institutional, similarity
from slpi.territory import Territory, layer
from slpi.verdicts import plain

Outcome = Literal["equity", "finance", "funder"]
RULES = ("charter", "label", "agreement")  # kinds of membership that are shared rules; the others are shared bodies
FUNDER = "funder"
FEWEST_FIRMS = 10
#: What each outcome is called.
OUTCOMES = {"equity": "equity ties", "finance": "financial ties of any kind", "funder": "common funders"}
LAYER_NAMES = {"productive": "production", "equity": "equity", "finance": "other finance", "funder": "common funder"}


# Who is asked about.


def industrial(territory: Territory) -> Territory:
    """The territory's firms that are no financiers and no public bodies, their ties with one another, their memberships."""
    firms = territory.firms[territory.firms["role"] == "firm"]
    inside = territory.ties[["source", "target"]].isin(firms.index).all(axis=1)
    members = territory.memberships["firm_id"].isin(firms.index)
    return replace(territory, firms=firms, ties=territory.ties[inside], memberships=territory.memberships[members])


def collapsed(territory: Territory) -> Territory:
    """The territory with each group as one actor: at its firms' middle, with the jobs of all, the industry and form of the largest."""
    firms = territory.firms
    actor = firms["group_id"].where(firms["group_id"].notna(), firms.index.to_series())
    largest = firms.assign(actor=actor).sort_values("jobs", ascending=False, kind="stable").drop_duplicates("actor").set_index("actor")
    merged = largest.reindex(actor.unique()).rename_axis("firm_id")
    merged[["x", "y"]] = firms.groupby(actor)[["x", "y"]].mean()
    merged["jobs"] = firms["jobs"].groupby(actor).sum(min_count=1)
    merged["group_id"] = None
    ties = territory.ties.assign(source=territory.ties["source"].map(actor), target=territory.ties["target"].map(actor))
    members = territory.memberships.assign(firm_id=territory.memberships["firm_id"].map(actor)).drop_duplicates()
    return replace(territory, firms=merged, ties=ties[ties["source"] != ties["target"]], memberships=members)


def layers(territory: Territory) -> dict[str, Square]:
    """The layers that have a tie: production, equity, other finance, common funders, then whatever else there is."""
    kinds = territory.ties.loc[territory.ties["layer"] == "financial", "kind"].unique()
    found = {"productive": layer(territory, "productive"), "equity": layer(territory, "financial", kinds=["equity"])}
    found["finance"] = layer(territory, "financial", kinds=[kind for kind in kinds if kind != "equity"])
    found["funder"] = co_funded(territory)
    found |= {name: layer(territory, name) for name in ("institutional", "knowledge", "thematic")}
    return {name: one for name, one in found.items() if one.values.nnz}


def tied_pairs(found: Mapping[str, Square]) -> dict[str, int]:
    """How many pairs of firms each layer ties, whichever way round."""
    return {name: int((one.values + one.values.T).nnz // 2) for name, one in found.items()}


def co_funded(territory: Territory) -> Square:
    """Whether two firms have a funder in common."""
    from scipy.sparse import coo_array, csr_array

    rows = territory.memberships[territory.memberships["kind"] == FUNDER]
    labels = territory.firms.index
    bodies, names = pd.factorize(rows["body_id"])
    places = (labels.get_indexer(rows["firm_id"]), bodies)
    incidence = csr_array(coo_array((np.ones(len(rows)), places), shape=(len(labels), max(1, len(names)))))
    shared = csr_array(incidence @ incidence.T)
    shared.setdiag(0)
    shared.eliminate_zeros()
    shared.data[:] = 1.0
    return Square(shared, labels, True)


# What draws firms together.


def proximities(territory: Territory, *, decay_km: float) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The proximities that tell pairs of firms apart, and why others are not there.

    Returns
    -------
    dict of name to DataFrame
        geographic (closeness), belonging (bodies shared; neither groups nor funders), similarity (jobs and social economy), institutional
        (charters, labels, agreements, legal form), cognitive (industry).
    list of str
        What was left out or filled in, in words.
    """
    firms, members, notes = territory.firms, territory.memberships, list[str]()
    found = {"geographic": decay(geographic(firms[["x", "y"]]), scale_km=decay_km)}
    bodies = members[~members["kind"].isin([*RULES, FUNDER])]
    if len(bodies):
        found["belonging"] = belonging(bodies, firms=firms.index)
    found["similarity"] = similarity(pd.DataFrame({"jobs": np.log1p(firms["jobs"]), "ess": firms["ess"].astype(float)}))
    if unknown := int(firms["jobs"].isna().sum()):
        notes.append(f"jobs are unknown of {unknown} of {len(firms)} firms: they stand at the median where size counts")
    forms = firms["legal_form"].dropna()
    rules = pd.DataFrame({"firm_id": forms.index, "body_id": forms.to_numpy(), "kind": "legal_status"})
    binding = pd.concat([members[members["kind"].isin(RULES)], rules], ignore_index=True)
    if len(binding):
        found["institutional"] = institutional(binding, binding["kind"].unique(), firms=firms.index)
    naf = firms["naf"].dropna()
    if len(naf) < len(firms):
        notes.append(f"the industry is unknown of {len(firms) - len(naf)} of {len(firms)} firms: they count as near to none")
    if len(naf) > 1:
        plain = naf.str.replace(".", "", regex=False)
        known = cognitive(plain.str[: int(plain.str.len().min())])
        found["cognitive"] = known.reindex(index=firms.index, columns=firms.index, fill_value=0.0)
    below = np.tri(len(firms), k=-1, dtype=bool)
    flat = [name for name, one in found.items() if np.ptp(one.to_numpy()[below]) < 1e-12]
    absent = [name for name in ("belonging", "similarity", "institutional", "cognitive") if name not in found]
    notes += [f"{name} proximity is the same for all pairs, and left out" for name in flat]
    notes += [f"{name} proximity is left out: nothing is known that it could be measured on" for name in absent]
    return {name: one for name, one in found.items() if name not in flat}, notes


def reach(territory: Territory, *, draws: int = 200, rng: np.random.Generator | int = 0, most: int = 60) -> pd.DataFrame:
    """The territory of each layer: which share of its ties, and of their weight, lies within r km, with a range over redrawn firms.

    Parameters
    ----------
    territory : Territory
    draws : int
        Of firms with replacement; a tie counts as often as both its firms are drawn.
    rng : Generator or int
    most : int
        Radii, from none to the farthest pair.

    Returns
    -------
    DataFrame
        layer (or ``all pairs``), km, share, low, high (95 %), weight_share (NaN where a layer has no weights of its own), ties, median_km.
    """
    random = generator(rng)
    xy = territory.firms[["x", "y"]].to_numpy(float) / 1000
    from scipy.spatial.distance import pdist

    apart = np.sort(pdist(xy))
    radii = np.linspace(0, apart[-1], most)
    counts = random.multinomial(len(xy), np.full(len(xy), 1 / len(xy)), size=draws).astype(float)
    frames = []
    for name, one in layers(territory).items():
        weighted = _weights(territory, name)
        rows, columns = one.values.tocoo().coords
        once = rows > columns
        once |= ~np.isin(rows * len(xy) + columns, columns * len(xy) + rows)  # a tie that goes one way only stands once too
        rows, columns = rows[once], columns[once]
        km = np.hypot(*(xy[rows] - xy[columns]).T)
        order = np.argsort(km, kind="stable")
        rows, columns, km = rows[order], columns[order], km[order]
        within = np.searchsorted(km, radii, side="right")
        drawn = np.cumsum(counts[:, rows] * counts[:, columns], axis=1)
        padded = np.column_stack([np.zeros(draws), drawn])
        shares = padded[:, within] / np.maximum(padded[:, -1:], 1)
        low, high = np.quantile(shares[padded[:, -1] > 0], [0.025, 0.975], axis=0) if (padded[:, -1] > 0).any() else (np.nan, np.nan)
        frame = pd.DataFrame({"layer": name, "km": radii, "share": within / len(km), "low": low, "high": high})
        if weighted is not None:
            mass = np.cumsum(np.asarray(weighted[rows, columns]).ravel() + np.asarray(weighted[columns, rows]).ravel())
            frame["weight_share"] = np.concatenate([[0.0], mass])[within] / mass[-1]
        frames.append(frame.assign(ties=len(km), median_km=float(np.median(km))))
    every = np.searchsorted(apart, radii, side="right") / len(apart)
    frames.append(
        pd.DataFrame({"layer": "all pairs", "km": radii, "share": every, "ties": len(apart), "median_km": float(np.median(apart))})
    )
    return pd.concat(frames, ignore_index=True).reindex(
        columns=["layer", "km", "share", "low", "high", "weight_share", "ties", "median_km"]
    )


def _weights(territory: Territory, name: str) -> Any:
    if name == "funder":
        return None
    kinds = {"equity": ["equity"], "finance": [k for k in territory.ties["kind"].unique() if k != "equity"]}.get(name)
    found = layer(territory, "financial" if name in ("equity", "finance") else name, kinds=kinds, weighted=True)
    return found.values.tocsr() if np.ptp(found.values.data) > 0 else None


def perimeters(territory: Territory) -> pd.DataFrame:
    """How far apart the firms of one funder lie, and the partners in production of one firm: K07 against K08 of the concepts.

    Returns
    -------
    DataFrame indexed by perimeter (funders, producers)
        perimeters (those of two firms or more), median_km, low_km, high_km: the mean distance of a perimeter's firms from their middle, its
        median and quartiles over perimeters.
    """
    xy = territory.firms[["x", "y"]] / 1000
    members = territory.memberships.loc[territory.memberships["kind"] == FUNDER, ["body_id", "firm_id"]]
    produced = layer(territory, "productive", directed=False).values.tocoo().coords
    own = np.arange(len(xy))
    ends = pd.DataFrame({"body_id": np.append(produced[0], own), "firm_id": xy.index[np.append(produced[1], own)]})
    found = {}
    for name, rows in (("funders", members), ("producers", ends)):
        at = xy.loc[rows["firm_id"]].set_axis(rows["body_id"].to_numpy())
        middle = at.groupby(level=0).transform("mean")
        spread = pd.Series(np.hypot(*(at - middle).to_numpy().T), at.index)
        wide = spread.groupby(level=0).mean()[at.groupby(level=0).size() > 1]
        quartiles = wide.quantile([0.5, 0.25, 0.75]).to_numpy() if len(wide) else np.full(3, np.nan)
        found[name] = (len(wide), *quartiles)
    return pd.DataFrame.from_dict(found, orient="index", columns=["perimeters", "median_km", "low_km", "high_km"]).rename_axis("perimeter")


# Are equity ties bound to productive ties?


@dataclass(frozen=True)
class Pairs:
    """A question to the pairs of firms: two layers and what else tells pairs apart.

    Attributes
    ----------
    outcome, productive : Square
        Of 0 and 1, sparse and symmetric; nothing on pairs that are set aside.
    aside : ndarray of bool, shape (firms, firms)
        Pairs of one group, or outside what is asked.
    firms : DataFrame
        x, y in metres, jobs.
    near : mapping
        Their proximities.
    straight_km : float or None
        See `pairs`.
    actors : bool
        Whether each firm has an effect of its own in the model of production.
    """

    outcome: Square = field(repr=False)
    productive: Square = field(repr=False)
    aside: Bools = field(repr=False)
    firms: pd.DataFrame = field(repr=False)
    near: Mapping[str, pd.DataFrame] = field(repr=False)
    straight_km: float | None = None
    actors: bool = True

    @property
    def ties(self) -> tuple[int, int]:
        """Of the outcome and of production, among the pairs that are asked about."""
        return self.outcome.values.nnz // 2, self.productive.values.nnz // 2

    @property
    def set_aside(self) -> int:
        """Pairs that are not asked about."""
        return int(self.aside.sum() // 2)

    @property
    def places(self) -> pd.DataFrame:
        """x, y in metres."""
        return self.firms[["x", "y"]]

    def controls(self) -> dict[str, Floats]:
        """What else tells the pairs apart, made anew each time: with thousands of firms each matrix weighs."""
        distance, jobs = geographic(self.places).to_numpy(), self.firms["jobs"]
        size = np.log(jobs.fillna(jobs.median()).fillna(1.0).clip(lower=0.5)).to_numpy()
        closeness = distance if self.straight_km is None else np.exp(-distance / (1000 * self.straight_km))
        told = {"distance": closeness, "size": size[:, None] + size}
        told |= {name: one.to_numpy() for name, one in self.near.items() if name != "geographic"}
        seen = np.tril(~self.aside, -1)
        return {name: one for name, one in told.items() if seen.any() and np.ptp(one[seen]) > 1e-12}

    def same_production(self, other: "Pairs") -> bool:
        """Whether one model of production serves both questions."""
        return self.productive is other.productive or (
            np.array_equal(self.aside, other.aside) and not (self.productive.values != other.productive.values).nnz
        )

    def why_not(self) -> str:
        """Why nothing can be tested, or nothing."""
        outcome, productive = self.ties
        if len(self.firms) < FEWEST_FIRMS:
            return f"fewer than {FEWEST_FIRMS} firms"
        if not productive:
            return "no productive tie"
        return "" if outcome else "no tie to be explained"


def pairs(
    territory: Territory,
    near: Mapping[str, pd.DataFrame],
    *,
    outcome: Outcome = "equity",
    parted: float | None = None,
    reverse: bool = False,
    straight_km: float | None = None,
    radius_km: float | None = None,
    actors: bool = True,
) -> Pairs:
    """Lay a question before the pairs of firms.

    Parameters
    ----------
    territory : Territory
        Of firms alone (`industrial`).
    near : mapping
        Its `proximities`; the geographic one gives way to distance itself.
    outcome : {"equity", "finance", "funder"}
    parted : float, optional
        A year: ties of the outcome that began from then on, on productive ties that had begun before and not ended; pairs with an earlier
        tie of the outcome are set aside.
    reverse : bool
        With ``parted``: productive ties that began from then on, on earlier ties of the outcome.
    straight_km : float, optional
        Distance enters as one straight term, the closeness that fades over so many kilometres, in place of a spline.
    radius_km : float, optional
        Pairs farther apart are set aside.
    actors : bool
        Whether each firm has an effect of its own.
    """
    require_one_of(outcome, "outcome", OUTCOMES)
    firms = territory.firms
    productive, wanted = territory.ties["layer"] == "productive", territory.ties["layer"] == "financial"
    if outcome == "equity":
        wanted &= territory.ties["kind"] == "equity"
    x = _tied(territory, productive)
    y = co_funded(territory).values.nonzero() if outcome == "funder" else _tied(territory, wanted)
    aside = _same_group(firms)
    if parted is not None:
        before, after = territory.ties["date_from"] < parted, territory.ties["date_from"] >= parted
        lasting = before & ~(territory.ties["date_to"] <= parted)
        x, y = (after, before) if reverse else (lasting, after)
        x, y = _tied(territory, productive & x), _tied(territory, wanted & y)
        aside[_tied(territory, (productive if reverse else wanted) & before)] = True
    if radius_km is not None:
        aside |= geographic(firms[["x", "y"]]).to_numpy() > 1000 * radius_km
    np.fill_diagonal(aside, False)
    return Pairs(_layer(y, aside, firms.index), _layer(x, aside, firms.index), aside, firms, near, straight_km, actors)


def _tied(territory: Territory, rows: pd.Series) -> tuple[Ints, Ints]:
    """The firms that these ties join, each tie both ways, as places."""
    labels, ties = territory.firms.index, territory.ties[rows]
    a, b = labels.get_indexer(ties["source"]), labels.get_indexer(ties["target"])
    return np.concatenate([a, b]), np.concatenate([b, a])


def _layer(ends: tuple[Ints, Ints], aside: Bools, labels: pd.Index) -> Square:
    """A layer of 0 and 1 without the pairs that are set aside."""
    from scipy.sparse import csr_array

    asked = ~aside[ends] & (ends[0] != ends[1])
    found = csr_array((np.ones(asked.sum()), (ends[0][asked], ends[1][asked])), shape=aside.shape)
    found.sum_duplicates()
    found.data[:] = 1.0
    return Square(found, labels, True)


def _same_group(firms: pd.DataFrame) -> Bools:
    codes = pd.factorize(firms["group_id"])[0]
    found: Bools = (codes[:, None] == codes) & (codes >= 0)
    return found


def model_of(asked: Pairs) -> TieModel | None:
    """The logit of productive ties, distance as a spline unless it is straight; None where there is nothing to model."""
    controls = {} if asked.why_not() else asked.controls()
    if not controls:
        return None
    splines = ("distance",) if asked.straight_km is None and "distance" in controls else ()
    return tie_model(asked.productive, controls, splines=splines, node_effects=asked.actors, directed=False, aside=asked.aside)


def tested(
    asked: Mapping[str, Pairs] | Iterable[tuple[str, Pairs]], *, draws: int, rng: int = 0, model: TieModel | None = None
) -> pd.DataFrame:
    """The primary test of each question.

    Parameters
    ----------
    asked : mapping, or pairs, of a label and Pairs
    draws : int
    rng : int
    model : TieModel, optional
        That of the first question, fitted already; it serves the others on the same pairs and the same production too.

    Returns
    -------
    DataFrame indexed by label
        why (not tested; blank where tested), firms, ties, productive_ties, set_aside, joint, expected, ratio, p, p_error, odds, low, high,
        auc.
    """
    rows: dict[str, dict[str, object]] = {}
    first = None
    for label, question in asked.items() if isinstance(asked, Mapping) else asked:
        outcome, productive = question.ties
        row = {"why": question.why_not(), "firms": len(question.firms), "ties": outcome, "productive_ties": productive}
        row["set_aside"] = question.set_aside
        first = first or (question if model else None)
        fitted = model if first and not row["why"] and question.same_production(first) else model_of(question)
        if fitted is not None:
            found = crt(question.outcome, question.productive, model=fitted, draws=draws, rng=rng, directed=False)
            odds = odds_ratio(question.outcome, question.productive, model=fitted)
            p, p_error = (found.p, found.p_error) if found.joint else (1.0, 0.0)  # where no tie is joint nothing is found
            row |= {"joint": found.joint, "expected": found.expected, "ratio": found.ratio, "p": p, "p_error": p_error}
            row |= {"odds": odds.ratio, "low": odds.low, "high": odds.high, "auc": fitted.auc}
        rows[label] = row
        del question, fitted  # a model of thousands of firms is not held while the next is fitted
    numbers = ["joint", "expected", "ratio", "p", "p_error", "odds", "low", "high", "auc"]
    frame = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=["why", "firms", "ties", "productive_ties", "set_aside", *numbers])
    return frame.astype(dict.fromkeys(numbers, float)).rename_axis("question")


def declared(found: pd.DataFrame) -> pd.DataFrame:
    """The declared tests with Holm's correction over them."""
    return found.assign(p_holm=holm(found["p"]))


def beside(asked: Pairs, model: TieModel | None, *, draws: int, rng: int = 0) -> pd.DataFrame:
    """What the usual tests say of the same pairs: double semi-partialling, Moran spectral randomisation, dyadic-robust errors.

    Returns
    -------
    DataFrame indexed by test and term
        estimate (a partial correlation; dyadic-robust: a share of pairs, of proximities by a tenth of a standard deviation), p, p_holm
        (dyadic-robust: over production and the proximities).
        Empty where nothing can be tested.
    """
    columns = ["test", "term", "estimate", "p", "p_holm"]
    if model is None:
        return pd.DataFrame(columns=columns).set_index(["test", "term"])
    left = partialled({"y": asked.outcome, "x": asked.productive}, model)
    y, x = left["y"], left["x"]
    rows = []
    labelled = qap(y, x, permutations=draws, rng=rng)
    rows.append(("double semi-partialling", "productive", labelled.r, labelled.p, labelled.p))
    spectral = mrqap(y, {"x": x}, null="msr", places=asked.places, permutations=draws, rng=rng)
    rows.append(("Moran spectral", "productive", labelled.r, spectral.table.loc["x", "p"], spectral.table.loc["x", "p"]))
    del left, x, y
    focal = ["productive", *[name for name in ("belonging", "institutional", "cognitive", "similarity") if name in model.columns]]
    found = dyadic_robust_beside(model, asked.outcome, asked.productive, focal=focal, name="productive")
    robust = found.table.loc[focal]
    rows += [("dyadic-robust", term, row["b"], row["p"], row["p_holm"]) for term, row in robust.iterrows()]
    return pd.DataFrame(rows, columns=columns).set_index(["test", "term"])


def fit_by_distance(asked: Pairs, model: TieModel | None, *, bands: int = 12) -> pd.DataFrame:
    """Productive ties by distance, and as the model has them: bands with as many ties each.

    Returns
    -------
    DataFrame
        km (middle of the band), pairs, ties, expected, sd (of the ties, under the model).
    """
    if model is None:
        return pd.DataFrame(columns=["km", "pairs", "ties", "expected", "sd"])
    fit = model.logit
    xy = asked.places.to_numpy(float) / 1000
    km = np.hypot(*(xy[fit.rows] - xy[fit.columns]).T)
    there = asked.productive.dense()[fit.rows, fit.columns]
    edges = np.unique(np.quantile(km[there == 1], np.linspace(0, 1, bands + 1)))
    edges[0], edges[-1] = 0.0, km.max()
    band = np.clip(np.searchsorted(edges, km, side="right") - 1, 0, max(0, len(edges) - 2))
    rows = pd.DataFrame({"band": band, "km": km, "pairs": 1, "ties": there, "expected": fit.chance, "sd": fit.weights})
    found = rows.groupby("band").agg(
        km=("km", "median"), pairs=("pairs", "sum"), ties=("ties", "sum"), expected=("expected", "sum"), sd=("sd", "sum")
    )
    return found.assign(sd=np.sqrt(found["sd"])).reset_index(drop=True)


def parting(territory: Territory, *, year: float = 0.0) -> float:
    """The year that parts earlier from later ties: the one asked for, or the median begin of the dated equity ties; NaN without dates."""
    if year:
        return year
    kinds = territory.ties["kind"] == "equity"
    begun = territory.ties.loc[(territory.ties["layer"] == "financial") & kinds, "date_from"].dropna()
    return float(np.floor(begun.median())) if len(begun) else float("nan")


def questions(territory: Territory, near: Mapping[str, pd.DataFrame], *, year: float) -> dict[str, Pairs]:
    """The declared questions: equity and common funders on production; with dates, later equity on earlier production, and the reverse."""
    found = {"equity": pairs(territory, near), "funder": pairs(territory, near, outcome="funder")}
    if np.isfinite(year):
        found["later equity"] = pairs(territory, near, parted=year)
        found["later production"] = pairs(territory, near, parted=year, reverse=True)
    return found


def variants(territory: Territory, near: Mapping[str, pd.DataFrame], *, radius_km: float, decay_km: float) -> Iterator[tuple[str, Pairs]]:
    """The same question on equity under other choices, one after another: groups, radius, decay, effects of firms, kinds of finance.

    A radius that holds every pair of firms is no other choice, and is left out.
    """
    from scipy.spatial.distance import pdist

    merged = collapsed(territory)
    yield "groups as one actor each", pairs(merged, proximities(merged, decay_km=decay_km)[0])
    for km in (radius_km, 2 * radius_km):
        if km * 1000 < pdist(territory.firms[["x", "y"]].to_numpy(float)).max():
            yield f"pairs within {km:g} km", pairs(territory, near, radius_km=km)
    for km in (decay_km / 2, decay_km, 2 * decay_km):
        yield f"straight decay over {km:g} km", pairs(territory, near, straight_km=km)
    yield "no effects of single firms", pairs(territory, near, actors=False)
    if "finance" in layers(territory):
        yield "financial ties of any kind", pairs(territory, near, outcome="finance")


def told_by_texts(relations: pd.DataFrame, codes: pd.DataFrame, *, system: str = "mecanic_vallee") -> pd.DataFrame:
    """What the texts say of financing: their financial ties, their judgements on financial coordination, and whether the system specifies.

    Returns
    -------
    DataFrame indexed by id
        what (tie, judgement), of, status, says (the coder's paraphrase), document_id, locator.
    """
    ties = relations[relations["layer"] == "financial"]
    judged = codes[
        (codes["dimension"] == "financial_coordination") | ((codes["dimension"] == "specification") & (codes["unit_id"] == system))
    ]
    told = {"what": "tie", "of": ties["source"] + " → " + ties["target"], "says": ties["note"], "id": ties["relation_id"]}
    thought = {"what": judged["dimension"].map(plain), "of": judged["unit_id"], "says": judged["rationale"], "id": judged["code_id"]}
    frames = [pd.DataFrame(one).join(rows[["status", "document_id", "locator"]]) for one, rows in ((told, ties), (thought, judged))]
    return pd.concat(frames).set_index("id")[["what", "of", "status", "says", "document_id", "locator"]]
