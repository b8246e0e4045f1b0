"""Gamma-Gamma: CDNOW's published fit, cases by hand, recovery, refusals, every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv.gamma_gamma import GammaGammaModel
from crmlytics.errors import (
    ConvergenceWarning,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from tests.clv.cdnow_log import read_summary

R = "R CLVTools 0.12.1 and BTYD 2.4.3, run"
NOTE = "Fader, Hardie (2013), The Gamma-Gamma Model of Monetary Value"
MPMATH = "mpmath, 40 digits, and R"


def example(p=6.25, q=3.74, gamma=15.44, n=3000, frequency=None, seed=1):
    model = GammaGammaModel.from_params(p=p, q=q, gamma=gamma)
    count = np.random.default_rng(seed).poisson(3.0, n) if frequency is None else frequency
    return model, model.simulate(n, frequency=count, random_state=seed)


@pytest.mark.data
def test_cdnow(data_dir, golden):
    model = GammaGammaModel(unit="W").fit(read_summary(data_dir))
    golden("Gamma-Gamma on CDNOW: log-likelihood", ours=model.log_likelihood_,
           published=-4055.9177, tolerance=6e-5, source=R)  # fmt: skip
    # R stops some 1e-4 short of the optimum, which is flat along p against gamma.
    golden("Gamma-Gamma on CDNOW: p, q, gamma", ours=list(model.params_.values()),
           published=[6.24935, 3.74426, 15.44431], tolerance=1.5e-3, source=R)  # fmt: skip
    golden("Gamma-Gamma on CDNOW: p, q, gamma", ours=list(model.params_.values()),
           published=[6.25, 3.74, 15.44], tolerance=5e-3, source=NOTE)  # fmt: skip
    errors = list(model.standard_errors_.values())
    for name, ours, published in zip("pqγ", errors, [1.18997, 0.290136, 4.15953], strict=True):
        golden(f"Gamma-Gamma on CDNOW: standard error of {name}", ours=ours,
               published=published, tolerance=3e-4 * published, source=R)  # fmt: skip
    check = model.independence_check_
    assert check.n == model.n_customers_ == 946
    golden("CDNOW: Pearson's correlation of purchases with spend", ours=check.pearson,
           published=0.114, tolerance=5e-4, source="run, numpy")  # fmt: skip


def test_published_expectations(golden):
    model = GammaGammaModel.from_params(p=6.24935, q=3.74426, gamma=15.44431)
    golden("Gamma-Gamma: population mean", ours=model.population_mean_,
           published=35.17046442, tolerance=5e-9, source=MPMATH)  # fmt: skip
    customer = pd.DataFrame({"frequency": [3], "monetary_value": [35.0]})
    golden("Gamma-Gamma: E(M | m=35, x=3)", ours=float(model.expected_spend(customer)[0]),
           published=35.02176586, tolerance=5e-9, source=MPMATH)  # fmt: skip


def test_by_hand():
    # p = q = gamma = 1: f(m | x=1) = 1 / (1 + m)^2; for q = 3, E(M | m, x) = (1 + xm) / (x + 2).
    frame = pd.DataFrame({"frequency": [1, 0], "monetary_value": [3.0, None]})
    model = GammaGammaModel.from_params(p=1, q=1, gamma=1)
    np.testing.assert_allclose(np.exp(model.log_likelihood(frame)), [1 / 16, 1.0], rtol=1e-14)
    model = GammaGammaModel.from_params(p=1, q=3, gamma=1)
    np.testing.assert_allclose(model.expected_spend(frame), [4 / 3, 1 / 2], rtol=1e-14)


def test_recovers_the_parameters():
    truth, frame = example(n=20_000)
    model = GammaGammaModel().fit(frame)
    assert model.converged_
    z = np.array(
        [
            (model.params_[name] - value) / model.standard_errors_[name]
            for name, value in truth.params_.items()
        ]
    )
    assert (np.abs(z) < 3.5).all()


def test_the_currency_does_not_matter():
    _, frame = example()
    model = GammaGammaModel().fit(frame)
    cents = frame.assign(monetary_value=frame["monetary_value"] * 100)
    other = GammaGammaModel().fit(cents)
    assert other.params_["p"] == pytest.approx(model.params_["p"], rel=1e-6)
    assert other.params_["gamma"] == pytest.approx(100 * model.params_["gamma"], rel=1e-6)
    repeats = (frame["frequency"] > 0).sum()
    assert other.log_likelihood_ == pytest.approx(
        model.log_likelihood_ - repeats * np.log(100), rel=1e-10
    )


def test_customers_without_repeat_purchases_get_the_population_mean(engine):
    _, frame = example(n=400)
    truth, names = frame["mean_spend"], ["frequency", "monetary_value"]
    assert (frame["frequency"] == 0).any()
    model = GammaGammaModel().fit(engine.make(frame[names]))
    only = GammaGammaModel().fit(frame[frame["frequency"] > 0])
    zeros = GammaGammaModel().fit(frame.fillna({"monetary_value": 0.0}))
    assert model.params_ == pytest.approx(only.params_, rel=1e-7)
    assert zeros.params_ == pytest.approx(only.params_, rel=1e-7)
    assert model.n_customers_ == (frame["frequency"] > 0).sum()
    if engine.name not in ("pyspark", "duckdb", "polars-lazy"):  # those keep no order
        found = model.expected_spend(engine.make(frame[names]))
        np.testing.assert_allclose(
            found[frame["frequency"] == 0], model.population_mean_, rtol=1e-12
        )
        assert np.corrcoef(found, truth)[0, 1] > 0.5


def test_weights_are_repeated_rows():
    _, frame = example(n=300)
    weights = np.random.default_rng(3).integers(0, 4, len(frame))
    weighted = GammaGammaModel().fit(frame, sample_weight=weights)
    repeated = GammaGammaModel().fit(frame.loc[frame.index.repeat(weights)])
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-6)
    assert weighted.independence_check_ == pytest.approx(repeated.independence_check_, rel=1e-9)


def test_independence_is_that_of_scipy():
    from scipy.stats import pearsonr, spearmanr

    _, frame = example(n=500)
    frame["monetary_value"] = (frame["monetary_value"] / 10).round() * 10 + 1  # many ties
    some = frame[frame["frequency"] > 0]
    check = GammaGammaModel().fit(frame).independence_check_
    theirs = pearsonr(some["frequency"], some["monetary_value"])
    assert check.pearson == pytest.approx(theirs.statistic, abs=1e-12)
    ends = theirs.confidence_interval()
    assert (check.pearson_low, check.pearson_high) == pytest.approx(tuple(ends), abs=1e-12)
    rank = spearmanr(some["frequency"], some["monetary_value"]).statistic
    assert check.spearman == pytest.approx(rank, abs=1e-12)
    assert check.spearman_low < rank < check.spearman_high


@pytest.mark.parametrize(
    ("frequency", "spend", "says"),
    [
        (
            [2, 1, 0],
            [10.0, 0.0, None],
            "1 of 3 rows have 'frequency' above 0 but 'monetary_value' 0",
        ),
        ([2, 1, 0], [10.0, -4.0, None], "refunds='ignore'"),
        ([2, 1, 0], [10.0, None, None], "no 'monetary_value'"),
        ([2, 1, 0], [10.0, np.inf, None], "infinite"),
        ([2, 1, 0], [10.0, 12.0, 5.0], "both must count the same purchases"),
        ([2, -1, 0], [10.0, 12.0, None], "no whole number"),
        ([2, 1, 0], ["a", "b", "c"], "must hold numbers"),
    ],
)
def test_impossible_spend_is_refused(frequency, spend, says):
    frame = pd.DataFrame({"frequency": frequency, "monetary_value": spend})
    with pytest.raises(DataContractError, match=says):
        GammaGammaModel().fit(frame)


def test_too_little_is_said():
    frame = pd.DataFrame({"frequency": [2, 1, 0], "monetary_value": [10.0, 10.0, None]})
    with pytest.raises(NotEnoughDataError, match="same mean spend, 10"):
        GammaGammaModel().fit(frame)
    with pytest.raises(NotEnoughDataError, match="no customer has a repeat purchase"):
        GammaGammaModel().fit(frame.assign(frequency=0, monetary_value=None))
    with pytest.raises(NotEnoughDataError, match="empty"):
        GammaGammaModel().fit(frame.head(0))


def test_customers_who_do_not_differ_are_a_diagnosis():
    rng = np.random.default_rng(1)
    count = rng.integers(1, 6, 500)
    frame = pd.DataFrame({"frequency": count, "monetary_value": rng.gamma(4.0 * count) / count})
    with pytest.warns(ConvergenceWarning, match="customers do not differ in their mean spend"):
        model = GammaGammaModel().fit(frame)
    assert not model.converged_


def test_spend_that_never_varies_within_a_customer_is_a_diagnosis():
    # Each customer's own constant: the mean says as much after one purchase as after ten.
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"frequency": rng.integers(1, 9, 500), "monetary_value": 20 / rng.gamma(4.0, size=500)}
    )
    with pytest.warns(ConvergenceWarning, match="each customer spends the same every time"):
        GammaGammaModel().fit(frame)


def test_an_infinite_mean_is_reported():
    truth, frame = example(p=5.0, q=0.6, gamma=4.0, n=4000)
    model = GammaGammaModel().fit(frame)
    assert model.converged_
    assert "q ≤ 1" in model.diagnosis_
    assert np.isnan(model.population_mean_)
    assert np.isnan(truth.population_mean_)
    with pytest.warns(DataQualityWarning, match="no finite expected spend"):
        found = model.expected_spend(frame)
    assert (np.isnan(found) == (frame["frequency"] == 0)).all()


def test_the_sum_of_purchases_to_come():
    model = GammaGammaModel.from_params(p=6.0, q=4.0, gamma=15.0)
    frame = pd.DataFrame({"frequency": [3, 0, 5], "monetary_value": [35.0, None, 20.0]})
    count = np.array([4, 2, 0])
    drawn = model.draw_spend(frame, purchases=count, n_draws=60_000, random_state=1)
    expected = count * model.expected_spend(frame)
    assert drawn.shape == (60_000, 3)
    np.testing.assert_allclose(drawn.mean(axis=0), expected, rtol=0.02)  # > 4 standard errors
    levels = [0.05, 0.5, 0.95]
    exact = model.spend_quantiles(frame, purchases=count, quantiles=levels)
    assert exact.shape == (3, 3)
    np.testing.assert_allclose(np.quantile(drawn, levels, axis=0).T, exact, rtol=0.02)
    with pytest.raises(ValueError, match="whole numbers"):
        model.draw_spend(frame, purchases=1.5)
    with pytest.raises(ValueError, match="fractions"):
        model.spend_quantiles(frame, purchases=1, quantiles=5)
    with pytest.raises(ValueError, match="must fit"):
        model.spend_quantiles(frame, purchases=[1, 2], quantiles=0.5)


def test_the_errors_of_the_parameters_widen_the_draws():
    _, frame = example(n=300)
    model = GammaGammaModel().fit(frame)
    sure = GammaGammaModel.from_params(**model.params_)
    # Of many customers about whom nothing is known: their own differences average out.
    new = pd.DataFrame({"frequency": [0] * 1000, "monetary_value": [None] * 1000})
    wide, narrow = (
        np.ptp(np.quantile(drawn.mean(axis=1), [0.05, 0.95]))
        for drawn in (
            each.draw_spend(new, purchases=5, n_draws=500, random_state=1) for each in (model, sure)
        )
    )
    assert wide > 2 * narrow


def test_saving_keeps_everything():
    _, frame = example(n=200)
    model = GammaGammaModel(unit="W", monetary_col="spend").fit(
        frame.rename(columns={"monetary_value": "spend"})
    )
    again = GammaGammaModel.from_json(model.to_json())
    assert again.params_ == model.params_
    assert again.independence_check_ == model.independence_check_
    assert again.get_params() == model.get_params()
    assert not hasattr(GammaGammaModel.from_params(**model.params_), "independence_check_")
    assert "unit W" in repr(model.summary())
    assert "unit" not in repr(GammaGammaModel().fit(frame).summary())


def test_options_are_checked():
    with pytest.raises(ValueError, match="unit"):
        GammaGammaModel(unit="weeks").fit(example(n=50)[1])
