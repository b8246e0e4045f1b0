"""RFM scores and segments; k-prototypes against kmodes; how stable clusters are at what cost."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pandas as pd
from rivals import OURS, Rival, call, save

from crmlytics.customers import rfm_table
from crmlytics.segmentation import RFMScorer, SegmentMap
from tasks.cases import AS_OF, Case, DisagreementError, transactions

KMODES = Rival("kmodes", ("pandas", "kmodes"))
_STARTS = 10


def segments(log: pd.DataFrame) -> pd.DataFrame:
    """Recency, distinct days and money of each customer, their scores, and the named segment."""
    table = rfm_table(log, as_of=AS_OF, count_by="days")
    return SegmentMap.named("putler11").assign(RFMScorer().fit_transform(table))


def segments_by_hand(log: pd.DataFrame) -> pd.DataFrame:
    """The way of the tutorials: groupby, quintiles by qcut, and a look-up of the three digits."""
    log = log[log["date"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]
    log = log.assign(day=log["date"].dt.normalize())
    bought = log[log["amount"] >= 0].groupby("customer_id")["day"].agg(["max", "nunique"])
    table = pd.DataFrame(
        {
            "recency_days": (pd.Timestamp(AS_OF) - bought["max"]).dt.days,
            "frequency": bought["nunique"],
            "monetary": log.groupby("customer_id")["amount"].sum().loc[bought.index],
        }
    ).reset_index()
    digits = ""
    for name, labels in (
        ("recency_days", [5, 4, 3, 2, 1]), ("frequency", [1, 2, 3, 4, 5]),
        ("monetary", [1, 2, 3, 4, 5]),
    ):  # fmt: skip
        # Frequencies repeat, so tutorials rank them first, which tells equal customers apart.
        grade = pd.qcut(table[name].rank(method="first"), 5, labels=labels)
        digits = digits + grade.astype(str)
    return table.assign(segment=digits.map(names_of_cells()))


@functools.cache
def names_of_cells() -> dict[str, str]:
    """Each of the 125 cells of scores and its segment."""
    cells = pd.DataFrame(itertools.product(range(1, 6), repeat=3), columns=["r", "f", "m"])
    digits = cells["r"].astype(str) + cells["f"].astype(str) + cells["m"].astype(str)
    named = SegmentMap.named("putler11").assign(cells)["segment"]
    return dict(zip(digits, named, strict=True))


def same_customers(own: pd.DataFrame, other: pd.DataFrame | None) -> str:
    """Both must have the same customers and values; scores differ where the rival's break ties."""
    if other is not None:
        for name in ("customer_id", "recency_days", "frequency"):
            if not (own[name].to_numpy() == other[name].to_numpy()).all():
                raise DisagreementError(f"the two differ in {name!r}")
    return f"{len(own):,} customers in {own['segment'].nunique()} segments"


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
    log = transactions(int(1_000_000 * scale))
    yield Case(
        "rfm_table, RFMScorer, SegmentMap", "pandas", len(log), lambda: segments(log),
        "pandas by hand", lambda: segments_by_hand(log), "", 2, same_customers,
    )  # fmt: skip
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
