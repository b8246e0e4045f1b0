"""What a model of repeat purchases says of itself, and how it reads summaries.

Beyond the hooks of `_parametric`, a model of purchases gives these. `rows` hold ``x``, ``t_x``
and ``T`` (and covariates); `t` is an array that broadcasts with them. Parameters may have the
shape (n_draws, 1): then so does the result, (n_draws, n_rows).

``_log_odds_gone(parameters, rows)``            of having dropped out at T
``_alive(parameters, rows, t)``                 P(alive at T + t)
``_expected(parameters, rows, t)``              purchases in (T, T + t]
``_probabilities(parameters, rows, t, n)``      P(exactly n purchases in (T, T + t])
``_no_purchase(parameters, rows, t)``           ln P(no purchase in (T, T + t] | alive)
``_expected_ever(parameters, rows)``            purchases after T, infinite if they are
``_draw_future(rng, parameters, rows, t)``      simulated purchases in (T, T + t]
``_draw_path(rng, parameters, rows, times)``    the same up to each of ascending times (n_times,
                                                n_rows) of one future
``_draw_histories(rng, parameters, T)``         simulated columns of new customers
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks
from crmlytics.clv import _rows
from crmlytics.clv._covariates import PREFIX, Design, Effect, check_variation
from crmlytics.clv._histories import check_histories, times
from crmlytics.clv._parametric import ParametricModel
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class PurchaseModel(ParametricModel):
    """A model fitted on ``frequency``, ``recency`` and ``T``."""

    #: Which parameters covariates of each side shift: (parameter, sign, prefix of the name).
    _sides: ClassVar[Mapping[str, tuple[tuple[str, int, str], ...]]] = {}

    frequency_col: str
    recency_col: str
    T_col: str
    covariates_purchase: Sequence[str] = ()
    covariates_dropout: Sequence[str] = ()

    # ------------------------------------------------------------------ hooks

    @abc.abstractmethod
    def _log_odds_gone(self, parameters: tuple[Any, ...], rows: Rows) -> Floats: ...

    @abc.abstractmethod
    def _alive(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats: ...

    @abc.abstractmethod
    def _expected(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats: ...

    @abc.abstractmethod
    def _probabilities(
        self, parameters: tuple[Any, ...], rows: Rows, t: Floats, n: Floats
    ) -> Floats: ...

    @abc.abstractmethod
    def _no_purchase(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats: ...

    @abc.abstractmethod
    def _expected_ever(self, parameters: tuple[Any, ...], rows: Rows) -> Floats: ...

    @abc.abstractmethod
    def _draw_future(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats
    ) -> Floats: ...

    @abc.abstractmethod
    def _draw_path(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
    ) -> Floats: ...

    @abc.abstractmethod
    def _draw_histories(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
    ) -> dict[str, NDArray[Any]]: ...

    # ---------------------------------------------------------------- reading

    def _columns(self) -> dict[str, str]:
        names = {
            "frequency_col": self.frequency_col,
            "recency_col": self.recency_col,
            "T_col": self.T_col,
        }
        checks.distinct_columns(names)
        return names | self._covariate_columns()

    def _covariate_columns(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for side in self._sides:
            columns = getattr(self, f"covariates_{side}")
            if isinstance(columns, str):
                raise TypeError(f"covariates_{side} must be a sequence of column names")
            if len(set(columns)) < len(columns):
                raise ValueError(f"covariates_{side} names a column twice")
            found |= {f"covariates_{side}[{i}]": name for i, name in enumerate(columns)}
        return found

    def _design(self) -> Design:
        effects = [
            Effect(f"{prefix}[{column}]", parameter, column, sign)
            for side, shifts in self._sides.items()
            for parameter, sign, prefix in shifts
            for column in getattr(self, f"covariates_{side}")
        ]
        return Design(self._parameters, tuple(effects))

    def _read(self, X: object) -> Rows:
        return self._rows(_rows.read_columns(X, self._columns()))

    def _rows(self, arrays: dict[str, Floats]) -> Rows:
        frequency, recency = arrays[self.frequency_col], arrays[self.recency_col]
        T = arrays[self.T_col]
        names = (self.frequency_col, self.recency_col, self.T_col)
        check_histories(frequency, recency, T, names=names)
        rows = {"x": frequency, "t_x": np.minimum(recency, T), "T": T}
        for column in dict.fromkeys(self._covariate_columns().values()):
            rows[PREFIX + column] = arrays[column]
        return rows

    def _check_fit(self, rows: Rows, weights: Floats) -> None:  # noqa: ARG002 (a hook)
        if not rows["x"].any():
            raise NotEnoughDataError(
                "no customer has a repeat purchase; at least 1 is needed to estimate a rate"
            )
        for side in self._sides:
            columns = getattr(self, f"covariates_{side}")
            check_variation(rows, columns, f"covariates_{side}")

    def _scale_of(self, rows: Rows, weights: Floats) -> float:
        """Median age of the customers (weighted)."""
        order = np.argsort(rows["T"])
        half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
        median = float(rows["T"][order[min(half, len(order) - 1)]])
        return median if median > 0 else float(rows["T"].max())

    def _rescaled(self, rows: Rows, scale: float) -> Rows:
        return rows | {"t_x": rows["t_x"] / scale, "T": rows["T"] / scale}

    def _new_customers(self, n: int, covariates: Mapping[str, float] | None) -> Rows:
        """Rows of age 0: every model's formulas hold for them."""
        check_is_fitted(self, "params_")
        needed = set(self._covariate_columns().values())
        if set(covariates or {}) != needed:
            raise ValueError(f"covariates must give values of {sorted(needed)}")
        rows = self._rows({name: np.zeros(n) for name in self._columns().values()})
        for name, value in (covariates or {}).items():
            rows[PREFIX + name] = np.full(n, checks.number(f"covariates[{name!r}]", value))
        return rows

    def _prepared(self, X: Any, t: ArrayLike) -> tuple[Rows, tuple[Any, ...], Floats]:
        check_is_fitted(self, "params_")
        rows = self._read(X)
        n, ahead = len(rows["x"]), times(t)
        if ahead.ndim and ahead.shape != (n,):
            raise ValueError(f"t must be a number or {n} numbers, got shape {ahead.shape}")
        return rows, self._row_parameters(rows), np.broadcast_to(ahead, (n,))
