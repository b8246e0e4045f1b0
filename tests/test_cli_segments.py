"""The command `crmlytics segments`, and the shapes that `crmlytics cohorts` can write."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.cli import main
from crmlytics.customers import rfm_table
from crmlytics.retention import cohort_matrix, cohort_table
from crmlytics.segmentation import RFMScorer, SegmentMap, segment_table
from tests.support.purchases import quiet

AS_OF = dt.date(2024, 6, 30)
WORDS = ["--map", "customer_id=Client", "date=Day", "amount=Paid", "--as-of", "2024-06-30"]
COLUMNS = {"customer_col": "Client", "date_col": "Day", "amount_col": "Paid"}


@pytest.fixture
def purchases() -> pd.DataFrame:
    days = pd.date_range("2024-01-01 09:00", periods=150, freq="29h").astype("datetime64[us]")
    who = [f"c{(i * i) % 31:02d}" for i in range(150)]
    return pd.DataFrame(
        {"Client": who, "Day": days, "Paid": [float(5 + i % 13) for i in range(150)]}
    )


@pytest.fixture
def table(purchases, tmp_path):
    path = tmp_path / "orders.csv"
    purchases.to_csv(path, index=False)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(("by", "n_bins"), [("putler11", 5), ("pymc5", 4)])
def test_segments_writes_what_the_library_computes(
    capsys, purchases, table, tmp_path, by, n_bins
):  # fmt: skip
    out = tmp_path / "segments.parquet"
    code, said, err = run(
        capsys, "segments", table, *WORDS, "--by", by, "--level", "0.8", "--out", out
    )
    assert code == 0, err
    rfm = rfm_table(purchases, as_of=AS_OF, **COLUMNS).rename(columns={"Client": "customer_id"})
    scored = SegmentMap.named(by).assign(quiet(RFMScorer(n_bins=n_bins).fit_transform, rfm))
    expected = segment_table(scored, level=0.8)
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected, check_dtype=False)
    assert said == f"wrote {out}: {len(expected)} segments of {len(rfm)} customers\n"
    assert "what a customer buys on one day is one purchase" in err


def test_segments_know_their_maps(capsys, table, tmp_path):
    out = tmp_path / "x.csv"
    code, _, err = run(capsys, "segments", table, *WORDS, "--by", "putler", "--out", out)
    assert code == 2
    assert "putler11" in err
    assert not out.exists()


def test_cohorts_can_be_written_as_a_matrix(capsys, purchases, table, tmp_path):
    out = tmp_path / "matrix.parquet"
    more = ["--unit", "M", "--matrix", "active", "--out", out]
    assert run(capsys, "cohorts", table, *WORDS, *more)[0] == 0
    long = cohort_table(purchases, unit="M", as_of=AS_OF, **COLUMNS)
    expected = cohort_matrix(long, value="active")
    written = pd.read_parquet(out)
    assert list(written) == list(expected)
    assert written["0"].tolist() == expected["0"].tolist()


def test_cohorts_by_each_customers_own_days(capsys, table, tmp_path):
    out = tmp_path / "brackets.parquet"
    more = ["--unit", "M", "--brackets", "0", "1", "30", "--out", out]
    assert run(capsys, "cohorts", table, *WORDS, *more)[0] == 0
    assert set(pd.read_parquet(out)["to_day"]) == {1, 30}
    code, _, err = run(
        capsys, "cohorts", table, *WORDS, "--unit", "M", "--brackets", "5", "1", "--out", out
    )
    assert code == 2
    assert "brackets" in err


def test_a_matrix_of_revenue_needs_money(capsys, purchases, tmp_path):
    path = tmp_path / "visits.csv"
    purchases[["Client", "Day"]].to_csv(path, index=False)
    words = ["--map", "customer_id=Client", "date=Day", "--as-of", "2024-06-30", "--unit", "M"]
    code, _, err = run(
        capsys, "cohorts", path, *words, "--matrix", "revenue", "--out", tmp_path / "x.csv"
    )
    assert code == 2
    assert "--map amount=Paid" in err
