"""Customers by cut-off in numpy, for frames in memory: one sort, then slices of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import codes
from crmlytics.customers._snapshot_plan import EVER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics._core.events import CodedEvents
    from crmlytics.customers._snapshot_plan import Plan


def histories(
    events: CodedEvents, plan: Plan, *, money: bool, ignore: bool, all_known: bool
) -> dict[str, Any]:
    """One row per customer and cut-off, ordered by cut-off and customer.

    ``_id``; ``_cut``; ``first`` and ``last`` purchase day of the history; ``ever``, ``active``
    (purchase days before the cut-off, in the time of activity); ``n``, ``n_0`` …, ``n_ahead``
    (purchase days of the history, the windows, the outcome) and the same of ``money``.
    """
    days = _Days(events, money=money, ignore=ignore)
    parts = [_of_cutoff(days, plan, at, all_known=all_known) for at in range(len(plan.cut))]
    table = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"_id": events.ids.take(table.pop("_code"))} | table


class _Days:
    """The distinct (customer, day) pairs in order, what was bought on them and for how much."""

    def __init__(self, events: CodedEvents, *, money: bool, ignore: bool) -> None:
        code, day, amount = events.code, events.day, events.amount
        if money and ignore and events.n_refunds:
            kept = amount >= 0
            code, day, amount = code[kept], day[kept], amount[kept]
        self.n = len(events.ids)
        self.low, high = (int(day.min()), int(day.max())) if len(day) else (0, 0)
        # Room for a day beyond either end, so that every bound has a place of its own.
        self.width = high - self.low + 2
        held, place = codes.numbered(code * self.width + (day - self.low), self.n * self.width)
        self.key, self.day = held, held % self.width + self.low
        self.money = codes.totals(place, amount, len(held)) if money else None
        # Number of days with a purchase before each pair; a day of refunds only has none.
        bought = np.ones(len(held), bool)
        if money and not ignore and events.n_refunds:
            bought = np.bincount(place[amount >= 0], minlength=len(held)) > 0
        self.bought = np.flatnonzero(bought)
        self.before = np.concatenate(([0], np.cumsum(bought)))

    def start(self, day: int) -> NDArray[np.int64]:
        """Place of each customer's first pair on or after `day`."""
        at = min(max(day - self.low, 0), self.width - 1)
        return np.searchsorted(self.key, np.arange(self.n) * self.width + at)

    def count(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
        """Days with a purchase in each customer's slice."""
        return self.before[end] - self.before[start]

    def total(self, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
        """Money of each customer's slice, summed within it: no other's rounding enters."""
        result = np.zeros(len(start))
        filled = np.flatnonzero(end > start)
        if self.money is not None and len(filled):
            bounds = np.stack((start[filled], end[filled]), axis=1).ravel()
            padded = np.append(self.money, 0.0)  # the last slice may end with the table
            result[filled] = np.add.reduceat(padded, bounds)[::2]
        return result

    def edge(
        self, start: NDArray[np.int64], end: NDArray[np.int64], *, last: bool, empty: int
    ) -> NDArray[np.int64]:
        """First or last day with a purchase of each slice."""
        result = np.full(len(start), empty, np.int64)
        some = self.before[end] > self.before[start]
        which = self.before[end[some]] - 1 if last else self.before[start[some]]
        result[some] = self.day[self.bought[which]]
        return result


def _of_cutoff(days: _Days, plan: Plan, at: int, *, all_known: bool) -> dict[str, Any]:
    bound = {
        name: days.start(int(getattr(plan, name)[at]))
        for name in ("cut", "since", "active", "opens", "closes")
    }
    begin, cut = days.start(EVER), bound["cut"]
    spans = {"": (bound["since"], cut), "_ahead": (bound["opens"], bound["closes"])}
    spans |= {f"_{i}": (days.start(int(day)), cut) for i, day in enumerate(plan.within[at])}
    table = {
        "_code": np.arange(days.n),
        "_cut": np.full(days.n, plan.cut[at]),
        "first": days.edge(bound["since"], cut, last=False, empty=-EVER),
        "last": days.edge(bound["since"], cut, last=True, empty=EVER),
        "ever": (days.count(begin, cut) > 0).astype(np.int64),
        "active": days.count(bound["active"], cut),
    }
    for name, (start, end) in spans.items():
        table[f"n{name}"] = days.count(start, end)
        if days.money is not None:
            table[f"money{name}"] = days.total(start, end)
    kept = table["ever"] > 0 if all_known else table["n"] > 0
    return {name: values[kept] for name, values in table.items()}
