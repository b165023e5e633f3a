"""Is one matrix of ties bound to another? Permutation, spectral and model-based nulls, and errors robust to shared actors.

A dyad is a pair of actors; dyads that share an actor are not independent, so ordinary standard errors are too small by far. Every null here
keeps something of that dependence, none keeps all: where attributes are spatially autocorrelated, `qap` and `mrqap` reject too often.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slpi.compiled import compiled, in_threads
from slpi.inference import BLOCK, ENUMERATED, all_permutations, arrangements, drawn_permutations, extreme, holm, p_value
from slpi.labelled import (
    Alternative,
    Bools,
    Floats,
    Ints,
    Square,
    aligned,
    generator,
    grouping,
    listed,
    planar,
    refuse,
    require,
    require_one_of,
    square,
)
from slpi.logit import DyadLogit, dyad_logit

ALL_DRAWN = 1000  # up to so many dyads the randomised layer is drawn whole; beyond, what has no tie of y enters by its normal limit
DIAGONALS, DIAGONAL_WORK = 8, 1e9  # of so many spectral draws at least, and of more where that is quick, the diagonal is computed
PART = 2**17  # dyads that are worked on at a time where they are many
SPARSE = 0.1  # two matrices with at most this share of non-zero dyads are multiplied tie by tie
Orders = NDArray[np.uint32]  # without a sign a place in an array needs no check for counting from its end
Blocks = list[Callable[[], Orders]]
INTERCEPT, PLACES = "(intercept)", "(places)"


@dataclass(frozen=True)
class Qap:
    """The correlation of two matrices over dyads, against relabelled actors.

    Attributes
    ----------
    r : float
        Pearson's correlation over the dyads off the diagonal.
    p : float
        (k + 1) / (R + 1); the exact share where every permutation was taken.
    p_error : float
        Its Monte-Carlo standard error; 0 where every permutation was taken.
    null_mean : float
        Of the permuted correlations.
    null_sd : float
    permutations : int
        How many were drawn, or how many there are.
    exact : bool
        Whether all of them were taken.
    n_actors : int
    n_dyads : int
    dropped : tuple
        Actors left out for missing dyads.
    """

    r: float
    p: float
    p_error: float
    null_mean: float
    null_sd: float
    permutations: int
    exact: bool
    n_actors: int
    n_dyads: int
    dropped: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Regression:
    """A regression of one matrix on others over dyads.

    Attributes
    ----------
    table : DataFrame, one row a term
        "(intercept)" first. `mrqap`: b, t, p, p_error, p_holm (over the focal terms; NaN for the others and for the intercept, about
        which a permutation of actors says nothing). `dyadic_robust`: b, se, t, p, low, high, p_holm.
    r2 : float
    n_actors : int
    n_dyads : int
    permutations : int
        0 where nothing was drawn.
    null : str
    dropped : tuple
        Actors left out for missing dyads.
    """

    table: pd.DataFrame = field(repr=False)
    r2: float
    n_actors: int
    n_dyads: int
    permutations: int
    null: str
    dropped: tuple[Any, ...] = ()


def qap(
    y: object,
    x: object,
    *,
    permutations: int = 9999,
    rng: np.random.Generator | int = 0,
    strata: object = None,
    alternative: Alternative = "two-sided",
    missing: Literal["dyads", "actors"] = "dyads",
) -> Qap:
    """Correlation of two matrices, tested by relabelling the actors of one (quadratic assignment procedure).

    Parameters
    ----------
    y, x : matrices of actors by actors
        DataFrame, array, SciPy sparse, igraph or networkx graph. NaN marks a dyad that was not observed. The diagonal is not read.
    permutations : int
        How many are drawn. Where there are no more than 9! in all (nine actors, or small strata) every one is taken instead.
    rng : Generator or int
        The same seed gives the same result for any number of threads.
    strata : Series, mapping or sequence, optional
        The class of each actor: actors change places within their class only.
    alternative : {"two-sided", "greater", "less"}
        Two-sided counts permuted correlations at least as large in size.
    missing : {"dyads", "actors"}
        What an unobserved dyad costs. "dyads": itself alone; the gaps move with the permutation and each permuted correlation stands on the
        dyads then observed in both. "actors": the actors with most gaps are left out, one by one, until no gap is left.

    Returns
    -------
    Qap

    Raises
    ------
    ValueError
        If the matrices are not of the same actors, there are fewer than three, a value is infinite, or a matrix is the same on every dyad.

    Notes
    -----
    The null is that labels carry no information. It is rejected too often where both matrices depend on space: relabelling destroys what
    nearness does to each. See `mrqap` with ``null="msr"``, and `crt`.

    References
    ----------
    Krackhardt, D. (1988). Predicting with networks: nonparametric multiple regression analysis of dyadic data. *Social
    Networks*, 10, 359–381.

    Examples
    --------
    >>> supply = pd.DataFrame([[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 1], [0, 0, 1, 0]])
    >>> finance = pd.DataFrame([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    >>> found = qap(supply, finance)
    >>> round(found.r, 3), found.permutations, round(found.p, 3)
    (0.5, 24, 0.5)
    """
    _require_draws(permutations)
    read, dropped = _complete_actors(aligned({"y": y, "x": x}, missing=True), missing)
    left, right = read["y"], read["x"]
    undirected = left.symmetric() and right.symmetric()
    n = left.n
    dyads = n * (n - 1) // (2 if undirected else 1)
    orders, exact = _orders(n, strata, left.labels, permutations, rng)
    complete = _complete_products(left, right, undirected)
    if complete:
        products, shift, scale = complete

        def correlations(block: Orders) -> Floats:
            return ((2 if undirected else 1) * products(block)[:, 0] - shift) / scale
    else:
        values = [_off_diagonal(one) for one in (left, right)]
        seen = [~np.isnan(one) for one in values]
        both = seen[0] & seen[1] & ~np.eye(n, dtype=bool)
        for name, one in zip(("y", "x"), values, strict=True):
            _require_varied(one[both], name)
        dyads = int(both.sum()) // (2 if undirected else 1)
        grams = partial(_grams, np.nan_to_num(values[0]), seen[0], np.nan_to_num(values[1])[None], seen[1])

        def correlations(block: Orders) -> Floats:
            return _correlations(grams(block))

    observed = float(correlations(np.arange(n, dtype=np.uint32)[None])[0])
    null = _for_each(orders, correlations)
    null = null[np.isfinite(null)]  # where dyads are missing a permutation can leave one value only
    p, error = p_value(extreme(observed, null, alternative), len(null), exact=exact)
    return Qap(observed, p, error, float(null.mean()), float(null.std()), len(null), exact, n, dyads, dropped)


def mrqap(
    y: object,
    xs: Mapping[str, object],
    *,
    directed: bool | None = None,
    permutations: int = 9999,
    rng: np.random.Generator | int = 0,
    strata: object = None,
    null: Literal["dsp", "y", "msr"] = "dsp",
    places: object = None,
    focal: Sequence[str] | None = None,
    missing: Literal["dyads", "actors"] = "dyads",
) -> Regression:
    """Regression of one matrix on several over dyads, each term tested by permuting what the others leave of it.

    Parameters
    ----------
    y : matrix of actors by actors
        As for `qap`.
    xs : dict of name to matrix
        The covariates.
    directed : bool, optional
        True: every ordered pair is a dyad. False: every pair once, and an asymmetric matrix is refused. None: False if all are symmetric.
    permutations, rng, strata, missing
        As for `qap`.
    null : {"dsp", "y", "msr"}
        "dsp": double semi-partialling, the residual of each covariate on the others is permuted. "y": the outcome is permuted. "msr": the
        residual keeps its spatial spectrum, its Moran coefficients change sign at random.
    places : points or matrix of distances, needed for "msr"
        Projected coordinates in metres (see `labelled.planar`), or metres between actors.
    focal : sequence of str, optional
        The terms declared of interest: Holm's correction is over these alone. All covariates, if not given.

    Returns
    -------
    Regression
        ``table`` has b, t, p, p_error and p_holm.

    Raises
    ------
    ValueError
        If the matrices are not of the same actors, a covariate is constant or a linear combination of others, or an asymmetric matrix is
        given as undirected.

    Notes
    -----
    With r what the other covariates Z leave of y, E what they leave of x, and q an orthonormal basis of Z, a permutation π of E gives
    b = ⟨r, Eπ⟩ / (‖E‖² − Σ⟨q, Eπ⟩²) by the theorem of Frisch, Waugh and Lovell, and t follows from b: one gather and as many dot products
    as there are covariates. Where dyads are missing the gaps move with the permutation and every regression is solved anew.

    "msr" takes E = M C Mᵀ in Moran's eigenvectors M of the actors' places and draws M S C S Mᵀ, S random signs (the eigenvector of the mean
    keeps its own); what of its size falls on the diagonal is taken from the first draws where there are many actors. It halves the excess
    rejection of the other two under spatial autocorrelation and does not remove it.

    References
    ----------
    Dekker, D., Krackhardt, D. & Snijders, T. A. B. (2007). Sensitivity of MRQAP tests to collinearity and autocorrelation conditions.
    *Psychometrika*, 72, 563–581.

    Crabot, J., Clappe, S., Dray, S. & Datry, T. (2019). Testing the Mantel statistic with a spatially-constrained permutation procedure.
    *Methods in Ecology and Evolution*, 10, 532–540.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> near, group = (pd.DataFrame(np.triu(m, 1) + np.triu(m, 1).T) for m in generator.random((2, 12, 12)))
    >>> found = mrqap(near + 0.2 * group, {"near": near, "group": group}, permutations=199)
    >>> found.table.loc["near", ["b", "p"]].round(3).tolist()
    [1.0, 0.005]
    """
    _require_draws(permutations)
    require_one_of(null, "null", ("dsp", "y", "msr"))
    require((null == "msr") == (places is not None), "places: needed with null='msr', and read by no other null")
    read, dropped, directed, focal = _read_regression(y, xs, directed, "actors" if null == "msr" else missing, focal, places)
    fitted, seen = _fit(read, list(xs), directed)
    labels, distance = read["y"].labels, read[PLACES].dense() if null == "msr" else None
    del read  # an eighth of a gigabyte at 2,000 actors and three covariates
    n, exact, drawn = len(seen), False, permutations
    if distance is not None:
        require(strata is None, "strata: signs of Moran eigenvectors know no strata; leave them out with null='msr'")
        signs = generator(rng).choice([-1.0, 1.0], (permutations, n))
        signs[:, 0] = 1.0
        draws = _spectral_t(fitted, distance, directed, signs)
    else:
        orders, exact = _orders(n, strata, labels, permutations, rng)
        if (seen | np.eye(n, dtype=bool)).all():
            draws = _complete_t(null, fitted, n, orders, directed)
        else:
            draws = _moving_t(null, fitted, seen, directed, orders)
        drawn = len(draws[0])
    table = pd.DataFrame({"b": fitted.b, "t": fitted.t, "p": np.nan, "p_error": np.nan, "p_holm": np.nan}, [INTERCEPT, *xs])
    for name, observed, t in zip(xs, fitted.t[1:], draws, strict=True):
        t = t[np.isfinite(t)]
        table.loc[name, ["p", "p_error"]] = p_value(extreme(float(observed), t), len(t), exact=exact)
    table["p_holm"] = holm(table.loc[list(focal), "p"]).reindex(table.index)
    return Regression(table, fitted.r2, n, len(fitted.outcome), drawn, null, dropped)


def dyadic_robust(
    y: object, xs: Mapping[str, object], *, directed: bool | None = None, focal: Sequence[str] | None = None, level: float = 0.95
) -> Regression:
    """Ordinary least squares over dyads, with standard errors that allow any dependence between dyads that share an actor.

    Parameters
    ----------
    y : matrix of actors by actors
        As for `qap`; a missing dyad is left out.
    xs : dict of name to matrix
    directed : bool, optional
        As for `mrqap`.
    focal : sequence of str, optional
        Terms over which Holm's correction is taken; all covariates, if not given.
    level : float
        Of the interval from ``low`` to ``high``.

    Returns
    -------
    Regression
        ``table`` has b, se, t, p, low, high (Student's t with as many degrees of freedom as actors less one) and p_holm.

    Raises
    ------
    ValueError
        As `mrqap`.

    Notes
    -----
    V = (X'X)⁻¹ [Σ over pairs of dyads with a common actor of x e e' x'] (X'X)⁻¹. The middle is Σᵢ sᵢsᵢ' over actors, sᵢ the sum of x e over
    the dyads of i, less what is counted twice. It can lose its positive definiteness in small samples; negative eigenvalues are then set
    to 0. In small samples the errors are too small: with 60 actors a true null is rejected one time in ten at 5 %.

    References
    ----------
    Aronow, P. M., Samii, C. & Assenova, V. A. (2015). Cluster-robust variance estimation for dyadic data. *Political Analysis*, 23,
    564–577.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> near, noise = (pd.DataFrame(np.triu(m, 1) + np.triu(m, 1).T) for m in generator.random((2, 30, 30)))
    >>> dyadic_robust(near + noise, {"near": near}).table.loc["near", "b"].round(2)
    np.float64(0.91)
    """
    read, _, directed, focal = _read_regression(y, xs, directed, "dyads", focal)
    fitted, seen = _fit(read, list(xs), directed)
    n = len(seen)
    rows, columns = (ends[seen[_dyads(n, directed)]] for ends in _dyads(n, directed))
    return _dyadic_robust(fitted, list(xs), rows, columns, n, directed, focal, level)


def dyadic_robust_beside(
    model: "TieModel", y: object, x: object, *, focal: Sequence[str], name: str = "x", level: float = 0.95
) -> Regression:
    """`dyadic_robust` of a layer on another and on the terms of its tie model, as they entered it (the actors' effects apart).

    Parameters
    ----------
    model : TieModel
        Of x.
    y, x : matrices of actors by actors
        On the dyads of the model.
    focal : sequence of str
        As for `mrqap`: ``name``, or columns of the model.
    name : str
        What x is called.
    level : float

    Returns
    -------
    Regression
        Coefficients of the model's columns are by a tenth of their standard deviation.
    """
    fit, names = model.logit, [name, *model.columns]
    there, outcome = map(np.nan_to_num, model.values_of({"x": x, "y": y}).values())
    fitted = _least_squares(np.insert(fit.covariates, 1, there, axis=1), outcome, names)
    return _dyadic_robust(fitted, names, fit.rows, fit.columns, fit.n, fit.directed, focal, level)


def _dyadic_robust(
    fitted: "_Fit", names: Sequence[str], rows: Ints, columns: Ints, n: int, directed: bool, focal: Sequence[str], level: float
) -> Regression:
    from scipy.stats import t as student

    design = fitted.design
    residual, k = fitted.outcome - design @ fitted.b, design.shape[1]
    if directed:  # both ways of a pair share both actors: they stand side by side and are summed
        pair = np.maximum(rows, columns) * n + np.minimum(rows, columns)
        order = np.argsort(pair, kind="stable")
    by_actor, twice = np.zeros((n, k)), np.zeros((k, k))
    for these in [order] if directed else _parts(len(residual)):
        scores = design[these] * residual[these][:, None]
        for ends in (rows, columns):
            by_actor += np.column_stack([np.bincount(ends[these], score, n) for score in scores.T])
        if directed:
            scores = np.add.reduceat(scores, np.flatnonzero(np.diff(pair[these], prepend=-1)))
        twice += scores.T @ scores
    bread = np.linalg.inv(design.T @ design)
    variance = bread @ (by_actor.T @ by_actor - twice) @ bread
    size, axes = np.linalg.eigh(variance)
    error = np.sqrt(((axes * np.clip(size, 0, None)) @ axes.T).diagonal())
    with np.errstate(divide="ignore", invalid="ignore"):
        t = fitted.b / error
    half = student.ppf((1 + level) / 2, n - 1) * error
    columns_of = {"b": fitted.b, "se": error, "t": t, "p": 2 * student.sf(abs(t), n - 1), "low": fitted.b - half, "high": fitted.b + half}
    table = pd.DataFrame(columns_of, [INTERCEPT, *names])
    table["p_holm"] = holm(table.loc[list(focal), "p"]).reindex(table.index)
    return Regression(table, fitted.r2, n, len(design), 0, "dyadic-robust")


def overlap(layers: Mapping[str, object]) -> pd.DataFrame:
    """How far the layers of a multiplex network lie on the same dyads.

    Parameters
    ----------
    layers : dict of name to matrix
        Non-zero is a tie. A dyad that is NaN in one of two layers is left out of their pair.

    Returns
    -------
    DataFrame, one row a pair of layers (each with itself too), indexed by a and b
        dyads (ordered pairs of actors), ties_a, ties_b, both; jaccard = both / (a or b); lift = P(a and b) / (P(a) P(b)), 1 where ties of
        one say nothing of the other; reciprocity = share of the ties i→j of a that b answers with j→i, averaged over both directions of
        the question. NaN where a layer has no tie.

    Raises
    ------
    ValueError
        If the layers are not of the same actors.

    Notes
    -----
    Lift above 1 is not coordination: two layers that both thin out with distance have it. Test it with `qap`, `mrqap` or `crt`.

    Examples
    --------
    >>> supply = pd.DataFrame([[0, 1, 1], [1, 0, 0], [1, 0, 0]])
    >>> finance = pd.DataFrame([[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    >>> overlap({"supply": supply, "finance": finance}).loc[("supply", "finance"), ["both", "jaccard", "lift", "reciprocity"]].tolist()
    [1.0, 0.25, 1.5, 0.625]
    """
    read = aligned(layers, missing=True)
    places = {name: _places(one) for name, one in read.items()}
    n = next(iter(read.values())).n
    found = []
    for a, b in combinations_with_replacement(places, 2):
        unseen = np.union1d(places[a][1], places[b][1])
        ties = [np.setdiff1d(places[name][0], unseen, assume_unique=True) for name in (a, b)]
        both, *answered = (
            len(np.intersect1d(one, other, assume_unique=True))
            for one, other in (ties, (ties[0], ties[1] % n * n + ties[1] // n), (ties[1], ties[0] % n * n + ties[0] // n))
        )
        found.append((a, b, n * (n - 1) - len(unseen), *map(len, ties), both, *answered))
    table = pd.DataFrame(found, columns=["a", "b", "dyads", "ties_a", "ties_b", "both", "answers_b", "answers_a"]).set_index(["a", "b"])
    ties_a, ties_b = (table[name].mask(table[name] == 0) for name in ("ties_a", "ties_b"))  # of no ties there is no share
    table["jaccard"] = table["both"] / (table["ties_a"] + table["ties_b"] - table["both"]).replace(0, np.nan)
    table["lift"] = table["both"] * table["dyads"] / (ties_a * ties_b)
    table["reciprocity"] = (table.pop("answers_b") / ties_a + table.pop("answers_a") / ties_b) / 2
    return table


def _places(one: Square) -> tuple[Ints, Ints]:
    """Where a layer has ties, and where it was not observed: places off the diagonal, counted row by row."""
    rows, columns = one.values.nonzero()  # NaN is not zero
    apart = rows != columns
    rows, columns = rows[apart].astype(np.int64), columns[apart].astype(np.int64)
    missing = np.isnan(np.asarray(one.values[rows, columns]).ravel())
    places = rows * one.n + columns
    return places[~missing], places[missing]


@dataclass(frozen=True)
class TieModel:
    """A fitted logit of ties.

    Attributes
    ----------
    labels : Index, length n
        The actors.
    named : bool
        Whether the labels came with the layer; an array has only positions.
    terms : tuple of str
        What it stands on.
    auc : float
        How often a tie has a higher probability than a dyad without one.
    n_dyads : int
    n_ties : int
    columns : tuple of str
        Names of the columns of ``logit.covariates`` after the constant: those of a spline are numbered.
    logit : DyadLogit
        The fit behind it, dyad by dyad.
    """

    labels: pd.Index = field(repr=False)
    named: bool = field(repr=False)
    terms: tuple[str, ...]
    auc: float
    n_dyads: int
    n_ties: int
    columns: tuple[str, ...] = field(repr=False, compare=False)
    logit: DyadLogit = field(repr=False, compare=False)

    @property
    def probabilities(self) -> pd.DataFrame:
        """Of a tie on each dyad, shape (n, n); NaN where it was not observed or set aside, 0 on the diagonal."""
        return pd.DataFrame(self.matrix(self.logit.chance, np.nan), self.labels, self.labels, copy=False)

    def matrix(self, values: Floats, elsewhere: float) -> Floats:
        """Values of the model's dyads as a matrix of actors by actors; the diagonal is 0."""
        fit = self.logit
        full = np.full((fit.n, fit.n), elsewhere)
        full[fit.rows, fit.columns] = values
        if not fit.directed:
            full[fit.columns, fit.rows] = values
        np.fill_diagonal(full, 0.0)
        return full

    def values_of(self, layers: Mapping[str, object]) -> dict[str, Floats]:
        """Of each layer the value on each dyad of the model, NaN where it is missing; undirected where it is."""
        from scipy.sparse import csr_array

        fit = self.logit
        own = Square(csr_array((fit.n, fit.n)), self.labels, self.named)
        found = {}
        for name, one in layers.items():
            layer = aligned({"model": own, name: one}, missing=True)[name]
            if not fit.directed:
                square(layer, name, missing=True, directed=False)
            found[name] = _at(layer, fit.rows, fit.columns)
        return found


def tie_model(
    x: object,
    covariates: Mapping[str, object],
    *,
    splines: Iterable[str] = (),
    knots: int = 5,
    node_effects: bool = True,
    penalty: float = 1.0,
    directed: bool | None = None,
    aside: Bools | None = None,
) -> TieModel:
    """A logit of a layer of ties on dyadic covariates, distance as a spline, and an effect of each actor.

    Parameters
    ----------
    x : matrix of actors by actors
        0 or 1; NaN where a dyad is not observed or is set aside.
    covariates : dict of name to matrix
        Distance, same sector, same group, difference of size. Complete wherever ``x`` is observed.
    splines : iterable of str
        Those that enter as a cubic spline.
    knots : int
        Of a spline, at quantiles half of the dyads and half of the ties: these lie where a steep decay is to be followed.
    node_effects : bool
        One effect an actor (two where directed: sender and receiver), shrunken by ``penalty`` so that an actor without ties stays finite.
    penalty : float
        Ridge on the node effects; covariates are hardly shrunken.
    directed : bool, optional
        As for `mrqap`.
    aside : array of bool, shape (n, n), optional
        Dyads that are no part of the question, as where ``x`` is missing; symmetric where undirected.

    Returns
    -------
    TieModel

    Raises
    ------
    ValueError
        If ``x`` is not 0 or 1, has no tie or only ties, or a covariate is missing on an observed dyad.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> place = generator.random(40)
    >>> distance = abs(place[:, None] - place)
    >>> drawn = np.triu(generator.random((40, 40)) < np.exp(-5 * distance), 1)
    >>> fitted = tie_model(drawn + drawn.T, {"distance": distance}, splines=["distance"])
    >>> fitted.n_dyads, fitted.auc > 0.7
    (780, True)
    """
    read = aligned({"x": x, **covariates}, missing=True)
    directed = _directed(read, directed)
    labels, named, n = read["x"].labels, read["x"].named, read["x"].n
    rows, columns = _dyads(n, directed)
    outcome = _at(read["x"], rows, columns)
    kept = ~np.isnan(outcome)
    if aside is not None:
        kept &= ~aside[rows, columns]
    rows, columns, outcome = rows[kept], columns[kept], outcome[kept]
    _require_binary(outcome, (rows, columns), labels, "x")
    _require_varied(outcome, "x")
    splines = set(splines)
    refuse(sorted(splines - set(covariates)), "splines: no covariate ")
    bends, names = dict[str, Floats](), list[str]()
    for name in covariates:
        values = _at(read[name], rows, columns)
        _refuse_dyads(np.isnan(values), values, (rows, columns), labels, f"{name}: missing where x is observed: ")
        _require_varied(values, name)
        bends[name] = _knots(values, values[outcome == 1], knots) if name in splines else np.zeros(0)
        names += [f"{name} {k + 1}" for k in range(len(bends[name]) - 5)] if name in splines else [name]
    design = np.empty((len(rows), 1 + len(names)))
    design[:, 0] = 1.0
    first = 1
    for name, bend in bends.items():
        values = _at(read[name], rows, columns)  # read again: of thousands of actors only what is at work is held
        curve = design[:, first : first + max(1, len(bend) - 5)]
        for some in _parts(len(values)):
            curve[some] = _spline(values[some], bend) if len(bend) else values[some, None]
        for column in curve.T:  # one at a time: what they are reckoned with is as long
            spread = column.std()
            column -= column.mean()
            column *= 10 / spread if spread > 0 else 10  # ten times the scale: a hundredth of the ridge
        first += curve.shape[1]
    logit = dyad_logit(outcome, design, rows, columns, n, directed=directed, actors=node_effects, penalty=penalty)
    terms = tuple(f"spline({name})" if name in splines else name for name in covariates) + (("actors",) if node_effects else ())
    return TieModel(labels, named, terms, _auc(logit.chance, outcome), len(rows), int(outcome.sum()), tuple(names), logit)


def _at(one: Square, rows: Ints, columns: Ints) -> Floats:
    """The values of a matrix on these dyads, none of them on the diagonal."""
    values = one.dense() if hasattr(one.values, "toarray") else one.values
    found: Floats = np.asarray(values[rows, columns], dtype=float)
    return found


def _knots(values: Floats, tied: Floats, count: int) -> Floats:
    """Knots of cubic splines, the outer ones four times, at quantiles half of all dyads and half of the ties."""
    both = np.sort(np.concatenate([one[np.linspace(0, len(one) - 1, 1001).round().astype(int)] for one in map(np.sort, (values, tied))]))
    knots = np.unique(both[np.linspace(0, len(both) - 1, count).round().astype(int)])
    return np.concatenate([np.full(3, knots[0]), knots, np.full(3, knots[-1])])


def _spline(values: Floats, knots: Floats) -> Floats:
    """A basis of cubic splines, the last column left out for the constant."""
    from scipy.interpolate import BSpline

    basis: Floats = BSpline.design_matrix(values, knots, 3).toarray()[:, :-1]
    return basis


def _auc(chance: Floats, outcome: Floats) -> float:
    from scipy.stats import rankdata

    ties = outcome.sum()
    return float((rankdata(chance)[outcome == 1].sum() - ties * (ties + 1) / 2) / (ties * (len(outcome) - ties)))


@dataclass(frozen=True)
class Crt:
    """Joint ties of two layers against a layer redrawn from its model.

    Attributes
    ----------
    joint : float
        Σ y x over dyads: how many ties both layers have (with weights in y, their sum).
    expected : float
        Its mean under the model, exact.
    null_sd : float
        Its standard deviation under the model, exact; where the model was fitted to the same x, less what the fit absorbs.
    ratio : float
        joint / expected.
    p : float
    p_error : float
    draws : int
    n_dyads : int
    """

    joint: float
    expected: float
    null_sd: float
    ratio: float
    p: float
    p_error: float
    draws: int
    n_dyads: int


def crt(
    y: object,
    x: object,
    *,
    model: TieModel | object,
    draws: int = 9999,
    rng: np.random.Generator | int = 0,
    alternative: Alternative = "greater",
    directed: bool | None = None,
) -> Crt:
    """Do ties of y lie on ties of x more often than a model of x explains (conditional randomisation)?

    Parameters
    ----------
    y : matrix of actors by actors
        The layer that stays as it is: equity or funder ties. NaN sets a dyad aside.
    x : matrix of actors by actors
        The layer that is redrawn: productive ties, 0 or 1.
    model : TieModel or matrix
        The probability of each tie of x, from `tie_model` or from elsewhere.
    draws : int
    rng : Generator or int
    alternative : {"greater", "less", "two-sided"}
        Two-sided counts draws at least as far from the expected number.
    directed : bool, optional
        As for `mrqap`.

    Returns
    -------
    Crt

    Raises
    ------
    ValueError
        If x is not 0 or 1, a probability is outside 0–1 or missing on an observed dyad, or y has no tie.

    Notes
    -----
    Exact for any dependence within y, whatever made it, if the model of x is right and its ties are independent given the model. A wrong
    model, a decay that is too short above all, or a cause of both layers that it leaves out, is found as an association.

    A model fitted to the same x absorbs a part of it. With a `TieModel` the statistic is therefore Σ (y - m)(x - p), where m is what the
    model's terms explain of y: the efficient score, which to first order no longer depends on the fit. It is also right, to first order,
    where not the model of x but that of y by the same terms is (Shah & Peters), and it has no steps of whole ties, which would make the
    test conservative with few of them.

    References
    ----------
    Candès, E., Fan, Y., Janson, L. & Lv, J. (2018). Panning for gold: model-X knockoffs for high dimensional controlled variable selection.
    *Journal of the Royal Statistical Society B*, 80, 551–577.

    Liu, M., Katsevich, E., Janson, L. & Ramdas, A. (2022). Fast and powerful conditional randomization testing via distillation.
    *Biometrika*, 109, 277–293.

    Shah, R. D. & Peters, J. (2020). The hardness of conditional independence testing and the generalised covariance measure. *Annals of
    Statistics*, 48, 1514–1538.

    Examples
    --------
    >>> supply = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]])
    >>> found = crt(supply, supply, model=np.full((4, 4), 0.5), draws=999)
    >>> found.joint, found.expected, round(found.p, 2)
    (3.0, 1.5, 0.13)
    """
    _require_draws(draws)
    weight, there, likely, fit = _modelled(y, x, model, directed)
    left = weight.copy() if fit is None else weight - fit.explained(weight)
    drawn = np.flatnonzero(weight) if len(weight) > ALL_DRAWN or fit is None else np.arange(len(weight))
    rest = np.delete(left, drawn) ** 2 @ np.delete(likely * (1 - likely), drawn)
    random, null = generator(rng), []
    for start in range(0, draws, 1024):
        size = min(1024, draws - start)
        moved = (random.random((size, len(drawn))) < likely[drawn]) @ left[drawn]
        null.append(moved + np.sqrt(rest) * random.standard_normal(size) if rest else moved)
    joint, expected = float(weight @ there), float(weight @ likely)
    centred = np.concatenate(null) - left[drawn] @ likely[drawn]
    p, error = p_value(extreme(float(left @ (there - likely)), centred, alternative), draws)
    spread = float(np.sqrt((left**2 * likely * (1 - likely)).sum()))
    return Crt(joint, expected, spread, joint / expected if expected else np.inf, p, error, draws, len(weight))


@dataclass(frozen=True)
class Odds:
    """How many times likelier, in odds, a tie of x is where y has one, all else in the model equal.

    Attributes
    ----------
    ratio, low, high : float
        1 is none. ``low`` is 0 where no tie is joint, ``high`` infinite where all are.
    level : float
        Of the interval.
    """

    ratio: float
    low: float
    high: float
    level: float


def odds_ratio(y: object, x: object, *, model: TieModel, level: float = 0.95) -> Odds:
    """The odds ratio of ties of x on ties of y, beside the terms of the model.

    Parameters
    ----------
    y, x : matrices of actors by actors
        As for `crt`; of y only whether there is a tie is read.
    model : TieModel
        Of x.
    level : float

    Returns
    -------
    Odds

    Raises
    ------
    ValueError
        As `crt`.

    Notes
    -----
    The odds ratio is the same whichever layer explains the other. The interval holds the ratios under which as few, or as many, joint ties
    as were found have half the remaining chance or more, the observed number counted half (mid-p). What the fit of the other terms absorbed
    of it is given back: the logarithm is taken times the ratio of the raw to the efficient information. In small dense layers that gives
    too much for large ratios: with 40 actors and ties on a fifth of the pairs 6 comes out as 7.5.

    References
    ----------
    Lancaster, H. O. (1961). Significance tests in discrete distributions. *Journal of the American Statistical Association*, 56, 223–234.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> supply, equity = (np.triu(generator.random((40, 40)) < 0.2, 1) for _ in range(2))
    >>> supply, equity = 1.0 * (supply | supply.T), 1.0 * (equity | equity.T)
    >>> place = generator.random(40)
    >>> found = odds_ratio(equity, supply, model=tie_model(supply, {"distance": abs(place[:, None] - place)}))
    >>> found.low < found.ratio < found.high
    True
    """
    weight, there, likely, fit = _modelled(y, x, model, None)
    require(fit, "model: a TieModel is needed, to know what the fit absorbed")
    assert fit is not None
    tied = weight != 0
    flat = tied.astype(float)
    absorbed = (fit.weights * flat).sum() / (fit.weights * (flat - fit.explained(flat)) ** 2).sum()
    odds = likely[tied] / (1 - likely[tied])
    joint = int(there[tied].sum())

    def at_most(log_ratio: float) -> float:
        """Chance of fewer joint ties, the observed number counted half."""
        tilted = odds * np.exp(log_ratio / absorbed)
        return _count_mid_p(tilted / (1 + tilted), joint)

    def where(target: float) -> float:
        low, high = -12.0 * absorbed, 12.0 * absorbed
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(middle) > target else (low, middle)
        return float(np.exp(low))

    tail, most = (1 - level) / 2, tied.sum()
    low, high = where(1 - tail) if joint else 0.0, where(tail) if joint < most else np.inf
    return Odds(0.0 if not joint else np.inf if joint == most else where(0.5), low, high, level)


def partialled(layers: Mapping[str, object], model: TieModel) -> dict[str, pd.DataFrame]:
    """What the terms of a tie model leave of layers, by least squares over its dyads; the actors' effects are no terms here.

    Parameters
    ----------
    layers : dict of name to matrix
        Of the actors of the model.
    model : TieModel

    Returns
    -------
    dict of name to DataFrame
        0 on the diagonal and on dyads that the model set aside.

    Notes
    -----
    `qap` of two such matrices is double semi-partialling with one term of interest (Frisch, Waugh and Lovell), but for what a permutation
    of the one moves back onto the other terms: of the order of terms over actors. `mrqap` of them, with ``null="msr"``, is the spectral
    twin. Both take as long as if there were no other terms.

    Examples
    --------
    >>> generator = np.random.default_rng(0)
    >>> supply, equity, near = (np.tril(m, -1) + np.tril(m, -1).T for m in generator.random((3, 20, 20)))
    >>> model = tie_model(1.0 * (supply > 0.7), {"near": near})
    >>> left = partialled({"equity": equity}, model)["equity"].to_numpy()
    >>> abs(round(float((left * near).sum()), 6))
    0.0
    """
    read = {name: np.nan_to_num(values) for name, values in model.values_of(layers).items()}
    factor, by_layer = _triangle(model.logit.covariates, *read.values())
    found = {}
    for (name, values), projected in zip(read.items(), by_layer.T, strict=True):
        left = values - model.logit.covariates @ np.linalg.solve(factor, projected)
        found[name] = pd.DataFrame(model.matrix(left, 0.0), model.labels, model.labels, copy=False)
    return found


def _count_mid_p(chance: Floats, count: int) -> float:
    """P(N < count) + P(N = count) / 2 of a sum of independent ties; by the normal law, mended for skewness, where they are many."""
    if len(chance) > 300:
        from scipy.special import ndtr

        variance = (chance * (1 - chance)).sum()
        x, skew = (count - chance.sum()) / np.sqrt(variance), (chance * (1 - chance) * (1 - 2 * chance)).sum() / variance**1.5
        return float(np.clip(ndtr(x) + skew * (1 - x**2) * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / 6, 0, 1))
    law = np.zeros(len(chance) + 1)
    law[0] = 1.0
    for p in chance:
        law[1:] = law[1:] * (1 - p) + law[:-1] * p
        law[0] *= 1 - p
    return float(law[:count].sum() + law[count] / 2)


def _modelled(y: object, x: object, model: TieModel | object, directed: bool | None) -> tuple[Floats, Floats, Floats, DyadLogit | None]:
    """Of each dyad that is observed its y, its x, and the probability of a tie of x; and the fit behind it."""
    if isinstance(model, TieModel):
        fit = model.logit
        require(directed in (None, fit.directed), f"directed = {directed}: the model was fitted with {fit.directed}")
        weight, there, likely = *model.values_of({"y": y, "x": x}).values(), fit.chance
        require(not np.isnan(there).any(), "model: fitted on other dyads of x than those given")
        rows, columns, labels = fit.rows, fit.columns, model.labels
    else:
        fit, read = None, aligned({"y": y, "x": x, "model": model}, missing=True)
        labels = read["x"].labels
        rows, columns = _dyads(len(labels), _directed(read, directed))
        weight, there, likely = (_at(one, rows, columns) for one in read.values())
        seen = ~(np.isnan(weight) | np.isnan(there))
        rows, columns = rows[seen], columns[seen]
        weight, there, likely = weight[seen], there[seen], likely[seen]
        improbable = ~((likely >= 0) & (likely <= 1))
        _refuse_dyads(improbable, likely, (rows, columns), labels, "model: a probability from 0 to 1 is needed on every observed dyad: ")
    _require_binary(there, (rows, columns), labels, "x")
    weight = np.nan_to_num(weight)
    require(weight.any(), "y: no tie on any observed dyad")
    return weight, there, likely, fit


# What the tests share: dyads, residuals, gathered products.


def _require_draws(draws: int) -> None:
    require(draws >= 1, f"permutations or draws: {draws}; at least 1 is needed")


def _refuse_dyads(wrong: Bools, values: Floats, ends: Sequence[NDArray[Any]], labels: pd.Index, said: str) -> None:
    refuse((f"{labels[ends[0][k]]}, {labels[ends[1][k]]} = {values[k]:g}" for k in np.flatnonzero(wrong)), said)


def _require_varied(values: Floats, name: str) -> None:
    if not len(values) or np.ptp(values) == 0:
        what = f"the same value, {values.flat[0]:g}, on every observed dyad" if len(values) else "no observed dyad"
        raise ValueError(f"{name}: {what}; it cannot vary with anything")


def _require_binary(values: Floats, ends: Sequence[NDArray[Any]], labels: pd.Index, name: str) -> None:
    _refuse_dyads((values != 0) & (values != 1), values, ends, labels, f"{name}: ties must be 0 or 1: ")


def _off_diagonal(one: Square) -> Floats:
    values = one.dense()
    np.fill_diagonal(values, 0.0)
    return values


def _dyads(n: int, directed: bool) -> tuple[Ints, Ints]:
    rows, columns = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.tril_indices(n, -1)
    return rows, columns


def _centred(values: Floats, name: str) -> Floats:
    n = len(values)
    apart = values.ravel()[1:].reshape(n - 1, n + 1)[:, :-1]  # a view of all but the diagonal: fresh memory takes longer than the sums
    _require_varied(apart, name)
    apart -= apart.mean()
    return values


def _complete_actors(read: dict[str, Square], missing: str) -> tuple[dict[str, Square], tuple[Any, ...]]:
    """Where whole actors are to go: without those that have gaps, the one with most of them first."""
    require_one_of(missing, "missing", ("dyads", "actors"))
    if missing == "dyads":
        return read, ()
    labels = next(iter(read.values())).labels
    gap = np.logical_or.reduce([np.isnan(_off_diagonal(one)) for one in read.values()])
    gap |= gap.T
    kept = np.arange(len(labels))
    while gap[np.ix_(kept, kept)].any():
        kept = np.delete(kept, gap[np.ix_(kept, kept)].sum(axis=1).argmax())
    dropped = tuple(label for i, label in enumerate(labels) if i not in set(kept))
    if not dropped:
        return read, ()
    require(len(kept) >= 3, f"{len(dropped)} of {len(labels)} actors have missing dyads; fewer than three are left")
    return {name: Square(one.dense()[np.ix_(kept, kept)], labels[kept], one.named) for name, one in read.items()}, dropped


def _directed(read: Mapping[str, Square], directed: bool | None) -> bool:
    if directed is False:
        for name, one in read.items():
            square(one, name, missing=True, directed=False)
    return not all(one.symmetric() for one in read.values()) if directed is None else directed


def _read_regression(
    y: object, xs: Mapping[str, object], directed: bool | None, missing: str, focal: Sequence[str] | None, places: object = None
) -> tuple[dict[str, Square], tuple[Any, ...], bool, Sequence[str]]:
    require(isinstance(xs, Mapping) and xs, "xs: a dict of name to matrix with at least one covariate is needed")
    refuse(sorted({"y", INTERCEPT, PLACES} & set(xs)), "xs: another name is needed for ")
    refuse((name for name in focal or () if name not in xs), "focal: no covariate ", f"; there are {listed(xs)}")
    first = aligned({"y": y, **xs}, missing=True)
    if places is not None:
        first = aligned({**first, PLACES: _distances(places, first["y"].labels)}, missing=True)
    read, dropped = _complete_actors(first, missing)
    return read, dropped, _directed(read, directed), list(xs) if focal is None else focal


def _orders(n: int, strata: object, labels: pd.Index, count: int, rng: np.random.Generator | int) -> tuple[Blocks, bool]:
    """The permutations to take, in blocks that are the same each time they are called; and whether these are all that there are."""
    classes = np.zeros(n, dtype=np.int64) if strata is None else grouping(strata, labels, "strata")[0]
    require(arrangements(classes) > 1, "strata: no two actors share a class; nothing can be permuted")
    if arrangements(classes) > ENUMERATED:
        return drawn_permutations(classes, count, rng), False
    every = all_permutations(classes).astype(np.uint32)
    return [partial(every.__getitem__, slice(start, start + BLOCK)) for start in range(0, len(every), BLOCK)], True


def _for_each(orders: Blocks, work: Callable[[Orders], Floats]) -> Floats:
    return np.concatenate(in_threads(lambda block: work(block()), [(block,) for block in orders]))


@compiled
def _products(moved: Floats, fixed: Floats, undirected: bool, orders: Orders) -> Floats:
    """Σ moved[π(i), π(j)] fixed[k, i, j] for each permutation π and each k: below the diagonal only, or everywhere."""
    n = moved.shape[0]
    out = np.zeros((orders.shape[0], fixed.shape[0]))
    row = np.empty(n)
    for i in range(n):
        end = i if undirected else n
        for p in range(orders.shape[0]):
            order = orders[p]
            source = moved[order[i]]
            if fixed.shape[0] == 1:
                against, total = fixed[0, i], 0.0
                for j in range(end):
                    total += source[order[j]] * against[j]
                out[p, 0] += total
                continue
            for j in range(end):
                row[j] = source[order[j]]
            for k in range(fixed.shape[0]):
                against, total = fixed[k, i], 0.0
                for j in range(end):
                    total += row[j] * against[j]
                out[p, k] += total
    return out


@compiled
def _tied_products(
    starts: Ints, ends: Ints, weights: Floats, tied: NDArray[np.uint8], rows: Orders, columns: Orders, values: Floats, orders: Orders
) -> Floats:
    """Σ values[e] moved[π(rows[e]), π(columns[e])] for each permutation π.

    ``moved`` is sparse, its rows sorted by column; ``tied`` has a bit for each of its cells, small enough for the cache: nearly all
    questions end there.
    """
    out = np.zeros((orders.shape[0], 1))
    for p in range(orders.shape[0]):
        order = orders[p]
        total = 0.0
        for e in range(len(rows)):
            row, wanted = order[rows[e]], order[columns[e]]
            if (tied[row, wanted >> 3] >> (wanted & 7)) & 1:
                low, high = starts[row], starts[row + 1] - 1
                while low < high:
                    middle = (low + high) // 2
                    if ends[middle] < wanted:
                        low = middle + 1
                    else:
                        high = middle
                total += values[e] * weights[low]
        out[p, 0] = total
    return out


def _complete_products(y: Square, x: Square, undirected: bool) -> tuple[Callable[[Orders], Floats], float, float] | None:
    """For two matrices without gaps, what multiplies one with the permuted other, and the shift and scale that make it a correlation."""
    from scipy.sparse import csr_array

    n = y.n
    if any(np.isnan(one.values.data if hasattr(one.values, "toarray") else one.values).any() for one in (y, x)):
        return None
    few = [one.values.nnz if hasattr(one.values, "toarray") else np.count_nonzero(one.values) for one in (y, x)]
    if max(few) > SPARSE * n * n:
        centred = [_centred(_off_diagonal(one), name) for one, name in ((y, "y"), (x, "x"))]
        return partial(_products, centred[0], centred[1][None], undirected), 0.0, float(np.prod([(one**2).sum() for one in centred]) ** 0.5)
    moved, fixed = (csr_array(one.values, dtype=float) for one in (y, x))
    moved.sort_indices()
    dyads, sums, spread = n * (n - 1), [], []
    for name, one in (("y", moved), ("x", fixed)):
        sums.append(one.sum() - one.diagonal().sum())
        squares = (one.data**2).sum() - (one.diagonal() ** 2).sum()
        spread.append(squares - sums[-1] ** 2 / dyads)
        if spread[-1] <= 1e-12 * squares:
            _require_varied(np.array([sums[-1] / dyads]), name)
    rows, columns = fixed.tocoo().coords
    kept = rows > columns if undirected else rows != columns
    tied = np.zeros((n, n // 8 + 1), dtype=np.uint8)
    ends = moved.tocoo().coords
    np.bitwise_or.at(tied, (ends[0], ends[1] >> 3), np.left_shift(1, ends[1] & 7).astype(np.uint8))
    held = (moved.indptr, moved.indices, moved.data, tied, rows[kept].astype(np.uint32), columns[kept].astype(np.uint32), fixed.data[kept])
    products = partial(_tied_products, *held)
    return products, float(np.prod(sums)) / dyads, float(np.prod(spread) ** 0.5)


@compiled
def _grams(moved: Floats, moved_seen: Bools, fixed: Floats, fixed_seen: Bools, orders: Orders) -> Floats:
    """Sums of products of (moved under π, 1, fixed …) over the dyads that are then observed, one square matrix a permutation."""
    n, size = moved.shape[0], fixed.shape[0] + 2
    out = np.zeros((orders.shape[0], size, size))
    row = np.ones(size)
    for p in range(orders.shape[0]):
        order = orders[p]
        for i in range(n):
            for j in range(n):
                if i != j and fixed_seen[i, j] and moved_seen[order[i], order[j]]:
                    row[0] = moved[order[i], order[j]]
                    for k in range(2, size):
                        row[k] = fixed[k - 2, i, j]
                    for k in range(size):
                        for m in range(k + 1):
                            out[p, k, m] += row[k] * row[m]
        for k in range(size):
            for m in range(k):
                out[p, m, k] = out[p, k, m]
    return out


def _correlations(grams: Floats) -> Floats:
    """Of the first and the third variable of each matrix of sums; the second is the constant."""
    n, a, b = grams[:, 1, 1], grams[:, 0, 1], grams[:, 2, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((grams[:, 0, 0] - a**2 / n) * (grams[:, 2, 2] - b**2 / n))
        found: Floats = (grams[:, 0, 2] - a * b / n) / spread
    return found


@dataclass(frozen=True)
class _Fit:
    """Least squares of ``outcome`` on ``design``, whose first column is the constant."""

    b: Floats
    t: Floats
    r2: float
    design: Floats
    outcome: Floats

    @property
    def freedom(self) -> int:
        return len(self.outcome) - len(self.b)


def _fit(read: Mapping[str, Square], names: Sequence[str], directed: bool) -> tuple[_Fit, Bools]:
    """Least squares over the dyads on which all are observed, and which these are."""
    values = [read[name].values if isinstance(read[name].values, np.ndarray) else read[name].dense() for name in ["y", *names]]
    seen = ~np.eye(len(values[0]), dtype=bool)
    for one in values:
        seen &= ~np.isnan(one)
    if not directed:
        seen &= seen.T
    rows, columns = (ends[seen[_dyads(len(seen), directed)]] for ends in _dyads(len(seen), directed))
    y, *xs = (one[rows, columns] for one in values)
    return _least_squares(np.column_stack([np.ones(len(y)), *xs]), y, names), seen


def _least_squares(design: Floats, outcome: Floats, names: Sequence[str]) -> _Fit:
    """Refuses, by name, what cannot be told apart."""
    _require_varied(outcome, "y")
    for k, name in enumerate(names, 1):
        _require_varied(design[:, k], name)
    require(len(outcome) > design.shape[1], f"{len(outcome)} observed dyads for {design.shape[1]} coefficients; there must be more")
    factor, projected = _triangle(design, outcome)
    size = np.sqrt((design**2).sum(axis=0))
    bound = [names[k - 1] for k in range(1, len(factor)) if abs(factor[k, k]) < 1e-9 * size[k]]
    refuse(bound, "xs: ", ": a linear combination of the covariates before; leave one of them out")
    b = np.asarray(np.linalg.solve(factor, projected[:, 0]), dtype=float)
    residual, centred = outcome - design @ b, outcome - outcome.mean()
    error = np.sqrt(residual @ residual / (len(outcome) - len(b)) * (np.linalg.inv(factor) ** 2).sum(axis=1))
    with np.errstate(divide="ignore"):
        return _Fit(b, b / error, float(1 - residual @ residual / (centred @ centred)), design, outcome)


def _parts(n: int) -> Iterator[slice]:
    """Dyads a part at a time, so that what is made of them stays small."""
    return (slice(start, start + PART) for start in range(0, n, PART))


def _triangle(design: Floats, *outcomes: Floats) -> tuple[Floats, Floats]:
    """R of the QR decomposition of a design, and Qᵀ times each outcome, shape (columns, outcomes), with nothing as long as the design."""
    k = design.shape[1]
    factor: Any = np.zeros((0, k + len(outcomes)))
    for some in _parts(len(design)):
        factor = np.linalg.qr(np.vstack([factor, np.column_stack([design[some], *(one[some] for one in outcomes)])]), mode="r")
    return factor[:k, :k], factor[:k, k:]


def _partialled(fitted: _Fit, k: int) -> tuple[Floats, Floats, Floats]:
    """What the other columns leave of column k and of the outcome, and an orthonormal basis of the others, the constant apart."""
    basis = np.linalg.qr(np.delete(fitted.design, k, axis=1))[0]
    left = [v - basis @ (basis.T @ v) for v in (fitted.design[:, k], fitted.outcome)]
    return left[0], left[1], basis[:, 1:]


def _t_of(fitted: _Fit, r: Floats, products: Floats, squared: Floats | float) -> Floats:
    """t of a moved residual E from ⟨r, E⟩ and ⟨q, E⟩, shape (draws, 1 + others), and ‖E‖²."""
    room = squared - (products[:, 1:] ** 2).sum(axis=1)
    rest = np.maximum(r @ r - products[:, 0] ** 2 / room, 0.0)
    with np.errstate(divide="ignore"):
        found: Floats = products[:, 0] / np.sqrt(room * rest / fitted.freedom)
    return found


def _complete_t(null: str, fitted: _Fit, n: int, orders: Blocks, directed: bool) -> list[Floats]:
    def matrices(*columns: Floats) -> Floats:
        full = np.empty((len(columns), n, n))
        for one, column in zip(full, columns, strict=True):
            one[:] = _matrix(column, n, directed)
        return full

    if null == "y":
        q, factor = np.linalg.qr(fitted.design[:, 1:] - fitted.design[:, 1:].mean(axis=0))
        y, unfactor = fitted.outcome - fitted.outcome.mean(), np.linalg.inv(factor)
        work = partial(_products, matrices(y)[0], matrices(*q.T), not directed)
        products = _for_each(orders, work)
        error = np.sqrt(np.maximum(y @ y - (products**2).sum(axis=1), 0.0) / fitted.freedom)[:, None] * np.sqrt((unfactor**2).sum(axis=1))
        return list((products @ unfactor.T / error).T)
    found = []
    for k in range(1, fitted.design.shape[1]):
        e, r, basis = _partialled(fitted, k)
        work = partial(_products, matrices(e)[0], matrices(r, *basis.T), not directed)
        products = _for_each(orders, work)
        found.append(_t_of(fitted, r, products, e @ e))
    return found


def _matrix(values: Floats, n: int, directed: bool) -> Floats:
    """Values by dyad as a matrix with nothing on the diagonal."""
    rows, columns = _dyads(n, directed)
    full = np.zeros((n, n))
    full[rows, columns] = values
    if not directed:
        full[columns, rows] = values
    return full


def _moving_t(null: str, fitted: _Fit, seen: Bools, directed: bool, orders: Blocks) -> list[Floats]:
    """As `_complete_t` where dyads are missing: each permutation's regression stands on the dyads that it leaves observed."""
    n = len(seen)
    rows, columns = _dyads(n, directed)
    there = seen[rows, columns]

    def matrix(values: Floats) -> Floats:
        full = np.zeros(len(rows))
        full[there] = values
        return _matrix(full, n, directed)

    x, y = fitted.design[:, 1:] - fitted.design[:, 1:].mean(axis=0), fitted.outcome - fitted.outcome.mean()
    found = []
    for k in range(1, 2 if null == "y" else fitted.design.shape[1]):
        moved, held = (y, x) if null == "y" else (_partialled(fitted, k)[0], np.column_stack([np.delete(x, k - 1, axis=1), y]))
        work = partial(_grams, matrix(moved), seen, np.stack([matrix(column) for column in held.T]), seen)
        grams = _for_each(orders, work) / (1 if directed else 2)
        last = grams.shape[1] - 1
        outcome, terms = (0, [*range(2, last + 1), 1]) if null == "y" else (last, [*range(last)])
        t = _t_of_grams(grams, outcome, terms)
        found += list(t.T[: x.shape[1]]) if null == "y" else [t[:, 0]]
    return found


def _t_of_grams(grams: Floats, outcome: int, terms: list[int]) -> Floats:
    """t of each term by least squares from sums of products; NaN where a permutation leaves too little to tell the terms apart."""
    inner, cross = grams[:, terms][:, :, terms], grams[:, terms, outcome]
    found = np.full(cross.shape, np.nan)
    freedom = grams[:, 1, 1] - len(terms)
    regular = (freedom > 0) & (np.linalg.cond(inner) < 1e12)
    inverse = np.linalg.inv(inner[regular])
    b = (inverse @ cross[regular][:, :, None])[:, :, 0]
    rest = np.maximum(grams[regular, outcome, outcome] - (b * cross[regular]).sum(axis=1), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found[regular] = b / np.sqrt((rest / freedom[regular])[:, None] * np.diagonal(inverse, axis1=1, axis2=2))
    return found


def _spectral_t(fitted: _Fit, distance: Floats, directed: bool, signs: Floats) -> list[Floats]:
    """t of residuals whose Moran coefficients change sign at random."""
    n = len(distance)
    moran = moran_eigenvectors(distance)
    share = 1 if directed else 2  # a full matrix counts an undirected dyad twice
    found = []
    for k in range(1, fitted.design.shape[1]):
        e, r, basis = _partialled(fitted, k)
        spectrum = moran.T @ _matrix(e, n, directed) @ moran
        forms = [spectrum * (moran.T @ _matrix(column, n, directed) @ moran) for column in (r, *basis.T)]
        products = np.column_stack([((signs @ form) * signs).sum(axis=1) for form in forms]) / share
        # The drawn matrix has a diagonal, which is no dyad; everything else of its size stays. It hardly varies and costs n³ a draw.
        exactly = signs[: max(DIAGONALS, int(DIAGONAL_WORK / n**3))]
        lost = np.array([((((moran * s) @ spectrum) * (moran * s)).sum(axis=1) ** 2).sum() for s in exactly]) / share
        found.append(_t_of(fitted, r, products, e @ e - np.append(lost, np.full(len(signs) - len(lost), lost.mean()))))
    return found


def moran_eigenvectors(distance: Floats) -> Floats:
    """Orthonormal patterns over places, from the broadest to the finest; the first is the constant.

    Parameters
    ----------
    distance : ndarray, shape (n, n)
        Metres.

    Returns
    -------
    ndarray, shape (n, n)
        One eigenvector a column, by falling Moran's I.

    Notes
    -----
    Of the doubly centred weights 1 − (d / 4t)² for d ≤ t, else 0, where t is the longest edge of the minimum spanning tree.

    References
    ----------
    Dray, S., Legendre, P. & Peres-Neto, P. R. (2006). Spatial modelling: a comprehensive framework for principal coordinate analysis of
    neighbour matrices (PCNM). *Ecological Modelling*, 196, 483–493.

    Wagner, H. H. & Dray, S. (2015). Generating spatially constrained null models for irregularly spaced data using Moran spectral
    randomization methods. *Methods in Ecology and Evolution*, 6, 1169–1178.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree

    n = len(distance)
    reach = minimum_spanning_tree(distance).data.max(initial=0.0)
    require(reach, "places: all actors are in one place; there is no space to keep")
    weights = np.where(distance <= reach, 1 - (distance / (4 * reach)) ** 2, 0.0)
    np.fill_diagonal(weights, 0.0)
    centring = np.eye(n) - 1 / n
    # The mean's own vector is pushed to the end of the spectrum, so that no other is mixed with it.
    values, vectors = np.linalg.eigh(centring @ weights @ centring - 10 * n * np.full((n, n), 1 / n))
    vectors = vectors[:, np.argsort(values)[::-1]]
    return np.column_stack([np.full(n, n**-0.5), vectors[:, :-1]])


def _distances(places: object, labels: pd.Index) -> Square:
    """Metres between actors, from their places or as given."""
    shape: tuple[int, ...] = getattr(places, "shape", ())
    if len(shape) == 2 and shape[0] == shape[1] and not (isinstance(places, pd.DataFrame) and {"x", "y"} <= set(places.columns)):
        return square(places, "places", directed=False)
    points, names = planar(places, "places")
    apart = np.hypot(points[:, None, 0] - points[None, :, 0], points[:, None, 1] - points[None, :, 1])
    return Square(apart, names, not (isinstance(names, pd.RangeIndex) and len(names) == len(labels)))
