"""Prospects who become customers, are given up, or are open still; the truth planted in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.datasets import labels, options

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Name, share of the leads, log of the factor on the daily rate of conversion.
SOURCES = (
    ("Website", 0.45, 0.0),
    ("Referral", 0.15, 1.1),
    ("Trade fair", 0.15, 0.5),
    ("Cold call", 0.20, -0.8),
    ("Partner", 0.05, 0.8),
)
OCCUPATIONS = (("Manager", 0.3, 0.9), ("Specialist", 0.5, 0.0), ("Student", 0.2, -1.2))
REGIONS = (("North", 0.35, 0.0), ("East", 0.15, 0.0), ("South", 0.3, 0.0), ("West", 0.2, 0.0))
MINUTES_EFFECT = 0.5  # per unit of log2(1 + minutes / 5)
CONVERSION_PER_DAY, LOSS_PER_DAY = 0.0025, 0.015
_WITHOUT_OCCUPATION = 0.1
_NOTES = ("Will revert", "Busy", "Ringing", "Not interested")


@dataclass(frozen=True, eq=False, repr=False)
class LeadsTruth:
    """What was planted in the leads.

    Attributes
    ----------
    start, end : datetime.date
        First day, and the last one, after which nothing is known.
    effects : pandas.DataFrame
        One row per characteristic and level: ``characteristic``, ``level``, ``share``,
        ``log_factor`` on the daily rate of conversion. ``region`` has no effect, nor have
        ``visits`` beyond the minutes that go along with them.
    rates : pandas.DataFrame
        One row per lead: ``lead_id``, ``conversion_per_day``, ``loss_per_day``.
    """

    start: dt.date
    end: dt.date
    effects: pd.DataFrame
    rates: pd.DataFrame

    def conversion_probability(self, days: float) -> NDArray[np.float64]:
        """Return each lead's probability to have become a customer after so many days."""
        convert = self.rates["conversion_per_day"].to_numpy()
        leave = convert + self.rates["loss_per_day"].to_numpy()
        found: NDArray[np.float64] = convert / leave * -np.expm1(-leave * days)
        return found


class SimulatedLeads(NamedTuple):
    """The table of leads and the truth planted in it."""

    leads: pd.DataFrame
    truth: LeadsTruth


def make_leads(
    n_leads: int = 2_000,
    *,
    start: dt.date = dt.date(2024, 1, 1),
    end: dt.date = dt.date(2024, 12, 31),
    random_state: int | np.random.Generator | None = None,
) -> SimulatedLeads:
    """Simulate leads of a seller of courses, with a trap that every CRM has.

    Parameters
    ----------
    n_leads : int, default 2000
        Number of leads, created evenly over the days.
    start, end : datetime.date
        First and last day, both inclusive; what would happen after `end` is not in the table.
    random_state : int, numpy.random.Generator or None, optional
        Seed. An int gives the same leads every time, None new ones.

    Returns
    -------
    leads : pandas.DataFrame
        One row per lead, by creation: ``lead_id``; ``created_at``; ``source``, ``occupation``
        (one in ten missing), ``region``, ``visits`` and ``minutes`` on the website;
        ``expected_amount``; ``last_note``, the trap: it is written when the outcome is known;
        ``converted_at`` and ``lost_at``, missing where it has not come to that.
    truth : LeadsTruth
        What was planted.

    Raises
    ------
    ValueError
        If `n_leads` is below 1, or `end` is not after `start`.

    Notes
    -----
    A lead converts at a constant rate per day, the product of its factors, and is lost at another
    one, whichever comes first: after t days the share ``c / (c + l) · (1 - exp(-(c + l) t))`` has
    converted.

    Examples
    --------
    >>> from crmlytics.datasets import make_leads
    >>> leads, truth = make_leads(200, random_state=0)
    >>> int(leads["converted_at"].notna().sum())
    65
    >>> truth.conversion_probability(90.0).shape
    (200,)
    """
    n_leads = checks.whole_number("n_leads", n_leads, at_least=1)
    start, end = options.window(start, end)
    n_days = (end - start).days + 1
    # Append only: a new stream goes last, so that the old draws keep their values.
    day_rng, who_rng, web_rng, time_rng, note_rng, amount_rng = checks.random_generator(
        random_state
    ).spawn(6)
    created = np.sort(day_rng.random(n_leads) * n_days)
    source, occupation, region = (
        _drawn(who_rng, levels, n_leads) for levels in (SOURCES, OCCUPATIONS, REGIONS)
    )
    unknown = who_rng.random(n_leads) < _WITHOUT_OCCUPATION
    visits = web_rng.poisson(3.0, n_leads)
    minutes = np.round(visits * web_rng.gamma(2.0, 3.0, n_leads), 1)
    log_factor = _column(SOURCES)[source] + _column(OCCUPATIONS)[occupation]
    log_factor = log_factor + MINUTES_EFFECT * np.log2(1.0 + minutes / 5.0)
    convert = CONVERSION_PER_DAY * np.exp(log_factor)
    waits = time_rng.standard_exponential(n_leads) / (convert + LOSS_PER_DAY)
    wins = time_rng.random(n_leads) * (convert + LOSS_PER_DAY) < convert
    ended = created + waits
    seen = ended < n_days
    note = np.where(wins & seen, 0, note_rng.integers(1, len(_NOTES), n_leads))
    note = np.where(
        note_rng.random(n_leads) < 0.1, note_rng.integers(0, len(_NOTES), n_leads), note
    )
    lead_id = labels.numbered("L", np.arange(1, n_leads + 1), n_leads)
    leads = pd.DataFrame(
        {
            "lead_id": lead_id,
            "created_at": _moments(start, created),
            "source": labels.chosen([name for name, _, _ in SOURCES], source),
            "occupation": labels.chosen(
                (*(name for name, _, _ in OCCUPATIONS), None),
                np.where(unknown, len(OCCUPATIONS), occupation),
            ),
            "region": labels.chosen([name for name, _, _ in REGIONS], region),
            "visits": visits,
            "minutes": minutes,
            "expected_amount": np.round(np.exp(amount_rng.normal(7.0, 0.5, n_leads)), 2),
            "last_note": labels.chosen(_NOTES, note),
            "converted_at": _moments(start, np.where(seen & wins, ended, np.nan)),
            "lost_at": _moments(start, np.where(seen & ~wins, ended, np.nan)),
        }
    )
    rates = pd.DataFrame(
        {"lead_id": lead_id, "conversion_per_day": convert, "loss_per_day": LOSS_PER_DAY}
    )
    return SimulatedLeads(leads, LeadsTruth(start, end, _effects(), rates))


def _drawn(
    rng: np.random.Generator, levels: tuple[tuple[str, float, float], ...], n: int
) -> NDArray[np.int64]:
    shares = np.array([share for _, share, _ in levels])
    return labels.draw_codes(rng, shares[None, :], np.zeros(n, np.int64))


def _column(levels: tuple[tuple[str, float, float], ...]) -> NDArray[np.float64]:
    return np.array([factor for _, _, factor in levels])


def _moments(start: dt.date, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Timestamps to the second; NaN is missing."""
    known = ~np.isnan(days)
    seconds = np.floor(np.where(known, days, 0.0) * 86_400).astype("timedelta64[s]")
    moments = np.datetime64(start, "s") + seconds
    return np.where(known, moments, np.datetime64("NaT", "s")).astype("datetime64[us]")


def _effects() -> pd.DataFrame:
    parts = {"source": SOURCES, "occupation": OCCUPATIONS, "region": REGIONS}
    rows = [(name, *level) for name, levels in parts.items() for level in levels]
    return pd.DataFrame(rows, columns=["characteristic", "level", "share", "log_factor"])
