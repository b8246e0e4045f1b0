"""How much of the money comes from how few customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ValueConcentration(NamedTuple):
    """How unequally value is spread, as `value_concentration` found it.

    Attributes
    ----------
    n : int
        Customers.
    total : float
        Their value together.
    gini : float
        Gini coefficient, from 0 (all equal) towards 1 (one has all); NaN if the total is 0.
    n_for_80_percent : int
        The fewest customers who bring 80 % of the value.
    top_shares : DataFrame
        ``top`` (fraction), ``n`` (customers), ``value`` and ``share`` of the largest.
    lorenz : DataFrame
        Cumulative ``customers`` and ``value``, fractions, poorest first.
    whale : DataFrame
        The same, richest first: with negative values it rises above 1 before it comes down to 1.
    peak_share : float
        The highest point of the whale curve: value before the negative ones, by the total.
    n_at_peak : int
        Customers up to that point, those of positive value.
    """

    n: int
    total: float
    gini: float
    n_for_80_percent: int
    top_shares: pd.DataFrame
    lorenz: pd.DataFrame
    whale: pd.DataFrame
    peak_share: float
    n_at_peak: int


def value_concentration(
    amounts: Any,
    *,
    top: float | Sequence[float] = (0.01, 0.05, 0.1, 0.2, 0.5),
    negatives: Literal["error", "clip", "whale"] = "error",
) -> ValueConcentration:
    r"""Measure how unequally value is spread over customers.

    Parameters
    ----------
    amounts : array-like of shape (n_customers,)
        Each customer's value in money: an array, a list or a column of any eager frame.
    top : float or sequence of float
        Fractions of the customers, richest first, whose share of the value is wanted.
    negatives : {"error", "clip", "whale"}
        What a negative value does: it is refused, counted as 0, or kept for the whale curve. Kept
        ones leave the Gini coefficient and the Lorenz curve without a meaning: they become NaN.

    Returns
    -------
    ValueConcentration
        ``n`` customers; ``total`` value; ``gini`` (0 = all equal, towards 1 = one has all; NaN if
        the total is 0); ``n_for_80_percent``, the fewest customers who bring 80 % of the value;
        ``top_shares``, a DataFrame with ``top`` (fraction), ``n`` (that many customers, rounded
        up), ``value`` and ``share``; ``lorenz``, a DataFrame with the cumulative ``customers`` and
        ``value`` (fractions, poorest first, at most 101 points); ``whale``, the same richest
        first, with its summit ``peak_share`` and ``n_at_peak``. All shares are NaN if the total is
        not positive.

    Raises
    ------
    DataContractError
        If values are missing or infinite, or negative with ``negatives="error"``.
    NotEnoughDataError
        If there is no customer.

    Notes
    -----
    With :math:`x_{(1)} \le \dots \le x_{(n)}`, the Gini coefficient is
    :math:`\sum_i (2i - n - 1)\, x_{(i)} / (n \sum_i x_i)`. Values within 1e-9 of 0, measured by the
    largest, count as 0: purchases and refunds that cancel leave such crumbs.

    References
    ----------
    Gini, C. (1912). Variabilità e mutabilità. Bologna.

    Examples
    --------
    >>> from crmlytics.segmentation import value_concentration
    >>> found = value_concentration([1.0, 1.0, 2.0, 16.0], top=(0.25,))
    >>> found.gini
    0.575
    >>> found.top_shares
        top  n  value  share
    0  0.25  1   16.0    0.8
    """
    checks.word("negatives", negatives, ("error", "clip", "whale"))
    top = [top] if isinstance(top, int | float) else list(top)
    for fraction in top:
        checks.fraction("top", fraction)
    values = np.sort(_values(amounts, negatives))
    n, total = len(values), _total(values)
    falling = np.cumsum(values[::-1])
    share = falling / total if total > 0 else np.full(n, np.nan)
    # Rounded up, but not for 0.1 · 30 = 3.0000000000000004.
    counts = np.ceil(np.array(top) * n - 1e-9).astype(np.int64)
    at = np.unique(np.rint(np.linspace(0, n, min(n, 100) + 1)).astype(np.int64))
    n_positive = int((values > 0).sum())
    return ValueConcentration(
        n=n,
        total=total,
        gini=_gini(values, total),
        n_for_80_percent=int((falling < 0.8 * total).argmin() + 1) if total > 0 else 0,
        top_shares=pd.DataFrame(
            {
                "top": top,
                "n": counts,
                "value": falling[counts - 1],
                "share": share[counts - 1],
            }
        ),
        lorenz=_curve(values, at, total if values[0] >= 0 else np.nan),
        whale=_curve(values[::-1], at, total),
        peak_share=float(share[n_positive - 1]) if n_positive else float("nan"),
        n_at_peak=n_positive,
    )


def _total(values: np.ndarray[Any, Any]) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(values.sum())
    if not np.isfinite(total):
        raise DataContractError("the amounts are too large: their sum is infinite; rescale them")
    return total


def _gini(values: np.ndarray[Any, Any], total: float) -> float:
    """Gini coefficient of ascending values, NaN where one is negative or all are 0."""
    n = len(values)
    if values[0] < 0 or total <= 0:
        return float("nan")
    return float(((2 * np.arange(1, n + 1) - n - 1) * values).sum() / (n * total))


def _curve(values: np.ndarray[Any, Any], at: np.ndarray[Any, Any], total: float) -> pd.DataFrame:
    """Cumulative fractions of customers and of value after so many customers."""
    summed = np.concatenate(([0.0], np.cumsum(values)))[at]
    return pd.DataFrame(
        {"customers": at / len(values), "value": summed / total if total > 0 else np.nan}
    )


def _values(amounts: Any, negatives: str) -> np.ndarray[Any, Any]:
    series = nw.from_native(amounts, allow_series=True, series_only=True, pass_through=True)
    array = series.to_numpy() if isinstance(series, nw.Series) else np.asarray(amounts)
    try:
        values = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataContractError("amounts must be numbers") from error
    if values.ndim != 1:
        raise ValueError(f"amounts must have one dimension, it has {values.ndim}")
    if not len(values):
        raise NotEnoughDataError("amounts is empty; at least 1 customer is needed")
    if bad := int((~np.isfinite(values)).sum()):
        raise DataContractError(f"{bad:,} of {len(values):,} amounts are missing or infinite")
    # What is left of sums that cancel is no debt: purchases and their refunds, added in floats.
    values = np.where(np.abs(values) <= 1e-9 * np.abs(values).max(), 0.0, values)
    if negative := int((values < 0).sum()):
        if negatives == "error":
            raise DataContractError(
                f"{negative:,} of {len(values):,} amounts are negative, and a Gini coefficient of "
                "negative values means nothing; count them as 0 with negatives='clip', or keep "
                "them for the whale curve with negatives='whale'"
            )
        if negatives == "clip":
            values = np.maximum(values, 0.0)
    return values
