"""What a forecasting member hands back: the shape every member shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class MemberFit(NamedTuple):
    """Forecasts of all series at once, from one member.

    Attributes
    ----------
    forecast : ndarray of shape (n_series, horizon)
        Point forecasts, NaN where the member has none.
    scale : ndarray of shape (n_series, horizon)
        Standard deviation of the forecast error, NaN where it cannot be told.
    fitted : ndarray of shape (n_series, n_periods)
        What the member would have said one step before each period.
    sigma : ndarray of shape (n_series,)
        Standard deviation of the residuals, each brought to the distance of one season.
    n_residuals : ndarray of shape (n_series,)
        Number of residuals behind `sigma`.
    season_length : ndarray of shape (n_series,)
        Season length used for each series, 1 where it was forecast without a season.
    """

    forecast: NDArray[np.float64]
    scale: NDArray[np.float64]
    fitted: NDArray[np.float64]
    sigma: NDArray[np.float64]
    n_residuals: NDArray[np.int64]
    season_length: NDArray[np.int64]


class Member(Protocol):
    """A forecasting method over an array of series by periods, NaN where there is no value."""

    def __call__(
        self, values: NDArray[np.float64], *, season_length: int, horizon: int
    ) -> MemberFit:
        """Forecast `horizon` periods past the last column."""
        ...
