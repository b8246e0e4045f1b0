"""Which model describes the customers best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import frames
from crmlytics.clv._named_models import named_models
from crmlytics.errors import NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrameT

    from crmlytics.clv._parametric import ParametricModel


def compare_models(
    summary: IntoFrameT,
    models: ParametricModel | Sequence[ParametricModel] | Mapping[str, ParametricModel],
) -> IntoFrameT:
    """Rank fitted models by how well they describe the same customers.

    Parameters
    ----------
    summary : frame
        One row per customer with the columns that the models need, from any engine; the customers
        they were fitted on, or others to try them on.
    models : fitted model, sequence or mapping of them
        A mapping gives them names; otherwise they bear those of their classes.

    Returns
    -------
    frame
        The kind that came in, one row per model, the least AIC first: ``model``; ``n``
        (customers); ``parameters`` (how many were estimated); ``log_likelihood``; ``aic``;
        ``bic``; ``aic_difference`` (from the best); ``akaike_weight`` (support relative to the
        others, sums to 1); ``converged``.

    Raises
    ------
    ColumnNotFoundError, DataContractError
        If the summary is not what a model needs.
    NotEnoughDataError
        If it is empty.
    ValueError
        If there is no model, or several are of one class without names.

    Notes
    -----
    AIC = 2 k - 2 ln L and BIC = k ln n - 2 ln L, with ln L of the customers in `summary`. Only
    models of the same data compare: those of frequency, recency and T with each other (but not
    `BetaGeoBetaBinomialModel`, which counts opportunities), those of contracts with each other.
    A difference of AIC below 2 decides nothing.

    References
    ----------
    Burnham, K. P. and Anderson, D. R. (2004). Multimodel Inference: Understanding AIC and BIC in
    Model Selection. Sociological Methods and Research 33(2), 261-304.

    Examples
    --------
    >>> from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel, compare_models
    >>> truth = ModifiedBetaGeoModel.from_params(r=0.5, alpha=6.0, a=0.9, b=1.6, unit="W")
    >>> summary = truth.simulate(1000, T=39, random_state=2)
    >>> models = [kind(unit="W").fit(summary) for kind in (NBDModel, ModifiedBetaGeoModel)]
    >>> table = compare_models(summary, models)
    >>> table[["model", "n", "parameters", "converged"]]
                      model     n  parameters  converged
    0  ModifiedBetaGeoModel  1000           4       True
    1              NBDModel  1000           2       True
    """
    named = named_models(models)
    needed = {name for model in named.values() for name in model._columns().values()}  # noqa: SLF001
    available = frames.column_names(summary)
    held = frames.collect(frames.lazy(summary, [name for name in available if name in needed]))
    n = len(held)
    if not n:
        raise NotEnoughDataError("the frame is empty; at least 1 customer is needed")
    value = np.array([float(model.log_likelihood(held).sum()) for model in named.values()])
    size = np.array([model._n_estimated() for model in named.values()])  # noqa: SLF001
    aic = 2.0 * size - 2.0 * value
    order = np.lexsort((size, aic))
    support = np.exp(-(aic - aic.min()) / 2.0)
    columns: dict[str, Any] = {
        "model": np.array(list(named), dtype=object),
        "n": np.full(len(named), n),
        "parameters": size,
        "log_likelihood": value,
        "aic": aic,
        "bic": size * np.log(n) - 2.0 * value,
        "aic_difference": aic - aic.min(),
        "akaike_weight": support / support.sum(),
        "converged": np.array([model.converged_ for model in named.values()]),
    }
    return frames.from_arrays({name: x[order] for name, x in columns.items()}, like=summary)
