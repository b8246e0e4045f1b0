"""The promised engines: how a test makes a frame of each and reads a result back."""

from __future__ import annotations

import datetime as dt
import functools
import math
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


class Engine(NamedTuple):
    """One kind of frame."""

    name: str
    make: Callable[[pd.DataFrame], Any]
    is_kind: Callable[[object], bool]

    def columns(self, result: object) -> dict[str, list[Any]]:
        """Columns of a result as lists of Python values, null and NaN as None, dates as dates."""
        assert self.is_kind(result), f"{self.name} in, {type(result).__name__} out"
        return columns(result)


def columns(result: object) -> dict[str, list[Any]]:
    """Columns of any frame as lists of Python values."""
    table = nw.from_native(result).lazy().collect()
    return {name: [_plain(value) for value in table[name].to_list()] for name in table.columns}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value
    return value.item() if hasattr(value, "item") else value


def _polars(frame: pd.DataFrame) -> Any:
    import polars as pl

    return pl.DataFrame({name: pl.from_arrow(_arrow(frame).column(name)) for name in frame.columns})


def _arrow(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    for i, field in enumerate(table.schema):
        # An empty text column of pandas 2 has no type for Arrow to see.
        if field.type in (pa.large_string(), pa.null()):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            kind = pa.timestamp("us", field.type.tz)
            table = table.set_column(i, field.name, table.column(i).cast(kind))
    return table.replace_schema_metadata(None)


@functools.cache
def _duckdb_connection() -> Any:
    import duckdb

    return duckdb.connect()


def _duckdb(frame: pd.DataFrame) -> Any:
    return _duckdb_connection().from_arrow(_arrow(frame))


@functools.cache
def spark_session() -> Any:
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable  # the workers need our libraries, too
    builder = SparkSession.builder.master("local[2]").appName("crmlytics tests")
    settings = {
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
        # Frames of a few rows: compiling a plan costs more than running it.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _spark(frame: pd.DataFrame) -> Any:
    return spark_session().createDataFrame(_arrow(frame))


def _is(module: str, name: str) -> Callable[[object], bool]:
    return lambda frame: type(frame).__module__.startswith(module) and type(frame).__name__ == name


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("pandas", lambda frame: frame.copy(), _is("pandas", "DataFrame")),
        Engine("polars", _polars, _is("polars", "DataFrame")),
        Engine("polars-lazy", lambda frame: _polars(frame).lazy(), _is("polars", "LazyFrame")),
        Engine("pyarrow", _arrow, _is("pyarrow", "Table")),
        Engine("duckdb", _duckdb, lambda frame: type(frame).__name__ == "DuckDBPyRelation"),
        Engine("pyspark", _spark, _is("pyspark", "DataFrame")),
    )
}
