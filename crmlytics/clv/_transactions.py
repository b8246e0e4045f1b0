"""The predictions of all models of repeat purchases; for their hooks see `_purchase_rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks
from crmlytics.clv import _residual, _rows
from crmlytics.clv._histories import times
from crmlytics.clv._purchase_simulations import SimulatedPurchases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class TransactionModel(SimulatedPurchases):
    """A model of repeat purchases."""

    # ------------------------------------------------------------ predictions

    def probability_alive(self, X: Any, *, t: ArrayLike = 0.0) -> Floats:
        """Probability that each customer is still a customer.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Time after the end of each history, in ``unit``, during which nothing is observed.

        Returns
        -------
        ndarray of shape (n_rows,)
            P(alive at T + t), aligned with the rows of `X`.
        """
        rows, parameters, ahead = self._prepared(X, t)
        if not np.any(ahead):
            return np.asarray(expit(-self._log_odds_gone(parameters, rows)))
        return self._alive(parameters, rows, ahead)

    def expected_purchases(self, X: Any, *, t: ArrayLike) -> Floats:
        """Purchases to expect of each customer in the time after the history.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Length of the time ahead, in ``unit``.

        Returns
        -------
        ndarray of shape (n_rows,)
            Expected purchases in (T, T + t], aligned with the rows of `X`.
        """
        rows, parameters, ahead = self._prepared(X, t)
        return self._expected(parameters, rows, ahead)

    def probability_of_purchase(self, X: Any, *, t: ArrayLike) -> Floats:
        """Probability of at least one purchase in the time after the history.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Length of the time ahead, in ``unit``.

        Returns
        -------
        ndarray of shape (n_rows,)
            P(at least one purchase in (T, T + t]), aligned with the rows of `X`.
        """
        rows, parameters, ahead = self._prepared(X, t)
        alive = expit(-self._log_odds_gone(parameters, rows))
        return np.asarray(-alive * np.expm1(self._no_purchase(parameters, rows, ahead)))

    def purchase_probabilities(self, X: Any, *, t: ArrayLike, n_max: int) -> Floats:
        """Probability of each number of purchases in the time after the history.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Length of the time ahead, in ``unit``.
        n_max : int
            Largest number asked for.

        Returns
        -------
        ndarray of shape (n_rows, n_max + 1)
            P(exactly n purchases in (T, T + t]) for n = 0 … `n_max`, a row per row of `X`.
        """
        checks.whole_number("n_max", n_max, at_least=0)
        rows, parameters, ahead = self._prepared(X, t)
        columns = [
            self._probabilities(parameters, rows, ahead, np.full(len(rows["x"]), float(n)))
            for n in range(n_max + 1)
        ]
        return np.column_stack(columns)

    def expected_residual_transactions(
        self, X: Any, *, discount_rate: float, horizon: float | None = None
    ) -> Floats:
        r"""Discounted purchases to expect of each customer after the history (DERT).

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        discount_rate : float
            Continuous rate per ``unit``: ln(1 + annual rate) / units per year.
        horizon : float, optional
            Length of the time ahead, in ``unit``; None means for ever.

        Returns
        -------
        ndarray of shape (n_rows,)
            Aligned with the rows of `X`.

        Raises
        ------
        ValueError
            If neither a rate nor a horizon bounds a sum that is infinite.

        Notes
        -----
        With C(u) the expected purchases in (T, T + u] and the rate δ,

        .. math:: e^{-\delta H} C(H) + \delta \int_0^H e^{-\delta u} C(u) \, du,

        by Gauss-Legendre quadrature in ln(1 + u / (α + T)).
        """
        check_is_fitted(self, "params_")
        rate = checks.number("discount_rate", discount_rate, at_least=0)
        if horizon is not None:
            horizon = checks.number("horizon", horizon, at_least=0)
        rows = self._read(X)
        parameters = self._row_parameters(rows)
        if rate == 0 and horizon is None:
            forever = self._expected_ever(parameters, rows)
            if not np.isfinite(forever).all():
                raise ValueError(
                    "undiscounted purchases over an infinite time are infinite under these "
                    "parameters; give a horizon or a discount_rate above 0"
                )
            return forever
        return self._discounted(parameters, rows, rate, horizon)

    def _discounted(
        self, parameters: tuple[Any, ...], rows: Rows, rate: float, horizon: float | None
    ) -> Floats:
        """By quadrature; a model with a closed form overrides it."""
        return _residual.by_parts(
            lambda u: self._expected(parameters, rows, u),
            start=self._time_constant(parameters, rows),
            rate=rate,
            horizon=horizon,
        )

    def _time_constant(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        """Return the time over which expectations bend: alpha + T."""
        return np.asarray(parameters[self._parameters.index("alpha")] + rows["T"])

    # ---------------------------------------------------------- new customers

    def expected_purchases_new_customer(
        self, t: ArrayLike, *, covariates: Mapping[str, float] | None = None
    ) -> Any:
        """Repeat purchases to expect of a new customer.

        Parameters
        ----------
        t : float or array-like
            Time since the first purchase, in ``unit``.
        covariates : mapping from str to float, optional
            Values of the covariates, for a model that has them.

        Returns
        -------
        float or ndarray
            Of the shape of `t`.
        """
        ahead = times(t)
        rows = self._new_customers(ahead.size, covariates)
        found = self._expected(self._row_parameters(rows), rows, ahead.ravel())
        return found.reshape(ahead.shape) if ahead.ndim else float(found[0])

    def purchase_probabilities_new_customer(
        self, t: float, *, n_max: int, covariates: Mapping[str, float] | None = None
    ) -> Floats:
        """Probability of each number of repeat purchases of a new customer.

        Parameters
        ----------
        t : float
            Time since the first purchase, in ``unit``.
        n_max : int
            Largest number asked for.
        covariates : mapping from str to float, optional
            Values of the covariates, for a model that has them.

        Returns
        -------
        ndarray of shape (n_max + 1,)
            P(exactly n repeat purchases) for n = 0 … `n_max`.
        """
        top = checks.whole_number("n_max", n_max, at_least=0)
        ahead = np.full(top + 1, checks.number("t", t, at_least=0))
        rows = self._new_customers(top + 1, covariates)
        return self._probabilities(
            self._row_parameters(rows), rows, ahead, np.arange(top + 1, dtype=np.float64)
        )

    # ------------------------------------------------------------- one person

    def alive_path(
        self,
        purchases: ArrayLike,
        *,
        ages: ArrayLike,
        covariates: Mapping[str, float] | None = None,
    ) -> Floats:
        """Probability of being alive of one customer, as it was at each age.

        Parameters
        ----------
        purchases : array-like
            Ages at the repeat purchases (time since the first purchase, in ``unit``), ascending.
        ages : array-like of shape (n_ages,)
            Ages at which to look; what comes later is not known there.
        covariates : mapping from str to float, optional
            Values of the covariates, for a model that has them.

        Returns
        -------
        ndarray of shape (n_ages,)
            P(alive) given the purchases up to each age.
        """
        bought, at = times(purchases, "purchases"), times(ages, "ages")
        bought, at = np.atleast_1d(bought), np.atleast_1d(at)
        if not (np.diff(bought, prepend=0.0) > 0).all():
            raise ValueError("purchases must be positive and ascending, one per time")
        rows = self._new_customers(len(at), covariates)
        rows |= self._history_at(bought, at)
        return np.asarray(expit(-self._log_odds_gone(self._row_parameters(rows), rows)))

    def _history_at(self, bought: Floats, ages: Floats) -> Rows:
        """Rows of one customer as seen at each age; models with more columns add them."""
        count = np.searchsorted(bought, ages, side="right")
        last = np.concatenate([[0.0], bought])[count]
        return {"x": count.astype(np.float64), "t_x": last, "T": ages}

    def _scores(self, arrays: dict[str, NDArray[Any]], t: float) -> dict[str, NDArray[np.float64]]:
        """Score one batch of a frame bigger than memory."""
        rows = self._rows(_rows.finite_floats(arrays))
        parameters, ahead = self._row_parameters(rows), np.full(len(rows["x"]), t)
        return {
            "expected_purchases": self._expected(parameters, rows, ahead),
            "probability_alive": expit(-self._log_odds_gone(parameters, rows)),
        }
