"""Fits and predictions of the lifetime value models, on the same arrays as the rivals."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from crmlytics.clv import BetaGeoModel, GammaGammaModel, ParetoNBDModel
from crmlytics.customers import compress_summary
from tasks.cases import Case

if TYPE_CHECKING:
    import pandas as pd

_TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


@functools.lru_cache(maxsize=2)
def histories(n: int) -> pd.DataFrame:
    """Simulated BG/NBD customers of 27 to 39 weeks on a grid of days, with spend."""
    model = BetaGeoModel.from_params(**_TRUTH, unit="W")
    rng = np.random.default_rng(1)
    age = np.round(rng.uniform(27, 39, n) * 7) / 7
    table = model.simulate(n, T=age, random_state=1)[["frequency", "recency", "T"]]
    # To whole days, as dates are; nobody's last purchase falls on the day of the first.
    days = np.clip(np.round(table["recency"] * 7), np.where(table["frequency"] > 0, 1, 0), None)
    table["recency"] = np.minimum(days / 7, table["T"])
    spend = rng.gamma(6.25 * np.maximum(table["frequency"], 1), 1 / rng.gamma(3.74, 1 / 15.44, n))
    table["monetary_value"] = np.where(table["frequency"] > 0, spend / table["frequency"], 0.0)
    return table


def _columns(table: pd.DataFrame):
    return table["frequency"], table["recency"], table["T"]


def lifetimes_beta_geo(table: pd.DataFrame, weights=None):
    from lifetimes import BetaGeoFitter

    return BetaGeoFitter().fit(*_columns(table), weights=weights)


def lifetimes_pareto(table: pd.DataFrame):
    from lifetimes import ParetoNBDFitter

    return ParetoNBDFitter().fit(*_columns(table))


def lifetimes_gamma_gamma(table: pd.DataFrame):
    from lifetimes import GammaGammaFitter

    bought = table[table["frequency"] > 0]
    return GammaGammaFitter().fit(bought["frequency"], bought["monetary_value"])


def clvkit_beta_geo(table: pd.DataFrame):
    from clvkit import BGNBD

    return BGNBD().fit(table)


def cases(scale: float):
    for n, turns in ((2_357, 3), (int(100_000 * scale), 2), (int(1_000_000 * scale), 1)):
        table = histories(n)
        yield Case(
            "BetaGeoModel.fit", "pandas", n,
            lambda table=table: BetaGeoModel(unit="W").fit(table),
            "lifetimes", lambda table=table: lifetimes_beta_geo(table),
            {100_000: "at least 6 (stretch 10)", 1_000_000: "at least 15"}.get(n, ""), turns,
        )  # fmt: skip
    table = histories(int(1_000_000 * scale))
    small = compress_summary(table)
    yield Case(
        "BetaGeoModel.fit, rows compressed for both", "pandas", len(small),
        lambda: BetaGeoModel(unit="W").fit(small, sample_weight=small["weight"]),
        "lifetimes with weights", lambda: lifetimes_beta_geo(small, small["weight"]), "", 1,
    )  # fmt: skip
    model, theirs = BetaGeoModel(unit="W").fit(table), lifetimes_beta_geo(histories(2_357))
    yield Case(
        "BetaGeoModel.expected_purchases", "pandas", len(table),
        lambda: model.expected_purchases(table, t=39.0), "lifetimes",
        lambda: theirs.conditional_expected_number_of_purchases_up_to_time(39.0, *_columns(table)),
    )  # fmt: skip
    for n, turns in ((2_357, 2), (int(100_000 * scale), 1)):
        table = histories(n)
        yield Case(
            "ParetoNBDModel.fit", "pandas", n,
            lambda table=table: ParetoNBDModel(unit="W").fit(table),
            "lifetimes", lambda table=table: lifetimes_pareto(table),
            "at least 4 (stretch 20)" if n > 2_357 else "", turns,
        )  # fmt: skip
    table = histories(int(100_000 * scale))
    yield Case(
        "GammaGammaModel.fit", "pandas", len(table),
        lambda: GammaGammaModel(unit="W").fit(table),
        "lifetimes", lambda: lifetimes_gamma_gamma(table), "at least 5",
    )  # fmt: skip
