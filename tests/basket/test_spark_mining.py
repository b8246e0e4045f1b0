"""Mining on Spark gives what mining in memory gives, to the last count at the threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import (
    Baskets,
    association_rules,
    baskets,
    frequent_itemsets,
    frequent_sequences,
    spark_itemsets,
    spark_sequences,
)
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from tests.basket.market_data import groceries_by_name
from tests.basket.sequence_oracles import pei_log, zaki_log
from tests.support.engines import ENGINES

SPARK = ENGINES["pyspark"]
SETS = ("parents", "last_items", "nodes", "sizes", "counts")
SEQUENCES = (
    "elements", "element_parents", "element_items", "items", "counts", "n_items", "n_elements",
)  # fmt: skip


def same(found, expected, names):
    for name in names:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    for name in ("min_count", "max_len"):
        assert getattr(found, name) == getattr(expected, name)


def lines(n=25, items=tuple("abcdef"), seed=0):
    rng = np.random.default_rng(seed)
    held = [(order, item) for order in range(n) for item in items if rng.random() < 0.6]
    missing = set(range(n)) - {order for order, _ in held}
    held += [(order, items[0]) for order in missing]
    return pd.DataFrame(held, columns=["order_id", "item"])


@pytest.mark.spark
@pytest.mark.parametrize(
    "options",
    [
        {"min_support": 7 / 25},  # 7 / 25 * 25 is above 7 in floats
        {"min_count": 6, "max_len": 2},
        {"min_count": 7, "kind": "closed"},
        {"min_count": 7, "kind": "maximal", "max_len": 3},
        {"min_count": 5, "kind": "generators"},
        {"min_count": 26},
    ],
    ids=str,
)
def test_itemsets_equal_those_in_memory(options):
    log = lines()
    found = spark_itemsets(SPARK.make(log), **options)
    expected = frequent_itemsets(baskets(log), **options)
    same(found, expected, SETS)
    assert (found.kind, found.n_baskets) == (expected.kind, 25)
    assert found.baskets.items.tolist() == expected.baskets.items.tolist()
    pd.testing.assert_frame_equal(found.to_frame(), expected.to_frame())


@pytest.mark.spark
def test_integer_items_repeated_lines_and_other_names():
    log = lines(items=(30, 7, 100), seed=3)
    twice = pd.concat([log, log]).rename(columns={"order_id": "Заказ", "item": "sku"})
    found = spark_itemsets(SPARK.make(twice), min_count=3, order_col="Заказ", item_col="sku")
    expected = frequent_itemsets(baskets(log), min_count=3)
    same(found, expected, SETS)
    assert found.baskets.items.tolist() == [7, 30, 100]
    rules = association_rules(found, min_confidence=0.5)
    pd.testing.assert_frame_equal(rules, association_rules(expected, min_confidence=0.5))


@pytest.mark.spark
@pytest.mark.data
def test_groceries_on_spark(data_dir, golden):
    bought = groceries_by_name(data_dir)
    log = pd.DataFrame(
        {
            "order_id": np.repeat(np.arange(bought.n_baskets), bought.sizes),
            "item": bought.items[bought.indices].astype(object),
        }
    )
    found = spark_itemsets(SPARK.make(log), min_support=0.01)
    golden(
        "spark_itemsets: Groceries at support 0.01, sets by size",
        ours=found.level_counts(),
        published=[88, 213, 32],
        source="R arules 1.7.13",
    )
    same(found, frequent_itemsets(bought, min_support=0.01), SETS)


@pytest.mark.spark
@pytest.mark.parametrize(
    ("log", "options"),
    [
        (pei_log, {"min_count": 2}),
        (pei_log, {"min_support": 0.5, "closed": True}),
        (zaki_log, {"min_count": 2, "max_len": 2}),
        (zaki_log, {"min_count": 5}),
    ],
    ids=["pei", "pei closed", "zaki short", "none"],
)
def test_sequences_equal_those_in_memory(log, options):
    frame = SPARK.make(log())
    found = spark_sequences(frame, **options)
    expected = frequent_sequences(log(), **options)
    assert found.patterns() == expected.patterns()
    if len(expected):
        same(found, expected, SEQUENCES)
    assert (found.n_customers, found.closed) == (expected.n_customers, expected.closed)
    assert SPARK.columns(found.to_frame())["count"] == expected.counts.tolist()


@pytest.mark.spark
def test_too_much_is_not_collected():
    with pytest.raises(ValueError, match="more than max_itemsets=3 itemsets reach min_count=2"):
        spark_itemsets(SPARK.make(lines()), min_count=2, max_itemsets=3)
    with pytest.raises(ValueError, match="more than max_patterns=5 sequences reach min_count=2"):
        spark_sequences(SPARK.make(pei_log()), min_count=2, max_patterns=5)


@pytest.mark.spark
def test_refusals_on_spark():
    frame = SPARK.make(lines())
    with pytest.raises(ColumnNotFoundError, match="did you mean 'order_id'"):
        spark_itemsets(frame, min_count=2, order_col="order")
    with pytest.raises(ValueError, match="got both"):
        spark_itemsets(frame, min_count=2, min_support=0.5)
    with pytest.raises(ValueError, match="kind must be one of"):
        spark_itemsets(frame, min_count=2, kind="any")
    missing = lines()
    missing.loc[3, "item"] = None
    with pytest.raises(DataContractError, match=r"1 of \d+ values of 'item' are missing"):
        spark_itemsets(SPARK.make(missing), min_count=2)
    with pytest.raises(NotEnoughDataError, match="there are no baskets"):
        spark_itemsets(SPARK.make(lines().iloc[:0]), min_count=2)
    with pytest.raises(ValueError, match="got neither"):
        spark_sequences(SPARK.make(pei_log()))


def test_frames_in_memory_are_shown_the_other_way():
    with pytest.raises(TypeError, match=r"got one of pandas; use frequent_itemsets\(baskets"):
        spark_itemsets(lines(), min_count=2)
    with pytest.raises(TypeError, match=r"use frequent_sequences\(frame"):
        spark_sequences(pei_log(), min_count=2)
    with pytest.raises(TypeError, match="must be a pandas, polars"):
        spark_itemsets(Baskets.from_lists([["a"]]), min_count=2)
