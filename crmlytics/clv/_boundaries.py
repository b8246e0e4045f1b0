"""Parameters that run off to nothing or to infinity: which, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics.clv import _maximum_likelihood as likelihood

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: A log-likelihood lower by less than this is as good.
_AS_GOOD = 0.01

#: e⁶ ≈ 400: a parameter farther than this from 1 (times in median ages) is looked at.
_FAR = 6.0

#: A logarithm with a standard error above this does not know its order of magnitude.
_VAGUE = 3.0


def running_off(
    objective: likelihood.Objective, optimum: likelihood.Optimum, *, n: float, n_logs: int
) -> dict[int, set[str]]:
    """Find the parameters that can go twentyfold farther and leave the fit as good.

    Returns the index of each (among the first `n_logs` unknowns, which are logarithms) with the
    ways, ``"low"`` and ``"high"``, in which it can go. If there is any, those that are far out
    already are named with it: they went there together.
    """
    errors = _standard_errors(optimum.hessian)
    found: dict[int, set[str]] = {}
    for index in range(n_logs):
        at = optimum.point[index]
        if abs(at) < _FAR and errors[index] < _VAGUE:
            continue
        for way in (np.sign(at),) if abs(at) >= _FAR else (-1.0, 1.0):
            target = float(np.clip(at + 3.0 * way, -likelihood.BOUND, likelihood.BOUND))
            value = likelihood.best_with_fixed(objective, optimum.point, index, target, n=n)
            if value > optimum.value - _AS_GOOD:
                found.setdefault(index, set()).add("low" if way < 0 else "high")
    for index in range(n_logs) if found else ():
        if abs(optimum.point[index]) >= _FAR:
            way_out = "low" if optimum.point[index] < 0 else "high"
            found.setdefault(index, set()).add(way_out)
    return found


def in_words(found: Mapping[str, set[str]], sentences: Mapping[Sequence[str], str]) -> str:
    """Say what it means that parameters run off.

    `found` maps names of parameters to ``"low"`` and ``"high"``; `sentences` maps tuples such as
    ``("a low", "b high")`` to words. The first that fits speaks for its parameters.
    """
    left = {f"{name} {way}" for name, ways in found.items() for way in ways}
    unsaid, said = set(found), list[str]()
    for signs, sentence in sentences.items():
        names = {sign.rpartition(" ")[0] for sign in signs}
        if set(signs) <= left and names <= unsaid:
            unsaid -= names
            said.append(sentence)
    said += [f"these data do not determine {name}" for name in found if name in unsaid]
    return "; ".join(said)


def covariance(hessian: Floats, held: Sequence[int]) -> Floats:
    """Inverse of the information with the parameters `held` known; NaN for those."""
    size = len(hessian)
    result = np.full((size, size), np.nan)
    free = [index for index in range(size) if index not in held]
    if free:
        block = hessian[np.ix_(free, free)]
        # A direction without information has no variance to speak of.
        if np.linalg.eigvalsh(block)[0] > 0:
            inverse = np.linalg.inv(block)
            result[np.ix_(free, free)] = (inverse + inverse.T) / 2
    return result


def _standard_errors(hessian: Floats) -> Floats:
    found = np.sqrt(np.diag(covariance(hessian, ())))
    return np.where(np.isfinite(found), found, np.inf)
