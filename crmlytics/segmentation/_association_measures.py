"""How strongly two columns go together: by ranks and counts, with intervals and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crmlytics.segmentation._contrasts import cramers_v

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_NAN = float("nan")
# A noncentrality beyond which nobody needs an interval: the strength is then 1 to many digits.
_MOST = 1e9


class Association(NamedTuple):
    """The strength of one pair; what cannot be computed is NaN."""

    measure: str
    n: int
    value: float = _NAN
    low: float = _NAN
    high: float = _NAN
    p_value: float = _NAN


def of_numbers(x: NDArray[np.float64], y: NDArray[np.float64], level: float) -> Association:
    """Spearman's rank correlation; interval by Bonett and Wright (2000)."""
    from scipy.special import ndtri, stdtr
    from scipy.stats import rankdata

    n = len(x)
    if n < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Association("spearman_rho", n)
    rho = float(np.clip(np.corrcoef(rankdata(x), rankdata(y))[0, 1], -1.0, 1.0))
    if n < 4:
        return Association("spearman_rho", n, rho)
    half = float(ndtri((1 + level) / 2)) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    with np.errstate(divide="ignore"):
        low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
        t = abs(rho) * np.sqrt((n - 2) / (1 - rho**2))
    p = 2 * float(stdtr(n - 2, -t))
    return Association("spearman_rho", n, rho, float(low), float(high), p)


def of_number_and_category(
    x: NDArray[np.float64], code: NDArray[np.int64], level: float
) -> Association:
    r"""Correlation ratio of the ranks, :math:`\sqrt{H/(n-1)}`, with Kruskal and Wallis's H."""
    from scipy.special import chdtrc
    from scipy.stats import ncf, rankdata

    n, groups = len(x), len(np.unique(code))
    if groups < 2 or np.ptp(x) == 0:
        return Association("rank_eta", n)
    rank = rankdata(x) - (n + 1) / 2
    size, total = np.bincount(code), np.bincount(code, weights=rank)
    held = size > 0
    explained = float((total[held] ** 2 / size[held]).sum() / (rank**2).sum())
    explained = min(max(explained, 0.0), 1.0)
    eta, above, below = float(np.sqrt(explained)), groups - 1, n - groups
    p = float(chdtrc(above, explained * (n - 1)))
    if below < 1 or explained == 1.0:
        return Association("rank_eta", n, eta, p_value=p)
    f = explained / above / ((1 - explained) / below)
    found = _noncentrality(lambda nc: float(ncf.cdf(f, above, below, nc)), level)
    low, high = (float(np.sqrt(nc / (nc + n))) for nc in found)
    return Association("rank_eta", n, eta, low, high, p)


def of_categories(a: NDArray[np.int64], b: NDArray[np.int64], level: float) -> Association:
    """Cramér's V; interval from the noncentral chi-squared distribution (Smithson 2003)."""
    from scipy.special import chdtrc
    from scipy.stats import ncx2

    n = len(a)
    if not n:
        return Association("cramers_v", 0)
    rows, columns = (np.unique(code, return_inverse=True)[1] for code in (a, b))
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    counts = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)
    v, least = cramers_v(counts), min(shape) - 1
    if not least:
        return Association("cramers_v", n)
    chi2, freedom = v**2 * n * least, (shape[0] - 1) * (shape[1] - 1)
    found = _noncentrality(lambda nc: float(ncx2.cdf(chi2, freedom, nc)), level)
    low, high = (min(1.0, float(np.sqrt(nc / (n * least)))) for nc in found)
    return Association("cramers_v", n, v, low, high, float(chdtrc(freedom, chi2)))


def _noncentrality(below: Callable[[float], float], level: float) -> tuple[float, float]:
    """Noncentralities at which what was seen lies in the upper and the lower tail."""
    from scipy.optimize import brentq

    ends = []
    for chance in ((1 + level) / 2, (1 - level) / 2):
        # The chance of no more than was seen falls as the noncentrality grows.
        if below(1e-12) <= chance:
            ends.append(0.0)
            continue
        top = 1.0
        while below(top) > chance and top < _MOST:
            top *= 4.0
        ends.append(float(brentq(lambda nc, c=chance: below(nc) - c, 1e-12, top, rtol=1e-6)))
    return ends[0], ends[1]
