"""Scores by hand, and blocks that know their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast._pipeline_scores import (
    Quantiles,
    _blocks,
    calibration_columns,
    deal_score_columns,
    score_columns,
)

NOTHING = np.full(2, np.nan)


def scores(**options):
    actual = np.array([100.0, 200.0])
    ours = Quantiles(
        np.array([110.0, 190.0]), np.array([90.0, 150.0]), np.array([108.0, 188.0]),
        np.array([120.0, 195.0]),
    )  # fmt: skip
    rival = Quantiles(np.array([130.0, 230.0]), NOTHING, NOTHING, NOTHING)
    defaults = {"interval": 0.8, "block": 1, "n_boot": 500, "level": 0.95}
    return score_columns(
        actual, {"ours": ours, "rival": rival}, rng=np.random.default_rng(0), **defaults | options
    )


def test_scores_by_hand():
    table, gap = scores()
    np.testing.assert_allclose(table["wape"], [20 / 300, 60 / 300])
    np.testing.assert_allclose(table["bias"], [0.0, 60 / 300])
    assert table["coverage"][0] == 0.5
    assert np.isnan(table["coverage"][1])
    # Quantiles 0.1, 0.5, 0.9 of the two cut-offs: 1 + 4 + 2 and 5 + 6 + 4.5.
    assert table["pinball"][0] == pytest.approx((1 + 4 + 2 + 5 + 6 + 4.5) / 6)
    # A point misses by 30 each time: 0.9, 0.5 and 0.1 of it.
    assert table["pinball"][1] == pytest.approx(30 * 1.5 / 3)
    assert gap["rival"].tolist() == ["rival"]
    assert gap["wape_difference"][0] == pytest.approx(-40 / 300)
    assert gap["low"][0] <= gap["wape_difference"][0] <= gap["high"][0]


def test_blocks_are_circular_neighbours():
    rows = _blocks(np.random.default_rng(0), 7, 3, 50)
    assert rows.shape == (50, 7)
    steps = np.diff(rows[:, :3], axis=1) % 7
    assert (steps == 1).all()
    assert _blocks(np.random.default_rng(0), 3, 10, 5).shape == (5, 3)


def test_brier_and_log_loss_by_hand():
    won = np.array([True, False])
    table = deal_score_columns(won, {"ours": np.array([0.8, 0.4]), "sure": np.array([0.0, 0.0])})
    np.testing.assert_allclose(table["brier"], [(0.04 + 0.16) / 2, 0.5])
    assert table["log_loss"][0] == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)
    assert np.isfinite(table["log_loss"][1])


def test_calibration_counts_every_deal_once():
    rng = np.random.default_rng(3)
    odds = rng.random(5_000)
    won = rng.random(5_000) < odds
    table = calibration_columns(won, odds, level=0.95)
    assert table["n"].sum() == 5_000
    inside = (table["predicted"] >= table["low"]) & (table["predicted"] <= table["high"])
    assert inside.sum() >= 8, "true probabilities are calibrated"
    assert calibration_columns(won[:3], odds[:3], level=0.95)["n"].tolist() == [1, 1, 1]
