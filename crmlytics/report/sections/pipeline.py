"""What the deals will bring: those that are open and those still to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.forecast import plot_pipeline
from crmlytics.report.deal_rows import REASONS
from crmlytics.report.drawing import draw
from crmlytics.report.formats import money_digits
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_LISTED = 10


def build(study: Study, fmt: Formats) -> Section | None:
    """The forecast from the deals, its sources, how good it was, and the deals that matter."""
    if study.deals is None:
        return None
    table = study.pipeline.predict()
    title = fmt.say("pipeline.figure")
    label = fmt.say("headline.revenue")
    if fmt.currency is not None:
        label = f"{label}, {fmt.currency}"
    return Section(
        name="pipeline",
        title=fmt.say("pipeline.title"),
        sentences=(_lead(table, study, fmt), _sources(table, study, fmt), *_past(study, fmt)),
        figures=(
            Figure(
                "pipeline",
                title,
                draw(
                    "pipeline",
                    lambda ax: plot_pipeline(table, ax=ax, value_label=label),
                    height=2.8,
                    title=title,
                    description=fmt.say("pipeline.description", count=fmt.integer(len(table))),
                ),
                _table(table, study, fmt),
            ),
        ),
        tables=(_open_deals(study, fmt), _read(study, fmt)),
    )


def _lead(table: pd.DataFrame, study: Study, fmt: Formats) -> str:
    first = table.iloc[0]
    digits = money_digits(first[["low_80", "expected", "high_80"]])
    low, expected, high = (
        fmt.money(first[name], digits) for name in ("low_80", "expected", "high_80")
    )
    period = fmt.period(first["period"], study.options.unit)
    return fmt.say("pipeline.lead", period=period, expected=expected, span=fmt.span(low, high))


def _sources(table: pd.DataFrame, study: Study, fmt: Formats) -> str:
    total = float(table["expected"].sum())
    parts = {name: float(table[name].sum()) for name in ("already_won", "open", "new")}
    shares = {name: fmt.percent(part / total if total else 0.0) for name, part in parts.items()}
    n_open = int(study.pipeline.diagnostics_["open"].iloc[0])
    return fmt.say(
        "pipeline.sources",
        len(table),
        n=fmt.integer(len(table)),
        units=fmt.say(f"units.{study.options.unit}"),
        total=fmt.money(total),
        deals=fmt.integer(n_open),
        **shares,
    )


def _past(study: Study, fmt: Formats) -> list[str]:
    """How far one period ahead was missed at past cut-offs, and by plainer arithmetic."""
    if study.pipeline_past is None:
        return [fmt.say("pipeline.untried")]
    scores = study.pipeline_past.scores.set_index("method")
    n = int(scores["n"].iloc[0])
    told = {
        word: fmt.percent(scores["wape"][method])
        for word, method in (
            ("error", "pipeline"), ("weighted", "stage-weighted"), ("naive", "naive"),
        )
    }  # fmt: skip
    return [fmt.say("pipeline.past", n, n=fmt.integer(n), **told)]


def _table(table: pd.DataFrame, study: Study, fmt: Formats) -> Table:
    columns = (
        Column("period", fmt.say(f"unit.{study.options.unit}"), "period"),
        *(
            Column(name, fmt.say(f"pipeline.{name}"), "money")
            for name in ("expected", "low_80", "high_80", "already_won", "open", "new")
        ),
    )
    return Table("pipeline", fmt.say("pipeline.table"), table, columns)


def _open_deals(study: Study, fmt: Formats) -> Table:
    """The open deals on which most hangs, named only if that is wanted."""
    deals = study.pipeline.deal_table()
    order = deals["expected_value"].to_numpy().argsort(kind="stable")[::-1][:_LISTED]
    top = deals.iloc[order].reset_index(drop=True)
    if study.options.show_ids:
        names = top["deal_id"].astype(str)
    else:
        names = pd.Series(
            [fmt.say("pipeline.deal", number=number) for number in range(1, len(top) + 1)],
            dtype=object,
        )
    top = top.drop(columns=["deal_id", "owner"], errors="ignore")
    top.insert(0, "deal", names.to_numpy(object))
    columns = (
        Column("deal", fmt.say("pipeline.deal_name"), "name"),
        Column("age_days", fmt.say("pipeline.age_days"), "integer"),
        Column("value", fmt.say("pipeline.value"), "money"),
        Column("p_won", fmt.say("pipeline.p_won"), "percent"),
        Column("p_lost", fmt.say("pipeline.p_lost"), "percent"),
        Column("expected_value", fmt.say("pipeline.expected_value"), "money"),
    )
    return Table("open_deals", fmt.say("pipeline.open_deals"), top, columns, folded=True)


def _read(study: Study, fmt: Formats) -> Table:
    """How many deals were read, and how many were left out for which reason."""
    assert study.deals is not None  # noqa: S101 (build looked)
    counts = study.deals.counts
    said = [name for name in REASONS if counts[name]]
    frame = pd.DataFrame(
        {
            "what": [fmt.say(f"pipeline.{name}") for name in ("read", *said, "kept")],
            "deals": [counts["read"], *(counts[name] for name in said), len(study.deals.rows)],
        }
    )
    columns = (
        Column("what", fmt.say("pipeline.what")),
        Column("deals", fmt.say("pipeline.deals"), "integer"),
    )
    return Table("deals_read", fmt.say("pipeline.reading"), frame, columns, folded=True)
