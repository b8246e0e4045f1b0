"""Pointwise intervals on three scales, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crmlytics.survival._bands import bands

Z = 1.959963984540054


@pytest.mark.parametrize("interval", ["log-log", "log", "plain"])
def test_each_scale_by_its_own_formula(interval):
    s, g = 0.6, 0.02
    spread = Z * math.sqrt(g)
    expected = {
        "plain": (s - s * spread, s + s * spread),
        "log": (math.exp(math.log(s) - spread), math.exp(math.log(s) + spread)),
        "log-log": tuple(
            math.exp(-math.exp(math.log(-math.log(s)) - sign * spread / math.log(s)))
            for sign in (1, -1)
        ),
    }[interval]
    low, high = bands(np.array([s]), np.array([g]), level=0.95, interval=interval)
    assert (low[0], high[0]) == pytest.approx(sorted(expected), abs=1e-12)


def test_the_ends_of_the_scale():
    for interval in ("log-log", "log", "plain"):
        low, high = bands(np.array([1.0, 0.0]), np.array([0.0, np.nan]), level=0.9,
                          interval=interval)  # fmt: skip
        np.testing.assert_array_equal(low, [1, np.nan])
        np.testing.assert_array_equal(high, [1, np.nan])
