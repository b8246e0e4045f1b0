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
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Panel(NamedTuple):
    """Series in the rows, calendar periods in the columns, NaN where there is no value.

    Column 0 is the period of index `start`; the last column is the last period in which any
    series has a value. `ids` are in ascending order.
    """

    ids: NDArray[Any]
    values: NDArray[np.float64]
    start: int
    unit: periods.Unit

    def dates(self, columns: NDArray[np.int64]) -> NDArray[np.datetime64]:
        """First day of the periods in the given columns; columns past the last are the future."""
        return periods.first_days(self.start + columns, self.unit)


def read_panel(
    sales: object,
    *,
    date_col: str,
    value_col: str,
    series_col: str | None,
    unit: periods.Unit | None,
) -> Panel:
    """Check the columns that matter and lay the values out by series and period.

    Rows that a boolean column ``complete`` flags False are partial periods and left out.
    """
    roles = {"date_col": date_col, "value_col": value_col, "series_col": series_col}
    names = frames.column_names(sales)
    checks.columns(names, roles)
    checks.distinct_columns(roles)
    used = {"_date": date_col, "_value": value_col}
    if series_col is not None:
        used["_series"] = series_col
    if "complete" in names and "complete" not in used.values():
        used["_complete"] = "complete"
    rows = _collect(sales, used)
    day = rows["_date"].astype("datetime64[D]").astype(np.int64)
    code, ids = np.zeros(len(day), np.int64), np.zeros(1, np.int64)
    if series_col is not None:
        code, distinct = codes.factorise(pd.Series(rows["_series"]))
        ids = np.asarray(distinct)
    _refuse_infinite(rows["_value"], value_col, sales)
    if not np.isfinite(rows["_value"]).any():
        raise NotEnoughDataError(
            f"{value_col!r} holds no value: a forecast needs at least 2 values of a series, and "
            "two full seasons to be seasonal"
        )
    unit = unit or unit_of(code, day)
    kept = rows["_complete"].astype(bool) if "_complete" in rows else np.ones(len(day), bool)
    return _lay_out(ids, code[kept], day[kept], rows["_value"][kept], unit)


def _collect(sales: object, used: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    table = frames.lazy(sales, list(used.values()))
    schema = table.collect_schema()
    for ours, column in used.items():
        _require_type(ours, column, schema[column])
    selected = {ours: nw.col(column) for ours, column in used.items()}
    selected["_value"] = selected["_value"].cast(nw.Float64)
    rows = frames.collect(table.select(**selected))
    for ours, column in used.items():
        missing = 0 if ours == "_value" else int(rows[ours].is_null().sum())
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
    if ours == "_series" and not (dtype == nw.String or dtype.is_integer()):
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


def _lay_out(
    ids: NDArray[Any],
    code: NDArray[np.int64],
    day: NDArray[np.int64],
    value: NDArray[np.float64],
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
    start, end = int(period[known].min()), int(period[known].max())
    values = np.full((len(ids), end + 1 - start), np.nan)
    values[code[known], period[known] - start] = value[known]
    return Panel(ids, values, start, unit)
