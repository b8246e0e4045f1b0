"""make_leads: the truth comes back, and the same seed gives the same leads."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.datasets import make_leads


def test_the_planted_shares_come_back():
    leads, truth = make_leads(20_000, random_state=1)
    old = leads["created_at"] < "2024-10-01"
    window = pd.Timedelta(days=90)
    converted = (leads["converted_at"] - leads["created_at"]) < window
    expected = truth.conversion_probability(90.0)
    # 15,000 old leads tell a share of about .25 to .0035.
    assert converted[old].mean() == pytest.approx(expected[old].mean(), abs=0.012)
    by_source = converted[old].groupby(leads["source"]).mean()
    assert by_source["Referral"] > by_source["Website"] > by_source["Cold call"]
    assert leads["occupation"].isna().mean() == pytest.approx(0.1, abs=0.01)
    assert not (leads["converted_at"].notna() & leads["lost_at"].notna()).any()
    assert leads["converted_at"].max() < pd.Timestamp("2025-01-01")


def test_a_seed_gives_the_same_leads():
    first, second = make_leads(50, random_state=3), make_leads(50, random_state=3)
    pd.testing.assert_frame_equal(first.leads, second.leads)
    assert first.leads["lead_id"].is_unique


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="n_leads"):
        make_leads(0)
    with pytest.raises(ValueError, match="end must be after"):
        make_leads(5, end=dt.date(2023, 1, 1))
