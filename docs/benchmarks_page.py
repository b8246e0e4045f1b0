"""The benchmarks page, from what the last ``make bench`` measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reference import write_if_new

if TYPE_CHECKING:
    from pathlib import Path

_INTRO = """\
# Benchmarks

`make bench` runs our function and what people use today in one run, in turns, and keeps the best
time of each side. The **ratio** is the rival's time divided by ours: 2 means that crmlytics took
half the time, below 1 it took longer.
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
* Data are public or generated and seeded, so everybody can measure again with `make bench`.
* Some rivals have an environment and a process of their own; there the time is taken inside that
  process, after its imports and with the data loaded. Peak memory is the whole process's.
* Log-likelihoods of both sides are computed by our function on the same rows; a row whose rival
  reached more would say that it failed.
"""


_MEMORY = {"ours_mb": "ours", "rival_mb": "rival"}


def write_page(page: Path, results: Path) -> None:
    """Write the page from the results, or say that there are none."""
    body = _NONE
    if results.exists():
        body = _measured(json.loads(results.read_text(encoding="utf-8")))
    write_if_new(page, _INTRO + body)


def _measured(results: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    rows = [
        "| ratio | CPU time | task | input | rows | rival | rival, s | ours, s | target | remark |",
        "|--:|--:|---|---|--:|---|--:|--:|---|---|",
    ]
    rows += [_row(row) for row in results["rows"]]
    table = "\n".join(rows)
    return f"\n{table}\n\nMachine: {results['machine']}. Versions: {versions}.\n{_NOISE}"


def _row(row: dict[str, Any]) -> str:
    ratio = f"**{row['ratio']:.2f}**" if "ratio" in row else ""
    memory = [f"{who} {row[key]:,} MB" for key, who in _MEMORY.items() if key in row]
    remark = "; ".join(part for part in (row.get("remark"), ", ".join(memory)) if part)
    return (
        f"| {ratio} | {_number(row, 'cpu_ratio')} | `{row['task']}` | {row['input']} "
        f"| {row['rows']:,} | {row['rival']} | {_number(row, 'rival_s')} | {row['ours_s']:.2f} "
        f"| {row['target']} | {remark} |"
    )


def _number(row: dict[str, Any], key: str) -> str:
    return f"{row[key]:.2f}" if key in row else ""
