"""Cohorts: how many of the customers who started together are still active, age by age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import CodedEvents, Events, read_events
from crmlytics._core.intervals import wilson
from crmlytics.customers.purchases import REFUNDS, Refunds, refuse_refunds
from crmlytics.retention._activity import coded_activity, lazy_activity
from crmlytics.retention._brackets import read_edges, with_brackets
from crmlytics.retention._cohort_cells import KINDS, Cells, Kind, coded_cells, lazy_cells
from crmlytics.retention._triangle import Triangle, fill_triangle

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def cohort_table(
    events: IntoFrameT,
    *,
    unit: periods.Unit,
    as_of: dt.date,
    kind: Kind = "on",
    incomplete: Literal["mask", "include"] = "mask",
    brackets: Sequence[int] | None = None,
    amount_col: str | None = None,
    refunds: Refunds = "net",
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    tz: str | None = None,
) -> IntoFrameT:
    """Count how many customers of each cohort are active at each age, with intervals.

    Parameters
    ----------
    events : frame
        One row per purchase or other activity, from any engine; other columns are ignored.
        It should hold the whole history: a customer's cohort is the period of the first row.
    unit : {"D", "W", "M", "Q", "Y"}
        Calendar unit of cohorts and ages; weeks run Monday to Sunday.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    kind : {"on", "on_or_after", "every"}
        Who counts at age k: customers active in period k; in k or any later period up to
        `as_of`; in each of the periods 1 to k.
    incomplete : {"mask", "include"}
        Whether the period that is not over at the end of `as_of` is null, or shown as it stands
        (in both cases ``complete`` is False).
    brackets : sequence of int, optional
        Ages in days since each customer's first row instead of periods, as rising edges from 0:
        ``(0, 1, 7, 30)`` makes [0, 1), [1, 7) and [7, 30). Days are those of the business zone.
    amount_col : str, optional
        Money in one currency; adds ``revenue``. A row with a negative amount is no activity;
        without this column refunds cannot be told from purchases, and every row is activity.
    refunds : {"net", "ignore", "error"}
        What a negative amount does to the money, if there is an `amount_col`: lowers it, is left
        out, or is refused. A refund before the first purchase belongs to age 0.
    level : float
        Confidence of the interval, as a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per cohort that has customers and age from 0 to the period
        that holds `as_of`, ordered by both: ``cohort`` (first day of its period, a date), ``age``
        (whole periods since, in `unit`; with `brackets` their number from 0, followed by
        ``from_day`` and ``to_day``, the end not included), ``n`` (customers of the cohort),
        ``active``, ``rate`` (``active / n``), ``low`` and ``high`` (interval of the rate),
        ``revenue`` if asked for, ``complete`` (whether the period is over). Masked cells are
        null. Without rows the table is empty.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type; if there are refunds and
        ``refunds="error"``.
    NotEnoughDataError
        If `as_of` lies before all rows.
    ValueError
        If `brackets` do not rise from 0.

    Warns
    -----
    DataQualityWarning
        If customers have refunds only: they are left out and counted.

    Notes
    -----
    A bracket is complete once its last day is over for the last customer of the cohort; brackets
    that have begun for nobody have no row. What happens after the last bracket counts for
    ``"on_or_after"`` only.

    ``every <= on <= on_or_after`` in each cell; at age 0 all three equal ``n``, by definition, so
    that the interval there says nothing. ``on_or_after`` rises towards 1 in the latest periods
    because little time was left to return in: compare cohorts at ages long over.

    Customers older than the data seem to start in its first period. If the history was cut there,
    the first cohort mixes old customers with new ones and returns more often than any other;
    leave it out of comparisons.

    The interval is Wilson's. With z the normal quantile of `level` and p the rate, it is
    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n).

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import cohort_table
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "cem", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-20", "2024-02-10", "2024-02-11", "2024-03-02"]
    ...     ),
    ... })
    >>> table = cohort_table(events, unit="M", as_of=dt.date(2024, 3, 31))
    >>> table[["cohort", "age", "n", "active", "rate", "complete"]]
          cohort  age  n  active  rate  complete
    0 2024-01-01    0  2       2   1.0      True
    1 2024-01-01    1  2       1   0.5      True
    2 2024-01-01    2  2       0   0.0      True
    3 2024-02-01    0  1       1   1.0      True
    4 2024-02-01    1  1       1   1.0      True
    """
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    checks.word("kind", kind, KINDS)
    checks.word("incomplete", incomplete, ("mask", "include"))
    checks.word("refunds", refunds, REFUNDS)
    level = checks.fraction("level", level)
    rows = read_events(
        events,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=as_of,
        unit=unit,
        tz=tz,
    )
    refuse_refunds(rows, refunds=refunds, amount_col=amount_col or "")
    money, ignore = amount_col is not None, refunds == "ignore"
    edges = None if brackets is None else read_edges(brackets)
    if edges is not None:
        rows = with_brackets(rows, edges, unit=unit)
    cells = _count(rows, kind, money=money, ignore=ignore)
    last = periods.period_of(as_of, unit)
    if edges is None:
        triangle = fill_triangle(cells, kind, last=last)
        complete = triangle.cohort + triangle.age <= periods.last_complete(as_of, unit)
        ages = {"age": triangle.age}
    else:
        block = fill_triangle(cells, kind, last=last, ages=len(edges))
        triangle, complete = _until(block, edges, unit=unit, as_of=as_of)
        bounds = {"from_day": edges[triangle.age], "to_day": edges[triangle.age + 1]}
        ages = {"age": triangle.age} | bounds
    hidden = ~complete if incomplete == "mask" else np.zeros(len(complete), bool)
    low, high = wilson(triangle.active, triangle.n, level)
    table: dict[str, NDArray[Any]] = {
        "cohort": periods.first_days(triangle.cohort, unit),
        **ages,
        "n": triangle.n,
        "active": np.ma.masked_array(triangle.active, mask=hidden),
        "rate": np.where(hidden, np.nan, triangle.active / triangle.n),
        "low": np.where(hidden, np.nan, low),
        "high": np.where(hidden, np.nan, high),
    }
    if money:
        table["revenue"] = np.where(hidden, np.nan, triangle.revenue)
    table["complete"] = complete
    return frames.from_arrays(table, like=events)


def _count(rows: Events | CodedEvents, kind: Kind, *, money: bool, ignore: bool) -> Cells:
    if isinstance(rows, CodedEvents):
        activity = coded_activity(rows, money=money, ignore_refunds=ignore)
        return coded_cells(activity, kind, money=money)
    return lazy_cells(lazy_activity(rows, money=money, ignore_refunds=ignore), kind, money=money)


def _until(
    block: Triangle, edges: NDArray[np.int64], *, unit: periods.Unit, as_of: dt.date
) -> tuple[Triangle, NDArray[np.bool_]]:
    """Keep the brackets that have begun for somebody, and say which are over for all."""
    today = periods.to_day_index(as_of)
    starts, ends = (
        periods.first_days(block.cohort + later, unit).astype(np.int64) for later in (0, 1)
    )
    inside = block.age < len(edges) - 1
    kept = inside & (starts + edges[block.age] <= today)
    triangle = Triangle(
        cohort=block.cohort[kept],
        age=block.age[kept],
        n=block.n[kept],
        active=block.active[kept],
        revenue=block.revenue[kept],
    )
    # The last of the cohort starts on the day before `ends`, and to_day is not in the bracket.
    return triangle, ends[kept] + edges[triangle.age + 1] - 2 <= today
