"""Tails of the distributions behind the p-values, as natural logarithms.

A rule between two items that always come together has a p-value far below the smallest float;
on the log scale it keeps its digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NEGLIGIBLE = 1e-17  # a term this small beside the sum no longer changes it
_TABLE_END = 16  # from here on the Stirling series is exact to 1e-14


def log_fisher(a: ArrayLike, row: ArrayLike, column: ArrayLike, n: ArrayLike) -> Floats:
    """Log of P(H >= a), H hypergeometric: the one-sided Fisher test with both margins fixed.

    `row` is the count of the antecedent, `column` that of the consequent, `n` all baskets. Equal
    tables are computed once: 40,000 candidate rules share some 15,000.
    """
    tables = [
        np.ascontiguousarray(x, np.int64).ravel() for x in np.broadcast_arrays(a, row, column, n)
    ]
    if not len(tables[0]):
        return np.zeros(0)
    # Step by step, so that no key overflows: codes are below the number of tables.
    code = tables[3]
    for values in (tables[1], tables[2], tables[0]):
        _, code = np.unique(code, return_inverse=True)
        code = code * (int(values.max()) + 1) + values
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    return _log_upper(*(x[first] for x in tables))[back]


def hypergeometric_quantile(
    share: float, row: ArrayLike, column: ArrayLike, n: ArrayLike
) -> Floats:
    """The least q with P(H <= q) >= `share`, searched from the normal approximation."""
    from scipy.special import ndtri

    r, c, size = (np.array(x, np.int64) for x in np.broadcast_arrays(row, column, n))
    held = np.maximum(size, 1)
    mean = r * (c / held)
    sd = np.sqrt(mean * (1 - c / held) * (size - r) / np.maximum(size - 1, 1))
    least, most = np.maximum(0, r + c - size), np.minimum(r, c)
    q = np.clip(np.rint(mean + ndtri(share) * sd).astype(np.int64), least, most)

    def exceeds(at: Ints, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether more than 1 - share lies above `at`."""
        above = log_fisher(at + 1, r[rows], c[rows], size[rows])
        return np.asarray(above > np.log1p(-share), bool)

    going = np.ones(len(q), bool)
    while going.any():
        going[going] = exceeds(q[going], going)
        q[going] += 1
    going = q > least
    while going.any():
        going[going] = ~exceeds(q[going] - 1, going)
        q[going] -= 1
        going &= q > least
    return np.asarray(q, float)


def log_chi_square(statistic: ArrayLike) -> Floats:
    """Log of the upper tail of chi-square with one degree of freedom."""
    from scipy.special import log_ndtr

    # Its root is the absolute value of a standard normal.
    return np.asarray(np.log(2.0) + log_ndtr(-np.sqrt(np.asarray(statistic, float))), float)


def log_normal_two_sided(z: ArrayLike) -> Floats:
    """Log of P(|Z| >= |z|), Z standard normal."""
    return log_chi_square(np.square(np.asarray(z, float)))


def deviance(observed: ArrayLike, expected: ArrayLike) -> Floats:
    """O ln(O/E) + E - O, without the cancellation where O is near E (Loader 2000, eq. 5)."""
    x, m = np.broadcast_arrays(np.asarray(observed, float), np.asarray(expected, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        v = np.where(x + m > 0, (x - m) / (x + m), 0.0)
        plain = np.where(x > 0, x * np.log(x / m), 0.0) + m - x
    odd = np.zeros_like(v)
    for power in range(21, 2, -2):
        odd = (odd + 1.0 / power) * v * v
    close = np.abs(v) < 0.1
    return np.asarray(np.where(close, (x - m) * v + 2.0 * x * v * odd, plain), float)


def log_hypergeometric(a: Ints, row: Ints, column: Ints, n: Ints) -> Floats:
    """Log of P(H = a): four deviances and the errors of Stirling's formula (Loader 2000)."""
    r, c = row.astype(float), column.astype(float)
    b, only, neither = row - a, column - a, n - row - column + a
    rest, others = n - r, n - c
    fit = (
        deviance(a, r * c / n)
        + deviance(b, r * others / n)
        + deviance(only, rest * c / n)
        + deviance(neither, rest * others / n)
    )
    margins = _excess(row) + _excess(n - row) + _excess(column) + _excess(n - column)
    cells = _excess(a) + _excess(b) + _excess(only) + _excess(neither)
    return np.asarray(margins - cells - _excess(n) - fit, float)


def _log_upper(a: Ints, row: Ints, column: Ints, n: Ints) -> Floats:
    least = np.maximum(0, row + column - n)
    result = np.zeros(len(a))
    result[a > np.minimum(row, column)] = -np.inf
    possible = (a > least) & (a <= np.minimum(row, column))
    high = possible & (a.astype(float) * n > row.astype(float) * column)
    low = possible & ~high
    if high.any():
        at = (a[high], row[high], column[high], n[high])
        result[high] = log_hypergeometric(*at) + np.log(_series(*at, _next_above, 1.0))
    if low.any():
        # Below the mean the tail is large: one less the other tail loses nothing.
        at = (a[low] - 1, row[low], column[low], n[low])
        below = log_hypergeometric(*at) + np.log(_series(*at, _next_below, -1.0))
        # Rounding may bring the other tail a hair above one.
        result[low] = np.log1p(-np.minimum(np.exp(below), 1.0 - 1e-16))
    return result


def _next_above(k: Floats, r: Floats, c: Floats, n: Floats) -> Floats:
    """P(k + 1) / P(k)."""
    return (r - k) * (c - k) / ((k + 1.0) * (n - r - c + k + 1.0))


def _next_below(k: Floats, r: Floats, c: Floats, n: Floats) -> Floats:
    """P(k - 1) / P(k)."""
    return k * (n - r - c + k) / ((r - k + 1.0) * (c - k + 1.0))


def _series(
    a: Ints, row: Ints, column: Ints, n: Ints, ratio: Callable[..., Floats], step: float
) -> Floats:
    """Sum of P(k) / P(a) from `a` on; the sums that have converged leave the loop."""
    result = np.ones(len(a))
    alive = np.arange(len(a))
    k, r, c, size = (x.astype(float) for x in (a, row, column, n))
    term, total = np.ones(len(a)), np.ones(len(a))
    while len(alive):
        term = term * ratio(k, r, c, size)
        total = total + term
        k = k + step
        going = term > _NEGLIGIBLE * total
        if going.mean() < 0.8:
            result[alive] = total
            alive = alive[going]
            k, r, c, size, term, total = (x[going] for x in (k, r, c, size, term, total))
    return result


def _excess(x: NDArray[np.int64]) -> Floats:
    """Logarithm of x! less x ln x - x: half of ln(2πx) and the error of Stirling's formula."""
    from scipy.special import gammaln

    value = np.maximum(np.asarray(x, float), 1.0)
    inverse = 1.0 / (value * value)
    series = (
        1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))
    ) / value + 0.5 * np.log(2.0 * np.pi * value)
    small = np.arange(_TABLE_END, dtype=float)
    table = gammaln(small + 1.0) + small
    table[1:] -= small[1:] * np.log(small[1:])
    index = np.minimum(np.asarray(x, np.int64), _TABLE_END - 1)
    return np.asarray(np.where(np.asarray(x) < _TABLE_END, table[index], series), float)
