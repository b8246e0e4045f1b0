"""revenue_at_risk: by hand, against a loop, intervals on simulated curves, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.churn import revenue_at_risk
from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.survival import kaplan_meier, survival_at
from tests.support.engines import columns
from tests.support.purchases import assert_same

CASES = ([1, 2, 2, 3, 4, 5, 6, 6], [1, 1, 0, 1, 0, 1, 0, 0])


def customers(ages, margin=10.0):
    return pd.DataFrame({"age": ages, "amount": margin})


def test_by_hand():
    # S(2) = 3/4, S(3) = S(4) = 3/5, S(5) = S(6) = 2/5.
    found = revenue_at_risk(customers([2, 4]), curve=kaplan_meier(*CASES), horizon=2, rate=0.25)
    assert found["revenue_at_stake"].tolist() == pytest.approx([14.4, 14.4])  # .8 and .64
    assert found["revenue_at_risk"].tolist() == pytest.approx([0.2 * 14.4, 14.4 / 3])
    # Greenwood between 4 and 5 is 1/(3 · 2): S(5)/S(4) = 2/3 to the powers exp(± z √(1/6)/ln 1.5).
    spread = 1.959964 * np.sqrt(1 / 6) / np.log(1.5)
    ends = [14.4 * (1 - (2 / 3) ** np.exp(sign * spread)) for sign in (-1, 1)]
    assert found.loc[1, ["low", "high"]].tolist() == pytest.approx(ends, rel=1e-6)


@pytest.mark.data
def test_telco(telco, golden):
    curve = kaplan_meier("duration", "event", data=telco)
    found = revenue_at_risk(customers([24.0], margin=1.0), curve=curve, horizon=12)
    # The page gives S(36) / S(24): its loss is that of the twelfth month of twelve.
    eleven = revenue_at_risk(customers([24.0], margin=1.0), curve=curve, horizon=11)
    last = found["revenue_at_risk"].iloc[0] - eleven["revenue_at_risk"].iloc[0]
    golden(
        "Telco: S(36)/S(24), from the revenue at risk",
        ours=1 - last,
        published=0.949044,
        source="reference page churn_and_leads 14, lifelines 0.30.3",
        tolerance=5e-7,
    )


cases = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=40)


@settings(max_examples=40, deadline=None)
@given(cases=cases, age=st.integers(0, 8), horizon=st.integers(1, 5), rate=st.floats(0, 0.5))
def test_a_loop_over_the_curve_finds_the_same(cases, age, horizon, rate):
    times, ended = zip(*cases, strict=True)
    curve = kaplan_meier(times, ended)
    found = revenue_at_risk(customers([age], 7.0), curve=curve, horizon=horizon, rate=rate).iloc[0]
    if age + horizon > max(times) and curve["survival"].iloc[-1] > 0:
        assert np.isnan(found["revenue_at_risk"])
        return
    last = min(max(times), age + horizon)
    held = survival_at(curve, range(last + 1))["survival"].tolist()
    held += [0.0] * (age + horizon - last)
    if held[age] == 0:
        assert np.isnan(found["revenue_at_risk"])
        return
    lost = sum(
        7.0 * (1 + rate) ** -s * (1 - held[age + s] / held[age]) for s in range(1, horizon + 1)
    )
    assert found["revenue_at_risk"] == pytest.approx(lost, abs=1e-9)
    assert 0 <= found["revenue_at_risk"] <= found["revenue_at_stake"] + 1e-9
    if np.isfinite(found["low"]) and np.isfinite(found["high"]):
        assert found["low"] <= found["revenue_at_risk"] + 1e-9
        assert found["revenue_at_risk"] <= found["high"] + 1e-9


def test_each_group_follows_its_curve(contracts):
    curve = kaplan_meier("duration", "event", by="plan", data=contracts)
    running = contracts[contracts["event"] == 0].assign(age=3)
    found = revenue_at_risk(running, curve=curve, horizon=6, amount_col="fee", by="plan")
    share = (found["revenue_at_risk"] / found["revenue_at_stake"]).groupby(found["plan"]).first()
    assert share["basic"] > share["plus"]


def test_every_engine_finds_the_same(engine, contracts):
    curve = kaplan_meier("duration", "event", by="plan", data=contracts)
    few = contracts.head(20)
    options = {
        "curve": curve,
        "horizon": 3,
        "age_col": "duration",
        "amount_col": "fee",
        "by": "plan",
    }
    found = revenue_at_risk(engine.make(few), **options)
    assert_same(engine.columns(found), columns(revenue_at_risk(few, **options)))


@pytest.mark.parametrize(
    ("table", "options", "error", "words"),
    [
        (customers([-1]), {}, DataContractError, "negative"),
        (customers([np.nan]), {}, DataContractError, "missing or infinite"),
        (customers([1]).assign(low=1), {}, DataContractError, "result column"),
        (customers([1]), {"horizon": 0}, ValueError, "horizon"),
        (customers([1]), {"rate": -0.1}, ValueError, "rate"),
        (customers([1]), {"curve": customers([1])}, ColumnNotFoundError, "time of the curve"),
        (customers([1]), {"age_col": "years"}, ColumnNotFoundError, "years"),
    ],
)
def test_refusals(table, options, error, words):
    with pytest.raises(error, match=words):
        revenue_at_risk(table, **({"curve": kaplan_meier(*CASES), "horizon": 2} | options))


def test_curves_must_be_told_apart_and_there(contracts):
    curve = kaplan_meier("duration", "event", by="plan", data=contracts)
    with pytest.raises(DataContractError, match="a time twice"):
        revenue_at_risk(customers([1]), curve=curve, horizon=2)
    unknown = customers([1]).assign(plan="gold")
    with pytest.raises(DataContractError, match="have no curve"):
        revenue_at_risk(unknown, curve=curve, horizon=2, by="plan")
