"""Discounted purchases against 40-digit sums and integrals, and plain sums over periods."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv._discounting import Discount, discounted
from tests.clv import oracles

MODEL = BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
CUSTOMERS = pd.DataFrame(
    {"frequency": [2, 0, 60], "recency": [30.43, 0.0, 38.0], "T": [38.86, 38.86, 39.0]}
)
MONTH = 365.25 / 7 / 12
WEEKLY = math.log(1.1) / (365.25 / 7)


def expected(row, t, alive):
    """Conditional expectation in 60 digits."""
    x, T = int(row["frequency"]), row["T"]
    return alive * oracles.expected_count(t, 0.243 + x, 4.414 + T, 0.793, 2.426 + x)


@pytest.mark.parametrize("period", [1.0, MONTH])
@pytest.mark.parametrize("horizon", [0.4, 4.5, 52.0, 521.25, None])
def test_periods_are_those_of_mpmath(period, horizon):
    rate = 0.08 if horizon is None else WEEKLY  # a few hundred terms of 60 digits, no more
    found = discounted(MODEL, *prepared(MODEL, CUSTOMERS), Discount(rate, horizon, period))
    alive = MODEL.probability_alive(CUSTOMERS)
    rows = [0] if horizon is None or horizon > 100 else [0, 1, 2]
    end = horizon or 30 / rate  # money beyond e^-30 is nothing
    ends = [min((k + 1) * period, end) for k in range(math.ceil(end / period - 1e-9))]
    for i in rows:
        before, total = mp.mpf(0), mp.mpf(0)
        for t in ends:
            upto = expected(CUSTOMERS.iloc[i], t, alive[i])
            total += (upto - before) * mp.exp(-rate * t)
            before = upto
        assert abs(found[i] / total - 1) < 1e-8


@pytest.mark.parametrize("horizon", [13.0, 521.25, None])
def test_continuous_interest_is_that_of_mpmath(horizon):
    found = discounted(MODEL, *prepared(MODEL, CUSTOMERS), Discount(WEEKLY, horizon, None))
    alive = MODEL.probability_alive(CUSTOMERS)
    with mp.workdps(20):
        row = CUSTOMERS.iloc[0]
        points = [0, 20, 100, 500, 2000, 8000, 30 / WEEKLY] if horizon is None else [0, 5, horizon]

        def money(u):
            return WEEKLY * mp.exp(-WEEKLY * u) * expected(row, float(u), alive[0])

        total = mp.quad(money, points, maxdegree=5)
        if horizon is not None:
            total += mp.exp(-WEEKLY * horizon) * expected(row, horizon, alive[0])
    assert abs(found[0] / total - 1) < 1e-8


@pytest.mark.parametrize("model", [MODEL, NBDModel.from_params(r=0.4, alpha=12.0, unit="W")])
@pytest.mark.parametrize(("period", "horizon"), [(1.0, 1000.5), (0.2, None), (MONTH, 2000.0)])
def test_long_sums_are_plain_sums(model, period, horizon):
    rate = 0.02 if horizon is None else WEEKLY
    rows, parameters = prepared(model, CUSTOMERS)[::-1]
    found = discounted(model, parameters, rows, Discount(rate, horizon, period))
    end = horizon or 45 / rate
    ends = np.minimum(np.arange(1, math.ceil(end / period - 1e-9) + 1) * period, end)
    upto = np.stack([model._expected(parameters, rows, np.full(3, t)) for t in ends])
    plain = np.exp(-rate * ends) @ np.diff(upto, axis=0, prepend=0.0)
    np.testing.assert_allclose(found, plain, rtol=1e-10)


def test_without_interest_the_period_does_not_matter():
    model = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6.0, a=1.9, b=1.6, unit="W")
    plain = model.expected_purchases(CUSTOMERS, t=52.0)
    for period in (None, 1.0, MONTH):
        found = discounted(model, *prepared(model, CUSTOMERS), Discount(0.0, 52.0, period))
        np.testing.assert_allclose(found, plain, rtol=1e-14)
    forever = discounted(model, *prepared(model, CUSTOMERS), Discount(0.0, None, 1.0))
    assert (forever > plain).all()
    assert np.isfinite(forever).all()


def test_shorter_periods_approach_continuous_interest():
    continuous = discounted(MODEL, *prepared(MODEL, CUSTOMERS), Discount(WEEKLY, 52.0, None))
    for period in (1.0, 1 / 7):
        found = discounted(MODEL, *prepared(MODEL, CUSTOMERS), Discount(WEEKLY, 52.0, period))
        assert (found < continuous).all()
        np.testing.assert_allclose(found, continuous, rtol=WEEKLY * period)


def prepared(model, frame):
    rows = model._read(frame)
    return model._row_parameters(rows), rows
