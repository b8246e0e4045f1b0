"""Columns that may know the outcome because they were filled in after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.scoring._id_columns import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawColumn

AUC_ALARM = 0.9
PURE_SHARE_ALARM = 0.5
_PURE = 0.05
_LEVEL_ROWS = 30
_BINS = 20
_FOLDS = 5

#: Words of columns that are often written when the case is over, or by those who decide it.
_HINTS = frozenset(
    ("last", "latest", "final", "tag", "tags", "quality", "profile", "score", "scoring", "index",
     "rating", "status", "stage", "outcome", "result", "reason", "closed", "closing", "close",
     "lost", "won", "churn", "churned", "cancel", "cancelled", "canceled", "cancellation", "exit",
     "exited", "ended", "converted", "conversion", "response", "refund", "retained")
)  # fmt: skip


class LeakEvidence(NamedTuple):
    """How well one column alone tells the outcome."""

    auc: float
    pure_share: float

    @property
    def is_alarming(self) -> bool:
        """Whether the statistics alone call the column a leak."""
        return self.auc > AUC_ALARM or self.pure_share >= PURE_SHARE_ALARM


def evidence(column: RawColumn, y: NDArray[np.float64], fold: NDArray[np.int64]) -> LeakEvidence:
    """Out-of-fold area under the curve of the column alone, and the share of "pure" rows.

    A row is pure if its level (of at least 30 rows) nearly always has the same outcome.
    """
    level = _levels(column)
    cell = level * _FOLDS + fold
    size = (int(level.max()) + 1) * _FOLDS
    n = np.bincount(cell, minlength=size).reshape(-1, _FOLDS).astype(np.float64)
    hits = np.bincount(cell, weights=y, minlength=size).reshape(-1, _FOLDS)
    base = float(y.mean())
    others_n = n.sum(axis=1, keepdims=True) - n
    others_hits = hits.sum(axis=1, keepdims=True) - hits
    rate = (others_hits + base) / (others_n + 1.0)
    return LeakEvidence(_area(rate.ravel(), hits.ravel(), (n - hits).ravel()),
                        _pure_share(n.sum(axis=1), hits.sum(axis=1), base))  # fmt: skip


def deal_folds(n: int) -> NDArray[np.int64]:
    """Folds of equal size, dealt by a fixed lot: a report must not change from run to run."""
    return np.random.default_rng(0).permutation(np.arange(n) % _FOLDS)


def hints(name: str, target: str | None) -> list[str]:
    """Words of the name that make one ask when the column is filled in."""
    words = words_of(name)
    own = set(words_of(target)) if target else set()
    return [word for word in dict.fromkeys(words) if word in _HINTS or word in own]


def _levels(column: RawColumn) -> NDArray[np.int64]:
    """Level of each row, 0 = missing; numbers in at most twenty bins of equal size."""
    if column.kind == "text":
        return column.values.astype(np.int64) + 1
    missing = column.missing
    present = column.values[~missing]
    level = np.zeros(len(column.values), np.int64)
    if len(present):
        cuts = np.unique(np.quantile(present, np.linspace(0.0, 1.0, _BINS + 1)[1:-1]))
        level[~missing] = 1 + np.searchsorted(cuts, present, side="right")
    return level


def _area(score: NDArray[np.float64], hits: NDArray[Any], misses: NDArray[Any]) -> float:
    """Area under the curve of cells that hold many rows each, equal scores sharing."""
    order = np.argsort(score, kind="stable")
    start = np.flatnonzero(np.r_[True, np.diff(score[order]) > 0])
    hit, miss = np.add.reduceat(hits[order], start), np.add.reduceat(misses[order], start)
    below = np.cumsum(miss) - miss
    pairs = hits.sum() * misses.sum()
    return float((hit * (below + miss / 2.0)).sum() / pairs) if pairs else np.nan


def _pure_share(n: NDArray[np.float64], hits: NDArray[np.float64], base: float) -> float:
    # Where few rows are positive at all, a rate below 5 % says nothing: it must also be a quarter
    # of the base rate, and of the rest above.
    low, high = min(_PURE, base / 4.0), max(1.0 - _PURE, 1.0 - (1.0 - base) / 4.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = hits / n
    pure = (n >= _LEVEL_ROWS) & ((rate < low) | (rate > high))
    return float(n[pure].sum() / n.sum())


def grounds(
    names: Iterable[str],
    found: dict[str, LeakEvidence],
    *,
    declared: Iterable[str],
    target: str | None,
) -> list[dict[str, object]]:
    """Rows of the leak report, the surest grounds first."""
    known = set(declared)
    rows: list[dict[str, object]] = []
    for name in names:
        seen = found.get(name, LeakEvidence(np.nan, np.nan))
        says = {"statistics": _says(seen)} if seen.is_alarming else {}
        if name in known:
            says["declared"] = "known only after the outcome, as declared; left out"
        elif words := hints(name, target):
            says["name hint"] = f"named {words[0]!r}: is it known before the outcome?"
        rows += [
            {"column": name, "ground": ground, **seen._asdict(), "says": text}
            for ground, text in says.items()
        ]
    order = {"statistics": 0, "declared": 1, "name hint": 2}
    return sorted(rows, key=lambda row: order[str(row["ground"])])


def _says(seen: LeakEvidence) -> str:
    parts = []
    if seen.auc > AUC_ALARM:
        parts.append(f"ranks the outcome alone with AUC {seen.auc:.3f}")
    if seen.pure_share >= PURE_SHARE_ALARM:
        parts.append(f"{seen.pure_share:.0%} of rows are in levels that nearly decide it")
    return "; ".join(parts)
