from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from crmlytics.forecast import SalesForecaster
from crmlytics.report.formats import LANGUAGES, Formats, is_missing, money_digits


def test_numbers(fmt):
    assert fmt.integer(np.int64(1234567)) == "1,234,567"
    assert fmt.number(2.345, 2) == "2.34"  # half to even, as banks round
    # A sum in another order differs in its last digit and must not look different.
    assert fmt.money(22970.499999999996) == fmt.money(22970.500000000004)
    assert fmt.percent(0.1234) == "12.3%"
    assert fmt.percent(-0.5, 0) == "−50%"


@pytest.mark.parametrize(
    ("value", "text"), [(0.052, "+5.2%"), (-0.12, "−12.0%"), (0.0, "0.0%"), (0.0004, "0.0%")]
)
def test_a_change_has_the_sign_of_what_is_shown(fmt, value, text):
    assert fmt.change(value) == text


@pytest.mark.parametrize(
    ("currency", "value", "text"),
    [
        ("EUR", 12.5, "€12.50"),
        ("GBP", 8911407.9, "£8,911,408"),
        ("EUR", -3.0, "−€3.00"),
        (None, 1234.5, "1,234.50"),
        (None, 12345.6, "12,346"),
    ],
)
def test_money(currency, value, text):
    assert Formats("en", currency).money(value) == text


def test_a_column_of_money_has_cents_only_where_it_stays_small():
    assert money_digits([1.0, 9_999.0]) == 2
    assert money_digits([1.0, -10_000.0, np.nan]) == 0
    assert money_digits([np.nan]) == 2


def test_dates_and_periods(fmt):
    day = np.datetime64("2024-03-01")
    assert fmt.date(dt.date(2024, 3, 1)) == "1 Mar 2024"
    assert [fmt.period(day, unit) for unit in "DWMQY"] == [
        "1 Mar 2024",
        "week of 1 Mar 2024",
        "Mar 2024",
        "Q1 2024",
        "2024",
    ]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT")])
def test_missing_values_are_dashes(fmt, missing):
    assert is_missing(missing)
    assert fmt.integer(missing) == fmt.money(missing) == fmt.date(missing) == "–"


def test_plurals_follow_the_count(fmt):
    assert fmt.say("quality.all_kept", 1, read="1").startswith("The 1 row ")
    assert fmt.say("quality.all_kept", 5, read="5").startswith("All 5 rows")


def test_languages_and_currencies_that_are_not_known_are_refused():
    with pytest.raises(ValueError, match="language must be one of 'en', got 'ru'"):
        Formats("ru")
    with pytest.raises(ValueError, match="currency must be None or the code"):
        Formats("en", "Euro")


def test_every_language_has_a_catalogue_with_the_same_keys_and_blanks():
    catalogues = [Formats(language)._words for language in LANGUAGES]
    assert all(set(each) == set(catalogues[0]) for each in catalogues)
    for key, text in catalogues[0].items():
        if not isinstance(text, str):
            assert "other" in text, key


def test_every_status_of_a_forecast_has_its_words(fmt):
    text = SalesForecaster.__doc__
    statuses = re.findall(r"^    ``(\w+)``$", text, flags=re.MULTILINE)
    assert {"ok", "short_history"} <= set(statuses)
    for status in statuses:
        assert fmt.say(f"status.{status}")
