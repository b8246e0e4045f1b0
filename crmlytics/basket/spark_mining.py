"""Itemsets and sequences of a Spark DataFrame, mined where it lives."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from crmlytics._core import checks, events, frames, spark_patterns
from crmlytics.basket import _kinds, _spark_results, thresholds
from crmlytics.basket._sequence_options import customers_needed
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from crmlytics.basket.itemset_table import Itemsets
    from crmlytics.basket.sequences import Sequences


def spark_itemsets(
    transactions: Any,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    max_len: int | None = None,
    kind: _kinds.Kind = "all",
    max_itemsets: int = 1_000_000,
    order_col: str = "order_id",
    item_col: str = "item",
) -> Itemsets:
    """Find the itemsets of a Spark DataFrame by Spark's FPGrowth; only they are collected.

    The answer equals ``frequent_itemsets(baskets(transactions, …), …)``, which collects the
    distinct lines and is faster as long as they fit into memory (4 bytes each).

    Parameters
    ----------
    transactions : Spark DataFrame
        One row per line of an order.
    min_support, min_count : float or int, optional
        Smallest share or number of the baskets, as in `frequent_itemsets`; give one. A support met
        exactly is met.
    max_len : int or None
        Most items of a set. Spark's FPGrowth has no such limit: it mines all and keeps these.
    kind : {"all", "closed", "maximal", "generators"}
        Which itemsets to keep, judged among those of at most `max_len` items.
    max_itemsets : int
        With more itemsets than this, stop with an error instead of collecting them.
    order_col, item_col : str
        Columns of the order and of the item: text or integers.

    Returns
    -------
    Itemsets
        Its `baskets` know the items but have no rows, so what counts baskets anew, such as
        ``null="basket_size"``, is not to be had.

    Raises
    ------
    TypeError
        If `transactions` is no Spark DataFrame.
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If orders or items are missing or of the wrong type.
    ValueError
        If an option is out of its range, or there are more than `max_itemsets`.

    See Also
    --------
    frequent_itemsets : the same from baskets in memory.

    Notes
    -----
    Spark turns a support s into ``ceil(s * n)``; it is given (min_count - 1/2) / n, so that no
    rounding loses a set at the threshold.

    References
    ----------
    Li, H., Wang, Y., Zhang, D., Zhang, M. and Chang, E. (2008). PFP: parallel FP-growth for query
    recommendation. Proceedings of the 2008 ACM Conference on Recommender Systems, 107-114.

    Examples
    --------
    ::

        from crmlytics.basket import association_rules, spark_itemsets

        found = spark_itemsets(spark.table("order_lines"), min_count=100, order_col="order_id")
        rules = association_rules(found, min_confidence=0.3)
    """
    spark_patterns.require_spark(transactions, instead="frequent_itemsets(baskets(frame, …), …)")
    checks.word("kind", kind, _kinds.KINDS)
    longest = None if max_len is None else checks.whole_number("max_len", max_len, at_least=1)
    most = checks.whole_number("max_itemsets", max_itemsets, at_least=1)
    _needed(min_support, min_count, 0)
    found = spark_patterns.frequent_sets(
        _read_lines(transactions, order_col=order_col, item_col=item_col),
        group="_order",
        item="_item",
        needed=lambda n: _needed(min_support, min_count, n),
        max_len=longest,
        most=most,
    )
    if not found.n_groups:
        raise NotEnoughDataError("there are no baskets; at least 1 is needed")
    _refuse_too_many(found, "itemsets", "max_itemsets", most)
    return _spark_results.itemsets_of(found, kind=kind, max_len=longest)


def spark_sequences(
    transactions: Any,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    max_len: int | None = None,
    closed: bool = False,
    max_patterns: int = 1_000_000,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    tz: str | None = None,
) -> Sequences:
    """Find the sequences of a Spark DataFrame by Spark's PrefixSpan; only they are collected.

    The answer equals that of `frequent_sequences`, which collects the distinct lines. Spark's
    PrefixSpan knows no limits of time between the elements, so there are none here.

    Parameters
    ----------
    transactions : Spark DataFrame
        One row per line of an order. Everything that a customer bought on one day counts as bought
        together.
    min_support, min_count : float or int, optional
        Smallest share or number of the customers; give one. A support met exactly is met.
    max_len : int, optional
        Most items of a pattern, over all its elements.
    closed : bool
        Keep only patterns that no longer found pattern with the same count contains.
    max_patterns : int
        With more patterns than this, stop with an error instead of collecting them.
    customer_col, date_col, item_col : str
        Names of the columns: customer and item (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    Sequences
        As from `frequent_sequences`; ``to_frame()`` is a Spark DataFrame.

    Raises
    ------
    TypeError
        If `transactions` is no Spark DataFrame.
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing or of the wrong type.
    ValueError
        If an option is out of its range, or more than `max_patterns` are found.

    See Also
    --------
    frequent_sequences : the same in memory, with limits of time.

    References
    ----------
    Pei, J., Han, J., Mortazavi-Asl, B. et al. (2004). Mining sequential patterns by pattern-growth:
    the PrefixSpan approach. IEEE Transactions on Knowledge and Data Engineering 16(11), 1424-1440.

    Examples
    --------
    ::

        from crmlytics.basket import spark_sequences

        found = spark_sequences(spark.table("order_lines"), min_support=0.01, max_len=3)
    """
    spark_patterns.require_spark(transactions, instead="frequent_sequences(frame, …)")
    longest = None if max_len is None else checks.whole_number("max_len", max_len, at_least=1)
    most = checks.whole_number("max_patterns", max_patterns, at_least=1)
    customers_needed(min_support=min_support, min_count=min_count, n_customers=0)
    rows = events.read_events(
        transactions, id_col=customer_col, order_col=item_col, date_col=date_col,
        as_of=dt.date.max, tz=tz,
    ).rows  # type: ignore[union-attr]  # fmt: skip  # coded events are pandas' and pyarrow's
    found = spark_patterns.frequent_sequences(
        rows,
        group="_id",
        time="_day",
        item="_order",
        needed=lambda n: customers_needed(
            min_support=min_support, min_count=min_count, n_customers=n
        ),
        max_len=longest,
        most=most,
    )
    _refuse_too_many(found, "sequences", "max_patterns", most)
    like = nw.from_native(transactions).head(0).to_native()
    return _spark_results.sequences_of(found, max_len=longest, closed=closed, like=like)


def _needed(min_support: float | None, min_count: int | None, n_baskets: int) -> int:
    return thresholds.count_needed(
        min_support=min_support, min_count=min_count, n_baskets=n_baskets
    )


def _read_lines(transactions: Any, *, order_col: str, item_col: str) -> nw.LazyFrame[Any]:
    """Check the two columns and return them under names of our own, still on Spark."""
    roles = {"order_col": order_col, "item_col": item_col}
    checks.columns(frames.column_names(transactions), roles)
    checks.distinct_columns({**roles})
    table = frames.lazy(transactions, [order_col, item_col])
    schema = table.collect_schema()
    for ours, column in (("_order", order_col), ("_item", item_col)):
        events.require_type(ours, column, schema[column])
    flags = table.select(
        _order=frames.flag(nw.col(order_col).is_null()),
        _item=frames.flag(nw.col(item_col).is_null()),
    )
    missing = frames.row(flags.select(nw.len().alias("n"), nw.col("_order", "_item").sum()))
    for ours, column in (("_order", order_col), ("_item", item_col)):
        if missing[ours]:
            raise DataContractError(
                f"{int(missing[ours]):,} of {int(missing['n']):,} values of {column!r} are "
                "missing; drop those rows or name them; see them with "
                f"{frames.how_to_find(transactions, column, 'missing')}"
            )
    return table.select(_order=nw.col(order_col), _item=nw.col(item_col))


def _refuse_too_many(found: spark_patterns.Found, what: str, option: str, most: int) -> None:
    if found.too_many:
        raise ValueError(
            f"more than {option}={most:,} {what} reach min_count={found.min_count:,}; "
            f"raise min_count, set max_len, or raise {option}"
        )
