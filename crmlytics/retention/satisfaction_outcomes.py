"""Do satisfied customers come back? Retention after the answer, by what was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics._core.events import CodedEvents, Events, read_events
from crmlytics._core.intervals import wilson
from crmlytics.customers.purchases import coded_purchases, lazy_purchases
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.retention._answers import require_answers
from crmlytics.retention.satisfaction import DETRACTOR, NPS_SCALE, PROMOTER

if TYPE_CHECKING:
    import datetime as dt

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_GROUPS = ("detractor", "passive", "promoter")


class _Answers(NamedTuple):
    """One answer per customer: ids, days since 1970-01-01, scores."""

    ids: pd.Index[Any]
    day: NDArray[np.int64]
    score: NDArray[np.float64]


def satisfaction_retention_table(
    surveys: IntoFrameT,
    events: Any,
    *,
    as_of: dt.date,
    horizon_days: int,
    by: Literal["nps", "score"] = "nps",
    level: float = 0.95,
    customer_col: str = "customer_id",
    score_col: str = "score",
    answered_col: str = "answered_at",
    date_col: str = "date",
    amount_col: str | None = None,
    tz: str | None = None,
) -> IntoFrameT:
    """Share of customers who bought again after their answer, by what they answered.

    Parameters
    ----------
    surveys : frame
        One row per answer, from any engine; other columns are ignored.
    events : frame
        One row per purchase, from any engine; other columns are ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist, in both frames.
    horizon_days : int
        Days after the day of the answer within which a purchase counts as staying.
    by : {"nps", "score"}
        Groups: detractors (0 to 6), passives (7 and 8) and promoters (9 and 10), or every answer
        for itself, on any scale of whole numbers.
    level : float
        Confidence of the intervals, a fraction.
    customer_col : str
        Column of the customer (text or integer) in both frames.
    score_col, answered_col : str
        Columns of `surveys`: the answer, the date or timestamp of it.
    date_col : str
        Column of `events`: the date or timestamp.
    amount_col : str, optional
        Column of `events`: money; a row with a negative amount is a refund and no purchase.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    frame
        The kind of `surveys`, one row per group that has answers, the least satisfied first:
        ``group`` (``"detractor"``, ``"passive"``, ``"promoter"``), or ``score``; ``n``
        (customers), ``retained`` (who bought within the horizon), ``rate``, ``low``, ``high``
        (Wilson).

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite or of the wrong type, if answers are not on the scale, if
        a customer has two answers of one day, or if no id of `surveys` occurs in `events`.
    NotEnoughDataError
        If no answer is at least `horizon_days` old at the end of `as_of`.

    Warns
    -----
    DataQualityWarning
        If customers of `events` have refunds only.

    Notes
    -----
    The answer comes strictly before the outcome: the purchases of its own day do not count, those
    of the `horizon_days` days after it do. A customer enters once, with the last answer whose
    horizon is over; later answers are left out, for every group alike. Customers who answer are
    not like those who do not, and whoever has just bought is asked more often: the table compares
    those who answered, and shows an association, not an effect.

    References
    ----------
    Morgan, N. A. and Rego, L. L. (2006). The value of different customer satisfaction and loyalty
    metrics in predicting business performance. Marketing Science 25(5), 426-439.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from crmlytics.retention import satisfaction_retention_table
    >>> surveys = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cem"],
    ...     "score": [10, 9, 3],
    ...     "answered_at": pd.to_datetime(["2024-01-10", "2024-01-10", "2024-01-12"]),
    ... })
    >>> events = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cem", "ann"],
    ...     "date": pd.to_datetime(["2024-01-05", "2024-01-10", "2024-01-02", "2024-02-01"]),
    ... })
    >>> table = satisfaction_retention_table(
    ...     surveys, events, as_of=dt.date(2024, 6, 30), horizon_days=90
    ... )
    >>> table[["group", "n", "retained", "rate"]]
           group  n  retained  rate
    0  detractor  1         0   0.0
    1   promoter  2         1   0.5
    """
    as_of = checks.day("as_of", as_of)
    horizon = checks.whole_number("horizon_days", horizon_days, at_least=1)
    checks.word("by", by, ("nps", "score"))
    level = checks.fraction("level", level)
    asked = read_events(
        surveys, id_col=customer_col, date_col=answered_col, amount_col=score_col, as_of=as_of,
        tz=tz,
    )  # fmt: skip
    rows = read_events(
        events, id_col=customer_col, date_col=date_col, amount_col=amount_col, as_of=as_of, tz=tz
    )
    answers = _last_answers(asked, by=by, latest=periods.to_day_index(as_of) - horizon)
    if not len(answers.ids):
        raise NotEnoughDataError(
            f"no answer is {horizon:,} days old at the end of as_of; at least 1 is needed whose "
            "outcome can be known"
        )
    stayed = _stayed(rows, answers, horizon=horizon, like=events)
    group = answers.score.astype(np.int64)
    if by == "nps":
        group = (group > DETRACTOR).astype(np.int64) + (group >= PROMOTER)
    distinct, place = np.unique(group, return_inverse=True)
    n, retained = np.bincount(place), np.bincount(place[stayed], minlength=len(distinct))
    low, high = wilson(retained, n, level)
    table: dict[str, NDArray[Any]] = {"score": distinct}
    if by == "nps":
        table = {"group": np.array([_GROUPS[one] for one in distinct], dtype=object)}
    table |= {"n": n, "retained": retained, "rate": retained / n, "low": low, "high": high}
    return frames.from_arrays(table, like=surveys)


def _last_answers(asked: Events | CodedEvents, *, by: str, latest: int) -> _Answers:
    """Each customer's last answer whose outcome is known by now."""
    if isinstance(asked, CodedEvents):
        ids, day, score = pd.Index(asked.ids.take(asked.code)), asked.day, asked.amount
    else:
        held = frames.arrays(frames.collect(asked.rows.select("_id", "_day", "_amount")))
        ids, day, score = pd.Index(held["_id"]), held["_day"].astype(np.int64), held["_amount"]
    scale = NPS_SCALE if by == "nps" else (-(10**6), 10**6)
    require_answers(score, scale=scale, name="answers")
    old = day <= latest
    code, distinct = codes.factorise(pd.Series(ids[old]))
    day, score = day[old], score[old]
    order = np.lexsort((day, code))
    code, day, score = code[order], day[order], score[order]
    twice = (code[1:] == code[:-1]) & (day[1:] == day[:-1])
    if n_twice := int(twice.sum()):
        raise DataContractError(
            f"{n_twice:,} answers come from a customer who answered on the same day already; "
            "keep one answer per customer and day"
        )
    last = np.ones(len(code), bool)
    last[:-1] = code[1:] != code[:-1]
    return _Answers(pd.Index(distinct), day[last], score[last])


def _stayed(
    events: Events | CodedEvents, answers: _Answers, *, horizon: int, like: Any
) -> NDArray[np.bool_]:
    """Which customers bought within the days after their answer."""
    if isinstance(events, CodedEvents):
        place = answers.ids.get_indexer(pd.Index(events.ids))[events.code]
        day, bought = events.day, coded_purchases(events)
        found = place >= 0
        seen, back = int(found.sum()), found & bought
        after = np.zeros(len(place), np.int64)
        after[found] = day[found] - answers.day[place[found]]
        stays = place[back & (after >= 1) & (after <= horizon)]
    else:
        seen, stays = _lazy_stays(events, answers, horizon=horizon, like=like)
    if events.n_rows and not seen:
        raise DataContractError(
            f"none of the {len(answers.ids):,} customers who answered occurs among the events; "
            "the ids of both frames must be of one kind, text or integers"
        )
    stayed = np.zeros(len(answers.ids), bool)
    stayed[stays] = True
    return stayed


def _lazy_stays(
    events: Events, answers: _Answers, *, horizon: int, like: Any
) -> tuple[int, NDArray[np.int64]]:
    """Count the rows of customers who answered, and tell which of them came back."""
    id_type = events.rows.collect_schema()["_id"]
    if (id_type == nw.String) != (answers.ids.dtype.kind not in "iu"):
        return 0, np.empty(0, np.int64)
    columns = {
        "_id": answers.ids.to_numpy(),
        "_answered": answers.day,
        "_place": np.arange(len(answers.ids)),
    }
    asked = frames.lazy(frames.from_arrays(columns, like=like))
    rows = lazy_purchases(events, ignore=True).join(asked, on="_id", how="inner")
    after = nw.col("_day") - nw.col("_answered")
    inside = frames.flag((after >= 1) & (after <= horizon))
    found = frames.arrays(
        frames.collect(
            rows.select("_place", _inside=inside)
            .group_by("_place")
            .agg(nw.col("_inside").max(), _n=nw.len())
        )
    )
    place = found["_place"].astype(np.int64)
    return int(found["_n"].sum()), place[found["_inside"].astype(np.int64) > 0]
