"""Purchase histories of customers: which cannot be, and the times asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def check_histories(x: Floats, t_x: Floats, T: Floats, *, names: tuple[str, str, str]) -> None:
    """Refuse counts and times that no customer can have."""
    frequency, recency, end = (repr(name) for name in names)
    at_once = (
        f"have {frequency} above 0 but {recency} 0; purchases at one time are one purchase: "
        "merge those of the same day, as purchase_summary does"
    )
    never = (
        f"have {frequency} 0 but {recency} above 0; without a repeat purchase {recency}, the age "
        "at the last one, is 0"
    )
    rules = [
        ((x < 0) | (x != np.floor(x)), f"have a {frequency} that is no whole number from 0 on"),
        ((t_x < 0) | (T < 0), f"have a negative {recency} or {end}"),
        (t_x > T * (1 + 1e-9), f"have {recency} above {end}: the last purchase after the end"),
        ((x == 0) & (t_x > 0), never),
        ((x > 0) & (t_x == 0), at_once),
    ]
    for bad, what in rules:
        if n := int(bad.sum()):
            raise DataContractError(f"{n:,} of {len(x):,} rows {what}")


def times(t: ArrayLike, parameter: str = "t") -> Floats:
    """Return spans of time as floats, finite and at least 0."""
    try:
        values = np.asarray(t, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array(np.nan)
    if not (np.isfinite(values) & (values >= 0)).all():
        shown = f", got {t!r}" if np.ndim(values) == 0 else ""
        raise ValueError(f"{parameter} must be finite and at least 0{shown}")
    return values
