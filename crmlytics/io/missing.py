"""Which texts stand for a missing value: a short list, so that `NA` stays Namibia."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What databases, spreadsheets and dataframes themselves write. `NA`, `None`, `-` and surnames
#: such as `Null` are left alone.
MISSING_WORDS = frozenset({"NULL", "null", "N/A", "n/a", "NaN", "nan", "NaT", "<NA>", "#N/A"})


def missing_words(extra: Iterable[str] = ()) -> frozenset[str]:
    """Return the short list with the caller's own words, such as `Select`."""
    if isinstance(extra, str):
        raise TypeError(f"missing_words must be a sequence of words, got the text {extra!r}")
    return MISSING_WORDS | {word.strip() for word in extra}


def is_there(text: str) -> bool:
    """Whether a text is neither blank nor a word of the short list."""
    stripped = text.strip()
    return bool(stripped) and stripped not in MISSING_WORDS
