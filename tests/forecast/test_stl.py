"""One series by STL: what is refused, what gaps do, what scale does not."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast._stl import stl_components

VALUES = np.tile([3.0, 5, 9, 4], 6) + np.arange(24) / 4


def status(values, lengths=(4,)):
    return stl_components(np.asarray(values, float), lengths, 11, robust=False).status


def test_statuses():
    assert status(VALUES) == "ok"
    assert status(VALUES[:7]) == "short"
    assert status(VALUES, (4, 13)) == "short"
    holes = VALUES.copy()
    holes[5] = np.nan
    assert status(holes) == "filled"
    holes[1:23:2] = np.nan
    assert status(holes) == "gaps"
    one_season = VALUES.copy()
    one_season[2:22:4] = np.nan  # the third season was seen once
    assert status(one_season) == "gaps"


def test_an_exact_season_fills_its_gap():
    holes = VALUES.copy()
    holes[[9, 10]] = np.nan
    found = stl_components(holes, (4,), 11, robust=False)
    filled = found.trend + found.seasons.sum(axis=0)
    # Four rounds bring the straight lines within a tenth of the season's height of 6.
    np.testing.assert_allclose(filled[[9, 10]], VALUES[[9, 10]], atol=0.6)


@pytest.mark.parametrize("scale", [1e-9, 1e12])
def test_scale(scale):
    one = stl_components(VALUES, (4,), 11, robust=True)
    two = stl_components(VALUES * scale, (4,), 11, robust=True)
    np.testing.assert_allclose(two.trend, one.trend * scale, rtol=1e-6)
