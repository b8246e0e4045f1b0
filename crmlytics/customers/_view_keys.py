"""The key of a join: what it may be, when two of them fit, and who has more than one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import frames
from crmlytics._core.events import require_type
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame


def key_kind(table: nw.LazyFrame[Any], column: str) -> str:
    """``"text"`` or ``"integers"``; anything else is refused."""
    dtype = table.collect_schema()[column]
    require_type("_id", column, dtype)
    return "integers" if dtype.is_integer() else "text"


def as_key(column: str, kind: str) -> nw.Expr:
    """Return the column in the one width in which every engine joins."""
    return nw.col(column).cast(nw.Int64 if kind == "integers" else nw.String)


def require_same_kind(left: str, right: str, left_name: str, right_name: str) -> None:
    """Refuse to join text with integers: "001" and 1 may or may not be the same customer."""
    if left != right:
        raise DataContractError(
            f"the keys are {left} in {left_name} and {right} in {right_name}, and '001' need not "
            "be 1; bring both to one type first, best to text as the source system writes it "
            "(read the file anew with that column as text if zeros were lost)"
        )


def require_same_engine(left: object, right: IntoFrame, left_name: str, right_name: str) -> None:
    """Refuse to join frames of two kinds; polars joins its eager and lazy frames."""
    kinds = [frames.kind_of(frame) for frame in (left, right)]
    if kinds[0].split("-")[0] != kinds[1].split("-")[0]:
        raise TypeError(
            f"{left_name} is a {kinds[0]} frame and {right_name} a {kinds[1]} frame; "
            "bring them to one kind first"
        )


def require_unique(found: dict[str, Any], column: str, frame: object, what: str) -> None:
    """Refuse repeated keys, counted by `count_repeats`."""
    if repeated := int(found["repeated"] or 0):
        raise DataContractError(
            f"{repeated:,} values of {column!r} stand in more than one row "
            f"({int(found['in_rows']):,} rows), and {what}; "
            f"see them with {how_to_find_repeats(frame, column)} and merge or drop rows first"
        )


def rows_of_each(table: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Each distinct key and ``_n``, the number of its rows."""
    each = table.group_by(column).agg(nw.len().alias("_n"))
    return each.with_columns(nw.col("_n").cast(nw.Int64))


def count_repeats(table: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """One row: all rows, distinct keys, keys that repeat, and the rows those stand in."""
    each = rows_of_each(table, column)
    more = frames.flag(nw.col("_n") > 1)
    return each.with_columns(_more=more, _rows=more * nw.col("_n")).select(
        nw.col("_n").sum().alias("rows"),
        nw.len().alias("keys"),
        nw.col("_more").sum().alias("repeated"),
        nw.col("_rows").sum().alias("in_rows"),
    )


def how_to_find_repeats(frame: object, column: str) -> str:
    """Write the line of code that shows the repeated keys in the caller's own engine."""
    name = column.replace("'", "\\'")
    lines = {
        "pandas": f"frame[frame['{name}'].duplicated(keep=False)]",
        "polars": f"frame.filter(pl.col('{name}').is_duplicated())",
        "polars-lazy": f"frame.filter(pl.col('{name}').is_duplicated()).collect()",
        "pyarrow": f"frame.group_by('{name}').aggregate([([], 'count_all')])",
        "duckdb": f"relation.aggregate('\"{name}\", count(*) AS n').filter('n > 1')",
        "pyspark": f"frame.groupBy('{name}').count().where('count > 1')",
        "other": f"a count of the rows of each '{name}'",
    }
    return lines[frames.kind_of(frame)]
