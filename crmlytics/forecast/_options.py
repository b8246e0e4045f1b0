"""Checks of the forecaster's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlytics._core import checks, periods
from crmlytics.forecast import tables
from crmlytics.forecast.intervals import check_levels
from crmlytics.forecast.members import MEMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from crmlytics.forecast.forecaster import SalesForecaster


def check(forecaster: SalesForecaster) -> None:
    """Refuse parameters that mean nothing, each by its name."""
    checks.whole_number("horizon", forecaster.horizon, at_least=1)
    if forecaster.unit is not None:
        checks.word("unit", forecaster.unit, periods.UNITS)
    if forecaster.season_length is not None:
        checks.whole_number("season_length", forecaster.season_length, at_least=1)
    check_levels(forecaster.levels)
    member_names(forecaster.members)
    checks.word("combine", forecaster.combine, ("mean", "pooled", "median"))
    if forecaster.boosting is not None:
        checks.word("boosting", forecaster.boosting, ("auto", "sklearn", "lightgbm"))
    if not (isinstance(forecaster.non_negative, bool) or forecaster.non_negative == "auto"):
        raise ValueError(
            f"non_negative must be 'auto', True or False, got {forecaster.non_negative!r}"
        )
    checks.word("outliers", forecaster.outliers, ("flag", "clean", "keep"))
    named = forecaster.regressors
    if isinstance(named, str) or len(set(named)) < len(tuple(named)):
        raise ValueError(f"regressors must be a sequence of different columns, got {named!r}")
    checks.random_generator(forecaster.random_state)


def member_names(members: str | Sequence[str]) -> tuple[str, ...] | None:
    """Return the members named, each once; None for "auto"."""
    if isinstance(members, str) and members == "auto":
        return None
    if not isinstance(members, str) and members and set(members) <= set(MEMBERS):
        return tuple(dict.fromkeys(members))
    there = ", ".join(repr(name) for name in MEMBERS)
    raise ValueError(f"members must be 'auto' or a sequence of {there}, got {members!r}")


def generator(random_state: object) -> np.random.Generator:
    """Return a generator; a Generator given is copied, so that fitting twice gives the same."""
    import copy

    made: np.random.Generator = copy.deepcopy(checks.random_generator(random_state))
    return made


def refuse_future(future: Any, regressors: Sequence[str]) -> None:
    """Refuse values of no regressor, and regressors without values."""
    if future is None and regressors:
        raise ValueError(
            f"future must hold the regressors {', '.join(map(repr, regressors))} in the periods "
            "forecast: predict(future=frame with the date, the regressors and the series)"
        )
    if future is not None and not regressors:
        raise ValueError(
            "future holds values of regressors, and there are none: name them in "
            "regressors=(...), or pass None"
        )


def refuse_names(
    levels: dict[str, float], date_col: str, value_col: str, series_cols: Sequence[str]
) -> None:
    """Refuse keys that bear the name of a result."""
    bounds = [f"{side}_{percent}" for percent in levels for side in ("low", "high")]
    results = ["forecast", *bounds, "status", "fitted", "expected", "cleaned"]
    checks.free_names([date_col, *series_cols], results)
    checks.free_names([value_col], ["fitted", "expected", "cleaned"])
    checks.free_names(series_cols, [*tables.DIAGNOSTICS, "member", "weight", "regressor",
                                    "effect"])  # fmt: skip
