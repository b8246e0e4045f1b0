"""Try whether the models of lifetime value keep their word on customers of planted parameters.

Run ``python benchmarks/clv_simulations.py`` (some minutes a model; ``--models`` names a few,
``--small`` is a quick look). It prints one table, a row per model, with three checks:

pooled chi-square
    20 samples, each with a seed of its own, are fitted. Of each, z² = d' V⁻¹ d, where d is the
    estimate less the truth in the logarithms of the parameters and V the covariance that the fit
    reports. The sum of 20 must lie inside the central 99.9 % of chi-square with 20 degrees per
    parameter: too high, and the errors are too small (or the estimate is biased); too low, and
    they are too big.

PIT
    At the planted parameters, where a customer's future lies in the distribution that the model
    gives for it. Counts are discrete, so the place within the probability of the count itself is
    drawn. Uniform by Kolmogorov and Smirnov (p above 0.001). It is tried at the planted
    parameters since the error of an estimate would be common to all customers, and the test
    takes them for independent.

coverage
    1,000 times over, new customers are drawn (1,000 and more, each with parameters of its own),
    the model is fitted to what they did up to T, and the total of what the same customers do
    afterwards is held against a 90 % interval from 199 simulated futures: between the 10th and
    the 190th of them in order, where the truth lies with probability 180/200 if it is one of
    them. In each future the parameters are drawn anew around the estimate and hold for all
    customers, so the interval has to be right about the error of the parameters, too. The 1,000
    repetitions are independent; their coverage has a standard error of 0.9 points, and must lie
    between 87 % and 93 %.

The customers do not come from the models' own ``simulate`` and ``draw_purchases``. They are drawn
here from the story that the model tells, one purchase, opportunity or renewal at a time, so that
a slip in the formulas cannot hide behind the same slip in the generator.

Contracts have no counts: there the individual future is how many of the next renewals the
customer survives, and the total is the number of survivors of those with a contract. Gamma-Gamma
has no time: the future of a customer is the sum of three further purchases.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, kstest

from crmlytics.clv import (
    BetaDiscreteWeibullModel,
    BetaGeoBetaBinomialModel,
    BetaGeoCNBDModel,
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoCNBDModel,
    ModifiedBetaGeoModel,
    NBDModel,
    ParetoNBDModel,
    ShiftedBetaGeometricModel,
)
from crmlytics.clv._contract_maths import log_survival_from
from crmlytics.errors import ConvergenceWarning

N_DRAWS = 199  # the 10th and the 190th of them hold 90 %
BAND = (0.0005, 0.9995)


@dataclass(frozen=True)
class Sizes:
    """How much of everything is drawn."""

    seeds: int = 20
    fitted: int = 4_000  # customers of each of the 20 samples
    individuals: int = 20_000
    futures: int = 1_000
    group: int = 1_000  # customers of each total


@dataclass(frozen=True)
class Case:
    """A model of repeat purchases, the truth, and how long its customers are watched."""

    model: type
    truth: dict[str, float]
    ahead: int = 15
    ages: tuple[int, int] = (30, 50)
    k: int | None = None
    drawn: int = 1  # so many customers for each of whom the total counts one at least

    def _options(self) -> dict[str, Any]:
        return {} if self.k is None else {"k": self.k}

    def known(self) -> Any:
        """The model at the truth."""
        return self.model.from_params(**self.truth, **self._options(), unit="W")

    def fit(self, frame: pd.DataFrame) -> Any:
        """The model as these customers tell it."""
        return self.model(**self._options(), unit="W").fit(frame)

    def draw(self, rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Histories of new customers, and what each of them does in the time after."""
        T = rng.integers(*self.ages, n, endpoint=True).astype(float)
        if self.model is BetaGeoBetaBinomialModel:
            return _opportunities(rng, self.truth, T, self.ahead)
        return _renewals(rng, self.truth, T, self.ahead, self.k or 1, self.model)

    def places(self, frame: pd.DataFrame, future: np.ndarray, rng: np.random.Generator) -> Any:
        """Where each count lies in its distribution, uniform in its own probability."""
        top = int(future.max())
        p = self.known().purchase_probabilities(frame, t=self.ahead, n_max=top)
        n = np.arange(len(future))
        upto = p.cumsum(axis=1)[n, future]
        return upto - rng.random(len(future)) * p[n, future]

    def totals(self, model: Any, frame: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """The total of all customers in each of the simulated futures."""
        drawn = model.draw_purchases(frame, t=self.ahead, n_draws=N_DRAWS, random_state=rng)
        return drawn.sum(axis=1)

    def actual(self, future: np.ndarray) -> float:
        """The total that came."""
        return float(future.sum())


@dataclass(frozen=True)
class ContractCase(Case):
    """A model of contracts; the future of a customer is the renewals survived."""

    ahead: int = 4
    ages: tuple[int, int] = (4, 9)
    drawn: int = 3  # two of three may have left before

    def draw(self, rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Histories of new customers, and what each of them does in the time after."""
        T = rng.integers(*self.ages, n, endpoint=True)
        risk = rng.beta(self.truth["alpha"], self.truth["beta"], n)
        c = self.truth.get("c", 1.0)
        lived, alive = np.zeros(n, dtype=int), np.ones(n, dtype=bool)
        for i in range(1, int(T.max()) + self.ahead + 1):
            # S(i) / S(i - 1) with S(t) = (1 - risk)^(t^c).
            alive &= rng.random(n) < (1.0 - risk) ** (i**c - (i - 1) ** c)
            lived += alive
        frame = pd.DataFrame({"tenure": np.where(lived < T, lived + 1, T), "churned": lived < T})
        return frame, np.clip(lived - T, -1, self.ahead)

    def places(self, frame: pd.DataFrame, future: np.ndarray, rng: np.random.Generator) -> Any:
        """Where each future lies in the distribution that the model gives for it."""
        kept = ~frame["churned"].to_numpy()
        stayed, future = frame[kept], future[kept]
        known, steps = self.known(), range(self.ahead + 1)
        at_least = np.stack([known.probability_alive(stayed, t=t) for t in steps], axis=1)
        below = 1.0 - np.append(at_least, np.zeros((len(future), 1)), axis=1)
        n = np.arange(len(future))
        low, high = below[n, future], below[n, future + 1]
        return low + rng.random(len(future)) * (high - low)

    def totals(self, model: Any, frame: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """The total of all customers in each of the simulated futures."""
        ages, count = np.unique(frame["tenure"][~frame["churned"]], return_counts=True)
        alpha, beta, c = (*_draws_of_parameters(model, rng), np.ones((N_DRAWS, 1)))[:3]
        alive = np.exp(log_survival_from(alpha, beta, c, ages.astype(float), float(self.ahead)))
        return rng.binomial(count, alive).sum(axis=1)

    def actual(self, future: np.ndarray) -> float:
        """How many survived to the end."""
        return float((future == self.ahead).sum())


@dataclass(frozen=True)
class SpendCase(Case):
    """Gamma-Gamma; the future of a customer is the money of the next `ahead` purchases."""

    ahead: int = 3

    def known(self) -> Any:
        """The model at the truth."""
        return self.model.from_params(**self.truth)

    def fit(self, frame: pd.DataFrame) -> Any:
        """The model as these customers tell it."""
        return self.model().fit(frame)

    def draw(self, rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, np.ndarray]:
        """Histories of new customers, and what each of them does in the time after."""
        p, q, gamma = self.truth.values()
        rate = rng.gamma(q, 1.0 / gamma, n)
        x = rng.geometric(0.3, n) - 1
        buyer = np.repeat(np.arange(n), x)
        paid = np.bincount(buyer, weights=rng.gamma(p, 1.0 / rate[buyer]), minlength=n)
        mean = np.divide(paid, x, out=np.full(n, np.nan), where=x > 0)
        future = rng.gamma(p, 1.0 / rate[:, None], (n, self.ahead)).sum(axis=1)
        return pd.DataFrame({"frequency": x, "monetary_value": mean}), future

    def places(self, frame: pd.DataFrame, future: np.ndarray, rng: np.random.Generator) -> Any:
        """Where each future lies in the distribution that the model gives for it."""
        levels = np.arange(1, 50) / 50
        cuts = self.known().spend_quantiles(frame, purchases=self.ahead, quantiles=levels)
        # Between two quantiles all places are equally likely.
        return ((cuts < future[:, None]).sum(axis=1) + rng.random(len(future))) / 50

    def totals(self, model: Any, frame: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """The total of all customers in each of the simulated futures."""
        drawn = model.draw_spend(frame, purchases=self.ahead, n_draws=N_DRAWS, random_state=rng)
        return drawn.sum(axis=1)


CASES = {
    case.model.__name__: case
    for case in (
        Case(NBDModel, {"r": 0.8, "alpha": 6.0}),
        Case(BetaGeoModel, {"r": 0.8, "alpha": 4.0, "a": 0.8, "b": 2.5}),
        Case(ModifiedBetaGeoModel, {"r": 0.9, "alpha": 4.0, "a": 0.8, "b": 2.5}),
        Case(BetaGeoCNBDModel, {"r": 0.9, "alpha": 2.5, "a": 0.8, "b": 2.5}, k=2),
        Case(ModifiedBetaGeoCNBDModel, {"r": 1.0, "alpha": 1.5, "a": 0.8, "b": 2.5}, k=3),
        Case(ParetoNBDModel, {"r": 0.9, "alpha": 4.0, "s": 0.9, "beta": 15.0}, ages=(40, 70)),
        Case(
            BetaGeoBetaBinomialModel,
            {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8},
            ahead=5, ages=(8, 12),
        ),
        ContractCase(ShiftedBetaGeometricModel, {"alpha": 0.7, "beta": 2.0}),
        ContractCase(BetaDiscreteWeibullModel, {"alpha": 0.7, "beta": 2.0, "c": 1.4}),
        SpendCase(GammaGammaModel, {"p": 6.25, "q": 3.74, "gamma": 15.44}),
    )
}  # fmt: skip


# ------------------------------------------------------------------ the checks


def pooled_chi_square(case: Case, sizes: Sizes) -> tuple[float, float, float]:
    """Sum of the squared z of the truth over samples of different seeds, and its band."""
    truth, total = np.log(list(case.truth.values())), 0.0
    for seed in range(sizes.seeds):
        frame, _ = case.draw(np.random.default_rng([1, seed]), sizes.fitted)
        model = case.fit(frame)
        off = np.log(list(model.params_.values())) - truth
        total += float(off @ np.linalg.solve(_log_covariance(model), off))
    low, high = chi2.ppf(BAND, sizes.seeds * len(truth))
    return total, float(low), float(high)


def uniformity(case: Case, sizes: Sizes) -> float:
    """Kolmogorov and Smirnov's p of the places of individual futures."""
    rng = np.random.default_rng(2)
    frame, future = case.draw(rng, sizes.individuals)
    return float(kstest(case.places(frame, future, rng), "uniform").pvalue)


def coverage(case: Case, sizes: Sizes) -> tuple[float, int]:
    """Share of totals inside their 90 % interval, and how many fits had no maximum inside."""
    held, unfinished = 0, 0
    for i in range(sizes.futures):
        rng = np.random.default_rng([3, i])
        frame, future = case.draw(rng, case.drawn * sizes.group)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is counted
            model = case.fit(frame)
        unfinished += not model.converged_
        totals = np.sort(case.totals(model, frame, rng))
        actual = case.actual(future)
        # Totals are counts, too: a tie at an end holds with probability a half.
        low, high = totals[[9, 189]]
        held += (low < actual < high) + 0.5 * (actual in (low, high))
    return held / sizes.futures, unfinished


def main() -> None:
    """Print a row per model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--small", action="store_true", help="a tenth of the sizes")
    options = parser.parse_args()
    sizes = Sizes(fitted=2_000, individuals=2_000, futures=100) if options.small else Sizes()
    print(f"{'model':28}{'chi-square':>11}{'99.9 % band':>16}{'PIT p':>8}", end="")
    print(f"{'coverage':>10}{'futures':>9}{'no maximum':>12}{'seconds':>9}")
    for name in options.models:
        case, start = CASES[name], time.perf_counter()
        total, low, high = pooled_chi_square(case, sizes)
        p, (held, unfinished) = uniformity(case, sizes), coverage(case, sizes)
        print(f"{name:28}{total:11.1f}{f'{low:.1f}-{high:.1f}':>16}{p:8.3f}", end="")
        print(f"{held:10.1%}{sizes.futures:9,}{unfinished:12,}", end="")
        print(f"{time.perf_counter() - start:9.0f}", flush=True)


# ------------------------------------------------------------------- customers


def _renewals(
    rng: np.random.Generator,
    truth: dict[str, float],
    T: np.ndarray,
    ahead: float,
    k: int,
    model: type,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers who buy after Gamma(k) waits, purchase by purchase, until they stop."""
    n = len(T)
    rate = rng.gamma(truth["r"], 1.0 / truth["alpha"], n)
    end, dropout = T + ahead, np.zeros(n)
    if "s" in truth:  # Pareto/NBD: a lifetime
        dying = rng.gamma(truth["s"], 1.0 / truth["beta"], n)
        end = np.minimum(end, rng.exponential(1.0, n) / np.maximum(dying, 1e-300))
    if "a" in truth:  # BG types: a chance to stop after each purchase
        dropout = rng.beta(truth["a"], truth["b"], n)
    active = np.arange(n)
    if model in (ModifiedBetaGeoModel, ModifiedBetaGeoCNBDModel):
        active = active[rng.random(n) >= dropout]  # already after the first one
    age, last, logs = np.zeros(n), np.zeros(n), np.zeros(n)
    x, future = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    while len(active):
        gap = rng.gamma(k, 1.0, len(active)) / np.maximum(rate[active], 1e-300)
        came = age[active] + gap <= end[active]
        active, gap = active[came], gap[came]
        age[active] += gap
        seen = age[active] <= T[active]
        some = active[seen]
        x[some] += 1
        last[some] = age[some]
        logs[some] += np.log(gap[seen])
        future[active[~seen]] += 1
        active = active[rng.random(len(active)) >= dropout[active]]
    frame = pd.DataFrame({"frequency": x, "recency": last, "T": T, "log_gap_sum": logs})
    return frame, future


def _opportunities(
    rng: np.random.Generator, truth: dict[str, float], T: np.ndarray, ahead: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers who may drop out before each opportunity and else use it or not."""
    n = len(T)
    use = rng.beta(truth["alpha"], truth["beta"], n)
    dropout = rng.beta(truth["gamma"], truth["delta"], n)
    alive = np.ones(n, dtype=bool)
    x, future, last = np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.zeros(n)
    for i in range(1, int(T.max()) + ahead + 1):
        alive &= rng.random(n) >= dropout
        used = alive & (rng.random(n) < use)
        x += used & (i <= T)
        last[used & (i <= T)] = i
        future += used & (i > T) & (i <= T + ahead)
    return pd.DataFrame({"frequency": x, "recency": last, "T": T}), future


def _log_covariance(model: Any) -> np.ndarray:
    values = np.array(list(model.params_.values()))
    return model.covariance_ / np.outer(values, values)


def _draws_of_parameters(model: Any, rng: np.random.Generator) -> list[np.ndarray]:
    covariance = np.nan_to_num(_log_covariance(model))
    logs = rng.multivariate_normal(np.log(list(model.params_.values())), covariance, N_DRAWS)
    return [np.exp(one)[:, None] for one in logs.T]


if __name__ == "__main__":
    main()
