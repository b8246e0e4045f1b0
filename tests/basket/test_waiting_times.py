"""time_to_next: by hand, censoring, a planted lift, every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import time_to_next, time_to_next_curves
from crmlytics.errors import DataContractError, NotEnoughDataError
from tests.basket.sequence_oracles import log_of
from tests.support.engines import columns

AS_OF = dt.date(1970, 2, 10)  # day 40


# Ann waits 10 days, Bob 20, Cem is still waiting after 11, Dan bought the ink on the same day only.
ROWS = [
    ("ann", 0, "printer"), ("ann", 10, "ink"), ("ann", 30, "ink"), ("bob", 5, "printer"),
    ("bob", 25, "ink"), ("cem", 29, "printer"), ("dan", 2, "printer"), ("dan", 2, "ink"),
    ("eve", 1, "paper"), ("eve", 3, "ink"), ("ann", 41, "printer"),
]  # fmt: skip


def found(rows, **options):
    settings_ = {"as_of": AS_OF, "within": 15, "first_item": "printer", "next_item": "ink"}
    table = columns(time_to_next(log_of(rows), **settings_ | options))
    return {name: values[0] for name, values in table.items()}


def test_by_hand():
    row = found(ROWS)
    assert (row["n"], row["n_customers"], row["n_next"], row["n_censored"]) == (4, 4, 2, 2)
    # 4 at risk at day 10, then Cem leaves at 11, and of the 2 left one buys at day 20.
    assert row["share"] == pytest.approx(1 / 4)
    assert found(ROWS, within=20)["share"] == pytest.approx(1 - 3 / 4 * 1 / 2)
    assert found(ROWS, within=2, unit="W")["share"] == pytest.approx(1 / 4)
    assert (row["q25_days"], row["median_days"], row["q75_days"]) == (10.0, 20.0, None)
    assert found(ROWS, within=39)["share"] is None, "nobody was watched for so long"
    # Days of the four: ann 0 (10), 10 (20), 30 (none for 10), bob 5 (20), 25 (none for 15),
    # cem 29 (none for 11), dan 2 (none for 38); a third of a customer each for ann, half for bob.
    # At day 10 all 4 customers are at risk and 1/3 of ann ends.
    assert row["base_share"] == pytest.approx(1 / 12)
    assert row["lift"] == pytest.approx(3.0)
    # Ann alone bought ink so soon: however heavy she is, the ratio stays, and says no interval.
    assert (row["lift_low"], row["lift_high"]) == (None, None)


def test_all_or_nobody_have_an_interval_too():
    rows = [(f"c{i}", 0, "a") for i in range(10)] + [(f"c{i}", 5, "b") for i in range(10)]
    everyone = found(rows, first_item="a", next_item="b", within=20)
    assert (everyone["share"], everyone["high"]) == (1.0, 1.0)
    nobody = found(rows, first_item="a", next_item="b", within=3)
    assert (nobody["share"], nobody["low"]) == (0.0, 0.0)
    # Wilson's interval of 10 of 10 begins where that of 0 of 10 ends: at z² / (n + z²).
    assert 1 - everyone["low"] == pytest.approx(nobody["high"])
    assert nobody["high"] == pytest.approx(3.8415 / 13.8415, abs=1e-4)


def test_every_purchase_may_start_a_clock():
    rows = [
        ("x", 0, "a"),
        ("x", 4, "a"),
        ("x", 9, "b"),
        ("y", 1, "a"),
        ("y", 2, "b"),
        ("y", 8, "a"),
    ]
    row = found(rows, first_item="a", next_item="b", from_each="every", within=9)
    assert (row["n"], row["n_customers"], row["n_next"]) == (4, 2, 3)
    again = found(rows, first_item="a", next_item="a", from_each="every", within=7)
    assert (again["n"], again["n_next"], again["median_days"]) == (4, 2, 7.0)


def test_clocks_of_one_customer_hang_together():
    rows = [(f"c{i}", 10 * k + d, item) for i in range(20) for k in range(4)
            for d, item in ((0, "a"), (1 + i % 6, "b"))]  # fmt: skip
    every = found(rows, first_item="a", next_item="b", from_each="every", within=3)
    first = found(rows, first_item="a", next_item="b", within=3)
    assert every["share"] == first["share"]
    # All clocks of a customer tell the same, so four times as many tell no more.
    assert every["high"] - every["low"] == pytest.approx(first["high"] - first["low"], rel=1e-9)


def simulated(lifted, seed):
    """Customers who buy a and b at random; b follows a within 5 days with chance `lifted`."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(600):
        days = np.flatnonzero(rng.random(200) < 0.05)
        for day in days:
            item = rng.choice(["a", "b", "c"], p=[0.2, 0.2, 0.6])
            rows.append((f"c{i}", int(day), item))
            if item == "a" and rng.random() < lifted:
                rows.append((f"c{i}", int(day) + int(rng.integers(1, 6)), "b"))
    return rows


def test_a_planted_lift_is_found_and_chance_is_none():
    as_of = dt.date(1970, 7, 20)
    options = {"as_of": as_of, "within": 10, "first_item": "a", "next_item": "b"}
    # b comes with chance 0.4 within 5 days, by itself with 0.01 a day, or after a later a (0.01 a
    # day; from day 6 on its b may come too late): 1 - 0.6 * 0.99 ** 10 * (1 - 0.004 * 7). After
    # every a, also from one shortly before: 0.004 * 2 more.
    alone = 0.6 * 0.99**10 * (1 - 0.004 * 7)
    for from_each, truth in (("first", 1 - alone), ("every", 1 - alone * (1 - 0.004 * 2))):
        chance = found(simulated(0.0, 1), from_each=from_each, **options)
        assert chance["lift_low"] < 1.0 < chance["lift_high"]
        lifted = found(simulated(0.4, 2), from_each=from_each, **options)
        assert lifted["lift_low"] > 1.5
        assert lifted["low"] < truth < lifted["high"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.integers(0, 20), st.sampled_from("abc")),
        min_size=1, max_size=30,
    ),
    st.sampled_from(["first", "every"]),
)  # fmt: skip
def test_clocks_are_those_of_a_loop(rows, from_each):
    rows = [*rows, ("x", 3, "a"), ("y", 5, "b")]
    row = found(rows, first_item="a", next_item="b", from_each=from_each)
    waits, open_ = [], 0
    for customer in {c for c, _, _ in rows}:
        starts = sorted({d for c, d, i in rows if (c, i) == (customer, "a")})
        for start in starts[: 1 if from_each == "first" else None]:
            later = [d for c, d, i in rows if (c, i) == (customer, "b") and d > start]
            waits += [min(later) - start] if later else []
            open_ += not later
    assert (row["n"], row["n_next"], row["n_censored"]) == (len(waits) + open_, len(waits), open_)
    if not open_:
        assert row["median_days"] == sorted(waits)[(len(waits) - 1) // 2]


def test_every_engine(engine):
    log = log_of(ROWS)
    pairs = [("printer", "ink"), ("ink", "ink")]
    options = {"pairs": pairs, "as_of": AS_OF}
    table = engine.columns(time_to_next(engine.make(log), within=15, **options))
    assert table == columns(time_to_next(log, within=15, **options))
    assert table["first_item"] == ["printer", "ink"]
    curve = engine.columns(time_to_next_curves(engine.make(log), **options))
    assert curve == columns(time_to_next_curves(log, **options))
    assert curve["day"][:5] == [0, 10, 11, 20, 38]
    assert curve["n"][:5] == [4, 4, 3, 2, 1]
    assert curve["share"][:5] == pytest.approx([0, 0.25, 0.25, 0.625, 0.625])
    assert curve["low"][0] == curve["high"][0] == 0.0
    assert all(
        a <= b <= c for a, b, c in zip(curve["low"], curve["share"], curve["high"], strict=True)
    )


def test_the_curve_of_every_clock_has_the_interval_of_the_table():
    rows = simulated(0.3, 4)[:600]
    options = {"as_of": dt.date(1970, 7, 20), "first_item": "a", "next_item": "b"}
    row = found(rows, from_each="every", within=10, **options)
    curve = pd.DataFrame(columns(time_to_next_curves(log_of(rows), from_each="every", **options)))
    at = curve[curve["day"] <= 10].iloc[-1]
    assert at["share"] == pytest.approx(row["share"])
    assert at["low"] == pytest.approx(row["low"])


def test_refusals():
    log = log_of(ROWS)
    options = {"as_of": AS_OF, "within": 15}
    with pytest.raises(NotEnoughDataError, match=r"'inc' does not occur .*did you mean 'ink'"):
        time_to_next(log, first_item="printer", next_item="inc", **options)
    with pytest.raises(NotEnoughDataError, match="there are no rows"):
        time_to_next(log.iloc[:0], first_item="printer", next_item="ink", **options)
    refused = [
        ({}, "give either"),
        ({"first_item": "ink", "pairs": [("ink", "ink")]}, "give either"),
        ({"first_item": "ink"}, "next_item is missing"),
        ({"pairs": []}, "at least one"),
        ({"pairs": [("ink",)]}, "pairs must be a list"),
        ({"pairs": [("ink", "ink")], "within": 0}, "within must be"),
        ({"pairs": [("ink", "ink")], "unit": "M"}, "unit must be"),
        ({"pairs": [("ink", "ink")], "from_each": "last"}, "from_each must be"),
        ({"pairs": [("ink", "ink")], "level": 95}, "did you mean 0.95"),
    ]
    for wrong, match in refused:
        with pytest.raises(ValueError, match=match):
            time_to_next(log, **options | wrong)
    log.loc[0, "date"] = pd.NaT
    with pytest.raises(DataContractError, match="1 of 11 values of 'date' are missing"):
        time_to_next(log, first_item="printer", next_item="ink", **options)
