from __future__ import annotations

import numpy as np
from scipy import stats

from crmlytics.datasets.refunds import REFUND_DELAY_DAYS, draw_refund_days


def test_nothing_comes_back_at_a_rate_of_zero():
    assert np.isinf(draw_refund_days(np.random.default_rng(0), np.arange(100.0), 0.0)).all()


def test_rate_and_delays():
    n, rate = 50_000, 0.2
    rng = np.random.default_rng(1)
    ordered = rng.random(n) * 100
    refunded = draw_refund_days(rng, ordered, rate)
    returned = np.isfinite(refunded)
    # Four standard errors of a share.
    assert abs(returned.mean() - rate) < 4 * np.sqrt(rate * (1 - rate) / n)
    least, largest = REFUND_DELAY_DAYS
    delay = np.floor(refunded[returned]) - np.floor(ordered[returned])
    counts = np.bincount(delay.astype(int))[least:]
    assert len(counts) == largest - least + 1
    assert stats.chisquare(counts).pvalue > 1e-4  # one in ten thousand, with a fixed seed
