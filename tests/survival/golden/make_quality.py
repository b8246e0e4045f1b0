"""Concordances and Brier scores by lifelines and scikit-survival; writes `quality.csv`.

Run it in an environment of its own: ``pip install lifelines==0.30.3 scikit-survival==0.28.0``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines.utils import concordance_index
from sksurv.metrics import brier_score, concordance_index_ipcw
from sksurv.util import Surv

HERE = Path(__file__).parent
TIMES = (5.0, 10.0, 15.0)


def made_cases():
    """Tied ages and tied risks, a third of the cases open; the last one ends."""
    rng = np.random.default_rng(3)
    risk = rng.integers(0, 8, 120)
    ends = np.ceil(rng.exponential(12 / (1 + risk / 2)) + 1)
    seen_until = np.ceil(rng.uniform(2, 25, 120))
    return pd.DataFrame(
        {
            "age": np.minimum(ends, seen_until),
            "exact": np.minimum(ends, seen_until) + np.arange(120) / 1_000,
            "ended": (ends <= seen_until).astype(int),
            "risk": risk,
            "survival": np.round(np.exp(-(1 + risk) / 10), 4),
        }
    )


def main():
    cases = made_cases()
    Surv.from_arrays(cases["ended"] == 1, cases["age"])
    harrell = concordance_index(cases["age"], -cases["risk"], cases["ended"])
    # At tied ages scikit-survival lets those last seen go before those who end: no ties here.
    z = Surv.from_arrays(cases["ended"] == 1, cases["exact"])
    uno = concordance_index_ipcw(z, z, cases["risk"], tau=15.0)[0]
    rows = [("harrell", harrell), ("uno until 15", uno)]
    for time in TIMES:
        _, score = brier_score(z, z, cases[["survival"]], [time])
        rows.append((f"brier at {time:g}", score[0]))
    cases.to_csv(HERE / "quality_cases.csv", index=False)
    pd.DataFrame(rows, columns=["what", "value"]).to_csv(HERE / "quality.csv", index=False)


if __name__ == "__main__":
    main()
