"""DiscreteTimeHazard: the life table, planted effects, causes, Telco, leaks and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.survival import (
    DiscreteTimeHazard,
    concordance,
    cumulative_incidence,
    kaplan_meier,
    survival_at,
)
from tests.survival.conftest import brief

PAGE = "reference page churn_and_leads 14, lifelines 0.30.3"


def contracts(n=1500, seed=0):
    """Log-odds of leaving in a month: -2, one more on the monthly plan, one less in the north."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "plan": rng.choice(["monthly", "yearly"], n),
            "region": rng.choice(["north", "south", None], n),
            "price": rng.normal(50, 10, n),
        }
    )
    logit = -2.0 + (frame["plan"] == "monthly") - (frame["region"] == "north")
    leaves = rng.geometric(1 / (1 + np.exp(-logit)))
    watched = rng.integers(1, 13, n)
    return frame.assign(
        months=np.minimum(leaves, watched), left=(leaves <= watched).astype(int), logit=logit
    )


NAMES = {"duration_col": "months", "event_col": "left"}
FEATURES = ["plan", "region", "price"]


def test_without_features_it_is_the_life_table():
    rows = contracts(300)
    model = DiscreteTimeHazard([], **NAMES).fit(rows)
    curve = kaplan_meier("months", "left", data=rows)
    expected = survival_at(curve, list(range(1, 13)))["survival"]
    found = model.survival(rows.head(1), times=range(1, 13))[0]
    assert found.tolist() == pytest.approx(expected.tolist(), abs=1e-12)
    assert model.n_rows_ <= 24
    assert np.isnan(model.survival(rows.head(1), times=[13])[0, 0])


@brief
@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["won", "lost", None]), st.integers(0, 5)),
        min_size=3,
        max_size=30,
    ).filter(lambda rows: any(cause for _, cause, _ in rows))
)
def test_causes_and_late_entry_without_features(rows):
    frame = pd.DataFrame(rows, columns=["age", "cause", "entry"])
    frame["entry"] = np.minimum(frame["entry"], frame["age"] - 1)
    frame.loc[0, "entry"] = 0
    last = int(frame["age"].max())
    frame.loc[len(frame)] = [last, None, 0]  # somebody is at risk all the time
    model = DiscreteTimeHazard([], duration_col="age", cause_col="cause", entry_col="entry")
    model.fit(frame)
    shares = model.cumulative_incidence(frame.head(1), times=[last])
    table = cumulative_incidence("age", "cause", entry="entry", data=frame)
    for cause, share in shares.items():
        own = table[(table["cause"] == cause) & (table["time"] <= last)]
        assert share[0, 0] == pytest.approx(own["cumulative_incidence"].iloc[-1], abs=1e-9)
    total = sum(share[0, 0] for share in shares.values())
    assert total + model.survival(frame.head(1), times=[last])[0, 0] == pytest.approx(1.0)


def test_planted_effects_come_back():
    rows = contracts(6000)
    model = DiscreteTimeHazard(FEATURES, **NAMES).fit(rows)
    new = contracts(400, seed=1)
    truth = (1 - 1 / (1 + np.exp(-new["logit"].to_numpy()))) ** 6
    found = model.survival(new, times=[6])[:, 0]
    assert np.abs(found - truth).mean() < 0.03  # 6000 lives tell a share to about 2 points
    later = model.survival(new, times=[3], age=3)[:, 0]
    assert later == pytest.approx(found / model.survival(new, times=[3])[:, 0])
    remaining = model.expected_remaining(new, horizon=3, age=2)
    by_hand = model.survival(new, times=[0, 1, 2], age=2).sum(axis=1)
    assert remaining == pytest.approx(by_hand)
    hazard = model.hazard(new, times=[1, 2])
    assert (1 - hazard).prod(axis=1) == pytest.approx(model.survival(new, times=[2])[:, 0])


@pytest.mark.data
def test_telco(golden, telco):
    base = DiscreteTimeHazard([], duration_col="tenure", event_col="churned").fit(telco)
    golden(
        "Telco: survival after 1, 6, 12, 24, 36, 48, 60, 72 months from hazards",
        ours=base.survival(telco.head(1), times=[1, 6, 12, 24, 36, 48, 60, 72])[0].tolist(),
        published=[0.9460, 0.8848, 0.8432, 0.7887, 0.7485, 0.7088, 0.6644, 0.5928],
        tolerance=0.00005,  # printed to 4 decimals
        source=PAGE,
    )
    golden(
        "Telco: mean months until 24, and S(36)/S(24), from hazards",
        ours=[
            float(base.expected_remaining(telco.head(1), horizon=24)[0]),
            float(base.survival(telco.head(1), times=[12], age=24)[0, 0]),
        ],
        published=[20.567394, 0.949044],
        tolerance=5e-7,
        source=PAGE,
    )
    left_out = {"customerID", "tenure", "TotalCharges", "Churn", "churned"}
    features = [name for name in telco if name not in left_out]
    mixed = telco.sample(frac=1.0, random_state=0)
    train, test = mixed.iloc[:3000], mixed.iloc[3000:]
    model = DiscreteTimeHazard(features, duration_col="tenure", event_col="churned").fit(train)
    risk = -model.survival(test, times=[12])[:, 0]
    found = concordance(test["tenure"], test["churned"], risk=risk)
    # The page's boosted hazards reach .8648 ± .0050 on all rows in five folds.
    assert found.concordance > 0.85


@pytest.mark.data
def test_what_accumulates_with_the_duration_is_refused(telco):
    paid = pd.to_numeric(telco["TotalCharges"], errors="coerce")
    names = {"duration_col": "tenure", "event_col": "churned"}
    with pytest.raises(DataContractError, match=r"'TotalCharges' moves .* correlation 0\.89"):
        DiscreteTimeHazard(["TotalCharges"], **names).fit(telco.assign(TotalCharges=paid))


def test_whoever_vouches_may_use_it():
    rows = contracts(200).assign(age=lambda frame: frame["months"] * 2.0)
    with pytest.raises(DataContractError, match="known_at_start"):
        DiscreteTimeHazard(["age"], **NAMES).fit(rows)
    model = DiscreteTimeHazard(["age"], known_at_start=["age"], **NAMES).fit(rows)
    assert model.survival(rows, times=[1]).shape == (200, 1)


def test_any_classifier():
    rows = contracts(600)
    numeric = rows.assign(plan=(rows["plan"] == "monthly").astype(int))
    booster = HistGradientBoostingClassifier(max_iter=20)
    boosted = DiscreteTimeHazard(["plan", "price"], booster, **NAMES).fit(numeric)
    assert boosted.survival(numeric, times=[6])[numeric["plan"] == 1].mean() < 0.4
    # This one takes no weights: equal rows are repeated.
    linear = DiscreteTimeHazard(["plan"], LinearDiscriminantAnalysis(), **NAMES).fit(numeric)
    assert linear.hazard(numeric, times=[1]).mean() == pytest.approx(0.16, abs=0.05)


def test_every_engine(engine):
    rows = contracts(300).assign(
        since=pd.Timestamp("2024-01-01"), price=lambda f: f["price"].round()
    )
    rows.loc[:20, "price"] = np.nan
    features = [*FEATURES, "since"]
    expected = DiscreteTimeHazard(features, **NAMES).fit(rows).survival(rows, times=[3])
    frame = engine.make(rows)
    found = DiscreteTimeHazard(features, **NAMES).fit(frame).survival(rows, times=[3])
    assert found == pytest.approx(expected, abs=1e-9)


def test_bad_input_is_refused():
    rows = contracts(50)
    with pytest.raises(ColumnNotFoundError):
        DiscreteTimeHazard(["plans"], **NAMES).fit(rows)
    with pytest.raises(TypeError, match="a list of columns"):
        DiscreteTimeHazard("plan", **NAMES).fit(rows)
    with pytest.raises(DataContractError, match="cases ended at a duration of 0"):
        DiscreteTimeHazard([], **NAMES).fit(rows.assign(months=0, left=1))
    with pytest.raises(DataContractError, match="no whole numbers; count"):
        DiscreteTimeHazard([], **NAMES).fit(rows.assign(months=1.5))
    with pytest.raises(DataContractError, match="neither 0 nor 1"):
        DiscreteTimeHazard([], **NAMES).fit(rows.assign(left=2))
    with pytest.raises(NotEnoughDataError, match="shows no end"):
        DiscreteTimeHazard([], **NAMES).fit(rows.assign(left=0))
    with pytest.raises(NotEnoughDataError, match="no case was at risk"):
        DiscreteTimeHazard([], **NAMES).fit(rows.assign(left=0, months=0))
    with pytest.raises(NotEnoughDataError, match="there is no case"):
        DiscreteTimeHazard([], **NAMES).fit(rows.iloc[:0])
    with pytest.raises(DataContractError, match="never under observation"):
        DiscreteTimeHazard([], entry_col="seen", **NAMES).fit(rows.assign(seen=rows["months"]))
    model = DiscreteTimeHazard(["plan"], **NAMES).fit(rows)
    with pytest.raises(ValueError, match="at least one period"):
        model.survival(rows, times=[])
    with pytest.raises(ValueError, match="times must be a whole number"):
        model.hazard(rows, times=[0])
