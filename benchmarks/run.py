"""Measure crmlytics against what people use today: both sides in one run, best of several.

``make bench`` runs this and writes ``benchmarks/results.json`` and ``benchmarks/README.md``.
Ratios matter, seconds do not: machines are shared and noisy, so every rival is timed right beside
us, in turns, and the best of the turns counts on both sides.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import time
import warnings
from importlib.metadata import version
from pathlib import Path

from tasks import TASKS

HERE = Path(__file__).parent
LIBRARIES = ("crmlytics", "numpy", "pandas", "polars", "duckdb", "narwhals", "lifetimes")


def seconds(function) -> float:
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def in_turns(ours, rival, turns: int) -> tuple[float, float]:
    """Best time of each side, the two taking turns so that noise hits both."""
    pairs = [(seconds(ours), seconds(rival)) for _ in range(turns)]
    return min(a for a, _ in pairs), min(b for _, b in pairs)


def measure(names: list[str], turns: int, scale: float) -> list[dict]:
    rows = []
    for make in TASKS:
        for case in make(scale):
            if names and not any(name in case.name for name in names):
                continue
            own, other = in_turns(case.ours, case.rival, case.turns or turns)
            ratio = other / own
            print(f"{case.name:<58} ours {own:6.2f} s  {case.rival_name} {other:6.2f} s  "
                  f"{ratio:5.2f}x  {case.target}", flush=True)  # fmt: skip
            rows.append(
                {
                    "task": case.task, "input": case.input, "rows": case.rows,
                    "ours_s": round(own, 3), "rival": case.rival_name,
                    "rival_s": round(other, 3), "ratio": round(ratio, 2), "target": case.target,
                }
            )  # fmt: skip
    return rows


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, shared and noisy"


def page(results: dict) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; both sides of each row ran in turns in the same process.",
        "A ratio of 2 means that crmlytics took half the time; below 1 it took longer.",
        "",
        f"Machine: {results['machine']}. Versions: {versions}.",
        "",
        "| task | input | rows | ours, s | rival | rival, s | ratio | target |",
        "|---|---|--:|--:|---|--:|--:|---|",
    ]
    lines += [
        f"| `{row['task']}` | {row['input']} | {row['rows']:,} | {row['ours_s']:.2f} "
        f"| {row['rival']} | {row['rival_s']:.2f} | **{row['ratio']:.2f}** | {row['target']} |"
        for row in results["rows"]
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help="run only the cases whose name holds these words")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    results = {
        "machine": machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "scale": options.scale,
        "rows": measure(options.only, options.turns, options.scale),
    }
    if not options.only and options.scale == 1.0:
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (HERE / "README.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
