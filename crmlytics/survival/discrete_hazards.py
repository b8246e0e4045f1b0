"""How long until, for each case by what is known of it: hazards period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import _hazard_classifier as hazards
from crmlytics.survival import _person_periods as periods
from crmlytics.survival._accumulation import refuse_accumulating

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class DiscreteTimeHazard(BaseEstimator):
    r"""Estimate in which period each case ends, with any classifier.

    Parameters
    ----------
    features : sequence of str
        Columns to predict from: numbers, dates and names; what was known at the start, or does not
        change. Empty: one curve for everybody, that of the life table.
    estimator : classifier, optional
        Has ``predict_proba``; gets a pandas frame of the features as they came in and a column
        with the number of the period. None: logistic regression with splines, in which features
        and period add up on the scale of log-odds. A booster lets the effects change with time.
    duration_col : str
        Periods until the end, or until the case was last seen, whole numbers: a case that ended
        in its first period has 1, one just begun has 0.
    event_col : str
        1 where the end was seen, 0 where the case is still open.
    cause_col : str, optional
        In place of `event_col`: the cause of the end, missing where the case is still open.
    entry_col : str, optional
        Periods that were over when the case came under observation (delayed entry).
    period_col : str
        Name of the column that tells the estimator the period.
    known_at_start : sequence of str
        Features that rise with the duration and are vouched for as known from the start.

    Attributes
    ----------
    estimator_ : classifier
        The fitted one.
    causes_ : list
        The causes, sorted; ``["event"]`` with `event_col`.
    last_period_ : int
        Last period in which anybody was at risk: nothing later is predicted.
    n_cases_, n_events_ : int
        Cases, and ends seen.
    n_rows_ : int
        Weighted rows that the classifier learnt from.

    Raises
    ------
    DataContractError
        If a feature accumulates with the duration, such as everything paid so far: its rank
        correlation with it is 0.8 or more. It is known at the end only, and would tell it.

    Notes
    -----
    The hazard :math:`h_k(x) = P(T = k \mid T \ge k, x)` is a probability, so a classifier of
    "ends in this period" over one row per case and period at risk estimates it, open cases
    included (Singer and Willett 1993); equal rows are merged into one with a weight. Then
    :math:`S_k = \prod_{j \le k} (1 - h_j)`, and with causes c
    :math:`F_{c,k} = \sum_{j \le k} S_{j-1} h_{c,j}`. Rows grow with the product of distinct cases
    and periods: choose longer periods for long lives.

    References
    ----------
    Singer, J. D. and Willett, J. B. (1993). It's About Time: Using Discrete-Time Survival Analysis
    to Study Duration and the Timing of Events. Journal of Educational Statistics 18, 155-195.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.survival import DiscreteTimeHazard
    >>> contracts = pd.DataFrame({
    ...     "months": [1, 1, 2, 3, 3, 3] * 20, "left": [1, 1, 1, 0, 0, 1] * 20,
    ... })
    >>> model = DiscreteTimeHazard([], duration_col="months", event_col="left").fit(contracts)
    >>> model.survival(contracts.head(1), times=[1, 2, 3, 4]).round(3).tolist()
    [[0.667, 0.5, 0.333, nan]]
    """

    def __init__(
        self,
        features: Sequence[str],
        estimator: Any = None,
        *,
        duration_col: str = "duration",
        event_col: str = "event",
        cause_col: str | None = None,
        entry_col: str | None = None,
        period_col: str = "period",
        known_at_start: Sequence[str] = (),
    ) -> None:
        self.features = features
        self.estimator = estimator
        self.duration_col = duration_col
        self.event_col = event_col
        self.cause_col = cause_col
        self.entry_col = entry_col
        self.period_col = period_col
        self.known_at_start = known_at_start

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn from cases.

        Parameters
        ----------
        X : frame
            One row per case, of any engine: the features, the duration, and what ended it.
        y : None
            Not used.

        Returns
        -------
        DiscreteTimeHazard
            The model itself.
        """
        table = self._read(X, self._roles())
        features = table[list(self.features)]
        duration = _whole(table, self.duration_col)
        entry = (
            np.zeros(len(table), np.int64)
            if self.entry_col is None
            else _whole(table, self.entry_col)
        )
        outcome = self._outcomes(table)
        _check_times(duration, entry, outcome, self.duration_col)
        numeric = {
            str(name): hazards.numbers(features[name])
            for name in features
            if hazards.is_number(features[name])
        }
        refuse_accumulating(numeric, duration, self.known_at_start)
        first, kind = periods.distinct_rows(features)
        cells = periods.person_periods(kind, duration, outcome, entry, len(self.causes_) + 1)
        if not len(cells.period):
            raise NotEnoughDataError("no case was at risk in any period; at least 1 is needed")
        self.last_period_ = int(cells.period.max())
        self.n_cases_, self.n_events_ = len(table), int((outcome > 0).sum())
        self.n_rows_ = len(cells.period)
        if not self.n_events_:
            raise NotEnoughDataError(
                f"{self.event_col if self.cause_col is None else self.cause_col!r} shows no end "
                "among these cases; at least 1 is needed"
            )
        rows = self._rows(features.iloc[first], cells.kind, cells.period)
        estimator = (
            hazards.default_classifier(features, self.period_col)
            if self.estimator is None
            else clone(self.estimator)
        )
        self.estimator_ = hazards.fit(estimator, rows, cells.outcome, cells.weight)
        return self

    def hazard(self, X: Any, *, times: Sequence[int]) -> NDArray[np.float64]:
        """Return the probability to end in each period of those who are open when it begins.

        Parameters
        ----------
        X : frame
            One row per case with the features.
        times : sequence of int
            Periods, from 1.

        Returns
        -------
        ndarray of shape (n_cases, n_times)
            Of all causes together; NaN beyond `last_period_`.
        """
        wanted = _times(times, at_least=1)
        by_cause = self._hazards(X, int(wanted.max()))
        found: NDArray[np.float64] = by_cause.sum(axis=2)[:, wanted - 1]
        return found

    def survival(self, X: Any, *, times: Sequence[int], age: Any = 0) -> NDArray[np.float64]:
        """Return the probability to be open still after so many more periods.

        Parameters
        ----------
        X : frame
            One row per case with the features.
        times : sequence of int
            Periods ahead, from 0.
        age : int, array-like or str
            Periods that each case has lasted already, or the column that says so: the probability
            is that of lasting `times` more given this age.

        Returns
        -------
        ndarray of shape (n_cases, n_times)
            NaN where age and time together lie beyond `last_period_`.
        """
        wanted = _times(times, at_least=0)
        ages = self._ages(X, age)
        curve = self._survival(X, ages, int(wanted.max()))
        rows = np.arange(len(ages))[:, None]
        found: NDArray[np.float64] = curve[rows, ages[:, None] + wanted]
        return found / curve[rows, ages[:, None]]

    def cumulative_incidence(
        self, X: Any, *, times: Sequence[int], age: Any = 0
    ) -> dict[Any, NDArray[np.float64]]:
        """Return, for each cause, the probability to have ended of it after so many more periods.

        Parameters
        ----------
        X : frame
            One row per case with the features.
        times : sequence of int
            Periods ahead, from 0.
        age : int, array-like or str
            As in `survival`.

        Returns
        -------
        dict of ndarray of shape (n_cases, n_times)
            By cause; with the survival they sum to 1.
        """
        wanted = _times(times, at_least=0)
        ages = self._ages(X, age)
        last = int(ages.max(initial=0)) + int(wanted.max())
        by_cause = self._hazards(X, last)
        before = _curves(by_cause)[:, :-1]
        rows = np.arange(len(ages))[:, None]
        found = {}
        for place, cause in enumerate(self.causes_):
            share = np.cumsum(before * by_cause[:, :, place], axis=1)
            share = np.concatenate((np.zeros((len(ages), 1)), share), axis=1)
            gained = share[rows, ages[:, None] + wanted] - share[rows, ages[:, None]]
            found[cause] = gained / _curves(by_cause)[rows, ages[:, None]]
        return found

    def expected_remaining(self, X: Any, *, horizon: int, age: Any = 0) -> NDArray[np.float64]:
        """Return how many of the next `horizon` periods each case is expected to last.

        Parameters
        ----------
        X : frame
            One row per case with the features.
        horizon : int
            Periods ahead, from 1.
        age : int, array-like or str
            As in `survival`.

        Returns
        -------
        ndarray of shape (n_cases,)
            The area under the survival; NaN where it lies beyond `last_period_`.
        """
        ahead = checks.whole_number("horizon", horizon, at_least=1)
        total: NDArray[np.float64] = self.survival(X, times=range(ahead), age=age).sum(axis=1)
        return total

    def _roles(self) -> dict[str, str | None]:
        roles: dict[str, str | None] = {
            f"features[{i}]": name for i, name in enumerate(self.features)
        }
        roles["duration_col"] = self.duration_col
        if self.cause_col is None:
            roles["event_col"] = self.event_col
        return roles | {"cause_col": self.cause_col, "entry_col": self.entry_col}

    def _read(self, X: Any, roles: dict[str, str | None]) -> pd.DataFrame:
        if isinstance(self.features, str):
            raise TypeError(f"features must be a list of columns, got {self.features!r}")
        checks.columns(frames.column_names(X), roles)
        checks.distinct_columns(roles | {"period_col": self.period_col})
        names = [name for name in roles.values() if name is not None]
        if frames.kind_of(X) == "pandas":  # categoricals stay what they are
            table: pd.DataFrame = X[names].reset_index(drop=True)
        else:
            table = frames.to_pandas(frames.lazy(X, names))
        if not len(table):
            raise NotEnoughDataError("there is no case; at least 1 is needed")
        return table

    def _features(self, X: Any) -> pd.DataFrame:
        check_is_fitted(self)
        if not len(self.features):
            n = len(frames.collect(frames.lazy(X)))
            return pd.DataFrame(index=range(n))
        return self._read(X, {f"features[{i}]": name for i, name in enumerate(self.features)})

    def _outcomes(self, table: pd.DataFrame) -> NDArray[np.int64]:
        if self.cause_col is not None:
            code, causes = pd.factorize(table[self.cause_col].astype(object))
            order = np.argsort([str(cause) for cause in causes], kind="stable")
            self.causes_ = [causes[i] for i in order]
            rank = np.empty(len(order) + 1, np.int64)
            rank[order], rank[-1] = np.arange(1, len(order) + 1), 0
            outcome: NDArray[np.int64] = rank[code]
            return outcome
        self.causes_ = ["event"]
        values = pd.to_numeric(table[self.event_col]).to_numpy(np.float64, na_value=np.nan)
        if bad := int((~np.isin(values, (0.0, 1.0))).sum()):
            raise DataContractError(
                f"{bad:,} of {len(values):,} values of {self.event_col!r} are neither 0 nor 1"
            )
        return values.astype(np.int64)

    def _rows(
        self, features: pd.DataFrame, kind: NDArray[np.int64], period: NDArray[np.int64]
    ) -> pd.DataFrame:
        rows = features.iloc[kind].reset_index(drop=True)
        return rows.assign(**{self.period_col: period})

    def _ages(self, X: Any, age: Any) -> NDArray[np.int64]:
        n = len(self._features(X))
        if isinstance(age, str):
            return _whole(self._read(X, {"age": age}), age)
        values = np.broadcast_to(np.asarray(age), (n,))
        return _whole(pd.DataFrame({"age": values}), "age")

    def _hazards(self, X: Any, last: int) -> NDArray[np.float64]:
        """Hazards of shape (n_cases, last, n_causes), NaN beyond the last period seen."""
        features = self._features(X)
        first, kind = periods.distinct_rows(features)
        seen = min(last, self.last_period_)
        found = np.full((len(first), last, len(self.causes_)), np.nan)
        if seen:
            at = np.repeat(np.arange(len(first)), seen)
            period = np.tile(np.arange(1, seen + 1), len(first))
            shares = self.estimator_.predict_proba(self._rows(features.iloc[first], at, period))
            place = {outcome: i for i, outcome in enumerate(self.estimator_.classes_)}
            for i in range(len(self.causes_)):
                column = place.get(i + 1)
                values = np.zeros(len(at)) if column is None else shares[:, column]
                found[:, :seen, i] = values.reshape(len(first), seen)
        return found[kind]

    def _survival(self, X: Any, ages: NDArray[np.int64], ahead: int) -> NDArray[np.float64]:
        return _curves(self._hazards(X, int(ages.max(initial=0)) + ahead))


def _curves(by_cause: NDArray[np.float64]) -> NDArray[np.float64]:
    """Survival after 0, 1, … periods."""
    ones = np.ones((len(by_cause), 1))
    return np.concatenate((ones, np.cumprod(1.0 - by_cause.sum(axis=2), axis=1)), axis=1)


def _whole(table: pd.DataFrame, name: str) -> NDArray[np.int64]:
    if not hazards.is_number(table[name]):
        raise DataContractError(f"{name!r} must hold whole numbers of periods")
    values = hazards.numbers(table[name])
    with np.errstate(invalid="ignore"):
        bad = int((~(values >= 0) | (values != np.floor(values))).sum())
    if bad:
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {name!r} are missing, negative or no whole "
            "numbers; count the periods that have begun, such as np.ceil(days / 30)"
        )
    return values.astype(np.int64)


def _check_times(
    duration: NDArray[np.int64], entry: NDArray[np.int64], outcome: NDArray[np.int64], name: str
) -> None:
    if bad := int(((duration == 0) & (outcome > 0)).sum()):
        raise DataContractError(
            f"{bad:,} cases ended at a duration of 0; {name!r} counts periods that have begun: a "
            "case that ends in its first period has 1"
        )
    if bad := int(((entry >= duration) & (entry > 0)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(entry):,} cases have an entry at or after their duration and were "
            "never under observation; leave them out"
        )


def _times(times: Sequence[int], *, at_least: int) -> NDArray[np.int64]:
    wanted = [checks.whole_number("times", each, at_least=at_least) for each in times]
    if not wanted:
        raise ValueError("times must hold at least one period")
    return np.array(wanted, np.int64)
