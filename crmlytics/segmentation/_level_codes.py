"""Categories as whole numbers, in an order of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Levels(NamedTuple):
    """The categories of one column, sorted; a missing value is the last, an unknown one beyond."""

    known: tuple[Any, ...]

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """Learn the categories of a column."""
        seen = pd.unique(pd.Series(values).dropna())
        return cls(tuple(sorted(seen.tolist(), key=lambda one: (type(one).__name__, one))))

    def __len__(self) -> int:
        """Known categories, the missing one and the unknown ones."""
        return len(self.known) + 2

    def codes(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Code of each value."""
        column = pd.Series(values)
        index = pd.Index(self.known, dtype=object) if self.known else pd.Index([], dtype=object)
        code = index.get_indexer(pd.Index(column.astype(object)))
        missing = column.isna().to_numpy()
        return np.where(missing, len(self.known), np.where(code < 0, len(self.known) + 1, code))

    def values(self, codes: NDArray[np.int64]) -> NDArray[Any]:
        """Category of each code, None for missing."""
        lookup = np.empty(len(self.known) + 2, dtype=object)
        lookup[: len(self.known)] = self.known
        return lookup[codes]
