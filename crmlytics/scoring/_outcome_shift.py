"""Whether what came true has moved: the base rate, and what a score is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import intervals
from crmlytics.errors import DataContractError
from crmlytics.scoring._raw_values import raw_column

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from numpy.typing import NDArray

# Steps of log-odds, or of the slope: a shift of 0.2 moves a probability of 0.5 to 0.55.
LIMITS = (0.2, 0.5)
_CLIP = 1e-6


class Known(NamedTuple):
    """Rows whose outcome is known: the outcome, the logit of the score, and how many are not."""

    y: NDArray[np.float64]
    logit: NDArray[np.float64]
    missing: float


def rows(
    before: nw.DataFrame[Any],
    after: nw.DataFrame[Any],
    label_col: str,
    score_col: str | None,
    level: float,
) -> list[dict[str, Any]]:
    """Rows of the table of drift: the label, and with a score its calibration."""
    old, new = (_known(table, label_col, score_col) for table in (before, after))
    if not len(new.y) or not len(old.y):
        return [_labelled(label_col, "label", old, new)]
    found = [_base_rate(label_col, old, new, level)]
    if score_col is not None:
        found += [
            _calibration(score_col, "calibration in the large", old, new, level, _in_the_large),
            _calibration(score_col, "calibration slope", old, new, level, _slope),
        ]
    return found


def _known(table: nw.DataFrame[Any], label_col: str, score_col: str | None) -> Known:
    labels = _labels(table, label_col)
    known = ~np.isnan(labels)
    share = float(1.0 - known.mean())
    if score_col is None:
        return Known(labels[known], np.empty(0), share)
    score = raw_column(table, score_col).values
    known &= ~np.isnan(score)
    clipped = np.clip(score[known], _CLIP, 1.0 - _CLIP)
    return Known(labels[known], np.log(clipped / (1.0 - clipped)), share)


def _labels(table: nw.DataFrame[Any], name: str) -> NDArray[np.float64]:
    import narwhals.stable.v2 as nw

    column = raw_column(table, name)
    values = column.values
    if table[name].dtype == nw.Boolean or set(values) <= {"True", "False", None}:
        values = np.array([{"True": 1.0, "False": 0.0}.get(one, np.nan) for one in values])
    elif column.kind == "category" and not column.missing.all():
        raise DataContractError(
            f"{name!r} must be 0 and 1, or missing where the outcome is not known, it holds texts; "
            "compare it with the name of the outcome first"
        )
    numbers = np.asarray(values, np.float64)
    if bad := int((~np.isnan(numbers) & (numbers != 0) & (numbers != 1)).sum()):
        raise DataContractError(f"{bad:,} of {len(numbers):,} values of {name!r} are not 0 or 1")
    return numbers


def _labelled(column: str, kind: str, old: Known, new: Known) -> dict[str, Any]:
    return {
        "column": column,
        "kind": kind,
        "n_reference": len(old.y),
        "n_current": len(new.y),
        "missing_reference": old.missing,
        "missing_current": new.missing,
        "limits": LIMITS,
    }


def _base_rate(column: str, old: Known, new: Known, level: float) -> dict[str, Any]:
    """Rates, Newcombe's interval of their difference, and the test of two shares."""
    from scipy.special import ndtr

    (x, n), (y, m) = (new.y.sum(), len(new.y)), (old.y.sum(), len(old.y))
    low, high = intervals.newcombe(x, n, y, m, level)
    pooled = (x + y) / (n + m)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    odds = [np.log((a + 0.5) / (b - a + 0.5)) for a, b in ((x, n), (y, m))]
    return _labelled(column, "label", old, new) | {
        "reference": y / m,
        "current": x / n,
        "difference": x / n - y / m,
        "low": float(low),
        "high": float(high),
        "p_value": float(2 * ndtr(-abs(x / n - y / m) / spread)) if spread > 0 else np.nan,
        "steps": abs(odds[0] - odds[1]),
    }


def _calibration(
    column: str, kind: str, old: Known, new: Known, level: float, measure: Any
) -> dict[str, Any]:
    """Difference of two estimates with its normal interval; null where an outcome has one class."""
    from scipy.special import ndtr, ndtri

    row = _labelled(column, kind, old, new)
    (a, a_error), (b, b_error) = measure(old), measure(new)
    error = np.hypot(a_error, b_error)
    if not np.isfinite(error):
        return row
    half = float(ndtri((1 + level) / 2)) * error
    return row | {
        "reference": a,
        "current": b,
        "difference": b - a,
        "low": b - a - half,
        "high": b - a + half,
        "p_value": float(2 * ndtr(-abs(b - a) / error)),
        "steps": abs(b - a),
    }


def _in_the_large(known: Known) -> tuple[float, float]:
    """Intercept of the outcome's log-odds with the score's logit as offset."""
    return _newton(known, slope=False)


def _slope(known: Known) -> tuple[float, float]:
    """Slope of the outcome's log-odds on the score's logit (Cox 1958)."""
    return _newton(known, slope=True)


def _newton(known: Known, *, slope: bool) -> tuple[float, float]:
    """Last coefficient of a logistic regression and its standard error."""
    y, z = known.y, known.logit
    if len(y) < 3 or y.min() == y.max() or (slope and z.min() == z.max()):
        return np.nan, np.nan
    design = np.column_stack((np.ones(len(y)), z)) if slope else np.ones((len(y), 1))
    offset = np.zeros(len(y)) if slope else z
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-(offset + design @ beta)))
        information = (design * (p * (1 - p))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (y - p))
        beta += step
        if np.abs(step).max() < 1e-10:
            return float(beta[-1]), float(np.sqrt(np.linalg.inv(information)[-1, -1]))
    return np.nan, np.nan  # separated: the coefficient has no finite estimate
