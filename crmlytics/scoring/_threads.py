"""How many threads linear algebra and trees may start: on a shared machine, few are faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def capped(n_threads: int) -> AbstractContextManager[object]:
    """Return a block inside which no library starts more than `n_threads` threads."""
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(n_threads)
    return limits
