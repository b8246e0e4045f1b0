"""Frequent sets and sequences by Spark's own miners: only what is frequent leaves the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics._core import checks, frames

if TYPE_CHECKING:
    from collections.abc import Callable

    import narwhals.stable.v2 as nw

_NO_LIMIT = 2**31 - 1


class Found(NamedTuple):
    """What Spark found: `n_groups` in all, the distinct `items`, and each pattern's count.

    A pattern is a list of items, or for sequences a list of such lists, in no order within a set.
    `too_many` says that there are more than were wanted, and nothing was collected.
    """

    n_groups: int
    min_count: int
    items: list[Any]
    patterns: list[Any]
    counts: list[int]
    too_many: bool


def require_spark(frame: object, *, instead: str) -> None:
    """Refuse a frame of any other engine; `instead` says what does the same there."""
    kind = frames.kind_of(frame)
    if kind != "pyspark":
        raise TypeError(f"transactions must be a Spark DataFrame, got one of {kind}; use {instead}")


def frequent_sets(
    lines: nw.LazyFrame[Any],
    *,
    group: str,
    item: str,
    needed: Callable[[int], int],
    max_len: int | None,
    most: int,
) -> Found:
    """Sets of items that enough groups hold, by ``pyspark.ml.fpm.FPGrowth``.

    `needed` tells the smallest count from the number of groups. Spark's FPGrowth knows no longest
    set, so `max_len` cuts what it found.
    """
    from pyspark.ml.fpm import FPGrowth
    from pyspark.sql import functions as f

    rows: Any = lines.to_native()
    sets = rows.groupBy(group).agg(f.collect_set(item).alias("items")).select("items").persist()
    try:
        n_groups = int(sets.count())
        items = [row[0] for row in rows.select(item).distinct().collect()]
        min_count = needed(n_groups)
        if min_count > n_groups:
            return Found(n_groups, min_count, items, [], [], too_many=False)
        miner = FPGrowth(itemsCol="items", minSupport=_share(min_count, n_groups))
        found = miner.fit(sets).freqItemsets
        if max_len is not None:
            found = found.where(f.size("items") <= max_len)
        patterns, counts, too_many = _collected(found, "items", most)
    finally:
        sets.unpersist()
    return Found(n_groups, min_count, items, patterns, counts, too_many)


def frequent_sequences(
    events: nw.LazyFrame[Any],
    *,
    group: str,
    time: str,
    item: str,
    needed: Callable[[int], int],
    max_len: int | None,
    most: int,
) -> Found:
    """Sequences of sets that enough groups show, by ``pyspark.ml.fpm.PrefixSpan``.

    Items of one group and one time are one set of the group's sequence.
    """
    from pyspark.ml.fpm import PrefixSpan
    from pyspark.sql import functions as f

    rows: Any = events.to_native()
    sets = rows.groupBy(group, time).agg(f.collect_set(item).alias("items"))
    # Structures sort by their first field, the time.
    ordered = f.sort_array(f.collect_list(f.struct(time, "items")))
    sequences = (
        sets.groupBy(group)
        .agg(ordered.alias("events"))
        .select(f.col("events.items"))
        .toDF("events")
    ).persist()
    try:
        n_groups = int(sequences.count())
        items = [row[0] for row in rows.select(item).distinct().collect()]
        min_count = needed(n_groups)
        if min_count > n_groups:
            return Found(n_groups, min_count, items, [], [], too_many=False)
        miner = PrefixSpan(
            minSupport=_share(min_count, n_groups),
            maxPatternLength=_NO_LIMIT if max_len is None else min(max_len, _NO_LIMIT),
            sequenceCol="events",
        )
        found = miner.findFrequentSequentialPatterns(sequences)
        patterns, counts, too_many = _collected(found, "sequence", most)
    finally:
        sequences.unpersist()
    return Found(n_groups, min_count, items, patterns, counts, too_many)


def _share(min_count: int, n_groups: int) -> float:
    """Share of which Spark's ceil(share · n) makes `min_count` again, whatever the rounding."""
    checks.whole_number("min_count", min_count, at_least=1)
    return (min_count - 0.5) / n_groups


def _collected(found: Any, column: str, most: int) -> tuple[list[Any], list[int], bool]:
    """Collect the patterns and their counts, or nothing of too many."""
    rows = found.select(column, "freq").limit(most + 1).collect()
    if len(rows) > most:
        return [], [], True
    return [row[0] for row in rows], [int(row[1]) for row in rows], False
