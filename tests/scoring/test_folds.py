"""Folds are shuffled, keep groups together, and are refused where they cannot teach."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.errors import NotEnoughDataError
from crmlytics.scoring import _folds


def test_every_row_is_tested_once_and_rows_are_shuffled():
    y = np.repeat([0.0, 1.0], 50)
    splits = _folds.deal(None, y, None, cv=5, seed=1)
    tested = np.concatenate([test for _, test in splits])
    assert sorted(tested) == list(range(100))
    assert all(y[test].mean() == 0.5 for _, test in splits)
    assert any(np.diff(np.sort(test)).max() > 5 for _, test in splits)


def test_groups_are_not_torn_apart():
    y, groups = np.tile([0.0, 1.0], 50), np.repeat(np.arange(20), 5)
    for train, test in _folds.deal(None, y, groups, cv=4, seed=1):
        assert not set(groups[train]) & set(groups[test])
    with pytest.raises(NotEnoughDataError, match="20 groups"):
        _folds.deal(None, y, groups, cv=30, seed=1)


def test_a_splitter_without_folds_or_outcomes_is_refused():
    class Nothing:
        def split(self, *_):
            return iter(())

    class OneOutcome:
        def split(self, *_):
            yield np.arange(5), np.arange(5, 10)

    y = np.repeat([0.0, 1.0], 5)
    with pytest.raises(NotEnoughDataError, match="no folds"):
        _folds.deal(None, y, None, cv=Nothing(), seed=0)
    with pytest.raises(NotEnoughDataError, match="one outcome only"):
        _folds.deal(None, y, None, cv=OneOutcome(), seed=0)
    with pytest.raises(ValueError, match="cv must be"):
        _folds.deal(None, y, None, cv=1, seed=0)
