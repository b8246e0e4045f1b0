from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlytics.datasets import make_transactions
from tests.datasets.beta_geometric_oracle import log_likelihood, maximum_likelihood, summarise

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4

START, END = dt.date(2023, 1, 1), dt.date(2024, 12, 31)


def weeks_since_start(dates: pd.Series) -> np.ndarray:
    return ((dates - pd.Timestamp(START)) / pd.Timedelta(days=7)).to_numpy()


@pytest.mark.parametrize(
    "planted",
    [
        # CDNOW's estimates (Fader, Hardie & Lee 2005, table 2): many one-time buyers.
        (0.243, 4.414, 0.793, 2.426),
        (1.0, 5.0, 0.6, 8.0),
    ],
)
def test_maximum_likelihood_recovers_the_parameters(planted):
    r, alpha, a, b = planted
    transactions, _ = make_transactions(
        20_000, start=START, end=END, acquisition_days=180, r=r, alpha=alpha, a=a, b=b,
        random_state=1,
    )  # fmt: skip
    end_week = (END - START).days / 7 + 1 / 7
    summary = summarise(
        transactions["customer_id"], weeks_since_start(transactions["date"]), end_week
    )
    fit = maximum_likelihood(summary, start=(1.0, 1.0, 1.0, 1.0))
    z = (fit.log_parameters - np.log(planted)) / fit.standard_errors
    # |z| < 4 is six in a hundred thousand for each parameter of an efficient estimate.
    assert (np.abs(z) < 4).all(), z
    # Twice the log of the likelihood ratio is chi-square with 4 degrees of freedom at the truth.
    ratio = 2 * (fit.log_likelihood - log_likelihood(planted, summary))
    assert 0 <= ratio < stats.chi2(4).isf(RARE)
    # The test can tell: parameters 30 % off are ruled out.
    for position in range(4):
        wrong = np.array(planted)
        wrong[position] *= 1.3
        assert 2 * (fit.log_likelihood - log_likelihood(wrong, summary)) > stats.chi2(4).isf(RARE)


def test_traits_and_amounts_follow_their_distributions():
    transactions, truth = make_transactions(5_000, r=0.7, alpha=3.0, a=0.5, b=4.0, random_state=2)
    traits = truth.customers
    for column, law in [
        ("purchases_per_week", stats.gamma(0.7, scale=1 / 3.0)),
        ("dropout_probability", stats.beta(0.5, 4.0)),
        # ν = p/mean ~ Gamma(q, rate γ) makes the mean an inverse gamma of scale p·γ.
        ("mean_order_value", stats.invgamma(4.0, scale=6.0 * 15.0)),
    ]:
        assert stats.kstest(traits[column], law.cdf).pvalue > RARE, column
    ratio = (
        transactions["amount"] / traits["mean_order_value"].to_numpy()[transactions["customer_id"]]
    )
    # Cents are coarse against small amounts, but not within 1e-3 of these (mean 30).
    assert stats.kstest(ratio, stats.gamma(6.0, scale=1 / 6.0).cdf).pvalue > RARE


def test_truth_agrees_with_the_log():
    transactions, truth = make_transactions(3_000, random_state=3)
    last = transactions.groupby("customer_id")["date"].max()
    dropped = truth.customers.set_index("customer_id")["dropped_at"].dropna()
    # Customers drop out at a purchase, and never buy again.
    pd.testing.assert_series_equal(last[dropped.index], dropped, check_names=False)
    assert 0 < len(dropped) < 3_000


def test_tiny_log_by_hand():
    # p next to 1 and a high rate: everyone buys twice and is gone.
    transactions, truth = make_transactions(
        50, r=1e4, alpha=1.0, a=1e6, b=1e-6, acquisition_days=1, random_state=0
    )
    assert (transactions.groupby("customer_id").size() == 2).all()
    assert truth.customers["dropped_at"].notna().all()
    assert transactions["order_id"].tolist() == list(range(1, 101))
    assert transactions["customer_id"].tolist() == sorted(list(range(50)) * 2)


@settings(max_examples=30, deadline=None)
@given(
    n_customers=st.integers(1, 60),
    n_days=st.integers(2, 900),
    refund_rate=st.sampled_from([0.0, 0.1, 0.9]),
    id_kind=st.sampled_from(["integer", "string"]),
    times=st.sampled_from(["exact", "midnight"]),
    random_state=st.integers(0, 1000),
)
def test_contract(n_customers, n_days, refund_rate, id_kind, times, random_state):
    end = START + dt.timedelta(days=n_days - 1)
    log, truth = make_transactions(
        n_customers, start=START, end=end, refund_rate=refund_rate, id_kind=id_kind, times=times,
        random_state=random_state,
    )  # fmt: skip
    assert not log.isna().any().any()
    assert log.index.equals(pd.RangeIndex(len(log)))
    assert log["date"].dtype == "datetime64[us]"
    assert log["date"].between(pd.Timestamp(START), pd.Timestamp(end) + pd.Timedelta(days=1)).all()
    assert (log["date"].dt.date <= end).all()
    if times == "midnight":
        assert (log["date"] == log["date"].dt.normalize()).all()
    assert log["order_id"].is_unique
    assert set(log["customer_id"]) == set(truth.customers["customer_id"])
    # Whole cents: the nearest decimal of two places is the number itself.
    assert (log["amount"] == log["amount"].round(2)).all()
    bought, returned = log[log["amount"] > 0], log[log["amount"] < 0]
    assert len(bought) + len(returned) == len(log)
    assert bought.sort_values(["customer_id", "date"], kind="stable").index.equals(bought.index)
    if id_kind == "string":
        origin = returned["order_id"].str.replace("R", "O")
    else:
        origin = -returned["order_id"]
    original = bought.set_index("order_id").loc[origin]
    assert (original["customer_id"].to_numpy() == returned["customer_id"].to_numpy()).all()
    assert (original["amount"].to_numpy() == -returned["amount"].to_numpy()).all()
    delay = returned["date"].dt.normalize().to_numpy() - original["date"].dt.normalize().to_numpy()
    assert ((delay >= np.timedelta64(1, "D")) & (delay <= np.timedelta64(30, "D"))).all()


def test_same_seed_same_log():
    one, again = (make_transactions(200, refund_rate=0.1, random_state=7) for _ in range(2))
    pd.testing.assert_frame_equal(one.transactions, again.transactions)
    pd.testing.assert_frame_equal(one.truth.customers, again.truth.customers)
    other = make_transactions(200, refund_rate=0.1, random_state=8)
    assert not one.transactions["amount"].head(50).equals(other.transactions["amount"].head(50))


def test_an_int_and_its_generator_agree():
    from_int = make_transactions(50, random_state=7).transactions
    from_generator = make_transactions(50, random_state=np.random.default_rng(7)).transactions
    pd.testing.assert_frame_equal(from_int, from_generator)


def test_refunds_spellings_and_times_change_nothing_else():
    plain = make_transactions(200, random_state=9).transactions
    refunds = make_transactions(200, refund_rate=0.2, random_state=9).transactions
    pd.testing.assert_frame_equal(refunds.head(len(plain)), plain)
    spelt = make_transactions(200, id_kind="string", random_state=9).transactions
    assert spelt["customer_id"].str[1:].astype(int).tolist() == (plain["customer_id"] + 1).tolist()
    assert spelt["order_id"].str[1:].astype(int).tolist() == plain["order_id"].tolist()
    pd.testing.assert_frame_equal(spelt[["date", "amount"]], plain[["date", "amount"]])
    days = make_transactions(200, times="midnight", random_state=9).transactions
    pd.testing.assert_series_equal(days["date"], plain["date"].dt.normalize())


def test_first_purchases_fill_the_acquisition_time_evenly():
    log, _ = make_transactions(5_000, start=START, end=END, acquisition_days=30, random_state=4)
    first = log.groupby("customer_id")["date"].min()
    assert stats.kstest(weeks_since_start(first) * 7 / 30, "uniform").pvalue > RARE


def test_without_dropout_repeat_purchases_fill_the_time_up_to_the_end_evenly():
    log, _ = make_transactions(
        3_000, start=START, end=END, acquisition_days=1, a=1e-6, b=1e6, random_state=4
    )
    is_repeat = log["customer_id"].duplicated()
    position = weeks_since_start(log["date"][is_repeat]) * 7 / 731
    # First purchases fall anywhere in the first day: compare from the second day on.
    later = position[position > 1 / 731]
    assert stats.kstest(later, stats.uniform(1 / 731, 730 / 731).cdf).pvalue > RARE
    # Nor do they crowd at the end: four standard errors of the count of one day.
    a_day = len(later) / 730
    assert abs((later > 730 / 731).sum() - a_day) < 4 * np.sqrt(a_day)


def test_global_random_state_is_neither_read_nor_changed():
    np.random.seed(0)  # noqa: NPY002 - the point of the test
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    make_transactions(10)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_customers": 0}, "n_customers must be a whole number of at least 1, got 0"),
        ({"n_customers": 2.5}, "n_customers must be a whole number"),
        ({"start": "tomorrow"}, "start must be a date"),
        ({"end": dt.date(2020, 1, 1)}, "end must be after start"),
        ({"acquisition_days": 0}, "acquisition_days must be a whole number"),
        ({"acquisition_days": 1097}, "at most the 1096 days from start to end, got 1097"),
        ({"r": 0}, "r must be a finite number above 0"),
        ({"alpha": -1}, "alpha must be"),
        ({"a": float("inf")}, "a must be"),
        ({"b": None}, "b must be"),
        ({"spend_q": 1.0}, "spend_q must be a finite number above 1"),
        ({"refund_rate": 1.0}, "refund_rate must be a fraction"),
        ({"refund_rate": 3}, r"did you mean 0\.03"),
        ({"id_kind": "strings"}, "did you mean 'string'"),
        ({"times": "hours"}, "times must be one of 'exact', 'midnight'"),
        ({"random_state": "seed"}, "random_state must be None, an int or a numpy Generator"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make_transactions(**{"n_customers": 10, **options})
