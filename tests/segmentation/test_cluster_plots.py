"""Plots of clusters take a computed table and an Axes and return the Axes."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmlytics.errors import ColumnNotFoundError
from crmlytics.segmentation import plot_cluster_profiles, plot_stability

STABILITY = pd.DataFrame(
    {
        "k": [2, 3, 4],
        "ari": [0.98, 0.97, 0.6],
        "ari_gaussian_threshold": [0.9, 0.8, 0.7],
        "ari_box_threshold": [0.85, 0.8, 0.75],
        "stable": [True, True, False],
    }
)
PROFILE = pd.DataFrame(
    {
        "cluster": [0, 0, 1, 1],
        "share": [0.6, 0.6, 0.4, 0.4],
        "feature": ["orders", "money"] * 2,
        "centre": [2.0, 31.5, 11.5, 1234.0],
        "z": [-0.7, -0.5, 1.1, 1.9],
    }
)


def test_stability_is_drawn_beside_noise(engine):
    axes = plot_stability(engine.make(STABILITY))
    assert [line.get_label() for line in axes.lines] == [
        "most in Gaussian noise", "most in uniform noise", "these customers",
    ]  # fmt: skip
    assert axes.lines[-1].get_ydata().tolist() == [0.98, 0.97, 0.6]
    stable, not_stable = axes.collections
    assert (len(stable.get_offsets()), len(not_stable.get_offsets())) == (2, 1)
    assert axes.get_ylabel() == "adjusted Rand index of resamples"


def test_a_table_without_judgement_is_refused():
    with pytest.raises(ColumnNotFoundError, match="ari"):
        plot_stability(STABILITY[["k"]])


def test_profiles_are_heat_with_readable_numbers():
    axes = plot_cluster_profiles(PROFILE)
    assert [text.get_text() for text in axes.texts] == ["2.00", "31.5", "11.5", "1,234"]
    assert axes.images[0].get_array().tolist() == [[-0.7, -0.5], [1.1, 1.9]]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0 (60%)", "1 (40%)"]


def test_an_axes_of_ones_own_is_used():
    mine = Figure().subplots()
    assert plot_stability(STABILITY, ax=mine) is mine
    assert plot_cluster_profiles(PROFILE, ax=mine) is mine
