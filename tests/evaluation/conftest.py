"""The M3 competition's monthly series and the forecasts handed in, read once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def m3_monthly(data_dir):
    """History [series, period] with NaN in front, what came [series, 18], forecasts by method."""
    folder = data_dir / "m3_monthly"
    rows = pd.read_parquet(
        folder / "m3_monthly.parquet", columns=["unique_id", "split", "idx", "y"]
    )
    rows = rows.astype({"unique_id": str, "split": str})
    past = rows[rows["split"] == "train"].copy()
    last = past.groupby("unique_id")["idx"].transform("max")
    past["back"] = past["idx"].astype(int) - last.astype(int)
    train = past.pivot(index="unique_id", columns="back", values="y").to_numpy()
    later = rows[rows["split"] == "test"]
    step = later.groupby("unique_id")["idx"].rank().astype(int)
    actual = later.assign(h=step).pivot(index="unique_id", columns="h", values="y").to_numpy()
    handed_in = pd.read_parquet(folder / "m3_monthly_official_forecasts.parquet")
    handed_in = handed_in.astype({"unique_id": str, "method": str})
    models = {
        method: one.pivot(index="unique_id", columns="h", values="yhat").to_numpy()
        for method, one in handed_in.groupby("method")
    }
    assert np.isfinite(actual).all()
    return train, actual, models
