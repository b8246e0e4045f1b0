from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betainc, betaln, gammaln

from crmlytics.datasets.purchasing import draw_order_values, draw_purchases

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4


def slow_history(rng, rate, dropout, span):
    """The process as the paper tells it: wait, buy, toss a coin, customer by customer."""
    ages, dropout_age = [0.0], np.nan
    while True:
        age = ages[-1] + rng.exponential(1.0 / rate)
        if age > span:
            return ages, dropout_age
        ages.append(age)
        if rng.random() < dropout:
            return ages, age


def beta_geometric_pmf(n, t, r, alpha, a, b):
    """P(X(t) = n) of the BG/NBD (Fader, Hardie & Lee 2005, equation 8)."""
    alive = np.exp(
        betaln(a, b + n)
        - betaln(a, b)
        + gammaln(r + n)
        - gammaln(r)
        - gammaln(n + 1)
        + r * np.log(alpha / (alpha + t))
        + n * np.log(t / (alpha + t))
    )
    if n == 0:
        return alive
    # 1 - Σ_{j<n} of the negative binomial is a regularised incomplete beta.
    return alive + np.exp(betaln(a + 1, b + n - 1) - betaln(a, b)) * betainc(n, r, t / (alpha + t))


def same_for_all(n, value):
    return np.full(n, float(value))


def test_certain_dropout_leaves_one_repeat_purchase_at_most():
    n = 2_000
    history = draw_purchases(
        np.random.default_rng(0),
        rate=same_for_all(n, 1.0),
        dropout=same_for_all(n, 1.0),
        span=same_for_all(n, 1.0),
    )
    repeats = np.bincount(history.customer) - 1
    assert set(repeats) == {0, 1}
    # Whoever bought again dropped out there, and nobody else.
    np.testing.assert_array_equal(~np.isnan(history.dropout_age), repeats == 1)
    # P(no purchase) = exp(-1); four standard errors of a share.
    share = np.exp(-1.0)
    assert abs(np.mean(repeats == 0) - share) < 4 * np.sqrt(share * (1 - share) / n)


def test_a_rate_of_zero_leaves_the_first_purchase():
    history = draw_purchases(
        np.random.default_rng(0),
        rate=same_for_all(3, 0.0),
        dropout=same_for_all(3, 0.5),
        span=same_for_all(3, 100.0),
    )
    assert history.customer.tolist() == [0, 1, 2]
    assert history.age.tolist() == [0.0, 0.0, 0.0]
    assert history.first.tolist() == [0, 1, 2]
    assert np.isnan(history.dropout_age).all()


def test_without_dropout_it_is_a_poisson_process():
    n, rate, span = 400, 0.5, 100.0
    history = draw_purchases(
        np.random.default_rng(1),
        rate=same_for_all(n, rate),
        dropout=same_for_all(n, 0.0),
        span=same_for_all(n, span),
    )
    assert np.isnan(history.dropout_age).all()
    repeats = np.bincount(history.customer) - 1
    # Counts: their variance is their mean (dispersion test, chi-square with n - 1 degrees).
    dispersion = ((repeats - rate * span) ** 2).sum() / (rate * span)
    assert RARE < stats.chi2(n).cdf(dispersion) < 1 - RARE
    # Moments: uniform over the span, given their number.
    repeat_ages = np.delete(history.age, history.first)
    assert stats.kstest(repeat_ages / span, "uniform").pvalue > RARE
    # Gaps that start long before the end are not cut by it: exponential.
    gap, started = np.diff(history.age), history.age[:-1]
    whole = (np.diff(history.customer) == 0) & (started < span - 30.0)  # P(gap > 30) = 3e-7
    assert stats.kstest(gap[whole] * rate, "expon").pvalue > RARE


def test_ages_rise_within_a_customer_and_end_with_the_dropout():
    n = 5_000
    rng = np.random.default_rng(2)
    span = rng.uniform(0, 50, n)
    history = draw_purchases(
        rng, rate=rng.gamma(1.0, 1.0, n), dropout=rng.beta(1.0, 3.0, n), span=span
    )
    same = np.diff(history.customer) == 0
    assert (np.diff(history.age)[same] > 0).all()
    assert (history.age < span[history.customer]).all()
    np.testing.assert_array_equal(history.age[history.first], 0.0)
    last = np.append(history.first[1:], len(history.age)) - 1
    dropped = ~np.isnan(history.dropout_age)
    np.testing.assert_array_equal(history.dropout_age[dropped], history.age[last[dropped]])


def test_agrees_with_the_slow_process():
    n, rate, dropout, span = 4_000, 0.3, 0.15, 20.0
    rng = np.random.default_rng(3)
    slow = [slow_history(rng, rate, dropout, span) for _ in range(n)]
    fast = draw_purchases(
        rng,
        rate=same_for_all(n, rate),
        dropout=same_for_all(n, dropout),
        span=same_for_all(n, span),
    )
    counts = [
        np.bincount([len(ages) for ages, _ in slow], minlength=30)[:30],
        np.bincount(np.bincount(fast.customer), minlength=30)[:30],
    ]
    filled = np.add(*counts) >= 20  # the chi-square needs some observations in each class
    assert stats.chi2_contingency(np.array(counts)[:, filled]).pvalue > RARE
    dropout_ages = [age for _, age in slow if not np.isnan(age)]
    drawn = fast.dropout_age[~np.isnan(fast.dropout_age)]
    assert stats.ks_2samp(dropout_ages, drawn).pvalue > RARE
    last_age = np.append(fast.first[1:], len(fast.age)) - 1
    assert stats.ks_2samp([ages[-1] for ages, _ in slow], fast.age[last_age]).pvalue > RARE


def test_counts_follow_the_published_distribution():
    # Parameters: the estimates for CDNOW in Fader, Hardie & Lee (2005), table 2.
    r, alpha, a, b, t, n = 0.243, 4.414, 0.793, 2.426, 39.0, 100_000
    rng = np.random.default_rng(4)
    history = draw_purchases(
        rng, rate=rng.gamma(r, 1 / alpha, n), dropout=rng.beta(a, b, n), span=same_for_all(n, t)
    )
    counts = np.bincount(np.bincount(history.customer) - 1)
    expected = n * np.array([beta_geometric_pmf(x, t, r, alpha, a, b) for x in range(15)])
    observed = np.append(counts[:15], counts[15:].sum())
    expected = np.append(expected, n - expected.sum())
    assert stats.chisquare(observed, expected).pvalue > RARE


def test_expected_purchases_of_a_new_customer():
    # Golden: E[X(39 weeks)] at the CDNOW estimates, equation 9 of the paper evaluated to 40
    # digits; the R package BTYD gives the same. Four standard errors of the mean.
    n = 200_000
    rng = np.random.default_rng(5)
    history = draw_purchases(
        rng,
        rate=rng.gamma(0.243, 1 / 4.414, n),
        dropout=rng.beta(0.793, 2.426, n),
        span=same_for_all(n, 39.0),
    )
    repeats = np.bincount(history.customer) - 1
    assert abs(repeats.mean() - 1.196723193) < 4 * repeats.std() / np.sqrt(n)


def test_sums_of_millions_of_gaps_keep_their_digits():
    # All gaps share one running sum; its rounding must not reach the ages.
    n = 200_000
    rng = np.random.default_rng(6)
    history = draw_purchases(
        rng, rate=same_for_all(n, 1.0), dropout=same_for_all(n, 0.0), span=same_for_all(n, 10.0)
    )
    late = history.age[history.customer > n - 20_000]
    assert stats.kstest(late[late > 0] / 10.0, "uniform").pvalue > RARE
    assert (history.age >= 0).all()


@pytest.mark.parametrize("spend_p", [6.0, np.array([6.0, 6.0])])
def test_order_values_are_gamma_around_the_customers_mean(spend_p):
    customer = np.repeat([0, 1], 20_000)
    values = draw_order_values(
        np.random.default_rng(7),
        customer=customer,
        mean_value=np.array([30.0, 300.0]),
        spend_p=spend_p,
    )
    for position, mean in enumerate([30.0, 300.0]):
        drawn = values[customer == position]
        assert stats.kstest(drawn, stats.gamma(6.0, scale=mean / 6.0).cdf).pvalue > RARE
