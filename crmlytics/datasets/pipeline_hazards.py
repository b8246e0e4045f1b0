"""Daily hazards of a simulated pipeline: by age, before and after a change, by the calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: No deal lives longer: what is open then is lost.
MOST_DAYS = 365
#: Days before a quarter's end on which hazards are raised.
PEAK_DAYS = 14
_WON_MEAN, _WON_SHAPE = 60.0, 4.0
_LOST_MEAN, _LOST_SHAPE = 35.0, 1.5
_MOST_HAZARD = 0.95


@dataclass(frozen=True, eq=False)
class World:
    """What rules the closings; `before` and `after` hold hazards of shape (2, ages): won, lost."""

    start: dt.date
    end: dt.date
    changes_on: dt.date | None
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    seasonality: float

    @property
    def n_days(self) -> int:
        """Days from the first to the last."""
        return (self.end - self.start).days + 1

    def hazards_on(self, day: int, age: NDArray[np.int64]) -> NDArray[np.float64]:
        """Hazards of shape (2, n) on a day counted from the start, for a factor of 1."""
        date = self.start + dt.timedelta(days=day)
        changed = self.changes_on is not None and date >= self.changes_on
        found = (self.after if changed else self.before)[:, age]
        return found * (1.0 + self.seasonality * (days_to_quarter_end(date) < PEAK_DAYS))


def by_age(win_rate: float) -> NDArray[np.float64]:
    """Hazards of shape (2, ages) such that a share `win_rate` will be won."""
    from scipy.special import gammainc

    edges = np.arange(MOST_DAYS + 1)
    shares = []
    for share, mean, shape in (
        (win_rate, _WON_MEAN, _WON_SHAPE),
        (1.0 - win_rate, _LOST_MEAN, _LOST_SHAPE),
    ):
        within = gammainc(shape, edges * shape / mean)
        shares.append(share * np.diff(within / within[-1]))
    ended = np.stack(shares)
    still = 1.0 - np.concatenate([[0.0], np.cumsum(ended.sum(axis=0))[:-1]])
    hazards: NDArray[np.float64] = ended / np.maximum(still, 1e-12)
    return hazards


def days_to_quarter_end(date: dt.date) -> int:
    """0 on the last day of the quarter."""
    month = (date.month - 1) // 3 * 3 + 3
    after = dt.date(date.year + month // 12, month % 12 + 1, 1)
    return (after - date).days - 1


def draw_closings(
    rng: np.random.Generator,
    world: World,
    created: NDArray[np.int64],
    factor: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Day on which each deal closes, and whether it is won; days after the end are drawn, too."""
    closed = np.full(len(created), np.iinfo(np.int64).max)
    won = np.zeros(len(created), dtype=bool)
    running = np.empty(0, np.int64)
    first_of = np.searchsorted(created, np.arange(-MOST_DAYS, world.n_days + 1))
    for day in range(-MOST_DAYS, world.n_days + MOST_DAYS):
        if day < world.n_days:
            running = np.append(running, np.arange(*first_of[day + MOST_DAYS :][:2]))
        hazard = factored(world.hazards_on(day, day - created[running]), factor[running])
        luck = rng.random(len(running))
        is_won, is_closed = luck < hazard[0], luck < hazard.sum(axis=0)
        is_closed |= day - created[running] == MOST_DAYS - 1
        closed[running[is_closed]] = day
        won[running[is_won]] = True
        running = running[~is_closed]
    return closed, won


def factored(hazard: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply the hazard to be won by an owner's factor, so that both stay a probability."""
    raised = np.stack([hazard[0] * factor, hazard[1] * np.ones_like(factor)])
    total = np.maximum(raised.sum(axis=0), 1e-12)
    bounded: NDArray[np.float64] = raised * np.minimum(1.0, _MOST_HAZARD / total)
    return bounded


def expected_wins(
    world: World, share: NDArray[np.float64], factor: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Wins per day, per deal created a day, in expectation, owners mixed by their shares."""
    still = np.zeros((len(factor), MOST_DAYS))
    won = np.zeros(world.n_days)
    age = np.arange(MOST_DAYS)
    for day in range(-MOST_DAYS, world.n_days):
        still[:, 0] = share  # one deal is created
        hazard = world.hazards_on(day, age)
        each = np.stack([factored(hazard, np.full(MOST_DAYS, one)) for one in factor])
        if day >= 0:
            won[day] = (still * each[:, 0]).sum()
        still[:, 1:] = (still * (1.0 - each.sum(axis=1)))[:, :-1]
    return won


def as_table(hazards: NDArray[np.float64]) -> pd.DataFrame:
    """One row per age."""
    return pd.DataFrame(
        {"age_days": np.arange(hazards.shape[1]), "won": hazards[0], "lost": hazards[1]}
    )


def incidence_table(hazards: NDArray[np.float64]) -> pd.DataFrame:
    """Shares won, lost and open at the end of each age."""
    still = np.cumprod(1.0 - hazards.sum(axis=0))
    ended = np.cumsum(hazards * np.concatenate([[1.0], still[:-1]]), axis=1)
    return pd.DataFrame(
        {"age_days": np.arange(len(still)), "won": ended[0], "lost": ended[1], "open": still}
    )
