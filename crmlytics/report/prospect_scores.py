"""Leads as the report sees them: labelled, scored without what gives the outcome away."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics._core import frames
from crmlytics.errors import DataQualityWarning
from crmlytics.leads import LeadScorer, conversion_curve, lead_labels
from crmlytics.scoring import PropensityClassifier, TablePreparation

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

HORIZON_DAYS = 90
_LABEL = "crmlytics_converted"
_LEAD, _CREATED, _CONVERTED, _LOST, _SOURCE = (
    "lead_id", "created_at", "converted_at", "lost_at", "source",
)  # fmt: skip


class Prospects(NamedTuple):
    """Curve of conversion, the fitted scorer, and the columns that it was not shown."""

    curve: pd.DataFrame
    scorer: LeadScorer
    left_out: list[str]
    horizon: int


def score_prospects(leads: Any, *, as_of: dt.date, tz: str | None) -> Prospects:
    """Follow and score leads; what may have been written after the outcome is left out."""
    rows = frames.to_pandas(frames.lazy(leads))
    labelled = lead_labels(
        rows, as_of=as_of, horizon=HORIZON_DAYS, unit="D", label_col=_LABEL, tz=tz
    )
    curve = conversion_curve(
        rows,
        as_of=as_of,
        by=_SOURCE if _SOURCE in rows and not rows[_SOURCE].isna().any() else None,
        lost_col=_LOST if _LOST in rows else None,
        tz=tz,
    )
    after = [name for name in (_CONVERTED, _LOST) if name in labelled]
    used = labelled.drop(columns=[name for name in (_LEAD, _CREATED, *after) if name in labelled])
    known = used[used[_LABEL].notna()]
    outcome = known[_LABEL].astype("int64").to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # the section says what it left out
        preparation = TablePreparation(tz=tz).fit(known.drop(columns=_LABEL), outcome)
        doubtful = [str(name) for name in preparation.leak_report_["column"].unique()]
        scorer = LeadScorer(
            classifier=PropensityClassifier(model="logistic", random_state=0),
            lead_col=_LEAD,
            known_after=doubtful,
            group_col=_SOURCE if _SOURCE in used else None,
        ).fit(used, _LABEL)
    return Prospects(curve, scorer, doubtful, HORIZON_DAYS)
