"""What all models of this package share: parameters with errors, fitted, printed and saved.

A model says what it is by class attributes and hooks, all of which bear one underscore:

``_parameters``         names of its positive parameters
``_scaling``            power of the unit of time (or money) in each parameter; 0 for pure numbers
``_limits``             sentences for parameters that run off, see `_boundaries.in_words`
``_columns()``          constructor parameter → column, for all columns that it reads
``_read(X)``            frame of any engine → the rows of the likelihood, checked
``_scale_of(rows, w)``  a typical time (money), by which the rows are divided for the fit
``_rescaled(rows, s)``  the rows measured in `s`
``_starts(rows, w)``    two or three data-driven starting points (parameters of rescaled rows)
``_value_and_slopes(parameters, rows)``
                        per row the log-likelihood, of shape (n_rows,), and its derivatives in
                        the logarithms of the parameters, of shape (n_parameters, n_rows)
``_likelihood(design, rows, w)``
                        unknowns → their total log-likelihood and its gradient, where adding up
                        the above row by row is not the cheapest way
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from crmlytics._core import checks, notices, periods
from crmlytics.clv import _boundaries, _maximum_likelihood, _rows
from crmlytics.clv._results import FittedParameters
from crmlytics.errors import ConvergenceWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmlytics.clv._covariates import Design
    from crmlytics.clv._maximum_likelihood import Objective

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

#: Above this many rows a systematic sample is fitted first, to start close and with the
#: right curvature; the result is the same, in a third of the time.
_PILOT_ROWS = 4_000

_BLOCK_ROWS = 8_192


class ParametricModel(FittedParameters):
    """A model of few positive parameters, fitted by maximum likelihood."""

    _scaling: ClassVar[tuple[int, ...]] = ()
    _limits: ClassVar[Mapping[Sequence[str], str]] = {}
    _units: ClassVar[Sequence[str]] = periods.UNITS

    penalty: float

    # ----------------------------------------------------------------- hooks

    @abc.abstractmethod
    def _columns(self) -> dict[str, str]: ...

    @abc.abstractmethod
    def _read(self, X: object) -> Rows: ...

    def _scale_of(self, rows: Rows, weights: Floats) -> float:  # noqa: ARG002 (a hook)
        return 1.0

    def _rescaled(self, rows: Rows, scale: float) -> Rows:  # noqa: ARG002 (a hook)
        return rows

    @abc.abstractmethod
    def _starts(self, rows: Rows, weights: Floats) -> Sequence[Sequence[float]]: ...

    @abc.abstractmethod
    def _value_and_slopes(
        self, parameters: tuple[Any, ...], rows: Rows
    ) -> tuple[Floats, Floats]: ...

    def _likelihood(self, design: Design, rows: Rows, weights: Floats) -> Objective:
        blocks = _blocks(rows, weights)

        def likelihood(point: Floats) -> tuple[float, Floats]:
            total, gradient = 0.0, np.zeros(len(point))
            for weight, some in blocks:
                value, slopes = self._value_and_slopes(design.row_parameters(point, some), some)
                total += float(value @ weight)
                gradient += design.total_gradient(slopes, weight, some)
            return total, gradient

        return likelihood

    def _check_fit(self, rows: Rows, weights: Floats) -> None:
        """Refuse data from which the parameters cannot be told."""

    # ------------------------------------------------------------------- fit

    def fit(self, X: Any, y: object = None, sample_weight: object = None) -> Self:  # noqa: ARG002
        """Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        X : frame
            One row per customer, from any engine; other columns are ignored.
        y : None
            Ignored; scikit-learn's signature.
        sample_weight : array-like of shape (n_rows,), optional
            Number of customers that each row stands for.

        Returns
        -------
        self
            The fitted model.

        Warns
        -----
        ConvergenceWarning
            If no maximum was found, or parameters run off to 0 or infinity: ``diagnosis_`` says
            which and what it means.
        """
        self._check_options()
        rows = self._read_whole(X)
        weights = _rows.read_weights(sample_weight, len(next(iter(rows.values()))))
        self._learn(*_rows.compressed(rows, weights))
        if not self.converged_:
            notices.warn(f"{type(self).__name__}: {self.diagnosis_}", ConvergenceWarning)
        return self

    def log_likelihood(self, X: Any) -> Floats:
        """Log-likelihood of each row of `X` under the fitted parameters.

        Parameters
        ----------
        X : frame
            As in `fit`, such as customers held out.

        Returns
        -------
        ndarray of shape (n_rows,)
            Aligned with the rows of `X`.
        """
        rows = self._read_whole(X)
        value, _ = self._value_and_slopes(self._row_parameters(rows), rows)
        return np.asarray(value)

    def _check_options(self) -> None:
        checks.word("unit", self.unit, self._units)
        checks.number("penalty", self.penalty, at_least=0)

    def _read_whole(self, X: object) -> Rows:
        """Rows of the likelihood, where it needs columns that predictions do without."""
        return self._read(X)

    def _learn(self, rows: Rows, weights: Floats) -> None:
        """Set the fitted attributes from distinct rows and their weights."""
        self._check_fit(rows, weights)
        design = self._design()
        scale = self._scale_of(rows, weights)
        scaled, back = design.standardised(self._rescaled(rows, scale), weights)
        n, n_logs = float(weights.sum()), len(self._parameters)
        starts = [
            np.concatenate([np.log(start), np.zeros(len(design.effects))])
            for start in self._starts(scaled, weights)
        ]

        def objective(every: int) -> Objective:
            some = {name: values[::every] for name, values in scaled.items()}
            likelihood = self._likelihood(design, some, weights[::every])
            return _penalised(likelihood, self.penalty, starts[0])

        whole = objective(1)
        optimum = _fitted(whole, objective, starts, weights)
        off = _boundaries.running_off(whole, optimum, n=n, n_logs=n_logs)
        covariance = _boundaries.covariance(optimum.hessian, list(off))
        # Logarithms of times measured in `scale` → of times measured in the unit.
        point = back @ optimum.point
        point[:n_logs] += np.log(scale) * np.array(self._scaling)
        if len(design.effects):
            covariance = back @ np.nan_to_num(covariance) @ back.T
            covariance[list(off), :] = covariance[:, list(off)] = np.nan
        self._remember(point, covariance)
        self.n_customers_ = n
        self.converged_ = optimum.converged and not off
        self.gradient_norm_ = optimum.gradient_norm
        self.diagnosis_ = self._diagnose(optimum, {self._parameters[i]: w for i, w in off.items()})
        value, _ = self._value_and_slopes(design.row_parameters(point, rows), rows)
        self.log_likelihood_ = float((value * weights).sum())

    def _diagnose(self, optimum: _maximum_likelihood.Optimum, off: dict[str, set[str]]) -> str:
        if off:
            return _boundaries.in_words(off, self._limits)
        if optimum.converged:
            return ""
        return (
            "the maximum of the likelihood was not found: the largest component of the scaled "
            f"gradient is {optimum.gradient_norm:.1e} after {optimum.n_evaluations} evaluations, "
            "or the likelihood is flat there; see whether the rows describe one kind of customer"
        )


def _blocks(rows: Rows, weights: Floats) -> list[tuple[Floats, Rows]]:
    """Weights and rows in pieces that fit into the processor's cache."""
    return [
        (
            weights[start : start + _BLOCK_ROWS],
            {name: values[start : start + _BLOCK_ROWS] for name, values in rows.items()},
        )
        for start in range(0, len(weights), _BLOCK_ROWS)
    ]


def _penalised(likelihood: Objective, penalty: float, centre: Floats) -> Objective:
    """The log-likelihood with a normal prior of this precision around `centre`."""

    def penalised(point: Floats) -> tuple[float, Floats]:
        total, gradient = likelihood(point)
        away = point - centre
        return total - 0.5 * penalty * float(away @ away), gradient - penalty * away

    return penalised if penalty else likelihood


def _fitted(
    whole: Objective,
    sample: Callable[[int], Objective],
    starts: list[Floats],
    weights: Floats,
) -> _maximum_likelihood.Optimum:
    """Maximise; many rows are first fitted on every so-manieth of them."""
    n = float(weights.sum())
    step = len(weights) // _PILOT_ROWS
    if step >= 4:
        sampled = float(weights[::step].sum())
        pilot = _maximum_likelihood.maximise(sample(step), starts, n=sampled)
        if pilot.converged:
            optimum = _maximum_likelihood.maximise(
                whole, [pilot.point], n=n, metric=pilot.hessian / sampled
            )
            if optimum.converged:
                return optimum
            starts = [pilot.point, *starts]
    return _maximum_likelihood.maximise(whole, starts, n=n)
