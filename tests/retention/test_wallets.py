"""share_of_wallet: hand case on every engine, bounds, wallets that cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.retention import share_of_wallet

CUSTOMERS = pd.DataFrame(
    {"customer_id": ["b", "a", "c"], "amount": [30.0, 45.0, 0.0], "wallet": [120.0, 60.0, 0.0]}
)


def test_shares_by_hand(engine):
    found = engine.columns(share_of_wallet(engine.make(CUSTOMERS), wallet_col="wallet"))
    assert found == {
        "customer_id": ["b", "a", "c"],
        "spend": [30.0, 45.0, 0.0],
        "wallet": [120.0, 60.0, 0.0],
        "share_of_wallet": [0.25, 0.75, None],
        "headroom": [90.0, 15.0, 0.0],
    }


@settings(max_examples=30, deadline=None)
@given(pairs=st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)), min_size=1, max_size=20))
def test_shares_are_fractions(pairs):
    spend, other = np.array(pairs).T
    customers = pd.DataFrame(
        {"customer_id": np.arange(len(spend)), "amount": spend, "wallet": spend + other}
    )
    found = share_of_wallet(customers, wallet_col="wallet")
    shares = found["share_of_wallet"].dropna()
    assert shares.between(0.0, 1.0).all()
    assert (found["headroom"] >= 0).all()


def test_a_hair_of_rounding_is_no_contradiction():
    customers = CUSTOMERS.assign(amount=[0.1 + 0.2, 1.0, 1.0], wallet=[0.3, 1.0, 1.0])
    assert share_of_wallet(customers, wallet_col="wallet")["share_of_wallet"].max() == 1.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"wallet": [20.0, 60.0, 5.0]}, "1 of 3 values of 'wallet' are less than our own sales"),
        ({"wallet": [None, 60.0, 5.0]}, "1 of 3 values of 'wallet' are missing"),
        ({"amount": [-1.0, 45.0, 0.0]}, "1 of 3 values of 'amount' are negative"),
        ({"customer_id": ["a", "a", "b"]}, "1 of 3 rows repeat a customer"),
        ({"customer_id": ["a", None, "b"]}, "1 of 3 values of 'customer_id' are missing"),
        ({"wallet": ["much", "some", "none"]}, "'wallet' must hold numbers"),
    ],
)
def test_wallets_that_cannot_be_are_refused(engine, changed, message):
    with pytest.raises(DataContractError, match=message):
        share_of_wallet(engine.make(CUSTOMERS.assign(**changed)), wallet_col="wallet")


def test_without_a_wallet_there_is_no_share():
    with pytest.raises(ColumnNotFoundError, match="wallet_col"):
        share_of_wallet(CUSTOMERS[["customer_id", "amount"]], wallet_col="wallet")
    with pytest.raises(TypeError, match="wallet_col"):
        share_of_wallet(CUSTOMERS)
    with pytest.raises(DataContractError, match="bears the name of a result"):
        share_of_wallet(
            CUSTOMERS.rename(columns={"customer_id": "headroom"}), wallet_col="wallet",
            customer_col="headroom",
        )  # fmt: skip
