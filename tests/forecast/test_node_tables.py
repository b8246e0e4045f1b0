"""Long frames laid out by node and date: order, holes, every engine, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.forecast._node_tables import read_nodes

ROWS = pd.DataFrame({
    "series": ["b", "a", "b"], "date": pd.to_datetime(["2024-02-01", "2024-01-01", "2024-01-01"]),
    "forecast": [3.0, 1.0, 2.0], "low_80": [2.0, np.nan, 1.0],
})  # fmt: skip
KEYS = {"what": "forecasts", "series_col": "series", "date_col": "date"}


def test_nodes_in_their_order_and_dates_ascending(engine):
    table = read_nodes(engine.make(ROWS), ("b", "c", "a"), ["forecast", "low_80"], **KEYS)
    assert table.dates.astype(str).tolist() == ["2024-01-01", "2024-02-01"]
    nan = np.nan
    np.testing.assert_array_equal(table.numbers["forecast"], [[2, 3], [nan, nan], [1, nan]])
    np.testing.assert_array_equal(table.numbers["low_80"], [[1, 2], [nan, nan], [nan, nan]])


def test_refusals():
    def read(frame, nodes=("a", "b"), numbers=("forecast",)):
        return read_nodes(frame, nodes, list(numbers), **KEYS)

    with pytest.raises(DataContractError, match="2 of 3 rows of forecasts are of series"):
        read(ROWS, nodes=("a",))
    with pytest.raises(DataContractError, match="1 of 3 values of 'series' are missing"):
        read(ROWS.assign(series=["a", None, "b"]))
    with pytest.raises(DataContractError, match="must hold local dates"):
        read(ROWS.assign(date=ROWS["date"].dt.tz_localize("UTC")))
    with pytest.raises(DataContractError, match="'forecast' must hold numbers"):
        read(ROWS.assign(forecast="x"))
    with pytest.raises(NotEnoughDataError, match="forecasts has no row"):
        read(ROWS[:0])
    with pytest.raises(ColumnNotFoundError):
        read(ROWS, numbers=("fitted",))
