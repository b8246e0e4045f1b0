"""A loyalty index whose parts can be seen: a weighted mean of scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.retention._customer_rows import read_customers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def loyalty_index(
    customers: IntoFrameT,
    *,
    weights: Mapping[str, float],
    method: Literal["percentile", "z"] = "percentile",
    lower_is_better: Collection[str] = (),
    customer_col: str = "customer_id",
) -> IntoFrameT:
    r"""Score customers on each component and average the scores with your weights.

    Parameters
    ----------
    customers : frame
        One row per customer, from any engine; other columns are ignored.
    weights : mapping of str to float
        The components: columns of numbers, with their weights above 0. Only their proportions
        matter.
    method : {"percentile", "z"}
        Whether a score is the share of customers below, in per cent (one extreme value changes
        nothing), or the distance from the mean in standard deviations.
    lower_is_better : collection of str
        The components that speak for loyalty where they are small, as the days since the last
        purchase.
    customer_col : str
        Name of the column of the customer (text or integer).

    Returns
    -------
    frame
        The kind that came in, one row per customer, in the order of the rows: the customer,
        ``<component>_score`` for each component in the order of `weights`, ``loyalty_index``.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type, or if a customer has two rows.
    ValueError
        If there is no component, a weight is not above 0, or `lower_is_better` names no component.

    Notes
    -----
    The index is :math:`\sum_j w_j s_j / \sum_j w_j`: it can be checked by hand from the row. A
    percentile is 100 (customers below + half of those equal, oneself among them) / n, so that
    equal customers have equal scores and the mean is 50; z uses the standard deviation of all
    customers and is 0 where all are equal. Scores compare customers of one table: they are not
    comparable between tables. The weights are a choice, not an estimate; this form has no
    published source.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.retention import loyalty_index
    >>> customers = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cem", "dia"],
    ...     "recency_days": [3, 40, 10, 200],
    ...     "frequency": [9, 2, 2, 1],
    ... })
    >>> loyalty_index(
    ...     customers, weights={"recency_days": 1, "frequency": 3}, lower_is_better=["recency_days"]
    ... )
      customer_id  recency_days_score  frequency_score  loyalty_index
    0         ann                87.5             87.5         87.500
    1         bob                37.5             50.0         46.875
    2         cem                62.5             50.0         53.125
    3         dia                12.5             12.5         12.500
    """
    checks.word("method", method, ("percentile", "z"))
    if not weights:
        raise ValueError("weights must name at least 1 component")
    shares = {
        name: checks.number(f"the weight of {name!r}", value, above=0.0)
        for name, value in weights.items()
    }
    if isinstance(lower_is_better, str):
        lower_is_better = (lower_is_better,)
    if unknown := sorted(set(lower_is_better) - set(shares)):
        raise ValueError(f"lower_is_better names no component of weights: {unknown}")
    checks.free_names([customer_col], [*(f"{name}_score" for name in shares), "loyalty_index"])
    ids, numbers = read_customers(
        customers, customer_col=customer_col, numbers={f"weights[{n!r}]": n for n in shares}
    )
    score = _percentile if method == "percentile" else _standardised
    table: dict[str, NDArray[Any]] = {customer_col: ids}
    index = np.zeros(len(ids))
    for name, weight in shares.items():
        values = -numbers[name] if name in lower_is_better else numbers[name]
        table[f"{name}_score"] = score(values)
        index += weight * table[f"{name}_score"]
    table["loyalty_index"] = index / sum(shares.values())
    return frames.from_arrays(table, like=customers)


def _percentile(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    until = np.searchsorted(ordered, values, side="right")
    scores: NDArray[np.float64] = 50.0 * (below + until) / max(len(values), 1)
    return scores


def _standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(values) or np.ptp(values) == 0:
        return np.zeros(len(values))
    # Scaled first, so that very large values do not overflow when they are squared.
    scaled = values / np.abs(values).max()
    scores: NDArray[np.float64] = (scaled - scaled.mean()) / scaled.std()
    return scores
