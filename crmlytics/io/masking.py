"""Values shown without their content: `99.99.9999` instead of a birthday."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 20


def shape(text: str) -> str:
    """Replace digits by 9 and letters by a, and keep at most 20 characters."""
    masked = "".join(
        "9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in text[:_LONGEST]
    )
    return masked + "…" if len(text) > _LONGEST else masked


def shapes(texts: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return the first few different shapes."""
    found: dict[str, None] = {}
    for text in texts:
        found.setdefault(shape(text))
        if len(found) == most:
            break
    return tuple(found)


def listed_rows(rows: Sequence[int], most: int = 5) -> str:
    """Write row numbers as `row 3` or `rows 3, 8, 12 and 4 more`."""
    shown = ", ".join(str(row) for row in rows[:most])
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return f"row{'' if len(rows) == 1 else 's'} {shown}{more}"
