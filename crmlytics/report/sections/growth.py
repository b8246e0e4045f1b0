"""Growth accounting: who came, stayed, returned and left, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.retention import plot_growth

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_COUNTS = ("active", "new", "retained", "resurrected", "churned")


def build(study: Study, fmt: Formats) -> Section:
    """Bars of the customers gained and lost, and their numbers."""
    table = study.growth
    title = fmt.say("growth.figure")
    return Section(
        name="growth",
        title=fmt.say("growth.title"),
        sentences=_sentences(study, fmt),
        figures=(
            Figure(
                "growth",
                title,
                draw(
                    "growth",
                    lambda ax: plot_growth(table, ax=ax),
                    height=3.2,
                    title=title,
                    description=fmt.say("growth.description", count=fmt.integer(len(table))),
                ),
                _table(study, fmt),
            ),
        ),
    )


def _sentences(study: Study, fmt: Formats) -> tuple[str, ...]:
    over = study.growth[study.growth["complete"]]
    if len(over) < 2:
        return (fmt.say("growth.young"),)
    last = over.iloc[-1]
    return (
        fmt.say(
            "growth.lead",
            period=fmt.period(last["period"], study.options.unit),
            active=fmt.integer(last["active"]),
            new=fmt.integer(last["new"]),
            resurrected=fmt.integer(last["resurrected"]),
            churned=fmt.integer(last["churned"]),
            ratio=fmt.number(last["quick_ratio"], 2),
        ),
    )


def _table(study: Study, fmt: Formats) -> Table:
    table = study.growth
    columns = (
        Column("period", fmt.say(f"unit.{study.options.unit}"), "period"),
        *(Column(name, fmt.say(f"growth.{name}"), "integer") for name in _COUNTS),
        Column("quick_ratio", fmt.say("growth.quick_ratio"), "quotient"),
    )
    marked = frozenset(
        (row, name)
        for row, over in enumerate(table["complete"])
        if not over
        for name in (*_COUNTS, "quick_ratio")
    )
    return Table(
        "growth",
        fmt.say("growth.table"),
        table,
        columns,
        note=fmt.say("not_over") if marked else "",
        marked=marked,
    )
