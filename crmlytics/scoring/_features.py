"""From interpreted columns to features: levels pooled, dates taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawColumn, RawTable

Part = Literal["value", "days", "month", "weekday"]

INFREQUENT = "(infrequent)"
MISSING = "(missing)"

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


class Feature(NamedTuple):
    """Values of one feature: floats (NaN = missing), or codes of a category.

    With L levels, code L is "infrequent or unseen" and code L + 1 is "missing".
    """

    name: str
    raw: str
    values: NDArray[Any]
    levels: tuple[str, ...] | None = None

    @property
    def is_category(self) -> bool:
        """Whether the values are codes."""
        return self.levels is not None

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of all codes of a category."""
        return (*(self.levels or ()), INFREQUENT, MISSING)


class FeaturePlan(NamedTuple):
    """What is learnt of one feature: where it comes from and which levels it keeps."""

    name: str
    raw: str
    part: Part
    levels: tuple[str, ...] | None


def learn(
    table: RawTable, *, min_level_rows: int, max_levels: int
) -> tuple[list[FeaturePlan], dict[str, str]]:
    """Plans of the features worth having, and why the other columns are left out."""
    plans: list[FeaturePlan] = []
    dropped = {}
    for name, column in table.columns.items():
        if column.missing.all():
            dropped[name] = "empty: every value is missing"
            continue
        found, reason = [], ""
        for part in _parts(column):
            levels, why = _learn_part(_part(column, part), min_level_rows, max_levels)
            if why:
                reason = why
            else:
                found.append(FeaturePlan(_name(name, part), name, part, levels))
        plans += found
        if not found:
            dropped[name] = reason
    return plans, dropped


def apply(plans: Sequence[FeaturePlan], table: RawTable) -> list[Feature]:
    """Return the features of a table, levels that were not kept pooled as infrequent."""
    return [_feature(plan, table.columns[plan.raw]) for plan in plans]


def names_of(part: Part) -> tuple[str, ...]:
    """Names of the months or weekdays, in order."""
    return _MONTHS if part == "month" else _WEEKDAYS


def _feature(plan: FeaturePlan, raw: RawColumn) -> Feature:
    column = _part(raw, plan.part)
    if plan.levels is None:
        return Feature(plan.name, plan.raw, column.values)
    n = len(plan.levels)
    place = {level: i for i, level in enumerate(plan.levels)}
    codes = [place.get(level, n) for level in column.levels]
    values = np.asarray([*codes, n + 1], np.int32)[column.values]
    return Feature(plan.name, plan.raw, values, plan.levels)


def _learn_part(
    column: RawColumn, min_rows: int, max_levels: int
) -> tuple[tuple[str, ...] | None, str]:
    """Levels to keep (None for a number), and why the feature is of no use."""
    missing = int(column.missing.sum())
    if column.kind != "text":
        present = column.values[~column.missing]
        constant = bool((present == present[0]).all())
        if constant and missing < min_rows:
            return None, "constant: one value"
        return None, ""
    rows = np.bincount(column.values[column.values >= 0], minlength=len(column.levels))
    if (rows > 0).sum() == 1 and missing < min_rows:
        return (), "constant: one value"
    # The most frequent first, equals by name, so that the order of rows does not matter.
    ranked = sorted((-int(n), level) for n, level in zip(rows, column.levels, strict=True))
    frequent = [(level, -n) for n, level in ranked[:max_levels] if -n >= min_rows]
    kept = sorted(level for level, _ in frequent)
    pooled = int(rows.sum()) > sum(n for _, n in frequent)
    if len(kept) + pooled + (missing > 0) < 2 or (not kept and missing < min_rows):
        return (), f"no level occurs in at least {min_rows} rows"
    return tuple(kept), ""


def _parts(column: RawColumn) -> tuple[Part, ...]:
    return ("days", "month", "weekday") if column.kind == "date" else ("value",)


def _part(column: RawColumn, part: Part) -> RawColumn:
    if part in ("value", "days"):
        return column
    missing = column.missing
    days = np.floor(np.where(missing, 0.0, column.values)).astype(np.int64)
    names: tuple[str, ...] = _WEEKDAYS
    codes = (days + 3) % 7  # 1970-01-01 was a Thursday
    if part == "month":
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        codes, names = months % 12, _MONTHS
    values = np.where(missing, -1, codes).astype(np.int32)
    return column._replace(kind="text", values=values, levels=names)


def _name(raw: str, part: Part) -> str:
    return raw if part == "value" else f"{raw}: {part}"
