from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.io import export, read_table, write_csv, write_parquet
from crmlytics.io.formulas import protect, unprotect
from crmlytics.io.missing import MISSING_WORDS
from tests.support.engines import columns

FRAME = pd.DataFrame(
    {
        "note": ["=HYPERLINK(1)", "+48 600 700 800", " -2", "＝1", "fine", None],
        "change": [-2.5, 3.0, None, 0.1, 1e-7, 2.0],
        "n": [-1, 2, 3, 4, 5, 6],
        "at": pd.to_datetime(["2024-01-05 10:00"] * 5 + [None]).astype("datetime64[us]"),
    }
)


def rows_of(path, encoding="utf-8"):
    with path.open(encoding=encoding, newline="") as handle:
        return list(csv.reader(handle))


def test_text_is_protected_and_numbers_are_not(engine, tmp_path):
    write_csv(engine.make(FRAME), tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert rows[0] == ["note", "change", "n", "at"]
    protected = ["'=HYPERLINK(1)", "'+48 600 700 800", "' -2", "'＝1", "fine", ""]
    assert [row[0] for row in rows[1:]] == protected
    assert [row[1] for row in rows[1:]] == ["-2.5", "3.0", "", "0.1", "1e-07", "2.0"]
    assert rows[1][2:] == ["-1", "2024-01-05 10:00:00"]
    assert rows[6][3] == ""


def test_our_own_reader_gives_the_text_back(engine, tmp_path):
    write_csv(engine.make(FRAME), tmp_path / "out.csv")
    back = read_table(tmp_path / "out.csv")
    assert columns(back) == columns(FRAME)


def test_column_names_are_protected_too(tmp_path):
    write_csv(pd.DataFrame({"=a": ["x"], "-b": [1], 2024: [2]}), tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv")[0] == ["'=a", "'-b", "2024"]
    assert read_table(tmp_path / "out.csv").columns.tolist() == ["=a", "-b", "2024"]


def test_protection_can_be_left_out(tmp_path):
    write_csv(pd.DataFrame({"a": ["=1"]}), tmp_path / "out.csv", escape_formulas=False)
    assert rows_of(tmp_path / "out.csv") == [["a"], ["=1"]]


def test_cells_of_other_kinds(tmp_path):
    frame = pd.DataFrame(
        {
            "list": [["a", "b"], ("=x",), frozenset({"d", "c"}), np.array([1, 2]), None],
            "money": [Decimal("-2.50"), None, Decimal(1), Decimal(2), Decimal(3)],
            "flag": [True, False, None, pd.NA, True],
            "gap": pd.array([1, None, 3, 4, 5], dtype="Int64"),
            "code": pd.Categorical(["@x", "y", "@x", None, "y"]),
            "day": [dt.date(2024, 1, 5), None, None, None, pd.NaT],
        }
    )
    write_csv(frame, tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")[1:]
    assert [row[0] for row in rows] == ["a; b", "'=x", "c; d", "1; 2", ""]
    assert [row[1] for row in rows] == ["-2.50", "", "1", "2", "3"]
    assert [row[2] for row in rows] == ["True", "False", "", "", "True"]
    assert [row[3] for row in rows] == ["1", "", "3", "4", "5"]
    assert [row[4] for row in rows] == ["'@x", "y", "'@x", "", "y"]
    assert [row[5] for row in rows] == ["2024-01-05", "", "", "", ""]


def test_large_frames_are_written_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_BATCH", 7)
    write_csv(pd.DataFrame({"n": range(20)}), tmp_path / "out.csv")
    assert read_table(tmp_path / "out.csv")["n"].tolist() == list(range(20))


def test_other_delimiters_and_encodings(tmp_path):
    frame = pd.DataFrame({"имя": ["Анна; Вера"], "сумма": [1.5]})
    write_csv(frame, tmp_path / "out.csv", delimiter=";", encoding="cp1251")
    assert b";" in (tmp_path / "out.csv").read_bytes()
    back = read_table(tmp_path / "out.csv")
    assert back.to_dict("list") == {"имя": ["Анна; Вера"], "сумма": [1.5]}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": [{"b": 1}]}), "'a' holds dict values"),
        (pd.DataFrame({"a": [b"x"]}), "'a' holds bytes values"),
        (pd.DataFrame({"a": [1]}, index=pd.Index([7], name="id")), r"reset_index\(\)"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "1 column names of the frame repeat"),
        (pd.DataFrame({"a": ["₽"]}), "encoding 'cp1251' has no character '₽'"),
    ],
)
def test_refusals_leave_the_old_file(tmp_path, frame, message):
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(DataContractError, match=message):
        write_csv(frame, path, encoding="cp1251")
    assert path.read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]


def test_other_input_is_refused(tmp_path):
    with pytest.raises(TypeError, match="must be a pandas"):
        write_csv([1, 2], tmp_path / "out.csv")
    with pytest.raises(ValueError, match="delimiter must be one character"):
        write_csv(FRAME, tmp_path / "out.csv", delimiter="'")


def test_parquet_keeps_the_types(engine, tmp_path):
    write_parquet(engine.make(FRAME), tmp_path / "out.parquet")
    back = read_table(tmp_path / "out.parquet")
    assert columns(back) == columns(FRAME)
    assert str(back["n"].dtype) == "int64"


def test_parquet_refuses_an_index_and_mixed_types_without_showing_values(tmp_path):
    with pytest.raises(DataContractError, match="reset_index"):
        write_parquet(FRAME.set_index("note"), tmp_path / "out.parquet")
    with pytest.raises(DataContractError, match="mixes types") as refusal:
        write_parquet(pd.DataFrame({"a": ["Smith", 1]}), tmp_path / "out.parquet")
    assert "Smith" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


# NUL cannot stand in a text file that we read; blanks and missing words are missing values.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.text(
    st.sampled_from("'=+-@ \t\n\r\"',;＝a1")
)


@given(st.lists(st.tuples(texts, texts), min_size=1))
def test_written_and_read_back_equals_the_input(rows):
    def kept(text):
        written = protect(text).strip()
        return None if not written or written in MISSING_WORDS else text

    buffer = io.StringIO(newline="")
    frame = pd.DataFrame(rows, columns=["one", "two"], dtype=object)
    table = export._collected(frame)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.columns)
    for part in export._rows(table, protect):
        writer.writerows(part)
    data = buffer.getvalue().encode()
    parsed = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert [tuple(map(unprotect, row)) for row in parsed[1:]] == rows
    back = read_table(
        io.BytesIO(data), encoding="utf-8", delimiter=",", text_columns=["one", "two"]
    )
    got = [[None if pd.isna(one) else one for one in row] for row in back.to_numpy(dtype=object)]
    assert got == [[kept(one) for one in row] for row in rows]


@pytest.mark.parametrize("name", ["a.xlsx", "b.PARQUET", "c.csv.gz"])
def test_csv_is_not_written_under_another_kinds_name(tmp_path, name):
    with pytest.raises(ValueError, match="write_csv writes CSV"):
        write_csv(pd.DataFrame({"x": [1]}), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
