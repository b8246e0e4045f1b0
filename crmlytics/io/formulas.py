"""Text that a spreadsheet would run as a formula, and the apostrophe that stops it."""

from __future__ import annotations

import re

# OWASP's CSV-injection characters, their full-width twins, and what a spreadsheet skips: blanks
# and the mark of byte order.
# Apostrophes in front belong to the pattern: so protecting and taking off are exact inverses,
# also for a text that itself begins with an apostrophe and a formula character.
_FORMULA = re.compile(r"'*[\s\ufeff]*[=+\-@\t\r\n\0＝＋－＠]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run `text`."""
    return _FORMULA.match(text) is not None


def protect(text: str) -> str:
    """Put an apostrophe in front of a text that a spreadsheet might run."""
    return f"'{text}" if is_formula(text) else text


def unprotect(text: str) -> str:
    """Take off the apostrophe that `protect` put there."""
    return text[1:] if text[:1] == "'" and is_formula(text[1:]) else text
