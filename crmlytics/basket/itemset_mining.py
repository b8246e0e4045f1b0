"""Frequent itemsets: what is bought together at least so often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks
from crmlytics.basket import _kinds, _mining, _rows, _trie, itemset_table, thresholds
from crmlytics.basket._arguments import require
from crmlytics.basket._collecting import TooManyError
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlytics.basket.itemset_table import Itemsets


def frequent_itemsets(
    baskets: Baskets,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    max_len: int | None = None,
    kind: _kinds.Kind = "all",
    include: Iterable[object] | None = None,
    exclude: Iterable[object] | None = None,
    max_itemsets: int = 1_000_000,
) -> Itemsets:
    r"""Find the sets of items that enough baskets hold.

    Parameters
    ----------
    baskets : Baskets
        What was bought together, from `baskets`.
    min_support : float or None
        The least share of the baskets, above 0 and at most 1. Give this or `min_count`.
    min_count : int or None
        The least number of baskets, at least 1.
    max_len : int or None
        The most items of a set; None for any number.
    kind : {"all", "closed", "maximal", "generators"}
        All frequent itemsets; the closed ones, which no superset equals in count (they tell all
        the other counts: `Itemsets.all_sets`); the maximal ones, which have no frequent superset;
        or the generators, which no proper subset equals in count. With `max_len`, closed and
        maximal are judged among the sets of that size or less.
    include, exclude : iterable or None
        Names of the items to look at, and to leave aside; all baskets still count.
    max_itemsets : int
        Stop with an error where more sets than this are found.

    Returns
    -------
    Itemsets
        The sets by size and then by item codes, with their counts: the same whatever the order of
        the rows. The empty set is left out, also when it is told which sets are generators.

    Raises
    ------
    ValueError
        If a threshold is out of range, both or neither are given, an item is unknown, or more than
        `max_itemsets` are found; the message then says how many by size, and a higher `min_count`.
    NotEnoughDataError
        If there are no baskets.

    Notes
    -----
    Thresholds are whole numbers: a share s of n baskets asks for :math:`\lceil s n \rceil`, and
    for k exactly where s is the float nearest to k/n, so that a support met exactly is met. Pairs
    are counted exactly, at :math:`\sum_i n_i (n_i - 1)/2` steps over baskets of :math:`n_i` items;
    larger sets are joins of two that differ in their last item (Eclat), as bits over the baskets of
    their rarest item, in blocks of a few megabytes. Closed and maximal sets and generators come
    from comparing the count of each set with those of its subsets of one item less.

    References
    ----------
    Agrawal, R. & Srikant, R. (1994). Fast algorithms for mining association rules. VLDB.
    Zaki, M. J. (2000). Scalable algorithms for association mining. IEEE Transactions on Knowledge
    and Data Engineering 12(3).
    Bastide, Y. et al. (2000). Mining frequent patterns with counting inference. SIGKDD
    Explorations 2(2).

    Examples
    --------
    >>> from crmlytics.basket import Baskets, frequent_itemsets
    >>> bought = Baskets.from_lists(
    ...     [["bread", "milk"], ["bread", "butter", "milk"], ["milk"], ["beer"]]
    ... )
    >>> frequent_itemsets(bought, min_support=0.5).to_frame()
             itemset  count  support
    0        [bread]      2     0.50
    1         [milk]      3     0.75
    2  [bread, milk]      2     0.50
    >>> frequent_itemsets(bought, min_count=2, kind="closed").level_counts()
    [1, 1]
    """
    require("baskets", baskets, Baskets)
    checks.word("kind", kind, _kinds.KINDS)
    longest = None if max_len is None else checks.whole_number("max_len", max_len, at_least=1)
    most = checks.whole_number("max_itemsets", max_itemsets, at_least=1)
    if not baskets.n_baskets:
        raise NotEnoughDataError("there are no baskets; at least 1 is needed")
    needed = thresholds.count_needed(
        min_support=min_support, min_count=min_count, n_baskets=baskets.n_baskets
    )
    none = np.empty((0, 2), np.int32)
    try:
        levels, code = _mining.mine(
            baskets.indptr,
            baskets.indices,
            n_items=baskets.n_items,
            min_count=needed,
            max_len=longest,
            max_itemsets=most,
            allowed=_rows.chosen(baskets.items, include, exclude),
            apart=none if baskets.ancestors is None else baskets.ancestors,
        )
    except TooManyError as found:
        raise ValueError(_too_many(found, needed, most, baskets.n_baskets)) from None
    levels = _trie.relabelled(levels, code)
    marks = _kinds.of_kind(levels, kind, n_items=baskets.n_items)
    return itemset_table.from_levels(
        levels, baskets=baskets, min_count=needed, max_len=longest, kind=kind, marks=marks
    )


def _too_many(found: TooManyError, needed: int, most: int, n_baskets: int) -> str:
    by_size = ", ".join(f"{n:,}" for n in found.by_size)
    higher = max(found.higher, needed + 1)
    # Where most sets are in every basket no count tells them apart.
    remedy = (
        f"at least half of them stay below min_count={higher:,}: pass that or more, a max_len,"
        if higher <= n_baskets
        else "most of them are in every basket: pass a max_len, exclude items,"
    )
    return (
        f"more than max_itemsets={most:,} itemsets reach min_count={needed:,}: {found.total:,} "
        f"were found before the search stopped (by size: {by_size}); {remedy} or a larger "
        "max_itemsets"
    )
