"""Who in the pool is like the customers we want more of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, intervals, notices
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import _seed_features
from crmlytics.segmentation._columns import refuse_overwriting

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_REACH = np.array([0.01, 0.02, 0.05, *np.arange(0.1, 1.05, 0.1)])


class LookAlike(BaseEstimator):
    r"""Rank a pool of customers by their likeness to a seed, and measure it on hidden seeds.

    Parameters
    ----------
    features : sequence of str
        Columns to compare: numbers, or names of things (texts, true and false).
    method : {"propensity", "neighbours"}
        ``"propensity"``: logistic regression of seed against pool. ``"neighbours"``: minus the
        mean distance to the `n_neighbours` nearest seeds, which needs no pool to learn from.
    n_neighbours : int
        Seeds to be near to, with ``"neighbours"``.
    n_folds : int
        Parts in which seeds are hidden, one after the other.
    random_state : int, Generator or None
        Draws the parts.
    customer_col, seed_col : str
        Columns with the customer's id and with the seed: true or 1, against false or 0 for the
        pool.

    Attributes
    ----------
    curve_ : DataFrame
        What reaching a share of the pool is worth: ``reach`` (share), ``n`` (customers of the pool
        reached), ``recall`` (share of the hidden seeds who rank as high), with its Wilson interval
        ``low``, ``high``, and ``lift`` (recall by reach; 1 = chance).
    ranking_ : DataFrame
        The pool: the customer, ``score`` and ``rank`` (1 = most alike), best first.
    column_aucs_ : Series
        Area under the curve of each feature alone, 0.5 (says nothing) to 1 (says it all).
    dropped_ : list of str
        Features left out because nearly every customer has another text.
    n_seeds_, n_pool_ : int
        Customers of each kind.

    Notes
    -----
    The customers are dealt into `n_folds` parts. Each part is scored by a model that has seen
    neither its seeds nor its pool: hidden seeds are never among the examples of "unlike", and pool
    and hidden seeds are scored under the same conditions. Who of the pool would have been a seed is
    unknown; as long as the seeds are a random part of those alike, the order of the scores is that
    of the probability of being alike (Elkan and Noto). Seeds chosen by a rule teach the rule.

    A feature that alone tells seeds from the pool (area above 0.99) is a leak in most cases: a
    consequence or the definition of the seed. It is kept, with a warning.

    References
    ----------
    Elkan, C. and Noto, K. (2008). Learning Classifiers from Only Positive and Unlabeled Data. KDD
    2008, 213-220.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import LookAlike
    >>> customers = pd.DataFrame({
    ...     "customer_id": range(200),
    ...     "visits": [i % 20 for i in range(200)],
    ...     "seed": [i % 20 > 11 and i % 3 == 0 for i in range(200)],
    ... })
    >>> found = LookAlike(features=["visits"], random_state=1).fit(customers)
    >>> found.n_seeds_, found.n_pool_
    (27, 173)
    >>> found.curve_.loc[found.curve_["reach"] == 0.5, "recall"].item() > 0.9
    True
    """

    def __init__(
        self,
        *,
        features: Sequence[str],
        method: Literal["propensity", "neighbours"] = "propensity",
        n_neighbours: int = 10,
        n_folds: int = 5,
        random_state: Any = None,
        customer_col: str = "customer_id",
        seed_col: str = "seed",
    ) -> None:
        self.features = features
        self.method = method
        self.n_neighbours = n_neighbours
        self.n_folds = n_folds
        self.random_state = random_state
        self.customer_col = customer_col
        self.seed_col = seed_col

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn from the customers `X` (any engine), seeds and pool in one frame."""
        checks.word("method", self.method, ("propensity", "neighbours"))
        checks.whole_number("n_neighbours", self.n_neighbours, at_least=1)
        checks.whole_number("n_folds", self.n_folds, at_least=2)
        table = self._read(X, seeds=True)
        seed = self._seeds(table)
        self.n_seeds_, self.n_pool_ = int(seed.sum()), int((~seed).sum())
        if min(self.n_seeds_, self.n_pool_) < 2 * self.n_folds:
            raise NotEnoughDataError(
                f"{self.n_seeds_:,} seeds and {self.n_pool_:,} others; at least "
                f"{2 * self.n_folds} of each are needed for n_folds={self.n_folds}"
            )
        columns = _seed_features.read(table, list(self.features))
        columns = self._without_ids(columns)
        self.column_aucs_ = _seed_features.single_aucs(columns, seed)
        self._warn_of_leaks()
        ids = table[self.customer_col].to_numpy()
        score, above = self._out_of_fold(columns, seed, ids)
        self.curve_ = _curve(above[seed], self.n_pool_)
        share = above.mean(axis=1)
        self._model = _Model(self.method, self.n_neighbours).fit(columns, seed)
        pool = np.flatnonzero(~seed)
        order = pool[np.lexsort((np.argsort(np.argsort(ids[pool])), share[pool]))]
        self.ranking_ = pd.DataFrame(
            {
                self.customer_col: ids[order],
                "score": score[order],
                "rank": np.arange(1, len(order) + 1),
            }
        )
        return self

    def score_customers(self, X: IntoFrameT) -> IntoFrameT:
        """Return `X` (customers not fitted on) with the column ``score``, higher = more alike."""
        check_is_fitted(self, "curve_")
        refuse_overwriting(frames.column_names(X), ["score"], how="score the table without it")
        columns = _seed_features.read(self._read(X, seeds=False), self._kept)
        table = frames.collect(frames.lazy(X))
        score = {"score": self._model.score(columns)}
        return frames.same_kind(frames.with_arrays(table, score, like=X), like=X)

    def _read(self, frame: Any, *, seeds: bool) -> nw.DataFrame[Any]:
        wanted = {"customer_col": self.customer_col, "seed_col": self.seed_col if seeds else None}
        wanted |= {f"features[{i}]": name for i, name in enumerate(self.features)}
        if not list(self.features):
            raise ValueError("features must name at least one column")
        checks.columns(frames.column_names(frame), wanted)
        checks.distinct_columns(wanted)
        table = frames.collect(frames.lazy(frame, [name for name in wanted.values() if name]))
        ids = table[self.customer_col]
        if bad := int(ids.null_count()) + len(ids) - ids.n_unique():
            raise DataContractError(
                f"{bad:,} of {len(ids):,} values of {self.customer_col!r} are missing or repeat; "
                "one row per customer is needed"
            )
        return table

    def _seeds(self, table: nw.DataFrame[Any]) -> NDArray[np.bool_]:
        values = frames.arrays(table.select(self.seed_col))[self.seed_col]
        if bad := sum(value not in (0, 1) for value in values.tolist()):
            raise DataContractError(
                f"{bad:,} of {len(values):,} values of {self.seed_col!r} are neither true nor "
                "false (1 nor 0)"
            )
        return values.astype(bool)

    def _without_ids(self, columns: pd.DataFrame) -> pd.DataFrame:
        self.dropped_ = _seed_features.id_like(columns)
        self._kept = [str(name) for name in columns if name not in self.dropped_]
        if not self._kept:
            raise DataContractError(
                f"all {len(self.dropped_)} features have another text for nearly every customer; "
                "name columns that customers share"
            )
        if self.dropped_:
            notices.warn(
                f"{len(self.dropped_)} features have another text for nearly every customer and "
                f"were left out, such as {self.dropped_[0]!r}",
                DataQualityWarning,
            )
        return columns[self._kept]

    def _warn_of_leaks(self) -> None:
        leaks = self.column_aucs_[self.column_aucs_ > _seed_features.NEAR_PERFECT]
        if len(leaks):
            notices.warn(
                f"{len(leaks)} features tell the seed from the pool alone, such as "
                f"{leaks.index[0]!r}; if they follow from being a seed, leave them out",
                DataQualityWarning,
            )

    def _out_of_fold(
        self, columns: pd.DataFrame, seed: NDArray[np.bool_], ids: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores by models that have not seen the customer; the share of the pool above it.

        The second column of the shares counts those of equal score as above, the first does not.
        """
        # Dealt in the order of ids: the rows may come in any order.
        rng = checks.random_generator(self.random_state)
        place = np.argsort(np.argsort(ids, kind="stable"), kind="stable")
        fold = np.empty(len(ids), np.int64)
        for group in (seed, ~seed):
            rows = np.flatnonzero(group)[np.argsort(place[group])]
            fold[rows] = rng.permutation(np.arange(len(rows)) % self.n_folds)
        score, above = np.empty(len(ids)), np.empty((len(ids), 2))
        for k in range(self.n_folds):
            hidden = fold == k
            model = _Model(self.method, self.n_neighbours)
            model.fit(columns[~hidden].reset_index(drop=True), seed[~hidden])
            score[hidden] = model.score(columns[hidden].reset_index(drop=True))
            pool = np.sort(-score[hidden & ~seed])
            above[hidden, 0] = np.searchsorted(pool, -score[hidden], side="left") / len(pool)
            above[hidden, 1] = np.searchsorted(pool, -score[hidden], side="right") / len(pool)
        return score, above


class _Model:
    """One way of scoring likeness, fitted on some customers."""

    def __init__(self, method: str, n_neighbours: int) -> None:
        self.method, self.n_neighbours = method, n_neighbours

    def fit(self, columns: pd.DataFrame, seed: NDArray[np.bool_]) -> Self:
        from sklearn.linear_model import LogisticRegression
        from sklearn.neighbors import NearestNeighbors

        self.encoder = _seed_features.Encoder().fit(columns)
        points = self.encoder.transform(columns)
        if self.method == "neighbours":
            n = min(self.n_neighbours, int(seed.sum()))
            self.seeds = NearestNeighbors(n_neighbors=n).fit(points[seed])
        else:
            self.classifier = LogisticRegression(max_iter=1_000).fit(points, seed)
        return self

    def score(self, columns: pd.DataFrame) -> NDArray[np.float64]:
        points = self.encoder.transform(columns)
        if self.method == "neighbours":
            return np.asarray(-self.seeds.kneighbors(points)[0].mean(axis=1), np.float64)
        return np.asarray(self.classifier.predict_proba(points)[:, 1], np.float64)


def _curve(above: NDArray[np.float64], n_pool: int) -> pd.DataFrame:
    """Share of the hidden seeds that rank within each share of the pool."""
    first, last = above[:, :1], above[:, 1:]
    tied = last > first
    # Among equals the order is chance: a score that says nothing is worth as much as chance.
    part = np.where(tied, (_REACH - first) / np.where(tied, last - first, 1.0), first <= _REACH)
    hits = np.minimum(np.clip(part, 0.0, 1.0).sum(axis=0), len(above))
    low, high = intervals.wilson(hits, len(above), 0.95)
    recall = hits / len(above)
    return pd.DataFrame(
        {
            "reach": _REACH.round(2),
            "n": np.rint(_REACH * n_pool).astype(np.int64),
            "recall": recall,
            "low": low,
            "high": high,
            "lift": recall / _REACH,
        }
    )
