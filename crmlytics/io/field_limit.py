"""Splitting text whose fields are longer than Python's csv module takes by itself."""

from __future__ import annotations

import csv
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 2**31 - 1
_LOCK = threading.Lock()


@contextmanager
def long_fields() -> Iterator[None]:
    """Take fields of any length while the block runs; the limit is one of the whole process."""
    with _LOCK:
        before = csv.field_size_limit(_LONGEST)
        try:
            yield
        finally:
            csv.field_size_limit(before)
