"""Repeat purchases through time: what happened, and what a model expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import read_events
from crmlytics.clv._repeat_counts import RepeatCounts, repeat_counts
from crmlytics.customers.purchases import Refunds, refuse_refunds
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def tracking_table(
    transactions: IntoFrameT,
    model: TransactionModel,
    *,
    calibration_end: dt.date,
    holdout_end: dt.date,
    exact: bool = False,
    unit: periods.Unit | None = None,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    refunds: Refunds = "net",
    tz: str | None = None,
) -> IntoFrameT:
    """Count repeat purchases by calendar period, beside those that the model expects.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine; other columns are ignored.
    model : fitted model
        A model of repeat purchases without covariates, fitted on the summary of these
        transactions up to `calibration_end`, in weeks or days if `exact`.
    calibration_end : date
        Last day of the history that the model saw, inclusive. Customers who came later are left
        out.
    holdout_end : date
        Last day to look at, inclusive; `calibration_end` itself if nothing was held out.
    exact : bool
        As in `crmlytics.customers.purchase_summary`, with which it must agree: False merges
        purchases within a calendar unit of the model, True (for ``"D"`` and ``"W"``) within a day.
    unit : {"D", "W", "M", "Q", "Y"}, optional
        Calendar periods of the table; the unit of the model if not given, and no other unless
        `exact`.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money, by which refunds (negative) are told from purchases.
    refunds : {"net", "ignore", "error"}
        Whether refunds are accepted; in no case are they purchases.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per calendar period from the first purchase to
        `holdout_end`: ``period`` (its first day); ``actual`` and ``expected`` (repeat purchases
        in it); ``cumulative_actual`` and ``cumulative_expected``; ``holdout`` (whether the period
        ends after `calibration_end`); ``complete`` (whether it is over at `holdout_end`).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        As for `purchase_summary`.
    NotEnoughDataError
        If nobody bought up to `calibration_end`.
    ValueError
        If the dates are in the wrong order, or the model has covariates.

    Notes
    -----
    A customer who first bought at the time b is expected to have made E[X(u - b)] repeat
    purchases up to u, whatever he did: the sum over customers is a forecast of the whole line
    from the first day on. A line that leaves the actual one before `calibration_end` shows a poor
    fit, one that leaves it after shows a change that the model does not know.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy Way.
    Marketing Science 24(2), 275-284, figures 2 and 3.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.clv import NBDModel, tracking_table
    >>> transactions = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-01", "2024-02-10", "2024-03-07"]),
    ... })
    >>> model = NBDModel.from_params(r=0.9, alpha=2.0, unit="M")
    >>> tracking_table(
    ...     transactions,
    ...     model,
    ...     calibration_end=dt.date(2024, 2, 29),
    ...     holdout_end=dt.date(2024, 3, 31),
    ... ).drop(columns="complete")
          period  actual  expected  cumulative_actual  cumulative_expected  holdout
    0 2024-01-01       0      0.00                  0                 0.00    False
    1 2024-02-01       1      0.45                  1                 0.45    False
    2 2024-03-01       1      0.90                  2                 1.35     True
    """
    span = _read_options(model, calibration_end, holdout_end, exact=exact, unit=unit)
    events = read_events(
        transactions,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=span.end,
        unit=span.grain,
        tz=tz,
    )
    checks.word("refunds", refunds, ("net", "ignore", "error"))
    refuse_refunds(events, refunds=refunds, amount_col=amount_col or "")
    counts = repeat_counts(events, cut=periods.to_day_index(span.cut))
    if not len(counts.first):
        raise NotEnoughDataError(f"nobody bought up to calibration_end={span.cut}")
    return frames.from_arrays(_table(model, counts, span), like=transactions)


class _Span(NamedTuple):
    """What is counted: `grain` merges purchases and measures ages, `unit` makes the rows."""

    cut: dt.date
    end: dt.date
    grain: periods.Unit
    unit: periods.Unit
    per: float


def _read_options(
    model: TransactionModel,
    calibration_end: object,
    holdout_end: object,
    *,
    exact: bool,
    unit: str | None,
) -> _Span:
    check_is_fitted(model, "params_")
    if len(model.params_) > len(model._parameters):  # noqa: SLF001 (one package)
        raise ValueError("tracking_table needs a model without covariates: a log has none")
    cut = checks.day("calibration_end", calibration_end)
    end = checks.day("holdout_end", holdout_end)
    if end < cut:
        raise ValueError(f"holdout_end must not be before calibration_end={cut}, got {end}")
    checks.word("model.unit", model.unit, ("D", "W") if exact else periods.UNITS)
    rows = checks.word("unit", model.unit if unit is None else unit, periods.UNITS)
    if not exact and rows != model.unit:
        raise ValueError(
            f"unit must be that of the model, {model.unit!r}, unless exact=True; got {rows!r}"
        )
    grain = "D" if exact else model.unit
    per = 7.0 if exact and model.unit == "W" else 1.0
    return _Span(cut, end, grain, rows, per)  # type: ignore[arg-type]


def _table(model: TransactionModel, counts: RepeatCounts, span: _Span) -> dict[str, Any]:
    last = periods.period_of(span.end, span.grain)
    begin = _first_day(int(counts.first.min()), span.grain)
    rows = np.arange(
        periods.period_of(begin, span.unit), periods.period_of(span.end, span.unit) + 1
    )
    # Last grain of each row's period, none of them after the end.
    next_days = periods.first_days(rows + 1, span.unit).astype(np.int64)
    last_days = next_days - 1
    ends = periods.periods_of(last_days, span.grain) if span.grain == "D" else rows
    ends = np.minimum(ends, last)
    actual = np.zeros(len(rows), np.int64)
    np.add.at(actual, np.searchsorted(ends, counts.period), counts.repeats)
    ages = np.arange(last - int(counts.first.min()) + 1) / span.per
    curve = np.asarray(model.expected_purchases_new_customer(ages))
    cumulative = np.array([_upto(curve, counts, int(end)) for end in ends])
    return {
        "period": periods.first_days(rows, span.unit),
        "actual": actual,
        "expected": np.diff(cumulative, prepend=0.0),
        "cumulative_actual": np.cumsum(actual),
        "cumulative_expected": cumulative,
        "holdout": last_days > periods.to_day_index(span.cut),
        "complete": last_days <= periods.to_day_index(span.end),
    }


def _upto(curve: Floats, counts: RepeatCounts, end: int) -> float:
    came = counts.first <= end
    return float(curve[end - counts.first[came]] @ counts.customers[came])


def _first_day(period: int, unit: periods.Unit) -> dt.date:
    day: dt.date = periods.first_days(np.array([period]), unit)[0].item()
    return day
