"""A picture of latent classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import axes_or_new, dress, table_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DARK = 0.55  # beyond this probability the ground is too dark for black letters


def plot_latent_classes(profile: Any, *, ax: Axes | None = None) -> Axes:
    """Draw how likely each answer is in each latent class.

    Parameters
    ----------
    profile : frame
        The attribute `profile_` of a fitted `LatentClasses`.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A grid of probabilities in percent, answers in rows and classes in columns.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import LatentClasses, plot_latent_classes
    >>> answers = pd.DataFrame({"app": ["yes"] * 6 + ["no"] * 6, "club": ["yes", "no"] * 6})
    >>> found = LatentClasses(1, random_state=0).fit(answers)
    >>> plot_latent_classes(found.profile_).get_xlabel()
    'class'
    """
    columns = table_columns(profile, ["class", "column", "answer", "probability"])
    answers = [
        f"{name}: {answer}"
        for name, answer in zip(columns["column"], columns["answer"], strict=True)
    ]
    rows = list(dict.fromkeys(answers))
    classes = sorted(set(columns["class"].tolist()))
    chance = np.full((len(rows), len(classes)), np.nan)
    at = [rows.index(answer) for answer in answers]
    to = [classes.index(one) for one in columns["class"].tolist()]
    chance[at, to] = columns["probability"].astype(float)
    axes: Axes = axes_or_new(ax, width=2.4 + 0.6 * len(classes), height=1.2 + 0.3 * len(rows))
    axes.imshow(chance, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.argwhere(~np.isnan(chance)):
        colour = "white" if chance[i, j] > _DARK else "black"
        axes.text(
            j, i, f"{100 * chance[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=8
        )
    axes.set_xticks(range(len(classes)), [str(one) for one in classes])
    axes.set_yticks(range(len(rows)), rows)
    dress(axes, x="class")
    axes.set_title("probability of the answer, %", fontsize=9, loc="left")
    return axes
