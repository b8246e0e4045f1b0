"""BG/CNBD-k and MBG/CNBD-k as models: they differ in one number, `_first`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import clone

from crmlytics._core import checks
from crmlytics.clv import _cnbd_counts as counts
from crmlytics.clv import _cnbd_discounting as discounting
from crmlytics.clv import _cnbd_draws as draws
from crmlytics.clv import _cnbd_maths as maths
from crmlytics.clv._purchase_counts import expected_ever
from crmlytics.clv._rows import distinct_key, per_distinct, read_columns
from crmlytics.clv._transactions import TransactionModel
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

#: The values of k among which ``k="auto"`` chooses.
_CANDIDATES = range(1, 13)

#: The mean logarithm of the gaps is below that of their mean; so much may be lost by rounding.
_SLACK = 0.5


class CNBDBase(TransactionModel):
    """Gamma rates of hidden events, every k-th a purchase; beta dropout after each purchase."""

    #: 1 where a customer can drop out right after the first purchase.
    _first: ClassVar[int] = 0

    _parameters = ("r", "alpha", "a", "b")
    _scaling = (0, 1, 0, 0)
    _sides: ClassVar[Mapping[str, tuple[tuple[str, int, str], ...]]] = {
        "purchase": (("alpha", -1, "purchase"),),
        "dropout": (("a", 1, "dropout_a"), ("b", 1, "dropout_b")),
    }
    _limits: ClassVar[Mapping[Sequence[str], str]] = {
        ("a low", "b high"): "no dropout is visible in these data: a → 0",
        ("a low", "b low"): (
            "customers either drop out at once or never (a → 0, b → 0 at a fixed ratio)"
        ),
        ("a low",): "no dropout is visible in these data: a → 0",
        ("b high",): "no dropout is visible in these data: b → ∞",
        ("a high", "b high"): (
            "customers do not differ in their dropout probability: a, b → ∞ at a fixed ratio"
        ),
        ("a high",): "every customer drops out at the first occasion: a → ∞",
        ("b low",): "every customer drops out at the first occasion: b → 0",
        ("r high", "alpha high"): (
            "customers do not differ in their purchase rate: r, alpha → ∞ at a fixed ratio"
        ),
        ("r high",): "customers do not differ in their purchase rate: r → ∞",
        ("alpha high",): "customers do not differ in their purchase rate: alpha → ∞",
        ("r low", "alpha low"): "a few customers make all repeat purchases: r, alpha → 0",
        ("r low",): "a few customers make all repeat purchases: r → 0",
    }

    k_: int
    k_table_: pd.DataFrame

    def __init__(
        self,
        k: int | Literal["auto"] = "auto",
        *,
        unit: str,
        covariates_purchase: Sequence[str] = (),
        covariates_dropout: Sequence[str] = (),
        penalty: float = 0.0,
        frequency_col: str = "frequency",
        recency_col: str = "recency",
        T_col: str = "T",
        log_gap_sum_col: str = "log_gap_sum",
    ) -> None:
        self.k = k
        self.unit = unit
        self.covariates_purchase = covariates_purchase
        self.covariates_dropout = covariates_dropout
        self.penalty = penalty
        self.frequency_col = frequency_col
        self.recency_col = recency_col
        self.T_col = T_col
        self.log_gap_sum_col = log_gap_sum_col

    @classmethod
    def from_params(
        cls,
        *,
        k: int,
        r: float,
        alpha: float,
        a: float,
        b: float,
        unit: str,
        coefficients: Mapping[str, float] | None = None,
        covariance: ArrayLike | None = None,
        **options: Any,
    ) -> Self:
        """Return a fitted model of known parameters.

        Parameters
        ----------
        k : int
            Shape of the times between purchases.
        r, alpha, a, b : float
            Parameters, `alpha` in `unit`.
        unit : {"D", "W", "M", "Q", "Y"}
            Unit of time.
        coefficients : mapping from str to float, optional
            Coefficients of covariates by the names in ``params_``, such as ``"purchase[age]"``.
        covariance : array-like, optional
            Covariance of all parameters in the order of ``params_``; without it the parameters
            are taken as known exactly.
        **options
            Other options of the constructor.

        Returns
        -------
        model
            Ready to predict.
        """
        shape = checks.whole_number("k", k, at_least=1)
        model = cls._from_params(
            {"r": r, "alpha": alpha, "a": a, "b": b},
            coefficients=coefficients,
            covariance=covariance,
            k=shape,
            unit=unit,
            **options,
        )
        model.k_ = shape
        model.k_table_ = model._table_of_k()  # noqa: SLF001 (one of our own kind)
        return model

    @classmethod
    def from_json(cls, source: str | Path) -> Self:
        """Read a model that `to_json` saved.

        Parameters
        ----------
        source : str or Path
            The JSON text, or the path of its file.

        Returns
        -------
        model
            Fitted as it was saved.

        Raises
        ------
        DataContractError
            If the JSON is damaged, of another schema or of another model's.
        UnreadableFileError
            If there is no such file.
        """
        model = super().from_json(source)
        model.k_table_ = pd.DataFrame(model.k_table_)
        return model

    # ---------------------------------------------------------------- reading

    def _check_options(self) -> None:
        super()._check_options()
        if isinstance(self.k, str):
            checks.word("k", self.k, ["auto"])
        else:
            checks.whole_number("k", self.k, at_least=1)

    def _read_whole(self, X: object) -> Rows:
        """Only the likelihood needs the gaps; predictions do without them."""
        gaps = {"log_gap_sum_col": self.log_gap_sum_col}
        columns = self._columns() | gaps
        own = ("frequency_col", "recency_col", "T_col", "log_gap_sum_col")
        checks.distinct_columns({name: columns[name] for name in own})
        arrays = read_columns(X, columns)
        rows = self._rows(arrays)
        logs = arrays[self.log_gap_sum_col]
        _check_gaps(rows, logs, (self.log_gap_sum_col, self.recency_col, self.frequency_col))
        return rows | {"log_gap_sum": logs}

    def _rescaled(self, rows: Rows, scale: float) -> Rows:
        logs = rows["log_gap_sum"] - rows["x"] * np.log(scale)
        return super()._rescaled(rows, scale) | {"log_gap_sum": logs}

    # ------------------------------------------------------------------- fit

    def _learn(self, rows: Rows, weights: Floats) -> None:
        """Fit each k; keep the likeliest, the least of them if several are."""
        rows, weights = _with_mean_gaps(rows, weights)
        if self.k != "auto":
            self.k_ = int(self.k)
            super()._learn(rows, weights)
            self.k_table_ = self._table_of_k()
            return
        trials = []
        for k in _CANDIDATES:
            trial = clone(self).set_params(k=k)
            trial._learn(rows, weights)  # noqa: SLF001 (one of our own kind)
            trials.append(trial)
        best = max(trials, key=lambda trial: trial.log_likelihood_)
        learnt = {name: value for name, value in vars(best).items() if name.endswith("_")}
        for name, value in learnt.items():
            setattr(self, name, value)
        self.k_table_ = pd.concat([trial.k_table_ for trial in trials], ignore_index=True)

    def _table_of_k(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "k": [self.k_],
                "log_likelihood": [self.log_likelihood_],
                "converged": [self.converged_],
            }
        )

    def _n_estimated(self) -> int:
        return len(self.params_) + (self.k == "auto")

    def _extra(self) -> dict[str, Any]:
        return {"k_": self.k_, "k_table_": self.k_table_.to_dict("list")}

    # ------------------------------------------------------------------ hooks

    def _value_and_slopes(self, parameters: tuple[Any, ...], rows: Rows) -> tuple[Floats, Floats]:
        value, slopes = maths.value_and_slopes(
            parameters, rows["x"], rows["t_x"], rows["T"], k=self.k_, first=self._first
        )
        return value + (self.k_ - 1.0) * rows["log_gap_sum"], slopes

    def _starts(self, rows: Rows, weights: Floats) -> list[Sequence[float]]:
        """Rates by moments; then few and many dropouts, even and uneven rates."""
        x, T = rows["x"], rows["T"]
        rate = self.k_ * float(x @ weights / max(float(T @ weights), 1e-9))
        mean = float(np.average(x, weights=weights))
        spread = float(np.average((x - mean) ** 2, weights=weights))
        r = float(np.clip(mean * mean / max(spread - mean / self.k_, 0.05 * mean), 0.1, 10.0))
        return [
            (r, r / (1.5 * rate), 0.7, 2.5),
            (r, r / rate, 0.1, 2.0),
            (1.0, 1.0 / (3.0 * rate), 1.0, 1.5),
        ]

    def _log_odds_gone(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return maths.log_odds_gone(
            parameters, rows["x"], rows["t_x"], rows["T"], k=self.k_, first=self._first
        )

    def _alive_now(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        return np.asarray(expit(-self._log_odds_gone(parameters, rows)))

    def _after(self, parameters: tuple[Any, ...], x: Floats, t_x: Floats, T: Floats) -> Any:
        """What `_cnbd_counts` needs of a customer alive after x repeat purchases in T."""
        r, alpha, a, b = parameters
        return r + self.k_ * x, alpha + T, T - t_x, a, b + x + self._first

    def _given_alive(self, compute: Any, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Any:
        """``compute(t, r, alpha, silence, a, b)`` after each history; equal ones once."""
        history = rows["x"], rows["t_x"], rows["T"]
        if all(np.ndim(one) == 0 for one in parameters):
            return per_distinct(
                lambda x, t_x, T, t: compute(t, *self._after(parameters, x, t_x, T), k=self.k_),
                *history,
                np.asarray(t),
            )
        return compute(t, *self._after(parameters, *history), k=self.k_)

    def _expected(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        count = self._given_alive(counts.expected_count, parameters, rows, t)
        return np.asarray(self._alive_now(parameters, rows) * count)

    def _alive(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        later = self._given_alive(counts.still_alive, parameters, rows, t)
        return np.asarray(self._alive_now(parameters, rows) * later)

    def _no_purchase(self, parameters: tuple[Any, ...], rows: Rows, t: Floats) -> Floats:
        r, alpha, silence, _, _ = self._after(parameters, rows["x"], rows["t_x"], rows["T"])
        return counts.no_purchase(t, r, alpha, silence, k=self.k_)

    def _probabilities(
        self, parameters: tuple[Any, ...], rows: Rows, t: Floats, n: Floats
    ) -> Floats:
        r, alpha, silence, a, b = self._after(parameters, rows["x"], rows["t_x"], rows["T"])
        found = counts.count_probabilities(t, r, alpha, silence, a, b, n, k=self.k_)
        # Who has dropped out buys nothing; 1 - alive without cancellation.
        gone = expit(self._log_odds_gone(parameters, rows))
        return np.asarray(self._alive_now(parameters, rows) * found + np.where(n == 0, gone, 0.0))

    def _expected_ever(self, parameters: tuple[Any, ...], rows: Rows) -> Floats:
        *_, a, b = self._after(parameters, rows["x"], rows["t_x"], rows["T"])
        return np.asarray(self._alive_now(parameters, rows) * expected_ever(a, b))

    def _discounted(
        self, parameters: tuple[Any, ...], rows: Rows, rate: float, horizon: float | None
    ) -> Floats:
        ahead = np.full(len(rows["x"]), horizon or 0.0)
        if rate == 0.0:
            return self._expected(parameters, rows, ahead)
        # After a time that discounts by e^-45, nothing is worth anything.
        end = None if horizon is None or rate * horizon > 45.0 else horizon

        def compute(_: Floats, *after: Floats, k: int) -> Floats:
            if end is None:
                return discounting.for_ever(rate, *after, k=k)
            return discounting.up_to(
                end, lambda u: counts.expected_count(u, *after, k=k),
                r=after[0], alpha=after[1], rate=rate, k=k,
            )  # fmt: skip

        found = self._given_alive(compute, parameters, rows, ahead)
        return np.asarray(self._alive_now(parameters, rows) * found)

    def _draw_future(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, t: Floats
    ) -> Floats:
        return draws.futures(rng, parameters, rows, t, k=self.k_, first=self._first)

    def _draw_path(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], rows: Rows, times: Floats
    ) -> Floats:
        return draws.paths(rng, parameters, rows, times, k=self.k_, first=self._first)

    def _draw_histories(
        self, rng: np.random.Generator, parameters: tuple[Any, ...], T: Floats
    ) -> dict[str, NDArray[Any]]:
        drawn = draws.histories(rng, parameters, T, k=self.k_, first=self._first)
        names = {"x": self.frequency_col, "t_x": self.recency_col, "T": self.T_col,
                 "log_gap_sum": self.log_gap_sum_col}  # fmt: skip
        return {names.get(name, name): values for name, values in drawn.items()}


def _with_mean_gaps(rows: Rows, weights: Floats) -> tuple[Rows, Floats]:
    """Rows distinct but for the sum of log gaps, of which only the mean matters: it is linear."""
    key = distinct_key([values for name, values in rows.items() if name != "log_gap_sum"])
    if key is None:
        return rows, weights
    codes, first = key
    total = np.bincount(codes, weights=weights, minlength=len(first)).astype(np.float64)
    logs = np.bincount(codes, weights=weights * rows["log_gap_sum"], minlength=len(first))
    merged = {name: values[first] for name, values in rows.items()}
    return merged | {"log_gap_sum": logs / total}, total


def _check_gaps(rows: Rows, logs: Floats, names: tuple[str, str, str]) -> None:
    """Refuse sums of logarithms that no gaps between x + 1 purchases up to t_x have."""
    gaps, recency, frequency = (repr(name) for name in names)
    x, t_x = rows["x"], rows["t_x"]
    if n := int(((x == 0) & (logs != 0)).sum()):
        raise DataContractError(
            f"{n:,} of {len(x):,} rows have {frequency} 0 but {gaps} not 0; without a repeat "
            "purchase there is no gap"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(x > 0, x * (np.log(t_x / x) + _SLACK), 0.0)
    if n := int((logs > most).sum()):
        raise DataContractError(
            f"{n:,} of {len(x):,} rows have a {gaps} that is too great for {recency}: gaps that "
            "add up to it have at most x ln(recency / x); both must be in the same unit"
        )
