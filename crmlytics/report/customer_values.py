"""What today's customers will spend: two models fitted once, their forecast and its check."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel, NBDModel
from crmlytics.clv.value_tables import clv_table
from crmlytics.customers import calibration_holdout, purchase_summary
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.customers.purchases import Refunds

MONTHS = 12
LEVEL = 0.8
HOLDOUT_WEEKS = 26
#: The largest customers by forecast, of whom the check is told apart.
TOP = 0.01
#: With fewer customers who came again, four parameters and their errors mean little.
FEWEST_REPEATERS = 50
_WEEKS = 365.25 / 7
# Log-likelihoods closer than this belong to one model and its limit.
_SAME = 0.01
# So many cells are simulated at a time, and so many at most in all.
_BLOCK, _MOST = 4_000_000, 20_000_000


class Fitted(NamedTuple):
    """Models of purchases and of spend, and the customers whom they can value.

    `n_left_out` customers came again but paid nothing or less in total, which no model of spend
    can describe: they are in the fit of the purchases only.
    """

    purchases: ModifiedBetaGeoModel | NBDModel
    spend: GammaGammaModel
    customers: pd.DataFrame
    n_left_out: int


class Check(NamedTuple):
    """Forecast and outcome of the weeks held out, for the customers known before them.

    `past_spend` is what one of their repeat purchases was worth before. `n_top` customers are
    those of the highest forecasts: chosen by what was known, not by what came of it.
    """

    last_day: dt.date
    n: int
    expected_purchases: float
    actual_purchases: float
    expected_revenue: float
    actual_revenue: float
    past_spend: float
    n_top: int
    expected_top: float
    actual_top: float


def summarise(rows: pd.DataFrame, *, as_of: dt.date, refunds: Refunds) -> pd.DataFrame:
    """Return each customer's history in weeks; purchases of one day are one."""
    table: pd.DataFrame = purchase_summary(
        rows, as_of=as_of, unit="W", exact=True, amount_col="amount", refunds=refunds
    )
    return table


def with_known_spend(summary: pd.DataFrame) -> NDArray[np.bool_]:
    """Which customers the model of spend can read: without repeat purchases, or with paid ones."""
    usable = (summary["frequency"] == 0) | (summary["monetary_value"] > 0)
    return usable.to_numpy(bool)


def fit_models(summary: pd.DataFrame) -> Fitted:
    """Fit both models, or say in an error why they cannot be relied on."""
    usable = with_known_spend(summary)
    customers = summary[usable].reset_index(drop=True)
    n = int((customers["frequency"] > 0).sum())
    if n < FEWEST_REPEATERS:
        raise NotEnoughDataError(
            f"{n:,} customers came again and paid; at least {FEWEST_REPEATERS} are needed"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the error says the same
        purchases = _fitted_purchases(summary)
        spend = GammaGammaModel(unit="W").fit(customers)
    for what, model in (("purchases", purchases), ("spend", spend)):
        if not model.converged_:
            reason = model.diagnosis_ or "no maximum was found"
            raise NotEnoughDataError(f"the model of {what} does not fit these data: {reason}")
    if np.isnan(spend.population_mean_):
        raise NotEnoughDataError("the spend differs too much for a mean to exist")
    return Fitted(purchases, spend, customers, int((~usable).sum()))


def _fitted_purchases(summary: pd.DataFrame) -> ModifiedBetaGeoModel | NBDModel:
    """Fit MBG/NBD, or its limit without dropout where the data show none."""
    model = ModifiedBetaGeoModel(unit="W").fit(summary)
    if model.converged_:
        return model
    limit = NBDModel(unit="W").fit(summary)
    as_good = limit.log_likelihood_ > model.log_likelihood_ - _SAME
    return limit if limit.converged_ and as_good else model


def value_table(
    fitted: Fitted, customers: pd.DataFrame | None = None, *, level: float | None = None
) -> pd.DataFrame:
    """Return the revenue to come of each customer, not discounted."""
    table: pd.DataFrame = clv_table(
        fitted.customers if customers is None else customers,
        fitted.purchases,
        fitted.spend,
        horizon=MONTHS,
        horizon_unit="M",
        annual_rate=0.0,
        level=level,
        random_state=0,
    )
    return table


def total_interval(fitted: Fitted) -> tuple[float, float]:
    """Where the revenue of all customers will lie: parameters are drawn once for all of them."""
    n = len(fitted.customers)
    rng = np.random.default_rng(0)
    left = min(max(_MOST // n, 100), 1_000)
    totals = []
    while left > 0:
        size = min(left, max(_BLOCK // n, 1))
        left -= size
        count = fitted.purchases.draw_purchases(
            fitted.customers, t=_WEEKS * MONTHS / 12, n_draws=size, random_state=rng
        )
        money = fitted.spend.draw_spend(
            fitted.customers, purchases=count, n_draws=size, random_state=rng
        )
        totals.append(money.sum(axis=1))
    low, high = np.quantile(np.concatenate(totals), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def check_on_past(rows: pd.DataFrame, *, as_of: dt.date, refunds: Refunds) -> Check | None:
    """Hold out the last weeks; None if the history before them is shorter than they are."""
    last_day = as_of - dt.timedelta(weeks=HOLDOUT_WEEKS)
    bought = rows[rows["amount"] >= 0]
    if bought["date"].min() > pd.Timestamp(last_day - dt.timedelta(weeks=HOLDOUT_WEEKS)):
        return None
    known = bought.loc[
        bought["date"] < pd.Timestamp(last_day + dt.timedelta(days=1)), "customer_id"
    ]
    summary = calibration_holdout(
        rows[rows["customer_id"].isin(known)],
        calibration_end=last_day,
        holdout_end=as_of,
        unit="W",
        exact=True,
        amount_col="amount",
        refunds=refunds,
    )
    fitted = fit_models(summary)
    seen = fitted.customers
    ahead = fitted.purchases.expected_purchases(seen, t=seen["T_holdout"].to_numpy(np.float64))
    forecast = ahead * fitted.spend.expected_spend(seen)
    paid = (seen["monetary_value_holdout"].fillna(0.0) * seen["frequency_holdout"]).to_numpy(float)
    repeats = seen["frequency"].to_numpy(float)
    before = float((seen["monetary_value"].fillna(0.0).to_numpy(float) * repeats).sum())
    n_top = math.ceil(TOP * len(seen))
    top = np.argsort(-forecast, kind="stable")[:n_top]
    return Check(
        last_day=last_day,
        n=len(seen),
        expected_purchases=float(ahead.sum()),
        actual_purchases=float(seen["frequency_holdout"].sum()),
        expected_revenue=float(forecast.sum()),
        actual_revenue=float(paid.sum()),
        past_spend=before / float(repeats.sum()),
        n_top=n_top,
        expected_top=float(forecast[top].sum()),
        actual_top=float(paid[top].sum()),
    )
