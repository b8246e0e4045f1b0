"""Which characteristics a score rests on, and which of them can be ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import NotEnoughDataError
from crmlytics.scoring import _leaks, _raw_columns, _targets
from crmlytics.scoring._associations import associations, groups
from crmlytics.scoring._permutations import Held, Loss, joined, permuted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

# Two columns so close tell the same; from here on one of them is enough.
_TWINS = 0.975
_LEAST_OF_A_CLASS = 10
_NO_SPREAD = 1e-12


class _Tested(NamedTuple):
    importance: NDArray[np.float64]
    half: NDArray[np.float64]
    p_value: NDArray[np.float64]


def driver_table(
    model: Any,
    X: Any,
    y: Any,
    *,
    features: Sequence[str] | None = None,
    folds: int | None = None,
    n_repeats: int = 10,
    together: float = 0.7,
    max_rows: int = 20_000,
    level: float = 0.95,
    random_state: int | np.random.Generator | None = None,
) -> Any:
    r"""Say which raw columns a score rests on: keep, ignore, redundant, suspect leak.

    Parameters
    ----------
    model : classifier
        Has ``predict_proba`` over frames such as `X`. Fitted, unless `folds` is given.
    X : frame
        Rows that the model has not seen, of any engine, with its columns; the model gets them in
        pandas.
    y : array-like or str
        The outcome of each row, of two values, the larger one is predicted; or its column in `X`.
    features : sequence of str, optional
        Raw columns to judge. None: all of `X`, but the outcome.
    folds : int, optional
        Fit clones of `model` on all but one of so many parts and judge on that one, so that every
        row serves: more certain than one held-out part, and `X` may be the rows to learn from.
    n_repeats : int
        Permuted copies of a column; columns of no more levels than that are looked up, and cost
        less.
    together : float
        Association from which columns are also judged as a group.
    max_rows : int
        Most held-out rows that are used, drawn by lot.
    level : float
        Confidence of intervals; 1 - `level` is the share of columns kept that may be noise.
    random_state : int, numpy.random.Generator or None
        Seed of folds and permutations.

    Returns
    -------
    frame
        The kind of `X`, one row per raw column, the most important first:

        - ``column``, ``n`` held-out rows;
        - ``importance``: by how much the log-loss per row rises when the column is replaced by its
          permuted copies, with ``low``, ``high``, an interval over the held-out rows;
        - ``p_value`` against "no better than its copies", ``p_adjusted`` over the columns;
        - ``group``: number of the group of columns that go together, ``group_importance`` and
          ``group_p_adjusted`` when all of them are permuted at once (null where it is alone);
        - ``auc_alone``: out-of-fold area under the curve of the column by itself;
        - ``verdict``: ``"keep"``; ``"ignore"``; ``"redundant"``, where a column kept, its
          ``twin``, tells the same; ``"suspect leak"``, where the column by itself tells the
          outcome so well that it may have been filled in afterwards;
        - ``twin``: the column kept in its place, null elsewhere.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If the outcome is missing in some rows or has more than two values.
    NotEnoughDataError
        If either outcome has fewer than 10 rows.
    TypeError
        If `model` has no ``predict_proba``.

    Notes
    -----
    A permuted copy, or shadow, has the column's distribution and no information; put in its place,
    it keeps everything else of the row as it is. Were the column noise, the loss with it would be
    one more draw from the losses with its copies: their mean and spread give a t-test (the
    randomisation test with a normal tail). The rise of the loss must also be above 0 over the rows,
    so the larger p-value of the two stands, adjusted by Benjamini and Hochberg. Columns that say
    the same hide each other, since the model leans on either: so groups are permuted as one, and
    of columns with an association of 0.975 or more (Spearman's, the correlation ratio of ranks,
    or Cramér's V corrected for chance) only the most important is kept. A column that is not
    significant by itself is redundant if its group is and a column of it is kept. Impurity
    importances of forests, by contrast, rank noise above real columns. What is kept is associated
    with the outcome; that it causes it is not said. Costs one prediction of the held-out rows per
    column and permuted copy or level.

    References
    ----------
    Breiman, L. (2001). Random Forests. Machine Learning 45, 5-32 (permutation importance).

    Kursa, M. B. and Rudnicki, W. R. (2010). Feature Selection with the Boruta Package. Journal of
    Statistical Software 36(11) (shadows).

    Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean
    Statistical Society 42, 323-328.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from crmlytics.scoring import driver_table
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"visits": rng.poisson(3, 600), "digit": rng.integers(0, 9, 600)})
    >>> bought = (X["visits"] + rng.normal(0, 3, 600) > 3).astype(int)
    >>> table = driver_table(LogisticRegression(), X, bought, folds=3, random_state=0)
    >>> table[["column", "importance", "verdict"]].round(1)
       column  importance verdict
    0  visits         0.1    keep
    1   digit         0.0  ignore
    """
    checks.fraction("level", level)
    checks.fraction("together", together)
    checks.whole_number("n_repeats", n_repeats, at_least=5)
    checks.whole_number("max_rows", max_rows, at_least=100)
    if not hasattr(model, "predict_proba"):
        raise TypeError(f"model must have predict_proba, {type(model).__name__} has none")
    rng = checks.random_generator(random_state)
    target = _targets.read(X, y, at_least=_LEAST_OF_A_CLASS)
    outcome = y if isinstance(y, str) else None
    names = _features(X, features, outcome)
    rows = X if frames.kind_of(X) == "pandas" else frames.to_pandas(frames.lazy(X))
    rows = rows.reset_index(drop=True).drop(columns=[] if outcome is None else [outcome])
    parts = _held_out(model, rows, target, folds, max_rows, rng)
    own = [part.losses(part.X, part.y) for part in parts]

    def worse(columns: Sequence[str]) -> Loss:
        return joined(
            [
                permuted(part, columns, loss, n_repeats=n_repeats, rng=rng)
                for part, loss in zip(parts, own, strict=True)
            ]
        )

    raw = _raw_columns.read(rows, names, tz="UTC")
    found = associations([raw.columns[name] for name in names])
    label = groups(found, together)
    tested = _test([worse([name]) for name in names], level)
    members = [np.flatnonzero(label == one) for one in range(int(label.max()) + 1)]
    several = [group for group in members if len(group) > 1]
    together_tested = _test([worse([names[i] for i in group]) for group in several], level)
    fold = _leaks.deal_folds(len(target.values))
    alone = [_leaks.evidence(raw.columns[name], target.values, fold) for name in names]
    columns: dict[str, NDArray[Any]] = {
        "column": np.array(names, dtype=object),
        "n": np.full(len(names), sum(len(part.y) for part in parts), np.int64),
        "importance": tested.importance,
        "low": tested.importance - tested.half,
        "high": tested.importance + tested.half,
        "p_value": tested.p_value,
        "p_adjusted": benjamini_hochberg(tested.p_value),
        "group": label,
        **_of_groups(several, together_tested, len(names)),
        "auc_alone": np.array([one.auc for one in alone]),
    }
    leaks = np.array([one.is_alarming for one in alone], bool)
    columns["verdict"], columns["twin"] = _verdicts(columns, found, leaks, 1.0 - level)
    order = np.argsort(-tested.importance, kind="stable")
    return frames.from_arrays({name: values[order] for name, values in columns.items()}, like=X)


def _features(X: Any, features: Sequence[str] | None, outcome: str | None) -> list[str]:
    if isinstance(features, str):
        raise TypeError(f"features must be a list of columns, got {features!r}")
    available = frames.column_names(X)
    if features is None:
        return [name for name in available if name != outcome]
    checks.columns(available, {f"features[{i}]": name for i, name in enumerate(features)})
    return list(features)


def _held_out(
    model: Any,
    rows: pd.DataFrame,
    target: _targets.Target,
    folds: int | None,
    max_rows: int,
    rng: np.random.Generator,
) -> list[Held]:
    positive = target.classes[-1]
    if folds is None:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(model)
        chosen = _drawn(np.arange(len(rows)), max_rows, rng)
        return [
            Held(model, rows.iloc[chosen].reset_index(drop=True), target.values[chosen], positive)
        ]
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold

    folds = checks.whole_number("folds", folds, at_least=2)
    if np.bincount(target.values.astype(np.int64)).min() < folds:
        raise NotEnoughDataError(f"folds={folds} needs at least {folds} rows of either outcome")
    dealt = StratifiedKFold(folds, shuffle=True, random_state=int(rng.integers(2**31)))
    parts = []
    for train, test in dealt.split(rows, target.values):
        fitted = clone(model).fit(
            rows.iloc[train].reset_index(drop=True),
            target.classes[target.values[train].astype(int)],
        )
        chosen = _drawn(test, max_rows // folds, rng)
        held = rows.iloc[chosen].reset_index(drop=True)
        parts.append(Held(fitted, held, target.values[chosen], positive))
    return parts


def _drawn(at: NDArray[Any], most: int, rng: np.random.Generator) -> NDArray[Any]:
    return at if len(at) <= most else np.sort(rng.choice(at, most, replace=False))


def _test(losses: Sequence[Loss], level: float) -> _Tested:
    """Compare the loss as it is with those of the copies, and the rows with themselves.

    The larger p-value of the two stands (an intersection-union test).
    """
    from scipy.special import ndtr, ndtri, stdtr

    importance = np.array([one.rows.mean() for one in losses])
    error = np.array([one.rows.std(ddof=1) / np.sqrt(len(one.rows)) for one in losses])
    p_value = np.ones(len(losses))
    for i, one in enumerate(losses):
        n = len(one.shadows)
        spread = one.shadows.std(ddof=1) * np.sqrt(1.0 + 1.0 / n)
        if spread > _NO_SPREAD and error[i] > _NO_SPREAD:
            among_shadows = stdtr(n - 1, -(one.shadows.mean() - one.own) / spread)
            p_value[i] = max(among_shadows, ndtr(-importance[i] / error[i]))
    return _Tested(importance, float(ndtri((1 + level) / 2)) * error, p_value)


def _of_groups(
    several: Sequence[NDArray[np.int64]], tested: _Tested, n: int
) -> dict[str, NDArray[np.float64]]:
    importance, p_value = np.full(n, np.nan), np.full(n, np.nan)
    adjusted = benjamini_hochberg(tested.p_value)
    for group, value, p in zip(several, tested.importance, adjusted, strict=True):
        importance[group], p_value[group] = value, p
    return {"group_importance": importance, "group_p_adjusted": p_value}


def _verdicts(
    columns: dict[str, NDArray[Any]],
    found: NDArray[np.float64],
    leaks: NDArray[np.bool_],
    alpha: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Go from the most important column down: keep what no column kept says already."""
    names, group = columns["column"], columns["group"]
    real = (columns["p_adjusted"] < alpha) & (columns["importance"] > 0)
    as_group = columns["group_p_adjusted"] < alpha
    verdict = np.full(len(names), "ignore", dtype=object)
    twin = np.full(len(names), None, dtype=object)
    kept: list[int] = []
    for i in np.argsort(-columns["importance"], kind="stable"):
        twins = [j for j in kept if found[i, j] >= _TWINS]
        kin = [j for j in kept if group[j] == group[i]]
        if leaks[i]:
            verdict[i] = "suspect leak"
        elif twins or (as_group[i] and kin and not real[i]):
            closest = max(twins or kin, key=lambda j: found[i, j])
            verdict[i], twin[i] = "redundant", names[closest]
        elif real[i] or (as_group[i] and not kin):
            verdict[i] = "keep"
            kept.append(int(i))
    return verdict, twin
