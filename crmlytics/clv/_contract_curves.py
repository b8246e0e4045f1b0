"""What to expect of new customers under contract: how many stay, how long, what they pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks
from crmlytics.clv import _contract_maths as maths
from crmlytics.clv import _contract_tables, _contract_value
from crmlytics.clv._parametric import ParametricModel

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class ContractCurves(ParametricModel):
    """A model whose parameters are alpha, beta and perhaps c: its survival curve and sums of it."""

    def survival(self, t: ArrayLike) -> Any:
        """Share of new customers who survive `t` renewals.

        Parameters
        ----------
        t : int or array-like
            Renewals.

        Returns
        -------
        float or ndarray
            S(t), of the shape of `t`.
        """
        found = np.exp(maths.log_survival(*self._triple(), whole(t, "t", 0)))
        return found if np.ndim(t) else float(found)

    def retention_rate(self, t: ArrayLike) -> Any:
        """Share of those who survived all renewals before `t` who also survive this one.

        Parameters
        ----------
        t : int or array-like
            Number of the renewal, from 1 on.

        Returns
        -------
        float or ndarray
            S(t) / S(t - 1), of the shape of `t`.
        """
        found = np.exp(maths.log_renewal(*self._triple(), whole(t, "t", 1)))
        return found if np.ndim(t) else float(found)

    def expected_lifetime(self, *, horizon: int | None = None) -> float:
        """Periods that a new customer stays, the first included.

        Parameters
        ----------
        horizon : int, optional
            Count only so many periods from the start; None means for ever.

        Returns
        -------
        float
            S(0) + S(1) + …, in periods of ``unit``.

        Raises
        ------
        ValueError
            If the sum is infinite: give a horizon.
        """
        return self._sum(0.0, 0, 0.0, horizon)

    def expected_discounted_lifetime(
        self, *, period_rate: float, horizon: int | None = None
    ) -> float:
        """Discounted payments to expect of a new customer (DEL), the first one included.

        Parameters
        ----------
        period_rate : float
            Interest d per period: (1 + annual rate) to the power of the years per period, less 1.
        horizon : int, optional
            Count only so many payments; None means for ever.

        Returns
        -------
        float
            Number of payments at today's value; times the payment it is the customer's worth.

        Raises
        ------
        ValueError
            If the sum is infinite: give a horizon or a rate above 0.
        """
        return self._sum(0.0, 0, checks.number("period_rate", period_rate, at_least=0), horizon)

    def survival_table(self, n_periods: int, *, level: float = 0.95) -> pd.DataFrame:
        """Survival and retention of new customers with the errors of the parameters.

        Parameters
        ----------
        n_periods : int
            Renewals to list.
        level : float
            Confidence of the intervals: delta method on the log-minus-log of the survival and
            on the log-odds of the retention rate; NaN if the errors are not known.

        Returns
        -------
        pandas.DataFrame
            A row for each t = 0 … `n_periods`: ``period``, ``survival``, ``survival_low``,
            ``survival_high``, ``retention_rate``, ``retention_rate_low``,
            ``retention_rate_high`` (NaN at t = 0).
        """
        check_is_fitted(self, "params_")
        checks.whole_number("n_periods", n_periods, at_least=1)
        checks.fraction("level", level)
        return _contract_tables.survival_table(
            self._point(), self._point_covariance(), n_periods, level=level
        )

    # ---------------------------------------------------------------- helpers

    def _triple(self) -> tuple[float, float, float]:
        check_is_fitted(self, "params_")
        alpha, beta, c = (*self.params_.values(), 1.0)[:3]
        return alpha, beta, c

    def _sum(self, tenure: float, first: int, rate: float, horizon: int | None) -> float:
        periods = float("inf")
        if horizon is not None:
            periods = float(checks.whole_number("horizon", horizon, at_least=0))
        found = _contract_value.residual(
            self._triple(), tenure=tenure, first=first, rate=rate, periods=periods
        )
        if np.isinf(found):
            raise ValueError(
                "the expected lifetime is infinite under these parameters: some customers hardly "
                "ever leave; give a horizon or a rate above 0"
            )
        return found


def whole(values: ArrayLike, parameter: str, at_least: int) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(found) & (found >= at_least) & (found == np.floor(found))).all():
        raise ValueError(f"{parameter} must be whole numbers of at least {at_least}")
    return found
