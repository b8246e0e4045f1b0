"""From timestamps within business hours back to the simulator's continuous days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.datasets.clock import CLOSING_HOUR, OPENING_HOUR

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np


def calendar_days(moments: pd.Series, start: dt.date) -> np.ndarray:
    """Days since the start, with the business hours stretched to the whole day again."""
    date = moments.dt.normalize()
    open_hours = (moments - date) / pd.Timedelta(hours=1) - OPENING_HOUR
    within = open_hours / (CLOSING_HOUR - OPENING_HOUR)
    return ((date - pd.Timestamp(start)) / pd.Timedelta(days=1) + within).to_numpy()
