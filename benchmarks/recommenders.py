"""How often recommenders are right on three public shops, against popularity and item cosine.

Run ``CRMLYTICS_DATA=folder python benchmarks/recommenders.py`` (some minutes; ``--shops`` names a
few). It prints a table per shop, in Markdown:

groceries
    9,835 baskets without customers and dates: one item of each basket is hidden, five folds.
complete_journey
    Product categories bought by households of a sample of transactions; learnt before
    2017-10-01, asked for the new categories of the last quarter.
online_retail
    Articles bought by known customers of a wholesaler of gifts; learnt before 2011-09-01, asked
    for the new articles of the last hundred days.

The dates were fixed before anything was fitted; the rows are the defaults and one change each.
The defaults themselves (rules of all significance, from baskets) were chosen with these three
shops in view, so the rules' figures are a little flattering: a fourth shop would tell. Items that
a customer has are never recommended and never count, so these figures say nothing about repeat
purchases.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from crmlytics.basket import BasketRecommender, Baskets, baskets, evaluate_recommender

SIZES = (1, 5, 10)


class Shop(NamedTuple):
    """Baskets, how they are split, and the recommenders to try."""

    bought: Baskets
    design: dict[str, Any]
    recommenders: dict[str, BasketRecommender]


def groceries(folder: Path) -> Shop:
    with (folder / "groceries/groceries_names.txt").open(encoding="utf-8") as lines:
        bought = Baskets.from_lists([line.rstrip("\n").split("\t") for line in lines])
    return Shop(bought, {"design": "leave_one_out"}, _variants() | _long())


def complete_journey(folder: Path) -> Shop:
    lines = pd.read_parquet(folder / "complete_journey/transactions_sample.parquet")
    products = pd.read_parquet(folder / "complete_journey/products.parquet")
    lines = lines.merge(products[["product_id", "product_category"]], on="product_id", how="left")
    bought = baskets(
        lines.dropna(subset=["product_category"]), order_col="basket_id",
        item_col="product_category", customer_col="household_id",
        date_col="transaction_timestamp", tz="America/New_York",
    )  # fmt: skip
    return Shop(bought, {"split_date": "2017-10-01"}, _variants() | _long() | _customers())


def online_retail(folder: Path) -> Shop:
    lines = pd.read_parquet(folder / "online_retail/online_retail_2010_2011.parquet")
    sold = (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0) & lines["CustomerID"].notna()
    # Articles have numbers of five digits; the rest are fees, postage and the like.
    lines = lines[sold & lines["StockCode"].str.match(r"^\d{5}")]
    lines = lines.assign(
        StockCode=lines["StockCode"].str.upper(), CustomerID=lines["CustomerID"].astype("int64")
    )
    bought = baskets(
        lines, order_col="InvoiceNo", item_col="StockCode", customer_col="CustomerID",
        date_col="InvoiceDate",
    )  # fmt: skip
    return Shop(bought, {"split_date": "2011-09-01"}, _variants() | _customers())


def _variants() -> dict[str, BasketRecommender]:
    return {
        "rules": BasketRecommender(),
        "rules, significant only": BasketRecommender(alpha=0.05),
        "rules, size-adjusted lift": BasketRecommender(null="basket_size", score="lift_low"),
    }


def _long() -> dict[str, BasketRecommender]:
    return {"rules of up to 3 items": BasketRecommender(max_len=3)}


def _customers() -> dict[str, BasketRecommender]:
    # 50 customers: with 10, as for baskets, there are over a million pairs.
    return {
        "rules from customers": BasketRecommender(learn_from="customer", min_count=50),
        "item cosine from customers": BasketRecommender("item_cosine", learn_from="customer"),
    }


SHOPS = {
    "groceries": groceries, "complete_journey": complete_journey, "online_retail": online_retail,
}  # fmt: skip


def report(name: str, shop: Shop) -> None:
    start = time.perf_counter()
    table = evaluate_recommender(
        shop.recommenders, shop.bought, **shop.design, k=SIZES, random_state=1
    )
    seconds = time.perf_counter() - start
    asked = table.loc[table["metric"] == "hit_rate", "n"].iloc[0]
    print(f"\n{name}: {shop.bought!r}")
    print(f"{asked:,} cases, {seconds:.0f} s in all\n")
    print("| recommender | hit@1 | hit@5 | hit@10 (95 %) | over popularity (95 %) | MRR@10 "
          "| coverage@10 |")  # fmt: skip
    print("|---|--:|--:|--:|--:|--:|--:|")
    for recommender, rows in table.groupby("recommender", sort=False):
        of = rows.set_index(["metric", "k"])
        ten = of.loc[("hit_rate", 10)]
        over = "" if pd.isna(ten["difference"]) else (
            f"{ten['difference']:+.3f} ({ten['difference_low']:+.3f}, "
            f"{ten['difference_high']:+.3f})"
        )  # fmt: skip
        print(
            f"| {recommender} | {of.loc[('hit_rate', 1), 'value']:.3f} "
            f"| {of.loc[('hit_rate', 5), 'value']:.3f} "
            f"| {ten['value']:.3f} ({ten['low']:.3f}, {ten['high']:.3f}) | {over} "
            f"| {of.loc[('mrr', 10), 'value']:.3f} | {of.loc[('coverage', 10), 'value']:.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shops", nargs="+", choices=SHOPS, default=list(SHOPS))
    given = parser.parse_args()
    folder = Path(os.environ["CRMLYTICS_DATA"])
    for name in given.shops:
        report(name, SHOPS[name](folder))


if __name__ == "__main__":
    main()
