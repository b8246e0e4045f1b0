"""The words of a series: each by a history that deserves it, and their order."""

from __future__ import annotations

import numpy as np

from crmlytics.forecast.series_kinds import kinds
from crmlytics.forecast.statuses import STATUSES, series_status

NAN = np.nan
HISTORIES = {
    "empty": [NAN] * 8,
    "too_short": [NAN, NAN, 3, NAN, NAN, NAN, NAN, NAN],
    "ended": [4, 2, 4, 3, 5, 3, 5, NAN],
    "constant": [2.0] * 8,
    "intermittent": [0, 0, 0, 3, 0, 0, 1, 0],
    "short_history": [NAN, NAN, NAN, 2, 4, 3, 5, 3],
    "gaps": [4, 2, NAN, 3, 5, 3, 5, 4],
    "ok": [4, 2, 4, 3, 5, 3, 5, 4],
}


def test_each_by_hand():
    values = np.array(list(HISTORIES.values()), float)
    kind = kinds(values, 3)
    found = series_status(values, kind, np.zeros(len(values), bool))
    # Seven values are two seasons of three with one gap: regular.
    assert found.tolist() == list(HISTORIES)
    refused = series_status(values, kind, np.ones(len(values), bool))
    assert refused.tolist() == ["empty", "too_short"] + ["refused"] * 6
    assert set(found) | {"refused"} == set(STATUSES)
