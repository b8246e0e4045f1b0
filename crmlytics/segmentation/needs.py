"""Which customers buy more than others of which category, at which price, on which terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames, notices
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import _grades, _spend_shares
from crmlytics.segmentation._columns import text_labels

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_COLUMNS = (
    "dimension", "value", "n", "spend", "share", "rest", "index", "low", "high", "p_value",
    "p_adjusted",
)  # fmt: skip


def needs_table(
    transactions: IntoFrameT,
    customers: Any,
    *,
    category_col: str,
    customer_col: str = "customer_id",
    amount_col: str = "amount",
    segment_col: str = "segment",
    price_col: str | None = None,
    promotion_col: str | None = None,
    n_price_tiers: int = 3,
    level: float = 0.95,
) -> IntoFrameT:
    r"""Compare what each segment spends its money on with the rest of the customers.

    Parameters
    ----------
    transactions : frame
        One row per line of an order.
    customers : frame
        One row per customer with its segment.
    category_col, amount_col : str
        Columns of `transactions` with the category and the money, 0 or more.
    customer_col : str
        Column of both frames with the customer.
    segment_col : str
        Column of `customers` with the segment.
    price_col : str, optional
        Column with the price of one piece, for the affinity to price tiers: each category's lines
        are cut into `n_price_tiers` by price, lines of equal price together.
    promotion_col : str, optional
        Column with the name of the terms or whether the line was on promotion, for the affinity
        to it.
    n_price_tiers : int
        Number of price tiers, 1 being the lowest.
    level : float
        Confidence of the intervals.

    Returns
    -------
    frame
        The kind of `transactions`, one row per segment, dimension and value, in that order: the
        segment; ``dimension`` (``"category"``, ``"price tier"`` or ``"promotion"``); ``value``
        (text); ``n`` (the segment's customers who spent anything); ``spend`` (money); ``share`` of
        the segment's spend and ``rest``, that of all other customers; ``index`` = 100 · ``share``
        / ``rest`` with its interval ``low``, ``high``; ``p_value`` against equal shares, and
        ``p_adjusted`` over the dimension. What cannot be computed is null.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If values are missing, amounts are negative, or customers repeat.
    NotEnoughDataError
        If no line belongs to a customer.

    Notes
    -----
    Lines of customers who are not in `customers` are left out, with a warning. Customers, not
    lines, are the units: one who buys a hundred times is one witness. The share is a ratio
    estimator with linearised variance; the interval of the index is symmetric in logarithms, the
    test that of the difference by the normal approximation, rough with fewer than about 30
    customers. Adjusted is by Benjamini and Hochberg.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., ch. 6. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import needs_table
    >>> lines = pd.DataFrame({
    ...     "customer_id": [1, 1, 2, 3, 4, 4],
    ...     "category": ["tea", "cups", "tea", "cups", "cups", "tea"],
    ...     "amount": [8.0, 2.0, 4.0, 6.0, 9.0, 5.0],
    ... })
    >>> customers = pd.DataFrame({"customer_id": [1, 2, 3, 4], "segment": ["A", "A", "B", "B"]})
    >>> table = needs_table(lines, customers, category_col="category")
    >>> table[["segment", "value", "spend", "share", "rest", "index"]].round(2)
      segment value  spend  share  rest   index
    0       A  cups    2.0   0.14  0.75   19.05
    1       A   tea   12.0   0.86  0.25  342.86
    2       B  cups   15.0   0.75  0.14  525.00
    3       B   tea    5.0   0.25  0.86   29.17
    """
    checks.fraction("level", level)
    checks.whole_number("n_price_tiers", n_price_tiers, at_least=2)
    checks.free_names([segment_col], _COLUMNS)
    wanted = {
        "customer_col": customer_col,
        "category_col": category_col,
        "amount_col": amount_col,
        "price_col": price_col,
        "promotion_col": promotion_col,
    }
    checks.columns(frames.column_names(transactions), wanted)
    checks.distinct_columns(wanted)
    ids, segments, segment = _segments(customers, customer_col, segment_col)
    table = frames.collect(frames.lazy(transactions, [name for name in wanted.values() if name]))
    who = ids.get_indexer(pd.Index(table[customer_col].to_numpy()))
    known = who >= 0
    _warn_of_strangers(known)
    amount = frames.finite(table, amount_col)
    if negative := int((amount < 0).sum()):
        raise DataContractError(
            f"{negative:,} of {len(amount):,} values of {amount_col!r} are negative; a share of "
            "spend needs amounts of 0 or more: leave returns out"
        )
    parts: list[dict[str, NDArray[Any]]] = []
    for dimension, texts in _dimensions(table, wanted, n_price_tiers):
        names, value = np.unique(texts[known].astype(str), return_inverse=True)
        part: dict[str, NDArray[Any]] = _spend_shares.contrasts(
            who[known], segment, value, amount[known],
            segments=len(segments), values=len(names), level=level,
        )  # fmt: skip
        part[segment_col] = np.repeat(segments.astype(object), len(names))
        part["dimension"] = np.full(len(part["n"]), dimension, dtype=object)
        part["value"] = np.tile(names.astype(object), len(segments))
        part["p_adjusted"] = benjamini_hochberg(part["p_value"])
        parts.append(part)
    columns = {
        name: np.concatenate([part[name] for part in parts]) for name in (segment_col, *_COLUMNS)
    }
    order = np.argsort(columns[segment_col].astype(str), kind="stable")
    return frames.from_arrays({name: x[order] for name, x in columns.items()}, like=transactions)


def _segments(
    customers: Any, customer_col: str, segment_col: str
) -> tuple[pd.Index[Any], NDArray[Any], NDArray[np.int64]]:
    """Ids, names of segments, and each id's segment as a code."""
    wanted = {"customer_col": customer_col, "segment_col": segment_col}
    checks.columns(frames.column_names(customers), wanted)
    checks.distinct_columns(wanted)
    table = frames.collect(frames.lazy(customers, list(wanted.values())))
    ids = pd.Index(table[customer_col].to_numpy())
    if repeated := len(ids) - ids.nunique():
        raise DataContractError(
            f"{repeated:,} of {len(ids):,} values of {customer_col!r} repeat or are missing; one "
            "row per customer is needed"
        )
    segments, segment = np.unique(text_labels(table, segment_col), return_inverse=True)
    return ids, segments, segment.astype(np.int64)


def _warn_of_strangers(known: NDArray[np.bool_]) -> None:
    if not known.any():
        raise NotEnoughDataError(
            f"none of {len(known):,} lines belongs to a customer with a segment; check that the "
            "ids of both frames are of one kind"
        )
    if not known.all():
        notices.warn(
            f"{int((~known).sum()):,} of {len(known):,} lines belong to no customer with a "
            "segment and were left out",
            DataQualityWarning,
        )


def _dimensions(
    table: nw.DataFrame[Any], wanted: dict[str, str | None], n_tiers: int
) -> list[tuple[str, NDArray[Any]]]:
    category = text_labels(table, str(wanted["category_col"]))
    found = [("category", category)]
    if (price := wanted["price_col"]) is not None:
        found.append(("price tier", _tiers(frames.finite(table, price), category, n_tiers)))
    if (promotion := wanted["promotion_col"]) is not None:
        found.append(("promotion", text_labels(table, promotion)))
    return found


def _tiers(price: NDArray[np.float64], category: NDArray[Any], n_tiers: int) -> NDArray[Any]:
    """Tier of each line's price among the lines of its category, as text."""
    tier = np.empty(len(price), np.int64)
    for rows in pd.Series(range(len(price))).groupby(category).indices.values():
        cuts = _grades.quantile_cuts(price[rows], n_tiers)
        tier[rows] = 1 + np.searchsorted(cuts, price[rows], side="left")
    return tier.astype(str).astype(object)
