"""Code blocks without the blank line that doctest needs before a closing fence."""

from __future__ import annotations

from typing import Any

from docutils import nodes


def _trim(_: Any, doctree: nodes.document) -> None:
    for block in doctree.findall(nodes.literal_block):
        text = block.astext()
        if text.endswith("\n") and len(block.children) == 1:
            # Code whose source differs from its text is not highlighted.
            block.rawsource = text.rstrip("\n")
            block.replace(block.children[0], nodes.Text(block.rawsource))


def setup(app: Any) -> dict[str, bool]:
    app.connect("doctree-read", _trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
