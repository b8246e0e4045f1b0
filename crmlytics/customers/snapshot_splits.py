"""Cross-validation for stacked snapshots: by customer, in the order of time, purged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks, codes, frames, periods
from crmlytics.errors import DataContractError, NotEnoughDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class PurgedSnapshotSplit:
    """Train on snapshots whose outcome was over before the test cut-off, on other customers.

    A splitter for scikit-learn's ``cv=``: every test fold is one later cut-off t0 and a part of
    the customers; a snapshot of cut-off s may train it only if ``s + gap + horizon <= t0`` and its
    customer is not tested.

    Parameters
    ----------
    horizon : int
        Length of the outcome window of the snapshots, in `unit`.
    unit : {"D", "W", "M", "Q", "Y"}
        Unit of `horizon` and `gap`.
    gap : int
        Time between a cut-off and its outcome window.
    n_folds : int
        Parts into which the customers are divided. 1 tests all customers of t0 at once: the same
        customers then train and are tested, at different times, as in use.
    customer_col, cutoff_col : str
        Columns of the frame that `split` is given as `groups`, or else as `X`.
    random_state : None, int or numpy.random.Generator
        Decides which customers form a part.

    See Also
    --------
    crmlytics.customers.snapshots : Makes the rows.

    Notes
    -----
    With overlapping windows a training label tells of the very days that the test asks about: on a
    retail log this added .03 to the AUC of boosted trees, out of nothing. Cut-offs that no purged
    snapshot can train are not tested.

    References
    ----------
    López de Prado, M. (2018). Advances in Financial Machine Learning, chapter 7. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.customers import PurgedSnapshotSplit
    >>> table = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "bob", "ann", "bob"],
    ...     "cutoff": pd.to_datetime(["2024-01-01"] * 2 + ["2024-02-01"] * 2 + ["2024-03-01"] * 2),
    ... })
    >>> split = PurgedSnapshotSplit(horizon=2, unit="M", n_folds=1)
    >>> [(train.tolist(), test.tolist()) for train, test in split.split(table)]
    [([0, 1], [4, 5])]
    """

    def __init__(
        self,
        *,
        horizon: int,
        unit: periods.Unit,
        gap: int = 0,
        n_folds: int = 5,
        customer_col: str = "customer_id",
        cutoff_col: str = "cutoff",
        random_state: object = 0,
    ) -> None:
        checks.word("unit", unit, periods.UNITS)
        self.horizon = checks.whole_number("horizon", horizon, at_least=1)
        self.gap = checks.whole_number("gap", gap, at_least=0)
        self.n_folds = checks.whole_number("n_folds", n_folds, at_least=1)
        self.unit: periods.Unit = unit
        self.customer_col = customer_col
        self.cutoff_col = cutoff_col
        self.random_state = random_state

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Give the row numbers of each training and test part, earlier test cut-offs first.

        Parameters
        ----------
        X : frame or array
            The snapshots; if it has no columns of customer and cut-off, pass them as `groups`.
        y : object
            Ignored.
        groups : frame, optional
            The customers and cut-offs of the rows.

        Yields
        ------
        tuple of ndarray
            Row numbers to train on and to test.

        Raises
        ------
        ColumnNotFoundError, DataContractError
            If the columns are not there, or their values are missing.
        NotEnoughDataError
            If no cut-off can be tested, or there are fewer customers than folds.
        """
        del y
        customer, cutoff = self._read(X if groups is None else groups)
        part = self._parts(customer)
        for test, fit in self._pairs(cutoff):
            trains = np.isin(cutoff, fit)
            for fold in range(self.n_folds):
                tested = (cutoff == test) & (part == fold)
                trained = trains if self.n_folds == 1 else trains & (part != fold)
                if tested.any() and trained.any():
                    yield np.flatnonzero(trained), np.flatnonzero(tested)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return how many parts `split` will give for the same rows."""
        return sum(1 for _ in self.split(X, y, groups))

    def _read(self, frame: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        roles = {"customer_col": self.customer_col, "cutoff_col": self.cutoff_col}
        checks.columns(frames.column_names(frame), roles)
        checks.distinct_columns(roles)
        table = frames.to_pandas(frames.lazy(frame, list(roles.values())))
        for column in roles.values():
            if missing := int(table[column].isna().sum()):
                raise DataContractError(
                    f"{missing:,} of {len(table):,} values of {column!r} are missing; "
                    f"see them with {frames.how_to_find(frame, column, 'missing')}"
                )
        days = pd.to_datetime(table[self.cutoff_col]).to_numpy("datetime64[D]").astype(np.int64)
        return codes.factorise(table[self.customer_col])[0], days

    def _parts(self, customer: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give every customer a part, of equal sizes."""
        n = int(customer.max()) + 1 if len(customer) else 0
        if n < self.n_folds:
            raise NotEnoughDataError(
                f"there are {n:,} customers for n_folds={self.n_folds}; use fewer folds"
            )
        generator = checks.random_generator(self.random_state)
        part: NDArray[np.int64] = generator.permutation(np.arange(n) % self.n_folds)[customer]
        return part

    def _pairs(self, cutoff: NDArray[np.int64]) -> list[tuple[int, list[int]]]:
        """Test cut-offs, each with the cut-offs that may train it."""
        days = np.unique(cutoff).tolist()
        over = {
            day: periods.to_day_index(
                periods.shifted(periods.from_day_index(day), self.gap + self.horizon, self.unit)
            )
            for day in days
        }
        pairs = [(test, [day for day in days if over[day] <= test]) for test in days]
        pairs = [(test, fit) for test, fit in pairs if fit]
        if not pairs:
            raise NotEnoughDataError(
                f"none of the {len(days)} cutoffs lies {self.gap} + {self.horizon} {self.unit} "
                "after another, so that no snapshot was over before a test; add earlier cutoffs "
                "or shorten the horizon"
            )
        return pairs
