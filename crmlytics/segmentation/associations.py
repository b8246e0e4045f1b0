"""Which indicators depend on which characteristics of the customers, and how strongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics._core.multiplicity import benjamini_hochberg
from crmlytics.errors import NotEnoughDataError
from crmlytics.segmentation import _association_measures as measures
from crmlytics.segmentation import _contrasts
from crmlytics.segmentation._columns import optional_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_COLUMNS = ("indicator", "characteristic", *measures.Association._fields, "p_adjusted")


def association_table(
    customers: IntoFrameT,
    *,
    indicators: Sequence[str],
    characteristics: Sequence[str],
    categorical: Sequence[str] = (),
    level: float = 0.95,
) -> IntoFrameT:
    r"""Measure how strongly each indicator depends on each characteristic of the customers.

    Parameters
    ----------
    customers : frame
        One row per customer.
    indicators : sequence of str
        Columns that say how a customer does: money, purchases, satisfaction, gone or not.
    characteristics : sequence of str
        Columns that say who a customer is: segment, country, channel, age.
    categorical : sequence of str
        Those of both that hold numbers but are names, such as postcodes. Texts and truth values
        are categories anyway.
    level : float
        Confidence of the intervals.

    Returns
    -------
    frame
        The kind that came in, one row per pair, indicators as given, the strongest characteristic
        of each first: ``indicator``, ``characteristic``, ``measure``; ``n``, customers of whom
        both are known; ``value`` with its interval ``low``, ``high``; ``p_value`` against "they
        have nothing to do with each other"; ``p_adjusted`` over all rows. The measures:

        - ``"spearman_rho"`` of two numbers, -1 to 1;
        - ``"rank_eta"`` of a number and a category, 0 to 1;
        - ``"cramers_v"`` of two categories, 0 to 1.

        What cannot be computed is null, such as the association with a constant.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a number is infinite.
    NotEnoughDataError
        If there is no customer.
    ValueError
        If a column is named twice.

    Notes
    -----
    All three lie on the scale of a correlation, so rows compare, and none changes when money is
    taken in logarithms: they use ranks and counts alone. ``rank_eta`` is
    :math:`\sqrt{H / (n - 1)}` with the statistic H of Kruskal and Wallis, that is, the correlation
    ratio of the ranks. It and Cramér's V are never negative, so small samples and many categories
    raise them: look at the interval, whose lower end is 0 where there may be nothing.

    Intervals: Bonett and Wright's for Spearman's rho, those from the noncentral F (of the ranks)
    and chi-squared distributions for the others; with 95 % asked for, simulated lognormal money of
    200 customers was covered in 92 to 95 %. Tests: t, Kruskal-Wallis, chi-squared; adjusted by
    Benjamini and Hochberg. An association is no cause, and segments made from an indicator are
    associated with it by construction. `profile_table` says in which segment the difference lies.

    References
    ----------
    Bonett, D. G. and Wright, T. A. (2000). Sample Size Requirements for Estimating Pearson,
    Kendall and Spearman Correlations. Psychometrika 65, 23-28.

    Kruskal, W. H. and Wallis, W. A. (1952). Use of Ranks in One-Criterion Variance Analysis.
    Journal of the American Statistical Association 47, 583-621.

    Smithson, M. (2003). Confidence Intervals. Sage.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.segmentation import association_table
    >>> customers = pd.DataFrame({
    ...     "revenue": [900, 700, 800, 30, 50, 20, 40, 60],
    ...     "channel": ["shop", "shop", "shop", "web", "web", "web", "web", "web"],
    ...     "age": [30, 52, 41, 33, 47, 28, 56, 38],
    ... })
    >>> table = association_table(
    ...     customers, indicators=["revenue"], characteristics=["age", "channel"]
    ... )
    >>> table[["characteristic", "measure", "n", "value"]].round(2)
      characteristic       measure  n  value
    0        channel      rank_eta  8   0.85
    1            age  spearman_rho  8   0.14
    """
    checks.fraction("level", level)
    table = _read(customers, indicators, characteristics, categorical)
    columns = {
        name: _values(table, name, categorical=name in categorical)
        for name in (*indicators, *characteristics)
    }
    pairs = [(one, other) for one in indicators for other in characteristics]
    found = [_measured(columns[one], columns[other], level) for one, other in pairs]
    strength = np.array([0.0 if pair.value != pair.value else abs(pair.value) for pair in found])
    order = np.lexsort((-strength, np.repeat(np.arange(len(indicators)), len(characteristics))))
    rows: dict[str, NDArray[Any]] = {
        "indicator": np.array([one for one, _ in pairs], dtype=object),
        "characteristic": np.array([other for _, other in pairs], dtype=object),
        "measure": np.array([pair.measure for pair in found], dtype=object),
        "n": np.array([pair.n for pair in found], np.int64),
    }
    for name in ("value", "low", "high", "p_value"):
        rows[name] = np.array([getattr(pair, name) for pair in found], np.float64)
    rows["p_adjusted"] = benjamini_hochberg(rows["p_value"])
    return frames.from_arrays({name: rows[name][order] for name in _COLUMNS}, like=customers)


def _read(
    customers: Any,
    indicators: Sequence[str],
    characteristics: Sequence[str],
    categorical: Sequence[str],
) -> nw.DataFrame[Any]:
    for parameter, names in (("indicators", indicators), ("characteristics", characteristics)):
        if isinstance(names, str):
            raise TypeError(f"{parameter} must be a list of names, got the text {names!r}")
        if not names:
            raise ValueError(f"{parameter} must name at least one column")
    wanted = {f"indicators[{i}]": name for i, name in enumerate(indicators)}
    wanted |= {f"characteristics[{i}]": name for i, name in enumerate(characteristics)}
    checks.columns(frames.column_names(customers), wanted)
    checks.distinct_columns(wanted)
    if unknown := set(categorical) - set(wanted.values()):
        raise ValueError(
            "categorical may only name indicators and characteristics, got "
            f"{sorted(unknown)[0]!r}, too"
        )
    table = frames.collect(frames.lazy(customers, list(wanted.values())))
    if not len(table):
        raise NotEnoughDataError("there is no customer; at least 1 is needed")
    return table


def _values(table: nw.DataFrame[Any], name: str, *, categorical: bool) -> NDArray[Any]:
    """Numbers (missing NaN), or whole numbers in place of texts (missing -1)."""
    if table[name].dtype.is_numeric() and not categorical:
        return optional_numbers(table, name)
    texts = _contrasts.texts(frames.arrays(table.select(name))[name])
    known = np.array([text is not None for text in texts], bool)
    code = np.full(len(texts), -1, np.int64)
    code[known] = np.unique(texts[known].astype(str), return_inverse=True)[1]
    return code


def _measured(x: NDArray[Any], y: NDArray[Any], level: float) -> measures.Association:
    kinds = [values.dtype.kind for values in (x, y)]
    known = np.ones(len(x), bool)
    for values in (x, y):
        known &= ~np.isnan(values) if values.dtype.kind == "f" else values >= 0
    x, y = x[known], y[known]
    if kinds == ["f", "f"]:
        return measures.of_numbers(x, y, level)
    if kinds == ["i", "i"]:
        return measures.of_categories(x, y, level)
    numbers, code = (x, y) if kinds[0] == "f" else (y, x)
    return measures.of_number_and_category(numbers, code, level)
