"""Present value of the purchases of each customer, by period or continuously."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

#: So many periods are added up one by one; of more, the far ones by an integral.
_DIRECT = 48
_NODES = 96
_CUT = 45.0  # beyond it e^(-δu) is nothing against its value at 0

#: Gregory's coefficients of the differences at the ends of a sum, which is an integral and these.
_GREGORY = (1 / 12, 1 / 24, 19 / 720, 3 / 160, 863 / 60480)


class Discount(NamedTuple):
    """How money that comes later is valued.

    Attributes
    ----------
    rate : float
        Continuous rate per unit of the model.
    horizon : float or None
        End of the time ahead in units of the model; None is for ever.
    period : float or None
        Money counts at the end of periods of this length; None counts it when it comes.
    """

    rate: float
    horizon: float | None
    period: float | None

    def ends(self) -> Floats:
        """Ends of the periods up to the horizon; the last one may be shorter."""
        assert self.period is not None  # noqa: S101 (asked for with periods only)
        assert self.horizon is not None  # noqa: S101
        n = max(math.ceil(self.horizon / self.period - 1e-9), 1)
        return np.minimum(np.arange(1.0, n + 1.0) * self.period, self.horizon)


def counted_at(model: TransactionModel, how: Discount) -> Discount:
    """Money of a model of opportunities comes at these, however it is compounded."""
    if how.period is None and _of_opportunities(model):
        return how._replace(period=1.0)
    return how


def _of_opportunities(model: TransactionModel) -> bool:
    from crmlytics.clv.beta_geo_beta_binomial import BetaGeoBetaBinomialModel

    return isinstance(model, BetaGeoBetaBinomialModel)


def discounted(
    model: TransactionModel, parameters: tuple[Any, ...], rows: Rows, how: Discount
) -> Floats:
    """Present number of each customer's purchases; infinite where the sum is."""
    if how.rate == 0.0 and how.horizon is None:
        return model._expected_ever(parameters, rows)  # noqa: SLF001 (one package)
    if how.rate == 0.0 or how.period is None:
        return model._discounted(parameters, rows, how.rate, how.horizon)  # noqa: SLF001

    def expected(u: float) -> Floats:
        return model._expected(parameters, rows, np.full(len(rows["T"]), u))  # noqa: SLF001

    if _of_opportunities(model):
        if how.period == 1.0:
            return model._discounted(parameters, rows, how.rate, how.horizon)  # noqa: SLF001
        raise ValueError(
            "a model of opportunities discounts from one to the next: horizon_unit must be its unit"
        )
    return by_period(expected, start=model._time_constant(parameters, rows), how=how)  # noqa: SLF001


def by_period(expected: Callable[[float], Floats], *, start: Floats, how: Discount) -> Floats:
    """Discount purchases from the end of the period in which they fall.

    Parameters
    ----------
    expected : callable
        Time ahead → expected purchases up to then, C(u), one per row.
    start : ndarray of shape (n_rows,)
        Time constants: C bends in ln(1 + u / start).
    how : Discount
        With a period and a rate above 0.
    """
    assert how.period is not None  # noqa: S101 (the caller's choice)
    h, rate = how.period, how.rate
    if how.horizon is None or how.horizon * rate > _CUT:
        last, rest = math.ceil(_CUT / (rate * h)), 0.0
    else:
        whole = math.floor(how.horizon / h + 1e-9)
        last, rest = whole, max(how.horizon - whole * h, 0.0)
        rest = rest if rest > 1e-9 * h else 0.0

    def weighted(k: float) -> Floats:
        return math.exp(-rate * h * k) * expected(k * h)

    # Σ [C(kh) - C(kh - h)] z^k = (1 - z) Σ C(kh) z^k + C(nh) z^(n+1), the sum running to n.
    total = -math.expm1(-rate * h) * _sum(weighted, last, start / h)
    at_end = expected(last * h) if last else np.zeros(len(start))
    total = total + math.exp(-rate * h * (last + 1)) * at_end
    if rest:
        total = total + math.exp(-rate * (last * h + rest)) * (expected(last * h + rest) - at_end)
    return total


def _sum(term: Callable[[float], Floats], n: int, start: Floats) -> Floats:
    """Add up term(k) for k = 1 … n, which is smooth in k."""
    total = np.zeros(len(start))
    if n <= 3 * _DIRECT:
        for k in range(1, n + 1):
            total += term(float(k))
        return total
    near = [term(float(k)) for k in range(1, _DIRECT + 1)]
    for value in near:
        total += value
    # From k = _DIRECT on by Gregory's formula; that one is already counted.
    order = len(_GREGORY)
    head = np.array([near[-1], *(term(float(_DIRECT + k)) for k in range(1, order + 1))])
    tail = np.array([term(float(n - k)) for k in range(order + 1)])
    total += _integral(term, float(_DIRECT), float(n), start) + 0.5 * (tail[0] - head[0])
    for i, coefficient in enumerate(_GREGORY, start=1):
        # Differences forwards at the start; backwards, by reversal, at the end: the sign is (-1)^i.
        ahead, back = np.diff(head, n=i, axis=0)[0], np.diff(tail, n=i, axis=0)[0] * (-1) ** i
        total += coefficient * (back + (-1) ** i * ahead)
    return total


def _integral(term: Callable[[float], Floats], low: float, high: float, start: Floats) -> Floats:
    """Gauss-Legendre in ln(scale + u), with one scale that suits all rows."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    scale = float(np.median(start)) if len(start) else 1.0
    length = math.log((scale + high) / (scale + low))
    total = np.zeros(len(start))
    for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
        width = (scale + low) * math.exp(length * node)
        total += weight * length * width * term(width - scale)
    return total
