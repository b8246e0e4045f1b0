"""Sums of very many terms in few evaluations."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from crmlytics.clv._smooth_sums import smooth_sum


def wide(rows, n):
    return n


@pytest.mark.parametrize("last", [0, 1, 7, 16, 17, 100, 12_345])
def test_a_finite_sum_ends_where_it_should(last):
    found = smooth_sum(
        lambda _, n: 1.0 / n, first=1.0, width=wide, n_rows=1, last=np.array([float(last)])
    )
    assert found[0] == pytest.approx(float(mp.harmonic(last)), rel=1e-14)


def test_an_infinite_sum():
    found = smooth_sum(lambda _, n: 1.0 / n**2, first=1.0, width=wide, n_rows=2)
    # The tail is broken off where a bound on it is 1e-17 of the sum; a power law never gets there
    # before the blocks are 2^50 long.
    assert found == pytest.approx([np.pi**2 / 6] * 2, rel=1e-13)


def test_a_peak_far_out_is_not_missed():
    def term(rows, n):
        return np.exp(-0.5 * ((n - 1e6) / 50.0) ** 2)

    found = smooth_sum(
        term, first=0.0, width=lambda rows, _: np.full(len(rows), 50.0), n_rows=1,
        peak=np.array([1e6]),
    )  # fmt: skip
    assert found[0] == pytest.approx(50.0 * np.sqrt(2 * np.pi), rel=1e-12)
