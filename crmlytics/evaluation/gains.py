"""Gains and lift: how much of what is sought lies among the highest scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics._core.intervals import wilson
from crmlytics.evaluation._scored import as_table, equal_frequency, read_scored

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Lift(NamedTuple):
    """What `lift_at` finds among the highest scores."""

    share: float
    n: float
    events: float
    rate: float
    low: float
    high: float
    lift: float
    lift_low: float
    lift_high: float
    captured: float


def gains_table(y: ArrayLike, score: ArrayLike, *, n_bins: int = 10, level: float = 0.95) -> Any:
    """Cut the rows into bins of falling score and count the events in each.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    score : column of numbers, same length
        Higher means more likely.
    n_bins : int
        Number of bins, of equal size as far as ties allow.
    level : float
        Confidence of the interval of the rate, a fraction.

    Returns
    -------
    frame
        pandas, or the kind of the column `y`; one row per bin, highest scores first: ``bin``
        (1 …), ``n``, ``events``, ``rate``, ``low`` and ``high`` (Wilson), ``lowest_score``,
        ``highest_score``, ``lift`` (rate over the overall rate), and over this bin and those
        above it ``contacted`` and ``captured`` (shares of all rows and of all events),
        ``cumulative_lift`` and ``separation`` (captured events less captured others; its maximum
        is the Kolmogorov-Smirnov distance at the bins). Null where there is no event at all.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, or values are missing.
    NotEnoughDataError
        If there is no row.
    ValueError
        If `n_bins` or `level` is out of its range.

    Notes
    -----
    Rows of equal score share a bin: an order among them would be invented. A score with few
    distinct values gives fewer bins than asked for.

    Examples
    --------
    >>> from crmlytics.evaluation import gains_table
    >>> table = gains_table([1, 0, 1, 0, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.2, 0.1], n_bins=3)
    >>> table[["bin", "n", "events", "rate", "lift", "captured", "cumulative_lift"]]
       bin  n  events  rate  lift  captured  cumulative_lift
    0    1  2       1   0.5   1.5       0.5              1.5
    1    2  2       1   0.5   1.5       1.0              1.5
    2    3  2       0   0.0   0.0       1.0              1.0
    """
    checks.whole_number("n_bins", n_bins, at_least=1)
    level = checks.fraction("level", level)
    held = read_scored(y, score)
    code = equal_frequency(-held.score, n_bins)
    n = np.bincount(code)
    events = np.rint(np.bincount(code, weights=held.y)).astype(np.int64)
    low, high = wilson(events, n, level)
    total, others = held.events, held.n - held.events
    above, found = np.cumsum(n), np.cumsum(events)
    base = total / held.n
    return as_table(
        {
            "bin": np.arange(1, len(n) + 1),
            "n": n.astype(np.int64),
            "events": events,
            "rate": events / n,
            "low": low,
            "high": high,
            "lowest_score": _extreme(held.score, code, np.minimum, np.inf),
            "highest_score": _extreme(held.score, code, np.maximum, -np.inf),
            "lift": _over(events / n, base),
            "contacted": above / held.n,
            "captured": _over(found, total),
            "cumulative_lift": _over(found / above, base),
            "separation": _over(found, total) - _over(above - found, others),
        },
        like=y,
    )


def lift_at(y: ArrayLike, score: ArrayLike, *, share: float = 0.1, level: float = 0.95) -> Lift:
    """Say how many times more often the event came about among the highest scores.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        What came about.
    score : column of numbers, same length
        Higher means more likely.
    share : float
        Share of the rows with the highest scores, a fraction up to 1.
    level : float
        Confidence of the intervals, a fraction.

    Returns
    -------
    Lift
        ``share``, ``n`` (rows taken), ``events`` and ``rate`` among them, ``low`` and ``high`` of
        the rate (Wilson), ``lift`` (rate over the overall rate) with ``lift_low`` and
        ``lift_high`` (the same interval over the overall rate, taken as known), ``captured``
        (share of all events).

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, or values are missing.
    NotEnoughDataError
        If there is no row, or only one of the outcomes.
    ValueError
        If `share` is not above 0 and at most 1.

    Notes
    -----
    Rows tied at the border count with the part that fits, which is the mean over all orders among
    them; so ``events`` need not be whole.

    Examples
    --------
    >>> from crmlytics.evaluation import lift_at
    >>> found = lift_at([1, 0, 1, 0, 0, 0], [0.9, 0.8, 0.6, 0.3, 0.2, 0.1], share=0.5)
    >>> found.lift, found.captured
    (2.0, 1.0)
    """
    level = checks.fraction("level", level)
    part = checks.number("share", share, above=0.0)
    if part > 1.0:
        raise ValueError(f"share must be above 0 and at most 1, got {share!r}")
    held = read_scored(y, score, both=True)
    values, place = np.unique(-held.score, return_inverse=True)
    size = np.bincount(place, minlength=len(values)).astype(np.float64)
    events = np.bincount(place, weights=held.y, minlength=len(values))
    taken = part * held.n
    before = np.cumsum(size) - size
    fits = np.clip((taken - before) / size, 0.0, 1.0)
    found = float((fits * events).sum())
    low, high = (float(end) for end in wilson(found, taken, level))
    base = held.events / held.n
    rate = found / taken
    return Lift(
        share=part,
        n=taken,
        events=found,
        rate=rate,
        low=low,
        high=high,
        lift=rate / base,
        lift_low=low / base,
        lift_high=high / base,
        captured=found / held.events,
    )


def _over(above: Any, below: float) -> NDArray[np.float64]:
    values = np.asarray(above, np.float64)
    return values / below if below > 0 else np.full(len(values), np.nan)


def _extreme(
    values: NDArray[np.float64], code: NDArray[np.int64], pick: Any, start: float
) -> NDArray[np.float64]:
    result = np.full(int(code.max()) + 1, start)
    pick.at(result, code, values)
    return result
