"""Purchase summaries of CDNOW, made from the log as the papers made theirs."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.customers import calibration_holdout


@pytest.fixture(scope="session")
def cdnow(data_dir):
    """The 1/10 sample: weeks of exact days, calibration of 39 weeks, 39 weeks held out."""
    log = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None,
        names=["master_id", "customer_id", "date", "cds", "amount"],
    )  # fmt: skip
    log["date"] = pd.to_datetime(log["date"].astype(str))
    return calibration_holdout(
        log,
        calibration_end=dt.date(1997, 9, 30),
        holdout_end=dt.date(1998, 6, 30),
        unit="W",
        exact=True,
    )
