"""When customers come again, and what of the revenue does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.errors import DataQualityWarning
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.report.study import LEVEL
from crmlytics.retention import (
    plot_purchase_gaps,
    purchase_gaps,
    repeat_rate,
    revenue_retention,
)
from crmlytics.survival import survival_at

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study
    from crmlytics.retention import PurchaseGaps

_WITHIN_DAYS = (30, 90, 180, 365)
_SHOWN_DAYS = (7, 14, 30, 60, 90, 180, 365)
_LISTED = 12
# Fewer customers still waiting make the end of a curve jump.
_LEAST_AT_RISK = 20


def build(study: Study, fmt: Formats) -> Section:
    """The curve of the gaps between purchases, the second purchase, and revenue that returns."""
    gaps = purchase_gaps(study.purchases, as_of=study.options.as_of, level=LEVEL)
    if not gaps.n:
        return Section(
            "returning", fmt.say("returning.title"), (fmt.say("returning.nobody"),)
        )  # fmt: skip
    repeats = _repeats(study)
    revenue = _revenue(study)
    title = fmt.say("returning.figure")
    return Section(
        name="returning",
        title=fmt.say("returning.title"),
        sentences=(
            *_about_second(repeats, fmt),
            _about_gaps(gaps, fmt),
            *_about_revenue(revenue, study, fmt),
        ),
        figures=(
            Figure(
                "returning",
                title,
                draw(
                    "returning",
                    lambda ax: plot_purchase_gaps(gaps, ax=ax),
                    height=3.2,
                    title=title,
                    description=fmt.say("returning.description"),
                ),
                _curve_table(gaps, fmt),
            ),
        ),
        tables=(
            *(() if repeats.empty else (_repeat_table(repeats, fmt),)),
            *(() if revenue.empty else (_revenue_table(revenue, study, fmt),)),
        ),
    )


def _repeats(study: Study) -> pd.DataFrame:
    """The share with a second purchase within so many days, as far as enough were watched."""
    table = repeat_rate(
        study.purchases,
        as_of=study.options.as_of,
        within_days=_WITHIN_DAYS,
        level=LEVEL,
    )
    watched = table["rate"].notna() & (table["at_risk"] >= _LEAST_AT_RISK)
    return table[watched].reset_index(drop=True)


def _revenue(study: Study) -> pd.DataFrame:
    """GRR and NRR of the latest periods that are over."""
    with warnings.catch_warnings():
        # Customers whose refunds exceed a period's purchases are told of by other sections.
        warnings.simplefilter("ignore", DataQualityWarning)
        table = revenue_retention(study.rows, unit=study.options.unit, as_of=study.options.as_of)
    over = table[table["complete"].astype(bool) & table["grr"].notna()]
    if study.first_period_cut:
        over = over.iloc[1:]
    return over.tail(_LISTED).reset_index(drop=True)


def _about_second(repeats: pd.DataFrame, fmt: Formats) -> list[str]:
    if repeats.empty:
        return []
    last = repeats[repeats["within_days"] <= 90].tail(1)
    row = (last if len(last) else repeats.head(1)).iloc[0]
    return [
        fmt.say(
            "returning.second",
            days=fmt.integer(row["within_days"]),
            rate=fmt.percent(row["rate"]),
            span=fmt.span(fmt.percent(row["low"]), fmt.percent(row["high"])),
            observed=fmt.percent(row["observed_rate"]),
        )
    ]


def _about_gaps(gaps: PurchaseGaps, fmt: Formats) -> str:
    closed = fmt.integer(gaps.observed_median_days)
    if gaps.median_days != gaps.median_days:
        return fmt.say("returning.most_open", closed=closed)
    return fmt.say(
        "returning.gaps",
        days=fmt.integer(gaps.median_days),
        span=fmt.span(fmt.integer(gaps.low), fmt.integer(gaps.high)),
        closed=closed,
    )


def _about_revenue(revenue: pd.DataFrame, study: Study, fmt: Formats) -> list[str]:
    if revenue.empty:
        return []
    last = revenue.iloc[-1]
    return [
        fmt.say(
            "returning.revenue",
            period=fmt.period(last["period"], study.options.unit),
            grr=fmt.percent(last["grr"]),
            grr_span=fmt.span(fmt.percent(last["grr_low"]), fmt.percent(last["grr_high"])),
            nrr=fmt.percent(last["nrr"]),
            nrr_span=fmt.span(fmt.percent(last["nrr_low"]), fmt.percent(last["nrr_high"])),
        )
    ]


def _curve_table(gaps: PurchaseGaps, fmt: Formats) -> Table:
    """Some points of the curve: the eye needs no more."""
    days = [day for day in _SHOWN_DAYS if day <= gaps.curve["time"].max()] or [_SHOWN_DAYS[0]]
    read = survival_at(gaps.curve, [float(day) for day in days])
    frame = pd.DataFrame(
        {
            "days": days,
            "at_risk": read["at_risk"],
            "rate": 1.0 - read["survival"],
            "low": 1.0 - read["high"],
            "high": 1.0 - read["low"],
        }
    )
    columns = (
        Column("days", fmt.say("returning.within_days"), "integer"),
        Column("at_risk", fmt.say("returning.at_risk"), "integer"),
        Column("rate", fmt.say("returning.rate"), "percent"),
        Column("low", fmt.say("returning.interval"), "percent", upper="high"),
    )
    return Table("purchase_gaps", fmt.say("returning.curve"), frame, columns)


def _repeat_table(repeats: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("within_days", fmt.say("returning.within_days"), "integer"),
        Column("n", fmt.say("returning.n"), "integer"),
        Column("repeated", fmt.say("returning.repeated"), "integer"),
        Column("rate", fmt.say("returning.rate"), "percent"),
        Column("low", fmt.say("returning.interval"), "percent", upper="high"),
    )
    return Table(
        "second_purchase",
        fmt.say("returning.table"),
        repeats,
        columns,
        note=fmt.say("returning.note"),
        beside=True,
    )


def _revenue_table(revenue: pd.DataFrame, study: Study, fmt: Formats) -> Table:
    columns = (
        Column("period", fmt.say(f"unit.{study.options.unit}"), "period"),
        Column("start", fmt.say("returning.start"), "money"),
        Column("grr", fmt.say("returning.grr"), "percent"),
        Column("grr_low", fmt.say("returning.interval"), "percent", upper="grr_high"),
        Column("nrr", fmt.say("returning.nrr"), "percent"),
        Column("nrr_low", fmt.say("returning.interval"), "percent", upper="nrr_high"),
    )
    return Table(
        "revenue_retention",
        fmt.say("returning.revenue_table"),
        revenue,
        columns,
        note=fmt.say("returning.revenue_note"),
    )
