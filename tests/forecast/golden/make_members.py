"""Forecasts of statsforecast for a few made-up series, kept in ``members.csv`` beside this script.

Run in an environment of its own, for statsforecast pins pandas below 3:
``python make_members.py`` with statsforecast 2.1.1 and statsmodels 0.15.0 installed. Each line is
the name of a method, the number of a series, and the forecast of 6 periods; lines of method ``y``
hold the series themselves.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HORIZON = 6


def made_series():
    """Six levels that wander, three with a season of twelve, four with sales now and then."""
    rng = np.random.default_rng(20)
    wander = [100 + rng.normal(0, 4, 60).cumsum() + rng.normal(0, 6, 60) for _ in range(3)]
    wander += [200 + 1.5 * np.arange(72) + rng.normal(0, 12, 72) for _ in range(3)]
    season = np.array([0.8, 0.85, 0.9, 1, 1.05, 1.1, 1.2, 1.15, 1, 0.95, 0.9, 1.1])
    monthly = [
        (150 + rng.normal(0, 3, 96).cumsum()) * np.tile(season, 8) * rng.normal(1, 0.04, 96)
        for _ in range(3)
    ]
    sparse = [
        np.where(rng.random(48) < chance, rng.integers(1, 9, 48), 0).astype(float)
        for chance in (0.15, 0.3, 0.4, 0.6)
    ]
    return [np.round(y, 2) for y in (*wander, *monthly, *sparse)]


def forecasts(number, y):
    """Forecasts of statsforecast's methods that suit a series."""
    from statsforecast import models

    if number >= 9:
        methods = {
            "croston": models.CrostonClassic(), "sba": models.CrostonSBA(),
            "tsb": models.TSB(alpha_d=0.1, alpha_p=0.1),
        }  # fmt: skip
    elif number >= 6:
        methods = {"theta": models.DynamicOptimizedTheta(season_length=12)}
    else:
        methods = {
            "theta": models.DynamicOptimizedTheta(), "ces": models.AutoCES(model="N"),
            "drift": models.RandomWalkWithDrift(),
        }  # fmt: skip
    return {name: np.asarray(m.forecast(y, HORIZON)["mean"]) for name, m in methods.items()}


def smoothed(y):
    """Simple smoothing and additive Holt-Winters with a damped trend by statsmodels."""
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    fit = SimpleExpSmoothing(y, initialization_method="estimated").fit()
    return {"ses": np.asarray(fit.forecast(HORIZON)), "ses_alpha": [fit.params["smoothing_level"]]}


def main():
    with (Path(__file__).parent / "members.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, y in enumerate(made_series()):
            lines = {"y": y} | forecasts(number, y) | (smoothed(y) if number < 6 else {})
            for name, numbers in lines.items():
                writer.writerow([name, number, *(f"{x:.6f}" for x in numbers)])


if __name__ == "__main__":
    main()
