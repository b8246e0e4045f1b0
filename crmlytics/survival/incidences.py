"""Cumulative incidence: how many have ended of each cause, where the causes compete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import _bands as bands
from crmlytics.survival import _cases as cases
from crmlytics.survival import _curves as curves
from crmlytics.survival import _product_limit as product_limit
from crmlytics.survival.curves import warn_of_empty_risk_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def cumulative_incidence(
    durations: Any,
    causes: Any,
    *,
    entry: Any = None,
    by: Any | Sequence[str] = None,
    weights: Any = None,
    level: float = 0.95,
    data: Any = None,
) -> Any:
    r"""Estimate the share of cases that have ended of each cause by each age.

    Parameters
    ----------
    durations : array-like, or str
        Age at which each case ended or was last seen, in one unit of your choice, from 0. An
        array, a list, a column of any eager frame; or, with `data`, the name of a column.
    causes : array-like, or str
        What ended the case: a text such as ``"won"`` and ``"lost"``, or a whole number. Null, and
        among numbers 0, is a case that is still open.
    entry : array-like or str, optional
        Age at which the case came under observation, in the same unit (delayed entry, left
        truncation): it is at risk after that age only. 0 means seen from the start, which is also
        the meaning of None.
    by : array-like, str or sequence of str, optional
        Curves for each group: text, integers, booleans or dates.
    weights : array-like or str, optional
        How many equal cases a row stands for, whole numbers.
    level : float
        Confidence of the pointwise interval, a fraction.
    data : frame, optional
        Frame of any engine, lazy ones included, whose columns the other parameters name.

    Returns
    -------
    frame
        The kind of `data`, or of the column passed as `durations` (pandas for arrays and lists).
        One row per group, cause and age at which anything happens in the group, ordered so.
        Columns: those of `by` (``group`` for an array without a name); ``cause``; ``time``, in the
        unit of `durations`; ``at_risk``, the cases under observation just before; ``events`` of
        this cause at that age; ``cumulative_incidence``, the share ended of it by then, with
        ``standard_error``, ``low`` and ``high`` (null where the share is 1); ``survival``, the
        share still open. At every age the incidences of all causes and the survival add up to 1.

    Raises
    ------
    ColumnNotFoundError
        If `data` lacks a column that is named.
    DataContractError
        If durations are missing, infinite or negative, a number for a cause is not whole or is
        negative, or an entry is not before its duration.
    NotEnoughDataError
        If there is no case, or none has ended.

    Warns
    -----
    DataQualityWarning
        If risk sets empty early under delayed entry, as in `kaplan_meier`.

    Notes
    -----
    Aalen and Johansen's :math:`\hat F_k(t) = \sum_{t_i \le t} \hat S(t_i-)\, d_{ki} / n_i` with
    Kaplan and Meier's :math:`\hat S` of all causes together. One minus the Kaplan-Meier curve of a
    single cause, the others censored, is too high: it says what would happen if the others did
    not exist. Ties are exact, as they are: several causes may occur at one age.

    With :math:`D = \hat F_k(t) - \hat F_k(t_i)` the variance is
    :math:`\sum_{t_i \le t} [ D^2 d_i / (n_i (n_i - d_i)) + \hat S(t_i-)^2 d_{ki} (n_i - d_{ki}) /
    n_i^3 - 2 D \hat S(t_i-) d_{ki} / n_i^2 ]`, Greenwood's where there is one cause. The interval
    is symmetric on the scale of log(-log F).

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). An Empirical Transition Matrix for Non-homogeneous Markov
    Chains Based on Censored Observations. Scandinavian Journal of Statistics 5, 141-150.

    Marubini, E. and Valsecchi, M. G. (1995). Analysing Survival Data from Clinical Trials and
    Observational Studies, section 10.2 (variance).

    Choudhury, J. B. (2002). Non-parametric Confidence Interval Estimation for Competing Risks
    Analysis. Statistics in Medicine 21, 1129-1144.

    Examples
    --------
    Four deals, in days: won, still open, lost, still open.

    >>> from crmlytics.survival import cumulative_incidence
    >>> shares = cumulative_incidence([1, 2, 3, 4], ["won", None, "lost", None])
    >>> shares.loc[shares["time"] >= 3, ["cause", "time", "cumulative_incidence", "survival"]]
      cause  time  cumulative_incidence  survival
    3  lost   3.0                 0.375     0.375
    4  lost   4.0                 0.375     0.375
    8   won   3.0                 0.250     0.375
    9   won   4.0                 0.250     0.375
    """
    checks.fraction("level", level)
    held = cases.read_columns(
        data,
        {"durations": durations, "causes": causes, "entry": entry, "by": by, "weights": weights},
    )
    ages = cases.durations_of(held)
    ended, cause, names = _causes(held)
    groups = cases.groups_of(held, "by", results=("cause", *curves.SHARES))
    weight = cases.weights_of(held)
    table = product_limit.life_table(
        ages, ended, entry=cases.entries_of(held, ages), code=groups.code, weights=weight
    )
    warn_of_empty_risk_sets(table)
    n_causes = len(names)
    counts = np.bincount(
        table.row[ended] * n_causes + cause,
        weights=None if weight is None else weight[ended],
        minlength=len(table.time) * n_causes,
    ).reshape(-1, n_causes)
    share, variance, survival = aalen_johansen(
        table.group, table.at_risk.astype(np.float64), counts.astype(np.float64)
    )
    low, high = _interval(share, variance, level)
    error = np.where(np.isnan(high), np.nan, np.sqrt(variance))
    rows, which = _by_cause(table.group, n_causes)
    columns = {name: values[table.group[rows]] for name, values in groups.values.items()}
    columns |= {"cause": names[which], "time": table.time[rows], "at_risk": table.at_risk[rows]}
    columns["events"] = np.rint(counts).astype(np.int64)[rows, which]
    columns["cumulative_incidence"] = share[rows, which]
    columns |= {"standard_error": error[rows, which], "low": low[rows, which]}
    columns |= {"high": high[rows, which], "survival": survival[rows]}
    return frames.from_arrays(columns, like=held.like)


def aalen_johansen(
    group: NDArray[np.int64], at_risk: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return incidence and variance, of shape (n_rows, n_causes) as `counts`, and survival."""
    total = counts.sum(axis=1)
    survival, _ = product_limit.product_limit(group, at_risk, total)
    before = np.concatenate((np.ones(1), survival[:-1]))
    before[np.append(True, group[1:] != group[:-1])] = 1.0
    n = np.where(at_risk > 0, at_risk, 1.0)[:, None]
    taken = before[:, None] * counts / n
    share = product_limit.running(taken, group)
    # The sum over earlier times of a (F(t) - F)² - 2 b (F(t) - F) + c, by powers of F(t).
    a = np.nan_to_num(codes.ratio(total, at_risk * (at_risk - total)))[:, None]
    b = taken / n
    c = taken * before[:, None] * (n - counts) / n**2
    square = product_limit.running(a, group)
    linear = product_limit.running(a * share + b, group)
    rest = product_limit.running((a * share + 2 * b) * share + c, group)
    variance = (share * square - 2 * linear) * share + rest
    return np.clip(share, 0.0, 1.0), np.maximum(variance, 0.0), survival


def _by_cause(
    group: NDArray[np.int64], n_causes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and cause of each line of the result: causes within groups, ages within causes."""
    first = np.searchsorted(group, group, side="left")
    size = np.searchsorted(group, group, side="right") - first
    row = np.arange(len(group))
    place = first * n_causes + (row - first) + np.arange(n_causes)[:, None] * size
    rows, which = np.empty(place.size, np.int64), np.empty(place.size, np.int64)
    rows[place] = row
    which[place] = np.arange(n_causes)[:, None]
    return rows, which


def _interval(
    share: NDArray[np.float64], variance: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    begun = share > 0.0
    relative = np.divide(variance, share**2, out=np.zeros_like(share), where=begun)
    low, high = bands.bands(share, relative, level=level)
    all_ended = share >= 1.0 - 1e-12
    low, high = np.where(begun, low, 0.0), np.where(begun, high, 0.0)
    return np.where(all_ended, np.nan, low), np.where(all_ended, np.nan, high)


def _causes(held: cases.Columns) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[Any]]:
    """Return which cases ended, the code of their cause each, and the causes in order."""
    (column,) = held.names["causes"]
    dtype = held.table[column].dtype
    values = frames.arrays(held.table.select(column))[column]
    missing = held.table[column].is_null().to_numpy().astype(bool)
    if dtype.is_numeric() or dtype == nw.Boolean:
        numbers = np.where(missing, 0, values).astype(np.float64)
        numbers = np.where(np.isnan(numbers), 0.0, numbers)
        if bad := int(((numbers < 0) | (numbers != np.floor(numbers))).sum()):
            raise DataContractError(
                f"{bad:,} of {len(numbers):,} values of {column!r} are no whole numbers from 0 "
                "(0 or null = still open); number the causes 1, 2, … or name them"
            )
        ended, values = numbers != 0, numbers.astype(np.int64)
    elif dtype == nw.String or missing.all():
        ended = ~missing
        if blank := int((values[ended] == "").sum()):
            raise DataContractError(
                f"{blank:,} of {len(ended):,} values of {column!r} are empty texts; make them null "
                "if the case is still open, and name the cause if it is not"
            )
    else:
        raise DataContractError(
            f"the causes in {column!r} must be text or whole numbers, they are {dtype}; "
            "cast them first"
        )
    if not ended.any():
        raise NotEnoughDataError(
            f"{column!r} names no cause: all {len(ended):,} cases are still open, and at least 1 "
            "must have ended"
        )
    code, names = codes.factorise(pd.Series(values[ended]))
    return ended, code, np.asarray(names)
