"""What is believed of smoothing parameters before the data: short series need it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Squared error per observation, in units of the series' mean size, below which a fit is perfect.
_PERFECT = 1e-12


class Prior(NamedTuple):
    """Independent normal distributions of the parameters of a member.

    A series of ten values says little about four smoothing parameters, and its best fit forecasts
    badly; with a hundred values the prior hardly matters.

    Attributes
    ----------
    centre : tuple of float
        Most likely value of each parameter.
    sd : tuple of float
        Standard deviation of each.
    """

    centre: tuple[float, ...]
    sd: tuple[float, ...]


def penalised(
    squares: NDArray[np.float64],
    parameters: NDArray[np.float64],
    prior: Prior | None,
    n: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum of squared errors whose minimum is the posterior mode.

    With normal errors of unknown variance, minus twice the logarithm of the posterior density is
    n log(squares) + sum of ((parameter - centre) / sd)^2, so squares * exp(that sum / n) has the
    same minimum. `parameters` has shape (n_parameters, n_candidates, n_series).
    """
    if prior is None:
        return squares + _PERFECT * n
    shape = (-1, *[1] * (parameters.ndim - 1))
    apart = (parameters - np.reshape(prior.centre, shape)) / np.reshape(prior.sd, shape)
    weight: NDArray[np.float64] = np.exp(np.minimum((apart**2).sum(axis=0) / n, 300.0))
    return (squares + _PERFECT * n) * weight
