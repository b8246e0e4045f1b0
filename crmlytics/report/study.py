"""The cleaned rows and the tables that several sections share, each computed once."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames, intervals, periods
from crmlytics.customers import rfm_table
from crmlytics.errors import DataQualityWarning, NotEnoughDataError
from crmlytics.forecast import (
    PipelineForecaster,
    SalesForecaster,
    pipeline_backtest,
    sales_series,
)
from crmlytics.report.prospect_scores import score_prospects
from crmlytics.retention import cohort_table, growth_accounting
from crmlytics.scoring import purchasing_power_table
from crmlytics.segmentation import RFMScorer, SegmentMap, segment_table, value_concentration

if TYPE_CHECKING:
    from crmlytics.forecast import PipelineBacktest
    from crmlytics.io import TableReport
    from crmlytics.report.cleaning import Cleaned, Roles
    from crmlytics.report.deal_rows import CleanedDeals
    from crmlytics.report.prospect_scores import Prospects
    from crmlytics.segmentation import ValueConcentration

LEVEL = 0.95
SEGMENT_MAP = "putler11"
_N_SCORES = 5
_SPEND = "crmlytics_spend"
_HORIZONS = {"D": 28, "W": 13, "M": 6, "Q": 4, "Y": 2}
_DEAL_HORIZONS = {"D": 28, "W": 8, "M": 3, "Q": 2, "Y": 1}
# Past periods at whose ends the forecast from deals is tried, and wins that it must know by then.
_TRIED, _LEAST_WON = 6, 30


@dataclass(frozen=True)
class Options:
    """What the caller of the report chose."""

    as_of: dt.date
    unit: periods.Unit
    refunds: str
    show_ids: bool
    tz: str | None = None
    cancelled_prefix: str | None = "C"


@dataclass(frozen=True)
class Source:
    """The file the rows came from: its name, its SHA-256 and what its reader did."""

    name: str
    sha256: str | None
    reading: TableReport | None = None


@dataclass(frozen=True)
class Study:
    """What sections are made from; the tables are computed when a section first asks for them."""

    cleaned: Cleaned
    roles: Roles
    options: Options
    source: Source | None = None
    warnings: list[str] = field(default_factory=list)
    deals: CleanedDeals | None = None
    leads: Any = None
    customers: Any = None

    @property
    def rows(self) -> pd.DataFrame:
        """Rows kept, refunds among them."""
        return self.cleaned.rows

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """Rows kept that are no refunds."""
        if not self.cleaned.n_refunds:
            return self.rows
        return self.rows[self.rows["amount"] >= 0].reset_index(drop=True)

    @property
    def has_orders(self) -> bool:
        """Whether rows tell their order; without, a customer's purchases of a day are one."""
        return "order_id" in self.rows

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row per order: ``customer_id``, ``day`` (of its first row) and ``amount``."""
        rows = self.purchases.assign(day=self.purchases["date"].dt.floor("D"))
        keys = ["customer_id", "order_id" if self.has_orders else "day"]
        grouped = rows.groupby(keys, as_index=False, sort=False, observed=True)
        return grouped.agg(day=("day", "min"), amount=("amount", "sum"))

    @cached_property
    def rfm(self) -> pd.DataFrame:
        """Recency, frequency and money of each customer."""
        return rfm_table(
            self.rows,
            as_of=self.options.as_of,
            refunds="net",
            order_col="order_id" if self.has_orders else None,
        )

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The same with scores from 1 to 5 and the segment."""
        with warnings.catch_warnings():
            if len(self.rfm) < _N_SCORES:
                # Fewer customers than scores cannot fill them: no news, and nobody's fault.
                warnings.simplefilter("ignore", DataQualityWarning)
            scored = RFMScorer(n_bins=_N_SCORES).fit_transform(self.rfm)
        return SegmentMap.named(SEGMENT_MAP).assign(scored)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """What each segment is worth."""
        return segment_table(self.scored, level=LEVEL)

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """Customers of each cohort who are active at each age, the unfinished period included."""
        return cohort_table(
            self.purchases,
            unit=self.options.unit,
            as_of=self.options.as_of,
            incomplete="include",
            level=LEVEL,
        )

    @cached_property
    def growth(self) -> pd.DataFrame:
        """New, retained, resurrected and lost customers of each period."""
        return growth_accounting(self.purchases, unit=self.options.unit, as_of=self.options.as_of)

    @cached_property
    def prospects(self) -> Prospects:
        """The leads, followed and scored."""
        return score_prospects(self.leads, as_of=self.options.as_of, tz=self.options.tz)

    @cached_property
    def purchasing_power(self) -> pd.DataFrame:
        """Spend by each characteristic of the table of customers; who bought nothing spent 0."""
        known = frames.to_pandas(frames.lazy(self.customers))
        customer_col = str(self.roles.customer)
        checks.columns([str(name) for name in known], {"customer_col": customer_col})
        spent = self.rfm.set_index(self.rfm["customer_id"].astype(str))["monetary"]
        amount = known[customer_col].astype(str).map(spent).fillna(0.0).clip(lower=0.0)
        features = [str(name) for name in known if name != customer_col]
        return purchasing_power_table(
            known[features].assign(**{_SPEND: amount.to_numpy(np.float64)}),
            amount_col=_SPEND,
            characteristics=features,
            level=LEVEL,
        )

    @cached_property
    def concentration(self) -> ValueConcentration:
        """How unequally revenue is spread; customers who took back more than they paid count 0."""
        return value_concentration(
            self.rfm["monetary"], top=(0.01, 0.05, 0.1, 0.2), negatives="clip"
        )

    @cached_property
    def sales(self) -> pd.DataFrame:
        """Revenue of each period, the unfinished one flagged."""
        return sales_series(
            self.rows,
            unit=self.options.unit,
            as_of=self.options.as_of,
            incomplete="include",
        )

    @cached_property
    def forecaster(self) -> SalesForecaster:
        """Fitted on the periods that are over, without a first one that seems cut."""
        options = self.options
        sales = sales_series(self.rows, unit=options.unit, as_of=options.as_of)
        if self.first_period_cut and len(sales) > 1:
            sales = sales.iloc[1:]
        horizon = _HORIZONS[self.options.unit]
        return SalesForecaster(horizon=horizon, unit=self.options.unit).fit(sales)

    @cached_property
    def forecast(self) -> pd.DataFrame:
        """Sales of the next periods with intervals."""
        table: pd.DataFrame = self.forecaster.predict()
        return table

    @cached_property
    def pipeline(self) -> PipelineForecaster:
        """Fitted to the deals, if there are any."""
        unit = self.options.unit
        forecaster = PipelineForecaster(horizon=_DEAL_HORIZONS[unit], unit=unit)
        return forecaster.fit(self._deals, as_of=self.options.as_of, **self._deal_columns)

    @cached_property
    def pipeline_past(self) -> PipelineBacktest | None:
        """The same at the ends of the last periods, one ahead; None where that cannot be tried."""
        unit, deals = self.options.unit, self._deals
        last = periods.last_complete(self.options.as_of, unit)
        ends = [self.first_day_of(last - back) - dt.timedelta(days=1) for back in range(_TRIED)]
        won = deals.loc[deals["outcome"] == "won", "closed_at"]
        cutoffs = [one for one in ends if (won < pd.Timestamp(one)).sum() >= _LEAST_WON]
        forecaster = PipelineForecaster(horizon=1, unit=unit, n_draws=100)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataQualityWarning)
            try:
                return pipeline_backtest(
                    forecaster, deals, cutoffs=cutoffs, observed_until=self.options.as_of,
                    n_boot=100, **self._deal_columns,
                )  # fmt: skip
            except NotEnoughDataError:
                return None

    @property
    def _deals(self) -> pd.DataFrame:
        if self.deals is None:
            raise NotEnoughDataError("there are no deals")
        return self.deals.rows

    @property
    def _deal_columns(self) -> dict[str, Any]:
        """Which of the columns that may be there are."""
        usual = {"list_price_col": "list_price", "owner_col": "owner", "product_col": "product"}
        return {role: name for role, name in usual.items() if name in self._deals}

    @property
    def first_day(self) -> dt.date:
        """Day of the first row kept."""
        return _as_date(self.rows["date"].min())

    @property
    def last_day(self) -> dt.date:
        """Day of the last row kept."""
        return _as_date(self.rows["date"].max())

    @cached_property
    def last_period(self) -> int:
        """Index of the last period that is over at `as_of`."""
        return periods.last_complete(self.options.as_of, self.options.unit)

    @property
    def last_period_open(self) -> bool:
        """Whether the period of `as_of` is not over."""
        return periods.period_of(self.options.as_of, self.options.unit) > self.last_period

    @cached_property
    def first_period_cut(self) -> bool:
        """Whether the data begin so late in their first period that its start seems cut off.

        A quarter of the period or more holds no order, and that would happen to so many orders,
        spread evenly, less than once in a hundred times.
        """
        unit = self.options.unit
        first = periods.period_of(self.first_day, unit)
        start, after = (self.first_day_of(first + ahead) for ahead in (0, 1))
        empty = (self.first_day - start).days / (after - start).days
        n_orders = int((self.orders["day"] < pd.Timestamp(after)).sum())
        return empty >= 0.25 and (1 - empty) ** n_orders < 0.01

    def first_day_of(self, period: int) -> dt.date:
        """First day of the period with this index."""
        return _as_date(periods.first_days(np.array([period]), self.options.unit)[0])

    @cached_property
    def period_figures(self) -> pd.DataFrame:
        """One row per period: revenue, customers, orders, average order, repeat customers.

        Indexed by the period's number; averages and shares come with their intervals.
        """
        unit = self.options.unit
        revenue = self.rows.groupby(_period_of(self.rows["date"], unit))["amount"].sum()
        orders = self.orders.assign(period=_period_of(self.orders["day"], unit))
        found = orders.groupby("period")["amount"].agg(["size", "mean", "std"])
        low, high = intervals.student(found["mean"], found["std"], found["size"], LEVEL)
        active = orders.drop_duplicates(["period", "customer_id"])
        first = orders.groupby("customer_id")["period"].transform("min").loc[active.index]
        customers = active.groupby("period").size()
        before = (active["period"] > first).groupby(active["period"]).sum()
        share_low, share_high = intervals.wilson(before, customers, LEVEL)
        table = pd.DataFrame(
            {
                "customers": customers,
                "orders": found["size"],
                "average_order": found["mean"],
                "average_order_low": low,
                "average_order_high": high,
                "repeat_share": before / customers,
                "repeat_share_low": share_low,
                "repeat_share_high": share_high,
            }
        )
        spanned = range(
            periods.period_of(self.first_day, unit),
            periods.period_of(self.options.as_of, unit) + 1,
        )
        table = table.reindex(pd.Index(spanned, name="number"))
        table.insert(0, "revenue", revenue.reindex(table.index).fillna(0.0))
        table[["customers", "orders"]] = table[["customers", "orders"]].fillna(0).astype("int64")
        starts = periods.first_days(table.index.to_numpy(np.int64), unit)
        table.insert(0, "period", starts.astype("datetime64[us]"))
        return table

    @cached_property
    def labels(self) -> pd.Series[Any]:
        """How each customer is called: by rank of revenue, or by id where that is wanted."""
        ranked = self.rfm.sort_values(
            ["monetary", "customer_id"], ascending=[False, True], kind="stable"
        )["customer_id"]
        names = (
            ranked.astype(str).to_list()
            if self.options.show_ids
            else list(range(1, len(ranked) + 1))
        )
        return pd.Series(names, index=ranked.to_numpy(), name="customer")


def _period_of(dates: pd.Series[Any], unit: periods.Unit) -> pd.Series[Any]:
    days = dates.to_numpy("datetime64[D]").astype(np.int64)
    return pd.Series(periods.periods_of(days, unit), index=dates.index, name="period")


def _as_date(moment: Any) -> dt.date:
    day: dt.date = np.datetime64(moment, "D").astype(dt.date)
    return day
