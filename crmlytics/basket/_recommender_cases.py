"""What recommenders are asked in an evaluation, what they may learn from, and what was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, periods
from crmlytics.basket import _rows
from crmlytics.basket._recommender_queries import histories
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Cases(NamedTuple):
    """Baskets to learn from, and baskets to recommend for, whose sequel is known.

    Case i bought ``truth[truth_starts[i]:truth_starts[i + 1]]``, codes of items that ``asked`` does
    not hold. Cases of one `group` (customer) are resampled together.
    """

    training: Baskets
    asked: Baskets
    truth_starts: Ints
    truth: Ints
    group: Ints


def split_in_time(baskets: Baskets, split_date: object) -> Iterator[Cases]:
    """Ask of each customer, after all before the split, which new items come from it on."""
    if baskets.customers is None or baskets.days is None:
        raise DataContractError(
            "design='temporal' needs baskets that know their customers and days; make them with "
            "baskets(…, customer_col=…, date_col=…), or use design='leave_one_out'"
        )
    if split_date is None:
        raise ValueError(
            "design='temporal' needs split_date, the first day that is recommended for"
        )
    earlier = baskets.days < periods.to_day_index(checks.day("split_date", split_date))
    before, after = baskets.take(earlier), baskets.take(~earlier)
    if not len(before.indices) or not len(after.indices):
        raise NotEnoughDataError(
            f"{before.n_baskets:,} baskets lie before split_date and {after.n_baskets:,} from it "
            "on; both sides need baskets with items"
        )
    customers, asked = histories(before, why="design='temporal'")
    code = {customer: number for number, customer in enumerate(customers.tolist())}
    later, bought = histories(after, why="design='temporal'")
    number = np.fromiter((code.get(one, -1) for one in later.tolist()), np.int64, len(later))
    new = _not_in(bought, number, asked)
    sizes = np.bincount(np.repeat(number, bought.sizes)[new], minlength=len(customers))
    # Both histories list customers in ascending order, so the lines need no sorting.
    kept = np.flatnonzero(sizes)
    if not len(kept):
        raise NotEnoughDataError(
            "no customer known before split_date buys a new item from it on; at least 1 is needed"
        )
    yield Cases(
        training=before,
        asked=asked.take(kept),
        truth_starts=_rows.offsets(sizes[kept]),
        truth=bought.indices[new].astype(np.int64),
        group=np.arange(len(kept)),
    )


def _not_in(bought: Baskets, number: Ints, asked: Baskets) -> NDArray[np.bool_]:
    """Lines of known customers (`number` of each row, -1 for others) that they did not have."""
    n = asked.n_items
    owned = np.repeat(np.arange(asked.n_baskets), asked.sizes) * n + asked.indices
    row = np.repeat(number, bought.sizes)
    known: NDArray[np.bool_] = (row >= 0) & ~np.isin(row * n + bought.indices, owned)
    return known


def leave_one_out(baskets: Baskets, n_folds: int, rng: np.random.Generator) -> Iterator[Cases]:
    """Ask of each basket of several items which item is hidden from it.

    A fold's baskets are asked of what was learnt from the other folds; the baskets of a customer
    share a fold, where customers are known.
    """
    checks.whole_number("n_folds", n_folds, at_least=2)
    group = np.arange(baskets.n_baskets)
    if baskets.customers is not None:
        group = np.unique(baskets.customers, return_inverse=True)[1].astype(np.int64)
    n_groups = int(group.max(initial=-1)) + 1
    if n_groups < n_folds or not (baskets.sizes > 1).any():
        raise NotEnoughDataError(
            f"{n_groups:,} baskets or customers, of which {int((baskets.sizes > 1).sum()):,} "
            f"baskets hold 2 items or more, are too few for n_folds={n_folds}"
        )
    fold = rng.permutation(np.arange(n_groups) % n_folds)[group]
    for number in range(n_folds):
        tested = np.flatnonzero((fold == number) & (baskets.sizes > 1))
        held = baskets.take(tested)
        hidden = held.indptr[:-1] + rng.integers(0, np.maximum(held.sizes, 1))
        kept = np.ones(len(held.indices), bool)
        kept[hidden] = False
        yield Cases(
            training=baskets.take(fold != number),
            asked=Baskets(
                indptr=_rows.offsets(held.sizes - 1),
                indices=held.indices[kept],
                items=held.items,
            ),
            truth_starts=np.arange(len(tested) + 1),
            truth=held.indices[hidden].astype(np.int64),
            group=group[tested],
        )


def first_hits(found: Any, cases: Cases) -> tuple[Ints, Ints, Ints]:
    """Rank of the first recommended item that was bought, 0 for none, with all recommended.

    `found` is a pandas table of ``basket``, ``rank`` and ``item``; returned are the ranks of the
    cases, and code and rank of every recommended item.
    """
    place = {name: code for code, name in enumerate(cases.asked.items.tolist())}
    item = np.fromiter((place[name] for name in found["item"]), np.int64, len(found))
    row, rank = (found[name].to_numpy(np.int64) for name in ("basket", "rank"))
    n, n_cases = cases.asked.n_items, cases.asked.n_baskets
    bought = np.repeat(np.arange(n_cases), np.diff(cases.truth_starts)) * n + cases.truth
    hit = np.isin(row * n + item, bought)
    none = np.iinfo(np.int64).max
    first = np.full(n_cases, none)
    np.minimum.at(first, row[hit], rank[hit])
    return np.where(first == none, 0, first), item, rank
