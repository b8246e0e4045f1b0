"""Reads ``golden/members.csv``: series, and what other libraries forecast for them."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import numpy as np

SOURCE = "statsforecast 2.1.1, tests/forecast/golden/make_members.py"


@functools.cache
def _lines() -> dict[tuple[str, int], np.ndarray]:
    path = Path(__file__).parent / "golden" / "members.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {(r[0], int(r[1])): np.array(r[2:], dtype=float) for r in csv.reader(file)}


def series(number: int) -> np.ndarray:
    """One series as an array of one row."""
    return _lines()["y", number][None]


def published(method: str, number: int) -> list[float]:
    """Forecast of the method, or its parameter."""
    return _lines()[method, number].tolist()
