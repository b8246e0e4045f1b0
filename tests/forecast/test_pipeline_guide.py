"""The guide's examples run as printed."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest


def test_the_guide_runs_as_printed():
    pytest.importorskip("matplotlib")
    guide = Path(__file__).parents[2] / "docs" / "guide" / "pipeline.md"
    result = doctest.testfile(str(guide), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0
