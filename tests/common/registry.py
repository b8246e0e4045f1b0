"""One example call of every public name, so that the laws can be tried on all of them.

An export without an entry here fails `test_exports.py`. `TABLES` are functions from a frame to a
frame: every law holds for them. `OTHERS` names the rest and says why the laws of frames do not
apply; their own tests mirror their files.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics import (
    basket,
    churn,
    clv,
    customers,
    datasets,
    forecast,
    leads,
    retention,
    segmentation,
    survival,
)
from crmlytics.errors import DataQualityWarning
from tests.support.purchases import make_log

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

AS_OF = dt.date(2023, 10, 31)


class Table(NamedTuple):
    """A function from a frame to a frame.

    `call` takes the frame and the column parameters; `columns` maps those parameters to the
    columns of `data`; `key` is the parameter whose column identifies the subjects. Where `by_row`
    is true the result has a row per input row, in the input's order.
    """

    data: Callable[[], pd.DataFrame]
    call: Callable[..., Any]
    columns: dict[str, str]
    key: str | None = "customer_col"
    by_row: bool = False


def _log() -> pd.DataFrame:
    return make_log(250, customers=30, seed=11)


def _lines() -> pd.DataFrame:
    """Each order line with a product, its category and its price."""
    log = _log()
    product = log["order_id"] % 12 + (log["amount"].abs() * 100).astype("int64") % 2
    return log.assign(
        item="p" + product.astype(str).str.zfill(2),
        category="k" + (product % 3).astype(str),
        price=1.0 + product,
    )


def _rfm() -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return customers.rfm_table(make_log(seed=12), as_of=AS_OF, count_by="orders",
                                   order_col="order_id")  # fmt: skip


def _scored() -> pd.DataFrame:
    return segmentation.RFMScorer(n_bins=3).fit_transform(_rfm())


def _segmented() -> pd.DataFrame:
    return segmentation.SegmentMap.named().assign(_scored())


def _summary() -> pd.DataFrame:
    return customers.purchase_summary(_log(), as_of=AS_OF, unit="W")


def _sales() -> pd.DataFrame:
    log = _log().assign(region=lambda frame: frame["customer_id"].str[-1])
    return forecast.sales_series(log, unit="M", as_of=AS_OF, by="region")


def _predict(frame: Any, **names: str) -> Any:
    return forecast.SalesForecaster(horizon=3, season_length=4, unit="M").fit(
        frame, **names
    ).predict()  # fmt: skip


def _pipeline(frame: Any, **names: str) -> Any:
    forecaster = forecast.PipelineForecaster(horizon=2, unit="M", n_draws=200)
    return forecaster.fit(frame, as_of=dt.date(2024, 12, 31), **names).predict(by="owner")


def _cases() -> pd.DataFrame:
    log = _log()
    days = (log["date"] - log["date"].min()).dt.days
    return log.assign(
        days=days,
        seen_from=days // 3,
        ended=(days % 3 > 0).astype(int),
        outcome=(days % 3).map({1: "won", 2: "lost"}),
        region=log["customer_id"].str[-1],
    )


_CASES = {"durations": "days", "entry": "seen_from", "by": "region"}


def _prospects() -> pd.DataFrame:
    made = datasets.make_leads(120, start=dt.date(2023, 1, 1), end=AS_OF, random_state=4).leads
    return made.assign(expected_value=made["minutes"] - 10.0)


def _two_by_two() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {"a": [9, 4, 12, 7], "b": [3, 0, 5, 2], "c": [8, 6, 1, 0], "d": [80, 31, 44, 9]}
    )


_CAME = {"created_col": "created_at", "converted_col": "converted_at"}
_EVENTS = {"customer_col": "customer_id", "date_col": "date"}
_SALES = _EVENTS | {"amount_col": "amount"}
_ORDERS = _SALES | {"order_col": "order_id"}
_LINES = _EVENTS | {"item_col": "item"}
_PAIRS = [("p01", "p02"), ("p03", "p03")]
_RFM = {
    "customer_col": "customer_id",
    "recency_col": "recency_days",
    "frequency_col": "frequency",
    "monetary_col": "monetary",
}


def _score(frame: Any, **names: str) -> Any:
    model = clv.BetaGeoModel.from_params(r=0.4, alpha=6.0, a=0.8, b=2.4, unit="W", **names)
    return clv.score_customers(frame, model, t=10.0)


def _view(frame: Any, **names: str) -> Any:
    """The customers of a log, with its rows as purchases, touches and answers."""
    import narwhals.stable.v2 as nw

    everyone = nw.from_native(frame).select(names["customer_col"]).unique().to_native()
    return customers.customer_view(
        everyone, transactions=frame, touches=frame, surveys=frame, as_of=AS_OF,
        score_col=names["amount_col"], **names,
    )  # fmt: skip


_SNAPSHOTS = {
    "cutoffs": [dt.date(2023, 3, 1), dt.date(2023, 8, 1)],
    "lookback": 500,
    "active_within": 400,
    "horizon": 60,
    "gap": 7,
    "unit": "D",
    "as_of": AS_OF,
}


def _contracts() -> pd.DataFrame:
    """Each row of a log as a contract, a third of them still running."""
    log = _log().drop(columns="amount").rename(columns={"date": "started_at"})
    days = (log["order_id"] * 37 % 300 + 1).astype("timedelta64[D]")
    ended = log["started_at"] + days
    return log.assign(ended_at=ended.where(log["order_id"] % 3 > 0))


_CHURN = {"as_of": AS_OF, "horizon": 60, "unit": "D"}


TABLES: dict[str, Table] = {
    "basket.frequent_sequences": Table(
        _lines,
        lambda frame, **c: basket.frequent_sequences(
            frame, min_support=0.07, max_len=3, max_gap=60, **c
        ).to_frame(),
        _LINES,
    ),
    "basket.next_purchase_table": Table(
        _lines, lambda frame, **c: basket.next_purchase_table(frame, as_of=AS_OF, **c), _LINES
    ),
    "basket.rule_measures": Table(
        _two_by_two,
        basket.rule_measures,
        {"a_col": "a", "b_col": "b", "c_col": "c", "d_col": "d"},
        key=None,
        by_row=True,
    ),
    "basket.time_to_next": Table(
        _lines,
        lambda frame, **c: basket.time_to_next(frame, pairs=_PAIRS, within=60, as_of=AS_OF, **c),
        _LINES,
    ),
    "basket.time_to_next_curves": Table(
        _lines,
        lambda frame, **c: basket.time_to_next_curves(
            frame, pairs=_PAIRS, from_each="every", as_of=AS_OF, **c
        ),
        _LINES,
    ),
    "basket.upsell_table": Table(
        _lines,
        lambda frame, **c: basket.upsell_table(frame, within=60, as_of=AS_OF, **c),
        _LINES | {"category_col": "category", "price_col": "price"},
    ),
    "clv.score_customers": Table(
        _summary,
        _score,
        {"frequency_col": "frequency", "recency_col": "recency", "T_col": "T"},
        key=None,
        by_row=True,
    ),
    "customers.rfm_table": Table(
        _log, lambda frame, **c: customers.rfm_table(frame, as_of=AS_OF, **c), _ORDERS
    ),
    "customers.snapshot_audit": Table(
        _log, lambda frame, **c: customers.snapshot_audit(frame, **_SNAPSHOTS, **c), _SALES
    ),
    "customers.snapshots": Table(
        _log, lambda frame, **c: customers.snapshots(frame, **_SNAPSHOTS, **c), _SALES
    ),
    "churn.churn_labels": Table(
        _log,
        lambda frame, **c: churn.churn_labels(
            frame, cutoffs=dt.date(2023, 8, 1), active_within=400, **_CHURN, **c
        ),
        _SALES,
    ),
    "churn.contract_lifetimes": Table(
        _contracts,
        lambda frame, **c: churn.contract_lifetimes(frame, as_of=AS_OF, unit="M", **c),
        {"started_col": "started_at", "ended_col": "ended_at"},
        key=None,
        by_row=True,
    ),
    "churn.expected_purchase_scores": Table(
        lambda: _rfm().assign(expected=lambda rows: rows["frequency"] / 7.0),
        churn.expected_purchase_scores,
        {"expected_purchases_col": "expected"},
        key=None,
        by_row=True,
    ),
    "churn.gap_churn_table": Table(
        _log, lambda frame, **c: churn.gap_churn_table(frame, **_CHURN, **c), _SALES
    ),
    "churn.win_back_table": Table(
        _log,
        lambda frame, **c: churn.win_back_table(
            frame, lapsed_after=20, uplift=0.5, contact_cost=1.0, **_CHURN, **c
        ),
        _SALES,
    ),
    "customers.purchase_summary": Table(
        _log,
        lambda frame, **c: customers.purchase_summary(
            frame, as_of=AS_OF, unit="W", log_gaps=True, **c
        ),
        _SALES,
    ),
    "customers.calibration_holdout": Table(
        _log,
        lambda frame, **c: customers.calibration_holdout(
            frame, calibration_end=dt.date(2023, 5, 31), holdout_end=AS_OF, unit="D", **c
        ),
        _SALES,
    ),
    "customers.customer_view": Table(_log, _view, _ORDERS),
    "customers.compress_summary": Table(
        _summary,
        lambda frame, **c: customers.compress_summary(frame, columns=list(c.values())),
        {"frequency": "frequency", "recency": "recency", "T": "T"},
        key=None,
    ),
    "segmentation.RFMScorer": Table(
        _rfm,
        lambda frame, **c: segmentation.RFMScorer(n_bins=3, **c).fit_transform(frame),
        _RFM,
        by_row=True,
    ),
    "segmentation.SegmentMap": Table(
        _scored,
        lambda frame, **c: segmentation.SegmentMap.named().assign(frame, **c),
        {"r_col": "r", "f_col": "f", "m_col": "m"},
        key=None,
        by_row=True,
    ),
    "segmentation.segment_table": Table(
        _segmented,
        segmentation.segment_table,
        {"segment_col": "segment"} | {k: v for k, v in _RFM.items() if k != "customer_col"},
        key="segment_col",
    ),
    "segmentation.classify": Table(
        _segmented,
        lambda frame, **c: segmentation.classify(
            frame,
            {"young": {c["a"]: (None, 60)}, "often": {c["a"]: (60, None), c["b"]: (4, None)}},
            other="rest",
            segment_col="class",
        ),
        {"a": "recency_days", "b": "frequency"},
        key=None,
        by_row=True,
    ),
    "segmentation.lifecycle_stages": Table(
        _summary,
        lambda frame, **c: segmentation.lifecycle_stages(frame, population_rhythm=5.0, **c),
        {"frequency_col": "frequency", "recency_col": "recency", "T_col": "T"},
        key=None,
        by_row=True,
    ),
    "segmentation.pareto_table": Table(
        _rfm,
        lambda frame, **c: segmentation.pareto_table(frame, negatives="whale", **c),
        {"value_col": "monetary"},
        key=None,
    ),
    "segmentation.migration_table": Table(
        _segmented,
        lambda frame, **c: segmentation.migration_table(frame, frame, **c),
        {"customer_col": "customer_id", "segment_col": "segment", "value_col": "monetary"},
        key=None,
    ),
    "forecast.sales_series": Table(
        _log,
        lambda frame, **c: forecast.sales_series(frame, unit="M", as_of=AS_OF, **c),
        {"by": "customer_id", "date_col": "date", "amount_col": "amount"},
        key="by",
    ),
    "forecast.component_strengths": Table(
        lambda: forecast.decompose(_sales(), season_length=4, series_col="region"),
        forecast.component_strengths,
        {"series_col": "region", "value_col": "value"},
        key="series_col",
    ),
    "forecast.decompose": Table(
        _sales,
        lambda frame, **c: forecast.decompose(frame, season_length=4, unit="M", **c),
        {"series_col": "region", "date_col": "date", "value_col": "value"},
        key="series_col",
    ),
    "forecast.seasonal_index_table": Table(
        _sales,
        lambda frame, **c: forecast.seasonal_index_table(frame, season_length=4, unit="M", **c),
        {"series_col": "region", "date_col": "date", "value_col": "value"},
        key="series_col",
    ),
    "forecast.SalesForecaster": Table(
        _sales,
        _predict,
        {"series_col": "region", "date_col": "date", "value_col": "value"},
        key="series_col",
    ),
    "forecast.PipelineForecaster": Table(
        lambda: datasets.make_pipeline(deals_per_week=3.0, random_state=5).deals,
        _pipeline,
        {
            "deal_col": "deal_id",
            "created_col": "created_at",
            "closed_col": "closed_at",
            "outcome_col": "outcome",
            "amount_col": "amount",
            "owner_col": "owner",
        },
        key="owner_col",
    ),
    "leads.assign_leads": Table(
        _prospects,
        lambda frame, **c: leads.assign_leads(frame, owners=["A", "B"], capacity=20, **c),
        {"lead_col": "lead_id", "value_col": "expected_value"},
        key="lead_col",
    ),
    "leads.conversion_curve": Table(
        _prospects,
        lambda frame, **c: leads.conversion_curve(frame, as_of=AS_OF, **c),
        _CAME | {"lost_col": "lost_at", "by": "source"},
        key=None,
    ),
    "leads.lead_labels": Table(
        _prospects,
        lambda frame, **c: leads.lead_labels(frame, as_of=AS_OF, horizon=8, unit="W", **c),
        _CAME,
        key=None,
        by_row=True,
    ),
    "retention.cohort_table": Table(
        _log,
        lambda frame, **c: retention.cohort_table(frame, unit="M", as_of=AS_OF, **c),
        _SALES,
    ),
    "retention.growth_accounting": Table(
        _log,
        lambda frame, **c: retention.growth_accounting(frame, unit="M", as_of=AS_OF, **c),
        _SALES,
    ),
    "retention.retention_curve": Table(
        _log,
        lambda frame, **c: retention.retention_curve(frame, unit="M", as_of=AS_OF, **c),
        _SALES,
    ),
    "retention.revenue_retention": Table(
        _log,
        lambda frame, **c: retention.revenue_retention(frame, unit="M", as_of=AS_OF, **c),
        _SALES,
    ),
    "retention.purchase_gaps": Table(
        _log, lambda frame, **c: retention.purchase_gaps(frame, as_of=AS_OF, **c).curve, _SALES
    ),
    "retention.repeat_rate": Table(
        _log,
        lambda frame, **c: retention.repeat_rate(frame, as_of=AS_OF, within_days=(7, 90), **c),
        _ORDERS,
    ),
    "retention.stickiness": Table(
        _log, lambda frame, **c: retention.stickiness(frame, as_of=AS_OF, **c), _SALES
    ),
    "retention.active_days_table": Table(
        _log, lambda frame, **c: retention.active_days_table(frame, as_of=AS_OF, **c), _SALES
    ),
    "retention.share_of_wallet": Table(
        lambda: _rfm().assign(
            wallet=lambda frame: 2.0 * frame["monetary"].abs() + 50.0,
            monetary=lambda frame: frame["monetary"].abs(),
        ),
        retention.share_of_wallet,
        {"customer_col": "customer_id", "amount_col": "monetary", "wallet_col": "wallet"},
        by_row=True,
    ),
    "retention.loyalty_index": Table(
        _rfm,
        lambda frame, **c: retention.loyalty_index(
            frame,
            weights={"recency_days": 1.0, "frequency": 2.0},
            lower_is_better=["recency_days"],
            **c,
        ),
        {"customer_col": "customer_id"},
        by_row=True,
    ),
    "survival.kaplan_meier": Table(
        _cases,
        lambda frame, **c: survival.kaplan_meier(data=frame, **c),
        _CASES | {"events": "ended"},
        key="by",
    ),
    "survival.cumulative_incidence": Table(
        _cases,
        lambda frame, **c: survival.cumulative_incidence(data=frame, **c),
        _CASES | {"causes": "outcome"},
        key="by",
    ),
    "retention.cohort_matrix": Table(
        lambda: retention.cohort_table(_log(), unit="Q", as_of=AS_OF),
        lambda frame, **_: retention.cohort_matrix(frame),
        {},
        key=None,
    ),
}

_CURVE = "takes a computed curve, whose other columns are groups; its own tests try all engines"
_TRUTH = "a result of a simulator, tried with it"
_SIMULATES = "makes its data"
_RESULT = "a result type: its maker is tried"
_FILES = "reads or writes columns and files"
_DRAWS = "draws a computed table"
_SCORED_ROWS = "takes columns of outcomes and scores, not a frame"
_SCORES = "takes actuals, forecasts and history; its own tests try all engines"

_WITH_MODEL = "takes a frame and a fitted model; its own tests try all engines"
_MODEL = "a model: tests/clv/test_models.py tries the laws of models on all of them"

OTHERS: dict[str, str] = {
    "basket.BasketRecommender": "learns from baskets, not a frame; its own tests try all engines",
    "basket.Baskets": _RESULT,
    "basket.Itemsets": _RESULT,
    "basket.BasketHalves": _RESULT,
    "basket.Sequences": _RESULT,
    "basket.association_rules": "takes itemsets, not a frame",
    "basket.compare_rules": "takes itemsets, not a frame",
    "basket.plot_item_network": _DRAWS,
    "basket.plot_rules": _DRAWS,
    "basket.rule_stability": "takes baskets, not a frame",
    "basket.rules_from_json": "reads text",
    "basket.rules_to_json": "writes text",
    "basket.split_baskets": "takes baskets, not a frame",
    "basket.plot_time_to_next": _DRAWS,
    "basket.baskets": "gives baskets, not a frame; its own tests try all engines",
    "basket.evaluate_recommender": "takes baskets, not a frame; its own tests try all engines",
    "basket.frequent_itemsets": "takes baskets, not a frame",
    "basket.spark_itemsets": "takes Spark frames alone; its own tests compare with memory",
    "basket.spark_sequences": "takes Spark frames alone; its own tests compare with memory",
    "clv.BetaDiscreteWeibullModel": _MODEL,
    "clv.BetaGeoBetaBinomialModel": _MODEL,
    "clv.BetaGeoCNBDModel": _MODEL,
    "clv.BetaGeoModel": _MODEL,
    "clv.IndependenceCheck": _RESULT,
    "clv.ModifiedBetaGeoCNBDModel": _MODEL,
    "clv.Payback": _RESULT,
    "clv.ValueToCost": _RESULT,
    "clv.clv_table": _WITH_MODEL,
    "clv.cohort_value_table": "takes fitted models",
    "clv.compare_models": _WITH_MODEL,
    "clv.expected_payback": "takes fitted models",
    "clv.frequency_fit_table": _WITH_MODEL,
    "clv.holdout_calibration_table": _WITH_MODEL,
    "clv.holdout_table": _WITH_MODEL,
    "clv.ltv_to_cac": "takes one column of numbers, not a frame",
    "clv.payback_table": "takes a cohort's revenue by period; its own tests try all engines",
    "clv.plot_clv": _DRAWS,
    "clv.plot_frequency_fit": _DRAWS,
    "clv.plot_holdout": _DRAWS,
    "clv.plot_holdout_calibration": _DRAWS,
    "clv.plot_models": _DRAWS,
    "clv.plot_payback": _DRAWS,
    "clv.plot_survival": _DRAWS,
    "clv.plot_tracking": _DRAWS,
    "clv.tracking_table": _WITH_MODEL,
    "clv.FitSummary": _RESULT,
    "clv.GammaGammaModel": _MODEL,
    "clv.LikelihoodRatioTest": _RESULT,
    "clv.ModifiedBetaGeoModel": _MODEL,
    "clv.NBDModel": _MODEL,
    "clv.ParetoNBDModel": _MODEL,
    "clv.PredictiveInterval": _RESULT,
    "clv.ShiftedBetaGeometricModel": _MODEL,
    "clv.from_lifetimes": "takes a fitted model",
    "clv.likelihood_ratio_test": "takes fitted models",
    "churn.ChurnModel": "learns from a history; its own tests try all engines",
    "churn.ContractChurnModel": "learns from contracts; its own tests try all engines",
    "churn.revenue_at_risk": "takes two frames; its own tests try all engines",
    "customers.JoinReport": _RESULT,
    "customers.PurgedSnapshotSplit": "splits rows for scikit-learn; its own tests try it there",
    "customers.customer_view_columns": "takes no frame",
    "customers.join_report": "gives counts, not a frame; its own tests try all engines",
    "datasets.BasketsTruth": _TRUTH,
    "datasets.CustomersTruth": _TRUTH,
    "datasets.DealsTruth": _TRUTH,
    "datasets.LeadsTruth": _TRUTH,
    "datasets.OrdersTruth": _TRUTH,
    "datasets.PipelineTruth": _TRUTH,
    "datasets.ProductsTruth": _TRUTH,
    "datasets.Segment": _TRUTH,
    "datasets.SimulatedBaskets": _TRUTH,
    "datasets.SimulatedPipeline": _TRUTH,
    "datasets.SimulatedLeads": _TRUTH,
    "datasets.SimulatedTransactions": _TRUTH,
    "datasets.Store": _TRUTH,
    "datasets.StoreTruth": _TRUTH,
    "datasets.TransactionsTruth": _TRUTH,
    "datasets.make_baskets": _SIMULATES,
    "datasets.make_pipeline": _SIMULATES,
    "datasets.make_leads": _SIMULATES,
    "datasets.make_store": _SIMULATES,
    "datasets.make_transactions": _SIMULATES,
    "evaluation.BootstrapInterval": _RESULT,
    "evaluation.BrierScore": _RESULT,
    "evaluation.CalibrationError": _RESULT,
    "evaluation.CalibrationSlope": _RESULT,
    "evaluation.Lift": _RESULT,
    "evaluation.MaximumProfit": _RESULT,
    "evaluation.OptimalCutoff": _RESULT,
    "evaluation.RocAuc": _RESULT,
    "evaluation.RocAucDifference": _RESULT,
    "evaluation.brier_decomposition": _SCORED_ROWS,
    "evaluation.calibration_slope": _SCORED_ROWS,
    "evaluation.calibration_table": _SCORED_ROWS,
    "evaluation.empc": _SCORED_ROWS,
    "evaluation.expected_calibration_error": _SCORED_ROWS,
    "evaluation.gains_table": _SCORED_ROWS,
    "evaluation.lift_at": _SCORED_ROWS,
    "evaluation.optimal_cutoff": _SCORED_ROWS,
    "evaluation.plot_calibration": _DRAWS,
    "evaluation.plot_gains": _DRAWS,
    "evaluation.plot_profit": _DRAWS,
    "evaluation.profit_curve": _SCORED_ROWS,
    "evaluation.roc_auc": _SCORED_ROWS,
    "evaluation.roc_auc_difference": _SCORED_ROWS,
    "evaluation.DieboldMariano": _RESULT,
    "evaluation.ShareInterval": _RESULT,
    "evaluation.bootstrap_interval": "takes numbers, not a frame",
    "evaluation.compare_forecasts": _SCORES,
    "evaluation.diebold_mariano": "takes arrays, not a frame",
    "evaluation.mase_scale": "takes arrays, not a frame",
    "evaluation.naive2": "takes arrays, not a frame",
    "evaluation.score_table": _SCORES,
    "evaluation.wilson_interval": "takes numbers, not a frame",
    "forecast.Hierarchy": "says what adds up; its own tests try all engines",
    "forecast.compare_forecasts": _SCORES,
    "forecast.naive2": "takes arrays, not a frame",
    "forecast.Effects": _RESULT,
    "forecast.MemberFit": _RESULT,
    "forecast.StatsForecastMember": "takes an array of series, not a frame",
    "forecast.StatsModelsMember": "takes an array of series, not a frame",
    "forecast.backtest": "takes a forecaster and a frame; its own tests try all engines",
    "forecast.estimated_effects": "takes arrays, not a frame",
    "forecast.PipelineBacktest": _RESULT,
    "forecast.RevenueForecast": _RESULT,
    "forecast.revenue_forecast": "takes a fitted pipeline; its own tests try all engines",
    "forecast.pipeline_backtest": "takes a forecaster and a frame; its own tests try all engines",
    "forecast.trading_days": "takes dates, not a frame",
    "forecast.plot_backtest": _DRAWS,
    "forecast.plot_components": _DRAWS,
    "forecast.plot_forecast": _DRAWS,
    "forecast.plot_seasonal_index": _DRAWS,
    "leads.LeadScorer": _MODEL,
    "leads.channel_propensity": "names columns in its reasons; its own tests try all engines",
    "leads.plot_conversion": _DRAWS,
    "forecast.plot_pipeline": _DRAWS,
    "forecast.plot_waterfall": _DRAWS,
    "forecast.reconcile": "takes a hierarchy, too; its own tests try all engines",
    "forecast.score_table": _SCORES,
    "io.ColumnReport": _RESULT,
    "io.TableReport": _RESULT,
    "io.TableWithReport": _RESULT,
    "io.parse_dates": _FILES,
    "io.parse_money": _FILES,
    "io.read_table": _FILES,
    "io.read_table_report": _FILES,
    "io.read_table_with_report": _FILES,
    "io.write_csv": _FILES,
    "io.write_parquet": _FILES,
    "report.Report": _RESULT,
    "report.build_report": "cleans and draws: it breaks the law of refusal on purpose",
    "scoring.driver_table": "takes a model and an outcome; its own tests try all engines",
    "scoring.effect_table": "takes a model and an outcome; its own tests try all engines",
    "scoring.plot_drivers": _DRAWS,
    "scoring.plot_effect": _DRAWS,
    "scoring.plot_purchasing_power": _DRAWS,
    "scoring.purchasing_power_table": "names columns in its rows; its own tests try all engines",
    "scoring.drift_table": "takes two frames; its own tests try all engines",
    "segmentation.CustomerClusters": "learns clusters; its own tests try all engines",
    "scoring.PropensityClassifier": "learns from a frame; its own tests try all engines",
    "scoring.Scorecard": "learns from a frame; its own tests try all engines",
    "scoring.TablePreparation": "gives an array, not a frame; its own tests try all engines",
    "segmentation.Explanation": _RESULT,
    "segmentation.KPrototypes": "learns clusters; its own tests try all engines",
    "segmentation.LatentClasses": "learns classes; its own tests try all engines",
    "segmentation.plot_cluster_profiles": _DRAWS,
    "segmentation.plot_stability": _DRAWS,
    "segmentation.MigrationTest": _RESULT,
    "segmentation.ScoreExplanation": _RESULT,
    "segmentation.ValueConcentration": _RESULT,
    "segmentation.migration_test": _CURVE,
    "segmentation.association_table": "names columns in its rows; its own tests try all engines",
    "segmentation.plot_associations": _DRAWS,
    "segmentation.plot_latent_classes": _DRAWS,
    "segmentation.profile_table": "names columns in its rows; its own tests try all engines",
    "segmentation.LookAlike": "draws parts by lot; its own tests try all engines and row orders",
    "segmentation.needs_table": "takes two frames; its own tests try all engines and row orders",
    "segmentation.plot_migration": _DRAWS,
    "segmentation.plot_needs": _DRAWS,
    "segmentation.plot_reach": _DRAWS,
    "segmentation.plot_profile": _DRAWS,
    "segmentation.plot_whale": _DRAWS,
    "segmentation.value_concentration": "takes one column of numbers, not a frame",
    "segmentation.plot_segments": _DRAWS,
    "segmentation.plot_concentration": _DRAWS,
    "retention.EffortScore": _RESULT,
    "retention.HalfLife": _RESULT,
    "retention.NetPromoterScore": _RESULT,
    "retention.PurchaseGaps": _RESULT,
    "retention.SatisfactionScore": _RESULT,
    "retention.ces": "takes one column of answers, not a frame",
    "retention.csat": "takes one column of answers, not a frame",
    "retention.half_life": "takes a computed curve or a rate; its own tests try all engines",
    "retention.nps": "takes one column of answers, not a frame",
    "retention.plot_active_days": _DRAWS,
    "retention.plot_cohorts": _DRAWS,
    "retention.plot_growth": _DRAWS,
    "retention.plot_loyalty_index": _DRAWS,
    "retention.plot_purchase_gaps": _DRAWS,
    "retention.plot_repeat_rate": _DRAWS,
    "retention.plot_retention_curve": _DRAWS,
    "retention.plot_revenue_retention": _DRAWS,
    "retention.plot_satisfaction_retention": _DRAWS,
    "retention.plot_share_of_wallet": _DRAWS,
    "retention.plot_stickiness": _DRAWS,
    "retention.satisfaction_retention_table": "takes two frames; its own tests try all engines",
    "survival.BrierScore": _RESULT,
    "survival.Concordance": _RESULT,
    "survival.CoxModel": "learns hazard ratios; its own tests try all engines",
    "survival.DiscreteTimeHazard": _MODEL,
    "survival.brier_score": "gives numbers, not a frame",
    "survival.concordance": "gives numbers, not a frame; its own tests try all engines",
    "survival.LogRankTest": _RESULT,
    "survival.ProductLimit": _RESULT,
    "survival.logrank": "gives a test, not a frame; its own tests try all engines",
    "survival.plot_cumulative_incidence": _DRAWS,
    "survival.plot_survival": _DRAWS,
    "survival.product_limit": "takes arrays, not a frame",
    "survival.product_limit_quantile": "takes arrays, not a frame",
    "survival.remaining_lifetime": _CURVE,
    "survival.restricted_mean": _CURVE,
    "survival.survival_at": _CURVE,
    "survival.survival_quantile": _CURVE,
}
