"""Pictures of clusters: how stable their number is, and what each is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core.axes import BLUE, GREY, ORANGE, axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STRONG = 2.0  # standard deviations at which the colour is full


def plot_stability(table: object, *, ax: Axes | None = None) -> Axes:
    """Draw how stable each number of clusters is, beside what noise reaches.

    Parameters
    ----------
    table : frame
        `stability_` of a fitted `CustomerClusters` whose stability was judged.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Adjusted Rand index by number of clusters; full points are stable.

    Raises
    ------
    ColumnNotFoundError
        If the stability was not judged (``n_bootstraps=0``).
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_stability
    >>> table = pd.DataFrame({
    ...     "k": [2, 3], "ari": [0.98, 0.7], "min_jaccard": [0.97, 0.6],
    ...     "ari_gaussian_threshold": [0.9, 0.8], "ari_box_threshold": [0.85, 0.8],
    ...     "stable": [True, False],
    ... })
    >>> plot_stability(table).get_xlabel()
    'number of clusters'
    """
    needed = ("k", "ari", "ari_gaussian_threshold", "ari_box_threshold", "stable")
    k, ari, gaussian, box, stable = table_columns(table, needed).values()
    axes: Axes = axes_or_new(ax, height=3.2)
    axes.plot(k, gaussian, color=ORANGE, linestyle="--", label="most in Gaussian noise")
    axes.plot(k, box, color=GREY, linestyle=":", label="most in uniform noise")
    axes.plot(k, ari, color=BLUE, label="these customers")
    full = stable.astype(bool)
    axes.scatter(k[full], ari[full], color=BLUE, zorder=3)
    axes.scatter(k[~full], ari[~full], facecolor="white", edgecolor=BLUE, zorder=3)
    axes.set_xticks(k)
    axes.set_ylim(0, 1.03)
    dress(axes, x="number of clusters", y="adjusted Rand index of resamples", legend="lower left")
    return axes


def plot_cluster_profiles(table: object, *, ax: Axes | None = None) -> Axes:
    """Draw the centre of each cluster as a map of heat, with values in readable units.

    Parameters
    ----------
    table : frame
        `profile_` of a fitted `CustomerClusters`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        One row per cluster, one column per feature: the colour is the distance from the average
        customer in standard deviations, the number the centre in the feature's own unit.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import plot_cluster_profiles
    >>> table = pd.DataFrame({
    ...     "cluster": [0, 1], "n": [60, 40], "share": [0.6, 0.4], "feature": ["orders"] * 2,
    ...     "centre": [2.0, 11.5], "z": [-0.7, 1.1],
    ... })
    >>> [text.get_text() for text in plot_cluster_profiles(table).texts]
    ['2.00', '11.5']
    """
    columns = table_columns(table, ("cluster", "share", "feature", "centre", "z"))
    features = list(dict.fromkeys(str(name) for name in columns["feature"]))
    clusters = list(dict.fromkeys(columns["cluster"].tolist()))
    heat = np.full((len(clusters), len(features)), np.nan)
    share = dict(zip(columns["cluster"].tolist(), columns["share"].tolist(), strict=True))
    axes: Axes = axes_or_new(ax, height=1.0 + 0.4 * len(clusters))
    for cluster, feature, centre, z in zip(
        *(columns[name] for name in ("cluster", "feature", "centre", "z")), strict=True
    ):
        row, column = clusters.index(cluster), features.index(str(feature))
        heat[row, column] = z
        colour = "white" if abs(z) > 0.75 * _STRONG else "black"
        axes.text(column, row, _readable(centre), ha="center", va="center",
                  fontsize=8, color=colour)  # fmt: skip
    # Blue below and red above the average are told apart by colour-blind eyes.
    axes.imshow(heat, cmap="RdBu_r", vmin=-_STRONG, vmax=_STRONG, aspect="auto")
    axes.set_xticks(range(len(features)), features)
    axes.set_yticks(range(len(clusters)), [f"{one} ({share[one]:.0%})" for one in clusters])
    dress(axes, x="centre; colour: distance from the average customer", y="cluster")
    return axes


def _readable(number: float) -> str:
    """Three digits, or all of a large number."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:#.3g}"
