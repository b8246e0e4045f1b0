"""What the two models of customers under contract share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, notices
from crmlytics.clv import _contract_maths as maths
from crmlytics.clv import _contract_rows, _rows
from crmlytics.clv._contract_curves import ContractCurves, whole
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


class ContractualModel(ContractCurves):
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
        last = np.broadcast_to(whole(T, "T", 0), (n,))
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

    def _known(self, X: Any) -> Rows:
        check_is_fitted(self, "params_")
        return self._read(X)


def mean_risk(rows: Rows, weights: Floats) -> float:
    """Customers lost per renewal, where fits start."""
    lost = float(weights @ rows["churned"]) / float(weights @ rows["tenure"])
    return float(np.clip(lost, 0.01, 0.99))
