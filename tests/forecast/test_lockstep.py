"""The lay-out: spells, gaps, blocks, guards."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast import _lockstep
from crmlytics.forecast._lockstep import block_of, fit_in_blocks, in_blocks
from crmlytics.forecast._member import MemberFit
from crmlytics.forecast.members import MEMBERS

NAN = np.nan


def test_series_that_have_begun_lead():
    block = block_of(np.array([[1, 2, NAN, 4], [NAN, 5, 6, 7], [NAN, NAN, NAN, 8.0]]))
    assert block.begun.tolist() == [1, 2, 2, 3]
    assert [(n, list(periods)) for n, periods in block.spells()] == [
        (1, [0]), (2, [1, 2]), (3, [3]),
    ]  # fmt: skip
    assert block.gaps().tolist() == [False, False, True, False]
    assert block.age[:, 1].tolist() == [-1, 0, 1, 2]


def test_blocks_hold_every_series_with_a_value_once(monkeypatch):
    monkeypatch.setattr(_lockstep, "BLOCK_SIZE", 16)
    rng = np.random.default_rng(0)
    values = np.ones((100, 12))
    for row, first in enumerate(rng.integers(0, 13, 100)):
        values[row, :first] = NAN
    rows = [row for rows, _ in in_blocks(values, states=1) for row in rows]
    assert sorted(rows) == np.flatnonzero(np.isfinite(values).any(axis=1)).tolist()
    for rows, since in in_blocks(values, states=1):
        assert len(rows) <= 16
        assert np.isnan(values[rows, :since]).all()


def _explosive(values, *, season_length, horizon):
    forecast = np.full((len(values), horizon), np.inf)
    forecast[:, 1] = 1e6
    forecast[:, 2] = -1e6
    return MemberFit(forecast, values.copy(), {})


def test_forecasts_are_guarded():
    values = np.array([[1.0, 2, 3], [-1, 2, NAN], [NAN, NAN, NAN]])
    fit = fit_in_blocks(_explosive, values, season_length=1, horizon=3)
    # Not finite: the last value; too large: three times the largest; too small: 0, or minus that.
    np.testing.assert_array_equal(fit.forecast, [[3, 9, 0], [2, 6, -6], [NAN] * 3])
    np.testing.assert_allclose(fit.fitted, values)


def test_days_have_a_week_and_a_year():
    rng = np.random.default_rng(0)
    t = np.arange(365 * 3 + 60)
    week = np.array([0.7, 0.9, 1.0, 1.1, 1.2, 1.3, 0.8])[t % 7]
    year = 1 + 0.3 * np.sin(2 * np.pi * t / 365)
    truth = 100 * week * year
    values = (truth * rng.normal(1, 0.08, (4, len(t))))[:, :-60]
    values[1, :200] = NAN
    values[2, 500:530] = NAN
    for name in ("theta", "holt_winters_log", "complex_smoothing"):
        found = MEMBERS[name](values, season_length=7, horizon=60).forecast
        wape = np.abs(found - truth[-60:]).sum(axis=1) / truth[-60:].sum()
        # Without the year, the level of a week ago misses by up to 25 % after two months.
        assert (wape < 0.08).all(), name
