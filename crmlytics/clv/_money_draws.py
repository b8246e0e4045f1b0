"""Simulated present values of what customers will spend, the errors of both models included."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.clv._discounting import Discount
    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

_CELLS = 2_000_000
_PARTS = 16  # of the time ahead, within each of which one discount factor holds
_WORTHLESS = 1e-4  # money discounted to less is left out of an endless simulation


def blocks(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    rows: Rows,
    money: Rows,
    how: Discount,
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> Iterator[tuple[slice, Floats]]:
    """Present values of shape (n_draws, some rows), block by block of rows.

    In each draw the parameters are drawn anew and hold for all customers.
    """
    points = purchases._draw_points(rng, n_draws)  # noqa: SLF001 (one package)
    spend_parameters = tuple(np.exp(spend._draw_points(rng, n_draws))[:, :, None])  # noqa: SLF001
    times, factors = _parts(how)
    n = len(money["x"])
    size = max(_CELLS // (n_draws * len(times)), 1)
    for start in range(0, n, size):
        part = slice(start, min(start + size, n))
        some = {name: values[part] for name, values in rows.items()}
        parameters = purchases._design().row_parameters(points[:, :, None], some)  # noqa: SLF001
        path = _path(purchases, rng, parameters, some, times)
        # Purchases of one customer are worth Gamma(p, ν) each, so what those of one part of the
        # time are worth is Gamma(p n, ν), and ν is common to all parts.
        rate = _spend_rates(rng, spend_parameters, money["x"][part], money["m"][part])
        p = spend_parameters[0]
        worth = np.zeros(rate.shape)
        before = np.zeros(rate.shape)
        for upto, factor in zip(path, factors, strict=True):
            worth += factor * rng.standard_gamma(p * (upto - before))
            before = upto
        yield part, np.where(worth > 0, worth / rate, 0.0)


def _spend_rates(
    rng: np.random.Generator, parameters: tuple[Any, ...], x: Floats, m: Floats
) -> Floats:
    p, q, gamma = parameters
    return np.asarray(np.maximum(rng.standard_gamma(p * x + q), 1e-300) / (gamma + x * m))


def _path(
    model: TransactionModel,
    rng: np.random.Generator,
    parameters: tuple[Any, ...],
    rows: Rows,
    times: Floats,
) -> Floats:
    """Purchases up to each of the times, of shape (n_times, n_draws, n_rows), of one future."""
    ahead = np.broadcast_to(times[:, None], (len(times), len(rows["T"])))
    if len(times) > 1:
        return np.asarray(model._draw_path(rng, parameters, rows, ahead))  # noqa: SLF001
    return np.asarray(model._draw_future(rng, parameters, rows, ahead[0]))[None]  # noqa: SLF001


def _parts(how: Discount) -> tuple[Floats, Floats]:
    """Ends of the parts of the time ahead, and the factor at which their money is valued."""
    if how.rate == 0.0:
        assert how.horizon is not None  # noqa: S101 (refused before)
        return np.array([how.horizon]), np.ones(1)
    end = how.horizon
    if end is None:
        end = -math.log(_WORTHLESS) / how.rate
        end = math.ceil(end / how.period) * how.period if how.period else end
    if how.period is not None:
        ends = how._replace(horizon=end).ends()
        # Parts of about equal loss of value, each of whole periods.
        lost = -np.expm1(-how.rate * ends)
        part = np.minimum((lost / lost[-1] * _PARTS * (1 - 1e-12)).astype(int), _PARTS - 1)
        if len(ends) <= _PARTS:
            part = np.arange(len(ends))
        at = np.flatnonzero(np.diff(part, append=part[-1] + 1))
        width = np.diff(ends, prepend=0.0)
        value = np.add.reduceat(width * np.exp(-how.rate * ends), np.append(0, at[:-1] + 1))
        return ends[at], value / np.diff(ends[at], prepend=0.0)
    lost = np.linspace(0.0, -math.expm1(-how.rate * end), _PARTS + 1)
    edges = -np.log1p(-lost) / how.rate
    return edges[1:], np.diff(lost) / how.rate / np.diff(edges)
