"""Which lead becomes a customer: a score, a tier, a probability, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import batches, checks, frames, intervals, notices
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.leads import _lead_rates as rates
from crmlytics.leads import _tiers as tiers
from crmlytics.scoring import PropensityClassifier, TablePreparation, drift_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_LEVEL = 0.95
_LEAST_TO_LEARN = 10
_REFERENCE_ROWS = 5_000
_ADDED = ("probability", "expected_value", "score", "tier")


class LeadScorer(BaseEstimator):
    """Score leads from 1 to 99, with tiers, reasons, and a word on how far to trust them.

    Parameters
    ----------
    classifier : PropensityClassifier, optional
        The engine. None: one that chooses its model, with `random_state`.
    lead_col : str
        Column that tells leads apart; never a feature.
    known_after : sequence of str
        Columns that are written when or after the outcome is known: conversion date, closing
        note. They are left out.
    ignore : sequence of str
        Columns that are not to be used, such as the day of creation, which only tells when the
        sales force was quick.
    trusted : sequence of str
        Columns that look like leaks and are vouched for.
    group_col : str, optional
        Column whose groups are listed in `group_table_`, and which the score rests on alone where
        there are too few conversions for a model, such as ``"source"``.
    value : float or str
        What a conversion is worth, or the column that says so by lead.
    contact_cost : float
        What working a lead costs, in the unit of `value`.
    tier_shares : pair of float
        Shares of the leads learnt from that tiers A and B hold, by capacity; C holds the others,
        and D those whose expected value is not above 0.
    least_converted : int
        Conversions, and leads that did not convert, needed for a model; below it the score is the
        group's rate drawn towards everybody's.
    shrinkage : float
        How many leads of the average rate a group's rate is mixed with.
    random_state : int, numpy.random.Generator or None
        Seed of the folds.

    Attributes
    ----------
    model_ : str
        ``"logistic"``, ``"boosting"``, ``"scorecard"``; ``"group rates"``; ``"constant"`` where no
        model beats one rate for all: then there is no score and no tier.
    beats_constant_ : bool
        Whether left-out leads are predicted better than by one rate, by two standard errors.
    base_rate_ : tuple of float
        Share converted of the leads learnt from, with its 95 % interval.
    n_leads_, n_converted_, n_unknown_ : int
        Leads learnt from, those of them converted, and leads left out as not known yet.
    tier_table_ : DataFrame
        By tier, of leads unseen by their model: ``n``, ``converted``, ``rate`` with ``low`` and
        ``high``, ``expected`` rate, ``least_probability``.
    group_table_ : DataFrame or None
        By group: ``n``, ``converted``, ``rate``, ``low``, ``high``, ``shrunk_rate``.
    classifier_ : PropensityClassifier or None
        The fitted engine, with its report on leaks and candidates.

    Raises
    ------
    DataContractError
        If a column tells the outcome so well that it must have been filled in afterwards.
    NotEnoughDataError
        If there are fewer than 10 conversions, or 10 leads that did not convert.

    Warns
    -----
    DataQualityWarning
        If there are too few conversions for a model, or no model beats one rate for all.

    Notes
    -----
    Scores are hundredths of the leads learnt from, each scored by a model that had not seen it,
    and stay as they are until the next fit: a lead's score does not change because another batch
    came. Beside it stands the probability, which decides what a lead is worth.

    References
    ----------
    Siddiqi, N. (2006). Credit Risk Scorecards. Wiley.

    Efron, B. and Morris, C. (1975). Data Analysis Using Stein's Estimator and its
    Generalizations. Journal of the American Statistical Association 70, 311-319 (shrinkage).

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_leads
    >>> from crmlytics.leads import LeadScorer, lead_labels
    >>> leads = make_leads(1_200, random_state=0).leads
    >>> labelled = lead_labels(leads, as_of=dt.date(2024, 12, 31), horizon=60, unit="D")
    >>> scorer = LeadScorer(
    ...     known_after=["converted_at", "lost_at", "last_note"], ignore=["created_at"],
    ...     value="expected_amount", contact_cost=100.0, random_state=0,
    ... ).fit(labelled, "converted")
    >>> scorer.model_, scorer.beats_constant_, scorer.n_unknown_
    ('scorecard', True, 183)
    >>> young = labelled[labelled["converted"].isna()]
    >>> list(scorer.score_table(young).columns[-4:])
    ['probability', 'expected_value', 'score', 'tier']
    """

    def __init__(
        self,
        *,
        classifier: Any = None,
        lead_col: str = "lead_id",
        known_after: Sequence[str] = (),
        ignore: Sequence[str] = (),
        trusted: Sequence[str] = (),
        group_col: str | None = None,
        value: float | str = 1.0,
        contact_cost: float = 0.0,
        tier_shares: Sequence[float] = (0.2, 0.3),
        least_converted: int = 50,
        shrinkage: float = 10.0,
        random_state: Any = None,
    ) -> None:
        self.classifier = classifier
        self.lead_col = lead_col
        self.known_after = known_after
        self.ignore = ignore
        self.trusted = trusted
        self.group_col = group_col
        self.value = value
        self.contact_cost = contact_cost
        self.tier_shares = tier_shares
        self.least_converted = least_converted
        self.shrinkage = shrinkage
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from leads whose outcome is known.

        Parameters
        ----------
        X : frame
            One row per lead, of any engine.
        y : array-like or str
            1 converted, 0 not, missing where it is not known yet (these are left out and
            counted); or its column in `X`.

        Returns
        -------
        LeadScorer
            The scorer itself.
        """
        self._check()
        rows, outcome = _read(X, y)
        self._check_columns(_names(rows))
        known = ~np.isnan(outcome)
        rows, outcome = rows[known].reset_index(drop=True), outcome[known]
        self.n_unknown_ = int((~known).sum())
        self.n_leads_, self.n_converted_ = len(outcome), int(outcome.sum())
        fewest = min(self.n_converted_, self.n_leads_ - self.n_converted_)
        if fewest < _LEAST_TO_LEARN:
            raise NotEnoughDataError(
                f"of {self.n_leads_:,} leads with a known outcome {self.n_converted_:,} converted; "
                f"at least {_LEAST_TO_LEARN} that did and {_LEAST_TO_LEARN} that did not are needed"
            )
        low, high = intervals.wilson(self.n_converted_, self.n_leads_, _LEVEL)
        self.base_rate_ = (float(outcome.mean()), float(low), float(high))
        self.group_table_ = None
        if self.group_col is not None:
            self.group_table_ = rates.group_table(
                rows[self.group_col].to_numpy(object), outcome, shrinkage=self.shrinkage,
                level=_LEVEL,
            )  # fmt: skip
        unseen = (
            self._fit_rates(rows, outcome, fewest)
            if fewest < self.least_converted
            else self._fit_model(rows, outcome)
        )
        self._freeze(rows, outcome, unseen)
        return self

    def score_table(self, X: IntoFrameT, *, reasons: int = 0) -> IntoFrameT:
        """Append probability, expected value, score and tier to leads, and reasons if asked.

        Parameters
        ----------
        X : frame
            One row per lead, of any engine. Without reasons it may be larger than memory: Spark,
            polars and DuckDB score it piece by piece.
        reasons : int
            How many reasons to join in a column ``reasons``; 0: none.

        Returns
        -------
        frame
            The kind and the rows of `X` with ``probability`` to convert; ``expected_value``, it
            times the value less the contact cost; ``score`` from 1 (least) to 99; ``tier``. Score
            and tier are null where no model beats one rate for all.

        Raises
        ------
        ColumnNotFoundError
            If a column is not there.
        DataContractError
            If `X` has a column of one of these names already.
        """
        check_is_fitted(self, "model_")
        count = checks.whole_number("reasons", reasons, at_least=0)
        checks.free_names(frames.column_names(X), [*_ADDED, *(["reasons"] if count else [])])
        if count:
            X = self._with_reasons(X, count)
        with_p: Any = X
        if self.model_ == "group rates":
            known, group = self._rates, str(self.group_col)
            with_p = batches.map_batches(
                X, lambda arrays: {"probability": known.of(arrays[group])},
                inputs=[group], outputs={"probability": "float"},
            )  # fmt: skip
        elif self.model_ != "constant":
            with_p = self.classifier_.append_scores(X)
        scored: IntoFrameT = batches.map_batches(
            with_p, self._kernel(), inputs=self._inputs(), outputs=self._outputs()
        )
        return scored

    def reasons(self, X: IntoFrameT, n: int = 3) -> IntoFrameT:
        """Return the strongest reasons of each lead's score, in words.

        Parameters
        ----------
        X : frame
            One row per lead, of any engine.
        n : int
            Most reasons per lead.

        Returns
        -------
        frame
            As `PropensityClassifier.reasons`: the lead, ``rank``, ``column``, ``value``,
            ``contribution`` in log-odds, ``text``.

        Raises
        ------
        NotEnoughDataError
            If there is no model whose score could have reasons.
        """
        check_is_fitted(self, "model_")
        if self.classifier_ is None or self.model_ == "constant":
            raise NotEnoughDataError(
                f"the score is that of the {self.model_}: there is no model to give reasons"
            )
        found: IntoFrameT = self.classifier_.reasons(X, n, key_col=self.lead_col)
        return found

    def drift_table(self, X: Any, y: Any = None, *, alarm: Any = "moderate") -> pd.DataFrame:
        """Compare new leads with those learnt from: columns, score, and outcomes where known.

        Parameters
        ----------
        X : frame
            The new leads, of any engine.
        y : array-like or str, optional
            Their outcomes, missing where not known yet; or the column in `X`.
        alarm : {"moderate", "small", "large", "never"}
            Least verdict that gives a `DriftWarning`.

        Returns
        -------
        DataFrame
            As `crmlytics.scoring.drift_table`.

        Raises
        ------
        ColumnNotFoundError
            If a column is not there.
        """
        check_is_fitted(self, "model_")
        rows, outcome = _read(X, y)
        names = [name for name in _names(self.reference_) if name not in ("probability", "outcome")]
        checks.columns(_names(rows), {f"feature {i}": name for i, name in enumerate(names)})
        current = rows[names].assign(probability=self._probabilities(rows), outcome=outcome)
        labelled = "outcome" if y is not None else None
        table: pd.DataFrame = drift_table(
            self.reference_, current, features=names, score_col="probability", label_col=labelled,
            alarm=alarm,
        )  # fmt: skip
        return table

    def refresh(self, X: Any, y: Any) -> Self:
        """Learn anew from newer leads if they have drifted away from those learnt from.

        Parameters
        ----------
        X : frame
            The leads to learn from in that case, of any engine, old ones included as wanted.
        y : array-like or str
            Their outcomes, missing where not known yet; or the column in `X`.

        Returns
        -------
        LeadScorer
            The scorer itself; its attribute `refreshed_` tells whether it learnt anew.

        Raises
        ------
        NotEnoughDataError
            If it would learn from too few conversions.
        """
        verdicts = set(self.drift_table(X, y, alarm="never")["verdict"])
        self.refreshed_ = bool(verdicts & {"moderate", "large"})
        return self.fit(X, y) if self.refreshed_ else self

    def _check(self) -> None:
        checks.whole_number("least_converted", self.least_converted, at_least=_LEAST_TO_LEARN)
        checks.number("shrinkage", self.shrinkage, at_least=0.0)
        checks.number("contact_cost", self.contact_cost, at_least=0.0)
        if not isinstance(self.value, str):
            checks.number("value", self.value, above=0.0)
        shares = list(self.tier_shares)
        if len(shares) != 2 or not all(0 < one < 1 for one in shares) or sum(shares) > 1:
            raise ValueError(
                "tier_shares must be two fractions, of tier A and tier B, that sum to 1 at most, "
                f"got {self.tier_shares!r}"
            )

    def _check_columns(self, available: list[str]) -> None:
        roles = {"group_col": self.group_col} | {
            f"{parameter}[{i}]": name
            for parameter in ("known_after", "ignore", "trusted")
            for i, name in enumerate(getattr(self, parameter))
        }
        if isinstance(self.value, str):
            roles["value"] = self.value
        checks.columns(available, roles)

    def _fit_rates(
        self, rows: pd.DataFrame, outcome: NDArray[np.float64], fewest: int
    ) -> NDArray[np.float64]:
        """Too few for a model: the shrunk rate of the group, if there are groups that differ."""
        self.classifier_: Any = None
        told = (
            f"only {fewest:,} leads of the rarer outcome are known, {self.least_converted:,} are "
            "needed for a model"
        )
        if self.group_col is None:
            notices.warn(f"{told}; everybody gets the same rate, and no tier. Name a group_col, or "
                         "wait", DataQualityWarning)  # fmt: skip
            self.model_, self.beats_constant_ = "constant", False
            return np.full(len(outcome), outcome.mean())
        groups = rows[self.group_col].to_numpy(object)
        self.beats_constant_ = rates.beats_constant(groups, outcome, self.shrinkage)
        self.model_ = "group rates" if self.beats_constant_ else "constant"
        ending = "" if self.beats_constant_ else ", which tells no more than one rate for all"
        notices.warn(f"{told}; the score is the rate by {self.group_col!r}{ending}",
                     DataQualityWarning)  # fmt: skip
        table = self.group_table_
        assert table is not None  # noqa: S101 (made in fit, as there is a group_col)
        known = dict(zip(table["group"], table["shrunk_rate"], strict=True))
        self._rates = rates.GroupRates(known, float(outcome.mean()))
        return self._rates.of(groups)

    def _fit_model(self, rows: pd.DataFrame, outcome: NDArray[np.float64]) -> NDArray[np.float64]:
        engine = PropensityClassifier() if self.classifier is None else clone(self.classifier)
        if self.classifier is None:
            engine.set_params(random_state=self.random_state)
        given = engine.preparation
        options = {} if given is None else given.get_params()
        for name in ("known_after", "ignore", "trusted"):
            options[name] = [*options.get(name, ()), *getattr(self, name)]
        if self.lead_col in rows:
            options["ignore"] = [*options["ignore"], self.lead_col]
        engine.set_params(preparation=TablePreparation(**options))
        self.classifier_ = engine.fit(rows, outcome.astype(np.int64))
        self._refuse_leaks()
        self.beats_constant_ = bool(engine.beats_constant_)
        self.model_ = str(engine.model_) if self.beats_constant_ else "constant"
        tested = engine.out_of_fold_
        unseen: NDArray[np.float64] = np.asarray(engine.predict_proba(rows))[:, 1].copy()
        unseen[tested["row"].to_numpy()] = tested["probability"].to_numpy()
        return unseen

    def _refuse_leaks(self) -> None:
        report = self.classifier_.preparation_.leak_report_
        dropped = {*self.known_after, *self.trusted}
        alarms = [
            str(name)
            for name in report.loc[report["ground"] == "statistics", "column"].unique()
            if name not in dropped
        ]
        if alarms:
            raise DataContractError(
                f"some columns ({len(alarms)}) tell the outcome so well that they may have been "
                f"filled in after it, such as {alarms[0]!r}; name them in known_after, or in "
                "trusted if they are known when a lead is scored"
            )

    def _freeze(
        self, rows: pd.DataFrame, outcome: NDArray[np.float64], unseen: NDArray[np.float64]
    ) -> None:
        """Keep what scores mean, and a sample of the leads to compare later ones with."""
        if self.model_ == "constant":
            unseen = np.full(len(outcome), self.base_rate_[0])
        self._cuts = tiers.cuts(unseen, self.tier_shares)
        value = self._expected(unseen, _values(rows, self.value))
        tier = self._cuts.tier(unseen, value)
        if self.model_ == "constant":
            tier = np.full(len(tier), None, dtype=object)
        self.tier_table_ = tiers.tier_table(tier, outcome, unseen, _LEVEL)
        left_out = {self.lead_col, *self.known_after, *self.ignore}
        if self.classifier_ is not None:
            left_out |= set(self.classifier_.preparation_.dropped_)
        names = [name for name in rows if name not in left_out]
        kept = rows[names].assign(probability=unseen, outcome=outcome)
        rng = np.random.default_rng(0)  # a fixed lot: the same fit keeps the same leads
        at = np.arange(len(kept))
        if len(at) > _REFERENCE_ROWS:
            at = np.sort(rng.choice(len(at), _REFERENCE_ROWS, replace=False))
        self.reference_ = kept.iloc[at].reset_index(drop=True)

    def _expected(self, p: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
        return p * value - self.contact_cost

    def _probabilities(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        if self.model_ == "constant":
            return np.full(len(rows), self.base_rate_[0])
        if self.model_ == "group rates":
            return self._rates.of(rows[self.group_col].to_numpy(object))
        p: NDArray[np.float64] = np.asarray(self.classifier_.predict_proba(rows))[:, 1]
        return p

    def _inputs(self) -> list[str]:
        of_value = [self.value] if isinstance(self.value, str) else []
        names = of_value if self.model_ == "constant" else ["probability", *of_value]
        return names or [self.lead_col]

    def _outputs(self) -> dict[str, Any]:
        kinds: dict[str, Any] = {"expected_value": "float"}
        if self.model_ == "constant":
            return {"probability": "float"} | kinds | {"score": "float", "tier": "text"}
        return kinds | {"score": "int", "tier": "text"}

    def _kernel(self) -> Any:
        """From probability and value to score and tier; small enough to be sent to executors."""
        constant, rate, cut = self.model_ == "constant", self.base_rate_[0], self._cuts
        value, cost, inputs = self.value, self.contact_cost, self._inputs()

        def run(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
            n = len(arrays[inputs[0]])
            worth = np.asarray(
                arrays[value] if isinstance(value, str) else np.full(n, value), float
            )
            p = np.full(n, rate) if constant else arrays["probability"].astype(np.float64)
            expected = p * worth - cost
            if constant:
                nothing = np.full(n, None, dtype=object)
                return {"probability": p, "expected_value": expected,
                        "score": np.full(n, np.nan), "tier": nothing}  # fmt: skip
            return {
                "expected_value": expected,
                "score": cut.score(p),
                "tier": cut.tier(p, expected),
            }

        return run

    def _with_reasons(self, X: IntoFrameT, n: int) -> IntoFrameT:
        held = frames.collect(frames.lazy(X))
        joined: list[list[str]] = [[] for _ in range(len(held))]
        if self.classifier_ is not None and self.model_ != "constant":
            found = frames.lazy(self.classifier_.reasons(held.to_native(), n))
            words = frames.arrays(frames.collect(found.select("row", "text")))
            for row, text in zip(words["row"], words["text"], strict=True):
                joined[int(row)].append(str(text))
        column = np.array(["; ".join(one) or None for one in joined], dtype=object)
        return frames.same_kind(frames.with_arrays(held, {"reasons": column}, like=X), like=X)


def _read(X: Any, y: Any) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Rows in pandas without the outcome, and the outcome as 0, 1 or NaN."""
    if frames.kind_of(X) == "pandas":
        rows = X.reset_index(drop=True)
    else:
        rows = frames.to_pandas(frames.lazy(X))
    if y is None:
        return rows, np.full(len(rows), np.nan)
    if isinstance(y, str):
        checks.columns(_names(rows), {"y": y})
        values, rows = rows[y], rows.drop(columns=[y])
    else:
        values = pd.Series(np.asarray(y))
    if len(values) != len(rows):
        raise ValueError(f"y has {len(values):,} values for {len(rows):,} leads")
    outcome = pd.to_numeric(values.astype(object), errors="coerce")
    numbers: NDArray[np.float64] = outcome.to_numpy(np.float64, na_value=np.nan)
    bad = values.isna().to_numpy() != np.isnan(numbers)
    if wrong := int((bad | ~(np.isnan(numbers) | np.isin(numbers, (0.0, 1.0)))).sum()):
        raise DataContractError(
            f"{wrong:,} of {len(numbers):,} outcomes are not 0, 1 or missing, as lead_labels "
            "makes them"
        )
    return rows, numbers


def _names(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows]


def _values(rows: pd.DataFrame, value: float | str) -> NDArray[np.float64]:
    if not isinstance(value, str):
        return np.full(len(rows), float(value))
    found: NDArray[np.float64] = pd.to_numeric(rows[value]).to_numpy(np.float64, na_value=np.nan)
    return found
