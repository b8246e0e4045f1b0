"""The Wilson interval of a share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import checks, intervals
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class ShareInterval(NamedTuple):
    """Result of `wilson_interval`, arrays of one shape (numbers if numbers were given).

    Attributes
    ----------
    rate : ndarray
        Share of successes, a fraction; NaN where n is 0.
    low, high : ndarray
        Ends of the interval; NaN where n is 0.
    n : ndarray
        Trials.
    """

    rate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.float64]


def wilson_interval(successes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> ShareInterval:
    r"""Give a share its score interval, which behaves at 0, at 1 and in small numbers.

    Parameters
    ----------
    successes : array-like
        Successes, 0 to `n`.
    n : array-like
        Trials; broadcast with `successes`.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    ShareInterval
        ``rate``, ``low``, ``high`` and ``n``.

    Raises
    ------
    DataContractError
        If there are more successes than trials, or negative or missing counts.
    ValueError
        If `level` is no fraction.

    Notes
    -----
    The shares p that a test of size 1 − level does not reject:
    \|p̂ − p\| ≤ z √(p (1 − p) / n).

    References
    ----------
    Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference.
    Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> from crmlytics.evaluation import wilson_interval
    >>> found = wilson_interval(3, 20)
    >>> round(float(found.low), 4), round(float(found.high), 4)
    (0.0524, 0.3604)
    """
    level = checks.fraction("level", level)
    x, size = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    if bad := int((~((x >= 0) & (x <= size) & np.isfinite(size))).sum()):
        raise DataContractError(
            f"{bad:,} of {x.size:,} pairs are no counts with 0 <= successes <= n; "
            "see them with np.flatnonzero(~((successes >= 0) & (successes <= n)))"
        )
    low, high = intervals.wilson(x, size, level)
    rate = np.divide(x, size, out=np.full(x.shape, np.nan), where=size > 0)
    return ShareInterval(rate, low, high, size.copy())
