"""Scores of forecasts made at many cut-offs, with intervals that allow for their overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BINS = 10
_LEAST_ODDS = 1e-6  # the logarithm of a probability of 0 that came true is infinite


class Quantiles(NamedTuple):
    """A forecast at each cut-off: expected, and the bounds of its central interval."""

    forecast: NDArray[np.float64]
    low: NDArray[np.float64]
    median: NDArray[np.float64]
    high: NDArray[np.float64]


def score_columns(
    actual: NDArray[np.float64],
    methods: Mapping[str, Quantiles],
    *,
    interval: float,
    block: int,
    n_boot: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Columns of the scores of each method, and of the first one's differences to the others.

    WAPE is sum |y - f| / sum |y|, bias sum (f - y) / sum y, both as fractions. The bootstrap draws
    circular blocks of neighbouring cut-offs (Politis and Romano, 1992), as long as they overlap.
    """
    names = list(methods)
    miss = np.stack([np.abs(actual - methods[name].forecast) for name in names])
    over = np.stack([methods[name].forecast - actual for name in names])
    covered = np.stack(
        [
            np.where(np.isnan(one.low), np.nan, (actual >= one.low) & (actual <= one.high))
            for one in methods.values()
        ]
    )
    rows = _blocks(rng, len(actual), block, n_boot)
    sold = np.abs(actual)[rows].sum(axis=1)
    wape = miss[:, rows].sum(axis=2) / sold
    tails = [(1 - level) / 2, (1 + level) / 2]
    wape_low, wape_high = np.quantile(wape, tails, axis=1)
    hits = covered[:, rows].mean(axis=2)
    cover_low, cover_high = np.quantile(hits, tails, axis=1)
    pinball = [_pinball(actual, one, interval) for one in methods.values()]
    scores: dict[str, NDArray[Any]] = {
        "method": np.array(names, dtype=object),
        "n": np.full(len(names), len(actual)),
        "wape": miss.sum(axis=1) / np.abs(actual).sum(),
        "wape_low": wape_low,
        "wape_high": wape_high,
        "bias": over.sum(axis=1) / actual.sum(),
        "pinball": np.array(pinball),
        "coverage": covered.mean(axis=1),
        "coverage_low": cover_low,
        "coverage_high": cover_high,
    }
    gap = wape[:1] - wape[1:]
    gap_low, gap_high = np.quantile(gap, tails, axis=1)
    differences: dict[str, NDArray[Any]] = {
        "method": np.full(len(names) - 1, names[0], dtype=object),
        "rival": np.array(names[1:], dtype=object),
        "n": np.full(len(names) - 1, len(actual)),
        "wape_difference": scores["wape"][0] - scores["wape"][1:],
        "low": gap_low,
        "high": gap_high,
    }
    return scores, differences


def deal_score_columns(
    won: NDArray[np.bool_], odds: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[Any]]:
    """Brier score and log loss of the probabilities that deals are won within the horizon."""
    brier = [float(np.mean((one - won) ** 2)) for one in odds.values()]
    held = [np.clip(one, _LEAST_ODDS, 1 - _LEAST_ODDS) for one in odds.values()]
    loss = [float(-np.mean(np.where(won, np.log(one), np.log1p(-one)))) for one in held]
    return {
        "method": np.array(list(odds), dtype=object),
        "n": np.full(len(odds), len(won)),
        "brier": np.array(brier),
        "log_loss": np.array(loss),
    }


def calibration_columns(
    won: NDArray[np.bool_], odds: NDArray[np.float64], *, level: float
) -> dict[str, NDArray[Any]]:
    """Tenths of the deals by probability: what was predicted and what came."""
    order = np.argsort(odds, kind="stable")
    parts = [part for part in np.array_split(order, _BINS) if len(part)]
    n = np.array([len(part) for part in parts])
    hits = np.array([int(won[part].sum()) for part in parts])
    low, high = intervals.wilson(hits, n, level)
    return {
        "bin": np.arange(1, len(parts) + 1),
        "n": n,
        "predicted": np.array([odds[part].mean() for part in parts]),
        "observed": hits / n,
        "low": low,
        "high": high,
    }


def _pinball(actual: NDArray[np.float64], one: Quantiles, interval: float) -> float:
    """Mean loss over the bounds and the median; a point forecast stands for all three."""
    total = 0.0
    wanted = ((1 - interval) / 2, one.low), (0.5, one.median), ((1 + interval) / 2, one.high)
    for share, quantile in wanted:
        at = np.where(np.isnan(quantile), one.forecast, quantile)
        total += float(np.mean(np.where(actual >= at, share, share - 1) * (actual - at)))
    return total / len(wanted)


def _blocks(rng: np.random.Generator, n: int, block: int, n_boot: int) -> NDArray[np.int64]:
    """Rows of resamples of shape (n_boot, n), in circular blocks."""
    block = min(block, n)
    starts = rng.integers(n, size=(n_boot, -(-n // block)))
    rows = (starts[:, :, None] + np.arange(block)) % n
    return rows.reshape(n_boot, -1)[:, :n]
