"""LatentClasses: against poLCA, by hand, with missing answers."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ConvergenceWarning, DataContractError, NotEnoughDataError
from crmlytics.segmentation import LatentClasses

SOURCE = "R package poLCA 1.6, example(values); standard errors by broom's tidy.poLCA"
# Stouffer and Toby (1951), 216 answers to four questions of role conflict, as in Goodman (2002).
COUNTS = (42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20)


@pytest.fixture(scope="module")
def values():
    patterns = itertools.product((1, 2), repeat=4)
    rows = [row for row, n in zip(patterns, COUNTS, strict=True) for _ in range(n)]
    return pd.DataFrame(rows, columns=list("ABCD"))


@pytest.fixture(scope="module")
def planted():
    """Two classes, 60 % and 40 %, four answers of which one has three levels."""
    rng = np.random.default_rng(4)
    group = (rng.random(800) < 0.4).astype(int)
    frame = pd.DataFrame(
        {
            name: np.where(rng.random(800) < np.array([0.9, 0.15])[group], "yes", "no")
            for name in ("mail", "app", "shop")
        }
    )
    colour = np.where(group == 0, rng.integers(0, 2, 800), rng.integers(1, 3, 800))
    return frame.assign(colour=np.array(["red", "blue", "green"])[colour]), group


def test_the_published_classes_of_values(values, golden):
    found = LatentClasses(max_classes=3, n_init=10, random_state=0).fit(values)
    assert found.n_classes_ == 2
    for k, published in ((1, -543.6498), (2, -504.4677), (3, -503.3011)):
        golden(
            f"LatentClasses: log-likelihood of values, {k} classes",
            ours=float(found.table_["log_likelihood"][k - 1]),
            published=published,
            tolerance=0.00015,  # printed to 4 decimals; EM of 3 classes ends on a flat ridge
            source=SOURCE,
        )
    for name, published in (("aic", 1026.935), ("bic", 1057.313)):
        golden(
            f"LatentClasses: {name.upper()} of values, 2 classes",
            ours=float(found.table_[name][1]),
            published=published,
            tolerance=0.000501,  # printed to 3 decimals
            source=SOURCE,
        )
    golden(
        "LatentClasses: shares of values",
        ours=found.shares_["share"].tolist(),
        published=[0.7208, 0.2792],
        tolerance=0.0001,
        source=SOURCE,
    )
    second = found.profile_[found.profile_["answer"] == 1]
    for column, published in (
        ("probability", [1 - 0.286, 1 - 0.670, 1 - 0.646, 1 - 0.868, 0.993, 0.940, 0.927, 0.769]),
        ("standard_error", [0.0393, 0.0489, 0.0482, 0.0379, 0.0254, 0.0649, 0.0642, 0.0929]),
    ):
        golden(
            f"LatentClasses: {column} of the answer 1 in values",
            ours=second[column].tolist(),
            published=published,
            tolerance=0.00051,  # printed to 3 digits
            source=SOURCE,
        )


def test_one_class_is_the_margins(values):
    found = LatentClasses(1, random_state=0).fit(values)
    margin = (values == 1).mean()
    got = found.profile_[found.profile_["answer"] == 1]
    assert got["probability"].tolist() == pytest.approx(margin.tolist())
    assert found.table_["entropy"].tolist() == [1.0]
    # Of a single column the standard error is the textbook's of a share.
    single = LatentClasses(1, random_state=0).fit(values[["A"]]).profile_
    p = margin["A"]
    assert single["standard_error"].tolist() == pytest.approx([np.sqrt(p * (1 - p) / 216)] * 2)


def test_planted_classes_come_back(planted):
    frame, group = planted
    found = LatentClasses(max_classes=3, n_init=5, random_state=0).fit(frame)
    assert found.n_classes_ == 2
    assert (found.labels_ == group).mean() > 0.9
    # Four standard errors: a miss once in ten thousand runs.
    row = found.shares_.iloc[0]
    assert abs(row["share"] - 0.6) < 4 * row["standard_error"]
    sums = found.profile_.groupby(["class", "column"])["probability"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(8))
    assert found.predict(frame).tolist() == found.labels_.tolist()


def test_answers_missing_at_random(planted):
    frame, group = planted
    rng = np.random.default_rng(1)
    holes = frame.mask(rng.random(frame.shape) < 0.2)
    found = LatentClasses(2, n_init=5, random_state=0).fit(holes)
    assert (found.labels_ == group).mean() > 0.85
    nothing = frame.iloc[:1].mask(np.ones((1, 4), bool))
    # Who answers nothing, or something unheard of, belongs to each class as all do.
    assert found.predict_proba(nothing)[0] == pytest.approx(found.shares_["share"].to_numpy())
    odd = pd.DataFrame({"mail": ["?"], "app": ["?"], "shop": ["?"], "colour": ["?"]})
    assert found.predict_proba(odd)[0] == pytest.approx(found.shares_["share"].to_numpy())


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1_000))
def test_the_order_of_the_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(0, 2, (60, 3)), columns=list("abc"))
    order = rng.permutation(60)
    there = LatentClasses(2, n_init=2, max_iter=30, random_state=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crmlytics.segmentation.latent_classes.notices.warn", lambda *_: None)
        one = there.fit(frame).predict_proba(frame)
        two = there.fit(frame.iloc[order]).predict_proba(frame)
    assert one == pytest.approx(two)
    assert one.sum(axis=1) == pytest.approx(np.ones(60))


def test_every_engine_alike(engine, planted):
    frame, _ = planted
    found = LatentClasses(2, n_init=2, random_state=0).fit(engine.make(frame))
    expected = LatentClasses(2, n_init=2, random_state=0).fit(frame)
    assert found.labels_.tolist() == expected.labels_.tolist()
    assert found.profile_["answer"].tolist() == expected.profile_["answer"].tolist()


def test_refusals(values):
    with pytest.raises(TypeError, match="must be a frame"):
        LatentClasses().fit(values.to_numpy())
    with pytest.raises(DataContractError, match="looks like an id"):
        LatentClasses().fit(values.assign(customer_id=1))
    with pytest.raises(DataContractError, match="should repeat"):
        LatentClasses().fit(pd.DataFrame({"x": range(200)}))
    with pytest.raises(DataContractError, match="all 216 values of 'A' are missing"):
        LatentClasses().fit(values.assign(A=None))
    with pytest.raises(NotEnoughDataError, match="no rows"):
        LatentClasses().fit(values.iloc[:0])
    with pytest.raises(ValueError, match="n_classes must be one of 'auto'"):
        LatentClasses("best").fit(values)
    with pytest.warns(ConvergenceWarning, match="still rose"):
        LatentClasses(3, n_init=1, max_iter=1, random_state=0).fit(values)
