from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from tests.report.studies import study_of


def test_period_figures_by_hand(few_study):
    table = few_study.period_figures
    assert table["period"].dt.strftime("%Y-%m").tolist() == ["2024-01", "2024-02", "2024-03"]
    assert table["revenue"].tolist() == [30.0, 70.0, 50.0]
    assert table["customers"].tolist() == [2, 2, 1]
    assert table["orders"].tolist() == [2, 2, 1]
    assert table["average_order"].tolist() == [15.0, 35.0, 50.0]
    # In February ann had bought before and cem had not.
    assert table["repeat_share"].tolist() == [0.0, 0.5, 1.0]


def test_a_period_without_purchases_is_a_row_of_zeros(few):
    few.loc[4, "date"] = pd.Timestamp("2024-05-02")
    table = study_of(few, as_of=dt.date(2024, 5, 31)).period_figures
    assert table["orders"].tolist() == [2, 2, 0, 0, 1]
    assert table["revenue"].tolist() == [30.0, 70.0, 0.0, 0.0, 50.0]
    assert table["average_order"].isna().tolist() == [False, False, True, True, False]


def test_an_order_is_its_number_or_the_customers_day(few):
    few = pd.concat([few, few.iloc[[0]].assign(amount=5.0, order_id=9)], ignore_index=True)
    as_of = dt.date(2024, 3, 10)
    assert len(study_of(few, as_of=as_of).orders) == 6
    by_day = study_of(few.drop(columns="order_id"), as_of=as_of)
    assert len(by_day.orders) == 5
    assert by_day.orders["amount"].sum() == 155.0


def test_refunds_lower_revenue_and_are_no_orders(few):
    few = pd.concat(
        [few, few.iloc[[0]].assign(amount=-4.0, order_id=9, date=pd.Timestamp("2024-02-20"))],
        ignore_index=True,
    )
    table = study_of(few, as_of=dt.date(2024, 3, 10)).period_figures
    assert table["revenue"].tolist() == [30.0, 66.0, 50.0]
    assert table["orders"].tolist() == [2, 2, 1]


def test_whether_periods_are_whole(few):
    study = study_of(few, as_of=dt.date(2024, 3, 10))
    assert study.last_period_open
    assert study.first_day_of(study.last_period) == dt.date(2024, 2, 1)
    assert not study.first_period_cut
    assert not study_of(few, as_of=dt.date(2024, 3, 31)).last_period_open


def test_a_late_first_order_is_no_cut_unless_many_follow(few):
    few["date"] += pd.Timedelta(days=20)
    assert not study_of(few, as_of=dt.date(2024, 4, 30)).first_period_cut


def test_a_first_period_that_seems_cut_is_not_forecast_from(cut):
    study = study_of(cut, as_of=dt.date(2024, 4, 30))
    assert study.first_period_cut
    assert study.forecaster.fitted_["date"].min() == pd.Timestamp("2024-02-01")


@pytest.mark.parametrize(("show_ids", "names"), [(False, [1, 2, 3]), (True, ["cem", "ann", "bob"])])
def test_customers_are_numbered_by_revenue(few, show_ids, names):
    study = study_of(few, as_of=dt.date(2024, 3, 10), show_ids=show_ids)
    assert study.labels.index.tolist() == ["cem", "ann", "bob"]
    assert study.labels.tolist() == names
