from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.report.sections import headline
from tests.report.studies import study_of


def test_the_last_whole_month_against_the_one_before(few_study, fmt):
    section = headline.build(few_study, fmt)
    assert section.title == "Headline figures: Feb 2024"
    tiles = {tile.label: tile for tile in section.tiles}
    assert tiles["Revenue"].value == "€70.00"
    assert tiles["Revenue"].lines == ("+133.3% vs Jan 2024",)
    assert tiles["Had bought before"].value == "50.0%"
    assert tiles["Had bought before"].lines[-1] == "+50.0 points vs Jan 2024"
    assert "do not reach back" in " ".join(section.sentences)


def test_repeat_rate_of_all_days_with_its_wilson_interval(few_study, fmt):
    totals = headline.build(few_study, fmt).all_tables()["totals"].iloc[0]
    assert (totals["customers"], totals["orders"], totals["revenue"]) == (3, 5, 150.0)
    assert (totals["repeat_customers"], totals["repeat_rate"]) == (2, 2 / 3)
    # Wilson, 2 of 3 at 95 %, by the formula: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    assert totals["repeat_rate_low"] == pytest.approx(0.2077, abs=5e-5)
    assert totals["repeat_rate_high"] == pytest.approx(0.9385, abs=5e-5)


def test_the_same_period_a_year_before_is_compared_where_the_data_reach_it(few, fmt):
    early = few.assign(date=few["date"] - pd.DateOffset(years=1), order_id=few["order_id"] + 10)
    study = study_of(pd.concat([few, early]), as_of=dt.date(2024, 3, 10))
    section = headline.build(study, fmt)
    assert section.tables[0].frame["revenue"].tolist() == [70.0, 30.0, 70.0]
    assert section.tiles[0].lines[1] == "0.0% vs Feb 2023"


def test_without_a_whole_period_it_says_so(few, fmt):
    with pytest.raises(NotEnoughDataError, match="no period is over"):
        headline.build(study_of(few.iloc[[0]], as_of=dt.date(2024, 1, 20)), fmt)
