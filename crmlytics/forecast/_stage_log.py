"""In which stage each deal was on a given day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, events, frames
from crmlytics._core.notices import warn
from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.forecast._deal_rows import day_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmlytics.forecast._deal_rows import Deals


class StageLog(NamedTuple):
    """Entries into stages by deal and day; `start` is the first entry of each deal.

    `rows` are the deals asked about, all of those read or some.
    """

    stages: NDArray[Any]
    start: NDArray[np.int64]
    day: NDArray[np.int64]
    stage: NDArray[np.int64]
    rows: NDArray[np.int64]

    def take(self, rows: NDArray[Any]) -> StageLog:
        """The log of these deals."""
        return self._replace(rows=self.rows[rows])

    def visits(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every pair of a deal asked about, by its place, and a stage entered by `day`."""
        place = np.full(len(self.start) - 1, -1, np.int64)
        place[self.rows] = np.arange(len(self.rows))
        deal = np.repeat(place, np.diff(self.start))
        there = (deal >= 0) & (self.day <= day)
        pairs = np.unique(np.stack([deal[there], self.stage[there]]), axis=1)
        return pairs[0], pairs[1]

    def stage_on(self, day: int) -> NDArray[np.int64]:
        """Code of each deal's stage at the end of `day`, -1 where no entry is known."""
        if not len(self.stage):
            return np.full(len(self.rows), -1, np.int64)
        before = np.concatenate([[0], np.cumsum(self.day <= day)])
        start, end = self.start[self.rows], self.start[self.rows + 1]
        n_before = before[end] - before[start]
        last = np.maximum(start + n_before - 1, 0)
        return np.where(n_before > 0, self.stage[last], -1)


def read_stage_log(
    frame: object, columns: Mapping[str, str], deals: Deals, *, tz: str | None
) -> StageLog:
    """Read the log (``deal_col``, ``stage_col``, ``entered_col``) of the deals in the table."""
    checks.columns(frames.column_names(frame), columns)
    checks.distinct_columns(columns)
    table = frames.lazy(frame, list(columns.values()))
    schema = table.collect_schema()
    for role, ours in (("deal_col", "_id"), ("stage_col", "_id"), ("entered_col", "_date")):
        events.require_type(ours, columns[role], schema[columns[role]])
    name = columns["entered_col"]
    table = events.local_dates(table, name, schema[name], tz)
    table = table.select(**{role: nw.col(each) for role, each in columns.items()})
    held = frames.arrays(frames.collect(table))
    held["entered_col"] = day_numbers(held["entered_col"])
    for role, each in columns.items():
        if missing := int(pd.isna(held[role]).sum()):
            raise DataContractError(
                f"{missing:,} of {len(held[role]):,} values of {each!r} in stage_log are missing; "
                f"see them with {frames.how_to_find(frame, each, 'missing')}"
            )
    return _by_deal(held, deals)


def _by_deal(held: dict[str, NDArray[Any]], deals: Deals) -> StageLog:
    place = pd.Index(deals.ids).get_indexer(pd.Index(held["deal_col"]))
    known = place >= 0
    if unknown := int((~known).sum()):
        warn(
            f"{unknown:,} of {len(known):,} rows of stage_log are of deals that the table does not "
            "hold; they are left out",
            DataQualityWarning,
        )
    stage, stages = codes.factorise(pd.Series(held["stage_col"][known]))
    place, day = place[known].astype(np.int64), held["entered_col"][known].astype(np.int64)
    # On one day the later row counts; logs are written in time order.
    order = np.lexsort((np.arange(len(day)), day, place))
    start = np.searchsorted(place[order], np.arange(len(deals.ids) + 1))
    return StageLog(np.asarray(stages), start, day[order], stage[order], np.arange(len(deals.ids)))
