"""Sums per period over the customers of an earlier one: what is left of their money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import codes, frames
from crmlytics.retention._growth_flows import ROUNDING, floored, warn_of_shortfall

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.retention._activity import CodedActivity

#: Money now and before of each customer, x before, y now, k the lesser of the two.
MONEY = ("start", "kept", "gained", "lost", "left")
SQUARES = ("xx", "xy", "yy", "xk", "kk")

Moments = dict[str, "NDArray[Any]"]


def lazy_moments(activity: nw.LazyFrame[Any], *, lag: int) -> Moments:
    """Sum on the engine: one row per period `lag` after one with activity, in any order."""
    worth = floored(activity)
    short = frames.row(
        worth.select(n=frames.flag(nw.col("_short") < 0), short=nw.col("_short")).select(
            nw.col("n").sum(), nw.col("short").sum()
        )
    )
    warn_of_shortfall(int(short["n"] or 0), float(short["short"] or 0.0))
    bought = worth.filter(nw.col("_buys") > 0)
    base = bought.select("_id", _period=nw.col("_period") + lag, _x=nw.col("_worth"))
    now = bought.select("_id", "_period", _y=nw.col("_worth"), _stays=nw.lit(1))
    rows = base.join(now, on=["_id", "_period"], how="left")
    rows = rows.with_columns(_y=nw.col("_y").fill_null(0.0), _stays=nw.col("_stays").fill_null(0))
    x, y, none = nw.col("_x"), nw.col("_y"), nw.lit(0.0)
    kept = nw.when(y < x).then(y).otherwise(x)
    rows = rows.with_columns(_k=kept)
    k, stays = nw.col("_k"), nw.col("_stays") > 0
    rows = rows.select(
        "_period",
        n=nw.lit(1).cast(nw.Int64),
        n_stays=nw.col("_stays").cast(nw.Int64),
        start=x,
        kept=k,
        gained=y - k,
        lost=nw.when(stays).then(x - k).otherwise(none),
        left=nw.when(stays).then(none).otherwise(x),
        xx=x * x,
        xy=x * y,
        yy=y * y,
        xk=x * k,
        kk=k * k,
    )
    names = ("n", "n_stays", *MONEY, *SQUARES)
    found = frames.arrays(
        frames.collect(rows.group_by("_period").agg(*[nw.col(name).sum() for name in names]))
    )
    whole = ("_period", "n", "n_stays")
    return {
        name: values.astype(np.int64 if name in whole else np.float64)
        for name, values in found.items()
    }


def coded_moments(activity: CodedActivity, *, lag: int) -> Moments:
    """Do the same in numpy."""
    short = activity.amount < -ROUNDING
    warn_of_shortfall(int(short.sum()), float(activity.amount[short].sum()))
    code, period = activity.code[activity.buys], activity.period[activity.buys]
    x = np.maximum(activity.amount[activity.buys], 0.0)
    names = ("_period", "n", "n_stays")
    if not len(code):
        return {name: np.empty(0, np.int64) for name in (*names, *MONEY, *SQUARES)}
    low, n = int(period.min()), int(period.max()) - int(period.min()) + 1
    # Rows are ordered by customer and period, and so are these keys.
    key = code * (n + lag) + period - low
    at = np.minimum(np.searchsorted(key, key + lag), len(key) - 1)
    stays = key[at] == key + lag
    y = np.where(stays, x[at], 0.0)
    k = np.minimum(x, y)
    parts = {
        "start": x,
        "kept": k,
        "gained": y - k,
        "lost": np.where(stays, x - k, 0.0),
        "left": np.where(stays, 0.0, x),
        "xx": x * x,
        "xy": x * y,
        "yy": y * y,
        "xk": x * k,
        "kk": k * k,
    }
    moments: Moments = {
        "_period": np.arange(low, low + n) + lag,
        "n": np.bincount(period - low, minlength=n),
        "n_stays": np.bincount(period[stays] - low, minlength=n),
    }
    return moments | {name: codes.totals(period - low, part, n) for name, part in parts.items()}
