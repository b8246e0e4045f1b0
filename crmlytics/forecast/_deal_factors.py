"""How much faster or slower than the pool the deals of an owner, a product, a stage close."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics._core.codes import totals
from crmlytics.forecast._deal_rows import LOST, WON
from crmlytics.forecast._shrinkage import shrunk_ratios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.forecast._deal_hazards import Hazards
    from crmlytics.forecast._deal_rows import Deals
    from crmlytics.forecast._lexis import Exposure, Lexis
    from crmlytics.forecast._stage_log import StageLog

#: Days after a look at which the effect of the stage seen then may change.
LEADS = np.array([7, 14, 28, 56, 91])
#: Ages, in days, from which a deal is middle and old: an early negotiation says more than a late.
AGES = np.array([28, 91])
_ROUNDS = 2
_WEEK = 7


class Closings(NamedTuple):
    """Closings expected of each deal by any age, of shape (2, days of creation, ages + 1)."""

    first: int
    by_age: NDArray[np.float64]

    def between(
        self, created: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Expected closings of shape (2, n) at the ages `start` to `end`, both inclusive."""
        n_days, width = self.by_age.shape[1], self.by_age.shape[2] - 1
        row = np.clip(created - self.first, 0, max(n_days - 1, 0))
        to = np.clip(end + 1, 0, width)
        found = self.by_age[:, row, to] - self.by_age[:, row, np.clip(start, 0, width)]
        return np.where(end >= start, found, 0.0)


def expected_closings(lexis: Lexis, hazards: Hazards) -> Closings:
    """Add up the hazards of a deal at risk along its ages."""
    n_days, width = lexis.day.shape
    cumulative = np.zeros((2, n_days, width + 1))
    daily = hazards.at(np.arange(width))[:, None, :] * hazards.calendar(lexis.day)
    np.cumsum(daily, axis=2, out=cumulative[:, :, 1:])
    return Closings(lexis.first, cumulative)


def seen_closings(deals: Deals, exposure: Exposure) -> NDArray[np.float64]:
    """Whether each deal was won, and whether it was lost, under observation; shape (2, n)."""
    seen = exposure.end >= exposure.start
    return np.stack([seen & (deals.outcome == cause) for cause in (WON, LOST)]).astype(np.float64)


def segment_factors(
    deals: Deals,
    observed: NDArray[np.float64],
    expected: NDArray[np.float64],
    roles: tuple[str, ...],
) -> dict[str, NDArray[np.float64]]:
    """Factors on both hazards of each owner and product, of shape (2, n_segments).

    Each role is fitted given the others; what a segment's few deals say is drawn towards 1.
    """
    factors = {role: np.ones((2, len(deals.names[role]))) for role in roles}
    for _ in range(_ROUNDS if len(roles) > 1 else 1):
        for role in roles:
            others = deal_factors(deals, {k: v for k, v in factors.items() if k != role})
            code, n = deals.keys[role], len(deals.names[role])
            due = expected * others
            for cause in range(2):
                factors[role][cause] = shrunk_ratios(
                    totals(code, observed[cause], n), totals(code, due[cause], n)
                )
    return factors


def deal_factors(deals: Deals, factors: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """Multiply the factors of each deal's segments; shape (2, n)."""
    product = np.ones((2, len(deals.ids)))
    for role, of_role in factors.items():
        product *= of_role[:, deals.keys[role]]
    return product


def stage_factors(
    deals: Deals,
    log: StageLog,
    closings: Closings,
    factors: NDArray[np.float64],
    *,
    window: tuple[int, int],
) -> NDArray[np.float64]:
    """Factors of the stage a deal was seen in, by the days since: shape (2, n_cells, n_leads).

    A cell is a stage at an age that is young, middle or old (`stage_cells`).

    Notes
    -----
    Landmarking (van Houwelingen, 2007, Scandinavian Journal of Statistics 34, 70-85): every week
    of the `window` looks at the deals then open, in the stage of then, and compares their closings
    in each span of days after with those expected of their ages and segments. So the effect of a
    stage fades as deals move on, and no path through the stages need be guessed. A closing within
    a span of n weeks is seen by n looks, for which its weight is divided.
    """
    n_cells = len(log.stages) * (len(AGES) + 1)
    first, last = window
    size = n_cells * (len(LEADS) + 1)
    observed, expected = np.zeros((2, size)), np.zeros((2, size))
    for look in range(first + _WEEK, last, _WEEK):
        stage = log.stage_on(look)
        rows = np.flatnonzero((deals.created <= look) & (deals.closed > look) & (stage >= 0))
        for lead, start, end in _spans(look, last):
            age = start - deals.created[rows], end - deals.created[rows]
            gone = deals.closed[rows] - deals.created[rows]
            there = gone >= age[0]
            at = rows[there]
            cell = stage_cells(stage[at], look - deals.created[at]) * (len(LEADS) + 1) + lead
            stop = np.minimum(age[1][there], gone[there])
            due = closings.between(deals.created[at], age[0][there], stop) * factors[:, at]
            inside = deals.closed[at] <= end
            repeats = max((end - start + 1) / _WEEK, 1.0)
            for cause, word in enumerate((WON, LOST)):
                hit = inside & (deals.outcome[at] == word)
                observed[cause] += np.bincount(cell, hit / repeats, size)
                expected[cause] += np.bincount(cell, due[cause] / repeats, size)
    shape = (n_cells, len(LEADS) + 1)
    ratios = np.ones((2, *shape))
    for cause in range(2):
        tables = observed[cause].reshape(shape), expected[cause].reshape(shape)
        for lead in range(len(LEADS) + 1):
            ratios[cause, :, lead] = shrunk_ratios(tables[0][:, lead], tables[1][:, lead])
    return ratios


def stage_cells(stage: NDArray[np.int64], age: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the stage and whether the deal is young, middle or old for it."""
    return stage * (len(AGES) + 1) + np.searchsorted(AGES, age, side="right")


def lead_of(ahead: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which span of days after a look holds the day `ahead` days after it."""
    return np.searchsorted(LEADS, ahead)


def _spans(look: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Number, first and last day of each span after a look, as far as was observed."""
    edges = [0, *LEADS.tolist(), last - look]
    for lead, (before, to) in enumerate(itertools.pairwise(edges)):
        start, end = look + before + 1, min(look + to, last)
        if start <= end:
            yield lead, start, end
