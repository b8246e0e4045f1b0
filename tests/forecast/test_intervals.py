"""Intervals: the level words, bounds by kind, coverage counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.forecast.conformal import Errors
from crmlytics.forecast.intervals import check_levels, coverage_table, series_bounds
from crmlytics.forecast.panel_fits import PanelFit


def test_levels_are_named_by_percent():
    assert check_levels((0.8, 0.95, 0.975, 0.29)) == {
        "80": 0.8, "95": 0.95, "97.5": 0.975, "29": 0.29,
    }  # fmt: skip
    assert check_levels([]) == {}


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((80,), r"did you mean 0\.8"),
        ((0.8, 1.0), "levels must be a fraction"),
        (0.95, "in a sequence"),
        ((0.8, 0.8), "must differ"),
        ("80", "levels must be a fraction"),
    ],
)
def test_wrong_levels_are_refused(levels, words):
    with pytest.raises(ValueError, match=words):
        check_levels(levels)


def made_fit(kind, scale, scaled, group):
    n, nothing = len(kind), np.zeros(len(kind), bool)
    return PanelFit(
        kind=np.array(kind), forecast=np.full((n, 2), 100.0), fitted=np.empty((n, 0)),
        refused=nothing, scale=np.array(scale), effects=np.empty((n, 0)),
        weights=np.empty((n, 0)), boosted=nothing, shaped=nothing,
        errors=Errors(np.array(scaled), np.array(group), np.arange(len(scaled))),
    )  # fmt: skip


def test_by_hand():
    # Nine errors of regular series, level 0.6: the eighth largest and smallest.
    scaled = np.repeat(np.array([[-5.0, -3, -1, 0, 1, 2, 4, 6, 9]]).T, 2, axis=1)
    fit = made_fit(["regular", "constant", "single"], [10.0, 0.0, np.nan], scaled, ["regular"] * 9)
    values = np.ones((3, 4))
    bounds = series_bounds(fit, values, np.array([0, 0, 0]), {"60": 0.6})
    assert bounds.low["60"][0].tolist() == [70, 70]
    assert bounds.high["60"][0].tolist() == [160, 160]
    assert bounds.high["60"][1].tolist() == [100, 100], "never seen to change"
    assert np.isnan(bounds.low["60"][2]).all()
    assert bounds.n_residuals.tolist() == [9, 0, 0]
    # Two periods behind, the second step is the fourth: sqrt(4 / 2) of the widest known.
    late = series_bounds(fit, values, np.array([2, 0, 0]), {"60": 0.6})
    np.testing.assert_allclose(late.high["60"][0], 100 + 60 * np.sqrt([1.5, 2.0]))


def test_a_kind_without_errors_leans_on_the_others():
    scaled = np.repeat(np.arange(-4.5, 5)[:, None], 2, axis=1)
    fit = made_fit(["short"], [2.0], scaled, ["regular"] * 10)
    bounds = series_bounds(fit, np.ones((1, 4)), np.array([0]), {"80": 0.8})
    assert bounds.high["80"][0].tolist() == [109.0, 109.0]


def test_coverage_by_hand():
    # Two origins of three errors; 50 %: rank ceil(4 * 0.75) = 3 of the other three, so their
    # range. Inside [-1, 1] lie 0 of (-5, 2, 5); inside [-5, 5] lie all of (-1, 0, 1).
    scaled = np.array([[-1.0], [0], [1], [-5], [2], [5]])
    errors = Errors(scaled, np.full(6, "regular"), np.repeat([1, 2], 3))
    table = coverage_table(errors, {"50": 0.5})
    assert {name: each.tolist() for name, each in table.items() if name in ("ahead", "n")} == {
        "ahead": [1], "n": [6],
    }  # fmt: skip
    assert table["coverage"].tolist() == [0.5]
    # Wilson's interval of 3 of 6.
    np.testing.assert_allclose([table["low"][0], table["high"][0]], [0.188, 0.812], atol=5e-4)
