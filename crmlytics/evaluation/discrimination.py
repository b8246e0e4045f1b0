"""The area under the ROC curve with its interval, and whether two scores differ in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.evaluation._scored import read_scored

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from crmlytics.evaluation._scored import Scored


class RocAuc(NamedTuple):
    """Area under the ROC curve, what `roc_auc` returns."""

    auc: float
    standard_error: float
    low: float
    high: float
    n: int
    events: int


class RocAucDifference(NamedTuple):
    """Difference of two areas on the same rows, what `roc_auc_difference` returns."""

    difference: float
    standard_error: float
    low: float
    high: float
    p_value: float


def roc_auc(y: ArrayLike, score: ArrayLike, *, level: float = 0.95) -> RocAuc:
    """Probability that an event is scored above a non-event, with DeLong's interval.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    score : column of numbers, same length
        Higher means more likely.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    RocAuc
        ``auc``, ``standard_error``, ``low`` and ``high`` (cut at 0 and 1), ``n``, ``events``. The
        interval is NaN where there is a single event or non-event.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, or values are missing.
    NotEnoughDataError
        If only one of the outcomes occurs.

    Notes
    -----
    Ties count half. The variance is that of a U-statistic: of the mean, over events, of the share
    of non-events scored below, and the reverse; found from midranks in one sort. At an area of 1
    it is 0, which a small sample does not deserve. Rows of one customer at several times are not
    independent, and the interval is then too narrow.

    References
    ----------
    DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two or
    more correlated receiver operating characteristic curves. Biometrics 44, 837-845.
    Sun, X. and Xu, W. (2014). Fast implementation of DeLong's algorithm. IEEE Signal Processing
    Letters 21(11), 1389-1393.

    Examples
    --------
    >>> from crmlytics.evaluation import roc_auc
    >>> found = roc_auc([1, 0, 1, 0, 0, 1], [0.9, 0.8, 0.6, 0.3, 0.2, 0.7])
    >>> round(found.auc, 4), round(found.standard_error, 4)
    (0.7778, 0.2485)
    """
    level = checks.fraction("level", level)
    held = read_scored(y, score, both=True)
    auc, of_events, of_others = _placements(held)
    error = float(np.sqrt(_variance(of_events) + _variance(of_others)))
    low, high = _interval(auc, error, level)
    return RocAuc(
        auc, error, float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1)), held.n, held.events
    )


def roc_auc_difference(
    y: ArrayLike, scores: tuple[ArrayLike, ArrayLike], *, level: float = 0.95
) -> RocAucDifference:
    """Area of the first score less that of the second on the same rows, by DeLong's test.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    scores : tuple of two columns of numbers, same length
        The scores to compare.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    RocAucDifference
        ``difference``, ``standard_error``, ``low``, ``high`` and ``p_value`` (two-sided; NaN where
        the two rank alike, so that nothing can be tested).

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, or values are missing.
    NotEnoughDataError
        If only one of the outcomes occurs.

    Notes
    -----
    The two areas share their rows and are correlated: comparing their intervals for overlap would
    find too little.

    References
    ----------
    DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Biometrics 44, 837-845.

    Examples
    --------
    >>> from crmlytics.evaluation import roc_auc_difference
    >>> y = [1, 0, 1, 0, 0, 1]
    >>> found = roc_auc_difference(y, ([6, 5, 3, 2, 1, 4], [1, 2, 6, 3, 5, 4]))
    >>> round(found.difference, 4), round(found.p_value, 2)
    (0.2222, 0.65)
    """
    from scipy.special import ndtr

    level = checks.fraction("level", level)
    if not isinstance(scores, tuple | list) or len(scores) != 2:
        raise TypeError("scores must be a pair of columns")
    first, second = (_placements(read_scored(y, score, both=True)) for score in scores)
    parts = [a - b for a, b in zip(first[1:], second[1:], strict=True)]
    error = float(np.sqrt(sum(_variance(part) for part in parts)))
    difference = first[0] - second[0]
    low, high = _interval(difference, error, level)
    p_value = float(2 * ndtr(-abs(difference) / error)) if error > 0 else float("nan")
    return RocAucDifference(difference, error, low, high, p_value)


def _placements(held: Scored) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Area, and each row's share of the other outcome's rows on its right side (DeLong's V)."""
    is_event = held.y == 1
    events, others = held.score[is_event], held.score[~is_event]
    # The midrank among all less the midrank among one's own counts the others below, ties half.
    every = midranks(held.score)
    below = (every[is_event] - midranks(events)) / len(others)
    above = 1.0 - (every[~is_event] - midranks(others)) / len(events)
    return float(below.mean()), below, above


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties sharing their mean."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks: NDArray[np.float64] = (last - (times - 1) / 2.0)[place]
    return ranks


def _variance(part: NDArray[np.float64]) -> float:
    return float(part.var(ddof=1) / len(part)) if len(part) > 1 else float("nan")


def _interval(centre: float, error: float, level: float) -> tuple[float, float]:
    from scipy.special import ndtri

    half = float(ndtri((1 + level) / 2)) * error
    return centre - half, centre + half
