"""Forecasts of 9,996 monthly series: M3's 1,428 seven times over.

Slow rivals get a sample of the series (M3's first in an order drawn with seed 0), and their time is
multiplied up to all of them; each remark says how many they had, milliseconds per series of both
sides, and the OWA of both on the rival's series.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
from rivals import OURS, Answer, Rival, UnavailableError, call, save

from tasks.cases import Case, DisagreementError

FIVE = [
    "theta", "holt_winters_additive", "holt_winters_multiplicative", "holt_winters_log",
    "complex_smoothing",
]  # fmt: skip
REPEATS = 7
STATSFORECAST = Rival("statsforecast", ("statsforecast>=2", "pandas<3"))
STATSMODELS = Rival("statsmodels", ("statsmodels",))


@functools.cache
def arrays() -> tuple[Path, int]:
    """M3's monthly series in the drawn order where calls can read them, and their number."""
    import pandas as pd

    if not (named := os.environ.get("CRMLYTICS_DATA")):
        raise UnavailableError("the environment variable CRMLYTICS_DATA names no folder of data")
    folder = Path(named) / "m3_monthly"
    rows = pd.read_parquet(folder / "m3_monthly.parquet").astype({"unique_id": str, "split": str})
    rows["idx"] = rows["idx"].astype(int)
    past, later = (rows[rows["split"] == part].copy() for part in ("train", "test"))
    past["back"] = past["idx"] - past.groupby("unique_id")["idx"].transform("max")
    train = past.pivot(index="unique_id", columns="back", values="y").to_numpy()
    later["h"] = later.groupby("unique_id")["idx"].rank().astype(int)
    actual = later.pivot(index="unique_id", columns="h", values="y").to_numpy()
    official = pd.read_parquet(folder / "m3_monthly_official_forecasts.parquet")
    official = official.astype({"unique_id": str, "method": str})
    naive2 = official[official["method"] == "NAIVE2"]
    naive2 = naive2.pivot(index="unique_id", columns="h", values="yhat").to_numpy()
    order = np.random.default_rng(0).permutation(len(train))
    data = save({"train": train[order], "actual": actual[order], "naive2": naive2[order]})
    return data, len(train)


def rival(function: str, maker: Rival, n: int, total: int, **options: object) -> Answer:
    """What a rival took for `n` series, multiplied up to `total`."""
    data, _ = arrays()
    answer = call(maker, f"forecast:{function}", data, n=n, limit=600, **options)
    times = total / n
    return answer._replace(
        seconds=answer.seconds * times,
        cpu_seconds=answer.cpu_seconds * times,
        values=answer.values | {"ms": 1000 * answer.cpu_seconds / n},
    )


def ours(function: str, n: int, repeats: int, **options: object) -> Answer:
    data, _ = arrays()
    answer = call(OURS, f"forecast:{function}", data, n=n, repeats=repeats, limit=600, **options)
    ms = 1000 * answer.cpu_seconds / (n * repeats)
    return answer._replace(values=answer.values | {"ms": ms})


def compared(function: str, n: int, *, worse_by: float = 0.0, **options: object):
    """A check of OWA on the rival's series; ours may be worse by so much."""

    def check(own: dict, other: dict | None) -> str:
        said = f"CPU per series {own['ms']:.2f} ms; OWA {own['owa']:.4f}"
        if other is None:
            return said
        _, everything = arrays()
        same = own
        if n != everything:
            same = ours(function, n, 1, **options).values
        both = (
            f"{said}; rival {other['ms']:.1f} ms on {n} series, its time multiplied up; OWA on "
            f"them {same['owa']:.4f}, rival {other['owa']:.4f}"
        )
        if same["owa"] > other["owa"] + worse_by:
            raise DisagreementError(f"ours is less accurate: {both}")
        return both

    return check


def cases(scale: float):
    try:
        _, everything = arrays()
    except UnavailableError:
        everything = 1_428
    repeats = max(1, int(REPEATS * scale))
    total = everything * repeats

    def against(
        label, name, n, target, function="members", rival_call=None, worse_by=0.0, **options
    ):
        return Case(
            f"forecast, {label}", f"M3 monthly x {repeats}, 18 months ahead", total,
            lambda: ours(function, everything, repeats, **options), name, rival_call, target, 1,
            compared(function, n, worse_by=worse_by, **options),
        )  # fmt: skip

    def holt_winters(n=60):
        return rival("statsmodels_holt_winters", STATSMODELS, n, total)

    def by_statsforecast(model, n):
        return lambda: rival("statsforecast", STATSFORECAST, n, total, model=model)

    yield against(
        "holt_winters_multiplicative", "statsmodels Holt-Winters", 60, "",
        rival_call=holt_winters, names=["holt_winters_multiplicative"],
    )  # fmt: skip
    yield against(
        "theta", "statsforecast DynamicOptimizedTheta", everything, "",
        rival_call=by_statsforecast("DynamicOptimizedTheta", everything), names=["theta"],
        worse_by=0.005,  # theirs starts from other values; a difference like this is noise
    )  # fmt: skip
    for member in FIVE[1:2] + FIVE[3:]:
        yield against(member, "", everything, "", names=[member])
    yield against(
        "mean of the five", "statsforecast AutoETS", 300, "at least 30",
        rival_call=by_statsforecast("AutoETS", 300), names=FIVE,
    )  # fmt: skip
    yield against(
        "SalesForecaster with intervals", "statsforecast AutoETS", 300, "at least 5",
        function="forecaster", rival_call=by_statsforecast("AutoETS", 300), boosting="auto",
    )  # fmt: skip
    yield against(
        "SalesForecaster without boosting", "", everything, "",
        function="forecaster", boosting=None,
    )  # fmt: skip
