"""Any table as exported, ready for a model, with what to doubt about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.scoring import (
    _features,
    _leaks,
    _linear_terms,
    _raw_columns,
    _reading,
    _targets,
    _text_values,
    _tree_codes,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawTable
    from crmlytics.scoring._schemas import MissingValues

_LEAK_COLUMNS = ["column", "ground", "auc", "pure_share", "says"]


class TablePreparation(TransformerMixin, BaseEstimator):
    """Turn a table as it was exported into the columns of a model, and say what to doubt about it.

    Parameters
    ----------
    form : {"linear", "tree"}
        ``"linear"``: a column per level, splines and a missing flag per number. ``"tree"``: one
        column per feature, categories as codes with one for missing, missing numbers as NaN.
    known_after : sequence of str
        Columns that are filled in only when the outcome is known, or by it. They are left out.
    ignore : sequence of str
        Columns that are no features, such as a key or the day of the export. They are left out.
    trusted : sequence of str
        Columns that statistics call a leak and that are none: no warning for them.
    keep : sequence of str
        Columns that look like ids and are none.
    categorical : sequence of str
        Numbers that are codes, such as a postal code: they become categories.
    missing_values : sequence, or mapping from column to sequence
        What stands for "nothing entered", texts in any case; numbers, such as -1 or 999, as well.
        Blank texts are missing always. A sequence holds for all columns.
    min_level_rows : int
        Levels of fewer rows are pooled as ``(infrequent)``, where unseen levels go, too.
    max_levels : int
        At most so many levels per column, the most frequent (250 at most).
    tz : str or None
        Business time zone of timestamps that bear one.

    Attributes
    ----------
    columns_ : DataFrame
        One row per raw column: ``column``, ``kind`` (number, category, date), ``used``,
        ``missing`` (rows), ``levels`` (kept), ``note`` (stored as text, or why it is left out).
    dropped_ : dict
        Why each column that is left out is: empty, constant, a unique id, declared.
    leak_report_ : DataFrame
        One row per doubt: ``column``, ``ground``, ``auc`` (of the column alone, out of fold),
        ``pure_share`` (of rows in levels that nearly decide the outcome), ``says``.
    feature_names_out_ : list of str
        Names of the model's columns.
    raw_column_of_ : list of str
        The raw column that each of them comes from.

    Notes
    -----
    Nothing is guessed. Texts are read as numbers or as ISO dates only where every one of them is;
    where nearly all are, a warning names the count, and they stay texts. A date becomes the number
    of days since 1970-01-01 and the categories month and weekday. "Missing" is a level of its own.
    Whole numbers are a unique id if no two rows share one although chance alone would have made
    at least ten pairs (n²/2 over their range), or if their name says so; a running number is one.

    A column is called a leak on three grounds. *statistics*: alone, out of fold, it ranks the
    outcome with an area under the curve above 0.9, or at least half of the rows are in levels of
    at least 30 rows whose rate lies outside 5 % to 95 % (and a factor of 4 from the base rate).
    *declared*: in `known_after`. *name hint*: its name is that of columns often filled in late; a
    question to you, not a verdict. Only declared columns are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.scoring import TablePreparation
    >>> leads = pd.DataFrame({
    ...     "Lead Number": range(1000, 1060),
    ...     "Source": ["web", "Select", "fair"] * 20,
    ...     "Visits": [str(i % 7) for i in range(60)],
    ...     "Fax": [None] * 60,
    ... })
    >>> preparation = TablePreparation(form="tree").fit(leads)
    >>> preparation.columns_[["column", "kind", "used", "missing"]]
            column      kind   used  missing
    0  Lead Number    number  False        0
    1       Source  category   True       20
    2       Visits    number   True        0
    3          Fax  category  False       60
    >>> preparation.dropped_["Lead Number"]
    'unique id: every row has another whole number'
    >>> preparation.transform(leads)[:2].tolist()
    [[1.0, 0.0], [3.0, 1.0]]
    """

    def __init__(
        self,
        *,
        form: Literal["linear", "tree"] = "linear",
        known_after: Sequence[str] = (),
        ignore: Sequence[str] = (),
        trusted: Sequence[str] = (),
        keep: Sequence[str] = (),
        categorical: Sequence[str] = (),
        missing_values: MissingValues = _text_values.PLACEHOLDERS,
        min_level_rows: int = 10,
        max_levels: int = 250,
        tz: str | None = None,
    ) -> None:
        self.form = form
        self.known_after = known_after
        self.ignore = ignore
        self.trusted = trusted
        self.keep = keep
        self.categorical = categorical
        self.missing_values = missing_values
        self.min_level_rows = min_level_rows
        self.max_levels = max_levels
        self.tz = tz

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from a frame of any engine; with `y` (an array, or a column of `X`) find leaks.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If column names repeat, values are infinite, or timestamps bear a zone without `tz`.
        NotEnoughDataError
            If there are no rows, no column can be used, or `y` has one value only.
        """
        self.read_fitting_rows(X, y)
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Return the model matrix of shape (n, number of columns)."""
        features = self.features(X)
        if self.form == "tree":
            return _tree_codes.matrix(features)
        return _linear_terms.matrix(self._terms, features)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the model's columns (scikit-learn's protocol)."""
        check_is_fitted(self, "columns_")
        return np.asarray(self.feature_names_out_, object)

    def features(self, X: Any) -> list[_features.Feature]:
        """Values and level codes of each feature: what both forms are made of."""
        check_is_fitted(self, "columns_")
        return _features.apply(self.plans_, self.reading_.read(X))

    def read_fitting_rows(self, X: Any, y: Any = None) -> tuple[RawTable, _targets.Target | None]:
        """Fit, and return the interpreted columns and the outcome for whoever learns from them."""
        self._check_options()
        X = _raw_columns.held(X)
        target = None if y is None else _targets.read(X, y, at_least=1)
        names = frames.column_names(X)
        in_table = target is not None and isinstance(y, str)
        names = [name for name in names if not (in_table and name == y)]
        self._check_columns(names)
        table = _raw_columns.read(X, names, tz=self.tz)
        if target is not None and len(target.values) != table.n:
            raise DataContractError(
                f"y has {len(target.values):,} values, X has {table.n:,} rows; give one outcome "
                "per row"
            )
        reading, table = _reading.learn(
            table,
            missing_values=self.missing_values,
            categorical=self.categorical,
            keep=self.keep,
            known_after=self.known_after,
            ignore=self.ignore,
            max_levels=self.max_levels,
            tz=self.tz,
        )
        kept = {name: table.columns[name] for name in reading.schemas}
        kept_table = table._replace(columns=kept)
        self.plans_, useless = self.plan(kept_table)
        self._refuse_nothing(reading.dropped | useless)
        # Columns that teach nothing need not be there when others are scored.
        used = {name: s for name, s in reading.schemas.items() if name not in useless}
        self.reading_ = reading._replace(schemas=used, dropped=reading.dropped | useless)
        self.dropped_ = dict(self.reading_.dropped)
        self._describe(table, reading)
        self._find_leaks(table, target)
        columns = {name: kept[name] for name in used}
        return table._replace(columns=columns), target

    def restore(
        self,
        reading: _reading.Reading,
        plans: list[_features.FeaturePlan],
        *,
        columns: pd.DataFrame,
        leaks: pd.DataFrame,
    ) -> None:
        """Be fitted as a saved model's preparation was, in the form for trees."""
        self.feature_names_out_ = [plan.name for plan in plans]
        self.raw_column_of_ = [plan.raw for plan in plans]
        self.reading_, self.plans_, self.dropped_ = reading, plans, dict(reading.dropped)
        self.columns_, self.leak_report_ = columns, leaks

    def plan(self, table: RawTable) -> tuple[list[_features.FeaturePlan], dict[str, str]]:
        """Plans of the features of interpreted rows, such as the training part of a fold."""
        return _features.learn(
            table, min_level_rows=self.min_level_rows, max_levels=self.max_levels
        )

    def _refuse_nothing(self, dropped: dict[str, str]) -> None:
        if not self.plans_:
            raise NotEnoughDataError(
                f"none of the {len(dropped)} columns can be used"
                + "".join(f"; {name!r} is {why}" for name, why in list(dropped.items())[:3])
            )

    def _check_options(self) -> None:
        checks.word("form", self.form, ("linear", "tree"))
        checks.whole_number("min_level_rows", self.min_level_rows, at_least=1)
        if checks.whole_number("max_levels", self.max_levels, at_least=1) > 250:
            raise ValueError(f"max_levels must be at most 250, got {self.max_levels!r}")

    def _check_columns(self, names: Sequence[str]) -> None:
        for parameter in ("known_after", "ignore", "trusted", "keep", "categorical"):
            given = getattr(self, parameter)
            if isinstance(given, str):
                raise TypeError(f"{parameter} must be a list of column names, got one text")
            checks.columns(names, {f"{parameter}[{i}]": name for i, name in enumerate(given)})

    def _describe(self, table: RawTable, reading: _reading.Reading) -> None:
        kinds = {"text": "category", "number": "number", "date": "date"}
        levels = {plan.raw: len(plan.levels) for plan in self.plans_ if plan.levels is not None}
        rows = [
            {
                "column": name,
                "kind": kinds[column.kind],
                "used": name not in self.dropped_,
                "missing": int(column.missing.sum()),
                "levels": levels.get(name, 0),
                "note": self.dropped_.get(name)
                or (reading.schemas[name].note if name in reading.schemas else ""),
            }
            for name, column in table.columns.items()
        ]
        self.columns_ = pd.DataFrame(rows, columns=["column", "kind", "used", "missing", "levels",
                                                    "note"])  # fmt: skip
        features = _features.apply(self.plans_, table)
        if self.form == "tree":
            self.feature_names_out_ = [feature.name for feature in features]
            self.raw_column_of_ = [feature.raw for feature in features]
        else:
            self._terms = _linear_terms.learn(features)
            self.feature_names_out_, self.raw_column_of_ = [], []
            for term, feature in zip(self._terms, features, strict=True):
                labels = feature.labels if feature.is_category else ()
                self.feature_names_out_ += _linear_terms.names(term, labels)
                self.raw_column_of_ += [term.raw] * term.width

    def _find_leaks(self, table: RawTable, target: _targets.Target | None) -> None:
        found = {}
        names = [name for name in table.columns
                 if name not in self.dropped_ or name in self.known_after]  # fmt: skip
        if target is not None:
            fold = _leaks.deal_folds(table.n)
            found = {name: _leaks.evidence(table.columns[name], target.values, fold)
                     for name in names}  # fmt: skip
        rows = _leaks.grounds(
            names, found, declared=self.known_after, target=target.name if target else None
        )
        self.leak_report_ = pd.DataFrame(rows, columns=_LEAK_COLUMNS)
        alarms = [str(row["column"]) for row in rows
                  if row["ground"] == "statistics"
                  and row["column"] not in {*self.known_after, *self.trusted}]  # fmt: skip
        if alarms:
            notices.warn(
                f"{len(alarms)} columns tell the outcome so well that they may know it, such as "
                f"{alarms[0]!r}; see leak_report_, then name them in known_after (left out) or in "
                "trusted (kept)",
                DataQualityWarning,
            )
