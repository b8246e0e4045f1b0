"""Many cut-off days stacked: features strictly before, the outcome in a window after."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import CodedEvents, read_events
from crmlytics._core.intervals import wilson
from crmlytics.customers import _snapshot_attributes as as_of_join
from crmlytics.customers import _snapshot_coded, _snapshot_columns, _snapshot_lazy
from crmlytics.customers._snapshot_plan import (
    EVER,
    check_edges,
    check_spans,
    cutoff_days,
    plan_of,
)
from crmlytics.customers.purchases import REFUNDS, Refunds, refuse_refunds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT

    from crmlytics._core.events import Events
    from crmlytics.customers._snapshot_plan import Plan

_WINDOWS = (30, 90)


def snapshots(
    events: IntoFrameT,
    *,
    cutoffs: dt.date | Sequence[dt.date],
    lookback: int | None,
    active_within: int | None,
    horizon: int | None,
    unit: periods.Unit,
    gap: int = 0,
    windows: Sequence[int] | None = None,
    as_of: dt.date | None = None,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    refunds: Refunds = "net",
    attributes: Any = None,
    valid_from_col: str = "valid_from",
    tz: str | None = None,
) -> IntoFrameT:
    """Show each customer as known at each cut-off day, with what came after: no leak by design.

    Parameters
    ----------
    events : frame
        One row per purchase or order line, from any engine; other columns are ignored.
    cutoffs : date or sequence of dates
        The snapshot moments c, each the start of its day: features see what came strictly before
        c. An inclusive ``as_of`` day is the cut-off of the day after it.
    lookback : int or None
        Length of the history before c, in `unit`; None takes all there is. With one length every
        cut-off sees a customer through the same window.
    active_within : int or None
        Eligible is who bought within this time before c, in `unit`; None takes everybody who
        bought within the lookback.
    horizon : int or None
        Length of the outcome window, in `unit`. None gives the features alone, as for scoring
        today's customers.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of all spans. Weeks are 7 days; months and longer go by the calendar.
    gap : int
        Time between the cut-off and the outcome window, in `unit`: the time it takes to act.
    windows : sequence of int, optional
        Lengths of recent windows, in `unit`, each giving ``purchases_<length><unit>``. None: 30
        and 90 days, as far as they fit in the lookback; none for other units.
    as_of : date, optional
        Last day to the end of which the data are complete; later rows do not exist. None takes
        the day of the last event, which may be an unfinished one.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money in one currency; without it there is no money, and refunds cannot be told from
        purchases.
    refunds : {"net", "ignore", "error"}
        What a negative amount does: lowers the money, is left out, or is refused. In no case is
        it a purchase.
    attributes : frame, optional
        Slowly changing attributes of customers (plan, region, owner …): a row per customer and
        day from which it holds, of the same engine as `events`. Each snapshot gets the row last
        valid from a day before c; null where there is none.
    valid_from_col : str
        Column of `attributes` with the day from which a row holds.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per cut-off and eligible customer, ordered by both: the
        customer; ``cutoff`` (date); ``recency_days`` (from the last purchase day to c, at least
        1); ``age_days`` (from the first purchase of the lookback); ``purchases`` (days with a
        purchase); ``money``; ``mean_gap_days`` (between purchases) and ``recency_to_gap``, null
        after a single purchase; ``purchases_30d`` … and ``money_30d`` … for each window; the
        attributes; and with a horizon ``outcome_purchases``, ``outcome_money`` and ``churned``
        (1 where there is no purchase in the outcome window). Money only with `amount_col`.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type; if there are refunds and
        ``refunds="error"``; if attributes repeat a customer and day or bear a taken name.
    NotEnoughDataError
        If there are no events, a cut-off has no past, or its outcome window passes the end of the
        data: an outcome that is not over is unknown, not negative.
    ValueError
        If a span makes no sense, or a cut-off repeats.

    Notes
    -----
    History is [c - lookback, c), the outcome [c + gap, c + gap + horizon), both half-open, so
    that no event counts on both sides and none in the gap. Nothing at or after c can change a
    feature, nothing outside the window a label: both are tested as properties.

    The same customer appears at several cut-offs. Rows of one customer are not independent: split
    with `PurgedSnapshotSplit`, and read standard errors by customer.

    On a database the table stays lazy, and the engine makes all cut-offs in one pass.

    References
    ----------
    Gür Ali, Ö. and Arıtürk, U. (2014). Dynamic churn prediction framework with more effective use
    of rare event data. Expert Systems with Applications 41(17), 7889-7903 (stacked periods).
    Bergmeir, C. and Benítez, J. M. (2012). On the use of cross-validation for time series
    predictor evaluation. Information Sciences 191, 192-213.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import snapshots
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "ann", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-02-04", "2024-02-20", "2024-03-10", "2024-04-20"]
    ...     ),
    ... })
    >>> table = snapshots(
    ...     events,
    ...     cutoffs=[dt.date(2024, 3, 1), dt.date(2024, 4, 1)],
    ...     lookback=60, active_within=60, horizon=30, unit="D", windows=[30],
    ...     as_of=dt.date(2024, 4, 30),
    ... )
    >>> table[["customer_id", "cutoff", "recency_days", "purchases", "purchases_30d", "churned"]]
      customer_id     cutoff  recency_days  purchases  purchases_30d  churned
    0         ann 2024-03-01            26          2              1        0
    1         bob 2024-03-01            10          1              1        1
    2         ann 2024-04-01            22          2              1        1
    3         bob 2024-04-01            41          1              0        0
    """
    read = _read(
        events,
        cutoffs=cutoffs,
        lookback=lookback,
        active_within=active_within,
        horizon=horizon,
        unit=unit,
        gap=gap,
        windows=windows,
        as_of=as_of,
        customer_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        refunds=refunds,
        tz=tz,
    )
    rows, plan, _ = read
    money, ignore = amount_col is not None, refunds == "ignore"
    results = _snapshot_columns.names_of(plan.spans, money=money)
    checks.free_names([customer_col], results)
    added: list[str] = []
    if attributes is not None:
        added = as_of_join.attribute_names(
            attributes,
            customer_col=customer_col,
            valid_from_col=valid_from_col,
            taken=[customer_col, *results],
        )
    if isinstance(rows, CodedEvents):
        found = _snapshot_coded.histories(rows, plan, money=money, ignore=ignore, all_known=False)
        columns = _snapshot_columns.coded(found, plan, money=money)
        if attributes is None:
            named = {customer_col: columns.pop("_id")} | columns
            return frames.from_arrays(named, like=events)
        days = columns["cutoff"].astype("datetime64[D]").astype(np.int64)
        held = frames.eager_from_arrays(columns | {"_cut": days}, like=events)
        table = held.lazy()
    else:
        lazily = _snapshot_lazy.histories(
            rows, plan, money=money, ignore=ignore, all_known=False, like=events
        )
        table = _snapshot_columns.lazily(lazily, plan, money=money, like=events)
    if attributes is not None:
        known = as_of_join.known_before(
            attributes,
            plan,
            customer_col=customer_col,
            valid_from_col=valid_from_col,
            names=added,
            tz=tz,
            like=events,
        )
        table = table.join(known, on=["_id", "_cut"], how="left")
    order = [name for name in results if not name.startswith(("outcome_", "churned"))]
    order += added + [name for name in results if name not in order]
    table = table.sort("_cut", "_id").select("_id", *order).rename({"_id": customer_col})
    return frames.same_kind(table, like=events)


def snapshot_audit(
    events: IntoFrameT,
    *,
    cutoffs: dt.date | Sequence[dt.date],
    lookback: int | None,
    active_within: int | None,
    horizon: int | None,
    unit: periods.Unit,
    gap: int = 0,
    as_of: dt.date | None = None,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    refunds: Refunds = "net",
    tz: str | None = None,
    level: float = 0.95,
) -> IntoFrameT:
    """Count who is in each snapshot, who is not and why, and how many of them churned.

    Parameters
    ----------
    events, cutoffs, lookback, active_within, horizon, unit, gap, as_of : object
        As for `snapshots`.
    customer_col, date_col, amount_col, refunds, tz : object
        As for `snapshots`.
    level : float
        Confidence of the interval of the churn rate, a fraction.

    Returns
    -------
    frame
        The kind that came in, one row per cut-off in order: ``cutoff``; ``opens`` and ``closes``
        (first day of the outcome window, and the day after its last; null without a horizon);
        ``known`` (customers who bought before the cut-off), of whom ``before_lookback`` bought
        only before the lookback and ``inactive`` only before the time of activity, and ``n`` are
        eligible; ``churned``, ``churn_rate``, ``low`` and ``high`` (Wilson) of these, null without
        a horizon; ``full_lookback`` (whether the data reach back far enough to fill it).

    Raises
    ------
    ColumnNotFoundError, DataContractError, NotEnoughDataError, ValueError
        As for `snapshots`.

    Notes
    -----
    ``known = before_lookback + inactive + n``: nobody is lost without a count. A churn rate that
    moves from cut-off to cut-off by more than its intervals says that the past may be no guide.
    Without a full lookback, customers look younger and rarer than at other cut-offs.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import snapshot_audit
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "cem", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2023-11-05", "2024-02-04", "2024-02-20", "2024-01-02", "2024-03-20"]
    ...     ),
    ... })
    >>> audit = snapshot_audit(
    ...     events, cutoffs=dt.date(2024, 3, 1), lookback=90, active_within=30, horizon=30,
    ...     unit="D", as_of=dt.date(2024, 3, 31),
    ... )
    >>> audit[["known", "before_lookback", "inactive", "n", "churned", "churn_rate"]]
       known  before_lookback  inactive  n  churned  churn_rate
    0      3                0         1  2        1         0.5
    """
    level = checks.fraction("level", level)
    rows, plan, first = _read(
        events,
        cutoffs=cutoffs,
        lookback=lookback,
        active_within=active_within,
        horizon=horizon,
        unit=unit,
        gap=gap,
        windows=(),
        as_of=as_of,
        customer_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        refunds=refunds,
        tz=tz,
    )
    counts = _counts(rows, plan, money=amount_col is not None, refunds=refunds, like=events)
    n, churned = counts["n"], counts["churned"]
    no_outcome = np.full(len(plan.cut), horizon is None)
    low, high = wilson(churned, n, level)
    unseen = np.array(["NaT"], "datetime64[D]")
    table = {
        "cutoff": plan.dates,
        "opens": np.where(no_outcome, unseen, plan.opens.astype("datetime64[D]")),
        "closes": np.where(no_outcome, unseen, plan.closes.astype("datetime64[D]")),
        "known": counts["known"],
        "before_lookback": counts["before_lookback"],
        "inactive": counts["known"] - counts["before_lookback"] - n,
        "n": n,
        "churned": np.ma.masked_array(churned, mask=no_outcome),
        "churn_rate": np.where(no_outcome | (n == 0), np.nan, churned / np.maximum(n, 1)),
        "low": np.where(no_outcome, np.nan, low),
        "high": np.where(no_outcome, np.nan, high),
        "full_lookback": (plan.since >= first) | (plan.since == EVER),
    }
    return frames.from_arrays(table, like=events)


def _read(
    events: Any,
    *,
    cutoffs: Any,
    lookback: int | None,
    active_within: int | None,
    horizon: int | None,
    unit: str,
    gap: int,
    windows: Sequence[int] | None,
    as_of: dt.date | None,
    customer_col: str,
    date_col: str,
    amount_col: str | None,
    refunds: Refunds,
    tz: str | None,
) -> tuple[Events | CodedEvents, Plan, int]:
    """Return the rows, the plan and the day of the first event."""
    if windows is None:
        fits = [w for w in _WINDOWS if lookback is None or w <= lookback]
        windows = fits if unit == "D" else ()
    spans = check_spans(
        unit=unit,
        lookback=lookback,
        active_within=active_within,
        windows=windows,
        gap=gap,
        horizon=horizon,
    )
    checks.word("refunds", refunds, REFUNDS)
    plan = plan_of(cutoff_days(cutoffs), spans)
    last = None if as_of is None else checks.day("as_of", as_of)
    rows = read_events(
        events,
        id_col=customer_col,
        date_col=date_col,
        amount_col=amount_col,
        as_of=dt.date.max if last is None else last,
        tz=tz,
    )
    refuse_refunds(rows, refunds=refunds, amount_col=amount_col or "")
    check_edges(plan, rows, last)
    return rows, plan, int(rows.first_day or 0)


def _counts(
    rows: Events | CodedEvents, plan: Plan, *, money: bool, refunds: str, like: Any
) -> dict[str, Any]:
    """Customers of each cut-off: known, seen in the lookback, eligible, churned."""
    ignore = refunds == "ignore"
    if isinstance(rows, CodedEvents):
        table = _snapshot_coded.histories(rows, plan, money=money, ignore=ignore, all_known=True)
    else:
        lazily = _snapshot_lazy.histories(
            rows, plan, money=money, ignore=ignore, all_known=True, like=like
        )
        names = ("_cut", "ever", "n", "active", "n_ahead")
        per = lazily.select(
            "_cut", **{name: frames.flag(nw.col(name) > 0) for name in names if name != "_cut"}
        )
        per = per.group_by(*names).agg(nw.len().alias("customers"))
        table = frames.arrays(frames.collect(per))
    at = np.searchsorted(plan.cut, table["_cut"])
    times = table.get("customers", np.ones(len(at), np.int64)).astype(np.float64)

    def total(condition: Any) -> Any:
        sums = np.bincount(at, weights=times * condition, minlength=len(plan.cut))
        return np.rint(sums).astype(np.int64)

    known, seen = table["ever"] > 0, table["n"] > 0
    eligible = seen & (table["active"] > 0) if plan.spans.active_within is not None else seen
    return {
        "known": total(known),
        "before_lookback": total(known & ~seen),
        "n": total(eligible),
        "churned": total(eligible & (table["n_ahead"] == 0)),
    }
