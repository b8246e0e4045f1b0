"""How spend depends on what is known of a customer, and what of it can be ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.scoring import _spend_regression as regression
from crmlytics.scoring._levels import Levelled, cramers_v, levelled
from crmlytics.scoring._raw_values import raw_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics.scoring._spend_regression import Method

_COLUMNS = (
    "characteristic", "level", "base", "n", "mean", "effect", "low", "high", "p_value",
    "p_adjusted", "share_alone", "share_added", "p_characteristic", "verdict", "twin",
)  # fmt: skip
_METHODS = ("poisson", "log")
# Cramér's V from which one characteristic can stand in for another.
_TOGETHER = 0.2


class _Judged(NamedTuple):
    """What holds for a characteristic as a whole."""

    share_alone: float
    share_added: float
    p_alone: float
    p_value: float


def purchasing_power_table(
    customers: IntoFrameT,
    *,
    amount_col: str,
    characteristics: Sequence[str],
    method: Method = "poisson",
    bases: Mapping[str, str] | None = None,
    categorical: Sequence[str] = (),
    n_groups: int = 4,
    least_rows: int = 30,
    least_share: float = 0.001,
    level: float = 0.95,
) -> IntoFrameT:
    r"""Say how spend depends on each characteristic, the others being equal.

    Parameters
    ----------
    customers : frame
        One row per customer, of any engine.
    amount_col : str
        Column with the customer's spend, 0 where there was none, never negative.
    characteristics : sequence of str
        What is known of the customers: names of things, numbers, dates.
    method : {"poisson", "log"}
        ``"poisson"``: mean spend on a log scale, by Poisson pseudo-maximum likelihood, in which
        customers without spend take part. ``"log"``: least squares of the logarithm of spend,
        effects on its geometric mean; refuses a spend of 0.
    bases : mapping from str to str, optional
        Level that the others are compared with, by characteristic. None: the lowest group of a
        number, the commonest name.
    categorical : sequence of str
        Those of `characteristics` that hold numbers but are names, such as postcodes.
    n_groups : int
        Groups of about equal size into which numbers and dates are cut.
    least_rows : int
        Names of fewer customers are put together as ``"(other)"``. Missing values are the level
        ``"(missing)"``.
    least_share : float
        A characteristic that adds less than this share of the variance can be ignored, however
        small its p-value.
    level : float
        Confidence of intervals; 1 - `level` is the significance asked for.

    Returns
    -------
    frame
        The kind that came in, one row per level, the characteristics in the order of what they
        add:

        - ``characteristic``, ``level``, ``base`` (the level compared with), ``n`` customers and
          their ``mean`` spend as it is;
        - ``effect``: how many times the base's spend, the other characteristics equal, with its
          interval ``low``, ``high``; 1 for the base itself; null where other levels determine
          the level; 0 without an interval where nobody of the level spends anything;
        - ``p_value`` against "as the base", ``p_adjusted`` over all levels of the table;
        - of the characteristic as a whole: ``share_alone`` of the variance that it explains by
          itself, ``share_added`` to what the others explain, ``p_characteristic`` (adjusted) of
          all its levels together, and the ``verdict``: ``"keep"``; ``"redundant"``, where it
          tells of spend by itself but adds nothing to the characteristics kept, of which the
          closest (Cramér's V of 0.2 or more) is its ``twin``; ``"ignore"``.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If spend is missing, infinite or negative; 0 with ``method="log"``.
    NotEnoughDataError
        If there are not more customers than levels, or nobody spends anything.
    ValueError
        If an option is out of its range, or a base is no level of its characteristic.

    Warns
    -----
    ConvergenceWarning
        If the Poisson regression does not converge.

    Notes
    -----
    :math:`E[y \mid x] = \exp(x'\beta)`: the Poisson likelihood estimates :math:`\beta` whatever
    the distribution of spend, as long as its mean is right (Gourieroux, Monfort and Trognon 1984;
    Santos Silva and Tenreyro 2006), needs no logarithm of 0, and speaks of sums of money, which
    the logarithm's geometric mean does not. The covariance is HC3 (MacKinnon and White 1985),
    which does not trust the likelihood with the spread. The variance is the deviance, or that of
    the logarithm; ``share_alone`` and ``share_added`` need not sum to anything where
    characteristics go together. Effects are associations: what a change would cause they do not
    tell. Customers who agree in everything are merged first, so a million cost little more than
    their distinct kinds.

    References
    ----------
    Gourieroux, C., Monfort, A. and Trognon, A. (1984). Pseudo Maximum Likelihood Methods: Theory.
    Econometrica 52, 681-700.

    Santos Silva, J. M. C. and Tenreyro, S. (2006). The Log of Gravity. Review of Economics and
    Statistics 88, 641-658.

    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29, 305-325.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.scoring import purchasing_power_table
    >>> customers = pd.DataFrame({
    ...     "trade": ["bakery"] * 60 + ["hotel"] * 40,
    ...     "region": ["north", "south"] * 50,
    ...     "spend": [100.0, 0.0, 140.0] * 20 + [300.0, 260.0] * 20,
    ... })
    >>> table = purchasing_power_table(
    ...     customers, amount_col="spend", characteristics=["region", "trade"]
    ... )
    >>> table[["characteristic", "level", "base", "n", "mean", "effect", "verdict"]].round(2)
      characteristic   level    base   n   mean  effect verdict
    0          trade  bakery  bakery  60   80.0     1.0    keep
    1          trade   hotel  bakery  40  280.0     3.5    keep
    2         region   north   north  50  168.0     1.0  ignore
    3         region   south   north  50  152.0     0.9  ignore
    """
    _check(characteristics, method, n_groups, least_rows, level)
    checks.number("least_share", least_share, at_least=0.0)
    spend, parts = _read(
        customers, amount_col, characteristics, categorical, bases or {}, n_groups, least_rows
    )
    spend = _spend_of(spend, amount_col, method)
    n_levels = sum(len(part.levels) - 1 for part in parts)
    if len(spend) <= n_levels + 1 or not spend.any():
        raise NotEnoughDataError(
            f"{len(spend):,} customers with {int((spend > 0).sum()):,} who spend are too few for "
            f"{n_levels:,} levels to compare; more customers than levels are needed: take fewer "
            "characteristics or raise least_rows"
        )
    cells = regression.cells_of(parts, np.log(spend) if method == "log" else spend)
    whole = regression.fit(cells, parts, range(len(parts)), method)
    judged = [_judge(cells, parts, i, whole, method) for i in range(len(parts))]
    columns = _rows(parts, spend, whole, level)
    columns |= _verdicts(parts, judged, 1.0 - level, least_share)
    return frames.from_arrays(_in_order(columns, judged), like=customers)


def _check(
    characteristics: Sequence[str], method: str, n_groups: int, least_rows: int, level: float
) -> None:
    checks.fraction("level", level)
    checks.word("method", method, _METHODS)
    checks.whole_number("n_groups", n_groups, at_least=2)
    checks.whole_number("least_rows", least_rows, at_least=1)
    if isinstance(characteristics, str):
        raise TypeError(f"characteristics must be a list of columns, got {characteristics!r}")
    if not characteristics:
        raise ValueError("characteristics must name at least one column")


def _read(
    customers: object,
    amount_col: str,
    characteristics: Sequence[str],
    categorical: Sequence[str],
    bases: Mapping[str, str],
    n_groups: int,
    least_rows: int,
) -> tuple[Any, list[Levelled]]:
    names = list(characteristics)
    roles = {"amount_col": amount_col} | {
        f"characteristics[{i}]": name for i, name in enumerate(names)
    }
    checks.columns(frames.column_names(customers), roles)
    checks.distinct_columns(roles)
    for parameter, others in (("categorical", categorical), ("bases", list(bases))):
        if unknown := sorted(set(others) - set(names)):
            raise ValueError(f"{parameter} may only name characteristics, got {unknown[0]!r}, too")
    table = frames.collect(frames.lazy(customers, list(roles.values())))
    if not len(table):
        raise NotEnoughDataError("there is no customer; at least 2 are needed")
    parts = [
        levelled(
            raw_column(table, name, category=name in categorical),
            name,
            n_groups=n_groups,
            least_rows=least_rows,
            base=bases.get(name),
        )
        for name in names
    ]
    return table.select(amount_col), parts


def _spend_of(table: nw.DataFrame[Any], name: str, method: Method) -> NDArray[np.float64]:
    spend = frames.finite(table, name)
    if bad := int((spend < 0).sum()):
        raise DataContractError(
            f"{bad:,} of {len(spend):,} values of {name!r} are negative; clip customers who took "
            "back more than they paid at 0, or leave them out"
        )
    if method == "log" and (bad := int((spend == 0).sum())):
        raise DataContractError(
            f"{bad:,} of {len(spend):,} values of {name!r} are 0 and have no logarithm; use "
            'method="poisson", in which they take part'
        )
    return spend


def _judge(
    cells: regression.Cells,
    parts: Sequence[Levelled],
    i: int,
    whole: regression.Fit,
    method: Method,
) -> _Judged:
    alone = regression.fit(cells, parts, [i], method)
    rest = [j for j in range(len(parts)) if j != i]
    without = regression.fit(cells, parts, rest, method).share
    return _Judged(
        alone.share, whole.share - without, regression.wald(alone, i), regression.wald(whole, i)
    )


def _rows(
    parts: Sequence[Levelled], spend: NDArray[np.float64], whole: regression.Fit, level: float
) -> dict[str, NDArray[Any]]:
    from scipy.special import ndtr, ndtri

    place = {row: 1 + j for j, row in enumerate(whole.row)}
    at = [place.get((i, k), 0) for i, part in enumerate(parts) for k in range(len(part.levels))]
    error = np.sqrt(np.diag(whole.covariance))
    beta, spread = whole.beta[at], error[at]
    is_base = np.array(at) == 0
    half = float(ndtri((1 + level) / 2)) * spread
    p_value = np.where(is_base, np.nan, 2 * ndtr(-np.abs(beta / spread)))
    p_value[~np.isfinite(spread)] = np.nan
    size = [np.bincount(part.code, minlength=len(part.levels)) for part in parts]
    spent = [
        np.bincount(part.code, weights=spend, minlength=len(part.levels)) for part in parts
    ]  # fmt: skip
    names = [(part.name, one, part.levels[part.base]) for part in parts for one in part.levels]
    texts = np.array(names, dtype=object).reshape(-1, 3).T
    n = np.concatenate(size)
    return {
        "characteristic": texts[0],
        "level": texts[1],
        "base": texts[2],
        "n": n.astype(np.int64),
        "mean": np.concatenate(spent) / n,
        "effect": np.where(is_base, 1.0, np.exp(beta)),
        "low": np.where(is_base, 1.0, np.exp(beta - half)),
        "high": np.where(is_base, 1.0, np.exp(beta + half)),
        "p_value": p_value,
        "p_adjusted": benjamini_hochberg(p_value),
    }


def _verdicts(
    parts: Sequence[Levelled], judged: Sequence[_Judged], alpha: float, least_share: float
) -> dict[str, NDArray[Any]]:
    p_value = benjamini_hochberg(np.array([one.p_value for one in judged]))
    p_alone = benjamini_hochberg(np.array([one.p_alone for one in judged]))
    kept = [
        i for i, one in enumerate(judged) if p_value[i] < alpha and one.share_added >= least_share
    ]
    verdict, twin = [], []
    for i, one in enumerate(judged):
        tells = p_alone[i] < alpha and one.share_alone >= least_share
        near = _like(parts, i, kept)
        redundant = i not in kept and tells and bool(near)
        verdict.append("keep" if i in kept else "redundant" if redundant else "ignore")
        twin.append(parts[near[0]].name if redundant else None)
    repeat = [len(part.levels) for part in parts]
    return {
        "share_alone": np.repeat([one.share_alone for one in judged], repeat),
        "share_added": np.repeat([one.share_added for one in judged], repeat),
        "p_characteristic": np.repeat(p_value, repeat),
        "verdict": np.repeat(np.array(verdict, dtype=object), repeat),
        "twin": np.repeat(np.array(twin, dtype=object), repeat),
    }


def _like(parts: Sequence[Levelled], i: int, kept: Sequence[int]) -> list[int]:
    """Characteristics kept that go together with this one, the closest first."""
    found = {j: cramers_v(parts[i], parts[j]) for j in kept}
    return sorted((j for j in kept if found[j] >= _TOGETHER), key=lambda j: -found[j])


def _in_order(
    columns: dict[str, NDArray[Any]], judged: Sequence[_Judged]
) -> dict[str, NDArray[Any]]:
    """What adds most first; the levels of one characteristic stay together."""
    names = list(dict.fromkeys(columns["characteristic"]))
    added = dict(zip(names, (one.share_added for one in judged), strict=True))
    # Rounded, so that the order of summation decides nothing.
    rank = [-round(added[name], 12) for name in columns["characteristic"]]
    place = [names.index(name) for name in columns["characteristic"]]
    order = np.lexsort((np.arange(len(rank)), np.array(place), np.array(rank)))
    return {name: columns[name][order] for name in _COLUMNS}
