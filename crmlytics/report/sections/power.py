"""How buying power depends on what is known of a customer, and what of it can be ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.scoring import plot_purchasing_power

if TYPE_CHECKING:
    import pandas as pd

    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_DRAWN = 16


def build(study: Study, fmt: Formats) -> Section | None:
    """Effects on spend of the characteristics that matter, and a verdict on each."""
    if study.customers is None:
        return None
    table = study.purchasing_power
    each = table.drop_duplicates("characteristic")
    named = {
        verdict: [str(name) for name in each.loc[each["verdict"] == verdict, "characteristic"]]
        for verdict in ("keep", "redundant", "ignore")
    }
    sentences = [
        fmt.say(f"power.{verdict}", len(names), n=fmt.integer(len(names)), names=", ".join(names))
        for verdict, names in named.items()
        if names
    ]
    strongest = table[(table["verdict"] == "keep") & (table["p_adjusted"] < 0.05)]
    if len(strongest):
        top = strongest.sort_values("effect", ascending=False, kind="stable").iloc[0]
        sentences.insert(
            0,
            fmt.say(
                "power.lead",
                characteristic=top["characteristic"],
                level=top["level"],
                base=top["base"],
                effect=fmt.number(top["effect"]),
                span=fmt.span(fmt.number(top["low"]), fmt.number(top["high"])),
            ),
        )
    return Section(
        name="power",
        title=fmt.say("power.title"),
        sentences=tuple(sentences),
        figures=_figures(table, fmt) if named["keep"] else (),
        tables=(_verdicts(each, fmt),),
    )


def _figures(table: pd.DataFrame, fmt: Formats) -> tuple[Figure, ...]:
    kept = table[(table["verdict"] == "keep") & (table["effect"] > 0)].head(_DRAWN)
    title = fmt.say("power.figure")
    columns = (
        Column("characteristic", fmt.say("power.characteristic")),
        Column("level", fmt.say("power.level")),
        Column("n", fmt.say("power.n"), "integer"),
        Column("mean", fmt.say("power.mean"), "money"),
        Column("effect", fmt.say("power.effect"), "number"),
        Column("low", fmt.say("power.interval"), "number", upper="high"),
    )
    shown = table[table["verdict"] == "keep"].reset_index(drop=True)
    drawn = draw(
        "power",
        lambda ax: plot_purchasing_power(kept, ax=ax),
        height=0.9 + 0.3 * len(kept),
        title=title,
        description=fmt.say("power.description"),
    )
    beside = Table("power_levels", fmt.say("power.levels"), shown, columns)
    return (Figure("power", title, drawn, beside),)


def _verdicts(each: pd.DataFrame, fmt: Formats) -> Table:
    frame = each.assign(
        verdict=[fmt.say(f"power.verdict.{verdict}") for verdict in each["verdict"]]
    ).reset_index(drop=True)
    columns = (
        Column("characteristic", fmt.say("power.characteristic")),
        Column("verdict", fmt.say("power.verdict")),
        Column("share_alone", fmt.say("power.share_alone"), "percent"),
        Column("share_added", fmt.say("power.share_added"), "percent"),
        Column("twin", fmt.say("power.twin")),
    )
    return Table("power", fmt.say("power.table"), frame, columns, note=fmt.say("power.note"))
