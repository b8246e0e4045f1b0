"""How good the propensity engine is on public data, as exported, with its gates.

    python benchmarks/scoring_accuracy.py DATA

DATA is the folder of the public data sets. Every figure is of rows that the model has not seen:
five stratified folds, shuffled with seed 42, all of choosing and calibrating inside each training
part. Gates are regression gates on the same data, no claim about new data.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from crmlytics.errors import DataQualityWarning
from crmlytics.evaluation import calibration_slope, expected_calibration_error
from crmlytics.scoring import PropensityClassifier, Scorecard, TablePreparation

LEAKS = ["Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity",
         "Asymmetrique Activity Index", "Asymmetrique Profile Index",
         "Asymmetrique Activity Score", "Asymmetrique Profile Score"]  # fmt: skip


def telco(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "telco_churn" / "WA_Fn-UseC_-Telco-Customer-Churn.csv")


def telecom(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "telecom_3333" / "telecom_3333.csv")


def x_education(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "x_education_leads" / "Leads.csv")


def maven(data: Path) -> pd.DataFrame:
    deals = pd.read_csv(data / "maven_crm_sales" / "sales_pipeline.csv")
    closed = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    return closed.drop(columns=["close_date", "close_value"])


def folds(frame: pd.DataFrame, outcome: str, make):
    """Mean of the folds' areas, pooled outcomes and probabilities, and the models chosen."""
    y = pd.factorize(frame[outcome], sort=True)[0]
    found, areas, chosen = np.empty(len(y)), [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=42).split(y, y):
        model = make().fit(frame.iloc[train], outcome)
        found[test] = model.predict_proba(frame.iloc[test])[:, 1]
        areas.append(roc_auc_score(y[test], found[test]))
        chosen.append(getattr(model, "model_", type(model).__name__))
    return float(np.mean(areas)), y, found, sorted(set(chosen))


def gate(what: str, value: float, rule: str, held: bool) -> bool:
    print(f"  {'ok  ' if held else 'FAIL'} {what:<34} {value:8.4f}   {rule}", flush=True)
    return held


def measured(name: str, frame: pd.DataFrame, outcome: str, make):
    start = time.process_time()
    area, y, p, chosen = folds(frame, outcome, make)
    slope = calibration_slope(y, p)
    error = expected_calibration_error(y, p, random_state=0)
    print(
        f"{name}: {', '.join(chosen)}; AUC {area:.4f}, log-loss {log_loss(y, p):.4f}, "
        f"slope {slope.slope:.3f} [{slope.low:.3f}, {slope.high:.3f}], "
        f"calibration error {error.ece:.4f} (floor {error.floor:.4f}), "
        f"{time.process_time() - start:.1f} CPU s",
        flush=True,
    )
    return area, float(log_loss(y, p)), slope, error, chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    warnings.simplefilter("ignore", DataQualityWarning)

    def auto() -> PropensityClassifier:
        return PropensityClassifier(random_state=42)

    held = []
    area, loss, slope, error, _ = measured("Telco, auto", telco(data), "Churn", auto)
    held += [
        gate("AUC, mean of folds", area, "at least 0.848", area >= 0.848),
        gate("log-loss, pooled", loss, "at most 0.412", loss <= 0.412),
        gate("calibration error", error.ece, "not above its floor", error.ece <= error.floor),
        gate("calibration slope", slope.slope, "interval overlaps [.95, 1.05]",
             slope.low <= 1.05 and slope.high >= 0.95),
    ]  # fmt: skip
    area, *_ = measured("Telco, scorecard", telco(data), "Churn", Scorecard)
    held.append(gate("AUC, mean of folds", area, "optbinning 1.0: 0.8454, within 0.005",
                     area >= 0.8404))  # fmt: skip
    area, loss, _, _, chosen = measured("telecom 3333, auto", telecom(data), "churn", auto)
    held += [
        gate("AUC, mean of folds", area, "at least 0.912", area >= 0.912),
        gate("log-loss, pooled", loss, "at most 0.19", loss <= 0.19),
        gate("folds that pick trees", float(chosen == ["boosting"]), "all", chosen == ["boosting"]),
    ]
    preparation = TablePreparation(known_after=LEAKS)
    area, *_ = measured(
        "X Education without the nine leaks, auto", x_education(data), "Converted",
        lambda: PropensityClassifier(random_state=42, preparation=preparation),
    )  # fmt: skip
    held.append(gate("AUC, mean of folds", area, "at least 0.877", area >= 0.877))
    report = TablePreparation().fit(x_education(data), "Converted").leak_report_
    found = report.groupby("ground")["column"].agg(list).to_dict()
    print(f"X Education, leaks: {found}")
    held.append(gate("leaks by statistics", len(found["statistics"]), "Tags alone",
                     found["statistics"] == ["Tags"]))  # fmt: skip
    held.append(gate("leaks by statistics or name", report["column"].nunique(), "the nine alone",
                     set(report["column"]) == set(LEAKS)))  # fmt: skip
    deals = auto().fit(maven(data), "deal_stage")
    print(f"Maven won or lost:\n{deals.candidates_.round(4).to_string(index=False)}")
    held.append(gate("beats the constant", float(deals.beats_constant_), "no",
                     not deals.beats_constant_))  # fmt: skip
    print(f"{sum(held)} of {len(held)} gates hold")
    raise SystemExit(not all(held))


if __name__ == "__main__":
    main()
