"""The tables that a fitted pipeline hands out, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks
from crmlytics.forecast._deal_odds import open_odds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from crmlytics.forecast._pipeline_learning import Outlook

QUANTILES = {"commit": 0.1, "median": 0.5, "best_case": 0.9}
PARTS = ("already_won", "open", "new")


def check_quantiles(quantiles: Mapping[str, float] | None) -> dict[str, float]:
    """Return name and fraction of each quantile."""
    if quantiles is None:
        return QUANTILES
    checked = {str(name): checks.fraction("quantiles", one) for name, one in quantiles.items()}
    checks.free_names(checked, ("period", "expected", *PARTS))
    return checked


def bounds(
    draws: NDArray[np.float64], levels: Mapping[str, float], quantiles: Mapping[str, float]
) -> dict[str, NDArray[np.float64]]:
    """Central intervals and quantiles of draws of shape (n_draws, n), by the columns' names."""
    wanted = quantile_shares(levels, quantiles)
    found = np.quantile(draws, list(wanted.values()), axis=0)
    return dict(zip(wanted, found, strict=True))


def quantile_shares(
    levels: Mapping[str, float], quantiles: Mapping[str, float]
) -> dict[str, float]:
    """Share below each bound of the intervals and each quantile, by the columns' names."""
    wanted: dict[str, float] = {}
    for percent, level in levels.items():
        wanted |= {f"low_{percent}": (1 - level) / 2, f"high_{percent}": (1 + level) / 2}
    return wanted | dict(quantiles)


def forecast_columns(
    parts: Mapping[str, NDArray[np.float64]],
    draws: NDArray[np.float64],
    begin: NDArray[np.int64],
    *,
    owners: tuple[str, NDArray[Any]] | None,
    whole: bool,
    levels: Mapping[str, float],
    quantiles: Mapping[str, float],
) -> dict[str, NDArray[Any]]:
    """Columns of a forecast by period and owner, of the total or of the whole horizon if asked."""
    if owners is None:
        parts = {name: part.sum(axis=1, keepdims=True) for name, part in parts.items()}
        draws = draws.sum(axis=2, keepdims=True)
    if whole:
        parts = {name: part.sum(axis=0, keepdims=True) for name, part in parts.items()}
        draws, begin = draws.sum(axis=1, keepdims=True), begin[:1]
    n_owners = draws.shape[2]
    columns: dict[str, NDArray[Any]] = {}
    columns["period"] = np.repeat(begin, n_owners).astype("datetime64[D]")
    if owners is not None:
        checks.free_names(owners[:1], ("period", "expected", *PARTS, *levels, *quantiles))
        columns[owners[0]] = np.tile(owners[1], len(begin))
    columns["expected"] = sum(parts.values(), np.zeros(1)).ravel()
    columns |= bounds(draws.reshape(len(draws), -1), levels, quantiles)
    return columns | {name: part.ravel() for name, part in parts.items()}


def waterfall_columns(
    parts: Mapping[str, NDArray[np.float64]],
    begin: NDArray[np.int64],
    repeat: NDArray[np.float64] | None = None,
    *,
    series: NDArray[np.float64] | None = None,
) -> dict[str, NDArray[Any]]:
    """Columns ``period``, ``source``, ``expected``: the sources within each period."""
    each = [part.sum(axis=1) for part in parts.values()]
    each.append(np.full(len(begin), np.nan) if repeat is None else repeat)
    names = ["already won", "open", "new", "repeat"]
    if series is not None:
        each.append(series)
        names.append("series")
    sources = np.array(names, dtype=object)
    return {
        "period": np.repeat(begin, len(sources)).astype("datetime64[D]"),
        "source": np.tile(sources, len(begin)),
        "expected": np.stack(each, axis=1).ravel(),
    }


def diagnostic_columns(outlook: Outlook) -> dict[str, NDArray[Any]]:
    """Columns of one row: what was seen, and the levels learnt."""
    n_open, n_won, n_lost = np.bincount(outlook.deals.outcome, minlength=3)
    counts = {"deals": len(outlook.deals.ids), "open": n_open, "won": n_won, "lost": n_lost}
    figures = {
        "win_level": outlook.levels[0].ratio,
        "loss_level": outlook.levels[1].ratio,
        "win_discount": outlook.levels[0].discount,
        "arrivals_per_week": outlook.arrivals_per_week,
        "value_ratio": outlook.money.ratio,
    }
    columns: dict[str, NDArray[Any]] = {name: np.array([int(n)]) for name, n in counts.items()}
    return columns | {name: np.array([float(figure)]) for name, figure in figures.items()}


def deal_columns(
    outlook: Outlook, names: Mapping[str, str | None], days: int
) -> dict[str, NDArray[Any]]:
    """Columns of the open deals: what becomes of each within so many days."""
    rows, as_of = outlook.rows, outlook.as_of
    odds = open_odds(
        outlook.hazards,
        as_of=as_of,
        age=as_of - outlook.deals.created[rows],
        factors=outlook.factors[:, rows],
        ends=np.array([days]),
        by_lead=outlook.by_lead,
    )
    won, lost = odds.won[:, 0], odds.lost[:, 0]
    expected = won * outlook.stock.value
    total = expected.sum()
    columns: dict[str, NDArray[Any]] = {str(names["deal_col"]): outlook.deals.ids[rows]}
    if names["owner_col"] is not None:
        columns[names["owner_col"]] = outlook.deals.names["owner_col"][outlook.stock.owner]
    return columns | {
        "age_days": as_of - outlook.deals.created[rows],
        "value": outlook.stock.value,
        "p_won": won,
        "p_lost": lost,
        "p_open": 1.0 - won - lost,
        "expected_value": expected,
        "share": expected / total if total > 0 else np.full(len(rows), np.nan),
    }


def segment_columns(outlook: Outlook, names: Mapping[str, str | None]) -> dict[str, NDArray[Any]]:
    """Columns of the shrunken factors, by column and segment."""
    found: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("column", "segment", "deals", "win_factor", "loss_factor")
    }
    for role, factors in outlook.segments.items():
        n = factors.shape[1]
        found["column"].append(np.full(n, names[role], dtype=object))
        found["segment"].append(outlook.deals.names[role].astype(str).astype(object))
        found["deals"].append(np.bincount(outlook.deals.keys[role], minlength=n))
        found["win_factor"].append(factors[0])
        found["loss_factor"].append(factors[1])
    kinds: dict[str, Any] = {"column": object, "segment": object, "deals": np.int64}
    return {
        name: np.concatenate(parts) if parts else np.empty(0, kinds.get(name, np.float64))
        for name, parts in found.items()
    }
