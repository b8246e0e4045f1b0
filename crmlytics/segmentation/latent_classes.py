"""Latent classes: groups behind categorical answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, notices
from crmlytics.errors import ConvergenceWarning, DataContractError, NotEnoughDataError
from crmlytics.segmentation import _cluster_input, _cluster_saving, _latent_fits
from crmlytics.segmentation._level_codes import Levels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_LEARNT = ("table_", "profile_", "shares_", "n_classes_", "log_likelihood_", "converged_")
_TOLERANCE = 1e-9


class LatentClasses(ClusterMixin, BaseEstimator):
    r"""Find the classes of customers that explain why categorical answers go together.

    Parameters
    ----------
    n_classes : "auto" or int
        ``"auto"``: the number with the least BIC.
    columns : sequence of str, optional
        Columns with categories; None means all columns, refused where one looks like an id.
    max_classes : int
        Largest number tried with ``"auto"``.
    n_init : int
        Random starts; the best three after 40 steps are taken to the top.
    max_iter : int
        Most further steps of EM.
    random_state : int, numpy Generator or None
        Seed; the same seed gives the same classes, whatever the order of the rows.

    Attributes
    ----------
    n_classes_ : int
        Number of classes in use.
    labels_ : ndarray of shape (n_rows,)
        Most probable class of each row, 0 the one with the largest share.
    table_ : DataFrame
        One row per number tried: ``classes``, ``log_likelihood``, ``n_parameters``, ``aic``,
        ``bic``, ``entropy`` (1: every row is surely of one class, 0: no row is), ``converged``.
    profile_ : DataFrame
        One row per class, column and answer: ``class``, ``column``, ``answer``, ``probability``,
        ``standard_error``.
    shares_ : DataFrame
        One row per class: ``class``, ``share``, ``standard_error``.
    log_likelihood_ : float
        Of the number in use.
    converged_ : bool
        Whether it rose by less than 1e-9 in the last step.

    Notes
    -----
    :math:`P(y) = \sum_c \pi_c \prod_j \theta_{c j y_j}`: within a class the answers are
    independent. Rows are compressed to unique patterns with counts first, so a step costs
    patterns × answers × classes however many the rows. A missing answer is left out of the product
    (missing at random). BIC is :math:`-2 \log L + p \log n` with n rows. Standard errors come from
    the outer product of the scores; of a probability estimated as 0 or 1 it is 0, and means
    nothing.

    References
    ----------
    Goodman, L. A. (1974). Exploratory latent structure analysis using both identifiable and
    unidentifiable models. Biometrika 61, 215-231.

    Linzer, D. A. and Lewis, J. B. (2011). poLCA: An R Package for Polytomous Variable Latent Class
    Analysis. Journal of Statistical Software 42(10).

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import LatentClasses
    >>> answers = pd.DataFrame({
    ...     "newsletter": ["yes"] * 45 + ["no"] * 5 + ["no"] * 45 + ["yes"] * 5,
    ...     "app": ["yes"] * 40 + ["no"] * 10 + ["no"] * 42 + ["yes"] * 8,
    ...     "coupons": ["yes"] * 48 + ["no"] * 2 + ["no"] * 44 + ["yes"] * 6,
    ... })
    >>> found = LatentClasses(random_state=0, max_classes=3).fit(answers)
    >>> found.n_classes_, found.shares_["share"].round(1).tolist()
    (2, [0.5, 0.5])
    """

    def __init__(
        self,
        n_classes: Literal["auto"] | int = "auto",
        *,
        columns: Sequence[str] | None = None,
        max_classes: int = 6,
        n_init: int = 20,
        max_iter: int = 5_000,
        random_state: Any = None,
    ) -> None:
        self.n_classes = n_classes
        self.columns = columns
        self.max_classes = max_classes
        self.n_init = n_init
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn the classes from the answers `X`, a frame of any engine."""
        numbers = self._numbers()
        rng = checks.random_generator(self.random_state)
        names, values = self._read(X)
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)
        self._levels = [Levels.of(column) for column in values]
        self._refuse(values)
        patterns, row_of = self._patterns(values)
        fits = [
            _latent_fits.best_fit(
                patterns, k, starts=self.n_init, max_iter=self.max_iter, tolerance=_TOLERANCE,
                rng=rng,
            )
            for k in numbers
        ]  # fmt: skip
        self.table_ = self._compared(patterns, fits)
        at = int(self.table_["bic"].to_numpy().argmin())
        self._keep(fits[at], patterns)
        self.labels_ = self._weights(patterns)[row_of].argmax(axis=1)
        if not self.converged_:
            notices.warn(
                f"EM with {self.n_classes_} classes still rose after max_iter={self.max_iter} "
                "steps; allow more",
                ConvergenceWarning,
            )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class for each row of `X`, (n_rows, n_classes)."""
        check_is_fitted(self, "table_")
        names, values = self._read(X)
        _cluster_input.same_columns(self, names)
        patterns, row_of = self._patterns(values)
        return self._weights(patterns)[row_of]

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the most probable class of each row of `X`; an unknown answer counts as none."""
        return np.asarray(self.predict_proba(X).argmax(axis=1), dtype=np.int64)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return what was learnt as JSON text, and write it to `path` if one is given.

        No row of a customer is in it: `labels_` and the seed are left out.
        """
        more = {
            "categories": _cluster_saving.levels_content(self._levels, self.feature_names_in_),
            "share": self._classes.share,
            "answer": self._classes.answer,
        }
        return _cluster_saving.dump(self, "table_", _LEARNT, more, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Return the classes that `to_json` saved, from the text or the path of its file.

        Raises
        ------
        UnreadableFileError
            If there is no such file.
        DataContractError
            If the JSON is damaged, of another kind or of another schema.
        """
        more = {"_levels": _cluster_saving.levels, "_classes": _saved_classes}
        estimator: Self = _cluster_saving.load(cls, _LEARNT, source, more)
        return estimator

    def _numbers(self) -> range:
        checks.whole_number("max_classes", self.max_classes, at_least=1)
        checks.whole_number("n_init", self.n_init, at_least=1)
        checks.whole_number("max_iter", self.max_iter, at_least=1)
        if isinstance(self.n_classes, str):
            checks.word("n_classes", self.n_classes, ("auto",))
            return range(1, self.max_classes + 1)
        k = checks.whole_number("n_classes", self.n_classes, at_least=1)
        return range(k, k + 1)

    def _read(self, X: Any) -> tuple[list[str], list[NDArray[Any]]]:
        if not _cluster_input.is_frame(X):
            raise TypeError("the answers must be a frame with named columns, not an array")
        names = _cluster_input.chosen_columns(X, self.columns)
        table = frames.collect(frames.lazy(X, names))
        return names, _cluster_input.category_arrays(table, names)

    def _refuse(self, values: list[NDArray[Any]]) -> None:
        if not values or not len(values[0]):
            raise NotEnoughDataError("there are no rows; latent classes need some")
        for name, level, column in zip(self.feature_names_in_, self._levels, values, strict=True):
            if not level.known:
                raise DataContractError(f"all {len(column):,} values of {name!r} are missing")
            if len(level.known) > max(50, 0.5 * len(column)):
                raise DataContractError(
                    f"{name!r} has {len(level.known):,} different values in {len(column):,} rows; "
                    "an answer should repeat: group the values first"
                )

    def _patterns(
        self, values: list[NDArray[Any]]
    ) -> tuple[_latent_fits.Patterns, NDArray[np.int64]]:
        codes = np.column_stack(
            [level.codes(column) for level, column in zip(self._levels, values, strict=True)]
        )
        unique, row_of, count = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
        sizes = [len(level.known) for level in self._levels]
        # Missing and unknown codes lie beyond the known ones, so they equal none of these.
        answers = np.column_stack(
            [code[:, None] == np.arange(size) for code, size in zip(unique.T, sizes, strict=True)]
        )
        column = np.repeat(np.arange(len(sizes)), sizes)
        made = _latent_fits.Patterns(answers.astype(np.float64), count.astype(np.float64), column)
        return made, row_of.reshape(-1)

    def _compared(
        self, patterns: _latent_fits.Patterns, fits: list[_latent_fits.LatentFit]
    ) -> pd.DataFrame:
        n, free = patterns.frequency.sum(), len(patterns.column) - self.n_features_in_
        rows = []
        for fit in fits:
            k = len(fit.classes.share)
            parameters = k - 1 + k * free
            deviance = -2 * fit.log_likelihood
            rows.append(
                {
                    "classes": k, "log_likelihood": fit.log_likelihood, "n_parameters": parameters,
                    "aic": deviance + 2 * parameters, "bic": deviance + parameters * np.log(n),
                    "entropy": _entropy(patterns, fit.classes), "converged": fit.converged,
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def _keep(self, fit: _latent_fits.LatentFit, patterns: _latent_fits.Patterns) -> None:
        found = fit.classes
        order = np.lexsort((*found.answer.T, -found.share.round(9)))
        self._classes = _latent_fits.Classes(found.share[order], found.answer[order])
        self.n_classes_ = len(order)
        self.log_likelihood_, self.converged_ = fit.log_likelihood, fit.converged
        error = _latent_fits.standard_errors(patterns, self._classes)
        every = np.arange(self.n_classes_)
        self.shares_ = pd.DataFrame(
            {"class": every, "share": self._classes.share, "standard_error": error.share}
        )
        answers = [answer for level in self._levels for answer in level.known]
        names = [str(self.feature_names_in_[at]) for at in patterns.column]
        self.profile_ = pd.DataFrame(
            {
                "class": np.repeat(every, len(answers)),
                "column": names * self.n_classes_,
                "answer": answers * self.n_classes_,
                "probability": self._classes.answer.ravel(),
                "standard_error": error.answer.ravel(),
            }
        )

    def _weights(self, patterns: _latent_fits.Patterns) -> NDArray[np.float64]:
        return _latent_fits.posterior(patterns, self._classes)[0]


def _entropy(patterns: _latent_fits.Patterns, classes: _latent_fits.Classes) -> float:
    """Relative entropy: 1 less the mean entropy of the posterior over its largest value."""
    k = len(classes.share)
    if k == 1:
        return 1.0
    weight, _ = _latent_fits.posterior(patterns, classes)
    lost = -(weight * np.log(np.maximum(weight, 1e-300))).sum(axis=1)
    return float(1 - patterns.frequency @ lost / (patterns.frequency.sum() * np.log(k)))


def _saved_classes(content: dict[str, Any]) -> _latent_fits.Classes:
    return _latent_fits.Classes(np.array(content["share"]), np.array(content["answer"]))
