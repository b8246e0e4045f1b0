from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.io import parse_money

# Goldens: the reference page's list of what CRM exports hold (section 2.2, point 4), and the
# forms found in the Zoho sample data.
GOLDEN = {
    "1 234,50 ₽": 1234.5,
    "1\u00a0234,50\u00a0₽": 1234.5,
    "1\u202f234,50": 1234.5,
    "1\u2009234,50": 1234.5,
    "$1,117.10K": 1_117_100.0,
    "$22,700.00": 22_700.0,
    "(12.00)": -12.0,
    "450 000 ₸": 450_000.0,
    "−5": -5.0,
    "5-": -5.0,
    "-$5.25": -5.25,
    "$-5.25": -5.25,
    "$(5.25)": -5.25,
    "($5.25)": -5.25,
    "+7.5": 7.5,
    "1'234.50": 1234.5,
    "1’234’567.5": 1_234_567.5,
    "5 тыс. руб.": 5_000.0,
    "1,5 млн ₽": 1_500_000.0,
    "2,5 млрд": 2.5e9,
    "1.2M USD": 1_200_000.0,
    "USD 1,200.50": 1200.5,
    "1 200,50 zł": 1200.5,
    "99,90 Kč": 99.9,
    "5 KZT": 5.0,
    "5 MXN": 5.0,
    "R$ 5,00": 5.0,
    "Fr. 5.50": 5.5,
    "100 р.": 100.0,
    "12,34,567.50": 1_234_567.5,
    "1.234,567": 1234.567,
    "1,234,567": 1_234_567.0,
    "1.234.567": 1_234_567.0,
    "1 234,567": 1234.567,
    "0.123": 0.123,
    "1234.567": 1234.567,
    ".50": 0.5,
    "1e-05": 1e-05,
    "1.5E+3": 1500.0,
    "007": 7.0,
}


@pytest.mark.parametrize(("text", "number"), GOLDEN.items())
def test_golden_forms(text, number):
    assert parse_money([text]) == [number]


def test_golden_forms_hold_in_one_column():
    texts = ["1 234,50 ₽", "$1,117.10K", "(12.00)", "$60.587", "450 000 ₸", "−5"]
    assert parse_money(texts) == [1234.5, 1_117_100.0, -12.0, 60.587, 450_000.0, -5.0]


@pytest.mark.parametrize("text", ["1,234", "$60.587", "1.234 €", "1,234K", "-1,234"])
def test_three_digits_behind_one_separator_are_refused_alone(text):
    with pytest.raises(DataContractError, match=r"two ways.*decimal='\.' or decimal=','"):
        parse_money([text])


@pytest.mark.parametrize(
    ("column", "first"),
    [
        (["1,234", "1,5"], 1.234),  # the same sign marks a fraction elsewhere
        (["1,234", "1,234,567"], 1234.0),  # the same sign groups elsewhere
        (["1,234", "1.5"], 1234.0),  # the other sign marks a fraction
        (["1.234", "1.234.567,5"], 1234.0),
        (["$60.587", "$1,117.10K"], 60.587),
        (["1,234", "0,125"], 1.234),  # a group never begins with 0
        (["1,234", "1234,567"], 1.234),  # nor has it four digits in front
    ],
)
def test_the_rest_of_the_column_decides(column, first):
    assert parse_money(column)[0] == first
    assert parse_money(column[::-1])[-1] == first


def test_a_column_that_contradicts_itself_is_refused():
    with pytest.raises(DataContractError, match="1 of 3 values"):
        parse_money(["1,234", "2,345.1", "3,4"])


def test_the_caller_decides():
    assert parse_money(["1,234"], decimal=".") == [1234.0]
    assert parse_money(["1,234"], decimal=",") == [1.234]
    with pytest.warns(DataQualityWarning, match="1 of 2"):
        assert math.isnan(parse_money(["1.5", "2,5"], decimal=",")[0])


NO_AMOUNTS = [
    "abc",
    "12%",
    "1,2,3",
    "12-34",
    "1 23",
    "--5",
    "-(5)",
    "(5",
    "5 K5",
    "1.50.000,5",
    "٣",
]


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_anything_else_becomes_missing_and_is_counted(text):
    with pytest.warns(DataQualityWarning, match=r"1 of 3 values .* row 1 "):
        result = parse_money(["1.5", text, "2.5"])
    assert math.isnan(result[1])
    with pytest.raises(DataContractError, match="1 of 3"):
        parse_money(["1.5", text, "2.5"], on_error="raise")


def test_percentages_are_counted_apart_and_values_are_masked():
    with pytest.warns(DataQualityWarning, match=r"1 of them percentages.*'99%', 'aaaaa'") as seen:
        parse_money(["1", "12%", "Smith"])
    assert "Smith" not in str(seen[0].message)


def test_missing_words_stay_missing():
    result = parse_money(["NULL", "", " ", "nan", None, float("nan"), "5"])
    assert [math.isnan(one) for one in result] == [True] * 6 + [False]


def test_the_container_comes_back():
    series = parse_money(pd.Series(["1,5", None], index=[7, 9], name="paid"))
    pd.testing.assert_series_equal(series, pd.Series([1.5, np.nan], index=[7, 9], name="paid"))
    coded = parse_money(pd.Series(["1,5", None], dtype="category"))
    assert coded.dtype == np.float64
    frame = parse_money(pl.Series("paid", ["1,5", None]))
    assert frame.to_list() == [1.5, None]
    assert frame.name == "paid"
    array = parse_money(np.array(["1,5", None], dtype=object))
    np.testing.assert_array_equal(array, [1.5, np.nan])
    assert parse_money(pa.chunked_array([["1,5", None]])).to_pylist() == [1.5, None]


def test_numbers_pass_through():
    assert parse_money([1.234, Decimal("2.345"), 3, "4,5"]) == [1.234, 2.345, 3.0, 4.5]
    np.testing.assert_array_equal(parse_money(np.array([1, 2])), [1.0, 2.0])
    np.testing.assert_array_equal(parse_money(pd.Series([1, None], dtype="Int64")), [1.0, np.nan])


def test_an_empty_column_stays_empty():
    assert parse_money([]) == []
    assert len(parse_money(pd.Series([], dtype=object))) == 0


def test_other_input_is_refused():
    with pytest.raises(TypeError, match="booleans"):
        parse_money([True])
    with pytest.raises(TypeError, match="must be a pandas or polars Series"):
        parse_money("1,5")
    with pytest.raises(ValueError, match="one dimension"):
        parse_money(np.array([["1"]], dtype=object))
    with pytest.raises(ValueError, match="decimal must be one of"):
        parse_money(["1"], decimal=";")


amounts = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100)
groups = st.sampled_from(["", " ", "\u00a0", "'"])


@given(st.lists(amounts, min_size=1), st.sampled_from([".", ","]), groups, st.booleans())
def test_what_a_locale_writes_is_read_back(column, mark, group, brackets):
    def write(amount: Decimal) -> str:
        text = f"{abs(amount):,.2f}".replace(",", "\x00").replace(".", mark).replace("\x00", group)
        if amount >= 0:
            return text
        return f"({text})" if brackets else f"-{text}"

    assert parse_money([write(one) for one in column]) == [float(one) for one in column]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_what_python_writes_is_read_back_exactly(numbers):
    texts = [repr(one) for one in numbers]
    assert parse_money(texts, decimal=".") == numbers


@pytest.mark.parametrize(
    ("values", "example"),
    [(["7,777"], "1,234"), (["7.777 руб."], "1.234"), (["руб. 7,777"], "1,234")],
)
def test_a_doubt_shows_a_made_up_amount(values, example):
    with pytest.raises(DataContractError, match=f"like '{example}', which is 1234 or 1.234") as no:
        parse_money(values)
    assert "777" not in str(no.value)


@pytest.mark.parametrize(
    "text",
    ["5{}x", "{}x5", "x{}5", "5{}", "-{}5{}руб{}(", "5{}%x", "({}%5%{}"],
)
@pytest.mark.parametrize("blank", [" ", "\u00a0", "\t"])
@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_ten_thousand_blanks_do_no_harm(text, blank):
    # Tried in every way, they would take longer than anybody waits.
    parse_money([text.replace("{}", 10_000 * blank), "1"])


def test_a_currency_at_the_digits_is_money_where_money_is_asked_for():
    assert parse_money(["PLN1001", "EUR-5", "12Ft"]) == [1001.0, -5.0, 12.0]
