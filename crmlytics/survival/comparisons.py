"""The log-rank test: do the groups' curves differ by more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import codes, frames
from crmlytics.errors import NotEnoughDataError
from crmlytics.survival import _cases as cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_RESULTS = ("n", "observed", "expected")


class LogRankTest(NamedTuple):
    """Result of `logrank`.

    Attributes
    ----------
    statistic : float
        Distance of the observed from the expected events, chi-squared distributed if all groups
        share one curve.
    degrees_of_freedom : int
        One less than the groups that can be compared.
    p_value : float
        Probability of such a distance or a greater one if all groups share one curve.
    groups : frame
        The columns of `by`, ``n`` cases, ``observed`` and ``expected`` events of each group.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    groups: Any


def logrank(
    durations: Any,
    events: Any,
    *,
    by: Any | Sequence[str],
    entry: Any = None,
    strata: Any | Sequence[str] = None,
    weights: Any = None,
    data: Any = None,
) -> LogRankTest:
    r"""Test whether groups share one survival curve.

    Parameters
    ----------
    durations : array-like, or str
        Age at which each case ended or was last seen, in one unit of your choice, from 0. An
        array, a list, a column of any eager frame; or, with `data`, the name of a column.
    events : array-like, or str
        True or 1 where the event was seen at that age, False or 0 where the case is still open.
    by : array-like, str or sequence of str
        The groups to compare, at least two: text, integers, booleans or dates.
    entry : array-like or str, optional
        Age at which the case came under observation (delayed entry): it is at risk after that age
        only. 0 means seen from the start.
    strata : array-like, str or sequence of str, optional
        Compare only within these, and add up: a difference between strata counts for nothing.
    weights : array-like or str, optional
        How many equal cases a row stands for, whole numbers.
    data : frame, optional
        Frame of any engine, lazy ones included, whose columns the other parameters name.

    Returns
    -------
    LogRankTest
        ``statistic``, ``degrees_of_freedom``, ``p_value`` and ``groups``, a frame with the cases
        ``n`` and the ``observed`` and ``expected`` events of each group.

    Raises
    ------
    ColumnNotFoundError
        If `data` lacks a column that is named.
    DataContractError
        If values are missing, infinite or negative, an event is neither 0 nor 1, or an entry is
        not before its duration.
    NotEnoughDataError
        If there are fewer than two groups, or no event at an age at which two are at risk.

    Notes
    -----
    At each age with events, as many of them are expected in a group as its share of those at
    risk; the variance is the hypergeometric one. A group without events counts, one that is never
    at risk beside another does not. Costs a table of (strata × ages with events × groups).

    References
    ----------
    Mantel, N. (1966). Evaluation of Survival Data and Two New Rank Order Statistics Arising in Its
    Consideration. Cancer Chemotherapy Reports 50, 163-170.

    Peto, R. and Peto, J. (1972). Asymptotically Efficient Rank Invariant Test Procedures. Journal
    of the Royal Statistical Society A 135, 185-207.

    Examples
    --------
    >>> from crmlytics.survival import logrank
    >>> test = logrank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], by=list("aababb"))
    >>> round(test.statistic, 4), test.degrees_of_freedom, round(test.p_value, 4)
    (2.5567, 1, 0.1098)
    >>> test.groups.round(3)
      group  n  observed  expected
    0     a  3         3     1.483
    1     b  3         2     3.517
    """
    from scipy.special import chdtrc

    held = cases.read_columns(
        data,
        {
            "durations": durations, "events": events, "by": by, "entry": entry, "strata": strata,
            "weights": weights,
        },
    )  # fmt: skip
    ages = cases.durations_of(held)
    groups = cases.groups_of(held, "by", results=_RESULTS)
    if groups.n < 2:
        raise NotEnoughDataError("by holds one group; a comparison needs at least 2")
    strata_code = cases.groups_of(held, "strata")
    weight = cases.weights_of(held)
    size = np.ones(len(ages), np.int64) if weight is None else weight
    observed, expected, covariance = _counts(
        ages,
        cases.events_of(held),
        cases.entries_of(held, ages),
        groups,
        strata_code,
        size,
    )
    statistic, degrees = _distance(observed - expected, covariance)
    if degrees == 0:
        raise NotEnoughDataError(
            f"of {int(observed.sum()):,} events none is at an age at which two groups are at risk; "
            "at least 1 such event is needed"
        )
    table = groups.values | {
        "n": np.rint(codes.totals(groups.code, size.astype(float), groups.n)).astype(np.int64),
        "observed": observed.astype(np.int64),
        "expected": expected,
    }
    p_value = float(chdtrc(degrees, statistic))
    return LogRankTest(statistic, degrees, p_value, frames.from_arrays(table, like=held.like))


def _counts(
    ages: NDArray[np.float64],
    events: NDArray[np.bool_],
    entry: NDArray[np.float64] | None,
    groups: cases.Groups,
    strata: cases.Groups,
    size: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Observed and expected events of the groups and the covariance of their difference."""
    moments = np.unique(ages[events])
    shape = (strata.n, len(moments) + 1, groups.n)
    # At risk from the first moment after the entry up to the last not after the end.
    last = np.searchsorted(moments, ages, side="right")
    first = np.zeros(len(ages), np.int64)
    if entry is not None:
        first = np.where(entry > 0, np.searchsorted(moments, entry, side="right"), 0)
    changes = _table(strata.code, first, groups.code, size, shape)
    changes -= _table(strata.code, last, groups.code, size, shape)
    at_risk = np.cumsum(changes, axis=1).reshape(-1, groups.n).astype(np.float64)
    own = events
    ended = _table(strata.code[own], last[own] - 1, groups.code[own], size[own], shape)
    d = ended.reshape(-1, groups.n).sum(axis=1).astype(np.float64)
    held = d > 0
    at_risk, d = at_risk[held], d[held]
    n = at_risk.sum(axis=1)
    share = at_risk / n[:, None]
    factor = d * np.divide(n - d, n - 1, out=np.zeros_like(n), where=n > 1)
    weighted = share * factor[:, None]
    covariance = np.diag(weighted.sum(axis=0)) - weighted.T @ share
    observed = ended.sum(axis=(0, 1)).astype(np.float64)
    return observed, (share * d[:, None]).sum(axis=0), covariance


def _table(
    stratum: NDArray[np.int64],
    moment: NDArray[np.int64],
    group: NDArray[np.int64],
    size: NDArray[np.int64],
    shape: tuple[int, int, int],
) -> NDArray[np.int64]:
    cell = (stratum * shape[1] + moment) * shape[2] + group
    counted = np.bincount(cell, weights=size, minlength=shape[0] * shape[1] * shape[2])
    return np.rint(counted).astype(np.int64).reshape(shape)


def _distance(
    difference: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[float, int]:
    """Squared length of the difference in units of its covariance, and the rank of that."""
    degrees = int(np.linalg.matrix_rank(covariance, hermitian=True)) if covariance.any() else 0
    if degrees == 0:
        return 0.0, 0
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    return float(difference @ inverse @ difference), degrees
