"""Reading a survival curve: the share at an age, the age by which a share has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.survival import _curves as curves
from crmlytics.survival import _product_limit as product_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT


def survival_at(curve: IntoFrameT, times: float | Sequence[float]) -> IntoFrameT:
    """Read the survival at given ages off a curve.

    Parameters
    ----------
    curve : frame
        Result of `kaplan_meier`, of any engine; columns that are not its own tell groups apart.
    times : float or sequence of float
        Ages, in the curve's unit.

    Returns
    -------
    frame
        The kind that came in, one row per group and age, in the order of the groups and of
        `times`: the columns of the groups, ``time``, ``at_risk`` (cases under observation just
        before), ``survival``, ``standard_error``, ``low`` and ``high``. Before a group's first row
        and after its last they are null, for nobody was seen there, and ``at_risk`` is 0; a curve
        that has reached 0 stays at 0.

    Raises
    ------
    ColumnNotFoundError
        If `curve` is no result of `kaplan_meier`.
    DataContractError
        If a group has a time twice, as in two curves stacked.
    ValueError
        If an age is negative or not finite.

    Examples
    --------
    >>> from crmlytics.survival import kaplan_meier, survival_at
    >>> curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    >>> survival_at(curve, [6, 24])[["time", "at_risk", "survival"]]
       time  at_risk  survival
    0   6.0        2       0.6
    1  24.0        0       NaN
    """
    held = curves.read_curve(curve)
    wanted = curves.numbers_of("times", times)
    row = held.at(wanted).ravel()
    time = np.tile(wanted, held.n_groups)
    rows = held.rows
    group = np.repeat(np.arange(held.n_groups), len(wanted))
    past = time > held.time[held.last()][group]
    seen = (row >= 0) & (~past | (rows["survival"][row] == 0.0))
    exact = (row >= 0) & (held.time[row] == time)
    at_risk = np.where(exact, rows["at_risk"][row], np.where(row >= 0, held.staying()[row], 0))
    columns = held.repeated(len(wanted)) | {"time": time, "at_risk": at_risk.astype(np.int64)}
    for name in ("survival", "standard_error", "low", "high"):
        columns[name] = np.where(seen, rows[name][row].astype(np.float64), np.nan)
    return frames.from_arrays(columns, like=curve)


def survival_quantile(curve: IntoFrameT, q: float | Sequence[float]) -> IntoFrameT:
    """Read off the age by which a share `q` of the cases has ended; 0.5 gives the median.

    Parameters
    ----------
    curve : frame
        Result of `kaplan_meier`, of any engine; columns that are not its own tell groups apart.
    q : float or sequence of float
        Shares that have ended, as fractions: the quantile of the durations.

    Returns
    -------
    frame
        The kind that came in, one row per group and share: the columns of the groups, ``q``;
        ``time``, the least age at which the survival is at most 1 - q; ``low`` and ``high``, its
        interval at the curve's own level. Null where the curve, or that end of its interval, does
        not come down so far: "not reached" is an answer, and no number may stand for it.

    Raises
    ------
    ColumnNotFoundError
        If `curve` is no result of `kaplan_meier`.
    DataContractError
        If a group has a time twice, as in two curves stacked.
    ValueError
        If a share is not between 0 and 1.

    Notes
    -----
    The interval holds the ages at which the curve's pointwise interval contains 1 - q. R averages
    the two ends where a curve lies flat at exactly 1 - q; here, as in lifelines, the first counts.

    References
    ----------
    Brookmeyer, R. and Crowley, J. (1982). A Confidence Interval for the Median Survival Time.
    Biometrics 38, 29-41.

    Examples
    --------
    >>> from crmlytics.survival import kaplan_meier, survival_quantile
    >>> curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    >>> survival_quantile(curve, [0.25, 0.5])
          q  time  low  high
    0  0.25   5.0  3.0   8.0
    1  0.50   8.0  3.0   NaN
    """
    held = curves.read_curve(curve, ("time", "survival", "low", "high"))
    shares = [q] if np.ndim(q) == 0 else list(q)  # type: ignore[arg-type]
    wanted = np.array([checks.fraction("q", share) for share in shares])
    columns = held.repeated(len(wanted)) | {"q": np.tile(wanted, held.n_groups)}
    read_off = {"time": "survival", "low": "low", "high": "high"}
    for name, of in read_off.items():
        values = held.rows[of].astype(np.float64)
        found = [
            product_limit.first_times(held.group, held.time, values, 1.0 - share, held.n_groups)
            for share in wanted
        ]
        columns[name] = np.stack(found, axis=1).ravel()
    return frames.from_arrays(columns, like=curve)
