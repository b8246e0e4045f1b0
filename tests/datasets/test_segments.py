from __future__ import annotations

import pytest

from crmlytics.datasets import Segment
from crmlytics.datasets.default_segments import DEFAULT_SEGMENTS
from crmlytics.datasets.segments import checked_segments, segment_frame

GOOD = {"name": "All", "share": 1.0, "r": 1.0, "alpha": 5.0, "a": 1.0, "b": 9.0}


def test_mean_order_value():
    # Gamma-gamma: p·γ/(q - 1) = 6·100/4.
    assert Segment(**GOOD).mean_order_value == 150.0


def test_the_default_segments_are_a_partition():
    assert checked_segments(DEFAULT_SEGMENTS) == DEFAULT_SEGMENTS
    assert segment_frame(DEFAULT_SEGMENTS)["share"].sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name must be a non-empty text"),
        ({"r": 0.0}, "r must be a finite number above 0"),
        ({"alpha": -1.0}, "alpha must be"),
        ({"a": float("nan")}, "a must be"),
        ({"b": "2"}, "b must be"),
        ({"share": 0.0}, "share must be"),
        ({"spend_q": 1.0}, "spend_q must be a finite number above 1"),
        ({"channel_shares": (0.5, 0.5)}, "channel_shares must be 4 shares"),
        ({"channel_shares": (0.5, 0.7, -0.2, 0.0)}, "channel_shares must be 4 shares"),
        ({"industry_shares": (0.5, 0.5, 0.5, 0.5, 0.5)}, "industry_shares must be 5 shares"),
    ],
)
def test_impossible_parameters_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Segment(**{**GOOD, **change})


def test_shares_must_sum_to_one():
    half = Segment(**{**GOOD, "share": 0.5})
    with pytest.raises(ValueError, match=r"must sum to 1, got 0\.5"):
        checked_segments([half])


def test_names_must_differ():
    half = Segment(**{**GOOD, "share": 0.5})
    with pytest.raises(ValueError, match="different names"):
        checked_segments([half, half])


@pytest.mark.parametrize("segments", [[], ["Regulars"]])
def test_only_segments_are_taken(segments):
    with pytest.raises(TypeError, match="sequence of"):
        checked_segments(segments)
