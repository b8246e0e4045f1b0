"""Who will buy nothing for a while: a model over snapshots, for customers without a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, periods
from crmlytics._core.events import read_events
from crmlytics.churn._churn_reports import report_table
from crmlytics.customers import PurgedSnapshotSplit, snapshot_audit, snapshots
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_NOT_FEATURES = ("cutoff", "outcome_purchases", "outcome_money", "churned")
_SCORES = ("churn_probability", "reasons")


class ChurnModel(BaseEstimator):
    """Learn from the past who buys nothing for a while, and score today's customers.

    Parameters
    ----------
    horizon : int
        A customer churns who buys nothing for so long, in `unit`.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of all spans. Weeks are 7 days; months and longer go by the calendar.
    active_within : int or None
        Whom the question is about: customers who bought within this time before the day, in
        `unit`; None: all who ever bought.
    lookback : int, optional
        Length of the history that features see, in `unit`. None takes all there is.
    gap : int
        Time between the day and the outcome window, in `unit`: the time it takes to act.
    windows : sequence of int, optional
        Recent windows of the features, as for `crmlytics.customers.snapshots`.
    n_cutoffs : int
        Past days to learn from at most; `gap` + `horizon` apart, so that no outcome overlaps, and
        with at least a `horizon` of history before each.
    model : {"auto", "logistic", "boosting", "scorecard"}
        As for `crmlytics.scoring.PropensityClassifier`.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; with it there are features of money, and a negative amount is a refund, no purchase.
    valid_from_col : str
        Column of the frame of attributes with the day from which a row holds.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.
    random_state : int, Generator or None
        Deals customers to folds and seeds the trees.

    Attributes
    ----------
    model_ : PropensityClassifier
        The fitted one; `model_.candidates_` compares the models tried.
    cutoffs_ : list of date
        Past days learnt from.
    audit_ : DataFrame
        `crmlytics.customers.snapshot_audit` of them.
    tested_on_ : {"later cutoffs", "other customers"}
        How the report was come by: on cut-offs after those that taught, and other customers; or,
        where the history holds one outcome only, on other customers of the same days.
    report_ : DataFrame
        On customers and days that did not teach: ``measure`` (AUC, log-loss, Brier score,
        calibration, lift …), ``value``, ``low``, ``high``, ``n``.
    beats_constant_ : bool
        Whether the model foretells better than the mean churn rate.
    training_ : DataFrame
        Features and outcomes learnt from, without the customers.

    See Also
    --------
    ContractChurnModel : For customers who must end a contract to leave.

    Notes
    -----
    Each past day is seen as it was (`crmlytics.customers.snapshots`): features strictly before,
    the outcome in the window after, nothing learnt from an outcome that was not over at the day
    tested (`crmlytics.customers.PurgedSnapshotSplit`). No row is resampled or weighted, so that the
    probabilities are probabilities; whom to contact follows from them and from money, with
    `crmlytics.evaluation.optimal_cutoff`, not from a cut at 0.5.

    References
    ----------
    Gür Ali, Ö. and Arıtürk, U. (2014). Dynamic churn prediction framework with more effective use
    of rare event data. Expert Systems with Applications 41(17), 7889-7903.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.churn import ChurnModel
    >>> from crmlytics.datasets import make_transactions
    >>> log = make_transactions(500, random_state=1).transactions
    >>> model = ChurnModel(horizon=90, unit="D", active_within=365, model="logistic",
    ...                    random_state=0)
    >>> model = model.fit(log, as_of=dt.date(2024, 12, 31))
    >>> model.tested_on_, model.beats_constant_
    ('later cutoffs', True)
    >>> scores = model.predict(log, as_of=dt.date(2024, 12, 31))
    >>> scores.columns.tolist()
    ['customer_id', 'recency_days', 'purchases', 'churn_probability', 'reasons']
    """

    def __init__(
        self,
        *,
        horizon: int,
        unit: periods.Unit,
        active_within: int | None,
        lookback: int | None = None,
        gap: int = 0,
        windows: Sequence[int] | None = None,
        n_cutoffs: int = 4,
        model: Literal["auto", "logistic", "boosting", "scorecard"] = "auto",
        customer_col: str = "customer_id",
        date_col: str = "date",
        amount_col: str | None = None,
        valid_from_col: str = "valid_from",
        tz: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.horizon = horizon
        self.unit = unit
        self.active_within = active_within
        self.lookback = lookback
        self.gap = gap
        self.windows = windows
        self.n_cutoffs = n_cutoffs
        self.model = model
        self.customer_col = customer_col
        self.date_col = date_col
        self.amount_col = amount_col
        self.valid_from_col = valid_from_col
        self.tz = tz
        self.random_state = random_state

    def fit(self, events: Any, y: object = None, *, as_of: dt.date, attributes: Any = None) -> Self:  # noqa: ARG002
        """Learn from the history up to the end of `as_of`.

        Parameters
        ----------
        events : frame
            One row per purchase or order line, from any engine.
        y : None
            Not used: the outcomes are in the events.
        as_of : date
            Last day to the end of which the data are complete; later rows do not exist.
        attributes : frame, optional
            Slowly changing attributes, as for `crmlytics.customers.snapshots`.

        Returns
        -------
        ChurnModel
            The model itself.

        Raises
        ------
        ColumnNotFoundError, DataContractError
            If a named column is not there; if values are missing or of the wrong type.
        NotEnoughDataError
            If the history is shorter than twice the horizon and the gap, or fewer than ten
            customers churned or stayed.
        """
        from crmlytics.scoring import PropensityClassifier

        day = checks.day("as_of", as_of)
        self.cutoffs_ = self._cutoffs(events, day)
        options: dict[str, Any] = {
            "cutoffs": self.cutoffs_, "horizon": self.horizon, "as_of": day, **self._spans()
        }  # fmt: skip
        table = self._snapshots(events, attributes, **options)
        audit = snapshot_audit(events, **{k: v for k, v in options.items() if k != "windows"})
        self.audit_: pd.DataFrame = frames.to_pandas(frames.lazy(audit))
        groups, purged = table[[self.customer_col, "cutoff"]], self._splitter()
        try:
            next(purged.split(groups))
        except NotEnoughDataError:
            how: dict[str, Any] = {"cv": 5}
            rows: Any = groups[self.customer_col].to_numpy()
            self.tested_on_ = "other customers"
        else:
            how, rows = {"cv": purged}, groups
            self.tested_on_ = "later cutoffs"
        features = table.drop(columns=[self.customer_col, *_in(table)])
        classifier = PropensityClassifier(model=self.model, random_state=self.random_state, **how)
        self.model_ = classifier.fit(features, table["churned"].to_numpy(), groups=rows)
        self.beats_constant_ = bool(self.model_.beats_constant_)
        unseen = self.model_.out_of_fold_
        self.report_ = report_table(unseen["outcome"], unseen["probability"])
        self.training_ = features.assign(churned=table["churned"], cutoff=table["cutoff"])
        return self

    def predict(
        self, events: IntoFrameT, *, as_of: dt.date, attributes: Any = None, n_reasons: int = 3
    ) -> IntoFrameT:
        """Score the customers of the end of the day `as_of`.

        Parameters
        ----------
        events : frame
            One row per purchase or order line, from any engine.
        as_of : date
            Day of the analysis, inclusive to its end: later rows do not exist.
        attributes : frame, optional
            As for `fit`.
        n_reasons : int
            Most reasons per customer.

        Returns
        -------
        frame
            The kind that came in, one row per customer in question, ordered by customer: the
            customer, ``recency_days``, ``purchases``, with `amount_col` ``money``,
            ``churn_probability`` (of no purchase in the window after) and ``reasons`` (in words,
            with what each adds to the log-odds).

        Raises
        ------
        NotEnoughDataError
            If no customer was active.
        """
        check_is_fitted(self, "model_")
        checks.whole_number("n_reasons", n_reasons, at_least=1)
        checks.free_names([self.customer_col], _SCORES)
        table = self._today(events, as_of, attributes)
        features = table.drop(columns=[self.customer_col, "cutoff"])
        told = self._told(table, n_reasons)
        reasons = told.groupby("row")["text"].agg("; ".join).reindex(range(len(table)))
        shown = ["recency_days", "purchases"] + ["money"] * (self.amount_col is not None)
        columns: dict[str, NDArray[Any]] = {self.customer_col: table[self.customer_col].to_numpy()}
        columns |= {name: table[name].to_numpy() for name in shown}
        columns["churn_probability"] = self.model_.predict_proba(features)[:, 1]
        columns["reasons"] = reasons.astype(object).where(reasons.notna(), None).to_numpy(object)
        return frames.from_arrays(columns, like=events)

    def reasons(
        self, events: IntoFrameT, *, as_of: dt.date, attributes: Any = None, n_reasons: int = 3
    ) -> IntoFrameT:
        """Give the strongest reasons of each customer's score, one a row.

        Parameters
        ----------
        events : frame
            One row per purchase or order line, from any engine.
        as_of : date
            Day of the analysis, inclusive to its end.
        attributes : frame, optional
            As for `fit`.
        n_reasons : int
            Most reasons per customer.

        Returns
        -------
        frame
            The kind that came in, strongest first within a customer: the customer, ``rank``,
            ``column``, ``value``, ``contribution`` (to the log-odds of leaving) and ``text``.
        """
        check_is_fitted(self, "model_")
        checks.whole_number("n_reasons", n_reasons, at_least=1)
        table = self._today(events, as_of, attributes)
        told = self._told(table, n_reasons)
        customer = table[self.customer_col].to_numpy()[told.pop("row").to_numpy()]
        columns = {str(name): told[name].to_numpy() for name in told}
        return frames.from_arrays({self.customer_col: customer} | columns, like=events)

    def drift(
        self,
        events: Any,
        *,
        as_of: dt.date,
        attributes: Any = None,
        alarm: Literal["moderate", "small", "large", "never"] = "moderate",
    ) -> pd.DataFrame:
        """Compare today's customers with those learnt from, feature by feature.

        Parameters
        ----------
        events : frame
            One row per purchase or order line, from any engine.
        as_of : date
            Day of the analysis, inclusive to its end.
        attributes : frame, optional
            As for `fit`.
        alarm : {"moderate", "small", "large", "never"}
            Least verdict that gives a `DriftWarning`.

        Returns
        -------
        DataFrame
            `crmlytics.scoring.drift_table` of the features and of the score; a model whose table
            shows a large drift should be fitted anew.

        Warns
        -----
        DriftWarning
            If a verdict reaches `alarm`.
        """
        from crmlytics.scoring import drift_table

        check_is_fitted(self, "model_")
        table = self._today(events, as_of, attributes)
        sides = [
            side.assign(churn_probability=self.model_.predict_proba(side)[:, 1])
            for side in (
                self.training_.drop(columns=["churned", "cutoff"]),
                table.drop(columns=[self.customer_col, "cutoff"]),
            )
        ]
        return drift_table(sides[0], sides[1], score_col="churn_probability", alarm=alarm)

    def _told(self, table: pd.DataFrame, n_reasons: int) -> pd.DataFrame:
        features = table.drop(columns=[self.customer_col, "cutoff"])
        told: pd.DataFrame = self.model_.reasons(features, n=n_reasons)
        return told[told["text"].notna() & (told["text"] != "")]

    def _spans(self) -> dict[str, Any]:
        names = ("lookback", "active_within", "unit", "gap", "windows", "customer_col", "date_col")
        return {name: getattr(self, name) for name in (*names, "amount_col", "tz")}

    def _splitter(self) -> PurgedSnapshotSplit:
        return PurgedSnapshotSplit(
            horizon=self.horizon, unit=self.unit, gap=self.gap, n_folds=3,
            customer_col=self.customer_col, random_state=self.random_state,
        )  # fmt: skip

    def _cutoffs(self, events: Any, as_of: dt.date) -> list[dt.date]:
        """Past days whose outcome is over and which have a history of some length."""
        checks.word("unit", self.unit, periods.UNITS)
        most = checks.whole_number("n_cutoffs", self.n_cutoffs, at_least=1)
        step = checks.whole_number("horizon", self.horizon, at_least=1) + checks.whole_number(
            "gap", self.gap, at_least=0
        )
        rows = read_events(
            events, id_col=self.customer_col, date_col=self.date_col, as_of=as_of, tz=self.tz
        )
        if rows.first_day is None:
            raise NotEnoughDataError("there are no events; churn needs a history")
        first = periods.from_day_index(rows.first_day)
        earliest = periods.shifted(first, self.horizon, self.unit)
        today = periods.shifted(as_of, 1, "D")
        days = [periods.shifted(today, -step * i, self.unit) for i in range(1, most + 1)]
        kept = [day for day in days if day >= earliest]
        if not kept:
            raise NotEnoughDataError(
                f"the history from {first} to {as_of} is too short: it must hold "
                f"{self.horizon} {self.unit} before the last cutoff {days[0]}; shorten horizon or "
                "gap"
            )
        return sorted(kept)

    def _today(self, events: Any, as_of: dt.date, attributes: Any) -> pd.DataFrame:
        day = checks.day("as_of", as_of)
        options: dict[str, Any] = self._spans() | {"gap": 0}
        table = self._snapshots(
            events, attributes, cutoffs=periods.shifted(day, 1, "D"), horizon=None, as_of=day,
            **options,
        )  # fmt: skip
        if not len(table):
            raise NotEnoughDataError(
                f"no customer bought within {self.active_within} {self.unit} before the end of "
                f"{day}; nobody is there to leave"
            )
        return table

    def _snapshots(self, events: Any, attributes: Any, **options: Any) -> pd.DataFrame:
        if attributes is not None:
            options |= {"attributes": attributes, "valid_from_col": self.valid_from_col}
        table = frames.to_pandas(frames.lazy(snapshots(events, **options)))
        # A nullable integer comes back as an object from some engines: floats say the same.
        counts = [name for name in table if table[name].dtype == object and _is_count(table[name])]
        return table.astype(dict.fromkeys(counts, np.float64)).reset_index(drop=True)


def _in(table: pd.DataFrame) -> list[str]:
    return [name for name in _NOT_FEATURES if name in table]


def _is_count(column: pd.Series[Any]) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) == "integer"
