"""Long frames of actuals, forecasts and history, matched by series and period."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.spacing import unit_of
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BOUND = re.compile(r"(low|high)_\d+(\.\d+)?")


class Aligned(NamedTuple):
    """Actuals, columns by model, history and the series of each row.

    An actual is NaN, too, where no model has a row: nobody was asked for it.
    """

    actual: NDArray[np.float64]
    models: dict[str, dict[str, NDArray[np.float64]]]
    train: NDArray[np.float64]
    series: NDArray[np.int64]


class _Rows(NamedTuple):
    """Columns of one frame: ids as objects, days, and numbers by name."""

    series: NDArray[Any]
    day: NDArray[np.int64]
    origin: NDArray[np.int64]
    model: NDArray[Any] | None
    numbers: dict[str, NDArray[np.float64]]


class _Units(NamedTuple):
    """Series and origins that are forecast, and the period before each one's first step."""

    series: NDArray[np.int64]
    last: NDArray[np.int64]


def read_frames(
    actual: Any,
    forecast: Mapping[str, Any],
    train: Any,
    *,
    series_col: str | None,
    date_col: str,
    value_col: str,
    model_col: str | None,
    origin_col: str | None,
    unit: periods.Unit | None,
) -> Aligned:
    """Align actuals, forecasts and history in arrays with a row per series and origin."""
    keys = {"series_col": series_col, "date_col": date_col}
    truth = _read(actual, keys | {"value_col": value_col}, [value_col])
    past = _read(train, keys | {"value_col": value_col}, [value_col])
    roles = keys | {"origin_col": origin_col, "model_col": model_col}
    tables = {
        model: _read(each, roles, ["forecast", *_bounds(each)]) for model, each in forecast.items()
    }
    everyone = [past, truth, *tables.values()]
    for what, rows in (("train", past), ("actual", truth), *tables.items()):
        if not len(rows.day):
            raise NotEnoughDataError(f"{what!r} has no row; at least 1 is needed")
    codes_of, ids = _common_codes([rows.series for rows in everyone])
    unit = unit or unit_of(codes_of[0], past.day)
    period_of = [periods.periods_of(rows.day, unit) for rows in everyone]
    history, start = _grid(
        codes_of[0], period_of[0], past.numbers[value_col], len(ids), "train", unit
    )
    truths, first = _grid(
        codes_of[1], period_of[1], truth.numbers[value_col], len(ids), "actual", unit
    )
    end_of_history = start + history.shape[1] - 1 - np.isfinite(history)[:, ::-1].argmax(axis=1)
    _refuse_unknown(np.isfinite(history).any(axis=1), np.unique(np.concatenate(codes_of[2:])))
    placed = _placed(tables, codes_of[2:], period_of[2:], end_of_history, unit, origin_col)
    units = _units(placed)
    steps = int(max(int((rows[2] - rows[1]).max(initial=1)) for rows in placed.values()))
    shape = (len(units.series), steps)
    models: dict[str, dict[str, NDArray[np.float64]]] = {}
    asked = np.zeros(shape, bool)
    for name, (series, last, period, rows) in placed.items():
        row, step = _row_of(units, series, last), period - last - 1
        asked[row, step] = True
        _by_model(models, name, rows, row, step, shape)
    wanted = units.last[:, None] + np.arange(1, steps + 1)
    return Aligned(
        np.where(asked, _taken(truths, units.series, wanted - first), np.nan),
        models,
        _cut(history, units, start),
        units.series,
    )


def _read(frame: Any, roles: dict[str, str | None], numbers: list[str]) -> _Rows:
    names = frames.column_names(frame)
    checks.columns(names, roles | {number: number for number in numbers if number == "forecast"})
    checks.distinct_columns(roles)
    held = {role: column for role, column in roles.items() if column is not None}
    table = frames.collect(frames.lazy(frame, list(dict.fromkeys([*held.values(), *numbers]))))
    for role, column in held.items():
        if role in ("date_col", "origin_col"):
            _require_dates(table, column)
        if role != "value_col" and (missing := int(table[column].is_null().sum())):
            raise DataContractError(
                f"{missing:,} of {len(table):,} values of {column!r} are missing; "
                f"see them with {frames.how_to_find(frame, column, 'missing')}"
            )
    read = frames.arrays(table)
    day = _days(read[held["date_col"]])
    series_col, origin_col, model_col = (
        held.get(each) for each in ("series_col", "origin_col", "model_col")
    )
    return _Rows(
        series=read[series_col] if series_col else np.zeros(len(day), np.int64),
        day=day,
        origin=_days(read[origin_col]) if origin_col else np.empty(0, np.int64),
        model=read[model_col] if model_col else None,
        numbers={name: _numbers(table, read, name, frame) for name in numbers},
    )


def _require_dates(table: nw.DataFrame[Any], column: str) -> None:
    dtype = table[column].dtype
    if not (dtype == nw.Date or dtype == nw.Datetime):
        raise DataContractError(
            f"{column!r} must hold dates or timestamps, it holds {dtype}; "
            "turn text into dates with crmlytics.io.parse_dates"
        )
    if getattr(dtype, "time_zone", None) is not None:
        raise DataContractError(
            f"{column!r} holds time-zone-aware timestamps, and a period has a date; "
            "pass local dates"
        )


def _days(values: NDArray[Any]) -> NDArray[np.int64]:
    return values.astype("datetime64[D]").astype(np.int64)


def _numbers(
    table: nw.DataFrame[Any], read: dict[str, NDArray[Any]], column: str, frame: Any
) -> NDArray[np.float64]:
    if not table[column].dtype.is_numeric():
        raise DataContractError(
            f"{column!r} must hold numbers, it holds {table[column].dtype}; "
            "turn text into numbers with crmlytics.io.parse_money"
        )
    values = read[column].astype(np.float64)
    if bad := int(np.isinf(values).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are infinite; "
            f"see them with {frames.how_to_find(frame, column, 'not finite')}"
        )
    return values


def _bounds(frame: Any) -> list[str]:
    return [name for name in frames.column_names(frame) if _BOUND.fullmatch(name)]


def _common_codes(parts: list[NDArray[Any]]) -> tuple[list[NDArray[np.int64]], Any]:
    """Code the ids of several frames alike."""
    text = [len(part) > 0 and part.dtype == object for part in parts]
    if any(text) and not all(
        is_text for is_text, part in zip(text, parts, strict=True) if len(part)
    ):
        raise DataContractError(
            "the series are text in one frame and integers in another; cast them to one type"
        )
    together = pd.Series(np.concatenate([part.astype(object) for part in parts]))
    code, ids = codes.factorise(together)
    return np.split(code, np.cumsum([len(part) for part in parts])[:-1]), ids


def _grid(
    series: NDArray[np.int64],
    period: NDArray[np.int64],
    value: NDArray[np.float64],
    n_series: int,
    what: str,
    unit: str,
) -> tuple[NDArray[np.float64], int]:
    """Lay values out by series and period; return them with the period of the first column."""
    _refuse_repeats(series, period, what, unit)
    start = int(period.min()) if len(period) else 0
    width = int(period.max()) - start + 1 if len(period) else 1
    values = np.full((n_series, width), np.nan)
    values[series, period - start] = value
    return values, start


def _refuse_repeats(
    series: NDArray[np.int64], period: NDArray[np.int64], what: str, unit: str
) -> None:
    if repeated := len(period) - len(codes.distinct_pairs(series, period)[0]):
        raise DataContractError(
            f"{repeated:,} of {len(period):,} rows of {what} repeat a series and period of "
            f"unit={unit!r}; keep one row each, or name the columns that tell them apart in "
            "series_col, model_col and origin_col"
        )


def _placed(
    tables: dict[str, _Rows],
    series_of: list[NDArray[np.int64]],
    period_of: list[NDArray[np.int64]],
    end_of_history: NDArray[np.int64],
    unit: periods.Unit,
    origin_col: str | None,
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], _Rows]]:
    """Series, last period known and period forecast of the rows of each table."""
    placed = {}
    for (name, rows), series, period in zip(tables.items(), series_of, period_of, strict=True):
        last = end_of_history[series]
        if origin_col is not None:
            last = periods.periods_of(rows.origin, unit)
        if early := int((period <= last).sum()):
            raise DataContractError(
                f"{early:,} of {len(period):,} forecasts are of periods that train already holds; "
                "pass as train only what was known when they were made, or name the column of "
                "the last day known in origin_col"
            )
        placed[name] = (series, last, period, rows)
    return placed


def _units(placed: Mapping[str, tuple[Any, ...]]) -> _Units:
    series = np.concatenate([rows[0] for rows in placed.values()])
    last = np.concatenate([rows[1] for rows in placed.values()])
    return _Units(*codes.distinct_pairs(series, last))


def _refuse_unknown(known: Any, forecast: NDArray[np.int64]) -> None:
    if missing := int((~known[forecast]).sum()):
        raise DataContractError(
            f"{missing:,} of {len(forecast):,} series that are forecast have no "
            "value in train; errors are scaled by each series' own history"
        )


def _row_of(units: _Units, series: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place of each (series, last period) among the units, which are sorted by both."""
    low = int(units.last.min()) if len(units.last) else 0
    width = int(units.last.max()) - low + 1 if len(units.last) else 1
    return np.searchsorted(units.series * width + units.last - low, series * width + last - low)


def _by_model(
    models: dict[str, dict[str, NDArray[np.float64]]],
    name: str,
    rows: _Rows,
    row: NDArray[np.int64],
    step: NDArray[np.int64],
    shape: tuple[int, int],
) -> None:
    """Lay one table's forecasts out, those of each model in `model_col` apart."""
    groups = {name: np.ones(len(row), bool)}
    if rows.model is not None:
        labels = rows.model.astype(str)
        groups = {str(label): labels == label for label in np.unique(labels)}
    for label, own in groups.items():
        if label in models:
            raise DataContractError("two tables of forecast hold a model of one name")
        _refuse_repeats(row[own], step[own], "forecast", "step")
        models[label] = {}
        for column, values in rows.numbers.items():
            grid = np.full(shape, np.nan)
            grid[row[own], step[own]] = values[own]
            models[label][column] = grid


def _taken(
    values: NDArray[np.float64], series: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Values at the columns wanted, NaN where they lie outside."""
    inside = (column >= 0) & (column < values.shape[1])
    found = values[series[:, None], np.clip(column, 0, values.shape[1] - 1)]
    return np.where(inside, found, np.nan)


def _cut(history: NDArray[np.float64], units: _Units, start: int) -> NDArray[np.float64]:
    """Each unit's history up to its last period known, in the last column."""
    back = np.arange(history.shape[1] - 1, -1, -1)
    return _taken(history, units.series, units.last[:, None] - start - back)
