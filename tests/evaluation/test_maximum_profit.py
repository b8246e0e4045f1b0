"""empc: check values, empulse, the integral by hand, laws, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import NotEnoughDataError
from crmlytics.evaluation import empc, profit_curve

Y = [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]
P = [0.91, 0.83, 0.83, 0.62, 0.55, 0.41, 0.41, 0.33, 0.21, 0.12, 0.08, 0.02]
PAGE = "reference page churn_and_leads 11; empulse 0.11.1 and an independent closed form"


def test_twelve_customers(golden):
    found = empc(Y, P)
    golden("EMPC of twelve customers with ties", ours=found.empc, published=15.923661469227673,
           source=PAGE, tolerance=1e-12)  # fmt: skip
    golden("share to contact for it", ours=found.share, published=0.5780658680817135,
           source=PAGE, tolerance=1e-12)  # fmt: skip
    # With the acceptance all but certain it is the maximum profit at that acceptance.
    fixed = empc(Y, P, alpha=0.3e9, beta=0.7e9)
    golden("maximum profit of the twelve at acceptance .3", ours=fixed.empc, published=15.916667,
           source=PAGE, tolerance=1e-6)  # fmt: skip
    golden("its share", ours=fixed.share, published=0.583333, source=PAGE, tolerance=1e-6)


@pytest.mark.parametrize("name", ["score", "rough"])
@pytest.mark.parametrize("terms", [0, 1])
def test_empulse_agrees(scores, score_numbers, golden, name, terms):
    cost = {"value": 120, "offer_cost": 30, "contact_cost": 5, "alpha": 2, "beta": 9}
    found = empc(scores["y"], scores[name], **(cost if terms else {}))
    for what, ours in (("empc", found.empc), ("share", found.share)):
        published = score_numbers.loc[(name, f"{what}_{terms}")]
        golden(
            f"{what} of invented scores ({name}, terms {terms})", ours=ours,
            published=float(published["value"]), tolerance=2e-4,
            source=f"{published['source']}, tests/evaluation/golden/make_scores.py",
        )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=3, max_size=30).filter(
        lambda rows: 0 < sum(y for y, _ in rows) < len(rows)
    )
)
def test_the_closed_form_is_the_integral(rows):
    from scipy.stats import beta

    y, score = zip(*rows, strict=True)
    edges = np.linspace(0, 1, 1_001)
    middle, weight = (edges[1:] + edges[:-1]) / 2, np.diff(beta.cdf(edges, 6, 14))
    ends = [
        profit_curve(y, score, value=200, offer_cost=10, contact_cost=1, acceptance=at)
        ["profit_per_customer"].to_numpy() for at in (0.0, 1.0)
    ]  # fmt: skip
    # Profit is linear in the acceptance, so two curves give all.
    best = np.max(ends[0][:, None] + (ends[1] - ends[0])[:, None] * middle, axis=0)
    assert empc(y, score).empc == pytest.approx(float(best @ weight), rel=1e-3, abs=1e-3)


@given(st.lists(st.tuples(st.booleans(), st.integers(-9, 9)), min_size=2).filter(
    lambda rows: 0 < sum(y for y, _ in rows) < len(rows)))  # fmt: skip
def test_only_the_order_of_the_scores_matters(rows):
    y, score = zip(*rows, strict=True)
    assert empc(y, score) == empc(y, np.exp(np.array(score, float)))


@pytest.mark.data
def test_telco(telco_scores, golden):
    found = empc(*telco_scores)
    golden("Telco, spline logistic: EMPC", ours=found.empc, published=10.328,
           source="reference page churn_and_leads 11, empulse 0.11.1", tolerance=2e-3)  # fmt: skip
    golden("Telco, spline logistic: share to contact", ours=found.share, published=0.515,
           source="reference page churn_and_leads 11, empulse 0.11.1", tolerance=5e-4)  # fmt: skip


def test_refusals():
    with pytest.raises(NotEnoughDataError, match="both outcomes"):
        empc([1, 1], [0.2, 0.3])
    with pytest.raises(ValueError, match="must be below value"):
        empc(Y, P, offer_cost=200)
    with pytest.raises(ValueError, match="contact_cost"):
        empc(Y, P, contact_cost=-1)
