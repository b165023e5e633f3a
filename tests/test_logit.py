"""A logit over dyads: the optimum that scikit-learn finds, and what is left of a layer by the efficient score."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array, hstack
from sklearn.linear_model import LogisticRegression

from slpi import logit
from slpi.logit import dyad_logit


def drawn(n: int, directed: bool, seed: int = 0):
    random = np.random.default_rng(seed)
    rows, columns = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.tril_indices(n, -1)
    covariates, active = np.insert(random.normal(size=(len(rows), 3)), 0, 1.0, axis=1), random.normal(size=n)
    chance = 1 / (1 + np.exp(1 - covariates @ [0.0, 1.0, -0.5, 0.0] - active[rows] - active[columns]))
    return (random.random(len(rows)) < chance).astype(float), covariates, rows, columns


def incidence(rows, columns, n, directed):
    dyads = np.arange(len(rows))
    one = [coo_array((np.ones(len(rows)), (dyads, ends)), shape=(len(rows), n)) for ends in (rows, columns)]
    return one if directed else [one[0] + one[1]]


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("actors", [False, True])
def test_the_fit_is_that_of_scikit_learn(directed, actors):
    n = 25
    outcome, covariates, rows, columns = drawn(n, directed)
    fitted = dyad_logit(outcome, covariates, rows, columns, n, directed=directed, actors=actors, penalty=2.0)
    design = hstack([csr_array(covariates[:, 1:]), *(incidence(rows, columns, n, directed) if actors else [])]).tocsr()
    other = LogisticRegression(C=0.5, max_iter=5000, tol=1e-10).fit(design, outcome)
    assert np.allclose(fitted.chance, other.predict_proba(design)[:, 1], atol=1e-5)
    assert np.allclose(fitted.b[1:], other.coef_[0], atol=1e-4)


@pytest.mark.parametrize("directed", [False, True])
def test_what_is_explained_is_a_weighted_ridge_regression(directed):
    n = 12
    outcome, covariates, rows, columns = drawn(n, directed)
    fitted = dyad_logit(outcome, covariates, rows, columns, n, directed=directed)
    z = np.column_stack([covariates, *(one.toarray() for one in incidence(rows, columns, n, directed))])
    ridge = np.eye(z.shape[1])
    ridge[0, 0] = 0
    values = np.random.default_rng(1).random(len(rows))
    b = np.linalg.solve(z.T @ (z * fitted.weights[:, None]) + ridge, z.T @ (fitted.weights * values))
    assert np.allclose(fitted.explained(values), z @ b)


def test_a_separating_covariate_stays_finite():
    outcome, covariates, rows, columns = drawn(15, False)
    covariates[:, 1] = 100 * outcome
    fitted = dyad_logit(outcome, covariates, rows, columns, 15, directed=False)
    assert np.isfinite(fitted.b).all() and (fitted.chance[outcome == 1] > 0.5).all()


def test_a_fit_that_does_not_settle_is_refused(monkeypatch):
    monkeypatch.setattr(logit, "STEPS", 1)
    with pytest.raises(ValueError, match="no maximum"):
        dyad_logit(*drawn(15, False), 15, directed=False)


def test_the_compiled_sums_equal_their_plain_form():
    outcome, covariates, rows, columns = drawn(8, False)
    given = (covariates, outcome, rows, columns, np.array([-1.0, 0.2, -0.1, 3.0]), np.linspace(-1, 1, 8), np.linspace(1, -1, 8))
    chances = [np.empty(len(outcome)) for _ in range(2)]
    for a, b in zip(logit._sums(*given, chances[0]), logit._sums.plain(*given, chances[1]), strict=True):
        assert np.allclose(a, b)
    assert np.allclose(*chances)
