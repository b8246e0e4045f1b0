"""profile_table: each segment against the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.segmentation import profile_table


@pytest.fixture
def customers():
    rng = np.random.default_rng(4)
    n = 300
    segment = rng.choice(["A", "B", "C"], n)
    return pd.DataFrame(
        {
            "segment": segment,
            "age": rng.normal(40, 10, n) + 5 * (segment == "A"),
            "channel": np.where(rng.random(n) < 0.3 + 0.4 * (segment == "B"), "web", "shop").astype(
                object
            ),
            "member": rng.random(n) < 0.5,
        }
    )


def test_by_hand(engine):
    frame = pd.DataFrame(
        {"segment": ["A", "A", "A", "B", "B", "B"], "age": [60, 64, 68, 30, 34, 38],
         "channel": ["shop", "shop", "web", "web", "web", "web"]}
    )  # fmt: skip
    found = engine.columns(profile_table(engine.make(frame), features=["age", "channel"]))
    assert found["feature"] == ["age", "channel", "channel"] * 2
    assert found["level"] == [None, "shop", "web"] * 2
    assert found["value"] == pytest.approx([64, 2 / 3, 1 / 3, 34, 0, 1])
    assert found["rest"] == pytest.approx([34, 0, 1, 64, 2 / 3, 1 / 3])
    # Pooled standard deviation 4: 30 / 4; variance 6 / 9 + 7.5² / 12.
    assert found["effect"][0] == pytest.approx(7.5)
    half = 1.959964 * np.sqrt(6 / 9 + 7.5**2 / 12)
    assert found["high"][0] - found["effect"][0] == pytest.approx(half, abs=1e-5)
    assert found["association"][0] == pytest.approx(1 - 64 / 1414)  # within 64, all 64 + 6 · 15²
    assert found["index"][1:3] == pytest.approx([200.0, 50.0])
    assert found["lift"][1] is None
    assert found["lift"][2] == pytest.approx(1 / 3)
    assert found["p_value"][1] == pytest.approx(0.4)  # Fisher: (1 + 1 + ...) by hand 3/15 + 3/15


def test_tests_equal_scipys(customers):
    found = profile_table(customers, features=["age", "channel", "member"]).set_index(
        ["segment", "feature", "level"]
    )
    a, rest = (customers.loc[(customers["segment"] == "A") == yes, "age"] for yes in (True, False))
    welch = stats.ttest_ind(a, rest, equal_var=False).pvalue
    row = found.loc["A", "age"].iloc[0]
    assert row["p_value"] == pytest.approx(welch)
    counts = pd.crosstab(customers["segment"], customers["channel"])
    v = stats.contingency.association(counts.to_numpy(), method="cramer")
    assert found.loc["B", "channel"]["association"].tolist() == pytest.approx([v, v])
    two = pd.crosstab(customers["segment"] == "B", customers["channel"]).to_numpy()
    chi = stats.chi2_contingency(two, correction=False).pvalue
    assert found.loc["B", "channel"]["p_value"].tolist() == pytest.approx([chi, chi])
    f = stats.f_oneway(*[g for _, g in customers.groupby("segment")["age"]]).statistic
    eta = f * 2 / (f * 2 + 297)
    assert row["association"] == pytest.approx(eta)
    adjusted = stats.false_discovery_control(found["p_value"])
    assert found["p_adjusted"].tolist() == pytest.approx(adjusted.tolist())


def test_newcombes_interval(golden):
    # 56 of 70 against 48 of 80: the first example of the paper, method 10.
    frame = pd.DataFrame(
        {"segment": ["A"] * 70 + ["B"] * 80,
         "cured": ["yes"] * 56 + ["no"] * 14 + ["yes"] * 48 + ["no"] * 32}
    )  # fmt: skip
    row = profile_table(frame, features=["cured"]).set_index(["segment", "level"]).loc[("A", "yes")]
    golden(
        "56 of 70 against 48 of 80: interval of the difference of shares",
        ours=[row["low"], row["high"]],
        published=[0.0524, 0.3339],
        tolerance=0.000051,  # printed to 4 decimals
        source="Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10",
    )


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.integers(-5, 50)), min_size=2
    ).filter(lambda rows: len({row[0] for row in rows}) == 2)
)
def test_two_segments_are_each_others_rest(rows):
    frame = pd.DataFrame(rows, columns=["segment", "word", "number"])
    found = profile_table(frame, features=["word", "number"])
    a, b = (found[found["segment"] == one].reset_index() for one in "AB")
    assert np.allclose(a["value"], b["rest"])
    assert np.allclose(a["effect"], -b["effect"], equal_nan=True)
    assert np.allclose(a["p_value"], b["p_value"], equal_nan=True)
    shares = found[found["feature"] == "word"].groupby("segment")["value"].sum()
    assert np.allclose(shares, 1.0)
    known = found["low"].notna()
    assert (found.loc[known, "low"] <= found.loc[known, "effect"] + 1e-12).all()
    assert found["p_value"].dropna().between(0, 1).all()


def test_missing_values_are_left_out_and_counted(engine):
    frame = pd.DataFrame(
        {"segment": ["A", "A", "B", "B"], "age": [1.0, None, 3.0, 5.0],
         "word": ["x", "y", None, "x"]}
    )  # fmt: skip
    found = engine.columns(profile_table(engine.make(frame), features=["age", "word"]))
    assert found["n"] == [1, 2, 2, 2, 1, 1]
    assert found["value"] == [1.0, 0.5, 0.5, 4.0, 1.0, 0.0]


def test_numbers_that_are_names_and_constants():
    frame = pd.DataFrame({"segment": ["A", "A", "B"], "zip": [1, 2, 1], "same": [3.0, 3.0, 3.0]})
    found = profile_table(frame, features=["zip", "same"], categorical=["zip"])
    assert found["level"].dropna().tolist() == ["1", "2", "1", "2"]
    constant = found[found["feature"] == "same"]
    assert constant["effect"].isna().all()
    assert constant["association"].isna().all()


def test_bad_input_is_refused(customers):
    with pytest.raises(ValueError, match="at least one column"):
        profile_table(customers, features=[])
    with pytest.raises(ValueError, match="categorical may only name features"):
        profile_table(customers, features=["age"], categorical=["member"])
    with pytest.raises(DataContractError, match="1 of 300 values of 'segment' are missing"):
        profile_table(customers.assign(segment=[None, *customers["segment"][1:]]), features=["age"])
    with pytest.raises(NotEnoughDataError):
        profile_table(customers.iloc[:0], features=["age"])
    with pytest.raises(ValueError, match="must differ"):
        profile_table(customers, features=["age", "age"])
