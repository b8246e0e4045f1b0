"""The expected maximum profit of a churn score, over an uncertain rate of acceptance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.evaluation._scored import read_scored

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from crmlytics.evaluation._scored import Scored


class MaximumProfit(NamedTuple):
    """What `empc` returns: money per customer, and the share of customers contacted for it."""

    empc: float
    share: float
    n: int
    events: int


def empc(
    y: ArrayLike,
    score: ArrayLike,
    *,
    value: float = 200.0,
    offer_cost: float = 10.0,
    contact_cost: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
) -> MaximumProfit:
    """Expected maximum profit per customer of a churn score, and the share to contact for it.

    Parameters
    ----------
    y : column of 0 and 1, or booleans
        Who left (1).
    score : column of numbers, same length
        Higher means more likely to leave; only the order matters.
    value : float
        Value of a customer who stays, in money.
    offer_cost, contact_cost : float
        Cost of the offer, paid when it is taken, and of the contact.
    alpha, beta : float
        The share of would-be churners who accept is Beta(alpha, beta); the defaults have mean .3.

    Returns
    -------
    MaximumProfit
        ``empc`` (money per customer), ``share`` (customers to contact, a fraction), ``n``,
        ``events``.

    Raises
    ------
    DataContractError
        If `y` is not 0 or 1, or values are missing.
    NotEnoughDataError
        If only one of the outcomes occurs.
    ValueError
        If a cost is negative, or the offer costs as much as the customer is worth.

    Notes
    -----
    With F₀(t), F₁(t) the shares of churners and of others who score at least t, π₀ and π₁ their
    shares of all, δ = offer / value and φ = contact / value, the profit at acceptance γ is
    value {[γ(1 - δ) - φ] π₀F₀(t) - (δ + φ) π₁F₁(t)}, and EMPC is the mean over γ of its maximum
    over t. The best t moves along the upper hull of the ROC curve as γ grows, so the integral is
    a finite sum of Beta distribution functions: no grid, no error of integration. Rows of equal
    score are one point of the curve. The maximum is taken in hindsight: it compares scores, and
    promises no profit.

    References
    ----------
    Verbraken, T., Verbeke, W. and Baesens, B. (2013). A novel profit maximizing metric for
    measuring classification performance of customer churn prediction models. IEEE Transactions on
    Knowledge and Data Engineering 25(5), 961-973.

    Examples
    --------
    >>> from crmlytics.evaluation import empc
    >>> found = empc(
    ...     [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0],
    ...     [0.91, 0.83, 0.83, 0.62, 0.55, 0.41, 0.41, 0.33, 0.21, 0.12, 0.08, 0.02],
    ... )
    >>> round(found.empc, 6), round(found.share, 6)
    (15.923661, 0.578066)
    """
    from scipy.special import betainc

    worth = checks.number("value", value, above=0.0)
    delta = checks.number("offer_cost", offer_cost, at_least=0.0) / worth
    phi = checks.number("contact_cost", contact_cost, at_least=0.0) / worth
    a, b = checks.number("alpha", alpha, above=0.0), checks.number("beta", beta, above=0.0)
    if delta >= 1.0:
        raise ValueError(f"offer_cost={offer_cost!r} must be below value={value!r}")
    held = read_scored(y, score, both=True)
    pi0 = held.events / held.n
    others, churners = upper_hull(held)
    lost, won = (1.0 - pi0) * np.diff(others), pi0 * np.diff(churners)
    gamma = np.full(len(won), np.inf)
    np.divide((delta + phi) * lost + phi * won, (1.0 - delta) * won, out=gamma, where=won > 0)
    bounds = np.concatenate(([0.0], np.clip(gamma, 0.0, 1.0), [1.0]))
    share_of = np.diff(betainc(a, b, bounds))
    mean_of = a / (a + b) * np.diff(betainc(a + 1.0, b, bounds))
    reached, wasted = pi0 * churners, (1.0 - pi0) * others
    profit = (1.0 - delta) * reached * mean_of
    profit -= (phi * reached + (delta + phi) * wasted) * share_of
    return MaximumProfit(
        empc=float(worth * profit.sum()),
        share=float(((reached + wasted) * share_of).sum()),
        n=held.n,
        events=held.events,
    )


def upper_hull(held: Scored) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices of the upper hull of the ROC curve, from (0, 0) to (1, 1)."""
    _, place = np.unique(-held.score, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=held.y))
    size = np.cumsum(np.bincount(place))
    x = np.concatenate(([0.0], (size - hits) / (held.n - held.events)))
    y = np.concatenate(([0.0], hits / held.events))
    kept: list[int] = []
    for i in range(len(x)):
        while len(kept) > 1 and _is_below(x, y, kept[-2], kept[-1], i):
            kept.pop()
        kept.append(i)
    return x[kept], y[kept]


def _is_below(x: NDArray[np.float64], y: NDArray[np.float64], a: int, b: int, c: int) -> bool:
    """Whether b lies on or under the line from a to c."""
    left = (x[b] - x[a]) * (y[c] - y[a])
    right = (y[b] - y[a]) * (x[c] - x[a])
    return bool(left >= right)
