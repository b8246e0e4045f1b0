"""The Diebold-Mariano test: do two forecasters of one series differ in accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class DieboldMariano(NamedTuple):
    """Result of `diebold_mariano`.

    Attributes
    ----------
    statistic : float
        Mean difference of the losses over its standard error, corrected for small samples; NaN
        where the losses do not differ.
    p_value : float
        Probability of such a distance from 0 or a greater one if both are equally accurate.
    difference : float
        Mean loss of the first forecaster minus that of the second; below 0 the first is better.
    low, high : float
        Interval of the difference.
    n : int
        Forecasts compared.
    """

    statistic: float
    p_value: float
    difference: float
    low: float
    high: float
    n: int


def diebold_mariano(
    actual: ArrayLike,
    forecast: ArrayLike,
    *,
    other: ArrayLike,
    horizon: int,
    loss: Literal["absolute", "squared"] = "absolute",
    level: float = 0.95,
) -> DieboldMariano:
    r"""Test on one series whether two forecasters, both `horizon` steps ahead, err alike.

    Parameters
    ----------
    actual : array-like of shape (n,)
        What happened, in the order of time, one value per origin.
    forecast, other : array-like of shape (n,)
        The forecasts of the two, each made `horizon` steps before.
    horizon : int
        Steps ahead. Errors of forecasts h steps ahead overlap: up to h − 1 origins apart they are
        taken as dependent.
    loss : {"absolute", "squared"}
        What an error costs.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    DieboldMariano
        ``statistic``, ``p_value``, ``difference``, ``low``, ``high`` and ``n``.

    Raises
    ------
    DataContractError
        If values are missing or infinite, or the lengths differ.
    NotEnoughDataError
        If there are no more than `horizon` + 1 forecasts.
    ValueError
        If an option is none of its values.

    Notes
    -----
    With d the difference of the losses, its autocovariances γ and h the horizon,

    .. math:: DM = \frac{\bar d}{\sqrt{(\gamma_0 + 2 \sum_{k=1}^{h-1} \gamma_k) / n}}

    times the correction :math:`\sqrt{(n + 1 - 2h + h(h-1)/n)/n}` of Harvey, Leybourne and Newbold,
    compared with Student's t with n − 1 degrees of freedom. Where that variance is not positive,
    as may happen in short samples, Bartlett's weights 1 − k/h replace the equal ones.

    Not made for nested models nor for hundreds of series: `compare_forecasts` draws series.

    References
    ----------
    Diebold, F. X. and Mariano, R. S. (1995). Comparing Predictive Accuracy. Journal of Business &
    Economic Statistics 13, 253-263.

    Harvey, D., Leybourne, S. and Newbold, P. (1997). Testing the equality of prediction mean
    squared errors. International Journal of Forecasting 13, 281-291.

    Examples
    --------
    >>> from crmlytics.evaluation import diebold_mariano
    >>> actual = [12, 15, 11, 18, 14, 16, 13, 19]
    >>> test = diebold_mariano(
    ...     actual, [12, 14, 12, 17, 14, 15, 13, 18],
    ...     other=[10, 12, 15, 11, 18, 14, 16, 13], horizon=1,
    ... )
    >>> round(test.statistic, 3), round(test.p_value, 4), test.difference
    (-5.508, 0.0009, -3.25)
    """
    h = checks.whole_number("horizon", horizon, at_least=1)
    checks.word("loss", loss, ("absolute", "squared"))
    level = checks.fraction("level", level)
    d = _loss_differences(actual, forecast, other, loss)
    n = len(d)
    if n <= h + 1:
        raise NotEnoughDataError(
            f"{n:,} forecasts are compared; horizon={h} needs at least {h + 2:,}"
        )
    from scipy.special import stdtr, stdtrit

    difference = float(d.mean())
    # The correction of the statistic, put into the standard error: the interval shares it.
    error = np.sqrt(_variance_of_mean(d, h) * n / (n + 1 - 2 * h + h * (h - 1) / n))
    if not error > 0:
        return DieboldMariano(np.nan, np.nan, difference, np.nan, np.nan, n)
    statistic = float(difference / error)
    reach = float(stdtrit(n - 1, (1 + level) / 2) * error)
    p_value = float(2 * stdtr(n - 1, -abs(statistic)))
    return DieboldMariano(statistic, p_value, difference, difference - reach, difference + reach, n)


def _loss_differences(
    actual: ArrayLike, forecast: ArrayLike, other: ArrayLike, loss: str
) -> NDArray[np.float64]:
    rows = [np.asarray(each, np.float64) for each in (actual, forecast, other)]
    if any(row.ndim != 1 or row.shape != rows[0].shape for row in rows):
        raise DataContractError(
            "actual, forecast and other must be of one length and dimension, they have the shapes "
            + ", ".join(str(row.shape) for row in rows)
        )
    if bad := int((~np.isfinite(np.array(rows))).sum()):
        raise DataContractError(
            f"{bad:,} values of actual, forecast and other are missing or infinite; keep the "
            "origins at which all three are known"
        )
    power = 1 if loss == "absolute" else 2
    mine, others = (np.abs(rows[0] - each) ** power for each in rows[1:])
    differences: NDArray[np.float64] = mine - others
    return differences


def _variance_of_mean(d: NDArray[np.float64], h: int) -> float:
    centred = d - d.mean()
    n = len(d)
    covariance = np.array([centred[k:] @ centred[: n - k] for k in range(h)]) / n
    # A variance below the rounding of the differences is none.
    if covariance[0] <= (1e-12 * np.abs(d).max()) ** 2:
        return 0.0
    equal = covariance[0] + 2 * covariance[1:].sum()
    if equal > 1e-12 * covariance[0]:
        return float(equal / n)
    weights = 1 - np.arange(1, h) / h
    return float((covariance[0] + 2 * weights @ covariance[1:]) / n)
