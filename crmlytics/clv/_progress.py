"""A progress bar for simulations that take long, if one is wanted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(total: int, *, unit: str, shown: bool) -> Iterator[Callable[[int], object]]:
    """Give a function that is told how many more of `total` are done."""
    if not shown:
        yield lambda _: None
        return
    from tqdm import tqdm

    with tqdm(total=total, desc="simulated", unit=f" {unit}") as bar:
        yield bar.update
