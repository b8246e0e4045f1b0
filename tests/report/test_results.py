from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.report.html_pages import Page


def test_tables_are_copies(report):
    scores = report.tables["scores"]
    scores.loc[0, "r"] = -1
    assert report.tables["scores"].loc[0, "r"] > 0


def test_json_holds_sentences_and_tables(report):
    content = json.loads(report.to_json())
    assert content["schema"] == "crmlytics.report/1"
    assert content["as_of"] == "2024-12-31"
    names = [section["name"] for section in content["sections"]]
    assert names == [
        "actions", "headline", "quality", "segments", "moves", "cohorts", "returning", "growth",
        "concentration", "value", "churn", "basket", "forecast", "questions", "method",
    ]  # fmt: skip
    tables = {
        name: rows for section in content["sections"] for name, rows in section["tables"].items()
    }
    assert set(tables) == set(report.tables)
    assert tables["growth"][0]["churned"] is None
    assert tables["growth"][0]["period"] == "2022-01-01"
    assert [row["r"] for row in tables["scores"]] == report.tables["scores"]["r"].tolist()


def test_a_notebook_shows_the_same_page_in_a_frame_that_may_run_nothing(report):
    frame = Page(report._repr_html_()).of("iframe")
    assert len(frame) == 1
    assert frame[0].attributes["sandbox"] == ""
    assert frame[0].attributes["srcdoc"] == report.html


def test_the_file_is_written_as_a_whole(report, tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old", encoding="utf-8")
    report.to_html(target)
    assert target.read_text(encoding="utf-8") == report.html
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(IsADirectoryError):
        report.to_html(tmp_path)


def test_it_is_small(report):
    assert len(report.html.encode()) < 1_000_000


def test_repr_says_what_it_is(report):
    assert repr(report) == "Report('Shop', as_of=2024-12-31, 15 sections)"


def test_everything_shown_is_a_table(report):
    for section in report.sections:
        for table in section.tables:
            pd.testing.assert_frame_equal(report.tables[table.name], table.frame)
