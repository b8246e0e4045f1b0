"""Intervals of single customers and of totals hold as often as they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from crmlytics.clv import ModifiedBetaGeoModel
from tests.clv.models import MODELS


def true_future(frame, t, rng):
    """What the simulated customers go on to buy, from their own planted rates."""
    count = rng.poisson(frame["purchase_rate"] * t)
    if "alive" in frame:
        lives = rng.geometric(np.maximum(frame["dropout_probability"], 1e-300))
        count = np.where(frame["alive"], np.minimum(count, lives), 0)
    return count


@pytest.mark.parametrize("name", ["BetaGeoModel", "ModifiedBetaGeoModel", "NBDModel"])
def test_single_counts_fall_uniformly_into_their_distribution(name):
    known, n, rng = MODELS[name].known(), 20_000, np.random.default_rng(7)
    frame = known.simulate(n, T=30.0, random_state=rng)
    future = true_future(frame, 15.0, rng)
    top = int(future.max())
    p = known.purchase_probabilities(frame, t=15.0, n_max=top)
    below = np.concatenate([np.zeros((n, 1)), p.cumsum(axis=1)], axis=1)[np.arange(n), future]
    # Counts are discrete: where a count lies within its own probability is drawn.
    pit = below + rng.random(n) * p[np.arange(n), future]
    assert kstest(pit, "uniform").pvalue > 0.001


def test_intervals_of_totals_hold_nine_times_in_ten():
    known, rng = MODELS["ModifiedBetaGeoModel"].known(), np.random.default_rng(8)
    groups, size = 1000, 1000
    frame = known.simulate(groups * size, T=30.0, random_state=rng)
    actual = true_future(frame, 15.0, rng).reshape(groups, size).sum(axis=1)
    totals = np.concatenate(
        [
            known.draw_purchases(
                frame.iloc[start : start + 50 * size], t=15.0, n_draws=19, random_state=rng
            ).reshape(19, 50, size).sum(axis=2)
            for start in range(0, groups * size, 50 * size)
        ],
        axis=1,
    )  # fmt: skip
    # Among 19 draws and the truth all ranks are equally likely: the extremes leave 2 of 20.
    held = ((totals.min(axis=0) <= actual) & (actual <= totals.max(axis=0))).mean()
    assert 0.87 < held < 0.93


def test_the_errors_of_parameters_widen_the_totals():
    truth = ModifiedBetaGeoModel.from_params(r=0.9, alpha=4, a=0.8, b=2.5, unit="W")
    frame = truth.simulate(400, T=30.0, random_state=1)
    fitted = ModifiedBetaGeoModel(unit="W").fit(frame)
    sure = ModifiedBetaGeoModel.from_params(**fitted.params_, unit="W")
    spread = [
        model.draw_purchases(frame, t=60.0, n_draws=2000, random_state=2).sum(axis=1).std()
        for model in (fitted, sure)
    ]
    assert spread[0] > 1.1 * spread[1]


def test_an_interval_by_hand():
    # Nobody drops out and the rate is all but known: Poisson(4), 2.5 % points 1 and 8.
    from crmlytics.clv import NBDModel

    model = NBDModel.from_params(r=1e6, alpha=1e6, unit="W")
    frame = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    low, high = model.predictive_interval(frame, t=4.0, n_draws=200_000, random_state=1)
    assert (low[0], high[0]) == (1, 8)
    low, high = model.predictive_interval(frame, t=4.0, n_draws=1, random_state=1)
    assert low[0] == high[0]


def test_equal_customers_get_equal_intervals():
    known = MODELS["BetaGeoModel"].known()
    frame = MODELS["BetaGeoModel"].histories(50)
    twice = pd.concat([frame, frame])
    low, high = known.predictive_interval(twice, t=9, n_draws=100, random_state=1)
    assert (low[:50] == low[50:]).all()
    assert (high[:50] == high[50:]).all()


def test_wrong_questions_are_refused():
    known = MODELS["NBDModel"].known()
    frame = MODELS["NBDModel"].histories(5)
    with pytest.raises(ValueError, match="level must be a fraction"):
        known.predictive_interval(frame, t=9, level=95)
    with pytest.raises(ValueError, match="n_draws must be a whole number"):
        known.draw_purchases(frame, t=9, n_draws=0)
    with pytest.raises(ValueError, match="T must be finite"):
        known.simulate(5, T=-1)
    with pytest.raises(ValueError, match="random_state must be"):
        known.simulate(5, T=1, random_state="seed")
