"""CoxModel: by hand, lifelines on Rossi, planted ratios, leaks, refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    ConvergenceWarning,
    DataContractError,
    NotEnoughDataError,
)
from crmlytics.survival import CoxModel, kaplan_meier
from tests.survival.conftest import GOLDEN

SOURCE = "lifelines 0.30.3, tests/survival/golden/make_cox.py"
TERMS = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def rossi():
    frame = pd.read_csv(GOLDEN / "rossi.csv")
    return frame.assign(entry=np.where(frame["week"] > 4, frame["age"] % 4, 0))


def simulated(n=400, seed=1, ratio=2.0):
    rng = np.random.default_rng(seed)
    plan = rng.choice(["basic", "plus"], n, p=[0.6, 0.4])
    usage = rng.normal(size=n)
    rate = 0.1 * np.where(plan == "plus", ratio, 1.0) * np.exp(0.5 * usage)
    ends, seen = rng.exponential(1 / rate), rng.uniform(2, 30, n)
    return pd.DataFrame(
        {"plan": plan, "usage": usage, "duration": np.minimum(ends, seen), "event": ends <= seen}
    )


def test_two_cases_by_hand():
    # x = 1 ends first of the two at risk, then x = 0, then nobody: the likelihood
    # e^b / (2 e^b + 2) · 1/3 · 1 / 2 … with two of each kind at 1, 2, 3, 4 ends 1, 0, 1, 0.
    table = pd.DataFrame({"x": [1, 0, 1, 0], "duration": [1, 2, 3, 4], "event": 1})
    found = CoxModel(["x"]).fit(table)
    b = float(found.coefficients_["coefficient"].iloc[0])
    # Score: (1 - 2e/(2e+2)) + (0 - e/(e+2)) + (1 - e/(e+1)) = 0 with e = exp(b): e² - e - 4 = 0.
    assert np.exp(b) == pytest.approx((1 + np.sqrt(17)) / 2, rel=1e-6)
    e = np.exp(b)
    baseline = 1 / (2 * e + 2) + 1 / (e + 2)
    assert found.survival(table.head(1), times=[2])[0, 0] == pytest.approx(np.exp(-e * baseline))
    assert found.converged_


@pytest.mark.parametrize(("name", "entry"), [("rossi", None), ("rossi entered late", "entry")])
def test_rossi(golden, name, entry):
    published = pd.read_csv(GOLDEN / "cox.csv").set_index(["set", "what"])["value"][name]
    model = CoxModel(TERMS, duration_col="week", event_col="arrest", entry_col=entry).fit(rossi())
    table = model.coefficients_.set_index("term")
    for what, column in (("coefficient", "coefficient"), ("standard error", "standard_error")):
        golden(
            f"Cox, {name}: {what}s of {', '.join(TERMS)}", ours=table.loc[TERMS, column].tolist(),
            published=[float(published[f"{what} {term}"]) for term in TERMS], source=SOURCE,
            tolerance=1e-6,
        )  # fmt: skip
    golden(f"Cox, {name}: log-likelihood", ours=model.log_likelihood_,
           published=float(published["log likelihood"]), source=SOURCE, tolerance=1e-6)  # fmt: skip
    if entry is None:
        curves = model.survival(rossi().head(3), times=[20, 52])
        for case in range(3):
            golden(
                f"Cox, {name}: survival of case {case} at 20 and 52 weeks",
                ours=curves[case].tolist(),
                published=[float(published[f"survival of case {case} at {t}"]) for t in (20, 52)],
                source=SOURCE, tolerance=1e-6,
            )  # fmt: skip


def test_planted_ratios_are_found():
    model = CoxModel(["plan", "usage"]).fit(simulated(1_500))
    table = model.coefficients_.set_index("term")
    assert table.index.tolist() == ["plan = plus", "usage"]
    assert table.loc["plan = plus", "low"] < 2.0 < table.loc["plan = plus", "high"]
    assert table.loc["usage", "coefficient"] == pytest.approx(0.5, abs=0.15)  # 4 standard errors


def test_without_features_it_is_nelson_and_aalen():
    table = simulated(60)
    curve = kaplan_meier("duration", "event", data=table)
    model = CoxModel([]).fit(table)
    hazard = np.cumsum(curve["events"] / curve["at_risk"])
    found = model.survival(table.head(1), times=curve["time"].tolist())[0]
    assert found == pytest.approx(np.exp(-hazard))


def test_survival_given_the_age_is_a_quotient():
    table = simulated(200)
    model = CoxModel(["plan", "usage"]).fit(table)
    few = table.head(5).assign(age=[0.0, 1.0, 2.0, 3.0, 4.0])
    found = model.survival(few, times=[0, 2], age="age")
    whole = [
        model.survival(few.iloc[[i]], times=[age, age + 2])[0] for i, age in enumerate(few["age"])
    ]
    assert found[:, 0].tolist() == [1.0] * 5
    assert found[:, 1] == pytest.approx([later / first for first, later in whole])
    assert np.isnan(model.survival(few, times=[10_000])).all()


def test_every_engine_fits_the_same(engine):
    table = simulated(120)
    expected = CoxModel(["plan", "usage"]).fit(table)
    found = CoxModel(["plan", "usage"]).fit(engine.make(table))
    pd.testing.assert_frame_equal(found.coefficients_, expected.coefficients_)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_change_coefficients_and_no_prediction(seed, scale, shift):
    table = simulated(120, seed=seed)
    moved = table.assign(usage=table["usage"] * scale + shift)
    a, b = (CoxModel(["plan", "usage"]).fit(each) for each in (table, moved))
    ratio = a.coefficients_["coefficient"] / b.coefficients_["coefficient"]
    assert ratio.tolist() == pytest.approx([1.0, scale], rel=1e-5)
    curves = [
        model.survival(each.head(4), times=[1, 3]) for model, each in ((a, table), (b, moved))
    ]
    assert curves[0] == pytest.approx(curves[1])


def test_what_is_said_twice_is_dropped_and_told():
    table = simulated(200).assign(same=1, twin=lambda t: np.where(t["plan"] == "plus", "b", "a"))
    model = CoxModel(["plan", "same", "twin", "usage"]).fit(table)
    assert model.coefficients_["term"].tolist() == ["plan = plus", "usage"]
    assert model.dropped_ == ["same", "twin = b"]


def test_a_level_that_never_ends_is_told():
    table = simulated(200).assign(vip=lambda t: np.where(t["event"], "no", "yes"))
    with pytest.warns(ConvergenceWarning, match="ran off"):
        model = CoxModel(["vip"]).fit(table)
    assert not model.converged_


@pytest.mark.data
def test_telco_without_features(data_dir, golden):
    (path,) = (data_dir / "telco_churn").glob("*.csv")
    table = pd.read_csv(path, usecols=["tenure", "Churn"])
    table["left"] = table["Churn"] == "Yes"
    model = CoxModel([], duration_col="tenure", event_col="left").fit(table)
    hazard = -np.log(model.survival(table.head(1), times=[12, 24, 72])[0])
    golden("Telco: Nelson-Aalen H(12), H(24), H(72)", ours=hazard.tolist(),
           published=[0.168354, 0.234929, 0.519423], tolerance=5e-7,
           source="reference page churn_and_leads 14, lifelines 0.30.3")  # fmt: skip


@pytest.mark.data
def test_telco_refuses_what_accumulates(data_dir):
    (path,) = (data_dir / "telco_churn").glob("*.csv")
    table = pd.read_csv(path)
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    table["left"] = table["Churn"] == "Yes"
    names = {"duration_col": "tenure", "event_col": "left"}
    with pytest.raises(DataContractError, match="'TotalCharges' moves with the duration"):
        CoxModel(["Contract", "TotalCharges"], **names).fit(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = CoxModel(["Contract", "Partner"], **names).fit(table)
    assert model.coefficients_["hazard_ratio"].iloc[0] < 0.3  # a year's contract holds


@pytest.mark.parametrize(
    ("changed", "options", "error", "words"),
    [
        ({"event": 0}, {}, NotEnoughDataError, "shows no end"),
        ({"event": 2}, {}, DataContractError, "neither 0 nor 1"),
        ({"duration": -1.0}, {}, DataContractError, "missing, infinite or negative"),
        ({"usage": np.nan}, {}, DataContractError, "takes missing values"),
        ({"duration": "long"}, {}, DataContractError, "must hold numbers"),
        ({}, {"features": ["region"]}, ColumnNotFoundError, "region"),
        ({}, {"features": "usage"}, TypeError, "list of columns"),
        ({}, {"ties": "exact"}, ValueError, "ties must be one of"),
        ({"late": 1e6}, {"entry_col": "late"}, DataContractError, "at or after their duration"),
    ],
)
def test_refusals(changed, options, error, words):
    with pytest.raises(error, match=words):
        CoxModel(**({"features": ["usage"]} | options)).fit(simulated(50).assign(**changed))


def test_no_case_and_no_age_are_refused():
    model = CoxModel(["usage"]).fit(simulated(50))
    with pytest.raises(NotEnoughDataError, match="no case"):
        model.survival(simulated(50).iloc[:0], times=[1])
    with pytest.raises(DataContractError, match="ages are missing or negative"):
        model.survival(simulated(50), times=[1], age=-1)
