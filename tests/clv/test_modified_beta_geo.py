"""MBG/NBD: the published numbers of CDNOW and a case by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel

BTYDPLUS = "R BTYDplus 1.2.0, run"
LIFETIMES = "lifetimes 0.11.3, ModifiedBetaGeoFitter"
MPMATH = "mpmath, 40 digits, and R"


@pytest.fixture(scope="module")
def fitted(cdnow):
    return ModifiedBetaGeoModel(unit="W").fit(cdnow)


@pytest.mark.data
def test_cdnow(fitted, cdnow, golden):
    golden("MBG/NBD on CDNOW: log-likelihood", ours=fitted.log_likelihood_,
           published=-9582.1357, tolerance=6e-5, source=BTYDPLUS)  # fmt: skip
    # R's search ends 5e-5 away in b, at the same likelihood to its printed digits.
    golden("MBG/NBD on CDNOW: r, alpha, a, b", ours=list(fitted.params_.values()),
           published=[0.524844, 6.183093, 0.891388, 1.614048], tolerance=1e-4,
           source=BTYDPLUS)  # fmt: skip
    ours = list(fitted.standard_errors_.values())
    published = [0.08326, 0.69558, 0.15478, 0.53744]
    golden("MBG/NBD on CDNOW: standard errors over published", source=LIFETIMES, tolerance=0.01,
           ours=[a / b for a, b in zip(ours, published, strict=True)],
           published=[1.0] * 4)  # fmt: skip
    predicted = fitted.expected_purchases(cdnow, t=39)
    actual = cdnow["frequency_holdout"].to_numpy(float)
    log_error = np.mean((np.log1p(actual) - np.log1p(predicted)) ** 2)
    for what, value, expected, tolerance in (
        ("total", predicted.sum(), 1576.71, 0.03),
        ("MAE", np.abs(actual - predicted).mean(), 0.76478, 1e-5),
        ("MSLE", log_error, 0.23143, 1e-5),
    ):
        golden(f"MBG/NBD on CDNOW, 39 weeks held out: {what}", ours=float(value),
               published=expected, tolerance=tolerance, source=BTYDPLUS)  # fmt: skip
    assert fitted.probability_alive(cdnow).mean() == pytest.approx(0.449, abs=5e-4)


def test_stated_numbers(golden):
    model = ModifiedBetaGeoModel.from_params(
        r=0.524844, alpha=6.183093, a=0.891388, b=1.614048, unit="W"
    )
    customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    golden("MBG/NBD: E[Y(39)] of (2, 30.43, 38.86)", source=MPMATH, published=1.262657311,
           ours=model.expected_purchases(customer, t=39)[0], tolerance=5e-10)  # fmt: skip
    golden("MBG/NBD: P(alive) of (2, 30.43, 38.86)", source=MPMATH, published=0.7061216392,
           ours=model.probability_alive(customer)[0], tolerance=5e-11)  # fmt: skip
    golden("MBG/NBD: E[X(39)] of a new customer", source=MPMATH, published=1.182269302,
           ours=model.expected_purchases_new_customer(39), tolerance=5e-10)  # fmt: skip


def test_by_hand():
    # r = alpha = a = b = 1, x = 0, T = 3: alive B(1, 2) / 4 = 1/8, dropped at once B(2, 1) = 1/2.
    model = ModifiedBetaGeoModel.from_params(r=1, alpha=1, a=1, b=1, unit="M")
    frame = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [3.0]})
    assert np.exp(model.log_likelihood(frame))[0] == pytest.approx(5 / 8, rel=1e-14)
    assert model.probability_alive(frame)[0] == pytest.approx(1 / 5, rel=1e-14)


def test_it_is_bg_nbd_among_those_who_stayed():
    modified = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6, a=0.9, b=1.6, unit="W")
    stayed = BetaGeoModel.from_params(r=0.5, alpha=6, a=0.9, b=2.6, unit="W")
    t = np.array([0.5, 5.0, 50.0, 500.0])
    np.testing.assert_allclose(
        modified.expected_purchases_new_customer(t),
        1.6 / 2.5 * stayed.expected_purchases_new_customer(t),
        rtol=1e-12,
    )
