"""Customers' days as numbered events, and the window of events that a limit in days leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.basket._sequence_rows import DatedItems


class Events(NamedTuple):
    """All (customer, day), numbered by customer and then by day, and the items of each.

    `row_event` and `row_item` are the rows (event, item) in that order; `end` is the number of the
    first event of the next customer.
    """

    n_customers: int
    n_items: int
    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    end: NDArray[np.int64]
    row_event: NDArray[np.int64]
    row_item: NDArray[np.int64]


def events_of(rows: DatedItems) -> Events:
    """Merge the rows of one customer and one day into one event."""
    new = np.ones(len(rows.day), bool)
    new[1:] = (np.diff(rows.customer) != 0) | (np.diff(rows.day) != 0)
    customer = rows.customer[new]
    last = np.cumsum(np.bincount(customer, minlength=len(rows.customers)))
    return Events(
        n_customers=len(rows.customers),
        n_items=len(rows.items),
        customer=customer,
        day=rows.day[new],
        end=last[customer],
        row_event=np.cumsum(new) - 1,
        row_item=rows.item,
    )


def first_after(events: Events, days: int) -> NDArray[np.int64]:
    """For each event the number of the customer's first event at least so many days later."""
    if not len(events.day):
        return np.empty(0, np.int64)
    day = events.day - events.day.min()
    width = int(day.max()) + 1
    # Beyond the width of the data every number of days is the same; a clipped one cannot overflow.
    stride = 2 * width + 1
    key = events.customer * stride + day
    found: NDArray[np.int64] = np.searchsorted(key, key + min(days, width))
    return found


def ranges(start: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Lay the ranges start … start + length - 1 end to end."""
    stop = np.cumsum(length)
    total = int(stop[-1]) if len(stop) else 0
    laid: NDArray[np.int64] = np.arange(total) + np.repeat(start - (stop - length), length)
    return laid


def blocks(work: NDArray[np.int64], most: int) -> list[tuple[int, int]]:
    """Cut consecutive pieces of work into slices of at most `most`, or of one larger piece."""
    done = np.concatenate(([0], np.cumsum(work)))
    cuts, at = [], 0
    while at < len(work):
        upto = int(np.searchsorted(done, done[at] + most, side="right")) - 1
        upto = max(upto, at + 1)
        cuts.append((at, upto))
        at = upto
    return cuts
