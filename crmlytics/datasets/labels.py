"""Identifiers and words as pandas columns, without a Python loop over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEWEST_DIGITS = 6
_BLOCK = 500_000  # rows spelt at once: the letters take 4 bytes each


def numbered(prefix: str, numbers: NDArray[np.int64], largest: int) -> pd.Series:
    """Return identifiers such as ``C000123``, of the width that `largest` needs to sort."""
    width = max(_FEWEST_DIGITS, len(str(largest)))
    blocks = np.array_split(numbers, len(numbers) // _BLOCK + 1)
    return pd.concat([_spelt(prefix, block, width) for block in blocks], ignore_index=True)


def chosen(words: Sequence[str | None] | pd.Series, codes: NDArray[np.integer[Any]]) -> pd.Series:
    """Return the word of each code, in the text type that this pandas gives to text."""
    return pd.Series(words).take(codes).reset_index(drop=True)


def draw_codes(
    rng: np.random.Generator, shares: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw one code per row from the distribution ``shares[row]``."""
    steps = np.cumsum(shares, axis=1)[:, :-1]
    codes = np.zeros(len(rows), dtype=np.int64)
    uniform = rng.random(len(rows))
    for step in steps.T:
        codes += uniform >= step[rows]
    return codes


def _spelt(prefix: str, numbers: NDArray[np.int64], width: int) -> pd.Series:
    # A fixed-width text array is an array of code points: write the digits straight into it.
    letters = np.empty((len(numbers), 1 + width), dtype=np.uint32)
    letters[:, 0] = ord(prefix)
    rest = numbers
    for column in range(width, 0, -1):
        rest, letters[:, column] = np.divmod(rest, 10)
    letters[:, 1:] += ord("0")
    return pd.Series(letters.view(f"=U{1 + width}").ravel())
