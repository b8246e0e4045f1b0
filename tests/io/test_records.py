from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crmlytics.io.records import field_counts, mend, rows_of, single_blanks


def counts_by_reader(text: str) -> list[int]:
    return [len(row) for row in csv.reader(io.StringIO(text, newline=""))]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("a,b\n1,2\n", [2, 2]),
        ("a,b\r\n1,2", [2, 2]),
        ("a,b\r1,2\r", [2, 2]),
        ('a,b\n"x,\ny",2\n', [2, 2]),
        ('a,b\n"say ""hi"", he",2\n', [2, 2]),
        ("a,b\n\n1\n\r\n1,2,3\n", [2, 0, 1, 0, 3]),
        ('a,b\n5" pipe,2\n', [2, 2]),
    ],
)
def test_counts_by_hand(text, counts):
    assert field_counts(text.encode(), ",", "export.csv").tolist() == counts


@given(st.text(st.sampled_from('a,"\n\r')).filter(bool))
@example('""a,"')
@example('a""\n"b"')
def test_counts_agree_with_the_standard_reader(text):
    assert field_counts(text.encode(), ",", "export.csv").tolist() == counts_by_reader(text)


def mended(text: bytes, width: int, ragged: str) -> bytes:
    is_row = rows_of(field_counts(text, ",", "export.csv"))
    return mend(text, ",", is_row, width, ragged, "export.csv")


def test_skipped_rows_are_gone():
    text = b"a,b\n1,2\n\n3\n4,5,6\n7,8\n"
    assert mended(text, 2, "skip") == b'"a","b"\r\n"1","2"\r\n"7","8"\r\n'


def test_padded_rows_lose_nothing():
    assert mended(b"a,b\n3\n4,5,6,\n", 2, "pad") == b'"a","b"\r\n"3",""\r\n"4","5,6"\r\n'


def test_blank_lines_are_rows_only_within_a_single_column():
    assert rows_of(np.array([0, 2, 0, 2, 0])).tolist() == [False, True, False, True, False]
    assert rows_of(np.array([0, 1, 0, 1, 0])).tolist() == [False, True, True, True, False]
    assert mended(b"a\n\n1,2\n", 1, "pad") == b'"a"\r\n""\r\n"1,2"\r\n'


def test_runs_of_blanks_become_one():
    assert single_blanks(b" a  b \n 1\t2\n") == b"a b\n1 2"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("a,b\n  \n1,2\n \t\r\n", [2, 0, 2, 0]),
        ('a,b\n5" pipe,2\n  \n', [2, 2, 0]),  # counted by the reader
        ("a\n  \n1\n", [1, 1, 1]),  # the only column may hold blanks
    ],
)
def test_a_line_of_blanks_is_a_blank_line(text, counts):
    assert field_counts(text.encode(), ",", "export.csv").tolist() == counts
