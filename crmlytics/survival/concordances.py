"""How good a predicted risk or survival is, the open cases counted as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import _cases as cases
from crmlytics.survival import _product_limit as kernel
from crmlytics.survival._ranked_pairs import ranked_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Concordance(NamedTuple):
    """Share of comparable pairs in which the case of higher risk ended first."""

    concordance: float
    low: float
    high: float
    n: int
    n_events: int


class BrierScore(NamedTuple):
    """Mean squared error of predicted survival at one time, and that of one curve for all."""

    score: float
    low: float
    high: float
    baseline: float
    n: int


def concordance(
    durations: Any,
    events: Any,
    *,
    risk: Any,
    method: Literal["harrell", "uno"] = "harrell",
    until: float | None = None,
    level: float = 0.95,
    data: Any = None,
) -> Concordance:
    r"""Measure how well a risk ranks cases by the time at which they end.

    Parameters
    ----------
    durations : array-like, or str
        Age at which each case ended or was last seen, from 0.
    events : array-like, or str
        1 where the event was seen at that age, 0 where the case is still open.
    risk : array-like, or str
        Predicted risk, larger for cases expected to end sooner; of a predicted survival its
        negative.
    method : {"harrell", "uno"}
        ``"harrell"`` counts pairs as they are seen, and so depends on how long cases were watched;
        ``"uno"`` weights them by the inverse probability of being watched, and does not.
    until : float, optional
        Only events before this age count. Uno's needs it where hardly anybody is watched so long.
    level : float
        Confidence of the interval.
    data : frame, optional
        Frame of any engine whose columns the other parameters name.

    Returns
    -------
    Concordance
        ``concordance`` (0.5 is chance, 1 perfect), ``low``, ``high``, ``n`` cases, ``n_events``.

    Raises
    ------
    ColumnNotFoundError
        If `data` lacks a column that is named.
    DataContractError
        If values are missing, infinite or negative, or an event is neither 0 nor 1.
    NotEnoughDataError
        If no two cases can be compared.

    Notes
    -----
    Comparable are a case that ended and one that lasted longer, or was last seen at the same age;
    equal risks count half. The interval is the jackknife's, linearised; the weights of Uno's count
    as known. Costs a sort per binary digit of the number of distinct ages.

    References
    ----------
    Harrell, F. E., Lee, K. L. and Mark, D. B. (1996). Multivariable Prognostic Models. Statistics
    in Medicine 15, 361-387.

    Uno, H. et al. (2011). On the C-statistics for evaluating overall adequacy of risk prediction
    procedures with censored survival data. Statistics in Medicine 30, 1105-1117.

    Examples
    --------
    >>> from crmlytics.survival import concordance
    >>> found = concordance([3, 5, 8, 12], [1, 1, 0, 1], risk=[0.9, 0.4, 0.6, 0.1])
    >>> found.concordance, found.n_events
    (0.8, 3)
    """
    from scipy.special import ndtri

    checks.fraction("level", level)
    checks.word("method", method, ("harrell", "uno"))
    held = cases.read_columns(data, {"durations": durations, "events": events, "risk": risk})
    ages, seen = cases.durations_of(held), cases.events_of(held)
    score = cases.numbers_of(held, "risk")
    weight = seen.astype(np.float64)
    if until is not None:
        weight = weight * (ages < checks.number("until", until, above=0.0))
    if method == "uno":
        weight = weight * _inverse(_watched(ages, seen)) ** 2
    _, age = np.unique(ages, return_inverse=True)
    _, rank = np.unique(score, return_inverse=True)
    pairs = ranked_pairs(2 * age.astype(np.int64) + ~seen, rank.astype(np.int64), weight)
    total = pairs.comparable.sum() / 2
    if not total > 0:
        raise NotEnoughDataError(
            "no two cases can be compared; at least one event is needed, and a case that lasts "
            "longer"
        )
    c = float(pairs.agreeing.sum() / 2 / total)
    error = float(np.sqrt(((pairs.agreeing - c * pairs.comparable) ** 2).sum())) / total
    half = float(ndtri((1 + level) / 2)) * error
    return Concordance(
        c, max(c - half, 0.0), min(c + half, 1.0), len(ages), int((weight > 0).sum())
    )


def brier_score(
    durations: Any,
    events: Any,
    *,
    survival: Any,
    time: float,
    level: float = 0.95,
    data: Any = None,
) -> BrierScore:
    r"""Measure the squared error of predicted survival at one age.

    Parameters
    ----------
    durations : array-like, or str
        Age at which each case ended or was last seen, from 0.
    events : array-like, or str
        1 where the event was seen at that age, 0 where the case is still open.
    survival : array-like, or str
        Predicted probability to last beyond `time`.
    time : float
        The age, in the unit of the durations.
    level : float
        Confidence of the interval.
    data : frame, optional
        Frame of any engine whose columns the other parameters name.

    Returns
    -------
    BrierScore
        ``score`` (0 is perfect) with ``low``, ``high``; ``baseline``, the score of the
        Kaplan-Meier estimate of these cases, the same for everybody; ``n``.

    Raises
    ------
    ColumnNotFoundError
        If `data` lacks a column that is named.
    DataContractError
        If values are missing or no numbers, or a survival is no probability.
    NotEnoughDataError
        If nobody was watched until `time`.

    Notes
    -----
    :math:`\frac1n \sum_i S_i^2 \, 1(T_i \le t, \delta_i = 1) / G(T_i-) +
    (1 - S_i)^2 \, 1(T_i > t) / G(t)`, with G the Kaplan-Meier estimate of being watched still
    (Graf et al. 1999): those last seen open before `time` count through the others.

    References
    ----------
    Graf, E., Schmoor, C., Sauerbrei, W. and Schumacher, M. (1999). Assessment and comparison of
    prognostic classification schemes for survival data. Statistics in Medicine 18, 2529-2545.

    Examples
    --------
    >>> from crmlytics.survival import brier_score
    >>> found = brier_score([2, 4, 6, 8], [1, 1, 0, 0], survival=[0.1, 0.4, 0.8, 0.9], time=5)
    >>> round(found.score, 3), found.baseline
    (0.055, 0.25)
    """
    from scipy.special import ndtri

    checks.fraction("level", level)
    time = checks.number("time", time, at_least=0.0)
    wanted = {"durations": durations, "events": events, "survival": survival}
    held = cases.read_columns(data, wanted)
    ages, seen = cases.durations_of(held), cases.events_of(held)
    predicted = cases.numbers_of(held, "survival")
    if bad := int(((predicted < 0) | (predicted > 1)).sum()):
        raise DataContractError(f"{bad:,} of {len(predicted):,} survivals are not between 0 and 1")
    if not (ages >= time).any():
        raise NotEnoughDataError(f"nobody was watched until {time:g}; choose an earlier time")
    ended, open_still = (ages <= time) & seen, ages > time
    weight = ended * _inverse(_watched(ages, seen))
    weight = weight + open_still * _inverse(_watched_at(ages, seen, time))
    error = np.where(ended, predicted, 1.0 - predicted) ** 2 * weight
    score, n = float(error.mean()), len(error)
    constant = float(_survival_at(ages, seen, time))
    baseline = float((np.where(ended, constant, 1.0 - constant) ** 2 * weight).mean())
    spread = float(error.std(ddof=1)) if n > 1 else np.nan
    half = float(ndtri((1 + level) / 2)) * spread / np.sqrt(n)
    return BrierScore(score, max(score - half, 0.0), score + half, baseline, n)


def _watched(ages: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probability to be watched still, just before each case's own age.

    At equal ages events come before censorings, so that those who end are not at risk of it.
    """
    times, survival = _censoring(ages, seen)
    return survival[np.searchsorted(times, ages, side="left")]


def _watched_at(ages: NDArray[np.float64], seen: NDArray[np.bool_], time: float) -> float:
    times, survival = _censoring(ages, seen)
    return float(survival[np.searchsorted(times, time, side="right")])


def _censoring(
    ages: NDArray[np.float64], seen: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ages and the survival after each, before the first 1."""
    table = kernel.life_table(ages, ~seen)
    gone = kernel.life_table(ages, seen).events
    left = table.at_risk - gone
    share = np.where(left > 0, table.events / np.maximum(left, 1), 0.0)
    return table.time, np.concatenate(([1.0], np.cumprod(1.0 - share)))


def _survival_at(ages: NDArray[np.float64], seen: NDArray[np.bool_], time: float) -> float:
    table = kernel.life_table(ages, seen)
    survival, _ = kernel.product_limit(table.group, table.at_risk, table.events)
    return float(survival[np.searchsorted(table.time, time, side="right") - 1])


def _inverse(share: Any) -> Any:
    """Weights; nobody who can be seen has a probability of 0 to be watched."""
    return 1.0 / np.where(np.asarray(share) > 0, share, np.inf)
