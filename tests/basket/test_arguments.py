"""Arguments of the wrong kind: every public function says what it wants and how to get it."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics import basket

LINES = pd.DataFrame(
    {
        "order_id": [1, 1, 2],
        "customer_id": ["ann", "ann", "bob"],
        "date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-05"]),
        "item": ["milk", "tea", "tea"],
        "category": ["x", "x", "x"],
        "price": [1.0, 2.0, 2.0],
    }
)
FOUND = basket.frequent_itemsets(basket.Baskets.from_lists([["a", "b"]]), min_count=1)
AS_OF = dt.date(2024, 2, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: basket.frequent_itemsets(LINES, min_count=1), "baskets must be a Baskets, got D"),
        (lambda: basket.split_baskets(LINES), "baskets must be a Baskets, got DataFrame; make it"),
        (lambda: basket.rule_stability(LINES, min_count=1), "baskets must be a Baskets, got"),
        (lambda: basket.BasketRecommender().fit(LINES), "baskets must be a Baskets, got"),
        (lambda: basket.association_rules(FOUND.baskets), "itemsets must be an Itemsets, got B"),
        (lambda: basket.association_rules(None), "an Itemsets, got NoneType; mine them with"),
        (
            lambda: basket.association_rules(FOUND, family="holdout", holdout=LINES),
            "holdout must be a Baskets",
        ),
        (lambda: basket.compare_rules(FOUND, LINES), "after must be an Itemsets"),
    ],
)
def test_a_frame_in_the_place_of_a_result(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda **c: basket.baskets(LINES, **c),
        lambda **c: basket.frequent_sequences(LINES, min_count=1, **c),
        lambda **c: basket.next_purchase_table(LINES, as_of=AS_OF, **c),
        lambda **c: basket.upsell_table(LINES, within=30, as_of=AS_OF, **c),
        lambda **c: basket.time_to_next(
            LINES, first_item="milk", next_item="tea", within=5, as_of=AS_OF, **c
        ),
    ],
)
def test_no_column_for_a_role_that_needs_one(call):
    """None for the customer would make all customers one."""
    with pytest.raises(TypeError, match="item_col must be the name of a column"):
        call(item_col=None)


def test_no_column_of_customers_dates_and_cells():
    for role in ("customer_col", "date_col"):
        with pytest.raises(TypeError, match=f"{role} must be the name of a column"):
            basket.frequent_sequences(LINES, min_count=1, **{role: None})
    with pytest.raises(TypeError, match="a_col must be the name of a column"):
        basket.rule_measures(LINES, a_col=None)
