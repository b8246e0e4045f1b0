"""Dated rows of one frame, checked once and ready to aggregate on the engine that holds them."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray


class CodedEvents(NamedTuple):
    """The rows up to `as_of` of a frame in memory as numpy arrays, customers as sorted codes.

    `ids` holds the distinct ids in ascending order and `code` each row's position in it; `period`
    is the day itself for days; `amount` and `order` (codes, too) are there where asked for.
    """

    ids: Any
    code: NDArray[np.int64]
    day: NDArray[np.int64]
    period: NDArray[np.int64]
    amount: NDArray[np.float64]
    order: NDArray[np.int64]
    n_rows: int
    n_refunds: int
    first_day: int | None
    last_day: int | None


class Events(NamedTuple):
    """A lazy view of the rows up to `as_of`, under names of our own, and what one look found.

    `rows` has the columns ``_id``, ``_day`` (days since 1970-01-01), and where they were asked
    for ``_period``, ``_amount`` and ``_order``.
    """

    rows: nw.LazyFrame[Any]
    n_rows: int
    n_refunds: int
    first_day: int | None
    last_day: int | None


def read_events(
    frame: object,
    *,
    id_col: str | None,
    date_col: str,
    as_of: dt.date,
    amount_col: str | None = None,
    order_col: str | None = None,
    unit: periods.Unit = "D",
    tz: str | None = None,
    id_parameter: str = "customer_col",
) -> Events | CodedEvents:
    """Check the columns that matter once and return the rows up to the end of `as_of`.

    With ``id_col=None`` all rows belong to one group, whose id is 0. Messages about the column of
    ids name the parameter that the caller of our caller filled, `id_parameter`.

    Frames in pandas and pyarrow come back as numpy arrays (they group ten times slower than numpy
    counts); every other engine keeps its rows and does the heavy pass itself.
    """
    roles = {
        id_parameter: id_col,
        "date_col": date_col,
        "amount_col": amount_col,
        "order_col": order_col,
    }
    checks.columns(frames.column_names(frame), roles)
    checks.distinct_columns(roles)
    used = {
        ours: column
        for ours, column in zip(("_id", "_date", "_amount", "_order"), roles.values(), strict=True)
        if column is not None
    }
    table = frames.lazy(frame, list(used.values()))
    schema = table.collect_schema()
    for ours, column in used.items():
        require_type(ours, column, schema[column])
    table = local_dates(table, date_col, schema[date_col], tz)
    table = table.select(**{ours: nw.col(column) for ours, column in used.items()})
    in_numpy = frames.kind_of(frame) in ("pandas", "pyarrow")
    read = _read_codes if in_numpy else _read_lazily
    return read(table, used, as_of=as_of, unit=unit, frame=frame)


def _read_lazily(
    table: nw.LazyFrame[Any],
    used: dict[str, str],
    *,
    as_of: dt.date,
    unit: periods.Unit,
    frame: object,
) -> Events:
    last_day = periods.to_day_index(as_of)
    rows = periods.with_day_index(table, "_date", "_day")
    if frames.is_eager(frame):
        # In memory the day numbers cost less to keep than to work out twice.
        rows = frames.collect(rows).lazy()
    found = frames.row(_look(rows, used, last_day))
    _refuse(found, used, frame, as_of)
    period = nw.col("_day") if unit == "D" else periods.period_index(nw.col("_date"), unit)
    ids = nw.col("_id") if "_id" in used else nw.lit(0).cast(nw.Int64)
    columns = {"_id": ids, "_day": nw.col("_day"), "_period": period}
    if "_amount" in used:
        columns["_amount"] = nw.col("_amount").cast(nw.Float64)
    if "_order" in used:
        columns["_order"] = nw.col("_order")
    return Events(
        rows=rows.filter(nw.col("_day") <= last_day).select(**columns),
        n_rows=_count(found, "until"),
        n_refunds=_count(found, "refunds"),
        first_day=found["first"] and int(found["first"]),
        last_day=found["last"] and min(int(found["last"]), last_day),
    )


def _read_codes(
    table: nw.LazyFrame[Any],
    used: dict[str, str],
    *,
    as_of: dt.date,
    unit: periods.Unit,
    frame: object,
) -> CodedEvents:
    last_day = periods.to_day_index(as_of)
    native = frames.to_pandas(table)
    found: dict[str, Any] = {f"no{ours}": int(native[ours].isna().sum()) for ours in used}
    found["n"] = len(native)
    _refuse_missing(found, used, frame)
    day = periods.days_of(native["_date"].to_numpy("datetime64[us]"))
    amount = np.empty(0)
    found |= {"until": len(day), "first": None, "last": None}
    if len(day):
        found |= {"first": int(day.min()), "last": int(day.max())}
    if "_amount" in used:
        amount = native["_amount"].to_numpy(np.float64)
        found["not_finite"] = len(amount) - int(np.isfinite(amount).sum())
    ids = native["_id"] if "_id" in used else pd.Series(np.zeros(len(day), np.int64))
    orders = native["_order"] if "_order" in used else None
    if found["last"] is not None and found["last"] > last_day:
        kept = day <= last_day
        found["until"] = int(kept.sum())
        day, ids = day[kept], ids[kept]
        amount = amount[kept] if len(amount) else amount
        orders = None if orders is None else orders[kept]
    found["refunds"] = int((amount < 0).sum())
    _refuse(found, used, frame, as_of)
    code, distinct = codes.factorise(ids)
    return CodedEvents(
        ids=distinct,
        code=code,
        day=day,
        period=periods.periods_of(day, unit),
        amount=amount,
        order=np.empty(0, np.int64) if orders is None else codes.factorise(orders)[0],
        n_rows=found["until"],
        n_refunds=found["refunds"],
        first_day=found["first"],
        last_day=found["last"] and min(found["last"], last_day),
    )


def require_type(ours: str, column: str, dtype: Any) -> None:
    """Refuse a column whose type does not fit its role, which `ours` names."""
    if ours in ("_id", "_order", "_item") and not (dtype == nw.String or dtype.is_integer()):
        remedy = (
            "missing ids make pandas read integers as floats: drop those rows, then cast to int"
            if dtype.is_float()
            else "turn them into text or integers"
        )
        raise DataContractError(
            f"the ids in {column!r} must be text or integers, they are {dtype}; {remedy}"
        )
    if ours == "_date" and not (dtype == nw.Date or dtype == nw.Datetime):
        raise DataContractError(
            f"{column!r} must hold dates or timestamps, it holds {dtype}; "
            "turn text into dates with crmlytics.io.parse_dates"
        )
    if ours == "_amount" and not dtype.is_numeric():
        raise DataContractError(
            f"{column!r} must hold numbers, it holds {dtype}; "
            "turn text into numbers with crmlytics.io.parse_money"
        )


def local_dates(table: nw.LazyFrame[Any], date_col: str, dtype: Any, tz: str | None) -> Any:
    """Bring the dates to the business time zone, or say why that cannot be done."""
    if tz is not None:
        try:
            zoneinfo.ZoneInfo(tz)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"tz must be the name of a time zone such as 'Europe/Warsaw', got {tz!r}"
            ) from error
    zone = getattr(dtype, "time_zone", None)
    if zone is None:
        return table
    if tz is None:
        raise DataContractError(
            f"{date_col!r} holds time-zone-aware timestamps ({zone}), and an event near midnight "
            "falls on another day in another zone; pass the business time zone, such as "
            "tz='Europe/Warsaw'"
        )
    return frames.local_time(table, date_col, tz)


def _look(rows: nw.LazyFrame[Any], used: dict[str, str], last_day: int) -> nw.LazyFrame[Any]:
    """Count rows, missing values, refunds and non-finite amounts in one pass."""
    until = nw.col("_day") <= last_day
    flags = {"until": until} | {f"no{ours}": nw.col(ours).is_null() for ours in used}
    # An infinite timestamp, which DuckDB knows, has no day.
    flags["no_date"] = nw.col("_date").is_null() | nw.col("_day").is_null()
    if "_amount" in used:
        flags["not_finite"] = ~nw.col("_amount").cast(nw.Float64).is_finite()
        flags["refunds"] = until & (nw.col("_amount") < 0)
    flagged = rows.select("_day", **{name: frames.flag(each) for name, each in flags.items()})
    return flagged.select(
        nw.len().alias("n"),
        nw.col("_day").min().alias("first"),
        nw.col("_day").max().alias("last"),
        *[nw.col(name).sum() for name in flags],
    )


def _count(found: dict[str, Any], name: str) -> int:
    return int(found.get(name) or 0)


def _refuse_missing(found: dict[str, Any], used: dict[str, str], frame: object) -> None:
    for ours, column in used.items():
        if missing := _count(found, f"no{ours}"):
            raise DataContractError(
                f"{missing:,} of {_count(found, 'n'):,} values of {column!r} are missing; "
                f"see them with {frames.how_to_find(frame, column, 'missing')}"
            )


def _refuse(found: dict[str, Any], used: dict[str, str], frame: object, as_of: dt.date) -> None:
    _refuse_missing(found, used, frame)
    if bad := _count(found, "not_finite"):
        column = used["_amount"]
        raise DataContractError(
            f"{bad:,} of {_count(found, 'n'):,} values of {column!r} are infinite or NaN; "
            f"see them with {frames.how_to_find(frame, column, 'not finite')}"
        )
    if _count(found, "n") and not _count(found, "until"):
        first = periods.from_day_index(int(found["first"]))
        raise NotEnoughDataError(
            f"as_of={as_of} lies before all {_count(found, 'n'):,} rows (the first is of {first}); "
            "nothing is left to analyse: pass a later as_of"
        )
