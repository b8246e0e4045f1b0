"""Frequent itemsets, rules and sequences: from order lines to the table, and mining alone.

Each side runs in processes of its own, several in turns, so that peak memory can be told; data
are loaded before the clock starts. Every row counts its itemsets and adds up their counts; rows
of public data must give the numbers that arules, pyfim and brute force agree on.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rivals import OURS, Rival, UnavailableError, call, save

from tasks.cases import Case, DisagreementError

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAMES = ("pandas", "pyarrow")  # the same columns of text on all sides
PYFIM = Rival("pyfim", (*_FRAMES, "pyfim"))
MLXTEND = Rival("mlxtend", (*_FRAMES, "mlxtend"))
SPARK = Rival("spark", (*_FRAMES, "pyspark"), command="java")


class Log(NamedTuple):
    """Order lines, written where other processes read them."""

    lines: int
    path: Path


class Mining(NamedTuple):
    """A threshold, and what must be found: number of itemsets and the sum of their counts."""

    source: str
    name: str
    min_count: int
    itemsets: int | None = None
    total: int | None = None
    target: str = ""
    alone: str = ""  # target of mining alone


#: Expected: R arules 1.7.13, pyfim 6.28 and an independent kernel agree (mushroom: pyfim loses
#: the item that is in every basket).
MININGS = (
    Mining("groceries", "groceries 0.1 %", 10, 13_492, 339_547, "", "at least 0.25"),
    Mining("retail", "retail 0.1 %", 89, 7_589, 1_859_296, "at least 6", "at least 0.4"),
    Mining("retail", "retail 0.02 %", 18, 67_186, 3_823_304, "", "at least 0.25"),
    Mining("T10I4D100K", "T10I4D100K 1 %", 1_000, 385, 807_396, "", "at least 0.4"),
    Mining("T10I4D100K", "T10I4D100K 0.1 %", 100, 27_532, 6_659_711, "at least 4", "at least 0.4"),
    Mining("mushroom", "mushroom 10 %", 813, 574_431, 578_184_444, "", "at least 0.4"),
    Mining("dense", "dense, 3,196 x 75, 28 %", 900, alone="at least 0.4"),
)
_FILES = {
    "groceries": "groceries/groceries_names.txt",
    "retail": "fimi_retail/retail.dat",
    "T10I4D100K": "t10i4d100k/T10I4D100K.dat",
    "mushroom": "mushroom/mushroom.dat",
}


# ------------------------------------------------------------------------------------- data


def data_folder() -> Path:
    if folder := os.environ.get("CRMLYTICS_DATA"):
        return Path(folder)
    raise UnavailableError("the environment variable CRMLYTICS_DATA names no folder of data")


def written(order: np.ndarray, item: np.ndarray, names: np.ndarray) -> Log:
    """Save the lines in random order, as a till's export is in no useful one."""
    shuffle = np.random.default_rng(0).permutation(len(order))
    arrays = {"order": order[shuffle], "item": item[shuffle].astype(np.int32), "names": names}
    return Log(len(order), save(arrays))


@functools.cache
def order_lines(source: str, scale: float = 1.0) -> Log:
    made = {"dense": dense_lines, "large": large_lines}
    if source in made:
        return written(*made[source](scale))
    text = (data_folder() / _FILES[source]).read_text(encoding="utf-8")
    separator = "\t" if "\t" in text else None
    baskets = [line.split(separator) for line in text.splitlines()]
    names, item = np.unique([each for basket in baskets for each in basket], return_inverse=True)
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    return written(order, item, names)


def dense_lines(_scale: float):
    """As dense as the chess set: 37 attributes of two or three values, one of them common."""
    rng = np.random.default_rng(2)
    rows, attributes = 3_196, 37
    common = np.linspace(0.999, 0.45, attributes)
    value = (rng.random((rows, attributes)) > common).astype(int)
    # The last attribute has a third value, so that there are 75 items as in chess.
    value[:, -1] += value[:, -1] * (rng.random(rows) < 0.3)
    item = np.arange(attributes) * 2 + value
    names = np.array([f"attribute {i // 2} = {i % 2}" for i in range(2 * attributes + 1)])
    return np.repeat(np.arange(rows), attributes), item.ravel(), names


def large_lines(scale: float):
    """A million baskets of five lines on average, 20,000 items bought by Zipf's law."""
    rng = np.random.default_rng(3)
    baskets, items = int(1_000_000 * scale), 20_000
    chance = 1 / np.arange(1, items + 1)
    size = 1 + rng.poisson(4, baskets)
    item = np.searchsorted(np.cumsum(chance / chance.sum()), rng.random(size.sum()))
    # Random names, so that the order of the names says nothing about the sales.
    names = np.array([f"item {code:05}" for code in rng.permutation(items)])
    return np.repeat(np.arange(baskets), size), np.minimum(item, items - 1), names


def journey_lines() -> Path:
    """Household, day in UTC and product category of the Complete Journey sample."""
    import pandas as pd

    folder = data_folder() / "complete_journey"
    lines = pd.read_parquet(folder / "transactions_sample.parquet")
    products = pd.read_parquet(folder / "products.parquet")[["product_id", "product_category"]]
    lines = lines.merge(products, on="product_id").dropna(subset="product_category")
    stamp = lines["transaction_timestamp"].dt.tz_convert("UTC").dt.tz_localize(None)
    category = lines["product_category"].to_numpy().astype("U")
    names, item = np.unique(category, return_inverse=True)
    return save(
        {
            "household": lines["household_id"].astype(int).to_numpy(),
            "date": stamp.dt.normalize().to_numpy().astype("datetime64[s]"),
            "item": item, "names": names,
        }
    )  # fmt: skip


# ------------------------------------------------------------------------------------ checks


def same_itemsets(mining: Mining, lost: int = 0) -> Callable[[dict, dict], str]:
    """Check both counts; `lost` is the number of itemsets that the rival is known to lose."""

    def check(own: dict, other: dict | None) -> str:
        expected = {"itemsets": mining.itemsets, "total": mining.total}
        for name, value in expected.items():
            if value is not None and own[name] != value:
                raise DisagreementError(f"ours found {name} {own[name]:,} instead of {value:,}")
        if other is not None and other["itemsets"] != own["itemsets"] - lost:
            raise DisagreementError(
                f"ours {own['itemsets']:,} itemsets, rival {other['itemsets']:,}"
            )
        if other is not None and not lost and other["total"] != own["total"]:
            raise DisagreementError(
                f"counts add up to {own['total']:,}, the rival's to {other['total']:,}"
            )
        return f"{own['itemsets']:,} itemsets" + (f", rival {lost} less" if lost and other else "")

    return check


def expected(**numbers: int) -> Callable[[dict, object], str]:
    def check(own: dict, _other: object) -> str:
        for name, number in numbers.items():
            if own[name] != number:
                raise DisagreementError(f"{name} {own[name]:,} instead of {number:,}")
        return ", ".join(f"{name} {number:,}" for name, number in numbers.items())

    return check


# ------------------------------------------------------------------------------------- cases


def mined(mining: Mining, log: Log):
    """One threshold: end to end against three rivals, then mining alone."""
    options = {"min_count": mining.min_count}
    lost = int(mining.source == "mushroom")

    def row(task: str, suffix: str, rival: Rival, name: str, target: str):
        return Case(
            task, mining.name, log.lines,
            lambda: call(OURS, f"basket:ours_{suffix}", log.path, repeat=2, **options),
            name, lambda: call(rival, f"basket:{rival.name}_{suffix}", log.path, **options),
            target, 2 if rival is PYFIM else 1,
            same_itemsets(mining, lost if rival is PYFIM else 0),
        )  # fmt: skip

    whole, alone = "order lines to itemsets", "itemsets from ready baskets"
    yield row(whole, "lines", PYFIM, "pandas lists + pyfim", mining.target)
    yield row(whole, "lines", MLXTEND, "pandas lists + mlxtend fpgrowth", "at least 30")
    yield row(whole, "lines", SPARK, "Spark local FPGrowth", "")
    yield row(alone, "baskets", PYFIM, "pyfim", mining.alone)


def alone(task, name, rows: int, function: str, data: Path, target: str, check, **options):
    """A row without a rival: the time and the memory are what is asked."""
    return Case(
        task, name, rows,
        lambda: call(OURS, f"basket:{function}", data, repeat=2, limit=600, **options),
        target=target, turns=1, check=check,
    )  # fmt: skip


def cases(scale: float):
    try:
        data_folder()
        minings = MININGS
    except UnavailableError as error:
        print(f"public baskets not measured: {error}", flush=True)
        minings = tuple(mining for mining in MININGS if mining.source not in _FILES)
    for mining in minings:
        yield from mined(mining, order_lines(mining.source))
    if len(minings) == len(MININGS):
        yield from rules_and_sequences()
    log = order_lines("large", scale)
    yield from large(log, Mining("large", "1 M baskets x 20,000 items, 0.1 %", int(1_000 * scale)))


def rules_and_sequences():
    log = order_lines("groceries")
    yield alone(
        "association_rules with p-values", "groceries 0.1 %, confidence 0.5", log.lines,
        "ours_rules", log.path, "at most 0.5 s", expected(rules=5_668),
        min_count=10, min_confidence=0.5,
    )  # fmt: skip
    data = journey_lines()
    for min_count, max_len, patterns, total, target in (
        (119, None, 2_772, 482_681, "at most 1 s"),
        (24, 3, 114_883, 4_853_069, "at most 4 s"),
    ):
        yield alone(
            "frequent_sequences", f"Complete Journey, min_count {min_count}", 75_000,
            "ours_sequences", data, target, expected(patterns=patterns, total=total),
            min_count=min_count, max_len=max_len,
        )  # fmt: skip


def large(log: Log, mining: Mining):
    options = {"min_count": mining.min_count}
    yield Case(
        "order lines to itemsets", mining.name, log.lines,
        lambda: call(OURS, "basket:ours_lines", log.path, limit=600, **options),
        "pandas lists + pyfim",
        lambda: call(PYFIM, "basket:pyfim_lines", log.path, limit=600, **options),
        "under 2,000 MB", 1, same_itemsets(mining),
    )  # fmt: skip
