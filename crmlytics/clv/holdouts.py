"""How well the models forecast what was held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from crmlytics._core import checks, frames, intervals
from crmlytics.clv._named_models import named_models
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel

    Floats = NDArray[np.float64]

    Models: TypeAlias = (
        TransactionModel | Sequence[TransactionModel] | Mapping[str, TransactionModel]
    )

#: The forecasts that a model has to beat.
_NAIVE = ("naive: as many as before", "naive: own rate goes on")


def holdout_table(
    summary: IntoFrameT,
    models: Models,
    *,
    frequency_col: str = "frequency",
    T_col: str = "T",
    frequency_holdout_col: str = "frequency_holdout",
    T_holdout_col: str = "T_holdout",
) -> IntoFrameT:
    """Compare the forecasts of models, and of two naive rules, with what customers then bought.

    Parameters
    ----------
    summary : frame
        One row per customer, as `crmlytics.customers.calibration_holdout` makes it, from any
        engine; the models are fitted on its calibration part.
    models : fitted model, sequence or mapping of them
        A mapping gives them names; otherwise they bear those of their classes.
    frequency_col, T_col : str
        Columns with the repeat purchases and the age at the end of the calibration, on which the
        naive rules build; models read the columns named in their constructors.
    frequency_holdout_col, T_holdout_col : str
        Columns with the purchases held out and the length of the time held out.

    Returns
    -------
    frame
        The kind that came in, one row per model in their order, then the two naive rules:
        ``model``; ``n`` (customers); ``actual`` and ``predicted`` (purchases of all customers);
        ``bias`` (predicted / actual - 1; null if nothing was bought); ``mae``, ``rmse`` (mean
        absolute error and root mean squared error of a customer, in purchases); ``msle`` (mean
        squared difference of ln(1 + purchases)); ``correlation`` (Pearson's, null for a constant
        forecast).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If the summary is not what the models need.
    NotEnoughDataError
        If it is empty.

    Notes
    -----
    "As many as before" expects of each customer the purchases of the calibration time, scaled to
    the length of the time held out: frequency · T_holdout / max T. "Own rate goes on" expects
    frequency / T · T_holdout. A model that does not beat them is not worth its parameters.

    References
    ----------
    Wübben, M. and von Wangenheim, F. (2008). Instant Customer Base Analysis: Managerial
    Heuristics Often "Get It Right". Journal of Marketing 72(3), 82-93.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import NBDModel, holdout_table
    >>> summary = pd.DataFrame({
    ...     "frequency": [2, 0, 1],
    ...     "recency": [8.0, 0.0, 3.0],
    ...     "T": [10.0, 10.0, 8.0],
    ...     "frequency_holdout": [2, 0, 0],
    ...     "T_holdout": [10.0, 10.0, 10.0],
    ... })
    >>> model = NBDModel.from_params(r=0.5, alpha=5.0, unit="W")
    >>> table = holdout_table(summary, model)
    >>> table[["model", "actual", "predicted", "bias", "mae"]].round(3)
                          model  actual  predicted   bias    mae
    0                  NBDModel     2.0      3.154  0.577  0.607
    1  naive: as many as before     2.0      3.000  0.500  0.333
    2   naive: own rate goes on     2.0      3.250  0.625  0.417
    """
    named = named_models(models)
    columns = {
        "frequency_col": frequency_col,
        "T_col": T_col,
        "frequency_holdout_col": frequency_holdout_col,
        "T_holdout_col": T_holdout_col,
    }
    held = _collected(summary, named, columns)
    actual, ahead = _held_out(held, frequency_holdout_col, T_holdout_col)
    x, age = frames.finite(held, frequency_col), frames.finite(held, T_col)
    longest = float(age.max())
    own = np.divide(x, age, out=np.zeros(len(x)), where=age > 0)
    forecasts = {
        name: model.expected_purchases(held, t=ahead) for name, model in named.items()
    } | dict(
        zip(_NAIVE, (x * ahead / longest if longest > 0 else x * 0.0, own * ahead), strict=True)
    )
    rows = [_scores(forecast, actual) for forecast in forecasts.values()]
    table: dict[str, Any] = {"model": np.array(list(forecasts), dtype=object)}
    table["n"] = np.full(len(rows), len(x))
    table |= {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return frames.from_arrays(table, like=summary)


def holdout_calibration_table(
    summary: IntoFrameT,
    models: Models,
    *,
    n_groups: int = 10,
    level: float = 0.95,
    frequency_holdout_col: str = "frequency_holdout",
    T_holdout_col: str = "T_holdout",
) -> IntoFrameT:
    """Compare forecast and outcome in groups of customers from the least to the most promising.

    Parameters
    ----------
    summary : frame
        One row per customer, as `crmlytics.customers.calibration_holdout` makes it, from any
        engine; the models are fitted on its calibration part.
    models : fitted model, sequence or mapping of them
        A mapping gives them names; otherwise they bear those of their classes.
    n_groups : int
        Number of groups: 10 makes deciles.
    level : float
        Confidence of the intervals.
    frequency_holdout_col, T_holdout_col : str
        Columns with the purchases held out and the length of the time held out.

    Returns
    -------
    frame
        The kind that came in, for each model (in their order) a row per group: ``model``;
        ``group`` (1 for the least promising); ``n`` (customers); ``predicted`` and ``actual``
        (mean purchases held out); ``low`` and ``high`` (Student's t interval of ``actual``).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If the summary is not what the models need.
    NotEnoughDataError
        If it is empty.

    Notes
    -----
    Customers of equal forecast share a group, so groups can be unequal in size, or fewer.

    Examples
    --------
    >>> from crmlytics.clv import NBDModel, holdout_calibration_table
    >>> model = NBDModel.from_params(r=0.5, alpha=5.0, unit="W")
    >>> summary = model.simulate(500, T=20.0, random_state=1)
    >>> summary["T_holdout"] = 20.0
    >>> summary["frequency_holdout"] = model.draw_purchases(
    ...     summary, t=20.0, n_draws=1, random_state=2
    ... )[0]
    >>> holdout_calibration_table(summary, model, n_groups=3)[["group", "n", "predicted"]].round(2)
       group    n  predicted
    0      1  248        0.4
    1      2   95        1.2
    2      3  157        4.8
    """
    checks.whole_number("n_groups", n_groups, at_least=2)
    checks.fraction("level", level)
    named = named_models(models)
    columns = {"frequency_holdout_col": frequency_holdout_col, "T_holdout_col": T_holdout_col}
    held = _collected(summary, named, columns)
    actual, ahead = _held_out(held, frequency_holdout_col, T_holdout_col)
    parts = [
        _groups(name, model.expected_purchases(held, t=ahead), actual, n_groups, level)
        for name, model in named.items()
    ]
    return frames.from_arrays(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, like=summary
    )


def _collected(
    summary: object, named: Mapping[str, TransactionModel], columns: Mapping[str, str]
) -> nw.DataFrame[Any]:
    available = frames.column_names(summary)
    checks.columns(available, columns)
    needed = set(columns.values())
    needed |= {name for model in named.values() for name in model._columns().values()}  # noqa: SLF001
    held = frames.collect(frames.lazy(summary, [name for name in available if name in needed]))
    if not len(held):
        raise NotEnoughDataError("the frame is empty; at least 1 customer is needed")
    return held


def _held_out(held: nw.DataFrame[Any], frequency_col: str, T_col: str) -> tuple[Floats, Floats]:
    actual, ahead = frames.finite(held, frequency_col), frames.finite(held, T_col)
    for values, column in ((actual, frequency_col), (ahead, T_col)):
        if bad := int((values < 0).sum()):
            raise DataContractError(f"{bad:,} of {len(values):,} values of {column!r} are negative")
    return actual, ahead


def _scores(predicted: Floats, actual: Floats) -> dict[str, float]:
    error, total = predicted - actual, float(actual.sum())
    spread = float(predicted.std() * actual.std())
    moved = float(np.mean((predicted - predicted.mean()) * (actual - actual.mean())))
    return {
        "actual": total,
        "predicted": float(predicted.sum()),
        "bias": float(predicted.sum()) / total - 1.0 if total > 0 else float("nan"),
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error * error).mean())),
        "msle": float(np.mean((np.log1p(actual) - np.log1p(predicted)) ** 2)),
        "correlation": moved / spread if spread > 0 else float("nan"),
    }


def _groups(
    name: str, predicted: Floats, actual: Floats, n_groups: int, level: float
) -> dict[str, Any]:
    cuts = np.quantile(predicted, np.arange(1, n_groups) / n_groups)
    code = np.searchsorted(cuts, predicted, side="left")
    found, code = np.unique(code, return_inverse=True)
    n = np.bincount(code)
    mean = np.bincount(code, weights=actual) / n
    squares = np.bincount(code, weights=(actual - mean[code]) ** 2)
    sd = np.sqrt(squares / np.maximum(n - 1.0, 1.0))
    low, high = intervals.student(mean, sd, n, level)
    return {
        "model": np.full(len(found), name, dtype=object),
        "group": np.arange(1, len(found) + 1),
        "n": n,
        "predicted": np.bincount(code, weights=predicted) / n,
        "actual": mean,
        "low": low,
        "high": high,
    }
