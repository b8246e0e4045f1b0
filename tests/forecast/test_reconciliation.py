"""reconcile: a hand case, another library's numbers, coherence, coverage, engines, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.forecast import Hierarchy, SalesForecaster, reconcile

GOLDEN = Path(__file__).parent / "golden"
SOURCE = "hierarchicalforecast 1.5.3, tests/forecast/golden/make_hierarchicalforecast.py"
TREE = Hierarchy.from_parents(
    {"north": "total", "south": "total", "north/a": "north", "north/b": "north",
     "south/a": "south", "south/b": "south", "south/c": "south"}
)  # fmt: skip
LOOSE = ["mint", "wls", "structural", "ols", "bottom_up", "top_down"]


@pytest.fixture(scope="module")
def history():
    return pd.read_csv(GOLDEN / "hierarchy_history.csv", parse_dates=["date"])


@pytest.fixture(scope="module")
def reconciled():
    return pd.read_csv(GOLDEN / "hierarchy_reconciled.csv", parse_dates=["date"])


def one_date(forecast, names=("total", "n", "s"), **more):
    date = pd.to_datetime(["2024-01-01"] * len(names))
    return pd.DataFrame({"series": names, "date": date, "forecast": forecast, **more})


def test_by_hand():
    tree = Hierarchy.from_parents({"n": "total", "s": "total"})
    # 6 too many in the total. Equal weights: a third each. By leaves: half of it to the total.
    for method, expected in (("ols", [98, 42, 56]), ("structural", [97, 41.5, 55.5])):
        table = reconcile(one_date([100.0, 40.0, 54.0]), tree, method=method)
        assert table["forecast"].tolist() == pytest.approx(expected)
    assert reconcile(one_date([100.0, 40.0, 54.0]), tree, method="bottom_up")[
        "forecast"
    ].tolist() == [94, 40, 54]


def test_a_negative_leaf_by_hand():
    tree = Hierarchy.from_parents({"n": "total", "s": "total"})
    base = one_date([10.0, 0.0, 40.0])
    # Equal weights want [20, -10, 30]; with n at 0 the total and s meet half way.
    assert reconcile(base, tree, method="ols", non_negative=False)["forecast"].tolist() == (
        pytest.approx([20, -10, 30])
    )
    assert reconcile(base, tree, method="ols")["forecast"].tolist() == pytest.approx([25, 0, 25])


@pytest.mark.parametrize("case", ["plain", "negative"])
@pytest.mark.parametrize("method", [*LOOSE, "mint, non-negative"])
def test_hierarchicalforecast(history, reconciled, golden, case, method):
    theirs = reconciled[(reconciled["case"] == case) & (reconciled["method"] == method)]
    ours = reconcile(
        theirs[["series", "date", "forecast"]], TREE, method=method.split(",")[0], fitted=history,
        non_negative=method.endswith("non-negative"),
    )  # fmt: skip
    golden(
        f"Reconciled forecasts of 8 series and 3 months, case {case!r}, method {method!r}",
        ours=ours["forecast"].tolist(),
        published=theirs["reconciled"].tolist(),
        source=SOURCE,
        # Its solver of quadratic programs stops at 1e-5; a ridge of 2e-8 is in its variances.
        tolerance=5e-5 if method.endswith("non-negative") else 1e-6,
    )


def test_non_negative_is_the_least_squares_optimum():
    from scipy.optimize import nnls

    rng = np.random.default_rng(3)
    summing = TREE.summing.toarray()
    for _ in range(30):
        base = rng.normal(0, 10, 8)
        table = reconcile(one_date(base, TREE.nodes), TREE, method="structural", non_negative=True)
        root = 1 / np.sqrt(summing.sum(axis=1))
        expected, _ = nnls(root[:, None] * summing, root * base)
        np.testing.assert_allclose(table["forecast"][3:], expected, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    method=st.sampled_from(LOOSE),
    scale=st.sampled_from([1e-9, 1, 1e9]),
)
def test_sums_add_up_and_coherent_forecasts_stay(seed, method, scale):
    rng = np.random.default_rng(seed)
    base = rng.gamma(2.0, 20.0, 8) * scale
    past = pd.DataFrame({
        "series": np.repeat(TREE.nodes, 12),
        "date": np.tile(pd.date_range("2023-01-01", periods=12, freq="MS"), 8),
        "value": rng.gamma(2.0, 20.0, 96) * scale, "fitted": rng.gamma(2.0, 20.0, 96) * scale,
    })  # fmt: skip
    table = reconcile(one_date(base, TREE.nodes), TREE, method=method, fitted=past)
    found = table["forecast"].to_numpy()
    np.testing.assert_allclose(found, TREE.summing @ found[3:], rtol=1e-9)
    if method not in ("bottom_up", "top_down"):
        again = reconcile(one_date(found, TREE.nodes), TREE, method=method, fitted=past)
        np.testing.assert_allclose(again["forecast"], found, rtol=1e-7, atol=1e-9 * scale)


def test_intervals_cover_what_they_say():
    """Correlated leaves, errors as in the past: 80 % of what comes lies inside, at every node."""
    rng = np.random.default_rng(5)
    summing = TREE.summing.toarray()
    mix = rng.normal(size=(5, 5)) + 1.5  # a common shock, so that a total of independent ones fails
    periods, trials = 200, 2500
    noise = rng.normal(0, 0.5, (8, 1))

    def errors(n):
        return summing @ (mix @ rng.normal(size=(5, n))) + noise * rng.normal(size=(8, n))

    past = errors(periods)
    dates = pd.date_range("2000-01-01", periods=periods, freq="D")
    fitted = pd.DataFrame({
        "series": np.repeat(TREE.nodes, periods), "date": np.tile(dates, 8),
        "value": past.ravel(), "fitted": 0.0,
    })  # fmt: skip
    half = 1.2816 * past.std(axis=1)
    base = one_date(np.zeros(8), TREE.nodes, low_80=-half, high_80=half)
    for method in ("mint", "wls", "bottom_up"):
        table = reconcile(base, TREE, method=method, fitted=fitted, non_negative=False)
        ahead = errors(trials)
        # What comes is the leaves' truth; the base forecasts were off by `ahead`.
        moved = reconcile(
            pd.DataFrame({
                "series": np.repeat(TREE.nodes, trials),
                "date": np.tile(pd.date_range("1900-01-01", periods=trials, freq="D"), 8),
                "forecast": ahead.ravel(),
            }), TREE, method=method, fitted=fitted, non_negative=False,
        )["forecast"].to_numpy().reshape(8, trials)  # fmt: skip
        width = (table["high_80"] - table["forecast"]).to_numpy()
        covered = (np.abs(moved) < width[:, None]).mean(axis=1)
        # 200 residuals tell a scale to 5 %, hence a coverage to 0.03.
        np.testing.assert_allclose(covered, 0.8, atol=0.05)


def test_each_side_keeps_its_shape_and_higher_levels_are_wider(history):
    base = one_date(
        [100.0, 40, 60, 20, 20, 20, 20, 20], TREE.nodes,
        low_80=90.0, high_80=130.0, low_95=80.0, high_95=160.0,
    )  # fmt: skip
    base.loc[3:, ["low_80", "high_80", "low_95", "high_95"]] = [18.0, 26, 16, 32]
    base.loc[1:2, ["low_80", "high_80", "low_95", "high_95"]] = [35.0, 70, 30, 80]
    table = reconcile(base, TREE, fitted=history)
    assert (table["low_95"] < table["low_80"]).all()
    assert (table["low_80"] < table["forecast"]).all()
    assert (table["high_80"] < table["high_95"]).all()
    up, down = table["high_80"] - table["forecast"], table["forecast"] - table["low_80"]
    assert (up > down).all()


def test_without_residuals_there_are_no_intervals():
    base = one_date([100.0, 40, 54], low_80=90.0, high_80=110.0)
    tree = Hierarchy.from_parents({"n": "total", "s": "total"})
    table = reconcile(base, tree, method="structural")
    assert table["low_80"].isna().all()
    assert set(table["error_scale"]) == {"structural"}


def test_nodes_without_history_count_like_average_leaves(history):
    base = one_date([101.0, 40, 60, 20, 20, 20, 20, 20], TREE.nodes)
    short = history[(history["series"] != "south/c")]
    table = reconcile(base, TREE, method="wls", fitted=short).set_index("series")
    assert table.loc["south/c", "error_scale"] == "structural"
    assert table.loc["south/a", "error_scale"] == "residuals"
    assert table["forecast"]["total"] == pytest.approx(table["forecast"][3:].sum(), rel=1e-12)


def test_sums_that_are_not_forecast_are_added_up(history):
    base = one_date([60.0, 20, 20, 20, 20, 20], ["south", *TREE.leaves])
    table = reconcile(base, TREE, fitted=history).set_index("series")
    assert table.loc["total", "forecast"] == pytest.approx(table["forecast"][3:].sum())
    assert np.isnan(table.loc["total", "base_forecast"])


def test_a_leaf_never_missed_keeps_its_forecast(history):
    still = history.assign(
        value=history["value"].where(history["series"] != "north/a", 0.0),
        fitted=history["fitted"].where(history["series"] != "north/a", 0.0),
    )
    base = one_date([110.0, 40, 60, 0, 20, 20, 20, 20], TREE.nodes)
    table = reconcile(base, TREE, fitted=still).set_index("series")
    assert abs(table.loc["north/a", "forecast"]) < 1e-6


def test_the_forecasters_output_feeds_it(engine):
    rng = np.random.default_rng(1)
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    leaves = pd.DataFrame({
        "Магазин": np.repeat(TREE.leaves, 40), "Месяц": np.tile(months, 5),
        "Сумма": rng.gamma(9.0, 5.0, 200),
    })  # fmt: skip
    names = {"date_col": "Месяц", "value_col": "Сумма", "series_col": "Магазин"}
    summed = TREE.aggregate(engine.make(leaves), **names)
    model = SalesForecaster(horizon=3).fit(summed, **names)
    table = engine.columns(reconcile(model.predict(), TREE, fitted=model.fitted_, **names))
    assert list(table) == [
        "Магазин", "Месяц", "forecast", "low_80", "high_80", "low_95", "high_95", "base_forecast",
        "error_scale",
    ]  # fmt: skip
    found = np.array(table["forecast"]).reshape(8, 3)
    np.testing.assert_allclose(found, TREE.summing @ found[3:], rtol=1e-12)
    for low, high in (("low_80", "high_80"), ("low_95", "high_95")):
        assert all(a < b for a, b in zip(table[low], table[high], strict=True))


def test_refusals(history):
    base = one_date([101.0, 40, 60, 20, 20, 20, 20, 20], TREE.nodes)
    with pytest.raises(ValueError, match="method='mint' needs fitted="):
        reconcile(base, TREE)
    with pytest.raises(ValueError, match="did you mean 'bottom_up'"):
        reconcile(base, TREE, method="bottomup")
    with pytest.raises(DataContractError, match="1 of 5 leaves have no forecast"):
        reconcile(base[:-1], TREE, fitted=history)
    with pytest.raises(DataContractError, match="1 of 8 rows of forecasts are of series that are"):
        reconcile(base.replace("total", "sum"), TREE, fitted=history)
    with pytest.raises(DataContractError, match="1 of 9 rows of forecasts repeat"):
        reconcile(pd.concat([base, base[:1]]), TREE, fitted=history)
    with pytest.raises(TypeError, match="must be a Hierarchy"):
        reconcile(base, {"a": "b"}, fitted=history)
    with pytest.raises(ValueError, match="non_negative"):
        reconcile(base, TREE, fitted=history, non_negative="yes")
    with pytest.raises(DataContractError, match="infinite"):
        reconcile(base.assign(forecast=np.inf), TREE, fitted=history)
