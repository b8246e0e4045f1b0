"""Combination: hand cases, planted weights, routing by kind, local laws."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast.combination import (
    METHODS,
    all_methods,
    forecast_rows,
    methods_of,
    pooled_weights,
    series_weights,
    weighted,
)
from crmlytics.forecast.members import MEMBERS, MemberFit
from crmlytics.forecast.series_kinds import kinds

OPTIONS = {"season_length": 4, "horizon": 5, "combine": "mean"}


def histories():
    rng = np.random.default_rng(0)
    values = rng.gamma(9, 10, (6, 40)) * np.tile([0.8, 1.0, 1.3, 0.9], 10)
    values[1, :34] = np.nan  # short
    values[2] = np.where(rng.random(40) < 0.25, values[2], 0)  # intermittent
    values[3] = 7.0
    values[4, :39] = np.nan  # a single value
    return values


def test_every_method_named_is_a_member():
    assert set(all_methods(None)) <= set(MEMBERS)
    assert methods_of("empty", None) == ()
    assert methods_of("regular", ("drift",)) == ("drift",)
    assert methods_of("constant", ("drift",)) == METHODS["constant"]


def test_each_kind_by_its_own_methods():
    values = histories()
    kind = kinds(values, 4)
    assert kind.tolist() == ["regular", "short", "intermittent", "constant", "single", "regular"]
    local = forecast_rows(values, kind, members=None, **OPTIONS)
    names = all_methods(None)
    for row, own in enumerate(METHODS[each] for each in kind):
        used = np.isfinite(local.members[:, row]).all(axis=1)
        assert {name for name, there in zip(names, used, strict=True) if there} == set(own)
    five = [MEMBERS[name](values[:1], season_length=4, horizon=5).forecast
            for name in METHODS["regular"]]  # fmt: skip
    np.testing.assert_allclose(local.forecast[0], np.mean(five, axis=0)[0], rtol=1e-12)
    assert (local.forecast[3] == 7.0).all()
    assert (local.forecast[4] == values[4, -1]).all()
    assert not local.refused.any()


def test_the_median():
    values = histories()[[0]]
    local = forecast_rows(values, np.array(["regular"]), members=("drift", "seasonal_naive",
                          "theta"), **(OPTIONS | {"combine": "median"}))  # fmt: skip
    three = [MEMBERS[name](values, season_length=4, horizon=5).forecast
             for name in ("drift", "seasonal_naive", "theta")]  # fmt: skip
    np.testing.assert_allclose(local.forecast, np.median(three, axis=0), rtol=1e-12)


def test_a_history_that_no_method_survives_is_refused_and_its_last_value_repeated(monkeypatch):
    def breaks(values, *, season_length, horizon):
        return MemberFit(np.full((len(values), horizon), np.inf), values * np.nan, {})

    monkeypatch.setitem(MEMBERS, "drift", breaks)
    values = histories()[:1]
    local = forecast_rows(values, np.array(["regular"]), members=("drift",), **OPTIONS)
    assert local.refused.tolist() == [True]
    assert (local.forecast == values[0, -1]).all()


def test_planted_weights_are_recovered():
    rng = np.random.default_rng(1)
    members = rng.normal(size=(3, 200, 6))
    came = 0.7 * members[0] + 0.3 * members[1] + 0.05 * rng.standard_normal((200, 6))
    weights = pooled_weights(members, came, np.ones(200))
    # 200 averaged steps from equal weights come within a few hundredths.
    np.testing.assert_allclose(weights, [0.7, 0.3, 0.0], atol=0.05)
    assert weights.sum() == pytest.approx(1)
    scaled = pooled_weights(members * 1e6, came * 1e6, np.full(200, 1e6))
    np.testing.assert_allclose(scaled, weights, rtol=1e-9)


def test_nothing_known_equal_weights():
    nothing = pooled_weights(np.zeros((4, 2, 3)), np.full((2, 3), np.nan), np.ones(2))
    assert nothing.tolist() == [0.25] * 4


def test_a_series_leans_on_what_served_it():
    # Errors 1 and 2: weights 1/1.001^2 and 1/2.001^2, that is 0.8 and 0.2 to three places.
    members = np.array([[[1.0, 1.0]], [[2.0, 2.0]]])
    weights = series_weights(
        np.array([0.5, 0.5]), members, np.zeros((1, 2)), np.ones(1), np.array([1]), 2
    )
    np.testing.assert_allclose(weights, [[0.5, 0.5], [0.8, 0.2]], atol=5e-4)


def test_the_weighted_mean_passes_over_what_is_not_there():
    members = np.array([[[1.0], [1.0]], [[3.0], [np.nan]]])
    found = weighted(members, np.array([[0.25, 0.75], [0.25, 0.75]]))
    np.testing.assert_allclose(found, [[2.5], [1.0]])
