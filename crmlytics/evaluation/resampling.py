"""Bootstrap intervals of any statistic, of independent rows or of rows in the order of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Named = Literal["mean", "median", "ratio"]
#: A statistic of resampled rows: shape (n,) or (n, k), as the values came.
Statistic = Named | Callable[["NDArray[np.float64]"], float]

# Cells of one block of resamples in memory.
_CELLS = 4_000_000


class BootstrapInterval(NamedTuple):
    """Result of `bootstrap_interval`.

    Attributes
    ----------
    estimate : float
        The statistic of the values as they are.
    low, high : float
        Ends of the interval.
    n : int
        Rows.
    standard_error : float
        Standard deviation of the statistic over the resamples.
    """

    estimate: float
    low: float
    high: float
    n: int
    standard_error: float


def bootstrap_interval(
    values: ArrayLike,
    *,
    statistic: Statistic = "mean",
    level: float = 0.95,
    n_resamples: int = 2000,
    block_length: int = 1,
    random_state: int | np.random.Generator | None = None,
) -> BootstrapInterval:
    """Say how far a statistic would move if other rows had been drawn.

    Parameters
    ----------
    values : array-like of shape (n,) or (n, k)
        One row per independent unit (customer, series), or per moment in the order of time. The
        columns of a row are drawn together: pairs stay pairs.
    statistic : {"mean", "median", "ratio"} or callable
        Of one column; ``"ratio"`` is the sum of the first column over that of the second, such as
        WAPE of absolute errors and actuals. A callable takes the rows drawn and returns a number.
    level : float
        Confidence of the interval, a fraction.
    n_resamples : int
        How often the rows are drawn anew, with replacement.
    block_length : int
        Rows drawn in one piece, for rows that depend on their neighbours in time: take at least
        the span over which forecasts overlap. 1: independent rows.
    random_state : int, Generator or None
        Seed of the drawing.

    Returns
    -------
    BootstrapInterval
        ``estimate``, ``low``, ``high``, ``n`` and ``standard_error``.

    Raises
    ------
    DataContractError
        If a value is missing or infinite.
    NotEnoughDataError
        If there are fewer than 2 blocks of rows.
    ValueError
        If an option is none of its values or the shape fits no statistic.

    Notes
    -----
    The percentile interval; with blocks the circular one of Politis and Romano, in which the last
    row is followed by the first. Resamples without a defined statistic (a ratio over 0) are left
    out. With fewer than about 20 rows it is too narrow, as every bootstrap is.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall.

    Politis, D. N. and Romano, J. P. (1992). A circular block-resampling procedure for stationary
    data. In LePage and Billard (eds.), Exploring the Limits of Bootstrap, 263-270. Wiley.

    Examples
    --------
    >>> from crmlytics.evaluation import bootstrap_interval
    >>> found = bootstrap_interval([3, 5, 4, 8, 6, 5, 7, 4], random_state=0)
    >>> found.estimate, found.low < found.estimate < found.high
    (5.25, True)
    """
    level = checks.fraction("level", level)
    n_resamples = checks.whole_number("n_resamples", n_resamples, at_least=1)
    block = checks.whole_number("block_length", block_length, at_least=1)
    generator = checks.random_generator(random_state)
    rows = _rows(values, statistic, block)
    estimate = float(_statistics(rows, np.arange(len(rows))[None, :], statistic)[0])
    drawn = np.empty(n_resamples)
    step = max(1, _CELLS // rows.size)
    for start in range(0, n_resamples, step):
        stop = min(start + step, n_resamples)
        places = _places(len(rows), stop - start, block, generator)
        drawn[start:stop] = _statistics(rows, places, statistic)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return BootstrapInterval(estimate, np.nan, np.nan, len(rows), np.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return BootstrapInterval(estimate, float(low), float(high), len(rows), float(drawn.std()))


def _rows(values: ArrayLike, statistic: Statistic, block: int) -> NDArray[np.float64]:
    rows = np.asarray(values, dtype=np.float64)
    if not callable(statistic):
        checks.word("statistic", statistic, get_args(Named))
        wanted = 2 if statistic == "ratio" else 1
        if (rows.shape[1] if rows.ndim == 2 else rows.ndim) != wanted or rows.ndim > 2:
            raise ValueError(
                f"statistic={statistic!r} needs {wanted} column(s), the values have the shape "
                f"{rows.shape}"
            )
        rows = rows if wanted == 2 else rows.reshape(-1)
    elif rows.ndim not in (1, 2):
        raise ValueError(f"values must have 1 or 2 dimensions, they have {rows.ndim}")
    if bad := int((~np.isfinite(rows)).sum()):
        raise DataContractError(
            f"{bad:,} of {rows.size:,} values are missing or infinite; "
            "see them with np.argwhere(~np.isfinite(values))"
        )
    if len(rows) < 2 * block:
        raise NotEnoughDataError(
            f"{len(rows):,} rows are fewer than the {2 * block:,} (2 blocks of {block:,}) that a "
            "bootstrap needs"
        )
    return rows


def _places(n: int, draws: int, block: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Rows of each resample: blocks from random starts round a circle, cut to n."""
    starts = generator.integers(0, n, (draws, -(-n // block)))
    if block == 1:
        return starts
    inside = np.arange(block)
    places = ((starts[:, :, None] + inside) % n).reshape(draws, -1)
    return places[:, :n]


def _statistics(
    rows: NDArray[np.float64], places: NDArray[np.int64], statistic: Statistic
) -> NDArray[np.float64]:
    if statistic == "ratio":
        above, below = rows[places].sum(axis=1).T
        quotient = np.full(len(above), np.nan)
        np.divide(above, below, out=quotient, where=below != 0)
        return quotient
    if statistic in ("mean", "median"):
        function = np.mean if statistic == "mean" else np.median
        found: NDArray[np.float64] = function(rows[places], axis=1)
        return found
    return np.array([float(statistic(rows[each])) for each in places])  # type: ignore[operator]
