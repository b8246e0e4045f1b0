"""Whether new data are like those that a model has learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crmlytics._core import checks, frames, notices
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import DataContractError, DriftWarning, NotEnoughDataError
from crmlytics.scoring import _population_shift as population
from crmlytics.scoring._raw_values import RawColumn, raw_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

Alarm = Literal["moderate", "small", "large", "never"]

_SIZES = ("stable", "small", "moderate", "large")
# The usual reading of the index (Siddiqi 2006, ch. 9), beyond what chance explains.
_MODERATE, _LARGE = 0.1, 0.25
# A text that hardly ever repeats is a name or a number, not a characteristic.
_UNIQUE_SHARE, _UNIQUE_ROWS = 0.5, 50
_NUMBERS = (
    "n_reference", "n_current", "bins", "psi", "psi_null", "p_value", "p_adjusted",
    "missing_reference", "missing_current", "new_levels", "new_level_share", "reference",
    "current", "difference", "low", "high",
)  # fmt: skip
_COUNTS = ("n_reference", "n_current", "bins", "new_levels")


def drift_table(
    reference: IntoFrameT,
    current: Any,
    *,
    features: Sequence[str] | None = None,
    score_col: str | None = None,
    label_col: str | None = None,
    n_bins: int = 10,
    level: float = 0.95,
    alarm: Alarm = "moderate",
) -> IntoFrameT:
    r"""Compare new rows, column by column, with those that a model has learnt from.

    Parameters
    ----------
    reference : frame
        The rows learnt from, of any engine.
    current : frame
        The new rows, with the same columns; of the same engine or another one.
    features : sequence of str, optional
        Columns to compare. None: all of `reference` but `score_col` and `label_col`.
    score_col : str, optional
        Column with the model's probability, between 0 and 1.
    label_col : str, optional
        Column with the outcome, 0 or 1 and missing where it is not known yet; with it the base
        rates are compared, and with `score_col` the calibration, too.
    n_bins : int
        Bins of a number, of equal size in `reference`. A text has a bin per level, rare levels
        (below 10 rows or 0.5 %) together with new ones; missing values are a bin of their own.
    level : float
        Confidence of intervals, and of the point that the index passes by chance in 1 - `level`
        of harmless batches.
    alarm : {"moderate", "small", "large", "never"}
        Least verdict that gives a `DriftWarning`.

    Returns
    -------
    frame
        The kind of `reference`, one row per column, those that moved most first:

        - ``column`` and ``kind``: ``"number"`` (dates are numbers of days), ``"category"``,
          ``"identifier"`` (a text that hardly repeats: not compared), ``"score"``, ``"label"``,
          ``"calibration in the large"`` and ``"calibration slope"`` of the score;
        - ``n_reference``, ``n_current``: rows, of the label those where it is known;
        - ``bins``, the population stability index ``psi``, and ``psi_null``, which it passes
          without any drift in 1 - `level` of batches of these sizes;
        - ``p_value`` against "no drift", ``p_adjusted`` over the rows of the table;
        - ``missing_reference``, ``missing_current``: shares missing; ``new_levels`` of a category
          and ``new_level_share``, the share of new rows that have one;
        - ``reference``, ``current``: mean of a number, rate of the label, or the calibration;
          ``difference`` with its interval ``low``, ``high``;
        - ``verdict``: ``"stable"`` where chance explains the index (adjusted p of at least
          1 - `level`); otherwise its size: ``"small"`` below 0.1, ``"moderate"`` below 0.25,
          ``"large"``. Label and calibration move ``"small"``, ``"moderate"`` or ``"large"`` with
          the difference on the scale of log-odds (below 0.2, below 0.5, above) or of the slope
          (the same limits).

        What cannot be computed is null.

    Raises
    ------
    ColumnNotFoundError
        If a column is not in both frames.
    DataContractError
        If a column holds numbers in one frame and texts in the other, a label is neither 0 nor 1,
        or a score is no probability.
    NotEnoughDataError
        If either frame is empty.

    Warns
    -----
    DriftWarning
        If a verdict reaches `alarm`: names the columns, the largest drift first.

    Notes
    -----
    :math:`PSI = \sum_b (a_b - e_b) \ln (a_b / e_b)` over bins frozen on the reference, an empty
    cell floored at half a case. Without drift :math:`PSI / (1/N + 1/M)` is about
    :math:`\chi^2_{B-1}`: the usual alarm of 0.1 goes off by chance in small batches and is blind
    in large ones, so the index is first compared with its null, then read by its size. Costs one
    sort of each numeric column of the reference.

    References
    ----------
    Yurdakul, B. and Naranjo, J. (2020). Statistical properties of the population stability index.
    Journal of Risk Model Validation 14(4), 89-100.

    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley, ch. 9.

    Cox, D. R. (1958). Two Further Applications of a Model for Binary Regression. Biometrika 45,
    562-565 (calibration).

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.scoring import drift_table
    >>> learnt = pd.DataFrame({"age": range(20, 60), "plan": ["basic", "plus"] * 20})
    >>> new = pd.DataFrame({"age": range(30, 70), "plan": ["basic", "plus"] * 20})
    >>> table = drift_table(learnt, new, n_bins=4, alarm="never")
    >>> table[["column", "psi", "psi_null", "difference", "verdict"]].round(2)
      column   psi  psi_null  difference verdict
    0    age  0.88      0.39        10.0   large
    1   plan  0.00      0.19         NaN  stable
    """
    checks.fraction("level", level)
    checks.whole_number("n_bins", n_bins, at_least=2)
    checks.word("alarm", alarm, ("moderate", "small", "large", "never"))
    names = _features(reference, features, (score_col, label_col))
    roles = {f"features[{i}]": name for i, name in enumerate(names)}
    roles |= {"score_col": score_col, "label_col": label_col}  # type: ignore[dict-item]
    checks.distinct_columns(roles)
    before, after = (_collect(frame, what, roles) for frame, what in
                     ((reference, "reference"), (current, "current")))  # fmt: skip
    rows = [_feature(before, after, name, n_bins, level) for name in names]
    if score_col is not None:
        rows.append(_score(before, after, score_col, n_bins, level))
    if label_col is not None:
        from crmlytics.scoring import _outcome_shift

        rows += _outcome_shift.rows(before, after, label_col, score_col, level)
    columns = _table(rows, level)
    _warn(columns, alarm)
    return frames.from_arrays(columns, like=reference)


def _features(
    reference: object, features: Sequence[str] | None, others: Sequence[str | None]
) -> list[str]:
    if isinstance(features, str):
        raise TypeError(f"features must be a list of columns, got the text {features!r}")
    if features is not None:
        return list(features)
    return [name for name in frames.column_names(reference) if name not in others]


def _collect(frame: Any, what: str, roles: dict[str, Any]) -> nw.DataFrame[Any]:
    checks.columns(
        frames.column_names(frame), {f"{what}: {role}": name for role, name in roles.items()}
    )
    table = frames.collect(frames.lazy(frame, [name for name in roles.values() if name]))
    if not len(table):
        raise NotEnoughDataError(f"{what} is empty; at least 1 row is needed")
    return table


def _feature(
    before: nw.DataFrame[Any], after: nw.DataFrame[Any], name: str, n_bins: int, level: float
) -> dict[str, Any]:
    old, new = raw_column(before, name), raw_column(after, name)
    if old.kind != new.kind and not (old.missing.all() or new.missing.all()):
        words = {"number": "numbers", "category": "names"}
        raise DataContractError(
            f"{name!r} holds {words[old.kind]} in the reference and {words[new.kind]} in the "
            "current rows; read both alike, or leave it out of features"
        )
    if new.missing.all() and old.kind != new.kind:
        new = RawColumn(
            old.kind, np.full(len(new.values), np.nan if old.kind == "number" else None)
        )
    elif old.kind != new.kind:
        old = RawColumn(
            new.kind, np.full(len(old.values), np.nan if new.kind == "number" else None)
        )
    row: dict[str, Any] = {"column": name, "kind": old.kind, **_missing(old, new)}
    row["new_levels"], row["new_level_share"] = population.new_levels(old, new)
    if old.kind == "category" and _is_identifier(old):
        return row | {"kind": "identifier", "new_levels": 0, "new_level_share": np.nan}
    return row | _moved(old, new, n_bins, level)


def _score(
    before: nw.DataFrame[Any], after: nw.DataFrame[Any], name: str, n_bins: int, level: float
) -> dict[str, Any]:
    for table, what in ((before, "reference"), (after, "current rows")):
        values = raw_column(table, name)
        outside = values.kind != "number" or (values.values < 0) | (values.values > 1)
        if bad := int(np.sum(outside)):
            raise DataContractError(
                f"{bad:,} of {len(table):,} scores in {name!r} of the {what} are no probabilities "
                "between 0 and 1"
            )
    old, new = raw_column(before, name), raw_column(after, name)
    row: dict[str, Any] = {"column": name, "kind": "score", **_missing(old, new)}
    return row | _moved(old, new, n_bins, level)


def _missing(old: RawColumn, new: RawColumn) -> dict[str, Any]:
    return {
        "n_reference": len(old.values),
        "n_current": len(new.values),
        "missing_reference": float(old.missing.mean()),
        "missing_current": float(new.missing.mean()),
    }


def _moved(old: RawColumn, new: RawColumn, n_bins: int, level: float) -> dict[str, Any]:
    found = population.shift(old, new, n_bins=n_bins, level=level)
    row: dict[str, Any] = {
        "bins": found.bins,
        "psi": found.psi,
        "psi_null": found.null,
        "p_value": found.p_value,
    }
    if old.kind == "number":
        row |= _means(old.values[~old.missing], new.values[~new.missing], level)
    return row


def _means(old: NDArray[np.float64], new: NDArray[np.float64], level: float) -> dict[str, Any]:
    """Means and Welch's interval of their difference."""
    from scipy.special import stdtrit

    if not len(old) or not len(new):
        return {}
    means = {"reference": float(old.mean()), "current": float(new.mean())}
    means["difference"] = means["current"] - means["reference"]
    if len(old) < 2 or len(new) < 2:
        return means
    a, b = old.var(ddof=1) / len(old), new.var(ddof=1) / len(new)
    if a + b == 0:
        return means | {"low": means["difference"], "high": means["difference"]}
    freedom = (a + b) ** 2 / (a**2 / (len(old) - 1) + b**2 / (len(new) - 1))
    half = float(stdtrit(freedom, (1 + level) / 2)) * np.sqrt(a + b)
    return means | {"low": means["difference"] - half, "high": means["difference"] + half}


def _is_identifier(column: RawColumn) -> bool:
    known = column.values[~column.missing]
    return len(known) >= _UNIQUE_ROWS and len(set(known)) > _UNIQUE_SHARE * len(known)


def _table(rows: list[dict[str, Any]], level: float) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {
        name: np.array([row.get(name) for row in rows], dtype=object) for name in ("column", "kind")
    }
    for name in _NUMBERS:
        values = np.array([row.get(name, np.nan) for row in rows], np.float64)
        columns[name] = np.nan_to_num(values).astype(np.int64) if name in _COUNTS else values
    columns["p_adjusted"] = benjamini_hochberg(columns["p_value"])
    columns["verdict"] = _verdicts(rows, columns, level)
    rank = {name: -place for place, name in enumerate(_SIZES)}
    size = np.array([rank.get(verdict, 1) for verdict in columns["verdict"]])
    order = np.lexsort((-np.nan_to_num(columns["psi"], nan=-1.0), size))
    return {name: values[order] for name, values in columns.items()}


def _verdicts(
    rows: list[dict[str, Any]], columns: dict[str, NDArray[Any]], level: float
) -> NDArray[Any]:
    """Chance first, then size; of an index, or of the `steps` of a label or a calibration."""
    found = np.full(len(rows), None, dtype=object)
    for i, row in enumerate(rows):
        size = row.get("steps", columns["psi"][i])
        if np.isnan(size):
            continue
        chance = not columns["p_adjusted"][i] < 1.0 - level
        limits = row.get("limits", (_MODERATE, _LARGE))
        found[i] = _SIZES[0] if chance else _SIZES[1 + int(np.searchsorted(limits, size, "right"))]
    return found


def _warn(columns: dict[str, NDArray[Any]], alarm: Alarm) -> None:
    if alarm == "never":
        return
    alarming = _SIZES[_SIZES.index(alarm) :]
    moved = [i for i, verdict in enumerate(columns["verdict"]) if verdict in alarming]
    if not moved:
        return
    told = [
        f"{columns['column'][i]!r} ({columns['kind'][i]}, {columns['verdict'][i]})"
        for i in moved[:10]
    ]
    more = f" and {len(moved) - 10} more" if len(moved) > 10 else ""
    notices.warn(
        f"{len(moved)} of {len(columns['column'])} rows of the table show drift: "
        f"{', '.join(told)}{more}; find out why before the scores are used, and fit anew if the "
        "change is to stay",
        DriftWarning,
    )
