"""Tail of a sum of independent draws with unequal chances (Poisson-binomial), as logarithms.

The chances come in groups: h draws of chance p each. The saddlepoint approximation of Lugannani
and Rice (1980), with Daniels's (1987) first correction for whole numbers, is right to about one
per cent of the p-value, far out in the tail too; the largest possible value is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_STEPS = 60
_CLOSE = 1e-10  # on the log odds of the share of hits


def log_poisson_binomial(a: Ints, draws: Ints, chance: Floats) -> Floats:
    """Log of P(N >= a), N the number of hits; `draws` and `chance` have a row per tail."""
    able = np.where(chance > 0, draws, 0)
    certain = np.where(chance >= 1, draws, 0).sum(axis=1)
    most = able.sum(axis=1)
    result = np.zeros(len(a))
    result[a > most] = -np.inf
    edge = (a == most) & (a > certain)
    with np.errstate(divide="ignore"):
        product = np.where(able > 0, able * np.log(np.where(able > 0, chance, 1.0)), 0.0)
    result[edge] = product[edge].sum(axis=1)
    inside = (a > certain) & (a < most)
    if inside.any():
        held = np.where(chance >= 1, 0, able)[inside].astype(float)
        p = np.where(held > 0, chance[inside], 0.0)
        result[inside] = _saddlepoint((a - certain)[inside].astype(float), held, p)
    return np.minimum(result, 0.0)


def _saddlepoint(a: Floats, h: Floats, p: Floats) -> Floats:
    from scipy.special import log_ndtr, ndtr

    odds = p / (1.0 - p)
    t = _tilt(a, h, odds)
    lifted = odds * np.exp(t)[:, None]
    tilted = lifted / (1.0 + lifted)
    spread = h * tilted * (1.0 - tilted)
    sd = np.sqrt(spread.sum(axis=1))
    third = (spread * (1.0 - 2.0 * tilted)).sum(axis=1)
    # ln(1 - p + p eᵗ) in terms of the odds
    cumulant = (h * (np.log1p(lifted) - np.log1p(odds))).sum(axis=1)
    w = np.sign(t) * np.sqrt(2.0 * np.maximum(t * a - cumulant, 0.0))
    near = np.abs(t) * sd < 1e-3
    with np.errstate(divide="ignore", invalid="ignore"):
        extra = 1.0 / (-np.expm1(-t) * sd) - 1.0 / w
    # At the mean both terms grow without bound; this is the limit of their difference.
    extra = np.where(near, 1.0 / (2.0 * sd) - third / (6.0 * sd**3), extra)
    log_density = -0.5 * w * w - 0.5 * np.log(2.0 * np.pi)
    # P = Φ(-w) + φ(w)·extra. Far above the mean both underflow, Φ(-w)/φ(w) does not.
    above = np.maximum(w, 0.0)
    ratio = np.exp(log_ndtr(-above) + 0.5 * above * above + 0.5 * np.log(2.0 * np.pi)) + extra
    below = ndtr(-w) + np.exp(log_density) * extra
    return np.asarray(
        np.where(
            w > 0,
            log_density + np.log(np.maximum(ratio, 1e-300)),
            np.log(np.clip(below, 1e-300, 1.0)),
        ),
        float,
    )


def _tilt(a: Floats, h: Floats, odds: Floats) -> Floats:
    """The t at which the tilted chances expect `a` hits.

    Newton's method on the log odds of the expected share, which is nearly straight in t, kept
    inside a bracket; rows that have arrived leave the loop.
    """
    n = h.sum(axis=1)
    goal = np.log(a / (n - a))
    t = np.zeros(len(a))
    low, high = np.full(len(a), -np.inf), np.full(len(a), np.inf)
    going = np.arange(len(a))
    for _ in range(_STEPS):
        lifted = odds[going] * np.exp(t[going])[:, None]
        missed = h[going] / (1.0 + lifted)
        hit = missed * lifted
        mean, left = hit.sum(axis=1), missed.sum(axis=1)
        spread = (hit / (1.0 + lifted)).sum(axis=1)
        gap = np.log(mean / left) - goal[going]
        open_ = np.abs(gap) > _CLOSE
        going, gap = going[open_], gap[open_]
        if not len(going):
            break
        above = gap > 0
        high[going[above]], low[going[~above]] = t[going[above]], t[going[~above]]
        slope = np.maximum((n[going] * spread[open_]) / (mean[open_] * left[open_]), 0.05)
        step = t[going] - np.clip(gap / slope, -20.0, 20.0)
        outside = (step <= low[going]) | (step >= high[going])
        with np.errstate(invalid="ignore"):
            middle = (low[going] + high[going]) / 2.0
        t[going] = np.where(outside & np.isfinite(middle), middle, step)
    return t
