from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.report.cleaning import IN_WORDS, REASONS, Roles, clean_transactions, roles_of

AS_OF = dt.date(2024, 6, 30)
ROLES = Roles("client", "when", order="order", quantity="units", price="price")


def lines() -> pd.DataFrame:
    """One good row of order 1, then one row for each reason, then one with all of them."""
    good = {"client": 7.0, "order": "1", "when": "2024-05-01 10:00", "units": 2, "price": 3.0}
    nat = pd.NaT
    rows = [
        good,
        good | {"client": np.nan},
        good | {"order": "C2"},
        good | {"price": 0.0},
        good | {"units": -1},
        good | {"when": nat},
        good | {"price": np.inf},
        good | {"when": "2024-07-01 00:00"},
        {"client": np.nan, "order": "C3", "when": nat, "units": -1, "price": -1.0},
        good | {"order": "4"},
        good | {"order": "5", "client": 8.0},
        good | {"order": "5", "client": 8.0},
    ]
    frame = pd.DataFrame(rows)
    frame["when"] = pd.to_datetime(frame["when"])
    return frame


def test_each_row_is_dropped_for_its_first_reason():
    cleaned = clean_transactions(lines(), ROLES, as_of=AS_OF, refunds="ignore")
    assert cleaned.n_read == 12
    assert cleaned.dropped == {
        "no_customer": 2,
        "cancelled": 1,
        "price": 1,
        "quantity": 1,
        "date": 1,
        "amount": 1,
        "refund": 0,
        "after_as_of": 1,
    }
    assert list(cleaned.dropped) == list(REASONS)
    assert cleaned.n_dropped == 8
    assert cleaned.rows["customer_id"].tolist() == [7, 7, 8, 8]
    assert cleaned.rows["amount"].tolist() == [6.0] * 4
    assert cleaned.rows["customer_id"].dtype == "int64"
    assert cleaned.repairs == {"customer_float": 10}


def test_exact_duplicates_are_counted_and_kept():
    cleaned = clean_transactions(lines(), ROLES, as_of=AS_OF, refunds="ignore")
    assert (cleaned.duplicates_read, cleaned.duplicates_kept) == (1, 1)
    assert cleaned.rows["order_id"].tolist().count("5") == 2


def test_with_net_what_takes_money_back_stays_as_a_refund():
    frame = lines()
    frame.loc[2, "units"] = -2  # the cancelled order gives 6 back
    cleaned = clean_transactions(frame, ROLES, as_of=AS_OF, refunds="net")
    assert cleaned.dropped["cancelled"] == 0
    assert cleaned.dropped["quantity"] == 0
    assert "refund" not in cleaned.dropped
    assert (cleaned.n_refunds, cleaned.refunds_money) == (2, -9.0)


def test_a_cancelled_order_with_a_positive_amount_is_dropped_with_net_too():
    cleaned = clean_transactions(lines(), ROLES, as_of=AS_OF, refunds="net")
    assert cleaned.dropped["cancelled"] == 1


@pytest.mark.parametrize(
    ("orders", "prefix"),
    [
        (["C1", "C2", "C3", "4"], "C"),  # most orders look like that: no sign of cancelling
        (["1", "2", "3", "CA"], "C"),  # no digits behind it
        (["1", "2", "3", "C4"], None),
        (["1", "2", "3", "C4"], "R"),
    ],
)
def test_a_letter_in_front_is_not_always_a_cancellation(orders, prefix):
    frame = pd.DataFrame({"c": ["a"] * 4, "d": pd.Timestamp("2024-01-01"), "m": 1.0, "o": orders})
    cleaned = clean_transactions(
        frame, Roles("c", "d", "m", "o"), as_of=AS_OF, cancelled_prefix=prefix
    )
    assert "cancelled" not in cleaned.dropped
    assert len(cleaned.rows) == 4


def test_negative_amounts_are_dropped_or_kept_as_asked_for(few):
    few.loc[0, "amount"] = -10.0
    roles = Roles("customer_id", "date", "amount")
    ignored = clean_transactions(few, roles, as_of=AS_OF, refunds="ignore")
    assert (ignored.dropped["refund"], ignored.n_refunds) == (1, 0)
    kept = clean_transactions(few, roles, as_of=AS_OF, refunds="net")
    assert (kept.n_refunds, kept.refunds_money, len(kept.rows)) == (1, -10.0, 5)


def test_rows_without_an_order_number_become_orders_of_their_day(few):
    few["order_id"] = [1.0, np.nan, np.nan, 4.0, 5.0]
    cleaned = clean_transactions(
        few, Roles("customer_id", "date", "amount", "order_id"), as_of=AS_OF
    )
    assert cleaned.repairs["order_missing"] == 2
    assert cleaned.rows["order_id"].nunique() == 5


def test_money_of_the_dropped_rows_is_told(few):
    few.loc[1, "customer_id"] = None
    cleaned = clean_transactions(few, Roles("customer_id", "date", "amount"), as_of=AS_OF)
    assert cleaned.dropped_money["no_customer"] == 30.0


def test_without_money_nothing_is_asked_of_amounts(few):
    cleaned = clean_transactions(few, Roles("customer_id", "date"), as_of=AS_OF)
    assert list(cleaned.rows) == ["customer_id", "date"]
    assert set(cleaned.dropped) == {"no_customer", "date", "after_as_of"}


def test_aware_dates_are_brought_to_the_business_zone(few):
    few["date"] = pd.to_datetime(["2024-01-31 23:30"] * 5).tz_localize("UTC")
    roles = Roles("customer_id", "date", "amount")
    with pytest.raises(DataContractError, match="tz='Europe/Warsaw'"):
        clean_transactions(few, roles, as_of=AS_OF)
    cleaned = clean_transactions(few, roles, as_of=AS_OF, tz="Europe/Warsaw")
    assert cleaned.rows["date"].iloc[0] == pd.Timestamp("2024-02-01 00:30")


def test_input_is_not_changed(few):
    before = few.copy(deep=True)
    clean_transactions(few, Roles("customer_id", "date", "amount", "order_id"), as_of=AS_OF)
    pd.testing.assert_frame_equal(few, before)


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "duckdb"])
def test_frames_of_other_engines_give_the_same_rows(few, kind):
    roles = Roles("customer_id", "date", "amount", "order_id")
    expected = clean_transactions(few, roles, as_of=AS_OF).rows
    if kind == "polars":
        other = pytest.importorskip("polars").from_pandas(few)
    elif kind == "pyarrow":
        other = pytest.importorskip("pyarrow").Table.from_pandas(few)
    else:
        other = pytest.importorskip("duckdb").from_df(few)
    rows = clean_transactions(other, roles, as_of=AS_OF).rows
    pd.testing.assert_frame_equal(rows, expected)


def test_a_column_that_holds_lists_does_not_stop_the_count_of_duplicates(few):
    few["tags"] = [["a"]] * 5
    few = pd.concat([few, few.iloc[[0]]])
    cleaned = clean_transactions(
        few, Roles("customer_id", "date", "amount", "order_id"), as_of=AS_OF
    )
    assert cleaned.duplicates_read == 1


def test_nothing_left_says_why(few):
    roles = Roles("customer_id", "date", "amount")
    with pytest.raises(NotEnoughDataError, match="as_of=2023-12-31 lies before all 5 rows"):
        clean_transactions(few, roles, as_of=dt.date(2023, 12, 31))
    with pytest.raises(DataContractError, match="no row of 5 can be used: 5 without a customer"):
        clean_transactions(few.assign(customer_id=None), roles, as_of=AS_OF)
    with pytest.raises(NotEnoughDataError, match="no rows"):
        clean_transactions(few.iloc[:0], roles, as_of=AS_OF)
    with pytest.raises(NotEnoughDataError, match="all 5 rows that can be used are refunds"):
        clean_transactions(few.assign(amount=-1.0), roles, as_of=AS_OF)


def test_columns_are_found_or_asked_for(few):
    names = {"customer_col": "customer_id", "date_col": "date", "order_col": None}
    found = roles_of(few, **names, amount_col=None, quantity_col=None, price_col=None)
    assert found.amount == "amount"
    with pytest.raises(ColumnNotFoundError, match="did you mean 'amount'"):
        roles_of(few, **names, amount_col="amonut", quantity_col=None, price_col=None)
    with pytest.raises(ValueError, match="go together"):
        roles_of(few, **names, amount_col=None, quantity_col="order_id", price_col=None)
    with pytest.raises(ValueError, match="must differ"):
        roles_of(few, **names, amount_col="date", quantity_col=None, price_col=None)


def test_repeated_column_names_are_refused(few):
    twice = few.rename(columns={"order_id": "amount"})
    with pytest.raises(DataContractError, match="1 column names repeat"):
        clean_transactions(twice, Roles("customer_id", "date"), as_of=AS_OF)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.sampled_from(["1", "2", "C3"]),
            st.sampled_from([-1.0, 0.0, 2.0, np.nan, np.inf]),
            st.sampled_from(["2024-01-01", "2025-01-01", None]),
        ),
        min_size=1,
    ),
    st.sampled_from(["net", "ignore"]),
)
def test_every_row_is_kept_or_dropped_once(rows, refunds):
    frame = pd.DataFrame(rows, columns=["c", "o", "m", "d"])
    frame["d"] = pd.to_datetime(frame["d"])
    frame["m"] = frame["m"].astype(float)
    try:
        cleaned = clean_transactions(frame, Roles("c", "d", "m", "o"), as_of=AS_OF, refunds=refunds)
    except (DataContractError, NotEnoughDataError):
        return
    assert cleaned.n_dropped + len(cleaned.rows) == cleaned.n_read == len(rows)
    assert np.isfinite(cleaned.rows["amount"]).all()
    assert not cleaned.rows.isna().any(axis=None)
    assert set(cleaned.dropped) <= set(IN_WORDS)


def test_long_ids_with_gaps_stay_apart(engine):
    large = 2**53
    frame = pd.DataFrame(
        {
            "client": pd.Series([large, large + 1, None], dtype="Int64"),
            "when": pd.to_datetime(["2024-05-01"] * 3).astype("datetime64[us]"),
            "paid": [1.0, 2.0, 3.0],
        }
    )
    cleaned = clean_transactions(engine.make(frame), Roles("client", "when", "paid"), as_of=AS_OF)
    assert sorted(cleaned.rows["customer_id"]) == [large, large + 1]
    assert cleaned.dropped["no_customer"] == 1
