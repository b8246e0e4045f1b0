"""Rolling origins inside the history: every past moment becomes one more series to forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Origins of a series when there are many, and most when there are few.
_SEVERAL, _MOST = 6, 40

#: Past forecasts that a horizon needs before origins may be few.
_ENOUGH = 200

#: Fewest values before an origin.
_FEWEST_BEFORE = 3


class Rows(NamedTuple):
    """Histories as seen from origins: row r is series `series[r]` without its last `offset[r]`.

    All end in the last column, so that a lock-step engine forecasts them together; the columns
    in front that this frees hold NaN, as if the series had begun later.
    """

    values: NDArray[np.float64]
    series: NDArray[np.int64]
    offset: NDArray[np.int64]


def choose_offsets(n_values: NDArray[np.int64], *, horizon: int, season_length: int) -> list[int]:
    """How many periods before the end the origins lie, for series of these numbers of values.

    Notes
    -----
    With many series, up to six origins lie whole seasons before the end: then Decembers judge
    Decembers, whose errors are larger where sales are. Where that leaves fewer than two origins
    before which four fifths of the series have three seasons, six lie evenly from half a horizon
    to a horizon before the end. Few series have up to 40 origins, from half a horizon before the
    end to two horizons, or further so that they lie a period apart, with three seasons before them
    where there are as many, else two.
    """
    if not len(n_values):
        return []
    m, n_series = season_length, len(n_values)
    typical = int(np.quantile(n_values, 0.2, method="lower"))
    many = n_series * _SEVERAL >= _ENOUGH
    whole = [k * m for k in range(1, _SEVERAL + 1) if k * m <= typical - 3 * m]
    if many and m > 1 and len(whole) > 1 and whole[-1] >= horizon:
        return whole
    wanted = min(max(-(-_ENOUGH // n_series), _SEVERAL), _MOST)
    first = -(-horizon // 2)
    farthest = horizon if many else max(2 * horizon, first + wanted - 1)
    for before in (max(3 * m, _FEWEST_BEFORE), max(2 * m, _FEWEST_BEFORE), _FEWEST_BEFORE):
        last = min(farthest, typical - before)
        if last >= horizon:
            spread = np.linspace(min(first, last), last, wanted).round().astype(np.int64)
            return [int(each) for each in np.unique(spread)]
    return list(range(1, max(typical - _FEWEST_BEFORE, 0) + 1))[-_MOST:]


def roll_back(values: NDArray[np.float64], series: NDArray[np.int64], offsets: list[int]) -> Rows:
    """Rows of the chosen series at every origin that leaves them three values or more."""
    parts = [_shifted(values[series], offset) for offset in offsets]
    rows = np.concatenate(parts) if parts else np.empty((0, values.shape[1]))
    which = np.tile(series, len(offsets))
    offset = np.repeat(np.asarray(offsets, np.int64), len(series))
    kept = np.isfinite(rows).sum(axis=1) >= _FEWEST_BEFORE
    return Rows(rows[kept], which[kept], offset[kept])


def what_came(values: NDArray[np.float64], rows: Rows, horizon: int) -> NDArray[np.float64]:
    """Values of the `horizon` periods after each origin, NaN where they are not known yet."""
    n = values.shape[1]
    column = n - rows.offset[:, None] + np.arange(horizon)
    known = column < n
    came = values[rows.series[:, None], np.minimum(column, n - 1)]
    return np.where(known, came, np.nan)


def _shifted(values: NDArray[np.float64], offset: int) -> NDArray[np.float64]:
    shifted = np.full_like(values, np.nan)
    if offset < values.shape[1]:
        shifted[:, offset:] = values[:, : values.shape[1] - offset]
    return shifted
