"""Transactions into baskets: the way in, from any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks, notices
from crmlytics.basket import _rows
from crmlytics.basket._lines import read_lines
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import DataQualityWarning

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame

# Some seconds of counting; a shop's baskets need a hundredth of it.
_MUCH_WORK = 2_000_000_000
_SHOWN = 5


def baskets(
    transactions: IntoFrame,
    *,
    order_col: str = "order_id",
    item_col: str = "item",
    weight_col: str | None = None,
    customer_col: str | None = None,
    date_col: str | None = None,
    max_basket_size: int | None = None,
    tz: str | None = None,
) -> Baskets:
    r"""Gather the items of every order, ready for mining.

    Parameters
    ----------
    transactions : DataFrame
        One row per line of an order, of any engine; a lazy one merges duplicate lines itself.
    order_col : str
        Column that tells the orders apart.
    item_col : str
        Column of the items: text or integers.
    weight_col : str or None
        Column of a quantity or an amount of money, summed over an order's lines of one item.
    customer_col : str or None
        Column of the customer; one per order.
    date_col : str or None
        Column of the date; an order's day is the first one of its lines.
    max_basket_size : int or None
        Leave out orders with more distinct items than this, with a warning that says which: they
        are wholesale or bookkeeping rather than purchases, and cost the square of their size.
    tz : str or None
        Business time zone, such as ``"Europe/Warsaw"``: aware timestamps are converted to it, and
        refused without it.

    Returns
    -------
    Baskets
        Orders in ascending order of their keys, items in ascending order of their names.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If orders, items, weights, customers or dates are missing or of the wrong type, or an order
        has several customers.

    Warns
    -----
    DataQualityWarning
        If `max_basket_size` leaves orders out, or a few huge orders make counting very slow.

    Notes
    -----
    A basket is the *set* of an order's items: the same item twice counts once. Counting pairs costs
    :math:`\sum_i n_i (n_i - 1) / 2` over baskets of :math:`n_i` items, `Baskets.pair_work`. An
    order without any row is no order; one that loses all items in `Baskets.select` still counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import baskets
    >>> lines = pd.DataFrame(
    ...     {
    ...         "order_id": [1, 1, 1, 2],
    ...         "item": ["milk", "bread", "milk", "milk"],
    ...         "units": [1, 2, 1, 5],
    ...     }
    ... )
    >>> found = baskets(lines, weight_col="units")
    >>> found
    Baskets(n_baskets=2, n_items=2, n_lines=3, n_empty=0, largest=2, with weights, orders)
    >>> found.items.tolist(), found.weights.tolist()
    (['bread', 'milk'], [2.0, 2.0, 5.0])
    """
    if max_basket_size is not None:
        checks.whole_number("max_basket_size", max_basket_size, at_least=1)
    lines = read_lines(
        transactions,
        order_col=order_col,
        item_col=item_col,
        weight_col=weight_col,
        customer_col=customer_col,
        date_col=date_col,
        tz=tz,
    )
    indptr, indices, weights = _rows.build(
        lines.order, lines.item, lines.weight, n_rows=len(lines.orders), n_items=len(lines.items)
    )
    made = Baskets(
        indptr=indptr,
        indices=indices,
        items=lines.items,
        weights=weights,
        orders=lines.orders,
        customers=lines.customers,
        days=lines.days,
    )
    return _without_giants(made, max_basket_size)


def _without_giants(made: Baskets, most: int | None) -> Baskets:
    """Leave giant baskets out if asked, and warn where they cost much if not."""
    if most is None:
        if made.pair_work > _MUCH_WORK:
            largest = np.argsort(-made.sizes, kind="stable")[:_SHOWN]
            notices.warn(
                f"counting pairs will take {made.pair_work:,} steps; the largest of "
                f"{made.n_baskets:,} orders are {_listed(made, largest)}; "
                "leave them out with max_basket_size=…",
                DataQualityWarning,
            )
        return made
    giants = np.flatnonzero(made.sizes > most)
    if not len(giants):
        return made
    kept = made.take(made.sizes <= most)
    notices.warn(
        f"{len(giants):,} of {made.n_baskets:,} orders hold more than max_basket_size={most:,} "
        f"items and are left out: {_listed(made, giants)}; "
        f"counting pairs takes {kept.pair_work:,} steps instead of {made.pair_work:,}",
        DataQualityWarning,
    )
    return kept


def _listed(made: Baskets, rows: np.ndarray) -> str:
    """Positions and sizes, never the keys: an order's number may lead to a person."""
    shown = ", ".join(f"position {row:,} with {made.sizes[row]:,} items" for row in rows[:_SHOWN])
    more = len(rows) - _SHOWN
    return f"{shown}{f' and {more:,} more' if more > 0 else ''} (in ascending order of their keys)"
