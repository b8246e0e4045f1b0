"""How accurate the default forecaster is, and whether its intervals hold what they promise.

Run ``CRMLYTICS_DATA=folder python benchmarks/forecast_accuracy.py`` (some minutes; ``--part m3``,
``retail`` or ``single`` runs one). It prints, in Markdown:

m3
    The 1,428 monthly series of the M3 competition, 18 months ahead: OWA against the official
    Naive2 for the classical members alone, the default and each of the 24 official methods, with
    the interval of the default's difference from each; the coverage by horizon. The official
    forecasts were made before the values were known, ours after. Candidates for members and
    settings came from notes that had seen these values; the choice itself was made without them
    (``choose_members.py``), that of the boosting's trees and moments and of the intervals' origins
    on the last 18 values of the training part.
retail
    Leaves of Australian retail turnover (state by industry, subtotals left out), complete series:
    three origins of twelve months for the OWA against our own Naive2, twelve for the coverage.
    Accuracy had no say in any choice here. The coverage had one: a first version, whose errors
    came from other months than those forecast, covered too little in December and January, and
    the origins were then put whole years before the end.
single
    Simulated series (a random walk with a season and noise), each forecast alone.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlytics.evaluation import compare_forecasts, score_table
from crmlytics.forecast import SalesForecaster, backtest

#: Subtotals of other industries in the retail table.
SUBTOTALS = {
    "Food retailing": ("Supermarket and grocery stores", "Liquor retailing",
                       "Other specialised food retailing"),
    "Household goods retailing": (
        "Furniture, floor coverings, houseware and textile goods retailing",
        "Electrical and electronic goods retailing",
        "Hardware, building and garden supplies retailing"),
    "Clothing, footwear and personal accessory retailing": (
        "Clothing retailing", "Footwear and other personal accessory retailing"),
    "Cafes, restaurants and takeaway food services": (
        "Cafes, restaurants and catering services", "Takeaway food services"),
    "Other retailing": (
        "Newspaper and book retailing", "Other recreational goods retailing",
        "Pharmaceutical, cosmetic and toiletry goods retailing", "Other retailing n.e.c."),
}  # fmt: skip


def m3(folder: Path) -> None:
    table = pd.read_parquet(folder / "m3_monthly/m3_monthly.parquet")
    table = table.astype({"unique_id": str}).sort_values(["unique_id", "idx"])
    train = table[table["split"] == "train"]
    back = train.groupby("unique_id")["idx"].transform("max") - train["idx"]
    # The calendar of M3 is nominal: let all series end in the same month.
    train = train.assign(date=(np.datetime64("1994-12", "M") - back.to_numpy()).astype("M8[us]"))
    actual = table.loc[table["split"] == "test", "y"].to_numpy().reshape(-1, 18)
    official = pd.read_parquet(folder / "m3_monthly/m3_monthly_official_forecasts.parquet")
    official = official.astype({"method": str, "unique_id": str})
    models: dict[str, Any] = {}
    for name, boosting in (("default", "auto"), ("classical members only", None)):
        start = time.process_time()
        forecaster = SalesForecaster(horizon=18, boosting=boosting)
        found = forecaster.fit(train, value_col="y", series_col="unique_id").predict()
        spent = (time.process_time() - start) / len(actual) * 1000
        print(f"{name}: {spent:.1f} ms of CPU per series, intervals included")
        models[name] = {
            each: found[each].to_numpy().reshape(-1, 18) for each in found.columns[2:-1]
        }
    for method, rows in official.sort_values(["unique_id", "h"]).groupby("method"):
        models[str(method)] = rows["yhat"].to_numpy().reshape(-1, 18)
    options: dict[str, Any] = {
        "train": [each.to_numpy() for _, each in train.groupby("unique_id")["y"]],
        "season_length": 12, "benchmark": "NAIVE2",
    }  # fmt: skip
    scores = score_table(actual, models, **options).set_index("model")
    pairs = compare_forecasts(actual, models, reference="default", random_state=0, **options)
    pairs = pairs[pairs["measure"] == "owa"].set_index("model")
    print("\n| M3 monthly, h = 18 | sMAPE | MASE | OWA | OWA less the default's, 95 % |")
    print("|---|---|---|---|---|")
    for model, row in scores.sort_values("owa").iterrows():
        against = ""
        if model in pairs.index:
            pair = pairs.loc[model]
            against = f"{pair['difference']:+.4f} [{pair['low']:+.4f}, {pair['high']:+.4f}]"
        print(
            f"| {model} | {row['smape']:.3f} | {row['mase']:.4f} | {row['owa']:.4f} | {against} |"
        )
    print_coverage("M3 monthly", actual, models["default"])


def print_coverage(what: str, actual: np.ndarray, bounds: dict[str, np.ndarray]) -> None:
    """Share of the values inside the intervals, by horizon and over all."""
    print(f"\n| {what}: coverage | all | " + " | ".join(f"{h + 1}" for h in range(actual.shape[1])))
    print("|---" * (actual.shape[1] + 2) + "|")
    for percent in ("80", "95"):
        inside = (bounds[f"low_{percent}"] <= actual) & (actual <= bounds[f"high_{percent}"])
        cells = " | ".join(f"{100 * share:.1f}" for share in inside.mean(axis=0))
        print(f"| {percent} % | **{100 * inside.mean():.1f}** | {cells} |")


def retail_leaves(folder: Path) -> pd.DataFrame:
    """Complete series that are no subtotal of other complete ones of their state."""
    table = pd.read_parquet(folder / "aus_retail/aus_retail.parquet")
    table = table.assign(Month=pd.to_datetime(table["Month"]))
    length = table.groupby(["State", "Industry"])["Month"].transform("size")
    table = table[length == length.max()]
    there = set(zip(table["State"], table["Industry"], strict=True))
    # A subtotal stands where it is complete and a part is not; its other parts then do not.
    whole = {
        (state, name): all((state, part) in there for part in parts)
        for name, parts in SUBTOTALS.items()
        for state in {state for state, _ in there}
    }
    above = {part: name for name, parts in SUBTOTALS.items() for part in parts}

    def is_leaf(state: str, industry: str) -> bool:
        if industry in SUBTOTALS:
            return not whole[state, industry]
        return industry not in above or whole[state, above[industry]]

    kept = [is_leaf(*pair) for pair in zip(table["State"], table["Industry"], strict=True)]
    return table[kept]


def retail(folder: Path) -> None:
    leaves = retail_leaves(folder)
    names = {"date_col": "Month", "value_col": "Turnover"}
    named = leaves[["State", "Industry"]].astype(str)
    leaves = leaves.assign(series=named["State"] + ": " + named["Industry"])
    n = leaves["series"].nunique()
    for origins in (3, 12):
        past = backtest(
            SalesForecaster(horizon=12), leaves, n_origins=origins, step=12, series_col="series",
            **names,
        )  # fmt: skip
        scores = score_table(
            leaves, past, train=leaves, season_length=12, series_col="series", model_col="model",
            origin_col="origin", **names,
        )  # fmt: skip
        print(f"\n{n} leaves of Australian retail, {origins} origins, h = 12, own Naive2")
        print(
            scores[["model", "n", "smape", "mase", "owa", "wape"]].round(4).to_string(index=False)
        )
    ours = past[past["model"] == "forecaster"].sort_values(["series", "origin", "ahead"])
    bounds = {name: ours[name].to_numpy().reshape(-1, 12) for name in ours.columns
              if name.startswith(("low", "high"))}  # fmt: skip
    print_coverage("Australian retail", ours["actual"].to_numpy().reshape(-1, 12), bounds)


def single(_: Path, series: int = 100, horizon: int = 6) -> None:
    for n in (36, 48, 72, 120):
        rng = np.random.default_rng(n)
        season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(n + horizon) / 12)
        walk = 100 + np.cumsum(rng.normal(0, 1, (series, n + horizon)), axis=1)
        values = walk * season + rng.normal(0, 3, (series, n + horizon))
        dates = pd.date_range("2010-01-01", periods=n, freq="MS")
        tables = [
            SalesForecaster(horizon=horizon)
            .fit(pd.DataFrame({"date": dates, "value": each[:n]}))
            .predict()
            for each in values
        ]
        bounds = {name: np.array([table[name] for table in tables]) for name in tables[0]
                  if name.startswith(("low", "high"))}  # fmt: skip
        print_coverage(f"{series} series of {n} months, each alone", values[:, n:], bounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", choices=("m3", "retail", "single"))
    chosen = parser.parse_args().part
    data = Path(os.environ["CRMLYTICS_DATA"])
    for name, part in {"m3": m3, "retail": retail, "single": single}.items():
        if chosen in (None, name):
            part(data)
