"""What each column of the single view means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Column(NamedTuple):
    column: str
    source: str
    meaning: str
    unit: str
    without_rows: str
    null_where: str


_COUNT = ("0", "never")

_COLUMNS = tuple(
    _Column(*row)
    for row in (
        ("orders", "transactions", "distinct orders (of order_col) or days with a purchase",
         "orders", *_COUNT),
        ("revenue", "transactions", "sum of the amounts, refunds by the policy", "money", *_COUNT),
        ("mean_order_value", "transactions", "revenue / orders", "money per order", "null",
         "orders is 0"),
        ("first_purchase", "transactions", "day of the first amount of at least 0", "date", "null",
         "orders is 0"),
        ("last_purchase", "transactions", "day of the last amount of at least 0", "date", "null",
         "orders is 0"),
        ("days_since_purchase", "transactions", "from the last purchase to as_of", "days", "null",
         "orders is 0"),
        ("refunds", "transactions", "rows with a negative amount", "rows", *_COUNT),
        ("refunded", "transactions", "money paid back, as a positive number", "money", *_COUNT),
        ("deals", "deals", "created up to as_of", "deals", *_COUNT),
        ("open_deals", "deals", "not closed by the end of as_of", "deals", *_COUNT),
        ("won_deals", "deals", "closed as won up to as_of", "deals", *_COUNT),
        ("lost_deals", "deals", "closed as lost up to as_of", "deals", *_COUNT),
        ("won_value", "deals", "amounts of the won deals", "money", *_COUNT),
        ("open_value", "deals", "known amounts of the open deals", "money", *_COUNT),
        ("open_deals_without_amount", "deals", "open deals that open_value lacks", "deals",
         *_COUNT),
        ("last_deal", "deals", "day on which the newest deal was created", "date", "null",
         "deals is 0"),
        ("days_since_deal_event", "deals", "from the last creating or closing to as_of", "days",
         "null", "deals is 0"),
        ("tickets", "tickets", "opened up to as_of", "tickets", *_COUNT),
        ("open_tickets", "tickets", "not resolved by the end of as_of", "tickets", *_COUNT),
        ("last_ticket", "tickets", "day on which the newest ticket was opened", "date", "null",
         "tickets is 0"),
        ("mean_resolution_hours", "tickets", "from opened to resolved, resolved tickets only",
         "hours", "null", "no ticket is resolved"),
        ("oldest_open_ticket_days", "tickets", "from the opening of the oldest open one to as_of",
         "days", "null", "open_tickets is 0"),
        ("touches", "touches", "contacts made up to as_of", "touches", *_COUNT),
        ("last_touch", "touches", "day of the last contact", "date", "null", "touches is 0"),
        ("days_since_touch", "touches", "from the last contact to as_of", "days", "null",
         "touches is 0"),
        ("responses", "touches", "contacts with a response; only with response_col", "touches",
         *_COUNT),
        ("surveys", "surveys", "answers up to as_of", "answers", *_COUNT),
        ("last_survey", "surveys", "day of the last answer", "date", "null", "surveys is 0"),
        ("last_score", "surveys", "mean score of the answers of that day", "score", "null",
         "surveys is 0"),
        ("mean_score", "surveys", "mean score of all answers", "score", "null", "surveys is 0"),
    )
)  # fmt: skip


def customer_view_columns() -> pd.DataFrame:
    """List the columns that `customer_view` adds to the customers, and what each means.

    Returns
    -------
    pandas.DataFrame
        One row per column, in the order of the view: ``column``, ``source`` (the frame that it
        comes from), ``meaning``, ``unit``, ``without_rows`` (what it holds for a customer without
        rows in that source: ``"0"`` or ``"null"``), ``null_where`` (when it is null).

    Raises
    ------
    None
        It has no parameters.

    Examples
    --------
    >>> from crmlytics.customers import customer_view_columns
    >>> columns = customer_view_columns().set_index("column")
    >>> columns.loc["days_since_purchase", ["source", "unit", "null_where"]].tolist()
    ['transactions', 'days', 'orders is 0']
    """
    return pd.DataFrame(_COLUMNS, columns=list(_Column._fields))


def names_of(sources: Sequence[str], *, response_col: str | None = "") -> list[str]:
    """Names of the columns that these sources add, in the order of the view."""
    return [
        each.column
        for each in _COLUMNS
        if each.source in sources and (each.column != "responses" or response_col is not None)
    ]
