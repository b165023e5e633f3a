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
    penalty : float
        Ridge on every coefficient but the constant.
    """

    chance: Floats
    b: Floats
    covariates: Floats
    rows: Ints
    columns: Ints
    n: int
    directed: bool
    actors: bool
    penalty: float

    def explained(self, values: Floats) -> Floats:
        """What the terms of the logit explain of other values of the dyads: least squares with the weights p (1 - p) and the same ridge.

        The score of any further term, less this, does not depend on the fit (to first order): what remains of it is efficient.
        """
        from scipy.linalg import cho_solve

        return self._linear(cho_solve(self._factor, self._scores(self.weights * values)))

    @cached_property
    def weights(self) -> Floats:
        """p (1 - p)."""
        return self.chance * (1 - self.chance)

    @cached_property
    def _factor(self) -> tuple[Floats, bool]:
        from scipy.linalg import cho_factor

        factor: tuple[Floats, bool] = cho_factor(self._information(self.weights))
        return factor

    def _linear(self, b: Floats) -> Floats:
        k = self.covariates.shape[1]
        found: Floats = self.covariates @ b[:k]
        if self.actors:
            found += b[k : k + self.n][self.rows]
            found += b[k + self.n :][self.columns] if self.directed else b[k:][self.columns]
        return found

    def _scores(self, values: Floats) -> Floats:
        parts: list[Floats] = [self.covariates.T @ values]
        if self.actors:
            sent: Floats = np.bincount(self.rows, values, self.n).astype(float)
            received: Floats = np.bincount(self.columns, values, self.n).astype(float)
            parts += [sent, received] if self.directed else [sent + received]
        return np.concatenate(parts)

    def _information(self, weights: Floats) -> Floats:
        """Z'WZ with the ridge."""
        n, k = self.n, self.covariates.shape[1]
        starts = np.linspace(0, len(weights), PARTS + 1).astype(np.int64)
        parts = [slice(first, last) for first, last in pairwise(starts)]
        sums = in_threads(_weighted_sums, [(self.covariates[p], weights[p], self.rows[p], self.columns[p], n) for p in parts])
        gram, sent, received = (np.sum(one, axis=0) for one in zip(*sums, strict=True))
        size = k + (n * (2 if self.directed else 1) if self.actors else 0)
        full = np.zeros((size, size))
        full[:k, :k] = gram
        if self.actors:
            between = np.zeros((n, n))
            between[self.rows, self.columns] = weights
            by_actor = np.hstack([sent.T, received.T]) if self.directed else (sent + received).T
            full[:k, k:], full[k:, :k] = by_actor, by_actor.T
            if self.directed:
                full[k : k + n, k + n :], full[k + n :, k : k + n] = between, between.T
            else:
                full[k:, k:] = between + between.T
            full[range(k, size), range(k, size)] += by_actor[0]  # the constant's row: the sums of the weights
        full[range(1, size), range(1, size)] += self.penalty
        return full


@compiled
def _weighted_sums(covariates: Floats, weights: Floats, rows: Ints, columns: Ints, n: int) -> tuple[Floats, Floats, Floats]:
    """C'WC, and for each actor the sum of w c over the dyads in which it comes first, and second."""
    k = covariates.shape[1]
    gram, sent, received = np.zeros((k, k)), np.zeros((n, k)), np.zeros((n, k))
    for d in range(len(weights)):
        for i in range(k):
            weighted = weights[d] * covariates[d, i]
            sent[rows[d], i] += weighted
            received[columns[d], i] += weighted
            for j in range(i + 1):
                gram[i, j] += weighted * covariates[d, j]
    for i in range(k):
        for j in range(i):
            gram[j, i] = gram[i, j]
    return gram, sent, received


def dyad_logit(
    outcome: Floats,
    covariates: Floats,
    rows: Ints,
    columns: Ints,
    n: int,
    *,
    directed: bool,
    actors: bool = True,
    penalty: float = 1.0,
    start: Floats | None = None,
) -> DyadLogit:
    """Fit a logit of ties on covariates of dyads and an effect of each actor, all but the constant under a ridge.

    Parameters
    ----------
    outcome : ndarray of 0 and 1, shape (dyads,)
    covariates : ndarray, shape (dyads, k)
        Without a constant.
    rows, columns : ndarray, shape (dyads,)
        The actors of each dyad, from 0 to n - 1.
    n : int
    directed : bool
        Two effects an actor (sender, receiver), else one.
    actors : bool
        Whether actors have effects.
    penalty : float
    start : ndarray, optional
        Coefficients to begin with: those of a model that differs little.

    Returns
    -------
    DyadLogit

    Raises
    ------
    ValueError
        If no maximum is found.
    """
    from scipy.linalg import cho_factor, cho_solve

    design = np.column_stack([np.ones(len(outcome)), covariates])
    empty = DyadLogit(outcome, outcome, design, rows, columns, n, directed, actors, penalty)
    ridge = np.full(design.shape[1] + (n * (2 if directed else 1) if actors else 0), penalty)
    ridge[0] = 0
    b = np.zeros(len(ridge))
    b[0] = np.log(outcome.mean() / (1 - outcome.mean()))
    b = b if start is None else start

    def objective(at: Floats) -> tuple[float, Floats]:
        linear = empty._linear(at)
        return float(outcome @ linear - np.logaddexp(0, linear).sum() - 0.5 * ridge @ at**2), linear

    reached, linear = objective(b)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-linear))
        step = cho_solve(cho_factor(empty._information(chance * (1 - chance))), empty._scores(outcome - chance) - ridge * b)
        share = 1.0
        while (found := objective(b + share * step))[0] < reached and share > 1e-6:
            share /= 2
        gained, (reached, linear), b = found[0] - reached, found, b + share * step
        if gained <= ENOUGH * abs(reached):
            return DyadLogit(1 / (1 + np.exp(-linear)), b, design, rows, columns, n, directed, actors, penalty)
    raise ValueError("the logit of ties has no maximum that can be reached; leave out covariates that tell ties from no ties apart")
