"""How many tests were made, and how much of the error each of them may take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.signedinteger[Any]]

FAMILIES = ("candidates", "search_space", "holdout")


class Family(NamedTuple):
    """`n_tests` in all; `log_tests` is ln v per rule, the number among which it counts as one."""

    n_tests: int
    log_tests: Floats

    @property
    def log_total(self) -> float:
        """Logarithm of the number of tests, which may be beyond floats."""
        return math.log(max(self.n_tests, 1))


def equal_family(n_rules: int) -> Family:
    """Every rule examined counts alike."""
    return Family(n_rules, np.full(n_rules, math.log(max(n_rules, 1))))


def layered_family(
    lengths: Ints,
    *,
    max_length: int,
    left: NDArray[np.bool_],
    right: NDArray[np.bool_],
    max_consequent: int,
) -> Family:
    """Webb's (2008) layers: each rule length gets the same share of the error.

    A length z of the L - 1 possible ones holds as many rules as can be written with the items
    allowed on the `left` and on the `right`; without templates and with one consequent these are
    M · C(M - 1, z - 1).
    """
    layers = range(2, max_length + 1)
    rules = {z: _possible_rules(z, left, right, max_consequent) for z in layers}
    log_layer = np.zeros(max_length + 1)
    for z, n in rules.items():
        log_layer[z] = math.log(len(layers)) + math.log(max(n, 1))
    return Family(sum(rules.values()), log_layer[lengths])


def _possible_rules(
    length: int, left: NDArray[np.bool_], right: NDArray[np.bool_], max_consequent: int
) -> int:
    """Pairs of disjoint X (of items `left`) and Y (of `right`) with `length` items together."""
    n_left, n_both = int(left.sum()), int((left & right).sum())
    only_right = int(right.sum()) - n_both
    return sum(
        # `shared` items of Y are such that X could have held them.
        math.comb(n_both, shared)
        * math.comb(only_right, n_right - shared)
        * math.comb(n_left - shared, length - n_right)
        for n_right in range(1, min(max_consequent, length - 1) + 1)
        for shared in range(min(n_right, n_both) + 1)
    )
