"""Fitted classifiers on disk: JSON for what is additive, skops for trees, never a pickle."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, saving
from crmlytics.errors import DataContractError, UnreadableFileError
from crmlytics.scoring import _saved_parts
from crmlytics.scoring._boosting import BoostingModel
from crmlytics.scoring._calibration import Calibration

if TYPE_CHECKING:
    from pathlib import Path

    from crmlytics.scoring.propensity_classifier import PropensityClassifier

#: What scikit-learn's boosting is made of besides what skops trusts by itself. A `partial` holds a
#: function, which must be on the list as well.
_TREE_PARTS = (
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.utils.validation.check_array",
)

_OPTIONS = ("model", "boosting", "calibrate", "n_threads")
_PLAIN = ("model_", "beats_constant_", "baseline_", "contribution_columns_", "n_features_in_")


def content(fitted: PropensityClassifier) -> dict[str, Any]:
    """Everything but the model itself and the rows fitted on."""
    return {
        "options": {name: getattr(fitted, name) for name in _OPTIONS},
        "plain": {name: getattr(fitted, name) for name in _PLAIN},
        "classes": fitted.classes_,
        "calibration": list(fitted.calibration_),
        "candidates": fitted.candidates_.to_dict("list"),
        "report": fitted.report_.to_dict("list"),
        "duplicates": fitted._duplicates,  # noqa: SLF001 (its other half)
        "preparation": _saved_parts.preparation(fitted.preparation_),
    }


def restored(cls: type[PropensityClassifier], saved: dict[str, Any]) -> PropensityClassifier:
    """Return a classifier fitted but for its model."""
    found = cls(**saved["options"])
    for name, value in saved["plain"].items():
        setattr(found, name, value)
    found.classes_ = _saved_parts.classes(saved["classes"])
    found.calibration_ = Calibration(*saved["calibration"])
    found.candidates_ = pd.DataFrame(saved["candidates"])
    found._report = pd.DataFrame(saved["report"])
    found._duplicates = saved["duplicates"]
    found.preparation_ = _saved_parts.read_preparation(saved["preparation"])
    return found


def write_skops(fitted: PropensityClassifier, model: Any, path: str | Path) -> None:
    """Write trees as skops, the rest as JSON in the same file."""
    skops: Any = checks.optional_module("skops.io", needed_for="to_skops")
    head = content(fitted)
    trees, background = None, np.empty((0, 0))
    if isinstance(model, BoostingModel) and model.kind == "sklearn":
        trees, background = model.trees, model.background
        head["fitted"] = {"base": model.base}
    else:
        head["fitted"] = _saved_parts.model(model)
    text = saving.dump(_saved_parts.FORMAT, type(fitted).__name__, head)
    skops.dump({"json": text, "trees": trees, "background": background}, path)


def read_skops(
    cls: type[PropensityClassifier], path: str | Path
) -> tuple[PropensityClassifier, Any]:
    """Return the classifier and its model; whatever else a file holds is refused unread."""
    skops: Any = checks.optional_module("skops.io", needed_for="from_skops")
    try:
        strange = sorted(set(skops.get_untrusted_types(file=path)) - set(_TREE_PARTS))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UnreadableFileError(f"no model can be read from {str(path)!r}") from error
    if strange:
        raise DataContractError(
            f"the file holds {len(strange)} types that no saved model has, such as {strange[0]!r}; "
            "it is not read"
        )
    held = skops.load(path, trusted=list(_TREE_PARTS))
    if not isinstance(held, dict) or set(held) != {"json", "trees", "background"}:
        raise DataContractError("this file of skops is no saved classifier")
    saved = saving.load(_saved_parts.FORMAT, cls.__name__, held["json"])
    found = restored(cls, saved)
    if held["trees"] is None:
        return found, _saved_parts.read_model(found.model_, saved["fitted"])
    model = BoostingModel(held["trees"], "sklearn", held["background"], saved["fitted"]["base"])
    return found, model
