"""How customers moved between the segments since a day some time ago."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlytics.customers import rfm_table
from crmlytics.errors import DataQualityWarning
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.report.study import LEVEL, SEGMENT_MAP
from crmlytics.segmentation import (
    RFMScorer,
    SegmentMap,
    migration_table,
    migration_test,
    plot_migration,
)

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

#: Days between the two looks, by the period of the report: whole weeks, so that both end alike.
_DAYS_BACK = {"D": 28, "W": 91, "M": 91, "Q": 364, "Y": 364}
# Fewer customers do not fill the scores, and one mover would be a trend.
_LEAST_CUSTOMERS = 100
_BEST = "Champions"


def build(study: Study, fmt: Formats) -> Section | None:
    """A grid of the moves, and who stayed; nothing where the history is too short for both."""
    before = study.options.as_of - dt.timedelta(days=_DAYS_BACK[study.options.unit])
    if before <= study.first_day:
        return None
    moves = _moves(study, before)
    if moves is None:
        return None
    staying = _staying(moves)
    title = fmt.say("moves.figure")
    day = fmt.date(before)
    return Section(
        name="moves",
        title=fmt.say("moves.title"),
        sentences=(*_about_best(staying, day, fmt), _about_sizes(moves, fmt), fmt.say("moves.how")),
        figures=(
            Figure(
                "moves",
                title,
                draw(
                    "moves",
                    lambda ax: _grid(moves, ax),
                    height=4.2,
                    title=title,
                    description=fmt.say("moves.description"),
                ),
                _table(staying, day, fmt),
            ),
        ),
        hidden_tables={"moves": moves},
    )


def _moves(study: Study, before: dt.date) -> pd.DataFrame | None:
    """Customers of both days by the limits of the earlier one; new limits would move along."""
    rows = study.rows[study.rows["date"] < pd.Timestamp(before) + pd.Timedelta(days=1)]
    with warnings.catch_warnings():
        # What is left out or ties is told by the sections on the whole history.
        warnings.simplefilter("ignore", DataQualityWarning)
        then = rfm_table(
            rows, as_of=before, refunds="net", order_col="order_id" if study.has_orders else None
        )
        if len(then) < _LEAST_CUSTOMERS:
            return None
        scorer = RFMScorer().fit(then)
        named = SegmentMap.named(SEGMENT_MAP)
        return migration_table(
            named.assign(scorer.transform(then)),
            named.assign(scorer.transform(study.rfm)),
            level=LEVEL,
        )


def _grid(moves: pd.DataFrame, ax: Any) -> None:
    """Draw the moves; nobody can be lost here, for whoever bought once has a segment for ever."""
    sizes = moves.groupby("segment_after")["n"].transform("sum")
    plot_migration(moves[sizes > 0], ax=ax).set_title("", loc="left")  # the caption says it


def _staying(moves: pd.DataFrame) -> pd.DataFrame:
    """Per segment: customers then, those still there, and where most of the others went."""
    staying = migration_test(moves, level=LEVEL).staying
    gone = moves[moves["segment_before"] != moves["segment_after"]]
    most = gone.sort_values("n", ascending=False, kind="stable").drop_duplicates("segment_before")
    most = most.set_index("segment_before").reindex(staying["segment"])
    moved = (most["n"] > 0).to_numpy()
    return staying.assign(
        most_to=most["segment_after"].where(moved).to_list(),
        most_share=most["rate"].where(moved).to_list(),
    )


def _about_best(staying: pd.DataFrame, day: str, fmt: Formats) -> list[str]:
    row = staying[(staying["segment"] == _BEST) & (staying["n"] > 0)]
    if row.empty:
        return []
    best = row.iloc[0]
    return [
        fmt.say(
            "moves.best",
            int(best["n"]),
            n=fmt.integer(best["n"]),
            segment=_BEST,
            day=day,
            share=fmt.percent(best["share"], 0),
            span=fmt.span(fmt.percent(best["low"], 0), fmt.percent(best["high"], 0)),
        )
    ]


def _about_sizes(moves: pd.DataFrame, fmt: Formats) -> str:
    chance = migration_test(moves).stuart_maxwell_p
    return fmt.say("moves.shifted" if chance < 1 - LEVEL else "moves.balanced")


def _table(staying: pd.DataFrame, day: str, fmt: Formats) -> Table:
    columns = (
        Column("segment", fmt.say("moves.segment", day=day)),
        Column("n", fmt.say("moves.n"), "integer"),
        Column("share", fmt.say("moves.share"), "percent"),
        Column("low", fmt.say("moves.interval"), "percent", upper="high"),
        Column("most_to", fmt.say("moves.most_to")),
        Column("most_share", fmt.say("moves.most_share"), "percent"),
    )
    return Table("segments_kept", fmt.say("moves.table"), staying, columns)
