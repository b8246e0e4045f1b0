"""What sets each segment apart from all other customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import NotEnoughDataError
from crmlytics.segmentation import _contrasts
from crmlytics.segmentation._columns import optional_numbers, text_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.stable.v2.typing import IntoFrameT

_COLUMNS = (
    "feature", "level", "n", "value", "rest", "overall", "z", "index", "lift", "effect", "low",
    "high", "association", "p_value", "p_adjusted",
)  # fmt: skip


def profile_table(
    customers: IntoFrameT,
    *,
    features: Sequence[str],
    segment_col: str = "segment",
    categorical: Sequence[str] = (),
    level: float = 0.95,
) -> IntoFrameT:
    r"""Compare each segment with the rest of the customers, characteristic by characteristic.

    Parameters
    ----------
    customers : frame
        One row per customer with its segment and its characteristics.
    features : sequence of str
        Columns to compare: numbers by their means, everything else (texts, true and false) by the
        shares of its values.
    segment_col : str
        Column with the segment.
    categorical : sequence of str
        Those of `features` that hold numbers but are names, such as postcodes.
    level : float
        Confidence of the intervals.

    Returns
    -------
    frame
        The kind that came in, one row per segment and feature, and per value of a categorical
        feature, ordered by segment, then as in `features`, then by value:

        - the segment; ``feature``; ``level``, the value as text (null for a number);
        - ``n``, the segment's customers whose feature is known;
        - ``value``, ``rest`` and ``overall``: mean or share in the segment, in all others and in
          everybody;
        - ``z``: ``(value - overall)`` in standard deviations of everybody (numbers only);
        - ``index``: 100 · ``value`` / ``overall``, and ``lift``: ``value`` / ``rest`` (shares
          only);
        - ``effect`` with its interval ``low``, ``high``: for a number the difference from the rest
          in pooled standard deviations, for a share the difference from the rest;
        - ``association`` of feature and segment as a whole: :math:`\eta^2` or Cramér's V, 0 to 1;
        - ``p_value`` against "as in the rest", and ``p_adjusted`` over all rows of the table.

        What cannot be computed is null, such as the rest of the only segment.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a customer has no segment, or a number is infinite.
    NotEnoughDataError
        If there is no customer.

    Notes
    -----
    Compared is with the rest, not with everybody, who contain the segment. Customers whose feature
    is missing are left out of it; see ``n``. A small segment easily has a large index: read it with
    its interval. Intervals: Hedges and Olkin's large-sample one for standardised differences,
    Newcombe's (method 10) for differences of shares. Tests: Welch's t for means, chi-squared
    without correction for shares, Fisher's exact one where an expected count is below 5.
    Adjusted is by Benjamini and Hochberg. Segments made from a feature differ in it by
    construction: its p-values then mean nothing.

    References
    ----------
    Hedges, L. V. and Olkin, I. (1985). Statistical Methods for Meta-Analysis, ch. 5. Academic
    Press.

    Newcombe, R. G. (1998). Interval Estimation for the Difference between Independent
    Proportions. Statistics in Medicine 17, 873-890.

    Benjamini, Y. and Hochberg, Y. (1995). Controlling the False Discovery Rate. Journal of the
    Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import profile_table
    >>> customers = pd.DataFrame({
    ...     "segment": ["A", "A", "A", "B", "B", "B"],
    ...     "age": [60, 64, 68, 30, 34, 38],
    ...     "channel": ["shop", "shop", "web", "web", "web", "web"],
    ... })
    >>> table = profile_table(customers, features=["age", "channel"])
    >>> words = table[table["feature"] == "channel"]
    >>> words[["segment", "level", "value", "rest", "index"]].head(2).round(2)
      segment level  value  rest  index
    1       A  shop   0.67   0.0  200.0
    2       A   web   0.33   1.0   50.0
    """
    checks.fraction("level", level)
    if not features:
        raise ValueError("features must name at least one column")
    wanted = {"segment_col": segment_col} | {f"features[{i}]": c for i, c in enumerate(features)}
    checks.columns(frames.column_names(customers), wanted)
    checks.distinct_columns(wanted)
    checks.free_names([segment_col], _COLUMNS)
    if unknown := set(categorical) - set(features):
        raise ValueError(f"categorical may only name features, got {sorted(unknown)[0]!r}, too")
    table = frames.collect(frames.lazy(customers, [segment_col, *features]))
    if not len(table):
        raise NotEnoughDataError("there is no customer; at least 1 is needed")
    segments, code = np.unique(text_labels(table, segment_col), return_inverse=True)
    parts = []
    for name in features:
        if table[name].dtype.is_numeric() and name not in categorical:
            values = optional_numbers(table, name)
            parts.append(_contrasts.of_means(values, code, len(segments), level))
        else:
            texts = _contrasts.texts(frames.arrays(table.select(name))[name])
            parts.append(_contrasts.of_shares(texts, code, len(segments), level))
    columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    place = np.repeat(np.arange(len(features)), [len(part["n"]) for part in parts])
    order = np.lexsort((np.arange(len(place)), place, columns["segment"]))
    columns["feature"] = np.array(list(features), dtype=object)[place]
    columns["p_adjusted"] = benjamini_hochberg(columns["p_value"])
    result = {segment_col: segments[columns["segment"]].astype(object)}
    result |= {name: columns[name] for name in _COLUMNS}
    return frames.from_arrays({name: x[order] for name, x in result.items()}, like=customers)
