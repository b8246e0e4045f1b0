"""A computed survival curve read back into arrays, its groups told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import _cases as cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RESULTS = (
    "time", "at_risk", "events", "censored", "entered", "survival", "standard_error", "low", "high",
)  # fmt: skip
#: Columns of `cumulative_incidence`, but for the cause, which tells curves apart as a group does.
SHARES = (
    "time", "at_risk", "events", "cumulative_incidence", "standard_error", "low", "high",
    "survival",
)  # fmt: skip


class Curve(NamedTuple):
    """Rows of `kaplan_meier` ordered by group and time; `values` are the groups' own columns."""

    values: dict[str, NDArray[Any]]
    n_groups: int
    group: NDArray[np.int64]
    rows: dict[str, NDArray[Any]]

    @property
    def time(self) -> NDArray[np.float64]:
        """Age of each row."""
        return self.rows["time"]

    def staying(self) -> NDArray[np.int64]:
        """Cases under observation just after each row's time."""
        rows = self.rows
        joined = np.where(rows["time"] > 0.0, rows["entered"], 0)
        stay: NDArray[np.int64] = rows["at_risk"] - rows["events"] - rows["censored"] + joined
        return stay

    def at(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """Last row at or before each time, of shape (n_groups, n_times); -1 before the first."""
        distinct, place = np.unique(self.time, return_inverse=True)
        width = len(distinct) + 1
        key = self.group * width + place + 1
        wanted = np.arange(self.n_groups)[:, None] * width
        wanted = wanted + np.searchsorted(distinct, times, side="right")[None, :]
        row = np.searchsorted(key, wanted, side="right") - 1
        own = (row >= 0) & (self.group[row] == np.arange(self.n_groups)[:, None])
        return np.where(own, row, -1)

    def last(self) -> NDArray[np.int64]:
        """Last row of each group."""
        return np.searchsorted(self.group, np.arange(self.n_groups), side="right") - 1

    def repeated(self, n: int) -> dict[str, NDArray[Any]]:
        """Return the groups' columns with each group `n` times."""
        return {name: np.repeat(column, n) for name, column in self.values.items()}


def read_curve(
    curve: object, needed: Sequence[str] = RESULTS, *, results: Sequence[str] = RESULTS
) -> Curve:
    """Check and collect a result of `kaplan_meier`; columns that are not `results` are groups."""
    names = frames.column_names(curve)
    checks.columns(names, {f"column {name}": name for name in needed})
    by = [name for name in names if name not in results]
    table = frames.collect(frames.lazy(curve, [*by, *needed]))
    if not len(table):
        raise NotEnoughDataError("the curve has no rows; at least 1 is needed")
    held = cases.Columns(table, {"by": by}, curve, curve)
    groups = cases.groups_of(held, "by")
    arrays = frames.arrays(table.select(*needed))
    order = np.lexsort((arrays["time"], groups.code))
    rows = {name: arrays[name][order] for name in needed}
    code = groups.code[order]
    same = (code[1:] == code[:-1]) & (rows["time"][1:] == rows["time"][:-1])
    if twice := int(same.sum()):
        raise DataContractError(
            f"{twice:,} of {len(code):,} rows repeat a time of their group; pass one "
            "computed curve, with the columns that tell its groups apart"
        )
    return Curve(groups.values, groups.n, code, rows)


def numbers_of(parameter: str, value: Any) -> NDArray[np.float64]:
    """Return one number or several as an array of finite floats of at least 0."""
    values = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if values.ndim != 1 or not len(values) or not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError(
            f"{parameter} must be a finite number of at least 0 or several of them, got {value!r}"
        )
    return values
