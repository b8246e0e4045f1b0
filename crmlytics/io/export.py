"""Tables into files, as a whole or not at all, and nothing in them that a spreadsheet runs."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crmlytics._core import checks, files, frames
from crmlytics.errors import DataContractError
from crmlytics.io.encodings import check_encoding
from crmlytics.io.formulas import protect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

_BATCH = 100_000
_NO_DELIMITERS = "\"'\r\n\0.=+-@＝＋－＠"
#: A row of one missing value, which without quotes would be a blank line.
_NOTHING = '""'
_WRITTEN_PLAINLY = (int, float, Decimal, dt.date, dt.time, dt.timedelta)

#: Endings of other kinds of file, under which CSV text could not be opened again.
_OTHER_KINDS = (".xlsx", ".xls", ".parquet", ".json", ".jsonl", ".gz", ".zip")


def write_csv(
    frame: Any,
    path: str | PathLike[str],
    *,
    escape_formulas: bool = True,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> None:
    """Write any frame as a CSV file that no spreadsheet runs as formulas.

    Parameters
    ----------
    frame : frame
        A pandas, polars (eager or lazy), pyarrow, DuckDB or Spark frame.
    path : path
        The file to write; an existing one is replaced only when the new one is complete.
    escape_formulas : bool
        Put an apostrophe in front of text, also of column names, that a spreadsheet might run.
        Numbers are never touched. `read_table` takes the apostrophes off again.
    delimiter : str
        One character between the fields.
    encoding : str
        Encoding of the file; ``"utf-8-sig"`` makes Excel recognise UTF-8.

    Raises
    ------
    ValueError
        If `path` ends as another kind of file does, or if `delimiter` or `encoding` cannot serve.
    DataContractError
        If a column holds structures or bytes, if column names repeat, if a pandas index has a
        name (it would be lost), or if `encoding` lacks a character.

    Notes
    -----
    Text is escaped if, after apostrophes and blanks, it begins with ``= + - @``, their full-width
    twins, a tab, a line end or a NUL [1]_. Fields are quoted and rows end as RFC 4180 says [2]_;
    what holds a comma, a semicolon or a tab is quoted whatever the delimiter is. Missing values
    are empty; lists are joined with ``"; "``. Dates, and columns of timestamps that are all
    midnights without a zone, are written as ``yyyy-mm-dd``, other timestamps with the time and, if
    they have one, the offset.

    References
    ----------
    .. [1] OWASP, "CSV Injection"; CWE-1236.
    .. [2] Y. Shafranovich, "Common Format and MIME Type for CSV Files", RFC 4180, 2005.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "safe.csv"
    >>> write_csv(pd.DataFrame({"note": ["=1+1", "fine"], "change": [-2.5, 3.0]}), target)
    >>> print(target.read_text())
    note,change
    '=1+1,-2.5
    fine,3.0
    <BLANKLINE>
    """
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in _NO_DELIMITERS:
        raise ValueError(
            "delimiter must be one character, and no quote, letter, digit or sign of a formula, "
            f"got {delimiter!r}"
        )
    check_encoding(encoding)
    if (kind := Path(path).suffix.lower()) in _OTHER_KINDS:
        raise ValueError(f"path ends in {kind}, but write_csv writes CSV; name it .csv")
    table = _collected(frame)
    try:
        with files.atomic_write(path, mode="text", encoding=encoding) as handle:
            handle.writelines(_lines(table, delimiter, escape_formulas=escape_formulas))
    except UnicodeEncodeError as error:
        sign = error.object[error.start]
        raise DataContractError(
            f"the encoding {encoding!r} has no character {sign!r}; write with encoding='utf-8-sig'"
        ) from None


def write_parquet(frame: Any, path: str | PathLike[str]) -> None:
    """Write any frame as a Parquet file, with the types it has.

    Parameters
    ----------
    frame : frame
        A pandas, polars (eager or lazy), pyarrow, DuckDB or Spark frame.
    path : path
        The file to write; an existing one is replaced only when the new one is complete.

    Raises
    ------
    DataContractError
        If column names repeat, a pandas index has a name (it would be lost), a column mixes types
        that Parquet keeps apart, or holds whole numbers beyond 64 bits.
    MissingDependencyError
        If pyarrow is not installed.

    Notes
    -----
    Compressed with zstd. Text is written as it is: Parquet runs no formulas.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "customers.parquet"
    >>> write_parquet(pd.DataFrame({"customer_id": ["007", "008"]}), target)
    >>> pd.read_parquet(target)["customer_id"].tolist()
    ['007', '008']
    """
    arrow = checks.optional_module("pyarrow", needed_for="writing Parquet")
    parquet = checks.optional_module("pyarrow.parquet", needed_for="writing Parquet")
    native = _collected(frame).to_native()
    try:
        if isinstance(native, pd.DataFrame):
            native = arrow.Table.from_pandas(native, preserve_index=False)
        elif not isinstance(native, arrow.Table):
            native = native.to_arrow()
    except (arrow.ArrowException, OverflowError) as error:
        # Arrow's own message would show the value.
        raise DataContractError(
            "a column mixes types that Parquet keeps apart, or holds numbers too long for it; "
            f"convert it to one type first, such as text ({type(error).__name__})"
        ) from None
    with files.atomic_write(path) as handle:
        parquet.write_table(native.replace_schema_metadata(None), handle, compression="zstd")


def _collected(frame: Any) -> Any:
    """Hold the rows of any frame in memory; refuse an index or names that would be lost."""
    if isinstance(frame, pd.DataFrame):
        named = [name for name in frame.index.names if name is not None]
        if named:
            raise DataContractError(
                f"the index {named} of the frame would be lost; call frame.reset_index() first"
            )
        if not frame.columns.is_unique:
            raise DataContractError(
                f"{int(frame.columns.duplicated().sum())} column names of the frame repeat; "
                "rename them first"
            )
        # Column names that are numbers are text in a file.
        frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    return frames.collect(frames.lazy(frame))


def _lines(table: Any, delimiter: str, *, escape_formulas: bool) -> Iterator[str]:
    """The header and the rows, each ending as the standard says."""
    fields = _Fields(delimiter, escape_formulas=escape_formulas)
    head = [fields.text(str(name)) for name in table.columns]
    rows = itertools.chain.from_iterable(_rows(table, fields))
    for row in itertools.chain([head], rows):
        yield (delimiter.join(row) or _NOTHING) + "\r\n"


def _rows(table: Any, fields: _Fields) -> Iterator[Iterator[tuple[str, ...]]]:
    """Rows of finished fields, a batch at a time."""
    midnights = {name for name in table.columns if _all_midnights(table[name])}
    for start in range(0, len(table), _BATCH):
        part = table[start : start + _BATCH]
        yield zip(
            *(_column(part[name], fields, as_days=name in midnights) for name in part.columns),
            strict=True,
        )


def _all_midnights(column: Any) -> bool:
    """Whether a column of timestamps without a zone holds nothing but days."""
    if not isinstance(column.dtype, nw.Datetime) or column.dtype.time_zone is not None:
        return False
    known = column.drop_nulls()
    return bool((known == known.dt.truncate("1d")).all())


class _Fields:
    """Texts as fields of a file: quoted where needed, and guarded if people may have written them.

    What holds a usual delimiter is quoted whatever the file's own is: another program may take it.
    """

    def __init__(self, delimiter: str, *, escape_formulas: bool) -> None:
        self._special = re.compile(f'[,;\\t\\r\\n"{re.escape(delimiter)}]')
        self._guard = protect if escape_formulas else str

    def text(self, text: str) -> str:
        """Return the field of a text."""
        return self.plain(self._guard(text))

    def plain(self, text: str) -> str:
        """Return the field of a date or a number, which is no formula even if it is below 0."""
        if self._special.search(text) is None:
            return text
        doubled = text.replace('"', '""')
        return f'"{doubled}"'


def _column(column: Any, fields: _Fields, *, as_days: bool) -> list[str]:
    values = column.to_list()
    # Most columns hold one type, and numbers need no look at each value.
    kinds = set(map(type, values))
    if kinds <= {int, bool}:
        return list(map(str, values))
    if kinds <= {int, bool, float, type(None)}:
        return ["" if value is None or value != value else str(value) for value in values]
    if kinds <= {str}:
        known = {text: fields.text(text) for text in set(values)}
        return [known[text] for text in values]
    if as_days:
        values = [None if value is None else value.date() for value in values]
    return [_field(value, column.name, fields) for value in values]


def _field(value: Any, name: str, fields: _Fields) -> str:
    if isinstance(value, str):
        return fields.text(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, dict | bytes | bytearray | memoryview):
        raise DataContractError(
            f"the column {name!r} holds {type(value).__name__} values, which a CSV file cannot "
            "hold; leave it out or turn it into text"
        )
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
        return fields.text("; ".join(items))
    if hasattr(value, "to_list") or hasattr(value, "tolist"):
        plain = value.to_list() if hasattr(value, "to_list") else value.tolist()
        return (
            _field(plain, name, fields)
            if type(plain) is not type(value)
            else fields.text(str(plain))
        )
    if value != value:
        return ""
    if isinstance(value, dt.datetime):
        return fields.plain(value.isoformat(sep=" "))
    # Whatever is no number may write itself as a formula.
    write = fields.plain if isinstance(value, _WRITTEN_PLAINLY) else fields.text
    return write(str(value))
