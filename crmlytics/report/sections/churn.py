"""Who will leave: how many, how sure that is, whose leaving costs most, and whom to contact."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics.churn import ChurnModel
from crmlytics.errors import (
    ConvergenceWarning,
    CrmlyticsError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.evaluation import calibration_table, gains_table, optimal_cutoff, plot_gains
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    from crmlytics.evaluation import OptimalCutoff
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

HORIZON_DAYS = 90
ACTIVE_DAYS = 365
#: Terms of an offer as the literature has them (offer 10, contact 1, value 200, 3 in 10 accept).
OFFER, CONTACT, ACCEPTANCE = 0.05, 0.005, 0.3
_LISTED = 10
_BANDS = (0.25, 0.5, 0.75)
_WHOLE_BELOW = 10.0


def build(study: Study, fmt: Formats) -> Section:
    """The expected number with its interval, bands of risk, the customers who would cost most."""
    try:
        return _section(study, fmt)
    except CrmlyticsError:
        raise
    except (ArithmeticError, ValueError) as error:
        # Numerical trouble in odd data costs this section, never the report.
        raise NotEnoughDataError(fmt.say("churn.failed", reason=str(error))) from error


def _section(study: Study, fmt: Formats) -> Section:
    model, scores = _scored(study)
    bands = _bands(scores)
    unseen = model.model_.out_of_fold_
    gains = gains_table(unseen["outcome"], unseen["probability"])
    held = calibration_table(unseen["outcome"], unseen["probability"])
    title = fmt.say("churn.figure")
    figure = Figure(
        "churn",
        title,
        draw(
            "churn",
            lambda ax: plot_gains(gains, ax=ax),
            height=3.0,
            title=title,
            description=fmt.say("churn.description"),
        ),
        _gains(gains, fmt),
    )
    tables = [_bands_table(bands, fmt), _held(held, fmt)]
    if model.beats_constant_:
        tables.insert(1, _costliest(study, model, scores, fmt))
    return Section(
        name="churn",
        title=fmt.say("churn.title"),
        sentences=tuple(_sentences(model, scores, fmt)),
        figures=(figure,),
        tables=tuple(tables),
        hidden_tables={"churn_report": model.report_, "churn_audit": model.audit_},
    )


def _scored(study: Study) -> tuple[ChurnModel, pd.DataFrame]:
    """The model, and today's customers with their probability and the revenue of twelve months."""
    day = study.options.as_of
    model = ChurnModel(
        horizon=HORIZON_DAYS,
        unit="D",
        active_within=ACTIVE_DAYS,
        amount_col="amount",
        model="logistic",
        random_state=0,
    )
    with warnings.catch_warnings():
        # Said in a sentence of the section's own.
        warnings.simplefilter("ignore", DataQualityWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(study.rows, as_of=day)
        scores: pd.DataFrame = model.predict(study.rows, as_of=day)
    recent = study.rows[study.rows["date"] > pd.Timestamp(day) - pd.Timedelta(days=ACTIVE_DAYS - 1)]
    revenue = recent.groupby("customer_id", observed=True)["amount"].sum()
    scores["revenue"] = scores["customer_id"].map(revenue).fillna(0.0).clip(lower=0.0)
    scores["at_risk"] = scores["revenue"] * scores["churn_probability"]
    return model, scores


def _sentences(model: ChurnModel, scores: pd.DataFrame, fmt: Formats) -> list[str]:
    p = scores["churn_probability"].to_numpy()
    expected, luck = float(p.sum()), 1.96 * float(np.sqrt((p * (1 - p)).sum()))
    report = model.report_.set_index("measure")
    rate = report.loc["churn rate"]
    days = fmt.integer(HORIZON_DAYS)
    low, high = max(0.0, expected - luck), min(float(len(p)), expected + luck)
    lines = [
        fmt.say(
            "churn.lead",
            n=fmt.integer(len(p)),
            expected=fmt.integer(round(expected)),
            share=fmt.percent(expected / len(p), 0),
            days=days,
            span=fmt.span(fmt.integer(round(low)), fmt.integer(round(high))),
            at_risk=fmt.money(float(scores["at_risk"].sum()), 0),
        )
    ]
    said = {
        "n": fmt.integer(len(model.model_.out_of_fold_)),
        "rate": fmt.percent(rate["value"], 0),
        "span": fmt.span(fmt.percent(rate["low"], 0), fmt.percent(rate["high"], 0)),
    }
    if not model.beats_constant_:
        return [*lines, fmt.say("churn.no_better", **said)]
    auc = report.loc["AUC"]
    right = fmt.span(fmt.percent(auc["low"], 0), fmt.percent(auc["high"], 0))
    later = "later" if model.tested_on_ == "later cutoffs" else "others"
    lines.append(
        fmt.say(f"churn.trust_{later}", auc=fmt.percent(auc["value"], 0), right=right, **said)
    )
    return [*lines, _pays(_cut(scores), fmt)]


def _cut(scores: pd.DataFrame) -> OptimalCutoff:
    """Whom a contact pays for, under terms that the reader can replace."""
    value = scores["revenue"].to_numpy()
    return optimal_cutoff(
        scores["churn_probability"],
        value=value,
        offer_cost=OFFER * value,
        contact_cost=CONTACT * value,
        acceptance=ACCEPTANCE,
    )


def _pays(cut: OptimalCutoff, fmt: Formats) -> str:
    limits = np.atleast_1d(np.asarray(cut.threshold))
    return fmt.say(
        "churn.pays",
        cut.n_contacted,
        n=fmt.integer(cut.n_contacted),
        threshold=fmt.percent(float(limits[np.isfinite(limits)].min(initial=1.0)), 0),
        gain=fmt.money(cut.total_expected_gain, 0),
        offer=fmt.percent(OFFER, 0),
        contact=fmt.percent(CONTACT, 1),
        acceptance=fmt.percent(ACCEPTANCE, 0),
    )


def _bands(scores: pd.DataFrame) -> pd.DataFrame:
    at = np.searchsorted(_BANDS, scores["churn_probability"], side="right")
    edges = [0.0, *_BANDS, 1.0]
    rows = [scores[at == i] for i in range(len(edges) - 1)]
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": [len(each) for each in rows],
            "expected": [float(each["churn_probability"].sum()) for each in rows],
            "revenue": [float(each["revenue"].sum()) for each in rows],
            "at_risk": [float(each["at_risk"].sum()) for each in rows],
        }
    ).iloc[::-1].reset_index(drop=True)  # fmt: skip


def _bands_table(bands: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("low", fmt.say("churn.probability"), "whole_percent", upper="high"),
        Column("n", fmt.say("churn.n"), "integer"),
        Column("expected", fmt.say("churn.expected"), "integer"),
        Column("revenue", fmt.say("churn.revenue"), "money"),
        Column("at_risk", fmt.say("churn.at_risk"), "money"),
    )
    return Table("churn_bands", fmt.say("churn.bands"), bands, columns, beside=True)


def _gains(gains: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("bin", fmt.say("churn.tenth"), "integer"),
        Column("n", fmt.say("churn.n"), "integer"),
        Column("rate", fmt.say("churn.came"), "percent"),
        Column("low", fmt.say("churn.interval"), "percent", upper="high"),
        Column("captured", fmt.say("churn.captured"), "percent"),
    )
    return Table("churn_gains", fmt.say("churn.gains"), gains, columns)


def _held(held: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("predicted", fmt.say("churn.predicted"), "percent"),
        Column("n", fmt.say("churn.n"), "integer"),
        Column("observed", fmt.say("churn.came"), "percent"),
        Column("low", fmt.say("churn.interval"), "percent", upper="high"),
    )
    return Table("churn_calibration", fmt.say("churn.held"), held, columns, folded=True)


def _costliest(study: Study, model: ChurnModel, scores: pd.DataFrame, fmt: Formats) -> Table:
    """Those with the most revenue at risk, of whom a contact pays for, numbered by revenue."""
    worth = scores[_cut(scores).contact]
    order = np.argsort(-worth["at_risk"].to_numpy(), kind="stable")[:_LISTED]
    best = worth.iloc[order].reset_index(drop=True)
    named, show = study.labels.loc[best["customer_id"].to_numpy()], study.options.show_ids
    frame = pd.DataFrame(
        {
            "customer": [str(x) if show else fmt.say("customer", number=x) for x in named],
            "probability": best["churn_probability"],
            "recency_days": best["recency_days"],
            "revenue": best["revenue"],
            "at_risk": best["at_risk"],
            "reason": _reasons(model, study, best["customer_id"], fmt),
        }
    )
    columns = (
        Column("customer", fmt.say("largest.customer"), "text" if show else "name"),
        Column("probability", fmt.say("churn.probability"), "percent"),
        Column("recency_days", fmt.say("largest.recency_days"), "integer"),
        Column("revenue", fmt.say("churn.revenue"), "money"),
        Column("at_risk", fmt.say("churn.at_risk"), "money"),
        Column("reason", fmt.say("churn.reason"), "text"),
    )
    note = fmt.say("churn.note") if show else fmt.say("churn.note") + " " + fmt.say("largest.note")
    caption = fmt.say("churn.costliest", count=fmt.integer(len(frame)))
    return Table("churn_costliest", caption, frame, columns, note=note)


def _reasons(model: ChurnModel, study: Study, wanted: Any, fmt: Formats) -> list[str]:
    """What speaks most for leaving in each customer's history, in words."""
    rows = study.rows[study.rows["customer_id"].isin(list(wanted))]
    told = model.reasons(rows, as_of=study.options.as_of, n_reasons=3)
    told = told[(told["contribution"] > 0) & told["column"].notna()]
    first = told.drop_duplicates("customer_id").set_index("customer_id")
    said = []
    for customer in wanted:
        if customer not in first.index:
            said.append(fmt.say("churn.nothing"))
            continue
        value = pd.to_numeric(first.loc[customer, "value"], errors="coerce")
        said.append(
            fmt.say(f"churn.because_{first.loc[customer, 'column']}", value=_short(value, fmt))
        )
    return said


def _short(value: float, fmt: Formats) -> str:
    if not np.isfinite(value):
        return fmt.say("churn.unknown")
    whole = abs(value) >= _WHOLE_BELOW or value == round(value)
    return fmt.integer(round(value)) if whole else fmt.number(value, 1)
