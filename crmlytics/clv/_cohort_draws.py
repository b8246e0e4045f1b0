"""Money per period of a cohort of new customers, drawn with the errors of both models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.clv._progress import progress_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel

    Floats = NDArray[np.float64]

_CELLS = 2_000_000


def expected(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    rng: np.random.Generator,
    times: Floats,
    first: Floats,
    n_draws: int,
) -> Floats:
    """Expected spend in each period per customer, of shape (n_draws, n_times)."""
    points = purchases._draw_points(rng, n_draws)  # noqa: SLF001 (one package)
    p, q, gamma = np.exp(spend._draw_points(rng, n_draws))  # noqa: SLF001
    rows = purchases._new_customers(len(times), None)  # noqa: SLF001
    parameters = purchases._design().row_parameters(points[:, :, None], rows)  # noqa: SLF001
    upto = purchases._expected(parameters, rows, times)  # noqa: SLF001
    # A draw of q ≤ 1 has no mean; its curve then lies above all others.
    mean = np.where(q > 1.0, p * gamma / np.where(q > 1.0, q - 1.0, 1.0), np.inf)
    return np.asarray((np.diff(upto, axis=1, prepend=0.0) + first) * mean[:, None])


def simulated(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    rng: np.random.Generator,
    times: Floats,
    first: Floats,
    n_draws: int,
    n_customers: int,
    *,
    progress: bool = False,
) -> Floats:
    """Mean spend in each period over `n_customers` drawn, of shape (n_draws, n_times)."""
    points = purchases._draw_points(rng, n_draws)  # noqa: SLF001 (one package)
    spend_points = spend._draw_points(rng, n_draws)  # noqa: SLF001
    total = np.zeros((n_draws, len(times)))
    size = max(_CELLS // (n_draws * len(times)), 1)
    with progress_bar(n_customers, unit="customers", shown=progress) as advance:
        for start in range(0, n_customers, size):
            n = min(size, n_customers - start)
            total += _block(purchases, rng, points, np.exp(spend_points), times, first, n)
            advance(n)
    return total / n_customers


def _block(
    purchases: TransactionModel,
    rng: np.random.Generator,
    points: Floats,
    spend_parameters: Floats,
    times: Floats,
    first: Floats,
    n: int,
) -> Floats:
    rows: dict[str, Any] = purchases._new_customers(n, None)  # noqa: SLF001 (one package)
    parameters = purchases._design().row_parameters(points[:, :, None], rows)  # noqa: SLF001
    ahead = np.broadcast_to(times[:, None], (len(times), n))
    path = purchases._draw_path(rng, parameters, rows, ahead)  # noqa: SLF001
    p, q, gamma = spend_parameters[:, :, None]
    rate = np.maximum(rng.standard_gamma(np.broadcast_to(q, path[0].shape)), 1e-300) / gamma
    count = np.diff(path, axis=0, prepend=0.0) + first[:, None, None]
    return np.stack([(rng.standard_gamma(p * one) / rate).sum(axis=1) for one in count], axis=1)
