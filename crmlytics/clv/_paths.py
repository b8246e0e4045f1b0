"""Simulated purchases through the time ahead, for models that know their number at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.clv._purchase_rows import PurchaseModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def placed(
    model: PurchaseModel,
    rng: np.random.Generator,
    parameters: tuple[Any, ...],
    rows: Rows,
    times: Floats,
) -> Floats:
    """Simulate purchases up to each of ascending `times`, of shape (n_times, n_draws, n_rows).

    The number up to the last time is that of the model; each of them then falls into a part of
    the time with the share that the expectation has there. The mean of every part is right; that
    early dropout goes with few purchases is left out, so a model that can draws its path itself.
    """
    left = model._draw_future(rng, parameters, rows, times[-1]).astype(np.int64)  # noqa: SLF001
    at_estimate = model._row_parameters(rows)  # noqa: SLF001
    upto = np.stack([model._expected(at_estimate, rows, t) for t in times])  # noqa: SLF001
    expected = np.diff(upto, axis=0, prepend=0.0)
    rest = np.cumsum(expected[::-1], axis=0)[::-1]
    path = np.empty((len(times), *left.shape))
    total = np.zeros(left.shape)
    for i in range(len(times)):
        share = np.divide(expected[i], rest[i], out=np.ones_like(rest[i]), where=rest[i] > 0)
        came = left if i == len(times) - 1 else rng.binomial(left, np.clip(share, 0.0, 1.0))
        left = left - came
        total = total + came
        path[i] = total
    return path
