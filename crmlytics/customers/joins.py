"""What a join of two frames keeps, loses and multiplies, counted before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw

from crmlytics._core import checks, frames
from crmlytics.customers._view_keys import (
    as_key,
    key_kind,
    require_same_engine,
    require_same_kind,
    rows_of_each,
)
from crmlytics.customers._view_rows import naming

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrame


class JoinReport(NamedTuple):
    """What `join_report` counts; see there."""

    left_rows: int
    right_rows: int
    left_missing: int
    right_missing: int
    left_keys: int
    right_keys: int
    left_repeated: int
    right_repeated: int
    matched_keys: int
    left_only_keys: int
    right_only_keys: int
    left_only_rows: int
    right_only_rows: int
    joined_rows: int
    left_lookalikes: int
    right_lookalikes: int
    matching_lookalikes: int


def join_report(
    left: IntoFrame, right: IntoFrame, *, on: str, right_on: str | None = None
) -> JoinReport:
    """Count what a join of two frames would keep, lose and multiply.

    Parameters
    ----------
    left, right : frame
        Two frames of one kind, from any engine.
    on : str
        The key column (text or integers) of both frames.
    right_on : str, optional
        The key column of `right`, where its name differs.

    Returns
    -------
    JoinReport
        Of each side: ``rows``; ``missing`` keys, which join nothing; distinct ``keys``;
        ``repeated`` keys, which stand in several rows. Of both: ``matched_keys``,
        ``left_only_keys``, ``right_only_keys`` and the rows they stand in; ``joined_rows`` of an
        inner join, more than those of a side if the join multiplies it. Suspicions: of each side
        the distinct keys that some other key of that side equals but for capitals, blanks and
        leading zeros (``lookalikes``), and the ``matching_lookalikes``, keys only on the right
        that equal a key of the left in this way. Of integer keys there are none.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If the keys are neither text nor integers, or text in one frame and integers in the other.
    TypeError
        If the frames are of different kinds.

    Notes
    -----
    Keys are compared exactly, and look-alikes are counted, never merged: whether ``"A1"`` and
    ``"a1 "`` are one customer, only you can say. The engine that holds the rows counts them.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.customers import join_report
    >>> customers = pd.DataFrame({"customer_id": ["ann", "bob", "cem"]})
    >>> orders = pd.DataFrame({"customer_id": ["ann", "ann", "Bob ", "dan", None]})
    >>> found = join_report(customers, orders, on="customer_id")
    >>> found.matched_keys, found.right_only_rows, found.right_missing, found.joined_rows
    (1, 2, 1, 2)
    >>> found.matching_lookalikes
    1
    """
    require_same_engine(left, right, "left", "right")
    keys = {"left": (left, on, "on"), "right": (right, right_on or on, "right_on")}
    kinds: dict[str, str] = {}
    tables: dict[str, nw.LazyFrame[Any]] = {}
    for side, (frame, column, parameter) in keys.items():
        with naming(side):
            checks.columns(frames.column_names(frame), {parameter: column})
            table = frames.lazy(frame, [column])
            kinds[side] = key_kind(table, column)
        tables[side] = table.select(_key=nw.col(column))
    require_same_kind(kinds["left"], kinds["right"], "left", "right")
    missing = {side: _missing(table) for side, table in tables.items()}
    counts = {side: _counts(table, kinds[side]) for side, table in tables.items()}
    sides = {side: _side(count) for side, count in counts.items()}
    both = _both(counts["left"], counts["right"])
    text = kinds["left"] == "text"
    matched = both["matched"]
    return JoinReport(
        left_rows=sides["left"]["rows"] + missing["left"],
        right_rows=sides["right"]["rows"] + missing["right"],
        left_missing=missing["left"],
        right_missing=missing["right"],
        left_keys=sides["left"]["keys"],
        right_keys=sides["right"]["keys"],
        left_repeated=sides["left"]["repeated"],
        right_repeated=sides["right"]["repeated"],
        matched_keys=matched,
        left_only_keys=sides["left"]["keys"] - matched,
        right_only_keys=sides["right"]["keys"] - matched,
        left_only_rows=sides["left"]["rows"] - both["left_rows"],
        right_only_rows=sides["right"]["rows"] - both["right_rows"],
        joined_rows=both["joined"],
        left_lookalikes=_lookalikes(counts["left"]) if text else 0,
        right_lookalikes=_lookalikes(counts["right"]) if text else 0,
        matching_lookalikes=_across(counts["left"], counts["right"]) if text else 0,
    )


def _missing(table: nw.LazyFrame[Any]) -> int:
    flagged = table.select(_missing=frames.flag(nw.col("_key").is_null()))
    return _row(flagged.select(nw.col("_missing").sum()))["_missing"]


def _counts(table: nw.LazyFrame[Any], kind: str) -> nw.LazyFrame[Any]:
    """Rows of each key."""
    known = table.filter(~nw.col("_key").is_null()).select(_key=as_key("_key", kind))
    return rows_of_each(known, "_key")


def _side(counts: nw.LazyFrame[Any]) -> dict[str, int]:
    flagged = counts.with_columns(_more=frames.flag(nw.col("_n") > 1))
    return _row(
        flagged.select(
            nw.len().alias("keys"),
            nw.col("_n").sum().alias("rows"),
            nw.col("_more").sum().alias("repeated"),
        )
    )


def _both(left: nw.LazyFrame[Any], right: nw.LazyFrame[Any]) -> dict[str, int]:
    pairs = left.join(right.rename({"_n": "_m"}), on="_key", how="inner")
    pairs = pairs.with_columns(_product=nw.col("_n") * nw.col("_m"))
    return _row(
        pairs.select(
            nw.len().alias("matched"),
            nw.col("_n").sum().alias("left_rows"),
            nw.col("_m").sum().alias("right_rows"),
            nw.col("_product").sum().alias("joined"),
        )
    )


def _plain(counts: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Each key beside what is left of it without capitals, blanks and leading zeros."""
    text = nw.col("_key").str.to_lowercase()
    text = text.str.replace_all("[\\s\u00a0]+", "").str.replace_all("^0+", "")
    return counts.select("_key", _plain=text)


def _lookalikes(counts: nw.LazyFrame[Any]) -> int:
    several = rows_of_each(_plain(counts), "_plain").filter(nw.col("_n") > 1)
    return _row(several.select(nw.col("_n").sum()))["_n"]


def _across(left: nw.LazyFrame[Any], right: nw.LazyFrame[Any]) -> int:
    alone = _plain(right).join(left.select("_key"), on="_key", how="anti")
    alike = alone.join(_plain(left).select("_plain"), on="_plain", how="semi")
    return _row(alike.select(nw.len().alias("n")))["n"]


def _row(table: nw.LazyFrame[Any]) -> dict[str, int]:
    return {name: int(value or 0) for name, value in frames.row(table).items()}
