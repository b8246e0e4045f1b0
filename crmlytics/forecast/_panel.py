"""A long frame of series read once, checked, into one array of series by periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.spacing import unit_of
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


class Panel(NamedTuple):
    """Series in the rows, calendar periods in the columns, NaN where there is no value.

    Column 0 is the period of index `start`; the last column is the last period in which any
    series has a value. `keys` holds the series' columns, in ascending order of their values.
    `regressors` is of shape (n_series, n_periods, n_regressors), 0 where a period has no row.
    """

    keys: dict[str, NDArray[Any]]
    values: NDArray[np.float64]
    regressors: NDArray[np.float64]
    start: int
    unit: periods.Unit

    @property
    def ids(self) -> NDArray[Any]:
        """Values of the first column of the series; a single 0 where there is none."""
        return next(iter(self.keys.values()), np.zeros(1, np.int64))

    def dates(self, columns: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """First day of the periods in the given columns; columns past the last are the future."""
        return periods.first_days(self.start + columns, self.unit)


def read_panel(
    sales: object,
    *,
    date_col: str,
    value_col: str,
    series_col: str | Sequence[str] | None,
    unit: periods.Unit | None,
    regressors: tuple[str, ...] = (),
) -> Panel:
    """Check the columns that matter and lay the values out by series and period.

    Rows that a boolean column ``complete`` flags False are partial periods and left out.
    """
    series_cols = series_columns(series_col)
    used = _columns_used(sales, date_col, value_col, series_cols, regressors)
    rows = collect_rows(sales, used)
    day = rows["_date"].astype("datetime64[D]").astype(np.int64)
    code, keys = series_codes({name: rows[f"_series{i}"] for i, name in enumerate(series_cols)},
                              len(day))  # fmt: skip
    _refuse_infinite(rows["_value"], value_col, sales)
    if not np.isfinite(rows["_value"]).any():
        raise NotEnoughDataError(
            f"{value_col!r} holds no value: a forecast needs at least 2 values of a series, and "
            "two full seasons to be seasonal"
        )
    unit = unit or unit_of(code, day)
    kept = rows["_complete"].astype(bool) if "_complete" in rows else np.ones(len(day), bool)
    told = np.empty((len(day), len(regressors)))
    for k in range(len(regressors)):
        told[:, k] = rows[f"_regressor{k}"]
    _refuse_missing_regressors(told[kept], rows["_value"][kept], regressors)
    return _lay_out(keys, code[kept], day[kept], rows["_value"][kept], told[kept], unit)


def series_columns(series_col: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the columns that tell the series apart."""
    if series_col is None:
        return ()
    return (series_col,) if isinstance(series_col, str) else tuple(series_col)


def series_codes(
    keys: dict[str, NDArray[Any]], n_rows: int
) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
    """Each row's series and the distinct series, ordered by their columns from the first on."""
    code = np.zeros(n_rows, np.int64)
    distinct: dict[str, NDArray[Any]] = {}
    for name, column in keys.items():
        own, ids = codes.factorise(pd.Series(column))
        ids = np.asarray(ids)
        pairs, code = np.unique(code * max(len(ids), 1) + own, return_inverse=True)
        before, now = np.divmod(pairs, max(len(ids), 1))
        distinct = {key: each[before] for key, each in distinct.items()} | {name: ids[now]}
    return code.astype(np.int64), distinct


def _columns_used(
    sales: object,
    date_col: str,
    value_col: str,
    series_cols: tuple[str, ...],
    regressors: tuple[str, ...],
) -> dict[str, str]:
    roles = {"date_col": date_col, "value_col": value_col}
    roles |= {f"series_col[{i}]" if len(series_cols) > 1 else "series_col": name
              for i, name in enumerate(series_cols)}  # fmt: skip
    roles |= {f"regressors[{k}]": name for k, name in enumerate(regressors)}
    names = frames.column_names(sales)
    checks.columns(names, roles)
    checks.distinct_columns(roles)
    used = {"_date": date_col, "_value": value_col}
    used |= {f"_series{i}": name for i, name in enumerate(series_cols)}
    used |= {f"_regressor{k}": name for k, name in enumerate(regressors)}
    if "complete" in names and "complete" not in used.values():
        used["_complete"] = "complete"
    return used


def collect_rows(sales: object, used: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    """Columns as arrays under our names, their types right and no key missing."""
    table = frames.lazy(sales, list(used.values()))
    schema = table.collect_schema()
    for ours, column in used.items():
        _require_type(ours, column, schema[column])
    selected = {ours: nw.col(column) for ours, column in used.items()}
    for ours in used:
        if ours == "_value" or ours.startswith("_regressor"):
            selected[ours] = selected[ours].cast(nw.Float64)
    rows = frames.collect(table.select(**selected))
    for ours, column in used.items():
        # A value may be missing, a gap; and a regressor where the value is.
        free = ours == "_value" or ours.startswith("_regressor")
        missing = 0 if free else int(rows[ours].is_null().sum())
        if missing:
            raise DataContractError(
                f"{missing:,} of {len(rows):,} values of {column!r} are missing; "
                f"see them with {frames.how_to_find(sales, column, 'missing')}"
            )
    return frames.arrays(rows)


def _require_type(ours: str, column: str, dtype: Any) -> None:
    if ours == "_date":
        if not (dtype == nw.Date or dtype == nw.Datetime):
            raise DataContractError(
                f"{column!r} must hold dates or timestamps, it holds {dtype}; "
                "turn text into dates with crmlytics.io.parse_dates"
            )
        if getattr(dtype, "time_zone", None) is not None:
            raise DataContractError(
                f"{column!r} holds time-zone-aware timestamps, and a period of sales has a date; "
                "pass local dates (sales_series makes them with tz=)"
            )
    if ours == "_value" and not dtype.is_numeric():
        raise DataContractError(
            f"{column!r} must hold numbers, it holds {dtype}; "
            "turn text into numbers with crmlytics.io.parse_money"
        )
    if ours.startswith("_regressor") and not (dtype.is_numeric() or dtype == nw.Boolean):
        raise DataContractError(
            f"the regressor {column!r} must hold numbers or booleans, it holds {dtype}; write "
            "each of its words as a column of 0 and 1"
        )
    if ours.startswith("_series") and not (dtype == nw.String or dtype.is_integer()):
        raise DataContractError(
            f"the series in {column!r} must be text or integers, they are {dtype}; cast them first"
        )
    if ours == "_complete" and dtype != nw.Boolean:
        raise DataContractError(
            f"a column 'complete' tells the periods that are over (True) from those that are not, "
            f"it holds {dtype}; cast it to boolean, or rename it if it means something else"
        )


def _refuse_infinite(value: NDArray[np.float64], column: str, sales: object) -> None:
    if bad := int(np.isinf(value).sum()):
        raise DataContractError(
            f"{bad:,} of {len(value):,} values of {column!r} are infinite; "
            f"see them with {frames.how_to_find(sales, column, 'not finite')}"
        )


def read_future(
    future: object, panel: Panel, *, names: tuple[str, ...], horizon: int, date_col: str
) -> NDArray[np.float64]:
    """Regressors in the periods after the panel, of shape (n_series, horizon, n_regressors).

    Without the series' columns the rows hold for every series.
    """
    there = frames.column_names(future)
    keys = tuple(panel.keys) if set(panel.keys) <= set(there) else ()
    checks.columns(there, {"date_col": date_col} | {f"regressors[{k}]": each
                                                    for k, each in enumerate(names)})  # fmt: skip
    used = {"_date": date_col} | {f"_series{i}": name for i, name in enumerate(keys)}
    used |= {f"_regressor{k}": name for k, name in enumerate(names)}
    rows = collect_rows(future, used)
    day = rows["_date"].astype("datetime64[D]").astype(np.int64)
    period = periods.periods_of(day, panel.unit)
    step = period - panel.start - panel.values.shape[1]
    series = _positions(
        {name: rows[f"_series{i}"] for i, name in enumerate(keys)}, panel, len(step)
    )
    kept = (step >= 0) & (step < horizon) & (series >= 0)
    n_series = len(panel.values) if keys else 1
    if repeated := int(kept.sum()) - len(set(zip(series[kept], step[kept], strict=True))):
        raise DataContractError(
            f"{repeated:,} of {len(step):,} rows of future repeat a series and period of "
            f"unit={panel.unit!r}; keep one each"
        )
    found = np.full((n_series, horizon, len(names)), np.nan)
    for k in range(len(names)):
        found[series[kept], step[kept], k] = rows[f"_regressor{k}"][kept]
    if missing := int((~np.isfinite(found)).any(axis=2).sum()):
        ends = periods.first_days(panel.start + panel.values.shape[1] + np.array([0, horizon - 1]),
                                  panel.unit)  # fmt: skip
        raise DataContractError(
            f"future lacks {missing:,} of {n_series * horizon:,} rows of series and periods, or "
            f"their regressors; every series needs each period from {ends[0]} to {ends[1]}"
        )
    return np.broadcast_to(found, (len(panel.values), horizon, len(names)))


def _positions(keys: dict[str, NDArray[Any]], panel: Panel, n_rows: int) -> NDArray[np.int64]:
    """Position in the panel of each row's series, -1 for a series that is not there."""
    if not keys:
        return np.zeros(n_rows, np.int64)
    where = {pair: i for i, pair in enumerate(zip(*(panel.keys[name].tolist() for name in keys),
                                                  strict=True))}  # fmt: skip
    rows = zip(*(np.asarray(column).tolist() for column in keys.values()), strict=True)
    return np.array([where.get(row, -1) for row in rows], np.int64)


def _refuse_missing_regressors(
    regressors: NDArray[np.float64], value: NDArray[np.float64], names: tuple[str, ...]
) -> None:
    for name, column in zip(names, regressors.T, strict=True):
        if bad := int((~np.isfinite(column) & np.isfinite(value)).sum()):
            raise DataContractError(
                f"{bad:,} of {len(value):,} values of the regressor {name!r} are missing or "
                "infinite where there are sales; write 0 where nothing happened"
            )


def _lay_out(
    keys: dict[str, NDArray[Any]],
    code: NDArray[np.int64],
    day: NDArray[np.int64],
    value: NDArray[np.float64],
    regressors: NDArray[np.float64],
    unit: periods.Unit,
) -> Panel:
    period = periods.periods_of(day, unit)
    known = np.isfinite(value)
    if not known.any():
        raise NotEnoughDataError(
            "every row with a value is flagged as a partial period (complete=False): a forecast "
            "needs at least 2 complete periods of a series"
        )
    if repeated := len(period) - len(codes.distinct_pairs(code, period)[0]):
        raise DataContractError(
            f"{repeated:,} of {len(period):,} rows repeat a series and period of unit={unit!r}; "
            "sum them to one row each first (sales_series does), or name the column that tells "
            "the series apart in series_col"
        )
    n_series = len(next(iter(keys.values()))) if keys else 1
    start, end = int(period[known].min()), int(period[known].max())
    values = np.full((n_series, end + 1 - start), np.nan)
    values[code[known], period[known] - start] = value[known]
    laid_out = np.zeros((*values.shape, regressors.shape[1]))
    laid_out[code[known], period[known] - start] = regressors[known]
    return Panel(keys, values, laid_out, start, unit)
