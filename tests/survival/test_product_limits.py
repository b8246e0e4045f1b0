"""The product limit on arrays: statsmodels, weights, groups and quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import DataContractError
from crmlytics.survival import kaplan_meier, product_limit, product_limit_quantile

records = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=30)


def arrays(held):
    return np.array([d for d, _ in held]), np.array([e for _, e in held], bool)


def test_by_hand():
    curve = product_limit(np.array([3, 5, 5, 8]), np.array([True, True, False, False]))
    assert curve.time.tolist() == [0, 3, 5, 8]
    assert curve.at_risk.tolist() == [4, 4, 3, 1]
    assert curve.events.tolist() == [0, 1, 1, 0]
    np.testing.assert_allclose(curve.survival, [1, 0.75, 0.5, 0.5])
    np.testing.assert_allclose(curve.greenwood, [0, 1 / 12, 1 / 4, 1 / 4])
    assert product_limit_quantile(curve, 0.5, n_groups=1).tolist() == [5]
    assert np.isnan(product_limit_quantile(curve, 0.75, n_groups=1)[0])


@settings(max_examples=60, deadline=None)
@given(records)
def test_equals_statsmodels(held):
    from statsmodels.duration.survfunc import SurvfuncRight

    duration, event = arrays(held)
    if not event.any():
        return
    theirs = SurvfuncRight(duration, event.astype(int))
    ours = product_limit(duration, event)
    place = np.searchsorted(ours.time, theirs.surv_times)
    np.testing.assert_allclose(ours.survival[place], theirs.surv_prob, atol=1e-12)
    known = theirs.surv_prob > 0
    error = ours.survival[place] * np.sqrt(np.nan_to_num(ours.greenwood[place]))
    np.testing.assert_allclose(error[known], theirs.surv_prob_se[known], atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(records, min_size=1, max_size=4))
def test_each_group_is_its_own_kaplan_meier_curve(groups):
    parts = [arrays(held) for held in groups]
    together = product_limit(
        np.concatenate([d for d, _ in parts]),
        np.concatenate([e for _, e in parts]),
        group=np.repeat(np.arange(len(parts)), [len(d) for d, _ in parts]),
    )
    medians = product_limit_quantile(together, 0.5, n_groups=len(parts))
    for i, (duration, event) in enumerate(parts):
        rows = together.group == i
        table = kaplan_meier(duration, event)
        np.testing.assert_array_equal(together.survival[rows], table["survival"])
        np.testing.assert_array_equal(together.at_risk[rows], table["at_risk"])
        alone = product_limit_quantile(product_limit(duration, event), 0.5, n_groups=1)
        np.testing.assert_array_equal(medians[i], alone[0])


@settings(max_examples=40, deadline=None)
@given(records, st.data())
def test_whole_weights_are_copies(held, data):
    duration, event = arrays(held)
    times = np.array(data.draw(st.lists(
        st.integers(1, 4), min_size=len(duration), max_size=len(duration)
    )))  # fmt: skip
    copied = product_limit(np.repeat(duration, times), np.repeat(event, times))
    weighted = product_limit(duration, event, weights=times.astype(float))
    np.testing.assert_array_equal(weighted.at_risk, copied.at_risk)
    np.testing.assert_allclose(weighted.survival, copied.survival, atol=1e-14)
    np.testing.assert_allclose(weighted.greenwood, copied.greenwood, rtol=1e-12)


def test_the_last_of_many_weights_takes_the_curve_to_nothing():
    """Summed from the front, rounding would leave a hair of the last case."""
    rng = np.random.default_rng(2)
    weights = np.append(1.0 / rng.integers(1, 1000, 200_000), 1e-4)
    duration = np.append(rng.integers(1, 50, 200_000), 60)
    curve = product_limit(duration, np.ones(200_001, bool), weights=weights)
    assert curve.at_risk[-1] == 1e-4
    assert curve.survival[-1] == 0.0
    assert curve.survival[-2] == pytest.approx(1e-4 / weights.sum(), rel=1e-9)


def test_a_group_without_cases_and_no_cases_at_all():
    curve = product_limit(np.array([2, 3]), np.array([True, True]), group=np.array([0, 2]))
    assert curve.at_risk[curve.group == 1].tolist() == [0]
    np.testing.assert_array_equal(product_limit_quantile(curve, 0.5, n_groups=3), [2, np.nan, 3])
    nobody = product_limit(np.empty(0), np.empty(0, bool))
    assert len(nobody.time) == 0
    assert np.isnan(product_limit_quantile(nobody, 0.5, n_groups=1)[0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"durations": [1.0]}, "durations has 1 values for 2 events"),
        ({"durations": [1.0, -1.0]}, "1 of 2 durations are not finite numbers 0 or more"),
        ({"durations": [1.0, np.inf]}, "1 of 2 durations"),
        ({"weights": [1.0, 0.0]}, "1 of 2 weights are not finite numbers above 0"),
        ({"group": [0, -1]}, "1 of 2 group"),
    ],
)
def test_refusals(wrong, message):
    cases = {"durations": [1.0, 2.0]} | wrong
    options = {name: np.array(values) for name, values in cases.items()}
    with pytest.raises(DataContractError, match=message):
        product_limit(options.pop("durations"), np.array([True, False]), **options)


def test_a_quantile_is_a_share():
    curve = product_limit(np.array([1.0]), np.array([True]))
    with pytest.raises(ValueError, match=r"q must be above 0 and below 1, got 1\.5"):
        product_limit_quantile(curve, 1.5, n_groups=1)
