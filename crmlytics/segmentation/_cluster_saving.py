"""Fitted clusters as JSON: what they learnt of the columns, never a row of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import saving
from crmlytics.errors import DataContractError
from crmlytics.segmentation._level_codes import Levels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_SAVED = saving.Format("crmlytics.segmentation.clusters", "clustering")


def dump(
    estimator: Any, fitted_by: str, learnt: Sequence[str], more: dict[str, Any], path: Any
) -> str:
    """Return parameters, features and the attributes `learnt` as JSON, with `more` beside them."""
    check_is_fitted(estimator, fitted_by)
    # A seed says nothing about what was learnt, and a generator has no text.
    parameters = {k: v for k, v in estimator.get_params().items() if k != "random_state"}
    names = getattr(estimator, "feature_names_in_", None)
    content = {
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "features": None if names is None else [str(name) for name in names],
        "n_features": estimator.n_features_in_,
        "learnt": {name: _plain(getattr(estimator, name)) for name in learnt},
    }
    return saving.dump(_SAVED, type(estimator).__name__, content | more, path)


def load(
    kind: type,
    learnt: Sequence[str],
    source: str | Path,
    more: Mapping[str, Callable[[dict[str, Any]], Any]],
) -> Any:
    """Return an estimator of the class `kind` as `dump` saved it.

    `more` gives attributes that `learnt` does not name, each made from all that was saved.
    """
    content = saving.load(_SAVED, kind.__name__, source)
    try:
        estimator = kind(**content["parameters"])
        for name in learnt:
            setattr(estimator, name, _rebuilt(content["learnt"][name]))
        for name, made in more.items():
            setattr(estimator, name, made(content))
        if content["features"] is not None:
            estimator.feature_names_in_ = np.array(content["features"], dtype=object)
        estimator.n_features_in_ = content["n_features"]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataContractError(
            f"the saved clustering is incomplete or was changed by hand: {error!r}"
        ) from error
    return estimator


def levels_content(levels: Sequence[Levels], names: Iterable[Any]) -> list[list[Any]]:
    """Categories of each column, if JSON has a word for them."""
    for name, level in zip(names, levels, strict=True):
        odd = {type(one).__name__ for one in level.known if not isinstance(one, str | int | float)}
        if odd:
            raise DataContractError(
                f"{name!r} has categories of the type {sorted(odd)[0]}, which JSON cannot hold; "
                "fit on text, numbers or truth values"
            )
    return [list(level.known) for level in levels]


def levels(content: dict[str, Any]) -> list[Levels]:
    """Categories of each column as they were saved."""
    return [Levels(tuple(known)) for known in content["categories"]]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        columns = {str(name): column.astype(object).to_list() for name, column in value.items()}
        return {"table": columns}
    if isinstance(value, np.ndarray):
        return {"array": value.ravel(), "shape": list(value.shape), "dtype": str(value.dtype)}
    if isinstance(value, tuple | list | pd.Index):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def _rebuilt(value: Any) -> Any:
    if isinstance(value, dict) and "table" in value:
        return pd.DataFrame(value["table"])
    if isinstance(value, dict) and "array" in value:
        return np.array(value["array"], dtype=value["dtype"]).reshape(value["shape"])
    return value
