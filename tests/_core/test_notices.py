"""A warning points at the line that called the library."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics._core import notices
from crmlytics.customers import purchase_summary, rfm_table
from crmlytics.errors import DataQualityWarning, DriftWarning
from crmlytics.segmentation import RFMScorer

LOG = pd.DataFrame(
    {"customer_id": [1, 2], "date": pd.to_datetime(["2024-01-01"] * 2), "amount": [1.0, -1.0]}
)
DAY = dt.date(2024, 1, 31)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rfm_table(LOG, as_of=DAY),
        lambda: purchase_summary(LOG, as_of=DAY, unit="D", amount_col="amount"),
        lambda: RFMScorer().fit(rfm_table(LOG[:1], as_of=DAY)),
    ],
)
def test_it_points_here(call):
    with pytest.warns(DataQualityWarning) as caught:
        call()
    assert {warning.filename for warning in caught} == {__file__}


def test_a_direct_call_points_here_too():
    with pytest.warns(DriftWarning, match="moved") as caught:
        notices.warn("moved", DriftWarning)
    assert caught[0].filename == __file__
