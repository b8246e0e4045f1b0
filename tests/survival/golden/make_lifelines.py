"""Write the numbers of lifelines 0.30.3 that the tests compare with.

lifelines wants pandas below 3, so run this in an environment of its own:
``pip install "lifelines==0.30.3" "pandas<3"``, then ``python make_lifelines.py``. It writes
``cases.csv`` (the inputs, made here by a plain congruential generator), ``curves.csv``,
``incidences.csv`` and ``numbers.csv`` beside itself.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import median_survival_times, restricted_mean_survival_time

HERE = Path(__file__).parent


def digits(seed: int):
    """Numbers 0 … 2**31 - 1 that every machine makes alike."""
    while True:
        seed = (1103515245 * seed + 12345) % 2**31
        yield seed >> 8


def tied(n: int, *, late: bool, seed: int) -> pd.DataFrame:
    """Whole ages with many ties, a third open, three groups, some cases entering late."""
    more = digits(seed)
    rows = []
    for i in range(n):
        age = 3 + next(more) % 40
        entry = next(more) % age if late and i % 3 else 0
        rows.append((age, int(next(more) % 3 > 0), entry, "abc"[next(more) % 3]))
    return pd.DataFrame(rows, columns=["duration", "event", "entry", "group"])


def untied(n: int, *, late: bool, seed: int) -> pd.DataFrame:
    """Distinct ages and causes 1 and 2, 0 where the case is open."""
    more = digits(seed)
    rows = []
    for i in range(n):
        age = 5 + i + (next(more) % 900) / 1000
        entry = (next(more) % 1000) / 1000 * age * 0.6 if late and i % 3 else 0.0
        rows.append((age, next(more) % 3, round(entry, 6), "a"))
    return pd.DataFrame(rows, columns=["duration", "event", "entry", "group"])


SETS = {
    "tied": tied(120, late=False, seed=1),
    "late": tied(200, late=True, seed=2),
    "causes": untied(60, late=False, seed=3),
}


def km(frame: pd.DataFrame) -> KaplanMeierFitter:
    entry = frame["entry"] if frame["entry"].any() else None
    return KaplanMeierFitter().fit(frame["duration"], frame["event"], entry=entry)


def main() -> None:
    curves, numbers, incidences = [], [], []
    for name in ("tied", "late"):
        frame = SETS[name]
        for group in "abc":
            fit = km(frame[frame["group"] == group])
            band = fit.confidence_interval_
            for time, survival, low, high in zip(
                fit.timeline, fit.survival_function_.iloc[:, 0], band.iloc[:, 0], band.iloc[:, 1],
                strict=True,
            ):  # fmt: skip
                curves.append((name, group, time, survival, low, high))
            low, high = median_survival_times(band).iloc[0]
            numbers += [
                (name, group, "median", fit.median_survival_time_),
                (name, group, "median low", low),
                (name, group, "median high", high),
                (name, group, "restricted mean 30", restricted_mean_survival_time(fit, t=30)),
            ]
            remaining = fit.conditional_time_to_event_.iloc[:, 0]
            numbers += [
                (name, group, f"median remaining {age:g}", left)
                for age, left in remaining[remaining.index >= 12].iloc[:3].items()
            ]
    frame = SETS["tied"]
    test = multivariate_logrank_test(frame["duration"], frame["group"], frame["event"])
    numbers += [
        ("tied", "", "log-rank", test.test_statistic),
        ("tied", "", "log-rank p", test.p_value),
    ]
    frame = SETS["causes"]
    for cause in (1, 2):
        fit = AalenJohansenFitter().fit(frame["duration"], frame["event"], event_of_interest=cause)
        for time, share, variance, (high, low) in zip(
            fit.event_table.index, fit.cumulative_density_.iloc[:, 0], fit.variance_,
            fit.confidence_interval_.to_numpy()[:, ::-1], strict=True,
        ):  # fmt: skip
            incidences.append(("causes", cause, time, share, variance, low, high))
    cases = pd.concat(SETS, names=["set"]).reset_index("set")
    cases.to_csv(HERE / "cases.csv", index=False)
    pd.DataFrame(
        curves, columns=["set", "group", "time", "survival", "low", "high"]
    ).to_csv(HERE / "curves.csv", index=False)  # fmt: skip
    pd.DataFrame(numbers, columns=["set", "group", "what", "value"]).to_csv(
        HERE / "numbers.csv", index=False
    )
    pd.DataFrame(
        incidences, columns=["set", "cause", "time", "share", "variance", "low", "high"]
    ).to_csv(HERE / "incidences.csv", index=False)  # fmt: skip


if __name__ == "__main__":
    main()
