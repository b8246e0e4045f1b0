"""The log of the CDNOW sample, with money, for tests of more than the purchase counts."""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.customers import calibration_holdout

if TYPE_CHECKING:
    from pathlib import Path

CALIBRATION_END = dt.date(1997, 9, 30)
HOLDOUT_END = dt.date(1998, 6, 30)


@functools.cache
def read_log(folder: Path) -> pd.DataFrame:
    log = pd.read_csv(
        folder / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None,
        names=["master_id", "customer_id", "date", "cds", "amount"],
    )  # fmt: skip
    return log.assign(date=pd.to_datetime(log["date"].astype(str)))


@functools.cache
def read_summary(folder: Path) -> pd.DataFrame:
    """Weeks of exact days, 39 of calibration and 39 held out, with the mean spend."""
    return calibration_holdout(
        read_log(folder), calibration_end=CALIBRATION_END, holdout_end=HOLDOUT_END, unit="W",
        exact=True, amount_col="amount",
    )  # fmt: skip
