"""BG/BB: the donations of the paper, 60-digit sums, a case by hand, simulations."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from crmlytics.clv import _beta_geo_beta_binomial_counts as counts
from crmlytics.clv import _beta_geo_beta_binomial_maths as maths
from crmlytics.clv import score_customers
from crmlytics.clv.beta_geo_beta_binomial import BetaGeoBetaBinomialModel
from crmlytics.errors import DataContractError
from tests.clv.oracles import relative

PAPER = "Fader, Hardie, Shang (2010), Marketing Science 29(6), table 3"
BTYD = "R BTYD 2.4.3, bgbb.EstimateParameters, own run"
SPREADSHEET = "R BTYD 2.4.3 and Fader and Hardie's spreadsheet of the BG/BB"

#: Fitted on the donations.
TRUTH = {"alpha": 1.203507, "beta": 0.749767, "gamma": 0.656757, "delta": 2.783887}


@pytest.fixture(scope="module")
def known():
    return BetaGeoBetaBinomialModel.from_params(**TRUTH, unit="Y")


@pytest.fixture(scope="module")
def donations(data_dir):
    return pd.read_csv(data_dir / "cdnow" / "donations.csv")


@pytest.fixture(scope="module")
def every_history():
    """All that can be seen at six opportunities."""
    seen = [(0, 0), *((x, t_x) for t_x in range(1, 7) for x in range(1, t_x + 1))]
    return pd.DataFrame(seen, columns=["frequency", "recency"]).assign(T=6)


@pytest.mark.data
def test_donations(donations, golden):
    model = BetaGeoBetaBinomialModel(unit="Y", T_col="periods")
    model.fit(donations, sample_weight=donations["weights"])
    assert model.converged_
    assert model.n_customers_ == 11_104
    golden("BG/BB on the donations: log-likelihood", ours=model.log_likelihood_,
           published=-33225.5813, tolerance=6e-5, source=BTYD)  # fmt: skip
    ours = list(model.params_.values())
    golden("BG/BB on the donations: alpha, beta, gamma, delta", ours=ours,
           published=[1.204, 0.750, 0.657, 2.783], tolerance=6e-4, source=PAPER)  # fmt: skip
    # R stops within 5e-4 of the maximum in delta.
    golden("BG/BB on the donations: alpha, beta, gamma, delta", ours=ours,
           published=list(TRUTH.values()), tolerance=6e-4, source=BTYD)  # fmt: skip
    golden("BG/BB on the donations: E[X(1 … 11)]", source=SPREADSHEET,
           ours=model.expected_purchases_new_customer(np.arange(1, 12)).tolist(),
           published=[0.49854, 0.92334, 1.29687, 1.63230, 1.93813, 2.22017, 2.48258, 2.72849,
                      2.96027, 3.17983, 3.38865], tolerance=2e-5)  # fmt: skip
    donors = 11_104 * model.purchase_probabilities_new_customer(6, n_max=6)
    golden("BG/BB on the donations: donors expected with x = 0 and x = 6 (3464 had 0)",
           ours=[donors[0], donors[6]], published=[3454.9, 1253.1], tolerance=0.06,
           source=SPREADSHEET)  # fmt: skip


def test_by_hand():
    # All parameters 1. One opportunity, unused: alive at it and not used 1/2 · 1/2, gone 1/2.
    model = BetaGeoBetaBinomialModel.from_params(alpha=1, beta=1, gamma=1, delta=1, unit="Y")
    frame = pd.DataFrame({"frequency": [0, 1], "recency": [0, 1], "T": [1, 1]})
    np.testing.assert_allclose(np.exp(model.log_likelihood(frame)), [3 / 4, 1 / 4], rtol=1e-14)
    # Alive at the second opportunity: E[(1 - θ)²] = 1/3 times E[1 - p] = 1/2, of 3/4.
    np.testing.assert_allclose(model.probability_alive(frame), [2 / 9, 2 / 3], rtol=1e-14)
    np.testing.assert_allclose(
        model.expected_purchases(frame, t=1), [2 / 9 / 3, 2 / 3 * 2 / 3], rtol=1e-14
    )


def test_all_histories_are_certain_and_there_are_no_others(known, every_history):
    ways = [1 if t == 0 else mp.binomial(t - 1, x - 1)
            for x, t in every_history[["frequency", "recency"]].to_numpy()]  # fmt: skip
    total = np.exp(known.log_likelihood(every_history)) @ np.array(ways, dtype=float)
    assert total == pytest.approx(1.0, rel=1e-13)


positive = st.floats(1e-2, 50.0)


@st.composite
def cases(draw):
    n = draw(st.one_of(st.integers(0, 12), st.integers(0, 150)))
    t_x = draw(st.integers(0, n))
    x = draw(st.integers(1, t_x)) if t_x else 0
    gamma = draw(st.one_of(positive, st.just(1.0), st.just(1.0 + 1e-9)))
    return (draw(positive), draw(positive), gamma, draw(positive)), (x, t_x, n)


def exact(parameters, history):
    """The likelihoods of the paper, (in all, alive at n + 1), without its constants."""
    a, b, c, d = (mp.mpf(one) for one in parameters)
    x, t_x, n = history
    gone = mp.fsum(mp.beta(a + x, b + i - x) * mp.beta(c + 1, d + i) for i in range(t_x, n))
    whole = gone + mp.beta(a + x, b + n - x) * mp.beta(c, d + n)
    return whole, mp.beta(a + x, b + n - x) * mp.beta(c, d + n + 1)


@settings(max_examples=60, deadline=None)
@given(case=cases())
@example(case=((1e-2, 50.0, 1.0, 1e-2), (0, 0, 150)))
def test_likelihood_and_survival_to_60_digits(case):
    parameters, history = case
    row = tuple(np.array([float(one)]) for one in history)
    with mp.workdps(60):
        whole, alive = exact(parameters, history)
        a, b, c, d = (mp.mpf(one) for one in parameters)
        log_whole = mp.log(whole / mp.beta(a, b) / mp.beta(c, d))
        odds = mp.log((whole - alive) / alive)
    value, slopes = maths.value_and_slopes(parameters, *row)
    # A logarithm near 0 is the sum of terms near 1e3: absolute there.
    assert abs(float(value[0] - log_whole)) < 1e-11 * max(1.0, abs(float(log_whole)))
    assert np.isfinite(slopes).all()
    assert abs(float(maths.log_odds_gone(parameters, *row)[0] - odds)) < 1e-11 * max(
        10.0, abs(float(odds))
    )


@settings(max_examples=40, deadline=None)
@given(case=cases(), t=st.one_of(st.integers(0, 40), st.integers(0, 4000)), rate=positive)
@example(case=((1.2, 0.75, 1.0, 2.78), (2, 4, 6)), t=100_000, rate=1e-4)
def test_predictions_to_60_digits(case, t, rate):
    parameters, (x, _, n) = case
    names = dict(zip(TRUTH, parameters, strict=True))
    model = BetaGeoBetaBinomialModel.from_params(**names, unit="M")
    frame = pd.DataFrame({"frequency": [x], "recency": [case[1][1]], "T": [n]})
    with mp.workdps(60):
        whole, alive = exact(*case)
        a, b, c, d = (mp.mpf(one) for one in parameters)
        use = alive / whole * (a + x) / (a + b + n)
        nudged = c + mp.mpf(10) ** -25 if c == 1 else c
        last = d + n + 1
        # The closed form of the sum; its pole at γ = 1 is removable.
        fall = mp.exp(
            mp.loggamma(nudged + last) + mp.loggamma(last + t)
            - mp.loggamma(nudged + last + t) - mp.loggamma(last)
        )  # fmt: skip
        seen = ((nudged + last - 1) - (last + t + nudged - 1) * fall) / (nudged - 1) if t else 0
        worth = mp.exp(-mp.mpf(rate))
        ever = worth * mp.hyp2f1(1, last, c + last, worth)
        later = alive / whole * mp.beta(c, last + t) / mp.beta(c, last)
    assert relative(model.expected_purchases(frame, t=t)[0], use * seen) < 1e-9
    discounted = model.expected_residual_transactions(frame, discount_rate=rate)
    assert relative(discounted[0], use * ever) < 1e-9
    assert relative(model.probability_alive(frame, t=t)[0], later) < 1e-9


def test_predictions_agree_with_each_other(known, every_history):
    p = known.purchase_probabilities(every_history, t=9, n_max=9)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(
        p @ np.arange(10), known.expected_purchases(every_history, t=9), rtol=1e-12
    )
    np.testing.assert_allclose(
        1 - p[:, 0], known.probability_of_purchase(every_history, t=9), rtol=1e-12
    )
    undiscounted = known.expected_residual_transactions(every_history, discount_rate=0, horizon=9)
    np.testing.assert_allclose(
        undiscounted, known.expected_purchases(every_history, t=9), rtol=1e-14
    )
    with pytest.raises(ValueError, match="give a horizon or a discount_rate"):
        known.expected_residual_transactions(every_history, discount_rate=0)
    assert known.purchase_probabilities(every_history, t=0, n_max=1)[:, 0] == pytest.approx(1.0)
    path = known.alive_path([1, 3], ages=[0, 2, 6])
    seen = pd.DataFrame({"frequency": [0, 1, 2], "recency": [0, 1, 3], "T": [0, 2, 6]})
    np.testing.assert_allclose(path, known.probability_alive(seen), rtol=1e-14)
    scored = score_customers(every_history, known, t=5)
    assert {"expected_purchases", "probability_alive"} <= set(scored)


def test_a_finite_sum_of_a_few_million_terms():
    fall = mp.beta(0.5, 2 + mp.mpf(3e6)) / mp.beta(0.5, 2)
    closed = ((2 + mp.mpf(3e6) - 0.5) * fall - 1.5) / 0.5
    assert relative(counts.expected_opportunities(3e6, 0.5, 2.0), closed) < 1e-10


def test_simulations_agree_with_the_model(known, every_history):
    some, n = every_history.iloc[[0, 5, 12, 21]], 40_000
    drawn = known.draw_purchases(some, t=5, n_draws=n, random_state=3)
    p = known.purchase_probabilities(some, t=5, n_max=5)
    share = np.stack([(drawn == one).mean(axis=0) for one in range(6)], axis=1)
    # Shares of a fixed seed, each within four standard errors.
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / n) + 1e-12).all()
    new = known.simulate(60_000, T=6, random_state=4)
    p = known.purchase_probabilities_new_customer(6, n_max=6)
    share = np.bincount(new["frequency"]) / 60_000
    assert (np.abs(share - p) < 4 * np.sqrt(p * (1 - p) / 60_000)).all()
    assert new["alive"].mean() == pytest.approx(known.probability_alive(new).mean(), abs=0.008)
    low, high = known.predictive_interval(some, t=5, random_state=5)
    assert ((low >= 0) & (low <= high) & (high <= 5)).all()


def test_parameters_are_recovered_with_honest_errors(known):
    squares = []
    for seed in range(20):
        model = BetaGeoBetaBinomialModel(unit="Y").fit(known.simulate(4000, T=8, random_state=seed))
        assert model.converged_
        off = np.log(list(model.params_.values())) - np.log(list(TRUTH.values()))
        squares.append(off @ np.linalg.solve(model._point_covariance(), off))
    # 99.9 % band of chi-squared with 80 degrees of freedom.
    assert 45.0 < sum(squares) < 126.0


def test_slopes_are_the_derivatives_of_the_likelihood(every_history):
    rows = tuple(every_history.to_numpy(float).T)
    logs = np.log(list(TRUTH.values()))
    _, slopes = maths.value_and_slopes(tuple(np.exp(logs)), *rows)
    for i, step in enumerate(np.eye(4) * 1e-5):
        up, _ = maths.value_and_slopes(tuple(np.exp(logs + step)), *rows)
        low, _ = maths.value_and_slopes(tuple(np.exp(logs - step)), *rows)
        # The rule is exact to the square of the step.
        np.testing.assert_allclose((up - low) / 2e-5, slopes[i], rtol=1e-7, atol=1e-9)


def test_weights_names_and_json(known, every_history, tmp_path):
    weight = np.round(800 * np.exp(known.log_likelihood(every_history)))
    names = {"frequency": "given", "recency": "last", "T": "n"}
    options = {"frequency_col": "given", "recency_col": "last", "T_col": "n"}
    model = BetaGeoBetaBinomialModel(unit="Y", **options)
    model.fit(every_history.rename(columns=names), sample_weight=weight)
    repeated = BetaGeoBetaBinomialModel(unit="Y").fit(
        every_history.loc[every_history.index.repeat(weight)]
    )
    assert list(model.params_.values()) == pytest.approx(list(repeated.params_.values()), rel=1e-6)
    again = BetaGeoBetaBinomialModel.from_json(model.to_json(tmp_path / "model.json"))
    assert again.params_ == model.params_
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recency": [3.5]}, "1 of 1 values of 'recency' are no whole numbers"),
        ({"T": [6.5]}, "'T' are no whole numbers"),
        ({"frequency": [5]}, "an opportunity can be used once"),
        ({"recency": [7]}, "'recency' above 'T'"),
    ],
)
def test_impossible_histories_are_refused(known, wrong, message):
    frame = pd.DataFrame({"frequency": [2], "recency": [4.0], "T": [6.0]} | wrong)
    with pytest.raises(DataContractError, match=message):
        known.expected_purchases(frame, t=1)


def test_times_are_whole(known, every_history):
    for call in (
        lambda: known.expected_purchases(every_history, t=1.5),
        lambda: known.expected_purchases_new_customer(0.5),
        lambda: known.expected_residual_transactions(every_history, discount_rate=0.1, horizon=2.5),
        lambda: known.simulate(3, T=2.5),
        lambda: known.alive_path([1], ages=[1.5]),
        lambda: known.predictive_interval(every_history, t=0.5),
    ):
        with pytest.raises(ValueError, match="must count opportunities in whole numbers"):
            call()
