"""BG/BB: purchases or donations at given opportunities, with dropout between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.special import expit

from crmlytics.clv import _beta_geo_beta_binomial_counts as counts
from crmlytics.clv import _beta_geo_beta_binomial_draws as draws
from crmlytics.clv import _beta_geo_beta_binomial_maths as maths
from crmlytics.clv._gamma_ratios import log_beta_growth
from crmlytics.clv._purchase_counts import expected_ever
from crmlytics.clv._transactions import TransactionModel
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class BetaGeoBetaBinomialModel(TransactionModel):
    r"""BG/BB: customers may buy once at each of a number of opportunities, until they drop out.

    For events at given times: donation campaigns, conferences, yearly renewals of interest, or
    purchases of which only "in this month or not" is known.

    Parameters
    ----------
    unit : {"D", "W", "M", "Q", "Y"}
        Time from one opportunity to the next. All times are whole numbers of it. It is kept with
        the saved model; nothing is converted.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood, so that it fades as customers are added; 0 for
        maximum likelihood.
    frequency_col, recency_col, T_col : str
        Names of the columns: opportunities used, which of them was the last one used (1 to T; 0
        if none), and opportunities so far. What made somebody a customer is not counted.

    Attributes
    ----------
    params_ : dict of float
        ``alpha``, ``beta`` (use of an opportunity), ``gamma``, ``delta`` (dropout).
    covariance_ : ndarray
        Covariance of the estimates in the order of ``params_``; NaN for a parameter that runs off.
    standard_errors_, confidence_intervals_ : dict
        Errors and 95 % intervals of ``params_``.
    log_likelihood_, aic_, bic_ : float
        How well the model fits; BIC counts customers.
    n_customers_ : float
        Customers fitted on: the sum of the weights.
    converged_ : bool
        Whether a maximum was found inside the range of the parameters.
    gradient_norm_ : float
        Largest component of the gradient of the mean log-likelihood in ln(parameters).
    diagnosis_ : str
        Empty, or in words what runs off or what went wrong.

    Notes
    -----
    Before each opportunity a customer drops out for good with the probability θ ~ Beta(γ, δ);
    who has not uses it with the probability p ~ Beta(α, β). With x of n opportunities used, the
    last one t_x,

    .. math::

        L = \frac{B(\alpha+x, \beta+n-x)}{B(\alpha, \beta)} \frac{B(\gamma, \delta+n)}{B(\gamma,
            \delta)} + \sum_{i=t_x}^{n-1} \frac{B(\alpha+x, \beta+i-x)}{B(\alpha, \beta)}
            \frac{B(\gamma+1, \delta+i)}{B(\gamma, \delta)}.

    ``probability_alive(X)`` is the probability of being alive at the next opportunity, n + 1, as
    the paper has it, and ``probability_alive(X, t=t)`` at n + 1 + t. With t opportunities
    ahead,

    .. math::

        E[Y(t) | x, t_x, n] = \frac{1}{L} \frac{B(\alpha+x+1, \beta+n-x)}{B(\alpha, \beta)}
            \sum_{j=1}^{t} \frac{B(\gamma, \delta+n+j)}{B(\gamma, \delta)},

    a sum of positive terms, whose closed form has a pole at γ = 1. Sums of very many terms take
    few evaluations.

    ``expected_residual_transactions`` discounts the j-th opportunity ahead by
    :math:`e^{-j \cdot \text{discount\_rate}}`; for the rate d per opportunity of the paper pass
    ln(1 + d). The sum to infinity is its

    .. math::

        \frac{1}{L} \frac{B(\alpha+x+1, \beta+n-x)}{B(\alpha, \beta)}
            \frac{B(\gamma, \delta+n+1)}{B(\gamma, \delta) (1+d)}
            {}_2F_1 \left( 1, \delta+n+1; \gamma+\delta+n+1; \frac{1}{1+d} \right).

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Shang, J. (2010). Customer-Base Analysis in a Discrete-Time
    Noncontractual Setting. Marketing Science 29(6), 1086-1108.

    Examples
    --------
    Donors after six years: one gave in each of them, one twice up to the third, one never again.

    >>> import pandas as pd
    >>> from crmlytics.clv import BetaGeoBetaBinomialModel
    >>> model = BetaGeoBetaBinomialModel.from_params(
    ...     alpha=1.204, beta=0.750, gamma=0.657, delta=2.783, unit="Y"
    ... )
    >>> donors = pd.DataFrame({"frequency": [6, 2, 0], "recency": [6, 3, 0], "T": [6, 6, 6]})
    >>> model.expected_purchases(donors, t=5).round(2)
    array([3.75, 0.54, 0.07])
    >>> model.probability_alive(donors).round(2)
    array([0.93, 0.3 , 0.11])
    >>> model.expected_purchases_new_customer([1, 6]).round(3)
    array([0.498, 2.22 ])
    """

    _parameters = ("alpha", "beta", "gamma", "delta")
    _scaling = (0, 0, 0, 0)
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("gamma low", "delta high"): "no dropout is visible in these data: gamma → 0",
        ("gamma low", "delta low"): (
            "customers either drop out at once or never (gamma, delta → 0 at a fixed ratio)"
        ),
        ("gamma low",): "no dropout is visible in these data: gamma → 0",
        ("delta high",): "no dropout is visible in these data: delta → ∞",
        ("gamma high", "delta high"): (
            "customers do not differ in their dropout probability: gamma, delta → ∞ at a fixed "
            "ratio"
        ),
        ("gamma high",): "every customer drops out at once: gamma → ∞",
        ("delta low",): "every customer drops out at once: delta → 0",
        ("alpha high", "beta high"): (
            "customers do not differ in their use of opportunities: alpha, beta → ∞ at a fixed "
            "ratio"
        ),
        ("alpha low", "beta low"): (
            "customers use either all opportunities or none: alpha, beta → 0 at a fixed ratio"
        ),
        ("beta low",): "every opportunity is used while alive: beta → 0",
        ("alpha high",): "every opportunity is used while alive: alpha → ∞",
        ("alpha low",): "hardly any opportunity is used: alpha → 0",
        ("beta high",): "hardly any opportunity is used: beta → ∞",
    }

    def __init__(
        self,
        *,
        unit: str,
        penalty: float = 0.0,
        frequency_col: str = "frequency",
        recency_col: str = "recency",
        T_col: str = "T",
    ) -> None:
        self.unit = unit
        self.penalty = penalty
        self.frequency_col = frequency_col
        self.recency_col = recency_col
        self.T_col = T_col

    @classmethod
    def from_params(
        cls,
        *,
        alpha: float,
        beta: float,
        gamma: float,
        delta: float,
        unit: str,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        alpha, beta, gamma, delta : float
            Parameters.
        unit : {"D", "W", "M", "Q", "Y"}
            Time from one opportunity to the next.
        covariance : array-like, optional
            Covariance of the parameters; without it they are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        return cls._from_params(
            {"alpha": alpha, "beta": beta, "gamma": gamma, "delta": delta},
            covariance=covariance,
            unit=unit,
            **options,
        )

    # ---------------------------------------------------------------- reading

    def _rows(self, arrays: dict[str, Floats]) -> Rows:
        rows = super()._rows(arrays)
        n_rows = len(rows["x"])
        for name, column in (("t_x", self.recency_col), ("T", self.T_col)):
            if n := int((rows[name] != np.floor(rows[name])).sum()):
                raise DataContractError(
                    f"{n:,} of {n_rows:,} values of {column!r} are no whole numbers "
                    "of opportunities"
                )
        if n := int((rows["x"] > rows["t_x"]).sum()):
            raise DataContractError(
                f"{n:,} of {n_rows:,} rows have {self.frequency_col!r} above "
                f"{self.recency_col!r}: an opportunity can be used once"
            )
        return rows

    def _history_at(self, bought: Floats, ages: Floats) -> Rows:
        return super()._history_at(_whole(bought, "purchases"), _whole(ages, "ages"))

    def _scale_of(self, rows: Rows, weights: Floats) -> float:  # noqa: ARG002 (a hook)
        return 1.0  # opportunities have no unit

    # ------------------------------------------------------------------ hooks

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        return maths.value_and_slopes(parameters, rows["x"], rows["t_x"], rows["T"])

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """Use up to the last one used; then few and many dropouts."""
        x, t_x, n = (float(rows[name] @ weights) for name in ("x", "t_x", "T"))
        use = np.clip((x + 1.0) / (t_x + 2.0), 0.05, 0.95)
        overall = np.clip((x + 1.0) / (n + 2.0), 0.05, 0.95)
        return [
            (2.0 * use, 2.0 * (1.0 - use), 0.7, 2.5),
            (2.0 * overall, 2.0 * (1.0 - overall), 0.2, 4.0),
            (1.0, 1.0, 1.0, 2.0),
        ]

    def _log_odds_gone(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return maths.log_odds_gone(parameters, rows["x"], rows["t_x"], rows["T"])

    def _alive_now(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return np.asarray(expit(-self._log_odds_gone(parameters, rows)))

    def _after(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Any, ...]:
        """Parameters of a customer alive at the next opportunity."""
        alpha, beta, gamma, delta = parameters
        x, n = rows["x"], rows["T"]
        return alpha + x, beta + n - x, gamma, delta + n + 1.0

    def _expected(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        alpha, beta, gamma, delta = self._after(parameters, rows)
        seen = counts.expected_opportunities(_whole(t), gamma, delta)
        return np.asarray(self._alive_now(parameters, rows) * alpha / (alpha + beta) * seen)

    def _alive(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        _, _, gamma, delta = self._after(parameters, rows)
        staying = np.exp(log_beta_growth(gamma, delta, _whole(t)))
        return np.asarray(self._alive_now(parameters, rows) * staying)

    def _no_purchase(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        some = counts.any_purchase(_whole(t), *self._after(parameters, rows))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log1p(-some))

    def _probabilities(
        self, parameters: tuple[Any, ...], rows: Rows, t: Floats, n: Floats
    ) -> Floats:
        alpha, beta, gamma, delta = self._after(parameters, rows)
        found = counts.count_probabilities(_whole(t), alpha, beta, gamma, delta, n)
        # Who has dropped out buys nothing; 1 - alive without cancellation.
        gone = expit(self._log_odds_gone(parameters, rows))
        return np.asarray(self._alive_now(parameters, rows) * found + np.where(n == 0, gone, 0.0))

    def _expected_ever(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        alpha, beta, gamma, delta = self._after(parameters, rows)
        use = self._alive_now(parameters, rows) * alpha / (alpha + beta)
        return np.asarray(use * expected_ever(gamma, delta))

    def _discounted(
        self, parameters: tuple[Any, ...], rows: Rows, rate: float, horizon: float | None
    ) -> Floats:
        alpha, beta, gamma, delta = self._after(parameters, rows)
        last = np.inf if horizon is None else _whole(np.asarray(horizon), "horizon")
        seen = counts.expected_opportunities(last, gamma, delta, rate=rate)
        return np.asarray(self._alive_now(parameters, rows) * alpha / (alpha + beta) * seen)

    def _draw_future(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats
    ) -> Floats:
        return draws.futures(rng, parameters, rows, _whole(t))

    def _draw_path(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
    ) -> Floats:
        return draws.paths(rng, parameters, rows, _whole(times, "times"))

    def _draw_histories(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
    ) -> dict[str, NDArray[Any]]:
        drawn = draws.histories(rng, parameters, _whole(T, "T"))
        names = {"x": self.frequency_col, "t_x": self.recency_col, "T": self.T_col}
        return {names.get(name, name): values for name, values in drawn.items()}


def _whole(t: Floats, parameter: str = "t") -> Floats:
    if not (t == np.floor(t)).all():
        raise ValueError(f"{parameter} must count opportunities in whole numbers")
    return t
