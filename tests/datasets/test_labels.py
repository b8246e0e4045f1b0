from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.datasets import labels


def test_identifiers_have_at_least_six_digits():
    assert labels.numbered("C", np.array([1, 42]), 42).tolist() == ["C000001", "C000042"]


def test_identifiers_are_as_wide_as_the_largest():
    numbers = np.array([7, 12_345_678])
    assert labels.numbered("O", numbers, 12_345_678).tolist() == ["O00000007", "O12345678"]


@given(st.lists(st.integers(0, 10**9), max_size=50))
def test_identifiers_are_the_formatted_numbers(numbers):
    spelt = labels.numbered("R", np.array(numbers, dtype=np.int64), 10**9)
    assert spelt.tolist() == [f"R{number:010d}" for number in numbers]


def test_blocks_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(labels, "_BLOCK", 3)
    spelt = labels.numbered("C", np.arange(10), 9)
    assert spelt.tolist() == [f"C{number:06d}" for number in range(10)]
    assert spelt.index.equals(pd.RangeIndex(10))


def test_chosen_words_may_be_missing():
    words = labels.chosen(("won", "lost", None), np.array([2, 0, 1]))
    assert words.isna().tolist() == [True, False, False]
    assert words.tolist()[1:] == ["won", "lost"]
    assert words.index.equals(pd.RangeIndex(3))


def test_chosen_of_no_code_keeps_the_type():
    empty = labels.chosen(("won", "lost", None), np.array([], dtype=np.int64))
    assert empty.dtype == labels.chosen(("won", "lost", None), np.array([0])).dtype


@pytest.mark.parametrize("row", [0, 1])
def test_codes_follow_the_shares_of_their_row(row):
    shares = np.array([[0.5, 0.3, 0.2], [0.0, 0.1, 0.9]])
    n = 20_000
    codes = labels.draw_codes(np.random.default_rng(0), shares, np.full(n, row))
    observed = np.bincount(codes, minlength=3) / n
    # Four standard errors of a share.
    assert (abs(observed - shares[row]) <= 4 * np.sqrt(shares[row] * (1 - shares[row]) / n)).all()
