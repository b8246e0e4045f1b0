"""logrank: R's, lifelines' and statsmodels' statistics, late entry, strata, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.survival import logrank
from tests.survival import oracles
from tests.survival.conftest import LIFELINES, brief

PAGE = "reference page churn_and_leads 14"


def test_by_hand():
    test = logrank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], by=list("aababb"))
    # a: 3 events; expected 3/6 + 2/5 + 1/4 + 1/3; variance 1/4 + 6/25 + 3/16 + 2/9.
    expected = 3 / 6 + 2 / 5 + 1 / 4 + 1 / 3
    variance = 1 / 4 + 6 / 25 + 3 / 16 + 2 / 9
    assert test.statistic == pytest.approx((3 - expected) ** 2 / variance, abs=1e-12)
    assert test.groups["expected"].tolist() == pytest.approx([expected, 5 - expected])
    assert test.groups["observed"].tolist() == [3, 2]
    assert test.degrees_of_freedom == 1


def test_freireich(freireich, golden):
    test = logrank("weeks", "relapse", by="group", data=freireich)
    golden(
        "Freireich's leukaemia patients: log-rank statistic",
        ours=test.statistic, published=16.7929, source=PAGE, tolerance=5e-5,
    )  # fmt: skip


def test_aml_as_r_prints_it(aml, golden):
    test = logrank("weeks", "relapse", by="group", data=aml)
    golden(
        "aml: observed and expected events, log-rank statistic and p",
        ours=[
            *test.groups["observed"].tolist(),
            *test.groups["expected"].round(2).tolist(),
            round(test.statistic, 1),
            round(test.p_value, 4),
        ],
        published=[7, 11, 10.69, 7.31, 3.4, 0.0653],
        source="R survival, survdiff(Surv(time, status) ~ x, data = aml), printed",
    )


def test_lifelines_with_three_groups(golden_cases, golden_numbers, golden):
    cases = golden_cases[golden_cases["set"] == "tied"]
    test = logrank("duration", "event", by="group", data=cases)
    values = golden_numbers.set_index("what")["value"].astype(float)
    golden(
        "Log-rank of three groups with ties: statistic and p",
        ours=[test.statistic, test.p_value],
        published=[values["log-rank"], values["log-rank p"]],
        source=LIFELINES,
        tolerance=1e-10,
    )
    assert test.degrees_of_freedom == 2


@pytest.mark.parametrize("strata", [None, "stratum"])
def test_statsmodels(golden_cases, strata):
    from statsmodels.duration.survfunc import survdiff

    cases = golden_cases[golden_cases["set"] == "tied"].assign(
        stratum=lambda frame: np.arange(len(frame)) % 4
    )
    ours = logrank("duration", "event", by="group", strata=strata, data=cases)
    statistic, p = survdiff(
        cases["duration"], cases["event"], cases["group"], strata=strata and cases[strata]
    )
    assert ours.statistic == pytest.approx(statistic, abs=1e-10)
    assert ours.p_value == pytest.approx(p, abs=1e-10)


def test_late_entry_is_the_score_test_of_coxs_model():
    """Without ties the two are one; statsmodels' PHReg knows late entry."""
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(5)
    ages = rng.exponential(10.0, 80)
    entry = ages * rng.uniform(0, 0.8, 80) * (rng.random(80) < 0.6)
    events, group = rng.random(80) < 0.7, rng.integers(0, 3, 80)
    dummies = np.column_stack([group == 1, group == 2]).astype(float)
    model = PHReg(ages, dummies, status=events.astype(int), entry=entry)
    score, information = model.score(np.zeros(2)), -model.hessian(np.zeros(2))
    test = logrank(ages, events, by=group, entry=entry)
    assert test.statistic == pytest.approx(score @ np.linalg.solve(information, score), rel=1e-9)


case = st.tuples(
    st.integers(0, 7), st.booleans(), st.floats(0, 0.99), st.sampled_from("abc"), st.booleans()
)


@given(rows=st.lists(case, min_size=2, max_size=25))
@brief
def test_counts_are_the_slow_ones(rows):
    d, e, share, g, s = (list(values) for values in zip(*rows, strict=True))
    entry = [int(age * part) for age, part in zip(d, share, strict=True)]
    observed, expected, covariance = oracles.log_rank(d, e, g, entry, s)
    names = sorted(observed)
    v = np.array([[covariance[a, b] for b in names] for a in names])
    try:
        test = logrank(d, e, by=g, entry=entry, strata=s)
    except NotEnoughDataError:
        assert len(names) == 1 or np.abs(v).max() < 1e-12
        return
    assert test.groups["observed"].tolist() == [observed[name] for name in names]
    np.testing.assert_allclose(test.groups["expected"], [expected[n] for n in names], atol=1e-12)
    z = np.array([observed[name] - expected[name] for name in names])
    assert test.statistic == pytest.approx(z @ np.linalg.pinv(v, rcond=1e-9) @ z, abs=1e-8)
    assert test.degrees_of_freedom == np.linalg.matrix_rank(v, tol=1e-9)


def test_names_of_the_groups_do_not_matter(golden_cases):
    cases = golden_cases[golden_cases["set"] == "late"]
    renamed = cases.assign(group=cases["group"].map({"a": "z", "b": "y", "c": "x"}))
    options = {"by": "group", "entry": "entry"}
    one = logrank("duration", "event", data=cases, **options)
    two = logrank("duration", "event", data=renamed, **options)
    assert one.statistic == pytest.approx(two.statistic, rel=1e-12)


def test_a_group_without_events_counts_and_one_never_at_risk_does_not():
    d, e = [1, 2, 3, 9, 9, 9], [1, 1, 1, 0, 0, 0]
    assert logrank(d, e, by=list("aaabbb")).groups["observed"].tolist() == [3, 0]
    test = logrank([*d, 20], [*e, 0], by=list("aaabbbc"), entry=[0] * 6 + [15])
    assert test.degrees_of_freedom == 1
    assert test.groups["expected"].iloc[2] == 0
    assert test.statistic == pytest.approx(logrank(d, e, by=list("aaabbb")).statistic, rel=1e-12)


def test_weights_are_repetition():
    once = logrank([1, 2, 3, 4], [1, 1, 0, 1], by=list("abab"), weights=[2, 1, 3, 2])
    again = logrank([1, 1, 2, 3, 3, 3, 4, 4], [1, 1, 1, 0, 0, 0, 1, 1], by=list("aabaaabb"))
    assert once.statistic == again.statistic
    pd.testing.assert_frame_equal(once.groups, again.groups)


def test_every_engine(engine, aml):
    found = logrank("weeks", "relapse", by="group", data=engine.make(aml))
    expected = logrank("weeks", "relapse", by="group", data=aml)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert engine.columns(found.groups) == {
        name: pytest.approx(values) if name == "expected" else values
        for name, values in expected.groups.to_dict("list").items()
    }


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="one group; a comparison needs at least 2"):
        logrank([1, 2], [1, 1], by=["a", "a"])
    with pytest.raises(NotEnoughDataError, match="of 0 events none"):
        logrank([1, 2], [0, 0], by=["a", "b"])
    with pytest.raises(NotEnoughDataError, match="of 2 events none"):
        logrank([2, 9], [1, 1], by=["a", "b"], entry=[0, 5])
    with pytest.raises(DataContractError, match="1 of 2 values of 'group' are missing"):
        logrank([1, 2], [1, 1], by=["a", None])


@pytest.mark.data
def test_telco(telco, golden):
    for by, statistic in (("Contract", 2352.8725), ("Partner", 423.5431), ("gender", 0.5257)):
        test = logrank("tenure", "churned", by=by, data=telco)
        golden(
            f"Telco: log-rank by {by}",
            ours=test.statistic, published=statistic, source=PAGE, tolerance=5.1e-5,
        )  # fmt: skip
    golden("Telco: p by gender", ours=round(test.p_value, 3), published=0.468, source=PAGE)
