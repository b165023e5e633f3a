"""A logit over dyads with an effect of each actor, by Newton's method on blocks: the actors' block is their matrix of weights itself."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from slpi.compiled import compiled, in_threads
from slpi.labelled import Floats, Ints

PARTS = 4  # in which the dyads are summed, whatever the number of threads: the same sums on any machine
STEPS, ENOUGH = 60, 1e-8  # Newton's steps at most; the share of the objective by which the last one may still gain


@dataclass(frozen=True)
class DyadLogit:
    """A logit fitted over dyads.

    Attributes
    ----------
    chance : ndarray, shape (dyads,)
        Fitted probability of a tie.
    b : ndarray
        Coefficients of the covariates, then the actors' effects.
    covariates : ndarray, shape (dyads, 1 + k)
        The constant first.
    rows, columns : ndarray, shape (dyads,)
        The actors of each dyad.
    n : int
        Actors.
    directed, actors : bool
        Whether actors send and receive apart; whether they have effects at all.
    factor : tuple
        Cholesky's factor of the information at ``b``, ridge included, as SciPy has it.
    """

    chance: Floats
    b: Floats
    covariates: Floats
    rows: Ints
    columns: Ints
    n: int
    directed: bool
    actors: bool
    factor: tuple[Floats, bool]

    @cached_property
    def weights(self) -> Floats:
        """p (1 - p)."""
        return self.chance * (1 - self.chance)

    def explained(self, values: Floats) -> Floats:
        """What the terms of the logit explain of other values of the dyads: least squares with the weights p (1 - p) and the same ridge.

        The score of any further term, less this, does not depend on the fit (to first order): what remains of it is efficient.
        """
        from scipy.linalg import cho_solve

        k, weighted = self.covariates.shape[1], self.weights * values
        scores: list[Floats] = [self.covariates.T @ weighted]
        if self.actors:
            sent: Floats = np.bincount(self.rows, weighted, self.n).astype(float)
            received: Floats = np.bincount(self.columns, weighted, self.n).astype(float)
            scores += [sent, received] if self.directed else [sent + received]
        b = cho_solve(self.factor, np.concatenate(scores))
        found: Floats = self.covariates @ b[:k]
        if self.actors:
            found += b[k : k + self.n][self.rows]
            found += b[k + self.n :][self.columns] if self.directed else b[k:][self.columns]
        return found


def dyad_logit(
    outcome: Floats, covariates: Floats, rows: Ints, columns: Ints, n: int, *, directed: bool, actors: bool = True, penalty: float = 1.0
) -> DyadLogit:
    """Fit a logit of ties on covariates of dyads and an effect of each actor, all but the constant under a ridge.

    Parameters
    ----------
    outcome : ndarray of 0 and 1, shape (dyads,)
    covariates : ndarray, shape (dyads, 1 + k)
        The constant first.
    rows, columns : ndarray, shape (dyads,)
        The actors of each dyad, from 0 to n - 1.
    n : int
    directed : bool
        Two effects an actor (sender, receiver), else one.
    actors : bool
        Whether actors have effects.
    penalty : float

    Returns
    -------
    DyadLogit

    Raises
    ------
    ValueError
        If no maximum is found.
    """
    from scipy.linalg import cho_factor, cho_solve

    ridge = np.full(covariates.shape[1] + (n * (2 if directed else 1) if actors else 0), penalty)
    ridge[0] = 0
    chance = np.empty(len(outcome))
    b = np.zeros(len(ridge))
    b[0] = np.log(outcome.mean() / (1 - outcome.mean()))
    reached, share, before, step = -np.inf, 1.0, b, np.zeros(len(b))
    for _ in range(STEPS):
        likelihood, score, information = _at(b, outcome, covariates, rows, columns, n, chance, directed, actors)
        value = likelihood - 0.5 * float(ridge @ b**2)
        if value < reached and share > 1e-6:
            share /= 2  # too far: the way back half
            b = before + share * step
            continue
        information[range(len(b)), range(len(b))] += ridge
        factor = cho_factor(information, overwrite_a=True)
        if value - reached <= ENOUGH * abs(value):
            return DyadLogit(chance, b, covariates, rows, columns, n, directed, actors, factor)
        step, share, before, reached = cho_solve(factor, score - ridge * b), 1.0, b, value
        b = b + step
    raise ValueError("the logit of ties has no maximum that can be reached; leave out covariates that tell ties from no ties apart")


def _at(
    b: Floats, outcome: Floats, design: Floats, rows: Ints, columns: Ints, n: int, chance: Floats, directed: bool, actors: bool
) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its gradient and its information at ``b``; the chances are written where they are to be."""
    k = design.shape[1]
    sent, received = (b[k : k + n], b[k + n :] if directed else b[k:]) if actors else (np.zeros(n), np.zeros(n))
    parts = [slice(first, last) for first, last in pairwise(np.linspace(0, len(outcome), PARTS + 1).astype(np.int64))]
    tasks = [(design[p], outcome[p], rows[p], columns[p], b[:k], sent, received, chance[p]) for p in parts]
    likelihood, score, gram, first, second = (np.sum(one, axis=0) for one in zip(*in_threads(_sums, tasks), strict=True))
    if not actors:
        return float(likelihood), score, gram
    # The constant's column of the sums over an actor's dyads is the sum of the weights, the last is that of the residuals.
    by_actor = np.vstack([first, second]) if directed else first + second
    full = np.empty((k + len(by_actor),) * 2)
    full[:k, :k], full[k:, :k], full[:k, k:] = gram, by_actor[:, :k], by_actor[:, :k].T
    inner = full[k:, k:]
    inner[:] = 0.0
    weights = chance * (1 - chance)
    inner[rows, columns + (n if directed else 0)] = weights
    inner[columns + (n if directed else 0), rows] = weights
    inner[range(len(by_actor)), range(len(by_actor))] = by_actor[:, 0]
    return float(likelihood), np.concatenate([score, by_actor[:, k]]), full


@compiled
def _sums(
    design: Floats, outcome: Floats, rows: Ints, columns: Ints, b: Floats, sent: Floats, received: Floats, chance: Floats
) -> tuple[float, Floats, Floats, Floats, Floats]:
    """Likelihood, gradient and information of the covariates; of each actor, as first and as second, the sums of w c and of residuals."""
    k, n = design.shape[1], len(sent)
    likelihood, score, gram = 0.0, np.zeros(k), np.zeros((k, k))
    first, second = np.zeros((n, k + 1)), np.zeros((n, k + 1))
    for d in range(len(outcome)):
        linear = sent[rows[d]] + received[columns[d]]
        for i in range(k):
            linear += design[d, i] * b[i]
        shrunk = np.exp(-abs(linear))
        p = 1 / (1 + shrunk) if linear >= 0 else shrunk / (1 + shrunk)
        likelihood += outcome[d] * linear - max(linear, 0.0) - np.log1p(shrunk)
        residual, weight = outcome[d] - p, p * (1 - p)
        chance[d] = p
        for i in range(k):
            weighted = weight * design[d, i]
            score[i] += residual * design[d, i]
            first[rows[d], i] += weighted
            second[columns[d], i] += weighted
            for j in range(i + 1):
                gram[i, j] += weighted * design[d, j]
        first[rows[d], k] += residual
        second[columns[d], k] += residual
    for i in range(k):
        for j in range(i):
            gram[j, i] = gram[i, j]
    return likelihood, score, gram, first, second
