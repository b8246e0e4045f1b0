from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from crmlytics.errors import (
    ColumnNotFoundError,
    DataContractError,
    DataQualityWarning,
    MissingDependencyError,
    NotEnoughDataError,
    UnreadableFileError,
)
from crmlytics.io import read_table_with_report
from crmlytics.report import Report, build_report, building
from crmlytics.report.layout import Section
from crmlytics.report.sections import PARTS, Part

AS_OF = dt.date(2024, 3, 10)

MAKE = """
import datetime as dt
from crmlytics.datasets import make_store
from crmlytics.report import build_report
store = make_store(80, n_deals=0, random_state=1)
report = build_report(transactions=store.transactions, as_of=dt.date(2024, 12, 31))
import sys; sys.stdout.buffer.write(report.html.encode())
"""


def test_two_processes_make_the_same_bytes():
    made = [
        subprocess.run(
            [sys.executable, "-c", MAKE],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1]
    assert made[0].startswith(b"<!doctype html>")


def test_rows_in_another_order_give_the_same_figures(transactions, report):
    shuffled = transactions.sample(frac=1, random_state=0)
    again = build_report(
        transactions=shuffled,
        as_of=dt.date(2024, 12, 31),
        order_col="order_id",
        currency="EUR",
        title="Shop",
    )
    assert again.html == report.html


def test_the_input_is_not_changed(few):
    before = few.copy(deep=True)
    build_report(transactions=few, as_of=AS_OF)
    pd.testing.assert_frame_equal(few, before)


def test_columns_may_have_any_names(few):
    plain = build_report(transactions=few, as_of=AS_OF, order_col="order_id")
    renamed = few.rename(
        columns={"customer_id": "Who", "date": "When", "amount": "Paid", "order_id": "No"}
    )
    other = build_report(
        transactions=renamed,
        as_of=AS_OF,
        customer_col="Who",
        date_col="When",
        amount_col="Paid",
        order_col="No",
    )
    for name in set(plain.tables) - {"parameters"}:
        pd.testing.assert_frame_equal(plain.tables[name], other.tables[name])


def test_later_rows_do_not_exist(few):
    later = few.iloc[[0]].assign(date=pd.Timestamp("2024-03-11"), amount=1e6, order_id=99)
    more = build_report(transactions=pd.concat([few, later]), as_of=AS_OF)
    same = build_report(transactions=few, as_of=AS_OF)
    assert more.tables["rows"].set_index("step").loc["after_as_of", "rows"] == 1
    for name in set(same.tables) - {"rows", "quality"}:
        pd.testing.assert_frame_equal(more.tables[name], same.tables[name])


def test_a_purchase_in_the_afternoon_of_the_last_day_counts(few):
    few.loc[4, "date"] = pd.Timestamp("2024-03-10 15:00")
    report = build_report(transactions=few, as_of=AS_OF)
    assert report.tables["totals"]["revenue"].tolist() == [150.0]


def test_a_section_that_fails_says_so_and_the_others_stand(few, monkeypatch):
    def fails(study, fmt):
        raise NotEnoughDataError("3 <periods> are needed")

    parts = tuple(Part(p.name, fails) if p.name == "cohorts" else p for p in PARTS)
    monkeypatch.setattr(building, "PARTS", parts)
    report = build_report(transactions=few, as_of=AS_OF)
    assert "This section could not be made: 3 &lt;periods&gt; are needed." in report.html
    by_name = {section.name: section for section in report.sections}
    assert by_name["cohorts"].notice
    assert not by_name["growth"].notice
    # Without items there is nothing to say of what is bought together, without deals and leads of
    # these, and three months before the day of the analysis there was no customer.
    hidden = ("basket", "moves", "pipeline", "power", "prospects")
    names = [part.name for part in PARTS if part.name not in hidden]
    assert [section.name for section in report.sections] == names


def test_warnings_of_the_library_are_told_and_others_passed_on(few, monkeypatch):
    def warns(study, fmt):
        warnings.warn("7 things left out.", DataQualityWarning, stacklevel=1)
        warnings.warn("mind the gap", RuntimeWarning, stacklevel=1)
        return Section("cohorts", "Cohorts")

    parts = tuple(Part(p.name, warns) if p.name == "cohorts" else p for p in PARTS)
    monkeypatch.setattr(building, "PARTS", parts)
    with pytest.warns(RuntimeWarning, match="mind the gap"):
        report = build_report(transactions=few, as_of=AS_OF)
    quality = next(section for section in report.sections if section.name == "quality")
    assert "While computing: 7 things left out." in quality.sentences


def test_one_customer_with_one_order_is_enough_for_a_page():
    one = pd.DataFrame(
        {"customer_id": ["ann"], "date": pd.to_datetime(["2024-01-05"]), "amount": [1.0]}
    )
    report = build_report(transactions=one, as_of=dt.date(2024, 1, 5))
    assert isinstance(report, Report)
    notices = {section.name for section in report.sections if section.notice}
    assert notices == {"actions", "headline", "cohorts", "value", "churn", "forecast"}


@pytest.mark.parametrize("unit", ["D", "W", "Q", "Y"])
def test_other_units(transactions, unit):
    report = build_report(
        transactions=transactions[transactions["date"] < "2022-06-01"],
        as_of=dt.date(2022, 5, 31),
        unit=unit,
    )
    assert report.tables["growth"]["period"].is_monotonic_increasing
    failed = {section.name for section in report.sections if section.notice}
    # Too few came again in five months to value customers, or bought two things at once.
    assert failed == {"value", "churn", "basket"} | (
        {"headline", "cohorts", "forecast"} if unit == "Y" else set()
    )


def test_the_file_is_told_by_its_name_and_hash(few, tmp_path):
    path = tmp_path / "orders.csv"
    few.to_csv(path, index=False)
    frame, reading = read_table_with_report(path)
    report = build_report(transactions=frame, as_of=AS_OF, source=path, reading=reading)
    told = report.tables["parameters"].set_index("parameter")["value"]
    assert told["file"] == "orders.csv"
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(tmp_path) not in report.html
    assert "utf-8 text with the delimiter ," in report.html


def test_what_is_asked_for_wrongly_is_refused(few):
    with pytest.raises(TypeError):
        build_report(transactions=few)
    with pytest.raises(ValueError, match="nothing to report on"):
        build_report(as_of=AS_OF)
    with pytest.raises(ValueError, match="refunds must be one of"):
        build_report(transactions=few, as_of=AS_OF, refunds="error")
    with pytest.raises(ValueError, match="unit must be one of"):
        build_report(transactions=few, as_of=AS_OF, unit="month")
    with pytest.raises(ValueError, match="language must be one of 'en'"):
        build_report(transactions=few, as_of=AS_OF, language="pl")
    with pytest.raises(ColumnNotFoundError, match="did you mean 'amount'"):
        build_report(transactions=few, as_of=AS_OF, amount_col="amout")
    few["paid"] = few["date"]
    with pytest.raises(DataContractError, match="must hold numbers"):
        build_report(transactions=few, as_of=AS_OF, amount_col="paid")


def test_customers_have_numbers_unless_ids_are_asked_for(few):
    few["customer_id"] = few["customer_id"].replace({"ann": "Ann Example"})
    hidden = build_report(transactions=few, as_of=AS_OF)
    assert "Ann Example" not in hidden.html + hidden.to_json()
    assert hidden.tables["top_customers"]["customer"].tolist() == [
        "Customer 1",
        "Customer 2",
        "Customer 3",
    ]
    shown = build_report(transactions=few, as_of=AS_OF, show_ids=True)
    assert shown.tables["top_customers"]["customer"].tolist() == ["cem", "Ann Example", "bob"]


def test_a_bar_is_shown_on_stderr_only_if_asked_for(few, capsys):
    build_report(transactions=few, as_of=AS_OF)
    assert capsys.readouterr().err == ""
    build_report(transactions=few, as_of=AS_OF, progress=True)
    assert "report" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("tz", "Foo/Bar", "tz must be a time zone"),
        ("cancelled_prefix", 5, "cancelled_prefix must be a text or None"),
    ],
)
def test_parameters_out_of_range_are_named(few, option, value, said):
    with pytest.raises(ValueError, match=said):
        build_report(transactions=few, as_of=AS_OF, **{option: value})


def test_a_source_that_is_not_there_is_refused(few, tmp_path):
    with pytest.raises(UnreadableFileError, match=r"no file 'gone.csv', which source= names"):
        build_report(transactions=few, as_of=AS_OF, source=tmp_path / "gone.csv")


def test_what_was_read_is_hashed_not_what_is_there_now(few, tmp_path):
    path = tmp_path / "few.csv"
    few.to_csv(path, index=False)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    frame, reading = read_table_with_report(path)
    path.write_text("something else", encoding="utf-8")
    report = build_report(transactions=frame, as_of=AS_OF, source=path, reading=reading)
    parameters = report.tables["parameters"].set_index("parameter")["value"]
    assert parameters["sha256"] == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_has_no_sha_256(few, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    report = build_report(transactions=few, as_of=AS_OF, source=pipe)
    parameters = report.tables["parameters"].set_index("parameter")["value"]
    assert parameters["sha256"] == "none"


def test_a_missing_library_is_no_missing_section(few, monkeypatch):
    def build(*_):
        raise MissingDependencyError("the report needs matplotlib")

    monkeypatch.setattr(building, "PARTS", (Part("segments", build),))
    with pytest.raises(MissingDependencyError, match="needs matplotlib"):
        build_report(transactions=few, as_of=AS_OF)


def test_half_a_character_in_the_title_is_replaced(few):
    report = build_report(transactions=few, as_of=AS_OF, title="a\ud800b")
    assert report.title == "a?b"
    assert "a?b" in report.html


def test_few_customers_are_no_news_about_scores(few):
    report = build_report(transactions=few, as_of=AS_OF, order_col="order_id")
    assert "of 5 scores" not in report.html


def test_threads_make_the_same_pages(few):
    import matplotlib as mpl

    def make(_):
        return build_report(transactions=few, as_of=AS_OF, order_col="order_id").html

    settings, filters = dict(mpl.rcParams), list(warnings.filters)
    alone = make(0)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(make, range(3))) == [alone] * 3
    assert dict(mpl.rcParams) == settings
    assert warnings.filters == filters
