"""How the documentation is built: `make docs`.

Nothing is fetched: no inventories of other projects, no fonts, no scripts from elsewhere. Formulas
are written as MathML, which browsers show by themselves.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

# ruff: isort: off
import benchmarks_page  # noqa: E402 (the scripts beside this file, found by the line above)
import notebooks  # noqa: E402
import reference  # noqa: E402
import verification  # noqa: E402

import crmlytics  # noqa: E402

# ruff: isort: on

# Pages made from what the code, the tests and the last `make bench` say.
reference.write_pages(HERE / "generated")
verification.write_page(HERE / "verification.md", HERE / "verification.jsonl")
benchmarks_page.write_page(HERE / "benchmarks.md", HERE.parent / "benchmarks" / "results.json")
notebooks.copy_all(HERE.parent / "notebooks", HERE / "notebooks")
notebooks.plain_settings(HERE / "_build" / "ipython")

project = "crmlytics"
author = "the crmlytics developers"
copyright = "2026, the crmlytics developers"
version = release = crmlytics.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "code_blocks",
    "mathml",
    "reference",
]
exclude_patterns = ["_build", "jupyter_execute", "**.ipynb_checkpoints"]
default_role = "py:obj"  # `name` in a docstring links to what bears the name
html_math_renderer = "mathml"

autosummary_generate = False  # `reference` writes the pages
autodoc_typehints = "none"  # the docstrings say the types, in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False  # the page of a class shows its methods in full
numpydoc_xref_param_type = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
nb_execution_mode = "cache"  # the notebooks run once, and again only after a change of theirs
nb_execution_raise_on_error = True
nb_execution_timeout = 120

html_theme = "pydata_sphinx_theme"
html_title = "crmlytics"
html_static_path = ["_static"]
html_css_files = ["page.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {name: [] for name in ("getting_started", "notebooks/*", "verification")}
html_sidebars |= {name: [] for name in ("benchmarks", "coming_from_*", "design", "changes")}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
}
