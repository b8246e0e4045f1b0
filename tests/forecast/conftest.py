"""Real series for the tests of forecasts."""

from __future__ import annotations

from tests.evaluation.conftest import m3_monthly

__all__ = ["m3_monthly"]
