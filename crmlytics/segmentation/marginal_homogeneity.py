"""Whether customers stayed where they were, or moved one way more than the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, intervals
from crmlytics._core.axes import table_columns
from crmlytics.errors import NotEnoughDataError
from crmlytics.segmentation.migration import LOST, NEW, RETURNED

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MigrationTest(NamedTuple):
    """Whether the moves between segments cancel out, as `migration_test` found it.

    Attributes
    ----------
    n : int
        Customers who have a segment at both times.
    staying : DataFrame
        Per segment ``segment``, ``n`` (customers before, those lost included), ``stayed``,
        ``share`` and its Wilson interval ``low``, ``high``.
    bowker, bowker_df, bowker_p : float, int, float
        Bowker's test of symmetry: as many go from i to j as from j to i, for each pair.
    stuart_maxwell, stuart_maxwell_df, stuart_maxwell_p : float, int, float
        Stuart's and Maxwell's test of marginal homogeneity: each segment is as large as before.
    """

    n: int
    staying: pd.DataFrame
    bowker: float
    bowker_df: int
    bowker_p: float
    stuart_maxwell: float
    stuart_maxwell_df: int
    stuart_maxwell_p: float


def migration_test(table: Any, *, level: float = 0.95) -> MigrationTest:
    r"""Test a migration table against "nothing moved but to and fro".

    Parameters
    ----------
    table : frame
        A result of `migration_table`, of any engine.
    level : float
        Confidence of the intervals.

    Returns
    -------
    MigrationTest
        The share that stayed in each segment, and two tests on the customers who are there at
        both times.

    Raises
    ------
    NotEnoughDataError
        If no customer is in both snapshots.

    Notes
    -----
    Bowker's statistic is :math:`\sum_{i<j} (n_{ij} - n_{ji})^2 / (n_{ij} + n_{ji})` with one
    degree of freedom per pair that moved at all. Stuart's and Maxwell's is
    :math:`d' V^{-1} d` for :math:`d_i = n_{i\cdot} - n_{\cdot i}` with the last segment left out,
    :math:`V_{ii} = n_{i\cdot} + n_{\cdot i} - 2 n_{ii}` and :math:`V_{ij} = -(n_{ij} + n_{ji})`;
    its degrees of freedom are the rank of V. Both are referred to the chi-squared distribution,
    which is rough while few moved. If nobody moved, both are 0 with p = 1. The tests say whether
    the moves are lopsided, not whether there are many: for that see ``staying``.

    References
    ----------
    Bowker, A. H. (1948). A Test for Symmetry in Contingency Tables. Journal of the American
    Statistical Association 43, 572-574.

    Stuart, A. (1955). A Test for Homogeneity of the Marginal Distributions in a Two-Way
    Classification. Biometrika 42, 412-416.

    Maxwell, A. E. (1970). Comparing the Classification of Subjects by Two Independent Judges.
    British Journal of Psychiatry 116, 651-655.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import migration_table, migration_test
    >>> may = pd.DataFrame({"customer_id": range(30), "segment": ["A"] * 20 + ["B"] * 10})
    >>> june = may.assign(segment=["A"] * 12 + ["B"] * 18)
    >>> found = migration_test(migration_table(may, june))
    >>> found.staying[["segment", "n", "stayed", "share"]]
      segment   n  stayed  share
    0       A  20      12    0.6
    1       B  10      10    1.0
    >>> found.bowker, round(found.bowker_p, 4)
    (8.0, 0.0047)
    """
    checks.fraction("level", level)
    columns = table_columns(table, ["segment_before", "segment_after", "n"])
    wide = pd.DataFrame(columns).pivot_table(
        index="segment_before", columns="segment_after", values="n", aggfunc="sum", fill_value=0
    )
    segments = sorted(set(wide.columns) - {LOST})
    square = wide.reindex(index=segments, columns=segments, fill_value=0).to_numpy(np.float64)
    if not square.sum():
        raise NotEnoughDataError(
            "no customer is in both snapshots; check that the ids of both are of one kind"
        )
    size = wide.drop(index=[NEW, RETURNED], errors="ignore").sum(axis=1).reindex(segments)
    bowker, bowker_df = _bowker(square)
    stuart, stuart_df = _stuart_maxwell(square)
    return MigrationTest(
        n=int(square.sum()),
        staying=_staying(segments, size.to_numpy(np.float64), np.diag(square), level),
        bowker=bowker,
        bowker_df=bowker_df,
        bowker_p=_p_value(bowker, bowker_df),
        stuart_maxwell=stuart,
        stuart_maxwell_df=stuart_df,
        stuart_maxwell_p=_p_value(stuart, stuart_df),
    )


def _staying(
    segments: list[str], size: NDArray[np.float64], stayed: NDArray[np.float64], level: float
) -> pd.DataFrame:
    low, high = intervals.wilson(stayed, size, level)
    return pd.DataFrame(
        {
            "segment": segments,
            "n": size.astype(np.int64),
            "stayed": stayed.astype(np.int64),
            "share": codes.ratio(stayed, size),
            "low": low,
            "high": high,
        }
    )


def _bowker(square: NDArray[np.float64]) -> tuple[float, int]:
    upper = np.triu_indices(len(square), k=1)
    there, back = square[upper], square.T[upper]
    moved = there + back > 0
    parts = (there - back)[moved] ** 2 / (there + back)[moved]
    return float(parts.sum()), int(moved.sum())


def _stuart_maxwell(square: NDArray[np.float64]) -> tuple[float, int]:
    difference = square.sum(axis=1) - square.sum(axis=0)
    variance = -(square + square.T)
    np.fill_diagonal(variance, square.sum(axis=1) + square.sum(axis=0) - 2 * np.diag(square))
    # The rows add up to 0: without the last segment V has full rank where moves connect all.
    kept, d = variance[:-1, :-1], difference[:-1]
    if not kept.any():
        return 0.0, 0
    return float(d @ np.linalg.pinv(kept) @ d), int(np.linalg.matrix_rank(kept))


def _p_value(statistic: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic)) if df else 1.0
