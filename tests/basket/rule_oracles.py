"""Rules by the slow obvious way, and the published tables to compare with."""

from __future__ import annotations

import functools
import itertools
from math import comb

import numpy as np
import pandas as pd

from crmlytics.basket import frequent_itemsets
from tests.basket.market_data import groceries_by_name

ARULES = "R arules 1.7.13 on Groceries"


@functools.cache
def groceries_itemsets(data_dir, min_count=10):
    return frequent_itemsets(groceries_by_name(data_dir), min_count=min_count)


@functools.cache
def arules(data_dir, name):
    """A table that arules printed, its sides as names."""
    table = pd.read_csv(data_dir / "groceries" / f"ref_arules_groceries_{name}.csv")
    table["antecedent"] = [tuple(sorted(side.strip("{}").split(","))) for side in table["LHS"]]
    table["consequent"] = table["RHS"].str.strip("{}")
    return table


def keyed(rules):
    """Rows by (antecedent, consequent)."""
    sides = zip(rules["antecedent"], rules["consequent"], strict=True)
    key = [
        (tuple(left), right if isinstance(right, str | int) else tuple(right))
        for left, right in sides
    ]
    return rules.set_axis(pd.Index(key, tupleize_cols=False), axis=0)


def brute_rules(lists, min_count, max_consequent=1):
    """{(X, Y): (a, r1, c1, n)} of all candidate rules."""
    held = [frozenset(one) for one in lists]
    items = sorted(frozenset().union(*held))

    def count(side):
        return sum(set(side) <= one for one in held)

    found = {}
    for size in range(2, len(items) + 1):
        for both in itertools.combinations(items, size):
            if count(both) < min_count:
                continue
            for n_right in range(1, min(max_consequent, size - 1) + 1):
                for right in itertools.combinations(both, n_right):
                    left = tuple(item for item in both if item not in right)
                    found[left, right] = (count(both), count(left), count(right), len(held))
    return found


def fisher_by_sums(a, r1, c1, n):
    """The tail of the hypergeometric distribution in whole numbers."""
    ways = sum(comb(c1, k) * comb(n - c1, r1 - k) for k in range(a, min(r1, c1) + 1))
    return ways / comb(n, r1)


def redundant_by_definition(rules, rule):
    """Whether a rule with fewer conditions, at least one, is as confident."""
    left, right = rule
    a, r1 = rules[rule][:2]
    return any(
        rules[sub, right][0] * r1 >= a * rules[sub, right][1]
        for size in range(1, len(left))
        for sub in itertools.combinations(left, size)
    )


def step_up(p):
    """Benjamini and Hochberg, as they wrote it."""
    p = np.asarray(p, float)
    order = np.argsort(p)
    adjusted = np.empty(len(p))
    running = 1.0
    for rank in range(len(p), 0, -1):
        running = min(running, p[order[rank - 1]] * len(p) / rank)
        adjusted[order[rank - 1]] = running
    return adjusted
