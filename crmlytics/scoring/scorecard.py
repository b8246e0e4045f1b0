"""A scorecard: a few bins per column, whole points per bin, a sum that anybody can check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import batches, checks, intervals, notices, saving
from crmlytics.errors import DataQualityWarning
from crmlytics.scoring import (
    _bins,
    _features,
    _points,
    _raw_columns,
    _saved_parts,
    _scorecard_sql,
    _targets,
    _threads,
    _woe_model,
)
from crmlytics.scoring.table_preparation import TablePreparation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_EVENTS_PER_COLUMN = 50
_LEAST_ROWS = 10


class Scorecard(ClassifierMixin, BaseEstimator):
    r"""Score by whole points per bin of each column; missing and unseen values have their bin.

    Parameters
    ----------
    points_to_double : float
        Points by which the odds double.
    base_score, base_odds : float
        The score at odds of `base_odds` to 1.
    high_score : {"likely", "unlikely"}
        Whether a high score means that the event is likely (a lead that buys), or unlikely (a
        credit that is repaid); `base_odds` are the odds of what a high score means.
    monotone : {"none", "all"} or sequence of str
        Numbers whose bins are merged until the rate goes one way: none, all, or these columns.
    shrinkage : float
        Average rows added to each bin, so that few rows do not make an extreme rate; 0 for the
        textbook's weights.
    preparation : TablePreparation or None
        Which columns are known too late, are ids, are codes … None: as they come.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        The two outcomes in sorted order; the event is the second.
    preparation_ : TablePreparation
        The fitted preparation: `columns_`, `dropped_`, `leak_report_`.

    Notes
    -----
    Numbers are cut by an entropy tree of at most 6 leaves with at least 3 % of the rows each;
    levels of fewer than 0.9 % of the rows are pooled with unseen ones; "missing" is a bin of its
    own, also where nothing was missing yet. For a bin with b of B events and g of G others
    :math:`w = \ln\frac{b/B}{g/G}`: positive = the event is more frequent (many texts have the
    opposite sign). The bin's rate is first shrunk to the base rate,
    :math:`(b + m\pi)/(n + m)` with m = `shrinkage`. A logistic regression weighs the columns with
    :math:`\beta`, and a bin gets
    :math:`\pm\text{factor}\,(\beta w + \alpha/K) + \text{offset}/K` points, rounded, where factor
    = points_to_double / ln 2 and offset = base_score − factor · ln(base_odds) over K columns.
    Probabilities are those before rounding. The information value of a bin is
    :math:`(b/B - g/G)\,w`.

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley. Chapters 5 and 6.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.scoring import Scorecard
    >>> leads = pd.DataFrame({
    ...     "source": ["fair"] * 100 + ["web"] * 100,
    ...     "bought": [True] * 80 + [False] * 20 + [True] * 20 + [False] * 80,
    ... })
    >>> card = Scorecard().fit(leads, "bought")
    >>> card.table()[["column", "bin", "n", "events", "woe", "points"]].round(2)
       column        bin    n  events   woe  points
    0  source       fair  100      80  1.22     639
    1  source        web  100      20 -1.22     561
    2  source    (other)    0       0  0.00     600
    3  source  (missing)    0       0  0.00     600
    >>> card.points(pd.DataFrame({"source": ["fair", None]})).tolist()
    [639, 600]
    """

    def __init__(
        self,
        *,
        points_to_double: float = 20.0,
        base_score: float = 600.0,
        base_odds: float = 1.0,
        high_score: Literal["likely", "unlikely"] = "likely",
        monotone: Literal["none", "all"] | Sequence[str] = "none",
        shrinkage: float = 10.0,
        preparation: TablePreparation | None = None,
    ) -> None:
        self.points_to_double = points_to_double
        self.base_score = base_score
        self.base_odds = base_odds
        self.high_score = high_score
        self.monotone = monotone
        self.shrinkage = shrinkage
        self.preparation = preparation

    def fit(self, X: Any, y: Any) -> Self:
        """Learn bins and points from a frame of any engine; `y` is an array or a column of `X`.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If outcomes are missing or more than two, or the table breaks the frame contract.
        NotEnoughDataError
            If there are fewer than ten rows of either outcome, or no column can be used.
        """
        scale = self._scale()
        checks.number("shrinkage", self.shrinkage, at_least=0)
        X = _raw_columns.held(X)
        _targets.read(X, y, at_least=_LEAST_ROWS)
        given = TablePreparation() if self.preparation is None else self.preparation
        self.preparation_ = TablePreparation(**given.get_params() | {"form": "tree"})
        table, target = self.preparation_.read_fitting_rows(X, y)
        assert target is not None  # noqa: S101 (y was given)
        self.classes_, self.n_features_in_ = target.classes, len(self.preparation_.columns_)
        self._check_monotone()
        features = _features.apply(self.preparation_.plans_, table)
        with _threads.capped(1):
            self._model = _woe_model.fit(
                features, target.values, shrinkage=self.shrinkage, monotone=self._is_monotone
            )
        self._points = _points.of_columns(self._model.columns, self._model.intercept, scale)
        self._warn_of_few_events(int(target.values.sum()), table.n)
        return self

    def points(self, X: Any) -> NDArray[np.int64]:
        """Score of each row: the sum of its points."""
        total: NDArray[np.int64] = self.points_by_column(X).sum(axis=1)
        return total

    def points_by_column(self, X: Any) -> NDArray[np.int64]:
        """Points of each row and feature, in the order of `table()`: shape (n, features)."""
        return self._points_of(self._read_features(X))

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities of the two outcomes, in the order of `classes_`: shape (n, 2)."""
        from scipy.special import expit

        features = self._read_features(X)
        p = expit(self._model.margin(features))
        return np.column_stack([1.0 - p, p])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier outcome of each row."""
        check_is_fitted(self, "preparation_")
        found: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)]
        return found

    def append_points(self, X: IntoFrameT, *, score_col: str = "score") -> IntoFrameT:
        """Append each row's score, on the engine that holds the rows, batch by batch."""
        check_is_fitted(self, "preparation_")
        reading, plans = self.preparation_.reading_, self.preparation_.plans_

        def kernel(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            features = _features.apply(plans, reading.read_arrays(arrays))
            return {score_col: self._points_of(features).sum(axis=1)}

        return batches.map_batches(
            X, kernel, inputs=list(reading.schemas), outputs={score_col: "int"}
        )

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return one row per bin, columns in their order.

        Returns
        -------
        DataFrame
            ``column``, ``bin``, ``n``, ``events``, ``rate`` with its Wilson interval ``low``,
            ``high``, ``woe`` (shrunk), ``iv`` (sum them for the column's information value),
            ``points``.
        """
        check_is_fitted(self, "preparation_")
        checks.fraction("level", level)
        parts = [
            pd.DataFrame(
                {
                    "column": column.bins.name,
                    "bin": _bins.names(column.bins),
                    "n": column.n,
                    "events": column.events,
                    "rate": column.events / np.where(column.n > 0, column.n, np.nan),
                    **dict(zip(("low", "high"), intervals.wilson(column.events, column.n, level),
                               strict=True)),
                    "woe": column.woe,
                    "iv": column.information_value,
                    "points": points,
                }
            )
            for column, points in zip(self._model.columns, self._points, strict=True)
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def to_sql(self, *, table: str | None = None, score_col: str = "score") -> str:
        """Write the scorecard as SQL that gives the same points, for DuckDB and PostgreSQL.

        Parameters
        ----------
        table : str or None
            Name of a table (``schema.table`` allowed): the result selects all its columns and the
            score. None: the bare expression.
        score_col : str
            Name of the score.

        Returns
        -------
        str
            A sum of one CASE per column, missing and unseen values among them.

        Notes
        -----
        Where numbers are stored as text, a text that is no number stops the query; in Python it is
        missing, with a warning.
        """
        check_is_fitted(self, "preparation_")
        reading = self.preparation_.reading_
        cases = [
            _scorecard_sql.case(plan, reading.schemas[plan.raw], reading.tz, column.bins, points)
            for plan, column, points in zip(
                self.preparation_.plans_, self._model.columns, self._points, strict=True
            )
        ]
        total = "\n  + ".join(cases)
        if table is None:
            return total
        source = ".".join(_scorecard_sql.quoted(part) for part in table.split("."))
        name = _scorecard_sql.quoted(score_col)
        return f"SELECT *,\n  {total} AS {name}\nFROM {source}"

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the scorecard as JSON text, and write it to `path` if one is given."""
        check_is_fitted(self, "preparation_")
        options = {key: value for key, value in self.get_params(deep=False).items()
                   if key != "preparation"}  # fmt: skip
        content = {
            "options": options,
            "classes": self.classes_,
            "preparation": _saved_parts.preparation(self.preparation_),
            "card": _saved_parts.model(self._model),
        }
        return saving.dump(_saved_parts.FORMAT, type(self).__name__, content, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read what `to_json` wrote, from its text or its path."""
        content = saving.load(_saved_parts.FORMAT, cls.__name__, source)
        card = cls(**content["options"])
        card.classes_ = _saved_parts.classes(content["classes"])
        card.preparation_ = _saved_parts.read_preparation(content["preparation"])
        card.n_features_in_ = len(card.preparation_.columns_)
        read = _saved_parts.read_model("scorecard", content["card"])
        assert isinstance(read, _woe_model.WoeModel)  # noqa: S101 (for the type checker)
        card._model = read
        card._points = _points.of_columns(read.columns, read.intercept, card._scale())
        return card

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    def _scale(self) -> _points.Scale:
        checks.word("high_score", self.high_score, ("likely", "unlikely"))
        return _points.Scale(
            checks.number("points_to_double", self.points_to_double, above=0),
            checks.number("base_score", self.base_score),
            checks.number("base_odds", self.base_odds, above=0),
            1.0 if self.high_score == "likely" else -1.0,
        )

    def _check_monotone(self) -> None:
        if isinstance(self.monotone, str):
            checks.word("monotone", self.monotone, ("none", "all"))
            return
        names = self.preparation_.columns_["column"].tolist()
        checks.columns(names, {f"monotone[{i}]": name for i, name in enumerate(self.monotone)})

    def _is_monotone(self, name: str) -> bool:
        if isinstance(self.monotone, str):
            return self.monotone == "all"
        return name in self.monotone

    def _warn_of_few_events(self, events: int, n: int) -> None:
        columns = len(self._model.columns)
        rarer = min(events, n - events)
        if rarer < _EVENTS_PER_COLUMN * columns:
            notices.warn(
                f"{rarer:,} rows of the rarer outcome for {columns} columns; with fewer than "
                f"{_EVENTS_PER_COLUMN} per column the points are uncertain: leave columns out",
                DataQualityWarning,
            )

    def _read_features(self, X: Any) -> list[_features.Feature]:
        check_is_fitted(self, "preparation_")
        return self.preparation_.features(_raw_columns.as_frame(X, for_model=self))

    def _points_of(self, features: list[_features.Feature]) -> NDArray[np.int64]:
        parts = [
            points[_bins.assign(column.bins, feature)]
            for column, points, feature in zip(
                self._model.columns, self._points, features, strict=True
            )
        ]
        return np.column_stack(parts)
