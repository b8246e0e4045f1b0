"""Whether each lead became a customer in time, did not, or is too young to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames, periods
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.leads._lead_days import with_days

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT

_DAYS_PER = {"D": 1, "W": 7}


def lead_labels(
    leads: IntoFrameT,
    *,
    as_of: dt.date,
    horizon: int,
    unit: Literal["D", "W"],
    created_col: str = "created_at",
    converted_col: str = "converted_at",
    label_col: str = "converted",
    tz: str | None = None,
) -> IntoFrameT:
    """Say of each lead whether it became a customer within a window; the young are unknown.

    Parameters
    ----------
    leads : frame
        One row per lead, of any engine.
    as_of : date
        Day of the analysis, inclusive: leads created later, and what happened later, do not exist.
    horizon : int
        Length of the window from the lead's creation, in `unit`.
    unit : {"D", "W"}
        Days or weeks of seven days.
    created_col, converted_col : str
        Columns with the day a lead came in and the day it became a customer (missing: it has not).
    label_col : str
        Name of the new column.
    tz : str, optional
        Business time zone, needed if the timestamps know their zone.

    Returns
    -------
    frame
        The kind that came in, the leads created until `as_of` with `label_col` added: 1 if the
        lead converted on one of the first `horizon` days or weeks, the day of its creation being
        the first; 0 if it did not; null if that window is not over at the end of `as_of`.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a creation is missing, a conversion lies before it, or `label_col` is there already.
    NotEnoughDataError
        If there is no lead, or none before the end of `as_of`.

    Notes
    -----
    A lead younger than the window is unknown even if it has converted already: counting the quick
    conversions of the young and not their slow ones would make the young look better than they
    are, and calling the rest of them negative would make them look worse.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.leads import lead_labels
    >>> leads = pd.DataFrame({
    ...     "lead_id": ["a", "b", "c"],
    ...     "created_at": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-20"]),
    ...     "converted_at": pd.to_datetime(["2024-01-30", "2024-02-15", "2024-03-21"]),
    ... })
    >>> lead_labels(leads, as_of=dt.date(2024, 3, 31), horizon=30, unit="D")["converted"]
    0       1
    1       0
    2    <NA>
    Name: converted, dtype: Int64
    """
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, ("D", "W"))
    span = checks.whole_number("horizon", horizon, at_least=1) * _DAYS_PER[unit]
    available = frames.column_names(leads)
    if label_col.casefold() in {name.casefold() for name in available}:
        raise DataContractError(
            f"the frame already has the column {label_col!r}, which would be overwritten; drop it, "
            "rename it, or give another label_col"
        )
    table = with_days(
        leads,
        as_of=as_of,
        days={
            "_created": ("created_col", created_col),
            "_converted": ("converted_col", converted_col),
        },
        keep=available,
        tz=tz,
    )
    if frames.is_eager(leads) and not len(frames.collect(table.select("_created"))):
        raise NotEnoughDataError(f"as_of={as_of} lies before all leads; pass a later as_of")
    last = periods.to_day_index(as_of)
    if frames.is_eager(leads):
        held = frames.collect(table)
        day = frames.arrays(held.select("_created", "_converted"))
        hit = (day["_converted"] <= last) & (day["_converted"] - day["_created"] < span)
        young = day["_created"] + span - 1 > last
        label = np.ma.MaskedArray(hit.astype(np.int64), mask=young)
        held = frames.with_arrays(held.select(*available), {label_col: label}, like=leads)
        return frames.same_kind(held, like=leads)
    in_time = (nw.col("_converted") <= last) & (nw.col("_converted") - nw.col("_created") < span)
    table = table.with_columns(_hit=frames.flag(in_time))
    over = nw.col("_created") + (span - 1) <= last
    known = nw.when(over).then(nw.col("_hit")).otherwise(nw.lit(None)).cast(nw.Int64)
    return frames.same_kind(
        table.with_columns(known.alias(label_col)).select(*available, label_col), like=leads
    )
