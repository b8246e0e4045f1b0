"""What to do: the few sentences that follow from the figures, each with its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics._core import intervals
from crmlytics.errors import CrmlyticsError
from crmlytics.report.layout import Section, Step
from crmlytics.report.sections.cohorts import pooled_return
from crmlytics.report.study import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_MOST = 5
_LAPSING = ("At Risk", "Cannot Lose Them")
# Whoever bought once and longer ago than this is no fresh customer any more.
_FRESH_DAYS = 90
_MANY_UNKNOWN = 0.02


def build(study: Study, fmt: Formats) -> Section:
    """At most five steps, those that speak of money first."""
    steps = []
    for rule in _RULES:
        try:
            step = rule(study, fmt)
        except CrmlyticsError:
            continue  # the section that this step rests on says what was wrong
        if step is not None:
            steps.append(step)
    steps = steps[:_MOST]
    frame = pd.DataFrame(
        {
            "number": [step.number for step in steps],
            "sentence": [step.sentence for step in steps],
        },
        dtype="str",
    )
    return Section(
        name="actions",
        title=fmt.say("actions.title"),
        steps=tuple(steps),
        notice="" if steps else fmt.say("actions.none"),
        hidden_tables={"actions": frame},
    )


def _win_back(study: Study, fmt: Formats) -> Step | None:
    lapsing = study.scored[study.scored["segment"].isin(_LAPSING)]
    if lapsing.empty:
        return None
    money, total = lapsing["monetary"].sum(), study.scored["monetary"].sum()
    days = lapsing["recency_days"].median()
    return Step(
        fmt.money(money, 0),
        fmt.say(
            "actions.win_back",
            len(lapsing),
            n=fmt.integer(len(lapsing)),
            segments=fmt.say("and").join(_LAPSING),
            share=fmt.percent(money / total) if total > 0 else fmt.percent(None),
            days=fmt.integer(days),
        ),
    )


def _second_order(study: Study, fmt: Formats) -> Step | None:
    rfm = study.rfm
    fresh = int(((rfm["frequency"] == 1) & (rfm["recency_days"] < _FRESH_DAYS)).sum())
    back, n = pooled_return(study)
    if not fresh or not n:
        return None
    low, high = (float(end) for end in intervals.wilson(back, n, LEVEL))
    return Step(
        fmt.integer(fresh),
        fmt.say(
            f"actions.second_order.{study.options.unit}",
            fresh,
            n=fmt.integer(fresh),
            days=fmt.integer(_FRESH_DAYS),
            rate=fmt.percent(back / n),
            span=fmt.span(fmt.percent(low), fmt.percent(high)),
        ),
    )


def _plan(study: Study, fmt: Formats) -> Step | None:
    first = study.forecast.iloc[0]
    if np.isnan(first["low_80"]):
        return None
    return Step(
        fmt.money(first["forecast"], 0),
        fmt.say(
            "actions.plan",
            period=fmt.period(first["date"], study.options.unit),
            low=fmt.money(first["low_80"], 0),
            high=fmt.money(first["high_80"], 0),
        ),
    )


def _record(study: Study, fmt: Formats) -> Step | None:
    cleaned = study.cleaned
    unknown = cleaned.dropped.get("no_customer", 0)
    if unknown < _MANY_UNKNOWN * cleaned.n_read:
        return None
    return Step(
        fmt.percent(unknown / cleaned.n_read),
        fmt.say(
            "actions.record",
            unknown,
            n=fmt.integer(unknown),
            money=fmt.money(cleaned.dropped_money["no_customer"], 0),
        ),
    )


def _look_after(study: Study, fmt: Formats) -> Step | None:
    top = study.concentration.top_shares.iloc[1]
    if study.concentration.n < 100:
        return None
    return Step(
        fmt.percent(top["share"]),
        fmt.say("actions.look_after", int(top["n"]), n=fmt.integer(top["n"])),
    )


def _balance(study: Study, fmt: Formats) -> Step | None:
    over = study.growth[study.growth["complete"]]
    if len(over) < 2 or np.isnan(over.iloc[-1]["quick_ratio"]):
        return None
    last = over.iloc[-1]
    gained = int(last["new"]) + int(last["resurrected"])
    lost = int(last["churned"])
    return Step(
        fmt.number(last["quick_ratio"], 2),
        fmt.say(
            "actions.balance_up" if gained >= lost else "actions.balance_down",
            period=fmt.period(last["period"], study.options.unit),
            gained=fmt.integer(gained),
            lost=fmt.integer(lost),
        ),
    )


_RULES: tuple[Callable[[Study, Formats], Step | None], ...] = (
    _win_back,
    _second_order,
    _plan,
    _record,
    _look_after,
    _balance,
)
