"""What a forecasting member takes and hands back: the shape that all members share."""

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
    fitted : ndarray of shape (n_series, n_periods)
        What the member would have said one step before each period, NaN where nothing.
    parameters : dict of str to ndarray of shape (n_series,)
        What was estimated, by the literature's names.
    """

    forecast: NDArray[np.float64]
    fitted: NDArray[np.float64]
    parameters: dict[str, NDArray[np.float64]]


class Member(Protocol):
    """A forecasting method over an array of series by periods.

    NaN is a period without an observation; NaN before the first observation means that the series
    had not begun. Any series may be short, constant or empty: a member never raises for one.
    """

    def __call__(
        self, values: NDArray[np.float64], /, *, season_length: int, horizon: int
    ) -> MemberFit:
        """Forecast `horizon` periods past the last column."""
        ...
