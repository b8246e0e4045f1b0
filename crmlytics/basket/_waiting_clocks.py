"""Clocks that run from the purchase of one item to that of another, or to the end of the data."""

from __future__ import annotations

import difflib
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.basket._sequence_rows import DatedItems

FromEach = Literal["first", "every"]


class Clocks(NamedTuple):
    """Waiting times from a start to the next purchase of an item, or to the end of `as_of`."""

    customer: NDArray[np.int64]
    duration: NDArray[np.int64]
    event: NDArray[np.bool_]


def wanted_pairs(
    pairs: Sequence[tuple[Any, Any]] | None, first_item: Any, next_item: Any
) -> list[tuple[Any, Any]]:
    """Return the pairs of items asked for, whichever way they were given."""
    if (pairs is None) == (first_item is None and next_item is None):
        raise ValueError("give either first_item and next_item, or pairs of such items")
    if pairs is None:
        if first_item is None or next_item is None:
            missing = "first_item" if first_item is None else "next_item"
            raise ValueError(f"{missing} is missing; it may be the same as the other item")
        return [(_item("first_item", first_item), _item("next_item", next_item))]
    held = [] if isinstance(pairs, str) or not hasattr(pairs, "__iter__") else list(pairs)
    if not held or any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in held):
        raise ValueError(
            "pairs must be a list of at least one (first, next), such as [('printer', 'ink')]"
        )
    return [(_item("pairs", pair[0]), _item("pairs", pair[1])) for pair in held]


def _item(parameter: str, name: object) -> str | int:
    """Return one item's name: True and 1.0 would find the item 1."""
    if isinstance(name, str):
        return name
    if isinstance(name, Integral) and not isinstance(name, bool):
        return int(name)
    raise TypeError(f"{parameter} must name items by text or integers, got {type(name).__name__}")


def codes_of_pairs(
    pairs: list[tuple[Any, Any]], rows: DatedItems, item_col: str
) -> list[tuple[int, int]]:
    """Return the codes of the items, all of which must occur."""
    if not len(rows.day):
        raise NotEnoughDataError("there are no rows; at least 1 purchase of each item is needed")
    place = {name: code for code, name in enumerate(rows.items.tolist())}
    for name in (name for pair in pairs for name in pair):
        if name not in place:
            close = difflib.get_close_matches(str(name), [str(one) for one in place], n=1)
            raise NotEnoughDataError(
                f"{name!r} does not occur in {item_col!r} up to as_of"
                f"{f'; did you mean {close[0]!r}?' if close else ''}"
            )
    return [(place[first], place[following]) for first, following in pairs]


def clocks_of(
    rows: DatedItems, first: int, following: int, last: int, from_each: FromEach
) -> Clocks:
    """Start a clock at the purchases of the first item."""
    at = np.flatnonzero(rows.item == first)
    if from_each == "first":
        at = at[np.diff(rows.customer[at], prepend=-1) != 0]
    return until(rows, rows.customer[at], rows.day[at], following, last)


def until(
    rows: DatedItems,
    customer: NDArray[np.int64],
    day: NDArray[np.int64],
    following: int,
    last: int,
) -> Clocks:
    """Stop each clock at the first later day on which the customer buys the item."""
    bought = np.flatnonzero(rows.item == following)
    low = int(rows.day.min())
    width = last - low + 2
    key = rows.customer[bought] * width + rows.day[bought] - low
    place = np.searchsorted(key, customer * width + day - low, side="right")
    at = np.minimum(place, len(bought) - 1)
    event = (place < len(bought)) & (rows.customer[bought[at]] == customer)
    return Clocks(customer, np.where(event, rows.day[bought[at]], last) - day, event)
