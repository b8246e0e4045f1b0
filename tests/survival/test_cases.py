"""What is refused of durations, events and entries, how it is counted, and what is read."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.survival import kaplan_meier

FRAME = pd.DataFrame(
    {
        "months": [3.0, 5.0, 8.0],
        "left": [True, False, True],
        "since": [0.0, 1.0, 2.0],
        "plan": ["b", "a", "b"],
        "size": [1, 2, 1],
    }
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"months": [3.0, -5.0, -8.0]}, "2 of 3 values of 'months' are negative"),
        ({"months": [3.0, np.nan, 8.0]}, r"1 of 3 values of 'months' are missing.*isna"),
        ({"months": [3.0, np.inf, 8.0]}, r"1 of 3 values of 'months' .* infinite.*isfinite"),
        ({"months": ["3", "5", "8"]}, "must hold numbers of one unit"),
        ({"months": pd.to_timedelta([3, 5, 8], unit="D")}, "divide spans of time by"),
        ({"left": [0, 1, 2]}, "1 of 3 values of 'left' are neither 0 nor 1"),
        ({"left": ["won", "lost", "won"]}, "compare it with the event's name"),
        ({"left": pd.array([True, None, False], "boolean")}, "1 of 3 values of 'left' are missing"),
        ({"since": [0.0, 5.0, 9.0]}, "2 of 3 cases have an entry at or after their duration"),
        ({"since": [0.0, -1.0, 2.0]}, "1 of 3 values of 'since' are negative.*clip at 0"),
        ({"since": [0.0, np.nan, 2.0]}, "1 of 3 values of 'since' are missing"),
        ({"plan": ["a", None, "b"]}, "1 of 3 values of 'plan' are missing"),
        ({"plan": [0.5, 1.5, 2.5]}, "must be text, integers, booleans or dates"),
        ({"size": [1, 0, 1]}, "1 of 3 values of 'size' are no whole numbers"),
        ({"size": [1.0, 1.5, 1.0]}, "1 of 3 values of 'size' are no whole numbers"),
    ],
)
def test_bad_values_are_counted_with_a_remedy(change, message):
    with pytest.raises(DataContractError, match=message):
        kaplan_meier(
            "months", "left", entry="since", by="plan", weights="size", data=FRAME.assign(**change)
        )


def test_no_value_of_a_row_is_told():
    bad = FRAME.assign(plan=["Ann Smith", None, "Bob"], months=[3, -12345.0, 8])
    for by in ("plan", None):
        with pytest.raises(DataContractError) as caught:
            kaplan_meier("months", "left", by=by, data=bad)
        assert "Ann" not in str(caught.value)
        assert "12345" not in str(caught.value)


def test_columns_and_arrays_are_told_apart():
    with pytest.raises(ColumnNotFoundError, match="did you mean 'months'"):
        kaplan_meier("month", "left", data=FRAME)
    with pytest.raises(ValueError, match="both 'months'"):
        kaplan_meier("months", "left", entry="months", data=FRAME)
    with pytest.raises(TypeError, match="pass their frame as data="):
        kaplan_meier("months", "left")
    with pytest.raises(TypeError, match="events must be the name of one column"):
        kaplan_meier("months", ["left", "plan"], data=FRAME)
    with pytest.raises(TypeError, match="with data=, durations is the name of a column"):
        kaplan_meier(FRAME["months"], "left", data=FRAME)
    with pytest.raises(TypeError, match="durations must be an array, a list or a column"):
        kaplan_meier(FRAME, FRAME["left"])
    with pytest.raises(TypeError, match="durations must be an array, a list or a column"):
        kaplan_meier(3, [1])
    with pytest.raises(ValueError, match="one length, they have: durations 2, events 1"):
        kaplan_meier([1, 2], [1])
    with pytest.raises(DataContractError, match="1 of 2 values of 'events' are missing"):
        kaplan_meier([1, 2], [True, None])
    with pytest.raises(DataContractError, match=r"np\.flatnonzero\(pd\.isna\(durations\)\)"):
        kaplan_meier([1, None], [1, 0])


@pytest.mark.parametrize("empty", [[], np.empty(0), pd.Series([], dtype=float)])
def test_no_case_is_too_few(empty):
    with pytest.raises(NotEnoughDataError, match="at least 1 case is needed"):
        kaplan_meier(empty, empty)


def test_an_empty_frame_is_refused_on_every_engine(engine):
    with pytest.raises(NotEnoughDataError, match="'months' is empty"):
        kaplan_meier("months", "left", by="plan", data=engine.make(FRAME.iloc[:0]))


def test_groups_of_any_allowed_kind():
    days = np.array(["2024-01-02", "2024-01-01", "2024-01-02"], "datetime64[D]")
    for by, first in [
        (["x", "w", "x"], "w"),
        ([7, 5, 7], 5),
        ([True, False, True], False),
        (pd.Categorical(["x", "w", "x"], categories=["x", "w", "never"]), "w"),
    ]:
        curve = kaplan_meier(FRAME["months"], FRAME["left"], by=by)
        assert curve["group"].iloc[0] == first
        assert curve["group"].nunique() == 2
    curve = kaplan_meier([3, 5, 8], [1, 0, 1], by=days)
    assert curve["group"].iloc[0] == pd.Timestamp("2024-01-01")
    with pytest.raises(DataContractError, match="cast them first"):
        kaplan_meier([3, 5, 8], [1, 0, 1], by=pd.Series(days).dt.tz_localize("UTC"))


def test_dates_stay_dates(engine):
    days = pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-02"])
    frame = engine.make(FRAME.assign(cohort=days))
    found = engine.columns(kaplan_meier("months", "left", by="cohort", data=frame))
    assert found["cohort"][0] == dt.date(2024, 1, 1)
    if engine.name == "polars":
        import polars as pl

        frame = frame.with_columns(pl.col("cohort").cast(pl.Date))
        curve = kaplan_meier("months", "left", by="cohort", data=frame)
        assert curve.schema["cohort"] == pl.Date


def test_several_columns_make_the_groups_that_occur():
    frame = FRAME.assign(region=[1, 1, 2])
    curve = kaplan_meier("months", "left", by=["region", "plan"], data=frame)
    pairs = curve[["region", "plan"]].drop_duplicates()
    assert list(pairs.itertuples(index=False, name=None)) == [(1, "a"), (1, "b"), (2, "b")]
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        kaplan_meier("months", "left", by="time", data=frame.assign(time="x"))


def test_numbers_of_any_kind_are_read():
    arrays = [
        np.array([3, 5, 8], np.int32), np.array([3, 5, 8], np.uint8), [3.0, 5, 8], (3, 5, 8),
        pd.array([3, 5, 8], "Int64"), pd.Series([3, 5, 8], index=[9, 9, 9]), range(3, 9, 2),
    ]  # fmt: skip
    for durations in arrays:
        curve = kaplan_meier(durations, np.array([1, 0, 1], np.float32))
        assert curve["time"].dtype == np.float64
        assert curve["survival"].iloc[1] == pytest.approx(2 / 3)
