"""How much worse a model predicts when columns are replaced by permuted copies of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CLIP = 1e-9
_ROWS_AT_ONCE = 100_000
# With few levels every row is predicted once per level, and any permutation is looked up.
_LOOKED_UP = 200


class Loss(NamedTuple):
    """Log-loss of the rows as they are, and of each of the permutations on average."""

    rows: NDArray[np.float64]  # mean over the permutations less the loss as it is, per row
    shadows: NDArray[np.float64]  # mean loss of each permutation
    own: float  # mean loss as it is


class Held(NamedTuple):
    """A fitted model with rows that it has not seen."""

    model: Any
    X: pd.DataFrame
    y: NDArray[np.float64]
    positive: Any

    def probabilities(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Probability of the outcome."""
        place = list(self.model.classes_).index(self.positive)
        p: NDArray[np.float64] = np.asarray(self.model.predict_proba(X))[:, place]
        return p

    def losses(self, X: pd.DataFrame, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-loss of each row."""
        p = np.clip(self.probabilities(X), _CLIP, 1.0 - _CLIP)
        loss: NDArray[np.float64] = -np.log(np.where(y == 1.0, p, 1.0 - p))
        return loss


def permuted(
    held: Held,
    names: Sequence[str],
    own: NDArray[np.float64],
    *,
    n_repeats: int,
    rng: np.random.Generator,
) -> Loss:
    """Replace the columns `names`, together, by permuted copies."""
    n = len(held.y)
    code, levels = _joint_levels(held.X, names)
    if len(levels) <= n_repeats:
        table = _by_level(held, names, levels)
        code_of = np.stack([code[rng.permutation(n)] for _ in range(_LOOKED_UP)])
        shadows = np.array([table[one, np.arange(n)].mean() for one in code_of])
        share = np.bincount(code, minlength=len(levels)) / n
        return Loss(share @ table - own, shadows, float(own.mean()))
    drawn = np.stack([rng.permutation(n) for _ in range(n_repeats)])
    losses = np.concatenate(
        [_replaced(held, names, part) for part in np.array_split(drawn, _parts(n, n_repeats))]
    )
    return Loss(losses.mean(axis=0) - own, losses.mean(axis=1), float(own.mean()))


def joined(parts: Sequence[Loss]) -> Loss:
    """Put folds together: their rows side by side, their permutations one by one."""
    size = np.array([len(part.rows) for part in parts], np.float64)
    share = size / size.sum()
    fewest = min(len(part.shadows) for part in parts)
    shadows = np.stack([part.shadows[:fewest] for part in parts])
    own = float(share @ [part.own for part in parts])
    return Loss(np.concatenate([part.rows for part in parts]), share @ shadows, own)


def _joint_levels(
    X: pd.DataFrame, names: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each row's combination of values, and a row of each combination."""
    code = np.zeros(len(X), np.int64)
    for name in names:
        one, levels = pd.factorize(X[name])
        code = np.unique(code * (len(levels) + 1) + one + 1, return_inverse=True)[1]
    _, first = np.unique(code, return_index=True)
    return code.astype(np.int64), first.astype(np.int64)


def _by_level(held: Held, names: Sequence[str], levels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Loss of every row had it each of the combinations, of shape (n_levels, n)."""
    n = len(held.y)
    drawn = np.repeat(levels[:, None], n, axis=1)
    return np.concatenate(
        [_replaced(held, names, part) for part in np.array_split(drawn, _parts(n, len(levels)))]
    )


def _replaced(held: Held, names: Sequence[str], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Loss of every row with the values that other rows have in `names`, a copy per line."""
    repeats, n = drawn.shape
    X = held.X.iloc[np.tile(np.arange(n), repeats)].reset_index(drop=True)
    for name in names:
        X[name] = held.X[name].iloc[drawn.ravel()].reset_index(drop=True)
    return held.losses(X, np.tile(held.y, repeats)).reshape(repeats, n)


def _parts(n: int, repeats: int) -> int:
    return max(1, min(repeats, -(-n * repeats // _ROWS_AT_ONCE)))
