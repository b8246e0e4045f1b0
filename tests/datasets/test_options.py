from __future__ import annotations

import datetime as dt

import pytest

from crmlytics.datasets import options


def test_window_returns_dates():
    assert options.window("2024-01-01", dt.datetime(2024, 2, 1, 12)) == (
        dt.date(2024, 1, 1),
        dt.date(2024, 2, 1),
    )


def test_window_refuses_an_end_before_its_start():
    with pytest.raises(ValueError, match=r"end must be after start=2024-01-02, got 2024-01-02"):
        options.window(dt.date(2024, 1, 2), dt.date(2024, 1, 2))


@pytest.mark.parametrize("value", [0, 0.0, 0.25])
def test_shares_from_zero_on(value):
    assert options.share_below_one("refund_rate", value) == value


@pytest.mark.parametrize("value", [1.0, -0.1, 5, "0.1", None, float("nan"), False])
def test_other_shares_are_refused(value):
    with pytest.raises(ValueError, match="refund_rate must be a fraction"):
        options.share_below_one("refund_rate", value)
