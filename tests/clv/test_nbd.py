"""NBD: the published numbers of CDNOW, closed forms, a case by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import NBDModel

BTYDPLUS = "R BTYDplus 1.2.0, run"


@pytest.mark.data
def test_cdnow(cdnow, golden):
    model = NBDModel(unit="W").fit(cdnow)
    golden("NBD on CDNOW: log-likelihood", ours=model.log_likelihood_,
           published=-9763.6576, tolerance=6e-5, source=BTYDPLUS)  # fmt: skip
    golden("NBD on CDNOW: r, alpha", ours=list(model.params_.values()),
           published=[0.384766, 12.072014], tolerance=2e-4, source=BTYDPLUS)  # fmt: skip
    predicted = model.expected_purchases(cdnow, t=39)
    actual = cdnow["frequency_holdout"].to_numpy(float)
    for what, value, expected, tolerance in (
        ("total", predicted.sum(), 2929.8, 0.05),
        ("MAE", np.abs(actual - predicted).mean(), 1.0410, 5e-5),
        ("MSLE", np.mean((np.log1p(actual) - np.log1p(predicted)) ** 2), 0.36225, 1e-5),
    ):
        golden(f"NBD on CDNOW, 39 weeks held out: {what}", ours=float(value),
               published=expected, tolerance=tolerance, source=BTYDPLUS)  # fmt: skip


def test_by_hand():
    # r = alpha = 1: L(x, T) = x! / (1 + T)^(1 + x), E[Y(t)] = (1 + x) t / (1 + T).
    model = NBDModel.from_params(r=1, alpha=1, unit="Y")
    frame = pd.DataFrame({"frequency": [0, 2], "recency": [0.0, 1.0], "T": [3.0, 3.0]})
    np.testing.assert_allclose(np.exp(model.log_likelihood(frame)), [1 / 4, 2 / 64], rtol=1e-14)
    np.testing.assert_allclose(model.expected_purchases(frame, t=2), [0.5, 1.5], rtol=1e-14)
    np.testing.assert_allclose(
        model.purchase_probabilities_new_customer(1, n_max=3), [1 / 2, 1 / 4, 1 / 8, 1 / 16]
    )
    assert (model.probability_alive(frame, t=50) == 1).all()


def test_the_recency_says_nothing():
    model = NBDModel.from_params(r=0.4, alpha=12, unit="W")
    frame = model.simulate(500, T=np.linspace(5, 50, 500), random_state=1)
    other = frame.assign(recency=frame["recency"] / 2)
    assert NBDModel(unit="W").fit(frame).params_ == NBDModel(unit="W").fit(other).params_
