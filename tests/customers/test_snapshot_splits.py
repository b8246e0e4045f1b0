"""PurgedSnapshotSplit: by hand, its two laws, scikit-learn, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import PurgedSnapshotSplit
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError


def stacked(customers=10, months=6):
    cuts = pd.date_range("2024-01-01", periods=months, freq="MS")
    return pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(customers), months),
            "cutoff": np.repeat(cuts.to_numpy(), customers),
        }
    )


def test_three_cutoffs_by_hand():
    table = stacked(customers=2, months=4)
    split = PurgedSnapshotSplit(horizon=1, gap=1, unit="M", n_folds=1)
    parts = [(fit.tolist(), test.tolist()) for fit, test in split.split(table)]
    # January's outcome is over on 1 March, February's on 1 April.
    assert parts == [([0, 1], [4, 5]), ([0, 1, 2, 3], [6, 7])]
    assert split.get_n_splits(table) == 2


@settings(max_examples=30, deadline=None)
@given(
    horizon=st.integers(1, 60), gap=st.integers(0, 30), n_folds=st.integers(1, 4),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_no_future_and_no_customer_twice(horizon, gap, n_folds, seed):
    table = stacked().sample(frac=0.8, random_state=seed)
    split = PurgedSnapshotSplit(
        horizon=horizon, gap=gap, unit="D", n_folds=n_folds, random_state=seed
    )
    tested = []
    for fit, test in split.split(table):
        over = table["cutoff"].iloc[fit].max() + pd.Timedelta(days=horizon + gap)
        assert table["cutoff"].iloc[test].nunique() == 1
        assert over <= table["cutoff"].iloc[test].min()
        if n_folds > 1:
            both = set(table["customer_id"].iloc[fit]) & set(table["customer_id"].iloc[test])
            assert not both
        tested += test.tolist()
    assert len(tested) == len(set(tested))


def test_scikit_learn_takes_it():
    from sklearn.dummy import DummyClassifier
    from sklearn.model_selection import cross_val_score

    table = stacked()
    X, y = np.zeros((len(table), 1)), np.tile([0, 1], len(table) // 2)
    split = PurgedSnapshotSplit(horizon=1, unit="M", n_folds=2)
    scores = cross_val_score(DummyClassifier(), X, y, groups=table, cv=split)
    assert len(scores) == 10


def test_the_same_seed_gives_the_same_parts():
    a, b = (
        [test.tolist() for _, test in PurgedSnapshotSplit(horizon=1, unit="M").split(stacked())]
        for _ in range(2)
    )
    assert a == b


def test_refusals():
    table = stacked(months=3)
    with pytest.raises(NotEnoughDataError, match="none of the 3 cutoffs"):
        next(PurgedSnapshotSplit(horizon=1, unit="Y").split(table))
    with pytest.raises(NotEnoughDataError, match="n_folds=11"):
        next(PurgedSnapshotSplit(horizon=1, unit="M", n_folds=11).split(table))
    with pytest.raises(ColumnNotFoundError, match="cutoff_col"):
        next(PurgedSnapshotSplit(horizon=1, unit="M").split(table[["customer_id"]]))
    with pytest.raises(DataContractError, match="are missing"):
        next(PurgedSnapshotSplit(horizon=1, unit="M").split(table.assign(cutoff=pd.NaT)))
    with pytest.raises(ValueError, match="horizon must be"):
        PurgedSnapshotSplit(horizon=0, unit="M")
