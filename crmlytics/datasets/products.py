"""The products table, and the rules planted in the baskets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd


class Product(NamedTuple):
    """An item with its list price and the probability of lying in an order."""

    item: str
    category: str
    price: float
    rate: float


class Rule(NamedTuple):
    """The consequent follows with `confidence` where the antecedent is, else with its own rate."""

    antecedent: str
    consequent: str
    confidence: float


PRODUCTS = (
    Product("Espresso beans 1 kg", "Coffee", 18.90, 0.20),
    Product("Filter coffee 500 g", "Coffee", 8.50, 0.16),
    Product("Decaf beans 500 g", "Coffee", 11.20, 0.05),
    Product("Black tea", "Tea", 4.60, 0.12),
    Product("Green tea", "Tea", 4.80, 0.14),
    Product("Oat milk 1 l", "Kitchen", 2.40, 0.08),
    Product("Coffee filters", "Kitchen", 3.10, 0.04),
    Product("Paper cups", "Kitchen", 7.50, 0.14),
    Product("Sugar sticks", "Kitchen", 3.80, 0.10),
    Product("Biscuits", "Kitchen", 5.20, 0.15),
    Product("Descaler", "Kitchen", 6.90, 0.04),
    Product("Copy paper A4", "Paper", 5.90, 0.30),
    Product("Notebook A5", "Paper", 3.40, 0.15),
    Product("Sticky notes", "Paper", 2.80, 0.14),
    Product("Envelopes C5", "Paper", 6.40, 0.08),
    Product("Lever arch file", "Filing", 3.20, 0.12),
    Product("File dividers", "Filing", 2.60, 0.06),
    Product("Ballpoint pens", "Writing", 4.90, 0.18),
    Product("Highlighters", "Writing", 3.90, 0.09),
    Product("Whiteboard markers", "Writing", 7.20, 0.10),
    Product("Whiteboard cleaner", "Writing", 5.60, 0.04),
    Product("Stapler", "Desk", 12.50, 0.06),
    Product("Staples", "Desk", 1.90, 0.05),
    Product("Desk lamp", "Desk", 34.00, 0.02),
    Product("Toner black", "Printing", 39.00, 0.05),
    Product("USB-C cable", "Technology", 12.90, 0.06),
    Product("Wireless mouse", "Technology", 24.90, 0.03),
)

# No item is in two rules, so every conditional probability is exactly as stated. The last rule
# is a substitution: its lift is below 1.
RULES = (
    Rule("Espresso beans 1 kg", "Oat milk 1 l", 0.55),
    Rule("Filter coffee 500 g", "Coffee filters", 0.60),
    Rule("Stapler", "Staples", 0.70),
    Rule("Whiteboard markers", "Whiteboard cleaner", 0.45),
    Rule("Lever arch file", "File dividers", 0.40),
    Rule("Black tea", "Green tea", 0.03),
)

# An order that would be empty is an order of this item. It is in no rule, so none is disturbed.
STAPLE = "Copy paper A4"


@dataclass(frozen=True, eq=False, repr=False)
class ProductsTruth:
    """What was planted in the baskets.

    Attributes
    ----------
    item_rates : pandas.DataFrame
        One row per item: ``item`` and ``rate``, the probability that an order contains it.
    rules : pandas.DataFrame
        One row per planted rule: ``antecedent``, ``consequent``, ``antecedent_support``,
        ``confidence`` = P(consequent | antecedent), ``base_rate`` = P(consequent | no
        antecedent), ``consequent_support`` = P(consequent), ``support`` of both, and ``lift``.
        All other pairs of items but those with the staple are independent.
    """

    item_rates: pd.DataFrame
    rules: pd.DataFrame


def make_products() -> tuple[pd.DataFrame, ProductsTruth]:
    """Return the catalogue and the planted rules; nothing here is random."""
    table = pd.DataFrame(
        {
            "item": [one.item for one in PRODUCTS],
            "category": [one.category for one in PRODUCTS],
            "price": [one.price for one in PRODUCTS],
        }
    )
    own_rate = {one.item: one.rate for one in PRODUCTS}
    rates = dict(own_rate)
    rows = []
    for antecedent, consequent, confidence in RULES:
        with_it, base = own_rate[antecedent], own_rate[consequent]
        rates[consequent] = with_it * confidence + (1.0 - with_it) * base
        rows.append(
            {
                "antecedent": antecedent,
                "consequent": consequent,
                "antecedent_support": with_it,
                "confidence": confidence,
                "base_rate": base,
                "consequent_support": rates[consequent],
                "support": with_it * confidence,
                "lift": confidence / rates[consequent],
            }
        )
    # An empty order lacks every antecedent, so its consequents are missing at their own rates.
    rates[STAPLE] += float(np.prod([1.0 - rate for rate in own_rate.values()]))
    item_rates = pd.DataFrame({"item": list(rates), "rate": list(rates.values())})
    return table, ProductsTruth(item_rates, pd.DataFrame(rows))


def draw_baskets(rng: np.random.Generator, n_orders: int) -> np.ndarray:
    """Draw which item lies in which order: booleans of shape (n_orders, n_items)."""
    position = {one.item: column for column, one in enumerate(PRODUCTS)}
    cause = {rule.consequent: rule for rule in RULES}
    inside = np.zeros((n_orders, len(PRODUCTS)), dtype=bool)
    for column, product in enumerate(PRODUCTS):
        uniform = rng.random(n_orders)
        if rule := cause.get(product.item):
            present = inside[:, position[rule.antecedent]]
            inside[:, column] = uniform < np.where(present, rule.confidence, product.rate)
        else:
            inside[:, column] = uniform < product.rate
    inside[~inside.any(axis=1), position[STAPLE]] = True
    return inside
