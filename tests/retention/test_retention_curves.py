"""retention_curve: averages of cohorts, lapses by hand and by loops, published curves, laws."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics._core.intervals import wilson
from crmlytics.errors import DataQualityWarning
from crmlytics.retention import cohort_table, half_life, retention_curve
from tests.retention.oracles import activity, cohort_oracle, product_limit
from tests.support.engines import columns
from tests.support.purchases import make_log, period, quiet

SOURCE = "UCI Online Retail (352), worked out with pandas alone"
AS_OF = dt.date(2023, 10, 20)


def average_oracle(log, as_of, unit, kind, average):
    """(age, cohorts, customers, rate) over the complete cells."""
    table = cohort_oracle(log, as_of, unit, kind, mask=False)
    rows = []
    for age in range(max(table["age"]) + 1):
        cells = [
            (n, active)
            for each, n, active, over in zip(
                table["age"], table["n"], table["active"], table["complete"], strict=True
            )
            if each == age and over
        ]
        if cells:
            n = sum(size for size, _ in cells)
            pooled = sum(active for _, active in cells) / n
            mean = sum(active / size for size, active in cells) / len(cells)
            rows.append((age, len(cells), n, pooled if average == "pooled" else mean))
    return rows


def lapses(log, as_of, unit, lapse_after, *, refunds):
    """(age at which the silence begins or is last known not to have begun, whether it began)."""
    last = period(as_of + dt.timedelta(days=1), unit) - 1
    found = []
    for periods in activity(log, as_of, unit, refunds=refunds)[0].values():
        seen = {each for each in periods if each <= last}
        if not seen:
            continue
        first = min(seen)
        silences = [
            age
            for age in range(1, last - first - lapse_after + 2)
            if not seen & set(range(first + age, first + age + lapse_after))
        ]
        censored = max(last - first - lapse_after + 1, 0)
        found.append((silences[0], True) if silences else (censored, False))
    return found


@pytest.mark.parametrize("average", ["pooled", "mean_of_cohorts"])
@pytest.mark.parametrize("kind", ["on", "on_or_after", "every"])
def test_every_engine_averages_the_complete_cells(engine, kind, average):
    log = make_log(200, seed=3)
    table = quiet(
        retention_curve, engine.make(log), unit="M", as_of=AS_OF, kind=kind, average=average
    )
    found = engine.columns(table)
    expected = average_oracle(log, AS_OF, "M", kind, average)
    assert list(zip(found["age"], found["n_cohorts"], found["n"], strict=True)) == [
        row[:3] for row in expected
    ]
    assert found["rate"] == pytest.approx([row[3] for row in expected], abs=1e-12)


@pytest.mark.parametrize("amount_col", [None, "amount"])
@pytest.mark.parametrize(("unit", "lapse_after"), [("M", 1), ("M", 3), ("W", 8), ("Q", 2)])
def test_every_engine_finds_the_lapses(engine, unit, lapse_after, amount_col):
    log = make_log(250, refunds=0.3, seed=7)
    table = quiet(
        retention_curve, engine.make(log), unit=unit, as_of=AS_OF, method="kaplan_meier",
        lapse_after=lapse_after, amount_col=amount_col,
    )  # fmt: skip
    found = engine.columns(table)
    expected = lapses(log, AS_OF, unit, lapse_after, refunds=amount_col and "net")
    assert list(found) == ["age", "n", "lapsed", "rate", "low", "high"]
    assert found["age"] == list(range(max(time for time, _ in expected) + 1))
    for age, at_risk, lapsed, rate in zip(
        found["age"], found["n"], found["lapsed"], found["rate"], strict=True
    ):
        assert at_risk == sum(time >= age for time, _ in expected)
        assert lapsed == sum(time == age and ended for time, ended in expected)
        assert rate == pytest.approx(product_limit(expected, age), abs=1e-12)


@pytest.mark.data
def test_the_pooled_curve_of_online_retail(online_retail, golden):
    # Printed in four digits; the last period has nine days and is left out.
    curve = quiet(retention_curve, online_retail, unit="M", as_of=dt.date(2011, 12, 10))
    published = {1: 0.2365, 3: 0.2692, 6: 0.2873, 9: 0.3579, 10: 0.3710, 11: 0.5028}
    golden("Online Retail, pooled retention in months 1, 3, 6, 9, 10, 11, complete cells",
           ours=[float(curve["rate"][age]) for age in published],
           published=list(published.values()), tolerance=5.01e-5, source=SOURCE)  # fmt: skip
    assert (curve["n_cohorts"][11], curve["n"][11], curve["active"][11]) == (1, 885, 445)
    assert len(curve) == 12
    means = quiet(retention_curve, online_retail, unit="M", as_of=dt.date(2011, 12, 10),
                  average="mean_of_cohorts")  # fmt: skip
    published = {1: 0.2148, 3: 0.2456, 6: 0.2685, 10: 0.3693}
    golden("Online Retail, mean retention of the cohorts in months 1, 3, 6, 10",
           ours=[float(means["rate"][age]) for age in published],
           published=list(published.values()), tolerance=5.01e-5, source=SOURCE)  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize(
    ("age", "observed", "zero_filled"),
    [(1, 0.2271, 0.2250), (3, 0.2564, 0.2137), (6, 0.2716, 0.1853), (9, 0.3004, 0.1478),
     (10, 0.3026, 0.1173), (11, 0.3794, 0.1139)],
)  # fmt: skip
def test_what_other_averages_of_online_retail_would_be(
    online_retail, golden, age, observed, zero_filled
):
    # The averages that the complete one is better than follow from the same table.
    table = cohort_table(online_retail, unit="M", as_of=dt.date(2011, 12, 10), incomplete="include")
    cells = table[table["age"] == age]
    active = cells["active"].sum()
    golden(f"Online Retail, pooled retention in month {age}, with the open period",
           ours=float(active / cells["n"].sum()), published=observed, tolerance=5.01e-5,
           source=SOURCE)  # fmt: skip
    # All customers, as if the cells after the end of the data were 0; and without the last cohort.
    golden(f"Online Retail, pooled retention in month {age}, filled with zeros",
           ours=float(active / table.loc[table["age"] == 0, "n"].sum()), published=zero_filled,
           tolerance=5.01e-5, source=SOURCE)  # fmt: skip


@pytest.mark.data
def test_a_history_cut_at_its_start_is_suspected(online_retail):
    asked = {"unit": "M", "as_of": dt.date(2011, 12, 10)}
    with pytest.warns(DataQualityWarning, match=r"age 1: 36\.6% against .*drop_first_cohort"):
        retention_curve(online_retail, **asked)
    curve = retention_curve(online_retail, drop_first_cohort=True, **asked)
    assert curve["n_cohorts"].tolist() == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def old_and_new(n=60):
    """A first cohort that all returns, and a second of which nobody does."""
    rows = [(f"old{i}", day) for i in range(n) for day in ("2024-01-10", "2024-02-10")]
    rows += [(f"new{i}", "2024-02-12") for i in range(n)]
    log = pd.DataFrame(rows, columns=["customer_id", "date"])
    return log.assign(date=pd.to_datetime(log["date"]))


def test_the_suspicion_on_made_data(engine):
    frame, asked = engine.make(old_and_new()), {"unit": "M", "as_of": dt.date(2024, 3, 31)}
    with pytest.warns(DataQualityWarning, match=r"100\.0% against 0\.0%"):
        retention_curve(frame, **asked)
    kept = engine.columns(retention_curve(frame, drop_first_cohort=True, **asked))
    assert (kept["n"], kept["rate"]) == ([60, 60], [1.0, 0.0])
    curve = retention_curve(
        frame, drop_first_cohort=True, method="kaplan_meier", lapse_after=1, **asked
    )
    assert engine.columns(curve)["rate"] == [1.0, 0.0]


def test_the_four_users_lapse_as_by_hand(engine, four_users):
    # U1 is active in 0, 1, 2, 3; U2 in 0, 2; U3 in 0, 1; U4 in 0, 3. Two silent months in a row
    # are seen of U3 (2, 3) and U4 (1, 2, though there is a 3); U1 and U2 are censored at age 2.
    curve = retention_curve(
        engine.make(four_users), unit="M", as_of=dt.date(2024, 4, 30), method="kaplan_meier",
        lapse_after=2,
    )  # fmt: skip
    found = engine.columns(curve)
    assert (found["n"], found["lapsed"]) == ([4, 4, 3], [0, 1, 1])
    assert found["rate"] == pytest.approx([1.0, 0.75, 0.5])


def test_only_what_is_over_counts(engine):
    log = pd.DataFrame({"customer_id": [7], "date": pd.to_datetime(["2024-03-05"])})
    for options in ({}, {"method": "kaplan_meier", "lapse_after": 1}):
        table = retention_curve(engine.make(log), unit="M", as_of=dt.date(2024, 3, 5), **options)
        assert set(map(len, engine.columns(table).values())) == {0}


@pytest.mark.parametrize("share", [0.76, 0.9, 1.0])
def test_where_most_buy_once(engine, share):
    n = 50
    rows = [(i, "2024-01-10") for i in range(n)]
    rows += [(i, "2024-02-10") for i in range(n - round(share * n))]
    log = pd.DataFrame(rows, columns=["customer_id", "date"])
    frame = engine.make(log.assign(date=pd.to_datetime(log["date"])))
    asked = {"unit": "M", "as_of": dt.date(2024, 4, 30)}
    back = [1.0, 1 - share, 0.0, 0.0]
    curve = engine.columns(retention_curve(frame, **asked))
    assert curve["rate"] == pytest.approx(back)
    lapses = retention_curve(frame, method="kaplan_meier", lapse_after=1, **asked)
    # Of 100 % who buy once all have lapsed at age 1, and nobody is left to be at risk.
    rates = engine.columns(lapses)["rate"]
    assert rates == pytest.approx(back[: len(rates)])
    assert half_life(lapses).age == 1.0


def test_a_refund_as_the_last_event_is_no_activity(engine):
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "date": pd.to_datetime(["2024-01-10", "2024-02-10", "2024-03-10"]),
            "amount": [10.0, 10.0, -10.0],
        }
    )
    asked = {"unit": "M", "as_of": dt.date(2024, 3, 31), "amount_col": "amount"}
    assert engine.columns(retention_curve(engine.make(log), **asked))["active"] == [1, 1, 0]
    lapses = retention_curve(engine.make(log), method="kaplan_meier", lapse_after=1, **asked)
    assert engine.columns(lapses)["lapsed"] == [0, 0, 1]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 100), lapse_after=st.integers(1, 5))
def test_laws(seed, n, lapse_after):
    as_of = dt.date(2024, 1, 31)
    log = make_log(n, customers=15, seed=seed, refunds=0.0)
    asked = {"unit": "M", "as_of": as_of}
    curve = columns(quiet(retention_curve, log, method="kaplan_meier", lapse_after=lapse_after,
                          **asked))  # fmt: skip
    rates = [rate for rate in curve["rate"] if rate is not None]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 1.0
    # On one cohort, nothing censored before the end, one silent month is "every".
    together = log.assign(
        date=log["date"].where(log["customer_id"].duplicated(), pd.Timestamp("2022-11-20"))
    )
    one = columns(quiet(retention_curve, together, method="kaplan_meier", lapse_after=1, **asked))
    every = columns(quiet(retention_curve, together, kind="every", **asked))
    shorter = min(len(one["rate"]), len(every["rate"]))
    assert one["rate"][:shorter] == pytest.approx(every["rate"][:shorter], abs=1e-12)


def test_intervals_are_those_promised(four_users):
    asked = {"unit": "M", "as_of": dt.date(2024, 4, 30), "level": 0.8}
    pooled = retention_curve(four_users, **asked)
    assert pooled["low"].tolist() == wilson(pooled["active"], pooled["n"], 0.8)[0].tolist()
    mean = retention_curve(four_users, average="mean_of_cohorts", **asked)
    assert mean["low"].isna().all(), "one cohort has no spread"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"method": "km"}, "method"),
        ({"average": "mean"}, "average"),
        ({"kind": "rolling"}, "kind"),
        ({"method": "kaplan_meier"}, "needs lapse_after"),
        ({"method": "kaplan_meier", "lapse_after": 0}, "lapse_after"),
        ({"lapse_after": 2}, "lapse_after belongs"),
        ({"level": 95}, "level"),
        ({"unit": "month"}, "unit"),
    ],
)
def test_wrong_parameters_are_named(four_users, wrong, message):
    with pytest.raises(ValueError, match=message):
        retention_curve(four_users, **({"unit": "M", "as_of": dt.date(2024, 4, 30)} | wrong))
