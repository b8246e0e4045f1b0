"""drift_table: hand cases, the null of the index, outcomes, engines and refusals."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DriftWarning,
    NotEnoughDataError,
)
from crmlytics.scoring import drift_table
from crmlytics.scoring._population_shift import stability_index

PAGE = "reference page churn_and_leads 12: Yurdakul and Naranjo (2020), J. Risk Model Validation 14"


def one(table, column):
    rows = table[table["column"] == column]
    return rows.iloc[0]


def test_an_index_by_hand():
    # Shares 1/2 and 1/2 become 1/4 and 3/4.
    found = stability_index(np.array([50.0, 50.0]), np.array([25.0, 75.0]))
    assert found == pytest.approx(0.25 * np.log(2) + 0.25 * np.log(1.5))
    # An empty cell counts as half a case: 0.5 / 10 against 5 / 10.
    found = stability_index(np.array([5.0, 5.0]), np.array([10.0, 0.0]))
    assert found == pytest.approx(0.5 * np.log(2) + 0.45 * np.log(10))


@pytest.mark.parametrize(
    ("n", "m", "published"), [(5000, 5000, 0.0068), (5000, 500, 0.0372), (1000, 200, 0.1015)]
)
def test_the_point_that_chance_passes(golden, n, m, published):
    old = pd.DataFrame({"x": np.arange(n, dtype=float)})
    new = pd.DataFrame({"x": np.linspace(0, n, m)})
    golden(
        f"PSI of 10 bins without drift, {n} against {m} rows: 95 % point",
        ours=float(drift_table(old, new)["psi_null"].iloc[0]),
        published=published,
        tolerance=0.00005,  # printed to 4 decimals
        source=PAGE,
    )


def test_chance_passes_it_in_one_of_twenty():
    rng = np.random.default_rng(5)
    passed = []
    for _ in range(300):
        old, new = rng.normal(size=(1000,)), rng.normal(size=(500,))
        row = drift_table(pd.DataFrame({"x": old}), pd.DataFrame({"x": new}), alarm="never").iloc[0]
        passed.append(row["psi"] > row["psi_null"])
    assert 0.025 < np.mean(passed) < 0.085  # 5 % ± 2.8 standard errors of 300 draws


@pytest.fixture
def learnt():
    rng = np.random.default_rng(1)
    n = 2000
    return pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "plan": rng.choice(["basic", "plus", "pro"], n),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "member": rng.random(n) < 0.3,
            "key": [f"k{i}" for i in range(n)],
            "country": "PL",
        }
    )


def test_each_kind_of_change_is_seen(learnt):
    new = learnt.sample(1000, random_state=2).assign(
        age=lambda frame: frame["age"] + 6.0,
        plan=lambda frame: frame["plan"].replace("pro", "ultra"),
        since=lambda frame: frame["since"] + pd.Timedelta(days=400),
    )
    new["member"] = new["member"].astype("boolean")
    new.loc[new.index[:300], "member"] = None
    table = drift_table(learnt, new, alarm="never")
    age = one(table, "age")
    assert age["difference"] == pytest.approx(6.0, abs=1.0)
    assert age["low"] < 6.0 < age["high"]
    assert one(table, "plan")["new_levels"] == 1
    assert one(table, "plan")["new_level_share"] == pytest.approx((new["plan"] == "ultra").mean())
    assert one(table, "plan")["verdict"] == "large"
    assert one(table, "since")["difference"] == pytest.approx(400, abs=40)
    assert one(table, "member")["missing_current"] == pytest.approx(0.3)
    assert one(table, "member")["verdict"] == "large"
    assert one(table, "key")["kind"] == "identifier"
    assert one(table, "key")["verdict"] is None or pd.isna(one(table, "key")["verdict"])
    assert one(table, "country")["verdict"] == "stable"
    psi = table[table["verdict"] == "large"]["psi"]
    assert psi.is_monotonic_decreasing


def test_the_warning_names_the_columns_and_no_value(learnt):
    new = learnt.assign(age=learnt["age"] + 30.0)
    with pytest.warns(DriftWarning, match=r"1 of 6 rows .*'age' \(number, large\)"):
        drift_table(learnt, new)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drift_table(learnt, learnt.iloc[:700])


def scored(n, *, base=0.0, slope=1.0, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(-1.0, 1.2, n)
    return pd.DataFrame(
        {
            "p": 1 / (1 + np.exp(-z)),
            "won": (rng.random(n) < 1 / (1 + np.exp(-(base + slope * z)))).astype(float),
        }
    )


def test_base_rate_and_calibration(golden):
    old, new = scored(4000), scored(3000, base=0.8, slope=0.6, seed=1)
    new.loc[:499, "won"] = np.nan
    table = drift_table(old, new, score_col="p", label_col="won", alarm="never").set_index("kind")
    known = new["won"].dropna()
    assert table.loc["label", "n_current"] == 2500
    assert table.loc["label", "current"] == pytest.approx(known.mean())
    assert table.loc["label", "verdict"] == "large"
    slope = table.loc["calibration slope"]
    assert slope["reference"] == pytest.approx(1.0, abs=0.12)
    assert slope["low"] < -0.4 < slope["high"]
    assert slope["verdict"] == "moderate"
    assert table.loc["score", "verdict"] == "stable"
    # Against statsmodels, an independent fit.
    import statsmodels.api as sm

    z = np.log(new["p"] / (1 - new["p"]))[500:]
    theirs = sm.Logit(known, sm.add_constant(z)).fit(disp=0)
    golden(
        "calibration slope of simulated scores",
        ours=float(slope["current"]),
        published=float(theirs.params.iloc[1]),
        tolerance=1e-8,
        source="statsmodels, Logit",
    )
    offset = sm.GLM(known, np.ones(len(z)), family=sm.families.Binomial(), offset=z).fit()
    assert table.loc["calibration in the large", "current"] == pytest.approx(offset.params.iloc[0])


def test_outcomes_not_known_yet(golden):
    old = scored(500)
    table = drift_table(old, scored(300).assign(won=np.nan), score_col="p", label_col="won")
    row = table.set_index("kind").loc["label"]
    assert row["n_current"] == 0
    assert np.isnan(row["difference"])
    one_class = drift_table(
        old, scored(300).assign(won=0.0), score_col="p", label_col="won", alarm="never"
    ).set_index("kind")
    assert np.isnan(one_class.loc["calibration slope", "difference"])
    assert one_class.loc["label", "verdict"] == "large"


@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=60),
    st.lists(st.sampled_from(["a", "b", "d", None]), min_size=1, max_size=60),
)
def test_the_index_of_texts_against_the_slow_twin(old, new):
    frames = [pd.DataFrame({"x": values}, dtype=object) for values in (old, new)]
    row = drift_table(*frames, alarm="never").iloc[0]
    own = {x for x in old if x is not None and old.count(x) >= 10}
    before, after = {}, {}
    for values, cells in ((old, before), (new, after)):
        for value in values:
            name = "-" if value is None else value if value in own else "other"
            cells[name] = cells.get(name, 0) + 1
    names = sorted(set(before) | set(after))
    expected = 0.0
    for name in names:
        e = max(before.get(name, 0), 0.5) / len(old)
        a = max(after.get(name, 0), 0.5) / len(new)
        expected += (a - e) * np.log(a / e)
    assert row["bins"] == len(names)
    assert row["psi"] == pytest.approx(expected if len(names) > 1 else 0.0, abs=1e-12)


def test_every_engine(engine, learnt):
    frame = learnt.drop(columns=["member"]).assign(day=learnt["since"].dt.date)
    new = frame.iloc[:600].assign(age=frame["age"][:600] * 1.3)
    expected = drift_table(frame, new, alarm="never")
    found = engine.columns(drift_table(engine.make(frame), engine.make(new), alarm="never"))
    assert found["column"] == expected["column"].tolist()
    assert found["psi"][:4] == pytest.approx(expected["psi"][:4].tolist(), abs=1e-12)
    assert found["verdict"] == [None if pd.isna(x) else x for x in expected["verdict"]]


def test_odd_frames():
    old = pd.DataFrame({"x": [np.nan, np.nan], "when": [dt.date(2020, 1, 1)] * 2})
    new = pd.DataFrame({"x": [1.0, np.nan], "when": [None, dt.date(2020, 1, 2)]})
    table = drift_table(old, new, alarm="never")
    assert set(table["verdict"]) == {"stable"}
    zoned = pd.DataFrame({"t": pd.to_datetime(["2020-01-01", "2020-01-05"], utc=True)})
    assert drift_table(zoned, zoned)["difference"].tolist() == [0.0]
    whole = pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64")})
    assert drift_table(whole, whole)["missing_current"].iloc[0] == pytest.approx(1 / 3)


def test_bad_input_is_refused(learnt):
    with pytest.raises(ColumnNotFoundError, match="current: features"):
        drift_table(learnt, learnt.drop(columns="age"))
    with pytest.raises(NotEnoughDataError, match="current is empty"):
        drift_table(learnt, learnt.iloc[:0])
    with pytest.raises(DataContractError, match="numbers in the reference and names"):
        drift_table(learnt, learnt.assign(age="old"))
    with pytest.raises(DataContractError, match="not 0 or 1"):
        drift_table(learnt, learnt, label_col="age")
    with pytest.raises(DataContractError, match="it holds texts"):
        drift_table(learnt, learnt, label_col="plan")
    with pytest.raises(DataContractError, match="no probabilities"):
        drift_table(learnt, learnt, score_col="age")
    with pytest.raises(ValueError, match="alarm must be one of"):
        drift_table(learnt, learnt, alarm="always")
    with pytest.raises(TypeError, match="a list of columns"):
        drift_table(learnt, learnt, features="age")
