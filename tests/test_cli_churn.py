"""The command `crmlytics churn`."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.churn import ChurnModel
from crmlytics.cli import main
from crmlytics.datasets import make_transactions
from crmlytics.io import read_table

AS_OF = dt.date(2024, 12, 31)
WORDS = ["--as-of", "2024-12-31", "--horizon", "90", "--unit", "D", "--active-within", "365"]
MAP = ["--map", "customer_id=Client", "date=Day", "amount=Paid"]


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    rows = make_transactions(400, times="midnight", random_state=5).transactions
    return rows[["customer_id", "date", "amount"]].assign(amount=rows["amount"].round(2))


@pytest.fixture(scope="module")
def table(purchases, tmp_path_factory):
    path = tmp_path_factory.mktemp("churn") / "orders.csv"
    purchases.set_axis(["Client", "Day", "Paid"], axis=1).to_csv(path, index=False)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def test_it_writes_the_librarys_scores_the_likeliest_first(capsys, purchases, table, tmp_path):
    out = tmp_path / "churn.csv"
    more = ["--model", "logistic", "--reasons", "2", "--seed", "3"]
    code, said, err = run(capsys, "churn", table, *MAP, *WORDS, *more, "--out", out)
    assert code == 0
    model = ChurnModel(
        horizon=90, unit="D", active_within=365, model="logistic", amount_col="amount",
        random_state=3,
    ).fit(purchases, as_of=AS_OF)  # fmt: skip
    expected = model.predict(purchases, as_of=AS_OF, n_reasons=2)
    assert said.startswith(f"wrote {out}: {len(expected)} customers, churn rate of the past ")
    assert "AUC 0." in said
    assert said.endswith("on later cutoffs\n")
    assert "as known on 2024-01-07, " in err
    written = read_table(out)
    assert written.columns[0] == "Client"
    assert written["churn_probability"].is_monotonic_decreasing
    by_client = written.sort_values("Client")["churn_probability"].tolist()
    assert by_client == pytest.approx(expected["churn_probability"].tolist())


def test_dates_and_customers_are_enough(capsys, purchases, tmp_path):
    path, out = tmp_path / "visits.csv", tmp_path / "churn.parquet"
    purchases[["customer_id", "date"]].to_csv(path, index=False)
    code, _, _ = run(capsys, "churn", path, *WORDS, "--model", "logistic", "--out", out)
    assert code == 0
    assert "money" not in pd.read_parquet(out).columns


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--horizon", "900"], 3, "too short"),
        (["--horizon", "0"], 2, "whole number above 0"),
        (["--as-of", "2010-01-01"], 3, "2010-01-01"),
        (["--unit", "x"], 2, "invalid choice"),
    ],
)
def test_refusals(capsys, table, tmp_path, words, code, told):
    found, _, err = run(capsys, "churn", table, *MAP, *WORDS, *words, "--out", tmp_path / "c.csv")
    assert found == code
    assert told in err
    assert not (tmp_path / "c.csv").exists()
