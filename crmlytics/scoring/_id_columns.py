"""Columns that number the rows: they teach a model nothing but the order in which rows came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from crmlytics.scoring._raw_columns import RawColumn

_WORDS = {"id", "ids", "uuid", "guid", "key", "number", "no", "nr", "num", "phone", "rownames"}
_ALWAYS_IDS = {"id", "uuid", "guid", "key"}
_FEW_ROWS = 10
# Whole numbers drawn by chance from their range would repeat this often: none did.
_REPEATS_EXPECTED = 10.0


def words_of(name: str) -> list[str]:
    """Words of a column's name in small letters, also of one like ``customerID``."""
    found = re.findall(r"[A-ZА-Я]+(?![a-zа-я])|[A-ZА-Я]?[a-zа-я]+|\d+|[^\W\d_]+", name)
    return [word.casefold() for word in found]


def id_ground(column: RawColumn, *, max_levels: int) -> str:
    """Why a column is an id, empty where it is none.

    A text is one if it differs in every row. Whole numbers are, if they differ in every row and
    are named like an id, or lie so densely that as many drawn at random from their range would
    repeat at least ten times (n² / 2·range, the birthday problem): a running number.
    """
    present = column.values[~column.missing]
    n = len(present)
    if n < _FEW_ROWS or column.kind == "date" or n < len(column.values):
        return ""
    distinct = len(np.unique(present))
    if column.kind == "text":
        return "unique id: every row has another text" if distinct == n else ""
    if not np.array_equal(present, np.rint(present)):
        return ""
    last = (words_of(column.name) or [""])[-1]
    if distinct < n:
        if last in _ALWAYS_IDS and distinct > max_levels:
            return f"id: named like one, with {distinct:,} whole numbers"
        return ""
    spread = float(present.max() - present.min()) + 1.0
    named = last in _WORDS or last.endswith("number")
    if named or n * n / (2.0 * spread) >= _REPEATS_EXPECTED:
        return "unique id: every row has another whole number"
    return ""
