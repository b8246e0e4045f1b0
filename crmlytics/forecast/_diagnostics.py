"""What was seen of each series, and what that allows: statuses and diagnostics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.forecast._panel import Panel
    from crmlytics.forecast.naive import NaiveFit

#: Columns of the diagnostics after the series.
DIAGNOSTICS = (
    "status",
    "n_observations",
    "n_gaps",
    "n_residuals",
    "season_length",
    "sigma",
    "first",
    "last",
)


def span(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last column with a value; -1 before 0 for a series without any."""
    seen = np.isfinite(values)
    last = values.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    return seen.argmax(axis=1), np.where(seen.any(axis=1), last, -1)


def series_status(values: NDArray[np.float64], season_length: int) -> NDArray[Any]:
    """One word per series, the first that applies; `SalesForecaster` tells their meaning."""
    n_observations = np.isfinite(values).sum(axis=1)
    first, last = span(values)
    return np.select(
        [
            n_observations == 0,
            n_observations == 1,
            n_observations < 2 * season_length,
            last < values.shape[1] - 1,
            n_observations < last + 1 - first,
        ],
        ["empty", "too_short", "short_history", "ended", "gaps"],
        "ok",
    ).astype(object)


def diagnose(panel: Panel, fit: NaiveFit, status: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the columns `DIAGNOSTICS`, one entry per series."""
    first, last = span(panel.values)
    n_observations = np.isfinite(panel.values).sum(axis=1)
    never = np.datetime64("NaT", "D")
    columns = (
        status,
        n_observations,
        last + 1 - first - n_observations,
        fit.n_residuals,
        fit.season_length,
        fit.sigma,
        np.where(n_observations > 0, panel.dates(first), never),
        np.where(n_observations > 0, panel.dates(last), never),
    )
    return dict(zip(DIAGNOSTICS, columns, strict=True))
