"""Rules for recommending, learnt from baskets or read from a table of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.basket import _rows
from crmlytics.basket._recommender_rules import Rules
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from crmlytics.basket.basket_matrix import Baskets

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_NEEDED = ("antecedent", "consequent", "count", "antecedent_count")
SIZE_ADJUSTED_LIFT = "size_adjusted_lift"


def rules_from_table(
    table: object, baskets: Baskets, *, score: str, alpha: float | None, level: float
) -> Rules:
    """Order the rules of a table by their score; those of several consequents are refused."""
    present = frames.column_names(table)
    needed = [*_NEEDED, SIZE_ADJUSTED_LIFT] if score == "lift_low" else list(_NEEDED)
    _refuse_missing(present, needed, score)
    wanted = [*needed, *(name for name in ("p_value", "p_adjusted") if name in present)]
    found = frames.to_pandas(frames.lazy(table, wanted))
    if alpha is not None:
        if "p_adjusted" not in present:
            raise DataContractError(
                "the rules have no column 'p_adjusted' to compare with alpha; "
                "make them with a correction, or pass alpha=None"
            )
        found = found[found["p_adjusted"] <= alpha]
    sides = [list(one) for one in found["antecedent"]]
    consequents = [_single(one) for one in found["consequent"]]
    sizes = np.array([len(one) for one in sides], np.int64)
    codes = baskets.codes_of([name for one in sides for name in one], parameter="rules")
    count = found["count"].to_numpy(np.int64)
    n = found["antecedent_count"].to_numpy(np.int64)
    unknown = np.full(len(found), np.nan)
    return _ordered(
        *_distinct_sets(_rows.offsets(sizes), codes.astype(np.int64)),
        consequent=baskets.codes_of(consequents, parameter="rules").astype(np.int64),
        score=count / n if score == "confidence" else _lift_low(found, count, level),
        counts=count,
        n=n,
        p_value=found["p_value"].to_numpy(np.float64) if "p_value" in found else unknown,
        p_adjusted=found["p_adjusted"].to_numpy(np.float64) if "p_adjusted" in found else unknown,
        n_items=baskets.n_items,
    )


def _refuse_missing(present: list[str], needed: list[str], score: str) -> None:
    if SIZE_ADJUSTED_LIFT in needed and SIZE_ADJUSTED_LIFT not in present:
        raise DataContractError(
            f"score={score!r} needs rules with a column {SIZE_ADJUSTED_LIFT!r}; "
            "make them with association_rules(…, null='basket_size')"
        )
    checks.columns(present, {f"rules[{name!r}]": name for name in needed})


def _single(consequent: Any) -> Any:
    """The only item on the right of a rule."""
    if isinstance(consequent, str | int | np.integer):
        return consequent
    held = list(consequent)
    if len(held) != 1:
        raise DataContractError(
            "a recommender needs rules with one item as the consequent; "
            "make them with max_consequent=1"
        )
    return held[0]


def _lift_low(found: pd.DataFrame, count: Ints, level: float) -> Floats:
    """Lower bound of count / expected, the count being Poisson (Garwood 1936)."""
    from scipy.special import gammaincinv

    # Given the lift, the expected count is count / lift.
    low = gammaincinv(count.astype(np.float64), (1.0 - level) / 2.0)
    return np.asarray(found[SIZE_ADJUSTED_LIFT].to_numpy(np.float64) * low / count, np.float64)


def _distinct_sets(indptr: Ints, codes: Ints) -> tuple[Ints, NDArray[np.int32], Ints]:
    """Distinct sets by size and codes, and which of them each given set is."""
    sizes = np.diff(indptr)
    which = np.empty(len(sizes), np.int64)
    held: list[Ints] = []
    lengths: list[Ints] = []
    done = 0
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        table = np.sort(codes[indptr[rows][:, None] + np.arange(size)], axis=1)
        distinct, place = np.unique(table, axis=0, return_inverse=True)
        which[rows] = done + place.ravel()
        held.append(distinct.ravel())
        lengths.append(np.full(len(distinct), size))
        done += len(distinct)
    none = np.empty(0, np.int64)
    return (
        _rows.offsets(np.concatenate([none, *lengths])),
        np.concatenate([none, *held]).astype(np.int32),
        which,
    )


def _ordered(
    indptr: Ints,
    items: NDArray[np.int32],
    antecedent: Ints,
    *,
    consequent: Ints,
    score: Floats,
    counts: Ints,
    n: Ints,
    p_value: Floats,
    p_adjusted: Floats,
    n_items: int,
) -> Rules:
    """Best score first; of equal ones the more frequent, then by consequent, then the shorter."""
    # Distinct antecedents are numbered by size and items, so their number breaks the last ties.
    order = np.lexsort((antecedent, consequent, -counts, -score))
    return Rules(
        indptr=indptr,
        items=items,
        antecedent=antecedent[order],
        consequent=consequent[order],
        score=score[order],
        counts=counts[order],
        n=n[order],
        p_value=p_value[order],
        p_adjusted=p_adjusted[order],
        n_items=n_items,
    )
