"""nps, csat, ces: published cases, intervals that cover, answers that do not fit the scale."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.retention import ces, csat, nps
from crmlytics.retention._net_promoter_intervals import INTERVALS, net_interval

#: The reference page, 8.3: worked out by hand from the formulas of Rocks (2016).
SOURCE = "worked out by hand from the formulas of Rocks (2016)"
SIMULATED = "40,000 simulations with numpy alone, rounded; intervals of Rocks (2016)"


def answers(promoters, passives, detractors):
    return [10] * promoters + [7] * passives + [6] * detractors


def test_the_published_score(golden):
    # Printed in one, and the ends in two, decimals.
    wald = nps(answers(60, 25, 15), interval="wald")
    golden("NPS of 60/25/15", ours=wald.nps, published=45.0, source=SOURCE)
    golden("NPS of 60/25/15, standard error", ours=(wald.high - wald.low) / 2 / 1.959964,
           published=7.3993, tolerance=5.01e-5, source=SOURCE)  # fmt: skip
    golden("NPS of 60/25/15, Wald interval", ours=[wald.low, wald.high],
           published=[30.50, 59.50], tolerance=0.00501, source=SOURCE)  # fmt: skip
    found = nps(answers(60, 25, 15))
    golden("NPS of 60/25/15, adjusted Wald interval", ours=[found.low, found.high],
           published=[29.34, 58.04], tolerance=0.00501, source=SOURCE)  # fmt: skip
    golden("NPS of 60/25/15, centre of the adjusted interval", ours=(found.low + found.high) / 2,
           published=43.69, tolerance=0.00501, source=SOURCE)  # fmt: skip
    assert found[3:] == (100, 60, 25, 15)


def test_the_published_extremes(golden):
    # Wald's upper end of 3/1/0 would be 117.4: it is cut.
    assert nps(answers(3, 1, 0), interval="wald").high == 100.0
    everybody = nps(answers(10, 0, 0), interval="wald")
    assert everybody.low == everybody.high == 100.0
    found = nps(answers(10, 0, 0))
    golden("NPS of 10/0/0, adjusted Wald, lower end", ours=found.low, published=47.50,
           tolerance=0.00501, source=SOURCE)  # fmt: skip
    assert found.high == 100.0


@pytest.mark.parametrize(
    ("n", "shares", "wald", "adjusted"),
    [
        (30, (0.70, 0.25, 0.05), 0.91, 0.953),
        (30, (0.90, 0.08, 0.02), 0.84, 0.959),
        (20, (0.95, 0.04, 0.01), 0.64, 0.978),
        (100, (0.60, 0.25, 0.15), None, None),
    ],
)
def test_the_default_interval_covers(golden, n, shares, wald, adjusted):
    # 40,000 draws: four standard errors of a coverage near 0.95 are 0.0044.
    drawn = np.random.default_rng(20161).multinomial(n, shares, size=40_000).T
    truth = shares[0] - shares[2]
    covers = {}
    for interval in INTERVALS:
        low, high = net_interval(*drawn, level=0.95, interval=interval)
        covers[interval] = float(((low <= truth) & (truth <= high)).mean())
    assert covers["adjusted_wald"] >= 0.93
    assert covers["score"] >= 0.93
    if wald is not None:
        what = f"NPS, coverage of the 95 % interval, n = {n}, shares {shares}"
        golden(f"{what}, adjusted Wald", ours=covers["adjusted_wald"], published=adjusted,
               tolerance=0.005, source=SIMULATED)  # fmt: skip
        golden(f"{what}, Wald", ours=covers["wald"], published=wald, tolerance=0.0101,
               source=SIMULATED)  # fmt: skip


@pytest.mark.parametrize(
    ("up", "flat", "down"), [(60, 25, 15), (3, 1, 0), (1, 13, 7), (12, 36, 2), (0, 4, 9)]
)
def test_the_score_interval_inverts_the_score_test(up, flat, down):
    # The slow version: maximise the likelihood under each difference, then find where the
    # difference observed is z standard errors away.
    n = up + flat + down

    def distance(net):
        low, high = max(0.0, -net), (1 - net) / 2

        def surprise(share):
            cells = ((up, share + net), (flat, 1 - net - 2 * share), (down, share))
            return -sum(k * math.log(max(p, 1e-300)) for k, p in cells if k)

        share = minimize_scalar(
            surprise, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
        ).x
        variance = (2 * share + net - net**2) / n
        return abs((up - down) / n - net) / math.sqrt(max(variance, 1e-12)) - 1.959963984540054

    found = nps(answers(up, flat, down), interval="score")
    observed = (up - down) / n
    for end, limit in ((found.low, -1 + 1e-7), (found.high, 1 - 1e-7)):
        if distance(limit) > 0:
            # Bounded minimisation finds its share to a few 1e-7, which moves the end less.
            assert end / 100 == pytest.approx(brentq(distance, observed, limit), abs=1e-4)
        else:
            assert end / 100 == pytest.approx(limit, abs=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    counts=st.tuples(*[st.integers(0, 40)] * 3).filter(lambda each: sum(each) > 0),
    interval=st.sampled_from(INTERVALS),
    level=st.floats(0.01, 0.99),
)
def test_score_and_interval_stay_on_the_scale(counts, interval, level):
    found = nps(answers(*counts), interval=interval, level=level)
    assert -100.0 <= found.low <= found.high <= 100.0
    assert -100.0 <= found.nps <= 100.0
    if interval != "adjusted_wald":  # which is not centred on the score
        assert found.low - 1e-9 <= found.nps <= found.high + 1e-9
    up, flat, down = counts
    turned = nps(answers(down, flat, up), interval=interval, level=level)
    assert (turned.nps, turned.low) == pytest.approx((-found.nps, -found.high), abs=1e-9)


def test_columns_of_any_kind_are_read(engine):
    frame = pd.DataFrame({"score": [10, 9, 7, 0]})
    if engine.name in ("duckdb", "pyspark", "polars-lazy"):
        pytest.skip("a lazy frame has no columns of values")
    assert nps(engine.make(frame)["score"]).nps == 25.0
    assert nps(np.array([10.0, 9.0, 7.0, 0.0])).nps == 25.0


def test_the_satisfied_are_the_top_boxes():
    found = csat([5, 4, 4, 3, 1])
    assert (found.csat, found.n, found.satisfied) == (0.6, 5, 3)
    assert csat([5, 4, 4, 3, 1], top=1).csat == 0.2
    assert csat([10, 9, 2], scale=(0, 10)).satisfied == 2


def test_the_interval_of_the_satisfied_is_wilsons(golden):
    source = "Wilson's formula by hand (Wilson 1927)"
    many, none = csat([5] * 324 + [1] * 561), csat([1] * 5)
    golden("324 of 885 satisfied, Wilson interval", ours=[many.csat, many.low, many.high],
           published=[0.3661, 0.3350, 0.3984], tolerance=5.01e-5, source=source)  # fmt: skip
    golden("0 of 5 satisfied, Wilson interval", ours=[none.low, none.high],
           published=[0.0, 0.4345], tolerance=5.01e-5, source=source)  # fmt: skip


def test_the_mean_effort_by_hand():
    # Mean 4, deviations -2, 0, 2: sd 2; t(0.975, 2) = 4.302653, from tables.
    found = ces([2, 4, 6])
    assert (found.ces, found.n, found.standard_deviation) == (4.0, 3, 2.0)
    assert found.low == 1.0  # cut at the end of the scale
    wide = ces([42, 44, 46], scale=(0, 100))
    assert wide.low == pytest.approx(44 - 4.302653 * 2 / math.sqrt(3), abs=1e-5)
    one = ces([3])
    assert one.ces == 3.0
    assert all(math.isnan(value) for value in (one.low, one.high, one.standard_deviation))


@pytest.mark.parametrize("score", [nps, csat, ces])
def test_answers_that_do_not_fit_are_refused(score):
    with pytest.raises(DataContractError, match="1 of 2 scores are no whole numbers from"):
        score([5, 11])
    with pytest.raises(DataContractError, match="1 of 2 scores are no whole numbers from"):
        score([5, 4.5])
    with pytest.raises(DataContractError, match="1 of 2 scores are missing"):
        score([5, None])
    with pytest.raises(DataContractError, match="must be numbers"):
        score(["good", "bad"])
    with pytest.raises(NotEnoughDataError, match="at least 1 answer"):
        score([])
    with pytest.raises(ValueError, match="one dimension"):
        score([[5], [4]])
    with pytest.raises(ValueError, match="level"):
        score([5], level=95)


def test_wrong_options_are_named():
    with pytest.raises(ValueError, match="interval must be one of"):
        nps([5], interval="exact")
    with pytest.raises(ValueError, match="top must leave"):
        csat([5], top=5)
    for wrong in ((1,), (5, 1), "1-5", (0.5, 5)):
        with pytest.raises(ValueError, match="scale"):
            csat([5], scale=wrong)
