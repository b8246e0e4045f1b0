"""Cases as periods at risk: one weighted row per distinct case, period and what happened in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PersonPeriods(NamedTuple):
    """`kind` is the place of a case among the distinct ones, `outcome` 0 for "still open"."""

    kind: NDArray[np.int64]
    period: NDArray[np.int64]
    outcome: NDArray[np.int64]
    weight: NDArray[np.int64]


def distinct_rows(features: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct rows: a row of each, and every row's number; missing equals missing."""
    code = np.zeros(len(features), np.int64)
    n = 1
    for name in features:
        one, levels = pd.factorize(features[name])
        present, code = codes.numbered(code * (len(levels) + 1) + one + 1, n * (len(levels) + 1))
        n = len(present)
    _, first = np.unique(code, return_index=True)
    return first.astype(np.int64), code


def person_periods(
    kind: NDArray[np.int64],
    duration: NDArray[np.int64],
    outcome: NDArray[np.int64],
    entry: NDArray[np.int64],
    n_outcomes: int,
) -> PersonPeriods:
    """Count, for each distinct case and period, those at risk by what happened to them.

    A case of duration d and entry e is at risk in the periods e + 1, …, d, and its outcome
    (0 = still open) is that of period d.
    """
    last = int(duration.max(initial=0))
    width = last + 2
    n_kinds = int(kind.max(initial=-1)) + 1
    held = duration > entry
    kind, duration, outcome, entry = (
        each[held] for each in (kind, duration, outcome, entry)
    )  # fmt: skip
    size = n_kinds * width
    steps = np.bincount(kind * width + entry + 1, minlength=size) - np.bincount(
        kind * width + duration + 1, minlength=size
    )
    at_risk = steps.reshape(n_kinds, width).cumsum(axis=1).ravel()
    parts = []
    open_still = at_risk
    for one in range(1, n_outcomes):
        ended = outcome == one
        count = np.bincount(kind[ended] * width + duration[ended], minlength=size)
        open_still = open_still - count
        parts.append((one, count))
    parts.insert(0, (0, open_still))
    cells = [(value, np.flatnonzero(count), count) for value, count in parts]
    cell = np.concatenate([at for _, at, _ in cells])
    return PersonPeriods(
        cell // width,
        cell % width,
        np.concatenate([np.full(len(at), value, np.int64) for value, at, _ in cells]),
        np.concatenate([count[at] for _, at, count in cells]).astype(np.int64),
    )


def repeated(rows: pd.DataFrame, weight: NDArray[np.int64], y: Any) -> tuple[pd.DataFrame, Any]:
    """Write each row as often as it weighs, for a classifier that takes no weights."""
    at = np.repeat(np.arange(len(rows)), weight)
    return rows.iloc[at].reset_index(drop=True), y[at]
