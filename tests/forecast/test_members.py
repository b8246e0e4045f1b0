"""Laws that every member obeys: scale, order, company, empty front, and any kind of history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast.members import GOOD_FIVE, MEMBERS
from tests.forecast.panels import histories, made_panel

HORIZON = 5
SMOOTH = [name for name in MEMBERS if name not in ("seasonal_naive", "drift")]


def forecast(name, values, m=4):
    return MEMBERS[name](np.asarray(values, dtype=float), season_length=m, horizon=HORIZON)


def agree(one, other, values):
    """Equal but for rounding: searches take the same steps whatever the unit and the company."""
    size = np.nanmax(np.abs(values), axis=1, keepdims=True, initial=1e-300)
    for a, b in zip(one[:2], other[:2], strict=True):
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        np.testing.assert_allclose(np.nan_to_num(a / size), np.nan_to_num(b / size), atol=1e-9)


seeds = st.integers(0, 10**6)


@pytest.mark.parametrize("name", MEMBERS)
@settings(max_examples=6, deadline=None)
@given(seed=seeds, factor=st.sampled_from([1e-9, 0.25, 3.0, 1e9]))
def test_scale_goes_through(name, seed, factor):
    values = made_panel(seed)
    one, other = forecast(name, values), forecast(name, values * factor)
    agree(one, other._replace(forecast=other[0] / factor, fitted=other[1] / factor), values)


@pytest.mark.parametrize("name", MEMBERS)
@settings(max_examples=6, deadline=None)
@given(seed=seeds)
def test_order_and_company_do_not_matter(name, seed):
    values = made_panel(seed)
    order = np.random.default_rng(seed).permutation(len(values))
    one, other = forecast(name, values), forecast(name, values[order])
    agree([each[order] for each in one[:2]], other, values[order])
    alone = forecast(name, values[:1])
    agree([each[:1] for each in one[:2]], alone, values[:1])


@pytest.mark.parametrize("name", MEMBERS)
@settings(max_examples=6, deadline=None)
@given(seed=seeds, front=st.integers(1, 9))
def test_empty_periods_in_front_change_nothing(name, seed, front):
    values = made_panel(seed)
    longer = np.concatenate([np.full((len(values), front), np.nan), values], axis=1)
    one, other = forecast(name, values), forecast(name, longer)
    assert np.isnan(other.fitted[:, :front]).all()
    agree(one, (other.forecast, other.fitted[:, front:]), values)


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("history", histories())
def test_any_history_has_a_finite_forecast(name, history):
    values = histories()[history][None]
    fit = forecast(name, values, m=12)
    assert fit.forecast.shape == (1, HORIZON)
    assert fit.fitted.shape == values.shape
    seen = np.isfinite(values[0])
    if name == "seasonal_naive" and history == "half missing":
        return  # a season of which nothing was ever seen has no forecast there
    assert np.isfinite(fit.forecast).all() == seen.any()
    if name in SMOOTH and seen.any():
        largest = 3 * np.abs(values[0][seen]).max()
        assert (np.abs(fit.forecast) <= largest).all()
        if (values[0][seen] >= 0).all():
            assert (fit.forecast >= 0).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_what_never_changes_goes_on(name):
    values = np.full((2, 30), 7.0)
    values[1] = 0.0
    values[0, 3] = np.nan
    factor = 0.95 if name == "sba" else 1.0  # its correction of a bias that is not there
    expected = [[7.0 * factor] * HORIZON, [0.0] * HORIZON]
    np.testing.assert_allclose(forecast(name, values).forecast, expected, atol=1e-4)


@pytest.mark.parametrize("name", MEMBERS)
def test_no_series_and_no_values(name):
    assert forecast(name, np.empty((0, 8))).forecast.shape == (0, HORIZON)
    fit = forecast(name, [[np.nan] * 6, [1, 2, 3, 4, 5, 6]])
    assert np.isnan(fit.forecast[0]).all()
    assert np.isfinite(fit.forecast[1]).all()


def test_the_good_five_are_members():
    assert len(GOOD_FIVE) == 5
    assert set(GOOD_FIVE) <= set(MEMBERS)
