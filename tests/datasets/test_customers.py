from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

# One in ten thousand: with a fixed seed a test either fails by a mistake or never.
RARE = 1e-4


def test_one_row_per_customer_by_sign_up(large_store):
    customers = large_store.customers
    assert list(customers) == ["customer_id", "region", "channel", "industry", "signed_up"]
    assert customers["customer_id"].tolist() == [f"C{n:06d}" for n in range(1, 20_001)]
    assert customers["signed_up"].is_monotonic_increasing
    assert (customers["signed_up"] == customers["signed_up"].dt.normalize()).all()
    assert not customers.isna().any().any()


def test_sign_ups_are_even_over_the_calendar(large_store):
    truth = large_store.truth
    day = (large_store.customers["signed_up"] - pd.Timestamp(truth.start)).dt.days
    n_days = (truth.end - truth.start).days + 1
    assert day.between(0, n_days - 1).all()
    # 1096 days in 16 classes, of 68.5 days each: compare with the days that fall in each.
    counts, _ = np.histogram(day, bins=16, range=(0, n_days))
    days_in_class, _ = np.histogram(np.arange(n_days), bins=16, range=(0, n_days))
    assert stats.chisquare(counts, days_in_class / n_days * len(day)).pvalue > RARE


def test_segments_have_their_shares(large_store):
    truth = large_store.truth.customers
    counts = truth.members["segment"].value_counts()
    expected = truth.segments.set_index("segment")["share"] * len(truth.members)
    assert stats.chisquare(counts[expected.index], expected).pvalue > RARE


@pytest.mark.parametrize("attribute", ["region", "channel", "industry"])
def test_attributes_have_the_shares_of_their_segment(large_store, attribute):
    truth = large_store.truth.customers
    table = large_store.customers.merge(truth.members, on="customer_id")
    shares = truth.attribute_shares.query("attribute == @attribute")
    for segment, rows in shares.groupby("segment"):
        values = table.loc[table["segment"] == segment, attribute]
        counts = values.value_counts().reindex(rows["value"], fill_value=0)
        assert counts.sum() == len(values)
        expected = rows["share"].to_numpy() * len(values)
        assert stats.chisquare(counts.to_numpy(), expected).pvalue > RARE, segment


def test_the_region_tells_nothing(large_store):
    shares = large_store.truth.customers.attribute_shares.query("attribute == 'region'")
    assert (shares.groupby("value")["share"].nunique() == 1).all()
