"""The simulated pipeline keeps the truth that it returns."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.datasets import make_pipeline


@pytest.fixture(scope="module")
def large():
    return make_pipeline(deals_per_week=400.0, seasonality=1.0, random_state=1)


def test_the_same_seed_gives_the_same_deals_and_another_seed_others():
    one, two = (make_pipeline(deals_per_week=5.0, random_state=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.deals, two.deals)
    pd.testing.assert_frame_equal(one.stage_log, two.stage_log)
    assert len(make_pipeline(deals_per_week=5.0, random_state=4).deals) != len(one.deals)


def test_revenue_and_wins_are_as_expected_month_by_month(large):
    deals, _, truth = large
    won = deals[deals["outcome"] == "won"]
    by_month = won.groupby(won["closed_at"].dt.to_period("M").dt.to_timestamp())["amount"]
    count = by_month.size().to_numpy()
    z = (count - truth.monthly["expected_won"]) / np.sqrt(truth.monthly["expected_won"])
    # Wins of a month are close to Poisson: 24 of them stay within four standard deviations.
    assert np.abs(z).max() < 4.0
    assert abs(by_month.sum().sum() / truth.monthly["expected_revenue"].sum() - 1) < 0.02


def test_quarters_end_with_a_peak(large):
    monthly = large.truth.monthly.set_index("month")["expected_won"]
    assert monthly["2024-03-01"] > 1.15 * monthly["2024-02-01"]


def test_outcome_dates_and_stages_fit_together(large):
    deals, log, truth = large
    is_open = deals["outcome"].isna()
    assert (deals["closed_at"].isna() == is_open).all()
    closed = deals[~is_open]
    assert (closed["closed_at"] >= closed["created_at"]).all()
    assert (closed["closed_at"].dt.date >= truth.start).all(), "earlier closings are not recorded"
    assert (deals["created_at"].dt.date < truth.start).any(), "but older deals are there"
    assert deals["deal_id"].is_unique
    assert set(log["deal_id"]) == set(deals["deal_id"])
    entered = log.groupby("deal_id")["entered_at"]
    assert entered.min().to_numpy().tolist() == deals["created_at"].to_numpy().tolist()
    last = log[~log.duplicated("deal_id", keep="last")].set_index("deal_id")["stage"]
    open_stage = deals[is_open].set_index("deal_id")["stage"]
    assert (last[open_stage.index] == open_stage).all()


def test_a_falling_win_rate_falls_on_its_day():
    day = dt.date(2024, 1, 1)
    before = make_pipeline(random_state=0).truth.monthly
    truth = make_pipeline(win_rate_after=0.2, changes_on=day, random_state=0).truth
    same = before["month"] < pd.Timestamp(day)
    pd.testing.assert_frame_equal(before[same], truth.monthly[same])
    assert truth.monthly["expected_won"].iloc[-1] < 0.6 * before["expected_won"].iloc[-1]
    assert truth.changes_on == day
    assert make_pipeline(win_rate_after=0.2, random_state=0).truth.changes_on == dt.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deals_per_week": 0}, "deals_per_week"),
        ({"win_rate": 1.0}, "win_rate"),
        ({"win_rate_after": 40}, "win_rate_after"),
        ({"seasonality": -0.1}, "seasonality"),
        ({"win_rate_after": 0.3, "changes_on": dt.date(2030, 1, 1)}, "changes_on"),
        ({"end": dt.date(2020, 1, 1)}, "end"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_pipeline(**options)
