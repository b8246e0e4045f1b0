"""Interest measures of a 2 x 2 table, one formula each.

With a = baskets with both sides, b = only the antecedent, c = only the consequent, d = neither;
rows r1 = a + b and r0 = c + d, columns c1 = a + c and c0 = b + d, in n = a + b + c + d baskets.
Most measures are the determinant ad - bc over margins; written so, exactly on the integers, they
do not cancel near independence as differences of rounded shares do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.basket import _significance_tails as tails

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Cells(NamedTuple):
    """The table with its margins, as floats; `det` is ad - bc."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    r1: Floats
    r0: Floats
    c1: Floats
    c0: Floats
    n: Floats
    det: Floats

    @classmethod
    def of(cls, a: Any, b: Any, c: Any, d: Any) -> Cells:
        """Margins and determinant, in integers before they become floats."""
        counts = [np.asarray(x, np.int64) for x in (a, b, c, d)]
        a, b, c, d = np.broadcast_arrays(*counts)
        margins = (a + b, c + d, a + c, b + d, a + b + c + d)
        return cls(*(x.astype(float) for x in (a, b, c, d, *margins, _determinant(a, b, c, d))))


class Measure(NamedTuple):
    """A formula, and whether it is the same for X → Y and Y → X."""

    formula: Callable[[Cells], Any]
    symmetric: bool = False


def _determinant(a: Any, b: Any, c: Any, d: Any) -> Any:
    if max((int(x.max(initial=0)) for x in (a, b, c, d)), default=0) < 2**31:
        return a * d - b * c
    return a.astype(object) * d - b.astype(object) * c


def _expected(t: Cells) -> tuple[Floats, Floats, Floats, Floats]:
    return t.r1 * t.c1 / t.n, t.r1 * t.c0 / t.n, t.r0 * t.c1 / t.n, t.r0 * t.c0 / t.n


def _chi_square(t: Cells) -> Floats:
    return t.n * t.det**2 / (t.r1 * t.r0 * t.c1 * t.c0)


def _yates(t: Cells) -> Floats:
    # Where the correction is larger than the difference, the difference counts as none.
    reduced = np.maximum(np.abs(t.det) - t.n / 2, 0.0)
    return np.asarray(t.n * reduced**2 / (t.r1 * t.r0 * t.c1 * t.c0), float)


def _deviances(t: Cells) -> Floats:
    observed = (t.a, t.b, t.c, t.d)
    found = sum(tails.deviance(o, e) for o, e in zip(observed, _expected(t), strict=True))
    return np.asarray(found, float)


def _mutual_information(t: Cells) -> Floats:
    return _deviances(t) / t.n / np.minimum(_entropy(t.r1 / t.n), _entropy(t.c1 / t.n))


def _entropy(p: Floats) -> Floats:
    from scipy.special import entr

    return np.asarray(entr(p) + entr(1.0 - p), float)


def _j_measure(t: Cells) -> Floats:
    both, only, _, _ = _expected(t)
    return (tails.deviance(t.a, both) + tails.deviance(t.b, only)) / t.n


def _odds_ratio_end(sign: float) -> Callable[[Cells], Floats]:
    def end(t: Cells) -> Floats:
        from scipy.special import ndtri

        spread = np.sqrt(1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d)
        return np.asarray(
            np.exp(np.log(t.a * t.d / (t.b * t.c)) + sign * ndtri(0.975) * spread), float
        )

    return end


def _yule(power: float) -> Callable[[Cells], Floats]:
    def yule(t: Cells) -> Floats:
        agree, differ = (t.a * t.d) ** power, (t.b * t.c) ** power
        return (agree - differ) / (agree + differ)

    return yule


def _certainty(t: Cells) -> Floats:
    return np.where(t.det > 0, t.det / (t.r1 * t.c0), t.det / (t.r1 * t.c1))


def _rld(t: Cells) -> Floats:
    """Distance from independence as a share of the largest one in that direction."""
    distance = t.det / t.n
    up = distance / (distance + np.minimum(t.b, t.c))
    down = distance / (distance - np.minimum(t.a, t.d))
    return np.where(t.det > 0, up, np.where(t.det < 0, down, 0.0))


def _standardised_lift(t: Cells) -> Floats:
    lift = t.a * t.n / (t.r1 * t.c1)
    least = np.maximum((t.r1 + t.c1 - t.n) * t.n, t.n) / (t.r1 * t.c1)
    most = t.n / np.maximum(t.r1, t.c1)
    return (lift - least) / (most - least)


def _collective_strength(t: Cells) -> Floats:
    agree = (t.r1 * t.c0 + t.r0 * t.c1) / (t.r1 * t.c1 + t.r0 * t.c0)
    return (t.a + t.d) / (t.b + t.c) * agree


def _lambda(t: Cells) -> Floats:
    most = np.maximum(t.c1, t.c0)
    return (np.maximum(t.a, t.b) + np.maximum(t.c, t.d) - most) / (t.n - most)


def _importance(t: Cells) -> Floats:
    return np.asarray(np.log10((t.a + 1) / (t.r1 + 2) * (t.r0 + 2) / (t.c + 1)), float)


def _log_tail(t: Cells) -> Floats:
    return tails.log_fisher(t.a, t.r1, t.c1, t.n)


def _hyper_lift(t: Cells) -> Floats:
    return t.a / tails.hypergeometric_quantile(0.99, t.r1, t.c1, t.n)


#: Names as in the R package arules, in our spelling; the order is that of the columns.
MEASURES: dict[str, Measure] = {
    "support": Measure(lambda t: t.a / t.n, True),
    "confidence": Measure(lambda t: t.a / t.r1),
    "coverage": Measure(lambda t: t.r1 / t.n),
    "consequent_support": Measure(lambda t: t.c1 / t.n),
    "lift": Measure(lambda t: t.a * t.n / (t.r1 * t.c1), True),
    "leverage": Measure(lambda t: t.det / t.n**2, True),
    "conviction": Measure(lambda t: t.c0 * t.r1 / (t.n * t.b)),
    "added_value": Measure(lambda t: t.det / (t.r1 * t.n)),
    "certainty": Measure(_certainty),
    "chi_square": Measure(_chi_square, True),
    "chi_square_yates": Measure(_yates, True),
    "g_statistic": Measure(lambda t: 2 * _deviances(t), True),
    "phi": Measure(lambda t: t.det / np.sqrt(t.r1 * t.r0 * t.c1 * t.c0), True),
    "fisher_p_value": Measure(lambda t: np.exp(_log_tail(t)), True),
    "odds_ratio": Measure(lambda t: t.a * t.d / (t.b * t.c), True),
    "odds_ratio_low": Measure(_odds_ratio_end(-1.0), True),
    "odds_ratio_high": Measure(_odds_ratio_end(1.0), True),
    "relative_risk": Measure(lambda t: t.a * t.r0 / (t.r1 * t.c)),
    "yule_q": Measure(_yule(1.0), True),
    "yule_y": Measure(_yule(0.5), True),
    "confidence_difference": Measure(lambda t: t.det / (t.r1 * t.r0)),
    "jaccard": Measure(lambda t: t.a / (t.a + t.b + t.c), True),
    "cosine": Measure(lambda t: t.a / np.sqrt(t.r1 * t.c1), True),
    "kulczynski": Measure(lambda t: (t.a / t.r1 + t.a / t.c1) / 2, True),
    "max_confidence": Measure(lambda t: np.maximum(t.a / t.r1, t.a / t.c1), True),
    "imbalance": Measure(lambda t: np.abs(t.b - t.c) / (t.a + t.b + t.c), True),
    "kappa": Measure(lambda t: 2 * t.det / (t.r1 * t.c0 + t.r0 * t.c1), True),
    "collective_strength": Measure(_collective_strength, True),
    "gini": Measure(lambda t: 2 * t.det**2 / (t.n**2 * t.r1 * t.r0)),
    "j_measure": Measure(_j_measure),
    "mutual_information": Measure(_mutual_information, True),
    "lambda": Measure(_lambda),
    "laplace": Measure(lambda t: (t.a + 1) / (t.r1 + 2)),
    "sebag": Measure(lambda t: t.a / t.b),
    "counterexample": Measure(lambda t: (t.a - t.b) / t.a),
    "confirmed_confidence": Measure(lambda t: (t.a - t.b) / t.r1),
    "least_contradiction": Measure(lambda t: t.a / t.c1),
    "ralambondrainy": Measure(lambda t: t.b / t.n),
    "lerman": Measure(lambda t: t.det / np.sqrt(t.n * t.r1 * t.c1), True),
    "implication_index": Measure(lambda t: -t.det / np.sqrt(t.n * t.r1 * t.c0)),
    "rule_power_factor": Measure(lambda t: t.a / t.r1 * t.a / t.n),
    "importance": Measure(_importance),
    "rld": Measure(_rld, True),
    "hyper_confidence": Measure(lambda t: -np.expm1(_log_tail(t)), True),
    "hyper_lift": Measure(_hyper_lift, True),
    "standardised_lift": Measure(_standardised_lift, True),
}


def measured(cells: Cells, names: list[str]) -> dict[str, Floats]:
    """The named measures; a zero cell gives infinity or NaN by the formula, never an error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: np.asarray(MEASURES[name].formula(cells), float) for name in names}
