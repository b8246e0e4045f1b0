"""Hierarchy: hand cases, the sums of random leaves, gaps, engines, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.forecast import Hierarchy, SalesForecaster, sales_series

SHOPS = pd.DataFrame({"region": ["n", "n", "s"], "item": ["tea", "rye", "tea"]})
MONTHS = pd.date_range("2024-01-01", periods=4, freq="MS")


def sales(values, by=SHOPS):
    values = np.array(values, float)
    return pd.DataFrame({
        **{name: np.repeat(by[name].to_numpy(), values.shape[1]) for name in by},
        "date": np.tile(MONTHS[: values.shape[1]], len(values)),
        "value": values.ravel(),
    })  # fmt: skip


def test_nested_by_hand():
    tree = Hierarchy.from_columns(SHOPS, by=["region", "item"])
    assert tree.nodes == ("total", "n", "s", "n/rye", "n/tea", "s/tea")
    assert tree.leaves == ("n/rye", "n/tea", "s/tea")
    assert tree.levels == ("total", "region", "region", *["region/item"] * 3)
    assert tree.summing.toarray()[:3].tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 1]]
    assert repr(tree) == "Hierarchy(6 nodes, 3 leaves)"


def test_crossed_by_hand():
    tree = Hierarchy.from_columns(SHOPS, by=["region", "item"], kind="crossed", total="all")
    assert tree.nodes[:5] == ("all", "n/*", "s/*", "*/rye", "*/tea")
    assert tree.summing.toarray()[3:5].tolist() == [[1, 0, 0], [0, 1, 1]]
    three = SHOPS.assign(year=[1, 1, 2])
    deep = Hierarchy.from_columns(three, by=["region", "item", "year"], kind="crossed")
    assert {"n/*/1", "*/tea/2", "n/tea/*", "*/*/2"} <= set(deep.nodes)
    assert len(set(deep.nodes)) == len(deep.nodes)


def test_one_column_is_a_total_and_its_parts():
    tree = Hierarchy.from_columns(SHOPS, by=["region"])
    assert tree.nodes == ("total", "n", "s")


def test_parents_may_be_numbers_and_depths_differ():
    tree = Hierarchy.from_parents({2: 1, 3: 1, 4: 2, 5: 2})
    assert tree.nodes == (1, 2, 3, 4, 5)
    assert tree.levels == ("0", "1", "1", "2", "2")
    table = pd.DataFrame({
        "series": np.repeat([3, 4, 5], 4), "date": np.tile(MONTHS, 3), "value": np.arange(12.0)
    })  # fmt: skip
    summed = tree.aggregate(table, series_col="series")
    assert summed[summed["series"] == 1]["value"].tolist() == [12, 15, 18, 21]


@settings(max_examples=12, deadline=None)
@given(
    keys=st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), min_size=1),
    kind=st.sampled_from(["nested", "crossed"]),
    seed=st.integers(0, 99),
)
def test_nodes_are_the_group_sums(keys, kind, seed):
    by = pd.DataFrame(sorted(keys), columns=["region", "item"])
    rows = sales(np.random.default_rng(seed).integers(1, 9, (len(by), 4)), by)
    tree = Hierarchy.from_columns(rows, by=["region", "item"], kind=kind)
    wide = tree.aggregate(rows).pivot(index="series", columns="date", values="value")
    groups = {"total": rows}
    groups |= {
        name if kind == "nested" else f"{name}/*": one for name, one in rows.groupby("region")
    }
    if kind == "crossed":
        groups |= {f"*/{name}": one for name, one in rows.groupby("item")}
    for name, one in groups.items():
        assert wide.loc[name].tolist() == one.groupby("date")["value"].sum().tolist()
    assert len(wide) == len(groups) + len(by)


def test_gaps_starts_and_ends():
    tree = Hierarchy.from_columns(SHOPS, by=["region", "item"])
    rows = sales([[1, 2, 3, 4], [np.nan, 5, np.nan, 6], [7, 8, 9, np.nan]])
    with pytest.warns(DataQualityWarning, match="1 of 3 leaves end before the last period"):
        summed = tree.aggregate(rows)
    total = summed[summed["series"] == "total"]["value"]
    # Before it begins a leaf is 0, in its gap unknown, after its end 0.
    np.testing.assert_array_equal(total, [8, 15, np.nan, 10])
    unknown = tree.aggregate(rows, outside="null")
    np.testing.assert_array_equal(unknown[unknown["series"] == "total"]["value"], [15])


def test_from_transactions_to_a_forecast_of_every_node(engine):
    rng = np.random.default_rng(0)
    log = pd.DataFrame({
        "region": rng.choice(["n", "s"], 300), "item": rng.choice(["tea", "rye"], 300),
        "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 730, 300), unit="D"),
        "amount": rng.integers(1, 50, 300).astype(float),
    })  # fmt: skip
    frame = engine.make(log)
    tree = Hierarchy.from_columns(frame, by=["region", "item"], kind="crossed")
    leaves = sales_series(tree.label(frame), unit="M", as_of=dt.date(2023, 12, 31), by="series")
    summed = tree.aggregate(leaves, series_col="series")
    found = engine.columns(summed)
    assert list(found) == ["series", "date", "value"]
    total = [v for name, v in zip(found["series"], found["value"], strict=True) if name == "total"]
    assert sum(total) == pytest.approx(log["amount"].sum())
    if engine.name == "pandas":
        made = SalesForecaster(horizon=2).fit(summed, series_col="series").predict()
        assert set(made["series"]) == set(tree.nodes)


def test_refusals():
    with pytest.raises(DataContractError, match="2 have none"):
        Hierarchy.from_parents({"a": "x", "b": "y"})
    with pytest.raises(DataContractError, match="2 series are their own ancestors"):
        Hierarchy.from_parents({"a": "x", "b": "c", "c": "b"})
    with pytest.raises(DataContractError, match="all text or all integers"):
        Hierarchy.from_parents({"a": "x", 1: "x"})
    with pytest.raises(ColumnNotFoundError, match="did you mean 'region'"):
        Hierarchy.from_columns(SHOPS, by=["regio"])
    with pytest.raises(DataContractError, match="separator"):
        Hierarchy.from_columns(SHOPS.assign(item="tea/bag"), by=["region", "item"])
    with pytest.raises(DataContractError, match="bears the name of a sum"):
        Hierarchy.from_columns(SHOPS.assign(region="total"), by=["region", "item"])
    with pytest.raises(DataContractError, match="have no 'item'"):
        Hierarchy.from_columns(SHOPS.assign(item=["tea", None, "tea"]), by=["region", "item"])
    with pytest.raises(NotEnoughDataError, match="at least 1 leaf"):
        Hierarchy.from_columns(SHOPS[:0], by=["region"])
    tree = Hierarchy.from_columns(SHOPS, by=["region", "item"])
    with pytest.raises(DataContractError, match="1 of 3 leaves have no row, and 0 series"):
        tree.aggregate(sales([[1, 2], [3, 4]], SHOPS[:2]))
    with pytest.raises(ValueError, match="made of parents"):
        Hierarchy.from_parents({"a": "x"}).aggregate(sales([[1, 2]], SHOPS[:1]))
    with pytest.raises(DataContractError, match="already has a column"):
        tree.label(SHOPS.assign(series="x"))
