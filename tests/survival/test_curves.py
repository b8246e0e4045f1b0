"""kaplan_meier: hand cases, published and lifelines' numbers, laws and refusals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataQualityWarning
from crmlytics.survival import kaplan_meier, survival_at, survival_quantile
from tests.survival import oracles
from tests.survival.conftest import GOLDEN, LIFELINES, brief

R_AML = "R survival, summary(survfit(Surv(time, status) ~ x, data = aml)), printed"
PAGE = "reference page churn_and_leads 14, recomputed there with lifelines 0.30.3"


def quiet(*args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return kaplan_meier(*args, **kwargs)


def test_five_contracts_by_hand():
    curve = kaplan_meier([3, 5, 5, 8, 12], [1, 1, 0, 1, 0])
    assert curve["time"].tolist() == [0, 3, 5, 8, 12]
    assert curve["at_risk"].tolist() == [5, 5, 4, 2, 1]
    assert curve["events"].tolist() == [0, 1, 1, 1, 0]
    assert curve["censored"].tolist() == [0, 0, 1, 0, 1]
    assert curve["entered"].tolist() == [5, 0, 0, 0, 0]
    # 4/5, times 3/4 (the event at 5 before the censoring at 5), times 1/2.
    assert curve["survival"].tolist() == pytest.approx([1, 0.8, 0.6, 0.3, 0.3], abs=1e-15)
    # Greenwood at 8: .3² (1/(5·4) + 1/(4·3) + 1/(2·1)) = .09 · 19/30.
    assert curve["standard_error"].iloc[3] ** 2 == pytest.approx(0.09 * 19 / 30, abs=1e-15)


def test_freireich(freireich, golden):
    curve = kaplan_meier("weeks", "relapse", by="group", data=freireich)
    treated = curve[(curve["group"] == "6-MP") & (curve["events"] > 0)]
    golden(
        "Freireich's 6-MP patients: survival at 6 7 10 13 16 22 23 weeks",
        ours=treated["survival"].tolist(),
        published=[0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482],
        source="reference page churn_and_leads 14; Freireich et al. (1963), Blood 21, 699-716",
        tolerance=5e-5,
    )
    assert treated["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]


@pytest.mark.parametrize(
    ("group", "survival", "error", "low", "high"),
    [
        (
            "Maintained",
            [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184],
            [0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535],
            [0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359],
            [1.0, 1.0, 1.0, 0.999, 0.946, 0.875, 0.944],
        ),
        (
            "Nonmaintained",
            [0.8333, 0.6667, 0.5833, 0.4861, 0.3889, 0.2917, 0.1944, 0.0972],
            [0.1076, 0.1361, 0.1423, 0.1481, 0.1470, 0.1387, 0.1219, 0.0919],
            [0.6470, 0.4468, 0.3616, 0.2675, 0.1854, 0.1148, 0.0569, 0.0153],
            [1.0, 0.995, 0.941, 0.883, 0.816, 0.741, 0.664, 0.620],
        ),
    ],
)
def test_aml_as_r_prints_it(aml, golden, group, survival, error, low, high):
    curve = kaplan_meier("weeks", "relapse", by="group", interval="log", data=aml)
    ours = curve[(curve["group"] == group) & (curve["events"] > 0) & (curve["survival"] > 0)]
    printed = {"survival": survival, "standard_error": error, "low": low, "high": high}
    for column, numbers in printed.items():
        golden(
            f"aml, {group}: {column} (log interval)",
            ours=ours[column].tolist(),
            published=numbers,
            source=R_AML,
            tolerance=5.1e-4,  # R prints three or four digits
        )


def test_where_the_survival_is_zero_its_error_is_null_as_in_r(aml):
    curve = kaplan_meier("weeks", "relapse", by="group", data=aml)
    last = curve[(curve["group"] == "Nonmaintained")].iloc[-1]
    assert last["survival"] == 0
    assert last[["standard_error", "low", "high"]].isna().all()


@pytest.mark.parametrize("name", ["tied", "late"])
@pytest.mark.parametrize("group", ["a", "b", "c"])
def test_lifelines_with_ties_censoring_and_late_entry(golden_cases, golden, name, group):
    cases = golden_cases[golden_cases["set"] == name]
    curve = kaplan_meier("duration", "event", entry="entry", by="group", data=cases)
    curve = curve[curve["group"] == group].set_index("time")
    theirs = pd.read_csv(GOLDEN / "curves.csv")
    theirs = theirs[(theirs["set"] == name) & (theirs["group"] == group)].set_index("time")
    # Theirs says 1 where nothing has happened yet and keeps rows for entries, as ours does.
    assert set(theirs.index) == set(curve.index)
    for column in ("survival", "low", "high"):
        # At a survival of 0 lifelines gives an interval, R and ours none.
        same = theirs if column == "survival" else theirs[theirs["survival"] > 0]
        golden(
            f"Kaplan-Meier {column}, cases {name!r}, group {group!r}",
            ours=curve.loc[same.index, column].tolist(),
            published=same[column].tolist(),
            source=LIFELINES,
            tolerance=1e-10,
        )


def test_statsmodels_with_late_entry(golden_cases):
    from statsmodels.duration.survfunc import SurvfuncRight

    cases = golden_cases[golden_cases["set"] == "late"]
    theirs = SurvfuncRight(cases["duration"], cases["event"], entry=cases["entry"])
    ours = kaplan_meier(cases["duration"], cases["event"], entry=cases["entry"])
    ours = ours.set_index("time").loc[theirs.surv_times]
    np.testing.assert_allclose(ours["survival"], theirs.surv_prob, atol=1e-12)
    np.testing.assert_allclose(ours["standard_error"], theirs.surv_prob_se, atol=1e-12)


ages = st.one_of(st.integers(0, 8).map(float), st.floats(0.0, 8.0))
case = st.tuples(ages, st.booleans(), st.floats(0.0, 0.99), st.sampled_from("abc"))


@given(rows=st.lists(case, min_size=1, max_size=25), late=st.booleans())
@brief
def test_the_kernel_is_the_slow_product_limit(rows, late):
    durations = [row[0] for row in rows]
    events = [row[1] for row in rows]
    entry = [round(row[0] * row[2]) if late else 0 for row in rows]
    entry = [s if s < d else 0 for s, d in zip(entry, durations, strict=True)]
    groups = [row[3] for row in rows]
    curve = quiet(durations, events, entry=entry, by=groups)
    for group in set(groups):
        mine = [i for i in range(len(rows)) if groups[i] == group]
        slow = oracles.product_limit(
            [durations[i] for i in mine], [events[i] for i in mine], [entry[i] for i in mine]
        )
        own = curve[curve["group"] == group]
        table = own[["time", "at_risk", "events", "censored", "entered", "survival"]]
        np.testing.assert_allclose(table.to_numpy(), [row[:6] for row in slow], atol=1e-12)
        alive = own["survival"] > 0
        variance = [row[5] ** 2 * row[6] for row in slow]
        np.testing.assert_allclose(
            own.loc[alive, "standard_error"] ** 2, np.array(variance)[alive], atol=1e-12
        )


@given(rows=st.lists(case, min_size=2, max_size=20))
@brief
def test_a_group_changes_no_other_not_by_a_bit(rows):
    frame = pd.DataFrame(rows, columns=["d", "e", "_", "g"])
    whole = kaplan_meier("d", "e", by="g", data=frame)
    for group, own in frame.groupby("g"):
        alone = kaplan_meier("d", "e", by="g", data=own)
        pd.testing.assert_frame_equal(
            whole[whole["g"] == group].reset_index(drop=True), alone, check_exact=True
        )


@given(durations=st.lists(ages, min_size=1, max_size=30))
@brief
def test_without_censoring_it_is_one_minus_the_share_that_has_ended(durations):
    curve = kaplan_meier(durations, [True] * len(durations))
    ecdf = [np.mean(np.array(durations) <= t) for t in curve["time"]]
    np.testing.assert_allclose(curve["survival"], 1 - np.array(ecdf), atol=1e-12)


@given(rows=st.lists(st.tuples(case, st.integers(1, 4)), min_size=1, max_size=12))
@brief
def test_weights_are_repetition(rows):
    once = pd.DataFrame([row[0] for row in rows], columns=["d", "e", "_", "g"])
    weights = [row[1] for row in rows]
    repeated = once.loc[once.index.repeat(weights)]
    pd.testing.assert_frame_equal(
        kaplan_meier("d", "e", by="g", weights="w", data=once.assign(w=weights)),
        kaplan_meier("d", "e", by="g", data=repeated),
    )


@given(rows=st.lists(case, min_size=1, max_size=25), level=st.floats(0.05, 0.99))
@brief
def test_intervals_hold_the_curve_and_keep_to_probabilities(rows, level):
    for interval in ("log-log", "log", "plain"):
        curve = kaplan_meier(
            [row[0] for row in rows], [row[1] for row in rows], level=level, interval=interval
        ).dropna()
        assert ((curve["low"] <= curve["survival"] + 1e-12) & (curve["low"] >= 0)).all()
        assert ((curve["high"] >= curve["survival"] - 1e-12) & (curve["high"] <= 1)).all()


def test_corner_cases():
    one = kaplan_meier([4], [True])
    assert one["survival"].tolist() == [1, 0]
    open_ = kaplan_meier([4, 9], [0, 0])
    assert open_["survival"].tolist() == [1, 1, 1]
    assert open_["low"].tolist() == [1, 1, 1]
    at_once = kaplan_meier([0, 0, 0, 2], [1, 0, 1, 1])
    assert at_once["at_risk"].tolist() == [4, 1]
    assert at_once["survival"].tolist() == [0.5, 0]
    grouped = kaplan_meier([1, 2, 3], [1, 0, 0], by=["x", "y", "y"])
    assert grouped.loc[grouped["group"] == "y", "survival"].tolist() == [1, 1, 1]


def test_entry_zero_is_no_late_entry():
    given_, seen = [3, 5, 5, 0, 12], [1, 1, 0, 1, 0]
    pd.testing.assert_frame_equal(
        kaplan_meier(given_, seen, entry=[0] * 5), kaplan_meier(given_, seen)
    )


def test_the_curve_starts_where_the_first_case_comes_under_observation():
    curve = kaplan_meier([5, 9, 9], [1, 1, 0], entry=[2, 2, 4])
    assert curve["time"].tolist() == [2, 4, 5, 9]
    assert curve["at_risk"].tolist() == [0, 2, 3, 2]
    assert curve["entered"].tolist() == [2, 1, 0, 0]


def test_a_risk_set_that_empties_early_is_told():
    with pytest.warns(
        DataQualityWarning, match=r"in 1 of 2 curves .* before 2 later .*; 1 of them fall to 0"
    ) as caught:
        curve = kaplan_meier([2, 8, 9, 5], [1, 1, 0, 0], entry=[0, 3, 4, 0], by=list("aaab"))
    assert caught[0].filename == __file__
    assert curve.loc[curve["group"] == "a", "survival"].iloc[-1] == 0
    with pytest.warns(DataQualityWarning, match="before 1 later .*; 0 of them fall to 0"):
        kaplan_meier([2, 8], [0, 1], entry=[0, 3])
    # Somebody joins at the very age at which the last one is censored: nobody is missing.
    kaplan_meier([3, 8], [0, 1], entry=[0, 3])
    with pytest.warns(DataQualityWarning, match="1 of them fall to 0"):
        kaplan_meier([3, 8], [1, 1], entry=[0, 3])


def test_every_engine(engine, golden_cases):
    cases = golden_cases[golden_cases["set"] != "causes"]
    options = {"entry": "entry", "by": ["set", "group"]}
    expected = kaplan_meier("duration", "event", data=cases, **options)
    found = engine.columns(kaplan_meier("duration", "event", data=engine.make(cases), **options))
    assert list(found) == list(expected.columns)
    for name, values in found.items():
        wanted = [None if value != value else value for value in expected[name]]
        assert values == (wanted if expected[name].dtype.kind == "O" else pytest.approx(wanted))


def test_columns_of_any_eager_frame_give_its_kind():
    polars = pytest.importorskip("polars")
    arrow = pytest.importorskip("pyarrow")
    curve = kaplan_meier(
        polars.Series([3, 5]), polars.Series([True, False]), by=polars.Series("plan", ["x", "y"])
    )
    assert isinstance(curve, polars.DataFrame)
    assert curve.columns[0] == "plan"
    assert isinstance(kaplan_meier(arrow.chunked_array([[3, 5]]), [1, 0]), arrow.Table)
    shuffled = pd.Series([5, 3], index=[1, 0])
    assert kaplan_meier(shuffled, pd.Series([1, 0]))["events"].tolist() == [0, 0, 1]


@pytest.mark.data
def test_telco(telco, golden):
    curve = kaplan_meier(telco["tenure"], telco["churned"])
    at = survival_at(curve, [1, 6, 12, 24, 36, 48, 60, 72])
    golden(
        "Telco: survival at 1, 6, 12, 24, 36, 48, 60, 72 months",
        ours=at["survival"].tolist(),
        published=[0.9460, 0.8848, 0.8432, 0.7887, 0.7485, 0.7088, 0.6644, 0.5928],
        source=PAGE,
        tolerance=5e-5,
    )
    golden(
        "Telco: intervals at 12 and 72 months",
        ours=[*at.loc[2, ["low", "high"]], *at.loc[7, ["low", "high"]]],
        published=[0.834169, 0.851783, 0.573063, 0.611936],
        source=PAGE,
        tolerance=5e-7,
    )
    golden(
        "Telco: at risk at 0, 1, 2 and 12 months",
        ours=curve.set_index("time").loc[[0, 1, 2, 12], "at_risk"].tolist(),
        published=[7043, 7032, 6419, 4974],
        source=PAGE,
    )


@pytest.mark.data
def test_online_retail(data_dir, golden):
    name = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    rows = pd.read_parquet(name, columns=["CustomerID", "InvoiceDate", "Quantity", "UnitPrice"])
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    days = rows.assign(day=rows["InvoiceDate"].dt.normalize())[["CustomerID", "day"]]
    days = days.drop_duplicates().sort_values(["CustomerID", "day"]).reset_index(drop=True)
    following = days.groupby("CustomerID")["day"].shift(-1)
    gap = (following.fillna(pd.Timestamp("2011-12-09")) - days["day"]).dt.days
    page = "reference page segmentation_and_retention 8.4"

    curve = kaplan_meier(gap, following.notna())
    golden(
        "Online Retail: median gap between purchase days, the open one censored",
        ours=survival_quantile(curve, 0.5)["time"].item(), published=40, source=page,
    )  # fmt: skip
    golden(
        "Online Retail: closed gaps, and their plain median",
        ours=[int(curve["events"].sum()), gap[following.notna()].median()],
        published=[12_425, 28], source=page,
    )  # fmt: skip
    first = ~days["CustomerID"].duplicated()
    curve = kaplan_meier(gap[first], following[first].notna())
    golden(
        "Online Retail: first to second purchase day, median and survival at 90 days",
        ours=[
            survival_quantile(curve, 0.5)["time"].item(),
            round(survival_at(curve, 90)["survival"].item(), 4),
        ],
        published=[104, 0.5401], source=page,
    )  # fmt: skip
    golden(
        "Online Retail: second purchases observed, and the naive median",
        ours=[int(curve["events"].sum()), gap[first & following.notna()].median()],
        published=[2_790, 57], source=page,
    )  # fmt: skip


@pytest.mark.data
def test_maven_with_late_entry(maven, golden):
    page = "reference page deals_and_assortment 9.1 and 12"
    curve = kaplan_meier("days", "closed", data=maven)
    golden(
        "Maven: median days to close, open deals censored; closed only",
        ours=[
            survival_quantile(curve, 0.5)["time"].item(),
            maven.loc[maven["closed"], "days"].median(),
        ],
        published=[69, 45], source=page,
    )  # fmt: skip
    seen = maven[maven["days"] > maven["entry"]]
    late = kaplan_meier("days", "closed", entry="entry", data=seen)
    golden(
        "Maven: median days to close with delayed entry from 2017-03-01",
        ours=survival_quantile(late, 0.5)["time"].item(), published=60, source=page,
    )  # fmt: skip
