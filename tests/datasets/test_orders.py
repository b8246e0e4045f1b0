from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlytics.datasets import Segment, Store, make_store
from crmlytics.datasets.clock import seasonal_clock
from tests.datasets.beta_geometric_oracle import log_likelihood, maximum_likelihood, summarise
from tests.datasets.business_time import calendar_days

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4


def purchases(store: Store) -> pd.DataFrame:
    """One row per order that is no refund."""
    lines = store.transactions[store.transactions["amount"] > 0]
    return lines.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"), date=("date", "first"), amount=("amount", "sum")
    )


@pytest.mark.parametrize("seasonal_strength", [0.0, 0.6])
def test_purchasing_is_beta_geometric_in_operational_time(seasonal_strength):
    planted = (1.5, 8.0, 0.7, 6.0)
    everyone = Segment("All", 1.0, **dict(zip(("r", "alpha", "a", "b"), planted, strict=True)))
    store = make_store(
        8_000, segments=[everyone], seasonal_strength=seasonal_strength, n_deals=0, random_state=1
    )
    clock = seasonal_clock(store.truth.start, store.truth.end, strength=seasonal_strength)
    orders = purchases(store)
    day = calendar_days(orders["date"], store.truth.start)
    week = day / 7.0 if seasonal_strength == 0 else clock.weeks(day)
    summary = summarise(orders["customer_id"], week, clock.knot_weeks[-1])
    fit = maximum_likelihood(summary, start=(1.0, 1.0, 1.0, 1.0))
    # Likelihood ratio at the truth: chi-square with 4 degrees of freedom.
    assert 2 * (fit.log_likelihood - log_likelihood(planted, summary)) < stats.chi2(4).isf(RARE)
    z = (fit.log_parameters - np.log(planted)) / fit.standard_errors
    # |z| < 4 is six in a hundred thousand for each parameter.
    assert (np.abs(z) < 4).all(), z


def test_months_have_their_multipliers(large_store):
    truth = large_store.truth.orders
    orders = purchases(large_store)
    orders["day"] = calendar_days(orders["date"], large_store.truth.start)
    first = orders.groupby("customer_id")["day"].min()
    repeats = orders[orders["day"] > orders["customer_id"].map(first)]

    # Expected purchases given who was active when: rate × active weeks × multiplier. Whatever
    # the dropouts, observed minus expected is a martingale with the expected as its variance.
    traits = truth.customers.set_index("customer_id").loc[first.index]
    n_days = (large_store.truth.end - large_store.truth.start).days + 1
    stop = calendar_days(traits["dropped_at"], large_store.truth.start)
    stop = np.where(np.isnan(stop), n_days, stop)
    months = pd.period_range(large_store.truth.start, large_store.truth.end, freq="M")
    edges = np.append((months.start_time - pd.Timestamp(large_store.truth.start)).days, n_days)
    active_weeks = (
        np.clip(
            np.minimum(stop[:, None], edges[1:])
            - np.maximum(first.to_numpy()[:, None], edges[:-1]),
            0.0,
            None,
        )
        / 7.0
    )
    at_risk = pd.Series(traits["purchases_per_week"].to_numpy() @ active_weeks)
    at_risk = at_risk.groupby(months.month).sum()
    observed = repeats.groupby(repeats["date"].dt.month).size()
    multiplier = truth.seasonality.set_index("month")["multiplier"]
    assert multiplier.index.tolist() == list(range(1, 13))

    def distance(multiplier):
        return ((observed - at_risk * multiplier) ** 2 / (at_risk * multiplier)).sum()

    assert distance(multiplier) < stats.chi2(12).isf(RARE)
    assert distance(1.0) > 10 * stats.chi2(12).isf(RARE)  # the test can tell


@pytest.mark.parametrize(
    ("column", "law"),
    [
        ("purchases_per_week", lambda one: stats.gamma(one.r, scale=1 / one.alpha)),
        ("dropout_probability", lambda one: stats.beta(one.a, one.b)),
        (
            "mean_order_value",
            lambda one: stats.invgamma(one.spend_q, scale=one.spend_p * one.spend_gamma),
        ),
    ],
)
def test_traits_follow_the_laws_of_their_segment(large_store, column, law):
    truth = large_store.truth
    table = truth.orders.customers.merge(truth.customers.members, on="customer_id")
    for segment in truth.customers.segments.itertuples():
        drawn = table.loc[table["segment"] == segment.segment, column]
        assert stats.kstest(drawn, law(segment).cdf).pvalue > RARE, segment.segment


def test_orders_are_worth_what_the_customer_spends(large_store):
    truth = large_store.truth
    table = (
        purchases(large_store)
        .merge(truth.orders.customers, on="customer_id")
        .merge(truth.customers.members, on="customer_id")
    )
    ratio = (table["amount"] / table["mean_order_value"]).groupby(table["segment"])
    # At least one unit per line makes small orders dearer: measured at 2.5 % above the mean in
    # the segment that spends least, 1.3 % in the next, below 0.5 % in the others. The bounds
    # allow for that and four standard errors (0.4 % among the 13,000 orders of the Samplers).
    excess = ratio.mean() - 1.0
    four_errors = 4 * ratio.sem()
    assert (excess > -four_errors).all()
    assert (
        excess - four_errors < pd.Series({"Samplers": 0.03}).reindex(excess.index, fill_value=0.015)
    ).all()
    # Rounding to units adds little to the variance 1/p of the gamma; four standard errors of a
    # variance of 26,000 gammas are 4 %.
    shape = truth.customers.segments.set_index("segment")["spend_p"]
    large = ratio.var()["Large accounts"] * shape["Large accounts"]
    assert 0.95 < large < 1.06


def test_the_refund_share(large_store):
    truth = large_store.truth
    orders = purchases(large_store)
    # Orders so old that their refund, if any, had come before the end.
    day = calendar_days(orders["date"], truth.start)
    n_days = (truth.end - truth.start).days + 1
    settled = orders["order_id"][day < n_days - truth.orders.refund_delay_days[1] - 1]
    ids = set(large_store.transactions["order_id"])
    share = np.mean([f"R{order_id[1:]}" in ids for order_id in settled])
    rate = truth.orders.refund_rate
    assert rate == 0.05
    # Four standard errors of a share.
    assert abs(share - rate) < 4 * np.sqrt(rate * (1 - rate) / len(settled))


def test_planted_rules_show_in_the_transactions(large_store):
    lines = large_store.transactions.query("amount > 0")
    orders_of = lines.groupby("item")["order_id"].agg(set)
    for rule in large_store.truth.products.rules.itertuples():
        with_it, follows = orders_of[rule.antecedent], orders_of[rule.consequent]
        share = len(with_it & follows) / len(with_it)
        bound = 4 * np.sqrt(rule.confidence * (1 - rule.confidence) / len(with_it))
        assert abs(share - rule.confidence) < bound, rule.antecedent
