"""The real data set whose figures are known from elsewhere (reference page, section 8.4)."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.io import read_table
from crmlytics.report import build_report

pytestmark = pytest.mark.data

COLUMNS = {
    "customer_col": "CustomerID",
    "order_col": "InvoiceNo",
    "date_col": "InvoiceDate",
    "quantity_col": "Quantity",
    "price_col": "UnitPrice",
    "item_col": "Description",
}


@pytest.fixture(scope="module")
def report(data_dir):
    path = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    if not path.exists():
        pytest.skip("online_retail is not among the real data sets")
    return build_report(
        transactions=read_table(path),
        as_of=dt.date(2011, 12, 10),
        refunds="ignore",
        currency="GBP",
        source=path,
        **COLUMNS,
    )


def test_rows_are_dropped_as_counted_elsewhere(report):
    rows = report.tables["rows"].set_index("step")["rows"]
    assert rows["read"] == 541_909
    assert rows["no_customer"] == 135_080
    assert rows["cancelled"] == 8_905
    assert rows["price"] == 40
    assert rows[["quantity", "date", "amount", "refund", "after_as_of"]].sum() == 0
    assert rows["kept"] == 397_884
    facts = report.tables["quality"].iloc[0]
    assert facts["duplicates_read"] == 5_268
    assert facts["duplicates_used"] == 5_192
    assert facts["last_period_open"]
    sentences = " ".join(report.sections[2].sentences)
    assert "406,829 customer numbers were stored as decimals" in sentences


def test_totals(report):
    totals = report.tables["totals"].iloc[0]
    assert totals["customers"] == 4_338
    assert totals["orders"] == 18_532
    assert totals["revenue"] == pytest.approx(8_911_407.90, abs=0.005)
    assert totals["repeat_rate"] == pytest.approx(0.6558, abs=5e-5)


def test_scores(report):
    scores = report.tables["scores"]
    assert scores["r"].tolist() == [861, 866, 863, 880, 868]
    assert scores["f"].tolist() == [1493, 835, 508, 802, 700]
    assert scores["m"].tolist() == [868, 867, 868, 867, 868]


def test_the_cohort_of_december_2010(report):
    counts = report.tables["cohort_counts"]
    assert counts["cohort"].iloc[0] == pd.Timestamp("2010-12-01")
    assert counts.iloc[0, 2:].tolist() == [
        885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235,
    ]  # fmt: skip
    long = report.tables["cohorts"]
    last = long[(long["cohort"] == pd.Timestamp("2010-12-01")) & (long["age"] == 12)]
    assert not last["complete"].iloc[0]
    assert "235*" in report.html


def test_growth_of_february(report):
    growth = report.tables["growth"].set_index("period")
    names = ["active", "new", "retained", "resurrected", "churned"]
    assert growth.loc["2011-02-01", names].tolist() == [758, 380, 262, 116, 479]
    assert growth["complete"].tolist() == [True] * 12 + [False]


def test_concentration(report):
    found = report.tables["concentration"].iloc[0]
    assert found["gini"] == pytest.approx(0.71514, abs=5e-6)
    assert found["n_for_80_percent"] == 1_133
    shares = report.tables["top_shares"].set_index("top")["share"]
    assert shares[0.01] == pytest.approx(0.3200, abs=5e-5)
    assert shares[0.2] == pytest.approx(0.7462, abs=5e-5)


def test_the_forecast_begins_with_the_unfinished_month(report):
    forecast = report.tables["forecast"]
    assert forecast["date"].iloc[0] == pd.Timestamp("2011-12-01")
    assert set(forecast["status"]) == {"short_history"}


def test_customers_are_valued_and_the_forecast_is_tested(report):
    section = next(section for section in report.sections if section.name == "value")
    assert not section.notice
    found = report.tables["value"].iloc[0]
    assert (found["n"], found["left_out"]) == (4_338, 0)
    # Thirteen months brought 8.9 million; customers who go on so spend about as much.
    assert 8e6 < found["low"] < found["value"] < found["high"] < 1e7
    # Our own figure (-0.316), in wide bounds: a change of it should be noticed.
    check = report.tables["value_check"].set_index("measure")
    assert -0.4 < check.loc["Revenue", "error"] < -0.2


def test_no_id_is_shown(report, data_dir):
    assert report.tables["top_customers"]["customer"].iloc[0] == "Customer 1"
    assert "14646" not in report.html  # the largest customer


def test_pairs_of_items_are_those_of_a_plain_count(report, data_dir):
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    kept = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    orders = kept.groupby(kept["Description"].str.strip())["InvoiceNo"].agg(set)
    pairs = report.tables["item_pairs"]
    assert pairs["count"].min() >= 93
    for pair in pairs.head(20).itertuples():
        assert pair.count == len(orders[pair.item] & orders[pair.other])
        assert pair.antecedent_count == len(orders[pair.item])
    assert (pairs["lift"] > 1).mean() > 0.99
    assert 0.5 < pairs["significant"].mean() < 0.95
