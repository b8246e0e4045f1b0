"""decompose and component_strengths: the authors' program, planted parts, gaps, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError
from crmlytics.forecast import component_strengths, decompose

CO2 = Path(__file__).parent / "golden" / "co2.csv"


def monthly(values, start="2015-01-01"):
    dates = pd.date_range(start, periods=len(values), freq="MS")
    return pd.DataFrame({"date": dates, "value": np.asarray(values, float)})


def planted(n=96, noise=0.5, seed=0):
    t = np.arange(n)
    season = np.tile(np.random.default_rng(1).normal(0, 8, 12), n // 12 + 1)[:n]
    season -= season[:12].mean()
    return 100 + 0.5 * t, season, np.random.default_rng(seed).normal(0, noise, n)


def test_co2_by_the_authors_program(golden):
    parts = decompose(pd.read_csv(CO2, parse_dates=["date"]), fitting="robust", seasonal_window=35)
    januaries = parts[parts["date"].dt.month == 1].head(12)
    golden(
        "CO2 at Mauna Loa: trend and season of 12 Januaries by STL (ppm)",
        ours=[*januaries["trend"], *januaries["seasonal"]],
        published=[
            315.5519, 316.7280, 317.2593, 318.2869, 318.9388, 319.3935, 319.9769, 320.8404,
            321.5394, 322.3086, 323.5336, 324.8501,
            -0.1313, -0.1273, -0.1233, -0.1193, -0.1153, -0.1117, -0.1079, -0.1041,
            -0.1003, -0.0966, -0.0928, -0.0890,
        ],
        source="Fortran of Cleveland et al. (1990), in statsmodels' stl_test_results.csv, baseline",
        # It smooths every 4th month only and joins them by lines, and reweights twice.
        tolerance=0.06,
    )  # fmt: skip


def test_statsmodels_own_call():
    from statsmodels.tsa.seasonal import STL

    values = sum(planted())
    ours = decompose(monthly(values))
    theirs = STL(values, period=12, seasonal=11).fit()
    np.testing.assert_allclose(ours["trend"], theirs.trend, rtol=1e-9)
    np.testing.assert_allclose(ours["seasonal"], theirs.seasonal, rtol=1e-7, atol=1e-9)


def test_planted_parts_are_found():
    trend, season, noise = planted()
    parts = decompose(monthly(trend + season + noise))
    assert np.abs(parts["trend"] - trend).max() < 1.0
    assert np.abs(parts["seasonal"] - season).max() < 1.5
    np.testing.assert_allclose(
        parts["trend"] + parts["seasonal"] + parts["remainder"], parts["value"], rtol=1e-12
    )
    np.testing.assert_allclose(parts["adjusted"], parts["value"] - parts["seasonal"], rtol=1e-12)


def test_gaps_are_bridged_and_said():
    trend, season, noise = planted(noise=0.1)
    values = trend + season + noise
    full = decompose(monthly(values))
    values[[20, 21, 50, 70, 71, 72, 73]] = np.nan
    frame = monthly(values).drop(index=[50])  # a missing row is a gap as a null is
    parts = decompose(frame)
    assert len(parts) == 96
    assert set(parts["status"]) == {"filled"}
    gap = parts["value"].isna()
    assert gap.sum() == 7
    assert parts["remainder"][gap].isna().all()
    # Trend and season found in the gaps are those of the complete series.
    assert np.abs(parts["trend"] - full["trend"]).max() < 0.5
    assert np.abs(parts["adjusted"] - full["adjusted"]).max() < 0.6


def test_statuses_instead_of_exceptions():
    rng = np.random.default_rng(2)
    dates = pd.date_range("2018-01-01", periods=60, freq="MS")
    values = {
        "good": rng.gamma(9, 2, 60), "short": rng.gamma(9, 2, 23), "zero": np.zeros(60),
        "constant": np.full(60, 7.0), "one": [5.0], "never": np.full(60, np.nan),
        "holes": np.where(np.arange(60) % 3 == 0, 1.0, np.nan), "negative": rng.normal(0, 1, 60),
    }  # fmt: skip
    rows = pd.concat([
        pd.DataFrame({"series": name, "date": dates[: len(each)], "value": each})
        for name, each in values.items()
    ])  # fmt: skip
    parts = decompose(rows, series_col="series")
    status = parts.groupby("series")["status"].first().to_dict()
    assert status == {
        "good": "ok", "short": "short", "zero": "ok", "constant": "ok", "one": "short",
        "holes": "gaps", "negative": "ok",
    }  # fmt: skip
    alone = parts[parts["series"] == "constant"]
    np.testing.assert_allclose(alone["trend"], 7)
    assert np.abs(alone["seasonal"]).max() < 1e-9
    assert parts[parts["status"].isin(["short", "gaps"])]["trend"].isna().all()
    multiplied = decompose(rows, series_col="series", model="multiplicative")
    found = multiplied.groupby("series")["status"].first()
    assert found[["zero", "negative"]].tolist() == ["not_positive"] * 2
    strengths = component_strengths(parts, series_col="series").set_index("series")
    assert strengths.loc[["short", "constant"], "seasonal_strength"].isna().all()


def test_multiplied_components_are_those_of_the_logarithms():
    trend, season, noise = planted()
    values = trend * np.exp(0.02 * season) * np.exp(0.01 * noise)
    parts = decompose(monthly(values), model="multiplicative")
    logs = decompose(monthly(np.log(values)))
    np.testing.assert_allclose(parts["seasonal"], np.exp(logs["seasonal"]), rtol=1e-9)
    np.testing.assert_allclose(
        parts["trend"] * parts["seasonal"] * parts["remainder"], values, rtol=1e-9
    )


def test_several_seasons():
    t = np.arange(7 * 4 * 12)
    week, month = 5 * np.sin(2 * np.pi * t / 7), 3 * np.cos(2 * np.pi * t / 28)
    frame = pd.DataFrame({
        "date": pd.date_range("2023-01-01", periods=len(t)), "value": 50 + week + month
    })  # fmt: skip
    parts = decompose(frame, season_length=(28, 7))
    assert [name for name in parts if name.startswith("seasonal")] == ["seasonal_7", "seasonal_28"]
    assert np.abs(parts["seasonal_7"] - week).max() < 0.5
    strengths = component_strengths(parts)
    assert (strengths[["seasonal_7_strength", "seasonal_28_strength"]] > 0.95).all(axis=None)


def test_robust_fitting_keeps_an_outlier_in_the_remainder():
    trend, season, noise = planted()
    values = trend + season + noise
    values[40] += 500
    parts = decompose(monthly(values), fitting="robust")
    assert parts["remainder"][40] > 490


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.sampled_from([1e-9, 3.0, 1e9]), shift=st.floats(0, 100))
def test_the_unit_of_money_and_a_constant_do_not_matter(seed, factor, shift):
    values = sum(planted(n=48, seed=seed))
    one, two = decompose(monthly(values)), decompose(monthly((values + shift) * factor))
    np.testing.assert_allclose(two["trend"], (one["trend"] + shift) * factor, rtol=1e-7)
    np.testing.assert_allclose(
        two["seasonal"], one["seasonal"] * factor, rtol=1e-6, atol=1e-7 * factor
    )


def test_strengths_by_hand():
    table = pd.DataFrame({
        "value": [1.0] * 4, "trend": [0.0, 0, 0, 0], "seasonal": [3.0, -3, 3, -3],
        "remainder": [1.0, 1, -1, -1],
    })  # fmt: skip
    found = component_strengths(table).iloc[0]
    # Var(R) = 1; Var(T + R) = 1; S + R = 4, -2, 2, -4: variance 10.
    assert found.tolist() == [4, 0.0, pytest.approx(0.9)]


def test_refusals():
    frame = monthly(sum(planted()))
    with pytest.raises(ValueError, match="seasonal_window must be odd"):
        decompose(frame, seasonal_window=8)
    with pytest.raises(ValueError, match="a series of years has no season"):
        decompose(frame.assign(date=pd.date_range("1900-01-01", periods=96, freq="YS")))
    with pytest.raises(ValueError, match="season_length must be a whole number of at least 2"):
        decompose(frame, season_length=1)
    with pytest.raises(ValueError, match="different seasons"):
        decompose(frame, season_length=(12, 12))
    with pytest.raises(DataContractError, match="bears the name of a result"):
        decompose(frame.rename(columns={"value": "trend"}), value_col="trend")
    with pytest.raises(ColumnNotFoundError):
        component_strengths(frame)
