"""Daily hazards of a deal to be won and to be lost, by age and day of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core.codes import totals
from crmlytics.forecast._shrinkage import repeated_ratios

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._lexis import Lexis

# A hazard is the share closed in a window of seven days around the age: wider ones would carry
# closings to ages at which deals are never closed, and the sums over deals need no smoothness.
_HALF_WIDTH = 3
# As if so many deal-days had been seen at every age with the hazard of all: nothing is impossible.
_PRIOR_DAYS = 10
# An age is well supported while at least so many deals reach it, and this share of the most.
_LEAST_AT_RISK, _LEAST_SHARE = 10, 0.01
_TAIL_DAYS = 28
_ROUNDS = 3
_QUARTER_WEEKS, _WEEK_DAYS = 13, 7
# Hazards of a day that add up to more than this are scaled back: a probability stays one.
MOST_HAZARD = 0.98


class Hazards(NamedTuple):
    """Hazard of each cause (won, lost) by age, and its factors by the day of the calendar.

    `by_age` has the shape (2, n_ages), its last age stands for all older ones; `by_weekday`
    (2, 7), Monday first; `by_quarter_week` (2, 13), the weeks before a quarter's end, last first.
    """

    by_age: NDArray[np.float64]
    by_weekday: NDArray[np.float64]
    by_quarter_week: NDArray[np.float64]

    def at(self, age: NDArray[np.int64]) -> NDArray[np.float64]:
        """Hazards of shape (2, …) at ages in days, without the calendar."""
        return self.by_age[:, np.minimum(age, self.by_age.shape[1] - 1)]

    def calendar(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Factors of shape (2, …) on days of the calendar."""
        first = int(day.min())
        # Days repeat in a diagram: look the few distinct ones up in a table.
        days = np.arange(first, int(day.max()) + 1)
        table = self.by_weekday[:, weekday(days)] * self.by_quarter_week[:, quarter_week(days)]
        factors: NDArray[np.float64] = table[:, day - first]
        return factors


def fit_hazards(lexis: Lexis, *, calendar: bool) -> Hazards:
    """Estimate hazards by age and, unless told not to, how the calendar moves them.

    Age and calendar are fitted in turn: given the factors of the days, the hazard of an age is
    its closings by the deals at risk, each counted by the factor of its day, and the other way
    round (the raking of a multiplicative Poisson model).
    """
    hazards = Hazards(
        np.zeros((2, lexis.at_risk.shape[1])),
        np.ones((2, _WEEK_DAYS)),
        np.ones((2, _QUARTER_WEEKS)),
    )
    for _ in range(_ROUNDS if calendar else 1):
        factors = hazards.calendar(lexis.day)
        hazards = hazards._replace(by_age=_by_age(lexis, factors))
        if calendar:
            hazards = _by_day(lexis, hazards)
    return hazards


def closings_by_day(
    lexis: Lexis, hazards: Hazards
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Days of the calendar, the closings on each, and those expected of ages; shape (2, n_days)."""
    day = np.arange(int(lexis.day.min()), int(lexis.day.max()) + 1)
    cell = (lexis.day - day[0]).ravel()
    due = lexis.at_risk * hazards.at(np.arange(lexis.day.shape[1]))[:, None, :]
    observed, expected = (
        np.stack([totals(cell, one.ravel(), len(day)) for one in table])
        for table in (lexis.closings, due)
    )
    return day, observed, expected


def weekday(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday."""
    return (day + 3) % 7


def quarter_week(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole weeks left to the end of the quarter, 0 for its last seven days."""
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    after = ((months // 3 + 1) * 3).astype("datetime64[M]").astype("datetime64[D]")
    left: NDArray[np.int64] = (after.astype(np.int64) - 1 - day) // 7
    return np.minimum(left, _QUARTER_WEEKS - 1)


def _by_age(lexis: Lexis, factors: NDArray[np.float64]) -> NDArray[np.float64]:
    closings = lexis.closings.sum(axis=1)
    exposure = (lexis.at_risk * factors).sum(axis=1)
    raw = lexis.at_risk.sum(axis=0)
    supported = raw >= max(_LEAST_AT_RISK, _LEAST_SHARE * raw.max(initial=0.0))
    last = int(np.flatnonzero(supported)[-1]) if supported.any() else len(raw) - 1
    pooled = _ratio(closings.sum(axis=1), exposure.sum(axis=1))[:, None]
    windows = _windows(closings), _windows(exposure)
    hazard = (windows[0] + _PRIOR_DAYS * pooled) / (windows[1] + _PRIOR_DAYS)
    start = max(last + 1 - _TAIL_DAYS, 0)
    tail = _ratio(closings[:, start:].sum(axis=1), exposure[:, start:].sum(axis=1))
    hazard[:, last + 1 :] = tail[:, None]
    known = np.concatenate([hazard[:, : last + 1], tail[:, None]], axis=1)
    known *= np.minimum(1.0, MOST_HAZARD / np.maximum(known.sum(axis=0), 1e-300))
    return known


def _windows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the values around each age, fewer at the ends."""
    n = values.shape[1]
    running = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    age = np.arange(n)
    upto, before = np.minimum(age + _HALF_WIDTH + 1, n), np.maximum(age - _HALF_WIDTH, 0)
    sums: NDArray[np.float64] = running[:, upto] - running[:, before]
    return sums


def _by_day(lexis: Lexis, hazards: Hazards) -> Hazards:
    """Compare the closings of each day with those expected from the ages alone."""
    day, observed, expected = closings_by_day(lexis, hazards)
    of_week, left = weekday(day), quarter_week(day)
    weeks, quarters = (day + 3) // 7, _quarter(day)
    by_quarter = _position_ratios(
        observed, expected * hazards.by_weekday[:, of_week], quarters, left, _QUARTER_WEEKS
    )
    by_weekday = _position_ratios(
        observed, expected * by_quarter[:, left], weeks, of_week, _WEEK_DAYS
    )
    return hazards._replace(by_weekday=by_weekday, by_quarter_week=by_quarter)


def _position_ratios(
    observed: NDArray[np.float64],
    expected: NDArray[np.float64],
    repetition: NDArray[np.int64],
    position: NDArray[np.int64],
    n_positions: int,
) -> NDArray[np.float64]:
    row = repetition - repetition.min()
    shape = (int(row.max()) + 1, n_positions)
    cell = row * n_positions + position
    ratios = []
    for pair in zip(observed, expected, strict=True):
        seen, due = (totals(cell, one, shape[0] * shape[1]).reshape(shape) for one in pair)
        ratios.append(repeated_ratios(seen, due))
    return np.stack(ratios)


def _quarter(day: NDArray[np.int64]) -> NDArray[np.int64]:
    months: NDArray[np.int64] = (
        day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) // 3
    )
    return months


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
