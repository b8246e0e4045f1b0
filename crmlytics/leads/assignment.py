"""Distributing leads among those who work them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError
from crmlytics.leads import _assignment_plans as plans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def assign_leads(
    leads: IntoFrameT,
    *,
    owners: Sequence[str],
    capacity: int | Mapping[str, int],
    lead_col: str = "lead_id",
    value_col: str = "expected_value",
    value_by_owner: Mapping[str, str] | None = None,
    owner_col: str = "owner",
) -> IntoFrameT:
    r"""Distribute leads among owners so that the expected value is as large as can be.

    Parameters
    ----------
    leads : frame
        One row per lead, of any engine, such as `LeadScorer.score` gives.
    owners : sequence of str
        Who works leads, in the order in which they are dealt to.
    capacity : int or mapping from str to int
        How many leads an owner can take; for all, or by owner.
    lead_col : str
        Column that tells leads apart, text or integers.
    value_col : str
        Column with the expected value of a lead, whoever works it: probability times value, less
        the cost of working it. Leads of 0 or less, or of a missing value, are given to nobody.
    value_by_owner : mapping from str to str, optional
        Column with the expected value of a lead if this owner works it, by owner, for owners who
        are not alike; then `value_col` is not read.
    owner_col : str
        Name of the column with the owner.

    Returns
    -------
    frame
        The kind that came in, one row per lead by its id: `lead_col`, `owner_col` (null: nobody)
        and ``expected_value``, that of the lead with this owner (null: nobody).

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a lead occurs twice or has no id, or a value is infinite or no number.
    ValueError
        If there is no owner, one is named twice, or a capacity is missing or negative.

    Notes
    -----
    Owners who are alike: the leads of most value are taken, as many as the capacity holds, which
    no other choice can beat; they are dealt in rounds to and fro (1 2 3, 3 2 1, …), so that of two
    owners of one capacity neither gets more than the other by more than the best lead's value.
    Owners who are not: the transport problem is solved exactly; fairness then yields to value.
    Equal values go by the lead's id: the order of the rows does not matter.

    References
    ----------
    Dantzig, G. B. (1963). Linear Programming and Extensions. Princeton, ch. 14 (transport).

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.leads import assign_leads
    >>> leads = pd.DataFrame({
    ...     "lead_id": ["a", "b", "c", "d", "e"],
    ...     "expected_value": [50.0, 10.0, 40.0, 30.0, -5.0],
    ... })
    >>> assign_leads(leads, owners=["Ann", "Bob"], capacity=2)
      lead_id owner  expected_value
    0       a   Ann            50.0
    1       b   Ann            10.0
    2       c   Bob            40.0
    3       d   Bob            30.0
    4       e   NaN             NaN
    """
    names, room = _owners(owners, capacity)
    columns = _value_columns(names, value_col, value_by_owner)
    roles = {"lead_col": lead_col} | columns
    checks.columns(frames.column_names(leads), roles)
    checks.free_names([lead_col], [owner_col, "expected_value"])
    if owner_col == "expected_value":
        raise ValueError("owner_col must not be 'expected_value', which is a result column")
    table = frames.collect(
        frames.lazy(leads, list(dict.fromkeys([lead_col, *columns.values()]))).sort(lead_col)
    )
    ids = _ids(table, lead_col)
    value = np.stack([_values(table, name) for name in columns.values()], axis=1)
    if value_by_owner is None:
        plan = plans.dealt(value[:, 0], room)
        gained = value[:, 0]
    else:
        plan = plans.transported(value, room)
        gained = value[np.arange(len(plan)), np.maximum(plan, 0)]
    words = np.array([*names, None], dtype=object)
    found = {
        lead_col: ids,
        owner_col: words[plan],
        "expected_value": np.where(plan >= 0, gained, np.nan),
    }
    return frames.from_arrays(found, like=leads)


def _owners(
    owners: Sequence[str], capacity: int | Mapping[str, int]
) -> tuple[list[str], NDArray[np.int64]]:
    if isinstance(owners, str):
        raise TypeError(f"owners must be a list of names, got {type(owners).__name__}")
    names = list(owners)
    if not names or len(set(names)) < len(names):
        raise ValueError("owners must name at least one owner, and each of them once")
    if isinstance(capacity, int):
        room = [checks.whole_number("capacity", capacity, at_least=0)] * len(names)
    else:
        if missing := len(set(names) - set(capacity)):
            raise ValueError(f"capacity lacks {missing} of the {len(names)} owners")
        room = [checks.whole_number("capacity", capacity[name], at_least=0) for name in names]
    return names, np.array(room, np.int64)


def _value_columns(
    names: list[str], value_col: str, value_by_owner: Mapping[str, str] | None
) -> dict[str, str]:
    if value_by_owner is None:
        return {"value_col": value_col}
    if missing := len(set(names) - set(value_by_owner)):
        raise ValueError(f"value_by_owner lacks {missing} of the {len(names)} owners")
    return {f"value_by_owner[{i}]": value_by_owner[name] for i, name in enumerate(names)}


def _ids(table: nw.DataFrame[Any], name: str) -> NDArray[Any]:
    if missing := int(table[name].is_null().sum()):
        raise DataContractError(f"{missing:,} of {len(table):,} values of {name!r} are missing")
    ids = frames.arrays(table.select(name))[name]
    if twice := len(ids) - len(set(ids.tolist())):
        raise DataContractError(
            f"{twice:,} of {len(ids):,} rows repeat a value of {name!r}; one row per lead is needed"
        )
    return ids


def _values(table: nw.DataFrame[Any], name: str) -> NDArray[np.float64]:
    """Values, missing ones as 0, which nobody is given."""
    if not table[name].dtype.is_numeric():
        raise DataContractError(f"{name!r} must hold numbers, it holds {table[name].dtype}")
    values: NDArray[np.float64] = frames.arrays(table.select(name))[name].astype(np.float64)
    if bad := int(np.isinf(values).sum()):
        raise DataContractError(f"{bad:,} of {len(values):,} values of {name!r} are infinite")
    return np.where(np.isnan(values), 0.0, values)
