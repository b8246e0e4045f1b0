"""The reference: one page per package and one per exported name, made from ``__all__``.

As a Sphinx extension it also links names to their pages wherever a text mentions them, and fails
the build (a warning, and warnings are errors) where an export has no entry.
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.logging import getLogger
from sphinx.util.nodes import make_refnode

import crmlytics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

_INDEX = """\
# Reference

Every public name, package by package. What is not listed here is private and may change.

{rows}

```{{toctree}}
:hidden:

{pages}
```
"""

_PACKAGE = """\
{title}
{line}

.. automodule:: {module}

.. currentmodule:: {module}

.. autosummary::
   :nosignatures:

{names}

.. toctree::
   :hidden:

{pages}
"""

_NAME = """\
{title}
{line}

.. currentmodule:: {module}

.. {directive}:: {title}
{options}
"""

# scikit-learn adds these to estimators; their docstrings point into its own documentation.
_NOT_OURS = "set_fit_request, set_predict_request, set_score_request, set_transform_request"


def packages() -> dict[str, ModuleType]:
    """The public packages by name."""
    names = [name for name in crmlytics.__all__ if not name.startswith("_")]
    return {name: importlib.import_module(f"crmlytics.{name}") for name in names}


def exports() -> Iterator[tuple[str, str, object]]:
    """Package, name and object of every export."""
    for package, module in packages().items():
        for name in module.__all__:
            yield package, name, getattr(module, name)


def write_pages(folder: Path) -> None:
    """Write the pages, leaving alone those that are up to date, and delete those of the past."""
    pages = {"index.md": _index()}
    for package, module in packages().items():
        pages[f"{package}.rst"] = _package(package, module)
    for package, name, exported in exports():
        pages[f"{package}.{name}.rst"] = _name(package, name, exported)
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        write_if_new(folder / name, text)


def write_if_new(path: Path, text: str) -> None:
    """Write, unless the file says so already: Sphinx then reads it again only after a change."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _index() -> str:
    rows = ["| package | what it does |", "|---|---|"]
    for package, module in packages().items():
        summary = (inspect.getdoc(module) or "").splitlines()[0]
        rows.append(f"| [`{package}`]({package}.rst) | {summary} |")
    return _INDEX.format(rows="\n".join(rows), pages="\n".join(packages()))


def _package(package: str, module: ModuleType) -> str:
    return _PACKAGE.format(
        title=package,
        line="=" * len(package),
        module=module.__name__,
        names="\n".join(f"   {name}" for name in module.__all__),
        pages="\n".join(f"   {name} <{package}.{name}>" for name in module.__all__),
    )


def _name(package: str, name: str, exported: object) -> str:
    options = ""
    if inspect.isclass(exported):
        directive = "autoexception" if issubclass(exported, Exception) else "autoclass"
        # The fields of a result are in its signature and in the docstring.
        if directive == "autoclass" and not _is_record(exported):
            options = f"   :members:\n   :exclude-members: {_NOT_OURS}\n"
    else:
        directive = "autofunction" if callable(exported) else "autodata"
    return _NAME.format(
        title=name, line="=" * len(name), module=f"crmlytics.{package}", directive=directive,
        options=options,
    )  # fmt: skip


def _is_record(exported: type) -> bool:
    return hasattr(exported, "_fields") or hasattr(exported, "__dataclass_fields__")


def _targets() -> dict[str, str]:
    """What a text may call an export: ``rfm_table``, ``customers.rfm_table``, the full name."""
    targets = {}
    for package, name, _ in exports():
        full = f"crmlytics.{package}.{name}"
        targets |= {name: full, f"{package}.{name}": full, full: full}
    return targets


def _link_missing(app: Any, env: Any, node: nodes.Element, content: nodes.Element) -> Any:
    """Resolve `name` in a docstring of another package."""
    full = _targets().get(node.get("reftarget", ""))
    return _link(app, env, node["refdoc"], full, content) if full else None


def _link_literals(app: Any, doctree: nodes.document, page: str) -> None:
    """Make ``code`` that is the name of an export a link to its page."""
    targets = _targets()
    for literal in list(doctree.findall(nodes.literal)):
        full = targets.get(literal.astext().removesuffix("()"))
        inside = isinstance(literal.parent, nodes.reference) or literal.parent.get("ids")
        if full and not inside and not isinstance(literal.parent, nodes.title):
            link = _link(app, app.env, page, full, literal.deepcopy())
            if link is not None:
                literal.replace_self(link)


def _link(app: Any, env: Any, page: str, full: str, content: nodes.Element) -> Any:
    entry = env.get_domain("py").objects.get(full)
    if entry is None or entry.docname == page:
        return None
    return make_refnode(app.builder, page, entry.docname, entry.node_id, content, full)


def _check_complete(_: Any, env: Any) -> None:
    """No export may be without its entry."""
    documented = env.get_domain("py").objects
    for package, name, _ in exports():
        if f"crmlytics.{package}.{name}" not in documented:
            getLogger(__name__).warning("no reference entry for crmlytics.%s.%s", package, name)


def setup(app: Any) -> dict[str, bool]:
    app.connect("missing-reference", _link_missing)
    app.connect("doctree-resolved", _link_literals)
    app.connect("env-updated", _check_complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
