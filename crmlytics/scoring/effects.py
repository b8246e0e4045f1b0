"""How a score goes with the values of one characteristic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames, intervals
from crmlytics.scoring import _targets
from crmlytics.scoring._levels import levelled
from crmlytics.scoring._permutations import Held
from crmlytics.scoring._raw_values import raw_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from crmlytics.scoring._levels import Levelled


def effect_table(
    model: Any,
    X: Any,
    y: Any,
    *,
    columns: Sequence[str],
    n_groups: int = 8,
    least_rows: int = 30,
    max_rows: int = 5_000,
    level: float = 0.95,
    random_state: int | np.random.Generator | None = None,
) -> Any:
    r"""Show how outcome and score go with the values of some columns: their effect curves.

    Parameters
    ----------
    model : classifier
        Fitted; has ``predict_proba`` over frames such as `X`.
    X : frame
        Rows that the model has not seen, of any engine.
    y : array-like or str
        The outcome of each row, of two values, the larger one is predicted; or its column in `X`.
    columns : sequence of str
        Raw columns to show.
    n_groups : int
        Groups of about equal size into which numbers and dates are cut.
    least_rows : int
        Names of fewer rows are put together as ``"(other)"``.
    max_rows : int
        Most rows that are used, drawn by lot.
    level : float
        Confidence of the intervals.
    random_state : int, numpy.random.Generator or None
        Seed of the draws.

    Returns
    -------
    frame
        The kind of `X`, one row per column and level, numbers in their order:

        - ``column``, ``level``, ``n`` rows;
        - ``rate``, the share with the outcome, with Wilson's interval ``low``, ``high``;
        - ``expected``, the mean probability that the model gives these rows: where it lies
          outside the interval the model is wrong about the level;
        - ``partial``, the mean probability of *all* rows if they had this level and stayed as they
          are otherwise: what the model says of the column by itself (Friedman's partial
          dependence).

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If the outcome is missing in some rows or has more than two values.
    NotEnoughDataError
        If either outcome does not occur.
    ValueError
        If no column is named.

    Notes
    -----
    ``rate`` mixes a column with all that goes along with it; ``partial`` takes it alone, in
    combinations that may never occur. Neither says what a change of the column would cause.

    References
    ----------
    Friedman, J. H. (2001). Greedy Function Approximation: A Gradient Boosting Machine. Annals of
    Statistics 29, 1189-1232, section 8.2.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from crmlytics.scoring import effect_table
    >>> X = pd.DataFrame({"visits": np.arange(400) % 4, "hour": np.arange(400) // 4 % 24})
    >>> bought = np.arange(400) // 4 % 8 < 2 * X["visits"] + 1
    >>> model = LogisticRegression().fit(X, bought)
    >>> effect_table(model, X, bought, columns=["visits"]).round(2)
       column level    n  rate   low  high  expected  partial
    0  visits     0  100  0.13  0.08  0.21      0.14     0.14
    1  visits     1  100  0.39  0.30  0.49      0.37     0.37
    2  visits     2  100  0.64  0.54  0.73      0.66     0.66
    3  visits     3  100  0.88  0.80  0.93      0.87     0.87
    """
    checks.fraction("level", level)
    checks.whole_number("n_groups", n_groups, at_least=2)
    checks.whole_number("least_rows", least_rows, at_least=1)
    checks.whole_number("max_rows", max_rows, at_least=100)
    if isinstance(columns, str) or not columns:
        raise ValueError(f"columns must be a list of at least one column, got {columns!r}")
    checks.columns(
        frames.column_names(X), {f"columns[{i}]": name for i, name in enumerate(columns)}
    )
    rng = checks.random_generator(random_state)
    target = _targets.read(X, y, at_least=1)
    outcome = [y] if isinstance(y, str) else []
    rows = X if frames.kind_of(X) == "pandas" else frames.to_pandas(frames.lazy(X))
    rows = rows.reset_index(drop=True).drop(columns=outcome)
    chosen = np.arange(len(rows))
    if len(rows) > max_rows:
        chosen = np.sort(rng.choice(len(rows), max_rows, replace=False))
    held = Held(model, rows.iloc[chosen].reset_index(drop=True), target.values[chosen],
                target.classes[-1])  # fmt: skip
    expected = held.probabilities(held.X)
    table = frames.collect(frames.lazy(held.X, list(columns)))
    parts = []
    for name in columns:
        column = levelled(
            raw_column(table, name), name, n_groups=n_groups, least_rows=least_rows, base=None
        )
        parts.append(_curve(held, column, expected, level, rng))
    found = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    return frames.from_arrays(found, like=X)


def _curve(
    held: Held,
    column: Levelled,
    expected: NDArray[np.float64],
    level: float,
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    n_levels = len(column.levels)
    n = np.bincount(column.code, minlength=n_levels)
    hits = np.bincount(column.code, weights=held.y, minlength=n_levels)
    low, high = intervals.wilson(hits, n, level)
    total = np.bincount(column.code, weights=expected, minlength=n_levels)
    partial = [_partial(held, column, place, rng) for place in range(n_levels)]
    return {
        "column": np.full(n_levels, column.name, dtype=object),
        "level": np.array(column.levels, dtype=object),
        "n": n.astype(np.int64),
        "rate": hits / n,
        "low": low,
        "high": high,
        "expected": total / n,
        "partial": np.array(partial),
    }


def _partial(held: Held, column: Levelled, place: int, rng: np.random.Generator) -> float:
    """Mean probability of all rows with values drawn from the rows of one level."""
    own = np.flatnonzero(column.code == place)
    drawn = own[rng.integers(0, len(own), len(column.code))]
    X: pd.DataFrame = held.X.copy()
    X[column.name] = held.X[column.name].iloc[drawn].reset_index(drop=True)
    return float(held.probabilities(X).mean())
