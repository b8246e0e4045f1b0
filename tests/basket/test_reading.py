"""baskets: any frame in, duplicates merged, nothing lost without a word."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import baskets, frequent_itemsets
from crmlytics.errors import ColumnNotFoundError, DataContractError, DataQualityWarning


def make_lines(n=300, *, seed=5, orders=60, items=9):
    rng = np.random.default_rng(seed)
    order = rng.integers(0, orders, n)
    return pd.DataFrame(
        {
            "order_id": [f"o{i:03d}" for i in order],
            "item": [f"item {i}" for i in rng.integers(0, items, n)],
            "units": rng.integers(1, 5, n).astype(float),
            "customer_id": [f"c{i % 7}" for i in order],
            "date": pd.Timestamp("2024-02-27") + pd.to_timedelta(rng.integers(0, 400, n), "D"),
        }
    )


FULL = {"weight_col": "units", "customer_col": "customer_id", "date_col": "date"}


def facts(bought):
    return {
        name: None if getattr(bought, name) is None else getattr(bought, name).tolist()
        for name in ("indptr", "indices", "items", "weights", "orders", "customers", "days")
    }


def by_hand(lines):
    """The slow obvious reading."""
    items = sorted(set(lines["item"]))
    orders = sorted(set(lines["order_id"]))
    held = dict(iter(lines.groupby("order_id")))
    summed = [held[order].groupby("item")["units"].sum() for order in orders]
    start = pd.Timestamp("1970-01-01")
    return {
        "indptr": np.cumsum([0, *(len(one) for one in summed)]).tolist(),
        "indices": [items.index(name) for one in summed for name in one.index],
        "items": items,
        "weights": [units for one in summed for units in one],
        "orders": orders,
        "customers": [held[order]["customer_id"].iloc[0] for order in orders],
        "days": [(held[order]["date"].min() - start).days for order in orders],
    }


def test_every_engine_equals_the_slow_obvious_reading(engine):
    lines = make_lines()
    assert facts(baskets(engine.make(lines), **FULL)) == by_hand(lines)


def test_every_engine_without_options(engine):
    lines = make_lines(seed=8)[["order_id", "item"]]
    found = facts(baskets(engine.make(lines)))
    expected = facts(baskets(lines.drop_duplicates()))
    assert found == expected
    assert found["weights"] is found["customers"] is found["days"] is None


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80))
def test_order_of_rows_does_not_matter(seed, n):
    lines = make_lines(n, seed=seed)
    lines["units"] /= 3  # thirds add up differently in another order
    assert facts(baskets(lines, **FULL)) == facts(
        baskets(lines.sample(frac=1, random_state=seed), **FULL)
    )


def test_numbers_and_categories_as_ids():
    lines = make_lines()
    coded = lines.assign(
        order_id=lines["order_id"].str[1:].astype(int), item=lines["item"].astype("category")
    )
    found, expected = facts(baskets(coded, **FULL)), facts(baskets(lines, **FULL))
    assert found["orders"] == [int(name[1:]) for name in expected["orders"]]
    assert found | {"orders": None} == expected | {"orders": None}
    numbers = baskets(lines.assign(item=lines["item"].str[-1].astype("int32")))
    assert numbers.items.tolist() == list(range(9))
    assert all(isinstance(name, int) for name in numbers.items)


def test_aware_dates_need_a_zone():
    lines = make_lines(20).assign(
        date=pd.Timestamp("2024-05-01 23:30").tz_localize("UTC"), order_id="o"
    )
    with pytest.raises(DataContractError, match="pass the business time zone"):
        baskets(lines, **FULL | {"customer_col": None})
    there = baskets(lines, **FULL | {"customer_col": None}, tz="Europe/Warsaw")
    assert there.days.tolist() == [(pd.Timestamp("2024-05-02") - pd.Timestamp("1970-01-01")).days]


@pytest.mark.parametrize("column", ["order_id", "item", "units", "customer_id", "date"])
def test_missing_values_are_counted(engine, column):
    lines = make_lines(50)
    lines.loc[[3, 7], column] = None
    with pytest.raises(DataContractError, match=rf"2 of 50 values of '{column}'") as caught:
        baskets(engine.make(lines), **FULL)
    assert "see them with" in str(caught.value)


def test_refusals():
    lines = make_lines(40)
    with pytest.raises(ColumnNotFoundError, match="did you mean 'item'"):
        baskets(lines, item_col="items")
    with pytest.raises(ValueError, match="item_col and weight_col are both 'item'"):
        baskets(lines, weight_col="item")
    with pytest.raises(DataContractError, match="must be text or integers"):
        baskets(lines.assign(item=1.5))
    with pytest.raises(DataContractError, match="parse_money"):
        baskets(lines.assign(units="2 pcs"), weight_col="units")
    with pytest.raises(DataContractError, match="infinite or NaN"):
        baskets(lines.assign(units=np.inf), weight_col="units")
    with pytest.raises(ValueError, match="max_basket_size must be a whole number"):
        baskets(lines, max_basket_size=0)
    with pytest.raises(TypeError, match="must be a pandas, polars"):
        baskets([["milk"]])


def test_an_order_has_one_customer(engine):
    lines = make_lines(60)
    lines["customer_id"] = [f"c{i % 2}" for i in range(60)]
    with pytest.raises(DataContractError, match=r"of \d+ orders belong to more than one customer"):
        baskets(engine.make(lines), customer_col="customer_id")


def test_empty_frame_has_no_baskets(engine):
    empty = baskets(engine.make(make_lines().iloc[:0]), **FULL)
    assert (empty.n_baskets, empty.n_items, len(empty.weights)) == (0, 0, 0)


def test_giant_orders_are_left_out_by_position():
    lines = pd.DataFrame(
        {"order_id": ["Anna"] * 2 + ["Bob"] * 30, "item": [f"i{i}" for i in (1, 2, *range(30))]}
    )
    with pytest.warns(DataQualityWarning, match="1 of 2 orders .* position 1 with 30 items") as got:
        kept = baskets(lines, max_basket_size=10)
    assert "Bob" not in str(got[0].message)
    assert "takes 1 steps instead of 436" in str(got[0].message)
    assert kept.orders.tolist() == ["Anna"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert baskets(lines, max_basket_size=30).n_baskets == 2


def test_much_work_is_said_beforehand(monkeypatch):
    monkeypatch.setattr("crmlytics.basket.reading._MUCH_WORK", 100)
    with pytest.warns(DataQualityWarning, match="leave them out with max_basket_size"):
        baskets(make_lines())


def test_from_frame_to_itemsets(engine):
    lines = make_lines()
    found = frequent_itemsets(baskets(engine.make(lines)), min_count=8)
    sets = lines.groupby("order_id")["item"].agg(set)
    for names, count in zip(found.to_frame()["itemset"], found.counts, strict=True):
        assert count == sum(set(names) <= held for held in sets)


def test_unsigned_keys_do_not_turn_negative():
    lines = make_lines()
    keys = lines["order_id"].str[1:].astype("uint64") + 2**63
    bought = baskets(lines.assign(order_id=keys, customer_id=keys), customer_col="customer_id")
    assert bought.orders.tolist() == sorted(set(keys.tolist()))
    assert bought.customers.tolist() == bought.orders.tolist()
