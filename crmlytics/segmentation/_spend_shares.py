"""Shares of spend with customers as the sampled units, each group against the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Columns = dict[str, "NDArray[Any]"]


def contrasts(
    customer: NDArray[np.int64],
    segment: NDArray[np.int64],
    value: NDArray[np.int64],
    amount: NDArray[np.float64],
    *,
    segments: int,
    values: int,
    level: float,
) -> Columns:
    """One row per segment and value; `segment` is that of each customer code.

    A share is a ratio of two sums over customers, so its variance is that of the residuals
    x - share · X of the customers (Cochran 1977, ch. 6), who buy many lines each.
    """
    from scipy.special import ndtr, ndtri

    cell, place = np.unique(customer * values + value, return_inverse=True)
    x = codes.totals(place.astype(np.int64), amount, len(cell))
    who, what = cell // values, cell % values
    total = codes.totals(customer, amount, len(segment))
    buyers = codes.totals(segment, (total > 0).astype(np.float64), segments)
    at = segment[who] * values + what
    sums = {
        "x": _grid(at, x, segments, values),
        "xx": _grid(at, x * x, segments, values),
        "xt": _grid(at, x * total[who], segments, values),
        "t": codes.totals(segment, total, segments)[:, None],
        "tt": codes.totals(segment, total * total, segments)[:, None],
        "n": buyers[:, None],
    }
    share, variance = _ratio(sums)
    rest, rest_variance = _ratio({name: one.sum(axis=0) - one for name, one in sums.items()})
    z = _divided(share - rest, np.sqrt(variance + rest_variance))
    relative = _divided(share, rest)
    spread = np.sqrt(_divided(variance, share**2) + _divided(rest_variance, rest**2))
    half = float(ndtri((1 + level) / 2)) * spread
    flat = {
        "n": np.broadcast_to(sums["n"], share.shape).astype(np.int64),
        "spend": sums["x"],
        "share": share,
        "rest": rest,
        "index": 100.0 * relative,
        "low": 100.0 * relative * np.exp(-half),
        "high": 100.0 * relative * np.exp(half),
        "p_value": 2.0 * ndtr(-np.abs(z)),
    }
    return {name: grid.ravel() for name, grid in flat.items()}


def _grid(
    at: NDArray[np.int64], weights: NDArray[np.float64], segments: int, values: int
) -> NDArray[np.float64]:
    return codes.totals(at, weights, segments * values).reshape(segments, values)


def _ratio(sums: Columns) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of spend and its variance; no variance of fewer than two customers."""
    share = _divided(sums["x"], sums["t"])
    residuals = sums["xx"] - 2 * share * sums["xt"] + share**2 * sums["tt"]
    n = np.where(sums["n"] > 1, sums["n"], np.nan)
    return share, _divided(np.maximum(residuals, 0.0), sums["t"] ** 2) * n / (n - 1)


def _divided(above: NDArray[Any], below: NDArray[Any]) -> NDArray[np.float64]:
    above, below = np.broadcast_arrays(above, below)
    return codes.ratio(above.ravel(), np.nan_to_num(below.ravel())).reshape(above.shape)
