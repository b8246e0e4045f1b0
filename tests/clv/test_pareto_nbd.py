"""ParetoNBDModel: published numbers, the laws of a fit, and what it refuses."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import ParetoNBDModel
from crmlytics.customers import compress_summary, purchase_summary
from crmlytics.errors import ConvergenceWarning, DataContractError

R_RUN = "R reference packages (BTYD, CLVTools), own run"
MPMATH = "mpmath, 40 digits, at the parameters given"
FHL = "Fader, Hardie and Lee (2005), Marketing Science 24(2)"

CDNOW = {"r": 0.553397, "alpha": 10.580199, "s": 0.606062, "beta": 11.656224}
TRUTH = {"r": 0.8, "alpha": 6.0, "s": 1.2, "beta": 15.0}


def customer(x, t_x, T):
    return pd.DataFrame({"frequency": [x], "recency": [float(t_x)], "T": [float(T)]})


@pytest.fixture(scope="module")
def simulated():
    model = ParetoNBDModel.from_params(**TRUTH, unit="W")
    ages = np.random.default_rng(0).integers(26, 53, 4000).astype(float)
    return model.simulate(4000, T=ages, random_state=1)


@pytest.fixture(scope="module")
def fitted(simulated):
    return ParetoNBDModel(unit="W").fit(simulated)


# --------------------------------------------------------------- published


@pytest.fixture(scope="module")
def cdnow_log():
    import lifetimes

    path = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_sample.txt"
    log = pd.read_csv(
        path, sep=r"\s+", header=None, names=["_", "customer_id", "date", "cds", "amount"]
    )
    return log.assign(date=pd.to_datetime(log["date"].astype(str)))


@pytest.fixture(scope="module")
def cdnow(cdnow_log):
    return purchase_summary(cdnow_log, as_of=dt.date(1997, 9, 30), unit="W", exact=True)


@pytest.fixture(scope="module")
def cdnow_model(cdnow):
    return ParetoNBDModel(unit="W").fit(cdnow)


def test_cdnow_fit(cdnow_model, golden):
    assert cdnow_model.converged_
    golden(
        "Pareto/NBD on CDNOW: log-likelihood", ours=cdnow_model.log_likelihood_,
        published=-9594.9762, tolerance=1e-3, source=R_RUN,
    )  # fmt: skip
    printed = {"r": 0.553, "alpha": 10.578, "s": 0.606}
    for name, value in printed.items():
        # Three digits; beta lies on a ridge on which the likelihood is flat.
        golden(
            f"Pareto/NBD on CDNOW: {name}", ours=cdnow_model.params_[name], published=value,
            tolerance=0.001 * value, source=FHL,
        )  # fmt: skip
    errors = {"r": 0.04762, "alpha": 0.8427, "s": 0.1871, "beta": 6.211}
    for name, value in errors.items():
        golden(
            f"Pareto/NBD on CDNOW: standard error of {name}",
            ours=cdnow_model.standard_errors_[name], published=value, tolerance=0.01 * value,
            source=R_RUN,
        )  # fmt: skip


def test_cdnow_holdout(cdnow_model, cdnow, cdnow_log, golden):
    end = dt.date(1998, 6, 30)
    later = cdnow_log[cdnow_log["date"] > pd.Timestamp(1997, 9, 30)]
    later = later[later["date"] <= pd.Timestamp(end)].drop_duplicates(["customer_id", "date"])
    actual = cdnow["customer_id"].map(later.groupby("customer_id").size()).fillna(0).to_numpy()
    assert actual.sum() == 1882
    expected = cdnow_model.expected_purchases(cdnow, t=39)
    found = {
        "total": (expected.sum(), 1665.43, 0.2),  # the optima differ along the ridge
        "MAE": (np.abs(actual - expected).mean(), 0.75451, 1e-4),
        "MSLE": (((np.log1p(actual) - np.log1p(expected)) ** 2).mean(), 0.23774, 1e-4),
        "RMSE": (np.sqrt(((actual - expected) ** 2).mean()), 1.60285, 2e-4),
    }
    for what, (ours, published, tolerance) in found.items():
        golden(
            f"Pareto/NBD on CDNOW, 39 weeks ahead: {what}", ours=ours, published=published,
            tolerance=tolerance, source=R_RUN,
        )  # fmt: skip


def test_cdnow_optimum_is_no_worse_than_lifetimes(cdnow_model, cdnow):
    from lifetimes import ParetoNBDFitter

    np.random.seed(0)  # noqa: NPY002 (it starts at random)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own overflows on the way
        theirs = ParetoNBDFitter().fit(cdnow["frequency"], cdnow["recency"], cdnow["T"])
    params = {name: float(value) for name, value in theirs.params_.items()}
    their_model = ParetoNBDModel.from_params(**params, unit="W")
    assert cdnow_model.log_likelihood_ >= their_model.log_likelihood(cdnow).sum() - 1e-6


def test_published_scalars(golden):
    model = ParetoNBDModel.from_params(**CDNOW, unit="W")
    two, many = customer(2, 30.43, 38.86), customer(26, 30.86, 31)
    for what, ours, published in [
        ("E[Y(39)] at (2, 30.43, 38.86)", model.expected_purchases(two, t=39)[0], 1.455120508),
        ("P(alive) at (2, 30.43, 38.86)", model.probability_alive(two)[0], 0.8691183069),
        ("E[X(52)]", model.expected_purchases_new_customer(52), 1.473112949),
        ("E[Y(52)] at (26, 30.86, 31)", model.expected_purchases(many, t=52)[0], 25.45532307),
        ("P(alive) at (26, 30.86, 31)", model.probability_alive(many)[0], 0.9979178981),
    ]:
        digits = len(str(published).replace(".", "").lstrip("0"))
        half = 0.51 * 10.0 ** (np.floor(np.log10(published)) + 1 - digits)
        golden(
            f"Pareto/NBD {what}", ours=ours, published=published, tolerance=half,
            source=f"{MPMATH}; {R_RUN}",
        )  # fmt: skip


def test_published_dert(golden):
    model = ParetoNBDModel.from_params(
        r=0.5629966, alpha=12.5590370, s=0.4081095, beta=10.5148048, unit="W"
    )
    seven = customer(7, 35, 77.86)
    golden(
        "Pareto/NBD DERT at (7, 35, 77.86), 0.0027 a week",
        ours=model.expected_residual_transactions(seven, discount_rate=0.0027)[0],
        published=1.864183328, tolerance=5.1e-10, source=f"{MPMATH}; {R_RUN}",
    )  # fmt: skip
    golden(
        "Pareto/NBD discounted transactions over 52 weeks at (7, 35, 77.86)",
        ours=model.expected_residual_transactions(seven, discount_rate=0.0027, horizon=52)[0],
        published=0.3706573359, tolerance=5.1e-11, source=MPMATH,
    )  # fmt: skip


def test_cdnow_dert_of_a_customer(golden):
    model = ParetoNBDModel.from_params(**CDNOW, unit="W")
    first = customer(2, 213 / 7, 272 / 7)
    golden(
        "Pareto/NBD DERT of CDNOW's first customer, 0.0027 a week",
        ours=model.expected_residual_transactions(first, discount_rate=0.0027)[0],
        published=6.4833, tolerance=5.1e-5, source=MPMATH,
    )  # fmt: skip


# -------------------------------------------------------------------- laws


def test_parameters_are_recovered(fitted):
    assert fitted.converged_
    for name, true in TRUTH.items():
        ratio = np.log(fitted.params_[name] / true) * fitted.params_[name]
        assert abs(ratio) < 3.5 * fitted.standard_errors_[name], name


def test_weights_are_repeated_rows(simulated, fitted):
    some = simulated.head(300)
    repeats = np.random.default_rng(2).integers(0, 4, 300)
    repeated = some.loc[some.index.repeat(repeats)].reset_index(drop=True)
    by_weight = ParetoNBDModel(unit="W").fit(some, sample_weight=repeats)
    by_rows = ParetoNBDModel(unit="W").fit(repeated)
    assert by_weight.log_likelihood_ == pytest.approx(by_rows.log_likelihood_, rel=1e-10)
    assert by_weight.params_ == pytest.approx(by_rows.params_, rel=1e-4)


def test_compressed_rows_change_nothing(cdnow_model, cdnow):
    small = compress_summary(cdnow)
    model = ParetoNBDModel(unit="W").fit(small, sample_weight=small["weight"])
    assert len(small) == 1016
    assert model.params_ == pytest.approx(cdnow_model.params_, rel=1e-5)


@pytest.mark.parametrize(("unit", "factor"), [("D", 7.0), ("Y", 7 / 365.25)])
def test_the_unit_is_a_unit(simulated, fitted, unit, factor):
    other = simulated.assign(recency=simulated["recency"] * factor, T=simulated["T"] * factor)
    model = ParetoNBDModel(unit=unit).fit(other)
    scaled = {"r": 1.0, "alpha": factor, "s": 1.0, "beta": factor}
    for name, scale in scaled.items():
        assert model.params_[name] == pytest.approx(scale * fitted.params_[name], rel=1e-4)
        error = scale * fitted.standard_errors_[name]
        assert model.standard_errors_[name] == pytest.approx(error, rel=1e-3)
    shift = simulated["frequency"].sum() * np.log(factor)
    assert model.log_likelihood_ + shift == pytest.approx(fitted.log_likelihood_, rel=1e-10)


def test_rows_may_come_in_any_order(simulated, fitted):
    shuffled = simulated.sample(frac=1.0, random_state=4)
    model = ParetoNBDModel(unit="W").fit(shuffled)
    assert model.params_ == pytest.approx(fitted.params_, rel=1e-5)
    found = model.expected_purchases(shuffled, t=10)
    order = np.argsort(shuffled.index)
    assert found[order] == pytest.approx(fitted.expected_purchases(simulated, t=10), rel=1e-5)


def test_covariance_is_the_inverse_of_the_information(fitted, simulated):
    rows = fitted._read(simulated)
    theta = np.array(list(fitted.params_.values()))

    def gradient(log_theta):
        _, slopes = fitted._value_and_slopes(tuple(np.exp(log_theta)), rows)
        return slopes.sum(axis=1)

    step = 1e-4 * np.eye(4)
    information = -np.array(
        [(gradient(np.log(theta) + h) - gradient(np.log(theta) - h)) / 2e-4 for h in step]
    )
    covariance = np.linalg.inv((information + information.T) / 2) * np.outer(theta, theta)
    assert np.allclose(fitted.covariance_, covariance, rtol=1e-4)
    assert (fitted.covariance_ == fitted.covariance_.T).all()


def test_covariates_are_recovered():
    rng = np.random.default_rng(7)
    n = 6000
    features = pd.DataFrame({"online": rng.integers(0, 2, n), "age": rng.normal(40, 10, n)})
    effects = {"purchase[online]": 0.7, "dropout[online]": -0.8, "dropout[age]": 0.03}
    options = {"covariates_purchase": ("online",), "covariates_dropout": ("online", "age")}
    truth = ParetoNBDModel.from_params(
        r=0.8, alpha=6.0, s=1.2, beta=40.0, unit="W", coefficients=effects, **options
    )
    data = truth.simulate(n, T=52, random_state=8, covariates=features)
    model = ParetoNBDModel(unit="W", **options).fit(data)
    assert model.converged_
    for name, true in effects.items():
        assert abs(model.params_[name] - true) < 3.5 * model.standard_errors_[name], name
    # e^g multiplies the rate: a buyer online buys about twice as often.
    one = {"online": 1.0, "age": 40.0}
    shop = truth.expected_purchases_new_customer(0.001, covariates=one | {"online": 0.0})
    web = truth.expected_purchases_new_customer(0.001, covariates=one)
    assert web / shop == pytest.approx(np.exp(0.7), rel=1e-4)


def test_no_dropout_is_said_in_words():
    rng = np.random.default_rng(4)
    rate = rng.gamma(2.0, 0.2, 1500)
    x = rng.poisson(rate * 50)
    t_x = np.where(x > 0, 50 * rng.random(1500) ** (1 / np.maximum(x, 1)), 0.0)
    data = pd.DataFrame({"frequency": x, "recency": t_x, "T": 50.0})
    model = ParetoNBDModel(unit="W")
    with pytest.warns(ConvergenceWarning, match="no dropout is visible"):
        model.fit(data)
    assert not model.converged_
    assert np.isfinite(model.log_likelihood_)


# ------------------------------------------------------------- predictions


def test_predictions_hang_together(fitted, simulated):
    some = simulated.head(200)
    chance = fitted.purchase_probabilities(some, t=8, n_max=60)
    assert chance.sum(axis=1) == pytest.approx(np.ones(200), abs=1e-6)
    expected = fitted.expected_purchases(some, t=8)
    assert chance @ np.arange(61) == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert fitted.probability_of_purchase(some, t=8) == pytest.approx(1 - chance[:, 0], abs=1e-12)
    now, later = fitted.probability_alive(some), fitted.probability_alive(some, t=8)
    assert (later < now).all()
    far = fitted.expected_residual_transactions(some, discount_rate=0.01, horizon=1e4)
    ever = fitted.expected_residual_transactions(some, discount_rate=0.01)
    assert far == pytest.approx(ever, rel=1e-10)


@pytest.mark.parametrize("horizon", [0.5, 52.0, None])
def test_dert_is_the_discounted_expectation(fitted, simulated, horizon):
    some = simulated.head(50)
    from crmlytics.clv import _residual

    rows = fitted._read(some)
    parameters = fitted._row_parameters(rows)
    by_parts = _residual.by_parts(
        lambda u: fitted._expected(parameters, rows, u),
        start=fitted.params_["alpha"] + rows["T"], rate=0.01, horizon=horizon,
    )  # fmt: skip
    found = fitted.expected_residual_transactions(some, discount_rate=0.01, horizon=horizon)
    assert found == pytest.approx(by_parts, rel=1e-8)


def test_an_endless_sum_is_refused(simulated):
    model = ParetoNBDModel.from_params(**CDNOW, unit="W")
    with pytest.raises(ValueError, match="infinite"):
        model.expected_residual_transactions(simulated.head(3), discount_rate=0.0)


def test_intervals_hold_what_they_promise(fitted, simulated):
    some = simulated.head(400)
    found = fitted.predictive_interval(some, t=26, level=0.9, n_draws=400, random_state=1)
    expected = fitted.expected_purchases(some, t=26)
    assert (found.low <= found.high).all()
    assert (found.high >= expected - 1).mean() > 0.99
    again = fitted.predictive_interval(some, t=26, level=0.9, n_draws=400, random_state=1)
    assert (found.high == again.high).all()


def test_saved_and_read(fitted, simulated, tmp_path):
    fitted.to_json(tmp_path / "model.json")
    back = ParetoNBDModel.from_json(tmp_path / "model.json")
    assert back.params_ == fitted.params_
    assert (
        back.expected_purchases(simulated, t=5) == fitted.expected_purchases(simulated, t=5)
    ).all()


def test_impossible_histories_are_refused():
    with pytest.raises(DataContractError, match="above 'T'"):
        ParetoNBDModel(unit="W").fit(customer(2, 9, 8))
    with pytest.raises(ValueError, match="unit must be one of"):
        ParetoNBDModel(unit="week").fit(customer(2, 7, 8))
    with pytest.raises(ValueError, match="alpha must be"):
        ParetoNBDModel.from_params(r=1, alpha=0, s=1, beta=1, unit="W")
