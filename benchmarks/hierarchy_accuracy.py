"""What does adding up cost? Australian retail turnover, forecast from its leaves up to the total.

``CRMLYTICS_DATA=FOLDER python benchmarks/hierarchy_accuracy.py [--origins 12] [--step 6]``
forecasts every series of the hierarchy twelve months ahead at each origin, the last one a horizon
before the end and the others `step` months apart, reconciles, and prints WAPE of the total beside
that of the total forecast directly, with the interval of their ratio (a bootstrap of origins, in
blocks of those that share months), and of the levels below. Minutes of work.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from crmlytics.evaluation import bootstrap_interval
from crmlytics.forecast import Hierarchy, SalesForecaster, reconcile
from tests.forecast.aus_retail import read_leaves

METHODS = ("mint", "wls", "structural", "ols", "bottom_up", "top_down")


def one_origin(sales: pd.DataFrame, tree: Hierarchy, origin: pd.Timestamp, horizon: int):
    """Absolute errors of the base forecasts and of every method [node, step], and the actuals."""
    past = sales[sales["date"] <= origin]
    model = SalesForecaster(horizon=horizon, unit="M").fit(past, series_col="series")
    base = model.predict()
    wide = sales.pivot(index="series", columns="date", values="value").loc[list(tree.nodes)]
    actual = wide[sorted(base["date"].unique())].to_numpy()
    errors = {"direct": _wide(base, tree) - actual}
    inside = {"direct": _inside(base, tree, actual)}
    for method in METHODS:
        table = reconcile(base, tree, method=method, fitted=model.fitted_)
        found = _wide(table, tree)
        leaves = found[-len(tree.leaves) :]
        gap = np.abs(found - tree.summing @ leaves) / np.maximum(np.abs(found), 1e-300)
        assert gap.max() < 1e-9, "reconciled forecasts must add up"
        errors[method] = found - actual
        if method == "mint":
            inside[method] = _inside(table, tree, actual)
    return errors, actual, inside


def _wide(table: pd.DataFrame, tree: Hierarchy, column: str = "forecast") -> np.ndarray:
    wide = table.pivot(index="series", columns="date", values=column)
    return wide.loc[list(tree.nodes)].to_numpy()


def _inside(table: pd.DataFrame, tree: Hierarchy, actual: np.ndarray) -> dict[str, np.ndarray]:
    return {
        level: (_wide(table, tree, f"low_{level}") <= actual)
        & (actual <= _wide(table, tree, f"high_{level}"))
        for level in ("80", "95")
    }


def measure(folder: Path, origins: int, step: int, horizon: int) -> None:
    leaves, parents = read_leaves(folder)
    tree = Hierarchy.from_parents(parents)
    sales = tree.aggregate(leaves, series_col="series")
    months = np.sort(sales["date"].unique())
    ends = [months[-1 - horizon - step * i] for i in reversed(range(origins))]
    runs = [one_origin(sales, tree, pd.Timestamp(end), horizon) for end in ends]
    last = pd.Timestamp(ends[-1])
    print(f"{tree}, {origins} origins every {step} months to {last:%Y-%m}, h = {horizon}")
    levels = np.array(tree.levels)
    depths = sorted(set(levels))
    for level in depths:
        rows = levels == level
        size = sum(np.abs(actual[rows]).sum() for _, actual, _ in runs)
        shown = " ".join(
            f"{name} {sum(np.abs(errors[name][rows]).sum() for errors, _, _ in runs) / size:.4f}"
            for name in ("direct", *METHODS)
        )
        print(f"level {level} ({rows.sum():>3} series) WAPE: {shown}")
    for name in METHODS:
        pairs = np.array(
            [(np.abs(e[name][0]).sum(), np.abs(e["direct"][0]).sum()) for e, _, _ in runs]
        )
        block = min(-(-horizon // step), len(pairs) // 2)
        found = bootstrap_interval(pairs, statistic="ratio", block_length=block, random_state=0)
        print(
            f"total, {name} over direct: {found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]"
        )
    for level, name in itertools.product(("80", "95"), ("direct", "mint")):
        hits = np.concatenate([inside[name][level] for _, _, inside in runs], axis=1).mean(axis=1)
        shown = ", ".join(f"level {each} {hits[levels == each].mean():.3f}" for each in depths)
        print(f"coverage of the {level} % intervals, {name}: {shown}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--origins", type=int, default=12)
    parser.add_argument("--step", type=int, default=6)
    parser.add_argument("--horizon", type=int, default=12)
    options = parser.parse_args()
    data = os.environ.get("CRMLYTICS_DATA")
    if not data:
        sys.exit("set CRMLYTICS_DATA to the folder of the data sets")
    measure(Path(data), options.origins, options.step, options.horizon)
