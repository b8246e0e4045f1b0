"""What contacting a customer gains: an offer to would-be churners, or a matrix of costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics.errors import DataContractError
from crmlytics.evaluation._scored import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_CELLS = ("tp", "fp", "tn", "fn")


class Gains(NamedTuple):
    """Money gained by acting rather than not: on an event, and (mostly negative) on none."""

    on_event: NDArray[np.float64]
    on_none: NDArray[np.float64]


def gains_of(
    n: int,
    *,
    value: Any,
    offer_cost: Any,
    contact_cost: Any,
    acceptance: Any,
    costs: Mapping[str, Any] | None,
) -> Gains:
    """Gains of each of `n` rows, from an offer's terms or from a matrix of costs."""
    if costs is not None:
        if value is not None or offer_cost is not None:
            raise ValueError("pass either costs or value and offer_cost, not both")
        return _of_costs(n, costs)
    if value is None or offer_cost is None:
        raise ValueError("value and offer_cost are needed, or a matrix of costs")
    worth = _column("value", value, n)
    offer = _column("offer_cost", offer_cost, n, at_least=0.0)
    contact = _column("contact_cost", contact_cost, n, at_least=0.0)
    accepts = _column("acceptance", acceptance, n, at_least=0.0, at_most=1.0)
    return Gains(accepts * (worth - offer) - contact, -offer - contact)


def _of_costs(n: int, costs: Mapping[str, Any]) -> Gains:
    """Elkan's matrix: costs of a true positive, false positive, true and false negative."""
    if set(costs) != set(_CELLS):
        raise ValueError(f"costs must name {', '.join(map(repr, _CELLS))}, got {sorted(costs)}")
    tp, fp, tn, fn = (_column(f"costs[{cell!r}]", costs[cell], n) for cell in _CELLS)
    if bad := int(((fn < tp) | (fp < tn) | ((fn == tp) & (fp == tn))).sum()):
        raise DataContractError(
            f"in {bad:,} of {n:,} rows of costs an error costs less than the right answer, or "
            "nothing differs; a miss (fn) must cost at least a hit (tp), an alarm (fp) at least "
            "silence (tn), and one of them more"
        )
    return Gains(fn - tp, tn - fp)


def _column(
    name: str, values: Any, n: int, *, at_least: float | None = None, at_most: float | None = None
) -> NDArray[np.float64]:
    """Return one number for every row, or one column."""
    if np.ndim(values) == 0:
        column = np.full(n, checks.number(name, values))
    else:
        column = numbers(name, values)
        if len(column) != n:
            raise DataContractError(f"{name} has {len(column):,} rows for {n:,}")
    beyond = np.zeros(n, bool)
    if at_least is not None:
        beyond |= column < at_least
    if at_most is not None:
        beyond |= column > at_most
    if bad := int(beyond.sum()):
        bounds = (
            f"below {at_least:g}" if at_most is None else f"outside {at_least:g} to {at_most:g}"
        )
        raise DataContractError(f"{bad:,} of {n:,} values of {name} are {bounds}")
    return column
