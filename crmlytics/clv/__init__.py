"""Customer lifetime value: who will still buy, how often, and for how much.

Models of repeat purchases (`ModifiedBetaGeoModel` is a good first choice), of contracts
(`ShiftedBetaGeometricModel`) and of spend (`GammaGammaModel`); `clv_table` puts them together.
`tracking_table`, `holdout_table` and `frequency_fit_table` show how far to trust them.
"""

from __future__ import annotations

from crmlytics.clv._purchase_simulations import PredictiveInterval
from crmlytics.clv._spend_independence import IndependenceCheck
from crmlytics.clv.beta_discrete_weibull import BetaDiscreteWeibullModel
from crmlytics.clv.beta_geo import BetaGeoModel
from crmlytics.clv.beta_geo_beta_binomial import BetaGeoBetaBinomialModel
from crmlytics.clv.beta_geo_cnbd import BetaGeoCNBDModel
from crmlytics.clv.cohort_values import cohort_value_table
from crmlytics.clv.customer_scores import score_customers
from crmlytics.clv.expected_paybacks import Payback, expected_payback
from crmlytics.clv.fit_summaries import FitSummary
from crmlytics.clv.frequency_fits import frequency_fit_table
from crmlytics.clv.gamma_gamma import GammaGammaModel
from crmlytics.clv.holdouts import holdout_calibration_table, holdout_table
from crmlytics.clv.lifetimes_models import from_lifetimes
from crmlytics.clv.likelihood_ratios import LikelihoodRatioTest, likelihood_ratio_test
from crmlytics.clv.model_comparison import compare_models
from crmlytics.clv.modified_beta_geo import ModifiedBetaGeoModel
from crmlytics.clv.modified_beta_geo_cnbd import ModifiedBetaGeoCNBDModel
from crmlytics.clv.nbd import NBDModel
from crmlytics.clv.pareto_nbd import ParetoNBDModel
from crmlytics.clv.payback import ValueToCost, ltv_to_cac, payback_table
from crmlytics.clv.plots import (
    plot_frequency_fit,
    plot_holdout,
    plot_holdout_calibration,
    plot_models,
    plot_tracking,
)
from crmlytics.clv.shifted_beta_geometric import ShiftedBetaGeometricModel
from crmlytics.clv.tracking import tracking_table
from crmlytics.clv.value_plots import plot_clv, plot_payback, plot_survival
from crmlytics.clv.value_tables import clv_table

__all__ = [
    "BetaDiscreteWeibullModel",
    "BetaGeoBetaBinomialModel",
    "BetaGeoCNBDModel",
    "BetaGeoModel",
    "FitSummary",
    "GammaGammaModel",
    "IndependenceCheck",
    "LikelihoodRatioTest",
    "ModifiedBetaGeoCNBDModel",
    "ModifiedBetaGeoModel",
    "NBDModel",
    "ParetoNBDModel",
    "Payback",
    "PredictiveInterval",
    "ShiftedBetaGeometricModel",
    "ValueToCost",
    "clv_table",
    "cohort_value_table",
    "compare_models",
    "expected_payback",
    "frequency_fit_table",
    "from_lifetimes",
    "holdout_calibration_table",
    "holdout_table",
    "likelihood_ratio_test",
    "ltv_to_cac",
    "payback_table",
    "plot_clv",
    "plot_frequency_fit",
    "plot_holdout",
    "plot_holdout_calibration",
    "plot_models",
    "plot_payback",
    "plot_survival",
    "plot_tracking",
    "score_customers",
    "tracking_table",
]
