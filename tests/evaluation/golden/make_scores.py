"""Scores of an invented contract base, and what empulse and confidenceinterval say of them.

Needs an environment of its own: pip install empulse==0.11.1 confidenceinterval
Run: python make_scores.py
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from confidenceinterval import roc_auc_score
from empulse.metrics import empc

HERE = Path(__file__).parent


def main():
    # Rates of churn like those of a telephone company: many near 0, few above a half, a quarter
    # in all; the scores are rounded, so that there are ties, and the second one is noisier.
    rng = np.random.default_rng(7)
    logit = rng.normal(-1.7, 1.7, 2_000)
    y = (rng.random(2_000) < 1 / (1 + np.exp(-logit))).astype(int)
    frame = pd.DataFrame({"y": y})
    for name, noise, digits in (("score", 0.4, 3), ("rough", 1.5, 2)):
        noisy = logit + rng.normal(0.0, noise, 2_000)
        frame[name] = np.round(1 / (1 + np.exp(-noisy)), digits)
    frame.to_csv(HERE / "scores.csv", index=False)
    terms = [
        {"clv": 200, "incentive_cost": 10, "contact_cost": 1, "alpha": 6, "beta": 14},
        {"clv": 120, "incentive_cost": 30, "contact_cost": 5, "alpha": 2, "beta": 9},
    ]
    rows = []
    for name in ("score", "rough"):
        for i, term in enumerate(terms):
            profit, share = empc(y, frame[name].to_numpy(), **term)
            rows += [(name, f"empc_{i}", profit), (name, f"share_{i}", share)]
        auc, (low, high) = roc_auc_score(y, frame[name].to_numpy(), confidence_level=0.95)
        rows += [(name, "auc", auc), (name, "auc_low", low), (name, "auc_high", high)]
    numbers = pd.DataFrame(rows, columns=["score", "what", "value"])
    numbers["source"] = [
        f"empulse {version('empulse')}" if what[0] in "es" else
        f"confidenceinterval {version('confidenceinterval')}, DeLong" for what in numbers["what"]
    ]  # fmt: skip
    numbers.to_csv(HERE / "score_numbers.csv", index=False)


if __name__ == "__main__":
    main()
