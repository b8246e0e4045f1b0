"""A fitted model on one page: parameters with their errors, the fit, and what is doubtful."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class FitSummary(NamedTuple):
    """What `summary` of a fitted model says; printing it gives a page of text.

    Attributes
    ----------
    model : str
        Name of the model.
    unit : str
        Unit of time.
    n_customers : float
        Customers fitted on.
    log_likelihood, aic, bic : float
        How well the model fits; for AIC and BIC less is better.
    converged : bool
        Whether the maximum was found.
    diagnosis : str
        In words, if a parameter runs off or the maximum was not found; else empty.
    parameters : pandas.DataFrame
        One row per parameter: ``parameter``, ``estimate``, ``standard_error``, ``low_95``,
        ``high_95``, and for coefficients of covariates ``z`` and ``p_value``.
    """

    model: str
    unit: str
    n_customers: float
    log_likelihood: float
    aic: float
    bic: float
    converged: bool
    diagnosis: str
    parameters: pd.DataFrame

    def __repr__(self) -> str:
        """Text of at most 88 columns."""
        state = "converged" if self.converged else "NOT converged"
        name = f"{self.model} (unit {self.unit})" if self.unit else self.model
        head = (
            f"{name}, {self.n_customers:,.10g} customers, {state}\n"
            f"log-likelihood {self.log_likelihood:.4f}   AIC {self.aic:.2f}   BIC {self.bic:.2f}"
        )
        table = self.parameters.dropna(axis="columns", how="all").to_string(
            index=False, float_format=lambda value: f"{value:.6g}", na_rep=""
        )
        return "\n".join([head, table, *([self.diagnosis] if self.diagnosis else [])])
