"""The assortment of the simulated grocer, and what belongs together in it."""

from __future__ import annotations

from typing import NamedTuple


class Grocery(NamedTuple):
    """An item with its price and its probability in an order of middle size."""

    item: str
    category: str
    price: float
    rate: float


class Affinity(NamedTuple):
    """With the probability `pull` an order with the antecedent gets the consequent for its sake."""

    antecedent: str
    consequent: str
    pull_before: float
    pull_after: float


class FollowUp(NamedTuple):
    """The consequent comes with the first order at least `after_days` after the antecedent."""

    antecedent: str
    consequent: str
    probability: float
    after_days: int


GROCERIES = (
    Grocery("Milk", "Dairy", 1.19, 0.30),
    Grocery("Bread", "Bakery", 2.49, 0.28),
    Grocery("Bananas", "Fruit", 1.79, 0.22),
    Grocery("Butter", "Dairy", 2.39, 0.18),
    Grocery("Eggs", "Dairy", 2.99, 0.17),
    Grocery("Yogurt", "Dairy", 0.89, 0.16),
    Grocery("Apples", "Fruit", 2.79, 0.15),
    Grocery("Cheese", "Dairy", 3.49, 0.14),
    Grocery("Tomatoes", "Vegetables", 2.29, 0.14),
    Grocery("Potatoes", "Vegetables", 2.99, 0.12),
    Grocery("Mineral water", "Drinks", 0.79, 0.12),
    Grocery("Pasta", "Pantry", 1.29, 0.10),
    Grocery("Coffee", "Drinks", 6.99, 0.09),
    Grocery("Rice", "Pantry", 1.99, 0.08),
    Grocery("Onions", "Vegetables", 1.49, 0.10),
    Grocery("Carrots", "Vegetables", 1.39, 0.09),
    Grocery("Juice", "Drinks", 2.19, 0.08),
    Grocery("Chocolate", "Sweets", 1.59, 0.10),
    Grocery("Biscuits", "Sweets", 1.89, 0.07),
    Grocery("Tea", "Drinks", 2.69, 0.06),
    Grocery("Honey", "Pantry", 4.99, 0.03),
    Grocery("Jam", "Pantry", 2.59, 0.05),
    Grocery("Tomato sauce", "Pantry", 1.99, 0.05),
    Grocery("Olive oil", "Pantry", 7.99, 0.05),
    Grocery("Flour", "Pantry", 1.09, 0.06),
    Grocery("Baking powder", "Pantry", 0.69, 0.03),
    Grocery("Tortilla chips", "Snacks", 2.29, 0.05),
    Grocery("Salsa", "Snacks", 2.99, 0.02),
    Grocery("Charcoal", "Garden", 8.99, 0.03),
    Grocery("Sausages", "Meat", 4.49, 0.06),
    Grocery("Chicken", "Meat", 6.99, 0.08),
    Grocery("Detergent", "Household", 5.99, 0.05),
    Grocery("Paper towels", "Household", 3.49, 0.06),
    Grocery("Razor", "Household", 9.99, 0.03),
    Grocery("Razor blades", "Household", 12.99, 0.02),
    Grocery("Cat food", "Household", 4.29, 0.05),
)

AFFINITIES = (
    Affinity("Pasta", "Tomato sauce", 0.40, 0.40),
    Affinity("Tortilla chips", "Salsa", 0.45, 0.45),
    Affinity("Flour", "Baking powder", 0.35, 0.35),
    Affinity("Coffee", "Biscuits", 0.20, 0.20),
    # The only two that change.
    Affinity("Charcoal", "Sausages", 0.50, 0.00),
    Affinity("Tea", "Honey", 0.00, 0.35),
)

FOLLOW_UPS = (FollowUp("Razor", "Razor blades", 0.60, 21),)
