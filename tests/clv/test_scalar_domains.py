"""All models over one grid, drawn to hit its hard corners, against mpmath to 1e-8.

The corners: a = 1 and s = 1 (poles of the closed forms), a + b < 1, no repeat purchase, a purchase
at the very end (t_x = T), 5,000 purchases, times ahead from nearly nothing to 1,000 T. What would
underflow is compared as a logarithm. Files of single models try their own functions more closely;
here is what they leave out, and that nothing anywhere is NaN or infinite.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmlytics.clv import (
    BetaDiscreteWeibullModel,
    BetaGeoBetaBinomialModel,
    BetaGeoCNBDModel,
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoCNBDModel,
    ModifiedBetaGeoModel,
    NBDModel,
    ParetoNBDModel,
)
from crmlytics.clv import _beta_geo_beta_binomial_maths as opportunities
from crmlytics.clv import _cnbd_discounting as discounting
from crmlytics.clv import _contract_maths as contracts
from crmlytics.clv import _pareto_nbd_counts as pareto_counts
from tests.clv import cnbd_oracles, oracles
from tests.clv import pareto_nbd_oracles as pareto
from tests.clv.oracles import relative

positive = st.floats(-2.0, 1.7).map(lambda power: 10.0**power)
with_one = st.one_of(st.just(1.0), positive)
scales = st.floats(-2.0, 3.0).map(lambda power: 10.0**power)
spans = st.floats(-9.0, 3.0).map(lambda power: 10.0**power)  # of the age: t → 0 to 1000 T


@st.composite
def histories(draw):
    """(x, t_x, T): none, few or thousands of purchases, the last one anywhere up to the end."""
    x = draw(st.sampled_from([0, 0, 1, 2, 7, 60, 800, 5000]))
    T = draw(st.floats(0.1, 1000.0))
    share = draw(st.one_of(st.sampled_from([1e-6, 0.5, 1.0 - 1e-9, 1.0]), st.floats(0.01, 1.0)))
    return x, (share * T if x else 0.0), T


def one_row(history):
    return pd.DataFrame([history], columns=["frequency", "recency", "T"], dtype=float)


def near(found, expected, tolerance=1e-8):
    """A logarithm near 0 is the sum of great terms: absolute there."""
    assert abs(float(found - expected)) < tolerance * max(1.0, abs(float(expected)))


# -------------------------------------------------------------------------- NBD


@settings(max_examples=60, deadline=None)
@given(history=histories(), r=with_one, alpha=scales, span=spans, n=st.integers(0, 40))
def test_nbd(history, r, alpha, span, n):
    (x, _, T), t = history, history[2] * span
    model, frame = NBDModel.from_params(r=r, alpha=alpha, unit="W"), one_row(history)
    with mp.workdps(50):
        shape, age = mp.mpf(r) + x, mp.mpf(alpha) + T
        exact = mp.loggamma(shape) - mp.loggamma(r) + r * mp.log(alpha) - shape * mp.log(age)
        mean, z = shape * t / age, t / (age + t)
        chance = mp.rf(shape, n) / mp.factorial(n) * (1 - z) ** shape * z**n
        some = 1 - (1 - z) ** shape
    near(model.log_likelihood(frame)[0], exact)
    assert relative(model.expected_purchases(frame, t=t)[0], mean) < 1e-8
    assert relative(model.probability_of_purchase(frame, t=t)[0], some) < 1e-8
    found = model.purchase_probabilities(frame, t=t, n_max=n)[0, n]
    if chance > 1e-290:  # below, floats end
        assert relative(found, chance) < 1e-8
    worth = model.expected_residual_transactions(frame, discount_rate=0.01)
    assert relative(worth[0], mean / t / mp.mpf(0.01)) < 1e-8


# ----------------------------------------------------------- discounted purchases


@st.composite
def regular_customers(draw, k):
    """(r, alpha, silence, a, b) of a customer who is alive; r not so small that 20 digits crawl."""
    x, t_x, T = draw(histories())
    r = draw(st.floats(0.3, 30.0)) + k * x
    b = draw(positive) + x
    silence = (T - t_x) if x else 0.0
    return r, draw(scales) + T, silence, draw(with_one), b


@pytest.mark.parametrize("k", [1, 2, 12])
@settings(max_examples=4, deadline=None)
@given(data=st.data(), rate=st.floats(-4.0, 0.0).map(lambda power: 10.0**power))
def test_discounted_for_ever(k, data, rate):
    case = data.draw(regular_customers(k))
    expected = cnbd_oracles.discounted(rate, *case, k=k)
    assert relative(discounting.for_ever(rate, *case, k=k), expected) < 1e-8


@pytest.mark.parametrize(
    ("rate", "case", "k"),
    [
        (0.0027, (0.3, 4.4, 0.0, 0.31, 0.5), 1),  # a + b < 1
        (0.0027, (0.3, 4.4, 0.0, 1.0, 2.4), 3),  # a = 1
        (0.5, (0.3, 900.0, 0.0, 0.4, 1.4), 12),  # hardly ever a purchase in time
        (1e-4, (60_000.5, 363.9, 0.0, 1.0, 5000.5), 12),  # 5,000 purchases, t_x = T
        (0.01, (5000.1, 104.8, 0.0, 22.0, 5000.1), 1),
        (0.01, (0.5, 33.0, 0.0, 28.0, 0.02), 2),  # all but surely gone after the next one
    ],
)
def test_discounted_for_ever_in_the_corners(rate, case, k):
    expected = cnbd_oracles.discounted(rate, *case, k=k)
    assert relative(discounting.for_ever(rate, *case, k=k), expected) < 1e-8


@settings(max_examples=8, deadline=None)
@given(history=histories(), r=st.floats(0.3, 30.0), alpha=scales, a=with_one, b=positive)
@example(history=(5000, 100.0, 100.0), r=0.5, alpha=5.0, a=1.0, b=0.5)
@example(history=(0, 0.0, 30.0), r=0.5, alpha=5.0, a=0.3, b=0.3)
def test_discounted_purchases_of_the_plain_models(history, r, alpha, a, b):
    x, t_x, T = history
    for model, first in ((BetaGeoModel, 0), (ModifiedBetaGeoModel, 1)):
        known = model.from_params(r=r, alpha=alpha, a=a, b=b, unit="W")
        log_alive = oracles.log_alive(x, t_x, T, r, alpha, a, b, first)
        expected = mp.exp(log_alive) * cnbd_oracles.discounted(
            0.0027, r + x, alpha + T, 0.0, a, b + x + first, k=1
        )
        found = known.expected_residual_transactions(one_row(history), discount_rate=0.0027)
        if expected > 1e-290:
            assert relative(found[0], expected) < 1e-8


# ------------------------------------------------------------------- Pareto/NBD


@settings(max_examples=8, deadline=None)
@given(
    n=st.sampled_from([0, 1, 3, 40]), x=st.sampled_from([0, 1, 60, 5000]), T=st.floats(0.1, 1e3),
    r=positive, alpha=scales, s=with_one, beta=scales, span=spans,
)  # fmt: skip
@example(n=3, x=5000, T=100.0, r=0.5, alpha=10.0, s=1.0, beta=10.0, span=1000.0)
def test_counts_of_pareto_after_many_purchases(n, x, T, r, alpha, s, beta, span):
    case = (T * span, r + x, alpha + T, s, beta + T)
    exact = pareto.log_count(n, *case)
    near(float(pareto_counts.log_count(n, *case)), exact)


# ---------------------------------------------------------------------- BG/BB


@st.composite
def opportunity_histories(draw):
    """Up to 5,000 opportunities, the last one used among them."""
    n = draw(st.sampled_from([0, 1, 6, 150, 5000]))
    t_x = draw(st.sampled_from(sorted({0, min(1, n), n // 2, max(n - 3, 0), n})))
    x = draw(st.sampled_from(sorted({1, (t_x + 1) // 2, t_x}))) if t_x else 0
    return x, t_x, n


def bgbb_terms(parameters, history):
    """ln L and ln(likelihood and alive at n + 1): all ways to drop out, in the paper's sum."""
    a, b, c, d = (mp.mpf(one) for one in parameters)
    x, t_x, n = history
    use = mp.beta(a + x, b + t_x - x) * mp.beta(c + 1, d + t_x)
    gone = mp.mpf(0)
    for i in range(t_x, n):
        gone += use
        use *= (b + i - x) / (a + b + i) * (d + i) / (c + d + i + 1)
    alive = mp.beta(a + x, b + n - x) * mp.beta(c, d + n)
    start = mp.log(mp.beta(a, b)) + mp.log(mp.beta(c, d))
    return mp.log(gone + alive) - start, mp.log(alive * (d + n) / (c + d + n)) - start


@settings(max_examples=20, deadline=None)
@given(
    history=opportunity_histories(), alpha=positive, beta=positive, gamma=with_one, delta=positive,
    span=st.sampled_from([0, 1, 1000]), n=st.integers(0, 3),
)  # fmt: skip
@example(history=(5000, 5000, 5000), alpha=1.2, beta=0.75, gamma=1.0, delta=0.3, span=1000, n=1)
@example(history=(1, 1, 5000), alpha=0.3, beta=0.3, gamma=0.3, delta=0.3, span=1, n=0)
def test_bgbb(history, alpha, beta, gamma, delta, span, n):
    parameters = (alpha, beta, gamma, delta)
    row = tuple(np.array([float(one)]) for one in history)
    (x, _, N), t = history, span * max(history[2], 1)
    model = BetaGeoBetaBinomialModel.from_params(
        alpha=alpha, beta=beta, gamma=gamma, delta=delta, unit="M"
    )
    frame = one_row(history)
    with mp.workdps(60):
        whole, alive = bgbb_terms(parameters, history)
        use = (mp.mpf(alpha) + x) / (mp.mpf(alpha) + beta + N)
        c = mp.mpf(gamma) + (mp.mpf(10) ** -25 if gamma == 1 else 0)
        last = mp.mpf(delta) + N + 1
        fall = mp.exp(
            mp.loggamma(c + last) + mp.loggamma(last + t)
            - mp.loggamma(c + last + t) - mp.loggamma(last)
        )  # fmt: skip
        seen = ((c + last - 1) - (last + t + c - 1) * fall) / (c - 1) if t else mp.mpf(0)
        mean = mp.exp(alive - whole) * use * seen
    value, slopes = opportunities.value_and_slopes(parameters, *row)
    near(value[0], whole)
    assert np.isfinite(slopes).all()
    if alive - whole > -650:
        assert relative(model.probability_alive(frame)[0], mp.exp(alive - whole)) < 1e-8
        assert relative(model.expected_purchases(frame, t=t)[0], mean) < 1e-8
    few = model.purchase_probabilities(frame, t=n + 2, n_max=n + 2)[0]
    assert ((few >= 0) & (few <= 1 + 1e-12)).all()
    assert few.sum() == pytest.approx(1.0, rel=1e-10)


# ------------------------------------------------------------------- contracts


@settings(max_examples=80, deadline=None)
@given(
    alpha=st.one_of(st.just(1.0), st.floats(1e-3, 1e3)), beta=st.floats(1e-3, 1e3),
    c=st.one_of(st.just(1.0), st.floats(0.3, 2.5)), tenure=st.sampled_from([0, 1, 12, 5000]),
    ahead=st.sampled_from([1, 7, 5_000_000]),
)  # fmt: skip
@example(alpha=1.0, beta=0.2, c=1.0, tenure=5000, ahead=5_000_000)
@example(alpha=0.3, beta=0.3, c=1.0, tenure=0, ahead=1)
def test_contracts(alpha, beta, c, tenure, ahead):
    with mp.workdps(60):
        a, b = mp.mpf(alpha), mp.mpf(beta)

        def log_survival(t):
            p = b + mp.mpf(t) ** mp.mpf(c)
            return mp.loggamma(p) - mp.loggamma(a + p) - mp.loggamma(b) + mp.loggamma(a + b)

        upto = log_survival(tenure)
        later = log_survival(tenure + ahead) - upto
        lost = mp.log(mp.exp(log_survival(tenure)) - mp.exp(log_survival(tenure + 1)))
    near(contracts.log_survival(alpha, beta, c, float(tenure)), upto)
    near(contracts.log_survival_from(alpha, beta, c, float(tenure), float(ahead)), later)
    churned = np.array([float(tenure + 1)])
    value, slopes = contracts.value_and_slopes((alpha, beta, c), churned, np.ones(1))
    near(value[0], lost)
    assert np.isfinite(slopes).all()
    model = BetaDiscreteWeibullModel.from_params(alpha=alpha, beta=beta, c=c, unit="M")
    assert relative(model.survival(tenure), mp.exp(upto)) < 1e-8 or upto < -650


# ---------------------------------------------------------------------- spend


@settings(max_examples=60, deadline=None)
@given(
    x=st.sampled_from([1, 2, 60, 5000]), m=scales, p=with_one, gamma=scales,
    q=st.one_of(st.just(1.0), st.just(1.0 + 1e-9), positive), level=st.floats(0.01, 0.99),
    more=st.sampled_from([1, 3, 1000]),
)  # fmt: skip
def test_gamma_gamma(x, m, p, q, gamma, level, more):
    model = GammaGammaModel.from_params(p=p, q=q, gamma=gamma)
    frame = pd.DataFrame({"frequency": [x], "monetary_value": [m]})
    with mp.workdps(50):
        P, Q, G, M = (mp.mpf(one) for one in (p, q, gamma, m))
        shape, rate = P * x + Q, G + x * M
        exact = (
            mp.loggamma(shape) - mp.loggamma(P * x) - mp.loggamma(Q) + Q * mp.log(G)
            + (P * x - 1) * mp.log(M) + P * x * mp.log(x) - shape * mp.log(rate)
        )  # fmt: skip
        mean = P * rate / (shape - 1)
    # Terms near 1e6 cancel in the logarithm.
    near(model.log_likelihood(frame)[0], exact)
    if shape > 1.0 + 1e-6:
        assert relative(model.expected_spend(frame)[0], mean) < 1e-8
    found = model.spend_quantiles(frame, purchases=more, quantiles=level)[0, 0]
    assert np.isfinite(found)
    if P * more + shape > 2000:  # mpmath's series then crawl
        return
    with mp.workdps(40):
        share = mp.mpf(found) / (mp.mpf(found) + rate)
        below = mp.betainc(P * more, shape, 0, share, regularized=True)
    assert abs(float(below) - level) < 1e-8


# ------------------------------------------------------------ nothing infinite


EVERY = {
    "NBD": (NBDModel, ("r", "alpha"), {}),
    "BG": (BetaGeoModel, ("r", "alpha", "a", "b"), {}),
    "MBG": (ModifiedBetaGeoModel, ("r", "alpha", "a", "b"), {}),
    "BG/CNBD-3": (BetaGeoCNBDModel, ("r", "alpha", "a", "b"), {"k": 3}),
    "MBG/CNBD-12": (ModifiedBetaGeoCNBDModel, ("r", "alpha", "a", "b"), {"k": 12}),
    "Pareto": (ParetoNBDModel, ("r", "alpha", "s", "beta"), {}),
}


@pytest.mark.parametrize("name", EVERY)
@settings(max_examples=12, deadline=None)
@given(history=histories(), shapes=st.tuples(positive, scales, with_one, positive), span=spans)
@example(history=(5000, 100.0, 100.0), shapes=(0.01, 0.01, 1.0, 0.01), span=1000.0)
@example(history=(0, 0.0, 0.1), shapes=(50.0, 1000.0, 0.3, 0.3), span=1e-9)
def test_nothing_is_nan_or_infinite(name, history, shapes, span):
    model, names, options = EVERY[name]
    known = model.from_params(**dict(zip(names, shapes, strict=False)), **options, unit="W")
    frame, t = one_row(history), history[2] * span
    for found in (
        known.probability_alive(frame),
        known.probability_alive(frame, t=t),
        known.expected_purchases(frame, t=t),
        known.probability_of_purchase(frame, t=t),
        known.purchase_probabilities(frame, t=t, n_max=2),
        known.expected_residual_transactions(frame, discount_rate=0.0027, horizon=t),
        known.expected_residual_transactions(frame, discount_rate=0.0027),
    ):
        assert np.isfinite(found).all()
        assert (found >= 0).all()
