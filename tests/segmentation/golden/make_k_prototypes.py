"""Make k_prototypes.csv: least costs that the package kmodes finds on a fixed data set.

Run in an environment of its own with ``kmodes==0.12.2`` and numpy:
``python make_k_prototypes.py > k_prototypes.csv``. The data are made by integer arithmetic, so that
they are the same with every version of numpy; the test makes them by the same function.
"""

from __future__ import annotations

import sys


def rows(n: int = 300) -> list[tuple[float, float, str, str]]:
    """Two numbers and two categories; four loose groups."""
    made, state = [], 12_345
    for at in range(n):
        draws = []
        for _ in range(4):
            state = (1_103_515_245 * state + 12_345) % 2**31
            draws.append(state // 65_536 % 1_000)
        group = at % 4
        first = 3.0 * (group % 2) + draws[0] / 500
        second = 2.0 * (group // 2) + draws[1] / 400
        colour = "rgby"[group] if draws[2] < 700 else "rgby"[draws[2] % 4]
        size = "SL"[group // 2] if draws[3] < 800 else "M"
        made.append((first, second, colour, size))
    return made


def main() -> None:
    """Print the least of many starts for several numbers of clusters and costs of a mismatch."""
    import numpy as np
    from kmodes.kprototypes import KPrototypes

    data = np.array(rows(), dtype=object)
    out = sys.stdout
    out.write("n_clusters,gamma,gamma_used,cost\n")
    for k in (2, 3, 4):
        for gamma in (None, 1.0):
            costs = []
            for init in ("Huang", "Cao"):
                model = KPrototypes(
                    k, init=init, gamma=gamma, n_init=40 if init == "Huang" else 1, random_state=1
                ).fit(data, categorical=[2, 3])
                costs.append(float(model.cost_))
            used = float(model.gamma)
            out.write(f"{k},{'' if gamma is None else gamma},{used!r},{min(costs)!r}\n")


if __name__ == "__main__":
    main()
