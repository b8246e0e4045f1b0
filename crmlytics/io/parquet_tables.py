"""Parquet: types as the file has them, words for missing counted but left alone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from crmlytics._core import checks
from crmlytics.errors import UnreadableFileError
from crmlytics.io.reports import ColumnReport, ColumnType, TableReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlytics.io.sources import Content


def read_parquet(
    content: Content, choose: Callable[[list[str]], dict[str, str]], words: frozenset[str]
) -> tuple[Any, TableReport]:
    """Read a Parquet file into an Arrow table; `choose` maps names in it to those wanted."""
    arrow = checks.optional_module("pyarrow", needed_for="reading Parquet")
    parquet = checks.optional_module("pyarrow.parquet", needed_for="reading Parquet")
    try:
        file = parquet.ParquetFile(io.BytesIO(content.data))
        wanted = choose(file.schema_arrow.names)
        table = file.read(columns=list(wanted))
    except (arrow.ArrowException, OSError) as error:
        raise UnreadableFileError(
            f"{content.name!r} is damaged or no Parquet file; copy or export it again"
        ) from error
    table = table.select(list(wanted)).rename_columns(list(wanted.values()))
    # pandas keeps its index in the metadata: here keys are columns, and an index is none.
    table = table.replace_schema_metadata(None)
    columns = tuple(_column(name, table.column(name), words) for name in table.column_names)
    report = TableReport(
        source=content.name,
        kind="parquet",
        rows=table.num_rows,
        refused=0,
        mended=0,
        reasons=(),
        encoding=None,
        delimiter=None,
        decimal=None,
        date_formats={},
        columns=columns,
    )
    return table, report


def _column(name: str, column: Any, words: frozenset[str]) -> ColumnReport:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind: ColumnType = "other"
    found = 0
    values = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if column.null_count == len(column):
        kind = "empty"
    elif pa.types.is_integer(values):
        kind = "integer"
    elif pa.types.is_floating(values) or pa.types.is_decimal(values):
        kind = "number"
    elif pa.types.is_date(values) or pa.types.is_timestamp(values):
        kind = "date"
    elif pa.types.is_string(values) or pa.types.is_large_string(values):
        kind = "text"
        texts = column.cast(values)
        listed = pa.array(sorted(words), type=values)
        found = pc.sum(pc.is_in(texts, value_set=listed)).as_py() or 0
    return ColumnReport(name, kind, missing=column.null_count, missing_words=found)
