"""The sections of the report in their order; each is one file with one function ``build``.

A section turns a `Study` into a `Section`, or into None where the data hold nothing of its kind.
To add one, write the file, its words in every catalogue, and its line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crmlytics.report.sections import (
    actions,
    basket,
    churn,
    cohorts,
    concentration,
    forecast,
    growth,
    headline,
    method,
    moves,
    pipeline,
    power,
    prospects,
    quality,
    questions,
    returning,
    segments,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlytics.report.formats import Formats
    from crmlytics.report.layout import Section
    from crmlytics.report.study import Study


class Part(NamedTuple):
    """A section's name, its function, and whether it needs to know what the others met."""

    name: str
    build: Callable[[Study, Formats], Section | None]
    last: bool = False


PARTS = (
    Part("actions", actions.build),
    Part("headline", headline.build),
    Part("quality", quality.build, last=True),
    Part("segments", segments.build),
    Part("moves", moves.build),
    Part("cohorts", cohorts.build),
    Part("returning", returning.build),
    Part("growth", growth.build),
    Part("concentration", concentration.build),
    Part("value", value.build),
    Part("churn", churn.build),
    Part("basket", basket.build),
    Part("prospects", prospects.build),
    Part("power", power.build),
    Part("forecast", forecast.build),
    Part("pipeline", pipeline.build),
    Part("questions", questions.build),
    Part("method", method.build),
)
