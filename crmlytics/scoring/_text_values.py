"""What the texts of a column may stand for: nothing, a number, a day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Texts that forms, spreadsheets and databases leave where nothing was entered, in small letters.
PLACEHOLDERS = ("select", "n/a", "#n/a", "na", "nan", "null", "none", "nil", "?", "-", "--")

# "007" and "02134" are codes: as numbers they would lose their zeros.
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?")

_DAY = 86_400_000_000.0  # microseconds


def is_missing(levels: Iterable[str], codes: Iterable[object]) -> list[bool]:
    """Which levels mean that there is no value: blanks, and the `codes` in any case."""
    spelled = {str(code).strip().casefold() for code in codes}
    return [not level.strip() or level.strip().casefold() in spelled for level in levels]


def as_numbers(levels: Sequence[str]) -> list[float]:
    """Each level as the number it spells, NaN where it spells none."""
    return [float(one) if _NUMBER.fullmatch(one) else np.nan for one in map(str.strip, levels)]


def as_days(levels: Sequence[str]) -> list[float]:
    """Each level as days since 1970-01-01 where it is an ISO date or moment, NaN where not."""
    return [_iso_day(level.strip()) for level in levels]


def _iso_day(text: str) -> float:
    if not _ISO_MOMENT.fullmatch(text):
        return np.nan
    try:
        return float(np.datetime64(text, "us").astype(np.int64)) / _DAY
    except ValueError:  # the 30th of February
        return np.nan
