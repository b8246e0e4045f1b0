"""Tables out of files: delimited text and Parquet, as a frame of any kind and a report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, Unpack

from crmlytics._core import checks
from crmlytics.io import sources, text_tables
from crmlytics.io.backends import Backend, build_frame, check_backend, from_arrow
from crmlytics.io.columns import Rules
from crmlytics.io.dates import check_zone
from crmlytics.io.missing import missing_words as all_missing_words
from crmlytics.io.parquet_tables import read_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmlytics.io.reports import TableReport


class ReadOptions(TypedDict, total=False):
    """The options of `read_table`, by name."""

    encoding: str | None
    delimiter: str | None
    decimal: Literal[".", ","] | None
    dayfirst: bool | None
    columns: Mapping[str, str] | Sequence[str] | None
    ragged: Literal["error", "skip", "pad"]
    nameless: Literal["error", "skip"]
    missing_words: Iterable[str]
    text_columns: Iterable[str]
    tz: str | None
    backend: Backend


class TableWithReport(NamedTuple):
    """A frame and the report on how it was read."""

    frame: Any
    report: TableReport


def read_table(
    source: sources.Source,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: Literal[".", ","] | None = None,
    dayfirst: bool | None = None,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    ragged: Literal["error", "skip", "pad"] = "error",
    nameless: Literal["error", "skip"] = "error",
    missing_words: Iterable[str] = (),
    text_columns: Iterable[str] = (),
    tz: str | None = None,
    backend: Backend = "pandas",
) -> Any:
    r"""Read a CSV, TSV or Parquet file into a frame, refusing to guess in silence.

    Parameters
    ----------
    source : path or binary file
        Path of the file, or a file object opened in binary mode.
    encoding : str, optional
        Encoding of a text. None detects UTF-8, UTF-16, cp1251, cp1250 and cp1252, and refuses
        where two fit.
    delimiter : str, optional
        One character between the fields; a blank stands for any run of blanks. None finds the
        one of ``, ; tab |`` that gives every row the fields of the header.
    decimal : {".", ","}, optional
        Decimal mark of all number columns. None lets each column decide.
    dayfirst : bool, optional
        Whether ``01.02.2024`` is 1 February. None lets each column decide.
    columns : sequence or mapping of str, optional
        The columns to keep, in this order; a mapping gives them new names. None keeps all.
        Columns that are not kept are not typed and cannot raise doubts.
    ragged : {"error", "skip", "pad"}
        Rows with other than the header's number of fields: ``"error"`` refuses and counts them,
        ``"skip"`` leaves them out with a warning, ``"pad"`` keeps them with a warning (missing
        fields are empty; surplus ones are joined to the last column with the delimiter, so that
        nothing is lost).
    nameless : {"error", "skip"}
        Columns without a name: refused, or left out with a warning.
    missing_words : iterable of str
        More words for a missing value, such as ``["Select"]``, beside the empty text and
        ``NULL null N/A n/a NaN nan NaT <NA> #N/A``. ``NA`` and ``None`` stay text.
    text_columns : iterable of str
        Columns, by their names in the result, that stay text whatever they look like.
    tz : str, optional
        The business time zone: timestamps with an offset are converted to it, or to UTC if it
        is None.
    backend : {"pandas", "polars", "pyarrow", "duckdb"}
        The kind of frame to return.

    Returns
    -------
    frame
        Columns are int64 (nullable where values are missing), float64, timestamps in
        microseconds, or text. pandas gets a fresh RangeIndex. A file that is only a header
        gives a frame without rows. Parquet keeps its own types.

    Raises
    ------
    UnreadableFileError
        If the source is missing, a directory, empty, binary, truncated or of a kind that is not
        read, or if its encoding or delimiter is not clear.
    DataContractError
        If rows are ragged, column names missing or doubled, or if numbers or dates can be read
        in two ways.
    ColumnNotFoundError
        If `columns` or `text_columns` names a column that is not there.

    Warns
    -----
    DataQualityWarning
        If rows or columns were left out or mended, or times look like a 12-hour clock without
        AM and PM.

    Notes
    -----
    Everything is read as text first. A column becomes a number or a date only if every value of
    it is one: integers with leading zeros or a plus sign, or beyond 64 bits, stay text; money is
    read as by `parse_money`, dates as by `parse_dates` but never with two-digit years between
    digits, which may be codes. An apostrophe that protects a formula character, as `write_csv`
    puts it, is taken off, and the column stays text. The whole file is held in memory.

    See Also
    --------
    read_table_report : what was done to the file.
    read_table_with_report : both in one pass.

    Examples
    --------
    >>> import io
    >>> export = "id;paid;amount\n007;15.04.2024;1 234,50 руб.\n008;16.04.2024;99,00 руб.\n"
    >>> read_table(io.BytesIO(export.encode("cp1251")))
        id       paid  amount
    0  007 2024-04-15  1234.5
    1  008 2024-04-16    99.0
    """
    return _read(
        source,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        dayfirst=dayfirst,
        columns=columns,
        ragged=ragged,
        nameless=nameless,
        missing_words=missing_words,
        text_columns=text_columns,
        tz=tz,
        backend=backend,
    ).frame


def read_table_report(source: sources.Source, **options: Unpack[ReadOptions]) -> TableReport:
    r"""Read a file as `read_table` does and return what was done to it.

    Parameters
    ----------
    source : path or binary file
        As in `read_table`.
    **options
        Exactly the options of `read_table`; an unknown one is a TypeError.

    Returns
    -------
    TableReport
        Rows read and refused, encoding, delimiter, decimal mark, date formats, and for each
        column its type and its missing, repaired and unparsed values. It holds no value of the
        file.

    Raises
    ------
    UnreadableFileError, DataContractError, ColumnNotFoundError
        As `read_table` does.

    See Also
    --------
    read_table_with_report : the frame too, in one pass.

    Notes
    -----
    The file is read as a whole; nothing is sampled but the delimiter and the encoding.

    Examples
    --------
    >>> import io
    >>> report = read_table_report(io.BytesIO(b"id,spent\n7,NULL\n8,12.50\n"))
    >>> report.rows, report.encoding, report.delimiter
    (2, 'utf-8', ',')
    >>> report.columns[1].type, report.columns[1].missing
    ('number', 1)
    """
    return _read(source, **options).report


def read_table_with_report(
    source: sources.Source, **options: Unpack[ReadOptions]
) -> TableWithReport:
    r"""Read a file once and return both the frame and the report.

    Parameters
    ----------
    source : path or binary file
        As in `read_table`.
    **options
        Exactly the options of `read_table`; an unknown one is a TypeError.

    Returns
    -------
    TableWithReport
        A named tuple of ``frame`` (as from `read_table`) and ``report`` (as from
        `read_table_report`).

    Raises
    ------
    UnreadableFileError, DataContractError, ColumnNotFoundError
        As `read_table` does.

    Notes
    -----
    The report costs nothing extra for text; for Parquet it counts the words for missing.

    Examples
    --------
    >>> import io
    >>> frame, report = read_table_with_report(io.BytesIO(b"id;spent\n7;1,5\n8;2,25\n"))
    >>> frame["spent"].tolist(), report.decimal
    ([1.5, 2.25], ',')
    """
    return _read(source, **options)


def read_purposeful(
    source: sources.Source,
    purposes: Callable[[list[str]], text_tables.Purposes],
    **options: Unpack[ReadOptions],
) -> TableWithReport:
    """Read a file for a caller that knows which columns it needs and which are ids.

    `purposes` gets the names in the file. Ids never become money or dates; a doubt about a
    column that is not needed leaves it text, with a reason in the report and a warning.
    """
    return _read(source, purposes=purposes, **options)


def _read(
    source: sources.Source,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    dayfirst: bool | None = None,
    columns: Mapping[str, str] | Sequence[str] | None = None,
    ragged: Literal["error", "skip", "pad"] = "error",
    nameless: Literal["error", "skip"] = "error",
    missing_words: Iterable[str] = (),
    text_columns: Iterable[str] = (),
    tz: str | None = None,
    backend: Backend = "pandas",
    purposes: Callable[[list[str]], text_tables.Purposes] | None = None,
) -> TableWithReport:
    """Check the options, load the source and hand it to the reader of its kind."""
    check_backend(backend)
    checks.word("ragged", ragged, ("error", "skip", "pad"))
    checks.word("nameless", nameless, ("error", "skip"))
    if decimal is not None:
        checks.word("decimal", decimal, (".", ","))
    if dayfirst is not None and not isinstance(dayfirst, bool):
        raise TypeError(f"dayfirst must be True, False or None, got {dayfirst!r}")
    if delimiter is not None and (
        len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isascii()
    ):
        raise ValueError(f"delimiter must be one ASCII character and no quote, got {delimiter!r}")
    check_zone(tz)
    words = all_missing_words(missing_words)
    as_text = _names("text_columns", text_columns)
    choose = _chooser(columns, as_text)
    content = sources.load(source)
    sha256 = hashlib.sha256(content.data).hexdigest()
    if content.kind == "parquet":
        table, report = read_parquet(content, choose, words)
        return TableWithReport(from_arrow(table, backend), report._replace(sha256=sha256))
    rules = Rules(decimal, dayfirst, tz, words, frozenset(as_text))
    options = text_tables.TextOptions(
        encoding, delimiter, ragged, nameless, columns is None, rules, purposes
    )
    typed, report = text_tables.read_text(content, choose, options)
    return TableWithReport(build_frame(typed, backend), report._replace(sha256=sha256))


def _chooser(
    columns: Mapping[str, str] | Sequence[str] | None, as_text: Sequence[str]
) -> Callable[[list[str]], dict[str, str]]:
    """Return the function that maps names in the file to names in the result."""
    if isinstance(columns, Mapping):
        wanted: dict[str, str] | None = dict(columns)
    else:
        wanted = None if columns is None else {name: name for name in _names("columns", columns)}
    if wanted is not None and len(set(wanted.values())) < len(wanted):
        raise ValueError("columns gives two columns the same name")

    def choose(available: list[str]) -> dict[str, str]:
        chosen = {name: name for name in available} if wanted is None else wanted
        for name in chosen.keys() - set(available):
            checks.columns(available, {"columns": name})
        for name in as_text:
            checks.columns(list(chosen.values()), {"text_columns": name})
        return chosen

    return choose


def _names(parameter: str, names: Iterable[str]) -> list[str]:
    if isinstance(names, str):
        raise TypeError(f"{parameter} must be a sequence of column names, got the text {names!r}")
    return list(names)
