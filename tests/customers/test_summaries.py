"""purchase_summary and calibration_holdout: lifetimes' numbers, the oracle, every engine."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import calibration_holdout, purchase_summary
from crmlytics.errors import DataContractError
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, quiet, summary_oracle

AS_OF = dt.date(2023, 10, 31)


def test_published_days(engine, lifetimes_log):
    summary = purchase_summary(
        engine.make(lifetimes_log), as_of=dt.date(2015, 2, 7), unit="D", amount_col="amount"
    )
    assert_same(
        engine.columns(summary),
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "frequency": [1, 0, 2, 2, 2, 0],
            "recency": [36.0, 0.0, 4.0, 20.0, 2.0, 0.0],
            "T": [37.0, 37.0, 37.0, 22.0, 22.0, 5.0],
            "monetary_value": [2.0, None, 3.0, 6.0, 4.5, None],
        },
    )


def test_published_weeks(engine, lifetimes_log):
    summary = purchase_summary(engine.make(lifetimes_log), as_of=dt.date(2015, 2, 7), unit="W")
    assert_same(
        engine.columns(summary),
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "frequency": [1, 0, 1, 1, 0, 0],
            "recency": [5.0, 0.0, 1.0, 3.0, 0.0, 0.0],
            "T": [5.0, 5.0, 5.0, 3.0, 3.0, 0.0],
        },
    )


@pytest.mark.parametrize("refunds", ["net", "ignore"])
@pytest.mark.parametrize(
    ("unit", "exact"),
    [("D", False), ("W", False), ("M", False), ("Q", False), ("Y", False), ("W", True)],
)
def test_every_engine_equals_the_oracle(engine, unit, exact, refunds):
    log = make_log(seed=5)
    summary = quiet(
        purchase_summary, engine.make(log), as_of=AS_OF, unit=unit, exact=exact,
        amount_col="amount", refunds=refunds, log_gaps=True,
    )  # fmt: skip
    expected = summary_oracle(log, AS_OF, unit, exact=exact, refunds=refunds)
    assert_same(engine.columns(summary), expected)


def test_the_first_purchase_can_be_counted(engine):
    log = make_log(seed=6)
    summary = quiet(
        purchase_summary, engine.make(log), as_of=AS_OF, unit="D", amount_col="amount",
        first_purchase="include", log_gaps=True,
    )  # fmt: skip
    assert_same(engine.columns(summary), summary_oracle(log, AS_OF, "D", include=True))


@pytest.mark.parametrize(
    ("unit", "exact", "lifetimes_options"),
    [
        ("D", False, {"freq": "D"}),
        ("W", False, {"freq": "W"}),
        ("W", True, {"freq": "D", "freq_multiplier": 7}),
    ],
)
def test_lifetimes_agrees(unit, exact, lifetimes_options):
    from lifetimes.utils import summary_data_from_transaction_data

    log = make_log(seed=7, refunds=0.0)
    # With weeks lifetimes looks beyond the end of the observation to the end of its week.
    log = log[log["date"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]
    theirs = summary_data_from_transaction_data(
        log, "customer_id", "date", "amount", observation_period_end=AS_OF, **lifetimes_options
    ).reset_index()
    ours = purchase_summary(log, as_of=AS_OF, unit=unit, exact=exact, amount_col="amount")
    # lifetimes writes 0 where there is no repeat purchase; an average of nothing is null here.
    ours = ours.assign(monetary_value=ours["monetary_value"].fillna(0.0))
    assert_same(columns(ours.astype({"frequency": float})), columns(theirs[list(ours.columns)]))


def test_months_quarters_and_years_have_no_exact_length():
    for unit in "MQY":
        with pytest.raises(ValueError, match="no fixed number of days"):
            purchase_summary(make_log(5), as_of=AS_OF, unit=unit, exact=True)


def test_refunds_can_be_refused_and_are_not_looked_for_without_money():
    log = make_log(50, seed=8)
    with pytest.raises(DataContractError, match="are negative"):
        purchase_summary(log, as_of=AS_OF, unit="D", amount_col="amount", refunds="error")
    counted = purchase_summary(log, as_of=AS_OF, unit="D")
    assert list(counted) == ["customer_id", "frequency", "recency", "T"]


def holdout_oracle(log, start, end, unit):
    before = summary_oracle(log[log["date"] < pd.Timestamp(start) + pd.Timedelta(days=1)], start,
                            unit)  # fmt: skip
    after = log[log["date"] >= pd.Timestamp(start) + pd.Timedelta(days=1)]
    later = summary_oracle(after, end, unit, include=True)
    n = dict(zip(later["customer_id"], later["frequency"], strict=True))
    money = dict(zip(later["customer_id"], later["monetary_value"], strict=True))
    from tests.support.purchases import period

    length = float(period(end, unit) - period(start, unit))
    before.pop("log_gap_sum")
    ids = before["customer_id"]
    before["frequency_holdout"] = [n.get(one, 0) for one in ids]
    before["T_holdout"] = [length] * len(ids)
    before["monetary_value_holdout"] = [money.get(one) for one in ids]
    return before


@pytest.mark.parametrize("unit", ["D", "W", "M"])
def test_holdout_on_every_engine_equals_the_oracle(engine, unit):
    log = make_log(seed=9, refunds=0.0)
    start = dt.date(2023, 4, 30)
    found = calibration_holdout(
        engine.make(log), calibration_end=start, holdout_end=AS_OF, unit=unit, amount_col="amount"
    )
    assert_same(engine.columns(found), holdout_oracle(log, start, AS_OF, unit))


def test_holdout_needs_time_to_hold_out():
    with pytest.raises(ValueError, match="holdout_end must be after"):
        calibration_holdout(make_log(5), calibration_end=AS_OF, holdout_end=AS_OF, unit="D")


def test_the_holdout_does_not_leak_into_the_history(engine):
    log = make_log(seed=10, refunds=0.0)
    start = dt.date(2023, 4, 30)
    both = calibration_holdout(
        engine.make(log), calibration_end=start, holdout_end=AS_OF, unit="D", amount_col="amount"
    )
    alone = purchase_summary(engine.make(log), as_of=start, unit="D", amount_col="amount")
    found = engine.columns(both)
    expected = columns(alone)
    assert_same({name: found[name] for name in expected}, expected)


def test_customers_of_the_holdout_alone_are_not_taken_for_refunds_only(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-03-01", "2024-03-02"]),
            "amount": [10.0, -4.0, 5.0, 6.0],
        }
    )
    found = calibration_holdout(
        engine.make(log), calibration_end=dt.date(2024, 1, 31), holdout_end=dt.date(2024, 3, 31),
        unit="D", amount_col="amount",
    )  # fmt: skip
    assert engine.columns(found)["customer_id"] == ["a"]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80))
def test_recency_never_exceeds_age(seed, n):
    log = make_log(n, customers=5, seed=seed, refunds=0.0, days=300)
    for unit in ("D", "W", "M", "Q", "Y"):
        summary = purchase_summary(log, as_of=AS_OF, unit=unit)
        assert (summary["recency"] >= 0).all()
        assert (summary["recency"] <= summary["T"]).all()
        assert ((summary["frequency"] == 0) == (summary["recency"] == 0)).all()


@pytest.fixture(scope="module")
def cdnow(data_dir):
    return pd.read_csv(
        data_dir / "cdnow" / "CDNOW_master.txt", sep=r"\s+", skiprows=1,
        names=["customer_id", "date", "cds", "amount"], dtype={"customer_id": str},
        parse_dates=["date"], date_format="%Y%m%d",
    )  # fmt: skip


@pytest.fixture(scope="module")
def cdnow_sample(data_dir, cdnow):
    sample = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype={0: str}
    )
    return cdnow[cdnow["customer_id"].isin(set(sample[0]))]


@pytest.mark.data
@pytest.mark.parametrize("which", ["sample", "master"])
@pytest.mark.parametrize(
    ("exact", "options"),
    [(False, {"freq": "W"}), (True, {"freq": "D", "freq_multiplier": 7})],
)
def test_cdnow_equals_lifetimes(which, exact, options, request):
    from lifetimes.utils import summary_data_from_transaction_data

    log = request.getfixturevalue("cdnow_sample" if which == "sample" else "cdnow")
    end = dt.date(1997, 9, 30)
    # A Tuesday: with weeks lifetimes would also count purchases of Wednesday to Sunday.
    log = log[log["date"] <= pd.Timestamp(end)]
    theirs = summary_data_from_transaction_data(
        log, "customer_id", "date", "amount", observation_period_end=end, **options
    ).reset_index()
    ours = purchase_summary(log, as_of=end, unit="W", exact=exact, amount_col="amount")
    assert len(ours) == (2_357 if which == "sample" else 23_570)
    ours = ours.assign(monetary_value=ours["monetary_value"].fillna(0.0))
    assert_same(columns(ours.astype({"frequency": float})), columns(theirs[list(ours.columns)]))


@pytest.mark.data
def test_cdnow_equals_the_bundled_summary(data_dir, golden):
    # Fader and Hardie's summary of 2,357 customers, calibrated to 1997-09-30: sum of x = 2,457.
    # It numbers the customers as the second column of the sample file does.
    sample = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None,
        names=["master_id", "ID", "date", "cds", "amount"], parse_dates=["date"],
        date_format="%Y%m%d",
    )  # fmt: skip
    ours = purchase_summary(
        sample, as_of=dt.date(1997, 9, 30), unit="W", exact=True, customer_col="ID"
    )
    bundled = pd.read_csv(data_dir / "cdnow" / "cdnow_customers_summary.csv")
    both = bundled.merge(ours, on="ID", suffixes=("", "_ours"), validate="1:1")
    assert len(both) == 2_357
    source = "CDNOW summary bundled with lifetimes 0.11.3 (Fader and Hardie)"
    golden("CDNOW sample to 1997-09-30: sum of repeat purchases",
           ours=int(ours["frequency"].sum()), published=2_457, source=source)  # fmt: skip
    for name in ("frequency", "recency", "T"):
        golden(
            f"CDNOW sample: largest gap in {name} over 2,357 customers",
            ours=float((both[name] - both[f"{name}_ours"]).abs().max()),
            published=0.0,
            tolerance=0.005001,  # printed to 2 decimals
            source=source,
        )


@pytest.mark.data
def test_cdnow_is_the_same_on_every_engine(engine, cdnow_sample):
    options = {"as_of": dt.date(1997, 9, 30), "unit": "W", "exact": True, "amount_col": "amount"}
    found = purchase_summary(engine.make(cdnow_sample), **options)
    assert_same(engine.columns(found), columns(purchase_summary(cdnow_sample, **options)))
