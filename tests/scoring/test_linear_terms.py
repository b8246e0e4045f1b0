"""The columns of a linear model, and the same sums without them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.scoring import _linear_terms, _logistic
from crmlytics.scoring._features import Feature


def features(seed, n=60):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x[rng.random(n) < 0.2] = np.nan
    return [Feature("c", "c", rng.integers(0, 4, n).astype(np.int32), ("a", "b")),
            Feature("x", "x", x)]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_contributions_are_the_matrix_times_the_heights(seed):
    held = features(seed)
    terms = _linear_terms.learn(held)
    heights = np.random.default_rng(seed).normal(size=sum(term.width for term in terms))
    parts = np.split(heights, [terms[0].width])
    found = sum(
        _linear_terms.contribution(term, part, feature)
        for term, part, feature in zip(terms, parts, held, strict=True)
    )
    np.testing.assert_allclose(found, _linear_terms.matrix(terms, held) @ heights, atol=1e-9)


def test_without_its_zeros_the_matrix_and_the_fit_are_the_same(monkeypatch):
    held = features(5, n=300)
    terms = _linear_terms.learn(held)
    rare = [held[0]._replace(values=np.where(held[0].values == 3, 0, held[0].values)), held[1]]
    for rows, learnt in ((held, terms), (held, _linear_terms.learn(rare))):
        full = _linear_terms.matrix(learnt, rows)
        np.testing.assert_array_equal(_linear_terms.sparse_matrix(learnt, rows).toarray(), full)
    y = (np.random.default_rng(6).random(300) < 0.4).astype(float)
    dense = _logistic.fit(held, y).margin(held)
    monkeypatch.setattr(_logistic, "_MOST_CELLS", 0)
    np.testing.assert_allclose(_logistic.fit(held, y).margin(held), dense, atol=1e-6)


def test_a_code_that_never_occurred_adds_nothing():
    held = [Feature("c", "c", np.zeros(10, np.int32), ("a", "b"))]
    terms = _linear_terms.learn(held)
    new = Feature("c", "c", np.array([0, 1, 2, 3], np.int32), ("a", "b"))
    assert _linear_terms.contribution(terms[0], np.array([0.7]), new).tolist() == [0.7, 0, 0, 0]
    assert _linear_terms.names(terms[0], new.labels) == ["c = a"]


def test_the_fit_is_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    held = features(3, n=400)
    y = (np.random.default_rng(4).random(400) < 0.4).astype(float)
    model = _logistic.fit(held, y)
    columns = _linear_terms.matrix(model.terms, held)
    theirs = LogisticRegression(C=1.0, max_iter=10_000, tol=1e-10).fit(columns, y)
    np.testing.assert_allclose(model.margin(held), theirs.decision_function(columns), atol=1e-4)
