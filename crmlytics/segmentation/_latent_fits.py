"""Latent classes by EM on unique patterns of answers: arrays in, arrays out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORT_STEPS, _FINALISTS = 40, 3
_LEAST = 1e-12  # of a probability, so that its logarithm is finite


class Patterns(NamedTuple):
    """Unique patterns of answers, how many rows have each, and which column an answer is of."""

    answers: NDArray[np.float64]  # (patterns, answers), 1 where given; no 1 where missing
    frequency: NDArray[np.float64]  # (patterns,)
    column: NDArray[np.int64]  # (answers,)

    @property
    def member(self) -> NDArray[np.float64]:
        """1 where an answer is of a column, (answers, columns)."""
        return np.eye(int(self.column.max()) + 1)[self.column]


class Classes(NamedTuple):
    """Shares (k,) and the probability of each answer within each class (k, answers)."""

    share: NDArray[np.float64]
    answer: NDArray[np.float64]


class LatentFit(NamedTuple):
    """Where EM ended."""

    classes: Classes
    log_likelihood: float
    converged: bool


def posterior(patterns: Patterns, classes: Classes) -> tuple[NDArray[np.float64], float]:
    """Probability of each class given each pattern (patterns, k), and the log-likelihood."""
    logs = patterns.answers @ np.log(np.maximum(classes.answer, _LEAST)).T
    logs += np.log(np.maximum(classes.share, _LEAST))
    most = logs.max(axis=1, keepdims=True)
    weight = np.exp(logs - most)
    total = weight.sum(axis=1, keepdims=True)
    return weight / total, float(patterns.frequency @ (np.log(total) + most)[:, 0])


def updated(patterns: Patterns, weight: NDArray[np.float64]) -> Classes:
    """Shares and answers from the posterior weights (patterns, k): the step M.

    A missing answer counts in no column, which is right if it is missing at random.
    """
    heavy = patterns.frequency[:, None] * weight
    given = heavy.T @ patterns.answers
    total = (given @ patterns.member)[:, patterns.column]
    return Classes(
        heavy.sum(axis=0) / patterns.frequency.sum(), given / np.where(total > 0, total, 1.0)
    )


def climb(patterns: Patterns, classes: Classes, steps: int, tolerance: float) -> LatentFit:
    """Steps of EM until the log-likelihood rises by less than the tolerance."""
    weight, before = posterior(patterns, classes)
    for _ in range(steps):
        classes = updated(patterns, weight)
        weight, now = posterior(patterns, classes)
        if now - before < tolerance:
            return LatentFit(classes, now, True)
        before = now
    return LatentFit(classes, before, False)


def best_fit(
    patterns: Patterns,
    k: int,
    *,
    starts: int,
    max_iter: int,
    tolerance: float,
    rng: np.random.Generator,
) -> LatentFit:
    """Short climbs from many random starts, then the best few to the top."""
    short = [
        climb(patterns, _start(patterns, k, rng), _SHORT_STEPS, tolerance)
        for _ in range(starts if k > 1 else 1)
    ]
    short.sort(key=lambda fit: -fit.log_likelihood)
    tops = [climb(patterns, fit.classes, max_iter, tolerance) for fit in short[:_FINALISTS]]
    return max(tops, key=lambda fit: fit.log_likelihood)


def _start(patterns: Patterns, k: int, rng: np.random.Generator) -> Classes:
    return updated(patterns, rng.dirichlet(np.ones(k), len(patterns.frequency)))


def standard_errors(patterns: Patterns, classes: Classes) -> Classes:
    """Standard errors from the outer product of the scores, on the logits, by the delta method.

    The last class and the last answer of each column are the base of their logits.
    """
    weight, _ = posterior(patterns, classes)
    asked = patterns.answers @ patterns.member
    k, n_columns = len(classes.share), asked.shape[1]
    scores, slopes = [], []
    size = k + classes.answer.size  # first the shares, then class by class the answers
    base = np.zeros((size, k - 1))
    base[:k] = (np.diag(classes.share) - np.outer(classes.share, classes.share))[:, :-1]
    scores.append((weight - classes.share)[:, :-1])
    slopes.append(base)
    for c in range(k):
        for column in range(n_columns):
            at = np.flatnonzero(patterns.column == column)
            p = classes.answer[c, at]
            gap = patterns.answers[:, at] - asked[:, [column]] * p
            scores.append(weight[:, [c]] * gap[:, :-1])
            slope = np.zeros((size, len(at) - 1))
            slope[k + c * classes.answer.shape[1] + at] = (np.diag(p) - np.outer(p, p))[:, :-1]
            slopes.append(slope)
    score, slope = np.column_stack(scores), np.column_stack(slopes)
    # A probability at 0 or 1 has no score: the pseudo-inverse gives it the error 0.
    covariance = np.linalg.pinv((score.T * patterns.frequency) @ score, hermitian=True)
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slope, covariance, slope), 0))
    return Classes(error[:k], error[k:].reshape(classes.answer.shape))
