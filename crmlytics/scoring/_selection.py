"""The simplest candidate among equals: the one-standard-error rule on paired losses.

Breiman, L. et al. (1984). Classification and Regression Trees, section 3.4.3. Wadsworth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlytics.scoring import _out_of_fold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlytics.scoring._out_of_fold import TestRows

#: From the easiest to explain to the hardest.
ORDER = ("scorecard", "logistic", "boosting")


def compare(margins: dict[str, NDArray[np.float64]], rows: TestRows) -> pd.DataFrame:
    """One row per candidate, in the order of `ORDER`, with the one chosen.

    `behind` is the mean loss by which it is behind the best, with the standard error `se` of the
    paired differences; the first that is not more than `se` behind is chosen.
    """
    losses = {name: _out_of_fold.log_losses(margins[name], rows.y) for name in ORDER
              if name in margins}  # fmt: skip
    best = min(losses.values(), key=lambda loss: float(loss.mean()))
    table = []
    for name, loss in losses.items():
        behind = _out_of_fold.gain(loss - best, rows.group)
        table.append({"model": name, "log_loss": float(loss.mean()), "behind": behind.mean,
                      "se": behind.se})  # fmt: skip
    found = pd.DataFrame(table)
    equal = np.flatnonzero(found["behind"] <= found["se"])
    found["chosen"] = np.arange(len(found)) == equal[0]
    return found
