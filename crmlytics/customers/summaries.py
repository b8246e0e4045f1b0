"""The buy-till-you-die sufficient statistics: frequency, recency, T and money per purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import CodedEvents, read_events
from crmlytics.customers import _summary_coded, _summary_lazy
from crmlytics.customers._summary_options import check_options
from crmlytics.customers.purchases import Refunds, refuse_refunds

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT

_RESULTS = ("frequency", "recency", "T", "monetary_value", "log_gap_sum")
_HOLDOUT = ("frequency_holdout", "T_holdout", "monetary_value_holdout")


def purchase_summary(
    transactions: IntoFrameT,
    *,
    as_of: dt.date,
    unit: periods.Unit,
    exact: bool = False,
    first_purchase: Literal["exclude", "include"] = "exclude",
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    refunds: Refunds = "net",
    log_gaps: bool = False,
    tz: str | None = None,
) -> IntoFrameT:
    """Summarise each customer's purchase history in the numbers that lifetime models need.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine; other columns are ignored.
    as_of : date
        End of the observation, inclusive to the end of the day: later rows do not exist.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of ``recency`` and ``T``.
    exact : bool
        False: purchases within one calendar unit merge into one, and spans are differences of
        calendar indices (weeks run Monday to Sunday). True, for ``"D"`` and ``"W"``: purchases
        merge by day and spans are days, or days / 7, the form of the published results.
    first_purchase : {"exclude", "include"}
        Whether ``frequency`` and ``monetary_value`` leave the first purchase out (the models'
        repeat purchases) or count it.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money in one currency; without it there is no ``monetary_value``, refunds cannot be told
        from purchases, and every row counts as one.
    refunds : {"net", "ignore", "error"}
        What a negative amount does: lowers the money, is left out, or is refused. In no case is
        it a purchase. With ``"net"`` a refund in or before the unit of the first purchase belongs
        to the first purchase.
    log_gaps : bool
        Add ``log_gap_sum``, which models of regular timing need.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per customer, ordered by customer: the customer;
        ``frequency`` (repeat purchases, or all with ``first_purchase="include"``); ``recency``
        (age at the last purchase, in `unit`); ``T`` (age at `as_of`, in `unit`);
        ``monetary_value`` (mean money of the purchases that ``frequency`` counts, null where it
        counts none); ``log_gap_sum`` (sum of the logarithms of the times between purchases).

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
        If customers have refunds only: they are left out and counted.

    Notes
    -----
    ``recency`` here is the customer's age at the last purchase, as the models' papers have it;
    the ``recency_days`` of `rfm_table` counts back from `as_of`. The columns bear the names that
    users of lifetimes and pymc-marketing know; they write 0 where ``monetary_value`` is undefined.
    With weeks, lifetimes also counts what happened after `as_of` in the same week; here nothing
    after `as_of` exists, so the two agree when a week ends with `as_of` or the log does.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy Way.
    Marketing Science 24(2), 275-284, section 2.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import purchase_summary
    >>> transactions = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-03-01", "2024-02-10", "2024-03-01"]),
    ...     "amount": [20.0, 30.0, 15.0, 5.0],
    ... })
    >>> purchase_summary(
    ...     transactions, as_of=dt.date(2024, 3, 31), unit="D", amount_col="amount"
    ... )
      customer_id  frequency  recency     T  monetary_value
    0         ann          1     56.0  86.0            35.0
    1         bob          0      0.0  50.0             NaN
    """
    as_of = checks.day("as_of", as_of)
    checks.free_names([customer_col], _RESULTS)
    options = check_options(
        unit=unit,
        exact=exact,
        first_purchase=first_purchase,
        refunds=refunds,
        amount_col=amount_col,
        log_gaps=log_gaps,
    )
    events = read_events(
        transactions,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=as_of,
        unit=options.merge_unit,
        tz=tz,
    )
    refuse_refunds(events, refunds=refunds, amount_col=amount_col or "")
    end = periods.period_of(as_of, options.merge_unit)
    if isinstance(events, CodedEvents):
        table = _summary_coded.summarise(events, options, end=end)
        return frames.from_arrays({customer_col: table.pop("_id")} | table, like=transactions)
    summary = _summary_lazy.summarise(events, options, end=end)
    summary = summary.rename({"_id": customer_col}).sort(customer_col)
    return frames.same_kind(summary, like=transactions)


def calibration_holdout(
    transactions: IntoFrameT,
    *,
    calibration_end: dt.date,
    holdout_end: dt.date,
    unit: periods.Unit,
    exact: bool = False,
    first_purchase: Literal["exclude", "include"] = "exclude",
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    refunds: Refunds = "net",
    log_gaps: bool = False,
    tz: str | None = None,
) -> IntoFrameT:
    """Summarise the history up to one day and what the same customers bought after it.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine; other columns are ignored.
    calibration_end : date
        Last day of the history, inclusive. Customers who had not bought by then are not listed.
    holdout_end : date
        Last day of the time held out, inclusive; after `calibration_end`.
    unit, exact, first_purchase, customer_col, date_col, amount_col, refunds, log_gaps, tz
        As for `purchase_summary`.

    Returns
    -------
    frame
        The kind that came in: the columns of `purchase_summary` as of `calibration_end`, and
        ``frequency_holdout`` (purchases after it, all of them), ``T_holdout`` (length of the time
        held out, in `unit`) and, with `amount_col`, ``monetary_value_holdout`` (mean money of
        those purchases, null where there is none). Ordered by customer.

    Raises
    ------
    ValueError
        If `holdout_end` is not after `calibration_end`.
    ColumnNotFoundError, DataContractError, NotEnoughDataError
        As for `purchase_summary`.

    Notes
    -----
    A calendar unit that holds `calibration_end` in its midst can count in both parts, as in
    lifetimes; end the calibration with a unit, or use ``exact=True``. lifetimes averages the
    money of the time held out over rows, this function over purchases.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy Way.
    Marketing Science 24(2), 275-284, section 4.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import calibration_holdout
    >>> transactions = pd.DataFrame({
    ...     "customer_id": [1, 1, 1, 2],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-01-25", "2024-03-01", "2024-01-10"]),
    ... })
    >>> calibration_holdout(
    ...     transactions,
    ...     calibration_end=dt.date(2024, 1, 31),
    ...     holdout_end=dt.date(2024, 3, 31),
    ...     unit="D",
    ... )
       customer_id  frequency  recency     T  frequency_holdout  T_holdout
    0            1          1     20.0  26.0                  1       60.0
    1            2          0      0.0  21.0                  0       60.0
    """
    start = checks.day("calibration_end", calibration_end)
    end = checks.day("holdout_end", holdout_end)
    if end <= start:
        raise ValueError(f"holdout_end must be after calibration_end={start}, got {end}")
    checks.free_names([customer_col], _RESULTS + _HOLDOUT)
    options = check_options(
        unit=unit,
        exact=exact,
        first_purchase=first_purchase,
        refunds=refunds,
        amount_col=amount_col,
        log_gaps=log_gaps,
    )
    events = read_events(
        transactions,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=end,
        unit=options.merge_unit,
        tz=tz,
    )
    refuse_refunds(events, refunds=refunds, amount_col=amount_col or "")
    cut = periods.to_day_index(start)
    ends = (
        periods.period_of(start, options.merge_unit),
        periods.period_of(end, options.merge_unit),
    )
    if isinstance(events, CodedEvents):
        table = _summary_coded.with_holdout(events, options, cut=cut, ends=ends)
        return frames.from_arrays({customer_col: table.pop("_id")} | table, like=transactions)
    summary = _summary_lazy.with_holdout(events, options, cut=cut, ends=ends)
    summary = summary.rename({"_id": customer_col}).sort(customer_col)
    return frames.same_kind(summary, like=transactions)
