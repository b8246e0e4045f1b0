"""Who ends the contract, and when: hazards period by period or the Cox model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames
from crmlytics.churn._revenue import discounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


class ContractChurnModel(BaseEstimator):
    """Learn when contracts end, and say of each that runs what is left of it.

    Parameters
    ----------
    features : sequence of str
        Columns known when a contract begins, or that do not change: numbers, dates and names.
    method : {"hazard", "cox"}
        ``"hazard"``: the probability to end in each period, by any classifier
        (`crmlytics.survival.DiscreteTimeHazard`); takes missing values and competing causes.
        ``"cox"``: hazard ratios that hold at all ages (`crmlytics.survival.CoxModel`).
    estimator : classifier, optional
        Of the method ``"hazard"``; None is logistic regression with splines.
    duration_col : str
        Periods that have begun until the end, or until the contract was last seen, such as the
        ``duration`` of `contract_lifetimes`.
    event_col : str
        1 where the contract has ended, 0 where it runs.
    cause_col : str, optional
        In place of `event_col`: why it ended (left, did not pay, moved), missing while it runs.
        Causes compete: who moves can no longer leave. With ``"hazard"`` only.
    entry_col : str, optional
        Periods that were over when the contract came under observation.
    known_at_start : sequence of str
        Features that rise with the duration and are vouched for as known from the start.

    Attributes
    ----------
    model_ : DiscreteTimeHazard or CoxModel
        The fitted one; `model_.coefficients_` of the Cox model are hazard ratios.
    n_cases_, n_events_ : int
        Contracts, and ends seen.

    Raises
    ------
    DataContractError
        If a feature accumulates with the duration, such as all that was paid so far: it is known
        at the end only. On Telco it lifts the concordance of a Cox model from .864 to .924.

    See Also
    --------
    ChurnModel : For customers who leave without telling.

    Notes
    -----
    A contract of age a ends within the next s periods with probability 1 - S(a + s) / S(a), and
    lasts Σ S(a + u) / S(a), u = 0 … τ - 1, of the next τ periods. Contracts that run are counted
    as not over, not as loyal.

    References
    ----------
    Singer, J. D. and Willett, J. B. (1993). It's About Time. Journal of Educational Statistics 18,
    155-195.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.churn import ContractChurnModel
    >>> contracts = pd.DataFrame({
    ...     "plan": ["basic", "basic", "plus"] * 20, "duration": [2, 5, 3, 8, 1, 6] * 10,
    ...     "event": [1, 0, 1, 1, 1, 0] * 10,
    ... })
    >>> model = ContractChurnModel(["plan"], method="cox").fit(contracts)
    >>> running = contracts[contracts["event"] == 0].head(1)
    >>> model.predict(running, within=2, horizon=3)[
    ...     ["age", "churn_probability", "expected_remaining"]
    ... ].round(2)
       age  churn_probability  expected_remaining
    0    5                0.0                 3.0
    """

    def __init__(
        self,
        features: Sequence[str],
        *,
        method: Literal["hazard", "cox"] = "hazard",
        estimator: Any = None,
        duration_col: str = "duration",
        event_col: str = "event",
        cause_col: str | None = None,
        entry_col: str | None = None,
        known_at_start: Sequence[str] = (),
    ) -> None:
        self.features = features
        self.method = method
        self.estimator = estimator
        self.duration_col = duration_col
        self.event_col = event_col
        self.cause_col = cause_col
        self.entry_col = entry_col
        self.known_at_start = known_at_start

    def fit(self, contracts: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn from contracts, those that run among them.

        Parameters
        ----------
        contracts : frame
            One row per contract, from any engine.
        y : None
            Not used.

        Returns
        -------
        ContractChurnModel
            The model itself.
        """
        from crmlytics.survival import CoxModel, DiscreteTimeHazard

        checks.word("method", self.method, ("hazard", "cox"))
        shared: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("duration_col", "event_col", "entry_col", "known_at_start")
        }
        if self.method == "cox":
            if self.cause_col is not None or self.estimator is not None:
                raise ValueError("cause_col and estimator go with method='hazard' only")
            self.model_: Any = CoxModel(self.features, **shared)
        else:
            self.model_ = DiscreteTimeHazard(
                self.features, self.estimator, cause_col=self.cause_col, **shared
            )
        self.model_.fit(contracts)
        self.n_cases_, self.n_events_ = self.model_.n_cases_, self.model_.n_events_
        return self

    def predict(
        self,
        contracts: IntoFrameT,
        *,
        within: int,
        horizon: int | None = None,
        age_col: str | None = None,
        amount_col: str | None = None,
        rate: float = 0.0,
    ) -> IntoFrameT:
        """Say of each contract that runs how likely it ends soon, and what that puts at risk.

        Parameters
        ----------
        contracts : frame
            One row per contract that runs, from any engine, with the features.
        within : int
            The churn probability is about the next so many periods.
        horizon : int, optional
            Periods ahead over which remaining life and revenue are summed; None is `within`.
        age_col : str, optional
            Periods that each has lasted; None is the column of the durations.
        amount_col : str, optional
            Margin per period, in money; adds the revenue at risk.
        rate : float
            Interest per period by which later money is discounted.

        Returns
        -------
        frame
            The kind that came in, row by row: all columns, and ``age``; ``churn_probability``
            (within the next periods), with causes also ``churn_probability_<cause>``;
            ``expected_remaining`` (periods of the next `horizon`); with `amount_col`
            ``revenue_at_stake`` and ``revenue_at_risk``, as in `revenue_at_risk`. Null where age
            and horizon lie beyond all that was seen.

        Raises
        ------
        ColumnNotFoundError, DataContractError
            If a named column is not there; if a column bears the name of a result.
        """
        check_is_fitted(self, "model_")
        soon = checks.whole_number("within", within, at_least=1)
        ahead = checks.whole_number("horizon", soon if horizon is None else horizon, at_least=1)
        discount = discounts(rate, ahead)
        names = frames.column_names(contracts)
        roles = {"age_col": age_col or self.duration_col, "amount_col": amount_col}
        checks.columns(names, roles)
        held = frames.collect(frames.lazy(contracts))
        native = held.to_native()
        age = frames.finite(held, str(roles["age_col"]))
        survival = self.model_.survival(native, times=range(max(soon, ahead) + 1), age=_whole(age))
        added: dict[str, NDArray[Any]] = {"age": age.astype(np.int64)}
        added["churn_probability"] = 1.0 - survival[:, soon]
        if self.cause_col is not None:
            causes = self.model_.cumulative_incidence(native, times=[soon], age=_whole(age))
            for cause, share in causes.items():
                added[f"churn_probability_{cause}"] = share[:, 0]
        added["expected_remaining"] = survival[:, :ahead].sum(axis=1)
        if amount_col is not None:
            margin = frames.finite(held, amount_col)
            added["revenue_at_stake"] = margin * discount.sum()
            added["revenue_at_risk"] = margin * ((1.0 - survival[:, 1 : ahead + 1]) @ discount)
        checks.free_names([name for name in names if name in added], added)
        return frames.same_kind(frames.with_arrays(held, added, like=contracts), like=contracts)


def _whole(age: NDArray[np.float64]) -> NDArray[np.int64]:
    return age.astype(np.int64)
