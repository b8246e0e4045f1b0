"""Reconciliation: forecasts of a hierarchy's series made to add up, and their intervals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError
from crmlytics.forecast._coherent_projection import Projection
from crmlytics.forecast._error_covariance import error_scales, shrunk_correlation
from crmlytics.forecast._node_tables import NodeTable, read_nodes
from crmlytics.forecast.hierarchies import Hierarchy, node_names

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

Method = Literal["mint", "wls", "structural", "ols", "bottom_up", "top_down"]
_BY_RESIDUALS = ("mint", "wls", "top_down")


def reconcile(
    forecasts: IntoFrameT,
    hierarchy: Hierarchy,
    *,
    method: Method = "mint",
    fitted: Any = None,
    non_negative: Literal["auto"] | bool = "auto",
    series_col: str = "series",
    date_col: str = "date",
    value_col: str = "value",
) -> IntoFrameT:
    r"""Change forecasts of all series of a hierarchy as little as makes them add up.

    Parameters
    ----------
    forecasts : frame
        One row per series and date with ``forecast`` and, if there are intervals, ``low_80``,
        ``high_80`` and so on, as `SalesForecaster.predict` gives them of
        `Hierarchy.aggregate`. A sum that is not forecast is added up; a leaf must be.
    hierarchy : Hierarchy
        Which series add up to which.
    method : {"mint", "wls", "structural", "ols", "bottom_up", "top_down"}
        How the differences are shared out: by the covariance of the errors, shrunk (``"mint"``);
        by their variances (``"wls"``); by the number of leaves (``"structural"``); equally
        (``"ols"``). ``"bottom_up"`` adds the leaves up, ``"top_down"`` splits the total by the
        leaves' shares of its history.
    fitted : frame, optional
        One row per series and date with `value_col` and ``fitted``, as `SalesForecaster.fitted_`
        gives them. Needed for ``"mint"``, ``"wls"`` and ``"top_down"``, and for intervals.
    non_negative : {"auto"} or bool
        Whether no reconciled leaf and no bound may be negative (``"bottom_up"`` and
        ``"top_down"`` leave the leaves as they are). ``"auto"``: if no forecast is.
    series_col, date_col, value_col : str
        Names of the columns.

    Returns
    -------
    frame
        The kind of `forecasts`, ordered as `Hierarchy.nodes` and by date: the series, the date,
        ``forecast`` (sums add up to rounding), the bounds ``low_80``, ``high_80`` and so on (null
        without `fitted`), ``base_forecast`` (what came in, null where nothing did) and
        ``error_scale``: ``"residuals"``, or ``"structural"`` where a series has fewer than 3 of
        them and counts like its number of average leaves, or ``"none"`` where the method asks
        for no errors.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If keys are missing or repeat, series are no nodes, values are infinite, or a leaf has no
        forecast.
    NotEnoughDataError
        If a frame has no row.
    ValueError
        If the method needs `fitted` and has none, or an option is none of its values.

    Notes
    -----
    With S the summing matrix, ŷ the forecasts and W the covariance of their errors,

    .. math:: \tilde y = S (S' W^{-1} S)^{-1} S' W^{-1} \hat y

    computed in the form that inverts a matrix of the size of the sums. ``"mint"`` takes the mean
    squares of the residuals one step ahead and their correlations, shrunk as Schaefer and Strimmer
    do. With ``non_negative`` the same distance is minimised over leaves of at least 0. Costs
    O(sums³); for ``"mint"`` also a dense matrix of all nodes, so take ``"wls"`` beyond some
    thousands.

    Intervals: the half widths that came in are taken as the scales of the errors at that horizon,
    each side of its own, the shrunk correlations as theirs; the bounds of a node are its forecast
    and the widths of its reconciled errors under them. A level keeps its coverage where errors of
    sums are shaped like those of leaves. Every node's interval is read off one joint distribution,
    so that a sum's width follows from its leaves; bounds themselves do not add up, and should not.

    References
    ----------
    Wickramasuriya, S. L., Athanasopoulos, G. and Hyndman, R. J. (2019). Optimal Forecast
    Reconciliation for Hierarchical and Grouped Time Series Through Trace Minimization. Journal of
    the American Statistical Association 114, 804-819.

    Wickramasuriya, S. L., Turlach, B. A. and Hyndman, R. J. (2020). Optimal non-negative forecast
    reconciliation. Statistics and Computing 30, 1167-1182.

    Gross, C. W. and Sohl, J. E. (1990). Disaggregation methods to expedite product line
    forecasting. Journal of Forecasting 9, 233-254.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.forecast import Hierarchy, reconcile
    >>> shops = Hierarchy.from_parents({"north": "all", "south": "all"})
    >>> forecasts = pd.DataFrame({
    ...     "series": ["all", "north", "south"], "date": pd.to_datetime(["2024-01-01"] * 3),
    ...     "forecast": [100.0, 40.0, 54.0],
    ... })
    >>> table = reconcile(forecasts, shops, method="structural")
    >>> table[["series", "forecast", "base_forecast"]]
      series  forecast  base_forecast
    0    all      97.0          100.0
    1  north      41.5           40.0
    2  south      55.5           54.0
    """
    checks.word("method", method, get_args(Method))
    _check(hierarchy, method, fitted, non_negative)
    levels = _levels(frames.column_names(forecasts))
    bounds = [f"{side}_{level}" for level in levels for side in ("low", "high")]
    checks.free_names([series_col, date_col], ["forecast", *bounds, "base_forecast", "error_scale"])
    keys = {"series_col": series_col, "date_col": date_col}
    base = read_nodes(forecasts, hierarchy.nodes, ["forecast", *bounds], what="forecasts", **keys)
    past = None
    if fitted is not None:
        past = read_nodes(fitted, hierarchy.nodes, [value_col, "fitted"], what="fitted", **keys)
    kept = _forecast_nodes(base.numbers["forecast"], hierarchy)
    point = base.numbers["forecast"][kept]
    floored = bool((point >= 0).all()) if non_negative == "auto" else bool(non_negative)
    errors = _errors(
        method, past, hierarchy, kept, value_col, joint=bool(bounds) or method == "mint"
    )
    if method == "bottom_up" or method == "top_down":
        transform = _one_way(method, hierarchy, kept, past, value_col)
        leaves = transform @ point
    else:
        projection = Projection(hierarchy.summing[kept], _weight(method, errors))
        leaves = projection.non_negative_leaves(point) if floored else projection.leaves(point)
        transform = projection.transform() if bounds else None
    columns = {"forecast": np.asarray(hierarchy.summing @ leaves)}
    for bound in bounds:
        side = -1.0 if bound.startswith("low") else 1.0
        half = np.maximum(side * (base.numbers[bound][kept] - point), 0.0)
        reach = _reconciled_widths(half, hierarchy, transform, errors)
        columns[bound] = columns["forecast"] + side * reach
        if floored:
            columns[bound] = np.maximum(columns[bound], 0.0)
    columns["base_forecast"] = base.numbers["forecast"]
    table = _laid_out(columns, base, hierarchy, errors.word, series_col, date_col)
    return frames.from_arrays(table, like=forecasts)


class _Errors(NamedTuple):
    """How the forecasts used err: variances, correlations (None: unknown), and all nodes' words."""

    variance: NDArray[np.float64]
    correlation: NDArray[np.float64] | None
    n_leaves: NDArray[np.float64]
    word: NDArray[Any]


def _check(hierarchy: object, method: str, fitted: Any, non_negative: object) -> None:
    if not isinstance(hierarchy, Hierarchy):
        raise TypeError(f"hierarchy must be a Hierarchy, got {type(hierarchy).__name__}")
    if fitted is None and method in _BY_RESIDUALS:
        raise ValueError(
            f"method={method!r} needs fitted=, the values with what was forecast of them one step "
            "before (SalesForecaster.fitted_); method='structural' needs none"
        )
    if not (isinstance(non_negative, bool) or non_negative == "auto"):
        raise ValueError(f"non_negative must be 'auto', True or False, got {non_negative!r}")


def _levels(columns: list[str]) -> list[str]:
    found = [match[1] for name in columns if (match := re.fullmatch(r"low_(\d+(?:\.\d+)?)", name))]
    return [level for level in found if f"high_{level}" in columns]


def _forecast_nodes(point: NDArray[np.float64], hierarchy: Hierarchy) -> NDArray[np.int64]:
    """Places of the nodes with a forecast at every date; all leaves must be among them."""
    complete: Any = np.isfinite(point).all(axis=1)
    n_sums = len(hierarchy.nodes) - len(hierarchy.leaves)
    if lacking := int((~complete[n_sums:]).sum()):
        raise DataContractError(
            f"{lacking:,} of {len(hierarchy.leaves):,} leaves have no forecast at one date or "
            "more; a sum needs all of its leaves: give a discontinued one zeros, or leave it out "
            "of the hierarchy"
        )
    return np.flatnonzero(complete)


def _errors(
    method: str,
    past: NodeTable | None,
    hierarchy: Hierarchy,
    kept: NDArray[np.int64],
    value_col: str,
    *,
    joint: bool,
) -> _Errors:
    """Scales of the errors and, if the `joint` distribution is asked for, their correlations."""
    n_leaves = np.asarray(hierarchy.summing.sum(axis=1)).ravel()
    word = np.full(len(n_leaves), "structural" if method == "structural" else "none", object)
    variance = n_leaves if method == "structural" else np.ones(len(n_leaves))
    correlation = None
    if past is not None:
        residuals = past.numbers[value_col] - past.numbers["fitted"]
        correlation = shrunk_correlation(residuals[kept]) if joint else None
        if method in ("mint", "wls"):
            variance, own = error_scales(residuals, n_leaves)
            word = np.where(own, "residuals", "structural").astype(object)
    return _Errors(variance[kept], correlation, n_leaves[kept], word)


def _weight(method: str, errors: _Errors) -> NDArray[np.float64]:
    """Covariance of the errors, or its diagonal."""
    if method != "mint" or errors.correlation is None:
        return errors.variance
    sd = np.sqrt(errors.variance)
    return sd[:, None] * errors.correlation * sd


def _one_way(
    method: str,
    hierarchy: Hierarchy,
    kept: NDArray[np.int64],
    past: NodeTable | None,
    value_col: str,
) -> Any:
    """Sparse matrix that takes the leaves as they are, or as shares of the total."""
    from scipy import sparse

    n = len(hierarchy.leaves)
    leaf = np.arange(n)
    share, source = np.ones(n), leaf + len(kept) - n
    if method == "top_down" and past is not None:
        if kept[0] != 0:
            raise DataContractError(
                "the total has no forecast at one date or more; method='top_down' splits it"
            )
        share, source = _shares(past.numbers[value_col][-n:]), np.zeros(n, np.int64)
    return sparse.csr_array((share, (leaf, source)), shape=(n, len(kept)))


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each leaf's share of the sales at the dates at which all are known."""
    common = np.isfinite(values).all(axis=0)
    total = float(values[:, common].sum())
    if total == 0:
        raise DataContractError(
            "the leaves have no common date with sales, so they have no shares; "
            "method='top_down' needs one"
        )
    shares: NDArray[np.float64] = values[:, common].sum(axis=1) / total
    return shares


def _reconciled_widths(
    half: NDArray[np.float64],
    hierarchy: Hierarchy,
    transform: Any,
    errors: _Errors,
) -> NDArray[np.float64]:
    """Half widths [node, date] of the reconciled errors, of half widths of those that came in."""
    widths = np.full((len(hierarchy.nodes), half.shape[1]), np.nan)
    if errors.correlation is None:
        return widths
    half = _filled(half, errors.n_leaves)
    product = hierarchy.summing @ transform
    mapped = product if isinstance(product, np.ndarray) else product.toarray()
    for date in range(half.shape[1]):
        scaled = mapped * half[:, date]
        square = ((scaled @ errors.correlation) * scaled).sum(axis=1)
        widths[:, date] = np.sqrt(np.maximum(square, 0.0))
    return widths


def _filled(half: NDArray[np.float64], n_leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Widths of nodes without an interval, by structural scaling of the others' at that date."""
    known = np.isfinite(half)
    per_leaf = np.where(known, half, 0.0) ** 2 / n_leaves[:, None]
    n = known.sum(axis=0)
    mean = np.divide(per_leaf.sum(axis=0), n, out=np.full(len(n), np.nan), where=n > 0)
    return np.where(known, half, np.sqrt(mean * n_leaves[:, None]))


def _laid_out(
    columns: dict[str, NDArray[np.float64]],
    base: NodeTable,
    hierarchy: Hierarchy,
    word: NDArray[Any],
    series_col: str,
    date_col: str,
) -> dict[str, NDArray[Any]]:
    node, date = (each.ravel() for each in np.indices(columns["forecast"].shape))
    table: dict[str, NDArray[Any]] = {
        series_col: node_names(hierarchy)[node],
        date_col: base.dates[date],
    }
    table |= {name: values.ravel() for name, values in columns.items()}
    table["error_scale"] = word[node]
    return table
