"""What the two models of customers under contract share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, notices
from crmlytics.clv import _contract_maths as maths
from crmlytics.clv import _contract_rows, _contract_tables, _contract_value, _rows
from crmlytics.clv._parametric import ParametricModel
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class ContractualModel(ParametricModel):
    """Customers renew or leave at the end of each period, and it is seen when they leave."""

    tenure_col: str
    churned_col: str

    def __init__(
        self,
        *,
        unit: str,
        penalty: float = 0.0,
        tenure_col: str = "tenure",
        churned_col: str = "churned",
    ) -> None:
        self.unit = unit
        self.penalty = penalty
        self.tenure_col = tenure_col
        self.churned_col = churned_col

    @classmethod
    def from_survivors(cls, survivors: Any, *, unit: str, **options: Any) -> Self:
        """Fit the model on counts of a cohort.

        Parameters
        ----------
        survivors : sequence of numbers, or sequence of such sequences
            Customers at the start, after the first renewal, after the second, and so on; several
            cohorts, of unequal length where the younger are shorter, are fitted together.
        unit : {"D", "W", "M", "Q", "Y"}
            Length of a contract period.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Fitted.

        Raises
        ------
        DataContractError
            If the numbers rise, are negative or not finite.
        NotEnoughDataError
            If there are too few renewals, or nobody left.
        """
        model = cls(unit=unit, **options)
        model._check_options()
        rows, weights = _contract_rows.rows_of_survivors(survivors)
        model._learn(*_rows.compressed(rows, _rows.read_weights(weights, len(weights))))
        if not model.converged_:
            notices.warn(f"{cls.__name__}: {model.diagnosis_}", ConvergenceWarning)
        return model

    # ---------------------------------------------------------- new customers

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
        found = np.exp(maths.log_survival(*self._triple(), _whole(t, "t", 0)))
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
        found = np.exp(maths.log_renewal(*self._triple(), _whole(t, "t", 1)))
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

    # -------------------------------------------------------- known customers

    def probability_alive(self, X: Any, *, t: int) -> Floats:
        """Probability that each customer survives `t` more renewals.

        Parameters
        ----------
        X : frame
            Tenures as in `fit`, from any engine.
        t : int
            Renewals to come.

        Returns
        -------
        ndarray of shape (n_rows,)
            Aligned with the rows of `X`; 0 for customers who churned.
        """
        rows = self._known(X)
        u = float(checks.whole_number("t", t, at_least=0))
        found = np.exp(maths.log_survival_from(*self._triple(), rows["tenure"], u))
        return np.asarray(np.where(rows["churned"] > 0, 0.0, found))

    def expected_residual_lifetime(
        self, X: Any, *, period_rate: float, horizon: int | None = None
    ) -> Floats:
        """Discounted payments to expect of each customer, just before the next renewal (DERL).

        Parameters
        ----------
        X : frame
            Tenures as in `fit`, from any engine.
        period_rate : float
            Interest d per period; 0 counts the payments as they are.
        horizon : int, optional
            Count only so many payments; None means for ever.

        Returns
        -------
        ndarray of shape (n_rows,)
            Aligned with the rows of `X`; 0 for customers who churned. The payment of the next
            renewal is not discounted.

        Raises
        ------
        ValueError
            If the sum is infinite: give a horizon or a rate above 0.
        """
        rows = self._known(X)
        rate = checks.number("period_rate", period_rate, at_least=0)
        tenure, code = np.unique(rows["tenure"], return_inverse=True)
        found = np.array([self._sum(age, 1, rate, horizon) for age in tenure.tolist()])
        return np.asarray(np.where(rows["churned"] > 0, 0.0, found[code] if len(code) else 0.0))

    def simulate(
        self, n: int, *, T: ArrayLike, random_state: int | np.random.Generator | None = None
    ) -> pd.DataFrame:
        """Simulate the tenures of new customers.

        Parameters
        ----------
        n : int
            Number of customers.
        T : int or array-like of shape (n,)
            Renewals that can be observed of each.
        random_state : None, int or numpy Generator
            Seed.

        Returns
        -------
        pandas.DataFrame
            ``tenure`` and ``churned`` as `fit` needs them, and the planted
            ``churn_probability`` of each customer at the first renewal.
        """
        import pandas as pd

        alpha, beta, c = self._triple()
        checks.whole_number("n", n, at_least=1)
        last = np.broadcast_to(_whole(T, "T", 0), (n,))
        rng = checks.random_generator(random_state)
        risk = rng.beta(alpha, beta, n)
        with np.errstate(divide="ignore", over="ignore"):
            # S(t) = (1 - risk)^(t^c): the first whole t at which it falls below a uniform number.
            life = np.ceil((rng.standard_exponential(n) / -np.log1p(-risk)) ** (1.0 / c))
        life = np.maximum(life, 1.0)
        return pd.DataFrame(
            {
                self.tenure_col: np.minimum(life, last).astype(np.int64),
                self.churned_col: life <= last,
                "churn_probability": risk,
            }
        )

    # ------------------------------------------------------------------ hooks

    def _columns(self) -> dict[str, str]:
        return {"tenure_col": self.tenure_col, "churned_col": self.churned_col}

    def _read(self, X: object) -> Rows:
        return _contract_rows.read_tenures(X, **self._columns())

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        value, slopes = maths.value_and_slopes(
            (*parameters, 1.0)[:3], rows["tenure"], rows["churned"]
        )
        return value, slopes[: len(self._parameters)]

    def _check_fit(self, rows: Rows, weights: Floats) -> None:
        if not float(weights @ rows["churned"]) > 0:
            raise NotEnoughDataError("no customer has churned; at least 1 is needed")
        needed, seen = len(self._parameters), int(rows["tenure"].max())
        if seen < needed:
            raise NotEnoughDataError(
                f"customers must be seen at {needed} renewals at least to tell "
                f"{' from '.join(self._parameters[:2])}, got {seen}"
            )

    def _triple(self) -> tuple[float, float, float]:
        check_is_fitted(self, "params_")
        alpha, beta, c = (*self.params_.values(), 1.0)[:3]
        return alpha, beta, c

    def _known(self, X: Any) -> Rows:
        check_is_fitted(self, "params_")
        return self._read(X)

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


def mean_risk(rows: Rows, weights: Floats) -> float:
    """Customers lost per renewal, where fits start."""
    lost = float(weights @ rows["churned"]) / float(weights @ rows["tenure"])
    return float(np.clip(lost, 0.01, 0.99))


def _whole(values: ArrayLike, parameter: str, at_least: int) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(found) & (found >= at_least) & (found == np.floor(found))).all():
        raise ValueError(f"{parameter} must be whole numbers of at least {at_least}")
    return found
