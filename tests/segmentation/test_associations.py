"""association_table: by hand, as scipy has it, on every engine, and intervals that cover."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.segmentation import _association_measures as measures
from crmlytics.segmentation import association_table

PAIRS = {"indicators": ["revenue", "gone"], "characteristics": ["country", "age", "channel"]}


def customers(seed: int = 1, rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    country = rng.choice(["DE", "FR", "PL"], rows)
    age = rng.integers(18, 80, rows)
    return pd.DataFrame(
        {
            "revenue": np.exp(rng.standard_normal(rows) + 0.02 * age + (country == "DE")),
            "gone": rng.random(rows) < np.where(country == "PL", 0.5, 0.2),
            "country": country,
            "age": age,
            "channel": rng.choice(["shop", "web"], rows),
        }
    )


def test_by_hand(engine):
    frame = pd.DataFrame(
        {
            "money": [1.0, 2.0, 3.0, 4.0],
            "orders": [1, 3, 2, 4],
            "group": ["a", "a", "b", "b"],
            "answer": ["x", "x", "y", "x"],
        }
    )
    found = engine.columns(
        association_table(
            engine.make(frame), indicators=["money", "answer"], characteristics=["orders", "group"]
        )
    )
    assert found["indicator"] == ["money", "money", "answer", "answer"]
    assert found["characteristic"] == ["group", "orders", "group", "orders"]
    # Ranks 1.5 and 3.5 about 2.5: 4 of 5. Two swapped: 1 - 6 * 2 / (4 * 15). Table 2 0 / 1 1.
    # The ranks of x are 1, 3, 4 and that of y 2: (3 * (1/6)² + 0.5²) / 5.
    assert found["value"] == pytest.approx(
        [np.sqrt(4 / 5), 0.8, np.sqrt(1 / 3), np.sqrt((1 / 12 + 1 / 4) / 5)]
    )
    assert found["measure"] == ["rank_eta", "spearman_rho", "cramers_v", "rank_eta"]
    assert found["n"] == [4] * 4


def test_measures_and_tests_equal_scipys(golden):
    table = customers()
    rows = association_table(table, **PAIRS).set_index(["indicator", "characteristic"])
    rho = stats.spearmanr(table["revenue"], table["age"])
    parts = [part["revenue"].to_numpy() for _, part in table.groupby("country")]
    kruskal = stats.kruskal(*parts)
    crossed = pd.crosstab(table["gone"], table["country"])
    cases = {
        ("revenue", "age"): (rho.statistic, rho.pvalue),
        ("revenue", "country"): (np.sqrt(kruskal.statistic / 199), kruskal.pvalue),
        ("gone", "country"): (
            stats.contingency.association(crossed.to_numpy(), method="cramer"),
            stats.chi2_contingency(crossed, correction=False).pvalue,
        ),
    }
    for pair, (value, p_value) in cases.items():
        row = rows.loc[pair]
        golden(
            f"association of {pair[0]} and {pair[1]}: {row['measure']} and its p-value",
            ours=[float(row["value"]), float(row["p_value"])],
            published=[float(value), float(p_value)],
            tolerance=1e-12,
            source="scipy: spearmanr, kruskal, contingency.association, chi2_contingency",
        )
    adjusted = stats.false_discovery_control(rows["p_value"].to_numpy())
    assert rows["p_adjusted"].to_numpy() == pytest.approx(adjusted)
    for indicator in PAIRS["indicators"]:
        assert rows.loc[indicator, "value"].abs().is_monotonic_decreasing


def test_missing_values_leave_their_pair_only():
    table = customers()
    holed = table.assign(
        revenue=table["revenue"].where(table.index % 5 > 0),
        channel=table["channel"].where(table.index % 4 > 0),
    )
    rows = association_table(holed, **PAIRS).set_index(["indicator", "characteristic"])
    assert rows.loc[("revenue", "age"), "n"] == 160
    assert rows.loc[("revenue", "channel"), "n"] == 120
    assert rows.loc[("gone", "age"), "n"] == 200
    kept = holed.dropna()
    alone = association_table(kept, indicators=["revenue"], characteristics=["channel"])
    assert alone["value"][0] == rows.loc[("revenue", "channel"), "value"]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 60))
def test_strengths_stay_in_bounds_whatever_the_scale_and_the_order(seed, rows):
    table = customers(seed, rows)
    found = association_table(table, **PAIRS)
    known = found.dropna(subset=["low"])
    assert (found["value"].dropna().abs() <= 1).all()
    assert (known["low"] <= known["high"]).all()
    other = table.assign(revenue=np.log(table["revenue"])).sample(frac=1.0, random_state=seed)
    again = association_table(other, **PAIRS)
    assert again["value"].to_numpy() == pytest.approx(found["value"].to_numpy(), nan_ok=True)


def test_intervals_cover():
    # Planted: three groups with shifted lognormal money; the truth from 200,000 customers.
    def sample(rng, rows):
        group = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
        return np.exp(rng.standard_normal(rows) + 0.5 * group), group

    truth = measures.of_number_and_category(*sample(np.random.default_rng(0), 200_000), 0.95)
    rng = np.random.default_rng(1)
    found = [measures.of_number_and_category(*sample(rng, 150), 0.95) for _ in range(200)]
    covered = np.mean([one.low <= truth.value <= one.high for one in found])
    assert covered >= 0.90  # 0.95 nominally; three standard errors of 200 sets are 0.046


def test_what_cannot_be_computed_is_null():
    table = customers(rows=30).assign(revenue=5.0, channel="shop")
    found = association_table(table, **PAIRS)
    constant = found[(found["indicator"] == "revenue") | (found["characteristic"] == "channel")]
    assert len(constant) == 4
    assert constant[["value", "low", "high", "p_value", "p_adjusted"]].isna().all().all()
    single = association_table(customers(rows=1), **PAIRS)
    assert single["n"].tolist() == [1] * 6
    assert single["value"].isna().all()


def test_refusals():
    table = customers(rows=10)
    with pytest.raises(ColumnNotFoundError, match="did you mean 'revenue'"):
        association_table(table, indicators=["revenu"], characteristics=["age"])
    with pytest.raises(TypeError, match="indicators must be a list of names"):
        association_table(table, indicators="revenue", characteristics=["age"])
    with pytest.raises(ValueError, match="characteristics must name at least one"):
        association_table(table, indicators=["revenue"], characteristics=[])
    with pytest.raises(ValueError, match="'age'"):
        association_table(table, indicators=["age"], characteristics=["age"])
    with pytest.raises(ValueError, match="categorical may only name"):
        association_table(table, **PAIRS, categorical=["postcode"])
    with pytest.raises(NotEnoughDataError, match="no customer"):
        association_table(table.head(0), **PAIRS)
    with pytest.raises(DataContractError, match="1 of 10 values of 'revenue' are infinite"):
        association_table(table.assign(revenue=[np.inf] + [1.0] * 9), **PAIRS)


def test_numbers_that_are_names():
    table = customers().assign(
        postcode=lambda frame: frame["country"].map({"DE": 1, "FR": 3, "PL": 2})
    )
    found = association_table(
        table, indicators=["revenue"], characteristics=["postcode", "country"],
        categorical=["postcode"],
    )  # fmt: skip
    assert found["measure"].tolist() == ["rank_eta"] * 2
    assert found["value"][0] == pytest.approx(found["value"][1])
