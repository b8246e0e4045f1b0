from __future__ import annotations

import csv
import io

import pytest

from crmlytics.errors import DataContractError
from crmlytics.io import read_table
from crmlytics.io.field_limit import long_fields

LONG = 200_000


def test_the_limit_of_the_process_is_as_before():
    before = csv.field_size_limit()
    with long_fields():
        assert [len(cell) for cell in next(csv.reader(["x" * LONG]))] == [LONG]
    assert csv.field_size_limit() == before

    def broken():
        with long_fields():
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        broken()
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("quote", ["", 'say "so" '])
def test_the_delimiter_is_found_beside_long_fields(quote):
    text = f"id;note\n1;{quote}{'x' * LONG}\n2;short\n"
    table = read_table(io.BytesIO(text.encode()))
    assert table["note"].str.len().tolist() == [LONG + len(quote), 5]


def test_a_ragged_file_with_long_fields_says_that_it_is_ragged():
    text = f"id;note\n1;{'x' * LONG}\n2;a;b\n"
    with pytest.raises(DataContractError, match="1 of 2 rows do not have the 2 fields"):
        read_table(io.BytesIO(text.encode()))
