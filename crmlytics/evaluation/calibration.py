"""Whether probabilities mean what they say: tables, errors with their floor, the slope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, notices
from crmlytics._core.intervals import wilson
from crmlytics.errors import ConvergenceWarning
from crmlytics.evaluation._scored import as_table, equal_frequency, read_scored

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from crmlytics.evaluation._scored import Scored

#: Probabilities nearer to 0 or 1 are moved here before their logit is taken.
CLIP = 1e-6
#: Above this many draws, the sum of a bin is drawn from its normal limit, which it has reached.
_MOST_DRAWS = 200_000_000
_STEPS = 100


class CalibrationError(NamedTuple):
    """What `expected_calibration_error` returns."""

    ece: float
    floor_mean: float
    floor: float
    p_value: float
    n: int
    n_bins: int


class CalibrationSlope(NamedTuple):
    """What `calibration_slope` returns; `in_the_large` is the intercept at a slope of 1."""

    slope: float
    standard_error: float
    low: float
    high: float
    intercept: float
    in_the_large: float
    in_the_large_low: float
    in_the_large_high: float
    n: int
    events: int
    n_clipped: int


class BrierScore(NamedTuple):
    """What `brier_decomposition` returns: score = reliability - resolution + uncertainty + rest."""

    score: float
    low: float
    high: float
    reliability: float
    resolution: float
    uncertainty: float
    rest: float
    skill: float
    n: int


def calibration_table(
    y: ArrayLike, probability: ArrayLike, *, n_bins: int = 10, level: float = 0.95
) -> Any:
    """Compare, bin by bin, the mean probability with the share that came about.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    probability : column of numbers between 0 and 1, same length
        What was foreseen.
    n_bins : int
        Number of bins, of equal size as far as ties allow.
    level : float
        Confidence of the interval of the observed share, a fraction.

    Returns
    -------
    frame
        pandas, or the kind of the column `y`; one row per bin, lowest probabilities first:
        ``bin`` (1 …), ``n``, ``events``, ``predicted`` (mean probability), ``observed`` (share),
        ``low`` and ``high`` (Wilson, of the observed share), ``difference`` (observed less
        predicted), ``lowest`` and ``highest`` probability.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, a probability lies outside 0 to 1, or values are missing.
    NotEnoughDataError
        If there is no row.

    Notes
    -----
    Rows of equal probability share a bin, so that a constant gives one bin and its answer does
    not hang on the order of the rows.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> from crmlytics.evaluation import calibration_table
    >>> table = calibration_table([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], n_bins=2)
    >>> table[["n", "events", "predicted", "observed"]].round(3)
       n  events  predicted  observed
    0  3       1        0.1     0.333
    1  3       2        0.7     0.667
    """
    checks.whole_number("n_bins", n_bins, at_least=1)
    level = checks.fraction("level", level)
    held = read_scored(y, probability, name="probability")
    code = equal_frequency(held.score, n_bins)
    n, events, predicted = _bins(held, code)
    low, high = wilson(events, n, level)
    first, last = np.full(len(n), np.inf), np.full(len(n), -np.inf)
    np.minimum.at(first, code, held.score)
    np.maximum.at(last, code, held.score)
    return as_table(
        {
            "bin": np.arange(1, len(n) + 1),
            "n": n,
            "events": np.rint(events).astype(np.int64),
            "predicted": predicted,
            "observed": events / n,
            "low": low,
            "high": high,
            "difference": events / n - predicted,
            "lowest": first,
            "highest": last,
        },
        like=y,
    )


def expected_calibration_error(
    y: ArrayLike,
    probability: ArrayLike,
    *,
    n_bins: int = 10,
    level: float = 0.95,
    n_simulations: int = 1_000,
    random_state: object = None,
) -> CalibrationError:
    r"""Mean distance of probability and outcome over bins, with what perfection would show.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    probability : column of numbers between 0 and 1, same length
        What was foreseen.
    n_bins : int
        Number of bins, of equal size as far as ties allow.
    level : float
        The floor is this quantile of the error under perfect calibration, a fraction.
    n_simulations : int
        How often outcomes are drawn from the probabilities.
    random_state : None, int or numpy.random.Generator
        Decides the draws.

    Returns
    -------
    CalibrationError
        ``ece``; ``floor_mean`` and ``floor`` (mean and quantile of the error if the probabilities
        were right); ``p_value`` (share of such errors at least as large as ``ece``); ``n``,
        ``n_bins`` (bins in use).

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, a probability lies outside 0 to 1, or values are missing.
    NotEnoughDataError
        If there is no row.

    Notes
    -----
    :math:`\sum_b (n_b / n) |\bar y_b - \bar p_b|`. Even right probabilities have an error
    above 0, because outcomes are drawn: on 7,000 customers about 0.01. An error below ``floor``
    is noise, and of two such models neither is the better calibrated.

    References
    ----------
    Bröcker, J. and Smith, L. A. (2007). Increasing the reliability of reliability diagrams.
    Weather and Forecasting 22, 651-661 (resampling under the forecast).
    Naeini, M. P., Cooper, G. F. and Hauskrecht, M. (2015). Obtaining well calibrated
    probabilities using Bayesian binning. AAAI.

    Examples
    --------
    >>> from crmlytics.evaluation import expected_calibration_error
    >>> found = expected_calibration_error(
    ...     [0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7], n_bins=2, random_state=0
    ... )
    >>> round(found.ece, 4), found.ece < found.floor
    (0.1333, True)
    """
    checks.whole_number("n_bins", n_bins, at_least=1)
    checks.whole_number("n_simulations", n_simulations, at_least=1)
    level = checks.fraction("level", level)
    generator = checks.random_generator(random_state)
    held = read_scored(y, probability, name="probability")
    code = equal_frequency(held.score, n_bins)
    n, events, predicted = _bins(held, code)
    error = float(np.abs(events - n * predicted).sum() / held.n)
    drawn = _drawn_sums(held, code, n_simulations, generator)
    errors = np.abs(drawn - n * predicted).sum(axis=1) / held.n
    return CalibrationError(
        ece=error,
        floor_mean=float(errors.mean()),
        floor=float(np.quantile(errors, level)),
        p_value=float((1 + (errors >= error - 1e-12).sum()) / (1 + n_simulations)),
        n=held.n,
        n_bins=len(n),
    )


def calibration_slope(
    y: ArrayLike, probability: ArrayLike, *, level: float = 0.95
) -> CalibrationSlope:
    """Slope of the outcome's logit on the predicted one: 1 is right, below 1 is over-confident.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    probability : column of numbers between 0 and 1, same length
        What was foreseen.
    level : float
        Confidence of the intervals, a fraction.

    Returns
    -------
    CalibrationSlope
        ``slope`` with ``standard_error``, ``low``, ``high``; ``intercept`` beside it;
        ``in_the_large`` (the intercept with the slope fixed at 1: above 0 the probabilities are
        too low overall) with its interval; ``n``, ``events``, ``n_clipped`` (probabilities moved
        to 1e-6 from 0 or 1). The slope is NaN where all probabilities are equal.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, a probability lies outside 0 to 1, or values are missing.
    NotEnoughDataError
        If only one of the outcomes occurs.

    Warns
    -----
    ConvergenceWarning
        If the outcomes are separated, so that the slope has no finite value.

    Notes
    -----
    Logistic regression of y on logit p, by Newton's method. Intervals are normal. Stacked rows of
    one customer are not independent, and the intervals are then too narrow.

    References
    ----------
    Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika 45,
    562-565.

    Examples
    --------
    >>> from crmlytics.evaluation import calibration_slope
    >>> found = calibration_slope(
    ...     [0, 0, 0, 1, 0, 1, 1, 1], [0.05, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.95]
    ... )
    >>> round(found.slope, 2), round(found.in_the_large, 2)
    (0.5, 0.0)
    """
    from scipy.special import ndtri

    level = checks.fraction("level", level)
    held = read_scored(y, probability, name="probability", both=True)
    clipped = np.clip(held.score, CLIP, 1.0 - CLIP)
    logit = np.log(clipped) - np.log1p(-clipped)
    ones = np.ones((held.n, 1))
    offset, z = np.zeros(held.n), float(ndtri((1 + level) / 2))
    slope, intercept, error = float("nan"), float("nan"), float("nan")
    if np.ptp(logit) > 0:
        fitted, covariance = _logistic(np.column_stack((ones, logit)), held.y, offset)
        intercept, slope = (float(value) for value in fitted)
        error = float(np.sqrt(covariance[1, 1]))
    large, variance = _logistic(ones, held.y, logit)
    half = z * float(np.sqrt(variance[0, 0]))
    return CalibrationSlope(
        slope=slope,
        standard_error=error,
        low=slope - z * error,
        high=slope + z * error,
        intercept=intercept,
        in_the_large=float(large[0]),
        in_the_large_low=float(large[0]) - half,
        in_the_large_high=float(large[0]) + half,
        n=held.n,
        events=held.events,
        n_clipped=int((clipped != held.score).sum()),
    )


def brier_decomposition(
    y: ArrayLike, probability: ArrayLike, *, n_bins: int = 10, level: float = 0.95
) -> BrierScore:
    """Mean squared error of probabilities, and what it is made of.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    probability : column of numbers between 0 and 1, same length
        What was foreseen.
    n_bins : int
        Number of bins of the parts, of equal size as far as ties allow.
    level : float
        Confidence of the interval of the score, a fraction.

    Returns
    -------
    BrierScore
        ``score`` with ``low`` and ``high``; ``reliability`` (0 is calibrated), ``resolution``
        (how far bins differ from the overall rate; more is better), ``uncertainty`` (the score of
        the overall rate), ``rest`` (what varies within bins); ``skill`` (1 - score / uncertainty,
        NaN with one outcome only); ``n``.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, a probability lies outside 0 to 1, or values are missing.
    NotEnoughDataError
        If there is no row.

    Notes
    -----
    score = reliability - resolution + uncertainty + rest, exactly; without variation inside the
    bins the rest is 0 and this is Murphy's decomposition. The interval is normal, cut at 0 and 1.

    References
    ----------
    Murphy, A. H. (1973). A new vector partition of the probability score. Journal of Applied
    Meteorology 12, 595-600.
    Stephenson, D. B., Coelho, C. A. S. and Jolliffe, I. T. (2008). Two extra components in the
    Brier score decomposition. Weather and Forecasting 23, 752-757.

    Examples
    --------
    >>> from crmlytics.evaluation import brier_decomposition
    >>> found = brier_decomposition([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.7, 0.7, 0.7])
    >>> [round(value, 4) for value in found[:1] + found[3:7]]
    [0.25, 0.0278, 0.0278, 0.25, 0.0]
    """
    from scipy.special import ndtri

    checks.whole_number("n_bins", n_bins, at_least=1)
    level = checks.fraction("level", level)
    held = read_scored(y, probability, name="probability")
    n, events, predicted = _bins(held, equal_frequency(held.score, n_bins))
    squares = (held.score - held.y) ** 2
    score, base = float(squares.mean()), held.events / held.n
    reliability = float((n * (predicted - events / n) ** 2).sum() / held.n)
    resolution = float((n * (events / n - base) ** 2).sum() / held.n)
    uncertainty = base * (1.0 - base)
    error = float(squares.std(ddof=1) / np.sqrt(held.n)) if held.n > 1 else float("nan")
    half = float(ndtri((1 + level) / 2)) * error
    return BrierScore(
        score=score,
        low=float(np.clip(score - half, 0.0, 1.0)),
        high=float(np.clip(score + half, 0.0, 1.0)),
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        rest=score - reliability + resolution - uncertainty,
        skill=1.0 - score / uncertainty if uncertainty > 0 else float("nan"),
        n=held.n,
    )


def _bins(
    held: Scored, code: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows, events and mean probability of each bin."""
    n = np.bincount(code)
    events = np.bincount(code, weights=held.y).astype(np.float64)
    return n, events, np.bincount(code, weights=held.score) / n


def _drawn_sums(
    held: Scored, code: NDArray[np.int64], times: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """Events of each bin, shape (times, bins), if each row's probability were right."""
    n_bins = int(code.max()) + 1
    if held.n * times > _MOST_DRAWS:
        mean = np.bincount(code, weights=held.score)
        spread = np.sqrt(np.bincount(code, weights=held.score * (1 - held.score)))
        normal: NDArray[np.float64] = generator.normal(mean, spread, (times, n_bins))
        return np.rint(normal)
    order = np.argsort(code, kind="stable")
    probability, starts = held.score[order], np.searchsorted(code[order], np.arange(n_bins))
    sums = np.empty((times, n_bins))
    at_once = max(1, 2_000_000 // held.n)
    for first in range(0, times, at_once):
        rows = min(at_once, times - first)
        drawn = generator.random((rows, held.n), np.float32) < probability.astype(np.float32)
        sums[first : first + rows] = np.add.reduceat(drawn, starts, axis=1, dtype=np.int64)
    return sums


def _logistic(
    X: NDArray[np.float64], y: NDArray[np.float64], offset: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients of an unpenalised logistic regression and their covariance, by Newton."""
    from scipy.special import expit

    beta = np.zeros(X.shape[1])
    nothing = np.full((X.shape[1],) * 2, np.nan)
    for _ in range(_STEPS):
        mean = expit(offset + X @ beta)
        information = (X * (mean * (1 - mean))[:, None]).T @ X
        try:
            covariance = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            break
        step = covariance @ (X.T @ (y - mean))
        size = float(np.abs(step).max())
        beta = beta + step * min(1.0, 5.0 / size if size else 1.0)
        if size < 1e-10:
            return beta, covariance
    notices.warn(
        "the outcomes are separated by the probabilities, so that the calibration slope has no "
        "finite value; it is NaN",
        ConvergenceWarning,
    )
    return np.full(X.shape[1], np.nan), nothing
