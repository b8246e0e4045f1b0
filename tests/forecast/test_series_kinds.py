"""Kinds of history: hand cases, season against rarity, scales."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.forecast.series_kinds import KINDS, kinds, scales, span

NAN = np.nan


@pytest.mark.parametrize(
    ("history", "kind"),
    [
        ([NAN] * 8, "empty"),
        ([NAN, 3, NAN, NAN, NAN, NAN, NAN, NAN], "single"),
        ([0.0] * 8, "constant"),
        ([5, 5, NAN, 5, 5, 5, 5, 5], "constant"),
        ([0, 0, 4, 0, 0, 3, 0, 0], "intermittent"),  # a sale every 4 periods
        ([1, 2, 0, 3, 1, 2, 2, 1], "regular"),  # a sale every 8/7 = 1.14 periods
        ([NAN, NAN, NAN, 2, 4, 3, 2, 4], "short"),  # 5 values, two seasons are 8
        ([9, 0, 0, 0, 8, 0, 0, 0], "regular"),  # rare, but every first quarter
        ([-1, 0, 0, 2, 0, 0, 1, 0], "regular"),  # net refunds are no demand
        ([NAN, NAN, NAN, NAN, 0, 0, 1, 0], "short"),  # four periods tell no rhythm
    ],
)
def test_by_hand(history, kind):
    assert kinds(np.array([history], float), 4).tolist() == [kind]


def test_published_cut_of_the_interval():
    # Syntetos, Boylan and Croston (2005): intermittent from a mean interval of 1.32 on.
    for sold, kind in ((33, "intermittent"), (34, "regular")):  # 44 / 33 = 1.33, 44 / 34 = 1.29
        rng = np.random.default_rng(1)
        history = np.zeros(44)
        history[rng.choice(44, sold, replace=False)] = rng.integers(1, 9, sold)
        assert kinds(history[None], 1).tolist() == [kind]


@given(st.lists(st.none() | st.integers(0, 4), min_size=1, max_size=30), st.integers(0, 3))
def test_the_kind_knows_no_scale_and_no_empty_front(history, m):
    values = np.array([history], float)
    kind = kinds(values, m + 1)
    assert kind[0] in KINDS
    assert kinds(values * 1024, m + 1) == kind
    assert kinds(np.hstack([np.full((1, 5), NAN), values]), m + 1) == kind


def test_scales_and_spans():
    values = np.array([[1.0, 2, 4, 8, 16, 32], [NAN, NAN, NAN, NAN, 3, 5], [NAN] * 6])
    np.testing.assert_array_equal(scales(values, 2), [(3 + 6 + 12 + 24) / 4, 2, NAN])
    first, last = span(values)
    assert (first.tolist(), last.tolist()) == ([0, 4, 0], [5, 5, -1])


def test_the_scale_of_a_series_that_grew_is_that_of_its_last_six_seasons():
    values = np.concatenate([np.full(40, 1.0), np.tile([10.0, 20.0], 7)])[None]
    assert scales(values, 2) == [0.0]
    values[0, -1] = 32.0
    assert scales(values, 2) == [pytest.approx(1.0)]  # 12 in one of twelve pairs
