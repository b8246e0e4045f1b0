"""The four public basket files, read as baskets."""

from __future__ import annotations

import functools

import pandas as pd

from crmlytics.basket import Baskets

_FILES = {
    "groceries": "groceries/groceries.dat",
    "retail": "fimi_retail/retail.dat",
    "T10I4D100K": "t10i4d100k/T10I4D100K.dat",
    "mushroom": "mushroom/mushroom.dat",
}


@functools.cache
def market(data_dir, name):
    """One line per basket, items as numbers."""
    with (data_dir / _FILES[name]).open(encoding="utf-8") as lines:
        return Baskets.from_lists([[int(item) for item in line.split()] for line in lines])


@functools.cache
def groceries_by_name(data_dir):
    """Groceries with the names of the items."""
    with (data_dir / "groceries/groceries_names.txt").open(encoding="utf-8") as lines:
        return Baskets.from_lists([line.rstrip("\n").split("\t") for line in lines])


@functools.cache
def groceries_hierarchy(data_dir):
    """Item, name, level2 (55 groups) and level1 (10 groups)."""
    return pd.read_csv(data_dir / "groceries/groceries_hierarchy.tsv", sep="\t")
