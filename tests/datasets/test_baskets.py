from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlytics.basket import association_rules, baskets, frequent_itemsets
from crmlytics.datasets import make_baskets

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4


@pytest.fixture(scope="module")
def grocer():
    return make_baskets(20_000, random_state=5)


@pytest.fixture(scope="module")
def held(grocer) -> pd.DataFrame:
    """One row per order, one flag per item."""
    return pd.crosstab(grocer.transactions["order_id"], grocer.transactions["item"]) > 0


@pytest.fixture(scope="module")
def changed(grocer, held) -> pd.Series:
    day = grocer.transactions.groupby("order_id")["date"].first().loc[held.index]
    return day >= pd.Timestamp(grocer.truth.changes_on)


def test_the_lines_are_what_the_library_takes(grocer):
    lines, truth = grocer
    assert lines["order_id"].nunique() == 20_000
    assert not lines.duplicated(["order_id", "item"]).any()
    assert lines["date"].is_monotonic_increasing
    assert lines["date"].dt.date.between(truth.start, truth.end).all()
    assert lines.groupby("order_id")["customer_id"].nunique().eq(1).all()
    assert lines["amount"].tolist() == (lines["quantity"] * lines["price"]).tolist()
    assert set(lines["item"]) == set(truth.items["item"])


def test_the_seed_decides():
    first, again, other = (make_baskets(300, random_state=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.transactions, again.transactions)
    assert not first.transactions.equals(other.transactions)


def test_the_antecedents_pull_their_consequents(grocer, held, changed):
    """P(y | x, size) = 1 - (1 - p)(1 - pull): told by orders without x that are alike in size."""
    for one in grocer.truth.affinities.itertuples():
        for after, pull in ((False, one.pull_before), (True, one.pull_after)):
            part = held[changed == after]
            others = part.drop(columns=[one.antecedent, one.consequent]).sum(axis=1)
            has = part[one.antecedent]
            share = part[~has].groupby(others[~has])[one.consequent].mean()
            anyway = others[has].map(share).fillna(share.mean())
            expected = (1 - (1 - anyway) * (1 - pull)).sum()
            actual, n = part.loc[has, one.consequent].sum(), int(has.sum())
            assert abs(actual - expected) / np.sqrt(n * 0.25) < stats.norm.isf(RARE / 24)


def test_only_what_was_planted_stands_against_the_sizes(grocer):
    found = frequent_itemsets(baskets(grocer.transactions), min_count=50, max_len=2)
    rules = association_rules(found, null="basket_size", correction="bonferroni")
    assert (rules["lift"] > 1).mean() > 0.99
    real = rules[rules["significant"]]
    pairs = {
        frozenset([x[0], y]) for x, y in zip(real["antecedent"], real["consequent"], strict=True)
    }
    truth = grocer.truth.affinities
    assert pairs == {
        frozenset(pair) for pair in zip(truth["antecedent"], truth["consequent"], strict=True)
    }


def test_follow_ups_come_with_the_next_order_after_so_many_days(grocer):
    lines = grocer.transactions
    (one,) = grocer.truth.follow_ups.itertuples()
    orders = lines.groupby("order_id").agg(
        customer=("customer_id", "first"),
        date=("date", "first"),
        items=("item", frozenset),
    )
    orders["day"] = orders["date"].dt.normalize()
    orders = orders.sort_values(["customer", "date"])
    came, n = 0, 0
    for _, visits in orders.groupby("customer"):
        for day in visits.loc[[one.antecedent in each for each in visits["items"]], "day"]:
            later = visits[visits["day"] >= day + pd.Timedelta(days=one.after_days)]
            if len(later):
                n += 1
                came += one.consequent in later["items"].iloc[0]
    assert stats.binomtest(came, n, one.probability, alternative="less").pvalue > RARE
    assert came / n < 0.75


def test_without_spread_lift_tells_the_truth():
    lines, truth = make_baskets(10_000, size_spread=0.0, random_state=3)
    rules = association_rules(
        frequent_itemsets(baskets(lines), min_count=30, max_len=2), correction="bonferroni"
    )
    related = truth.affinities[["antecedent", "consequent"]].to_numpy().ravel()
    rest = rules[
        [
            not {x[0], y} & set(related)
            for x, y in zip(rules["antecedent"], rules["consequent"], strict=True)
        ]
    ]
    assert rest["lift"].median() == pytest.approx(1.0, abs=0.05)
    assert not rest["significant"].any()


def test_one_order_and_one_customer():
    lines, truth = make_baskets(1, n_customers=1, random_state=0)
    assert lines["order_id"].nunique() == 1
    assert truth.start < truth.changes_on <= truth.end


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_orders": 0}, "n_orders must be"),
        ({"n_customers": 0}, "n_customers must be"),
        ({"size_spread": -1.0}, "size_spread must be"),
        ({"end": dt.date(2023, 1, 1)}, "end must be after"),
        ({"changes_on": dt.date(2024, 1, 1)}, "changes_on must lie after start=2024-01-01"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        make_baskets(**({"n_orders": 10} | options))
