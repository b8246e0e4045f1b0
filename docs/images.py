"""The picture on the first page: ``python docs/images.py`` draws it from a simulated store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from matplotlib.figure import Figure

from crmlytics.customers import rfm_table
from crmlytics.datasets import make_store
from crmlytics.forecast import SalesForecaster, plot_forecast, sales_series
from crmlytics.retention import cohort_table, plot_cohorts
from crmlytics.segmentation import RFMScorer, SegmentMap, plot_segments, segment_table

_AS_OF = dt.date(2024, 12, 31)


def overview() -> Figure:
    orders = make_store(2_000, n_deals=0, random_state=42).transactions
    figure = Figure(figsize=(11.5, 6.4), layout="constrained", dpi=100)
    axes = figure.subplot_mosaic("ab;ac", width_ratios=[1, 1.25])

    rfm = rfm_table(orders, as_of=_AS_OF, order_col="order_id")
    customers = SegmentMap.named().assign(RFMScorer().fit_transform(rfm))
    plot_segments(segment_table(customers), ax=axes["a"])
    axes["a"].set_title("Who they are: RFM segments", loc="left")

    plot_cohorts(cohort_table(orders, unit="Q", as_of=_AS_OF, amount_col="amount"), ax=axes["b"])
    axes["b"].set_title("Who stays: active customers, % of their cohort", loc="left")

    sales = sales_series(orders, unit="M", as_of=_AS_OF)
    ahead = SalesForecaster(horizon=6).fit(sales).predict()
    plot_forecast(ahead, sales, ax=axes["c"], value_label="sales, EUR")
    axes["c"].set_title("What comes: sales with intervals", loc="left", pad=34)
    return figure


if __name__ == "__main__":
    overview().savefig(Path(__file__).parent / "images" / "overview.png", metadata={"Software": ""})
