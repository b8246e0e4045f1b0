"""Prediction intervals from a scale and the number of residuals it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from crmlytics._core import checks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def check_levels(levels: Iterable[float]) -> dict[str, float]:
    """Return each level under its percentage as columns write it: ``{"80": 0.8}``."""
    try:
        checked = [checks.fraction("levels", level) for level in levels]
    except TypeError as error:
        raise ValueError(
            f"levels must be fractions in a sequence such as (0.8, 0.95), got {levels!r}"
        ) from error
    named = {f"{100 * level:g}": level for level in checked}
    if len(named) < len(checked):
        raise ValueError(f"levels must differ from each other, got {levels!r}")
    return named


def student_interval(
    forecast: NDArray[np.float64],
    scale: NDArray[np.float64],
    n_residuals: NDArray[np.int64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper bound of the central interval that covers with probability `level`.

    Parameters
    ----------
    forecast, scale : ndarray of shape (n_series, horizon)
        Point forecasts and the standard deviations of their errors.
    n_residuals : ndarray of shape (n_series,)
        Degrees of freedom: how many residuals the scale was estimated from.
    level : float
        Probability covered, a fraction.

    Notes
    -----
    forecast ± t_{n, (1 + level)/2} scale. The normal quantile pretends that the scale is known:
    with 12 residuals its 95 % interval covers 92.6 %. When the errors are independent and normal
    about zero and the scale is their root mean square, Student's t covers exactly.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.forecast.intervals import student_interval
    >>> low, high = student_interval(np.array([[10.0]]), np.array([[2.0]]), np.array([12]), 0.95)
    >>> low.round(3), high.round(3)  # 2.179 standard deviations
    (array([[5.642]]), array([[14.358]]))
    """
    freedom = np.where(n_residuals > 0, n_residuals, np.nan)
    reach = stdtrit(freedom, (1 + level) / 2)[:, None] * scale
    return forecast - reach, forecast + reach
