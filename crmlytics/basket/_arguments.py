"""Arguments of the wrong kind: a frame for baskets, no column for a role that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_REMEDIES = {
    "Baskets": "make it of a frame with crmlytics.basket.baskets(frame, order_col=…, item_col=…)",
    "Itemsets": "mine them with crmlytics.basket.frequent_itemsets(baskets, min_count=…)",
}
_ARTICLES = {"Baskets": "a", "Itemsets": "an"}


def require(parameter: str, value: object, kind: type[Any]) -> None:
    """Refuse anything but a result of this package, and say how to get one."""
    if not isinstance(value, kind):
        name = kind.__name__
        raise TypeError(
            f"{parameter} must be {_ARTICLES[name]} {name}, got {type(value).__name__}; "
            f"{_REMEDIES[name]}"
        )


def require_columns(roles: Mapping[str, object]) -> None:
    """Refuse roles without a column: None is a choice for optional ones only."""
    for parameter, column in roles.items():
        if column is None:
            raise TypeError(f"{parameter} must be the name of a column (text), got None")
