from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from crmlytics.datasets.deals import STAGES
from tests.datasets.business_time import calendar_days

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4


@pytest.fixture(scope="module")
def stays(large_store):
    """One row per deal and open stage: weeks in it, and whether the deal moved on."""
    log = large_store.stage_log.merge(
        large_store.deals[["deal_id", "owner", "source"]], on="deal_id"
    )
    end = pd.Timestamp(large_store.truth.end) + pd.Timedelta(days=1)
    following = log.groupby("deal_id")[["stage", "entered_at"]].shift(-1)
    log["weeks"] = (following["entered_at"].fillna(end) - log["entered_at"]) / pd.Timedelta(days=7)
    log["moved_on"] = following["stage"].notna() & (following["stage"] != "Lost")
    log["lost"] = following["stage"] == "Lost"
    truth = large_store.truth.deals
    log = log.merge(truth.stages, on="stage")
    log = log.merge(truth.owners.drop(columns="share"), on="owner")
    return log.merge(truth.sources.drop(columns="share"), on="source", suffixes=("", "_source"))


def test_columns_and_words(large_store):
    deals, log = large_store.deals, large_store.stage_log
    assert list(deals) == [
        "deal_id", "customer_id", "owner", "source", "amount", "stage", "created_at", "closed_at",
        "expected_close", "outcome", "lost_reason",
    ]  # fmt: skip
    assert list(log) == ["deal_id", "stage", "entered_at"]
    assert set(deals["stage"]) == set(log["stage"]) == set(STAGES)
    assert set(deals["outcome"].dropna()) == {"won", "lost"}


def test_creation_is_even_between_sign_up_and_end(large_store):
    deals, truth = large_store.deals, large_store.truth
    first = large_store.transactions.groupby("customer_id")["date"].min()
    since = calendar_days(deals["customer_id"].map(first), truth.start)
    n_days = (truth.end - truth.start).days + 1
    elapsed = calendar_days(deals["created_at"], truth.start) - since
    assert stats.kstest(elapsed / (n_days - since), "uniform").pvalue > RARE


@pytest.mark.parametrize("group", ["stage", "owner", "source"])
def test_hazards_of_moving_on(stays, group):
    # Events minus hazard × weeks at risk is a martingale with the latter as its variance, so
    # open deals count with their weeks. The squeeze into business hours moves each end of a
    # stay by less than a day and to either side alike.
    hazard = stays["advance_per_week"] * stays["advance_factor"] * stays["advance_factor_source"]
    table = pd.DataFrame({group: stays[group], "n": stays["moved_on"]})
    table["expected"] = hazard * stays["weeks"]
    sums = table.groupby(group).sum()
    assert (abs(sums["n"] - sums["expected"]) < 4 * np.sqrt(sums["expected"])).all()


def test_hazards_of_being_lost(stays):
    expected = (stays["loss_per_week"] * stays["weeks"]).groupby(stays["stage"]).sum()
    lost = stays["lost"].groupby(stays["stage"]).sum()
    assert (abs(lost - expected) < 4 * np.sqrt(expected)).all()


def test_win_probabilities(large_store):
    # After 60 weeks fewer than one deal in ten thousand of the slowest owner is still open.
    deals = large_store.deals
    old = deals[deals["created_at"] < pd.Timestamp(large_store.truth.end) - pd.Timedelta(weeks=60)]
    assert old["outcome"].notna().mean() > 0.999
    won = (old["outcome"] == "won").groupby([old["owner"], old["source"]]).agg(["sum", "size"])
    planted = large_store.truth.deals.win_probabilities.set_index(["owner", "source"])
    p = planted["win_probability"]
    z = (won["sum"] - won["size"] * p) / np.sqrt(won["size"] * p * (1 - p))
    assert len(z) == 24
    assert (z**2).sum() < stats.chi2(24).isf(RARE)


def test_win_probability_by_hand(large_store):
    # Owner C and Website have factor 1: 50/75 · 45/57 · 35/47 · 40/50.
    planted = large_store.truth.deals.win_probabilities.set_index(["owner", "source"])
    by_hand = 50 / 75 * 45 / 57 * 35 / 47 * 40 / 50
    assert planted.loc[("Owner C", "Website"), "win_probability"] == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("column", "table"),
    [("owner", "owners"), ("source", "sources"), ("lost_reason", "lost_reasons")],
)
def test_shares(large_store, column, table):
    planted = getattr(large_store.truth.deals, table).set_index(column)["share"]
    counts = large_store.deals[column].value_counts()
    assert planted.sum() == pytest.approx(1.0)
    assert stats.chisquare(counts[planted.index], planted * counts.sum()).pvalue > RARE


def test_amounts_and_expected_close(large_store):
    deals, truth = large_store.deals, large_store.truth.deals
    law = stats.lognorm(truth.amount_sigma, scale=truth.amount_median)
    assert stats.kstest(deals["amount"], law.cdf).pvalue > RARE
    planned = deals["expected_close"] - deals["created_at"].dt.normalize()
    assert (planned >= pd.Timedelta(days=1)).all()
    # Days are rounded up, by half a day on average; the error of a median of 20,000 lognormals
    # is 1.25 · 0.3 · 50 / √20,000 = 0.13.
    assert abs(planned.dt.days.median() - truth.expected_cycle_days - 0.5) < 1.0
