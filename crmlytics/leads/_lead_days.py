"""When leads came and what became of them, in days since 1970-01-01, on any engine.

A date that is missing is the day `NEVER`, after all others: whole numbers without gaps compare
alike everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import checks, events, frames, periods
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

#: The day of what has not happened.
NEVER = 2**31


def with_days(
    leads: Any,
    *,
    as_of: dt.date,
    days: Mapping[str, tuple[str, str]],
    keep: list[str],
    tz: str | None,
) -> nw.LazyFrame[Any]:
    """Return the leads created until the end of `as_of`, with a column of days per date.

    `days` maps each column of days to the parameter and the column of its date; the first is that
    of the creation, which may not be missing, and what lies before it is refused.
    """
    roles = dict(days.values())
    checks.columns(frames.column_names(leads), roles)
    checks.distinct_columns(roles)
    wanted = list(dict.fromkeys([*keep, *roles.values()]))
    table = frames.lazy(leads, wanted)
    schema = table.collect_schema()
    (created, (_, created_col)), *others = days.items()
    for name, (_, column) in days.items():
        events.require_type("_date", column, schema[column])
        table = events.local_dates(table, column, schema[column], tz)
        table = table.with_columns(_day_or_never(nw.col(column)).alias(name))
    _refuse(table, leads, created, created_col, {name: column for name, (_, column) in others})
    return table.filter(nw.col(created) <= periods.to_day_index(as_of))


def _day_or_never(date: nw.Expr) -> nw.Expr:
    """As `periods.day_index`, with the calendar fields of what is missing filled in first."""
    past = date.dt.year().fill_null(1970).cast(nw.Int64) - 1
    leap_days = past // 4 - past // 100 + past // 400
    day = past * 365 + leap_days + date.dt.ordinal_day().fill_null(1).cast(nw.Int64)
    # 719,163 days lie before 1970-01-01.
    return nw.when(date.is_null()).then(nw.lit(NEVER)).otherwise(day - 719_163).cast(nw.Int64)


def _refuse(
    table: nw.LazyFrame[Any], leads: Any, created: str, created_col: str, others: dict[str, str]
) -> None:
    flags = {"missing": frames.flag(nw.col(created_col).is_null())}
    for name in others:
        flags[f"{name}_early"] = frames.flag(nw.col(name) < nw.col(created))
    counted = table.select(**flags).select(
        nw.len().alias("n"), *[nw.col(one).sum() for one in flags]
    )
    found = frames.row(counted)
    n = int(found["n"] or 0)
    if not n:
        raise NotEnoughDataError("there is no lead; at least 1 is needed")
    if bad := int(found["missing"] or 0):
        raise DataContractError(
            f"{bad:,} of {n:,} values of {created_col!r} are missing; "
            f"see them with {frames.how_to_find(leads, created_col, 'missing')}"
        )
    for name, column in others.items():
        if bad := int(found[f"{name}_early"] or 0):
            raise DataContractError(
                f"{bad:,} of {n:,} leads have a {column!r} on a day before {created_col!r}; "
                "correct the dates or leave those leads out"
            )
