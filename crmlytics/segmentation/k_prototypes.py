"""Clusters of rows with numbers and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, notices
from crmlytics.errors import ConvergenceWarning, NotEnoughDataError
from crmlytics.segmentation import _cluster_input, _cluster_saving, _mixed_fits
from crmlytics.segmentation._level_codes import Levels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

_LEARNT = (
    "_mean", "_spread", "_names", "_numeric_names", "_categorical_names", "gamma_", "cost_",
    "costs_", "n_iter_", "converged_", "prototypes_",
)  # fmt: skip


class KPrototypes(ClusterMixin, BaseEstimator):
    r"""Group rows of mixed columns around prototypes: means of numbers, modes of categories.

    Parameters
    ----------
    n_clusters : int
        Number of clusters.
    categorical : sequence of str
        Columns of categories (text, numbers or truth values). A missing value is a category of
        its own. None of them needs a frame.
    columns : sequence of str, optional
        All columns to cluster by, `categorical` among them; None means every column, refused where
        one looks like an id.
    scale : {"standard", "none"}
        ``"standard"``: numbers with mean 0 and variance 1. ``"none"``: as they are.
    gamma : float, optional
        Cost of a mismatch beside squared distance; None means half the mean standard deviation of
        the (scaled) numbers, Huang's advice, or 1 where
        no number varies.
    n_init : int
        Random starts, of which the cheapest is kept.
    max_iter : int
        Most steps of a start.
    random_state : int, numpy Generator or None
        Seed; the same seed gives the same clusters, whatever the order of the rows.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Cluster of each row, 0 the largest.
    prototypes_ : DataFrame
        One row per cluster: ``cluster``, ``n``, ``share``, then each column's mean or mode in its
        own unit.
    cost_ : float
        Sum of the distances of all rows, in scaled units.
    costs_ : ndarray of shape (n_init,)
        Cost of every start: if few come near the least, use more.
    gamma_ : float
        Cost of a mismatch in use.
    n_iter_ : int
        Steps of the best start.
    converged_ : bool
        Whether the best start rested before `max_iter`.

    Notes
    -----
    The cost is :math:`\sum_i \min_c \{ \lVert x_i - m_c \rVert^2 + \gamma\, \#(z_i \ne o_c) \}`
    (Huang 1998, equation 9). All rows move at once (Lloyd's way), where Huang moves one by one:
    each step is a matrix product and a table look-up per category, and costs
    rows × clusters × columns. Starts are drawn as by k-means++ with the mixed distance. There is
    no test of structure here: look at `costs_` and at the prototypes.

    References
    ----------
    Huang, Z. (1998). Extensions to the k-Means Algorithm for Clustering Large Data Sets with
    Categorical Values. Data Mining and Knowledge Discovery 2, 283-304.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import KPrototypes
    >>> table = pd.DataFrame({
    ...     "orders": [1, 2, 1, 9, 8, 9, 10],
    ...     "channel": ["shop", "shop", "shop", "web", "web", "web", "shop"],
    ... })
    >>> found = KPrototypes(2, categorical=["channel"], random_state=0).fit(table)
    >>> found.prototypes_.round(2)
       cluster  n  share  orders channel
    0        0  4   0.57    9.00     web
    1        1  3   0.43    1.33    shop
    """

    def __init__(
        self,
        n_clusters: int = 5,
        *,
        categorical: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        scale: Literal["standard", "none"] = "standard",
        gamma: float | None = None,
        n_init: int = 10,
        max_iter: int = 100,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.categorical = categorical
        self.columns = columns
        self.scale = scale
        self.gamma = gamma
        self.n_init = n_init
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn the prototypes of `X`, a frame of any engine, or an array of numbers."""
        self._check()
        rng = checks.random_generator(self.random_state)
        numbers, categories = _cluster_input.mixed(
            self, X, self.columns, self.categorical, reset=True
        )
        self._levels = [Levels.of(values) for values in categories]
        codes = self._coded(categories, len(numbers))
        order = np.lexsort((*codes.T, *numbers.T))  # whatever the order of the rows
        self._learn_scale(numbers[order])
        data = self._data(numbers[order], codes[order])
        self._refuse_few(data)
        fits = [
            _mixed_fits.fit_once(data, _mixed_fits.seeds(data, self.n_clusters, rng), self.max_iter)
            for _ in range(self.n_init)
        ]
        self.costs_ = np.array([one.cost for one in fits])
        best = fits[int(self.costs_.argmin())]
        self.cost_, self.n_iter_, self.converged_ = best.cost, best.n_iter, best.converged
        self._keep(best.prototypes, self._data(numbers, codes))
        if not self.converged_:
            notices.warn(
                f"the best of {self.n_init} starts still moved after max_iter={self.max_iter} "
                "steps; allow more",
                ConvergenceWarning,
            )
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the cluster of each row of `X`; a category never seen matches no prototype."""
        check_is_fitted(self, "prototypes_")
        numbers, categories = _cluster_input.mixed(
            self, X, self.columns, self.categorical, reset=False
        )
        return self._labels(self._data(numbers, self._coded(categories, len(numbers))))

    def to_json(self, path: str | Path | None = None) -> str:
        """Return what was learnt as JSON text, and write it to `path` if one is given.

        No row of a customer is in it: `labels_` and the seed are left out.
        """
        more = {
            "categories": _cluster_saving.levels_content(self._levels, self._categorical_names),
            "means": self._prototypes.means,
            "modes": self._prototypes.modes,
        }
        return _cluster_saving.dump(self, "prototypes_", _LEARNT, more, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Return the prototypes that `to_json` saved, from the text or the path of its file.

        Raises
        ------
        UnreadableFileError
            If there is no such file.
        DataContractError
            If the JSON is damaged, of another kind or of another schema.
        """
        more = {"_levels": _cluster_saving.levels, "_prototypes": _saved_prototypes}
        estimator: Self = _cluster_saving.load(cls, _LEARNT, source, more)
        return estimator

    def _check(self) -> None:
        checks.whole_number("n_clusters", self.n_clusters, at_least=1)
        checks.whole_number("n_init", self.n_init, at_least=1)
        checks.whole_number("max_iter", self.max_iter, at_least=1)
        checks.word("scale", self.scale, ("standard", "none"))
        if self.gamma is not None:
            checks.number("gamma", self.gamma, at_least=0.0)

    def _coded(self, categories: list[NDArray[Any]], rows: int) -> NDArray[np.int64]:
        coded = [
            level.codes(values) for level, values in zip(self._levels, categories, strict=True)
        ]
        return np.column_stack(coded) if coded else np.empty((rows, 0), np.int64)

    def _learn_scale(self, numbers: NDArray[np.float64]) -> None:
        features = numbers.shape[1]
        self._mean, self._spread = np.zeros(features), np.ones(features)
        spread = numbers.std(axis=0)
        if self.scale == "standard":
            self._mean = numbers.mean(axis=0)
            self._spread = np.where(spread > 0, spread, 1.0)
            spread = spread / self._spread
        # Without numbers that vary, every mismatch may as well cost 1.
        half = (0.5 * float(spread.mean()) if features else 0.0) or 1.0
        self.gamma_ = half if self.gamma is None else float(self.gamma)

    def _data(self, numbers: NDArray[np.float64], codes: NDArray[np.int64]) -> _mixed_fits.Mixed:
        scaled = np.ascontiguousarray(((numbers - self._mean) / self._spread).T)
        sizes = tuple(len(level) for level in self._levels)
        return _mixed_fits.Mixed(scaled, np.ascontiguousarray(codes.T), sizes, self.gamma_)

    def _refuse_few(self, data: _mixed_fits.Mixed) -> None:
        rows = np.vstack([data.numbers, data.codes]).T
        if len(rows) < self.n_clusters or len(np.unique(rows, axis=0)) < self.n_clusters:
            raise NotEnoughDataError(
                f"{self.n_clusters} clusters need as many different rows "
                f"(n_samples={data.n_rows} with repetitions); ask for fewer clusters"
            )

    def _labels(self, data: _mixed_fits.Mixed) -> NDArray[np.int64]:
        return _mixed_fits.nearest(_mixed_fits.distances(data, self._prototypes))[0]

    def _keep(self, found: _mixed_fits.Prototypes, data: _mixed_fits.Mixed) -> None:
        """Number the clusters by size and describe them in the columns' own units."""
        self._prototypes = found
        size = np.bincount(self._labels(data), minlength=self.n_clusters)
        order = np.lexsort((*found.means.T, *found.modes.T, -size))
        self._prototypes = _mixed_fits.Prototypes(found.means[order], found.modes[order])
        self.labels_ = self._labels(data)
        size = np.bincount(self.labels_, minlength=self.n_clusters)
        means = self._prototypes.means * self._spread + self._mean
        described = dict(zip(self._numeric_names, means.T, strict=True)) | {
            name: level.values(mode)
            for name, level, mode in zip(
                self._categorical_names, self._levels, self._prototypes.modes.T, strict=True
            )
        }
        ordered = {name: described[name] for name in self._names}
        first = {"cluster": np.arange(self.n_clusters), "n": size, "share": size / size.sum()}
        self.prototypes_ = pd.DataFrame(first | ordered)


def _saved_prototypes(content: dict[str, Any]) -> _mixed_fits.Prototypes:
    k = len(content["means"])
    return _mixed_fits.Prototypes(
        np.array(content["means"], np.float64).reshape(k, -1),
        np.array(content["modes"], np.int64).reshape(k, -1),
    )
