"""Predictions for frames of any size, on the engine that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from crmlytics._core import batches, checks

if TYPE_CHECKING:
    import numpy as np
    from narwhals.stable.v2.typing import IntoFrameT

    from crmlytics.clv._transactions import TransactionModel


def score_customers(summary: IntoFrameT, model: TransactionModel, *, t: float) -> IntoFrameT:
    """Append each customer's expected purchases and probability of being alive.

    Parameters
    ----------
    summary : frame
        One row per customer with the columns that `model` needs, from any engine.
    model : fitted model
        A model of repeat purchases, such as `ModifiedBetaGeoModel`.
    t : float
        Length of the time ahead, in the model's unit.

    Returns
    -------
    frame
        The kind that came in, its rows with the columns ``expected_purchases`` (in the time
        ahead) and ``probability_alive`` (at the end of the history) added.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a history is impossible, or a result column is there already. A lazy engine raises
        this, in its own wrapping, when it computes.

    Notes
    -----
    The rows go through the model batch by batch: in Spark on its executors, in DuckDB and polars
    slice by slice, so the frame may be bigger than memory.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import BetaGeoModel, score_customers
    >>> model = BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
    >>> summary = pd.DataFrame({
    ...     "customer_id": ["ann", "bob"],
    ...     "frequency": [2, 0],
    ...     "recency": [30.43, 0.0],
    ...     "T": [38.86, 38.86],
    ... })
    >>> score_customers(summary, model, t=39).round(3)
      customer_id  frequency  recency      T  expected_purchases  probability_alive
    0         ann          2    30.43  38.86               1.226              0.727
    1         bob          0     0.00  38.86               0.195              1.000
    """
    check_is_fitted(model, "params_")
    ahead = checks.number("t", t, at_least=0)
    columns = model._columns()  # noqa: SLF001 (one package)

    def kernel(arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
        return model._scores(arrays, ahead)  # noqa: SLF001

    return batches.map_batches(
        summary,
        kernel,
        inputs=list(dict.fromkeys(columns.values())),
        outputs={"expected_purchases": "float", "probability_alive": "float"},
    )
