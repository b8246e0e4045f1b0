"""The BG/NBD likelihood in its plainest form, to judge what the simulators made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln


class Summary(NamedTuple):
    """Repeat purchases, age at the last one, and age at the end, per customer in weeks."""

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray


def summarise(customer: pd.Series, week: np.ndarray, end_week: float) -> Summary:
    purchases = pd.DataFrame({"customer": customer.to_numpy(), "week": week})
    table = purchases.groupby("customer")["week"].agg(["size", "min", "max"])
    return Summary(
        x=table["size"].to_numpy() - 1,
        t_x=(table["max"] - table["min"]).to_numpy(),
        T=end_week - table["min"].to_numpy(),
    )


def log_likelihood(parameters, summary: Summary) -> float:
    """Fader, Hardie & Lee (2005), equation 6, in logarithms and summed over customers."""
    r, alpha, a, b = parameters
    x, t_x, T = summary
    purchasing = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + T)
    dropped = np.full(len(x), -np.inf)
    some = x > 0
    dropped[some] = (
        betaln(a + 1, b + x[some] - 1) - betaln(a, b) - (r + x[some]) * np.log(alpha + t_x[some])
    )
    return float((purchasing + np.logaddexp(alive, dropped)).sum())


class Estimate(NamedTuple):
    """Logarithms of r, α, a, b, their standard errors, and the log-likelihood there."""

    log_parameters: np.ndarray
    standard_errors: np.ndarray
    log_likelihood: float


def maximum_likelihood(summary: Summary, start) -> Estimate:
    n = len(summary.x)

    def loss(log_parameters):
        return -log_likelihood(np.exp(log_parameters), summary) / n

    # Numerical derivatives of a mean are good to about 1e-7, far below the standard errors.
    fit = minimize(loss, np.log(start), method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-6})
    assert fit.success, fit.message
    covariance = np.linalg.inv(n * hessian(loss, fit.x))
    return Estimate(fit.x, np.sqrt(np.diag(covariance)), -n * fit.fun)


def hessian(function, point, step=1e-3):
    size = len(point)
    steps = step * np.eye(size)
    result = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            result[i, j] = (
                function(point + steps[i] + steps[j])
                - function(point + steps[i] - steps[j])
                - function(point - steps[i] + steps[j])
                + function(point - steps[i] - steps[j])
            ) / (4 * step**2)
    return result
