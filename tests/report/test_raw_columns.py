from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import DataContractError
from crmlytics.report.raw_columns import dates, ids, numbers


def test_ids_stored_as_decimals_become_whole_numbers():
    repairs: dict[str, int] = {}
    found = ids(pd.Series([17850.0, np.nan, 13047.0]), "customer", repairs)
    assert found.isna().tolist() == [False, True, False]
    assert found.dropna().astype("int64").tolist() == [17850, 13047]
    assert repairs == {"customer_float": 2}


def test_text_ids_with_a_decimal_point_are_mended_only_if_all_have_one():
    repairs: dict[str, int] = {}
    assert ids(pd.Series(["7.0", "8.0", None]), "order", repairs).tolist() == ["7", "8", None]
    assert repairs == {"order_float": 2}
    assert ids(pd.Series(["7.0", "8"]), "order", {}).tolist() == ["7.0", "8"]


def test_blank_ids_and_words_for_missing_are_missing():
    found = ids(pd.Series([" ann ", "", "  ", "nan", None, "NA"]), "customer", {})
    assert found.tolist() == ["ann", None, None, None, None, "NA"]


def test_categories_are_read_as_their_values():
    assert ids(pd.Series(["x", "y"], dtype="category"), "customer", {}).tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "values", [[True, False], [1.5, 2.0], [np.inf, 1.0], pd.to_datetime(["2024-01-01"] * 2)]
)
def test_what_cannot_be_an_id_is_refused(values):
    with pytest.raises(DataContractError, match="the ids in 'who'"):
        ids(pd.Series(values, name="who"), "customer", {})


def test_money_written_as_text_is_read():
    repairs: dict[str, int] = {}
    found = numbers(pd.Series(["1 234,50 zł", "", "9,00 zł"]), repairs, decimal=None)
    assert found[[0, 2]].tolist() == [1234.5, 9.0]
    assert np.isnan(found[1])
    assert repairs == {"number_text": 2}


def test_nullable_numbers_have_nan_where_missing():
    found = numbers(pd.Series([1, None], dtype="Int64"), {}, decimal=None)
    assert found[0] == 1.0
    assert np.isnan(found[1])


@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_a_column_that_is_mostly_no_money_is_refused():
    with pytest.raises(DataContractError, match="is it the right column"):
        numbers(pd.Series(["red", "green", "5"], name="colour"), {}, decimal=None)
    with pytest.raises(DataContractError, match="must hold numbers"):
        numbers(pd.Series([True]), {}, decimal=None)


def test_dates_written_as_text_are_read_by_one_format():
    repairs: dict[str, int] = {}
    found = dates(pd.Series(["15.03.2024", None, "01.02.2024"]), repairs, tz=None, dayfirst=None)
    assert found.astype("datetime64[D]").tolist() == [
        dt.date(2024, 3, 15),
        None,
        dt.date(2024, 2, 1),
    ]
    assert repairs == {"date_text": 2}


def test_a_few_values_that_are_no_dates_become_missing_and_are_counted():
    texts = ["2024-01-01"] * 19 + ["soon"]
    repairs: dict[str, int] = {}
    found = dates(pd.Series(texts), repairs, tz=None, dayfirst=None)
    assert np.isnat(found).sum() == 1
    assert repairs == {"date_unreadable": 1, "date_text": 19}


@pytest.mark.parametrize(
    "values",
    [
        ["2024-01-01", "soon", "later"],  # mostly no dates
        ["soon"] * 3,
        ["01.02.2024", "05.03.2024"],  # two readings
    ],
)
def test_doubtful_dates_are_refused(values):
    with pytest.raises(DataContractError):
        dates(pd.Series(values), {}, tz=None, dayfirst=None)


def test_dayfirst_decides():
    found = dates(pd.Series(["01.02.2024"]), {}, tz=None, dayfirst=False)
    assert found.astype("datetime64[D]").tolist() == [dt.date(2024, 1, 2)]


def test_fractions_are_no_dates():
    with pytest.raises(DataContractError, match="must hold dates"):
        dates(pd.Series([1.5]), {}, tz=None, dayfirst=None)


def test_date_objects_are_dates():
    found = dates(pd.Series([dt.date(2024, 1, 2)]), {}, tz=None, dayfirst=None)
    assert found.astype("datetime64[D]").tolist() == [dt.date(2024, 1, 2)]


@pytest.mark.parametrize("values", [[2.0**53, 1.0], [1e19, 1.0], [-1e19, 1.0]])
def test_decimals_too_large_to_tell_ids_apart_are_refused(values):
    with pytest.raises(DataContractError, match="the ids in 'who' are decimals of 2\\*\\*53"):
        ids(pd.Series(values, name="who"), "customer", {})


def test_whole_numbers_beyond_63_bits_are_text():
    found = ids(pd.Series([2**63, 2**63 + 1], dtype="uint64"), "customer", {})
    assert found.tolist() == [str(2**63), str(2**63 + 1)]
    gaps = ids(pd.Series([2**64 - 1, None], dtype="UInt64"), "customer", {})
    assert gaps.isna().tolist() == [False, True]
    assert gaps[0] == str(2**64 - 1)


@pytest.mark.parametrize("dtype", ["Int64", "UInt64", "UInt8"])
def test_whole_numbers_that_are_all_missing_are_missing(dtype):
    assert ids(pd.Series([None, None], dtype=dtype), "customer", {}).isna().all()


@pytest.mark.parametrize(
    "values", [[True, None], [[1], [2]], [{"a": 1}], [(1, 2), (3,)], [dt.date(2024, 1, 1)], [b"a"]]
)
def test_objects_that_cannot_be_ids_are_refused(values):
    series = pd.Series([*values, "x"], name="who", dtype=object)
    with pytest.raises(DataContractError, match="the ids in 'who' must be text or integers"):
        ids(series, "customer", {})


def test_blanks_taken_off_ids_are_counted():
    repairs: dict[str, int] = {}
    found = ids(pd.Series(["ann", "ann ", " bob", "ann ", "", "  ", None]), "customer", repairs)
    assert found.tolist() == ["ann", "ann", "bob", "ann", None, None, None]
    assert repairs == {"customer_blanks": 3}
