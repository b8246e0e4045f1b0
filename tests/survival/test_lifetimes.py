"""restricted_mean and remaining_lifetime: hand cases, lifelines, the whole life in its parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataQualityWarning
from crmlytics.survival import (
    kaplan_meier,
    remaining_lifetime,
    restricted_mean,
    survival_at,
    survival_quantile,
)
from tests.survival.conftest import LIFELINES, brief


def test_the_area_by_hand():
    mean = restricted_mean(kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0]), horizon=12)
    # 3 · 1 + 2 · .8 + 3 · .6 + 4 · .3, and Σ (area beyond)² d / (n (n - d)).
    assert mean["restricted_mean"].item() == pytest.approx(7.6, abs=1e-12)
    variance = 4.6**2 / (5 * 4) + 3**2 / (4 * 3) + 1.2**2 / (2 * 1)
    assert mean["standard_error"].item() ** 2 == pytest.approx(variance, abs=1e-12)


@pytest.mark.parametrize("name", ["tied", "late"])
def test_lifelines(golden_cases, golden_numbers, golden, name):
    cases = golden_cases[golden_cases["set"] == name]
    curve = kaplan_meier("duration", "event", entry="entry", by="group", data=cases)
    theirs = golden_numbers[golden_numbers["set"] == name]
    mean = restricted_mean(curve, horizon=30).set_index("group")["restricted_mean"]
    for _, row in theirs.iterrows():
        if row["what"] == "restricted mean 30":
            ours = mean[row["group"]]
        elif row["what"].startswith("median remaining"):
            left = remaining_lifetime(curve, float(row["what"].split()[-1])).set_index("group")
            ours = left.loc[row["group"], "median_remaining"]
        else:
            continue
        golden(
            f"{row['what'].capitalize()}, cases {name!r}, group {row['group']!r}",
            ours=ours, published=float(row["value"]), source=LIFELINES, tolerance=1e-10,
        )  # fmt: skip


def test_without_censoring_mean_and_error_are_the_samples():
    ages = np.array([1.0, 2, 2, 5, 7, 11])
    mean = restricted_mean(kaplan_meier(ages, [1] * 6), horizon=20)
    assert mean["restricted_mean"].item() == pytest.approx(ages.mean())
    assert mean["standard_error"].item() == pytest.approx(ages.std() / np.sqrt(6))


def test_a_horizon_beyond_the_curve_is_unknown_and_told():
    curve = kaplan_meier([3, 5, 4, 2], [1, 0, 1, 1], by=list("aabb"))
    with pytest.warns(DataQualityWarning, match="1 of 2 curves end above 0 before the horizon"):
        mean = restricted_mean(curve, horizon=6)
    assert mean["restricted_mean"].isna().tolist() == [True, False]
    assert mean["restricted_mean"].iloc[1] == 3
    assert restricted_mean(curve, horizon=5)["restricted_mean"].notna().all()


case = st.tuples(st.integers(1, 9), st.booleans())


@given(rows=st.lists(case, min_size=1, max_size=20), age=st.integers(0, 8))
@brief
def test_the_rest_of_life_is_the_curve_of_those_who_reach_the_age(rows, age):
    reached = [row for row in rows if row[0] > age]
    left = remaining_lifetime(kaplan_meier(*zip(*rows, strict=True)), age)
    assert left["at_risk"].item() == len(reached)
    if not reached:
        assert left[["survival", "median_remaining", "mean_remaining"]].isna().to_numpy().all()
        return
    rest = kaplan_meier([row[0] - age for row in reached], [row[1] for row in reached])
    median = survival_quantile(rest, 0.5)
    ours = left[["median_remaining", "median_low", "median_high"]].to_numpy()
    np.testing.assert_array_equal(ours, median[["time", "low", "high"]].to_numpy())
    last = max(row[0] for row in reached) - age
    mean = restricted_mean(rest, horizon=last)
    within = remaining_lifetime(kaplan_meier(*zip(*rows, strict=True)), age, horizon=last)
    assert within["mean_remaining"].item() == pytest.approx(mean["restricted_mean"].item())
    assert within["mean_low"].item() == pytest.approx(mean["low"].item(), abs=1e-9)
    ends = rest["survival"].iloc[-1] == 0
    assert left["mean_remaining"].notna().item() == ends


@given(rows=st.lists(case, min_size=2, max_size=20), age=st.integers(1, 8))
@brief
def test_the_whole_life_is_the_life_so_far_and_the_rest(rows, age):
    curve = kaplan_meier(*zip(*rows, strict=True))
    last = int(curve["time"].max())
    left = remaining_lifetime(curve, age, horizon=max(last - age, 1))
    if age >= last or left["mean_remaining"].isna().item():
        return
    whole = restricted_mean(curve, horizon=last)["restricted_mean"].item()
    so_far = restricted_mean(curve, horizon=age)["restricted_mean"].item()
    share = survival_at(curve, age)["survival"].item()
    assert whole == pytest.approx(so_far + share * left["mean_remaining"].item())


def test_groups_and_ages_come_in_order_and_nobody_at_risk_is_null():
    curve = kaplan_meier([2, 4, 8, 3, 5], [1, 1, 1, 1, 1], by=list("xxxyy"))
    left = remaining_lifetime(curve, [4, 0])
    assert left["group"].tolist() == ["x", "x", "y", "y"]
    assert left["age"].tolist() == [4, 0, 4, 0]
    assert left["at_risk"].tolist() == [1, 3, 1, 2]
    assert left["mean_remaining"].tolist() == pytest.approx([4, 14 / 3, 1, 4])
    gone = remaining_lifetime(curve, 8)
    assert gone["at_risk"].tolist() == [0, 0]
    assert gone.drop(columns=["group", "age", "at_risk"]).isna().to_numpy().all()


def test_late_entry_counts_from_the_curves_first_row():
    curve = kaplan_meier([5, 9, 9], [1, 1, 0], entry=[2, 2, 4])
    mean = restricted_mean(curve, horizon=9)["restricted_mean"].item()
    assert mean == pytest.approx(5 + 4 * 2 / 3)
    assert remaining_lifetime(curve, 1)["at_risk"].item() == 0
    assert remaining_lifetime(curve, 2)["at_risk"].item() == 2


def test_every_engine(engine, aml):
    curve = kaplan_meier("weeks", "relapse", by="group", data=engine.make(aml))
    local = kaplan_meier("weeks", "relapse", by="group", data=aml)
    pairs = [
        (restricted_mean(curve, horizon=45), restricted_mean(local, horizon=45)),
        (remaining_lifetime(curve, [0, 20]), remaining_lifetime(local, [0, 20])),
    ]
    for result, expected in pairs:
        found = engine.columns(result)
        assert list(found) == list(expected.columns)
        for name, values in found.items():
            wanted = [None if value != value else value for value in expected[name]]
            assert values == (wanted if name == "group" else pytest.approx(wanted))


def test_refusals():
    curve = kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ValueError, match="horizon must be a finite number above 0"):
        restricted_mean(curve, horizon=0)
    with pytest.raises(ValueError, match="horizon must be a finite number above 0"):
        remaining_lifetime(curve, 1, horizon=-1)
    with pytest.raises(ValueError, match="age must be a finite number"):
        remaining_lifetime(curve, [np.nan])
    with pytest.raises(ValueError, match="level must be a fraction"):
        restricted_mean(curve, horizon=1, level=95)


@pytest.mark.data
def test_telco(telco, golden):
    page = "reference page churn_and_leads 14, recomputed there with lifelines 0.30.3"
    curve = kaplan_meier("tenure", "churned", data=telco)
    golden(
        "Telco: restricted mean of 24 and 72 months",
        ours=[restricted_mean(curve, horizon=h)["restricted_mean"].item() for h in (24, 72)],
        published=[20.567394, 54.492387], source=page, tolerance=5e-7,
    )  # fmt: skip
    by_contract = kaplan_meier("tenure", "churned", by="Contract", data=telco)
    medians = survival_quantile(by_contract, 0.5).set_index("Contract")["time"]
    golden(
        "Telco: median months, month-to-month contracts",
        ours=medians["Month-to-month"], published=35, source=page,
    )  # fmt: skip
    at = pd.Series(
        survival_at(by_contract, [12, 24])["survival"].to_numpy().round(4),
    )
    golden(
        "Telco: survival at 12 and 24 (month-to-month), at 12 (one year, two years)",
        ours=[at[0], at[1], at[2], at[4]], published=[0.7031, 0.5859, 0.9908, 1.0000], source=page,
    )  # fmt: skip
