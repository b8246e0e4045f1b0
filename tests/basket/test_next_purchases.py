"""next_purchase_table: due dates by hand, censored waits, shrinkage, every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import next_purchase_table
from crmlytics.errors import DataContractError, NotEnoughDataError
from tests.basket.sequence_oracles import log_of
from tests.support.engines import columns

AS_OF = dt.date(1970, 2, 10)  # day 40
ROWS = [
    ("ann", 0, "ink"), ("ann", 10, "ink"), ("ann", 30, "ink"), ("bob", 5, "ink"),
    ("bob", 25, "ink"), ("cem", 38, "ink"), ("cem", 38, "paper"), ("cem", 41, "paper"),
]  # fmt: skip


def day(number):
    return dt.date(1970, 1, 1) + dt.timedelta(days=number)


def test_by_hand():
    table = columns(next_purchase_table(log_of(ROWS), as_of=AS_OF, enough_gaps=2))
    assert table["customer_id"] == ["ann", "bob", "cem", "cem"]
    assert table["item"] == ["ink", "ink", "ink", "paper"]
    assert table["n"] == [3, 2, 1, 1]
    assert table["own_interval_days"] == [15.0, 20.0, None, None]
    # Gaps 10, 20, 20; open waits 10 (ann), 15 (bob), 2 (cem): left 4/5 after day 10, 0 after 20.
    assert table["item_interval_days"] == [20.0, 20.0, 20.0, None]
    assert table["item_n"] == [3, 3, 3, 0]
    assert table["item_n_censored"] == [3, 3, 3, 1]
    assert table["expected_interval_days"] == [15.0, 20.0, 20.0, None]
    assert table["basis"] == ["own", "shrunk", "item", "unknown"]
    assert table["due_date"] == [day(45), day(45), day(58), None]
    assert table["days_overdue"] == [-5.0, -5.0, -18.0, None]
    assert table["overdue"] == [False, False, False, False]
    # Ann waits 10 days at a rhythm of 15 where the item's is 20: like 13.3 days of the item.
    assert table["longer_share"] == pytest.approx([0.8, 0.8, 1.0, None])
    later = columns(next_purchase_table(log_of(ROWS), as_of=day(60), enough_gaps=2))
    # By then the paper of day 41 exists, too: one gap of 3 days, half of which is a rhythm.
    assert later["overdue"] == [True, True, True, True]
    assert later["days_overdue"] == [15.0, 15.0, 2.0, 16.0]


def test_leaving_out_open_waits_would_be_too_quick():
    """All gaps that closed took 10 days, but most waits have not ended in ninety."""
    rows = [(f"c{i}", 0, "a") for i in range(20)] + [(f"c{i}", 10, "a") for i in range(9)]
    table = columns(next_purchase_table(log_of(rows), as_of=day(100)))
    assert {own for own in table["own_interval_days"] if own is not None} == {10.0}
    assert table["item_interval_days"] == [None] * 20
    assert set(table["basis"]) == {"unknown"}


def test_a_planted_rhythm_is_recovered():
    rng = np.random.default_rng(3)
    rows = []
    for i in range(200):
        at = int(rng.integers(0, 40))
        while at < 300:
            rows.append((f"c{i:03d}", at, "a"))
            at += int(rng.integers(25, 36))
    table = columns(next_purchase_table(log_of(rows), as_of=day(300)))
    assert table["item_interval_days"][0] == pytest.approx(30, abs=1)
    assert set(table["basis"]) == {"own"}
    # Everyone is in time: nobody waits longer than 35 days, and the share left is uniform.
    assert max(table["days_overdue"]) <= 10
    assert np.mean(table["longer_share"]) > 0.5


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("xyz"), st.integers(0, 40), st.sampled_from("ab")),
        min_size=1, max_size=40,
    ),
    st.integers(1, 4),
)  # fmt: skip
def test_each_row_is_that_of_a_loop(rows, enough):
    table = columns(next_purchase_table(log_of(rows), as_of=AS_OF, enough_gaps=enough))
    keys = sorted({(c, i) for c, _, i in rows})
    assert list(zip(table["customer_id"], table["item"], strict=True)) == keys
    for place, (customer, item) in enumerate(keys):
        days = sorted({d for c, d, i in rows if (c, i) == (customer, item)})
        gaps = np.diff(days)
        assert table["n"][place] == len(days)
        own = float(np.median(gaps)) if len(gaps) else None
        assert table["own_interval_days"][place] == own
        of_item, weight = table["item_interval_days"][place], min(1.0, len(gaps) / enough)
        if weight == 1.0 or of_item is not None:
            expected = weight * (own or 0) + (1 - weight) * (of_item or 0)
            assert table["expected_interval_days"][place] == pytest.approx(expected)
            assert table["due_date"][place] >= day(days[-1])
        else:
            assert table["basis"][place] == "unknown"


def test_every_engine(engine):
    log = log_of(ROWS)
    found = engine.columns(next_purchase_table(engine.make(log), as_of=AS_OF, enough_gaps=2))
    assert found == columns(next_purchase_table(log, as_of=AS_OF, enough_gaps=2))


def test_refusals():
    log = log_of(ROWS)
    with pytest.raises(ValueError, match="enough_gaps must be"):
        next_purchase_table(log, as_of=AS_OF, enough_gaps=0)
    with pytest.raises(NotEnoughDataError, match="lies before all 8 rows"):
        next_purchase_table(log, as_of=dt.date(1969, 1, 1))
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        next_purchase_table(log.rename(columns={"item": "basis"}), as_of=AS_OF, item_col="basis")
    with pytest.raises(DataContractError, match="must be text or integers"):
        next_purchase_table(log.assign(item=0.5), as_of=AS_OF)
