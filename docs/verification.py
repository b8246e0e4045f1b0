"""The verification page: every published number the tests compare with, and the laws they try.

``make verification`` writes ``docs/verification.jsonl`` from the tests, a line of JSON for each
comparison; this script makes ``docs/verification.md`` of it. `python docs/verification.py` does so
alone, the documentation's build does it every time.
"""

from __future__ import annotations

import ast
import json
import math
import re
from pathlib import Path
from typing import Any

from reference import write_if_new

_ROOT = Path(__file__).parents[1]

_INTRO = """\
# Verification

A library for numbers has to show where its numbers come from. Two kinds of tests do so here:
comparisons with figures that somebody else published or that another program computes, and laws
that hold for every function whatever the data are.

This page is written by a script from what the tests did. `make verification` makes it anew; it
needs the data sets, which are not part of the repository.

## Published numbers

{n} comparisons. *Tolerance* is the largest absolute difference allowed; *equal* allows none. Where
ours differs from what is published, the difference is smaller than the tolerance, which is mostly
half of the last digit printed. A comparison that several engines (pandas, polars, …) pass with the
same number is one row.
"""

_NONE = """\
# Verification

The comparisons have not been noted yet: `make verification` does it.
"""

_LAWS = """
## Laws

These hold for every function that makes a table of a table, and are tried on each with data in
pandas, polars (eager and lazy), pyarrow, DuckDB and Spark:

{laws}

They are tried on {functions}. A function exported without an example to try them on fails the
tests, and so does a docstring that leaves out a parameter, its result, its errors or an example
that runs. Warnings are errors in all tests, and no test may open a network connection.

Beside the laws each function has cases computed by hand, a slow and obvious twin to compare with
on random data, and a list of inputs that it must refuse. The simulators of `crmlytics.datasets`
plant a truth that estimates have to recover.
"""

_ENGINE = re.compile(r" \((pandas|polars|polars lazy|pyarrow|duckdb|pyspark)[\w -]*\)$")


def write_page(page: Path, lines: Path) -> None:
    """Write the page from the comparisons noted in `lines`."""
    if not lines.exists():
        write_if_new(page, _NONE)
        return
    noted = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    rows = _merged(noted)
    parts = [_INTRO.format(n=len(noted))]
    for package in sorted({_package(row) for row in rows}):
        own = [row for row in rows if _package(row) == package]
        parts += [f"\n### {package}\n\n", _table(own)]
    parts.append(_laws())
    write_if_new(page, "".join(parts))


def _merged(noted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for what several engines or runs found alike, `engines` saying how many."""
    rows: dict[str, dict[str, Any]] = {}
    engines: dict[str, set[str]] = {}
    for line in noted:
        named = _ENGINE.search(line["what"])
        one = line | {"what": _ENGINE.sub("", line["what"])}
        key = json.dumps([one[name] for name in ("what", "published", "ours", "source")])
        rows.setdefault(key, one)
        engines.setdefault(key, set()).update([named[0]] if named else [])
    return [row | {"engines": len(engines[key])} for key, row in rows.items()]


def _package(row: dict[str, Any]) -> str:
    parts = row["test"].split("/")
    return parts[1] if len(parts) > 2 else "whole"


def _table(rows: list[dict[str, Any]]) -> str:
    head = ["| what | published | ours | tolerance | source |", "|---|--:|--:|--:|---|"]
    return "\n".join(head + [_row(row) for row in rows]) + "\n"


def _row(row: dict[str, Any]) -> str:
    what = row["what"] + (f" ({row['engines']} engines)" if row["engines"] > 1 else "")
    tolerance = f"{row['tolerance']:.1g}" if row["tolerance"] else "equal"
    published, ours = (_number(row[name], row["tolerance"]) for name in ("published", "ours"))
    cells = [what, published, ours, tolerance, row["source"]]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _number(value: Any, tolerance: float) -> str:
    """The value with two digits more than the tolerance can tell apart."""
    if isinstance(value, list):
        shown = [_number(one, tolerance) for one in value[:12]]
        return "; ".join(shown) + (f"; … ({len(value)} in all)" if len(value) > 12 else "")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    if not tolerance:
        return f"{value:,.12g}"
    return f"{value:,.{max(0, 1 - math.floor(math.log10(tolerance)))}f}".rstrip("0").rstrip(".")


def _laws() -> str:
    laws = [f"* {_sentence(name)}" for name in _tests(_ROOT / "tests/common/test_laws.py")]
    names = ", ".join(f"`{name}`" for name in _registered(_ROOT / "tests/common/registry.py"))
    return _LAWS.format(laws="\n".join(laws), functions=names)


def _tests(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.name.removeprefix("test_")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def _sentence(name: str) -> str:
    text = name.replace("_", " ")
    return text[0].upper() + text[1:] + "."


def _registered(path: Path) -> list[str]:
    """The functions that the laws are tried on: the keys of ``TABLES``."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "TABLES":
            return sorted(ast.literal_eval(key) for key in node.value.keys)
    raise ValueError(f"no TABLES in {path.name}")


if __name__ == "__main__":
    here = Path(__file__).parent
    write_page(here / "verification.md", here / "verification.jsonl")
