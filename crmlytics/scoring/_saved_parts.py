"""The parts of fitted models as plain lists and numbers, for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks
from crmlytics._core.saving import Format
from crmlytics.scoring._bins import Bins
from crmlytics.scoring._boosting import BoostingModel
from crmlytics.scoring._features import FeaturePlan
from crmlytics.scoring._linear_terms import LinearTerm
from crmlytics.scoring._logistic import LogisticModel
from crmlytics.scoring._reading import Reading
from crmlytics.scoring._schemas import ColumnSchema
from crmlytics.scoring._woe_model import BinCounts, WoeModel
from crmlytics.scoring.table_preparation import TablePreparation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.scoring._out_of_fold import Model

FORMAT = Format("crmlytics.scoring", "model")

Content = dict[str, Any]


def preparation(fitted: TablePreparation) -> Content:
    """What scoring needs of a preparation, and its description."""
    reading = fitted.reading_
    return {
        "tz": reading.tz,
        "dropped": reading.dropped,
        "schemas": [_plain_schema(schema) for schema in reading.schemas.values()],
        "plans": [plan._asdict() for plan in fitted.plans_],
        "columns": fitted.columns_.to_dict("list"),
        "leaks": fitted.leak_report_.to_dict("list"),
    }


def read_preparation(content: Content) -> TablePreparation:
    """Give back a fitted preparation."""
    fitted = TablePreparation(form="tree", tz=content["tz"])
    schemas = [
        ColumnSchema(**one | {"missing_codes": tuple(one["missing_codes"])})
        for one in content["schemas"]
    ]
    plans = [FeaturePlan(**one | {"levels": _tuple(one["levels"])}) for one in content["plans"]]
    fitted.restore(
        Reading({schema.name: schema for schema in schemas}, content["dropped"], content["tz"]),
        plans,
        columns=pd.DataFrame(content["columns"]),
        leaks=pd.DataFrame(content["leaks"]),
    )
    return fitted


def model(fitted: Model) -> Content:
    """Heights and bins of an additive model, or the text that LightGBM writes of its trees."""
    if isinstance(fitted, LogisticModel):
        return {
            "terms": [term._asdict() for term in fitted.terms],
            "heights": fitted.heights,
            "averages": fitted.averages,
            "base": fitted.base,
        }
    if isinstance(fitted, WoeModel):
        columns = [column._asdict() | {"bins": column.bins._asdict()} for column in fitted.columns]
        return {"columns": columns, "intercept": fitted.intercept}
    assert isinstance(fitted, BoostingModel)  # noqa: S101 (there is no fourth)
    return {"trees": fitted.trees.model_to_string(), "base": fitted.base}


def read_model(kind: str, content: Content) -> LogisticModel | WoeModel | BoostingModel:
    """Give back what `model` wrote."""
    if kind == "logistic":
        terms = [
            LinearTerm(
                **one
                | {"codes": _array(one["codes"], np.int64), "cuts": _array(one["cuts"], np.float64)}
            )
            for one in content["terms"]
        ]
        heights = [np.asarray(one, np.float64) for one in content["heights"]]
        return LogisticModel(terms, heights, np.asarray(content["averages"]), content["base"])
    if kind == "scorecard":
        columns = [
            BinCounts(
                Bins(**one["bins"] | {key: _tuple(one["bins"][key]) for key in ("cuts", "levels")}),
                np.asarray(one["n"], np.int64),
                np.asarray(one["events"], np.int64),
                np.asarray(one["woe"], np.float64),
                one["weight"],
            )
            for one in content["columns"]
        ]
        return WoeModel(columns, content["intercept"])
    lightgbm: Any = checks.optional_module("lightgbm", needed_for="reading LightGBM's trees")
    trees = lightgbm.Booster(model_str=content["trees"])
    return BoostingModel(trees, "lightgbm", np.empty((0, 0)), content["base"])


def classes(values: list[Any]) -> NDArray[Any]:
    """Return the two outcomes as they were before they were written."""
    return np.asarray(values, object if isinstance(values[0], str) else None)


def _plain_schema(schema: ColumnSchema) -> Content:
    codes = [code if isinstance(code, str | int | float) else str(code)
             for code in schema.missing_codes]  # fmt: skip
    return schema._asdict() | {"missing_codes": codes}


def _tuple(values: list[Any] | None) -> tuple[Any, ...] | None:
    return None if values is None else tuple(values)


def _array(values: list[Any] | None, dtype: Any) -> NDArray[Any] | None:
    return None if values is None else np.asarray(values, dtype)
