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

    frame = pd.DataFrame(rows, columns=["one", "two"], dtype=object)
    lines = export._lines(export._collected(frame), ",", escape_formulas=True)
    data = "".join(lines).encode()
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


class Formula:
    def __str__(self):
        return "=1+1"


def test_objects_that_write_themselves_as_formulas_are_protected(tmp_path):
    frame = pd.DataFrame({"a": pd.Series([Formula(), Decimal("-2.5"), -3], dtype=object)})
    write_csv(frame, tmp_path / "out.csv")
    assert [row[0] for row in rows_of(tmp_path / "out.csv")] == ["a", "'=1+1", "-2.5", "-3"]


def test_a_mark_of_byte_order_hides_no_formula(tmp_path):
    write_csv(pd.DataFrame({"\ufeff=a": ["\ufeff=1"]}), tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv") == [["'\ufeff=a"], ["'\ufeff=1"]]
    assert read_table(tmp_path / "out.csv").to_dict("list") == {"\ufeff=a": ["\ufeff=1"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_another_delimiter_would_split_is_quoted(tmp_path, delimiter):
    texts = ["a;=1", "b\t=1", "c,=1", "d|=1", 'e"f', "g h"]
    target = tmp_path / "out.csv"
    write_csv(pd.DataFrame({"a": texts, "b;c": 1.5}), target, delimiter=delimiter)
    raw = target.read_text(encoding="utf-8").splitlines()
    assert raw[0] == f'a{delimiter}"b;c"'
    assert all(line.startswith('"') for line in raw[1:4])
    assert read_table(target, delimiter=delimiter)["a"].tolist() == texts


def test_a_missing_value_alone_in_its_row_is_no_blank_line(tmp_path):
    write_csv(pd.DataFrame({"a": ["x", None, "y"]}), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == b'a\r\nx\r\n""\r\ny\r\n'


@pytest.mark.parametrize("delimiter", ["=", "-", "+", "@", "5", "x", "é", "\0", ".", "＝", '"', ""])
def test_delimiters_that_cannot_serve_are_refused(tmp_path, delimiter):
    with pytest.raises(ValueError, match="delimiter must be one character"):
        write_csv(pd.DataFrame({"a": ["x"]}), tmp_path / "out.csv", delimiter=delimiter)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", ["nope", "rot13"])
def test_an_unknown_encoding_is_refused(tmp_path, encoding):
    with pytest.raises(ValueError, match="encoding must be one of text"):
        write_csv(pd.DataFrame({"a": ["x"]}), tmp_path / "out.csv", encoding=encoding)
    assert not list(tmp_path.iterdir())


def test_numbers_beyond_64_bits_are_no_parquet(tmp_path):
    frame = pd.DataFrame({"a": pd.Series([2**70], dtype=object)})
    with pytest.raises(DataContractError, match="numbers too long"):
        write_parquet(frame, tmp_path / "out.parquet")


def test_midnights_are_written_as_dates(engine, tmp_path):
    days = pd.to_datetime(["2024-01-01", None, "2024-02-01"]).astype("datetime64[us]")
    frame = pd.DataFrame(
        {"n": [1, 2, 3], "day": days, "at": days + pd.to_timedelta([0, 1, 2], unit="h")}
    )
    write_csv(engine.make(frame), tmp_path / "out.csv")
    rows = rows_of(tmp_path / "out.csv")
    assert [row[1] for row in rows] == ["day", "2024-01-01", "", "2024-02-01"]
    assert [row[2] for row in rows] == ["at", "2024-01-01 00:00:00", "", "2024-02-01 02:00:00"]


def test_midnights_with_a_zone_keep_their_offset(tmp_path):
    days = pd.to_datetime(["2024-01-01"]).tz_localize("Europe/Berlin")
    write_csv(pd.DataFrame({"day": days}), tmp_path / "out.csv")
    assert rows_of(tmp_path / "out.csv")[1] == ["2024-01-01 00:00:00+01:00"]


@pytest.mark.parametrize("delimiter", [" ", ":", ",", ";"])
def test_dates_and_spans_of_time_are_quoted_where_they_hold_the_delimiter(tmp_path, delimiter):
    at, ago = dt.datetime(2024, 1, 5, 10, 30), dt.timedelta(days=-1, hours=2)
    frame = pd.DataFrame({"at": [at], "ago": pd.Series([ago], dtype=object), "n": [-1.5]})
    write_csv(frame, tmp_path / "out.csv", delimiter=delimiter)
    text = (tmp_path / "out.csv").read_text(encoding="utf-8")
    row = list(csv.reader(io.StringIO(text), delimiter=delimiter))[1]
    assert row == ["2024-01-05 10:30:00", "-1 day, 2:00:00", "-1.5"]
