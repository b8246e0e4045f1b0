from __future__ import annotations

import datetime as dt
import hashlib
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.errors import (
    ColumnNotFoundError,
    CrmlyticsError,
    DataContractError,
    DataQualityWarning,
    UnreadableFileError,
)
from crmlytics.io import read_table, read_table_report, read_table_with_report, text_tables
from crmlytics.io.columns import Rules
from crmlytics.io.missing import MISSING_WORDS
from crmlytics.io.tables import read_purposeful
from crmlytics.io.text_tables import Purposes
from tests.support.engines import ENGINES, columns

# An invented export as 1C writes it: cp1251, semicolons, decimal commas, no-break spaces.
MESSY = (
    "Код;Клиент;Дата;Сумма;Заметка\r\n"
    "00017;ООО Ромашка;15.04.2024 10:02;1\u00a0234,50 руб.;\r\n"
    '00018;ИП Сидоров;02.03.2024 09:15;99,00 руб.;"срочно; звонить"\r\n'
    "00019;ООО Ландыш;28.02.2024 17:40;NULL;'=1+1\r\n"
).encode("cp1251")


def read(text, **options):
    return read_table(io.BytesIO(text.encode() if isinstance(text, str) else text), **options)


def report_of(text, **options):
    return read_table_report(io.BytesIO(text.encode()), **options)


def test_a_messy_export_by_hand():
    frame, report = read_table_with_report(io.BytesIO(MESSY))
    assert frame["Код"].tolist() == ["00017", "00018", "00019"]
    assert frame["Дата"].tolist()[1] == pd.Timestamp(2024, 3, 2, 9, 15)
    np.testing.assert_array_equal(frame["Сумма"], [1234.5, 99.0, np.nan])
    assert frame["Заметка"].isna().tolist() == [True, False, False]
    assert frame["Заметка"].tolist()[1:] == ["срочно; звонить", "=1+1"]
    assert (report.rows, report.refused, report.encoding) == (3, 0, "cp1251")
    assert (report.delimiter, report.decimal) == (";", ",")
    assert report.date_formats == {"Дата": "dd.mm.yyyy"}
    money, note = report.columns[3:]
    assert (money.type, money.missing, money.missing_words, money.repaired) == ("number", 1, 1, 2)
    assert (note.type, note.missing, note.repaired) == ("text", 1, 1)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb"])
def test_every_backend_gives_the_same_table(backend):
    frame = read_table(io.BytesIO(MESSY), backend=backend)
    assert ENGINES[backend].is_kind(frame)
    assert columns(frame) == columns(read_table(io.BytesIO(MESSY)))


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb"])
def test_types_of_every_backend(backend):
    text = "i,gap,x,day,at,note\n1,1,1.5,2024-01-05,2024-01-05T10:00+02:00,a\n2,,,,,\n"
    result = columns(read(text, backend=backend, tz="Europe/Riga"))
    assert result["i"] == [1, 2]
    assert result["gap"] == [1, None]
    assert all(isinstance(one, int) for one in result["i"] + result["gap"][:1])
    assert result["x"] == [1.5, None]
    at = result["at"][0]
    assert at == dt.datetime(2024, 1, 5, 8, tzinfo=dt.UTC)
    # DuckDB shows moments in the zone of its session and stores none.
    assert backend == "duckdb" or at.utcoffset() == dt.timedelta(hours=2)
    assert [result[name][1] for name in ("day", "at", "note")] == [None] * 3


def test_pandas_types():
    frame = read("i,gap,x,day,note\n1,1,1.5,2024-01-05,a\n2,,,,\n")
    assert [str(one) for one in frame.dtypes[:4]] == ["int64", "Int64", "float64", "datetime64[us]"]
    assert frame["note"].dtype == pd.Series(["a"]).dtype
    assert frame.index.equals(pd.RangeIndex(2))


def test_a_header_alone_is_an_empty_table():
    frame, report = read_table_with_report(io.BytesIO(b"a,b\r\n"))
    assert frame.columns.tolist() == ["a", "b"]
    assert (len(frame), report.rows) == (0, 0)
    assert [one.type for one in report.columns] == ["empty", "empty"]


# Northwind's stray commas, in small.
RAGGED = "id,address,city\n1,Main St,Rome\n2,Main St, 5,Oslo\n3,Side St,Bonn\n4,Short\n"


def test_ragged_rows_are_an_error_with_count_rows_and_remedy():
    with pytest.raises(DataContractError) as refusal:
        read(RAGGED)
    message = str(refusal.value)
    assert "2 of 4 rows do not have the 3 fields" in message
    assert "rows 2, 4; row 1 follows the header" in message
    assert "ragged='skip'" in message
    assert "Main" not in message


def test_ragged_rows_can_be_left_out_and_are_counted():
    with pytest.warns(DataQualityWarning, match=r"2 of 4 rows .* left out"):
        frame, report = read_table_with_report(io.BytesIO(RAGGED.encode()), ragged="skip")
    assert frame["id"].tolist() == [1, 3]
    assert (report.rows, report.refused, report.mended) == (2, 2, 0)
    assert "2 of 4 rows" in report.reasons[0]


def test_ragged_rows_can_be_kept_without_loss():
    with pytest.warns(DataQualityWarning, match=r"2 of 4 rows .* joined"):
        frame, report = read_table_with_report(io.BytesIO(RAGGED.encode()), ragged="pad")
    assert frame["city"].tolist()[:3] == ["Rome", " 5,Oslo", "Bonn"]
    assert frame["city"].isna().tolist() == [False, False, False, True]
    assert (report.rows, report.refused, report.mended) == (4, 0, 2)


def test_a_surplus_field_in_every_row_never_becomes_an_index():
    # pandas' default shifts all values by one column without a word (reference, section 2.1).
    with pytest.raises(DataContractError, match=r"2 of 2 rows .* 2 fields .* 2 with 3"):
        read("a,b\n1,2,3\n4,5,6\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,a,c,c\n1,2,3,4,5\n", "2 column names .* 'a', 'c'"),
        ("a,,b, \n1,2,3,4\n", r"2 of 4 columns .* no name \(at position 2, 4"),
        (",".join(f"c{i}" for i in range(16_385)) + "\n", "16,385 columns"),
        ("total;date\n1,234;01.02.2024\n", "(?s)'total' can be read.*'date' can be read"),
        ('a;b\n1;"open\n2;3\n', "a quote is opened|rows do not have"),
    ],
)
def test_refusals(text, message):
    with pytest.raises((DataContractError, UnreadableFileError), match=message):
        read(text)


def test_a_doubt_comes_with_the_hint_of_the_other_columns():
    with pytest.raises(DataContractError, match=r"1 other number columns .* decimal='\.'"):
        read("total;net\n1,234;5.50\n")


def test_doubts_in_columns_not_asked_for_do_not_matter():
    assert read("id;total\n1;1,234\n", columns=["id"]).columns.tolist() == ["id"]


def test_nameless_columns_can_be_left_out_and_are_counted():
    with pytest.warns(DataQualityWarning, match="2 columns without a name left out, 1 with values"):
        frame = read("a,,b,\n1,2,3,\n", nameless="skip")
    assert frame.columns.tolist() == ["a", "b"]
    assert read("a,,b,\n1,2,3,\n", columns=["b"]).columns.tolist() == ["b"]


def test_columns_are_chosen_ordered_and_renamed():
    assert read("a,b,c\n1,2,3\n", columns=["c", "a"]).columns.tolist() == ["c", "a"]
    frame = read("a,b,c\n1,2,3\n", columns={"b": "new"}, text_columns=["new"])
    assert frame.to_dict("list") == {"new": ["2"]}
    with pytest.raises(ColumnNotFoundError, match="did you mean 'amount'"):
        read("amount,b\n1,2\n", columns=["Amount"])
    with pytest.raises(ColumnNotFoundError, match="text_columns='x'"):
        read("a,b\n1,2\n", text_columns=["x"])
    with pytest.raises(ValueError, match="the same name"):
        read("a,b\n1,2\n", columns={"a": "x", "b": "x"})


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"backend": "spark"}, ValueError),
        ({"ragged": "drop"}, ValueError),
        ({"nameless": "drop"}, ValueError),
        ({"decimal": ";"}, ValueError),
        ({"delimiter": ";;"}, ValueError),
        ({"tz": "Mars/Olympus"}, ValueError),
        ({"encoding": "cp0"}, ValueError),
        ({"dayfirst": "yes"}, TypeError),
        ({"columns": "a"}, TypeError),
        ({"text_columns": "a"}, TypeError),
        ({"missing_words": "Select"}, TypeError),
        ({"index_col": 0}, TypeError),
    ],
)
def test_options_are_checked(options, error):
    for function in (read_table, read_table_report, read_table_with_report):
        with pytest.raises(error, match=next(iter(options))):
            function(io.BytesIO(b"a,b\n1,2\n"), **options)


def test_blank_lines_are_no_rows_and_are_told():
    frame, report = read_table_with_report(io.BytesIO(b"\r\na,b\r\n\r\n1,2\r\n\r\n"))
    assert frame.to_dict("list") == {"a": [1], "b": [2]}
    assert report.reasons == ("3 blank lines were passed over",)


def test_a_blank_line_in_a_single_column_is_a_missing_value():
    assert read("a\n1\n\n3\n\n")["a"].tolist() == [1, pd.NA, 3]


def test_aligned_columns_are_read_by_blanks():
    text = " id  date amount \n 00001 19970101  11.77\n 00002 19970112  12.00\n"
    with pytest.raises(UnreadableFileError, match="pass delimiter=' '"):
        read(text)
    frame = read(text, delimiter=" ")
    assert frame["id"].tolist() == ["00001", "00002"]
    assert frame["amount"].tolist() == [11.77, 12.0]


def test_quotes_inside_of_fields_are_text():
    assert read('size,n\n5" pipe,1\n"7"" pipe",2\n')["size"].tolist() == ['5" pipe', '7" pipe']


def test_a_twelve_hour_clock_is_warned_about_once():
    times = "\n".join(f"1{i % 9}-07-2021 {i % 12 + 1:02d}:{i:02d},{i}" for i in range(40))
    text = f"at,n\n{times}\n"
    with pytest.warns(DataQualityWarning, match="'at' have hours from 1 to 12"):
        assert report_of(text).columns[0].lost_meridiem


def test_the_report_holds_no_text_of_the_file():
    rows = "\n".join(f"{i}.5,Smith {i}" for i in range(60))
    report = report_of(f"amount,name\n{rows}\nsee Jones,Jones\n")
    assert report.columns[0].examples == ("aaa aaaaa",)
    assert not re.search("Smith|Jones", str(report))


WORDS = {
    "cp1251": ("ООО Ромашка", "ИП Сидоров", "Завод «Луч»", "Ёлка", "подъезд № 5"),
    "cp1250": ("Zażółć sp. z o.o.", "Łąka", "Świeży Chleb", "Kwiaciarnia Róża", "Gęś"),
}


@pytest.mark.parametrize("encoding", ["cp1251", "cp1250"])
@pytest.mark.parametrize("seed", range(5))
def test_made_up_exports_of_eastern_europe_are_recovered(encoding, seed):
    rng = np.random.default_rng(seed)
    n = 300
    names = rng.choice(WORDS[encoding], n)
    days = np.datetime64("2023-01-01") + rng.integers(0, 700, n)
    cents = rng.integers(-5_000_000, 50_000_000, n)
    rows = ["kod;nazwa;data;kwota"]
    for i, (name, day, cent) in enumerate(zip(names, days.tolist(), cents.tolist(), strict=True)):
        money = f"{cent / 100:,.2f}".replace(",", "\u00a0").replace(".", ",")
        rows.append(f"{i:06d};{name};{day:%d.%m.%Y};{money}")
    frame, report = read_table_with_report(io.BytesIO("\r\n".join(rows).encode(encoding)))
    assert report.encoding == encoding
    assert frame["kod"].tolist() == [f"{i:06d}" for i in range(n)]
    assert frame["nazwa"].tolist() == names.tolist()
    assert (frame["data"].to_numpy() == days).all()
    assert frame["kwota"].tolist() == (cents / 100).tolist()


cells = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1)


@given(st.lists(st.tuples(cells, st.integers(-(2**63), 2**63 - 1)), min_size=1))
def test_text_and_integers_survive_any_delimiter_and_encoding(rows):
    frame = pd.DataFrame(rows, columns=["text", "number"])
    expected = [None if t.strip() in {"", *MISSING_WORDS} else t for t, _ in rows]
    for sep, encoding in ((",", "utf-8"), ("\t", "utf-16")):
        data = frame.to_csv(index=False, sep=sep, lineterminator="\n").encode(encoding)
        back = read(data, delimiter=sep, text_columns=["text"])
        assert back["number"].tolist() == [number for _, number in rows]
        got = [None if pd.isna(one) else one for one in back["text"]]
        # A leading apostrophe before a formula character is our own protection.
        assert [g for g, e in zip(got, expected, strict=True) if not (e or "").startswith("'")] == [
            e for e in expected if not (e or "").startswith("'")
        ]


fields = st.text(st.sampled_from("ab1.,;|\t\"'\r\n -=дŻ€\u00a0"), max_size=60)


@given(st.binary(max_size=200) | fields.map(str.encode) | fields.map(lambda t: t.encode("utf-16")))
@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_any_bytes_give_a_table_or_a_named_error(data):
    for ragged in ("error", "skip", "pad"):
        try:
            frame, report = read_table_with_report(io.BytesIO(data), ragged=ragged)
        except CrmlyticsError:
            continue
        assert len(frame) == report.rows
        assert len(frame.columns) == len(report.columns)


def purposeful(text, ids=(), needed=()):
    purposes = Purposes(frozenset(ids), frozenset(needed))
    return read_purposeful(io.BytesIO(text.encode()), lambda _: purposes)


def test_a_doubt_about_a_column_that_is_not_needed_leaves_it_text():
    text = "cust,born,paid\nPLN1,03.04.1981,5\nEUR1,05.06.1979,6\n"
    with pytest.warns(DataQualityWarning, match="'born', which was not asked for, stays text"):
        frame, report = purposeful(text, ids=["cust"], needed=["cust", "paid"])
    assert frame["cust"].tolist() == ["PLN1", "EUR1"]
    assert frame["born"].tolist() == ["03.04.1981", "05.06.1979"]
    assert "stays text" in report.reasons[0]
    assert "03.04.1981" not in report.reasons[0]


def test_a_doubt_about_a_needed_column_is_an_error():
    with pytest.raises(DataContractError, match="two ways") as refused:
        purposeful("paid,other\n1.234,9.876\n", needed=["paid"])
    assert "'other'" not in str(refused.value)


def test_the_report_knows_the_sha_256_of_what_was_read():
    assert report_of("a\n1\n").sha256 == hashlib.sha256(b"a\n1\n").hexdigest()


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "sep=;;;\n"])
def test_the_line_by_which_excel_is_told_the_delimiter(first):
    found = report_of(first + "a;b,c\n1;2,5\n")
    assert (found.delimiter, found.rows) == (";", 1)
    assert [column.name for column in found.columns] == ["a", "b,c"]


def test_lines_of_blanks_are_passed_over():
    found = report_of("a;b\n1;2\n   \n3;4\n")
    assert (found.rows, found.delimiter) == (2, ";")
    assert found.reasons == ("1 blank lines were passed over",)


def test_a_delimiter_beyond_ascii_is_refused():
    with pytest.raises(ValueError, match="delimiter must be one ASCII character"):
        read("a\n1\n", delimiter="é")


def test_each_of_many_columns_is_looked_up_once():
    class Counted(str):
        __slots__ = ()
        compared = 0

        def __eq__(self, other):
            Counted.compared += 1
            return str(self) == other

        __hash__ = str.__hash__

    n = 2_000
    cells = pd.DataFrame([["1"] * n])
    names = [Counted(f"c{i}") for i in range(n)]
    rules = Rules(None, None, None, frozenset(), frozenset())
    columns, _ = text_tables._typed(cells, names, {str(name): str(name) for name in names}, rules)
    assert len(columns) == n
    assert Counted.compared < 5 * n
