"""migration_test: symmetry and marginal homogeneity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import SquareTable

from crmlytics.errors import NotEnoughDataError
from crmlytics.segmentation import migration_table, migration_test

# Unaided vision of the right and left eye of 7,477 women: the example of Stuart (1955).
EYES = [[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]]


def moves(square):
    square = np.asarray(square)
    names = list("ABCDE")[: len(square)]
    start, end = np.indices(square.shape).reshape(2, -1)
    ids = np.arange(square.sum())
    before = np.array(names)[np.repeat(start, square.ravel())]
    after = np.array(names)[np.repeat(end, square.ravel())]
    return migration_table(
        pd.DataFrame({"customer_id": ids, "segment": before}),
        pd.DataFrame({"customer_id": ids, "segment": after}),
    )


def test_vision_of_two_eyes(golden):
    found = migration_test(moves(EYES))
    golden(
        "vision of 7,477 women: Stuart's test of marginal homogeneity",
        ours=found.stuart_maxwell,
        published=11.96,
        tolerance=0.005,  # printed to 2 decimals
        source="Stuart, A. (1955), Biometrika 42, 412-416",
    )
    assert found.stuart_maxwell_df == 3
    assert found.bowker_df == 6


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 30), min_size=3, max_size=3), min_size=3, max_size=3))
def test_both_equal_statsmodels(square):
    found = migration_test(moves(square))
    table = SquareTable(np.array(square), shift_zeros=False)
    symmetry, homogeneity = table.symmetry(), table.homogeneity()
    assert found.bowker == pytest.approx(symmetry.statistic, abs=1e-9)
    assert found.bowker_p == pytest.approx(symmetry.pvalue, abs=1e-9)
    assert found.stuart_maxwell == pytest.approx(homogeneity.statistic, abs=1e-6)
    assert found.stuart_maxwell_p == pytest.approx(homogeneity.pvalue, abs=1e-6)


def test_by_hand_with_mcnemar(engine):
    # Two segments: both tests are McNemar's, (b - c)^2 / (b + c).
    table = engine.make(moves([[10, 8], [2, 5]]))
    found = migration_test(table)
    assert found.bowker == pytest.approx(3.6)
    assert found.stuart_maxwell == pytest.approx(3.6)
    assert found.staying["stayed"].tolist() == [10, 5]
    assert found.staying["share"].tolist() == pytest.approx([10 / 18, 5 / 7])


def test_the_lost_count_as_not_staying():
    before = pd.DataFrame({"customer_id": [1, 2, 3], "segment": ["A", "A", "B"]})
    found = migration_test(migration_table(before, before.iloc[[0, 2]]))
    assert found.staying["share"].tolist() == [0.5, 1.0]
    assert (found.n, found.bowker_p, found.stuart_maxwell_p) == (2, 1.0, 1.0)


def test_nobody_in_both_is_refused():
    before = pd.DataFrame({"customer_id": [1], "segment": ["A"]})
    with pytest.raises(NotEnoughDataError, match="no customer is in both"):
        migration_test(migration_table(before, before.assign(customer_id=2)))
