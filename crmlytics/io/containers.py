"""Any one-dimensional container in, the same kind out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_objects(values: Any) -> NDArray[np.object_]:
    """Return the values as an array of Python objects."""
    kind = _kind(values)
    if kind == "numpy":
        if values.ndim != 1:
            raise ValueError(f"values must have one dimension, got {values.ndim}")
        return values.astype(object)  # type: ignore[no-any-return]
    if kind == "pandas":
        return values.to_numpy(dtype=object)  # type: ignore[no-any-return]
    sequence = list(values) if kind == "list" else values.to_pylist() if kind == "pyarrow" else None
    sequence = values.to_list() if sequence is None else sequence
    objects = np.empty(len(sequence), dtype=object)
    objects[:] = sequence
    return objects


def floats_like(result: NDArray[np.float64], like: Any) -> Any:
    """Return float64 numbers in the kind of container that `like` is; NaN is missing."""
    kind = _kind(like)
    if kind == "pandas":
        return pd.Series(result, index=like.index, name=like.name)
    if kind == "polars":
        import polars as pl

        return pl.Series(like.name, result, nan_to_null=True)
    if kind == "pyarrow":
        import pyarrow as pa

        return pa.chunked_array([pa.array(result, from_pandas=True)])
    return result.tolist() if kind == "list" else result


def moments_like(result: NDArray[np.datetime64], zone: str | None, like: Any) -> Any:
    """Return moments in the kind of container that `like` is.

    With a `zone` the moments are those of universal time and are shown in that zone.
    """
    kind = _kind(like)
    if kind == "pandas":
        return pd.Series(pandas_moments(result, zone), index=like.index, name=like.name)
    if kind == "polars":
        return polars_moments(like.name, result, zone)
    if kind == "pyarrow":
        import pyarrow as pa

        return pa.chunked_array([arrow_moments(result, zone)])
    if kind == "list":
        shown = pandas_moments(result, zone)
        return [None if pd.isna(moment) else moment.to_pydatetime() for moment in shown]
    if zone is not None:
        raise TypeError(
            "the values carry offsets from universal time, which a numpy array cannot hold; "
            "pass a list or a Series"
        )
    return result


def pandas_moments(result: NDArray[np.datetime64], zone: str | None) -> pd.DatetimeIndex:
    """Build a pandas index in microseconds, aware if there is a zone."""
    moments = pd.DatetimeIndex(result.astype("datetime64[us]"))
    return moments if zone is None else moments.tz_localize("UTC").tz_convert(zone)


def polars_moments(name: str, result: NDArray[np.datetime64], zone: str | None) -> Any:
    """Build a polars series in microseconds, aware if there is a zone."""
    import polars as pl

    gaps = np.isnat(result)
    filled = np.where(gaps, np.datetime64(0, "us"), result.astype("datetime64[us]"))
    # polars before 2 fails on the hour of a null that hides numpy's NaT.
    moments = polars_gaps(pl.Series(name, filled), gaps)
    if zone is None:
        return moments
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def polars_gaps(series: Any, gaps: NDArray[np.bool_]) -> Any:
    """Make the marked values of a polars series null."""
    import polars as pl

    if not gaps.any():
        return series
    return series.zip_with(
        pl.Series(~gaps), pl.repeat(None, len(series), dtype=series.dtype, eager=True)
    )


def arrow_moments(result: NDArray[np.datetime64], zone: str | None) -> Any:
    """Build an Arrow array in microseconds, aware if there is a zone."""
    import pyarrow as pa

    moments = pa.array(result.astype("datetime64[us]"))
    # Arrow keeps aware moments in universal time: naming the zone does not move them.
    return moments if zone is None else moments.cast(pa.int64()).cast(pa.timestamp("us", tz=zone))


def as_text(value: object) -> str | None:
    """Write one value as text, as a file would hold it; None if it is missing."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value).replace("T", " ")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, dt.date | int | np.integer):
        return str(value)
    return str(value)


def name_of(values: Any) -> str:
    """Name the values in a message: by their column name if they bear one."""
    name = getattr(values, "name", None)
    return f"{name!r}" if isinstance(name, str) and name else "the column"


def _kind(values: Any) -> str:
    if isinstance(values, np.ndarray):
        return "numpy"
    if isinstance(values, pd.Series):
        return "pandas"
    if isinstance(values, list | tuple):
        return "list"
    library = type(values).__module__.partition(".")[0]
    if library == "polars" and type(values).__name__ == "Series":
        return "polars"
    if library == "pyarrow" and hasattr(values, "to_pylist") and hasattr(values, "type"):
        return "pyarrow"
    raise TypeError(
        "values must be a pandas or polars Series, a numpy array, a pyarrow array or a list, "
        f"got {type(values).__name__}"
    )
