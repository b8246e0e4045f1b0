from __future__ import annotations

import datetime as dt
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.datasets import Segment, Store, make_store
from crmlytics.datasets.deals import STAGES

START = dt.date(2023, 1, 1)
TABLES = ("customers", "products", "transactions", "deals", "stage_log")


def assert_same(one: Store, other: Store, *tables: str) -> None:
    for table in tables:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table))


@settings(max_examples=25, deadline=None)
@given(
    n_customers=st.integers(1, 80),
    n_days=st.integers(2, 900),
    seasonal_strength=st.sampled_from([0.0, 0.3, 0.95]),
    refund_rate=st.sampled_from([0.0, 0.2, 0.9]),
    n_deals=st.integers(0, 60),
    random_state=st.integers(0, 1_000),
)
def test_contract(n_customers, n_days, seasonal_strength, refund_rate, n_deals, random_state):
    end = START + dt.timedelta(days=n_days - 1)
    store = make_store(
        n_customers, start=START, end=end, seasonal_strength=seasonal_strength,
        refund_rate=refund_rate, n_deals=n_deals, random_state=random_state,
    )  # fmt: skip
    assert len(store.customers) == n_customers
    assert len(store.deals) == n_deals
    for name in TABLES:
        table = getattr(store, name)
        assert table.index.equals(pd.RangeIndex(len(table)))
        complete = table.drop(columns=["closed_at", "outcome", "lost_reason"], errors="ignore")
        assert not complete.isna().any().any()
        for column in table.select_dtypes("datetime"):
            assert table[column].dtype == "datetime64[us]"
    check_transactions(store, end)
    check_deals(store, end)


def check_transactions(store: Store, end: dt.date) -> None:
    lines = store.transactions
    hour = lines["date"].dt.hour
    assert lines["date"].is_monotonic_increasing
    assert ((lines["date"].dt.date >= START) & (lines["date"].dt.date <= end)).all()
    assert hour.between(9, 17).all()
    assert (lines["quantity"] != 0).all()
    assert (lines["amount"] == (lines["quantity"] * lines["price"]).round(2)).all()
    listed = lines.merge(store.products, on="item", suffixes=("", "_listed"))
    assert (listed["price"] == listed["price_listed"]).all()
    assert len(listed) == len(lines)
    assert not lines.duplicated(["order_id", "item"]).any()
    assert (lines.groupby("order_id")[["customer_id", "date"]].nunique() == 1).all().all()

    bought, returned = lines[lines["amount"] > 0], lines[lines["amount"] < 0]
    assert bought["order_id"].str.startswith("O").all()
    assert returned["order_id"].str.startswith("R").all()
    # The first order is on the day of the sign-up.
    first_day = bought.groupby("customer_id")["date"].min().dt.normalize()
    signed_up = store.customers.set_index("customer_id")["signed_up"]
    assert (first_day.reindex(signed_up.index) == signed_up).all()
    # A refund mirrors all lines of its order, at least a day later.
    mirror = returned.assign(order_id="O" + returned["order_id"].str[1:])
    pairs = mirror.merge(bought, on=["customer_id", "order_id", "item", "price"])
    assert len(pairs) == len(returned)
    assert (pairs["amount_x"] == -pairs["amount_y"]).all()
    assert (pairs["date_x"].dt.normalize() > pairs["date_y"].dt.normalize()).all()
    sizes = bought.groupby("order_id").size()
    mirrored = mirror.groupby("order_id").size()
    assert (sizes[mirrored.index] == mirrored).all()
    # Nobody buys after dropping out; the dropout is a purchase.
    dropped = store.truth.orders.customers.set_index("customer_id")["dropped_at"].dropna()
    last = bought.groupby("customer_id")["date"].max()
    assert (last[dropped.index] == dropped).all()


def check_deals(store: Store, end: dt.date) -> None:
    deals, log = store.deals, store.stage_log
    since = deals["customer_id"].map(store.customers.set_index("customer_id")["signed_up"])
    assert deals["deal_id"].is_unique
    assert deals["created_at"].is_monotonic_increasing
    assert (deals["created_at"] >= since).all()
    assert (deals["expected_close"] > deals["created_at"]).all()
    assert (deals["amount"] > 0).all()
    assert (deals["amount"] == deals["amount"].round(2)).all()
    assert (log["entered_at"].dt.date <= end).all()

    steps = log.assign(position=log["stage"].map(list(STAGES).index)).groupby("deal_id")
    assert len(steps) == len(deals)
    for deal_id, one in steps:
        deal = deals.set_index("deal_id").loc[deal_id]
        assert one["entered_at"].is_monotonic_increasing
        assert one["entered_at"].iloc[0] == deal["created_at"]
        assert one["stage"].iloc[-1] == deal["stage"]
        journey = one["position"].tolist()
        if deal["stage"] in ("Won", "Lost"):
            assert deal["outcome"] == deal["stage"].lower()
            assert deal["closed_at"] == one["entered_at"].iloc[-1]
        else:
            assert pd.isna(deal["outcome"])
            assert pd.isna(deal["closed_at"])
        assert pd.notna(deal["lost_reason"]) == (deal["stage"] == "Lost")
        if deal["stage"] == "Lost":
            journey.pop()
        assert journey == list(range(len(journey)))


def test_same_seed_same_store():
    one, again, other = (make_store(100, n_deals=40, random_state=seed) for seed in (5, 5, 6))
    assert_same(one, again, *TABLES)
    for part, frames in {
        "customers": ("members", "segments", "attribute_shares"),
        "products": ("item_rates", "rules"),
        "orders": ("customers", "seasonality"),
        "deals": ("stages", "owners", "sources", "win_probabilities", "lost_reasons"),
    }.items():
        for frame in frames:
            pd.testing.assert_frame_equal(
                getattr(getattr(one.truth, part), frame), getattr(getattr(again.truth, part), frame)
            )
    assert not one.customers["signed_up"].equals(other.customers["signed_up"])


def test_an_int_and_its_generator_agree():
    assert_same(
        make_store(50, random_state=5),
        make_store(50, random_state=np.random.default_rng(5)),
        *TABLES,
    )


def test_a_generator_gives_a_new_store_each_time_and_keeps_its_own_draws():
    rng = np.random.default_rng(5)
    one, two = make_store(50, random_state=rng), make_store(50, random_state=rng)
    assert not one.customers["signed_up"].equals(two.customers["signed_up"])
    assert rng.random() == np.random.default_rng(5).random()


def test_without_a_seed_stores_differ():
    one, two = make_store(50), make_store(50)
    assert not one.customers["signed_up"].equals(two.customers["signed_up"])


@pytest.fixture(scope="module")
def base() -> Store:
    return make_store(300, n_deals=100, random_state=11)


def test_the_number_of_deals_changes_only_deals(base):
    other = make_store(300, n_deals=0, random_state=11)
    assert_same(base, other, "customers", "products", "transactions")


def test_the_refund_rate_changes_only_refunds(base):
    other = make_store(300, n_deals=100, refund_rate=0.5, random_state=11)
    assert_same(base, other, "customers", "products", "deals", "stage_log")
    bought = [
        store.transactions.query("amount > 0").reset_index(drop=True) for store in (base, other)
    ]
    pd.testing.assert_frame_equal(*bought)


def test_a_higher_refund_rate_keeps_the_refunds_of_a_lower_one(base):
    other = make_store(300, n_deals=100, refund_rate=0.5, random_state=11)
    returned = [set(store.transactions.query("amount < 0")["order_id"]) for store in (base, other)]
    # Which orders come back is nested; when they do is drawn anew, so some may miss the end.
    settled = {order_id for order_id in returned[0] if int(order_id[1:]) < 1_500}
    assert len(settled) > 20
    assert settled <= returned[1]


def test_the_season_changes_only_orders(base):
    other = make_store(300, n_deals=100, seasonal_strength=0.0, random_state=11)
    assert_same(base, other, "customers", "products", "deals", "stage_log")
    assert not base.transactions["date"].equals(other.transactions["date"])


def test_the_segments_change_neither_sign_ups_nor_deals(base):
    everyone = Segment("All", 1.0, r=1.0, alpha=8.0, a=1.0, b=8.0)
    other = make_store(300, n_deals=100, segments=[everyone], random_state=11)
    assert_same(base, other, "products", "deals", "stage_log")
    columns = ["customer_id", "region", "signed_up"]
    pd.testing.assert_frame_equal(base.customers[columns], other.customers[columns])


def test_tables_without_rows_keep_their_types(base):
    empty = make_store(1, n_deals=0, random_state=0)
    for table in ("deals", "stage_log"):
        none, some = getattr(empty, table), getattr(base, table)
        assert none.empty
        pd.testing.assert_series_equal(none.dtypes, some.dtypes)


def test_input_segments_need_not_be_a_tuple():
    everyone = Segment("All", 1.0, r=1.0, alpha=8.0, a=1.0, b=8.0)
    assert_same(
        make_store(20, segments=[everyone], random_state=1),
        make_store(20, segments=(everyone,), random_state=1),
        *TABLES,
    )


def test_a_store_is_frozen_and_prints_its_size(base):
    with pytest.raises(FrozenInstanceError):
        base.customers = None  # type: ignore[misc]
    assert repr(base).startswith("Store(2022-01-01 to 2024-12-31: 300 customers, ")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_customers": 0}, ValueError, "n_customers must be a whole number of at least 1"),
        ({"n_customers": True}, ValueError, "n_customers must be a whole number"),
        ({"n_deals": -1}, ValueError, "n_deals must be a whole number of at least 0, got -1"),
        ({"start": dt.date(2025, 1, 1)}, ValueError, "end must be after start=2025-01-01"),
        ({"end": None}, ValueError, "end must be a date"),
        ({"seasonal_strength": 1.0}, ValueError, "seasonal_strength must be a fraction"),
        ({"seasonal_strength": -0.1}, ValueError, "seasonal_strength must be a fraction"),
        ({"refund_rate": 3}, ValueError, r"refund_rate .* did you mean 0\.03"),
        ({"segments": []}, TypeError, "segments must be a non-empty sequence"),
        ({"random_state": 1.5}, ValueError, "random_state must be None, an int"),
    ],
)
def test_bad_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        make_store(**options)
