"""What is measured: one file per package, each giving its cases."""

from __future__ import annotations

from tasks import basket, clv, customers, forecast, retention, scoring, segmentation

TASKS = {
    "customers": customers.cases,
    "retention": retention.cases,
    "clv": clv.cases,
    "basket": basket.cases,
    "segmentation": segmentation.cases,
    "forecast": forecast.cases,
    "scoring": scoring.cases,
}
