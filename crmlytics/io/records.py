"""How many fields each row has, and what happens to rows that have too few or too many."""

from __future__ import annotations

import csv
import io
import itertools
from typing import TYPE_CHECKING, Literal

import numpy as np

from crmlytics.errors import UnreadableFileError
from crmlytics.io.field_limit import long_fields

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUOTE, _LF, _CR = ord('"'), ord("\n"), ord("\r")


def field_counts(utf8: bytes, delimiter: str, name: str) -> NDArray[np.int64]:
    """Count the fields of every record, 0 for a blank line; delimiters in quotes are text.

    A line of nothing but blanks is a blank line too, unless the table has but one column.
    """
    signs = np.frombuffer(utf8, dtype=np.uint8)
    ends = signs == _LF
    if b"\r" in utf8:
        # A carriage return ends a record unless a line feed follows, which then ends it.
        ends[:-1] |= (signs[:-1] == _CR) & (signs[1:] != _LF)
        ends[-1] |= signs[-1] == _CR
    cuts = signs == ord(delimiter)
    if b'"' in utf8:
        quotes = signs == _QUOTE
        # The parity of the quotes so far says whether a sign stands inside them; 256 is even.
        inside = (np.cumsum(quotes, dtype=np.uint8) & 1).astype(bool)
        if not _quotes_pair_up(signs, quotes, ord(delimiter)):
            return _counts_by_reader(utf8, delimiter, name)
        ends &= ~inside
        cuts &= ~inside
    stops = np.flatnonzero(ends)
    if not len(stops) or stops[-1] != len(signs) - 1:
        stops = np.append(stops, len(signs))
    counts = np.diff(np.searchsorted(np.flatnonzero(cuts), stops), prepend=0) + 1
    starts = np.append(0, stops[:-1] + 1)
    lengths = stops - starts
    carriage = (lengths == 1) & (signs[np.minimum(starts, len(signs) - 1)] == _CR)
    counts[(lengths == 0) | carriage] = 0
    if _several(counts):
        for i in np.flatnonzero(counts == 1):
            if not utf8[starts[i] : stops[i]].strip(b" \t\r"):
                counts[i] = 0
    return counts.astype(np.int64)


def rows_of(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the records that are rows: blank lines are none, unless there is but one column.

    There a blank line between others is a missing value.
    """
    is_row = counts > 0
    first, last = np.flatnonzero(is_row)[[0, -1]]
    if counts[first] == 1:
        is_row[first : last + 1] = True
    return is_row


def mend(
    utf8: bytes,
    delimiter: str,
    is_row: NDArray[np.bool_],
    width: int,
    ragged: Literal["skip", "pad"],
    name: str,
) -> bytes:
    """Leave ragged rows out, or pad short ones and join the surplus of long ones.

    The surplus fields of a long row are joined to its last field with the delimiter between
    them, so that no character of the file is lost; empty surplus fields are dropped.
    """
    out = io.StringIO(newline="")
    # Quoting every field makes the text independent of what is in it.
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    for fields in itertools.compress(_reader(utf8, delimiter, name), is_row):
        row = fields or [""]
        if len(row) != width and ragged == "skip":
            continue
        row.extend([""] * (width - len(row)))
        while len(row) > width and not row[-1]:
            row.pop()
        row[width - 1 :] = [delimiter.join(row[width - 1 :])]
        writer.writerow(row)
    return out.getvalue().encode("utf-8")


def single_blanks(utf8: bytes) -> bytes:
    """Turn runs of blanks between fields into one, for files with aligned columns."""
    return b"\n".join(b" ".join(line.split()) for line in utf8.splitlines())


def _several(counts: NDArray[np.int64]) -> bool:
    """Whether the first line that holds fields holds several: else blanks may be a value."""
    return bool((counts > 1).any()) and counts[np.argmax(counts > 0)] > 1


def _quotes_pair_up(signs: NDArray[np.uint8], quotes: NDArray[np.bool_], cut: int) -> bool:
    """Whether each opening quote begins a field and each closing one ends it."""
    places = np.flatnonzero(quotes)
    if len(places) % 2:
        return False
    opening, closing = places[::2], places[1::2]
    edge = np.zeros(256, dtype=bool)
    edge[[cut, _LF, _CR, _QUOTE]] = True
    before = edge[signs[opening - 1]] | (opening == 0)
    behind = edge[signs[np.minimum(closing + 1, len(signs) - 1)]] | (closing == len(signs) - 1)
    return bool(before.all() and behind.all())


def _counts_by_reader(utf8: bytes, delimiter: str, name: str) -> NDArray[np.int64]:
    """Count by the standard library's reader where quotes stand inside of fields."""
    rows = _reader(utf8, delimiter, name)
    counts = np.array([len(row) for row in rows], dtype=np.int64)
    if _several(counts):
        for i in np.flatnonzero(counts == 1):
            if rows[i][0] and not rows[i][0].strip(" \t"):
                counts[i] = 0
    return counts


def _reader(utf8: bytes, delimiter: str, name: str) -> list[list[str]]:
    text = io.StringIO(utf8.decode("utf-8"), newline="")
    try:
        with long_fields():
            return list(csv.reader(text, delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError(f"{name!r} cannot be split into fields: {error}") from error
