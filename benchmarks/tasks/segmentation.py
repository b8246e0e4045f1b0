"""Clusters: k-prototypes against kmodes, and the judgement of stability on many customers."""

from __future__ import annotations

import numpy as np
from rivals import OURS, Rival, call, save

from tasks.cases import Case, DisagreementError

KMODES = Rival("kmodes", ("pandas", "kmodes"))
_STARTS = 10


def mixed_rows(rows: int) -> dict[str, np.ndarray]:
    """Three numbers and three categories of 4, 6 and 10 values around five centres."""
    rng = np.random.default_rng(4)
    group = rng.integers(0, 5, rows)
    numbers = rng.uniform(-3, 3, (5, 3))[group] + rng.standard_normal((rows, 3))
    codes = [
        np.where(rng.random(rows) < 0.6, group % levels, rng.integers(0, levels, rows))
        for levels in (4, 6, 10)
    ]
    return {"numbers": numbers, "codes": np.column_stack(codes)}


def customers(rows: int) -> dict[str, np.ndarray]:
    """Recency, frequency and money of four groups, 6 standard deviations apart."""
    rng = np.random.default_rng(5)
    centres = np.array([[2.0, 3.0, 7.0], [5.0, 1.0, 4.0], [3.5, 1.5, 6.0], [6.0, 2.5, 7.5]])
    group = rng.choice(4, rows, p=[0.1, 0.5, 0.25, 0.15])
    return {"customers": np.exp(centres[group] + 0.25 * rng.standard_normal((rows, 3)))}


def same_or_cheaper(own: dict, other: dict | None) -> str:
    """Ours must not cost more than one start of kmodes did."""
    if other is not None and own["cost"] > other["cost"] * (1 + 1e-9):
        raise DisagreementError(f"ours cost {own['cost']:,.1f}, the rival's {other['cost']:,.1f}")
    theirs = f", rival's of one start {other['cost']:,.0f}" if other else ""
    return f"least cost of {own['starts']} starts {own['cost']:,.0f}{theirs}"


def four(own: dict, _other: object) -> str:
    if own["clusters"] != 4:
        raise DisagreementError(f"{own['clusters']} clusters found instead of the 4 planted")
    return "4 planted clusters found"


def cases(scale: float):
    rows = int(100_000 * scale)
    data = save(mixed_rows(rows))
    # One start of kmodes takes most of a minute, so ten of ours run against one of theirs: the
    # ratio per start is ten times the one shown.
    yield Case(
        "KPrototypes, 10 starts", "3 numbers, 3 categories", rows,
        lambda: call(OURS, "segmentation:ours_prototypes", data, k=5, starts=_STARTS),
        "kmodes, 1 start",
        lambda: call(KMODES, "segmentation:kmodes_prototypes", data, limit=600, k=5, starts=1),
        "at least 1.5 (15 per start)", 1, same_or_cheaper,
    )  # fmt: skip
    many = save(customers(rows))
    yield Case(
        "CustomerClusters, stability of 2 to 8", "3 numbers", rows,
        lambda: call(OURS, "segmentation:ours_stability", many, limit=600),
        turns=1, check=four,
    )  # fmt: skip
