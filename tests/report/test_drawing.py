from __future__ import annotations

import re

import matplotlib as mpl
import pytest

from crmlytics.report.drawing import draw
from tests.report.html_pages import Page

PAYLOAD = "<img src=x onerror=alert(1)>"


def plot(ax):
    ax.plot([1, 2, 3], [3, 1, 2], marker="o", label=PAYLOAD)
    ax.imshow([[1, 2], [3, 4]])
    ax.set_xlabel("costs $1 to $2")
    ax.legend()


def drawn(name="first"):
    return draw(name, plot, height=2.0, title=PAYLOAD, description="A & B")


def test_it_is_one_svg_that_says_what_it_shows():
    page = Page(drawn())
    svg = page.of("svg")
    assert len(svg) == 1
    assert svg[0].attributes["role"] == "img"
    assert svg[0].attributes["aria-labelledby"] == "first-title first-desc"
    assert page.texts["title"] == [PAYLOAD]
    assert page.texts["desc"] == ["A & B"]


def test_nothing_in_it_runs_or_reaches_outside():
    svg = drawn()
    page = Page(svg)
    assert page.tags <= {
        "svg", "title", "desc", "g", "path", "defs", "use", "text", "tspan", "rect", "image",
        "clippath",
    }  # fmt: skip
    for element in page.elements:
        for key, value in element.attributes.items():
            assert not key.startswith("on")
            assert not key.startswith("xmlns")
            if key == "href":
                assert value.startswith(("#", "data:image/png;base64,"))
    assert "http" not in svg
    assert "<!DOCTYPE" not in svg
    assert "<metadata" not in svg


def test_dollar_signs_are_no_formula():
    assert "costs $1 to $2" in drawn()


def test_ids_begin_with_the_name_and_every_reference_is_there():
    svg = drawn("second")
    found = re.findall(r'\bid="([^"]+)"', svg)
    assert len(set(found)) == len(found)
    assert all(each.startswith("second-") for each in found)
    wanted = re.findall(r"url\(#([^)]+)\)", svg) + re.findall(r'href="#([^"]+)"', svg)
    assert wanted
    assert set(wanted) <= set(found)


def test_the_same_picture_twice():
    assert drawn() == drawn()


def test_the_callers_settings_neither_matter_nor_change():
    plain = drawn()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        assert drawn() == plain
        assert dict(mpl.rcParams) == before


def test_labels_around_the_plot_can_be_read_on_a_telephone():
    def small(ax):
        ax.set_xlabel("tiny", fontsize=3)
        ax.text(0.5, 0.5, "inside", fontsize=7)

    svg = draw("x", small, height=2.0, title="t", description="d")
    found = re.findall(r'font(?:-size)?: ([\d.]+)px[^"]*"[^>]*>(\w+)<', svg)
    sizes = {word: float(size) for size, word in found}
    assert sizes["tiny"] == 9.0
    assert sizes["inside"] == 7.0


def test_an_element_that_does_not_draw_is_refused():
    def linked(ax):
        ax.set_title("x", url="https://example.org")

    with pytest.raises(ValueError, match="may not hold"):
        draw("x", linked, height=2.0, title="t", description="d")
