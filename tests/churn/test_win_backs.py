"""win_back_table: by hand, laws, planted returns, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.churn import win_back_table
from crmlytics.errors import NotEnoughDataError
from tests.support.purchases import make_log

START = dt.date(2024, 1, 1)
TERMS = {"lapsed_after": 30, "horizon": 30, "unit": "D", "uplift": 0.5, "contact_cost": 1.0}


def test_by_hand():
    rows = [("ann", 0, 40), ("bob", 0, 10), ("bob", 80, 20), ("cem", 95, 60), ("dee", 0, 4)]
    log = pd.DataFrame(
        [(who, START + dt.timedelta(days=day), float(paid)) for who, day, paid in rows],
        columns=["customer_id", "date", "amount"],
    ).assign(date=lambda frame: pd.to_datetime(frame["date"]))
    table = win_back_table(log, as_of=START + dt.timedelta(days=99), **TERMS)
    # On day 70 ann, bob and dee had been silent for 70 days with one purchase each; bob returned:
    # 1 of 3. Today ann and dee are silent for 100 days, in the group beyond 3 times 30 where
    # nobody was seen: the rate is the overall one, 1/3; who returned bought once.
    assert table["customer_id"].tolist() == ["ann", "dee"]
    assert table["rank"].tolist() == [1, 2]
    assert table["return_rate"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert table["n"].tolist() == [0, 0]
    assert table["value_if_back"].tolist() == pytest.approx([40, 4])
    assert table["expected_value"].tolist() == pytest.approx([0.5 * 40 / 3 - 1, 0.5 * 4 / 3 - 1])
    assert table["contact"].tolist() == [True, False]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), uplift=st.floats(0, 3), margin=st.floats(0.1, 1))
def test_laws(seed, uplift, margin):
    log = make_log(250, customers=60, seed=seed)
    terms = TERMS | {"lapsed_after": 60, "horizon": 60, "uplift": uplift}
    table = win_back_table(log, as_of=dt.date(2023, 11, 30), margin=margin, **terms)
    assert table["expected_value"].is_monotonic_decreasing
    assert (table["recency_days"] >= 60).all()
    assert table["return_rate"].between(0, 1).all()
    expected = uplift * table["return_rate"] * table["value_if_back"] - 1.0
    assert np.allclose(table["expected_value"], expected)
    assert (table["contact"] == (table["expected_value"] > 0)).all()
    if uplift == 0:
        assert not table["contact"].any()


def test_frequent_customers_return_more_often_where_they_do():
    rng = np.random.default_rng(2)
    rows = []
    for who in range(300):  # half buy monthly with long breaks, half bought once and are gone
        if who % 2:
            days = np.cumsum(rng.choice([30, 90], 20, p=[0.6, 0.4]))
            rows += [(who, START + dt.timedelta(days=int(d)), 10.0) for d in days if d < 500]
        else:
            rows.append((who, START + dt.timedelta(days=int(rng.integers(0, 400))), 10.0))
    log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    log = log.assign(date=pd.to_datetime(log["date"]))
    table = win_back_table(log, as_of=START + dt.timedelta(days=499),
                           **(TERMS | {"lapsed_after": 40, "horizon": 60}))  # fmt: skip
    rate = table.groupby(table["purchases"] >= 5)["return_rate"].mean()
    assert rate[True] > 0.5 > 0.2 > rate[False]


def test_every_engine_finds_the_same(engine):
    log = make_log(250, customers=60, seed=3)
    options = {"as_of": dt.date(2023, 11, 30)} | TERMS | {"lapsed_after": 60}
    expected = win_back_table(log, **options)
    found = engine.columns(win_back_table(engine.make(log), **options))
    assert found["customer_id"] == expected["customer_id"].tolist()
    assert found["expected_value"] == pytest.approx(expected["expected_value"].tolist())


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"lapsed_after": 1000}, NotEnoughDataError, "nobody was silent for 1000 D"),
        ({"uplift": -1}, ValueError, "uplift"),
        ({"contact_cost": np.nan}, ValueError, "contact_cost"),
        ({"margin": 0}, ValueError, "margin"),
        ({"unit": "M"}, ValueError, "unit must be one of"),
    ],
)
def test_refusals(changed, error, words):
    with pytest.raises(error, match=words):
        win_back_table(make_log(), **({"as_of": dt.date(2023, 11, 30)} | TERMS | changed))
