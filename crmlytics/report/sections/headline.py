"""Headline figures of the last period that is over, beside the one before and a year before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from crmlytics._core import intervals, periods
from crmlytics.errors import NotEnoughDataError
from crmlytics.report.layout import Column, Section, Table, Tile
from crmlytics.report.study import LEVEL

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_PER_YEAR = {"D": None, "W": 52, "M": 12, "Q": 4, "Y": 1}
_FIGURES = ("revenue", "customers", "orders", "average_order", "repeat_share")


def build(study: Study, fmt: Formats) -> Section:
    """Tiles with the change against both comparison periods, and the table behind them."""
    figures = study.period_figures
    this = study.last_period
    if this not in figures.index:
        raise NotEnoughDataError(fmt.say("headline.none"))
    compared = _compared(study)
    tiles = tuple(_tile(name, this, compared, study, fmt) for name in _FIGURES)
    return Section(
        name="headline",
        title=fmt.say("headline.title_of", period=_name(this, study, fmt)),
        sentences=(_whole_span(study, fmt), *_missing_comparisons(compared, study, fmt)),
        tiles=tiles,
        tables=(_table(this, compared, study, fmt), _totals(study, fmt)),
    )


def _compared(study: Study) -> dict[str, int]:
    """Index of the period before and of the same one a year before, where both are whole."""
    known = study.period_figures.index
    first = int(known[0]) + study.first_period_cut
    wanted = {"previous": study.last_period - 1}
    per_year = _PER_YEAR[study.options.unit]
    if per_year is not None and per_year > 1:
        wanted["year_before"] = study.last_period - per_year
    return {name: period for name, period in wanted.items() if period >= first}


def _tile(name: str, this: int, compared: dict[str, int], study: Study, fmt: Formats) -> Tile:
    figures = study.period_figures
    value: Any = figures.loc[this, name]
    lines = []
    if f"{name}_low" in figures:
        write = fmt.money if name == "average_order" else fmt.percent
        low, high = (float(figures[f"{name}_{end}"].loc[this]) for end in ("low", "high"))
        if not np.isnan(low):
            span = fmt.span(write(low), write(high))
            lines.append(fmt.say("headline.interval", span=span, level=fmt.percent(LEVEL, 0)))
    for period in compared.values():
        before: Any = figures.loc[period, name]
        lines.append(
            fmt.say(
                "headline.against",
                change=_change(name, value, before, fmt),
                period=_name(period, study, fmt),
            )
        )
    return Tile(fmt.say(f"headline.{name}"), _written(name, value, fmt), tuple(lines))


def _written(name: str, value: Any, fmt: Formats) -> str:
    if name == "repeat_share":
        return fmt.percent(value)
    return fmt.money(value) if name in ("revenue", "average_order") else fmt.integer(value)


def _change(name: str, value: float, before: float, fmt: Formats) -> str:
    if name == "repeat_share":
        return fmt.say("points", points=_signed_points(100 * (value - before), fmt))
    return fmt.change(value / before - 1 if before > 0 else float("nan"))


def _signed_points(points: float, fmt: Formats) -> str:
    return ("+" if round(points, 1) > 0 else "") + fmt.number(points)


def _whole_span(study: Study, fmt: Formats) -> str:
    rfm = study.rfm
    n, again = len(rfm), int((rfm["frequency"] > 1).sum())
    low, high = (float(end) for end in intervals.wilson(again, n, LEVEL))
    return fmt.say(
        "headline.span",
        first=fmt.date(study.first_day),
        last=fmt.date(study.last_day),
        revenue=fmt.money(study.rows["amount"].sum()),
        customers=fmt.integer(n),
        orders=fmt.integer(len(study.orders)),
        share=fmt.percent(again / n),
        span=fmt.span(fmt.percent(low), fmt.percent(high)),
        level=fmt.percent(LEVEL, 0),
    )


def _missing_comparisons(compared: dict[str, int], study: Study, fmt: Formats) -> tuple[str, ...]:
    missing = [name for name in ("previous", "year_before") if name not in compared]
    if study.options.unit in ("D", "Y"):
        missing = [name for name in missing if name != "year_before"]
    return tuple(fmt.say(f"headline.no_{name}") for name in missing)


def _table(this: int, compared: dict[str, int], study: Study, fmt: Formats) -> Table:
    shown = study.period_figures.loc[[this, *compared.values()]].reset_index(drop=True)
    columns = (
        Column("period", fmt.say(f"unit.{study.options.unit}"), "period"),
        Column("revenue", fmt.say("headline.revenue"), "money"),
        Column("customers", fmt.say("headline.customers"), "integer"),
        Column("orders", fmt.say("headline.orders"), "integer"),
        *_with_interval("average_order", fmt.say("headline.average_order"), "money", fmt),
        *_with_interval("repeat_share", fmt.say("headline.repeat_share"), "percent", fmt),
    )
    return Table(
        "headline", fmt.say("headline.table"), shown, columns, note=fmt.say("headline.note")
    )


def _totals(study: Study, fmt: Formats) -> Table:
    """The same figures for all the days together."""
    rfm = study.rfm
    n, again = len(rfm), int((rfm["frequency"] > 1).sum())
    low, high = (float(end) for end in intervals.wilson(again, n, LEVEL))
    orders = study.orders["amount"]
    mean_low, mean_high = intervals.student(orders.mean(), orders.std(), len(orders), LEVEL)
    frame = pd.DataFrame(
        {
            "first_day": [np.datetime64(study.first_day)],
            "last_day": [np.datetime64(study.last_day)],
            "revenue": [study.rows["amount"].sum()],
            "customers": [n],
            "orders": [len(orders)],
            "average_order": [orders.mean()],
            "average_order_low": [float(mean_low)],
            "average_order_high": [float(mean_high)],
            "repeat_customers": [again],
            "repeat_rate": [again / n],
            "repeat_rate_low": [low],
            "repeat_rate_high": [high],
        }
    )
    columns = (
        Column("first_day", fmt.say("totals.days"), "date", upper="last_day"),
        Column("revenue", fmt.say("headline.revenue"), "money"),
        Column("customers", fmt.say("totals.customers"), "integer"),
        Column("orders", fmt.say("headline.orders"), "integer"),
        *_with_interval("average_order", fmt.say("headline.average_order"), "money", fmt),
        Column("repeat_customers", fmt.say("totals.repeat_customers"), "integer"),
        *_with_interval("repeat_rate", fmt.say("totals.repeat_rate"), "percent", fmt),
    )
    return Table("totals", fmt.say("totals.table"), frame, columns)


def _with_interval(
    name: str, label: str, kind: Literal["money", "percent"], fmt: Formats
) -> tuple[Column, Column]:
    interval = fmt.say("headline.interval_of", level=fmt.percent(LEVEL, 0))
    return (
        Column(name, label, kind),
        Column(f"{name}_low", interval, kind, upper=f"{name}_high"),
    )


def _name(period: int, study: Study, fmt: Formats) -> str:
    start = periods.first_days(np.array([period]), study.options.unit)[0]
    return fmt.period(start, study.options.unit)
