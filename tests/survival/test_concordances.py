"""concordance and brier_score: by hand, against lifelines and scikit-survival, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import brier_score, concordance
from tests.survival.conftest import GOLDEN

LIFELINES = "lifelines 0.30.3, tests/survival/golden/make_quality.py"
SKSURV = "scikit-survival 0.28.0, tests/survival/golden/make_quality.py"


@pytest.fixture(scope="module")
def quality():
    values = pd.read_csv(GOLDEN / "quality.csv").set_index("what")["value"]
    return pd.read_csv(GOLDEN / "quality_cases.csv"), values


def test_six_pairs_by_hand():
    # Comparable: (3, 5) (3, 8) (3, 12) (5, 8) (5, 12); only (5, 8) is the wrong way round.
    found = concordance([3, 5, 8, 12], [1, 1, 0, 1], risk=[0.9, 0.4, 0.6, 0.1])
    assert found.concordance == 0.8
    assert found.n_events == 3
    assert found.low < 0.8 < found.high
    # Equal risks are half; whoever is last seen at the age of an event lasted longer.
    assert concordance([4, 4], [1, 0], risk=[1, 1]).concordance == 0.5
    assert concordance([4, 4], [1, 0], risk=[2, 1]).concordance == 1.0


def test_against_lifelines_and_scikit_survival(golden, quality):
    cases, values = quality
    golden(
        "Harrell's concordance with ties",
        ours=concordance("age", "ended", risk="risk", data=cases).concordance,
        published=values["harrell"],
        tolerance=1e-12,
        source=LIFELINES,
    )
    golden(
        "Uno's concordance until 15",
        ours=concordance(
            "exact", "ended", risk="risk", method="uno", until=15.0, data=cases
        ).concordance,
        published=values["uno until 15"],
        tolerance=1e-12,
        source=SKSURV,
    )
    for time in (5, 10, 15):
        golden(
            f"Brier score at {time}",
            ours=brier_score("exact", "ended", survival="survival", time=time, data=cases).score,
            published=values[f"brier at {time}"],
            tolerance=1e-12,
            source=SKSURV,
        )


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 4)), min_size=2, max_size=25
    )
)
def test_counting_equals_looking_at_every_pair(rows):
    agree = pairs = 0.0
    for (t, ended, risk), (u, other, less) in itertools.permutations(rows, 2):
        if ended and (t < u or (t == u and not other)):
            pairs += 1
            agree += 1.0 if risk > less else 0.5 if risk == less else 0.0
    ages, events, risks = zip(*rows, strict=True)
    if not pairs:
        with pytest.raises(NotEnoughDataError, match="no two cases"):
            concordance(list(ages), list(events), risk=list(risks))
    else:
        found = concordance(list(ages), list(events), risk=list(risks))
        assert found.concordance == pytest.approx(agree / pairs, abs=1e-12)


def test_the_interval_covers():
    truth = 0.75  # exponential lives with log-rates 0 and log 3: P(the faster one ends first)
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        fast = rng.random(150) < 0.5
        lives = rng.exponential(np.where(fast, 1 / 3, 1.0))
        found = concordance(lives, np.ones(150), risk=fast.astype(float))
        expected = 0.5 + (truth - 0.5) * 2 * fast.mean() * (1 - fast.mean()) * 150 / 149
        covered += found.low <= expected <= found.high
    assert covered / 100 > 0.88  # 95 % less 3 standard errors of 100 draws


def test_a_score_without_open_cases_is_the_plain_one():
    found = brier_score([2, 4, 6, 8], [1, 1, 1, 1], survival=[0.1, 0.4, 0.8, 0.9], time=5)
    assert found.score == pytest.approx((0.01 + 0.16 + 0.04 + 0.01) / 4)
    assert found.baseline == 0.25
    assert brier_score([2], [0], survival=[0.5], time=1).score == 0.25


def test_every_engine(engine, quality):
    cases, values = quality
    found = concordance("age", "ended", risk="risk", data=engine.make(cases))
    assert found.concordance == pytest.approx(values["harrell"])


def test_bad_input_is_refused():
    with pytest.raises(DataContractError, match="not between 0 and 1"):
        brier_score([2, 3], [1, 0], survival=[0.5, 2.0], time=1)
    with pytest.raises(NotEnoughDataError, match="nobody was watched until 9"):
        brier_score([2, 3], [1, 0], survival=[0.5, 0.2], time=9)
    with pytest.raises(DataContractError, match="must hold numbers"):
        concordance([2, 3], [1, 0], risk=["a", "b"])
    with pytest.raises(ValueError, match="method must be one of"):
        concordance([2, 3], [1, 0], risk=[1, 2], method="gonen")
    with pytest.raises(NotEnoughDataError, match="no two cases"):
        concordance([2, 3], [0, 0], risk=[1, 2])
