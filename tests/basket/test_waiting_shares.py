"""Shares that buy within some time, and their curves."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket._waiting_clocks import Clocks
from crmlytics.basket._waiting_shares import waiting_curve


def test_a_curve_by_hand():
    clocks = Clocks(np.array([0, 1, 2]), np.array([2, 5, 5]), np.array([True, True, False]))
    curve = waiting_curve(clocks, 0.95)
    assert curve["day"].tolist() == [0, 2, 5]
    assert curve["n"].tolist() == [3, 3, 2]
    assert curve["n_next"].tolist() == [0, 1, 1]
    assert curve["share"] == pytest.approx([0, 1 / 3, 2 / 3])
    assert curve["low"][0] == curve["high"][0] == 0.0
    assert (curve["low"][1:] < curve["share"][1:]).all()
    assert (curve["share"][1:] < curve["high"][1:]).all()


def test_several_clocks_of_a_customer_say_less():
    duration, event = np.array([2, 2, 5, 5]), np.array([True, True, False, False])
    alone = waiting_curve(Clocks(np.arange(4), duration, event), 0.95)
    together = waiting_curve(Clocks(np.array([0, 0, 1, 1]), duration, event), 0.95)
    np.testing.assert_array_equal(alone["share"], together["share"])
    assert together["low"][1] < alone["low"][1]
    assert together["high"][1] > alone["high"][1]
