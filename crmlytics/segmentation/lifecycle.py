"""Where customers stand between their first purchase and their last, by their own rhythm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, codes, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.segmentation._columns import refuse_overwriting

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_ADDED = ("rhythm", "silence", "silence_in_rhythms", "stage")


def lifecycle_stages(
    summary: IntoFrameT,
    *,
    frequency_col: str = "frequency",
    recency_col: str = "recency",
    T_col: str = "T",
    min_gaps: int = 3,
    population_rhythm: float | None = None,
    at_risk_after: float = 2.0,
    lost_after: float = 4.0,
) -> IntoFrameT:
    r"""Give each customer a stage by how long the silence is, measured in usual gaps.

    Parameters
    ----------
    summary : frame
        One row per customer as `purchase_summary` makes it, in any unit of time.
    frequency_col, recency_col, T_col : str
        Columns with the number of repeat purchases, the age at the last purchase and the age now,
        both in the summary's unit.
    min_gaps : int
        A customer with at least so many gaps between purchases has a rhythm of their own; the
        others have the population's.
    population_rhythm : float, optional
        The usual gap of the others, in the summary's unit: a plan, or last year's. If not given,
        the mean gap of all customers together: their repeat purchases shared out over the time
        in which they made them.
    at_risk_after, lost_after : float
        Silence, in usual gaps, from which a customer is at risk, and lost.

    Returns
    -------
    frame
        The kind that came in, its rows in their order, with these columns added: ``rhythm`` (the
        usual gap) and ``silence`` (the time since the last purchase), both in the summary's unit;
        ``silence_in_rhythms``; and ``stage``:

        ===========  ==================  =======================================
        stage        repeat purchases    silence in usual gaps
        ===========  ==================  =======================================
        ``new``      none                up to `at_risk_after`
        ``active``   1 or more           up to `at_risk_after`
        ``at risk``  any                 up to `lost_after`
        ``lost``     any                 longer
        ===========  ==================  =======================================

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If values are missing, negative or contradict each other, or a column would be overwritten.
    NotEnoughDataError
        If nobody has bought twice and no `population_rhythm` is given.

    Notes
    -----
    The rule is ours, not a published one. Where purchases come at random with a steady rate, a
    silence longer than :math:`k` mean gaps has probability :math:`e^{-k}`: 14 % for 2, 2 % for 4;
    of the customers still active, so many are called at risk or lost by mistake. Observed gaps are
    shorter than true ones, for the long ones are not over yet. For a probability instead of a rule
    use the models of `crmlytics.clv`.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import lifecycle_stages
    >>> summary = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cid", "dan"],
    ...     "frequency": [4, 4, 0, 0],
    ...     "recency": [40.0, 40.0, 0.0, 0.0],
    ...     "T": [45.0, 75.0, 8.0, 99.0],
    ... })
    >>> lifecycle_stages(summary)[["customer_id", "rhythm", "silence", "stage"]]
      customer_id  rhythm  silence    stage
    0         ann    10.0      5.0   active
    1         bob    10.0     35.0  at risk
    2         cid    10.0      8.0      new
    3         dan    10.0     99.0     lost
    """
    checks.whole_number("min_gaps", min_gaps, at_least=1)
    checks.number("at_risk_after", at_risk_after, above=0)
    checks.number("lost_after", lost_after, above=at_risk_after)
    if population_rhythm is not None:
        checks.number("population_rhythm", population_rhythm, above=0)
    wanted = {"frequency_col": frequency_col, "recency_col": recency_col, "T_col": T_col}
    names = frames.column_names(summary)
    checks.columns(names, wanted)
    checks.distinct_columns(wanted)
    refuse_overwriting(names, _ADDED, how="leave it out")
    table = frames.collect(frames.lazy(summary))
    repeats, last, age = (frames.finite(table, name) for name in wanted.values())
    contradict = (repeats < 0) | (last < 0) | (age < last) | ((repeats > 0) & (last == 0))
    if bad := int(contradict.sum()):
        raise DataContractError(
            f"{bad:,} of {len(repeats):,} customers have negative numbers, a last purchase after "
            "the end, or repeat purchases in no time; make the table with purchase_summary"
        )
    rhythm = _rhythm(repeats, last, min_gaps, population_rhythm)
    silence = age - last
    ratio = silence / rhythm
    stage = np.where(repeats > 0, "active", "new").astype(object)
    stage[ratio > at_risk_after] = "at risk"
    stage[ratio > lost_after] = "lost"
    columns: dict[str, NDArray[Any]] = dict(
        zip(_ADDED, (rhythm, silence, ratio, stage), strict=True)
    )
    return frames.same_kind(frames.with_arrays(table, columns, like=summary), like=summary)


def _rhythm(
    repeats: NDArray[np.float64],
    last: NDArray[np.float64],
    min_gaps: int,
    population: float | None,
) -> NDArray[np.float64]:
    """Each customer's usual gap: their own mean, or that of all where they have too few."""
    own = codes.ratio(last, repeats)
    few = repeats < min_gaps
    if population is None and few.any():
        if not repeats.sum():
            raise NotEnoughDataError(
                "nobody has bought twice, so there is no rhythm; give one with population_rhythm="
            )
        population = float(last.sum() / repeats.sum())
    return np.where(few, population if population is not None else np.nan, own)
