"""The single view: everything that is known about a customer in one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import checks, frames, notices, periods
from crmlytics.customers import _view_parts
from crmlytics.customers._view_keys import (
    as_key,
    count_repeats,
    key_kind,
    require_same_engine,
    require_same_kind,
    require_unique,
    rows_of_each,
)
from crmlytics.customers._view_rows import Source, naming
from crmlytics.customers.purchases import REFUNDS, Refunds
from crmlytics.customers.view_columns import names_of
from crmlytics.errors import DataContractError, DataQualityWarning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrame, IntoFrameT

    from crmlytics.customers._view_parts import Part

#: Our key beside the caller's, whose width may differ from frame to frame.
_KEY = "_crmlytics_key"

#: Columns on the way to the view, which no column of the customers may hide.
_HELPERS = {_KEY, "_bought_day", "_event", "_over", "_took", "_waits", "_touch_day", "_score"}


def customer_view(
    customers: IntoFrameT,
    *,
    transactions: IntoFrame | None = None,
    deals: IntoFrame | None = None,
    tickets: IntoFrame | None = None,
    touches: IntoFrame | None = None,
    surveys: IntoFrame | None = None,
    as_of: dt.date,
    refunds: Refunds = "net",
    customer_col: str | Mapping[str, str] = "customer_id",
    date_col: str | Mapping[str, str] = "date",
    amount_col: str | Mapping[str, str] = "amount",
    order_col: str | None = None,
    deal_col: str | None = "deal_id",
    created_col: str = "created_at",
    closed_col: str = "closed_at",
    outcome_col: str = "outcome",
    ticket_col: str | None = "ticket_id",
    opened_col: str = "opened_at",
    resolved_col: str = "resolved_at",
    response_col: str | None = None,
    score_col: str = "score",
    tz: str | None = None,
) -> IntoFrameT:
    """Join what each customer bought, negotiated, asked, received and answered into one row.

    Parameters
    ----------
    customers : frame
        One row per customer, from any engine: the key and any attributes, which are kept. A key
        in two rows is refused: which of the rows is right, only you can say.
    transactions, deals, tickets, touches, surveys : frame, optional
        Purchases, sales opportunities, service requests, contacts made by us, and answers to
        surveys: any number of rows per customer, frames of the same kind as `customers` (and of
        the same DuckDB connection). A source that is not given adds no columns.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist, and a deal closed or
        a ticket resolved later is still open.
    refunds : {"net", "ignore", "error"}
        What a negative amount of a transaction does: lowers ``revenue``, is left out of it, or is
        refused. In no case is it an order or refreshes the last purchase.
    customer_col, date_col, amount_col : str or mapping
        Names of the columns: the customer (text or integer), the day or time of transactions,
        touches and answers, the money of transactions and deals. Where the frames differ, a
        mapping from the frame to its column, such as ``{"customers": "id", "deals": "client"}``;
        frames that it does not name keep the default.
    order_col : str, optional
        The order of a transaction: ``orders`` counts its distinct values, and without it the
        distinct days of purchase.
    deal_col, ticket_col : str or None
        What identifies a deal, a ticket: in two rows it is refused, for it would count twice.
        None: each row is one, unchecked.
    created_col, closed_col, outcome_col : str
        Of deals: when created, when closed (missing while open), and ``"won"``, ``"lost"`` or
        missing (open).
    opened_col, resolved_col : str
        Of tickets: when opened, when resolved (missing while open).
    response_col : str, optional
        Of touches: 1 or true where the customer responded, 0 or false where not.
    score_col : str
        Of surveys: the score given, on any one scale.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the times know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per customer, ordered by customer: the columns of
        `customers` (categoricals as their values) and those that `customer_view_columns` lists
        for the sources given. Counts and sums are 0 for a customer without rows in a source that
        was given; days, dates, means and scores are null there.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If a customer, deal or ticket has several rows; if keys are missing or text in one frame
        and integers in another; if needed values are missing, infinite, contradictory or of the
        wrong type; if a column of `customers` bears the name of a column of the view.
    TypeError
        If the frames are of different kinds.

    Warns
    -----
    DataQualityWarning
        If a source has rows of customers who are not in `customers`: they are left out and
        counted; `join_report` says more.

    See Also
    --------
    customer_view_columns : what each column means.
    join_report : what a join keeps, loses and multiplies.

    Notes
    -----
    Each source is aggregated to one row per customer before it is joined, so that no join
    multiplies rows. Keys are compared exactly: ``"A1"`` and ``"a1 "`` are two customers, and
    `join_report` counts such look-alikes. On a database the view stays lazy: the engine that
    holds the rows aggregates and joins them; the checks cost two to three passes per source.
    pyarrow joins no nested attributes (lists, structures): leave those columns out.

    A deal without an amount counts for 0 in ``open_value``, and
    ``open_deals_without_amount`` says how many there are. ``mean_resolution_hours`` is the mean
    of the resolved tickets alone and thus too low while slow ones are open; judge a service by
    `crmlytics.survival.kaplan_meier`. Times of two zones are subtracted in UTC; naive ones on the
    local clock.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.customers import customer_view
    >>> customers = pd.DataFrame({"customer_id": ["ann", "bob"], "region": ["N", "S"]})
    >>> transactions = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-03-01", "2024-03-04"]),
    ...     "amount": [20.0, 30.0, -5.0],
    ... })
    >>> view = customer_view(customers, transactions=transactions, as_of=dt.date(2024, 3, 31))
    >>> view[["customer_id", "region", "orders", "revenue", "days_since_purchase"]]
      customer_id region  orders  revenue  days_since_purchase
    0         ann      N       2     45.0                 30.0
    1         bob      S       0      0.0                  NaN
    """
    as_of = checks.day("as_of", as_of)
    checks.word("refunds", refunds, REFUNDS)
    last_day = periods.to_day_index(as_of)
    sources: dict[str, Any] = {
        "transactions": transactions,
        "deals": deals,
        "tickets": tickets,
        "touches": touches,
        "surveys": surveys,
    }
    given = {name: frame for name, frame in sources.items() if frame is not None}
    purchase = {"date_col": date_col, "amount_col": amount_col, "order_col": order_col}
    deal = {"deal_col": deal_col, "amount_col": amount_col, "created_col": created_col}
    roles: dict[str, dict[str, Any]] = {
        "transactions": purchase,
        "deals": deal | {"closed_col": closed_col, "outcome_col": outcome_col},
        "tickets": {
            "ticket_col": ticket_col,
            "opened_col": opened_col,
            "resolved_col": resolved_col,
        },
        "touches": {"date_col": date_col, "response_col": response_col},
        "surveys": {"date_col": date_col, "score_col": score_col},
    }
    _check_mappings({"customer_col": customer_col, "date_col": date_col, "amount_col": amount_col})
    key = str(_column(customer_col, "customers", "customer_col"))
    with naming("customers"):
        base, kind = _customers(customers, key, taken=names_of(list(given)))
    everyone = base.select(_id=nw.col(_KEY))
    for name, frame in given.items():
        require_same_engine(customers, frame, "customers", name)
        columns = {"customer_col": customer_col} | roles[name]
        source = Source(frame, {role: _column(each, name, role) for role, each in columns.items()})
        with naming(name):
            part = _part(name, source, last_day=last_day, tz=tz, refunds=refunds)
        require_same_kind(kind, part.rows.key_kind, "customers", name)
        _warn_unknown(everyone, part, name)
        base = _joined(base, part)
    wanted = [*frames.column_names(customers), *names_of(list(given), response_col=response_col)]
    return frames.same_kind(base.sort(_KEY).select(*wanted), like=customers)


def _customers(frame: Any, key: str, *, taken: Sequence[str]) -> tuple[nw.LazyFrame[Any], str]:
    """Return the customers with our key beside theirs, each key in one row."""
    names = frames.column_names(frame)
    checks.columns(names, {"customer_col": key})
    folded = {name.casefold() for name in taken} | _HELPERS
    if clash := [name for name in names if name.casefold() in folded]:
        raise DataContractError(
            f"{len(clash)} columns bear the name of a column of the view, such as "
            f"{clash[0]!r}; rename them first"
        )
    table = frames.lazy(frame, names)
    kind = key_kind(table, key)
    look = table.select(_missing=frames.flag(nw.col(key).is_null()))
    if missing := int(frames.row(look.select(nw.col("_missing").sum()))["_missing"] or 0):
        raise DataContractError(
            f"{missing:,} values of {key!r} are missing; "
            f"see them with {frames.how_to_find(frame, key, 'missing')}"
        )
    table = table.with_columns(as_key(key, kind).alias(_KEY))
    found = frames.row(count_repeats(table.select(_KEY), _KEY))
    require_unique(found, key, frame, "the view has one row per customer")
    return table, kind


def _part(name: str, source: Source, *, refunds: str, **common: Any) -> Part:
    if name == "transactions":
        return _view_parts.purchases(source, refunds=refunds, **common)
    part: Part = getattr(_view_parts, name)(source, **common)
    return part


def _joined(base: nw.LazyFrame[Any], part: Part) -> nw.LazyFrame[Any]:
    """Add the columns of one source: 0 or null where the customer has no rows in it."""
    for table in part.tables:
        base = base.join(table.rename({"_id": _KEY}), on=_KEY, how="left")
    schema = base.collect_schema()
    counts = {name: _filled(name, integer=schema[name].is_integer()) for name in part.zeros}
    base = base.with_columns(**counts).with_columns(**part.finish)
    return base.drop(*part.drop) if part.drop else base


def _filled(name: str, *, integer: bool) -> nw.Expr:
    filled = nw.col(name).fill_null(0 if integer else 0.0)
    return filled.cast(nw.Float64 if name in _MONEY else nw.Int64)


_MONEY = ("revenue", "refunded", "won_value", "open_value")


def _warn_unknown(everyone: nw.LazyFrame[Any], part: Part, name: str) -> None:
    """Count the rows whose customer is not among the customers."""
    each = rows_of_each(part.rows.table, "_id")
    unknown = each.join(everyone, on="_id", how="anti")
    found = frames.row(unknown.select(nw.len().alias("keys"), nw.col("_n").sum().alias("rows")))
    if keys := int(found["keys"] or 0):
        notices.warn(
            f"{name}: {int(found['rows']):,} rows belong to {keys:,} customers who are not in "
            f"customers; they are left out; see join_report(customers, {name}, on=...)",
            DataQualityWarning,
        )


def _check_mappings(columns: Mapping[str, object]) -> None:
    """Refuse a mapping from a frame that is none of ours, such as a misspelt one."""
    frames_of_ours = ("customers", "transactions", "deals", "tickets", "touches", "surveys")
    for parameter, value in columns.items():
        if not isinstance(value, str):
            for name in value:  # type: ignore[attr-defined]
                checks.word(f"a key of {parameter}", name, frames_of_ours)


def _column(value: Any, frame: str, role: str) -> str | None:
    """Return the column of a role in one frame."""
    if value is None or isinstance(value, str):
        return value
    column: str = value.get(frame, role.removesuffix("_col").replace("customer", "customer_id"))
    return column
