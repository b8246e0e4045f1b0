"""A text column as its distinct texts: each is read once, however often it stands there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Distinct(NamedTuple):
    """Distinct texts and, row by row, the number of the text there (-1: missing)."""

    texts: list[str]
    codes: NDArray[np.intp]

    def rows_of(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark the rows whose text is flagged."""
        return self.spread(flags, False)

    def count(self, flags: NDArray[np.bool_]) -> int:
        """Count the rows whose text is flagged."""
        return int(np.count_nonzero(self.rows_of(flags))) if flags.any() else 0

    def spread(self, values: NDArray[Any], missing: object) -> NDArray[Any]:
        """Return one value per row from one value per text."""
        gaps = self.codes < 0
        if not gaps.any():
            return values[self.codes]
        rows = np.full(len(self.codes), missing, dtype=values.dtype)
        rows[~gaps] = values[self.codes[~gaps]]
        return rows

    def only(self, flags: NDArray[np.bool_]) -> Distinct:
        """Keep the flagged texts; the rows of the others become missing."""
        if flags.all():
            return self
        number = np.append(np.where(flags, np.cumsum(flags) - 1, -1), -1)
        return Distinct(list(itertools.compress(self.texts, flags)), number[self.codes])


def distinct_texts(cells: NDArray[np.object_]) -> Distinct:
    """Number the distinct texts of `cells`; None and NaN are missing."""
    codes, texts = pd.factorize(cells)
    return Distinct(texts.tolist(), codes)
