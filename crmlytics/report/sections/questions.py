"""The five questions that crmlytics is for, and which of them this report answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlytics.errors import CrmlyticsError
from crmlytics.report.layout import Section, Step

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_QUESTIONS = ("power", "mailing", "prospect", "ignore", "next")


def build(study: Study, fmt: Formats) -> Section:
    """A row per question: yes, in part, or what it would take."""
    verdicts = dict.fromkeys(_QUESTIONS, "no") | {"mailing": "part"}
    if study.customers is not None:
        verdicts |= {"power": "yes", "ignore": "yes"}
    if study.leads is not None:
        verdicts["prospect"] = "yes"
    try:
        sure = bool(study.forecast["low_80"].notna().any())
        verdicts["next"] = "yes" if sure else "part"
    except CrmlyticsError:
        pass  # the forecast's own section says why there is none
    words = {each: f"questions.{each}.{verdict}" for each, verdict in verdicts.items()}
    if study.cleaned.items is not None:
        words["mailing"] += ".items"
    steps = tuple(
        Step(
            fmt.say(f"answered.{verdicts[each]}"),
            fmt.say(words[each]),
            lead=fmt.say(f"questions.{each}"),
        )
        for each in _QUESTIONS
    )
    frame = pd.DataFrame(
        {
            "question": [step.lead for step in steps],
            "answered": [step.number for step in steps],
            "how": [step.sentence for step in steps],
        }
    )
    return Section(
        name="questions",
        title=fmt.say("questions.title"),
        steps=steps,
        hidden_tables={"questions": frame},
    )
