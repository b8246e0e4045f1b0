"""Reading outcomes and scores: kinds of columns, bins that keep ties, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.evaluation import calibration_table, gains_table, roc_auc
from crmlytics.evaluation._scored import equal_frequency, read_scored


@pytest.mark.parametrize(
    "y",
    [
        [True, False, True],
        pd.Series([1, 0, 1], index=[5, 5, 7]),
        pd.Series([True, False, True], dtype="boolean"),
        pd.Series([True, False, True], dtype=object),
        np.array([1.0, 0.0, 1.0]),
    ],
)
def test_booleans_and_numbers_are_outcomes(y):
    assert read_scored(y, [0.3, 0.2, 0.1]).y.tolist() == [1, 0, 1]


def test_the_table_is_of_the_kind_of_the_column():
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    y, p = [0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8]
    expected = calibration_table(y, p, n_bins=2)
    found = calibration_table(pl.Series(y), pl.Series(p), n_bins=2)
    assert isinstance(found, pl.DataFrame)
    assert found["observed"].to_list() == expected["observed"].tolist()
    found = gains_table(pa.chunked_array([y]), pa.chunked_array([p]), n_bins=2)
    assert isinstance(found, pa.Table)


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=60).map(lambda v: np.array(v, float)),
    st.integers(1, 12),
)
def test_equal_values_share_a_bin_and_no_bin_is_empty(values, n_bins):
    code = equal_frequency(values, n_bins)
    assert all(len(set(code[values == value])) == 1 for value in values)
    assert sorted(set(code)) == list(range(code.max() + 1))
    assert code.max() < n_bins
    order = np.argsort(values)
    assert (np.diff(code[order]) >= 0).all()


def test_without_ties_bins_are_equal():
    assert np.bincount(equal_frequency(np.arange(100.0), 10)).tolist() == [10] * 10


@pytest.mark.parametrize(
    ("y", "score", "error", "words"),
    [
        ([0, 2, 1], [1, 2, 3], DataContractError, "1 of 3 values of y are neither 0 nor 1"),
        ([0, None, 1], [1, 2, 3], DataContractError, "1 of 3 values of y are missing"),
        (pd.Series([0, 1], dtype="Int64").where([True, False]), [1, 2], DataContractError, "miss"),
        ([0, 1], [np.nan, np.inf], DataContractError, "2 of 2 values of score are missing or inf"),
        (["yes", "no"], [1, 2], DataContractError, "must hold numbers"),
        ([0, 1], [1, 2, 3], DataContractError, "y has 2 rows and score 3"),
        ([0, 1], [[1, 2], [3, 4]], TypeError, "one column"),
        ([], [], NotEnoughDataError, "at least one row"),
        ([0, 0], [1, 2], NotEnoughDataError, "none of the 2 values of y are 1"),
        ([1, 1], [1, 2], NotEnoughDataError, "all of the 2 values of y are 1"),
    ],
)
def test_refusals(y, score, error, words):
    with pytest.raises(error, match=words):
        roc_auc(y, score)


def test_percents_are_no_probabilities():
    with pytest.raises(DataContractError, match="1 of 2 values of probability lie outside"):
        calibration_table([0, 1], [0.2, 55.0])
