"""Reconciled forecasts of hierarchicalforecast, in an environment of its own.

python3 -m venv /tmp/hf && /tmp/hf/bin/pip install hierarchicalforecast==1.5.3
/tmp/hf/bin/python tests/forecast/golden/make_hierarchicalforecast.py

The residuals are centred, because its covariance is about the mean and ours about zero.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hierarchicalforecast.methods import BottomUp, MinTrace, TopDown

HERE = Path(__file__).parent
NODES = ["total", "north", "south", "north/a", "north/b", "south/a", "south/b", "south/c"]
S = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], *np.eye(5)])
PERIODS, HORIZON = 24, 3

rng = np.random.default_rng(7)
common = rng.normal(size=PERIODS)
leaves = 50 + 20 * np.arange(5)[:, None] + rng.normal(0, 4, (5, PERIODS)) + 3 * common
value = S @ leaves
residual = rng.normal(0, 1, value.shape) * np.sqrt(S.sum(axis=1))[:, None] + 0.8 * (
    S @ rng.normal(0, 2, (5, PERIODS))
)
residual = (residual - residual.mean(axis=1, keepdims=True)).round(6)
# Not to the last digit: it takes residuals that sum to 0 for those of an overfitted model.
residual[:, -1] += 0.0024 - residual.sum(axis=1)
value = value.round(6)
fitted = value - residual
forecast = (S @ leaves[:, :HORIZON] + rng.normal(0, 6, (8, HORIZON))).round(4)
# One leaf close to zero, so that the methods want it negative.
negative = forecast.copy()
negative[7] = [0.5, 1.0, 40.0]

months = pd.date_range("2022-01-01", periods=PERIODS + HORIZON, freq="MS").strftime("%Y-%m-%d")
past, ahead = months[:PERIODS], months[PERIODS:]
pd.DataFrame(
    {
        "series": np.repeat(NODES, PERIODS),
        "date": np.tile(past, 8),
        "value": value.ravel(),
        "fitted": fitted.ravel(),
    }
).to_csv(HERE / "hierarchy_history.csv", index=False)

rows = []
for case, base in (("plain", forecast), ("negative", negative)):
    models = {
        "bottom_up": BottomUp(),
        "ols": MinTrace("ols"),
        "structural": MinTrace("wls_struct"),
        "wls": MinTrace("wls_var"),
        "mint": MinTrace("mint_shrink"),
        "top_down": TopDown("proportion_averages"),
        "mint, non-negative": MinTrace("mint_shrink", nonnegative=True),
    }
    for name, model in models.items():
        given = {"S": S, "y_hat": base}
        if name in ("wls", "mint", "top_down", "mint, non-negative"):
            given |= {"y_insample": value, "y_hat_insample": fitted}
        if name == "top_down":
            given["tags"] = {
                "total": np.array([0]),
                "region": np.array([1, 2]),
                "shop": np.arange(3, 8),
            }
        found = model.fit_predict(**given)["mean"]
        for i, node in enumerate(NODES):
            rows += [(case, name, node, ahead[h], base[i, h], found[i, h]) for h in range(HORIZON)]
pd.DataFrame(rows, columns=["case", "method", "series", "date", "forecast", "reconciled"]).to_csv(
    HERE / "hierarchy_reconciled.csv", index=False
)
