"""Next product: what to offer with a basket or to a customer, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, saving
from crmlytics.basket import _recommender_tables
from crmlytics.basket._arguments import require
from crmlytics.basket._recommender_cosine import ItemCosine, item_cosine_of
from crmlytics.basket._recommender_learning import rules_from_table
from crmlytics.basket._recommender_popularity import Popularity, popularity_of
from crmlytics.basket._recommender_queries import histories, read_asked
from crmlytics.basket._recommender_rules import Rules
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.itemset_mining import frequent_itemsets
from crmlytics.basket.rule_tables import association_rules
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from pathlib import Path

    from crmlytics.basket._recommender_levels import Level

METHODS = ("rules", "item_cosine", "popularity")
SCORES = ("confidence", "lift_low")
NULLS = ("independence", "basket_size")
CORRECTIONS = ("bh", "by", "holm", "bonferroni")
_MIN_COUNT = 10
_SAVED = saving.Format("crmlytics.basket.recommender", "recommender")


class BasketRecommender(BaseEstimator):
    r"""Recommend the next item for a basket or a customer, and say why.

    A rule fires when the basket holds every item of its antecedent; the best rule that fires for
    an item gives the item its score. What rules leave open, the cosine between items fills, and
    what that leaves open, popularity. Items that the basket holds are never recommended.

    Parameters
    ----------
    method : {"rules", "item_cosine", "popularity"}
        Where to begin: "item_cosine" skips the rules, "popularity" skips the cosines too.
    learn_from : {"basket", "customer"}
        Whether items belong together that were in one basket, or that one customer bought at any
        time: the latter says more where baskets are small and recommendations go to customers.
        Counts are then numbers of customers.
    score : {"confidence", "lift_low"}
        What orders the rules: the share of the antecedent's baskets that hold the item, or the
        lower bound of the size-adjusted lift (needs ``null="basket_size"``), which favours rarer
        items.
    min_support : float or None
        Smallest share of the baskets that an itemset needs.
    min_count : int or None
        Smallest number of baskets that it needs; None without `min_support` means 10.
    max_len : int
        Most items of a rule, both sides together; 3 and more find rules with several conditions,
        at many times the work.
    min_confidence : float
        Smallest confidence of a rule.
    null : {"independence", "basket_size"}
        What the p-values of the rules compare with, see `association_rules`.
    correction : {"bh", "by", "holm", "bonferroni"}
        How they are corrected for the many rules that were examined.
    alpha : float or None
        Largest corrected p-value of a rule; None keeps all and only shows the p-values. A rule
        too rare to be significant may still be the best guess there is.
    level : float
        Confidence of the lower bound that ``score="lift_low"`` takes.
    n_neighbours : int
        Nearest neighbours of each item that the cosines keep.
    max_itemsets : int
        Mining stops with an error when it finds more itemsets.

    Attributes
    ----------
    items_ : ndarray of object
        Names of the items known from fitting.
    n_baskets_ : int
        Number of baskets in fitting.
    n_rules_ : int
        Number of rules in use, 0 unless ``method="rules"``.

    See Also
    --------
    evaluate_recommender : how often the next purchase is among the recommended.

    Notes
    -----
    With X the 0/1 table of baskets × items and A that of antecedents × items, the rules that fire
    are the cells of :math:`X A^T` equal to the antecedent's size. The cosine of items i and j is
    :math:`c_{ij} / \sqrt{c_i c_j}` with the counts of :math:`X^T X`; a candidate's score is the
    sum over the basket's items of which it is one of the `n_neighbours` nearest (Deshpande and
    Karypis). Baskets are taken a block at a time, so that memory grows with the table returned
    and not with baskets times items or rules.

    A confidence says how often the item was there when the antecedent was; it does not say that a
    recommendation causes the purchase.

    References
    ----------
    Deshpande, M. and Karypis, G. (2004). Item-based top-N recommendation algorithms. ACM
    Transactions on Information Systems 22(1), 143-177.

    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, BasketRecommender
    >>> bought = Baskets.from_lists(
    ...     [["printer", "ink"]] * 40 + [["printer", "pad"]] * 5 + [["pen"], ["pen", "pad"]] * 20
    ... )
    >>> recommender = BasketRecommender().fit(bought)
    >>> found = recommender.recommend([["printer"], ["stapler"]], n=2)
    >>> found[["basket", "rank", "item", "score", "method", "because"]].round(3)
       basket  rank     item  score       method    because
    0       0     1      ink  0.889        rules  [printer]
    1       0     2      pad  0.149  item_cosine  [printer]
    2       1     1  printer  0.529   popularity         []
    3       1     2      ink  0.471   popularity         []
    """

    def __init__(
        self,
        method: Literal["rules", "item_cosine", "popularity"] = "rules",
        *,
        learn_from: Literal["basket", "customer"] = "basket",
        score: Literal["confidence", "lift_low"] = "confidence",
        min_support: float | None = None,
        min_count: int | None = None,
        max_len: int = 2,
        min_confidence: float = 0.0,
        null: Literal["independence", "basket_size"] = "independence",
        correction: Literal["bh", "by", "holm", "bonferroni"] = "bh",
        alpha: float | None = None,
        level: float = 0.95,
        n_neighbours: int = 100,
        max_itemsets: int = 1_000_000,
    ) -> None:
        self.method = method
        self.learn_from = learn_from
        self.score = score
        self.min_support = min_support
        self.min_count = min_count
        self.max_len = max_len
        self.min_confidence = min_confidence
        self.null = null
        self.correction = correction
        self.alpha = alpha
        self.level = level
        self.n_neighbours = n_neighbours
        self.max_itemsets = max_itemsets

    def fit(self, baskets: Baskets, y: object = None, *, rules: object = None) -> Self:  # noqa: ARG002
        """Learn rules, cosines and popularity.

        Parameters
        ----------
        baskets : Baskets
            The baskets to learn from.
        y : None
            Ignored; scikit-learn's signature.
        rules : frame or None
            Rules to use as they are, such as `association_rules` returns: ``antecedent``,
            ``consequent``, ``count``, ``antecedent_count``, with ``p_adjusted`` unless
            ``alpha=None``.
            None mines them from `baskets`.

        Returns
        -------
        self
            The fitted recommender.

        Raises
        ------
        NotEnoughDataError
            If no basket holds an item.
        DataContractError
            If `rules` lack what is needed of them.
        ValueError
            If an option is out of its range, or there are too many itemsets.
        """
        self._check_options(rules)
        require("baskets", baskets, Baskets)
        if not len(baskets.indices):
            raise NotEnoughDataError("no basket holds an item; at least 1 is needed")
        if self.learn_from == "customer":
            baskets = histories(baskets, why="learn_from='customer'")[1]
        self.items_ = baskets.items
        self.n_baskets_ = baskets.n_baskets
        self._levels: list[Level] = []
        if self.method == "rules":
            table = self._mined(baskets) if rules is None else rules
            self._levels.append(
                rules_from_table(
                    table, baskets, score=self.score, alpha=self.alpha, level=self.level
                )
            )
        if self.method != "popularity":
            self._levels.append(item_cosine_of(baskets, self.n_neighbours))
        self._levels.append(popularity_of(baskets))
        return self

    def recommend(
        self,
        baskets: object,
        *,
        n: int,
        by: Literal["basket", "customer"] = "basket",
        backend: Literal["pandas", "polars", "pyarrow"] | None = None,
    ) -> Any:
        """Return the best items that each basket or customer does not have.

        Parameters
        ----------
        baskets : Baskets, or list of names, or list of lists of names
            What is in each basket, or what each customer bought; one list of names is one basket.
            Items unknown from fitting are ignored.
        n : int
            Most items per basket or customer; fewer come where nothing else was ever sold.
        by : {"basket", "customer"}
            Recommend for every basket, or for every customer from all of the customer's baskets.
        backend : {"pandas", "polars", "pyarrow"} or None
            The kind of frame; None means pandas.

        Returns
        -------
        DataFrame
            One row per recommendation, best first within a basket or customer: ``customer_id``, or
            ``order_id``, or ``basket``, its position, where the baskets came without keys; ``rank``
            from 1; ``item``; ``score``, on the scale of ``method``; ``method`` that found it:
            "rules", "item_cosine" or "popularity"; ``because``, the items of the basket behind it:
            the rule's antecedent, the neighbour that adds most, or none; ``count``, baskets in
            fitting with those and the item; ``n``, baskets with those; ``p_value`` of the rule, or
            of the pair by Fisher's one-sided test, null for popularity; ``p_adjusted`` of the rule,
            null otherwise.

        Raises
        ------
        DataContractError
            If customers are asked for and the baskets have none.
        ValueError
            If `n` is below 1.
        """
        check_is_fitted(self, "items_")
        checks.whole_number("n", n, at_least=1)
        asked = read_asked(baskets, by, self.items_)
        found = _recommender_tables.chained(self._levels, asked.query, n, self._popularity.counts)
        return _recommender_tables.as_frame(found, asked, self.items_, backend)

    @property
    def n_rules_(self) -> int:
        """Number of rules in use."""
        check_is_fitted(self, "items_")
        return sum(len(one.consequent) for one in self._levels if isinstance(one, Rules))

    def to_json(self, path: str | Path | None = None) -> str:
        """Write what was learnt as versioned JSON.

        Parameters
        ----------
        path : str, Path or None
            File to write, too; None only returns the text.

        Returns
        -------
        str
            The JSON text: parameters, item names, counts, rules and neighbours.
        """
        check_is_fitted(self, "items_")
        content = {
            "parameters": self.get_params(),
            "items": self.items_.tolist(),
            "n_baskets": self.n_baskets_,
            "counts": self._popularity.counts.tolist(),
            "levels": {level.name: level.content() for level in self._levels},
        }
        return saving.dump(_SAVED, "BasketRecommender", content, path)

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read what `to_json` wrote.

        Parameters
        ----------
        source : str or Path
            The JSON text, or the path of its file.

        Returns
        -------
        BasketRecommender
            Recommends as the one saved.

        Raises
        ------
        UnreadableFileError
            If the file cannot be read.
        DataContractError
            If it holds no recommender of a version that is known.
        """
        content = saving.load(_SAVED, "BasketRecommender", source)
        try:
            restored = cls(**content["parameters"])
            restored._restore(content)
        except (KeyError, TypeError, ValueError) as error:
            raise DataContractError(
                f"the saved recommender is damaged: {type(error).__name__} in its content"
            ) from error
        return restored

    @property
    def _popularity(self) -> Popularity:
        (level,) = [one for one in self._levels if isinstance(one, Popularity)]
        return level

    def _mined(self, baskets: Baskets) -> Any:
        min_count = self.min_count
        if min_count is None and self.min_support is None:
            min_count = _MIN_COUNT
        sets = frequent_itemsets(
            baskets,
            min_support=self.min_support,
            min_count=min_count,
            max_len=self.max_len,
            max_itemsets=self.max_itemsets,
        )
        return association_rules(
            sets,
            min_confidence=self.min_confidence,
            measures=(),
            correction=self.correction,
            null=self.null,
        )

    def _restore(self, content: dict[str, Any]) -> None:
        self.items_ = np.fromiter(content["items"], object, len(content["items"]))
        self.n_baskets_ = int(content["n_baskets"])
        counts = np.array(content["counts"], np.int64)
        saved = content["levels"]
        self._levels = []
        if "rules" in saved:
            self._levels.append(Rules.restored(saved["rules"], len(self.items_)))
        if "item_cosine" in saved:
            cosine = ItemCosine.restored(saved["item_cosine"], counts, self.n_baskets_)
            self._levels.append(cosine)
        self._levels.append(Popularity(counts, self.n_baskets_))

    def _check_options(self, rules: object) -> None:
        checks.word("method", self.method, METHODS)
        checks.word("learn_from", self.learn_from, ("basket", "customer"))
        checks.word("score", self.score, SCORES)
        checks.word("null", self.null, NULLS)
        checks.word("correction", self.correction, CORRECTIONS)
        checks.whole_number("max_len", self.max_len, at_least=2)
        checks.whole_number("n_neighbours", self.n_neighbours, at_least=1)
        checks.fraction("level", self.level)
        if self.alpha is not None:
            checks.fraction("alpha", self.alpha)
        if self.score == "lift_low" and self.null != "basket_size" and rules is None:
            raise ValueError("score='lift_low' needs null='basket_size'")
        if rules is not None and self.method != "rules":
            raise ValueError(f"rules are of no use with method={self.method!r}")
