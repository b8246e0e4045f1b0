from __future__ import annotations

import numpy as np
import pytest

from crmlytics.errors import DataContractError
from crmlytics.io.columns import Rules, type_column
from crmlytics.io.missing import MISSING_WORDS, missing_words

RULES = Rules(None, None, None, MISSING_WORDS, frozenset())


def typed(*cells, **rules):
    return type_column("c", np.array(cells, dtype=object), RULES._replace(**rules))


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("1", "-20", "0"), "integer"),
        ((" 1", "2"), "integer"),
        (("9223372036854775807", "1"), "integer"),
        (("9223372036854775808", "1"), "text"),  # beyond 64 bits digits would be lost
        (("00001", "00002"), "text"),  # ids
        (("+48600700800", "+48600700801"), "text"),  # phones
        (("600 700 800", "500 600 700"), "text"),
        (("-0", "1"), "number"),
        (("1.5", "2"), "number"),
        (("1e-05", "2.5"), "number"),
        (("01.10", "62.01"), "text"),  # codes
        (("1 234,50", "5"), "number"),
        (("450 000", "12 000"), "number"),
        (("$1.5K", "$2"), "number"),
        (("10K", "5M"), "text"),  # sizes or factors: without a currency nobody knows
        (("12%", "5%"), "text"),
        (("2021-04-15", "2021-04-16 10:00"), "date"),
        (("20210415", "20210416"), "integer"),
        (("15.04.2021",), "date"),
        (("15.04.21",), "text"),  # may be a code
        (("15-Apr-21",), "date"),
        (("2021-04-15", "2021-02-30"), "text"),
        (("yes", "no"), "text"),
        (("1", "x"), "text"),
        (("", "NULL"), "empty"),
        (("NA", "None"), "text"),  # Namibia and a surname
    ],
)
def test_types_by_hand(cells, kind):
    assert typed(*cells).report.type == kind


def test_integers_with_gaps_keep_their_digits():
    column = typed("9007199254740993", "NULL")
    assert column.data[0] == 9007199254740993  # a float would lose the last digit
    assert column.missing.tolist() == [False, True]
    assert column.report.missing_words == 1


def test_missing_words_are_counted_and_can_be_added():
    column = typed("Select", "5", " ", "nan", missing_words=missing_words(["Select"]))
    assert (column.report.type, column.report.missing, column.report.missing_words) == (
        "integer", 3, 2,
    )  # fmt: skip


def test_protective_apostrophes_come_off_and_the_column_stays_text():
    column = typed("'-5", "7", "'twas")
    assert column.data.tolist() == ["-5", "7", "'twas"]
    assert (column.report.type, column.report.repaired) == ("text", 1)


def test_named_columns_stay_text():
    assert typed("1", "2", text_columns=frozenset({"c"})).data.tolist() == ["1", "2"]


def test_repairs_are_counted_by_row():
    assert typed("1,5 €", "1,5 €", "").report.repaired == 2
    assert typed(" 1", "2").report.repaired == 1


@pytest.mark.parametrize("cells", [("1,234", "5,678"), ("01.02.2024", "03.04.2024")])
def test_doubts_are_errors(cells):
    with pytest.raises(DataContractError, match="'c' can be read in two ways"):
        typed(*cells)


def test_doubts_are_resolved_by_the_caller():
    assert typed("1,234", decimal=".").data.tolist() == [1234.0]
    assert typed("01.02.2024", dayfirst=True).data[0] == np.datetime64("2024-02-01")


def test_dayfirst_against_every_value_is_an_error():
    with pytest.raises(DataContractError, match="every date of 'c' fits mm/dd/yyyy"):
        typed("04/15/2024", dayfirst=True)


def test_nearly_typed_columns_stay_text_and_say_what_is_in_the_way():
    column = typed(*[f"{i}.5" for i in range(99)], "Smith & Sons, Springfield")
    assert column.report.type == "text"
    assert column.report.unparsed == 1
    assert column.report.examples == ("aaaaa & aaaa, aaaaaa…",)
    dates = typed(*["2024-01-05"] * 50, "0000-00-00")
    assert (dates.report.unparsed, dates.report.examples) == (1, ("9999-99-99",))


def test_texts_and_ids_are_not_nearly_numbers():
    assert typed("Anna", "Bert", "5").report.unparsed == 0
    assert typed("007", "008", "x").report.examples == ()


@pytest.mark.parametrize(
    "texts",
    [
        ["FT1001", "KR1001", "PLN1001"],
        ["PLN-1001", "EUR-1001"],
        ["1001FT", "1002FT"],
        ["Fr.5", "Fr.6"],
    ],
)
def test_a_currency_word_at_the_digits_is_a_code(texts):
    assert typed(*texts).data.tolist() == texts


@pytest.mark.parametrize("texts", [["$5", "US$7"], ["5 PLN", "PLN 7"], ["$1.5K", "$3K"], ["5€"]])
def test_a_currency_sign_or_a_blank_makes_money(texts):
    assert typed(*texts).report.type == "number"


def test_thousands_of_digits_stay_text():
    texts = ["1" * 5_000, "2"]
    assert typed(*texts).data.tolist() == texts


@pytest.mark.parametrize(
    "texts",
    [
        ["FT1001", "KR1001"],
        ["9007199254740993.0", "9007199254740992.0"],
        ["12.345", "12.346"],
        ["1,234", "1,235"],
        ["2024-01-01", "2024-01-02"],
        ["007", "7"],
    ],
)
def test_ids_are_never_money_or_dates(texts):
    assert typed(*texts, id_columns=frozenset({"c"})).data.tolist() == texts


def test_ids_are_whole_numbers_where_no_digit_is_lost():
    found = typed("9007199254740993", "9007199254740992", id_columns=frozenset({"c"}))
    assert found.data.tolist() == [9007199254740993, 9007199254740992]
