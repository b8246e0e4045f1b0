"""For whom to recommend: baskets, customers or plain lists of items, as rows of fitted codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.basket import _rows
from crmlytics.basket._recommender_ranking import Query
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Asked(NamedTuple):
    """Rows to recommend for, and the column that tells them apart."""

    key_name: str
    keys: NDArray[Any]
    query: Query


def read_asked(baskets: object, by: str, items: NDArray[np.object_]) -> Asked:
    """Read what `BasketRecommender.recommend` was given, coded by the fitted `items`."""
    checks.word("by", by, ("basket", "customer"))
    held = baskets if isinstance(baskets, Baskets) else _from_names(baskets)
    if by == "customer":
        customers, held = histories(held, why="by='customer'")
        return Asked("customer_id", customers, _coded(held, items))
    if held.orders is not None:
        return Asked("order_id", held.orders, _coded(held, items))
    return Asked("basket", np.arange(held.n_baskets), _coded(held, items))


def histories(baskets: Baskets, *, why: str) -> tuple[NDArray[Any], Baskets]:
    """Every customer's baskets as one: the customers in ascending order, and their items."""
    if baskets.customers is None:
        raise DataContractError(
            f"{why} needs baskets that know their customers; "
            "make them with baskets(…, customer_col=…)"
        )
    customers, row = np.unique(baskets.customers, return_inverse=True)
    line_row = np.repeat(row.astype(np.int64), baskets.sizes)
    indptr, indices, _ = _rows.build(
        line_row,
        baskets.indices.astype(np.int64),
        None,
        n_rows=len(customers),
        n_items=baskets.n_items,
    )
    merged = Baskets(
        indptr=indptr, indices=indices, items=baskets.items, ancestors=baskets.ancestors
    )
    return customers, merged


def _from_names(given: Any) -> Baskets:
    """A list of names is one basket, a list of lists is several."""
    if isinstance(given, str | bytes) or not hasattr(given, "__iter__"):
        raise TypeError(
            "baskets must be a Baskets, a list of item names, or a list of such lists, "
            f"got {type(given).__name__}"
        )
    if hasattr(given, "columns"):
        raise TypeError(
            "baskets must be a Baskets or lists of item names, got a frame; "
            "make them with crmlytics.basket.baskets(frame, order_col=…, item_col=…)"
        )
    held = list(given)
    plain = [isinstance(one, str | int | np.integer) for one in held]
    return Baskets.from_lists([held] if held and all(plain) else held)


def _coded(held: Baskets, items: NDArray[np.object_]) -> Query:
    """Recode by the fitted items; an item that was not there in fitting tells nothing."""
    place = {name: code for code, name in enumerate(items.tolist())}
    code = np.fromiter((place.get(name, -1) for name in held.items), np.int64, held.n_items)
    known = code >= 0
    indptr, indices, _ = _rows.keep_items(held.indptr, held.indices, None, known)
    # Both lists of names ascend, so the codes of a basket still do.
    return Query(indptr, code[known][indices].astype(np.int32), len(items))
