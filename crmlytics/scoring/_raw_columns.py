"""Any frame as raw columns: numbers, texts and moments in numpy, nothing interpreted yet."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import frames
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Kind = Literal["number", "text", "date"]

_DAY = 86_400_000_000.0  # microseconds


class RawColumn(NamedTuple):
    """One column as it came.

    `values` holds floats (numbers, and moments as days since 1970-01-01; NaN = missing) or the
    codes of `levels` (texts; -1 = missing). `aware` moments bore a time zone.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    levels: tuple[str, ...] = ()
    aware: bool = False

    def take(self, rows: NDArray[np.int64]) -> RawColumn:
        """Keep some rows; levels that occur no more stay listed."""
        return self._replace(values=self.values[rows])

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which values are missing."""
        found: NDArray[np.bool_] = self.values < 0 if self.kind == "text" else np.isnan(self.values)
        return found


class RawTable(NamedTuple):
    """The columns of one frame, equally long."""

    n: int
    columns: dict[str, RawColumn]

    def take(self, rows: NDArray[np.int64]) -> RawTable:
        """Keep some rows of every column."""
        return RawTable(len(rows), {name: c.take(rows) for name, c in self.columns.items()})


def as_frame(X: Any, *, for_model: Any = None) -> Any:
    """Name the columns of an array ``x0``, ``x1`` …; a frame that has names stays as it is.

    An array must have as many as the fitted model `for_model` has learnt from.
    """
    numbered = isinstance(X, pd.DataFrame) and isinstance(X.columns, pd.RangeIndex)
    if not numbered and (hasattr(X, "collect_schema") or hasattr(X, "columns")):
        return X
    from sklearn.utils import check_array

    values = check_array(X, dtype=None, ensure_all_finite="allow-nan", input_name="X")
    n = values.shape[1]
    if for_model is not None and n != for_model.n_features_in_:
        raise ValueError(
            f"X has {n} features, but {type(for_model).__name__} is expecting "
            f"{for_model.n_features_in_} features as input"
        )
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(n)])


def held(X: Any) -> Any:
    """Hold the rows of a lazy frame in memory, so that outcomes and features are read from them.

    A second query may give the rows in another order.
    """
    frame = as_frame(X)
    return frame if frames.is_eager(frame) else frames.collect(frames.lazy(frame))


def read(frame: Any, columns: Sequence[str] | None = None, *, tz: str | None = None) -> RawTable:
    """Collect `columns` of a frame of any engine, once."""
    names = frames.column_names(frame)
    if odd := [name for name in names if not isinstance(name, str)]:
        raise DataContractError(
            f"{len(odd)} of {len(names)} column names are no text, such as {odd[0]!r}; "
            "name them first, for example frame.rename(columns=str)"
        )
    table = frames.collect(frames.lazy(frame, columns))
    if not len(table):
        raise NotEnoughDataError("the frame has no rows; at least one is needed")
    read_columns = {}
    for name in table.columns:
        series = table[name]
        aware = getattr(series.dtype, "time_zone", None) is not None
        if aware and tz is None:
            raise DataContractError(
                f"the timestamps of {name!r} bear a time zone; name the business time zone in "
                "tz=, such as tz='Europe/Warsaw'"
            )
        coded = frames.level_codes(series)
        if coded is None:
            values = frames.arrays(table.select(name))[name]
            read_columns[name] = raw_column(name, values, tz=tz if aware else None)
        else:
            read_columns[name] = _texts(name, *coded)
    return RawTable(len(table), read_columns)


def from_arrays(arrays: Mapping[str, NDArray[Any]], *, tz: Mapping[str, str]) -> RawTable:
    """Raw columns of one batch of numpy arrays; `tz` names the zone of aware columns."""
    columns = {name: raw_column(name, array, tz=tz.get(name)) for name, array in arrays.items()}
    return RawTable(len(next(iter(arrays.values()))), columns)


def raw_column(name: str, values: NDArray[Any], *, tz: str | None = None) -> RawColumn:
    """Sort one numpy array into number, text or date; aware moments come in UTC."""
    if values.dtype.kind == "M":
        return RawColumn(name, "date", _days(values, tz), aware=tz is not None)
    if values.dtype.kind == "m":
        spans = values.astype("timedelta64[us]")
        spelled = np.where(np.isnat(spans), np.nan, spans.astype(np.int64) / _DAY)
        return _numbers(name, spelled)
    if values.dtype.kind in "iuf":
        return _numbers(name, values.astype(np.float64))
    if values.dtype.kind == "b":
        return RawColumn(name, "text", values.astype(np.int32), ("False", "True"))
    codes, levels = pd.factorize(np.asarray(values, object))
    return _objects(name, codes, list(levels))


def _objects(name: str, codes: NDArray[Any], levels: list[Any]) -> RawColumn:
    if any(isinstance(level, list | dict | set | np.ndarray) for level in levels):
        raise DataContractError(
            f"{name!r} holds lists or structures; spread them over columns of their own, or drop it"
        )
    if levels and all(
        isinstance(level, Real | Decimal) and not isinstance(level, bool | np.bool_)
        for level in levels
    ):
        return _numbers(name, _looked_up([float(level) for level in levels], codes))
    if levels and all(isinstance(level, dt.date) for level in levels):
        days = _days(np.array([np.datetime64(level, "us") for level in levels]), None)
        return RawColumn(name, "date", _looked_up(days, codes))
    return _texts(name, codes, levels)


def _texts(name: str, codes: NDArray[Any], levels: Sequence[Any]) -> RawColumn:
    """Join levels that read alike, such as 1 and "1" in one column of objects."""
    texts = [level if isinstance(level, str) else str(level) for level in levels]
    places = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    if len(places) < len(texts):
        codes = _looked_up([places[text] for text in texts], codes, missing=-1)
    return RawColumn(name, "text", codes.astype(np.int32, copy=False), tuple(places))


def _looked_up(
    values: Sequence[float] | NDArray[Any], codes: NDArray[Any], missing: float = np.nan
) -> NDArray[Any]:
    """Value of each code, `missing` for -1: the last place of the table."""
    found: NDArray[Any] = np.asarray([*values, missing])[codes]
    return found


def _numbers(name: str, values: NDArray[np.float64]) -> RawColumn:
    if infinite := int(np.isinf(values).sum()):
        raise DataContractError(
            f"{infinite:,} of {len(values):,} values of {name!r} are infinite; "
            "make them missing or finite first"
        )
    return RawColumn(name, "number", values)


def _days(values: NDArray[Any], tz: str | None) -> NDArray[np.float64]:
    moments = values.astype("datetime64[us]")
    if tz is not None:
        index = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(tz).tz_localize(None)
        moments = index.to_numpy().astype("datetime64[us]")
    days = moments.astype(np.int64).astype(np.float64) / _DAY
    return np.where(np.isnat(moments), np.nan, days)
