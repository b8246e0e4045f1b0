"""lead_labels: by hand, the young are unknown, engines and refusals."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.leads import lead_labels

AS_OF = dt.date(2024, 3, 31)
DAY = dt.date(2024, 1, 1)


def frame(rows):
    return pd.DataFrame(
        {
            "lead_id": [f"l{i}" for i in range(len(rows))],
            "created_at": pd.to_datetime([DAY + dt.timedelta(days=a) for a, _ in rows]),
            "converted_at": pd.to_datetime(
                [None if b is None else DAY + dt.timedelta(days=b) for _, b in rows]
            ),
        }
    )


def labels(rows, **options):
    table = lead_labels(frame(rows), **{"as_of": AS_OF, "horizon": 30, "unit": "D"} | options)
    return [None if pd.isna(x) else int(x) for x in table["converted"]]


def test_the_window_by_hand():
    # 2024-03-31 is day 90. The first 30 days of a lead of day 61 are over then: 61 to 90.
    assert labels([(0, 29), (0, 30), (0, None), (61, None), (62, None), (62, 63)]) == [
        1, 0, 0, 0, None, None,
    ]  # fmt: skip
    assert labels([(0, 6), (0, 7)], horizon=1, unit="W") == [1, 0]
    # What happens after the day of the analysis does not exist.
    assert labels([(61, 91), (95, None)], horizon=30) == [0]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.none() | st.integers(0, 200)), min_size=1),
    st.integers(1, 60),
    st.integers(0, 200),
)
def test_what_happens_outside_the_window_changes_nothing(rows, horizon, later):
    rows = [(a, None if b is None else a + b) for a, b in rows]
    expected = [
        None if a + horizon > 91 else int(b is not None and b < a + horizon) for a, b in rows
    ]
    assert labels(rows, horizon=horizon) == expected
    moved = [(a, a + horizon + later if b is None or b >= a + horizon else b) for a, b in rows]
    assert labels(moved, horizon=horizon) == expected


def test_every_engine(engine):
    rows = frame([(0, 5), (10, None), (80, 81), (99, None)]).assign(note="x")
    expected = lead_labels(rows, as_of=AS_OF, horizon=30, unit="D")
    found = lead_labels(engine.make(rows), as_of=AS_OF, horizon=30, unit="D")
    columns = engine.columns(found)
    order = sorted(range(3), key=lambda i: columns["lead_id"][i])
    assert [columns["converted"][i] for i in order] == [1, 0, None]
    assert list(columns) == list(expected)


def test_bad_input_is_refused():
    rows = frame([(5, 7), (6, None)])
    with pytest.raises(ColumnNotFoundError):
        lead_labels(rows.drop(columns="created_at"), as_of=AS_OF, horizon=3, unit="D")
    with pytest.raises(DataContractError, match="on a day before 'created_at'"):
        labels([(5, 4)])
    with pytest.raises(DataContractError, match="values of 'created_at' are missing"):
        lead_labels(rows.assign(created_at=pd.NaT), as_of=AS_OF, horizon=3, unit="D")
    with pytest.raises(DataContractError, match="would be overwritten"):
        lead_labels(rows.assign(Converted=1), as_of=AS_OF, horizon=3, unit="D")
    with pytest.raises(NotEnoughDataError, match="there is no lead"):
        lead_labels(rows.iloc[:0], as_of=AS_OF, horizon=3, unit="D")
    with pytest.raises(NotEnoughDataError, match="lies before all leads"):
        lead_labels(rows, as_of=dt.date(2023, 1, 1), horizon=3, unit="D")
    with pytest.raises(ValueError, match="unit must be one of"):
        lead_labels(rows, as_of=AS_OF, horizon=3, unit="M")
