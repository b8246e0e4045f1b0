"""exponential_smoothing: a hand case, statsmodels' optimum, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast._prior import Prior
from crmlytics.forecast.simple_smoothing import exponential_smoothing
from tests.forecast.golden_members import published, series


def test_by_hand():
    # alpha = .5 held fast: errors 2 - l, 4 - (l + 2)/2, of which the squares are least at
    # l = 2.4 (effects 1 and .5 on errors 2 and 3): level 2.4, 2.2, then 3.1.
    fixed = Prior(centre=(0.5,), sd=(1e-7,))
    fit = exponential_smoothing(np.array([[2.0, 4.0]]), horizon=2, prior=fixed)
    np.testing.assert_allclose(fit.fitted, [[2.8, 2.4]], atol=1e-4)
    np.testing.assert_allclose(fit.forecast, [[3.2, 3.2]], atol=1e-4)


@pytest.mark.parametrize("number", range(6))
def test_the_optimum_is_that_of_statsmodels(number, golden):
    fit = exponential_smoothing(series(number), horizon=6, prior=None)
    theirs = published("ses", number)
    golden(
        f"simple exponential smoothing, series {number}", ours=fit.forecast[0].tolist(),
        published=theirs, source="statsmodels 0.15.0, tests/forecast/golden/make_members.py",
        tolerance=1e-4 * max(theirs),
    )  # fmt: skip
    assert fit.parameters["alpha"][0] == pytest.approx(published("ses_alpha", number)[0], abs=1e-3)


def test_a_gap_changes_nothing():
    y = series(0)
    gap = np.insert(y, 30, np.nan, axis=1)
    one, other = (exponential_smoothing(each, horizon=3) for each in (y, gap))
    np.testing.assert_allclose(one.forecast, other.forecast, rtol=1e-9)
    assert other.fitted[0, 30] == pytest.approx(other.fitted[0, 31])
