"""The command `crmlytics clv`."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics import cli_clv
from crmlytics.cli import main
from crmlytics.cli_clv import PURCHASE_MODELS
from crmlytics.clv import BetaGeoModel, GammaGammaModel, ModifiedBetaGeoModel
from crmlytics.clv.value_tables import clv_table
from crmlytics.customers import purchase_summary
from crmlytics.datasets import make_transactions
from crmlytics.io import read_table

AS_OF = dt.date(2024, 12, 31)
WORDS = ["--as-of", "2024-12-31", "--horizon", "12", "--unit", "M"]
MAP = ["--map", "customer_id=Client", "date=Day", "amount=Paid"]


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    # Days whose order cannot be mistaken, money with two decimals: what a CSV file keeps.
    rows = make_transactions(300, times="midnight", random_state=5).transactions
    return rows[["customer_id", "date", "amount"]].assign(amount=rows["amount"].round(2))


@pytest.fixture(scope="module")
def table(purchases, tmp_path_factory):
    path = tmp_path_factory.mktemp("clv") / "orders.csv"
    named = purchases.set_axis(["Client", "Day", "Paid"], axis=1)
    named.to_csv(path, index=False)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def valued(purchases, kind, **options) -> pd.DataFrame:
    summary = purchase_summary(purchases, as_of=AS_OF, unit="W", exact=True, amount_col="amount")
    models = (kind(unit="W").fit(summary), GammaGammaModel(unit="W").fit(summary))
    how = {"horizon": 12, "horizon_unit": "M", "annual_rate": 0.1} | options
    return clv_table(summary, *models, **how).rename(columns={"customer_id": "Client"})


def test_it_writes_the_librarys_table(capsys, purchases, table, tmp_path):
    out = tmp_path / "clv.parquet"
    code, said, err = run(capsys, "clv", table, *MAP, *WORDS, "--out", out)
    assert (code, said) == (
        0, f"wrote {out}: 300 customers, 12 M ahead at 0.1 interest a year\n",
    )  # fmt: skip
    assert "left out" not in err
    written = pd.read_parquet(out)
    expected = valued(purchases, ModifiedBetaGeoModel)
    pd.testing.assert_frame_equal(written, expected, check_dtype=False)
    assert written["low"].isna().all()


def test_model_rate_margin_and_interval(capsys, purchases, table, tmp_path):
    out = tmp_path / "clv.csv"
    more = ["--model", "bg", "--annual-rate", "0", "--margin", "0.3", "--level", "0.8"]
    code, said, _ = run(capsys, "clv", table, *MAP, *WORDS, *more, "--seed", "4", "--out", out)
    assert code == 0
    assert "at 0 interest" in said
    expected = valued(
        purchases, BetaGeoModel, annual_rate=0.0, margin=0.3, level=0.8, random_state=4
    )
    pd.testing.assert_frame_equal(read_table(out), expected, check_dtype=False)


@pytest.mark.parametrize("model", PURCHASE_MODELS)
def test_every_model_runs(capsys, table, tmp_path, model):
    out = tmp_path / "clv.parquet"
    code, _, err = run(capsys, "clv", table, *MAP, *WORDS, "--model", model, "--out", out)
    assert code == 0, err
    written = pd.read_parquet(out)
    assert len(written) == 300
    assert (written["clv"] >= 0).all()


@pytest.mark.parametrize("name", [*cli_clv._CLV_COLUMNS, "CLV"])
def test_a_customer_column_like_a_result_is_named(capsys, purchases, tmp_path, name):
    path, out = tmp_path / "orders.csv", tmp_path / "x.csv"
    purchases.set_axis([name, "Day", "Paid"], axis=1).to_csv(path, index=False)
    words = ["--map", f"customer_id={name}", "date=Day", "amount=Paid"]
    code, _, err = run(capsys, "clv", path, *words, *WORDS, "--out", out)
    assert code == 3
    assert f"the key column {name!r} bears the name of a result column" in err
    assert not out.exists()


def test_the_result_columns_are_known(capsys, table, tmp_path):
    out = tmp_path / "clv.csv"
    run(capsys, "clv", table, *MAP, *WORDS, "--out", out)
    assert list(read_table(out))[1:] == list(cli_clv._CLV_COLUMNS)


def test_customers_whose_refunds_ate_up_their_purchases_are_left_out(capsys, purchases, tmp_path):
    counts = purchases["customer_id"].value_counts()
    some = counts[counts > 1].index[0]
    refund = pd.DataFrame(
        {"customer_id": [some], "date": [pd.Timestamp("2024-12-31")], "amount": [-1e6]}
    )
    path = tmp_path / "orders.parquet"
    pd.concat([purchases, refund], ignore_index=True).to_parquet(path)
    out = tmp_path / "clv.parquet"
    code, said, err = run(capsys, "clv", path, *WORDS, "--out", out)
    assert code == 0
    assert "299 customers" in said
    assert "1 customer left out: repeat purchases that came to nothing" in err
    assert some not in set(pd.read_parquet(out)["customer_id"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--horizon", "0"], "above 0, got '0'"),
        (["--horizon", "nan"], "above 0, got 'nan'"),
        (["--annual-rate", "-0.1"], "of at least 0"),
        (["--annual-rate", "ten"], "of at least 0, got 'ten'"),
        (["--margin", "0"], "above 0"),
        (["--level", "1"], "between 0 and 1"),
        (["--model", "arima"], "invalid choice"),
        (["--unit", "H"], "invalid choice"),
    ],
)
def test_wrong_usage_says_what_is_meant(capsys, table, tmp_path, words, said):
    out = tmp_path / "clv.csv"
    # An equals sign lets argparse take a negative number for a value.
    given = [f"{words[0]}={words[1]}"]
    code, _, err = run(capsys, "clv", table, *MAP, *WORDS, *given, "--out", out)
    assert code == 2
    assert said in err
    assert not out.exists()


def test_nobody_who_came_again_is_refused(capsys, purchases, tmp_path):
    path = tmp_path / "once.csv"
    purchases.drop_duplicates("customer_id").to_csv(path, index=False)
    code, _, err = run(capsys, "clv", path, *WORDS, "--out", tmp_path / "clv.csv")
    assert code == 3
    assert "no customer has a repeat purchase" in err
    assert not (tmp_path / "clv.csv").exists()
