from __future__ import annotations

import pytest

from crmlytics.errors import UnreadableFileError
from crmlytics.io.dialect import find_delimiter


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_sign_that_gives_equal_rows_wins(sign):
    text = f'a{sign}b{sign}c\n1{sign}"x, y; z| w"{sign}3\n4{sign}5{sign}6\n'
    assert find_delimiter(text.encode(), "export.csv") == sign


def test_decimal_commas_do_not_part_fields():
    assert find_delimiter(b"sum;tax\n1,5;2,5\n3,5;4,5\n", "export.csv") == ";"


def test_stray_delimiters_do_not_hide_the_dialect():
    # DuckDB's sniffer reads such a file (northwind) as one column.
    assert find_delimiter(b"a,b,c\n1,2,3\n1,2,x, y\n1,2,3\n", "export.csv") == ","


def test_one_column_with_commas_in_its_texts_is_one_column():
    assert find_delimiter(b"note\nhello, world\nfine\n", "export.csv") == ";"


def test_a_header_of_one_name_over_rows_of_several_is_left_to_the_check_of_rows():
    assert find_delimiter(b"a\n1,2\n3,4\n", "export.csv") == ","


def test_a_surplus_field_in_every_row_is_left_to_the_check_of_rows():
    assert find_delimiter(b"a,b\n1,2,3\n4,5,6\n", "export.csv") == ","


def test_a_header_alone_is_enough():
    assert find_delimiter(b"a;b;c", "export.csv") == ";"


@pytest.mark.parametrize(
    "text",
    [
        "sum, net;tax, net\n1,5;2,5\n",  # every row has 3 fields by one sign and 2 by the other
        "name, full\nAnna\nBert\n",  # one column by the rows, two by the header
        " id  date amount \n 001 19970101  5\n 002 19970102  6\n",  # parted by blanks
    ],
)
def test_where_two_dialects_fit_none_is_chosen(text):
    with pytest.raises(UnreadableFileError, match=r"delimiter of 'export.csv' is not clear"):
        find_delimiter(text.encode(), "export.csv")


def test_only_a_bounded_part_is_looked_at():
    text = "a;b\n" + "1;2\n" * 300_000
    assert find_delimiter((text + "1,2,3,4\n" * 9).encode(), "export.csv") == ";"
