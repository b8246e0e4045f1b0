"""snapshots and snapshot_audit: by hand, against loops, leak-free by property, refusals."""

from __future__ import annotations

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import snapshot_audit, snapshots
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from tests.customers.snapshot_oracle import snapshot_oracle
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log

START = dt.date(2023, 1, 1)
CUTS = [dt.date(2023, 6, 1), dt.date(2023, 9, 1)]
SPANS = {"lookback": 120, "active_within": 60, "horizon": 45, "gap": 10}
AS_OF = dt.date(2023, 12, 1)


def log_of(*rows):
    """Rows of (customer, day of 2023 counted from 1 January, amount)."""
    return pd.DataFrame(
        {
            "customer_id": [row[0] for row in rows],
            "date": pd.to_datetime([START + dt.timedelta(days=row[1]) for row in rows]),
            "amount": [float(row[2]) for row in rows],
        }
    )


def test_two_customers_by_hand():
    log = log_of(
        ("ann", 10, 20), ("ann", 40, 30), ("ann", 40, 5), ("ann", 100, 1), ("ann", 129, 7),
        ("bob", 99, 8), ("bob", 110, 9), ("bob", 130, 4),
    )  # fmt: skip
    table = snapshots(
        log, cutoffs=START + dt.timedelta(days=100), lookback=90, active_within=60, gap=10,
        horizon=20, windows=[60], unit="D", amount_col="amount",
    )  # fmt: skip
    ann, bob = table.to_dict("records")
    # Ann: days 10 and 40; day 100 is the cut-off itself and lies in the gap; 129 is the last day
    # of [110, 130). Bob: day 99; 110 opens the outcome, 130 is past it.
    assert ann["recency_days"] == 60
    assert ann["age_days"] == 90
    assert ann["purchases"] == 2
    assert ann["money"] == 55
    assert ann["mean_gap_days"] == 30
    assert ann["recency_to_gap"] == 2
    assert (ann["purchases_60d"], ann["money_60d"]) == (1, 35)
    assert (ann["outcome_purchases"], ann["outcome_money"], ann["churned"]) == (1, 7, 0)
    assert (bob["recency_days"], bob["purchases"]) == (1, 1)
    assert np.isnan(bob["mean_gap_days"])
    assert np.isnan(bob["recency_to_gap"])
    assert (bob["outcome_purchases"], bob["outcome_money"], bob["churned"]) == (1, 9, 0)


@pytest.mark.parametrize("refunds", ["net", "ignore"])
@pytest.mark.parametrize("seed", [1, 2])
def test_loops_find_the_same(seed, refunds):
    log = make_log(400, customers=40, refunds=0.3, seed=seed)
    spans = SPANS | {"windows": (30, 60)}
    found = columns(
        snapshots(
            log, cutoffs=CUTS, unit="D", amount_col="amount", refunds=refunds, as_of=AS_OF, **spans
        )
    )
    assert_same(found, snapshot_oracle(log, cutoffs=CUTS, refunds=refunds, **spans))


def test_without_limits_without_money_without_outcome():
    log = make_log(200, customers=30, seed=3)
    spans = {"lookback": None, "active_within": None, "horizon": None}
    found = columns(snapshots(log, cutoffs=CUTS, unit="D", windows=(), as_of=AS_OF, **spans))
    assert_same(found, snapshot_oracle(log, cutoffs=CUTS, money=False, **spans))


def test_every_engine_finds_the_same(engine):
    log, held = make_log(300, customers=30, refunds=0.2, seed=4), plans()
    options = {"cutoffs": CUTS, "unit": "D", "amount_col": "amount", "as_of": AS_OF} | SPANS
    expected = columns(snapshots(log, attributes=held, **options))
    found = engine.columns(snapshots(engine.make(log), attributes=engine.make(held), **options))
    assert_same(found, expected)
    audit = engine.columns(snapshot_audit(engine.make(log), **options))
    assert_same(audit, columns(snapshot_audit(log, **options)))


def plans():
    return pd.DataFrame(
        {
            "customer_id": ["c001", "c001", "c001", "c002", "c005"],
            "valid_from": pd.to_datetime(
                ["2023-01-01", "2023-05-31", "2023-06-01", "2023-09-09", "2022-01-01"]
            ),
            "plan": ["a", "b", "c", "d", "e"],
        }
    )


def test_attributes_are_those_known_strictly_before():
    log = make_log(400, customers=10, seed=4)
    table = snapshots(log, cutoffs=CUTS, unit="D", attributes=plans(), as_of=AS_OF, **SPANS)
    plan = table.set_index(["customer_id", table["cutoff"].dt.month])["plan"]
    assert plan["c001"].tolist() == ["b", "c"]  # a row valid from the cut-off itself comes later
    assert plan["c002"].isna().all()  # valid after both
    assert plan["c005"].tolist() == ["e", "e"]


# Weeks are 7 days, months go by the calendar.
@pytest.mark.parametrize(
    ("unit", "one", "opens", "closes"),
    [("W", 1, "2023-06-07", "2023-06-14"), ("M", 1, "2023-06-30", "2023-07-31")],
)
def test_other_units(unit, one, opens, closes):
    cut = dt.date(2023, 5, 31)
    log = make_log(300, seed=5)
    audit = snapshot_audit(
        log, cutoffs=cut, lookback=4, active_within=3, horizon=one, gap=one, unit=unit
    )
    start = pd.Timestamp(cut) + pd.Timedelta(days=7) if unit == "W" else pd.Timestamp(opens)
    assert audit["opens"].iloc[0] == start
    end = start + pd.Timedelta(days=7) if unit == "W" else pd.Timestamp(closes)
    assert audit["closes"].iloc[0] == end


purchases = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 119), st.integers(-3, 9)),
    min_size=1, max_size=25,
)  # fmt: skip
CUT, GAP, HORIZON = 60, 5, 30


def table_of(rows, engine="pandas"):
    log = log_of(("z", 0, 1), ("z", CUT - 1, 1), *rows)
    frame = log if engine == "pandas" else nw.from_native(log).lazy("polars").to_native()
    found = snapshots(
        frame, cutoffs=START + dt.timedelta(days=CUT), lookback=50, active_within=40, gap=GAP,
        horizon=HORIZON, windows=[20], unit="D", amount_col="amount",
        as_of=START + dt.timedelta(days=119),
    )  # fmt: skip
    return columns(found)


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@settings(max_examples=40, deadline=None)
@given(rows=purchases, added=st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(CUT, 119), st.integers(-3, 9))))  # fmt: skip
def test_no_event_from_the_cutoff_on_changes_a_feature(engine, rows, added):
    before, after = table_of(rows, engine), table_of(rows + added, engine)
    for table in (before, after):
        for name in ("outcome_purchases", "outcome_money", "churned"):
            table.pop(name)
    assert before == after  # to the last bit


@pytest.mark.parametrize("engine", ["pandas", "polars"])
@settings(max_examples=40, deadline=None)
@given(rows=purchases, added=st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.integers(0, 119).filter(lambda day: not CUT + GAP <= day < CUT + GAP + HORIZON),
        st.integers(-3, 9),
    )
))  # fmt: skip
def test_no_event_outside_the_window_changes_a_label(engine, rows, added):
    before, after = (
        dict(zip(table["customer_id"], zip(table["churned"], table["outcome_purchases"],
                                           strict=True), strict=True))
        for table in (table_of(rows, engine), table_of(rows + added, engine))
    )  # fmt: skip
    shared = before.keys() & after.keys()  # events before the cut-off make customers eligible
    assert {who: before[who] for who in shared} == {who: after[who] for who in shared}
    assert before.keys() <= after.keys() or any(amount < 0 for _, _, amount in added)


def test_the_audit_loses_nobody():
    log = make_log(250, customers=80, seed=6)
    audit = snapshot_audit(log, cutoffs=CUTS, unit="D", amount_col="amount", as_of=AS_OF, **SPANS)
    assert (audit["known"] == audit["before_lookback"] + audit["inactive"] + audit["n"]).all()
    table = snapshots(log, cutoffs=CUTS, unit="D", amount_col="amount", as_of=AS_OF, **SPANS)
    by_cut = table.groupby("cutoff")["churned"]
    assert audit["n"].tolist() == by_cut.size().tolist()
    assert audit["churned"].tolist() == by_cut.sum().tolist()
    assert audit["churn_rate"].tolist() == pytest.approx(by_cut.mean().tolist())
    assert (audit["low"] < audit["churn_rate"]).all()
    assert audit["full_lookback"].tolist() == [True, True]
    longer = SPANS | {"lookback": 300}
    audit = snapshot_audit(log, cutoffs=CUTS, unit="D", as_of=AS_OF, **longer)
    assert audit["full_lookback"].tolist() == [False, False]


def test_without_an_outcome_the_audit_has_none():
    spans = SPANS | {"horizon": None, "gap": 0}
    audit = snapshot_audit(make_log(), cutoffs=CUTS, unit="D", as_of=AS_OF, **spans)
    assert audit[["opens", "closes", "churned", "churn_rate", "low", "high"]].isna().all().all()


@pytest.mark.data
def test_online_retail(data_dir, golden, online_retail):
    options = {
        "cutoffs": dt.date(2011, 9, 10), "lookback": None, "active_within": None, "horizon": 90,
        "unit": "D", "amount_col": "amount",
    }  # fmt: skip
    audit = snapshot_audit(online_retail, **options).iloc[0]
    source = "reference page churn_and_leads 1 and 5, Online Retail, cut-off 2011-09-10, 90 days"
    golden("Online Retail: customers at the cut-off", ours=int(audit["n"]), published=3370,
           source=source)  # fmt: skip
    golden("Online Retail: churn in the next 90 days", ours=float(audit["churn_rate"]),
           published=0.431, source=source, tolerance=5e-4)  # fmt: skip
    from sklearn.metrics import roc_auc_score

    table = snapshots(online_retail, **options)
    auc = roc_auc_score(table["churned"], table["recency_days"])
    golden("Online Retail: AUC of recency alone", ours=auc, published=0.683, source=source,
           tolerance=5e-4)  # fmt: skip
    again = table[table["purchases"] > 1]
    auc = roc_auc_score(again["churned"], again["recency_to_gap"])
    golden("Online Retail: AUC of recency over the own mean gap", ours=auc, published=0.577,
           source=source, tolerance=5e-4)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"as_of": dt.date(2023, 10, 1)}, NotEnoughDataError, "not over: horizon=45"),
        ({"cutoffs": dt.date(2022, 1, 1)}, NotEnoughDataError, "on or before the first event"),
        ({"cutoffs": []}, ValueError, "cutoffs is empty"),
        ({"cutoffs": [CUTS[0], CUTS[0]]}, ValueError, "repeat a day"),
        ({"cutoffs": dt.datetime(2023, 6, 1, 12)}, ValueError, "time of day"),
        ({"cutoffs": "soon"}, ValueError, "cutoffs must be a date"),
        ({"active_within": 500}, ValueError, "longer than lookback"),
        ({"windows": [500]}, ValueError, "longer than lookback"),
        ({"windows": [30, 30]}, ValueError, "repeat a length"),
        ({"windows": 30}, TypeError, "list of whole numbers"),
        ({"horizon": 0}, ValueError, "horizon must be"),
        ({"gap": -1}, ValueError, "gap must be"),
        ({"unit": "h"}, ValueError, "unit must be one of"),
        ({"refunds": "error"}, DataContractError, "refunds"),
        ({"customer_col": "client"}, ColumnNotFoundError, "client"),
        ({"amount_col": "customer_id"}, ValueError, "must differ"),
        (
            {"horizon": None, "gap": 0, "as_of": dt.date(2023, 7, 1)},
            NotEnoughDataError,
            "more than a day after",
        ),
        ({"cutoffs": dt.date(1, 2, 1)}, ValueError, "outside the calendar"),
    ],
)
def test_refusals(changed, error, words):
    options = {"cutoffs": CUTS, "unit": "D", "amount_col": "amount", "as_of": AS_OF} | SPANS
    with pytest.raises(error, match=words):
        snapshots(make_log(), **(options | changed))


@pytest.mark.parametrize(
    ("attributes", "error", "words"),
    [
        (plans().assign(valid_from=pd.NaT), DataContractError, "are missing"),
        (pd.concat([plans(), plans()]), DataContractError, "repeat a customer and day"),
        (plans().rename(columns={"plan": "Purchases"}), DataContractError, "another result"),
        (plans()[["customer_id", "valid_from"]], DataContractError, "no column beside"),
        (plans().drop(columns="valid_from"), ColumnNotFoundError, "valid_from"),
    ],
)
def test_refused_attributes(attributes, error, words):
    with pytest.raises(error, match=words):
        snapshots(make_log(), cutoffs=CUTS, unit="D", as_of=AS_OF, attributes=attributes, **SPANS)


def test_attributes_of_another_engine_are_refused():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match="of the kind of the events"):
        snapshots(make_log(), cutoffs=CUTS, unit="D", as_of=AS_OF,
                  attributes=pl.from_pandas(plans()), **SPANS)  # fmt: skip


def test_aware_times_need_the_zone_and_fall_on_its_days():
    log = pd.DataFrame(
        {
            "customer_id": [1, 1],
            "date": pd.to_datetime(["2023-01-10 23:30", "2023-03-01 12:00"]).tz_localize("UTC"),
        }
    )
    options = {"cutoffs": dt.date(2023, 1, 11), "lookback": 30, "active_within": 30,
               "horizon": 5, "unit": "D"}  # fmt: skip
    with pytest.raises(DataContractError, match="tz="):
        snapshots(log, **options)
    assert len(snapshots(log, tz="UTC", **options)) == 1
    with pytest.raises(NotEnoughDataError, match="on or before the first event"):
        snapshots(log, tz="Europe/Warsaw", **options)  # there it is the 11th already


def test_no_events_are_refused():
    with pytest.raises(NotEnoughDataError, match="no events"):
        snapshots(make_log().iloc[:0], cutoffs=CUTS, unit="D", **SPANS)
