"""Charts as inline SVG: no script, no outside address, no clock, ids of their own."""

from __future__ import annotations

import io
import re
import threading
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from crmlytics._core import checks

if TYPE_CHECKING:
    from collections.abc import Callable

#: Drawing changes settings of matplotlib, and collecting warnings those of Python, for the whole
#: process: one thread at a time does either.
ONE_AT_A_TIME = threading.RLock()

# Inches. At 3.9 inches (281 points) letters are a little larger on a telephone than in print.
WIDTH = 3.9
# Points. Labels around the plot are at least so large; those inside it fit their cells as they are.
_SMALLEST = 9.0

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "crmlytics",
    "svg.image_inline": True,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    # A name with two dollar signs in it is no formula.
    "text.parse_math": False,
    "axes.titleweight": "normal",
}
# Settings of a user's windows, which have no part in a picture.
_NOT_OURS = ("backend", "interactive", "toolbar", "webagg", "tk.", "keymap", "macosx", "date.epoch")
_TAGS = frozenset(("svg", "g", "path", "defs", "use", "text", "tspan", "rect", "image", "clipPath"))
_DROPPED = frozenset(("metadata", "style"))
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def draw(
    name: str,
    plot: Callable[[Any], object],
    *,
    height: float,
    title: str,
    description: str,
    width: float = WIDTH,
) -> str:
    """Let `plot` draw on new axes and return the picture as an ``<svg>`` element.

    Every id begins with `name`. The caller's settings of matplotlib neither matter nor change.
    """
    matplotlib = checks.optional_module("matplotlib", needed_for="the report")
    figures = checks.optional_module("matplotlib.figure", needed_for="the report")
    buffer = io.BytesIO()
    with ONE_AT_A_TIME, matplotlib.rc_context(_settings(matplotlib)):
        figure = figures.Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        plot(axes)
        _enlarge(figure, axes)
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
        )
    return _safe(buffer.getvalue(), name, title, description)


def _enlarge(figure: Any, axes: Any) -> None:
    """Raise the letters around the plot to a size that can be read on a telephone."""
    inside = set(axes.texts)
    for text in figure.findobj(match=lambda artist: hasattr(artist, "set_fontsize")):
        if text not in inside and text.get_fontsize() < _SMALLEST:
            text.set_fontsize(_SMALLEST)
    for each in figure.axes:
        # Ticks are made anew when the picture is drawn, so their style counts, not their text.
        each.tick_params(labelsize=_SMALLEST)


def _settings(matplotlib: Any) -> dict[str, Any]:
    defaults = {
        key: value
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(_NOT_OURS)
    }
    return defaults | _STYLE


def _safe(drawn: bytes, name: str, title: str, description: str) -> str:
    """Keep what draws, under plain names, and say what it shows to who cannot see it."""
    root = ET.fromstring(drawn)  # noqa: S314 (matplotlib wrote it a moment ago)
    _plain(root)
    _rename_ids(root, name)
    box = root.get("viewBox")
    root.attrib.clear()
    root.attrib |= {
        "viewBox": str(box),
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-desc",
        "class": "chart",
    }
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(tag, {"id": f"{name}-{tag}"})
        element.text = text
        root.insert(position, element)
    return ET.tostring(root, encoding="unicode")


def _plain(element: ET.Element) -> None:
    """Drop namespaces, metadata and blanks between elements; refuse what cannot be a drawing."""
    element.tag = element.tag.partition("}")[2] or element.tag
    if element.tag not in _TAGS:
        raise ValueError(f"a chart may not hold the element {element.tag!r}")
    for key in list(element.attrib):
        plain = key.partition("}")[2] or key
        element.attrib[plain] = element.attrib.pop(key)
        if plain.startswith("on") or (
            plain == "href" and not element.attrib[plain].startswith(("#", "data:image/png;base64"))
        ):
            raise ValueError(f"a chart may not hold the attribute {plain!r}")
    for child in list(element):
        if child.tag.partition("}")[2] in _DROPPED:
            element.remove(child)
        else:
            _plain(child)
    if not (element.text or "").strip():
        element.text = None
    element.tail = None


def _rename_ids(root: ET.Element, name: str) -> None:
    """Number the ids that are referred to, in their order, and drop the others."""
    wanted = set()
    for element in root.iter():
        href = element.get("href", "")
        if href.startswith("#"):
            wanted.add(href[1:])
        for value in element.attrib.values():
            wanted.update(_REFERENCE.findall(value))
    new: dict[str, str] = {}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in wanted:
            element.set("id", new.setdefault(old, f"{name}-{len(new) + 1}"))
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                element.set(key, f"#{new[value[1:]]}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(lambda found: f"url(#{new[found[1]]})", value))
