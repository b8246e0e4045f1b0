"""Maximum likelihood by analytic gradients: deterministic, and loud when it does not converge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Objective = Callable[[Floats], tuple[float, Floats]]

#: Largest component of the gradient of the mean log-likelihood at an optimum. The unknowns are
#: logarithms, so it is a change of the log-likelihood per customer for a change by one per cent.
GRADIENT_TOLERANCE = 1e-6

#: Logarithms of parameters, times measured in the median age, are sought within these bounds.
BOUND = 14.0

_STEP = 5e-5  # of the central differences; their error is about its square
_FLAT = 1e-9  # a curvature per customer below this is none


class Optimum(NamedTuple):
    """Where the total log-likelihood is greatest.

    Attributes
    ----------
    point : ndarray of shape (n_unknowns,)
        Logarithms of the parameters, then coefficients.
    value : float
        Total log-likelihood (with the penalty, if there is one).
    hessian : ndarray of shape (n_unknowns, n_unknowns)
        Second derivatives of minus the total log-likelihood: the observed information.
    gradient_norm : float
        Largest absolute component of the gradient of the mean log-likelihood.
    converged : bool
        The gradient vanishes and the Hessian is positive definite.
    n_evaluations : int
        Evaluations of the log-likelihood with its gradient.
    """

    point: Floats
    value: float
    hessian: Floats
    gradient_norm: float
    converged: bool
    n_evaluations: int


def maximise(
    objective: Objective, starts: Sequence[Floats], *, n: float, metric: Floats | None = None
) -> Optimum:
    """Climb from the best of `starts`, and from the others if no maximum is found there.

    Parameters
    ----------
    objective : callable
        Point → (total log-likelihood, its gradient).
    starts : sequence of ndarray
        Points to start from.
    n : float
        Customers, by which value and gradient are divided.
    metric : ndarray, optional
        An approximate Hessian of the mean, so that the first step is a good one.
    """
    count = _Counted(objective, n)
    ranked = sorted(starts, key=lambda start: count(start)[0])
    best: Optimum | None = None
    for start in ranked:
        found = _polished(count, _descend(count, start, metric))
        if best is None or found.value > best.value + 1e-6:
            best = found
        if found.converged:
            break
    assert best is not None  # noqa: S101 (there is a start)
    return best._replace(n_evaluations=count.calls)


def best_with_fixed(
    objective: Objective, start: Floats, index: int, value: float, *, n: float
) -> float:
    """Return the greatest total log-likelihood found with one coordinate held at `value`."""
    count = _Counted(objective, n)
    return -n * count(_descend(count, start, None, fixed={index: value}))[0]


class _Counted:
    """Minus the mean log-likelihood, and how often it was asked for."""

    def __init__(self, objective: Objective, n: float) -> None:
        self.objective, self.n, self.calls = objective, n, 0

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        self.calls += 1
        value, gradient = self.objective(point)
        return -value / self.n, -gradient / self.n


def _descend(
    count: _Counted, start: Floats, metric: Floats | None, fixed: dict[int, float] | None = None
) -> Floats:
    """Go down by BFGS within the bounds (Nocedal and Wright 2006, algorithm 6.1).

    scipy's L-BFGS-B finds the same, but waits for the threads of BLAS at every step of these two
    to ten unknowns: five times longer on a busy machine.
    """
    point = np.clip(np.asarray(start, dtype=np.float64), -BOUND, BOUND)
    movable = np.ones(len(point), dtype=bool)
    for index, at in (fixed or {}).items():
        point[index], movable[index] = at, False
    inverse: Floats | None = None if metric is None else np.asarray(np.linalg.inv(metric), float)
    value, gradient = count(point)
    # With a coordinate held the question is only whether the height can be reached.
    for _ in range(60 if fixed else 500):
        outward = (np.abs(point) >= BOUND) & (point * gradient < 0)
        free = movable & ~outward
        slope = np.where(free, gradient, 0.0)
        if np.abs(slope).max() < 1e-8:
            break
        direction = -slope / max(1.0, float(np.abs(slope).max()))
        if inverse is not None:
            newton = np.where(free, -(inverse * free) @ slope, 0.0)
            direction = newton if newton @ slope < 0 else direction
        new, new_value, new_gradient = _along(count, point, value, slope, direction)
        step, change = new - point, new_gradient - gradient
        stalled = not new_value < value - 1e-14 * abs(value)
        if stalled and inverse is None:
            break
        # A stall may be the fault of a worn-out curvature: once more along the gradient.
        inverse = None if stalled else _updated(inverse, step, change)
        if not stalled:
            point, value, gradient = new, new_value, new_gradient
    return point


def _along(
    count: _Counted, point: Floats, value: float, slope: Floats, direction: Floats
) -> tuple[Floats, float, Floats]:
    """Walk along `direction` until the fall is worth the way and the slope has flattened."""
    length = min(1.0, 4.0 / float(np.abs(direction).max()))
    best: tuple[Floats, float, Floats] | None = None
    for _ in range(30):
        new = np.clip(point + length * direction, -BOUND, BOUND)
        new_value, new_gradient = count(new)
        fall = float(slope @ (new - point))
        if new_value <= value + 1e-4 * fall:
            steep = new_gradient @ direction < 0.9 * (slope @ direction)
            improved = best is None or new_value < best[1]
            if improved:
                best = new, new_value, new_gradient
            if not steep or not improved or np.abs(new).max() >= BOUND:
                break
            length *= 2.0
        elif best is not None:
            break
        else:
            # The minimum of the parabola through value, slope and new value, within reason.
            bend = new_value - value - fall
            ratio = -0.5 * fall / bend if np.isfinite(bend) and bend > 0 else 0.1
            length *= min(max(ratio, 0.1), 0.5)
    return best if best is not None else (point, value, slope)


def _updated(inverse: Floats | None, step: Floats, change: Floats) -> Floats | None:
    """Learn the curvature along `step` into the inverse Hessian."""
    curvature = float(step @ change)
    if curvature <= 1e-12 * float(step @ step):
        return inverse
    if inverse is None:
        inverse = np.eye(len(step)) * (curvature / float(change @ change))
    left = np.eye(len(step)) - np.outer(step, change) / curvature
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / curvature)


def _polished(count: _Counted, point: Floats) -> Optimum:
    """Newton steps to the last digit, and the Hessian that the covariance needs."""
    value, gradient = count(point)
    hessian = _hessian(count, point)
    for _ in range(20):
        curvatures = np.linalg.eigvalsh(hessian)
        norm = float(np.abs(gradient).max())
        if norm < 1e-10 or curvatures[0] < _FLAT:
            break
        step = np.linalg.solve(hessian, gradient)
        if np.abs(step).max() > 2.0:
            step *= 2.0 / np.abs(step).max()
        new = np.clip(point - step, -BOUND, BOUND)
        new_value, new_gradient = count(new)
        new_norm = float(np.abs(new_gradient).max())
        if not new_norm < norm or new_value > value + 1e-9 * abs(value):
            break
        moved = float(np.abs(new - point).max())
        point, value, gradient = new, new_value, new_gradient
        # After a tiny step the Hessian has not changed to the digits that it has.
        if moved > 1e-4:
            hessian = _hessian(count, point)
        elif new_norm < 1e-9 or new_norm > 0.5 * norm:
            break
    norm = float(np.abs(gradient).max())
    definite = bool(np.linalg.eigvalsh(hessian)[0] > _FLAT)
    return Optimum(
        point=point,
        value=-value * count.n,
        hessian=hessian * count.n,
        gradient_norm=norm,
        converged=norm < GRADIENT_TOLERANCE and definite,
        n_evaluations=count.calls,
    )


def _hessian(count: _Counted, point: Floats) -> Floats:
    """Central differences of the analytic gradient, made symmetric."""
    columns = []
    for index in range(len(point)):
        step = np.zeros(len(point))
        step[index] = _STEP
        columns.append((count(point + step)[1] - count(point - step)[1]) / (2 * _STEP))
    hessian = np.array(columns)
    return (hessian + hessian.T) / 2
