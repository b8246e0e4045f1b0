"""Lines of orders read from any frame: checked, then coded as whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, events, frames, periods
from crmlytics.basket import _rows
from crmlytics.basket._arguments import require_columns
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OURS = ("_order", "_item", "_weight", "_id", "_date")


class Lines(NamedTuple):
    """Rows of one frame: codes of order and item, and what is known of each order."""

    order: NDArray[np.int64]
    item: NDArray[np.int64]
    weight: NDArray[np.float64] | None
    orders: NDArray[Any]
    items: NDArray[np.object_]
    customers: NDArray[Any] | None
    days: NDArray[np.int64] | None


def read_lines(
    frame: object,
    *,
    order_col: str,
    item_col: str,
    weight_col: str | None,
    customer_col: str | None,
    date_col: str | None,
    tz: str | None,
) -> Lines:
    """Check the columns, let a lazy engine merge duplicates, and code orders and items."""
    roles = {
        "order_col": order_col,
        "item_col": item_col,
        "weight_col": weight_col,
        "customer_col": customer_col,
        "date_col": date_col,
    }
    require_columns({"order_col": order_col, "item_col": item_col})
    checks.columns(frames.column_names(frame), roles)
    checks.distinct_columns(roles)
    used = {
        ours: column
        for ours, column in zip(_OURS, roles.values(), strict=True)
        if column is not None
    }
    table = frames.lazy(frame, list(used.values()))
    schema = table.collect_schema()
    for ours, column in used.items():
        _require_type(ours, column, schema[column])
    if date_col is not None:
        table = events.local_dates(table, date_col, schema[date_col], tz)
    table = table.select(**{ours: nw.col(column) for ours, column in used.items()})
    in_numpy = frames.kind_of(frame) in ("pandas", "pyarrow")
    lines, of_orders = (_in_memory if in_numpy else _in_engine)(table, used, frame)
    return _coded(lines, of_orders, used)


def _require_type(ours: str, column: str, dtype: Any) -> None:
    if ours == "_weight" and not dtype.is_numeric():
        raise DataContractError(
            f"{column!r} must hold numbers, it holds {dtype}; "
            "turn text into numbers with crmlytics.io.parse_money"
        )
    events.require_type(ours, column, dtype)


def _in_memory(
    table: nw.LazyFrame[Any], used: dict[str, str], frame: object
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """All lines, each of which knows its order's customer and day."""
    lines = frames.to_pandas(table)
    found: dict[str, Any] = {f"no{ours}": int(lines[ours].isna().sum()) for ours in used}
    if "_weight" in used:
        finite = np.isfinite(lines["_weight"].to_numpy(np.float64, na_value=np.nan))
        found["not_finite"] = len(lines) - int(finite.sum())
    _refuse(found | {"n": len(lines)}, used, frame)
    if "_date" in used:
        date = lines["_date"].to_numpy("datetime64[us]")
        lines = lines.assign(_day=date.astype("datetime64[D]").astype(np.int64))
    return lines, None


def _in_engine(
    table: nw.LazyFrame[Any], used: dict[str, str], frame: object
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Distinct lines with summed weights, and one row per order, both aggregated in the engine."""
    if "_date" in used:
        table = periods.with_day_index(table, "_date", "_day")
    if frames.is_eager(frame):
        # In memory the day numbers cost less to keep than to work out again.
        table = frames.collect(table).lazy()
    _refuse(frames.row(_look(table, used)), used, frame)
    weight = {"_weight": nw.col("_weight").cast(nw.Float64).sum()} if "_weight" in used else {}
    lines = frames.to_pandas(
        table.group_by("_order", "_item").agg(**weight)
        if weight
        else table.select("_order", "_item").unique()
    )
    known: dict[str, nw.Expr] = {}
    if "_id" in used:
        known |= {"_id": nw.col("_id").min(), "_other": nw.col("_id").max()}
    if "_date" in used:
        known |= {"_day": nw.col("_day").min()}
    if not known:
        return lines, None
    return lines, frames.to_pandas(table.group_by("_order").agg(**known))


def _look(table: nw.LazyFrame[Any], used: dict[str, str]) -> nw.LazyFrame[Any]:
    """Count rows, missing values and weights that are no numbers in one pass."""
    flags = {f"no{ours}": nw.col(ours).is_null() for ours in used}
    if "_date" in used:
        # An infinite timestamp, which DuckDB knows, has no day.
        flags["no_date"] = nw.col("_date").is_null() | nw.col("_day").is_null()
    if "_weight" in used:
        flags["not_finite"] = ~nw.col("_weight").cast(nw.Float64).is_finite()
    flagged = table.select(**{name: frames.flag(each) for name, each in flags.items()})
    return flagged.select(nw.len().alias("n"), *[nw.col(name).sum() for name in flags])


def _refuse(found: dict[str, Any], used: dict[str, str], frame: object) -> None:
    n = int(found["n"] or 0)
    for ours, column in used.items():
        if missing := int(found.get(f"no{ours}") or 0):
            raise DataContractError(
                f"{missing:,} of {n:,} values of {column!r} are missing; drop those rows or name "
                f"them; see them with {frames.how_to_find(frame, column, 'missing')}"
            )
    if bad := int(found.get("not_finite") or 0):
        column = used["_weight"]
        raise DataContractError(
            f"{bad:,} of {n:,} values of {column!r} are infinite or NaN; "
            f"see them with {frames.how_to_find(frame, column, 'not finite')}"
        )


def _coded(lines: pd.DataFrame, of_orders: pd.DataFrame | None, used: dict[str, str]) -> Lines:
    order, orders = codes.factorise(lines["_order"])
    item, items = codes.factorise(lines["_item"])
    weight = None
    if "_weight" in used:
        weight = lines["_weight"].to_numpy(np.float64)
    known, place = lines, order
    if of_orders is not None:
        known = of_orders
        place = pd.Index(orders).get_indexer(pd.Index(of_orders["_order"])).astype(np.int64)
    return Lines(
        order=order,
        item=item,
        weight=weight,
        orders=_rows.distinct_keys(orders),
        items=_rows.plain_names(list(items), repr(used["_item"])),
        customers=_customers(known, place, len(orders), used) if "_id" in used else None,
        days=_first_days(known, place, len(orders)) if "_date" in used else None,
    )


def _customers(
    known: pd.DataFrame, place: NDArray[np.int64], n: int, used: dict[str, str]
) -> NDArray[Any]:
    """Each order's customer; an order of two customers is an error of the data."""
    code, ids = codes.factorise(known["_id"])
    low = np.full(n, len(ids), np.int64)
    high = np.full(n, -1, np.int64)
    np.minimum.at(low, place, code)
    np.maximum.at(high, place, code)
    if "_other" in known:
        other = pd.Index(ids).get_indexer(pd.Index(known["_other"]))
        np.maximum.at(high, place, np.where(other < 0, len(ids), other))
    if bad := int((low != high).sum()):
        raise DataContractError(
            f"{bad:,} of {n:,} orders belong to more than one customer in {used['_id']!r}; "
            f"make {used['_order']!r} unique, for instance by joining it with {used['_id']!r}"
        )
    return _rows.distinct_keys(ids)[low]


def _first_days(known: pd.DataFrame, place: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Day of each order's first line."""
    days = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(days, place, known["_day"].to_numpy(np.int64))
    return days
