"""A part of the customers against the rest: differences, intervals, tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import codes, intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

Columns = dict[str, "NDArray[Any]"]
_LEAST_EXPECTED = 5.0  # below this the chi-squared test of a 2 x 2 table is too rough


def texts(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as texts, missing ones as None."""
    return np.array([None if v is None or v != v else str(v) for v in values], dtype=object)


def of_means(x: NDArray[np.float64], code: NDArray[Any], segments: int, level: float) -> Columns:
    """One row per segment: its mean against the mean of the rest."""
    known = ~np.isnan(x)
    x, code = x[known], code[known]
    n = np.bincount(code, minlength=segments).astype(np.float64)
    shift = x.mean() if len(x) else 0.0  # sums of squares of centred numbers lose no digits
    total = codes.totals(code, x - shift, segments)
    squares = codes.totals(code, (x - shift) ** 2, segments)
    m, mean, ss = len(x) - n, codes.ratio(total, n), _about_mean(squares, total, n)
    rest_total, rest_squares = total.sum() - total, squares.sum() - squares
    rest, rest_ss = codes.ratio(rest_total, m), _about_mean(rest_squares, rest_total, m)
    all_ss = float(squares.sum())
    sd = np.sqrt(all_ss / (len(x) - 1)) if len(x) > 1 else np.nan
    pooled = np.sqrt(codes.ratio(ss + rest_ss, n + m - 2))
    effect, half = _standardised(mean - rest, pooled, n, m, level)
    between = np.nansum(n * mean**2)
    return {
        "segment": np.arange(segments),
        "level": np.full(segments, None, dtype=object),
        "n": n.astype(np.int64),
        "value": mean + shift,
        "rest": rest + shift,
        "overall": np.full(segments, shift if len(x) else np.nan),
        "z": codes.ratio(mean, np.full(segments, sd)),
        "index": np.full(segments, np.nan),
        "lift": np.full(segments, np.nan),
        "effect": effect,
        "low": effect - half,
        "high": effect + half,
        "association": np.full(segments, between / all_ss if all_ss > 0 else np.nan),
        "p_value": _welch(mean - rest, ss, n, rest_ss, m),
    }


def of_shares(values: NDArray[Any], code: NDArray[Any], segments: int, level: float) -> Columns:
    """One row per segment and value: its share against the share in the rest."""
    known = np.array([value is not None for value in values], bool)
    names, value = np.unique(values[known].astype(str), return_inverse=True)
    cell = code[known] * len(names) + value
    counts = np.bincount(cell, minlength=segments * len(names)).reshape(segments, -1)
    n = counts.sum(axis=1, keepdims=True)
    m, others = n.sum() - n, counts.sum(axis=0) - counts
    x, y, size, rest_size = (
        np.broadcast_to(part, counts.shape).ravel().astype(np.float64)
        for part in (counts, others, n, m)
    )
    share, rest = codes.ratio(x, size), codes.ratio(y, rest_size)
    overall = codes.ratio(x + y, size + rest_size)
    low, high = intervals.newcombe(x, size, y, rest_size, level)
    blank = np.full(len(x), np.nan)
    return {
        "segment": np.repeat(np.arange(segments), len(names)),
        "level": np.tile(names.astype(object), segments),
        "n": size.astype(np.int64),
        "value": share,
        "rest": rest,
        "overall": overall,
        "z": blank,
        "index": 100.0 * codes.ratio(share, overall),
        "lift": codes.ratio(share, rest),
        "effect": share - rest,
        "low": low,
        "high": high,
        "association": np.full(len(x), cramers_v(counts)),
        "p_value": _two_by_two(x, size, y, rest_size),
    }


def cramers_v(counts: NDArray[Any]) -> float:
    """Cramér's V of a table of counts, empty rows and columns left out."""
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.float64)
    if min(counts.shape) < 2:
        return float("nan")
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    chi2 = float(((counts - expected) ** 2 / expected).sum())
    return float(np.sqrt(chi2 / counts.sum() / (min(counts.shape) - 1)))


def _about_mean(
    squares: NDArray[np.float64], total: NDArray[np.float64], n: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sum of squares about the mean; rounding must not make it negative."""
    return np.maximum(squares - total * np.nan_to_num(codes.ratio(total, n)), 0.0)


def _standardised(
    difference: NDArray[np.float64],
    sd: NDArray[np.float64],
    n: NDArray[np.float64],
    m: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Difference in standard deviations and half its interval (Hedges and Olkin 1985, ch. 5)."""
    from scipy.special import ndtri

    d = codes.ratio(difference, np.nan_to_num(sd))
    variance = codes.ratio(n + m, n * m) + codes.ratio(d**2, 2 * (n + m))
    return d, float(ndtri((1 + level) / 2)) * np.sqrt(variance)


def _welch(
    difference: NDArray[np.float64],
    ss: NDArray[np.float64],
    n: NDArray[np.float64],
    rest_ss: NDArray[np.float64],
    m: NDArray[np.float64],
) -> NDArray[np.float64]:
    from scipy.special import stdtr

    a, b = codes.ratio(ss, n * (n - 1)), codes.ratio(rest_ss, m * (m - 1))
    below = codes.ratio(a**2, n - 1) + codes.ratio(b**2, m - 1)
    freedom = codes.ratio((a + b) ** 2, np.nan_to_num(below))
    t = codes.ratio(difference, np.nan_to_num(np.sqrt(a + b)))
    return np.asarray(2 * stdtr(freedom, -np.abs(t)), np.float64)


def _two_by_two(
    x: NDArray[np.float64],
    n: NDArray[np.float64],
    y: NDArray[np.float64],
    m: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Two-sided p that x of n and y of m have one share."""
    from scipy.special import chdtrc
    from scipy.stats import fisher_exact

    pooled = codes.ratio(x + y, n + m)
    z = codes.ratio(
        codes.ratio(x, n) - codes.ratio(y, m),
        np.nan_to_num(np.sqrt(pooled * (1 - pooled) * (codes.ratio(n + m, n * m)))),
    )
    p = np.asarray(chdtrc(1, z**2), np.float64)
    least = np.minimum(n, m) * np.minimum(pooled, 1 - pooled)
    for i in np.flatnonzero((least < _LEAST_EXPECTED) & (n > 0) & (m > 0)):
        p[i] = fisher_exact([[x[i], n[i] - x[i]], [y[i], m[i] - y[i]]])[1]
    return p
