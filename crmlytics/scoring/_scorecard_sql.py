"""A scorecard in SQL: a CASE per column, so that the database scores its rows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crmlytics.scoring import _features

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from crmlytics.scoring._bins import Bins
    from crmlytics.scoring._features import FeaturePlan
    from crmlytics.scoring._schemas import ColumnSchema

# Databases place NaN above all numbers: what is not below this is NaN, and NaN is missing.
_LARGEST = "1.7976931348623157e308"


class _Value(NamedTuple):
    """Where there is no value, and the value where there is one."""

    missing: str
    value: str


def case(
    plan: FeaturePlan, schema: ColumnSchema, tz: str | None, bins: Bins, points: NDArray[np.int64]
) -> str:
    """Points of one feature."""
    found = _value(plan, schema, tz)
    lines = [f"CASE WHEN {found.missing} THEN {points[-1]}"]
    if bins.levels is None:
        for cut, point in zip(bins.cuts or (), points, strict=False):
            lines.append(f"WHEN {found.value} <= {cut!r} THEN {point}")
        lines.append(f"WHEN {found.value} <= {_LARGEST} THEN {points[-2]} ELSE {points[-1]} END")
    else:
        for level, point in zip(bins.levels, points, strict=False):
            lines.append(f"WHEN {found.value} = {_constant(level, plan, schema)} THEN {point}")
        lines.append(f"ELSE {points[-2]} END")
    return "\n    ".join(lines)


def quoted(name: str) -> str:
    """Return a name that may hold anything, as SQL's standard writes it."""
    return '"' + name.replace('"', '""') + '"'


def _value(plan: FeaturePlan, schema: ColumnSchema, tz: str | None) -> _Value:
    column = quoted(schema.name)
    if schema.stored == "text":
        text = f"TRIM(CAST({column} AS VARCHAR))"
        codes = ["", *dict.fromkeys(str(code).strip().casefold() for code in schema.missing_codes)]
        gone = f"{column} IS NULL OR LOWER({text}) IN ({_listed(_text(code) for code in codes)})"
        column = f"LOWER({text})" if _is_boolean(plan) else text
    else:
        numbers = [float(code) for code in schema.missing_codes
                   if schema.stored == "number" and isinstance(code, int | float)]  # fmt: skip
        among = f" OR {column} IN ({_listed(map(repr, numbers))})" if numbers else ""
        gone = f"{column} IS NULL{among}"
    if schema.kind == "number" and schema.stored == "text":
        column = f"CAST({column} AS DOUBLE PRECISION)"
    if schema.kind == "date":
        column = _part_of_date(plan, column, tz if schema.aware else None)
    return _Value(gone, column)


def _part_of_date(plan: FeaturePlan, column: str, tz: str | None) -> str:
    moment = f"{column} AT TIME ZONE {_text(tz)}" if tz else f"CAST({column} AS TIMESTAMP)"
    if plan.part == "days":
        return f"EXTRACT(EPOCH FROM {moment}) / 86400.0"
    return f"EXTRACT({'MONTH' if plan.part == 'month' else 'ISODOW'} FROM {moment})"


def _constant(level: str, plan: FeaturePlan, schema: ColumnSchema) -> str:
    if plan.part in ("month", "weekday"):
        return str(_features.names_of(plan.part).index(level) + 1)
    if schema.stored == "number":
        return level
    return _text(level.casefold() if _is_boolean(plan) else level)


def _is_boolean(plan: FeaturePlan) -> bool:
    """Databases write true where Python writes True."""
    return plan.levels is not None and bool(plan.levels) and {*plan.levels} <= {"True", "False"}


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _listed(items: Sequence[str] | object) -> str:
    return ", ".join(items)  # type: ignore[arg-type]
