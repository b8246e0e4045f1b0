"""The four segments that a store has unless it is given others."""

from __future__ import annotations

from crmlytics.datasets.segments import Segment

DEFAULT_SEGMENTS = (
    Segment(
        "Regulars", 0.25, r=2.0, alpha=8.0, a=0.8, b=14.0,
        spend_p=6.0, spend_q=5.0, spend_gamma=110.0,
        channel_shares=(0.35, 0.35, 0.15, 0.15), industry_shares=(0.35, 0.15, 0.2, 0.2, 0.1),
    ),
    Segment(
        "Large accounts", 0.10, r=3.0, alpha=15.0, a=0.6, b=14.0,
        spend_p=8.0, spend_q=4.0, spend_gamma=190.0,
        channel_shares=(0.15, 0.4, 0.05, 0.4), industry_shares=(0.2, 0.3, 0.3, 0.05, 0.15),
    ),
    Segment(
        "Occasional", 0.40, r=1.2, alpha=20.0, a=1.0, b=6.0,
        spend_p=5.0, spend_q=5.0, spend_gamma=90.0,
        channel_shares=(0.4, 0.2, 0.3, 0.1), industry_shares=(0.2, 0.2, 0.2, 0.2, 0.2),
    ),
    Segment(
        "Samplers", 0.25, r=0.7, alpha=10.0, a=2.0, b=2.5,
        spend_p=5.0, spend_q=6.0, spend_gamma=90.0,
        channel_shares=(0.25, 0.05, 0.6, 0.1), industry_shares=(0.15, 0.1, 0.1, 0.25, 0.4),
    ),
)  # fmt: skip
