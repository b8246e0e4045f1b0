"""What texts stand for: nothing, a number, a day."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.scoring import _text_values


@pytest.mark.parametrize(
    ("text", "number"),
    [("29.85", 29.85), (" -3 ", -3.0), ("1e3", 1_000.0), (".5", 0.5), ("0", 0.0), ("0.10", 0.1)],
)
def test_plain_numbers_are_read(text, number):
    assert _text_values.as_numbers([text]) == [number]


@pytest.mark.parametrize("text", ["007", "1,5", "12 345", "nan", "inf", "0x1", "1_000", ""])
def test_what_could_be_a_code_or_another_spelling_is_not(text):
    assert np.isnan(_text_values.as_numbers([text])[0])


def test_iso_days_and_moments_are_read_and_no_other_form():
    found = _text_values.as_days(["1970-01-02", "1970-01-01 12:00", "2024-02-29T06:00:00"])
    assert found == [1.0, 0.5, 19_782.25]
    assert np.isnan(_text_values.as_days(["2023-02-30", "01.02.2024", "2024-1-2"])).all()


def test_blanks_and_declared_codes_are_missing_in_any_case():
    found = _text_values.is_missing(
        ["", "  ", "SELECT", "n/a ", "no", "999"], ["Select", "N/A", 999]
    )
    assert found == [True, True, True, True, False, True]
