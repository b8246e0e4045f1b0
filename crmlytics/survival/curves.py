"""Survival curves: the share of cases still open at each age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataQualityWarning
from crmlytics.survival import _bands as bands
from crmlytics.survival import _cases as cases
from crmlytics.survival import _curves as results
from crmlytics.survival import _product_limit as product_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERVALS = ("log-log", "log", "plain")


def kaplan_meier(
    durations: Any,
    events: Any,
    *,
    entry: Any = None,
    by: Any | Sequence[str] = None,
    weights: Any = None,
    level: float = 0.95,
    interval: bands.Interval = "log-log",
    data: Any = None,
) -> Any:
    r"""Estimate the share of cases still open at each age, open cases counted as censored.

    Parameters
    ----------
    durations : array-like, or str
        Age at which each case ended or was last seen, in one unit of your choice, from 0. An
        array, a list, a column of any eager frame; or, with `data`, the name of a column.
    events : array-like, or str
        True or 1 where the event was seen at that age, False or 0 where the case is still open.
    entry : array-like or str, optional
        Age at which the case came under observation, in the same unit (delayed entry, left
        truncation): it is at risk after that age only. 0 means seen from the start, which is also
        the meaning of None.
    by : array-like, str or sequence of str, optional
        A curve for each group: text, integers, booleans or dates.
    weights : array-like or str, optional
        How many equal cases a row stands for, whole numbers.
    level : float
        Confidence of the pointwise interval, a fraction.
    interval : {"log-log", "log", "plain"}
        The scale on which the interval is symmetric: log(-log S), which is SAS's and lifelines'
        and keeps to [0, 1]; log S, R's default; or S itself.
    data : frame, optional
        Frame of any engine, lazy ones included, whose columns the other parameters name.

    Returns
    -------
    frame
        The kind of `data`, or of the column passed as `durations` (pandas for arrays and lists).
        One row per group and age at which anything happens, ordered so; the first row of a group
        is where its first case came under observation. Columns: those of `by` (``group`` for an
        array without a name); ``time``, in the unit of `durations`; ``at_risk``, the cases under
        observation just before (at time 0: from the start); ``events`` and ``censored`` at that
        age; ``entered``, the cases that come under observation then; ``survival``, the share that
        lasts beyond ``time``; ``standard_error`` (Greenwood), ``low`` and ``high``. Where the
        survival is 0 these three are null, where it is 1 the interval is 1 to 1.

    Raises
    ------
    ColumnNotFoundError
        If `data` lacks a column that is named.
    DataContractError
        If values are missing, infinite or negative, an event is neither 0 nor 1, or an entry is
        not before its duration.
    NotEnoughDataError
        If there is no case.

    Warns
    -----
    DataQualityWarning
        If, with delayed entry, nobody is at risk for a while before later cases come under
        observation. An event of the last one at risk takes the curve to 0 for good, whatever
        comes later; start from a later age with `remaining_lifetime`, which then ignores it.

    Notes
    -----
    :math:`\hat S(t) = \prod_{t_i \le t} (1 - d_i / n_i)`, with :math:`d_i` events among
    :math:`n_i` at risk; its variance is :math:`\hat S(t)^2 \sum d_i / (n_i (n_i - d_i))`. At
    equal ages events come before censorings, and whoever enters at an age is not at risk at it.
    Ages are equal only if their numbers are: round computed ones first. With delayed entry the
    curve is conditional on lasting until the first row. Costs one sort of the durations.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric Estimation from Incomplete Observations.
    Journal of the American Statistical Association 53, 457-481.

    Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data,
    2nd ed., section 1.4 (intervals).

    Examples
    --------
    Five contracts, in months; two still run.

    >>> from crmlytics.survival import kaplan_meier
    >>> curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    >>> curve[["time", "at_risk", "events", "censored", "survival", "low", "high"]].round(3)
       time  at_risk  events  censored  survival    low   high
    0   0.0        5       0         0       1.0  1.000  1.000
    1   3.0        5       1         0       0.8  0.204  0.969
    2   5.0        4       1         1       0.6  0.126  0.882
    3   8.0        2       1         0       0.3  0.012  0.719
    4  12.0        1       0         1       0.3  0.012  0.719
    """
    checks.fraction("level", level)
    checks.word("interval", interval, _INTERVALS)
    held = cases.read_columns(
        data,
        {"durations": durations, "events": events, "entry": entry, "by": by, "weights": weights},
    )
    ages = cases.durations_of(held)
    groups = cases.groups_of(held, "by", results=results.RESULTS)
    table = product_limit.life_table(
        ages,
        cases.events_of(held),
        entry=cases.entries_of(held, ages),
        code=groups.code,
        weights=cases.weights_of(held),
    )
    survival, greenwood = product_limit.product_limit(table.group, table.at_risk, table.events)
    warn_of_empty_risk_sets(table)
    low, high = bands.bands(survival, greenwood, level=level, interval=interval)
    columns = {name: values[table.group] for name, values in groups.values.items()}
    columns |= {name: getattr(table, name) for name in results.RESULTS[:5]}
    columns |= {"survival": survival, "standard_error": survival * np.sqrt(greenwood)}
    return frames.from_arrays(columns | {"low": low, "high": high}, like=held.like)


def warn_of_empty_risk_sets(table: product_limit.LifeTable) -> None:
    """Say where the last case at risk leaves although others come under observation later."""
    more = np.zeros(len(table.time), bool)
    more[:-1] = table.group[1:] == table.group[:-1]
    joined = (table.entered > 0) & (table.time > 0.0)
    emptied = (table.at_risk > 0) & (table.at_risk == table.events + table.censored)
    # Where others join at the same age nobody is missing, but an event has taken the last share.
    fatal = emptied & (table.censored == 0) & (more | joined)
    trouble = fatal | (emptied & more & ~joined)
    if not trouble.any():
        return
    after = product_limit.running(trouble.astype(np.int64), table.group) > 0
    late = int(table.entered[after & (table.time > 0.0)].sum())
    n_curves = int(table.group[-1]) + 1
    notices.warn(
        f"in {len(np.unique(table.group[trouble])):,} of {n_curves:,} curves the last case at risk "
        f"leaves before {late:,} later ones come under observation; "
        f"{len(np.unique(table.group[fatal])):,} of them fall to 0 there for good, the others are "
        "flat until then. Begin at an age from which somebody is always at risk: leave out the "
        "cases that end before it and raise every entry to at least that age",
        DataQualityWarning,
    )
