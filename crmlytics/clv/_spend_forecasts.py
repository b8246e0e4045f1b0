"""What customers will spend, once a Gamma-Gamma model is known: means, quantiles and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, notices
from crmlytics.clv import _gamma_gamma_maths as maths
from crmlytics.clv._parametric import ParametricModel
from crmlytics.clv._spend_rows import read_spend
from crmlytics.errors import DataQualityWarning

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class SpendForecasts(ParametricModel):
    """A model whose parameters are p, q and gamma, read from frequency and mean spend."""

    frequency_col: str
    monetary_col: str

    @property
    def population_mean_(self) -> float:
        """Mean spend per purchase over all customers, NaN where it is infinite (q ≤ 1)."""
        check_is_fitted(self, "params_")
        nothing = np.zeros(1)
        return float(maths.expected_spend(tuple(self.params_.values()), nothing, nothing)[0])

    def expected_spend(self, X: Any) -> Floats:
        """Spend per purchase to expect of each customer.

        Parameters
        ----------
        X : frame
            Repeat purchases and mean spend as in `fit`, from any engine.

        Returns
        -------
        ndarray of shape (n_rows,)
            In the currency, aligned with the rows of `X`; the mean of the population for
            customers without repeat purchases.

        Warns
        -----
        DataQualityWarning
            If the expected spend of some customers is infinite, since q ≤ 1: they get NaN.
        """
        rows, parameters = self._prepared(X)
        found = maths.expected_spend(parameters, rows["x"], rows["m"])
        if n := int(np.isnan(found).sum()):
            notices.warn(
                f"{n:,} of {len(found):,} customers have no finite expected spend (NaN): "
                f"q = {self.params_['q']:.3g} is too small for a mean without more purchases",
                DataQualityWarning,
            )
        return found

    def spend_quantiles(self, X: Any, *, purchases: ArrayLike, quantiles: ArrayLike) -> Floats:
        """Quantiles of what each customer will spend in a number of purchases to come.

        Parameters
        ----------
        X : frame
            Repeat purchases and mean spend as in `fit`, from any engine.
        purchases : int or array-like of shape (n_rows,)
            Purchases to come.
        quantiles : float or array-like of shape (n_quantiles,)
            Fractions, such as ``[0.05, 0.5, 0.95]``.

        Returns
        -------
        ndarray of shape (n_rows, n_quantiles)
            In the currency; without the errors of the parameters.

        Notes
        -----
        The sum of y purchases given ν ~ Gamma(px + q, rate γ + xm) is Gamma(py, rate ν): it is
        distributed as (γ + xm) B / (1 - B) with B ~ Beta(py, px + q).
        """
        rows, parameters = self._prepared(X)
        levels = np.atleast_1d(np.asarray(quantiles, dtype=np.float64))
        if levels.ndim > 1 or not ((levels > 0) & (levels < 1)).all():
            raise ValueError(f"quantiles must be fractions between 0 and 1, got {quantiles!r}")
        count = _counts(purchases, (len(rows["x"]),))
        x, m = rows["x"][:, None], rows["m"][:, None]
        return maths.total_quantile(parameters, x, m, count[:, None], levels[None, :])

    def draw_spend(
        self,
        X: Any,
        *,
        purchases: ArrayLike,
        n_draws: int = 1000,
        random_state: int | np.random.Generator | None = None,
    ) -> Floats:
        """Simulate what each customer will spend in purchases to come, with parameter errors.

        Parameters
        ----------
        X : frame
            Repeat purchases and mean spend as in `fit`, from any engine.
        purchases : int, array-like of shape (n_rows,) or (n_draws, n_rows)
            Purchases to come, such as the result of a transaction model's ``draw_purchases``.
        n_draws : int
            Number of futures. In each one the parameters are drawn anew around their estimate
            and are the same for all customers.
        random_state : None, int or numpy Generator
            Seed.

        Returns
        -------
        ndarray of shape (n_draws, n_rows)
            Sum over the purchases, in the currency.
        """
        rows, _ = self._prepared(X)
        checks.whole_number("n_draws", n_draws, at_least=1)
        count = _counts(purchases, (n_draws, len(rows["x"])))
        rng = checks.random_generator(random_state)
        parameters = tuple(np.exp(self._draw_points(rng, n_draws))[:, :, None])
        return maths.draw_totals(rng, parameters, rows["x"], rows["m"], count)

    def simulate(
        self,
        n: int,
        *,
        frequency: ArrayLike,
        random_state: int | np.random.Generator | None = None,
    ) -> pd.DataFrame:
        """Simulate the mean spend of new customers.

        Parameters
        ----------
        n : int
            Number of customers.
        frequency : int or array-like of shape (n,)
            Repeat purchases of each.
        random_state : None, int or numpy Generator
            Seed.

        Returns
        -------
        pandas.DataFrame
            The columns that `fit` needs (spend null without repeat purchases), and the planted
            ``mean_spend`` of each customer.
        """
        import pandas as pd

        check_is_fitted(self, "params_")
        checks.whole_number("n", n, at_least=1)
        count = _counts(frequency, (n,), "frequency")
        p, q, gamma = self.params_.values()
        rng = checks.random_generator(random_state)
        rate = rng.standard_gamma(q, n) / gamma
        total = rng.standard_gamma(p * count) / rate
        mean = np.divide(total, count, out=np.full(n, np.nan), where=count > 0)
        return pd.DataFrame(
            {
                self.frequency_col: count.astype(np.int64),
                self.monetary_col: mean,
                "mean_spend": p / rate,
            }
        )

    # ------------------------------------------------------------------ hooks

    def _columns(self) -> dict[str, str]:
        return {"frequency_col": self.frequency_col, "monetary_col": self.monetary_col}

    def _read(self, X: object) -> Rows:
        return read_spend(X, **self._columns())

    def _prepared(self, X: Any) -> tuple[Rows, tuple[Any, ...]]:
        check_is_fitted(self, "params_")
        return self._read(X), tuple(self.params_.values())


def _counts(values: ArrayLike, shape: tuple[int, ...], parameter: str = "purchases") -> Floats:
    """Whole numbers from 0 on, one for each cell of `shape`."""
    count = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(count) & (count >= 0) & (count == np.floor(count))).all():
        raise ValueError(f"{parameter} must be whole numbers from 0 on")
    try:
        return np.broadcast_to(count, shape)
    except ValueError as error:
        raise ValueError(f"{parameter} must fit {shape}, got the shape {count.shape}") from error
