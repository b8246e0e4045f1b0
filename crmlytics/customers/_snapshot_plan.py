"""The days that a set of snapshots looks at: checked once, as day indices."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, periods
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics._core.events import CodedEvents, Events

#: Earlier than every day: the history without a limit, or nothing bought.
EVER = -(10**7)


class Spans(NamedTuple):
    """What the caller asked for: lengths in `unit`, None where there is no limit or no outcome."""

    unit: periods.Unit
    lookback: int | None
    active_within: int | None
    windows: tuple[int, ...]
    gap: int
    horizon: int | None

    def names(self, what: str) -> list[str]:
        """Columns of `what` in each of the windows, such as ``purchases_30d``."""
        return [f"{what}_{width}{self.unit.lower()}" for width in self.windows]


class Plan(NamedTuple):
    """The days of each cut-off as indices; every span is half-open.

    History is [`since`, `cut`), activity [`active`, `cut`), window w [`within[:, w]`, `cut`),
    the outcome [`opens`, `closes`).
    """

    spans: Spans
    cut: NDArray[np.int64]
    since: NDArray[np.int64]
    active: NDArray[np.int64]
    within: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The cut-offs as dates."""
        return self.cut.astype("datetime64[D]")


def check_spans(
    *,
    unit: str,
    lookback: int | None,
    active_within: int | None,
    windows: Sequence[int],
    gap: int,
    horizon: int | None,
) -> Spans:
    """Refuse spans that make no sense."""
    checks.word("unit", unit, periods.UNITS)
    if lookback is not None:
        checks.whole_number("lookback", lookback, at_least=1)
    if active_within is not None:
        checks.whole_number("active_within", active_within, at_least=1)
    checks.whole_number("gap", gap, at_least=0)
    if horizon is not None:
        checks.whole_number("horizon", horizon, at_least=1)
    if isinstance(windows, str) or not hasattr(windows, "__iter__"):
        raise TypeError(f"windows must be a list of whole numbers, got {windows!r}")
    widths = tuple(checks.whole_number("windows", width, at_least=1) for width in windows)
    if len(set(widths)) < len(widths):
        raise ValueError(f"windows repeat a length: {widths}")
    spans = {"active_within": active_within, **{f"windows[{i}]": w for i, w in enumerate(widths)}}
    for parameter, span in spans.items():
        if lookback is not None and span is not None and span > lookback:
            raise ValueError(
                f"{parameter}={span} is longer than lookback={lookback}, so that it could not be "
                "filled; lengthen the lookback or shorten the span"
            )
    return Spans(unit, lookback, active_within, widths, int(gap), horizon)  # type: ignore[arg-type]


def cutoff_days(cutoffs: object) -> list[dt.date]:
    """Return one or several cut-off days in ascending order, each once."""
    listed: list[Any]
    if isinstance(cutoffs, str | dt.date | np.datetime64) or not hasattr(cutoffs, "__iter__"):
        listed = [cutoffs]
    else:
        listed = list(cutoffs)
    if not listed:
        raise ValueError(
            "cutoffs is empty; give at least one day, such as datetime.date(2024, 7, 1)"
        )
    for each in listed:
        if isinstance(each, dt.datetime) and each == each and each.time() != dt.time():
            raise ValueError(
                "cutoffs are the starts of whole days, but one bears a time of day; pass its date"
            )
    days = [checks.day("cutoffs", each) for each in listed]
    if len(set(days)) < len(days):
        raise ValueError(f"cutoffs repeat a day: {len(days)} given, {len(set(days))} distinct")
    return sorted(days)


def plan_of(days: list[dt.date], spans: Spans) -> Plan:
    """Work out the days that each cut-off looks at."""

    def moved(n: int | None, *, otherwise: int = EVER) -> NDArray[np.int64]:
        if n is None:
            return np.full(len(days), otherwise, np.int64)
        ends = [periods.to_day_index(periods.shifted(day, n, spans.unit)) for day in days]
        return np.array(ends, np.int64)

    horizon = 0 if spans.horizon is None else spans.gap + spans.horizon
    backward = [None if n is None else -n for n in (spans.lookback, spans.active_within)]
    within = [moved(-width) for width in spans.windows]
    return Plan(
        spans=spans,
        cut=moved(0),
        since=moved(backward[0]),
        active=moved(backward[1]),
        within=np.stack(within, axis=1) if within else np.empty((len(days), 0), np.int64),
        opens=moved(0 if spans.horizon is None else spans.gap),
        closes=moved(horizon),
    )


def check_edges(plan: Plan, events: Events | CodedEvents, as_of: dt.date | None) -> int:
    """Refuse cut-offs without a past or without a whole future; return the last day known."""
    if not events.n_rows or events.first_day is None or events.last_day is None:
        raise NotEnoughDataError("there are no events; snapshots need at least one row")
    last = events.last_day if as_of is None else periods.to_day_index(as_of)
    if early := int((plan.cut <= events.first_day).sum()):
        first = periods.from_day_index(events.first_day)
        raise NotEnoughDataError(
            f"{early} of {len(plan.cut)} cutoffs lie on or before the first event ({first}), so "
            "that nothing is known before them; give later cutoffs"
        )
    beyond = plan.closes > last + 1
    if beyond.any():
        raise NotEnoughDataError(_beyond(plan, beyond, last, as_of))
    return last


def _beyond(plan: Plan, beyond: NDArray[np.bool_], last: int, as_of: dt.date | None) -> str:
    """Say which outcome is not known yet, and what to do."""
    spans = plan.spans
    cut = periods.from_day_index(int(plan.cut[beyond].max()))
    seen = periods.from_day_index(last)
    told = f"as_of={seen}" if as_of is not None else f"the last event ({seen})"
    if spans.horizon is None:
        return (
            f"the cutoff {cut} lies more than a day after {told}: events of the days between are "
            "unknown; give an earlier cutoff, or a later as_of if the data are complete until then"
        )
    needed = periods.from_day_index(int(plan.closes[beyond].max()) - 1)
    return (
        f"the outcomes of {int(beyond.sum())} of {len(plan.cut)} cutoffs are not over: "
        f"horizon={spans.horizon} and gap={spans.gap} {spans.unit} after {cut} need data to the "
        f"end of {needed}, and {told} comes before; give earlier cutoffs or a shorter horizon, or "
        "a later as_of if the data are complete until then (horizon=None gives the features alone)"
    )
