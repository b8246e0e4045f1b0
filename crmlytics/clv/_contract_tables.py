"""The survival curve of a contractual model with its errors, by the delta method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtri

from crmlytics.clv import _contract_maths as maths

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEP = 1e-5


def survival_table(
    point: Floats, covariance: Floats, n_periods: int, *, level: float
) -> pd.DataFrame:
    """Tabulate S(t) and r(t) for t = 0 … `n_periods` at ln(parameters) `point`."""
    import pandas as pd

    t = np.arange(1.0, n_periods + 1.0)
    half = float(ndtri((1.0 + level) / 2.0))

    def log_hazard(at: Floats) -> Floats:
        return np.log(-maths.log_survival(*_triple(at), t))

    def log_odds(at: Floats) -> Floats:
        kept = maths.log_renewal(*_triple(at), t)
        return kept - np.log(-np.expm1(kept))

    survival, high, low = (
        np.exp(-np.exp(curve)) for curve in _band(log_hazard, point, covariance, half)
    )
    kept, kept_low, kept_high = (expit(curve) for curve in _band(log_odds, point, covariance, half))
    none = np.array([np.nan])
    one = np.ones(1)
    return pd.DataFrame(
        {
            "period": np.arange(n_periods + 1),
            "survival": np.concatenate([one, survival]),
            "survival_low": np.concatenate([one, low]),
            "survival_high": np.concatenate([one, high]),
            "retention_rate": np.concatenate([none, kept]),
            "retention_rate_low": np.concatenate([none, kept_low]),
            "retention_rate_high": np.concatenate([none, kept_high]),
        }
    )


def _band(
    curve: Callable[[Floats], Floats], point: Floats, covariance: Floats, half: float
) -> tuple[Floats, Floats, Floats]:
    """The curve and its ends; NaN ends where no errors are known."""
    middle = curve(point)
    steps = _STEP * np.eye(len(point))
    slopes = np.array([(curve(point + step) - curve(point - step)) / (2 * _STEP) for step in steps])
    error = np.sqrt(np.maximum(np.einsum("it,ij,jt->t", slopes, covariance, slopes), 0.0))
    if not covariance.any():
        error = np.full(len(middle), np.nan)
    return middle, middle - half * error, middle + half * error


def _triple(point: Floats) -> tuple[Any, Any, Any]:
    alpha, beta, c = (*np.exp(point), 1.0)[:3]
    return alpha, beta, c
