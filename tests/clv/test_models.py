"""The laws of all models of repeat purchases, tried on each."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlytics.clv import score_customers
from crmlytics.errors import (
    ColumnNotFoundError,
    ConvergenceWarning,
    DataContractError,
    NotEnoughDataError,
)
from tests.clv.models import MODELS


@pytest.fixture(params=sorted(MODELS))
def example(request):
    return MODELS[request.param]


@pytest.fixture
def known(example):
    return example.known()


@pytest.fixture
def histories(example):
    return example.histories()


def fit(example, frame, **options):
    return example.model(unit="W", **options).fit(frame)


def rows_of(model, frame):
    return model._read(frame)


# ------------------------------------------------------------------ likelihood


def test_slopes_are_the_derivatives_of_the_likelihood(known, histories):
    rows = rows_of(known, histories)
    logs = np.log(list(known.params_.values()))[: len(known._parameters)]
    _, slopes = known._value_and_slopes(tuple(np.exp(logs)), rows)
    for i in range(len(logs)):
        step = np.zeros(len(logs))
        step[i] = 1e-5
        above, _ = known._value_and_slopes(tuple(np.exp(logs + step)), rows)
        below, _ = known._value_and_slopes(tuple(np.exp(logs - step)), rows)
        # The rule is exact to the square of the step; rounding of values near 100 adds 1e-9.
        np.testing.assert_allclose((above - below) / 2e-5, slopes[i], rtol=1e-6, atol=1e-7)


def test_parameters_per_row_equal_parameters_for_all(known, histories):
    rows = rows_of(known, histories)
    parameters = known._row_parameters(rows)
    spread = tuple(np.full(len(histories), one) for one in parameters)
    for a, b in zip(
        known._value_and_slopes(parameters, rows),
        known._value_and_slopes(spread, rows),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    t = np.full(len(histories), 20.0)
    np.testing.assert_allclose(
        known._expected(parameters, rows, t), known._expected(spread, rows, t), rtol=1e-12
    )


def test_the_gradient_vanishes_where_the_fit_ends(example, histories):
    model = fit(example, histories)
    assert model.converged_
    assert model.diagnosis_ == ""
    assert model.gradient_norm_ < 1e-9
    assert model.log_likelihood_ == pytest.approx(model.log_likelihood(histories).sum(), rel=1e-12)
    near = dict(model.params_)
    for name, value in near.items():
        for factor in (0.99, 1.01):
            other = example.model.from_params(**near | {name: value * factor}, unit="W")
            assert other.log_likelihood(histories).sum() < model.log_likelihood_


def test_weights_are_repeated_rows(example, histories):
    some = histories.head(300)
    weight = np.arange(300) % 4
    by_weight = example.model(unit="W").fit(some, sample_weight=weight)
    repeated = fit(example, some.loc[some.index.repeat(weight)])
    # One maximum: parameters agree to the gradient's tolerance over the curvature.
    assert list(by_weight.params_.values()) == pytest.approx(
        list(repeated.params_.values()), rel=1e-6
    )
    np.testing.assert_allclose(by_weight.covariance_, repeated.covariance_, rtol=1e-5)
    assert by_weight.n_customers_ == repeated.n_customers_ == weight.sum()
    assert by_weight.log_likelihood_ == pytest.approx(repeated.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("factor", [7.0, 1 / 52.1775])
def test_the_fit_does_not_depend_on_the_unit(example, histories, factor):
    weeks = fit(example, histories)
    other = histories.assign(recency=histories["recency"] * factor, T=histories["T"] * factor)
    scaled = example.model(unit="D").fit(other)
    for (name, a), b in zip(weeks.params_.items(), scaled.params_.values(), strict=True):
        power = weeks._scaling[weeks._parameters.index(name)]
        assert b == pytest.approx(a * factor**power, rel=1e-6)
    purchases = float(histories["frequency"].sum())
    # A density over x times scales with factor^-x.
    assert scaled.log_likelihood_ == pytest.approx(
        weeks.log_likelihood_ - purchases * np.log(factor), rel=1e-9
    )
    np.testing.assert_allclose(
        scaled.expected_purchases(other, t=10 * factor),
        weeks.expected_purchases(histories, t=10),
        rtol=1e-6,
    )


def test_the_covariance_is_symmetric_and_gives_the_errors(example, histories):
    model = fit(example, histories)
    assert (model.covariance_ == model.covariance_.T).all()
    assert (np.linalg.eigvalsh(model.covariance_) > 0).all()
    for i, (name, error) in enumerate(model.standard_errors_.items()):
        assert error == np.sqrt(model.covariance_[i, i])
        low, high = model.confidence_intervals_[name]
        assert 0 < low < model.params_[name] < high


@pytest.mark.parametrize("options", [{}, {"penalty": 5.0}])
def test_rows_may_come_in_any_order(example, histories, options):
    model = fit(example, histories, **options)
    other = fit(example, histories.sample(frac=1, random_state=2).set_index("T", drop=False),
                **options)  # fmt: skip
    assert list(other.params_.values()) == pytest.approx(list(model.params_.values()), rel=1e-7)


def test_a_penalty_pulls_towards_the_start_and_fades(example, histories):
    free, tight = fit(example, histories), fit(example, histories, penalty=1e6)
    start = example.model(unit="W")._starts(*_scaled(example, histories))[0]
    scale = _scale(example, histories)
    powers = np.array(free._scaling)
    assert list(tight.params_.values()) == pytest.approx(
        list(np.array(start) * scale**powers), rel=0.05
    )
    light = fit(example, histories, penalty=1e-6)
    assert list(light.params_.values()) == pytest.approx(list(free.params_.values()), rel=1e-4)
    assert tight.log_likelihood_ < free.log_likelihood_


def _scale(example, frame):
    model = example.known()
    rows = rows_of(model, frame)
    return model._scale_of(rows, np.ones(len(frame)))


def _scaled(example, frame):
    model = example.known()
    rows = rows_of(model, frame)
    return model._rescaled(rows, _scale(example, frame)), np.ones(len(frame))


# ----------------------------------------------------------------- predictions


def test_probabilities_sum_to_one_and_to_the_expectation(known, histories):
    some = histories.head(50)
    p = known.purchase_probabilities(some, t=1.5, n_max=120)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(p @ np.arange(121), known.expected_purchases(some, t=1.5), rtol=1e-7)
    np.testing.assert_allclose(1.0 - p[:, 0], known.probability_of_purchase(some, t=1.5), rtol=1e-9)
    new = known.purchase_probabilities_new_customer(1.5, n_max=120)
    assert new @ np.arange(121) == pytest.approx(known.expected_purchases_new_customer(1.5))


def test_nothing_happens_in_no_time(known, histories):
    assert (known.expected_purchases(histories, t=0) == 0).all()
    assert (known.purchase_probabilities(histories.head(9), t=0, n_max=0) == 1).all()
    assert known.expected_purchases_new_customer(0.0) == 0.0
    np.testing.assert_allclose(
        known._alive(known._row_parameters({}), rows_of(known, histories), np.zeros(800)),
        known.probability_alive(histories),
        rtol=1e-9,
    )


def test_times_may_differ_between_rows(known, histories):
    some = histories.head(20)
    t = np.linspace(0, 30, 20)
    together = known.expected_purchases(some, t=t)
    for i in (0, 7, 19):
        alone = known.expected_purchases(some.iloc[[i]], t=t[i])
        assert together[i] == pytest.approx(alone[0], rel=1e-12)
    np.testing.assert_allclose(
        known.expected_purchases_new_customer(t),
        [known.expected_purchases_new_customer(one) for one in t],
        rtol=1e-12,
    )


def test_more_time_brings_more_purchases_and_fewer_customers(known, histories):
    some = histories.head(100)
    expected = [known.expected_purchases(some, t=t) for t in (1, 10, 100, 1000)]
    alive = [known.probability_alive(some, t=t) for t in (0, 1, 10, 100, 1000)]
    assert (np.diff(expected, axis=0) > 0).all()
    assert (np.diff(alive, axis=0) <= 0).all()
    assert np.all((np.array(alive) >= 0) & (np.array(alive) <= 1))


def test_discounting_at_no_rate_is_not_discounting(known, histories):
    some = histories.head(30)
    plain = known.expected_residual_transactions(some, discount_rate=0, horizon=40)
    np.testing.assert_allclose(plain, known.expected_purchases(some, t=40), rtol=1e-12)
    barely = known.expected_residual_transactions(some, discount_rate=1e-12, horizon=40)
    np.testing.assert_allclose(barely, plain, rtol=1e-9)
    long = known.expected_residual_transactions(some, discount_rate=0.5, horizon=200)
    forever = known.expected_residual_transactions(some, discount_rate=0.5)
    np.testing.assert_allclose(long, forever, rtol=1e-9)


def test_a_path_is_the_history_seen_at_each_age(known):
    ages = np.array([0.0, 2.0, 3.0, 8.0, 20.0])
    path = known.alive_path([2.0, 7.5], ages=ages)
    histories = pd.DataFrame(
        {"frequency": [0, 1, 1, 2, 2], "recency": [0, 2, 2, 7.5, 7.5], "T": ages}
    )
    np.testing.assert_allclose(path, known.probability_alive(histories), rtol=1e-12)


def test_simulated_purchases_agree_with_the_expectation(known, histories):
    some = histories.head(6)
    n = 40_000
    drawn = known.draw_purchases(some, t=12.0, n_draws=n, random_state=3)
    expected = known.expected_purchases(some, t=12.0)
    error = drawn.std(axis=0) / np.sqrt(n)
    # Six means of a fixed seed, each within four standard errors.
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * error + 1e-12).all()
    p = known.purchase_probabilities(some, t=12.0, n_max=2)
    share = np.stack([(drawn == k).mean(axis=0) for k in range(3)], axis=1)
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / n) + 1e-12).all()


def test_simulated_customers_agree_with_the_model(known):
    n = 60_000
    frame = known.simulate(n, T=20.0, random_state=4)
    p = known.purchase_probabilities_new_customer(20.0, n_max=4)
    share = np.array([(frame["frequency"] == k).mean() for k in range(5)])
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / n)).all()
    x = frame["frequency"].to_numpy(float)
    error = x.std() / np.sqrt(n)
    assert abs(x.mean() - known.expected_purchases_new_customer(20.0)) < 4 * error
    if "alive" in frame:
        mean = known.probability_alive(frame).mean()
        assert abs(frame["alive"].mean() - mean) < 4 * np.sqrt(0.25 / n)


def test_the_same_seed_gives_the_same_customers(known, histories):
    pd.testing.assert_frame_equal(
        known.simulate(50, T=9, random_state=5), known.simulate(50, T=9, random_state=5)
    )
    one = known.predictive_interval(histories, t=9, n_draws=200, random_state=6)
    two = known.predictive_interval(histories, t=9, n_draws=200, random_state=6)
    assert (one.high == two.high).all()
    assert (one.low <= one.high).all()


# -------------------------------------------------------------------- recovery


def test_parameters_are_recovered_with_honest_errors(example):
    squares = []
    truth = np.log(list(example.params.values()))
    for seed in range(20):
        model = fit(example, example.known().simulate(2500, T=40.0, random_state=seed))
        assert model.converged_
        off = np.log(list(model.params_.values())) - truth
        squares.append(off @ np.linalg.solve(model._point_covariance(), off))
    # 99.9 % band of chi-squared with 20 · k degrees of freedom.
    from scipy.stats import chi2

    low, high = chi2.ppf([0.0005, 0.9995], 20 * len(truth))
    assert low < sum(squares) < high


# --------------------------------------------------------------------- frames


def test_every_engine_gives_the_same(engine, example, histories):
    some = histories[["frequency", "recency", "T"]].head(200)
    expected = fit(example, some)
    model = fit(example, engine.make(some))
    assert list(model.params_.values()) == pytest.approx(list(expected.params_.values()), rel=1e-9)
    np.testing.assert_allclose(
        model.expected_purchases(engine.make(some), t=8.0),
        expected.expected_purchases(some, t=8.0),
        rtol=1e-7,
    )


def test_columns_may_bear_any_name_and_others_do_not_matter(example, histories):
    names = {"frequency": "покупки", "recency": "T", "T": "возраст"}
    renamed = histories[list(names)].rename(columns=names).assign(extra="text")
    before = renamed.copy(deep=True)
    model = fit(example, renamed, frequency_col="покупки", recency_col="T", T_col="возраст")
    pd.testing.assert_frame_equal(renamed, before)
    assert model.params_ == fit(example, histories).params_
    scored = score_customers(renamed, model, t=5)
    assert list(scored) == [*renamed, "expected_purchases", "probability_alive"]
    simulated = model.simulate(5, T=10, random_state=0)
    assert {"покупки", "T", "возраст"} <= set(simulated)


def test_a_clone_is_unfitted_and_alike(example):
    model = example.model(unit="M", penalty=2.0, T_col="age")
    again = clone(model)
    assert again.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        again.summary()
    with pytest.raises(NotFittedError):
        again.expected_purchases(example.histories(), t=1)


def test_json_keeps_every_digit(example, histories, tmp_path):
    model = fit(example, histories)
    text = model.to_json(tmp_path / "model.json")
    for source in (text, tmp_path / "model.json", str(tmp_path / "model.json")):
        again = example.model.from_json(source)
        assert again.params_ == model.params_
        assert (again.covariance_ == model.covariance_).all()
        assert again.get_params() == model.get_params()
        assert repr(again.summary()) == repr(model.summary())
    assert again.to_json() == text
    known = example.model.from_json(example.known().to_json())
    assert np.isnan(known.covariance_).all()
    assert np.isnan(known.aic_)


# ------------------------------------------------------------------- refusals


BAD = [
    ({"frequency": [1.5]}, "1 of 1 rows have a 'frequency' that is no whole number"),
    ({"frequency": [-1.0]}, "no whole number"),
    ({"recency": [-1.0]}, "negative"),
    ({"recency": [11.0]}, "'recency' above 'T'"),
    ({"frequency": [0], "recency": [3.0]}, "0 but 'recency' above 0"),
    ({"recency": [0.0]}, "merge those of the same day"),
    ({"T": [np.nan]}, "missing or infinite"),
    ({"T": ["ten"]}, "must hold numbers"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD)
def test_impossible_histories_are_counted_and_refused(example, known, wrong, message):
    frame = pd.DataFrame({"frequency": [2], "recency": [4.0], "T": [10.0]} | wrong)
    with pytest.raises(DataContractError, match=message):
        fit(example, frame)
    with pytest.raises(DataContractError, match=message):
        score_customers(frame, known, t=5)


def test_too_little_is_refused(example, known):
    frame = pd.DataFrame({"frequency": [0, 0], "recency": [0.0, 0.0], "T": [10.0, 12.0]})
    with pytest.raises(NotEnoughDataError, match="no customer has a repeat purchase"):
        fit(example, frame)
    with pytest.raises(NotEnoughDataError, match="empty"):
        fit(example, frame.head(0))
    assert known.expected_purchases(frame.head(0), t=5).shape == (0,)
    assert known.purchase_probabilities(frame.head(0), t=5, n_max=3).shape == (0, 4)


def test_wrong_parameters_are_refused(example, known, histories):
    with pytest.raises(ValueError, match="unit must be one of"):
        example.model(unit="weeks").fit(histories)
    with pytest.raises(ValueError, match="penalty must be"):
        fit(example, histories, penalty=-1)
    with pytest.raises(ColumnNotFoundError, match="did you mean 'recency'"):
        fit(example, histories, recency_col="recensy")
    with pytest.raises(ValueError, match="t must be finite and at least 0, got -1"):
        known.expected_purchases(histories, t=-1)
    with pytest.raises(ValueError, match=r"t must be a number or 800 numbers, got shape \(3,\)"):
        known.expected_purchases(histories, t=[1, 2, 3])
    with pytest.raises(ValueError, match="discount_rate must be"):
        known.expected_residual_transactions(histories, discount_rate=-0.1)
    with pytest.raises(ValueError, match="undiscounted purchases over an infinite time"):
        known.expected_residual_transactions(histories, discount_rate=0)
    with pytest.raises(ValueError, match="ascending"):
        known.alive_path([3, 2], ages=[5])
    with pytest.raises(ValueError, match="covariates must give values of"):
        known.expected_purchases_new_customer(3, covariates={"age": 3})
    name = next(iter(example.params))
    with pytest.raises(ValueError, match=f"{name} must be a finite number above 0"):
        example.model.from_params(**example.params | {name: 0}, unit="W")
    for weights, message in (
        (np.ones(3), "must have 800 values"),
        (-np.ones(800), "finite and at least 0"),
        (np.zeros(800), "all values of sample_weight are 0"),
    ):
        with pytest.raises(ValueError, match=message):
            example.model(unit="W").fit(histories, sample_weight=weights)


def test_one_customer_gets_a_diagnosis(example):
    frame = pd.DataFrame({"frequency": [3], "recency": [10.0], "T": [20.0]})
    with pytest.warns(ConvergenceWarning, match="do not differ in their purchase rate"):
        model = fit(example, frame)
    assert not model.converged_
    assert np.isnan(model.standard_errors_["r"])
    assert np.isfinite(model.expected_purchases(frame, t=10)).all()
    low, high = model.predictive_interval(frame, t=10, random_state=0)
    assert low[0] <= high[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "NOT converged" in repr(model.summary())
