"""Raw columns of any frame as numbers or texts, the way a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["number", "category"]

MISSING = "(missing)"
_DAY = 86_400_000_000  # microseconds
_OBJECTS = dict.fromkeys(("date", "datetime"), "date") | dict.fromkeys(
    ("integer", "floating", "decimal", "mixed-integer-float"), "number"
)


class RawColumn(NamedTuple):
    """Numbers (NaN = missing) or texts (None = missing); dates are numbers of days."""

    kind: Kind
    values: NDArray[Any]
    dated: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which values are missing."""
        absent: NDArray[np.bool_] = pd.isna(self.values)
        return absent


def raw_column(table: nw.DataFrame[Any], name: str, *, category: bool = False) -> RawColumn:
    """Read one column; `category` takes numbers for names, too. An infinity counts as missing."""
    dtype = table[name].dtype
    values: Any = pd.Series(frames.arrays(table.select(name))[name])
    kind = "number" if dtype.is_numeric() else "text"
    if dtype in (nw.Date, nw.Datetime):
        kind, values = "date", pd.Series(table[name].to_pandas())
    elif dtype == nw.Object:  # pandas holds dates and numbers with missing ones so, too
        kind = _OBJECTS.get(pd.api.types.infer_dtype(values, skipna=True), "text")
    if kind == "date":
        return RawColumn("number", _days(values), dated=True)
    if kind == "number" and not category:
        numbers = pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
        return RawColumn("number", np.where(np.isfinite(numbers), numbers, np.nan))
    return RawColumn("category", texts(values.to_numpy(object)))


def _days(values: Any) -> NDArray[np.float64]:
    """Days since 1970-01-01; the zone, if any, is that of UTC."""
    moments = pd.to_datetime(values, utc=True).dt.tz_localize(None)
    stamps = moments.to_numpy("datetime64[us]")
    days: NDArray[np.float64] = stamps.astype(np.int64) / _DAY
    return np.where(np.isnat(stamps), np.nan, days)


def texts(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as texts, missing ones as None."""
    code, distinct = pd.factorize(pd.Series(values, dtype=object))
    names = np.array([*(str(value) for value in distinct), None], dtype=object)
    found: NDArray[Any] = names[code]
    return found
