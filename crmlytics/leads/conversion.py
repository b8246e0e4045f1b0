"""How many leads have become customers by which day, by source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames, periods
from crmlytics.errors import NotEnoughDataError
from crmlytics.leads._lead_days import NEVER, with_days
from crmlytics.survival import cumulative_incidence, kaplan_meier

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_COLUMNS = ("day", "at_risk", "converted", "conversion", "low", "high")


def conversion_curve(
    leads: IntoFrameT,
    *,
    as_of: dt.date,
    by: str | Sequence[str] | None = None,
    created_col: str = "created_at",
    converted_col: str = "converted_at",
    lost_col: str | None = None,
    level: float = 0.95,
    tz: str | None = None,
) -> IntoFrameT:
    r"""Give the share of leads that have become customers by each day, open leads not called lost.

    Parameters
    ----------
    leads : frame
        One row per lead, of any engine.
    as_of : date
        Day of the analysis, inclusive: later rows and outcomes do not exist.
    by : str or sequence of str, optional
        Column or columns to compare, such as ``"source"``; a missing value is refused.
    created_col, converted_col : str
        Columns with the day a lead came in and the day it became a customer (missing: it has not).
    lost_col : str, optional
        Column with the day the lead was given up (missing: it was not). With it conversions
        compete with losses; without it a lead that has not converted can do so for ever.
    level : float
        Confidence of the intervals.
    tz : str, optional
        Business time zone, needed if the timestamps know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per group and day on which something happened: the columns
        of `by`; ``day``, days since the creation; ``at_risk``, leads open and under observation
        just before; ``converted``, leads converting on that day; ``conversion``, the estimated
        share converted by then, with its interval ``low``, ``high`` (null where nobody has
        converted yet).

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a creation or a group is missing, or an outcome lies before the creation.
    NotEnoughDataError
        If there is no lead before the end of `as_of`.

    Notes
    -----
    One less Kaplan and Meier's survival; with `lost_col` Aalen and Johansen's cumulative incidence.
    Dividing conversions by leads would count the young as failures. A lead with both dates has the
    earlier outcome, and on one day the conversion.

    References
    ----------
    Aalen, O. O. and Johansen, S. (1978). An Empirical Transition Matrix for Non-homogeneous Markov
    Chains Based on Censored Observations. Scandinavian Journal of Statistics 5, 141-150.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.leads import conversion_curve
    >>> leads = pd.DataFrame({
    ...     "source": ["web", "web", "web", "fair"],
    ...     "created_at": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-08", "2024-01-02"]),
    ...     "converted_at": pd.to_datetime(["2024-01-05", "2024-01-11", None, None]),
    ... })
    >>> curve = conversion_curve(leads, as_of=dt.date(2024, 1, 14), by="source")
    >>> curve[["source", "day", "at_risk", "converted", "conversion"]].round(2)
      source   day  at_risk  converted  conversion
    0   fair   0.0        1          0        0.00
    1   fair  12.0        1          0        0.00
    2    web   0.0        3          0        0.00
    3    web   4.0        3          1        0.33
    4    web   6.0        2          0        0.33
    5    web  10.0        1          1        1.00
    """
    as_of = checks.day("as_of", as_of)
    groups = [by] if isinstance(by, str) else list(by or [])
    available = frames.column_names(leads)
    checks.columns(available, {f"by[{i}]": name for i, name in enumerate(groups)})
    checks.free_names(groups, [*_COLUMNS, "time", "events", "survival", "cause"])
    days = {
        "_created": ("created_col", created_col),
        "_converted": ("converted_col", converted_col),
    }
    if lost_col is not None:
        days["_lost"] = ("lost_col", lost_col)
    rows = with_days(leads, as_of=as_of, days=days, keep=groups, tz=tz)
    held = frames.arrays(frames.collect(rows.select(*groups, *days)))
    if not len(held["_created"]):
        raise NotEnoughDataError(f"as_of={as_of} lies before all leads; pass a later as_of")
    cases = pd.DataFrame({name: held[name] for name in groups})
    cases["_days"], cases["_outcome"] = _outcomes(held, periods.to_day_index(as_of))
    found = _curve(cases, groups, level, competing=lost_col is not None)
    columns = {name: found[name].to_numpy() for name in groups}
    return frames.from_arrays(columns | {name: found[name].to_numpy() for name in _COLUMNS},
                              like=leads)  # fmt: skip


def _outcomes(
    held: dict[str, NDArray[Any]], last: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Days until the outcome seen by the last day: 1 converted, 2 lost, 0 open."""
    converted = held["_converted"]
    lost = held.get("_lost", np.full(len(converted), NEVER))
    first = np.minimum(converted, lost)
    outcome = np.where(first > last, 0, np.where(converted <= lost, 1, 2))
    return (np.minimum(first, last) - held["_created"]).astype(np.float64), outcome


def _curve(
    cases: pd.DataFrame, groups: list[str], level: float, *, competing: bool
) -> pd.DataFrame:
    by = groups or None
    curve: pd.DataFrame
    # Where nobody has converted there is no curve to compete for: it is 0 throughout.
    if not competing or not (cases["_outcome"] == 1).any():
        events = cases.assign(_event=cases["_outcome"] == 1)
        curve = kaplan_meier("_days", "_event", by=by, level=level, data=events)
        shares = {"conversion": 1.0 - curve["survival"], "low": 1.0 - curve["high"],
                  "high": 1.0 - curve["low"]}  # fmt: skip
        curve = curve.drop(columns=["low", "high"]).assign(**shares)
    else:
        causes = np.array([None, "converted", "lost"], dtype=object)[cases["_outcome"]]
        ended = cases.assign(_cause=causes)
        curve = cumulative_incidence("_days", "_cause", by=by, level=level, data=ended)
        curve = curve[curve["cause"] == "converted"].rename(
            columns={"cumulative_incidence": "conversion"}
        )
    curve = curve.rename(columns={"time": "day", "events": "converted"}).reset_index(drop=True)
    none = curve["conversion"] <= 0.0
    curve.loc[none, ["low", "high"]] = np.nan
    return curve
