"""What each raw column is, learnt once: number, category or date, and what means "missing"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import notices
from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.scoring import _text_values
from crmlytics.scoring._raw_columns import Kind, RawColumn, RawTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    MissingValues = Sequence[object] | Mapping[str, Sequence[object]]

_NEARLY_ALL = 0.9  # share of numbers among texts that is worth a question
_MANY_LEVELS = 20


class ColumnSchema(NamedTuple):
    """How one raw column is read."""

    name: str
    stored: Kind
    kind: Kind
    missing_codes: tuple[object, ...]
    aware: bool
    note: str = ""


def codes_of(name: str, missing_values: MissingValues) -> tuple[object, ...]:
    """Codes that mean "missing" in one column."""
    if hasattr(missing_values, "get"):
        return tuple(missing_values.get(name, ()))
    return tuple(missing_values)


def learn(
    table: RawTable, *, missing_values: MissingValues, categorical: Sequence[str]
) -> tuple[dict[str, ColumnSchema], RawTable]:
    """Interpret every column and return the interpreted table with what was learnt."""
    schemas, columns = {}, {}
    for name, raw in table.columns.items():
        codes = codes_of(name, missing_values)
        column = _without_codes(raw, codes)
        if name in categorical:
            column, note = _as_category(column), "a category, as declared"
        else:
            column, note = _interpreted(column)
        schemas[name] = ColumnSchema(name, raw.kind, column.kind, codes, raw.aware, note)
        columns[name] = column
    return schemas, RawTable(table.n, columns)


def apply(schemas: Mapping[str, ColumnSchema], table: RawTable) -> RawTable:
    """Read the columns of another frame as those learnt from."""
    columns = {name: _read_as(table.columns[name], schema) for name, schema in schemas.items()}
    return RawTable(table.n, columns)


def _read_as(raw: RawColumn, schema: ColumnSchema) -> RawColumn:
    column = _without_codes(raw, schema.missing_codes)
    if column.kind == schema.kind:
        return column
    if column.missing.all():
        return _empty(schema, len(column.values))
    if schema.kind == "text" and column.kind == "number":
        return _as_category(column)
    if column.kind == "text":
        reading = _text_values.as_numbers if schema.kind == "number" else _text_values.as_days
        values = _spelled(column, reading(column.levels))
        lost = int(np.isnan(values).sum() - column.missing.sum())
        if lost < len(values) - column.missing.sum():
            if lost:
                notices.warn(
                    f"{lost:,} of {len(values):,} values of {raw.name!r} are texts where "
                    f"{schema.kind}s were learnt; they are taken as missing",
                    DataQualityWarning,
                )
            return RawColumn(raw.name, schema.kind, values)
    raise DataContractError(
        f"{raw.name!r} held {_PLURAL[schema.kind]} when the model was fitted and holds "
        f"{_PLURAL[column.kind]} now; give it as it was then"
    )


_PLURAL = {"number": "numbers", "text": "texts", "date": "dates"}


def _empty(schema: ColumnSchema, n: int) -> RawColumn:
    values = np.full(n, -1, np.int32) if schema.kind == "text" else np.full(n, np.nan)
    return RawColumn(schema.name, schema.kind, values)


def _without_codes(raw: RawColumn, codes: Sequence[object]) -> RawColumn:
    """Strip blanks around levels and turn codes for "missing" into missing values."""
    if raw.kind == "date":
        return raw
    if raw.kind == "number":
        numbers = [float(code) for code in codes if isinstance(code, int | float)]
        hidden = np.isin(raw.values, numbers)
        return raw._replace(values=np.where(hidden, np.nan, raw.values)) if numbers else raw
    gone = _text_values.is_missing(raw.levels, codes)
    stripped = [level.strip() for level in raw.levels]
    if not any(gone) and len(set(stripped)) == len(stripped):
        return raw._replace(levels=tuple(stripped))
    kept = {level: i for i, level in enumerate(
        dict.fromkeys(one for one, no in zip(stripped, gone, strict=True) if not no)
    )}  # fmt: skip
    place = [-1 if no else kept[one] for one, no in zip(stripped, gone, strict=True)]
    values = np.asarray([*place, -1], np.int32)[raw.values]
    return raw._replace(values=values, levels=tuple(kept))


def _interpreted(column: RawColumn) -> tuple[RawColumn, str]:
    """Texts that all spell numbers or ISO dates are read as such; else they stay texts."""
    if column.kind != "text" or not column.levels:
        return column, ""
    readings: tuple[tuple[Kind, Any], ...] = (
        ("number", _text_values.as_numbers),
        ("date", _text_values.as_days),
    )
    for kind, reading in readings:
        spelled = np.asarray(reading(column.levels))
        failed = np.isnan(spelled)
        if not failed.any():
            values = _spelled(column, spelled)
            return RawColumn(column.name, kind, values), f"{kind}s stored as text"
        if kind == "number" and len(column.levels) > _MANY_LEVELS:
            rows = np.bincount(column.values[column.values >= 0], minlength=len(failed))
            if rows[~failed].sum() >= _NEARLY_ALL * rows.sum():
                return column, _ask_for_codes(column.name, int(rows[failed].sum()), rows.sum())
    return column, ""


def _ask_for_codes(name: str, failed: int, n: int) -> str:
    notices.warn(
        f"{name!r} is kept as text: all but {failed:,} of its {n:,} values are numbers; if those "
        "stand for missing values, name them in missing_values",
        DataQualityWarning,
    )
    return f"text: {failed:,} of {n:,} values are no numbers"


def _spelled(column: RawColumn, values: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.asarray([*values, np.nan], np.float64)[column.values]
    return found


def _as_category(column: RawColumn) -> RawColumn:
    """Whole numbers lose their decimal point, so that 1 and 1.0 are one level."""
    if column.kind == "text":
        return column
    present = ~np.isnan(column.values)
    levels, place = np.unique(column.values[present], return_inverse=True)
    codes = np.full(len(column.values), -1, np.int32)
    codes[present] = place
    texts = tuple(str(int(one)) if one == int(one) else repr(float(one)) for one in levels)
    return RawColumn(column.name, "text", codes, texts)
