"""Simulated futures of all customers, block by block, with the parameters' errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics.clv._progress import progress_bar
from crmlytics.clv._rows import distinct_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmlytics.clv._purchase_rows import PurchaseModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

_CELLS = 2_000_000


def blocks(
    model: PurchaseModel,
    rng: np.random.Generator,
    rows: Rows,
    t: Floats,
    n_draws: int,
    *,
    progress: bool = False,
) -> Iterator[Floats]:
    """Futures of shape (some draws, n_rows) until there are `n_draws` of them."""
    points = model._draw_points(rng, n_draws)  # noqa: SLF001 (one package)
    size = max(_CELLS // max(len(t), 1), 1)
    with progress_bar(n_draws, unit="futures", shown=progress) as advance:
        for start in range(0, n_draws, size):
            some = points[:, start : start + size]
            yield _draw(model, rng, some, rows, t)
            advance(some.shape[1])


def interval(
    model: PurchaseModel,
    rng: np.random.Generator,
    rows: Rows,
    t: Floats,
    *,
    level: float,
    n_draws: int,
    progress: bool = False,
) -> tuple[Floats, Floats]:
    """Quantiles of the futures of each row; equal rows are simulated once."""
    key = distinct_key([*rows.values(), t]) if len(t) > 1 else None
    if key is not None:
        codes, first = key
        distinct = {name: values[first] for name, values in rows.items()}
        low, high = _quantiles(model, rng, distinct, t[first], level, n_draws, progress=progress)
        return low[codes], high[codes]
    return _quantiles(model, rng, rows, t, level, n_draws, progress=progress)


def _quantiles(
    model: PurchaseModel,
    rng: np.random.Generator,
    rows: Rows,
    t: Floats,
    level: float,
    n_draws: int,
    *,
    progress: bool,
) -> tuple[Floats, Floats]:
    points = model._draw_points(rng, n_draws)  # noqa: SLF001 (one package)
    low, high = np.empty(len(t)), np.empty(len(t))
    size = max(_CELLS // n_draws, 1)
    with progress_bar(len(t), unit="customers", shown=progress) as advance:
        for start in range(0, len(t), size):
            part = slice(start, start + size)
            some = {name: values[part] for name, values in rows.items()}
            drawn = np.sort(_draw(model, rng, points, some, t[part]), axis=0)
            # The least counts below which lie no more than the tails: whole numbers, as counts are.
            tail = (1.0 - level) / 2.0
            low[part] = drawn[int(np.floor(tail * n_draws))]
            high[part] = drawn[min(int(np.ceil((1.0 - tail) * n_draws)), n_draws) - 1]
            advance(len(t[part]))
    return low, high


def _draw(
    model: PurchaseModel, rng: np.random.Generator, points: Floats, rows: Rows, t: Floats
) -> Floats:
    parameters: tuple[Any, ...] = model._design().row_parameters(  # noqa: SLF001
        points[:, :, None], rows
    )
    return model._draw_future(rng, parameters, rows, t)  # noqa: SLF001
