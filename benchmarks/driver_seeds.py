"""Whether `scoring.driver_table` keeps what is real: Telco, ten columns of noise, a near-duplicate.

``python benchmarks/driver_seeds.py [SEEDS]``: for each seed it adds ten columns of noise and a copy
of `MonthlyCharges` with a little noise to the Telco churn table (named by ``CRMLYTICS_DATA``),
and judges all columns of a logistic regression with splines in five folds. Prints what was kept,
the CPU seconds of each run, and the gates.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, SplineTransformer

from crmlytics.scoring import driver_table

N_NOISE = 10


def telco(seed):
    folder = Path(os.environ["CRMLYTICS_DATA"]) / "telco_churn"
    rows = pd.read_csv(folder / "WA_Fn-UseC_-Telco-Customer-Churn.csv").drop(columns="customerID")
    rows["TotalCharges"] = pd.to_numeric(rows["TotalCharges"], errors="coerce").fillna(0.0)
    rng = np.random.default_rng(seed)
    for i in range(N_NOISE):
        numbers = rng.normal(size=len(rows))
        rows[f"noise {i}"] = numbers if i % 2 else rng.choice(list("abcd"), len(rows))
    rows["MonthlyTwin"] = rows["MonthlyCharges"] + rng.normal(0, 0.5, len(rows))
    return rows.drop(columns="Churn"), (rows["Churn"] == "Yes").astype(int)


def spline_logistic():
    levels = OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist")
    curves = make_pipeline(QuantileTransformer(n_quantiles=200), SplineTransformer(5))
    encoded = make_column_transformer(
        (levels, make_column_selector(dtype_exclude="number")),
        (curves, make_column_selector(dtype_include="number")),
    )
    return make_pipeline(encoded, LogisticRegression(solver="newton-cholesky"))


def judge(seed):
    X, churned = telco(seed)
    start = time.process_time()
    table = driver_table(spline_logistic(), X, churned, folds=5, random_state=seed)
    seconds = time.process_time() - start
    kept = table.loc[table["verdict"] == "keep", "column"].tolist()
    noise = [name for name in kept if name.startswith("noise")]
    twins = table.set_index("column").loc[["MonthlyCharges", "MonthlyTwin"], ["verdict", "twin"]]
    redundant = twins[twins["verdict"] == "redundant"]
    pair = len(redundant) == 1 and redundant["twin"].item() in kept
    real = len(kept) - len(noise)
    always = {"tenure", "Contract"} <= set(kept)
    print(f"seed {seed}: {real} real and {len(noise)} noise kept, pair {pair}, tenure and Contract "
          f"{always}, {seconds:.1f} CPU s", flush=True)  # fmt: skip
    return len(noise), real, pair, always


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    found = [judge(seed) for seed in range(n)]
    noise, real, pair, always = zip(*found, strict=True)
    print(f"noise kept: {sum(noise)} of {N_NOISE * n} (gate: 5 %)")
    print(f"at least 8 real columns kept: {sum(one >= 8 for one in real)} of {n} (gate: 18 of 20)")
    print(f"one of the pair kept, the other naming it: {sum(pair)} of {n} (gate: all)")
    print(f"tenure and Contract kept: {sum(always)} of {n} (gate: all)")


if __name__ == "__main__":
    main()
