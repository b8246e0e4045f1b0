"""Mixed clusters by us and by kmodes, from the same rows."""

from __future__ import annotations

import warnings


def _frame(arrays):
    import pandas as pd

    numbers = {f"n{at}": column for at, column in enumerate(arrays["numbers"].T)}
    return pd.DataFrame(numbers | {f"c{at}": column for at, column in enumerate(arrays["codes"].T)})


def ours_prototypes(arrays, *, k, starts):
    """Several starts of k-prototypes."""
    from crmlytics.segmentation import KPrototypes

    frame = _frame(arrays)
    categories = [name for name in frame if name.startswith("c")]

    def work():
        return KPrototypes(
            k, categorical=categories, scale="none", n_init=starts, random_state=0
        ).fit(frame)  # fmt: skip

    return {"": (work, lambda found: {"cost": float(found.cost_), "starts": starts})}


def kmodes_prototypes(arrays, *, k, starts):
    """Starts by Huang's seeding, one after the other."""
    from kmodes.kprototypes import KPrototypes

    data = _frame(arrays).to_numpy(dtype=object)
    numbers = arrays["numbers"].shape[1]
    where = list(range(numbers, data.shape[1]))

    def work():
        model = KPrototypes(k, init="Huang", n_init=starts, random_state=0)
        return model.fit(data, categorical=where)

    return {"": (work, lambda found: {"cost": float(found.cost_), "starts": starts})}


def ours_stability(arrays):
    """CustomerClusters with its number of clusters judged."""
    from crmlytics.segmentation import CustomerClusters

    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CustomerClusters(random_state=0).fit(arrays["customers"])

    return {"": (work, lambda found: {"clusters": int(found.n_clusters_)})}
