"""How often the next purchase is among the recommended, against two simple baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.base import clone

from crmlytics._core import checks, frames
from crmlytics.basket import _recommender_cases as cases
from crmlytics.basket import _recommender_tables
from crmlytics.basket._recommender_measures import Answers, measured
from crmlytics.basket.basket_matrix import Baskets
from crmlytics.basket.recommender import BasketRecommender

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

BASELINES: tuple[Literal["popularity", "item_cosine"], ...] = ("popularity", "item_cosine")
DESIGNS = ("temporal", "leave_one_out")


def evaluate_recommender(
    recommenders: Any,
    baskets: Baskets,
    *,
    design: Literal["temporal", "leave_one_out"] = "temporal",
    split_date: dt.date | str | None = None,
    k: Sequence[int] = (1, 5, 10),
    baseline: Literal["popularity", "item_cosine"] = "popularity",
    n_folds: int = 5,
    n_draws: int = 1000,
    level: float = 0.95,
    random_state: Any = None,
    backend: Literal["pandas", "polars", "pyarrow"] | None = None,
) -> Any:
    """Compare recommenders with popularity and item-item cosine on purchases they have not seen.

    Parameters
    ----------
    recommenders : estimator or mapping from name to estimator
        Unfitted recommenders, such as `BasketRecommender`; any scikit-learn estimator with
        ``fit(baskets)`` and ``recommend(baskets, n=…)``, returning ``basket`` (position), ``rank``
        and ``item``, will do. Each is cloned and fitted on the training part only. The two
        baselines are always in the table; an empty mapping gives them alone.
    baskets : Baskets
        All baskets; with customers and days for the temporal design.
    design : {"temporal", "leave_one_out"}
        "temporal" learns from the baskets before `split_date` and asks of every customer known by
        then which new items come from that day on; "leave_one_out" hides one item, drawn at
        random, of every basket of two items or more, and asks what was learnt from the other folds.
    split_date : date or ISO text, optional
        First day that is recommended for; needed for the temporal design.
    k : sequence of int
        How many recommended items count.
    baseline : {"popularity", "item_cosine"}
        What the differences compare with.
    n_folds : int
        Number of folds of the leave-one-out design; a customer's baskets share a fold.
    n_draws : int
        Bootstrap draws behind the intervals.
    level : float
        Confidence of the intervals.
    random_state : None, int or numpy Generator
        For the folds, the hidden items and the bootstrap.
    backend : {"pandas", "polars", "pyarrow"} or None
        The kind of frame; None means pandas.

    Returns
    -------
    DataFrame
        One row per recommender, metric and k: ``recommender``, ``metric``, ``k``, ``value``,
        ``low``, ``high`` (bootstrap interval), ``n`` (cases; for coverage the items sold in
        training), ``difference`` to the baseline in the same cases, ``difference_low``,
        ``difference_high`` (null for the baseline itself). Metrics: "hit_rate", the share of cases
        of which one of the k items was bought; "mrr", the mean of 1 / rank of the first such item,
        0 without one among the k; "coverage", the share of the items that come among the k of any
        case, without an interval.

    Raises
    ------
    DataContractError
        If the temporal design lacks customers or days.
    NotEnoughDataError
        If there is nothing to learn from or nothing to ask.
    ValueError
        If an option is out of its range, or a name is a baseline's.

    Notes
    -----
    Items that the customer or basket has already are never recommended and never count as bought:
    repeat purchases need another tool. Customers without a new item after the split, and customers
    who come only then, are no cases.

    Bootstrap draws take whole customers (baskets, where there are none), and the same ones for all
    recommenders, so the intervals of the differences are paired. They hold for other customers of
    the same shop and time, with the training part as it is; nothing says how another year would go.

    Examples
    --------
    >>> from crmlytics.basket import Baskets, BasketRecommender, evaluate_recommender
    >>> bought = Baskets.from_lists(
    ...     [["printer", "ink"], ["pen", "pad"], ["pen", "pad", "ink"], ["printer", "ink"]] * 30
    ... )
    >>> found = evaluate_recommender(
    ...     BasketRecommender(), bought, design="leave_one_out", k=[1], random_state=1
    ... )
    >>> found.loc[found["metric"] == "hit_rate", ["recommender", "k", "value", "n"]].round(2)
             recommender  k  value    n
    0         popularity  1   0.51  120
    3        item_cosine  1   1.00  120
    6  BasketRecommender  1   1.00  120
    """
    named = _with_baselines(recommenders)
    checks.word("design", design, DESIGNS)
    checks.word("baseline", baseline, BASELINES)
    checks.fraction("level", level)
    checks.whole_number("n_draws", n_draws, at_least=1)
    sizes = _checked_sizes(k)
    if not isinstance(baskets, Baskets):
        raise TypeError(f"baskets must be a Baskets, got {type(baskets).__name__}")
    rng = checks.random_generator(random_state)
    if design == "temporal":
        parts = list(cases.split_in_time(baskets, split_date))
    else:
        parts = list(cases.leave_one_out(baskets, n_folds, rng))
    answers = {name: _answers(one, parts, sizes[-1]) for name, one in named.items()}
    group = np.concatenate([part.group for part in parts])
    sold = np.any([part.training.item_counts > 0 for part in parts], axis=0)
    columns = measured(
        answers, group, sizes, n_sold=int(sold.sum()), baseline=baseline, n_draws=n_draws,
        level=level, rng=rng,
    )  # fmt: skip
    return frames.from_arrays(columns, like=_recommender_tables.empty_frame(backend))


def _with_baselines(recommenders: Any) -> dict[str, Any]:
    given = recommenders
    if not isinstance(given, Mapping):
        given = {type(recommenders).__name__: recommenders}
    for name, one in given.items():
        if name in BASELINES:
            raise ValueError(f"{name!r} is the name of a baseline; give the recommender another")
        if not all(hasattr(one, needed) for needed in ("fit", "recommend", "get_params")):
            raise TypeError(
                f"recommenders must be unfitted estimators with fit and recommend, {name!r} is "
                f"{type(one).__name__}"
            )
    baselines: dict[str, Any] = {name: BasketRecommender(method=name) for name in BASELINES}
    return baselines | dict(given)


def _checked_sizes(k: Sequence[int]) -> list[int]:
    given = list(k) if hasattr(k, "__iter__") else [k]
    sizes = sorted({checks.whole_number("k", one, at_least=1) for one in given})
    if not sizes:
        raise ValueError("k must name at least one number of recommended items")
    return sizes


def _answers(recommender: Any, parts: Sequence[cases.Cases], most: int) -> Answers:
    """Fit on each training part alone, and see what of the sequel was recommended."""
    hits = []
    best = np.full(parts[0].asked.n_items, most + 1)
    for part in parts:
        fitted = clone(recommender).fit(part.training)
        table = frames.lazy(fitted.recommend(part.asked, n=most), ["basket", "rank", "item"])
        first, item, rank = cases.first_hits(frames.to_pandas(table), part)
        hits.append(first)
        np.minimum.at(best, item, rank)
    return Answers(np.concatenate(hits), np.where(best > most, 0, best))
