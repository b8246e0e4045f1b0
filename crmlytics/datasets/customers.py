"""The customers table: who they are, and which segment was planted in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.datasets import labels
from crmlytics.datasets.segments import CHANNELS, INDUSTRIES, segment_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.datasets.clock import StoreClock
    from crmlytics.datasets.segments import Segment

REGIONS = ("North", "East", "South", "West")
_REGION_SHARES = (0.35, 0.15, 0.3, 0.2)


@dataclass(frozen=True, eq=False, repr=False)
class CustomersTruth:
    """What was planted in the customers.

    Attributes
    ----------
    members : pandas.DataFrame
        One row per customer: ``customer_id``, ``segment``.
    segments : pandas.DataFrame
        One row per segment: ``segment``, ``share``, the weekly buying parameters ``r``,
        ``alpha``, ``a``, ``b``, the spend parameters ``spend_p``, ``spend_q``, ``spend_gamma``
        and ``mean_order_value``.
    attribute_shares : pandas.DataFrame
        One row per segment, attribute and value: ``segment``, ``attribute``, ``value``,
        ``share``. ``region`` has the same shares in every segment: it tells nothing.
    """

    members: pd.DataFrame
    segments: pd.DataFrame
    attribute_shares: pd.DataFrame


class DrawnCustomers(NamedTuple):
    """The customers table, its truth, and the numbers that other tables are drawn from."""

    table: pd.DataFrame
    truth: CustomersTruth
    segment: NDArray[np.int64]
    first_day: NDArray[np.float64]


def make_customers(
    rng: np.random.Generator,
    n_customers: int,
    *,
    segments: Sequence[Segment],
    clock: StoreClock,
) -> DrawnCustomers:
    """Draw the customers; each signs up at a moment spread evenly over the calendar."""
    # Append only: a new attribute takes a new stream, so the old ones keep their values.
    segment_rng, day_rng, region_rng, channel_rng, industry_rng = rng.spawn(5)
    everyone = np.zeros(n_customers, dtype=np.int64)
    first_day = clock.inside(np.sort(day_rng.random(n_customers)) * clock.n_days)
    segment = labels.draw_codes(segment_rng, np.array([[one.share for one in segments]]), everyone)
    region = labels.draw_codes(region_rng, np.array([_REGION_SHARES]), everyone)
    channel_shares = np.array([one.channel_shares for one in segments])
    industry_shares = np.array([one.industry_shares for one in segments])
    customer_id = labels.numbered("C", np.arange(1, n_customers + 1), n_customers)
    table = pd.DataFrame(
        {
            "customer_id": customer_id,
            "region": labels.chosen(REGIONS, region),
            "channel": labels.chosen(
                CHANNELS, labels.draw_codes(channel_rng, channel_shares, segment)
            ),
            "industry": labels.chosen(
                INDUSTRIES, labels.draw_codes(industry_rng, industry_shares, segment)
            ),
            "signed_up": clock.dates(first_day),
        }
    )
    truth = CustomersTruth(
        members=pd.DataFrame(
            {
                "customer_id": customer_id,
                "segment": labels.chosen([one.name for one in segments], segment),
            }
        ),
        segments=segment_frame(segments),
        attribute_shares=_attribute_shares(segments),
    )
    return DrawnCustomers(table, truth, segment, first_day)


def _attribute_shares(segments: Sequence[Segment]) -> pd.DataFrame:
    rows = [
        (segment.name, attribute, value, share)
        for segment in segments
        for attribute, values, shares in (
            ("region", REGIONS, _REGION_SHARES),
            ("channel", CHANNELS, segment.channel_shares),
            ("industry", INDUSTRIES, segment.industry_shares),
        )
        for value, share in zip(values, shares, strict=True)
    ]
    return pd.DataFrame(rows, columns=["segment", "attribute", "value", "share"])
