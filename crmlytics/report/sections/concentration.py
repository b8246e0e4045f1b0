"""How much of the revenue hangs on how few customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.segmentation import plot_concentration

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_LISTED = 10


def build(study: Study, fmt: Formats) -> Section:
    """The Lorenz curve, the shares of the largest, and the ten largest."""
    found = study.concentration
    title = fmt.say("concentration.figure")
    shares = found.top_shares.set_index("top")["share"]
    return Section(
        name="concentration",
        title=fmt.say("concentration.title"),
        sentences=(
            fmt.say(
                "concentration.lead",
                top_1=fmt.percent(shares[0.01]),
                top_20=fmt.percent(shares[0.2]),
                eighty=fmt.integer(found.n_for_80_percent),
                n=fmt.integer(found.n),
                gini=fmt.number(found.gini, 2),
            ),
        ),
        figures=(
            Figure(
                "concentration",
                title,
                draw(
                    "concentration",
                    lambda ax: plot_concentration(found, ax=ax),
                    height=3.4,
                    title=title,
                    description=fmt.say(
                        "concentration.description", gini=fmt.number(found.gini, 2)
                    ),
                ),
                _lorenz(study, fmt),
            ),
        ),
        tables=(_shares(study, fmt), _largest(study, fmt)),
        hidden_tables={
            "concentration": pd.DataFrame(
                {
                    "n": [found.n],
                    "total": [found.total],
                    "gini": [found.gini],
                    "n_for_80_percent": [found.n_for_80_percent],
                }
            )
        },
    )


def _lorenz(study: Study, fmt: Formats) -> Table:
    """Every fifth point of the curve: the eye needs no more."""
    lorenz = study.concentration.lorenz
    step = max(1, len(lorenz) // 20)
    frame = lorenz.iloc[::step].reset_index(drop=True)
    columns = tuple(
        Column(name, fmt.say(f"lorenz.{name}"), "percent") for name in ("customers", "value")
    )
    return Table("lorenz", fmt.say("lorenz.table"), frame, columns)


def _shares(study: Study, fmt: Formats) -> Table:
    columns = (
        Column("top", fmt.say("shares.top"), "whole_percent"),
        Column("n", fmt.say("shares.n"), "integer"),
        Column("value", fmt.say("shares.value"), "money"),
        Column("share", fmt.say("shares.share"), "percent"),
    )
    return Table(
        "top_shares", fmt.say("shares.table"), study.concentration.top_shares, columns, beside=True
    )


def _largest(study: Study, fmt: Formats) -> Table:
    by_id = study.rfm.set_index("customer_id")
    rows = by_id.loc[study.labels.index[:_LISTED]].reset_index(drop=True)
    total = study.concentration.total
    names = study.labels.iloc[:_LISTED]
    frame = pd.DataFrame(
        {
            "rank": range(1, len(rows) + 1),
            "customer": [
                str(name) if study.options.show_ids else fmt.say("customer", number=name)
                for name in names
            ],
            "revenue": rows["monetary"],
            "share": rows["monetary"] / total if total > 0 else float("nan"),
            "orders": rows["frequency"],
            "recency_days": rows["recency_days"],
        }
    )
    columns = (
        Column(
            "customer", fmt.say("largest.customer"), "text" if study.options.show_ids else "name"
        ),
        Column("revenue", fmt.say("largest.revenue"), "money"),
        Column("share", fmt.say("largest.share"), "percent"),
        Column("orders", fmt.say("largest.orders"), "integer"),
        Column("recency_days", fmt.say("largest.recency_days"), "integer"),
    )
    note = "" if study.options.show_ids else fmt.say("largest.note")
    return Table(
        "top_customers",
        fmt.say("largest.table", count=fmt.integer(len(frame))),
        frame,
        columns,
        note=note,
    )
