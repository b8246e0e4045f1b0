"""Tables into files, as a whole or not at all, and nothing in them that a spreadsheet runs."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlytics._core import checks, files, frames
from crmlytics.errors import DataContractError
from crmlytics.io.formulas import protect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

_BATCH = 100_000


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
        If `path` ends as another kind of file does, or `delimiter` cannot serve.
    DataContractError
        If a column holds structures or bytes, if column names repeat, if a pandas index has a
        name (it would be lost), or if `encoding` lacks a character.

    Notes
    -----
    Text is escaped if, after apostrophes and blanks, it begins with ``= + - @``, their full-width
    twins, a tab, a line end or a NUL [1]_. Fields are quoted and rows end as RFC 4180 says [2]_.
    Missing values are empty; lists are joined with ``"; "``. Dates are written as
    ``yyyy-mm-dd``, timestamps with the time and, if they have one, the offset.

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
    if len(delimiter) != 1 or delimiter in "\"\r\n'":
        raise ValueError(f"delimiter must be one character and no quote, got {delimiter!r}")
    if (kind := Path(path).suffix.lower()) in _OTHER_KINDS:
        raise ValueError(f"path ends in {kind}, but write_csv writes CSV; name it .csv")
    table = _collected(frame)
    guard: Callable[[str], str] = protect if escape_formulas else str
    try:
        with files.atomic_write(path, mode="text", encoding=encoding) as handle:
            # CRLF is the standard's line end, and makes lone line ends in a text be quoted.
            writer = csv.writer(handle, delimiter=delimiter, lineterminator="\r\n")
            writer.writerow([guard(str(name)) for name in table.columns])
            for rows in _rows(table, guard):
                writer.writerows(rows)
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
        If column names repeat, a pandas index has a name (it would be lost), or a column mixes
        types that Parquet keeps apart.
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
    except arrow.ArrowException as error:
        # Arrow's own message would show the value.
        raise DataContractError(
            "a column mixes types that Parquet keeps apart; convert it to one type first "
            f"({type(error).__name__})"
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


def _rows(table: Any, guard: Callable[[str], str]) -> Iterator[Iterator[tuple[object, ...]]]:
    """Rows of cells, a batch at a time."""
    for start in range(0, len(table), _BATCH):
        part = table[start : start + _BATCH]
        yield zip(*(_cells(part[name], name, guard) for name in part.columns), strict=True)


def _cells(column: Any, name: str, guard: Callable[[str], str]) -> Sequence[object]:
    values = column.to_list()
    # Most columns hold one type, and numbers need no look at each value.
    kinds = set(map(type, values))
    if kinds <= {int, bool, type(None)}:
        return list(values)
    if kinds <= {str}:
        known = {text: guard(text) for text in set(values)}
        return [known[text] for text in values]
    return [_cell(value, name, guard) for value in values]


def _cell(value: Any, name: str, guard: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return guard(value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, dict | bytes | bytearray | memoryview):
        raise DataContractError(
            f"the column {name!r} holds {type(value).__name__} values, which a CSV file cannot "
            "hold; leave it out or turn it into text"
        )
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
        return guard("; ".join(items))
    if hasattr(value, "to_list") or hasattr(value, "tolist"):
        plain = value.to_list() if hasattr(value, "to_list") else value.tolist()
        return _cell(plain, name, guard) if type(plain) is not type(value) else plain
    if value != value:
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return value
