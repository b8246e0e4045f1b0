"""What the next periods will bring, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.forecast import plot_forecast
from crmlytics.report.drawing import draw
from crmlytics.report.formats import money_digits
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_BOUNDS = ("low_80", "high_80", "low_95", "high_95")


def build(study: Study, fmt: Formats) -> Section:
    """A fan of the coming periods, their table, and what the interval rests on."""
    table, history = study.forecast, study.sales[study.sales["complete"]]
    title = fmt.say("forecast.figure")
    label = fmt.say("headline.revenue")
    if fmt.currency is not None:
        label = f"{label}, {fmt.currency}"
    return Section(
        name="forecast",
        title=fmt.say("forecast.title"),
        sentences=(*_lead(study, fmt), *_basis(study, fmt), *_missed(study, fmt)),
        figures=(
            Figure(
                "forecast",
                title,
                draw(
                    "forecast",
                    lambda ax: plot_forecast(table, history, ax=ax, value_label=label),
                    height=3.3,
                    title=title,
                    description=fmt.say("forecast.description", count=fmt.integer(len(table))),
                ),
                _table(study, fmt),
            ),
        ),
        tables=(_history(study, fmt),),
    )


def _lead(study: Study, fmt: Formats) -> list[str]:
    first = study.forecast.iloc[0]
    period = fmt.period(first["date"], study.options.unit)
    if np.isnan(first["low_80"]):
        return [fmt.say("forecast.point", period=period, forecast=fmt.money(first["forecast"]))]
    digits = money_digits(first[["low_80", "forecast", "high_80"]])
    low, forecast, high = (
        fmt.money(first[name], digits) for name in ("low_80", "forecast", "high_80")
    )
    return [fmt.say("forecast.lead", period=period, forecast=forecast, span=fmt.span(low, high))]


def _basis(study: Study, fmt: Formats) -> list[str]:
    first = study.forecast.iloc[0]
    n = int(study.forecaster.diagnostics_["n_residuals"].iloc[0])
    lines = [fmt.say(f"status.{first['status']}")]
    if n:
        lines.append(fmt.say("forecast.basis", n, n=fmt.integer(n)))
    if study.last_period_open:
        open_one = study.first_day_of(study.last_period + 1)
        lines.append(fmt.say("forecast.open", period=fmt.period(open_one, study.options.unit)))
    return lines


def _missed(study: Study, fmt: Formats) -> list[str]:
    """How far forecasts one step ahead were off, in the periods that could have been forecast."""
    fitted = study.forecaster.fitted_.dropna(subset=["fitted", "value"])
    sold = float(fitted["value"].abs().sum())
    if len(fitted) < 2 or sold == 0:
        return []
    error = float((fitted["value"] - fitted["fitted"]).abs().sum()) / sold
    return [
        fmt.say(
            "forecast.missed", len(fitted), n=fmt.integer(len(fitted)), error=fmt.percent(error)
        )
    ]


def _table(study: Study, fmt: Formats) -> Table:
    columns = (
        Column("date", fmt.say(f"unit.{study.options.unit}"), "period"),
        Column("forecast", fmt.say("forecast.forecast"), "money"),
        *(Column(name, fmt.say(f"forecast.{name}"), "money") for name in _BOUNDS),
        Column("status", fmt.say("forecast.status")),
    )
    return Table("forecast", fmt.say("forecast.table"), study.forecast, columns)


def _history(study: Study, fmt: Formats) -> Table:
    frame = study.sales
    columns = (
        Column("date", fmt.say(f"unit.{study.options.unit}"), "period"),
        Column("value", fmt.say("headline.revenue"), "money"),
    )
    marked = frozenset((row, "value") for row, over in enumerate(frame["complete"]) if not over)
    return Table(
        "sales",
        fmt.say("forecast.history"),
        frame,
        columns,
        note=fmt.say("not_over") if marked else "",
        marked=marked,
        folded=True,
    )
