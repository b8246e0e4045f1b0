"""Two halves of the baskets: one to find rules in, one to test them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.basket._arguments import require
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class BasketHalves(NamedTuple):
    """The baskets of `split_baskets`, over the same items.

    Attributes
    ----------
    explore : Baskets
        Where to mine.
    holdout : Baskets
        Where to test, as ``holdout=`` of `association_rules`.
    """

    explore: Baskets
    holdout: Baskets


def split_baskets(
    baskets: Baskets, *, share: float = 0.5, random_state: Any = None
) -> BasketHalves:
    """Split the baskets at random, all of a customer to one side.

    Parameters
    ----------
    baskets : Baskets
        At least two customers, or two baskets where there are no customers.
    share : float
        Share of the customers (or baskets) to explore; the rest is held out.
    random_state : None, int or Generator
        Where the chance comes from; an int gives the same halves each time.

    Returns
    -------
    BasketHalves
        ``explore`` and ``holdout``.

    Raises
    ------
    NotEnoughDataError
        If there is nothing to split.
    ValueError
        If the share is not between 0 and 1.

    Notes
    -----
    One customer's baskets resemble each other: split between the halves they would confirm that
    customer's habits instead of testing the rule.

    References
    ----------
    Webb, G. I. (2007). Discovering significant patterns. Machine Learning 68, 1-33.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, split_baskets
    >>> orders = Baskets.from_lists([["bread"], ["milk"], ["bread", "milk"], ["milk"]])
    >>> halves = split_baskets(orders, random_state=1)
    >>> halves.explore.n_baskets, halves.holdout.n_baskets
    (2, 2)
    """
    checks.fraction("share", share)
    generator = checks.random_generator(random_state)
    require("baskets", baskets, Baskets)
    unit, n_units = units_of(baskets)
    if n_units < 2:
        raise NotEnoughDataError(
            f"{n_units:,} customers or baskets cannot be split; at least 2 are needed"
        )
    n_explored = min(max(round(share * n_units), 1), n_units - 1)
    explored = np.zeros(n_units, bool)
    explored[generator.permutation(n_units)[:n_explored]] = True
    return BasketHalves(baskets.take(explored[unit]), baskets.take(~explored[unit]))


def units_of(baskets: Baskets) -> tuple[NDArray[np.int64], int]:
    """What is independent of each other: customers where they are known, else baskets."""
    if baskets.customers is None:
        return np.arange(baskets.n_baskets, dtype=np.int64), baskets.n_baskets
    code, names = pd.factorize(baskets.customers, sort=True, use_na_sentinel=False)
    return code.astype(np.int64), len(names)
