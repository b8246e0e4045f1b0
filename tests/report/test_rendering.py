from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import crmlytics.report
from crmlytics.report.layout import Column, Table
from crmlytics.report.rendering import printed_table
from tests.report.html_pages import Page

TEMPLATES = Path(crmlytics.report.__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css.j2").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(report):
    return Page(report.html)


def test_the_page_loads_nothing_and_runs_nothing(page):
    policy = [e.attributes for e in page.of("meta") if "http-equiv" in e.attributes]
    assert policy == [
        {
            "http-equiv": "Content-Security-Policy",
            "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
        }
    ]
    assert not page.tags & {"script", "link", "iframe", "object", "embed", "form", "base", "img"}
    for element in page.elements:
        for key, value in element.attributes.items():
            assert not key.startswith("on")
            if key in ("src", "href", "xlink:href", "action", "data", "srcset"):
                assert value.startswith(("#", "data:image/png;base64,")), value
            assert "url(" not in value or "url(#" in value
    assert not re.search(r"https?:", page.texts["html"][0])
    assert "@import" not in STYLE
    assert "url(" not in STYLE


def test_headings_are_in_order(page):
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert page.of("html")[0].attributes == {"lang": "en"}


def test_ids_are_unique_and_links_arrive(page):
    found = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(set(found)) == len(found)
    for element in page.elements:
        for key in ("href", "aria-labelledby"):
            target = element.attributes.get(key, "")
            if not target.startswith("data:"):
                assert {each.removeprefix("#") for each in target.split()} <= set(found)


def test_every_figure_has_a_caption_and_its_numbers(page, report):
    figures = [figure for section in report.sections for figure in section.figures]
    assert len(page.of("figure")) == len(page.of("figcaption")) == len(figures) == 10
    assert all(figure.table is not None for figure in figures)
    assert len(page.of("svg")) == 10
    in_svg = [e for e in page.elements if e.parents[-1:] == ("svg",)]
    assert sum(e.tag == "title" for e in in_svg) == sum(e.tag == "desc" for e in in_svg) == 10


def test_every_heading_of_a_table_says_what_it_heads(page):
    assert page.of("th")
    assert all(e.attributes["scope"] in ("col", "row") for e in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table")) == len(page.of("thead"))
    # Each table scrolls in a frame of its own, which the keyboard can reach.
    scrolling = [e for e in page.of("div") if e.attributes.get("class") == "scroll"]
    assert len(scrolling) == len(page.of("table"))
    assert all(e.attributes["tabindex"] == "0" and e.attributes["aria-label"] for e in scrolling)


def test_safe_is_used_for_our_own_drawings_only():
    uses = [
        (path.name, line.strip())
        for path in sorted(TEMPLATES.glob("*.j2"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\|\s*safe|autoescape|Markup", line)
    ]
    assert uses == [("section.html.j2", '<div class="card">{{ figure.svg|safe }}</div>')]
    code = [
        path.name
        for path in Path(crmlytics.report.__file__).parent.rglob("*.py")
        if "Markup" in path.read_text(encoding="utf-8")
    ]
    assert code == []


def schemes() -> dict[str, dict[str, str]]:
    """Colours of the light scheme, of the dark one and of print."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, flags=re.DOTALL)
    names = ("light", "dark", "print")
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(names, found, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_published():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize("text", ["ink", "muted", "accent", "warn"])
@pytest.mark.parametrize("ground", ["page", "paper", "soft"])
def test_text_can_be_read_in_every_scheme(scheme, text, ground):
    colours = schemes()[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_charts_lie_on_a_light_card_in_the_dark():
    assert contrast(schemes()["dark"]["card"], "#000000") > 15


def test_a_table_is_written_out(fmt):
    frame = pd.DataFrame(
        {
            "who": ["a", None],
            "n": pd.array([1200, None], dtype="Int64"),
            "low": [0.1, 0.2],
            "high": [0.3, float("nan")],
            "paid": [5.0, 12_000.0],
            "from": pd.to_datetime(["2024-01-01", None]),
        }
    )
    columns = (
        Column("who", "Who"),
        Column("n", "Number", "integer"),
        Column("low", "Range", "percent", upper="high"),
        Column("paid", "Paid", "money"),
        Column("from", "From", "period"),
    )
    table = Table("t", "T", frame, columns, marked=frozenset({(0, "n"), (1, "n")}), empty="none")
    printed = printed_table(table, fmt, "M")
    assert [[cell.text for cell in row] for row in printed.rows] == [
        ["a", "1,200*", "10.0% to 30.0%", "€5", "Jan 2024"],
        ["none", "none*", "none", "€12,000", "none"],
    ]
    assert [cell.style for cell in printed.rows[0]] == ["", "n", "n", "n", "w"]
