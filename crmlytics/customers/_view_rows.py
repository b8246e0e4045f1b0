"""The rows of one source of the single view, checked in one look and cut at `as_of`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw

from crmlytics._core import checks, frames
from crmlytics._core.events import local_dates, require_type
from crmlytics.customers._view_keys import as_key, key_kind
from crmlytics.errors import CrmlyticsError, DataContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Year of a date that is missing, because it has not come yet: later than every `as_of`.
_NOT_YET = 100_000


class Source(NamedTuple):
    """One frame and its columns, named by role: ``{"customer_col": "client", …}``."""

    frame: Any
    roles: dict[str, str | None]


class Rows(NamedTuple):
    """Rows under names of our own (``_id``, ``_day``, ``_at``, …) and the type of their key."""

    table: nw.LazyFrame[Any]
    key_kind: str


class Rule(NamedTuple):
    """What may not be: a condition that is never null, and the words to refuse it with."""

    broken: nw.Expr
    words: str


@contextlib.contextmanager
def naming(source: str) -> Iterator[None]:
    """Say in every refusal which of the frames it is about."""
    try:
        yield
    except CrmlyticsError as error:
        raise type(error)(f"{source}: {error}") from error


def read_dated(
    source: Source,
    *,
    date_role: str,
    tz: str | None,
    last_day: int,
    others: Mapping[str, str],
    later: str | None = None,
    rules: Callable[[], Mapping[str, Rule]] = dict,
    optional: tuple[str, ...] = (),
) -> Rows:
    """Return the rows up to `last_day`; `others` maps further roles to names of our own.

    `later` is the role of a second date, which may be missing because it has not come yet; it
    gives ``_later_day`` and ``_seconds``, the time from the one to the other.
    """
    frame, roles = source
    checks.columns(frames.column_names(frame), roles)
    checks.distinct_columns(roles)
    dates = [role for role in (date_role, later) if role is not None]
    taken = {"customer_col": "_id", date_role: "_date"} | dict(others)
    if later is not None:
        taken[later] = "_later"
    used = {ours: str(roles[role]) for role, ours in taken.items() if roles.get(role) is not None}
    table = frames.lazy(frame, list(used.values()))
    kind = key_kind(table, used["_id"])
    schema = table.collect_schema()
    for role in dates:
        require_type("_date", str(roles[role]), schema[str(roles[role])])
    if "_amount" in used:
        require_type("_amount", used["_amount"], schema[used["_amount"]])
    table = table.select(**{ours: nw.col(column) for ours, column in used.items()})
    table = _timed(table, used, schema, tz, later=later is not None)
    _look(table, used, source, last_day, rules(), optional)
    kept = table.filter(nw.col("_day") <= last_day)
    kept = kept.with_columns(_id=as_key("_id", kind), _at=_whole_day(schema, used, frame))
    return Rows(kept, kind)


def number_or_zero(column: str) -> nw.Expr:
    """Return the number as a float, 0 where it is missing."""
    return nw.when(nw.col(column).is_null()).then(nw.lit(0.0)).otherwise(nw.col(column))


def text_or_blank(column: str) -> nw.Expr:
    """Return the text, blank where it is missing: comparisons with null differ by engine."""
    return nw.when(nw.col(column).is_null()).then(nw.lit("")).otherwise(nw.col(column))


def _timed(
    table: nw.LazyFrame[Any], used: dict[str, str], schema: Any, tz: str | None, *, later: bool
) -> nw.LazyFrame[Any]:
    """Add the day of the date, and of the later one with the seconds between the two."""
    kinds = {ours: schema[used[ours]] for ours in (("_date", "_later") if later else ("_date",))}
    if later:
        # Spans are counted in UTC where the zone is known: local clocks jump twice a year.
        table = table.with_columns(_from=nw.col("_date"), _to=nw.col("_later"))
        for name, dtype in (("_from", kinds["_date"]), ("_to", kinds["_later"])):
            if getattr(dtype, "time_zone", None) is not None:
                table = frames.local_time(table, name, "UTC")
        span = _seconds("_to", kinds["_later"]) - _seconds("_from", kinds["_date"])
        table = table.with_columns(_seconds=span)
    for ours, dtype in kinds.items():
        with _as_column(ours, used[ours]):
            table = local_dates(table, ours, dtype, tz)
    days = frames.native_day_index(table, "_date", "_day")
    table = table.with_columns(_day=_day_or_not_yet("_date")) if days is None else days
    return table.with_columns(_later_day=_day_or_not_yet("_later")) if later else table


@contextlib.contextmanager
def _as_column(ours: str, column: str) -> Iterator[None]:
    """Name the caller's column in a refusal that was made with ours."""
    try:
        yield
    except DataContractError as error:
        raise DataContractError(str(error).replace(repr(ours), repr(column), 1)) from error


def _day_or_not_yet(column: str) -> nw.Expr:
    """Whole days since 1970-01-01, and a day after every `as_of` where the date is missing.

    The numbers are filled before the cast: pandas has no whole number for a missing year.
    """
    date = nw.col(column)
    past = date.dt.year().fill_null(_NOT_YET).cast(nw.Int64) - 1
    leap_days = past // 4 - past // 100 + past // 400
    in_year = date.dt.ordinal_day().fill_null(1).cast(nw.Int64)
    return past * 365 + leap_days + in_year - 1 - 719_162


def _seconds(column: str, dtype: Any) -> nw.Expr:
    """Whole seconds since 1970-01-01; a date without a time is its midnight."""
    days = _day_or_not_yet(column) * 86_400
    if dtype == nw.Date:
        return days
    clock = nw.col(column).dt
    # Filled and widened one by one: polars keeps an hour in a byte.
    hour, minute, second = (
        part.fill_null(0).cast(nw.Int64) for part in (clock.hour(), clock.minute(), clock.second())
    )
    return days + hour * 3600 + minute * 60 + second


def _whole_day(schema: Any, used: dict[str, str], frame: object) -> nw.Expr:
    """Return the day as the engine's own date; pandas knows none and takes its midnight."""
    if schema[used["_date"]] == nw.Date:
        return nw.col("_date")
    if frames.kind_of(frame) == "pandas":
        return nw.col("_date").dt.truncate("1d")
    return nw.col("_date").cast(nw.Date)


def _look(
    table: nw.LazyFrame[Any],
    used: dict[str, str],
    source: Source,
    last_day: int,
    rules: Mapping[str, Rule],
    optional: tuple[str, ...],
) -> None:
    """Count in one pass what is missing, infinite or against a rule, and refuse it."""
    needed = {ours: column for ours, column in used.items() if ours not in ("_later", *optional)}
    flags = {f"no{ours}": nw.col(ours).is_null() for ours in needed}
    flags["no_date"] = nw.col("_date").is_null() | nw.col("_day").is_null()
    if "_amount" in used:
        flags["infinite"] = ~number_or_zero("_amount").cast(nw.Float64).is_finite()
    until = frames.flag(nw.col("_day") <= last_day)
    counted = {name: frames.flag(each) for name, each in flags.items()}
    # A row without a date is refused anyway: its null must not reach the sums before that.
    counted |= {name: frames.flag(rule.broken) * until for name, rule in rules.items()}
    flagged = table.with_columns(_one=nw.lit(1)).select("_one", **counted)
    found = frames.row(
        flagged.select(nw.col("_one").sum().alias("n"), *[nw.col(name).sum() for name in counted])
    )
    n = int(found["n"] or 0)
    for ours, column in needed.items():
        if bad := int(found[f"no{ours}"] or 0):
            where = frames.how_to_find(source.frame, column, "missing")
            raise DataContractError(
                f"{bad:,} of {n:,} values of {column!r} are missing; see them with {where}"
            )
    if bad := int(found.get("infinite") or 0):
        where = frames.how_to_find(source.frame, used["_amount"], "not finite")
        raise DataContractError(
            f"{bad:,} of {n:,} values of {used['_amount']!r} are infinite or NaN; "
            f"see them with {where}"
        )
    for name, rule in rules.items():
        if bad := int(found[name] or 0):
            raise DataContractError(f"{bad:,} of {n:,} rows {rule.words}")
