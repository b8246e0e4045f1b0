"""Whom to contact so that it pays: the profit at every cut, and the best cut beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation._retention_profit import gains_of
from crmlytics.evaluation._scored import as_table, numbers, read_scored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray


class OptimalCutoff(NamedTuple):
    """What `optimal_cutoff` returns; arrays have a value for each row that came in."""

    threshold: float | NDArray[np.float64]
    contact: NDArray[np.bool_]
    expected_gain: NDArray[np.float64]
    n_contacted: int
    total_expected_gain: float


def profit_curve(
    y: ArrayLike,
    score: ArrayLike,
    *,
    value: ArrayLike | None = None,
    offer_cost: ArrayLike | None = None,
    contact_cost: ArrayLike = 0.0,
    acceptance: ArrayLike = 1.0,
    costs: Mapping[str, ArrayLike] | None = None,
    level: float = 0.95,
) -> Any:
    """Profit of contacting everybody with at least a score, for every score there is.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        Who would have left (1).
    score : column of numbers, same length
        Higher is contacted first.
    value : number or column
        Money that a churner is worth who stays, such as the lifetime value.
    offer_cost : number or column
        Cost of the offer, paid when it is taken: by a churner with the probability `acceptance`,
        by everybody else for certain.
    contact_cost : number or column
        Cost of the contact, paid for everybody contacted.
    acceptance : number or column
        Probability that a would-be churner accepts and stays, a fraction.
    costs : mapping of "tp", "fp", "tn", "fn" to number or column, optional
        Costs of true and false positives and negatives instead of an offer; profit then counts
        against contacting nobody.
    level : float
        Confidence of the interval of the profit, a fraction.

    Returns
    -------
    frame
        pandas, or the kind of the column `y`; first the row of nobody, then one per distinct
        score, highest first: ``threshold`` (contacted is who scores at least this; null in the
        first row), ``n``, ``share`` (of the rows), ``events`` among them, ``profit``, ``low`` and
        ``high``, ``profit_per_customer`` (over all rows).

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, a cost is negative, lengths differ, or values are missing.
    NotEnoughDataError
        If there is no row.
    ValueError
        If neither an offer nor `costs` is given, or both are.

    Notes
    -----
    A contacted churner brings acceptance × (value - offer) - contact, anybody else costs offer +
    contact. The interval is of the sum over a sample of this size. The best row of this table was
    chosen in hindsight and is too good: choose beforehand with `optimal_cutoff`.

    References
    ----------
    Neslin, S. A., Gupta, S., Kamakura, W., Lu, J. and Mason, C. H. (2006). Defection detection.
    Journal of Marketing Research 43(2), 204-211.

    Examples
    --------
    >>> from crmlytics.evaluation import profit_curve
    >>> profit_curve(
    ...     [1, 0, 1, 0], [0.9, 0.4, 0.4, 0.1], value=200, offer_cost=10, contact_cost=1,
    ...     acceptance=0.3,
    ... )[["threshold", "n", "events", "profit"]]
       threshold  n  events  profit
    0        NaN  0       0     0.0
    1        0.9  1       1    56.0
    2        0.4  3       2   101.0
    3        0.1  4       2    90.0
    """
    from scipy.special import ndtri

    level = checks.fraction("level", level)
    held = read_scored(y, score)
    gains = gains_of(
        held.n,
        value=value,
        offer_cost=offer_cost,
        contact_cost=contact_cost,
        acceptance=acceptance,
        costs=costs,
    )
    profit = np.where(held.y == 1, gains.on_event, gains.on_none)
    falling, place = np.unique(-held.score, return_inverse=True)

    def so_far(values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.bincount(place, weights=values, minlength=len(falling))
        return np.concatenate(([0.0], np.cumsum(sums)))

    n, total = so_far(np.ones(held.n)), so_far(profit)
    variance = np.maximum(so_far(profit**2) - total**2 / held.n, 0.0)
    half = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
    return as_table(
        {
            "threshold": np.concatenate(([np.nan], -falling)),
            "n": n.astype(np.int64),
            "share": n / held.n,
            "events": np.rint(so_far(held.y)).astype(np.int64),
            "profit": total,
            "low": total - half,
            "high": total + half,
            "profit_per_customer": total / held.n,
        },
        like=y,
    )


def optimal_cutoff(
    probability: ArrayLike,
    *,
    value: ArrayLike | None = None,
    offer_cost: ArrayLike | None = None,
    contact_cost: ArrayLike = 0.0,
    acceptance: ArrayLike = 1.0,
    costs: Mapping[str, ArrayLike] | None = None,
    capacity: int | None = None,
) -> OptimalCutoff:
    """Say whom to contact, before the outcome is known, so that the expected profit is largest.

    Parameters
    ----------
    probability : column of numbers between 0 and 1
        Calibrated probability of the event, such as of leaving.
    value, offer_cost, contact_cost, acceptance, costs : number or column
        As for `profit_curve`; columns give each customer a cut of its own.
    capacity : int, optional
        Most contacts that can be made. None contacts everybody whom it pays to contact.

    Returns
    -------
    OptimalCutoff
        ``threshold`` (the probability above which contact pays: a number, or an array where terms
        differ by customer; infinite where it never pays), ``contact`` (bool by row),
        ``expected_gain`` (money by row, of contacting), ``n_contacted``, ``total_expected_gain``
        (over those contacted).

    Raises
    ------
    DataContractError
        If a probability lies outside 0 to 1, a cost is negative, or lengths differ.
    NotEnoughDataError
        If there is no row.
    ValueError
        If neither an offer nor `costs` is given, or both are; if `capacity` is negative.

    Notes
    -----
    With p the probability, d the offer, f the contact and γ the acceptance, contact pays on
    average by p [γ (value - d) + d] - (d + f), so above
    t = (d + f) / (γ (value - d) + d); with costs above
    (FP - TN) / (FP - TN + FN - TP). Under a capacity the largest gains are contacted first, not
    the largest probabilities; ties go in the order of the rows. The cut is only as good as the
    probabilities are calibrated: check with `calibration_slope`.

    References
    ----------
    Neslin et al. (2006). Journal of Marketing Research 43(2), 204-211.
    Elkan, C. (2001). The foundations of cost-sensitive learning. IJCAI, equation 2.

    Examples
    --------
    >>> from crmlytics.evaluation import optimal_cutoff
    >>> found = optimal_cutoff(
    ...     [0.5, 0.2, 0.1], value=200, offer_cost=10, contact_cost=1, acceptance=0.3
    ... )
    >>> round(found.threshold, 4), found.contact.tolist()
    (0.1642, [True, True, False])
    """
    p = numbers("probability", probability)
    if not len(p):
        raise NotEnoughDataError("probability is empty; at least one row is needed")
    if bad := int(((p < 0) | (p > 1)).sum()):
        raise DataContractError(f"{bad:,} of {len(p):,} values of probability lie outside 0 to 1")
    gains = gains_of(
        len(p),
        value=value,
        offer_cost=offer_cost,
        contact_cost=contact_cost,
        acceptance=acceptance,
        costs=costs,
    )
    swing = gains.on_event - gains.on_none
    threshold = np.full(len(p), np.inf)
    np.divide(-gains.on_none, swing, out=threshold, where=swing > 0)
    threshold[threshold >= 1.0] = np.inf  # no probability is above 1
    expected = p * gains.on_event + (1.0 - p) * gains.on_none
    contact = expected > 0
    if capacity is not None:
        most = checks.whole_number("capacity", capacity, at_least=0)
        kept = np.argsort(-expected, kind="stable")[:most]
        contact = contact & np.isin(np.arange(len(p)), kept)
    one = bool((threshold == threshold[0]).all())
    return OptimalCutoff(
        threshold=float(threshold[0]) if one else threshold,
        contact=contact,
        expected_gain=expected,
        n_contacted=int(contact.sum()),
        total_expected_gain=float(expected[contact].sum()),
    )
