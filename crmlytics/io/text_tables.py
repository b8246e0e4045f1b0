"""Delimited text: from bytes to typed columns."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.errors import DataContractError, DataQualityWarning, UnreadableFileError
from crmlytics.io import records
from crmlytics.io.columns import Rules, TypedColumn, type_column
from crmlytics.io.dates import lost_meridiem
from crmlytics.io.dialect import find_delimiter
from crmlytics.io.encodings import decode
from crmlytics.io.formulas import unprotect
from crmlytics.io.masking import listed_rows
from crmlytics.io.reports import TableReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlytics.io.sources import Content

_MOST_COLUMNS = 16_384
_EXCEL = re.compile(rb'"?sep=([,;|\t])"?[ ,;|\t]*(?:\r\n|\r|\n)', re.IGNORECASE)


class TextOptions(NamedTuple):
    """What the caller said about the text."""

    encoding: str | None
    delimiter: str | None
    ragged: Literal["error", "skip", "pad"]
    nameless: Literal["error", "skip"]
    every_column: bool  # the caller named none
    rules: Rules
    purposes: Callable[[list[str]], Purposes] | None = None


class Purposes(NamedTuple):
    """What a caller who knows its columns by their names wants of them."""

    ids: frozenset[str]
    needed: frozenset[str]


class _Even(NamedTuple):
    """A text whose rows all have the fields of the header, and what was done to make it so."""

    utf8: bytes
    is_row: NDArray[np.bool_]  # one flag per record; blank lines are no rows
    width: int
    refused: int = 0
    mended: int = 0
    reasons: tuple[str, ...] = ()


def read_text(
    content: Content, choose: Callable[[list[str]], dict[str, str]], options: TextOptions
) -> tuple[dict[str, TypedColumn], TableReport]:
    """Read delimited text; `choose` maps names in the file to names in the result."""
    name = content.name
    utf8, encoding = decode(content.data, name, options.encoding)
    utf8, told = _first_line_of_excel(utf8)
    delimiter = options.delimiter or told or find_delimiter(utf8, name)
    if delimiter == " ":
        utf8 = records.single_blanks(utf8)
    even = _even(utf8, delimiter, name, options.ragged)
    cells = _split(even, delimiter, name)
    header = [unprotect(cell) for cell in cells.iloc[0]]
    cells = cells.iloc[1:]
    reasons = [*even.reasons, *_check_names(header, cells, name, options)]
    named = [one for one in header if one.strip()]
    wanted, rules = choose(named), options.rules
    if options.purposes is not None:
        purposes = options.purposes(named)
        rules = rules._replace(id_columns=purposes.ids, needed=purposes.needed)
    columns, kept_as_text = _typed(cells, header, wanted, rules)
    for reason in kept_as_text:
        reasons.append(reason)
        warnings.warn(f"{name!r}: {reason}", DataQualityWarning, stacklevel=4)
    reports = tuple(one.report for one in columns.values())
    if lost := [repr(one.name) for one in reports if one.lost_meridiem]:
        warnings.warn(lost_meridiem(", ".join(lost)), DataQualityWarning, stacklevel=4)
    marks = {one.decimal for one in reports if one.decimal}
    return columns, TableReport(
        source=name,
        kind="text",
        rows=len(cells),
        refused=even.refused,
        mended=even.mended,
        reasons=tuple(reasons),
        encoding=encoding,
        delimiter=delimiter,
        decimal=None if not marks else marks.pop() if len(marks) == 1 else "mixed",
        date_formats={one.name: one.date_format for one in reports if one.date_format},
        columns=reports,
    )


def _first_line_of_excel(utf8: bytes) -> tuple[bytes, str | None]:
    """Take off the line `sep=;` by which Excel is told the delimiter, and return that."""
    found = _EXCEL.match(utf8)
    if found is None or not utf8[found.end() :].strip():
        return utf8, None
    return utf8[found.end() :], found[1].decode("ascii")


def _even(utf8: bytes, delimiter: str, name: str, ragged: Literal["error", "skip", "pad"]) -> _Even:
    """Give every row the fields of the header, or refuse."""
    counts = records.field_counts(utf8, delimiter, name)
    is_row = records.rows_of(counts)
    blank = int(np.count_nonzero(~is_row))
    reasons = [f"{blank} blank lines were passed over"] if blank else []
    fields = counts[is_row]
    width = int(fields[0])
    if width > _MOST_COLUMNS:
        raise DataContractError(
            f"{name!r} has {width:,} columns, more than the {_MOST_COLUMNS:,} that are read; is "
            "the table turned on its side?"
        )
    if width == 1:
        fields = np.maximum(fields, 1)
    uneven = np.flatnonzero(fields != width)
    n = len(uneven)
    if not n:
        return _Even(utf8, is_row, width, reasons=tuple(reasons))
    what = _ragged_text(fields, width, uneven)
    if ragged == "error":
        raise DataContractError(
            f"{what}; an unquoted {delimiter!r} or a stray quote in a value does that. Correct "
            f"the export of {name!r}, or pass ragged='skip' to leave these rows out or "
            "ragged='pad' to keep them"
        )
    done = {
        "skip": "they were left out",
        "pad": "missing fields were left empty, surplus ones joined to the last column",
    }
    reasons.append(f"{what}; {done[ragged]}")
    warnings.warn(f"{name!r}: {reasons[-1]}", DataQualityWarning, stacklevel=5)
    mended = records.mend(utf8, delimiter, is_row, width, ragged, name)
    refused, kept = (n, len(fields) - n) if ragged == "skip" else (0, len(fields))
    return _Even(mended, np.ones(kept, dtype=bool), width, refused, n - refused, tuple(reasons))


def _ragged_text(filled: NDArray[np.int64], width: int, ragged: NDArray[np.intp]) -> str:
    widths = Counter(filled[ragged].tolist()).most_common(3)
    kinds = ", ".join(f"{n} with {fields}" for fields, n in widths)
    return (
        f"{len(ragged)} of {len(filled) - 1} rows do not have the {width} fields that the header "
        f"names: {kinds} ({listed_rows(ragged.tolist())}; row 1 follows the header)"
    )


def _split(even: _Even, delimiter: str, name: str) -> pd.DataFrame:
    """Split into fields with pandas' C parser, everything text; the first row is the header."""
    try:
        cells = pd.read_csv(
            io.BytesIO(even.utf8),
            sep=delimiter,
            header=None,
            names=range(even.width),
            dtype=object,
            na_filter=False,
            index_col=False,
            skip_blank_lines=False,
            engine="c",
            encoding="utf-8",
            low_memory=False,
        )
    except pd.errors.ParserError as error:
        place = re.search(r"EOF inside string starting at row (\d+)", str(error))
        where = f" in record {int(place[1]) + 1}" if place else ""
        raise UnreadableFileError(
            f"{name!r} cannot be split into fields: a quote is opened{where} and never closed"
        ) from None
    if len(cells) != len(even.is_row):
        raise UnreadableFileError(
            f"{name!r} cannot be split into fields: its quotes do not pair up"
        )
    return cells if even.is_row.all() else cells[even.is_row]


def _check_names(
    header: list[str], cells: pd.DataFrame, name: str, options: TextOptions
) -> list[str]:
    """Refuse doubled and missing column names; say what is left out with the latter."""
    twice = [one for one, n in Counter(header).items() if n > 1 and one.strip()]
    if twice:
        raise DataContractError(
            f"{len(twice)} column names of {name!r} stand there more than once: "
            f"{', '.join(map(repr, twice[:10]))}; rename them in the file"
        )
    nameless = [i for i, one in enumerate(header) if not one.strip()]
    if not nameless or not options.every_column:
        return []
    if options.nameless == "error":
        places = ", ".join(str(i + 1) for i in nameless[:10])
        raise DataContractError(
            f"{len(nameless)} of {len(header)} columns of {name!r} have no name (at position "
            f"{places}, counted from 1); name them in the file, name the columns to keep with "
            "columns=, or pass nameless='skip' to leave them out"
        )
    filled = sum(bool(cells[i].to_numpy().astype(bool).any()) for i in nameless)
    columns = "1 column" if len(nameless) == 1 else f"{len(nameless)} columns"
    reason = f"{columns} without a name left out, {filled} with values"
    warnings.warn(f"{name!r}: {reason}", DataQualityWarning, stacklevel=5)
    return [reason]


def _typed(
    cells: pd.DataFrame,
    header: list[str],
    wanted: dict[str, str],
    rules: Rules,
) -> tuple[dict[str, TypedColumn], list[str]]:
    """Type every wanted column; collect what can be read in two ways into one error.

    Doubts about columns that are not needed leave them text, and come back as reasons.
    """
    place = {name: i for i, name in enumerate(header)}
    columns: dict[str, TypedColumn] = {}
    doubts: list[str] = []
    reasons: list[str] = []
    for old, new in wanted.items():
        texts = cells[place[old]].to_numpy()
        try:
            columns[new] = type_column(new, texts, rules)
        except DataContractError as error:
            if rules.needed is None or new in rules.needed:
                doubts.append(str(error))
                continue
            columns[new] = type_column(new, texts, rules._replace(text_columns=frozenset({new})))
            reasons.append(f"the column {new!r}, which was not asked for, stays text: {error}")
    if doubts:
        raise DataContractError("\n".join([*doubts, *_hint(columns)]))
    return columns, reasons


def _hint(columns: dict[str, TypedColumn]) -> list[str]:
    """What the other columns of the same file say: a hint, not a decision."""
    marks = Counter(one.report.decimal for one in columns.values() if one.report.decimal)
    if len(marks) != 1:
        return []
    mark, n = marks.popitem()
    return [f"({n} other number columns of the file have decimal={mark!r})"]
