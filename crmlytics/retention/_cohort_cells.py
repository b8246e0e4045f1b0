"""Counting customers by cohort and period, for the three meanings of "retained".

The kinds differ only in the period in which a customer is counted: ``"on"`` counts every active
period; ``"on_or_after"`` only the last one, ``"every"`` only the end of the first unbroken run,
and both are then summed over that period and all later ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.retention._activity import CodedActivity

Kind = Literal["on", "on_or_after", "every"]
KINDS: tuple[Kind, ...] = ("on", "on_or_after", "every")

# A period later than any: where a customer's run does not end.
_NEVER_ENDS = 10**7


class Cells(NamedTuple):
    """Customers counted, and their money, by period of the first purchase and period."""

    first: NDArray[np.int64]
    period: NDArray[np.int64]
    counted: NDArray[np.int64]
    revenue: NDArray[np.float64]


def lazy_cells(activity: nw.LazyFrame[Any], kind: Kind, *, money: bool) -> Cells:
    """Count on the engine and collect the few sums."""
    first, period = nw.col("_first"), nw.col("_period")
    rows = activity.join(_customers(activity.filter(nw.col("_buys") > 0), kind), on="_id")
    counted = nw.col("_buys") if kind == "on" else frames.flag(period == nw.col("_reach"))
    rows = rows.with_columns(_counted=counted)
    if money:
        # A refund before the first purchase belongs to it.
        rows = rows.with_columns(_period=nw.when(period < first).then(first).otherwise(period))
    sums = [nw.col("_counted").sum()] + ([nw.col("_amount").sum()] if money else [])
    cells = frames.arrays(frames.collect(rows.group_by("_first", "_period").agg(*sums)))
    return Cells(
        first=cells["_first"].astype(np.int64),
        period=cells["_period"].astype(np.int64),
        counted=cells["_counted"].astype(np.int64),
        revenue=cells["_amount"].astype(np.float64) if money else np.empty(0),
    )


def _customers(active: nw.LazyFrame[Any], kind: Kind) -> nw.LazyFrame[Any]:
    """The customers with their first period, and the last of all or of the first run."""
    first = nw.col("_period").min().alias("_first")
    if kind == "on":
        return active.group_by("_id").agg(first)
    if kind == "on_or_after":
        return active.group_by("_id").agg(first, nw.col("_period").max().alias("_reach"))
    # Joined with themselves one period back, the ends of runs are the rows without a partner.
    later = active.select("_id", _period=nw.col("_period") - 1, _follows=nw.lit(1))
    goes_on = ~nw.col("_follows").is_null()
    end = nw.when(goes_on).then(nw.lit(_NEVER_ENDS)).otherwise(nw.col("_period")).cast(nw.Int64)
    runs = active.join(later, on=["_id", "_period"], how="left").with_columns(_end=end)
    return runs.group_by("_id").agg(first, nw.col("_end").min().alias("_reach"))


def coded_cells(activity: CodedActivity, kind: Kind, *, money: bool) -> Cells:
    """Do the same in numpy."""
    if not len(activity.code):
        none = np.empty(0, np.int64)
        return Cells(none, none, none, np.empty(0))
    period = np.maximum(activity.period, activity.first)
    low = int(activity.first.min())
    width = int(period.max()) - low + 1
    cell = activity.first * width
    cell += period
    cell -= low * (width + 1)
    held, place = codes.numbered(cell, width * width)
    rows = np.flatnonzero(activity.buys) if kind == "on" else _reaches(activity, kind)
    counted = place if len(rows) == len(place) else place[rows]
    return Cells(
        first=held // width + low,
        period=held % width + low,
        counted=np.bincount(counted, minlength=len(held)),
        revenue=codes.totals(place, activity.amount, len(held)) if money else np.empty(0),
    )


def _reaches(activity: CodedActivity, kind: Kind) -> NDArray[np.int64]:
    """Row of each customer's last active period, or of the end of the first unbroken run."""
    rows = np.flatnonzero(activity.buys)
    code, period = activity.code[rows], activity.period[rows]
    stops = np.ones(len(rows), bool)
    if kind == "on_or_after":
        stops[:-1] = code[1:] != code[:-1]
        return rows[stops]
    stops[:-1] = (code[1:] != code[:-1]) | (period[1:] != period[:-1] + 1)
    ends = np.flatnonzero(stops)
    return rows[ends[np.unique(code[ends], return_index=True)[1]]]
