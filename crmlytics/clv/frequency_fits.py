"""Whether as many customers buy 0, 1, 2 … times as the model says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.clv._covariates import PREFIX
from crmlytics.clv._named_models import named_models
from crmlytics.clv._rows import distinct_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.clv._transactions import TransactionModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]


def frequency_fit_table(
    summary: IntoFrameT,
    models: TransactionModel | Sequence[TransactionModel] | Mapping[str, TransactionModel],
    *,
    n_max: int = 7,
) -> IntoFrameT:
    r"""Count customers by their repeat purchases, and say how many a model expects.

    Parameters
    ----------
    summary : frame
        One row per customer with the columns that the models need, from any engine.
    models : fitted model, sequence or mapping of them
        A mapping gives them names; otherwise they bear those of their classes.
    n_max : int
        The last row counts customers with so many repeat purchases or more.

    Returns
    -------
    frame
        The kind that came in, for each model (in their order) a row for each number of repeat
        purchases: ``model``; ``frequency`` (0 … `n_max`); ``or_more`` (whether greater numbers
        are counted in the row, too); ``actual`` and ``expected`` (customers); ``residual``
        (Pearson's, (actual - expected) / root of expected: beyond ±3 a gap to look into; null
        where none are expected).

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If the summary is not what a model needs.

    Notes
    -----
    The expectation adds up, over the customers, the probabilities of a new customer of this age:
    :math:`\sum_i P(X(T_i) = n)`. A good fit here says that the model describes the counts, not
    that it forecasts: see `holdout_table`.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting Your Customers" the Easy Way.
    Marketing Science 24(2), 275-284, figure 1.

    Examples
    --------
    >>> from crmlytics.clv import ModifiedBetaGeoModel, frequency_fit_table
    >>> model = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6.0, a=0.9, b=1.6, unit="W")
    >>> summary = model.simulate(1000, T=39, random_state=1)
    >>> table = frequency_fit_table(summary, model, n_max=2)
    >>> table.drop(columns="model").round(1)
       frequency  or_more  actual  expected  residual
    0          0    False     589     593.7      -0.2
    1          1    False     196     179.7       1.2
    2          2     True     215     226.6      -0.8
    """
    top = checks.whole_number("n_max", n_max, at_least=1)
    named = named_models(models)
    needed = {name for model in named.values() for name in model._columns().values()}  # noqa: SLF001
    available = frames.column_names(summary)
    held = frames.collect(frames.lazy(summary, [name for name in available if name in needed]))
    parts = [_fit(name, model, model._read(held), top) for name, model in named.items()]  # noqa: SLF001
    return frames.from_arrays(
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, like=summary
    )


def _fit(name: str, model: TransactionModel, rows: Rows, top: int) -> dict[str, Any]:
    count = np.minimum(rows["x"], top).astype(np.int64)
    actual = np.bincount(count, minlength=top + 1)
    expected = _expected(model, rows, top)
    residual = np.full(top + 1, np.nan)
    np.divide(actual - expected, np.sqrt(expected), out=residual, where=expected > 0)
    return {
        "model": np.full(top + 1, name, dtype=object),
        "frequency": np.arange(top + 1),
        "or_more": np.arange(top + 1) == top,
        "actual": actual,
        "expected": expected,
        "residual": residual,
    }


def _expected(model: TransactionModel, rows: Rows, top: int) -> Floats:
    """Customers expected with 0 … top - 1 repeat purchases, then with `top` or more."""
    fresh = {k: v for k, v in rows.items() if k == "T" or k.startswith(PREFIX)}
    weights = np.ones(len(rows["x"]))
    key = distinct_key(list(fresh.values())) if len(weights) else None
    if key is not None:
        codes, first = key
        weights = np.bincount(codes).astype(np.float64)
        rows = {name: values[first] for name, values in rows.items()}
    age = rows["T"]
    # A new customer has no history; covariates stay.
    new = {k: v if k.startswith(PREFIX) else np.zeros(len(age)) for k, v in rows.items()}
    parameters = model._row_parameters(new)  # noqa: SLF001 (one package)
    below = [
        float(weights @ model._probabilities(parameters, new, age, np.full(len(age), float(n))))  # noqa: SLF001
        for n in range(top)
    ]
    return np.array([*below, max(float(weights.sum()) - sum(below), 0.0)])
