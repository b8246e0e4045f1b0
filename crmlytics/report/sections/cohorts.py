"""Cohorts: of the customers who began together, how many still buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from crmlytics._core import intervals
from crmlytics.errors import NotEnoughDataError
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.report.study import LEVEL
from crmlytics.retention import cohort_matrix, plot_cohorts

if TYPE_CHECKING:
    import pandas as pd

    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

# So many cohorts and ages fit on a telephone with a number in each cell.
_CHARTED = 13
# So many columns still fit on a printed page; `Report.tables` has the long form of all cohorts.
_TABLED = 24


def build(study: Study, fmt: Formats) -> Section:
    """A heat map of the rates, with counts and rates as wide tables under it."""
    unit = study.options.unit
    latest = _latest(study.cohorts, _TABLED)
    over = _latest(study.cohorts[study.cohorts["complete"]], _CHARTED)
    if over.empty:
        raise NotEnoughDataError(fmt.say("cohorts.none"))
    n_cohorts = over["cohort"].nunique()
    title = fmt.say("cohorts.figure")
    sentences = [*_again(study, fmt), *_about_first(study, fmt)]
    if study.cohorts["cohort"].nunique() > _CHARTED + 1:
        sentences.append(
            fmt.say(
                "cohorts.latest",
                charted=fmt.integer(_CHARTED),
                oldest=fmt.integer(_CHARTED - 1),
                tabled=fmt.integer(latest["cohort"].nunique()),
            )
        )
    return Section(
        name="cohorts",
        title=fmt.say("cohorts.title"),
        sentences=tuple(sentences),
        figures=(
            Figure(
                "cohorts",
                title,
                draw(
                    "cohorts",
                    lambda ax: plot_cohorts(over, ax=ax),
                    height=1.2 + 0.25 * max(n_cohorts, 2),
                    title=title,
                    description=fmt.say(
                        "cohorts.description", unit=fmt.say(f"unit.{unit}").lower()
                    ),
                ),
                _wide(latest, "rate", study, fmt),
            ),
        ),
        tables=(_wide(latest, "active", study, fmt),),
        hidden_tables={"cohorts": study.cohorts},
    )


def pooled_return(study: Study) -> tuple[int, int]:
    """Customers back in the period after their first, and customers at risk of it."""
    table = study.cohorts
    next_one = table[(table["age"] == 1) & table["complete"]]
    # Customers older than the data only seem to begin in its first period.
    next_one = next_one[next_one["cohort"] > table["cohort"].min()]
    return int(next_one["active"].sum()), int(next_one["n"].sum())


def _again(study: Study, fmt: Formats) -> list[str]:
    back, n = pooled_return(study)
    if not n:
        return [fmt.say("cohorts.young")]
    low, high = (float(end) for end in intervals.wilson(back, n, LEVEL))
    return [
        fmt.say(
            f"cohorts.again.{study.options.unit}",
            back=fmt.integer(back),
            n=fmt.integer(n),
            rate=fmt.percent(back / n),
            span=fmt.span(fmt.percent(low), fmt.percent(high)),
        )
    ]


def _about_first(study: Study, fmt: Formats) -> list[str]:
    first = fmt.period(study.cohorts["cohort"].min(), study.options.unit)
    return [fmt.say("cohorts.first", period=first)]


def _latest(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return so many of the latest cohorts, at as many ages."""
    cohorts = table["cohort"].drop_duplicates().sort_values()
    kept = table[table["cohort"].isin(cohorts.iloc[-most:])]
    return kept[kept["age"] < most].reset_index(drop=True)


def _wide(
    latest: pd.DataFrame, value: Literal["active", "rate"], study: Study, fmt: Formats
) -> Table:
    """Cohorts down, ages across; cells of the period that is not over bear an asterisk."""
    frame = cohort_matrix(latest, value=value)
    ages = [str(name) for name in frame if name not in ("cohort", "n")]
    kind: Any = "integer" if value == "active" else "percent"
    columns = (
        Column("cohort", fmt.say("cohorts.cohort"), "period"),
        Column("n", fmt.say("cohorts.n"), "integer"),
        *(Column(age, age, kind) for age in ages),
    )
    row_of = {cohort: row for row, cohort in enumerate(frame["cohort"])}
    unfinished = latest[~latest["complete"]]
    marked = frozenset(
        (row_of[cohort], str(age))
        for cohort, age in zip(unfinished["cohort"], unfinished["age"], strict=True)
    )
    name = "cohort_counts" if value == "active" else "cohort_rates"
    return Table(
        name,
        fmt.say(f"cohorts.{value}", unit=fmt.say(f"units.{study.options.unit}")),
        frame,
        columns,
        note=fmt.say("not_over") if marked else "",
        marked=marked,
        empty="",
        folded=True,
    )
