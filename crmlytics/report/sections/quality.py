"""What the data are like: rows read and dropped, duplicates, refunds, span, unfinished periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics._core import periods
from crmlytics.report.layout import Column, Section, Table

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study


def build(study: Study, fmt: Formats) -> Section:
    """One line per fact, the dropped rows by reason as a table."""
    return Section(
        name="quality",
        title=fmt.say("quality.title"),
        sentences=(
            _kept(study, fmt),
            *_span(study, fmt),
            *_duplicates(study, fmt),
            _refunds(study, fmt),
            *_cancellations(study, fmt),
            *_repairs(study, fmt),
            *_file(study, fmt),
            *_warned(study, fmt),
        ),
        tables=(_rows_table(study, fmt),),
        hidden_tables={"quality": _facts(study)},
    )


def _kept(study: Study, fmt: Formats) -> str:
    cleaned = study.cleaned
    if not cleaned.n_dropped:
        return fmt.say("quality.all_kept", cleaned.n_read, read=fmt.integer(cleaned.n_read))
    return fmt.say(
        "quality.kept",
        cleaned.n_read,
        read=fmt.integer(cleaned.n_read),
        kept=fmt.integer(len(cleaned.rows)),
        dropped=fmt.integer(cleaned.n_dropped),
        share=fmt.percent(cleaned.n_dropped / cleaned.n_read),
    )


def _span(study: Study, fmt: Formats) -> list[str]:
    options, unit = study.options, study.options.unit
    lines = [
        fmt.say("quality.span", first=fmt.date(study.first_day), last=fmt.date(study.last_day))
    ]
    if study.first_period_cut:
        first = study.first_day_of(periods.period_of(study.first_day, unit))
        lines.append(fmt.say("quality.first_cut", period=fmt.period(first, unit)))
    if study.last_period_open:
        open_one = study.first_day_of(study.last_period + 1)
        lines.append(
            fmt.say(
                "quality.open",
                period=fmt.period(open_one, unit),
                days=fmt.integer((options.as_of - open_one).days + 1),
                as_of=fmt.date(options.as_of),
            )
        )
    if periods.period_of(study.last_day, unit) < study.last_period:
        days = (options.as_of - study.last_day).days
        lines.append(fmt.say("quality.stale", days, days=fmt.integer(days)))
    return lines


def _duplicates(study: Study, fmt: Formats) -> list[str]:
    cleaned = study.cleaned
    if not cleaned.duplicates_read:
        return [fmt.say("quality.no_duplicates")]
    return [
        fmt.say(
            "quality.duplicates",
            cleaned.duplicates_read,
            read=fmt.integer(cleaned.duplicates_read),
            kept=fmt.integer(cleaned.duplicates_kept),
        )
    ]


def _refunds(study: Study, fmt: Formats) -> str:
    cleaned = study.cleaned
    if study.options.refunds == "ignore":
        return fmt.say("quality.refunds_ignored")
    if not cleaned.n_refunds:
        return fmt.say("quality.no_refunds")
    return fmt.say(
        "quality.refunds_net",
        cleaned.n_refunds,
        rows=fmt.integer(cleaned.n_refunds),
        money=fmt.money(-cleaned.refunds_money),
    )


def _cancellations(study: Study, fmt: Formats) -> list[str]:
    if "cancelled" not in study.cleaned.dropped:
        return []
    return [fmt.say("quality.cancelled", prefix=study.options.cancelled_prefix)]


def _repairs(study: Study, fmt: Formats) -> list[str]:
    return [
        fmt.say(f"repair.{what}", count, count=fmt.integer(count))
        for what, count in study.cleaned.repairs.items()
        if count
    ]


def _file(study: Study, fmt: Formats) -> list[str]:
    """What the reader of the file did, if there was one."""
    if study.source is None or study.source.reading is None:
        return []
    reading = study.source.reading
    lines = list(reading.reasons)
    if reading.kind == "text":
        lines.insert(
            0,
            fmt.say(
                "quality.file",
                encoding=reading.encoding,
                delimiter={"\t": "tab", " ": "blank"}.get(
                    reading.delimiter or "", reading.delimiter
                ),
                decimal=reading.decimal or ".",
            ),
        )
    return lines


def _warned(study: Study, fmt: Formats) -> list[str]:
    return [fmt.say("quality.warned", message=text) for text in dict.fromkeys(study.warnings)]


def _facts(study: Study) -> pd.DataFrame:
    """Everything counted, as one row."""
    cleaned = study.cleaned
    return pd.DataFrame(
        {
            "rows_read": [cleaned.n_read],
            "rows_dropped": [cleaned.n_dropped],
            "rows_used": [len(cleaned.rows)],
            "duplicates_read": [cleaned.duplicates_read],
            "duplicates_used": [cleaned.duplicates_kept],
            "refunds": [cleaned.n_refunds],
            "refunds_money": [cleaned.refunds_money],
            "first_day": [np.datetime64(study.first_day)],
            "last_day": [np.datetime64(study.last_day)],
            "last_period_open": [study.last_period_open],
        }
    )


def _rows_table(study: Study, fmt: Formats) -> Table:
    cleaned = study.cleaned
    steps = ["read", *cleaned.dropped, "kept"]
    counts = [cleaned.n_read, *cleaned.dropped.values(), len(cleaned.rows)]
    kept_money = float(cleaned.rows["amount"].sum())
    money = [np.nan, *cleaned.dropped_money.values(), kept_money]
    frame = pd.DataFrame(
        {
            "step": steps,
            "what": [fmt.say(f"rows.{step}") for step in steps],
            "rows": counts,
            "share": np.array(counts) / cleaned.n_read,
            "money": money,
        }
    )
    columns = (
        Column("what", fmt.say("quality.what")),
        Column("rows", fmt.say("quality.rows"), "integer"),
        Column("share", fmt.say("quality.share"), "percent"),
        Column("money", fmt.say("quality.money"), "money"),
    )
    return Table(
        "rows", fmt.say("quality.table"), frame, columns, note=fmt.say("quality.note"), beside=True
    )
