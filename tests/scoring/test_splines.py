"""Numbers on the scale of their quantiles, bent by cubic splines."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import QuantileTransformer, SplineTransformer

from crmlytics.scoring import _splines

floats = st.floats(-1e9, 1e9)


def test_as_scikit_learn_does_it():
    x = np.round(np.random.default_rng(0).gamma(1.0, 10.0, 3_000))
    cuts = _splines.quantiles(x)
    place = _splines.to_quantile_scale(x, cuts)
    theirs = QuantileTransformer(n_quantiles=200, subsample=None).fit_transform(x[:, None])
    np.testing.assert_allclose(place, theirs[:, 0], atol=1e-12)
    bases = SplineTransformer(n_knots=5).fit(np.linspace(0, 1, 9)[:, None])
    np.testing.assert_allclose(_splines.bases(place), bases.transform(place[:, None]), atol=1e-12)


def test_by_hand():
    # At a knot the four splines are 1/6, 4/6, 1/6, 0 (de Boor).
    found = _splines.bases(np.array([0.0, 0.25, 1.0]))
    np.testing.assert_allclose(found[0], np.array([1, 4, 1, 0, 0, 0, 0]) / 6)
    np.testing.assert_allclose(found[1], np.array([0, 1, 4, 1, 0, 0, 0]) / 6)
    np.testing.assert_allclose(found[2], np.array([0, 0, 0, 0, 1, 4, 1]) / 6, atol=1e-15)


@settings(max_examples=50, deadline=None)
@given(st.lists(floats, min_size=1, max_size=30), st.lists(floats, min_size=7, max_size=7))
def test_the_curve_is_the_sum_of_its_splines(values, heights):
    x, h = np.array(values), np.array(heights)
    place = _splines.to_quantile_scale(x, _splines.quantiles(x))
    assert ((place >= 0) & (place <= 1)).all()
    np.testing.assert_allclose(
        _splines.curve(place, h), _splines.bases(place) @ h, atol=1e-6, rtol=1e-9
    )
    order = np.argsort(x)
    assert (np.diff(place[order]) >= -1e-12).all()
