"""ces: complex arithmetic as the slow twin, least errors, stability."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmlytics.forecast._lockstep import block_of
from crmlytics.forecast._prior import Prior
from crmlytics.forecast.complex_smoothing import _first_states, _stable, ces
from tests.forecast.golden_members import SOURCE, published, series


def slow(y, a0, a1, level, potential, horizon):
    """The paper's equation (3) in complex numbers; the future has error 0."""
    alpha, state, means = complex(a0, a1), complex(level, potential), []
    for value in [*y, *[None] * horizon]:
        mean = state.real
        means.append(mean)
        error = 0.0 if value is None or np.isnan(value) else value - mean
        state = alpha * complex(mean + error, error) + (1 - alpha + 1j) * state
    return np.array(means)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6), a0=st.floats(0.9, 1.6), a1=st.floats(0.8, 1.0),
    gaps=st.integers(0, 3),
)  # fmt: skip
def test_the_recursion_and_the_first_states_are_right(seed, a0, a1, gaps):
    rng = np.random.default_rng(seed)
    y = 1 + rng.normal(0, 0.2, 20)
    y[rng.integers(1, 20, gaps)] = np.nan
    level, potential, squares = (
        each[0, 0] for each in _first_states(block_of(y[None]), np.array([[[a0]], [[a1]]]), 0.0)
    )
    means = slow(y, a0, a1, level, potential, 0)
    # The textbook way: regress on what a unit of each first state does to the means.
    design = np.stack([slow(y * 0, a0, a1, 1, 0, 0), slow(y * 0, a0, a1, 0, 1, 0)], axis=1)
    nothing = slow(y, a0, a1, 0, 0, 0)
    seen = np.isfinite(y)
    assume(np.linalg.cond(design[seen]) < 1e6)  # at alpha = 1 + i one state cannot be told
    solution = np.linalg.lstsq(design[seen], (y - nothing)[seen], rcond=None)[0]
    least = (((y - nothing) - design @ solution)[seen] ** 2).sum()
    assert np.isclose(squares, least, rtol=1e-5, atol=1e-9)
    assert np.isclose(((y - means)[seen] ** 2).sum(), squares, rtol=1e-5, atol=1e-9)


def test_the_forecast_goes_on_with_error_nothing():
    y = series(0)
    fit = ces(y, horizon=5, prior=Prior(centre=(1.3, 0.95), sd=(1e-6, 1e-6)))
    a0, a1 = (fit.parameters[k][0] for k in ("alpha_0", "alpha_1"))
    size = np.abs(y).mean()
    columns = _first_states(block_of(y / size), np.array([[[a0]], [[a1]]]), 0.1)
    level, potential = columns[0][0, 0] * size, columns[1][0, 0] * size
    means = slow(y[0], a0, a1, level, potential, 5)
    np.testing.assert_allclose(np.append(fit.fitted, fit.forecast), means, rtol=1e-8)


def test_statsforecast_is_near(golden):
    for number in (1, 2, 4):
        fit = ces(series(number), horizon=6, prior=None)
        theirs = published("ces", number)
        golden(
            f"complex exponential smoothing, series {number}", ours=fit.forecast[0].tolist(),
            published=theirs, source=SOURCE,
            # Theirs starts from fixed states and allows alpha_1 beyond 1.005; ours estimates them.
            tolerance=0.02 * max(theirs),
        )  # fmt: skip


def test_conditions_of_stability_are_those_of_eigenvalues():
    a0, a1 = np.meshgrid(np.linspace(0.1, 2.2, 40), np.linspace(0.1, 1.6, 40))
    for x, y, inside in zip(a0.ravel(), a1.ravel(), _stable(a0, a1).ravel(), strict=True):
        # D = F - g w': how an error fades.
        fades = np.array([[1 - (x - y), -(1 - y)], [1 - (x + y), 1 - x]])
        largest = np.abs(np.linalg.eigvals(fades)).max()
        if abs(largest - 1) > 1e-9:  # on the border itself rounding decides
            assert inside == (largest < 1), (x, y)
