"""Scores from 1 to n for recency, frequency and monetary value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames, notices
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import _grades, _nested
from crmlytics.segmentation._columns import refuse_overwriting, rows_where, without_orders
from crmlytics.segmentation.score_explanation import FEATURES, ScoreExplanation, feature_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.segmentation.segment_map import SegmentMap

_ADDED = ("r", "f", "m", "rfm")


class RFMScorer(TransformerMixin, BaseEstimator):
    r"""Score customers from 1 (worst) to `n_bins` (best) on recency, frequency and money.

    Parameters
    ----------
    n_bins : int
        Number of scores.
    ties : {"same", "rank", "r"}
        ``"same"``: equal customers get equal scores, so the bins may differ in size.
        ``"rank"``: bins of equal size; ties are broken by customer id ascending, so equal
        customers may differ, and only the customers fitted on can be scored.
        ``"r"``: the rule of the R package rfm, which presumes whole numbers.
    cut_points : mapping, optional
        Cut points of your own, ascending, ``n_bins - 1`` for each of ``"recency"`` (days),
        ``"frequency"`` and ``"monetary"``; features not named are cut at their quantiles.
    method : {"independent", "nested"}
        ``"independent"``: each feature is cut over all customers. ``"nested"``: frequency is cut
        within each recency score, and money within each pair of them, as SPSS does.
    without_orders : {"error", "unscored"}
        What happens to customers who have not bought (no recency, frequency missing or 0): they
        are refused, or stay in the table with missing scores.
    customer_col, recency_col, frequency_col, monetary_col : str
        Names of the columns of the table that `rfm_table` makes.

    Attributes
    ----------
    thresholds_ : dict of ndarray of shape (n_bins - 1,)
        Cut points of each feature in its own unit (not with ``ties="rank"``). With ``"same"`` a
        value scores above a cut if it is greater; with ``"r"`` if it is equal or greater.
        Nested, those of frequency have a row per recency score, 1 first, and those of money a
        row per pair of scores: shapes (n_bins, n_bins - 1) and (n_bins, n_bins, n_bins - 1).
    bin_share_ : dict of ndarray of shape (n_bins,)
        Share of the customers fitted on in scores 1 to `n_bins`.
        The keys of both are ``"recency"``, ``"frequency"`` and ``"monetary"``.
    n_customers_ : int
        Customers fitted on, without those who have not bought.

    Notes
    -----
    The cuts :math:`c_k` are the quantiles :math:`k/n` by linear interpolation (type 7 of Hyndman
    and Fan). The score is :math:`1 + \#\{k: c_k < x\}` with ``"same"``,
    :math:`1 + \#\{k: c_k + 1 \le x\}` with ``"r"`` and
    :math:`\lceil n \cdot rank / N \rceil` with ``"rank"``; recency is scored in reverse, because
    fewer days are better. Money is compared after rounding to 9 significant digits, so that the
    order in which an engine adds up splits no tie.

    Nested scores compare like with like, at a price: the same purchases score differently beside
    a different recency, and a cell of few customers fills few scores. A cell of nobody takes the
    cuts of the cell around it.

    Fitted once, the scorer grades next month's customers on the same scale. ``fit_transform``
    collects a lazy table once; ``fit`` and ``transform`` each run it.

    References
    ----------
    Hughes, A. M. (1994). Strategic Database Marketing. Probus.

    Hyndman, R. J. and Fan, Y. (1996). Sample Quantiles in Statistical Packages. The American
    Statistician 50(4), 361-365.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import RFMScorer
    >>> table = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cid", "dan"],
    ...     "recency_days": [3, 40, 12, 90],
    ...     "frequency": [9, 1, 4, 1],
    ...     "monetary": [800.0, 20.0, 150.0, 35.0],
    ... })
    >>> RFMScorer(n_bins=2).fit_transform(table)
      customer_id  recency_days  frequency  monetary  r  f  m  rfm
    0         ann             3          9     800.0  2  2  2  222
    1         bob            40          1      20.0  1  1  1  111
    2         cid            12          4     150.0  2  2  2  222
    3         dan            90          1      35.0  1  1  1  111
    """

    def __init__(
        self,
        n_bins: int = 5,
        *,
        ties: Literal["same", "rank", "r"] = "same",
        cut_points: Mapping[str, Sequence[float]] | None = None,
        method: Literal["independent", "nested"] = "independent",
        without_orders: Literal["error", "unscored"] = "error",
        customer_col: str = "customer_id",
        recency_col: str = "recency_days",
        frequency_col: str = "frequency",
        monetary_col: str = "monetary",
    ) -> None:
        self.n_bins = n_bins
        self.ties = ties
        self.cut_points = cut_points
        self.method = method
        self.without_orders = without_orders
        self.customer_col = customer_col
        self.recency_col = recency_col
        self.frequency_col = frequency_col
        self.monetary_col = monetary_col

    def fit(self, X: Any, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn's signature)
        """Learn the cut points from the RFM table `X` (any engine) of at least one customer."""
        self._fit(self._read(X))
        return self

    def transform(self, X: IntoFrameT) -> IntoFrameT:
        """Return `X` with the columns ``r``, ``f``, ``m`` (int) and ``rfm`` (text) added."""
        check_is_fitted(self, "thresholds_")
        table = self._read(X, adding=True)
        return frames.same_kind(self._scored(table, like=X), like=X)

    def fit_transform(self, X: IntoFrameT, y: object = None) -> IntoFrameT:  # noqa: ARG002
        """Fit on `X` and score it, collecting a lazy table only once."""
        table = self._read(X, adding=True)
        self._fit(table)
        return frames.same_kind(self._scored(table, like=X), like=X)

    def explain(
        self, X: Any, customer: object, *, segments: SegmentMap | None = None
    ) -> ScoreExplanation:
        """Say why a customer has these scores: the values, the cuts around them and the rule.

        Parameters
        ----------
        X : frame
            The RFM table that holds the customer (any engine).
        customer : scalar
            The customer's id.
        segments : SegmentMap, optional
            A map of as many scores as `n_bins`, for the segment and its rule.

        Returns
        -------
        ScoreExplanation
            ``features``, a DataFrame; ``rfm``; ``segment`` and ``rule``.

        Raises
        ------
        DataContractError
            If the customer is not in `X`, is there more than once, or has not bought.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlytics.segmentation import RFMScorer
        >>> table = pd.DataFrame({
        ...     "customer_id": ["ann", "bob", "cid"],
        ...     "recency_days": [3, 40, 12],
        ...     "frequency": [9, 1, 4],
        ...     "monetary": [800.0, 20.0, 150.0],
        ... })
        >>> RFMScorer(n_bins=3).fit(table).explain(table, "cid").features.round(1)
             feature  value  score  above  up_to
        0    recency   12.0      2    9.0   21.3
        1  frequency    4.0      2    3.0    5.7
        2   monetary  150.0      2  106.7  366.7
        """
        check_is_fitted(self, "thresholds_")
        table = self._read(X)
        here = np.flatnonzero(table[self.customer_col].to_numpy() == customer)
        if len(here) != 1:
            raise DataContractError(
                f"the customer asked for is in {len(here):,} of {len(table):,} rows of the table; "
                "exactly 1 is needed"
            )
        buyers = self._buyers(table)
        if not buyers[here[0]]:
            raise DataContractError("the customer asked for has not bought and has no scores")
        bought, row = rows_where(table, buyers), int(buyers[: here[0]].sum())
        values = self._features(bought)
        score = {name: int(x[row]) for name, x in self._scores(values, bought).items()}
        one = {name: float(x[row]) for name, x in values.items()}
        r, f, m = (score[name] for name in FEATURES)
        why = None if segments is None else segments.explain(r, f, m)
        label = _grades.labels(np.array([r]), np.array([f]), np.array([m]), self.n_bins)
        return ScoreExplanation(
            features=feature_table(one, score, self.thresholds_, self.n_bins),
            rfm=str(label[0]),
            segment=why.segment if why else None,
            rule=why.rule if why else None,
        )

    def _read(self, frame: object, *, adding: bool = False) -> nw.DataFrame[Any]:
        wanted = {
            "customer_col": self.customer_col,
            "recency_col": self.recency_col,
            "frequency_col": self.frequency_col,
            "monetary_col": self.monetary_col,
        }
        names = frames.column_names(frame)
        checks.columns(names, wanted)
        checks.distinct_columns(wanted)
        if adding:
            refuse_overwriting(names, _ADDED, how="score the table without it")
        checks.word("without_orders", self.without_orders, ("error", "unscored"))
        table = frames.collect(frames.lazy(frame))
        if missing := int(table[self.customer_col].null_count()):
            raise DataContractError(
                f"{missing:,} of {len(table):,} values of {self.customer_col!r} are missing; "
                f"see them with {frames.how_to_find(frame, self.customer_col, 'missing')}"
            )
        return table

    def _buyers(self, table: nw.DataFrame[Any]) -> NDArray[np.bool_]:
        if self.without_orders == "error":
            return np.ones(len(table), bool)
        return ~without_orders(table, self.recency_col, self.frequency_col)

    def _features(self, table: nw.DataFrame[Any]) -> dict[str, NDArray[np.float64]]:
        columns = (self.recency_col, self.frequency_col, self.monetary_col)
        values = {
            feature: frames.finite(table, column)
            for feature, column in zip(FEATURES, columns, strict=True)
        }
        values["monetary"] = _grades.round_significant(values["monetary"], digits=9)
        return values

    def _fit(self, table: nw.DataFrame[Any]) -> None:
        checks.whole_number("n_bins", self.n_bins, at_least=2)
        checks.word("ties", self.ties, ("same", "rank", "r"))
        checks.word("method", self.method, ("independent", "nested"))
        table = rows_where(table, self._buyers(table))
        values = self._features(table)
        if not len(table):
            raise NotEnoughDataError("the RFM table is empty; at least 1 customer is needed")
        given = self._given_cuts()
        self.thresholds_: dict[str, NDArray[np.float64]] = {}
        if self.ties == "rank":
            self._ids = table[self.customer_col].to_numpy()
        elif self.method == "nested":
            self.thresholds_ = _nested.thresholds(
                values, self.n_bins, side=self._side(), given=given
            )
        else:
            shift = 1.0 if self.ties == "r" else 0.0
            self.thresholds_ = {
                feature: _grades.quantile_cuts(x, self.n_bins) + shift
                for feature, x in values.items()
            } | given
        self.n_customers_ = len(table)
        self.bin_share_ = {
            feature: np.bincount(score, minlength=self.n_bins + 1)[1:] / len(table)
            for feature, score in self._scores(values, table).items()
        }
        self._warn_of_empty_bins()

    def _side(self) -> Literal["left", "right"]:
        return "right" if self.ties == "r" else "left"

    def _given_cuts(self) -> dict[str, NDArray[np.float64]]:
        given = dict(self.cut_points or {})
        if given and self.ties == "rank":
            raise ValueError("cut_points and ties='rank' exclude each other")
        if unknown := set(given) - set(FEATURES):
            raise ValueError(f"cut_points may name {', '.join(FEATURES)}, got {sorted(unknown)}")
        cuts = {feature: np.asarray(values, np.float64) for feature, values in given.items()}
        for feature, values in cuts.items():
            if values.shape != (self.n_bins - 1,) or not (np.diff(values) > 0).all():
                raise ValueError(
                    f"cut_points[{feature!r}] must be {self.n_bins - 1} ascending numbers "
                    f"for n_bins={self.n_bins}, got {list(given[feature])!r}"
                )
        return cuts

    def _scores(
        self, values: dict[str, NDArray[np.float64]], table: nw.DataFrame[Any]
    ) -> dict[str, NDArray[np.int64]]:
        if self.ties == "rank":
            ids = table[self.customer_col].to_numpy()
            if len(ids) != len(self._ids) or not np.array_equal(np.sort(ids), np.sort(self._ids)):
                raise DataContractError(
                    f"ties='rank' scores only the {len(self._ids):,} customers it was fitted on; "
                    "use ties='same' to score others on the same scale"
                )
            if self.method == "nested":
                return _nested.rank_scores(values, ids, self.n_bins)
            scores = {
                feature: _grades.rank_scores(x, ids, self.n_bins) for feature, x in values.items()
            }
        elif self.method == "nested":
            return _nested.scores(values, self.thresholds_, side=self._side())
        else:
            scores = {
                feature: 1 + np.searchsorted(self.thresholds_[feature], x, side=self._side())
                for feature, x in values.items()
            }
        scores["recency"] = self.n_bins + 1 - scores["recency"]
        return scores

    def _scored(self, table: nw.DataFrame[Any], *, like: object) -> nw.DataFrame[Any]:
        buyers = self._buyers(table)
        bought = rows_where(table, buyers)
        scores = self._scores(self._features(bought), bought)
        r, f, m = (scores[feature] for feature in FEATURES)
        label = _grades.labels(r, f, m, self.n_bins)
        columns = dict(zip(_ADDED, (r, f, m, label), strict=True))
        if not buyers.all():
            columns = {name: _spread(x, buyers) for name, x in columns.items()}
        return frames.with_arrays(table, columns, like=like)

    def _warn_of_empty_bins(self) -> None:
        nested = self.method == "nested"
        why = "a cell's customers are equal or few" if nested else "many customers are equal"
        for feature, share in self.bin_share_.items():
            filled = int((share > 0).sum())
            if filled < self.n_bins and self.ties != "rank":
                notices.warn(
                    f"{feature} fills only {filled} of {self.n_bins} scores, because {why}; see "
                    "thresholds_ and bin_share_, or use fewer bins",
                    DataQualityWarning,
                )


def _spread(values: NDArray[Any], held: NDArray[np.bool_]) -> NDArray[Any]:
    """Put values where rows are held, null elsewhere."""
    if values.dtype == object:
        texts = np.full(len(held), None, dtype=object)
        texts[held] = values
        return texts
    numbers = np.zeros(len(held), np.int64)
    numbers[held] = values
    masked: NDArray[Any] = np.ma.MaskedArray(numbers, mask=~held)
    return masked
