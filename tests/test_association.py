import itertools
from dataclasses import replace

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from published import BUSINESS, FAMILIES, MARRIAGES, ties_of
from scipy.sparse import csr_array
from scipy.stats import binom

from slpi import association
from slpi.association import (
    crt,
    dyadic_robust,
    dyadic_robust_beside,
    moran_eigenvectors,
    mrqap,
    odds_ratio,
    overlap,
    partialled,
    qap,
    tie_model,
)
from slpi.inference import drawn_permutations

MARRIAGE, TRADE = ties_of(MARRIAGES), ties_of(BUSINESS)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)


def noise(n: int, seed: int, *, directed: bool = False) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(n, n))
    values = values if directed else values + values.T
    np.fill_diagonal(values, 0)
    return values


def named(values: np.ndarray, prefix: str = "f") -> pd.DataFrame:
    labels = [f"{prefix}{i}" for i in range(len(values))]
    return pd.DataFrame(values, labels, labels)


def ends(n: int, directed: bool):
    return np.nonzero(~np.eye(n, dtype=bool)) if directed else np.tril_indices(n, -1)


# QAP


def test_qap_matches_published_florentine_correlation():
    # Borgatti, Everett & Johnson (2013), Analyzing Social Networks: marriage × business r = 0.372, permuted sd 0.092, p about 0.0007.
    found = qap(MARRIAGE, TRADE, permutations=20_000)
    assert found.r == pytest.approx(0.3718679, abs=1e-7)
    assert found.null_sd == pytest.approx(0.092, abs=0.003)  # R sna::qaptest, 5,000 permutations: 0.0931
    assert abs(found.null_mean) < 0.003
    assert found.p == pytest.approx(0.0007, abs=4 * found.p_error + 0.0003)
    assert (found.n_actors, found.n_dyads, found.permutations) == (16, 120, 20_000)


def test_p_is_never_zero_and_says_its_error():
    found = qap(MARRIAGE, MARRIAGE, permutations=99)
    assert found.p == 1 / 100
    assert found.p_error == pytest.approx(np.sqrt(0.01 * 0.99 / 99))


def test_few_actors_are_enumerated():
    y, x = noise(5, 1), noise(5, 2)
    found = qap(y, x)
    lower = np.tril_indices(5, -1)
    every = [np.corrcoef(y[np.ix_(order, order)][lower], x[lower])[0, 1] for order in itertools.permutations(range(5))]
    assert found.exact and found.permutations == 120 and found.p_error == 0
    assert found.p == pytest.approx(np.mean(np.abs(every) >= abs(found.r) - 1e-9))
    assert found.null_sd == pytest.approx(np.std(every))


@pytest.mark.parametrize("directed", [False, True])
def test_qap_null_is_that_of_correlations_computed_one_by_one(directed):
    y, x = noise(14, 1, directed=directed), noise(14, 2, directed=directed)
    found = qap(y, x, permutations=60, rng=7)
    orders = np.concatenate([draw() for draw in drawn_permutations(np.zeros(14, dtype=int), 60, 7)])
    rows, columns = ends(14, directed)
    every = [np.corrcoef(y[np.ix_(order, order)][rows, columns], x[rows, columns])[0, 1] for order in orders]
    assert found.null_mean == pytest.approx(np.mean(every), abs=1e-12)
    assert found.null_sd == pytest.approx(np.std(every), abs=1e-12)
    assert found.r == pytest.approx(np.corrcoef(y[rows, columns], x[rows, columns])[0, 1], abs=1e-12)


def test_sparse_ties_give_what_the_same_ties_give_dense(monkeypatch):
    random = np.random.default_rng(0)
    one, two = (np.triu(random.random((40, 40)) < 0.05, 1).astype(float) for _ in range(2))
    for directed in (False, True):
        y, x = (one, two) if directed else (one + one.T, two + two.T)
        sparse = qap(csr_array(y), csr_array(x), permutations=199, rng=3)
        monkeypatch.setattr(association, "SPARSE", -1.0)
        dense = qap(y, x, permutations=199, rng=3)
        monkeypatch.undo()
        assert (sparse.r, sparse.null_mean, sparse.null_sd) == pytest.approx((dense.r, dense.null_mean, dense.null_sd), abs=1e-12)
        assert sparse.p == dense.p


@pytest.mark.parametrize("gaps", [0, 12])
def test_missing_dyads_move_with_the_permutation(gaps):
    y, x = noise(12, 3), noise(12, 4)
    random = np.random.default_rng(5)
    for matrix in (y, x):
        for a, b in random.integers(0, 12, (gaps, 2)):
            if a != b:
                matrix[a, b] = matrix[b, a] = np.nan
    found = qap(y, x, permutations=40, rng=2)
    orders = np.concatenate([draw() for draw in drawn_permutations(np.zeros(12, dtype=int), 40, 2)])
    lower = np.tril_indices(12, -1)
    every = [pd.Series(y[np.ix_(order, order)][lower]).corr(pd.Series(x[lower])) for order in orders]
    assert found.null_mean == pytest.approx(np.mean(every), abs=1e-12)
    assert found.r == pytest.approx(pd.Series(y[lower]).corr(pd.Series(x[lower])), abs=1e-12)
    assert found.n_dyads == (~np.isnan(y + x)[lower]).sum()


def test_actors_with_gaps_are_dropped_by_name_when_asked():
    y, x = named(noise(12, 3)), named(noise(12, 4))
    y.loc["f3", "f5"] = y.loc["f5", "f3"] = y.loc["f3", "f7"] = np.nan
    found = qap(y, x, permutations=99, missing="actors")
    kept = [label for label in y if label != "f3"]
    assert found.dropped == ("f3",)
    assert found == replace(qap(y.loc[kept, kept], x.loc[kept, kept], permutations=99), dropped=("f3",))


@few
@given(seeds)
def test_relabelling_and_scaling_leave_the_correlation(seed):
    y, x = named(noise(7, seed)), named(noise(7, seed + 1))
    order = np.random.default_rng(seed).permutation(y.index)
    plain = qap(y, x, permutations=1)
    assert qap(y.loc[order, order] * 3 + 2, x, permutations=1).r == pytest.approx(plain.r, abs=1e-12)
    assert qap(x, y, permutations=1).r == pytest.approx(plain.r, abs=1e-12)
    assert qap(y, -x, permutations=1).r == pytest.approx(-plain.r, abs=1e-12)
    assert qap(y.loc[order, order], x, permutations=1).p == plain.p  # all 5,040 permutations


def test_the_same_seed_gives_the_same_result_for_any_number_of_threads(monkeypatch):
    y, x = noise(20, 1), noise(20, 2)
    near = {"x": x, "z": noise(20, 3)}
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("SLPI_THREADS", threads)
        found.append((qap(y, x, permutations=300, rng=9), mrqap(y, near, permutations=300, rng=9).table.to_dict()))
    assert str(found[0]) == str(found[1])


def test_actors_change_places_within_their_stratum_only():
    strata = pd.Series(["north"] * 8 + ["south"] * 8, FAMILIES)
    block = ties_of([])
    block.loc[strata == "north", strata == "north"] = 1
    block.loc[strata == "south", strata == "south"] = 1
    found = qap(block, MARRIAGE, permutations=200, strata=strata)
    assert found.null_sd == pytest.approx(0, abs=1e-12)  # what is the same within strata never moves
    assert found.p == 1


def test_one_sided_tests_look_to_their_side():
    assert qap(MARRIAGE, TRADE, permutations=999, alternative="greater").p < 0.01
    assert qap(MARRIAGE, TRADE, permutations=999, alternative="less").p > 0.99
    assert qap(MARRIAGE, -TRADE, permutations=999, alternative="less").p < 0.01


def test_graphs_frames_and_arrays_are_read_alike():
    graph = nx.from_pandas_adjacency(MARRIAGE)
    other = igraph.Graph.Adjacency(MARRIAGE.to_numpy(), mode="undirected")
    unnamed = [qap(one, TRADE.to_numpy(), permutations=99) for one in (MARRIAGE.to_numpy(), other, csr_array(MARRIAGE.to_numpy()))]
    other.vs["name"] = FAMILIES
    labelled = [qap(one, TRADE.iloc[::-1, ::-1], permutations=99) for one in (MARRIAGE, graph, other)]
    assert len({one.r for one in unnamed} | {round(one.r, 12) for one in labelled}) <= 2
    assert all(one.r == pytest.approx(0.3718679, abs=1e-7) for one in unnamed + labelled)


# MRQAP


@pytest.mark.parametrize(
    ("directed", "b", "t"),
    [
        (False, (0.1466535433, 0.3257116899, -0.0134009691), (2.7291228, 4.3293281, -1.7379682)),
        (True, (1.5435386476, 0.1453187711, 0.0191070566), (8.7593054, 0.5641208, 0.3990869)),
    ],
)
def test_mrqap_coefficients_are_those_of_sna_netlm(directed, b, t):
    # R sna 2.7: netlm(nullhyp = "qapspp") on the Florentine families and two matrices of their alphabetical places.
    i, j = np.meshgrid(range(1, 17), range(1, 17), indexing="ij")
    y, x = ((i * j) % 5, (i + 3 * j) % 7) if directed else (TRADE.to_numpy(), abs(i - j))
    found = mrqap(y, {"marriage": MARRIAGE.to_numpy(), "place": x}, permutations=4999)
    assert found.table["b"].tolist() == pytest.approx(b, abs=1e-9)
    assert found.table["t"].tolist() == pytest.approx(t, abs=1e-6)
    p = (0.7020, 0.5612) if directed else (0.0, 0.1066)  # netlm's, of 5,000 permutations
    assert found.table["p"].tolist()[1:] == pytest.approx(p, abs=0.04)
    assert np.isnan(found.table.loc["(intercept)", "p"])


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("null", ["dsp", "y"])
@pytest.mark.parametrize("gaps", [False, True])
def test_every_permutation_equals_a_regression_solved_on_its_own(directed, null, gaps, monkeypatch):
    n, taken = 11, {}
    y, *xs = (noise(n, seed, directed=directed) for seed in range(4))
    xs = dict(zip("abc", xs, strict=True))
    if gaps:
        y[2, 5] = y[5, 2] = xs["b"][7, 1] = xs["b"][1, 7] = np.nan
    name = "_moving_t" if gaps else "_complete_t"
    plain = getattr(association, name)
    monkeypatch.setattr(association, name, lambda *given: taken.setdefault("t", plain(*given)))
    mrqap(y, xs, permutations=15, null=null, rng=4)
    orders = np.concatenate([draw() for draw in drawn_permutations(np.zeros(n, dtype=int), 15, 4)])
    rows, columns = ends(n, directed)
    seen = ~np.isnan(y + sum(xs.values()))
    data = np.column_stack([np.ones(len(rows)), *(x[rows, columns] for x in xs.values())])
    there = seen[rows, columns]
    for k in range(1, 4):
        others = np.delete(data, k, axis=1)
        moved = np.full((n, n), np.nan)
        residual = data[there, k] - others[there] @ np.linalg.lstsq(others[there], data[there, k])[0]
        moved[rows[there], columns[there]] = residual
        moved = moved if directed else np.where(np.isnan(moved), moved.T, moved)
        for draw, order in enumerate(orders):
            outcome, design = y[rows, columns], data.copy()
            if null == "y":
                outcome = np.where(seen, y, np.nan)[np.ix_(order, order)][rows, columns]
            else:
                design[:, k] = moved[np.ix_(order, order)][rows, columns]
            used = there & ~np.isnan(outcome) & ~np.isnan(design).any(axis=1)
            assert taken["t"][k - 1][draw] == pytest.approx(sm.OLS(outcome[used], design[used]).fit().tvalues[k], abs=1e-10)


def test_spectral_draws_equal_matrices_rebuilt_one_by_one(monkeypatch):
    n, taken = 12, {}
    places = np.random.default_rng(0).random((n, 2)) * 1e4
    y, *xs = (noise(n, seed) for seed in range(3))
    plain = association._spectral_t
    monkeypatch.setattr(association, "_spectral_t", lambda *given: taken.setdefault("t", plain(*taken.setdefault("given", given))))
    mrqap(y, {"a": xs[0], "b": xs[1]}, permutations=12, null="msr", places=places)
    fitted, distance, _, signs = taken["given"]
    moran, lower = moran_eigenvectors(distance), np.tril_indices(n, -1)
    for k in (1, 2):
        residual = association._matrix(association._partialled(fitted, k)[0], n, False)
        for draw, sign in enumerate(signs):
            flip = (moran * sign) @ moran.T
            design = fitted.design.copy()
            design[:, k] = (flip @ residual @ flip.T)[lower]
            assert taken["t"][k - 1][draw] == pytest.approx(sm.OLS(fitted.outcome, design).fit().tvalues[k], abs=1e-10)


def test_moran_eigenvectors_are_orthonormal_and_go_from_broad_to_fine():
    line = np.arange(30.0)
    vectors = moran_eigenvectors(abs(line[:, None] - line))
    assert np.allclose(vectors.T @ vectors, np.eye(30))
    assert np.allclose(vectors[:, 0], 30**-0.5)
    turns = (np.diff(np.sign(vectors[:, 1:]), axis=0) != 0).sum(axis=0)
    assert turns[0] == 1 and turns[-1] > 20  # the first changes sign once along the line, the last at nearly every step


def test_msr_takes_points_or_distances():
    points = pd.DataFrame(np.random.default_rng(0).random((16, 2)) * 1e5, FAMILIES, ["x", "y"])
    apart = np.hypot(*(points.to_numpy()[:, None] - points.to_numpy()).transpose(2, 0, 1))
    kinds = [points.iloc[::-1], pd.DataFrame(apart, FAMILIES, FAMILIES), apart]
    found = [
        mrqap(TRADE, {"marriage": MARRIAGE}, null="msr", places=places, permutations=99).table.loc["marriage", "p"] for places in kinds
    ]
    assert found[0] == found[1] == found[2]


def test_holm_is_over_the_declared_terms_only():
    xs = {name: noise(16, seed) for seed, name in enumerate("abc")}
    found = mrqap(MARRIAGE.to_numpy(), xs, permutations=199, focal=["a", "c"]).table
    assert np.isnan(found.loc["b", "p_holm"]) and np.isnan(found.loc["(intercept)", "p_holm"])
    assert found.loc[["a", "c"], "p_holm"].min() == pytest.approx(2 * found.loc[["a", "c"], "p"].min())


@few
@given(seeds)
def test_rescaling_a_covariate_scales_its_coefficient_and_leaves_its_p(seed):
    y, a, b = (noise(9, seed + k) for k in range(3))
    one = mrqap(y, {"a": a, "b": b}, permutations=19, strata=[0, 0, 0, 1, 1, 1, 2, 2, 2])
    two = mrqap(2 * y, {"a": 10 * a + 3, "b": b}, permutations=19, strata=[0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert two.table.loc["a", "b"] == pytest.approx(one.table.loc["a", "b"] / 5)
    assert two.table["p"].tolist()[1:] == pytest.approx(one.table["p"].tolist()[1:])
    assert one.permutations == 6**3 and two.r2 == pytest.approx(one.r2)


def test_independent_matrices_are_rejected_about_as_often_as_the_level_says():
    p = [
        mrqap(noise(12, 3 * s), {"a": noise(12, 3 * s + 1), "b": noise(12, 3 * s + 2)}, permutations=99, rng=s).table["p"]
        for s in range(200)
    ]
    rejected = pd.concat(p).dropna() <= 0.1
    assert rejected.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.1 * 0.9 / 400))


# Errors robust to shared actors


@pytest.mark.parametrize("directed", [False, True])
def test_robust_errors_are_the_sum_over_pairs_of_dyads_with_a_common_actor(directed):
    n = 30 if directed else 14
    random = np.random.default_rng(6)
    actor = random.normal(size=n)
    y, x = (noise(n, s, directed=directed) + actor[:, None] + actor for s in (1, 2))
    x[3, 4] = x[4, 3] = np.nan
    found = dyadic_robust(y, {"x": x})
    rows, columns = ends(n, directed)
    kept = ~np.isnan(x[rows, columns])
    rows, columns = rows[kept], columns[kept]
    design = np.column_stack([np.ones(len(rows)), x[rows, columns]])
    fitted = sm.OLS(y[rows, columns], design).fit()
    share = (rows[:, None] == rows) | (rows[:, None] == columns) | (columns[:, None] == rows) | (columns[:, None] == columns)
    scores = design * fitted.resid[:, None]
    variance = fitted.normalized_cov_params @ (scores.T @ share @ scores) @ fitted.normalized_cov_params
    assert found.table["se"].to_numpy() == pytest.approx(np.sqrt(np.diag(variance)), abs=1e-10)
    assert found.table["b"].to_numpy() == pytest.approx(fitted.params)
    assert found.n_dyads == len(rows)
    assert (found.table["se"] > fitted.bse).all()  # actors' own effects are in every dyad of theirs


def test_robust_interval_holds_the_coefficient_and_narrows_with_the_level():
    wide, narrow = (dyadic_robust(TRADE, {"marriage": MARRIAGE}, level=level).table.loc["marriage"] for level in (0.99, 0.8))
    assert wide["low"] < narrow["low"] < wide["b"] < narrow["high"] < wide["high"]


# Layers


def test_overlap_of_the_florentine_layers():
    # 8 of 20 marriages and 15 business ties are both: counted by hand from the two lists.
    both = len(set(MARRIAGES) & {"-".join(sorted(pair.split("-"))) for pair in BUSINESS})
    found = overlap({"marriage": MARRIAGE, "trade": TRADE})
    row = found.loc[("marriage", "trade")]
    assert both == 8 and row["both"] == 16 and row["dyads"] == 240
    assert row["jaccard"] == pytest.approx(8 / 27)
    assert row["lift"] == pytest.approx(8 * 120 / (20 * 15))
    assert row["reciprocity"] == pytest.approx((8 / 20 + 8 / 15) / 2)
    assert (found.loc[("trade", "trade"), ["jaccard", "reciprocity"]] == 1).all()


def test_reciprocity_is_the_share_of_ties_answered():
    orders = pd.DataFrame([[0, 1, 1], [1, 0, 0], [0, 0, 0]])
    assert overlap({"orders": orders}).loc[("orders", "orders"), "reciprocity"] == pytest.approx(2 / 3)


def test_an_empty_layer_has_no_overlap_to_speak_of():
    found = overlap({"marriage": MARRIAGE, "none": ties_of([])}).loc[("marriage", "none")]
    assert found["jaccard"] == 0 and np.isnan(found["lift"]) and np.isnan(found["reciprocity"])


# Conditional randomisation


def test_crt_expectation_and_spread_are_those_of_its_draws():
    chance = pd.DataFrame(0.3, FAMILIES, FAMILIES)
    found = crt(TRADE, MARRIAGE, model=chance, draws=999)
    assert (found.joint, found.expected) == (8.0, pytest.approx(0.3 * 15))
    assert found.null_sd == pytest.approx(np.sqrt(15 * 0.3 * 0.7))
    exact = sum(binom.pmf(k, 15, 0.3) for k in range(8, 16))  # joint ties are binomial here
    assert found.p == pytest.approx(exact, abs=5 * found.p_error)


def test_crt_with_the_true_model_is_rejected_as_often_as_the_level_says():
    random = np.random.default_rng(1)
    place = random.random((30, 2))
    distance = np.hypot(*(place[:, None] - place).transpose(2, 0, 1))
    chance = np.exp(-4 * distance)
    p = []
    for draw in range(300):
        y, x = (np.triu(random.random((30, 30)) < chance, 1) for _ in range(2))
        p.append(crt(1.0 * (y | y.T), 1.0 * (x | x.T), model=chance, draws=99, rng=draw).p)
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.055)  # three errors of 300 runs
    # Relabelling would call these layers bound: both thin out with distance.
    assert qap(1.0 * (y | y.T), 1.0 * (x | x.T), permutations=199).p <= 0.01


def test_tie_model_recovers_the_decay_and_the_actors():
    random = np.random.default_rng(2)
    n = 80
    place, activity = random.random(n), random.normal(size=n)
    distance = abs(place[:, None] - place)
    chance = 1 / (1 + np.exp(-(0.5 + activity[:, None] + activity - 6 * distance)))
    drawn = np.triu(random.random((n, n)) < chance, 1)
    fitted = tie_model(named(1.0 * (drawn | drawn.T)), {"distance": named(distance)}, splines=["distance"])
    lower = np.tril_indices(n, -1)
    assert np.corrcoef(fitted.probabilities.to_numpy()[lower], chance[lower])[0, 1] > 0.95
    assert fitted.probabilities.to_numpy()[lower].sum() == pytest.approx(drawn.sum(), rel=0.01)
    assert fitted.terms == ("spline(distance)", "actors") and fitted.n_ties == drawn.sum()
    assert np.allclose(fitted.probabilities, fitted.probabilities.T)


def test_directed_tie_model_has_senders_and_receivers():
    random = np.random.default_rng(3)
    sends = np.where(np.arange(40) < 20, 0.6, 0.1)
    drawn = (random.random((40, 40)) < sends[:, None]) & ~np.eye(40, dtype=bool)
    drawn[5, 6] = False
    ties = 1.0 * drawn
    ties[7, 8] = np.nan
    fitted = tie_model(ties, {"noise": random.random((40, 40))})
    assert fitted.probabilities.iloc[:20].mean(axis=None) > 0.4 > 0.2 > fitted.probabilities.iloc[20:].mean(axis=None)
    assert np.isnan(fitted.probabilities.iloc[7, 8]) and fitted.n_dyads == 40 * 39 - 1
    assert crt(ties, ties, model=fitted, draws=99).p == 0.01


def layers_on_a_line(n: int, seed: int, odds: float = 1.0):
    """Two layers that thin out with distance, the second with an odds ratio on the first; and the distance."""
    random = np.random.default_rng(seed)
    place = random.random(n)
    distance = abs(place[:, None] - place)
    x = np.tril(random.random((n, n)) < 1 / (1 + np.exp(0.5 + 4 * distance)), -1)
    y = np.tril(random.random((n, n)) < 1 / (1 + np.exp(2.5 + 3 * distance - np.log(odds) * x)), -1)
    return 1.0 * (y | y.T), 1.0 * (x | x.T), distance


def test_a_fitted_model_neither_absorbs_the_association_nor_makes_the_test_conservative():
    p, plain = [], []
    for seed in range(300):
        y, x, distance = layers_on_a_line(24, seed)
        model = tie_model(x, {"distance": distance}, splines=["distance"])
        p.append(crt(y, x, model=model, draws=99, rng=seed).p)
        plain.append(crt(y, x, model=model.probabilities, draws=99, rng=seed).p)
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.055)  # three errors of 300 runs
    assert np.mean(np.array(plain) <= 0.1) < np.mean(np.array(p) <= 0.1)


def test_what_has_no_tie_of_y_enters_by_its_normal_limit(monkeypatch):
    y, x, distance = layers_on_a_line(60, 3, odds=2.0)
    model = tie_model(x, {"distance": distance}, splines=["distance"])
    few = crt(y, x, model=model, draws=4000)
    monkeypatch.setattr(association, "ALL_DRAWN", 10**6)
    whole = crt(y, x, model=model, draws=4000)
    assert (few.joint, few.null_sd) == (whole.joint, whole.null_sd) and few.p == pytest.approx(whole.p, abs=4 * whole.p_error + 0.002)


@pytest.mark.parametrize("odds", [1.0, 6.0])
def test_the_odds_ratio_that_was_put_in_lies_in_nineteen_intervals_of_twenty(odds):
    found = []
    for seed in range(60):
        y, x, distance = layers_on_a_line(40, seed, odds)
        found.append(odds_ratio(y, x, model=tie_model(x, {"distance": distance}, splines=["distance"])))
    assert np.mean([one.low <= odds <= one.high for one in found]) >= 0.86
    assert np.exp(np.mean([np.log(one.ratio) for one in found])) == pytest.approx(odds, rel=0.3)  # dense: too large by a quarter


def test_an_odds_ratio_is_unbounded_where_all_ties_are_joint_and_zero_where_none_is():
    _, x, distance = layers_on_a_line(20, 0)
    model = tie_model(x, {"distance": distance})
    rows, columns = np.nonzero(np.tril(x, -1))
    y = np.zeros_like(x)
    y[rows[:4], columns[:4]] = y[columns[:4], rows[:4]] = 1
    every = odds_ratio(y, x, model=model)
    assert np.isinf(every.ratio) and np.isinf(every.high) and every.low > 0
    rows, columns = np.nonzero(np.tril(1 - x, -1))
    y = np.zeros_like(x)
    y[rows[:4], columns[:4]] = y[columns[:4], rows[:4]] = 1
    none = odds_ratio(y, x, model=model)
    assert (none.ratio, none.low) == (0, 0) and 0 < none.high < np.inf
    with pytest.raises(ValueError, match="a TieModel is needed"):
        odds_ratio(y, x, model=model.probabilities)
    with pytest.raises(ValueError, match="fitted on other dyads"):
        crt(y, np.where(distance > 0.9, np.nan, x), model=model)


def test_a_count_of_many_unlike_ties_has_nearly_its_exact_law():
    chance = np.random.default_rng(0).beta(0.5, 8, 301)
    for count in (5, 17, 30):
        exact = association._count_mid_p(chance[:300], count)
        assert association._count_mid_p(np.append(chance[:300], 0.0), count) == pytest.approx(exact, abs=0.003)


def test_partialled_layers_give_the_regression_beside_the_other_terms():
    y, x, distance = layers_on_a_line(30, 1, odds=3.0)
    noise_ = noise(30, 5)
    model = tie_model(x, {"distance": distance, "noise": noise_})
    left = partialled({"y": y, "x": x}, model)
    lower = np.tril_indices(30, -1)
    own, of = (left[name].to_numpy()[lower] for name in ("y", "x"))
    whole = mrqap(y, {"x": x, "distance": distance, "noise": noise_}, permutations=499)
    assert (own @ of) / (of @ of) == pytest.approx(whole.table.loc["x", "b"])
    assert qap(left["y"], left["x"], permutations=499).p == pytest.approx(whole.table.loc["x", "p"], abs=0.06)
    directed = partialled({"x": np.tril(x)}, tie_model(np.tril(x), {"distance": distance}, directed=True))["x"].to_numpy()
    assert not np.allclose(directed, directed.T)


@pytest.mark.parametrize("directed", [False, True])
def test_robust_errors_beside_a_model_are_those_of_the_regression_on_its_terms(directed):
    y, x, distance = layers_on_a_line(25, 2, odds=3.0)
    y = np.tril(y) if directed else y
    found = dyadic_robust_beside(tie_model(x, {"distance": distance}, directed=directed), y, x, focal=["ties"], name="ties")
    other = dyadic_robust(y, {"ties": x, "distance": distance}, directed=directed, focal=["ties"])
    columns = ["b", "se", "p", "p_holm"]
    # Where the variance loses its definiteness what is set to 0 depends a little on the scale of the terms.
    assert np.allclose(found.table.loc["ties", columns].astype(float), other.table.loc["ties", columns].astype(float), rtol=1e-3)


def test_dyads_that_are_set_aside_are_no_part_of_the_model_as_where_the_layer_is_missing():
    y, x, distance = layers_on_a_line(25, 4, odds=3.0)
    aside = distance > 0.6
    whole = tie_model(x, {"distance": distance}, splines=["distance"], aside=aside)
    gaps = tie_model(np.where(aside, np.nan, x), {"distance": distance}, splines=["distance"])
    pd.testing.assert_frame_equal(whole.probabilities, gaps.probabilities)
    assert whole.n_dyads == (~aside).sum() // 2 - 12 and np.array_equal(whole.probabilities.isna(), aside)
    assert crt(y, x, model=whole, draws=99) == crt(y, np.where(aside, np.nan, x), model=gaps, draws=99)


@pytest.mark.parametrize("directed", [False, True])
def test_what_is_worked_on_part_by_part_is_as_if_at_once(monkeypatch, directed):
    y, x, distance = layers_on_a_line(20, 6, odds=3.0)
    y, x = (np.tril(y), np.tril(x)) if directed else (y, x)

    def results():
        model = tie_model(x, {"distance": distance}, splines=["distance"], directed=directed)
        robust = dyadic_robust(y, {"x": x, "distance": distance}, directed=directed).table.astype(float).fillna(0)
        return [model.probabilities, partialled({"y": y}, model)["y"], robust, mrqap(y, {"x": x}, permutations=19).table.fillna(0)]

    at_once = results()
    monkeypatch.setattr(association, "PART", 7)
    for one, other in zip(at_once, results(), strict=True):
        assert np.allclose(one, other, rtol=1e-9, atol=1e-12)


def test_spline_columns_are_named_and_follow_a_steep_decay():
    random = np.random.default_rng(4)
    place = random.random(120) * 100
    distance = abs(place[:, None] - place)
    x = np.tril(random.random((120, 120)) < 0.8 * np.exp(-distance / 3), -1)
    model = tie_model(1.0 * (x | x.T), {"distance": distance}, splines=["distance"], node_effects=False)
    assert model.columns == tuple(f"distance {k}" for k in range(1, len(model.columns) + 1))
    lower = np.tril_indices(120, -1)
    near = distance[lower] < 2
    assert model.probabilities.to_numpy()[lower][near].mean() == pytest.approx(x[lower][near].mean(), abs=0.05)


# What is refused


def wrong(**kept):
    return {"y": MARRIAGE, "x": TRADE} | kept


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (wrong(y=MARRIAGE.iloc[:2, :2], x=TRADE.iloc[:2, :2]), "2 actors; at least 3"),
        (wrong(y=MARRIAGE.iloc[:0, :0], x=TRADE.iloc[:0, :0]), "0 actors"),
        (wrong(y=MARRIAGE.drop("Medici").drop("Medici", axis=1)), "lacks Medici"),
        (wrong(y=MARRIAGE.drop("Medici")), "labels of one side only: Medici"),
        (wrong(y=MARRIAGE.to_numpy()[:, :3]), "16 x 3"),
        (wrong(y=MARRIAGE.to_numpy()[:9, :9]), "y has 9 actors, x has 16"),
        (wrong(y=MARRIAGE * 0), "y: the same value, 0, on every observed dyad"),
        (wrong(x=TRADE.mask(TRADE == 1)), "x: the same value, 0"),
        (wrong(y=ties_of([]), x=ties_of(MARRIAGES[:3])), "y: the same value, 0"),
        (wrong(y=TRADE.where(TRADE == 1) * np.nan), "no observed dyad"),
        (wrong(y=MARRIAGE.replace(1, np.inf)), "Acciaiuoli, Medici = inf"),
        (wrong(y=MARRIAGE.rename(index={"Medici": "Pazzi"}, columns={"Medici": "Pazzi"})), "twice: Pazzi"),
        (wrong(y=MARRIAGE.astype(str).replace("1", "yes")), "not all values are numbers"),
        (wrong(permutations=0), "at least 1"),
        (wrong(alternative="both"), "'both' is none of"),
        (wrong(missing="mean"), "'mean' is none of"),
        (wrong(strata=range(16)), "no two actors share a class"),
        (wrong(strata=["a", "b"]), "2 classes for 16 actors"),
        (wrong(strata=pd.Series("a", FAMILIES[1:])), "no class for Acciaiuoli"),
        (wrong(y=TRADE.where(TRADE == 1).iloc[:4, :4], x=TRADE.iloc[:4, :4], missing="actors"), "fewer than three"),
    ],
)
def test_qap_refuses(given, match):
    with pytest.raises(ValueError, match=match):
        qap(**given)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"xs": {"a": noise(16, 1), "b": noise(16, 2), "c": noise(16, 1) - noise(16, 2)}}, "c: a linear combination"),
        ({"xs": {"a": np.ones((16, 16))}}, "a: the same value"),
        ({"xs": [TRADE]}, "a dict of name to matrix"),
        ({"xs": {}}, "at least one covariate"),
        ({"xs": {"y": TRADE}}, "another name is needed for y"),
        ({"xs": {"a": noise(16, 1, directed=True)}, "directed": False}, "a: given as undirected, but not symmetric"),
        ({"xs": {"a": TRADE}, "null": "qapspp"}, "'qapspp' is none of"),
        ({"xs": {"a": TRADE}, "null": "msr"}, "places: needed with"),
        ({"xs": {"a": TRADE}, "places": noise(16, 1)}, "read by no other null"),
        ({"xs": {"a": TRADE}, "null": "msr", "places": np.full((16, 2), 650_000.0)}, "all actors are in one place"),
        ({"xs": {"a": TRADE}, "null": "msr", "places": np.random.default_rng(0).random((16, 2)) * (5, 45)}, "look like degrees"),
        ({"xs": {"a": TRADE}, "null": "msr", "places": np.random.default_rng(0).random((16, 2)), "strata": FAMILIES}, "know no strata"),
        ({"xs": {"a": TRADE}, "focal": ["b"]}, "no covariate b; there are a"),
    ],
)
def test_mrqap_refuses(given, match):
    with pytest.raises(ValueError, match=match):
        mrqap(MARRIAGE, **given)


def test_too_few_dyads_for_the_coefficients_are_refused():
    with pytest.raises(ValueError, match="3 observed dyads for 3 coefficients"):
        mrqap(noise(3, 0), {"a": noise(3, 1), "b": noise(3, 2)})


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: crt(TRADE, MARRIAGE * 2, model=TRADE * 0.5), "ties must be 0 or 1: Castellani, Barbadori = 2"),
        (lambda: crt(TRADE, MARRIAGE, model=TRADE * 1.5), "probability from 0 to 1"),
        (lambda: crt(TRADE * 0, MARRIAGE, model=TRADE), "no tie"),
        (lambda: crt(TRADE, MARRIAGE, model=TRADE, draws=0), "at least 1"),
        (lambda: tie_model(MARRIAGE * 0, {"d": noise(16, 1)}), "the same value"),
        (lambda: tie_model(MARRIAGE, {"d": noise(16, 1)}, splines=["e"]), "no covariate e"),
        (lambda: tie_model(MARRIAGE, {"d": np.where(noise(16, 1) > 2, np.nan, noise(16, 1))}), "d: missing where x is observed"),
        (lambda: overlap({"a": MARRIAGE, "b": TRADE.iloc[1:, 1:]}), "lacks Acciaiuoli"),
    ],
)
def test_the_other_measures_refuse(call, match):
    with pytest.raises(ValueError, match=match):
        call()


# The loops as Python runs them


def test_compiled_loops_equal_their_plain_form():
    n, random = 9, np.random.default_rng(0)
    moved, fixed = noise(n, 1), np.stack([noise(n, 2), noise(n, 3)])
    orders = np.stack([random.permutation(n) for _ in range(3)]).astype(np.uint32)
    for undirected in (True, False):
        plain = association._products.plain(moved, fixed, undirected, orders)
        assert np.allclose(association._products(moved, fixed, undirected, orders), plain, atol=1e-12)
    rows, columns = np.nonzero(fixed[0] > 1)
    table, tied = csr_array(np.where(moved > 1, moved, 0)), np.packbits(moved > 1, axis=1, bitorder="little")
    given = (table.indptr, table.indices, table.data, tied, rows, columns, fixed[0][rows, columns], orders)
    assert np.allclose(association._tied_products(*given), association._tied_products.plain(*given), atol=1e-12)
    seen = random.random((n, n)) > 0.2
    given = (moved, seen, fixed, seen.T.copy(), orders)
    assert np.allclose(association._grams(*given), association._grams.plain(*given), atol=1e-12)
