"""BG/NBD and MBG/NBD as models: they differ in one number, `_first`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.special import expit

from crmlytics.clv import _beta_geo_draws as draws
from crmlytics.clv import _beta_geo_maths as maths
from crmlytics.clv import _purchase_counts as counts
from crmlytics.clv._rows import per_distinct
from crmlytics.clv._transactions import TransactionModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class BetaGeoBase(TransactionModel):
    """Gamma purchase rates, beta dropout probabilities after each purchase."""

    #: 1 where a customer can drop out right after the first purchase.
    _first: ClassVar[int] = 0

    _parameters = ("r", "alpha", "a", "b")
    _scaling = (0, 1, 0, 0)
    _sides: ClassVar[Mapping[str, tuple[tuple[str, int, str], ...]]] = {
        "purchase": (("alpha", -1, "purchase"),),
        "dropout": (("a", 1, "dropout_a"), ("b", 1, "dropout_b")),
    }
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("a low", "b high"): "no dropout is visible in these data: a → 0; NBDModel fits as well",
        ("a low", "b low"): "customers drop out at once or never: a, b → 0 at a fixed ratio",
        ("a low",): "no dropout is visible in these data: a → 0; NBDModel fits as well",
        ("a high", "b high"): (
            "customers do not differ in their dropout probability: a, b → ∞ at a fixed ratio"
        ),
        ("b high",): "no dropout is visible in these data: b → ∞; NBDModel fits as well",
        ("a high", "b low"): "every customer drops out at the first occasion: a → ∞, b → 0",
        ("a high",): "every customer drops out at the first occasion: a → ∞",
        ("b low",): "every customer drops out at the first occasion: b → 0",
        ("r high", "alpha high"): (
            "customers do not differ in their purchase rate: r, alpha → ∞ at a fixed ratio"
        ),
        ("r high",): "customers do not differ in their purchase rate: r → ∞",
        ("alpha high",): "customers do not differ in their purchase rate: alpha → ∞",
        ("r low", "alpha low"): "a few customers make all repeat purchases: r, alpha → 0",
        ("r low",): "a few customers make all repeat purchases: r → 0",
    }

    def __init__(
        self,
        *,
        unit: str,
        covariates_purchase: Sequence[str] = (),
        covariates_dropout: Sequence[str] = (),
        penalty: float = 0.0,
        frequency_col: str = "frequency",
        recency_col: str = "recency",
        T_col: str = "T",
    ) -> None:
        self.unit = unit
        self.covariates_purchase = covariates_purchase
        self.covariates_dropout = covariates_dropout
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
        a: float,
        b: float,
        unit: str,
        coefficients: Mapping[str, float] | None = None,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        r, alpha, a, b : float
            Parameters, `alpha` in `unit`.
        unit : {"D", "W", "M", "Q", "Y"}
            Unit of time.
        coefficients : mapping from str to float, optional
            Coefficients of covariates by the names in ``params_``, such as ``"purchase[age]"``.
        covariance : array-like, optional
            Covariance of all parameters in the order of ``params_``; without it the parameters
            are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        return cls._from_params(
            {"r": r, "alpha": alpha, "a": a, "b": b},
            coefficients=coefficients,
            covariance=covariance,
            unit=unit,
            **options,
        )

    # ------------------------------------------------------------------ hooks

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        return maths.value_and_slopes(
            parameters, rows["x"], rows["t_x"], rows["T"], first=self._first
        )

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """Rates by moments; then few and many dropouts, even and uneven rates."""
        x, T = rows["x"], rows["T"]
        rate = float(x @ weights / max(float(T @ weights), 1e-9))
        mean = float(np.average(x, weights=weights))
        spread = float(np.average((x - mean) ** 2, weights=weights))
        r = float(np.clip(mean * mean / max(spread - mean, 0.05 * mean), 0.1, 10.0))
        return [
            (r, r / (1.5 * rate), 0.7, 2.5),
            (r, r / rate, 0.1, 2.0),
            (1.0, 1.0 / (3.0 * rate), 1.0, 1.5),
        ]

    def _log_odds_gone(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return maths.log_odds_gone(parameters, rows["x"], rows["t_x"], rows["T"], first=self._first)

    def _alive_now(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return np.asarray(expit(-self._log_odds_gone(parameters, rows)))

    def _after(self, parameters: tuple[Any, ...], x: Floats, T: Floats) -> tuple[Any, ...]:
        """Parameters of a customer alive after x repeat purchases in T."""
        r, alpha, a, b = parameters
        return r + x, alpha + T, a, b + x + self._first

    def _given_alive(self, compute: Any, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Any:
        """``compute(t, r, alpha, a, b)`` after each history; equal ones once."""
        x, T = rows["x"], rows["T"]
        if all(np.ndim(one) == 0 for one in parameters):
            return per_distinct(
                lambda x, T, t: compute(t, *self._after(parameters, x, T)), x, T, np.asarray(t)
            )
        return compute(t, *self._after(parameters, x, T))

    def _expected(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        count = self._given_alive(counts.expected_count, parameters, rows, t)
        return np.asarray(self._alive_now(parameters, rows) * count)

    def _alive(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        later = self._given_alive(counts.still_alive, parameters, rows, t)
        return np.asarray(self._alive_now(parameters, rows) * later)

    def _no_purchase(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        r, alpha, _, _ = self._after(parameters, rows["x"], rows["T"])
        return counts.no_purchase(t, r, alpha)

    def _probabilities(
        self, parameters: tuple[Any, ...], rows: Rows, t: Floats, n: Floats
    ) -> Floats:
        alive = self._alive_now(parameters, rows)
        r, alpha, a, b = self._after(parameters, rows["x"], rows["T"])
        found = counts.count_probabilities(t, r, alpha, a, b, n)
        # Who has dropped out buys nothing; 1 - alive without cancellation.
        gone = expit(self._log_odds_gone(parameters, rows))
        return np.asarray(alive * found + np.where(n == 0, gone, 0.0))

    def _expected_ever(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        _, _, a, b = self._after(parameters, rows["x"], rows["T"])
        return np.asarray(self._alive_now(parameters, rows) * counts.expected_ever(a, b))

    def _draw_future(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats
    ) -> Floats:
        return draws.futures(rng, parameters, rows, t, first=self._first)

    def _draw_path(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
    ) -> Floats:
        return draws.paths(rng, parameters, rows, times, first=self._first)

    def _draw_histories(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
    ) -> dict[str, NDArray[Any]]:
        drawn = draws.histories(rng, parameters, T, first=self._first)
        names = {"x": self.frequency_col, "t_x": self.recency_col, "T": self.T_col}
        return {names.get(name, name): values for name, values in drawn.items()}
