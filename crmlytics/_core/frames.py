"""Any frame in, the same kind out: the only file that asks which engine holds the data."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrameT

Kind = Literal["pandas", "polars", "polars-lazy", "pyarrow", "duckdb", "pyspark", "other"]

#: One array per column: int64, float64 (NaN = null), object (text), datetime64[D], bool, or a
#: masked int64 array whose masked cells are null.
Arrays = "Mapping[str, np.ndarray[Any, Any]]"

_alias_number = itertools.count(1)


def kind_of(frame: object) -> Kind:
    """Name the engine that holds `frame`, or say that it is no frame."""
    table = _narwhals(frame)
    implementation = table.implementation
    if implementation.is_pandas():
        return "pandas"
    if implementation.is_polars():
        return "polars-lazy" if isinstance(table, nw.LazyFrame) else "polars"
    if implementation.is_pyarrow():
        return "pyarrow"
    if implementation.is_duckdb():
        return "duckdb"
    if implementation.is_pyspark() or implementation.is_pyspark_connect():
        return "pyspark"
    return "other"


def column_names(frame: object) -> list[str]:
    """Names of the columns, in order."""
    return _narwhals(frame).collect_schema().names()


def lazy(frame: object, columns: Sequence[str] | None = None) -> nw.LazyFrame[Any]:
    """Return `columns` of any frame as a lazy narwhals frame, categoricals read as their values."""
    table = _narwhals(frame)
    if columns is not None:
        _refuse_spark_names(table, columns)
        # As expressions: narwhals hands bare names to DuckDB unquoted, and `left` is a word of SQL.
        table = table.select(*map(nw.col, dict.fromkeys(columns)))
    schema = table.collect_schema()
    coded = [name for name, dtype in schema.items() if dtype in (nw.Categorical, nw.Enum)]
    return _decategorise(table, coded).lazy() if coded else table.lazy()


def is_eager(frame: object) -> bool:
    """Whether the rows of `frame` are in this process's memory."""
    return isinstance(_narwhals(frame), nw.DataFrame)


def collect(table: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Run the lazy plan once and hold its rows in memory."""
    return table.collect()


def to_pandas(table: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Run the lazy plan once and hold its rows in pandas."""
    return collect(table).to_pandas()


def arrays(table: nw.DataFrame[Any]) -> dict[str, np.ndarray[Any, Any]]:
    """One numpy array per column of a collected table."""
    return {name: _to_array(table[name]) for name in table.columns}


def flag(condition: nw.Expr) -> nw.Expr:
    """1 where the condition holds and 0 elsewhere: sums of it count alike on every engine."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)


def level_codes(column: nw.Series[Any]) -> tuple[np.ndarray[Any, Any], list[Any]] | None:
    """Codes (-1 = missing) and levels of a text column in the engine's own way, if it has one."""
    if column.dtype != nw.String:
        return None
    native = column.to_native()
    if column.implementation.is_pandas():
        codes, levels = pd.factorize(native)
        return codes, list(levels)
    if column.implementation.is_pyarrow():
        coded = native.combine_chunks().dictionary_encode()
        return coded.indices.fill_null(-1).to_numpy(), coded.dictionary.to_pylist()
    return None


def finite(table: nw.DataFrame[Any], column: str) -> np.ndarray[Any, Any]:
    """Return a numeric column of a collected table as floats, none missing or infinite."""
    if not table[column].dtype.is_numeric():
        raise DataContractError(f"{column!r} must hold numbers, it holds {table[column].dtype}")
    values = _to_array(table[column]).astype(np.float64)
    if bad := int((~np.isfinite(values)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} values of {column!r} are missing or infinite"
        )
    return values


def row(table: nw.LazyFrame[Any]) -> dict[str, Any]:
    """Return the single row of an aggregate as Python values, missing ones as None."""
    values = {name: column[0] for name, column in arrays(collect(table)).items()}
    return {
        name: None if value is None or value != value else value for name, value in values.items()
    }


def same_kind(table: nw.LazyFrame[Any] | nw.DataFrame[Any], *, like: IntoFrameT) -> IntoFrameT:
    """Hand a finished table back as the kind of frame that `like` is."""
    if isinstance(table, nw.LazyFrame) and is_eager(like):
        table = table.collect()
    if isinstance(table, nw.DataFrame):
        return _restore(table, like)
    result: IntoFrameT = table.to_native()
    return result


def from_arrays(columns: Mapping[str, np.ndarray[Any, Any]], *, like: IntoFrameT) -> IntoFrameT:
    """Build a frame of the kind of `like` from numpy arrays (see `Arrays`)."""
    return _restore(eager_from_arrays(columns, like=like), like)


def eager_from_arrays(
    columns: Mapping[str, np.ndarray[Any, Any]], *, like: object
) -> nw.DataFrame[Any]:
    """Build an eager narwhals table with the backend in which `like` is collected."""
    kind = kind_of(like)
    if kind in ("pandas", "other"):
        data = {name: _pandas_column(values) for name, values in columns.items()}
        return nw.from_native(pd.DataFrame(data), eager_only=True)
    if kind in ("polars", "polars-lazy"):
        import polars as pl

        return nw.from_native(
            pl.DataFrame([_polars_column(name, values) for name, values in columns.items()]),
            eager_only=True,
        )
    import pyarrow as pa

    data = {name: _arrow_column(values) for name, values in columns.items()}
    return nw.from_native(pa.table(data), eager_only=True)


def with_arrays(
    frame: nw.DataFrame[Any], columns: Mapping[str, np.ndarray[Any, Any]], *, like: object
) -> nw.DataFrame[Any]:
    """Append arrays, aligned with its rows, to a table collected from `like`."""
    added = eager_from_arrays(columns, like=like)
    if frame.implementation.is_pandas():
        # pandas aligns on the index: give the new columns the index of the rows they belong to.
        native = added.to_native()
        native.index = frame.to_native().index
        added = nw.from_native(native, eager_only=True)
    return frame.with_columns(*[added[name] for name in columns])


def how_to_find(frame: object, column: str, what: Literal["missing", "not finite"]) -> str:
    """Write the line of code that shows the bad rows in the caller's own engine."""
    name = column.replace("'", "\\'")
    missing = {
        "pandas": f"frame[frame['{name}'].isna()]",
        "polars": f"frame.filter(pl.col('{name}').is_null())",
        "polars-lazy": f"frame.filter(pl.col('{name}').is_null()).collect()",
        "pyarrow": f"frame.filter(pc.is_null(frame['{name}']))",
        "duckdb": f"relation.filter('\"{name}\" IS NULL')",
        "pyspark": f"frame.where('`{name}` IS NULL')",
        "other": f"the rows where '{name}' is null",
    }
    not_finite = {
        "pandas": f"frame[~np.isfinite(frame['{name}'])]",
        "polars": f"frame.filter(~pl.col('{name}').is_finite())",
        "polars-lazy": f"frame.filter(~pl.col('{name}').is_finite()).collect()",
        "pyarrow": f"frame.filter(pc.invert(pc.is_finite(frame['{name}'])))",
        "duckdb": f"relation.filter('NOT isfinite(\"{name}\")')",
        "pyspark": f"frame.where('isnan(`{name}`) OR abs(`{name}`) = double(\"inf\")')",
        "other": f"the rows where '{name}' is infinite or NaN",
    }
    return (missing if what == "missing" else not_finite)[kind_of(frame)]


def local_time(frame: nw.LazyFrame[Any], column: str, tz: str) -> nw.LazyFrame[Any]:
    """Turn an aware timestamp column into the naive local time of the zone `tz`."""
    if frame.implementation.is_pyspark() or frame.implementation.is_pyspark_connect():
        from pyspark.sql import functions

        # Spark keeps the zone in the session: its wall clock is what the cast shows.
        wall = functions.convert_timezone(
            None, functions.lit(tz), functions.col(f"`{column}`").cast("timestamp_ntz")
        )
        spark: nw.LazyFrame[Any] = nw.from_native(frame.to_native().withColumn(column, wall))
        return spark
    if frame.implementation.is_duckdb():
        import duckdb

        # DuckDB keeps it in the connection, which is the caller's to set.
        wall = duckdb.FunctionExpression(
            "timezone", duckdb.ConstantExpression(tz), duckdb.ColumnExpression(column)
        )
        rest = duckdb.StarExpression(exclude=[column])
        relation = frame.to_native().select(rest, wall.alias(column))
        duck: nw.LazyFrame[Any] = nw.from_native(relation)
        return duck
    local = nw.col(column).dt.convert_time_zone(tz).dt.replace_time_zone(None)
    return frame.with_columns(local.alias(column))


def native_day_index(table: nw.LazyFrame[Any], date: str, name: str) -> nw.LazyFrame[Any] | None:
    """Add whole days since 1970-01-01 in the engine's own fastest way, None where it has none."""
    native: Any = table.to_native()
    added: nw.LazyFrame[Any]
    if table.implementation.is_polars():
        import polars as pl

        day = pl.col(date).cast(pl.Date).cast(pl.Int64)
        added = nw.from_native(native.lazy().with_columns(day.alias(name)))
        return added
    if table.implementation.is_duckdb():
        import duckdb

        start = duckdb.ConstantExpression(dt.date(1970, 1, 1))
        day = duckdb.FunctionExpression(
            "datediff",
            duckdb.ConstantExpression("day"),
            start,
            duckdb.ColumnExpression(date).cast("DATE"),
        )
        added = nw.from_native(native.select(duckdb.StarExpression(), day.alias(name)))
        return added
    return None


def _narwhals(frame: object) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    if isinstance(frame, nw.DataFrame | nw.LazyFrame):
        return frame
    try:
        return nw.from_native(frame)  # type: ignore[call-overload,unused-ignore]
    except DuplicateError as error:
        names = list(frame.columns)  # type: ignore[attr-defined]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        raise DataContractError(
            f"{len(twice)} column names of the frame repeat, such as {twice[0]!r}; "
            "rename them first"
        ) from error
    except TypeError as error:
        raise TypeError(
            "the data must be a pandas, polars, pyarrow, DuckDB or Spark frame, "
            f"got {type(frame).__name__}"
        ) from error


def _refuse_spark_names(table: Any, columns: Sequence[str]) -> None:
    """Spark takes a dot for a field of a structure and a backtick for a quote."""
    if not (table.implementation.is_pyspark() or table.implementation.is_pyspark_connect()):
        return
    if odd := [name for name in columns if "." in name or "`" in name]:
        raise DataContractError(
            f"Spark cannot address the column {odd[0]!r}, because of its dot or backtick; "
            "rename it first with withColumnRenamed"
        )


def _decategorise(table: Any, names: list[str]) -> Any:
    """Replace categoricals by their values, in the way each engine can."""
    native = table.to_native()
    if table.implementation.is_pandas():
        values = {name: _pandas_values(native[name]) for name in names}
        return nw.from_native(native.assign(**values))
    if table.implementation.is_pyarrow():
        for name in names:
            column = native.column(name)
            native = native.set_column(
                native.schema.get_field_index(name), name, column.cast(column.type.value_type)
            )
        return nw.from_native(native)
    return table.with_columns(*[nw.col(name).cast(nw.String) for name in names])


def _pandas_values(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.ArrowDtype):
        return column.astype(pd.ArrowDtype(column.dtype.pyarrow_dtype.value_type))
    if column.isna().any():
        return column.astype(object)
    return column.astype(column.cat.categories.dtype)


def _restore(table: nw.DataFrame[Any], like: IntoFrameT) -> IntoFrameT:
    """Turn a collected table into the kind of `like`, in the caller's own connection."""
    native: Any = table.to_native()
    kind = kind_of(like)
    if kind == "pandas":
        native = native.reset_index(drop=True)
    if kind == "polars-lazy":
        native = native.lazy()
    if kind == "duckdb":
        native = _duckdb_relation(native, like)
    if kind == "pyspark":
        native = _native(like).sparkSession.createDataFrame(native)
    result: IntoFrameT = native
    return result


def _duckdb_relation(_crmlytics_built: Any, like: object) -> Any:
    relation = _native(like)
    alias = f"crmlytics_{next(_alias_number)}"
    # Relations of two connections do not join, so the table is built through the caller's own;
    # DuckDB finds the variable by its name, which is odd lest a table of the caller's bears it,
    # nor one of our own views: DuckDB 1 keeps the views that `query` names.
    try:
        built = relation.query("_crmlytics_like", "SELECT * FROM _crmlytics_built")
    except Exception as error:
        if "_crmlytics_built" not in str(error):
            raise
        raise DataContractError(
            "this DuckDB connection does not let results be built in it "
            "(python_enable_replacements or enable_external_access is off); "
            "pass the rows as an Arrow table: relation.to_arrow_table()"
        ) from error
    return built.set_alias(alias)


def _native(frame: object) -> Any:
    return frame.to_native() if isinstance(frame, nw.DataFrame | nw.LazyFrame) else frame


def _to_array(column: nw.Series[Any]) -> np.ndarray[Any, Any]:
    values = column.to_numpy()
    if column.dtype == nw.Date:
        return values.astype("datetime64[D]")
    if column.dtype.is_integer() and values.dtype.kind != "i":
        # A nullable integer column comes back as float or object: keep the nulls as NaN.
        return values.astype(np.float64) if column.is_null().any() else values.astype(np.int64)
    if column.dtype.is_float() and values.dtype != np.float64:
        return values.astype(np.float64)
    return values


def _pandas_column(values: np.ndarray[Any, Any]) -> Any:
    if isinstance(values, np.ma.MaskedArray):
        return pd.arrays.IntegerArray(
            values.filled(0).astype(np.int64), np.ma.getmaskarray(values).copy()
        )
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    if values.dtype == object:
        return pd.Series(values.tolist(), dtype="str" if _all_text(values) else object)
    return values


def _polars_column(name: str, values: np.ndarray[Any, Any]) -> Any:
    import polars as pl

    if isinstance(values, np.ma.MaskedArray):
        return pl.Series(name, values.tolist(), dtype=pl.Int64)
    values = np.asarray(values)
    if values.dtype == object:
        return pl.Series(name, values.tolist(), dtype=pl.String if _all_text(values) else None)
    return pl.Series(name, values, nan_to_null=True)


def _arrow_column(values: np.ndarray[Any, Any]) -> Any:
    import pyarrow as pa

    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.tolist(), type=pa.int64())
    values = np.asarray(values)
    if values.dtype == object:
        return pa.array(values.tolist(), type=pa.string() if _all_text(values) else None)
    return pa.array(values, from_pandas=True)


def _all_text(values: np.ndarray[Any, Any]) -> bool:
    """Whether all are texts or None; pandas looks at millions of them in no time."""
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        return False
    return all(value is None for value in values[pd.isna(values)])
