"""One word per series: what was seen of it, and so how its forecast was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.forecast.series_kinds import span

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Every status, in the order in which they are tried; `SalesForecaster` tells their meaning.
STATUSES = (
    "empty", "too_short", "refused", "ended", "constant", "intermittent", "short_history", "gaps",
    "ok",
)  # fmt: skip


def series_status(
    values: NDArray[np.float64], kind: NDArray[Any], refused: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return the first of `STATUSES` that applies to each series."""
    first, last = span(values)
    n_observations = np.isfinite(values).sum(axis=1)
    return np.select(
        [
            kind == "empty",
            kind == "single",
            refused,
            last < values.shape[1] - 1,
            kind == "constant",
            kind == "intermittent",
            kind == "short",
            n_observations < last + 1 - first,
        ],
        list(STATUSES[:-1]),
        STATUSES[-1],
    ).astype(object)
