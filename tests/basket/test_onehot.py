"""Wide tables: quantities are present items, and everything odd is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import Baskets
from crmlytics.errors import DataContractError

WIDE = pd.DataFrame({"milk": [1, 0, 1], "bread": [0, 0, 1]})


def test_one_hot_equals_lists(engine):
    expected = Baskets.from_lists([["milk"], [], ["bread", "milk"]])
    for table in (WIDE, WIDE.astype(bool), WIDE.astype(float)):
        found = Baskets.from_onehot(engine.make(table))
        assert found.items.tolist() == ["bread", "milk"]
        # A relation has no order of its rows to promise, so counts are compared.
        assert sorted(found.sizes.tolist()) == sorted(expected.sizes.tolist())
        assert found.item_counts.tolist() == expected.item_counts.tolist()
        assert found.weights is None


def test_quantities_are_presence_and_weights():
    found = Baskets.from_onehot(pd.DataFrame({"milk": [3, 0], "bread": [2, 1]}))
    assert found.item_counts.tolist() == [2, 1]
    assert found.weights.tolist() == [2.0, 3.0, 1.0]


@pytest.mark.parametrize("bad", [[1.0, np.nan], [-1.0, 0.0], ["yes", "no"], ["1", "0"]])
def test_other_values_are_refused(bad):
    with pytest.raises(DataContractError, match="'milk' must hold truth values or numbers"):
        Baskets.from_onehot(pd.DataFrame({"milk": bad}))


def test_no_columns_and_no_rows():
    assert Baskets.from_onehot(WIDE.iloc[:0]).n_baskets == 0
    assert Baskets.from_onehot(WIDE.iloc[:0]).n_items == 2


def test_columns_may_be_numbers():
    found = Baskets.from_onehot(pd.DataFrame({20: [1, 0], 3: [1, 1]}))
    assert found.items.tolist() == [3, 20]
    assert found.item_counts.tolist() == [2, 1]
