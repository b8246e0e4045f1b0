"""Typed columns as a frame of the kind asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.io.containers import arrow_moments, pandas_moments, polars_gaps, polars_moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlytics.io.columns import TypedColumn

Backend = Literal["pandas", "polars", "pyarrow", "duckdb"]


def check_backend(backend: str) -> None:
    """Refuse an unknown backend, or one that is not installed, before any file is read."""
    checks.word("backend", backend, get_args(Backend))
    needed_for = f"backend={backend!r}"
    if backend in ("pyarrow", "duckdb"):
        checks.optional_module("pyarrow", needed_for=needed_for)
    if backend in ("polars", "duckdb"):
        checks.optional_module(backend, needed_for=needed_for)


def build_frame(columns: Mapping[str, TypedColumn], backend: Backend) -> Any:
    """Build a frame of the kind asked for from typed columns."""
    if backend == "pandas":
        return pd.DataFrame({name: _pandas(one) for name, one in columns.items()})
    if backend == "polars":
        import polars as pl

        return pl.DataFrame([_polars(name, one) for name, one in columns.items()])
    import pyarrow as pa

    table = pa.table({name: _arrow(one) for name, one in columns.items()})
    return from_arrow(table, backend)


def from_arrow(table: Any, backend: Backend) -> Any:
    """Turn an Arrow table into a frame of the kind asked for, types as they are."""
    if backend == "pyarrow":
        return table
    if backend == "duckdb":
        import duckdb

        return duckdb.from_arrow(table)
    if backend == "polars":
        import polars as pl

        return pl.from_arrow(table)
    return pd.DataFrame(
        {name: _pandas_from_arrow(table.column(i)) for i, name in enumerate(table.column_names)}
    )


def _pandas_from_arrow(column: Any) -> Any:
    import pyarrow as pa

    # Without this, ids with gaps turn into floats and flags with gaps into objects.
    nullable = {
        pa.bool_(): pd.BooleanDtype(),
        **{getattr(pa, f"int{n}")(): getattr(pd, f"Int{n}Dtype")() for n in (8, 16, 32, 64)},
        **{getattr(pa, f"uint{n}")(): getattr(pd, f"UInt{n}Dtype")() for n in (8, 16, 32, 64)},
    }
    if column.null_count and column.type in nullable:
        return column.to_pandas(types_mapper=nullable.get)
    return column.to_pandas(date_as_object=False)


def _pandas(one: TypedColumn) -> Any:
    kind = one.report.type
    if kind == "integer" and one.missing.any():
        return pd.arrays.IntegerArray(one.data, one.missing)
    if kind == "date":
        return pandas_moments(one.data, one.zone)
    if kind in ("text", "empty"):
        return pd.Series(one.data, dtype=_text_dtype())
    return one.data


def _text_dtype() -> Any:
    """The dtype that this pandas itself gives to text: `str` since version 3, `object` before."""
    return pd.Series(["text"]).dtype


def _polars(name: str, one: TypedColumn) -> Any:
    import polars as pl

    kind = one.report.type
    if kind == "date":
        return polars_moments(name, one.data, one.zone)
    if kind in ("text", "empty"):
        return pl.Series(name, one.data.tolist(), dtype=pl.String)
    if kind == "integer":
        return polars_gaps(pl.Series(name, one.data), one.missing)
    return pl.Series(name, one.data, nan_to_null=True)


def _arrow(one: TypedColumn) -> Any:
    import pyarrow as pa

    kind = one.report.type
    if kind == "date":
        return arrow_moments(one.data, one.zone)
    if kind in ("text", "empty"):
        return pa.array(one.data, type=pa.string(), from_pandas=True)
    mask = one.missing if np.any(one.missing) else None
    return pa.array(one.data, mask=mask)
