"""half_life: constant rates, curves of every engine, curves that do not come down."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError, DataQualityWarning
from crmlytics.retention import half_life, retention_curve


def test_the_published_half_life(golden):
    golden("half-life at a constant retention of 0.8, periods", ours=half_life(0.8),
           published=3.1063, tolerance=5.01e-5, source="ln 0.5 / ln 0.8")  # fmt: skip
    assert half_life(0.5) == 1.0
    assert half_life(0) == 0.0
    assert math.isnan(half_life(1.0))


@settings(deadline=None)
@given(rate=st.floats(0.01, 0.999))
def test_after_a_half_life_half_are_left(rate):
    assert rate ** half_life(rate) == pytest.approx(0.5)


def test_a_curve_is_read_with_its_interval(engine):
    curve = engine.make(
        pd.DataFrame(
            {
                "age": [3, 0, 1, 2],
                "rate": [0.3, 1.0, 0.7, 0.5],
                "low": [0.1, 0.9, 0.5, 0.3],
                "high": [0.49, 1.0, 0.9, 0.7],
            }
        )
    )
    assert half_life(curve) == (2.0, 1.0, 3.0)


def test_the_half_life_of_lapsing_customers(engine, four_users):
    curve = retention_curve(
        engine.make(four_users), unit="M", as_of=dt.date(2024, 4, 30), method="kaplan_meier",
        lapse_after=2,
    )  # fmt: skip
    found = half_life(curve)
    assert found.age == 2.0
    assert found.low == 1.0
    assert math.isnan(found.high)


def test_constant_churn_is_recovered():
    # 20 % leave each month: 0.512 are left after 3, five standard errors above half, so month 4 is
    # the first below it.
    random, n = np.random.default_rng(3), 40_000
    months = np.minimum(random.geometric(0.2, n), 24)
    customer = np.repeat(np.arange(n), months)
    age = np.arange(len(customer)) - np.repeat(np.cumsum(months) - months, months)
    dates = (np.datetime64("2022-01") + age).astype("datetime64[us]")
    log = pd.DataFrame({"customer_id": customer, "date": dates})
    curve = retention_curve(
        log, unit="M", as_of=dt.date(2023, 12, 31), method="kaplan_meier", lapse_after=1
    )
    assert half_life(curve) == (4.0, 4.0, 4.0)
    assert curve["rate"][5] == pytest.approx(0.8**5, abs=0.01)


def test_a_curve_that_does_not_come_down_says_so(engine):
    curve = pd.DataFrame(
        {"age": [0, 1], "rate": [1.0, 0.62], "low": [1.0, 0.4], "high": [1.0, 0.8]}
    )
    with pytest.warns(DataQualityWarning, match=r"ends at 62\.0% at age 1 and never"):
        found = half_life(engine.make(curve))
    assert math.isnan(found.age)
    assert found.low == 1.0
    with pytest.warns(DataQualityWarning, match="has no rate"):
        half_life(curve.iloc[:0])


def test_what_is_no_curve_is_refused(four_users):
    with pytest.raises(ColumnNotFoundError, match="column age"):
        half_life(four_users)
    curve = pd.DataFrame({"age": [0, 0], "rate": 1.0, "low": 1.0, "high": 1.0})
    with pytest.raises(DataContractError, match="an age occurs twice"):
        half_life(curve)
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="fraction from 0 to 1"):
            half_life(wrong)
