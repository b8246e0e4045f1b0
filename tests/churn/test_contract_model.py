"""ContractChurnModel: both methods, causes, revenue, published concordance, leaks, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.churn import ContractChurnModel
from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from tests.support.engines import columns


def running(contracts):
    return contracts[contracts["event"] == 0].head(30).reset_index(drop=True)


def test_a_constant_hazard_by_hand():
    # 100 contracts, a tenth ends in every month: the curve is .9, .81, .729 …
    rows = [(month, 1, round(100 * 0.9 ** (month - 1) * 0.1)) for month in range(1, 13)]
    table = pd.DataFrame(
        [(d, e) for d, e, times in [*rows, (12, 0, 28)] for _ in range(times)],
        columns=["duration", "event"],
    )
    model = ContractChurnModel([]).fit(table)
    found = model.predict(pd.DataFrame({"duration": [2], "fee": [10.0]}), within=3, horizon=3,
                          amount_col="fee").iloc[0]  # fmt: skip
    assert found["churn_probability"] == pytest.approx(1 - 0.9**3, abs=0.01)
    assert found["expected_remaining"] == pytest.approx(1 + 0.9 + 0.81, abs=0.02)
    assert found["revenue_at_stake"] == 30
    assert found["revenue_at_risk"] == pytest.approx(10 * (0.1 + 0.19 + 0.271), abs=0.3)


@pytest.mark.parametrize("method", ["hazard", "cox"])
def test_planted_plans_are_told_apart(contracts, method):
    model = ContractChurnModel(["plan"], method=method).fit(contracts)
    found = model.predict(running(contracts), within=1, horizon=6, amount_col="fee")
    monthly = found.groupby("plan")["churn_probability"].mean()
    # Planted .10 and .05; with some 150 ends each a tenth is known to about .008.
    assert monthly["basic"] == pytest.approx(0.10, abs=0.03)
    assert monthly["plus"] == pytest.approx(0.05, abs=0.03)
    assert (found["expected_remaining"].dropna() <= 6).all()
    assert (found["revenue_at_risk"].dropna() <= found["revenue_at_stake"].max()).all()


def test_causes_compete_and_add_up(contracts):
    rng = np.random.default_rng(1)
    reason = np.where(contracts["event"] == 1, rng.choice(["left", "moved"], len(contracts)), None)
    model = ContractChurnModel(["plan"], cause_col="why").fit(contracts.assign(why=reason))
    found = model.predict(running(contracts), within=3)
    total = found["churn_probability_left"] + found["churn_probability_moved"]
    assert total.dropna().tolist() == pytest.approx(found["churn_probability"].dropna().tolist())


def test_every_engine_finds_the_same(engine, contracts):
    model = ContractChurnModel(["plan"], method="cox").fit(contracts)
    few = running(contracts)
    found = engine.columns(model.predict(engine.make(few), within=2))
    expected = columns(model.predict(few, within=2))
    assert list(found) == list(expected)
    order = np.argsort(found["contract"])
    for name in ("churn_probability", "expected_remaining"):
        ours = [found[name][i] for i in order]
        assert [v is None for v in ours] == [v is None for v in expected[name]]
        assert [v for v in ours if v is not None] == pytest.approx(
            [v for v in expected[name] if v is not None]
        )


@pytest.mark.data
def test_telco(telco, golden):
    """The ranking of the Cox model, without and with the column that leaks."""
    from crmlytics.survival import concordance

    features = [
        name for name in telco
        if name not in ("customerID", "duration", "event", "Churn", "TotalCharges")
    ]  # fmt: skip
    test = np.arange(len(telco)) % 5 == 0
    concordances = []
    for named, options in ((features, {}), ([*features, "TotalCharges"],
                                             {"known_at_start": ["TotalCharges"]})):  # fmt: skip
        known = telco[telco["TotalCharges"].notna()]
        held = test[telco["TotalCharges"].notna()]
        model = ContractChurnModel(named, method="cox", **options).fit(known[~held])
        left = 1 - model.model_.survival(known[held], times=[12])[:, 0]
        found = concordance("duration", "event", risk="left", data=known[held].assign(left=left))
        concordances.append(found.concordance)
    source = "reference page churn_and_leads 14, lifelines 0.30.3, 5 folds (one part in five here)"
    golden("Telco: concordance of the Cox model", ours=concordances[0], published=0.8643,
           source=source, tolerance=0.012)  # fmt: skip
    golden("Telco: with TotalCharges, which leaks the duration", ours=concordances[1],
           published=0.924, source=source, tolerance=0.012)  # fmt: skip
    for method in ("hazard", "cox"):
        with pytest.raises(DataContractError, match="'TotalCharges' moves with the duration"):
            ContractChurnModel([*features, "TotalCharges"], method=method).fit(known)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": "forest"}, ValueError, "method must be one of"),
        ({"method": "cox", "cause_col": "plan"}, ValueError, "method='hazard' only"),
        ({"features": ["region"]}, ColumnNotFoundError, "region"),
        ({"event_col": "fee"}, DataContractError, "neither 0 nor 1"),
    ],
)
def test_refusals(contracts, options, error, words):
    with pytest.raises(error, match=words):
        ContractChurnModel(**({"features": ["plan"]} | options)).fit(contracts)


def test_no_end_no_model_and_no_clash(contracts):
    with pytest.raises(NotEnoughDataError, match="shows no end"):
        ContractChurnModel(["plan"]).fit(contracts.assign(event=0))
    model = ContractChurnModel(["plan"], method="cox").fit(contracts)
    with pytest.raises(DataContractError, match="result column"):
        model.predict(contracts.assign(age=1), within=1)
    with pytest.raises(ColumnNotFoundError, match="months"):
        model.predict(contracts, within=1, age_col="months")
