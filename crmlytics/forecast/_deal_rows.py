"""The deals as numpy arrays, read once from any frame, and what was known of them on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, events, frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

OPEN, WON, LOST = 0, 1, 2
#: The day on which an open deal closes: never, as far as is known.
NEVER = 2**40

_KINDS = {
    "deal_col": "_id",
    "owner_col": "_id",
    "product_col": "_id",
    "customer_col": "_id",
    "created_col": "_date",
    "closed_col": "_date",
    "amount_col": "_amount",
    "list_price_col": "_amount",
}


class Deals(NamedTuple):
    """One entry per deal, by ascending id; days count from 1970-01-01.

    `closed` is `NEVER` while the deal is open. `value` is the money of the deal: what a won one
    brought, what an open one is expected to bring; `list_price` is NaN where there is none.
    `keys` holds the code of each segment by the role of its column, `names` the segments' names.
    """

    ids: NDArray[Any]
    created: NDArray[np.int64]
    closed: NDArray[np.int64]
    outcome: NDArray[np.int64]
    value: NDArray[np.float64]
    list_price: NDArray[np.float64]
    keys: dict[str, NDArray[np.int64]]
    names: dict[str, NDArray[Any]]

    def take(self, rows: NDArray[Any]) -> Deals:
        """The deals of these rows."""
        return self._replace(
            ids=self.ids[rows],
            created=self.created[rows],
            closed=self.closed[rows],
            outcome=self.outcome[rows],
            value=self.value[rows],
            list_price=self.list_price[rows],
            keys={role: code[rows] for role, code in self.keys.items()},
        )

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Which deals are open."""
        is_open: NDArray[np.bool_] = self.outcome == OPEN
        return is_open


def read_deals(frame: object, columns: Mapping[str, str | None], *, tz: str | None = None) -> Deals:
    """Read the columns that the parameters name and check that they make sense together.

    `columns` maps ``deal_col``, ``created_col``, ``closed_col``, ``outcome_col``, ``amount_col``
    and, where there are such, ``list_price_col``, ``owner_col``, ``product_col`` and
    ``customer_col`` to names of columns.
    """
    checks.columns(frames.column_names(frame), columns)
    checks.distinct_columns(columns)
    used = {role: name for role, name in columns.items() if name is not None}
    table = frames.lazy(frame, list(used.values()))
    schema = table.collect_schema()
    for role in ("created_col", "closed_col"):
        table = events.local_dates(table, used[role], schema[used[role]], tz)
    table = table.select(**{role: nw.col(name) for role, name in used.items()})
    held = frames.arrays(frames.collect(table))
    for role, name in used.items():
        # A column without a single value has no type: nobody has closed yet, say.
        if role in _KINDS and not bool(np.all(pd.isna(held[role]))):
            events.require_type(_KINDS[role], name, schema[name])
    for role in ("created_col", "closed_col"):
        held[role] = day_numbers(held[role])
    return _checked(held, used, frame)


def known_on(deals: Deals, day: int) -> Deals:
    """Return the deals created by the end of `day`, those that closed later as still open."""
    there = deals.take(deals.created <= day)
    later = there.closed > day
    return there._replace(
        outcome=np.where(later, OPEN, there.outcome), closed=np.where(later, NEVER, there.closed)
    )


def day_numbers(dates: NDArray[Any]) -> NDArray[np.float64]:
    """Days since 1970-01-01, NaN where the date is missing."""
    if dates.dtype.kind != "M":
        dates = pd.to_datetime(pd.Series(dates, dtype=object)).to_numpy()
    days = dates.astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(np.float64))


def _checked(held: dict[str, NDArray[Any]], used: dict[str, str], frame: object) -> Deals:
    n = len(held["deal_col"])
    if n == 0:
        raise NotEnoughDataError("the table of deals is empty; at least 1 won deal is needed")
    for role in ("deal_col", "created_col", "owner_col", "product_col"):
        _refuse_missing(held, used, role, frame)
    code, ids = codes.factorise(pd.Series(held["deal_col"]))
    if repeated := n - len(ids):
        raise DataContractError(
            f"{repeated:,} of {n:,} rows repeat a value of {used['deal_col']!r}; "
            "one row per deal is needed"
        )
    outcome = _outcomes(held["outcome_col"], used["outcome_col"])
    created = held["created_col"].astype(np.int64)
    closed = _closing_days(held["closed_col"], outcome, used, frame)
    if bad := int((closed < created).sum()):
        raise DataContractError(
            f"{bad:,} of {n:,} deals have {used['closed_col']!r} before {used['created_col']!r}; "
            "correct the dates or leave these deals out"
        )
    keys, names = {}, {}
    for role in ("owner_col", "product_col", "customer_col"):
        if role in used:
            keys[role], names[role] = _segments(held[role])
    deals = Deals(
        ids=np.asarray(held["deal_col"]),
        created=created,
        closed=closed,
        outcome=outcome,
        value=_money(held, "amount_col"),
        list_price=_money(held, "list_price_col"),
        keys=keys,
        names=names,
    )
    _refuse_values(deals, used)
    return deals.take(np.argsort(code, kind="stable"))


def _refuse_missing(
    held: dict[str, NDArray[Any]], used: dict[str, str], role: str, frame: object
) -> None:
    if role in used and (missing := int(pd.isna(held[role]).sum())):
        raise DataContractError(
            f"{missing:,} of {len(held[role]):,} values of {used[role]!r} are missing; "
            f"see them with {frames.how_to_find(frame, used[role], 'missing')}"
        )


def _outcomes(values: NDArray[Any], column: str) -> NDArray[np.int64]:
    missing = np.asarray(pd.isna(values), dtype=bool)
    won, lost = values == "won", values == "lost"
    if bad := int((~(missing | won | lost)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are neither 'won' nor 'lost' nor "
            "null (open); translate them first"
        )
    return np.where(won, WON, np.where(lost, LOST, OPEN)).astype(np.int64)


def _closing_days(
    values: NDArray[Any], outcome: NDArray[np.int64], used: dict[str, str], frame: object
) -> NDArray[np.int64]:
    days, never = values, np.isnan(values)
    closed, ended = used["closed_col"], used["outcome_col"]
    if bad := int((never & (outcome != OPEN)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(days):,} deals are won or lost in {ended!r} but have no "
            f"{closed!r}; see deals without one with {frames.how_to_find(frame, closed, 'missing')}"
        )
    if bad := int((~never & (outcome == OPEN)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(days):,} deals have a date in {closed!r} but no outcome in "
            f"{ended!r}; an expected closing belongs into a column of its own"
        )
    return np.where(never, NEVER, np.nan_to_num(days)).astype(np.int64)


def _segments(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Codes by ascending name; -1 where there is none (a deal without a customer)."""
    missing = np.asarray(pd.isna(values), dtype=bool)
    code = np.full(len(values), -1, np.int64)
    found, names = codes.factorise(pd.Series(values[~missing]))
    code[~missing] = found
    return code, np.asarray(names)


def _money(held: dict[str, NDArray[Any]], role: str) -> NDArray[np.float64]:
    if role not in held:
        return np.full(len(held["deal_col"]), np.nan)
    return np.asarray(pd.to_numeric(pd.Series(held[role]), errors="coerce"), dtype=np.float64)


def _refuse_values(deals: Deals, used: dict[str, str]) -> None:
    has_list = "list_price_col" in used
    for kind, needed, values, column in (
        ("won", deals.outcome == WON, deals.value, used["amount_col"]),
        ("open", deals.is_open, deals.list_price if has_list else deals.value,
         used["list_price_col"] if has_list else used["amount_col"]),
    ):  # fmt: skip
        bad = needed & ~(np.isfinite(values) & (values >= 0))
        if n_bad := int(bad.sum()):
            raise DataContractError(
                f"{n_bad:,} of {int(needed.sum()):,} {kind} deals have a missing, infinite or "
                f"negative {column!r}; fill it in (a typical value, a list price) or leave these "
                "deals out"
            )
