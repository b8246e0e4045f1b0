"""What a purchase summary counts and in which unit, checked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crmlytics._core import checks, periods

if TYPE_CHECKING:
    from crmlytics.customers.purchases import Refunds


class SummaryOptions(NamedTuple):
    """The choices of `purchase_summary`.

    Purchases within one `merge_unit` are one purchase; a span of one `merge_unit` is
    1 / `per_span` units of the result.
    """

    merge_unit: periods.Unit
    per_span: float
    include_first: bool
    ignore_refunds: bool
    money: bool
    log_gaps: bool


def check_options(
    *,
    unit: str,
    exact: bool,
    first_purchase: str,
    refunds: Refunds,
    amount_col: str | None,
    log_gaps: bool,
) -> SummaryOptions:
    """Refuse what makes no sense and translate the rest."""
    checks.word("unit", unit, periods.UNITS)
    checks.word("first_purchase", first_purchase, ("exclude", "include"))
    checks.word("refunds", refunds, ("net", "ignore", "error"))
    if exact and unit not in ("D", "W"):
        raise ValueError(
            f"exact=True needs unit='D' or 'W', got {unit!r}: "
            "months, quarters and years have no fixed number of days"
        )
    return SummaryOptions(
        merge_unit="D" if exact else unit,  # type: ignore[arg-type]
        per_span=7.0 if exact and unit == "W" else 1.0,
        include_first=first_purchase == "include",
        ignore_refunds=refunds == "ignore",
        money=amount_col is not None,
        log_gaps=bool(log_gaps),
    )
