"""wilson_interval: a published example, edges, the test it inverts, refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.evaluation import wilson_interval


def test_newcombe(golden):
    found = wilson_interval([81, 15, 0, 1], [263, 148, 20, 29])
    golden(
        "Wilson intervals of 81/263, 15/148, 0/20 and 1/29, without continuity correction",
        ours=np.column_stack([found.low, found.high]).ravel().round(4).tolist(),
        published=[0.2553, 0.3662, 0.0624, 0.1605, 0.0, 0.1611, 0.0061, 0.1718],
        source="Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3",
    )  # fmt: skip


def test_nobody_at_risk_has_no_rate():
    found = wilson_interval([0, 1], [0, 1])
    assert np.isnan([found.rate[0], found.low[0], found.high[0]]).all()
    assert (found.rate[1], found.high[1]) == (1, 1)


@given(n=st.integers(1, 500), share=st.floats(0.01, 1))
def test_the_ends_are_where_the_score_test_stops_rejecting(n, share):
    x = max(1, math.ceil(share * n))
    p = float(wilson_interval(x, n, level=0.9).low)
    z = (x / n - p) / math.sqrt(p * (1 - p) / n)
    assert z == pytest.approx(1.6448536, rel=1e-6)


def test_refusals():
    with pytest.raises(DataContractError, match="1 of 2 pairs"):
        wilson_interval([3, 1], [2, 2])
    with pytest.raises(ValueError, match=r"did you mean 0\.95"):
        wilson_interval(1, 2, level=95)
