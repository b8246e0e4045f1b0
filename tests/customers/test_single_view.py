"""customer_view: each column by hand, the plain-Python oracle on every engine, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import customer_view, customer_view_columns
from crmlytics.errors import ColumnNotFoundError, DataContractError, DataQualityWarning
from tests.customers.view_oracle import NAMES, make_sources, view_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same

AS_OF = dt.date(2024, 3, 31)
EVERYONE = pd.DataFrame({"customer_id": NAMES[::-1]})


def times(*texts):
    return pd.Series(pd.to_datetime(list(texts), format="ISO8601")).astype("datetime64[us]")


def customers():
    return pd.DataFrame({"customer_id": ["bob", "ann", "cem"], "region": ["S", "N", None]})


def transactions():
    return pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "ann", "ann", "bob", "ann"],
            "date": times("2024-01-05", "2024-03-01 09:00", "2024-03-01 18:00",
                          "2024-03-04", "2024-03-31 15:00", "2024-04-01 00:00"),
            "amount": [20.0, 30.0, 12.0, -5.0, 7.0, 99.0],
            "order_id": ["A1", "A2", "A3", "A2", "B1", "A4"],
        }
    )  # fmt: skip


def deals():
    return pd.DataFrame(
        {
            "deal_id": [1, 2, 3, 4, 5],
            "customer_id": ["ann", "ann", "ann", "ann", "bob"],
            "created_at": times("2024-01-05", "2024-02-01", "2024-02-03", "2024-02-04",
                                "2024-04-01"),
            "closed_at": times("2024-02-05 12:00", None, "2024-04-01 00:00", "2024-03-31 15:00",
                               None),
            "outcome": ["won", None, "lost", "lost", None],
            "amount": [10.0, None, 3.0, None, 2.0],
        }
    )  # fmt: skip


def tickets():
    return pd.DataFrame(
        {
            "ticket_id": ["t1", "t2", "t3", "t4"],
            "customer_id": ["ann", "ann", "ann", "bob"],
            "opened_at": times("2024-03-05 10:00", "2024-03-07 08:00", "2024-03-30 23:00",
                               "2024-03-31 15:00"),
            "resolved_at": times("2024-03-06 11:30", None, "2024-03-31 23:59:59",
                                 "2024-04-01 00:00"),
        }
    )  # fmt: skip


def touches():
    return pd.DataFrame(
        {
            "customer_id": ["cem", "cem", "cem"],
            "date": times("2024-03-05 10:00", "2024-03-31 15:00", "2024-04-01"),
            "response": [True, False, True],
        }
    )


def surveys():
    return pd.DataFrame(
        {
            "customer_id": ["cem", "cem", "cem", "ann"],
            "date": times("2024-03-05 10:00", "2024-03-07 08:00", "2024-03-07 20:00", "2024-01-01"),
            "score": [9, 6, 3, 10],
        }
    )


def all_sources():
    return {
        "transactions": transactions(),
        "deals": deals(),
        "tickets": tickets(),
        "touches": touches(),
        "surveys": surveys(),
    }


def view(engine=None, **changes):
    """The view of the hand-made sources, with some frames or options replaced."""
    options = {"customers": customers(), **all_sources(), "as_of": AS_OF,
               "order_col": "order_id", "response_col": "response"} | changes  # fmt: skip
    if engine is not None:
        options = {name: engine.make(value) if isinstance(value, pd.DataFrame) else value
                   for name, value in options.items()}  # fmt: skip
    return customer_view(options.pop("customers"), **options)


def one_source(name, frame, **options):
    """The view of one source alone."""
    return customer_view(customers(), **{name: frame}, as_of=AS_OF, **options)


def test_every_column_by_hand(engine):
    first, newest = dt.date(2024, 1, 5), dt.date(2024, 3, 1)
    assert_same(
        engine.columns(view(engine)),
        {
            "customer_id": ["ann", "bob", "cem"],
            "region": ["N", "S", None],
            "orders": [3, 1, 0],
            "revenue": [57.0, 7.0, 0.0],
            "mean_order_value": [19.0, 7.0, None],
            "first_purchase": [first, AS_OF, None],
            "last_purchase": [newest, AS_OF, None],
            "days_since_purchase": [30, 0, None],
            "refunds": [1, 0, 0],
            "refunded": [5.0, 0.0, 0.0],
            "deals": [4, 0, 0],
            "open_deals": [2, 0, 0],
            "won_deals": [1, 0, 0],
            "lost_deals": [1, 0, 0],
            "won_value": [10.0, 0.0, 0.0],
            "open_value": [3.0, 0.0, 0.0],
            "open_deals_without_amount": [1, 0, 0],
            "last_deal": [dt.date(2024, 2, 4), None, None],
            "days_since_deal_event": [0, None, None],
            "tickets": [3, 1, 0],
            "open_tickets": [1, 1, 0],
            "last_ticket": [dt.date(2024, 3, 30), AS_OF, None],
            # 25 h 30 min and 24 h 59 min 59 s
            "mean_resolution_hours": [(25.5 + 25 - 1 / 3600) / 2, None, None],
            "oldest_open_ticket_days": [24, 0, None],
            "touches": [0, 0, 2],
            "last_touch": [None, None, AS_OF],
            "days_since_touch": [None, None, 0],
            "responses": [0, 0, 1],
            "surveys": [1, 0, 3],
            "last_survey": [dt.date(2024, 1, 1), None, dt.date(2024, 3, 7)],
            "last_score": [10.0, None, 4.5],
            "mean_score": [10.0, None, 6.0],
        },
    )


def test_the_columns_are_those_described():
    described = customer_view_columns()["column"].tolist()
    assert list(view().columns) == ["customer_id", "region", *described]
    alone = customer_view(customers(), touches=touches(), as_of=AS_OF)
    assert list(alone.columns) == [
        "customer_id", "region", "touches", "last_touch", "days_since_touch",
    ]  # fmt: skip
    assert customer_view(customers(), as_of=AS_OF)["customer_id"].tolist() == ["ann", "bob", "cem"]


def test_every_engine_equals_the_oracle(engine):
    sources = make_sources(seed=3)
    made = {name: engine.make(frame) for name, frame in sources.items()}
    found = customer_view(
        engine.make(EVERYONE), **made, as_of=AS_OF, order_col="order_id", response_col="response"
    )
    assert_same(engine.columns(found), view_oracle(sources, AS_OF))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), day=st.integers(0, 170))
def test_nothing_after_as_of_changes_anything(seed, day):
    as_of = dt.date(2024, 1, 1) + dt.timedelta(days=day)
    sources = make_sources(seed, n=20)
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    start = {"deals": "created_at", "tickets": "opened_at"}
    known = {}
    for name, frame in sources.items():
        cut = frame[frame[start.get(name, "date")] < end]
        for over in {"closed_at", "resolved_at"} & set(frame):
            cut = cut.assign(**{over: cut[over].where(cut[over] < end)})
            if "outcome" in cut:
                cut = cut.assign(outcome=cut["outcome"].where(cut[over].notna(), None))
        known[name] = cut
    options = {"as_of": as_of, "order_col": "order_id", "response_col": "response"}
    found = columns(customer_view(EVERYONE, **sources, **options))
    assert_same(found, columns(customer_view(EVERYONE, **known, **options)))
    assert_same(found, view_oracle(sources, as_of))


def test_the_order_of_rows_does_not_matter():
    mixed = {name: frame.sample(frac=1.0, random_state=1) for name, frame in all_sources().items()}
    assert_same(columns(view(customers=customers().iloc[::-1], **mixed)), columns(view()))


def test_without_orders_days_of_purchase_count():
    assert columns(view(order_col=None))["orders"] == [2, 1, 0]


def test_refund_policies(engine):
    ignoring = engine.columns(view(engine, refunds="ignore"))
    assert ignoring["revenue"] == [62.0, 7.0, 0.0]
    assert ignoring["refunded"] == [5.0, 0.0, 0.0]
    with pytest.raises(DataContractError, match=r"transactions: 1 of 6 rows have a negative"):
        view(engine, refunds="error")


def test_a_customer_with_refunds_only_stays():
    only = transactions().assign(customer_id=["ann", "ann", "ann", "cem", "bob", "ann"])
    found = columns(view(transactions=only))
    assert (found["orders"][2], found["revenue"][2], found["refunds"][2]) == (0, -5.0, 1)
    assert found["mean_order_value"][2] is found["last_purchase"][2] is None


def test_customers_in_two_rows_are_refused(engine):
    twice = pd.concat([customers(), customers().iloc[:1]])
    with pytest.raises(DataContractError, match=r"customers: 1 values .* \(2 rows\)") as caught:
        view(engine, customers=twice)
    assert "see them with" in str(caught.value)
    assert "bob" not in str(caught.value), "a message must not show an id"


@pytest.mark.parametrize(("source", "key"), [("deals", "deal_id"), ("tickets", "ticket_id")])
def test_a_deal_or_ticket_in_two_rows_is_refused_unless_unchecked(source, key):
    frame = all_sources()[source]
    twice = pd.concat([frame, frame.iloc[:1]])
    with pytest.raises(DataContractError, match=f"{source}: 1 values of '{key}'"):
        one_source(source, twice)
    column = "deal_col" if source == "deals" else "ticket_col"
    found = one_source(source, twice, **{column: None})
    assert found[source].tolist()[0] == one_source(source, frame)[source].tolist()[0] + 1


def test_unknown_customers_are_counted(engine):
    few = customers().iloc[1:]
    with pytest.warns(DataQualityWarning) as caught:
        found = view(engine, customers=few)
    said = [str(each.message) for each in caught]
    # Bob: a purchase and a ticket; his deal comes after as_of.
    assert [text.split(";")[0] for text in said] == [
        "transactions: 1 rows belong to 1 customers who are not in customers",
        "tickets: 1 rows belong to 1 customers who are not in customers",
    ]
    assert engine.columns(found)["customer_id"] == ["ann", "cem"]


def test_missing_keys_are_refused(engine):
    with pytest.raises(DataContractError, match="customers: 1 values of 'customer_id' are missing"):
        view(engine, customers=customers().assign(customer_id=["bob", None, "cem"]))
    nobody = touches().assign(customer_id=["cem", None, None])
    with pytest.raises(
        DataContractError, match="touches: 2 of 3 values of 'customer_id' are missing"
    ):
        view(engine, touches=nobody)


def test_text_and_integers_are_not_joined(engine):
    numbered = customers().assign(customer_id=[1, 2, 3])
    with pytest.raises(DataContractError, match="integers in customers and text in transactions"):
        view(engine, customers=numbered)


@pytest.mark.parametrize(
    ("source", "change", "words"),
    [
        ("transactions", {"amount": np.inf}, "1 of 6 values of 'amount' are infinite"),
        ("transactions", {"amount": np.nan}, "1 of 6 values of 'amount' are missing"),
        ("transactions", {"date": pd.NaT}, "1 of 6 values of 'date' are missing"),
        ("deals", {"outcome": "gained"}, "1 of 5 rows have an 'outcome' other than"),
        ("deals", {"closed_at": pd.NaT}, "1 of 5 rows have an 'outcome' and no 'closed_at'"),
        ("deals", {"outcome": None}, "1 of 5 rows have a 'closed_at' up to as_of and no 'outcome'"),
        ("deals", {"closed_at": pd.Timestamp("2023-01-01")}, "1 of 5 rows have 'closed_at' before"),
        ("deals", {"amount": np.nan}, "1 of 5 rows are won and have no 'amount'"),
        ("tickets", {"resolved_at": pd.Timestamp("2024-03-05 09:00")}, "'resolved_at' before"),
        ("surveys", {"score": np.nan}, "1 of 4 values of 'score' are missing"),
    ],
)
def test_contradictions_are_counted(source, change, words):
    frame = all_sources()[source]
    for name, value in change.items():
        if frame[name].dtype.kind == "i":
            frame[name] = frame[name].astype(float)
        frame.loc[0, name] = value
    with pytest.raises(DataContractError, match=f"^{source}: .*{words}"):
        one_source(source, frame)


def test_responses_are_yes_or_no():
    def respond(answers):
        return one_source("touches", touches().assign(response=answers), response_col="response")

    with pytest.raises(DataContractError, match="1 of 3 rows have a 'response' other than 0 and 1"):
        respond([0, 2, 1])
    with pytest.raises(DataContractError, match="must hold 0 and 1 or true and false"):
        respond(["yes", "no", "no"])
    with pytest.raises(DataContractError, match="1 of 3 values of 'response' are missing"):
        respond(pd.array([True, None, False], dtype="boolean"))
    assert_same(columns(respond([1, 0, 1])), columns(respond([True, False, True])))


def test_a_name_of_the_view_is_refused():
    with pytest.raises(DataContractError, match="such as 'Revenue'; rename them first"):
        view(customers=customers().rename(columns={"region": "Revenue"}))


def test_frames_may_name_their_columns_differently(engine):
    found = view(
        engine,
        customers=customers().rename(columns={"customer_id": "id"}),
        transactions=transactions().rename(columns={"customer_id": "client", "amount": "sum"}),
        surveys=surveys().rename(columns={"date": "answered"}),
        customer_col={"customers": "id", "transactions": "client"},
        amount_col={"transactions": "sum"},
        date_col={"surveys": "answered"},
    )
    found = engine.columns(found)
    found = {"customer_id": found.pop("id")} | found
    assert_same(found, columns(view()))
    with pytest.raises(ValueError, match=r"a key of date_col must be one of .*'touches'"):
        view(date_col={"touch": "sent"})


def test_a_misspelt_column_names_its_frame():
    with pytest.raises(ColumnNotFoundError, match=r"^deals: outcome_col='result' is not a column"):
        view(outcome_col="result")


def test_frames_of_two_kinds_are_refused():
    import pyarrow as pa

    with pytest.raises(TypeError, match="customers is a pandas frame and touches a pyarrow frame"):
        view(touches=pa.table({"customer_id": ["ann"]}))
    with pytest.raises(TypeError, match="the data must be"):
        view(touches=[1, 2])


def test_days_end_in_the_business_zone(engine):
    # 03:30 in UTC on 1 April is 31 March in New York, where on 10 March at 2:00 the clocks went
    # forward: from 1:30 to 3:30 on the wall is one hour.
    log = transactions().iloc[-1:].reset_index(drop=True)
    log["date"] = times("2024-04-01 03:30").dt.tz_localize("UTC")
    slow = tickets().iloc[:1]
    slow = slow.assign(
        opened_at=times("2024-03-10 06:30").dt.tz_localize("UTC"),
        resolved_at=times("2024-03-10 07:30").dt.tz_localize("UTC"),
    )
    made = {"transactions": engine.make(log), "tickets": engine.make(slow)}
    who = engine.make(customers())
    with pytest.raises(
        DataContractError, match=r"'date' holds time-zone-aware .* pass the business"
    ):
        customer_view(who, **made, as_of=AS_OF)
    found = engine.columns(customer_view(who, **made, as_of=AS_OF, tz="America/New_York"))
    assert (found["orders"][0], found["last_purchase"][0]) == (1, AS_OF)
    assert found["mean_resolution_hours"][0] == pytest.approx(1.0, abs=1e-12)
    found = engine.columns(customer_view(who, **made, as_of=AS_OF, tz="UTC"))
    assert found["orders"][0] == 0


def test_dates_without_times_are_read():
    import pyarrow as pa

    table = pa.table(
        {
            "customer_id": ["ann", "ann"],
            "opened_at": pa.array([dt.date(2024, 3, 1), dt.date(2024, 3, 31)]),
            "resolved_at": pa.array([dt.date(2024, 3, 3), None]),
        }
    )
    found = customer_view(
        pa.table({"customer_id": ["ann"]}), tickets=table, ticket_col=None, as_of=AS_OF
    )
    found = columns(found)
    assert found["mean_resolution_hours"] == [48.0]
    assert found["last_ticket"] == [AS_OF]


def test_polars_eager_and_lazy_frames_join():
    import polars as pl

    lazy = customer_view(
        pl.LazyFrame({"customer_id": ["ann", "bob"]}),
        touches=pl.DataFrame({"customer_id": ["ann"], "date": [AS_OF]}),
        as_of=AS_OF,
    )
    assert isinstance(lazy, pl.LazyFrame)
    assert columns(lazy)["touches"] == [1, 0]


@pytest.mark.data
def test_maven_deals(data_dir):
    folder = data_dir / "maven_crm_sales"
    accounts = pd.read_csv(folder / "accounts.csv").rename(columns={"revenue": "account_revenue"})
    pipeline = pd.read_csv(folder / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    pipeline["outcome"] = pipeline["deal_stage"].str.lower().where(
        pipeline["deal_stage"].isin(["Won", "Lost"]), None
    )  # fmt: skip
    known = pipeline[pipeline["account"].notna() & pipeline["engage_date"].notna()]
    as_of = dt.date(2017, 12, 31)
    found = customer_view(
        accounts, deals=known, as_of=as_of,
        customer_col={"customers": "account", "deals": "account"}, deal_col="opportunity_id",
        created_col="engage_date", closed_col="close_date",
        amount_col="close_value",
    ).set_index("account")  # fmt: skip
    assert len(found) == 85
    assert (found["won_deals"].sum(), found["lost_deals"].sum()) == (4238, 2473)
    assert found["won_value"].sum() == 10_005_534
    won = known[known["deal_stage"] == "Won"].groupby("account")
    assert (found["won_deals"] == won.size().reindex(found.index, fill_value=0)).all()
    assert (found["won_value"] == won["close_value"].sum().reindex(found.index)).all()
    open_ones = known[known["close_date"].isna()].groupby("account").size()
    assert (found["open_deals"] == open_ones.reindex(found.index, fill_value=0)).all()
    last = known.groupby("account")[["engage_date", "close_date"]].max().max(axis=1)
    days = (pd.Timestamp(as_of) - last).dt.days.reindex(found.index)
    assert (found["days_since_deal_event"] == days).all()


@pytest.mark.data
def test_chinook_purchases(data_dir, golden):
    import sqlite3

    with sqlite3.connect(data_dir / "chinook" / "Chinook_Sqlite.sqlite") as database:
        people = pd.read_sql("SELECT CustomerId, Country FROM Customer", database)
        bills = pd.read_sql("SELECT * FROM Invoice", database, parse_dates=["InvoiceDate"])
    database.close()
    found = customer_view(
        people, transactions=bills, as_of=dt.date(2025, 12, 31), date_col="InvoiceDate",
        customer_col={"customers": "CustomerId", "transactions": "CustomerId"},
        amount_col="Total", order_col="InvoiceId",
    )  # fmt: skip
    source = "Chinook database: 59 customers, 412 invoices, total 2,328.60"
    golden("Chinook, customers", ours=len(found), published=59, source=source)
    golden("Chinook, invoices", ours=int(found["orders"].sum()), published=412, source=source)
    golden("Chinook, total", ours=float(found["revenue"].sum()), published=2328.60, source=source,
           tolerance=1e-6)  # fmt: skip
    each = bills.groupby("CustomerId")["Total"].sum().reindex(found["CustomerId"])
    np.testing.assert_allclose(found["revenue"], each, rtol=1e-12)
