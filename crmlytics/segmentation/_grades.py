"""Cut points, ranks and labels: the arithmetic behind the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Below this an amount has no ninth digit that a float could hold.
_TINY = 1e-290


def quantile_cuts(values: NDArray[np.float64], n_bins: int) -> NDArray[np.float64]:
    """Inner quantiles k / n_bins by linear interpolation, their positions in whole numbers.

    A position computed in floating point can miss an order statistic by a hair and move all
    customers tied on it to the next bin.
    """
    ordered = np.sort(values)
    below, parts = np.divmod(np.arange(1, n_bins) * (len(ordered) - 1), n_bins)
    above = np.minimum(below + 1, len(ordered) - 1)
    gap = ordered[above] - ordered[below]
    return np.asarray(ordered[below] + gap * parts / n_bins, np.float64)


def rank_scores(values: NDArray[np.float64], ids: NDArray[Any], n_bins: int) -> NDArray[np.int64]:
    """Scores of equal-sized bins: ceil(n · rank / N), equal values ranked by id."""
    order = np.lexsort((ids, values)) if ids.dtype != object else _object_lexsort(ids, values)
    rank = np.empty(len(values), np.int64)
    rank[order] = np.arange(1, len(values) + 1)
    return -(-n_bins * rank // len(values))


def round_significant(values: NDArray[np.float64], *, digits: int) -> NDArray[np.float64]:
    """Round to so many significant digits, zero to zero."""
    values = np.where(np.abs(values) < _TINY, 0.0, values)
    size = np.abs(values)
    exponent = np.floor(np.log10(size, out=np.zeros_like(values), where=size > 0))
    scale = 10.0 ** (digits - 1 - exponent)
    return np.asarray(np.round(values * scale) / scale, np.float64)


def labels(
    r: NDArray[np.int64], f: NDArray[np.int64], m: NDArray[np.int64], n_bins: int
) -> NDArray[Any]:
    """Texts such as "543", or "10-4-3" where a score can have two digits."""
    separator = "" if n_bins <= 9 else "-"
    grades = range(1, n_bins + 1)
    texts = np.array(
        [separator.join((str(i), str(j), str(k))) for i in grades for j in grades for k in grades],
        dtype=object,
    )
    label: NDArray[Any] = texts[((r - 1) * n_bins + f - 1) * n_bins + m - 1]
    return label


def _object_lexsort(ids: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.int64]:
    by_id = np.argsort(ids, kind="stable")
    return by_id[np.argsort(values[by_id], kind="stable")]
