"""Discounted sums of future purchases by quadrature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NODES = 96


def by_parts(
    expected: Callable[[Floats], Floats], *, start: Floats, rate: float, horizon: float | None
) -> Floats:
    """Discount the purchases of which `expected` gives the number up to each time.

    Parameters
    ----------
    expected : callable
        Times ahead, one per row → expected purchases up to then, C(u).
    start : ndarray of shape (n_rows,)
        Time constants: C bends in ln(1 + u / start).
    rate : float
        Continuous rate δ.
    horizon : float or None
        End H of the time ahead; None needs a rate above 0.
    """
    ones = np.ones(len(start))
    if rate == 0.0:
        return expected(ones * (horizon or 0.0))
    # Beyond the end e^(-δu) is nothing against its value at 0.
    end = 45.0 / rate if horizon is None else min(horizon, 45.0 / rate)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    length = np.log1p(end / start)
    total = np.zeros(len(start))
    for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
        u = start * np.expm1(length * node)
        total += weight * length * (start + u) * np.exp(-rate * u) * expected(u)
    total *= rate
    if horizon is not None and rate * horizon < 700.0:
        total += np.exp(-rate * horizon) * expected(ones * horizon)
    return total
