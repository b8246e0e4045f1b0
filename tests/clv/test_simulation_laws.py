"""Every model on customers drawn from its own story, one purchase or renewal at a time.

The checks are those of `benchmarks/clv_simulations.py`, which runs them at full size: 1,000 fits
for the intervals of totals. Here are as many as take seconds.
"""

from __future__ import annotations

import pytest

from benchmarks.clv_simulations import CASES, Sizes, coverage, pooled_chi_square, uniformity

SMALL = Sizes(fitted=1_500, individuals=4_000, futures=50, group=700)

#: Those whose pooled errors `test_models.py` does not try.
OWN = sorted(set(CASES) - {"BetaGeoModel", "ModifiedBetaGeoModel", "NBDModel"})


@pytest.fixture(params=sorted(CASES))
def case(request):
    return CASES[request.param]


@pytest.mark.parametrize("name", OWN)
def test_errors_of_parameters_are_honest(name):
    # The chance to lie outside is 1 in 1,000 for each model, and the seeds are fixed.
    total, low, high = pooled_chi_square(CASES[name], SMALL)
    assert low < total < high


def test_futures_fall_uniformly_into_their_distribution(case):
    assert uniformity(case, SMALL) > 0.001


def test_intervals_of_totals_hold_nine_times_in_ten(case):
    held, unfinished = coverage(case, SMALL)
    assert unfinished <= 3  # small samples may show no dropout
    # Three standard errors of 50 trials are 12.7 points.
    assert held > 0.77
