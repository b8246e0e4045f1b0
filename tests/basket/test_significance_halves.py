"""split_baskets: two halves, no customer in both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets, baskets, split_baskets
from crmlytics.errors import NotEnoughDataError


def test_halves_are_the_whole():
    whole = Baskets.from_lists([[f"i{i}"] for i in range(11)])
    halves = split_baskets(whole, random_state=2)
    assert (halves.explore.n_baskets, halves.holdout.n_baskets) == (6, 5)
    both = halves.explore.item_counts + halves.holdout.item_counts
    assert (both == whole.item_counts).all()
    again = split_baskets(whole, random_state=2)
    assert (again.explore.indices == halves.explore.indices).all()


def test_customers_are_not_torn_apart():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"order_id": range(200), "item": "x", "customer_id": rng.integers(0, 30, 200)}
    )
    whole = baskets(frame, customer_col="customer_id")
    halves = split_baskets(whole, share=0.3, random_state=1)
    assert not set(halves.explore.customers) & set(halves.holdout.customers)
    assert len(set(halves.explore.customers)) == 9


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="at least 2"):
        split_baskets(Baskets.from_lists([["a"]]))
    with pytest.raises(ValueError, match="share must be a fraction"):
        split_baskets(Baskets.from_lists([["a"], ["b"]]), share=50)
