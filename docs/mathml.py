"""Formulas as MathML, translated by docutils: pages need no script to show them."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.logging import getLogger

# Commands that TeX has and docutils has not.
_SYNONYMS = {r"\dots": r"\ldots"}


def _translate(node: nodes.math | nodes.math_block, *, as_block: bool) -> str:
    formula = node.astext()
    for command, synonym in _SYNONYMS.items():
        formula = formula.replace(command, synonym)
    try:
        return tex2mathml(formula, as_block=as_block)
    except MathError as error:
        getLogger(__name__).warning("formula not understood: %s", error, location=node)
        return "<code>?</code>"


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_translate(node, as_block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(_translate(node, as_block=True))
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
