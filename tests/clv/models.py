"""One example of every model of repeat purchases: the laws of `test_models.py` are tried on each.

A new model adds a line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.clv import BetaGeoModel, ModifiedBetaGeoModel, NBDModel

if TYPE_CHECKING:
    import pandas as pd


class Example(NamedTuple):
    """A model with parameters at which it can be told what they are."""

    model: type
    params: dict[str, float]

    def known(self) -> Any:
        return self.model.from_params(**self.params, unit="W")

    def histories(self, n: int = 800, seed: int = 1) -> pd.DataFrame:
        """Customers on a grid of days, so that some are equal."""
        rng = np.random.default_rng(seed)
        frame = self.known().simulate(
            n, T=rng.integers(140, 210, n) / 7, random_state=np.random.default_rng(seed + 1)
        )
        frame["recency"] = np.where(
            frame["frequency"] > 0, np.maximum(np.floor(frame["recency"] * 7), 1) / 7, 0.0
        )
        return frame


MODELS = {
    example.model.__name__: example
    for example in (
        Example(BetaGeoModel, {"r": 0.8, "alpha": 4.0, "a": 0.8, "b": 2.5}),
        Example(ModifiedBetaGeoModel, {"r": 0.9, "alpha": 4.0, "a": 0.8, "b": 2.5}),
        Example(NBDModel, {"r": 0.8, "alpha": 6.0}),
    )
}
