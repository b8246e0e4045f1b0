"""frequent_sequences: published examples, brute force, limits of time, closed patterns."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.basket import _sequence_levels, frequent_sequences
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.basket.sequence_oracles import (
    by_brute_force,
    closed_among,
    found_in,
    log_of,
    pei_log,
    zaki_log,
)
from tests.support.engines import spark_session

PEI_SOURCE = "Pei et al. (2001), PrefixSpan, the running example; counted by brute force"
ZAKI_SOURCE = "Zaki (2001), SPADE, the example database; counted by brute force"
JOURNEY_SOURCE = "Complete Journey sample; two independent kernels agree on all (2026)"


def days(n, most):
    items = st.sets(st.sampled_from("abcd"), min_size=1, max_size=most)
    return st.dictionaries(st.integers(0, 14), items, min_size=1, max_size=n)


# Few large baskets or many small ones: all of both would be 16 million sequences a customer.
logs = st.lists(st.one_of(days(6, 2), days(2, 4)), min_size=1, max_size=5).map(
    lambda customers: [
        (f"c{number}", day, item)
        for number, bought in enumerate(customers)
        for day, items in bought.items()
        for item in items
    ]
)
limits = st.fixed_dictionaries(
    {},
    optional={
        "min_gap": st.integers(0, 4),
        "max_gap": st.integers(4, 9),
        "max_span": st.integers(0, 12),
        "max_len": st.integers(1, 4),
    },
)


def totals(found, column):
    return np.bincount(getattr(found, column))[1:].tolist()


def test_the_example_of_pei(golden):
    found = frequent_sequences(pei_log(), min_count=2)
    closed = frequent_sequences(pei_log(), min_count=2, closed=True)
    compare = {
        "patterns": (len(found), 53),
        "closed": (len(closed), 17),
        "by items": (totals(found, "n_items"), [6, 22, 21, 4]),
        "by elements": (totals(found, "n_elements"), [8, 25, 18, 2]),
        "sum of supports": (int(found.counts.sum()), 125),
        "that begin with a": (sum("a" in one[0] for one in found.patterns()), 19),
    }
    for what, (ours, published) in compare.items():
        golden(
            f"Sequences of Pei et al., min_count 2: {what}",
            ours=ours, published=published, source=PEI_SOURCE,
        )  # fmt: skip


def test_the_example_of_zaki(golden):
    published = dict.fromkeys(("B>A", "D>A", "D>B", "D>F", "F>A", "BF>A", "D>BF"), 2)
    published |= dict.fromkeys(("D", "D>B>A", "D>F>A", "D>BF>A"), 2)
    published |= {"A": 4, "B": 4, "F": 4, "AB": 3, "AF": 3, "BF": 4, "ABF": 3}
    ours = {
        ">".join("".join(element) for element in pattern): n
        for pattern, n in found_in(zaki_log(), min_count=2).items()
    }
    golden(
        "Sequences of Zaki, min_count 2, each with its support",
        ours=sorted(ours.items()), published=sorted(published.items()), source=ZAKI_SOURCE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "published"),
    [
        ({}, (18, 47)),
        ({"max_gap": 5}, (11, 33)),
        ({"max_gap": 10}, (17, 45)),
        ({"min_gap": 6}, (12, 35)),
        ({"max_span": 10}, (14, 39)),
        ({"max_gap": 5, "max_span": 5}, (11, 33)),
        ({"max_gap": 10, "max_span": 10}, (14, 39)),
    ],
)
def test_the_example_of_zaki_with_limits(golden, options, published):
    found = frequent_sequences(zaki_log(), min_count=2, **options)
    golden(
        f"Sequences of Zaki, min_count 2, {options or 'no limit'}: patterns and sum of supports",
        ours=[len(found), int(found.counts.sum())], published=list(published), source=ZAKI_SOURCE,
    )  # fmt: skip


@pytest.fixture(scope="module")
def journey(data_dir):
    """Household, UTC day and product category of the lines that have a category."""
    folder = data_dir / "complete_journey"
    lines = pd.read_parquet(folder / "transactions_sample.parquet")
    products = pd.read_parquet(folder / "products.parquet")[["product_id", "product_category"]]
    lines = lines.merge(products, on="product_id", how="left")
    lines = lines[lines["product_category"].notna()]
    return pd.DataFrame(
        {
            "customer_id": lines["household_id"].astype(str),
            "date": lines["transaction_timestamp"],
            "item": lines["product_category"].astype(str),
        }
    )


@pytest.mark.data
@pytest.mark.parametrize(
    ("options", "published", "by_items"),
    [
        ({"min_count": 119}, (2_772, 482_681), [126, 1224, 1222, 193, 6, 1]),
        ({"min_count": 48}, (45_396, 3_189_684), [182, 5694, 20784, 15225, 3157, 321, 32, 1]),
        ({"min_count": 24, "max_len": 3}, (114_883, 4_853_069), None),
        ({"min_count": 24, "min_gap": 1, "max_gap": 14}, (1_195, 88_290), None),
        ({"min_count": 24, "max_gap": 30, "max_span": 90}, (3_523, 190_720), None),
        ({"min_count": 24, "min_gap": 7, "max_gap": 60, "max_span": 180}, (12_671, 551_041), None),
        ({"min_count": 12, "max_gap": 14, "max_span": 60}, (3_705, 128_149), None),
    ],
)
def test_complete_journey(journey, golden, options, published, by_items):
    found = frequent_sequences(journey, tz="UTC", **options)
    golden(
        f"Sequences of Complete Journey, {options}: patterns and sum of supports",
        ours=[len(found), int(found.counts.sum())], published=list(published),
        source=JOURNEY_SOURCE,
    )  # fmt: skip
    if by_items:
        golden(
            f"Sequences of Complete Journey, {options}: patterns by items",
            ours=totals(found, "n_items"), published=by_items, source=JOURNEY_SOURCE,
        )  # fmt: skip


def test_by_hand():
    rows = [
        ("x", 0, "a"),
        ("x", 0, "b"),
        ("x", 3, "c"),
        ("y", 5, "a"),
        ("y", 6, "b"),
        ("y", 9, "c"),
    ]
    assert found_in(rows, min_count=2) == {
        (("a",),): 2, (("b",),): 2, (("c",),): 2, (("a",), ("c",)): 2, (("b",), ("c",)): 2,
    }  # fmt: skip
    # One day has no order: a and b of one day are together, never one after the other.
    assert (("a",), ("b",)) not in found_in(rows[:3], min_count=1)
    assert (("a", "b"), ("c",)) in found_in(rows[:3], min_count=1)


@settings(max_examples=40, deadline=None)
@given(rows=logs, min_count=st.integers(1, 3), options=limits)
def test_equals_brute_force(rows, min_count, options):
    expected = by_brute_force(rows, min_count, **options)
    assert found_in(rows, min_count=min_count, **options) == expected
    if len(expected) <= 150:
        closed = found_in(rows, min_count=min_count, closed=True, **options)
        assert closed == closed_among(expected)


@settings(max_examples=15, deadline=None)
@given(rows=logs, gap=st.integers(1, 8), span=st.integers(0, 12), more=st.integers(1, 6))
def test_wider_limits_lose_nothing_and_infinite_ones_are_none(rows, gap, span, more):
    narrow = found_in(rows, min_count=2, max_gap=gap, max_span=span)
    wide = found_in(rows, min_count=2, max_gap=gap + more, max_span=span + more)
    assert all(wide.get(pattern, 0) >= n for pattern, n in narrow.items())
    free = found_in(rows, min_count=2)
    assert all(free.get(pattern, 0) >= n for pattern, n in wide.items())
    assert found_in(rows, min_count=2, max_gap=math.inf, max_span=math.inf) == free
    # The general way with a limit that binds nobody finds the same.
    assert found_in(rows, min_count=2, max_span=10_000) == free
    assert found_in(rows, min_count=2, max_gap=10**15) == free


@settings(max_examples=10, deadline=None)
@given(rows=logs, factor=st.integers(2, 3))
def test_copies_of_all_customers_multiply_the_counts(rows, factor):
    copies = [(f"{c}-{k}", day, item) for c, day, item in rows for k in range(factor)]
    found = found_in(copies, min_count=2 * factor)
    assert found == {p: n * factor for p, n in found_in(rows, min_count=2).items()}
    if rows:
        repeated = found_in(rows + rows, min_count=1)
        assert repeated == found_in(rows, min_count=1), "a repeated line changes nothing"


def test_weeks_are_seven_days():
    rows = [("x", 0, "a"), ("x", 14, "b"), ("y", 0, "a"), ("y", 15, "b")]
    assert (("a",), ("b",)) not in found_in(rows, min_count=2, max_gap=2, unit="W")
    assert (("a",), ("b",)) in found_in(rows, min_count=2, max_gap=15)
    assert found_in(rows, min_count=1, max_gap=2, unit="W")[("a",), ("b",)] == 1
    assert found_in(rows, min_count=1, min_gap=2, unit="W")[("a",), ("b",)] == 2


def test_every_engine_and_back(engine):
    found = frequent_sequences(engine.make(zaki_log()), min_count=3)
    columns = engine.columns(found.to_frame())
    assert [list(map(list, pattern)) for pattern in columns["pattern"]] == [
        [["A"]], [["B"]], [["F"]], [["A", "B"]], [["A", "F"]], [["B", "F"]], [["A", "B", "F"]],
    ]  # fmt: skip
    assert columns["count"] == [4, 4, 4, 3, 3, 4, 3]
    assert columns["support"] == [1.0, 1.0, 1.0, 0.75, 0.75, 1.0, 0.75]
    assert columns["n_items"] == [1, 1, 1, 2, 2, 2, 3]
    assert columns["n_elements"] == [1] * 7
    bounded = frequent_sequences(engine.make(zaki_log()), min_count=2, max_gap=10)
    assert (len(bounded), bounded.counts.sum()) == (17, 45)
    if engine.name != "pyspark":
        for backend in ("pandas", "polars", "pyarrow"):
            assert len(found.to_frame(backend)) == 7
    nothing = frequent_sequences(engine.make(zaki_log()), min_count=5).to_frame()
    assert engine.columns(nothing)["count"] == []


def test_items_may_be_integers(engine):
    log = zaki_log()
    log["item"] = log["item"].map(ord)
    found = frequent_sequences(engine.make(log), min_count=2)
    columns = engine.columns(found.to_frame())
    assert [list(map(list, pattern)) for pattern in columns["pattern"][:2]] == [[[65]], [[66]]]
    assert sum(columns["count"]) == 47


def test_thresholds_are_whole_numbers():
    rows = [(f"c{number:02d}", 0, "a" if number < 7 else "b") for number in range(25)]
    # 0.28 * 25 is 7.000000000000001 in floats.
    assert found_in(rows, min_support=0.28)[(("a",),)] == 7
    assert frequent_sequences(log_of(rows), min_support=0.28).min_count == 7


def test_the_order_of_rows_does_not_matter():
    log = zaki_log()
    shuffled = log.sample(frac=1.0, random_state=3).reset_index(drop=True)
    expected = frequent_sequences(log, min_count=2).to_frame()
    pd.testing.assert_frame_equal(frequent_sequences(shuffled, min_count=2).to_frame(), expected)


def test_no_rows_and_one_row():
    log = zaki_log()
    nothing = frequent_sequences(log.iloc[:0], min_support=0.5)
    assert (len(nothing), nothing.n_customers, len(nothing.to_frame())) == (0, 0, 0)
    assert len(frequent_sequences(log.iloc[:0], min_count=1, max_gap=3, closed=True)) == 0
    assert found_in(log.iloc[:1], min_count=1) == {(("C",),): 1}
    assert "1 patterns" in repr(frequent_sequences(log.iloc[:1], min_count=1))


@pytest.mark.parametrize("options", [{}, {"max_gap": 20}])
def test_the_budget_stops_with_the_counts_of_the_levels(options):
    with pytest.raises(ValueError, match=r"max_patterns=10 .* 4 elements of 1 item, 3 elements"):
        frequent_sequences(zaki_log(), min_count=2, max_patterns=10, **options)
    assert len(frequent_sequences(zaki_log(), min_count=2, max_patterns=18)) == 18


@pytest.mark.parametrize("options", [{}, {"max_gap": 20}])
def test_the_memory_is_guarded(options, monkeypatch):
    monkeypatch.setattr(_sequence_levels, "_MOST_STATES", 10)
    with pytest.raises(ValueError, match=r"the sequences of 2 elements fit .* raise min_count"):
        frequent_sequences(pei_log(), min_count=2, **options)


def test_options_are_checked():
    log = zaki_log()
    refused = [
        ({"min_count": 1, "unit": "M"}, "no fixed number of days"),
        ({"min_count": 1, "unit": "h"}, "unit must be one of"),
        ({"min_count": 1, "min_gap": 5, "max_gap": 4}, "min_gap=5 is above max_gap=4"),
        ({"min_count": 1, "max_gap": 0}, "max_gap must be a whole number of at least 1"),
        ({"min_count": 1, "max_span": 1.5}, "max_span must be a whole number"),
        ({"min_count": 1, "min_gap": math.inf}, "min_gap must be finite"),
        ({"min_count": 1, "max_len": 0}, "max_len must be"),
        ({"min_count": 1, "max_patterns": 0}, "max_patterns must be"),
        ({}, "a share of the customers"),
        ({"min_count": 1, "min_support": 0.5}, "got both"),
        ({"min_support": 5}, "got 5; it is a share of the customers"),
        ({"min_support": float("nan")}, "must be above 0"),
        ({"min_support": "half"}, "must be a number"),
    ]
    for options, match in refused:
        with pytest.raises(ValueError, match=match):
            frequent_sequences(log, **options)
    with pytest.raises(ValueError, match="backend must be one of"):
        frequent_sequences(log, min_count=2).to_frame("excel")


def test_bad_data_are_refused(engine):
    log = zaki_log()
    with pytest.raises(ColumnNotFoundError, match=r"item_col='itm'.*did you mean 'item'"):
        frequent_sequences(engine.make(log), min_count=1, item_col="itm")
    log.loc[[1, 4], "item"] = None
    with pytest.raises(DataContractError, match="2 of 27 values of 'item' are missing"):
        frequent_sequences(engine.make(log), min_count=1)
    aware = zaki_log().assign(date=lambda frame: frame["date"].dt.tz_localize("UTC"))
    with pytest.raises(DataContractError, match="pass the business time zone"):
        frequent_sequences(engine.make(aware), min_count=1)


def test_the_business_day_decides_what_was_bought_together(engine):
    when = [dt.datetime(2024, 1, 1, 22, 30), dt.datetime(2024, 1, 1, 23, 30)]
    log = pd.DataFrame({"customer_id": ["x", "x"], "date": when, "item": ["a", "b"]})
    log["date"] = log["date"].astype("datetime64[us]").dt.tz_localize("UTC")
    together = frequent_sequences(engine.make(log), min_count=1, tz="UTC")
    apart = frequent_sequences(engine.make(log), min_count=1, tz="Europe/Warsaw")
    assert [["a", "b"]] in together.patterns()
    assert [["a"], ["b"]] in apart.patterns()


@pytest.mark.spark
@pytest.mark.parametrize("sets", [False, True], ids=["one item per element", "itemsets"])
def test_equals_prefixspan_of_spark(sets):
    from pyspark.ml.fpm import PrefixSpan

    rng = np.random.default_rng(5)
    rows = [
        (f"c{customer}", day, item)
        for customer in range(40)
        for day in range(rng.integers(1, 6))
        for item in rng.choice(list("abcdef"), rng.integers(1, 4) if sets else 1, replace=False)
    ]
    sequences = [
        (
            [
                sorted(item for c, d, item in rows if (c, d) == (customer, day))
                for day in sorted({d for c, d, _ in rows if c == customer})
            ],
        )
        for customer in sorted({c for c, _, _ in rows})
    ]
    given_ = spark_session().createDataFrame(sequences, "sequence array<array<string>>")
    spark = PrefixSpan(minSupport=0.2, maxPatternLength=20).findFrequentSequentialPatterns(given_)
    expected = {
        tuple(tuple(sorted(element)) for element in row["sequence"]): row["freq"]
        for row in spark.collect()
    }
    assert found_in(rows, min_support=0.2) == expected
