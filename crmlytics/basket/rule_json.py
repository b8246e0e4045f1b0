"""Rules as text that other programs read, and back, without loss."""

from __future__ import annotations

import json
import math
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import frames
from crmlytics.basket._rule_frames import checked_backend, table_of
from crmlytics.errors import DataContractError

_WORDS = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
_FORMAT = "crmlytics rules"


def rules_to_json(rules: object, *, indent: int | None = None) -> str:
    """Write a table of rules as JSON, from which `rules_from_json` makes the same table.

    Parameters
    ----------
    rules : frame
        A result of `association_rules`, `compare_rules` or `rule_stability`, sorted and filtered
        at will, from any engine.
    indent : int, optional
        Spaces per level; None gives one line.

    Returns
    -------
    str
        An object with ``format``, ``columns`` (name and kind, in order) and ``rules`` (one object
        per row, the sides as lists of names). JSON knows no infinite numbers: they are the words
        ``"Infinity"``, ``"-Infinity"`` and ``"NaN"``.

    Raises
    ------
    DataContractError
        If a column holds what JSON cannot say.

    Notes
    -----
    pandas' own `to_json` rounds to at most 15 digits and turns infinity into null: a conviction of
    infinity and a missing one would be the same. Here numbers keep all their digits.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import rules_to_json
    >>> rules = pd.DataFrame(
    ...     {"antecedent": [["a"]], "consequent": ["b"], "conviction": [float("inf")]}
    ... )
    >>> rules_to_json(rules)[-78:]
    '"rules": [{"antecedent": ["a"], "consequent": "b", "conviction": "Infinity"}]}'
    """
    table = frames.collect(frames.lazy(rules))
    columns = {name: _plain_column(table[name].to_list()) for name in table.columns}
    kinds = [
        {"name": name, "kind": _kind(name, values, table.schema[name])}
        for name, values in columns.items()
    ]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    written = [{name: _written(value) for name, value in row.items()} for row in rows]
    return json.dumps(
        {"format": _FORMAT, "columns": kinds, "rules": written},
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
    )


def rules_from_json(
    text: str, *, backend: Literal["pandas", "polars", "pyarrow"] | None = None
) -> Any:
    """Read the table of rules that `rules_to_json` wrote.

    Parameters
    ----------
    text : str
        What `rules_to_json` returned.
    backend : {"pandas", "polars", "pyarrow"} or None
        The kind of frame; None means pandas.

    Returns
    -------
    frame
        The same columns in the same order, with the same values.

    Raises
    ------
    DataContractError
        If the text is not such a table.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import rules_from_json, rules_to_json
    >>> rules = pd.DataFrame({"antecedent": [["a"]], "consequent": ["b"], "lift": [0.1 + 0.2]})
    >>> rules_from_json(rules_to_json(rules)).equals(rules)
    True
    """
    chosen = checked_backend(backend)
    try:
        found = json.loads(text)
        if found["format"] != _FORMAT:
            raise KeyError("format")
        kinds = {column["name"]: column["kind"] for column in found["columns"]}
        columns = {name: [rule[name] for rule in found["rules"]] for name in kinds}
    except (ValueError, KeyError, TypeError) as error:
        raise DataContractError("the text is no table of rules from rules_to_json") from error
    read = {name: _read(values, kinds[name]) for name, values in columns.items()}
    names = [
        name for side in read.values() if isinstance(side, list) for one in side for name in one
    ]
    return table_of(read, backend=chosen, items=np.array(names[:1], object))


def _plain_column(values: list[Any]) -> list[Any]:
    return [
        list(value) if not isinstance(value, str) and hasattr(value, "__len__") else value
        for value in values
    ]


def _kind(name: str, values: list[Any], dtype: Any) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return _kind_of(dtype)
    for kind, types in (("list", list), ("bool", bool), ("integer", int), ("number", float)):
        if all(isinstance(value, types) for value in known):
            return kind
    if all(isinstance(value, str) for value in known):
        return "text"
    if all(isinstance(value, int | float) for value in known):
        return "number"
    raise DataContractError(f"the column {name!r} holds neither numbers, names nor lists of names")


def _kind_of(dtype: Any) -> str:
    """Kind of a column without values."""
    if dtype == nw.List:
        return "list"
    if dtype == nw.Boolean:
        return "bool"
    if dtype.is_numeric():
        return "integer" if dtype.is_integer() else "number"
    return "text"


def _written(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value


def _read(values: list[Any], kind: str) -> Any:
    """An array, or the list of lists as it is."""
    if kind == "list":
        return values
    if kind == "number":
        numbers = [_WORDS[value] if isinstance(value, str) else value for value in values]
        return np.array(numbers, np.float64)  # None becomes NaN
    whole = None not in values
    types: dict[str, Any] = {"bool": np.bool_, "integer": np.int64}
    return np.array(values, types.get(kind, object) if whole else object)
