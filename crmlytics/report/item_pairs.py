"""Which items are bought together: pairs, tested against orders of the same sizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.basket import association_rules, baskets, frequent_itemsets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket import Baskets

#: Fewer orders of several items tell affinity from chance for nobody.
FEWEST_ORDERS = 50
#: Larger orders are wholesale, and their pairs grow with the square.
MOST_ITEMS = 1_000
_LEAST_COUNT, _LEAST_SHARE = 10, 0.005
_ALPHA = 0.05
_SHOWN = [
    "item", "other", "count", "antecedent_count", "confidence", "lift", "expected_count",
    "size_adjusted_lift", "p_value", "p_adjusted", "significant",
]  # fmt: skip


class Orders(NamedTuple):
    """The orders' items, and what was left out on the way."""

    baskets: Baskets
    n_unnamed: int
    n_huge: int


def gather(orders: NDArray[Any], items: pd.Series[Any]) -> Orders:
    """Gather the items of every order, given as the number of its order for each row."""
    named = items.notna().to_numpy(bool)
    rows = pd.DataFrame({"order_id": orders[named], "item": items[named].to_numpy()})
    rows = rows.drop_duplicates(ignore_index=True)
    size = np.bincount(rows["order_id"], minlength=1)
    huge = size > MOST_ITEMS
    kept = rows[~huge[rows["order_id"]]] if huge.any() else rows
    return Orders(baskets(kept), int((~named).sum()), int(huge.sum()))


def least_count(n_orders: int) -> int:
    """Orders that a pair must lie in: 1 in 200, and no fewer than 10."""
    return max(_LEAST_COUNT, math.ceil(_LEAST_SHARE * n_orders))


def pair_table(orders: Baskets) -> pd.DataFrame:
    """Return every pair of items that is frequent enough, once, in its more confident direction.

    First come those with the most orders beyond the number expected from the orders' sizes.
    """
    found = frequent_itemsets(orders, min_count=least_count(orders.n_baskets), max_len=2)
    rules = association_rules(
        found, null="basket_size", correction="holm", alpha=_ALPHA, measures=["confidence", "lift"]
    )
    rules["item"] = [names[0] for names in rules["antecedent"]]
    rules = rules.rename(columns={"consequent": "other"})
    # The table comes with the most confident rule first: of each pair it is the one to keep.
    pair = [tuple(sorted(pair)) for pair in zip(rules["item"], rules["other"], strict=True)]
    once = rules[~pd.Series(pair, index=rules.index, dtype=object).duplicated()]
    order = (once["expected_count"] - once["count"]).sort_values(kind="stable").index
    table: pd.DataFrame = once.loc[order, _SHOWN].reset_index(drop=True)
    return table
