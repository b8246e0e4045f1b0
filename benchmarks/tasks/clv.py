"""Fits and predictions of the lifetime value models, on the same arrays as the rivals.

Beside each ratio stands the log-likelihood that either side reached, both computed by our
`log_likelihood` on the same rows; a row whose rival reached more fails.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from rivals import Rival, call, save

from crmlytics.clv import BetaGeoModel, GammaGammaModel, ParetoNBDModel
from crmlytics.customers import compress_summary
from tasks.cases import Case, DisagreementError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
_SMALL = 2_357  # customers, as in CDNOW

#: Optimisers stop at about 1e-9 of the value; less than this is no better fit (in log units).
_SAME = 0.005

CLVKIT = Rival("clvkit", ("clvkit",))
PYMC = Rival("pymc-marketing", ("pymc-marketing",))

#: Of each kind: our model, lifetimes' fitter, its columns, and our name of each parameter.
_KINDS = {
    "beta_geo": (BetaGeoModel, "BetaGeoFitter", ("frequency", "recency", "T"), {}),
    "pareto_nbd": (ParetoNBDModel, "ParetoNBDFitter", ("frequency", "recency", "T"), {}),
    "gamma_gamma": (
        GammaGammaModel, "GammaGammaFitter", ("frequency", "monetary_value"), {"v": "gamma"},
    ),
}  # fmt: skip


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


def ours(kind: str, table: pd.DataFrame, weights=None) -> dict[str, float]:
    return _KINDS[kind][0](unit="W").fit(table, sample_weight=weights).params_


def lifetimes(kind: str, table: pd.DataFrame, weights=None) -> dict[str, float]:
    import lifetimes

    _, fitter, columns, names = _KINDS[kind]
    rows = table[table["frequency"] > 0] if kind == "gamma_gamma" else table
    fitted = getattr(lifetimes, fitter)().fit(*(rows[c] for c in columns), weights=weights)
    return {names.get(name, name): float(value) for name, value in fitted.params_.items()}


def same_optimum(kind: str, table: pd.DataFrame, weights=None) -> Callable[[dict, dict], str]:
    """Compare what both sides reached by one measure, ours."""

    def log_likelihood(parameters: dict[str, float]) -> float:
        each = _KINDS[kind][0].from_params(**parameters, unit="W").log_likelihood(table)
        return float(np.sum(each if weights is None else each * np.asarray(weights)))

    def check(own: dict, other: dict | None) -> str:
        reached = log_likelihood(own)
        if other is None:
            return f"log-likelihood {reached:,.3f}"
        theirs = log_likelihood(other)
        both = f"log-likelihood {reached:,.3f}, rival {theirs:,.3f}"
        if not reached >= theirs - _SAME:
            raise DisagreementError(f"ours is the worse optimum: {both}")
        return both

    return check


def fits(kind: str, n: int, turns: int, target: str = "", **also: str):
    """Rows of one model at one size: against lifetimes, and against the rivals in `also`."""
    table = histories(n)
    task, check = f"{_KINDS[kind][0].__name__}.fit", same_optimum(kind, table)
    yield Case(
        task, "pandas", n, lambda: ours(kind, table),
        "lifetimes", lambda: lifetimes(kind, table), target, turns, check,
    )  # fmt: skip
    arrays = save({name: table[name].to_numpy() for name in table})
    for function, name in also.items():
        rival = {"clvkit": CLVKIT, "pymc_map": PYMC}[function]
        yield Case(
            task, "pandas", n, lambda: ours(kind, table), name,
            lambda function=function, rival=rival: call(
                rival, f"clv:{function}", arrays, model=kind, repeat=turns
            ),
            "", 1, check,
        )  # fmt: skip


def cases(scale: float):
    medium, large = int(100_000 * scale), int(1_000_000 * scale)
    both = {"clvkit": "clvkit", "pymc_map": "pymc-marketing MAP, flat priors"}
    bayes = {"pymc_map": both["pymc_map"]}
    yield from fits("beta_geo", _SMALL, 3, **both)
    yield from fits("beta_geo", medium, 2, "at least 6 (stretch 10)", **both)
    yield from fits("beta_geo", large, 1, "at least 15", **both)
    table = histories(large)
    small = compress_summary(table)
    yield Case(
        "BetaGeoModel.fit, rows compressed for both", "pandas", len(small),
        lambda: ours("beta_geo", small, small["weight"]), "lifetimes with weights",
        lambda: lifetimes("beta_geo", small, small["weight"]), "", 1,
        same_optimum("beta_geo", small, small["weight"]),
    )  # fmt: skip
    yield from predictions(table)
    yield from fits("pareto_nbd", _SMALL, 2, **bayes)
    yield from fits("pareto_nbd", medium, 1, "at least 4 (stretch 20)", **bayes)
    yield from fits("gamma_gamma", medium, 3, "at least 5", **both)


def predictions(table: pd.DataFrame):
    """Expected purchases under the same parameters."""
    from lifetimes import BetaGeoFitter

    few = histories(_SMALL)
    theirs = BetaGeoFitter().fit(few["frequency"], few["recency"], few["T"])
    model = BetaGeoModel.from_params(**theirs.params_.to_dict(), unit="W")
    columns = [table[name] for name in ("frequency", "recency", "T")]

    def check(own, other) -> str:
        apart = float(np.max(np.abs(np.asarray(own) - np.asarray(other))))
        if apart > 1e-6:
            raise DisagreementError(f"predictions differ by up to {apart:.1e} purchases")
        return f"largest difference {apart:.0e} purchases"

    yield Case(
        "BetaGeoModel.expected_purchases", "pandas", len(table),
        lambda: model.expected_purchases(table, t=39.0), "lifetimes",
        lambda: theirs.conditional_expected_number_of_purchases_up_to_time(39.0, *columns),
        check=check,
    )  # fmt: skip
