"""The walls between the packages: who may import whom, read from the source."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "crmlytics"

LAYER = {"errors": 0, "_core": 0}
LAYER |= dict.fromkeys(("io", "datasets", "customers", "evaluation", "survival", "scoring"), 1)
LAYER |= dict.fromkeys(
    (
        "segmentation", "basket", "clv", "retention", "churn", "leads", "campaigns", "deals",
        "assortment", "service", "forecast",
    ),
    2,
)  # fmt: skip
LAYER |= {"report": 3, "cli": 3}

#: Within layer 1 nobody imports a sibling, but scoring may ask how good its model is.
SIBLINGS = {("scoring", "evaluation")}

THIRD_PARTIES = {
    0: {"numpy", "pandas", "narwhals", "tqdm", "scipy", "polars", "duckdb", "pyarrow", "pyspark"},
    1: {"numpy", "pandas", "narwhals", "scipy", "sklearn", "statsmodels", "duckdb", "openpyxl",
        "sqlalchemy", "polars", "pyarrow", "matplotlib", "threadpoolctl", "tqdm"},
    2: {"numpy", "pandas", "narwhals", "scipy", "sklearn", "statsmodels", "matplotlib", "tqdm"},
    3: {"numpy", "pandas", "narwhals", "scipy", "sklearn", "statsmodels", "matplotlib", "tqdm",
        "jinja2", "markupsafe", "babel", "pyarrow"},
}  # fmt: skip

HEAVY = {"polars", "duckdb", "pyarrow", "pyspark", "matplotlib", "statsmodels", "openpyxl",
         "sqlalchemy", "jinja2", "babel", "lightgbm"}  # fmt: skip

FILES = sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    return _part(path.relative_to(ROOT).parts[0].removesuffix(".py"))


def _part(name: str) -> str:
    """The command may have several files (`cli.py`, `cli_*.py`): they are one part."""
    return "cli" if name.startswith("cli") else name


def imports(path: Path):
    """(module, line, inside a function, for type checkers only) of every import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy, typing = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lazy |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            typing |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node.lineno, id(node) in lazy, id(node) in typing


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_keep_the_layers(path):
    mine = part_of(path)
    if mine == "__init__":
        return
    for name, line, is_lazy, is_typing in imports(path):
        where = f"{path.relative_to(ROOT)}:{line}"
        root, _, rest = name.partition(".")
        if root == "crmlytics":
            other = _part(rest.partition(".")[0])
            if other in ("", "__version__") or other == mine:
                continue
            sideways = LAYER[other] == LAYER[mine] and LAYER[mine] in (1, 2)
            allowed = LAYER[other] < LAYER[mine] or LAYER[mine] in (0, 3)
            assert LAYER[other] <= LAYER[mine], f"{where} imports {other} from a layer above"
            assert allowed or not sideways or (mine, other) in SIBLINGS, f"{where} imports {other}"
        elif root not in {"__future__"} and not is_typing and not _standard(root):
            assert root in THIRD_PARTIES[LAYER[mine]], f"{where} imports {root}"
            assert is_lazy or root not in HEAVY, f"{where} imports {root} outside a function"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_computing_code_does_not_import_plots(path):
    if path.name in ("plots.py", "__init__.py") or part_of(path) == "report":
        return
    for name, line, _, _ in imports(path):
        assert not name.startswith("crmlytics") or ".plots" not in name, f"{path.name}:{line}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_never_bears_the_name_of_a_function_in_it(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert path.stem not in names


def test_every_package_is_placed():
    parts = {part_of(path) for path in FILES} - {"__init__"}
    assert parts <= set(LAYER), "give new packages a layer"


def _standard(root: str) -> bool:
    import sys

    return root in sys.stdlib_module_names
