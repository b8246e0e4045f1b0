"""One curve for all customers: the share still active at each age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, codes, frames, notices, periods
from crmlytics._core.events import read_events
from crmlytics._core.intervals import student, wilson
from crmlytics.errors import DataQualityWarning
from crmlytics.retention._cohort_cells import KINDS, Kind
from crmlytics.retention._lapses import count_runs
from crmlytics.retention.cohorts import cohort_table
from crmlytics.survival import kaplan_meier, survival_at

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

# How many standard errors the first cohort must return above the others to be suspected.
_SUSPICIOUS = 3.0

Columns = dict[str, "NDArray[Any]"]


def retention_curve(
    events: IntoFrameT,
    *,
    unit: periods.Unit,
    as_of: dt.date,
    method: Literal["cohort", "kaplan_meier"] = "cohort",
    average: Literal["pooled", "mean_of_cohorts"] = "pooled",
    kind: Kind = "on",
    lapse_after: int | None = None,
    drop_first_cohort: bool = False,
    level: float = 0.95,
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    r"""Average the cohorts to one curve, or estimate when customers lapse.

    Parameters
    ----------
    events : frame
        One row per purchase or other activity, from any engine; other columns are ignored.
        It should hold the whole history: a customer's age counts from the first row.
    unit : {"D", "W", "M", "Q", "Y"}
        Calendar unit of cohorts and ages; weeks run Monday to Sunday.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    method : {"cohort", "kaplan_meier"}
        ``"cohort"`` averages the complete cells of the cohort table; ``"kaplan_meier"`` estimates
        the share that has not lapsed, customers observed for a short time censored.
    average : {"pooled", "mean_of_cohorts"}
        For ``"cohort"``: customers count equally, or cohorts do, large or small.
    kind : {"on", "on_or_after", "every"}
        For ``"cohort"``: who counts at age k, as in `cohort_table`.
    lapse_after : int, optional
        For ``"kaplan_meier"``, and needed there: a customer has lapsed with the first so many
        whole periods in a row without activity, even if activity follows later.
    drop_first_cohort : bool
        Whether the earliest cohort is left out, because it holds customers older than the data.
    level : float
        Confidence of the interval, a fraction.
    customer_col, date_col : str
        Names of the columns: the customer (text or integer), the date or timestamp.
    amount_col : str, optional
        Money; a row with a negative amount is a refund and no activity.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind that came in, one row per age, in order. By cohorts: ``age`` (whole periods),
        ``n_cohorts`` and ``n`` (cohorts complete at that age, and their customers), ``active``,
        ``rate``, ``low``, ``high`` (Wilson for pooled rates; Student's over the cohorts for their
        mean, null of one cohort). By Kaplan and Meier: ``age``, ``n`` (at risk just before),
        ``lapsed`` (whose silence begins at that age), ``rate``, ``low``, ``high``. Periods that
        are not over enter neither. Without complete periods the table is empty.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type.
    NotEnoughDataError
        If `as_of` lies before all rows.
    ValueError
        If `lapse_after` is missing for ``"kaplan_meier"``, or given for ``"cohort"``.

    Warns
    -----
    DataQualityWarning
        If the first cohort returns at age 1 far more often than the later ones, which is what a
        history cut at its start looks like; if customers have refunds only.

    Notes
    -----
    Pooled, the rate at age k is the sum of ``active`` over the sum of ``n``, over the cohorts that
    have completed age k; late ages rest on few, early cohorts: read ``n_cohorts``.

    By Kaplan and Meier, the time is the age at which the silence begins, the first age after the
    unbroken run: a customer whose silence of `lapse_after` periods cannot be complete at age k is
    censored before. A customer who returns after the silence stays lapsed, since a state that
    later events could revoke would make the censoring depend on the future. With
    ``lapse_after=1`` and one cohort the curve is that of ``kind="every"``.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric Estimation from Incomplete Observations.
    Journal of the American Statistical Association 53, 457-481.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import retention_curve
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "cem", "cem"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-20", "2024-02-10", "2024-02-11", "2024-03-02"]
    ...     ),
    ... })
    >>> curve = retention_curve(events, unit="M", as_of=dt.date(2024, 3, 31))
    >>> curve[["age", "n_cohorts", "n", "active", "rate"]].round(3)
       age  n_cohorts  n  active   rate
    0    0          2  3       3  1.000
    1    1          2  3       2  0.667
    2    2          1  2       0  0.000
    """
    checks.word("method", method, ("cohort", "kaplan_meier"))
    checks.word("average", average, ("pooled", "mean_of_cohorts"))
    checks.word("kind", kind, KINDS)
    level = checks.fraction("level", level)
    as_of = checks.day("as_of", as_of)
    checks.word("unit", unit, periods.UNITS)
    if method == "cohort":
        if lapse_after is not None:
            raise ValueError("lapse_after belongs to method='kaplan_meier', got method='cohort'")
        table = cohort_table(
            events, unit=unit, as_of=as_of, kind=kind, incomplete="include", amount_col=amount_col,
            customer_col=customer_col, date_col=date_col, tz=tz,
        )  # fmt: skip
        cells = frames.arrays(frames.collect(frames.lazy(table)))
        columns = _average(_chosen(cells, drop_first=drop_first_cohort), average, level)
        return frames.from_arrays(columns, like=events)
    if lapse_after is None:
        raise ValueError(
            "method='kaplan_meier' needs lapse_after, the periods in a row without activity "
            "after which a customer has lapsed"
        )
    checks.whole_number("lapse_after", lapse_after, at_least=1)
    rows = read_events(
        events, id_col=customer_col, date_col=date_col, amount_col=amount_col, as_of=as_of,
        unit=unit, tz=tz,
    )  # fmt: skip
    last = periods.last_complete(as_of, unit)
    runs = count_runs(rows, lapse_after=lapse_after, last=last)
    kept = runs.first > runs.first.min() if drop_first_cohort and len(runs.first) else slice(None)
    first, stop, count = runs.first[kept], runs.stop[kept], runs.n[kept]
    columns = _survival(first, stop, count, lapse_after=lapse_after, last=last, level=level)
    return frames.from_arrays(columns, like=events)


def _chosen(cells: Columns, *, drop_first: bool) -> Columns:
    """Complete cells, of all cohorts or of all but the first, which is looked at either way."""
    kept = cells["complete"].astype(bool)
    cells = {name: values[kept] for name, values in cells.items()}
    if not len(cells["cohort"]):
        return cells
    is_first = cells["cohort"] == cells["cohort"].min()
    if drop_first:
        return {name: values[~is_first] for name, values in cells.items()}
    _warn_of_old_customers(cells, is_first)
    return cells


def _warn_of_old_customers(cells: Columns, is_first: NDArray[np.bool_]) -> None:
    at_one = cells["age"] == 1
    active, n = cells["active"].astype(np.float64), cells["n"].astype(np.float64)
    mine, others = at_one & is_first, at_one & ~is_first
    if not (mine.any() and others.any()):
        return
    a, n_a = float(active[mine].sum()), float(n[mine].sum())
    b, n_b = float(active[others].sum()), float(n[others].sum())
    both = (a + b) / (n_a + n_b)
    error = float(np.sqrt(both * (1 - both) * (1 / n_a + 1 / n_b)))
    if error > 0 and (a / n_a - b / n_b) > _SUSPICIOUS * error:
        notices.warn(
            f"the first cohort returns far more often than the later ones (age 1: {a / n_a:.1%} "
            f"against {b / n_b:.1%}): it probably holds customers older than the data; leave it "
            "out with drop_first_cohort=True",
            DataQualityWarning,
        )


def _average(cells: Columns, average: str, level: float) -> Columns:
    age = cells["age"].astype(np.int64)
    width = int(age.max()) + 1 if len(age) else 0
    cohorts = np.bincount(age, minlength=width)
    n, active = (
        np.bincount(age, weights=cells[name].astype(np.float64), minlength=width)
        for name in ("n", "active")
    )
    if average == "pooled":
        rate = codes.ratio(active.astype(np.float64), n)
        low, high = wilson(active, n, level)
    else:
        each = cells["active"].astype(np.float64) / cells["n"].astype(np.float64)
        rate = codes.totals(age, each, width) / np.maximum(cohorts, 1)
        squares = codes.totals(age, (each - rate[age]) ** 2, width)
        low, high = student(rate, np.sqrt(squares / np.maximum(cohorts - 1, 1)), cohorts, level)
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    return {
        "age": np.arange(width),
        "n_cohorts": cohorts.astype(np.int64),
        "n": n.astype(np.int64),
        "active": active.astype(np.int64),
        "rate": rate,
        "low": low,
        "high": high,
    }


def _survival(
    first: NDArray[np.int64],
    stop: NDArray[np.int64],
    count: NDArray[np.int64],
    *,
    lapse_after: int,
    last: int,
    level: float,
) -> Columns:
    lapsed = last - stop >= lapse_after
    # A silence that begins at age s is known at age s + lapse_after - 1, if that is over.
    known = np.maximum(last - first - lapse_after + 1, 0)
    time = np.where(lapsed, stop - first + 1, known)
    if not len(time):
        empty, none = np.empty(0), np.empty(0, np.int64)
        whole: Columns = {"age": none, "n": none, "lapsed": none}
        return whole | {"rate": empty, "low": empty, "high": empty}
    curve = kaplan_meier(time.astype(np.float64), lapsed, weights=count, level=level)
    ages = np.arange(int(time.max()) + 1)
    read = survival_at(curve, ages.astype(np.float64).tolist())
    ended = np.bincount(time[lapsed], weights=count[lapsed], minlength=len(ages))
    return {
        "age": ages,
        "n": read["at_risk"].to_numpy(np.int64),
        "lapsed": ended.astype(np.int64),
        "rate": read["survival"].to_numpy(np.float64),
        "low": read["low"].to_numpy(np.float64),
        "high": read["high"].to_numpy(np.float64),
    }
