"""The Cox model: how much each thing known of a case raises its hazard, at every age alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, notices
from crmlytics.errors import ConvergenceWarning, DataContractError, NotEnoughDataError
from crmlytics.survival import _cox_design as designs
from crmlytics.survival import _hazard_classifier as hazards
from crmlytics.survival._accumulation import refuse_accumulating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A log hazard ratio of a standardised column, or its error, beyond this is running off to infinity.
_RUNAWAY = 10.0


class CoxModel(BaseEstimator):
    r"""Estimate hazard ratios, and the survival of each case from them.

    Parameters
    ----------
    features : sequence of str
        Columns known at the start: numbers and dates as they are, names as levels against the
        commonest one.
    ties : {"efron", "breslow"}
        How ends at the same time are treated.
    duration_col : str
        Time until the end, or until the case was last seen.
    event_col : str
        1 where the end was seen, 0 where the case is still open.
    entry_col : str, optional
        Age at which the case came under observation (delayed entry).
    known_at_start : sequence of str
        Features that rise with the duration and are vouched for as known from the start.
    level : float
        Confidence of the intervals of the hazard ratios, a fraction.

    Attributes
    ----------
    coefficients_ : DataFrame
        One row per term: ``term``, ``coefficient`` (log hazard ratio per unit),
        ``standard_error``, ``hazard_ratio``, ``low``, ``high`` (of the ratio), ``p_value``.
    dropped_ : list of str
        Terms that are constant or said by others already.
    log_likelihood_ : float
        The partial one.
    converged_ : bool
        Whether the fit came to rest at finite coefficients.
    n_cases_, n_events_ : int
        Cases, and ends seen.
    last_time_ : float
        Longest duration: nothing later is predicted.

    Raises
    ------
    DataContractError
        If a feature accumulates with the duration, such as everything paid so far: its rank
        correlation with it is 0.8 or more. It is known at the end only, and would tell it.

    Notes
    -----
    :math:`h(t \mid x) = h_0(t) e^{x\beta}`, fitted by statsmodels; the cumulative baseline is
    Breslow's. The ratios hold at all ages alike, which data often refuse: where they do,
    `DiscreteTimeHazard` with a booster lets them change. A customer's ends of one cause are
    censored by those of another; hazard ratios per cause are fine then, the survival is not that
    of a world with several causes.

    References
    ----------
    Cox, D. R. (1972). Regression Models and Life-Tables. Journal of the Royal Statistical Society
    B 34, 187-220.
    Breslow, N. (1974). Covariance analysis of censored survival data. Biometrics 30, 89-99.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.survival import CoxModel
    >>> contracts = pd.DataFrame({
    ...     "months": [2, 3, 4, 5, 6, 7, 8, 9], "left": [1, 1, 1, 0, 1, 1, 0, 1],
    ...     "plan": ["basic", "basic", "plus", "basic", "plus", "basic", "plus", "plus"],
    ... })
    >>> model = CoxModel(["plan"], duration_col="months", event_col="left").fit(contracts)
    >>> model.coefficients_[["term", "hazard_ratio"]].round(2)
              term  hazard_ratio
    0  plan = plus          0.38
    >>> model.survival(contracts.head(2), times=[3, 6], age=[0, 3]).round(2).tolist()
    [[0.67, 0.31], [0.47, 0.02]]
    """

    def __init__(
        self,
        features: Sequence[str],
        *,
        ties: Literal["efron", "breslow"] = "efron",
        duration_col: str = "duration",
        event_col: str = "event",
        entry_col: str | None = None,
        known_at_start: Sequence[str] = (),
        level: float = 0.95,
    ) -> None:
        self.features = features
        self.ties = ties
        self.duration_col = duration_col
        self.event_col = event_col
        self.entry_col = entry_col
        self.known_at_start = known_at_start
        self.level = level

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn from cases.

        Parameters
        ----------
        X : frame
            One row per case, of any engine: the features, the duration, and whether it ended.
        y : None
            Not used.

        Returns
        -------
        CoxModel
            The model itself.

        Warns
        -----
        ConvergenceWarning
            If a level never ends, or always first, so that its ratio has no finite estimate.
        """
        checks.word("ties", self.ties, ("efron", "breslow"))
        checks.fraction("level", self.level)
        table = self._read(X, with_times=True)
        duration, event, entry = self._times(table)
        features = table[list(self.features)]
        numeric = {
            str(name): hazards.numbers(features[name])
            for name in features
            if hazards.is_number(features[name])
        }
        refuse_accumulating(numeric, duration, self.known_at_start)
        self._design = designs.design_of(features)
        self.dropped_ = self._design.dropped
        self.n_cases_, self.n_events_ = len(table), int(event.sum())
        if not self.n_events_:
            raise NotEnoughDataError(
                f"{self.event_col!r} shows no end among these cases; at least 1 is needed"
            )
        self.last_time_ = float(duration.max())
        exog = self._design.matrix(features)
        self._beta = self._fit(duration, event, entry, exog)
        self._baseline = _breslow(duration, event, entry, np.exp(exog @ self._beta))
        return self

    def survival(self, X: Any, *, times: Sequence[float], age: Any = 0) -> NDArray[np.float64]:
        """Return the probability to be open still after so much more time.

        Parameters
        ----------
        X : frame
            One row per case with the features.
        times : sequence of numbers
            Times ahead, from 0, in the unit of the duration.
        age : number, array-like or str
            Time that each case has lasted already, or the column that says so.

        Returns
        -------
        ndarray of shape (n_cases, n_times)
            NaN where age and time together lie beyond `last_time_`.
        """
        check_is_fitted(self, "coefficients_")
        wanted = np.array([checks.number("times", each, at_least=0.0) for each in times])
        table = self._read(X, with_times=False, also=age if isinstance(age, str) else None)
        held = table[age] if isinstance(age, str) else np.broadcast_to(age, len(table))
        ages = np.asarray(held, np.float64)
        if bad := int((~(ages >= 0)).sum()):
            raise DataContractError(f"{bad:,} of {len(ages):,} ages are missing or negative")
        risk = np.exp(self._design.matrix(table[list(self.features)]) @ self._beta)
        ahead = self._cumulative(ages[:, None] + wanted) - self._cumulative(ages)[:, None]
        found: NDArray[np.float64] = np.exp(-risk[:, None] * ahead)
        return found

    def _cumulative(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        at, total = self._baseline
        found = np.concatenate(([0.0], total))[np.searchsorted(at, times, side="right")]
        return np.where(times > self.last_time_, np.nan, found)

    def _read(self, X: Any, *, with_times: bool, also: str | None = None) -> pd.DataFrame:
        if isinstance(self.features, str):
            raise TypeError(f"features must be a list of columns, got {self.features!r}")
        roles: dict[str, str | None] = {
            f"features[{i}]": name for i, name in enumerate(self.features)
        }
        if with_times:
            roles |= {"duration_col": self.duration_col, "event_col": self.event_col}
            roles["entry_col"] = self.entry_col
        checks.columns(frames.column_names(X), roles | {"age": also})
        checks.distinct_columns(roles)
        names = [name for name in {**roles, "age": also}.values() if name is not None]
        if not names:
            return pd.DataFrame(index=range(len(frames.collect(frames.lazy(X)))))
        table = frames.to_pandas(frames.lazy(X, names))
        if not len(table):
            raise NotEnoughDataError("there is no case; at least 1 is needed")
        return table.reset_index(drop=True)

    def _times(
        self, table: pd.DataFrame
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
        duration = _finite(table, self.duration_col)
        event = _finite(table, self.event_col)
        if bad := int((~np.isin(event, (0.0, 1.0))).sum()):
            raise DataContractError(
                f"{bad:,} of {len(event):,} values of {self.event_col!r} are neither 0 nor 1"
            )
        entry = np.full(len(table), -1.0)
        if self.entry_col is not None:
            entry = _finite(table, self.entry_col)
            if bad := int(((entry >= duration) & (entry > 0)).sum()):
                raise DataContractError(
                    f"{bad:,} of {len(entry):,} cases have an entry at or after their duration and "
                    "were never under observation; leave them out"
                )
        return duration, event == 1.0, entry

    def _fit(
        self,
        duration: NDArray[np.float64],
        event: NDArray[np.bool_],
        entry: NDArray[np.float64],
        exog: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Coefficients of the standardised columns; fills the table of the plain ones."""
        from scipy.special import ndtr, ndtri

        beta, error, self.log_likelihood_ = np.empty(0), np.empty(0), float("nan")
        if exog.shape[1]:
            beta, error, self.log_likelihood_ = _partial_likelihood(
                duration, event, entry, exog, self.ties
            )
        self.converged_ = bool((np.abs(beta) < _RUNAWAY).all() and (error < _RUNAWAY).all())
        if not self.converged_:
            notices.warn(
                "the Cox fit ran off: a level or number seems to decide who ends, so that its "
                "hazard ratio has no finite estimate; merge rare levels, or use "
                "DiscreteTimeHazard, which shrinks",
                ConvergenceWarning,
            )
        plain, plain_error = beta / self._design.spread, error / self._design.spread
        half = float(ndtri((1 + self.level) / 2)) * plain_error
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self.coefficients_ = pd.DataFrame(
                {
                    "term": [term.name for term in self._design.terms],
                    "coefficient": plain,
                    "standard_error": plain_error,
                    "hazard_ratio": np.exp(plain),
                    "low": np.exp(plain - half),
                    "high": np.exp(plain + half),
                    "p_value": 2 * ndtr(-np.abs(plain / plain_error)),
                }
            )
        return beta


def _partial_likelihood(
    duration: NDArray[np.float64],
    event: NDArray[np.bool_],
    entry: NDArray[np.float64],
    exog: NDArray[np.float64],
    ties: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    import warnings

    from statsmodels.duration.hazard_regression import PHReg

    # A case that is never at risk (duration 0, or one that leaves before the first end) is no row
    # of the likelihood, but statsmodels wants none of duration 0.
    held = duration > 0
    # A case is at risk after its entry; statsmodels counts it from its entry on: a hair later.
    delayed = {"entry": np.nextafter(entry[held], np.inf)} if (entry > 0).any() else {}
    model = PHReg(duration[held], exog[held], status=event[held].astype(int), ties=ties, **delayed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # told once, in our own words, by the coefficients
        fitted = model.fit(disp=0)
        errors = np.asarray(fitted.bse, np.float64)
    return np.asarray(fitted.params, np.float64), errors, float(fitted.llf)


def _breslow(
    duration: NDArray[np.float64],
    event: NDArray[np.bool_],
    entry: NDArray[np.float64],
    risk: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of the ends and the cumulative baseline hazard at them: Σ d / Σ risk."""
    at, ended = np.unique(duration[event], return_counts=True)
    leaving = np.argsort(duration, kind="stable")
    gone = np.concatenate(([0.0], np.cumsum(risk[leaving])))
    came = np.argsort(entry, kind="stable")
    entered = np.concatenate(([0.0], np.cumsum(risk[came])))
    at_risk = entered[np.searchsorted(entry[came], at)] - gone[
        np.searchsorted(duration[leaving], at)
    ]  # fmt: skip
    return at, np.cumsum(ended / at_risk)


def _finite(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    column = table[name]
    if not (hazards.is_number(column) or pd.api.types.is_bool_dtype(column.dtype)):
        raise DataContractError(f"{name!r} must hold numbers, it holds {column.dtype}")
    values: NDArray[np.float64] = column.to_numpy(np.float64, na_value=np.nan)
    if bad := int((~(values >= 0) | ~np.isfinite(values)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {name!r} are missing, infinite or negative"
        )
    return values
