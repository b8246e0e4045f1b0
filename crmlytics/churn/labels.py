"""Who left: labels from purchases, and lifetimes from contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import local_dates, require_type
from crmlytics.customers import snapshots
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_LABELS = ("cutoff", "outcome_purchases", "churned")
_LIFETIMES = ("duration", "event", "cause")


def churn_labels(
    events: IntoFrameT,
    *,
    cutoffs: dt.date | Sequence[dt.date],
    active_within: int | None,
    horizon: int,
    unit: periods.Unit,
    gap: int = 0,
    as_of: dt.date | None = None,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Say of each customer active at a cut-off whether a purchase followed within the horizon.

    Parameters
    ----------
    events : frame
        One row per purchase or order line, from any engine; other columns are ignored.
    cutoffs : date or sequence of dates
        Days c from whose start on the future is the future.
    active_within : int or None
        Labelled is who bought within this time before c, in `unit`; None labels everybody who
        ever bought before.
    horizon : int
        A customer churned who buys nothing in [c + gap, c + gap + horizon), in `unit`.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of all spans. Weeks are 7 days; months and longer go by the calendar.
    gap : int
        Time between the cut-off and the outcome window, in `unit`.
    as_of : date, optional
        Last day to the end of which the data are complete. None takes the day of the last event.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; with it a negative amount is a refund, and no purchase.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per cut-off and customer, ordered by both: the customer,
        ``cutoff``, ``outcome_purchases`` (days with a purchase in the window) and ``churned`` (1
        where there is none).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If a named column is not there; if values are missing or of the wrong type.
    NotEnoughDataError
        If a cut-off has no past, or its window passes the end of the data: an outcome that is not
        over is unknown, not churn.

    Notes
    -----
    "No purchase for 90 days" about the *past* is a description, and a model that predicts it from
    the recency is right by definition; the label here is about the time after the cut-off. Choose
    a horizon that most active customers' gaps fit into (`crmlytics.retention.purchase_gaps`).

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.churn import churn_labels
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-02-20", "2024-03-10"]),
    ... })
    >>> churn_labels(
    ...     events, cutoffs=dt.date(2024, 3, 1), active_within=60, horizon=30, unit="D",
    ...     as_of=dt.date(2024, 3, 31),
    ... )
      customer_id     cutoff  outcome_purchases  churned
    0         ann 2024-03-01                  1        0
    1         bob 2024-03-01                  0        1
    """
    checks.whole_number("horizon", horizon, at_least=1)
    table = snapshots(
        events,
        cutoffs=cutoffs,
        lookback=active_within,
        active_within=active_within,
        horizon=horizon,
        unit=unit,
        gap=gap,
        windows=(),
        as_of=as_of,
        customer_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        tz=tz,
    )
    return frames.same_kind(frames.lazy(table, [customer_col, *_LABELS]), like=events)


def contract_lifetimes(
    contracts: IntoFrameT,
    *,
    as_of: dt.date,
    unit: periods.Unit,
    started_col: str = "started_at",
    ended_col: str = "ended_at",
    reason_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Turn starts and ends of contracts into durations, the open ones censored at `as_of`.

    Parameters
    ----------
    contracts : frame
        One row per contract, from any engine; its other columns are kept.
    as_of : date
        Day of the analysis, inclusive to its end: a later end has not happened, and a contract
        that starts later is left out.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of the duration: the calendar periods that have begun, so that a contract that ends
        in its first month has lasted 1.
    started_col, ended_col : str
        Columns of the first day, and of the last, which is missing while the contract runs.
    reason_col : str, optional
        Column of the reason of the end, for competing causes.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, row by row: all columns, and ``duration`` (whole number of `unit`
        begun), ``event`` (1 where the contract ended by `as_of`), with `reason_col` ``cause``
        (null while it runs).

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If starts are missing, a contract ends before it starts, or a column bears the name of a
        result.

    Notes
    -----
    Durations count boundaries of periods crossed, plus one: the form in which
    `crmlytics.survival.DiscreteTimeHazard` and `ContractChurnModel` expect them.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.churn import contract_lifetimes
    >>> contracts = pd.DataFrame({
    ...     "contract": [1, 2],
    ...     "started_at": pd.to_datetime(["2024-01-10", "2024-02-01"]),
    ...     "ended_at": pd.to_datetime(["2024-03-05", None]),
    ... })
    >>> contract_lifetimes(contracts, as_of=dt.date(2024, 6, 30), unit="M")[
    ...     ["contract", "duration", "event"]
    ... ]
       contract  duration  event
    0         1         3      1
    1         2         5      0
    """
    last = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    roles = {"started_col": started_col, "ended_col": ended_col, "reason_col": reason_col}
    checks.columns(frames.column_names(contracts), roles)
    checks.distinct_columns(roles)
    checks.free_names(frames.column_names(contracts), _LIFETIMES)
    table = frames.collect(frames.lazy(contracts))
    first = _days(table, started_col, tz, contracts)
    until = _days(table, ended_col, tz, None)
    if bad := int((until < first).sum()):
        raise DataContractError(
            f"{bad:,} of {len(first):,} contracts end before they start; compare {started_col!r} "
            f"with {ended_col!r}"
        )
    end = periods.to_day_index(last)
    kept = np.flatnonzero(first <= end)
    table, until = table[kept.tolist()], until[kept]
    ended = until <= end
    seen = np.where(ended, until, float(end)).astype(np.int64)
    begun = periods.periods_of(first[kept].astype(np.int64), unit)
    duration = periods.periods_of(seen, unit) - begun + 1
    added: dict[str, Any] = {"duration": duration, "event": ended.astype(np.int64)}
    if reason_col is not None:
        reasons = frames.arrays(table.select(reason_col))[reason_col].astype(object)
        reasons[~ended] = None
        added["cause"] = reasons
    return frames.same_kind(frames.with_arrays(table, added, like=contracts), like=contracts)


def _days(
    table: nw.DataFrame[Any], name: str, tz: str | None, needed_of: Any
) -> NDArray[np.float64]:
    """Day indices of a column, NaN where missing; `needed_of` is the frame if none may be."""
    dtype = table.collect_schema()[name]
    require_type("_date", name, dtype)
    missing = table[name].is_null().to_numpy().astype(bool)
    if needed_of is not None and missing.any():
        raise DataContractError(
            f"{int(missing.sum()):,} of {len(missing):,} values of {name!r} are missing; "
            f"see them with {frames.how_to_find(needed_of, name, 'missing')}"
        )
    local = local_dates(table.select(name).lazy(), name, dtype, tz)
    stamps = frames.arrays(frames.collect(local))[name]
    days = np.full(len(missing), np.nan)
    days[~missing] = stamps[~missing].astype("datetime64[D]").astype(np.int64)
    return days
