"""Histories at the edge, tried on every model of repeat purchases: right, or refused in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import (
    BetaGeoBetaBinomialModel,
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    NBDModel,
    ParetoNBDModel,
)
from crmlytics.clv.beta_geo_cnbd import BetaGeoCNBDModel
from crmlytics.clv.modified_beta_geo_cnbd import ModifiedBetaGeoCNBDModel
from crmlytics.customers import compress_summary, purchase_summary
from crmlytics.errors import ConvergenceWarning, DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Example(NamedTuple):
    """A model, and parameters to simulate from."""

    model: type
    params: Mapping[str, float]
    options: Mapping[str, Any] = {}
    #: What the model says where nobody is seen to leave.
    no_dropout: str = "no dropout is visible in these data"

    def fit(self, frame, unit="W"):
        return self.model(unit=unit, **self.options).fit(frame)

    def histories(self, n=400):
        known = self.model.from_params(**self.params, **self.options, unit="W")
        frame = known.simulate(n, T=30, random_state=1)
        names = ("frequency", "recency", "T", "log_gap_sum")
        return frame[[name for name in names if name in frame]]


EXAMPLES = (
    Example(BetaGeoModel, {"r": 0.8, "alpha": 4.0, "a": 0.8, "b": 2.5}),
    Example(ModifiedBetaGeoModel, {"r": 0.9, "alpha": 4.0, "a": 0.8, "b": 2.5}),
    Example(NBDModel, {"r": 0.8, "alpha": 6.0}, no_dropout=""),
    Example(ParetoNBDModel, {"r": 0.8, "alpha": 6.0, "s": 0.7, "beta": 12.0}),
    Example(BetaGeoCNBDModel, {"r": 0.8, "alpha": 4.0, "a": 0.8, "b": 2.5}, {"k": 2}),
    Example(ModifiedBetaGeoCNBDModel, {"r": 0.9, "alpha": 4.0, "a": 0.8, "b": 2.5}, {"k": 2}),
    Example(BetaGeoBetaBinomialModel, {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}),
)
every_model = pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.model.__name__)


def assert_sane(model, frame):
    expected, alive = model.expected_purchases(frame, t=10), model.probability_alive(frame)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert ((alive >= 0) & (alive <= 1)).all()


@every_model
def test_one_customer_tells_no_differences_and_says_so(example):
    frame = example.histories()
    one = frame[(frame["frequency"] > 1) & (frame["frequency"] < frame["recency"])].head(1)
    with pytest.warns(ConvergenceWarning, match="customers do not differ in their"):
        model = example.fit(one)
    assert not model.converged_
    assert_sane(model, one)


@every_model
def test_nobody_came_again(example):
    frame = example.histories()
    none = frame.assign(frequency=0, recency=0.0)
    if "log_gap_sum" in none:
        none["log_gap_sum"] = 0.0
    with pytest.raises(NotEnoughDataError, match="no customer has a repeat purchase; at least 1"):
        example.fit(none)


@every_model
def test_everybody_was_there_at_the_end(example):
    frame = example.histories()
    frame["recency"] = np.where(frame["frequency"] > 0, frame["T"], 0.0)
    frame = frame[frame["frequency"] > 0]
    if not example.no_dropout:
        assert_sane(example.fit(frame), frame)
        return
    with pytest.warns(ConvergenceWarning, match=example.no_dropout):
        model = example.fit(frame)
    assert_sane(model, frame)
    # Who just bought has not left, or (BG/NBD) may have left with that purchase only.
    assert (model.probability_alive(frame) > 0.99).all()
    if example.model in (ModifiedBetaGeoModel, ParetoNBDModel, BetaGeoModel):
        assert model.log_likelihood_ == pytest.approx(
            NBDModel(unit="W").fit(frame).log_likelihood_, abs=0.01
        )


@every_model
@pytest.mark.parametrize(("unit", "per_week"), [("D", 7.0), ("Y", 7 / 365.25)])
def test_times_in_days_or_years_give_the_same_fit(example, unit, per_week):
    weeks = example.histories()
    other = weeks.copy()
    if example.model is not BetaGeoBetaBinomialModel:  # counts opportunities, not time
        other[["recency", "T"]] *= per_week
    else:
        per_week = 1.0
    if "log_gap_sum" in other:
        other["log_gap_sum"] += other["frequency"] * np.log(per_week)
    ours, theirs = example.fit(weeks), example.fit(other, unit)
    assert ours.converged_
    assert theirs.converged_
    for name, power in zip(ours._parameters, ours._scaling, strict=True):
        # What is left is the rounding of the scaled times, along the flattest direction.
        assert theirs.params_[name] == pytest.approx(ours.params_[name] * per_week**power, rel=1e-6)
    np.testing.assert_allclose(
        theirs.probability_alive(other), ours.probability_alive(weeks), rtol=1e-6
    )
    np.testing.assert_allclose(
        theirs.expected_purchases(other, t=10 if per_week == 1 else 10 * per_week),
        ours.expected_purchases(weeks, t=10),
        rtol=1e-6,
    )


@every_model
def test_repeat_purchases_at_age_0_are_refused(example):
    frame = example.histories().assign(recency=0.0)
    n = int((frame["frequency"] > 0).sum())
    words = (
        f"{n} of 400 rows have 'frequency' above 0 but 'recency' 0; purchases at one time are one "
        "purchase: merge those of the same day, as purchase_summary does"
    )
    with pytest.raises(DataContractError, match=re.escape(words)):
        example.fit(frame)


@every_model
def test_compressed_rows_are_all_rows(example):
    frame = example.histories().round({"recency": 0})
    frame["recency"] = np.where(frame["frequency"] > 0, frame["recency"].clip(lower=1), 0.0)
    if example.model is BetaGeoBetaBinomialModel:
        frame["recency"] = frame[["recency", "frequency"]].max(axis=1)
    small = compress_summary(frame, columns=list(frame.columns))
    assert small["weight"].sum() == len(frame)
    model = example.model(unit="W", **example.options).fit(small, sample_weight=small["weight"])
    assert model.params_ == pytest.approx(example.fit(frame).params_, rel=1e-6)


def test_spend_that_is_the_same_for_all_is_refused_in_words():
    frame = pd.DataFrame({"frequency": [2, 1, 4, 0], "monetary_value": [9.5, 9.5, 9.5, None]})
    with pytest.raises(NotEnoughDataError) as caught:
        GammaGammaModel().fit(frame)
    assert str(caught.value) == (
        "all 3 customers with repeat purchases have the same mean spend, 9.5: nothing is to be "
        "estimated, expect that of everyone"
    )


def test_one_customer_tells_nothing_about_spend():
    frame = pd.DataFrame({"frequency": [3], "monetary_value": [20.0]})
    with pytest.raises(
        NotEnoughDataError, match="only 1 customer has repeat purchases; at least 2"
    ):
        GammaGammaModel().fit(frame)


@pytest.mark.data
def test_a_customer_of_free_purchases_only_is_refused_with_the_policy(data_dir):
    path = data_dir / "cdnow" / "CDNOW_master.txt"
    if not path.exists():
        pytest.skip("CDNOW_master.txt is not among the real data sets")
    log = pd.read_csv(path, sep=r"\s+").set_axis(["customer_id", "date", "cds", "amount"], axis=1)
    log["date"] = pd.to_datetime(log["date"].astype(str))
    summary = purchase_summary(
        log, as_of=pd.Timestamp("1997-09-30").date(), unit="W", exact=True, amount_col="amount"
    )
    with pytest.raises(DataContractError) as caught:
        GammaGammaModel(unit="W").fit(summary)
    said = str(caught.value)
    assert said.startswith(
        "1 of 23,570 rows have 'frequency' above 0 but 'monetary_value' 0 or negative"
    )
    assert "summarise with refunds='ignore'" in said
    assert "leave out customers of free purchases only" in said
    paid = summary[~((summary["frequency"] > 0) & (summary["monetary_value"] <= 0))]
    assert GammaGammaModel(unit="W").fit(paid).converged_
