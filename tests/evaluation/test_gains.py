"""gains_table and lift_at: by hand, sums, ties, a published lift."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation import gains_table, lift_at

Y = [1, 0, 1, 1, 0, 0, 0, 0]
SCORE = [8, 7, 6, 5, 4, 3, 2, 1]


def test_eight_customers_by_hand():
    table = gains_table(Y, SCORE, n_bins=4)
    assert table["bin"].tolist() == [1, 2, 3, 4]
    assert table["events"].tolist() == [1, 2, 0, 0]
    assert table["lift"].tolist() == pytest.approx([4 / 3, 8 / 3, 0, 0])
    assert table["captured"].tolist() == pytest.approx([1 / 3, 1, 1, 1])
    assert table["contacted"].tolist() == [0.25, 0.5, 0.75, 1.0]
    assert table["cumulative_lift"].tolist() == pytest.approx([4 / 3, 2, 4 / 3, 1])
    assert table["separation"].tolist() == pytest.approx([1 / 3 - 1 / 5, 1 - 1 / 5, 1 - 3 / 5, 0])
    assert (table["lowest_score"].tolist(), table["highest_score"].tolist()) == (
        [7, 5, 3, 1], [8, 6, 4, 2],
    )  # fmt: skip
    found = lift_at(Y, SCORE, share=0.25)
    assert (found.n, found.events, found.lift, found.captured) == (2, 1, pytest.approx(4 / 3),
                                                                  pytest.approx(1 / 3))  # fmt: skip
    assert found.lift_low < found.lift < found.lift_high


scored = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=7).filter(
    lambda rows: 0 < sum(y for y, _ in rows) < len(rows)
)


@given(rows=scored, k=st.integers(1, 6))
def test_tied_rows_count_with_the_mean_over_their_orders(rows, k):
    y, score = zip(*rows, strict=True)
    k = min(k, len(rows))
    orders = [
        order for order in itertools.permutations(range(len(rows)))
        if all(score[a] >= score[b] for a, b in itertools.pairwise(order))
    ]  # fmt: skip
    mean = np.mean([sum(y[i] for i in order[:k]) for order in orders])
    assert lift_at(y, score, share=k / len(rows)).events == pytest.approx(mean)


@given(rows=scored, n_bins=st.integers(1, 5))
def test_bins_add_up(rows, n_bins):
    y, score = zip(*rows, strict=True)
    table = gains_table(y, score, n_bins=n_bins)
    assert table["n"].sum() == len(y)
    assert table["events"].sum() == sum(y)
    assert table["captured"].iloc[-1] == 1
    assert table["separation"].iloc[-1] == pytest.approx(0)
    assert (table["lowest_score"].to_numpy()[:-1] > table["highest_score"].to_numpy()[1:]).all()


def test_one_outcome_only_has_rates_and_no_lift():
    table = gains_table([0, 0, 0], [1, 2, 3], n_bins=3)
    assert table["rate"].tolist() == [0, 0, 0]
    assert table[["lift", "captured", "separation"]].isna().all().all()
    with pytest.raises(NotEnoughDataError):
        lift_at([0, 0, 0], [1, 2, 3])


@pytest.mark.data
def test_telco(telco_scores, golden):
    golden(
        "Telco, spline logistic out of fold: lift at 10 %",
        ours=lift_at(*telco_scores).lift, published=2.90,
        source="reference page churn_and_leads 7, scikit-learn 1.9.1", tolerance=0.012,
    )  # fmt: skip


@pytest.mark.parametrize("share", [0, 1.5, -0.1, "a"])
def test_refused_shares(share):
    with pytest.raises(ValueError, match="share must be"):
        lift_at(Y, SCORE, share=share)
