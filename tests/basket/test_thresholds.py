"""Thresholds: shares that were printed as k/n give k again."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.basket.thresholds import count_needed, exact_share


def needed(support, n):
    return count_needed(min_support=support, min_count=None, n_baskets=n)


def test_every_share_of_up_to_400_baskets():
    # ceil(k / n * n) is wrong for 2,964 of these 79,800.
    assert all(needed(k / n, n) == k for n in range(1, 400) for k in range(1, n + 1))


@pytest.mark.parametrize(
    ("support", "n", "count"),
    [(0.28, 25, 7), (0.01, 9835, 99), (0.001, 9835, 10), (0.006, 9835, 60), (1.0, 7, 7),
     (1e-12, 50, 1), (1, 5, 5)],
)  # fmt: skip
def test_shares(support, n, count):
    assert needed(support, n) == count


def test_counts_pass():
    assert count_needed(min_support=None, min_count=17, n_baskets=5) == 17


@given(k=st.integers(1, 10**6), n=st.integers(1, 10**6))
def test_exact_share_undoes_division(k, n):
    assert exact_share(k / n) == Fraction(k, n)


def test_exact_share_of_long_decimals():
    assert exact_share(0.8) == Fraction(4, 5)
    assert exact_share(0.123456789012) == Fraction("0.123456789012")


@pytest.mark.parametrize(
    ("support", "remedy"),
    [
        (0, "pass min_count=1"),
        (3.0, "pass min_count=3$"),
        (1.5, "did you mean 0.015"),
        (float("nan"), "got nan$"),
        (float("inf"), "got inf$"),
    ],
)
def test_the_remedy_fits_the_support(support, remedy):
    with pytest.raises(ValueError, match=remedy):
        count_needed(min_support=support, min_count=None, n_baskets=10)
