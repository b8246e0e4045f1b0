"""Croston's family: hand cases, statsforecast's numbers, gaps."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast.intermittent import croston, syntetos_boylan, teunter_syntetos_babai
from tests.forecast.golden_members import SOURCE, published, series

MEMBERS = {"croston": croston, "sba": syntetos_boylan, "tsb": teunter_syntetos_babai}


def test_by_hand():
    # First sale 4 after 2 periods; then 8 after 3: z = 4 + .5 * 4 = 6, p = 2 + .5 = 2.5.
    y = np.array([[0.0, 4.0, 0.0, 0.0, 8.0]])
    fit = croston(y, horizon=2, alpha=0.5)
    np.testing.assert_allclose(fit.forecast, [[2.4, 2.4]])
    np.testing.assert_allclose(fit.fitted, [[np.nan, 0.0, 2.0, 2.0, 2.0]])
    np.testing.assert_allclose(syntetos_boylan(y, horizon=1, alpha=0.5).forecast, [[1.8]])
    # Chances 0, .5, .25, .125, .5625; sizes 4, then 6.
    fit = teunter_syntetos_babai(y, horizon=1, alpha=0.5, beta=0.5)
    np.testing.assert_allclose(fit.forecast, [[0.5625 * 6]])


@pytest.mark.parametrize("number", range(9, 13))
@pytest.mark.parametrize("name", MEMBERS)
def test_statsforecast_says_the_same(name, number, golden):
    ours = MEMBERS[name](series(number), horizon=6).forecast[0].tolist()
    golden(
        f"{name}, series {number}", ours=ours,
        published=published(name, number), source=SOURCE, tolerance=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
def test_a_gap_is_no_time(name):
    y = np.array([[0.0, 4.0, 0.0, 0.0, 8.0, 0.0]])
    gap = np.insert(y, 3, np.nan, axis=1)
    one, other = (MEMBERS[name](each, horizon=1).forecast for each in (y, gap))
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_what_is_no_longer_sold_fades_by_tsb_alone():
    y = np.concatenate([np.full(10, 5.0), np.zeros(40)])[None]
    assert croston(y, horizon=1).forecast[0, 0] == pytest.approx(5.0)
    assert teunter_syntetos_babai(y, horizon=1).forecast[0, 0] == pytest.approx(5 * 0.9**40)
