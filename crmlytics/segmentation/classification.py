"""Segments by rules on any columns, checked for overlaps and gaps."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError
from crmlytics.segmentation._columns import optional_numbers, refuse_overwriting

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_MOST_CELLS = 200_000
_MOST_NAMED = 5


def classify(
    customers: IntoFrameT,
    rules: Mapping[str, Mapping[str, Any]],
    *,
    priority: bool = False,
    other: str | None = None,
    segment_col: str = "segment",
) -> IntoFrameT:
    """Give each customer a segment by rules on any columns.

    Parameters
    ----------
    customers : frame
        One row per customer.
    rules : mapping from str to mapping
        Each segment's conditions, all of which must hold: column to condition. A condition is a
        pair ``(low, high)`` of numbers, low included and high not, None for no bound; or a text, or
        a collection of texts, one of which the column must hold (``{"true"}`` for a truth value).
    priority : bool
        True: where rules overlap, the first wins. False: an overlap is refused.
    other : str, optional
        Segment of the customers whom no rule holds, those with missing values among them. Without
        it a gap is refused.
    segment_col : str
        Name of the column added.

    Returns
    -------
    frame
        The kind that came in, its rows in their order, with `segment_col` added.

    Raises
    ------
    ColumnNotFoundError
        If a column of a rule is not there.
    ValueError
        If rules overlap or leave a gap: anywhere, not only where customers are today.
    DataContractError
        If values that a rule needs are missing and `other` is not named, a column is of the wrong
        type, or `segment_col` is there already.

    Notes
    -----
    All bounds cut a number's axis into intervals, all texts named cut a column into themselves and
    "anything else". Rules are checked on every combination, at a cost of their number.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import classify
    >>> customers = pd.DataFrame({"spend": [50, 700, 900], "country": ["DE", "DE", "FR"]})
    >>> rules = {
    ...     "small": {"spend": (None, 500)},
    ...     "large at home": {"spend": (500, None), "country": "DE"},
    ... }
    >>> classify(customers, rules, other="large abroad")
       spend country        segment
    0     50      DE          small
    1    700      DE  large at home
    2    900      FR   large abroad
    """
    if not rules:
        raise ValueError("rules must name at least one segment")
    read = {segment: _conditions(segment, rule) for segment, rule in rules.items()}
    columns = list(dict.fromkeys(column for rule in read.values() for column in rule))
    names = frames.column_names(customers)
    checks.columns(names, {f"the rule on {name!r}": name for name in columns})
    refuse_overwriting(names, [segment_col], how="choose another with segment_col=")
    axes = {column: _axis(column, read) for column in columns}
    _check(read, axes, priority=priority, other=other)
    table = frames.collect(frames.lazy(customers))
    held = np.ones((len(read), len(table)), bool)
    missing = np.zeros(len(table), bool)
    for column in columns:
        values = _values(table, column, axes[column])
        missing |= _absent(values)
        for i, rule in enumerate(read.values()):
            if column in rule:
                held[i] &= _holds(rule[column], values)
    found = held.any(axis=0)
    if (bad := int((~found & missing).sum())) and other is None:
        raise DataContractError(
            f"{bad:,} of {len(table):,} customers miss a value that the rules need; name their "
            "segment with other="
        )
    segment = np.array([*read, other], dtype=object)[np.where(found, held.argmax(axis=0), -1)]
    added = frames.with_arrays(table, {segment_col: segment}, like=customers)
    return frames.same_kind(added, like=customers)


def _conditions(segment: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    return {column: _condition(segment, column, given) for column, given in rule.items()}


def _condition(segment: str, column: str, given: Any) -> Any:
    where = f"the rule of {segment!r} on {column!r}"
    if isinstance(given, str):
        return frozenset({given})
    if isinstance(given, tuple) and len(given) == 2 and all(_is_bound(end) for end in given):
        low = -np.inf if given[0] is None else float(given[0])
        high = np.inf if given[1] is None else float(given[1])
        if not low < high:
            raise ValueError(f"{where} holds nothing: {given!r}")
        return low, high
    if isinstance(given, Collection) and given and all(isinstance(one, str) for one in given):
        return frozenset(given)
    raise ValueError(f"{where} must be (low, high), a text or a collection of texts, got {given!r}")


def _is_bound(end: Any) -> bool:
    number = isinstance(end, Real) and not isinstance(end, bool) and float(end) == float(end)
    return end is None or number


def _axis(column: str, rules: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """One example of each thing that the rules can tell apart in a column, None = anything else."""
    given = [rule[column] for rule in rules.values() if column in rule]
    texts = [one for one in given if isinstance(one, frozenset)]
    if texts and len(texts) < len(given):
        raise ValueError(f"the rules on {column!r} mix numbers and texts")
    if texts:
        return [*sorted(frozenset().union(*texts)), None]
    bounds = {end for low, high in given for end in (low, high)}
    return sorted((bounds | {-np.inf}) - {np.inf})


def _check(
    rules: Mapping[str, Mapping[str, Any]],
    axes: Mapping[str, list[Any]],
    *,
    priority: bool,
    other: str | None,
) -> None:
    size = int(np.prod([len(axis) for axis in axes.values()], dtype=float))
    if size > _MOST_CELLS:
        raise ValueError(
            f"the rules make {size:,} combinations, more than the {_MOST_CELLS:,} that can be "
            "checked; use fewer columns or bounds"
        )
    overlaps: list[str] = []
    gaps: list[str] = []
    for cell in itertools.product(*axes.values()):
        example = dict(zip(axes, cell, strict=True))
        matched = [
            segment
            for segment, rule in rules.items()
            if all(_holds_one(condition, example[column]) for column, condition in rule.items())
        ]
        if len(matched) > 1:
            overlaps.append(f"{' and '.join(map(repr, matched))} where {_words(example, axes)}")
        if not matched:
            gaps.append(_words(example, axes))
    if overlaps and not priority:
        raise ValueError(
            f"rules overlap: {_first(overlaps)}; mend them, or pass priority=True to let the first "
            "rule win"
        )
    if gaps and other is None:
        raise ValueError(
            f"no rule holds: {_first(gaps)}; mend the rules, or name the rest with other="
        )


def _holds_one(condition: Any, example: Any) -> bool:
    if isinstance(condition, frozenset):
        return example in condition
    return bool(condition[0] <= example < condition[1])


def _words(example: Mapping[str, Any], axes: Mapping[str, list[Any]]) -> str:
    parts = []
    for column, value in example.items():
        axis = axes[column]
        if value is None:
            parts.append(f"{column} is anything else")
        elif isinstance(value, str):
            parts.append(f"{column} is {value!r}")
        else:
            after = [end for end in axis if end > value]
            parts.append(f"{column} in [{value:g}, {min(after, default=np.inf):g})")
    return ", ".join(parts) if parts else "anywhere"


def _first(cells: list[str]) -> str:
    more = f"; and {len(cells) - _MOST_NAMED} more" if len(cells) > _MOST_NAMED else ""
    return "; ".join(cells[:_MOST_NAMED]) + more


def _values(table: Any, column: str, axis: list[Any]) -> NDArray[Any]:
    """Numbers (missing NaN) or texts (missing None), as the rules on the column need."""
    if None not in axis:
        return optional_numbers(table, column)
    values = frames.arrays(table.select(column))[column]
    if values.dtype == bool:
        return np.where(values, "true", "false").astype(object)
    return np.array([None if v is None or v != v else str(v) for v in values], dtype=object)


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == object:
        return np.array([value is None for value in values], bool)
    return np.asarray(np.isnan(values), bool)


def _holds(condition: Any, values: NDArray[Any]) -> NDArray[np.bool_]:
    if isinstance(condition, frozenset):
        return np.array([value in condition for value in values], bool)
    return np.asarray((condition[0] <= values) & (values < condition[1]), bool)
