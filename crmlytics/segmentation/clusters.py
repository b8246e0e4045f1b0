"""Clusters of customers, and whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataContractError, NoStructureWarning, NotEnoughDataError
from crmlytics.segmentation import _cluster_input, _cluster_saving, _cluster_stability

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_FIT_ROWS, _SILHOUETTE_ROWS = 50_000, 5_000
_ROWS_PER_CLUSTER = 10
_LEAST_NULL = 19
_LEARNT = (
    "_mean", "_spread", "cluster_centers_", "n_clusters_", "structure_found_", "verdict_",
    "stability_", "profile_",
)  # fmt: skip
# An index so much below the best counts as equal: halves of a true cluster fall farther back.
_AS_STABLE = 0.03


class CustomerClusters(ClusterMixin, BaseEstimator):
    r"""Group customers by k-means, and say whether the data have groups at all.

    Parameters
    ----------
    n_clusters : "auto" or int
        ``"auto"``: the largest of the most stable numbers, see Notes; one cluster where none is
        stable. A number is used as it is, but judged as well.
    columns : sequence of str, optional
        Columns of a frame to cluster by; None means all columns, refused where one looks like an
        id. Arrays are used whole.
    scale : {"log", "standard"}
        ``"log"``: :math:`\log(1 + x)`, then mean 0 and variance 1, as fits money, counts and days;
        no value may be negative. ``"standard"``: mean 0 and variance 1 alone.
    max_clusters : int
        Largest number tried with ``"auto"``.
    n_bootstraps : int
        Resamples per number of clusters; 0 with a number given skips the judgement.
    n_null : int
        Data sets of each kind of noise to compare with; the chance to see structure in such noise
        is nominally ``1 / (n_null + 1)``.
    stability_rows : int
        Rows on which stability is judged, a random sample of larger data; noise has as many.
    order_by : str, optional
        Column by whose centre the clusters are numbered, highest first; None means by size, the
        largest first.
    random_state : int, numpy Generator or None
        Seed; the same seed gives the same clusters, whatever the order of the rows.

    Attributes
    ----------
    labels_ : ndarray of shape (n_customers,)
        Cluster of each row, from 0.
    n_clusters_ : int
        Number of clusters in use.
    structure_found_ : bool or None
        Whether that number is stable; False with a single cluster where nothing is; None where
        the judgement was skipped.
    verdict_ : str
        The same in words.
    stability_ : DataFrame
        One row per number tried: ``k``; ``inertia``; ``silhouette`` (of at most 5,000 rows);
        ``ari``, mean adjusted Rand index of the resamples; ``min_jaccard``, the least stable
        cluster's mean Jaccard similarity; ``ari_gaussian`` and ``ari_box``, mean index in noise,
        and ``..._threshold``, what noise does not pass; ``explained``, the share of the variance
        between the clusters, with its thresholds; ``stable``; ``smallest``, rows of the
        smallest cluster.
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        Centres in scaled units.
    profile_ : DataFrame
        One row per cluster and feature: ``cluster``, ``n``, ``share``, ``feature``, ``centre`` in
        the feature's own unit, ``z`` in standard deviations from the average customer.

    Notes
    -----
    For each k the rows are resampled, clustered anew, and all rows assigned; agreement with the
    clusters of all rows is measured. High agreement alone proves nothing: k-means cuts an elongated
    cloud in two very reproducibly. So the same is done with data without clusters: one Gaussian
    with the data's covariance, and a uniform box along its principal axes with the same
    covariance. k is *stable* if its index, or the share of the variance that it explains, exceeds
    what any of `n_null` such data sets reached at any k (each standardised by the noise's mean and
    spread), for both kinds; its index is not below the noise's mean; and no cluster's
    Jaccard similarity is below 0.85, Hennig's bound for "highly stable". Of the stable k the
    largest is taken whose index is within 0.03 of the best. Silhouette and inertia are shown, not
    used. This rule has no published source; ``benchmarks/cluster_structure.py`` measures how often
    it errs.

    "No stable structure" does not mean that all customers are alike; it means that they form a
    continuum whose borders chance would move. Segments with borders of your own (`RFMScorer`) say
    so openly. Columns of few values, such as an order count, do have lumps, which can be found as
    structure.

    The cost of the judgement does not grow with the customers beyond `stability_rows`. Above
    50,000 rows k-means is fitted on a sample of 50,000 and takes at most five further steps on all
    rows; ``inertia`` is then that of the sample.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics and
    Data Analysis 52, 258-271.

    Tibshirani, R., Walther, G. and Hastie, T. (2001). Estimating the number of clusters in a data
    set via the gap statistic. Journal of the Royal Statistical Society B 63, 411-423 (the box).

    Examples
    --------
    >>> import numpy as np
    >>> from crmlytics.segmentation import CustomerClusters
    >>> rng = np.random.default_rng(1)
    >>> spenders = rng.lognormal([3.0, 5.0], 0.2, size=(60, 2))
    >>> savers = rng.lognormal([5.0, 3.0], 0.2, size=(40, 2))
    >>> table = np.vstack([spenders, savers])
    >>> clusters = CustomerClusters(max_clusters=3, n_null=19, random_state=0).fit(table)
    >>> clusters.n_clusters_, clusters.structure_found_, np.bincount(clusters.labels_).tolist()
    (2, True, [60, 40])
    """

    def __init__(
        self,
        n_clusters: Literal["auto"] | int = "auto",
        *,
        columns: Sequence[str] | None = None,
        scale: Literal["log", "standard"] = "log",
        max_clusters: int = 8,
        n_bootstraps: int = 20,
        n_null: int = 19,
        stability_rows: int = 1_000,
        order_by: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.columns = columns
        self.scale = scale
        self.max_clusters = max_clusters
        self.n_bootstraps = n_bootstraps
        self.n_null = n_null
        self.stability_rows = stability_rows
        self.order_by = order_by
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn the clusters of `X`, any frame, or an array (n_customers, n_features)."""
        self._check()
        rng = checks.random_generator(self.random_state)
        values = _cluster_input.matrix(self, X, self.columns, reset=True)
        # Rows in an order of our own, so that neither sample nor rounding depends on theirs.
        order = np.lexsort(values.T)
        logs = self._logs(values)[order]
        self._mean, spread = logs.mean(axis=0), logs.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        points = (logs - self._mean) / self._spread
        self._judge(points, rng)
        self.cluster_centers_ = self._ordered(_centres(points, self.n_clusters_, rng), points)
        self.labels_ = self._labels(values)
        self.profile_ = self._profile()
        if self.structure_found_ is False:
            notices.warn(self.verdict_, NoStructureWarning)
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the cluster of each row of `X`, scaled as the rows fitted on were."""
        check_is_fitted(self, "cluster_centers_")
        return self._labels(_cluster_input.matrix(self, X, self.columns, reset=False))

    def assign(self, frame: IntoFrameT, *, cluster_col: str = "cluster") -> IntoFrameT:
        """Return `frame` with the column `cluster_col` (int) added.

        Parameters
        ----------
        frame : frame
            Customers with the columns fitted on, of any engine.
        cluster_col : str
            Name of the new column.

        Returns
        -------
        frame
            The same kind of frame, rows in the same order.

        Raises
        ------
        DataContractError
            If the frame has such a column already, or a value is missing.
        """
        check_is_fitted(self, "cluster_centers_")
        if cluster_col in frames.column_names(frame):
            raise DataContractError(f"the frame has a column {cluster_col!r}; choose another name")
        table = frames.collect(frames.lazy(frame))
        labels = self.predict(table.to_native())
        done = frames.with_arrays(table, {cluster_col: labels}, like=frame)
        return frames.same_kind(done, like=frame)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return what was learnt as JSON text, and write it to `path` if one is given.

        No row of a customer is in it: `labels_` and the seed are left out.
        """
        return _cluster_saving.dump(self, "cluster_centers_", _LEARNT, {}, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Return the clusters that `to_json` saved, from the text or the path of its file.

        Raises
        ------
        UnreadableFileError
            If there is no such file.
        DataContractError
            If the JSON is damaged, of another kind or of another schema.
        """
        estimator: Self = _cluster_saving.load(cls, _LEARNT, source, {})
        return estimator

    def _check(self) -> None:
        checks.word("scale", self.scale, ("log", "standard"))
        checks.whole_number("max_clusters", self.max_clusters, at_least=2)
        checks.whole_number("n_bootstraps", self.n_bootstraps, at_least=0)
        checks.whole_number("n_null", self.n_null, at_least=_LEAST_NULL)
        checks.whole_number("stability_rows", self.stability_rows, at_least=50)
        if isinstance(self.n_clusters, str):
            checks.word("n_clusters", self.n_clusters, ("auto",))
            checks.whole_number("n_bootstraps", self.n_bootstraps, at_least=2)
        else:
            checks.whole_number("n_clusters", self.n_clusters, at_least=1)

    def _logs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.scale == "standard":
            return values
        for at, column in enumerate(values.T):
            if negative := int((column < 0).sum()):
                raise DataContractError(
                    f"{negative:,} of {len(column):,} values of {self._names()[at]!r} are "
                    "negative, which scale='log' cannot take; leave these customers out, count "
                    "them as 0, or use scale='standard'"
                )
        return np.log1p(values)

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{at}" for at in range(self.n_features_in_)] if names is None else list(names)

    def _judge(self, points: NDArray[np.float64], rng: np.random.Generator) -> None:
        ks = self._numbers_to_try(len(points), len(np.unique(points, axis=0)))
        columns: dict[str, Any] = _descriptions(points, ks, rng)
        self.structure_found_: bool | None = None
        if self.n_bootstraps and ks:
            rows = points
            if len(points) > self.stability_rows:
                rows = points[rng.choice(len(points), self.stability_rows, replace=False)]
            judged = _cluster_stability.judge(
                rows.astype(np.float32), ks, self.n_bootstraps, self.n_null, rng
            )
            columns |= _judgement(judged)
            self.structure_found_ = bool(judged.stable.any())
        columns["smallest"] = columns.pop("smallest")
        self.stability_ = pd.DataFrame(columns)
        self._decide(ks)

    def _numbers_to_try(self, n: int, distinct: int) -> range:
        if isinstance(self.n_clusters, str):
            most = min(self.max_clusters, n // _ROWS_PER_CLUSTER, distinct)
            if n < 2 * _ROWS_PER_CLUSTER:
                raise NotEnoughDataError(
                    f"n_clusters='auto' needs at least {2 * _ROWS_PER_CLUSTER} customers, got "
                    f"{n} (n_samples={n}); give a number of clusters instead"
                )
            return range(2, most + 1)
        if distinct < self.n_clusters:
            raise NotEnoughDataError(
                f"{self.n_clusters} clusters need as many different customers, got {distinct} "
                f"(n_samples={n})"
            )
        return range(self.n_clusters, self.n_clusters + 1) if self.n_clusters > 1 else range(0)

    def _decide(self, ks: range) -> None:
        if not isinstance(self.n_clusters, str):
            self.n_clusters_ = int(self.n_clusters)
            self.verdict_ = _verdict_on_given(self.n_clusters_, self.structure_found_)
            return
        if self.structure_found_:
            stable = self.stability_[self.stability_["stable"]]
            nearly_best = stable["ari"] >= stable["ari"].max() - _AS_STABLE
            self.n_clusters_ = int(stable.loc[nearly_best, "k"].max())
            self.verdict_ = (
                f"{self.n_clusters_} clusters are more stable under resampling than in data "
                "without clusters, and no larger number is as stable"
            )
            return
        self.structure_found_, self.n_clusters_ = False, 1
        tried = f"2 to {ks[-1]}" if ks else "2"
        self.verdict_ = (
            f"no stable structure: with {tried} clusters the customers group no more reproducibly "
            "than a single cloud of the same shape, so all are in one cluster; borders of your "
            "own choice (RFMScorer) are more honest here, or give n_clusters to cut regardless"
        )

    def _ordered(
        self, centres: NDArray[np.float64], points: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        if self.order_by is None:
            size = np.bincount(_nearest(points, centres), minlength=len(centres))
            # Ties of size go by the centres themselves, to leave nothing to the seed.
            return centres[np.lexsort((*centres.T, -size))]
        names = self._names()
        checks.columns(names, {"order_by": self.order_by})
        return centres[np.argsort(-centres[:, names.index(self.order_by)], kind="stable")]

    def _labels(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        return _nearest((self._logs(values) - self._mean) / self._spread, self.cluster_centers_)

    def _profile(self) -> pd.DataFrame:
        k, features = self.cluster_centers_.shape
        size = np.bincount(self.labels_, minlength=k)
        centre = self.cluster_centers_ * self._spread + self._mean
        return pd.DataFrame(
            {
                "cluster": np.repeat(np.arange(k), features),
                "n": np.repeat(size, features),
                "share": np.repeat(size / size.sum(), features),
                "feature": self._names() * k,
                "centre": (np.expm1(centre) if self.scale == "log" else centre).ravel(),
                "z": self.cluster_centers_.ravel(),
            }
        )


def _judgement(judged: _cluster_stability.Judged) -> dict[str, NDArray[Any]]:
    """Columns of `stability_` about resampling and noise."""
    return {
        "ari": judged.reached[:, 0],
        "min_jaccard": judged.jaccard,
        "ari_gaussian": judged.gaussian_mean[:, 0],
        "ari_gaussian_threshold": judged.gaussian[:, 0],
        "ari_box": judged.box_mean[:, 0],
        "ari_box_threshold": judged.box[:, 0],
        "explained": judged.reached[:, 1],
        "explained_gaussian_threshold": judged.gaussian[:, 1],
        "explained_box_threshold": judged.box[:, 1],
        "stable": judged.stable,
    }


def _verdict_on_given(k: int, found: bool | None) -> str:
    if found is None:
        return f"{k} clusters as asked for; their stability was not judged"
    if found:
        return f"{k} clusters as asked for, more stable than in data without clusters"
    return (
        f"{k} clusters as asked for, but they are no more reproducible than in a single cloud of "
        "the same shape: take their borders as a convention, not as a finding"
    )


def _centres(
    points: NDArray[np.float64], k: int, rng: np.random.Generator, starts: int = 10
) -> NDArray[np.float64]:
    """Best centres: from a sample of large data, then a few steps on all rows."""
    from sklearn.cluster import KMeans

    seed = int(rng.integers(2**31))
    if k == 1:
        return np.asarray(points.mean(axis=0, keepdims=True))
    if len(points) <= _FIT_ROWS:
        fitted = KMeans(k, n_init=starts, random_state=seed).fit(points)
        return np.asarray(fitted.cluster_centers_)
    sample = points[rng.choice(len(points), _FIT_ROWS, replace=False)]
    first = KMeans(k, n_init=3, random_state=seed).fit(sample).cluster_centers_
    fitted = KMeans(k, init=first, n_init=1, max_iter=5).fit(points)
    return np.asarray(fitted.cluster_centers_)


def _nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    closeness = points @ centres.T - (centres**2).sum(axis=1) / 2
    return np.asarray(closeness.argmax(axis=1), dtype=np.int64)


def _descriptions(
    points: NDArray[np.float64], ks: range, rng: np.random.Generator
) -> dict[str, Any]:
    """Inertia, silhouette and smallest cluster for each k, as everybody looks at them."""
    from sklearn.metrics import silhouette_score

    rows = points
    if len(rows) > _FIT_ROWS:
        rows = rows[rng.choice(len(rows), _FIT_ROWS, replace=False)]
    shown = rng.permutation(len(rows))[:_SILHOUETTE_ROWS]
    columns: dict[str, list[Any]] = {"k": [], "inertia": [], "silhouette": [], "smallest": []}
    for k in ks:
        centres = _centres(rows, k, rng, starts=10 if len(rows) <= 10_000 else 3)
        label = _nearest(rows, centres)
        apart = 1 < len(np.unique(label[shown])) < len(shown)
        score = silhouette_score(rows[shown], label[shown]) if apart else np.nan
        columns["k"].append(k)
        columns["inertia"].append(float(((rows - centres[label]) ** 2).sum()))
        columns["silhouette"].append(float(score))
        columns["smallest"].append(int(np.bincount(label, minlength=k).min()))
    return columns
