"""Pictures of rules: which are strong, and which items hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.axes import axes_or_new

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Two of the colours that Okabe and Ito (2008) chose for colour-blind readers.
_EDGE, _MARK = "#0072B2", "#D55E00"
_ROUNDS = 400
_GRAVITY = 1.2  # holds together what no line joins
_LONGEST = 34  # letters of a label


def plot_rules(table: object, *, n_labels: int = 5, ax: Axes | None = None) -> Axes:
    """Draw rules by support and confidence, coloured by lift, the strongest with their names.

    Parameters
    ----------
    table : frame
        A result of `association_rules` with ``support``, ``confidence`` and ``lift``.
    n_labels : int
        How many rules get their names: those of the largest ``size_adjusted_lift``, or lift where
        the table has none.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        A point per rule. The labelled rules are numbered and listed under the axes.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    ValueError
        If `n_labels` is negative.
    MissingDependencyError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import plot_rules
    >>> table = pd.DataFrame({
    ...     "antecedent": [["butter"], ["tea", "milk"]], "consequent": ["bread", "cake"],
    ...     "support": [0.02, 0.01], "confidence": [0.6, 0.8], "lift": [2.1, 3.4],
    ... })
    >>> plot_rules(table).get_ylabel()
    'confidence, %'
    """
    checks.whole_number("n_labels", n_labels, at_least=0)
    wanted = ("antecedent", "consequent", "support", "confidence", "lift")
    columns = _columns(table, wanted)
    rank = "size_adjusted_lift" if "size_adjusted_lift" in columns else "lift"
    axes: Axes = axes_or_new(ax, height=4.2)
    x, y, lift = (100.0 * columns["support"], 100.0 * columns["confidence"], columns["lift"])
    # The strongest last, so that they lie on top.
    order = np.argsort(lift, kind="stable")
    points = axes.scatter(x[order], y[order], c=lift[order], cmap="viridis", s=18, linewidths=0)
    if len(x):
        bar = axes.figure.colorbar(points, ax=axes, pad=0.02)
        bar.set_label("lift")
        bar.outline.set_visible(False)
    best = np.argsort(-columns[rank], kind="stable")[:n_labels]
    axes.scatter(x[best], y[best], s=40, facecolors="none", edgecolors=_MARK, linewidths=1.2)
    for number, row in enumerate(best, start=1):
        # Fanned out, so that the numbers of neighbouring points do not hide each other.
        angle = np.pi / 2 - (number - 0.5) * np.pi / max(len(best), 1)
        axes.annotate(
            str(number), (x[row], y[row]), textcoords="offset points", fontsize=8,
            xytext=(26 * np.cos(angle), 26 * np.sin(angle)), ha="center", va="center",
            arrowprops={"arrowstyle": "-", "linewidth": 0.7, "color": _MARK},
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
    if len(x) and x.max() > 20 * x.min():
        _log_supports(axes)
    listed = [
        f"{number}  {_rule_text(columns['antecedent'][row], columns['consequent'][row])}"
        for number, row in enumerate(best, start=1)
    ]
    axes.set_xlabel("\n".join(["support, %", *listed]), fontsize=8, loc="left", ma="left")
    axes.set_ylabel("confidence, %")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def plot_item_network(
    table: object, *, n_edges: int = 40, random_state: Any = 0, ax: Axes | None = None
) -> Axes:
    """Draw items as points and the strongest rules between them as lines.

    Parameters
    ----------
    table : frame
        A result of `association_rules` with ``lift``; each item of an antecedent is joined to its
        consequent, and of the rules between two items the strongest counts.
    n_edges : int
        Most lines, the strongest by ``size_adjusted_lift``, or lift where the table has none.
    random_state : None, int or Generator
        Where the points start from; the same number gives the same picture.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Axes
        Thicker lines are stronger rules. Positions mean nothing but nearness.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    ValueError
        If `n_edges` is less than 1.
    MissingDependencyError
        If matplotlib is not installed.

    Notes
    -----
    Points repel each other and lines pull (Fruchterman and Reingold 1991), for a fixed number of
    rounds, each with a row of arithmetic per pair of items drawn.

    References
    ----------
    Fruchterman, T. M. J. and Reingold, E. M. (1991). Graph drawing by force-directed placement.
    Software: Practice and Experience 21, 1129-1164.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import plot_item_network
    >>> table = pd.DataFrame({
    ...     "antecedent": [["butter"], ["tea"]], "consequent": ["bread", "cake"],
    ...     "lift": [2.1, 3.4],
    ... })
    >>> len(plot_item_network(table).texts)
    4
    """
    checks.whole_number("n_edges", n_edges, at_least=1)
    generator = checks.random_generator(random_state)
    columns = _columns(table, ("antecedent", "consequent", "lift"))
    edges = _edges(columns, n_edges)
    names = sorted({name for pair in edges for name in pair}, key=str)
    place = {name: at for at, name in enumerate(names)}
    ends = np.array([[place[a], place[b]] for a, b in edges], np.int64).reshape(-1, 2)
    strength = np.array(list(edges.values()), float)
    at = spring_layout(len(names), ends, generator)
    axes: Axes = axes_or_new(ax, width=6.4, height=5.4)
    widths = 0.6 + 3.0 * (strength / strength.max() if len(strength) else strength)
    for (a, b), width in zip(ends, widths, strict=True):
        axes.plot(*at[[a, b]].T, color=_EDGE, linewidth=width, alpha=0.45, zorder=1)
    axes.scatter(at[:, 0], at[:, 1], s=26, color="#404040", zorder=2)
    for number, (name, point) in enumerate(zip(names, at, strict=True)):
        # The name stands on the side where fewer lines go.
        linked = np.concatenate([ends[ends[:, 0] == number, 1], ends[ends[:, 1] == number, 0]])
        below = float(at[linked, 1].mean()) > point[1]
        axes.annotate(
            _short(str(name), 20), point, xytext=(0, -5 if below else 5),
            textcoords="offset points", ha="center", va="top" if below else "bottom", fontsize=7,
            zorder=3, bbox={"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 0.2},
        )  # fmt: skip
    axes.margins(0.12)
    axes.set_axis_off()
    return axes


def spring_layout(n: int, ends: NDArray[np.int64], generator: np.random.Generator) -> Floats:
    """Positions in the unit square; what is not connected drifts no farther than the rim."""
    angle = 2 * np.pi * (np.arange(n) + generator.random(n) * 0.5) / max(n, 1)
    at = np.column_stack([np.cos(angle), np.sin(angle)])
    if n < 2:
        return at * 0.0
    ideal = 1.6 / np.sqrt(n)
    linked = np.zeros((n, n))
    linked[ends[:, 0], ends[:, 1]] = linked[ends[:, 1], ends[:, 0]] = 1.0
    for heat in np.linspace(0.2, 0.005, _ROUNDS):
        away = at[:, None, :] - at[None, :, :]
        distance = np.maximum(np.sqrt((away**2).sum(axis=2)), 1e-3)
        force = ideal**2 / distance**2 - linked * distance / ideal
        np.fill_diagonal(force, 0.0)
        push = (away * force[:, :, None]).sum(axis=1) - _GRAVITY * at
        length = np.maximum(np.sqrt((push**2).sum(axis=1)), 1e-9)
        at = at + push * (np.minimum(length, heat) / length)[:, None]
    return np.asarray(at, float)


def _log_supports(axes: Any) -> None:
    """Spread the many rare rules; the ticks stay plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _edges(columns: dict[str, Any], most: int) -> dict[tuple[Any, Any], float]:
    """The strongest rule between each two items, the strongest pairs first."""
    rank = "size_adjusted_lift" if "size_adjusted_lift" in columns else "lift"
    found: dict[tuple[Any, Any], float] = {}
    sides = (columns["antecedent"], columns["consequent"], columns[rank])
    for left, right, strength in zip(*sides, strict=True):
        if not np.isfinite(strength):
            continue
        for a in left:
            for b in _names(right):
                pair = (a, b) if str(a) <= str(b) else (b, a)
                found[pair] = max(found.get(pair, 0.0), float(strength))
    ranked = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
    return dict(ranked[:most])


def _columns(table: object, wanted: tuple[str, ...]) -> dict[str, Any]:
    available = frames.column_names(table)
    checks.columns(available, {name: name for name in wanted})
    names = [*wanted, *(name for name in ("size_adjusted_lift",) if name in available)]
    found = frames.collect(frames.lazy(table, names))
    return {
        name: found[name].to_list()
        if name in ("antecedent", "consequent")
        else frames.arrays(found.select(name))[name].astype(float)
        for name in names
    }


def _names(side: Any) -> list[Any]:
    return [side] if isinstance(side, str) or not hasattr(side, "__len__") else list(side)


def _rule_text(antecedent: Any, consequent: Any) -> str:
    left = " + ".join(str(name) for name in antecedent)
    right = " + ".join(str(name) for name in _names(consequent))
    return f"{_short(left, _LONGEST)} → {_short(right, _LONGEST)}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
