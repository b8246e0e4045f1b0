"""The benchmarks page, from what the last ``make bench`` measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reference import write_if_new

if TYPE_CHECKING:
    from pathlib import Path

_INTRO = """\
# Benchmarks

`make bench` runs our function and what people use today in one process, in turns, and keeps the
best time of each side. The **ratio** is the rival's time divided by ours: 2 means that crmlytics
took half the time, below 1 it took longer.
"""

_NONE = """
No measurement is at hand: `make bench` makes one (`benchmarks/results.json`), and the next build
of this page shows it.
"""

_NOISE = """
How to read it:

* Ratios carry over to other machines better than seconds do. The machine was shared, so a
  difference of some ten per cent between two rows says nothing.
* Some rivals are the engine's own aggregation to the same table, written by hand, without any
  check. They do less work; what matters there is how little is lost.
* Data are generated and seeded, so everybody can measure again with `make bench`.
"""


def write_page(page: Path, results: Path) -> None:
    """Write the page from the results, or say that there are none."""
    body = _NONE
    if results.exists():
        body = _measured(json.loads(results.read_text(encoding="utf-8")))
    write_if_new(page, _INTRO + body)


def _measured(results: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    rows = [
        "| ratio | task | input | rows | rival | rival, s | ours, s | target |",
        "|--:|---|---|--:|---|--:|--:|---|",
    ]
    rows += [_row(row) for row in results["rows"]]
    table = "\n".join(rows)
    return f"\n{table}\n\nMachine: {results['machine']}. Versions: {versions}.\n{_NOISE}"


def _row(row: dict[str, Any]) -> str:
    size = f"{row['rows']:,}" if "rows" in row else ""
    remark = row.get("target") or row.get("note") or ""
    return (
        f"| **{row['ratio']:.2f}** | `{row['task']}` | {row['input']} | {size} | {row['rival']} "
        f"| {row['rival_s']:.2f} | {row['ours_s']:.2f} | {remark} |"
    )
