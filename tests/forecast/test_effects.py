"""regression_effects: planted effects come back, with errors that tell the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.forecast.effects import estimated_effects, regression_effects


def planted(seed=0, n_series=60, n_periods=72, m=12):
    """Series with a level, a season and two effects: a promotion and a holiday that moves."""
    rng = np.random.default_rng(seed)
    t = np.arange(n_periods)
    z = np.zeros((n_series, n_periods, 2))
    z[:, :, 0] = rng.random((n_series, n_periods)) < 0.15
    z[:, :, 1] = np.where((t % m == 3 + (t // m) % 2), 1.0, 0.0) if m > 1 else t % 9 == 4
    beta = rng.normal(0, 20, (n_series, 2))
    walk = rng.normal(0, 1.0, (n_series, n_periods)).cumsum(axis=1)
    season = rng.normal(0, 10, (n_series, m))[:, t % m]
    values = 200 + walk + season + rng.normal(0, 4, (n_series, n_periods))
    return values + np.einsum("stk,sk->st", z, beta), z, beta


def test_by_hand():
    # A level of 10 and one period with 6 more: the effect is 6, whatever the smoothing.
    values = np.full((1, 20), 10.0)
    values[0, 12] += 6
    z = np.zeros((1, 20, 1))
    z[0, 12] = 2.0
    found = regression_effects(values, z, season_length=1, ridge=0.0)
    np.testing.assert_allclose(found, [[3.0]], atol=1e-4)


@pytest.mark.parametrize("m", [1, 12])
def test_planted_effects_are_found_within_their_error(m):
    values, z, beta = planted(m=m)
    effects = estimated_effects(values, z, season_length=m)
    apart = (effects.coefficients - beta) / effects.standard_errors
    # 120 standard normal numbers if the errors are right: their root mean square lies within
    # 0.8 and 1.25 but for one draw in a thousand; the smoothing parameters are not known.
    assert 0.75 < np.sqrt(np.mean(apart**2)) < 1.35
    assert np.abs(np.mean(apart)) < 0.4


def test_a_gap_and_a_late_start_hide_nothing():
    values, z, beta = planted(seed=1, n_series=20)
    values[:5, :20] = np.nan
    values[5:10, 30:33] = np.nan
    effects = estimated_effects(values, z, season_length=12)
    assert (np.abs(effects.coefficients - beta) < 4.5 * effects.standard_errors).all()


def test_what_never_happened_has_no_effect():
    values, z, _ = planted(n_series=3)
    z = z.copy()
    z[0, :, 1] = 0.0
    values[1] = np.nan
    effects = estimated_effects(values, z, season_length=12)
    assert effects.coefficients[0, 1] == 0
    assert np.isnan(effects.standard_errors[0, 1])
    assert (effects.coefficients[1] == 0).all()


def test_a_long_season_and_a_short_history():
    values, z, beta = planted(n_series=10, n_periods=170, m=52)
    effects = estimated_effects(values, z, season_length=52)
    assert np.corrcoef(effects.coefficients[:, 0], beta[:, 0])[0, 1] > 0.9
    few = regression_effects(values[:, :6], z[:, :6], season_length=12)
    assert np.isfinite(few).all()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), factor=st.sampled_from([1e-9, 7.0, 1e9]))
def test_units_and_company_do_not_matter(seed, factor):
    values, z, _ = planted(seed, n_series=3, n_periods=40, m=4)
    one = regression_effects(values, z, season_length=4)
    other = regression_effects(values * factor, z * 5, season_length=4) * 5 / factor
    # The search of the smoothing parameters stops at about 1e-5.
    np.testing.assert_allclose(one, other, atol=5e-3)
    alone = regression_effects(values[1:2], z[1:2], season_length=4)
    np.testing.assert_allclose(one[1:2], alone, atol=5e-3)


@pytest.mark.parametrize(
    ("shape", "word"), [((2, 8), "shape"), ((2, 7, 1), "8 periods"), ((3, 8, 1), "one set or 2")]
)
def test_shapes_that_do_not_match_are_refused(shape, word):
    with pytest.raises(ValueError, match=word):
        regression_effects(np.ones((2, 8)), np.ones(shape), season_length=1)


def test_missing_regressors_are_refused():
    z = np.ones((1, 8, 1))
    z[0, 3] = np.nan
    with pytest.raises(ValueError, match="2 of 16 values of regressors are not finite"):
        regression_effects(np.ones((1, 8)), z.repeat(2, axis=2), season_length=1)
    with pytest.raises(ValueError, match="ridge"):
        regression_effects(np.ones((1, 8)), np.ones((1, 8, 1)), season_length=1, ridge=-1)
