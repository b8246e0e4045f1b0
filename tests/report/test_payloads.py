"""Hostile text goes into every input and must come out as text."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.io import read_table_with_report
from crmlytics.report import build_report
from tests.report.html_pages import Page

PAYLOAD = "<img src=x onerror=alert(1)>"
QUOTED = "\"'><script>alert(1)</script>{{ 7*7 }}${7}"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    n = 60
    frame = pd.DataFrame(
        {
            f"who {PAYLOAD}": [f"{i % 20} {PAYLOAD}" for i in range(n)],
            f"order {QUOTED}": [f"{i} {QUOTED}" for i in range(n)],
            f"when {PAYLOAD}": pd.date_range("2024-01-01", periods=n, freq="3D"),
            f"paid {QUOTED}": [10.0 + i for i in range(n)],
            PAYLOAD: [QUOTED] * n,
        }
    )
    path = tmp_path_factory.mktemp("hostile") / f"{PAYLOAD}.csv"
    frame.to_csv(path, index=False)
    read, reading = read_table_with_report(path)
    return build_report(
        transactions=read,
        as_of=dt.date(2024, 6, 30),
        customer_col=f"who {PAYLOAD}",
        order_col=f"order {QUOTED}",
        date_col=f"when {PAYLOAD}",
        amount_col=f"paid {QUOTED}",
        title=f"{PAYLOAD} {QUOTED}",
        cancelled_prefix=PAYLOAD,
        show_ids=True,
        source=path,
        reading=reading,
    )


def test_no_text_becomes_an_element(hostile, report):
    page, innocent = Page(hostile.html), Page(report.html)
    assert page.tags <= innocent.tags | {"li", "ul"}
    attributes = {key for element in page.elements for key in element.attributes}
    assert attributes <= {key for e in innocent.elements for key in e.attributes} | {"colspan"}
    assert PAYLOAD not in hostile.html
    assert "<script" not in hostile.html


def test_the_text_is_shown_as_it_was(hostile):
    page = Page(hostile.html)
    assert page.texts["h1"] == [f"{PAYLOAD} {QUOTED}"]
    assert page.texts["title"][0] == f"{PAYLOAD} {QUOTED}"
    cells = page.texts["th"] + page.texts["td"]
    for text in (f"who {PAYLOAD}", f"order {QUOTED}", f"{PAYLOAD}.csv", f"19 {PAYLOAD}"):
        assert text in cells


def test_the_frame_for_notebooks_is_escaped_too(hostile):
    shown = Page(hostile._repr_html_())
    assert shown.tags == {"iframe"}
