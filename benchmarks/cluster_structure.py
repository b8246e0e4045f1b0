"""Does `CustomerClusters` find planted clusters, and none in noise? Full sizes, minutes of work.

``python benchmarks/cluster_structure.py [--sets 60] [--rows 500]`` prints a table: for noise of
three kinds the share of data sets declared without structure, for planted clusters the share of
seeds in which their number was found and the customers were told apart. The rule was chosen on the
seeds 0 to 19, so other seeds judge it: ``--first-seed``. With ``--data FOLDER`` it prints the
stability table of Online Retail instead, with its noise beside it.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from crmlytics.errors import NoStructureWarning
from crmlytics.segmentation import CustomerClusters

SEPARATION = 6.0  # least distance between planted centres, in standard deviations of a cluster


def noise(kind: str, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Data without clusters in two to five dimensions."""
    features = int(rng.integers(2, 6))
    if kind == "uniform":
        return rng.random((rows, features))
    points = rng.standard_normal((rows, features))
    return points @ rng.standard_normal((features, features)) if kind == "correlated" else points


def planted(k: int, rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Round clusters of unequal sizes, `SEPARATION` apart, and each row's cluster."""
    features = int(rng.integers(2, 5))
    while True:
        centres = rng.uniform(-1, 1, (k, features)) * 2 * SEPARATION
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=2)
        if apart[np.triu_indices(k, 1)].min() > SEPARATION:
            break
    cluster = rng.choice(k, rows, p=rng.dirichlet(np.full(k, 10)))
    return centres[cluster] + rng.standard_normal((rows, features)), cluster


def fitted(points: np.ndarray, seed: int) -> CustomerClusters:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoStructureWarning)
        return CustomerClusters(scale="standard", random_state=seed).fit(points)


def in_noise(kind: str, seeds: range, rows: int) -> None:
    none = 0
    for seed in seeds:
        rng = np.random.default_rng([seed, len(kind)])
        none += not fitted(noise(kind, rows, rng), seed).structure_found_
    n = len(seeds)
    print(f"{kind:<12} noise: no structure in {none} of {n} ({none / n:.1%})", flush=True)


def among_planted(k: int, seeds: range, rows: int) -> None:
    from sklearn.metrics import adjusted_rand_score

    right, told = 0, 0
    for seed in seeds:
        points, cluster = planted(k, rows, np.random.default_rng([seed, k]))
        found = fitted(points, seed)
        right += found.n_clusters_ == k
        told += adjusted_rand_score(cluster, found.labels_) > 0.95
    n = len(seeds)
    print(f"{k} planted: number found in {right} of {n}, index > 0.95 in {told}", flush=True)


def online_retail(folder: str) -> None:
    """Stability of the customers' log recency, frequency and money; no number is asserted."""
    import datetime as dt
    from pathlib import Path

    import pandas as pd

    from crmlytics.customers import rfm_table

    rows = pd.read_parquet(Path(folder) / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    rows = rows.assign(
        customer_id=rows["CustomerID"].astype("int64"), amount=rows["Quantity"] * rows["UnitPrice"]
    )
    table = rfm_table(
        rows, as_of=dt.date(2011, 12, 10), count_by="orders", order_col="InvoiceNo",
        date_col="InvoiceDate",
    )  # fmt: skip
    columns = ["recency_days", "frequency", "monetary"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoStructureWarning)
        found = CustomerClusters(columns=columns, random_state=0).fit(table)
    print(found.stability_.round(3).to_string(index=False))
    print(found.verdict_)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--only", choices=("noise", "planted"))
    parser.add_argument("--data", help="folder of the public data sets")
    options = parser.parse_args()
    if options.data:
        online_retail(options.data)
        return
    first = options.first_seed
    if options.only != "noise":
        for k in (2, 3, 4, 5):
            among_planted(k, range(first, first + options.seeds), options.rows)
    if options.only != "planted":
        for kind in ("isotropic", "correlated", "uniform"):
            in_noise(kind, range(first, first + options.sets), options.rows)


if __name__ == "__main__":
    main()
