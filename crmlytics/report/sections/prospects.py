"""Which prospect becomes a customer: how many do, how soon, and how well a score tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics.leads import plot_conversion
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study


def build(study: Study, fmt: Formats) -> Section | None:
    """The curve of conversion by source, the tiers of the score, and what was left out."""
    if study.leads is None:
        return None
    found = study.prospects
    scorer = found.scorer
    rate, low, high = scorer.base_rate_
    sentences = [
        fmt.say(
            "prospects.lead",
            scorer.n_leads_,
            n=fmt.integer(scorer.n_leads_),
            days=fmt.integer(found.horizon),
            rate=fmt.percent(rate),
            span=fmt.span(fmt.percent(low), fmt.percent(high)),
        ),
        fmt.say("prospects.young", scorer.n_unknown_, n=fmt.integer(scorer.n_unknown_)),
    ]
    tables = []
    if scorer.beats_constant_ and len(scorer.tier_table_):
        first = scorer.tier_table_.iloc[0]
        sentences.append(
            fmt.say(
                "prospects.best",
                tier=first["tier"],
                rate=fmt.percent(first["rate"]),
                span=fmt.span(fmt.percent(first["low"]), fmt.percent(first["high"])),
            )
        )
        tables.append(_tiers(scorer.tier_table_, fmt))
    else:
        sentences.append(fmt.say("prospects.constant"))
    if found.left_out:
        n = len(found.left_out)
        sentences.append(
            fmt.say("prospects.left_out", n, n=fmt.integer(n), names=", ".join(found.left_out))
        )
    return Section(
        name="prospects",
        title=fmt.say("prospects.title"),
        sentences=tuple(sentences),
        figures=(_figure(found.curve, fmt),),
        tables=tuple(tables),
    )


def _figure(curve: pd.DataFrame, fmt: Formats) -> Figure:
    title = fmt.say("prospects.figure")
    by = [name for name in ("source",) if name in curve]
    last: Any = curve.groupby(by, sort=False).last() if by else curve.tail(1)
    first: Any = (
        curve.groupby(by, sort=False)["at_risk"].first() if by else curve["at_risk"].head(1)
    )
    frame = last.assign(n=first.to_numpy()).reset_index(drop=not by)
    columns = (
        *(Column(name, fmt.say(f"prospects.{name}")) for name in by),
        Column("n", fmt.say("prospects.n"), "integer"),
        Column("conversion", fmt.say("prospects.conversion"), "percent"),
        Column("low", fmt.say("prospects.interval"), "percent", upper="high"),
    )
    drawn = draw(
        "prospects",
        lambda ax: plot_conversion(curve, ax=ax),
        height=3.2,
        title=title,
        description=fmt.say("prospects.description"),
    )
    return Figure(
        "prospects", title, drawn, Table("prospects", fmt.say("prospects.table"), frame, columns)
    )


def _tiers(table: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("tier", fmt.say("prospects.tier")),
        Column("n", fmt.say("prospects.n"), "integer"),
        Column("rate", fmt.say("prospects.rate"), "percent"),
        Column("low", fmt.say("prospects.interval"), "percent", upper="high"),
        Column("expected", fmt.say("prospects.expected"), "percent"),
    )
    caption = fmt.say("prospects.tiers")
    return Table(
        "prospects_tiers", caption, table, columns, note=fmt.say("prospects.note"), beside=True
    )
