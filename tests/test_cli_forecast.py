"""`crmlytics forecast`: what the library computes, by a column, refusals and their exit codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.cli import main
from crmlytics.forecast import SalesForecaster, sales_series

AS_OF = ["--as-of", "2024-01-17"]


@pytest.fixture
def log():
    rng = np.random.default_rng(5)
    n = 1500
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1112, n), unit="D")
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:02d}" for i in rng.integers(0, 30, n)],
            "date": days,
            "amount": rng.gamma(3.0, 20.0, n).round(2),
            "region": rng.choice(["north", "south"], n),
            "item": "goods",  # a column of a usual name that plays no part
        }
    )


@pytest.fixture
def table(log, tmp_path):
    path = tmp_path / "orders.csv"
    log.to_csv(path, index=False)
    return path


def run(capsys, *words):
    code = main([str(word) for word in words])
    found = capsys.readouterr()
    return code, found.out, found.err


@pytest.mark.parametrize("by", [None, "region"])
def test_it_writes_what_the_library_computes(capsys, table, log, tmp_path, by):
    out = tmp_path / "forecast.csv"
    words = [] if by is None else ["--by", by]
    code, said, err = run(capsys, "forecast", table, *AS_OF, "--horizon", 6, *words, "--out", out)
    assert code == 0, err
    assert said == f"wrote {out}: {'1 forecast' if by is None else '2 forecasts'} of 6 periods\n"
    assert "1,500 rows read" in err
    sales = sales_series(log, unit="M", as_of=pd.Timestamp("2024-01-17").date(), by=by)
    expected = SalesForecaster(horizon=6, unit="M").fit(sales, series_col=by).predict()
    found = pd.read_csv(out, parse_dates=["date"])
    assert found.columns.tolist() == expected.columns.tolist()
    assert found["date"].tolist() == expected["date"].tolist()
    np.testing.assert_allclose(found["forecast"], expected["forecast"], rtol=1e-9)
    np.testing.assert_allclose(found["high_95"], expected["high_95"], rtol=1e-9)


def test_rows_without_a_region_are_counted(capsys, log, tmp_path):
    path = tmp_path / "orders.csv"
    log.assign(region=log["region"].where(log.index > 2)).to_csv(path, index=False)
    out = tmp_path / "forecast.parquet"
    code, _, err = run(
        capsys, "forecast", path, *AS_OF, "--horizon", 2, "--by", "region", "--out", out
    )
    assert code == 0
    assert "3 rows without region left out" in err
    assert set(pd.read_parquet(out)["region"]) == {"north", "south"}


def test_outliers_are_told(capsys, log, tmp_path):
    path = tmp_path / "orders.csv"
    log.loc[7, "amount"] = 1e6
    log.to_csv(path, index=False)
    words = [path, *AS_OF, "--horizon", 2, "--out", tmp_path / "forecast.csv"]
    assert "1 outlier among the past periods, kept" in run(capsys, "forecast", *words)[2]
    cleaned = run(capsys, "forecast", *words, "--outliers", "clean")
    assert "1 outlier among the past periods, replaced" in cleaned[2]


def test_refusals(capsys, table, tmp_path):
    out = tmp_path / "forecast.csv"
    code, _, err = run(capsys, "forecast", table, *AS_OF, "--out", out)
    assert (code, "--horizon" in err) == (2, True)
    code, _, err = run(
        capsys, "forecast", table, *AS_OF, "--horizon", 2, "--by", "regoin", "--out", out
    )
    assert (code, "region" in err) == (3, True)
    assert not out.exists()
