"""Hit rate, reciprocal rank and coverage from ranks, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.basket._recommender_measures import Answers, measured


def test_by_hand():
    answers = {
        "base": Answers(np.array([1, 0, 3, 0]), np.array([1, 2, 0, 0])),
        "mine": Answers(np.array([2, 1, 1, 5]), np.array([1, 1, 2, 5])),
    }
    found = measured(
        answers, np.arange(4), [1, 2, 5], n_sold=4, baseline="base", n_draws=20, level=0.9,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found["recommender"].tolist() == ["base"] * 9 + ["mine"] * 9
    assert found["metric"].tolist() == [
        name for _ in range(2) for name in ("hit_rate", "mrr", "coverage") for _ in range(3)
    ]
    assert found["k"].tolist() == [1, 2, 5] * 6
    expected = [
        *(1 / 4, 1 / 4, 2 / 4), *(1 / 4, 1 / 4, (1 + 1 / 3) / 4), *(1 / 4, 2 / 4, 2 / 4),
        *(2 / 4, 3 / 4, 1), *(2 / 4, 2.5 / 4, 2.7 / 4), *(2 / 4, 3 / 4, 1),
    ]  # fmt: skip
    assert found["value"].tolist() == pytest.approx(expected)
    assert found["n"].tolist() == [4] * 18
    assert np.isnan(found["difference"][:9]).all()
    assert found["difference"][9:].tolist() == pytest.approx(
        (found["value"][9:] - found["value"][:9]).tolist()
    )
    between = found["difference_low"][9:15] <= found["difference"][9:15]
    assert between.all()
