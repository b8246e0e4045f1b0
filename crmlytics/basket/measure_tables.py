"""Interest measures for any 2 x 2 tables that the reader has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.basket._arguments import require_columns
from crmlytics.basket._measure_formulas import MEASURES, Cells, measured
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


def rule_measures(
    tables: IntoFrameT,
    *,
    measures: Sequence[str] | Literal["all"] = "all",
    a_col: str = "a",
    b_col: str = "b",
    c_col: str = "c",
    d_col: str = "d",
) -> IntoFrameT:
    r"""Append interest measures of the rule X → Y to a frame of 2 x 2 tables.

    Parameters
    ----------
    tables : frame
        One row per rule, from any engine.
    measures : sequence of str or "all"
        Which measures, by the names below, in the order wanted.
    a_col, b_col, c_col, d_col : str
        Columns with the counts of baskets with X and Y, with X alone, with Y alone, with neither:
        whole numbers.

    Returns
    -------
    frame
        The kind that came in, its rows with one column per measure. A margin of zero gives NaN
        (nothing is known), a zero in a denominator infinity: ``conviction``, ``sebag`` at b = 0,
        ``odds_ratio`` at b = 0 or c = 0, ``relative_risk`` at c = 0, ``hyper_lift`` where the
        quantile is 0. In polars and Arrow, NaN becomes null.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If counts are missing, negative or not whole, or a result column is there already.
    ValueError
        If a measure is unknown.

    Notes
    -----
    With r₁ = a + b, r₀ = c + d, c₁ = a + c, c₀ = b + d, n their sum, confidence k = a/r₁,
    p = c₁/n, Δ = ad - bc, e = r₁c₁/n:

    ========================= ====================================================================
    ``support``               a/n
    ``confidence``            a/r₁
    ``coverage``              r₁/n
    ``consequent_support``    c₁/n
    ``lift``                  a n/(r₁c₁)
    ``leverage``              Δ/n² = a/n - r₁c₁/n²
    ``conviction``            (c₀/n)/(b/r₁)
    ``added_value``           k - p (centred confidence)
    ``certainty``             (k - p)/(1 - p) if Δ > 0, else (k - p)/p (Loevinger)
    ``chi_square``            nΔ²/(r₁r₀c₁c₀), one degree of freedom; ``chi_square_yates`` with
                              Yates's continuity correction, ``g_statistic`` 2Σ O ln(O/E)
    ``phi``                   Δ/√(r₁r₀c₁c₀)
    ``fisher_p_value``        P(H ≥ a), H hypergeometric (n, r₁, c₁)
    ``odds_ratio``            ad/(bc); ``_low``, ``_high`` its Wald interval of 95 %
    ``relative_risk``         k/(c/r₀)
    ``yule_q``, ``yule_y``    (OR - 1)/(OR + 1); the same of √OR
    ``confidence_difference`` k - c/r₀
    ``jaccard``               a/(a + b + c)
    ``cosine``                a/√(r₁c₁)
    ``kulczynski``            (a/r₁ + a/c₁)/2
    ``max_confidence``        max(a/r₁, a/c₁)
    ``imbalance``             abs(r₁ - c₁)/(a + b + c)
    ``kappa``                 2Δ/(r₁c₀ + r₀c₁) (Cohen)
    ``collective_strength``   (pₒ/pₑ)(1 - pₑ)/(1 - pₒ), pₒ = (a + d)/n, pₑ = (r₁c₁ + r₀c₀)/n²
    ``gini``                  Σᵢ (rᵢ/n) Σ share² - p² - (1 - p)²
    ``j_measure``             (a/n) ln(k/p) + (b/n) ln((1 - k)/(1 - p))
    ``mutual_information``    I(X; Y)/min(H(X), H(Y))
    ``lambda``                (max(a, b) + max(c, d) - max(c₁, c₀))/(n - max(c₁, c₀)) (Goodman,
                              Kruskal)
    ``laplace``               (a + 1)/(r₁ + 2)
    ``sebag``                 a/b
    ``counterexample``        (a - b)/a
    ``confirmed_confidence``  (a - b)/r₁
    ``least_contradiction``   a/c₁
    ``ralambondrainy``        b/n
    ``lerman``                (a - e)/√e
    ``implication_index``     (b - e')/√e', e' = r₁c₀/n
    ``rule_power_factor``     k a/n
    ``importance``            log₁₀ of (a + 1)/(r₁ + 2) over (c + 1)/(r₀ + 2)
    ``rld``                   D/(D + min(b, c)), D = Δ/n > 0; D/(D - min(a, d)) if D < 0
    ``hyper_confidence``      P(H < a)
    ``hyper_lift``            a over the 99 % quantile of H
    ``standardised_lift``     (lift - λ)/(υ - λ), υ = n/max(r₁, c₁),
                              λ = max(r₁ + c₁ - n, 1) n/(r₁c₁)
    ========================= ====================================================================

    One vectorised pass per measure; equal tables share one Fisher tail.

    References
    ----------
    Tan, P.-N., Kumar, V. and Srivastava, J. (2004). Selecting the right objective measure for
    association analysis. Information Systems 29, 293-313.
    Geng, L. and Hamilton, H. J. (2006). Interestingness measures for data mining: a survey. ACM
    Computing Surveys 38 (3), article 9.
    Hahsler, M. and Hornik, K. (2007). New probabilistic interest measures for association rules.
    Intelligent Data Analysis 11, 437-455.
    McNicholas, P. D., Murphy, T. B. and O'Regan, M. (2008). Standardising the lift of an
    association rule. Computational Statistics & Data Analysis 52, 4712-4721.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import rule_measures
    >>> table = pd.DataFrame({"a": [99], "b": [71], "c": [2414], "d": [7251]})
    >>> rule_measures(table, measures=["confidence", "lift", "odds_ratio"]).round(4)
        a   b     c     d  confidence    lift  odds_ratio
    0  99  71  2414  7251      0.5824  2.2791      4.1883
    """
    wanted = {"a_col": a_col, "b_col": b_col, "c_col": c_col, "d_col": d_col}
    names = measure_names(measures)
    available = frames.column_names(tables)
    require_columns(wanted)
    checks.columns(available, wanted)
    checks.distinct_columns(wanted)
    checks.free_names(available, names)
    table = frames.collect(frames.lazy(tables))
    cells = Cells.of(*(_counts(table, column) for column in wanted.values()))
    result = frames.with_arrays(table, measured(cells, names), like=tables)
    return frames.same_kind(result, like=tables)


def measure_names(measures: Sequence[str] | str) -> list[str]:
    """The measures asked for, each known and named once."""
    if isinstance(measures, str) and measures == "all":
        return list(MEASURES)
    if isinstance(measures, str) or not hasattr(measures, "__iter__"):
        raise ValueError(f"measures must be 'all' or a sequence of names, got {measures!r}")
    return [checks.word("measures", name, tuple(MEASURES)) for name in dict.fromkeys(measures)]


def _counts(table: Any, column: str) -> NDArray[np.int64]:
    values = frames.finite(table, column)
    if bad := int(((values < 0) | (values != np.floor(values))).sum()):
        raise DataContractError(
            f"{bad:,} of {len(values):,} counts of {column!r} are negative or not whole; "
            "a 2 x 2 table counts baskets"
        )
    return values.astype(np.int64)
