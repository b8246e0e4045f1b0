"""Probabilities that open and new deals are won or lost in each coming period."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.forecast._deal_factors import lead_of
from crmlytics.forecast._deal_hazards import MOST_HAZARD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._deal_hazards import Hazards

_CELLS = 4_000_000  # deals times days worked on at once
_ARRIVAL_DAYS = 60


class Odds(NamedTuple):
    """Probability of each outcome in each period, of shape (n, n_periods)."""

    won: NDArray[np.float64]
    lost: NDArray[np.float64]


def open_odds(
    hazards: Hazards,
    *,
    as_of: int,
    age: NDArray[np.int64],
    factors: NDArray[np.float64],
    ends: NDArray[np.int64],
    by_lead: NDArray[np.float64] | None = None,
) -> Odds:
    """What becomes of deals of these ages, which were open at the end of `as_of`.

    Parameters
    ----------
    hazards : Hazards
        Of the pool.
    as_of : int
        Day of the analysis.
    age : ndarray of shape (n,)
        Days since creation.
    factors : ndarray of shape (2, n)
        On the hazards to be won and lost.
    ends : ndarray of shape (n_periods,)
        Last day of each period, counted from `as_of`.
    by_lead : ndarray of shape (2, n, n_leads), optional
        Factors of the present stage by the days ahead.
    """
    ahead = np.arange(1, int(ends[-1]) + 1)
    calendar = hazards.calendar(as_of + ahead)[:, None, :]
    lead = lead_of(ahead)
    starts = np.concatenate([[0], ends[:-1]])
    chunk = max(1, _CELLS // len(ahead))
    won, lost = np.empty((len(age), len(ends))), np.empty((len(age), len(ends)))
    for begin in range(0, len(age), chunk):
        part = slice(begin, begin + chunk)
        hazard = hazards.at(age[part, None] + ahead) * calendar * factors[:, part, None]
        if by_lead is not None:
            hazard *= by_lead[:, part][:, :, lead]
        daily = daily_odds(hazard)
        won[part] = np.add.reduceat(daily[0], starts, axis=1)
        lost[part] = np.add.reduceat(daily[1], starts, axis=1)
    return Odds(won, lost)


def new_odds(
    hazards: Hazards, *, as_of: int, factors: NDArray[np.float64], ends: NDArray[np.int64]
) -> Odds:
    """What becomes of deals that will be created on any day of the horizon, all alike likely."""
    horizon = int(ends[-1])
    starts = np.concatenate([[0], ends[:-1]])
    step = max(1, -(-horizon // _ARRIVAL_DAYS))
    days = np.arange((step + 1) // 2, horizon + 1, step)
    total = np.zeros((2, factors.shape[1], len(ends)))
    for day in days:
        ahead = np.arange(day, horizon + 1)
        hazard = hazards.at(ahead - day) * hazards.calendar(as_of + ahead)
        daily = np.zeros((2, factors.shape[1], horizon))
        daily[:, :, day - 1 :] = daily_odds(hazard[:, None, :] * factors[:, :, None])
        total += np.add.reduceat(daily, starts, axis=2)
    total /= len(days)
    return Odds(total[0], total[1])


def daily_odds(hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn hazards of shape (2, n, n_days) into probabilities of each outcome on each day.

    Notes
    -----
    P(k on day u) = prod over v < u of (1 - h_won(v) - h_lost(v)) times h_k(u): Aalen and
    Johansen's estimate for the ages still to come.
    """
    total = hazard.sum(axis=0)
    hazard = hazard * np.minimum(1.0, MOST_HAZARD / np.maximum(total, 1e-300))
    still = np.cumprod(1.0 - hazard.sum(axis=0), axis=-1)
    before = np.concatenate([np.ones((*still.shape[:-1], 1)), still[..., :-1]], axis=-1)
    odds: NDArray[np.float64] = before * hazard
    return odds
