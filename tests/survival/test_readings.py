"""survival_at and survival_quantile: published medians, what was not reached, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.survival import kaplan_meier, survival_at, survival_quantile
from tests.survival.conftest import LIFELINES, brief


def test_aml_medians_as_r_prints_them(aml, golden):
    curve = kaplan_meier("weeks", "relapse", by="group", interval="log", data=aml)
    medians = survival_quantile(curve, 0.5)
    golden(
        "aml: medians and the ends of their intervals that are reached (log interval)",
        ours=[*medians["time"], *medians["low"]],
        published=[31, 23, 18, 8],
        source="R survival, survfit(Surv(time, status) ~ x, data = aml), printed",
    )
    assert medians["high"].isna().all()  # R prints NA


@pytest.mark.parametrize("name", ["tied", "late"])
def test_medians_and_intervals_of_lifelines(golden_cases, golden_numbers, golden, name):
    cases = golden_cases[golden_cases["set"] == name]
    curve = kaplan_meier("duration", "event", entry="entry", by="group", data=cases)
    ours = survival_quantile(curve, 0.5).set_index("group")
    theirs = golden_numbers[golden_numbers["set"] == name].set_index(["group", "what"])["value"]
    for group in "abc":
        golden(
            f"Median and its interval, cases {name!r}, group {group!r}",
            ours=ours.loc[group, ["time", "low", "high"]].tolist(),
            published=[
                float(theirs[group, what]) for what in ("median", "median low", "median high")
            ],
            source=LIFELINES,
        )


def test_freireichs_medians(freireich, golden):
    curve = kaplan_meier("weeks", "relapse", by="group", data=freireich)
    golden(
        "Freireich's patients: median weeks of remission, 6-MP and placebo",
        ours=survival_quantile(curve, 0.5)["time"].tolist(), published=[23, 8],
        source="Freireich et al. (1963), Blood 21, 699-716; R and SAS print the same",
    )  # fmt: skip


def test_survival_between_before_and_after():
    curve = kaplan_meier([5, 9, 9, 12], [1, 1, 0, 0], entry=[2, 2, 4, 6])
    read = survival_at(curve, [1, 2, 3, 5, 5.5, 9, 11, 12, 13])
    assert read["at_risk"].tolist() == [0, 0, 2, 3, 2, 3, 1, 1, 0]
    two = 2 / 3
    expected = [None, 1, 1, two, two, two * two, two * two, two * two, None]
    assert [None if s != s else s for s in read["survival"]] == pytest.approx(expected)


def test_a_curve_at_zero_stays_there():
    read = survival_at(kaplan_meier([1, 2], [1, 1]), [2, 50])
    assert read["survival"].tolist() == [0, 0]
    assert read["at_risk"].tolist() == [1, 0]


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from("ab")), min_size=1, max_size=20
    ),
    times=st.lists(st.floats(0, 10), min_size=1, max_size=5),
)
@brief
def test_reading_is_the_last_row_before(rows, times):
    curve = kaplan_meier(*zip(*[row[:2] for row in rows], strict=True), by=[r[2] for r in rows])
    read = survival_at(curve, times)
    position = 0
    for _, own in curve.groupby("group"):
        for time in times:
            before = own[own["time"] <= time]
            expected = before["survival"].iloc[-1]
            if time > own["time"].max() and expected > 0:
                expected = np.nan
            np.testing.assert_equal(read["survival"].iloc[position], expected)
            ages = [row[0] for row in rows if row[2] == own["group"].iloc[0]]
            assert read["at_risk"].iloc[position] == sum(age >= time for age in ages)
            position += 1


def test_groups_and_shares_come_in_order():
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1], by=["y", "y", "x", "x"])
    read = survival_quantile(curve.sample(frac=1, random_state=1), [0.75, 0.25])
    assert read["group"].tolist() == ["x", "x", "y", "y"]
    assert read["time"].tolist() == [4, 3, 2, 1]
    # 1/2 by another way of rounding is still a half.
    half = kaplan_meier([1, 1, 1, 2, 3, 4], [1, 1, 0, 1, 1, 1])
    assert survival_quantile(half, 1 - 4 / 9)["time"].item() == 2


def test_what_is_not_reached_is_null():
    curve = kaplan_meier([1, 2, 3], [0, 1, 0])
    quantile = survival_quantile(curve, 0.9)
    assert quantile[["time", "high"]].isna().to_numpy().all()
    assert quantile["low"].item() == 2


def test_every_engine(engine, aml):
    curve = kaplan_meier("weeks", "relapse", by="group", data=engine.make(aml))
    local = kaplan_meier("weeks", "relapse", by="group", data=aml)
    for read, where in ((survival_at, [10, 40, 200]), (survival_quantile, [0.25, 0.5])):
        expected = read(local, where)
        found = engine.columns(read(curve, where))
        assert list(found) == list(expected.columns)
        for name, values in found.items():
            wanted = [None if value != value else value for value in expected[name]]
            assert values == (wanted if name == "group" else pytest.approx(wanted))


def test_refusals():
    curve = kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ColumnNotFoundError, match="at_risk"):
        survival_at(curve.drop(columns="at_risk"), 1)
    with pytest.raises(DataContractError, match="3 of 6 rows repeat a time of their group"):
        survival_at(pd.concat([curve, curve]), 1)
    with pytest.raises(NotEnoughDataError, match="no rows"):
        survival_quantile(curve.iloc[:0], 0.5)
    with pytest.raises(ValueError, match="at least 0"):
        survival_at(curve, [1, -1])
    with pytest.raises(ValueError, match=r"did you mean 0\.5"):
        survival_quantile(curve, 50)
    with pytest.raises(DataContractError, match="groups in 'hazard' must be text"):
        survival_at(curve.assign(hazard=0.5), 1)
