"""Warnings that point at the caller's line, however deep they are raised."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1])


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the first line outside the library, which is the one that the caller can change."""
    depth, frame = 2, sys._getframe(1)  # noqa: SLF001 (Python 3.11 knows no skip_file_prefixes)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth)
