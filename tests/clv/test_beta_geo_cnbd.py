"""BG/CNBD-k: numbers of CDNOW, regular customers, a case by hand, and the laws of the models."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from crmlytics.clv import BetaGeoModel, score_customers
from crmlytics.clv.beta_geo_cnbd import BetaGeoCNBDModel
from crmlytics.clv.modified_beta_geo_cnbd import ModifiedBetaGeoCNBDModel
from crmlytics.customers import purchase_summary
from crmlytics.errors import ColumnNotFoundError, DataContractError

PLUS = "R BTYDplus 1.2.0, bgcnbd.cbs.LL and PAlive, own run"
SERIES = "mpmath, 40 digits, the exact series"
MODELS = [BetaGeoCNBDModel, ModifiedBetaGeoCNBDModel]


@pytest.fixture(scope="session")
def regular_cdnow(data_dir):
    """The 1/10 sample in weeks with the gaps between purchases."""
    log = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None,
        names=["master_id", "customer_id", "date", "cds", "amount"],
    )  # fmt: skip
    log["date"] = pd.to_datetime(log["date"].astype(str))
    return purchase_summary(log, as_of=dt.date(1997, 9, 30), unit="W", exact=True, log_gaps=True)


@pytest.fixture(scope="module")
def customer():
    return pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})


@pytest.mark.data
@pytest.mark.parametrize(
    ("k", "params", "log_likelihood", "alive", "expected", "digits"),
    [
        (2, [0.226917, 1.462918, 0.943999, 2.074319], -9855.3270, 0.6947840028, 1.292719145, 9),
        (3, [0.219482, 0.833431, 1.026094, 2.094137], -10393.5651, 0.69486, 1.35468, 5),
    ],
)
def test_cdnow(regular_cdnow, customer, golden, k, params, log_likelihood, alive, expected, digits):
    check_cdnow(BetaGeoCNBDModel, "BG", regular_cdnow, customer, golden, k, params,
                log_likelihood, alive, expected, digits)  # fmt: skip


def check_cdnow(
    model, name, frame, customer, golden, k, params, log_likelihood, alive, expected, digits
):
    assert frame["log_gap_sum"].sum() == pytest.approx(2909.5047, abs=5e-5)
    fitted = model(k, unit="W").fit(frame)
    what = f"{name}/CNBD-{k} on CDNOW"
    golden(f"{what}: log-likelihood", ours=fitted.log_likelihood_, published=log_likelihood,
           tolerance=6e-5, source=PLUS)  # fmt: skip
    # The search stopped within about 1e-5 of the maximum, as ours differ from it.
    golden(f"{what}: r, alpha, a, b", ours=list(fitted.params_.values()), published=params,
           tolerance=3e-5, source=PLUS)  # fmt: skip
    r, alpha, a, b = params
    stated = model.from_params(k=k, r=r, alpha=alpha, a=a, b=b, unit="W")
    # Five digits at the maximum; all digits at the parameters as printed.
    tolerance = 6e-6 if digits == 5 else 6e-7
    golden(f"{what}: P(alive) of (2, 30.43, 38.86)", source=PLUS, published=alive,
           ours=stated.probability_alive(customer)[0], tolerance=tolerance)  # fmt: skip
    golden(f"{what}: E[Y(39)] of (2, 30.43, 38.86)", source=SERIES, published=expected,
           ours=stated.expected_purchases(customer, t=39)[0], tolerance=tolerance)  # fmt: skip


@pytest.mark.data
def test_cdnow_is_not_regular(regular_cdnow, golden):
    model = BetaGeoCNBDModel(unit="W").fit(regular_cdnow)
    golden("BG/CNBD-k on CDNOW: k", ours=model.k_, published=1, source=PLUS)
    plain = BetaGeoModel(unit="W").fit(regular_cdnow)
    assert model.log_likelihood_ == pytest.approx(plain.log_likelihood_, abs=1e-9)
    assert list(model.params_.values()) == pytest.approx(list(plain.params_.values()), rel=1e-7)
    np.testing.assert_allclose(
        model.expected_purchases(regular_cdnow, t=39),
        BetaGeoModel.from_params(**model.params_, unit="W").expected_purchases(regular_cdnow, t=39),
        rtol=1e-10,
    )
    assert model.k_table_["k"].tolist() == list(range(1, 13))
    assert model.k_table_["converged"].all()
    assert model.aic_ == pytest.approx(plain.aic_ + 2.0, abs=1e-6)  # k was chosen


def test_stated_numbers(golden):
    model = BetaGeoCNBDModel.from_params(k=3, r=0.8, alpha=2.0, a=0.6, b=2.5, unit="W")
    customer = pd.DataFrame({"frequency": [4], "recency": [40.0], "T": [52.0]})
    golden("BG/CNBD-3: E[X(52)] of a new customer", source=SERIES, published=3.652199888,
           ours=model.expected_purchases_new_customer(52), tolerance=5e-10)  # fmt: skip
    golden("BG/CNBD-3: E[Y(39)] of (4, 40, 52)", source=SERIES, published=2.370155214,
           ours=model.expected_purchases(customer, t=39)[0], tolerance=5e-10)  # fmt: skip
    golden("BG/CNBD-3: P(alive) of (4, 40, 52)", source=SERIES, published=0.7509350769,
           ours=model.probability_alive(customer)[0], tolerance=5e-11)  # fmt: skip


def test_by_hand():
    # k = 2, r = alpha = a = b = 1, x = 0, T = 3: no or one hidden event, 1/4 + 3/16 = 7/16.
    model = BetaGeoCNBDModel.from_params(k=2, r=1, alpha=1, a=1, b=1, unit="M")
    frame = pd.DataFrame({"frequency": [0, 1], "recency": [0.0, 1.0], "T": [3.0, 3.0],
                          "log_gap_sum": [0.0, 0.0]})  # fmt: skip
    # x = 1, t_x = 1: Γ(3) = 2 times, alive, B(1, 2) / 4³ (1 + 3 · 2/4) = 1/51.2, or gone,
    # B(2, 1) / 2³ = 1/16.
    alive, gone = 0.5 / 64 * 2.5, 0.5 / 8
    np.testing.assert_allclose(
        np.exp(model.log_likelihood(frame)), [7 / 16, 2 * (alive + gone)], rtol=1e-14
    )
    np.testing.assert_allclose(
        model.probability_alive(frame), [1, alive / (alive + gone)], rtol=1e-14
    )


# --------------------------------------------------------- both models, regular customers


@pytest.fixture(params=MODELS, ids=lambda one: one.__name__)
def model_class(request):
    return request.param


@pytest.fixture
def known(model_class):
    return model_class.from_params(k=3, r=0.9, alpha=1.3, a=0.8, b=2.5, unit="W")


@pytest.fixture
def histories(known):
    return known.simulate(1500, T=np.linspace(20, 40, 1500), random_state=1)


def test_regular_customers_are_recognised(model_class, known, histories):
    model = model_class(unit="W").fit(histories)
    assert model.k_ == 3
    assert model.converged_
    assert model.gradient_norm_ < 1e-9
    off = np.log(list(model.params_.values())) - np.log(list(known.params_.values()))
    square = off @ np.linalg.solve(model._point_covariance(), off)
    assert square < 18.5  # the 99.9 % point of chi-squared with 4 degrees of freedom
    fixed = model_class(3, unit="W").fit(histories)
    assert fixed.params_ == model.params_
    assert fixed.k_table_["k"].tolist() == [3]
    assert model.log_likelihood_ == pytest.approx(model.log_likelihood(histories).sum(), rel=1e-12)


def test_the_fit_depends_neither_on_the_unit_nor_on_the_form_of_the_rows(model_class, histories):
    weeks = model_class(3, unit="W").fit(histories)
    x = histories["frequency"]
    days = histories.assign(
        recency=histories["recency"] * 7, T=histories["T"] * 7,
        log_gap_sum=histories["log_gap_sum"] + x * np.log(7),
    )  # fmt: skip
    other = model_class(3, unit="D").fit(days)
    assert other.params_["alpha"] == pytest.approx(7 * weeks.params_["alpha"], rel=1e-6)
    assert other.log_likelihood_ == pytest.approx(
        weeks.log_likelihood_ - x.sum() * np.log(7), rel=1e-10
    )
    some, weight = histories.head(300), np.arange(300) % 4
    one = model_class(3, unit="W").fit(some, sample_weight=weight)
    two = model_class(3, unit="W").fit(some.loc[some.index.repeat(weight)])
    assert list(one.params_.values()) == pytest.approx(list(two.params_.values()), rel=1e-6)
    assert one.log_likelihood_ == pytest.approx(two.log_likelihood_, rel=1e-11)


def test_predictions_agree_with_each_other(known, histories):
    some = histories.head(40).drop(columns="log_gap_sum")  # predictions do without it
    p = known.purchase_probabilities(some, t=4, n_max=60)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(p @ np.arange(61), known.expected_purchases(some, t=4), rtol=1e-8)
    np.testing.assert_allclose(1 - p[:, 0], known.probability_of_purchase(some, t=4), rtol=1e-10)
    np.testing.assert_allclose(
        known.expected_residual_transactions(some, discount_rate=1e-12, horizon=9),
        known.expected_purchases(some, t=9),
        rtol=1e-10,
    )
    np.testing.assert_allclose(
        known.expected_residual_transactions(some, discount_rate=0.1),
        known.expected_residual_transactions(some, discount_rate=0.1, horizon=449),
        rtol=1e-9,
    )
    np.testing.assert_allclose(
        known.probability_alive(some), known.probability_alive(some, t=1e-12), rtol=1e-9
    )
    assert (np.diff([known.probability_alive(some, t=t) for t in (0, 1, 50)], axis=0) < 0).all()
    path = known.alive_path([2.0, 7.5], ages=[0.0, 8.0, 20.0])
    seen = pd.DataFrame({"frequency": [0, 2, 2], "recency": [0, 7.5, 7.5], "T": [0.0, 8.0, 20.0]})
    np.testing.assert_allclose(path, known.probability_alive(seen), rtol=1e-12)
    scored = score_customers(some, known, t=5)
    np.testing.assert_allclose(scored["expected_purchases"], known.expected_purchases(some, t=5))


def test_simulations_agree_with_the_model(known, histories):
    some, n = histories.head(6), 40_000
    drawn = known.draw_purchases(some, t=12.0, n_draws=n, random_state=3)
    p = known.purchase_probabilities(some, t=12.0, n_max=3)
    share = np.stack([(drawn == one).mean(axis=0) for one in range(4)], axis=1)
    # Shares of a fixed seed, each within four standard errors.
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / n) + 1e-12).all()
    new = known.simulate(60_000, T=20.0, random_state=4)
    p = known.purchase_probabilities_new_customer(20.0, n_max=4)
    share = np.array([(new["frequency"] == one).mean() for one in range(5)])
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / 60_000)).all()
    assert abs(new["alive"].mean() - known.probability_alive(new).mean()) < 4 * np.sqrt(
        0.25 / 60_000
    )
    low, high = known.predictive_interval(some, t=12.0, n_draws=400, random_state=5)
    assert (low <= high).all()


def test_expectations_hold_after_each_number_of_purchases(known):
    """Known customers up to 20 and their purchases up to 30, from one simulated event log."""
    rng, n, k = np.random.default_rng(9), 40_000, known.k_
    p = known.params_
    rate, dropout = rng.standard_gamma(p["r"], n) / p["alpha"], rng.beta(p["a"], p["b"], n)
    alive = rng.random(n) >= dropout * known._first
    age, x, t_x, later = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    while alive.any():
        age += rng.standard_gamma(float(k), n) / rate
        alive &= age <= 30.0
        early = alive & (age <= 20.0)
        x += early
        t_x[early] = age[early]
        later += alive & ~early
        alive &= rng.random(n) >= dropout
    expected = known.expected_purchases(
        pd.DataFrame({"frequency": x, "recency": t_x, "T": 20.0}), t=10.0
    )
    for seen in range(6):
        off = (later - expected)[x == seen]
        # Means of a fixed seed, each within four standard errors.
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off))


def test_covariates_and_json(model_class, histories, tmp_path):
    z = pd.DataFrame({"z": np.tile([0.0, 1.0], 750)})
    options = {"covariates_purchase": ("z",)}
    truth = model_class.from_params(
        k=2, r=1.5, alpha=2.0, a=0.8, b=2.5, unit="W", coefficients={"purchase[z]": 0.7}, **options
    )
    frame = truth.simulate(1500, T=30.0, random_state=2, covariates=z)
    model = model_class(2, unit="W", **options).fit(frame)
    error = model.standard_errors_["purchase[z]"]
    assert abs(model.params_["purchase[z]"] - 0.7) < 3.3 * error
    assert np.isfinite(model.expected_purchases(frame.head(9), t=5)).all()
    assert model.draw_purchases(frame.head(9), t=5, n_draws=7, random_state=0).shape == (7, 9)
    again = model_class.from_json(model.to_json(tmp_path / "model.json"))
    assert again.k_ == 2
    assert again.params_ == model.params_
    pd.testing.assert_frame_equal(again.k_table_, model.k_table_)
    assert again.to_json() == model.to_json()
    assert clone(model).get_params() == model.get_params()


def test_refusals(model_class, histories):
    with pytest.raises(ColumnNotFoundError, match="log_gap_sum_col='log_gap_sum'"):
        model_class(unit="W").fit(histories.drop(columns="log_gap_sum"))
    with pytest.raises(DataContractError, match="both must be in the same unit"):
        model_class(unit="W").fit(
            histories.assign(log_gap_sum=lambda f: f["log_gap_sum"] + f["frequency"] * np.log(7))
        )
    with pytest.raises(DataContractError, match="there is no gap"):
        model_class(unit="W").fit(histories.assign(frequency=0, recency=0.0, log_gap_sum=1.0))
    with pytest.raises(ValueError, match="k must be a whole number of at least 1, got 0"):
        model_class(0, unit="W").fit(histories)
    with pytest.raises(ValueError, match="k must be one of 'auto'"):
        model_class("best", unit="W").fit(histories)
