"""Tails on the log scale: exact sums, scipy, and arules' Fisher p-values."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, hypergeom

from crmlytics.basket import _significance_tails as tails
from tests.basket.rule_oracles import ARULES, arules, fisher_by_sums, groceries_itemsets, keyed


def test_the_lady_tasting_tea():
    # Fisher (1935): 1 of 70 ways to name all four cups.
    assert np.exp(tails.log_fisher(4, 4, 4, 8)) == pytest.approx(1 / 70, rel=1e-13)
    assert np.exp(tails.log_fisher(3, 4, 4, 8)) == pytest.approx(17 / 70, rel=1e-13)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_fisher_is_the_exact_sum(data):
    n = data.draw(st.integers(1, 400))
    r1, c1 = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    a = data.draw(st.integers(max(0, r1 + c1 - n), min(r1, c1)))
    found = float(tails.log_fisher(a, r1, c1, n)[0])
    assert np.exp(found) == pytest.approx(fisher_by_sums(a, r1, c1, n), rel=1e-11)


def test_far_out_where_floats_end():
    with mpmath.workdps(40):
        ways = mpmath.binomial(99_000, 0) / mpmath.binomial(100_000, 1_000)
        expected = float(mpmath.log(ways))
    found = float(tails.log_fisher(1_000, 1_000, 1_000, 100_000)[0])
    assert np.exp(found) == 0.0
    assert found == pytest.approx(expected, rel=1e-13)


@pytest.mark.data
def test_fisher_of_5668_rules(data_dir, golden):
    expected = keyed(arules(data_dir, "s0.001_c0.5_rules"))
    sets = groceries_itemsets(data_dir)
    sides = [
        sets.counts[sets.positions_of(one)]
        for one in (
            [(*left, right) for left, right in expected.index],
            [left for left, _ in expected.index],
            [[right] for _, right in expected.index],
        )
    ]
    found = tails.log_fisher(*sides, sets.n_baskets)
    golden(
        "largest relative error of ln p (Fisher) over 5,668 rules of Groceries",
        ours=float(np.abs(found / np.log(expected["fisher"]) - 1).max()),
        published=0.0, source=ARULES, tolerance=1e-9,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_quantiles_are_scipys(data):
    n = data.draw(st.integers(1, 300))
    r1, c1 = data.draw(st.integers(1, n)), data.draw(st.integers(1, n))
    found = tails.hypergeometric_quantile(0.99, [r1], [c1], [n])
    below = hypergeom.cdf(np.arange(0, n + 1), n, c1, r1)
    if np.abs(below - 0.99).min() > 1e-12:  # a tie is decided by the last digit
        assert found[0] == np.argmax(below >= 0.99)


def test_chi_square_and_normal():
    x = np.array([0.0, 0.5, 3.84, 30.0])
    np.testing.assert_allclose(np.exp(tails.log_chi_square(x)), chi2.sf(x, 1), rtol=1e-12)
    assert tails.log_chi_square(1e5) == pytest.approx(-50_005.98, abs=0.01)
    np.testing.assert_allclose(tails.log_normal_two_sided(np.sqrt(x)), tails.log_chi_square(x))


def test_nothing_and_the_impossible():
    assert len(tails.log_fisher([], [], [], 10)) == 0
    assert tails.log_fisher(5, 4, 9, 10)[0] == -np.inf
    assert tails.log_fisher(0, 4, 5, 10)[0] == 0.0
    assert tails.log_fisher(9, 9, 10, 10)[0] == 0.0  # the consequent is in every basket


def test_deviance_near_equality():
    with mpmath.workdps(40):
        x, m = mpmath.mpf("1000000"), mpmath.mpf("1000000.5")
        expected = float(x * mpmath.log(x / m) + m - x)
    assert tails.deviance(1e6, 1e6 + 0.5) == pytest.approx(expected, rel=1e-10)
