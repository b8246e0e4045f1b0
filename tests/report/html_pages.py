"""What a page consists of, as the standard library's parser sees it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

_VOID = {"meta", "br", "img", "link", "input", "hr"}


class Element(NamedTuple):
    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]


class Page(HTMLParser):
    """Elements in their order, the text of each kind of element, and whether all were closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs), tuple(self._open)))
        self.texts.setdefault(tag, []).append("")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        # Only inside a drawing does a slash close an element.
        assert "svg" in self._open or tag in _VOID, f"<{tag}/> is no empty element of HTML"
        self.elements.append(Element(tag, dict(attrs), tuple(self._open)))

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1] == tag, f"</{tag}> closes {self._open}"
        self._open.pop()

    def handle_data(self, data):
        for tag in dict.fromkeys(self._open):
            self.texts[tag][-1] += data

    def of(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def tags(self) -> set[str]:
        return {element.tag for element in self.elements}
