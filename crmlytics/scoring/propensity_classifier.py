"""How likely each customer is to leave, to buy, to answer: one engine that is hard to misuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import batches, checks, frames, notices, saving
from crmlytics.errors import DataContractError, DataQualityWarning
from crmlytics.scoring import (
    _boosting,
    _calibration,
    _features,
    _folds,
    _logistic,
    _near_duplicates,
    _out_of_fold,
    _raw_columns,
    _reasons,
    _reports,
    _saved_classifiers,
    _saved_parts,
    _selection,
    _targets,
    _threads,
    _woe_model,
)
from crmlytics.scoring.table_preparation import TablePreparation

if TYPE_CHECKING:
    from pathlib import Path

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawTable

_SHRINKAGE = 10.0
_LEAST_ROWS = 10


class PropensityClassifier(ClassifierMixin, BaseEstimator):
    """Give each row the probability of an outcome, with its reasons and how far to trust it.

    Parameters
    ----------
    model : {"auto", "logistic", "boosting", "scorecard"}
        ``"logistic"``: splines and levels, additive. ``"boosting"``: small trees, for
        interactions. ``"scorecard"``: a few bins per column, additive. ``"auto"``: the simplest of
        the three, in the order scorecard, logistic, boosting, whose loss on unseen rows is within
        one standard error of the best.
    boosting : {"sklearn", "lightgbm"}
        Whose trees; LightGBM is the extra ``boost``.
    calibrate : {"auto", "sigmoid", "never"}
        Shift and stretch the log-odds; ``"auto"``: only if unseen rows fit better for it.
    preparation : TablePreparation or None
        Which columns are known too late, are ids, are codes … None: as they come.
    cv : int or splitter
        Folds on which candidates are compared: shuffled, groups kept together; or a splitter such
        as `crmlytics.customers.PurgedSnapshotSplit` for rows that follow each other in time.
    n_threads : int
        Threads of linear algebra and trees.
    random_state : int, Generator or None
        Deals the folds and seeds the trees.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The two outcomes in sorted order; scores are about the second.
    model_ : str
        The model chosen.
    candidates_ : DataFrame
        One row per model tried: ``model``, ``log_loss`` (unseen rows), ``behind`` (mean loss above
        the best's), ``se`` (of the paired differences), ``chosen``.
    calibration_ : tuple of shift and stretch
        Calibrated log-odds are shift + stretch × log-odds; (0, 1): not calibrated.
    beats_constant_ : bool
        Whether on unseen rows the loss is lower than that of the base rate by more than two
        standard errors of the paired differences, before calibration and after.
    preparation_ : TablePreparation
        The fitted preparation: `columns_`, `dropped_`, `leak_report_`.
    out_of_fold_ : DataFrame
        Of every row tested: ``row`` (position), ``fold``, ``outcome`` (1 = the second class),
        ``probability`` by a model that has not seen it.
    baseline_ : float
        Log-odds from which the contributions count.
    contribution_columns_ : list of str
        Raw columns of `contributions`, in order.

    Notes
    -----
    No row is resampled and no class weighted: both ruin the probabilities and leave the ranking as
    it was. Nothing is tuned: each model has one conservative setting. `predict` names the likelier
    outcome, as scikit-learn asks; whom to contact depends on what a contact costs and brings, see
    `crmlytics.evaluation`. The rows of `out_of_fold_` chose the model: with three candidates this
    flatters it by a small part of a standard error.

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R. and Stone, C. (1984). Classification and Regression
    Trees. Wadsworth. Section 3.4.3.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from crmlytics.scoring import PropensityClassifier
    >>> rng = np.random.default_rng(1)
    >>> plan = rng.choice(["monthly", "yearly"], 600)
    >>> calls = rng.poisson(2.0, 600)
    >>> risk = 1 / (1 + np.exp(1.0 - 0.6 * calls + 2.0 * (plan == "yearly")))
    >>> customers = pd.DataFrame({"plan": plan, "calls": calls, "left": rng.random(600) < risk})
    >>> churn = PropensityClassifier(model="logistic", random_state=0).fit(customers, "left")
    >>> churn.beats_constant_
    True
    >>> new = pd.DataFrame({"plan": ["monthly", "yearly"], "calls": [6, 0]})
    >>> churn.predict_proba(new)[:, 1].round(1).tolist()
    [0.9, 0.1]
    >>> churn.reasons(new, n=1)["text"].tolist()
    ['calls = 6 (+1.6)', 'calls = 0 (-1.3)']
    """

    _report: pd.DataFrame | None

    def __init__(
        self,
        *,
        model: Literal["auto", "logistic", "boosting", "scorecard"] = "auto",
        boosting: Literal["sklearn", "lightgbm"] = "sklearn",
        calibrate: Literal["auto", "sigmoid", "never"] = "auto",
        preparation: TablePreparation | None = None,
        cv: Any = 5,
        n_threads: int = 1,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.boosting = boosting
        self.calibrate = calibrate
        self.preparation = preparation
        self.cv = cv
        self.n_threads = n_threads
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Learn from a frame of any engine and its outcomes.

        Parameters
        ----------
        X : frame, or array of shape (n, columns)
            One row per case.
        y : array of shape (n,), or str
            The outcome, two values; or the name of its column in `X`.
        groups : array of shape (n,), str, frame or None
            What must not be torn apart by folds, such as the customer; a name is that of a column
            of `X`, which then is no feature. A frame goes to the splitter in `cv` as it is.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If outcomes are missing or more than two, or the table breaks the frame contract.
        NotEnoughDataError
            If there are fewer than ten rows of either outcome, or no column can be used.
        """
        self._check_options()
        X = _raw_columns.held(X)
        _targets.read(X, y, at_least=_LEAST_ROWS)
        group_values, group_codes = self._groups(X, groups)
        self.preparation_ = self._new_preparation(groups)
        table, target = self.preparation_.read_fitting_rows(X, y)
        assert target is not None  # noqa: S101 (y was given)
        self.classes_, outcome = target.classes, target.values
        self._remember_columns(X, y)
        seed = int(checks.random_generator(self.random_state).integers(2**31))
        splits = _folds.deal(X, outcome, group_values, cv=self.cv, seed=seed)
        rows = _out_of_fold.tested(splits, outcome, group_codes)
        self._seed, self._tested_group, self._report = seed, rows.group, None
        with _threads.capped(self.n_threads):
            margin = self._choose(table, outcome, splits, rows, seed)
            self._fit_chosen(table, outcome, seed)
            self.calibration_, unseen = _calibration.decide(margin, rows, self.calibrate)
        self.baseline_ = float(self.calibration_.apply(np.array([self._model.base]))[0])
        self._compare_with_constant(margin, unseen, rows)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities of the two outcomes, in the order of `classes_`: shape (n, 2)."""
        p = _probability(self.decision_function(X))
        return np.column_stack([1.0 - p, p])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier outcome of each row."""
        check_is_fitted(self, "model_")
        found: NDArray[Any] = self.classes_[(self.decision_function(X) > 0).astype(np.int64)]
        return found

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log-odds of the second outcome: shape (n,)."""
        check_is_fitted(self, "model_")
        return self._log_odds(self._read(X))

    def contributions(self, X: Any) -> NDArray[np.float64]:
        """Log-odds that each raw column adds: shape (n, number of `contribution_columns_`).

        For ``"logistic"``, ``"scorecard"`` and LightGBM they and `baseline_` add up to
        `decision_function`. For scikit-learn's trees they are approximate: the mean fall of the
        log-odds when the column takes the values of 16 customers drawn at fitting.
        """
        check_is_fitted(self, "model_")
        return self._contributions(self._read(X))

    def reasons(self, X: IntoFrameT, n: int = 3, *, key_col: str | None = None) -> IntoFrameT:
        """Return the strongest reasons of each row's score, in words.

        Parameters
        ----------
        X : frame
            The rows, any engine.
        n : int
            Reasons per row at most.
        key_col : str or None
            Column that tells the rows apart; None: their position.

        Returns
        -------
        frame
            The kind of `X`, strongest first within a row: `key_col` (or ``row``, from 0),
            ``rank``, ``column``, ``value``, ``contribution`` (signed log-odds), ``text`` such as
            ``Contract = Month-to-month (+0.9)``. Columns that say the same are one reason.

        Raises
        ------
        ColumnNotFoundError
            If a column is not there.
        """
        check_is_fitted(self, "model_")
        checks.whole_number("n", n, at_least=1)
        if key_col is not None:
            checks.columns(frames.column_names(X), {"key_col": key_col})
            checks.free_names([key_col], ["rank", "column", "value", "contribution", "text"])
        # One collect: an engine may give its rows in another order the next time.
        held = frames.collect(frames.lazy(X))
        table = self.preparation_.reading_.read(held)
        found = _reasons.strongest(self._contributions(table), table, self._duplicates, n)
        shown = found.column.shape[1]
        keys = (
            np.arange(table.n) if key_col is None else frames.arrays(held.select(key_col))[key_col]
        )
        columns = {
            "row" if key_col is None else key_col: np.repeat(keys, shown),
            "rank": np.tile(np.arange(1, shown + 1), table.n),
            **{name: getattr(found, name).ravel() for name in found._fields},
        }
        return frames.from_arrays(columns, like=X)

    def append_scores(self, X: IntoFrameT, *, score_col: str = "probability") -> IntoFrameT:
        """Append each row's probability of the second outcome, on the engine that holds the rows.

        Parameters
        ----------
        X : frame
            Any engine; Spark scores on its executors, DuckDB and polars slice by slice, so the
            frame may be bigger than memory.
        score_col : str
            Name of the new column.

        Returns
        -------
        frame
            The kind of `X` with the column `score_col` added.

        Raises
        ------
        ColumnNotFoundError
            If a column is not there.
        DataContractError
            If `score_col` is there already.
        """
        check_is_fitted(self, "model_")
        reading = self.preparation_.reading_

        def kernel(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            return {score_col: _probability(self._log_odds(reading.read_arrays(arrays)))}

        return batches.map_batches(
            X, kernel, inputs=list(reading.schemas), outputs={score_col: "float"}
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    @property
    def report_(self) -> pd.DataFrame:
        """How good the scores of unseen rows are.

        One row per ``measure`` with ``value``, its 95 % interval ``low`` to ``high``, and ``n``:
        auc, log_loss, brier, calibration_slope and calibration_in_the_large (1 and 0 are right),
        lift_top_10 and calibration_error, beside which ``floor`` says what perfectly calibrated
        scores would stay below in 95 of 100 cases.
        """
        check_is_fitted(self, "model_")
        if self._report is None:
            seen = self.out_of_fold_
            self._report = _reports.report(
                seen["outcome"].to_numpy(),
                seen["probability"].to_numpy(),
                self._tested_group,
                seed=self._seed,
            )
        return pd.DataFrame(self._report)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the fitted model as JSON text, and write it to `path` if one is given.

        Rows fitted on are not in it, so `out_of_fold_` is not; levels of categories are. Trees of
        scikit-learn have no JSON form; use `to_skops`.
        """
        check_is_fitted(self, "model_")
        if self.model_ == "boosting" and self.boosting == "sklearn":
            raise DataContractError(
                "the trees of scikit-learn cannot be written as JSON; use to_skops, or "
                "boosting='lightgbm'"
            )
        content = _saved_classifiers.content(self) | {"fitted": _saved_parts.model(self._model)}
        return saving.dump(_saved_parts.FORMAT, type(self).__name__, content, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read what `to_json` wrote, from its text or its path."""
        content = saving.load(_saved_parts.FORMAT, cls.__name__, source)
        found = _saved_classifiers.restored(cls, content)
        found._model = _saved_parts.read_model(found.model_, content["fitted"])  # noqa: SLF001
        return found

    def to_skops(self, path: str | Path) -> None:
        """Write the fitted model, of whichever kind, to a file of skops (extra ``persist``)."""
        check_is_fitted(self, "model_")
        _saved_classifiers.write_skops(self, self._model, path)

    @classmethod
    def from_skops(cls, path: str | Path) -> Self:
        """Read what `to_skops` wrote.

        Nothing is unpickled, and a file that holds anything but scikit-learn's trees and numbers is
        refused.
        """
        found, model = _saved_classifiers.read_skops(cls, path)
        found._model = model  # noqa: SLF001
        return found

    def _check_options(self) -> None:
        checks.word("model", self.model, ("auto", "logistic", "boosting", "scorecard"))
        checks.word("boosting", self.boosting, ("sklearn", "lightgbm"))
        checks.word("calibrate", self.calibrate, ("auto", "sigmoid", "never"))
        checks.whole_number("n_threads", self.n_threads, at_least=1)

    def _remember_columns(self, X: Any, y: Any) -> None:
        """Note the columns under scikit-learn's names; an array has none."""
        names = [name for name in frames.column_names(X) if not (isinstance(y, str) and name == y)]
        self.n_features_in_ = len(names)

    def _groups(self, X: Any, groups: Any) -> tuple[Any, NDArray[np.int64] | None]:
        """Return what the splitter gets, and the number of each row's group for standard errors."""
        is_frame = hasattr(groups, "collect_schema") or hasattr(groups, "columns")
        if groups is None or is_frame:
            return groups, None
        values, _ = _targets.column_or_array(X, groups, "groups")
        return values, pd.factorize(values)[0].astype(np.int64)

    def _new_preparation(self, groups: Any) -> TablePreparation:
        given = TablePreparation() if self.preparation is None else self.preparation
        options = given.get_params() | {"form": "tree"}
        if isinstance(groups, str):
            options["ignore"] = [*options["ignore"], groups]
        return TablePreparation(**options)

    def _fitters(self, seed: int) -> dict[str, _out_of_fold.Fit]:
        fitters: dict[str, _out_of_fold.Fit] = {
            "scorecard": lambda f, y: _woe_model.fit(f, y, shrinkage=_SHRINKAGE),
            "logistic": _logistic.fit,
            "boosting": lambda f, y: _boosting.fit(
                f, y, kind=self.boosting, n_threads=self.n_threads, seed=seed
            ),
        }
        return {name: fit for name, fit in fitters.items() if self.model in ("auto", name)}

    def _choose(
        self,
        table: RawTable,
        y: NDArray[np.float64],
        splits: list[_folds.Split],
        rows: _out_of_fold.TestRows,
        seed: int,
    ) -> NDArray[np.float64]:
        margins = {
            name: _out_of_fold.margins(fit, self.preparation_, table, y, splits)
            for name, fit in self._fitters(seed).items()
        }
        self.candidates_ = _selection.compare(margins, rows)
        self.model_ = str(self.candidates_.loc[self.candidates_["chosen"], "model"].iloc[0])
        return margins[self.model_]

    def _fit_chosen(self, table: RawTable, y: NDArray[np.float64], seed: int) -> None:
        features = _features.apply(self.preparation_.plans_, table)
        self._model = self._fitters(seed)[self.model_](features, y)
        self.contribution_columns_ = list(table.columns)
        # Parts of a date are one column already: only columns can be near duplicates.
        whole = [feature for feature in features if feature.name == feature.raw]
        groups = _near_duplicates.group(whole) if whole else []
        self._duplicates = [[whole[j].raw for j in group] for group in groups]
        known = {name for group in self._duplicates for name in group}
        self._duplicates += [[name] for name in table.columns if name not in known]

    def _compare_with_constant(
        self, raw: NDArray[np.float64], unseen: NDArray[np.float64], rows: _out_of_fold.TestRows
    ) -> None:
        constant = _out_of_fold.log_losses(rows.constant, rows.y)
        # Before calibration as well: shrunk towards the base rate, hardly any model is worse.
        losses = [_out_of_fold.log_losses(margin, rows.y) for margin in (raw, unseen)]
        gains = [_out_of_fold.gain(constant - loss, rows.group) for loss in losses]
        self.beats_constant_ = all(gain.mean > 2.0 * gain.se for gain in gains)
        self.out_of_fold_ = pd.DataFrame(
            {
                "row": rows.row,
                "fold": rows.fold,
                "outcome": rows.y.astype(np.int64),
                "probability": _probability(unseen),
            }
        )
        if not self.beats_constant_:
            notices.warn(
                f"the model does not beat the base rate of {rows.y.mean():.1%} for everybody: its "
                f"loss on unseen rows is {losses[0].mean():.4f} against {constant.mean():.4f} "
                f"(gain {gains[0].mean:.4f}, standard error {gains[0].se:.4f}); do not rank "
                "anybody by it",
                DataQualityWarning,
            )

    def _read(self, X: Any) -> RawTable:
        return self.preparation_.reading_.read(_raw_columns.as_frame(X, for_model=self))

    def _log_odds(self, table: RawTable) -> NDArray[np.float64]:
        features = _features.apply(self.preparation_.plans_, table)
        with _threads.capped(self.n_threads):
            return self.calibration_.apply(self._model.margin(features))

    def _contributions(self, table: RawTable) -> NDArray[np.float64]:
        """Contributions of raw columns: those of a date's parts are summed."""
        plans = self.preparation_.plans_
        with _threads.capped(self.n_threads):
            parts = self._model.contributions(_features.apply(plans, table))
        place = {name: j for j, name in enumerate(self.contribution_columns_)}
        found = np.zeros((table.n, len(place)))
        for j, plan in enumerate(plans):
            found[:, place[plan.raw]] += parts[:, j]
        return self.calibration_.stretch * found


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import expit

    found: NDArray[np.float64] = expit(log_odds)
    return found
