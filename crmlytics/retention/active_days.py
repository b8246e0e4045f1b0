"""How often the active come: stickiness over time, and the days of a window they were there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.events import CodedEvents, Events, read_events
from crmlytics._core.intervals import student, wilson
from crmlytics.errors import NotEnoughDataError
from crmlytics.retention._purchase_days import coded_days, lazy_days

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def stickiness(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    window_days: int = 30,
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    r"""Mean daily active customers per customer active in the window, window by window.

    Parameters
    ----------
    events : frame
        One row per activity, from any engine; other columns are ignored.
    as_of : date
        Last day of the last window, inclusive to its end: later rows do not exist.
    window_days : int
        Days of a window: 30 for DAU/MAU, 7 for DAU/WAU. Calendar months would differ in length,
        and give other figures.
    level : float
        Confidence of the interval, a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; a row with a negative amount is a refund and no activity.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per window that lies wholly within the data, counted back
        from `as_of`, oldest first: ``start`` and ``end`` (first and last day, dates), ``n``
        (customers active in the window), ``daily_mean`` (customers active on a day, on average),
        ``stickiness`` (their ratio, a fraction), ``low``, ``high``; null of a window without
        customers.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type.
    NotEnoughDataError
        If the data span less than one window, or `as_of` lies before all rows.

    Notes
    -----
    With :math:`d_i` the days on which customer i was active in a window of w days, the ratio is
    :math:`\sum_i d_i / (w n)`: the mean share of days. The interval is Student's for that mean.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import stickiness
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-07", "2024-01-09"]),
    ... })
    >>> table = stickiness(events, as_of=dt.date(2024, 1, 14), window_days=7)
    >>> table[["start", "end", "n", "daily_mean"]]
           start        end  n  daily_mean
    0 2024-01-01 2024-01-07  2    0.428571
    1 2024-01-08 2024-01-14  1    0.142857
    >>> table["stickiness"].round(3).tolist()
    [0.214, 0.143]
    """
    as_of = checks.day("as_of", as_of)
    width = checks.whole_number("window_days", window_days, at_least=1)
    level = checks.fraction("level", level)
    rows = read_events(
        events, id_col=customer_col, date_col=date_col, amount_col=amount_col, as_of=as_of, tz=tz
    )
    last_day = periods.to_day_index(as_of)
    span = 0 if rows.first_day is None else last_day - rows.first_day + 1
    if span < width:
        raise NotEnoughDataError(
            f"the data span {span:,} days up to as_of; at least window_days={width:,} are needed"
        )
    back, days, count = _window_counts(rows, last_day=last_day, width=width)
    n_windows = span // width
    kept = back < n_windows
    back, days, count = back[kept], days[kept], count[kept]
    n, total, squares = (
        codes.totals(back, count * days.astype(np.float64) ** power, n_windows)
        for power in (0, 1, 2)
    )
    mean = codes.ratio(total, n)
    spread = np.maximum(squares - np.nan_to_num(mean) * total, 0.0) / np.maximum(n - 1, 1)
    low, high = student(mean, np.sqrt(spread), n, level)
    start = last_day + 1 - (np.arange(n_windows) + 1) * width
    table = {
        "start": start.astype("datetime64[D]"),
        "end": (start + width - 1).astype("datetime64[D]"),
        "n": n.astype(np.int64),
        "daily_mean": total / width,
        "stickiness": mean / width,
        "low": np.maximum(low / width, 0.0),
        "high": np.minimum(high / width, 1.0),
    }
    return frames.from_arrays({name: v[::-1] for name, v in table.items()}, like=events)


def active_days_table(
    events: IntoFrameT,
    *,
    as_of: dt.date,
    window_days: int = 28,
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Count the customers by their active days in the last window: L28, or L7.

    Parameters
    ----------
    events : frame
        One row per activity, from any engine; other columns are ignored.
    as_of : date
        Last day of the window, inclusive to its end: later rows do not exist.
    window_days : int
        Days of the window: 28 for L28, 7 for L7.
    level : float
        Confidence of the intervals, a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; a row with a negative amount is a refund and no activity.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per number of days from 1 to `window_days`:
        ``active_days``, ``customers`` (active on so many days), ``n`` (active in the window at
        all), ``rate`` (their ratio), ``low``, ``high`` (Wilson); null if nobody was active.
        Without rows the table is empty.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type.
    NotEnoughDataError
        If `as_of` lies before all rows.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import active_days_table
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "cem"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03"]),
    ... })
    >>> table = active_days_table(events, as_of=dt.date(2024, 1, 3), window_days=3)
    >>> table[["active_days", "customers", "n", "rate"]].round(3)
       active_days  customers  n   rate
    0            1          2  3  0.667
    1            2          1  3  0.333
    2            3          0  3  0.000
    """
    as_of = checks.day("as_of", as_of)
    width = checks.whole_number("window_days", window_days, at_least=1)
    level = checks.fraction("level", level)
    rows = read_events(
        events, id_col=customer_col, date_col=date_col, amount_col=amount_col, as_of=as_of, tz=tz
    )
    back, days, count = _window_counts(rows, last_day=periods.to_day_index(as_of), width=width)
    each = np.arange(1, width + 1) if rows.n_rows else np.empty(0, np.int64)
    held = np.zeros(len(each), np.int64)
    held[days[back == 0] - 1] = count[back == 0]
    n = np.full(len(each), held.sum())
    low, high = wilson(held, n, level)
    table = {
        "active_days": each,
        "customers": held,
        "n": n,
        "rate": codes.ratio(held.astype(np.float64), n),
        "low": low,
        "high": high,
    }
    return frames.from_arrays(table, like=events)


def _window_counts(
    events: Events | CodedEvents, *, last_day: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count customers by window (0 is the last) and their active days in it."""
    if isinstance(events, CodedEvents):
        code, day = coded_days(events)
        back = (last_day - day) // width
        n_back = int(back.max()) + 1 if len(back) else 1
        held, days = np.unique(code * n_back + back, return_counts=True)
        cells, count = np.unique(held % n_back * (width + 1) + days, return_counts=True)
        return cells // (width + 1), cells % (width + 1), count
    rows = lazy_days(events).with_columns(_back=(last_day - nw.col("_day")) // width)
    each = rows.group_by("_id", "_back").agg(_days=nw.len())
    counted: Any = each.group_by("_back", "_days").agg(_n=nw.len())
    found = frames.arrays(frames.collect(counted))
    return tuple(found[name].astype(np.int64) for name in ("_back", "_days", "_n"))  # type: ignore[return-value]
