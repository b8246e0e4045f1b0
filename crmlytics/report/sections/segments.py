"""RFM segments: who they are and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table
from crmlytics.segmentation import plot_segments

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study


def build(study: Study, fmt: Formats) -> Section:
    """Bars of customers against revenue, the segments and the counts of the scores."""
    table = study.segments
    first = table.iloc[0]
    title = fmt.say("segments.figure")
    sentences = [
        fmt.say(
            "segments.lead",
            segment=first["segment"],
            share=fmt.percent(first["share"], 0),
            revenue_share=fmt.percent(first["revenue_share"], 0),
        )
    ]
    best = int((study.scored["rfm"] == "555").sum())
    sentences.append(fmt.say("segments.best", best, count=fmt.integer(best)))
    return Section(
        name="segments",
        title=fmt.say("segments.title"),
        sentences=tuple(sentences),
        figures=(
            Figure(
                "segments",
                title,
                draw(
                    "segments",
                    lambda ax: plot_segments(table, ax=ax),
                    height=0.9 + 0.36 * len(table),
                    title=title,
                    description=fmt.say("segments.description", count=fmt.integer(len(table))),
                ),
                _segments(study, fmt),
            ),
        ),
        tables=(_scores(study, fmt),),
    )


def _segments(study: Study, fmt: Formats) -> Table:
    shown = {
        "segment": "text",
        "n": "integer",
        "share": "percent",
        "revenue": "money",
        "revenue_share": "percent",
        "orders": "integer",
        "average_order_value": "money",
        "mean_recency_days": "number",
        "mean_frequency": "number",
        "mean_monetary": "money",
    }
    columns = tuple(
        Column(name, fmt.say(f"segments.{name}"), kind)  # type: ignore[arg-type]
        for name, kind in shown.items()
    )
    return Table("segments", fmt.say("segments.table"), study.segments, columns)


def _scores(study: Study, fmt: Formats) -> Table:
    """How many customers have each score; equal customers share one, so the counts differ."""
    scores = range(1, 6)
    counts = {
        letter: np.bincount(study.scored[letter], minlength=6)[1:] for letter in ("r", "f", "m")
    }
    frame = pd.DataFrame({"score": list(scores)} | counts)
    columns = (
        Column("score", fmt.say("scores.score"), "integer"),
        *(Column(name, fmt.say(f"scores.{name}"), "integer") for name in ("r", "f", "m")),
    )
    return Table(
        "scores", fmt.say("scores.table"), frame, columns, note=fmt.say("scores.note"), beside=True
    )
