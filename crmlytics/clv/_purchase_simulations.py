"""Simulated customers, simulated futures, and intervals from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks
from crmlytics.clv import _futures, _rows
from crmlytics.clv._covariates import PREFIX
from crmlytics.clv._histories import times
from crmlytics.clv._purchase_rows import PurchaseModel

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class PredictiveInterval(NamedTuple):
    """Lower and upper ends, one per row.

    Attributes
    ----------
    low, high : ndarray of shape (n_rows,)
        Whole numbers of purchases between which the level lies.
    """

    low: Floats
    high: Floats


class SimulatedPurchases(PurchaseModel):
    """The methods of a model of repeat purchases that draw at random."""

    def simulate(
        self,
        n: int,
        *,
        T: ArrayLike,
        random_state: int | np.random.Generator | None = None,
        covariates: Any = None,
    ) -> pd.DataFrame:
        """Simulate the histories of new customers.

        Parameters
        ----------
        n : int
            Number of customers.
        T : float or array-like of shape (n,)
            Time observed after the first purchase, in ``unit``.
        random_state : None, int or numpy Generator
            Seed.
        covariates : frame, optional
            `n` rows with the covariates, for a model that has them.

        Returns
        -------
        pandas.DataFrame
            The columns that `fit` needs, covariates included, and the planted truth of each
            customer.
        """
        import pandas as pd

        check_is_fitted(self, "params_")
        checks.whole_number("n", n, at_least=1)
        ages = np.broadcast_to(times(T, "T"), (n,)).astype(np.float64)
        rng = checks.random_generator(random_state)
        needed = self._covariate_columns()
        values: dict[str, Floats] = {}
        if needed:
            values = _rows.read_columns(covariates, needed)
            if len(next(iter(values.values()))) != n:
                raise ValueError(f"covariates must have {n} rows")
        rows = {PREFIX + name: one for name, one in values.items()}
        parameters = self._row_parameters(rows)
        arrays = tuple(np.broadcast_to(np.asarray(one, float), (n,)) for one in parameters)
        drawn = self._draw_histories(rng, arrays, ages)
        return pd.DataFrame(drawn | values)

    def draw_purchases(
        self,
        X: Any,
        *,
        t: ArrayLike,
        n_draws: int = 1000,
        random_state: int | np.random.Generator | None = None,
        progress: bool = False,
    ) -> NDArray[np.int64]:
        """Simulate the purchases after each history, the parameters' errors included.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Length of the time ahead, in ``unit``.
        n_draws : int
            Number of futures. In each one the parameters are drawn anew around their estimate
            and are the same for all customers, so that sums over customers have the right spread.
        random_state : None, int or numpy Generator
            Seed.
        progress : bool
            Show a progress bar.

        Returns
        -------
        ndarray of shape (n_draws, n_rows)
            Purchases in (T, T + t].
        """
        rows, _, ahead = self._prepared(X, t)
        checks.whole_number("n_draws", n_draws, at_least=1)
        rng = checks.random_generator(random_state)
        blocks = _futures.blocks(self, rng, rows, ahead, n_draws, progress=progress)
        return np.concatenate(list(blocks)).astype(np.int64)

    def predictive_interval(
        self,
        X: Any,
        *,
        t: ArrayLike,
        level: float = 0.95,
        n_draws: int = 1000,
        random_state: int | np.random.Generator | None = None,
        progress: bool = False,
    ) -> PredictiveInterval:
        """Interval in which each customer's purchases will lie, the parameters' errors included.

        Parameters
        ----------
        X : frame
            Purchase histories as in `fit`, from any engine.
        t : float or array-like of shape (n_rows,)
            Length of the time ahead, in ``unit``.
        level : float
            Probability that the interval holds. Purchases are counted in whole numbers, so it
            holds with at least this probability, for most customers with more.
        n_draws : int
            Number of futures simulated.
        random_state : None, int or numpy Generator
            Seed.
        progress : bool
            Show a progress bar for the simulation.

        Returns
        -------
        PredictiveInterval
            Arrays ``low`` and ``high``, aligned with the rows of `X`.
        """
        checks.fraction("level", level)
        checks.whole_number("n_draws", n_draws, at_least=1)
        rows, _, ahead = self._prepared(X, t)
        rng = checks.random_generator(random_state)
        low, high = _futures.interval(
            self, rng, rows, ahead, level=level, n_draws=n_draws, progress=progress
        )
        return PredictiveInterval(low, high)
