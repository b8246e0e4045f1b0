"""What is bought together: baskets, frequent itemsets, association rules, sequences."""

from __future__ import annotations

from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.compare_tables import compare_rules
from crmlytics.basket.evaluating_recommenders import evaluate_recommender
from crmlytics.basket.itemset_mining import frequent_itemsets
from crmlytics.basket.itemset_table import Itemsets
from crmlytics.basket.measure_tables import rule_measures
from crmlytics.basket.next_purchases import next_purchase_table
from crmlytics.basket.plots import plot_item_network, plot_rules
from crmlytics.basket.reading import baskets
from crmlytics.basket.recommender import BasketRecommender
from crmlytics.basket.rule_json import rules_from_json, rules_to_json
from crmlytics.basket.rule_tables import association_rules
from crmlytics.basket.sequence_plots import plot_time_to_next
from crmlytics.basket.sequences import Sequences, frequent_sequences
from crmlytics.basket.significance_halves import BasketHalves, split_baskets
from crmlytics.basket.spark_mining import spark_itemsets, spark_sequences
from crmlytics.basket.stability_tables import rule_stability
from crmlytics.basket.upsell_ladders import upsell_table
from crmlytics.basket.waiting_times import time_to_next, time_to_next_curves

__all__ = [
    "BasketHalves",
    "BasketRecommender",
    "Baskets",
    "Itemsets",
    "Sequences",
    "association_rules",
    "baskets",
    "compare_rules",
    "evaluate_recommender",
    "frequent_itemsets",
    "frequent_sequences",
    "next_purchase_table",
    "plot_item_network",
    "plot_rules",
    "plot_time_to_next",
    "rule_measures",
    "rule_stability",
    "rules_from_json",
    "rules_to_json",
    "spark_itemsets",
    "spark_sequences",
    "split_baskets",
    "time_to_next",
    "time_to_next_curves",
    "upsell_table",
]
