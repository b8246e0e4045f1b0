"""What lifelines says of recidivism (Rossi) by the Cox model; writes rossi.csv and cox.csv.

Needs an environment of its own, since lifelines pins pandas: pip install lifelines==0.30.3
Run: python make_cox.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.datasets import load_rossi

HERE = Path(__file__).parent


def main():
    # Rossi, Berk and Lenihan (1980), Money, Work and Crime; distributed with lifelines.
    rossi = load_rossi()
    rossi.to_csv(HERE / "rossi.csv", index=False)
    rows = []
    late = rossi.assign(entry=np.where(rossi["week"] > 4, rossi["age"] % 4, 0))
    for name, frame, entry in (("rossi", rossi, None), ("rossi entered late", late, "entry")):
        model = CoxPHFitter().fit(frame, "week", "arrest", entry_col=entry)
        for term, row in model.summary.iterrows():
            rows += [(name, f"coefficient {term}", row["coef"])]
            rows += [(name, f"standard error {term}", row["se(coef)"])]
        rows.append((name, "log likelihood", model.log_likelihood_))
        if entry is None:
            curves = model.predict_survival_function(frame.head(3), times=[20, 52])
            for case in curves:
                rows += [(name, f"survival of case {case} at {t:.0f}", curves.loc[t, case])
                         for t in curves.index]  # fmt: skip
    pd.DataFrame(rows, columns=["set", "what", "value"]).to_csv(HERE / "cox.csv", index=False)


if __name__ == "__main__":
    main()
