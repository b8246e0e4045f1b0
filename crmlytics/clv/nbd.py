"""NBD: repeat purchases of customers who never drop out, the baseline to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crmlytics.clv import _nbd_maths as maths
from crmlytics.clv._rows import compressed
from crmlytics.clv._transactions import TransactionModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class NBDModel(TransactionModel):
    r"""NBD: customers buy at random, each at a rate of their own, and never drop out.

    Parameters
    ----------
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of ``recency``, ``T`` and of every time passed to the methods. It is kept with the
        saved model; nothing is converted.
    penalty : float
        Precision of a normal prior on the logarithms of the parameters around a moment-based
        start, added to the total log-likelihood, so that it fades as customers are added; 0 for
        maximum likelihood.
    frequency_col, recency_col, T_col : str
        Names of the columns: repeat purchases, age at the last one (0 without any), age at the
        end of observation, as `crmlytics.customers.purchase_summary` makes them. The model does
        not need the recency; it is checked, because the models compared with it do.

    Attributes
    ----------
    params_ : dict of float
        ``r`` and ``alpha`` (in `unit`).
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
    A customer buys at the rate λ ~ Gamma(r, rate α):

    .. math:: L = \frac{\Gamma(r+x)}{\Gamma(r)} \frac{\alpha^r}{(\alpha+T)^{r+x}}, \qquad
        E[Y(t) | x, T] = \frac{(r + x) t}{\alpha + T}.

    It is `BetaGeoModel` with a = 0. It overstates the future as far as customers leave: on the
    CDNOW data by 56 %.

    References
    ----------
    Ehrenberg, A. S. C. (1959). The Pattern of Consumer Purchases. Applied Statistics 8(1), 26-41.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import NBDModel
    >>> model = NBDModel.from_params(r=0.385, alpha=12.07, unit="W")
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> model.expected_purchases(customer, t=39).round(4)
    array([1.8263])
    """

    _parameters = ("r", "alpha")
    _scaling = (0, 1)
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("r high", "alpha high"): (
            "customers do not differ in their purchase rate: r, alpha → ∞ at a fixed ratio"
        ),
        ("r high",): "customers do not differ in their purchase rate: r → ∞",
        ("alpha high",): "customers do not differ in their purchase rate: alpha → ∞",
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
        r: float,
        alpha: float,
        unit: str,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        r, alpha : float
            Parameters, `alpha` in `unit`.
        unit : {"D", "W", "M", "Q", "Y"}
            Unit of time.
        covariance : array-like, optional
            Covariance of r and alpha; without it they are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        return cls._from_params(
            {"r": r, "alpha": alpha}, covariance=covariance, unit=unit, **options
        )

    # ------------------------------------------------------------------ hooks

    def _learn(self, rows: Rows, weights: Floats) -> None:
        # The age at the last purchase says nothing here, so more rows are equal without it.
        super()._learn(*compressed({"x": rows["x"], "T": rows["T"]}, weights))

    def _rescaled(self, rows: Rows, scale: float) -> Rows:
        return rows | {"T": rows["T"] / scale}

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        return maths.value_and_slopes(parameters, rows["x"], rows["T"])

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """By moments; then uneven and even rates."""
        x, T = rows["x"], rows["T"]
        rate = float(x @ weights / max(float(T @ weights), 1e-9))
        mean = float(np.average(x, weights=weights))
        spread = float(np.average((x - mean) ** 2, weights=weights))
        r = float(np.clip(mean * mean / max(spread - mean, 0.05 * mean), 0.1, 10.0))
        return [(r, r / rate), (0.3, 0.3 / rate), (3.0, 3.0 / rate)]

    def _log_odds_gone(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return np.full(np.broadcast_shapes(np.shape(parameters[0]), rows["x"].shape), -np.inf)

    def _alive(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:  # noqa: ARG002
        return np.ones_like(self._log_odds_gone(parameters, rows))

    def _expected(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        r, alpha = parameters
        return np.asarray((r + rows["x"]) * t / (alpha + rows["T"]))

    def _no_purchase(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        r, alpha = parameters
        return np.asarray(-(r + rows["x"]) * np.log1p(t / (alpha + rows["T"])))

    def _probabilities(
        self, parameters: tuple[Any, ...], rows: Rows, t: Floats, n: Floats
    ) -> Floats:
        r, alpha = parameters
        return np.asarray(np.exp(maths.log_probability(t, r + rows["x"], alpha + rows["T"], n)))

    def _expected_ever(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return np.full_like(self._log_odds_gone(parameters, rows), np.inf)

    def _discounted(
        self, parameters: tuple[Any, ...], rows: Rows, rate: float, horizon: float | None
    ) -> Floats:
        per_unit = self._expected(parameters, rows, np.ones(len(rows["x"])))
        if rate == 0.0:
            return per_unit * (horizon or 0.0)
        return per_unit * (1.0 if horizon is None else -np.expm1(-rate * horizon)) / rate

    def _draw_future(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats
    ) -> Floats:
        r, alpha = parameters
        shape, age, ahead = np.broadcast_arrays(r + rows["x"], alpha + rows["T"], t)
        return np.asarray(rng.poisson(rng.standard_gamma(shape) / age * ahead), np.float64)

    def _draw_path(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
    ) -> Floats:
        r, alpha = parameters
        shape, age = np.broadcast_arrays(r + rows["x"], alpha + rows["T"])
        rate = rng.standard_gamma(shape) / age
        steps = np.diff(times, axis=0, prepend=0.0)
        return np.cumsum([rng.poisson(rate * step) for step in steps], axis=0).astype(np.float64)

    def _draw_histories(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
    ) -> dict[str, NDArray[Any]]:
        r, alpha = parameters
        rate = rng.standard_gamma(r) / alpha
        count = rng.poisson(rate * T)
        # The last of n uniform ages is T times the n-th root of a uniform.
        last = np.where(count > 0, T * rng.random(len(T)) ** (1.0 / np.maximum(count, 1)), 0.0)
        return {
            self.frequency_col: count,
            self.recency_col: last,
            self.T_col: T,
            "purchase_rate": rate,
        }
