"""Which sign separates the fields: the one that gives every row as many as the header."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from typing import NamedTuple

from crmlytics.errors import UnreadableFileError
from crmlytics.io.field_limit import long_fields

CANDIDATES = (",", ";", "\t", "|")
_MOST_BYTES = 1_000_000
_MOST_ROWS = 5_000


class _Fit(NamedTuple):
    delimiter: str
    header: int  # fields of the header
    usual: int  # fields of most rows
    share: float  # of rows that have as many as the header


def find_delimiter(utf8: bytes, name: str) -> str:
    """Return the delimiter of a text, or refuse to choose between two that fit."""
    fits = [fit for sign in CANDIDATES if (fit := _fit(utf8, sign)) is not None]
    several = [fit for fit in fits if fit.header > 1]
    if not several:
        # One name in the header. Rows of several fields are then an error for ragged rows to
        # report; otherwise take a sign that stands nowhere, so that commas in a text are text.
        wide = [fit for fit in fits if fit.usual > 1]
        if not wide and (n := _blank_separated(utf8)):
            raise UnreadableFileError(
                f"the delimiter of {name!r} is not clear: no row has more than one field, but "
                f"blanks part every row into {n}; pass delimiter=' ', or ',' for one column"
            )
        unused = [sign for sign in CANDIDATES if sign.encode() not in utf8]
        return wide[0].delimiter if wide else (unused or list(CANDIDATES))[0]
    best = max(several, key=lambda fit: fit.share)
    equal = [fit for fit in several if fit.share == best.share]
    if len(equal) > 1 and best.share > 0:
        ways = " or ".join(f"{fit.header} columns by {fit.delimiter!r}" for fit in equal)
        raise UnreadableFileError(
            f"the delimiter of {name!r} is not clear: every row has {ways}; pass delimiter="
            if best.share == 1
            else f"the delimiter of {name!r} is not clear: {ways}; pass delimiter="
        )
    if best.share >= 0.5:
        return best.delimiter
    # No sign gives most rows the fields of the header. If the rows at least agree among
    # themselves, the header is what is wrong, and the check for ragged rows says so.
    steady = [fit for fit in several if fit.usual > 1]
    if steady:
        return max(steady, key=lambda fit: fit.usual).delimiter
    ways = ", ".join(f"{fit.delimiter!r} gives {fit.header} names" for fit in several)
    raise UnreadableFileError(
        f"the delimiter of {name!r} is not clear: in the header {ways}, but most rows have one "
        "field; pass delimiter="
    )


def _fit(utf8: bytes, delimiter: str) -> _Fit | None:
    sample = utf8[:_MOST_BYTES].decode("utf-8", errors="ignore")
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        with long_fields():
            widths = [len(row) for row in itertools.islice(reader, _MOST_ROWS) if not _blank(row)]
    except csv.Error:
        return None
    if len(utf8) > _MOST_BYTES and len(widths) < _MOST_ROWS:
        widths = widths[:-1]  # cut through by the limit
    if not widths:
        return None
    header, rows = widths[0], widths[1:]
    if not rows:
        return _Fit(delimiter, header, header, 0.0)
    usual, how_many = Counter(rows).most_common(1)[0]
    steady = usual if how_many >= 0.9 * len(rows) else 1
    return _Fit(delimiter, header, steady, rows.count(header) / len(rows))


def _blank(row: list[str]) -> bool:
    """Whether a line holds nothing, or nothing but blanks."""
    return not row or (len(row) == 1 and not row[0].strip())


def _blank_separated(utf8: bytes) -> int:
    """Number of words in every row and in the header, if it is one number of at least three."""
    lines = utf8[:_MOST_BYTES].splitlines()
    lines = lines[:-1] if len(utf8) > _MOST_BYTES else lines
    widths = {len(line.split()) for line in lines[:_MOST_ROWS] if line.strip()}
    return widths.pop() if len(widths) == 1 and min(widths) >= 3 and len(lines) > 1 else 0
