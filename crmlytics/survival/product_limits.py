"""Product-limit curves from arrays to arrays: many groups at once, weights of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.errors import DataContractError
from crmlytics.survival import _product_limit as kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ProductLimit(NamedTuple):
    """Kaplan and Meier's curves of groups 0, 1, …, a row per group and distinct time.

    Attributes
    ----------
    group : ndarray of int64
        Group of each row, ascending.
    time : ndarray of float64
        Time of each row, ascending within a group; a group begins at time 0.
    at_risk : ndarray of int64, or of float64 with weights
        Weight of the cases that last until the time at least.
    events : ndarray of int64, or of float64 with weights
        Weight of those whose event is seen at it.
    survival : ndarray of float64
        Estimated share that lasts longer.
    greenwood : ndarray of float64
        Greenwood's sum: the variance of the survival S is S² times it; NaN once S is 0.
    """

    group: NDArray[np.int64]
    time: NDArray[np.float64]
    at_risk: NDArray[np.int64] | NDArray[np.float64]
    events: NDArray[np.int64] | NDArray[np.float64]
    survival: NDArray[np.float64]
    greenwood: NDArray[np.float64]


def product_limit(
    durations: NDArray[np.float64] | NDArray[np.int64],
    events: NDArray[np.bool_],
    *,
    group: NDArray[np.int64] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> ProductLimit:
    r"""Multiply survival up for each group, from arrays to arrays.

    What `kaplan_meier` does, without a frame and intervals, for code that needs many curves or
    weights that are no whole numbers.

    Parameters
    ----------
    durations : ndarray, shape (n,)
        Time at which each case ended or was last seen, finite, from 0.
    events : ndarray of bool, shape (n,)
        Whether the end was seen; the other cases are open.
    group : ndarray of int64, shape (n,), optional
        Number of each case's group, from 0; a number without cases has one row with nobody at
        risk. None is one group.
    weights : ndarray of float64, shape (n,), optional
        Weight of each case, above 0. None is 1 each.

    Returns
    -------
    ProductLimit
        Rows by group and time; no rows for no cases.

    Raises
    ------
    DataContractError
        If the arrays differ in length, a duration is negative or not finite, a group negative, or
        a weight not above 0.

    Notes
    -----
    :math:`\hat S(t) = \prod_{t_i \le t} (1 - d_i / n_i)`, with weights :math:`d_i` of the events
    and :math:`n_i` at risk. Greenwood's sum takes the weights for numbers of cases. One sort of
    the durations, none where they are whole and small.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric Estimation from Incomplete Observations.
    Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.survival import product_limit
    >>> curve = product_limit(np.array([3, 5, 5, 8]), np.array([True, True, False, True]))
    >>> curve.time.tolist(), curve.at_risk.tolist(), curve.survival.tolist()
    ([0.0, 3.0, 5.0, 8.0], [4, 4, 3, 1], [1.0, 0.75, 0.5, 0.0])
    """
    _check(len(events), durations=durations, group=group, weights=weights)
    table = kernel.life_table(
        np.asarray(durations, np.float64), np.asarray(events, bool), code=group, weights=weights
    )
    survival, greenwood = kernel.product_limit(table.group, table.at_risk, table.events)
    return ProductLimit(table.group, table.time, table.at_risk, table.events, survival, greenwood)


def product_limit_quantile(curves: ProductLimit, q: float, *, n_groups: int) -> NDArray[np.float64]:
    """Read from each curve the first time by which the share `q` has ended.

    Parameters
    ----------
    curves : ProductLimit
        Result of `product_limit`.
    q : float
        Share that has ended, between 0 and 1: 0.5 is the median.
    n_groups : int
        Number of groups, 0 to ``n_groups - 1``.

    Returns
    -------
    ndarray of float64, shape (n_groups,)
        Time of each group, in the unit of the durations; NaN where it is not seen.

    Raises
    ------
    ValueError
        If `q` is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.survival import product_limit, product_limit_quantile
    >>> curve = product_limit(np.array([3, 5, 5, 8]), np.array([True, True, False, False]))
    >>> product_limit_quantile(curve, 0.5, n_groups=1).tolist()
    [5.0]
    >>> product_limit_quantile(curve, 0.75, n_groups=1).tolist()
    [nan]
    """
    if not 0.0 < q < 1.0:
        raise ValueError(f"q must be above 0 and below 1, got {q!r}")
    return kernel.first_times(curves.group, curves.time, curves.survival, 1.0 - q, n_groups)


def _check(n: int, **arrays: NDArray[np.float64] | NDArray[np.int64] | None) -> None:
    """Refuse arrays that are no cases, with the number of those that are not."""
    for name, values in arrays.items():
        if values is None:
            continue
        if len(values) != n:
            raise DataContractError(f"{name} has {len(values):,} values for {n:,} events")
        fits = values > 0 if name == "weights" else values >= 0
        if bad := int(n - np.count_nonzero(fits & np.isfinite(values))):
            least = "above 0" if name == "weights" else "0 or more"
            raise DataContractError(f"{bad:,} of {n:,} {name} are not finite numbers {least}")
