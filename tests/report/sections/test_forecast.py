from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.forecast import SalesForecaster
from crmlytics.report.sections import forecast
from tests.report.studies import study_of


def test_it_is_the_librarys_forecast_of_the_whole_months(store_study, fmt):
    section = forecast.build(store_study, fmt)
    table = section.all_tables()["forecast"]
    expected = SalesForecaster(horizon=6, unit="M").fit(store_study.sales).predict()
    pd.testing.assert_frame_equal(table, expected)
    assert len(table) == 6
    assert table["date"].iloc[0] == pd.Timestamp("2025-01-01")
    assert (table["low_80"] <= table["forecast"]).all()


def test_the_unfinished_month_is_forecast_as_a_whole(few_study, fmt):
    section = forecast.build(few_study, fmt)
    assert section.all_tables()["forecast"]["date"].iloc[0] == pd.Timestamp("2024-03-01")
    assert any("Mar 2024 is not over" in sentence for sentence in section.sentences)
    assert any("The history is too short to say" in sentence for sentence in section.sentences)
    assert not any("rest on" in sentence for sentence in section.sentences)
    history = section.tables[0]
    assert history.frame["value"].tolist() == [30.0, 70.0, 50.0]
    assert history.marked == {(2, "value")}


def test_one_month_gives_a_value_without_an_interval(few, fmt):
    section = forecast.build(study_of(few.iloc[[0, 2]], as_of=dt.date(2024, 1, 31)), fmt)
    assert "too short to say how sure" in section.sentences[0]


def test_errors_of_the_past_are_told(store_study, fmt):
    fitted = store_study.forecaster.fitted_.dropna()
    wape = (fitted["value"] - fitted["fitted"]).abs().sum() / fitted["value"].sum()
    assert any(
        f"errors add up to {fmt.percent(wape)} of sales" in sentence
        for sentence in forecast.build(store_study, fmt).sentences
    )


def test_without_a_whole_period_there_is_none(few, fmt):
    with pytest.raises(NotEnoughDataError, match="no period of unit='M'"):
        forecast.build(study_of(few.iloc[[0]], as_of=dt.date(2024, 1, 20)), fmt)
