from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmlytics.errors import ColumnNotFoundError, UnreadableFileError
from crmlytics.io import read_table, read_table_report
from tests.support.engines import ENGINES, columns


@pytest.fixture
def path(tmp_path):
    table = pa.table(
        {
            "id": pa.array([1, None, 3], pa.int64()),
            "text": ["nan", "NA", None],
            "code": pa.array(["x", "null", "x"]).dictionary_encode(),
            "flag": [True, None, False],
            "x": [1.5, None, 2.0],
            "at": pa.array([0, 1, None], pa.timestamp("us")),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb"])
def test_types_stay_and_the_text_nan_stays(path, backend):
    frame = read_table(path, backend=backend)
    assert ENGINES[backend].is_kind(frame)
    result = columns(frame)
    assert result["id"] == [1, None, 3]
    assert result["text"] == ["nan", "NA", None]
    assert result["flag"] == [True, None, False]
    assert result["x"] == [1.5, None, 2.0]


def test_ids_with_gaps_stay_integers_in_pandas(path):
    assert str(read_table(path)["id"].dtype) == "Int64"


def test_words_for_missing_are_counted(path):
    report = read_table_report(path)
    assert (report.kind, report.rows, report.encoding) == ("parquet", 3, None)
    assert [one.type for one in report.columns] == [
        "integer", "text", "text", "other", "number", "date",
    ]  # fmt: skip
    assert [one.missing for one in report.columns] == [1, 1, 0, 1, 1, 1]
    assert [one.missing_words for one in report.columns] == [0, 1, 1, 0, 0, 0]


def test_columns_are_chosen_and_renamed(path):
    assert read_table(path, columns={"x": "y", "id": "id"}).columns.tolist() == ["y", "id"]
    with pytest.raises(ColumnNotFoundError, match="did you mean 'text'"):
        read_table(path, columns=["texts"])


def test_a_pandas_index_becomes_a_column(tmp_path):
    pd.DataFrame({"a": [1]}, index=pd.Index(["k"], name="key")).to_parquet(tmp_path / "in.parquet")
    assert read_table(tmp_path / "in.parquet").columns.tolist() == ["a", "key"]


def test_damaged_files_are_refused(path, tmp_path):
    data = path.read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[:-20])
    with pytest.raises(UnreadableFileError, match="truncated"):
        read_table(tmp_path / "cut.parquet")
    (tmp_path / "bad.parquet").write_bytes(data[:4] + b"\xff" * (len(data) - 8) + data[-4:])
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_table(tmp_path / "bad.parquet")
