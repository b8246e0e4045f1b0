"""Growth accounting: who came, stayed, returned and left in each period, and with what money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import CodedEvents, read_events
from crmlytics.customers.purchases import REFUNDS, Refunds, refuse_refunds
from crmlytics.retention._activity import coded_activity, lazy_activity
from crmlytics.retention._growth_flows import (
    COUNTS,
    MONEY,
    Flows,
    coded_flows,
    lazy_flows,
    warn_of_shortfall,
)

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

# Losses below this share of the money before them are the rounding of sums, not losses.
_ROUNDING = 1e-9


def growth_accounting(
    events: IntoFrameT,
    *,
    unit: periods.Unit,
    as_of: dt.date,
    amount_col: str | None = None,
    refunds: Refunds = "net",
    customer_col: str = "customer_id",
    date_col: str = "date",
    tz: str | None = None,
) -> IntoFrameT:
    """Split the active customers of each period into new, retained and resurrected; count losses.

    Parameters
    ----------
    events : frame
        One row per purchase or other activity, from any engine; other columns are ignored.
        It should hold the whole history: a customer is new in the period of the first row.
    unit : {"D", "W", "M", "Q", "Y"}
        Calendar unit of the periods; weeks run Monday to Sunday.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    amount_col : str, optional
        Money in one currency; adds the same split of the revenue. A row with a negative amount is
        no activity.
    refunds : {"net", "ignore", "error"}
        What a negative amount does to the money, if there is an `amount_col`: lowers it, is left
        out, or is refused.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per period from the first activity to the period that holds
        `as_of`, periods without activity included: ``period`` (its first day, a date), ``active``
        (customers), ``new`` (active for the first time), ``retained`` (active in the period before,
        too), ``resurrected`` (active before, but not in the period before), ``churned`` (active
        in the period before and not in this one), ``quick_ratio``; with `amount_col` also
        ``revenue``, ``revenue_new``, ``revenue_retained``, ``revenue_resurrected``, ``expansion``,
        ``contraction``, ``revenue_churned``, ``revenue_quick_ratio``; last ``complete`` (whether
        the period is over). What compares with the period before is null in the first row:
        ``churned``, ``contraction``, ``revenue_churned`` and the ratios. A ratio is null
        where nothing was lost. Without rows the table is empty.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type; if there are refunds and
        ``refunds="error"``.
    NotEnoughDataError
        If `as_of` lies before all rows.

    Warns
    -----
    DataQualityWarning
        If customers have refunds only: they are left out and counted. If a customer's refunds
        exceed the purchases of a period: it counts as 0 revenue, and the sum is told.

    Notes
    -----
    In each period t after the first, for customers and for money::

        active = new + retained + resurrected
        active before = retained + churned
        quick_ratio = (new + resurrected) / churned

        revenue = revenue_retained + revenue_new + revenue_resurrected + expansion
        revenue before = revenue_retained + contraction + revenue_churned
        revenue_quick_ratio = (revenue_new + revenue_resurrected + expansion)
                              / (revenue_churned + contraction)

    ``revenue_retained`` is the sum of min(r, r before) over the retained customers. The money r of
    a customer in a period is the net sum, and 0 where refunds exceed purchases: a flow has a
    direction, and no customer can bring back less than nothing. The books are therefore lower
    than ``revenue`` by the sum that the warning tells.

    The period that is not over is shown as it stands, with ``complete`` False. Do not read its
    ``churned``: whoever has not come yet counts as lost.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import growth_accounting
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "cem", "cem", "bob"],
    ...     "date": pd.to_datetime([
    ...         "2024-01-05", "2024-01-20", "2024-02-10", "2024-02-11", "2024-03-02", "2024-03-09",
    ...     ]),
    ... })
    >>> growth_accounting(events, unit="M", as_of=dt.date(2024, 3, 31)).drop(columns="complete")
          period  active  new  retained  resurrected  churned  quick_ratio
    0 2024-01-01       2    2         0            0     <NA>          NaN
    1 2024-02-01       2    1         1            0        1          1.0
    2 2024-03-01       2    0         1            1        1          1.0
    """
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    checks.word("refunds", refunds, REFUNDS)
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
    if isinstance(rows, CodedEvents):
        found = coded_flows(coded_activity(rows, money=money, ignore_refunds=ignore), money=money)
    else:
        found = lazy_flows(lazy_activity(rows, money=money, ignore_refunds=ignore), money=money)
    if money:
        warn_of_shortfall(int(found["n_short"].sum()), float(found["shortfall"].sum()))
    period, flows = _every_period(found, last=periods.period_of(as_of, unit))
    table: dict[str, NDArray[Any]] = {"period": periods.first_days(period, unit)}
    table |= _customers(flows)
    if money:
        table |= _money(flows, table["churned"])
    table["complete"] = period <= periods.last_complete(as_of, unit)
    return frames.from_arrays(table, like=events)


def _every_period(found: Flows, *, last: int) -> tuple[NDArray[np.int64], Flows]:
    """Put the sums in order from the first active period on, with zeros where none were."""
    active = found["_period"][found["active"] > 0]
    first = int(active.min()) if len(active) else last + 1
    period = np.arange(first, last + 1)
    kept = found["_period"] >= first
    flows = {}
    for name in (*COUNTS, *(name for name in MONEY if name in found)):
        flows[name] = np.zeros(len(period), np.int64 if name in COUNTS else np.float64)
        flows[name][found["_period"][kept] - first] = found[name][kept]
    return period, flows


def _customers(flows: Flows) -> Flows:
    active, new, retained = (flows[name] for name in COUNTS)
    resurrected = active - new - retained
    churned = _before(active) - retained
    return {
        "active": active,
        "new": new,
        "retained": retained,
        "resurrected": resurrected,
        "churned": np.ma.masked_array(churned, mask=np.arange(len(churned)) == 0),
        "quick_ratio": _ratio(new + resurrected, churned),
    }


def _money(flows: Flows, churned: NDArray[Any]) -> Flows:
    table = {name: flows[name] for name in MONEY[:-1]}
    before = _before(table["revenue"])
    left = before - table["revenue_retained"] - table["contraction"]
    # A difference of sums: without anybody lost it is 0, whatever the rounding says.
    left = np.where(np.asarray(churned) == 0, 0.0, np.maximum(left, 0.0))
    gained = table["revenue_new"] + table["revenue_resurrected"] + table["expansion"]
    lost = left + table["contraction"]
    table["contraction"] = _from_second(table["contraction"])
    table["revenue_churned"] = _from_second(left)
    table["revenue_quick_ratio"] = _ratio(gained, np.where(lost > _ROUNDING * before, lost, 0.0))
    return table


def _before(values: NDArray[Any]) -> NDArray[Any]:
    """Return each period's predecessor, 0 for the first."""
    return np.concatenate((np.zeros(1, values.dtype), values[:-1]))[: len(values)]


def _from_second(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.arange(len(values)) == 0, np.nan, values)


def _ratio(gained: NDArray[Any], lost: NDArray[Any]) -> NDArray[np.float64]:
    """Gained per lost, NaN in the first period and where nothing was lost."""
    ratio = np.full(len(lost), np.nan)
    some = (lost > 0) & (np.arange(len(lost)) > 0)
    ratio[some] = gained[some] / lost[some]
    return ratio
