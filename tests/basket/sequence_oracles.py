"""Published examples of sequences, and the slow, obvious way to find them."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pandas as pd

from crmlytics.basket import frequent_sequences

PEI = {
    "s1": ["a", "abc", "ac", "d", "cf"],
    "s2": ["ad", "c", "bc", "ae"],
    "s3": ["ef", "ab", "df", "c", "b"],
    "s4": ["e", "g", "af", "c", "b", "c"],
}
ZAKI = {
    "1": {10: "CD", 15: "ABC", 20: "ABF", 25: "ACDF"},
    "2": {15: "ABF", 20: "E"},
    "3": {10: "ABF"},
    "4": {10: "DGH", 20: "BF", 25: "AGH"},
}


def log_of(rows):
    """Transactions from (customer, day number, item)."""
    frame = pd.DataFrame(list(rows), columns=["customer_id", "day", "item"])
    day = pd.to_datetime(frame.pop("day").astype("int64"), unit="D")
    return frame.assign(date=day.astype("datetime64[us]"))


def pei_log():
    return log_of(
        (customer, day, item)
        for customer, elements in PEI.items()
        for day, element in enumerate(elements)
        for item in element
    )


def zaki_log():
    return log_of(
        (customer, day, item)
        for customer, elements in ZAKI.items()
        for day, element in elements.items()
        for item in element
    )


def found_in(rows, **options):
    """Patterns as tuples with their counts."""
    held = frequent_sequences(log_of(rows) if isinstance(rows, list) else rows, **options)
    patterns = [tuple(tuple(element) for element in pattern) for pattern in held.patterns()]
    assert len(set(patterns)) == len(patterns)
    return dict(zip(patterns, held.counts.tolist(), strict=True))


def by_brute_force(rows, min_count, *, min_gap=1, max_gap=10**9, max_span=10**9, max_len=10**9):
    """Enumerate every sequence of every customer."""
    customers = defaultdict(lambda: defaultdict(set))
    for customer, day, item in rows:
        customers[customer][day].add(item)
    counts = Counter()
    for events in customers.values():
        found = set()

        def extend(pattern, first, last, size, events=events, found=found):
            for day in sorted(events):
                if last is not None:
                    in_step = max(min_gap, 1) <= day - last <= max_gap
                    if not in_step or day - first > max_span:
                        continue
                for n in range(1, min(len(events[day]), max_len - size) + 1):
                    for element in itertools.combinations(sorted(events[day]), n):
                        found.add((*pattern, element))
                        begun = day if first is None else first
                        extend((*pattern, element), begun, day, size + n)

        extend((), None, None, 0)
        counts.update(found)
    return {pattern: n for pattern, n in counts.items() if n >= min_count}


def closed_among(counts):
    """Patterns that no other of equal count contains."""
    return {
        pattern: n
        for pattern, n in counts.items()
        if not any(
            other != pattern and m == n and contains(other, pattern) for other, m in counts.items()
        )
    }


def contains(longer, shorter):
    rest = iter(longer)
    return all(any(set(element) <= set(one) for one in rest) for element in shorter)


def unlimited(*_found):
    """A budget that never ends."""
