"""What holds for tests and for the examples of docstrings alike."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def _figures_closed():
    """Pyplot keeps every figure that nobody closes, and warns at the twenty-first."""
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
