"""channel_propensity: planted truth, engines and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    NotEnoughDataError,
)
from crmlytics.leads import channel_propensity
from crmlytics.scoring import PropensityClassifier

ENGINE = PropensityClassifier(model="logistic", random_state=0)


def customers(n=800, seed=0):
    rng = np.random.default_rng(seed)
    age, trade = rng.integers(20, 80, n), rng.choice(["bakery", "hotel"], n)
    chance = 1 / (1 + np.exp((age - 45) / 8 - (trade == "hotel")))
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(n)],
            "age": age,
            "trade": trade,
            "digit": rng.integers(0, 9, n),
            "channel": np.where(rng.random(n) < chance, "web", rng.choice(["shop", "phone"], n)),
            "chance": chance,
        }
    )


def ranked(frame, **options):
    given = {"channel": "web", "features": ["age", "trade", "digit"], "classifier": ENGINE}
    return channel_propensity(frame, **(given | options))


def test_those_who_are_like_users_come_first():
    frame = customers()
    table = ranked(frame)
    others = table[~table["uses_channel"]]
    assert others["rank"].tolist() == list(range(1, len(others) + 1))
    assert table["uses_channel"].tolist() == [False] * len(others) + [True] * (800 - len(others))
    assert table.loc[table["uses_channel"], "rank"].isna().all()
    chance = others["customer_id"].map(frame.set_index("customer_id")["chance"])
    assert np.corrcoef(others["propensity"], chance)[0, 1] > 0.95
    share = (frame["channel"] == "web").mean()
    assert others["lift"].tolist() == pytest.approx((others["propensity"] / share).tolist())
    assert others["reasons"].str.contains("age").mean() > 0.8


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 50))
def test_the_order_of_rows_does_not_matter(seed):
    frame = customers(150)
    shuffled = frame.sample(frac=1.0, random_state=seed)
    pd.testing.assert_frame_equal(ranked(shuffled), ranked(frame))


def test_where_no_model_helps():
    with pytest.warns(DataQualityWarning, match="does not beat"):
        table = ranked(customers(200), features=["digit"])
    assert table["propensity"].isna().all()
    assert table["rank"].isna().all()


def test_every_engine(engine):
    frame = customers(150)
    expected = ranked(frame, reasons=0)
    found = engine.columns(ranked(engine.make(frame), reasons=0))
    assert found["customer_id"] == expected["customer_id"].tolist()
    assert found["propensity"] == pytest.approx(expected["propensity"].tolist(), abs=1e-9)


def test_bad_input_is_refused():
    frame = customers(150)
    with pytest.raises(ColumnNotFoundError):
        ranked(frame, features=["ages"])
    with pytest.raises(ValueError, match="at least one column"):
        ranked(frame, features=[])
    with pytest.raises(NotEnoughDataError, match="is it spelt as in 'channel'"):
        ranked(frame, channel="Web")
    with pytest.raises(DataContractError, match="149 of 150 rows repeat"):
        ranked(frame.assign(customer_id="c"))
    with pytest.raises(DataContractError, match="are missing"):
        ranked(frame.assign(customer_id=[None, *frame["customer_id"][1:]]))
    visits = np.where(frame["channel"] == "web", "yes", "no")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        with pytest.raises(DataContractError, match="'visited'; leave them out"):
            ranked(frame.assign(visited=visits), features=["age", "visited"])
