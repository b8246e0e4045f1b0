"""Spark's own miners: the share that gives the count again, and the refusal of other engines."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics._core import spark_patterns


@given(n=st.integers(1, 10**12), data=st.data())
def test_spark_counts_to_the_same_threshold(n, data):
    min_count = data.draw(st.integers(1, n))
    share = spark_patterns._share(min_count, n)
    assert 0.0 < share < 1.0
    assert math.ceil(share * n) == min_count  # as Spark computes it


def test_other_engines_are_refused():
    with pytest.raises(TypeError, match="got one of pandas; use the other way"):
        spark_patterns.require_spark(pd.DataFrame({"a": [1]}), instead="the other way")
