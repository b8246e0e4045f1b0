"""What a reader did to a file: counted, column by column, for people and for the report."""

from __future__ import annotations

from typing import Literal, NamedTuple

ColumnType = Literal["integer", "number", "date", "text", "empty", "other"]


class ColumnReport(NamedTuple):
    """What was found in one column.

    Attributes
    ----------
    name : str
        The column in the result.
    type : {"integer", "number", "date", "text", "empty", "other"}
        What it was read as; ``"empty"`` has no value at all.
    missing : int
        Missing values in the result.
    missing_words : int
        Values that are a word for missing, such as ``NULL`` or ``nan``. In delimited text they
        became missing; in Parquet they stay text.
    repaired : int
        Values written otherwise than a program would: money text, stray blanks around numbers,
        apostrophes against formulas taken off.
    unparsed : int
        In a text column that is nearly all dates or numbers: how many values are not.
    examples : tuple of str
        How the unparsed values are written, 9 for a digit and a for a letter: never the values.
    decimal : str or None
        Decimal mark of a number column: ``"."``, ``","`` or ``"mixed"``; None if it shows none.
    date_format : str or None
        Format of a date column.
    lost_meridiem : bool
        Whether its times look like a 12-hour clock without AM and PM.
    """

    name: str
    type: ColumnType
    missing: int = 0
    missing_words: int = 0
    repaired: int = 0
    unparsed: int = 0
    examples: tuple[str, ...] = ()
    decimal: str | None = None
    date_format: str | None = None
    lost_meridiem: bool = False


class TableReport(NamedTuple):
    """What a reader did to a file.

    Attributes
    ----------
    source : str
        Name of the file, without its folder.
    kind : {"text", "parquet"}
        Which reader was at work.
    rows : int
        Rows in the result.
    refused : int
        Rows left out because they were ragged.
    mended : int
        Ragged rows that were padded or whose surplus was joined.
    reasons : tuple of str
        Why rows were refused or mended and columns left out, with counts.
    encoding, delimiter : str or None
        How the text was read; None for Parquet.
    decimal : str or None
        Decimal mark of the number columns; ``"mixed"`` if they differ, None if none shows one.
    date_formats : dict
        Format of each date column.
    columns : tuple of ColumnReport
        One entry per column of the result, in order.
    sha256 : str or None
        SHA-256 of the bytes that were read.

    Examples
    --------
    >>> ColumnReport("amount", "number", missing=2, repaired=40, decimal=",").repaired
    40
    """

    source: str
    kind: Literal["text", "parquet"]
    rows: int
    refused: int
    mended: int
    reasons: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    decimal: str | None
    date_formats: dict[str, str]
    columns: tuple[ColumnReport, ...]
    sha256: str | None = None
