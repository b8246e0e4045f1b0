"""segment_table: counts, money and intervals per segment."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from scipy import stats

from crmlytics.customers import rfm_table
from crmlytics.errors import DataContractError
from crmlytics.segmentation import RFMScorer, SegmentMap, segment_table


@pytest.fixture
def scored():
    return pd.DataFrame(
        {
            "segment": ["A", "B", "A", "A", "C"],
            "recency_days": [1, 100, 2, 6, 50],
            "frequency": [4, 1, 6, 2, 1],
            "monetary": [100.0, 20.0, 300.0, 200.0, 30.0],
        }
    )


def test_counts_and_money(engine, scored):
    found = engine.columns(segment_table(engine.make(scored)))
    assert found["segment"] == ["A", "C", "B"], "largest revenue first"
    assert found["n"] == [3, 1, 1]
    assert found["share"] == [0.6, 0.2, 0.2]
    assert found["orders"] == [12, 1, 1]
    assert found["revenue"] == [600.0, 30.0, 20.0]
    assert found["revenue_share"] == pytest.approx([600 / 650, 30 / 650, 20 / 650])
    assert found["average_order_value"] == [50.0, 30.0, 20.0]
    assert found["mean_recency_days"] == [3.0, 50.0, 100.0]


def test_intervals_of_means_equal_scipys(scored):
    found = segment_table(scored, level=0.9).iloc[0]
    x = scored.loc[scored["segment"] == "A", "monetary"]
    low, high = stats.t.interval(0.9, 2, x.mean(), stats.sem(x))
    assert (found["mean_monetary_low"], found["mean_monetary_high"]) == pytest.approx((low, high))


def test_one_customer_has_no_interval_of_the_mean(engine, scored):
    found = engine.columns(segment_table(engine.make(scored)))
    assert found["mean_monetary_low"][1:] == [None, None]
    assert found["share_low"][1] > 0


def test_customers_without_a_segment_are_refused(engine, scored):
    frame = engine.make(scored.assign(segment=["A", None, "A", "A", "C"]))
    with pytest.raises(DataContractError, match="1 of 5 values of 'segment' are missing"):
        segment_table(frame)
    with pytest.raises(ValueError, match=r"did you mean 0.95"):
        segment_table(scored, level=95)


def test_prospects_are_customers_without_orders(engine, scored):
    both = pd.DataFrame(
        {
            "segment": [*scored["segment"], "P", "P"],
            "recency_days": [*scored["recency_days"], None, None],
            "frequency": [*scored["frequency"], 0, 0],
            "monetary": [*scored["monetary"], None, None],
        }
    )
    found = engine.columns(segment_table(engine.make(both)))
    at = found["segment"].index("P")
    assert (found["n"][at], found["orders"][at], found["revenue"][at]) == (2, 0, 0.0)
    assert found["mean_recency_days"][at] is None
    assert found["mean_frequency"][at] == 0.0
    assert found["share"][at] == pytest.approx(2 / 7)
    with pytest.raises(DataContractError, match="1 of 5 values of 'monetary' are missing"):
        segment_table(scored.assign(monetary=[1.0, None, 2.0, 3.0, 4.0]))


@pytest.mark.data
def test_the_published_segments_of_r_rfm(data_dir, golden):
    # R rfm 0.3.0's vignette: customers, orders, revenue, average order value of ten segments.
    orders = pd.read_csv(
        data_dir / "rfm_orders" / "rfm_data_orders.csv", parse_dates=["order_date"]
    )
    expected = pd.read_csv(data_dir / "rfm_orders" / "rfm_orders_segment_summary.csv")
    rfm = rfm_table(orders, as_of=dt.date(2006, 12, 31), count_by="rows",
                    date_col="order_date", amount_col="revenue")  # fmt: skip
    segmented = SegmentMap.named("rfm10").assign(RFMScorer(ties="r").fit_transform(rfm))
    found = segment_table(segmented).set_index("segment").loc[expected["segment"]]
    columns = {"n": "customers", "orders": "orders", "revenue": "revenue"}
    for ours, theirs in columns.items():
        golden(
            f"orders data: {theirs} of the ten segments, by name",
            ours=found[ours].tolist(),
            published=expected[theirs].tolist(),
            source="R package rfm 0.3.0, vignette",
        )
    golden(
        "orders data: average order value of the ten segments, by name",
        ours=found["average_order_value"].round(4).tolist(),
        published=expected["aov"].tolist(),
        tolerance=0.005001,  # printed to 2 decimals
        source="R package rfm 0.3.0, vignette",
    )


@pytest.mark.data
def test_the_eleven_segments_of_the_orders_data(data_dir, golden):
    orders = pd.read_csv(
        data_dir / "rfm_orders" / "rfm_data_orders.csv", parse_dates=["order_date"]
    )
    rfm = rfm_table(orders, as_of=dt.date(2006, 12, 31), count_by="rows",
                    date_col="order_date", amount_col="revenue")  # fmt: skip
    segments = SegmentMap.named("putler11")
    segmented = segments.assign(RFMScorer(ties="r").fit_transform(rfm))
    found = segment_table(segmented).set_index("segment").loc[list(segments.segments)]
    expected = {
        "n": [139, 98, 104, 99, 55, 53, 30, 137, 22, 147, 111],
        "orders": [1_111, 672, 523, 276, 206, 281, 107, 834, 106, 546, 244],
        "revenue": [109_010, 65_300, 41_800, 21_406, 22_611, 28_814, 8_543, 86_457, 11_883, 47_379,
                    20_955],
    }  # fmt: skip
    for column, numbers in expected.items():
        golden(
            f"orders data: {column} of the eleven segments, in the map's order",
            ours=found[column].tolist(),
            published=numbers,
            source="R package rfm 0.3.0's rule and Putler's map, worked out with numpy alone",
        )


@pytest.mark.data
def test_the_eleven_segments_of_online_retail(data_dir, golden):
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    rows = rows.assign(
        customer_id=rows["CustomerID"].astype("int64"), amount=rows["Quantity"] * rows["UnitPrice"]
    )
    rfm = rfm_table(rows, as_of=dt.date(2011, 12, 10), count_by="orders", order_col="InvoiceNo",
                    date_col="InvoiceDate")  # fmt: skip
    segments = SegmentMap.named("putler11")
    found = segment_table(segments.assign(RFMScorer().fit_transform(rfm))).set_index("segment")
    golden(
        "Online Retail: customers of the eleven segments, in the map's order",
        ours=found.loc[list(segments.segments), "n"].tolist(),
        published=[798, 403, 307, 407, 243, 254, 229, 348, 123, 659, 567],
        source="our reference study: quintiles and Putler's map, worked out with numpy alone",
    )
