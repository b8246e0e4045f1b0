"""Slowly changing attributes as they were known before each cut-off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import local_dates, require_type
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmlytics.customers._snapshot_plan import Plan


def attribute_names(
    attributes: Any, *, customer_col: str, valid_from_col: str, taken: Sequence[str]
) -> list[str]:
    """Columns that the frame `attributes` adds, none of which may bear the name of a result."""
    checks.columns(
        frames.column_names(attributes),
        {"customer_col": customer_col, "valid_from_col": valid_from_col},
    )
    checks.distinct_columns({"customer_col": customer_col, "valid_from_col": valid_from_col})
    names = [n for n in frames.column_names(attributes) if n not in (customer_col, valid_from_col)]
    if not names:
        raise DataContractError("attributes has no column beside the customer and the date")
    folded = {name.casefold() for name in taken}
    if clash := [name for name in names if name.casefold() in folded]:
        raise DataContractError(
            f"attributes: the column {clash[0]!r} bears the name of another result; rename it first"
        )
    return names


def known_before(
    attributes: Any,
    plan: Plan,
    *,
    customer_col: str,
    valid_from_col: str,
    names: Sequence[str],
    tz: str | None,
    like: Any,
) -> nw.LazyFrame[Any]:
    """Rows ``_id``, ``_cut`` and the attributes last valid from a day before the cut-off."""
    rows = _rows(attributes, customer_col, valid_from_col, names, tz)
    if frames.kind_of(attributes) != frames.kind_of(like):
        raise TypeError(
            f"attributes must be a frame of the kind of the events ({frames.kind_of(like)}), got "
            f"{frames.kind_of(attributes)}; convert one of them"
        )
    days = rows.select("_id", "_from")
    latest = [
        days.filter(nw.col("_from") < cut)
        .group_by("_id")
        .agg(nw.col("_from").max())
        .with_columns(_cut=nw.lit(cut).cast(nw.Int64))
        for cut in plan.cut.tolist()
    ]
    return nw.concat(latest).join(rows, on=["_id", "_from"], how="inner").drop("_from")


def _rows(
    attributes: Any, customer_col: str, valid_from_col: str, names: Sequence[str], tz: str | None
) -> nw.LazyFrame[Any]:
    table = frames.lazy(attributes, [customer_col, valid_from_col, *names])
    schema = table.collect_schema()
    require_type("_id", customer_col, schema[customer_col])
    require_type("_date", valid_from_col, schema[valid_from_col])
    table = local_dates(table, valid_from_col, schema[valid_from_col], tz)
    table = table.rename({customer_col: "_id", valid_from_col: "_valid_from"})
    looked = frames.row(
        table.select(
            no_id=frames.flag(nw.col("_id").is_null()),
            no_from=frames.flag(nw.col("_valid_from").is_null()),
        ).select(nw.len().alias("n"), nw.col("no_id").sum(), nw.col("no_from").sum())
    )
    for name, column in (("no_id", customer_col), ("no_from", valid_from_col)):
        if missing := int(looked[name] or 0):
            raise DataContractError(
                f"attributes: {missing:,} of {int(looked['n']):,} values of {column!r} are "
                f"missing; see them with {frames.how_to_find(attributes, column, 'missing')}"
            )
    table = periods.with_day_index(table, "_valid_from", "_from").drop("_valid_from")
    if frames.is_eager(attributes):
        # In memory the day numbers cost less to keep than to work out for every cut-off.
        table = frames.collect(table).lazy()
    pairs = table.select("_id", "_from").unique().select(n=nw.len())
    if twice := int(looked["n"]) - int(frames.row(pairs)["n"]):
        raise DataContractError(
            f"attributes: {twice:,} rows repeat a customer and day of {valid_from_col!r}, so that "
            "it is unknown which of them holds; keep one row for each"
        )
    return table
