"""Chunks worked on here or on Spark: the same arrays in the same order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics._core.spreading import map_chunks


def work(values, word):
    return values * 2, np.array([len(values)]), np.char.upper(word)


CHUNKS = [(np.arange(n, dtype=float), np.array(["a", f"b{n}"])) for n in (3, 0, 5)]


def check(found):
    assert len(found) == 3
    for (values, word), (double, n, upper) in zip(CHUNKS, found, strict=True):
        np.testing.assert_array_equal(double, values * 2)
        assert n.tolist() == [len(values)]
        assert upper.tolist() == [each.upper() for each in word.tolist()]


def test_in_a_loop():
    check(map_chunks(work, CHUNKS, like=pd.DataFrame()))
    assert map_chunks(work, [], like=pd.DataFrame()) == []


@pytest.mark.spark
def test_on_spark():
    from tests.support.engines import spark_session

    like = spark_session().createDataFrame([(1,)], "n int")
    check(map_chunks(work, CHUNKS, like=like))
    assert map_chunks(work, [], like=like) == []
