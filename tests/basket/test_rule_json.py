"""Rules to JSON and back: every digit, infinity and missing values survive."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import (
    Baskets,
    association_rules,
    frequent_itemsets,
    rules_from_json,
    rules_to_json,
)
from crmlytics.errors import DataContractError


@pytest.fixture(params=[1, 2])
def rules(request):
    lists = [["a", "b", "c"]] * 4 + [["a", "b"]] * 2 + [["b"], ["ż", "a"], []]
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min_count=1)
    return association_rules(itemsets, measures="all", max_consequent=request.param)


def test_round_trip(rules):
    assert np.isinf(rules["conviction"]).any()
    pd.testing.assert_frame_equal(rules_from_json(rules_to_json(rules)), rules, check_exact=True)
    chosen = rules[rules["confidence"] < 1].sort_values("lift").reset_index(drop=True)
    pd.testing.assert_frame_equal(rules_from_json(rules_to_json(chosen)), chosen)


def test_it_is_plain_json(rules):
    found = json.loads(rules_to_json(rules, indent=1), parse_constant=pytest.fail)
    assert found["rules"][0]["antecedent"] == rules["antecedent"][0]
    assert [column["name"] for column in found["columns"]] == list(rules.columns)
    assert "ż" in rules_to_json(rules)


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_other_frames(rules, backend):
    text = rules_to_json(rules)
    other = rules_from_json(text, backend=backend)
    again = rules_from_json(rules_to_json(other))
    expected = rules_from_json(text)
    assert again["antecedent"].tolist() == expected["antecedent"].tolist()
    np.testing.assert_array_equal(again["lift"], expected["lift"])


def test_an_empty_table(rules):
    assert list(rules_from_json(rules_to_json(rules.iloc[:0])).columns) == list(rules.columns)


def test_refusals():
    with pytest.raises(DataContractError, match="no table of rules"):
        rules_from_json('{"format": "other"}')
    with pytest.raises(DataContractError, match="no table of rules"):
        rules_from_json("not JSON")
    with pytest.raises(DataContractError, match="neither numbers, names nor lists"):
        rules_to_json(pd.DataFrame({"x": [pd.Timestamp("2024-01-01")]}))


@pytest.mark.parametrize("backend", ["pandas", "polars"])
def test_types_stay_with_whole_names_and_without_rows(backend):
    found = frequent_itemsets(Baskets.from_lists([[1, 2]] * 3 + [[1]]), min_count=2)
    rules = association_rules(found, measures="all", backend=backend)
    for table in (rules, rules.head(0)):
        again = rules_from_json(rules_to_json(table), backend=backend)
        assert list(again.columns) == list(table.columns)
        assert again["consequent"].dtype == table["consequent"].dtype
        if backend == "polars":
            # A list without rows does not say what it would hold.
            names = [name for name in table.columns if len(table) or name != "antecedent"]
            assert again.select(names).schema == table.select(names).schema
