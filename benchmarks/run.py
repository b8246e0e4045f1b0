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
import signal
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import rivals
from rivals import Answer, UnavailableError

from tasks import TASKS
from tasks.cases import Case, DisagreementError

HERE = Path(__file__).parent
LIBRARIES = ("crmlytics", "numpy", "pandas", "polars", "duckdb", "narwhals", "lifetimes")


def timed(function) -> Answer:
    gc.collect()
    start, cpu = time.perf_counter(), time.process_time()
    result = function()
    if isinstance(result, Answer):  # measured where it ran
        return result
    return Answer(time.perf_counter() - start, time.process_time() - cpu, None, result)


def best(answers: list[Answer]) -> Answer:
    """The fastest, with the least CPU time of all: noise only ever adds."""
    fastest = min(answers, key=lambda answer: answer.seconds)
    if fastest.cpu_seconds is None:
        return fastest
    return fastest._replace(cpu_seconds=min(answer.cpu_seconds for answer in answers))


def in_turns(case: Case, turns: int) -> tuple[Answer, Answer | str]:
    """Best of each side, the two taking turns so that noise hits both."""
    own, other, reason = [], [], ""
    for _ in range(turns):
        own.append(timed(case.ours))
        if case.rival and not reason:
            try:
                other.append(timed(case.rival))
            except UnavailableError as error:
                reason = str(error)
    return best(own), best(other) if other else reason


def checked(case: Case, own: Answer, other: Answer | str) -> tuple[str, bool]:
    """A remark on what both sides found, and whether they agree."""
    found = other.values if isinstance(other, Answer) else None
    remark = other if isinstance(other, str) else other.variant
    try:
        said = case.check(own.values, found) if case.check else ""
    except DisagreementError as error:
        return f"FAILED: {error}", False
    return "; ".join(part for part in (remark, said) if part), True


def row(case: Case, own: Answer, other: Answer | str) -> dict:
    remark, agree = checked(case, own, other)
    measured = {
        "task": case.task, "input": case.input, "rows": case.rows, "rival": case.rival_name,
        "ours_s": round(own.seconds, 3), "ours_cpu_s": round(own.cpu_seconds, 3),
        "target": case.target, "remark": remark, "agree": agree,
    }  # fmt: skip
    if own.peak_mb:
        measured["ours_mb"] = round(own.peak_mb)
    if isinstance(other, Answer):
        measured |= {
            "rival_s": round(other.seconds, 3),
            "ratio": round(other.seconds / own.seconds, 2),
        }
        if other.cpu_seconds is not None:
            measured["rival_cpu_s"] = round(other.cpu_seconds, 3)
            measured["cpu_ratio"] = round(other.cpu_seconds / max(own.cpu_seconds, 1e-9), 2)
        if other.peak_mb:
            measured["rival_mb"] = round(other.peak_mb)
    return measured


def progress(name: str, row: dict) -> str:
    parts = [f"{name:<58} ours {row['ours_s']:7.3f} s"]
    if "ours_mb" in row:
        parts.append(f"{row['ours_mb']} MB")
    if "ratio" in row:
        parts.append(f"{row['rival']} {row['rival_s']:7.3f} s")
        parts.append(f"{row['ratio']:.2f}x")
        if "cpu_ratio" in row:
            parts.append(f"(CPU {row['cpu_ratio']:.2f}x)")
    elif row["rival"]:
        parts.append(row["rival"])
    return "  ".join(part for part in (*parts, row["target"], row["remark"]) if part)


def measure(parts: list[str], words: list[str], turns: int, scale: float):
    """Rows measured, and in words what went wrong."""
    rows, wrong = [], []
    for part, make in TASKS.items():
        if parts and part not in parts:
            continue
        for case in make(scale):
            if words and not any(word in f"{case.name} {case.rival_name}" for word in words):
                continue
            try:
                rows.append({"part": part} | row(case, *in_turns(case, case.turns or turns)))
            except UnavailableError as error:
                wrong.append(f"{case.name}: ours was not measured: {error}")
                print(wrong[-1], flush=True)
            else:
                print(progress(case.name, rows[-1]), flush=True)
                if not rows[-1]["agree"]:
                    wrong.append(f"{case.name}: {rows[-1]['remark']}")
    return rows, wrong


def versions() -> dict[str, str]:
    ours = {name: version(name) for name in LIBRARIES}
    theirs = {name: rivals.VERSIONS[name] for name in sorted(rivals.VERSIONS) if name not in ours}
    return ours | theirs


def machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, shared and noisy"


def page(results: dict) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; both sides of each row ran in turns in one run.",
        "A ratio of 2 means that crmlytics took half the time; below 1 it took longer.",
        "",
        f"Machine: {results['machine']}. Versions: {versions}.",
        "",
        "| task | input | rows | ours, s | rival | its s | ratio | CPU ratio | target | remark |",
        "|---|---|--:|--:|---|--:|--:|--:|---|---|",
    ]
    for row in results["rows"]:
        theirs = f"{row['rival_s']:.2f}" if "rival_s" in row else ""
        ratio = f"**{row['ratio']:.2f}**" if "ratio" in row else ""
        of_cpu = f"{row['cpu_ratio']:.2f}" if "cpu_ratio" in row else ""
        memory = [f"ours {row['ours_mb']:,} MB"] if "ours_mb" in row else []
        memory += [f"rival {row['rival_mb']:,} MB"] if "rival_mb" in row else []
        remark = "; ".join(part for part in (row.get("remark", ""), ", ".join(memory)) if part)
        lines.append(
            f"| `{row['task']}` | {row['input']} | {row['rows']:,} | {row['ours_s']:.2f} "
            f"| {row['rival']} | {theirs} | {ratio} | {of_cpu} | {row['target']} | {remark} |"
        )
    return "\n".join(lines) + "\n"


def kept(only: list[str] | None) -> tuple[list[dict], dict[str, str]]:
    """Rows of an earlier run whose part is not measured anew, and the versions of its rivals."""
    if not only:
        return [], {}
    before = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    return [row for row in before["rows"] if row.get("part") not in only], before["versions"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="run only cases whose name or rival holds a word")
    parser.add_argument("--only", action="append", choices=list(TASKS), help="a part to run")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--limit", type=float, help="seconds after which a rival is ended")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    warnings.simplefilter("ignore")
    # Ended from outside, end the rivals as well: they are in sessions of their own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    if options.limit:
        rivals.LIMIT["seconds"] = options.limit
    rows, wrong = measure(options.only, options.words, options.turns, options.scale)
    results = {
        "machine": machine(),
        "python": platform.python_version(),
        "versions": versions(),
        "scale": options.scale,
        "rows": rows,
    }
    if not options.words and options.scale == 1.0:
        earlier, known = kept(options.only)
        results |= {"rows": earlier + rows, "versions": known | results["versions"]}
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (HERE / "README.md").write_text(page(results), encoding="utf-8")
    sys.exit("\n".join(wrong) or None)


if __name__ == "__main__":
    main()
